//! The positions of the fields in the body of a PUBLISH, for functions that do not read the whole packet.

use super::QOS;
use crate::version::Version;
use crate::wire::bytes::{Varint, take_prefixed, take_u16, take_varint};
use crate::wire::header::{Frame, FrameLen, Header};

/// The length of the body before the payload. If an error is certain, the result is the number of bytes that
/// show the error. The function only adds up lengths, so the result may be larger than the body.
#[inline]
pub(crate) fn len_before_payload(header: Header<'_>, version: Option<Version>) -> FrameLen {
    let body = header.available_body();
    let Some((topic_len, _)) = take_u16(body) else {
        return FrameLen::AtLeast(2);
    };
    let before_properties = packet_id_at(topic_len.into()).saturating_add(packet_id_len(header.first_byte));
    if version != Some(Version::V5_0) {
        return FrameLen::Total(before_properties);
    }
    let Some(properties) = body.get(before_properties..) else {
        return FrameLen::AtLeast(before_properties.saturating_add(1));
    };
    let end = |rest: &[u8]| body.len().saturating_sub(rest.len());
    match take_varint(properties) {
        Varint::Whole { value, minimal: true, rest } => {
            let whole = usize::try_from(value).unwrap_or(usize::MAX).saturating_add(end(rest));
            // Properties longer than the packet are an error.
            FrameLen::Total(if whole <= header.remaining_length { whole } else { end(rest) })
        }
        Varint::Whole { rest, .. } => FrameLen::Total(end(rest)),
        Varint::TooLong => FrameLen::Total(before_properties.saturating_add(4)),
        Varint::Unfinished => FrameLen::AtLeast(body.len().saturating_add(1)),
    }
}

/// Whether the Property Length of a 5.0 PUBLISH is 0. The function does not read the whole packet.
#[inline]
pub(crate) fn has_no_properties(frame: Frame<'_>) -> bool {
    let property_length_at = packet_id_len(frame.first_byte());
    take_prefixed(frame.body).is_some_and(|(_, rest)| rest.get(property_length_at) == Some(&0))
}

/// The offset of the Packet Identifier, or of the field after it with QoS 0. The Topic Name has a length
/// prefix of two bytes.
#[inline]
pub(crate) const fn packet_id_at(topic_len: usize) -> usize {
    topic_len.saturating_add(2)
}

#[inline]
const fn packet_id_len(first_byte: u8) -> usize {
    // [MQTT-2.2.1-2] QoS 0 has no Packet Identifier (3.1.1: [MQTT-2.3.1-5])
    if first_byte & QOS == 0 { 0 } else { 2 }
}
