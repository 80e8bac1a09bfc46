//! The code that the tests of `mqtt-wire`, its fuzz targets and its comparison with other codecs share.
//!
//! - [`samples`]: packets that use every field, value and property;
//! - [`laws`]: invariants of every packet and of any bytes;
//! - [`answers`]: the answers that the standard prescribes;
//! - [`conformance`]: the rules of the standard, bytes that break them, and the expected behaviour of the crate;
//! - [`naive`]: a second, slow decoder that shares no code with the crate;
//! - [`refused`]: invariants of refused packets and of their readable fields;
//! - [`explained`]: the contents of an error beside its kind;
//! - `log` (feature): the values in a log of `defmt`;
//! - [`verdicts`]: the comparison of the two decoders; [`packet_fields`]: a packet as a list of fields for this comparison;
//! - [`examples`]: the examples, run as programs.

pub mod answers;
pub mod conformance;
pub mod examples;
pub mod explained;
pub mod laws;
#[cfg(feature = "log")]
pub mod log;
pub mod naive;
pub mod packet_fields;
pub mod refused;
pub mod samples;
pub mod verdicts;

use std::path::{Path, PathBuf};

/// Returns the path of a file or a folder in the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}
