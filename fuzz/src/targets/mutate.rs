//! What is nearly a packet.

use super::decode::decode;
use crate::growth::{TIMES, is_explained};
use crate::mutator::Pieces;
use crate::random::Random;
use mqtt_wire::broker::PeerLimits;
use mqtt_wire::convert::Conversion;
use mqtt_wire::*;
use mqtt_wire_testkit::laws::decoder;
use std::cell::RefCell;
use std::hash::{BuildHasher, RandomState};
use std::hint::black_box;

/// The laws of [`decode`], for bytes that the mutator makes; and no list takes more time than its length.
pub fn mutate(bytes: &[u8]) {
    decode(bytes);
    let random = &mut Random::of(bytes);
    if bytes.len() <= 200 && random.one_in(16) {
        Version::ALL.into_iter().for_each(|version| takes_its_time(version, bytes, random));
    }
    if random.one_in(256) {
        is_waited_for_at_no_cost(bytes.first().copied().unwrap_or_default());
    }
}

thread_local! {
    /// The beginnings of two packets of 8 MiB: a few bytes, and all but the last one.
    static INCOMPLETE: RefCell<[Vec<u8>; 2]> = RefCell::new([16, (8 << 20) + 3].map(|len| {
        let mut bytes = vec![0; len];
        bytes[1..5].copy_from_slice(b"\xff\xff\xff\x03");
        bytes
    }));
}

/// Whether it is whole can be told by its header.
fn is_waited_for_at_no_cost(byte_1: u8) {
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

/// What a frame grows to.
const LONG: usize = 1 << 16;

/// With any of its parts repeated thousands of times, a packet is read, written and all else in a time
/// that its length explains.
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
            is_gone_through(version, [short, long]);
            if random.one_in(8) {
                is_shown(version, [short, long]);
            }
        }
    }
}

fn is_gone_through(version: Version, frames: [&[u8]; 2]) {
    let packets = frames.map(|frame| decoder(version).decode_frame(frame).expect("legal"));
    let packets = packets.each_ref();
    let mut buffer = vec![0; LONG + LONG / 8];
    is_explained(TIMES, packets, |packet| packet.encode(version, &mut buffer).is_ok());
    for to in Version::ALL.into_iter().filter(|to| *to != version) {
        is_explained(TIMES, packets, |packet| Conversion::new(version, to).convert(*packet).is_ok());
    }
    let hash = RandomState::new();
    is_explained(TIMES, packets, |packet| black_box(packet) == black_box(packet));
    is_explained(TIMES, packets, |packet| hash.hash_one(packet) > 0);
    let peer = PeerLimits::default().max_packet_size(16);
    is_explained(TIMES, packets, |packet| peer.fit(version, *packet).is_ok());
}

/// Which takes longer, so that it is looked at less often.
fn is_shown(version: Version, frames: [&[u8]; 2]) {
    let decoder = decoder(version);
    is_explained(TIMES, frames, |bytes| decoder.dissect(bytes, |span| _ = black_box(span)).is_ok());
    is_explained(TIMES, frames, |bytes| {
        decoder.lint(bytes, |finding| _ = black_box(finding));
        true
    });
}
