//! Compares this crate with the other MQTT codecs in Rust: see README.md.

pub mod cell;
pub mod codec;
pub mod codecs;
pub mod row;
pub mod verdict;
