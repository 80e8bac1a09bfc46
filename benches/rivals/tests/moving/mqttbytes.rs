use crate::{PUBLISH, PUBLISH_V5, Row, encoded, our_connect, our_publish, ours};
use bytes::BytesMut;
use mqtt_wire::list::ListBuf;
use mqtt_wire::stream::{FrameLen, frame_len};
use mqtt_wire::{
    Connect, DecodeErrorKind, Decoder, Delivery, Disconnect, Encode, EncodeError, Packet, PacketId, Password,
    Publish, Qos, Subscribe, Subscription, Topic, TopicFilter, TopicName, ValueError, Version, Will, binary,
    packet_id, text, topic_filter, topic_name,
};
use mqttbytes::{Error, QoS, check, has_wildcards, matches, qos, v4, v5, valid_filter, valid_topic};

const V3: Version = Version::V3_1_1;

pub const ROWS: &[Row] = &[
    ("`v4::read(&mut BytesMut, max_size)`, `v5::read`", || {
        let read = |version, bytes: &[u8]| {
            let mut decoder = Decoder::new(version).max_packet_size(9);
            let mut buffer = BytesMut::from(bytes);
            let frame = decoder.split_frame(&mut buffer)?.expect("complete");
            assert_eq!(buffer.len(), 2, "the PINGREQ after it");
            Ok::<_, mqtt_wire::DecodeError>(match frame.packet()? {
                Packet::Publish(publish) => {
                    (publish.topic.name().map(|name| name.to_string()), publish.payload.to_vec())
                }
                _ => panic!("a PUBLISH"),
            })
        };
        let both = [PUBLISH, b"\xc0\x00"].concat();
        let v4::Packet::Publish(theirs) = v4::read(&mut BytesMut::from(&both[..]), 7).unwrap() else {
            panic!()
        };
        assert_eq!(read(V3, &both).unwrap(), (Some(theirs.topic), theirs.payload.to_vec()));
        let v5::Packet::Publish(theirs) = v5::read(&mut BytesMut::from(PUBLISH_V5), 8).unwrap() else {
            panic!()
        };
        assert_eq!(our_publish(Version::V5_0, PUBLISH_V5).payload, &theirs.payload[..]);
        // mqttbytes limits the Remaining Length, which is 7. This crate limits the packet, which
        // has 9 bytes.
        assert!(v4::read(&mut BytesMut::from(&both[..]), 6).is_err());
        assert!(Decoder::new(V3).max_packet_size(8).split_frame(&mut BytesMut::from(&both[..])).is_err());
    }),
    ("`Error::InsufficientBytes(n)`", || {
        let begun = &PUBLISH[..5];
        assert_eq!(v4::read(&mut BytesMut::from(begun), 100), Err(Error::InsufficientBytes(4)));
        assert!(Decoder::new(V3).split_frame(&mut BytesMut::from(begun)).unwrap().is_none());
        assert_eq!(frame_len(begun), Ok(FrameLen::Total(5 + 4)));
    }),
    ("`Error::PayloadSizeLimitExceeded(n)`", || {
        assert_eq!(v4::read(&mut BytesMut::from(PUBLISH), 3), Err(Error::PayloadSizeLimitExceeded(7)));
        let error = Decoder::new(V3).max_packet_size(3).decode(PUBLISH).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::PacketTooLarge);
    }),
    ("the rest of `Error`", || {
        let mut malformed = BytesMut::from(&b"\x36\x07\x00\x01a\x00\x01hi"[..]); // QoS 3
        assert_eq!(v4::read(&mut malformed, 100), Err(Error::InvalidQoS(3)));
        assert!(mqtt_wire::decode(V3, b"\x36\x07\x00\x01a\x00\x01hi").is_err());
        let unsent = v4::Publish { pkid: 0, ..v4::Publish::new("a", QoS::AtLeastOnce, "hi") };
        assert_eq!(unsent.write(&mut BytesMut::new()), Err(Error::PacketIdZero));
        assert!(matches!(PacketId::new(0), Err(ValueError::Zero(_))));
        let none = Subscribe::new(PacketId::MIN, &[]);
        assert!(matches!(none.encode(V3, &mut [0; 9]), Err(EncodeError::Inconsistent(_))));
    }),
    ("`check(stream, max_packet_size)`, `FixedHeader::frame_length`", || {
        let theirs = check(PUBLISH.iter(), 7).unwrap().frame_length();
        assert_eq!(frame_len(PUBLISH), Ok(FrameLen::Total(theirs)));
        assert!(check(PUBLISH.iter(), 6).is_err());
        assert!(Decoder::new(V3).max_packet_size(8).frame_len(PUBLISH).is_err());
    }),
    ("`v4::Packet`, `v5::Packet`", || {
        assert!(matches!(v4::read(&mut BytesMut::from(PUBLISH), 9), Ok(v4::Packet::Publish(_))));
        assert!(matches!(v5::read(&mut BytesMut::from(PUBLISH_V5), 9), Ok(v5::Packet::Publish(_))));
        assert!(matches!(ours(V3, PUBLISH), Packet::Publish(_)));
    }),
    ("`v4::Packet::Disconnect` (no fields)", || {
        assert_eq!(v4::read(&mut BytesMut::from(&b"\xe0\x00"[..]), 9), Ok(v4::Packet::Disconnect));
        assert!(matches!(ours(V3, b"\xe0\x00"), Packet::Disconnect(_)));
        assert_eq!(encoded(V3, &Disconnect::default()), b"\xe0\x00");
    }),
    ("`publish.write(&mut BytesMut)`", || {
        let mut theirs = BytesMut::new();
        v4::Publish { pkid: 1, ..v4::Publish::new("a", QoS::AtLeastOnce, "hi") }.write(&mut theirs).unwrap();
        let mut ours = BytesMut::new();
        our_publish(V3, PUBLISH).encode_to(V3, &mut ours).unwrap();
        assert_eq!(ours, theirs);
    }),
    ("`Publish::new(topic, qos, payload)`, then `publish.pkid = 1`", || {
        let mut theirs = v4::Publish::new("a", QoS::AtLeastOnce, "hi");
        theirs.pkid = 1;
        let mut written = BytesMut::new();
        theirs.write(&mut written).unwrap();
        let delivery = Delivery::new(Qos::AtLeastOnce, packet_id!(1));
        assert_eq!(encoded(V3, &Publish { delivery, ..Publish::new(topic_name!("a"), b"hi") }), written);
        assert_eq!(Delivery::new(Qos::AtMostOnce, packet_id!(1)).packet_id(), None);
    }),
    ("`publish.pkid`, `publish.dup`, `publish.qos`", || {
        let v4::Packet::Publish(theirs) = v4::read(&mut BytesMut::from(PUBLISH), 9).unwrap() else {
            panic!()
        };
        let delivery = our_publish(V3, PUBLISH).delivery;
        assert_eq!(delivery.packet_id().map_or(0, PacketId::get), theirs.pkid);
        assert_eq!((delivery.dup(), delivery.qos().get()), (theirs.dup, theirs.qos as u8));
    }),
    ("`Connect::new(id)`, `set_login(u, p)`, `LastWill::new(topic, payload, qos, retain)`", || {
        let mut theirs = v4::Connect::new("c");
        theirs.set_login("u", "p");
        theirs.last_will = Some(v4::LastWill::new("w", "gone", QoS::AtLeastOnce, true));
        let mut written = BytesMut::new();
        theirs.write(&mut written).unwrap();
        let will =
            Will { qos: Qos::AtLeastOnce, retain: true, ..Will::new(topic_name!("w"), binary!(b"gone")) };
        let ours = Connect {
            client_id: text!("c"),
            keep_alive: 10,
            user_name: Some(text!("u")),
            password: Password::new(b"p").ok(),
            will: Some(will),
            ..Connect::new(V3)
        };
        assert_eq!(encoded(V3, &ours), written);
        assert_eq!((Connect::new(V3).keep_alive, theirs.keep_alive), (0, 10));
    }),
    ("`connect.clean_session`, `connect.last_will`, `connect.login`", || {
        const CONNECT: &[u8] = b"\x10\x10\x00\x04MQTT\x04\x82\x00\x0a\x00\x01c\x00\x01u";
        let v4::Packet::Connect(theirs) = v4::read(&mut BytesMut::from(CONNECT), 99).unwrap() else {
            panic!()
        };
        let ours = our_connect(CONNECT);
        assert_eq!(
            (ours.clean_start, ours.will.is_some()),
            (theirs.clean_session, theirs.last_will.is_some())
        );
        assert_eq!(ours.user_name.unwrap().as_str(), theirs.login.unwrap().username);
        assert!(ours.password.is_none());
    }),
    ("`Subscribe::new(path, qos)`, `new_many`, `add`", || {
        let mut theirs = v4::Subscribe::new("a", QoS::AtMostOnce);
        theirs.add("b".into(), QoS::AtLeastOnce);
        theirs.pkid = 1;
        let (mut written, mut many) = (BytesMut::new(), v4::Subscribe::new_many(theirs.filters.clone()));
        many.pkid = 1;
        many.write(&mut written).unwrap();
        let both = [("a", Qos::AtMostOnce), ("b", Qos::AtLeastOnce)]
            .map(|(filter, qos)| Subscription::new(TopicFilter::new(filter).unwrap(), qos));
        assert_eq!(encoded(V3, &Subscribe::new(packet_id!(1), &both)), written);
        let at_run_time: ListBuf<Subscription, Vec<u8>> = both.into_iter().collect();
        let subscriptions = at_run_time.as_list();
        assert_eq!(encoded(V3, &Subscribe { subscriptions, ..Subscribe::new(packet_id!(1), &[]) }), written);
    }),
    ("`QoS::AtLeastOnce`, `qos(num)`", || {
        assert_eq!(qos(1), Ok(QoS::AtLeastOnce));
        assert_eq!(Qos::new(1), Ok(Qos::AtLeastOnce));
        assert!(qos(3).is_err() && Qos::new(3).is_err());
    }),
    ("`matches(topic, filter)` of a topic", || {
        matches_alike(matches);
    }),
    ("`matches(filter, filter)` of two filters", || {
        covers_alike(matches);
    }),
    ("`valid_topic(s)`", || {
        valid_topics_alike(valid_topic);
    }),
    ("`valid_filter(s)`", || {
        valid_filters_alike(valid_filter);
        assert!(valid_filter("a+") && TopicFilter::new("a+").is_err());
    }),
    ("`has_wildcards(s)`", || {
        for filter in ["a", "a/+", "#"] {
            assert_eq!(TopicFilter::new(filter).unwrap().has_wildcards(), has_wildcards(filter));
        }
    }),
];

pub fn matches_alike(matches: fn(&str, &str) -> bool) {
    for (topic, filter) in [("a/b", "a/+"), ("a", "a/#"), ("a/b", "a"), ("b", "a"), ("a/b/c", "#")] {
        let ours = TopicFilter::new(filter).unwrap().matches(TopicName::new(topic).unwrap());
        assert_eq!(ours, matches(topic, filter), "{topic} {filter}");
    }
    let system = topic_name!("$SYS/load");
    assert!(!matches("$SYS/load", "$SYS/#") && topic_filter!("$SYS/#").matches(system));
    assert!(!matches("$SYS/load", "#") && !topic_filter!("#").matches(system));
}

pub fn covers_alike(matches: fn(&str, &str) -> bool) {
    for (filter, other) in [("a/#", "a/+"), ("+", "a"), ("a/b", "a/+"), ("#", "a/+/b"), ("a/+", "a/#")] {
        let ours = TopicFilter::new(filter).unwrap().covers(TopicFilter::new(other).unwrap());
        assert_eq!(ours, matches(other, filter), "{filter} {other}");
    }
}

pub fn valid_topics_alike(valid_topic: fn(&str) -> bool) {
    for topic in ["a", "a/b", "a/+", "#"] {
        assert_eq!(TopicName::new(topic).is_ok(), valid_topic(topic), "{topic}");
    }
    assert!(valid_topic("") && TopicName::new("").is_err());
    let alias = mqtt_wire::topic::TopicAlias::new(1).ok();
    assert!(matches!(Topic::new(None, alias), Ok(Topic::Alias(_))));
}

pub fn valid_filters_alike(valid_filter: fn(&str) -> bool) {
    for filter in ["a", "a/+", "#", "a/#", "a#", "a/#/b", ""] {
        assert_eq!(TopicFilter::new(filter).is_ok(), valid_filter(filter), "{filter}");
    }
}
