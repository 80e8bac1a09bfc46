//! Strings with escapes.

use super::number::digit;
use super::{Fault, Radix};

/// The language of a string. Languages differ in their escapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavour {
    /// In C and Python, `\012` is one byte in octal.
    C,
    /// `\012` is a NUL and two digits.
    Rust,
    /// The language also has `\x{10}`, `\s` and `\d`.
    Erlang,
    /// In Lua and OCaml, `\012` is one byte in decimal.
    Decimal,
}

/// The positions of the first escapes with digits, by kind. `\012` is octal in C and decimal in Lua.
#[derive(Debug, Default)]
pub(super) struct Numerals {
    only_octal: Option<usize>,
    only_decimal: Option<usize>,
    either: Option<usize>,
    /// The language has octal escapes: it also has `\x10`, for example.
    pub(super) is_octal: bool,
}

impl Numerals {
    /// Adds the escapes of a string that begins at `start`.
    pub(super) fn see(&mut self, text: &str, start: usize) {
        let mut rest = text;
        while let Some(at) = rest.find('\\') {
            let position = start + text.len() - rest.len() + at;
            let escape = &rest[at + 1..];
            self.is_octal |= escape.starts_with(['x', 'u']);
            let len = escape.bytes().take(3).take_while(u8::is_ascii_digit).count();
            if let Some(place) = self.place(&escape[..len]) {
                place.get_or_insert(position);
            }
            let len = len.max(escape.chars().next().map_or(0, char::len_utf8));
            rest = &escape[len..];
        }
    }

    fn place(&mut self, digits: &str) -> Option<&mut Option<usize>> {
        let decimal: u16 = digits.parse().ok()?;
        match u16::from_str_radix(digits, 8) {
            Ok(octal) if octal == decimal => None,
            Ok(_) if decimal > 255 => Some(&mut self.only_octal),
            Ok(_) => Some(&mut self.either),
            // In C, `\09` is two characters.
            Err(_) if digits.starts_with('0') && digits.len() < 3 => Some(&mut self.either),
            Err(_) => Some(&mut self.only_decimal),
        }
    }

    /// Decides between octal and decimal.
    pub(super) fn flavour(&self, wanted: Option<Radix>) -> Result<Flavour, Fault> {
        match (wanted, self.only_octal, self.only_decimal, self.either) {
            (Some(Radix::Decimal), ..) => Ok(Flavour::Decimal),
            (Some(Radix::Octal), ..) => Ok(Flavour::C),
            _ if self.is_octal => Ok(Flavour::C),
            (_, Some(octal), Some(decimal), _) => {
                Err(Fault::new(octal.max(decimal), "one escape can only be octal, and another only decimal"))
            }
            (_, None, Some(_), _) => Ok(Flavour::Decimal),
            (_, None, None, Some(at)) => {
                Err(Fault::new(at, "these escapes can be octal or decimal: use --octal or --decimal"))
            }
            _ => Ok(Flavour::C),
        }
    }
}

/// Appends the bytes of a string that begins at `start`.
pub(super) fn unescape(text: &str, start: usize, flavour: Flavour, bytes: &mut Vec<u8>) -> Result<(), Fault> {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c != '\\' {
            bytes.extend_from_slice(&rest.as_bytes()[..c.len_utf8()]);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let at = start + text.len() - rest.len();
        let (byte, len) = escape(&rest[1..], flavour).map_err(|what| Fault::new(at, what))?;
        bytes.push(byte);
        rest = &rest[1 + len..];
    }
    Ok(())
}

/// Returns the byte of an escape, and the length of the escape after its backslash.
pub(super) fn escape(text: &str, flavour: Flavour) -> Result<(u8, usize), String> {
    let letter = text.bytes().next().unwrap_or(0);
    let byte = match letter {
        b'x' if text.starts_with("x{") => return in_braces(text),
        b'x' => {
            return match text.as_bytes().get(1..3).map(|pair| (digit(pair[0]), digit(pair[1]))) {
                Some((Some(high), Some(low))) => Ok((high << 4 | low, 3)),
                _ => Err("\\x takes two digits".to_owned()),
            };
        }
        b'u' if text.starts_with("u{") => return in_braces(text),
        b'u' => {
            let code = text.get(1..5).filter(|digits| digits.bytes().all(|byte| digit(byte).is_some()));
            return Ok((ascii(code.unwrap_or(""))?, 5));
        }
        b'0'..=b'9' if flavour == Flavour::Decimal => return decimal(text),
        b'0' if flavour == Flavour::Rust => 0,
        b'0'..=b'7' => return Ok(octal(text)),
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'a' => 7,
        b'b' => 8,
        b'v' => 11,
        b'f' => 12,
        b'e' => 27,
        b's' if flavour == Flavour::Erlang => b' ',
        b'd' if flavour == Flavour::Erlang => 127,
        b'\\' | b'"' | b'\'' => letter,
        _ => {
            let c = text.chars().next().map_or(String::new(), |c| c.to_string());
            return Err(format!("\\{c} is not an escape"));
        }
    };
    Ok((byte, 1))
}

/// Parses up to three octal digits.
fn octal(text: &str) -> (u8, usize) {
    let (mut value, mut len) = (0_u8, 0);
    for byte in text.bytes().take(3) {
        let Some(next) = value.checked_mul(8).filter(|_| (b'0'..=b'7').contains(&byte)) else { break };
        (value, len) = (next | (byte - b'0'), len + 1);
    }
    (value, len)
}

/// Parses up to three decimal digits.
fn decimal(text: &str) -> Result<(u8, usize), String> {
    let len = text.bytes().take(3).take_while(u8::is_ascii_digit).count();
    let byte = text[..len].parse().map_err(|_| format!("\\{} is not a byte", &text[..len]))?;
    Ok((byte, len))
}

/// Parses `x{1f}` and `u{1f}`.
fn in_braces(text: &str) -> Result<(u8, usize), String> {
    const LONGEST: usize = 8;
    let digits = text.bytes().skip(2).take(LONGEST).take_while(|byte| digit(*byte).is_some()).count();
    let code = text.get(2..2 + digits).unwrap_or("");
    if text.as_bytes().get(2 + digits) != Some(&b'}') {
        return Err("the brace of an escape is not closed".to_owned());
    }
    let byte = match text.starts_with('x') {
        true => u8::from_str_radix(code, 16).map_err(|_| format!("\\x{{{code}}} is not a byte"))?,
        false => ascii(code)?,
    };
    Ok((byte, 3 + digits))
}

/// Returns the byte of an ASCII character. Other characters have several encodings.
fn ascii(code: &str) -> Result<u8, String> {
    let byte = u8::from_str_radix(code.trim_start_matches('0'), 16)
        .or(if code.trim_matches('0').is_empty() { Ok(0) } else { Err(()) });
    match byte {
        Ok(byte) if byte.is_ascii() && !code.is_empty() => Ok(byte),
        _ => Err(format!("\\u{code}: the encoding of a character beyond ASCII is unknown")),
    }
}
