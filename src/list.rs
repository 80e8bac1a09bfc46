//! Lists that are neither copied nor counted: elements on the wire, or in the caller's slice.

use crate::property::PropertyId;
use crate::sink::{Counter, Sink};
use crate::wire::{self, Utf8Ahead};
use crate::{SubscriptionId, Text};
use core::fmt;
use core::hash::{Hash, Hasher};
use core::iter::FusedIterator;

/// A list of elements that stay where they are.
///
/// Decoded, it borrows the validated bytes of the packet and reads each element again as it comes.
/// To encode, make it of a slice. And a decoded list can go on with a slice
/// ([`followed_by`](Self::followed_by)): a broker adds a User Property or a Subscription Identifier
/// without collecting those that are there. Whichever it is, elements, order, equality and `Debug` are
/// the same. Nothing is allocated or capped: to go through a decoded list costs about what decoding it did.
///
/// ```
/// use mqtt_wire::{List, UserProperty, text};
///
/// let pairs = [UserProperty { name: text!("room"), value: text!("kitchen") }];
/// let list = List::from(&pairs);
/// assert!(list.iter().eq(pairs));
/// ```
pub struct List<'a, T> {
    wire: Wire<'a>,
    items: &'a [T],
}

/// The bytes that begin with the first element. If all are known to be UTF-8, their strings need no
/// second validation.
#[derive(Clone, Copy)]
enum Wire<'a> {
    Bytes(&'a [u8], Form),
    Utf8(&'a str, Form),
}

impl<'a> Wire<'a> {
    const fn form(self) -> Form {
        match self {
            Self::Bytes(_, form) | Self::Utf8(_, form) => form,
        }
    }

    const fn bytes(self) -> &'a [u8] {
        match self {
            Self::Bytes(bytes, _) => bytes,
            Self::Utf8(string, _) => string.as_bytes(),
        }
    }

    const fn seen_as(self, form: Form) -> Self {
        match self {
            Self::Bytes(bytes, _) => Self::Bytes(bytes, form),
            Self::Utf8(string, _) => Self::Utf8(string, form),
        }
    }

    fn ahead(self) -> Utf8Ahead<'a> {
        match self {
            Self::Bytes(..) => Utf8Ahead::NOTHING,
            Self::Utf8(string, _) => Utf8Ahead::known(string),
        }
    }
}

/// How much of the elements counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Every bit has a meaning, or is known to be 0.
    AllBits,
    /// Of Subscription Options on the wire only the QoS has one: 3.1 ignores the other bits.
    QosOnly,
    /// Of a subscription only the QoS counts, in the slice too: 3.x has no other options.
    NoOptions,
    /// All failures are one: 3.1.1 has one code for them.
    OneFailure,
}

/// The User Properties of a packet: names may repeat, order is kept.
///
/// ```
/// use mqtt_wire::{Packet, Version, decode};
///
/// let bytes = b"\x30\x0e\x00\x01a\x0a\x26\x00\x04room\x00\x01k!";
/// let Ok(Some((Packet::Publish(publish), _))) = decode(Version::V5_0, bytes) else { panic!() };
/// let room = publish.properties.user_properties.iter().find(|property| property.name == "room");
/// assert_eq!(room.unwrap().value, "k");
/// ```
pub type UserProperties<'a> = List<'a, UserProperty<'a>>;

/// The Subscription Identifiers of a PUBLISH.
pub type SubscriptionIds<'a> = List<'a, SubscriptionId>;

impl<'a, T> List<'a, T> {
    /// No elements.
    pub const EMPTY: Self = Self::new(&[]);

    /// The elements of the slice.
    #[must_use]
    #[inline]
    pub const fn new(items: &'a [T]) -> Self {
        Self { wire: Wire::Bytes(&[], Form::AllBits), items }
    }

    /// Elements that stand on the wire, and have been checked.
    #[inline]
    pub(crate) const fn on_wire(wire: &'a [u8]) -> Self {
        Self::on_wire_as(wire, Form::AllBits)
    }

    /// The same, where not all of the bits count.
    #[inline]
    pub(crate) const fn on_wire_as(wire: &'a [u8], form: Form) -> Self {
        Self { wire: Wire::Bytes(wire, form), items: &[] }
    }

    /// The same, with what the decoder has found out about all of the bytes.
    #[inline]
    pub(crate) fn knowing(self, ahead: Utf8Ahead<'a>) -> Self {
        if ahead.as_str().len() != self.wire.bytes().len() {
            return self;
        }
        Self { wire: Wire::Utf8(ahead.as_str(), self.wire.form()), ..self }
    }

    /// The same elements, of which less counts.
    #[inline]
    pub(crate) const fn seen_as(self, form: Form) -> Self {
        Self { wire: self.wire.seen_as(form), ..self }
    }

    /// The decoded elements, and `items` after them; `None` if the list has a slice already. With a list
    /// that was decoded, an empty one too, it succeeds once.
    ///
    /// ```
    /// use mqtt_wire::{Packet, SubscriptionId, Version, decode};
    ///
    /// let bytes = b"\x30\x06\x00\x01a\x02\x0b\x01"; // Subscription Identifier 1
    /// let Ok(Some((Packet::Publish(mut publish), _))) = decode(Version::V5_0, bytes) else { panic!() };
    ///
    /// let more = [SubscriptionId::new(7).unwrap()];
    /// let ids = publish.properties.subscription_identifiers.followed_by(&more).unwrap();
    /// assert!(ids.iter().map(SubscriptionId::get).eq([1, 7]));
    /// ```
    #[must_use]
    pub const fn followed_by(self, items: &'a [T]) -> Option<Self> {
        if self.items.is_empty() { Some(Self { items, ..self }) } else { None }
    }

    /// Whether there are no elements.
    #[must_use]
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.wire.bytes().is_empty() && self.items.is_empty()
    }
}

impl<'a, T: Element<'a>> List<'a, T> {
    /// The number of elements. Decoded ones are counted one by one.
    #[must_use]
    pub fn len(self) -> usize {
        self.iter().count()
    }

    /// The elements, in their order.
    #[inline]
    pub fn iter(self) -> Iter<'a, T> {
        Iter { wire: self.wire.bytes(), ahead: self.wire.ahead(), form: self.wire.form(), items: self.items }
    }

    /// Judges the elements in their order until one is refused.
    #[inline]
    pub(crate) fn try_each<E>(self, mut judge: impl FnMut(T) -> Result<(), E>) -> Result<(), E> {
        Self { items: &[], ..self }.iter().try_for_each(&mut judge)?;
        self.items.iter().try_for_each(|element| judge(element.seen_as(self.wire.form())))
    }

    /// Whether all elements are so. Of a slice each is asked, whatever the one before is: without a branch, that is
    /// quicker.
    #[inline]
    pub(crate) fn all(self, is_so: impl Fn(T) -> bool) -> bool {
        let on_wire = Self { items: &[], ..self }.iter().all(&is_so);
        let form = self.wire.form();
        self.items.iter().fold(on_wire, |all, element| all & is_so(element.seen_as(form)))
    }

    /// Writes all elements. Those that were decoded are copied as they stand there, if all of it counts.
    #[inline(always)]
    pub(crate) fn write_all(self, out: &mut impl Sink) {
        self.write_all_as(Form::AllBits, out);
    }

    /// The same, where it is known that no element has more than the form.
    #[inline(always)]
    pub(crate) fn write_all_as(self, form: Form, out: &mut impl Sink) {
        if self.wire.form() != Form::AllBits {
            return out.in_registers(|out| self.iter().for_each(|element| element.write(out)));
        }
        let wire = self.wire.bytes();
        if !wire.is_empty() {
            out.in_registers(|out| T::copy(wire, out));
        }
        T::write_items(self.items, form, out);
    }

    /// How many bytes that is.
    #[inline]
    pub(crate) fn encoded_len(self) -> u64 {
        let mut counter = Counter::default();
        self.write_all(&mut counter);
        counter.count()
    }
}

/// The elements of a [`List`].
pub struct Iter<'a, T> {
    wire: &'a [u8],
    ahead: Utf8Ahead<'a>,
    form: Form,
    items: &'a [T],
}

impl<'a, T: Element<'a>> Iterator for Iter<'a, T> {
    type Item = T;

    /// In the loop itself: then what it works on is in registers.
    #[inline(always)]
    fn next(&mut self) -> Option<T> {
        if !self.wire.is_empty() {
            if let Some((element, rest)) = T::reread(self.wire, self.ahead, self.form) {
                self.wire = rest;
                return Some(element);
            }
            // No further element on the wire. What is there has been checked, so that this is
            // the end of it, not a flaw in it.
            self.wire = &[];
        }
        let (first, rest) = self.items.split_first()?;
        self.items = rest;
        Some(first.seen_as(self.form))
    }
}

impl<'a, T: Element<'a>> FusedIterator for Iter<'a, T> {}

/// What a [`List`] can hold. Only types of this crate are elements: what stands on the wire is read again
/// unchecked, and that is for checked bytes only.
///
/// ```compile_fail
/// use mqtt_wire::{Element, TopicFilter};
///
/// let unchecked = <TopicFilter as Element>::read(b"\x00\x03a#b");
/// ```
#[allow(private_bounds, reason = "this seals the trait")]
pub trait Element<'a>: ListElement<'a> {}

/// How an element is read again, and written.
pub(crate) trait ListElement<'a>: Copy {
    /// The next element on the wire and what follows it.
    fn reread(wire: &'a [u8], ahead: Utf8Ahead<'a>, form: Form) -> Option<(Self, &'a [u8])>;

    /// What counts of an element that is not on the wire.
    #[inline]
    fn seen_as(self, _: Form) -> Self {
        self
    }

    fn write(self, out: &mut impl Sink);

    /// Writes all elements of a slice, as much of them as counts.
    #[inline(always)]
    fn write_items(items: &[Self], form: Form, out: &mut impl Sink) {
        for element in items {
            element.seen_as(form).write(out);
        }
    }

    /// Writes all elements on the wire.
    #[inline]
    fn copy(wire: &'a [u8], out: &mut impl Sink) {
        out.bytes(wire);
    }
}

/// A User Property (5.0 §3.1.2.11.8 and others): a name and a value, both any string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserProperty<'a> {
    /// The name. It may stand more than once.
    pub name: Text<'a>,
    /// The value.
    pub value: Text<'a>,
}

impl<'a> Element<'a> for UserProperty<'a> {}

impl<'a> ListElement<'a> for UserProperty<'a> {
    #[inline(always)]
    fn reread(wire: &'a [u8], ahead: Utf8Ahead<'a>, _: Form) -> Option<(Self, &'a [u8])> {
        let (_, pair) = find_property(PropertyId::UserProperty, wire)?;
        let (after_name, name) = wire::length_prefixed(pair).ok()?;
        let (rest, value) = wire::length_prefixed(after_name).ok()?;
        let name = Text::trusted(ahead.string_again(name, after_name)?);
        Some((Self { name, value: Text::trusted(ahead.string_again(value, rest)?) }, rest))
    }

    #[inline]
    fn write(self, out: &mut impl Sink) {
        out.u8_and_length_prefixed(PropertyId::UserProperty.get(), self.name.as_str().as_bytes());
        out.length_prefixed(self.value.as_str().as_bytes());
    }

    #[inline]
    fn copy(wire: &'a [u8], out: &mut impl Sink) {
        copy_properties(PropertyId::UserProperty, wire, out);
    }
}

impl Element<'_> for SubscriptionId {}

impl<'a> ListElement<'a> for SubscriptionId {
    #[inline]
    fn reread(wire: &'a [u8], _: Utf8Ahead<'a>, _: Form) -> Option<(Self, &'a [u8])> {
        let (_, id) = find_property(PropertyId::SubscriptionIdentifier, wire)?;
        let (rest, id) = wire::varint(id).ok()?;
        Some((Self::new(id).ok()?, rest))
    }

    #[inline]
    fn write(self, out: &mut impl Sink) {
        out.u8_and_varint(PropertyId::SubscriptionIdentifier.get(), self.get());
    }

    #[inline]
    fn copy(wire: &'a [u8], out: &mut impl Sink) {
        copy_properties(PropertyId::SubscriptionIdentifier, wire, out);
    }
}

/// Skips other properties of a block that has been checked, up to the next of these: from its identifier
/// on, and from its value on.
#[inline]
fn find_property(wanted: PropertyId, mut wire: &[u8]) -> Option<(&[u8], &[u8])> {
    loop {
        let (id, value) = wire.split_first()?;
        let id = PropertyId::new(*id)?;
        if id == wanted {
            return Some((wire, value));
        }
        wire = after_value(id, value)?;
    }
}

/// Copies these properties of a block that has been checked, and no others.
fn copy_properties(wanted: PropertyId, mut wire: &[u8], out: &mut impl Sink) {
    while let Some((these, value)) = find_property(wanted, wire) {
        // Most often they stand together: one copy for all of them.
        let Some(mut rest) = after_value(wanted, value) else { return };
        while let Some(after) = after_property(wanted, rest) {
            rest = after;
        }
        if let Some(these) = these.get(..these.len().saturating_sub(rest.len())) {
            out.bytes(these);
        }
        wire = rest;
    }
}

/// What follows the property, if this one stands here.
#[inline]
fn after_property(wanted: PropertyId, wire: &[u8]) -> Option<&[u8]> {
    match wire.split_first() {
        Some((id, value)) if *id == wanted.get() => after_value(wanted, value),
        _ => None,
    }
}

/// What follows the value.
#[inline]
fn after_value(id: PropertyId, value: &[u8]) -> Option<&[u8]> {
    use crate::Format;

    match id.format() {
        Format::Utf8String | Format::BinaryData | Format::Secret => after_prefixed(value),
        Format::Utf8StringPair => after_prefixed(after_prefixed(value)?),
        Format::VariableByteInteger => Some(wire::varint(value).ok()?.0),
        Format::TwoByteInteger => value.get(2..),
        Format::FourByteInteger => value.get(4..),
        _ => value.get(1..),
    }
}

#[inline]
fn after_prefixed(value: &[u8]) -> Option<&[u8]> {
    Some(wire::length_prefixed(value).ok()?.0)
}

impl<T> Copy for List<'_, T> {}

impl<T> Clone for List<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

/// [`EMPTY`](Self::EMPTY), written where it is wanted and not copied there.
impl<T> Default for List<'_, T> {
    #[inline(always)]
    fn default() -> Self {
        Self::new(&[])
    }
}

impl<'a, T: Element<'a> + fmt::Debug> fmt::Debug for List<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a, T: Element<'a> + fmt::Debug> fmt::Debug for Iter<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<'a, T: Element<'a> + PartialEq> PartialEq for List<'a, T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'a, T: Element<'a> + Eq> Eq for List<'a, T> {}

impl<'a, T: Element<'a> + Hash> Hash for List<'a, T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.iter().for_each(|element| element.hash(state));
        self.len().hash(state);
    }
}

impl<'a, T> From<&'a [T]> for List<'a, T> {
    fn from(items: &'a [T]) -> Self {
        Self::new(items)
    }
}

impl<'a, T, const N: usize> From<&'a [T; N]> for List<'a, T> {
    fn from(items: &'a [T; N]) -> Self {
        Self::new(items)
    }
}

impl<'a, T: Element<'a>> IntoIterator for List<'a, T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    #[inline]
    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T: Element<'a>> IntoIterator for &List<'a, T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::{BlockLens, SliceSink};
    use crate::text;

    const A: UserProperty<'static> = UserProperty { name: text!("a"), value: text!("1") };
    const B: UserProperty<'static> = UserProperty { name: text!("b"), value: text!("") };

    /// The two pairs among every other format of property, in a block that has been checked.
    const BLOCK: &[u8] = b"\x26\x00\x01a\x00\x011\
        \x01\x01\x02\x00\x00\x00\x09\x03\x00\x05x/y-z\x09\x00\x01\x26\x0b\x80\x01\x23\x00\x26\
        \x26\x00\x01b\x00\x00\
        \x0b\x07\x25\x01";

    #[test]
    fn the_form_of_a_list_does_not_show() {
        let wire = UserProperties::on_wire(BLOCK);
        let slice = UserProperties::from(&[A, B]);
        let both = UserProperties::on_wire(&BLOCK[..7]).followed_by(&[B]).unwrap();
        for list in [wire, slice, both] {
            assert!(list.iter().eq([A, B]));
            assert_eq!(list, slice);
            assert_eq!(list.len(), 2);
            assert!(!list.is_empty());
            assert_eq!(Some(list).as_ref().cloned(), Some(slice));
            let mut judged = 0;
            let judge = |_| {
                judged += 1;
                Ok::<_, ()>(())
            };
            assert_eq!((list.try_each(judge), judged), (Ok(()), 2));
            assert_eq!(format!("{list:?}"), format!("{:?}", [A, B]));
        }
        assert_ne!(wire, UserProperties::from(&[B, A]));
        assert_ne!(wire, UserProperties::from(&[A]));
        assert!(UserProperties::EMPTY.is_empty() && UserProperties::default().iter().next().is_none());
        assert_eq!(slice.followed_by(&[A]), None);
    }

    #[test]
    fn other_properties_are_skipped() {
        let ids = SubscriptionIds::on_wire(BLOCK);
        assert!(ids.iter().map(SubscriptionId::get).eq([128, 7]));
    }

    fn written<'a, T: Element<'a>>(list: List<'a, T>) -> Vec<u8> {
        let mut room = vec![0; usize::try_from(list.encoded_len()).unwrap()];
        list.write_all(&mut SliceSink::new(&mut room, BlockLens::default()));
        room
    }

    #[test]
    fn what_was_decoded_is_copied_without_its_neighbours() {
        let pairs = b"\x26\x00\x01a\x00\x011\x26\x00\x01b\x00\x00";
        assert_eq!(written(UserProperties::from(&[A, B])), pairs);
        assert_eq!(written(UserProperties::on_wire(BLOCK)), pairs);
        assert_eq!(written(UserProperties::on_wire(pairs)), pairs);
        assert_eq!(written(UserProperties::on_wire(&pairs[..7]).followed_by(&[B]).unwrap()), pairs);
        assert_eq!(written(SubscriptionIds::on_wire(BLOCK)), b"\x0b\x80\x01\x0b\x07");
        // What does not count is not copied.
        let wishes = List::<crate::Subscription<'_>>::on_wire_as(b"\x00\x01a\xfd", Form::QosOnly);
        assert_eq!(written(wishes), b"\x00\x01a\x01");
    }

    /// So that they are copied at once.
    #[test]
    fn properties_in_a_row_are_seen() {
        let pairs = b"\x26\x00\x01a\x00\x011\x26\x00\x01b\x00\x00\x0b\x07";
        assert_eq!(after_property(PropertyId::UserProperty, pairs), Some(&pairs[7..]));
        assert_eq!(after_property(PropertyId::UserProperty, &pairs[7..]), Some(&pairs[13..]));
        assert_eq!(after_property(PropertyId::UserProperty, &pairs[13..]), None);
        assert_eq!(after_property(PropertyId::UserProperty, b""), None);
    }

    #[test]
    fn what_is_known_of_a_list_stays_with_it() {
        let filters = List::<crate::TopicFilter<'_>>::on_wire_as(b"\x00\x01a", Form::AllBits);
        assert!(matches!(filters.wire, Wire::Bytes(_, Form::AllBits)));
        let known = filters.knowing(Utf8Ahead::look(b"\x00\x01a"));
        assert!(matches!(known.wire, Wire::Utf8("\0\u{1}a", Form::AllBits)));
        assert!(matches!(filters.knowing(Utf8Ahead::NOTHING).wire, Wire::Bytes(..)));
        assert!(matches!(known.seen_as(Form::QosOnly).wire, Wire::Utf8(_, Form::QosOnly)));
        assert!(matches!(filters.seen_as(Form::QosOnly).wire, Wire::Bytes(_, Form::QosOnly)));
    }

    /// What the decoder lets through never ends like this: the branch that cannot happen.
    #[test]
    fn bytes_that_were_never_checked_end_the_list() {
        for bytes in
            [&b"\x26\x00\x05a"[..], b"\x26\x00\x01\xff\x00\x00", b"\x0b\x80", b"\x04", b"\x02\x00", b"\x80"]
        {
            assert_eq!(UserProperties::on_wire(bytes).len(), 0);
            assert_eq!(SubscriptionIds::on_wire(bytes).len(), 0);
            assert_eq!(SubscriptionIds::on_wire(bytes).encoded_len(), 0);
        }
        assert!(UserProperties::on_wire(b"\x04").followed_by(&[A]).unwrap().iter().eq([A]));
    }
}
