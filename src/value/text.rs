//! UTF-8 Encoded String (5.0 §1.5.4, 3.1.1 §1.5.3).

use super::error::{ValueError, ValueType};
use super::limits::MAX_LENGTH;
use super::scan;
use super::string_type::string_type;

/// A UTF-8 Encoded String: 0 to 65,535 bytes, no U+0000.
///
/// ```
/// use mqtt_wire::{Text, ValueError, ValueType, text};
///
/// const NAME: Text<'static> = text!("Client123");
/// assert_eq!(NAME, "Client123");
/// assert_eq!(Text::new("a\0b"), Err(ValueError::NulCharacter(ValueType::Text)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Text<'a>(&'a str);

impl<'a> Text<'a> {
    /// The empty string.
    pub const EMPTY: Self = Self("");

    /// Checks the string. For literals: [`text!`](crate::text!).
    ///
    /// # Errors
    ///
    /// [`ValueError::TooLong`] above 65,535 bytes, [`ValueError::NulCharacter`] if U+0000 is inside
    /// (\[MQTT-1.5.4-2\]; 3.1.1: \[MQTT-1.5.3-2\]).
    #[inline]
    pub const fn new(string: &'a str) -> Result<Self, ValueError> {
        if string.len() > MAX_LENGTH {
            return Err(ValueError::TooLong(ValueType::Text));
        }
        // [MQTT-1.5.4-2] a string has no U+0000 (3.1.1: [MQTT-1.5.3-2])
        if scan::has_nul(string.as_bytes()) {
            return Err(ValueError::NulCharacter(ValueType::Text));
        }
        Ok(Self(string))
    }

    /// Checks that the bytes are a UTF-8 Encoded String.
    ///
    /// # Errors
    ///
    /// The errors of [`new`](Self::new), and [`ValueError::IllFormedUtf8`].
    pub const fn from_bytes(bytes: &'a [u8]) -> Result<Self, ValueError> {
        // [MQTT-1.5.4-1] a string is well-formed UTF-8, without surrogates (3.1.1: [MQTT-1.5.3-1])
        match core::str::from_utf8(bytes) {
            Ok(string) => Self::new(string),
            Err(_) => Err(ValueError::IllFormedUtf8(ValueType::Text)),
        }
    }

    /// Whether the string has no characters.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Takes a string that was checked before.
    pub(crate) const fn trusted(string: &'a str) -> Self {
        Self(string)
    }

    /// Reads a string that the decoder has accepted before.
    #[cfg(feature = "bytes")]
    pub(crate) fn reread(bytes: &'a [u8]) -> Option<Self> {
        core::str::from_utf8(bytes).ok().map(Self)
    }
}

string_type!(Text);

/// Whether the string has a control character (U+0001–U+001F, U+007F–U+009F). A sender SHOULD NOT send it
/// (5.0 §1.5.4).
pub(crate) fn has_control_character(string: &str) -> bool {
    string.chars().any(char::is_control)
}

/// Whether a Unicode noncharacter (U+FDD0–U+FDEF, the last two of each plane) is in the string.
pub(crate) fn has_noncharacter(string: &str) -> bool {
    string.chars().any(|c| {
        let code = u32::from(c);
        (0xFDD0..=0xFDEF).contains(&code) || code & 0xFFFE == 0xFFFE
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_at_most_65535_bytes() {
        let long = "a".repeat(65_536);
        assert_eq!(Text::new(&long[..65_535]).map(Text::len), Ok(65_535));
        assert_eq!(Text::new(&long), Err(ValueError::TooLong(ValueType::Text)));
        assert_eq!(Text::from_bytes(long.as_bytes()), Err(ValueError::TooLong(ValueType::Text)));
    }

    #[test]
    fn refuses_nul_and_ill_formed_bytes_and_keeps_the_rest() {
        assert_eq!(Text::new("\0"), Err(ValueError::NulCharacter(ValueType::Text)));
        assert_eq!(Text::from_bytes(b"\xed\xa0\x80"), Err(ValueError::IllFormedUtf8(ValueType::Text)));
        assert_eq!(Text::from_bytes(b"\xc0\xaf"), Err(ValueError::IllFormedUtf8(ValueType::Text)));
        // [MQTT-1.5.4-3] the byte order mark is an ordinary character
        assert_eq!(Text::from_bytes(b"\xef\xbb\xbfa").map(Text::as_str), Ok("\u{feff}a"));
        assert!(Text::EMPTY.is_empty() && !Text("a").is_empty());
    }

    #[test]
    fn knows_control_characters_and_noncharacters_at_their_edges() {
        for (c, control) in [
            ('\u{1}', true),
            ('\u{1f}', true),
            (' ', false),
            ('~', false),
            ('\u{7f}', true),
            ('\u{9f}', true),
            ('\u{a0}', false),
        ] {
            assert_eq!(has_control_character(c.encode_utf8(&mut [0; 4])), control, "{c:?}");
        }
        for (c, noncharacter) in [
            ('\u{fdcf}', false),
            ('\u{fdd0}', true),
            ('\u{fdef}', true),
            ('\u{fdf0}', false),
            ('\u{fffd}', false),
            ('\u{fffe}', true),
            ('\u{ffff}', true),
            ('\u{10000}', false),
            ('\u{1fffe}', true),
            ('\u{10ffff}', true),
        ] {
            assert_eq!(has_noncharacter(c.encode_utf8(&mut [0; 4])), noncharacter, "{c:?}");
        }
    }
}
