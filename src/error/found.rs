//! What was found where a rule is broken, and what was expected: for people, and for programs.
//!
//! All functions are `#[inline]`. They are built in the programs that use them, and not beside the functions
//! that decode. The row `decode 3.1.1 PUBLISH QoS 1, 64 B` pays for it.

use super::kind::DecodeErrorKind as Kind;
use crate::field::{Field, Format, PropertyId};
use crate::packet_type::PacketType;
use crate::value::MAX_VARINT;
use crate::version::{ProtocolName, Version};
use core::fmt;

/// The value that breaks a rule, as far as an error can hold it: see
/// [`DecodeError::found`](crate::DecodeError::found).
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
    /// One byte: a Reason Code, a Protocol Level, an identifier of a property, the first byte of a packet.
    Byte(u8),
    /// An integer of two or four bytes, or a Variable Byte Integer.
    Number(u32),
    /// The bytes of a Variable Byte Integer with an illegal encoding.
    Encoded {
        /// The bytes. Zeros fill the rest.
        bytes: [u8; 4],
        /// The number of bytes: 1 to 4.
        len: u8,
    },
    /// The number of bytes that are there, or that a length announces.
    Bytes(u32),
    /// A character of a string.
    Character {
        /// The character.
        character: char,
        /// How many bytes of the string precede it.
        at: u32,
    },
    /// A byte of a string that is not UTF-8, or not ASCII in a will message of 3.1.
    IllFormed {
        /// The byte. `None` if the string ends inside a character, or is a password.
        byte: Option<u8>,
        /// How many bytes of the string precede it.
        at: u32,
    },
    /// A Protocol Name.
    Name {
        /// Its first four bytes. Zeros fill the rest.
        bytes: [u8; 4],
        /// The number of its bytes.
        len: u32,
    },
}

/// The values that the rule allows: see [`DecodeError::expected`](crate::DecodeError::expected).
///
/// `Display` writes them like [`Found`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Expected(ExpectedValue);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum ExpectedValue {
    /// These bits, where the mask has ones.
    Bits {
        value: u8,
        mask: u8,
        count: u8,
    },
    Byte(u8),
    Bytes {
        least: u32,
    },
    AtMost(u32),
    Range {
        least: u32,
        most: u32,
    },
    /// A Variable Byte Integer in the fewest bytes.
    Varint(u32),
    Words(&'static str),
}

/// The bytes that break a rule, as far as an error has room for them. Their meaning depends on kind and field.
/// Bytes of secrets are left out.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Evidence {
    /// The first bytes of the field, or of a string from its offending character on. Zeros fill the rest.
    pub(crate) bytes: [u8; 4],
    /// The offset of that character in the string. For other errors: the number of bytes, or the limit.
    pub(crate) number: u32,
}

impl Evidence {
    pub(crate) const NOTHING: Self = Self { bytes: [0; 4], number: 0 };
}

/// The contents of an error.
#[derive(Clone, Copy)]
pub(super) struct Case {
    pub(super) kind: Kind,
    pub(super) field: Field,
    pub(super) packet_type: Option<PacketType>,
    pub(super) version: Option<Version>,
    pub(super) offset: u32,
    pub(super) frame_len: u32,
    pub(super) evidence: Evidence,
}

/// The kind of an error, with what was found and what was expected: see `DecodeError::explanation`.
pub(super) struct KindInDetail(pub(super) Case);

impl fmt::Display for KindInDetail {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(case) = self;
        case.kind.fmt(f)?;
        // Some sentences contain the value already.
        if case.kind.names_the_value() {
            return Ok(());
        }
        match (found(case), expected(case)) {
            (Some(found), Some(expected)) => write!(f, " (found {found}, expected {expected})"),
            (Some(found), None) => write!(f, " (found {found})"),
            // Something is absent, and the text names it.
            (None, _) => Ok(()),
        }
    }
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
        Kind::UnsupportedProtocolName { .. } => Found::Name { bytes, len: number },
        // An AUTH without a code means Success.
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

#[inline]
pub(super) fn expected(error: &Case) -> Option<Expected> {
    let Case { kind, field, packet_type, version, .. } = *error;
    let number = error.evidence.number;
    let is_v5 = version == Some(Version::V5_0);
    Some(Expected(match kind {
        Kind::IncompletePacket => match error.frame_len {
            0 => return None,
            least => ExpectedValue::Bytes { least },
        },
        Kind::VersionUnknown => ExpectedValue::Byte(PacketType::Connect.first_byte()),
        Kind::ReservedPacketType if is_v5 => ExpectedValue::Range { least: 1, most: 15 },
        Kind::ReservedPacketType => ExpectedValue::Range { least: 1, most: 14 },
        Kind::InvalidFlags => flags(packet_type?, version?),
        Kind::PacketTooLarge | Kind::TopicAliasOverMaximum => ExpectedValue::AtMost(number),
        Kind::Missing => ExpectedValue::Bytes { least: least_len(field) },
        Kind::Truncated => room(error)?,
        Kind::VarintNotMinimal => ExpectedValue::Varint(integer(error.evidence.bytes)),
        Kind::ZeroPacketIdentifier | Kind::ZeroTopicAlias => {
            ExpectedValue::Range { least: 1, most: u16::MAX.into() }
        }
        Kind::InvalidQos | Kind::InvalidRetainHandling => ExpectedValue::Words("0b00, 0b01 or 0b10"),
        Kind::DupWithoutQos
        | Kind::WillRetainWithoutWill
        | Kind::PasswordWithoutUserName
        | Kind::SessionPresentWithError
        | Kind::NoLocalOnSharedSubscription => ExpectedValue::Bits { value: 0, mask: 1, count: 1 },
        Kind::WillQosWithoutWill => ExpectedValue::Bits { value: 0, mask: 0b11, count: 2 },
        Kind::UnknownProperty => ExpectedValue::Words("an identifier of Table 2-4"),
        Kind::InvalidPropertyValue => property_values(field),
        Kind::UnsupportedProtocolName { .. } => ExpectedValue::Words("\"MQTT\" or \"MQIsdp\""),
        Kind::UnsupportedProtocolLevel { name: ProtocolName::Mqtt, .. } => {
            ExpectedValue::Words("0x04 or 0x05")
        }
        Kind::UnsupportedProtocolLevel { name: ProtocolName::MqIsdp, .. } => ExpectedValue::Words("0x03"),
        Kind::ReservedBits => ExpectedValue::Bits { value: 0, mask: reserved(field, version?), count: 8 },
        Kind::InvalidReasonCode => ExpectedValue::Words(reason_codes(packet_type?, version?)?),
        _ => return None,
    }))
}

/// The legal flags of the first byte. Where 3.1 demands QoS 1, it allows any DUP and RETAIN.
#[inline]
fn flags(packet_type: PacketType, version: Version) -> ExpectedValue {
    let mask = if version == Version::V3_1 { 0b0110 } else { 0b1111 };
    ExpectedValue::Bits { value: packet_type.fixed_flags(), mask, count: 4 }
}

/// The room for a field whose length reaches too far. `None` for a Variable Byte Integer that does not end.
#[inline]
fn room(error: &Case) -> Option<ExpectedValue> {
    let length = match error.field.format() {
        Format::VariableByteInteger => septet_count(error.evidence.bytes),
        _ => 2,
    };
    error.evidence.number.checked_sub(length).map(ExpectedValue::AtMost)
}

/// The least number of bytes of a field.
#[inline]
const fn least_len(field: Field) -> u32 {
    match field.format() {
        Format::FourByteInteger => 4,
        Format::TwoByteInteger
        | Format::Utf8String
        | Format::Utf8StringPair
        | Format::BinaryData
        | Format::Secret => 2,
        _ => 1,
    }
}

/// The legal values of a property that excludes some.
#[inline]
const fn property_values(field: Field) -> ExpectedValue {
    match field {
        Field::Property(PropertyId::SubscriptionIdentifier) => {
            ExpectedValue::Range { least: 1, most: MAX_VARINT }
        }
        _ => match field.format() {
            Format::TwoByteInteger => ExpectedValue::Range { least: 1, most: u16::MAX as u32 },
            Format::FourByteInteger => ExpectedValue::Range { least: 1, most: u32::MAX },
            _ => ExpectedValue::Words("0x00 or 0x01"),
        },
    }
}

/// The bits that are 0.
#[inline]
const fn reserved(field: Field, version: Version) -> u8 {
    match (field, version) {
        (Field::ConnectFlags, _) => 0b0000_0001,
        (Field::AcknowledgeFlags, _) => 0b1111_1110,
        (_, Version::V5_0) => 0b1100_0000,
        _ => 0b1111_1100,
    }
}

#[inline]
const fn reason_codes(packet_type: PacketType, version: Version) -> Option<&'static str> {
    Some(match (packet_type, version) {
        (PacketType::ConnAck, Version::V5_0) => "one of Table 3-1",
        (PacketType::PubAck, _) => "one of Table 3-4",
        (PacketType::PubRec, _) => "one of Table 3-5",
        (PacketType::PubRel, _) => "one of Table 3-6",
        (PacketType::PubComp, _) => "one of Table 3-7",
        (PacketType::SubAck, Version::V5_0) => "one of Table 3-8",
        (PacketType::UnsubAck, _) => "one of Table 3-9",
        (PacketType::Disconnect, _) => "one of Table 3-10",
        (PacketType::Auth, _) => "one of Table 3-11",
        (PacketType::ConnAck, _) => "0x00 to 0x05",
        (PacketType::SubAck, Version::V3_1) => "0x00, 0x01 or 0x02",
        (PacketType::SubAck, _) => "0x00, 0x01, 0x02 or 0x80",
        _ => return None, // unreachable: other packets have no Reason Code
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
fn integer(bytes: [u8; 4]) -> u32 {
    let [a, b, c, d] = bytes.map(|byte| u32::from(byte & 0x7f));
    a | b << 7 | c << 14 | d << 21
}

/// The number of bytes of a Variable Byte Integer.
#[inline]
fn septet_count(bytes: [u8; 4]) -> u32 {
    let more = bytes.iter().take(3).take_while(|byte| **byte >= 0x80).count();
    u32::try_from(more).unwrap_or(0).saturating_add(1)
}

/// The bytes of a Variable Byte Integer, as far as they are there.
#[inline]
fn encoded(bytes: [u8; 4], there: u32) -> Found {
    Found::Encoded { bytes, len: u8::try_from(septet_count(bytes).min(there)).unwrap_or(4) }
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
            Self::Encoded { bytes, len } => {
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
            Self::Name { bytes, len } => {
                let shown = bytes.get(..usize::try_from(len).unwrap_or(usize::MAX)).unwrap_or(&bytes);
                let more = if len > 4 { "…" } else { "" };
                write!(f, "\"{}{more}\"", shown.escape_ascii())
            }
        }
    }
}

impl fmt::Display for Expected {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ExpectedValue::Bits { value, mask, count } => show_bits(f, value, mask, count),
            ExpectedValue::Byte(byte) => write!(f, "{byte:#04x}"),
            ExpectedValue::Bytes { least } => write!(f, "{least}"),
            ExpectedValue::AtMost(most) => write!(f, "{most} at most"),
            ExpectedValue::Range { least, most } => write!(f, "{least} to {most}"),
            ExpectedValue::Varint(number) => {
                f.write_str("0x")?;
                let mut rest = number;
                while rest >= 0x80 {
                    write!(f, "{:02x}", rest & 0x7f | 0x80)?;
                    rest >>= 7;
                }
                write!(f, "{rest:02x}")
            }
            ExpectedValue::Words(words) => f.write_str(words),
        }
    }
}

/// Writes the bits, the highest first. Bits outside of the mask are `x`.
#[inline]
fn show_bits(f: &mut fmt::Formatter<'_>, value: u8, mask: u8, count: u8) -> fmt::Result {
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

#[cfg(test)]
mod tests {
    use crate::decode::Decoder;
    use crate::inspect::Span;
    use crate::role::Role;
    use crate::version::Version;

    const V3_1: Decoder = Decoder::new(Version::V3_1);
    const V3_1_1: Decoder = Decoder::new(Version::V3_1_1);
    const V5: Decoder = Decoder::new(Version::V5_0);

    fn explanation(mut decoder: Decoder, frame: &[u8]) -> String {
        decoder.decode_frame(frame).expect_err("it is refused").explanation().to_string()
    }

    #[track_caller]
    fn explained(decoder: Decoder, frame: &[u8], expected: &str) {
        let text = explanation(decoder, frame);
        assert!(text.ends_with(expected), "{text}");
    }

    #[test]
    fn of_the_fixed_header() {
        explained(V3_1_1, b"\xc2\x00", "(found 0b0010, expected 0b0000)");
        explained(V5, b"\x80\x00", "(found 0b0000, expected 0b0010)");
        explained(V3_1, b"\x68\x02\0\x01", "(found 0b1000, expected 0bx01x)");
        explained(V3_1_1, b"\x00\x00", "(found 0b0000, expected 1 to 14)");
        explained(V5, b"\x00\x00", "(found 0b0000, expected 1 to 15)");
        explained(V3_1_1, b"\xf0\x00", "(found 0b1111, expected 1 to 14)");
        explained(V5, b"\xc0\x80\x00", "(found 0x8000, expected 0x00)");
        explained(V5, b"\xc0\xff\xff\xff\xff", "(found 0xffffffff)");
        explained(V5.max_packet_size(3), b"\x40\x03\0\x01\0", "(found 5 bytes, expected 3 at most)");
        explained(V5.sender(Role::Server), b"\xc0\x00", "(found 0xc0)");
        explained(V5.sender(Role::Client), b"\xd0\x00", "(found 0xd0)");
        explained(Decoder::detect_version(), b"\x30\x00", "(found 0x30, expected 0x10)");
        explained(V5, b"\x30", "(found 1 byte)");
        explained(V5, b"\x30\x03\x00", "(found 3 bytes, expected 5)");
        explained(V5, b"\xc0\x00\xc0\x00", "(found 2 bytes)");
        explained(V3_1_1, b"\x36\x00", "a QoS of 3 does not exist");
        explained(V3_1_1, b"\x38\x00", "DUP is set with QoS 0");
    }

    #[test]
    fn of_lengths() {
        explained(V5, b"\x40\x01\x00", "(found 1 byte, expected 2)");
        explained(V5, b"\x30\x09\0\x01a\x03\x02\0\0hi\xff", "(found 2 bytes, expected 4)");
        explained(V3_1_1, b"\x30\x04\0\x05ab", "(found 5 bytes, expected 2 at most)");
        explained(V5, b"\x30\x05\0\x01a\x85\x01", "(found 133 bytes, expected 0 at most)");
        explained(V5, b"\x30\x04\0\x01a\x85", "(found 0x85)");
        explained(V5, b"\x82\x04\0\x01\x01\x0b", "(found 0 bytes, expected 1)");
        explained(V3_1_1, b"\x40\x04\0\x01!!", "(found 2 bytes)");
    }

    #[test]
    fn of_strings() {
        explained(V3_1_1, b"\x30\x05\0\x03ab\xff", "(found 0xff at byte 2 of the string)");
        // Nothing says which byte should have followed.
        explained(V3_1_1, b"\x30\x04\0\x02a\xc3", "(found 0xc3 at byte 1 of the string)");
        explained(V3_1_1, b"\x30\x04\0\x02a\0", "(found U+0000 at byte 1 of the string)");
        explained(V3_1_1, b"\x30\x04\0\x02a+", "(found `+` at byte 1 of the string)");
        let strict = V3_1_1.refuse_control_characters(true).refuse_noncharacters(true);
        explained(strict, "\x30\x05\0\x03é\u{1}".as_bytes(), "(found U+0001 at byte 2 of the string)");
        explained(strict, "\x30\x04\0\x02\u{80}".as_bytes(), "(found U+0080 at byte 0 of the string)");
        explained(strict, "\x30\x06\0\x04a\u{ffff}".as_bytes(), "(found U+FFFF at byte 1 of the string)");
        explained(strict, "\x30\x06\0\x04\u{1ffff}".as_bytes(), "(found U+1FFFF at byte 0 of the string)");
        explained(V3_1_1, b"\x30\x02\0\0", "the topic is empty");
        let long = [&b"\x30\x82\x80\x02\x80\x00"[..], &[b'a'; 0x8000]].concat();
        explained(V3_1.limit_v3_1_topics(true), &long, "(found 32768 bytes)");
    }

    #[test]
    fn of_filters() {
        for (filter, expected) in [
            ("a/+b/+", "(found `+` at byte 2 of the string)"),
            ("+/a+", "(found `+` at byte 3 of the string)"),
            ("#/a", "(found `#` at byte 0 of the string)"),
            ("+/a#", "(found `#` at byte 3 of the string)"),
            ("$share/g+/a", "(found `+` at byte 8 of the string)"),
            ("$share/+/a", "(found `+` at byte 7 of the string)"),
            ("$share/g/+/a#", "(found `#` at byte 12 of the string)"),
            ("$share//a", "the share name is empty"),
            ("$share/g", "no topic filter follows the share name"),
        ] {
            let filter_len = filter.len() as u8;
            let bytes = [&[0xa2, filter_len + 5, 0, 1, 0, 0, filter_len], filter.as_bytes()].concat();
            explained(V5, &bytes, expected);
        }
    }

    #[test]
    fn of_connect() {
        let connect = |name: &[u8], rest: &[u8]| {
            let body = [&[0, name.len() as u8], name, rest].concat();
            [&[0x10, body.len() as u8], &body[..]].concat()
        };
        explained(V5, &connect(b"HTTP/1", b""), "(found \"HTTP…\", expected \"MQTT\" or \"MQIsdp\")");
        explained(V5, &connect(b"\"\0", b""), "(found \"\\\"\\x00\", expected \"MQTT\" or \"MQIsdp\")");
        explained(V5, &connect(b"MQTT", b"\x07"), "(found 0x07, expected 0x04 or 0x05)");
        explained(V5, &connect(b"MQIsdp", b"\x04"), "(found 0x04, expected 0x03)");
        let flags = |flags| connect(b"MQTT", &[4, flags, 0, 0, 0, 0]);
        explained(V5, &flags(0x43), "(found 0b01000011, expected 0bxxxxxxx0)");
        explained(V5, &flags(0x10), "(found 0b10, expected 0b00)");
        explained(V5, &flags(0x1c), "a QoS of 3 does not exist");
        explained(V5, &flags(0x20), "will retain is set without the will flag");
        explained(V5, &flags(0x40), "a password without a user name needs 5.0");
        // The error and its text contain no bytes of a password.
        let strict = V3_1.require_v3_1_text(true);
        let secret = connect(b"MQIsdp", b"\x03\xc2\0\0\0\x01a\0\x01u\0\x03pw\xff");
        explained(strict, &secret, "(found byte 2 of the string)");
        let will = connect(b"MQIsdp", b"\x03\x06\0\0\0\x01a\0\x01t\0\x02a\xe9");
        explained(strict, &will, "(found 0xe9 at byte 1 of the string)");
        let cut = connect(b"MQTT", b"\x04\xc2\0\0\0\x01a\0\x01u\0\x09secret");
        explained(V5, &cut, "(found 9 bytes, expected 6 at most)");
        let error = V5.clone().decode_frame(&cut).expect_err("cut");
        assert_eq!(error.evidence.bytes, [0, 9, 0, 0]);
        assert!(format!("{error:?}").contains("found: Some(Bytes(9))"));
    }

    #[test]
    fn of_codes() {
        for (packet, table) in [
            (&b"\x20\x03\0\x03\0"[..], "3-1"),
            (b"\x40\x03\0\x01\x03", "3-4"),
            (b"\x50\x03\0\x01\x03", "3-5"),
            (b"\x62\x03\0\x01\x03", "3-6"),
            (b"\x70\x03\0\x01\x03", "3-7"),
            (b"\x90\x04\0\x01\0\x03", "3-8"),
            (b"\xb0\x04\0\x01\0\x03", "3-9"),
            (b"\xe0\x01\x03", "3-10"),
            (b"\xf0\x01\x03", "3-11"),
        ] {
            explained(V5, packet, &format!("(found 0x03, expected one of Table {table})"));
        }
        explained(V3_1_1, b"\x20\x02\0\x06", "(found 0x06, expected 0x00 to 0x05)");
        explained(V3_1, b"\x90\x03\0\x01\x80", "(found 0x80, expected 0x00, 0x01 or 0x02)");
        explained(V3_1_1, b"\x90\x03\0\x01\x87", "(found 0x87, expected 0x00, 0x01, 0x02 or 0x80)");
        let from_client = V5.sender(Role::Client);
        explained(from_client, b"\xe0\x01\x89", "(found 0x89)");
        explained(from_client, b"\xf0\x00", "only the other side sends this");
        explained(V3_1_1, b"\x20\x02\x01\x05", "Session Present is set in a refusal");
        explained(V3_1_1, b"\x20\x02\x02\0", "(found 0b00000010, expected 0b0000000x)");
        explained(V5, b"\x20\x02\0\x01", "the server speaks 3.x only");
    }

    #[test]
    fn of_properties() {
        let publish = |properties: &[u8]| {
            let len = properties.len() as u8;
            [&[0x30, len + 4, 0, 1, b'a', len], properties].concat()
        };
        explained(V5, &publish(b"\x7f"), "(found 0x7f, expected an identifier of Table 2-4)");
        explained(V5, &publish(b"\xff\x01"), "(found 0xff01, expected an identifier of Table 2-4)");
        explained(V5, &publish(b"\x21\0\x01"), "(found 0x21)");
        explained(V5, &publish(b"\x01\0\x01\0"), "(found 0x01)");
        explained(V5, &publish(b"\x01\x02"), "(found 0x02, expected 0x00 or 0x01)");
        explained(V5, &publish(b"\x23\0\0"), "the topic alias is 0");
        let two = V5.topic_alias_maximum(2);
        explained(two, &publish(b"\x23\x01\x03"), "(found 259, expected 2 at most)");
        explained(V5, &publish(b"\x0b\0"), "(found 0, expected 1 to 268435455)");
        explained(V5, &publish(b"\x0b\x80\x80\0"), "(found 0x808000, expected 0x00)");
        explained(V5, &publish(b"\x0b\x81\x81\0"), "(found 0x818100, expected 0x8101)");
        explained(V5, b"\x20\x06\0\0\x03\x21\0\0", "(found 0, expected 1 to 65535)");
        explained(V5, b"\x20\x08\0\0\x05\x27\0\0\0\0", "(found 0, expected 1 to 4294967295)");
        explained(V5, b"\xf0\x02\x18\0", "the authentication method is missing");
    }

    #[test]
    fn of_subscriptions() {
        explained(V5, b"\x82\x07\0\x01\0\0\x01a\x41", "(found 0b01000001, expected 0b00xxxxxx)");
        explained(V3_1_1, b"\x82\x06\0\x01\0\x01a\x04", "(found 0b00000100, expected 0b000000xx)");
        explained(V5, b"\x82\x07\0\x01\0\0\x01a\x03", "a QoS of 3 does not exist");
        explained(V5, b"\x82\x07\0\x01\0\0\x01a\x30", "a retain handling of 3 does not exist");
        explained(V5, b"\x82\x03\0\x01\0", "the list is empty");
        explained(V5, b"\x82\x03\0\0\0", "the packet identifier is 0");
    }

    /// The bits of an error are the bits of the dissection.
    #[test]
    fn bits_are_those_of_the_field() {
        use super::Found;
        for (decoder, frame) in [
            (V3_1_1, &b"\x36\x05\0\x01a\0\x01"[..]),
            (V3_1_1, b"\x3b\x05\0\x01a\0\x01"),
            (V5, b"\x82\x10\0\x01\0\0\x0a$share/g/a\x3f"),
            (V3_1_1, b"\x10\x0d\0\x04MQTT\x04\x78\0\0\0\x01a"),
            (V3_1_1, b"\x10\x0d\0\x04MQTT\x04\x3e\0\0\0\x01a"),
            (V3_1_1, b"\x20\x02\x01\x05"),
            (V3_1_1, b"\xc5\x00"),
        ] {
            let mut errors = Vec::new();
            decoder.lint(frame, |finding| errors.push(finding.error));
            let mut spans: Vec<Span<'_>> = Vec::new();
            let _ = decoder.dissect(frame, |span| spans.push(span));
            for error in errors {
                let span =
                    spans.iter().find(|span| (span.field, span.offset) == (error.field(), error.offset()));
                let Some((span, value)) = span.and_then(|span| Some((span, span.bits()?))) else { continue };
                assert_eq!(error.found(), Some(Found::Bits { value, count: span.mask.count_ones() as u8 }));
            }
        }
    }
}
