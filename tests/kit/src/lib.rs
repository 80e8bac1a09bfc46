//! What the tests of `mqtt-wire`, its fuzz targets and its comparison with other codecs share.
//!
//! - [`samples`]: packets that have everything in them;
//! - [`laws`]: what holds for every packet and for any bytes;
//! - [`answers`]: what the standard has a receiver answer;
//! - [`conformance`]: the rules of the standard, with bytes that break them, and what the crate does about each;
//! - [`naive`]: a second decoder, slow and obvious, which shares no code with the crate;
//! - [`refused`]: what holds for a packet that is refused, and what is still to be read of it;
//! - [`verdicts`]: whether the two decoders agree; [`packet_fields`]: a packet as the naive decoder would have it;
//! - [`examples`]: the examples, run as programs.

pub mod answers;
pub mod conformance;
pub mod examples;
pub mod laws;
pub mod naive;
pub mod packet_fields;
pub mod refused;
pub mod samples;
pub mod verdicts;

use std::path::{Path, PathBuf};

/// A file or a folder of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}
