//! The bytes of a packet that is decoded later.

use super::{OwnedPacket, SliceRef, body_of, share};
use crate::context::Context;
use crate::decode::{Decoder, decode_complete};
use crate::error::DecodeError;
use crate::inspect::RefusedPacket;
use crate::packet::Packet;
use crate::packet_type::PacketType;
use crate::tolerance::Tolerances;
use crate::version::Version;
use crate::wire::header::Frame;
use bytes::{Bytes, BytesMut};
use core::fmt;

/// The bytes of one packet that is not decoded yet: [`packet`](Self::packet) decodes them.
///
/// The bytes are not copied, and another task can decode the packet. The [type](Self::packet_type) is known
/// without decoding.
///
/// The decoder has already checked the fixed header. An error in the body is an error of
/// [`packet`](Self::packet). Such an error does not affect later frames: a receiver may answer, log and
/// continue.
///
/// ```
/// use bytes::{Bytes, BytesMut};
/// use mqtt_wire::owned::Owned;
/// use mqtt_wire::{Decoder, Packet, TopicName, Version};
///
/// let mut decoder = Decoder::new(Version::V3_1_1);
/// let mut buffer = BytesMut::from(&b"\x30\x0f\x00\x07/statusonline\xc0\x00\xd0"[..]);
/// let mut kept: Vec<(Owned<TopicName>, Bytes)> = Vec::new();
///
/// while let Some(frame) = decoder.split_frame(&mut buffer)? {
///     if let Packet::Publish(publish) = frame.packet()? {
///         // A kept field shares the memory of the buffer.
///         kept.push((
///             frame.slice_ref(publish.topic.name().unwrap()),
///             frame.slice_ref(publish.payload),
///         ));
///     }
/// }
/// assert_eq!(buffer, b"\xd0"[..]); // half a PINGRESP: read on
/// assert_eq!((kept[0].0 == "/status", &kept[0].1[..]), (true, &b"online"[..]));
/// # Ok::<(), mqtt_wire::DecodeError>(())
/// ```
#[derive(Clone)]
pub struct OwnedFrame {
    bytes: Bytes,
    header_len: u8,
    context: Context,
}

impl OwnedFrame {
    /// Decodes the packet, which borrows from this frame.
    ///
    /// Each call decodes the packet again. Call this method once.
    ///
    /// # Errors
    ///
    /// The errors of [`Decoder::decode_frame`], with the settings of the decoder.
    pub fn packet(&self) -> Result<Packet<'_>, DecodeError> {
        decode_complete(self.frame(), &self.context)
    }

    /// The type of the packet, without decoding it.
    #[must_use]
    #[inline]
    pub fn packet_type(&self) -> PacketType {
        self.frame().packet_type
    }

    /// The version of the packet. `None`: a CONNECT with an unknown version.
    #[must_use]
    #[inline]
    pub fn version(&self) -> Option<Version> {
        self.context.version
    }

    /// The readable parts of a refused packet.
    ///
    /// Pass the error of [`packet`](Self::packet). Use the parts to log and answer the packet, and continue
    /// with the next frame.
    ///
    /// ```
    /// use bytes::BytesMut;
    /// use mqtt_wire::{Decoder, Packet, Version};
    ///
    /// // A PUBLISH to `a+`, with QoS 1, and a PINGREQ.
    /// let mut buffer = BytesMut::from(&b"\x32\x06\x00\x02a+\x00\x07\xc0\x00"[..]);
    /// let mut decoder = Decoder::new(Version::V3_1_1);
    /// let frame = decoder.split_frame(&mut buffer)?.unwrap();
    /// let refused = frame.refused(frame.packet().unwrap_err());
    /// assert_eq!((refused.topic(), refused.packet_id().unwrap().get()), (Some(&b"a+"[..]), 7));
    ///
    /// let frame = decoder.split_frame(&mut buffer)?.unwrap();
    /// assert_eq!(frame.packet()?, Packet::PingReq);
    /// # Ok::<(), mqtt_wire::DecodeError>(())
    /// ```
    #[must_use]
    pub fn refused(&self, error: DecodeError) -> RefusedPacket<'_> {
        RefusedPacket::new(error, &self.bytes, self.context)
    }

    /// Decodes the packet, and makes an [`OwnedPacket`] of it.
    ///
    /// You can compare an `OwnedPacket`, and send it unchanged.
    ///
    /// # Errors
    ///
    /// The errors of [`packet`](Self::packet).
    #[inline]
    pub fn into_packet(self) -> Result<OwnedPacket, DecodeError> {
        let version = match self.packet()? {
            Packet::Connect(connect) => connect.version,
            _ => self.context.version.unwrap_or(Version::V5_0),
        };
        Decoder::of(self.context).own(self.bytes.into(), version)
    }

    /// The tolerated deviations of the packet: see [`Decoder::tolerated`].
    #[must_use]
    #[inline]
    pub fn tolerated(&self) -> Tolerances {
        Decoder::of(self.context).tolerated(&self.bytes)
    }

    /// Copies the frame into an allocation of exactly its length.
    ///
    /// The shared read buffer can then be freed.
    #[must_use]
    pub fn compact(&self) -> Self {
        Self { bytes: Bytes::copy_from_slice(&self.bytes), ..*self }
    }

    /// Takes a field, so that the field outlives the packet: see [`OwnedPacket::slice_ref`].
    #[inline]
    pub fn slice_ref<'a, K: SliceRef<'a>>(&self, field: K) -> K::Output {
        share(&self.bytes, field)
    }

    /// The bytes of the packet, fixed header included.
    #[must_use]
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes of the packet, fixed header included.
    #[must_use]
    #[inline]
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    #[inline]
    fn frame(&self) -> Frame<'_> {
        let input = &self.bytes[..];
        // A packet has a first byte, and its type is known.
        let packet_type = input.first().copied().and_then(|byte| PacketType::from_first_byte(byte).ok());
        let body = input.get(usize::from(self.header_len)..).unwrap_or_default();
        Frame { packet_type: packet_type.unwrap_or(PacketType::PingReq), input, body }
    }
}

/// The frame decodes the packet again.
impl From<OwnedPacket> for OwnedFrame {
    fn from(packet: OwnedPacket) -> Self {
        let body_len = body_of(packet.as_bytes()).len();
        let header_len = packet.as_bytes().len().saturating_sub(body_len);
        let context = packet.context();
        Self { bytes: packet.into_bytes(), header_len: u8::try_from(header_len).unwrap_or(u8::MAX), context }
    }
}

/// Frames that outlive the buffer.
impl Decoder {
    /// Splits the first packet off the buffer, without decoding it.
    ///
    /// The frame shares the allocation of the buffer, so nothing is copied.
    ///
    /// `Ok(None)` means that the packet is not complete: read more bytes into the buffer and call again.
    ///
    /// If the version is unknown, the first CONNECT that names a known version sets the version.
    ///
    /// # Errors
    ///
    /// The errors of [`decode`](Self::decode) for the fixed header. The buffer does not change.
    /// [`packet_len`](DecodeError::packet_len) gives the number of bytes to skip.
    #[cfg_attr(docsrs, doc(cfg(feature = "bytes")))]
    // Without this attribute, the frame is stored in parts and then moved, and the move waits for the stores. The row
    // `3.1.1 stream of 1000` of benches/rivals then takes about 12 % more time in the column "frame".
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub fn split_frame(&mut self, buffer: &mut BytesMut) -> Result<Option<OwnedFrame>, DecodeError> {
        let lens = |frame: Frame<'_>| (frame.header_len(), frame.len());
        let Some((header_len, len)) = self.first_frame(buffer, lens)? else { return Ok(None) };
        if self.version().is_none() {
            self.learn_named_version(buffer.get(header_len..len).unwrap_or_default());
        }
        let (bytes, context) = (buffer.split_to(len).freeze(), *self.context());
        Ok(Some(OwnedFrame { bytes, header_len: u8::try_from(header_len).unwrap_or(u8::MAX), context }))
    }
}

/// Shows the packet, and no secrets.
impl fmt::Debug for OwnedFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedFrame")
            .field("version", &self.version())
            .field("packet", &self.packet())
            .finish()
    }
}
