//! Measures encoding into a slice. `cargo bench --bench encode`.

mod quick;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mqtt_wire::stream::EncodeParts;
use mqtt_wire::{Encode, Packet};
use rows::Row;
use std::hint::black_box;

fn encoding(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode");
    quick::quick(&mut group);
    for row in rows::rows() {
        // Each packet has its own type, as in the code of users.
        match row.packet {
            Packet::Connect(connect) => bench(&mut group, &row, &connect),
            Packet::Publish(publish) => bench(&mut group, &row, &publish),
            Packet::PubAck(puback) => bench(&mut group, &row, &puback),
            Packet::Subscribe(subscribe) => bench(&mut group, &row, &subscribe),
            Packet::SubAck(suback) => bench(&mut group, &row, &suback),
            other => bench(&mut group, &row, &other),
        }
    }
    group.finish();
}

fn bench(group: &mut BenchmarkGroup<'_, WallTime>, row: &Row, packet: &impl Encode) {
    let (version, expected) = (row.version, row.bytes());
    let mut buffer = vec![0; expected.len()];
    // A benchmark of a wrong result would be meaningless.
    assert_eq!(packet.encode(version, &mut buffer), Ok(&expected[..]));
    group.throughput(Throughput::Bytes(expected.len() as u64));
    group.bench_function(BenchmarkId::new(version.to_string(), row.name), |bencher| {
        bencher
            .iter(|| black_box(packet).encode(black_box(version), black_box(&mut buffer)).map(<[u8]>::len));
    });
}

/// Encodes only the head. The payload is not copied.
fn encoding_parts(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode_parts");
    quick::quick(&mut group);
    for row in rows::rows() {
        let Packet::Publish(publish) = row.packet else { continue };
        let (version, expected) = (row.version, row.bytes());
        let mut head = vec![0; publish.head_len(version).expect("legal")];
        let parts = publish.encode_parts(version, &mut head).expect("legal");
        assert_eq!([parts.head(), parts.payload()].concat(), expected);
        group.throughput(Throughput::Elements(1));
        group.bench_function(BenchmarkId::new(version.to_string(), row.name), |bencher| {
            bencher.iter(|| {
                let parts = black_box(&publish).encode_parts(black_box(version), black_box(&mut head));
                parts.map(|parts| parts.len())
            });
        });
    }
    group.finish();
}

criterion_group!(benches, encoding, encoding_parts);
criterion_main!(benches);
