//! The crate and a slow decoder, written from the conformance table alone, are of one opinion: on the
//! verdict, on how many bytes are used or missing, on where the fault is, and on how it may be answered.

#[path = "support/opinion.rs"]
mod opinion;
#[path = "support/samples.rs"]
mod samples;

use mqtt_wire::{Role, Version};
use opinion::naive::Options;
use opinion::{agree, table};
use proptest::prelude::*;
use proptest::sample::{Index, select};

const SENDERS: [Option<Role>; 3] = [None, Some(Role::Client), Some(Role::Server)];

/// What is special somewhere: limits, bits, wildcards, property identifiers, reason codes.
const INTERESTING: [u8; 20] = [
    0x00, 0x01, 0x02, 0x03, 0x04, 0x0b, 0x11, 0x15, 0x16, 0x23, 0x26, 0x2b, 0x2f, 0x7f, 0x80, 0x81, 0x92,
    0xc3, 0xed, 0xff,
];

fn options(version: Version, sender: Option<Role>) -> Options {
    Options { sender, ..Options::new(Some(version)) }
}

/// Collects the differences, so that a failure shows its extent.
#[derive(Default)]
struct Comparison {
    inputs: usize,
    differences: Vec<String>,
}

impl Comparison {
    fn add(&mut self, bytes: &[u8], options: &Options) {
        self.inputs += 1;
        self.differences.extend(agree(bytes, options).err());
    }

    /// At least as many were compared, and all alike.
    fn end(self, at_least: usize) {
        assert!(self.inputs >= at_least, "only {} inputs", self.inputs);
        let count = self.differences.len();
        let shown: Vec<_> = self.differences.into_iter().take(20).collect();
        assert!(count == 0, "{count} of {} differ:\n{}", self.inputs, shown.join("\n"));
    }
}

#[test]
fn on_the_examples_of_the_table() {
    let mut comparison = Comparison::default();
    for rule in table::rules() {
        for example in rule.breaking().into_iter().chain(rule.keeping()) {
            if example.options.is_empty() {
                comparison.add(&example.bytes, &options(example.version, Some(example.sender)));
                comparison.add(&example.bytes, &options(example.version, None));
            }
        }
    }
    comparison.end(1_000);
}

#[test]
fn on_every_sample_in_every_version_from_every_sender() {
    let mut comparison = Comparison::default();
    for (version, packet) in samples::all_samples() {
        let mut bytes = samples::bytes(&packet, version);
        for other in Version::ALL {
            for sender in SENDERS {
                comparison.add(&bytes, &options(other, sender));
            }
        }
        // As the first of a stream, and cut.
        bytes.extend([0xc0, 0x00]);
        comparison.add(&bytes, &options(version, None));
        for end in 0..bytes.len().min(40) {
            comparison.add(&bytes[..end], &options(version, None));
        }
    }
    comparison.end(5_000);
}

#[test]
fn on_every_sample_with_a_byte_changed() {
    let mut comparison = Comparison::default();
    for (version, packet) in samples::all_samples() {
        let mut bytes = samples::bytes(&packet, version);
        if bytes.len() >= 200 {
            continue;
        }
        for place in 0..bytes.len().min(80) {
            let original = bytes[place];
            let values: Vec<u8> =
                if place < 16 { (0..=255).collect() } else { INTERESTING.into_iter().collect() };
            for value in values.into_iter().filter(|value| *value != original) {
                bytes[place] = value;
                for sender in SENDERS {
                    comparison.add(&bytes, &options(version, sender));
                }
            }
            bytes[place] = original;
        }
    }
    comparison.end(500_000);
}

#[test]
fn on_everything_short() {
    let mut comparison = Comparison::default();
    for version in Version::ALL {
        for sender in SENDERS {
            comparison.add(&[], &options(version, sender));
            for first in 0..=255 {
                comparison.add(&[first], &options(version, sender));
                for second in 0..=255 {
                    comparison.add(&[first, second], &options(version, sender));
                }
                // Bodies of one byte, unfinished ones, and a padded length.
                for third in 0..=255 {
                    for second in [1, 2, 0x80, 0xff] {
                        comparison.add(&[first, second, third], &options(version, sender));
                    }
                }
            }
        }
    }
    comparison.end(2_000_000);
}

/// One of the ways to damage bytes.
#[derive(Debug, Clone)]
enum Damage {
    Replace(Index, u8),
    Insert(Index, u8),
    Remove(Index),
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Replace(place, byte) if !bytes.is_empty() => {
                let place = place.index(bytes.len());
                bytes[place] = *byte;
            }
            Self::Remove(place) if !bytes.is_empty() => {
                bytes.remove(place.index(bytes.len()));
            }
            Self::Insert(place, byte) => bytes.insert(place.index(bytes.len() + 1), *byte),
            Self::Replace(..) | Self::Remove(_) => {}
        }
    }
}

fn any_damage() -> impl Strategy<Value = Damage> {
    let byte = || prop_oneof![any::<u8>(), select(&INTERESTING[..])];
    prop_oneof![
        (any::<Index>(), byte()).prop_map(|(place, byte)| Damage::Replace(place, byte)),
        (any::<Index>(), byte()).prop_map(|(place, byte)| Damage::Insert(place, byte)),
        any::<Index>().prop_map(Damage::Remove),
    ]
}

/// The first byte and the rest behind a Remaining Length that fits.
fn mended(first: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    let mut left = body.len();
    loop {
        let low = u8::try_from(left % 128).expect("seven bits");
        left /= 128;
        bytes.push(if left > 0 { low | 0x80 } else { low });
        if left == 0 {
            break;
        }
    }
    bytes.extend(body);
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn on_what_is_nearly_a_packet(
        version in select(&Version::ALL[..]),
        sender in select(&SENDERS[..]),
        which: Index,
        damages in prop::collection::vec(any_damage(), 1..=4),
        mend: bool,
    ) {
        let samples = samples::samples(version);
        let mut bytes = samples::bytes(which.get(&samples), version);
        bytes.truncate(1_000);
        if mend {
            // The Remaining Length fits whatever has become of the body.
            let header = 2 + bytes[1..].iter().take_while(|byte| **byte >= 0x80).count();
            let (first, mut body) = (bytes[0], bytes.split_off(header));
            damages.iter().for_each(|damage| damage.apply(&mut body));
            bytes = mended(first, &body);
        } else {
            damages.iter().for_each(|damage| damage.apply(&mut bytes));
        }
        prop_assert_eq!(agree(&bytes, &options(version, sender)), Ok(()));
    }
}
