//! All that is wrong, where decoding says only the first.

use crate::random::Random;
use mqtt_wire::inspect::{Field, Finding, Format, Severity};
use mqtt_wire::*;
use mqtt_wire_testkit::naive::Options;
use mqtt_wire_testkit::verdicts::decoder;
use std::ops::Range;

/// The first violation is what decoding refuses for; what is discouraged is what its switches refuse for.
pub fn says_the_same(bytes: &[u8], options: &Options) {
    let decoder = decoder(options);
    let mut found: Vec<Finding> = Vec::new();
    decoder.lint(bytes, |finding| {
        assert!(finding.error.offset() <= bytes.len(), "{finding:?}");
        let what = |finding: &Finding| (finding.error.kind(), finding.error.field(), finding.error.offset());
        assert!(!found.iter().any(|before| what(before) == what(&finding)), "twice: {finding:?}");
        found.push(finding);
    });
    let first = |severity| found.iter().find(|it| it.severity == severity).map(|it| it.error);
    let (violation, discouraged) = (first(Severity::Violation), first(Severity::Discouraged));
    let refused = decoder.clone().decode_frame(bytes).err();
    assert_eq!(violation, refused, "lint, and decode_frame");
    if refused.is_none() {
        assert_eq!(
            with_all_switches(decoder).decode_frame(bytes).err(),
            discouraged,
            "with all switches, and lint"
        );
    }
}

fn with_all_switches(decoder: Decoder) -> Decoder {
    decoder
        .refuse_control_characters(true)
        .refuse_noncharacters(true)
        .require_minimal_lengths(true)
        .limit_v3_1_topics(true)
        .require_v3_1_text(true)
        .refuse_client_server_reference(true)
}

/// Of a packet that is accepted: where several fields are made bad, each is found as it is when it alone is bad, and
/// nothing else is.
pub fn finds_each(packet: &[u8], options: &Options) {
    let decoder = &decoder(options);
    let mut expected = findings(decoder, packet);
    let mut all_bad = packet.to_vec();
    for Damage { field, at, bad } in damages(decoder, packet) {
        let mut one_bad = packet.to_vec();
        (one_bad[at], all_bad[at]) = (bad, bad);
        expected.retain(|found| !field.contains(&found.error.offset()));
        let in_field =
            findings(decoder, &one_bad).into_iter().filter(|found| field.contains(&found.error.offset()));
        expected.extend(in_field);
    }
    expected.sort_by_key(|found| found.error.offset());
    assert_eq!(findings(decoder, &all_bad), expected, "{all_bad:02x?}");
}

/// In the order of the bytes.
fn findings(decoder: &Decoder, packet: &[u8]) -> Vec<Finding> {
    let mut found = Vec::new();
    decoder.lint(packet, |finding| found.push(finding));
    found.sort_by_key(|found| found.error.offset());
    found
}

/// A byte that makes a field bad and leaves all others where they are.
struct Damage {
    field: Range<usize>,
    at: usize,
    bad: u8,
}

/// Three at most.
fn damages(decoder: &Decoder, packet: &[u8]) -> Vec<Damage> {
    let random = &mut Random::of(packet);
    let mut damages = Vec::new();
    let read = decoder.dissect(packet, |span| {
        let len = span.bytes.len();
        let (within, bad) = match (span.field, span.field.format()) {
            (Field::ProtocolName, _) => return,
            (_, Format::Utf8String) if len > 2 => (2 + random.below(len - 2), random.pick(b"\0\x01\xff#+")),
            (_, Format::Utf8StringPair) if span.bytes[..2] != [0, 0] => (2, b'\0'),
            (Field::PacketIdentifier, _) if span.bytes[0] == 0 => (1, 0),
            (Field::SubscriptionOptions, _) => (0, random.pick(b"\x03\x30\xc0\xf3")),
            _ => return,
        };
        damages.push(Damage { field: span.offset..span.offset + len, at: span.offset + within, bad });
    });
    assert!(read.is_ok());
    while damages.len() > 3 {
        damages.swap_remove(random.below(damages.len()));
    }
    damages
}
