//! What is nearly a packet.

use super::decode::decode;
use crate::mutator::Pieces;
use crate::random::Random;
use cpu_time::ThreadTime;
use mqtt_wire::broker::PeerLimits;
use mqtt_wire::convert::Conversion;
use mqtt_wire::*;
use mqtt_wire_testkit::laws::decoder;
use std::cell::RefCell;
use std::hash::{BuildHasher, RandomState};
use std::hint::black_box;
use std::time::Duration;

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
    /// A packet of 8 MiB but for its last byte.
    static INCOMPLETE: RefCell<Vec<u8>> = {
        let mut bytes = vec![0; (8 << 20) + 3];
        bytes[1..5].copy_from_slice(b"\xff\xff\xff\x03");
        RefCell::new(bytes)
    };
}

/// Whether it is whole can be told by its header.
fn is_waited_for_at_no_cost(byte_1: u8) {
    INCOMPLETE.with_borrow_mut(|bytes| {
        bytes[0] = byte_1;
        for version in Version::ALL {
            let mut decoder = decoder(version);
            within(0, || decoder.decode(bytes).is_ok());
            within(0, || decoder.frame_len(bytes).is_ok());
            within(0, || decoder.decode_head(bytes).is_ok());
        }
    });
}

/// What a frame grows to.
const LONG: usize = 1 << 16;

/// With any of its parts repeated thousands of times, a packet is read, written and all else in a time
/// that its length explains.
fn takes_its_time(version: Version, bytes: &[u8], random: &mut Random) {
    if decoder(version).decode_frame(bytes).is_err() {
        return;
    }
    let pieces = Pieces::of(version, bytes);
    for group in pieces.groups() {
        let long = pieces.repeated(&group, LONG).bytes();
        if let Ok(packet) = decoder(version).decode_frame(&long) {
            within(long.len(), || decoder(version).decode_frame(&long).is_ok());
            is_gone_through(&packet, version, &long);
            if random.one_in(8) {
                is_shown(version, &long);
            }
        }
    }
}

fn is_gone_through(packet: &Packet<'_>, version: Version, bytes: &[u8]) {
    let mut buffer = vec![0; bytes.len()];
    within(bytes.len(), || packet.encode(version, &mut buffer).is_ok());
    for to in Version::ALL.into_iter().filter(|to| *to != version) {
        within(bytes.len(), || Conversion::new(version, to).convert(*packet).is_ok());
    }
    let hash = RandomState::new();
    within(bytes.len(), || black_box(packet) == black_box(packet));
    within(bytes.len(), || hash.hash_one(packet) > 0);
    let peer = PeerLimits::default().max_packet_size(16);
    within(bytes.len(), || peer.fit(version, *packet).is_ok());
}

/// Which takes longer, so that it is looked at less often.
fn is_shown(version: Version, bytes: &[u8]) {
    let decoder = decoder(version);
    within(bytes.len(), || decoder.dissect(bytes, |span| _ = black_box(span)).is_ok());
    within(bytes.len(), || {
        decoder.lint(bytes, |finding| _ = black_box(finding));
        true
    });
}

/// Many times the processor time that it takes, without a sanitizer: noise does not take that long five times over, and
/// a loop in a loop over thousands of elements does. A busy machine makes it no longer.
pub(super) fn within(len: usize, mut run: impl FnMut() -> bool) {
    let of_each = Duration::from_nanos(if cfg!(debug_assertions) { 400 } else { 80 });
    let allowed = Duration::from_millis(2) + of_each * len as u32;
    let mut took = Duration::ZERO;
    for _ in 0..5 {
        let started = ThreadTime::now();
        black_box(run());
        took = started.elapsed();
        if took < allowed {
            return;
        }
    }
    panic!("{len} bytes take {took:?}");
}
