//! Readers and writers of packets, for each kind of socket.
//!
//! ```
//! # #[cfg(feature = "std")] {
//! use mqtt_wire::io::blocking::PacketReader;
//! use mqtt_wire::{Decoder, Packet};
//!
//! let socket = &b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a\xc0\x00"[..];
//! let decoder = Decoder::from_client().max_packet_size(64 * 1024);
//! let mut reader = PacketReader::new(socket, decoder);
//! assert!(matches!(reader.next().unwrap(), Some(Packet::Connect(_))));
//! assert!(matches!(reader.next().unwrap(), Some(Packet::PingReq)));
//! # }
//! ```
//!
//! | socket | module | feature |
//! | --- | --- | --- |
//! | `std::io::Read` and `Write` | `blocking` | `std` |
//! | tokio's `AsyncRead` and `AsyncWrite` | `tokio` | `tokio` |
//! | `embedded_io::Read` and `Write` | `embedded` | `embedded-io` |
//! | `embedded_io_async::Read` and `Write` | `embedded_async` | `embedded-io-async` |
//!
//! Each module has a `PacketReader` and a `PacketWriter`. The reader owns a buffer. Each packet borrows from
//! this buffer. The reader decodes each packet once, where it lies in the buffer. The writer encodes into its
//! own buffer, so that one call can send several packets. Readers and writers open no connection and keep no
//! session. [`guide::decoding`](crate::guide::decoding) has whole loops.
//!
//! For other transports, use [`ReadBuffer`](crate::stream::ReadBuffer) and
//! [`WriteBuffer`](crate::stream::WriteBuffer). The readers and writers of this module are built on these two
//! buffers. For `tokio_util::codec::Framed`, use the module `codec`.

#[cfg(feature = "std")]
#[cfg_attr(docsrs, doc(cfg(feature = "std")))]
pub mod blocking;
#[cfg(feature = "embedded-io")]
#[cfg_attr(docsrs, doc(cfg(feature = "embedded-io")))]
pub mod embedded;
#[cfg(feature = "embedded-io-async")]
#[cfg_attr(docsrs, doc(cfg(feature = "embedded-io-async")))]
pub mod embedded_async;
mod error;
#[cfg(feature = "tokio")]
#[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
pub mod tokio;

pub use error::{ReadError, WriteError};
