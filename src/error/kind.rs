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
    /// A Topic Filter in which `#` does not have its level to itself.
    HashNotAlone,
    /// A Topic Filter in which `+` does not have its level to itself.
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
    /// A 5.0 client receives the CONNACK `20 02 00 01`: the server speaks 3.x only.
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
            Self::ReservedPacketType => "this packet type does not exist in this version",
            Self::InvalidFlags => "the flags are not those of the packet type",
            Self::WrongDirection => "only the other side sends this",
            Self::PacketTooLarge => "the packet is larger than the receiver allows",
            Self::Missing => "the bytes end before the field ends",
            Self::Truncated => "the field reaches past the end of the packet or property block",
            Self::LeftoverBytes => "bytes are left over after the last field",
            Self::VarintTooLong => "the variable byte integer has more than four bytes",
            Self::VarintNotMinimal => "the variable byte integer has more bytes than it needs",
            Self::IllFormedUtf8 => "the string is not well-formed UTF-8",
            Self::NulCharacter => "the string holds U+0000",
            Self::ControlCharacter => "the string holds a control character",
            Self::Noncharacter => "the string holds a Unicode noncharacter",
            Self::NotAscii => "the 3.1 will message is not ASCII",
            Self::TopicTooLong => "the 3.1 topic name has over 32,767 characters",
            Self::EmptyTopic => "the topic is empty",
            Self::WildcardInTopicName => "the topic name holds a wildcard",
            Self::HashNotLast => "`#` is not the last level of the topic filter",
            Self::HashNotAlone => "`#` does not have its level to itself",
            Self::PlusNotAlone => "`+` does not have its level to itself",
            Self::ShareNameEmpty => "the share name is empty",
            Self::WildcardInShareName => "the share name holds a wildcard",
            Self::SharedFilterMissing => "no topic filter follows the share name",
            Self::InvalidSharedFilter => "a wildcard is misplaced in the shared topic filter",
            Self::ZeroPacketIdentifier => "the packet identifier is 0",
            Self::InvalidQos => "a QoS of 3 does not exist",
            Self::DupWithoutQos => "DUP is set with QoS 0",
            Self::UnknownProperty => "this property does not exist",
            Self::MisplacedProperty => "this packet cannot have this property",
            Self::DuplicateProperty => "this property occurs twice",
            Self::InvalidPropertyValue => "the property cannot have this value",
            Self::ZeroTopicAlias => "the topic alias is 0",
            Self::TopicAliasOverMaximum => "the topic alias is above the receiver's maximum",
            Self::AuthenticationMethodMissing => "the authentication method is missing",
            Self::UnsupportedProtocolName { .. } => "no version has this protocol name",
            Self::UnsupportedProtocolLevel { name, .. } => {
                return write!(f, "the protocol name {name} does not have this level");
            }
            Self::ReservedBits => "the reserved bits are not 0",
            Self::WillQosWithoutWill => "the will QoS is set without the will flag",
            Self::WillRetainWithoutWill => "will retain is set without the will flag",
            Self::PasswordWithoutUserName => "a password without a user name needs 5.0",
            Self::SessionPresentWithError => "Session Present is set in a refusal",
            Self::RefusedIn3x => "the server speaks 3.x only",
            Self::InvalidReasonCode => "the packet cannot carry this code",
            Self::EmptyList => "the list is empty",
            Self::InvalidRetainHandling => "a retain handling of 3 does not exist",
            Self::NoLocalOnSharedSubscription => "No Local is set on a shared subscription",
        })
    }
}

impl DecodeErrorKind {
    /// Whether the text contains the wrong value.
    pub(crate) const fn names_the_value(self) -> bool {
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
