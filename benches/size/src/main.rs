//! A minimal firmware without std, allocator and operating system. The features select the use of a codec.
//! The program exits with 0 if the codec gives the right result. The optimiser knows neither the input nor
//! the use of the packet; the version is a constant, as in a real client.

#![no_std]
#![no_main]

use core::arch::asm;
use core::hint::black_box;

#[cfg(feature = "v5")]
const INPUT: &[u8] = b"\x30\x17\x00\x07/status\x07\x26\x00\x01n\x00\x01vonline";
#[cfg(not(feature = "v5"))]
const INPUT: &[u8] = b"\x30\x0f\x00\x07/statusonline";

#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    let mut buffer = [0; 64];
    let decoded = decodes(black_box(INPUT));
    let encoded = encodes(black_box(&mut buffer));
    exit(decoded && encoded)
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    exit(false)
}

/// Ends the emulator with this exit status: semihosting's `SYS_EXIT_EXTENDED`.
fn exit(success: bool) -> ! {
    const APPLICATION_EXIT: u32 = 0x20026;
    let arguments = [APPLICATION_EXIT, u32::from(!success)];
    // SAFETY: the operation reads the two words at the given address.
    unsafe { asm!("svc 0xab", in("r0") 0x20, in("r1") &arguments) };
    loop {}
}

#[cfg(any(feature = "wire-encode", feature = "wire-decode"))]
const VERSION: mqtt_wire::Version = match cfg!(feature = "v5") {
    true => mqtt_wire::Version::V5_0,
    false => mqtt_wire::Version::V3_1_1,
};

#[cfg(feature = "wire-decode")]
fn decodes(input: &[u8]) -> bool {
    #[cfg(feature = "any-sender")]
    use mqtt_wire::decode;
    #[cfg(not(feature = "any-sender"))]
    use mqtt_wire::decode_from_server as decode;
    use mqtt_wire::{Packet, PacketType};
    match decode(VERSION, input) {
        Ok(Some((packet, []))) if black_box(packet.packet_type()) == PacketType::Publish => match packet {
            Packet::Publish(publish) => is_expected(&publish),
            _ => false,
        },
        #[cfg(feature = "wire-display")]
        Err(error) => core::fmt::write(&mut Nowhere, format_args!("{error}")).is_err(),
        _ => false,
    }
}

#[cfg(feature = "wire-decode")]
fn is_expected(publish: &mqtt_wire::Publish<'_>) -> bool {
    #[cfg(feature = "wire-properties")]
    if black_box(&publish.properties).user_properties.iter().count() != 1 {
        return false;
    }
    let topic = publish.topic.name().map(|name| name.as_str());
    black_box(topic) == Some("/status") && black_box(publish.payload) == b"online"
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
    use mqtt_wire::{Connect, Encode, Qos, Will, binary, text, topic_name};
    let connect = Connect {
        client_id: text!("Client123"),
        will: Some(Will {
            qos: Qos::AtLeastOnce,
            retain: true,
            ..Will::new(topic_name!("/status"), binary!(b"Client123 is offline"))
        }),
        ..Connect::new(VERSION)
    };
    let expected = if cfg!(feature = "v5") { 56 } else { 54 };
    black_box(&connect).encode(VERSION, buffer).is_ok_and(|bytes| black_box(bytes).len() == expected)
}

#[cfg(feature = "mqttrs-decode")]
fn decodes(input: &[u8]) -> bool {
    use mqttrs::{Packet, PacketType};
    match mqttrs::decode_slice(input) {
        Ok(Some(packet)) if black_box(packet.get_type()) == PacketType::Publish => match packet {
            Packet::Publish(publish) => {
                black_box(publish.topic_name) == "/status" && black_box(publish.payload) == b"online"
            }
            _ => false,
        },
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
    black_box(input) == INPUT
}

#[cfg(not(any(feature = "wire-encode", feature = "mqttrs-encode")))]
fn encodes(buffer: &mut [u8]) -> bool {
    black_box(buffer).len() == 64
}
