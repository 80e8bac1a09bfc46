//! Decoding: the CONNECT with a will, and a small PUBLISH. `cargo bench --bench decode`.

mod packets;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mqtt_wire::{Encode, Packet, Version, decode};
use std::hint::black_box;

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    for version in Version::ALL {
        let packets: [(&str, Packet<'_>); 2] = [
            ("CONNECT with will", packets::connect_with_will(version).into()),
            ("PUBLISH QoS 1, 64 bytes", packets::small_publish().into()),
        ];
        for (name, packet) in packets {
            let mut buffer = vec![0; packet.encoded_len(version).expect("legal")];
            let bytes = packet.encode(version, &mut buffer).expect("legal");
            // What is timed gives the right answer.
            assert_eq!(decode(version, bytes), Ok(Some((packet, &[][..]))));
            group.throughput(Throughput::Bytes(bytes.len() as u64));
            group.bench_function(format!("{name}/{version}"), |bencher| {
                bencher.iter(|| decode(version, black_box(bytes)));
            });
        }
    }
    group.finish();
}

criterion_group!(decoding, benches);
criterion_main!(decoding);
