//! Measures every public operation on a packet: decode, encode, iterate, format.

use super::{TIMES, is_explained};
use mqtt_wire::broker::{FanOut, PeerLimits, PublishFrame, Recipient};
use mqtt_wire::convert::Conversion;
use mqtt_wire::property::PropertyId;
use mqtt_wire::stream::{EncodeParts, ReadBuffer, WriteBuffer};
use mqtt_wire::*;
use mqtt_wire_testkit::laws::{decoder, encoded, own_version};
use std::fmt::{self, Write};
use std::hash::{BuildHasher, RandomState};
use std::hint::black_box;

/// Checks the operations on a packet whose long form is [`TIMES`] as long as its short form. Both
/// forms must be legal.
pub fn grow_no_faster(version: Version, frames: [&[u8]; 2]) {
    reading(version, frames);
    let packets = frames.map(|frame| decoder(version).decode_frame(frame).expect("legal"));
    let packets = packets.each_ref();
    // A CONNECT is encoded in its own version.
    let own = own_version(packets[1], version);
    writing(own, packets, frames[1].len());
    comparing(packets);
    visiting(packets);
    changing(version, packets, frames);
    showing(packets);
    #[cfg(feature = "bytes")]
    keeping(own, packets, frames);
    in_pieces(version, frames);
}

/// Checks decoding. The frames may be refused.
pub fn reading(version: Version, frames: [&[u8]; 2]) {
    let mut decoder = decoder(version);
    is_explained(TIMES, frames, |bytes| decoder.decode(bytes).is_ok());
    is_explained(TIMES, frames, |bytes| decoder.decode_frame(bytes).is_ok());
    is_explained(TIMES, frames, |bytes| decoder.decode_head(bytes).is_ok());
    is_explained(TIMES, frames, |bytes| decoder.head_len(bytes).is_ok());
    is_explained(TIMES, frames, |bytes| decoder.frame_len(bytes).is_ok());
    is_explained(TIMES, frames, |bytes| decode_from_server(version, bytes).is_ok());
    is_explained(TIMES, frames, |bytes| decoder.dissect(bytes, |span| _ = black_box(span)).is_ok());
    is_explained(TIMES, frames, |bytes| {
        let mut found = 0;
        decoder.lint(bytes, |finding| found += finding.error.offset());
        found == 0
    });
    is_explained(TIMES, frames, |bytes| match decoder.decode_frame(bytes) {
        Ok(_) => true,
        Err(error) => {
            let refused = decoder.refused(error, bytes);
            refused.packet_id().is_some() && refused.subscriptions().count() + refused.filters().count() > 0
        }
    });
    is_explained(TIMES, frames, |bytes| detect::guess(bytes) == detect::guess(&[]));
}

fn writing(version: Version, packets: [&Packet<'_>; 2], len: usize) {
    let mut buffer = vec![0; len + len / 8];
    is_explained(TIMES, packets, |packet| packet.encode(version, &mut buffer).is_ok());
    is_explained(TIMES, packets, |packet| packet.encoded_len(version).is_ok());
    is_explained(TIMES, packets, |packet| packet.head_len(version).is_ok());
    is_explained(TIMES, packets, |packet| packet.encode_parts(version, &mut buffer).is_ok());
    for sender in [Role::Client, Role::Server] {
        let encoder = Encoder::new(version).sender(sender);
        is_explained(TIMES, packets, |packet| encoder.encoded_len(packet).is_ok());
    }
    let mut waiting = WriteBuffer::new(Encoder::new(version), buffer);
    is_explained(TIMES, packets, |packet| {
        let pushed = waiting.push(packet).is_ok();
        waiting.written(waiting.as_bytes().len());
        pushed
    });
}

fn comparing(packets: [&Packet<'_>; 2]) {
    let hash = RandomState::new();
    is_explained(TIMES, packets, |packet| black_box(packet) == black_box(packet));
    is_explained(TIMES, packets, |packet| hash.hash_one(packet) > 0);
}

fn visiting(packets: [&Packet<'_>; 2]) {
    is_explained(TIMES, packets, |packet| {
        let mut visited = 0;
        crate::targets::visit_properties(packet, &mut |_, value| {
            visited += 1;
            black_box(value);
        });
        visited > 0
    });
    is_explained(TIMES, packets, |packet| list_len(packet) > 0);
    if let [Packet::Publish(_), Packet::Publish(_)] = packets {
        let publishes = packets.map(|packet| match packet {
            Packet::Publish(publish) => publish,
            _ => unreachable!(),
        });
        is_explained(TIMES, publishes, |publish| {
            PropertyId::ALL.iter().any(|id| publish.properties.get(*id).is_some())
        });
        is_explained(TIMES, publishes, |publish| publish.payload_matches_format());
    }
}

/// Iterates over the list and adds up the lengths.
fn list_len(packet: &Packet<'_>) -> usize {
    match packet {
        Packet::Subscribe(subscribe) => {
            subscribe.subscriptions.len()
                + subscribe.subscriptions.iter().map(|it| it.filter.len()).sum::<usize>()
        }
        Packet::Unsubscribe(unsubscribe) => {
            unsubscribe.filters.len() + unsubscribe.filters.iter().map(|it| it.len()).sum::<usize>()
        }
        Packet::SubAck(suback) => {
            suback.reasons.len() + suback.reasons.iter().filter(|it| it.is_error()).count()
        }
        Packet::UnsubAck(unsuback) => {
            unsuback.reasons.len() + unsuback.reasons.iter().filter(|it| it.is_error()).count()
        }
        Packet::Publish(publish) => {
            publish.properties.user_properties.len() + publish.properties.subscription_identifiers.len()
        }
        _ => 0,
    }
}

fn changing(version: Version, packets: [&Packet<'_>; 2], frames: [&[u8]; 2]) {
    for to in Version::ALL {
        is_explained(TIMES, packets, |packet| Conversion::new(version, to).convert(*packet).is_ok());
    }
    let peer = PeerLimits::default().max_packet_size(16).problem_information(false);
    is_explained(TIMES, packets, |packet| peer.fit(version, *packet).is_ok());
    let mut copies = frames.map(<[u8]>::to_vec);
    is_explained(TIMES, [0, 1], |place| PublishFrame::new(version, &mut copies[place]).is_ok());
    if let [Packet::Publish(short), Packet::Publish(long)] = packets {
        let Some(name) = long.topic.name().and(short.topic.name()) else { return };
        let mut shared = vec![0; FanOut::shared_len(&long.properties)];
        let mut own = [0; 64];
        is_explained(TIMES, [short, long], |publish| {
            let fan_out = FanOut::new(name, publish, &mut shared).expect("enough space");
            Version::ALL.iter().all(|to| fan_out.to(&Recipient::new(*to, publish.delivery), &mut own).is_ok())
        });
    }
}

/// A formatter target that drops the text.
struct Nowhere;

impl Write for Nowhere {
    fn write_str(&mut self, string: &str) -> fmt::Result {
        black_box(string);
        Ok(())
    }
}

fn showing(packets: [&Packet<'_>; 2]) {
    is_explained(TIMES, packets, |packet| write!(Nowhere, "{packet}").is_ok());
    is_explained(TIMES, packets, |packet| write!(Nowhere, "{packet:?}").is_ok());
    is_explained(TIMES, packets, |packet| write!(Nowhere, "{packet:#?}").is_ok());
    #[cfg(feature = "serde")]
    is_explained(TIMES, packets, |packet| serde_json::to_writer(std::io::sink(), packet).is_ok());
}

#[cfg(feature = "bytes")]
fn keeping(version: Version, packets: [&Packet<'_>; 2], frames: [&[u8]; 2]) {
    use bytes::{Bytes, BytesMut};
    use mqtt_wire::owned::OwnedPacket;
    is_explained(TIMES, packets, |packet| OwnedPacket::new(packet, version).is_ok());
    let kept = packets.map(|packet| OwnedPacket::new(packet, version).expect("legal"));
    let hash = RandomState::new();
    let kept = kept.each_ref();
    is_explained(TIMES, kept, |owned| owned.packet() == owned.packet());
    let others = kept.map(OwnedPacket::clone);
    let pairs = [(kept[0], &others[0]), (kept[1], &others[1])];
    is_explained(TIMES, pairs.each_ref(), |(one, other)| one == other);
    is_explained(TIMES, kept, |owned| hash.hash_one(owned) > 0);
    is_explained(TIMES, kept, |owned| !owned.compact().as_bytes().is_empty());
    is_explained(TIMES, kept, |owned| owned.encode_to(version, &mut Vec::new()).is_ok());
    is_explained(TIMES, kept, |owned| write!(Nowhere, "{owned:?}").is_ok());
    let mut decoder = decoder(version);
    is_explained(TIMES, frames, |frame| decoder.decode_owned_frame(Bytes::copy_from_slice(frame)).is_ok());
    is_explained(TIMES, frames, |frame| decoder.decode_owned(&mut BytesMut::from(frame)).is_ok());
    is_explained(TIMES, frames, |frame| {
        let split = decoder.split_frame(&mut BytesMut::from(frame)).expect("legal").expect("whole");
        split.packet().is_ok() && split.into_packet().is_ok()
    });
}

/// Checks that a decoder does not read the whole packet again for each byte that arrives.
fn in_pieces(version: Version, frames: [&[u8]; 2]) {
    let read = |frame: &[u8], memory: Vec<u8>, piece: usize| {
        let mut buffer = ReadBuffer::new(decoder(version), memory);
        let mut packets = 0;
        for piece in frame.chunks(piece) {
            let mut rest = piece;
            while !rest.is_empty() {
                let space = buffer.space();
                let len = space.len().min(rest.len());
                space[..len].copy_from_slice(&rest[..len]);
                buffer.filled(len);
                rest = &rest[len..];
            }
            while buffer.next().expect("legal").is_some() {
                packets += 1;
            }
        }
        packets
    };
    is_explained(TIMES, frames, |frame| read(frame, Vec::new(), 16) == 1);
    #[cfg(feature = "tokio-util")]
    {
        use tokio_util::codec::Decoder as _;
        is_explained(TIMES, frames, |frame| {
            let mut codec = mqtt_wire::codec::Codec::new(decoder(version));
            let mut buffer = bytes::BytesMut::new();
            frame.chunks(16).any(|piece| {
                buffer.extend_from_slice(piece);
                matches!(codec.decode(&mut buffer), Ok(Some(_)))
            })
        });
    }
    // Many packets in one buffer.
    let ping = encoded(&Packet::PingReq, version);
    let pings = frames.map(|frame| ping.repeat(frame.len() / ping.len()));
    let pings = pings.each_ref().map(|pings| &pings[..]);
    is_explained(TIMES, pings, |pings| read(pings, Vec::new(), 1024) > 0);
    is_explained(TIMES, pings, |pings| {
        let mut waiting = WriteBuffer::new(Encoder::new(version), vec![0; pings.len()]);
        while waiting.push(&PingReq).is_ok() && waiting.as_bytes().len() < pings.len() {}
        while !waiting.is_empty() {
            waiting.written(7);
        }
        true
    });
}
