use criterion::BenchmarkGroup;
use criterion::measurement::WallTime;
use std::time::Duration;

/// Settings with which all benchmarks together take two minutes.
pub fn quick(group: &mut BenchmarkGroup<'_, WallTime>) {
    group.warm_up_time(Duration::from_millis(500));
    group.measurement_time(Duration::from_millis(1500));
}
