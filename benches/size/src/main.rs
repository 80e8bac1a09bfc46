//! A firmware in small: no std, no allocator, and what the features ask of a codec.

#![no_std]
#![no_main]

use core::ffi::{c_char, c_int};
use core::hint::black_box;

#[link(name = "c")]
unsafe extern "C" {
    fn abort() -> !;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: `abort` has no preconditions.
    unsafe { abort() }
}

// The unwinder's symbols, which the precompiled `core` still names.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() {}

#[unsafe(no_mangle)]
extern "C" fn main(_: c_int, _: *const *const c_char) -> c_int {
    let input: &[u8] = black_box(b"\x30\x0f\x00\x07/statusonline");
    let mut buffer = [0; 64];
    let buffer: &mut [u8] = black_box(&mut buffer);
    c_int::from(!(decodes(input) && encodes(buffer)))
}

#[cfg(feature = "wire-decode")]
fn decodes(input: &[u8]) -> bool {
    use mqtt_wire::{Packet, Version, decode};
    match decode(Version::V3_1_1, input) {
        Ok(Some((Packet::Publish(publish), []))) => publish.payload == b"online",
        #[cfg(feature = "wire-display")]
        Err(error) => core::fmt::write(&mut Nowhere, format_args!("{error}")).is_err(),
        _ => false,
    }
}

#[cfg(feature = "wire-display")]
struct Nowhere;

#[cfg(feature = "wire-display")]
impl core::fmt::Write for Nowhere {
    fn write_str(&mut self, string: &str) -> core::fmt::Result {
        black_box(string);
        Ok(())
    }
}

#[cfg(feature = "wire-encode")]
fn encodes(buffer: &mut [u8]) -> bool {
    use mqtt_wire::{Connect, Encode, Qos, Version, Will, binary, text, topic_name};
    let connect = Connect {
        client_id: text!("Client123"),
        will: Some(Will {
            qos: Qos::AtLeastOnce,
            retain: true,
            ..Will::new(topic_name!("/status"), binary!(b"Client123 is offline"))
        }),
        ..Connect::new(Version::V3_1_1)
    };
    black_box(&connect).encode(Version::V3_1_1, buffer).is_ok_and(|bytes| bytes.len() == 54)
}

#[cfg(feature = "mqttrs-decode")]
fn decodes(input: &[u8]) -> bool {
    match mqttrs::decode_slice(input) {
        Ok(Some(mqttrs::Packet::Publish(publish))) => publish.payload == b"online",
        _ => false,
    }
}

#[cfg(feature = "mqttrs-encode")]
fn encodes(buffer: &mut [u8]) -> bool {
    use mqttrs::{Connect, LastWill, Packet, Protocol, QoS, encode_slice};
    let connect = Packet::Connect(Connect {
        protocol: Protocol::MQTT311,
        keep_alive: 0,
        client_id: "Client123",
        clean_session: true,
        last_will: Some(LastWill {
            topic: "/status",
            message: b"Client123 is offline",
            qos: QoS::AtLeastOnce,
            retain: true,
        }),
        username: None,
        password: None,
    });
    encode_slice(black_box(&connect), buffer) == Ok(54)
}

#[cfg(not(any(feature = "wire-decode", feature = "mqttrs-decode")))]
fn decodes(input: &[u8]) -> bool {
    input.len() == 17
}

#[cfg(not(any(feature = "wire-encode", feature = "mqttrs-encode")))]
fn encodes(buffer: &mut [u8]) -> bool {
    buffer.len() == 64
}
