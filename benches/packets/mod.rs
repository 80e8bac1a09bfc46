//! The packets that are timed.

use mqtt_wire::{Connect, Delivery, PacketId, Publish, Qos, Version, Will, binary, text, topic_name};

/// The CONNECT of a client that leaves its will.
pub fn connect_with_will(version: Version) -> Connect<'static> {
    Connect {
        client_id: text!("Client123"),
        keep_alive: 60,
        will: Some(Will {
            qos: Qos::AtLeastOnce,
            retain: true,
            ..Will::new(topic_name!("/status"), binary!(b"Client123 is offline"))
        }),
        ..Connect::new(version)
    }
}

/// A PUBLISH with QoS 1, a topic of 38 bytes and a payload of 64.
pub fn small_publish() -> Publish<'static> {
    Publish {
        delivery: Delivery::AtLeastOnce { id: PacketId::MIN, dup: false },
        ..Publish::new(topic_name!("building/7/floor/3/room/12/temperature"), &[7; 64])
    }
}
