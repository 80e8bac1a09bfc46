//! Converts packets to another version, and reports all changes.
//!
//! ```
//! use mqtt_wire::convert::Conversion;
//! use mqtt_wire::reason::ConnectReason;
//! use mqtt_wire::{ConnAck, Version};
//!
//! let busy = ConnAck::new(ConnectReason::ServerBusy);
//! let converted = Conversion::new(Version::V5_0, Version::V3_1_1).convert(busy)?;
//! assert_eq!(converted.packet.reason, ConnectReason::ServerUnavailable);
//! println!("{}", converted.changes);
//! # Ok::<(), mqtt_wire::convert::ConvertError>(())
//! ```
//!
//! [`Conversion`] converts a packet, and [`Changes`] is the report.
//! [`guide::keeping_and_forwarding`](crate::guide::keeping_and_forwarding) has a bridge as an example.

mod changes;
mod table;

pub use changes::{Change, Changes};

use crate::field::{Field, PropertyId};
use crate::list::List;
use crate::packet::{
    Ack, AckReason, Auth, ConnAck, Connect, Disconnect, Failures, Options, Packet, Publish, SubAck,
    Subscribe, Topic, UnsubAck, Unsubscribe,
};
use crate::packet_type::PacketType;
use crate::property::{Properties, ReadProperties};
use crate::reason::{ConnectReason, DisconnectReason, SubscribeReason, UnsubscribeReason};
use crate::role::Role;
use crate::value::{RetainHandling, TopicFilter};
use crate::version::Version;
use core::fmt;

/// Converts packets from one version to another, for bridges and brokers.
///
/// Topic, payload and lists stay borrowed: nothing is copied or allocated. You can encode the result for the
/// target version. [`Changes`] reports the fields that were left out, replaced or added. If the target
/// version has no such packet, or needs a field that only the caller knows, the result is a [`ConvertError`].
///
/// ```
/// use mqtt_wire::convert::Conversion;
/// use mqtt_wire::{Encode, Packet, Version, decode};
///
/// // From a publisher of 5.0, with a Content Type and a Message Expiry Interval.
/// let bytes = b"\x30\x13\x00\x01a\x0b\x02\x00\x00\x00\x3c\x03\x00\x03t/phi!!";
/// let (packet, _) = decode(Version::V5_0, bytes)?.unwrap();
///
/// let converted = Conversion::new(Version::V5_0, Version::V3_1_1).convert(packet)?;
/// assert_eq!(
///     converted.changes.to_string(),
///     "Message Expiry Interval left out, Content Type left out"
/// );
///
/// let mut buffer = [0; 16];
/// assert_eq!(
///     converted.packet.encode(Version::V3_1_1, &mut buffer)?,
///     b"\x30\x07\x00\x01ahi!!"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # How each value changes
///
/// 5.0 can carry nearly every value of 3.x. The mark of a [bridge](crate::Connect::bridge) is left out. A
/// SUBSCRIBE or UNSUBSCRIBE has no counterpart if its list is empty (3.1), or if 5.0 forbids a filter, such
/// as `$share/+`.
///
/// Two values are implicit in 3.x. Clean Session 0 becomes a Session Expiry Interval of 0xFFFFFFFF. An
/// UNSUBACK needs its [`reasons`](UnsubAck::reasons) from the caller.
///
/// This table shows conversions to 3.1 and 3.1.1. "None" means that the result is an error.
///
/// | of 5.0 | becomes |
/// | --- | --- |
/// | properties, also those of the will | left out |
/// | Topic Alias | left out. If the PUBLISH has no Topic Name, the caller must first add the name |
/// | Clean Start, Session Expiry Interval 0 | Clean Session 1 |
/// | no Clean Start, Session Expiry Interval 0xFFFFFFFF | Clean Session 0. Other intervals are left out and reported |
/// | No Local, Retain As Published, Retain Handling | left out |
/// | Shared Subscription | the same filter, which has another meaning in 3.x |
/// | CONNACK 0x89, 0x97, 0x9C, 0x9D, 0x9F | return code 3, Server unavailable |
/// | CONNACK 0x8A, 0x8C | return code 5, Not authorized |
/// | CONNACK 0x80 to 0x83, 0x90, 0x95, 0x99 to 0x9B | none: close without a CONNACK (3.1.1 \[MQTT-3.2.2-6\]) |
/// | PUBACK and PUBREC 0x10, PUBREL and PUBCOMP 0x92 | success |
/// | PUBACK and PUBREC from 0x80 on | none: acknowledge the message although it was refused, or close (3.1.1 \[MQTT-3.3.5-2\]) |
/// | SUBACK from 0x80 on | 0x80; in 3.1 none |
/// | UNSUBACK 0x00 and 0x11 | success for all filters; from 0x80 on none |
/// | DISCONNECT 0x00 of a client | DISCONNECT |
/// | any other DISCONNECT | none: close without a DISCONNECT, so that the server publishes the will |
/// | AUTH | none |
///
/// 3.1 differs from 3.1.1: its CONNACK has no Session Present, its SUBACK has no failure, and its SUBSCRIBE
/// and UNSUBSCRIBE may have no filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Conversion {
    from: Version,
    to: Version,
    sender: Option<Role>,
}

impl Conversion {
    /// A conversion from the version of the packets to another version.
    ///
    /// If the two versions are the same, the conversion changes nothing.
    #[must_use]
    #[inline]
    pub const fn new(from: Version, to: Version) -> Self {
        Self { from, to, sender: None }
    }

    /// Sets the sender of the packets: by default, a client or a server.
    ///
    /// Before 5.0 a server sends no DISCONNECT. So the conversion of a server's DISCONNECT to 3.x fails.
    #[must_use]
    #[inline]
    pub const fn sender(self, sender: Role) -> Self {
        Self { sender: Some(sender), ..self }
    }

    /// Converts the packet, and reports the changes.
    ///
    /// If you can encode the packet for its own version, you can encode the result for the target version.
    /// There is one exception: 5.0 has more fields, so a packet near 268,435,455 bytes may become too large.
    ///
    /// ```
    /// use mqtt_wire::convert::{Change, Conversion};
    /// use mqtt_wire::inspect::Field;
    /// use mqtt_wire::reason::ConnectReason;
    /// use mqtt_wire::{ConnAck, Version};
    ///
    /// let busy = ConnAck::new(ConnectReason::ServerBusy);
    /// let converted = Conversion::new(Version::V5_0, Version::V3_1_1).convert(busy)?;
    /// assert_eq!(converted.packet.reason, ConnectReason::ServerUnavailable);
    /// let change = Change::Replaced { field: Field::ReasonCode, was: 0x89, is: 0x88 };
    /// assert!(converted.changes.iter().eq([change]));
    /// # Ok::<(), mqtt_wire::convert::ConvertError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ConvertError::NoCounterpart`] if the target version has no packet with this meaning, and
    /// [`ConvertError::Missing`] if the target version needs a field that the packet does not have.
    #[inline]
    pub fn convert<P: Convert>(&self, mut packet: P) -> Result<Changed<P>, ConvertError> {
        let mut changes = Changes::NONE;
        if self.from != self.to {
            packet.convert_packet(*self, &mut changes)?;
        }
        Ok(Changed { packet, changes })
    }

    /// The target version.
    #[inline]
    pub(crate) const fn target(self) -> Version {
        self.to
    }

    #[inline]
    const fn to_v5(self) -> bool {
        matches!(self.to, Version::V5_0)
    }

    #[inline]
    const fn is_from_v5(self) -> bool {
        matches!(self.from, Version::V5_0)
    }

    #[inline]
    const fn none(self, packet_type: PacketType, field: Field) -> ConvertError {
        ConvertError::NoCounterpart { packet_type, field, version: self.to }
    }
}

/// A packet that was converted or [made to fit](crate::broker::PeerLimits::fit), and its changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Changed<P> {
    /// The packet, which borrows from the same bytes as before.
    pub packet: P,
    /// The fields that were left out, replaced or added.
    pub changes: Changes,
}

/// The packets for [`Conversion`]: [`Packet`], and each type that differs between versions.
///
/// The trait is sealed.
#[allow(private_bounds, reason = "this seals the trait")]
pub trait Convert: ConvertPacket {}

/// Why a packet cannot be converted.
///
/// `Display` says what to do instead, for example to close without the packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConvertError {
    /// The version has no packet with this meaning.
    NoCounterpart {
        /// The packet.
        packet_type: PacketType,
        /// The field that has no counterpart.
        field: Field,
        /// The target version.
        version: Version,
    },
    /// The version needs a field that the packet does not have: set it, and convert again.
    Missing {
        /// The packet.
        packet_type: PacketType,
        /// The missing field: Topic Name, Reason Codes of an UNSUBACK, or User Name.
        ///
        /// A PUBLISH with only a Topic Alias needs the Topic Name. Before 5.0 a Password needs a User Name.
        field: Field,
        /// The target version.
        version: Version,
    },
}

impl fmt::Display for ConvertError {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NoCounterpart { packet_type, field: Field::PacketType, version } => {
                write!(f, "MQTT {version} has no such {packet_type}: {}", table::instead(packet_type))
            }
            Self::NoCounterpart { packet_type, field, version } => {
                let instead = table::instead(packet_type);
                write!(f, "MQTT {version} has no {packet_type} with this {field}: {instead}")
            }
            Self::Missing { packet_type, field, version } => {
                write!(f, "{packet_type} needs its {field} in MQTT {version}: add it first")
            }
        }
    }
}

impl core::error::Error for ConvertError {}

/// The conversion of each packet type, for two different versions.
pub(crate) trait ConvertPacket: Copy {
    fn convert_packet(&mut self, by: Conversion, changes: &mut Changes) -> Result<(), ConvertError>;
}

/// Before 5.0 there are no properties.
#[inline]
fn leave_out<'a, P: Properties + ReadProperties<'a>>(
    properties: &mut P,
    by: Conversion,
    changes: &mut Changes,
) {
    if !by.to_v5() {
        changes.note_properties(properties.present());
        *properties = P::empty();
    }
}

impl ConvertPacket for Connect<'_> {
    #[inline]
    fn convert_packet(&mut self, by: Conversion, changes: &mut Changes) -> Result<(), ConvertError> {
        self.version = by.to;
        if by.to_v5() {
            if self.bridge {
                self.bridge = false;
                changes.note(Change::Dropped(Field::ProtocolLevel));
            }
            self.lasting_session(changes);
            return Ok(());
        }
        // [MQTT-3.1.2-22] of 3.1.1: a Password needs a User Name
        if self.password.is_some() && self.user_name.is_none() {
            let (packet_type, field) = (PacketType::Connect, Field::UserName);
            return Err(ConvertError::Missing { packet_type, field, version: by.to });
        }
        if by.is_from_v5() {
            self.clean_session(changes);
        }
        leave_out(&mut self.properties, by, changes);
        if let Some(will) = &mut self.will {
            changes.note_will_properties(will.properties.present());
            will.properties = ReadProperties::empty();
        }
        Ok(())
    }
}

/// A session that never expires (5.0 §3.1.2.11.2).
const FOR_EVER: u32 = u32::MAX;

impl Connect<'_> {
    /// Clean Session 0 asks for a session that outlives the connection (3.1.1 §3.1.2.4); in 5.0 Clean Start 0
    /// alone does not (§3.1.2.11.2).
    #[inline]
    fn lasting_session(&mut self, changes: &mut Changes) {
        if !self.clean_start && self.properties.session_expiry_interval.is_none() {
            self.properties.session_expiry_interval = Some(FOR_EVER);
            changes.note(Change::Added(PropertyId::SessionExpiryInterval.into()));
        }
    }

    /// Clean Session 1 means Clean Start 1 with an interval of 0. Clean Session 0 means Clean Start 0 with an
    /// interval that never ends (5.0 §3.1.2.11.2). All other combinations are lost.
    #[inline]
    fn clean_session(&mut self, changes: &mut Changes) {
        match (self.clean_start, self.properties.session_expiry_interval) {
            (true, Some(0)) | (false, Some(FOR_EVER)) => self.properties.session_expiry_interval = None,
            (true, _) | (false, Some(1..)) => {}
            (false, None | Some(0)) => {
                self.properties.session_expiry_interval = None;
                changes.note(Change::NewMeaning(Field::CleanStart));
            }
        }
    }
}

impl ConvertPacket for ConnAck<'_> {
    #[inline]
    fn convert_packet(&mut self, by: Conversion, changes: &mut Changes) -> Result<(), ConvertError> {
        self.convert_session_present(by, changes);
        leave_out(&mut self.properties, by, changes);
        if !by.to_v5() && self.reason.to_v3().is_none() {
            let Some(nearest) = table::connack(self.reason) else {
                return Err(by.none(PacketType::ConnAck, Field::ReasonCode));
            };
            changes.note_code(self.reason.get(), nearest.get());
            self.reason = nearest;
        }
        Ok(())
    }
}

impl ConnAck<'_> {
    /// The CONNACK of 3.1 has no Session Present.
    #[inline]
    fn convert_session_present(&mut self, by: Conversion, changes: &mut Changes) {
        if by.from == Version::V3_1 && self.reason == ConnectReason::Success {
            changes.note(Change::Added(Field::SessionPresent));
        }
        if by.to == Version::V3_1 && self.session_present {
            self.session_present = false;
            changes.note(Change::Dropped(Field::SessionPresent));
        }
    }
}

impl ConvertPacket for Publish<'_> {
    #[inline]
    fn convert_packet(&mut self, by: Conversion, changes: &mut Changes) -> Result<(), ConvertError> {
        leave_out(&mut self.properties, by, changes);
        if by.to_v5() || self.topic.alias().is_none() {
            return Ok(());
        }
        let Some(name) = self.topic.name() else {
            let (packet_type, field) = (PacketType::Publish, Field::TopicName);
            return Err(ConvertError::Missing { packet_type, field, version: by.to });
        };
        self.topic = Topic::Name(name);
        changes.note(Change::Dropped(PropertyId::TopicAlias.into()));
        Ok(())
    }
}

impl<R: AckReason> ConvertPacket for Ack<'_, R> {
    #[inline]
    fn convert_packet(&mut self, by: Conversion, changes: &mut Changes) -> Result<(), ConvertError> {
        leave_out(&mut self.properties, by, changes);
        if by.to_v5() || self.reason == R::SUCCESS {
            return Ok(());
        }
        if !table::is_success_in_v3(R::PACKET_TYPE, self.reason.code()) {
            return Err(by.none(R::PACKET_TYPE, Field::ReasonCode));
        }
        changes.note_code(self.reason.code(), R::SUCCESS.code());
        self.reason = R::SUCCESS;
        Ok(())
    }
}

impl ConvertPacket for Subscribe<'_> {
    #[inline]
    fn convert_packet(&mut self, by: Conversion, changes: &mut Changes) -> Result<(), ConvertError> {
        leave_out(&mut self.properties, by, changes);
        let packet_type = PacketType::Subscribe;
        convert_filters(packet_type, self.subscriptions.iter().map(|each| each.filter), by, changes)?;
        if by.is_from_v5() {
            for each in self.subscriptions {
                changes.note_if(each.no_local, Change::Dropped(Field::NoLocal));
                changes.note_if(each.retain_as_published, Change::Dropped(Field::RetainAsPublished));
                let handled = each.retain_handling != RetainHandling::SendAtSubscribe;
                changes.note_if(handled, Change::Dropped(Field::RetainHandling));
            }
            self.subscriptions = self.subscriptions.normalized(Options::Qos);
        }
        Ok(())
    }
}

impl ConvertPacket for Unsubscribe<'_> {
    #[inline]
    fn convert_packet(&mut self, by: Conversion, changes: &mut Changes) -> Result<(), ConvertError> {
        leave_out(&mut self.properties, by, changes);
        convert_filters(PacketType::Unsubscribe, self.filters.iter(), by, changes)
    }
}

/// Filters keep their bytes. `$share/` begins a Shared Subscription in 5.0 only (§4.8.2). Only 3.1 allows an
/// empty list.
#[inline]
fn convert_filters<'a>(
    packet_type: PacketType,
    filters: impl Iterator<Item = TopicFilter<'a>>,
    by: Conversion,
    changes: &mut Changes,
) -> Result<(), ConvertError> {
    let mut empty = true;
    for filter in filters {
        empty = false;
        if by.to_v5() && filter.shared_subscription().is_err() {
            return Err(by.none(packet_type, Field::TopicFilter));
        }
        let shared = (by.to_v5() || by.is_from_v5()) && filter.is_shared();
        changes.note_if(shared, Change::NewMeaning(Field::TopicFilter));
    }
    match empty && by.to != Version::V3_1 {
        true => Err(by.none(packet_type, Field::TopicFilters)),
        false => Ok(()),
    }
}

impl ConvertPacket for SubAck<'_> {
    #[inline]
    fn convert_packet(&mut self, by: Conversion, changes: &mut Changes) -> Result<(), ConvertError> {
        leave_out(&mut self.properties, by, changes);
        if by.to_v5() {
            return Ok(());
        }
        for reason in self.reasons.iter().filter(|reason| reason.is_error()) {
            // 3.1 §3.9: the packet has a granted QoS for each filter, and no other code
            if by.to == Version::V3_1 {
                return Err(by.none(PacketType::SubAck, Field::ReasonCodes));
            }
            if reason != SubscribeReason::UnspecifiedError {
                changes.note_failure(reason.get());
            }
        }
        // 3.1.1 §3.9.3: 0x80 is the only failure
        self.reasons = self.reasons.normalized(Failures::Unspecified);
        Ok(())
    }
}

impl ConvertPacket for UnsubAck<'_> {
    #[inline]
    fn convert_packet(&mut self, by: Conversion, changes: &mut Changes) -> Result<(), ConvertError> {
        leave_out(&mut self.properties, by, changes);
        let packet_type = PacketType::UnsubAck;
        if by.to_v5() {
            // [MQTT-3.11.3-2] the packet has a code for each filter
            return match self.reasons.is_empty() {
                true => Err(ConvertError::Missing { packet_type, field: Field::ReasonCodes, version: by.to }),
                false => Ok(()),
            };
        }
        // 3.1.1 §3.11: the UNSUBACK itself means success for all filters
        if self.reasons.iter().any(UnsubscribeReason::is_error) {
            return Err(by.none(packet_type, Field::ReasonCodes));
        }
        let all_success = self.reasons.iter().all(|reason| reason == UnsubscribeReason::Success);
        changes.note_if(!all_success, Change::Dropped(Field::ReasonCodes));
        self.reasons = List::EMPTY;
        Ok(())
    }
}

impl ConvertPacket for Disconnect<'_> {
    #[inline]
    fn convert_packet(&mut self, by: Conversion, changes: &mut Changes) -> Result<(), ConvertError> {
        leave_out(&mut self.properties, by, changes);
        // 3.1.1 §3.14: only a client sends DISCONNECT
        if !by.to_v5() && by.sender == Some(Role::Server) {
            return Err(by.none(PacketType::Disconnect, Field::PacketType));
        }
        // 3.1.1 §3.14.4: a DISCONNECT discards the will; in 5.0 only the normal disconnection discards the will
        if !by.to_v5() && self.reason != DisconnectReason::NormalDisconnection {
            return Err(by.none(PacketType::Disconnect, Field::ReasonCode));
        }
        Ok(())
    }
}

impl ConvertPacket for Auth<'_> {
    #[inline]
    fn convert_packet(&mut self, by: Conversion, _: &mut Changes) -> Result<(), ConvertError> {
        match by.to_v5() {
            true => Ok(()),
            false => Err(by.none(PacketType::Auth, Field::PacketType)),
        }
    }
}

impl ConvertPacket for Packet<'_> {
    #[inline]
    fn convert_packet(&mut self, by: Conversion, changes: &mut Changes) -> Result<(), ConvertError> {
        match self {
            Self::Connect(packet) => packet.convert_packet(by, changes),
            Self::ConnAck(packet) => packet.convert_packet(by, changes),
            Self::Publish(packet) => packet.convert_packet(by, changes),
            Self::PubAck(packet) => packet.convert_packet(by, changes),
            Self::PubRec(packet) => packet.convert_packet(by, changes),
            Self::PubRel(packet) => packet.convert_packet(by, changes),
            Self::PubComp(packet) => packet.convert_packet(by, changes),
            Self::Subscribe(packet) => packet.convert_packet(by, changes),
            Self::SubAck(packet) => packet.convert_packet(by, changes),
            Self::Unsubscribe(packet) => packet.convert_packet(by, changes),
            Self::UnsubAck(packet) => packet.convert_packet(by, changes),
            Self::PingReq | Self::PingResp => Ok(()),
            Self::Disconnect(packet) => packet.convert_packet(by, changes),
            Self::Auth(packet) => packet.convert_packet(by, changes),
        }
    }
}

impl<P: ConvertPacket> Convert for P {}
