//! A sample of every packet in every version, shared by the tests that state laws.

// Each test uses its own part of this.
#![allow(dead_code)]

use mqtt_wire::*;
use std::num::{NonZeroU16, NonZeroU32};

/// Packets of this version: every type, with everything absent, everything present, and lists of one and
/// of many elements.
pub fn samples(version: Version) -> Vec<Packet<'static>> {
    let mut packets = both_ways(version);
    packets.extend(connects(version).into_iter().map(Packet::from));
    packets.extend(connacks(version).into_iter().map(Packet::from));
    packets.extend(publishes(version).into_iter().map(Packet::from));
    packets.extend(subscribes(version).into_iter().map(Packet::from));
    packets.extend(lists(version));
    if version == Version::V5_0 {
        packets.extend(auths().into_iter().map(Packet::from));
    }
    packets
}

/// The same, of all versions.
pub fn all_samples() -> Vec<(Version, Packet<'static>)> {
    let of = |version| samples(version).into_iter().map(move |packet| (version, packet));
    Version::ALL.into_iter().flat_map(of).collect()
}

/// The packet's bytes.
pub fn bytes(packet: &impl Encode, version: Version) -> Vec<u8> {
    let mut buffer = vec![0; packet.encoded_len(version).expect("a packet that can be written")];
    let len = packet.encode(version, &mut buffer).expect("a packet that can be written").len();
    assert_eq!(len, buffer.len(), "encoded_len is what is written");
    buffer
}

const ID: PacketId = PacketId::MAX;
static TOPIC: TopicName<'static> = topic_name!("/status");
static LONG: [u8; 65_535] = [b'a'; 65_535];
static PAIRS: [UserProperty<'static>; 3] = [
    UserProperty { name: text!("b"), value: text!("2") },
    UserProperty { name: text!("a"), value: text!("") },
    UserProperty { name: text!("b"), value: text!("é") },
];
static IDS: [SubscriptionId; 2] = [SubscriptionId::MAX, SubscriptionId::MAX];

fn long_text() -> Text<'static> {
    Text::from_bytes(&LONG).expect("65,535 letters")
}

fn binary(bytes: &'static [u8]) -> Binary<'static> {
    Binary::new(bytes).expect("short")
}

fn deliveries() -> [Delivery; 5] {
    [
        Delivery::AtMostOnce,
        Delivery::AtLeastOnce { id: PacketId::MIN, dup: false },
        Delivery::AtLeastOnce { id: ID, dup: true },
        Delivery::ExactlyOnce { id: PacketId::MIN, dup: false },
        Delivery::ExactlyOnce { id: ID, dup: true },
    ]
}

fn user_properties() -> UserProperties<'static> {
    List::from(&PAIRS)
}

fn will_properties() -> WillProperties<'static> {
    WillProperties {
        payload_format_indicator: Some(PayloadFormat::Utf8),
        message_expiry_interval: Some(u32::MAX),
        content_type: Some(text!("text/plain")),
        response_topic: Some(topic_name!("answers")),
        correlation_data: Some(binary(b"\0\xff")),
        will_delay_interval: Some(0),
        user_properties: user_properties(),
    }
}

fn connect_properties() -> ConnectProperties<'static> {
    ConnectProperties {
        session_expiry_interval: Some(u32::MAX),
        authentication_method: Some(text!("SCRAM-SHA-1")),
        authentication_data: AuthenticationData::new(b"\0data").ok(),
        request_problem_information: Some(false),
        request_response_information: Some(true),
        receive_maximum: NonZeroU16::new(1),
        topic_alias_maximum: Some(0),
        user_properties: user_properties(),
        maximum_packet_size: NonZeroU32::new(u32::MAX),
    }
}

fn connects(version: Version) -> Vec<Connect<'static>> {
    let least = Connect::new(version);
    let v5 = version == Version::V5_0;
    let wills = [
        Will::new(TOPIC, Binary::EMPTY),
        Will { qos: Qos::AtLeastOnce, retain: true, ..Will::new(TOPIC, binary(b"Client123 is offline")) },
        Will {
            qos: Qos::ExactlyOnce,
            properties: if v5 { will_properties() } else { WillProperties::EMPTY },
            ..Will::new(TOPIC, binary(&LONG))
        },
    ];
    let mut connects = vec![
        least,
        Connect { clean_start: false, keep_alive: u16::MAX, client_id: long_text(), ..least },
        Connect { user_name: Some(Text::EMPTY), ..least },
        Connect {
            properties: if v5 { connect_properties() } else { ConnectProperties::EMPTY },
            client_id: text!("Client123"),
            will: Some(wills[1]),
            user_name: Some(text!("user")),
            password: Password::new(b"\0\xff").ok(),
            ..least
        },
    ];
    connects.extend(wills.map(|will| Connect { will: Some(will), ..least }));
    if v5 {
        connects.push(Connect { password: Password::new(b"").ok(), ..least });
    } else {
        connects.push(Connect { bridge: true, ..least });
    }
    connects
}

fn connacks(version: Version) -> Vec<ConnAck<'static>> {
    let reasons = ConnectReason::ALL.iter().copied();
    let known = reasons.filter(|reason| version == Version::V5_0 || reason.to_v3().is_some());
    let mut connacks: Vec<_> = known.map(ConnAck::new).collect();
    if version != Version::V3_1 {
        connacks.push(ConnAck { session_present: true, ..ConnAck::new(ConnectReason::Success) });
    }
    if version == Version::V5_0 {
        let properties = ConnAckProperties {
            session_expiry_interval: Some(1),
            assigned_client_identifier: Some(text!("auto-1")),
            server_keep_alive: Some(60),
            authentication_method: Some(text!("m")),
            authentication_data: AuthenticationData::new(b"d").ok(),
            response_information: Some(text!("answers/")),
            server_reference: Some(text!("other:1883")),
            reason_string: Some(text!("welcome")),
            receive_maximum: NonZeroU16::new(u16::MAX),
            topic_alias_maximum: Some(10),
            maximum_qos: Some(MaximumQos::AtLeastOnce),
            retain_available: Some(false),
            user_properties: user_properties(),
            maximum_packet_size: NonZeroU32::new(1),
            wildcard_subscription_available: Some(true),
            subscription_identifier_available: Some(false),
            shared_subscription_available: Some(true),
        };
        connacks.push(ConnAck { properties, ..ConnAck::new(ConnectReason::Success) });
    }
    connacks
}

fn publishes(version: Version) -> Vec<Publish<'static>> {
    let least = Publish::new(TOPIC, b"");
    let mut publishes: Vec<_> = deliveries().map(|delivery| Publish { delivery, ..least }).into();
    publishes.push(Publish { retain: true, payload: b"Client123 is offline", ..least });
    // Remaining Lengths at the edges of its one, two and three bytes.
    let header = if version == Version::V5_0 { 10 } else { 9 };
    for length in [127, 128, 16_383, 16_384] {
        publishes.push(Publish { payload: &LONG[..length - header], ..least });
    }
    if version == Version::V5_0 {
        let properties = PublishProperties {
            payload_format_indicator: Some(PayloadFormat::Unspecified),
            message_expiry_interval: Some(60),
            content_type: Some(Text::EMPTY),
            response_topic: Some(topic_name!("r")),
            correlation_data: Some(Binary::EMPTY),
            subscription_identifiers: List::from(&IDS),
            user_properties: user_properties(),
        };
        let alias = TopicAlias::MAX;
        publishes.extend([
            Publish { properties, payload: b"x", ..least },
            Publish { topic: Topic::NameAndAlias(TOPIC, alias), ..least },
            Publish { topic: Topic::Alias(alias), properties, ..least },
        ]);
    }
    publishes
}

/// The acknowledgements, the pings and DISCONNECT.
fn both_ways(version: Version) -> Vec<Packet<'static>> {
    let mut packets = vec![
        PubAck::new(ID).into(),
        PubRec::new(ID).into(),
        PubRel::new(ID).into(),
        PubComp::new(ID).into(),
        Packet::PingReq,
        Packet::PingResp,
        Disconnect::default().into(),
    ];
    if version == Version::V5_0 {
        for properties in [AckProperties::EMPTY, ack_properties()] {
            let reasons = PubAckReason::ALL.iter();
            packets.extend(reasons.map(|&reason| Packet::PubAck(Ack { packet_id: ID, reason, properties })));
            let reasons = PubRecReason::ALL.iter();
            packets.extend(reasons.map(|&reason| Packet::PubRec(Ack { packet_id: ID, reason, properties })));
            let reasons = PubRelReason::ALL.iter();
            packets.extend(reasons.map(|&reason| Packet::PubRel(Ack { packet_id: ID, reason, properties })));
            let reasons = PubCompReason::ALL.iter();
            packets.extend(reasons.map(|&reason| Packet::PubComp(Ack { packet_id: ID, reason, properties })));
        }
        let all = DisconnectProperties {
            session_expiry_interval: Some(0),
            server_reference: Some(text!("other")),
            reason_string: Some(text!("bye")),
            user_properties: user_properties(),
        };
        let written = DisconnectReason::ALL.iter().filter(|reason| reason.get() != 0x8c);
        for &reason in written {
            packets.push(Disconnect::new(reason).into());
            packets.push(Disconnect { reason, properties: all }.into());
        }
    }
    packets
}

fn ack_properties() -> AckProperties<'static> {
    AckProperties { reason_string: Some(text!("why")), user_properties: user_properties() }
}

fn subscribes(version: Version) -> Vec<Subscribe<'static>> {
    const ONE: [Subscription; 1] = [Subscription::new(topic_filter!("#"), Qos::ExactlyOnce)];
    const MANY: [Subscription; 3] = [
        Subscription::new(topic_filter!("/status"), Qos::AtLeastOnce),
        Subscription::new(topic_filter!("$share/g/+/a"), Qos::AtMostOnce),
        Subscription::new(topic_filter!("a/é/#"), Qos::ExactlyOnce),
    ];
    const OPTIONS: [Subscription; 3] = [
        Subscription { no_local: true, retain_handling: RetainHandling::SendIfNew, ..ONE[0] },
        Subscription { retain_as_published: true, retain_handling: RetainHandling::DoNotSend, ..ONE[0] },
        Subscription { retain_as_published: true, ..MANY[1] },
    ];
    let mut subscribes = vec![Subscribe::new(ID, &ONE), Subscribe::new(ID, &MANY)];
    match version {
        // An empty one is legal here, and nowhere else.
        Version::V3_1 => subscribes.push(Subscribe::new(ID, &[])),
        Version::V3_1_1 => {}
        Version::V5_0 => {
            let properties = SubscribeProperties {
                subscription_identifier: Some(IDS[0]),
                user_properties: user_properties(),
            };
            subscribes.push(Subscribe { properties, ..Subscribe::new(ID, &OPTIONS) });
        }
    }
    subscribes
}

/// SUBACK, UNSUBSCRIBE and UNSUBACK.
fn lists(version: Version) -> Vec<Packet<'static>> {
    const FILTERS: [TopicFilter; 2] = [topic_filter!("/status"), topic_filter!("$share/g/#")];
    let in_v3_1_1 =
        &[SubscribeReason::GrantedQos2, SubscribeReason::UnspecifiedError, SubscribeReason::GrantedQos0];
    let mut packets = vec![
        Packet::SubAck(SubAck::new(ID, &[SubscribeReason::GrantedQos1])),
        Packet::Unsubscribe(Unsubscribe::new(ID, &FILTERS)),
        Packet::Unsubscribe(Unsubscribe::new(ID, &FILTERS[..1])),
    ];
    match version {
        Version::V3_1 => packets.push(Packet::Unsubscribe(Unsubscribe::new(ID, &[]))),
        Version::V3_1_1 => packets.push(Packet::SubAck(SubAck::new(ID, in_v3_1_1))),
        Version::V5_0 => {
            let suback = SubAck::new(ID, SubscribeReason::ALL);
            let unsuback = UnsubAck::new(ID, UnsubscribeReason::ALL);
            let properties = UnsubscribeProperties { user_properties: user_properties() };
            packets.extend([
                Packet::SubAck(SubAck { properties: ack_properties(), ..suback }),
                Packet::Unsubscribe(Unsubscribe { properties, ..Unsubscribe::new(ID, &FILTERS) }),
                Packet::UnsubAck(UnsubAck::new(ID, &[UnsubscribeReason::Success])),
                Packet::UnsubAck(UnsubAck { properties: ack_properties(), ..unsuback }),
            ]);
        }
    }
    if version != Version::V5_0 {
        packets.push(Packet::UnsubAck(UnsubAck::new(ID, &[])));
    }
    packets
}

fn auths() -> Vec<Auth<'static>> {
    let properties = AuthProperties {
        authentication_method: Some(text!("m")),
        authentication_data: AuthenticationData::new(b"\0").ok(),
        reason_string: Some(text!("step 1")),
        user_properties: user_properties(),
    };
    let least = AuthProperties { authentication_method: Some(text!("")), ..AuthProperties::EMPTY };
    let mut auths = vec![Auth { reason: AuthReason::Success, properties: AuthProperties::EMPTY }];
    for &reason in AuthReason::ALL {
        auths.extend([Auth { reason, properties }, Auth { reason, properties: least }]);
    }
    auths
}
