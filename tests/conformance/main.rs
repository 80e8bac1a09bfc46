//! Tests every rule of the conformance table with bytes that break the rule, and with legal neighbours: bytes that differ
//! little and keep the rule.
//!
//! `tests/data/conformance.tsv` is the table. Each line is a rule with its statements in both numberings, its answers, and
//! examples in hex. `conformance/expected.rs` of `tests/kit` has a row for each rule with the expected behaviour of the
//! crate. The test fails for a rule without a row, and for a row without a rule.

mod encoding;
mod page;

use mqtt_wire::answer::{Answer, ConnectionState};
use mqtt_wire::inspect::Field;
use mqtt_wire::reason::ConnectReason;
use mqtt_wire::{DecodeError, DecodeErrorKind, Encode, Packet, PacketType, Role, Version, decode};
use mqtt_wire_testkit::conformance::expected::{self, Expected};
use mqtt_wire_testkit::conformance::{Example, Rule, rules};

#[test]
fn every_rule_has_a_row_and_every_row_a_rule() {
    let rules = rules();
    assert_eq!(rules.len(), 246);
    for rule in &rules {
        assert!(expected::of(rule.key).is_some(), "no row for {}", rule.key);
    }
    for (key, _) in expected::ROWS {
        assert!(rules.iter().any(|rule| rule.key == *key), "no rule for {key}");
        assert_eq!(expected::ROWS.iter().filter(|row| row.0 == *key).count(), 1, "{key} twice");
    }
}

#[test]
fn bytes_that_break_a_rule_are_refused_for_that_rule() {
    let mut examples = 0;
    for rule in rules() {
        let expected = expected::of(rule.key).expect("checked by the test above");
        let breaking = rule.breaking();
        if let Expected::Refused(_, places) = expected {
            assert_eq!(places.len(), breaking.len(), "{}", rule.key);
        }
        for (number, example) in breaking.into_iter().enumerate() {
            examples += 1;
            match expected {
                Expected::Refused(kinds, places) => refused(&rule, &example, kinds, places[number]),
                Expected::PayloadFormat => assert!(!payload_matches(&example), "{}", rule.key),
                // A rule that requires acceptance has no breaking bytes. There is one exception: a short form that only one side may send.
                // From the other side, another rule refuses the short form.
                Expected::Accepted(kind) => {
                    let refused = example.decode().map_err(|error| error.kind());
                    assert_eq!(refused, Err(kind.expect("no breaking bytes")), "{}", rule.key);
                }
                Expected::Incomplete | Expected::LetThrough | Expected::Encoder => {
                    panic!("{}: breaking bytes of a rule that no bytes break", rule.key)
                }
            }
        }
    }
    assert!(examples > 270, "only {examples} examples were read");
}

/// A receiver that takes QoS 3 for another QoS finds no second fault, with or without a Packet Identifier. So the refusal of a receiver
/// shows that the receiver checks the QoS.
#[test]
fn a_publish_with_qos_3_has_no_other_fault() {
    let rule = rules().into_iter().find(|rule| rule.key == "publish-qos-3").expect("a rule of the table");
    for mut example in rule.breaking() {
        let byte_1 = example.bytes[0];
        for qos in [0b000, 0b010, 0b100] {
            example.bytes[0] = byte_1 & !0b110 | qos;
            assert!(matches!(example.decode(), Ok(Some((_, [])))), "{example:02x?}");
        }
    }
}

#[test]
fn legal_neighbours_are_accepted() {
    let mut examples = 0;
    for rule in rules() {
        for example in rule.keeping() {
            examples += 1;
            let context = format!("{}: {example:?}", rule.key);
            match (expected::of(rule.key), example.decode()) {
                (Some(Expected::Incomplete), verdict) => assert_eq!(verdict, Ok(None), "{context}"),
                // A CONNACK of 3.x that refuses a client of 5.0 has its own kind of error.
                (_, Err(error)) if error.kind() == DecodeErrorKind::RefusedIn3x => {
                    assert_eq!(rule.key, "connack-v3-refusal-to-v5");
                }
                // The longest Remaining Length: the body would have 256 MiB.
                (_, Ok(None)) => assert_eq!(rule.key, "fh-remaining-length-too-long"),
                (Some(Expected::PayloadFormat), _) => assert!(payload_matches(&example), "{context}"),
                (_, verdict) => accepted(&example, verdict, &context),
            }
        }
    }
    assert!(examples > 280, "only {examples} examples were read");
}

/// Where the standard leaves the decision to the receiver, the default accepts.
#[test]
fn packets_that_only_a_switch_refuses_are_accepted_by_default() {
    let mut examples = 0;
    for rule in rules().iter().filter(|rule| rule.layer == "option" || rule.layer == "limit") {
        for example in rule.breaking() {
            let default = Example { options: Vec::new(), ..example };
            match rule.key {
                // Refused unless a switch accepts it.
                "connect-bridge-bit" | "connack-v3-refusal-to-v5" => assert!(default.decode().is_err()),
                _ => assert!(matches!(default.decode(), Ok(Some((_, [])))), "{}: {default:?}", rule.key),
            }
            examples += 1;
        }
    }
    assert!(examples > 12, "only {examples} examples were read");
}

/// Rules that only an encoder can break. The encoder refuses to break such a rule.
#[test]
fn packets_that_break_a_rule_cannot_be_encoded() {
    let rules: Vec<_> =
        rules().into_iter().filter(|rule| rule.layer == "encode").map(|rule| rule.key).collect();
    for key in &rules {
        let attempt = encoding::ATTEMPTS.iter().find(|attempt| attempt.0 == *key);
        attempt.unwrap_or_else(|| panic!("no attempt to break {key}")).1();
    }
    assert_eq!(rules.len(), encoding::ATTEMPTS.len());
}

fn refused(rule: &Rule, example: &Example, kinds: &[DecodeErrorKind], place: (Field, usize)) {
    let context = format!("{}: {example:?}", rule.key);
    let error = match example.decode() {
        Err(error) => error,
        verdict => panic!("{context} is not refused: {verdict:?}"),
    };
    assert!(kinds.contains(&error.kind()), "{context}: {error:?}");
    assert_eq!((error.field(), error.offset()), place, "{context}: {error:?}");
    // More bytes do not change the error.
    let mut longer = example.bytes.clone();
    longer.extend([0; 8]);
    assert_eq!(example.decoder().decode(&longer), Err(error), "{context}");

    let version = error.version().expect("it is given");
    if error.packet_type() != Some(PacketType::Connect) {
        assert_eq!(version, example.version, "{context}");
    }
    statement(rule, version, &error, &context);
    answer(rule, example, version, &error, &context);
}

/// The statement is the first in the table for this version. `expected.rs` lists the rules with
/// other statements.
fn statement(rule: &Rule, version: Version, error: &DecodeError, context: &str) {
    let statements = rule.statements(version);
    match error.statement() {
        statement if statement == statements.first().map(String::as_str) => {}
        Some(other) if expected::also_stated_by(rule.key, other) => {}
        other => panic!("{context}: {error:?} cites {other:?}, the table {statements:?}"),
    }
}

fn answer(rule: &Rule, example: &Example, version: Version, error: &DecodeError, context: &str) {
    let answer = example.answer(error);
    let wanted = rule.answer(version);
    let code = match answer {
        Answer::Close => None,
        Answer::ConnAckV3(reason) => {
            assert_eq!(reason, ConnectReason::UnsupportedProtocolVersion, "{context}");
            assert!(wanted.contains("CONNACK 0x01"), "{context}: {answer:?}, the table {wanted}");
            return;
        }
        Answer::ConnAckV5(reason) => Some(reason.get()),
        Answer::Disconnect(reason) => Some(reason.get()),
    };
    // A client sends no answer to a server that does not support its version.
    if error.kind() != DecodeErrorKind::RefusedIn3x {
        assert_eq!(code, error.reason_code(), "{context}");
    }
    match code {
        Some(code) => {
            let also = if rule.basis == "derived" { rule.also_acceptable.as_str() } else { "" };
            let code = format!("0x{code:02X}");
            assert!(wanted.contains(&code) || also.contains(&code), "{context}: {code}, the table {wanted}");
        }
        None if error.kind() == DecodeErrorKind::RefusedIn3x => {}
        None => assert!(wanted.contains("close"), "{context}: close, the table {wanted}"),
    }
    // A server sends only CONNACK before the connection is accepted.
    let early = error.answer(Role::Server, ConnectionState::BeforeConnAck);
    assert!(!matches!(early, Answer::Disconnect(_)), "{context}");
    if let Some((packet, version)) = answer.packet() {
        packet.encode(version, &mut [0; 8]).expect("an answer can be sent");
    }
}

/// The packet is accepted to its last byte, and its encoding decodes to the same packet.
fn accepted(example: &Example, verdict: Result<Option<(Packet<'_>, &[u8])>, DecodeError>, context: &str) {
    let packet = match verdict {
        Ok(Some((packet, []))) => packet,
        other => panic!("{context}: {other:?}"),
    };
    let version = match packet {
        Packet::Connect(connect) => connect.version,
        _ => example.version,
    };
    let mut buffer = vec![0; example.bytes.len() + 8];
    let bytes = packet.encode(version, &mut buffer).unwrap_or_else(|error| panic!("{context}: {error}"));
    assert_eq!(example.decoder().decode(bytes), Ok(Some((packet, &[][..]))), "{context}");
}

fn payload_matches(example: &Example) -> bool {
    match decode(example.version, &example.bytes) {
        Ok(Some((Packet::Publish(publish), []))) => publish.payload_matches_format(),
        Ok(Some((Packet::Connect(connect), []))) => {
            connect.will.expect("the rule is about a will").payload_matches_format()
        }
        other => panic!("{example:?}: {other:?}"),
    }
}
