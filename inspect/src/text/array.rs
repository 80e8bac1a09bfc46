//! Arrays of numbers in brackets, as in C, Java, Python, Go, JavaScript and Rust.

use super::number::{self, Dollar, Evidence, hexadecimal_digits, is_bare, is_number};
use super::scan::{Bracket, Group, Unclosed, comment_end, string_end};
use super::{Fault, LEFT_OUT, Radix, Reading};

/// The number of bytes after short brackets that are searched for hexadecimal digits. If there are no digits, the brackets are an array.
const LOOKED_AHEAD: usize = 256;

/// Whether the group is an array. `text` is the whole text.
pub(super) fn is_array(text: &str, group: &Group<'_>) -> bool {
    // `array('B', [16, 13])` of Python is a call with an array in it.
    let is_around = group.bracket == Bracket::Round && group.text.contains(['[', '{']);
    if matches!(group.bracket, Bracket::Angle | Bracket::Double) || is_around {
        return false;
    }
    let mut tokens = tokens(group);
    let (Some(first), Some(second)) = (tokens.next(), tokens.next()) else { return false };
    // strace writes `write(3, "\20\r", 2)`. Words of several bytes in braces count as an array, so that they are refused when they are
    // read.
    let is_wide = group.bracket == Bracket::Curly && hexadecimal_digits(first.text).is_some();
    if !is_number(first.text) && !is_wide || second.text.starts_with('"') {
        return false;
    }
    let has_commas = text[first.at + first.text.len()..second.at].contains(',');
    match group.bracket {
        Bracket::Round => has_commas && is_argument(text, group.start),
        _ if has_commas => true,
        // Go writes `[16 13 0 4]`. In a log, brackets may also hold something before the bytes.
        _ => {
            let after = text[group.start + group.text.len() + 1..].bytes().take(LOOKED_AHEAD);
            let mut line = after.take_while(|byte| *byte != b'\n');
            is_number(second.text) && (tokens.next().is_some() || !line.any(|byte| byte.is_ascii_hexdigit()))
        }
    }
}

/// How to read the numbers of an array.
#[derive(Debug, Clone, Copy)]
pub(super) struct Notation {
    pub(super) radix: Radix,
    dollar: Dollar,
}

pub(super) fn notation(arrays: &[Group<'_>], wanted: Option<Radix>) -> Result<Notation, Fault> {
    let words = arrays.iter().flat_map(tokens).map(|token| (token.at, token.text));
    let dollar = number::dollar(words, wanted)?;
    Ok(Notation { radix: radix(arrays, dollar, wanted)?, dollar })
}

/// Decides the radix of arrays. Numbers are decimal if possible, as in all languages. Only pairs of digits without commas are ambiguous.
fn radix(arrays: &[Group<'_>], dollar: Dollar, wanted: Option<Radix>) -> Result<Radix, Fault> {
    let is_hexadecimal = |token: Token<'_>| {
        let is_character = dollar == Dollar::Character && token.text.starts_with('$');
        let is_marked = token.text.starts_with("0x") || token.text.starts_with("0X");
        (is_marked || hexadecimal_digits(token.text).is_some()) && !is_character
    };
    if wanted != Some(Radix::Decimal) && arrays.iter().flat_map(tokens).all(is_hexadecimal) {
        return Ok(Radix::Hexadecimal);
    }
    if wanted == Some(Radix::Octal) {
        return Ok(Radix::Octal);
    }
    let (mut evidence, mut are_pairs) = (Evidence::default(), true);
    for token in arrays.iter().flat_map(tokens).filter(|token| is_bare(token.text)) {
        evidence.see(token.at, token.text);
        are_pairs &= token.text.len() == 2;
    }
    let is_clear = has_commas(arrays) || !are_pairs;
    if wanted == Some(Radix::Decimal) || !evidence.is_hexadecimal() && is_clear {
        return Ok(Radix::Decimal);
    }
    evidence.radix(wanted)
}

/// Appends the bytes of an array.
pub(super) fn read(group: &Group<'_>, notation: Notation, reading: &mut Reading) -> Result<(), Fault> {
    if let Some(at) = missing(group.text) {
        return Err(Fault::new(group.start + at, "a number is missing between these commas"));
    }
    for token in tokens(group) {
        let is_shortened = ["...", "…", "<repeats"].iter().any(|sign| token.text.starts_with(sign));
        if is_shortened {
            return Err(Fault::new(token.at, LEFT_OUT));
        }
        match notation.value(token.text) {
            Some(byte) => {
                check_repeats(token.repeats, reading.bytes.len(), token.at)?;
                reading.push_in(group, token.at..token.end, &vec![byte; token.repeats]);
            }
            None => return Err(Fault::new(token.at, format!("{:?} is not a byte", shortened(token.text)))),
        }
    }
    Ok(())
}

/// Returns the position of a comma that follows another one, or that is the first sign.
fn missing(text: &str) -> Option<usize> {
    let mut is_after_comma = true;
    text.bytes().position(|byte| {
        let is_missing = byte == b',' && is_after_comma;
        is_after_comma = byte == b',' || is_after_comma && byte.is_ascii_whitespace();
        is_missing
    })
}

/// The number of bytes according to the text around a single array: `Uint8Array(15) […]`, `a[15] = {…}` of C, or `a_len = 15` of `xxd -i`.
/// In C, missing numbers are zeros. But numbers can also be missing by mistake, so the number of bytes must be equal.
pub(super) fn announced(text: &str, group: &Group<'_>) -> Option<usize> {
    let before = text[..group.start - 1].trim_end();
    let size =
        before.strip_suffix(')').and_then(|before| before.rsplit_once("Uint8Array(")).map(|(_, size)| size);
    let after = || text[group.start + group.text.len()..].split_once("_len = ").map(|(_, size)| size);
    let of_c = || {
        let declared = before.strip_suffix('=').filter(|_| group.bracket == Bracket::Curly)?.trim_end();
        let (name, size) = declared.strip_suffix(']')?.rsplit_once('[')?;
        // `packets[1] = {…}` is one element of a table, and `a[2][2] = {…}` has two sizes.
        let words = name.rsplit(['\n', ';', '{', '}']).next()?.split_whitespace().count();
        let is_declaration = words > 1 && !name.ends_with(']');
        let is_number = !size.is_empty() && size.bytes().all(|byte| byte.is_ascii_digit());
        (is_declaration && is_number).then_some(size)
    };
    let size = size.or_else(of_c).or_else(after)?;
    size[..size.bytes().take_while(u8::is_ascii_digit).count()].parse().ok()
}

/// Returns the bytes for a second reading: the numbers look decimal, but can be hexadecimal. Rust's `{:x?}` writes `[30, 4, 0, 1, 61, 31]`.
/// `None` if a number is above 99.
pub(super) fn in_hexadecimal(text: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    if text.contains(['x', 'X', '\'', '$', '#', '-']) {
        return None;
    }
    bytes
        .iter()
        .all(|byte| *byte <= 99)
        .then(|| bytes.iter().map(|byte| (byte / 10) << 4 | (byte % 10)).collect())
}

impl Notation {
    fn value(self, token: &str) -> Option<u8> {
        match hexadecimal_digits(token) {
            Some(digits) if token.starts_with('$') && self.dollar == Dollar::Hexadecimal => {
                u8::from_str_radix(digits, 16).ok()
            }
            None if token.starts_with('$') && self.dollar == Dollar::Hexadecimal => None,
            _ => number::value(token, self.radix),
        }
    }
}

/// Returns the part of a word that an error shows.
pub(super) fn shortened(word: &str) -> String {
    const SHOWN: usize = 20;
    match word.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &word[..end]),
        None => word.to_owned(),
    }
}

/// Accepts `byteArrayOf(…)`, `bytes((…))` and `x = (…)`.
fn is_argument(text: &str, start: usize) -> bool {
    let before = &text[..start - 1];
    let is_call = before.ends_with(|c: char| c.is_ascii_alphanumeric() || "_(!".contains(c));
    let line = before.trim_end_matches([' ', '\t']);
    is_call || line.is_empty() || line.ends_with(['\n', '='])
}

fn has_commas(arrays: &[Group<'_>]) -> bool {
    arrays.iter().all(|group| group.text.contains(','))
}

#[derive(Clone, Copy)]
struct Token<'t> {
    at: usize,
    text: &'t str,
    /// The position after the token, and after a character that repeats the number.
    end: usize,
    /// The number of bytes that the token represents.
    repeats: usize,
}

/// Returns the items between commas and blanks, without casts and comments.
fn tokens<'t>(group: &Group<'t>) -> impl Iterator<Item = Token<'t>> + use<'t> {
    let (text, start) = (group.text, group.start);
    let (mut at, mut unclosed) = (0, Unclosed::default());
    std::iter::from_fn(move || {
        let before = at;
        at = after_blanks(text, at, &mut unclosed);
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        // A browser's console prints the properties of a `Uint8Array` after its numbers.
        if before > 0 && rest.starts_with("buffer: ArrayBuffer(") {
            return None;
        }
        // Matches `'a'` and `b'a'`.
        let quote = rest.bytes().take(2).position(|byte| byte == b'\'');
        let literal = quote.and_then(|quote| string_end(text, at + quote, &mut unclosed));
        let end = literal.unwrap_or_else(|| at + rest.find(is_between).unwrap_or(rest.len()));
        let token = &text[at..end];
        let begin = start + at;
        at = after_character(text, token, end, &mut unclosed);
        let (repeats, len) = repeats(&text[at..]).unwrap_or((1, 0));
        at += len;
        Some(Token { at: begin, text: token, end: start + at, repeats })
    })
}

/// Reads ` <repeats 15 times>`, which gdb writes after a value that stands in the memory several times. Returns the number and the length of
/// this text.
pub(super) fn repeats(text: &str) -> Option<(usize, usize)> {
    let (number, rest) = text.strip_prefix(" <repeats ")?.split_once(' ')?;
    let after = rest.strip_prefix("times>")?;
    Some((number.parse().ok().filter(|number| *number > 0)?, text.len() - after.len()))
}

/// Limits the bytes of a text with repeated values. Without a limit, a short text could ask for any amount of memory.
pub(super) fn check_repeats(repeats: usize, before: usize, at: usize) -> Result<(), Fault> {
    const MOST: usize = 1 << 16;
    match repeats > 1 && repeats.saturating_add(before) > MOST {
        true => Err(Fault::new(at, format!("this value is repeated {repeats} times, too many for a packet"))),
        false => Ok(()),
    }
}

/// Returns the position after a character that repeats the number, as gdb prints it: `13 '\r'`.
fn after_character(text: &str, number: &str, end: usize, unclosed: &mut Unclosed) -> usize {
    if !text[end..].starts_with(" '") || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return end;
    }
    let value = |token| number::value(token, Radix::Decimal);
    let after = string_end(text, end + 1, unclosed);
    after.filter(|after| value(&text[end + 1..*after]) == value(number)).unwrap_or(end)
}

fn is_between(c: char) -> bool {
    c == ',' || c.is_whitespace()
}

fn after_blanks(text: &str, mut at: usize, unclosed: &mut Unclosed) -> usize {
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let blanks = rest.len() - rest.trim_start_matches(is_between).len();
        at += blanks;
        let rest = &rest[blanks..];
        if rest.is_empty() {
            break;
        }
        if let Some(end) = comment_end(text, at, true, unclosed) {
            at = end;
        } else if let Some(len) = cast(rest) {
            at += len;
        } else {
            break;
        }
    }
    at
}

/// Matches casts such as `(byte)` and `(unsigned char)`.
fn cast(text: &str) -> Option<usize> {
    const LONGEST: usize = 24;
    let inner = text.strip_prefix('(')?;
    let len = inner.bytes().take(LONGEST).position(|byte| byte == b')')?;
    let is_type = inner[..len].starts_with(|c: char| c.is_ascii_alphabetic())
        && inner[..len].bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_ ".contains(&byte));
    is_type.then_some(len + 2)
}
