//! The client's own packet types. The users of the client know these types, perhaps from a time when the client
//! had another codec.
//!
//! The packets own their data and can outlive every buffer. Data that was validated once, by decoding or by the
//! constructors below, is not validated again when it is encoded:
//!
//! - a string is an `Owned<_, String>`. `get` borrows the string without a check;
//! - a list is a `ListBuf`, with one allocation for all items. Encoding copies the items unchanged;
//! - the payload is split from the buffer that was read from the socket, without a copy.

use bytes::{Buf, Bytes, BytesMut};
use mqtt_wire::list::ListBuf;
use mqtt_wire::owned::Owned;
use mqtt_wire::property::{self, PayloadFormat, SubscriptionId, UserProperty};
use mqtt_wire::reason::{PubAckReason, SubscribeReason};
use mqtt_wire::topic::TopicAlias;
use mqtt_wire::{
    Binary, DecodeError, Decoder, Delivery, Encode, EncodeError, Encoder, PacketId, Qos, Subscription, Text,
    Topic, TopicFilter, TopicName, ValueError,
};
use std::error::Error;
use std::fmt;

/// A validated string.
pub type OwnedText = Owned<Text<'static>, String>;
/// A validated Topic Name.
pub type OwnedTopic = Owned<TopicName<'static>, String>;
/// Validated pairs of strings.
pub type UserProperties = ListBuf<UserProperty<'static>, Vec<u8>>;

/// The packets that this client supports.
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
    /// Absent if a Topic Alias replaces the topic.
    pub topic: Option<OwnedTopic>,
    /// The Packet Identifier: 0 with QoS 0.
    pub pkid: u16,
    pub payload: Bytes,
    /// Boxed, because most packets have no properties and all packets are moved.
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
    pub properties: Option<PubAckProperties>,
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

/// The properties of a SUBACK are not kept.
#[derive(Debug, Clone, PartialEq)]
pub struct SubAck {
    pub pkid: u16,
    pub return_codes: Vec<SubscribeReason>,
}

/// Why a packet could not be read.
#[derive(Debug)]
pub enum ReadError {
    Malformed(DecodeError),
    /// The client does not support this packet.
    Unexpected(mqtt_wire::PacketType),
}

/// Why a packet could not be written.
#[derive(Debug, PartialEq)]
pub enum WriteError {
    /// With QoS 1 and 2, `pkid` must not be 0.
    PacketIdZero,
    /// A PUBLISH needs a topic or a Topic Alias.
    NoTopic,
    /// The packet is larger than the peer accepts, or the version cannot carry it.
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
    /// If the topic is empty, contains wildcards or U+0000, or is too long.
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
    /// If the filter is invalid.
    #[allow(dead_code, reason = "not every program that has these packets makes one")]
    pub fn new(filter: &str, qos: Qos) -> Result<Self, ValueError> {
        let filters = [Subscription::new(TopicFilter::new(filter)?, qos)].into_iter().collect();
        Ok(Self { pkid: 0, filters, id: None, user_properties: UserProperties::default() })
    }
}

/// Decoding: converts the packet that mqtt-wire has decoded in the buffer.
impl Packet {
    /// Removes the first packet from the buffer and returns it. Returns `None` if the packet is not complete.
    ///
    /// # Errors
    ///
    /// If the packet is malformed or not supported. A packet that is not supported is removed from the buffer. Of a malformed
    /// packet, the bytes that have arrived are removed, if its length is known. More of its bytes may follow, so close the
    /// connection after this error. (`mqtt_wire::stream::Remaining` can skip the bytes that follow.)
    #[inline]
    pub fn read(decoder: &mut Decoder, buffer: &mut BytesMut) -> Result<Option<Self>, ReadError> {
        // The packet takes 288 bytes, so it is matched by reference and not moved.
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
                let mut own = Publish::without_payload(publish);
                // The payload is the end of the packet, and is not copied.
                let mut bytes = buffer.split_to(len).freeze();
                bytes.advance(len - payload_len);
                own.payload = bytes;
                return Ok(Some(Self::Publish(own)));
            }
            mqtt_wire::Packet::PubAck(puback) => Self::PubAck(PubAck::of(puback)),
            mqtt_wire::Packet::Subscribe(subscribe) => Self::Subscribe(Subscribe::of(subscribe)),
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
    fn without_payload(publish: &mqtt_wire::Publish<'_>) -> Self {
        let (properties, alias) = (&publish.properties, publish.topic.alias());
        let none = alias.is_none() && properties.is_empty();
        Self {
            dup: publish.delivery.dup(),
            qos: publish.delivery.qos(),
            retain: publish.retain,
            topic: publish.topic.name().map(Into::into),
            pkid: publish.delivery.packet_id().map_or(0, PacketId::get),
            payload: Bytes::new(),
            properties: if none { None } else { Some(PublishProperties::of(properties, alias)) },
        }
    }
}

impl PublishProperties {
    /// Most packets have few of the properties. The others stay absent.
    #[inline(never)]
    fn of(properties: &property::PublishProperties<'_>, alias: Option<TopicAlias>) -> Box<Self> {
        let mut own = Box::<Self>::default();
        own.payload_format_indicator = properties.payload_format_indicator;
        own.message_expiry_interval = properties.message_expiry_interval;
        own.topic_alias = alias;
        own.response_topic = properties.response_topic.map(Into::into);
        own.correlation_data = properties.correlation_data.map(Into::into);
        if !properties.user_properties.is_empty() {
            own.user_properties = properties.user_properties.into();
        }
        if !properties.subscription_identifiers.is_empty() {
            own.subscription_identifiers = properties.subscription_identifiers.into();
        }
        own.content_type = properties.content_type.map(Into::into);
        own
    }
}

impl PubAck {
    #[inline]
    fn of(puback: &mqtt_wire::PubAck<'_>) -> Self {
        let (pkid, properties) = (puback.packet_id.get(), &puback.properties);
        let own = || PubAckProperties {
            reason_string: properties.reason_string.map(Into::into),
            user_properties: properties.user_properties.into(),
        };
        let properties = if properties.is_empty() { None } else { Some(own()) };
        Self { pkid, reason: puback.reason, properties }
    }
}

impl Subscribe {
    #[inline]
    fn of(subscribe: &mqtt_wire::Subscribe<'_>) -> Self {
        Self {
            pkid: subscribe.packet_id.get(),
            filters: subscribe.subscriptions.into(),
            id: subscribe.properties.subscription_identifier,
            user_properties: subscribe.properties.user_properties.into(),
        }
    }
}

/// Encoding: each packet is lent to mqtt-wire, which checks and copies it.
impl Packet {
    /// Appends the encoded packet to the buffer. The encoder has the version and the size limit.
    ///
    /// # Errors
    ///
    /// If the packet cannot be encoded. The buffer is then unchanged.
    // The writers of frequent packets become a part of this function. The other writers have `inline(never)`: as a part of this
    // function, they would slow down every packet.
    #[inline]
    pub fn write(&self, encoder: &Encoder, buffer: &mut BytesMut) -> Result<(), WriteError> {
        match self {
            Self::Publish(publish) => publish.write(encoder, buffer),
            Self::PubAck(puback) => puback.write(encoder, buffer),
            Self::Subscribe(subscribe) => subscribe.write(encoder, buffer),
            Self::SubAck(suback) => suback.write(encoder, buffer),
            Self::PingReq => append(&mqtt_wire::PingReq, encoder, buffer),
            Self::PingResp => append(&mqtt_wire::PingResp, encoder, buffer),
        }
    }
}

impl Publish {
    #[inline]
    fn write(&self, encoder: &Encoder, buffer: &mut BytesMut) -> Result<(), WriteError> {
        // If the compiler sees that there are no properties, it does not build them.
        match &self.properties {
            None => append(&self.lent(None)?, encoder, buffer),
            Some(own) => self.write_with_properties(own, encoder, buffer),
        }
    }

    #[inline(never)]
    fn write_with_properties(
        &self,
        own: &PublishProperties,
        encoder: &Encoder,
        buffer: &mut BytesMut,
    ) -> Result<(), WriteError> {
        let mut packet = self.lent(own.topic_alias)?;
        own.lend_to(&mut packet.properties);
        append_with_properties(&packet, encoder, buffer)
    }

    /// The packet without properties.
    #[inline]
    fn lent(&self, alias: Option<TopicAlias>) -> Result<mqtt_wire::Publish<'_>, WriteError> {
        let delivery = match self.qos {
            Qos::AtMostOnce => Delivery::AtMostOnce,
            qos => Delivery::new(qos, packet_id(self.pkid)?).with_dup(self.dup),
        };
        let topic =
            Topic::new(self.topic.as_ref().map(Owned::get), alias).map_err(|_| WriteError::NoTopic)?;
        let properties = property::PublishProperties::EMPTY;
        Ok(mqtt_wire::Publish { delivery, retain: self.retain, topic, properties, payload: &self.payload })
    }
}

impl PublishProperties {
    /// Most packets have few of the properties. The others stay as they are.
    #[inline]
    fn lend_to<'p>(&'p self, lent: &mut property::PublishProperties<'p>) {
        lent.payload_format_indicator = self.payload_format_indicator;
        lent.message_expiry_interval = self.message_expiry_interval;
        if let Some(topic) = &self.response_topic {
            lent.response_topic = Some(topic.get());
        }
        if let Some(data) = &self.correlation_data {
            lent.correlation_data = Some(data.get());
        }
        if !self.user_properties.is_empty() {
            lent.user_properties = self.user_properties.as_list();
        }
        if !self.subscription_identifiers.is_empty() {
            lent.subscription_identifiers = self.subscription_identifiers.as_list();
        }
        if let Some(text) = &self.content_type {
            lent.content_type = Some(text.get());
        }
    }
}

impl PubAck {
    #[inline]
    fn write(&self, encoder: &Encoder, buffer: &mut BytesMut) -> Result<(), WriteError> {
        let success = mqtt_wire::PubAck::new(packet_id(self.pkid)?);
        match &self.properties {
            None if self.reason == PubAckReason::Success => append(&success, encoder, buffer),
            None => append(&mqtt_wire::PubAck { reason: self.reason, ..success }, encoder, buffer),
            Some(own) => {
                let packet = mqtt_wire::PubAck { reason: self.reason, properties: own.lent(), ..success };
                append_with_properties(&packet, encoder, buffer)
            }
        }
    }
}

impl PubAckProperties {
    #[inline]
    fn lent(&self) -> property::AckProperties<'_> {
        property::AckProperties {
            reason_string: self.reason_string.as_ref().map(Owned::get),
            user_properties: self.user_properties.as_list(),
        }
    }
}

impl Subscribe {
    #[inline(never)]
    fn write(&self, encoder: &Encoder, buffer: &mut BytesMut) -> Result<(), WriteError> {
        let properties = property::SubscribeProperties {
            subscription_identifier: self.id,
            user_properties: self.user_properties.as_list(),
        };
        let subscriptions = self.filters.as_list();
        let packet = mqtt_wire::Subscribe { packet_id: packet_id(self.pkid)?, properties, subscriptions };
        append(&packet, encoder, buffer)
    }
}

impl SubAck {
    #[inline(never)]
    fn write(&self, encoder: &Encoder, buffer: &mut BytesMut) -> Result<(), WriteError> {
        append(&mqtt_wire::SubAck::new(packet_id(self.pkid)?, &self.return_codes), encoder, buffer)
    }
}

/// Encodes the lent packet to the end of the buffer.
#[inline]
fn append<P: Encode>(packet: &P, encoder: &Encoder, buffer: &mut BytesMut) -> Result<(), WriteError> {
    encoder.encode_to(packet, buffer).map(drop).map_err(WriteError::Encode)
}

/// [`append`] for a packet with properties. In a function of its own, the encoder reads the fields where they are needed. In
/// the caller, the compiler would read all fields first, which takes 5 % more time.
#[inline(never)]
fn append_with_properties<P: Encode>(
    packet: &P,
    encoder: &Encoder,
    buffer: &mut BytesMut,
) -> Result<(), WriteError> {
    append(packet, encoder, buffer)
}

#[inline]
fn packet_id(pkid: u16) -> Result<PacketId, WriteError> {
    PacketId::new(pkid).map_err(|_| WriteError::PacketIdZero)
}
