//! Buffers between a socket and its packets, and large payloads in pieces.
//!
//! ```
//! use mqtt_wire::stream::ReadBuffer;
//! use mqtt_wire::{Decoder, Packet, Version};
//!
//! let mut buffer = ReadBuffer::new(Decoder::new(Version::V3_1_1), [0; 256]);
//! buffer.space()[..2].copy_from_slice(b"\xc0\x00"); // read from your transport
//! buffer.filled(2);
//! assert_eq!(buffer.next()?, Some(Packet::PingReq));
//! assert_eq!(buffer.next()?, None);
//! # Ok::<(), mqtt_wire::DecodeError>(())
//! ```
//!
//! [`ReadBuffer`] and [`WriteBuffer`] turn bytes into packets and back, for any transport. [`Head`] is a
//! PUBLISH whose payload has not arrived yet. [`Parts`] is a packet as head and payload. [`Remaining`] counts
//! bytes that come in pieces.
//!
//! [`guide::limits`](crate::guide::limits) and
//! [`guide::keeping_and_forwarding`](crate::guide::keeping_and_forwarding) have whole loops.

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
