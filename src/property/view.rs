//! Properties without their types, for those who show, store or compare them.

use crate::{AuthenticationData, Binary, Text, UserProperty};

/// The value of any property, as [`for_each`](super::PublishProperties::for_each) shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PropertyValue<'a> {
    /// An integer of any width; of a property that says yes or no, 1 or 0.
    Number(u32),
    /// A UTF-8 Encoded String.
    Text(Text<'a>),
    /// Binary Data.
    Binary(Binary<'a>),
    /// Authentication Data.
    Secret(AuthenticationData<'a>),
    /// A User Property.
    Pair(UserProperty<'a>),
}
