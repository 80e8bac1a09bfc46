//! A mutator that knows MQTT: what it makes is a packet but for one thing or two.
//!
//! Generic mutators get stuck at MQTT's nested lengths: a byte more in a topic makes the whole packet incomplete, and
//! the checks behind it are never reached. Here a packet is taken apart into its fields, some are changed, and
//! the lengths around them are made to fit again, most of the time. Where there is no packet to begin with
//! one is made up.
//!
//! The bytes are those of a peer and nothing else, so that the corpus is good for any broker or client. To
//! fuzz your own, take this module and `random.rs` along: [`mutate`] and [`splice`] are all there is to it, and
//! [`in_place`] and [`put`] are their form for libFuzzer.

mod damage;
mod pieces;

pub use pieces::Pieces;

use super::random::Random;
use arbitrary::{Arbitrary, Unstructured};
use mqtt_wire::sample::Sample;
use mqtt_wire::{Decoder, Encode, Version};

/// The first packet of the bytes with something changed, or a new one; what followed it still follows.
pub fn mutate(bytes: &[u8], seed: u32) -> Vec<u8> {
    let random = &mut Random::new(seed);
    let (mut version, mut frame, rest) = first_packet(bytes, random);
    if frame.is_empty() || random.one_in(12) {
        (version, frame) = made_up(random);
        if random.one_in(4) {
            return [&frame[..], bytes].concat();
        }
    }
    let mut pieces = Pieces::of(version, &frame);
    for _ in 0..=random.below(3) {
        damage::any(&mut pieces, version, random);
    }
    let mut changed = pieces.bytes();
    changed.extend(rest);
    changed
}

/// The beginning of one packet and the end of another, parted between fields, or fields of both.
pub fn splice(first: &[u8], second: &[u8], seed: u32) -> Vec<u8> {
    let random = &mut Random::new(seed);
    let (version, frame, rest) = first_packet(first, random);
    let (other_version, other, _) = first_packet(second, random);
    if random.one_in(4) {
        // Two packets of a stream.
        return [first, second].concat();
    }
    let mut pieces = Pieces::of(version, &frame);
    damage::splice(&mut pieces, &Pieces::of(other_version, &other), random);
    let mut spliced = pieces.bytes();
    spliced.extend(rest);
    spliced
}

/// [`mutate`] for `fuzz_mutator!`; one time in four it is libFuzzer's own mutator, which knows the
/// dictionary and the numbers that the code compares with.
pub fn in_place(
    data: &mut [u8],
    size: usize,
    max_size: usize,
    seed: u32,
    generic: impl Fn(&mut [u8], usize, usize) -> usize,
) -> usize {
    let random = &mut Random::new(seed);
    if random.one_in(4) {
        let size = generic(data, size, max_size);
        if random.one_in(2) {
            return size;
        }
        let mended = Pieces::raw(&data[..size]).bytes();
        return put(&mended, &mut data[..max_size]);
    }
    let changed = mutate(&data[..size], seed);
    put(&changed, &mut data[..max_size])
}

/// As many of the bytes as there is room for.
pub fn put(bytes: &[u8], out: &mut [u8]) -> usize {
    let len = bytes.len().min(out.len());
    out[..len].copy_from_slice(&bytes[..len]);
    len
}

/// A version that reads it, if one does, the packet, and what follows.
fn first_packet<'b>(bytes: &'b [u8], random: &mut Random) -> (Version, Vec<u8>, &'b [u8]) {
    let start = random.below(3);
    let versions = (0..3).map(|step| Version::ALL[(start + step) % 3]);
    for version in versions {
        if let Ok(Some((_, rest))) = Decoder::new(version).accept_bridge(true).decode(bytes) {
            return (version, bytes[..bytes.len() - rest.len()].to_vec(), rest);
        }
    }
    // Not one of them: all that there is.
    (Version::ALL[start], bytes.to_vec(), &[])
}

/// A packet from [`Sample`], of a version that it is legal in.
fn made_up(random: &mut Random) -> (Version, Vec<u8>) {
    let len = 4 + random.below(120);
    let bytes = random.bytes(len);
    let Ok(sample) = Sample::arbitrary(&mut Unstructured::new(&bytes)) else {
        return (Version::V5_0, Vec::new());
    };
    let (packet, version) = (sample.as_packet(), sample.version());
    let mut buffer = vec![0; packet.encoded_len(version).unwrap_or(0)];
    let written = packet.encode(version, &mut buffer).is_ok();
    (version, if written { buffer } else { Vec::new() })
}
