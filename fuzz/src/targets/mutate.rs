//! What is nearly a packet.

use super::super::laws::decoder;
use super::super::mutator::Pieces;
use super::super::random::Random;
use super::decode::decode;
use mqtt_wire::*;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// The laws of [`decode`], for bytes that the mutator makes; and no list takes more time than its length.
pub fn mutate(bytes: &[u8]) {
    decode(bytes);
    if bytes.len() <= 200 && Random::of(bytes).one_in(16) {
        Version::ALL.into_iter().for_each(|version| takes_its_time(version, bytes));
    }
}

/// What a frame grows to.
const LONG: usize = 1 << 16;

/// With any of its parts repeated thousands of times, a packet is read, written and all else in a time
/// that its length explains.
fn takes_its_time(version: Version, bytes: &[u8]) {
    if decoder(version).decode_frame(bytes).is_err() {
        return;
    }
    let pieces = Pieces::of(version, bytes);
    for group in pieces.groups() {
        let long = pieces.repeated(&group, LONG).bytes();
        if let Ok(packet) = decoder(version).decode_frame(&long) {
            all_that_is_done_with_it(&packet, version, &long);
        }
    }
}

fn all_that_is_done_with_it(packet: &Packet<'_>, version: Version, bytes: &[u8]) {
    let mut buffer = vec![0; bytes.len()];
    let decoder = decoder(version);
    within(bytes.len(), || decoder.clone().decode_frame(bytes).is_ok());
    within(bytes.len(), || packet.encode(version, &mut buffer).is_ok());
    within(bytes.len(), || decoder.dissect(bytes, |span| _ = black_box(span)).is_ok());
    within(bytes.len(), || {
        decoder.lint(bytes, |finding| _ = black_box(finding));
        true
    });
    for to in Version::ALL {
        within(bytes.len(), || Conversion::new(version, to).convert(*packet).is_ok());
    }
    let peer = PeerLimits::default().max_packet_size(16);
    within(bytes.len(), || peer.fit(version, *packet).is_ok());
}

/// Two hundred times what it takes, without a sanitizer: noise does not take that long five times over, and a
/// loop in a loop over thousands of elements always does.
fn within(len: usize, mut run: impl FnMut() -> bool) {
    let allowed = Duration::from_millis(10) + Duration::from_nanos(400) * len as u32;
    let mut took = Duration::ZERO;
    for _ in 0..5 {
        let started = Instant::now();
        black_box(run());
        took = started.elapsed();
        if took < allowed {
            return;
        }
    }
    panic!("{len} bytes take {took:?}");
}
