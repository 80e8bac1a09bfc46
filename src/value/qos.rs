//! Enums for small numbers.

use super::error::{ValueError, ValueType};
use core::fmt;

/// An enum whose variants are the numbers that a field may hold.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $( $(#[$note:meta])* $variant:ident = $number:literal ),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $( $(#[$note])* $variant = $number ),+ }

        impl $name {
            /// The number on the wire.
            #[must_use]
            pub const fn get(self) -> u8 {
                self as u8
            }

            /// The variant for the number on the wire.
            ///
            /// # Errors
            ///
            /// [`ValueError::Unknown`] for any other number.
            pub const fn new(number: u8) -> Result<Self, ValueError> {
                match number {
                    $( $number => Ok(Self::$variant), )+
                    _ => Err(ValueError::Unknown(ValueType::$name)),
                }
            }
        }

        impl TryFrom<u8> for $name {
            type Error = ValueError;

            fn try_from(number: u8) -> Result<Self, ValueError> {
                Self::new(number)
            }
        }

        impl From<$name> for u8 {
            fn from(value: $name) -> Self {
                value.get()
            }
        }
    };
}

choice! {
    /// A Quality of Service (§4.3).
    #[derive(Default)]
    Qos {
        /// QoS 0: delivered at most once, unacknowledged.
        #[default]
        AtMostOnce = 0,
        /// QoS 1: delivered at least once, acknowledged by PUBACK.
        AtLeastOnce = 1,
        /// QoS 2: delivered exactly once, by PUBREC, PUBREL and PUBCOMP.
        ExactlyOnce = 2,
    }
}

choice! {
    /// The Maximum QoS property of CONNACK (5.0 §3.2.2.3.4). Absent means QoS 2.
    MaximumQos {
        /// Only QoS 0 is supported.
        AtMostOnce = 0,
        /// QoS 0 and QoS 1 are supported.
        AtLeastOnce = 1,
    }
}

/// The number, as in `QoS 1`.
///
/// ```
/// assert_eq!(format!("QoS {}", mqtt_wire::Qos::AtLeastOnce), "QoS 1");
/// ```
impl fmt::Display for Qos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.get(), f)
    }
}

impl From<MaximumQos> for Qos {
    fn from(maximum: MaximumQos) -> Self {
        match maximum {
            MaximumQos::AtMostOnce => Self::AtMostOnce,
            MaximumQos::AtLeastOnce => Self::AtLeastOnce,
        }
    }
}

choice! {
    /// The Payload Format Indicator property (5.0 §3.3.2.3.2).
    PayloadFormat {
        /// Unspecified bytes: the same as no indicator.
        Unspecified = 0,
        /// UTF-8 encoded character data.
        Utf8 = 1,
    }
}

choice! {
    /// When retained messages are sent to a new subscription (5.0 §3.8.3.1).
    #[derive(Default)]
    RetainHandling {
        /// Send retained messages at every subscribe, as 3.1 and 3.1.1 do.
        #[default]
        SendAtSubscribe = 0,
        /// Send retained messages only if the subscription is new.
        SendIfNew = 1,
        /// Do not send retained messages at subscribe.
        DoNotSend = 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_numbers_of_the_standard_are_accepted() {
        for number in 0..=255 {
            let none = ValueError::Unknown(ValueType::Qos);
            assert_eq!(Qos::new(number).map(Qos::get), (number < 3).then_some(number).ok_or(none));
            let none = ValueError::Unknown(ValueType::RetainHandling);
            assert_eq!(
                RetainHandling::new(number).map(RetainHandling::get),
                (number < 3).then_some(number).ok_or(none)
            );
            let none = ValueError::Unknown(ValueType::MaximumQos);
            assert_eq!(
                MaximumQos::new(number).map(MaximumQos::get),
                (number < 2).then_some(number).ok_or(none)
            );
            let none = ValueError::Unknown(ValueType::PayloadFormat);
            assert_eq!(
                PayloadFormat::new(number).map(PayloadFormat::get),
                (number < 2).then_some(number).ok_or(none)
            );
        }
    }

    #[test]
    fn maximum_qos_is_a_qos() {
        assert_eq!(Qos::from(MaximumQos::AtMostOnce), Qos::AtMostOnce);
        assert_eq!(Qos::from(MaximumQos::AtLeastOnce), Qos::AtLeastOnce);
    }
}
