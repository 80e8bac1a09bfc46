//! The properties that may occur any number of times: User Properties, and Subscription Identifiers of
//! PUBLISH.

use crate::error::DecodeErrorKind as Kind;
use crate::field::{Field, PropertyId};
use crate::list::{Item, List, ListItem, listed};
use crate::value::{SubscriptionId, Text, ValueError};
use crate::wire::bytes::{Varint, skip, take_prefixed, take_varint};
use crate::wire::reader::{Observer, ReadResult, Reader};
use crate::wire::utf8::ValidatedUtf8;
use crate::wire::writer::Writer;

/// The User Properties of a packet. Names may repeat, and their order is kept.
///
/// ```
/// use mqtt_wire::{Packet, Version, decode};
///
/// let bytes = b"\x30\x0e\x00\x01a\x0a\x26\x00\x04room\x00\x01k!";
/// let Ok(Some((Packet::Publish(publish), _))) = decode(Version::V5_0, bytes) else {
///     panic!()
/// };
/// let room = publish
///     .properties
///     .user_properties
///     .iter()
///     .find(|property| property.name == "room");
/// assert_eq!(room.unwrap().value, "k");
/// ```
pub type UserProperties<'a> = List<'a, UserProperty<'a>>;

/// The Subscription Identifiers of a PUBLISH.
pub type SubscriptionIds<'a> = List<'a, SubscriptionId>;

/// A User Property (5.0 §3.1.2.11.8 and others): a name and a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserProperty<'a> {
    /// The name. Several User Properties may have the same name.
    pub name: Text<'a>,
    /// The value.
    pub value: Text<'a>,
}

impl<'a> UserProperty<'a> {
    /// A User Property of two strings.
    ///
    /// ```
    /// use mqtt_wire::property::UserProperty;
    ///
    /// let room = UserProperty::new("room", "kitchen")?;
    /// assert_eq!((room.name.as_str(), room.value.as_str()), ("room", "kitchen"));
    /// # Ok::<(), mqtt_wire::ValueError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`Text::new`].
    pub const fn new(name: &'a str, value: &'a str) -> Result<Self, ValueError> {
        match (Text::new(name), Text::new(value)) {
            (Ok(name), Ok(value)) => Ok(Self { name, value }),
            (Err(error), _) | (_, Err(error)) => Err(error),
        }
    }
}

impl<'a> TryFrom<(&'a str, &'a str)> for UserProperty<'a> {
    type Error = ValueError;

    fn try_from((name, value): (&'a str, &'a str)) -> Result<Self, ValueError> {
        Self::new(name, value)
    }
}

impl<'a> Item<'a> for UserProperty<'a> {}

listed!(UserProperty<'_>, ());

impl<'a> ListItem<'a, ()> for UserProperty<'a> {
    const UNCHANGED: () = ();
    const HAS_STRINGS: bool = true;

    #[inline]
    fn validate<O: Observer<'a>, const V5: bool>(reader: &mut Reader<'a, '_, O, V5>) -> ReadResult<()> {
        // [MQTT-1.5.7-1] both strings obey the rules of strings
        reader.text_pair(PropertyId::UserProperty.into()).map(drop)
    }

    #[inline]
    fn decode(wire: &'a [u8], utf8: ValidatedUtf8<'a>, (): ()) -> Option<(Self, &'a [u8])> {
        let (_, pair) = find_property(PropertyId::UserProperty, wire)?;
        let (name, after_name) = take_prefixed(pair)?;
        let (value, rest) = take_prefixed(after_name)?;
        let name = Text::trusted(utf8.string(name, after_name.len())?);
        Some((Self { name, value: Text::trusted(utf8.string(value, rest.len())?) }, rest))
    }

    #[inline]
    fn encode<const V5: bool>(self, out: &mut impl Writer) {
        out.u8_and_prefixed(PropertyId::UserProperty.get(), self.name.as_str().as_bytes());
        out.prefixed(self.value.as_str().as_bytes());
    }

    #[inline]
    fn copy(wire: &'a [u8], out: &mut impl Writer) {
        copy_properties(PropertyId::UserProperty, wire, out);
    }
}

impl Item<'_> for SubscriptionId {}

listed!(SubscriptionId, ());

impl<'a> ListItem<'a, ()> for SubscriptionId {
    const UNCHANGED: () = ();

    #[inline]
    fn validate<O: Observer<'a>, const V5: bool>(reader: &mut Reader<'a, '_, O, V5>) -> ReadResult<()> {
        read_subscription_id(reader, PropertyId::SubscriptionIdentifier.into()).map(drop)
    }

    #[inline]
    fn decode(wire: &'a [u8], _: ValidatedUtf8<'a>, (): ()) -> Option<(Self, &'a [u8])> {
        let (_, id) = find_property(PropertyId::SubscriptionIdentifier, wire)?;
        match take_varint(id) {
            Varint::Whole { value, rest, .. } => Some((Self::new(value).ok()?, rest)),
            Varint::Unfinished | Varint::TooLong => None,
        }
    }

    #[inline]
    fn encode<const V5: bool>(self, out: &mut impl Writer) {
        out.u8_and_varint(PropertyId::SubscriptionIdentifier.get(), self.get());
    }

    #[inline]
    fn copy(wire: &'a [u8], out: &mut impl Writer) {
        copy_properties(PropertyId::SubscriptionIdentifier, wire, out);
    }
}

/// Reads a Subscription Identifier of PUBLISH or SUBSCRIBE. 5.0 §3.8.2.1.2: 0 is a Protocol Error.
#[inline]
pub(super) fn read_subscription_id<'a, O: Observer<'a>, const V5: bool>(
    reader: &mut Reader<'a, '_, O, V5>,
    field: Field,
) -> ReadResult<SubscriptionId> {
    let at = reader.rest();
    SubscriptionId::new(reader.varint(field)?)
        .map_err(|_| reader.record(at, Kind::InvalidPropertyValue, field))
}

/// Finds the next wanted property in a checked block: the bytes from its identifier on, and from its value
/// on.
#[inline]
fn find_property(wanted: PropertyId, mut wire: &[u8]) -> Option<(&[u8], &[u8])> {
    loop {
        let (id, value) = wire.split_first()?;
        let id = PropertyId::new(*id).ok()?;
        if id == wanted {
            return Some((wire, value));
        }
        wire = skip(id.format(), value)?;
    }
}

/// Copies the wanted properties of a checked block.
#[cold]
fn copy_properties(wanted: PropertyId, mut wire: &[u8], out: &mut impl Writer) {
    while let Some((these, value)) = find_property(wanted, wire) {
        // Usually the properties stand next to each other. Then one copy takes all of them.
        let Some(mut rest) = skip(wanted.format(), value) else { return };
        while let Some(after) = after_property(wanted, rest) {
            rest = after;
        }
        // always: the rest is a suffix of the properties
        if let Some(these) = these.get(..these.len().saturating_sub(rest.len())) {
            out.bytes(these);
        }
        wire = rest;
    }
}

/// The bytes after the property, if the wire begins with it.
#[inline]
fn after_property(wanted: PropertyId, wire: &[u8]) -> Option<&[u8]> {
    match wire.split_first() {
        Some((id, value)) if *id == wanted.get() => skip(wanted.format(), value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `after_property` finds properties that follow each other, so that one copy takes all of them.
    #[test]
    fn the_end_of_the_next_equal_property_is_found() {
        let pairs = b"\x26\x00\x01a\x00\x011\x26\x00\x01b\x00\x00\x0b\x07";
        assert_eq!(after_property(PropertyId::UserProperty, pairs), Some(&pairs[7..]));
        assert_eq!(after_property(PropertyId::UserProperty, &pairs[7..]), Some(&pairs[13..]));
        assert_eq!(after_property(PropertyId::UserProperty, &pairs[13..]), None);
        assert_eq!(after_property(PropertyId::UserProperty, b""), None);
    }
}
