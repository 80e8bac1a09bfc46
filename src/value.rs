//! The types of the fields. Constructors and the decoder check each value, so no value can be malformed in
//! any version.

mod binary;
mod error;
mod limits;
mod numbers;
mod qos;
mod scan;
mod string_type;
mod text;
mod topic_filter;
mod topic_name;

pub use binary::{AuthenticationData, Binary, Password};
pub use error::{ValueError, ValueType};
pub(crate) use limits::MAX_VARINT;
pub use numbers::{PacketId, SubscriptionId, TopicAlias};
pub use qos::{MaximumQos, PayloadFormat, Qos, RetainHandling};
pub use text::Text;
pub(crate) use text::{has_control_character, has_noncharacter};
pub use topic_filter::{SharedSubscription, TopicFilter};
pub use topic_name::TopicName;

/// Makes a [`Text`] from a literal, checked at compile time.
///
/// For other strings: [`Text::new`].
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

/// Makes a [`TopicName`] from a literal, checked at compile time.
///
/// For other strings: [`TopicName::new`].
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

/// Makes a [`TopicFilter`] from a literal, checked at compile time.
///
/// For other strings: [`TopicFilter::new`].
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

/// Makes [`Binary`] data from a literal, checked at compile time.
///
/// For other bytes: [`Binary::new`].
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

/// Makes a [`PacketId`] from a literal, checked at compile time.
///
/// For other numbers: [`PacketId::new`].
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
