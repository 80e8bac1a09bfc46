//! Tests of the check of a client.

use super::peer::{Faults, client};
use super::{PATIENCE, Run, patiently};
use crate::PROGRAM;
use mqtt_wire::{DecodeErrorKind as Kind, PacketType, Version};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;

/// Starts `check --client` on a free port.
fn listening(wait: &str) -> (Child, SocketAddr) {
    listening_as(wait, &["--json"])
}

fn listening_as(wait: &str, options: &[&str]) -> (Child, SocketAddr) {
    // Another process may take the port between the search and the use.
    for _ in 0..20 {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut child = Command::new(PROGRAM)
            .args(["check", "--client", &port.to_string(), "--wait", wait])
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        while child.try_wait().unwrap().is_none() {
            if TcpStream::connect(address).is_ok() {
                return (child, address);
            }
        }
    }
    panic!("no free port");
}

fn check(version: Version, faults: Faults) -> Run {
    check_with(PATIENCE, version, faults)
}

fn check_with(wait: &str, version: Version, faults: Faults) -> Run {
    let (child, address) = listening(wait);
    let guest = thread::spawn(move || client(address, version, faults));
    let run = Run::of(&child.wait_with_output().unwrap());
    guest.join().unwrap();
    run
}

#[test]
fn a_conforming_client_has_no_differences() {
    for (version, least) in [(Version::V3_1_1, 70), (Version::V5_0, 170)] {
        let run = check(version, Faults::default());
        assert!(run.broken().is_empty(), "{:?}", run.broken());
        assert_eq!(run.code, Some(0), "{}", run.complaint);
        assert!(run.count("conforms") > least, "{}", run.summary);
        // The client has sent every packet that these packets answer.
        for key in
            ["fh-flags-suback", "fh-flags-unsuback", "fh-flags-puback", "fh-flags-pubrec", "fh-flags-pubcomp"]
        {
            let verdicts: Vec<_> = run.lines_of(key).map(|line| &line["verdict"]).collect();
            assert_eq!(verdicts, ["conforms", "conforms"], "{key}");
        }
    }
}

/// A forbidden DISCONNECT, its verdict and the reason.
fn disconnects(run: &Run) -> Vec<(&str, &str, Option<&str>)> {
    let is_forbidden = |line: &&Value| {
        line["packet"] == "forbidden" && line["sent"].as_str().is_some_and(|sent| sent.starts_with('e'))
    };
    let lines = run.lines.iter().filter(is_forbidden);
    lines
        .map(|line| (line["rule"].as_str().unwrap(), line["verdict"].as_str().unwrap(), line["why"].as_str()))
        .collect()
}

/// In 3.1.1 a server sends no DISCONNECT, so closing is right. In 5.0 a DISCONNECT of the client shows that it has refused the
/// packet.
#[test]
fn the_reaction_to_a_forbidden_disconnect_is_judged() {
    let silent = Faults { closes_silently: true, ..Faults::default() };
    for (version, faults, expected) in [
        (Version::V3_1_1, Faults::default(), "conforms"),
        (Version::V3_1_1, silent, "conforms"),
        (Version::V5_0, Faults::default(), "conforms"),
        (Version::V5_0, silent, "undecided"),
    ] {
        let run = check(version, faults);
        let disconnects = disconnects(&run);
        assert!(disconnects.len() >= 2, "{version}: {disconnects:?}");
        for (rule, verdict, why) in disconnects {
            assert_eq!(verdict, expected, "{version} {rule} {why:?}");
            let is_told = why.is_some_and(|why| why.starts_with(CLOSES_SILENTLY));
            assert_eq!(is_told, expected == "undecided", "{version} {rule} {why:?}");
        }
        assert_eq!(run.code, Some(0));
    }
}

const CLOSES_SILENTLY: &str = "the client closes silently after a legal DISCONNECT, too, and may do so, ";

/// The table for people gives the reason, too.
#[test]
fn the_table_says_why_a_reaction_is_undecided() {
    let (child, address) = listening_as(PATIENCE, &[]);
    let silent = Faults { closes_silently: true, ..Faults::default() };
    let guest = thread::spawn(move || client(address, Version::V5_0, silent));
    let output = child.wait_with_output().unwrap();
    guest.join().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find(|line| line.starts_with("undecided, ")).expect(&text);
    assert!(line.contains(CLOSES_SILENTLY), "{line}");
    assert!(line.contains(" disconnect-reason-code"), "{line}");
}

#[test]
fn the_faults_of_a_client_are_found() {
    let faults = Faults {
        takes: Some(|error| matches!(error.kind(), Kind::WildcardInTopicName | Kind::EmptyList)),
        ..Faults::default()
    };
    let run = check(Version::V5_0, faults);
    let broken: Vec<_> = run.broken().into_iter().collect();
    let expected = [
        ["[MQTT-3.11.3-2]", "5.0", "unsuback-empty"],
        ["[MQTT-3.3.2-14]", "5.0", "response-topic-wildcard"],
        ["[MQTT-3.3.2-2]", "5.0", "publish-topic-wildcard"],
        ["[MQTT-3.8.4-6]", "5.0", "suback-empty"],
    ];
    assert_eq!(broken, expected.map(|finding| finding.map(str::to_owned)));
    assert_eq!(run.code, Some(1));
}

/// The missing acknowledgement is one finding. The rules that need the acknowledgement have no finding.
#[test]
fn a_client_that_acknowledges_nothing_is_reported_once() {
    let (mute, closing) = (
        Faults { acknowledges_nothing: true, ..Faults::default() },
        Faults { closes_after_messages: true, ..Faults::default() },
    );
    for (version, statement) in [(Version::V3_1_1, "[MQTT-4.5.0-1]"), (Version::V5_0, "[MQTT-4.5.0-2]")] {
        for (faults, kinds, found, reason) in [
            (
                mute,
                &["legal"][..],
                "it did not acknowledge a message with QoS 1",
                "the client acknowledges no message with QoS 1, so this does not show whether it went on",
            ),
            (
                closing,
                &["legal", "forbidden"],
                "it closed after a message with QoS 1, and did not acknowledge it",
                "the client closes after every message with QoS 1, so this does not show whether it closed because of the packet",
            ),
        ] {
            patiently(|wait| {
                let run = check_with(wait, version, faults);
                let expected = [statement, &version.to_string(), "probe"].map(str::to_owned);
                assert_eq!(run.broken(), BTreeSet::from([expected]), "{found}");
                assert_eq!(run.lines_of("probe").next().unwrap()["why"], found);
                let undecided: Vec<_> = run.lines.iter().filter(|line| line["why"] == reason).collect();
                assert!(undecided.len() > 20, "{undecided:?}");
                for line in undecided {
                    assert_eq!(line["verdict"], "undecided", "{line}");
                    assert!(kinds.contains(&line["packet"].as_str().unwrap()), "{line}");
                }
                assert_eq!(run.code, Some(1));
            });
        }
    }
}

/// The acknowledgement of the probe is wrong, too. The wrong acknowledgement causes no finding for other rules.
#[test]
fn wrong_packet_identifiers_of_a_client_are_found() {
    for (version, statement) in [(Version::V3_1_1, "[MQTT-2.3.1-6]"), (Version::V5_0, "[MQTT-2.2.1-5]")] {
        let run = check(version, Faults { mixes_up_ids: true, ..Faults::default() });
        let statements: BTreeSet<_> = run.broken().into_iter().map(|[statement, ..]| statement).collect();
        assert_eq!(statements, BTreeSet::from([statement.to_owned()]), "{:?}", run.broken());
        assert_eq!(run.code, Some(1));
    }
}

/// A second acknowledgement of one message is a separate fault, even if the case is about another packet.
#[test]
fn a_second_acknowledgement_of_a_client_is_found() {
    for (packet_type, statements) in [
        (PacketType::PubAck, ["[MQTT-3.3.4-1]"; 2]),
        (PacketType::PubRec, ["[MQTT-3.3.4-1]"; 2]),
        (PacketType::PubComp, ["[MQTT-4.3.3-2]", "[MQTT-4.3.3-11]"]),
    ] {
        for (version, statement) in [Version::V3_1_1, Version::V5_0].into_iter().zip(statements) {
            let run = check(version, Faults { sends_twice: Some(packet_type), ..Faults::default() });
            let why = format!("it sent a second {packet_type} with the Packet Identifier ");
            let is_found = |line: &&Value| line["why"].as_str().is_some_and(|text| text.starts_with(&why));
            let found = run.lines.iter().filter(is_found).count();
            let broken: BTreeSet<_> = run.broken().into_iter().map(|[statement, ..]| statement).collect();
            assert_eq!(broken, BTreeSet::from([statement.to_owned()]), "{version} {packet_type}");
            assert!(found > 0, "{version} {packet_type}");
            assert_eq!(run.code, Some(1));
        }
    }
}

/// A client must not acknowledge a message that it has not received.
#[test]
fn an_acknowledgement_that_nothing_asked_for_is_found() {
    for (bytes, name) in [
        (&b"\x40\x02\x12\x34"[..], "PUBACK"),
        (b"\x50\x02\x12\x34", "PUBREC"),
        (b"\x70\x02\x12\x34", "PUBCOMP"),
    ] {
        for (version, statement) in [(Version::V3_1_1, "[MQTT-2.3.1-6]"), (Version::V5_0, "[MQTT-2.2.1-5]")] {
            let faults = Faults { acknowledges_what_was_not_sent: Some(bytes), ..Faults::default() };
            let run = check(version, faults);
            let why = format!("it sent {name} with the Packet Identifier 4660, and nothing asked for it");
            assert!(run.lines.iter().any(|line| line["why"] == why), "{version} {name}: {:?}", run.broken());
            let broken: BTreeSet<_> = run.broken().into_iter().map(|[statement, ..]| statement).collect();
            assert_eq!(broken, BTreeSet::from([statement.to_owned()]), "{version} {name}");
        }
    }
}

/// The message after the packet would break the limit that the client has announced.
#[test]
fn a_client_that_receives_one_message_at_a_time_conforms() {
    let run = check(Version::V5_0, Faults { receive_maximum: Some(1), ..Faults::default() });
    assert_eq!((run.broken(), run.code), (BTreeSet::new(), Some(0)));
    let why = "the message after it would be above the client's Receive Maximum of 1";
    let lines: Vec<_> = run.lines.iter().filter(|line| line["why"] == why).collect();
    assert!(lines.iter().any(|line| line["rule"] == "fh-flags-pubrel"), "{lines:?}");
    assert!(lines.iter().any(|line| line["rule"] == "publish-qos-3"), "{lines:?}");
    assert!(run.lines_of("sess-receive-maximum").any(|line| line["verdict"] == "conforms"));
}

/// A client whose CONNECT is always malformed does not keep the check running.
#[test]
fn the_check_ends_without_a_valid_connect() {
    let (child, address) = listening(PATIENCE);
    let guest = thread::spawn(move || {
        while let Ok(mut socket) = TcpStream::connect(address) {
            let _ = socket.write_all(b"\x10\x0d\x00\x04MQTT\x04\x03\x00\x3c\x00\x01a");
            let _ = socket.read(&mut [0; 10]);
        }
    });
    let run = Run::of(&child.wait_with_output().unwrap());
    guest.join().unwrap();
    assert_eq!(run.summary["notes"][0], "no client has sent a valid CONNECT");
    let line = run.lines_of("connect").next().unwrap();
    assert_eq!((&line["statement"], run.code), (&"[MQTT-3.1.2-3]".into(), Some(2)));
}

/// A peer that is not a client does not end the check. The check waits for a silent client until the
/// time is over.
#[test]
fn other_peers_do_not_end_the_check() {
    patiently(check_other_peers);
}

fn check_other_peers(wait: &str) {
    let (child, address) = listening(wait);
    for bytes in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"\xff\xff", b"", b"\x10", b"\xc0\x00"] {
        let mut socket = TcpStream::connect(address).unwrap();
        let _ = socket.write_all(bytes);
        let _ = socket.shutdown(std::net::Shutdown::Write);
        let _ = socket.read(&mut [0; 10]);
    }
    // This client connects and sends nothing more.
    let guest = thread::spawn(move || {
        while let Ok(mut socket) = TcpStream::connect(address) {
            let _ = socket.write_all(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a");
            while matches!(socket.read(&mut [0; 1000]), Ok(1..)) {}
        }
    });
    let run = Run::of(&child.wait_with_output().unwrap());
    guest.join().unwrap();
    let line = run.lines_of("connect").next().unwrap();
    assert!(line["why"].as_str().unwrap().contains("this is HTTP"), "{line}");
    let line = run.lines_of("fh-flags-suback").find(|line| line["packet"] == "legal").unwrap();
    assert_eq!(line["why"], "the client has sent nothing that a SUBACK answers");
    let line = run.lines_of("publish-qos-3").find(|line| line["packet"] == "forbidden").unwrap();
    assert_eq!(line["did"], "waited");
    assert_eq!(run.code, Some(1));
}

#[test]
#[cfg(unix)]
fn ctrl_c_ends_the_check() {
    let (mut child, _) = listening(PATIENCE);
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.next().unwrap().contains("the check did not finish"));
    assert_eq!(child.wait().unwrap().code(), Some(2));
}

/// No client connects. The time limit ends the check.
#[test]
fn the_limit_ends_the_check() {
    let (child, _) = listening_as(PATIENCE, &["--json", "--limit", "0.2"]);
    let run = Run::of(&child.wait_with_output().unwrap());
    let notes = ["the time of --limit is over", "the check did not finish; these are the results so far"];
    assert_eq!((&run.summary["notes"], run.code), (&notes.into(), Some(2)));
}
