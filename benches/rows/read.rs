//! Reads every field and every item of a packet, so that laziness hides nothing.

use mqtt_wire::{Element, List, Packet, PropertyId, PropertyValue};
use std::hint::black_box;

/// Touches all that the packet holds.
pub fn read(packet: &Packet<'_>) {
    match packet {
        Packet::Connect(connect) => {
            connect.properties.for_each(property);
            if let Some(will) = &connect.will {
                will.properties.for_each(property);
                black_box((&will.topic, &will.payload));
            }
            black_box((&connect.client_id, &connect.user_name, &connect.password));
        }
        Packet::Publish(publish) => {
            publish.properties.for_each(property);
            black_box((&publish.delivery, &publish.topic, &publish.payload));
        }
        Packet::Subscribe(subscribe) => items(subscribe.subscriptions),
        Packet::SubAck(suback) => items(suback.reasons),
        other => {
            black_box(other);
        }
    }
}

fn items<'a, T: Element<'a>>(list: List<'a, T>) {
    for item in list {
        black_box(&item);
    }
}

fn property(id: PropertyId, value: PropertyValue<'_>) {
    black_box((&id, &value));
}
