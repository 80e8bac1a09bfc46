//! What the fuzz targets do with their bytes: the laws of the codec (`tests/support/laws.rs`), the second
//! decoder (`tests/support/naive.rs`) and the mutator that knows MQTT.
//!
//! Each target is a function that takes bytes and panics if a law is broken. Nothing here is libFuzzer's: the
//! tests replay seeds and regressions through the same functions.

#[path = "../../tests/support/laws.rs"]
pub mod laws;
pub mod mutator;
#[path = "../../tests/support/opinion.rs"]
pub mod opinion;
mod random;
mod targets;

pub use targets::*;
