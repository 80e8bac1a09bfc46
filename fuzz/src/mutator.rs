//! A mutator for MQTT. The output is a packet with one or two faults.
//!
//! Generic mutators get stuck at MQTT's nested lengths: an extra byte in a topic makes the whole packet incomplete,
//! and the fuzzer never reaches the checks after the length. This mutator takes a packet apart into its fields, changes
//! some of them, and usually repairs the lengths around them. If the input has no packet, the mutator makes one.
//!
//! The output holds only bytes that a peer could send, so that the corpus works for any broker or client. To fuzz your
//! own program, copy this module and `random.rs`. [`mutate`] and [`splice`] are the whole interface; [`in_place`] and
//! [`put`] are the same functions for libFuzzer.

mod damage;
mod pieces;

pub use pieces::Pieces;

use super::random::Random;
use arbitrary::{Arbitrary, Unstructured};
use mqtt_wire::sample::Sample;
use mqtt_wire::{Decoder, Encode, Version};

/// Changes the first packet of the bytes, or makes a new one. The bytes after the packet stay.
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

/// Joins the beginning of one packet and the end of another at a field boundary, or mixes fields of
/// both.
pub fn splice(first: &[u8], second: &[u8], seed: u32) -> Vec<u8> {
    let random = &mut Random::new(seed);
    let (version, frame, rest) = first_packet(first, random);
    let (other_version, other, _) = first_packet(second, random);
    if random.one_in(4) {
        // The two packets, one after the other.
        return [first, second].concat();
    }
    let mut pieces = Pieces::of(version, &frame);
    damage::splice(&mut pieces, &Pieces::of(other_version, &other), random);
    let mut spliced = pieces.bytes();
    spliced.extend(rest);
    spliced
}

/// [`mutate`] for `fuzz_mutator!`. Every fourth call uses libFuzzer's own mutator, which knows the
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
        let repaired = Pieces::raw(&data[..size]).bytes();
        return put(&repaired, &mut data[..max_size]);
    }
    let changed = mutate(&data[..size], seed);
    put(&changed, &mut data[..max_size])
}

/// Copies as many bytes as fit into `out`.
pub fn put(bytes: &[u8], out: &mut [u8]) -> usize {
    let len = bytes.len().min(out.len());
    out[..len].copy_from_slice(&bytes[..len]);
    len
}

/// Returns a version that accepts the first packet (or any version), the packet, and the bytes
/// after it.
fn first_packet<'b>(bytes: &'b [u8], random: &mut Random) -> (Version, Vec<u8>, &'b [u8]) {
    let start = random.below(3);
    let versions = (0..3).map(|step| Version::ALL[(start + step) % 3]);
    for version in versions {
        if let Ok(Some((_, rest))) = Decoder::new(version).accept_bridge(true).decode(bytes) {
            return (version, bytes[..bytes.len() - rest.len()].to_vec(), rest);
        }
    }
    // No version accepts the first packet, so all bytes count as the packet.
    (Version::ALL[start], bytes.to_vec(), &[])
}

/// Makes a packet with [`Sample`], in a version that can encode the packet.
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
