//! Compares a dissection with the fields that the naive decoder finds.

use mqtt_wire::inspect::{Field, Format, Span};
use mqtt_wire::property::PropertyId;
use mqtt_wire::*;
use mqtt_wire_testkit::naive::{Fields, Options, Value, Verdict, naive};
use mqtt_wire_testkit::verdicts::decoder;
use std::collections::BTreeMap;

/// Checks an accepted packet: the dissection shows each bit once, and each field with its value.
pub fn shows_what_is_there(packet: &[u8], options: &Options) {
    let Verdict::Accept { fields, .. } = naive(packet, options) else { panic!("it is accepted") };
    let mut shown: Fields<'_> = Vec::new();
    let mut masks: BTreeMap<usize, u8> = BTreeMap::new();
    let read = decoder(options).dissect(packet, |span| {
        if span.field.format() == Format::Bits {
            let mask = masks.entry(span.offset).or_default();
            assert_eq!(*mask & span.mask, 0, "bits that are shown twice: {span:?}");
            *mask |= span.mask;
        }
        shown.extend(value(&span).map(|value| (span.field.name(), value)));
        keeps_its_secret(&span);
        shows_itself(&span);
    });
    assert!(masks.values().all(|mask| *mask == 0xff), "bits that are not shown: {masks:x?}");
    let Ok(read) = read else { panic!("it is accepted") };
    let shown = by_name(shown);
    for (name, found) in by_name(fields) {
        if is_read_otherwise(name, &read, options.version) {
            continue;
        }
        match shown.get(name) {
            Some(values) => assert_eq!(*values, found, "{name} of {packet:02x?}"),
            // If a field is not on the wire, its value must be the default.
            None => assert!(found.iter().all(is_default), "{name} is not shown of {packet:02x?}"),
        }
    }
}

fn by_name(fields: Fields<'_>) -> BTreeMap<&'static str, Vec<Value<'_>>> {
    let mut named: BTreeMap<_, Vec<_>> = BTreeMap::new();
    fields.into_iter().for_each(|(name, value)| named.entry(name).or_default().push(value));
    named
}

fn is_default(value: &Value<'_>) -> bool {
    matches!(value, Value::Number(0) | Value::Bytes([]))
}

/// Fields whose bytes differ from the value of the field: a bridge sets a bit in its Protocol Level, 3.x has its own
/// return codes, and 3.1 ignores some bits.
fn is_read_otherwise(name: &str, packet: &Packet<'_>, version: Option<Version>) -> bool {
    let is_3_1 = version == Some(Version::V3_1);
    match packet {
        Packet::Connect(connect) => connect.bridge && ["Protocol Level", "Bridge"].contains(&name),
        Packet::ConnAck(_) if name == "Reason Code" => version != Some(Version::V5_0),
        Packet::ConnAck(_) => name == "Session Present" && is_3_1,
        Packet::Publish(_) => name == "DUP" && is_3_1,
        _ => false,
    }
}

fn value<'a>(span: &Span<'a>) -> Option<Value<'a>> {
    let bytes = span.bytes;
    let number = || bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte));
    Some(match span.field.format() {
        Format::Bits => Value::Number(span.bits()?.into()),
        Format::Byte | Format::TwoByteInteger | Format::FourByteInteger => Value::Number(number()),
        Format::VariableByteInteger => {
            Value::Number(bytes.iter().rev().fold(0, |number, byte| number << 7 | u32::from(byte & 0x7f)))
        }
        Format::Utf8String | Format::BinaryData | Format::Secret => Value::Bytes(&bytes[2..]),
        Format::Utf8StringPair => {
            let (name, value) = bytes[2..].split_at(usize::from(u16::from_be_bytes([bytes[0], bytes[1]])));
            Value::Pair(name, &value[2..])
        }
        Format::Payload => Value::Bytes(bytes),
        _ => return None,
    })
}

fn shows_itself(span: &Span<'_>) {
    let Span { field, offset, bytes, mask, .. } = span;
    let bytes = match field.format() {
        Format::Secret => "redacted".to_owned(),
        _ => format!("{bytes:?}"),
    };
    let shown = format!("Span {{ field: {field:?}, offset: {offset}, bytes: {bytes}, mask: {mask} }}");
    assert_eq!((format!("{span:?}"), field.to_string()), (shown, field.name().to_owned()));
}

fn keeps_its_secret(span: &Span<'_>) {
    if matches!(span.field, Field::Password | Field::Property(PropertyId::AuthenticationData)) {
        let mut empty = *span;
        empty.bytes = &[0, 0];
        assert_eq!(format!("{span:?}"), format!("{empty:?}"));
    }
}
