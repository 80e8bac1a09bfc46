//! Checks that packets are equal if their fields are equal, and only then.

use crate::random::Random;
use mqtt_wire::*;
use mqtt_wire_testkit::laws::decoder;
use mqtt_wire_testkit::packet_fields::fields_of;
use std::hash::{BuildHasher, RandomState};

/// The number of other packets that a packet is compared with.
const OTHERS: usize = 8;

/// Changes a byte of a frame. The other packet is equal if all of its fields are, and then has the same hash.
pub fn goes_by_the_fields(packet: &Packet<'_>, version: Version, frame: &[u8]) {
    let (random, hash) = (&mut Random::of(frame), RandomState::new());
    let bits = [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff];
    for _ in 0..OTHERS {
        let mut changed = frame.to_vec();
        let at = random.below(frame.len().min(300));
        changed[at] ^= random.pick(&bits);
        let Ok(other) = decoder(version).decode_frame(&changed) else { continue };
        let is_same = fields_of(packet) == fields_of(&other);
        assert_eq!(*packet == other, is_same, "{packet:?} and {other:?}");
        assert_eq!(other == *packet, is_same, "{packet:?} and {other:?}");
        assert!(!is_same || hash.hash_one(packet) == hash.hash_one(other), "{packet:?}");
    }
}
