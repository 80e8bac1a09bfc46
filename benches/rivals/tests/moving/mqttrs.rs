use crate::{PUBLISH, Row, encoded, our_connect, our_publish, ours};
use mqtt_wire::owned::OwnedPacket;
use mqtt_wire::reason::{ConnectReason, SubscribeReason};
use mqtt_wire::stream::{FrameLen, frame_len};
use mqtt_wire::{
    ConnAck, Connect, Delivery, Encode, EncodeError, Packet, PacketId, PacketType, PubAck, Qos, SubAck,
    Subscribe, Subscription, TopicFilter, Version, Will, binary, decode, packet_id, text, topic_name,
};
use mqttrs::{
    Connack, ConnectReturnCode, Error, LastWill, Pid, Protocol, QoS, QosPid, Suback, SubscribeReturnCodes,
    SubscribeTopic, clone_packet, decode_slice, encode_slice,
};

const V3: Version = Version::V3_1_1;

fn theirs(bytes: &[u8]) -> mqttrs::Packet<'_> {
    decode_slice(bytes).expect("legal").expect("complete")
}

/// Encodes with mqttrs.
fn written(packet: &mqttrs::Packet<'_>) -> Vec<u8> {
    let mut buffer = [0; 99];
    let len = encode_slice(packet, &mut buffer).expect("legal");
    buffer[..len].to_vec()
}

fn their_connect() -> mqttrs::Connect<'static> {
    mqttrs::Connect {
        protocol: Protocol::MQTT311,
        keep_alive: 60,
        client_id: "c",
        clean_session: true,
        last_will: Some(LastWill { topic: "w", message: b"gone", qos: QoS::AtLeastOnce, retain: true }),
        username: Some("u"),
        password: None,
    }
}

fn our_same_connect() -> Connect<'static> {
    let will = Will { qos: Qos::AtLeastOnce, retain: true, ..Will::new(topic_name!("w"), binary!(b"gone")) };
    Connect {
        keep_alive: 60,
        client_id: text!("c"),
        user_name: Some(text!("u")),
        will: Some(will),
        ..Connect::new(V3)
    }
}

const SUBACK: &[u8] = b"\x90\x04\x00\x01\x01\x80";

pub const ROWS: &[Row] = &[
    ("`decode_slice(buf)`", || {
        let both = &[PUBLISH, b"\xc0\x00"].concat()[..];
        let mqttrs::Packet::Publish(theirs) = theirs(both) else { panic!() };
        let Some((Packet::Publish(ours), rest)) = decode(V3, both).unwrap() else { panic!() };
        assert_eq!((ours.topic.name().unwrap().as_str(), ours.payload), (theirs.topic_name, theirs.payload));
        assert_eq!(rest, b"\xc0\x00");
        assert_eq!((decode_slice(&PUBLISH[..4]), decode(V3, &PUBLISH[..4])), (Ok(None), Ok(None)));
    }),
    ("`encode_slice(&packet, &mut buf)`, which gives a length", || {
        let len = encode_slice(&theirs(PUBLISH), &mut [0; 9]).unwrap();
        assert_eq!(our_publish(V3, PUBLISH).encode(V3, &mut [0; 9]), Ok(&PUBLISH[..len]));
    }),
    ("`clone_packet(input, output)`", || {
        let mut copy = [0; 9];
        let both = &[PUBLISH, b"\xc0\x00"].concat()[..];
        let len = clone_packet(both, &mut copy).unwrap();
        assert_eq!(frame_len(both), Ok(FrameLen::Total(len)));
        assert_eq!(&copy[..len], &both[..len]);
        let owned = OwnedPacket::new(&our_publish(V3, PUBLISH), V3).unwrap();
        assert_eq!(owned.as_bytes(), &copy[..]);
    }),
    ("`Packet::get_type()`", || {
        assert_eq!(theirs(PUBLISH).get_type(), mqttrs::PacketType::Publish);
        assert_eq!(ours(V3, PUBLISH).packet_type(), PacketType::Publish);
    }),
    ("`Error::WriteZero`", || {
        assert_eq!(encode_slice(&theirs(PUBLISH), &mut [0; 8]), Err(Error::WriteZero));
        let refused = our_publish(V3, PUBLISH).encode(V3, &mut [0; 8]).map(<[u8]>::len);
        assert_eq!(refused, Err(EncodeError::BufferTooSmall { needed: 9 }));
    }),
    ("`Pid::new()`, `Pid::try_from(n)`, `pid + 1`", || {
        assert_eq!(PacketId::MIN.get(), Pid::new().get());
        assert_eq!(PacketId::new(7).unwrap().next().get(), (Pid::try_from(7).unwrap() + 1).get());
        assert_eq!(packet_id!(65535).next().get(), (Pid::try_from(65535).unwrap() + 1).get());
        assert!(PacketId::new(0).is_err() && Pid::try_from(0).is_err());
    }),
    ("`QosPid::AtLeastOnce(pid)`, `publish.qospid`, `publish.dup`", || {
        let mqttrs::Packet::Publish(theirs) = theirs(PUBLISH) else { panic!() };
        assert_eq!((theirs.qospid, theirs.dup), (QosPid::AtLeastOnce(Pid::new()), false));
        assert_eq!(
            our_publish(V3, PUBLISH).delivery,
            Delivery::AtLeastOnce { id: PacketId::MIN, dup: false }
        );
    }),
    ("`Connect { protocol: Protocol::MQTT311, .. }`", || {
        assert_eq!(encoded(V3, &our_same_connect()), written(&their_connect().into()));
    }),
    ("`connect.username`, `connect.clean_session`, `connect.last_will`", || {
        let ours = our_connect(written(&their_connect().into()).leak());
        let theirs = their_connect();
        assert_eq!(ours.user_name.map(|name| name.as_str()), theirs.username);
        assert_eq!(
            (ours.clean_start, ours.will.is_some()),
            (theirs.clean_session, theirs.last_will.is_some())
        );
    }),
    ("`LastWill { topic, message, qos, retain }`", || {
        let (theirs, ours) = (their_connect().last_will.unwrap(), our_same_connect().will.unwrap());
        assert_eq!((ours.topic.as_str(), ours.payload.as_bytes()), (theirs.topic, theirs.message));
        assert_eq!((ours.qos.get(), ours.retain), (theirs.qos as u8, theirs.retain));
    }),
    ("`Connack { session_present, code }`", || {
        let theirs = Connack { session_present: true, code: ConnectReturnCode::Accepted };
        let ours = ConnAck { session_present: true, ..ConnAck::new(ConnectReason::Success) };
        assert_eq!(encoded(V3, &ours), written(&theirs.into()));
    }),
    ("`Subscribe::new(pid, topics)`, `subscribe.topics`", || {
        let topic = SubscribeTopic { topic_path: "a/#".into(), qos: QoS::AtLeastOnce };
        let theirs = mqttrs::Subscribe::new(Pid::new(), [topic].into_iter().collect());
        let subscriptions = [Subscription::new(TopicFilter::new("a/#").unwrap(), Qos::AtLeastOnce)];
        let ours = Subscribe::new(PacketId::MIN, &subscriptions);
        assert_eq!(ours.subscriptions.len(), theirs.topics.len());
        assert_eq!(encoded(V3, &ours), written(&theirs.into()));
    }),
    ("`SubscribeReturnCodes::Success(qos)`", || {
        let mqttrs::Packet::Suback(theirs) = theirs(SUBACK) else { panic!() };
        assert_eq!(
            theirs.return_codes[..],
            [SubscribeReturnCodes::Success(QoS::AtLeastOnce), SubscribeReturnCodes::Failure]
        );
        let Packet::SubAck(ours) = ours(V3, SUBACK) else { panic!() };
        assert!(
            ours.reasons
                .iter()
                .eq([SubscribeReason::granted(Qos::AtLeastOnce), SubscribeReason::UnspecifiedError])
        );
    }),
    ("`Packet::Suback`, `Packet::Puback(pid)`", || {
        let mqttrs::Packet::Puback(pid) = theirs(b"\x40\x02\x00\x07") else { panic!() };
        let Packet::PubAck(PubAck { packet_id, .. }) = ours(V3, b"\x40\x02\x00\x07") else { panic!() };
        assert_eq!(packet_id.get(), pid.get());
        let (mqttrs::Packet::Suback(Suback { pid, .. }), Packet::SubAck(SubAck { packet_id, .. })) =
            (theirs(SUBACK), ours(V3, SUBACK))
        else {
            panic!()
        };
        assert_eq!(packet_id.get(), pid.get());
    }),
];
