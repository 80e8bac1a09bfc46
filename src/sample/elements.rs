//! A list that owns its elements, in every form of a [`List`].

use crate::list::{Item, List};
use crate::packet::{Failures, Options, Subscription};
use crate::property::UserProperty;
use crate::reason::{SubscribeReason, UnsubscribeReason};
use crate::value::{SubscriptionId, TopicFilter};
use crate::wire::writer::{BlockLengths, LengthCounter, SliceWriter};
use std::vec::Vec;

/// The items. The first ones may be encoded.
#[derive(Clone)]
pub(super) struct Elements<T, N = ()> {
    items: Vec<T>,
    on_wire: usize,
    wire: Vec<u8>,
    normalization: Option<N>,
    has_noise: bool,
}

impl<T, N> Default for Elements<T, N> {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl<T, N> Elements<T, N> {
    /// All in a slice.
    pub(super) const fn new(items: Vec<T>) -> Self {
        Self { items, on_wire: 0, wire: Vec::new(), normalization: None, has_noise: false }
    }

    /// The number of encoded items, and of items in the slice.
    #[cfg(test)]
    pub(super) fn parts(&self) -> (usize, usize) {
        (self.on_wire, self.items.len() - self.on_wire)
    }

    /// The items. Change the items only before `put_on_wire`.
    pub(super) fn items(&mut self) -> &mut Vec<T> {
        &mut self.items
    }
}

impl<T, N: Copy + PartialEq> Elements<T, N> {
    pub(super) fn as_list<'s>(&'s self) -> List<'s, T, N>
    where
        T: Item<'s, N>,
    {
        let list = if self.has_noise { List::among_others(&self.wire) } else { List::on_wire(&self.wire) };
        let list = self.normalization.map_or(list, |normalization| list.normalized(normalization));
        list.followed_by(self.items.get(self.on_wire..).unwrap_or_default()).unwrap_or(list)
    }
}

impl<'a, T: OnWire<'a, N>, N: Copy + PartialEq> Elements<T, N> {
    /// Encodes the first `count` items; 255 means all. `noise` chooses bytes that belong to no item.
    pub(super) fn put_on_wire(&mut self, count: u8, normalization: N, noise: u8) {
        self.normalization = Some(normalization);
        self.has_noise = noise != 0;
        self.on_wire = match count {
            u8::MAX => self.items.len(),
            count => self.items.len().min(count.into()),
        };
        for (item, step) in self.items.iter().take(self.on_wire).zip((0..=u8::MAX).cycle()) {
            append(*item, &mut self.wire);
            if noise != 0 {
                T::add_noise(&mut self.wire, normalization, noise.wrapping_add(step));
            }
        }
    }
}

fn append<'a, N>(item: impl Item<'a, N>, wire: &mut Vec<u8>) {
    let mut counter = LengthCounter::default();
    item.encode::<true>(&mut counter);
    let start = wire.len();
    let len = usize::try_from(counter.count()).unwrap_or_default();
    wire.resize(start.saturating_add(len), 0);
    // always: the space has just been added
    if let Some(space) = wire.get_mut(start..) {
        item.encode::<true>(&mut SliceWriter::new(space, BlockLengths::default()));
    }
}

/// An item, and its noise: other bytes that may stand between items in a packet.
pub(super) trait OnWire<'a, N>: Item<'a, N> {
    /// Adds noise after the last item.
    fn add_noise(_wire: &mut Vec<u8>, _normalization: N, _noise: u8) {}
}

/// One property of each format that does not repeat, and an empty entry.
const OTHER_PROPERTIES: [&[u8]; 6] =
    [b"\x01\x01", b"\x23\xff\xff", b"\x02\x26\x26\x26\x26", b"\x03\x00\x01\x26", b"\x09\x00\x00", b""];

fn add_property(wire: &mut Vec<u8>, noise: u8, repeatable: &[u8]) {
    let property = OTHER_PROPERTIES.get(usize::from(noise & 0b111)).copied();
    wire.extend_from_slice(property.unwrap_or(repeatable));
}

impl<'a> OnWire<'a, ()> for UserProperty<'a> {
    fn add_noise(wire: &mut Vec<u8>, (): (), noise: u8) {
        add_property(wire, noise, b"\x0b\x80\x01");
    }
}

impl OnWire<'_, ()> for SubscriptionId {
    fn add_noise(wire: &mut Vec<u8>, (): (), noise: u8) {
        add_property(wire, noise, b"\x26\x00\x01\x0b\x00\x00");
    }
}

impl<'a> OnWire<'a, Options> for Subscription<'a> {
    /// 3.1 ignores the upper six bits of the options, so noise may set them.
    fn add_noise(wire: &mut Vec<u8>, seen: Options, noise: u8) {
        if let (Options::Qos, Some(options)) = (seen, wire.last_mut()) {
            *options |= noise & 0b1111_1100;
        }
    }
}

impl<'a> OnWire<'a, ()> for TopicFilter<'a> {}
impl OnWire<'_, Failures> for SubscribeReason {}
impl OnWire<'_, ()> for UnsubscribeReason {}
