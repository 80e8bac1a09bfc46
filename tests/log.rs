//! `defmt` shows the same fields as `serde`, in the same order, with secrets redacted.
#![cfg(all(feature = "defmt", feature = "serde"))]

use mqtt_wire::broker::PublishFrameError;
use mqtt_wire::convert::Conversion;
use mqtt_wire::property::{AuthProperties, PublishProperties};
use mqtt_wire::reason::AuthReason;
use mqtt_wire::*;
use mqtt_wire_testkit::log::Log;
use mqtt_wire_testkit::samples;
use serde_json::to_value;
use std::cell::RefCell;

/// The logger keeps the log of the thread.
#[defmt::global_logger]
struct Logger;

thread_local!(static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) });

// SAFETY: each thread has its own log, and nothing interrupts the thread.
#[allow(unsafe_code, reason = "the trait of `defmt` is unsafe")]
unsafe impl defmt::Logger for Logger {
    fn acquire() {
        LOG.take();
    }
    unsafe fn flush() {}
    unsafe fn release() {}
    unsafe fn write(bytes: &[u8]) {
        LOG.with_borrow_mut(|log| log.extend_from_slice(bytes));
    }
}

defmt::timestamp!("");

fn logged(value: impl defmt::Format) -> Vec<u8> {
    defmt::println!("{}", value);
    LOG.take()
}

/// `serde` and `defmt` leave out the same fields. The tests of `serde` check which.
#[test]
fn every_field_is_logged_in_order() {
    for (version, packet) in samples::all_samples() {
        if packet.encoded_len(version).is_ok_and(|len| len > 2_000) {
            continue;
        }
        let log = logged(packet);
        Log::new(&log).holds_packet(&to_value(packet).expect("a value"));
    }
}

#[test]
fn different_packets_look_different() {
    let mut seen = std::collections::HashMap::new();
    for (_, packet) in samples::all_samples() {
        let secrets = format!("{packet:?}").contains("redacted");
        let first = *seen.entry(logged(packet)).or_insert(packet);
        assert!(first == packet || secrets, "{first:?} {packet:?}");
    }
    assert_ne!(logged(Packet::PingReq), logged(Packet::PingResp));
}

#[test]
fn secrets_are_not_logged() {
    let connect = Connect {
        user_name: Some(text!("alice")),
        password: Password::new(b"hunter2").ok(),
        ..Connect::new(Version::V5_0)
    };
    let log = logged(connect);
    assert!(contains(&log, b"alice") && contains(&log, b"(redacted)") && !contains(&log, b"hunter2"));
}

#[test]
fn errors_are_logged_with_their_text() {
    let decode = decode(Version::V5_0, b"\x36\x00").unwrap_err();
    let encode = EncodeError::BufferTooSmall { needed: 7 };
    let zero = ValueError::Zero(ValueType::PacketId);
    let conversion = Conversion::new(Version::V5_0, Version::V3_1_1);
    let convert = conversion
        .convert(Packet::from(Auth { reason: AuthReason::Success, properties: AuthProperties::EMPTY }))
        .unwrap_err();
    let publish = Publish {
        properties: PublishProperties { message_expiry_interval: Some(60), ..PublishProperties::EMPTY },
        ..Publish::new(topic_name!("a"), b"")
    };
    let changes = conversion.convert(publish).unwrap().changes;
    for (log, said) in [
        (logged(decode), decode.to_string()),
        (logged(encode), encode.to_string()),
        (logged(convert), convert.to_string()),
        (logged(changes), changes.to_string()),
        (logged(zero), zero.to_string()),
        (logged(PublishFrameError::QosIs0), PublishFrameError::QosIs0.to_string()),
    ] {
        assert!(contains(&log, said.as_bytes()), "{said}");
    }
}

fn contains(log: &[u8], wanted: &[u8]) -> bool {
    log.windows(wanted.len()).any(|bytes| bytes == wanted)
}
