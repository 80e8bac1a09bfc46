//! The client's own packets: what its users see, and may have seen before it was built on mqtt-wire.
//!
//! They own what they hold, and may outlive every buffer. What has been validated once, by decoding it or by the
//! constructors below, is not validated again when it is encoded:
//!
//! - a string is an `Owned<_, String>`, which `get` borrows for free;
//! - what repeats is a `ListBuf`: one allocation for all items, which are copied into the packet as they are;
//! - the payload is split off the buffer that came from the socket: nothing is copied.

use bytes::{Buf, Bytes, BytesMut};
use mqtt_wire::list::{List, ListBuf, Listed};
use mqtt_wire::owned::Owned;
use mqtt_wire::property::{self, PayloadFormat, SubscriptionId, UserProperty};
use mqtt_wire::reason::{PubAckReason, SubscribeReason};
use mqtt_wire::topic::TopicAlias;
use mqtt_wire::{
    Binary, DecodeError, Decoder, Delivery, EncodeError, Encoder, PacketId, Qos, Subscription, Text, Topic,
    TopicFilter, TopicName, ValueError,
};
use std::error::Error;
use std::fmt;

/// A string that was validated once.
pub type OwnedText = Owned<Text<'static>, String>;
/// A Topic Name that was validated once.
pub type OwnedTopic = Owned<TopicName<'static>, String>;
/// Pairs of strings that were validated once.
pub type UserProperties = ListBuf<UserProperty<'static>, Vec<u8>>;

/// The packets that this client knows.
#[derive(Debug, Clone, PartialEq)]
pub enum Packet {
    Publish(Publish),
    PubAck(PubAck),
    Subscribe(Subscribe),
    SubAck(SubAck),
    PingReq,
    PingResp,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Publish {
    pub dup: bool,
    pub qos: Qos,
    pub retain: bool,
    /// Absent where an alias stands for it.
    pub topic: Option<OwnedTopic>,
    /// 0 with QoS 0.
    pub pkid: u16,
    pub payload: Bytes,
    /// Boxed: most packets have none, and all are moved.
    pub properties: Option<Box<PublishProperties>>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct PublishProperties {
    pub payload_format_indicator: Option<PayloadFormat>,
    pub message_expiry_interval: Option<u32>,
    pub topic_alias: Option<TopicAlias>,
    pub response_topic: Option<OwnedTopic>,
    pub correlation_data: Option<Owned<Binary<'static>>>,
    pub user_properties: UserProperties,
    pub subscription_identifiers: ListBuf<SubscriptionId, Vec<u8>>,
    pub content_type: Option<OwnedText>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct PubAck {
    pub pkid: u16,
    pub reason: PubAckReason,
    pub properties: Option<Box<PubAckProperties>>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct PubAckProperties {
    pub reason_string: Option<OwnedText>,
    pub user_properties: UserProperties,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Subscribe {
    pub pkid: u16,
    pub filters: ListBuf<Subscription<'static>, Vec<u8>>,
    pub id: Option<SubscriptionId>,
    pub user_properties: UserProperties,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SubAck {
    pub pkid: u16,
    pub return_codes: Vec<SubscribeReason>,
}

/// Why a packet could not be read.
#[derive(Debug)]
pub enum ReadError {
    Malformed(DecodeError),
    /// It is a packet that this client does not know.
    Unexpected(mqtt_wire::PacketType),
}

/// Why a packet could not be written.
#[derive(Debug, PartialEq)]
pub enum WriteError {
    /// With QoS 1 and 2 `pkid` is not 0.
    PacketIdZero,
    /// A PUBLISH has a topic or an alias.
    NoTopic,
    /// It is larger than the peer takes, or the version cannot carry it.
    Encode(EncodeError),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => error.fmt(f),
            Self::Unexpected(packet_type) => write!(f, "this client does not know {packet_type}"),
        }
    }
}

impl Error for ReadError {}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PacketIdZero => f.write_str("with QoS 1 and 2 the Packet Identifier is not 0"),
            Self::NoTopic => f.write_str("a PUBLISH has a topic or an alias"),
            Self::Encode(error) => error.fmt(f),
        }
    }
}

impl Error for WriteError {}

impl Publish {
    /// Validates the topic.
    ///
    /// # Errors
    ///
    /// If it is empty, has wildcards or U+0000, or is too long.
    #[allow(dead_code, reason = "not every program that has these packets makes one")]
    pub fn new(topic: impl Into<String>, qos: Qos, payload: impl Into<Bytes>) -> Result<Self, ValueError> {
        let (topic, payload) = (Some(topic.into().try_into()?), payload.into());
        Ok(Self { dup: false, qos, retain: false, topic, pkid: 0, payload, properties: None })
    }
}

impl Subscribe {
    /// Validates the filter.
    ///
    /// # Errors
    ///
    /// If it is none.
    #[allow(dead_code, reason = "not every program that has these packets makes one")]
    pub fn new(filter: &str, qos: Qos) -> Result<Self, ValueError> {
        let filters = [Subscription::new(TopicFilter::new(filter)?, qos)].into_iter().collect();
        Ok(Self { pkid: 0, filters, id: None, user_properties: UserProperties::default() })
    }
}

/// Reading: from what mqtt-wire has decoded, while it lies in the buffer.
impl Packet {
    /// Takes the first packet from the buffer; `None` if it is not complete.
    ///
    /// # Errors
    ///
    /// If it is malformed, or not one of these packets. It has been taken from the buffer all the same, unless its length is
    /// not known.
    #[inline]
    pub fn read(decoder: &mut Decoder, buffer: &mut BytesMut) -> Result<Option<Self>, ReadError> {
        // Matched where it is: a packet takes 288 bytes, and is not moved.
        let decoded = &decoder.decode(buffer);
        let (packet, len) = match decoded {
            Ok(Some((packet, rest))) => (packet, buffer.len() - rest.len()),
            Ok(None) => return Ok(None),
            Err(error) => {
                let error = *error;
                buffer.advance(error.packet_len().unwrap_or_default().min(buffer.len()));
                return Err(ReadError::Malformed(error));
            }
        };
        let own = match packet {
            mqtt_wire::Packet::Publish(publish) => {
                let payload_len = publish.payload.len();
                let mut own = Publish::without_payload(publish, len - payload_len);
                // The payload is the end of the packet, and stays where it is.
                let mut bytes = buffer.split_to(len).freeze();
                bytes.advance(len - payload_len);
                own.payload = bytes;
                return Ok(Some(Self::Publish(own)));
            }
            mqtt_wire::Packet::PubAck(puback) => Self::PubAck(PubAck::of(puback, len)),
            mqtt_wire::Packet::Subscribe(subscribe) => Self::Subscribe(Subscribe::of(subscribe, len)),
            mqtt_wire::Packet::SubAck(suback) => Self::SubAck(SubAck {
                pkid: suback.packet_id.get(),
                return_codes: suback.reasons.iter().collect(),
            }),
            mqtt_wire::Packet::PingReq => Self::PingReq,
            mqtt_wire::Packet::PingResp => Self::PingResp,
            other => {
                let packet_type = other.packet_type();
                buffer.advance(len);
                return Err(ReadError::Unexpected(packet_type));
            }
        };
        buffer.advance(len);
        Ok(Some(own))
    }
}

impl Publish {
    #[inline]
    fn without_payload(publish: &mqtt_wire::Publish<'_>, head_len: usize) -> Self {
        let (properties, alias) = (&publish.properties, publish.topic.alias());
        let none = alias.is_none() && properties.is_empty();
        Self {
            dup: publish.delivery.dup(),
            qos: publish.delivery.qos(),
            retain: publish.retain,
            topic: publish.topic.name().map(Into::into),
            pkid: publish.delivery.packet_id().map_or(0, PacketId::get),
            payload: Bytes::new(),
            properties: if none {
                None
            } else {
                Some(Box::new(PublishProperties::of(properties, alias, head_len)))
            },
        }
    }
}

impl PublishProperties {
    #[inline(never)]
    fn of(properties: &property::PublishProperties<'_>, alias: Option<TopicAlias>, at_most: usize) -> Self {
        Self {
            payload_format_indicator: properties.payload_format_indicator,
            message_expiry_interval: properties.message_expiry_interval,
            topic_alias: alias,
            response_topic: properties.response_topic.map(Into::into),
            correlation_data: properties.correlation_data.map(Into::into),
            user_properties: list(properties.user_properties, at_most),
            subscription_identifiers: list(properties.subscription_identifiers, at_most),
            content_type: properties.content_type.map(Into::into),
        }
    }
}

impl PubAck {
    #[inline]
    fn of(puback: &mqtt_wire::PubAck<'_>, at_most: usize) -> Self {
        let (pkid, properties) = (puback.packet_id.get(), &puback.properties);
        let own = || PubAckProperties {
            reason_string: properties.reason_string.map(Into::into),
            user_properties: list(properties.user_properties, at_most),
        };
        let properties = if properties.is_empty() { None } else { Some(Box::new(own())) };
        Self { pkid, reason: puback.reason, properties }
    }
}

impl Subscribe {
    #[inline]
    fn of(subscribe: &mqtt_wire::Subscribe<'_>, at_most: usize) -> Self {
        Self {
            pkid: subscribe.packet_id.get(),
            filters: list(subscribe.subscriptions, at_most),
            id: subscribe.properties.subscription_identifier,
            user_properties: list(subscribe.properties.user_properties, at_most),
        }
    }
}

/// Copies the items, which take at most so many bytes, into one allocation; into none, if there are none.
#[inline]
fn list<'a, T: Listed>(items: List<'a, T::Of<'a>, T::Normalization>, at_most: usize) -> ListBuf<T, Vec<u8>> {
    if items.is_empty() {
        return ListBuf::default();
    }
    let mut list = ListBuf::new(Vec::with_capacity(at_most));
    // A Vec has room for all of them.
    let _ = list.extend(items);
    list
}

/// Writing: each packet is lent to mqtt-wire, which checks, measures and copies it.
impl Packet {
    /// Appends the packet to the buffer, in the version and up to the size of the encoder.
    ///
    /// # Errors
    ///
    /// If it cannot be written. The buffer is as it was.
    #[inline]
    pub fn write(&self, encoder: &Encoder, buffer: &mut BytesMut) -> Result<(), WriteError> {
        let written = match self {
            Self::Publish(publish) => encoder.encode_to(&publish.lent()?, buffer),
            Self::PubAck(puback) => encoder.encode_to(&puback.lent()?, buffer),
            Self::Subscribe(subscribe) => encoder.encode_to(&subscribe.lent()?, buffer),
            Self::SubAck(suback) => encoder
                .encode_to(&mqtt_wire::SubAck::new(packet_id(suback.pkid)?, &suback.return_codes), buffer),
            Self::PingReq => encoder.encode_to(&mqtt_wire::PingReq, buffer),
            Self::PingResp => encoder.encode_to(&mqtt_wire::PingResp, buffer),
        };
        written.map(drop).map_err(WriteError::Encode)
    }
}

impl Publish {
    #[inline]
    fn lent(&self) -> Result<mqtt_wire::Publish<'_>, WriteError> {
        let delivery = match self.qos {
            Qos::AtMostOnce => Delivery::AtMostOnce,
            qos => Delivery::new(qos, packet_id(self.pkid)?).with_dup(self.dup),
        };
        let (name, own) = (self.topic.as_ref().map(Owned::get), self.properties.as_deref());
        Ok(mqtt_wire::Publish {
            delivery,
            retain: self.retain,
            topic: Topic::new(name, own.and_then(|own| own.topic_alias)).map_err(|_| WriteError::NoTopic)?,
            properties: own.map_or(property::PublishProperties::EMPTY, PublishProperties::lent),
            payload: &self.payload,
        })
    }
}

impl PublishProperties {
    #[inline]
    fn lent(&self) -> property::PublishProperties<'_> {
        property::PublishProperties {
            payload_format_indicator: self.payload_format_indicator,
            message_expiry_interval: self.message_expiry_interval,
            response_topic: self.response_topic.as_ref().map(Owned::get),
            correlation_data: self.correlation_data.as_ref().map(Owned::get),
            user_properties: self.user_properties.as_list(),
            subscription_identifiers: self.subscription_identifiers.as_list(),
            content_type: self.content_type.as_ref().map(Owned::get),
        }
    }
}

impl PubAck {
    #[inline]
    fn lent(&self) -> Result<mqtt_wire::PubAck<'_>, WriteError> {
        let packet =
            mqtt_wire::PubAck { reason: self.reason, ..mqtt_wire::PubAck::new(packet_id(self.pkid)?) };
        let Some(own) = self.properties.as_deref() else { return Ok(packet) };
        let properties = property::AckProperties {
            reason_string: own.reason_string.as_ref().map(Owned::get),
            user_properties: own.user_properties.as_list(),
        };
        Ok(mqtt_wire::PubAck { properties, ..packet })
    }
}

impl Subscribe {
    #[inline]
    fn lent(&self) -> Result<mqtt_wire::Subscribe<'_>, WriteError> {
        let properties = property::SubscribeProperties {
            subscription_identifier: self.id,
            user_properties: self.user_properties.as_list(),
        };
        let subscriptions = self.filters.as_list();
        Ok(mqtt_wire::Subscribe { packet_id: packet_id(self.pkid)?, properties, subscriptions })
    }
}

#[inline]
fn packet_id(pkid: u16) -> Result<PacketId, WriteError> {
    PacketId::new(pkid).map_err(|_| WriteError::PacketIdZero)
}
