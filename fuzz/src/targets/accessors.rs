//! Checks that the methods of a packet agree with its fields.

use crate::random::Random;
#[cfg(feature = "bytes")]
use mqtt_wire::owned::{OwnedFrame, OwnedPacket};
use mqtt_wire::property::AuthenticationData;
use mqtt_wire::reason::{ConnectReason, SubscribeReason};
use mqtt_wire::stream::{ReadBuffer, WriteBuffer};
use mqtt_wire::*;
use mqtt_wire_testkit::laws::{decoder, encoded};
use mqtt_wire_testkit::naive::Value;
use mqtt_wire_testkit::packet_fields::fields_of;
use std::hash::{BuildHasher, RandomState};

/// `bytes` is the packet, encoded for `version`.
pub fn agree_with_its_fields(packet: &Packet<'_>, version: Version, bytes: &[u8]) {
    its_reasons(packet);
    whether_its_payload_is_text(packet);
    is_hashed_as_it_is_compared(packet, version, bytes);
    keeps_its_secrets(packet, version, bytes);
    compares_its_whole_secret(packet);
    shows_its_topic(packet);
    keeps_its_line(packet);
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

/// The text of a packet depends neither on the value of a secret nor on its length. Buffers and errors that
/// hold the encoded packet show at most its length.
fn keeps_its_secrets(packet: &Packet<'_>, version: Version, bytes: &[u8]) {
    let Some(len) = secret(packet).map(<[u8]>::len) else { return };
    let (longer, as_long) = (vec![b'*'; len + 7], vec![b'*'; len]);
    let with_other = |secret| with_secret(packet, Binary::new(secret).expect("short"));
    let longer = with_other(&longer[..longer.len().min(0xffff)]);
    assert_eq!(shown(packet, version), shown(&longer, version));
    if Random::of(bytes).one_in(4) {
        assert_eq!(holders(packet, version), holders(&with_other(&as_long), version));
    }
}

/// Two secrets are equal only if all their bytes are equal. An equal beginning is not enough.
fn compares_its_whole_secret(packet: &Packet<'_>) {
    let Some(secret) = secret(packet).filter(|secret| secret.len() < 0xffff) else { return };
    let (longer, same) = ([secret, b"*"].concat(), secret.to_vec());
    let mut changed = same.clone();
    changed.iter_mut().rev().take(1).for_each(|byte| *byte ^= 1);
    for other in [&same[..], &changed, &longer, &secret[..secret.len() / 2], b""] {
        let with_other = with_secret(packet, Binary::new(other).expect("short"));
        assert_eq!(with_other == *packet, other == secret, "{} and {} bytes", other.len(), secret.len());
    }
}

/// The password or the Authentication Data.
fn secret<'a>(packet: &Packet<'a>) -> Option<&'a [u8]> {
    let data = match packet {
        Packet::Connect(Connect { password: Some(password), .. }) => {
            return Some(password.expose().as_bytes());
        }
        Packet::Connect(connect) => connect.properties.authentication_data,
        Packet::ConnAck(connack) => connack.properties.authentication_data,
        Packet::Auth(auth) => auth.properties.authentication_data,
        _ => None,
    };
    data.map(|data| data.expose().as_bytes())
}

fn with_secret<'a>(packet: &Packet<'a>, other: Binary<'a>) -> Packet<'a> {
    let replace = |data: &mut Option<AuthenticationData<'a>>| *data = data.and(Some(other.into()));
    let mut replaced = *packet;
    match &mut replaced {
        // Only one of the two secrets is replaced, because their lengths may differ.
        Packet::Connect(connect) if connect.password.is_some() => connect.password = Some(other.into()),
        Packet::Connect(connect) => replace(&mut connect.properties.authentication_data),
        Packet::ConnAck(connack) => replace(&mut connack.properties.authentication_data),
        Packet::Auth(auth) => replace(&mut auth.properties.authentication_data),
        _ => {}
    }
    replaced
}

/// All texts of a packet.
fn shown(packet: &Packet<'_>, version: Version) -> Vec<String> {
    let shown = vec![format!("{packet:?}"), format!("{packet:#?}"), packet.to_string()];
    #[cfg(feature = "serde")]
    let shown = [shown, vec![serde_json::to_string(packet).expect("a String grows")]].concat();
    #[cfg(feature = "bytes")]
    let shown = {
        let owned = OwnedPacket::new(packet, version).expect("it can be written");
        [shown, vec![format!("{owned:?}"), format!("{:?}", OwnedFrame::from(owned))]].concat()
    };
    #[cfg(not(feature = "bytes"))]
    let _ = version;
    shown
}

/// The texts of all types that can hold the encoded packet: buffers, readers, the codec, and a refused packet.
fn holders(packet: &Packet<'_>, version: Version) -> Vec<String> {
    let bytes = encoded(packet, version);
    let mut memory = vec![0; 2 * bytes.len()];
    let mut reading = ReadBuffer::new(decoder(version), &mut memory[..]);
    reading.space()[..bytes.len()].copy_from_slice(&bytes);
    reading.filled(bytes.len());
    let mut holders = vec![format!("{reading:?}")];
    assert!(reading.next().is_ok_and(|next| next.is_some()));
    holders.push(format!("{reading:?}"));
    let mut waiting = WriteBuffer::new(Encoder::new(version), &mut memory[..]);
    assert_eq!(waiting.push(packet), Ok(()));
    holders.push(format!("{waiting:?}"));
    let small = decoder(version).max_packet_size(1);
    let error = small.clone().decode(&bytes).expect_err("too large");
    holders.push(format!("{error:?} {error} {:?}", small.refused(error, &bytes)));
    #[cfg(feature = "tokio-util")]
    {
        use tokio_util::codec::Decoder as _;
        let mut codec = mqtt_wire::codec::Codec::new(small);
        assert!(codec.decode(&mut bytes::BytesMut::from(&bytes[..])).is_err());
        holders.push(format!("{codec:?} {:?}", mqtt_wire::codec::Outgoing::from(*packet)));
    }
    holders
}

fn shows_its_topic(packet: &Packet<'_>) {
    let Packet::Publish(publish) = packet else { return };
    let name = publish.topic.name().map(|name| name.as_str().to_owned());
    let alias = publish.topic.alias().map(|alias| format!("(alias {})", alias.get()));
    let expected: Vec<_> = name.into_iter().chain(alias).collect();
    assert_eq!(publish.topic.to_string(), expected.join(" "));
}

/// The strings that the line for the log shows.
const IN_ITS_LINE: [&str; 6] = [
    "Client Identifier",
    "Will Topic",
    "Topic Name",
    "Topic Filter",
    "Authentication Method",
    "Reason String",
];

/// Each string in the line is quoted and escaped, so that no peer can break the line or forge a part of it.
/// If the packet has a list, the line shows the first string of the list. The numbers between the strings are
/// those of the packet.
fn keeps_its_line(packet: &Packet<'_>) {
    let mut fields = fields_of(packet);
    fields.retain(|(name, _)| IN_ITS_LINE.contains(name));
    fields.dedup_by_key(|(name, _)| *name);
    let quoted = |(_, value)| match value {
        Value::Bytes(bytes) => Some(format!("{:?}", String::from_utf8_lossy(bytes))),
        _ => None,
    };
    let quoted: Vec<_> = fields.into_iter().filter_map(quoted).collect();
    let line = packet.to_string();
    let (mut rest, mut words) = (&line[..], String::new());
    while let Some(at) = rest.find('"') {
        let (before, string) = rest.split_at(at);
        words.push_str(before);
        let after = quoted.iter().find_map(|quoted| string.strip_prefix(&quoted[..]));
        rest = after.unwrap_or_else(|| panic!("{string} is no string that the line may show: {line}"));
    }
    words.push_str(rest);
    assert!(words.chars().all(|c| matches!(c, ' '..='~')), "{line}");
    if let Some(expected) = numbers_in_its_line(packet) {
        let numbers = words.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
        assert!(numbers.eq(expected.iter().map(usize::to_string)), "{expected:?} in {line}");
    }
}

/// The numbers in the line, in their order. Returns `None` for a line in which the names of versions or Reason Codes may have digits.
fn numbers_in_its_line(packet: &Packet<'_>) -> Option<Vec<usize>> {
    let of_list = |id: PacketId, all: usize, errors: usize| {
        [usize::from(id.get()), all - errors].into_iter().chain((errors > 0).then_some(errors)).collect()
    };
    Some(match packet {
        Packet::Publish(publish) => {
            let alias = publish.topic.alias().map(|alias| usize::from(alias.get()));
            let id = publish.delivery.packet_id().map(|id| usize::from(id.get()));
            let qos = usize::from(publish.delivery.qos().get());
            alias.into_iter().chain([qos]).chain(id).chain([publish.payload.len()]).collect()
        }
        Packet::Subscribe(it) => {
            let qos = it.subscriptions.iter().next().map(|first| usize::from(first.qos.get()));
            [usize::from(it.packet_id.get()), it.subscriptions.iter().count()]
                .into_iter()
                .chain(qos)
                .collect()
        }
        Packet::Unsubscribe(it) => vec![usize::from(it.packet_id.get()), it.filters.iter().count()],
        Packet::SubAck(it) => {
            let errors = it.reasons.iter().filter(|reason| reason.get() >= 0x80).count();
            of_list(it.packet_id, it.reasons.iter().count(), errors)
        }
        Packet::UnsubAck(it) if !it.reasons.is_empty() => {
            let errors = it.reasons.iter().filter(|reason| reason.get() >= 0x80).count();
            of_list(it.packet_id, it.reasons.iter().count(), errors)
        }
        _ => return None,
    })
}

/// After the greatest identifier comes the identifier 1. No identifier is 0 (\[MQTT-2.2.1-3\]).
fn its_next_identifier(packet: &Packet<'_>) {
    let Packet::Publish(publish) = packet else { return };
    if let Some(id) = publish.delivery.packet_id() {
        for id in [id, PacketId::MIN, PacketId::MAX, PacketId::new(u16::MAX - 1).expect("not 0")] {
            assert_eq!(id.next().get(), id.get() % u16::MAX + 1);
        }
    }
}
