//! Single values that own their bytes.

use crate::value::{AuthenticationData, Binary, Password, Text, TopicFilter, TopicName, ValueError};
use crate::{topic_filter, topic_name};
use alloc::string::String;
use bytes::Bytes;
use core::borrow::Borrow;
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;
use core::str::FromStr;

/// A value that owns its bytes: `Owned<TopicName>` is a Topic Name.
///
/// An `Owned` has the traits of the borrowed value. You can compare an owned string with strings and borrowed
/// values, find it in a map with a `&str`, parse it and print it. `Debug` does not show a [`Password`].
/// [`get`](Self::get) gives the borrowed value.
///
/// `S` holds the bytes. The default is [`Bytes`], which shares memory with clones, and with the packet from
/// which [`slice_ref`](crate::owned::OwnedPacket::slice_ref) took the value. Use [`String`] for strings that
/// you read often: [`get`](Self::get) does not validate a `String` again.
///
/// In a struct of yours, write `Owned<TopicName<'static>>`.
///
/// ```
/// use bytes::Bytes;
/// use mqtt_wire::owned::Owned;
/// use mqtt_wire::{TopicFilter, TopicName, ValueError, topic_filter, topic_name};
/// use std::collections::BTreeMap;
///
/// let mut subscriptions: BTreeMap<Owned<TopicFilter>, u32> = BTreeMap::new();
/// subscriptions.insert(topic_filter!("sensors/#").into(), 1); // a copy
/// assert_eq!(subscriptions.get("sensors/#"), Some(&1));
///
/// let bytes = Bytes::from_static(b"sensors/kitchen");
/// let topic: Owned<TopicName> = Owned::new(bytes)?; // no copy
/// assert!(subscriptions.keys().all(|filter| filter.get().matches(topic.get())));
///
/// // From a configuration that is read at run time.
/// let prefix = String::from("sensors");
/// let filter: Owned<TopicFilter, String> = format!("{prefix}/+").try_into()?; // no copy
/// assert!(filter == "sensors/+" && filter.get().matches(topic.get()));
/// assert!("sensors/#/state".parse::<Owned<TopicFilter>>().is_err());
/// # Ok::<(), ValueError>(())
/// ```
///
/// # Cost
///
/// An `Owned` takes 32 bytes on a 64-bit machine, or 24 with a `String`. Reading and hashing a string in
/// `Bytes` validates its UTF-8 again. Comparing does not.
pub struct Owned<V, S = Bytes> {
    /// Bytes that were checked to be a `V`.
    storage: S,
    value: PhantomData<fn() -> V>,
}

impl<V: OwnedValue, S: Storage<V>> Owned<V, S> {
    /// Checks the bytes, and owns them without a copy.
    ///
    /// # Errors
    ///
    /// The errors of the value's constructors.
    #[inline]
    pub fn new(storage: S) -> Result<Self, ValueError> {
        storage.check()?;
        Ok(Self::trusted(storage))
    }

    /// The value, which borrows from this `Owned`.
    #[must_use]
    #[inline]
    pub fn get(&self) -> V::Of<'_> {
        self.storage.read()
    }
}

impl<V: OwnedValue> Owned<V> {
    /// The bytes of the value, without a length prefix. A secret is not redacted.
    #[must_use]
    #[inline]
    pub fn into_bytes(self) -> Bytes {
        self.storage
    }
}

impl<V: OwnedString> Owned<V, String> {
    /// The string.
    #[must_use]
    #[inline]
    pub fn into_string(self) -> String {
        self.storage
    }
}

impl<V, S> Owned<V, S> {
    #[inline]
    fn trusted(storage: S) -> Self {
        Self { storage, value: PhantomData }
    }
}

/// The values that [`Owned`] can hold.
///
/// These values are [`Text`], [`TopicName`], [`TopicFilter`], [`Binary`], [`Password`] and
/// [`AuthenticationData`]. The trait is sealed.
pub trait OwnedValue: sealed::Sealed + 'static {
    /// The value, with the lifetime of its bytes.
    type Of<'a>: Copy + Eq + Hash + fmt::Debug;

    #[doc(hidden)]
    fn check(bytes: &[u8]) -> Result<Self::Of<'_>, ValueError>;

    /// Reads a value that was checked before.
    #[doc(hidden)]
    fn reread(bytes: &[u8]) -> Self::Of<'_>;
}

/// The strings that [`Owned`] can hold: [`Text`], [`TopicName`] and [`TopicFilter`].
///
/// The trait is sealed.
pub trait OwnedString: OwnedValue {
    #[doc(hidden)]
    fn check_str(string: &str) -> Result<Self::Of<'_>, ValueError>;

    /// Takes a string that was checked before.
    #[doc(hidden)]
    fn trusted_str(string: &str) -> Self::Of<'_>;

    #[doc(hidden)]
    fn as_str(value: Self::Of<'_>) -> &str;
}

/// The storage of an [`Owned`]: [`Bytes`] for every value, [`String`] for strings.
///
/// The trait is sealed.
pub trait Storage<V: OwnedValue>: AsRef<[u8]> + sealed::Sealed {
    #[doc(hidden)]
    fn check(&self) -> Result<(), ValueError>;

    /// Reads a value that was checked before.
    #[doc(hidden)]
    fn read(&self) -> V::Of<'_>;
}

impl<V: OwnedValue> Storage<V> for Bytes {
    #[inline]
    fn check(&self) -> Result<(), ValueError> {
        V::check(self).map(drop)
    }

    #[inline]
    fn read(&self) -> V::Of<'_> {
        V::reread(self)
    }
}

impl<V: OwnedString> Storage<V> for String {
    #[inline]
    fn check(&self) -> Result<(), ValueError> {
        V::check_str(self).map(drop)
    }

    #[inline]
    fn read(&self) -> V::Of<'_> {
        V::trusted_str(self)
    }
}

/// The fields for [`slice_ref`](crate::owned::OwnedPacket::slice_ref): values of [`Owned`], and payloads.
///
/// The trait is sealed.
pub trait SliceRef<'a>: sealed::Sealed {
    /// The owned type: [`Bytes`] for a payload, else [`Owned`].
    type Output;

    #[doc(hidden)]
    fn field_bytes(self) -> &'a [u8];

    #[doc(hidden)]
    fn kept(bytes: Bytes) -> Self::Output;
}

mod sealed {
    pub trait Sealed {}
}

impl sealed::Sealed for &[u8] {}

impl sealed::Sealed for Bytes {}

impl sealed::Sealed for String {}

impl<'a> SliceRef<'a> for &'a [u8] {
    type Output = Bytes;

    #[inline]
    fn field_bytes(self) -> &'a [u8] {
        self
    }

    #[inline]
    fn kept(bytes: Bytes) -> Bytes {
        bytes
    }
}

/// Implements [`OwnedValue`] for a type. The arguments: how to check its bytes, how to read them again, a
/// fallback (never used, because the bytes were checked), and how to get its bytes.
macro_rules! owned_value {
    ($Type:ident: $check:expr, $reread:expr, $never:expr, $bytes:expr) => {
        impl sealed::Sealed for $Type<'_> {}

        impl OwnedValue for $Type<'static> {
            type Of<'a> = $Type<'a>;

            #[inline]
            fn check(bytes: &[u8]) -> Result<$Type<'_>, ValueError> {
                $check(bytes)
            }

            #[inline]
            fn reread(bytes: &[u8]) -> $Type<'_> {
                $reread(bytes).unwrap_or($never)
            }
        }

        impl<'a> SliceRef<'a> for $Type<'a> {
            type Output = Owned<$Type<'static>>;

            #[inline]
            fn field_bytes(self) -> &'a [u8] {
                let bytes: fn(Self) -> &'a [u8] = $bytes;
                bytes(self)
            }

            #[inline]
            fn kept(bytes: Bytes) -> Self::Output {
                Owned::trusted(bytes)
            }
        }

        /// Copies the value.
        impl From<$Type<'_>> for Owned<$Type<'static>> {
            #[inline]
            fn from(value: $Type<'_>) -> Self {
                Self::trusted(Bytes::copy_from_slice(value.field_bytes()))
            }
        }

        impl<S: AsRef<[u8]>> PartialEq<$Type<'_>> for Owned<$Type<'static>, S> {
            #[inline]
            fn eq(&self, other: &$Type<'_>) -> bool {
                self.storage.as_ref() == other.field_bytes()
            }
        }

        impl<S: AsRef<[u8]>> PartialEq<Owned<$Type<'static>, S>> for $Type<'_> {
            #[inline]
            fn eq(&self, other: &Owned<$Type<'static>, S>) -> bool {
                other == self
            }
        }
    };
}

owned_value!(Text: Text::from_bytes, Text::reread, Text::EMPTY, |text| text.as_str().as_bytes());
owned_value!(
    TopicName: TopicName::from_bytes, TopicName::reread, topic_name!("?"),
    |name| name.as_str().as_bytes()
);
owned_value!(
    TopicFilter: TopicFilter::from_bytes, TopicFilter::reread, topic_filter!("?"),
    |filter| filter.as_str().as_bytes()
);
owned_value!(Binary: Binary::new, Binary::new, Binary::EMPTY, |binary| binary.as_bytes());
owned_value!(Password: Password::new, Password::new, Binary::EMPTY.into(), |secret| secret.expose().as_bytes());
owned_value!(
    AuthenticationData: AuthenticationData::new, AuthenticationData::new, Binary::EMPTY.into(),
    |secret| secret.expose().as_bytes()
);

/// Implements more traits for strings.
macro_rules! owned_string {
    ($( $Type:ident )*) => { $(
        impl OwnedString for $Type<'static> {
            #[inline]
            fn check_str(string: &str) -> Result<$Type<'_>, ValueError> {
                $Type::new(string)
            }

            #[inline]
            fn trusted_str(string: &str) -> $Type<'_> {
                $Type::trusted(string)
            }

            #[inline]
            fn as_str(value: Self::Of<'_>) -> &str {
                value.as_str()
            }
        }

        /// Copies the value.
        impl From<$Type<'_>> for Owned<$Type<'static>, String> {
            #[inline]
            fn from(value: $Type<'_>) -> Self {
                Self::trusted(value.as_str().into())
            }
        }

        #[cfg_attr(docsrs, doc(cfg(feature = "bytes")))]
        impl PartialEq<String> for $Type<'_> {
            #[inline]
            fn eq(&self, other: &String) -> bool {
                self.as_str() == other
            }
        }

        #[cfg_attr(docsrs, doc(cfg(feature = "bytes")))]
        impl PartialEq<$Type<'_>> for String {
            #[inline]
            fn eq(&self, other: &$Type<'_>) -> bool {
                other == self
            }
        }
    )* };
}

owned_string!(Text TopicName TopicFilter);

/// The string is not copied.
impl<V: OwnedString, S: Storage<V> + From<String>> TryFrom<String> for Owned<V, S> {
    type Error = ValueError;

    #[inline]
    fn try_from(string: String) -> Result<Self, ValueError> {
        V::check_str(&string)?;
        Ok(Self::trusted(string.into()))
    }
}

/// Copies the string.
impl<V: OwnedString, S: Storage<V> + From<String>> TryFrom<&str> for Owned<V, S> {
    type Error = ValueError;

    #[inline]
    fn try_from(string: &str) -> Result<Self, ValueError> {
        V::check_str(string)?;
        Ok(Self::trusted(String::from(string).into()))
    }
}

/// Copies the string.
impl<V: OwnedString, S: Storage<V> + From<String>> FromStr for Owned<V, S> {
    type Err = ValueError;

    #[inline]
    fn from_str(string: &str) -> Result<Self, ValueError> {
        string.try_into()
    }
}

/// The bytes are not copied.
impl<V: OwnedValue> TryFrom<Bytes> for Owned<V> {
    type Error = ValueError;

    #[inline]
    fn try_from(bytes: Bytes) -> Result<Self, ValueError> {
        Self::new(bytes)
    }
}

/// The string is not copied.
impl<V: OwnedString> From<Owned<V, String>> for Owned<V> {
    #[inline]
    fn from(owned: Owned<V, String>) -> Self {
        Self::trusted(owned.storage.into())
    }
}

impl<V, S: Clone> Clone for Owned<V, S> {
    #[inline]
    fn clone(&self) -> Self {
        Self::trusted(self.storage.clone())
    }
}

/// Equal bytes are equal values.
impl<V, S: PartialEq> PartialEq for Owned<V, S> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.storage == other.storage
    }
}

impl<V, S: Eq> Eq for Owned<V, S> {}

/// The order is that of the bytes, also for strings.
impl<V: OwnedValue, S: Ord> Ord for Owned<V, S>
where
    for<'a> V::Of<'a>: Ord,
{
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.storage.cmp(&other.storage)
    }
}

impl<V: OwnedValue, S: Ord> PartialOrd for Owned<V, S>
where
    for<'a> V::Of<'a>: Ord,
{
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<V: OwnedValue, S: Storage<V>> Hash for Owned<V, S> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        // A map can be searched with a `&str`, so this hash must equal the hash of the string. The hash of
        // its bytes is another one.
        self.get().hash(state);
    }
}

impl<V: OwnedValue, S: Storage<V>> fmt::Debug for Owned<V, S> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

impl<V: OwnedString, S: Storage<V>> fmt::Display for Owned<V, S> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(V::as_str(self.get()), f)
    }
}

impl<V: OwnedString, S: Storage<V>> AsRef<str> for Owned<V, S> {
    #[inline]
    fn as_ref(&self) -> &str {
        V::as_str(self.get())
    }
}

/// Lets a `&str` find the value as a key of a map.
impl<V: OwnedString, S: Storage<V>> Borrow<str> for Owned<V, S> {
    #[inline]
    fn borrow(&self) -> &str {
        V::as_str(self.get())
    }
}

/// Comparing with strings, in both directions.
macro_rules! compared_with {
    ($( $string:ty )*) => { $(
        impl<V: OwnedString, S: AsRef<[u8]>> PartialEq<$string> for Owned<V, S> {
            #[inline]
            fn eq(&self, other: &$string) -> bool {
                self.storage.as_ref() == other.as_bytes()
            }
        }

        impl<V: OwnedString, S: AsRef<[u8]>> PartialEq<Owned<V, S>> for $string {
            #[inline]
            fn eq(&self, other: &Owned<V, S>) -> bool {
                other == self
            }
        }
    )* };
}

compared_with!(str &str String);

impl AsRef<[u8]> for Owned<Binary<'static>> {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        &self.storage
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes values from bytes that were never checked. This cannot happen outside tests.
    #[test]
    fn bytes_that_were_never_checked_give_a_legal_value() {
        let never = || Bytes::from_static(b"\xff");
        assert_eq!(Owned::<Text>::trusted(never()).get(), Text::EMPTY);
        assert_eq!(Owned::<TopicName>::trusted(never()).get(), topic_name!("?"));
        assert_eq!(Owned::<TopicFilter>::trusted(never()).get(), topic_filter!("?"));
        let long = || Bytes::from(vec![0; 65_536]);
        assert_eq!(Owned::<Binary>::trusted(long()).get(), Binary::EMPTY);
        assert!(Owned::<Password>::trusted(long()).get().expose().is_empty());
        assert!(Owned::<AuthenticationData>::trusted(long()).get().expose().is_empty());
    }
}
