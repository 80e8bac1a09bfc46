//! The values that a rule allows where it is broken.
//!
//! All functions are `#[inline]`: see [`explanation`](super::explanation).

use super::case::Case;
use super::found::{integer, septet_count, show_bits};
use super::kind::DecodeErrorKind as Kind;
use crate::field::{Field, Format, PropertyId};
use crate::packet_type::PacketType;
use crate::value::MAX_VARINT;
use crate::version::{ProtocolName, Version};
use core::fmt;

/// The values that the rule allows: see [`DecodeError::expected`](crate::DecodeError::expected).
///
/// `Display` writes the values like [`Found`](super::Found).
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
        Kind::Truncated => most_left(error)?,
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
        Kind::UnknownProperty => ExpectedValue::Words("a Property Identifier of Table 2-4"),
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

/// The legal flags of the first byte. 3.1 has a rule for the QoS bits only, and allows any DUP and RETAIN.
#[inline]
fn flags(packet_type: PacketType, version: Version) -> ExpectedValue {
    let mask = if version == Version::V3_1 { 0b0110 } else { 0b1111 };
    ExpectedValue::Bits { value: packet_type.fixed_flags(), mask, count: 4 }
}

/// The number of bytes that are left for a field whose length reaches too far. `None`: the field is a
/// Variable Byte Integer that does not end.
#[inline]
fn most_left(error: &Case) -> Option<ExpectedValue> {
    let length = match error.field.format() {
        Format::VariableByteInteger => septet_count(error.evidence.bytes),
        _ => 2,
    };
    error.evidence.number.checked_sub(length).map(ExpectedValue::AtMost)
}

/// The least number of bytes that a missing field needs. In a pair, one of the strings is missing.
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

/// The reserved bits, which have to be 0.
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
        (PacketType::ConnAck, Version::V5_0) => "a Reason Code of Table 3-1",
        (PacketType::PubAck, _) => "a Reason Code of Table 3-4",
        (PacketType::PubRec, _) => "a Reason Code of Table 3-5",
        (PacketType::PubRel, _) => "a Reason Code of Table 3-6",
        (PacketType::PubComp, _) => "a Reason Code of Table 3-7",
        (PacketType::SubAck, Version::V5_0) => "a Reason Code of Table 3-8",
        (PacketType::UnsubAck, _) => "a Reason Code of Table 3-9",
        (PacketType::Disconnect, _) => "a Reason Code of Table 3-10",
        (PacketType::Auth, _) => "a Reason Code of Table 3-11",
        (PacketType::ConnAck, _) => "0x00 to 0x05",
        (PacketType::SubAck, Version::V3_1) => "0x00, 0x01 or 0x02",
        (PacketType::SubAck, _) => "0x00, 0x01, 0x02 or 0x80",
        _ => return None, // unreachable: other packets have no Reason Code
    })
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
