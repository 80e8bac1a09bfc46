//! Compares the crate with the naive decoder, which was written from the conformance table alone. The two must agree on
//! the verdict, on the number of used or missing bytes, on every field of an accepted packet, and on the fault, its place
//! and the answer of a refused packet.
//!
//! The long runs print their progress: `cargo test --release --test second_opinion -- --ignored exhaustive`.

use mqtt_wire::stream::FrameLen;
use mqtt_wire::{PacketType, Role, Tolerances, Version};
use mqtt_wire_testkit::conformance::{Example, rules};
use mqtt_wire_testkit::naive::{Options, Verdict, naive};
use mqtt_wire_testkit::refused::is_of_use;
use mqtt_wire_testkit::samples;
use mqtt_wire_testkit::verdicts::{agree, decoder};
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

const SENDERS: [Option<Role>; 3] = [None, Some(Role::Client), Some(Role::Server)];

/// Bytes with a special meaning somewhere: limits, bits, wildcards, property identifiers, Reason
/// Codes.
const INTERESTING: [u8; 20] = [
    0x00, 0x01, 0x02, 0x03, 0x04, 0x0b, 0x11, 0x15, 0x16, 0x23, 0x26, 0x2b, 0x2f, 0x7f, 0x80, 0x81, 0x92,
    0xc3, 0xed, 0xff,
];

fn options(version: Version, sender: Option<Role>) -> Options {
    Options { sender, ..Options::new(Some(version)) }
}

/// Collects the differences, so that a failure shows all of them.
#[derive(Default)]
struct Comparison {
    inputs: u64,
    differences: Vec<String>,
}

impl Comparison {
    fn add(&mut self, bytes: &[u8], options: &Options) {
        self.inputs += 1;
        self.differences.extend(agree(bytes, options).err());
    }

    /// Checks that at least this many inputs were compared, without a difference.
    fn end(self, at_least: u64) {
        assert!(self.inputs >= at_least, "only {} inputs", self.inputs);
        let count = self.differences.len();
        let shown: Vec<_> = self.differences.into_iter().take(20).collect();
        assert!(count == 0, "{count} of {} differ:\n{}", self.inputs, shown.join("\n"));
    }
}

/// Returns the options that an example of the table needs.
fn options_of(example: &Example) -> Options {
    let mut options = options(example.version, Some(example.sender));
    for option in &example.options {
        match *option {
            "max_packet=8" => options.max_packet_size = 8,
            "alias_max=10" => options.topic_alias_maximum = 10,
            "minlen3" => options.require_minimal_lengths = true,
            "unicode" => {
                options.refuse_control_characters = true;
                options.refuse_noncharacters = true;
            }
            "topic31" => options.limit_v3_1_topics = true,
            "v31text" => options.require_v3_1_text = true,
            "srvref" => options.refuse_client_server_reference = true,
            "bridge" => options.accept_bridge = true,
            "payload" | "connack3" => {}
            other => panic!("no such option: {other}"),
        }
    }
    options
}

#[test]
fn both_agree_on_the_examples_of_the_table() {
    let mut comparison = Comparison::default();
    for rule in rules() {
        for example in rule.breaking().into_iter().chain(rule.keeping()) {
            let options = options_of(&example);
            comparison.add(&example.bytes, &options);
            comparison.add(&example.bytes, &Options { sender: None, ..options });
            comparison.add(&example.bytes, &Options { version: None, ..options });
            comparison.add(&example.bytes, &Options { tolerances: Tolerances::ALL, ..options });
            for tolerances in Tolerances::ALL.iter() {
                comparison.add(&example.bytes, &Options { tolerances, ..options });
                let others = Tolerances::ALL.without(tolerances);
                comparison.add(&example.bytes, &Options { tolerances: others, ..options });
            }
            comparison.add(&example.bytes, &self::options(example.version, Some(example.sender)));
        }
    }
    comparison.end(2_000);
}

/// Compares the readable fields of each refused packet, in each version and for each sender.
#[test]
fn both_agree_on_the_readable_fields_of_a_refused_packet() {
    let mut refused = 0;
    for rule in rules() {
        for example in rule.breaking().into_iter().chain(rule.keeping()) {
            let as_it_is = options_of(&example);
            is_of_use(&example.bytes, &as_it_is);
            is_of_use(&example.bytes, &Options { version: None, ..as_it_is });
            for (version, sender) in Version::ALL.into_iter().flat_map(|it| SENDERS.map(|by| (it, by))) {
                is_of_use(&example.bytes, &Options { version: Some(version), sender, ..as_it_is });
            }
            refused += usize::from(decoder(&as_it_is).decode(&example.bytes).is_err());
        }
    }
    assert!(refused > 270, "only {refused} packets are refused");
}

/// The two decoders could agree for a wrong reason. This test shows that the naive decoder names the right reason.
#[test]
fn the_naive_decoder_names_the_rule_that_an_example_breaks() {
    let mut examples = 0;
    for rule in rules() {
        // Two exceptions: a method of the packet reports the fault, or the second pair breaks the
        // rule.
        if rule.key.ends_with("payload-not-utf8") || rule.key == "subscribe-every-pair-checked" {
            continue;
        }
        for example in rule.breaking() {
            let named: Vec<_> = match naive(&example.bytes, &options_of(&example)) {
                Verdict::Reject { faults, .. } => faults.into_iter().map(|fault| fault.rule).collect(),
                _ => Vec::new(),
            };
            assert!(named.iter().any(|named| named == general(rule.key)), "{}: {named:?}", rule.key);
            examples += 1;
        }
    }
    assert!(examples > 270, "only {examples} examples were read");
}

/// Returns the general rule of which this rule is a case.
fn general(key: &str) -> &str {
    match key {
        "string-length-overrun" => "binary-length-overrun",
        "connect-name-level-mismatch" => "connect-protocol-level",
        "subscribe-subid-duplicate" => "prop-duplicate",
        "auth-short-form" => "auth-success-from-client",
        "utf8-surrogate" => "utf8-ill-formed",
        _ if key.ends_with("-utf8") => "utf8-ill-formed",
        _ if key.ends_with("-properties-allowed") => "prop-id-wrong-packet",
        _ => key,
    }
}

#[test]
fn both_agree_on_every_sample_in_every_version_from_every_sender() {
    let mut comparison = Comparison::default();
    for (version, packet) in samples::all_samples() {
        let mut bytes = samples::bytes(&packet, version);
        for other in Version::ALL {
            for sender in SENDERS {
                comparison.add(&bytes, &options(other, sender));
            }
        }
        // The packet with another packet after it, and the cut packet.
        bytes.extend([0xc0, 0x00]);
        comparison.add(&bytes, &options(version, None));
        for end in 0..bytes.len().min(40) {
            comparison.add(&bytes[..end], &options(version, None));
        }
    }
    comparison.end(5_000);
}

#[test]
fn both_agree_on_every_sample_with_a_byte_changed() {
    let mut comparison = Comparison::default();
    for (version, packet) in samples::all_samples() {
        let mut bytes = samples::bytes(&packet, version);
        if bytes.len() >= 200 {
            continue;
        }
        for place in 0..bytes.len().min(80) {
            let original = bytes[place];
            for value in INTERESTING.into_iter().filter(|value| *value != original) {
                bytes[place] = value;
                for sender in SENDERS {
                    comparison.add(&bytes, &options(version, sender));
                }
            }
            bytes[place] = original;
        }
    }
    comparison.end(200_000);
}

/// Returns the shortest packet of each type, and the longest one that is short enough for every
/// damage.
fn small_samples(version: Version) -> Vec<Vec<u8>> {
    let mut small = Vec::new();
    let samples = samples::samples(version);
    for packet_type in PacketType::ALL {
        let of_type = samples.iter().filter(|packet| packet.packet_type() == packet_type);
        let bytes = of_type.map(|packet| samples::bytes(packet, version)).filter(|bytes| bytes.len() < 300);
        small.extend(shortest(version, packet_type));
        small.extend(bytes.max_by_key(Vec::len));
    }
    small.dedup();
    small
}

#[test]
fn both_agree_on_every_change_of_one_byte() {
    let mut comparison = Comparison::default();
    for version in Version::ALL {
        for mut bytes in small_samples(version) {
            for place in 0..bytes.len() {
                let original = bytes[place];
                for value in (0..=255).filter(|value| *value != original) {
                    bytes[place] = value;
                    for sender in SENDERS {
                        comparison.add(&bytes, &options(version, sender));
                    }
                }
                bytes[place] = original;
            }
        }
    }
    comparison.end(1_000_000);
}

/// Builds a CONNECT with these flags and the fields that they announce.
fn connect(version: Version, flags: u8) -> Vec<u8> {
    let has = |bit: u8| flags & bit != 0;
    let v5 = version == Version::V5_0;
    let mut body = match version {
        Version::V3_1 => b"\x00\x06MQIsdp\x03".to_vec(),
        Version::V3_1_1 => b"\x00\x04MQTT\x04".to_vec(),
        Version::V5_0 => b"\x00\x04MQTT\x05".to_vec(),
    };
    body.extend([flags, 0x12, 0x34]);
    body.extend(if v5 { &b"\x05\x11\x00\x00\x00\x07"[..] } else { b"" });
    body.extend(b"\x00\x02id");
    if has(0x04) {
        body.extend(if v5 { &b"\x05\x18\x00\x00\x00\x09"[..] } else { b"" });
        body.extend(b"\x00\x02wt\x00\x02wp");
    }
    body.extend(if has(0x80) { &b"\x00\x04user"[..] } else { b"" });
    body.extend(if has(0x40) { &b"\x00\x04pass"[..] } else { b"" });
    frame_of(0x10, &body)
}

#[test]
fn both_agree_on_all_connect_flags() {
    let mut comparison = Comparison::default();
    // Every combination of user name, password, clean start, will, Will QoS and Will Retain. In 3.1, the reserved bit has no meaning, and
    // without a will, Will QoS and Will Retain have no meaning.
    for (version, legal) in [
        (Version::V3_1, 3 * 2 * (6 + 8) * 2),
        (Version::V3_1_1, 3 * 2 * (6 + 1)),
        (Version::V5_0, 4 * 2 * (6 + 1)),
    ] {
        let mut accepted = 0;
        for flags in 0..=255 {
            let options = options(version, None);
            let announced = connect(version, flags);
            accepted += usize::from(matches!(naive(&announced, &options), Verdict::Accept { .. }));
            comparison.add(&announced, &options);
            // The bytes have the fields of other flags.
            for other in 0..=255 {
                let mut bytes = connect(version, other);
                let place = if version == Version::V3_1 { 11 } else { 9 };
                bytes[place] = flags;
                comparison.add(&bytes, &options);
            }
        }
        assert_eq!(accepted, legal, "{version}");
    }
    comparison.end(3 * 256 * 257);
}

#[test]
fn both_agree_on_every_short_input() {
    let mut comparison = Comparison::default();
    for version in Version::ALL {
        for sender in SENDERS {
            comparison.add(&[], &options(version, sender));
            for first in 0..=255 {
                comparison.add(&[first], &options(version, sender));
                for second in 0..=255 {
                    comparison.add(&[first, second], &options(version, sender));
                }
                // Bodies of one byte, incomplete packets, and a padded length.
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

/// A way to damage bytes.
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

fn any_options() -> impl Strategy<Value = Options> {
    let limits = (select(vec![u32::MAX, 40, 20]), select(vec![u16::MAX, u16::MAX - 1, 1, 0]));
    // In many inputs no switch is on.
    let switches = prop_oneof![Just([false; 7]), any::<[bool; 7]>()];
    // In many inputs no deviation is tolerated, or all deviations are tolerated.
    let each = subsequence(Tolerances::ALL.iter().collect::<Vec<_>>(), 0..=Tolerances::ALL.iter().count());
    let some = each.prop_map(|each| each.into_iter().fold(Tolerances::NONE, Tolerances::union));
    let tolerances = prop_oneof![Just(Tolerances::NONE), Just(Tolerances::ALL), some];
    (select(&SENDERS[..]), limits, switches, tolerances).prop_map(|(sender, limits, switches, tolerances)| {
        let (max_packet_size, topic_alias_maximum) = limits;
        let [control, noncharacters, minimal, topics, text, reference, bridge] = switches;
        Options {
            version: None,
            sender,
            max_packet_size,
            topic_alias_maximum,
            refuse_control_characters: control,
            refuse_noncharacters: noncharacters,
            require_minimal_lengths: minimal,
            limit_v3_1_topics: topics,
            require_v3_1_text: text,
            refuse_client_server_reference: reference,
            accept_bridge: bridge,
            tolerances,
        }
    })
}

/// Builds a packet of the first byte and the body, with the correct Remaining Length.
fn frame_of(first: u8, body: &[u8]) -> Vec<u8> {
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
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(2_000), ..ProptestConfig::default() })]

    #[test]
    fn both_agree_on_damaged_packets(
        version in select(&Version::ALL[..]),
        learns in prop::bool::weighted(0.2),
        options in any_options(),
        which: Index,
        damages in prop::collection::vec(any_damage(), 1..=4),
        repairs_length: bool,
    ) {
        let samples = samples::samples(version);
        let mut bytes = samples::bytes(which.get(&samples), version);
        bytes.truncate(1_000);
        if repairs_length {
            // The Remaining Length is correct for the damaged body.
            let header = 2 + bytes[1..].iter().take_while(|byte| **byte >= 0x80).count();
            let (first, mut body) = (bytes[0], bytes.split_off(header));
            damages.iter().for_each(|damage| damage.apply(&mut body));
            bytes = frame_of(first, &body);
        } else {
            damages.iter().for_each(|damage| damage.apply(&mut bytes));
        }
        let options = Options { version: (!learns).then_some(version), ..options };
        prop_assert_eq!(agree(&bytes, &options), Ok(()));
    }
}

/// Calls `part` for every number below `parts` on all cores, prints the progress, and collects the
/// differences.
fn exhaustively(name: &str, parts: usize, part: impl Fn(usize) -> Comparison + Sync) -> Comparison {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let all = Mutex::new(Comparison::default());
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= parts {
                        break;
                    }
                    let comparison = part(number);
                    let mut all = all.lock().expect("no part panics");
                    all.inputs += comparison.inputs;
                    all.differences.extend(comparison.differences);
                    let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                    let line = format!(
                        "{name}: {done} of {parts}, {} inputs, {} differ, {} s\n",
                        all.inputs,
                        all.differences.len(),
                        started.elapsed().as_secs()
                    );
                    // The progress is written directly to the terminal, because the test harness would keep the output to the end. A quick
                    // run has no name.
                    if !name.is_empty() {
                        let _ = std::io::stderr().write_all(line.as_bytes());
                    }
                }
            });
        }
    });
    all.into_inner().expect("no part panics")
}

fn byte(number: usize) -> u8 {
    u8::try_from(number).expect("256 parts")
}

/// Adds the bytes in every version, from every sender.
fn add_all(comparison: &mut Comparison, bytes: &[u8]) {
    for version in Version::ALL {
        for sender in SENDERS {
            comparison.add(bytes, &options(version, sender));
        }
    }
}

#[test]
#[ignore = "half a minute"]
fn exhaustive_three_bytes() {
    let comparison = exhaustively("three bytes", 256, |first| {
        let mut comparison = Comparison::default();
        for second in 0..=255 {
            add_all(&mut comparison, &[byte(first), second]);
            for third in 0..=255 {
                add_all(&mut comparison, &[byte(first), second, third]);
            }
        }
        comparison
    });
    comparison.end((1 << 16) * 9 + (1 << 24) * 9);
}

/// Compares packets with these bodies and every first byte that a packet of the version can have. Packets
/// with other first bytes are refused for the first byte: `exhaustive_three_bytes` tests these packets.
fn with_bodies<const N: usize>(name: &str, values: &[u8], at_least: u64) {
    let begins = |version: Version, first: usize| {
        let decoder = decoder(&Options { accept_bridge: true, ..options(version, None) });
        decoder.frame_len(&[byte(first), 0]).is_ok() && byte(first) >> 4 != 1
    };
    let headers: Vec<_> = Version::ALL
        .into_iter()
        .flat_map(|version| {
            (0..256).filter(move |first| begins(version, *first)).map(move |first| (version, first))
        })
        .flat_map(|(version, first)| values.iter().map(move |value| (version, first, *value)))
        .collect();
    let comparison = exhaustively(name, headers.len(), |number| {
        let (version, first, value) = headers[number];
        let options = options(version, None);
        let mut comparison = Comparison::default();
        let mut places = [0; N];
        loop {
            let rest = places.map(|place| values[place]);
            comparison.add(&[&[byte(first), byte(N + 1), value][..], &rest].concat(), &options);
            // This loop counts up like a counter. The digits of the counter are the indexes of the values.
            let Some(digit) = places.iter().position(|place| place + 1 < values.len()) else { break };
            places[..digit].fill(0);
            places[digit] += 1;
        }
        comparison
    });
    comparison.end(at_least);
}

/// A part of the long runs: all bodies of one byte, and some of two and three bytes.
#[test]
fn both_agree_on_all_short_bodies() {
    let all: Vec<u8> = (0..=255).collect();
    with_bodies::<0>("", &all, 200 << 8);
    with_bodies::<1>("", &INTERESTING, 200 * 400);
    with_bodies::<2>("", &INTERESTING[4..14], 200 * 1_000);
}

#[test]
#[ignore = "half an hour"]
fn exhaustive_bodies_of_three_bytes() {
    let all: Vec<u8> = (0..=255).collect();
    with_bodies::<1>("bodies of two bytes", &all, 200 << 16);
    with_bodies::<2>("bodies of three bytes", &all, 200 << 24);
}

/// All bodies of four bytes would take days. These bodies use a value from each class that the standard
/// distinguishes: lengths, bits, wildcards, property identifiers, Reason Codes, parts of UTF-8.
#[test]
#[ignore = "5 minutes"]
fn exhaustive_bodies_of_four_bytes() {
    let mut values = INTERESTING.to_vec();
    values.extend(b"/$a\n");
    values.extend([
        0x05, 0x06, 0x08, 0x09, 0x12, 0x17, 0x18, 0x1f, 0x22, 0x24, 0x28, 0x40, 0x82, 0x97, 0xa0, 0xc0,
    ]);
    values.extend([0xbf, 0xe0, 0xf0, 0xfe]);
    values.sort_unstable();
    values.dedup();
    with_bodies::<3>("bodies of four bytes", &values, 200 * 3_000_000);
}

/// The naive decoder reads only inputs that are complete packets according to their header. The other
/// inputs are covered by the run over three bytes.
#[test]
#[ignore = "40 minutes"]
fn exhaustive_four_bytes() {
    let comparison = exhaustively("four bytes", 256, |first| {
        let mut comparison = Comparison::default();
        for rest in 0..1_u32 << 24 {
            let [_, second, third, fourth] = rest.to_be_bytes();
            let bytes = [byte(first), second, third, fourth];
            if is_whole(&bytes) {
                add_all(&mut comparison, &bytes);
            } else {
                Version::ALL.into_iter().for_each(|version| comparison.check_alone(&bytes, version));
            }
        }
        comparison
    });
    comparison.end((1 << 32) * 3);
}

/// Whether the packet ends within the four bytes, according to its header.
fn is_whole(bytes: &[u8; 4]) -> bool {
    matches!(bytes, [_, 0..=2, _, _] | [_, 0x80 | 0x81, 0, _] | [_, 0x80, 0x80, 0])
}

impl Comparison {
    /// Checks the crate alone: an incomplete packet needs more bytes than there are, and a refused
    /// packet is refused for its header.
    fn check_alone(&mut self, bytes: &[u8], version: Version) {
        self.inputs += 1;
        let mut decoder = decoder(&options(version, None));
        let frame_len = decoder.frame_len(bytes);
        let holds = match decoder.decode(bytes) {
            Ok(Some(_)) => false,
            Ok(None) => match frame_len {
                Ok(FrameLen::Total(len) | FrameLen::AtLeast(len)) => len > bytes.len(),
                Err(_) => false,
            },
            Err(error) => frame_len == Err(error) && error.offset() <= 1,
        };
        if !holds {
            self.differences
                .push(format!("{bytes:02x?} in {version}: {:?}, {frame_len:?}", decoder.decode(bytes)));
        }
    }
}

#[test]
#[ignore = "2 minutes"]
fn exhaustive_changes_of_two_bytes() {
    let samples: Vec<(Version, Vec<u8>)> = Version::ALL
        .into_iter()
        .flat_map(|version| PacketType::ALL.map(|packet_type| (version, shortest(version, packet_type))))
        .filter_map(|(version, bytes)| bytes.map(|bytes| (version, bytes)))
        .collect();
    let comparison = exhaustively("two bytes changed", samples.len(), |number| {
        let mut comparison = Comparison::default();
        let (version, original) = &samples[number];
        for first in 0..original.len() {
            for second in first + 1..original.len() {
                let mut bytes = original.clone();
                for values in 0..=u16::MAX {
                    [bytes[first], bytes[second]] = values.to_be_bytes();
                    for sender in SENDERS {
                        comparison.add(&bytes, &options(*version, sender));
                    }
                }
            }
        }
        comparison
    });
    comparison.end(50_000_000);
}

/// Returns the shortest sample of this type.
fn shortest(version: Version, packet_type: PacketType) -> Option<Vec<u8>> {
    let samples = samples::samples(version);
    let of_type = samples.iter().filter(|packet| packet.packet_type() == packet_type);
    of_type.map(|packet| samples::bytes(packet, version)).min_by_key(Vec::len)
}
