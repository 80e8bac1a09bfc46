//! Looking at packets: field by field, and for everything that is wrong with them.
//!
//! [`Decoder::dissect`](crate::Decoder::dissect) shows each field with its bytes,
//! [`Decoder::lint`](crate::Decoder::lint) each rule that a packet breaks. [`Field`] names the fields, for errors too.
//! The program `mqtt-inspect` is made of these.

mod dissect;
mod lint;

pub use crate::field::{Field, Format};
#[cfg(feature = "serde")]
#[cfg_attr(docsrs, doc(cfg(feature = "serde")))]
pub use crate::show::WithSecrets;
pub use dissect::Span;
pub use lint::{Finding, Severity};
