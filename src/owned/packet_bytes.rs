//! The bytes of an owned packet.

use crate::encode::Encode;
use crate::error::EncodeError;
use crate::packet::Packet;
use crate::version::Version;
use bytes::{Buf, Bytes, BytesMut};
use core::ops::Deref;

/// Exactly one packet. A short packet is copied, because a copy of eight bytes takes less time than counting one more owner.
///
/// Without the copies, the rows `PUBACK` and `PINGREQ` of benches/rivals take twice as much time in the column "owned".
#[derive(Clone)]
pub(super) enum PacketBytes {
    Shared(Bytes),
    /// The packet has the first `len` bytes of the array.
    Short {
        len: u8,
        bytes: [u8; MAX_SHORT],
    },
}

/// The length of the longest short packet, in bytes. Nearly all acknowledgements are short. A short PUBLISH has at most four
/// bytes of topic and payload, so its fields are not worth sharing.
const MAX_SHORT: usize = 8;

impl PacketBytes {
    /// Encodes a packet. A short packet needs no allocation.
    #[inline]
    pub(super) fn encode<P: Encode + ?Sized>(packet: &P, version: Version) -> Result<Self, EncodeError> {
        let len = packet.encoded_len(version)?;
        match [0; MAX_SHORT].get_mut(..len) {
            Some(buffer) => packet.encode(version, buffer).map(Self::copy_from_slice),
            None => Self::encode_shared(packet, version, len),
        }
    }

    /// Encodes a packet of `len` bytes into an allocation of exactly its length.
    #[inline]
    fn encode_shared<P: Encode + ?Sized>(
        packet: &P,
        version: Version,
        len: usize,
    ) -> Result<Self, EncodeError> {
        let mut buffer = BytesMut::with_capacity(len);
        packet.encode_to(version, &mut buffer)?;
        Ok(Self::Shared(buffer.freeze()))
    }

    /// Encodes a packet of a rare kind, which is shared even if it is short.
    ///
    /// If `encode` encoded these packets, too, the row `encode 5.0 PUBLISH, six properties` would take 5 % more. The compiler then
    /// inlines less of the code that encodes a [`Packet`].
    pub(super) fn encode_rare(packet: &Packet<'_>, version: Version) -> Result<Self, EncodeError> {
        Self::encode_shared(packet, version, packet.encoded_len(version)?)
    }

    /// Takes the first packet off the buffer. The packet has `len` bytes.
    #[inline]
    pub(super) fn split_off(buffer: &mut BytesMut, len: usize) -> Self {
        match Self::short(buffer, len) {
            Some(short) => {
                buffer.advance(len);
                short
            }
            None => Self::Shared(buffer.split_to(len).freeze()),
        }
    }

    /// Copies a packet.
    pub(super) fn copy_from_slice(packet: &[u8]) -> Self {
        Self::short(packet, packet.len()).unwrap_or_else(|| Self::Shared(Bytes::copy_from_slice(packet)))
    }

    /// Copies the first packet of the input, if this packet is short. The packet has `len` bytes.
    #[inline]
    fn short(input: &[u8], len: usize) -> Option<Self> {
        let len = u8::try_from(len).ok().filter(|len| usize::from(*len) <= MAX_SHORT)?;
        // A copy of all eight bytes takes less time than a copy of `len` bytes.
        let bytes = input.first_chunk().copied().unwrap_or_else(|| padded(input));
        Some(Self::Short { len, bytes })
    }

    #[inline]
    pub(super) fn into_bytes(self) -> Bytes {
        match self {
            Self::Shared(bytes) => bytes,
            Self::Short { .. } => Bytes::copy_from_slice(&self),
        }
    }
}

/// Copies fewer bytes than the array has.
fn padded(input: &[u8]) -> [u8; MAX_SHORT] {
    let mut bytes = [0; MAX_SHORT];
    bytes.iter_mut().zip(input).for_each(|(copy, byte)| *copy = *byte);
    bytes
}

impl From<Bytes> for PacketBytes {
    #[inline]
    fn from(packet: Bytes) -> Self {
        Self::short(&packet, packet.len()).unwrap_or(Self::Shared(packet))
    }
}

impl Deref for PacketBytes {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            Self::Shared(bytes) => bytes,
            Self::Short { len, bytes } => bytes.get(..usize::from(*len)).unwrap_or_default(),
        }
    }
}
