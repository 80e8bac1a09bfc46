//! Shows the fields of a packet with their bytes, and everything that is wrong with it.
//!
//! ```
//! use mqtt_wire::{Decoder, Version};
//!
//! let decoder = Decoder::new(Version::V3_1_1);
//! decoder.dissect(b"\x40\x02\x00\x07", |span| {
//!     println!("{}: {:?}", span.field, span.bytes)
//! })?;
//!
//! let mut findings = Vec::new();
//! decoder.lint(b"\x41\x02\x00\x00", |finding| findings.push(finding.error));
//! assert_eq!(findings.len(), 2); // flags 1, Packet Identifier 0
//! # Ok::<(), mqtt_wire::DecodeError>(())
//! ```
//!
//! [`Decoder::dissect`](crate::Decoder::dissect) shows each field. [`Decoder::lint`](crate::Decoder::lint)
//! shows each broken rule. [`RefusedPacket`] has the readable parts of a refused packet. [`Field`] names the
//! fields. The program `mqtt-inspect` is built on this module.

mod dissect;
mod lint;
mod refused;
mod tolerated;

pub use crate::error::{Expected, Found};
pub use crate::field::{Field, Format};
#[cfg(feature = "serde")]
#[cfg_attr(docsrs, doc(cfg(feature = "serde")))]
pub use crate::show::WithSecrets;
pub use dissect::Span;
pub use lint::{Finding, Severity};
pub use refused::{RefusedFilter, RefusedPacket};
