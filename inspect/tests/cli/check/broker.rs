//! Tests of the check of a broker.

use super::peer::{Faults, broker, listen};
use super::{PATIENCE, Run, patiently};
use crate::{PROGRAM, complaint, inspect, shown};
use mqtt_wire::reason::DisconnectReason;
use mqtt_wire::{DecodeErrorKind as Kind, PacketType};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// The statement, version and rule of each finding.
fn findings<const N: usize>(all: [[&str; 3]; N]) -> BTreeSet<[String; 3]> {
    all.into_iter().map(|finding| finding.map(str::to_owned)).collect()
}

#[test]
fn a_conforming_broker_has_no_differences() {
    let run = Run::broker(&broker(Faults::default()), PATIENCE, &[]);
    assert_eq!(run.broken(), findings([]), "{}", run.complaint);
    assert_eq!(run.code, Some(0));
    assert!(run.count("conforms") > 400, "{}", run.summary);
    // Packets that depend on the limits of the broker were sent too.
    for key in [
        "fh-packet-too-large",
        "publish-alias-over-maximum",
        "sess-alias-unknown",
        "sess-receive-maximum",
        "sess-first-packet",
        "sess-second-connect",
    ] {
        assert!(run.lines_of(key).any(|line| line["verdict"] == "conforms"), "{key}");
    }
    // The answers are reported with their codes.
    let did = |key: &str, version: &str| {
        let line = run.lines_of(key).find(|line| line["version"] == version && line["packet"] == "forbidden");
        line.unwrap()["did"].as_str().unwrap().to_owned()
    };
    assert_eq!(did("publish-qos-3", "5.0"), "DISCONNECT 0x81, closed");
    assert_eq!(did("publish-qos-3", "3.1.1"), "closed");
    assert_eq!(did("connect-protocol-level", "3.1.1"), "CONNACK 1, closed");
    assert_eq!(did("connect-protocol-level", "5.0"), "CONNACK 0x84, closed");
    assert_eq!(did("sess-receive-maximum", "5.0"), "5 × PUBREC, DISCONNECT 0x93, closed");
}

/// Each fault is reported under its own statement, and nothing else is reported.
#[test]
fn three_faults_are_found() {
    let faults = Faults {
        takes: Some(|error| {
            error.kind() == Kind::InvalidQos && error.packet_type() == Some(PacketType::Publish)
        }),
        answers: Some(|error| {
            let is_bad_topic = error.kind() == Kind::NulCharacter;
            is_bad_topic.then_some(DisconnectReason::UnspecifiedError)
        }),
        takes_second_connect: true,
        ..Faults::default()
    };
    let run = Run::broker(&broker(faults), PATIENCE, &["--version", "5.0"]);
    let expected = findings([
        ["[MQTT-3.3.1-4]", "5.0", "publish-qos-3"],
        ["[MQTT-1.5.4-2]", "5.0", "utf8-nul"],
        ["[MQTT-3.1.0-2]", "5.0", "sess-second-connect"],
    ]);
    assert_eq!(run.broken(), expected, "{}", run.complaint);
    assert_eq!((run.code, run.count("differs"), run.count("differs_in_the_code_alone")), (Some(1), 3, 1));
}

/// A broker closes the connection after every DISCONNECT. The will shows whether the broker accepted the packet.
#[test]
fn a_broker_that_accepts_bad_disconnects_is_found() {
    let run = Run::broker(&broker(Faults::default()), PATIENCE, &[]);
    let of = |run: &Run, key: &str, version: &str, packet: &str| {
        let line =
            run.lines_of(key).find(|line| line["version"] == version && line["packet"] == packet).unwrap();
        ["did", "will", "verdict"].map(|name| line[name].as_str().unwrap().to_owned())
    };
    let bad = of(&run, "disconnect-not-empty-v3", "3.1.1", "forbidden");
    assert_eq!(bad, ["closed, published the will", "published", "conforms"]);
    let good = of(&run, "disconnect-not-empty-v3", "3.1.1", "legal");
    assert_eq!(good, ["closed, discarded the will", "discarded", "conforms"]);
    let with_will = of(&run, "disconnect-reason-code", "5.0", "legal");
    assert_eq!(with_will, ["closed, published the will", "published", "conforms"]);

    let faults = Faults { discards_all_wills: true, ..Faults::default() };
    let run = Run::broker(&broker(faults), PATIENCE, &[]);
    let expected = findings([
        ["[MQTT-3.1.2-8]", "3.1.1", "fh-flags-disconnect"],
        ["[MQTT-3.1.2-8]", "3.1.1", "disconnect-not-empty-v3"],
        ["[MQTT-3.1.2-8]", "5.0", "fh-flags-disconnect"],
        ["[MQTT-3.1.2-8]", "5.0", "disconnect-reason-code"],
        ["[MQTT-3.1.2-8]", "5.0", "disconnect-reason-server-only"],
        ["[MQTT-3.1.2-8]", "5.0", "disconnect-properties-allowed"],
        ["[MQTT-3.1.2-8]", "5.0", "disconnect-trailing-bytes"],
    ]);
    assert_eq!(run.broken(), expected);
    assert_eq!(run.count("undecided"), 0);

    let run = Run::broker(&broker(Faults { publishes_all_wills: true, ..Faults::default() }), PATIENCE, &[]);
    let statements: BTreeSet<_> = run.broken().into_iter().map(|[statement, ..]| statement).collect();
    assert_eq!(statements, BTreeSet::from(["[MQTT-3.14.4-3]".to_owned()]), "{:?}", run.broken());
}

/// Other messages arrive, but no will arrives, so the broker has a fault. After a normal DISCONNECT the broker may close and publish no
/// will.
#[test]
fn a_broker_that_publishes_no_wills_is_found() {
    let faults = Faults { publishes_no_wills: true, ..Faults::default() };
    patiently(|wait| {
        let run = Run::broker(&broker(faults), wait, &[]);
        let expected = findings([
            ["[MQTT-3.1.2-8]", "3.1.1", "disconnect-not-empty-v3"],
            ["[MQTT-3.1.2-8]", "3.1.1", "fh-flags-disconnect"],
            ["[MQTT-3.1.2-8]", "5.0", "disconnect-properties-allowed"],
            ["[MQTT-3.1.2-8]", "5.0", "disconnect-reason-code"],
            ["[MQTT-3.1.2-8]", "5.0", "disconnect-reason-server-only"],
            ["[MQTT-3.1.2-8]", "5.0", "disconnect-trailing-bytes"],
            ["[MQTT-3.1.2-8]", "5.0", "fh-flags-disconnect"],
        ]);
        assert_eq!(run.broken(), expected);
        let with_will =
            run.lines_of("disconnect-reason-code").find(|line| line["packet"] == "legal").unwrap();
        assert_eq!(with_will["will"], "never published");
        assert_eq!(with_will["did"], "closed, never publishes a will");
    });
}

/// The check uses another probe, so the malformed PINGRESP causes no other finding.
#[test]
fn a_malformed_pingresp_is_found() {
    let faults = Faults { pingresp_has_a_body: true, ..Faults::default() };
    patiently(|wait| {
        let run = Run::broker(&broker(faults), wait, &["--version", "5.0"]);
        let statements: BTreeSet<_> = run.broken().into_iter().map(|[statement, ..]| statement).collect();
        assert_eq!(statements, BTreeSet::from(["§3.13.1".to_owned()]), "{:?}", run.broken());
    });
}

/// If every answer has the same fault, the report has one finding in each version.
#[test]
fn the_same_fault_in_many_answers_is_printed_once() {
    let faults = Faults { sends_connack_twice: true, ..Faults::default() };
    let address = broker(faults);
    let output = inspect(&["check", "--rate", "100000", "--wait", PATIENCE, "--findings", &address], b"");
    let text = shown(&output);
    let blocks: Vec<_> = text.trim_end().split("\n\n").collect();
    let [v3, v5, summary] = blocks[..] else { panic!("{text}") };
    for (block, beginning) in [(v3, "§3.2 3.1.1 "), (v5, "[MQTT-3.2.0-2] 5.0 ")] {
        assert!(block.starts_with(beginning), "{block}");
        assert!(block.contains("\n    differs   it sent more than one CONNACK\n"), "{block}");
        assert!(block.contains("\n    also      after ") && block.ends_with(" …"), "{block}");
    }
    assert!(summary.contains(" differ (0 of them in the code alone)"), "{summary}");
}

/// A second PUBACK for one message is a separate fault, even if the case is about another packet.
#[test]
fn a_second_acknowledgement_is_found() {
    for (packet_type, statements) in [
        (PacketType::PubAck, ["[MQTT-3.3.4-1]"; 2]),
        (PacketType::PubRec, ["[MQTT-3.3.4-1]"; 2]),
        (PacketType::PubComp, ["[MQTT-4.3.3-2]", "[MQTT-4.3.3-11]"]),
        (PacketType::SubAck, ["[MQTT-3.8.4-1]"; 2]),
        (PacketType::UnsubAck, ["[MQTT-3.10.4-4]"; 2]),
    ] {
        let faults = Faults { sends_twice: Some(packet_type), ..Faults::default() };
        let run = Run::broker(&broker(faults), PATIENCE, &[]);
        for (version, statement) in ["3.1.1", "5.0"].into_iter().zip(statements) {
            let mut lines = run.lines.iter().filter(|line| line["version"] == version);
            let is_found = |line: &Value| {
                let why = line["why"].as_str().unwrap_or_default();
                why.starts_with(&format!("it sent a second {packet_type} with the Packet Identifier "))
            };
            let line = lines.find(|line| is_found(line)).unwrap_or_else(|| panic!("{packet_type}"));
            assert_eq!((&line["statement"], &line["verdict"]), (&statement.into(), &"differs".into()));
        }
        let broken: BTreeSet<_> = run.broken().into_iter().map(|[statement, ..]| statement).collect();
        assert_eq!(broken, BTreeSet::from(statements.map(str::to_owned)), "{packet_type}");
    }
}

/// The standard describes a Server Reference for servers only. No statement forbids a Server Reference from a client, and a broker may
/// refuse it.
#[test]
fn a_server_reference_from_a_client_is_left_to_the_broker() {
    let run = Run::broker(&broker(Faults::default()), PATIENCE, &["--version", "5.0"]);
    let lines: Vec<_> = run.lines_of("disconnect-server-reference-from-client").collect();
    let [line] = lines[..] else { panic!("{lines:?}") };
    assert_eq!((&line["packet"], &line["verdict"]), (&"free".into(), &"free".into()));
}

/// The check compares the answers to legal packets too.
#[test]
fn a_suback_with_too_few_codes_is_found() {
    let faults = Faults { forgets_codes: true, ..Faults::default() };
    let run = Run::broker(&broker(faults), PATIENCE, &[]);
    let expected = findings([
        ["[MQTT-3.8.4-5]", "3.1.1", "subscribe-repeated-filter-ok"],
        ["[MQTT-3.8.4-6]", "5.0", "subscribe-repeated-filter-ok"],
        ["[MQTT-3.8.4-6]", "5.0", "subscribe-every-pair-checked"],
    ]);
    assert_eq!(run.broken(), expected);
}

/// The fault is reported only under the statement about PINGREQ, because the check then uses a
/// message as its probe.
#[test]
fn a_broker_without_pingresp_is_found() {
    let faults = Faults { answers_no_ping: true, ..Faults::default() };
    patiently(|wait| {
        let run = Run::broker(&broker(faults), wait, &["--version", "3.1.1"]);
        let statements: BTreeSet<_> = run.broken().into_iter().map(|[statement, ..]| statement).collect();
        assert_eq!(statements, BTreeSet::from(["[MQTT-3.12.4-1]".to_owned()]), "{:?}", run.broken());
    });
}

#[test]
fn wrong_packet_identifiers_are_found() {
    let faults = Faults { mixes_up_ids: true, ..Faults::default() };
    let run = Run::broker(&broker(faults), PATIENCE, &[]);
    let statements: BTreeSet<_> = run.broken().into_iter().map(|[statement, ..]| statement).collect();
    let expected = ["[MQTT-2.2.1-5]", "[MQTT-2.3.1-6]"].map(str::to_owned);
    assert_eq!(statements, BTreeSet::from(expected), "{:?}", run.broken());
}

#[test]
fn a_broker_that_sends_single_bytes_conforms() {
    let faults = Faults { trickles: true, ..Faults::default() };
    let run = Run::broker(&broker(faults), PATIENCE, &[]);
    assert_eq!((run.broken(), run.code), (findings([]), Some(0)), "{}", run.complaint);
}

#[test]
fn only_the_version_of_the_broker_is_checked() {
    let run = Run::broker(&broker(Faults { v5_only: true, ..Faults::default() }), PATIENCE, &[]);
    assert_eq!(run.code, Some(0), "{}", run.complaint);
    assert!(run.lines.iter().all(|line| line["version"] == "5.0"));
    let note = run.summary["notes"][0].as_str().unwrap();
    assert_eq!(
        note,
        "MQTT 3.1.1 was not checked: CONNACK 1 (Unsupported Protocol Version): it does not support this version"
    );
}

#[test]
fn a_broker_that_requires_a_login_is_checked_with_one() {
    let address = broker(Faults { user_name: Some("ada"), ..Faults::default() });
    let run = Run::broker(&address, PATIENCE, &[]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.complaint.contains("CONNACK 5 (Not authorized): --username and --password log in"),
        "{}",
        run.complaint
    );

    let run = Run::broker(&address, PATIENCE, &["--username", "ada", "--password", "lovelace"]);
    assert_eq!((run.broken(), run.code), (findings([]), Some(0)), "{}", run.complaint);
    assert!(run.count("conforms") > 400, "{}", run.summary);
}

/// If a peer is silent or speaks another protocol, the program reports this in a sentence.
#[test]
fn other_servers_are_named() {
    for (answer, sentence) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], "this is HTTP"),
        (b"\x15\x03\x03\x00\x02\x02\x46", "this is a TLS alert"),
        (b"\xff\xfe\xfd", "its answer is not MQTT"),
        (b"", "it closed the connection without a CONNACK"),
    ] {
        let address = listen(move |_, mut socket| {
            let _ = socket.read(&mut [0; 100]);
            let _ = socket.write_all(answer);
        });
        let run = Run::broker(&address, PATIENCE, &[]);
        assert!(run.complaint.contains(sentence) && run.complaint.contains(&address), "{}", run.complaint);
        assert_eq!((run.code, run.lines.len()), (Some(2), 0));
    }
    let silent = listen(|_, mut socket| while matches!(socket.read(&mut [0; 100]), Ok(1..)) {});
    let run = Run::broker(&silent, "0.1", &[]);
    assert!(run.complaint.contains("it sent no CONNACK within the time of --wait"), "{}", run.complaint);
    assert_eq!(run.code, Some(2));
    let run = Run::broker("127.0.0.1:1", PATIENCE, &[]);
    assert!(run.complaint.starts_with("mqtt-inspect: 127.0.0.1:1: Connection refused"), "{}", run.complaint);
    assert_eq!(run.code, Some(2));
}

/// The peer sends bytes that are not MQTT, without end.
#[test]
fn endless_bytes_do_not_block_the_check() {
    for flood in [&b"\x30\x03\x00\x01a"[..], b"\x40\x02\x00\x01"] {
        let address = listen(move |_, mut socket| {
            let _ = socket.read(&mut [0; 100]);
            let _ = socket.write_all(b"\x20\x02\x00\x00");
            while socket.write_all(flood).is_ok() {}
        });
        patiently(|wait| {
            let run = Run::broker(&address, wait, &["--version", "3.1.1"]);
            assert!(run.count("packets") + run.count("not_checked") > 100, "{}", run.complaint);
        });
    }
}

/// A PINGRESP without a PINGREQ does not show that the broker goes on. All such PINGRESPs are one fault, and the check uses another probe.
#[test]
fn endless_pingresps_are_found() {
    let faults = Faults { sends_pingresps: true, ..Faults::default() };
    let run = Run::broker(&broker(faults), PATIENCE, &[]);
    let expected = findings([["§3.13", "3.1.1", "pingresp"], ["§3.13", "5.0", "pingresp"]]);
    assert_eq!((run.broken(), run.code), (expected, Some(1)), "{}", run.complaint);
    assert!(run.count("conforms") > 400, "{}", run.summary);
}

/// The broker sends a CONNACK again and again, and each comes within the time of `--wait`.
#[test]
fn endless_connacks_do_not_block_the_check() {
    const MANY: usize = 100;
    let most = Arc::new(AtomicUsize::new(0));
    let on_one_connection = Arc::clone(&most);
    let address = listen(move |_, mut socket| {
        let (mut sent, wait) = (0, Duration::from_millis(4));
        let _ = socket.read(&mut [0; 100]);
        // The check ends the connection.
        while sent < 10 * MANY && socket.write_all(b"\x20\x02\x00\x00").is_ok() {
            sent += 1;
            on_one_connection.fetch_max(sent, Ordering::Relaxed);
            thread::sleep(wait);
        }
    });
    let run = Run::broker(&address, "0.02", &["--version", "3.1.1"]);
    let statements: Vec<_> = run.lines.iter().map(|line| line["statement"].as_str().unwrap()).collect();
    assert!(statements.contains(&"§3.2"), "{statements:?}");
    assert!(most.load(Ordering::Relaxed) < MANY, "{most:?}");
}

/// The report of a broker that sends answers without end does not grow with them.
#[test]
fn endless_answers_are_counted_up_to_a_limit() {
    let address = listen(|_, mut socket| {
        let _ = socket.read(&mut [0; 100]);
        let _ = socket.write_all(b"\x20\x02\x00\x00");
        while socket.write_all(b"\x40\x02\x00\x01").is_ok() {}
    });
    patiently(|wait| {
        let run = Run::broker(&address, wait, &["--version", "3.1.1"]);
        let answers = run.lines.iter().filter_map(|line| line["answers"].as_array());
        assert!(answers.map(Vec::len).max().is_some_and(|most| (100..=300).contains(&most)));
        let line = run.lines_of("fh-flags-pingreq").find(|line| line["packet"] == "legal").unwrap();
        assert_eq!(line["why"], "it sent a second PUBACK with the Packet Identifier 1");
    });
}

/// Some brokers refuse a packet and keep the connection.
#[test]
fn a_broker_that_never_closes_is_found() {
    let faults = Faults { never_closes: true, ..Faults::default() };
    patiently(|wait| {
        let run = Run::broker(&broker(faults), wait, &["--version", "5.0"]);
        let line = run.lines_of("publish-qos-3").find(|line| line["packet"] == "forbidden").unwrap();
        assert_eq!(line["did"], "DISCONNECT 0x81, waited");
        assert_eq!(line["why"], "it refused the packet, but did not close");
        let legal = run.lines_of("publish-qos-3").find(|line| line["packet"] == "legal").unwrap();
        assert_eq!(legal["verdict"], "conforms");
    });
}

/// The bytes come one by one and never make a packet.
#[test]
fn a_packet_that_never_ends_is_no_answer() {
    let address = listen(move |_, mut socket| {
        let (mut bytes, mut len) = ([0; 100], 0);
        len += socket.read(&mut bytes[len..]).unwrap_or(0);
        let _ = socket.write_all(b"\x20\x02\x00\x00");
        let begin = len;
        len += socket.read(&mut bytes[len..]).unwrap_or(0);
        // The check sends a lone PINGREQ to see that the broker reacts at all.
        let _ = match &bytes[begin..len] {
            b"\xc0\x00" => socket.write_all(b"\xd0\x00"),
            _ => socket.write_all(b"\x30\xff\xff\xff\x7f"),
        };
        while len > begin && socket.write_all(b"\x00").is_ok() {
            thread::sleep(Duration::from_millis(1));
        }
    });
    patiently(|wait| {
        let run = Run::broker(&address, wait, &["--version", "3.1.1"]);
        let line = run.lines_of("publish-qos-3").find(|line| line["packet"] == "forbidden").unwrap();
        assert_eq!((&line["did"], &line["verdict"]), (&"waited".into(), &"differs".into()));
    });
}

/// Listens like the broker with these faults, and counts the connections.
fn counted(faults: Faults) -> (String, Arc<AtomicUsize>) {
    let behind = broker(faults);
    let many = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&many);
    let address = listen(move |_, client| {
        counter.fetch_add(1, Ordering::Relaxed);
        join(client, TcpStream::connect(&behind).unwrap());
    });
    (address, many)
}

/// Passes all bytes on in both directions.
fn join(client: TcpStream, server: TcpStream) {
    let pass = |mut from: TcpStream, mut to: TcpStream| {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    };
    let (from, to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let back = thread::spawn(move || pass(from, to));
    pass(client, server);
    back.join().unwrap();
}

/// The broker accepts the connection and sends nothing more. The check ends after the first connection of each version.
#[test]
fn a_broker_that_only_accepts_connections_ends_the_check() {
    let faults = Faults { mute_from: Some(0), mute_after_connack: true, ..Faults::default() };
    let (address, many) = counted(faults);
    let run = Run::broker(&address, "0.05", &[]);
    let expected = ["3.1.1", "5.0"].map(|version| ["[MQTT-3.12.4-1]", version, "pingreq"]);
    assert_eq!(run.broken(), findings(expected), "{}", run.complaint);
    let notes = run.summary["notes"].to_string();
    let why =
        "MQTT 5.0 was not checked: it sent a CONNACK, but nothing after a PINGREQ, a SUBSCRIBE and a PUBLISH";
    assert!(notes.contains(why) && notes.contains("the check did not finish"), "{notes}");
    assert_eq!((run.code, many.load(Ordering::Relaxed)), (Some(2), 2));
}

/// The broker answers nothing at all.
#[test]
fn a_mute_broker_ends_the_check() {
    let (address, many) = counted(Faults { mute_from: Some(0), ..Faults::default() });
    let run = Run::broker(&address, "0.05", &[]);
    assert!(run.complaint.contains("it sent no CONNACK within the time of --wait"), "{}", run.complaint);
    assert_eq!((run.code, many.load(Ordering::Relaxed)), (Some(2), 2));
}

/// A broker that blocks after some packets has no reactions to the other packets.
#[test]
fn a_broker_that_stops_answering_ends_the_check() {
    for (mute_after_connack, why) in [
        (
            false,
            "the broker has stopped answering: it sent no CONNACK within the time of --wait; the last packet",
        ),
        (true, "the broker has stopped answering: it sends a CONNACK, and nothing after it; the last packet"),
    ] {
        patiently(|wait| {
            let faults = Faults { mute_from: Some(40), mute_after_connack, ..Faults::default() };
            let (address, many) = counted(faults);
            let run = Run::broker(&address, wait, &[]);
            let notes = run.summary["notes"].to_string();
            assert!(notes.contains(why) && notes.contains("the check did not finish"), "{notes}");
            // The report has a finding only for the last packet without an answer.
            assert!(run.broken().len() <= 1, "{:?}", run.broken());
            assert!(run.count("conforms") > 10, "{}", run.summary);
            assert_eq!(run.code, Some(2));
            let many = many.load(Ordering::Relaxed);
            assert!((41..50).contains(&many), "{many}");
        });
    }
}

/// The broker answers nothing after one kind of packet, but still reacts on other connections.
#[test]
fn a_connection_that_stays_silent_does_not_end_the_check() {
    let faults =
        Faults { ignores_after: Some(|error| error.kind() == Kind::InvalidQos), ..Faults::default() };
    patiently(|wait| {
        let run = Run::broker(&broker(faults), wait, &["--version", "3.1.1"]);
        let line = run.lines_of("publish-qos-3").find(|line| line["packet"] == "forbidden").unwrap();
        assert_eq!((&line["did"], &line["verdict"]), (&"waited".into(), &"differs".into()));
        assert_eq!(line["why"], "it neither refused the packet nor went on");
        assert!(run.count("conforms") > 100, "{}", run.summary);
        assert_eq!(run.code, Some(1));
    });
}

/// The check does not wait again and again for messages that the broker does not deliver.
#[test]
fn a_broker_that_delivers_nothing_is_asked_three_times() {
    let faults = Faults { delivers_nothing: true, ..Faults::default() };
    let conforming = Run::broker(&broker(Faults::default()), PATIENCE, &["--version", "3.1.1"]);
    patiently(|wait| {
        let run = Run::broker(&broker(faults), wait, &["--version", "3.1.1"]);
        let mut reasons = BTreeMap::new();
        for line in run.lines.iter().filter(|line| line["verdict"] == "not checked") {
            *reasons.entry(line["why"].as_str().unwrap()).or_insert(0) += 1;
        }
        let of = |qos| reasons.get(&*format!("no message of QoS {qos} came back")).copied().unwrap_or(0);
        assert!(of(1) > 3 && of(2) > 6, "{reasons:?}");
        assert_eq!(run.code, Some(0), "{:?}", run.broken());
        let (many, usual) = (run.count("connections"), conforming.count("connections"));
        // Each attempt has a second connection, which shows that the broker still reacts.
        assert!(many < usual + 9, "{many} {usual}");
    });
}

/// Silence in one version is a fault, although the broker speaks the other version.
#[test]
fn a_version_without_answers_is_a_fault() {
    for (answer, statement, rule, why) in [
        (&b""[..], "[MQTT-3.1.2-2]", "connect", "it sent no CONNACK within the time of --wait"),
        (
            b"\x20\x03\x00\x00\x00",
            "[MQTT-3.12.4-1]",
            "pingreq",
            "it sent a CONNACK, but nothing after a PINGREQ",
        ),
        (b"\x20\x03\x02\x00\x00", "[MQTT-3.2.2-1]", "connect", "it answered CONNECT with a malformed packet"),
        (b"\xd0\x00", "[MQTT-3.2.0-1]", "connect", "it answered CONNECT with PINGRESP"),
        (b"HTTP/1.1 400", "no MQTT", "connect", "its answer is not MQTT: this is HTTP"),
    ] {
        let behind = broker(Faults::default());
        let address = listen(move |_, mut client| {
            let mut connect = [0; 100];
            let len = client.read(&mut connect).unwrap_or(0);
            if connect.get(8) == Some(&5) {
                let _ = client.write_all(answer);
                while matches!(client.read(&mut [0; 100]), Ok(1..)) {}
            } else {
                let mut server = TcpStream::connect(&behind).unwrap();
                let _ = server.write_all(&connect[..len]);
                join(client, server);
            }
        });
        patiently(|wait| {
            let run = Run::broker(&address, wait, &[]);
            let line = run.lines_of(rule).find(|line| line["version"] == "5.0").unwrap();
            assert_eq!((&line["statement"], &line["verdict"]), (&statement.into(), &"differs".into()));
            assert!(line["why"].as_str().unwrap().contains(why), "{line}");
            assert!(
                run.summary["notes"].to_string().contains("MQTT 5.0 was not checked: "),
                "{}",
                run.summary
            );
            assert_eq!(run.code, Some(1));
        });
    }
}

/// The broker refuses more connections, or a packet has crashed it.
#[test]
fn the_check_ends_when_the_broker_accepts_no_more_connections() {
    let faults = Faults { connections: Some(20), ..Faults::default() };
    let run = Run::broker(&broker(faults), PATIENCE, &[]);
    assert_eq!(run.code, Some(2));
    let notes = run.summary["notes"].to_string();
    assert!(
        notes.contains("the broker accepts no more connections") && notes.contains("the last packet"),
        "{notes}"
    );
    assert!(notes.contains("the check did not finish"), "{notes}");
}

#[test]
fn a_public_address_is_refused() {
    let output = inspect(&["check", "192.0.2.1:1883"], b"");
    assert!(complaint(&output).contains("192.0.2.1, which is a public address: nothing has been sent"));
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn meaningless_arguments_are_refused() {
    for args in [
        &["check"][..],
        &["check", "localhost", "--rate", "0"],
        &["check", "localhost", "--wait", "nan"],
        &["check", "localhost", "--wait", "1e300"],
        &["check", "--client", "0", "--yes"],
        &["check", "localhost", "--json", "--findings"],
        &["--summary", "check", "localhost"],
    ] {
        let output = inspect(args, b"");
        assert_eq!((output.status.code(), shown(&output)), (Some(2), ""), "{args:?}");
    }
}

/// The table has a line for each rule. The differences follow the table, with their bytes.
#[test]
fn the_table_has_a_line_for_each_rule() {
    let faults = Faults { takes_second_connect: true, ..Faults::default() };
    let address = broker(faults);
    let args = ["check", "--rate", "100000", "--wait", PATIENCE, "--version", "3.1.1", &address];
    let output = inspect(&args, b"");
    let text = shown(&output);
    let line = |key: &str| text.lines().find(|line| line.split_whitespace().any(|word| word == key)).unwrap();
    let words: Vec<_> = line("publish-qos-3").split_whitespace().collect();
    assert_eq!(words, ["✓", "[MQTT-3.3.1-4]", "3.1.1", "publish-qos-3", "closed", "PUBREC,", "went", "on"]);
    assert!(line("sess-second-connect").starts_with("✗  [MQTT-3.1.0-2]"));
    let finding =
        "[MQTT-3.1.0-2] 3.1.1 Only one CONNECT per connection. sess-second-connect\n    forbidden 10 0c ";
    assert!(text.contains(finding), "{text}");
    assert!(
        text.contains("    did       went on\n    differs   it went on\n    wanted    to close\n"),
        "{text}"
    );
    assert!(
        text.contains("72 numbered statements of 3.1.1 are about state, timing, delivery or transport"),
        "{text}"
    );
    assert!(
        text.trim_end().lines().last().unwrap().contains("1 differ (0 of them in the code alone)"),
        "{text}"
    );
    // The output is not a terminal, so no progress is shown.
    assert_eq!(complaint(&output), "");

    let output = inspect(&[&args[..], &["--findings"]].concat(), b"");
    assert!(shown(&output).starts_with("[MQTT-3.1.0-2] 3.1.1"), "{}", shown(&output));
}

#[test]
fn a_closed_output_ends_the_check() {
    let address = broker(Faults::default());
    let mut child = Command::new(PROGRAM)
        .args(["check", "--json", "--rate", "100000", "--wait", PATIENCE, &address])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), complaint(&output)), (Some(0), ""));
}

#[test]
#[cfg(unix)]
fn ctrl_c_prints_the_results_so_far() {
    let address = broker(Faults::default());
    let mut child = Command::new(PROGRAM)
        .args(["check", "--json", "--rate", "2", "--wait", PATIENCE, &address])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    lines.find(|line| line.contains("fh-type-0")).unwrap();
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let last = lines.last().unwrap();
    assert!(last.contains("the check did not finish"), "{last}");
    assert_eq!(child.wait().unwrap().code(), Some(2));
}
