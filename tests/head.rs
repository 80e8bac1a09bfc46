//! Tests packets that are decoded from their head, and payloads that arrive in pieces.

use allocation_counter::measure;
use mqtt_wire::stream::{FrameLen, Head, Remaining};
use mqtt_wire::*;
use mqtt_wire_testkit::samples::{all_samples, bytes};

fn decoder(version: Version) -> Decoder {
    Decoder::new(version).accept_bridge(true)
}

/// Returns the packet of the head, and its payload.
fn without_payload(packet: Packet<'_>) -> (Packet<'_>, &[u8]) {
    match packet {
        Packet::Publish(publish) => (Publish { payload: &[], ..publish }.into(), publish.payload),
        other => (other, &[]),
    }
}

/// Returns lengths of a beginning. For a long packet these are the first 600 and some of the
/// others.
fn ends(len: usize) -> impl Iterator<Item = usize> {
    (0..=len).filter(move |end| *end < 600 || end % 4093 == 0 || len - end < 10)
}

#[test]
fn a_head_is_decoded_as_soon_as_it_has_arrived() {
    for (version, packet) in all_samples() {
        let bytes = bytes(&packet, version);
        let (head, payload) = without_payload(packet);
        let head_len = bytes.len() - payload.len();
        for end in ends(bytes.len()) {
            let read = decoder(version).decode_head(&bytes[..end]).expect("legal");
            if end < head_len {
                assert_eq!(read, None, "{version} {packet:?} cut at {end}");
            } else {
                let read = read.expect("the head is in");
                assert_eq!((read.packet, read.payload_len), (head, payload.len()));
                assert_eq!(read.rest, &bytes[head_len..end]);
            }
        }
    }
}

/// A reader reads as many bytes as `head_len` says. The reader gets the head, and never waits for bytes after
/// the head.
#[test]
fn the_needed_length_is_never_too_small_or_too_large() {
    for (version, packet) in all_samples() {
        let bytes = bytes(&packet, version);
        let head_len = bytes.len() - without_payload(packet).1.len();
        for end in ends(bytes.len()) {
            match decoder(version).head_len(&bytes[..end]).expect("legal") {
                FrameLen::Total(len) => assert_eq!(len, head_len, "{version} {packet:?} cut at {end}"),
                FrameLen::AtLeast(len) => assert!(end < len && len <= head_len, "{end} {len} {head_len}"),
            }
        }
        let (mut needed, mut steps) = (0, 0);
        let found = loop {
            match decoder(version).head_len(&bytes[..needed]).expect("legal") {
                FrameLen::AtLeast(len) => needed = len,
                FrameLen::Total(len) => break len,
            }
            steps += 1;
        };
        assert!(found == head_len && steps <= 9, "{version} {packet:?}: {found} after {steps}");
    }
}

/// A head gives the same packet or the same error as the whole packet.
fn same_verdict(bytes: &[u8], version: Version) {
    let whole = decoder(version).decode(bytes);
    let Ok(FrameLen::Total(frame_len)) = decoder(version).frame_len(bytes) else {
        assert_eq!(decoder(version).decode_head(bytes).map(drop), whole.map(drop));
        return;
    };
    if frame_len > bytes.len() {
        return;
    }
    let head = decoder(version).decode_head(bytes);
    let expected = whole.map(|first| first.map(|(packet, _)| without_payload(packet)));
    let shown = head.map(|head| head.map(|head| (head.packet, &head.rest[..head.payload_len])));
    assert_eq!(shown, expected, "{version} {bytes:02x?}");
    for end in 0..frame_len {
        let early = decoder(version).decode_head(&bytes[..end]);
        let needed = decoder(version).head_len(&bytes[..end]);
        match (early, needed) {
            (Ok(None), Ok(FrameLen::AtLeast(needed) | FrameLen::Total(needed))) => {
                assert!(end < needed && needed <= frame_len, "{end} {needed} {bytes:02x?}");
            }
            (Ok(Some(head)), Ok(FrameLen::Total(needed))) => {
                assert!(needed <= end);
                assert_eq!(Ok(Some(head.packet)), expected.map(|first| first.map(|(packet, _)| packet)));
            }
            (Err(error), _) => assert_eq!(Err(error), expected, "cut at {end}: {bytes:02x?}"),
            other => panic!("cut at {end}: {other:?} {bytes:02x?}"),
        }
    }
}

#[test]
fn a_head_gets_the_verdict_of_the_whole_packet() {
    for (version, packet) in all_samples() {
        let mut bytes = bytes(&packet, version);
        if packet.packet_type() != PacketType::Publish || bytes.len() > 200 {
            continue;
        }
        for place in 0..bytes.len() {
            let original = bytes[place];
            for change in [0x00, 0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x7f, 0x80, 0x81, 0xff] {
                bytes[place] = original ^ change;
                same_verdict(&bytes, version);
            }
            bytes[place] = original;
        }
    }
}

/// Every small PUBLISH: every topic length, every property length, every length of the packet.
#[test]
fn contradicting_lengths_get_the_verdict_of_the_whole_packet() {
    for version in Version::ALL {
        for remaining_length in 0..12 {
            for byte_1 in [0x30, 0x32, 0x35] {
                for topic_len in 0..14 {
                    for properties_len in [0, 1, 3, 5, 9, 0x80, 0xff] {
                        let mut bytes = vec![byte_1, remaining_length, 0, topic_len];
                        bytes.resize(4 + usize::from(topic_len), b'a');
                        if byte_1 != 0x30 {
                            bytes.extend([0, 1]);
                        }
                        bytes.extend([properties_len, 0x23, 0, 7, 0x80, 0x80, 0x00]);
                        same_verdict(&bytes, version);
                    }
                }
            }
        }
    }
}

/// Properties longer than a packet of 256 MiB are refused at once, not after 256 MiB.
#[test]
fn an_error_in_the_head_does_not_wait_for_the_payload() {
    for (bytes, kind, offset) in [
        (&b"\x30\xff\xff\xff\x7f\x00\x01a\xff\xff\xff\x7f"[..], DecodeErrorKind::Truncated, 8),
        (b"\x30\xff\xff\xff\x7f\x00\x01a\x80\x80\x80\x80", DecodeErrorKind::VarintTooLong, 8),
        (b"\x30\xff\xff\xff\x7f\x00\x01a\x80\x80\x00", DecodeErrorKind::VarintNotMinimal, 8),
        (b"\x30\xff\xff\xff\x7f\x00\x01#\x00", DecodeErrorKind::WildcardInTopicName, 5),
        (b"\x32\xff\xff\xff\x7f\x00\x01a\x00\x00\x00", DecodeErrorKind::ZeroPacketIdentifier, 8),
        (b"\x36\xff\xff\xff\x7f", DecodeErrorKind::InvalidQos, 0),
    ] {
        let error = decoder(Version::V5_0).decode_head(bytes).expect_err("wrong");
        assert_eq!((error.kind(), error.offset()), (kind, offset), "{bytes:02x?}");
        assert_eq!(error.packet_len(), Some(268_435_460));
        assert_eq!(error.version(), Some(Version::V5_0));
        assert_eq!(decoder(Version::V5_0).decode_head(&bytes[..bytes.len() - 1]).map(drop), Ok(()));
    }
}

#[test]
fn limits_switches_and_the_version_apply_to_heads() {
    let film = b"\x30\xc6\x84\x3d\x00\x04film";
    let kind = |mut decoder: Decoder| decoder.decode_head(film).map(drop).map_err(|error| error.kind());
    assert_eq!(kind(Decoder::new(Version::V3_1_1)), Ok(()));
    assert_eq!(
        kind(Decoder::new(Version::V3_1_1).max_packet_size(1_000_009)),
        Err(DecodeErrorKind::PacketTooLarge)
    );
    assert_eq!(kind(Decoder::from_client()), Err(DecodeErrorKind::VersionUnknown));
    let control = b"\x30\x04\x00\x01\x01!";
    let refused = Decoder::new(Version::V3_1).refuse_control_characters(true).decode_head(control);
    assert_eq!(refused.expect_err("refused").kind(), DecodeErrorKind::ControlCharacter);

    let mut learning = Decoder::from_client();
    let connect = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a";
    assert_eq!(learning.decode_head(&connect[..14]), Ok(None));
    assert!(matches!(learning.decode_head(connect), Ok(Some(Head { payload_len: 0, rest: [], .. }))));
    assert_eq!(learning.version(), Some(Version::V3_1_1));
    assert!(learning.decode_head(film).is_ok_and(|head| head.is_some()));
}

/// A stream in pieces of any size: heads are collected, payloads are forwarded as they arrive, and packets
/// that are too large are skipped.
#[test]
fn a_stream_is_passed_on_without_buffering() {
    let payload: Vec<u8> = (0..10_000_u32).map(|number| number.to_le_bytes()[0]).collect();
    let large = Publish::new(topic_name!("large"), &payload);
    let too_large = vec![0; 20_000];
    let too_large = Publish::new(topic_name!("too/large"), &too_large);
    let packets = [Packet::PingReq, large.into(), too_large.into(), large.into(), Packet::PingResp];
    for version in Version::ALL {
        let stream: Vec<u8> = packets.iter().flat_map(|packet| bytes(packet, version)).collect();
        for piece in [1, 2, 3, 7, 64, 1000, 40_000, stream.len()] {
            let mut decoder = Decoder::new(version).max_packet_size(15_000);
            let (mut held, mut most_held) = (Vec::new(), 0);
            let (mut passed_on, mut skipped) = (Remaining::default(), Remaining::default());
            let (mut seen, mut received, mut refused) = (Vec::new(), Vec::new(), 0);
            for piece in stream.chunks(piece) {
                let (own, piece) = passed_on.take(piece);
                received.extend_from_slice(own);
                held.extend_from_slice(skipped.take(piece).1);
                loop {
                    let left = match decoder.decode_head(&held) {
                        Ok(None) => break,
                        Ok(Some(head)) => {
                            seen.push((head.packet.packet_type(), head.payload_len));
                            passed_on = Remaining::new(head.payload_len);
                            let (own, rest) = passed_on.take(head.rest);
                            received.extend_from_slice(own);
                            rest.len()
                        }
                        Err(error) => {
                            refused += 1;
                            skipped = Remaining::new(error.packet_len().expect("known"));
                            skipped.take(&held).1.len()
                        }
                    };
                    held.drain(..held.len() - left);
                }
                most_held = most_held.max(held.len());
            }
            let publish = (PacketType::Publish, 10_000);
            assert_eq!(seen, [(PacketType::PingReq, 0), publish, publish, (PacketType::PingResp, 0)]);
            assert!(received == [&payload[..], &payload].concat());
            assert_eq!((refused, passed_on.left(), skipped.left(), held.len()), (1, 0, 0, 0));
            assert!(most_held < 20, "{most_held} bytes of a head");
        }
    }
}

#[test]
fn remaining_splits_the_arrived_bytes() {
    let mut portion = Remaining::new(5);
    assert_eq!(portion.take(b"abc"), (&b"abc"[..], &b""[..]));
    assert_eq!((portion.left(), portion.take(b"")), (2, (&b""[..], &b""[..])));
    assert_eq!(portion.take(b"defg"), (&b"de"[..], &b"fg"[..]));
    assert_eq!((portion.left(), portion.take(b"hi")), (0, (&b""[..], &b"hi"[..])));
    assert_eq!(portion, Remaining::default());
}

#[test]
fn heads_are_decoded_without_allocations() {
    for (version, packet) in all_samples() {
        let bytes = bytes(&packet, version);
        let mut decoder = decoder(version);
        let count = measure(|| {
            assert!(decoder.head_len(&bytes).is_ok());
            assert!(decoder.decode_head(&bytes).is_ok_and(|head| head.is_some()));
        });
        assert_eq!(count.count_total, 0, "{version} {packet:?}");
    }
}
