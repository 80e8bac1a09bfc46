//! Large packets in pieces: all that precedes the payload of a PUBLISH at once, the payload as it comes, and
//! packets that are to be skipped.

use crate::decoder::Context;
use crate::frame::Frame;
use crate::wire::{self, Varint};
use crate::{DecodeError, Decoder, FrameLen, Packet, PacketType, Version};

/// All of a packet that precedes its payload: what [`Decoder::decode_head`] gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Head<'a> {
    /// The packet. A PUBLISH has an empty payload here, whatever it is to have.
    pub packet: Packet<'a>,
    /// The length of the payload in bytes: what follows in [`rest`](Self::rest) and in the bytes that have not
    /// come yet. 0 for packets that have no payload.
    pub payload_len: usize,
    /// The bytes behind the head: the beginning of the payload, or more.
    pub rest: &'a [u8],
}

impl Decoder {
    /// Decodes the first packet of the buffer up to its payload, as soon as that much has come: a PUBLISH
    /// of 256 MiB is known by its first bytes, and its payload need not be held.
    ///
    /// `Ok(None)` means that not all of that has come yet: [`head_len`](Self::head_len) says how much to wait
    /// for. Of all packets but PUBLISH everything precedes the payload, which they do not have: they are
    /// decoded as by [`decode`](Self::decode).
    ///
    /// ```
    /// use mqtt_wire::{Decoder, Packet, Portion, Version};
    ///
    /// // The first bytes of a PUBLISH with a payload of 1,000,000 bytes.
    /// let input = b"\x30\xc6\x84\x3d\x00\x04film\x00\x00\x00";
    /// let head = Decoder::new(Version::V3_1_1).decode_head(input)?.unwrap();
    /// let Packet::Publish(publish) = head.packet else { panic!() };
    /// assert_eq!(publish.topic.name().unwrap(), "film");
    /// assert_eq!(head.payload_len, 1_000_000);
    ///
    /// // Pass on what is there, and then what comes, until it is all of it.
    /// let mut payload = Portion::new(head.payload_len);
    /// let (first, _) = payload.take(head.rest);
    /// assert_eq!((first, payload.left()), (&b"\x00\x00\x00"[..], 999_997));
    /// # Ok::<(), mqtt_wire::DecodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The error that [`decode`](Self::decode) has for the whole packet: the payload has no rules to break. It
    /// comes as soon as the bytes that decide are there, and
    /// [`packet_len`](DecodeError::packet_len) says how much to skip.
    pub fn decode_head<'a>(&mut self, input: &'a [u8]) -> Result<Option<Head<'a>>, DecodeError> {
        match Beginning::of_publish(self, input)? {
            Some(publish) => publish.decode(self.context(), input),
            None => {
                let first = self.decode(input)?;
                Ok(first.map(|(packet, rest)| Head { packet, payload_len: 0, rest }))
            }
        }
    }

    /// How many bytes [`decode_head`](Self::decode_head) needs for the packet that the input begins with, if
    /// that can be told yet; else how many at least. It never is more than the packet has.
    ///
    /// ```
    /// use mqtt_wire::{Decoder, FrameLen, Version};
    ///
    /// let decoder = Decoder::new(Version::V3_1_1);
    /// assert_eq!(decoder.head_len(b"\x30\xc6\x84\x3d"), Ok(FrameLen::AtLeast(6)));
    /// assert_eq!(decoder.head_len(b"\x30\xc6\x84\x3d\x00\x04"), Ok(FrameLen::Total(10)));
    /// ```
    ///
    /// # Errors
    ///
    /// Those that [`decode`](Self::decode) has for the same fixed header.
    pub fn head_len(&self, input: &[u8]) -> Result<FrameLen, DecodeError> {
        match Beginning::of_publish(self, input)? {
            Some(publish) => Ok(publish.head_len),
            None => self.frame_len(input),
        }
    }
}

/// Counts the bytes of something that comes in pieces: a payload that is passed on, a packet that is skipped.
///
/// A packet that is refused without the connection being given up (one that is too large for this receiver,
/// say) is skipped, and the next one is found:
///
/// ```
/// use mqtt_wire::{Decoder, Packet, Portion, Version};
///
/// let mut decoder = Decoder::new(Version::V3_1_1).max_packet_size(8);
/// let mut skipped = Portion::default();
/// let mut packets = Vec::new();
/// // A PUBLISH of 10 bytes, and a PINGREQ, in pieces.
/// for piece in [&b"\x30\x08\x00\x01"[..], b"a1234", b"5\xc0\x00"] {
///     let mut input = skipped.take(piece).1;
///     while !input.is_empty() {
///         match decoder.decode(input) {
///             Ok(Some((packet, rest))) => {
///                 packets.push(packet);
///                 input = rest;
///             }
///             Ok(None) => break, // here nothing is left; a reader keeps it for the next round
///             Err(error) => {
///                 skipped = Portion::new(error.packet_len().unwrap());
///                 input = skipped.take(input).1;
///             }
///         }
///     }
/// }
/// assert_eq!(packets, [Packet::PingReq]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Portion {
    left: usize,
}

impl Portion {
    /// As many bytes, none of which has come.
    #[must_use]
    pub const fn new(len: usize) -> Self {
        Self { left: len }
    }

    /// How many bytes have not come yet.
    #[must_use]
    pub const fn left(&self) -> usize {
        self.left
    }

    /// Divides what has come into the part that belongs to this portion, which counts from now on as come, and
    /// what follows it.
    pub fn take<'a>(&mut self, input: &'a [u8]) -> (&'a [u8], &'a [u8]) {
        let (own, rest) = input.split_at_checked(self.left).unwrap_or((input, &[]));
        self.left = self.left.saturating_sub(own.len());
        (own, rest)
    }
}

/// A PUBLISH whose fixed header is in, and has been judged.
struct Beginning {
    fixed_header_len: usize,
    /// Of the whole packet.
    frame_len: usize,
    /// Of all that precedes the payload.
    head_len: FrameLen,
}

impl Beginning {
    /// `None` for any other packet, and before the fixed header is complete.
    fn of_publish(decoder: &Decoder, input: &[u8]) -> Result<Option<Self>, DecodeError> {
        Ok(match decoder.frame_len(input)? {
            FrameLen::Total(frame_len) => Self::measure(input, frame_len, decoder.version()),
            FrameLen::AtLeast(_) => None,
        })
    }

    fn measure(input: &[u8], frame_len: usize, version: Option<Version>) -> Option<Self> {
        let (&byte_1, after) = input.split_first()?;
        let Varint::Whole { rest: body, .. } = wire::read_varint(after) else { return None };
        if PacketType::from_first_byte(byte_1) != Some(PacketType::Publish) {
            return None;
        }
        let fixed_header_len = input.len().saturating_sub(body.len());
        let body_len = frame_len.saturating_sub(fixed_header_len);
        let body = body.get(..body_len).unwrap_or(body);
        let in_packet = |len: usize| (len <= body_len).then(|| len.saturating_add(fixed_header_len));
        // What has no room in the packet is wrong, and the whole packet says how.
        let head_len = match head_of(body, body_len, byte_1, version) {
            FrameLen::AtLeast(len) => in_packet(len).map_or(FrameLen::Total(frame_len), FrameLen::AtLeast),
            FrameLen::Total(len) => FrameLen::Total(in_packet(len).unwrap_or(frame_len)),
        };
        Some(Self { fixed_header_len, frame_len, head_len })
    }

    /// Reads the packet as if it ended before its payload: nothing but the payload would have been longer.
    fn decode<'a>(self, context: Context, input: &'a [u8]) -> Result<Option<Head<'a>>, DecodeError> {
        let FrameLen::Total(head_len) = self.head_len else {
            return Ok(None);
        };
        let Some((bytes, rest)) = input.split_at_checked(head_len) else {
            return Ok(None);
        };
        let body = bytes.get(self.fixed_header_len..).unwrap_or_default();
        let frame = Frame { packet_type: PacketType::Publish, input, body, rest };
        let payload_len = self.frame_len.saturating_sub(head_len);
        Packet::read(frame, &context, (), |packet, rest| Some(Head { packet, payload_len, rest }))
            .map_err(|error| DecodeError { frame_len: u32::try_from(self.frame_len).unwrap_or(0), ..error })
    }
}

/// The bits of the QoS in the first byte.
const QOS: u8 = 0b0110;

/// How much of the body precedes the payload, or tells that it is wrong. It only adds up the lengths, and a
/// topic may be announced that is longer than the body.
fn head_of(body: &[u8], body_len: usize, byte_1: u8, version: Option<Version>) -> FrameLen {
    let Ok((_, topic_len)) = wire::u16(body) else {
        return FrameLen::AtLeast(2);
    };
    let packet_id_len = if byte_1 & QOS == 0 { 0 } else { 2 };
    let before = usize::from(topic_len).saturating_add(2).saturating_add(packet_id_len);
    if version != Some(Version::V5_0) {
        return FrameLen::Total(before);
    }
    let Some(properties) = body.get(before..) else {
        return FrameLen::AtLeast(before.saturating_add(1));
    };
    let end = |rest: &[u8]| body.len().saturating_sub(rest.len());
    match wire::read_varint(properties) {
        Varint::Whole { value, rest, minimal: true } => {
            let whole = usize::try_from(value).unwrap_or(usize::MAX).saturating_add(end(rest));
            // Properties longer than the packet are wrong, whatever they hold.
            FrameLen::Total(if whole <= body_len { whole } else { end(rest) })
        }
        Varint::Whole { rest, .. } => FrameLen::Total(end(rest)),
        Varint::TooLong => FrameLen::Total(before.saturating_add(4)),
        Varint::Unfinished => FrameLen::AtLeast(body.len().saturating_add(1)),
    }
}
