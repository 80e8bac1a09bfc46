//! Writing packets: the exact length first, then the bytes, and on any error nothing at all.

mod parts;

pub use parts::{EncodeParts, Parts};

use crate::frame::PacketType;
use crate::property::Properties;
#[cfg(feature = "bytes")]
use crate::sink::BufSink;
use crate::sink::{BlockLens, Counter, Sink, SliceSink, varint_len};
use crate::wire::MAX_VARINT;
use crate::{EncodeError, Field, Inconsistency, Role, Version};

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
pub trait Encode: Writable {
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
        packet.plan(*self, Measure)
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
        packet.plan(*self, Fill(buffer))
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
        packet.plan(*self, Append(buffer))
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

/// One packet's way onto the wire: what every room gives to the encoder.
pub(crate) trait WritePacket {
    fn packet_type(&self) -> PacketType;

    /// Type and flags.
    #[inline]
    fn first_byte(&self) -> u8 {
        self.packet_type().first_byte()
    }

    /// What the types of the fields cannot rule out: what the whole packet or the version decides.
    fn check(&self, to: Encoder) -> Result<(), EncodeError>;

    /// All that follows the fixed header, up to the payload. `check` has been passed.
    fn write(&self, version: Version, out: &mut impl Sink);

    /// The application message: what is left of the packet.
    #[inline]
    fn payload(&self) -> &[u8] {
        &[]
    }
}

/// What leads to a packet of one type: the packet itself, or [`Packet`](crate::Packet), which finds out what
/// it holds once and not at each step.
pub(crate) trait Writable {
    /// Gives the packet to the job if it can be written.
    fn plan<J: Job>(&self, to: Encoder, job: J) -> Result<J::Done, EncodeError>;
}

impl<P: Writable + ?Sized> Writable for &P {
    #[inline]
    fn plan<J: Job>(&self, to: Encoder, job: J) -> Result<J::Done, EncodeError> {
        P::plan(self, to, job)
    }
}

/// A reference is encoded as what it refers to.
impl<P: Encode + ?Sized> Encode for &P {}

/// What is to be done with a packet that can be written.
pub(crate) trait Job {
    type Done;

    fn run<P: WritePacket>(self, plan: Plan, packet: &P) -> Result<Self::Done, EncodeError>;
}

/// Tells the length.
pub(crate) struct Measure;

impl Job for Measure {
    type Done = usize;

    #[inline]
    fn run<P: WritePacket>(self, plan: Plan, _: &P) -> Result<usize, EncodeError> {
        Ok(plan.total)
    }
}

/// Writes to the beginning of a slice.
struct Fill<'b>(&'b mut [u8]);

impl<'b> Job for Fill<'b> {
    type Done = &'b [u8];

    #[inline(always)]
    fn run<P: WritePacket>(self, plan: Plan, packet: &P) -> Result<&'b [u8], EncodeError> {
        let Some((room, _)) = self.0.split_at_mut_checked(plan.total) else {
            return Err(EncodeError::BufferTooSmall { needed: plan.total });
        };
        let mut sink = SliceSink::new(room, plan.blocks);
        plan.write_head(packet, &mut sink);
        sink.bytes(packet.payload());
        Ok(room)
    }
}

/// Writes behind what is in a `BufMut`.
#[cfg(feature = "bytes")]
struct Append<'b, B>(&'b mut B);

#[cfg(feature = "bytes")]
impl<B: bytes::BufMut> Job for Append<'_, B> {
    type Done = usize;

    #[inline(always)]
    fn run<P: WritePacket>(self, plan: Plan, packet: &P) -> Result<usize, EncodeError> {
        if self.0.remaining_mut() < plan.total {
            return Err(EncodeError::BufferTooSmall { needed: plan.total });
        }
        plan.write_head(packet, &mut BufSink::new(self.0, plan.blocks));
        self.0.put_slice(packet.payload());
        Ok(plan.total)
    }
}

/// How a packet that can be written is written: how long it is, and its blocks.
pub(crate) struct Plan {
    version: Version,
    remaining_length: u32,
    blocks: BlockLens,
    total: usize,
}

/// Gives a packet to the job if it can be written.
#[inline(always)]
pub(crate) fn plan<P: WritePacket, J: Job>(packet: &P, to: Encoder, job: J) -> Result<J::Done, EncodeError> {
    job.run(Plan::new(to, packet)?, packet)
}

/// [`plan`] with a way for each kind of version: before 5.0 there are no blocks to keep in mind.
#[inline(always)]
pub(crate) fn plan_by_version<P: WritePacket, J: Job>(
    packet: &P,
    to: Encoder,
    job: J,
) -> Result<J::Done, EncodeError> {
    match to.version {
        Version::V5_0 => plan(packet, Encoder { version: Version::V5_0, ..to }, job),
        Version::V3_1 | Version::V3_1_1 => plan(packet, to, job),
    }
}

/// [`plan`] in a stack frame of its own: beside it the frequent form of a packet needs none.
#[inline(never)]
pub(crate) fn plan_rare<P: WritePacket, J: Job>(
    packet: &P,
    to: Encoder,
    job: J,
) -> Result<J::Done, EncodeError> {
    plan(packet, to, job)
}

impl Plan {
    #[inline(always)]
    fn new<P: WritePacket>(to: Encoder, packet: &P) -> Result<Self, EncodeError> {
        packet.check(to)?;
        to.check_sender(|role| packet.packet_type().sent_by(role, to.version))?;
        let mut counter = Counter::default();
        packet.write(to.version, &mut counter);
        let len = counter.count().wrapping_add(packet.payload().len() as u64);
        match u32::try_from(len) {
            Ok(remaining_length) if remaining_length <= MAX_VARINT => Ok(Self {
                version: to.version,
                remaining_length,
                blocks: counter.blocks(),
                total: (remaining_length as usize)
                    .saturating_add(1)
                    .saturating_add(varint_len(remaining_length)),
            }),
            _ => Err(EncodeError::TooLarge { remaining_length: len }),
        }
    }

    /// The length of all but the payload, in bytes.
    #[inline]
    fn head_len(&self, payload: &[u8]) -> usize {
        // The payload is part of the whole.
        self.total.saturating_sub(payload.len())
    }

    #[inline(always)]
    fn write_head<P: WritePacket>(&self, packet: &P, out: &mut impl Sink) {
        out.u8_and_varint(packet.first_byte(), self.remaining_length);
        packet.write(self.version, out);
    }
}
