//! Bytes between characters: `{10}{0D}{00}{04}MQTT`, `\x10\r\0\4MQTT`, `%10%0d%00%04MQTT`, `^P^M^@^DMQTT`.

use super::number::digit;
use super::string::{Flavour, escape};

/// Characters and bytes of a line.
pub(super) struct Characters<'t> {
    text: &'t str,
    bytes: Vec<u8>,
    /// The position in the text after each byte.
    ends: Vec<usize>,
}

/// Returns the possible bytes of a line, for each notation in which the line has bytes between characters.
pub(super) fn all(line: &str) -> Vec<Characters<'_>> {
    let mut all = Vec::new();
    for sign in ['{', '<', '%', '=', '^', '&'] {
        if line.contains(sign) {
            all.extend(with_sign(line, sign));
        }
    }
    if line.contains('\\') {
        all.extend(with_backslash(line));
    }
    all
}

impl<'t> Characters<'t> {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the text that has the first `len` bytes.
    pub(super) fn first(&self, len: usize) -> Option<&'t str> {
        let end = self.ends.get(len.checked_sub(1)?)?;
        Some(&self.text[..*end])
    }

    /// Reads the text from the position `first` on. In `0&{00}{14}`, the first bytes are characters. So the result also has the bytes from one
    /// and from two characters before `first`.
    fn read(text: &'t str, first: usize, next: impl Fn(&str) -> Option<(u8, usize)>) -> Vec<Self> {
        let before = text[..first].bytes().rev().take_while(u8::is_ascii).take(2).count();
        let read = |start: usize| {
            let mut read = Self { text: &text[start..], bytes: Vec::new(), ends: Vec::new() };
            let mut at = 0;
            while let Some(c) = read.text[at..].chars().next() {
                let (byte, len) = match next(&read.text[at..]) {
                    Some((byte, len)) if start + at >= first => (byte, len),
                    _ if c.is_ascii() => (c as u8, 1),
                    _ => break,
                };
                at += len;
                read.bytes.push(byte);
                read.ends.push(at);
            }
            read
        };
        (first - before..=first).map(read).collect()
    }
}

/// Returns the characters from the first byte on. A single byte in brackets can be something else, such as the level of a line in a log.
fn with_sign(line: &str, sign: char) -> Vec<Characters<'_>> {
    let line = line.trim_end();
    let first_sign = if sign == '^' { ['^', 'M'] } else { [sign; 2] };
    let mut places =
        line.match_indices(first_sign).map(|(at, _)| at).filter(|at| byte(&line[*at..], sign).is_some());
    match (places.next(), places.next()) {
        (Some(first), Some(_)) => Characters::read(line, first, |text| byte(text, sign)),
        _ => Vec::new(),
    }
}

/// Returns the bytes of the first string in quotes, with or without escapes.
pub(super) fn first_string(line: &str) -> Option<Vec<u8>> {
    let start = line.find(['"', '\''])? + 1;
    let len = end_of_string(&line[start..], line[..start].chars().next_back());
    let mut strings = Characters::read(&line[start..start + len], 0, escaped).into_iter();
    strings.next().map(|string| string.bytes)
}

/// Returns the characters of each string with escapes. A string ends at its quote, or at the end of the line.
fn with_backslash(line: &str) -> Vec<Characters<'_>> {
    let (mut all, mut at) = (Vec::new(), 0);
    while let Some(first) = line[at..].find('\\').map(|first| at + first) {
        let quote = line[at..first].chars().rev().find(|c| matches!(c, '"' | '\''));
        let end = first + end_of_string(&line[first..], quote);
        let begin = quote.and_then(|quote| line[at..first].rfind(quote)).map_or(at, |quote| at + quote + 1);
        all.extend(Characters::read(&line[begin..end], first - begin, escaped));
        // The quote has one byte.
        at = (end + 1).min(line.len());
    }
    all
}

/// Returns the byte of an escape, and the length of the escape.
fn escaped(text: &str) -> Option<(u8, usize)> {
    let after = text.strip_prefix('\\')?;
    let sign = after.bytes().next().filter(u8::is_ascii_punctuation).map(|sign| (sign, 1));
    let byte = latin(after).or_else(|| escape(after, Flavour::C).ok()).or(sign);
    byte.map(|(byte, len)| (byte, len + 1))
}

fn end_of_string(text: &str, quote: Option<char>) -> usize {
    let mut is_escaped = false;
    let end = text.char_indices().find(|(_, c)| {
        let ends = Some(*c) == quote && !is_escaped;
        is_escaped = *c == '\\' && !is_escaped;
        ends
    });
    end.map_or(text.len(), |(at, _)| at)
}

/// `u00c0`: JSON has no other escape for a byte.
fn latin(text: &str) -> Option<(u8, usize)> {
    const LEN: usize = 5;
    let digits = text.strip_prefix("u00")?.as_bytes().get(..2)?;
    Some((digit(digits[0])? << 4 | digit(digits[1])?, LEN))
}

/// Whether `od -c` has written the line: each byte has four columns after the offset.
///
/// ```text
/// 0000000 020  \r  \0 004   M   Q   T   T
/// ```
pub(super) fn is_row_of_od(line: &str) -> bool {
    const OFFSET: usize = 6;
    let mut words = line.split(|c: char| !c.is_ascii_hexdigit());
    let Some(offset) = words.find(|word| word.len() >= OFFSET) else { return false };
    let start = offset.as_ptr() as usize - line.as_ptr() as usize + offset.len();
    let mut columns = line.as_bytes()[start..].chunks(4);
    let is_character = |column: &[u8]| matches!(column, [b' ', b' ', b' ', b' '..=b'~']);
    let is_code = |column: &[u8]| match column {
        [b' ', b' ', b'\\', c] => b"0abfnrtv".contains(c),
        [b' ', digits @ ..] => digits.len() == 3 && digits.iter().all(|digit| matches!(digit, b'0'..=b'7')),
        _ => false,
    };
    (columns.clone().any(is_character) || line[start..].contains('\\'))
        && columns.clone().any(is_code)
        && columns.all(|column| is_character(column) || is_code(column))
}

/// Parses `{10}`, `<10>`, `%10`, `=10`, `^P` and `M-^P`, `&#x10;`.
fn byte(text: &str, sign: char) -> Option<(u8, usize)> {
    let pair = |digits: &[u8]| Some(digit(*digits.first()?)? << 4 | digit(*digits.get(1)?)?);
    match (sign, text.as_bytes()) {
        ('{', [b'{', high, low, b'}', ..]) | ('<', [b'<', high, low, b'>', ..]) => {
            Some((pair(&[*high, *low])?, "{10}".len()))
        }
        ('%', [b'%', high, low, ..]) | ('=', [b'=', high, low, ..]) => {
            Some((pair(&[*high, *low])?, "%10".len()))
        }
        ('&', [b'&', b'#', b'x', high, low, b';', ..]) => Some((pair(&[*high, *low])?, "&#x10;".len())),
        ('^', [b'^', c @ b'?'..=b'_', ..]) => Some((c ^ 0x40, "^P".len())),
        ('^', [b'M', b'-', b'^', c @ b'?'..=b'_', ..]) => Some((c ^ 0xc0, "M-^P".len())),
        ('^', [b'M', b'-', c @ b' '..=b'~', ..]) => Some((c | 0x80, "M-P".len())),
        _ => None,
    }
}
