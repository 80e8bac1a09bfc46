//! Packets as JSON. The fields are serialised without a copy.

use mqtt_wire::list::List;
use mqtt_wire::property::PropertyValue;
use mqtt_wire::reason::{SubscribeReason, UnsubscribeReason};
use mqtt_wire::{
    Ack, Binary, ConnAck, Connect, DecodeError, Packet, PacketId, Publish, SubAck, Subscribe,
    SubscribeReasons, Subscriptions, TopicFilter, UnsubAck, Unsubscribe, Version, Will,
};
use serde::{Serialize, Serializer};
use std::fmt;

/// A packet with all JSON keys of its type.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum Json<'a> {
    Connect {
        protocol_name: &'static str,
        protocol_level: u8,
        clean: bool,
        keepalive: u16,
        client_id: &'a str,
        will: Option<JsonWill<'a>>,
        username: Option<&'a str>,
        password: Option<Secret<'a>>,
        properties: Properties<'a>,
    },
    ConnAck {
        session_present: bool,
        code: u8,
        properties: Properties<'a>,
    },
    Publish {
        dup: bool,
        qos: u8,
        retain: bool,
        topic: &'a str,
        packet_id: Option<u16>,
        payload: Hex<'a>,
        properties: Properties<'a>,
    },
    PubAck(JsonAck<'a>),
    PubRec(JsonAck<'a>),
    PubRel(JsonAck<'a>),
    PubComp(JsonAck<'a>),
    Subscribe {
        packet_id: u16,
        properties: Properties<'a>,
        #[serde(serialize_with = "subscriptions")]
        filters: Subscriptions<'a>,
    },
    SubAck {
        packet_id: u16,
        properties: Properties<'a>,
        #[serde(serialize_with = "subscribe_codes")]
        codes: SubscribeReasons<'a>,
    },
    Unsubscribe {
        packet_id: u16,
        properties: Properties<'a>,
        #[serde(serialize_with = "topic_filters")]
        filters: List<'a, TopicFilter<'a>>,
    },
    UnsubAck {
        packet_id: u16,
        properties: Properties<'a>,
        #[serde(serialize_with = "unsubscribe_codes")]
        codes: List<'a, UnsubscribeReason>,
    },
    PingReq,
    PingResp,
    Disconnect {
        reason: u8,
        properties: Properties<'a>,
    },
    Auth {
        reason: u8,
        properties: Properties<'a>,
    },
}

#[derive(Serialize)]
pub(crate) struct JsonWill<'a> {
    qos: u8,
    retain: bool,
    topic: &'a str,
    payload: Hex<'a>,
    properties: Properties<'a>,
}

#[derive(Serialize)]
pub(crate) struct JsonAck<'a> {
    packet_id: u16,
    reason: u8,
    properties: Properties<'a>,
}

#[derive(Serialize)]
struct JsonSubscription<'a> {
    filter: &'a str,
    qos: u8,
    no_local: bool,
    retain_as_published: bool,
    retain_handling: u8,
}

/// How passwords and Authentication Data are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secrets {
    Shown,
    Redacted,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Secret<'a> {
    Shown(Hex<'a>),
    /// This text is not hexadecimal, so that nobody takes it for the secret.
    Redacted(&'static str),
}

impl<'a> Secret<'a> {
    fn new(secret: Binary<'a>, secrets: Secrets) -> Self {
        match secrets {
            Secrets::Shown => Self::Shown(Hex::of(secret)),
            Secrets::Redacted => Self::Redacted("redacted"),
        }
    }
}

/// Why there is no packet.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Refusal {
    Incomplete {
        needed: usize,
    },
    Reject {
        kind: String,
        offset: usize,
        /// The bytes that were found and the expected ones, as in the message.
        found: Option<String>,
        expected: Option<String>,
        statement: Option<&'static str>,
        reason_code: Option<u8>,
        message: String,
    },
}

impl From<&DecodeError> for Refusal {
    fn from(error: &DecodeError) -> Self {
        let kind = format!("{:?}", error.kind());
        let name_len = kind.find([' ', '{']).unwrap_or(kind.len());
        Self::Reject {
            kind: kind[..name_len].to_owned(),
            offset: error.offset(),
            found: error.found().map(|found| found.to_string()),
            expected: error.expected().map(|expected| expected.to_string()),
            statement: error.statement(),
            reason_code: error.reason_code(),
            message: error.to_string(),
        }
    }
}

/// Pairs of identifier and value, sorted by identifier.
type Properties<'a> = Vec<(u8, Value<'a>)>;

/// Lists the properties of any packet. The property structs have a `for_each` each, but no common
/// trait.
macro_rules! listed {
    ($properties:expr, $secrets:expr) => {{
        let mut list = Properties::new();
        $properties.for_each(|id, value| list.push((id.get(), Value(value, $secrets))));
        list
    }};
}

impl<'a> Json<'a> {
    pub(crate) fn new(packet: &Packet<'a>, version: Version, secrets: Secrets) -> Self {
        match packet {
            Packet::Connect(packet) => connect(packet, secrets),
            Packet::ConnAck(packet) => connack(packet, version, secrets),
            Packet::Publish(packet) => publish(packet, secrets),
            Packet::PubAck(packet) => Self::PubAck(ack(packet, packet.reason.get(), secrets)),
            Packet::PubRec(packet) => Self::PubRec(ack(packet, packet.reason.get(), secrets)),
            Packet::PubRel(packet) => Self::PubRel(ack(packet, packet.reason.get(), secrets)),
            Packet::PubComp(packet) => Self::PubComp(ack(packet, packet.reason.get(), secrets)),
            Packet::Subscribe(Subscribe { packet_id, properties, subscriptions }) => Self::Subscribe {
                packet_id: packet_id.get(),
                properties: listed!(properties, secrets),
                filters: *subscriptions,
            },
            Packet::SubAck(SubAck { packet_id, properties, reasons }) => Self::SubAck {
                packet_id: packet_id.get(),
                properties: listed!(properties, secrets),
                codes: *reasons,
            },
            Packet::Unsubscribe(Unsubscribe { packet_id, properties, filters }) => Self::Unsubscribe {
                packet_id: packet_id.get(),
                properties: listed!(properties, secrets),
                filters: *filters,
            },
            Packet::UnsubAck(UnsubAck { packet_id, properties, reasons }) => Self::UnsubAck {
                packet_id: packet_id.get(),
                properties: listed!(properties, secrets),
                codes: *reasons,
            },
            Packet::PingReq => Self::PingReq,
            Packet::PingResp => Self::PingResp,
            Packet::Disconnect(packet) => Self::Disconnect {
                reason: packet.reason.get(),
                properties: listed!(packet.properties, secrets),
            },
            Packet::Auth(packet) => {
                Self::Auth { reason: packet.reason.get(), properties: listed!(packet.properties, secrets) }
            }
        }
    }
}

fn connect<'a>(packet: &Connect<'a>, secrets: Secrets) -> Json<'a> {
    Json::Connect {
        protocol_name: packet.version.protocol_name().as_str(),
        protocol_level: packet.version.level(),
        clean: packet.clean_start,
        keepalive: packet.keep_alive,
        client_id: packet.client_id.as_str(),
        will: packet.will.as_ref().map(|it| will(it, secrets)),
        username: packet.user_name.map(|name| name.as_str()),
        password: packet.password.map(|password| Secret::new(password.expose(), secrets)),
        properties: listed!(packet.properties, secrets),
    }
}

fn will<'a>(will: &Will<'a>, secrets: Secrets) -> JsonWill<'a> {
    JsonWill {
        qos: will.qos.get(),
        retain: will.retain,
        topic: will.topic.as_str(),
        payload: Hex::of(will.payload),
        properties: listed!(will.properties, secrets),
    }
}

/// Returns the code as the byte on the wire. 3.x and 5.0 have different numbers for the same reason.
fn connack<'a>(packet: &ConnAck<'a>, version: Version, secrets: Secrets) -> Json<'a> {
    let reason = packet.reason;
    Json::ConnAck {
        session_present: packet.session_present,
        code: match version {
            Version::V5_0 => reason.get(),
            Version::V3_1 | Version::V3_1_1 => reason.to_v3().unwrap_or(reason.get()),
        },
        properties: listed!(packet.properties, secrets),
    }
}

fn publish<'a>(packet: &Publish<'a>, secrets: Secrets) -> Json<'a> {
    let mut properties = listed!(packet.properties, secrets);
    // In Rust, the alias is a part of the topic. On the wire, the alias is a property.
    if let Some(alias) = packet.topic.alias() {
        const TOPIC_ALIAS: u8 = mqtt_wire::property::PropertyId::TopicAlias.get();
        let place = properties.partition_point(|(id, _)| *id < TOPIC_ALIAS);
        properties.insert(place, (TOPIC_ALIAS, Value(PropertyValue::Number(alias.get().into()), secrets)));
    }
    Json::Publish {
        dup: packet.delivery.dup(),
        qos: packet.delivery.qos().get(),
        retain: packet.retain,
        topic: packet.topic.name().map_or("", |name| name.as_str()),
        packet_id: packet.delivery.packet_id().map(PacketId::get),
        payload: Hex(packet.payload),
        properties,
    }
}

fn ack<'a, R>(packet: &Ack<'a, R>, reason: u8, secrets: Secrets) -> JsonAck<'a> {
    JsonAck { packet_id: packet.packet_id.get(), reason, properties: listed!(packet.properties, secrets) }
}

fn subscriptions<S: Serializer>(list: &Subscriptions<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(list.iter().map(|subscription| JsonSubscription {
        filter: subscription.filter.as_str(),
        qos: subscription.qos.get(),
        no_local: subscription.no_local,
        retain_as_published: subscription.retain_as_published,
        retain_handling: subscription.retain_handling.get(),
    }))
}

fn topic_filters<S: Serializer>(list: &List<'_, TopicFilter<'_>>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(list.iter().map(|filter| filter.as_str()))
}

fn subscribe_codes<S: Serializer>(list: &SubscribeReasons<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(list.iter().map(SubscribeReason::get))
}

fn unsubscribe_codes<S: Serializer>(
    list: &List<'_, UnsubscribeReason>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(list.iter().map(UnsubscribeReason::get))
}

/// The value of a property: a number, text, hex, or a pair for a User Property.
pub(crate) struct Value<'a>(PropertyValue<'a>, Secrets);

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            PropertyValue::Number(number) => serializer.serialize_u32(number),
            PropertyValue::Text(text) => serializer.serialize_str(text.as_str()),
            PropertyValue::Binary(binary) => Hex::of(binary).serialize(serializer),
            PropertyValue::Secret(secret) => Secret::new(secret.expose(), self.1).serialize(serializer),
            PropertyValue::Pair(pair) => (pair.name.as_str(), pair.value.as_str()).serialize(serializer),
            _ => Err(serde::ser::Error::custom("an unknown kind of property value")),
        }
    }
}

/// Bytes as lower-case hex.
pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl<'a> Hex<'a> {
    fn of(binary: Binary<'a>) -> Self {
        Self(binary.as_bytes())
    }
}

impl Serialize for Hex<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        // Hex is written in pieces: one call for each byte would take several times as long.
        let mut piece = [0; 64];
        for bytes in self.0.chunks(piece.len() / 2) {
            for (pair, byte) in piece.chunks_exact_mut(2).zip(bytes) {
                pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
            }
            f.write_str(std::str::from_utf8(&piece[..2 * bytes.len()]).map_err(|_| fmt::Error)?)?;
        }
        Ok(())
    }
}
