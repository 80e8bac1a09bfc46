//! Numbers that are never zero.

use super::error::{ValueError, ValueType};
use super::limits::MAX_VARINT;
use core::fmt;
use core::num::{NonZeroU16, NonZeroU32};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($nonzero:ident, $int:ident), up to $max:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($nonzero);

        impl $name {
            /// The largest value.
            pub const MAX: Self = match Self::new($max) {
                Ok(max) => max,
                Err(_) => Self($nonzero::MIN),
            };

            /// Checks that the number is in range.
            ///
            /// # Errors
            ///
            /// [`ValueError::Zero`], or [`ValueError::OutOfRange`] above [`MAX`](Self::MAX).
            pub const fn new(number: $int) -> Result<Self, ValueError> {
                match $nonzero::new(number) {
                    None => Err(ValueError::Zero(ValueType::$name)),
                    Some(_) if number as u32 > $max as u32 => Err(ValueError::OutOfRange(ValueType::$name)),
                    Some(number) => Ok(Self(number)),
                }
            }

            /// The number itself.
            #[must_use]
            pub const fn get(self) -> $int {
                self.0.get()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl TryFrom<$int> for $name {
            type Error = ValueError;

            fn try_from(number: $int) -> Result<Self, ValueError> {
                Self::new(number)
            }
        }

        impl From<$name> for $int {
            fn from(number: $name) -> Self {
                number.get()
            }
        }
    };
}

number! {
    /// A Packet Identifier (5.0 §2.2.1, 3.1.1 §2.3.1): 1 to 65,535.
    ///
    /// ```
    /// use mqtt_wire::{PacketId, ValueError, ValueType, packet_id};
    ///
    /// const SEVENTH: PacketId = packet_id!(7);
    /// assert_eq!(SEVENTH.next().get(), 8);
    /// assert_eq!(PacketId::new(0), Err(ValueError::Zero(ValueType::PacketId)));
    /// ```
    PacketId(NonZeroU16, u16), up to u16::MAX
}

impl PacketId {
    /// The smallest value: 1.
    pub const MIN: Self = Self(NonZeroU16::MIN);

    /// The next identifier. 1 follows 65,535.
    ///
    /// The next identifier may be in use. Your program has to know which identifiers are free.
    #[must_use]
    pub const fn next(self) -> Self {
        match self.0.checked_add(1) {
            Some(next) => Self(next),
            None => Self::MIN,
        }
    }
}

number! {
    /// A Topic Alias (5.0 §3.3.2.3.4): 1 to 65,535.
    ///
    /// The receiver keeps the map from aliases to names: [`Topic`](crate::Topic).
    TopicAlias(NonZeroU16, u16), up to u16::MAX
}

number! {
    /// A Subscription Identifier (5.0 §3.8.2.1.2): 1 to 268,435,455.
    SubscriptionId(NonZeroU32, u32), up to MAX_VARINT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_never_zero_and_have_the_maximum_of_the_standard() {
        assert_eq!(PacketId::new(0), Err(ValueError::Zero(ValueType::PacketId)));
        assert_eq!(PacketId::MAX.get(), 65_535);
        assert_eq!(PacketId::MAX.next(), PacketId::MIN);
        assert_eq!(PacketId::MIN.next().get(), 2);
        assert_eq!(TopicAlias::new(0), Err(ValueError::Zero(ValueType::TopicAlias)));
        assert_eq!(TopicAlias::MAX.get(), 65_535);
        assert_eq!(SubscriptionId::new(0), Err(ValueError::Zero(ValueType::SubscriptionId)));
        assert_eq!(SubscriptionId::MAX.get(), 268_435_455);
        assert_eq!(SubscriptionId::new(268_435_456), Err(ValueError::OutOfRange(ValueType::SubscriptionId)));
    }
}
