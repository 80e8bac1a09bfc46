//! A captured connection over TLS: `mqtt-inspect` names a command of tshark, and reads the bytes that tshark decrypts.
//!
//! In `tests/peers/tls/`, `connection.pcap` is a connection of a client with mosquitto over TLS 1.3, and `keys` is the key log of
//! the client. One packet has parts in two records, and one record has several packets.
//!
//! The test needs tshark (Wireshark) and `mqtt-inspect`, and runs only with `--include-ignored`.

use mqtt_wire_peer_tests::mqtt_inspect;
use mqtt_wire_testkit::repository;
use std::process::{Command, Output};

fn summary_of(command: &mut Command) -> (String, Option<i32>) {
    let Output { stdout, status, .. } = command.output().expect("it is built");
    (String::from_utf8(stdout).expect("text"), status.code())
}

#[test]
#[ignore = "needs tests/peers/install"]
fn the_command_that_is_named_decrypts() {
    let (program, folder) = (mqtt_inspect(), repository("tests/peers/tls"));
    let capture = folder.join("connection.pcap");
    let (named, _) = summary_of(Command::new(&program).arg("--summary").arg(&capture));
    let (_, command) = named
        .lines()
        .find_map(|line| line.split_once("tshark decrypts TLS: "))
        .unwrap_or_else(|| panic!("no command: {named}"));
    let command = command
        .replace("FILE", &capture.display().to_string())
        .replace("KEYS", &folder.join("keys").display().to_string())
        .replace("mqtt-inspect", &format!("'{}' --summary", program.display()));
    let (shown, code) = summary_of(Command::new("sh").args(["-c", &command]));
    let packets: Vec<_> = shown
        .lines()
        .filter_map(|line| line.split_once(['→', '←'])?.1.trim_start().split_once("  "))
        .map(|(_, packet)| packet.split("  ").next().unwrap_or_default().trim())
        .collect();
    let expected = [
        "CONNECT",
        "SUBSCRIBE",
        "CONNACK",
        "SUBACK",
        "PUBLISH",
        "PINGREQ",
        "PUBLISH",
        "PINGRESP",
        "DISCONNECT",
    ];
    assert_eq!(packets, expected, "{command}\n{shown}");
    assert!(shown.ends_with("9 packets, from the capture: all fine\n"), "{shown}");
    assert_eq!(code, Some(0));
}
