//! Buffers between a socket and its packets, and large payloads in pieces.
//!
//! [`ReadBuffer`] and [`WriteBuffer`] turn bytes into packets and back, for any transport. [`Head`] is a
//! PUBLISH whose payload has not arrived yet. [`Parts`] is a packet as head and payload. [`Remaining`] counts
//! bytes that come in pieces.
//!
//! Whole loops: [`guide::limits`](crate::guide::limits),
//! [`guide::keeping_and_forwarding`](crate::guide::keeping_and_forwarding).

mod head;
mod held;
mod parts;
mod read_buffer;
mod remaining;
mod write_buffer;

pub use crate::memory::Memory;
pub use crate::wire::header::{FrameLen, frame_len};
pub use head::Head;
pub(crate) use head::check_head;
pub use parts::{EncodeParts, Parts};
pub use read_buffer::ReadBuffer;
pub use remaining::Remaining;
pub use write_buffer::WriteBuffer;
