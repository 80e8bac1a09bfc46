//! The hot paths. Each must give the right result before it is counted.

use bytes::BytesMut;
use instructions::{Named, Work};
use mqtt_wire::stream::ReadBuffer;
use mqtt_wire::{Decoder, Encode, Packet, Publish, Topic, Version, decode, topic_filter, topic_name};
use rows::{Row, read, rows, stream};
use std::hint::black_box;
use std::io::Read;

/// The first words of the names of the paths: decode from a slice, lend a packet from a buffer, own a
/// packet.
const DECODE: &str = "decode";
const LEND: &str = "lend";
const OWN: &str = "own";

/// The number of instructions that these paths may take beyond decoding from a slice.
const ALLOWED: [(&str, u64); 2] = [(LEND, 60), (OWN, 140)];

/// Returns the name of the path that decodes the same packet from a slice, and the allowed extra
/// instructions.
pub fn decoded_by(name: &str) -> Option<(String, u64)> {
    ALLOWED.iter().find_map(|(action, allowed)| {
        let row = name.strip_prefix(action)?;
        Some((format!("{DECODE}{row}"), *allowed))
    })
}

/// The prefix in the name of a path with planted extra work.
pub const PLANTED: &str = "planted: ";

pub fn paths() -> Vec<Named<'static>> {
    let mut paths = Vec::new();
    for row in rows() {
        paths.push(decoding(&row));
        paths.push((name(LEND, &row), Box::new(Lending::new(&row))));
        paths.push((name(OWN, &row), Box::new(Owning::new(&row))));
        // With a large payload, nearly all counted instructions would be those of the copy.
        if row.bytes().len() < 16 << 10 {
            paths.push(encoding(&row));
            paths.push(encoding_owned(&row));
            paths.push(appending(&row));
            paths.extend(building(&row));
        }
        if row.items > 1 || row.version == Version::V5_0 {
            paths.push(forwarding(&row));
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
    (name(DECODE, row), Box::new(run))
}

/// Each packet has its own type, as in the code of users.
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

fn encoding_of(row: &Row, packet: impl Encode + Send + 'static) -> Named<'static> {
    let version = row.version;
    let mut buffer = vec![0; row.bytes().len()];
    let run = move || {
        black_box(&black_box(&packet).encode(black_box(version), black_box(&mut buffer)));
    };
    (name("encode", row), Box::new(run))
}

/// Encodes decoded packets, whose lists are still encoded. [`Packet`] matches its variant first.
fn forwarding(row: &Row) -> Named<'static> {
    let (version, bytes) = (row.version, row.bytes().leak());
    let Ok(Some((packet, _))) = decode(version, bytes) else { unreachable!("rows are legal") };
    let mut buffer = vec![0; bytes.len()];
    assert_eq!(packet.encode(version, &mut buffer), Ok(&bytes[..]));
    let run = move || {
        black_box(&black_box(&packet).encode(black_box(version), black_box(&mut buffer)));
    };
    (name("forward", row), Box::new(run))
}

/// Encodes a packet that was decoded before, and is kept as its bytes.
fn encoding_owned(row: &Row) -> Named<'static> {
    let (version, bytes) = (row.version, row.bytes());
    let mut buffer = vec![0; bytes.len()];
    let owned = Decoder::new(version).decode_owned_frame(bytes.into()).expect("rows are legal");
    let run = move || {
        black_box(&black_box(&owned).encode(black_box(version), black_box(&mut buffer)));
    };
    (name("encode owned", row), Box::new(run))
}

/// Appends a packet to a `BytesMut`, as `Codec` does.
fn appending(row: &Row) -> Named<'static> {
    match row.packet {
        Packet::Connect(connect) => appending_of(row, connect),
        Packet::Publish(publish) => appending_of(row, publish),
        Packet::PubAck(puback) => appending_of(row, puback),
        Packet::Subscribe(subscribe) => appending_of(row, subscribe),
        Packet::SubAck(suback) => appending_of(row, suback),
        other => appending_of(row, other),
    }
}

fn appending_of(row: &Row, packet: impl Encode + Send + 'static) -> Named<'static> {
    let (version, bytes) = (row.version, row.bytes());
    let mut buffer = BytesMut::with_capacity(bytes.len());
    assert_eq!(packet.encode_to(version, &mut buffer), Ok(bytes.len()));
    assert_eq!(buffer, bytes);
    let run = move || {
        buffer.clear();
        let _ = black_box(black_box(&packet).encode_to(black_box(version), black_box(&mut buffer)));
    };
    (name("append", row), Box::new(run))
}

/// Builds a PUBLISH without properties, and encodes it at once, as most code does.
fn building(row: &Row) -> Option<Named<'static>> {
    let (Packet::Publish(publish), version) = (row.packet, row.version) else { return None };
    let (Topic::Name(topic), true) = (publish.topic, publish.properties.is_empty()) else { return None };
    let Publish { delivery, payload, .. } = publish;
    let mut buffer = vec![0; row.bytes().len()];
    let run = move || {
        let publish =
            Publish { delivery: black_box(delivery), ..Publish::new(black_box(topic), black_box(payload)) };
        black_box(&publish.encode(black_box(version), black_box(&mut buffer)));
    };
    Some((name("build and encode", row), Box::new(run)))
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

/// Lends a packet from a reader's buffer, which holds more bytes than the packet.
struct Lending {
    version: Version,
    bytes: Vec<u8>,
    buffer: ReadBuffer<Vec<u8>>,
}

impl Lending {
    fn new(row: &Row) -> Self {
        let decoder = Decoder::new(row.version);
        let bytes = row.bytes().repeat(2);
        Self { version: row.version, bytes, buffer: ReadBuffer::new(decoder, Vec::new()) }
    }
}

impl Work for Lending {
    fn prepare(&mut self) {
        self.buffer = ReadBuffer::new(Decoder::new(self.version), Vec::new());
        let mut rest = &self.bytes[..];
        while !rest.is_empty() {
            let len = rest.read(self.buffer.space()).expect("a slice can be read");
            self.buffer.filled(len);
        }
    }

    fn run(&mut self) {
        if self.buffer.is_ready() == Ok(true) {
            black_box(&self.buffer.next());
        }
    }
}

/// Splits a packet from a shared buffer, reads it once and drops it.
struct Owning {
    decoder: Decoder,
    bytes: Vec<u8>,
    others: BytesMut,
    buffer: BytesMut,
}

impl Owning {
    fn new(row: &Row) -> Self {
        let decoder = Decoder::new(row.version);
        Self { decoder, bytes: row.bytes(), others: BytesMut::new(), buffer: BytesMut::new() }
    }
}

impl Work for Owning {
    fn prepare(&mut self) {
        // The packet gets an aligned address like a slice, because counts depend on the address.
        self.buffer = BytesMut::from(&[&[0; 64][..], &self.bytes, &self.bytes].concat()[..]);
        self.others = self.buffer.split_to(64);
    }

    fn run(&mut self) {
        if let Ok(Some(frame)) = self.decoder.split_frame(black_box(&mut self.buffer)) {
            black_box(&frame.packet());
        }
    }
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

/// Decodes a packet, then needlessly reads each of its first 38 bytes.
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
