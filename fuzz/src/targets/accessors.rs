//! Checks that the methods of a packet agree with its fields.

#[cfg(feature = "bytes")]
use mqtt_wire::owned::OwnedPacket;
use mqtt_wire::property::AuthenticationData;
use mqtt_wire::reason::{ConnectReason, SubscribeReason};
use mqtt_wire::*;
use mqtt_wire_testkit::laws::decoder;
use mqtt_wire_testkit::naive::Value;
use mqtt_wire_testkit::packet_fields::fields_of;
use std::hash::{BuildHasher, RandomState};

/// `bytes` is the packet, encoded for `version`.
pub fn agree_with_its_fields(packet: &Packet<'_>, version: Version, bytes: &[u8]) {
    its_reasons(packet);
    whether_its_payload_is_text(packet);
    is_hashed_as_it_is_compared(packet, version, bytes);
    keeps_its_secrets(packet, version);
    shows_its_topic(packet);
    its_next_identifier(packet);
}

fn its_reasons(packet: &Packet<'_>) {
    match packet {
        Packet::Disconnect(disconnect) => {
            assert_eq!(disconnect.discards_will(), disconnect.reason.get() == 0);
        }
        Packet::SubAck(suback) => suback.reasons.iter().for_each(|reason| {
            let granted = reason.granted_qos();
            assert_eq!(granted.map(Qos::get), Some(reason.get()).filter(|code| *code < 3));
            assert_eq!(granted.map(SubscribeReason::granted), granted.and(Some(reason)));
            assert_eq!(reason.is_error(), granted.is_none());
        }),
        Packet::ConnAck(connack) => {
            let code = connack.reason.to_v3();
            assert_eq!(code.map(ConnectReason::from_v3), code.and(Some(Ok(connack.reason))));
        }
        _ => {}
    }
}

fn whether_its_payload_is_text(packet: &Packet<'_>) {
    let (matches, payload) = match packet {
        Packet::Publish(publish) => (publish.payload_matches_format(), publish.payload),
        Packet::Connect(Connect { will: Some(will), .. }) => {
            (will.payload_matches_format(), will.payload.as_bytes())
        }
        _ => return,
    };
    let is_to_be_text = fields_of(packet).contains(&("Payload Format Indicator", Value::Number(1)));
    assert_eq!(matches, !is_to_be_text || String::from_utf8(payload.to_vec()).is_ok());
}

/// A decoded list and a list from a slice are equal, so their hashes must be equal too.
fn is_hashed_as_it_is_compared(packet: &Packet<'_>, version: Version, bytes: &[u8]) {
    let read = decoder(version).decode_frame(bytes).expect("it was written");
    let hash = RandomState::new();
    assert_eq!(hash.hash_one(read), hash.hash_one(packet));
}

/// The `Debug` text depends neither on the value of a secret nor on its length.
fn keeps_its_secrets(packet: &Packet<'_>, version: Version) {
    let other = Binary::new(b"another secret").expect("short");
    let replace = |data: &mut Option<AuthenticationData<'_>>| *data = data.and(Some(other.into()));
    let mut replaced = *packet;
    match &mut replaced {
        Packet::Connect(connect) => {
            connect.password = connect.password.and(Some(other.into()));
            replace(&mut connect.properties.authentication_data);
        }
        Packet::ConnAck(connack) => replace(&mut connack.properties.authentication_data),
        Packet::Auth(auth) => replace(&mut auth.properties.authentication_data),
        _ => return,
    }
    assert_eq!(format!("{packet:?}"), format!("{replaced:?}"));
    #[cfg(feature = "bytes")]
    {
        let owned = |packet| format!("{:?}", OwnedPacket::new(packet, version));
        assert_eq!(owned(packet), owned(&replaced));
    }
    #[cfg(not(feature = "bytes"))]
    let _ = version;
}

fn shows_its_topic(packet: &Packet<'_>) {
    let Packet::Publish(publish) = packet else { return };
    let name = publish.topic.name().map(|name| name.as_str().to_owned());
    let alias = publish.topic.alias().map(|alias| format!("(alias {})", alias.get()));
    let expected: Vec<_> = name.into_iter().chain(alias).collect();
    assert_eq!(publish.topic.to_string(), expected.join(" "));
}

/// The identifier after the last one is the first, and no identifier is 0 (\[MQTT-2.2.1-3\]).
fn its_next_identifier(packet: &Packet<'_>) {
    let Packet::Publish(publish) = packet else { return };
    if let Some(id) = publish.delivery.packet_id() {
        for id in [id, PacketId::MIN, PacketId::MAX, PacketId::new(u16::MAX - 1).expect("not 0")] {
            assert_eq!(id.next().get(), id.get() % u16::MAX + 1);
        }
    }
}
