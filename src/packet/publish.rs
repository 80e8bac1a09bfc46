//! PUBLISH: an Application Message (§3.3).
//!
//! ```text
//! 3 DUP QoS QoS RETAIN | Remaining Length
//! Topic Name, if QoS > 0: Packet Identifier (u16), Properties (5.0)
//! Payload: all the rest
//! ```

mod delivery;
mod layout;
mod plain;
mod topic;

pub use delivery::Delivery;
pub(crate) use layout::{has_no_properties, len_before_payload, packet_id_at};
pub use topic::Topic;

use crate::encode::{Encoder, WritePacket};
use crate::error::{DecodeErrorKind as Kind, EncodeError};
use crate::field::{Field, PropertyId};
use crate::packet_type::PacketType;
use crate::property::{Properties, PropertyField, PublishProperties, ReadProperties, read_properties};
use crate::value::{PayloadFormat, TopicAlias, TopicName};
use crate::wire::reader::{Observer, ReadPacket, ReadResult, Reader};
use crate::wire::writer::Writer;

/// PUBLISH: an Application Message (§3.3).
///
/// The field [`delivery`](Self::delivery) holds QoS, Packet Identifier and DUP.
///
/// ```
/// use mqtt_wire::{Encode, Publish, Version, topic_name};
///
/// let publish =
///     Publish { retain: true, ..Publish::new(topic_name!("/status"), b"online") };
/// let mut buffer = [0; 32];
/// let bytes = publish.encode(Version::V3_1_1, &mut buffer).unwrap();
/// assert_eq!(bytes, b"\x31\x0f\x00\x07/statusonline");
/// ```
///
/// # Forwarding
///
/// A packet is `Copy`. To forward a PUBLISH, copy the decoded packet and change the fields that differ for
/// the receiver: QoS, identifier and DUP. Replace a Topic Alias by its Topic Name, because an alias is valid
/// only on its own connection. Leave properties out for 3.1 and 3.1.1.
///
/// ```
/// use mqtt_wire::property::{PublishProperties, SubscriptionId, UserProperty};
/// use mqtt_wire::{Delivery, PacketId, Publish, Qos, TopicName, text};
///
/// /// For a subscriber of 5.0, with more properties. `name` is the Topic Name.
/// fn in_v5<'a>(
///     publish: &Publish<'a>,
///     name: TopicName<'a>,
///     more: &'a [UserProperty<'a>],
/// ) -> Publish<'a> {
///     let mut properties = publish.properties;
///     // Appends a slice to the decoded list. `None`: the list already has a slice.
///     if let Some(both) = properties.user_properties.followed_by(more) {
///         properties.user_properties = both;
///     }
///     let delivery = Delivery::new(Qos::AtLeastOnce, PacketId::MIN);
///     Publish { delivery, retain: false, topic: name.into(), properties, ..*publish }
/// }
///
/// /// For a subscriber of 3.1.1.
/// fn in_v3<'a>(publish: &Publish<'a>, name: TopicName<'a>) -> Publish<'a> {
///     let delivery = Delivery::AtMostOnce;
///     let properties = PublishProperties::EMPTY;
///     Publish { delivery, retain: false, topic: name.into(), properties, ..*publish }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Publish<'a> {
    /// QoS, DUP and Packet Identifier.
    pub delivery: Delivery,
    /// The RETAIN flag.
    ///
    /// A server that receives the flag keeps the message for later subscribers. A client receives the flag
    /// with a retained message that a new subscription gets. With Retain As Published, the client also
    /// receives the flag that the publisher has set.
    pub retain: bool,
    /// The Topic Name, or a Topic Alias that stands for it.
    pub topic: Topic<'a>,
    /// The properties (5.0 only), without the Topic Alias.
    pub properties: PublishProperties<'a>,
    /// The Application Message, which may be empty.
    pub payload: &'a [u8],
}

const DUP: u8 = 0b1000;
const QOS: u8 = 0b0110;
const RETAIN: u8 = 0b0001;

/// The flags of the first byte, for dissection.
pub(crate) const FLAGS: [(Field, u8); 3] = [(Field::Dup, DUP), (Field::Qos, QOS), (Field::Retain, RETAIN)];

impl<'a> Publish<'a> {
    /// A PUBLISH with QoS 0, not retained, without properties.
    #[must_use]
    pub const fn new(topic: TopicName<'a>, payload: &'a [u8]) -> Self {
        Self {
            delivery: Delivery::AtMostOnce,
            retain: false,
            topic: Topic::Name(topic),
            properties: PublishProperties::EMPTY,
            payload,
        }
    }

    /// Whether the payload is UTF-8, if the Payload Format Indicator announces UTF-8.
    ///
    /// Without the indicator the result is true. A receiver MAY check the payload (5.0 §3.3.2.3.2), and
    /// refuse a wrong payload with Reason Code 0x99.
    #[must_use]
    pub fn payload_matches_format(&self) -> bool {
        self.properties.payload_format_indicator != Some(PayloadFormat::Utf8)
            || core::str::from_utf8(self.payload).is_ok()
    }
}

impl<'a> ReadPacket<'a> for Publish<'a> {
    const PACKET_TYPE: PacketType = PacketType::Publish;

    #[inline]
    fn read<O: Observer<'a>, const V5: bool>(reader: &mut Reader<'a, '_, O, V5>) -> ReadResult<Self> {
        let (flags, at) = (reader.first_byte(), reader.rest());
        let name = read_topic_name(reader)?;
        let delivery = read_delivery(flags, reader)?;
        let Block { properties, topic_alias } = read_properties(reader, Field::PropertyLength)?;
        // [MQTT-4.7.3-1] the topic has at least one character, or (5.0 §3.3.2.1) a Topic Alias
        let topic = Topic::new(name, topic_alias)
            .map_err(|_| reader.record(at, Kind::EmptyTopic, Field::TopicName))?;
        let (retain, payload) = (flags & RETAIN != 0, reader.payload());
        Ok(Self { delivery, retain, topic, properties, payload })
    }
}

impl WritePacket for Publish<'_> {
    fn packet_type(&self) -> PacketType {
        PacketType::Publish
    }

    #[inline]
    fn first_byte(&self) -> u8 {
        first_byte(&self.delivery, self.retain)
    }

    #[inline]
    fn check<const V5: bool>(&self, to: Encoder) -> Result<(), EncodeError> {
        if V5 {
            return to.check_sender(|role| self.properties.sent_by(role));
        }
        if self.topic.alias().is_some() {
            return Err(to.not_in_version(PropertyId::TopicAlias.into()));
        }
        to.check_absent(&self.properties)
    }

    #[inline]
    fn write<const V5: bool>(&self, out: &mut impl Writer) {
        // [MQTT-3.3.2-1] the Topic Name comes first; beside a Topic Alias it may be empty
        match self.topic {
            Topic::Name(name) | Topic::NameAndAlias(name, _) => out.prefixed(name.as_str().as_bytes()),
            Topic::Alias(_) => out.u16(0),
        }
        // [MQTT-2.2.1-2] QoS 0 has no Packet Identifier (3.1.1: [MQTT-2.3.1-5])
        match &self.delivery {
            Delivery::AtMostOnce => (),
            Delivery::AtLeastOnce { id, .. } | Delivery::ExactlyOnce { id, .. } => out.u16(id.get()),
        }
        if V5 {
            let alias = self.topic.alias();
            // A PUBLISH without properties is most often a `PlainPublish`, so here most blocks are not empty.
            out.block(
                || self.properties.len().wrapping_add(alias.len_with_id()),
                |out| {
                    self.properties.write(out);
                    alias.write(PropertyId::TopicAlias, out);
                },
            );
        }
    }

    #[inline]
    fn payload(&self) -> &[u8] {
        self.payload
    }
}

/// Type and flags.
// `delivery` is a reference, so that its parts are loaded apart. If a program stores the parts, and encoding loads them as
// one word at once, the load waits for the stores.
#[inline]
pub(crate) const fn first_byte(delivery: &Delivery, retain: bool) -> u8 {
    let (qos, dup) = match delivery {
        Delivery::AtMostOnce => (0, false),
        Delivery::AtLeastOnce { dup, .. } => (1, *dup),
        Delivery::ExactlyOnce { dup, .. } => (2, *dup),
    };
    PacketType::Publish.first_byte() | if dup { DUP } else { 0 } | qos << 1 | if retain { RETAIN } else { 0 }
}

/// Reads the Topic Name. `None`: the name is empty, which 5.0 allows with a Topic Alias.
#[inline]
fn read_topic_name<'a, O: Observer<'a>, const V5: bool>(
    reader: &mut Reader<'a, '_, O, V5>,
) -> ReadResult<Option<TopicName<'a>>> {
    if V5 && reader.rest().starts_with(&[0, 0]) {
        reader.prefixed(Field::TopicName)?;
        return Ok(None);
    }
    // [MQTT-3.3.2-1] [MQTT-3.3.2-2] the first field is a Topic Name, without wildcards
    reader.topic_name(Field::TopicName).map(Some)
}

#[inline]
fn read_delivery<'a, O: Observer<'a>, const V5: bool>(
    flags: u8,
    reader: &mut Reader<'a, '_, O, V5>,
) -> ReadResult<Delivery> {
    let dup = flags & DUP != 0;
    // [MQTT-2.2.1-2] [MQTT-2.2.1-3] [MQTT-2.2.1-4] only QoS 1 and 2 have a Packet Identifier
    Ok(match flags & QOS {
        0b0000 => Delivery::AtMostOnce,
        0b0010 => Delivery::AtLeastOnce { id: reader.packet_id_of_request()?, dup },
        _ => Delivery::ExactlyOnce { id: reader.packet_id_of_request()?, dup },
    })
}

/// The property block of a PUBLISH: the properties, and the Topic Alias, which becomes a part of `topic`.
struct Block<'a> {
    properties: PublishProperties<'a>,
    topic_alias: Option<TopicAlias>,
}

impl<'a> ReadProperties<'a> for Block<'a> {
    #[inline]
    fn empty() -> Self {
        Self { properties: PublishProperties::empty(), topic_alias: None }
    }

    #[inline]
    fn read<O: Observer<'a>, const V5: bool>(
        &mut self,
        id: PropertyId,
        at: &'a [u8],
        reader: &mut Reader<'a, '_, O, V5>,
    ) -> ReadResult<bool> {
        if id != PropertyId::TopicAlias {
            return self.properties.read(id, at, reader);
        }
        self.topic_alias.read(id, at, reader)?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{both_ways, not_written, reads_as, refused};
    use crate::topic_name;
    use crate::value::PacketId;
    use crate::version::Version;

    const HELLO: Publish<'static> = Publish::new(topic_name!("a"), b"hi");
    const ID: PacketId = PacketId::MIN;

    #[test]
    fn qos_dup_and_identifier_go_together() {
        for (delivery, bytes) in [
            (Delivery::AtMostOnce, &b"\x30\x05\x00\x01ahi"[..]),
            (Delivery::AtLeastOnce { id: ID, dup: false }, b"\x32\x07\x00\x01a\x00\x01hi"),
            (Delivery::AtLeastOnce { id: ID, dup: true }, b"\x3a\x07\x00\x01a\x00\x01hi"),
            (Delivery::ExactlyOnce { id: ID, dup: false }, b"\x34\x07\x00\x01a\x00\x01hi"),
            (Delivery::ExactlyOnce { id: ID, dup: true }, b"\x3c\x07\x00\x01a\x00\x01hi"),
        ] {
            both_ways(Version::V3_1_1, Publish { delivery, ..HELLO }, bytes);
        }
        both_ways(Version::V3_1, Publish { retain: true, ..HELLO }, b"\x31\x05\x00\x01ahi");
        reads_as(Version::V3_1, b"\x38\x05\x00\x01ahi", HELLO);
        refused(Version::V3_1_1, b"\x38\x05\x00\x01ahi", Kind::DupWithoutQos, 0);
        refused(Version::V3_1, b"\x36\x07\x00\x01a\x00\x01hi", Kind::InvalidQos, 0);
        refused(Version::V3_1_1, b"\x32\x05\x00\x01a\x00\x00", Kind::ZeroPacketIdentifier, 5);
        // Before 5.0 an empty topic is refused at once. In 5.0 a Topic Alias may follow the empty topic.
        refused(Version::V3_1_1, b"\x32\x02\x00\x00", Kind::EmptyTopic, 2);
        refused(Version::V5_0, b"\x32\x02\x00\x00", Kind::Missing, 4);
    }

    #[test]
    fn an_alias_comes_alone_or_with_a_topic_name() {
        let alias = TopicAlias::new(0x0102).expect("not 0");
        let set = Publish { topic: Topic::NameAndAlias(topic_name!("a"), alias), ..HELLO };
        both_ways(Version::V5_0, set, b"\x30\x09\x00\x01a\x03\x23\x01\x02hi");
        let used = Publish { topic: Topic::Alias(alias), ..HELLO };
        both_ways(Version::V5_0, used, b"\x30\x08\x00\x00\x03\x23\x01\x02hi");
        assert_eq!((used.topic.name(), used.topic.alias()), (None, Some(alias)));
        refused(Version::V5_0, b"\x30\x03\x00\x00\x00", Kind::EmptyTopic, 2);
        // The properties decide whether the topic may be empty, so the identifier is refused first.
        refused(Version::V5_0, b"\x32\x05\x00\x00\x00\x00\x00", Kind::ZeroPacketIdentifier, 4);
        let field = PropertyId::TopicAlias.into();
        not_written(Version::V3_1_1, used, EncodeError::NotInVersion { field, version: Version::V3_1_1 });
    }

    #[test]
    fn the_payload_is_not_the_properties() {
        both_ways(Version::V5_0, HELLO, b"\x30\x06\x00\x01a\x00hi");
        let expiry = PublishProperties { message_expiry_interval: Some(7), ..PublishProperties::EMPTY };
        let expires = Publish { properties: expiry, ..HELLO };
        both_ways(Version::V5_0, expires, b"\x30\x0b\x00\x01a\x05\x02\x00\x00\x00\x07hi");
        // The reader stops at the end of the properties. The reader does not take bytes of the payload as a value.
        refused(Version::V5_0, b"\x30\x09\x00\x01a\x03\x02\x00\x00\x00\x07", Kind::Missing, 7);
    }

    #[test]
    fn the_payload_may_be_marked_as_text() {
        let marked = |format, payload| {
            let properties =
                PublishProperties { payload_format_indicator: format, ..PublishProperties::EMPTY };
            Publish { properties, payload, ..HELLO }
        };
        assert!(marked(None, b"\xff").payload_matches_format());
        assert!(marked(Some(PayloadFormat::Unspecified), b"\xff").payload_matches_format());
        assert!(!marked(Some(PayloadFormat::Utf8), b"\xff").payload_matches_format());
        assert!(marked(Some(PayloadFormat::Utf8), b"\0").payload_matches_format());
    }
}
