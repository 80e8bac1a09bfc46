//! Compares every answer, for every role, state, version and kind of error, with `tests/data/answers.tsv`.

use mqtt_wire::answer::ConnectionState;
use mqtt_wire::{DecodeError, Decoder, PacketType, Role, Version};
use mqtt_wire_testkit::answers::{expected, kinds, name};
use mqtt_wire_testkit::conformance::rules;
use mqtt_wire_testkit::naive::Options;
use mqtt_wire_testkit::samples::{all_samples, bytes};
use mqtt_wire_testkit::verdicts::decoder;
use std::collections::BTreeSet;

/// Returns the possible versions of a connection, and decoders with every switch and limit.
fn decoders() -> Vec<(Option<Version>, Decoder)> {
    let versions = [None, Some(Version::V3_1), Some(Version::V3_1_1), Some(Version::V5_0)];
    let mut decoders = Vec::new();
    for version in versions {
        for sender in [None, Some(Role::Client), Some(Role::Server)] {
            let lax = Options { sender, accept_bridge: true, ..Options::new(version) };
            let strict =
                Options { sender, max_packet_size: 8, topic_alias_maximum: 0, ..Options::new(version) };
            let switches = decoder(&Options { sender, ..Options::new(version) })
                .refuse_control_characters(true)
                .refuse_noncharacters(true)
                .require_minimal_lengths(true)
                .limit_v3_1_topics(true)
                .require_v3_1_text(true)
                .refuse_client_server_reference(true);
            decoders.extend([decoder(&lax), decoder(&strict), switches].map(|decoder| (version, decoder)));
        }
    }
    decoders
}

/// Returns the error of each decoder for these bytes, with the version of the connection.
fn errors(bytes: &[u8], decoders: &[(Option<Version>, Decoder)]) -> Vec<(Option<Version>, DecodeError)> {
    let mut errors = Vec::new();
    for (version, decoder) in decoders {
        errors.extend(decoder.clone().decode_frame(bytes).err().map(|error| (*version, error)));
        decoder.lint(bytes, |finding| errors.push((*version, finding.error)));
    }
    errors
}

fn is_answered(connection: Option<Version>, error: &DecodeError) {
    for me in [Role::Client, Role::Server] {
        for state in [ConnectionState::BeforeConnAck, ConnectionState::AfterConnAck] {
            let answer = error.answer(me, state);
            assert_eq!(
                answer,
                expected(error, connection, me, state),
                "{me:?} {state:?} {error:?} on {connection:?}"
            );
        }
    }
}

/// Uses the examples of the conformance table, and the samples with an extra or a missing byte, on every
/// connection.
#[test]
fn every_kind_is_answered_as_the_table_says() {
    let decoders = decoders();
    let examples = rules().into_iter().flat_map(|rule| rule.breaking().into_iter().chain(rule.keeping()));
    let mut inputs: Vec<Vec<u8>> = examples.map(|example| example.bytes).collect();
    for (version, packet) in all_samples() {
        let bytes = bytes(&packet, version);
        if bytes.len() < 100 {
            inputs.push(bytes[..bytes.len() - 1].to_vec());
            inputs.push([&bytes[..], b"\0"].concat());
        }
    }
    let (mut met, mut answered) = (BTreeSet::new(), 0);
    for input in &inputs {
        for (connection, error) in errors(input, &decoders) {
            is_answered(connection, &error);
            met.insert(name(error.kind()));
            answered += 1;
        }
    }
    let all: BTreeSet<_> = kinds().map(str::to_owned).collect();
    assert_eq!(met, all, "every kind of the table, and no other");
    assert!(answered > 20_000, "{answered}");
}

/// A second CONNECT does not change the version of the connection. An AUTH before CONNACK belongs to the CONNECT.
#[test]
fn every_packet_type_is_answered_in_every_version_and_state() {
    let decoders = decoders();
    let mut met = BTreeSet::new();
    for packet_type in PacketType::ALL {
        for flags in 0..16 {
            // Wrong flags, a wrong body, and an incomplete packet.
            for body in [&[1, 0][..], &[0], &[2, 0]] {
                let input = [&[(packet_type as u8) << 4 | flags][..], body].concat();
                for (connection, error) in errors(&input, &decoders) {
                    is_answered(connection, &error);
                    met.insert((packet_type as u8, connection));
                }
            }
        }
    }
    assert_eq!(met.len(), PacketType::ALL.len() * 4, "each type on each connection");
    for level in 0..=255 {
        for name in [&b"\x00\x04MQTT"[..], b"\x00\x06MQIsdp", b"\x00\x04mqtt"] {
            let len = u8::try_from(name.len() + 1).expect("short");
            let connect = [&[0x10, len][..], name, &[level]].concat();
            for (connection, error) in errors(&connect, &decoders) {
                is_answered(connection, &error);
            }
        }
    }
}
