//! The hot paths. Each is checked to give the right answer before it is counted.

use instructions::Named;
use mqtt_wire::{Encode, Packet, Version, decode, topic_filter, topic_name};
use rows::{Row, read, rows, stream};
use std::hint::black_box;

/// Begins the name of a path that is slower than the one whose name follows.
pub const PLANTED: &str = "planted: ";

pub fn paths() -> Vec<Named<'static>> {
    let mut paths = Vec::new();
    for row in rows() {
        paths.push(decoding(&row));
        // Of a large payload one would count the copying.
        if row.bytes().len() < 16 << 10 {
            paths.push(encoding(&row));
        }
        if row.items > 1 {
            paths.push(reading(&row));
        }
    }
    for version in [Version::V3_1_1, Version::V5_0] {
        paths.push(decoding_stream(version));
        paths.push(encoding_stream(version));
    }
    paths.push(matching());
    paths.extend(rows().iter().filter(|row| row.items == 1).take(2).map(slower));
    paths
}

fn decoding(row: &Row) -> Named<'static> {
    let (version, bytes) = (row.version, row.bytes().leak());
    assert_eq!(decode(version, bytes), Ok(Some((row.packet, &[][..]))));
    let run = move || {
        black_box(&decode(black_box(version), black_box(bytes)));
    };
    (name("decode", row), Box::new(run))
}

/// As users have it: each packet by its own type.
fn encoding(row: &Row) -> Named<'static> {
    match row.packet {
        Packet::Connect(connect) => encoding_of(row, connect),
        Packet::Publish(publish) => encoding_of(row, publish),
        Packet::PubAck(puback) => encoding_of(row, puback),
        Packet::Subscribe(subscribe) => encoding_of(row, subscribe),
        Packet::SubAck(suback) => encoding_of(row, suback),
        other => encoding_of(row, other),
    }
}

fn encoding_of(row: &Row, packet: impl Encode + 'static) -> Named<'static> {
    let version = row.version;
    let mut buffer = vec![0; row.bytes().len()];
    let run = move || {
        black_box(&black_box(&packet).encode(black_box(version), black_box(&mut buffer)));
    };
    (name("encode", row), Box::new(run))
}

fn reading(row: &Row) -> Named<'static> {
    let (version, bytes) = (row.version, row.bytes().leak());
    let run = move || {
        if let Ok(Some((packet, _))) = decode(black_box(version), black_box(bytes)) {
            read(&packet);
        }
    };
    (name("decode and read", row), Box::new(run))
}

fn decoding_stream(version: Version) -> Named<'static> {
    let mut bytes = Vec::new();
    for packet in stream(version) {
        bytes.extend(rows::bytes(&packet, version));
    }
    assert_eq!(packets(version, &bytes), stream(version).len());
    let run = move || {
        black_box(packets(black_box(version), black_box(&bytes)));
    };
    (format!("decode {version} stream of 1000"), Box::new(run))
}

fn packets(version: Version, mut input: &[u8]) -> usize {
    let mut count = 0;
    while let Ok(Some((packet, rest))) = decode(version, input) {
        black_box(&packet);
        count += 1;
        input = rest;
    }
    count
}

fn encoding_stream(version: Version) -> Named<'static> {
    let packets = stream(version);
    let mut buffer = [0; 1024];
    let run = move || {
        for packet in black_box(&packets) {
            black_box(&packet.encode(black_box(version), black_box(&mut buffer)));
        }
    };
    (format!("encode {version} stream of 1000"), Box::new(run))
}

fn matching() -> Named<'static> {
    let filter = topic_filter!("building/+/floor/+/room/12/#");
    let topic = topic_name!("building/7/floor/3/room/12/temperature");
    assert!(filter.matches(topic));
    let run = move || {
        black_box(black_box(filter).matches(black_box(topic)));
    };
    ("match seven levels".into(), Box::new(run))
}

/// Decoding, and then one needless look at each of the first 38 bytes.
fn slower(row: &Row) -> Named<'static> {
    let (version, bytes) = (row.version, row.bytes().leak());
    let run = move || {
        black_box(&decode(black_box(version), black_box(bytes)));
        black_box(bytes.iter().take(38).any(|byte| *black_box(byte) == 0xff));
    };
    (format!("{PLANTED}{}", name("decode", row)), Box::new(run))
}

fn name(action: &str, row: &Row) -> String {
    format!("{action} {} {}", row.version, row.name)
}
