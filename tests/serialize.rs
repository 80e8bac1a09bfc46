//! Tests that `serde` shows packets: invariants with a sample of every packet, and some exact
//! examples.
#![cfg(feature = "serde")]

use allocation_counter::measure;
use mqtt_wire::inspect::WithSecrets;
use mqtt_wire::list::List;
use mqtt_wire::property::{PayloadFormat, PublishProperties, UserProperty};
use mqtt_wire::reason::SubscribeReason;
use mqtt_wire::topic::TopicAlias;
use mqtt_wire::*;
use mqtt_wire_testkit::samples::{self, bytes};
use serde_json::{Value, json, to_value};
use std::collections::HashMap;

/// Returns all samples except the longest, which have no other fields.
fn all_samples() -> Vec<(Version, Packet<'static>)> {
    let mut samples = samples::all_samples();
    samples.retain(|(version, packet)| packet.encoded_len(*version).is_ok_and(|len| len < 10_000));
    samples
}

const REDACTED: &str = "(redacted)";

#[test]
fn a_publish_is_serialized_exactly() {
    let pairs = [UserProperty { name: text!("unit"), value: text!("°C") }];
    let properties = PublishProperties {
        payload_format_indicator: Some(PayloadFormat::Utf8),
        user_properties: List::from(&pairs),
        ..PublishProperties::EMPTY
    };
    let delivery = Delivery::AtLeastOnce { id: PacketId::MIN, dup: true };
    let topic = Topic::NameAndAlias(topic_name!("a"), TopicAlias::MAX);
    let publish = Publish { delivery, topic, properties, ..Publish::new(topic_name!("a"), b"7") };
    let expected = json!({
        "delivery": { "qos": 1, "packet_id": 1, "dup": true },
        "retain": false,
        "topic": { "name": "a", "alias": 65535 },
        "properties": { "payload_format_indicator": 1, "user_properties": [{ "name": "unit", "value": "°C" }] },
        "payload": [55],
    });
    assert_eq!(to_value(publish).unwrap(), expected);
    assert_eq!(serde_json::to_string(&publish).unwrap(), expected.to_string(), "in this order");
    assert_eq!(to_value(Packet::from(publish)).unwrap(), json!({ "publish": expected }));
    let least = json!({ "delivery": { "qos": 0 }, "retain": false, "topic": { "name": "a" }, "payload": [] });
    assert_eq!(to_value(Publish::new(topic_name!("a"), b"")).unwrap(), least);
    assert_eq!(to_value(Packet::PingReq).unwrap(), json!("ping_req"));
}

#[test]
fn a_list_is_serialized_exactly() {
    let pairs = [UserProperty { name: text!("unit"), value: text!("°C") }];
    assert_eq!(to_value(List::from(&pairs)).unwrap(), json!([{ "name": "unit", "value": "°C" }]));
    let reasons = [SubscribeReason::GrantedQos2, SubscribeReason::NotAuthorized];
    assert_eq!(to_value(List::from(&reasons)).unwrap(), json!([2, 0x87]));
}

#[test]
fn a_will_is_serialized_exactly() {
    let connect = Connect {
        client_id: text!("Client123"),
        will: Some(Will { retain: true, ..Will::new(topic_name!("/status"), binary!(b"off")) }),
        password: Password::new(b"pw").ok(),
        ..Connect::new(Version::V5_0)
    };
    let mut expected = json!({
        "version": "5.0",
        "bridge": false,
        "clean_start": true,
        "keep_alive": 0,
        "client_id": "Client123",
        "will": { "qos": 0, "retain": true, "topic": "/status", "payload": [111, 102, 102] },
        "password": REDACTED,
    });
    assert_eq!(to_value(connect).unwrap(), expected);
    assert_eq!(serde_json::to_string(&connect).unwrap(), expected.to_string(), "in this order");
    expected["password"] = json!([112, 119]);
    assert_eq!(to_value(WithSecrets(&connect)).unwrap(), expected);
}

/// A decoded packet and a built packet look the same. If secrets are shown, different packets look
/// different.
#[test]
fn every_field_is_shown() {
    let mut seen = HashMap::new();
    for (version, packet) in all_samples() {
        let shown = serde_json::to_string(&WithSecrets(&packet)).unwrap();
        let bytes = bytes(&packet, version);
        let decoded = Decoder::new(version).accept_bridge(true).decode_frame(&bytes).unwrap();
        assert_eq!(serde_json::to_string(&WithSecrets(&decoded)).unwrap(), shown);
        let other = *seen.entry(shown).or_insert(packet);
        assert_eq!(other, packet);
    }
    assert!(seen.len() > 300, "{}", seen.len());
}

#[test]
fn absent_fields_are_not_shown() {
    fn no_nulls(value: &Value) {
        match value {
            Value::Null => panic!("a field without a value"),
            Value::Array(values) => values.iter().for_each(no_nulls),
            Value::Object(fields) => fields.values().for_each(no_nulls),
            _ => {}
        }
    }
    for (version, packet) in all_samples() {
        let shown = to_value(packet).unwrap();
        no_nulls(&shown);
        if version != Version::V5_0 {
            assert!(!shown.to_string().contains("properties"), "{shown}");
        }
    }
}

/// Only secrets are redacted.
#[test]
fn secrets_are_shown_only_if_revealed() {
    fn redact(value: &mut Value, found: &mut usize) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    if name == "password" || name == "authentication_data" {
                        assert!(value.is_array(), "the bytes: {value}");
                        *value = json!(REDACTED);
                        *found += 1;
                    }
                    redact(value, found);
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| redact(value, found)),
            _ => {}
        }
    }
    let mut found = 0;
    for (_, packet) in all_samples() {
        let mut revealed = to_value(WithSecrets(&packet)).unwrap();
        redact(&mut revealed, &mut found);
        assert_eq!(to_value(packet).unwrap(), revealed);
    }
    assert!(found > 20, "{found}");
}

#[test]
fn nothing_is_allocated() {
    let mut buffer = vec![0; 1 << 20];
    for (version, packet) in all_samples() {
        let count = measure(|| serde_json::to_writer(&mut buffer[..], &packet).expect("enough space"));
        assert_eq!(count.count_total, 0, "{version} {packet:.80?}");
    }
}
