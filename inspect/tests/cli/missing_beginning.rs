//! Tests of captures that begin in the middle of a connection.

use super::captures::{down, handshake, pcap, types, up};
use super::{inspect, shown};

const PINGREQ: &[u8] = b"\xc0\x00";
const PINGRESP: &[u8] = b"\xd0\x00";
const SEGMENT: usize = 1448;

/// Builds a PUBLISH of 5.0 with QoS 0, no properties and this payload.
fn publish(topic: &str, payload: &[u8]) -> Vec<u8> {
    let body = [&[0, u8::try_from(topic.len()).unwrap()], topic.as_bytes(), &[0], payload].concat();
    let (mut len, mut header) = (body.len(), vec![0x30]);
    while len >= 0x80 {
        header.push(u8::try_from(len % 0x80).unwrap() | 0x80);
        len /= 0x80;
    }
    header.push(u8::try_from(len).unwrap());
    [header, body].concat()
}

/// Returns a pseudo-random payload.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 7_u32;
    let mut next = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..len).map(|_| next()).collect()
}

/// Builds a capture of the bytes from a client, without the beginning of the connection.
fn capture(stream: &[u8], segment: usize) -> Vec<u8> {
    let segments: Vec<_> = stream
        .chunks(segment)
        .enumerate()
        .map(|(number, bytes)| up((500 + number * segment) as u32, bytes))
        .collect();
    pcap(&segments)
}

fn without_remarks(file: &[u8]) -> Vec<String> {
    let mut types = types(file);
    types.retain(|line| !line.contains("is assumed"));
    types
}

#[test]
fn a_publish_in_several_segments_is_reassembled() {
    for payload in [
        noise(2_000),
        noise(35_000),
        noise(1_000_000),
        vec![b'0'; 35_000],
        vec![0xc0; 35_000],
        vec![0; 35_000],
    ] {
        for segment in [SEGMENT, 100, 9_000] {
            let stream = [&publish("some/topic", &payload)[..], PINGREQ].concat();
            let file = capture(&stream, segment);
            if payload.len() > 100_000 && segment == 100 {
                continue;
            }
            assert_eq!(
                without_remarks(&file),
                ["client publish", "client pingreq"],
                "{} {segment}",
                payload.len()
            );
            assert_eq!(inspect(&["--summary"], &file).status.code(), Some(0));
        }
    }
    // Segments that are as short as the fixed header.
    for segment in [1, 2, 3, 7] {
        let stream = [&publish("some/topic", &noise(200))[..], PINGREQ].concat();
        assert_eq!(
            without_remarks(&capture(&stream, segment)),
            ["client publish", "client pingreq"],
            "{segment}"
        );
    }
}

#[test]
fn the_end_of_an_unknown_packet_is_skipped() {
    for cut in [1, 5, 100, 1_448, 20_000, 34_000] {
        for payload in [noise(35_000), vec![b'0'; 35_000], vec![0; 35_000]] {
            let whole = publish("some/topic", &payload);
            let next = publish("other", &noise(3_000));
            let stream = [&whole[cut..], &next, PINGREQ].concat();
            let file = capture(&stream, SEGMENT);
            let skipped =
                format!("{} bytes skipped: no packet begins there, or its end is missing", whole.len() - cut);
            assert_eq!(without_remarks(&file), [&*skipped, "client publish", "client pingreq"], "{cut}");
            // Some bytes do not belong to a packet.
            let output = inspect(&["--summary"], &file);
            assert_eq!(output.status.code(), Some(1));
            assert!(
                shown(&output).ends_with("not all fine\n") || shown(&output).contains(": not all fine\n")
            );
        }
    }
}

#[test]
fn a_first_packet_without_its_end_is_shown() {
    let whole = publish("some/topic", &noise(35_000));
    let lines = without_remarks(&capture(&whole[..20_000], SEGMENT));
    assert_eq!(lines, ["client ?"]);
    let output = inspect(&["--summary"], &capture(&whole[..20_000], SEGMENT));
    assert!(shown(&output).contains("PUBLISH      not complete: 15"), "{}", shown(&output));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn after_a_loss_a_publish_in_several_segments_is_reassembled() {
    let [syn, syn_ack] = handshake();
    let connect = b"\x10\x10\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x03abc";
    let large = publish("some/topic", &noise(5_000));
    let mut segments = vec![syn, syn_ack, up(0, connect)];
    // A PINGREQ before the PUBLISH is lost.
    let pieces: Vec<_> = large.chunks(SEGMENT).collect();
    let mut at = 20;
    for piece in &pieces {
        segments.push(up(at, piece));
        at += piece.len() as u32;
    }
    segments.push(up(at, PINGREQ));
    segments.push(down(0, PINGRESP));
    let lines = types(&pcap(&segments));
    assert_eq!(lines[0], "client connect");
    assert!(lines[1..].contains(&"2 bytes lost: the capture lacks these bytes".to_owned()), "{lines:?}");
    let last: Vec<_> = lines.iter().filter(|line| line.starts_with("client ")).collect();
    assert_eq!(last, ["client connect", "client publish", "client pingreq"], "{lines:?}");
}

#[test]
fn a_stream_without_packets_is_a_failure() {
    for stream in [noise(50_000), vec![0xff; 50_000], vec![b'x'; 50_000]] {
        let output = inspect(&["--summary"], &capture(&stream, SEGMENT));
        assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
        assert!(shown(&output).contains("bytes skipped"), "{}", shown(&output));
    }
}

#[test]
fn unreadable_frames_are_a_failure() {
    let mut file = pcap(&[up(500, PINGREQ)]);
    assert_eq!(inspect(&["--summary"], &file).status.code(), Some(0));
    // An unknown link type.
    file[20] = 250;
    let output = inspect(&["--summary"], &file);
    assert!(shown(&output).contains("left out: 1 frames of link type 250"), "{}", shown(&output));
    assert_eq!(output.status.code(), Some(1));
    // Half of an IP header, in a frame of its own.
    let mut file = pcap(&[up(500, PINGREQ)]);
    let frame = [
        [0; 8].as_slice(),
        &20_u32.to_le_bytes(),
        &20_u32.to_le_bytes(),
        &[2; 12],
        &[8, 0, 0x45, 0, 0, 40, 0, 0],
    ];
    file.extend(frame.concat());
    assert_eq!(inspect(&["--summary"], &file).status.code(), Some(1));
}
