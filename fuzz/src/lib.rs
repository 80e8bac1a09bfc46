//! The checks of the fuzz targets. The checks use the invariants of the codec (`tests/kit/src/laws.rs`), the
//! naive decoder (`tests/kit/src/naive.rs`) and a mutator for MQTT packets.
//!
//! Each target is a function that takes bytes and panics if an invariant is broken. The functions do not depend on
//! libFuzzer, so that the tests can replay seeds and regressions through them.

pub mod growth;
pub mod mutator;
mod random;
mod targets;

pub use targets::*;
