//! Checks the operations on a packet: visit its properties, publish its will, cut it to the limits of a peer, keep its
//! fields.

use super::errors;
use mqtt_wire::broker::{FitError, PeerLimits};
use mqtt_wire::convert::{Change, Changed};
use mqtt_wire::inspect::Field;
#[cfg(feature = "bytes")]
use mqtt_wire::owned::OwnedPacket;
use mqtt_wire::property::{PropertyId, PropertyValue};
use mqtt_wire::topic::TopicAlias;
use mqtt_wire::*;
use mqtt_wire_testkit::naive::{Fields, Value};
use mqtt_wire_testkit::packet_fields::fields_of;

const EXPLANATIONS: [&str; 2] = ["Reason String", "User Property"];

/// `bytes` is the packet, encoded for `version`.
pub fn agree_with_its_fields(packet: &Packet<'_>, version: Version, bytes: &[u8]) {
    shows_its_properties(packet);
    has_the_limits_of_its_fields(packet);
    has_the_fields_of_its_will(packet);
    fits_its_peer(packet, version, bytes);
    explains_itself_only_on_request(packet, version);
    #[cfg(feature = "bytes")]
    is_kept(packet, version, bytes);
}

/// `for_each` visits the properties in the order of their identifiers, with the values of the
/// fields.
fn shows_its_properties(packet: &Packet<'_>) {
    let mut shown: Fields<'_> = Vec::new();
    visit_properties(packet, &mut |id, value| {
        let value = match value {
            PropertyValue::Number(number) => Value::Number(number),
            PropertyValue::Text(text) => Value::Bytes(text.as_str().as_bytes()),
            PropertyValue::Binary(data) => Value::Bytes(data.as_bytes()),
            PropertyValue::Secret(data) => Value::Bytes(data.expose().as_bytes()),
            PropertyValue::Pair(pair) => {
                Value::Pair(pair.name.as_str().as_bytes(), pair.value.as_str().as_bytes())
            }
            other => panic!("{other:?}"),
        };
        shown.push((id.name(), value));
    });
    let is_property =
        |name| PropertyId::ALL.iter().any(|id| id.name() == name && *id != PropertyId::TopicAlias);
    let mut held = fields_of(packet);
    held.retain(|(name, _)| is_property(*name));
    assert_eq!(shown, held);
}

/// A conversion names each property that it leaves out. The conversion may leave out the Session Expiry
/// Interval without naming it if Clean Session has the same meaning.
pub fn names_what_it_leaves_out(packet: &Packet<'_>, converted: &Changed<Packet<'_>>) {
    let mut before = Vec::new();
    visit_properties(packet, &mut |id, _| before.push(id));
    visit_properties(&converted.packet, &mut |id, _| before.retain(|it| *it != id));
    if alias(packet) != alias(&converted.packet) {
        before.push(PropertyId::TopicAlias);
    }
    before.retain(|id| *id != PropertyId::SessionExpiryInterval);
    let mut named: Vec<_> = converted
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::Dropped(Field::Property(id)) | Change::DroppedFromWill(id) => Some(id),
            _ => None,
        })
        .collect();
    named.retain(|id| *id != PropertyId::SessionExpiryInterval);
    before.sort();
    before.dedup();
    named.sort();
    named.dedup();
    assert_eq!(named, before);
}

fn alias(packet: &Packet<'_>) -> Option<TopicAlias> {
    match packet {
        Packet::Publish(publish) => publish.topic.alias(),
        _ => None,
    }
}

/// The limits of a peer are the values in its packet.
fn has_the_limits_of_its_fields(packet: &Packet<'_>) {
    let number = |wanted: &str| {
        fields_of(packet).into_iter().find_map(|(name, value)| match value {
            Value::Number(number) if name == wanted => Some(number),
            _ => None,
        })
    };
    let limits = match packet {
        Packet::Connect(connect) => PeerLimits::of_client(connect),
        Packet::ConnAck(connack) => PeerLimits::of_server(connack),
        _ => return,
    };
    let expected = PeerLimits::NONE
        .max_packet_size(number("Maximum Packet Size").unwrap_or(u32::MAX))
        .problem_information(number("Request Problem Information") != Some(0));
    assert_eq!(limits, expected);
}

/// The PUBLISH of a will has the same values as the will.
fn has_the_fields_of_its_will(packet: &Packet<'_>) {
    let Packet::Connect(Connect { will: Some(will), .. }) = packet else { return };
    let delivery = Delivery::new(will.qos, PacketId::MAX);
    let publish = will.publish(delivery);
    assert_eq!(publish.delivery, delivery);
    let (mut of_will, mut of_publish) = (Vec::new(), Vec::new());
    will.properties.for_each(|id, value| of_will.push((id, format!("{value:?}"))));
    publish.properties.for_each(|id, value| of_publish.push((id, format!("{value:?}"))));
    of_will.retain(|(id, _)| *id != PropertyId::WillDelayInterval);
    assert_eq!(of_publish, of_will);
    assert_eq!(
        (publish.topic, publish.payload, publish.retain),
        (will.topic.into(), will.payload.as_bytes(), will.retain)
    );
}

/// The cut packet is not larger than the peer accepts, and the result names the properties that
/// were left out.
fn fits_its_peer(packet: &Packet<'_>, version: Version, bytes: &[u8]) {
    let len = u32::try_from(bytes.len()).expect("not too large");
    for limit in [1, len / 2, len - 1, len, u32::MAX] {
        match PeerLimits::default().max_packet_size(limit).fit(version, *packet) {
            Ok(fit) => {
                let needed = fit.packet.encoded_len(version).expect("it is a part of what could be written");
                assert!(needed <= limit as usize, "{limit} {packet:?}");
                is_cut_no_more_than_needed(packet, &fit, bytes.len(), limit as usize);
            }
            Err(error @ FitError::TooLargeForPeer { needed, maximum }) => {
                errors::name_their_numbers(&error.to_string(), &[needed, maximum as usize]);
                assert!(limit < len && maximum == limit && needed > limit as usize, "{limit} {packet:?}");
                // The error names the smallest size that the peer must accept.
                let needed = u32::try_from(needed).expect("not too large");
                let taken = |size| PeerLimits::default().max_packet_size(size).fit(version, *packet).is_ok();
                assert!(taken(needed) && !taken(needed - 1), "{needed} {packet:?}");
            }
            Err(other) => panic!("{other}"),
        }
    }
}

fn is_cut_no_more_than_needed(packet: &Packet<'_>, fit: &Changed<Packet<'_>>, len: usize, limit: usize) {
    let fits_without = |left_out: &str| {
        let of = fields_of(packet).into_iter().filter(|(name, _)| *name == left_out);
        let bytes = of.map(|(_, value)| match value {
            Value::Number(_) => 0,
            Value::Bytes(bytes) => 3 + bytes.len(),
            Value::Pair(name, value) => 5 + name.len() + value.len(),
        });
        len - bytes.sum::<usize>() <= limit
    };
    match left_out(packet, fit)[..] {
        [] => assert!(len <= limit),
        ["User Property"] => assert!(len > limit),
        ["Reason String"] => assert!(!fits_without("User Property")),
        _ => assert!(!fits_without("User Property") && !fits_without("Reason String")),
    }
}

/// Returns the names of the properties that were left out. All other properties are unchanged.
fn left_out(packet: &Packet<'_>, fit: &Changed<Packet<'_>>) -> Vec<&'static str> {
    let names: Vec<_> = fit
        .changes
        .iter()
        .map(|change| match change {
            Change::Dropped(field) => field.name(),
            other => panic!("{other}"),
        })
        .collect();
    assert!(names.iter().all(|name| EXPLANATIONS.contains(name)), "{names:?}");
    let mut rest = fields_of(packet);
    let before = rest.len();
    rest.retain(|(name, _)| !names.contains(name));
    assert_eq!(fields_of(&fit.packet), rest);
    assert_eq!(names.is_empty(), before == rest.len());
    names
}

/// If a peer sets Request Problem Information to 0, only some packets may have a Reason String or
/// User Properties (\[MQTT-3.1.2-29\]).
fn explains_itself_only_on_request(packet: &Packet<'_>, version: Version) {
    let peer = PeerLimits::default().problem_information(false);
    let fit = peer.fit(version, *packet).expect("it can be written");
    let may = matches!(
        packet.packet_type(),
        PacketType::Connect
            | PacketType::ConnAck
            | PacketType::Publish
            | PacketType::Subscribe
            | PacketType::Unsubscribe
            | PacketType::Disconnect
    );
    let mut expected = EXPLANATIONS.to_vec();
    expected.retain(|explanation| !may && fields_of(packet).iter().any(|(name, _)| name == explanation));
    assert_eq!(left_out(packet, &fit), expected);
}

/// An owned packet and its fields outlive the bytes, and share one allocation if the packet is longer than eight bytes.
#[cfg(feature = "bytes")]
fn is_kept(packet: &Packet<'_>, version: Version, bytes: &[u8]) {
    let owned = OwnedPacket::new(packet, version).expect("it can be written");
    let again = owned.packet();
    assert_eq!((again, owned.packet_type(), owned.version()), (*packet, packet.packet_type(), version));
    assert_eq!(owned.as_bytes(), bytes);
    let compact = owned.compact();
    assert_eq!(compact, owned);
    assert_ne!(compact.as_bytes().as_ptr(), owned.as_bytes().as_ptr());

    let (inside, is_short) = (owned.as_bytes().as_ptr_range(), owned.as_bytes().len() <= 8);
    macro_rules! keep {
        ($field:expr) => {{
            let kept = owned.slice_ref($field);
            assert_eq!(kept.get(), $field);
            let bytes = kept.into_bytes();
            assert!(is_short || bytes.is_empty() || inside.contains(&bytes.as_ptr()), "copied");
        }};
    }
    visit_properties(&again, &mut |_, value| match value {
        PropertyValue::Text(text) => keep!(text),
        PropertyValue::Binary(data) => keep!(data),
        PropertyValue::Secret(data) => keep!(data),
        PropertyValue::Pair(pair) => {
            keep!(pair.name);
            keep!(pair.value);
        }
        _ => {}
    });
    match &again {
        Packet::Connect(connect) => {
            keep!(connect.client_id);
            connect.user_name.into_iter().for_each(|name| keep!(name));
            connect.password.into_iter().for_each(|password| keep!(password));
            if let Some(will) = &connect.will {
                keep!(will.topic);
                keep!(will.payload);
            }
        }
        Packet::Publish(publish) => {
            publish.topic.name().into_iter().for_each(|name| keep!(name));
            let kept = owned.slice_ref(publish.payload);
            assert_eq!(kept, publish.payload);
            assert!(is_short || kept.is_empty() || inside.contains(&kept.as_ptr()), "copied");
        }
        Packet::Subscribe(subscribe) => {
            subscribe.subscriptions.iter().for_each(|subscription| keep!(subscription.filter));
        }
        Packet::Unsubscribe(unsubscribe) => unsubscribe.filters.iter().for_each(|filter| keep!(filter)),
        _ => {}
    }
}

/// The properties of a will come after the properties of its CONNECT.
pub(crate) fn visit_properties<'a>(
    packet: &Packet<'a>,
    visit: &mut impl FnMut(PropertyId, PropertyValue<'a>),
) {
    match packet {
        Packet::Connect(connect) => {
            connect.properties.for_each(&mut *visit);
            if let Some(will) = &connect.will {
                will.properties.for_each(visit);
            }
        }
        Packet::ConnAck(connack) => connack.properties.for_each(visit),
        Packet::Publish(publish) => publish.properties.for_each(visit),
        Packet::PubAck(ack) => ack.properties.for_each(visit),
        Packet::PubRec(ack) => ack.properties.for_each(visit),
        Packet::PubRel(ack) => ack.properties.for_each(visit),
        Packet::PubComp(ack) => ack.properties.for_each(visit),
        Packet::Subscribe(subscribe) => subscribe.properties.for_each(visit),
        Packet::SubAck(suback) => suback.properties.for_each(visit),
        Packet::Unsubscribe(unsubscribe) => unsubscribe.properties.for_each(visit),
        Packet::UnsubAck(unsuback) => unsuback.properties.for_each(visit),
        Packet::PingReq | Packet::PingResp => {}
        Packet::Disconnect(disconnect) => disconnect.properties.for_each(visit),
        Packet::Auth(auth) => auth.properties.for_each(visit),
    }
}
