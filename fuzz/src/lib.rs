//! What the fuzz targets do with their bytes: they apply the laws of the codec and the naive decoder (both in `tests/kit`),
//! and the mutator that knows MQTT.
//!
//! Each target is a function that takes bytes and panics if a law is broken. Nothing here is libFuzzer's: the
//! tests replay seeds and regressions through the same functions.

pub mod growth;
pub mod mutator;
mod random;
mod targets;

pub use targets::*;
