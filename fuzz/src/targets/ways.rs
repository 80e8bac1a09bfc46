//! The other ways to write a packet: whatever the way, the bytes say the same.

use super::super::laws::encoded;
use mqtt_wire::*;

/// `bytes` is the packet, encoded for the version.
pub fn write_the_same(packet: &Packet<'_>, version: Version, bytes: &[u8]) {
    in_parts(packet, version, bytes);
    if let Packet::Publish(publish) = packet {
        changed_in_place(publish, version, bytes);
        to_many(publish, version);
    }
}

fn in_parts(packet: &Packet<'_>, version: Version, bytes: &[u8]) {
    let mut room = vec![0; packet.head_len(version).expect("it can be written")];
    let parts = packet.encode_parts(version, &mut room).expect("there is room");
    assert_eq!([parts.head(), parts.payload()].concat(), bytes);
}

fn changed_in_place(publish: &Publish<'_>, version: Version, bytes: &[u8]) {
    let mut other = *publish;
    other.retain = !publish.retain;
    other.delivery = match publish.delivery {
        Delivery::AtMostOnce => Delivery::AtMostOnce,
        Delivery::AtLeastOnce { dup, .. } => Delivery::AtLeastOnce { id: PacketId::MAX, dup: !dup },
        Delivery::ExactlyOnce { dup, .. } => Delivery::ExactlyOnce { id: PacketId::MAX, dup: !dup },
    };
    let mut changed = bytes.to_vec();
    let mut frame = PublishFrame::new(version, &mut changed).expect("a PUBLISH");
    frame.set_retain(other.retain);
    let is_qos_0 = publish.delivery == Delivery::AtMostOnce;
    assert_eq!(frame.set_packet_id(PacketId::MAX).is_err(), is_qos_0);
    assert_eq!(frame.set_dup(!publish.delivery.dup()).is_err(), is_qos_0);
    assert_eq!(changed, encoded(&Packet::Publish(other), version));
}

/// A receiver of any version gets what it can be told.
fn to_many(publish: &Publish<'_>, version: Version) {
    let Some(topic) = publish.topic.name() else { return };
    let mut shared = vec![0; FanOut::shared_len(&publish.properties)];
    let Ok(fan_out) = FanOut::new(topic, publish, &mut shared) else { panic!("there is room") };
    for to in Version::ALL {
        let recipient = Recipient { retain: publish.retain, ..Recipient::new(to, publish.delivery) };
        let told = Publish { topic: Topic::Name(topic), ..*publish };
        let told = match to {
            Version::V5_0 if version == Version::V5_0 => told,
            _ => Publish { properties: PublishProperties::EMPTY, ..told },
        };
        is_told(&fan_out, &recipient, &told);
        knowing_more(&fan_out, &recipient, &told);
    }
}

fn is_told(fan_out: &FanOut<'_>, recipient: &Recipient<'_>, told: &Publish<'_>) {
    let mut own = [0; 16 + 5 * OWN_IDS.len()];
    let Ok(outgoing) = fan_out.to(recipient, &mut own) else { panic!("no property makes it too large") };
    let mut room = vec![0; outgoing.len()];
    let written = outgoing.write(&mut room).expect("there is room");
    assert_eq!(decode_frame(recipient.version, written), Ok(Packet::Publish(*told)), "{recipient:?}");
}

const OWN_IDS: [SubscriptionId; 2] = [SubscriptionId::MAX; 2];

/// With an alias, and with identifiers of the subscriber's own.
fn knowing_more(fan_out: &FanOut<'_>, recipient: &Recipient<'_>, told: &Publish<'_>) {
    let alias = TopicAlias::new(0x0102).expect("not 0");
    let name = told.topic.name().expect("told by name");
    let all_ids: Vec<_> = OWN_IDS.into_iter().chain(told.properties.subscription_identifiers).collect();
    for (naming, topic) in [
        (Naming::Alias(alias), Topic::Alias(alias)),
        (Naming::NameAndAlias(alias), Topic::NameAndAlias(name, alias)),
    ] {
        let subscription_identifiers = SubscriptionIds::from(&OWN_IDS);
        let recipient = Recipient { naming, subscription_identifiers, ..*recipient };
        if recipient.version != Version::V5_0 {
            assert!(fan_out.to(&recipient, &mut [0; 32]).is_err(), "{recipient:?}");
            continue;
        }
        let properties =
            PublishProperties { subscription_identifiers: all_ids[..].into(), ..told.properties };
        is_told(fan_out, &recipient, &Publish { topic, properties, ..*told });
    }
}
