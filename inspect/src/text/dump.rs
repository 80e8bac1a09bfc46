//! Hex dumps with an offset on the left and characters on the right: `xxd`, `hexdump -C`, `od`,
//! Wireshark.

use super::number::digit;
use super::scan::lines;
use super::{Fault, Form, Reading, line};

/// The number of bytes that all `*` lines of a dump may represent. Without a limit, a short text
/// could ask for any amount of memory.
const MOST_REPEATED: usize = 1 << 24;

/// The length of the longest row that a dump program writes, in bytes.
const LONGEST_ROW: u64 = 64;

/// The number of bytes in a row of most programs.
const USUAL_ROW: u64 = 16;

/// The layout of the rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// The radix of the offsets.
    radix: u32,
    /// The first row has words of two bytes, as the processor has them.
    pub(super) is_in_words: bool,
    is_big_endian: bool,
}

impl Layout {
    /// Another reading: the words of a big-endian processor. Most processors are little-endian.
    pub(super) fn with_big_endian_words(self) -> Self {
        Self { is_big_endian: true, ..self }
    }
}

/// Detects the layout of a dump: the offsets must rise with the bytes.
pub(super) fn layout(text: &str) -> Option<Layout> {
    let (mut first, mut second, mut all_have_seven, mut has_heading) = (None, None, true, false);
    let is_sure = rows(text).flatten().all(|row| row.is_sure) || is_below_a_heading(text);
    for row in rows(text) {
        let row = match row {
            Some(row) => row,
            // `tcpdump -x` and editors print a heading before each dump.
            None if is_sure => {
                has_heading = true;
                continue;
            }
            None => return None,
        };
        all_have_seven &= row.is_star() || row.digits.len() == 7;
        if first.is_none() {
            first = Some(row);
        } else if second.is_none() {
            second = Some(row);
        }
    }
    let first = first.filter(|first| !first.is_star())?;
    let is_in_words = first.is_in_words() && first.rest.split_whitespace().any(|word| word.len() == 4);
    let Some(second) = second else {
        let is_offset = first.offset(16) == Some(0) && (first.is_marked() || has_heading) || first.is_sure;
        return is_offset.then_some(Layout { radix: 16, is_in_words, is_big_endian: false });
    };
    // `od` writes offsets in octal or, on request, in decimal. So does `xxd -d`. The second offset shows the radix.
    let len = match first.read(None, None) {
        Ok((bytes, _)) => bytes.len() as u64,
        Err(_) => USUAL_ROW,
    };
    // The last word may have an extra byte.
    let fits = |radix: &u32| {
        let next = second.offset(*radix);
        next == Some(len) || is_in_words && next == Some(len.saturating_sub(1))
    };
    let radices: &[u32] = if all_have_seven { &[16, 8, 10] } else { &[16, 10] };
    let radix = radices.iter().copied().find(fits).unwrap_or(16);
    let layout = Layout { radix, is_in_words, is_big_endian: false };
    rises(text, layout).then_some(layout)
}

/// Whether the rows have the long offsets of HxD, PowerShell and Netty, from 0 on.
fn is_below_a_heading(text: &str) -> bool {
    const LONG: usize = 8;
    let is_long = |row: Row<'_>| row.is_star() || row.digits.len() >= LONG;
    let first = rows(text).flatten().next();
    first.is_some_and(|first| first.offset(16) == Some(0)) && rows(text).flatten().all(is_long)
}

/// Whether the rows have words of four bytes, which the memory views of debuggers show in the order of the processor.
pub(super) fn has_long_words(text: &str) -> bool {
    const DIGITS: usize = 8;
    let mut words = rows(text).flatten().map(|row| row.rest.split_whitespace().next().unwrap_or(""));
    words.all(|word| word.len() == DIGITS)
}

/// Returns the bytes of all dumps in their order.
pub(super) fn read(text: &str, layout: Layout) -> Result<Reading, Fault> {
    let form = if layout.is_in_words { Form::DumpOfWords } else { Form::Dump };
    let left_out = rows(text).filter(Option::is_none).count();
    let mut reading = Reading { left_out, ..Reading::new(form) };
    let (mut last, mut per_row, mut repeated) = (Vec::new(), None, 0);
    let mut before = 0;
    let mut rows = rows(text).flatten().peekable();
    while let Some(row) = rows.next() {
        let next = rows.peek().and_then(|next| next.offset(layout.radix));
        let Some(offset) = row.offset(layout.radix) else {
            // The omitted rows fill the gap before the next offset.
            let missing = missing(next, before, last.len()).filter(|_| !last.is_empty());
            let Some(missing) = missing else {
                return Err(Fault::new(row.start, "`*` must be between two rows"));
            };
            repeated =
                missing.checked_add(repeated).filter(|sum| *sum <= MOST_REPEATED).ok_or_else(|| {
                    Fault::new(row.start, format!("`*` represents {missing} bytes, too many for a packet"))
                })?;
            let filled: Vec<u8> = last.iter().copied().cycle().take(missing).collect();
            reading.push(row.start..row.at + 1, &filled);
            before = before.saturating_add(missing as u64);
            continue;
        };
        let count = next.filter(|next| *next > offset).map(|next| next - offset);
        // In a dump of words, the last word may have an extra byte.
        let len = (last.len() as u64).saturating_sub(u64::from(layout.is_in_words))..=last.len() as u64;
        let is_end = !last.is_empty() && offset.checked_sub(before).is_some_and(|done| len.contains(&done));
        if count.is_none() && row.rest.trim().is_empty() && is_end {
            reading.push(row.start..row.at, &[]);
            continue;
        }
        let end;
        (last, end) = row.read_in_order(count, per_row, layout.is_big_endian)?;
        per_row = per_row.or(count);
        if last.is_empty() {
            return Err(Fault::new(row.at + 1, "no bytes follow the offset"));
        }
        if (offset == 0 || offset <= before) && !reading.bytes.is_empty() {
            reading.begins.push(reading.bytes.len());
        }
        before = offset;
        reading.push(row.start..end, &last);
    }
    Ok(reading)
}

/// Returns the bytes of a dump in a log. The first row can have the beginning of a line of the log, or each row can have it.
pub(super) fn read_log(text: &str) -> Option<Reading> {
    let (mut rows, mut left_out) = (String::with_capacity(text.len()), 0);
    for line in text.split_inclusive('\n') {
        let start = match row_in_log(line.trim_end()) {
            Some(row) => row.start,
            None if row(0, line).is_some() => 0,
            None if line::is_omission(line.trim()) => return None,
            None => {
                left_out += usize::from(!line.trim().is_empty());
                line.trim_end_matches(['\r', '\n']).len()
            }
        };
        rows.extend(std::iter::repeat_n(' ', start));
        rows.push_str(&line[start..]);
    }
    let reading = read(&rows, layout(&rows)?).ok()?;
    Some(Reading { left_out, ..reading })
}

/// Returns the number of bytes between a row and the next row.
fn missing(next: Option<u64>, before: u64, len: usize) -> Option<usize> {
    let end = before.checked_add(len as u64)?;
    usize::try_from(next?.checked_sub(end)?).ok()
}

/// Whether the offsets rise as in a dump. Another dump may follow, starting at 0.
fn rises(text: &str, layout: Layout) -> bool {
    let (mut first, mut last, mut stars) = (None, None, false);
    for row in rows(text).flatten() {
        first = first.or(row.offset(layout.radix));
        match (row.offset(layout.radix), last) {
            // A dump that does not begin at 0 has no later offset 0. If it has one, the rows are in another order.
            (Some(0), _) if first != Some(0) => return false,
            (None, _) if row.is_star() => stars = true,
            (None, _) => return false,
            (Some(offset), Some(last)) if offset <= last && row.can_begin_buffer(offset) => {}
            (Some(offset), Some(last)) if offset != 0 => {
                if offset <= last || !stars && offset - last > LONGEST_ROW {
                    return false;
                }
            }
            (Some(_), _) => {}
        }
        if !row.is_star() {
            (last, stars) = (row.offset(layout.radix), false);
        }
    }
    true
}

#[derive(Clone, Copy)]
pub(super) struct Row<'t> {
    /// The position of the offset or the `*` in the text.
    start: usize,
    /// The digits of the offset. Empty for `*`, which repeats the row before it.
    digits: &'t str,
    /// A colon follows the offset.
    has_colon: bool,
    /// The number can be nothing else than an address: `0x0010:`, `0010 - `.
    is_sure: bool,
    /// The position of the bytes, and the text from there.
    at: usize,
    rest: &'t str,
}

/// Returns the lines that are not blank, with `None` for each line that is not a row of a dump.
fn rows(text: &str) -> impl Iterator<Item = Option<Row<'_>>> {
    lines(text).filter(|(_, line)| !line.trim().is_empty()).map(|(start, line)| row(start, line))
}

pub(super) fn row(start: usize, line: &str) -> Option<Row<'_>> {
    let start = start + line.len() - line.trim_start().len();
    if line.trim() == "*" {
        return Some(Row { start, digits: "", has_colon: false, is_sure: false, at: start, rest: "" });
    }
    let line = line.trim_start();
    let word = line.split(char::is_whitespace).next().unwrap_or("");
    let (name, has_dash) = after_offset(&line[word.len()..]);
    let digits = word.strip_suffix(':').unwrap_or(word);
    let has_colon = digits.len() < word.len() || name > 0;
    let plain = digits.strip_prefix("0x").unwrap_or(digits);
    let is_sure = plain.len() < digits.len() && has_colon || has_dash;
    if !(4..=16).contains(&plain.len()) || !plain.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let dash = if has_dash { DASH_LEN - 1 } else { 0 };
    let column = word.len() + name + dash;
    // `08041000  db 0x10` of a disassembler: `db` is no byte.
    let rest = &line[column..];
    if line::first_word(rest, rest)
        .is_some_and(|(at, word)| line::is_directive(word, &rest[at + word.len()..]))
    {
        return None;
    }
    Some(Row { start, digits: plain, has_colon, is_sure, at: start + column, rest })
}

/// Returns the bytes of a row, if the line has one. Other text can precede the row.
pub(super) fn bytes_of_row(line: &str) -> Option<Vec<u8>> {
    row_in_log(line).and_then(|row| row.read(None, Some(USUAL_ROW)).ok()).map(|(bytes, _)| bytes)
}

/// Finds a row after the beginning of a line in a log.
fn row_in_log(line: &str) -> Option<Row<'_>> {
    const MOST_WORDS: usize = 8;
    const LONG: usize = 6;
    let mut at = line::after_time_of_log(line).unwrap_or(0);
    for _ in 0..MOST_WORDS {
        let (start, word) = line::first_word(line, &line[at..])?;
        let row = row(start, &line[start..]).filter(|row| row.is_marked() || row.digits.len() >= LONG);
        if let Some(row) = row.filter(Row::has_bytes) {
            return Some(row);
        }
        at = start + word.len();
    }
    None
}

/// openssl and J-Link write these marks after an offset.
const DASHES: [&str; 2] = [" - ", " = "];
const DASH_LEN: usize = 3;

/// Returns the length of gdb's ` <name+8>:` after an address, and whether a dash follows the offset.
fn after_offset(text: &str) -> (usize, bool) {
    const LONGEST: usize = 100;
    let Some(name) = text.strip_prefix(" <") else {
        return (0, DASHES.iter().any(|dash| text.starts_with(dash)));
    };
    let end = name.bytes().take(LONGEST).position(|byte| byte == b'>');
    let len = end.filter(|end| name[end + 1..].starts_with(':')).map_or(0, |end| end + " <>:".len());
    (len, false)
}

/// The words of a row that are bytes.
#[derive(Default)]
struct Words {
    bytes: Vec<u8>,
    /// The position in the row after the last of these words.
    end: usize,
    /// The number of digits of the first word. A word with more digits is not one of these words.
    len: usize,
    /// All words look like decimal numbers in columns: each column is as wide as the longest number.
    can_be_decimal: bool,
    /// All words have eight binary digits.
    can_be_binary: bool,
}

impl Row<'_> {
    fn is_star(&self) -> bool {
        self.digits.is_empty()
    }

    pub(super) fn offset(&self, radix: u32) -> Option<u64> {
        u64::from_str_radix(self.digits, radix).ok()
    }

    /// Whether a colon, a gap or an indentation marks the number as an offset.
    fn is_marked(&self) -> bool {
        self.rest.starts_with("  ") || self.has_colon || self.is_sure
    }

    fn has_bytes(&self) -> bool {
        self.words(None, None, false).is_ok_and(|words| !words.bytes.is_empty())
    }

    /// Whether the offset is the address of another buffer. A debugger shows one buffer after the other.
    fn can_begin_buffer(&self, offset: u64) -> bool {
        /// Smaller offsets count from the beginning of a dump.
        const FIRST_ADDRESS: u64 = 1 << 16;
        offset >= FIRST_ADDRESS && self.is_marked() && self.has_bytes()
    }

    /// Whether the offset is one of `od` and `hexdump`, which write words in little-endian order.
    fn is_in_words(&self) -> bool {
        self.digits.len() == 7
    }

    /// Returns the bytes. Usually the offsets give the number of bytes. Without a next offset, a gap separates the bytes from the
    /// characters.
    ///
    /// Also returns the position after the bytes and their characters.
    pub(super) fn read(&self, count: Option<u64>, per_row: Option<u64>) -> Result<(Vec<u8>, usize), Fault> {
        self.read_in_order(count, per_row, false)
    }

    fn read_in_order(
        &self,
        count: Option<u64>,
        per_row: Option<u64>,
        is_big_endian: bool,
    ) -> Result<(Vec<u8>, usize), Fault> {
        let mut words = self.words(count, per_row, is_big_endian)?;
        self.check_words(&words)?;
        if let Some(count) = count {
            self.check_count(&words, count)?;
            words.bytes.truncate(usize::try_from(count).unwrap_or(usize::MAX));
        }
        self.check_rest(&words)?;
        let end = self.end_of_characters(&words);
        Ok((words.bytes, end))
    }

    fn words(&self, count: Option<u64>, per_row: Option<u64>, is_big_endian: bool) -> Result<Words, Fault> {
        let all = self.rest.trim_end();
        let limit = count.or(per_row).unwrap_or(LONGEST_ROW);
        let half = per_row.unwrap_or(USUAL_ROW) / 2;
        let mut words = Words { can_be_decimal: true, can_be_binary: true, ..Words::default() };
        while (words.bytes.len() as u64) < limit {
            let here = words.bytes.len();
            let rest = &all[words.end..];
            // WinDbg writes a hyphen between the two halves.
            let hyphen = rest.strip_prefix('-').filter(|_| here > 0);
            let text = hyphen.unwrap_or_else(|| rest.trim_start());
            let gap = rest.len() - text.len();
            let word = text.split(|c: char| c.is_whitespace() || c == '-').next().unwrap_or("");
            let digits = word.strip_prefix("0x").filter(|digits| digits.len() == 2).unwrap_or(word);
            // The two halves may have two blanks between them.
            let is_middle = here as u64 == half && gap == 2;
            let ends = here > 0 && (count.is_none() && gap > 1 && !is_middle || digits.len() > words.len);
            if word.is_empty() || ends || !is_bytes(digits) {
                break;
            }
            if count.is_none() && here > 0 && gap == 1 && is_column(text, &words.bytes) {
                if here as u64 == USUAL_ROW {
                    break;
                }
                if digits.len() < words.len {
                    let what = format!("it is unclear whether {digits:?} is a byte or characters");
                    return Err(Fault::new(self.at + words.end + gap, what));
                }
            }
            words.len = words.len.max(digits.len());
            let is_column = gap > 1 || rest.starts_with('\t');
            words.can_be_decimal &= is_column && digits.len() == word.len() && self.is_decimal(digits, gap);
            words.can_be_binary &= is_binary(digits);
            words.bytes.extend(digits.as_bytes().chunks(2).filter_map(pair_value));
            if self.is_in_words() && digits.len() == 4 && !is_big_endian {
                words.bytes[here..].reverse();
            }
            words.end += gap + word.len();
        }
        Ok(words)
    }

    /// Returns the position after the bytes and the column of characters. The column can have a frame, and a blank between its
    /// halves.
    fn end_of_characters(&self, words: &Words) -> usize {
        let rest = self.rest.get(words.end..).unwrap_or("").trim_start();
        let len = words.bytes.len();
        let columns = [len, len + "||".len(), len + " ".len(), len + "| |".len()];
        let is_characters = |len: &usize| rest.get(..*len).is_some_and(|text| is_column(text, &words.bytes));
        let column = columns.into_iter().find(is_characters).unwrap_or(0);
        self.at + self.rest.len() - rest.len() + column
    }

    /// Whether the word is a number as `%u` prints it.
    fn is_decimal(&self, word: &str, gap: usize) -> bool {
        // `od -t d2` and `od -t u2`. `hexdump -x` has four blanks.
        let is_long = self.is_in_words() && word.len() == 4 && (2..=3).contains(&gap);
        (word.len() <= 3 || is_long)
            && !word.starts_with('0')
            && word.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// Refuses words that are not bytes in hexadecimal, or in an unknown order.
    fn check_words(&self, words: &Words) -> Result<(), Fault> {
        let first = self.rest.len() - self.rest.trim_start().len();
        let word = self.rest[first..].split_whitespace().next().unwrap_or("");
        let what = if words.bytes.is_empty() && !word.is_empty() {
            not_bytes(word)
        } else if self.is_in_words() && words.len == 6 {
            "these words of six digits are octal: `od -t x1` prints bytes".to_owned()
        } else if self.is_in_words() && words.len > 4 {
            "the byte order of these words is unknown: `od -t x1` prints bytes".to_owned()
        } else if words.can_be_binary && !words.bytes.is_empty() {
            "these digits can be binary or hexadecimal: `xxd -g 1` prints hexadecimal bytes".to_owned()
        } else if words.can_be_decimal && words.bytes.len() > 1 {
            "these numbers can be decimal or hexadecimal: `od -t x1` prints hexadecimal bytes".to_owned()
        } else if self.is_aligned_on_the_right(first, word) {
            BACKWARDS.to_owned()
        } else {
            return Ok(());
        };
        Err(Fault::new(self.at + first, what))
    }

    /// `xxd -e` aligns an incomplete word on the right.
    fn is_aligned_on_the_right(&self, gap: usize, word: &str) -> bool {
        const FULL: usize = 8;
        self.has_colon
            && self.digits.len() == 8
            && gap > 1
            && word.len() < FULL
            && gap + word.len() == 1 + FULL
    }

    fn check_count(&self, words: &Words, count: u64) -> Result<(), Fault> {
        let here = words.bytes.len() as u64;
        // In a dump of words, the last word may have an extra byte.
        if (count..=count + u64::from(self.is_in_words())).contains(&here) {
            return Ok(());
        }
        let what = format!("the next offset requires {count} bytes here, but there are {here}");
        let at = words.end.max(self.rest.len() - self.rest.trim_start().len());
        Err(Fault::new(self.at + at, what))
    }

    /// Refuses a row with more bytes, or with the characters of other bytes.
    fn check_rest(&self, words: &Words) -> Result<(), Fault> {
        let rest = &self.rest[words.end..];
        let text = rest.trim();
        let at = self.at + words.end + rest.len() - rest.trim_start().len();
        if text.is_empty() || words.bytes.is_empty() || is_column(text, &words.bytes) {
            return Ok(());
        }
        let next = text.split(|c: char| c.is_whitespace() || c == '-').next().unwrap_or("");
        // `04 2 00`: a digit is missing.
        if next.len() == 1
            && rest.len() == text.len() + 1
            && next.bytes().all(|byte| byte.is_ascii_hexdigit())
        {
            return Err(Fault::new(at, format!("it is unclear whether {next:?} is a byte or characters")));
        }
        if is_bytes(next) && words.len != 8 {
            let what = "this row has more bytes than the other rows and the offsets allow, or characters of other bytes";
            return Err(Fault::new(at, what));
        }
        if is_bytes(next) || contradicts(text, &words.bytes) {
            return Err(Fault::new(at, BACKWARDS));
        }
        Ok(())
    }
}

const BACKWARDS: &str =
    "the characters on the right are not those of the bytes: `xxd -e` and others show bytes backwards";

/// Why a word after an offset is refused.
fn not_bytes(word: &str) -> String {
    if word.starts_with("0x") {
        return "the byte order of these words is unknown: `x/xb` of gdb prints bytes".to_owned();
    }
    let word = super::array::shortened(word);
    format!(
        "{word:?} is not bytes in hexadecimal: `od -t x1`, `hexdump -C` and `xxd` print hexadecimal bytes"
    )
}

fn is_binary(word: &str) -> bool {
    word.len() == 8 && word.bytes().all(|digit| matches!(digit, b'0' | b'1'))
}

/// Whether the text is the column of characters for the bytes. Some programs write a blank between the halves.
fn is_column(text: &str, bytes: &[u8]) -> bool {
    // The blanks of the first bytes belong to the gap before the column.
    let blanks = bytes.iter().take_while(|byte| **byte == b' ').count();
    is_column_from(0, text, bytes) || blanks > 0 && is_column_from(blanks, text, bytes)
}

/// Whether the text is the column of characters for the bytes from this index on.
fn is_column_from(first: usize, text: &str, bytes: &[u8]) -> bool {
    const HALF: usize = 8;
    let mut shown = without_frame(text).chars().peekable();
    for (number, byte) in bytes.iter().enumerate().skip(first) {
        if number == HALF && *byte != b' ' && shown.peek() == Some(&' ') {
            shown.next();
        }
        match shown.next() {
            Some(c) if byte.is_ascii_graphic() && c == char::from(*byte) => {}
            Some(c) if !byte.is_ascii_graphic() && !c.is_ascii_alphanumeric() => {}
            // Blanks at the end may have been removed.
            None if *byte == b' ' => {}
            _ => return false,
        }
    }
    shown.all(|c| c == ' ')
}

/// Whether the column of characters differs from the bytes.
pub(super) fn contradicts(text: &str, bytes: &[u8]) -> bool {
    let text = without_frame(text);
    text.len() == bytes.len()
        && text.bytes().zip(bytes).any(|(shown, byte)| shown.is_ascii_alphanumeric() && shown != *byte)
}

/// Removes the marks around the column of characters: `|....|`, `>....<`.
fn without_frame(text: &str) -> &str {
    let inner = |open, close| text.strip_prefix(open).and_then(|text| text.strip_suffix(close));
    inner('|', '|').or_else(|| inner('>', '<')).unwrap_or(text)
}

fn is_bytes(word: &str) -> bool {
    !word.is_empty() && word.len() % 2 == 0 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn pair_value(pair: &[u8]) -> Option<u8> {
    match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    }
}
