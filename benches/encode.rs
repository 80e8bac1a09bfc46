//! Encoding: the CONNECT with a will, and a small PUBLISH. `cargo bench --bench encode`.

mod packets;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mqtt_wire::{Encode, Packet, Version, decode};
use std::hint::black_box;

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode");
    for version in Version::ALL {
        let connect = packets::connect_with_will(version);
        bench(&mut group, "CONNECT with will", version, &connect, connect.into());
        let publish = packets::small_publish();
        bench(&mut group, "PUBLISH QoS 1, 64 bytes", version, &publish, publish.into());
    }
    group.finish();
}

fn bench(
    group: &mut criterion::BenchmarkGroup<'_, criterion::measurement::WallTime>,
    name: &str,
    version: Version,
    packet: &impl Encode,
    as_decoded: Packet<'_>,
) {
    let mut buffer = [0; 256];
    let bytes = packet.encode(version, &mut buffer).expect("legal");
    // What is timed gives the right answer.
    assert_eq!(decode(version, bytes), Ok(Some((as_decoded, &[][..]))));
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function(format!("{name}/{version}"), |bencher| {
        bencher.iter(|| black_box(packet).encode(version, black_box(&mut buffer)).map(<[u8]>::len));
    });
}

criterion_group!(encoding, benches);
criterion_main!(encoding);
