//! Readers and writers of packets, for each kind of socket.
//!
//! | socket | module | feature |
//! | --- | --- | --- |
//! | `std::io::Read` and `Write` | `blocking` | `std` |
//! | tokio's `AsyncRead` and `AsyncWrite` | `tokio` | `tokio` |
//! | `embedded_io::Read` and `Write` | `embedded` | `embedded-io` |
//! | `embedded_io_async::Read` and `Write` | `embedded_async` | `embedded-io-async` |
//!
//! Each module has a `PacketReader` and a `PacketWriter`. The reader owns its buffer and lends each packet out of it: a
//! packet is decoded once, and nothing is copied. The writer encodes into its buffer, so that several packets go out with
//! one call. They open no connection and keep no session.
//!
//! For anything else that gives or takes bytes: [`ReadBuffer`](crate::stream::ReadBuffer) and
//! [`WriteBuffer`](crate::stream::WriteBuffer), of which these readers and writers are made. For
//! `tokio_util::codec::Framed`: the module `codec`.

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
