//! Checks properties that are read, set and removed by their identifiers.

use crate::random::Random;
use mqtt_wire::property::{PropertyId, PropertyValue};
use mqtt_wire::*;

/// Values of every type, at the edges of what a property can hold.
const VALUES: [PropertyValue<'static>; 10] = [
    PropertyValue::Number(0),
    PropertyValue::Number(1),
    PropertyValue::Number(2),
    PropertyValue::Number(0xffff),
    PropertyValue::Number(0x1_0000),
    PropertyValue::Number(268_435_456),
    PropertyValue::Number(u32::MAX),
    PropertyValue::Text(text!("a")),
    PropertyValue::Text(text!("+")),
    PropertyValue::Binary(binary!(b"a")),
];

/// A property has the values that a visitor sees. An absent property has no value. After a value was set, the property has this value. A
/// refused value changes nothing. A change of one property changes no other property.
macro_rules! is_as_it_was_set {
    ($properties:expr) => {{
        let before = $properties;
        for id in PropertyId::ALL {
            let own = before.get(id);
            let mut visited = Vec::new();
            before.for_each(|it, value| visited.extend((it == id).then_some(value)));
            assert_eq!(own.map(one_by_one).unwrap_or_default(), visited, "{id}");
            assert!(own.is_none() || !visited.is_empty(), "{id} is absent, and has a value");
            let mut without = before;
            without.remove(id);
            assert_eq!(without.get(id), None, "{id}");
            for value in own.into_iter().chain(VALUES) {
                let mut after = before;
                match after.set(id, value) {
                    Ok(()) => assert_eq!(after.get(id), Some(value), "{id}"),
                    Err(error) => assert!(after == before && own != Some(value), "{error} {value:?}"),
                }
                match own {
                    Some(own) => assert_eq!(after.set(id, own), Ok(()), "{id}"),
                    None => after.remove(id),
                }
                assert_eq!(after, before, "{id} {value:?}");
            }
        }
    }};
}

/// The values that a visitor of all properties sees.
fn one_by_one(value: PropertyValue<'_>) -> Vec<PropertyValue<'_>> {
    match value {
        PropertyValue::Pairs(pairs) => pairs.iter().map(PropertyValue::Pair).collect(),
        PropertyValue::Numbers(ids) => ids.iter().map(|id| PropertyValue::Number(id.get())).collect(),
        other => vec![other],
    }
}

/// `bytes` is the packet, encoded.
pub fn are_as_they_were_set(packet: &Packet<'_>, bytes: &[u8]) {
    // Each comparison reads the whole list of User Properties.
    if bytes.len() > 256 || !Random::of(bytes).one_in(8) {
        return;
    }
    match packet {
        Packet::Connect(connect) => {
            is_as_it_was_set!(connect.properties);
            if let Some(will) = &connect.will {
                is_as_it_was_set!(will.properties);
            }
        }
        Packet::ConnAck(connack) => is_as_it_was_set!(connack.properties),
        Packet::Publish(publish) => is_as_it_was_set!(publish.properties),
        Packet::PubAck(ack) => is_as_it_was_set!(ack.properties),
        Packet::Subscribe(subscribe) => is_as_it_was_set!(subscribe.properties),
        Packet::Unsubscribe(unsubscribe) => is_as_it_was_set!(unsubscribe.properties),
        Packet::Disconnect(disconnect) => is_as_it_was_set!(disconnect.properties),
        Packet::Auth(auth) => is_as_it_was_set!(auth.properties),
        // All acknowledgements have the same properties, and a ping has none.
        _ => {}
    }
}
