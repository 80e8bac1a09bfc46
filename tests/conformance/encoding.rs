//! Attempts to break the rules that only an encoder can break.

use mqtt_wire::inspect::Field;
use mqtt_wire::list::List;
use mqtt_wire::property::{AckProperties, PropertyId, PublishProperties, UserProperty};
use mqtt_wire::reason::{DisconnectReason, PubAckReason, SubscribeReason};
use mqtt_wire::{
    Binary, Connect, Delivery, Disconnect, Encode, EncodeError, Inconsistency, Packet, PacketId, Password,
    PubAck, Publish, Qos, SubAck, Subscribe, Subscription, Text, TopicFilter, TopicName, Unsubscribe,
    ValueError, ValueType, Version, Will, decode, text, topic_filter, topic_name,
};
use mqtt_wire_testkit::samples::bytes;

/// A rule and the attempt to break it.
pub const ATTEMPTS: &[(&str, fn())] = &[
    ("enc-minimal-varint", minimal_varint),
    ("enc-total-size", total_size),
    ("enc-string-64k", string_64k),
    ("enc-qos0-no-packet-id", qos0_no_packet_id),
    ("enc-connect-order", connect_order),
    ("enc-no-properties-v3", no_properties_v3),
    ("enc-optional-strings-fit", optional_strings_fit),
    ("enc-size-limit", size_limit),
    ("enc-no-0x8c-disconnect", no_0x8c_disconnect),
    ("enc-suback-v31", suback_v31),
];

fn not_in(version: Version, field: Field) -> Result<usize, EncodeError> {
    Err(EncodeError::NotInVersion { field, version })
}

fn minimal_varint() {
    for version in Version::ALL {
        for payload in [121, 122, 16_377, 16_378, 2_097_145] {
            let payload = vec![0; payload];
            let bytes = bytes(&Publish::new(topic_name!("a"), &payload), version);
            let length = bytes[1..].iter().position(|byte| byte & 0x80 == 0).expect("it ends") + 1;
            assert!(length == 1 || bytes[length] != 0, "{version}: {:02x?}", &bytes[..5]);
            let remaining = bytes.len() - 1 - length;
            assert_eq!(
                length,
                [0x80, 0x4000, 0x20_0000].iter().filter(|edge| remaining >= **edge).count() + 1
            );
        }
    }
}

fn total_size() {
    let payload = vec![0; 268_435_455 - 3];
    let largest = Publish::new(topic_name!("a"), &payload);
    assert_eq!(largest.encoded_len(Version::V3_1_1), Ok(268_435_460));
    let too_large = Err(EncodeError::TooLarge { remaining_length: 268_435_456 });
    assert_eq!(largest.encoded_len(Version::V5_0), too_large);
    assert_eq!(largest.encode(Version::V5_0, &mut []).map(<[u8]>::len), too_large);

    // A filter is repeated until the size exceeds 32-bit memory and 32-bit numbers.
    let filter = "a".repeat(65_535);
    let filters = vec![TopicFilter::new(&filter).expect("as long as can be"); 70_000];
    let too_large = Err(EncodeError::TooLarge { remaining_length: 2 + 70_000 * 65_537 });
    assert_eq!(Unsubscribe::new(PacketId::MIN, &filters).encoded_len(Version::V3_1_1), too_large);
}

fn string_64k() {
    let long = "a".repeat(65_536);
    assert_eq!(Text::new(&long), Err(ValueError::TooLong(ValueType::Text)));
    assert_eq!(TopicName::new(&long), Err(ValueError::TooLong(ValueType::TopicName)));
    assert_eq!(TopicFilter::new(&long), Err(ValueError::TooLong(ValueType::TopicFilter)));
    assert_eq!(Binary::new(long.as_bytes()), Err(ValueError::TooLong(ValueType::Binary)));
    assert_eq!(Password::new(long.as_bytes()), Err(ValueError::TooLong(ValueType::Password)));
}

fn qos0_no_packet_id() {
    for version in Version::ALL {
        let publish = Publish { delivery: Delivery::AtMostOnce, ..Publish::new(topic_name!("a"), b"\0\x01") };
        let bytes = bytes(&publish, version);
        match decode(version, &bytes) {
            Ok(Some((Packet::Publish(read), []))) => assert_eq!(read.payload, b"\0\x01"),
            other => panic!("{other:?}"),
        }
    }
}

fn connect_order() {
    let connect = Connect {
        client_id: text!("a"),
        keep_alive: 60,
        will: Some(Will::new(topic_name!("w"), Binary::new(b"m").expect("short"))),
        user_name: Some(text!("u")),
        password: Some(Password::new(b"p").expect("short")),
        ..Connect::new(Version::V5_0)
    };
    assert_eq!(
        bytes(&connect, Version::V5_0),
        b"\x10\x1b\x00\x04MQTT\x05\xc6\x00\x3c\x00\x00\x01a\x00\x00\x01w\x00\x01m\x00\x01u\x00\x01p"
    );
}

fn no_properties_v3() {
    let pairs = [UserProperty { name: text!("n"), value: text!("v") }];
    let properties = PublishProperties { user_properties: List::from(&pairs), ..PublishProperties::EMPTY };
    for version in [Version::V3_1, Version::V3_1_1] {
        let publish = Publish { properties, ..Publish::new(topic_name!("a"), b"") };
        assert_eq!(publish.encoded_len(version), not_in(version, PropertyId::UserProperty.into()));
        let ack = PubAck { reason: PubAckReason::NotAuthorized, ..PubAck::new(PacketId::MIN) };
        assert_eq!(ack.encoded_len(version), not_in(version, Field::ReasonCode));
        let subscriptions =
            [Subscription { no_local: true, ..Subscription::new(topic_filter!("a"), Qos::AtMostOnce) }];
        let subscribe = Subscribe::new(PacketId::MIN, &subscriptions);
        assert_eq!(subscribe.encoded_len(version), not_in(version, Field::NoLocal));
    }
}

/// The size is known before anything is written, so that the caller can leave out optional fields.
fn optional_strings_fit() {
    let properties = AckProperties { reason_string: Some(text!("full")), ..AckProperties::EMPTY };
    let ack = PubAck { reason: PubAckReason::QuotaExceeded, properties, ..PubAck::new(PacketId::MIN) };
    assert_eq!(ack.encoded_len(Version::V5_0), Ok(13));
    let without = PubAck { properties: AckProperties::EMPTY, ..ack };
    assert_eq!(without.encoded_len(Version::V5_0), Ok(5));
}

fn size_limit() {
    for version in Version::ALL {
        let publish = Publish::new(topic_name!("a"), b"message");
        assert_eq!(publish.encoded_len(version), Ok(bytes(&publish, version).len()));
    }
}

fn no_0x8c_disconnect() {
    let packet = match decode(Version::V5_0, b"\xe0\x01\x8c") {
        Ok(Some((packet @ Packet::Disconnect(_), []))) => packet,
        other => panic!("{other:?}"),
    };
    assert_eq!(packet, Disconnect::new(DisconnectReason::BadAuthenticationMethod).into());
    let refused = EncodeError::Inconsistent(Inconsistency::BadAuthenticationMethodInDisconnect);
    assert_eq!(packet.encoded_len(Version::V5_0), Err(refused));
}

fn suback_v31() {
    let refused = SubAck::new(PacketId::MIN, &[SubscribeReason::UnspecifiedError]);
    assert_eq!(refused.encoded_len(Version::V3_1), not_in(Version::V3_1, Field::ReasonCodes));
    assert_eq!(bytes(&refused, Version::V3_1_1), b"\x90\x03\x00\x01\x80");
}
