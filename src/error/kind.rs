//! The kinds of decoding errors.

use crate::value::ValueError;
use crate::version::{ProtocolName, Version};
use core::fmt;

/// The kind of a [`DecodeError`](crate::DecodeError).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The frame ends before its packet ends.
    ///
    /// [`decode_frame`](crate::decode_frame) gives this error. A reader also gives this error, if the
    /// connection ends inside a packet. [`decode`](crate::decode()) never gives this error, because more
    /// bytes may follow.
    IncompletePacket,
    /// The frame has bytes after its packet.
    ///
    /// Only functions that take exactly one packet give this error, for example
    /// [`decode_frame`](crate::decode_frame).
    BytesAfterPacket,
    /// The first packet is not CONNECT, so the version is unknown.
    VersionUnknown,
    /// Packet type 0, or type 15 before 5.0.
    ReservedPacketType,
    /// The flags of the first byte are wrong for the packet type.
    InvalidFlags,
    /// A packet, property or Reason Code that this sender never sends.
    WrongDirection,
    /// The packet is larger than the receiver's maximum.
    PacketTooLarge,
    /// The packet, or its property block, ends before the field.
    Missing,
    /// The field reaches past the end of the packet or of its property block.
    Truncated,
    /// Bytes are left over after the last field.
    LeftoverBytes,
    /// A Variable Byte Integer of more than four bytes.
    VarintTooLong,
    /// A Variable Byte Integer with more bytes than needed.
    VarintNotMinimal,
    /// A string that is not well-formed UTF-8.
    IllFormedUtf8,
    /// A string with U+0000.
    NulCharacter,
    /// A string with a control character: [refused on request](crate::Decoder::refuse_control_characters).
    ControlCharacter,
    /// A string with a noncharacter: [refused on request](crate::Decoder::refuse_noncharacters).
    Noncharacter,
    /// A 3.1 Will Message that is not ASCII: [refused on request](crate::Decoder::require_v3_1_text).
    NotAscii,
    /// A 3.1 Topic Name of over 32,767 characters: [refused on request](crate::Decoder::limit_v3_1_topics).
    TopicTooLong,
    /// An empty Topic Name or Topic Filter.
    EmptyTopic,
    /// A Topic Name with `+` or `#`.
    WildcardInTopicName,
    /// A Topic Filter in which `#` is not the last level.
    HashNotLast,
    /// A Topic Filter in which `#` shares its level with other characters.
    HashNotAlone,
    /// A Topic Filter in which `+` shares its level with other characters.
    PlusNotAlone,
    /// A Shared Subscription with an empty Share Name.
    ShareNameEmpty,
    /// A Shared Subscription with `+` or `#` in the Share Name.
    WildcardInShareName,
    /// A Shared Subscription without a Topic Filter.
    SharedFilterMissing,
    /// A Shared Subscription whose Topic Filter has a misplaced wildcard.
    InvalidSharedFilter,
    /// A Packet Identifier of 0.
    ZeroPacketIdentifier,
    /// A QoS of 3.
    InvalidQos,
    /// DUP on a PUBLISH with QoS 0.
    DupWithoutQos,
    /// A Property Identifier that does not exist.
    UnknownProperty,
    /// A property that this packet cannot have.
    MisplacedProperty,
    /// A repeated property that may occur only once.
    DuplicateProperty,
    /// A property with a value that it cannot have.
    InvalidPropertyValue,
    /// A Topic Alias of 0.
    ZeroTopicAlias,
    /// A Topic Alias above the receiver's maximum.
    TopicAliasOverMaximum,
    /// AUTH or Authentication Data without Authentication Method.
    AuthenticationMethodMissing,
    /// A CONNECT with an unknown Protocol Name.
    UnsupportedProtocolName {
        /// The Protocol Level after the name, if there is one.
        level: Option<u8>,
    },
    /// A CONNECT with a Protocol Level that does not belong to its Protocol Name.
    UnsupportedProtocolLevel {
        /// The Protocol Name.
        name: ProtocolName,
        /// The Protocol Level.
        level: u8,
    },
    /// Reserved bits that are not 0.
    ReservedBits,
    /// A Will QoS other than 0, without the Will Flag.
    WillQosWithoutWill,
    /// Will Retain without the Will Flag.
    WillRetainWithoutWill,
    /// A Password without a User Name, before 5.0.
    PasswordWithoutUserName,
    /// Session Present 1 in a CONNACK that refuses the connection.
    SessionPresentWithError,
    /// A 5.0 client receives the CONNACK `20 02 00 01`: the server supports only MQTT 3.x.
    RefusedIn3x,
    /// A Reason Code (3.x: return code) that this packet cannot have.
    InvalidReasonCode,
    /// SUBSCRIBE or UNSUBSCRIBE without Topic Filter, SUBACK or UNSUBACK without Reason Code.
    EmptyList,
    /// A Retain Handling of 3.
    InvalidRetainHandling,
    /// No Local on a Shared Subscription.
    NoLocalOnSharedSubscription,
}

impl fmt::Display for DecodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IncompletePacket => "the bytes end before the packet ends",
            Self::BytesAfterPacket => "bytes follow the packet",
            Self::VersionUnknown => "the first packet is not CONNECT",
            Self::ReservedPacketType => "the MQTT version of the connection has no such packet type",
            Self::InvalidFlags => "the flags are wrong for the packet type",
            Self::WrongDirection => "this sender must not send this packet, property or Reason Code",
            Self::PacketTooLarge => "the packet is larger than the receiver allows",
            Self::Missing => "the bytes end before the field ends",
            Self::Truncated => "the field reaches past the end of the packet or property block",
            Self::LeftoverBytes => "bytes are left over after the last field",
            Self::VarintTooLong => "the Variable Byte Integer has more than four bytes",
            Self::VarintNotMinimal => "the Variable Byte Integer has more bytes than it needs",
            Self::IllFormedUtf8 => "the string is not well-formed UTF-8",
            Self::NulCharacter => "the string contains U+0000",
            Self::ControlCharacter => "the string contains a control character",
            Self::Noncharacter => "the string contains a Unicode noncharacter",
            Self::NotAscii => "the Will Message of MQTT 3.1 is not ASCII",
            Self::TopicTooLong => "the Topic Name has more than 32,767 characters, the limit of MQTT 3.1",
            Self::EmptyTopic => "the topic is empty",
            Self::WildcardInTopicName => "the Topic Name contains a wildcard",
            Self::HashNotLast => "`#` is not the last level of the Topic Filter",
            Self::HashNotAlone => "`#` shares its level with other characters",
            Self::PlusNotAlone => "`+` shares its level with other characters",
            Self::ShareNameEmpty => "the Share Name is empty",
            Self::WildcardInShareName => "the Share Name contains a wildcard",
            Self::SharedFilterMissing => "no Topic Filter follows the Share Name",
            Self::InvalidSharedFilter => {
                "the Topic Filter of the Shared Subscription has a misplaced wildcard"
            }
            Self::ZeroPacketIdentifier => "the Packet Identifier is 0",
            Self::InvalidQos => "a QoS of 3 does not exist",
            Self::DupWithoutQos => "DUP is set with QoS 0",
            Self::UnknownProperty => "no property has this Property Identifier",
            Self::MisplacedProperty => "this packet cannot have this property",
            Self::DuplicateProperty => "this property occurs more than once",
            Self::InvalidPropertyValue => "the property cannot have this value",
            Self::ZeroTopicAlias => "the Topic Alias is 0",
            Self::TopicAliasOverMaximum => "the Topic Alias is above the receiver's Topic Alias Maximum",
            Self::AuthenticationMethodMissing => "the Authentication Method is missing",
            Self::UnsupportedProtocolName { .. } => "no MQTT version has this Protocol Name",
            Self::UnsupportedProtocolLevel { name, .. } => {
                return write!(f, "no MQTT version has the Protocol Name {name} with this Protocol Level");
            }
            Self::ReservedBits => "the reserved bits are not 0",
            Self::WillQosWithoutWill => "the Will QoS is not 0, but the Will Flag is 0",
            Self::WillRetainWithoutWill => "Will Retain is 1, but the Will Flag is 0",
            Self::PasswordWithoutUserName => "only MQTT 5.0 allows a Password without a User Name",
            Self::SessionPresentWithError => "Session Present is 1 in a CONNACK that refuses the connection",
            Self::RefusedIn3x => "the server supports only MQTT 3.x",
            Self::InvalidReasonCode => "this packet cannot have this Reason Code",
            Self::EmptyList => "the list is empty",
            Self::InvalidRetainHandling => "a Retain Handling of 3 does not exist",
            Self::NoLocalOnSharedSubscription => "No Local is set on a Shared Subscription",
        })
    }
}

impl DecodeErrorKind {
    /// Whether the text says enough without the values found and expected. `TopicTooLong` counts characters,
    /// and the value found counts bytes.
    pub(crate) const fn says_enough(self) -> bool {
        matches!(
            self,
            Self::InvalidQos
                | Self::InvalidRetainHandling
                | Self::ZeroPacketIdentifier
                | Self::ZeroTopicAlias
                | Self::DupWithoutQos
                | Self::WillRetainWithoutWill
                | Self::PasswordWithoutUserName
                | Self::SessionPresentWithError
                | Self::NoLocalOnSharedSubscription
                | Self::RefusedIn3x
                | Self::TopicTooLong
        )
    }

    /// The version whose rules and answers suit a CONNECT of unknown version. From level 5 on the version is
    /// 5.0, else 3.1.1. The name `MQIsdp`, level 0x84, and level 0x83 after an unknown name always give
    /// 3.1.1. (0x83 and 0x84 are the levels of mosquitto's bridges: 3 and 4 with bit 7 set.)
    pub(crate) const fn of_unknown_version(self) -> Option<Version> {
        match self {
            Self::UnsupportedProtocolName { level: None | Some(..5 | 0x83 | 0x84) } => Some(Version::V3_1_1),
            Self::UnsupportedProtocolName { .. } => Some(Version::V5_0),
            Self::UnsupportedProtocolLevel { name: ProtocolName::MqIsdp, .. }
            | Self::UnsupportedProtocolLevel { level: ..5 | 0x84, .. } => Some(Version::V3_1_1),
            Self::UnsupportedProtocolLevel { .. } => Some(Version::V5_0),
            _ => None,
        }
    }
}

impl From<ValueError> for DecodeErrorKind {
    fn from(error: ValueError) -> Self {
        match error {
            ValueError::IllFormedUtf8(_) => Self::IllFormedUtf8,
            ValueError::NulCharacter(_) => Self::NulCharacter,
            ValueError::EmptyTopic(_) => Self::EmptyTopic,
            ValueError::WildcardInTopicName => Self::WildcardInTopicName,
            ValueError::HashNotLast => Self::HashNotLast,
            ValueError::HashNotAlone => Self::HashNotAlone,
            ValueError::PlusNotAlone => Self::PlusNotAlone,
            ValueError::ShareNameEmpty => Self::ShareNameEmpty,
            ValueError::WildcardInShareName => Self::WildcardInShareName,
            ValueError::SharedFilterMissing => Self::SharedFilterMissing,
            ValueError::TooLong(_)
            | ValueError::Zero(_)
            | ValueError::OutOfRange(_)
            | ValueError::Unknown(_) => Self::InvalidPropertyValue,
        }
    }
}
