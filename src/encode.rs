//! Writing packets: the exact length first, then the bytes, and on any error nothing at all.

use crate::error::{EncodeError, Inconsistency};
use crate::field::Field;
use crate::packet_type::PacketType;
use crate::property::Properties;
use crate::role::Role;
use crate::value::MAX_VARINT;
use crate::version::Version;
#[cfg(feature = "bytes")]
use crate::wire::writer::BufMutWriter;
use crate::wire::writer::{BlockLengths, LengthCounter, SliceWriter, Writer, varint_len};

/// What can be encoded: [`Packet`](crate::Packet), each of the fifteen packets by itself, and references to
/// them.
///
/// The trait is sealed. One generic function can send any packet:
///
/// ```
/// use mqtt_wire::{Connect, Encode, EncodeError, PingReq, Version, text};
///
/// fn send(packet: &impl Encode, version: Version, socket: &mut Vec<u8>) -> Result<(), EncodeError> {
///     let mut buffer = [0; 256];
///     socket.extend_from_slice(packet.encode(version, &mut buffer)?);
///     Ok(())
/// }
///
/// let mut socket = Vec::new();
/// send(&Connect { client_id: text!("a"), ..Connect::new(Version::V3_1_1) }, Version::V3_1_1, &mut socket)?;
/// send(&PingReq, Version::V3_1_1, &mut socket)?;
/// assert_eq!(socket, b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x00\x00\x01a\xc0\x00");
/// # Ok::<(), EncodeError>(())
/// ```
///
/// # Errors
///
/// All methods fail alike, and then have written nothing: with [`EncodeError::NotInVersion`] if the
/// version cannot carry the packet (a CONNECT only has its own), [`EncodeError::Inconsistent`] if the
/// packet contradicts itself, and [`EncodeError::TooLarge`] above 268,435,455 bytes of Remaining Length;
/// those that write, with [`EncodeError::BufferTooSmall`] too.
#[allow(private_bounds, reason = "this seals the trait")]
pub trait Encode: EncodeInto {
    /// The exact length of the packet in bytes, fixed header included.
    ///
    /// # Errors
    ///
    /// The error that encoding would give.
    #[inline]
    fn encoded_len(&self, version: Version) -> Result<usize, EncodeError> {
        Encoder::new(version).encoded_len(self)
    }

    /// Writes the packet to the beginning of the buffer and gives the bytes that were written.
    ///
    /// # Errors
    ///
    /// See [`Encode`].
    #[inline]
    fn encode<'b>(&self, version: Version, buffer: &'b mut [u8]) -> Result<&'b [u8], EncodeError> {
        Encoder::new(version).encode(self, buffer)
    }

    /// Appends the packet to a [`BufMut`](bytes::BufMut): a `BytesMut`, a `Vec<u8>`, … Gives the number
    /// of bytes.
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

/// How to encode: for which version and, if that is to be checked, from which sender.
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
pub struct Encoder {
    pub(crate) version: Version,
    pub(crate) sender: Option<Role>,
}

impl Encoder {
    /// For this version, from either sender.
    #[must_use]
    #[inline]
    pub const fn new(version: Version) -> Self {
        Self { version, sender: None }
    }

    /// Also refuses packets, properties and Reason Codes that this sender never sends.
    #[must_use]
    pub const fn sender(self, sender: Role) -> Self {
        Self { sender: Some(sender), ..self }
    }

    /// The exact length of the packet in bytes, fixed header included.
    ///
    /// # Errors
    ///
    /// The error that encoding would give.
    #[inline]
    pub fn encoded_len<P: Encode + ?Sized>(&self, packet: &P) -> Result<usize, EncodeError> {
        packet.encode_into(*self, Length)
    }

    /// Writes the packet to the beginning of the buffer and gives the bytes that were written.
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

    /// Appends the packet to a [`BufMut`](bytes::BufMut) and gives the number of bytes.
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

    /// Whether the version has properties and Reason Codes.
    #[inline]
    pub(crate) fn is_v5(self) -> bool {
        self.version == Version::V5_0
    }

    /// A condition that only 5.0 can meet, or the field that 3.x cannot carry.
    #[inline]
    pub(crate) fn not_in_version(self, field: Field) -> EncodeError {
        EncodeError::NotInVersion { field, version: self.version }
    }

    /// Before 5.0 there are no properties: names the first that is there.
    #[inline]
    pub(crate) fn check_absent(self, properties: &impl Properties) -> Result<(), EncodeError> {
        if properties.is_empty() { Ok(()) } else { self.refuse_first(properties) }
    }

    /// For the property that is there.
    #[cold]
    fn refuse_first(self, properties: &impl Properties) -> Result<(), EncodeError> {
        properties.first().map_or(Ok(()), |id| Err(self.not_in_version(id.into())))
    }

    /// Whether all that `sent_by` speaks of may come from the given sender.
    #[inline]
    pub(crate) fn check_sender(self, sent_by: impl Fn(Role) -> bool) -> Result<(), EncodeError> {
        match self.sender {
            Some(sender) if !sent_by(sender) => Err(EncodeError::Inconsistent(Inconsistency::WrongDirection)),
            _ => Ok(()),
        }
    }
}

/// How one packet is written: what each packet's file says.
pub(crate) trait WritePacket {
    fn packet_type(&self) -> PacketType;

    /// Type and flags.
    #[inline]
    fn first_byte(&self) -> u8 {
        self.packet_type().first_byte()
    }

    /// What the types of the fields cannot rule out: what the whole packet or the version decides.
    fn check<const V5: bool>(&self, to: Encoder) -> Result<(), EncodeError>;

    /// All that follows the fixed header, up to the payload. `check` has been passed.
    fn write<const V5: bool>(&self, out: &mut impl Writer);

    /// The application message: what is left of the packet.
    #[inline]
    fn payload(&self) -> &[u8] {
        &[]
    }

    /// Whether the packet has nothing that is rare: then it is encoded in the stack frame of the caller, which pays
    /// for nothing that the packet does not have. Pays for the row `encode 3.1.1 PUBACK`.
    #[inline]
    fn is_plain(&self) -> bool {
        false
    }
}

/// What can be encoded: one packet, or [`Packet`](crate::Packet), which finds out once what it holds.
pub(crate) trait EncodeInto {
    /// Gives the packet to the target, if it can be written.
    fn encode_into<T: Target>(&self, to: Encoder, target: T) -> Result<T::Output, EncodeError>;
}

/// The way of each packet from [`EncodeInto`] to its [`WritePacket`].
#[inline]
pub(crate) fn encode_one<P: WritePacket, T: Target>(
    packet: &P,
    to: Encoder,
    target: T,
) -> Result<T::Output, EncodeError> {
    if packet.is_plain() {
        encode_packet(packet, to, target)
    } else {
        encode_packet_apart(packet, to, target)
    }
}

impl<P: EncodeInto + ?Sized> EncodeInto for &P {
    #[inline]
    fn encode_into<T: Target>(&self, to: Encoder, target: T) -> Result<T::Output, EncodeError> {
        P::encode_into(self, to, target)
    }
}

/// A reference is encoded as what it refers to.
impl<P: Encode + ?Sized> Encode for &P {}

/// [`encode_packet`] in a stack frame of its own.
#[inline(never)]
fn encode_packet_apart<P: WritePacket, T: Target>(
    packet: &P,
    to: Encoder,
    target: T,
) -> Result<T::Output, EncodeError> {
    encode_packet(packet, to, target)
}

/// Whether the version is 5.0 is a constant in all that follows: the code for other versions is not built.
#[cfg_attr(target_pointer_width = "64", inline(always))]
fn encode_packet<P: WritePacket, T: Target>(
    packet: &P,
    to: Encoder,
    target: T,
) -> Result<T::Output, EncodeError> {
    if to.is_v5() {
        target.take::<P, true>(packet, Layout::of::<P, true>(packet, to)?)
    } else {
        target.take::<P, false>(packet, Layout::of::<P, false>(packet, to)?)
    }
}

/// Where an encoded packet goes.
pub(crate) trait Target {
    type Output;

    fn take<P: WritePacket, const V5: bool>(
        self,
        packet: &P,
        layout: Layout,
    ) -> Result<Self::Output, EncodeError>;
}

/// Nowhere: only the length of the packet is wanted.
pub(crate) struct Length;

impl Target for Length {
    type Output = usize;

    #[inline]
    fn take<P: WritePacket, const V5: bool>(self, _: &P, layout: Layout) -> Result<usize, EncodeError> {
        Ok(layout.len)
    }
}

/// To the beginning of a slice.
struct Slice<'b>(&'b mut [u8]);

impl<'b> Target for Slice<'b> {
    type Output = &'b [u8];

    #[inline]
    fn take<P: WritePacket, const V5: bool>(
        self,
        packet: &P,
        layout: Layout,
    ) -> Result<&'b [u8], EncodeError> {
        let Some((frame, _)) = self.0.split_at_mut_checked(layout.len) else {
            return Err(EncodeError::BufferTooSmall { needed: layout.len });
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
    fn take<P: WritePacket, const V5: bool>(self, packet: &P, layout: Layout) -> Result<usize, EncodeError> {
        if self.0.remaining_mut() < layout.len {
            return Err(EncodeError::BufferTooSmall { needed: layout.len });
        }
        layout.write_head::<P, V5>(packet, &mut BufMutWriter::new(self.0, layout.blocks));
        self.0.put_slice(packet.payload());
        Ok(layout.len)
    }
}

/// The lengths of a packet that can be written.
pub(crate) struct Layout {
    remaining_length: u32,
    pub(crate) blocks: BlockLengths,
    /// The length of the whole packet, in bytes.
    len: usize,
}

impl Layout {
    /// Checks and measures the packet.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn of<P: WritePacket, const V5: bool>(packet: &P, to: Encoder) -> Result<Self, EncodeError> {
        packet.check::<V5>(to)?;
        to.check_sender(|role| packet.packet_type().sent_by(role, to.version))?;
        let mut counter = LengthCounter::default();
        packet.write::<V5>(&mut counter);
        let len = counter.count().wrapping_add(packet.payload().len() as u64);
        match u32::try_from(len) {
            Ok(remaining_length) if remaining_length <= MAX_VARINT => Ok(Self {
                remaining_length,
                blocks: counter.blocks(),
                len: (remaining_length as usize)
                    .saturating_add(1)
                    .saturating_add(varint_len(remaining_length)),
            }),
            _ => Err(EncodeError::TooLarge { remaining_length: len }),
        }
    }

    /// The length of all but the payload, in bytes.
    #[inline]
    pub(crate) fn head_len(&self, payload: &[u8]) -> usize {
        // The payload is part of the whole.
        self.len.saturating_sub(payload.len())
    }

    /// Writes all but the payload.
    #[inline]
    pub(crate) fn write_head<P: WritePacket, const V5: bool>(&self, packet: &P, out: &mut impl Writer) {
        out.u8_and_varint(packet.first_byte(), self.remaining_length);
        packet.write::<V5>(out);
    }
}
