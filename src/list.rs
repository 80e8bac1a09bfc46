//! The lists in packets, which are not copied, and lists that you make at run time.
//!
//! ```
//! use mqtt_wire::property::{UserProperties, UserProperty};
//!
//! let items =
//!     [UserProperty::new("unit", "celsius")?, UserProperty::new("place", "kitchen")?];
//! let list = UserProperties::new(&items);
//! assert!(list.iter().any(|property| property.name == "unit"));
//! # Ok::<(), mqtt_wire::ValueError>(())
//! ```
//!
//! Filters, subscriptions, Reason Codes, User Properties and Subscription Identifiers are [`List`]s. A
//! [`ListBuf`] is a list that you make at run time.

mod buf;

pub use buf::{ListBuf, ListFull, Listed};
pub(crate) use buf::{Sealed, listed};

use crate::wire::reader::{Observer, ReadResult, Reader};
use crate::wire::utf8::ValidatedUtf8;
use crate::wire::writer::{LengthCounter, Writer};
use core::fmt;
use core::hash::{Hash, Hasher};
use core::iter::FusedIterator;
use nom::Offset;

/// A list of items: a slice of yours, or validated bytes of a packet.
///
/// A decoded list borrows the validated bytes of the packet. Iteration decodes each item again. To encode a
/// list, make it from a slice, or at run time in a [`ListBuf`]. [`followed_by`](Self::followed_by) appends a
/// slice to a decoded list. So a broker can add a User Property or a Subscription Identifier without
/// collecting the other items. Items, order, equality and `Debug` are the same for all forms. A list
/// allocates nothing, and has no maximum length.
///
/// ```
/// use mqtt_wire::list::List;
/// use mqtt_wire::property::UserProperty;
/// use mqtt_wire::text;
///
/// let pairs = [UserProperty { name: text!("room"), value: text!("kitchen") }];
/// let list = List::from(&pairs);
/// assert!(list.iter().eq(pairs));
/// ```
///
/// `N` is the normalization. The normalization says which parts of the items the list shows, because a
/// version may not have all parts. Only the lists of SUBSCRIBE and SUBACK need a normalization. The compiler
/// infers `N`.
pub struct List<'a, T, N = ()> {
    /// Validated bytes. The first item begins at the first byte.
    wire: &'a [u8],
    after: After<'a, T>,
    /// The normalization of the decoded items.
    of_wire: N,
    /// The normalization of the items of the slice.
    of_slice: N,
}

/// The items after the decoded ones.
enum After<'a, T> {
    /// None, and there are decoded items with nothing between them. One copy encodes them all.
    Nothing,
    /// A slice, perhaps empty. Other properties may stand between the decoded items.
    Slice(&'a [T]),
}

impl<'a, T: Item<'a, N>, N: Copy + PartialEq> List<'a, T, N> {
    /// No items.
    pub const EMPTY: Self = Self::new(&[]);

    /// A list of the items of the slice.
    #[must_use]
    #[inline]
    pub const fn new(items: &'a [T]) -> Self {
        Self { wire: &[], after: After::Slice(items), of_wire: T::UNCHANGED, of_slice: T::UNCHANGED }
    }

    /// A list of the validated items that these bytes are.
    #[inline]
    pub(crate) const fn on_wire(wire: &'a [u8]) -> Self {
        let after = if wire.is_empty() { After::Slice(&[]) } else { After::Nothing };
        Self { wire, after, ..Self::EMPTY }
    }

    /// A list of the validated items in these bytes. Other properties may stand between the items.
    #[inline]
    pub(crate) const fn among_others(wire: &'a [u8]) -> Self {
        Self { wire, ..Self::EMPTY }
    }

    /// The list with further items of the same packet, up to `rest`. Other properties may stand between these items and
    /// those of the list.
    #[cold]
    pub(crate) fn up_to(self, packet: &'a [u8], rest: &'a [u8]) -> Self {
        Self::among_others(packet.get(packet.offset(self.wire)..packet.offset(rest)).unwrap_or_default())
    }

    /// The same decoded items with this normalization.
    #[inline]
    pub(crate) const fn read_as(self, normalization: N) -> Self {
        Self { of_wire: normalization, ..self }
    }

    /// The same items with this normalization.
    #[inline]
    pub(crate) const fn normalized(self, normalization: N) -> Self {
        Self { of_wire: normalization, of_slice: normalization, ..self }
    }

    /// Appends `items` to a decoded list. `None`: the list already has a slice.
    ///
    /// You can append one slice to a decoded list, and one to an empty list.
    ///
    /// ```
    /// use mqtt_wire::property::SubscriptionId;
    /// use mqtt_wire::{Packet, Version, decode};
    ///
    /// let bytes = b"\x30\x06\x00\x01a\x02\x0b\x01"; // Subscription Identifier 1
    /// let Ok(Some((Packet::Publish(mut publish), _))) = decode(Version::V5_0, bytes) else {
    ///     panic!()
    /// };
    ///
    /// let more = [SubscriptionId::new(7).unwrap()];
    /// let ids = publish.properties.subscription_identifiers.followed_by(&more).unwrap();
    /// assert!(ids.iter().map(SubscriptionId::get).eq([1, 7]));
    /// ```
    #[must_use]
    pub const fn followed_by(self, items: &'a [T]) -> Option<Self> {
        match self.after {
            After::Slice([_, ..]) => None,
            _ if items.is_empty() => Some(self),
            // A decoded list may ignore some bits of its items. The items of the new slice keep all their bits.
            _ => Some(Self { after: After::Slice(items), of_slice: T::UNCHANGED, ..self }),
        }
    }

    /// Whether there are no items.
    #[must_use]
    #[inline]
    pub const fn is_empty(self) -> bool {
        match self.after {
            After::Nothing => false,
            After::Slice(items) => items.is_empty() && self.wire.is_empty(),
        }
    }

    /// The number of items. Decoded items are counted one by one.
    #[must_use]
    pub fn len(self) -> usize {
        self.iter().count()
    }

    /// The items, in their order.
    #[inline]
    pub fn iter(self) -> Iter<'a, T, N> {
        let Self { wire, after, of_wire, of_slice } = self;
        let utf8 = if T::HAS_STRINGS { ValidatedUtf8::validate(wire) } else { ValidatedUtf8::NOTHING };
        Iter { wire, utf8, items: after.items(), of_wire, of_slice }
    }
}

/// Reading and writing.
impl<'a, T: Item<'a, N>, N: Copy + PartialEq> List<'a, T, N> {
    /// Validates items up to the end of the packet.
    #[inline]
    pub(crate) fn read<O: Observer<'a>, const V5: bool>(
        reader: &mut Reader<'a, '_, O, V5>,
    ) -> ReadResult<Self> {
        let wire = reader.list();
        let utf8 = if T::HAS_STRINGS { reader.validate_utf8() } else { ValidatedUtf8::NOTHING };
        let may_skip = reader.may_skip_valid();
        loop {
            if may_skip {
                reader.skip_to(T::skip_valid::<V5>(reader.rest(), utf8));
            }
            if reader.is_empty() {
                return Ok(Self::on_wire(wire));
            }
            T::validate(reader)?;
        }
    }

    /// Checks the items in their order until one is refused.
    #[inline]
    pub(crate) fn try_each<E>(self, mut check: impl FnMut(T) -> Result<(), E>) -> Result<(), E> {
        Self { after: After::Nothing, ..self }.iter().try_for_each(&mut check)?;
        self.after.items().iter().try_for_each(|item| check(item.normalized(self.of_slice)))
    }

    /// The normalization of a copy that [`encode_all`](Self::encode_all) makes.
    #[cfg(any(feature = "bytes", feature = "std"))]
    pub(crate) fn normalization_of_copy(self) -> N {
        if self.after.items().is_empty() && T::is_copied(self.of_wire) { self.of_wire } else { T::UNCHANGED }
    }

    /// Whether `is_so` holds for all items. Decoded items with the normalization `checked` were checked when they were
    /// decoded.
    ///
    /// The function reads a slice to its end even after a `false`, so the loop has no branch for each item.
    #[inline]
    pub(crate) fn all(self, checked: Option<N>, is_so: impl Fn(T) -> bool) -> bool {
        let on_wire = self.wire.is_empty()
            || Some(self.of_wire) == checked
            || Self { after: After::Nothing, ..self }.iter().all(&is_so);
        self.after.items().iter().fold(on_wire, |all, item| all & is_so(item.normalized(self.of_slice)))
    }

    /// Encodes all items. Decoded items are copied, if their normalization changes nothing.
    // Without this attribute, `forward 3.1.1 SUBACK 8` takes 24 % more.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn encode_all<const V5: bool>(self, out: &mut impl Writer) {
        // A slice has a normalization only together with the decoded items.
        if !T::is_copied(self.of_wire) {
            return self.iter().for_each(|item| item.encode::<V5>(out));
        }
        match self.after {
            After::Nothing => out.bytes(self.wire),
            After::Slice(items) => {
                if !self.wire.is_empty() {
                    T::copy(self.wire, out);
                }
                T::encode_slice::<V5>(items, out);
            }
        }
    }

    /// [`encode_all`](Self::encode_all) in 5.0, in a function of its own.
    // Most lists of properties are empty or decoded. If each function that measures or writes properties also has the loops
    // for the other lists, it saves more registers: without this attribute, `forward 5.0 PUBLISH, 32 user properties` takes
    // 5 % more.
    #[inline(never)]
    pub(crate) fn encode_apart(&self, out: &mut impl Writer) {
        self.encode_all::<true>(out);
    }

    /// The encoded items, if they are one run of bytes in memory. `None`: there are items in a slice, or other properties
    /// stand between the decoded items.
    #[inline]
    pub(crate) fn as_encoded(&self) -> Option<&'a [u8]> {
        match self.after {
            After::Nothing if T::is_copied(self.of_wire) => Some(self.wire),
            After::Slice([]) if self.wire.is_empty() => Some(&[]),
            _ => None,
        }
    }

    /// The length of the encoded items in 5.0, in bytes.
    #[inline]
    pub(crate) fn encoded_len(&self) -> u64 {
        if let Some(bytes) = self.as_encoded() {
            return bytes.len() as u64;
        }
        let mut counter = LengthCounter::default();
        self.encode_apart(&mut counter);
        counter.count()
    }
}

impl<'a, T> After<'a, T> {
    #[inline]
    const fn items(self) -> &'a [T] {
        match self {
            Self::Nothing => &[],
            Self::Slice(items) => items,
        }
    }
}

impl<T> Copy for After<'_, T> {}

impl<T> Clone for After<'_, T> {
    // unreachable: the value is copied
    fn clone(&self) -> Self {
        *self
    }
}

/// The items of a [`List`].
pub struct Iter<'a, T, N = ()> {
    wire: &'a [u8],
    utf8: ValidatedUtf8<'a>,
    items: &'a [T],
    of_wire: N,
    of_slice: N,
}

impl<'a, T: Item<'a, N>, N: Copy> Iterator for Iter<'a, T, N> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        if !self.wire.is_empty() {
            if let Some((item, rest)) = T::decode(self.wire, self.utf8, self.of_wire) {
                self.wire = rest;
                return Some(item);
            }
            // Validated bytes hold nothing but items, so the items end here.
            self.wire = &[];
        }
        let (first, rest) = self.items.split_first()?;
        self.items = rest;
        Some(first.normalized(self.of_slice))
    }
}

impl<'a, T: Item<'a, N>, N: Copy> FusedIterator for Iter<'a, T, N> {}

/// The items that a [`List`] can hold.
///
/// Only types of this crate are items, because iteration decodes bytes without validating them again.
///
/// ```compile_fail
/// use mqtt_wire::TopicFilter;
/// use mqtt_wire::list::Item;
///
/// let unchecked = <TopicFilter as Item>::decode(b"\x00\x03a#b");
/// ```
#[allow(private_bounds, reason = "this seals the trait")]
pub trait Item<'a, N = ()>: ListItem<'a, N> {}

/// Validates, decodes and encodes an item. `N` is the normalization: a version may not have all parts of an item,
/// and `N` says which parts the list shows.
pub(crate) trait ListItem<'a, N>: Copy {
    /// The normalization that changes nothing.
    const UNCHANGED: N;

    /// Whether the item has strings. Then the UTF-8 of all items is validated in one run.
    const HAS_STRINGS: bool = false;

    /// Validates one item. Iteration decodes the item later.
    fn validate<O: Observer<'a>, const V5: bool>(reader: &mut Reader<'a, '_, O, V5>) -> ReadResult<()>;

    /// Skips items that a quick check finds valid, perhaps none. [`validate`](Self::validate) checks the
    /// others one by one.
    #[inline]
    fn skip_valid<const V5: bool>(items: &'a [u8], _utf8: ValidatedUtf8<'a>) -> &'a [u8] {
        items
    }

    /// Decodes the next item, and gives the bytes after it. The bytes have been validated.
    fn decode(wire: &'a [u8], utf8: ValidatedUtf8<'a>, normalization: N) -> Option<(Self, &'a [u8])>;

    fn encode<const V5: bool>(self, out: &mut impl Writer);

    /// Whether decoded items are encoded by copying their bytes.
    #[inline]
    fn is_copied(normalization: N) -> bool
    where
        N: PartialEq,
    {
        normalization == Self::UNCHANGED
    }

    /// An item of a slice, with this normalization.
    #[inline]
    fn normalized(self, _: N) -> Self {
        self
    }

    /// Encodes all items of a slice.
    #[inline]
    fn encode_slice<const V5: bool>(items: &[Self], out: &mut impl Writer) {
        items.iter().for_each(|item| item.encode::<V5>(out));
    }

    /// Copies the bytes of all decoded items.
    #[inline]
    fn copy(wire: &'a [u8], out: &mut impl Writer) {
        out.bytes(wire);
    }
}

impl<T, N: Copy> Copy for List<'_, T, N> {}

impl<T, N: Copy> Clone for List<'_, T, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, N: Copy> Clone for Iter<'_, T, N> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

/// [`EMPTY`](Self::EMPTY).
impl<'a, T: Item<'a, N>, N: Copy + PartialEq> Default for List<'a, T, N> {
    #[inline]
    fn default() -> Self {
        Self::new(&[])
    }
}

impl<'a, T: Item<'a, N> + fmt::Debug, N: Copy + PartialEq> fmt::Debug for List<'a, T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a, T: Item<'a, N> + fmt::Debug, N: Copy> fmt::Debug for Iter<'a, T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<'a, T: Item<'a, N> + PartialEq, N: Copy + PartialEq> PartialEq for List<'a, T, N> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'a, T: Item<'a, N> + Eq, N: Copy + PartialEq> Eq for List<'a, T, N> {}

impl<'a, T: Item<'a, N> + Hash, N: Copy + PartialEq> Hash for List<'a, T, N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.iter().for_each(|item| item.hash(state));
        self.len().hash(state);
    }
}

impl<'a, T: Item<'a, N>, N: Copy + PartialEq> From<&'a [T]> for List<'a, T, N> {
    fn from(items: &'a [T]) -> Self {
        Self::new(items)
    }
}

impl<'a, T: Item<'a, N>, N: Copy + PartialEq, const LEN: usize> From<&'a [T; LEN]> for List<'a, T, N> {
    fn from(items: &'a [T; LEN]) -> Self {
        Self::new(items)
    }
}

impl<'a, T: Item<'a, N>, N: Copy + PartialEq> IntoIterator for List<'a, T, N> {
    type Item = T;
    type IntoIter = Iter<'a, T, N>;

    #[inline]
    fn into_iter(self) -> Iter<'a, T, N> {
        self.iter()
    }
}

impl<'a, T: Item<'a, N>, N: Copy + PartialEq> IntoIterator for &List<'a, T, N> {
    type Item = T;
    type IntoIter = Iter<'a, T, N>;

    fn into_iter(self) -> Iter<'a, T, N> {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode;
    use crate::packet::{Options, Packet, Subscriptions};
    use crate::platform::FAST_PATHS;
    use crate::property::{SubscriptionIds, UserProperties, UserProperty};
    use crate::text;
    use crate::value::SubscriptionId;
    use crate::version::Version;
    use crate::wire::writer::{BlockLengths, SliceWriter};

    const A: UserProperty<'static> = UserProperty { name: text!("a"), value: text!("1") };
    const B: UserProperty<'static> = UserProperty { name: text!("b"), value: text!("") };

    /// A checked block: two User Properties among properties of every other format.
    const BLOCK: &[u8] = b"\x26\x00\x01a\x00\x011\
        \x01\x01\x02\x00\x00\x00\x09\x03\x00\x05x/y-z\x09\x00\x01\x26\x0b\x80\x01\x23\x00\x26\
        \x26\x00\x01b\x00\x00\
        \x0b\x07\x25\x01";

    /// The User Properties of the block.
    const PAIRS: &[u8] = b"\x26\x00\x01a\x00\x011\x26\x00\x01b\x00\x00";

    #[test]
    fn all_forms_of_a_list_look_the_same() {
        let wire = UserProperties::among_others(BLOCK);
        let slice = UserProperties::from(&[A, B]);
        let both = UserProperties::on_wire(&BLOCK[..7]).followed_by(&[B]).unwrap();
        let decoded = UserProperties::on_wire(PAIRS);
        for list in [wire, slice, both, decoded] {
            assert!(list.iter().eq([A, B]));
            assert_eq!(list, slice);
            assert_eq!(list.len(), 2);
            assert!(!list.is_empty());
            assert_eq!(Some(list).as_ref().cloned(), Some(slice));
            let mut checked = 0;
            let check = |_| {
                checked += 1;
                Ok::<_, ()>(())
            };
            assert_eq!((list.try_each(check), checked), (Ok(()), 2));
            assert_eq!(format!("{list:?}"), format!("{:?}", [A, B]));
        }
        assert_ne!(wire, UserProperties::from(&[B, A]));
        assert_ne!(wire, UserProperties::from(&[A]));
        assert!(UserProperties::EMPTY.is_empty() && UserProperties::default().iter().next().is_none());
        assert_eq!(slice.followed_by(&[A]), None);
    }

    #[test]
    fn other_properties_are_skipped() {
        let ids = SubscriptionIds::among_others(BLOCK);
        assert!(ids.iter().map(SubscriptionId::get).eq([128, 7]));
    }

    fn written<'a, T: Item<'a, N>, N: Copy + PartialEq>(list: List<'a, T, N>) -> Vec<u8> {
        let mut bytes = vec![0; usize::try_from(list.encoded_len()).unwrap()];
        list.encode_all::<true>(&mut SliceWriter::new(&mut bytes, BlockLengths::default()));
        bytes
    }

    #[test]
    fn decoded_properties_are_copied_without_their_neighbours() {
        assert_eq!(written(UserProperties::from(&[A, B])), PAIRS);
        assert_eq!(written(UserProperties::among_others(BLOCK)), PAIRS);
        assert_eq!(written(UserProperties::among_others(PAIRS)), PAIRS);
        assert_eq!(written(UserProperties::on_wire(PAIRS)), PAIRS);
        assert_eq!(written(UserProperties::on_wire(&PAIRS[..7]).followed_by(&[B]).unwrap()), PAIRS);
        assert_eq!(written(SubscriptionIds::among_others(BLOCK)), b"\x0b\x80\x01\x0b\x07");
        // The list hides all bits except the QoS, and encoding does not copy hidden bits.
        let subscriptions = Subscriptions::on_wire(b"\x00\x01a\xfd").normalized(Options::Qos);
        assert_eq!(written(subscriptions), b"\x00\x01a\x01");
    }

    /// Encoding copies decoded items at once only if nothing stands between them. Without fast paths, the decoder does not
    /// look for this, and the bytes of a list reach to the end of the block.
    #[test]
    fn the_decoder_tells_neighbours_from_items_among_others() {
        let [pair, format, expiry, id] = [&PAIRS[..7], b"\x01\x01", b"\x02\x00\x00\x00\x09", b"\x0b\x07"];
        for (parts, is_one_run) in [
            (vec![pair], true),
            (vec![format, pair, pair, expiry], true),
            (vec![pair, format, pair], false),
            (vec![pair, format, pair, pair, expiry, pair, id, id], false),
        ] {
            let block = parts.concat();
            let len = u8::try_from(block.len()).unwrap();
            let packet = [&[0x30, len + 4, 0, 1, b'a', len][..], &block].concat();
            let Ok(Some((Packet::Publish(publish), _))) = decode(Version::V5_0, &packet) else { panic!() };
            let list = publish.properties.user_properties;
            assert_eq!(matches!(list.after, After::Nothing), is_one_run && FAST_PATHS, "{parts:?}");
            let pairs = parts.iter().filter(|part| **part == pair).count();
            assert_eq!((list.len(), written(list)), (pairs, pair.repeat(pairs)));
            assert!(list.wire.starts_with(pair), "{parts:?}");
            assert!(list.wire.ends_with(pair) || !FAST_PATHS, "{parts:?}");
        }
    }

    /// A decoded list never has bytes like these. The test makes the lists without a decoder, to reach the branch.
    #[test]
    fn bytes_that_were_never_checked_end_the_list() {
        for bytes in
            [&b"\x26\x00\x05a"[..], b"\x26\x00\x01\xff\x00\x00", b"\x0b\x80", b"\x04", b"\x02\x00", b"\x80"]
        {
            assert_eq!(UserProperties::among_others(bytes).len(), 0);
            assert_eq!(SubscriptionIds::among_others(bytes).len(), 0);
            assert_eq!(SubscriptionIds::among_others(bytes).encoded_len(), 0);
        }
        assert!(UserProperties::among_others(b"\x04").followed_by(&[A]).unwrap().iter().eq([A]));
    }
}
