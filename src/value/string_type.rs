//! The macro for string types.

/// Implements the methods and traits of every string type.
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
            #[allow(clippy::len_without_is_empty, reason = "a topic is never empty")]
            pub const fn len(self) -> usize {
                self.0.len()
            }
        }

        impl AsRef<str> for $name<'_> {
            fn as_ref(&self) -> &str {
                self.0
            }
        }

        /// Lets a `&str` find the value as a key of a map.
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

        impl PartialEq<$name<'_>> for str {
            fn eq(&self, other: &$name<'_>) -> bool {
                self == other.0
            }
        }

        impl PartialEq<$name<'_>> for &str {
            fn eq(&self, other: &$name<'_>) -> bool {
                *self == other.0
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
pub(super) use string_type;
