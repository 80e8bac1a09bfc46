//! Finds the numbers in a line, in any notation: `10`, `0x10`, `\020`, `16`, `0b10000`, `8'h10`.

use super::line::{after_time_of_log, is_time};
use super::number::hexadecimal_digits;
use super::string::{self, Flavour};

/// The notation of numbers that can be bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notation {
    Hexadecimal,
    Decimal,
    Octal,
    Binary,
    /// Hexadecimal words of two or four bytes, in little-endian order.
    Words,
    /// Hexadecimal bytes with a sign: `ffffffc0`.
    Signed,
    /// Decimal numbers of three digits with nothing between them: `192000`.
    Joined,
}

impl Notation {
    pub(super) const ALL: [Self; 7] = [
        Self::Hexadecimal,
        Self::Decimal,
        Self::Octal,
        Self::Binary,
        Self::Words,
        Self::Signed,
        Self::Joined,
    ];
}

/// A number in a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number<'t> {
    digits: &'t str,
    /// The position of the digits in the line.
    at: usize,
    mark: Mark,
    gap: Gap,
    /// The number is probably the offset of a row.
    is_offset: bool,
}

/// The mark that gives the radix of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    None,
    Minus,
    Hexadecimal,
    Octal,
    Binary,
    /// The number is a character in quotes.
    Character,
}

/// What separates a number from the number before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    /// A blank, a comma, or another sign that separates the numbers of a list.
    Narrow,
    /// A bracket, a quote, two blanks, or another sign that can stand between two lists.
    Wide,
    /// A word.
    Word,
}

/// Returns the numbers of a line. Times and dates are not numbers.
pub(super) fn numbers(line: &str) -> Vec<Number<'_>> {
    /// The length of a date and a time.
    const LONGEST_TIME: usize = 40;
    let mut numbers = Vec::new();
    let start = after_time_of_log(line).unwrap_or(0);
    let (bytes, mut at, mut end, mut gap) = (line.as_bytes(), start, start, Gap::Word);
    let mut index = None;
    while let Some(&byte) = bytes.get(at) {
        let is_beginning = at == 0 || matches!(bytes[at - 1], b' ' | b'\t' | b'[' | b'(');
        if byte.is_ascii_digit() && is_beginning {
            let len =
                bytes[at..].iter().take(LONGEST_TIME).take_while(|byte| !byte.is_ascii_whitespace()).count();
            let word = line.get(at..at + len).unwrap_or("");
            if word.contains([':', '-', '.', '/']) && is_time(word) && !is_pairs_with_dots(word) {
                (at, gap) = (at + word.len(), Gap::Word);
                continue;
            }
        }
        if byte.is_ascii_alphanumeric() {
            let len = bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
            let (word, after) = (&line[at..at + len], &line[at + len..]);
            if is_part_of_name(&line[..at]) {
                gap = Gap::Word;
            } else if is_label(&line[..at], after) {
                let next = word.parse::<u32>().ok();
                // In `0: 16, 1: 13`, the numbers are one list.
                let is_next = index.is_some() && next == index;
                gap = if is_next { gap } else { Gap::Word };
                index = next.and_then(|index| index.checked_add(1));
            } else if is_before_base(word, after.as_bytes())
                || !word.as_bytes()[0].is_ascii_digit() && is_cast(&line[..at], after)
            {
                // The number follows.
            } else if add(line, at, len, gap.max(gap_beside(word)), &mut numbers) {
                (gap, end) = (gap_beside(word), at + len);
            } else {
                gap = Gap::Word;
            }
            at += len;
        } else if let Some(len) = same_character(line, at, end) {
            at += len;
        } else if let Some(digits) = character(line, at) {
            numbers.push(Number { digits, at: at + 1, mark: Mark::Character, gap, is_offset: false });
            (at, gap) = (at + digits.len() + "''".len(), Gap::Narrow);
        } else {
            // Other signs between escapes are bytes.
            if byte == b'\\' && !is_between_escapes(&line[end..at]) {
                gap = Gap::Word;
            }
            gap = gap.max(gap_of(byte, bytes.get(at + 1), at.checked_sub(1).map(|at| bytes[at])));
            at += 1;
        }
    }
    for index in 1..numbers.len() {
        if is_offset(&numbers[index - 1..], line) {
            numbers[index - 1].is_offset = true;
            numbers[index].gap = Gap::Wide;
        }
    }
    numbers
}

/// `70.02.01.00`
fn is_pairs_with_dots(word: &str) -> bool {
    word.len() > 8 && word.split('.').take(4).all(|pair| pair.len() == 2)
}

/// Whether the first of these numbers can be the offset of a row: `000010 10 0d 00`, `00000010  1000`, `0x3ffb1230   10 0d`.
fn is_offset(numbers: &[Number<'_>], line: &str) -> bool {
    let [first, second, ..] = numbers else { return false };
    if first.gap != Gap::Word || !(4..=16).contains(&first.digits.len()) {
        return false;
    }
    let between = &line[first.at + first.digits.len()..second.at];
    let are_pairs = || numbers.iter().skip(1).all(|number| number.digits.len() == 2);
    matches!(first.mark, Mark::None | Mark::Hexadecimal)
        && between.trim().is_empty()
        && (between.len() > 1 || are_pairs())
}

/// `a` and `Added` can be words of a language. `ffffffff` cannot be such a word.
fn gap_beside(word: &str) -> Gap {
    let is_word = word.len() != 2
        && word.bytes().all(|byte| byte.is_ascii_alphabetic())
        && !word.starts_with("ff")
        && !word.starts_with("FF");
    if is_word { Gap::Wide } else { Gap::Narrow }
}

fn is_between_escapes(text: &str) -> bool {
    // From the end on, the check stops at the last backslash. So a long text before the backslashes is read once.
    text.chars().rev().all(|c| c.is_whitespace() || ",\"'+".contains(c))
}

fn gap_of(byte: u8, next: Option<&u8>, last: Option<u8>) -> Gap {
    match byte {
        b'|' if last.is_none_or(|last| last == b' ') => Gap::Word,
        b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'<' | b'>' | b'=' | b'|' | b'"' | b'\'' | b';' | b'\t' => {
            Gap::Wide
        }
        b' ' | b':' | b'.' | b'/' if next == Some(&b' ') => Gap::Wide,
        128.. => Gap::Word,
        _ => Gap::Narrow,
    }
}

/// Whether the word between `before` and `after` is a number or a name for the next numbers: `12: 10 0d`, `[0] = 16`, `app[12]: 10 0d`, `1) 10 0d`.
fn is_label(before: &str, after: &str) -> bool {
    let is_index = || {
        let rest = after.strip_prefix(']').filter(|_| before.ends_with('['));
        rest.is_some_and(|rest| rest.trim_start().starts_with(['=', ':']))
    };
    // `trim_end` stops at the last word, so a long beginning of the line is not read for each word.
    let is_item =
        || after.starts_with(") ") && before.strip_suffix('(').unwrap_or(before).trim_end().is_empty();
    // `"0": 16`
    let after = after.strip_prefix('"').filter(|_| before.ends_with('"')).unwrap_or(after);
    let has_colon =
        after.strip_prefix(':').is_some_and(|after| after.is_empty() || after.starts_with([' ', '\t']));
    has_colon || after.starts_with(" = ") || is_item() || is_index()
}

/// Whether the word after this text is a part of a name: `mqtt_1`.
fn is_part_of_name(before: &str) -> bool {
    const LONGEST: usize = 24;
    let Some(name) = before.strip_suffix('_') else { return false };
    let mut name = name.bytes().rev().take(LONGEST).take_while(u8::is_ascii_alphanumeric);
    name.any(|byte| !byte.is_ascii_hexdigit())
}

/// Whether the word is the width, the radix or the mark of the next number: `8'h10`, `16#10`, `x"10"`.
fn is_before_base(word: &str, after: &[u8]) -> bool {
    if matches!((word, after), ("x" | "X", [b'"' | b'\'', ..])) {
        return true;
    }
    let is_base = match after {
        [b'#', digit, ..] => digit.is_ascii_hexdigit(),
        [b'\'', b'h' | b'H' | b'b' | b'B' | b'd' | b'D', digit, ..] => digit.is_ascii_hexdigit(),
        _ => false,
    };
    is_base && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the word is the type in a cast: `(byte) 0xc0`.
fn is_cast(before: &str, after: &str) -> bool {
    const LONGEST: usize = 24;
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'_');
    before.bytes().rev().take(LONGEST).find(|byte| !is_name(byte)) == Some(b'(')
        && after.bytes().take(LONGEST).find(|byte| !is_name(byte)) == Some(b')')
}

/// Returns the length of a character that repeats the last number, as in `13 '\r'` of gdb. The number ends at `end`.
fn same_character(line: &str, at: usize, end: usize) -> Option<usize> {
    const LONGEST: usize = "'\\000'".len();
    let quoted = line.get(at..)?.strip_prefix('\'').filter(|_| end > 0 && &line[end..at] == " ")?;
    let escape = usize::from(quoted.starts_with("\\'"));
    let len = quoted.bytes().take(LONGEST).skip(2 * escape).position(|byte| byte == b'\'')? + 2 * escape + 2;
    (len <= LONGEST).then_some(len)
}

/// Returns the text between the quotes of `'M'` or `'\x10'` in a list.
fn character(line: &str, at: usize) -> Option<&str> {
    const LONGEST: usize = "\\x10'".len();
    let quoted = line.get(at..)?.strip_prefix('\'')?;
    let escape = usize::from(quoted.starts_with('\\'));
    let len = quoted.bytes().take(LONGEST).skip(2 * escape).position(|byte| byte == b'\'')? + 2 * escape;
    let is_one = len == 1 && matches!(quoted.as_bytes(), [b' '..=b'~', ..]) || escape > 0;
    let is_in_list = || line[..at].trim_end_matches(['b', ' ']).ends_with([',', '{', '[', '(']);
    quoted.get(..len).filter(|_| is_one && is_in_list())
}

/// Adds the numbers of a word. Returns whether the word is a number.
fn add<'t>(line: &'t str, at: usize, len: usize, gap: Gap, numbers: &mut Vec<Number<'t>>) -> bool {
    let word = &line[at..at + len];
    let before = at.checked_sub(1).map_or(0, |at| line.as_bytes()[at]);
    let is_after_width =
        line[..at].strip_suffix('\'').is_some_and(|width| width.ends_with(|c: char| c.is_ascii_digit()));
    if word.starts_with("0x") || word.starts_with("0X") {
        return add_joined(word, at, gap, numbers);
    }
    let number = match word.as_bytes() {
        [b'u', b'0', b'0', digits @ ..] if before == b'\\' && digits.len() == 2 => {
            (&word[3..], Mark::Hexadecimal)
        }
        [b'x' | b'X', ..] => (&word[1..], Mark::Hexadecimal),
        [b'H' | b'h', ..] if before == b'&' => (&word[1..], Mark::Hexadecimal),
        _ if before == b'$' => (word, Mark::Hexadecimal),
        [b'h' | b'H', ..] if is_after_width => (&word[1..], Mark::Hexadecimal),
        [b'b' | b'B', ..] if is_after_width => (&word[1..], Mark::Binary),
        [b'd' | b'D', ..] if is_after_width => (&word[1..], Mark::None),
        [b'0', b'o' | b'O', ..] => (&word[2..], Mark::Octal),
        // `0b10` can be two bytes in hexadecimal.
        [b'0', b'b' | b'B', digits @ ..]
            if !matches!(digits.len(), 0 | 2) && digits.iter().all(|digit| matches!(digit, b'0' | b'1')) =>
        {
            (&word[2..], Mark::Binary)
        }
        _ => match hexadecimal_digits(word) {
            Some(digits) => (digits, Mark::Hexadecimal),
            None if before == b'-' && is_sign(&line[..at - 1]) => (word, Mark::Minus),
            None => (without_suffix(word), Mark::None),
        },
    };
    let (digits, mark) = number;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_number {
        let at = at + (digits.as_ptr() as usize - word.as_ptr() as usize);
        numbers.push(Number { digits, at, mark, gap, is_offset: false });
    }
    is_number
}

/// Adds the numbers of `0x10` and of `0x100x0d0x00`.
fn add_joined<'t>(word: &'t str, at: usize, mut gap: Gap, numbers: &mut Vec<Number<'t>>) -> bool {
    let from = numbers.len();
    for piece in word[2..].split(['x', 'X']) {
        let is_last = piece.as_ptr() as usize + piece.len() == word.as_ptr() as usize + word.len();
        let digits = if is_last { without_suffix(piece) } else { piece.strip_suffix('0').unwrap_or("") };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            numbers.truncate(from);
            return false;
        }
        let at = at + (digits.as_ptr() as usize - word.as_ptr() as usize);
        numbers.push(Number { digits, at, mark: Mark::Hexadecimal, gap, is_offset: false });
        gap = Gap::Narrow;
    }
    true
}

/// `4u8`, `5L`
fn without_suffix(word: &str) -> &str {
    let plain = word.strip_suffix("u8").or_else(|| word.strip_suffix("i8")).unwrap_or(word);
    plain.trim_end_matches(['u', 'U', 'l', 'L'])
}

/// Whether a minus after this text is a sign, and not a part of a name.
fn is_sign(before: &str) -> bool {
    !before.ends_with(|c: char| c.is_ascii_alphanumeric())
}

impl<'t> Number<'t> {
    pub(super) fn digits(&self) -> &'t str {
        self.digits
    }

    /// Appends the bytes of the number. Returns whether the number is bytes in this notation.
    fn read(&self, notation: Notation, bytes: &mut Vec<u8>) -> bool {
        let byte = match (self.mark, notation) {
            (Mark::Character, _) => match self.digits.strip_prefix('\\') {
                Some(escape) => string::escape(escape, Flavour::C).ok().map(|(byte, _)| byte),
                None => self.digits.bytes().next(),
            },
            (Mark::Minus, Notation::Decimal) => decimal(self.digits, 128).map(u8::wrapping_neg),
            (Mark::Minus, _) | (Mark::None, Notation::Hexadecimal) | (Mark::Hexadecimal, _) => {
                return self.read_hexadecimal(notation, bytes);
            }
            (Mark::None, Notation::Decimal) => decimal(self.digits, 255),
            (Mark::None, Notation::Octal) if self.digits.len() != 3 => None,
            (Mark::Octal, _) | (Mark::None, Notation::Octal) => u8::from_str_radix(self.digits, 8).ok(),
            (Mark::None, Notation::Binary) if self.digits.len() != 8 && !self.digits.starts_with("0b") => {
                None
            }
            (Mark::Binary, _) | (Mark::None, Notation::Binary) => {
                u8::from_str_radix(self.digits.strip_prefix("0b").unwrap_or(self.digits), 2).ok()
            }
            (Mark::None, Notation::Words | Notation::Signed) => {
                return self.read_hexadecimal(notation, bytes);
            }
            (Mark::None, Notation::Joined) => return self.read_joined(bytes),
        };
        bytes.extend(byte);
        byte.is_some()
    }

    fn read_hexadecimal(&self, notation: Notation, bytes: &mut Vec<u8>) -> bool {
        let digits = match notation {
            Notation::Words if !matches!(self.digits.len(), 4 | 8) => return false,
            Notation::Signed => super::number::without_sign(self.digits).unwrap_or(self.digits),
            _ => self.digits,
        };
        let from = bytes.len();
        match digits.len() {
            1 => bytes.extend(u8::from_str_radix(digits, 16)),
            len if len % 2 == 0 => {
                let pair = |at| u8::from_str_radix(&digits[at..at + 2], 16);
                bytes.extend((0..len).step_by(2).filter_map(|at| pair(at).ok()));
            }
            _ => return false,
        }
        if notation == Notation::Words {
            bytes[from..].reverse();
        }
        true
    }

    fn read_joined(&self, bytes: &mut Vec<u8>) -> bool {
        const DIGITS: usize = 3;
        let from = bytes.len();
        if self.digits.len() < 2 * DIGITS || self.digits.len() % DIGITS != 0 {
            return false;
        }
        let read = |at| self.digits[at..at + DIGITS].parse::<u8>().ok();
        let all =
            (0..self.digits.len()).step_by(DIGITS).all(|at| read(at).map(|byte| bytes.push(byte)).is_some());
        if !all {
            bytes.truncate(from);
        }
        all
    }
}

/// A number with at most three digits. A zero before one digit comes from `%02x`.
fn decimal(digits: &str, most: u8) -> Option<u8> {
    let is_padded = digits.len() == 2 && digits.starts_with('0');
    let fits = digits.len() <= 3 && !is_padded && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|byte| fits && *byte <= most)
}

/// Numbers of a line with no word between them, which are bytes in the same notation.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// The index of the first number in the line.
    pub(super) first: usize,
    is_offset: bool,
    pub(super) bytes: Vec<u8>,
    /// The position in `bytes` of each number, and the length of `bytes`.
    ends: Vec<usize>,
    /// Whether a wide gap precedes each number, and whether a wide gap follows the last number.
    is_apart: Vec<bool>,
}

impl Run {
    /// Returns the run from this number on.
    pub(super) fn next(numbers: &[Number<'_>], notation: Notation, from: usize) -> Option<Self> {
        let mut run = Self { first: from, ..Self::default() };
        for (index, number) in numbers.iter().enumerate().skip(from) {
            let at = run.bytes.len();
            if number.gap == Gap::Word && at > 0 {
                break;
            }
            if !number.read(notation, &mut run.bytes) {
                if at > 0 {
                    break;
                }
                continue;
            }
            if at == 0 {
                run.first = index;
                run.is_offset = number.is_offset;
            }
            run.ends.push(at);
            run.is_apart.push(at == 0 || number.gap > Gap::Narrow);
        }
        if run.bytes.is_empty() {
            return None;
        }
        run.ends.push(run.bytes.len());
        run.is_apart.push(true);
        Some(run)
    }

    /// The number of numbers.
    pub(super) fn len(&self) -> usize {
        self.ends.len() - 1
    }

    /// The position of a number in the bytes. Each number can be a long word.
    pub(super) fn position(&self, number: usize) -> usize {
        self.ends[number]
    }

    /// The number that begins at this position in the bytes.
    pub(super) fn number_at(&self, position: usize) -> Option<usize> {
        self.ends.binary_search(&position).ok()
    }

    /// Whether the run can end before this number.
    pub(super) fn is_apart(&self, number: usize) -> bool {
        self.is_apart[number]
    }

    /// Whether a wide gap precedes one of these numbers.
    pub(super) fn has_wide_gap(&self, numbers: std::ops::Range<usize>) -> bool {
        self.is_apart[numbers].contains(&true)
    }

    /// The bytes, without those of an offset.
    pub(super) fn row(&self) -> &[u8] {
        let start = if self.is_offset && self.len() > 1 { self.ends[1] } else { 0 };
        &self.bytes[start..]
    }

    /// The bytes after the first list: the same number can stand at the beginning of each line.
    pub(super) fn after_first_list(&self) -> &[u8] {
        let end = (1..self.len()).find(|number| self.is_apart[*number]).unwrap_or(1);
        &self.bytes[self.ends[end]..]
    }

    /// The bytes of the last number.
    pub(super) fn last(&self) -> &[u8] {
        &self.bytes[self.ends[self.len() - 1]..]
    }

    /// The parts without a wide gap, and without an offset.
    pub(super) fn lists(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = usize::from(self.is_offset && self.len() > 1);
        (start + 1..=self.len()).filter(|number| self.is_apart[*number]).map(move |number| {
            let list = &self.bytes[self.ends[start]..self.ends[number]];
            start = number;
            list
        })
    }
}

/// The text of these numbers.
pub(super) fn text<'t>(line: &'t str, numbers: &[Number<'t>]) -> &'t str {
    match (numbers.first(), numbers.last()) {
        (Some(first), Some(last)) => &line[first.at..last.at + last.digits.len()],
        _ => "",
    }
}
