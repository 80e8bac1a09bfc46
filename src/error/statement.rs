//! The normative statement of each error, as the OASIS standards number them. 3.1.1 and 5.0 have different
//! numbers. If several statements apply, the error has the one that comes first in
//! `tests/data/conformance.tsv`.

use super::kind::DecodeErrorKind as Kind;
use crate::field::{Field, PropertyId as Property};
use crate::packet_type::PacketType as Type;
use crate::version::Version;

/// The statement that forbids the error in a packet of this type and version.
pub(super) fn statement(
    kind: Kind,
    field: Field,
    packet: Option<Type>,
    version: Option<Version>,
) -> Option<&'static str> {
    if kind == Kind::VersionUnknown {
        // Both standards have the same number, and the version is unknown.
        return Some("[MQTT-3.1.0-1]");
    }
    match version? {
        Version::V3_1 => None,
        Version::V3_1_1 => in_v3_1_1(kind, field, packet),
        Version::V5_0 => in_v5_0(kind, field, packet),
    }
}

fn in_v3_1_1(kind: Kind, field: Field, packet: Option<Type>) -> Option<&'static str> {
    Some(match (kind, field, packet) {
        (Kind::ReservedPacketType, _, None) => "[MQTT-4.8.0-1]",
        (Kind::WrongDirection, _, Some(Type::Disconnect)) => return None,
        (Kind::WrongDirection, ..) => "[MQTT-4.8.0-1]",
        (Kind::InvalidFlags, _, packet) => fixed_flags(packet).unwrap_or("[MQTT-2.2.2-1]"),
        (Kind::IllFormedUtf8, Field::WillTopic, _) => "[MQTT-3.1.3-10]",
        (Kind::IllFormedUtf8, Field::UserName, _) => "[MQTT-3.1.3-11]",
        (Kind::IllFormedUtf8, field, packet) => utf8_field(field, packet).unwrap_or("[MQTT-1.5.3-1]"),
        (Kind::NulCharacter, ..) => "[MQTT-1.5.3-2]",
        (Kind::ZeroPacketIdentifier | Kind::Missing, Field::PacketIdentifier, Some(Type::Publish))
        | (Kind::ZeroPacketIdentifier, _, Some(Type::Subscribe | Type::Unsubscribe)) => "[MQTT-2.3.1-1]",
        (Kind::ZeroPacketIdentifier, _, Some(Type::SubAck | Type::UnsubAck)) => "[MQTT-2.3.1-7]",
        (Kind::ZeroPacketIdentifier, ..) => "[MQTT-2.3.1-6]",
        (Kind::WildcardInTopicName, Field::WillTopic, _) => "[MQTT-4.7.1-1]",
        (Kind::HashNotLast | Kind::HashNotAlone, ..) => "[MQTT-4.7.1-2]",
        (Kind::PlusNotAlone, ..) => "[MQTT-4.7.1-3]",
        (Kind::InvalidQos, Field::WillQos, _) => "[MQTT-3.1.2-14]",
        (Kind::WillRetainWithoutWill, ..) => "[MQTT-3.1.2-11]",
        (Kind::Missing, Field::UserName, _) => "[MQTT-3.1.2-19]",
        (Kind::Missing, Field::Password, _) => "[MQTT-3.1.2-21]",
        (Kind::PasswordWithoutUserName, ..) => "[MQTT-3.1.2-22]",
        (Kind::LeftoverBytes, _, Some(Type::Connect)) => "[MQTT-3.1.2-11]",
        (Kind::SessionPresentWithError, ..) => "[MQTT-3.2.2-4]",
        (Kind::EmptyList, _, Some(Type::Subscribe)) | (Kind::Missing, Field::SubscriptionOptions, _) => {
            "[MQTT-3.8.3-3]"
        }
        (Kind::ReservedBits | Kind::InvalidQos, _, Some(Type::Subscribe)) => "[MQTT-3.8.3-4]",
        (Kind::EmptyList, _, Some(Type::SubAck)) => "[MQTT-3.8.4-5]",
        (Kind::InvalidReasonCode, _, Some(Type::SubAck)) => "[MQTT-3.9.3-2]",
        other => return in_both(other),
    })
}

fn in_v5_0(kind: Kind, field: Field, packet: Option<Type>) -> Option<&'static str> {
    Some(match (kind, field, packet) {
        (Kind::InvalidFlags, _, Some(Type::Auth)) => "[MQTT-3.15.1-1]",
        (Kind::InvalidFlags, _, packet) => fixed_flags(packet).unwrap_or("[MQTT-2.1.3-1]"),
        (Kind::PacketTooLarge, ..) => "[MQTT-3.1.2-24]",
        (Kind::VarintNotMinimal, ..) => "[MQTT-1.5.5-1]",
        (Kind::Missing, Field::PropertyLength, _) => "[MQTT-2.2.2-1]",
        (Kind::IllFormedUtf8 | Kind::NulCharacter, Field::Property(Property::UserProperty), _) => {
            "[MQTT-1.5.7-1]"
        }
        (Kind::IllFormedUtf8, Field::WillTopic, _) => "[MQTT-3.1.3-11]",
        (Kind::IllFormedUtf8, Field::UserName, _) => "[MQTT-3.1.3-12]",
        (Kind::IllFormedUtf8, Field::Property(Property::ContentType), Some(Type::Publish)) => {
            "[MQTT-3.3.2-19]"
        }
        (Kind::IllFormedUtf8, Field::Property(Property::ResponseTopic), Some(Type::Publish)) => {
            "[MQTT-3.3.2-13]"
        }
        (Kind::IllFormedUtf8, field, packet) => utf8_field(field, packet).unwrap_or("[MQTT-1.5.4-1]"),
        (Kind::NulCharacter, ..) => "[MQTT-1.5.4-2]",
        (Kind::ZeroPacketIdentifier | Kind::Missing, Field::PacketIdentifier, Some(Type::Publish))
        | (Kind::ZeroPacketIdentifier, _, Some(Type::Subscribe | Type::Unsubscribe)) => "[MQTT-2.2.1-3]",
        (Kind::ZeroPacketIdentifier, _, Some(Type::SubAck | Type::UnsubAck)) => "[MQTT-2.2.1-6]",
        (Kind::ZeroPacketIdentifier, ..) => "[MQTT-2.2.1-5]",
        (Kind::WildcardInTopicName, Field::Property(Property::ResponseTopic), Some(Type::Publish)) => {
            "[MQTT-3.3.2-14]"
        }
        (Kind::WildcardInTopicName, Field::WillTopic | Field::Property(_), _) => "[MQTT-4.7.0-1]",
        (Kind::HashNotLast | Kind::HashNotAlone, ..) => "[MQTT-4.7.1-1]",
        (Kind::PlusNotAlone, ..) => "[MQTT-4.7.1-2]",
        (Kind::ShareNameEmpty, ..) => "[MQTT-4.8.2-1]",
        (Kind::WildcardInShareName | Kind::SharedFilterMissing | Kind::InvalidSharedFilter, ..) => {
            "[MQTT-4.8.2-2]"
        }
        (Kind::InvalidQos, Field::WillQos, _) => "[MQTT-3.1.2-12]",
        (Kind::WillRetainWithoutWill, ..) => "[MQTT-3.1.2-13]",
        (Kind::Missing, Field::UserName, _) => "[MQTT-3.1.2-17]",
        (Kind::Missing, Field::Password, _) => "[MQTT-3.1.2-19]",
        (Kind::LeftoverBytes, _, Some(Type::Connect)) => "[MQTT-3.1.2-16]",
        (Kind::ReservedBits, Field::AcknowledgeFlags, _) => "[MQTT-3.2.2-1]",
        (Kind::SessionPresentWithError, ..) => "[MQTT-3.2.2-6]",
        (Kind::AuthenticationMethodMissing, _, Some(Type::ConnAck | Type::Auth)) => "[MQTT-4.12.0-5]",
        (Kind::ZeroTopicAlias, ..) => "[MQTT-3.3.2-8]",
        (Kind::TopicAliasOverMaximum, ..) => "[MQTT-3.3.2-9]",
        (Kind::WrongDirection, Field::Property(Property::SubscriptionIdentifier), _) => "[MQTT-3.3.4-6]",
        (Kind::WrongDirection, Field::Property(Property::SessionExpiryInterval), _) => "[MQTT-3.14.2-2]",
        (Kind::WrongDirection | Kind::InvalidReasonCode, Field::ReasonCode | Field::ReasonCodes, packet) => {
            return reason_code(packet);
        }
        (Kind::EmptyList, _, Some(Type::Subscribe)) | (Kind::Missing, Field::SubscriptionOptions, _) => {
            "[MQTT-3.8.3-2]"
        }
        (Kind::NoLocalOnSharedSubscription, ..) => "[MQTT-3.8.3-4]",
        (Kind::ReservedBits, _, Some(Type::Subscribe)) => "[MQTT-3.8.3-5]",
        (Kind::EmptyList, _, Some(Type::SubAck)) => "[MQTT-3.8.4-6]",
        (Kind::EmptyList, _, Some(Type::UnsubAck)) => "[MQTT-3.11.3-2]",
        other => return in_both(other),
    })
}

/// The statements that have the same number in both standards.
fn in_both(error: (Kind, Field, Option<Type>)) -> Option<&'static str> {
    Some(match error {
        (Kind::EmptyTopic, ..) => "[MQTT-4.7.3-1]",
        (Kind::WildcardInTopicName, Field::TopicName, _) => "[MQTT-3.3.2-2]",
        (Kind::InvalidQos, _, Some(Type::Publish)) => "[MQTT-3.3.1-4]",
        (Kind::DupWithoutQos, ..) => "[MQTT-3.3.1-2]",
        (Kind::Missing, Field::TopicName, _) => "[MQTT-3.3.2-1]",
        (Kind::UnsupportedProtocolName { .. }, ..) => "[MQTT-3.1.2-1]",
        (Kind::UnsupportedProtocolLevel { .. }, ..) => "[MQTT-3.1.2-2]",
        (Kind::ReservedBits, Field::ConnectFlags, _) => "[MQTT-3.1.2-3]",
        (Kind::WillQosWithoutWill, ..) => "[MQTT-3.1.2-11]",
        (Kind::Missing, Field::ClientIdentifier, _) => "[MQTT-3.1.3-3]",
        (Kind::Missing, Field::WillPropertyLength | Field::WillTopic | Field::WillPayload, _) => {
            "[MQTT-3.1.2-9]"
        }
        (
            Kind::Missing | Kind::Truncated,
            Field::ProtocolName | Field::ProtocolLevel | Field::ConnectFlags | Field::KeepAlive,
            _,
        ) => "[MQTT-3.1.4-1]",
        (Kind::EmptyList, _, Some(Type::Unsubscribe)) => "[MQTT-3.10.3-2]",
        _ => return None,
    })
}

fn fixed_flags(packet: Option<Type>) -> Option<&'static str> {
    match packet {
        Some(Type::PubRel) => Some("[MQTT-3.6.1-1]"),
        Some(Type::Subscribe) => Some("[MQTT-3.8.1-1]"),
        Some(Type::Unsubscribe) => Some("[MQTT-3.10.1-1]"),
        Some(Type::Disconnect) => Some("[MQTT-3.14.1-1]"),
        _ => None,
    }
}

fn utf8_field(field: Field, packet: Option<Type>) -> Option<&'static str> {
    match (field, packet) {
        (Field::ClientIdentifier, _) => Some("[MQTT-3.1.3-4]"),
        (Field::TopicFilter, Some(Type::Subscribe)) => Some("[MQTT-3.8.3-1]"),
        (Field::TopicFilter, _) => Some("[MQTT-3.10.3-1]"),
        _ => None,
    }
}

fn reason_code(packet: Option<Type>) -> Option<&'static str> {
    match packet? {
        Type::ConnAck => Some("[MQTT-3.2.2-8]"),
        Type::PubAck => Some("[MQTT-3.4.2-1]"),
        Type::PubRec => Some("[MQTT-3.5.2-1]"),
        Type::PubRel => Some("[MQTT-3.6.2-1]"),
        Type::PubComp => Some("[MQTT-3.7.2-1]"),
        Type::SubAck => Some("[MQTT-3.9.3-2]"),
        Type::UnsubAck => Some("[MQTT-3.11.3-2]"),
        Type::Disconnect => Some("[MQTT-3.14.2-1]"),
        Type::Auth => Some("[MQTT-3.15.2-1]"),
        _ => None, // unreachable: other packets have no Reason Code
    }
}
