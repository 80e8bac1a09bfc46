//! Checks that `Debug`, `Display` and `serde` show all fields of a packet in full.

use mqtt_wire::inspect::WithSecrets;
use mqtt_wire::*;
use mqtt_wire_testkit::naive::{Fields, Value};
use mqtt_wire_testkit::packet_fields::fields_of;

/// Fields that `Debug` and `Display` show as numbers.
const NUMBERS: [&str; 11] = [
    "Packet Identifier",
    "Keep Alive",
    "Topic Alias",
    "Subscription Identifier",
    "Message Expiry Interval",
    "Session Expiry Interval",
    "Server Keep Alive",
    "Will Delay Interval",
    "Receive Maximum",
    "Topic Alias Maximum",
    "Maximum Packet Size",
];

pub fn shows_its_fields(packet: &Packet<'_>) {
    let fields = fields_of(packet);
    in_debug(packet, &fields);
    in_its_line(packet, &fields);
    in_a_format_that_counts(packet, &fields);
    by_its_number(packet, &fields);
    by_their_names(packet, &fields);
}

fn numbers<'f>(fields: &'f Fields<'_>) -> impl Iterator<Item = (&'static str, u32)> + 'f {
    fields.iter().filter_map(|(name, value)| match value {
        Value::Number(number) => Some((*name, *number)),
        _ => None,
    })
}

fn in_debug(packet: &Packet<'_>, fields: &Fields<'_>) {
    let shown = format!("{packet:?}");
    for (name, number) in numbers(fields).filter(|(name, _)| NUMBERS.contains(name)) {
        assert!(has_number(&shown, number), "{name} {number} in {shown}");
    }
}

fn in_its_line(packet: &Packet<'_>, fields: &Fields<'_>) {
    let shown = packet.to_string();
    for (name, number) in numbers(fields).filter(|(name, _)| NUMBERS[..2].contains(name)) {
        assert!(has_number(&shown, number), "{name} {number} in {shown}");
    }
}

/// Whether `shown` has this number. A part of a longer number does not count.
fn has_number(shown: &str, number: u32) -> bool {
    shown.split(|c: char| !c.is_ascii_digit()).any(|digits| digits == number.to_string())
}

/// CBOR writes the number of fields before a struct, and the number of elements before a list.
fn in_a_format_that_counts(packet: &Packet<'_>, fields: &Fields<'_>) {
    let mut bytes = Vec::new();
    ciborium::into_writer(&WithSecrets(packet), &mut bytes).expect("a Vec grows");
    let mut rest = &bytes[..];
    let shown: ciborium::Value = ciborium::from_reader(&mut rest).expect("as many as were announced");
    assert!(rest.is_empty(), "more than was announced: {packet:?}");
    let (mut numbers, mut strings) = (Vec::new(), Vec::new());
    leaves(&shown, &mut numbers, &mut strings);
    let has_id = fields.iter().any(|(name, _)| *name == "Packet Identifier");
    for (name, value) in fields {
        // CONNECT shows its version instead of these fields.
        if ["Packet Type", "Protocol Name", "Protocol Level"].contains(name) {
            continue;
        }
        match value {
            // A PUBLISH with QoS 0 has no DUP.
            Value::Number(0) if *name == "DUP" && !has_id => {}
            Value::Number(number) => takes(&mut numbers, &u64::from(*number), name, packet),
            Value::Bytes([]) => {}
            Value::Bytes(bytes) => takes(&mut strings, &bytes.to_vec(), name, packet),
            Value::Pair(pair, value) => {
                takes(&mut strings, &pair.to_vec(), name, packet);
                takes(&mut strings, &value.to_vec(), name, packet);
            }
        }
    }
    assert!(numbers.is_empty(), "{numbers:?} are no fields of {packet:?}");
}

/// Removes the wanted value from the values that are left.
#[track_caller]
fn takes<T: PartialEq>(left: &mut Vec<T>, wanted: &T, name: &str, packet: &Packet<'_>) {
    let place = left.iter().position(|it| it == wanted);
    left.swap_remove(place.unwrap_or_else(|| panic!("{name} is not shown of {packet:?}")));
}

fn leaves(value: &ciborium::Value, numbers: &mut Vec<u64>, strings: &mut Vec<Vec<u8>>) {
    use ciborium::Value::{Array, Bool, Bytes, Integer, Map, Text};
    match value {
        Integer(number) => numbers.push(u64::try_from(*number).expect("nothing is negative")),
        Bytes(bytes) => strings.push(bytes.clone()),
        Text(text) => strings.push(text.clone().into_bytes()),
        Bool(bit) => numbers.push(u64::from(*bit)),
        Array(elements) => elements.iter().for_each(|element| leaves(element, numbers, strings)),
        Map(fields) => fields.iter().for_each(|(name, value)| {
            assert!(name.is_text(), "{name:?}");
            leaves(value, numbers, strings);
        }),
        other => panic!("{other:?}"),
    }
}

/// A format without names identifies the variants by their numbers.
fn by_its_number(packet: &Packet<'_>, fields: &Fields<'_>) {
    let bytes = postcard::to_allocvec(&WithSecrets(packet)).expect("a Vec grows");
    assert_eq!(Some(Value::Number(bytes[0].into())), fields.first().map(|field| field.1), "{packet:?}");
}

/// A format with names shows each value under the name of its field.
fn by_their_names(packet: &Packet<'_>, fields: &Fields<'_>) {
    let shown = serde_json::to_value(WithSecrets(packet)).expect("a Value");
    let (packet_type, body) = match &shown {
        serde_json::Value::String(name) => (name.as_str(), &serde_json::Value::Null),
        serde_json::Value::Object(variant) => {
            let (name, body) = variant.iter().next().expect("a variant");
            (name.as_str(), body)
        }
        other => panic!("{other}"),
    };
    assert_eq!(packet_type.replace('_', ""), packet.packet_type().to_string().to_lowercase());
    let mut named = Vec::new();
    flatten("", body, &mut named);
    let has_id = fields.iter().any(|(name, _)| *name == "Packet Identifier");
    let mut expected: Vec<_> = Vec::new();
    for (name, value) in fields {
        let key = key(packet, name);
        match value {
            Value::Pair(name, value) => {
                expected.push(("name".to_owned(), text(name)));
                expected.push(("value".to_owned(), text(value)));
            }
            Value::Number(0) if *name == "DUP" && !has_id => {}
            _ if ["Packet Type", "Protocol Name", "Protocol Level"].contains(name) => {}
            Value::Number(number) if BITS.contains(&&*key) => {
                expected.push((key, (*number == 1).to_string()))
            }
            Value::Number(number) => expected.push((key, number.to_string())),
            Value::Bytes(bytes) if BINARY.contains(&&*key) => expected.push((key, format!("{bytes:?}"))),
            Value::Bytes(bytes) => expected.push((key, text(bytes))),
        }
    }
    if let Packet::Connect(connect) = packet {
        expected.push(("version".to_owned(), format!("{:?}", connect.version.to_string())));
    }
    named.sort();
    expected.sort();
    assert_eq!(named, expected, "{packet:?}");
}

/// Fields that are shown as true or false.
const BITS: [&str; 13] = [
    "bridge",
    "clean_start",
    "retain",
    "dup",
    "session_present",
    "no_local",
    "retain_as_published",
    "retain_available",
    "request_problem_information",
    "request_response_information",
    "wildcard_subscription_available",
    "subscription_identifier_available",
    "shared_subscription_available",
];

/// Fields that are shown as lists of bytes.
const BINARY: [&str; 4] = ["payload", "password", "correlation_data", "authentication_data"];

fn text(bytes: &[u8]) -> String {
    format!("{:?}", String::from_utf8_lossy(bytes))
}

/// The name of a field in a struct: the standard's name, or a shorter one.
fn key(packet: &Packet<'_>, name: &str) -> String {
    let is_list = matches!(packet, Packet::SubAck(_) | Packet::UnsubAck(_));
    let is_publish = matches!(packet, Packet::Publish(_));
    let key = match name {
        "Packet Identifier" => "packet_id",
        "Client Identifier" => "client_id",
        "RETAIN" | "Will Retain" => "retain",
        "Will QoS" => "qos",
        "Will Topic" => "topic",
        "Will Payload" => "payload",
        "Topic Name" => "name",
        "Topic Alias" => "alias",
        "Topic Filter" if matches!(packet, Packet::Unsubscribe(_)) => "filters",
        "Topic Filter" => "filter",
        "Reason Code" if is_list => "reasons",
        "Reason Code" => "reason",
        "Subscription Identifier" if is_publish => "subscription_identifiers",
        name => return name.to_lowercase().replace(' ', "_"),
    };
    key.to_owned()
}

/// All values that are not structs, with the names of their fields. If a list of numbers is not a field of bytes, each number is a value.
fn flatten(name: &str, value: &serde_json::Value, named: &mut Vec<(String, String)>) {
    match value {
        serde_json::Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| flatten(name, value, named));
        }
        serde_json::Value::Array(bytes) if BINARY.contains(&name) => {
            let bytes: Vec<_> = bytes.iter().map(|byte| byte.as_u64().expect("a byte")).collect();
            named.push((name.to_owned(), format!("{bytes:?}")));
        }
        serde_json::Value::Array(elements) => {
            elements.iter().for_each(|element| flatten(name, element, named));
        }
        serde_json::Value::String(text) => named.push((name.to_owned(), format!("{text:?}"))),
        serde_json::Value::Null => {}
        other => named.push((name.to_owned(), other.to_string())),
    }
}
