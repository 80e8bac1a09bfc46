//! The value that breaks a rule.
//!
//! All functions are `#[inline]`: see [`explanation`](super::explanation).

use super::case::Case;
use super::kind::DecodeErrorKind as Kind;
use crate::field::{Field, Format};
use crate::packet_type::PacketType;
use core::fmt;

/// The value that breaks a rule: see [`DecodeError::found`](crate::DecodeError::found).
///
/// An error has no space for a whole string. A `Found` holds the wrong character or byte, and its place.
///
/// `Display` writes bits as `0b0010`, a byte as `0x92`, an integer in decimal, bytes of a Variable Byte
/// Integer as `0x8000`, a character of a string as `` `#` at byte 3 of the string ``.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Found {
    /// Bits of one byte.
    Bits {
        /// The value of the bits: 3 for a QoS of 3.
        value: u8,
        /// The number of bits: 1 to 8.
        count: u8,
    },
    /// One byte: a Reason Code, a Protocol Level, a Property Identifier or a first byte.
    Byte(u8),
    /// An integer of two or four bytes, or a Variable Byte Integer.
    Number(u32),
    /// The bytes of a Variable Byte Integer with an illegal encoding.
    Varint {
        /// The bytes. Zeros fill the rest.
        bytes: [u8; 4],
        /// The number of bytes: 1 to 4.
        len: u8,
    },
    /// The number of bytes that are present, or that a length announces.
    Bytes(u32),
    /// A character of a string.
    Character {
        /// The character.
        character: char,
        /// The number of bytes of the string before the wrong character or byte.
        at: u32,
    },
    /// A byte of a string that is not UTF-8, or not ASCII in a Will Message of 3.1.
    IllFormed {
        /// The byte. `None` if the string ends inside a character, or is a Password.
        byte: Option<u8>,
        /// The number of bytes of the string before the wrong character or byte.
        at: u32,
    },
    /// A Protocol Name.
    ProtocolName {
        /// The first four bytes of the name. Zeros fill the rest.
        bytes: [u8; 4],
        /// The number of bytes of the name.
        len: u32,
    },
}

#[inline]
pub(super) fn found(error: &Case) -> Option<Found> {
    let Case { kind, field, packet_type, .. } = *error;
    let (bytes, number) = (error.evidence.bytes, error.evidence.number);
    let [byte, second, ..] = bytes;
    Some(match kind {
        Kind::IncompletePacket => Found::Bytes(error.offset),
        Kind::PacketTooLarge => Found::Bytes(error.frame_len),
        Kind::Missing | Kind::LeftoverBytes | Kind::BytesAfterPacket => Found::Bytes(number),
        Kind::AuthenticationMethodMissing
        | Kind::EmptyList
        | Kind::EmptyTopic
        | Kind::ShareNameEmpty
        | Kind::SharedFilterMissing => return None,
        Kind::TopicTooLong => Found::Bytes(u16::from_be_bytes([byte, second]).into()),
        Kind::UnsupportedProtocolName { .. } => Found::ProtocolName { bytes, len: number },
        // An AUTH without a Reason Code means Success.
        Kind::WrongDirection if error.offset == error.frame_len => return None,
        Kind::VarintTooLong | Kind::VarintNotMinimal | Kind::UnknownProperty => encoded(bytes, 4),
        Kind::MisplacedProperty | Kind::DuplicateProperty | Kind::WrongDirection | Kind::VersionUnknown => {
            Found::Byte(byte)
        }
        Kind::NulCharacter
        | Kind::ControlCharacter
        | Kind::Noncharacter
        | Kind::WildcardInTopicName
        | Kind::WildcardInShareName
        | Kind::HashNotLast
        | Kind::HashNotAlone
        | Kind::PlusNotAlone
        | Kind::InvalidSharedFilter => Found::Character { character: character(bytes), at: number },
        Kind::IllFormedUtf8 | Kind::NotAscii => {
            let is_shown = field.format() != Format::Secret && byte >= 0x80;
            Found::IllFormed { byte: is_shown.then_some(byte), at: number }
        }
        Kind::Truncated => match field.format() {
            Format::VariableByteInteger if number < septet_count(bytes) => encoded(bytes, number),
            Format::VariableByteInteger => Found::Bytes(integer(bytes)),
            _ => Found::Bytes(u16::from_be_bytes([byte, second]).into()),
        },
        Kind::ReservedBits => Found::Bits { value: byte, count: 8 },
        _ => match field.format() {
            Format::TwoByteInteger => Found::Number(u16::from_be_bytes([byte, second]).into()),
            Format::FourByteInteger => Found::Number(u32::from_be_bytes(bytes)),
            Format::VariableByteInteger => Found::Number(integer(bytes)),
            Format::Bits => masked_bits(byte, mask(field, packet_type)),
            _ => Found::Byte(byte),
        },
    })
}

/// The bits of a field in its byte.
#[inline]
const fn mask(field: Field, packet_type: Option<PacketType>) -> u8 {
    match (field, packet_type) {
        (Field::PacketType, _) => 0b1111_0000,
        (Field::Flags, _) => 0b0000_1111,
        (Field::Qos, Some(PacketType::Publish)) => 0b0000_0110,
        (Field::Qos, _) => 0b0000_0011,
        (Field::PasswordFlag, _) => 0b0100_0000,
        (Field::WillRetain, _) => 0b0010_0000,
        (Field::WillQos, _) => 0b0001_1000,
        (Field::RetainHandling, _) => 0b0011_0000,
        (Field::Dup, _) => 0b0000_1000,
        (Field::NoLocal, _) => 0b0000_0100,
        (Field::SessionPresent, _) => 0b0000_0001,
        _ => 0xff, // unreachable: no error is about other bits
    }
}

#[inline]
fn masked_bits(byte: u8, mask: u8) -> Found {
    let value = (byte & mask).checked_shr(mask.trailing_zeros()).unwrap_or(0);
    Found::Bits { value, count: u8::try_from(mask.count_ones()).unwrap_or(8) }
}

/// The value of a Variable Byte Integer.
#[inline]
pub(super) fn integer(bytes: [u8; 4]) -> u32 {
    let [a, b, c, d] = bytes.map(|byte| u32::from(byte & 0x7f));
    a | b << 7 | c << 14 | d << 21
}

/// The number of bytes of a Variable Byte Integer.
#[inline]
pub(super) fn septet_count(bytes: [u8; 4]) -> u32 {
    let more = bytes.iter().take(3).take_while(|byte| **byte >= 0x80).count();
    u32::try_from(more).unwrap_or(0).saturating_add(1)
}

/// The bytes of a Variable Byte Integer that the packet contains.
#[inline]
fn encoded(bytes: [u8; 4], there: u32) -> Found {
    Found::Varint { bytes, len: u8::try_from(septet_count(bytes).min(there)).unwrap_or(4) }
}

/// The first character of UTF-8 bytes.
#[inline]
fn character(bytes: [u8; 4]) -> char {
    let whole = match bytes {
        [0x00..=0x7f, ..] => bytes.get(..1),
        [0x80..=0xdf, ..] => bytes.get(..2),
        [0xe0..=0xef, ..] => bytes.get(..3),
        _ => bytes.get(..),
    };
    let string = whole.and_then(|bytes| core::str::from_utf8(bytes).ok());
    string.and_then(|string| string.chars().next()).unwrap_or(char::REPLACEMENT_CHARACTER)
}

impl fmt::Display for Found {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Bits { value, count } => show_bits(f, value, 0xff, count),
            Self::Byte(byte) => write!(f, "{byte:#04x}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Varint { bytes, len } => {
                f.write_str("0x")?;
                bytes.iter().take(len.into()).try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            Self::Bytes(1) => f.write_str("1 byte"),
            Self::Bytes(bytes) => write!(f, "{bytes} bytes"),
            Self::Character { character: character @ ' '..='~', at } => {
                write!(f, "`{character}` at byte {at} of the string")
            }
            Self::Character { character, at } => {
                write!(f, "U+{:04X} at byte {at} of the string", u32::from(character))
            }
            Self::IllFormed { byte: Some(byte), at } => write!(f, "{byte:#04x} at byte {at} of the string"),
            Self::IllFormed { byte: None, at } => write!(f, "byte {at} of the string"),
            Self::ProtocolName { bytes, len } => {
                let shown = bytes.get(..usize::try_from(len).unwrap_or(usize::MAX)).unwrap_or(&bytes);
                let more = if len > 4 { "…" } else { "" };
                write!(f, "\"{}{more}\"", shown.escape_ascii())
            }
        }
    }
}

/// Writes the bits, the highest first. Bits outside of the mask are `x`.
#[inline]
pub(super) fn show_bits(f: &mut fmt::Formatter<'_>, value: u8, mask: u8, count: u8) -> fmt::Result {
    f.write_str("0b")?;
    (0..count).rev().try_for_each(|place| {
        let bit = 1_u8.checked_shl(place.into()).unwrap_or(0);
        f.write_str(match (mask & bit, value & bit) {
            (0, _) => "x",
            (_, 0) => "0",
            _ => "1",
        })
    })
}
