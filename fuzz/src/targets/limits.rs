//! Checks that every way to write a packet obeys the limit of the peer.

use mqtt_wire::stream::{EncodeParts, WriteBuffer};
use mqtt_wire::*;
use mqtt_wire_testkit::laws::{encoded, varint};

/// `bytes` is the packet, encoded for `version`. If the peer accepts one byte less, nothing writes the packet.
pub fn hold_everywhere(packet: &Packet<'_>, version: Version, bytes: &[u8]) {
    last_setting_counts(version);
    let maximum = u32::try_from(bytes.len()).expect("not too large");
    is_obeyed(packet, version, maximum, Ok(bytes.len()));
    let too_large = EncodeError::TooLargeForPeer { needed: bytes.len(), maximum: maximum - 1 };
    is_obeyed(packet, version, maximum - 1, Err(too_large));
    if let Packet::Publish(publish) = packet {
        hold_for_long_payloads(publish, version);
    }
}

/// The order of the settings of an encoder does not matter, and the last one of each kind counts.
fn last_setting_counts(version: Version) {
    for (role, other) in [(Role::Client, Role::Server), (Role::Server, Role::Client)] {
        let expected = Encoder::new(version).sender(role).max_packet_size(7);
        assert_eq!(Encoder::new(version).max_packet_size(7).sender(role), expected);
        assert_eq!(expected.sender(other).max_packet_size(9).max_packet_size(7).sender(role), expected);
        assert_ne!(expected.sender(other), expected);
        assert_eq!((expected.version(), expected == expected.max_packet_size(8)), (version, false));
    }
}

/// The greatest Remaining Length.
const GREATEST: usize = 268_435_455;

/// Lengths at the edges of a Variable Byte Integer, for the whole packet and for the bytes after its fixed header.
const EDGES: [usize; 11] = [
    127,
    128,
    16_383,
    16_384,
    2_097_151,
    2_097_152,
    GREATEST - 5,
    GREATEST - 4,
    GREATEST,
    GREATEST + 1,
    GREATEST + 5,
];

/// A head announces a payload that is not in memory. The packet obeys the limit of the peer and the greatest Remaining Length,
/// each with its own error.
fn hold_for_long_payloads(publish: &Publish<'_>, version: Version) {
    let empty = encoded(&Packet::Publish(Publish { payload: &[], ..*publish }), version);
    let lengths = empty[1..].iter().take_while(|byte| **byte >= 0x80).count() + 1;
    let own = empty.len() - 1 - lengths;
    let mut memory = vec![0; empty.len() + 3];
    for remaining_length in EDGES.into_iter().filter(|edge| *edge >= own) {
        let payload_len = remaining_length - own;
        let needed = 1 + varint(remaining_length as u32).len() + remaining_length;
        let fitting = u32::try_from(needed).expect("short enough");
        for maximum in [fitting - 1, fitting, u32::MAX] {
            let expected = if remaining_length > GREATEST {
                Err(EncodeError::TooLarge { remaining_length: remaining_length as u64 })
            } else if maximum < fitting {
                Err(EncodeError::TooLargeForPeer { needed, maximum })
            } else {
                Ok(needed)
            };
            let encoder = Encoder::new(version).max_packet_size(maximum);
            let head = encoder.encode_head(publish, payload_len, &mut memory);
            assert_eq!(head.map(|head| head.len() + payload_len), expected, "{version} {maximum}");
        }
    }
}

fn is_obeyed(packet: &Packet<'_>, version: Version, maximum: u32, expected: Result<usize, EncodeError>) {
    let encoder = Encoder::new(version).max_packet_size(maximum);
    let mut memory = vec![0; maximum as usize + 8];
    let payload_len = EncodeParts::payload(packet).len();
    assert_eq!(encoder.encoded_len(packet), expected);
    assert_eq!(encoder.encode(packet, &mut memory).map(<[u8]>::len), expected);
    assert_eq!(encoder.head_len(packet).map(|len| len + payload_len), expected);
    assert_eq!(encoder.encode_parts(packet, &mut memory).map(|parts| parts.len()), expected);
    let mut waiting = WriteBuffer::new(encoder, &mut memory[..]);
    assert_eq!(waiting.push(packet), expected.map(drop));
    assert_eq!(waiting.as_bytes().len(), expected.unwrap_or_default());
    if let Packet::Publish(publish) = packet {
        let head_len = encoder.encode_head(publish, payload_len, &mut memory).map(<[u8]>::len);
        assert_eq!(head_len.map(|len| len + payload_len), expected);
        let mut waiting = WriteBuffer::new(encoder, &mut memory[..]);
        assert_eq!(waiting.push_head(publish, payload_len), expected.map(drop));
        assert_eq!(waiting.payload_left(), expected.map_or(0, |_| payload_len));
    }
    #[cfg(feature = "bytes")]
    {
        let owned = mqtt_wire::owned::OwnedPacket::new(packet, version).expect("it can be written");
        assert_eq!(encoder.encode_to(packet, &mut Vec::new()), expected);
        assert_eq!(encoder.encode_to(&owned, &mut Vec::new()), expected);
        #[cfg(feature = "tokio-util")]
        for outgoing in [(*packet).into(), packet.into(), owned.into()] {
            of_a_codec(outgoing, version, maximum, expected);
        }
    }
}

/// The sink of a codec writes the whole packet or nothing.
#[cfg(feature = "tokio-util")]
pub fn of_a_codec(
    outgoing: mqtt_wire::codec::Outgoing<'_>,
    version: Version,
    maximum: u32,
    expected: Result<usize, EncodeError>,
) {
    use mqtt_wire::codec::{Codec, CodecError};
    use tokio_util::codec::Encoder as _;
    let mut codec = Codec::new(Decoder::new(version));
    codec.set_max_outgoing(maximum);
    let mut written = bytes::BytesMut::new();
    let encoded = codec.encode(outgoing, &mut written).map_err(|error| match error {
        CodecError::Encode(error) => error,
        other => panic!("{other}"),
    });
    assert_eq!(encoded.map(|()| written.len()), expected);
    assert_eq!(written.len(), expected.unwrap_or_default());
}
