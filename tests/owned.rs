//! Tests packets that own their bytes: they equal the borrowed packets, and share the memory of the buffer.

#![cfg(feature = "bytes")]

use allocation_counter::measure;
use bytes::{Bytes, BytesMut};
use mqtt_wire::owned::{Owned, OwnedFrame, OwnedPacket};
use mqtt_wire::property::{AuthenticationData, PropertyId, PropertyValue, UserProperty};
use mqtt_wire::*;
use mqtt_wire_testkit::samples::{self, all_samples, bytes, samples};
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::thread;

fn decoder(version: Version) -> Decoder {
    Decoder::new(version).accept_bridge(true)
}

fn owned(packet: &Packet<'_>, version: Version) -> OwnedPacket {
    let bytes = Bytes::from(bytes(packet, version));
    decoder(version).decode_owned_frame(bytes).expect("legal")
}

#[test]
fn an_owned_packet_equals_the_borrowed_packet() {
    for (version, packet) in all_samples() {
        let encoded = bytes(&packet, version);
        let followed = [&encoded[..], b"\xc0\x00\xd0"].concat();
        let mut buffer = BytesMut::from(&followed[..]);
        let split = decoder(version).decode_owned(&mut buffer).expect("legal").expect("whole");
        assert_eq!(buffer, b"\xc0\x00\xd0"[..]);
        for owned in [split, owned(&packet, version), OwnedPacket::new(&packet, version).expect("legal")] {
            assert_eq!(owned.packet(), packet, "{version}");
            assert_eq!(owned.packet_type(), packet.packet_type());
            assert_eq!(owned.version(), version);
            assert_eq!(owned.as_bytes(), &encoded);
            assert_eq!(owned.compact(), owned);
            assert_eq!(owned.clone().into_bytes(), encoded);
        }
    }
}

#[test]
fn an_incomplete_or_refused_packet_is_not_split_off() {
    for (version, packet) in all_samples() {
        let bytes = bytes(&packet, version);
        for end in (0..bytes.len()).filter(|end| *end < 300) {
            let mut buffer = BytesMut::from(&bytes[..end]);
            assert_eq!(decoder(version).decode_owned(&mut buffer), Ok(None));
            assert_eq!(buffer, bytes[..end]);
            let error = decoder(version).decode_owned_frame(buffer.freeze()).expect_err("less than a packet");
            assert_eq!(error.kind(), DecodeErrorKind::IncompletePacket);
        }
    }
    let refused = &b"\x30\x03\x00\x01#\xc0\x00"[..];
    let mut buffer = BytesMut::from(refused);
    let error = decoder(Version::V3_1_1).decode_owned(&mut buffer).expect_err("a wildcard");
    assert_eq!(decode(Version::V3_1_1, refused), Err(error));
    assert_eq!(buffer, refused);
}

#[test]
fn a_look_sees_the_packet_that_is_then_owned() {
    for (version, packet) in all_samples() {
        let mut buffer = BytesMut::from(&[&bytes(&packet, version)[..], b"\xc0"].concat()[..]);
        let look = |seen: &Packet<'_>| assert_eq!(*seen, packet);
        let (owned, ()) =
            decoder(version).decode_owned_with(&mut buffer, look).expect("legal").expect("whole");
        assert_eq!((owned.packet(), owned.version(), &buffer[..]), (packet, version, &b"\xc0"[..]));
    }
    let never = |seen: &Packet<'_>| panic!("seen: {seen}");
    for version in Version::ALL {
        let mut incomplete = BytesMut::from(&b"\x30\x05\x00"[..]);
        assert_eq!(decoder(version).decode_owned_with(&mut incomplete, never), Ok(None));
        let mut refused = BytesMut::from(&b"\x30\x03\x00\x01#"[..]);
        decoder(version).decode_owned_with(&mut refused, never).expect_err("a wildcard");
        assert_eq!((incomplete.len(), refused.len()), (3, 5));
    }
}

#[test]
fn a_stream_in_pieces_is_split_into_the_same_packets() {
    for version in Version::ALL {
        let packets: Vec<_> =
            samples(version).into_iter().filter(|packet| bytes(packet, version).len() < 1000).collect();
        let stream: Vec<u8> = packets.iter().flat_map(|packet| bytes(packet, version)).collect();
        for piece in [1, 2, 3, 7, 64, 1000] {
            let mut decoder = decoder(version);
            let mut buffer = BytesMut::new();
            let mut read = Vec::new();
            for piece in stream.chunks(piece) {
                buffer.extend_from_slice(piece);
                while let Some(owned) = decoder.decode_owned(&mut buffer).expect("legal") {
                    read.push(owned);
                }
            }
            assert!(read.iter().map(OwnedPacket::packet).eq(packets.iter().copied()));
        }
    }
}

#[test]
fn the_version_of_connect_is_used_for_later_packets() {
    let connect = |version| bytes(&Connect { client_id: text!("a"), ..Connect::new(version) }, version);
    let mut buffer = BytesMut::from(&[connect(Version::V3_1), connect(Version::V5_0)].concat()[..]);
    let mut decoder = Decoder::from_client();
    for version in [Version::V3_1, Version::V5_0] {
        let owned = decoder.decode_owned(&mut buffer).expect("legal").expect("whole");
        assert_eq!((owned.version(), decoder.version()), (version, Some(Version::V3_1)));
        assert!(matches!(owned.packet(), Packet::Connect(connect) if connect.version == version));
    }
    // A packet that was accepted because of a switch is accepted again.
    let bridge = Connect { bridge: true, ..Connect::new(Version::V3_1_1) };
    assert_eq!(OwnedPacket::new(&bridge, Version::V3_1_1).expect("legal").packet(), bridge.into());
}

/// Calls `visit` with every string and every piece of binary data of the packet, and with its
/// payload.
fn fields<'a>(packet: &Packet<'a>, visit: &mut impl FnMut(&'a [u8])) {
    let mut property = |_: PropertyId, value: PropertyValue<'a>| match value {
        PropertyValue::Text(text) => visit(text.as_str().as_bytes()),
        PropertyValue::Binary(binary) => visit(binary.as_bytes()),
        PropertyValue::Secret(secret) => visit(secret.expose().as_bytes()),
        PropertyValue::Pair(UserProperty { name, value }) => {
            visit(name.as_str().as_bytes());
            visit(value.as_str().as_bytes());
        }
        _ => {}
    };
    match packet {
        Packet::Connect(connect) => {
            connect.properties.for_each(&mut property);
            if let Some(will) = connect.will {
                will.properties.for_each(&mut property);
                visit(will.topic.as_str().as_bytes());
                visit(will.payload.as_bytes());
            }
            visit(connect.client_id.as_str().as_bytes());
            visit(connect.user_name.map_or(&[], |name| name.as_str().as_bytes()));
            visit(connect.password.map_or(&[], |password| password.expose().as_bytes()));
        }
        Packet::ConnAck(connack) => connack.properties.for_each(&mut property),
        Packet::Publish(publish) => {
            publish.properties.for_each(&mut property);
            visit(publish.topic.name().map_or(&[], |name| name.as_str().as_bytes()));
            visit(publish.payload);
        }
        Packet::PubAck(ack) => ack.properties.for_each(&mut property),
        Packet::PubRec(ack) => ack.properties.for_each(&mut property),
        Packet::PubRel(ack) => ack.properties.for_each(&mut property),
        Packet::PubComp(ack) => ack.properties.for_each(&mut property),
        Packet::Subscribe(subscribe) => {
            subscribe.properties.for_each(&mut property);
            subscribe.subscriptions.iter().for_each(|one| visit(one.filter.as_str().as_bytes()));
        }
        Packet::SubAck(suback) => suback.properties.for_each(&mut property),
        Packet::Unsubscribe(unsubscribe) => {
            unsubscribe.properties.for_each(&mut property);
            unsubscribe.filters.iter().for_each(|filter| visit(filter.as_str().as_bytes()));
        }
        Packet::UnsubAck(unsuback) => unsuback.properties.for_each(&mut property),
        Packet::Disconnect(disconnect) => disconnect.properties.for_each(&mut property),
        Packet::Auth(auth) => auth.properties.for_each(&mut property),
        Packet::PingReq | Packet::PingResp => {}
    }
}

#[test]
fn every_field_is_kept_in_the_same_allocation() {
    let mut kept_fields = 0;
    for (version, packet) in all_samples() {
        let owned = owned(&packet, version);
        fields(&owned.packet(), &mut |field| {
            let kept = owned.slice_ref(field);
            assert_eq!(kept, field);
            if !field.is_empty() && owned.as_bytes().len() > SHORT {
                kept_fields += 1;
                assert_eq!(kept.as_ptr(), field.as_ptr(), "shared, not copied");
                assert!(owned.as_bytes().as_ptr_range().contains(&kept.as_ptr()));
            }
        });
    }
    assert!(kept_fields > 500, "only {kept_fields}");
}

#[test]
fn a_value_from_elsewhere_is_copied() {
    let owned = OwnedPacket::new(&Publish::new(topic_name!("a"), b"hi"), Version::V3_1_1).expect("legal");
    let literal = topic_name!("elsewhere");
    let kept = owned.slice_ref(literal);
    assert_eq!(kept, "elsewhere");
    assert_ne!(kept.into_bytes().as_ptr(), literal.as_str().as_ptr());
    // Equal bytes of another packet are not a part of this packet.
    let other = OwnedPacket::new(&owned, Version::V3_1_1).expect("legal");
    let Packet::Publish(publish) = other.packet() else { panic!("{other:?}") };
    assert_ne!(owned.slice_ref(publish.payload).as_ptr(), publish.payload.as_ptr());
    assert_eq!(owned.slice_ref(publish.payload), "hi");
}

#[test]
fn a_kept_field_outlives_the_packet_on_another_thread() {
    let owned = OwnedPacket::new(&Publish::new(topic_name!("a"), b"hi"), Version::V5_0).expect("legal");
    let Packet::Publish(publish) = owned.packet() else { panic!("{owned:?}") };
    let topic = owned.slice_ref(publish.topic.name().expect("named"));
    let payload = owned.slice_ref(publish.payload);
    let moved = owned.clone();
    drop(owned);
    let joined = thread::spawn(move || (moved.packet() == Publish::new(topic.get(), &payload).into(), topic));
    let (same, topic) = joined.join().expect("no panic");
    assert!(same);
    assert_eq!(topic, "a");
}

/// In every version and from every sender, the bytes or the error are the same.
#[test]
fn an_owned_packet_is_encoded_like_the_borrowed_packet() {
    for (version, packet) in all_samples() {
        let owned = owned(&packet, version);
        for other in Version::ALL {
            let expected = packet.encoded_len(other).map(|_| bytes(&packet, other));
            assert_eq!(owned.encoded_len(other), expected.as_ref().map(Vec::len).map_err(|error| *error));
            if let Ok(expected) = expected {
                assert_eq!(bytes(&owned, other), expected, "{version} for {other}: {packet:?}");
            }
            for sender in [Role::Client, Role::Server] {
                let encoder = Encoder::new(other).sender(sender);
                assert_eq!(encoder.encoded_len(&owned), encoder.encoded_len(&packet));
            }
        }
    }
}

#[test]
fn unused_bits_of_3_1_are_left_out() {
    let written = |version, bytes: &'static [u8]| {
        let owned = Decoder::new(version).decode_owned_frame(Bytes::from_static(bytes)).expect("legal");
        samples::bytes(&owned, version)
    };
    // DUP with QoS 0, and the unused bits of Subscription Options.
    assert_eq!(written(Version::V3_1, b"\x38\x05\x00\x01ahi"), b"\x30\x05\x00\x01ahi");
    assert_eq!(written(Version::V3_1, b"\x82\x06\x00\x01\x00\x01a\xfd"), b"\x82\x06\x00\x01\x00\x01a\x01");
    // An encoder writes the Remaining Length in the fewest bytes, and copies the body.
    assert_eq!(written(Version::V3_1_1, b"\x30\x85\x00\x00\x01ahi"), b"\x30\x05\x00\x01ahi");
    assert_eq!(written(Version::V5_0, b"\x40\x03\x00\x01\x00"), b"\x40\x03\x00\x01\x00");
    let accepted = Decoder::new(Version::V5_0).decode_owned_frame(Bytes::from_static(b"\xe0\x01\x8c"));
    let refused = Inconsistency::BadAuthenticationMethodInDisconnect;
    assert_eq!(
        accepted.expect("legal").encoded_len(Version::V5_0),
        Err(EncodeError::Inconsistent(refused)),
        "accepted, but not written"
    );
}

#[test]
fn owned_packets_are_equal_if_their_packets_are() {
    let read = |version, bytes: &'static [u8]| {
        Decoder::new(version).decode_owned_frame(Bytes::from_static(bytes)).expect("legal")
    };
    let short = read(Version::V5_0, b"\x40\x02\x00\x01");
    let long = read(Version::V5_0, b"\x40\x04\x00\x01\x00\x00");
    assert_eq!(short, long);
    let hasher = RandomState::new();
    assert_eq!(hasher.hash_one(&short), hasher.hash_one(&long));
    assert_ne!(short, read(Version::V3_1_1, b"\x40\x02\x00\x01"), "another version");
    assert_ne!(short, read(Version::V5_0, b"\x40\x02\x00\x02"));
    assert_ne!(hasher.hash_one(&short), hasher.hash_one(read(Version::V3_1_1, b"\x40\x02\x00\x01")));
    let shown = format!("{short:?}");
    assert!(shown.starts_with("OwnedPacket { version: V5_0, packet: PubAck("), "{shown}");
}

#[test]
fn debug_hides_secrets() {
    let password = Password::new(b"hunter2").ok();
    let connect = Connect { user_name: Some(text!("u")), password, ..Connect::new(Version::V3_1_1) };
    let owned = OwnedPacket::new(&connect, Version::V3_1_1).expect("legal");
    let kept = owned.slice_ref(connect.password.expect("it has one"));
    assert_eq!(format!("{kept:?}"), "Password(redacted)");
    assert!(!format!("{owned:?}").contains("hunter2"), "{owned:?}");
    assert_eq!(kept.get().expose().as_bytes(), b"hunter2");
    let data = AuthenticationData::new(b"d").expect("short");
    assert_eq!(format!("{:?}", owned.slice_ref(data)), "AuthenticationData(redacted)");
}

#[test]
fn owned_values_behave_like_borrowed_values() {
    let names = ["b", "a/é", "a", "/status"];
    let owned: Vec<Owned<TopicName<'static>>> =
        names.iter().map(|name| TopicName::new(name).expect("legal").into()).collect();
    let hashed: HashSet<_> = owned.iter().cloned().collect();
    let sorted: BTreeMap<_, _> = owned.iter().cloned().map(|name| (name, ())).collect();
    assert!(sorted.keys().map(|name| name.get().as_str()).eq(["/status", "a", "a/é", "b"]));
    for (name, owned) in names.iter().zip(&owned) {
        let borrowed = TopicName::new(name).expect("legal");
        assert_eq!(owned.get(), borrowed);
        assert_eq!((owned.to_string(), format!("{owned:?}")), (name.to_string(), format!("{borrowed:?}")));
        assert_eq!((owned.as_ref(), owned), (*name, &Owned::from(borrowed)));
        assert_eq!((owned == *name, owned == "x", *owned == **name), (true, false, true));
        assert!(hashed.contains(*name) && sorted.contains_key(*name));
    }
    assert!(!hashed.contains("x"));
    assert!(owned[0] == "b" && owned[0] != "x" && owned[0] == *"b" && owned[0] != *"x");

    let filters = HashMap::from([(Owned::<TopicFilter>::from(topic_filter!("a/+")), 1)]);
    assert_eq!(filters.get("a/+"), Some(&1));
    let texts = ["b", "a"].map(|text| Owned::<Text>::from(Text::new(text).expect("legal")));
    assert!(texts[1] < texts[0] && texts[0].partial_cmp(&texts[0]) == Some(Ordering::Equal));
    assert!(texts.iter().map(Owned::get).eq([text!("b"), text!("a")]));
    let binary = Owned::from(binary!(b"\xff"));
    assert_eq!((binary.as_ref(), binary.get()), (&b"\xff"[..], binary!(b"\xff")));
}

/// The strings are created in every way, for both storages, and compared in both directions.
#[test]
fn owned_strings_can_be_built_from_and_compared_with_strings() {
    fn check<S>(shown: &str)
    where
        S: owned::Storage<TopicFilter<'static>> + From<String> + Clone + Ord + std::fmt::Debug,
        Owned<TopicFilter<'static>, S>: for<'a> From<TopicFilter<'a>>,
    {
        let (filter, string) = (topic_filter!("a/+"), String::from("a/+"));
        let made: [Owned<TopicFilter, S>; 4] = [
            "a/+".parse().expect("legal"),
            "a/+".try_into().expect("legal"),
            String::from("a/+").try_into().expect("legal"),
            filter.into(),
        ];
        for owned in &made {
            assert_eq!((owned.get(), owned), (filter, &made[0]));
            assert_eq!(*owned, filter);
            assert_eq!(filter, *owned);
            assert_ne!(*owned, topic_filter!("a"));
            assert_eq!(*owned, "a/+");
            assert_eq!("a/+", *owned);
            assert_eq!(*owned, *"a/+");
            assert_eq!(*"a/+", *owned);
            assert_eq!(*owned, string);
            assert_eq!(string, *owned);
            assert_ne!("a", *owned);
            assert_eq!((owned.to_string().as_str(), format!("{owned:?}").as_str()), ("a/+", shown));
            assert!(HashSet::from([owned.clone()]).contains("a/+"));
        }
        for wrong in ["", "a#", "\0", &"a".repeat(65_536)] {
            let error = TopicFilter::new(wrong).expect_err("illegal");
            assert_eq!(wrong.parse::<Owned<TopicFilter, S>>(), Err(error));
            assert_eq!(Owned::<TopicFilter, S>::try_from(wrong), Err(error));
            assert_eq!(Owned::<TopicFilter, S>::try_from(String::from(wrong)), Err(error));
            assert_eq!(Owned::<TopicFilter, S>::new(String::from(wrong).into()), Err(error));
        }
    }
    check::<Bytes>("\"a/+\"");
    check::<String>("\"a/+\"");
    let (text, string) = (text!("a"), String::from("a"));
    assert_eq!("a", text);
    assert_eq!(*"a", text);
    assert_eq!(text, string);
    assert_eq!(string, text);
    assert_ne!("b", text);
}

#[test]
fn an_owned_string_is_not_copied() {
    let name = String::from("sensors/kitchen");
    let at = name.as_ptr();
    let owned = Owned::<TopicName, String>::new(name).expect("legal");
    assert_eq!(owned.get().as_str().as_ptr(), at);
    let shared: Owned<TopicName> = owned.clone().into();
    assert_eq!(shared, "sensors/kitchen");
    assert_eq!(Owned::<TopicName>::try_from(shared.clone().into_bytes()), Ok(shared));
    let string = owned.into_string();
    assert_eq!(string.as_ptr(), at);
}

#[test]
fn owned_values_must_be_valid() {
    let bytes = Bytes::from_static;
    assert_eq!(Owned::<TopicName>::new(bytes(b"a/#")), Err(ValueError::WildcardInTopicName));
    assert_eq!(Owned::<TopicFilter>::new(bytes(b"a#")), Err(ValueError::HashNotAlone));
    assert_eq!(Owned::<Text>::new(bytes(b"\xff")), Err(ValueError::IllFormedUtf8(ValueType::Text)));
    assert_eq!(Owned::<Binary>::new(bytes(&[0; 65_536])), Err(ValueError::TooLong(ValueType::Binary)));
    assert_eq!(Owned::<Password>::new(bytes(&[0; 65_536])), Err(ValueError::TooLong(ValueType::Password)));
    assert_eq!(
        Owned::<AuthenticationData>::new(bytes(&[0; 65_536])),
        Err(ValueError::TooLong(ValueType::AuthenticationData))
    );
    let text = Owned::<Text>::new(bytes(b"Client123")).expect("legal");
    assert_eq!(text.get(), text!("Client123"));
    assert_eq!(text.into_bytes(), "Client123");
}

#[test]
fn an_owned_packet_can_be_turned_into_its_bytes() {
    let owned = OwnedPacket::new(&Packet::PingReq, Version::V3_1_1).expect("legal");
    assert_eq!(Bytes::from(owned.clone()), owned.into_bytes());
}

#[test]
fn owned_packets_are_small_and_can_be_sent_to_threads() {
    fn can_be_sent_and_shared<T: Send + Sync + Clone + 'static>() {}
    can_be_sent_and_shared::<OwnedPacket>();
    can_be_sent_and_shared::<Owned<Password<'static>>>();
    #[cfg(target_pointer_width = "64")]
    {
        assert_eq!((size_of::<OwnedPacket>(), size_of::<Option<OwnedPacket>>()), (40, 40));
        assert_eq!(size_of::<Owned<TopicName<'static>>>(), 32);
        assert_eq!(size_of::<Owned<TopicName<'static>, String>>(), 24);
    }
}

/// Splitting, reading, keeping and cloning do not allocate. The only exception is the reference
/// count of each allocation.
#[test]
fn packets_are_owned_without_allocations() {
    let publish = bytes(&Publish::new(topic_name!("/status"), b"online"), Version::V5_0);
    let mut buffer = BytesMut::with_capacity(1024);
    for _ in 0..3 {
        buffer.extend_from_slice(&publish);
    }
    let mut decoder = Decoder::from_server(Version::V5_0);
    let mut split = || {
        let mut kept = None;
        let count = measure(|| {
            let owned = decoder.decode_owned(&mut buffer).expect("legal").expect("whole");
            let Packet::Publish(publish) = owned.packet() else { panic!("{owned:?}") };
            let topic = owned.slice_ref(publish.topic.name().expect("named"));
            assert_eq!((topic.get().as_str(), owned.slice_ref(publish.payload).len()), ("/status", 6));
            kept = Some((owned.clone(), topic));
        });
        (count.count_total, kept)
    };
    let kept = [split(), split(), split()];
    assert_eq!(kept.map(|(count, _)| count), [1, 0, 0]);

    let frame = BytesMut::from(&publish[..]).freeze();
    let shared = frame.clone();
    let decoded =
        measure(|| assert!(decoder.decode_owned_frame(frame).expect("legal").version() == Version::V5_0));
    assert_eq!(decoded.count_total, 0);
    let encoded =
        measure(|| drop(OwnedPacket::new(&Publish::new(topic_name!("a"), b"online"), Version::V5_0)));
    assert_eq!(encoded.count_total, 1, "the bytes");
    drop(shared);
}

/// The length of the longest packet that an `OwnedPacket` holds itself, in bytes.
const SHORT: usize = 8;

#[test]
fn a_short_packet_does_not_share_the_buffer() {
    for (payload_len, after) in (0..9).flat_map(|payload_len| (0..9).map(move |after| (payload_len, after))) {
        let publish = Publish::new(topic_name!("a"), &[7; 9][..payload_len]);
        let encoded = bytes(&publish, Version::V3_1_1);
        let mut buffer = BytesMut::from(&[&encoded, &[0xd0; 9][..after]].concat()[..]);
        let read = buffer.as_ptr_range();
        let owned = decoder(Version::V3_1_1).decode_owned(&mut buffer).expect("legal").expect("whole");
        assert_eq!(buffer, [0xd0; 9][..after]);
        assert_eq!((owned.packet(), owned.as_bytes()), (publish.into(), &encoded[..]));
        assert_eq!(owned.slice_ref(publish.payload), publish.payload);
        assert_eq!(read.contains(&owned.as_bytes().as_ptr()), encoded.len() > SHORT, "{encoded:02x?}");
        for copy in
            [owned.clone(), owned.compact(), OwnedPacket::new(&owned, Version::V3_1_1).expect("legal")]
        {
            assert_eq!((copy.as_bytes(), copy.version()), (&encoded[..], Version::V3_1_1));
        }
        assert_eq!(owned.into_bytes(), encoded);
    }
}

/// An acknowledgement is decoded, kept, made and encoded without an allocation.
#[test]
fn a_short_packet_is_owned_without_allocations() {
    let puback = PubAck::new(packet_id!(7));
    let mut buffer = BytesMut::from(&[&bytes(&puback, Version::V5_0)[..], b"\xd0"].concat()[..]);
    let (mut decoder, mut written) = (decoder(Version::V5_0), [0; SHORT]);
    let allocations = measure(|| {
        let received = decoder.decode_owned(&mut buffer).expect("legal").expect("whole");
        let made = OwnedPacket::new(&puback, Version::V5_0).expect("legal");
        assert_eq!([received.clone(), made.compact()], [made, received.clone()]);
        assert_eq!(received.encode(Version::V5_0, &mut written).map(<[u8]>::len), Ok(4));
    });
    assert_eq!(allocations.count_total, 0);
}

/// A frame decodes to the packet, and can become an `OwnedPacket`.
#[test]
fn a_frame_decodes_to_the_packet() {
    for (version, packet) in all_samples() {
        let encoded = bytes(&packet, version);
        let mut buffer = BytesMut::from(&[&encoded[..], b"\xc0"].concat()[..]);
        let at = buffer.as_ptr();
        let frame = decoder(version).split_frame(&mut buffer).expect("legal").expect("whole");
        assert_eq!((frame.as_bytes().as_ptr(), &buffer[..]), (at, &b"\xc0"[..]), "not copied");
        assert_eq!((frame.packet(), frame.packet_type()), (Ok(packet), packet.packet_type()));
        assert_eq!((frame.compact().packet(), frame.version()), (Ok(packet), Some(version)));
        let owned = frame.clone().into_packet().expect("legal");
        assert_eq!((owned.packet(), owned.version(), owned.as_bytes()), (packet, version, frame.as_bytes()));
        let again = OwnedFrame::from(owned);
        assert_eq!(again.packet(), Ok(packet));
        assert_eq!(again.into_bytes(), frame.into_bytes());
    }
}

/// A CONNECT has its own version, not the version of the decoder.
#[test]
fn a_connect_is_owned_in_its_own_version() {
    for (own, version) in Version::ALL.into_iter().flat_map(|own| Version::ALL.map(|other| (own, other))) {
        let connect = bytes(&Connect::new(own), own);
        let frame = decoder(version).split_frame(&mut BytesMut::from(&connect[..])).expect("legal");
        let owned = frame.expect("whole").into_packet().expect("legal");
        assert_eq!((owned.version(), owned.packet()), (own, Connect::new(own).into()), "{version}");
    }
}

/// An error in the body is found when the frame is decoded.
#[test]
fn a_frame_can_be_refused_when_it_is_decoded() {
    let mut buffer = BytesMut::from(&b"\x30\x03\x00\x01#\x30\x05\x00\x01aup"[..]);
    let mut decoder = Decoder::new(Version::V3_1_1);
    let bad = decoder.split_frame(&mut buffer).expect("a legal fixed header").expect("whole");
    let error = bad.packet().expect_err("a wildcard");
    assert_eq!((error.kind(), bad.clone().into_packet()), (DecodeErrorKind::WildcardInTopicName, Err(error)));
    assert!(format!("{bad:?}").starts_with("OwnedFrame { version: Some(V3_1_1), packet: Err("), "{bad:?}");
    let good = decoder.split_frame(&mut buffer).expect("legal").expect("whole");
    let Ok(Packet::Publish(publish)) = good.packet() else { panic!() };
    assert_eq!(good.slice_ref(publish.payload), "up");
    assert_eq!(decoder.split_frame(&mut buffer).expect("nothing").map(OwnedFrame::into_bytes), None);
    // The first CONNECT with a known version sets the version.
    let connect = b"\x10\x0d\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x00";
    let mut decoder = Decoder::from_client();
    let frame = decoder.split_frame(&mut BytesMut::from(&connect[..])).expect("legal").expect("whole");
    assert_eq!((decoder.version(), frame.version()), (Some(Version::V5_0), Some(Version::V5_0)));
    let unknown = decoder_of_unknown_level();
    assert_eq!(unknown.version(), None);
}

fn decoder_of_unknown_level() -> OwnedFrame {
    let mut buffer = BytesMut::from(&b"\x10\x07\x00\x04MQTT\x07"[..]);
    Decoder::from_client().split_frame(&mut buffer).expect("a legal fixed header").expect("whole")
}

#[test]
fn a_user_property_can_be_built_from_two_strings() {
    assert_eq!(UserProperty::try_from(("a", "1")), UserProperty::new("a", "1"));
    assert!(UserProperty::new("\0", "").is_err() && UserProperty::new("", "\0").is_err());
}
