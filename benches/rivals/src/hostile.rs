//! Measures the packets that are the most expensive for their length: legal packets, and packets that are refused at their end.

use crate::growth::{frame, time_of, varint};
use mqtt_wire::{Version, decode};
use std::fmt::Write;

/// The approximate length of every packet here, in bytes.
const LENGTH: usize = 1 << 16;

struct Dear {
    name: &'static str,
    version: Version,
    bytes: Vec<u8>,
}

pub fn table() -> String {
    let mut table = String::from("| packet | verdict | ns for a byte |\n| --- | --- | --: |\n");
    for Dear { name, version, bytes } in packets() {
        let verdict = match decode(version, &bytes) {
            Ok(_) => "accepted".to_owned(),
            Err(error) => format!("refused at byte {} of {}", error.offset(), bytes.len()),
        };
        let each = time_of(version, &bytes) / bytes.len() as f64;
        writeln!(table, "| {name} | {verdict} | {each:.2} |").expect("a string");
    }
    table
}

fn packets() -> Vec<Dear> {
    let v3 = |name, bytes| Dear { name, version: Version::V3_1_1, bytes };
    let v5 = |name, bytes| Dear { name, version: Version::V5_0, bytes };
    // A string of 128 bytes or more is validated alone, and not in one run with other strings.
    let long = &[&[0, 200][..], &[b'a'; 200], &[1]].concat();
    let long_value = &[&[0x26, 0, 1, b'n', 0, 200][..], &[b'v'; 200]].concat();
    vec![
        v3("SUBSCRIBE, filters of 1 byte", subscribe(b"\x00\x01f\x01", b"")),
        Dear {
            name: "the same in 3.1, with bits that it ignores",
            version: Version::V3_1,
            bytes: subscribe(b"\x00\x01f\x7d", b""),
        },
        v3(
            "SUBSCRIBE, filters of 1 byte, and at the end one of 200 bytes",
            subscribe(b"\x00\x01f\x01", long),
        ),
        v3(
            "the same, and at the end one that is ill-formed",
            subscribe(b"\x00\x01f\x01", b"\x00\x01\xff\x01"),
        ),
        v3("the same, and at the end `a#`", subscribe(b"\x00\x01f\x01", b"\x00\x02a#\x01")),
        v3("SUBSCRIBE, filters `+/+/+/+`", subscribe(b"\x00\x07+/+/+/+\x01", b"")),
        v3("SUBSCRIBE, one filter `+/+/…/+`", subscribe(&prefixed(&b"+/".repeat(32_767), b"+"), b"\x01")),
        v3("SUBSCRIBE, one filter `aaa…a#`", subscribe(&prefixed(&[b'a'; 65_534], b"#"), b"\x01")),
        v3("SUBACK", frame(0x90, &[b"\x00\x01"], b"\x01", LENGTH, b"")),
        v3("PUBLISH, a topic of 65,535 bytes", frame(0x30, &[], &prefixed(&[b'a'; 65_534], b"a"), 1, b"")),
        v3(
            "PUBLISH, a topic of é",
            frame(0x30, &[], &prefixed(&"é".repeat(32_767).into_bytes(), b"a"), 1, b""),
        ),
        v3(
            "PUBLISH, a topic that is ill-formed at its end",
            frame(0x30, &[], &prefixed(&[b'a'; 65_534], b"\xff"), 1, b""),
        ),
        v3(
            "PUBLISH, a topic with `#` at its end",
            frame(0x30, &[], &prefixed(&[b'a'; 65_534], b"#"), 1, b""),
        ),
        v5("PUBLISH, user properties of 5 bytes", publish(b"\x26\x00\x00\x00\x00", b"")),
        v5("the same, and at the end one of 206 bytes", publish(b"\x26\x00\x00\x00\x00", long_value)),
        v5(
            "the same, and at the end a property that is unknown",
            publish(b"\x26\x00\x00\x00\x00", b"\x7f\x00"),
        ),
        v5(
            "PUBLISH, user properties and subscription identifiers in turn",
            publish(b"\x26\x00\x00\x00\x00\x0b\x01", b""),
        ),
        v5("PUBLISH, subscription identifiers", publish(b"\x0b\x01", b"")),
    ]
}

fn subscribe(item: &[u8], last: &[u8]) -> Vec<u8> {
    frame(0x82, &[b"\x00\x01"], item, LENGTH / item.len().min(LENGTH), last)
}

fn publish(property: &[u8], last: &[u8]) -> Vec<u8> {
    let count = LENGTH / property.len();
    frame(0x30, &[b"\x00\x01t", &varint(count * property.len() + last.len())], property, count, last)
}

fn prefixed(most: &[u8], last: &[u8]) -> Vec<u8> {
    let length = u16::try_from(most.len() + last.len()).expect("a string");
    [&length.to_be_bytes(), most, last].concat()
}
