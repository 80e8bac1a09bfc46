//! A client for a microcontroller, with its start-up code. The client connects over a serial line with a
//! will, and publishes that it is online. Then it prints the number of used bytes of the stack, and waits
//! until the connection is cut.

#![no_std]
#![no_main]

mod board;
#[path = "../../src/client.rs"]
#[expect(dead_code, reason = "the script of `tests/firmware` uses more of it")]
mod client;
mod uart;

use client::{Connection, Error};
use core::convert::Infallible;
use mqtt_wire::{
    Connect, Delivery, Packet, PacketId, Publish, Qos, TopicName, Version, Will, binary, text, topic_name,
};
use uart::Uart;

const STATUS: TopicName<'static> = topic_name!("/status");

/// `reset` calls this function when the RAM is initialised.
#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    #[cfg(feature = "planted")]
    planted();
    let failed = play().is_err();
    board::exit(failed)
}

fn play() -> Result<(), Error<Infallible>> {
    let connect = Connect {
        client_id: text!("Client123"),
        keep_alive: 60,
        will: Some(Will {
            qos: Qos::AtLeastOnce,
            retain: true,
            ..Will::new(STATUS, binary!(b"Client123 is offline"))
        }),
        ..Connect::new(Version::V3_1_1)
    };
    let mut connection = Connection::<_, 128>::open(Uart::start(), &connect)?;
    let delivery = Delivery::AtLeastOnce { id: PacketId::MIN, dup: false };
    connection.publish(&Publish { delivery, retain: true, ..Publish::new(STATUS, b"online") })?;
    let acknowledged = matches!(connection.next()?, Packet::PubAck(ack) if ack.packet_id == PacketId::MIN);
    if acknowledged {
        board::tell_deepest_stack();
    }
    // No packet is expected here. The loop reads until the connection ends.
    loop {
        connection.next()?;
    }
}

/// The parts that the check must find: a panic, floating point, and a division that the processor
/// lacks.
#[cfg(feature = "planted")]
fn planted() {
    use core::hint::black_box;
    black_box([1, 2, 3][black_box(1)]);
    black_box(black_box(1.5_f32) * black_box(2.5));
    black_box(black_box(1_u64 << 40) / black_box(3));
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    panicked()
}

/// The check searches for this name to find a path that panics.
#[inline(never)]
#[unsafe(no_mangle)]
extern "C" fn panicked() -> ! {
    board::exit(true)
}
