//! Why a codec could not read or write.

use crate::error::{DecodeError, EncodeError};
use crate::version::Version;
use core::fmt;
use std::io;

/// Why a [`Codec`](super::Codec) could not read or write a packet.
#[derive(Debug)]
pub enum CodecError {
    /// The decoder refuses the peer's bytes. [Answer](DecodeError::answer), then close.
    Decode(DecodeError),
    /// The packet cannot be encoded. Nothing was written, and the connection may continue.
    Encode(EncodeError),
    /// The version of the connection is not known yet. Nothing was written.
    VersionUnknown,
    /// The PUBLISH of a [`FanOut`](crate::broker::FanOut) is for another version than that of the connection.
    /// Nothing was written.
    WrongVersion {
        /// The version of the [`Recipient`](crate::broker::Recipient).
        of_recipient: Version,
        /// The version of the connection.
        of_connection: Version,
    },
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
            Self::WrongVersion { of_recipient, of_connection } => {
                write!(
                    f,
                    "the bytes are for MQTT {of_recipient}, and the connection has MQTT {of_connection}"
                )
            }
            Self::Io(error) => error.fmt(f),
        }
    }
}

/// `Display` shows the inner error, so `source` is the source of the inner error.
impl core::error::Error for CodecError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Decode(error) => error.source(),
            Self::Encode(error) => error.source(),
            Self::VersionUnknown | Self::WrongVersion { .. } => None,
            Self::Io(error) => error.source(),
        }
    }
}
