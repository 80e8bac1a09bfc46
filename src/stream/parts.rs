//! Encodes a packet as head and payload, without copying the payload.

use crate::encode::{Encode, Encoder, Layout, Target, WritePacket};
use crate::error::EncodeError;
use crate::packet::{
    Auth, ConnAck, Connect, Disconnect, Packet, PingReq, PingResp, PubAck, PubComp, PubRec, PubRel, Publish,
    SubAck, Subscribe, UnsubAck, Unsubscribe,
};
use crate::version::Version;
use crate::wire::writer::SliceWriter;
use core::fmt;

/// An encoded packet in two parts: head and payload.
///
/// The head is in a small buffer of yours. The payload of a PUBLISH is not copied. For any other packet the
/// head is the whole packet, and the payload is empty.
///
/// Use `Parts` with `writev`: only the head is written to memory, however large the message is.
///
/// ```
/// use mqtt_wire::stream::EncodeParts;
/// use mqtt_wire::{Publish, Version, topic_name};
///
/// let film = vec![7; 1_000_000];
/// let publish = Publish::new(topic_name!("film"), &film);
/// assert_eq!(publish.head_len(Version::V3_1_1)?, 10);
/// let mut head = [0; 10];
/// let parts = publish.encode_parts(Version::V3_1_1, &mut head)?;
/// assert_eq!(parts.head(), b"\x30\xc6\x84\x3d\x00\x04film");
/// assert_eq!(parts.payload().as_ptr(), film.as_ptr());
/// assert_eq!(parts.len(), 1_000_010);
/// # Ok::<(), mqtt_wire::EncodeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Parts<'h, 'p> {
    head: &'h [u8],
    payload: &'p [u8],
}

#[allow(clippy::len_without_is_empty, reason = "a packet is never empty")]
impl<'h, 'p> Parts<'h, 'p> {
    /// The encoded head: all bytes before the payload.
    #[must_use]
    #[inline]
    pub const fn head(self) -> &'h [u8] {
        self.head
    }

    /// The payload of a PUBLISH: the slice that you passed.
    #[must_use]
    #[inline]
    pub const fn payload(self) -> &'p [u8] {
        self.payload
    }

    /// The length of the packet in bytes.
    #[must_use]
    #[inline]
    pub const fn len(self) -> usize {
        // Both slices are in memory, so the sum does not overflow.
        self.head.len().saturating_add(self.payload.len())
    }

    /// The parts for [`Write::write_vectored`](std::io::Write::write_vectored).
    ///
    /// ```
    /// use mqtt_wire::stream::EncodeParts;
    /// use mqtt_wire::{Publish, Version, topic_name};
    /// use std::io::{IoSlice, Write};
    ///
    /// fn write_all(
    ///     mut parts: &mut [IoSlice<'_>],
    ///     socket: &mut impl Write,
    /// ) -> std::io::Result<()> {
    ///     while parts.iter().any(|part| !part.is_empty()) {
    ///         match socket.write_vectored(parts)? {
    ///             0 => return Err(std::io::ErrorKind::WriteZero.into()),
    ///             written => IoSlice::advance_slices(&mut parts, written),
    ///         }
    ///     }
    ///     Ok(())
    /// }
    ///
    /// let (mut socket, mut head) = (Vec::new(), [0; 16]);
    /// let publish = Publish::new(topic_name!("a"), b"hi");
    /// let parts = publish.encode_parts(Version::V5_0, &mut head)?;
    /// write_all(&mut parts.io_slices(), &mut socket)?;
    /// assert_eq!(socket, b"\x30\x06\x00\x01a\x00hi");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "std")]
    #[cfg_attr(docsrs, doc(cfg(feature = "std")))]
    #[must_use]
    #[inline]
    pub fn io_slices(&self) -> [std::io::IoSlice<'_>; 2] {
        [self.head, self.payload].map(std::io::IoSlice::new)
    }

    /// The parts as one [`Buf`](bytes::Buf). With the feature `std`, the `Buf` supports vectored writes.
    ///
    /// ```
    /// use bytes::Buf;
    /// use mqtt_wire::stream::EncodeParts;
    /// use mqtt_wire::{Publish, Version, topic_name};
    ///
    /// let mut head = [0; 16];
    /// let parts =
    ///     Publish::new(topic_name!("a"), b"hi").encode_parts(Version::V3_1, &mut head)?;
    /// let mut buf = parts.into_buf();
    /// assert_eq!(buf.copy_to_bytes(buf.remaining()), b"\x30\x05\x00\x01ahi"[..]);
    /// # Ok::<(), mqtt_wire::EncodeError>(())
    /// ```
    #[cfg(feature = "bytes")]
    #[cfg_attr(docsrs, doc(cfg(feature = "bytes")))]
    #[must_use]
    #[inline]
    pub fn into_buf(self) -> bytes::buf::Chain<&'h [u8], &'p [u8]> {
        bytes::Buf::chain(self.head, self.payload)
    }
}

/// Encodes packets as [`Parts`]: [`Packet`], and each of the fifteen types.
///
/// The trait is sealed. The errors are those of [`Encode`].
pub trait EncodeParts<'p>: Encode {
    /// The payload of a PUBLISH, empty for any other packet.
    #[inline]
    fn payload(&self) -> &'p [u8] {
        &[]
    }

    /// The exact length of the head in bytes.
    ///
    /// # Errors
    ///
    /// The error that encoding would give.
    #[inline]
    fn head_len(&self, version: Version) -> Result<usize, EncodeError> {
        Encoder::new(version).head_len(self)
    }

    /// Writes the head to the beginning of the buffer.
    ///
    /// # Errors
    ///
    /// See [`Encode`]. The head has to fit into the buffer.
    #[inline]
    fn encode_parts<'h>(&self, version: Version, buffer: &'h mut [u8]) -> Result<Parts<'h, 'p>, EncodeError> {
        Encoder::new(version).encode_parts(self, buffer)
    }
}

impl Encoder {
    /// The exact length of the head in bytes.
    ///
    /// # Errors
    ///
    /// The error that encoding would give.
    #[inline]
    pub fn head_len<'p, P: EncodeParts<'p> + ?Sized>(&self, packet: &P) -> Result<usize, EncodeError> {
        packet.encode_into(*self, HeadLength)
    }

    /// Writes the head to the beginning of the buffer: see [`Parts`].
    ///
    /// # Errors
    ///
    /// See [`Encode`]. The head has to fit into the buffer.
    #[inline]
    pub fn encode_parts<'h, 'p, P: EncodeParts<'p> + ?Sized>(
        &self,
        packet: &P,
        buffer: &'h mut [u8],
    ) -> Result<Parts<'h, 'p>, EncodeError> {
        let head = packet.encode_into(*self, HeadSlice(buffer))?;
        Ok(Parts { head, payload: EncodeParts::payload(packet) })
    }
}

/// No destination: only the length of the head is needed.
struct HeadLength;

impl Target for HeadLength {
    type Output = usize;

    #[inline]
    fn take<P: WritePacket, const V5: bool>(self, packet: &P, to: Encoder) -> Result<usize, EncodeError> {
        let layout = Layout::of::<P, V5>(packet, packet.payload().len(), to)?;
        Ok(layout.head_len(packet.payload().len()))
    }
}

/// The head to the beginning of a slice.
struct HeadSlice<'h>(&'h mut [u8]);

impl<'h> Target for HeadSlice<'h> {
    type Output = &'h [u8];

    #[inline]
    fn take<P: WritePacket, const V5: bool>(self, packet: &P, to: Encoder) -> Result<&'h [u8], EncodeError> {
        let layout = Layout::of::<P, V5>(packet, packet.payload().len(), to)?;
        let needed = layout.head_len(packet.payload().len());
        let Some((head, _)) = self.0.split_at_mut_checked(needed) else {
            return Err(EncodeError::BufferTooSmall { needed });
        };
        layout.write_head::<P, V5>(packet, &mut SliceWriter::new(head, layout.blocks));
        Ok(head)
    }
}

/// Shows the numbers of bytes, but not the bytes: the head may contain a password.
impl fmt::Debug for Parts<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parts({} bytes of head, {} of payload)", self.head.len(), self.payload.len())
    }
}

impl<'p> EncodeParts<'p> for Publish<'p> {
    #[inline]
    fn payload(&self) -> &'p [u8] {
        self.payload
    }
}

impl<'p> EncodeParts<'p> for Packet<'p> {
    #[inline]
    fn payload(&self) -> &'p [u8] {
        match self {
            Self::Publish(publish) => publish.payload,
            _ => &[],
        }
    }
}

macro_rules! head_only {
    ($( $Type:ty ),*) => { $( impl<'p> EncodeParts<'p> for $Type {} )* };
}

head_only!(
    Connect<'_>,
    ConnAck<'_>,
    PubAck<'_>,
    PubRec<'_>,
    PubRel<'_>,
    PubComp<'_>,
    Subscribe<'_>,
    SubAck<'_>,
    Unsubscribe<'_>,
    UnsubAck<'_>,
    PingReq,
    PingResp,
    Disconnect<'_>,
    Auth<'_>
);
