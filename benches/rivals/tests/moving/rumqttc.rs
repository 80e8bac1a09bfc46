use crate::mqttbytes::{covers_alike, matches_alike, valid_filters_alike, valid_topics_alike};
use crate::{PUBLISH, PUBLISH_V5, Row, encoded, our_connect, our_publish, ours};
use bytes::{Bytes, BytesMut};
use futures_util::{FutureExt, SinkExt, StreamExt};
use mqtt_wire::broker::PeerLimits;
use mqtt_wire::codec::Codec;
use mqtt_wire::list::ListBuf;
use mqtt_wire::owned::Owned;
use mqtt_wire::property::{PayloadFormat, PublishProperties, SubscriptionId, UserProperty};
use mqtt_wire::reason::{ConnectReason, DisconnectReason, PubAckReason, SubscribeReason};
use mqtt_wire::topic::TopicAlias;
use mqtt_wire::{
    Connect, Decoder, Encode, EncodeError, Encoder, Packet, PacketId, Password, PubAck, Publish, Qos, Topic,
    TopicFilter, TopicName, ValueError, Version, Will, binary, packet_id, text, topic_name,
};
use rumqttc::mqttbytes::{self, v4};
use rumqttc::v5::mqttbytes as mqttbytes_v5;
use rumqttc::v5::mqttbytes::v5;
use tokio_util::codec::Framed;

const V3: Version = Version::V3_1_1;
const V5: Version = Version::V5_0;

/// A PUBLISH of 5.0 with Payload Format Indicator, Topic Alias, Packet Identifier and User
/// Property.
const PROPERTIES: &[u8] = b"\x30\x14\x00\x01a\x0e\x01\x01\x0b\x07\x23\x00\x05\x26\x00\x01k\x00\x01vhi";

fn their_publish(bytes: &[u8]) -> v4::Publish {
    let Ok(v4::Packet::Publish(publish)) = v4::Packet::read(&mut BytesMut::from(bytes), 99) else {
        panic!("a PUBLISH")
    };
    publish
}

fn their_publish_v5(bytes: &[u8]) -> v5::Publish {
    let Ok(v5::Packet::Publish(publish)) = v5::Packet::read(&mut BytesMut::from(bytes), None) else {
        panic!("a PUBLISH")
    };
    publish
}

pub const ROWS: &[Row] = &[
    ("`mqttbytes::v4::Packet::read(&mut BytesMut, max_size)`", || {
        let (theirs, ours) = (their_publish(PUBLISH), our_publish(V3, PUBLISH));
        assert_eq!(
            (ours.topic.name().unwrap().as_str(), ours.payload),
            (&theirs.topic[..], &theirs.payload[..])
        );
        let frame = Decoder::new(V3).split_frame(&mut BytesMut::from(PUBLISH)).unwrap().unwrap();
        assert_eq!(frame.packet(), Ok(ours.into()));
        let (mut begun, mut same) = (BytesMut::from(&PUBLISH[..4]), BytesMut::from(&PUBLISH[..4]));
        assert!(matches!(v4::Packet::read(&mut begun, 99), Err(mqttbytes::Error::InsufficientBytes(_))));
        assert!(Decoder::new(V3).split_frame(&mut same).unwrap().is_none());
    }),
    ("`v5::mqttbytes::v5::Packet::read(&mut BytesMut, Option<u32>)`", || {
        let (theirs, ours) = (their_publish_v5(PUBLISH_V5), our_publish(V5, PUBLISH_V5));
        assert_eq!(
            (ours.topic.name().unwrap().as_str().as_bytes(), ours.payload),
            (&theirs.topic[..], &theirs.payload[..])
        );
    }),
    ("`packet.write(&mut BytesMut, max_size)`", || {
        let (mut theirs, mut ours) = (BytesMut::new(), BytesMut::new());
        v4::Packet::Publish(their_publish(PUBLISH)).write(&mut theirs, 9).unwrap();
        let encoder = Encoder::new(V3).max_packet_size(9);
        encoder.encode_to(&our_publish(V3, PUBLISH), &mut ours).unwrap();
        assert_eq!(ours, theirs);
    }),
    ("`Error::OutgoingPacketTooLarge { pkt_size, max }`", || {
        let error = v4::Packet::Publish(their_publish(PUBLISH)).write(&mut BytesMut::new(), 8).unwrap_err();
        assert!(matches!(error, mqttbytes::Error::OutgoingPacketTooLarge { pkt_size: 9, max: 8 }));
        let mut buffer = BytesMut::new();
        let error = Encoder::new(V3)
            .max_packet_size(8)
            .encode_to(&our_publish(V3, PUBLISH), &mut buffer)
            .unwrap_err();
        assert_eq!(error, EncodeError::TooLargeForPeer { needed: 9, maximum: 8 });
        assert!(buffer.is_empty());
        let mut ack = PubAck::new(packet_id!(1));
        ack.reason = PubAckReason::NotAuthorized;
        ack.properties.reason_string = Some(text!("this is read-only"));
        let fitting = PeerLimits::default().max_packet_size(8).fit(V5, ack).unwrap();
        assert_eq!(encoded(V5, &fitting.packet), b"\x40\x03\x00\x01\x87");
    }),
    ("`packet.size()`", || {
        assert_eq!(our_publish(V3, PUBLISH).encoded_len(V3), Ok(their_publish(PUBLISH).size()));
        // With properties, the packet has no size in 3.1.1.
        assert!(our_publish(V5, PROPERTIES).encoded_len(V3).is_err());
    }),
    ("`mqttbytes::v4::Codec { max_incoming_size, max_outgoing_size }` in `Framed`", || {
        let theirs = v4::Codec { max_incoming_size: 99, max_outgoing_size: 9 };
        let mut codec = Codec::new(Decoder::from_server(V3).max_packet_size(99));
        codec.set_max_outgoing(9);
        let (client, server) = tokio::io::duplex(64);
        let (mut client, mut server) = (Framed::new(client, codec), Framed::new(server, theirs));
        let publish = our_publish(V3, PUBLISH);
        client.send((&publish).into()).now_or_never().expect("enough space").unwrap();
        let received = server.next().now_or_never().expect("a packet").unwrap().unwrap();
        assert_eq!(received, v4::Packet::Publish(their_publish(PUBLISH)));
        server.send(received).now_or_never().expect("enough space").unwrap();
        let frame = client.next().now_or_never().expect("a packet").unwrap().unwrap();
        assert_eq!(frame.packet(), Ok(publish.into()));
        let large = Publish { payload: b"more", ..publish };
        assert!(client.send((&large).into()).now_or_never().expect("no space needed").is_err());
    }),
    ("`v5::mqttbytes::v5::Codec`", || {
        let theirs = v5::Codec { max_incoming_size: None, max_outgoing_size: Some(8) };
        let (client, server) = tokio::io::duplex(64);
        let mut client = Framed::new(client, Codec::new(Decoder::from_server(V5).max_packet_size(99)));
        let mut server = Framed::new(server, theirs);
        let publish = our_publish(V5, PUBLISH_V5);
        client.codec_mut().set_max_outgoing(8);
        assert!(client.send((&publish).into()).now_or_never().expect("no space needed").is_err());
        assert!(
            server
                .send(v5::Packet::Publish(their_publish_v5(PUBLISH_V5)))
                .now_or_never()
                .expect("likewise")
                .is_err()
        );
        client.codec_mut().set_max_outgoing(10);
        client.send((&publish).into()).now_or_never().expect("enough space").unwrap();
        let received = server.next().now_or_never().expect("a packet").unwrap().unwrap();
        assert_eq!(received, v5::Packet::Publish(their_publish_v5(PUBLISH_V5)));
    }),
    ("`mqttbytes::Error`, `v5::mqttbytes::Error`", || {
        const ZERO: &[u8] = b"\x32\x05\x00\x01a\x00\x00";
        assert!(matches!(
            v4::Packet::read(&mut BytesMut::from(ZERO), 9),
            Err(mqttbytes::Error::PacketIdZero)
        ));
        assert!(mqtt_wire::decode(V3, ZERO).is_err());
        const NOT_UTF8: &[u8] = b"\x30\x03\x00\x01\xff";
        assert!(matches!(
            v4::Packet::read(&mut BytesMut::from(NOT_UTF8), 9),
            Err(mqttbytes::Error::TopicNotUtf8)
        ));
        assert!(matches!(TopicName::from_bytes(b"\xff"), Err(ValueError::IllFormedUtf8(_))));
        let unsent = v5::Publish { pkid: 0, ..their_publish_v5(PUBLISH_V5) };
        assert!(matches!(unsent.write(&mut BytesMut::new()), Err(mqttbytes_v5::Error::PacketIdZero)));
        assert!(matches!(PacketId::new(0), Err(ValueError::Zero(_))));
    }),
    ("`mqttbytes::QoS`, `v5::mqttbytes::QoS`", || {
        assert_eq!(mqttbytes::QoS::AtLeastOnce as u8, Qos::AtLeastOnce.get());
        assert_eq!(mqttbytes_v5::QoS::ExactlyOnce as u8, Qos::ExactlyOnce.get());
    }),
    ("`mqttbytes::matches(topic, filter)`", || {
        matches_alike(mqttbytes::matches);
        covers_alike(mqttbytes::matches);
    }),
    ("`valid_topic(s)`, `valid_filter(s)`, `has_wildcards(s)`", || {
        valid_topics_alike(mqttbytes::valid_topic);
        valid_filters_alike(mqttbytes::valid_filter);
        assert!(!mqttbytes::valid_filter("a+") && TopicFilter::new("a+").is_err());
        assert_eq!(TopicFilter::new("a/+").unwrap().has_wildcards(), mqttbytes::has_wildcards("a/+"));
    }),
    ("`publish.topic: String`, in v5 `Bytes`", || {
        let frame = Decoder::new(V3).split_frame(&mut BytesMut::from(PUBLISH)).unwrap().unwrap();
        let Packet::Publish(publish) = frame.packet().unwrap() else { panic!() };
        let name = publish.topic.name().unwrap();
        let kept: Owned<TopicName<'static>, String> = name.into();
        assert_eq!(kept, their_publish(PUBLISH).topic);
        let shared = frame.slice_ref(name);
        assert_eq!(shared.get().as_str().as_ptr(), name.as_str().as_ptr());
        assert_eq!(shared.into_bytes(), their_publish_v5(PUBLISH_V5).topic);
        const ALIAS_ALONE: &[u8] = b"\x30\x08\x00\x00\x03\x23\x00\x05hi";
        assert!(our_publish(V5, ALIAS_ALONE).topic.name().is_none());
        assert!(their_publish_v5(ALIAS_ALONE).topic.is_empty());
    }),
    ("`publish.payload: Bytes`", || {
        let frame = Decoder::new(V3).split_frame(&mut BytesMut::from(PUBLISH)).unwrap().unwrap();
        let Packet::Publish(publish) = frame.packet().unwrap() else { panic!() };
        let payload: Bytes = frame.slice_ref(publish.payload);
        assert_eq!((&payload, payload.as_ptr()), (&their_publish(PUBLISH).payload, publish.payload.as_ptr()));
    }),
    ("`publish.properties: Option<PublishProperties>`", || {
        assert!(their_publish_v5(PUBLISH_V5).properties.is_none());
        assert_eq!(our_publish(V5, PUBLISH_V5).properties, PublishProperties::EMPTY);
        assert!(their_publish_v5(PROPERTIES).properties.is_some());
        assert_ne!(our_publish(V5, PROPERTIES).properties, PublishProperties::EMPTY);
    }),
    ("`properties.topic_alias: Option<u16>`", || {
        let theirs = their_publish_v5(PROPERTIES).properties.unwrap();
        let ours = our_publish(V5, PROPERTIES).topic;
        assert_eq!(ours.alias().map(TopicAlias::get), theirs.topic_alias);
        assert_eq!(Topic::new(ours.name(), ours.alias()), Ok(ours));
    }),
    ("`properties.user_properties: Vec<(String, String)>`", || {
        let theirs = their_publish_v5(PROPERTIES).properties.unwrap().user_properties;
        let pairs = our_publish(V5, PROPERTIES).properties.user_properties;
        let strings = |pair: UserProperty<'_>| (pair.name.to_string(), pair.value.to_string());
        assert!(pairs.iter().map(strings).eq(theirs.iter().cloned()));
        let made = theirs.iter().map(|(name, value)| UserProperty::new(name, value));
        let made: ListBuf<UserProperty<'static>, Vec<u8>> = made.collect::<Result<_, _>>().unwrap();
        assert_eq!(made, ListBuf::from(pairs));
    }),
    ("`properties.payload_format_indicator: Option<u8>`, `subscription_identifiers: Vec<usize>`", || {
        let theirs = their_publish_v5(PROPERTIES).properties.unwrap();
        let ours = our_publish(V5, PROPERTIES).properties;
        assert_eq!(ours.payload_format_indicator.map(PayloadFormat::get), theirs.payload_format_indicator);
        let ids = ours.subscription_identifiers.iter().map(|id| id.get() as usize);
        assert!(ids.eq(theirs.subscription_identifiers));
        assert!(PayloadFormat::new(2).is_err() && SubscriptionId::new(0).is_err());
    }),
    ("`v5::…::PubAckReason`, `SubscribeReasonCode`, `DisconnectReasonCode`, `ConnectReturnCode`", || {
        const ACK: &[u8] = b"\x40\x04\x00\x01\x87\x00";
        let Ok(v5::Packet::PubAck(theirs)) = v5::Packet::read(&mut BytesMut::from(ACK), None) else {
            panic!()
        };
        let Packet::PubAck(ack) = ours(V5, ACK) else { panic!() };
        assert_eq!(
            (theirs.reason, ack.reason),
            (v5::PubAckReason::NotAuthorized, PubAckReason::NotAuthorized)
        );
        assert_eq!((ack.reason.get(), PubAckReason::new(0x87)), (0x87, Ok(PubAckReason::NotAuthorized)));
        const SUBACK: &[u8] = b"\x90\x05\x00\x01\x00\x01\x97";
        let Ok(v5::Packet::SubAck(theirs)) = v5::Packet::read(&mut BytesMut::from(SUBACK), None) else {
            panic!()
        };
        let Packet::SubAck(ours_) = ours(V5, SUBACK) else { panic!() };
        let granted = v5::SubscribeReasonCode::Success(mqttbytes_v5::QoS::AtLeastOnce);
        assert_eq!(theirs.return_codes, [granted, v5::SubscribeReasonCode::QuotaExceeded]);
        assert!(ours_.reasons.iter().eq([SubscribeReason::GrantedQos1, SubscribeReason::QuotaExceeded]));
        const DISCONNECT: &[u8] = b"\xe0\x02\x8e\x00";
        let Ok(v5::Packet::Disconnect(theirs)) = v5::Packet::read(&mut BytesMut::from(DISCONNECT), None)
        else {
            panic!()
        };
        let Packet::Disconnect(disconnect) = ours(V5, DISCONNECT) else { panic!() };
        assert_eq!(theirs.reason_code, v5::DisconnectReasonCode::SessionTakenOver);
        assert_eq!(disconnect.reason, DisconnectReason::SessionTakenOver);
        const CONNACK: &[u8] = b"\x20\x03\x00\x87\x00";
        let Ok(v5::Packet::ConnAck(theirs)) = v5::Packet::read(&mut BytesMut::from(CONNACK), None) else {
            panic!()
        };
        let Packet::ConnAck(connack) = ours(V5, CONNACK) else { panic!() };
        assert_eq!(
            (theirs.code, connack.reason),
            (v5::ConnectReturnCode::NotAuthorized, ConnectReason::NotAuthorized)
        );
        // In 3.1.1 the same reason is return code 5.
        let Packet::ConnAck(connack) = ours(V3, b"\x20\x02\x00\x05") else { panic!() };
        assert_eq!(connack.reason, ConnectReason::NotAuthorized);
    }),
    ("`mqttbytes::v4::SubscribeReasonCode::Success(qos)`, `Failure`", || {
        const SUBACK: &[u8] = b"\x90\x04\x00\x01\x01\x80";
        let Ok(v4::Packet::SubAck(theirs)) = v4::Packet::read(&mut BytesMut::from(SUBACK), 9) else {
            panic!()
        };
        let Packet::SubAck(ours) = ours(V3, SUBACK) else { panic!() };
        let granted = v4::SubscribeReasonCode::Success(mqttbytes::QoS::AtLeastOnce);
        assert_eq!(theirs.return_codes, [granted, v4::SubscribeReasonCode::Failure]);
        assert!(
            ours.reasons
                .iter()
                .eq([SubscribeReason::granted(Qos::AtLeastOnce), SubscribeReason::UnspecifiedError])
        );
    }),
    ("`LastWill::new(topic, message, qos, retain)`", || {
        let mut theirs = v4::Connect::new("c");
        theirs.last_will = Some(v4::LastWill::new("w", "gone", mqttbytes::QoS::AtLeastOnce, true));
        let mut written = BytesMut::new();
        theirs.write(&mut written).unwrap();
        let will =
            Will { qos: Qos::AtLeastOnce, retain: true, ..Will::new(topic_name!("w"), binary!(b"gone")) };
        let connect = Connect { client_id: text!("c"), keep_alive: 10, will: Some(will), ..Connect::new(V3) };
        assert_eq!(encoded(V3, &connect), written);
        assert!(mqtt_wire::Binary::new(&[0; 65_536]).is_err());
    }),
    ("`Login::new(username, password)`", || {
        let mut theirs = v4::Connect::new("c");
        theirs.login = Some(v4::Login::new("u", "secret"));
        let mut written = BytesMut::new();
        theirs.write(&mut written).unwrap();
        let connect = our_connect(written.to_vec().leak());
        assert_eq!(connect.user_name.unwrap(), "u");
        assert_eq!(connect.password, Password::new(b"secret").ok());
        assert!(!format!("{connect:?}").contains("secret") && format!("{theirs:?}").contains("secret"));
    }),
];
