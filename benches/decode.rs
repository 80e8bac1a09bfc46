//! Measures decoding, and decoding with a read of every item. `cargo bench --bench decode`.

mod quick;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mqtt_wire::decode;
use std::hint::black_box;

fn decoding(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    quick::quick(&mut group);
    for row in rows::rows() {
        let (version, bytes) = (row.version, row.bytes());
        // A benchmark of a wrong result would be meaningless.
        assert_eq!(decode(version, &bytes), Ok(Some((row.packet, &[][..]))));
        // Bytes per second would mislead: a PUBLISH of 1 MiB takes as long as one of 64 bytes.
        group.throughput(Throughput::Elements(1));
        group.bench_function(BenchmarkId::new(version.to_string(), row.name), |bencher| {
            bencher.iter(|| decode(black_box(version), black_box(&bytes)));
        });
    }
    group.finish();
}

fn reading(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode and read every item");
    quick::quick(&mut group);
    for row in rows::rows().into_iter().filter(|row| row.items > 1) {
        let (version, bytes) = (row.version, row.bytes());
        assert_eq!(decode(version, &bytes), Ok(Some((row.packet, &[][..]))));
        group.throughput(Throughput::Elements(row.items as u64));
        group.bench_function(BenchmarkId::new(version.to_string(), row.name), |bencher| {
            bencher.iter(|| {
                if let Ok(Some((packet, _))) = decode(black_box(version), black_box(&bytes)) {
                    rows::read(&packet);
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, decoding, reading);
criterion_main!(benches);
