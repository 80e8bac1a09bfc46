//! A list that is made at run time, in a buffer of bytes.

use super::{Item, List, ListItem};
use crate::memory::Memory;
use crate::wire::writer::{BlockLengths, LengthCounter, SliceWriter};
#[cfg(any(feature = "bytes", feature = "std"))]
use alloc::vec::Vec;
use core::fmt;

/// A list that you make at run time. The list encodes the items into a buffer `B`.
///
/// A push copies the item into the buffer, and the list borrows nothing. [`as_list`](Self::as_list) gives the
/// [`List`] for a packet. The buffer is an array, a `&mut [u8]`, or a `Vec<u8>` that grows (feature `bytes`
/// or `std`). In a struct of yours, write `ListBuf<UserProperty<'static>, Vec<u8>>`.
///
/// User Properties whose strings are known at run time:
///
/// ```
/// # #[cfg(any(feature = "bytes", feature = "std"))] {
/// use mqtt_wire::list::ListBuf;
/// use mqtt_wire::property::{PublishProperties, UserProperty};
/// use mqtt_wire::{Publish, topic_name};
///
/// let headers = [("room", String::from("kitchen")), ("unit", String::from("°C"))];
/// let pairs = headers.iter().map(|(name, value)| UserProperty::new(name, value));
/// let properties: ListBuf<UserProperty, Vec<u8>> = pairs.collect::<Result<_, _>>()?;
///
/// let publish = Publish {
///     properties: PublishProperties {
///         user_properties: properties.as_list(),
///         ..PublishProperties::EMPTY
///     },
///     ..Publish::new(topic_name!("sensors"), b"21.5")
/// };
/// assert_eq!(publish.properties.user_properties.iter().last().unwrap().value, "°C");
/// # }
/// # Ok::<(), mqtt_wire::ValueError>(())
/// ```
///
/// The SUBSCRIBE of a client without an allocator:
///
/// ```
/// use mqtt_wire::list::{ListBuf, ListFull};
/// use mqtt_wire::{
///     Encode, PacketId, Qos, Subscribe, Subscription, TopicFilter, Version,
/// };
///
/// struct Client {
///     next_id: PacketId,
///     subscriptions: ListBuf<Subscription<'static>, [u8; 64]>,
/// }
///
/// impl Client {
///     fn subscribe(
///         &mut self,
///         filter: TopicFilter<'_>,
///     ) -> Result<Subscribe<'_>, ListFull> {
///         self.next_id = self.next_id.next();
///         self.subscriptions.clear();
///         self.subscriptions.push(Subscription::new(filter, Qos::AtLeastOnce))?;
///         Ok(Subscribe {
///             subscriptions: self.subscriptions.as_list(),
///             ..Subscribe::new(self.next_id, &[])
///         })
///     }
/// }
///
/// let mut client =
///     Client { next_id: PacketId::MIN, subscriptions: ListBuf::new([0; 64]) };
/// let filter = format!("sensors/{}/state", 7);
/// let subscribe = client.subscribe(TopicFilter::new(&filter)?)?;
/// drop(filter);
/// let mut buffer = [0; 32];
/// assert_eq!(
///     subscribe.encode(Version::V3_1_1, &mut buffer)?,
///     b"\x82\x14\x00\x02\x00\x0fsensors/7/state\x01"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ListBuf<T: Listed, B> {
    buffer: B,
    /// The number of bytes of the buffer that hold items.
    len: usize,
    /// The normalization of the items. The normalization says for which version the items were checked. So
    /// encoding does not check the copy of a decoded list again.
    normalization: T::Normalization,
}

/// The normalization of items that were not decoded.
const fn unchanged<T: Listed>() -> T::Normalization {
    <T::Of<'static> as ListItem<'static, T::Normalization>>::UNCHANGED
}

impl<T: Listed, B: Memory> ListBuf<T, B> {
    /// An empty list, which overwrites the contents of the buffer.
    pub const fn new(buffer: B) -> Self {
        Self { buffer, len: 0, normalization: unchanged::<T>() }
    }

    /// Appends a copy of the item.
    ///
    /// # Errors
    ///
    /// [`ListFull`] if the item does not fit into the buffer. The list does not change.
    pub fn push(&mut self, item: T::Of<'_>) -> Result<(), ListFull> {
        let mut counter = LengthCounter::default();
        item.encode::<true>(&mut counter);
        let item_len = usize::try_from(counter.count()).unwrap_or(usize::MAX);
        let needed = self.len.saturating_add(item_len);
        self.buffer.grow(needed);
        let room = self.buffer.bytes_mut().get_mut(self.len..needed).ok_or(ListFull { needed })?;
        item.encode::<true>(&mut SliceWriter::new(room, BlockLengths::default()));
        self.len = needed;
        self.normalization = unchanged::<T>();
        Ok(())
    }

    /// Appends copies of all items, for example of a [`List`].
    ///
    /// # Errors
    ///
    /// [`ListFull`] if one of the items does not fit into the buffer. The list does not change.
    pub fn extend<'a>(&mut self, items: impl IntoIterator<Item = T::Of<'a>>) -> Result<(), ListFull> {
        let before = self.len;
        let extended = items.into_iter().try_for_each(|item| self.push(item));
        if extended.is_err() {
            self.len = before;
        }
        extended
    }

    /// The list as a field of a packet. The field borrows from this buffer.
    pub fn as_list(&self) -> List<'_, T::Of<'_>, T::Normalization> {
        List::on_wire(self.buffer.bytes().get(..self.len).unwrap_or_default()).read_as(self.normalization)
    }

    /// Whether there are no items.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The number of items, counted one by one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_list().len()
    }

    /// Removes all items, and keeps the buffer.
    pub const fn clear(&mut self) {
        self.len = 0;
    }
}

/// The item does not fit into the buffer of a [`ListBuf`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ListFull {
    /// The length of the list with the item, in bytes.
    pub needed: usize,
}

impl fmt::Display for ListFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the buffer is too small: with this item the list needs {} bytes", self.needed)
    }
}

impl core::error::Error for ListFull {}

/// The items that a [`ListBuf`] can hold.
///
/// The items are [`UserProperty`](crate::property::UserProperty),
/// [`SubscriptionId`](crate::property::SubscriptionId), [`Subscription`](crate::Subscription),
/// [`TopicFilter`](crate::TopicFilter), [`SubscribeReason`](crate::reason::SubscribeReason) and
/// [`UnsubscribeReason`](crate::reason::UnsubscribeReason). The trait is sealed.
#[allow(private_bounds, reason = "this seals the trait")]
pub trait Listed: Sealed + 'static {
    /// The normalization of the items: see [`List`].
    type Normalization: Copy + PartialEq;

    /// The item, with the lifetime of its bytes.
    type Of<'a>: Item<'a, Self::Normalization> + PartialEq + fmt::Debug;
}

pub(crate) trait Sealed {}

/// Implements [`Listed`] for an item, which may borrow.
macro_rules! listed {
    ($Item:ident<'_>, $Normalization:ty) => {
        impl $crate::list::Sealed for $Item<'static> {}

        impl $crate::list::Listed for $Item<'static> {
            type Normalization = $Normalization;
            type Of<'a> = $Item<'a>;
        }
    };
    ($Item:ident, $Normalization:ty) => {
        impl $crate::list::Sealed for $Item {}

        impl $crate::list::Listed for $Item {
            type Normalization = $Normalization;
            type Of<'a> = $Item;
        }
    };
}
pub(crate) use listed;

/// Copies the items. The copy of a decoded list is one copy of its bytes, and encoding does not check it again.
#[cfg(any(feature = "bytes", feature = "std"))]
#[cfg_attr(docsrs, doc(cfg(any(feature = "bytes", feature = "std"))))]
impl<'a, T: Listed> From<List<'a, T::Of<'a>, T::Normalization>> for ListBuf<T, Vec<u8>> {
    #[inline]
    fn from(list: List<'a, T::Of<'a>, T::Normalization>) -> Self {
        let buffer = list.as_encoded().map_or_else(|| encoded_items::<T>(list), Vec::from);
        Self { len: buffer.len(), buffer, normalization: list.normalization_of_copy() }
    }
}

/// Encodes the items of a list that is not one run of bytes.
#[cfg(any(feature = "bytes", feature = "std"))]
fn encoded_items<'a, T: Listed>(list: List<'a, T::Of<'a>, T::Normalization>) -> Vec<u8> {
    let len = usize::try_from(list.encoded_len()).unwrap_or(usize::MAX);
    let mut bytes = alloc::vec![0; len];
    list.encode_all::<true>(&mut SliceWriter::new(&mut bytes, BlockLengths::default()));
    bytes
}

/// Copies the items.
#[cfg(any(feature = "bytes", feature = "std"))]
#[cfg_attr(docsrs, doc(cfg(any(feature = "bytes", feature = "std"))))]
impl<'a, T: Listed> FromIterator<T::Of<'a>> for ListBuf<T, Vec<u8>> {
    fn from_iter<I: IntoIterator<Item = T::Of<'a>>>(items: I) -> Self {
        let mut list = Self::new(Vec::new());
        // A `Vec` grows, so every item fits.
        let _ = list.extend(items);
        list
    }
}

impl<T: Listed, B: Memory + Default> Default for ListBuf<T, B> {
    fn default() -> Self {
        Self::new(B::default())
    }
}

impl<T: Listed, B: Clone> Clone for ListBuf<T, B> {
    fn clone(&self) -> Self {
        Self { buffer: self.buffer.clone(), len: self.len, normalization: self.normalization }
    }
}

/// Two lists are equal if they have equal items in the same order.
impl<T: Listed, B: Memory> PartialEq for ListBuf<T, B> {
    fn eq(&self, other: &Self) -> bool {
        self.as_list() == other.as_list()
    }
}

impl<T: Listed, B: Memory> fmt::Debug for ListBuf<T, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_list().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::Subscription;
    use crate::property::UserProperty;
    use crate::reason::{SubscribeReason, UnsubscribeReason};
    use crate::value::{Qos, SubscriptionId, TopicFilter};
    use crate::{text, topic_filter};

    /// In every buffer the list equals the list of the slice, and encodes to the same bytes.
    macro_rules! is_the_slice {
        ($T:ty, $items:expr) => {
            is_the_slice!($T, $items, [0xff; 64]);
            let mut array = [0xff; 64];
            is_the_slice!($T, $items, &mut array[..]);
            #[cfg(any(feature = "bytes", feature = "std"))]
            is_the_slice!($T, $items, vec![0xff; 3]);
        };
        ($T:ty, $items:expr, $buffer:expr) => {{
            let items: &[$T] = $items;
            let mut list = ListBuf::<$T, _>::new($buffer);
            assert!(list.is_empty() && list.as_list().is_empty());
            list.extend(items.iter().copied()).expect("enough space");
            assert_eq!(list.as_list(), List::new(items));
            assert_eq!((list.len(), list.is_empty()), (items.len(), false));
            assert_eq!(format!("{list:?}"), format!("{items:?}"));
            let (mut written, mut expected) = ([0; 64], [0; 64]);
            list.as_list().encode_all::<true>(&mut SliceWriter::new(&mut written, BlockLengths::default()));
            List::<$T, _>::new(items)
                .encode_all::<true>(&mut SliceWriter::new(&mut expected, BlockLengths::default()));
            assert_eq!(written, expected);
            list.clear();
            assert!(list.is_empty() && list.as_list().iter().next().is_none());
            list.push(items[1]).expect("enough space");
            assert!(list.as_list().iter().eq([items[1]]));
        }};
    }

    const PAIR: UserProperty<'static> = UserProperty { name: text!("é"), value: text!("1") };

    #[test]
    fn a_list_made_at_run_time_equals_a_list_of_a_slice() {
        is_the_slice!(UserProperty, &[PAIR, UserProperty { value: text!(""), ..PAIR }, PAIR]);
        is_the_slice!(SubscriptionId, &[SubscriptionId::MAX, SubscriptionId::new(1).unwrap()]);
        is_the_slice!(TopicFilter, &[topic_filter!("a/#"), topic_filter!("$share/g/é")]);
        is_the_slice!(SubscribeReason, SubscribeReason::ALL);
        is_the_slice!(UnsubscribeReason, UnsubscribeReason::ALL);
        let plain = Subscription::new(topic_filter!("é"), Qos::ExactlyOnce);
        is_the_slice!(Subscription, &[Subscription { no_local: true, ..plain }, plain]);
    }

    #[test]
    fn an_item_that_does_not_fit_is_refused_and_changes_nothing() {
        let mut list = ListBuf::<UserProperty, _>::new([0; 15]);
        assert_eq!(list.extend([PAIR; 2]), Err(ListFull { needed: 16 }));
        assert!(list.is_empty());
        list.push(PAIR).expect("8 bytes");
        assert_eq!(list.push(PAIR), Err(ListFull { needed: 16 }));
        assert!(list.as_list().iter().eq([PAIR]));
        list.push(UserProperty { value: text!(""), ..PAIR }).expect("7 bytes");
        let full = list.push(PAIR).unwrap_err();
        assert_eq!(full.to_string(), "the buffer is too small: with this item the list needs 23 bytes");
    }

    #[cfg(any(feature = "bytes", feature = "std"))]
    #[test]
    fn a_decoded_list_is_copied_without_its_neighbours() {
        let block = b"\x01\x01\x26\x00\x02\xc3\xa9\x00\x011\x0b\x07";
        let mut pairs = ListBuf::<UserProperty, Vec<u8>>::from(List::among_others(block));
        pairs.push(PAIR).expect("it grows");
        assert_eq!(pairs, [PAIR; 2].into_iter().collect());
        assert_ne!(pairs, ListBuf::default());
        // Bits without meaning in 3.1 are not copied.
        let subscriptions =
            crate::packet::Subscriptions::on_wire(b"\x00\x01a\xfd").normalized(crate::packet::Options::Qos);
        let copy = ListBuf::<Subscription, Vec<u8>>::from(subscriptions);
        assert_eq!(copy.as_list(), subscriptions);
        assert_eq!(copy.clone().as_list().encoded_len(), 4);
    }
}
