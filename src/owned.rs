//! Packets and values that own their bytes, and share them instead of copying.
//!
//! ```
//! use bytes::BytesMut;
//! use mqtt_wire::{Decoder, Packet, Version};
//!
//! let mut buffer = BytesMut::from(&b"\x30\x05\x00\x01aup"[..]);
//! let packet = Decoder::new(Version::V3_1_1).decode_owned(&mut buffer)?.unwrap();
//! let task = std::thread::spawn(move || matches!(packet.packet(), Packet::Publish(_)));
//! assert!(task.join().unwrap());
//! # Ok::<(), mqtt_wire::DecodeError>(())
//! ```
//!
//! An [`OwnedFrame`] holds a packet that is not decoded yet. An [`OwnedPacket`] holds a legal packet. An
//! [`Owned`] holds one value. [`guide::keeping_and_forwarding`](crate::guide::keeping_and_forwarding) says
//! when to use which.

mod frame;
mod packet_bytes;
mod value;

pub use frame::OwnedFrame;
pub use value::{Owned, OwnedString, OwnedValue, SliceRef, Storage};

use crate::encode::{Encode, EncodeInto, Encoder, Length, Target, WritePacket, encode_apart};

use crate::broker::OutgoingPublish;
use crate::context::{Context, Switch};
use crate::decode::{Decoder, decode_complete};
use crate::error::{DecodeError, EncodeError};
use crate::packet::Packet;
use crate::packet_type::PacketType;
use crate::version::Version;
use crate::wire::header::Header;
use crate::wire::writer::Writer;
use bytes::{Bytes, BytesMut};
use core::fmt;
use core::hash::{Hash, Hasher};
use packet_bytes::PacketBytes;

/// A legal packet that owns its bytes: store it, queue it, or send it to another task.
///
/// An `OwnedPacket` holds the encoded packet. Clones of the packet share the bytes, and fields
/// [taken](Self::slice_ref) from the packet share them, too. [`packet`](Self::packet) decodes the bytes again
/// and gives the borrowed [`Packet`].
///
/// [`Decoder::decode_owned`] makes an `OwnedPacket` from a read buffer, [`Decoder::decode_owned_frame`] from
/// `Bytes` that are one packet, and [`new`](Self::new) from any packet. You can [encode](Encode) an
/// `OwnedPacket` like any packet. If the packet was received in 3.1.1 or 5.0 and is sent in the same version,
/// its bytes do not change. There are three exceptions. A Remaining Length with more bytes than needed (3.1.1)
/// becomes as short as possible. A [tolerated](Decoder::tolerate) packet becomes a legal packet. A DISCONNECT
/// with Reason Code 0x8C, which receivers accept and no sender may send, is not encoded.
///
/// ```
/// use bytes::{Bytes, BytesMut};
/// use mqtt_wire::owned::Owned;
/// use mqtt_wire::{Decoder, Packet, TopicName, Version};
/// use std::collections::HashMap;
///
/// let mut decoder = Decoder::new(Version::V3_1_1);
/// let mut buffer = BytesMut::from(&b"\x31\x0f\x00\x07/statusonline\xc0"[..]);
/// let mut latest = HashMap::new();
///
/// while let Some(owned) = decoder.decode_owned(&mut buffer)? {
///     if let Packet::Publish(publish) = owned.packet() {
///         let topic: Owned<TopicName> = owned.slice_ref(publish.topic.name().unwrap());
///         let payload: Bytes = owned.slice_ref(publish.payload);
///         assert_eq!(payload, "online");
///         latest.insert(topic, owned);
///     }
/// }
/// assert_eq!(buffer, b"\xc0"[..]); // half a PINGREQ: read on
/// assert!(latest.contains_key("/status"));
/// # Ok::<(), mqtt_wire::DecodeError>(())
/// ```
///
/// # Cost
///
/// An `OwnedPacket` takes 40 bytes on a 64-bit machine. A packet of at most eight bytes, such as an
/// acknowledgement, fits into these 40 bytes. Such a packet is copied, and needs no allocation.
///
/// A longer packet that was split off a read buffer shares the allocation of the buffer. (The first packet of
/// each allocation adds about 40 bytes for the count of the owners.) The whole allocation stays in memory as
/// long as one packet, or one field of a packet, needs it. If you keep a packet for long,
/// [`compact`](Self::compact) it.
///
/// Each call of [`packet`](Self::packet) decodes the packet again, but does not read the payload of a
/// PUBLISH. So call `packet` once, and pass the result on. To look at a packet before you own it, call
/// [`Decoder::decode_owned_with`], which decodes only once. Splitting a packet off adds about 130 instructions
/// to decoding. The rows `own` of `benches/instructions/limits.tsv` count the instructions. A clone is an
/// atomic increment. Encoding in the same version copies the bytes.
#[derive(Clone)]
pub struct OwnedPacket {
    /// Exactly one packet, which the decoder has accepted in this version.
    bytes: PacketBytes,
    version: Version,
}

impl OwnedPacket {
    /// Encodes the packet into an allocation of exactly its length. A packet of at most eight bytes needs no
    /// allocation.
    ///
    /// Use an `OwnedPacket` for a will, a message that awaits its acknowledgement, or a message for many
    /// subscribers.
    ///
    /// ```
    /// use mqtt_wire::owned::OwnedPacket;
    /// use mqtt_wire::{Delivery, PacketId, Qos, Version, Will, binary, topic_name};
    ///
    /// let will = Will {
    ///     qos: Qos::AtLeastOnce,
    ///     retain: true,
    ///     ..Will::new(topic_name!("/status"), binary!(b"Client123 is offline"))
    /// };
    /// let delivery = Delivery::new(will.qos, PacketId::MIN);
    /// let stored = OwnedPacket::new(&will.publish(delivery), Version::V3_1_1)?;
    /// assert_eq!(stored.packet(), will.publish(delivery).into());
    /// # Ok::<(), mqtt_wire::EncodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`Encode`].
    #[inline]
    pub fn new<P: Encode + ?Sized>(packet: &P, version: Version) -> Result<Self, EncodeError> {
        Ok(Self { bytes: PacketBytes::encode(packet, version)?, version })
    }

    /// Decodes the packet again. The result borrows from this value.
    #[must_use]
    #[inline]
    pub fn packet(&self) -> Packet<'_> {
        let bytes = self.as_bytes();
        let header = Header::parse(bytes).unwrap_or_default();
        // A packet that was decoded once can be decoded again. So both default values are never used.
        let Some(frame) = header.and_then(|header| header.frame(bytes)) else { return Packet::PingReq };
        decode_complete(frame, &self.context()).unwrap_or(Packet::PingReq)
    }

    /// The context to decode the bytes again. The context accepts bridges, because the first decoder may have
    /// accepted one.
    #[inline]
    fn context(&self) -> Context {
        Context::new(Some(self.version)).with(Switch::AcceptBridge, true)
    }

    /// The type of the packet, without decoding it.
    #[must_use]
    #[inline]
    pub fn packet_type(&self) -> PacketType {
        type_of(&self.bytes)
    }

    /// The version of the bytes. For a CONNECT the result is the CONNECT's own version.
    #[must_use]
    #[inline]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// The bytes of the packet, fixed header included.
    #[must_use]
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes of the packet, fixed header included.
    ///
    /// A packet of at most eight bytes is copied into an allocation.
    #[must_use]
    #[inline]
    pub fn into_bytes(self) -> Bytes {
        self.bytes.into_bytes()
    }

    /// Takes a field of the [`packet`](Self::packet), so that the field outlives the packet.
    ///
    /// A payload becomes [`Bytes`], any other value [`Owned`].
    ///
    /// The field shares the allocation of the packet, so nothing is copied. There are two exceptions: a field
    /// of a packet of at most eight bytes, and a value that is not a part of the packet, such as a literal.
    /// Both are copied.
    ///
    /// ```
    /// use mqtt_wire::owned::OwnedPacket;
    /// use mqtt_wire::{Connect, Packet, Version, text};
    ///
    /// let connect =
    ///     Connect { client_id: text!("Client123"), ..Connect::new(Version::V5_0) };
    /// let owned = OwnedPacket::new(&connect, Version::V5_0)?;
    /// let Packet::Connect(connect) = owned.packet() else { panic!() };
    ///
    /// let client_id = owned.slice_ref(connect.client_id);
    /// drop(owned);
    /// assert_eq!(client_id, "Client123");
    /// # Ok::<(), mqtt_wire::EncodeError>(())
    /// ```
    #[inline]
    pub fn slice_ref<'a, K: SliceRef<'a>>(&self, field: K) -> K::Output {
        match &self.bytes {
            PacketBytes::Shared(bytes) => share(bytes, field),
            PacketBytes::Short { .. } => K::kept(Bytes::copy_from_slice(field.field_bytes())),
        }
    }

    /// Copies the packet into an allocation of exactly its length.
    ///
    /// The shared read buffer can then be freed.
    #[must_use]
    #[inline]
    pub fn compact(&self) -> Self {
        Self { bytes: PacketBytes::copy_from_slice(&self.bytes), version: self.version }
    }

    /// Whether the bytes can be written unchanged. Bytes of 3.1 may have bits that receivers ignore. These bits are
    /// not forwarded.
    #[inline]
    fn is_written_as_it_is(&self, version: Version) -> bool {
        self.version == version && version != Version::V3_1
    }
}

/// The type of a packet, by its first byte.
#[inline]
fn type_of(bytes: &[u8]) -> PacketType {
    // A packet has a first byte, and its type is known.
    let first_byte = bytes.first().copied();
    first_byte
        .and_then(|first_byte| PacketType::from_first_byte(first_byte).ok())
        .unwrap_or(PacketType::PingReq)
}

/// The body of a packet: all bytes after the fixed header.
#[inline]
fn body_of(bytes: &[u8]) -> &[u8] {
    match Header::parse(bytes) {
        Ok(Some(header)) => header.available_body(),
        _ => &[], // A packet has a whole header.
    }
}

/// Whether an encoder of the same version may refuse a packet that was decoded.
///
/// In 5.0 an encoder for one sender may refuse properties and Reason Codes. A decoder accepts a DISCONNECT with Bad
/// Authentication Method, but an encoder never sends it. (`Layout` checks the size, and who sends this type of
/// packet.)
#[inline]
fn may_be_refused(packet_type: PacketType, v5: bool, to: Encoder) -> bool {
    v5 && (to.sender.is_some() || packet_type == PacketType::Disconnect)
}

/// Returns the owned field. If the field is a part of these bytes, the owned field shares the bytes. Otherwise
/// the owned field is a copy.
#[inline]
fn share<'a, K: SliceRef<'a>>(bytes: &Bytes, field: K) -> K::Output {
    let field = field.field_bytes();
    K::kept(part_of(bytes, field).unwrap_or_else(|| Bytes::copy_from_slice(field)))
}

/// Returns the part as a slice that shares these bytes. `None`: the part is not inside these bytes.
#[inline]
fn part_of(bytes: &Bytes, part: &[u8]) -> Option<Bytes> {
    // Two allocations never overlap, so bytes between the ends of this allocation are a part of this
    // allocation. The addresses are only compared.
    let start = part.as_ptr().addr().checked_sub(bytes.as_ptr().addr())?;
    let end = start.checked_add(part.len())?;
    (end <= bytes.len()).then(|| bytes.slice(start..end))
}

/// Packets that outlive the buffer.
impl Decoder {
    /// Decodes the first packet, and splits it off the buffer.
    ///
    /// The packet shares the allocation of the buffer, so nothing is copied. (A packet of at most eight bytes
    /// is copied, and does not need the buffer.) See [`decode`](Self::decode).
    ///
    /// A [tolerated](Self::tolerate) packet is encoded again into its own allocation, so that you can send
    /// legal bytes. If a tolerated packet cannot be encoded, the method refuses the packet.
    ///
    /// `Ok(None)` means that the packet is not complete: read more bytes into the buffer and call again.
    ///
    /// # Errors
    ///
    /// The errors of [`decode`](Self::decode). The buffer does not change.
    #[cfg_attr(docsrs, doc(cfg(feature = "bytes")))]
    #[inline]
    pub fn decode_owned(&mut self, buffer: &mut BytesMut) -> Result<Option<OwnedPacket>, DecodeError> {
        Ok(self.decode_owned_with(buffer, |_| ())?.map(|(owned, ())| owned))
    }

    /// Decodes the first packet, passes it to `look`, and splits it off the buffer.
    ///
    /// The method decodes the packet once. ([`OwnedPacket::packet`] decodes it again.) It returns the owned
    /// packet and the result of `look`. If the packet is incomplete or refused, the method does not call
    /// `look`. The result of `look` cannot borrow from the packet: to keep fields, see
    /// [`split_frame`](Self::split_frame). See [`decode_owned`](Self::decode_owned).
    ///
    /// If the closure is a variable, write the type of its argument, as in this example. Otherwise the compiler
    /// does not accept the closure for every lifetime.
    ///
    /// ```
    /// use bytes::BytesMut;
    /// use mqtt_wire::{Decoder, Packet, Version, topic_filter};
    ///
    /// let subscriptions = [topic_filter!("/status"), topic_filter!("/alarm")];
    /// let mut decoder = Decoder::new(Version::V3_1_1);
    /// let mut buffer = BytesMut::from(&b"\x31\x0f\x00\x07/statusonline\xc0\x00"[..]);
    /// // The number of the subscription that a PUBLISH matches.
    /// let route = |packet: &Packet<'_>| match packet {
    ///     Packet::Publish(publish) => {
    ///         let topic = publish.topic.name()?;
    ///         subscriptions.iter().position(|filter| filter.matches(topic))
    ///     }
    ///     _ => None,
    /// };
    /// let mut queues = vec![vec![]; 2];
    /// while let Some((owned, subscription)) = decoder.decode_owned_with(&mut buffer, route)? {
    ///     if let Some(number) = subscription {
    ///         queues[number].push(owned);
    ///     }
    /// }
    /// assert_eq!((queues[0].len(), queues[1].len()), (1, 0));
    /// # Ok::<(), mqtt_wire::DecodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`decode_owned`](Self::decode_owned). The buffer does not change.
    #[cfg_attr(docsrs, doc(cfg(feature = "bytes")))]
    #[inline]
    pub fn decode_owned_with<R>(
        &mut self,
        buffer: &mut BytesMut,
        look: impl FnOnce(&Packet<'_>) -> R,
    ) -> Result<Option<(OwnedPacket, R)>, DecodeError> {
        // A tolerant decoder has a function of its own. Otherwise the row `5.0 PUBLISH without properties` of benches/rivals takes 17 %
        // more time in the column "owned".
        if self.context().tolerates_any() {
            return self.decode_tolerated_with(buffer, look);
        }
        // The packet takes 288 bytes, so the code matches it by reference and does not move it.
        let (version, len, seen) = match &self.decode(buffer) {
            Ok(Some((packet, rest))) => {
                (self.version_of(packet), buffer.len().saturating_sub(rest.len()), look(packet))
            }
            Ok(None) => return Ok(None),
            Err(error) => return Err(*error),
        };
        let bytes = PacketBytes::split_off(buffer, len);
        Ok(Some((OwnedPacket { bytes, version }, seen)))
    }

    /// [`decode_owned_with`](Self::decode_owned_with) of a decoder with tolerances.
    #[cold]
    fn decode_tolerated_with<R>(
        &mut self,
        buffer: &mut BytesMut,
        look: impl FnOnce(&Packet<'_>) -> R,
    ) -> Result<Option<(OwnedPacket, R)>, DecodeError> {
        let Some((packet, rest)) = self.decode(buffer)? else { return Ok(None) };
        let (version, len) = (self.version_of(&packet), buffer.len().saturating_sub(rest.len()));
        let legal = self.encode_tolerated(buffer.get(..len).unwrap_or_default(), version)?;
        let seen = look(&packet);
        let bytes = PacketBytes::split_off(buffer, len);
        Ok(Some((legal.unwrap_or(OwnedPacket { bytes, version }), seen)))
    }

    /// Decodes bytes that are exactly one packet, and owns them.
    ///
    /// See [`decode_frame`](Self::decode_frame).
    ///
    /// ```
    /// use bytes::Bytes;
    /// use mqtt_wire::{Decoder, Packet, Version};
    ///
    /// let owned = Decoder::new(Version::V5_0)
    ///     .decode_owned_frame(Bytes::from_static(b"\xc0\x00"))?;
    /// assert_eq!(owned.packet(), Packet::PingReq);
    /// # Ok::<(), mqtt_wire::DecodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`decode_frame`](Self::decode_frame).
    #[cfg_attr(docsrs, doc(cfg(feature = "bytes")))]
    #[inline]
    pub fn decode_owned_frame(&mut self, frame: Bytes) -> Result<OwnedPacket, DecodeError> {
        let packet = self.decode_frame(&frame)?;
        let version = self.version_of(&packet);
        self.own(frame.into(), version)
    }

    /// Owns a copy of bytes that are exactly one packet. This decoder has accepted the packet in this version.
    pub(crate) fn own_copy(&self, frame: &[u8], version: Version) -> Result<OwnedPacket, DecodeError> {
        self.own(PacketBytes::copy_from_slice(frame), version)
    }

    /// Owns bytes that are exactly one packet. This decoder has accepted the packet in this version.
    #[inline]
    fn own(&self, frame: PacketBytes, version: Version) -> Result<OwnedPacket, DecodeError> {
        match self.encoded_again(&frame, version)? {
            None => Ok(OwnedPacket { bytes: frame, version }),
            Some(owned) => Ok(owned),
        }
    }

    /// Encodes the packet again if it needed a tolerance, because an `OwnedPacket` is sent unchanged.
    ///
    /// # Errors
    ///
    /// The tolerated error, if the packet cannot be encoded.
    #[inline]
    fn encoded_again(&self, frame: &[u8], version: Version) -> Result<Option<OwnedPacket>, DecodeError> {
        if self.context().tolerates_any() { self.encode_tolerated(frame, version) } else { Ok(None) }
    }

    #[cold]
    fn encode_tolerated(&self, frame: &[u8], version: Version) -> Result<Option<OwnedPacket>, DecodeError> {
        let Err(refused) = Self::of(self.context().strict()).decode_frame(frame) else { return Ok(None) };
        let mut tolerant = *self;
        let packet = tolerant.decode_frame(frame)?;
        let bytes = PacketBytes::encode_rare(&packet, version).map_err(|_| refused)?;
        Ok(Some(OwnedPacket { bytes, version }))
    }
}

impl EncodeInto for OwnedPacket {
    #[inline]
    fn encode_into<T: Target>(&self, to: Encoder, target: T) -> Result<T::Output, EncodeError> {
        if self.is_written_as_it_is(to.version) {
            encode_apart(&Unchanged { packet: self, bytes: self.as_bytes() }, to, target)
        } else {
            self.packet().encode_into(to, target)
        }
    }
}

/// A packet whose bytes are written as they are.
struct Unchanged<'a> {
    packet: &'a OwnedPacket,
    /// The bytes of the packet. `OwnedPacket` would look for them again at each call.
    bytes: &'a [u8],
}

impl WritePacket for Unchanged<'_> {
    // The bytes are one field.
    const IS_HEAD_APPENDED_AT_ONCE: bool = false;

    #[inline]
    fn packet_type(&self) -> PacketType {
        type_of(self.bytes)
    }

    #[inline]
    fn first_byte(&self) -> u8 {
        self.bytes.first().copied().unwrap_or(self.packet_type().first_byte())
    }

    #[inline]
    fn check<const V5: bool>(&self, to: Encoder) -> Result<(), EncodeError> {
        if may_be_refused(self.packet_type(), V5, to) {
            self.packet.packet().encode_into(to, Length).map(drop)
        } else {
            Ok(())
        }
    }

    #[inline]
    fn write<const V5: bool>(&self, out: &mut impl Writer) {
        out.bytes(body_of(self.bytes));
    }
}

#[cfg_attr(docsrs, doc(cfg(feature = "bytes")))]
impl Encode for OwnedPacket {}

/// Copies the slices into an allocation of exactly the packet's length.
impl From<OutgoingPublish<'_>> for OwnedPacket {
    #[inline]
    fn from(publish: OutgoingPublish<'_>) -> Self {
        let mut buffer = BytesMut::with_capacity(publish.len());
        publish.slices().iter().for_each(|slice| buffer.extend_from_slice(slice));
        Self { bytes: buffer.freeze().into(), version: publish.version() }
    }
}

/// The bytes of the packet, fixed header included.
impl From<OwnedPacket> for Bytes {
    #[inline]
    fn from(packet: OwnedPacket) -> Self {
        packet.into_bytes()
    }
}

/// Two values are equal if their packets and versions are equal. The bytes may differ.
impl PartialEq for OwnedPacket {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version && self.packet() == other.packet()
    }
}

impl Eq for OwnedPacket {}

impl Hash for OwnedPacket {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.version.hash(state);
        self.packet().hash(state);
    }
}

/// Shows the packet, and no secrets.
impl fmt::Debug for OwnedPacket {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedPacket").field("version", &self.version).field("packet", &self.packet()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes a packet from bytes that were never decoded. This cannot happen outside tests.
    #[test]
    fn bytes_that_were_never_decoded_give_a_pingreq() {
        for bytes in [&b""[..], b"\x00", b"\x30\x80", b"\x30\x03\x00\x00"] {
            let bytes = PacketBytes::copy_from_slice(bytes);
            let impossible = OwnedPacket { bytes, version: Version::V3_1_1 };
            assert_eq!(impossible.packet(), Packet::PingReq);
            assert!(body_of(impossible.as_bytes()).len() < 3);
        }
        let empty = OwnedPacket { bytes: PacketBytes::Shared(Bytes::new()), version: Version::V5_0 };
        assert_eq!(empty.packet_type(), PacketType::PingReq);
        let mut buffer = [0; 2];
        assert_eq!(empty.encode(Version::V5_0, &mut buffer), Ok(&[0xc0, 0][..]));
    }

    #[test]
    fn shares_parts_of_its_own_bytes_only() {
        let whole = Bytes::from_static(b"\x30\x05\x00\x01ahi\xc0\x00");
        let owned = whole.slice(..7);
        assert_eq!(part_of(&owned, &whole[..7]), Some(whole.slice(..7)));
        assert_eq!(part_of(&owned, &whole[5..7]).map(|part| part.as_ptr()), Some(whole[5..].as_ptr()));
        assert_eq!(part_of(&owned, &whole[7..7]), Some(Bytes::new()));
        assert_eq!(part_of(&owned, &whole[6..8]), None, "one byte too far");
        assert_eq!(part_of(&owned, &whole[8..]), None);
        let later = whole.slice(7..);
        assert_eq!(part_of(&later, &whole[6..7]), None, "one byte too early");
        assert_eq!(part_of(&later, &[]), None);
    }
}
