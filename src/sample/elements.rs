//! A list that owns its elements, in any of the forms of a [`List`].

use crate::list::{Form, List, ListElement};
use crate::sink::{BlockLens, Counter, SliceSink};
use crate::{SubscribeReason, Subscription, SubscriptionId, TopicFilter, UnsubscribeReason, UserProperty};
use std::vec::Vec;

/// The elements, of which the first may be on the wire already.
#[derive(Clone)]
pub(super) struct Elements<T> {
    items: Vec<T>,
    on_wire: usize,
    wire: Vec<u8>,
    form: Form,
}

impl<T> Default for Elements<T> {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl<T> Elements<T> {
    /// All in a slice.
    pub(super) const fn new(items: Vec<T>) -> Self {
        Self { items, on_wire: 0, wire: Vec::new(), form: Form::AllBits }
    }

    pub(super) fn as_list(&self) -> List<'_, T> {
        let list = List::on_wire_as(&self.wire, self.form);
        list.followed_by(self.items.get(self.on_wire..).unwrap_or_default()).unwrap_or(list)
    }

    /// How many are on the wire, and how many in the slice.
    #[cfg(test)]
    pub(super) fn parts(&self) -> (usize, usize) {
        (self.on_wire, self.items.len() - self.on_wire)
    }

    /// The elements, to be changed as long as none is on the wire.
    pub(super) fn items(&mut self) -> &mut Vec<T> {
        &mut self.items
    }
}

impl<'a, T: OnWire<'a>> Elements<T> {
    /// Puts the first `count` on the wire, all of them with 255. With `noise` there is something else between
    /// them.
    pub(super) fn put_on_wire(&mut self, count: u8, form: Form, noise: u8) {
        self.form = form;
        self.on_wire = match count {
            u8::MAX => self.items.len(),
            count => self.items.len().min(count.into()),
        };
        for (item, step) in self.items.iter().take(self.on_wire).zip((0..=u8::MAX).cycle()) {
            append(*item, &mut self.wire);
            if noise != 0 {
                T::add_noise(&mut self.wire, form, noise.wrapping_add(step));
            }
        }
    }
}

fn append<'a>(element: impl ListElement<'a>, wire: &mut Vec<u8>) {
    let mut counter = Counter::default();
    element.write(&mut counter);
    let start = wire.len();
    let len = usize::try_from(counter.count()).unwrap_or_default();
    wire.resize(start.saturating_add(len), 0);
    if let Some(room) = wire.get_mut(start..) {
        element.write(&mut SliceSink::new(room, BlockLens::default()));
    }
}

/// An element, and what a decoder may find around it that is none.
pub(super) trait OnWire<'a>: ListElement<'a> {
    /// Goes on from the element that was written last.
    fn add_noise(_wire: &mut Vec<u8>, _form: Form, _noise: u8) {}
}

/// A property of each format, of those that do not repeat; in the end, none.
const OTHER_PROPERTIES: [&[u8]; 6] =
    [b"\x01\x01", b"\x23\xff\xff", b"\x02\x26\x26\x26\x26", b"\x03\x00\x01\x26", b"\x09\x00\x00", b""];

fn add_property(wire: &mut Vec<u8>, noise: u8, repeatable: &[u8]) {
    let property = OTHER_PROPERTIES.get(usize::from(noise & 0b111)).copied();
    wire.extend_from_slice(property.unwrap_or(repeatable));
}

impl<'a> OnWire<'a> for UserProperty<'a> {
    fn add_noise(wire: &mut Vec<u8>, _: Form, noise: u8) {
        add_property(wire, noise, b"\x0b\x80\x01");
    }
}

impl OnWire<'_> for SubscriptionId {
    fn add_noise(wire: &mut Vec<u8>, _: Form, noise: u8) {
        add_property(wire, noise, b"\x26\x00\x01\x0b\x00\x00");
    }
}

impl<'a> OnWire<'a> for Subscription<'a> {
    /// 3.1 ignores six bits.
    fn add_noise(wire: &mut Vec<u8>, form: Form, noise: u8) {
        if let (Form::QosOnly, Some(options)) = (form, wire.last_mut()) {
            *options |= noise & 0b1111_1100;
        }
    }
}

impl<'a> OnWire<'a> for TopicFilter<'a> {}
impl OnWire<'_> for SubscribeReason {}
impl OnWire<'_> for UnsubscribeReason {}
