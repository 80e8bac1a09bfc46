//! The packets for the benchmarks with criterion, the limits on instructions, and the comparison with
//! other codecs.

mod read;

pub use read::read;

use mqtt_wire::property::{
    AckProperties, ConnectProperties, PayloadFormat, PublishProperties, UserProperty, WillProperties,
};
use mqtt_wire::reason::{PubAckReason, SubscribeReason};
use mqtt_wire::{
    Binary, Connect, Delivery, Encode, Packet, PacketId, Password, PubAck, Publish, Qos, SubAck, Subscribe,
    Subscription, Text, TopicFilter, TopicName, Version, Will, binary, text, topic_name,
};
use std::num::{NonZeroU16, NonZeroU32};

/// A packet in one version, with the name that tables and limits show.
pub struct Row {
    pub name: &'static str,
    pub version: Version,
    pub packet: Packet<'static>,
    /// The number of items in its list, or 1 without a list.
    pub items: usize,
}

impl Row {
    fn new(name: &'static str, version: Version, packet: impl Into<Packet<'static>>) -> Self {
        Self { name, version, packet: packet.into(), items: 1 }
    }

    fn of(self, items: usize) -> Self {
        Self { items, ..self }
    }

    /// Encodes the packet.
    pub fn bytes(&self) -> Vec<u8> {
        bytes(&self.packet, self.version)
    }
}

/// Encodes a packet.
pub fn bytes(packet: &Packet<'_>, version: Version) -> Vec<u8> {
    let mut buffer = vec![0; packet.encoded_len(version).expect("legal")];
    packet.encode(version, &mut buffer).expect("legal");
    buffer
}

/// Returns all single packets.
pub fn rows() -> Vec<Row> {
    let (v3, v5) = (Version::V3_1_1, Version::V5_0);
    vec![
        Row::new("CONNECT with will", v3, connect_with_will()),
        Row::new("PUBLISH QoS 1, 64 B", v3, publish(64)),
        Row::new("PUBLISH QoS 1, 64 KiB", v3, publish(64 << 10)),
        Row::new("PUBLISH QoS 1, 1 MiB", v3, publish(1 << 20)),
        Row::new("PUBACK", v3, PubAck::new(ID)),
        Row::new("PINGREQ", v3, Packet::PingReq),
        Row::new("SUBSCRIBE 8", v3, subscribe(8)).of(8),
        Row::new("SUBSCRIBE 128", v3, subscribe(128)).of(128),
        Row::new("SUBACK 8", v3, suback(8)).of(8),
        Row::new("CONNECT with will and properties", v5, connect_with_properties()),
        Row::new("PUBLISH without properties", v5, publish(64)),
        Row::new("PUBLISH, six properties", v5, publish_with_six_properties()).of(6),
        Row::new("PUBLISH, 32 user properties", v5, publish_with_user_properties(32)).of(32),
        Row::new("SUBSCRIBE 128, a quarter $share", v5, subscribe_with_shared(128)).of(128),
        Row::new("PUBACK with reason string", v5, puback_with_reason()),
    ]
}

const ID: PacketId = match PacketId::new(4711) {
    Ok(id) => id,
    Err(_) => PacketId::MIN,
};

/// A topic of 38 bytes.
const TOPIC: TopicName<'static> = topic_name!("building/7/floor/3/room/12/temperature");

/// Returns the CONNECT of a client with a will.
pub fn connect_with_will() -> Connect<'static> {
    Connect {
        client_id: text!("Client123"),
        keep_alive: 60,
        user_name: Some(text!("sensor-network")),
        password: Password::new(b"correct horse").ok(),
        will: Some(Will {
            qos: Qos::AtLeastOnce,
            retain: true,
            ..Will::new(topic_name!("/status"), binary!(b"Client123 is offline"))
        }),
        ..Connect::new(Version::V3_1_1)
    }
}

/// Returns the same CONNECT in 5.0, with six properties of its own and five of the will.
pub fn connect_with_properties() -> Connect<'static> {
    let in_v3 = connect_with_will();
    let of_will = WillProperties {
        will_delay_interval: Some(30),
        payload_format_indicator: Some(PayloadFormat::Utf8),
        message_expiry_interval: Some(3600),
        content_type: Some(text!("text/plain")),
        user_properties: list(vec![USER_PROPERTY]).into(),
        ..WillProperties::EMPTY
    };
    Connect {
        version: Version::V5_0,
        properties: ConnectProperties {
            session_expiry_interval: Some(3600),
            receive_maximum: NonZeroU16::new(100),
            maximum_packet_size: NonZeroU32::new(1 << 20),
            topic_alias_maximum: Some(10),
            request_problem_information: Some(false),
            user_properties: list(vec![USER_PROPERTY]).into(),
            ..ConnectProperties::EMPTY
        },
        will: in_v3.will.map(|will| Will { properties: of_will, ..will }),
        ..in_v3
    }
}

const USER_PROPERTY: UserProperty<'static> = UserProperty { name: text!("location"), value: text!("hall-4") };

/// Returns a PUBLISH with QoS 1, a topic of 38 bytes, and a payload of this length.
pub fn publish(payload: usize) -> Publish<'static> {
    Publish {
        delivery: Delivery::AtLeastOnce { id: ID, dup: false },
        ..Publish::new(TOPIC, list(vec![7; payload]))
    }
}

/// Returns the same PUBLISH with six properties of six kinds.
pub fn publish_with_six_properties() -> Publish<'static> {
    let properties = PublishProperties {
        payload_format_indicator: Some(PayloadFormat::Utf8),
        message_expiry_interval: Some(3600),
        content_type: Some(text!("application/json")),
        response_topic: Some(topic_name!("answers/Client123")),
        correlation_data: Some(Binary::new(b"0123456789abcdef").expect("short")),
        user_properties: list(vec![USER_PROPERTY]).into(),
        ..PublishProperties::EMPTY
    };
    Publish { properties, ..publish(64) }
}

/// Returns the same PUBLISH with this many User Properties and no other property.
pub fn publish_with_user_properties(count: usize) -> Publish<'static> {
    let pair =
        |at| UserProperty { name: leak(format!("name-{at:05}")), value: leak(format!("value {at:05}")) };
    let pairs = list((0..count).map(pair).collect());
    Publish {
        properties: PublishProperties { user_properties: pairs.into(), ..PublishProperties::EMPTY },
        ..publish(64)
    }
}

/// Returns a SUBSCRIBE with this many filters. Every second filter has a wildcard.
pub fn subscribe(count: usize) -> Subscribe<'static> {
    let subscription = |at| {
        let filter = if at % 2 == 0 {
            format!("building/{at:05}/+/temperature")
        } else {
            format!("building/{at:05}/hall/humidity")
        };
        let filter = TopicFilter::new(leak(filter).as_str()).expect("a filter");
        Subscription::new(filter, Qos::AtLeastOnce)
    };
    Subscribe::new(ID, list((0..count).map(subscription).collect()))
}

/// Returns the same SUBSCRIBE. Every fourth filter is a Shared Subscription of 5.0.
pub fn subscribe_with_shared(count: usize) -> Subscribe<'static> {
    let subscription = |(at, plain): (usize, Subscription<'static>)| {
        if at % 4 != 3 {
            return plain;
        }
        let shared = leak(format!("$share/workers/{}", plain.filter));
        Subscription::new(TopicFilter::new(shared.as_str()).expect("a filter"), Qos::AtLeastOnce)
    };
    let subscriptions = subscribe(count).subscriptions.iter().enumerate().map(subscription).collect();
    Subscribe::new(ID, list(subscriptions))
}

/// Returns a SUBACK with this many Reason Codes.
pub fn suback(count: usize) -> SubAck<'static> {
    let granted = |at| SubscribeReason::granted(if at % 2 == 0 { Qos::AtLeastOnce } else { Qos::AtMostOnce });
    SubAck::new(ID, list((0..count).map(granted).collect()))
}

/// Returns a PUBACK that refuses a PUBLISH and says why.
pub fn puback_with_reason() -> PubAck<'static> {
    let reason_string = Some(text!("this topic is read-only"));
    PubAck {
        reason: PubAckReason::NotAuthorized,
        properties: AckProperties { reason_string, ..AckProperties::EMPTY },
        ..PubAck::new(ID)
    }
}

/// Returns the traffic of a busy connection: 1000 packets, 65 % of them PUBLISH. In 5.0, half of the
/// PUBLISH packets have one or two properties.
pub fn stream(version: Version) -> Vec<Packet<'static>> {
    let mut packets: Vec<Packet<'static>> = Vec::new();
    for round in 0..50 {
        let expiry = PublishProperties { message_expiry_interval: Some(60), ..PublishProperties::EMPTY };
        let both = PublishProperties { content_type: Some(text!("application/json")), ..expiry };
        for at in 0..13 {
            let properties = match (version, at % 4) {
                (Version::V5_0, 1) => expiry,
                (Version::V5_0, 3) => both,
                _ => PublishProperties::EMPTY,
            };
            let qos = if at < 8 { Qos::AtMostOnce } else { Qos::AtLeastOnce };
            let delivery = Delivery::new(qos, ID);
            packets.push(Publish { delivery, properties, ..publish(16 + 8 * at + round) }.into());
        }
        packets.extend([Packet::from(PubAck::new(ID)); 4]);
        packets.extend([subscribe(1).into(), suback(1).into(), Packet::PingReq]);
    }
    packets
}

fn leak(string: String) -> Text<'static> {
    Text::new(string.leak()).expect("short")
}

fn list<T>(items: Vec<T>) -> &'static [T] {
    items.leak()
}
