//! Tests the invariants of conversion, with a sample of every packet, from each version to each.

use allocation_counter::measure;
use mqtt_wire::convert::{Change, Changed, Changes, Conversion, ConvertError};
use mqtt_wire::inspect::Field;
use mqtt_wire::property::{ConnectProperties, PropertyId};
use mqtt_wire::reason::{ConnectReason, SubscribeReason, UnsubscribeReason};
use mqtt_wire::topic::TopicAlias;
use mqtt_wire::*;
use mqtt_wire_testkit::samples::{all_samples, bytes};
use std::collections::BTreeMap;

fn convert(packet: Packet<'_>, from: Version, to: Version) -> Result<Changed<Packet<'_>>, ConvertError> {
    Conversion::new(from, to).convert(packet)
}

/// Calls `check` with every sample, built and decoded, and every target version.
fn everywhere(mut check: impl FnMut(Packet<'_>, Version, Version)) {
    for (from, packet) in all_samples() {
        let bytes = bytes(&packet, from);
        let decoded = Decoder::new(from).accept_bridge(true).decode_frame(&bytes).expect("legal");
        for to in Version::ALL {
            check(packet, from, to);
            check(decoded, from, to);
        }
    }
}

#[test]
fn a_conversion_to_the_same_version_changes_nothing() {
    for (version, packet) in all_samples() {
        assert_eq!(convert(packet, version, version), Ok(Changed { packet, changes: Changes::NONE }));
    }
}

#[test]
fn a_converted_packet_is_encoded_and_decodes_to_the_same() {
    let mut converted = 0;
    everywhere(|packet, from, to| {
        if let Ok(Changed { packet, .. }) = convert(packet, from, to) {
            let bytes = bytes(&packet, to);
            let decoded = Decoder::new(to).accept_bridge(true).decode_frame(&bytes);
            assert_eq!(decoded, Ok(packet), "{from} to {to}");
            converted += 1;
        }
    });
    assert!(converted > 1000, "{converted}");
}

/// Every difference is reported, and every reported field differs.
#[test]
fn every_change_is_reported() {
    everywhere(|packet, from, to| {
        if let Ok(converted) = convert(packet, from, to) {
            let mut reported = Reported::from(converted.changes);
            let (before, after) = (facts(&packet, from), facts(&converted.packet, to));
            for key in before.keys().chain(after.keys()) {
                if before.get(key) != after.get(key) {
                    let is_reported = reported.reports(key, before.get(key), after.get(key));
                    assert!(
                        is_reported,
                        "{from} to {to}: {key} of {packet:.60?} is not in {:?}",
                        converted.changes
                    );
                }
            }
            assert_eq!(reported.not_seen(), [], "{from} to {to}: {packet:?}");
        }
    });
}

/// A conversion without reported changes can be reversed.
#[test]
fn a_conversion_without_changes_can_be_reversed() {
    let mut same = 0;
    everywhere(|packet, from, to| {
        if let Ok(Changed { packet: there, changes }) = convert(packet, from, to) {
            if changes.is_empty() {
                // 3.x has no codes in UNSUBACK: the packet means success for all filters.
                let Ok(back) = convert(there, to, from) else {
                    return assert_eq!(packet.packet_type(), PacketType::UnsubAck);
                };
                assert_eq!(
                    without_an_interval_of_0(back.packet),
                    without_an_interval_of_0(packet),
                    "{from} to {to}"
                );
                same += 1;
            }
        }
    });
    assert!(same > 300, "{same}");
}

/// An absent interval means 0 (5.0 §3.1.2.11.2).
fn without_an_interval_of_0(mut packet: Packet<'_>) -> Packet<'_> {
    if let Packet::Connect(connect) = &mut packet {
        let interval = &mut connect.properties.session_expiry_interval;
        *interval = interval.filter(|seconds| *seconds != 0);
    }
    packet
}

#[test]
fn nothing_is_allocated() {
    everywhere(|packet, from, to| {
        let count = measure(|| {
            if let Ok(converted) = convert(packet, from, to) {
                assert!(converted.packet.encoded_len(to).is_ok());
                assert_eq!(converted.changes.iter().count() == 0, converted.changes.is_empty());
            }
        });
        assert_eq!(count.count_total, 0, "{from} to {to}: {packet:?}");
    });
}

/// Implements the table in the documentation a second time.
#[test]
fn a_packet_without_counterpart_is_refused_by_name() {
    let mut refused = 0;
    everywhere(|packet, from, to| {
        let error = convert(packet, from, to).err();
        assert_eq!(error.map(field_of), expected_error(&packet, from, to), "{from} to {to}: {packet:?}");
        if let Some(error) = error {
            refused += 1;
            assert!(error.to_string().contains(&to.to_string()), "{error}");
        }
    });
    assert!(refused > 200, "{refused}");
}

fn field_of(error: ConvertError) -> Field {
    match error {
        ConvertError::NoCounterpart { field, .. } | ConvertError::Missing { field, .. } => field,
        other => panic!("{other:?}"),
    }
}

fn expected_error(packet: &Packet<'_>, from: Version, to: Version) -> Option<Field> {
    let (from_v5, to_v5) = (from == Version::V5_0, to == Version::V5_0);
    let is = |wrong: bool, field| wrong.then_some(field);
    match packet {
        _ if from == to => None,
        Packet::Auth(_) => Some(Field::PacketType),
        Packet::Connect(connect) => {
            is(!to_v5 && connect.password.is_some() && connect.user_name.is_none(), Field::UserName)
        }
        Packet::ConnAck(connack) => {
            let none = [0x80, 0x81, 0x82, 0x83, 0x90, 0x95, 0x99, 0x9a, 0x9b];
            is(!to_v5 && none.contains(&connack.reason.get()), Field::ReasonCode)
        }
        Packet::Publish(publish) => is(!to_v5 && publish.topic.name().is_none(), Field::TopicName),
        Packet::PubAck(ack) => is(from_v5 && ack.reason.is_error(), Field::ReasonCode),
        Packet::PubRec(ack) => is(from_v5 && ack.reason.is_error(), Field::ReasonCode),
        Packet::Subscribe(subscribe) => {
            let illegal =
                subscribe.subscriptions.iter().any(|each| each.filter.shared_subscription().is_err());
            is(subscribe.subscriptions.is_empty(), Field::TopicFilters)
                .or(is(to_v5 && illegal, Field::TopicFilter))
        }
        Packet::Unsubscribe(unsubscribe) => {
            let illegal = unsubscribe.filters.iter().any(|filter| filter.shared_subscription().is_err());
            is(unsubscribe.filters.is_empty(), Field::TopicFilters)
                .or(is(to_v5 && illegal, Field::TopicFilter))
        }
        Packet::SubAck(suback) => {
            let failure = suback.reasons.iter().any(SubscribeReason::is_error);
            is(to == Version::V3_1 && failure, Field::ReasonCodes)
        }
        Packet::UnsubAck(unsuback) => {
            let failure = unsuback.reasons.iter().any(UnsubscribeReason::is_error);
            is(to_v5 || failure, Field::ReasonCodes)
        }
        Packet::Disconnect(disconnect) => is(!to_v5 && disconnect.reason.get() != 0, Field::ReasonCode),
        _ => None,
    }
}

/// Returns the facts that a packet states in its version, by name.
fn facts(packet: &Packet<'_>, version: Version) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    let mut fact = |name: &str, value: &dyn std::fmt::Debug| {
        facts.entry(name.to_owned()).or_insert_with(String::new).push_str(&format!("{value:?};"));
    };
    macro_rules! properties {
        ($properties:expr) => {
            $properties.for_each(|id, value| fact(id.name(), &value))
        };
    }
    macro_rules! ack {
        ($ack:expr) => {{
            fact("Packet Identifier", &$ack.packet_id);
            fact("Reason Code", &$ack.reason.get());
            properties!($ack.properties);
        }};
    }
    match packet {
        Packet::Connect(connect) => {
            let mut properties = connect.properties;
            let interval = properties.session_expiry_interval.take().unwrap_or(0);
            let lasts = if version == Version::V5_0 {
                interval
            } else if connect.clean_start {
                0
            } else {
                u32::MAX
            };
            fact("how long the session lasts", &lasts);
            fact("Clean Start", &connect.clean_start);
            fact("Protocol Level", &connect.bridge);
            fact("rest", &(connect.keep_alive, connect.client_id, connect.user_name));
            fact("Password", &connect.password.map(|password| password.expose()));
            properties!(properties);
            if let Some(will) = &connect.will {
                fact("will", &(will.topic, will.payload, will.qos, will.retain));
                will.properties.for_each(|id, value| fact(&format!("{id} of the will"), &value));
            }
        }
        Packet::ConnAck(connack) => {
            fact("Session Present", &connack.session_present);
            fact("Reason Code", &connack.reason.get());
            properties!(connack.properties);
        }
        Packet::Publish(publish) => {
            fact("rest", &(publish.delivery, publish.retain, publish.topic.name(), publish.payload));
            publish.topic.alias().iter().for_each(|alias| fact("Topic Alias", alias));
            properties!(publish.properties);
        }
        Packet::PubAck(ack) => ack!(ack),
        Packet::PubRec(ack) => ack!(ack),
        Packet::PubRel(ack) => ack!(ack),
        Packet::PubComp(ack) => ack!(ack),
        Packet::Subscribe(subscribe) => {
            fact("Packet Identifier", &subscribe.packet_id);
            for each in subscribe.subscriptions {
                fact("filters", &(each.filter, each.qos));
                fact("No Local", &each.no_local);
                fact("Retain As Published", &each.retain_as_published);
                fact("Retain Handling", &each.retain_handling);
                fact("Topic Filter", &(version == Version::V5_0 && each.filter.is_shared()));
            }
            properties!(subscribe.properties);
        }
        Packet::SubAck(suback) => {
            fact("Packet Identifier", &suback.packet_id);
            suback.reasons.iter().for_each(|reason| fact("Reason Codes", &reason.get()));
            properties!(suback.properties);
        }
        Packet::Unsubscribe(unsubscribe) => {
            fact("Packet Identifier", &unsubscribe.packet_id);
            for filter in unsubscribe.filters {
                fact("filters", &filter);
                fact("Topic Filter", &(version == Version::V5_0 && filter.is_shared()));
            }
            properties!(unsubscribe.properties);
        }
        Packet::UnsubAck(unsuback) => {
            fact("Packet Identifier", &unsuback.packet_id);
            for reason in unsuback.reasons.iter().filter(|reason| *reason != UnsubscribeReason::Success) {
                fact("Reason Codes", &reason.get());
            }
            properties!(unsuback.properties);
        }
        Packet::PingReq | Packet::PingResp => {}
        Packet::Disconnect(disconnect) => {
            fact("Reason Code", &disconnect.reason.get());
            properties!(disconnect.properties);
        }
        Packet::Auth(auth) => {
            fact("Reason Code", &auth.reason.get());
            properties!(auth.properties);
        }
    }
    facts
}

/// The changes of a report. Each change is marked when it is confirmed.
struct Reported(Vec<(Change, bool)>);

impl From<Changes> for Reported {
    fn from(changes: Changes) -> Self {
        // Some values are implicit in 3.x or missing in 3.x. For these values no fact differs.
        let expected = |change: &Change| {
            let session = Field::from(PropertyId::SessionExpiryInterval);
            [Change::Added(session), Change::Added(Field::SessionPresent)].contains(change)
        };
        Self(changes.iter().map(|change| (change, expected(&change))).collect())
    }
}

impl Reported {
    fn reports(&mut self, key: &str, before: Option<&String>, after: Option<&String>) -> bool {
        let mut is_reported = false;
        for (change, seen) in &mut self.0 {
            let this = match *change {
                Change::Dropped(Field::Property(PropertyId::SessionExpiryInterval))
                | Change::NewMeaning(Field::CleanStart)
                    if key == "how long the session lasts" =>
                {
                    true
                }
                Change::Dropped(field) => field.name() == key && before.is_some(),
                Change::DroppedFromWill(id) => format!("{id} of the will") == key && after.is_none(),
                Change::NewMeaning(field) => field.name() == key,
                Change::Replaced { field, was, is } => {
                    let holds = |fact: Option<&String>, code: u8| {
                        fact.is_some_and(|codes| codes.split(';').any(|each| each == code.to_string()))
                    };
                    let gone = field == Field::ReasonCodes || !holds(after, was);
                    field.name() == key && holds(before, was) && holds(after, is) && gone
                }
                _ => false,
            };
            *seen |= this;
            is_reported |= this;
        }
        is_reported
    }

    fn not_seen(&self) -> Vec<Change> {
        self.0.iter().filter(|(_, seen)| !seen).map(|(change, _)| *change).collect()
    }
}

/// Compares 5.0 §3.1.2.11.2 with 3.1.1 §3.1.2.4.
#[test]
fn the_length_of_a_session_converts_both_ways() {
    let connect = |clean_start, session_expiry_interval| Connect {
        clean_start,
        properties: ConnectProperties { session_expiry_interval, ..ConnectProperties::EMPTY },
        ..Connect::new(Version::V5_0)
    };
    let interval = Field::from(PropertyId::SessionExpiryInterval);
    for (clean, seconds, changes) in [
        (true, None, None),
        (true, Some(0), None),
        (true, Some(60), Some(Change::Dropped(interval))),
        (true, Some(u32::MAX), Some(Change::Dropped(interval))),
        (false, Some(u32::MAX), None),
        (false, Some(60), Some(Change::Dropped(interval))),
        (false, Some(0), Some(Change::NewMeaning(Field::CleanStart))),
        (false, None, Some(Change::NewMeaning(Field::CleanStart))),
    ] {
        let there = Conversion::new(Version::V5_0, Version::V3_1_1).convert(connect(clean, seconds)).unwrap();
        let expected = Connect { clean_start: clean, ..Connect::new(Version::V3_1_1) };
        assert_eq!(there.packet, expected);
        assert!(there.changes.iter().eq(changes), "{clean} {seconds:?}: {}", there.changes);
    }
    for (clean, seconds) in [(true, None), (false, Some(u32::MAX))] {
        let before = Connect { clean_start: clean, ..Connect::new(Version::V3_1) };
        let there = Conversion::new(Version::V3_1, Version::V5_0).convert(before).unwrap();
        assert_eq!(there.packet, connect(clean, seconds));
        assert_eq!(there.changes.is_empty(), clean);
    }
}

/// Only 3.1 lacks Session Present, and only a CONNACK with success has it.
#[test]
fn session_present_is_added_once() {
    use {ConnectReason as Reason, Version::*};
    for (from, to, reason, added) in [
        (V3_1, V3_1_1, Reason::Success, true),
        (V3_1, V5_0, Reason::Success, true),
        (V3_1, V3_1_1, Reason::NotAuthorized, false),
        (V3_1_1, V5_0, Reason::Success, false),
        (V3_1_1, V3_1, Reason::Success, false),
        (V3_1_1, V3_1, Reason::NotAuthorized, false),
        (V5_0, V3_1_1, Reason::Success, false),
    ] {
        let changes = convert(ConnAck::new(reason).into(), from, to).expect("it has a counterpart").changes;
        let is_added = changes.iter().any(|change| change == Change::Added(Field::SessionPresent));
        assert_eq!(is_added, added, "{from} to {to}, {reason}: {changes}");
    }
    let present = ConnAck { session_present: true, ..ConnAck::new(Reason::Success) };
    for (to, dropped) in [(V3_1, true), (V5_0, false)] {
        let Changed { packet, changes } = convert(present.into(), V3_1_1, to).expect("it has a counterpart");
        assert_eq!(packet, ConnAck { session_present: !dropped, ..present }.into());
        assert_eq!(changes.iter().next(), dropped.then_some(Change::Dropped(Field::SessionPresent)));
    }
}

/// 5.0 would read this filter of 3.x as a Shared Subscription.
#[test]
fn a_shared_subscription_exists_in_5_0_only() {
    let to_v5 = Conversion::new(Version::V3_1_1, Version::V5_0);
    let shared = [Subscription::new(topic_filter!("$share/g/a"), Qos::AtMostOnce)];
    let converted = to_v5.convert(Subscribe::new(PacketId::MIN, &shared)).unwrap();
    assert!(converted.changes.iter().eq([Change::NewMeaning(Field::TopicFilter)]));
    let in_v3 = Conversion::new(Version::V3_1_1, Version::V3_1);
    assert!(in_v3.convert(Subscribe::new(PacketId::MIN, &shared)).unwrap().changes.is_empty());
    for wrong in ["$share/g", "$share//a"].map(|filter| [TopicFilter::new(filter).unwrap()]) {
        let error = to_v5.convert(Unsubscribe::new(PacketId::MIN, &wrong)).unwrap_err();
        assert_eq!(field_of(error), Field::TopicFilter);
        assert!(in_v3.convert(Unsubscribe::new(PacketId::MIN, &wrong)).is_ok());
    }
}

#[test]
fn the_caller_supplies_what_is_missing() {
    let alias = TopicAlias::MAX;
    let publish = Publish { topic: Topic::Alias(alias), ..Publish::new(topic_name!("a"), b"hi") };
    let to_v3 = Conversion::new(Version::V5_0, Version::V3_1_1);
    assert!(matches!(to_v3.convert(publish), Err(ConvertError::Missing { field: Field::TopicName, .. })));
    let named = Publish { topic: topic_name!("a").into(), ..publish };
    let converted = to_v3.convert(named).unwrap();
    assert_eq!(converted.packet.payload.as_ptr(), publish.payload.as_ptr(), "borrowed");
    assert_eq!(converted.packet, Publish::new(topic_name!("a"), b"hi"));

    let to_v5 = Conversion::new(Version::V3_1, Version::V5_0);
    let unsuback = UnsubAck::new(PacketId::MIN, &[]);
    assert!(matches!(to_v5.convert(unsuback), Err(ConvertError::Missing { field: Field::ReasonCodes, .. })));
    let reasons = [UnsubscribeReason::Success];
    assert!(to_v5.convert(UnsubAck::new(PacketId::MIN, &reasons)).unwrap().changes.is_empty());
}

#[test]
fn before_5_0_a_server_sends_no_disconnect() {
    let to_v3 = Conversion::new(Version::V5_0, Version::V3_1_1);
    assert!(to_v3.sender(Role::Client).convert(Disconnect::default()).is_ok());
    let error = to_v3.sender(Role::Server).convert(Disconnect::default()).unwrap_err();
    assert_eq!(field_of(error), Field::PacketType);
    assert_eq!(
        error.to_string(),
        "MQTT 3.1.1 has no such DISCONNECT: close the connection without a DISCONNECT"
    );
}
