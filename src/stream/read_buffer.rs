//! Packets out of bytes that arrive in pieces: the part that all readers share.

use super::head::Head;
use super::held::HeldBytes;
use super::remaining::Remaining;
use crate::decode::Decoder;
use crate::error::{DecodeError, DecodeErrorKind, Evidence};
use crate::field::Field;
use crate::inspect::RefusedPacket;
use crate::memory::Memory;
#[cfg(feature = "bytes")]
use crate::owned::OwnedPacket;
use crate::packet::Packet;
use crate::packet_type::PacketType;
use crate::tolerance::Tolerances;
#[cfg(feature = "bytes")]
use crate::wire::header::frame_len;
use crate::wire::header::{Frame, FrameLen, length_may_follow};
use core::ops::Range;

/// Received bytes of a connection, and the packets in them.
///
/// The buffer itself reads nothing from a socket. The readers of [`io`](crate::io) are built on this buffer,
/// and you can build a reader for any other transport.
///
/// Each packet is decoded once, and borrows from the buffer until the next call. A read may bring half a
/// packet or twenty packets. You may drop a future between two calls: the buffer keeps every byte.
///
/// ```
/// use mqtt_wire::stream::ReadBuffer;
/// use mqtt_wire::{DecodeError, Decoder, Packet, Version};
///
/// let mut buffer = ReadBuffer::new(Decoder::from_server(Version::V3_1_1), [0; 64]);
/// let mut payloads = Vec::new();
/// // A PUBLISH and a PINGRESP, in pieces.
/// for piece in [&b"\x30\x05\x00\x01t"[..], b"up\xd0", b"\x00"] {
///     buffer.space()[..piece.len()].copy_from_slice(piece); // instead of a `read`
///     buffer.filled(piece.len());
///     while let Some(packet) = buffer.next()? {
///         if let Packet::Publish(publish) = packet {
///             payloads.push(publish.payload.to_vec());
///         }
///     }
/// }
/// assert_eq!(payloads, [b"up"]);
/// assert!(buffer.is_empty());
/// # Ok::<(), DecodeError>(())
/// ```
///
/// # Memory
///
/// The memory of an array or a slice has a fixed size. The size is at least 5 bytes, because the memory has to
/// hold the longest fixed header. The buffer refuses a packet that does not fit as soon as the fixed header has
/// arrived, with [`PacketTooLarge`](DecodeErrorKind::PacketTooLarge).
///
/// A `Vec<u8>` grows with the bytes that arrive, up to the decoder's
/// [`max_packet_size`](Decoder::max_packet_size). If a packet announces a large length, the `Vec` grows by at
/// most 64 KiB ahead of the bytes that have arrived. If more than 64 KiB have arrived, the `Vec` grows by as
/// many bytes again. (The capacity of the `Vec` may be twice its length.) An empty buffer frees all memory above 64 KiB, unless it has just given out a packet of
/// more than 64 KiB: a stream of large packets keeps its memory.
///
/// # After an error
///
/// The next call skips the refused packet, even if it is not complete, and gives the packet after it. So a
/// receiver may answer, log and continue. If the length of the refused packet is unknown
/// ([`packet_len`](DecodeError::packet_len) is `None`), every further call gives the same error.
#[derive(Debug, Clone)]
pub struct ReadBuffer<M> {
    decoder: Decoder,
    /// The bytes that have arrived and were not given out.
    held: HeldBytes<M>,
    /// The first packet, if it is complete.
    ready: Option<ReadyFrame>,
    /// The range of the last packet that was given out, or of its head. The range is empty if the buffer no
    /// longer holds the packet.
    last: Range<usize>,
    /// The range of the packet whose body was refused last, until more bytes are read.
    refused: Range<usize>,
    /// The rest of a packet to skip.
    skipped: Remaining,
    payload: Payload,
}

/// The least memory of a growing buffer, and the space after a complete packet, in bytes.
const MIN_CAPACITY: usize = 4096;

/// The memory for bytes that a packet announces but that have not arrived, in bytes. If more bytes have
/// arrived, the memory may double instead.
const MAX_GROWTH_AHEAD: usize = 64 * 1024;

/// A complete packet, not decoded yet.
#[derive(Debug, Clone, Copy)]
struct ReadyFrame {
    packet_type: PacketType,
    header_len: usize,
    len: usize,
}

impl ReadyFrame {
    #[inline]
    fn of(frame: Frame<'_>) -> Self {
        Self { packet_type: frame.packet_type, header_len: frame.header_len(), len: frame.len() }
    }

    /// The frame, at the beginning of the input.
    #[inline]
    fn frame(self, input: &[u8]) -> Option<Frame<'_>> {
        let body = input.get(self.header_len..self.len)?;
        Some(Frame { packet_type: self.packet_type, input, body })
    }
}

/// The payload after a head that [`ReadBuffer::next_head`] gave.
#[derive(Debug, Clone, Copy, Default)]
struct Payload {
    remaining: Remaining,
    /// The length of the whole packet, in bytes.
    frame_len: usize,
}

impl<M: Memory> ReadBuffer<M> {
    /// An empty buffer for a new connection.
    pub fn new(decoder: Decoder, memory: M) -> Self {
        Self {
            decoder,
            held: HeldBytes::new(memory),
            ready: None,
            last: 0..0,
            refused: 0..0,
            skipped: Remaining::default(),
            payload: Payload::default(),
        }
    }

    /// The decoder, which knows the version after CONNECT.
    #[inline]
    pub const fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// Replaces the decoder from the next packet on, for example to raise a limit.
    ///
    /// Make the new decoder from the old one, which knows the version. A new [`Decoder::from_client`] does not
    /// know the version, and refuses every packet but CONNECT.
    ///
    /// ```
    /// use mqtt_wire::stream::ReadBuffer;
    /// use mqtt_wire::{Decoder, Packet};
    ///
    /// let mut buffer = ReadBuffer::new(Decoder::from_client().max_packet_size(16), [0; 64]);
    /// let received = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a\x30\x10\x00\x07/statusoffline";
    /// buffer.space()[..received.len()].copy_from_slice(received);
    /// buffer.filled(received.len());
    /// assert!(matches!(buffer.next()?, Some(Packet::Connect(_))));
    /// buffer.set_decoder(buffer.decoder().max_packet_size(64)); // with a reader: `reader.buffer().decoder()`
    /// assert!(matches!(buffer.next()?, Some(Packet::Publish(_))));
    /// # Ok::<(), mqtt_wire::DecodeError>(())
    /// ```
    pub fn set_decoder(&mut self, decoder: Decoder) {
        self.decoder = decoder;
        // The last packet was read with another decoder. The new decoder may have other tolerances.
        (self.ready, self.last) = (None, 0..0);
    }

    /// The tolerances that the last packet needed: see [`Decoder::tolerated`].
    ///
    /// The set is empty before the first packet, after an error, after [`space`](Self::space), and after
    /// [`set_decoder`](Self::set_decoder).
    ///
    /// ```
    /// use mqtt_wire::stream::ReadBuffer;
    /// use mqtt_wire::{DecodeError, Decoder, Tolerances, Version};
    ///
    /// let client = Decoder::from_server(Version::V3_1_1).tolerate(Tolerances::BROKERS);
    /// let mut buffer = ReadBuffer::new(client, [0; 64]);
    /// buffer.space()[..5].copy_from_slice(b"\x92\x03\x00\x01\x00");
    /// buffer.filled(5);
    /// while let Some(packet) = buffer.next()? {
    ///     println!("{packet}");
    ///     let tolerated = buffer.tolerated();
    ///     assert_eq!(tolerated, Tolerances::ACK_FLAGS); // log it, count it
    /// }
    /// # Ok::<(), DecodeError>(())
    /// ```
    #[must_use]
    pub fn tolerated(&self) -> Tolerances {
        self.decoder.tolerated(self.held.at(self.last.clone()))
    }

    /// Whether no received bytes are left.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// The bytes that have arrived and were not given out.
    #[must_use]
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.held.bytes()
    }

    /// The memory to read into. Then call [`filled`](Self::filled).
    ///
    /// The space is empty only if memory of a fixed size is full. Then take packets or payload out of the
    /// buffer first.
    pub fn space(&mut self) -> &mut [u8] {
        self.make_space();
        self.held.free()
    }

    /// Adds `len` bytes that were read to the beginning of [`space`](Self::space).
    #[inline]
    pub fn filled(&mut self, len: usize) {
        self.held.add(len);
    }

    /// Whether the next packet is complete: then [`next`](Self::next) gives it.
    ///
    /// # Errors
    ///
    /// The errors of [`next`](Self::next) for a fixed header.
    #[inline]
    pub fn is_ready(&mut self) -> Result<bool, DecodeError> {
        if self.ready.is_none() {
            self.ready = self.first_frame()?;
        }
        Ok(self.ready.is_some())
    }

    /// Decodes the next packet in the buffer. `None`: the packet is not complete.
    ///
    /// The packet borrows from the buffer. After [`next_head`](Self::next_head), this method skips the rest
    /// of the payload.
    ///
    /// # Errors
    ///
    /// The errors of [`Decoder::decode`]. The next call continues after the refused packet.
    #[inline]
    #[allow(clippy::should_implement_trait, reason = "an iterator cannot lend its items")]
    pub fn next(&mut self) -> Result<Option<Packet<'_>>, DecodeError> {
        let first = match self.ready.take() {
            None => self.first_frame()?,
            ready => ready,
        };
        let Some(ready) = first else { return Ok(None) };
        let (bytes, start) = self.held.bytes_and_start();
        let Some(frame) = ready.frame(bytes) else { return Ok(None) }; // unreachable: it is ready
        let end = start.wrapping_add(ready.len); // at most the end of the bytes, because the frame is in them
        self.last = *start..end;
        *start = end;
        let decoded = self.decoder.decode_first_frame(frame);
        if decoded.is_err() {
            self.refused = core::mem::take(&mut self.last);
        }
        decoded
    }

    /// The readable parts of the packet that the last call has refused with `error`.
    ///
    /// If the fixed header was refused, these are the parts that have arrived. The next call continues
    /// after the packet.
    ///
    /// With a reader of [`io`](crate::io), call this method on the `buffer()` of the reader.
    ///
    /// ```
    /// use mqtt_wire::stream::ReadBuffer;
    /// use mqtt_wire::{Decoder, Packet, Version};
    ///
    /// // A PUBLISH to `a+`, and a PINGREQ.
    /// let mut buffer = ReadBuffer::new(Decoder::new(Version::V3_1_1), [0; 64]);
    /// buffer.space()[..10].copy_from_slice(b"\x32\x06\x00\x02a+\x00\x07\xc0\x00");
    /// buffer.filled(10);
    /// let mut log = Vec::new();
    /// loop {
    ///     match buffer.next() {
    ///         Ok(Some(packet)) => log.push(packet.to_string()),
    ///         Ok(None) => break, // read on
    ///         Err(error) => {
    ///             let refused = buffer.refused(error);
    ///             let topic = refused.topic().unwrap_or_default().escape_ascii();
    ///             log.push(format!("refused: {topic}, {:?}", refused.packet_id()));
    ///         }
    ///     }
    /// }
    /// assert_eq!(log, ["refused: a+, Some(PacketId(7))", "PINGREQ"]);
    /// ```
    #[must_use]
    pub fn refused(&self, error: DecodeError) -> RefusedPacket<'_> {
        let bytes = if !self.refused.is_empty() {
            self.held.at(self.refused.clone())
        } else if self.payload_left() == 0 {
            self.held.bytes()
        } else {
            &[]
        };
        RefusedPacket::new(error, bytes, *self.decoder.context())
    }

    /// Copies the packet that [`next`](Self::next) gave last.
    ///
    /// A decoder without tolerances does not decode the packet again. With tolerances, the copy of a
    /// [tolerated](Decoder::tolerate) packet is a legal packet.
    ///
    /// `None` before the first packet, after the head of a PUBLISH with a payload, after an error, after
    /// [`space`](Self::space), and after [`set_decoder`](Self::set_decoder).
    ///
    /// ```
    /// use mqtt_wire::stream::ReadBuffer;
    /// use mqtt_wire::{Decoder, Packet, Version};
    ///
    /// let mut buffer = ReadBuffer::new(Decoder::new(Version::V3_1_1), [0; 64]);
    /// buffer.space()[..7].copy_from_slice(b"\x31\x05\x00\x01tup");
    /// buffer.filled(7);
    /// let retain = matches!(buffer.next()?, Some(Packet::Publish(publish)) if publish.retain);
    /// let retained = if retain { buffer.last_owned() } else { None };
    /// assert_eq!(retained.unwrap().as_bytes(), &b"\x31\x05\x00\x01tup"[..]);
    /// # Ok::<(), mqtt_wire::DecodeError>(())
    /// ```
    #[cfg(feature = "bytes")]
    #[cfg_attr(docsrs, doc(cfg(feature = "bytes")))]
    #[must_use]
    pub fn last_owned(&self) -> Option<OwnedPacket> {
        let bytes = self.held.at(self.last.clone());
        // After a head, the payload is not in the buffer.
        if frame_len(bytes) != Ok(FrameLen::Total(bytes.len())) {
            return None;
        }
        let version = self.decoder.version_of_frame(bytes)?;
        self.decoder.own_copy(bytes, version).ok()
    }
}

/// Payloads that pass through without being held.
impl<M: Memory> ReadBuffer<M> {
    /// Whether the next head is complete: then [`next_head`](Self::next_head) gives it.
    ///
    /// # Errors
    ///
    /// The errors of [`next`](Self::next) for a fixed header.
    pub fn is_head_ready(&mut self) -> Result<bool, DecodeError> {
        Ok(self.head_len()?.is_some())
    }

    /// Decodes the next packet up to its payload, before the payload has arrived.
    ///
    /// [`payload`](Self::payload) gives the payload, piece by piece. (`rest` is empty in the head.) See
    /// [`Decoder::decode_head`].
    ///
    /// ```
    /// use mqtt_wire::stream::ReadBuffer;
    /// use mqtt_wire::{Decoder, Version};
    ///
    /// // A payload of 26 bytes passes through a buffer of 16.
    /// let mut buffer = ReadBuffer::new(Decoder::new(Version::V3_1_1), [0; 16]);
    /// let mut socket = &b"\x30\x1d\x00\x01tabcdefghijklmnopqrstuvwxyz\xc0\x00"[..];
    /// let mut payload = Vec::new();
    /// while !socket.is_empty() {
    ///     let read = std::io::Read::read(&mut socket, buffer.space())?;
    ///     buffer.filled(read);
    ///     if buffer.payload_left() == 0 {
    ///         buffer.next_head()?;
    ///     }
    ///     payload.extend_from_slice(buffer.payload());
    /// }
    /// assert_eq!(payload, b"abcdefghijklmnopqrstuvwxyz");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`Decoder::decode_head`]. The next call continues after the refused packet.
    pub fn next_head(&mut self) -> Result<Option<Head<'_>>, DecodeError> {
        let Some(head_len) = self.head_len()? else { return Ok(None) };
        let range = self.held.remove(head_len);
        (self.ready, self.last, self.refused) = (None, range.clone(), 0..0);
        match self.decoder.decode_head(self.held.at(range.clone())) {
            Ok(Some(head)) => {
                let frame_len = head.payload_len.saturating_add(head_len);
                self.payload = Payload { remaining: Remaining::new(head.payload_len), frame_len };
                Ok(Some(Head { rest: &[], ..head }))
            }
            Ok(None) => Ok(None), // unreachable: it is ready
            Err(error) => {
                self.last = 0..0;
                let frame_len = error.packet_len().unwrap_or_default();
                self.skipped = Remaining::new(frame_len.saturating_sub(head_len));
                self.refused = range;
                Err(error)
            }
        }
    }

    /// The next piece of the payload after [`next_head`](Self::next_head).
    ///
    /// The piece is empty if more bytes have to be read first, and at the end of the payload: see
    /// [`payload_left`](Self::payload_left).
    pub fn payload(&mut self) -> &[u8] {
        let (piece, _) = self.payload.remaining.take(self.held.bytes());
        let range = self.held.remove(piece.len());
        self.held.at(range)
    }

    /// The number of payload bytes that were not given out yet.
    ///
    /// Some of these bytes may not have arrived.
    #[must_use]
    pub fn payload_left(&self) -> usize {
        self.payload.remaining.left()
    }

    /// Checks that the connection did not end inside a packet.
    ///
    /// # Errors
    ///
    /// [`IncompletePacket`](DecodeErrorKind::IncompletePacket) if the connection ended inside a packet. There
    /// is no error if the buffer skips this packet. If the fixed header is incomplete and the decoder refuses
    /// its first byte, the error is that of [`next`](Self::next).
    pub fn finish(&self) -> Result<(), DecodeError> {
        let left = self.payload_left().saturating_sub(self.held.len());
        if left > 0 {
            return Err(incomplete_payload(self.payload.frame_len, left, &self.decoder));
        }
        if self.is_empty() || self.payload_left() > 0 {
            return Ok(());
        }
        // The packet is incomplete, or its first byte will be refused when its length is known.
        let mut decoder = self.decoder;
        decoder.decode_frame(self.as_bytes()).map(drop)
    }
}

impl<M: Memory> ReadBuffer<M> {
    /// The first frame, if the frame is complete.
    // Without this attribute, `lend 3.1.1 PUBACK` takes 10 % more.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn first_frame(&mut self) -> Result<Option<ReadyFrame>, DecodeError> {
        self.skip();
        match self.decoder.first_frame(self.held.bytes(), ReadyFrame::of) {
            Ok(Some(frame)) => Ok(Some(frame)),
            Ok(None) => self.not_ready().map(|()| None),
            Err(error) => self.refuse(error).map(|()| None),
        }
    }

    /// The length of the next head, if the head is complete.
    fn head_len(&mut self) -> Result<Option<usize>, DecodeError> {
        self.refused = 0..0;
        self.skip();
        match self.decoder.head_len(self.held.bytes()) {
            Ok(FrameLen::Total(len)) if len <= self.held.len() => Ok(Some(len)),
            Ok(FrameLen::Total(len) | FrameLen::AtLeast(len)) if len > self.held.max_len() => {
                self.not_ready().map(|()| None)
            }
            Ok(_) => Ok(None),
            Err(error) => self.refuse(error).map(|()| None),
        }
    }

    /// Drops the arrived bytes of a packet to skip.
    #[inline]
    fn skip(&mut self) {
        if self.payload.remaining.left() | self.skipped.left() != 0 {
            self.skip_unwanted();
        }
    }

    #[cold]
    fn skip_unwanted(&mut self) {
        let unwanted = self.skipped.left().saturating_add(self.payload.remaining.left());
        self.payload.remaining = Remaining::default();
        self.skipped = Remaining::new(unwanted.saturating_sub(self.held.remove(unwanted).len()));
    }

    /// The packet is not complete. Refuses a packet that will never fit into the memory.
    #[cold]
    fn not_ready(&mut self) -> Result<(), DecodeError> {
        self.refused = 0..0;
        let max_len = u32::try_from(self.held.max_len()).unwrap_or(u32::MAX);
        let limited = self.decoder.max_packet_size(self.decoder.context().max_packet_size.min(max_len));
        match limited.frame_len(self.held.bytes()) {
            Ok(_) => Ok(()),
            Err(error) => self.refuse(error),
        }
    }

    /// Refuses the packet: the next call continues after it. If the length of the packet is not complete yet,
    /// the error waits for it.
    #[cold]
    fn refuse(&mut self, error: DecodeError) -> Result<(), DecodeError> {
        if length_may_follow(self.held.bytes()) {
            return Ok(());
        }
        self.skipped = Remaining::new(error.packet_len().unwrap_or_default());
        (self.last, self.refused) = (0..0, 0..0);
        Err(error)
    }

    /// Makes space for the bytes of the next packet that have not arrived yet.
    fn make_space(&mut self) {
        let held = self.held.len();
        let wanted = match self.decoder.frame_len(self.held.bytes()) {
            Ok(FrameLen::Total(len) | FrameLen::AtLeast(len)) if len > held && self.payload_left() == 0 => {
                len
            }
            _ => held.saturating_add(MIN_CAPACITY),
        };
        // A stream of large packets keeps its memory.
        if self.last.len() <= MAX_GROWTH_AHEAD {
            self.held.shrink(MAX_GROWTH_AHEAD);
        }
        (self.last, self.refused) = (0..0, 0..0);
        if self.held.is_cheap_to_move() || self.held.capacity_from_start() < wanted {
            self.held.move_to_front();
        }
        let trusted = held.saturating_add(held.max(MAX_GROWTH_AHEAD));
        self.held.grow(wanted.min(trusted).max(MIN_CAPACITY));
    }
}

/// The error for a connection that ends inside a payload.
#[cold]
fn incomplete_payload(frame_len: usize, left: usize, decoder: &Decoder) -> DecodeError {
    DecodeError {
        kind: DecodeErrorKind::IncompletePacket,
        field: Field::Packet,
        packet_type: Some(PacketType::Publish),
        version: decoder.version(),
        connection: decoder.version(),
        offset: u32::try_from(frame_len.saturating_sub(left)).unwrap_or(u32::MAX),
        frame_len: u32::try_from(frame_len).unwrap_or(0),
        evidence: Evidence::NOTHING,
    }
}
