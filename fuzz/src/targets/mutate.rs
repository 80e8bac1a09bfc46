//! Checks packets that are nearly correct.

use super::decode::decode;
use crate::growth::{TIMES, grow_no_faster, is_explained};
use crate::mutator::Pieces;
use crate::random::Random;
use mqtt_wire::*;
use mqtt_wire_testkit::laws::decoder;
use std::cell::RefCell;

/// Checks the invariants of [`decode`] for mutated packets, and that the time for a list grows no faster
/// than its length.
pub fn mutate(bytes: &[u8]) {
    decode(bytes);
    let random = &mut Random::of(bytes);
    if bytes.len() <= 200 && random.one_in(16) {
        Version::ALL.into_iter().for_each(|version| takes_its_time(version, bytes, random));
    }
    if random.one_in(256) {
        is_known_incomplete_from_its_header(bytes.first().copied().unwrap_or_default());
    }
}

thread_local! {
    /// The beginnings of two packets of 8 MiB. One beginning has a few bytes. The other beginning lacks only the last byte of
    /// its packet.
    static INCOMPLETE: RefCell<[Vec<u8>; 2]> = RefCell::new([16, (8 << 20) + 3].map(|len| {
        let mut bytes = vec![0; len];
        bytes[1..5].copy_from_slice(b"\xff\xff\xff\x03");
        bytes
    }));
}

/// The fixed header shows whether a packet is complete, so waiting must not read the bytes again.
fn is_known_incomplete_from_its_header(byte_1: u8) {
    INCOMPLETE.with_borrow_mut(|beginnings| {
        beginnings.iter_mut().for_each(|bytes| bytes[0] = byte_1);
        let beginnings = beginnings.each_ref().map(|bytes| &bytes[..]);
        for version in Version::ALL {
            let mut decoder = decoder(version);
            is_explained(1, beginnings, |bytes| decoder.decode(bytes).is_ok());
            is_explained(1, beginnings, |bytes| decoder.frame_len(bytes).is_ok());
            is_explained(1, beginnings, |bytes| decoder.decode_head(bytes).is_ok());
        }
    });
}

/// The length of the long form of a packet, in bytes.
const LONG: usize = 1 << 16;

/// Repeats each part of a packet thousands of times. The time of every operation must grow no faster
/// than the length of the packet.
fn takes_its_time(version: Version, bytes: &[u8], random: &mut Random) {
    let is_legal = |bytes: &[u8]| decoder(version).decode_frame(bytes).is_ok();
    if !is_legal(bytes) {
        return;
    }
    let pieces = Pieces::of(version, bytes);
    for group in pieces.groups() {
        let frames = [LONG / TIMES, LONG].map(|len| pieces.repeated(&group, len).bytes());
        let [short, long] = frames.each_ref().map(|frame| &frame[..]);
        if is_legal(short) && is_legal(long) {
            is_explained(TIMES, [short, long], is_legal);
            if random.one_in(8) {
                grow_no_faster(version, [short, long]);
            }
        }
    }
}
