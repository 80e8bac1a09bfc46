//! Deviations of devices and brokers from the standard, which a decoder can tolerate.

use crate::error::{DecodeError, DecodeErrorKind as Kind};
use crate::field::{Field, PropertyId};
use crate::packet_type::PacketType;
use crate::value::PacketId;
use crate::version::{ProtocolName, Version};
use core::fmt;
use core::ops::{BitOr, BitOrAssign};

/// A set of deviations from the standard, for a [`Decoder`](crate::Decoder) to tolerate.
///
/// Devices and brokers in the field have these deviations, and not all of them can be repaired. By default
/// the decoder refuses all deviations. [`Decoder::tolerate`](crate::Decoder::tolerate) accepts the deviations
/// that you name, and [`Decoder::tolerated`](crate::Decoder::tolerated) gives the deviations of a packet. A
/// tolerated packet has only values that the types allow, and is encoded as a legal packet.
///
/// [`guide::tolerances`](crate::guide::tolerances) lists the devices, and the behaviour of other brokers.
///
/// ```
/// use mqtt_wire::{Decoder, Packet, Tolerances, Version};
///
/// // A SUBACK with the flags of the SUBSCRIBE.
/// let frame = b"\x92\x03\x00\x01\x00";
/// let mut decoder = Decoder::from_server(Version::V3_1_1);
/// assert!(decoder.decode(frame).is_err());
///
/// decoder = decoder.tolerate(Tolerances::ACK_FLAGS | Tolerances::MAXIMUM_QOS_2);
/// assert!(matches!(decoder.decode(frame)?, Some((Packet::SubAck(_), _))));
/// let tolerated = decoder.tolerated(frame);
/// assert_eq!(tolerated, Tolerances::ACK_FLAGS);
/// assert_eq!(tolerated.to_string(), "ack-flags");
/// # Ok::<(), mqtt_wire::DecodeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Tolerances(u32);

/// Makes a constant for each deviation from its bit, its name and its documentation.
macro_rules! tolerances {
    ($( $(#[$doc:meta])* $NAME:ident = $bit:literal, $name:literal; )*) => {
        impl Tolerances {
            $( $(#[$doc])* pub const $NAME: Self = Self(1 << $bit); )*

            /// All deviations.
            pub const ALL: Self = Self(0 $( | 1 << $bit )*);
        }

        /// Each deviation with its name.
        const NAMED: &[(Tolerances, &str)] = &[ $( (Tolerances::$NAME, $name), )* ];
    };
}

// A `Context` has these bits and the bits of its switches in one word. The switches have bits 0 to 7.
tolerances! {
    /// Wrong flags in the first byte of an acknowledgement. The decoder ignores the flags.
    ///
    /// The packets are PUBACK, PUBREC, PUBCOMP, SUBACK and UNSUBACK (\[MQTT-2.1.3-1\], in 3.1.1
    /// \[MQTT-2.2.2-1\]). Most often an acknowledgement repeats the flags of the packet that it answers:
    /// `42`, `92`, `b2`, `72`.
    ACK_FLAGS = 8, "ack-flags";
    /// Flags other than 0010 in PUBREL, SUBSCRIBE or UNSUBSCRIBE. The decoder ignores the flags.
    ///
    /// Examples are the first bytes `60`, `80` and `a0`, and first bytes with DUP (\[MQTT-3.6.1-1\],
    /// \[MQTT-3.8.1-1\], \[MQTT-3.10.1-1\]; 3.1 §3.6, §3.8, §3.10: QoS 1).
    REQUEST_FLAGS = 9, "request-flags";
    /// Flags in the first byte of a packet about the connection. The decoder ignores them.
    ///
    /// The packets are CONNECT, CONNACK, PINGREQ, PINGRESP, DISCONNECT and AUTH (\[MQTT-2.1.3-1\], in 3.1.1
    /// \[MQTT-2.2.2-1\]).
    CONNECTION_FLAGS = 10, "connection-flags";
    /// DUP in a PUBLISH with QoS 0 (\[MQTT-3.3.1-2\]). The decoder ignores DUP, as in 3.1.
    DUP_WITHOUT_QOS = 11, "dup-without-qos";
    /// A Remaining Length with more bytes than needed, in 5.0 (\[MQTT-1.5.5-1\]).
    ///
    /// The decoder accepts such a length, as in 3.1.1.
    PADDED_LENGTH = 12, "padded-length";
    /// Bytes after the last field of a packet. The decoder ignores these bytes.
    ///
    /// Examples are a Reason Code in a PUBACK or UNSUBACK of 3.1.1, and a User Name without the User Name
    /// Flag.
    LEFTOVER_BYTES = 13, "leftover-bytes";
    /// The Packet Identifier 0 in PUBLISH, PUBREL, SUBSCRIBE or UNSUBSCRIBE.
    ///
    /// The standard forbids this identifier (\[MQTT-2.2.1-3\], in 3.1.1 \[MQTT-2.3.1-1\]). The decoder
    /// replaces 0 by [`PACKET_ID_FOR_ZERO`](Self::PACKET_ID_FOR_ZERO). The sender waits for an
    /// acknowledgement with 0: [`broker::set_packet_id_zero`](crate::broker::set_packet_id_zero) sets the
    /// identifier of an encoded acknowledgement to 0.
    PACKET_ID_ZERO = 14, "packet-id-zero";
    /// The reserved bit of the Connect Flags (\[MQTT-3.1.2-3\]). The decoder ignores the bit.
    CONNECT_RESERVED_BIT = 15, "connect-reserved-bit";
    /// Will QoS or Will Retain without the Will Flag. The decoder ignores both: there is no will.
    ///
    /// The statements are \[MQTT-3.1.2-11\] and \[MQTT-3.1.2-13\], in 3.1.1 \[MQTT-3.1.2-13\] and
    /// \[MQTT-3.1.2-15\].
    WILL_FLAGS_WITHOUT_WILL = 16, "will-flags-without-will";
    /// An empty Will Topic (\[MQTT-4.7.3-1\], 3.1 Appendix A). The decoder leaves the will out.
    ///
    /// The other fields of the will must be legal.
    EMPTY_WILL_TOPIC = 17, "empty-will-topic";
    /// A Password without a User Name, before 5.0 (in 3.1.1 \[MQTT-3.1.2-22\]).
    ///
    /// The decoder adds an empty User Name.
    PASSWORD_WITHOUT_USER_NAME = 18, "password-without-user-name";
    /// The Protocol Name `MQTT` with level 3, or `MQIsdp` with level 4.
    ///
    /// The standard forbids both (\[MQTT-3.1.2-1\], \[MQTT-3.1.2-2\]). The level decides the version: 3.1 or
    /// 3.1.1.
    PROTOCOL_NAME_OF_OTHER_LEVEL = 19, "protocol-name-of-other-level";
    /// Reserved bits in the Subscription Options. The decoder ignores the bits, as in 3.1.
    ///
    /// In 5.0 these are bits 7 and 6 (\[MQTT-3.8.3-5\]), in 3.1.1 all bits except the QoS (\[MQTT-3.8.3-4\]).
    SUBSCRIPTION_RESERVED_BITS = 20, "subscription-reserved-bits";
    /// Session Present 1 in a CONNACK that refuses the connection. The decoder reads 0.
    ///
    /// The statement is \[MQTT-3.2.2-6\], in 3.1.1 \[MQTT-3.2.2-4\].
    SESSION_PRESENT_WITH_ERROR = 21, "session-present-with-error";
    /// A Maximum QoS of 2 in a CONNACK (5.0 §3.2.2.3.4).
    ///
    /// The decoder leaves the property out, because absent means 2.
    MAXIMUM_QOS_2 = 22, "maximum-qos-2";
    /// The value 0 in a property that excludes 0. The decoder leaves the property out.
    ///
    /// The properties are Receive Maximum, Maximum Packet Size, Topic Alias, and Subscription Identifier of a
    /// SUBSCRIBE (5.0 §3.1.2.11.3, §3.1.2.11.4, \[MQTT-3.3.2-8\], §3.8.2.1.2).
    ZERO_PROPERTIES = 23, "zero-properties";
    /// A repeated property that may occur only once (5.0 §3.1.2.11 and others).
    ///
    /// The decoder takes the first value.
    DUPLICATE_PROPERTIES = 24, "duplicate-properties";
    /// A property that the packet cannot have, or that this sender never sends.
    ///
    /// An example is a Subscription Identifier in a client's PUBLISH (\[MQTT-3.3.4-6\]). The decoder leaves
    /// the property out.
    MISPLACED_PROPERTIES = 25, "misplaced-properties";
    /// A Reason Code of 5.0 in a SUBACK of 3.1.1, such as 0x87 (\[MQTT-3.9.3-2\]).
    ///
    /// The decoder reads such a code as 0x80, the one failure code of 3.1.1.
    SUBACK_CODES = 26, "suback-codes";
    /// A DISCONNECT from the server before 5.0 (3.1.1 §3.14).
    SERVER_DISCONNECT = 27, "server-disconnect";
}

impl Tolerances {
    /// No deviation: the default.
    pub const NONE: Self = Self(0);

    /// The deviations of clients and devices: for a server.
    pub const DEVICES: Self = Self::ALL
        .without(Self::SESSION_PRESENT_WITH_ERROR)
        .without(Self::MAXIMUM_QOS_2)
        .without(Self::SUBACK_CODES)
        .without(Self::SERVER_DISCONNECT);

    /// The deviations of brokers: for a client.
    pub const BROKERS: Self = Self::ALL
        .without(Self::CONNECT_RESERVED_BIT)
        .without(Self::WILL_FLAGS_WITHOUT_WILL)
        .without(Self::EMPTY_WILL_TOPIC)
        .without(Self::PASSWORD_WITHOUT_USER_NAME)
        .without(Self::PROTOCOL_NAME_OF_OTHER_LEVEL)
        .without(Self::SUBSCRIPTION_RESERVED_BITS);

    /// The Packet Identifier that [`PACKET_ID_ZERO`](Self::PACKET_ID_ZERO) gives to a packet with 0: 32,768.
    ///
    /// A device that counts up from 0 reaches this identifier only after 32,768 packets.
    pub const PACKET_ID_FOR_ZERO: PacketId = match PacketId::new(0x8000) {
        Ok(id) => id,
        Err(_) => PacketId::MAX,
    };

    /// The deviations of this set and of the other set.
    #[must_use]
    #[inline]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The deviations that are not in the other set.
    #[must_use]
    #[inline]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether this set contains all deviations of the other set.
    #[must_use]
    #[inline]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether the set is empty.
    #[must_use]
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The deviations one by one.
    pub fn iter(self) -> impl Iterator<Item = Self> {
        NAMED.iter().map(|(each, _)| *each).filter(move |each| self.contains(*each))
    }

    /// The set with this name: a name that `Display` shows, or `devices`, `brokers`, `all`.
    ///
    /// ```
    /// use mqtt_wire::Tolerances;
    ///
    /// assert_eq!(Tolerances::by_name("maximum-qos-2"), Some(Tolerances::MAXIMUM_QOS_2));
    /// assert_eq!(Tolerances::by_name("brokers"), Some(Tolerances::BROKERS));
    /// assert_eq!(Tolerances::by_name("everything"), None);
    /// ```
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "devices" => Some(Self::DEVICES),
            "brokers" => Some(Self::BROKERS),
            "all" => Some(Self::ALL),
            _ => NAMED.iter().find(|named| named.1 == name).map(|named| named.0),
        }
    }

    #[inline]
    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    /// The set with these bits.
    pub(crate) const fn of_bits(bits: u32) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// The tolerance that accepts this violation in a packet of this type and version. Empty: none does.
    #[cold]
    pub(crate) fn for_violation(
        kind: Kind,
        field: Field,
        packet_type: PacketType,
        version: Option<Version>,
    ) -> Self {
        use PacketType as Type;
        match (kind, packet_type) {
            (Kind::InvalidFlags, packet_type) => of_flags(packet_type),
            (Kind::DupWithoutQos, _) => Self::DUP_WITHOUT_QOS,
            (Kind::VarintNotMinimal, _) if field == Field::RemainingLength => match version {
                Some(Version::V5_0) => Self::PADDED_LENGTH,
                _ => Self::NONE,
            },
            (Kind::LeftoverBytes, _) => Self::LEFTOVER_BYTES,
            (
                Kind::ZeroPacketIdentifier,
                Type::Publish | Type::PubRel | Type::Subscribe | Type::Unsubscribe,
            ) => Self::PACKET_ID_ZERO,
            (Kind::ReservedBits, Type::Connect) => Self::CONNECT_RESERVED_BIT,
            (Kind::ReservedBits, Type::Subscribe) => Self::SUBSCRIPTION_RESERVED_BITS,
            (Kind::WillQosWithoutWill | Kind::WillRetainWithoutWill, _) => Self::WILL_FLAGS_WITHOUT_WILL,
            (Kind::EmptyTopic, _) if field == Field::WillTopic => Self::EMPTY_WILL_TOPIC,
            (Kind::PasswordWithoutUserName, _) => Self::PASSWORD_WITHOUT_USER_NAME,
            (Kind::UnsupportedProtocolLevel { name, level }, _) if of_other_level(name, level).is_some() => {
                Self::PROTOCOL_NAME_OF_OTHER_LEVEL
            }
            (Kind::SessionPresentWithError, _) => Self::SESSION_PRESENT_WITH_ERROR,
            (Kind::InvalidPropertyValue | Kind::ZeroTopicAlias, _) => of_value(field, packet_type),
            (Kind::DuplicateProperty, _) => Self::DUPLICATE_PROPERTIES,
            (Kind::MisplacedProperty, _) => Self::MISPLACED_PROPERTIES,
            (Kind::WrongDirection, packet_type) => of_direction(field, packet_type),
            (Kind::InvalidReasonCode, Type::SubAck) if version == Some(Version::V3_1_1) => Self::SUBACK_CODES,
            _ => Self::NONE,
        }
    }
}

/// The tolerance that accepts this error.
pub(crate) fn deviation(error: &DecodeError) -> Tolerances {
    match error.packet_type {
        Some(packet_type) => Tolerances::for_violation(error.kind, error.field, packet_type, error.version),
        None => Tolerances::NONE,
    }
}

fn of_flags(packet_type: PacketType) -> Tolerances {
    match packet_type {
        PacketType::PubAck
        | PacketType::PubRec
        | PacketType::PubComp
        | PacketType::SubAck
        | PacketType::UnsubAck => Tolerances::ACK_FLAGS,
        PacketType::PubRel | PacketType::Subscribe | PacketType::Unsubscribe => Tolerances::REQUEST_FLAGS,
        _ => Tolerances::CONNECTION_FLAGS,
    }
}

fn of_value(property: Field, packet_type: PacketType) -> Tolerances {
    match property {
        Field::Property(PropertyId::MaximumQos) => Tolerances::MAXIMUM_QOS_2,
        Field::Property(
            PropertyId::ReceiveMaximum | PropertyId::MaximumPacketSize | PropertyId::TopicAlias,
        ) => Tolerances::ZERO_PROPERTIES,
        // In a PUBLISH the property is an item of a list. The list borrows the bytes, so no item can be left
        // out.
        Field::Property(PropertyId::SubscriptionIdentifier) if packet_type == PacketType::Subscribe => {
            Tolerances::ZERO_PROPERTIES
        }
        _ => Tolerances::NONE,
    }
}

fn of_direction(field: Field, packet_type: PacketType) -> Tolerances {
    match (field, packet_type) {
        (Field::Packet, PacketType::Disconnect) => Tolerances::SERVER_DISCONNECT,
        // A switch refuses this value, and no tolerance overrules a switch.
        (Field::Property(PropertyId::ServerReference), _) => Tolerances::NONE,
        (Field::Property(_), _) => Tolerances::MISPLACED_PROPERTIES,
        _ => Tolerances::NONE,
    }
}

/// The version of this level, if the name belongs to the other version of 3.x.
pub(crate) const fn of_other_level(name: ProtocolName, level: u8) -> Option<Version> {
    match (name, level) {
        (ProtocolName::Mqtt, 3) => Some(Version::V3_1),
        (ProtocolName::MqIsdp, 4) => Some(Version::V3_1_1),
        _ => None,
    }
}

impl BitOr for Tolerances {
    type Output = Self;

    #[inline]
    fn bitor(self, other: Self) -> Self {
        self.union(other)
    }
}

impl BitOrAssign for Tolerances {
    #[inline]
    fn bitor_assign(&mut self, other: Self) {
        *self = self.union(other);
    }
}

/// The names with commas between them, or `none`.
impl fmt::Display for Tolerances {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("none");
        }
        let names = NAMED.iter().filter(|(each, _)| self.contains(*each)).map(|(_, name)| name);
        names.enumerate().try_for_each(|(at, name)| {
            if at > 0 {
                f.write_str(", ")?;
            }
            f.write_str(name)
        })
    }
}

impl fmt::Debug for Tolerances {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tolerances({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tolerance_has_its_own_bit_and_name() {
        assert_eq!(Tolerances::ALL.iter().count(), NAMED.len());
        let mut all = Tolerances::NONE;
        for each in Tolerances::ALL.iter() {
            assert!(!each.is_empty() && each.bits().is_power_of_two() && each.bits() > 0xff);
            assert!(!all.contains(each), "{each} twice");
            all |= each;
            assert_eq!(Tolerances::by_name(&each.to_string()), Some(each));
            assert!((Tolerances::DEVICES | Tolerances::BROKERS).contains(each));
        }
        assert_eq!(all, Tolerances::ALL);
        assert_eq!(Tolerances::of_bits(u32::MAX), Tolerances::ALL);
        assert_eq!(Tolerances::PACKET_ID_FOR_ZERO.get(), 0x8000);
    }

    #[test]
    fn sets_are_shown_by_their_names() {
        let two = Tolerances::SERVER_DISCONNECT | Tolerances::ACK_FLAGS;
        assert_eq!(format!("{two:?}"), "Tolerances(ack-flags, server-disconnect)");
        assert_eq!(two.without(Tolerances::ACK_FLAGS).to_string(), "server-disconnect");
        assert_eq!(Tolerances::default().to_string(), "none");
        for (name, set) in
            [("all", Tolerances::ALL), ("devices", Tolerances::DEVICES), ("brokers", Tolerances::BROKERS)]
        {
            assert_eq!(Tolerances::by_name(name), Some(set));
        }
        assert_eq!(Tolerances::by_name("none"), None);
    }
}
