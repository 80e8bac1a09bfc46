//! The properties (5.0 §2.2.2): a struct for each packet that has some, made of the standard's Table 2-4.
//!
//! A property that is absent is `None`, or an empty list. [`PropertyId`] names all 27, and [`PropertyValue`] is the value
//! of any.

mod block;
mod user_property;
mod value;

pub use crate::field::PropertyId;
pub use crate::value::{AuthenticationData, MaximumQos, PayloadFormat, SubscriptionId};
pub use user_property::{SubscriptionIds, UserProperties, UserProperty};
pub use value::PropertyValue;

pub(crate) use block::{Properties, PropertyField, ReadProperties, read_properties, write_properties};

use crate::property_table::{properties_by_packet, properties_sorted_by_packet};
use crate::role::{Role, Senders};
use crate::value::{Binary, Text, TopicName};
use crate::wire::reader::{Observer, ReadResult, Reader};
use crate::wire::writer::Writer;
use core::num::{NonZeroU16, NonZeroU32};

/// Makes a struct of the rows for one packet.
macro_rules! properties_struct {
    ($(#[$place:meta])* $Struct:ident {
        $( $senders:ident $id:literal $Name:ident $field:ident $type:ty, $doc:literal; )*
    }) => {
        $(#[$place])*
        ///
        /// What is absent is `None` or empty, and so is all of it by default: no properties.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $Struct<'a> {
            $( #[doc = $doc] pub $field: $type, )*
        }

        impl<'a> $Struct<'a> {
            /// No properties.
            pub const EMPTY: Self = Self { $( $field: <$type as PropertyField<'a>>::EMPTY, )* };

            /// Whether there are none.
            #[must_use]
            #[inline]
            pub fn is_empty(&self) -> bool {
                $( self.$field.is_empty() )&&*
            }

            /// The first of them that is there.
            fn first(&self) -> Option<PropertyId> {
                $( if !self.$field.is_empty() { return Some(PropertyId::$Name); } )*
                None // unreachable: the first property is asked for only where there is one
            }

            /// Shows each property to `visit`, in ascending order of the identifiers; repeated ones
            /// in their own order.
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
                    #[allow(unreachable_patterns, reason = "a packet that may hold them all")]
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

            #[inline(never)]
            fn len(&self) -> u64 {
                0u64 $( .wrapping_add(self.$field.len_with_id()) )*
            }

            #[inline(never)]
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
