//! The items that the page `guide::moving` names in its left columns: it does not compile if one is not there.
#![allow(dead_code, unused_imports, reason = "names are all that is wanted")]

mod mqttbytes {
    use bytes::BytesMut;
    use mqttbytes::v4::{Connect, LastWill, Packet, Publish, Subscribe};
    use mqttbytes::{
        Error, FixedHeader, QoS, check, has_wildcards, matches, qos, v4, v5, valid_filter, valid_topic,
    };

    fn calls(buffer: &mut BytesMut, mut publish: Publish, mut connect: Connect) {
        let _ = (
            v4::read(buffer, 1),
            v5::read(buffer, 1),
            check(buffer.iter(), 1).map(|h| FixedHeader::frame_length(&h)),
        );
        let _ =
            (Error::InsufficientBytes(1), Error::PayloadSizeLimitExceeded(1), v4::Packet::Disconnect, qos(1));
        let _ = (publish.write(buffer), publish.dup, publish.qos, QoS::AtLeastOnce);
        publish.pkid = 1;
        connect.set_login("u", "p");
        let _ = (connect.clean_session, &connect.last_will, &connect.login, Connect::new("a"));
        let _ = (LastWill::new("t", "m", QoS::AtMostOnce, true), Publish::new("t", QoS::AtMostOnce, "p"));
        Subscribe::new("a", QoS::AtMostOnce).add("b".into(), QoS::AtMostOnce);
        let _ = (
            Subscribe::new_many([]),
            matches("t", "f"),
            valid_topic("t"),
            valid_filter("f"),
            has_wildcards("f"),
        );
        let _: Option<(v4::Packet, v5::Packet)> = None;
    }
}

mod rumqttc {
    use bytes::BytesMut;
    use rumqttc::mqttbytes::{self, v4};
    use rumqttc::v5::mqttbytes as mqttbytes_v5;
    use rumqttc::v5::mqttbytes::v5;

    fn calls(buffer: &mut BytesMut, packet: &v4::Packet) {
        let _ = (v4::Packet::read(buffer, 1), v5::Packet::read(buffer, Some(1)));
        let _ = (packet.write(buffer, 1), packet.size(), mqttbytes::matches("t", "f"));
        let _ = v4::Codec { max_incoming_size: 1, max_outgoing_size: 1 };
        let _ = v5::Codec { max_incoming_size: None, max_outgoing_size: None };
        let _: Option<(mqttbytes::Error, mqttbytes_v5::Error, mqttbytes::QoS, mqttbytes_v5::QoS)> = None;
    }
}

mod mqttrs {
    use mqttrs::{
        Connack, Connect, Error, LastWill, Packet, Pid, Protocol, Publish, QoS, QosPid, Suback, Subscribe,
        SubscribeReturnCodes, clone_packet, decode_slice, encode_slice,
    };

    fn calls(
        packet: &Packet<'_>,
        buffer: &mut [u8],
        connect: Connect<'_>,
        publish: Publish<'_>,
        subscribe: Subscribe,
    ) {
        let _ =
            (decode_slice(b""), encode_slice(packet, buffer), clone_packet(b"", buffer), packet.get_type());
        let _ = (Error::WriteZero, Pid::new() + 1, Pid::try_from(1), QosPid::AtLeastOnce(Pid::new()));
        let _ = (publish.qospid, publish.dup, Protocol::MQTT311, connect.protocol);
        let _ = (connect.username, connect.clean_session, &connect.last_will);
        let _ = LastWill { topic: "", message: b"", qos: QoS::AtMostOnce, retain: false };
        let _ =
            (Subscribe::new(Pid::new(), subscribe.topics), SubscribeReturnCodes::Success(QoS::AtMostOnce));
        let _: fn(Connack) -> Packet<'static> = Packet::Connack;
        let _: fn(Pid) -> Packet<'static> = Packet::Puback;
        let _: fn(Suback) -> Packet<'static> = Packet::Suback;
    }

    fn fields(Connack { session_present: _, code: _ }: Connack) {}
}

mod mqtt_proto {
    use mqtt_proto::{Error, GenericPollPacket, Pid, QoS, QosPid, TopicFilter, TopicName, VarBytes};
    use mqtt_proto::{decode_raw_header_async, v3, v5};

    async fn calls(packet: v5::Packet, topic: TopicName) {
        let mut bytes: &[u8] = b"";
        let _ = (
            v3::Packet::decode(bytes),
            v5::Packet::decode(bytes),
            v5::Packet::decode_async(&mut bytes).await,
        );
        let _: Result<VarBytes, Error> = packet.encode();
        let _ = (packet.encode_len(), packet.encode_async(&mut Vec::<u8>::new()).await);
        let _ = (
            v5::Header::decode(b""),
            decode_raw_header_async(&mut bytes).await,
            QosPid::Level1(Pid::default()),
        );
        let _ = (QoS::Level0, QoS::Level1, QoS::Level2);
        let _ = (TopicName::try_from("t"), TopicFilter::try_from("f"));
        let _ = (v3::LastWill::new(QoS::Level0, topic, Default::default()), v5::Disconnect::new_normal());
        let _ = v5::Connect::new(Default::default(), 60);
        let _: Option<v5::ErrorV5> = None;
    }
}
