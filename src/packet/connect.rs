//! CONNECT: a client requests a connection (§3.1), perhaps with a will.
//!
//! ```text
//! 10 | Remaining Length
//! Protocol Name, Protocol Level, Connect Flags, Keep Alive (u16), Properties (5.0)
//! Client Identifier, if Will Flag: Will Properties (5.0), Will Topic, Will Payload,
//! if User Name Flag: User Name, if Password Flag: Password
//! ```

mod protocol;

use crate::context::Switch;
use crate::encode::{Encoder, WritePacket};
use crate::error::{DecodeErrorKind as Kind, EncodeError, Inconsistency};
use crate::field::{Field, PropertyId};
use crate::packet::{Delivery, Publish, Topic};
use crate::packet_type::PacketType;
use crate::property::{
    ConnectProperties, PublishProperties, SubscriptionIds, WillProperties, read_properties, write_properties,
};
use crate::tolerance::Tolerances;
use crate::value::{Binary, Password, PayloadFormat, Qos, Text, TopicName};
use crate::version::{ProtocolName, Version};
use crate::wire::protocol::BRIDGE;
use crate::wire::reader::{ANY_TOPIC_NAME, Observer, ReadPacket, ReadResult, Reader};
use crate::wire::writer::Writer;
use protocol::read_protocol;

/// CONNECT: a client requests a connection (§3.1).
///
/// ```
/// use mqtt_wire::{Connect, Encode, Qos, Version, Will, binary, text, topic_name};
///
/// let connect = Connect {
///     client_id: text!("Client123"),
///     keep_alive: 60,
///     will: Some(Will {
///         qos: Qos::AtLeastOnce,
///         retain: true,
///         ..Will::new(topic_name!("/status"), binary!(b"Client123 is offline"))
///     }),
///     ..Connect::new(Version::V3_1_1)
/// };
/// let mut buffer = [0; 64];
/// let bytes = connect.encode(Version::V3_1_1, &mut buffer)?;
/// assert_eq!(bytes[9], 0b0010_1110); // Will Retain, Will QoS 1, Will Flag, Clean Session
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Connect<'a> {
    /// The version of the connection: Protocol Name and Protocol Level.
    pub version: Version,
    /// mosquitto's mark of a bridge: bit 7 of the Protocol Level, before 5.0.
    ///
    /// No version of the standard defines the bit. [`accept_bridge`](crate::Decoder::accept_bridge) lets the
    /// decoder accept the bit. Set the bit only for a broker that knows the bit, such as mosquitto.
    pub bridge: bool,
    /// Whether the server discards an earlier session (before 5.0: Clean Session).
    pub clean_start: bool,
    /// The longest time between two packets of the client, in seconds. 0 means no limit.
    pub keep_alive: u16,
    /// The properties (5.0 only).
    pub properties: ConnectProperties<'a>,
    /// The Client Identifier, which names the session.
    ///
    /// The server decides whether to accept the identifier. 3.1 demands 1 to 23 characters. In 3.1.1 an empty
    /// Client Identifier needs Clean Session 1.
    pub client_id: Text<'a>,
    /// The message that the server publishes if the client vanishes.
    pub will: Option<Will<'a>>,
    /// The User Name.
    pub user_name: Option<Text<'a>>,
    /// The Password. Before 5.0 a Password needs a User Name.
    pub password: Option<Password<'a>>,
}

/// The will: a message that the server publishes if the client [vanishes](crate::guide::wills) (§3.1.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Will<'a> {
    /// The QoS of the published message.
    pub qos: Qos,
    /// Whether the published message is retained.
    pub retain: bool,
    /// The properties (5.0 only).
    pub properties: WillProperties<'a>,
    /// The topic of the published message.
    pub topic: TopicName<'a>,
    /// The payload of the published message (3.x: Will Message). The payload may be empty.
    pub payload: Binary<'a>,
}

const USER_NAME: u8 = 0b1000_0000;
const PASSWORD: u8 = 0b0100_0000;
const WILL_RETAIN: u8 = 0b0010_0000;
const WILL_QOS: u8 = 0b0001_1000;
const WILL: u8 = 0b0000_0100;
const CLEAN_START: u8 = 0b0000_0010;
const RESERVED: u8 = 0b0000_0001;

const FLAGS: [(Field, u8); 7] = [
    (Field::UserNameFlag, USER_NAME),
    (Field::PasswordFlag, PASSWORD),
    (Field::WillRetain, WILL_RETAIN),
    (Field::WillQos, WILL_QOS),
    (Field::WillFlag, WILL),
    (Field::CleanStart, CLEAN_START),
    (Field::Reserved, RESERVED),
];

impl<'a> Connect<'a> {
    /// A CONNECT with Clean Start, an empty Client Identifier, Keep Alive 0, and nothing else.
    #[must_use]
    pub const fn new(version: Version) -> Self {
        Self {
            version,
            bridge: false,
            clean_start: true,
            keep_alive: 0,
            properties: ConnectProperties::EMPTY,
            client_id: Text::EMPTY,
            will: None,
            user_name: None,
            password: None,
        }
    }

    #[inline]
    fn flags(&self) -> u8 {
        let will = self
            .will
            .map_or(0, |will| WILL | will.qos.get() << 3 | if will.retain { WILL_RETAIN } else { 0 });
        will | if self.clean_start { CLEAN_START } else { 0 }
            | if self.user_name.is_some() { USER_NAME } else { 0 }
            | if self.password.is_some() { PASSWORD } else { 0 }
    }
}

impl<'a> ReadPacket<'a> for Connect<'a> {
    const PACKET_TYPE: PacketType = PacketType::Connect;

    #[inline]
    fn read<O: Observer<'a>, const V5: bool>(reader: &mut Reader<'a, '_, O, V5>) -> ReadResult<Self> {
        let (version, bridge) = read_protocol(reader)?;
        reader.version = version;
        reader.check_connect_header()?;
        let mut flags = read_connect_flags(reader)?;
        let keep_alive = reader.u16(Field::KeepAlive)?;
        let properties = read_connect_properties(reader)?;
        reader.validate_utf8_if_short();
        // [MQTT-3.1.3-3] the Client Identifier is always present
        let client_id = reader.text(Field::ClientIdentifier)?;
        // [MQTT-3.1.2-9] the Will Flag announces the fields of the will
        let mut will = if flags & WILL != 0 { Some(Will::read(&mut flags, reader)?) } else { None };
        // The context tolerates an empty Will Topic. Without a topic there is no will.
        if flags & WILL == 0 {
            will = None;
        }
        // [MQTT-3.1.2-17] [MQTT-3.1.2-19] flags announce User Name and Password (3.1.1: [MQTT-3.1.2-19] [-21])
        let mut user_name =
            if announced(flags & USER_NAME, reader) { Some(reader.text(Field::UserName)?) } else { None };
        let password = if announced(flags & PASSWORD, reader) { Some(read_password(reader)?) } else { None };
        // The context tolerates a Password without a User Name. An empty User Name makes the packet legal.
        if !V5 && password.is_some() && user_name.is_none() {
            user_name = Some(Text::EMPTY);
        }
        let clean_start = flags & CLEAN_START != 0;
        Ok(Self {
            version,
            bridge,
            clean_start,
            keep_alive,
            properties,
            client_id,
            will,
            user_name,
            password,
        })
    }
}

impl WritePacket for Connect<'_> {
    fn packet_type(&self) -> PacketType {
        PacketType::Connect
    }

    #[inline]
    fn check<const V5: bool>(&self, to: Encoder) -> Result<(), EncodeError> {
        if to.version != self.version || (self.bridge && V5) {
            return Err(to.not_in_version(Field::ProtocolLevel));
        }
        if !V5 {
            return self.check_v3(to);
        }
        // 5.0 §3.1.2.11.10: Authentication Data needs the method
        if self.properties.authentication_data.is_some() && self.properties.authentication_method.is_none() {
            return Err(EncodeError::Inconsistent(Inconsistency::AuthenticationDataWithoutMethod));
        }
        Ok(())
    }

    #[inline]
    fn write<const V5: bool>(&self, out: &mut impl Writer) {
        let level = self.version.level() | if self.bridge { BRIDGE } else { 0 };
        match self.version.protocol_name() {
            ProtocolName::MqIsdp => out.prefixed(b"MQIsdp"),
            ProtocolName::Mqtt => out.prefixed(b"MQTT"),
        }
        out.u8(level);
        out.u8(self.flags());
        out.u16(self.keep_alive);
        write_properties::<V5>(&self.properties, out);
        // [MQTT-3.1.3-1] the fields have this order
        out.prefixed(self.client_id.as_str().as_bytes());
        if let Some(will) = &self.will {
            will.write::<V5>(out);
        }
        if let Some(user_name) = self.user_name {
            out.prefixed(user_name.as_str().as_bytes());
        }
        if let Some(password) = self.password {
            out.prefixed(password.expose().as_bytes());
        }
    }
}

impl Connect<'_> {
    #[inline]
    fn check_v3(&self, to: Encoder) -> Result<(), EncodeError> {
        to.check_absent(&self.properties)?;
        if let Some(will) = &self.will {
            to.check_absent(&will.properties)?;
        }
        // [MQTT-3.1.2-22] of 3.1.1: a Password needs a User Name
        if self.password.is_some() && self.user_name.is_none() {
            return Err(EncodeError::Inconsistent(Inconsistency::PasswordWithoutUserName));
        }
        Ok(())
    }
}

impl<'a> Will<'a> {
    /// A will with QoS 0, not retained, without properties.
    #[must_use]
    pub const fn new(topic: TopicName<'a>, payload: Binary<'a>) -> Self {
        Self { qos: Qos::AtMostOnce, retain: false, properties: WillProperties::EMPTY, topic, payload }
    }

    /// The PUBLISH to send if the client vanishes, with this delivery.
    ///
    /// The PUBLISH has all properties of the will except the Will Delay Interval. For a receiver of 3.1 or
    /// 3.1.1, leave the properties out with `Publish { properties: PublishProperties::EMPTY,
    /// ..will.publish(delivery) }`.
    ///
    /// ```
    /// use mqtt_wire::{Delivery, PacketId, Will, binary, topic_name};
    ///
    /// let will =
    ///     Will { retain: true, ..Will::new(topic_name!("/status"), binary!(b"offline")) };
    /// let publish = will.publish(Delivery::AtLeastOnce { id: PacketId::MIN, dup: false });
    /// assert_eq!(publish.topic.name().unwrap(), "/status");
    /// assert_eq!(publish.payload, b"offline");
    /// assert!(publish.retain);
    /// ```
    #[must_use]
    pub const fn publish(&self, delivery: Delivery) -> Publish<'a> {
        let of_will = &self.properties;
        Publish {
            delivery,
            retain: self.retain,
            topic: Topic::Name(self.topic),
            properties: PublishProperties {
                payload_format_indicator: of_will.payload_format_indicator,
                message_expiry_interval: of_will.message_expiry_interval,
                content_type: of_will.content_type,
                response_topic: of_will.response_topic,
                correlation_data: of_will.correlation_data,
                user_properties: of_will.user_properties,
                // Each property is listed by its name, so that none is forgotten.
                subscription_identifiers: SubscriptionIds::EMPTY,
            },
            payload: self.payload.as_bytes(),
        }
    }

    /// Whether the payload is UTF-8, if the Payload Format Indicator announces UTF-8.
    ///
    /// Without the indicator the result is true. A server MAY check the payload (5.0 §3.1.3.2.3), and refuse
    /// a wrong payload with Reason Code 0x99.
    #[must_use]
    pub fn payload_matches_format(&self) -> bool {
        self.properties.payload_format_indicator != Some(PayloadFormat::Utf8)
            || core::str::from_utf8(self.payload.as_bytes()).is_ok()
    }

    /// Reads the will. If the context tolerates its empty topic, this function clears the Will Flag.
    #[inline]
    fn read<O: Observer<'a>, const V5: bool>(
        flags: &mut u8,
        reader: &mut Reader<'a, '_, O, V5>,
    ) -> ReadResult<Self> {
        let properties = read_properties(reader, Field::WillPropertyLength)?;
        // [MQTT-4.7.3-1] the topic is not empty
        let topic = if reader.leave_out_empty_topic(Tolerances::EMPTY_WILL_TOPIC, Field::WillTopic) {
            *flags &= !WILL;
            ANY_TOPIC_NAME
        } else {
            reader.topic_name(Field::WillTopic)?
        };
        let at = reader.rest();
        let payload = reader.binary(Field::WillPayload)?;
        // 3.1 §3.1: the Will Message is ASCII
        if reader.is_v3_1() && reader.context.has(Switch::RequireV3_1Text) && !payload.as_bytes().is_ascii() {
            reader.refuse(at, Kind::NotAscii, Field::WillPayload)?;
        }
        // `read_connect_flags` has refused a QoS of 3.
        let qos = Qos::new((*flags & WILL_QOS) >> 3).unwrap_or_default();
        Ok(Self { qos, retain: *flags & WILL_RETAIN != 0, properties, topic, payload })
    }

    #[inline]
    fn write<const V5: bool>(&self, out: &mut impl Writer) {
        write_properties::<V5>(&self.properties, out);
        out.prefixed(self.topic.as_str().as_bytes());
        out.prefixed(self.payload.as_bytes());
    }
}

#[inline]
fn read_connect_flags<'a, O: Observer<'a>, const V5: bool>(
    reader: &mut Reader<'a, '_, O, V5>,
) -> ReadResult<u8> {
    let at = reader.rest();
    let flags = reader.flags(Field::ConnectFlags, &FLAGS)?;
    let v3_1 = reader.is_v3_1();
    // [MQTT-3.1.2-3] the reserved bit is 0; in 3.1 it is not used
    if flags & RESERVED != 0 && !v3_1 {
        reader.refuse_unless(
            Tolerances::CONNECT_RESERVED_BIT,
            at,
            Kind::ReservedBits,
            Field::ConnectFlags,
        )?;
    }
    if flags & WILL != 0 {
        // [MQTT-3.1.2-12] Will QoS is not 3 (3.1.1: [MQTT-3.1.2-14])
        if flags & WILL_QOS == WILL_QOS {
            reader.refuse(at, Kind::InvalidQos, Field::WillQos)?;
        }
    } else if !v3_1 {
        // [MQTT-3.1.2-11] Will QoS is 0 without a will (3.1.1: also [MQTT-3.1.2-13])
        if flags & WILL_QOS != 0 {
            reader.refuse_unless(
                Tolerances::WILL_FLAGS_WITHOUT_WILL,
                at,
                Kind::WillQosWithoutWill,
                Field::WillQos,
            )?;
        }
        // [MQTT-3.1.2-13] Will Retain is 0 without a will (3.1.1: [MQTT-3.1.2-11] [MQTT-3.1.2-15])
        if flags & WILL_RETAIN != 0 {
            reader.refuse_unless(
                Tolerances::WILL_FLAGS_WITHOUT_WILL,
                at,
                Kind::WillRetainWithoutWill,
                Field::WillRetain,
            )?;
        }
    }
    // [MQTT-3.1.2-22] of 3.1.1, §2.2 of 3.1: a Password needs a User Name
    if flags & (USER_NAME | PASSWORD) == PASSWORD && !V5 {
        reader.refuse_unless(
            Tolerances::PASSWORD_WITHOUT_USER_NAME,
            at,
            Kind::PasswordWithoutUserName,
            Field::PasswordFlag,
        )?;
    }
    Ok(flags)
}

#[inline]
fn read_connect_properties<'a, O: Observer<'a>, const V5: bool>(
    reader: &mut Reader<'a, '_, O, V5>,
) -> ReadResult<ConnectProperties<'a>> {
    let properties: ConnectProperties<'a> = read_properties(reader, Field::PropertyLength)?;
    // 5.0 §3.1.2.11.10: Authentication Data needs the method
    if properties.authentication_data.is_some() && properties.authentication_method.is_none() {
        let method = Field::Property(PropertyId::AuthenticationMethod);
        reader.refuse(reader.rest(), Kind::AuthenticationMethodMissing, method)?;
    }
    Ok(properties)
}

/// Whether the field of this flag follows. In 3.1 the Remaining Length overrides the flag: if no bytes are
/// left, there is no field (3.1 §3.1).
#[inline]
fn announced<'a, O: Observer<'a>, const V5: bool>(flag: u8, reader: &Reader<'a, '_, O, V5>) -> bool {
    flag != 0 && !(reader.is_v3_1() && reader.is_empty())
}

#[inline]
fn read_password<'a, O: Observer<'a>, const V5: bool>(
    reader: &mut Reader<'a, '_, O, V5>,
) -> ReadResult<Password<'a>> {
    let at = reader.rest();
    let password = reader.binary(Field::Password)?;
    // 3.1 §3.1: the Password is a string
    if reader.is_v3_1()
        && reader.context.has(Switch::RequireV3_1Text)
        && core::str::from_utf8(password.as_bytes()).is_err()
    {
        reader.refuse(at, Kind::IllFormedUtf8, Field::Password)?;
    }
    Ok(password.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::Encode;
    use crate::test_support::{both_ways, not_written, reads_as, refused};
    use crate::{binary, text, topic_name};

    fn client123(version: Version) -> Connect<'static> {
        Connect { client_id: text!("Client123"), keep_alive: 60, ..Connect::new(version) }
    }

    fn will() -> Will<'static> {
        Will {
            qos: Qos::AtLeastOnce,
            retain: true,
            ..Will::new(topic_name!("/status"), binary!(b"Client123 is offline"))
        }
    }

    #[test]
    fn the_will_of_client123_in_every_version() {
        both_ways(
            Version::V3_1,
            Connect { will: Some(will()), ..client123(Version::V3_1) },
            b"\x10\x36\x00\x06MQIsdp\x03\x2e\x00\x3c\x00\x09Client123\x00\x07/status\x00\x14Client123 is offline",
        );
        both_ways(
            Version::V3_1_1,
            Connect { will: Some(will()), ..client123(Version::V3_1_1) },
            b"\x10\x34\x00\x04MQTT\x04\x2e\x00\x3c\x00\x09Client123\x00\x07/status\x00\x14Client123 is offline",
        );
        let delay = WillProperties { will_delay_interval: Some(5), ..WillProperties::EMPTY };
        let expiry = ConnectProperties { session_expiry_interval: Some(60), ..ConnectProperties::EMPTY };
        both_ways(
            Version::V5_0,
            Connect {
                properties: expiry,
                will: Some(Will { properties: delay, ..will() }),
                ..client123(Version::V5_0)
            },
            b"\x10\x40\x00\x04MQTT\x05\x2e\x00\x3c\x05\x11\x00\x00\x00\x3c\x00\x09Client123\
              \x05\x18\x00\x00\x00\x05\x00\x07/status\x00\x14Client123 is offline",
        );
    }

    #[test]
    fn every_flag_has_its_bit() {
        let least = Connect { clean_start: false, ..Connect::new(Version::V5_0) };
        let will = Will::new(topic_name!("w"), Binary::EMPTY);
        let with_will = |will| Connect { will: Some(will), ..least };
        for (flags, connect) in [
            (0b0000_0000, least),
            (0b0000_0010, Connect { clean_start: true, ..least }),
            (0b0000_0100, with_will(will)),
            (0b0000_1100, with_will(Will { qos: Qos::AtLeastOnce, ..will })),
            (0b0001_0100, with_will(Will { qos: Qos::ExactlyOnce, ..will })),
            (0b0010_0100, with_will(Will { retain: true, ..will })),
            (0b0100_0000, Connect { password: Password::new(b"p").ok(), ..least }),
            (0b1000_0000, Connect { user_name: Some(text!("u")), ..least }),
        ] {
            assert_eq!(connect.flags(), flags, "{connect:?}");
            let mut buffer = [0; 32];
            let bytes = connect.encode(Version::V5_0, &mut buffer).expect("enough space");
            reads_as(Version::V5_0, bytes, connect);
        }
    }

    #[test]
    fn a_will_becomes_a_publish() {
        let publish = will().publish(Delivery::AtMostOnce);
        assert_eq!(
            (publish.topic, publish.payload, publish.retain),
            (Topic::Name(topic_name!("/status")), &b"Client123 is offline"[..], true)
        );
    }

    #[test]
    fn the_payload_of_a_will_may_be_marked_as_text() {
        let marked = |format, payload| {
            let properties = WillProperties { payload_format_indicator: format, ..WillProperties::EMPTY };
            Will { properties, payload: Binary::new(payload).expect("short"), ..will() }
        };
        assert!(marked(None, b"\xff").payload_matches_format());
        assert!(marked(Some(PayloadFormat::Unspecified), b"\xff").payload_matches_format());
        assert!(!marked(Some(PayloadFormat::Utf8), b"\xff").payload_matches_format());
        assert!(marked(Some(PayloadFormat::Utf8), b"\0").payload_matches_format());
    }

    #[test]
    fn in_3_1_a_missing_field_overrides_its_flag() {
        let bytes = b"\x10\x0f\x00\x06MQIsdp\x03\xc2\x00\x00\x00\x01a";
        reads_as(Version::V3_1, bytes, Connect { client_id: text!("a"), ..Connect::new(Version::V3_1) });
        // If a byte of the field is there, the whole field must be there.
        let cut = b"\x10\x10\x00\x06MQIsdp\x03\xc2\x00\x00\x00\x01a\x00";
        refused(Version::V3_1, cut, Kind::Missing, 17);
    }

    #[test]
    fn a_connect_is_read_by_its_own_name_and_level() {
        let bytes = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x00\x00\x01a";
        let connect = Connect { client_id: text!("a"), ..Connect::new(Version::V3_1_1) };
        for version in Version::ALL {
            reads_as(version, bytes, connect);
        }
        let level = EncodeError::NotInVersion { field: Field::ProtocolLevel, version: Version::V5_0 };
        not_written(Version::V5_0, connect, level);
    }

    #[test]
    fn flags_and_length_are_checked_by_the_version_that_the_connect_names() {
        let in_v3_1 = b"\x1f\x8f\x00\x00\x06MQIsdp\x03\x02\x00\x00\x00\x01a";
        reads_as(Version::V5_0, in_v3_1, Connect { client_id: text!("a"), ..Connect::new(Version::V3_1) });
        let flags = b"\x11\x0d\x00\x04MQTT\x04\x02\x00\x00\x00\x01a";
        refused(Version::V3_1, flags, Kind::InvalidFlags, 0);
        let padded = b"\x10\x8e\x00\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x01a";
        refused(Version::V3_1, padded, Kind::VarintNotMinimal, 1);
    }
}
