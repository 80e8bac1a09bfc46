//! Implements the documentation of [`Conversion`] a second time, and compares the two for each packet.

use super::operations::visit_properties;
use super::topics::shared;
use mqtt_wire::convert::{Change, Changed, ConvertError};
use mqtt_wire::inspect::Field;
use mqtt_wire::property::PropertyId;
use mqtt_wire::reason::ConnectReason;
use mqtt_wire::*;
use mqtt_wire_testkit::naive::{Fields, Value};
use mqtt_wire_testkit::packet_fields::fields_of;
use std::collections::HashSet;

/// A conversion refuses a field without a counterpart or changes the field, as documented. A conversion changes
/// no other field.
pub fn is_as_documented(
    packet: &Packet<'_>,
    from: Version,
    to: Version,
    converted: &Result<Changed<Packet<'_>>, ConvertError>,
) {
    let changes = converted.map(|converted| converted.changes.iter().collect::<HashSet<_>>());
    assert_eq!(changes, expected(packet, from, to), "{from} to {to}: {packet:?}");
}

fn expected(packet: &Packet<'_>, from: Version, to: Version) -> Result<HashSet<Change>, ConvertError> {
    let mut changes = HashSet::new();
    if from == to {
        return Ok(changes);
    }
    let (is_from_v5, is_to_v5) = (from == Version::V5_0, to == Version::V5_0);
    if is_from_v5 {
        changes.extend(properties(packet));
    }
    if let Some(field) = without_counterpart(packet, from, to) {
        return Err(ConvertError::NoCounterpart { packet_type: packet.packet_type(), field, version: to });
    }
    if let Some(field) = missing(packet, to) {
        return Err(ConvertError::Missing { packet_type: packet.packet_type(), field, version: to });
    }
    match packet {
        Packet::Connect(connect) if is_from_v5 => changes_of_clean_session(connect, &mut changes),
        Packet::Connect(connect) if is_to_v5 => {
            let added = Change::Added(PropertyId::SessionExpiryInterval.into());
            changes.extend((!connect.clean_start).then_some(added));
            changes.extend(connect.bridge.then_some(Change::Dropped(Field::ProtocolLevel)));
        }
        Packet::ConnAck(connack) => changes.extend(of_connack(connack, from, to)),
        Packet::Publish(publish) if is_from_v5 && publish.topic.alias().is_some() => {
            changes.insert(Change::Dropped(PropertyId::TopicAlias.into()));
        }
        Packet::PubAck(_) | Packet::PubRec(_) | Packet::PubRel(_) | Packet::PubComp(_) if is_from_v5 => {
            let replaced = |was| Change::Replaced { field: Field::ReasonCode, was, is: 0 };
            changes.extend(codes(packet).into_iter().filter(|code| *code != 0).map(replaced));
        }
        Packet::Subscribe(_) | Packet::Unsubscribe(_) => {
            changes.extend(of_filters(packet, is_from_v5 || is_to_v5))
        }
        Packet::SubAck(_) if !is_to_v5 => {
            let replaced = |was| Change::Replaced { field: Field::ReasonCodes, was, is: 0x80 };
            changes.extend(codes(packet).into_iter().filter(|code| *code > 0x80).map(replaced));
        }
        Packet::UnsubAck(_) if is_from_v5 && codes(packet).iter().any(|code| *code != 0) => {
            changes.insert(Change::Dropped(Field::ReasonCodes));
        }
        _ => {}
    }
    Ok(changes)
}

/// Returns the fields of a packet that was converted. Fields that are not named here keep their values.
pub fn fields_after<'a>(packet: &Packet<'a>, from: Version, to: Version) -> Fields<'a> {
    let mut fields = fields_of(packet);
    if from == to {
        return fields;
    }
    let is_code = |name: &str| name == "Reason Code";
    if to != Version::V5_0 {
        fields.retain(|(name, _)| PropertyId::ALL.iter().all(|id| id.name() != *name));
    }
    match packet {
        Packet::Connect(connect) => {
            let (protocol_name, level) =
                if to == Version::V3_1 { ("MQIsdp", 3) } else { ("MQTT", to.level()) };
            set(&mut fields, "Protocol Name", Value::Bytes(protocol_name.as_bytes()));
            set(&mut fields, "Protocol Level", Value::Number(level.into()));
            if to == Version::V5_0 {
                set(&mut fields, "Bridge", Value::Number(0));
                let place = fields.iter().position(|(name, _)| *name == "Keep Alive").expect("a CONNECT") + 1;
                let lasts = (PropertyId::SessionExpiryInterval.name(), Value::Number(u32::MAX));
                (!connect.clean_start).then(|| fields.insert(place, lasts));
            }
        }
        Packet::ConnAck(_) => {
            if to == Version::V3_1 {
                set(&mut fields, "Session Present", Value::Number(0));
            }
            if to != Version::V5_0 {
                change_each(&mut fields, is_code, |code| connack_code(code as u8).map_or(code, u32::from));
            }
        }
        Packet::PubAck(_) | Packet::PubRec(_) | Packet::PubRel(_) | Packet::PubComp(_)
            if to != Version::V5_0 =>
        {
            change_each(&mut fields, is_code, |_| 0);
        }
        Packet::Subscribe(_) if from == Version::V5_0 => {
            let is_option =
                |name: &str| matches!(name, "Retain Handling" | "Retain As Published" | "No Local");
            change_each(&mut fields, is_option, |_| 0);
        }
        Packet::SubAck(_) if to != Version::V5_0 => change_each(&mut fields, is_code, |code| code.min(0x80)),
        Packet::UnsubAck(_) if to != Version::V5_0 => fields.retain(|(name, _)| !is_code(name)),
        _ => {}
    }
    fields
}

fn set<'a>(fields: &mut Fields<'a>, wanted: &str, value: Value<'a>) {
    fields.iter_mut().filter(|(name, _)| *name == wanted).for_each(|field| field.1 = value);
}

fn change_each(fields: &mut Fields<'_>, is_meant: impl Fn(&str) -> bool, change: impl Fn(u32) -> u32) {
    for (name, value) in fields {
        match value {
            Value::Number(number) if is_meant(name) => *number = change(*number),
            _ => {}
        }
    }
}

/// Session Expiry Interval becomes Clean Session. A change is reported if Clean Session cannot
/// express the interval.
fn changes_of_clean_session(connect: &Connect<'_>, changes: &mut HashSet<Change>) {
    let interval = Change::Dropped(PropertyId::SessionExpiryInterval.into());
    match (connect.clean_start, connect.properties.session_expiry_interval) {
        (true, Some(0)) | (false, Some(u32::MAX)) => _ = changes.remove(&interval),
        (false, None | Some(0)) => {
            changes.remove(&interval);
            changes.insert(Change::NewMeaning(Field::CleanStart));
        }
        _ => {}
    }
}

fn of_connack(connack: &ConnAck<'_>, from: Version, to: Version) -> impl Iterator<Item = Change> {
    let was = connack.reason.get();
    let replaced = connack_code(was).filter(|is| from == Version::V5_0 && *is != was);
    let learnt = from == Version::V3_1 && connack.reason == ConnectReason::Success;
    let forgotten = to == Version::V3_1 && connack.session_present;
    let session = Field::SessionPresent;
    [
        replaced.map(|is| Change::Replaced { field: Field::ReasonCode, was, is }),
        learnt.then_some(Change::Added(session)),
        forgotten.then_some(Change::Dropped(session)),
    ]
    .into_iter()
    .flatten()
}

/// The bytes of filters stay. Only 5.0 has subscription options.
fn of_filters(packet: &Packet<'_>, is_of_v5: bool) -> Vec<Change> {
    let is_shared = is_of_v5 && filters(packet).any(|filter| filter.starts_with("$share/"));
    let mut changes = Vec::from_iter(is_shared.then_some(Change::NewMeaning(Field::TopicFilter)));
    let fields = fields_of(packet);
    for field in [Field::NoLocal, Field::RetainAsPublished, Field::RetainHandling] {
        let is_set = fields.iter().any(|(name, value)| *name == field.name() && *value != Value::Number(0));
        changes.extend(is_set.then_some(Change::Dropped(field)));
    }
    changes
}

/// Returns all properties of the packet, except the Topic Alias.
fn properties(packet: &Packet<'_>) -> HashSet<Change> {
    let mut dropped = HashSet::new();
    let mut own = *packet;
    if let Packet::Connect(Connect { will, .. }) = &mut own {
        if let Some(will) = will.take() {
            will.properties.for_each(|id, _| _ = dropped.insert(Change::DroppedFromWill(id)));
        }
    }
    visit_properties(&own, &mut |id, _| _ = dropped.insert(Change::Dropped(id.into())));
    dropped
}

/// Returns a field that the target version cannot express.
fn without_counterpart(packet: &Packet<'_>, from: Version, to: Version) -> Option<Field> {
    let is_to_v5 = to == Version::V5_0;
    let codes = codes(packet);
    let any_code = |is_meant: fn(u8) -> bool| codes.iter().any(|code| is_meant(*code));
    let (field, is_unknown) = match packet {
        Packet::ConnAck(_) => (Field::ReasonCode, !is_to_v5 && any_code(|code| connack_code(code).is_none())),
        // The code says that the receiver did not accept the message. 3.x has no code for it.
        Packet::PubAck(_) | Packet::PubRec(_) => {
            (Field::ReasonCode, !is_to_v5 && any_code(|code| code >= 0x80))
        }
        Packet::Subscribe(_) | Packet::Unsubscribe(_)
            if is_to_v5 && filters(packet).any(|it| shared(it).is_err()) =>
        {
            (Field::TopicFilter, true)
        }
        Packet::Subscribe(_) | Packet::Unsubscribe(_) => {
            (Field::TopicFilters, to != Version::V3_1 && filters(packet).next().is_none())
        }
        Packet::SubAck(_) => (Field::ReasonCodes, to == Version::V3_1 && any_code(|code| code >= 0x80)),
        Packet::UnsubAck(_) => (Field::ReasonCodes, !is_to_v5 && any_code(|code| code >= 0x80)),
        Packet::Disconnect(_) => (Field::ReasonCode, from == Version::V5_0 && any_code(|code| code != 0)),
        Packet::Auth(_) => (Field::PacketType, true),
        _ => return None,
    };
    is_unknown.then_some(field)
}

/// Returns a field that the target version requires and the packet lacks.
fn missing(packet: &Packet<'_>, to: Version) -> Option<Field> {
    let is_to_v5 = to == Version::V5_0;
    let (field, is_missing) = match packet {
        Packet::Connect(connect) => {
            (Field::UserName, !is_to_v5 && connect.password.is_some() && connect.user_name.is_none())
        }
        Packet::Publish(publish) => (Field::TopicName, !is_to_v5 && publish.topic.name().is_none()),
        Packet::UnsubAck(_) => (Field::ReasonCodes, is_to_v5 && codes(packet).is_empty()),
        _ => return None,
    };
    is_missing.then_some(field)
}

/// Returns the nearest return code of 3.x.
fn connack_code(code: u8) -> Option<u8> {
    match code {
        0 | 0x84..=0x88 => Some(code),
        0x89 | 0x97 | 0x9c | 0x9d | 0x9f => Some(0x88),
        0x8a | 0x8c => Some(0x87),
        _ => None,
    }
}

/// Returns all Reason Codes of the packet.
pub(super) fn codes(packet: &Packet<'_>) -> Vec<u8> {
    let code = |(name, value)| match value {
        Value::Number(code) if name == "Reason Code" => u8::try_from(code).ok(),
        _ => None,
    };
    fields_of(packet).into_iter().filter_map(code).collect()
}

fn filters<'a>(packet: &Packet<'a>) -> impl Iterator<Item = &'a str> {
    fields_of(packet).into_iter().filter_map(|(name, value)| match value {
        Value::Bytes(bytes) if name == "Topic Filter" => std::str::from_utf8(bytes).ok(),
        _ => None,
    })
}
