//! A block of properties on the wire: its length, then identifiers and values in any order.

use super::user_property::UserProperty;
use super::value::{PropertyValue, ValueOfProperty};
use crate::error::DecodeErrorKind as Kind;
use crate::field::{Field, PropertyId};
use crate::list::{Item, List};
use crate::platform::FAST_PATHS;
use crate::role::Role;
use crate::tolerance::Tolerances;
use crate::value::SubscriptionId;
use crate::wire::reader::{Observer, ReadResult, Reader};
use crate::wire::writer::Writer;

/// Reads the properties of one packet.
pub(crate) trait ReadProperties<'a>: Sized {
    /// No properties, built in place.
    fn empty() -> Self;

    /// Reads the value of one property. The identifier of the property begins at `at`. If the packet cannot
    /// have this property, the result is `false`, and nothing is read.
    fn read<O: Observer<'a>, const V5: bool>(
        &mut self,
        id: PropertyId,
        at: &'a [u8],
        reader: &mut Reader<'a, '_, O, V5>,
    ) -> ReadResult<bool>;
}

/// Writes the properties of one packet.
pub(crate) trait Properties {
    fn is_empty(&self) -> bool;

    /// The length of the block in bytes, without its length prefix. Most blocks are empty.
    #[inline]
    fn block_len(&self) -> u64 {
        if self.is_empty() { 0 } else { self.len() }
    }

    /// The length of all properties in bytes.
    fn len(&self) -> u64;

    fn write(&self, out: &mut impl Writer);

    /// The first property that is present.
    fn first(&self) -> Option<PropertyId>;

    /// The properties that are present, as the bits of their identifiers.
    fn present(&self) -> u64;

    /// Whether this role may send all properties that are present.
    fn sent_by(&self, role: Role) -> bool;
}

/// Reads a block: Property Length, then the properties. Before 5.0 there is no block.
#[inline]
pub(crate) fn read_properties<'a, P: ReadProperties<'a>, O: Observer<'a>, const V5: bool>(
    reader: &mut Reader<'a, '_, O, V5>,
    length: Field,
) -> ReadResult<P> {
    let mut properties = P::empty();
    if !V5 {
        return Ok(properties);
    }
    if O::KNOWS_NO_PROPERTIES {
        reader.u8(length)?;
        return Ok(properties);
    }
    let mut block = reader.block(length)?;
    if !block.is_empty() && read_all(&mut properties, &mut block).is_err() {
        reader.skip_block(&block)?;
    }
    Ok(properties)
}

/// Reads all properties of a block.
fn read_all<'a, P: ReadProperties<'a>, O: Observer<'a>, const V5: bool>(
    properties: &mut P,
    block: &mut Reader<'a, '_, O, V5>,
) -> ReadResult<()> {
    while !block.is_empty() {
        let at = block.rest();
        let read = read_property(properties, block);
        if read.is_err() && !block.leave_out_property(at) && !block.skip_property(at) {
            return read;
        }
    }
    Ok(())
}

#[inline]
fn read_property<'a, P: ReadProperties<'a>, O: Observer<'a>, const V5: bool>(
    properties: &mut P,
    block: &mut Reader<'a, '_, O, V5>,
) -> ReadResult<()> {
    let at = block.rest();
    let id = block.property_id()?;
    if properties.read(id, at, block)? {
        return Ok(());
    }
    // 5.0 §2.2.2.2: Table 2-4 says which packets have the property
    Err(block.record(at, Kind::MisplacedProperty, id.into()))
}

/// Writes a block. Before 5.0 there is no block.
#[inline]
pub(crate) fn write_properties<const V5: bool>(properties: &impl Properties, out: &mut impl Writer) {
    if V5 {
        out.block(|| properties.block_len(), |out| properties.write(out));
    }
}

/// A field of a properties struct: all properties of one kind.
pub(crate) trait PropertyField<'a>: Copy + Default {
    const EMPTY: Self;

    fn is_empty(&self) -> bool;

    fn read<O: Observer<'a>, const V5: bool>(
        &mut self,
        id: PropertyId,
        at: &'a [u8],
        reader: &mut Reader<'a, '_, O, V5>,
    ) -> ReadResult<()>;

    /// The length on the wire in bytes, identifiers included.
    fn len_with_id(&self) -> u64;

    fn write(&self, id: PropertyId, out: &mut impl Writer);

    fn view(&self, visit: &mut impl FnMut(PropertyValue<'a>));

    /// The whole value. A list is one value.
    fn value(&self) -> Option<PropertyValue<'a>>;

    /// The field with this value, if the type fits.
    fn of(value: PropertyValue<'a>) -> Option<Self>;
}

/// A property that may occur once.
impl<'a, V: ValueOfProperty<'a>> PropertyField<'a> for Option<V> {
    const EMPTY: Self = None;

    #[inline]
    fn is_empty(&self) -> bool {
        self.is_none()
    }

    #[inline]
    fn read<O: Observer<'a>, const V5: bool>(
        &mut self,
        id: PropertyId,
        at: &'a [u8],
        reader: &mut Reader<'a, '_, O, V5>,
    ) -> ReadResult<()> {
        // 5.0 §3.1.2.11 and others: a property occurs at most once
        if self.is_some() {
            reader.refuse_property(
                Tolerances::DUPLICATE_PROPERTIES,
                at,
                Kind::DuplicateProperty,
                id.into(),
            )?;
        }
        *self = Some(V::read(reader, id.into())?);
        Ok(())
    }

    #[inline]
    fn len_with_id(&self) -> u64 {
        self.map_or(0, |value| value.len().wrapping_add(1))
    }

    #[inline]
    fn write(&self, id: PropertyId, out: &mut impl Writer) {
        if let Some(value) = self {
            value.write(id.get(), out);
        }
    }

    fn view(&self, visit: &mut impl FnMut(PropertyValue<'a>)) {
        if let Some(value) = self {
            visit(value.view());
        }
    }

    fn value(&self) -> Option<PropertyValue<'a>> {
        self.map(V::view)
    }

    fn of(value: PropertyValue<'a>) -> Option<Self> {
        V::of(value).map(Some)
    }
}

/// A property that may occur any number of times. The list of the items borrows the block, from the first item on.
impl<'a, T: RepeatedProperty<'a>> PropertyField<'a> for List<'a, T> {
    const EMPTY: Self = List::EMPTY;

    #[inline]
    fn is_empty(&self) -> bool {
        List::is_empty(*self)
    }

    #[inline]
    fn read<O: Observer<'a>, const V5: bool>(
        &mut self,
        id: PropertyId,
        at: &'a [u8],
        reader: &mut Reader<'a, '_, O, V5>,
    ) -> ReadResult<()> {
        let is_first = List::is_empty(*self);
        if is_first {
            // The list begins here even if this item is refused. So the strings are validated in one run only once.
            *self = List::among_others(at);
            if T::HAS_STRINGS {
                reader.validate_utf8();
            }
        }
        // always: where the tests run, there are fast paths
        if !FAST_PATHS || O::SEES_FIELDS {
            return T::validate(reader);
        }
        read_run::<T, O, V5>(id, reader)?;
        let rest = reader.rest();
        *self = match at.split_at_checked(at.len().saturating_sub(rest.len())) {
            Some((items, _)) if is_first => List::on_wire(items),
            _ => self.up_to(reader.input(), rest),
        };
        Ok(())
    }

    #[inline]
    fn len_with_id(&self) -> u64 {
        self.encoded_len()
    }

    #[inline]
    fn write(&self, _: PropertyId, out: &mut impl Writer) {
        match self.as_encoded() {
            Some([]) => {}
            Some(bytes) => out.bytes(bytes),
            None => self.encode_apart(out),
        }
    }

    fn view(&self, visit: &mut impl FnMut(PropertyValue<'a>)) {
        for item in *self {
            visit(item.view());
        }
    }

    fn value(&self) -> Option<PropertyValue<'a>> {
        (!List::is_empty(*self)).then(|| T::view_all(*self))
    }

    fn of(value: PropertyValue<'a>) -> Option<Self> {
        T::all_of(value)
    }
}

/// Reads a property and those of the same kind that follow it, up to the first that is refused. The caller reads this one
/// again.
#[inline]
fn read_run<'a, T: RepeatedProperty<'a>, O: Observer<'a>, const V5: bool>(
    id: PropertyId,
    reader: &mut Reader<'a, '_, O, V5>,
) -> ReadResult<()> {
    let mut again_from = None;
    loop {
        if let Err(refused) = T::validate(reader) {
            return again_from.map(|at| reader.skip_to(at)).ok_or(refused);
        }
        let rest = reader.rest();
        match rest.strip_prefix(&[id.get()]) {
            Some(value) => reader.skip_to(value),
            None => return Ok(()),
        }
        again_from = Some(rest);
    }
}

/// An item of a list that is a property, with its identifier on the wire.
pub(crate) trait RepeatedProperty<'a>: Item<'a> {
    fn view(self) -> PropertyValue<'a>;

    /// The whole list as one value.
    fn view_all(list: List<'a, Self>) -> PropertyValue<'a>;

    /// The inverse of `view_all`, if the value is such a list.
    fn all_of(value: PropertyValue<'a>) -> Option<List<'a, Self>>;
}

impl<'a> RepeatedProperty<'a> for UserProperty<'a> {
    fn view(self) -> PropertyValue<'a> {
        PropertyValue::Pair(self)
    }

    fn view_all(list: List<'a, Self>) -> PropertyValue<'a> {
        PropertyValue::Pairs(list)
    }

    fn all_of(value: PropertyValue<'a>) -> Option<List<'a, Self>> {
        match value {
            PropertyValue::Pairs(list) => Some(list),
            _ => None,
        }
    }
}

impl<'a> RepeatedProperty<'a> for SubscriptionId {
    fn view(self) -> PropertyValue<'a> {
        ValueOfProperty::view(self)
    }

    fn view_all(list: List<'a, Self>) -> PropertyValue<'a> {
        PropertyValue::Numbers(list)
    }

    fn all_of(value: PropertyValue<'a>) -> Option<List<'a, Self>> {
        match value {
            PropertyValue::Numbers(list) => Some(list),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::property::PublishProperties;
    use crate::value::{Binary, PayloadFormat, Text};
    use crate::version::Version;

    #[test]
    fn the_length_is_the_number_of_written_bytes() {
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
        let mut counter = crate::wire::writer::LengthCounter::default();
        Properties::write(&properties, &mut counter);
        assert_eq!(properties.block_len(), counter.count());
        assert_eq!(counter.count(), 2 + 5 + 3 + 4 + 3 + 5 + 2 + 6);
    }

    #[test]
    fn each_property_is_read_and_shown_with_its_value() {
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
        let bytes = crate::Encode::encode(&publish, Version::V5_0, &mut buffer).expect("enough space");
        crate::test_support::reads_as(Version::V5_0, bytes, publish);

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
