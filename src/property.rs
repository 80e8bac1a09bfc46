//! The properties of 5.0 (§2.2.2), one struct for each packet.
//!
//! An absent property is `None`, or an empty list. [`PropertyId`] names all 27 properties, and
//! [`PropertyValue`] holds any value. A script or a configuration can set properties by their identifiers:
//!
//! ```
//! use mqtt_wire::property::{
//!     PropertyId, PropertyValue, PublishProperties, SetPropertyError,
//! };
//! use mqtt_wire::text;
//!
//! let mut properties = PublishProperties::EMPTY;
//! properties.set(PropertyId::MessageExpiryInterval, PropertyValue::Number(60))?;
//! properties.set(PropertyId::ContentType, PropertyValue::Text(text!("text/plain")))?;
//! assert_eq!(properties.message_expiry_interval, Some(60));
//! assert_eq!(
//!     properties.get(PropertyId::ContentType),
//!     Some(PropertyValue::Text(text!("text/plain")))
//! );
//!
//! let misplaced = properties.set(PropertyId::ReceiveMaximum, PropertyValue::Number(1));
//! assert_eq!(misplaced, Err(SetPropertyError::Misplaced(PropertyId::ReceiveMaximum)));
//! # Ok::<(), SetPropertyError>(())
//! ```

mod block;
mod user_property;
mod value;

pub use crate::field::PropertyId;
pub use crate::value::{AuthenticationData, MaximumQos, PayloadFormat, SubscriptionId};
pub use user_property::{SubscriptionIds, UserProperties, UserProperty};
pub use value::{PropertyValue, SetPropertyError};

pub(crate) use block::{Properties, PropertyField, ReadProperties, read_properties, write_properties};

use crate::property_table::{properties_by_packet, properties_sorted_by_packet};
use crate::role::{Role, Senders};
use crate::value::{Binary, Text, TopicName};
use crate::wire::reader::{Observer, ReadResult, Reader};
use crate::wire::writer::Writer;
use core::num::{NonZeroU16, NonZeroU32};

/// Makes a struct from the rows of one packet.
macro_rules! properties_struct {
    ($(#[$place:meta])* $Struct:ident {
        $( $senders:ident $id:literal $Name:ident $field:ident $type:ty, $doc:literal; )*
    }) => {
        $(#[$place])*
        ///
        /// An absent property is `None` or empty. By default all properties are absent.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $Struct<'a> {
            $( #[doc = $doc] pub $field: $type, )*
        }

        impl<'a> $Struct<'a> {
            /// No properties.
            pub const EMPTY: Self = Self { $( $field: <$type as PropertyField<'a>>::EMPTY, )* };

            /// Whether there are no properties.
            #[must_use]
            #[inline]
            pub fn is_empty(&self) -> bool {
                $( self.$field.is_empty() )&&*
            }

            /// The first property that is present.
            fn first(&self) -> Option<PropertyId> {
                $( if !self.$field.is_empty() { return Some(PropertyId::$Name); } )*
                None // unreachable: callers know that there is a property
            }

            /// The value of a property by its identifier.
            ///
            /// `None`: the property is absent, or the packet cannot have it. A property that may repeat gives
            /// a list.
            #[must_use]
            pub fn get(&self, id: PropertyId) -> Option<PropertyValue<'a>> {
                match id {
                    $( PropertyId::$Name => self.$field.value(), )*
                    #[allow(unreachable_patterns, reason = "one packet may have all properties")]
                    _ => None,
                }
            }

            /// Sets a property by its identifier. A list replaces the earlier list.
            ///
            /// # Errors
            ///
            /// [`SetPropertyError`] if the packet cannot have the property, or the property cannot have the
            /// value. Then nothing changes.
            pub fn set(&mut self, id: PropertyId, value: PropertyValue<'a>) -> Result<(), SetPropertyError> {
                match id {
                    $( PropertyId::$Name => {
                        self.$field = PropertyField::of(value).ok_or(SetPropertyError::InvalidValue(id))?;
                    } )*
                    #[allow(unreachable_patterns, reason = "one packet may have all properties")]
                    _ => return Err(SetPropertyError::Misplaced(id)),
                }
                Ok(())
            }

            /// Removes a property by its identifier, if it is present.
            pub fn remove(&mut self, id: PropertyId) {
                match id {
                    $( PropertyId::$Name => self.$field = <$type as PropertyField<'a>>::EMPTY, )*
                    #[allow(unreachable_patterns, reason = "one packet may have all properties")]
                    _ => {}
                }
            }

            /// Calls `visit` for each property that is present, in ascending order of identifiers.
            ///
            /// Repeated properties keep their order.
            pub fn for_each(&self, mut visit: impl FnMut(PropertyId, PropertyValue<'a>)) {
                $( self.$field.view(&mut |value| visit(PropertyId::$Name, value)); )*
            }
        }

        impl Default for $Struct<'_> {
            fn default() -> Self {
                Self::EMPTY
            }
        }

        impl<'a> ReadProperties<'a> for $Struct<'a> {
            #[inline]
            fn empty() -> Self {
                Self { $( $field: <$type>::default(), )* }
            }

            #[inline]
            fn read<O: Observer<'a>, const V5: bool>(
                &mut self,
                id: PropertyId,
                at: &'a [u8],
                reader: &mut Reader<'a, '_, O, V5>,
            ) -> ReadResult<bool> {
                match id {
                    $( PropertyId::$Name => {
                        reader.check_sender(Senders::$senders, at, id.into())?;
                        self.$field.read(id, at, reader)?;
                    } )*
                    #[allow(unreachable_patterns, reason = "one packet may have all properties")]
                    _ => return Ok(false),
                }
                Ok(true)
            }
        }

        impl Properties for $Struct<'_> {
            #[inline]
            fn is_empty(&self) -> bool {
                Self::is_empty(self)
            }

            fn len(&self) -> u64 {
                0u64 $( .wrapping_add(self.$field.len_with_id()) )*
            }

            #[inline]
            fn write(&self, out: &mut impl Writer) {
                $( self.$field.write(PropertyId::$Name, out); )*
            }

            fn first(&self) -> Option<PropertyId> {
                Self::first(self)
            }

            fn present(&self) -> u64 {
                0 $( | if self.$field.is_empty() { 0 } else { 1 << PropertyId::$Name.get() } )*
            }

            fn sent_by(&self, role: Role) -> bool {
                $( (self.$field.is_empty() || Senders::$senders.include(role)) )&&*
            }
        }
    };
}

properties_by_packet!(properties_struct);
