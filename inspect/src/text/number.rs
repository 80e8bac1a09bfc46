//! Numbers that are bytes, as in source code and logs.

use super::string::{Flavour, unescape};
use super::{Fault, Radix};

/// Evidence for the radix of unmarked numbers: the position of the first number of each kind.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    only_decimal: Option<usize>,
    only_hexadecimal: Option<usize>,
    /// A number that is one byte in decimal and another byte in hexadecimal.
    either: Option<usize>,
}

impl Evidence {
    /// Adds a number that stands alone, with separators around it.
    pub(super) fn see(&mut self, at: usize, digits: &str) {
        let place = match (decimal(digits), fits_hexadecimal(digits)) {
            (Some(_), false) => &mut self.only_decimal,
            (None, true) => &mut self.only_hexadecimal,
            // `5` is the same byte in both radixes.
            (Some(value), true) if value >= 10 => &mut self.either,
            _ => return,
        };
        place.get_or_insert(at);
    }

    /// Adds an ambiguous number.
    pub(super) fn see_either(&mut self, at: usize) {
        self.either.get_or_insert(at);
    }

    pub(super) fn is_hexadecimal(&self) -> bool {
        self.only_hexadecimal.is_some()
    }

    /// Decides the radix. `otherwise` is the radix of ambiguous numbers.
    pub(super) fn radix(&self, otherwise: Option<Radix>) -> Result<Radix, Fault> {
        match (self.only_decimal, self.only_hexadecimal, self.either) {
            (Some(decimal), Some(hexadecimal), _) => Err(Fault::new(
                decimal.max(hexadecimal),
                "one number can only be decimal, and another only hexadecimal",
            )),
            (Some(_), None, _) => Ok(Radix::Decimal),
            (None, Some(_), _) => Ok(Radix::Hexadecimal),
            (None, None, None) => Ok(otherwise.unwrap_or(Radix::Hexadecimal)),
            (None, None, Some(at)) => otherwise.ok_or_else(|| {
                Fault::new(at, "these numbers can be decimal or hexadecimal: use --decimal or --hex")
            }),
        }
    }
}

/// Returns the digits of a number with a hexadecimal mark: `0x10`, `$10` of Pascal and assemblers, `&H10` of BASIC, `10h`.
pub(super) fn hexadecimal_digits(word: &str) -> Option<&str> {
    let prefixes = ["0x", "0X", "$", "&H", "&h"];
    let digits = match prefixes.into_iter().find_map(|prefix| word.strip_prefix(prefix)) {
        Some(digits) if word.starts_with('&') => digits.trim_end_matches('&'),
        Some(digits) => digits,
        None => before_h(word)?,
    };
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_number.then_some(digits)
}

/// Returns the last two digits of a byte with a sign: Java's `Integer.toHexString` and C's `%x` print `ffffffc0`, and `%hx`
/// prints `ffc0`.
pub(super) fn without_sign(digits: &str) -> Option<&str> {
    if !matches!(digits.len(), 4 | 8 | 16) || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let (sign, byte) = digits.split_at(digits.len() - 2);
    let is_negative = byte.starts_with(|c: char| c >= '8');
    (is_negative && sign.bytes().all(|byte| matches!(byte, b'f' | b'F'))).then_some(byte)
}

/// Matches `10h` and `0C0h`. An assembler needs the 0, because a number must not begin with a letter.
fn before_h(word: &str) -> Option<&str> {
    let digits = word.strip_suffix(['h', 'H'])?;
    match digits.len() {
        1 if digits.starts_with(|c: char| c.is_ascii_digit()) => Some(digits),
        2 => Some(digits),
        3 => digits.strip_prefix('0'),
        _ => None,
    }
}

/// The meaning of `$1`. The other numbers of a text can show the meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dollar {
    /// Erlang's `$1` is the byte 0x31.
    Character,
    /// Pascal's `$1` is the byte 1.
    Hexadecimal,
}

/// Decides the meaning of `$`. `wanted` decides if each number has a single digit.
pub(super) fn dollar<'t>(
    words: impl Iterator<Item = (usize, &'t str)>,
    wanted: Option<Radix>,
) -> Result<Dollar, Fault> {
    let mut first = None;
    for (at, word) in words {
        let Some(after) = word.strip_prefix('$') else { continue };
        match hexadecimal_digits(word) {
            None => return Ok(Dollar::Character),
            Some(_) if after.len() > 1 => return Ok(Dollar::Hexadecimal),
            Some(_) => first = first.or(Some((at, after))),
        }
    }
    match (first, wanted) {
        (None, _) | (_, Some(Radix::Decimal)) => Ok(Dollar::Character),
        (_, Some(Radix::Hexadecimal | Radix::Octal)) => Ok(Dollar::Hexadecimal),
        (Some((at, digit)), None) => {
            let what = format!(
                "${digit} can be the number {digit} in hexadecimal or the character {digit}: --hex reads numbers, \
                 --decimal reads characters"
            );
            Err(Fault::new(at, what))
        }
    }
}

/// Returns the byte that a number means: `0x10`, `$10`, `&H10`, `10h`, `0b1`, `0o7`, `16#1f`, `b'a'`, `'a'`, `$a`, `97u8`, `-1`, or an
/// unmarked number.
pub(super) fn value(token: &str, radix: Radix) -> Option<u8> {
    match marked(token) {
        Some(value) => value,
        None => match radix {
            Radix::Decimal => decimal(token),
            Radix::Hexadecimal if token.len() <= 2 => u8::from_str_radix(token, 16).ok(),
            Radix::Hexadecimal => without_sign(token).and_then(|byte| u8::from_str_radix(byte, 16).ok()),
            Radix::Octal => u8::from_str_radix(token, 8).ok().filter(|_| !token.starts_with('+')),
        },
    }
}

/// Whether the number is a byte in at least one radix.
pub(super) fn is_number(token: &str) -> bool {
    value(token, Radix::Decimal).or(value(token, Radix::Hexadecimal)).is_some()
}

/// Whether the number has no mark that gives the radix.
pub(super) fn is_bare(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_hexdigit()) && marked(token).is_none()
}

pub(super) fn digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Parses a marked number. `Some(None)` means that it has a mark but is not a byte.
fn marked(token: &str) -> Option<Option<u8>> {
    if let Some(character) = token.strip_prefix('$').filter(|character| character.len() == 1) {
        return Some(only_byte(character));
    }
    if let Some(digits) = hexadecimal_digits(token) {
        return Some(u8::from_str_radix(without_sign(digits).unwrap_or(digits), 16).ok());
    }
    if let Some(character) = token.strip_prefix('$') {
        return Some(only_byte(character));
    }
    let character = token.strip_prefix('b').unwrap_or(token);
    if let Some(character) = character.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        return Some(only_byte(character));
    }
    let (is_negative, digits) = match token.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, token),
    };
    let (radix, digits, is_marked) = match digits.get(..2) {
        Some("0x" | "0X") => (16, &digits[2..], true),
        Some("0o" | "0O") => (8, &digits[2..], true),
        // `0b` and `0b1` could also be hexadecimal.
        Some("0b" | "0B") if digits.len() >= 4 => (2, &digits[2..], true),
        _ => match digits.split_once('#') {
            Some((radix, digits)) => {
                (radix.parse().ok().filter(|radix| (2..=36).contains(radix))?, digits, true)
            }
            None => (10, digits, is_negative),
        },
    };
    let plain = without_suffix(digits);
    if !is_marked && plain.len() == digits.len() {
        return None;
    }
    let value = i32::from_str_radix(plain, radix).ok().filter(|_| !plain.starts_with(['+', '-']));
    // Java's bytes are signed.
    Some(value.and_then(|value| match is_negative {
        true => i8::try_from(-value).ok().map(|value| value.to_ne_bytes()[0]),
        false => u8::try_from(value).ok(),
    }))
}

/// `4u8`, `0x10U`, `1_u8`, `5L`, Kotlin's `0x82.toByte()`, Scala's `0x82.toByte`
fn without_suffix(digits: &str) -> &str {
    let digits = digits.strip_suffix("()").unwrap_or(digits);
    let digits = digits.strip_suffix(".toByte").unwrap_or(digits);
    let plain = digits.strip_suffix("u8").or_else(|| digits.strip_suffix("i8")).unwrap_or(digits);
    plain.trim_end_matches(['u', 'U', 'l', 'L']).trim_end_matches('_')
}

fn only_byte(character: &str) -> Option<u8> {
    let mut bytes = Vec::new();
    unescape(character, 0, Flavour::C, &mut bytes).ok()?;
    if let [byte] = bytes[..] { Some(byte) } else { None }
}

/// Parses a decimal byte as `%d` or `%03d` writes it. A leading zero before one digit comes from `%02x`.
fn decimal(digits: &str) -> Option<u8> {
    let is_padded = digits.len() == 2 && digits.starts_with('0');
    let fits = (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| fits && !is_padded)
}

fn fits_hexadecimal(digits: &str) -> bool {
    (digits.len() == 1 || digits.len() % 2 == 0) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}
