//! `Display` for packets: a line for the log.
//!
//! The line has the type, QoS, DUP, identifier, topic or filter, the number of bytes or items, and the reason.
//! The line never has the payload, a user name, a password or Authentication Data. Strings are quoted and
//! escaped, because the peer chose them.

use super::{
    Ack, AckReason, Auth, ConnAck, Connect, Delivery, Disconnect, Packet, PingReq, PingResp, Publish, SubAck,
    Subscribe, Topic, UnsubAck, Unsubscribe, Will,
};
use crate::list::{Item, List};
use crate::packet_type::PacketType;
use crate::reason::{SubscribeReason, UnsubscribeReason};
use crate::value::{PacketId, Text, TopicFilter};
use core::fmt;

/// A line for the log, without payload and secrets.
///
/// Strings are quoted and escaped, so no peer can break the line.
///
/// ```
/// use mqtt_wire::{Delivery, Packet, Publish, packet_id, topic_name};
///
/// let delivery = Delivery::AtLeastOnce { id: packet_id!(7), dup: true };
/// let publish = Publish {
///     delivery,
///     retain: true,
///     ..Publish::new(topic_name!("/status"), b"online")
/// };
/// assert_eq!(
///     Packet::from(publish).to_string(),
///     r#"PUBLISH to "/status", QoS 1, identifier 7, DUP, RETAIN, payload of 6 bytes"#
/// );
/// ```
impl fmt::Display for Packet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(packet) => packet.fmt(f),
            Self::ConnAck(packet) => packet.fmt(f),
            Self::Publish(packet) => packet.fmt(f),
            Self::PubAck(packet) => packet.fmt(f),
            Self::PubRec(packet) => packet.fmt(f),
            Self::PubRel(packet) => packet.fmt(f),
            Self::PubComp(packet) => packet.fmt(f),
            Self::Subscribe(packet) => packet.fmt(f),
            Self::SubAck(packet) => packet.fmt(f),
            Self::Unsubscribe(packet) => packet.fmt(f),
            Self::UnsubAck(packet) => packet.fmt(f),
            Self::PingReq => PingReq.fmt(f),
            Self::PingResp => PingResp.fmt(f),
            Self::Disconnect(packet) => packet.fmt(f),
            Self::Auth(packet) => packet.fmt(f),
        }
    }
}

/// A line for the log, without user name and password.
impl fmt::Display for Connect<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, client_id, keep_alive, .. } = self;
        write!(f, "{} {version}, client {client_id:?}, Keep Alive {keep_alive} s", PacketType::Connect)?;
        flag(f, self.clean_start, "Clean Start")?;
        flag(f, self.bridge, "bridge")?;
        flag(f, self.user_name.is_some(), "with User Name")?;
        flag(f, self.password.is_some(), "with Password")?;
        self.will.map_or(Ok(()), |will| write!(f, ", {will}"))
    }
}

/// A part of a line for the log, without the payload.
impl fmt::Display for Will<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "will to {:?}, QoS {}", self.topic, self.qos)?;
        flag(f, self.retain, "RETAIN")?;
        write_payload_len(f, self.payload.as_bytes())
    }
}

/// A line for the log.
impl fmt::Display for ConnAck<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", PacketType::ConnAck, self.reason)?;
        flag(f, self.session_present, "Session Present")?;
        explanation(f, self.properties.reason_string)
    }
}

/// A line for the log, without the payload.
impl fmt::Display for Publish<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to ", PacketType::Publish)?;
        match self.topic {
            Topic::Name(name) => write!(f, "{name:?}")?,
            Topic::Alias(alias) => write!(f, "alias {alias}")?,
            Topic::NameAndAlias(name, alias) => write!(f, "{name:?} (alias {alias})")?,
        }
        write!(f, ", {}", self.delivery)?;
        flag(f, self.retain, "RETAIN")?;
        write_payload_len(f, self.payload)
    }
}

/// A part of a line for the log.
impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "QoS {}", self.qos())?;
        self.packet_id().map_or(Ok(()), |id| write!(f, ", identifier {id}"))?;
        flag(f, self.dup(), "DUP")
    }
}

/// A line for the log.
impl<R: AckReason + fmt::Display> fmt::Display for Ack<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        begin(f, R::PACKET_TYPE, self.packet_id)?;
        write!(f, ", {}", self.reason)?;
        explanation(f, self.properties.reason_string)
    }
}

/// A line for the log: the number of filters, and the first filter.
impl fmt::Display for Subscribe<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        begin(f, PacketType::Subscribe, self.packet_id)?;
        let first = self.subscriptions.iter().next();
        filters(f, self.subscriptions.len(), first.map(|subscription| subscription.filter))?;
        first.map_or(Ok(()), |subscription| write!(f, " with QoS {}", subscription.qos))
    }
}

/// A line for the log: the number of granted filters, and the first failure.
impl fmt::Display for SubAck<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        begin(f, PacketType::SubAck, self.packet_id)?;
        outcomes(f, self.reasons, SubscribeReason::is_error, "granted")?;
        explanation(f, self.properties.reason_string)
    }
}

/// A line for the log: the number of filters, and the first filter.
impl fmt::Display for Unsubscribe<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        begin(f, PacketType::Unsubscribe, self.packet_id)?;
        filters(f, self.filters.len(), self.filters.iter().next())
    }
}

/// A line for the log: the number of ended subscriptions, and the first failure.
impl fmt::Display for UnsubAck<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        begin(f, PacketType::UnsubAck, self.packet_id)?;
        // Before 5.0 UNSUBACK has no Reason Codes.
        if !self.reasons.is_empty() {
            outcomes(f, self.reasons, UnsubscribeReason::is_error, "ended")?;
        }
        explanation(f, self.properties.reason_string)
    }
}

/// A line for the log.
impl fmt::Display for PingReq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        PacketType::PingReq.fmt(f)
    }
}

/// A line for the log.
impl fmt::Display for PingResp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        PacketType::PingResp.fmt(f)
    }
}

/// A line for the log.
impl fmt::Display for Disconnect<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", PacketType::Disconnect, self.reason)?;
        explanation(f, self.properties.reason_string)
    }
}

/// A line for the log, without Authentication Data.
impl fmt::Display for Auth<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", PacketType::Auth, self.reason)?;
        self.properties.authentication_method.map_or(Ok(()), |method| write!(f, ", method {method:?}"))?;
        explanation(f, self.properties.reason_string)
    }
}

fn begin(f: &mut fmt::Formatter<'_>, packet_type: PacketType, id: PacketId) -> fmt::Result {
    write!(f, "{packet_type}, identifier {id}")
}

fn flag(f: &mut fmt::Formatter<'_>, is_set: bool, name: &str) -> fmt::Result {
    if is_set { write!(f, ", {name}") } else { Ok(()) }
}

fn write_payload_len(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    f.write_str(", payload of ")?;
    count(f, bytes.len(), "byte")
}

/// The Reason String, which is for people who read logs.
fn explanation(f: &mut fmt::Formatter<'_>, reason_string: Option<Text<'_>>) -> fmt::Result {
    reason_string.map_or(Ok(()), |words| write!(f, ": {words:?}"))
}

fn filters(f: &mut fmt::Formatter<'_>, len: usize, first: Option<TopicFilter<'_>>) -> fmt::Result {
    f.write_str(", ")?;
    count(f, len, "filter")?;
    match first {
        None => Ok(()),
        Some(first) if len == 1 => write!(f, ": {first:?}"),
        Some(first) => write!(f, ", the first {first:?}"),
    }
}

/// The number of successes, the number of failures, and the first failure.
fn outcomes<'a, R: Item<'a, N> + fmt::Display, N: Copy + PartialEq>(
    f: &mut fmt::Formatter<'_>,
    reasons: List<'a, R, N>,
    is_error: fn(R) -> bool,
    success: &str,
) -> fmt::Result {
    let failures = || reasons.iter().filter(|reason| is_error(*reason));
    let (refused, all) = (failures().count(), reasons.len());
    write!(f, ", {} {success}", all.saturating_sub(refused))?;
    match failures().next() {
        Some(first) => write!(f, ", {refused} refused, the first as {first}"),
        None => Ok(()),
    }
}

fn count(f: &mut fmt::Formatter<'_>, number: usize, what: &str) -> fmt::Result {
    write!(f, "{number} {what}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::property::{AckProperties, AuthProperties};
    use crate::reason::{AuthReason, ConnectReason, PubAckReason};
    use crate::value::{AuthenticationData, Password, Qos, TopicAlias, TopicName};
    use crate::version::Version;
    use crate::{PubAck, PubRel, Subscription, binary, text, topic_filter, topic_name};

    const ID: PacketId = PacketId::MAX;

    #[track_caller]
    fn shows<'a>(packet: impl Into<Packet<'a>>, line: &str) {
        assert_eq!(packet.into().to_string(), line);
    }

    #[test]
    fn connections() {
        let will =
            Will { qos: Qos::AtLeastOnce, retain: true, ..Will::new(topic_name!("/s"), binary!(b"secret")) };
        let connect = Connect {
            client_id: text!("a\nb"),
            keep_alive: 60,
            will: Some(will),
            user_name: Some(text!("secret")),
            password: Some(Password::new(b"secret").unwrap()),
            ..Connect::new(Version::V3_1_1)
        };
        shows(
            connect,
            "CONNECT 3.1.1, client \"a\\nb\", Keep Alive 60 s, Clean Start, with User Name, with Password, \
             will to \"/s\", QoS 1, RETAIN, payload of 6 bytes",
        );
        shows(
            ConnAck { session_present: true, ..ConnAck::new(ConnectReason::Success) },
            "CONNACK, Success, Session Present",
        );
        shows(ConnAck::new(ConnectReason::Banned), "CONNACK, Banned");
        shows(Disconnect::default(), "DISCONNECT, Normal disconnection");
        shows(PingReq, "PINGREQ");
        shows(PingResp, "PINGRESP");
        let properties = AuthProperties {
            authentication_method: Some(text!("SCRAM")),
            authentication_data: Some(AuthenticationData::new(b"secret").unwrap()),
            ..AuthProperties::EMPTY
        };
        shows(
            Auth { reason: AuthReason::ContinueAuthentication, properties },
            "AUTH, Continue authentication, method \"SCRAM\"",
        );
    }

    #[test]
    fn messages() {
        let topic = TopicName::new("a\u{1b}[2J").unwrap();
        let publish = Publish::new(topic, b"1");
        shows(publish, r#"PUBLISH to "a\u{1b}[2J", QoS 0, payload of 1 byte"#);
        let delivery = Delivery::ExactlyOnce { id: ID, dup: true };
        let alias = Topic::NameAndAlias(topic_name!("a"), TopicAlias::MAX);
        shows(
            Publish { delivery, topic: alias, payload: b"", ..publish },
            r#"PUBLISH to "a" (alias 65535), QoS 2, identifier 65535, DUP, payload of 0 bytes"#,
        );
        let alias = Topic::Alias(TopicAlias::MAX);
        shows(Publish { topic: alias, ..publish }, "PUBLISH to alias 65535, QoS 0, payload of 1 byte");
        shows(PubRel::new(ID), "PUBREL, identifier 65535, Success");
        let properties = AckProperties { reason_string: Some(text!("no\r\nway")), ..AckProperties::EMPTY };
        let reason = PubAckReason::NotAuthorized;
        shows(
            PubAck { reason, properties, ..PubAck::new(ID) },
            r#"PUBACK, identifier 65535, Not authorized: "no\r\nway""#,
        );
    }

    #[test]
    fn subscriptions() {
        let filters = [topic_filter!("a/#"), topic_filter!("b")];
        let subscriptions = filters.map(|filter| Subscription::new(filter, Qos::AtLeastOnce));
        let of = |len: usize| Subscribe::new(ID, &subscriptions[..len]);
        shows(of(1), r#"SUBSCRIBE, identifier 65535, 1 filter: "a/#" with QoS 1"#);
        shows(of(2), r#"SUBSCRIBE, identifier 65535, 2 filters, the first "a/#" with QoS 1"#);
        shows(of(0), "SUBSCRIBE, identifier 65535, 0 filters");
        shows(Unsubscribe::new(ID, &filters), r#"UNSUBSCRIBE, identifier 65535, 2 filters, the first "a/#""#);
        let reasons = [SubscribeReason::GrantedQos0, SubscribeReason::QuotaExceeded];
        shows(SubAck::new(ID, &reasons[..1]), "SUBACK, identifier 65535, 1 granted");
        shows(
            SubAck::new(ID, &reasons),
            "SUBACK, identifier 65535, 1 granted, 1 refused, the first as Quota exceeded",
        );
        shows(UnsubAck::new(ID, &[]), "UNSUBACK, identifier 65535");
        shows(UnsubAck::new(ID, &[UnsubscribeReason::Success]), "UNSUBACK, identifier 65535, 1 ended");
    }
}
