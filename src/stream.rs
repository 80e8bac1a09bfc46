//! Large packets in pieces: the head of a packet before its payload has come, payloads and packets that are counted
//! while they pass, and packets that are written as head and payload.
//!
//! Whole loops: [`guide::limits`](crate::guide::limits) for reading,
//! [`guide::keeping_and_forwarding`](crate::guide::keeping_and_forwarding) for writing.

mod head;
mod parts;
mod remaining;

pub use head::Head;
pub use parts::{EncodeParts, Parts};
pub use remaining::Remaining;
