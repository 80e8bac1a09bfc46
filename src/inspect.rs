//! Shows the fields of a packet with their bytes, and everything that is wrong with it.
//!
//! [`Decoder::dissect`](crate::Decoder::dissect) shows each field, [`Decoder::lint`](crate::Decoder::lint)
//! each broken rule. [`Field`] names the fields. The program `mqtt-inspect` uses both.

mod dissect;
mod lint;
mod tolerated;

pub use crate::field::{Field, Format};
#[cfg(feature = "serde")]
#[cfg_attr(docsrs, doc(cfg(feature = "serde")))]
pub use crate::show::WithSecrets;
pub use dissect::Span;
pub use lint::{Finding, Severity};
