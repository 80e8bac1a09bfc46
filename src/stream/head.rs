//! The head of a PUBLISH: read before its payload has arrived, written before its payload is known.

use crate::context::Context;
use crate::decode::{Decoder, decode_complete};
use crate::encode::{Encoder, Layout};
use crate::error::{DecodeError, EncodeError};
use crate::packet::{Packet, Publish, len_before_payload};
use crate::packet_type::PacketType;
use crate::version::Version;
use crate::wire::header::{FrameLen, Header};
use crate::wire::writer::SliceWriter;

/// A packet up to its payload, from [`Decoder::decode_head`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Head<'a> {
    /// The packet. A PUBLISH has an empty payload here.
    pub packet: Packet<'a>,
    /// The length of the payload in bytes, or 0 if the packet is not a PUBLISH.
    ///
    /// The payload begins in [`rest`](Self::rest), and continues in bytes that have not arrived yet.
    pub payload_len: usize,
    /// The bytes after the head: a part of the payload, or all of it and further packets.
    pub rest: &'a [u8],
}

impl Decoder {
    /// Decodes the first packet up to its payload, before the payload has arrived.
    ///
    /// A PUBLISH of 256 MiB is decoded from its first bytes, and you need not hold its payload.
    ///
    /// `Ok(None)` means that the head is not complete: [`head_len`](Self::head_len) gives the length of the
    /// head. For a packet other than PUBLISH the result is that of [`decode`](Self::decode), and
    /// `payload_len` is 0.
    ///
    /// ```
    /// use mqtt_wire::stream::Remaining;
    /// use mqtt_wire::{Decoder, Packet, Version};
    ///
    /// // The first bytes of a PUBLISH with a payload of 1,000,000 bytes.
    /// let input = b"\x30\xc6\x84\x3d\x00\x04film\x00\x00\x00";
    /// let head = Decoder::new(Version::V3_1_1).decode_head(input)?.unwrap();
    /// let Packet::Publish(publish) = head.packet else { panic!() };
    /// assert_eq!(publish.topic.name().unwrap(), "film");
    /// assert_eq!(head.payload_len, 1_000_000);
    ///
    /// // Pass on the bytes that are there, and then the bytes that arrive, up to `payload_len`.
    /// let mut payload = Remaining::new(head.payload_len);
    /// let (first, _) = payload.take(head.rest);
    /// assert_eq!((first, payload.left()), (&b"\x00\x00\x00"[..], 999_997));
    /// # Ok::<(), mqtt_wire::DecodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The error that [`decode`](Self::decode) gives for the whole packet, because no rule depends on the
    /// payload. Unless a length reaches past the packet, you get the error before the payload has arrived.
    /// [`packet_len`](DecodeError::packet_len) gives the number of bytes to skip.
    #[inline]
    pub fn decode_head<'a>(&mut self, input: &'a [u8]) -> Result<Option<Head<'a>>, DecodeError> {
        match Header::read(input, self.context())? {
            Some(header) if header.packet_type == PacketType::Publish => {
                decode_publish_head(header, input, self.context())
            }
            _ => {
                let first = self.decode(input)?;
                Ok(first.map(|(packet, rest)| Head { packet, payload_len: 0, rest }))
            }
        }
    }

    /// The number of bytes that [`decode_head`](Self::decode_head) needs for the first packet.
    ///
    /// If the number is not known yet, the result is a lower bound. The result is never more than the length
    /// of the packet.
    ///
    /// ```
    /// use mqtt_wire::stream::FrameLen;
    /// use mqtt_wire::{Decoder, Version};
    ///
    /// let decoder = Decoder::new(Version::V3_1_1);
    /// assert_eq!(decoder.head_len(b"\x30\xc6\x84\x3d"), Ok(FrameLen::AtLeast(6)));
    /// assert_eq!(decoder.head_len(b"\x30\xc6\x84\x3d\x00\x04"), Ok(FrameLen::Total(10)));
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`decode`](Self::decode) for this fixed header.
    #[inline]
    pub fn head_len(&self, input: &[u8]) -> Result<FrameLen, DecodeError> {
        let header = Header::read(input, self.context())?;
        Ok(match header {
            Some(header) if header.packet_type == PacketType::Publish => {
                publish_head_len(header, input, self.version())
            }
            _ => FrameLen::of(header, input),
        })
    }
}

impl Encoder {
    /// Writes the head of a PUBLISH with a payload of `payload_len` bytes.
    ///
    /// The head is at the beginning of the buffer. Send the payload after the head, in pieces of any size.
    /// The encoder ignores the payload in `publish`.
    ///
    /// [`Decoder::decode_head`] is the counterpart. A relay changes the fields that differ for the receiver
    /// (identifier, QoS, topic, properties), sends the head in the receiver's version, and copies the payload
    /// in pieces:
    ///
    /// ```
    /// use mqtt_wire::{Decoder, Delivery, Encoder, Packet, PacketId, Publish, Qos, Version};
    /// use mqtt_wire::topic_name;
    ///
    /// // The first bytes of a PUBLISH of 3.1.1 with QoS 0 and a payload of 1,000,000 bytes.
    /// let input = b"\x30\xc6\x84\x3d\x00\x04film\x00\x00\x00";
    /// let head = Decoder::new(Version::V3_1_1).decode_head(input)?.unwrap();
    /// let Packet::Publish(publish) = head.packet else { panic!() };
    ///
    /// // The receiver speaks 5.0, and gets the message as `cinema/film` with QoS 1.
    /// let publish = Publish {
    ///     topic: topic_name!("cinema/film").into(),
    ///     delivery: Delivery::new(Qos::AtLeastOnce, PacketId::MIN),
    ///     ..publish
    /// };
    /// let mut buffer = [0; 64];
    /// let encoder = Encoder::new(Version::V5_0);
    /// let written = encoder.encode_head(&publish, head.payload_len, &mut buffer)?;
    /// assert_eq!(written, b"\x32\xd0\x84\x3d\x00\x0bcinema/film\x00\x01\x00");
    /// // Now send `payload_len` bytes: `head.rest`, and the bytes that arrive next.
    /// // `stream::Remaining` counts them.
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`Encode`](crate::Encode). The head has to fit into the buffer.
    pub fn encode_head<'b>(
        &self,
        publish: &Publish<'_>,
        payload_len: usize,
        buffer: &'b mut [u8],
    ) -> Result<&'b [u8], EncodeError> {
        if self.is_v5() {
            encode_publish_head::<true>(*self, publish, payload_len, buffer)
        } else {
            encode_publish_head::<false>(*self, publish, payload_len, buffer)
        }
    }
}

fn encode_publish_head<'b, const V5: bool>(
    to: Encoder,
    publish: &Publish<'_>,
    payload_len: usize,
    buffer: &'b mut [u8],
) -> Result<&'b [u8], EncodeError> {
    let layout = Layout::of::<_, V5>(publish, payload_len, to)?;
    let needed = layout.head_len(payload_len);
    let Some((head, _)) = buffer.split_at_mut_checked(needed) else {
        return Err(EncodeError::BufferTooSmall { needed });
    };
    layout.write_head::<_, V5>(publish, &mut SliceWriter::new(head, layout.blocks));
    Ok(head)
}

/// Reads the packet as if it ended before its payload. All fields before the payload are the same.
#[inline]
fn decode_publish_head<'a>(
    header: Header<'a>,
    input: &'a [u8],
    context: &Context,
) -> Result<Option<Head<'a>>, DecodeError> {
    let FrameLen::Total(head_len) = publish_head_len(header, input, context.version) else { return Ok(None) };
    let body_len = head_len.saturating_sub(header.header_len(input));
    let shortened = Header { remaining_length: body_len, ..header };
    let Some(frame) = shortened.frame(input) else { return Ok(None) };
    let frame_len = header.frame_len(input);
    let (payload_len, rest) = (frame_len.saturating_sub(head_len), frame.rest());
    match decode_complete::<Option<_>>(frame, context) {
        Ok(decoded) => Ok(decoded.map(|packet| Head { packet, payload_len, rest })),
        Err(error) => Err(error.of_longer_packet(frame_len)),
    }
}

/// The length of the head, or of the bytes that show that the packet is wrong.
#[inline]
fn publish_head_len(header: Header<'_>, input: &[u8], version: Option<Version>) -> FrameLen {
    let frame_len = header.frame_len(input);
    let in_packet =
        |len: usize| (len <= header.remaining_length).then(|| len.saturating_add(header.header_len(input)));
    // If a field does not fit into the packet, the packet has an error. Then the whole packet is needed to
    // find the error.
    match len_before_payload(header, version) {
        FrameLen::AtLeast(len) => in_packet(len).map_or(FrameLen::Total(frame_len), FrameLen::AtLeast),
        FrameLen::Total(len) => FrameLen::Total(in_packet(len).unwrap_or(frame_len)),
    }
}
