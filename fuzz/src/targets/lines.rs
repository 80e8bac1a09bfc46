//! Writes the line of a packet for the log a second time, from the values of its fields.

use mqtt_wire::*;
use std::fmt::Display;

/// `Display` shows type, QoS, DUP, identifier, topic or first filter, counts, reason and Reason
/// String, with the values of the fields.
pub fn are_made_of_fields(packet: &Packet<'_>) {
    let (packet_type, line) = (packet.packet_type(), expected(packet));
    assert_eq!(packet.to_string(), format!("{packet_type}{line}"));
}

fn expected(packet: &Packet<'_>) -> String {
    match packet {
        Packet::Connect(it) => {
            let mut line = format!(" {}, client {:?}", it.version, it.client_id.as_str());
            line += &format!(", Keep Alive {} s", it.keep_alive);
            line += &flag(it.clean_start, "Clean Start");
            line += &flag(it.bridge, "bridge");
            line += &flag(it.user_name.is_some(), "with User Name");
            line += &flag(it.password.is_some(), "with Password");
            let Some(will) = it.will else { return line };
            let (topic, qos) = (will.topic.as_str(), will.qos.get());
            line += &format!(", will to {topic:?}, QoS {qos}{}", flag(will.retain, "RETAIN"));
            line + &format!(", payload of {}", count(will.payload.len(), "byte"))
        }
        Packet::ConnAck(it) => {
            let present = flag(it.session_present, "Session Present");
            format!(", {}{present}{}", it.reason, words(it.properties.reason_string))
        }
        Packet::Publish(it) => {
            let topic = match it.topic {
                Topic::Name(name) => format!("{:?}", name.as_str()),
                Topic::Alias(alias) => format!("alias {}", alias.get()),
                Topic::NameAndAlias(name, alias) => format!("{:?} (alias {})", name.as_str(), alias.get()),
            };
            let (qos, id, dup) = match it.delivery {
                Delivery::AtMostOnce => (0, None, false),
                Delivery::AtLeastOnce { id, dup } => (1, Some(id), dup),
                Delivery::ExactlyOnce { id, dup } => (2, Some(id), dup),
            };
            let id = id.map(|id| format!(", identifier {}", id.get())).unwrap_or_default();
            let flags = flag(dup, "DUP") + &flag(it.retain, "RETAIN");
            let payload = count(it.payload.len(), "byte");
            format!(" to {topic}, QoS {qos}{id}{flags}, payload of {payload}")
        }
        Packet::PubAck(it) => acknowledged(it.packet_id, it.reason, it.properties.reason_string),
        Packet::PubRec(it) => acknowledged(it.packet_id, it.reason, it.properties.reason_string),
        Packet::PubRel(it) => acknowledged(it.packet_id, it.reason, it.properties.reason_string),
        Packet::PubComp(it) => acknowledged(it.packet_id, it.reason, it.properties.reason_string),
        Packet::Subscribe(it) => {
            let all: Vec<_> = it.subscriptions.iter().collect();
            let filters: Vec<_> = all.iter().map(|each| each.filter).collect();
            let qos = all.first().map(|first| format!(" with QoS {}", first.qos.get()));
            listed(it.packet_id, &filters) + &qos.unwrap_or_default()
        }
        Packet::Unsubscribe(it) => listed(it.packet_id, &it.filters.iter().collect::<Vec<_>>()),
        Packet::SubAck(it) => {
            let codes: Vec<_> = it.reasons.iter().map(|code| (code.get(), code)).collect();
            let outcomes = outcomes(&codes, "granted");
            format!(", identifier {}{outcomes}{}", it.packet_id.get(), words(it.properties.reason_string))
        }
        Packet::UnsubAck(it) => {
            let codes: Vec<_> = it.reasons.iter().map(|code| (code.get(), code)).collect();
            let outcomes = if codes.is_empty() { String::new() } else { outcomes(&codes, "ended") };
            format!(", identifier {}{outcomes}{}", it.packet_id.get(), words(it.properties.reason_string))
        }
        Packet::PingReq | Packet::PingResp => String::new(),
        Packet::Disconnect(it) => format!(", {}{}", it.reason, words(it.properties.reason_string)),
        Packet::Auth(it) => {
            let method = it.properties.authentication_method;
            let method = method.map(|method| format!(", method {:?}", method.as_str())).unwrap_or_default();
            format!(", {}{method}{}", it.reason, words(it.properties.reason_string))
        }
    }
}

fn flag(is_set: bool, name: &str) -> String {
    if is_set { format!(", {name}") } else { String::new() }
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn words(reason_string: Option<Text<'_>>) -> String {
    reason_string.map(|words| format!(": {:?}", words.as_str())).unwrap_or_default()
}

fn acknowledged(id: PacketId, reason: impl Display, reason_string: Option<Text<'_>>) -> String {
    format!(", identifier {}, {reason}{}", id.get(), words(reason_string))
}

fn listed(id: PacketId, filters: &[TopicFilter<'_>]) -> String {
    let shown = match filters {
        [] => String::new(),
        [only] => format!(": {:?}", only.as_str()),
        [first, ..] => format!(", the first {:?}", first.as_str()),
    };
    format!(", identifier {}, {}{shown}", id.get(), count(filters.len(), "filter"))
}

fn outcomes<R: Display>(codes: &[(u8, R)], success: &str) -> String {
    let errors: Vec<_> = codes.iter().filter(|(code, _)| *code >= 0x80).collect();
    let shown = match errors.first() {
        Some((_, first)) => format!(", {} refused, the first as {first}", errors.len()),
        None => String::new(),
    };
    format!(", {} {success}{shown}", codes.len() - errors.len())
}
