//! Tests the invariants of a packet in parts (head and payload), with a sample of every packet.

use allocation_counter::measure;
use mqtt_wire::property::PropertyId;
use mqtt_wire::stream::EncodeParts;
use mqtt_wire::topic::TopicAlias;
use mqtt_wire::*;
use mqtt_wire_testkit::samples::{all_samples, bytes};

#[test]
fn the_parts_are_the_bytes_of_the_packet() {
    for (version, packet) in all_samples() {
        let whole = bytes(&packet, version);
        let head_len = packet.head_len(version).expect("legal");
        let mut buffer = vec![0xee; head_len + 3];
        let parts = packet.encode_parts(version, &mut buffer).expect("legal");
        assert_eq!((parts.head().len(), parts.len()), (head_len, whole.len()));
        assert_eq!([parts.head(), parts.payload()].concat(), whole);
        #[cfg(feature = "bytes")]
        {
            use bytes::Buf;
            let mut buf = parts.into_buf();
            assert_eq!(buf.remaining(), whole.len());
            assert_eq!(buf.copy_to_bytes(whole.len()), whole);
        }
        #[cfg(feature = "std")]
        assert_eq!(parts.io_slices().map(|part| part.to_vec()).concat(), whole);
        assert_eq!(buffer[head_len..], [0xee; 3], "nothing after the head is touched");
    }
}

#[test]
fn the_payload_is_not_copied() {
    let mut kept = 0;
    for (version, packet) in all_samples() {
        let mut buffer = vec![0; packet.head_len(version).expect("legal")];
        let parts = packet.encode_parts(version, &mut buffer).expect("exactly enough space");
        match packet {
            Packet::Publish(publish) => {
                assert_eq!(parts.payload().as_ptr_range(), publish.payload.as_ptr_range());
                assert_eq!(publish.payload(), publish.payload);
                kept += 1;
            }
            _ => assert_eq!(parts.payload(), b""),
        }
    }
    assert!(kept > 30, "{kept}");
}

#[test]
fn a_head_that_is_too_long_for_the_buffer_is_not_written() {
    for (version, packet) in all_samples() {
        let needed = packet.head_len(version).expect("legal");
        let mut buffer = vec![0xee; needed - 1];
        assert_eq!(packet.encode_parts(version, &mut buffer), Err(EncodeError::BufferTooSmall { needed }));
        assert!(buffer.iter().all(|byte| *byte == 0xee));
    }
}

#[test]
fn a_packet_that_cannot_be_encoded_has_no_parts() {
    let publish = Publish { topic: Topic::Alias(TopicAlias::MAX), ..Publish::new(topic_name!("a"), b"") };
    let error = EncodeError::NotInVersion { field: PropertyId::TopicAlias.into(), version: Version::V3_1_1 };
    assert_eq!(publish.head_len(Version::V3_1_1), Err(error));
    assert_eq!(publish.encode_parts(Version::V3_1_1, &mut [0; 16]), Err(error));
    let client = Encoder::new(Version::V5_0).sender(Role::Client);
    let wrong = EncodeError::Inconsistent(Inconsistency::WrongDirection);
    assert_eq!(client.encode_parts(&PingResp, &mut [0; 2]), Err(wrong));
}

#[test]
fn nothing_is_allocated() {
    let mut buffer = vec![0; 1 << 18];
    for (version, packet) in all_samples() {
        let count = measure(|| {
            let parts = packet.encode_parts(version, &mut buffer).expect("enough space");
            #[cfg(feature = "std")]
            assert_eq!(parts.io_slices().iter().map(|part| part.len()).sum::<usize>(), parts.len());
            assert!(parts.len() >= 2);
        });
        assert_eq!(count.count_total, 0, "{version} {packet:.80?}");
    }
}

/// No code reads the payload of the greatest length. The test does not write the payload to memory either.
#[test]
fn a_payload_of_256_megabytes_needs_only_a_head() {
    let payload = vec![0; 268_435_455 - 3];
    let publish = Publish::new(topic_name!("a"), &payload);
    let mut head = [0; 8];
    let parts = publish.encode_parts(Version::V3_1_1, &mut head).expect("the largest packet");
    assert_eq!(parts.head(), b"\x30\xff\xff\xff\x7f\x00\x01a");
    assert_eq!(parts.len(), 268_435_455 + 5);
    let in_v5 = publish.encode_parts(Version::V5_0, &mut [0; 16]).expect_err("one byte more");
    assert_eq!(in_v5, EncodeError::TooLarge { remaining_length: 268_435_456 });
}

#[test]
fn no_bytes_are_shown() {
    let password = Password::new(b"hunter2").expect("short");
    let (user_name, password) = (Some(text!("user")), Some(password));
    let connect = Connect { user_name, password, ..Connect::new(Version::V3_1_1) };
    let mut head = [0; 64];
    let parts = connect.encode_parts(Version::V3_1_1, &mut head).expect("legal");
    assert_eq!(format!("{parts:?}"), "Parts(29 bytes of head, 0 of payload)");
}
