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

/// Whether `shown` has this number, but not as a part of a longer number.
fn has_number(shown: &str, number: u32) -> bool {
    shown.split(|c: char| !c.is_ascii_digit()).any(|digits| digits == number.to_string())
}

/// CBOR writes the number of fields of a struct and the number of elements of a list before them.
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
