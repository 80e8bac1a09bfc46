//! Makes a packet longer until one of its lengths is at an edge, and checks the longer packet.

use crate::random::Random;
use mqtt_wire::inspect::Field;
use mqtt_wire::property::UserProperty;
use mqtt_wire::*;
use mqtt_wire_testkit::laws::{self, decoder, varint};
use mqtt_wire_testkit::naive::{Options, Verdict, naive};
use mqtt_wire_testkit::packet_fields::fields_of;
use std::cell::Cell;

/// The greatest lengths that take one, two and three bytes, and the lengths after them.
const EDGES: [usize; 4] = [127, 128, 16_383, 16_384];

/// The longest string.
const LONGEST: usize = 65_535;

/// Brings the Remaining Length and each Property Length to an edge with a User Property, a topic or a payload.
pub fn at_the_edges(packet: &Packet<'_>, version: Version, bytes: &[u8]) {
    let random = &mut Random::of(bytes);
    for wanted in [Field::RemainingLength, Field::PropertyLength, Field::WillPropertyLength] {
        let edge = random.pick(&EDGES);
        if let Some(now) = length_of(version, bytes, wanted) {
            has_the_length(packet, version, wanted, now, edge);
        }
    }
    if let (Packet::Publish(publish), true) = (packet, random.one_in(16)) {
        // The last length of three bytes and the first length of four.
        let payload = vec![b'*'; 2_097_152];
        let own = remaining(bytes) - publish.payload.len();
        for remaining_length in [2_097_151, 2_097_152] {
            let payload = &payload[..remaining_length - own];
            let longer = Packet::Publish(Publish { payload, ..*publish });
            let bytes = laws::survives(&longer, version);
            assert_eq!(remaining(&bytes), remaining_length);
        }
    }
    if random.one_in(16) {
        longest_strings(packet, version);
    }
}

/// The value of a length in an encoded packet.
fn length_of(version: Version, bytes: &[u8], wanted: Field) -> Option<usize> {
    let found = Cell::new(None);
    let read = decoder(version).dissect(bytes, |span| {
        if span.field == wanted {
            let septets = span.bytes.iter().rev().map(|byte| usize::from(byte & 0x7f));
            found.set(Some(septets.fold(0, |sum, septet| sum << 7 | septet)));
        }
    });
    assert!(read.is_ok());
    found.get()
}

/// Adds as many bytes as the length lacks. A longer Property Length takes more bytes, so the Remaining Length grows by these bytes, too.
/// Therefore each number of bytes near the edge is tried.
fn has_the_length(packet: &Packet<'_>, version: Version, wanted: Field, now: usize, edge: usize) {
    let Some(lacking) = edge.checked_sub(now) else { return };
    let fill = "x".repeat(lacking);
    for len in lacking.saturating_sub(9)..=lacking {
        let Some(filler) = fill.get(..len) else { continue };
        longer(packet, wanted, version, filler, |longer| {
            let Ok(len) = longer.encoded_len(version) else { return };
            let mut bytes = vec![0; len];
            longer.encode(version, &mut bytes).expect("as long as was said");
            let is_near = length_of(version, &bytes, wanted).is_some_and(|length| length.abs_diff(edge) <= 1);
            if is_near {
                is_whole(longer, version, &bytes);
            }
        });
    }
}

/// Makes a packet with more bytes, if the packet has a place for them.
fn longer(
    packet: &Packet<'_>,
    wanted: Field,
    version: Version,
    filler: &str,
    check: impl FnOnce(&Packet<'_>),
) {
    let mut longer = *packet;
    let Ok(value) = Text::new(filler) else { return };
    macro_rules! with_a_user_property {
        ($properties:expr) => {{
            let own = $properties.user_properties.iter();
            let pairs: Vec<_> = own.chain([UserProperty { name: text!(""), value }]).collect();
            $properties.user_properties = (&pairs[..]).into();
            return check(&longer);
        }};
    }
    match &mut longer {
        Packet::Publish(it) if version != Version::V5_0 || filler.len() % 2 == 1 => {
            let payload = [it.payload, filler.as_bytes()].concat();
            check(&Packet::Publish(Publish { payload: &payload, ..*it }));
        }
        Packet::Connect(it) if version != Version::V5_0 => {
            let client_id = [it.client_id.as_str(), filler].concat();
            let Ok(client_id) = Text::new(&client_id) else { return };
            check(&Packet::Connect(Connect { client_id, ..*it }));
        }
        Packet::Unsubscribe(it) if version != Version::V5_0 => {
            let Ok(filter) = TopicFilter::new(filler) else { return };
            let filters: Vec<_> = it.filters.iter().chain([filter]).collect();
            check(&Packet::Unsubscribe(Unsubscribe { filters: (&filters[..]).into(), ..*it }));
        }
        Packet::Subscribe(it) if version != Version::V5_0 => {
            let Ok(filter) = TopicFilter::new(filler) else { return };
            let all: Vec<_> =
                it.subscriptions.iter().chain([Subscription::new(filter, Qos::AtLeastOnce)]).collect();
            check(&Packet::Subscribe(Subscribe { subscriptions: (&all[..]).into(), ..*it }));
        }
        Packet::Connect(Connect { will: Some(will), .. }) if wanted == Field::WillPropertyLength => {
            with_a_user_property!(will.properties)
        }
        Packet::Connect(it) => with_a_user_property!(it.properties),
        Packet::ConnAck(it) => with_a_user_property!(it.properties),
        Packet::Publish(it) => with_a_user_property!(it.properties),
        Packet::PubAck(it) => with_a_user_property!(it.properties),
        Packet::PubRec(it) => with_a_user_property!(it.properties),
        Packet::PubRel(it) => with_a_user_property!(it.properties),
        Packet::PubComp(it) => with_a_user_property!(it.properties),
        Packet::Subscribe(it) => with_a_user_property!(it.properties),
        Packet::SubAck(it) => with_a_user_property!(it.properties),
        Packet::Unsubscribe(it) => with_a_user_property!(it.properties),
        Packet::UnsubAck(it) => with_a_user_property!(it.properties),
        Packet::Disconnect(it) => with_a_user_property!(it.properties),
        Packet::Auth(it) => with_a_user_property!(it.properties),
        Packet::PingReq | Packet::PingResp => {}
    }
}

/// The crate and the naive decoder read the packet. The fixed header announces its length, and a part of the packet is
/// incomplete.
fn is_whole(packet: &Packet<'_>, version: Version, bytes: &[u8]) {
    assert_eq!(laws::survives(packet, version), bytes);
    laws::is_written_alike_by_all(packet, version, bytes);
    laws::its_fields_are_its_bytes(packet, version, bytes);
    assert_eq!(laws::announced_len(bytes), Some(bytes.len()));
    let length_len = varint((bytes.len() - 5) as u32).len();
    assert!((1 + length_len..=6).contains(&(bytes.len() - remaining(bytes))), "a padded length");
    let mut decoder = decoder(version);
    assert_eq!(decoder.decode(&bytes[..bytes.len() - 1]), Ok(None));
    let options = Options { accept_bridge: true, ..Options::new(Some(version)) };
    match naive(bytes, &options) {
        Verdict::Accept { used, fields, .. } => assert_eq!((used, fields), (bytes.len(), fields_of(packet))),
        other => panic!("{other:?} of {packet:?} for {version}"),
    }
    for max in [bytes.len() - 1, bytes.len()] {
        let max_packet_size = u32::try_from(max).expect("short");
        let refused = decoder.max_packet_size(max_packet_size).decode(bytes).is_err();
        let not_written = Encoder::new(version).max_packet_size(max_packet_size).encoded_len(packet).is_err();
        assert_eq!((refused, not_written), (max < bytes.len(), max < bytes.len()), "{max}");
    }
}

/// The number of bytes after the fixed header.
fn remaining(bytes: &[u8]) -> usize {
    bytes.len() - 1 - bytes[1..].iter().position(|byte| *byte < 0x80).expect("a length") - 1
}

/// Strings and data of 65,535 bytes.
fn longest_strings(packet: &Packet<'_>, version: Version) {
    let long = "x".repeat(LONGEST);
    let (Ok(text), Ok(data), Ok(name)) =
        (Text::new(&long), Binary::new(long.as_bytes()), TopicName::new(&long))
    else {
        panic!("65,535 bytes are not too long")
    };
    let mut longer = *packet;
    match &mut longer {
        Packet::Connect(it) => {
            it.client_id = text;
            it.user_name = it.user_name.and(Some(text));
            it.password = it.password.and(Some(data.into()));
            if let Some(will) = &mut it.will {
                (will.topic, will.payload) = (name, data);
            }
        }
        Packet::Publish(it) => it.topic = Topic::Name(name),
        _ => return,
    }
    let bytes = laws::encoded(&longer, version);
    is_whole(&longer, version, &bytes);
}
