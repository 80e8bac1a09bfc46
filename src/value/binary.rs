//! Binary Data (5.0 §1.5.6), and its two secret kinds.

use super::error::{ValueError, ValueType};
use super::limits::MAX_LENGTH;
use super::text::Text;
use core::fmt;

/// Binary Data: 0 to 65,535 bytes of any value.
///
/// ```
/// use mqtt_wire::Binary;
///
/// assert_eq!(Binary::new(b"\x00\xff").unwrap().as_bytes(), b"\x00\xff");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Binary<'a>(&'a [u8]);

impl<'a> Binary<'a> {
    /// No bytes.
    pub const EMPTY: Self = Self(&[]);

    /// Checks the length: at most 65,535 bytes.
    ///
    /// # Errors
    ///
    /// [`ValueError::TooLong`] above 65,535 bytes.
    pub const fn new(bytes: &'a [u8]) -> Result<Self, ValueError> {
        if bytes.len() > MAX_LENGTH {
            return Err(ValueError::TooLong(ValueType::Binary));
        }
        Ok(Self(bytes))
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// The number of bytes, at most 65,535.
    #[must_use]
    pub const fn len(self) -> usize {
        self.0.len()
    }

    /// Whether there are no bytes.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

impl AsRef<[u8]> for Binary<'_> {
    fn as_ref(&self) -> &[u8] {
        self.0
    }
}

impl<'a> TryFrom<&'a [u8]> for Binary<'a> {
    type Error = ValueError;

    fn try_from(bytes: &'a [u8]) -> Result<Self, ValueError> {
        Self::new(bytes)
    }
}

/// A string as Binary Data.
impl<'a> From<Text<'a>> for Binary<'a> {
    fn from(text: Text<'a>) -> Self {
        Self(text.as_str().as_bytes())
    }
}

/// Makes a type of bytes that `Debug` redacts.
macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name<'a>(Binary<'a>);

        impl<'a> $name<'a> {
            /// Checks the length: at most 65,535 bytes.
            ///
            /// # Errors
            ///
            /// [`ValueError::TooLong`] above 65,535 bytes.
            pub const fn new(bytes: &'a [u8]) -> Result<Self, ValueError> {
                match Binary::new(bytes) {
                    Ok(bytes) => Ok(Self(bytes)),
                    Err(_) => Err(ValueError::TooLong(ValueType::$name)),
                }
            }

            /// The secret bytes. There is no other way to read them.
            #[must_use]
            pub const fn expose(self) -> Binary<'a> {
                self.0
            }
        }

        impl<'a> TryFrom<&'a [u8]> for $name<'a> {
            type Error = ValueError;

            fn try_from(bytes: &'a [u8]) -> Result<Self, ValueError> {
                Self::new(bytes)
            }
        }

        impl<'a> From<Binary<'a>> for $name<'a> {
            fn from(bytes: Binary<'a>) -> Self {
                Self(bytes)
            }
        }

        impl fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    };
}

secret! {
    /// The Password of CONNECT. `Debug` shows `Password(redacted)`.
    ///
    /// ```
    /// use mqtt_wire::Password;
    ///
    /// let password = Password::new(b"hunter2").unwrap();
    /// assert_eq!(format!("{password:?}"), "Password(redacted)");
    /// assert_eq!(password.expose().as_bytes(), b"hunter2");
    /// ```
    Password
}

secret! {
    /// Authentication Data (5.0 §4.12). `Debug` shows `AuthenticationData(redacted)`.
    AuthenticationData
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_at_most_65535_bytes() {
        let long = [7; 65_536];
        assert_eq!(Binary::new(&long[1..]).map(Binary::len), Ok(65_535));
        assert_eq!(Binary::new(&long), Err(ValueError::TooLong(ValueType::Binary)));
        assert_eq!(Password::new(&long), Err(ValueError::TooLong(ValueType::Password)));
        assert_eq!(AuthenticationData::new(&long), Err(ValueError::TooLong(ValueType::AuthenticationData)));
        assert!(Binary::EMPTY.is_empty() && !Binary(b"a").is_empty());
    }
}
