//! The error of the constructors of field values.

use core::fmt;

/// Why a constructor refuses a value.
///
/// `Display` names the type, and then the error.
///
/// ```
/// use mqtt_wire::{TopicFilter, ValueError, ValueType};
///
/// let error = TopicFilter::new("sensors/#/state").unwrap_err();
/// assert_eq!(error, ValueError::HashNotLast);
/// assert_eq!(error.value_type(), ValueType::TopicFilter);
/// assert_eq!(error.to_string(), "Topic Filter: `#` is not the last level");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ValueError {
    /// More than 65,535 bytes.
    TooLong(ValueType),
    /// Not well-formed UTF-8.
    IllFormedUtf8(ValueType),
    /// The string holds U+0000.
    NulCharacter(ValueType),
    /// An empty Topic Name or Topic Filter.
    EmptyTopic(ValueType),
    /// A Topic Name holds `+` or `#`.
    WildcardInTopicName,
    /// `#` is before the last level of a Topic Filter.
    HashNotLast,
    /// `#` shares its level with other characters of a Topic Filter.
    HashNotAlone,
    /// `+` shares its level with other characters of a Topic Filter.
    PlusNotAlone,
    /// The Share Name of a Shared Subscription is empty (`$share//…`).
    ShareNameEmpty,
    /// The Share Name of a Shared Subscription holds `+` or `#`.
    WildcardInShareName,
    /// A Shared Subscription has no Topic Filter after its Share Name (`$share/name`).
    SharedFilterMissing,
    /// Zero, but the standard requires at least 1.
    Zero(ValueType),
    /// Above the largest number that the field can hold.
    OutOfRange(ValueType),
    /// The number or name has no meaning: QoS 3, or version `4.0`.
    Unknown(ValueType),
}

impl ValueError {
    /// The type of the refused value.
    #[must_use]
    pub const fn value_type(self) -> ValueType {
        match self {
            Self::TooLong(it)
            | Self::IllFormedUtf8(it)
            | Self::NulCharacter(it)
            | Self::EmptyTopic(it)
            | Self::Zero(it)
            | Self::OutOfRange(it)
            | Self::Unknown(it) => it,
            Self::WildcardInTopicName => ValueType::TopicName,
            Self::HashNotLast
            | Self::HashNotAlone
            | Self::PlusNotAlone
            | Self::ShareNameEmpty
            | Self::WildcardInShareName
            | Self::SharedFilterMissing => ValueType::TopicFilter,
        }
    }

    /// The error in words, for `const` code. [`Display`](fmt::Display) also names the type.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooLong(_) => "longer than 65,535 bytes",
            Self::IllFormedUtf8(_) => "not well-formed UTF-8",
            Self::NulCharacter(_) => "contains the character U+0000",
            Self::EmptyTopic(_) => "empty, but a topic has at least one character",
            Self::WildcardInTopicName => "contains a wildcard (`+` or `#`)",
            Self::HashNotLast => "`#` is not the last level",
            Self::HashNotAlone => "`#` shares its level with other characters",
            Self::PlusNotAlone => "`+` shares its level with other characters",
            Self::ShareNameEmpty => "the Share Name is empty",
            Self::WildcardInShareName => "the Share Name contains a wildcard (`+` or `#`)",
            Self::SharedFilterMissing => "no Topic Filter follows the Share Name",
            Self::Zero(_) => "0, but the smallest value is 1",
            Self::OutOfRange(_) => "above the largest value that the field can hold",
            Self::Unknown(ValueType::Version) => "not one of 3.1, 3.1.1 and 5.0",
            Self::Unknown(_) => "the standard has no such value",
        }
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.value_type(), self.as_str())
    }
}

impl core::error::Error for ValueError {}

/// Makes [`ValueType`] of its rows: the variant, named like the type, and the standard's name.
macro_rules! value_types {
    ($( $Name:ident $path:literal $words:literal )*) => {
        /// The types whose constructors can fail with a [`ValueError`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ValueType {
            $( #[doc = concat!("[`", $path, "`](crate::", $path, ").")] $Name, )*
        }

        impl fmt::Display for ValueType {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $( Self::$Name => $words, )* })
            }
        }
    };
}

value_types! {
    Text "Text" "string"
    TopicName "TopicName" "Topic Name"
    TopicFilter "TopicFilter" "Topic Filter"
    Binary "Binary" "Binary Data"
    Password "Password" "Password"
    AuthenticationData "property::AuthenticationData" "Authentication Data"
    PacketId "PacketId" "Packet Identifier"
    TopicAlias "topic::TopicAlias" "Topic Alias"
    SubscriptionId "property::SubscriptionId" "Subscription Identifier"
    Qos "Qos" "QoS"
    RetainHandling "RetainHandling" "Retain Handling"
    MaximumQos "property::MaximumQos" "Maximum QoS"
    PayloadFormat "property::PayloadFormat" "Payload Format Indicator"
    PropertyId "property::PropertyId" "Property Identifier"
    PacketType "PacketType" "Packet Type"
    Version "Version" "MQTT version"
    ProtocolName "detect::ProtocolName" "Protocol Name"
    ConnectReason "reason::ConnectReason" "Reason Code of CONNACK"
    PubAckReason "reason::PubAckReason" "Reason Code of PUBACK"
    PubRecReason "reason::PubRecReason" "Reason Code of PUBREC"
    PubRelReason "reason::PubRelReason" "Reason Code of PUBREL"
    PubCompReason "reason::PubCompReason" "Reason Code of PUBCOMP"
    SubscribeReason "reason::SubscribeReason" "Reason Code of SUBACK"
    UnsubscribeReason "reason::UnsubscribeReason" "Reason Code of UNSUBACK"
    DisconnectReason "reason::DisconnectReason" "Reason Code of DISCONNECT"
    AuthReason "reason::AuthReason" "Reason Code of AUTH"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{PacketId, Password, TopicFilter, TopicName};

    #[test]
    fn names_the_type_of_the_value() {
        let long = [0; 65_536];
        for (error, words) in [
            (TopicName::new("").err(), "Topic Name: empty, but a topic has at least one character"),
            (TopicFilter::new("").err(), "Topic Filter: empty, but a topic has at least one character"),
            (TopicFilter::new("a#").err(), "Topic Filter: `#` shares its level with other characters"),
            (TopicName::from_bytes(b"\xff").err(), "Topic Name: not well-formed UTF-8"),
            (TopicName::new("+").err(), "Topic Name: contains a wildcard (`+` or `#`)"),
            (Password::new(&long).err(), "Password: longer than 65,535 bytes"),
            (PacketId::new(0).err(), "Packet Identifier: 0, but the smallest value is 1"),
        ] {
            assert_eq!(error.map(|error| error.to_string()).as_deref(), Some(words));
        }
    }

    #[test]
    fn stays_small() {
        assert!(size_of::<ValueError>() <= 2);
        assert_eq!(size_of::<Result<TopicName<'_>, ValueError>>(), size_of::<TopicName<'_>>());
    }
}
