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
/// assert_eq!(error.to_string(), "topic filter: `#` is not the last level");
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
            Self::NulCharacter(_) => "holds the character U+0000",
            Self::EmptyTopic(_) => "empty, but a topic has at least one character",
            Self::WildcardInTopicName => "holds a wildcard (`+` or `#`)",
            Self::HashNotLast => "`#` is not the last level",
            Self::HashNotAlone => "`#` does not have its level to itself",
            Self::PlusNotAlone => "`+` does not have its level to itself",
            Self::ShareNameEmpty => "the share name is empty",
            Self::WildcardInShareName => "the share name holds a wildcard (`+` or `#`)",
            Self::SharedFilterMissing => "no topic filter follows the share name",
            Self::Zero(_) => "0, but the smallest value is 1",
            Self::OutOfRange(_) => "above the largest number",
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
    TopicName "TopicName" "topic name"
    TopicFilter "TopicFilter" "topic filter"
    Binary "Binary" "binary data"
    Password "Password" "password"
    AuthenticationData "property::AuthenticationData" "authentication data"
    PacketId "PacketId" "packet identifier"
    TopicAlias "topic::TopicAlias" "topic alias"
    SubscriptionId "property::SubscriptionId" "subscription identifier"
    Qos "Qos" "QoS"
    RetainHandling "RetainHandling" "retain handling"
    MaximumQos "property::MaximumQos" "maximum QoS"
    PayloadFormat "property::PayloadFormat" "payload format indicator"
    PropertyId "property::PropertyId" "property identifier"
    PacketType "PacketType" "packet type"
    Version "Version" "version"
    ProtocolName "detect::ProtocolName" "protocol name"
    ConnectReason "reason::ConnectReason" "reason code of CONNACK"
    PubAckReason "reason::PubAckReason" "reason code of PUBACK"
    PubRecReason "reason::PubRecReason" "reason code of PUBREC"
    PubRelReason "reason::PubRelReason" "reason code of PUBREL"
    PubCompReason "reason::PubCompReason" "reason code of PUBCOMP"
    SubscribeReason "reason::SubscribeReason" "reason code of SUBACK"
    UnsubscribeReason "reason::UnsubscribeReason" "reason code of UNSUBACK"
    DisconnectReason "reason::DisconnectReason" "reason code of DISCONNECT"
    AuthReason "reason::AuthReason" "reason code of AUTH"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{PacketId, Password, TopicFilter, TopicName};

    #[test]
    fn names_the_type_of_the_value() {
        let long = [0; 65_536];
        for (error, words) in [
            (TopicName::new("").err(), "topic name: empty, but a topic has at least one character"),
            (TopicFilter::new("").err(), "topic filter: empty, but a topic has at least one character"),
            (TopicFilter::new("a#").err(), "topic filter: `#` does not have its level to itself"),
            (TopicName::from_bytes(b"\xff").err(), "topic name: not well-formed UTF-8"),
            (TopicName::new("+").err(), "topic name: holds a wildcard (`+` or `#`)"),
            (Password::new(&long).err(), "password: longer than 65,535 bytes"),
            (PacketId::new(0).err(), "packet identifier: 0, but the smallest value is 1"),
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
