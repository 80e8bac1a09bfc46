//! Why a codec could not read or write.

use crate::error::{DecodeError, EncodeError};
use core::fmt;
use std::io;

/// Why a [`Codec`](super::Codec) could not read or write.
#[derive(Debug)]
pub enum CodecError {
    /// The peer has sent what is refused: it is to be [answered](DecodeError::answer), and the connection
    /// to be closed.
    Decode(DecodeError),
    /// The packet cannot be written. Nothing of it has been written, and the connection may go on.
    Encode(EncodeError),
    /// The packet cannot be written before the version of the connection is known. Nothing of it has been written.
    VersionUnknown,
    /// The connection is broken.
    Io(io::Error),
}

impl From<DecodeError> for CodecError {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl From<EncodeError> for CodecError {
    fn from(error: EncodeError) -> Self {
        Self::Encode(error)
    }
}

impl From<io::Error> for CodecError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decode(error) => error.fmt(f),
            Self::Encode(error) => error.fmt(f),
            Self::VersionUnknown => f.write_str("the version of the connection is not known yet"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

/// Each variant shows the error inside as its own, so the source is that of the error inside.
impl core::error::Error for CodecError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Decode(error) => error.source(),
            Self::Encode(error) => error.source(),
            Self::VersionUnknown => None,
            Self::Io(error) => error.source(),
        }
    }
}
