//! Encodes packets. All checks are done before the caller's buffer gets a byte, so on an error nothing is written.

use crate::error::{EncodeError, Inconsistency};
use crate::field::Field;
use crate::packet_type::PacketType;
use crate::property::Properties;
use crate::role::Role;
use crate::value::MAX_VARINT;
use crate::version::Version;
use crate::wire::writer::{BlockLengths, LengthCounter, SliceWriter, Writer, varint_len};
#[cfg(feature = "bytes")]
use crate::wire::{short_head::ShortHead, writer::BufMutWriter};

/// Writes packets: [`Packet`](crate::Packet), each of the fifteen types, and references to them.
///
/// The trait is sealed. One generic function can send any packet:
///
/// ```
/// use mqtt_wire::{Connect, Encode, EncodeError, PingReq, Version, text};
///
/// fn send(
///     packet: &impl Encode,
///     version: Version,
///     socket: &mut Vec<u8>,
/// ) -> Result<(), EncodeError> {
///     let mut buffer = [0; 256];
///     socket.extend_from_slice(packet.encode(version, &mut buffer)?);
///     Ok(())
/// }
///
/// let mut socket = Vec::new();
/// send(
///     &Connect { client_id: text!("a"), ..Connect::new(Version::V3_1_1) },
///     Version::V3_1_1,
///     &mut socket,
/// )?;
/// send(&PingReq, Version::V3_1_1, &mut socket)?;
/// assert_eq!(socket, b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x00\x00\x01a\xc0\x00");
/// # Ok::<(), EncodeError>(())
/// ```
///
/// # Errors
///
/// On an error nothing is written. All methods fail with
/// - [`EncodeError::NotInVersion`] if the version cannot carry the packet, or the packet is a CONNECT of
///   another version;
/// - [`EncodeError::Inconsistent`] if parts of the packet contradict each other, or a required part is
///   absent;
/// - [`EncodeError::TooLarge`] if the Remaining Length would be more than 268,435,455 bytes;
/// - [`EncodeError::TooLargeForPeer`] if the packet is larger than the
///   [`max_packet_size`](Encoder::max_packet_size) of an [`Encoder`].
///
/// Methods that write also fail with [`EncodeError::BufferTooSmall`] if the packet does not fit into the
/// buffer.
#[allow(private_bounds, reason = "this seals the trait")]
pub trait Encode: EncodeInto {
    /// The exact length of the packet in bytes, fixed header included.
    ///
    /// # Errors
    ///
    /// See [`Encode`]. The length needs no buffer, so [`EncodeError::BufferTooSmall`] cannot occur.
    #[inline]
    fn encoded_len(&self, version: Version) -> Result<usize, EncodeError> {
        Encoder::new(version).encoded_len(self)
    }

    /// Writes the packet to the beginning of the buffer and returns the written bytes.
    ///
    /// # Errors
    ///
    /// See [`Encode`].
    #[inline]
    fn encode<'b>(&self, version: Version, buffer: &'b mut [u8]) -> Result<&'b [u8], EncodeError> {
        Encoder::new(version).encode(self, buffer)
    }

    /// Appends the packet to a [`BufMut`](bytes::BufMut), such as `Vec<u8>`. Returns the length in bytes.
    ///
    /// ```
    /// use mqtt_wire::{Encode, PingReq, Version};
    ///
    /// let mut buffer = bytes::BytesMut::new();
    /// assert_eq!(PingReq.encode_to(Version::V5_0, &mut buffer), Ok(2));
    /// assert_eq!(buffer, b"\xc0\x00"[..]);
    /// ```
    ///
    /// # Errors
    ///
    /// See [`Encode`].
    #[cfg(feature = "bytes")]
    #[cfg_attr(docsrs, doc(cfg(feature = "bytes")))]
    #[inline]
    fn encode_to<B: bytes::BufMut>(&self, version: Version, buffer: &mut B) -> Result<usize, EncodeError> {
        Encoder::new(version).encode_to(self, buffer)
    }
}

/// Encodes the packets of one connection. An encoder can also check the sender and the size.
///
/// ```
/// use mqtt_wire::{EncodeError, Encoder, Inconsistency, PingReq, Role, Version};
///
/// let server = Encoder::new(Version::V5_0).sender(Role::Server);
/// assert_eq!(
///     server.encode(&PingReq, &mut [0; 2]),
///     Err(EncodeError::Inconsistent(Inconsistency::WrongDirection))
/// );
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use]
pub struct Encoder {
    pub(crate) version: Version,
    pub(crate) sender: Option<Role>,
    /// In bytes, at most the standard's limit.
    max_packet_size: u32,
}

/// The length of the largest packet in bytes: 5 bytes of fixed header, and the largest Remaining Length.
const MAX_PACKET_SIZE: u32 = MAX_VARINT + 5;

impl Encoder {
    /// An encoder for this version, from a client or a server.
    #[inline]
    pub const fn new(version: Version) -> Self {
        Self { version, sender: None, max_packet_size: MAX_PACKET_SIZE }
    }

    /// Refuses packets, properties and Reason Codes that this sender never sends.
    pub const fn sender(self, sender: Role) -> Self {
        Self { sender: Some(sender), ..self }
    }

    /// Refuses packets larger than `bytes`, fixed header included.
    ///
    /// Pass the Maximum Packet Size that the peer has announced (\[MQTT-3.1.2-24\], \[MQTT-3.2.2-15\]).
    ///
    /// [`PeerLimits`](crate::broker::PeerLimits) leaves optional parts out of a packet that is too large.
    ///
    /// ```
    /// use mqtt_wire::{EncodeError, Encoder, Publish, Version, topic_name};
    ///
    /// let encoder = Encoder::new(Version::V5_0).max_packet_size(16);
    /// let publish = Publish::new(topic_name!("a"), b"more than the peer takes");
    /// let error = EncodeError::TooLargeForPeer { needed: 30, maximum: 16 };
    /// assert_eq!(encoder.encode(&publish, &mut [0; 64]), Err(error));
    /// ```
    pub const fn max_packet_size(self, bytes: u32) -> Self {
        let max_packet_size = if bytes < MAX_PACKET_SIZE { bytes } else { MAX_PACKET_SIZE };
        Self { max_packet_size, ..self }
    }

    /// The version of the encoded packets.
    #[must_use]
    #[inline]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// An encoder with the same settings, for another version.
    pub(crate) const fn with_version(self, version: Version) -> Self {
        Self { version, ..self }
    }

    /// The exact length of the packet in bytes, fixed header included.
    ///
    /// # Errors
    ///
    /// See [`Encode`]. The length needs no buffer, so [`EncodeError::BufferTooSmall`] cannot occur.
    #[inline]
    pub fn encoded_len<P: Encode + ?Sized>(&self, packet: &P) -> Result<usize, EncodeError> {
        packet.encode_into(*self, Length)
    }

    /// Writes the packet to the beginning of the buffer and returns the written bytes.
    ///
    /// # Errors
    ///
    /// See [`Encode`].
    #[inline]
    pub fn encode<'b, P: Encode + ?Sized>(
        &self,
        packet: &P,
        buffer: &'b mut [u8],
    ) -> Result<&'b [u8], EncodeError> {
        packet.encode_into(*self, Slice(buffer))
    }

    /// Appends the packet to a [`BufMut`](bytes::BufMut) and returns the packet's length in bytes.
    ///
    /// # Errors
    ///
    /// See [`Encode`].
    #[cfg(feature = "bytes")]
    #[cfg_attr(docsrs, doc(cfg(feature = "bytes")))]
    #[inline]
    pub fn encode_to<P: Encode + ?Sized, B: bytes::BufMut>(
        &self,
        packet: &P,
        buffer: &mut B,
    ) -> Result<usize, EncodeError> {
        packet.encode_into(*self, End(buffer))
    }

    /// The lengths of a packet, from the length of its body up to the payload and the length of its payload. Refuses a packet
    /// that is too large.
    #[inline]
    fn lengths(self, before_payload: u64, payload: usize) -> Result<Lengths, EncodeError> {
        let counted = before_payload.wrapping_add(payload as u64);
        let remaining = u32::try_from(counted).unwrap_or(u32::MAX);
        let header = varint_len(remaining).wrapping_add(1) as u64;
        let packet = header.wrapping_add(u64::from(remaining));
        // [MQTT-3.1.2-24] [MQTT-3.2.2-15] no packet is larger than the peer's maximum
        if packet > u64::from(self.max_packet_size) {
            return Err(self.too_large(counted, packet));
        }
        Ok(Lengths { remaining, packet: usize::try_from(packet).unwrap_or(usize::MAX) })
    }

    /// Refuses a length that is too large for the peer.
    #[cfg(feature = "tokio-util")]
    pub(crate) fn check_len(self, needed: usize) -> Result<(), EncodeError> {
        if needed > self.max_packet_size as usize {
            return Err(EncodeError::TooLargeForPeer { needed, maximum: self.max_packet_size });
        }
        Ok(())
    }

    /// The error for a packet of `len` bytes, which is too large.
    #[cold]
    fn too_large(self, remaining_length: u64, len: u64) -> EncodeError {
        if remaining_length > u64::from(MAX_VARINT) {
            return EncodeError::TooLarge { remaining_length };
        }
        let needed = usize::try_from(len).unwrap_or(usize::MAX);
        EncodeError::TooLargeForPeer { needed, maximum: self.max_packet_size }
    }

    /// Whether the version has properties and Reason Codes.
    #[inline]
    pub(crate) fn is_v5(self) -> bool {
        self.version == Version::V5_0
    }

    /// The error for a field that 3.x cannot carry.
    #[inline]
    pub(crate) fn not_in_version(self, field: Field) -> EncodeError {
        EncodeError::NotInVersion { field, version: self.version }
    }

    /// Refuses properties before 5.0. The error names the first property.
    #[inline]
    pub(crate) fn check_absent(self, properties: &impl Properties) -> Result<(), EncodeError> {
        if properties.is_empty() { Ok(()) } else { self.refuse_first(properties) }
    }

    /// The error for the first property.
    #[cold]
    fn refuse_first(self, properties: &impl Properties) -> Result<(), EncodeError> {
        properties.first().map_or(Ok(()), |id| Err(self.not_in_version(id.into())))
    }

    /// Refuses the packet if `sent_by` says that the sender never sends it.
    #[inline]
    pub(crate) fn check_sender(self, sent_by: impl Fn(Role) -> bool) -> Result<(), EncodeError> {
        match self.sender {
            Some(sender) if !sent_by(sender) => Err(EncodeError::Inconsistent(Inconsistency::WrongDirection)),
            _ => Ok(()),
        }
    }
}

/// The writing of a packet: each packet's file implements this trait.
pub(crate) trait WritePacket {
    /// Whether a `BufMut` gets a short head in one piece, as a [`ShortHead`]. A packet with few fields is not put together
    /// first, because an append for each field takes less time. A packet with Topic Filters is not, either, because its head
    /// is rarely short.
    #[cfg_attr(not(feature = "bytes"), allow(dead_code, reason = "only a `BufMut` is appended to"))]
    const IS_HEAD_APPENDED_AT_ONCE: bool = true;

    fn packet_type(&self) -> PacketType;

    /// Type and flags.
    #[inline]
    fn first_byte(&self) -> u8 {
        self.packet_type().first_byte()
    }

    /// Checks the rules that types cannot express: rules of the whole packet and of the version.
    fn check<const V5: bool>(&self, to: Encoder) -> Result<(), EncodeError>;

    /// Writes the body up to the payload, after `check`.
    fn write<const V5: bool>(&self, out: &mut impl Writer);

    /// Writes all bytes before the payload.
    #[inline]
    fn write_head<const V5: bool>(&self, remaining_length: u32, out: &mut impl Writer) {
        out.u8_and_varint(self.first_byte(), remaining_length);
        self.write::<V5>(out);
    }

    /// The payload of a PUBLISH.
    #[inline]
    fn payload(&self) -> &[u8] {
        &[]
    }
}

/// The part of [`Encode`] that seals the trait. [`Packet`](crate::Packet) matches its variant once.
pub(crate) trait EncodeInto {
    /// Writes the packet to the target, if it is legal.
    fn encode_into<T: Target>(&self, to: Encoder, target: T) -> Result<T::Output, EncodeError>;
}

/// Encodes one packet by its [`WritePacket`].
#[inline]
pub(crate) fn encode_one<P: WritePacket, T: Target>(
    packet: &P,
    to: Encoder,
    target: T,
) -> Result<T::Output, EncodeError> {
    // `V5` is a constant below: a program for one version has the code for 5.0 or the code for 3.x, not both.
    match to.is_v5() {
        true => target.take::<P, true>(packet, to),
        false => target.take::<P, false>(packet, to),
    }
}

/// [`encode_one`] in a stack frame of its own, for packets with rare fields. The caller then needs no space for these
/// fields.
#[inline]
pub(crate) fn encode_apart<P: WritePacket, T: Target>(
    packet: &P,
    to: Encoder,
    target: T,
) -> Result<T::Output, EncodeError> {
    match to.is_v5() {
        true => encode_packet_apart::<P, T, true>(packet, to, target),
        false => encode_packet_apart::<P, T, false>(packet, to, target),
    }
}

impl<P: EncodeInto + ?Sized> EncodeInto for &P {
    #[inline]
    fn encode_into<T: Target>(&self, to: Encoder, target: T) -> Result<T::Output, EncodeError> {
        P::encode_into(self, to, target)
    }
}

/// Encodes the packet that the reference points to.
impl<P: Encode + ?Sized> Encode for &P {}

/// [`encode_packet`] in a stack frame of its own.
// Without this attribute, `encode 3.1.1 PUBACK` takes 55 % more.
#[inline(never)]
fn encode_packet_apart<P: WritePacket, T: Target, const V5: bool>(
    packet: &P,
    to: Encoder,
    target: T,
) -> Result<T::Output, EncodeError> {
    target.take::<P, V5>(packet, to)
}

/// The destination of an encoded packet.
pub(crate) trait Target {
    type Output;

    /// Takes the packet, if it is legal.
    fn take<P: WritePacket, const V5: bool>(
        self,
        packet: &P,
        to: Encoder,
    ) -> Result<Self::Output, EncodeError>;
}

/// No destination: only the length of the packet is needed.
pub(crate) struct Length;

impl Target for Length {
    type Output = usize;

    #[inline]
    fn take<P: WritePacket, const V5: bool>(self, packet: &P, to: Encoder) -> Result<usize, EncodeError> {
        Ok(Layout::of::<P, V5>(packet, packet.payload().len(), to)?.lengths.packet)
    }
}

/// To the beginning of a slice.
struct Slice<'b>(&'b mut [u8]);

impl<'b> Target for Slice<'b> {
    type Output = &'b [u8];

    #[inline]
    fn take<P: WritePacket, const V5: bool>(self, packet: &P, to: Encoder) -> Result<&'b [u8], EncodeError> {
        let layout = Layout::of::<P, V5>(packet, packet.payload().len(), to)?;
        let Some((frame, _)) = self.0.split_at_mut_checked(layout.lengths.packet) else {
            return Err(EncodeError::BufferTooSmall { needed: layout.lengths.packet });
        };
        let mut writer = SliceWriter::new(frame, layout.blocks);
        layout.write_head::<P, V5>(packet, &mut writer);
        writer.bytes(packet.payload());
        Ok(frame)
    }
}

/// To the end of a `BufMut`.
#[cfg(feature = "bytes")]
struct End<'b, B>(&'b mut B);

#[cfg(feature = "bytes")]
impl<B: bytes::BufMut> Target for End<'_, B> {
    type Output = usize;

    #[inline]
    fn take<P: WritePacket, const V5: bool>(self, packet: &P, to: Encoder) -> Result<usize, EncodeError> {
        if !P::IS_HEAD_APPENDED_AT_ONCE {
            return self.append_fields::<P, V5>(packet, to);
        }
        check::<P, V5>(packet, to)?;
        let mut head = ShortHead::new();
        let Some(body_len) = head.write_body(|out| packet.write::<V5>(out)) else {
            return self.append_long::<P, V5>(packet, to);
        };
        let lengths = to.lengths(body_len as u64, packet.payload().len())?;
        self.check_space(lengths.packet)?;
        self.0.put_slice(head.with_fixed_header(packet.first_byte(), lengths.remaining, body_len));
        self.0.put_slice(packet.payload());
        Ok(lengths.packet)
    }
}

#[cfg(feature = "bytes")]
impl<B: bytes::BufMut> End<'_, B> {
    /// [`append_fields`](Self::append_fields) in a function of its own, because few heads are long.
    #[cold]
    fn append_long<P: WritePacket, const V5: bool>(
        self,
        packet: &P,
        to: Encoder,
    ) -> Result<usize, EncodeError> {
        self.append_fields::<P, V5>(packet, to)
    }

    /// Checks and measures the packet, and appends each field.
    #[inline]
    fn append_fields<P: WritePacket, const V5: bool>(
        self,
        packet: &P,
        to: Encoder,
    ) -> Result<usize, EncodeError> {
        let layout = Layout::of::<P, V5>(packet, packet.payload().len(), to)?;
        self.check_space(layout.lengths.packet)?;
        layout.write_head::<P, V5>(packet, &mut BufMutWriter::new(self.0, layout.blocks));
        self.0.put_slice(packet.payload());
        Ok(layout.lengths.packet)
    }

    #[inline]
    fn check_space(&self, needed: usize) -> Result<(), EncodeError> {
        if self.0.remaining_mut() < needed {
            return Err(EncodeError::BufferTooSmall { needed });
        }
        Ok(())
    }
}

/// The lengths of a packet in bytes.
struct Lengths {
    /// The Remaining Length.
    remaining: u32,
    /// The whole packet.
    packet: usize,
}

/// The lengths of a legal packet, and of its blocks.
pub(crate) struct Layout {
    lengths: Lengths,
    pub(crate) blocks: BlockLengths,
}

impl Layout {
    /// Checks and measures the packet, with a payload of `payload_len` bytes.
    pub(crate) fn of<P: WritePacket, const V5: bool>(
        packet: &P,
        payload_len: usize,
        to: Encoder,
    ) -> Result<Self, EncodeError> {
        check::<P, V5>(packet, to)?;
        let mut counter = LengthCounter::default();
        packet.write::<V5>(&mut counter);
        Ok(Self { lengths: to.lengths(counter.count(), payload_len)?, blocks: counter.blocks() })
    }

    /// The length of the head in bytes.
    #[inline]
    pub(crate) fn head_len(&self, payload_len: usize) -> usize {
        // The payload is a part of the packet, so this does not underflow.
        self.lengths.packet.saturating_sub(payload_len)
    }

    /// Writes the head: all bytes before the payload.
    #[inline]
    pub(crate) fn write_head<P: WritePacket, const V5: bool>(&self, packet: &P, out: &mut impl Writer) {
        packet.write_head::<V5>(self.lengths.remaining, out);
    }
}

/// Checks the packet, and that the sender sends packets of this type.
#[inline]
fn check<P: WritePacket, const V5: bool>(packet: &P, to: Encoder) -> Result<(), EncodeError> {
    packet.check::<V5>(to)?;
    to.check_sender(|role| packet.packet_type().sent_by(role, to.version))
}
