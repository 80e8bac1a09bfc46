//! Measures how the cost of decoding grows. The cost grows with each item of a list, but not with the payload.

use mqtt_wire::{Version, decode};
use std::fmt::Write;
use std::hint::black_box;
use std::sync::Barrier;
use std::time::Instant;

/// The greatest Remaining Length.
const LARGEST: usize = 268_435_455;

/// Packets of one kind with growing size.
pub struct Series {
    pub name: &'static str,
    /// The unit of the size: bytes, or items of a kind.
    pub unit: &'static str,
    /// The number of units, and the nanoseconds for the packet.
    pub points: Vec<(usize, f64)>,
}

/// Returns all series. The largest packets have 256 MiB.
pub fn series() -> Vec<Series> {
    vec![
        of("PUBLISH 3.1.1", "payload bytes", Version::V3_1_1, 64, LARGEST - 7, publish),
        of("SUBSCRIBE 3.1.1", "filters", Version::V3_1_1, 1, (LARGEST - 2) / 4, |count| {
            list(0x82, b"\x00\x01f\x01", count)
        }),
        of("SUBACK 3.1.1", "codes", Version::V3_1_1, 1, LARGEST - 2, |count| list(0x90, b"\x01", count)),
        of("PUBLISH 5.0", "user properties", Version::V5_0, 1, (LARGEST - 10) / 7, user_properties),
    ]
}

pub fn table(series: &[Series]) -> String {
    let mut table =
        String::from("| packet | of | ns for the packet | ns for one |\n| --- | --: | --: | --: |\n");
    for Series { name, unit, points } in series {
        for (count, time) in points {
            let each = if unit.starts_with("payload") {
                "–".into()
            } else {
                format!("{:.1}", time / *count as f64)
            };
            writeln!(table, "| {name} | {count} {unit} | {time:.0} | {each} |").expect("a string");
        }
    }
    table
}

fn of(
    name: &'static str,
    unit: &'static str,
    version: Version,
    least: usize,
    most: usize,
    packet: impl Fn(usize) -> Vec<u8>,
) -> Series {
    let growing =
        std::iter::successors(Some(least), |count| Some(count * 16)).take_while(|count| *count < most);
    let points = growing.chain([most]).map(|count| (count, time(version, &packet(count)))).collect();
    Series { name, unit, points }
}

fn time(version: Version, bytes: &[u8]) -> f64 {
    assert!(matches!(decode(version, bytes), Ok(Some((_, [])))));
    time_of(version, bytes)
}

/// Returns the nanoseconds for a packet, accepted or not: the fastest of several rounds. Each round is long enough
/// for the resolution of the clock.
pub fn time_of(version: Version, bytes: &[u8]) -> f64 {
    let once = |times: usize| {
        let started = Instant::now();
        for _ in 0..times {
            black_box(&decode(black_box(version), black_box(bytes)));
        }
        started.elapsed().as_nanos() as f64 / times as f64
    };
    let times = (50_000.0 / once(1).max(1.0)).clamp(1.0, 10_000.0) as usize;
    let rounds = if times == 1 { 5 } else { 100 };
    (0..rounds).map(|_| once(times)).fold(f64::INFINITY, f64::min)
}

fn publish(payload: usize) -> Vec<u8> {
    frame(0x32, &[b"\x00\x03a/b\x00\x01"], b"p", payload, b"")
}

fn list(byte_1: u8, item: &[u8], count: usize) -> Vec<u8> {
    frame(byte_1, &[b"\x00\x01"], item, count, b"")
}

fn user_properties(count: usize) -> Vec<u8> {
    let property = b"\x26\x00\x01n\x00\x01v";
    frame(0x30, &[b"\x00\x01t", &varint(count * property.len())], property, count, b"")
}

/// Builds a packet with this many items between the beginning and the last item.
pub fn frame(byte_1: u8, before: &[&[u8]], item: &[u8], count: usize, last: &[u8]) -> Vec<u8> {
    let body = [&before.concat(), &item.repeat(count), last].concat();
    [&[byte_1], &varint(body.len())[..], &body].concat()
}

pub fn varint(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let more = value >> 7;
        bytes.push((value & 0x7f) as u8 | if more > 0 { 0x80 } else { 0 });
        if more == 0 {
            return bytes;
        }
        value = more;
    }
}

/// Returns how many times as many packets two threads decode in the time of one thread.
pub fn cores(batch: &'static [u8], version: Version) -> f64 {
    // The two measurements alternate in short runs, and the fastest run counts. Some runs find both
    // cores free.
    let (mut one, mut two) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..500 {
        one = one.min(together(1, batch, version));
        two = two.min(together(2, batch, version));
    }
    2.0 * one / two
}

/// Returns the seconds for threads that start together. Each thread does the whole work.
fn together(threads: usize, batch: &'static [u8], version: Version) -> f64 {
    let start = &Barrier::new(threads);
    let work = || {
        start.wait();
        let started = Instant::now();
        for _ in 0..10 {
            let mut input = black_box(batch);
            while let Ok(Some((packet, rest))) = decode(version, input) {
                black_box(&packet);
                input = rest;
            }
        }
        started.elapsed().as_secs_f64()
    };
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        all.into_iter().filter_map(|thread| thread.join().ok()).fold(0.0, f64::max)
    })
}
