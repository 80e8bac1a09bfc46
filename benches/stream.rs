//! Measures a busy connection: decoding 1000 mixed packets from one buffer, and encoding them into one buffer.
//! `cargo bench --bench stream`.

mod quick;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mqtt_wire::{Encode, Packet, Version, decode};
use std::hint::black_box;

fn stream(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("stream");
    quick::quick(&mut group);
    for version in [Version::V3_1_1, Version::V5_0] {
        let packets = rows::stream(version);
        let mut bytes: Vec<u8> = packets.iter().flat_map(|packet| rows::bytes(packet, version)).collect();
        group.throughput(Throughput::Elements(packets.len() as u64));

        // A benchmark of a wrong result would be meaningless.
        assert_eq!(read(version, &bytes, |_| ()), packets.len());
        group.bench_function(BenchmarkId::new("decode", version), |bencher| {
            bencher.iter(|| {
                read(black_box(version), black_box(&bytes), |packet| {
                    black_box(packet);
                })
            });
        });

        let expected = bytes.clone();
        assert_eq!(write(version, &packets, &mut bytes), expected.len());
        assert_eq!(bytes, expected);
        group.bench_function(BenchmarkId::new("encode", version), |bencher| {
            bencher.iter(|| write(black_box(version), black_box(&packets), black_box(&mut bytes)));
        });
    }
    group.finish();
}

/// The loop of a reader.
fn read(version: Version, mut input: &[u8], mut take: impl FnMut(&Packet<'_>)) -> usize {
    let mut count = 0;
    while let Ok(Some((packet, rest))) = decode(version, input) {
        take(&packet);
        count += 1;
        input = rest;
    }
    count
}

/// The loop of a writer. The loop writes the packets one after the other.
fn write(version: Version, packets: &[Packet<'_>], buffer: &mut [u8]) -> usize {
    let mut end = 0;
    for packet in packets {
        end += packet.encode(version, &mut buffer[end..]).expect("enough space for all").len();
    }
    end
}

criterion_group!(benches, stream);
criterion_main!(benches);
