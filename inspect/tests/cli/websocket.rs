//! Tests of captures of MQTT over WebSocket.

use super::captures::{Segment, down, handshake, pcap, types, up};
use super::{inspect, shown};

const CONNECT: &[u8] = b"\x10\x10\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x03abc";
const CONNACK: &[u8] = b"\x20\x03\x00\x00\x00";
const PUBLISH: &[u8] = b"\x30\x0e\x00\x05a/b/c\x00123456";
const PINGREQ: &[u8] = b"\xc0\x00";

const RESPONSE: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n";

fn request(protocol: &str) -> Vec<u8> {
    format!(
        "GET /mqtt HTTP/1.1\r\nHost: broker\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhl\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {protocol}\r\n\r\n"
    )
    .into_bytes()
}

/// Builds a masked frame, as from a client.
fn masked(byte_1: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x11, 0x22, 0x33, 0x44];
    let mut frame = vec![byte_1, 0x80 | u8::try_from(payload.len()).unwrap()];
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}

fn plain(byte_1: u8, payload: &[u8]) -> Vec<u8> {
    [&[byte_1, u8::try_from(payload.len()).unwrap()], payload].concat()
}

/// Builds a capture of these frames, in segments of this length.
fn capture(client: &[u8], server: &[u8], port: u16, segment: usize) -> Vec<u8> {
    let [syn, syn_ack] = handshake();
    let mut segments = vec![syn, syn_ack];
    for (number, bytes) in client.chunks(segment).enumerate() {
        segments.push(up((number * segment) as u32, bytes));
    }
    for (number, bytes) in server.chunks(segment).enumerate() {
        segments.push(down((number * segment) as u32, bytes));
    }
    let segments: Vec<_> =
        segments.into_iter().map(|each| Segment { ports: (50_000, port), ..each }).collect();
    pcap(&segments)
}

pub(super) fn samples() -> Vec<(String, Vec<u8>)> {
    let client =
        [request("mqtt"), masked(0x02, &CONNECT[..7]), masked(0x89, b"ping"), masked(0x80, &CONNECT[7..])];
    let server = [RESPONSE.as_bytes(), &plain(0x82, CONNACK), &plain(0x82, PUBLISH)].concat();
    vec![("websocket".to_owned(), capture(&client.concat(), &server, 80, 300))]
}

#[test]
fn packets_in_websocket_frames_are_shown() {
    // One packet in two frames with a ping between them, and two packets in one frame.
    let client = [
        request("mqtt"),
        masked(0x02, &CONNECT[..7]),
        masked(0x89, b"ping"),
        masked(0x80, &CONNECT[7..]),
        masked(0x82, &[PINGREQ, PUBLISH].concat()),
        masked(0x88, b"\x03\xe8"),
    ]
    .concat();
    let server =
        [RESPONSE.as_bytes(), &plain(0x82, CONNACK), &plain(0x8a, b"ping"), &plain(0x82, PUBLISH)].concat();
    for port in [80, 1883, 9001] {
        for segment in [1, 7, 100, 1448] {
            let file = capture(&client, &server, port, segment);
            let shown_types = types(&file);
            assert_eq!(
                shown_types,
                [
                    "MQTT over WebSocket",
                    "client connect",
                    "client pingreq",
                    "client publish",
                    "server connack",
                    "server publish",
                ],
                "{port} {segment}"
            );
            assert_eq!(inspect(&["--summary"], &file).status.code(), Some(0));
        }
    }
}

#[test]
fn unreadable_frames_are_reported() {
    let client = [&request("mqtt")[..], &masked(0x82, CONNECT), &masked(0xc2, PUBLISH)].concat();
    for (client, server, name) in [
        (&client[..], RESPONSE.as_bytes(), "permessage-deflate, which is not supported"),
        (&[&request("mqtt")[..], &masked(0x81, CONNECT)].concat(), RESPONSE.as_bytes(), "[MQTT-6.0.0-1]"),
        (&request("mqtt"), b"HTTP/1.1 403 Forbidden\r\n\r\n", "WebSocket: the server has not switched"),
        (
            &[&request("mqtt")[..], &masked(0x92, CONNECT)].concat(),
            RESPONSE.as_bytes(),
            "a frame is malformed",
        ),
    ] {
        let output = inspect(&["--summary"], &capture(client, server, 9001, 1448));
        assert!(shown(&output).contains(name), "{name}: {}", shown(&output));
        assert_eq!(output.status.code(), Some(1), "{name}");
    }
    // A WebSocket connection with another protocol than MQTT is left out.
    let other = [&request("wamp")[..], &masked(0x82, b"hello")].concat();
    assert_eq!(
        types(&capture(&other, RESPONSE.as_bytes(), 9001, 1448)),
        ["left out: 1 WebSocket connections"]
    );
    // TLS is left out, even if the capture begins in the middle of the connection.
    let tls = [Segment { ports: (50_000, 8883), ..up(0, b"\x17\x03\x03\x00\x20abc") }];
    let notes = types(&pcap(&tls));
    assert_eq!(notes[0], "left out: 1 TLS connections");
    assert!(notes[1].contains("-d tls.port==8883,mqtt") && notes.len() == 2, "{notes:?}");
}

/// Bytes that are not a whole header or a whole frame contain no whole packet, but they count.
#[test]
fn incomplete_headers_and_frames_are_reported() {
    let client = [request("mqtt"), masked(0x82, CONNECT)].concat();
    let server = [RESPONSE.as_bytes(), &plain(0x82, CONNACK)].concat();
    assert_eq!(inspect(&["--summary"], &capture(&client, &server, 9001, 1448)).status.code(), Some(0));
    let ping = masked(0x89, b"ping");
    let with = |rest: &[u8]| [&client, rest].concat();
    let bare_lines = String::from_utf8(request("mqtt")).unwrap().replace("\r\n", "\n").into_bytes();
    let (frame, header) = ("the last frame is not complete", "the HTTP header cannot be read");
    for (client, server, text) in [
        (with(b"\x82"), &server[..], frame),
        (with(&ping[..3]), &server, frame),
        (with(&ping[..8]), &server, frame),
        (with(&masked(0x82, PINGREQ)[..6]), &server, frame),
        (client.clone(), &RESPONSE.as_bytes()[..20], header),
        (client.clone(), &RESPONSE.as_bytes()[..5], "not all fine"),
        ([bare_lines, masked(0x82, CONNECT)].concat(), &server, header),
    ] {
        let output = inspect(&["--summary"], &capture(&client, server, 9001, 1448));
        assert!(shown(&output).contains(text), "{text}: {}", shown(&output));
        assert_eq!(output.status.code(), Some(1), "{text}");
    }
}

/// The HTTP request shows that the connection begins, even if the capture lacks the SYN.
#[test]
fn a_websocket_without_its_syn_is_recognised() {
    let (request, frame) = (request("mqtt"), masked(0x82, CONNECT));
    let server = [RESPONSE.as_bytes(), &plain(0x82, CONNACK)].concat();
    for port in [1883, 9001] {
        let segments = [up(0, &request), down(0, &server), up(request.len() as u32, &frame)];
        let segments = segments.map(|each| Segment { ports: (50_000, port), ..each });
        let output = inspect(&["--summary", "--port", &port.to_string()], &pcap(&segments));
        assert!(shown(&output).contains("MQTT over WebSocket"), "{port}: {}", shown(&output));
        assert!(
            shown(&output).contains("2 packets, from the capture: all fine"),
            "{port}: {}",
            shown(&output)
        );
    }
}

#[test]
fn the_packet_after_bytes_lost_in_a_frame_is_shown() {
    let [syn, syn_ack] = handshake();
    let header = request("mqtt");
    let at = header.len() as u32;
    let first = masked(0x82, &[CONNECT, PUBLISH, PINGREQ].concat());
    // Ten bytes inside of the PUBLISH are missing.
    let (from, to) = (6 + CONNECT.len() + 2, 6 + CONNECT.len() + 12);
    let file = pcap(&[
        syn,
        syn_ack,
        up(0, &header),
        up(at, &first[..from]),
        up(at + to as u32, &first[to..]),
        up(at + first.len() as u32, b""),
    ]);
    let lines = types(&file);
    assert_eq!(lines[..2], ["MQTT over WebSocket", "client connect"]);
    assert!(lines.contains(&"10 bytes lost: the capture lacks these bytes".to_owned()), "{lines:?}");
    assert_eq!(lines.last().map(String::as_str), Some("client pingreq"), "{lines:?}");
}
