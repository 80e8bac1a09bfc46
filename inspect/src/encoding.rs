//! Text in UTF-16, which PowerShell and other programs of Windows write, and in UTF-32, with or without a byte order mark.

/// Whether an input may be UTF-16 or UTF-32, from its first four bytes. No legal packet begins like this: the first bytes 0, 0xFE
/// and 0xFF are reserved. A packet with the first byte of a printable character is not empty.
pub(crate) fn may_be_wide(beginning: &[u8]) -> bool {
    unit(beginning).is_some() || wide_unit(beginning).is_some()
}

/// Whether the bytes begin with the byte order mark of UTF-16. No packet begins with this mark.
pub(crate) fn has_mark(bytes: &[u8]) -> bool {
    matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..])
}

/// Whether the bytes are text in an encoding with one byte for each character, such as Windows-1252. Such text is mostly ASCII, and has no
/// control characters. Every packet has control characters.
pub(crate) fn is_narrow_text(bytes: &[u8]) -> bool {
    let is_control = |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace() && *byte != 0x1b;
    let ascii = bytes.iter().filter(|byte| byte.is_ascii()).count();
    ascii > bytes.len() / 2 && !bytes.iter().any(is_control)
}

/// Reverses a mistake: a program has saved each byte as the character of that number, in UTF-8. The byte 0xE4 has become `ä`. `None` if no
/// character is above 0x7F.
pub(crate) fn bytes_in_utf8(text: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok().filter(|text| !text.is_ascii())?;
    text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
}

/// Whether the bytes are text in which a program has replaced all bytes that are not UTF-8.
pub(crate) fn has_replacements(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| text.contains(char::REPLACEMENT_CHARACTER))
}

/// Returns the text, if the bytes are UTF-16 or UTF-32. Bytes without a byte order mark and with control characters are not text.
pub(crate) fn text(bytes: &[u8]) -> Option<String> {
    let text = utf32(bytes).or_else(|| utf16(bytes))?;
    let is_text = |c: char| !c.is_control() || c.is_whitespace() || c == '\x1b';
    match text.strip_prefix('\u{feff}') {
        Some(text) => Some(text.to_owned()),
        None => text.chars().all(is_text).then_some(text),
    }
}

fn utf16(bytes: &[u8]) -> Option<String> {
    let unit = unit(bytes).filter(|_| bytes.len() % 2 == 0)?;
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).collect::<Result<String, _>>().ok()
}

fn utf32(bytes: &[u8]) -> Option<String> {
    let unit = wide_unit(bytes).filter(|_| bytes.len() % 4 == 0)?;
    let units = bytes.chunks_exact(4).map(|four| unit([four[0], four[1], four[2], four[3]]));
    units.map(char::from_u32).collect()
}

/// Returns how to read a unit, if the bytes begin like UTF-32.
fn wide_unit(bytes: &[u8]) -> Option<fn([u8; 4]) -> u32> {
    let is_text = |byte: u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    match *bytes {
        [0xff, 0xfe, 0, 0, ..] => Some(u32::from_le_bytes),
        [0, 0, 0xfe, 0xff, ..] => Some(u32::from_be_bytes),
        [a, 0, 0, 0, ..] if is_text(a) => Some(u32::from_le_bytes),
        [0, 0, 0, a, ..] if is_text(a) => Some(u32::from_be_bytes),
        _ => None,
    }
}

/// The first character of Latin-1 beyond ASCII that is not a control character.
const LATIN: u8 = 0xa0;

/// Returns how to read a unit, if the bytes begin like UTF-16.
fn unit(bytes: &[u8]) -> Option<fn([u8; 2]) -> u16> {
    let is_text = |byte: u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    match *bytes {
        [0xff, 0xfe, ..] => Some(u16::from_le_bytes),
        [0xfe, 0xff, ..] => Some(u16::from_be_bytes),
        // The first character can be one of Latin-1.
        [a, 0, b, 0, ..] if (is_text(a) || a >= LATIN) && is_text(b) => Some(u16::from_le_bytes),
        [0, a, 0, b, ..] if (is_text(a) || a >= LATIN) && is_text(b) => Some(u16::from_be_bytes),
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
            assert_eq!(text(&encoded("10 0d\r\n", bytes)).as_deref(), Some("10 0d\r\n"));
            assert_eq!(text(&encoded("\u{feff}10 0d", bytes)).as_deref(), Some("10 0d"));
            assert_eq!(text(&encoded("10…😀", bytes)).as_deref(), Some("10…😀"));
        }
        for bytes in [u32::to_le_bytes, u32::to_be_bytes] {
            let encoded = |text: &str| text.chars().flat_map(|c| bytes(c.into())).collect::<Vec<_>>();
            for plain in ["10 0d\r\n", "1", "10…😀"] {
                assert!(may_be_wide(&encoded(plain)[..4]));
                assert_eq!(text(&encoded(plain)).as_deref(), Some(plain));
                assert_eq!(text(&encoded(&format!("\u{feff}{plain}"))).as_deref(), Some(plain));
            }
        }
    }

    #[test]
    fn the_first_character_can_be_one_of_latin_1() {
        for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            let encoded = encoded("Ü 10 0d", bytes);
            assert!(may_be_wide(&encoded[..4]));
            assert_eq!(text(&encoded).as_deref(), Some("Ü 10 0d"));
        }
        assert!(!may_be_wide(b"\xc0\0\xd0\0"));
    }

    #[test]
    fn text_with_one_byte_for_each_character_is_recognised() {
        for (bytes, expected) in [
            (&b"Gr\xf6\xdfe: 10 0d 00 04\r\n"[..], true),
            (b"\x30\x05\0\x03abc", false),
            (b"\xc0\xc0\xc0\xc0", false),
        ] {
            assert_eq!(is_narrow_text(bytes), expected, "{bytes:02x?}");
        }
    }

    #[test]
    fn bytes_that_were_saved_as_characters_are_restored() {
        for (text, expected) in [
            (&b"\xc3\x80\0"[..], Some(&b"\xc0\0"[..])),
            (b"0\x03\0\x01a", None),
            (b"\xc0\0", None),
            (b"\xe2\x82\xac", None),
        ] {
            assert_eq!(bytes_in_utf8(text).as_deref(), expected, "{text:02x?}");
        }
        assert!(has_replacements("\u{fffd}\0".as_bytes()));
        assert!(!has_replacements(b"\xef\xbf\xbd\xc0") && !has_replacements(b"a"));
    }

    #[test]
    fn bytes_that_are_not_text_are_refused() {
        for bytes in [
            b"0\0".as_slice(),
            b"\xc0\0\xd0\0",
            b"0\x000\0\x10\0",
            b"10 0d",
            b"0\x000\x001",
            b"\xff\xfe\0\xd8",
            b"\xc0\0\0\0",
            b"0\0\0\0\x10\0\0\0",
            b"0\0\0\x001\0\0",
            b"0\0\0\0\0\xd8\0\0",
            b"",
        ] {
            assert_eq!(text(bytes), None, "{bytes:02x?}");
        }
    }
}
