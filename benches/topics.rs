//! Measures matching topics with filters, and validating both. `cargo bench --bench topics`.

mod quick;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mqtt_wire::{TopicFilter, TopicName, topic_filter, topic_name};
use std::hint::black_box;

const TOPIC: TopicName<'static> = topic_name!("building/7/floor/3/room/12/temperature");

const FILTERS: [(&str, TopicFilter<'static>, bool); 6] = [
    ("the topic itself", topic_filter!("building/7/floor/3/room/12/temperature"), true),
    ("three + in seven levels", topic_filter!("building/+/floor/+/room/+/temperature"), true),
    ("# after two levels", topic_filter!("building/7/#"), true),
    ("#", topic_filter!("#"), true),
    ("differs in the first level", topic_filter!("bridge/7/floor/3/room/12/temperature"), false),
    ("differs in the last level", topic_filter!("building/+/floor/+/room/+/humidity"), false),
];

fn topics(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("topics");
    quick::quick(&mut group);
    group.throughput(Throughput::Elements(1));
    for (name, filter, expected) in FILTERS {
        // A benchmark of a wrong result would be meaningless.
        assert_eq!(filter.matches(TOPIC), expected, "{name}");
        group.bench_function(BenchmarkId::new("matches", name), |bencher| {
            bencher.iter(|| black_box(filter).matches(black_box(TOPIC)));
        });
    }
    let (topic, filter) = (TOPIC.as_str(), FILTERS[1].1.as_str());
    group.throughput(Throughput::Bytes(topic.len() as u64));
    group.bench_function("check a topic name", |bencher| bencher.iter(|| TopicName::new(black_box(topic))));
    group.throughput(Throughput::Bytes(filter.len() as u64));
    group.bench_function("check a filter", |bencher| bencher.iter(|| TopicFilter::new(black_box(filter))));
    group.finish();
}

criterion_group!(benches, topics);
criterion_main!(benches);
