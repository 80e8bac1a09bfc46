//! Tests the invariants of changing an encoded PUBLISH in place, with a sample of every packet.

use allocation_counter::measure;
use mqtt_wire::broker::{PublishFrame, PublishFrameError};
use mqtt_wire::*;
use mqtt_wire_testkit::samples::{self, all_samples, bytes};

const ID: PacketId = match PacketId::new(0x1234) {
    Ok(id) => id,
    Err(_) => PacketId::MIN,
};

fn with(delivery: Delivery, new_id: Option<PacketId>, new_dup: Option<bool>) -> Delivery {
    let (id, dup) = (new_id.or(delivery.packet_id()), new_dup.unwrap_or(delivery.dup()));
    match (delivery, id) {
        (Delivery::AtLeastOnce { .. }, Some(id)) => Delivery::AtLeastOnce { id, dup },
        (Delivery::ExactlyOnce { .. }, Some(id)) => Delivery::ExactlyOnce { id, dup },
        _ => delivery,
    }
}

#[test]
fn a_set_field_is_read_back_and_nothing_else_changes() {
    let mut changed = [0; 2];
    for (version, packet) in all_samples() {
        let Packet::Publish(publish) = packet else { continue };
        let original = bytes(&packet, version);
        for dup in [false, true] {
            let mut bytes = original.clone();
            let mut frame = PublishFrame::new(version, &mut bytes).expect("a PUBLISH");
            assert_eq!((frame.delivery(), frame.retain()), (publish.delivery, publish.retain));
            let qos_is_0 = publish.delivery == Delivery::AtMostOnce;
            let refused = |refused: bool| if refused { Err(PublishFrameError::QosIs0) } else { Ok(()) };
            assert_eq!(frame.set_dup(dup), refused(qos_is_0 && dup));
            assert_eq!(frame.set_packet_id(ID), refused(qos_is_0));
            if qos_is_0 {
                assert_eq!(frame.as_bytes(), original);
            }
            frame.set_retain(!publish.retain);
            assert_eq!(
                (frame.delivery(), frame.retain()),
                (with(publish.delivery, Some(ID), Some(dup)), !publish.retain)
            );
            let expected = Publish { delivery: frame.delivery(), retain: !publish.retain, ..publish };
            assert_eq!(decode_frame(version, frame.as_bytes()), Ok(expected.into()));
            assert_eq!(samples::bytes(&expected, version), frame.as_ref());
            changed[usize::from(qos_is_0)] += 1;
        }
    }
    assert!(changed.iter().all(|count| *count > 20), "{changed:?}");
}

#[test]
fn only_a_complete_publish_can_be_changed() {
    for (version, packet) in all_samples() {
        let mut bytes = bytes(&packet, version);
        if packet.packet_type() != PacketType::Publish {
            let bridge = matches!(packet, Packet::Connect(connect) if connect.bridge);
            let error = PublishFrame::new(version, &mut bytes).expect_err("not a PUBLISH");
            assert!(bridge || error == PublishFrameError::NotPublish(packet.packet_type()), "{error}");
        }
        let short = bytes.len() - 1;
        let error = PublishFrame::new(version, &mut bytes[..short]).expect_err("less than a packet");
        assert!(matches!(error, PublishFrameError::Decode(_)), "{error}");
        bytes.push(0);
        let error = PublishFrame::new(version, &mut bytes).expect_err("more than a packet");
        assert!(matches!(error, PublishFrameError::Decode(_)), "{error}");
    }
}

/// Before 5.0 a Remaining Length may have unneeded bytes.
#[test]
fn a_padded_remaining_length_is_handled() {
    let mut bytes = *b"\x32\x85\x80\x00\x00\x01a\x00\x01";
    let mut frame = PublishFrame::new(Version::V3_1_1, &mut bytes).expect("legal before 5.0");
    frame.set_packet_id(ID).expect("QoS 1");
    frame.set_dup(true).expect("QoS 1");
    assert_eq!(frame.as_bytes(), b"\x3a\x85\x80\x00\x00\x01a\x12\x34");
}

/// 3.1 ignores DUP with QoS 0.
#[test]
fn bits_that_3_1_ignores_are_not_kept() {
    let mut bytes = *b"\x38\x03\x00\x01a";
    let mut frame = PublishFrame::new(Version::V3_1, &mut bytes).expect("legal in 3.1");
    frame.set_dup(false).expect("it is not");
    assert_eq!(frame.as_bytes(), b"\x30\x03\x00\x01a");
}

#[test]
fn nothing_is_allocated() {
    for (version, packet) in all_samples() {
        let mut bytes = bytes(&packet, version);
        let count = measure(|| {
            if let Ok(mut frame) = PublishFrame::new(version, &mut bytes) {
                assert_eq!(frame.set_dup(true), frame.set_packet_id(ID));
                frame.set_retain(true);
            }
        });
        assert_eq!(count.count_total, 0, "{version} {packet:.80?}");
    }
}

#[test]
fn every_refusal_has_a_reason() {
    let said = |bytes: &[u8]| match PublishFrame::new(Version::V5_0, &mut bytes.to_vec()) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("not a PUBLISH"),
    };
    assert_eq!(said(b"\xc0\x00"), "the packet is a PINGREQ, not a PUBLISH");
    assert_eq!(said(b"\x36\x00"), decode_frame(Version::V5_0, b"\x36\x00").unwrap_err().to_string());
    assert_eq!(
        PublishFrameError::QosIs0.to_string(),
        "a PUBLISH with QoS 0 has neither DUP nor a packet identifier"
    );
}
