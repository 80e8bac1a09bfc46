//! Decodes a PUBLISH and encodes a CONNECT with a will, using only `core`. The exit code is 0 if both
//! give the right result.

#![no_std]
#![no_main]

#[cfg(feature = "with-std")]
extern crate std;

use core::ffi::{c_char, c_int};
use mqtt_wire::{Connect, Encode, Packet, Qos, Version, Will, binary, decode, text, topic_name};

#[link(name = "c")]
unsafe extern "C" {
    fn abort() -> !;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: `abort` has no preconditions.
    unsafe { abort() }
}

// The precompiled `core` still refers to these symbols of the unwinder.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() {}

#[unsafe(no_mangle)]
extern "C" fn main(_: c_int, _: *const *const c_char) -> c_int {
    c_int::from(!(reads() && writes()))
}

fn reads() -> bool {
    match decode(Version::V3_1_1, b"\x30\x0f\x00\x07/statusonline") {
        Ok(Some((Packet::Publish(publish), []))) => publish.payload == b"online",
        _ => false,
    }
}

fn writes() -> bool {
    let connect = Connect {
        client_id: text!("Client123"),
        will: Some(Will {
            qos: Qos::AtLeastOnce,
            retain: true,
            ..Will::new(topic_name!("/status"), binary!(b"Client123 is offline"))
        }),
        ..Connect::new(Version::V3_1_1)
    };
    let mut buffer = [0; 64];
    connect.encode(Version::V3_1_1, &mut buffer).is_ok_and(|bytes| bytes.len() == 54)
}
