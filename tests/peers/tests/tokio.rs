//! Tests the tokio examples with each other and, if installed, with mosquitto and its clients:
//!
//! ```text
//! cargo build --all-features --examples && cargo test --all-features --test tokio -- --include-ignored
//! ```

use mqtt_wire::Version;
use mqtt_wire_peer_tests::mosquitto::{Mosquitto, Tool};
use mqtt_wire_peer_tests::tokio_server::TokioServer;
use mqtt_wire_peer_tests::{PATIENCE, wait_until};
use mqtt_wire_testkit::examples;
use std::io::{Read, Write};
use std::net::TcpStream;

/// Checks that the client receives the last will, even if an earlier one is retained.
fn the_client_works_with(port: u16) {
    for version in Version::ALL {
        for _ in 0..2 {
            let output = examples::run("tokio_client", &[&format!("127.0.0.1:{port}"), &version.to_string()]);
            let stdout = String::from_utf8_lossy(&output.stdout);
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "MQTT {version}\n{stdout}{stderr}");
            let end = "Client123 vanishes\nwatcher ← \"Client123 is offline\"\n";
            assert!(stdout.ends_with(end), "MQTT {version}\n{stdout}");
        }
    }
}

#[test]
fn the_examples_work_with_each_other() {
    the_client_works_with(TokioServer::start().port);
}

#[test]
fn the_server_answers_refused_packets() {
    let server = TokioServer::start();
    for (bytes, answer) in [
        // Bytes that are not MQTT; an unknown protocol level; a 3.1.1 client without a Client
        // Identifier.
        (&b"GET / HTTP/1.1\r\n\r\n"[..], &b""[..]),
        (b"\x10\x07\x00\x04MQTT\x07", b"\x20\x03\x00\x84\x00"),
        (b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00", b"\x20\x02\x00\x02"),
        // After CONNACK, a PUBLISH with QoS 3. Then a CONNECT of 3.1 that is refused.
        (b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x00\x00\x01a\x36\x00", b"\x20\x02\x00\x00"),
        (b"\x10\x0c\x00\x06MQIsdp\x03\x02\x00\x00\x00", b""),
    ] {
        assert_eq!(server.answer(bytes), answer, "{bytes:02x?}");
    }
    let in_v5 = server.answer(b"\x10\x0e\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x01b\x36\x00");
    assert!(in_v5.starts_with(b"\x20") && in_v5.ends_with(b"\xe0\x01\x81"), "{in_v5:02x?}");
}

/// [MQTT-3.1.2-25] A message that is too large for a subscriber is dropped, and the next one arrives.
#[test]
fn the_server_respects_the_maximum_packet_size_of_a_client() {
    let server = TokioServer::start();
    let mut client = TcpStream::connect(("127.0.0.1", server.port)).expect("listening");
    client.set_read_timeout(Some(PATIENCE)).expect("not zero");
    // A CONNECT with a Maximum Packet Size of 32, a SUBSCRIBE to `t`, and two messages to `t`.
    client.write_all(b"\x10\x13\x00\x04MQTT\x05\x02\x00\x00\x05\x27\x00\x00\x00\x20\x00\x01c").expect("open");
    client.write_all(b"\x82\x07\x00\x01\x00\x00\x01t\x00").expect("open");
    client.write_all(&[&b"\x30\x24\x00\x01t\x00"[..], &[b'x'; 32]].concat()).expect("open");
    client.write_all(b"\x30\x06\x00\x01t\x00hi").expect("open");
    let mut received = Vec::new();
    while !received.ends_with(b"hi") {
        let mut byte = [0];
        client.read_exact(&mut byte).expect("the connection is still open");
        received.extend(byte);
    }
    assert!(!received.contains(&b'x'), "{received:02x?}");
}

#[test]
#[ignore = "needs mosquitto and its clients installed"]
fn the_client_works_with_mosquitto() {
    the_client_works_with(Mosquitto::start().port);
}

#[test]
#[ignore = "needs mosquitto and its clients installed"]
fn the_server_works_with_the_clients_of_mosquitto() {
    let server = TokioServer::start();
    for subscriber in Version::ALL {
        for publisher in Version::ALL {
            let publish = |id, arguments: &[&str]| {
                let arguments = [&["-i", id, "-q", "1"], arguments].concat();
                Tool::start("mosquitto_pub", publisher, server.port, &arguments).finish();
            };
            publish("p1", &["-t", "a/before", "-m", "stored", "-r"]);
            let arguments = ["-i", "s", "-t", "a/#", "-q", "1", "-C", "2", "-F", "%t|%q|%r|%p"];
            let mut subscribed = Tool::start("mosquitto_sub", subscriber, server.port, &arguments);
            // mosquitto_sub does not print when its subscription is active. So the test publishes
            // until a message arrives.
            wait_until("a message comes after the subscription", || {
                publish("p2", &["-t", "a/b", "-m", "passed on"]);
                subscribed.has_ended()
            });
            let received = subscribed.finish();
            assert_eq!(received, "a/before|1|1|stored\na/b|1|0|passed on\n", "{publisher} to {subscriber}");
        }
    }
}
