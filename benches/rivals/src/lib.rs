//! The same bytes through this crate and through the other MQTT codecs in Rust: see README.md.

pub mod cell;
pub mod codec;
pub mod codecs;
pub mod row;
pub mod verdict;
