//! Warnings about packets that are legal but probably not intended.

use mqtt_wire::{Connect, Packet, Publish, Subscription, Version};
use std::collections::HashSet;

/// Returns the warnings for the author of this packet.
pub(crate) fn warnings(packet: &Packet<'_>) -> Vec<String> {
    let mut found = Vec::new();
    match packet {
        Packet::Connect(packet) => connect(packet, &mut found),
        Packet::Publish(packet) => publish(packet, &mut found),
        Packet::Subscribe(packet) => {
            let mut seen = HashSet::new();
            for Subscription { filter, .. } in packet.subscriptions.iter() {
                levels(filter.as_str(), "filter", &mut found);
                if !seen.insert(filter.as_str()) {
                    found.push(format!("the filter {filter:?} occurs twice: the last one counts"));
                }
            }
        }
        Packet::Unsubscribe(packet) => {
            for filter in packet.filters.iter() {
                levels(filter.as_str(), "filter", &mut found);
            }
        }
        Packet::Disconnect(packet) if packet.reason.get() == 0x8c => {
            found.push("DISCONNECT cannot have the Reason Code 0x8C (5.0 Table 3-10)".to_owned());
        }
        _ => {}
    }
    found
}

fn connect(packet: &Connect<'_>, found: &mut Vec<String>) {
    client_id(packet, found);
    if packet.keep_alive == 0 {
        found.push("Keep Alive is 0: the server never detects a dead connection".to_owned());
    }
    if packet.password.is_some() && packet.user_name.is_none() {
        found.push("a Password without a User Name: few servers use such a Password".to_owned());
    }
    if let Some(will) = &packet.will {
        levels(will.topic.as_str(), "Will Topic", found);
        if !will.payload_matches_format() {
            found.push("the will declares its payload as UTF-8, but the payload is not UTF-8".to_owned());
        }
        if will.retain && will.payload.is_empty() {
            found.push("the will is empty and retained: it removes the retained message".to_owned());
        }
    }
}

/// Checks the Client Identifier. Each version has its own rule for identifiers that a server may
/// refuse.
fn client_id(packet: &Connect<'_>, found: &mut Vec<String>) {
    let id = packet.client_id.as_str();
    let is_long = id.chars().count() > 23;
    let is_plain = id.chars().all(|c| c.is_ascii_alphanumeric());
    let section = if packet.version == Version::V5_0 { "5.0 §3.1.3.1" } else { "3.1.1 §3.1.3.1" };
    let text = match packet.version {
        Version::V3_1 if is_long || id.is_empty() => {
            let count = if is_long { "more than 23 characters" } else { "no characters" };
            format!(
                "the Client Identifier has {count}, but must have 1 to 23: a server refuses the client with return code 2 (3.1 §3.1)"
            )
        }
        Version::V3_1 => return,
        Version::V3_1_1 if id.is_empty() && !packet.clean_start => {
            "a persistent session without a Client Identifier: the server refuses the client with return code 2".to_owned()
        }
        _ if is_long => {
            format!("the Client Identifier has more than 23 characters: a server may refuse it ({section})")
        }
        _ if !is_plain => format!(
            "the Client Identifier has other characters than 0-9, a-z, A-Z: a server may refuse it ({section})"
        ),
        _ => return,
    };
    found.push(text);
}

fn publish(packet: &Publish<'_>, found: &mut Vec<String>) {
    if let Some(name) = packet.topic.name() {
        levels(name.as_str(), "topic", found);
        if name.as_str().starts_with('$') {
            found.push(
                "topics that begin with $ are for the server: clients should not use them (§4.7.2)"
                    .to_owned(),
            );
        }
    }
    if packet.retain && packet.payload.is_empty() {
        found.push("empty and retained: it removes the retained message".to_owned());
    }
    if !packet.payload_matches_format() {
        found.push("the packet declares its payload as UTF-8, but the payload is not UTF-8".to_owned());
    }
    if packet.properties.message_expiry_interval == Some(0) {
        found.push("Message Expiry Interval is 0: the message has expired already".to_owned());
    }
}

/// Checks for parts of a topic that are often a mistake.
fn levels(topic: &str, what: &str, found: &mut Vec<String>) {
    let mut warn = |is_there: bool, why: &str| {
        if is_there {
            found.push(format!("the {what} {topic:?} {why}"));
        }
    };
    warn(topic.len() > 1 && topic.ends_with('/'), "ends with /: the last level is empty");
    warn(topic.contains("//"), "has // in it: a level is empty");
    warn(topic.contains(char::is_whitespace), "has white space in it");
}
