//! The values of the properties: how to read, measure, write and show them.

use super::user_property::{SubscriptionIds, UserProperties, UserProperty, read_subscription_id};
use crate::error::DecodeErrorKind as Kind;
use crate::field::{Field, PropertyId};
use crate::value::{
    AuthenticationData, Binary, MaximumQos, PayloadFormat, SubscriptionId, Text, TopicAlias, TopicName,
};
use crate::wire::reader::{Observer, ReadResult, Reader};
use crate::wire::writer::{Writer, varint_len};
use core::fmt;
use core::num::{NonZeroU16, NonZeroU32};

/// The value of any property.
///
/// [`for_each`](super::PublishProperties::for_each) and [`get`](super::PublishProperties::get) give a value,
/// [`set`](super::PublishProperties::set) takes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PropertyValue<'a> {
    /// An integer of one, two or four bytes, or a Variable Byte Integer.
    ///
    /// For a property that means yes or no, the integer is 1 or 0.
    Number(u32),
    /// A UTF-8 Encoded String.
    Text(Text<'a>),
    /// Binary Data.
    Binary(Binary<'a>),
    /// Authentication Data.
    Secret(AuthenticationData<'a>),
    /// One User Property, from [`for_each`](super::PublishProperties::for_each).
    Pair(UserProperty<'a>),
    /// All User Properties, in their order.
    Pairs(UserProperties<'a>),
    /// All Subscription Identifiers of a PUBLISH, in their order.
    Numbers(SubscriptionIds<'a>),
}

/// Why a property cannot be [set](super::PublishProperties::set).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SetPropertyError {
    /// The packet cannot have the property (5.0 Table 2-4).
    ///
    /// A PUBLISH keeps its Topic Alias in its [`topic`](crate::Publish::topic).
    Misplaced(PropertyId),
    /// The value has another type than the property, or the standard forbids it.
    InvalidValue(PropertyId),
}

impl fmt::Display for SetPropertyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Misplaced(id) => write!(f, "this packet cannot have the property {id}"),
            Self::InvalidValue(id) => write!(f, "the property {id} cannot have this value"),
        }
    }
}

impl core::error::Error for SetPropertyError {}

/// The value of one property.
pub(crate) trait ValueOfProperty<'a>: Copy {
    fn read<O: Observer<'a>, const V5: bool>(
        reader: &mut Reader<'a, '_, O, V5>,
        field: Field,
    ) -> ReadResult<Self>;
    /// The length in bytes. (A sum of lengths never wraps around: memory is smaller than 2^64 bytes.)
    fn len(self) -> u64;
    /// Writes identifier and value.
    fn write(self, id: u8, out: &mut impl Writer);
    fn view(self) -> PropertyValue<'a>;
    /// The inverse of `view`, if the type fits.
    fn of(value: PropertyValue<'a>) -> Option<Self>;
}

/// Implements `ValueOfProperty` for a type. The arguments are the bodies of `read`, `len`, `write` and
/// `view`, and a pattern with the value for `of`.
macro_rules! value {
    ($Type:ty: $read:expr, $len:expr, $write:expr, $view:expr, $pattern:pat => $of:expr) => {
        impl<'a> ValueOfProperty<'a> for $Type {
            #[inline]
            fn read<O: Observer<'a>, const V5: bool>(
                reader: &mut Reader<'a, '_, O, V5>,
                field: Field,
            ) -> ReadResult<Self> {
                let at = reader.rest();
                let read: fn(&mut Reader<'a, '_, O, V5>, Field, &'a [u8]) -> ReadResult<Self> = $read;
                read(reader, field, at)
            }

            #[inline]
            fn len(self) -> u64 {
                let len: fn(Self) -> u64 = $len;
                len(self)
            }

            #[inline]
            fn write(self, id: u8, out: &mut impl Writer) {
                $write(self, id, out)
            }

            fn view(self) -> PropertyValue<'a> {
                let view: fn(Self) -> PropertyValue<'a> = $view;
                view(self)
            }

            fn of(value: PropertyValue<'a>) -> Option<Self> {
                match value {
                    $pattern => $of,
                    _ => None,
                }
            }
        }
    };
}

/// The length of a field with a length prefix.
#[inline]
fn prefixed_len(len: usize) -> u64 {
    (len as u64).wrapping_add(2)
}

/// Refuses a number that the type cannot hold. Such a number is a Protocol Error (5.0 §3.1.2.11.3 and others).
#[inline]
fn valid<'a, V, O: Observer<'a>, const V5: bool>(
    value: Option<V>,
    reader: &mut Reader<'a, '_, O, V5>,
    field: Field,
    at: &'a [u8],
) -> ReadResult<V> {
    value.ok_or_else(|| reader.record(at, Kind::InvalidPropertyValue, field))
}

value!(
    u16: |r, field, _| r.u16(field), |_| 2,
    |v, id, out: &mut _| Writer::u8_and_u16(out, id, v),
    |v| PropertyValue::Number(v.into()), PropertyValue::Number(n) => n.try_into().ok()
);
value!(
    u32: |r, field, _| r.u32(field), |_| 4,
    |v, id, out: &mut _| Writer::u8_and_u32(out, id, v),
    PropertyValue::Number, PropertyValue::Number(n) => Some(n)
);
value!(
    bool: |r, field, at| match r.u8(field)? {
        0 => Ok(false),
        1 => Ok(true),
        _ => valid(None, r, field, at),
    },
    |_| 1,
    |v: bool, id, out: &mut _| Writer::put(out, [id, v.into()], &[], []),
    |v| PropertyValue::Number(v.into()),
    PropertyValue::Number(n @ 0..=1) => Some(n == 1)
);
value!(
    PayloadFormat: |r, field, at| valid(Self::new(r.u8(field)?).ok(), r, field, at),
    |_| 1,
    |v: Self, id, out: &mut _| Writer::put(out, [id, v.get()], &[], []),
    |v| PropertyValue::Number(v.get().into()),
    PropertyValue::Number(n) => Self::new(n.try_into().ok()?).ok()
);
value!(
    MaximumQos: |r, field, at| valid(Self::new(r.u8(field)?).ok(), r, field, at),
    |_| 1,
    |v: Self, id, out: &mut _| Writer::put(out, [id, v.get()], &[], []),
    |v| PropertyValue::Number(v.get().into()),
    PropertyValue::Number(n) => Self::new(n.try_into().ok()?).ok()
);
value!(
    NonZeroU16: |r, field, at| valid(Self::new(r.u16(field)?), r, field, at),
    |_| 2,
    |v: Self, id, out: &mut _| Writer::u8_and_u16(out, id, v.get()),
    |v| PropertyValue::Number(v.get().into()),
    PropertyValue::Number(n) => Self::new(n.try_into().ok()?)
);
value!(
    NonZeroU32: |r, field, at| valid(Self::new(r.u32(field)?), r, field, at),
    |_| 4,
    |v: Self, id, out: &mut _| Writer::u8_and_u32(out, id, v.get()),
    |v| PropertyValue::Number(v.get()),
    PropertyValue::Number(n) => Self::new(n)
);
value!(
    SubscriptionId: |r, field, _| read_subscription_id(r, field),
    |v| varint_len(v.get()) as u64,
    |v: Self, id, out: &mut _| Writer::u8_and_varint(out, id, v.get()),
    |v| PropertyValue::Number(v.get()),
    PropertyValue::Number(n) => Self::new(n).ok()
);
value!(
    TopicAlias: |r, field, at| {
        // [MQTT-3.3.2-8] a Topic Alias is not 0
        let alias = Self::new(r.u16(field)?).map_err(|_| r.record(at, Kind::ZeroTopicAlias, field))?;
        // [MQTT-3.3.2-9] [MQTT-3.3.2-11] the alias is not above the receiver's Topic Alias Maximum
        if alias.get() > r.context.topic_alias_maximum {
            r.refuse(at, Kind::TopicAliasOverMaximum, field)?;
        }
        Ok(alias)
    },
    |_| 2,
    |v: Self, id, out: &mut _| Writer::u8_and_u16(out, id, v.get()),
    |v| PropertyValue::Number(v.get().into()), // unreachable: the Topic Alias is taken out of the block before
    PropertyValue::Number(n) => Self::new(n.try_into().ok()?).ok()
);
value!(
    Text<'a>: |r, field, _| r.text(field),
    |v| prefixed_len(v.len()),
    |v: Self, id, out: &mut _| Writer::u8_and_prefixed(out, id, v.as_str().as_bytes()),
    PropertyValue::Text,
    PropertyValue::Text(text) => Some(text)
);
value!(
    // [MQTT-3.3.2-14] [MQTT-4.7.3-1] a Response Topic is a Topic Name
    TopicName<'a>: |r, field, _| r.topic_name(field),
    |v| prefixed_len(v.len()),
    |v: Self, id, out: &mut _| Writer::u8_and_prefixed(out, id, v.as_str().as_bytes()),
    |v| PropertyValue::Text(v.into()),
    PropertyValue::Text(text) => Self::new(text.as_str()).ok()
);
value!(
    Binary<'a>: |r, field, _| r.binary(field),
    |v| prefixed_len(v.len()),
    |v: Self, id, out: &mut _| Writer::u8_and_prefixed(out, id, v.as_bytes()),
    PropertyValue::Binary,
    PropertyValue::Binary(bytes) => Some(bytes)
);
value!(
    AuthenticationData<'a>: |r, field, _| r.binary(field).map(Into::into),
    |v| prefixed_len(v.expose().len()),
    |v: Self, id, out: &mut _| Writer::u8_and_prefixed(out, id, v.expose().as_bytes()),
    PropertyValue::Secret,
    PropertyValue::Secret(secret) => Some(secret)
);
