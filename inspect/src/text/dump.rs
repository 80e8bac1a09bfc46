//! Hex dumps with an offset on the left and characters on the right: `xxd`, `hexdump -C`, `od`,
//! Wireshark.

use super::Fault;
use super::number::digit;
use super::scan::lines;

/// The number of bytes that all `*` lines of a dump may represent. Without a limit, a short text
/// could ask for any amount of memory.
const MOST_REPEATED: usize = 1 << 24;

/// The length of the longest row that a dump program writes, in bytes.
const LONGEST_ROW: u64 = 64;

/// The layout of the rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    radix: u32,
}

/// Detects the layout of a dump: the offsets must rise with the bytes.
pub(super) fn layout(text: &str) -> Option<Layout> {
    let (mut first, mut second, mut all_have_seven, mut has_heading) = (None, None, true, false);
    let is_sure = rows(text).flatten().all(|row| row.is_sure()) || is_below_a_heading(text);
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
    let Some(second) = second else {
        let is_offset = first.offset(16) == Some(0) && (first.is_marked() || has_heading) || first.is_sure();
        return is_offset.then_some(Layout { radix: 16 });
    };
    // `od` writes offsets in octal or, on request, in decimal. The second offset shows the radix.
    let len = first.bytes(None, LONGEST_ROW).map_or(0, |bytes| bytes.len() as u64);
    let fits = |radix: &u32| second.offset(*radix) == Some(len);
    let radices: &[u32] = if all_have_seven { &[16, 8, 10] } else { &[16] };
    let layout = Layout { radix: radices.iter().copied().find(fits).unwrap_or(16) };
    rises(text, layout).then_some(layout)
}

/// Whether the rows have the long offsets of HxD, PowerShell and Netty, from 0 on.
fn is_below_a_heading(text: &str) -> bool {
    const LONG: usize = 8;
    let is_long = |row: Row<'_>| row.is_star() || row.digits.len() >= LONG;
    let first = rows(text).flatten().next();
    first.is_some_and(|first| first.offset(16) == Some(0)) && rows(text).flatten().all(is_long)
}

/// The lines that are not rows.
pub(super) fn left_out(text: &str) -> usize {
    rows(text).filter(Option::is_none).count()
}

/// The bytes, and the positions at which further dumps begin.
pub(super) fn read(text: &str, layout: Layout) -> Result<(Vec<u8>, Vec<usize>), Fault> {
    let mut begins = Vec::new();
    let (mut all, mut last, mut per_row, mut repeated) = (Vec::new(), Vec::new(), None, 0);
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
            all.extend(last.iter().copied().cycle().take(missing));
            continue;
        };
        let count = next.filter(|next| *next > offset).map(|next| next - offset);
        if count.is_none() && row.rest.trim().is_empty() {
            continue; // The offset of the end.
        }
        last = row.bytes(count, per_row.unwrap_or(16))?;
        per_row = per_row.or(count);
        if last.is_empty() {
            return Err(Fault::new(row.at + 1, "no bytes follow the offset"));
        }
        if offset == 0 && !all.is_empty() {
            begins.push(all.len());
        }
        before = offset;
        all.extend_from_slice(&last);
    }
    Ok((all, begins))
}

/// Returns the number of bytes between a row and the next row.
fn missing(next: Option<u64>, before: u64, len: usize) -> Option<usize> {
    let end = before.checked_add(len as u64)?;
    usize::try_from(next?.checked_sub(end)?).ok()
}

/// Whether the offsets rise as in a dump. Another dump may follow, starting at 0.
fn rises(text: &str, layout: Layout) -> bool {
    let (mut last, mut stars) = (None, false);
    for row in rows(text).flatten() {
        match (row.offset(layout.radix), last) {
            (None, _) if row.is_star() => stars = true,
            (None, _) => return false,
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
    /// The position of the line in the text.
    start: usize,
    /// The digits of the offset. Empty for `*`, which repeats the row before it.
    digits: &'t str,
    has_colon: bool,
    /// `0x`
    has_prefix: bool,
    /// The position of the bytes, and the text from there.
    at: usize,
    rest: &'t str,
}

/// Returns the lines that are not blank, with `None` for each line that is not a row of a dump.
fn rows(text: &str) -> impl Iterator<Item = Option<Row<'_>>> {
    lines(text).filter(|(_, line)| !line.trim().is_empty()).map(|(start, line)| row(start, line))
}

pub(super) fn row(start: usize, line: &str) -> Option<Row<'_>> {
    if line.trim() == "*" {
        return Some(Row { start, digits: "", has_colon: false, has_prefix: false, at: start, rest: "" });
    }
    let text = line.trim_start();
    let word = text.split(char::is_whitespace).next().unwrap_or("");
    let digits = word.strip_suffix(':').unwrap_or(word);
    let has_colon = digits.len() < word.len();
    let plain = digits.strip_prefix("0x").unwrap_or(digits);
    let has_prefix = plain.len() < digits.len();
    let digits = plain;
    if !(4..=16).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let column = line.len() - text.len() + word.len();
    Some(Row { start, digits, has_colon, has_prefix, at: start + column, rest: &line[column..] })
}

impl Row<'_> {
    fn is_star(&self) -> bool {
        self.digits.is_empty()
    }

    pub(super) fn offset(&self, radix: u32) -> Option<u64> {
        u64::from_str_radix(self.digits, radix).ok()
    }

    /// Whether the number can only be an address: `0x0010:`.
    fn is_sure(&self) -> bool {
        self.has_prefix && self.has_colon
    }

    /// Whether a colon, a gap or an indentation marks the number as an offset.
    fn is_marked(&self) -> bool {
        self.rest.starts_with("  ") || self.has_colon
    }

    /// Returns the bytes. The offsets give their number; otherwise a gap separates the bytes from the characters.
    pub(super) fn bytes(&self, count: Option<u64>, per_row: u64) -> Result<Vec<u8>, Fault> {
        let is_in_words = self.digits.len() == 7;
        let (mut bytes, mut at, mut in_fours) = (Vec::new(), 0, false);
        // Columns of decimal numbers are as wide as the longest number.
        let mut can_be_decimal = true;
        while (bytes.len() as u64) < count.unwrap_or(per_row) {
            let rest = &self.rest[at..];
            // WinDbg writes a hyphen between the two halves.
            let hyphen = rest.strip_prefix('-').filter(|_| !bytes.is_empty());
            let text = hyphen.unwrap_or_else(|| rest.trim_start());
            let gap = rest.len() - text.len();
            // The two halves may have two blanks between them.
            let is_middle = bytes.len() as u64 * 2 == per_row && gap == 2;
            let word = text.split(|c: char| c.is_whitespace() || c == '-').next().unwrap_or("");
            let digits = word.strip_prefix("0x").filter(|digits| digits.len() == 2).unwrap_or(word);
            let ends = count.is_none() && !bytes.is_empty() && gap > 1 && !is_middle;
            if word.is_empty() || ends || !is_bytes(digits) {
                break;
            }
            if is_in_words && digits.len() == 6 {
                let what = "these words of six digits are octal: `od -t x1` prints bytes";
                return Err(Fault::new(self.at + at + gap, what));
            }
            let is_wide = gap > 1 || rest.starts_with('\t');
            can_be_decimal &= is_wide && digits.len() == word.len() && is_decimal(digits);
            let from = bytes.len();
            bytes.extend(digits.as_bytes().chunks(2).filter_map(pair_value));
            // `hexdump` and `od -x` write words in little-endian order.
            if is_in_words && digits.len() == 4 {
                bytes[from..].reverse();
            }
            in_fours |= digits.len() == 8;
            at += gap + word.len();
        }
        if in_fours && contradicts(self.rest[at..].trim(), &bytes) {
            let what =
                "the characters on the right are not those of the bytes: `xxd -e` shows them backwards";
            return Err(Fault::new(self.at + at, what));
        }
        if can_be_decimal && bytes.len() > 1 {
            let what = "these numbers can be decimal or hexadecimal: `od -t x1` prints hexadecimal bytes";
            return Err(Fault::new(self.at, what));
        }
        let Some(count) = count else { return Ok(bytes) };
        let here = bytes.len() as u64;
        // In a dump of words, the last word may have an extra byte.
        if here < count || here > count + u64::from(is_in_words) {
            let what = format!("the next offset requires {count} bytes here, but there are {here}");
            let at = at.max(self.rest.len() - self.rest.trim_start().len());
            return Err(Fault::new(self.at + at, what));
        }
        bytes.truncate(usize::try_from(count).unwrap_or(usize::MAX));
        Ok(bytes)
    }
}

/// Whether the word is a number as `%u` prints it.
fn is_decimal(word: &str) -> bool {
    word.len() <= 3 && !word.starts_with('0') && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the column of characters differs from the bytes.
fn contradicts(text: &str, bytes: &[u8]) -> bool {
    text.len() == bytes.len()
        && text.bytes().zip(bytes).any(|(shown, byte)| shown.is_ascii_alphanumeric() && shown != *byte)
}

fn is_bytes(word: &str) -> bool {
    word.len() % 2 == 0 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn pair_value(pair: &[u8]) -> Option<u8> {
    match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    }
}
