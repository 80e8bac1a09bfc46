//! A client for a microcontroller, run with a scripted socket. The exit code is 0 if all checks
//! pass.
//!
//! `client.rs` is the code for a firmware. The client needs only a socket with the traits of `embedded-io`.

#![no_std]
#![no_main]

mod client;
mod log;
mod script;

use client::{Connection, Error};
use core::ffi::{c_char, c_int};
use mqtt_wire::{
    Connect, DecodeErrorKind, Delivery, EncodeError, Packet, PacketId, Password, Publish, Qos, Version, Will,
    binary, text, topic_name,
};
use script::Script;

#[link(name = "c")]
unsafe extern "C" {
    fn abort() -> !;
}

fn stop() -> ! {
    // SAFETY: `abort` has no preconditions.
    unsafe { abort() }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    stop()
}

// The precompiled `core` still refers to these symbols of the unwinder.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() {}

#[unsafe(no_mangle)]
extern "C" fn main(_: c_int, _: *const *const c_char) -> c_int {
    let right = plays_the_story()
        && a_refusal_is_reported()
        && too_large_is_refused()
        && too_long_a_topic_is_refused()
        && logs_no_secrets();
    c_int::from(!right)
}

fn connect() -> Connect<'static> {
    Connect {
        client_id: text!("Client123"),
        keep_alive: 60,
        will: Some(Will {
            qos: Qos::AtLeastOnce,
            retain: true,
            ..Will::new(topic_name!("/status"), binary!(b"Client123 is offline"))
        }),
        user_name: Some(text!("user")),
        password: Password::new(b"hunter2").ok(),
        ..Connect::new(Version::V3_1_1)
    }
}

/// Connects, publishes that it is online, receives the PUBACK and a message, and closes the
/// connection without DISCONNECT.
fn plays_the_story() -> bool {
    let server = Script::new(b"\x20\x02\x00\x00\x40\x02\x00\x01\x30\x07\x00\x03cmdgo");
    story(server).is_ok_and(|heard_go| heard_go)
}

fn story(server: Script) -> Result<bool, Error<core::convert::Infallible>> {
    let mut connection = Connection::<_, 64>::open(server, &connect())?;
    let delivery = Delivery::AtLeastOnce { id: PacketId::MIN, dup: false };
    let online = Publish { delivery, retain: true, ..Publish::new(topic_name!("/status"), b"online") };
    connection.publish(&online)?;
    let acknowledged = matches!(connection.next()?, Packet::PubAck(ack) if ack.packet_id == PacketId::MIN);
    let heard_go = match connection.next()? {
        Packet::Publish(command) => command.payload == b"go",
        _ => false,
    };
    connection.send(&mqtt_wire::PingReq)?;
    let closed = matches!(connection.next(), Err(Error::Closed));
    let server = connection.into_socket();
    let said = server.heard().ends_with(b"\x33\x11\x00\x07/status\x00\x01online\xc0\x00");
    Ok(acknowledged && heard_go && closed && said)
}

fn a_refusal_is_reported() -> bool {
    let server = Script::new(b"\x20\x02\x00\x05");
    let refused = Connection::<_, 16>::open(server, &connect()).err();
    matches!(refused, Some(Error::Refused(mqtt_wire::reason::ConnectReason::NotAuthorized)))
}

/// A packet that does not fit into the buffer is refused by its first bytes.
fn too_large_is_refused() -> bool {
    let server = Script::new(b"\x20\x02\x00\x00\x30\x0f\x00");
    let Ok(mut connection) = Connection::<_, 16>::open(server, &connect()) else { return false };
    matches!(connection.next(), Err(Error::Decode(error)) if error.kind() == DecodeErrorKind::PacketTooLarge)
}

/// A topic that does not fit into the space for the head is refused, and none of its bytes are
/// sent.
fn too_long_a_topic_is_refused() -> bool {
    let server = Script::new(b"\x20\x02\x00\x00");
    let Ok(mut connection) = Connection::<_, 16>::open(server, &connect()) else { return false };
    let topic =
        topic_name!("a/topic/of/more/than/sixty/characters/which/is/more/than/this/client/has/room/for");
    match connection.publish(&Publish::new(topic, b"")) {
        Err(Error::Encode(EncodeError::BufferTooSmall { needed })) => needed == topic.len() + 4,
        _ => false,
    }
}

fn logs_no_secrets() -> bool {
    defmt::println!("sent {}", Packet::from(connect()));
    log::holds(b"Client123 is offline") && log::holds(b"(redacted)") && !log::holds(b"hunter2")
}
