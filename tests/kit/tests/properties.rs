//! Property tests with random values, random packets, and damaged packets.

use arbitrary::{Arbitrary, Unstructured};
use mqtt_wire::property::{PublishProperties, UserProperty};
use mqtt_wire::sample::Sample;
use mqtt_wire::*;
use mqtt_wire_testkit::laws;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{RngAlgorithm, TestError, TestRng, TestRunner};
use std::fmt;

/// Generates strings with many characters that are special in topics.
fn any_string() -> impl Strategy<Value = String> {
    let special = select(vec!["/", "+", "#", "$share/", "$", "\0", "é", "\u{feff}", "a", "b/"]);
    prop_oneof![
        prop::collection::vec(special, 0..8).prop_map(|parts| parts.concat()),
        any::<String>(),
        "[a-z/]{0,300}",
    ]
}

/// Random bytes. `Debug` shows the packet that the bytes make.
#[derive(Clone)]
struct Entropy(Vec<u8>);

impl Entropy {
    fn sample(&self) -> Sample<'_> {
        Sample::arbitrary(&mut Unstructured::new(&self.0)).expect("a packet of any bytes")
    }

    fn constructible(&self) -> Sample<'_> {
        Sample::constructible(&mut Unstructured::new(&self.0)).expect("a packet of any bytes")
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x?}: {:?}", self.0, self.constructible())
    }
}

/// Shrinking gives fewer and smaller bytes, which make simpler packets.
fn any_entropy() -> impl Strategy<Value = Entropy> {
    prop::collection::vec(any::<u8>(), 0..400).prop_map(Entropy)
}

/// Implements the rules of §4.7.
fn is_filter(string: &str) -> bool {
    let levels: Vec<_> = string.split('/').collect();
    let fills = |level: &&str| level.len() == 1 || !level.contains(['+', '#']);
    let hash_is_last = levels.iter().rev().skip(1).all(|level| *level != "#");
    !string.is_empty() && !string.contains('\0') && levels.iter().all(fills) && hash_is_last
}

/// Implements §4.7 by recursion over the levels.
fn matches(filter: &[&str], topic: &[&str]) -> bool {
    match (filter, topic) {
        (["#"], _) => true,
        ([], []) => true,
        ([f, filter @ ..], [t, topic @ ..]) => (*f == "+" || f == t) && matches(filter, topic),
        _ => false,
    }
}

proptest! {
    #[test]
    fn strings_follow_the_rules_of_the_standard(string in any_string()) {
        prop_assert_eq!(Text::new(&string).is_ok(), !string.contains('\0'));
        prop_assert_eq!(
            TopicName::new(&string).is_ok(),
            !string.is_empty() && !string.contains(['\0', '+', '#'])
        );
        prop_assert_eq!(TopicFilter::new(&string).is_ok(), is_filter(&string));
    }

    #[test]
    fn filters_match_like_the_recursive_definition(filter in "[ab+#/$]{1,8}", topic in "[ab/$]{1,8}") {
        if let (Ok(filter), Ok(topic)) = (TopicFilter::new(&filter), TopicName::new(&topic)) {
            let filters: Vec<_> = filter.levels().collect();
            let topics: Vec<_> = topic.levels().collect();
            // `a/#` also matches `a`.
            let parent = filters.len() == topics.len() + 1 && filters.last() == Some(&"#");
            let expected = matches(&filters, &topics) || parent && matches(&filters[..topics.len()], &topics);
            let hidden = topic.as_str().starts_with('$') && filter.as_str().starts_with(['+', '#']);
            prop_assert_eq!(filter.matches(topic), expected && !hidden, "{} {}", filter, topic);
        }
    }

    #[test]
    fn any_packet_keeps_the_laws(entropy in any_entropy()) {
        let sample = entropy.sample();
        laws::of_packet(&sample.as_packet(), sample.version());
    }

    /// A packet with any field values is refused with the name of a field, or decodes to the same
    /// packet.
    #[test]
    fn any_constructible_packet_is_refused_by_name_or_decodes_to_itself(entropy in any_entropy()) {
        let sample = entropy.constructible();
        let packet = sample.as_packet();
        for version in Version::ALL {
            match packet.encoded_len(version) {
                Ok(_) => drop(laws::survives(&packet, version)),
                Err(error) => laws::refused(&packet, version, error),
            }
        }
    }

    #[test]
    fn any_stream_decodes_to_the_same_packets(
        version in select(&Version::ALL[..]),
        all in prop::collection::vec(any_entropy(), 0..8),
        pieces in prop::collection::vec(1..40usize, 1..20),
    ) {
        let samples: Vec<_> = all.iter().map(Entropy::sample).collect();
        let fits = |packet: &Packet<'_>| packet.encoded_len(version).is_ok_and(|len| len < 2000);
        let packets: Vec<_> = samples.iter().map(Sample::as_packet).filter(fits).collect();
        let mut pieces = pieces.into_iter().cycle();
        laws::of_stream(version, &packets, || pieces.next().expect("no end"));
    }

    /// Replaces some bytes of a packet, and repairs at most one length.
    #[test]
    fn damaged_packets_keep_the_laws_of_any_bytes(
        entropy in any_entropy(),
        version in prop::option::of(select(&Version::ALL[..])),
        sender in select(&[None, Some(Role::Client), Some(Role::Server)][..]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..5),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let sample = entropy.sample();
        let mut bytes = laws::encoded(&sample.as_packet(), sample.version());
        bytes.truncate(2000);
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len().min(127)) + 2);
            bytes[1] = u8::try_from(bytes.len() - 2).expect("short");
        }
        let version = version.unwrap_or(sample.version());
        let decoder = laws::decoder(version);
        laws::of_bytes(sender.map_or(decoder, |sender| decoder.sender(sender)), version, &bytes);
    }

    #[test]
    fn any_bytes_keep_the_laws_of_any_bytes(version in select(&Version::ALL[..]), bytes: Vec<u8>) {
        laws::of_bytes(laws::decoder(version), version, &bytes);
    }
}

/// A failing test shrinks its packet. Here the shrunk packet must have a certain User Property and hardly anything
/// else.
#[test]
fn packets_shrink_well() {
    let has_it = |packet: &Packet<'_>| match packet {
        Packet::Publish(publish) => publish.properties.user_properties.iter().any(|pair| pair.value == "é"),
        _ => false,
    };
    let config = ProptestConfig { cases: 1_000_000, ..ProptestConfig::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let found = runner.run(&any_entropy(), |entropy| {
        prop_assert!(!has_it(&entropy.sample().as_packet()));
        Ok(())
    });
    let Err(TestError::Fail(_, entropy)) = found else { panic!("not found: {found:?}") };
    let sample = entropy.sample();
    let Packet::Publish(publish) = sample.as_packet() else { panic!("{sample:?}") };
    let user_properties = publish.properties.user_properties;
    let last = UserProperty { name: Text::EMPTY, value: text!("é") };
    assert!(user_properties.len() <= 2 && user_properties.iter().last() == Some(last), "{sample:?}");
    let least = PublishProperties { user_properties, ..PublishProperties::EMPTY };
    assert_eq!(publish, Publish { properties: least, ..Publish::new(topic_name!("a"), b"") });
}
