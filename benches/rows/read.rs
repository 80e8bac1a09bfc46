//! Reads a packet with every item of its lists, so that lazy decoding does not hide its cost.

use mqtt_wire::Packet;
use std::hint::black_box;

/// Reads all fields of the packet.
pub fn read(packet: &Packet<'_>) {
    black_box(packet);
    match packet {
        Packet::Connect(connect) => {
            items(connect.properties.user_properties);
            if let Some(will) = &connect.will {
                items(will.properties.user_properties);
            }
        }
        Packet::Publish(publish) => {
            items(publish.properties.user_properties);
            items(publish.properties.subscription_identifiers);
        }
        Packet::Subscribe(subscribe) => items(subscribe.subscriptions),
        Packet::SubAck(suback) => items(suback.reasons),
        _ => {}
    }
}

#[inline(never)]
fn items<T>(list: impl IntoIterator<Item = T>) {
    for item in list {
        black_box(&item);
    }
}
