//! Strings with escapes.

use super::Fault;
use super::number::digit;

/// The language, where escapes differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavour {
    /// In C and Python, `\012` is one byte in octal.
    C,
    /// `\012` is a NUL and two digits.
    Rust,
    /// Has `\x{10}`, `\s` and `\d`.
    Erlang,
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
fn escape(text: &str, flavour: Flavour) -> Result<(u8, usize), String> {
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
