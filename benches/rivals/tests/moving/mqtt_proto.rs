use crate::{PUBLISH, PUBLISH_V5, Row, encoded, our_publish, ours};
use futures_util::FutureExt;
use mqtt_proto::{
    GenericPollPacket, GenericPollPacketState, Pid, QoS, QosPid, VarBytes, decode_raw_header_async, v3, v5,
};
use mqtt_wire::io::tokio::{PacketReader, PacketWriter};
use mqtt_wire::owned::Owned;
use mqtt_wire::stream::{FrameLen, frame_len};
use mqtt_wire::{
    Connect, Decoder, Delivery, Disconnect, Encode, Encoder, Packet, PacketId, PacketType, Qos, TopicFilter,
    TopicName, Version, Will, binary, decode, text, topic_name,
};
use std::sync::Arc;

const V3: Version = Version::V3_1_1;
const V5: Version = Version::V5_0;

fn their_publish() -> v5::Publish {
    let Ok(Some(v5::Packet::Publish(publish))) = v5::Packet::decode(PUBLISH_V5) else { panic!("a PUBLISH") };
    publish
}

pub const ROWS: &[Row] = &[
    ("`v3::Packet::decode(bytes)`, `v5::Packet::decode(bytes)`", || {
        let Ok(Some(v3::Packet::Publish(theirs))) = v3::Packet::decode(PUBLISH) else { panic!() };
        assert_eq!(our_publish(V3, PUBLISH).payload, &theirs.payload[..]);
        assert_eq!(our_publish(V5, PUBLISH_V5).payload, &their_publish().payload[..]);
        assert!(matches!(
            (v5::Packet::decode(&PUBLISH_V5[..4]), decode(V5, &PUBLISH_V5[..4])),
            (Ok(None), Ok(None))
        ));
    }),
    ("`v5::Packet::decode_async(&mut reader)`", || {
        let theirs =
            v5::Packet::decode_async(&mut &PUBLISH_V5[..]).now_or_never().expect("all is there").unwrap();
        let mut reader = PacketReader::new(PUBLISH_V5, Decoder::new(V5).max_packet_size(99));
        let ours = reader.next().now_or_never().expect("all is there").unwrap().unwrap();
        let (v5::Packet::Publish(theirs), Packet::Publish(ours)) = (theirs, ours) else { panic!() };
        assert_eq!(ours.payload, &theirs.payload[..]);
    }),
    ("`GenericPollPacket`", || {
        let (mut state, mut bytes) = (GenericPollPacketState::default(), PUBLISH_V5);
        let theirs = GenericPollPacket::<_, v5::Header>::new(&mut state, &mut bytes);
        let (_, _, theirs) = theirs.now_or_never().expect("all is there").unwrap();
        assert_eq!(theirs, v5::Packet::Publish(their_publish()));
        let mut reader = PacketReader::new(PUBLISH_V5, Decoder::new(V5).max_packet_size(99));
        assert_eq!(reader.next().now_or_never().unwrap().unwrap(), Some(ours(V5, PUBLISH_V5)));
    }),
    ("`packet.encode()`, which gives `VarBytes`", || {
        let theirs: VarBytes = v5::Packet::Publish(their_publish()).encode().unwrap();
        assert_eq!(our_publish(V5, PUBLISH_V5).encode(V5, &mut [0; 99]), Ok(theirs.as_ref()));
        assert_eq!(encoded(V5, &our_publish(V5, PUBLISH_V5)), theirs.as_ref());
    }),
    ("`packet.encode_len()`", || {
        let theirs = v5::Packet::Publish(their_publish()).encode_len().unwrap();
        assert_eq!(our_publish(V5, PUBLISH_V5).encoded_len(V5), Ok(theirs));
    }),
    ("`packet.encode_async(&mut writer)`", || {
        let mut theirs = Vec::new();
        v5::Packet::Publish(their_publish())
            .encode_async(&mut theirs)
            .now_or_never()
            .expect("enough space")
            .unwrap();
        let mut writer = PacketWriter::new(Vec::new(), Encoder::new(V5));
        writer.send(&our_publish(V5, PUBLISH_V5)).now_or_never().expect("enough space").unwrap();
        assert_eq!(writer.into_parts().0, theirs);
    }),
    ("`v5::Header::decode(bytes)`, `decode_raw_header_async`", || {
        let header = v5::Header::decode(PUBLISH_V5).unwrap();
        assert_eq!(frame_len(PUBLISH_V5), Ok(FrameLen::Total(2 + header.remaining_len as usize)));
        let raw = decode_raw_header_async(&mut &PUBLISH_V5[..]).now_or_never().expect("all is there");
        let (first_byte, remaining_len, _) = raw.unwrap();
        assert_eq!((PacketType::from_first_byte(first_byte), remaining_len), (Ok(PacketType::Publish), 8));
    }),
    ("`Error`, `v5::ErrorV5`", || {
        let zero = b"\x32\x06\x00\x01a\x00\x00\x00";
        assert!(
            v3::Packet::decode(b"\x32\x05\x00\x01a\x00\x00").is_err() && v5::Packet::decode(zero).is_err()
        );
        assert!(decode(V3, b"\x32\x05\x00\x01a\x00\x00").is_err() && decode(V5, zero).is_err());
    }),
    ("`Pid`, `QosPid::Level1(pid)`", || {
        assert_eq!(PacketId::MIN.get(), Pid::default().value());
        assert_eq!(their_publish().qos_pid, QosPid::Level1(Pid::default()));
        assert_eq!(
            our_publish(V5, PUBLISH_V5).delivery,
            Delivery::AtLeastOnce { id: PacketId::MIN, dup: false }
        );
    }),
    ("`QoS::Level0`, `Level1`, `Level2`", || {
        let ours = [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce].map(Qos::get);
        assert_eq!(ours, [QoS::Level0, QoS::Level1, QoS::Level2].map(|qos| qos as u8));
    }),
    ("`TopicName::try_from(&str)`, `TopicFilter::try_from`", || {
        for topic in ["a", "a/b", "a/+", "#"] {
            let theirs = mqtt_proto::TopicName::try_from(topic).is_ok();
            assert_eq!(TopicName::new(topic).is_ok(), theirs, "{topic}");
            assert_eq!(topic.parse::<Owned<TopicName>>().is_ok(), theirs, "{topic}");
        }
        for filter in ["a", "a/+", "a/#/b", "$share/g/a"] {
            let theirs = mqtt_proto::TopicFilter::try_from(filter).is_ok();
            assert_eq!(TopicFilter::new(filter).is_ok(), theirs, "{filter}");
        }
    }),
    ("`v3::LastWill::new(qos, topic_name, message)`", || {
        let topic = mqtt_proto::TopicName::try_from("w").unwrap();
        let will = v3::LastWill::new(QoS::Level1, topic, bytes::Bytes::from_static(b"gone"));
        let theirs = v3::Connect { last_will: Some(will), ..v3::Connect::new(Arc::from("c"), 60) };
        let will = Will { qos: Qos::AtLeastOnce, ..Will::new(topic_name!("w"), binary!(b"gone")) };
        let ours = Connect { client_id: text!("c"), keep_alive: 60, will: Some(will), ..Connect::new(V3) };
        assert_eq!(encoded(V3, &ours), v3::Packet::Connect(theirs).encode().unwrap().as_ref());
    }),
    ("`v5::Connect::new(client_id, keep_alive)`", || {
        let theirs = v5::Packet::Connect(v5::Connect::new(Arc::from("c"), 60));
        let ours = Connect { client_id: text!("c"), keep_alive: 60, ..Connect::new(V5) };
        assert_eq!(encoded(V5, &ours), theirs.encode().unwrap().as_ref());
    }),
    ("`v5::Disconnect::new_normal()`", || {
        let theirs = v5::Packet::Disconnect(v5::Disconnect::new_normal());
        assert_eq!(encoded(V5, &Disconnect::default()), theirs.encode().unwrap().as_ref());
    }),
];
