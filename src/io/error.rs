//! The errors of readers and writers.

use crate::error::{DecodeError, EncodeError};
use core::fmt;

/// Why a reader gives no packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadError<E> {
    /// The socket has failed.
    Io(E),
    /// The decoder refuses the bytes, or the peer has closed the connection inside a packet.
    ///
    /// [Answer](DecodeError::answer) and close the connection, as the standard demands. You can also read on:
    /// if [`packet_len`](DecodeError::packet_len) is known, the next call gives the packet after the refused
    /// one.
    Decode(DecodeError),
}

/// Why a writer could not write a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteError<E> {
    /// The socket has failed.
    Io(E),
    /// The socket accepts no more bytes.
    WriteZero,
    /// The packet cannot be encoded. Nothing was written, and the connection may continue.
    Encode(EncodeError),
    /// The piece is longer than the rest of the payload. Nothing was written.
    PayloadTooLong {
        /// The number of payload bytes that are still to be written.
        left: usize,
    },
}

impl<E> From<DecodeError> for ReadError<E> {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl<E> From<EncodeError> for WriteError<E> {
    fn from(error: EncodeError) -> Self {
        Self::Encode(error)
    }
}

impl<E: fmt::Display> fmt::Display for ReadError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Decode(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Display> fmt::Display for WriteError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::WriteZero => f.write_str("the socket accepts no more bytes"),
            Self::Encode(error) => error.fmt(f),
            Self::PayloadTooLong { left } => {
                write!(f, "the piece is longer than the rest of the payload ({left} bytes)")
            }
        }
    }
}

/// `Display` shows the inner error, so there is no `source`.
impl<E: fmt::Debug + fmt::Display> core::error::Error for ReadError<E> {}

impl<E: fmt::Debug + fmt::Display> core::error::Error for WriteError<E> {}

#[cfg(feature = "std")]
impl From<ReadError<Self>> for std::io::Error {
    fn from(error: ReadError<Self>) -> Self {
        match error {
            ReadError::Io(error) => error,
            ReadError::Decode(error) => Self::new(std::io::ErrorKind::InvalidData, error),
        }
    }
}

#[cfg(feature = "std")]
impl From<WriteError<Self>> for std::io::Error {
    fn from(error: WriteError<Self>) -> Self {
        match error {
            WriteError::Io(error) => error,
            WriteError::WriteZero => std::io::ErrorKind::WriteZero.into(),
            WriteError::Encode(error) => Self::new(std::io::ErrorKind::InvalidInput, error),
            error @ WriteError::PayloadTooLong { .. } => Self::new(std::io::ErrorKind::InvalidInput, error),
        }
    }
}
