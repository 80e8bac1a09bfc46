//! The fields of the packets, by the standard's own names.

use crate::property_table::property_table;
use crate::value::{ValueError, ValueType};
use core::fmt;

/// The format of the bytes of a [`Field`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// One byte.
    Byte,
    /// Two bytes, the most significant first.
    TwoByteInteger,
    /// Four bytes, the most significant first.
    FourByteInteger,
    /// A Variable Byte Integer of one to four bytes (5.0 §1.5.5).
    VariableByteInteger,
    /// Two bytes of length and a UTF-8 Encoded String (5.0 §1.5.4).
    Utf8String,
    /// Two UTF-8 Encoded Strings (5.0 §1.5.7).
    Utf8StringPair,
    /// Two bytes of length and Binary Data (5.0 §1.5.6).
    BinaryData,
    /// Binary Data to redact: passwords and Authentication Data.
    Secret,
    /// Bits of one byte.
    Bits,
    /// All bytes up to the end of the packet.
    Payload,
    /// A whole packet or a group of fields.
    Group,
}

/// A field of a packet, as errors and [`Span`](crate::inspect::Span) name it.
///
/// `Display` gives the standard's name: `Will Topic`, `Packet Identifier`, `Receive Maximum`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Field {
    /// A property (5.0 §2.2.2) of any packet.
    Property(PropertyId),
    /// The whole packet.
    Packet,
    /// Bits 7–4 of the first byte.
    PacketType,
    /// Bits 3–0 of the first byte.
    Flags,
    /// The length of the packet after the fixed header, in bytes.
    RemainingLength,
    /// The length of the properties that follow, in bytes.
    PropertyLength,
    /// The identifier of the property that follows.
    PropertyIdentifier,
    /// The identifier that pairs a packet with its acknowledgement.
    PacketIdentifier,
    /// One Reason Code (3.x: return code).
    ReasonCode,
    /// The Reason Codes of SUBACK or UNSUBACK (3.x: return codes), a byte each.
    ReasonCodes,
    /// CONNECT: `MQTT` or `MQIsdp`.
    ProtocolName,
    /// CONNECT: the level, which 5.0 calls Protocol Version.
    ProtocolLevel,
    /// CONNECT: the byte of flags.
    ConnectFlags,
    /// CONNECT flags, bit 7.
    UserNameFlag,
    /// CONNECT flags, bit 6.
    PasswordFlag,
    /// CONNECT flags, bit 5.
    WillRetain,
    /// CONNECT flags, bits 4 and 3.
    WillQos,
    /// CONNECT flags, bit 2.
    WillFlag,
    /// CONNECT flags, bit 1. Before 5.0 the bit is Clean Session.
    CleanStart,
    /// A bit that the standard reserves.
    Reserved,
    /// CONNECT: the longest time between two packets of the client, in seconds; 0 means no limit.
    KeepAlive,
    /// CONNECT: the string that identifies the client and its session.
    ClientIdentifier,
    /// CONNECT: the length of the will's properties, in bytes.
    WillPropertyLength,
    /// CONNECT: the topic of the will.
    WillTopic,
    /// CONNECT: the payload of the will (3.x: Will Message).
    WillPayload,
    /// CONNECT: the User Name, a string (5.0 §3.1.3.5).
    UserName,
    /// CONNECT: the Password, Binary Data (5.0 §3.1.3.6).
    Password,
    /// CONNACK: the byte of flags.
    AcknowledgeFlags,
    /// CONNACK flags, bit 0.
    SessionPresent,
    /// PUBLISH flags, bit 3.
    Dup,
    /// PUBLISH flags, bits 2 and 1; Subscription Options, bits 1 and 0.
    Qos,
    /// PUBLISH flags, bit 0.
    Retain,
    /// PUBLISH: the Topic Name (§3.3.2.1).
    TopicName,
    /// PUBLISH: the Application Message.
    Payload,
    /// SUBSCRIBE and UNSUBSCRIBE: one Topic Filter.
    TopicFilter,
    /// SUBSCRIBE and UNSUBSCRIBE: all Topic Filters.
    TopicFilters,
    /// SUBSCRIBE: the byte after each Topic Filter (3.x: Requested QoS).
    SubscriptionOptions,
    /// Subscription Options, bits 5 and 4.
    RetainHandling,
    /// Subscription Options, bit 3.
    RetainAsPublished,
    /// Subscription Options, bit 2.
    NoLocal,
}

impl Field {
    /// The standard's name for the field.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Property(id) => id.name(),
            Self::Packet => "Packet",
            Self::PacketType => "Packet Type",
            Self::Flags => "Flags",
            Self::RemainingLength => "Remaining Length",
            Self::PropertyLength => "Property Length",
            Self::PropertyIdentifier => "Property Identifier",
            Self::PacketIdentifier => "Packet Identifier",
            Self::ReasonCode => "Reason Code",
            Self::ReasonCodes => "Reason Codes",
            Self::ProtocolName => "Protocol Name",
            Self::ProtocolLevel => "Protocol Level",
            Self::ConnectFlags => "Connect Flags",
            Self::UserNameFlag => "User Name Flag",
            Self::PasswordFlag => "Password Flag",
            Self::WillRetain => "Will Retain",
            Self::WillQos => "Will QoS",
            Self::WillFlag => "Will Flag",
            Self::CleanStart => "Clean Start",
            Self::Reserved => "Reserved",
            Self::KeepAlive => "Keep Alive",
            Self::ClientIdentifier => "Client Identifier",
            Self::WillPropertyLength => "Will Property Length",
            Self::WillTopic => "Will Topic",
            Self::WillPayload => "Will Payload",
            Self::UserName => "User Name",
            Self::Password => "Password",
            Self::AcknowledgeFlags => "Acknowledge Flags",
            Self::SessionPresent => "Session Present",
            Self::Dup => "DUP",
            Self::Qos => "QoS",
            Self::Retain => "RETAIN",
            Self::TopicName => "Topic Name",
            Self::Payload => "Payload",
            Self::TopicFilter => "Topic Filter",
            Self::TopicFilters => "Topic Filters",
            Self::SubscriptionOptions => "Subscription Options",
            Self::RetainHandling => "Retain Handling",
            Self::RetainAsPublished => "Retain As Published",
            Self::NoLocal => "No Local",
        }
    }

    /// The format of the field's bytes.
    #[must_use]
    pub const fn format(self) -> Format {
        match self {
            Self::Property(id) => id.format(),
            Self::RemainingLength
            | Self::PropertyLength
            | Self::WillPropertyLength
            | Self::PropertyIdentifier => Format::VariableByteInteger,
            Self::PacketIdentifier | Self::KeepAlive => Format::TwoByteInteger,
            Self::ReasonCode
            | Self::ProtocolLevel
            | Self::ConnectFlags
            | Self::AcknowledgeFlags
            | Self::SubscriptionOptions => Format::Byte,
            Self::ProtocolName
            | Self::ClientIdentifier
            | Self::WillTopic
            | Self::UserName
            | Self::TopicName
            | Self::TopicFilter => Format::Utf8String,
            Self::WillPayload => Format::BinaryData,
            Self::Password => Format::Secret,
            Self::PacketType
            | Self::Flags
            | Self::UserNameFlag
            | Self::PasswordFlag
            | Self::WillRetain
            | Self::WillQos
            | Self::WillFlag
            | Self::CleanStart
            | Self::Reserved
            | Self::SessionPresent
            | Self::Dup
            | Self::Qos
            | Self::Retain
            | Self::RetainHandling
            | Self::RetainAsPublished
            | Self::NoLocal => Format::Bits,
            Self::Payload => Format::Payload,
            Self::Packet | Self::ReasonCodes | Self::TopicFilters => Format::Group,
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<PropertyId> for Field {
    fn from(id: PropertyId) -> Self {
        Self::Property(id)
    }
}

/// Makes [`PropertyId`] from all rows of the table.
macro_rules! property_ids {
    (; $( $id:literal $Name:ident $field:ident: $type:ty, $format:ident, $name:literal, $doc:literal
        $( $packet:ident($senders:ident) )*
    ; )*) => {
        /// The identifiers of the properties (5.0 Table 2-4).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum PropertyId {
            $( #[doc = $doc] $Name = $id, )*
        }

        impl PropertyId {
            /// All 27 properties, in ascending order of their identifiers.
            pub const ALL: [Self; 27] = [ $( Self::$Name ),* ];

            /// The property with this identifier.
            ///
            /// # Errors
            ///
            /// [`ValueError::Unknown`] if no property has this identifier.
            pub const fn new(id: u8) -> Result<Self, ValueError> {
                match id {
                    $( $id => Ok(Self::$Name), )*
                    _ => Err(ValueError::Unknown(ValueType::PropertyId)),
                }
            }

            /// The identifier on the wire.
            #[must_use]
            pub const fn get(self) -> u8 {
                self as u8
            }

            /// The standard's name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $( Self::$Name => $name, )* }
            }

            /// The format of the value.
            #[must_use]
            pub const fn format(self) -> Format {
                match self { $( Self::$Name => Format::$format, )* }
            }
        }
    };
}

property_table!(property_ids);

impl fmt::Display for PropertyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
