//! Applies the laws of `tests/kit/src/laws.rs` to a sample of every packet. A law is an invariant:
//! a statement that must hold for every input.

use mqtt_wire::inspect::Field;
use mqtt_wire::property::PropertyId;
use mqtt_wire::{DecodeErrorKind, Decoder, Packet, PacketType, Role, Version};
use mqtt_wire_testkit::laws;
use mqtt_wire_testkit::samples::{all_samples, bytes, samples};
use std::collections::BTreeSet;

/// Fails if a packet type or a property has no sample.
#[test]
fn the_samples_have_every_packet_type_in_every_version() {
    for version in Version::ALL {
        let samples = samples(version);
        for packet_type in PacketType::ALL {
            let held = samples.iter().any(|packet| packet.packet_type() == packet_type);
            let exists = packet_type != PacketType::Auth || version == Version::V5_0;
            assert_eq!(held, exists, "{packet_type} in {version}");
        }
    }
}

/// Returns the packet and the property in the words of the table, or the will and the property.
fn properties_of(bytes: &[u8]) -> BTreeSet<(String, PropertyId)> {
    let mut place = PacketType::from_first_byte(bytes[0]).expect("a type").to_string().to_lowercase();
    let mut properties = BTreeSet::new();
    let dissected = laws::decoder(Version::V5_0).dissect(bytes, |span| match span.field {
        Field::WillPropertyLength => place = "will".to_owned(),
        Field::Property(id) => drop(properties.insert((place.clone(), id))),
        _ => {}
    });
    assert!(dissected.is_ok());
    properties
}

#[test]
fn the_samples_have_every_property_of_the_table() {
    let (mut held, mut alone) = (BTreeSet::new(), BTreeSet::new());
    for packet in samples(Version::V5_0) {
        let properties = properties_of(&bytes(&packet, Version::V5_0));
        if properties.len() == 1 {
            alone.extend(properties.clone());
        }
        held.extend(properties);
    }
    let mut lines = include_str!("data/properties.tsv").lines();
    let names: Vec<_> = lines.next().expect("a heading").split('\t').collect();
    let mut cells = 0;
    for row in lines.map(|line| line.split('\t').collect::<Vec<_>>()) {
        let id = PropertyId::new(row[0].parse().expect("a number")).expect("known");
        for (_, place) in names.iter().enumerate().filter(|(column, _)| row[*column] == "x") {
            let cell = ((*place).to_owned(), id);
            assert!(held.contains(&cell), "{id} in {place}");
            // This property needs another property.
            let needs_others = id == PropertyId::AuthenticationData
                || id == PropertyId::UserProperty
                || *place == "auth"
                || *place == "publish" && id == PropertyId::SubscriptionIdentifier;
            assert!(needs_others || alone.contains(&cell), "{id} alone in {place}");
            cells += 1;
        }
    }
    assert_eq!(cells, 64);
}

/// The Reason Codes of each packet type and version.
#[test]
fn the_samples_have_every_reason_code_of_the_table() {
    let mut held = BTreeSet::new();
    for packet in samples(Version::V5_0) {
        let name = packet.packet_type().to_string();
        match packet {
            Packet::ConnAck(connack) => drop(held.insert((name, connack.reason.get()))),
            Packet::PubAck(ack) => drop(held.insert((name, ack.reason.get()))),
            Packet::PubRec(ack) => drop(held.insert((name, ack.reason.get()))),
            Packet::PubRel(ack) => drop(held.insert((name, ack.reason.get()))),
            Packet::PubComp(ack) => drop(held.insert((name, ack.reason.get()))),
            Packet::SubAck(suback) => {
                held.extend(suback.reasons.iter().map(|code| (name.clone(), code.get())))
            }
            Packet::UnsubAck(unsuback) => {
                held.extend(unsuback.reasons.iter().map(|code| (name.clone(), code.get())));
            }
            Packet::Disconnect(disconnect) => drop(held.insert((name, disconnect.reason.get()))),
            Packet::Auth(auth) => drop(held.insert((name, auth.reason.get()))),
            _ => {}
        }
    }
    let mut lines = include_str!("data/reason_codes.tsv").lines();
    let names: Vec<_> = lines.next().expect("a heading").split('\t').collect();
    for row in lines.map(|line| line.split('\t').collect::<Vec<_>>()) {
        let code: u8 = row[0].parse().expect("a number");
        for (column, packet) in names.iter().enumerate().skip(3) {
            // An encoder refuses 0x8C in DISCONNECT.
            let written = !row[column].is_empty() && (*packet, code) != ("DISCONNECT", 0x8c);
            assert_eq!(held.contains(&((*packet).to_owned(), code)), written, "{code:#04x} in {packet}");
        }
    }
}

#[test]
fn the_samples_have_every_boundary_of_the_remaining_length() {
    for version in Version::ALL {
        let lengths: BTreeSet<_> = samples(version).iter().map(|packet| body_len(packet, version)).collect();
        for edge in [127, 128, 16_383, 16_384, 65_535, 2_097_151, 2_097_152] {
            assert!(lengths.contains(&edge), "{edge} in {version}");
        }
    }
}

fn body_len(packet: &Packet<'_>, version: Version) -> usize {
    let bytes = bytes(packet, version);
    bytes.len() - 2 - bytes[1..].iter().position(|byte| byte & 0x80 == 0).expect("a length")
}

macro_rules! for_each_sample {
    ($( $law:ident ),*) => { $(
        #[test]
        fn $law() {
            for (version, packet) in all_samples() {
                laws::$law(&packet, version, &bytes(&packet, version));
            }
        }
    )* };
}

for_each_sample!(
    is_written_alike_by_all,
    needs_its_whole_length,
    leaves_what_follows,
    its_prefixes_are_incomplete,
    its_fields_are_its_bytes
);

#[test]
fn an_encoded_packet_decodes_to_the_same() {
    for (version, packet) in all_samples() {
        laws::survives(&packet, version);
    }
}

#[test]
fn every_length_field_is_checked() {
    let mut changes = 0;
    for (version, packet) in all_samples() {
        let bytes = bytes(&packet, version);
        changes += laws::with_a_length_changed(version, &bytes).len();
        laws::its_lengths_count(version, &bytes);
    }
    assert!(changes > 10_000, "only {changes}");
}

#[test]
fn encoder_and_decoder_agree_on_who_may_send_what() {
    let mut refused = 0;
    for (version, packet) in all_samples() {
        let bytes = bytes(&packet, version);
        laws::its_senders_agree(&packet, version, &bytes);
        for sender in [Role::Client, Role::Server] {
            refused += usize::from(laws::decoder(version).sender(sender).decode_frame(&bytes).is_err());
        }
    }
    assert!(refused > 100, "only {refused}");
}

#[test]
fn no_field_is_dropped_in_another_version() {
    for (version, packet) in all_samples() {
        laws::other_versions_refuse_by_name(&packet, version);
    }
}

/// The body is cut at every byte, and the Remaining Length is repaired. The packet is then refused
/// or is another legal packet.
#[test]
fn a_body_cut_short_is_refused_or_legal() {
    let mut legal = 0;
    for (version, packet) in all_samples() {
        let whole = bytes(&packet, version);
        let body = &whole[whole.len() - body_len(&packet, version)..];
        for end in (0..body.len()).filter(|end| *end < 200) {
            let cut = [&whole[..1], &laws::varint(u32::try_from(end).expect("short")), &body[..end]].concat();
            laws::of_bytes(laws::decoder(version), version, &cut);
            legal += usize::from(laws::decoder(version).decode_frame(&cut).is_ok());
        }
    }
    assert!(legal > 100, "short forms and payloads: {legal}");
}

/// Changes any one byte to several values, and decodes in every version and from every sender.
#[test]
fn a_changed_byte_keeps_the_laws_of_any_bytes() {
    for (version, packet) in all_samples() {
        let mut bytes = bytes(&packet, version);
        let places = bytes.len().min(if bytes.len() < 100 { 100 } else { 20 });
        for place in 0..places {
            let original = bytes[place];
            for change in [0x01, 0x02, 0x80, 0xff, b'+'] {
                bytes[place] = original ^ change;
                laws::of_bytes(laws::decoder(version), version, &bytes);
            }
            bytes[place] = original.wrapping_add(1);
            for other in Version::ALL {
                for sender in [Role::Client, Role::Server] {
                    laws::of_bytes(laws::decoder(other).sender(sender), other, &bytes);
                }
            }
            bytes[place] = original;
        }
    }
}

#[test]
fn a_stream_in_pieces_gives_the_same_packets() {
    for version in Version::ALL {
        let short = |packet: &Packet<'_>| bytes(packet, version).len() < 1000;
        let packets: Vec<_> = samples(version).into_iter().filter(short).collect();
        for size in [1, 2, 3, 7, 64, 1000] {
            laws::of_stream(version, &packets, || size);
        }
    }
}

/// A decoder without a version refuses all packets before CONNECT. After CONNECT it uses the version of the
/// CONNECT.
#[test]
fn a_decoder_learns_the_version_once() {
    for (version, packet) in all_samples() {
        let bytes = bytes(&packet, version);
        let mut learning = Decoder::detect_version().accept_bridge(true);
        match packet {
            Packet::Connect(_) => {
                assert_eq!(learning.decode(&bytes), Ok(Some((packet, &[][..]))));
                assert_eq!(learning.version(), Some(version));
                // A second CONNECT is decoded in its own version, and does not change the version
                // of the decoder.
                let other = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a";
                assert!(learning.decode(other).is_ok());
                assert_eq!(learning.version(), Some(version));
            }
            _ => {
                let error = learning.decode(&bytes).expect_err("not a CONNECT");
                assert_eq!((error.kind(), error.offset()), (DecodeErrorKind::VersionUnknown, 0));
                assert_eq!(error.packet_len(), Some(bytes.len()), "what to skip");
                let early = learning.decode(&bytes[..1]).expect_err("the first byte is enough");
                assert_eq!((early.kind(), early.packet_len()), (error.kind(), None));
                assert_eq!(learning.version(), None);
            }
        }
    }
    let mut learning = Decoder::detect_version();
    assert!(learning.decode_frame(b"\x10\x0e\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x01\xff").is_err());
    assert_eq!(learning.version(), None, "a bad CONNECT teaches nothing");
}
