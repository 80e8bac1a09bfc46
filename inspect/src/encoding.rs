//! Text in UTF-16, which PowerShell and other programs of Windows write, with or without a byte order mark.

/// Whether an input may be UTF-16, from its first bytes. No legal packet begins like this: the first
/// bytes 0, 0xFE and 0xFF are reserved. A packet with the first byte of a printable character is not empty.
pub(crate) fn may_be_utf16(beginning: &[u8]) -> bool {
    unit(beginning).is_some()
}

/// Returns the text, if the bytes are UTF-16. Without a byte order mark, control characters show that they are not.
pub(crate) fn utf16(bytes: &[u8]) -> Option<String> {
    let unit = unit(bytes).filter(|_| bytes.len() % 2 == 0)?;
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let text = char::decode_utf16(units).collect::<Result<String, _>>().ok()?;
    let is_text = |c: char| !c.is_control() || c.is_whitespace() || c == '\x1b';
    match text.strip_prefix('\u{feff}') {
        Some(text) => Some(text.to_owned()),
        None => text.chars().all(is_text).then_some(text),
    }
}

/// Returns how to read a unit, if the bytes begin like UTF-16.
fn unit(bytes: &[u8]) -> Option<fn([u8; 2]) -> u16> {
    let is_text = |byte: u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    match *bytes {
        [0xff, 0xfe, ..] => Some(u16::from_le_bytes),
        [0xfe, 0xff, ..] => Some(u16::from_be_bytes),
        [a, 0, b, 0, ..] if is_text(a) && is_text(b) => Some(u16::from_le_bytes),
        [0, a, 0, b, ..] if is_text(a) && is_text(b) => Some(u16::from_be_bytes),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn text_is_read_in_both_orders_with_and_without_a_mark() {
        for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            assert_eq!(utf16(&encoded("10 0d\r\n", bytes)).as_deref(), Some("10 0d\r\n"));
            assert_eq!(utf16(&encoded("\u{feff}10 0d", bytes)).as_deref(), Some("10 0d"));
            assert_eq!(utf16(&encoded("10…😀", bytes)).as_deref(), Some("10…😀"));
        }
    }

    #[test]
    fn other_bytes_are_no_text() {
        for bytes in [
            b"0\0".as_slice(),
            b"\xc0\0\xd0\0",
            b"0\x000\0\x10\0",
            b"10 0d",
            b"0\x000\x001",
            b"\xff\xfe\0\xd8",
            b"",
        ] {
            assert_eq!(utf16(bytes), None, "{bytes:02x?}");
        }
    }
}
