//! Measures keeping a packet, compared with decoding it and with copying its fields. `cargo bench --bench owned`.

mod quick;

use bytes::BytesMut;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mqtt_wire::owned::OwnedPacket;
use mqtt_wire::{Decoder, Encode, Packet, Publish, decode};
use std::hint::black_box;

fn owned(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("owned");
    quick::quick(&mut group);
    group.throughput(Throughput::Elements(1));
    for row in rows::rows().into_iter().filter(|row| row.name.starts_with("PUBLISH")) {
        let (version, bytes) = (row.version, row.bytes());
        let packet = OwnedPacket::new(&row.packet, version).expect("legal");
        assert_eq!(packet.packet(), row.packet);
        let id = |what: &str| BenchmarkId::new(format!("{version} {}", row.name), what);

        group.bench_function(id("decode, borrowed"), |bencher| {
            bencher.iter(|| decode(black_box(version), black_box(&bytes)));
        });
        group.bench_function(id("split off"), |bencher| {
            let mut decoder = Decoder::new(version);
            let buffer = || BytesMut::from(&bytes[..]);
            bencher.iter_batched_ref(buffer, |buffer| decoder.decode_owned(buffer), BatchSize::SmallInput);
        });
        group.bench_function(id("packet, decoded again"), |bencher| {
            bencher.iter(|| {
                black_box(black_box(&packet).packet());
            });
        });
        group.bench_function(id("keep topic and payload"), |bencher| {
            bencher.iter(|| {
                publish(black_box(&packet).packet()).map(|publish| {
                    (
                        publish.topic.name().map(|name| packet.slice_ref(name)),
                        packet.slice_ref(publish.payload),
                    )
                })
            });
        });
        group.bench_function(id("copy topic and payload"), |bencher| {
            bencher.iter(|| {
                publish(black_box(&packet).packet()).map(|publish| {
                    (publish.topic.name().map(|name| name.as_str().to_owned()), publish.payload.to_vec())
                })
            });
        });
        group.bench_function(id("clone"), |bencher| bencher.iter(|| black_box(&packet).clone()));
        group.bench_function(id("encode again"), |bencher| {
            let mut buffer = vec![0; bytes.len()];
            bencher.iter(|| black_box(&packet).encode(version, black_box(&mut buffer)).map(<[u8]>::len));
        });
    }
    group.finish();
}

fn publish(packet: Packet<'_>) -> Option<Publish<'_>> {
    match packet {
        Packet::Publish(publish) => Some(publish),
        _ => None,
    }
}

criterion_group!(benches, owned);
criterion_main!(benches);
