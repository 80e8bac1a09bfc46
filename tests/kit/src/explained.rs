//! The contents of an error beside its kind: the packet, the version, the values found and expected, and the texts with
//! these values.

use crate::laws::{announced_len, varint};
use crate::naive::Options;
use mqtt_wire::detect::ProtocolName;
use mqtt_wire::inspect::{Field, Format, Found};
use mqtt_wire::property::PropertyId;
use mqtt_wire::{DecodeError, DecodeErrorKind as Kind, PacketType, Version};

/// Checks an error of a decoder with these options.
#[track_caller]
pub fn says_all(error: &DecodeError, bytes: &[u8], options: &Options) {
    names_the_packet(error, bytes);
    has_the_version_of_an_unknown_connect(error);
    counts_what_was_found(error, bytes);
    let shown = error.expected().map(|expected| expected.to_string());
    match expected(error, bytes, options) {
        Allowed::Text(text) => assert_eq!(shown, Some(text), "{error:?} {bytes:02x?}"),
        Allowed::Nothing => assert_eq!(shown, None, "{error:?} {bytes:02x?}"),
        Allowed::AtMost(most) => {
            let number = shown.as_deref().and_then(|shown| shown.strip_suffix(" at most")?.parse().ok());
            assert!(number.is_some_and(|number: usize| number <= most), "{shown:?}, not {most}: {error:?}");
        }
    }
    is_made_of_its_parts(error);
}

#[track_caller]
fn names_the_packet(error: &DecodeError, bytes: &[u8]) {
    let first = bytes.first().map(|byte_1| byte_1 >> 4).filter(|first| *first > 0);
    let named = error.packet_type().map(|packet_type| packet_type as u8);
    assert_eq!(named, first, "{error:?} {bytes:02x?}");
}

/// Checks the version in the error of a CONNECT with an unknown level. From level 5 on, the version is 5.0. For `MQIsdp` and for bridges,
/// it is 3.1.1.
#[track_caller]
fn has_the_version_of_an_unknown_connect(error: &DecodeError) {
    let is_older = match error.kind() {
        Kind::UnsupportedProtocolName { level } => {
            level.is_none_or(|level| level < 5 || matches!(level, 0x83 | 0x84))
        }
        Kind::UnsupportedProtocolLevel { name, level } => {
            name == ProtocolName::MqIsdp || level < 5 || level == 0x84
        }
        _ => return,
    };
    let expected = if is_older { Version::V3_1_1 } else { Version::V5_0 };
    assert_eq!(error.version(), Some(expected), "{error:?}");
}

/// Errors about an absent part have no value. If the value is a number of bytes, it is the number of bytes that are there.
#[track_caller]
fn counts_what_was_found(error: &DecodeError, bytes: &[u8]) {
    let at = bytes.get(error.offset()..).unwrap_or_default();
    let end = error.packet_len().unwrap_or_default();
    let prefix = at.first_chunk().map_or(0, |length| u16::from_be_bytes(*length).into());
    let is_in_a_block = matches!(error.field(), Field::Property(_));
    let found = error.found();
    let counted = match found {
        Some(Found::Bytes(count)) => Some(count as usize),
        _ => None,
    };
    let expected = match error.kind() {
        Kind::AuthenticationMethodMissing | Kind::EmptyList | Kind::EmptyTopic => None,
        Kind::ShareNameEmpty | Kind::SharedFilterMissing => None,
        Kind::WrongDirection if error.offset() == end => None,
        Kind::IncompletePacket => Some(error.offset()),
        Kind::PacketTooLarge => Some(end),
        Kind::LeftoverBytes if !is_in_a_block && error.field() == Field::Packet => Some(end - error.offset()),
        Kind::Missing if !is_in_a_block && error.field() != Field::PropertyIdentifier => {
            counted.filter(|count| *count <= end - error.offset())
        }
        Kind::TopicTooLong => Some(prefix),
        Kind::Truncated if error.field().format() != Format::VariableByteInteger => Some(prefix),
        _ => return assert!(found.is_some(), "{error:?} {bytes:02x?}"),
    };
    assert_eq!(counted, expected, "{error:?} {bytes:02x?}");
    assert_eq!(found.is_some(), expected.is_some(), "{error:?} {bytes:02x?}");
}

/// The values that an error expects.
enum Allowed {
    Text(String),
    /// Fewer bytes than these.
    AtMost(usize),
    Nothing,
}

/// The values that the standard allows in place of the wrong one.
fn expected(error: &DecodeError, bytes: &[u8], options: &Options) -> Allowed {
    let (field, packet_type, version) = (error.field(), error.packet_type(), error.version());
    let (at, end) = (bytes.get(error.offset()..).unwrap_or_default(), error.packet_len());
    let is_v5 = version == Some(Version::V5_0);
    let text = match error.kind() {
        Kind::IncompletePacket => return end.map_or(Allowed::Nothing, |end| Allowed::Text(end.to_string())),
        Kind::VersionUnknown => "0x10",
        Kind::ReservedPacketType if is_v5 => "1 to 15",
        Kind::ReservedPacketType => "1 to 14",
        Kind::InvalidFlags => {
            let is_request = matches!(
                packet_type,
                Some(PacketType::PubRel | PacketType::Subscribe | PacketType::Unsubscribe)
            );
            match (version, is_request) {
                (Some(Version::V3_1), true) => "0bx01x",
                (Some(Version::V3_1), false) => "0bx00x",
                (_, true) => "0b0010",
                (_, false) => "0b0000",
            }
        }
        Kind::PacketTooLarge => {
            // A buffer can be smaller than the limit of its decoder.
            return Allowed::AtMost(options.max_packet_size as usize);
        }
        Kind::TopicAliasOverMaximum => {
            return Allowed::Text(format!("{} at most", options.topic_alias_maximum));
        }
        Kind::Missing => match field.format() {
            Format::FourByteInteger => "4",
            Format::Byte | Format::Bits | Format::VariableByteInteger => "1",
            Format::TwoByteInteger | Format::Utf8String | Format::Utf8StringPair => "2",
            Format::BinaryData | Format::Secret => "2",
            _ => "1",
        },
        Kind::Truncated if field.format() == Format::VariableByteInteger => {
            let lengths = at.iter().take_while(|byte| **byte >= 0x80).count() + 1;
            return match end.and_then(|end| (end - error.offset()).checked_sub(lengths)) {
                Some(most) if error.found().is_some_and(|found| matches!(found, Found::Bytes(_))) => {
                    Allowed::AtMost(most)
                }
                _ => Allowed::Nothing,
            };
        }
        Kind::Truncated => {
            return Allowed::AtMost(end.unwrap_or_default() - error.offset() - 2);
        }
        Kind::VarintNotMinimal => {
            let number = at.iter().take(4).scan(true, |more, byte| {
                let is_part = *more;
                *more = byte & 0x80 != 0;
                is_part.then_some(u32::from(byte & 0x7f))
            });
            let number = number.enumerate().fold(0, |sum, (place, septet)| sum | septet << (7 * place));
            let digits: String = varint(number).iter().map(|byte| format!("{byte:02x}")).collect();
            return Allowed::Text(format!("0x{digits}"));
        }
        Kind::ZeroPacketIdentifier | Kind::ZeroTopicAlias => "1 to 65535",
        Kind::InvalidQos | Kind::InvalidRetainHandling => "0b00, 0b01 or 0b10",
        Kind::DupWithoutQos | Kind::WillRetainWithoutWill | Kind::PasswordWithoutUserName => "0b0",
        Kind::SessionPresentWithError | Kind::NoLocalOnSharedSubscription => "0b0",
        Kind::WillQosWithoutWill => "0b00",
        Kind::UnknownProperty => "a Property Identifier of Table 2-4",
        Kind::InvalidPropertyValue => match field {
            Field::Property(PropertyId::SubscriptionIdentifier) => "1 to 268435455",
            Field::Property(PropertyId::ReceiveMaximum) => "1 to 65535",
            Field::Property(PropertyId::MaximumPacketSize) => "1 to 4294967295",
            _ => "0x00 or 0x01",
        },
        Kind::UnsupportedProtocolName { .. } => "\"MQTT\" or \"MQIsdp\"",
        Kind::UnsupportedProtocolLevel { name: ProtocolName::Mqtt, .. } => "0x04 or 0x05",
        Kind::UnsupportedProtocolLevel { name: ProtocolName::MqIsdp, .. } => "0x03",
        Kind::ReservedBits => match packet_type {
            Some(PacketType::Connect) => "0bxxxxxxx0",
            Some(PacketType::ConnAck) => "0b0000000x",
            _ if is_v5 => "0b00xxxxxx",
            _ => "0b000000xx",
        },
        Kind::InvalidReasonCode => match packet_type {
            Some(PacketType::ConnAck) if is_v5 => "a Reason Code of Table 3-1",
            Some(PacketType::ConnAck) => "0x00 to 0x05",
            Some(PacketType::PubAck) => "a Reason Code of Table 3-4",
            Some(PacketType::PubRec) => "a Reason Code of Table 3-5",
            Some(PacketType::PubRel) => "a Reason Code of Table 3-6",
            Some(PacketType::PubComp) => "a Reason Code of Table 3-7",
            Some(PacketType::SubAck) if is_v5 => "a Reason Code of Table 3-8",
            Some(PacketType::SubAck) if version == Some(Version::V3_1) => "0x00, 0x01 or 0x02",
            Some(PacketType::SubAck) => "0x00, 0x01, 0x02 or 0x80",
            Some(PacketType::UnsubAck) => "a Reason Code of Table 3-9",
            Some(PacketType::Disconnect) => "a Reason Code of Table 3-10",
            _ => "a Reason Code of Table 3-11",
        },
        _ => return Allowed::Nothing,
    };
    Allowed::Text(text.to_owned())
}

/// The texts of these kinds say enough without the values found and expected.
const SAYS_ENOUGH: [Kind; 11] = [
    Kind::InvalidQos,
    Kind::InvalidRetainHandling,
    Kind::ZeroPacketIdentifier,
    Kind::ZeroTopicAlias,
    Kind::DupWithoutQos,
    Kind::WillRetainWithoutWill,
    Kind::PasswordWithoutUserName,
    Kind::SessionPresentWithError,
    Kind::NoLocalOnSharedSubscription,
    Kind::RefusedIn3x,
    Kind::TopicTooLong,
];

/// The texts of an error are made of the results of its methods.
#[track_caller]
fn is_made_of_its_parts(error: &DecodeError) {
    let values = match (error.found(), error.expected()) {
        _ if SAYS_ENOUGH.contains(&error.kind()) => String::new(),
        (Some(found), Some(expected)) => format!(" (found {found}, expected {expected})"),
        (Some(found), None) => format!(" (found {found})"),
        (None, _) => String::new(),
    };
    let explanation = error.explanation().to_string();
    assert_eq!(explanation, format!("{}{values}", error.kind()));
    let packet = error.packet_type().map(|packet_type| format!("{packet_type}: ")).unwrap_or_default();
    let statement = error.statement().map(|statement| format!(" {statement}")).unwrap_or_default();
    let line = format!("{packet}{}, byte {}: {explanation}{statement}", error.field(), error.offset());
    assert_eq!(error.to_string(), line);
    let debug = format!(
        "DecodeError {{ kind: {:?}, field: {:?}, offset: {:?}, found: {:?}, packet_type: {:?}, version: {:?}, \
         packet_len: {:?} }}",
        error.kind(),
        error.field(),
        error.offset(),
        error.found(),
        error.packet_type(),
        error.version(),
        error.packet_len()
    );
    assert_eq!(format!("{error:?}"), debug);
    shows_the_value(error);
}

/// A value is shown as it is on the wire: bits with their number, a byte in hexadecimal, a number in decimal, a character
/// or its code point.
#[track_caller]
fn shows_the_value(error: &DecodeError) {
    let Some(found) = error.found() else { return };
    let expected = match found {
        Found::Bits { value, count } => format!("0b{value:0width$b}", width = usize::from(count)),
        Found::Byte(byte) => format!("0x{byte:02x}"),
        Found::Number(number) => number.to_string(),
        Found::Varint { bytes, len } => {
            let digits = bytes[..usize::from(len)].iter().map(|byte| format!("{byte:02x}"));
            format!("0x{}", digits.collect::<String>())
        }
        Found::Bytes(count) => format!("{count} byte{}", if count == 1 { "" } else { "s" }),
        Found::Character { character, at } => {
            let is_plain = matches!(character, ' '..='~');
            let shown =
                if is_plain { format!("`{character}`") } else { format!("U+{:04X}", u32::from(character)) };
            format!("{shown} at byte {at} of the string")
        }
        Found::IllFormed { byte, at } => {
            let byte = byte.map(|byte| format!("0x{byte:02x} at ")).unwrap_or_default();
            format!("{byte}byte {at} of the string")
        }
        Found::ProtocolName { bytes, len } => {
            let shown = &bytes[..bytes.len().min(len as usize)];
            let more = if len as usize > shown.len() { "…" } else { "" };
            format!("\"{}{more}\"", shown.escape_ascii())
        }
        _ => return,
    };
    assert_eq!(found.to_string(), expected);
}

/// A packet that ends too early lacks the bytes up to its announced end.
#[track_caller]
pub fn is_incomplete(error: &DecodeError, bytes: &[u8]) {
    assert_eq!((error.kind(), error.offset()), (Kind::IncompletePacket, bytes.len()));
    assert_eq!((error.field(), error.packet_len()), (Field::Packet, announced_len(bytes)));
}
