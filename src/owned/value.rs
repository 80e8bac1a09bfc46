//! Single values that own their bytes.

use crate::value::{AuthenticationData, Binary, Password, Text, TopicFilter, TopicName, ValueError};
use crate::{topic_filter, topic_name};
use bytes::Bytes;
use core::borrow::Borrow;
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;

/// A value that owns its bytes: `Owned<TopicName>` is a Topic Name that borrows from nobody.
///
/// The bytes are shared: with the packet that it was [kept](crate::owned::OwnedPacket::slice_ref) of, and
/// with its clones. It can do what the borrowed value can do: a string is compared with strings, found in
/// maps by a `&str`, and printed; a [`Password`] is not shown. [`get`](Self::get) gives the borrowed value.
///
/// In a type of your own, write `Owned<TopicName<'static>>`.
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
/// let topic: Owned<TopicName> = Owned::new(Bytes::from_static(b"sensors/kitchen"))?; // no copy
/// assert!(subscriptions.keys().all(|filter| filter.get().matches(topic.get())));
/// # Ok::<(), ValueError>(())
/// ```
///
/// # What it costs
///
/// 32 bytes on a 64-bit machine. Reading a string checks again that it is UTF-8, and so does hashing it;
/// comparing does not.
pub struct Owned<V> {
    /// Has been checked to be a `V`.
    bytes: Bytes,
    value: PhantomData<fn() -> V>,
}

impl<V: OwnedValue> Owned<V> {
    /// Checks that the bytes are such a value. They are not copied.
    ///
    /// # Errors
    ///
    /// Those of the value's own constructors.
    #[inline]
    pub fn new(bytes: Bytes) -> Result<Self, ValueError> {
        V::check(&bytes)?;
        Ok(Self::trusted(bytes))
    }

    /// The value, borrowed from this one.
    #[must_use]
    #[inline]
    pub fn get(&self) -> V::Of<'_> {
        V::reread(&self.bytes)
    }

    /// The bytes that the value consists of, without a length prefix. Of a secret these are the secret.
    #[must_use]
    #[inline]
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    #[inline]
    fn trusted(bytes: Bytes) -> Self {
        Self { bytes, value: PhantomData }
    }
}

/// The values that [`Owned`] can hold: [`Text`], [`TopicName`], [`TopicFilter`], [`Binary`], [`Password`]
/// and [`AuthenticationData`]. The trait is sealed.
pub trait OwnedValue: sealed::Sealed + 'static {
    /// The value, with the lifetime of what it borrows from.
    type Of<'a>: Copy + Eq + Hash + fmt::Debug;

    #[doc(hidden)]
    fn check(bytes: &[u8]) -> Result<Self::Of<'_>, ValueError>;

    /// Reads what has been checked before.
    #[doc(hidden)]
    fn reread(bytes: &[u8]) -> Self::Of<'_>;
}

/// The fields that [`OwnedPacket::slice_ref`](crate::owned::OwnedPacket::slice_ref) takes: the values that
/// [`Owned`] can hold, and payloads. The trait is sealed.
pub trait SliceRef<'a>: sealed::Sealed {
    /// What it is kept as: [`Owned`], or [`Bytes`] for a payload.
    type Kept;

    #[doc(hidden)]
    fn field_bytes(self) -> &'a [u8];

    #[doc(hidden)]
    fn kept(bytes: Bytes) -> Self::Kept;
}

mod sealed {
    pub trait Sealed {}
}

impl sealed::Sealed for &[u8] {}

impl<'a> SliceRef<'a> for &'a [u8] {
    type Kept = Bytes;

    #[inline]
    fn field_bytes(self) -> &'a [u8] {
        self
    }

    #[inline]
    fn kept(bytes: Bytes) -> Bytes {
        bytes
    }
}

/// A value that can be owned: how its bytes are checked, how they are read once more, what it is
/// if that fails (it never does: they have been checked), and what its bytes are.
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
            type Kept = Owned<$Type<'static>>;

            #[inline]
            fn field_bytes(self) -> &'a [u8] {
                let bytes: fn(Self) -> &'a [u8] = $bytes;
                bytes(self)
            }

            #[inline]
            fn kept(bytes: Bytes) -> Self::Kept {
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
    };
}

owned_value!(Text: Text::from_bytes, Text::reread, Text::EMPTY, |text| text.as_str().as_bytes());
owned_value!(TopicName: TopicName::from_bytes, TopicName::reread, topic_name!("?"), |name| name.as_str().as_bytes());
owned_value!(TopicFilter: TopicFilter::from_bytes, TopicFilter::reread, topic_filter!("?"), |filter| filter.as_str().as_bytes());
owned_value!(Binary: Binary::new, Binary::new, Binary::EMPTY, |binary| binary.as_bytes());
owned_value!(Password: Password::new, Password::new, Binary::EMPTY.into(), |secret| secret.expose().as_bytes());
owned_value!(AuthenticationData: AuthenticationData::new, AuthenticationData::new, Binary::EMPTY.into(), |secret| secret.expose().as_bytes());

impl<V> Clone for Owned<V> {
    #[inline]
    fn clone(&self) -> Self {
        Self { bytes: self.bytes.clone(), value: PhantomData }
    }
}

/// Equal bytes are equal values.
impl<V> PartialEq for Owned<V> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<V> Eq for Owned<V> {}

/// Of strings, too, the order is that of their bytes.
impl<V: OwnedValue> Ord for Owned<V>
where
    for<'a> V::Of<'a>: Ord,
{
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.bytes.cmp(&other.bytes)
    }
}

impl<V: OwnedValue> PartialOrd for Owned<V>
where
    for<'a> V::Of<'a>: Ord,
{
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<V: OwnedValue> Hash for Owned<V> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        // A string's hash is not that of its bytes, and maps are asked for strings.
        self.get().hash(state);
    }
}

impl<V: OwnedValue> fmt::Debug for Owned<V> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

impl<V: OwnedValue> fmt::Display for Owned<V>
where
    for<'a> V::Of<'a>: fmt::Display,
{
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

impl<V: OwnedValue> AsRef<str> for Owned<V>
where
    for<'a> V::Of<'a>: Into<&'a str>,
{
    #[inline]
    fn as_ref(&self) -> &str {
        self.get().into()
    }
}

/// As a key of a map it is found by a `&str`.
impl<V: OwnedValue> Borrow<str> for Owned<V>
where
    for<'a> V::Of<'a>: Into<&'a str>,
{
    #[inline]
    fn borrow(&self) -> &str {
        self.get().into()
    }
}

impl<V: OwnedValue> PartialEq<str> for Owned<V>
where
    for<'a> V::Of<'a>: Into<&'a str>,
{
    #[inline]
    fn eq(&self, other: &str) -> bool {
        self.bytes == other.as_bytes()
    }
}

impl<V: OwnedValue> PartialEq<&str> for Owned<V>
where
    for<'a> V::Of<'a>: Into<&'a str>,
{
    #[inline]
    fn eq(&self, other: &&str) -> bool {
        self.bytes == other.as_bytes()
    }
}

impl AsRef<[u8]> for Owned<Binary<'static>> {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What cannot happen: bytes that were never checked.
    #[test]
    fn bytes_that_are_no_value_would_be_another_value() {
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
