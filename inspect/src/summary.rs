//! Summarises a packet in one line.

use crate::dump::text::{quoted, text_or_count};
use mqtt_wire::property::PropertyValue;
use mqtt_wire::{Ack, Connect, Delivery, Packet, PacketId, Publish, Subscription, Version, Will};
use std::fmt::Display;

pub(crate) fn of(packet: &Packet<'_>, version: Version, show_secrets: bool) -> String {
    let mut words = Words { list: Vec::new(), show_secrets };
    match packet {
        Packet::Connect(packet) => connect(packet, &mut words),
        Packet::ConnAck(packet) => {
            words.add(packet.reason);
            words.flag(packet.session_present, "session present");
            words.properties(|visit| packet.properties.for_each(visit));
        }
        Packet::Publish(packet) => publish(packet, &mut words),
        Packet::PubAck(packet) => ack(packet, packet.reason, &mut words),
        Packet::PubRec(packet) => ack(packet, packet.reason, &mut words),
        Packet::PubRel(packet) => ack(packet, packet.reason, &mut words),
        Packet::PubComp(packet) => ack(packet, packet.reason, &mut words),
        Packet::Subscribe(packet) => {
            words.id(packet.packet_id);
            packet.subscriptions.iter().for_each(|each| words.add(subscription(each)));
            words.properties(|visit| packet.properties.for_each(visit));
        }
        Packet::SubAck(packet) => {
            words.id(packet.packet_id);
            packet.reasons.iter().for_each(|reason| words.add(reason));
            words.properties(|visit| packet.properties.for_each(visit));
        }
        Packet::Unsubscribe(packet) => {
            words.id(packet.packet_id);
            packet.filters.iter().for_each(|filter| words.text(filter.as_str()));
            words.properties(|visit| packet.properties.for_each(visit));
        }
        Packet::UnsubAck(packet) => {
            words.id(packet.packet_id);
            packet.reasons.iter().for_each(|reason| words.add(reason));
            words.properties(|visit| packet.properties.for_each(visit));
        }
        Packet::PingReq | Packet::PingResp => {}
        Packet::Disconnect(packet) => {
            words.flag(version == Version::V5_0, packet.reason);
            words.properties(|visit| packet.properties.for_each(visit));
        }
        Packet::Auth(packet) => {
            words.add(packet.reason);
            words.properties(|visit| packet.properties.for_each(visit));
        }
    }
    words.list.join(", ")
}

fn connect(packet: &Connect<'_>, words: &mut Words) {
    words.add(packet.version);
    words.add(format!("client id {}", quoted(packet.client_id.as_str().as_bytes())));
    words.flag(
        packet.clean_start,
        if packet.version == Version::V5_0 { "clean start" } else { "clean session" },
    );
    words.add(format!("keep alive {} s", packet.keep_alive));
    if let Some(name) = packet.user_name {
        words.add(format!("user {}", quoted(name.as_str().as_bytes())));
    }
    if let Some(password) = packet.password {
        let shown =
            if words.show_secrets { quoted(password.expose().as_bytes()) } else { "hidden".to_owned() };
        words.add(format!("password {shown}"));
    }
    if let Some(will) = &packet.will {
        words.add(will_text(will));
        words.properties(|visit| will.properties.for_each(visit));
    }
    words.properties(|visit| packet.properties.for_each(visit));
    words.flag(packet.bridge, "bridge");
}

fn will_text(will: &Will<'_>) -> String {
    let retain = if will.retain { " retain" } else { "" };
    let topic = quoted(will.topic.as_str().as_bytes());
    format!("will {topic} QoS {}{retain} {}", will.qos.get(), preview(will.payload.as_bytes()))
}

fn publish(packet: &Publish<'_>, words: &mut Words) {
    if let Some(name) = packet.topic.name() {
        words.text(name.as_str());
    }
    if let Some(alias) = packet.topic.alias() {
        words.add(format!("alias {}", alias.get()));
    }
    words.add(format!("QoS {}", packet.delivery.qos().get()));
    if let Delivery::AtLeastOnce { id, .. } | Delivery::ExactlyOnce { id, .. } = packet.delivery {
        words.id(id);
    }
    words.flag(packet.delivery.dup(), "DUP");
    words.flag(packet.retain, "retain");
    words.properties(|visit| packet.properties.for_each(visit));
    words.add(preview(packet.payload));
}

fn ack<R: Display + Copy>(packet: &Ack<'_, R>, reason: R, words: &mut Words) {
    words.id(packet.packet_id);
    let reason = reason.to_string();
    words.flag(reason != "Success", reason);
    words.properties(|visit| packet.properties.for_each(visit));
}

fn subscription(subscription: Subscription<'_>) -> String {
    let mut text =
        format!("{} QoS {}", quoted(subscription.filter.as_str().as_bytes()), subscription.qos.get());
    for (is_set, option) in [
        (subscription.no_local, " no local"),
        (subscription.retain_as_published, " retain as published"),
        (subscription.retain_handling.get() == 1, " retained if new"),
        (subscription.retain_handling.get() == 2, " no retained"),
    ] {
        text.push_str(if is_set { option } else { "" });
    }
    text
}

/// Returns the beginning of the bytes, if it is text.
fn preview(payload: &[u8]) -> String {
    const SHOWN: usize = 40;
    let text = text_or_count(payload);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…\" ({} bytes)", &text[..end], payload.len()),
        None => text,
    }
}

struct Words {
    list: Vec<String>,
    show_secrets: bool,
}

impl Words {
    fn add(&mut self, word: impl Display) {
        self.list.push(word.to_string());
    }

    fn flag(&mut self, is_set: bool, word: impl Display) {
        if is_set {
            self.add(word);
        }
    }

    fn text(&mut self, text: &str) {
        self.add(quoted(text.as_bytes()));
    }

    fn id(&mut self, id: PacketId) {
        self.add(format!("id {}", id.get()));
    }

    fn properties<'a>(
        &mut self,
        for_each: impl FnOnce(&mut dyn FnMut(mqtt_wire::property::PropertyId, PropertyValue<'a>)),
    ) {
        let show_secrets = self.show_secrets;
        for_each(&mut |id, value| {
            let value = match value {
                PropertyValue::Number(number) => number.to_string(),
                PropertyValue::Text(text) => quoted(text.as_str().as_bytes()),
                PropertyValue::Binary(binary) => preview(binary.as_bytes()),
                PropertyValue::Secret(secret) if show_secrets => preview(secret.expose().as_bytes()),
                PropertyValue::Pair(pair) => {
                    let [name, value] = [pair.name, pair.value].map(|text| quoted(text.as_str().as_bytes()));
                    format!("{name} = {value}")
                }
                _ => "hidden".to_owned(),
            };
            self.list.push(format!("{id} {value}"));
        });
    }
}
