//! The values that fields are made of. None of them can be malformed: what a constructor or the
//! decoder has let through obeys the rules of its type in every version.

mod binary;
mod numbers;
mod qos;
mod scan;
mod text;
mod topic_filter;
mod topic_name;

pub use binary::{AuthenticationData, Binary, Password};
pub use numbers::{PacketId, SubscriptionId, TopicAlias};
pub use qos::{MaximumQos, PayloadFormat, Qos, RetainHandling};
pub use text::Text;
pub(crate) use text::{has_control_character, has_noncharacter};
pub use topic_filter::{SharedSubscription, TopicFilter};
pub use topic_name::TopicName;

use core::fmt;

/// The largest length of a string or of binary data, in bytes: it is announced in two.
pub(crate) const MAX_LENGTH: usize = 65_535;

/// Why a value cannot be what it was meant to be: the error of every constructor of a field value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ValueError {
    /// More than 65,535 bytes.
    TooLong,
    /// Not well-formed UTF-8.
    IllFormedUtf8,
    /// The string holds U+0000.
    NulCharacter,
    /// A Topic Name or Topic Filter of no characters.
    EmptyTopic,
    /// A Topic Name holds `+` or `#`.
    WildcardInTopicName,
    /// `#` stands before the last level of a Topic Filter.
    HashNotLast,
    /// `#` shares its level with other characters.
    HashNotAlone,
    /// `+` shares its level with other characters.
    PlusNotAlone,
    /// The Share Name of a Shared Subscription is empty (`$share//…`).
    ShareNameEmpty,
    /// The Share Name of a Shared Subscription holds `+` or `#`.
    WildcardInShareName,
    /// A Shared Subscription has no Topic Filter after its Share Name (`$share/name`).
    SharedFilterMissing,
    /// Zero, where the standard wants a number from 1 on.
    Zero,
    /// Above the largest number that the field can hold.
    OutOfRange,
    /// Not the name of a version.
    UnknownVersion,
}

impl ValueError {
    /// What is wrong, in words: what [`Display`](fmt::Display) shows, for `const` code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooLong => "longer than 65,535 bytes",
            Self::IllFormedUtf8 => "not well-formed UTF-8",
            Self::NulCharacter => "holds the character U+0000",
            Self::EmptyTopic => "empty, but a topic has at least one character",
            Self::WildcardInTopicName => "a topic name holds no wildcard (`+` or `#`)",
            Self::HashNotLast => "`#` is not the last level of the topic filter",
            Self::HashNotAlone => "`#` does not have its level to itself",
            Self::PlusNotAlone => "`+` does not have its level to itself",
            Self::ShareNameEmpty => "the share name is empty",
            Self::WildcardInShareName => "the share name holds a wildcard (`+` or `#`)",
            Self::SharedFilterMissing => "no topic filter follows the share name",
            Self::Zero => "0, but the number begins at 1",
            Self::OutOfRange => "above the largest number of the field",
            Self::UnknownVersion => "no version of MQTT: there are 3.1, 3.1.1 and 5.0",
        }
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl core::error::Error for ValueError {}

/// What every type that wraps a string has in common.
macro_rules! string_type {
    ($name:ident) => {
        impl<'a> $name<'a> {
            /// The string.
            #[must_use]
            pub const fn as_str(self) -> &'a str {
                self.0
            }

            /// The length in bytes, at most 65,535.
            #[must_use]
            #[allow(clippy::len_without_is_empty, reason = "a topic never is")]
            pub const fn len(self) -> usize {
                self.0.len()
            }
        }

        impl AsRef<str> for $name<'_> {
            fn as_ref(&self) -> &str {
                self.0
            }
        }

        /// As a key of a map it is found by a `&str`.
        impl core::borrow::Borrow<str> for $name<'_> {
            fn borrow(&self) -> &str {
                self.0
            }
        }

        impl core::fmt::Display for $name<'_> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self.0, f)
            }
        }

        impl core::fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Debug::fmt(self.0, f)
            }
        }

        impl PartialEq<str> for $name<'_> {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name<'_> {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }

        impl<'a> TryFrom<&'a str> for $name<'a> {
            type Error = crate::ValueError;

            fn try_from(string: &'a str) -> Result<Self, Self::Error> {
                Self::new(string)
            }
        }

        impl<'a> From<$name<'a>> for &'a str {
            fn from(value: $name<'a>) -> Self {
                value.0
            }
        }
    };
}
pub(crate) use string_type;

/// A [`Text`] from a literal, checked while compiling. For other strings: [`Text::new`].
///
/// ```
/// use mqtt_wire::text;
///
/// assert_eq!(text!("Client123").as_str(), "Client123");
/// ```
/// ```compile_fail
/// mqtt_wire::text!("no U+0000 in a string\0");
/// ```
#[macro_export]
macro_rules! text {
    ($value:expr) => {{
        const MQTT_WIRE_LITERAL: $crate::Text<'static> = match $crate::Text::new($value) {
            ::core::result::Result::Ok(value) => value,
            ::core::result::Result::Err(error) => ::core::panic!("{}", error.as_str()),
        };
        MQTT_WIRE_LITERAL
    }};
}

/// A [`TopicName`] from a literal, checked while compiling. For other strings: [`TopicName::new`].
///
/// ```
/// use mqtt_wire::topic_name;
///
/// assert_eq!(topic_name!("/status").as_str(), "/status");
/// ```
/// ```compile_fail
/// mqtt_wire::topic_name!("/status/#");
/// ```
#[macro_export]
macro_rules! topic_name {
    ($value:expr) => {{
        const MQTT_WIRE_LITERAL: $crate::TopicName<'static> = match $crate::TopicName::new($value) {
            ::core::result::Result::Ok(value) => value,
            ::core::result::Result::Err(error) => ::core::panic!("{}", error.as_str()),
        };
        MQTT_WIRE_LITERAL
    }};
}

/// A [`TopicFilter`] from a literal, checked while compiling. For other strings:
/// [`TopicFilter::new`].
///
/// ```
/// use mqtt_wire::topic_filter;
///
/// assert_eq!(topic_filter!("sensors/+/state").as_str(), "sensors/+/state");
/// ```
/// ```compile_fail
/// mqtt_wire::topic_filter!("sensors/#/state");
/// ```
#[macro_export]
macro_rules! topic_filter {
    ($value:expr) => {{
        const MQTT_WIRE_LITERAL: $crate::TopicFilter<'static> = match $crate::TopicFilter::new($value) {
            ::core::result::Result::Ok(value) => value,
            ::core::result::Result::Err(error) => ::core::panic!("{}", error.as_str()),
        };
        MQTT_WIRE_LITERAL
    }};
}

/// [`Binary`] data from a literal, checked while compiling. For other bytes: [`Binary::new`].
///
/// ```
/// use mqtt_wire::binary;
///
/// assert_eq!(binary!(b"Client123 is offline").len(), 20);
/// ```
/// ```compile_fail
/// mqtt_wire::binary!(&[0; 65_536]);
/// ```
#[macro_export]
macro_rules! binary {
    ($value:expr) => {{
        const MQTT_WIRE_LITERAL: $crate::Binary<'static> = match $crate::Binary::new($value) {
            ::core::result::Result::Ok(value) => value,
            ::core::result::Result::Err(error) => ::core::panic!("{}", error.as_str()),
        };
        MQTT_WIRE_LITERAL
    }};
}

/// A [`PacketId`] from a literal, checked while compiling. For other numbers: [`PacketId::new`].
///
/// ```
/// use mqtt_wire::packet_id;
///
/// assert_eq!(packet_id!(7).get(), 7);
/// ```
/// ```compile_fail
/// mqtt_wire::packet_id!(0);
/// ```
#[macro_export]
macro_rules! packet_id {
    ($value:expr) => {{
        const MQTT_WIRE_LITERAL: $crate::PacketId = match $crate::PacketId::new($value) {
            ::core::result::Result::Ok(value) => value,
            ::core::result::Result::Err(error) => ::core::panic!("{}", error.as_str()),
        };
        MQTT_WIRE_LITERAL
    }};
}
