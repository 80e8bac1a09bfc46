//! Checks that `lint` finds all violations, where decoding reports only the first.

use crate::random::Random;
use mqtt_wire::inspect::{Field, Finding, Format, Severity};
use mqtt_wire::property::PropertyId;
use mqtt_wire::*;
use mqtt_wire_testkit::laws;
use mqtt_wire_testkit::naive::Options;
use mqtt_wire_testkit::verdicts::decoder;
use std::collections::BTreeSet;
use std::ops::Range;

/// The first violation is the error of the decoder. Discouraged values are the errors of the decoder's
/// switches.
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

/// A finding: its offset, its kind and its field.
type What = (usize, String, &'static str);

fn what(finding: &Finding) -> What {
    (finding.error.offset(), format!("{:?}", finding.error.kind()), finding.error.field().name())
}

fn all(decoder: &Decoder, bytes: &[u8]) -> BTreeSet<What> {
    findings(decoder, bytes).iter().map(what).collect()
}

/// Bytes after the packet, a switch, a limit and a sender each add findings and remove none. The Remaining Length says that
/// the packet at the beginning of the bytes is complete.
pub fn is_a_set(bytes: &[u8], options: &Options) {
    if laws::announced_len(bytes).is_none_or(|len| len > bytes.len()) {
        return;
    }
    let plain =
        Options { sender: None, max_packet_size: u32::MAX, topic_alias_maximum: u16::MAX, ..*options };
    let before = all(&decoder(&plain), bytes);
    a_switch_decides_what_it_weighs(bytes, options);
    bytes_after_the_packet_are_found(bytes, options);
    a_limit_adds(&before, bytes, &Options { max_packet_size: 3, ..plain }, "PacketTooLarge");
    a_limit_adds(&before, bytes, &Options { topic_alias_maximum: 0, ..plain }, "TopicAliasOverMaximum");
    for sender in [Role::Client, Role::Server] {
        let from = Options { sender: Some(sender), ..plain };
        a_limit_adds(&before, bytes, &from, "WrongDirection");
        never_sends(bytes, &from);
    }
}

/// The switches decide the severity of a finding. The switches add and remove no finding.
fn a_switch_decides_what_it_weighs(bytes: &[u8], options: &Options) {
    let (off, on) = (decoder(&without_switches(options)), with_all_switches(decoder(options)));
    let (lax, strict) = (findings(&off, bytes), findings(&on, bytes));
    assert_eq!(
        lax.iter().map(what).collect::<Vec<_>>(),
        strict.iter().map(what).collect::<Vec<_>>(),
        "without switches, and with all"
    );
    assert!(strict.iter().all(|finding| finding.severity == Severity::Violation), "{strict:?}");
}

/// A packet that is accepted because of tolerances has the same findings as without tolerances. Each violation has become tolerated, and
/// nothing else has changed. There are two exceptions. The value of a property that is left out is not read. Without tolerances, the fields
/// after an unsupported Protocol Level are not read, and the flags and the length of the packet are not checked.
pub fn tolerates_its_violations(frame: &[u8], options: &Options) {
    let tolerant = decoder(options);
    let (lax, strict) = (findings(&tolerant, frame), findings(&tolerant.tolerate(Tolerances::NONE), frame));
    let weigh = |finding: &Finding| (finding.severity == Severity::Discouraged, what(finding));
    let is_unsupported =
        |found: &&Finding| matches!(found.error.kind(), DecodeErrorKind::UnsupportedProtocolLevel { .. });
    let unsupported = strict.iter().find(is_unsupported);
    let is_checked = |found: &&Finding| {
        unsupported.is_none_or(|level| {
            found.error.offset() <= level.error.offset()
                && !matches!(found.error.field(), Field::Flags | Field::RemainingLength)
        })
    };
    let found: BTreeSet<_> = lax.iter().filter(is_checked).map(weigh).collect();
    let is_left_out = |field: Field| {
        let tolerated =
            |found: &Finding| found.severity == Severity::Tolerated && found.error.field() == field;
        matches!(field, Field::Property(_)) && lax.iter().any(tolerated)
    };
    let is_read = |finding: &&Finding| found.contains(&weigh(finding)) || !is_left_out(finding.error.field());
    assert_eq!(
        found,
        strict.iter().filter(is_read).map(weigh).collect::<BTreeSet<_>>(),
        "{:?}: {frame:02x?}",
        options.tolerances
    );
    assert!(lax.iter().all(|finding| finding.severity != Severity::Violation), "{lax:?}");
    assert!(strict.iter().all(|finding| finding.severity != Severity::Tolerated), "{strict:?}");
    let are_tolerated = lax.iter().any(|finding| finding.severity == Severity::Tolerated);
    assert_eq!(are_tolerated, !tolerant.tolerated(frame).is_empty(), "{frame:02x?}");
}

fn without_switches(options: &Options) -> Options {
    Options {
        refuse_control_characters: false,
        refuse_noncharacters: false,
        require_minimal_lengths: false,
        limit_v3_1_topics: false,
        require_v3_1_text: false,
        refuse_client_server_reference: false,
        ..*options
    }
}

/// Bytes after a packet add one finding to all other findings. An exception is a PUBLISH with QoS 3: lint reads only its
/// fixed header.
fn bytes_after_the_packet_are_found(bytes: &[u8], options: &Options) {
    let decoder = &decoder(options);
    let Some(len) = laws::announced_len(bytes).filter(|len| *len <= bytes.len()) else { return };
    let (frame, longer) = (&bytes[..len], [&bytes[..len], b"\0"].concat());
    let is_read = |found: &Finding| {
        use DecodeErrorKind::{InvalidQos, ReservedPacketType, VersionUnknown};
        let kind = found.error.kind();
        let qos_3 = kind == InvalidQos && found.error.packet_type() == Some(PacketType::Publish);
        !qos_3 && !matches!(kind, ReservedPacketType | VersionUnknown)
    };
    let mut expected = findings(decoder, frame);
    let found = findings(decoder, &longer);
    if expected.iter().all(is_read) {
        let extra = found.iter().filter(|it| it.error.kind() == DecodeErrorKind::BytesAfterPacket);
        let [extra] = extra.collect::<Vec<_>>()[..] else { panic!("{found:?} of {longer:02x?}") };
        assert_eq!((extra.error.offset(), extra.severity), (len, Severity::Violation));
        expected.push(*extra);
    }
    assert_eq!(found, expected, "{longer:02x?}");
}

fn a_limit_adds(before: &BTreeSet<What>, bytes: &[u8], options: &Options, kind: &str) {
    let mut found = all(&decoder(options), bytes);
    found.retain(|(_, found, _)| found != kind);
    let mut before = before.clone();
    before.retain(|(_, found, _)| found != kind);
    assert_eq!(found, before, "{kind} of {bytes:02x?}");
}

/// If the sender must not send the packet, there is one more finding (§2.1.2), and all other findings stay.
fn never_sends(bytes: &[u8], options: &Options) {
    let (Some(version), Some(sender), Some(&first)) = (options.version, options.sender, bytes.first()) else {
        return;
    };
    let is_of_server = match first >> 4 {
        1 | 8 | 10 | 12 => false,
        2 | 9 | 11 | 13 => true,
        14 if version != Version::V5_0 => false,
        _ => return,
    };
    let is_found = all(&decoder(options), bytes).contains(&(0, "WrongDirection".to_owned(), "Packet"));
    assert_eq!(is_found, is_of_server != (sender == Role::Server), "{sender:?} {bytes:02x?}");
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

/// Damages several fields of an accepted packet. The findings are the same as those for each damaged field alone.
pub fn finds_each(packet: &[u8], options: &Options) {
    let decoder = &decoder(options);
    let mut expected = findings(decoder, packet);
    let mut all_bad = packet.to_vec();
    for Damage { field, at, bad, .. } in damages(decoder, packet) {
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

/// Returns the findings, sorted by offset.
fn findings(decoder: &Decoder, packet: &[u8]) -> Vec<Finding> {
    let mut found = Vec::new();
    decoder.lint(packet, |finding| found.push(finding));
    found.sort_by_key(|found| found.error.offset());
    found
}

/// A byte that makes one field invalid and leaves the other fields valid and in place.
struct Damage {
    field: Range<usize>,
    at: usize,
    bad: u8,
    is_identifier: bool,
}

/// An identifier of the same type that the packet cannot have.
fn misplaced(packet_type: u8, id: u8) -> Option<u8> {
    const CONNECT: u8 = 1;
    const CONNACK: u8 = 2;
    const PUBLISH: u8 = 3;
    // Content Type, Correlation Data, Message Expiry Interval and Topic Alias are for messages only.
    Some(match (packet_type, id) {
        (CONNECT | PUBLISH, _) => return None,
        (_, 0x1f | 0x12 | 0x1a | 0x1c | 0x15) => 0x03,
        (_, 0x16) => 0x09,
        (_, 0x11 | 0x27) => 0x02,
        (CONNACK, 0x21 | 0x13) => 0x23,
        _ => return None,
    })
}

/// Returns at most three damages.
fn damages(decoder: &Decoder, packet: &[u8]) -> Vec<Damage> {
    let random = &mut Random::of(packet);
    let mut damages = Vec::new();
    let read = decoder.dissect(packet, |span| {
        let len = span.bytes.len();
        // The value after a misplaced identifier is not read.
        match damages.last_mut() {
            Some(Damage { field, is_identifier: true, .. }) if field.end == span.offset => {
                field.end += len;
                return;
            }
            _ => {}
        }
        let (within, bad) = match (span.field, span.field.format()) {
            (Field::ProtocolName, _) => return,
            (_, Format::Utf8String) if len > 2 => (2 + random.below(len - 2), random.pick(b"\0\x01\xff#+")),
            (_, Format::Utf8StringPair) if span.bytes[..2] != [0, 0] => (2, b'\0'),
            (Field::PacketIdentifier, _) if span.bytes[0] == 0 => (1, 0),
            // Other legal identifiers of the same length, in packets that cannot have them.
            (Field::PropertyIdentifier, _) => match misplaced(packet[0] >> 4, span.bytes[0]) {
                Some(other) => (0, other),
                None => return,
            },
            (Field::Property(PropertyId::PayloadFormatIndicator), _) => (0, 2 + random.byte() % 254),
            (Field::Property(PropertyId::ReceiveMaximum), _) if span.bytes[0] == 0 => (1, 0),
            (Field::Property(PropertyId::MaximumQos), _) => (0, random.pick(b"\x02\x03\xff")),
            (Field::ReasonCode, Format::Byte) if matches!(packet[0] >> 4, 4..=7 | 14) => {
                (0, random.pick(b"\x03\x7f\xff"))
            }
            (Field::SubscriptionOptions, _) => (0, random.pick(b"\x03\x30\xc0\xf3")),
            _ => return,
        };
        let field = span.offset..span.offset + len;
        let is_identifier = span.field == Field::PropertyIdentifier;
        damages.push(Damage { field, at: span.offset + within, bad, is_identifier });
    });
    assert!(read.is_ok());
    while damages.len() > 3 {
        damages.swap_remove(random.below(damages.len()));
    }
    damages
}
