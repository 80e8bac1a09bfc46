//! The names and the values of fields.

use super::text::{after_length, count, hex, integer, prefixed_len, quoted, text_or_count, varint};
use super::{Page, Part};
use mqtt_wire::inspect::{Field, Format};
use mqtt_wire::reason::{
    AuthReason, ConnectReason, DisconnectReason, PubAckReason, PubCompReason, PubRecReason, PubRelReason,
    SubscribeReason, UnsubscribeReason,
};
use mqtt_wire::{PacketType, Version};

impl Page<'_> {
    /// Returns the standard's name of the field, in the version of the packet.
    pub(super) fn name(&self, field: Field) -> &'static str {
        match (field, self.version) {
            // Extra bytes that belong to no field.
            (Field::Packet, _) => "Left over",
            (_, None | Some(Version::V5_0)) => field.name(),
            (Field::CleanStart, _) => "Clean Session",
            (Field::WillPayload, _) => "Will Message",
            (Field::SubscriptionOptions, _) => "Requested QoS",
            (Field::ReasonCode, _) => "Return Code",
            (field, _) => field.name(),
        }
    }

    pub(super) fn value(&self, part: Part<'_>) -> String {
        let Part { field, bytes, .. } = part;
        match (field, field.format()) {
            (Field::PacketType, _) => with_meaning(part.bits(), self.packet_type),
            (Field::Qos | Field::WillQos, _) => with_meaning(part.bits(), qos(part.bits())),
            (Field::RetainHandling, _) => with_meaning(part.bits(), retain_handling(part.bits())),
            (_, Format::Bits) => part.bits().to_string(),
            (Field::ConnectFlags | Field::AcknowledgeFlags | Field::SubscriptionOptions, _) => {
                format!("0x{}", hex(bytes))
            }
            (Field::ProtocolLevel, _) => with_meaning(integer(bytes), protocol_version(bytes)),
            (Field::ReasonCode, _) => self.reason(bytes.first().copied().unwrap_or(0)),
            (Field::PropertyIdentifier, _) => format!("0x{:02x}", varint(bytes)),
            (_, Format::Byte | Format::TwoByteInteger | Format::FourByteInteger) => {
                integer(bytes).to_string()
            }
            (_, Format::VariableByteInteger) => varint(bytes).to_string(),
            (_, Format::Utf8String) => quoted(after_length(bytes)),
            (_, Format::Utf8StringPair) => {
                let (name, value) = bytes.split_at(prefixed_len(bytes).min(bytes.len()));
                format!("{} = {}", quoted(after_length(name)), quoted(after_length(value)))
            }
            (_, Format::Secret) if !self.options.show_secrets => {
                format!("hidden, {}", count(after_length(bytes).len()))
            }
            (_, Format::BinaryData | Format::Secret) => text_or_count(after_length(bytes)),
            (_, Format::Payload) => text_or_count(bytes),
            _ => count(bytes.len()),
        }
    }

    /// Formats the code and its meaning in this packet.
    fn reason(&self, code: u8) -> String {
        if self.version == Some(Version::V5_0) {
            let meaning = self.packet_type.and_then(|packet_type| meaning(packet_type, code));
            return match meaning {
                Some(meaning) => format!("0x{code:02x} ({meaning})"),
                None => format!("0x{code:02x}"),
            };
        }
        let meaning = match self.packet_type {
            Some(PacketType::ConnAck) => ConnectReason::from_v3(code).ok().map(|reason| reason.to_string()),
            Some(PacketType::SubAck) => SubscribeReason::new(code).ok().map(|reason| reason.to_string()),
            _ => None,
        };
        with_meaning(code, meaning)
    }
}

fn with_meaning(number: impl ToString, meaning: Option<impl ToString>) -> String {
    match meaning {
        Some(meaning) => format!("{} ({})", number.to_string(), meaning.to_string()),
        None => number.to_string(),
    }
}

/// Returns the version of a Protocol Level, with or without the bit of a bridge.
fn protocol_version(level: &[u8]) -> Option<Version> {
    let level = level.first()? & 0x7f;
    Version::ALL.into_iter().find(|version| version.level() == level)
}

fn qos(bits: u8) -> Option<&'static str> {
    ["at most once", "at least once", "exactly once"].get(usize::from(bits)).copied()
}

fn retain_handling(bits: u8) -> Option<&'static str> {
    ["at subscribe", "if new", "never"].get(usize::from(bits)).copied()
}

/// Returns the meaning of a Reason Code of 5.0.
fn meaning(packet_type: PacketType, code: u8) -> Option<String> {
    fn text<E>(reason: Result<impl ToString, E>) -> Option<String> {
        reason.ok().map(|reason| reason.to_string())
    }
    match packet_type {
        PacketType::ConnAck => text(ConnectReason::new(code)),
        PacketType::PubAck => text(PubAckReason::new(code)),
        PacketType::PubRec => text(PubRecReason::new(code)),
        PacketType::PubRel => text(PubRelReason::new(code)),
        PacketType::PubComp => text(PubCompReason::new(code)),
        PacketType::SubAck => text(SubscribeReason::new(code)),
        PacketType::UnsubAck => text(UnsubscribeReason::new(code)),
        PacketType::Disconnect => text(DisconnectReason::new(code)),
        PacketType::Auth => text(AuthReason::new(code)),
        _ => None,
    }
}
