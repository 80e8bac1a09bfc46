//! A block of properties on the wire: its length, then identifiers and values in any order.

use super::{PropertyId, PropertyValue};
use crate::list::{Element, List};
use crate::reader::{Fault, Reader, Refused, Trace};
use crate::sink::Sink;
use crate::{
    AuthenticationData, Binary, DecodeErrorKind as Kind, Field, MaximumQos, PayloadFormat, Role,
    SubscriptionId, Text, TopicAlias, TopicName, UserProperty, Version,
};
use core::num::{NonZeroU16, NonZeroU32};

/// Properties of one place as they are read.
pub(crate) trait ReadProperties<'a>: Sized {
    /// No properties, written where they are wanted and not copied there.
    fn none() -> Self;

    /// Reads the value of one property, or says that it has no place here. `at` is where its
    /// identifier stands.
    fn read<T: Trace<'a>>(
        &mut self,
        id: PropertyId,
        at: &'a [u8],
        reader: &mut Reader<'a, T>,
    ) -> Result<bool, Refused>;
}

/// Properties of one place as they are written.
pub(crate) trait Properties {
    /// The length of the block, its own length prefix not included. Often there is nothing in it.
    #[inline]
    fn block_len(&self) -> u64 {
        if self.is_empty() { 0 } else { self.len() }
    }

    fn is_empty(&self) -> bool;

    /// The length of all properties.
    fn len(&self) -> u64;

    fn write(&self, out: &mut impl Sink);

    /// The first property that is there.
    fn first(&self) -> Option<PropertyId>;

    /// Those that are there: the bits of their identifiers.
    fn present(&self) -> u64;

    /// Whether the standard lets this role send all that is there.
    fn sent_by(&self, role: Role) -> bool;
}

/// Reads a block: Property Length, then as many bytes of properties. Before 5.0 there is none.
#[inline(always)]
pub(crate) fn read_properties<'a, P: ReadProperties<'a>, T: Trace<'a>>(
    reader: &mut Reader<'a, T>,
    length: Field,
) -> Result<P, Refused> {
    if reader.version != Version::V5_0 {
        return Ok(P::none());
    }
    let block = reader.block(length)?;
    if block.is_empty() {
        return Ok(P::none());
    }
    let mut properties = P::none();
    match fill(&mut properties, reader.inside(block)) {
        Ok(()) => Ok(properties),
        Err(fault) => reader.skip_block(fault).map(|()| properties),
    }
}

/// The same of 5.0, where it is likely that there are some.
#[inline(always)]
pub(crate) fn read_block<'a, T: Trace<'a>>(
    properties: &mut impl ReadProperties<'a>,
    reader: &mut Reader<'a, T>,
    length: Field,
) -> Result<(), Refused> {
    let block = reader.block(length)?;
    fill(properties, reader.inside(block)).or_else(|fault| reader.skip_block(fault))
}

/// Reads all properties of a block, in a stack frame of its own: a packet that has none does not pay
/// for it.
#[inline(never)]
fn fill<'a, P: ReadProperties<'a>, T: Trace<'a>>(
    properties: &mut P,
    mut reader: Reader<'a, T>,
) -> Result<(), Fault<'a>> {
    while !reader.is_empty() {
        let at = reader.here();
        if read_property(properties, &mut reader).is_err() && !reader.skip_property(at) {
            return Err(reader.why_refused());
        }
    }
    Ok(())
}

#[inline(always)]
fn read_property<'a, P: ReadProperties<'a>, T: Trace<'a>>(
    properties: &mut P,
    reader: &mut Reader<'a, T>,
) -> Result<(), Refused> {
    let at = reader.here();
    let id = reader.property_id()?;
    if properties.read(id, at, reader)? {
        return Ok(());
    }
    Err(reader.fault(at, Kind::MisplacedProperty, id.into()))
}

/// Writes a block. Before 5.0 there is none.
#[inline]
pub(crate) fn write_properties(version: Version, properties: &impl Properties, out: &mut impl Sink) {
    if version == Version::V5_0 {
        out.block(|| properties.block_len(), |out| properties.write(out));
    }
}

/// A field of a properties struct: the place of one kind of property.
pub(crate) trait Slot<'a>: Copy + Default {
    const EMPTY: Self;

    fn is_empty(&self) -> bool;

    fn read<T: Trace<'a>>(
        &mut self,
        id: PropertyId,
        at: &'a [u8],
        reader: &mut Reader<'a, T>,
    ) -> Result<(), Refused>;

    /// The bytes that it takes on the wire, identifiers included.
    fn len_with_id(&self) -> u64;

    fn write(&self, id: PropertyId, out: &mut impl Sink);

    fn view(&self, visit: &mut impl FnMut(PropertyValue<'a>));
}

/// What may stand once.
impl<'a, V: Value<'a>> Slot<'a> for Option<V> {
    const EMPTY: Self = None;

    #[inline]
    fn is_empty(&self) -> bool {
        self.is_none()
    }

    #[inline]
    fn read<T: Trace<'a>>(
        &mut self,
        id: PropertyId,
        at: &'a [u8],
        reader: &mut Reader<'a, T>,
    ) -> Result<(), Refused> {
        // 5.0 §3.1.2.11 and others: a Protocol Error to include it more than once
        if self.is_some() {
            reader.refuse(at, Kind::DuplicateProperty, id.into())?;
        }
        *self = Some(V::read(reader, id.into())?);
        Ok(())
    }

    #[inline]
    fn len_with_id(&self) -> u64 {
        self.map_or(0, |value| value.len().wrapping_add(1))
    }

    #[inline]
    fn write(&self, id: PropertyId, out: &mut impl Sink) {
        if let Some(value) = self {
            value.write(id.get(), out);
        }
    }

    fn view(&self, visit: &mut impl FnMut(PropertyValue<'a>)) {
        if let Some(value) = self {
            visit(value.view());
        }
    }
}

/// What may stand any number of times: its elements stay where they are, and the list begins at the
/// first of them.
impl<'a, E: Repeated<'a>> Slot<'a> for List<'a, E> {
    const EMPTY: Self = List::EMPTY;

    #[inline]
    fn is_empty(&self) -> bool {
        List::is_empty(*self)
    }

    #[inline]
    fn read<T: Trace<'a>>(
        &mut self,
        id: PropertyId,
        at: &'a [u8],
        reader: &mut Reader<'a, T>,
    ) -> Result<(), Refused> {
        if Slot::is_empty(self) {
            *self = E::begin(at, reader);
        }
        E::check(reader, id.into())
    }

    #[inline]
    fn len_with_id(&self) -> u64 {
        self.encoded_len()
    }

    #[inline]
    fn write(&self, _: PropertyId, out: &mut impl Sink) {
        self.write_all(out);
    }

    fn view(&self, visit: &mut impl FnMut(PropertyValue<'a>)) {
        for element in *self {
            visit(element.view());
        }
    }
}

/// A property that may repeat, with its identifier on the wire.
pub(crate) trait Repeated<'a>: Element<'a> {
    /// A list whose first element has its identifier at `at`.
    #[inline]
    fn begin<T: Trace<'a>>(at: &'a [u8], _: &mut Reader<'a, T>) -> List<'a, Self> {
        List::on_wire(at)
    }

    /// Reads the value and forgets it: it is read again when the list is iterated.
    fn check<T: Trace<'a>>(reader: &mut Reader<'a, T>, field: Field) -> Result<(), Refused>;
    fn view(self) -> PropertyValue<'a>;
}

impl<'a> Repeated<'a> for UserProperty<'a> {
    /// Where one User Property is, more of them follow: strings to the end of the block.
    #[inline]
    fn begin<T: Trace<'a>>(at: &'a [u8], reader: &mut Reader<'a, T>) -> List<'a, Self> {
        List::on_wire(at).knowing(reader.look_ahead(at))
    }

    #[inline]
    fn check<T: Trace<'a>>(reader: &mut Reader<'a, T>, field: Field) -> Result<(), Refused> {
        // [MQTT-1.5.7-1] both strings obey the rules of strings
        reader.text_pair(field).map(drop)
    }

    fn view(self) -> PropertyValue<'a> {
        PropertyValue::Pair(self)
    }
}

impl<'a> Repeated<'a> for SubscriptionId {
    #[inline]
    fn check<T: Trace<'a>>(reader: &mut Reader<'a, T>, field: Field) -> Result<(), Refused> {
        <Self as Value>::read(reader, field).map(drop)
    }

    fn view(self) -> PropertyValue<'a> {
        Value::view(self)
    }
}

/// The value of one property.
pub(crate) trait Value<'a>: Copy {
    fn read<T: Trace<'a>>(reader: &mut Reader<'a, T>, field: Field) -> Result<Self, Refused>;
    /// In bytes. (No sum of lengths wraps around: all that memory can hold is shorter.)
    fn len(self) -> u64;
    /// With its identifier.
    fn write(self, id: u8, out: &mut impl Sink);
    fn view(self) -> PropertyValue<'a>;
}

/// `Value` for a type, from how it is read, how long it is, how it is written and how it is shown.
macro_rules! value {
    ($Type:ty: $read:expr, $len:expr, $write:expr, $view:expr) => {
        impl<'a> Value<'a> for $Type {
            #[inline]
            fn read<T: Trace<'a>>(reader: &mut Reader<'a, T>, field: Field) -> Result<Self, Refused> {
                let at = reader.here();
                let read: fn(&mut Reader<'a, T>, Field, &'a [u8]) -> Result<Self, Refused> = $read;
                read(reader, field, at)
            }

            #[inline]
            fn len(self) -> u64 {
                let len: fn(Self) -> u64 = $len;
                len(self)
            }

            #[inline]
            fn write(self, id: u8, out: &mut impl Sink) {
                $write(self, id, out)
            }

            fn view(self) -> PropertyValue<'a> {
                let view: fn(Self) -> PropertyValue<'a> = $view;
                view(self)
            }
        }
    };
}

/// The length of a field that begins with its length.
#[inline]
fn prefixed(len: usize) -> u64 {
    (len as u64).wrapping_add(2)
}

/// A number that its type does not hold: a Protocol Error (5.0 §3.1.2.11.3 and others).
#[inline]
fn valid<'a, V, T: Trace<'a>>(
    value: Option<V>,
    reader: &mut Reader<'a, T>,
    field: Field,
    at: &'a [u8],
) -> Result<V, Refused> {
    value.ok_or_else(|| reader.fault(at, Kind::InvalidPropertyValue, field))
}

value!(u16: |r, field, _| r.u16(field), |_| 2, |v, id, out: &mut _| Sink::u8_and_u16(out, id, v), |v| PropertyValue::Number(v.into()));
value!(u32: |r, field, _| r.u32(field), |_| 4, |v, id, out: &mut _| Sink::u8_and_u32(out, id, v), PropertyValue::Number);
value!(
    bool: |r, field, at| match r.u8(field)? {
        0 => Ok(false),
        1 => Ok(true),
        _ => valid(None, r, field, at),
    },
    |_| 1,
    |v: bool, id, out: &mut _| Sink::put(out, [id, v.into()], &[], []),
    |v| PropertyValue::Number(v.into())
);
value!(
    PayloadFormat: |r, field, at| valid(Self::new(r.u8(field)?), r, field, at),
    |_| 1,
    |v: Self, id, out: &mut _| Sink::put(out, [id, v.get()], &[], []),
    |v| PropertyValue::Number(v.get().into())
);
value!(
    MaximumQos: |r, field, at| valid(Self::new(r.u8(field)?), r, field, at),
    |_| 1,
    |v: Self, id, out: &mut _| Sink::put(out, [id, v.get()], &[], []),
    |v| PropertyValue::Number(v.get().into())
);
value!(
    NonZeroU16: |r, field, at| valid(Self::new(r.u16(field)?), r, field, at),
    |_| 2,
    |v: Self, id, out: &mut _| Sink::u8_and_u16(out, id, v.get()),
    |v| PropertyValue::Number(v.get().into())
);
value!(
    NonZeroU32: |r, field, at| valid(Self::new(r.u32(field)?), r, field, at),
    |_| 4,
    |v: Self, id, out: &mut _| Sink::u8_and_u32(out, id, v.get()),
    |v| PropertyValue::Number(v.get())
);
value!(
    SubscriptionId: |r, field, at| valid(Self::new(r.varint(field)?).ok(), r, field, at),
    |v| crate::sink::varint_len(v.get()) as u64,
    |v: Self, id, out: &mut _| Sink::u8_and_varint(out, id, v.get()),
    |v| PropertyValue::Number(v.get())
);
value!(
    TopicAlias: |r, field, at| {
        // [MQTT-3.3.2-8] a topic alias is not 0
        let alias = Self::new(r.u16(field)?).map_err(|_| r.fault(at, Kind::ZeroTopicAlias, field))?;
        // [MQTT-3.3.2-9] [MQTT-3.3.2-11] nor above what the receiver has announced
        if alias.get() > r.rules.topic_alias_maximum {
            r.refuse(at, Kind::TopicAliasOverMaximum, field)?;
        }
        Ok(alias)
    },
    |_| 2,
    |v: Self, id, out: &mut _| Sink::u8_and_u16(out, id, v.get()),
    |v| PropertyValue::Number(v.get().into())
);
value!(
    Text<'a>: |r, field, _| r.text(field),
    |v| prefixed(v.len()),
    |v: Self, id, out: &mut _| Sink::u8_and_length_prefixed(out, id, v.as_str().as_bytes()),
    PropertyValue::Text
);
value!(
    // [MQTT-3.3.2-14] [MQTT-4.7.3-1] a Response Topic is a Topic Name
    TopicName<'a>: |r, field, _| r.topic_name(field),
    |v| prefixed(v.len()),
    |v: Self, id, out: &mut _| Sink::u8_and_length_prefixed(out, id, v.as_str().as_bytes()),
    |v| PropertyValue::Text(v.into())
);
value!(
    Binary<'a>: |r, field, _| r.binary(field),
    |v| prefixed(v.len()),
    |v: Self, id, out: &mut _| Sink::u8_and_length_prefixed(out, id, v.as_bytes()),
    PropertyValue::Binary
);
value!(
    AuthenticationData<'a>: |r, field, _| r.binary(field).map(Into::into),
    |v| prefixed(v.expose().len()),
    |v: Self, id, out: &mut _| Sink::u8_and_length_prefixed(out, id, v.expose().as_bytes()),
    PropertyValue::Secret
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::property::PublishProperties;

    #[test]
    fn the_length_is_what_is_written() {
        let pairs = [UserProperty { name: Text::EMPTY, value: crate::text!("v") }];
        let ids = [SubscriptionId::MAX, SubscriptionId::new(1).unwrap()];
        let properties = PublishProperties {
            payload_format_indicator: Some(PayloadFormat::Utf8),
            message_expiry_interval: Some(1),
            content_type: Some(Text::EMPTY),
            response_topic: Some(crate::topic_name!("r")),
            correlation_data: Some(Binary::EMPTY),
            subscription_identifiers: List::from(&ids),
            user_properties: List::from(&pairs),
        };
        let mut counter = crate::sink::Counter::default();
        Properties::write(&properties, &mut counter);
        assert_eq!(properties.block_len(), counter.count());
        assert_eq!(counter.count(), 2 + 5 + 3 + 4 + 3 + 5 + 2 + 6);
    }

    #[test]
    fn each_is_read_and_shown_with_its_value() {
        use PropertyValue::{Binary as Bytes, Number, Pair, Text as String};
        let pairs = ["v", "w"]
            .map(|value| UserProperty { name: crate::text!("n"), value: Text::new(value).expect("short") });
        let ids = [SubscriptionId::MAX, SubscriptionId::new(1).expect("in range")];
        let properties = PublishProperties {
            message_expiry_interval: Some(60),
            content_type: Some(crate::text!("t")),
            correlation_data: Some(crate::binary!(b"c")),
            subscription_identifiers: List::from(&ids),
            user_properties: List::from(&pairs),
            ..PublishProperties::EMPTY
        };
        let publish = crate::Publish { properties, ..crate::Publish::new(crate::topic_name!("a"), b"") };
        let mut buffer = [0; 64];
        let bytes = crate::Encode::encode(&publish, Version::V5_0, &mut buffer).expect("room");
        crate::laws::reads_as(Version::V5_0, bytes, publish);

        let mut seen = Vec::new();
        properties.for_each(|id, value| seen.push((id, value)));
        let expected = [
            (PropertyId::MessageExpiryInterval, Number(60)),
            (PropertyId::ContentType, String(crate::text!("t"))),
            (PropertyId::CorrelationData, Bytes(crate::binary!(b"c"))),
            (PropertyId::SubscriptionIdentifier, Number(ids[0].get())),
            (PropertyId::SubscriptionIdentifier, Number(1)),
            (PropertyId::UserProperty, Pair(pairs[0])),
            (PropertyId::UserProperty, Pair(pairs[1])),
        ];
        assert_eq!(seen, expected);
    }
}
