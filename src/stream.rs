//! Large packets in pieces: the head of a packet before its payload has come, payloads and packets that are counted
//! while they pass, and packets that are written as head and payload.
//!
//! Whole loops: [`guide::limits`](crate::guide::limits) for reading,
//! [`guide::keeping_and_forwarding`](crate::guide::keeping_and_forwarding) for writing.

mod head;
mod held;
mod parts;
mod read_buffer;
mod remaining;
mod write_buffer;

pub use crate::memory::Memory;
pub use crate::wire::header::{FrameLen, frame_len};
pub use head::Head;
pub use parts::{EncodeParts, Parts};
pub use read_buffer::ReadBuffer;
pub use remaining::Remaining;
pub use write_buffer::WriteBuffer;
