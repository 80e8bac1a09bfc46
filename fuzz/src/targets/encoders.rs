//! Checks that all ways to encode a packet write the same bytes.

#[cfg(feature = "tokio-util")]
use super::limits;
use crate::random::Random;
use mqtt_wire::broker::{
    FanOut, OutgoingPublish, PublishFrame, PublishFrameError, Recipient, TopicForm, set_packet_id_zero,
};
use mqtt_wire::convert::Conversion;
use mqtt_wire::property::{PublishProperties, SubscriptionId};
use mqtt_wire::stream::EncodeParts;
use mqtt_wire::topic::TopicAlias;
use mqtt_wire::*;
use mqtt_wire_testkit::laws::{announced_len, encoded};

/// `bytes` is the packet, encoded for `version`.
pub fn write_the_same(packet: &Packet<'_>, version: Version, bytes: &[u8]) {
    in_parts(packet, version, bytes);
    if let Packet::Publish(publish) = packet {
        to_many(publish, version);
    }
}

/// Tries buffers of every size for the head. The error names the needed size, and bytes after the
/// head stay as they were.
fn in_parts(packet: &Packet<'_>, version: Version, bytes: &[u8]) {
    let needed = packet.head_len(version).expect("it can be written");
    let mut memory = vec![0xee; needed + 3];
    for too_small in [0, needed - 1] {
        let refused = packet.encode_parts(version, &mut memory[..too_small]).map(|parts| parts.head().len());
        assert_eq!(refused, Err(EncodeError::BufferTooSmall { needed }));
    }
    assert!(memory.iter().all(|byte| *byte == 0xee));
    assert!(packet.encode_parts(version, &mut memory[..needed]).is_ok(), "the buffer has the needed size");
    let parts = packet.encode_parts(version, &mut memory).expect("the buffer is larger");
    assert_eq!([parts.head(), parts.payload()].concat(), bytes);
    #[cfg(feature = "std")]
    assert_eq!(parts.io_slices().map(|slice| slice.to_vec()).concat(), bytes);
    #[cfg(feature = "bytes")]
    assert_eq!(whole(parts.into_buf()), bytes);
    assert_eq!(memory[needed..], [0xee; 3]);
    if let Packet::Publish(publish) = packet {
        let parts = publish.encode_parts(version, &mut memory).expect("it is long enough");
        assert_eq!([parts.head(), parts.payload()].concat(), bytes, "of its own type");
    }
}

#[cfg(feature = "bytes")]
fn whole(mut buf: impl bytes::Buf) -> bytes::Bytes {
    buf.copy_to_bytes(buf.remaining())
}

/// Changes a PUBLISH inside of a frame. The frame may use any legal form.
pub fn change_a_frame_in_place(version: Version, frame: &[u8]) {
    let mut bytes = frame.to_vec();
    match (decode_frame(version, frame), PublishFrame::new(version, &mut bytes)) {
        (Ok(Packet::Publish(publish)), Ok(mut in_place)) => {
            assert_eq!((in_place.delivery(), in_place.retain()), (publish.delivery, publish.retain));
            assert_eq!(in_place.as_bytes(), frame);
            let id = PacketId::new(0x1234).expect("not 0");
            let has_id = in_place.set_packet_id(id).is_ok();
            assert_eq!(has_id, publish.delivery.packet_id().is_some());
            let changed = Publish { delivery: in_place.delivery(), ..publish };
            assert_eq!(changed.delivery.packet_id(), has_id.then_some(id));
            assert_eq!(decode_frame(version, in_place.as_bytes()), Ok(Packet::Publish(changed)));
        }
        (Ok(other), Err(PublishFrameError::NotPublish(named))) => assert_eq!(other.packet_type(), named),
        (Err(error), Err(PublishFrameError::Decode(named))) => assert_eq!(error, named),
        (decoded, in_place) => panic!("{decoded:?}, and in place {in_place:?}"),
    }
}

/// Sets the Packet Identifier of an answer to 0. No other byte changes.
pub fn answer_in_place(bytes: &[u8]) {
    let is_answer = bytes.first().is_some_and(|byte_1| matches!(byte_1 >> 4, 4 | 5 | 7 | 9 | 11));
    let id_at = bytes.iter().skip(1).take_while(|byte| **byte >= 0x80).count() + 2;
    let end = announced_len(bytes).unwrap_or_default().min(bytes.len());
    let has_id = is_answer && id_at + 2 <= end;
    let (mut expected, mut changed) = (bytes.to_vec(), bytes.to_vec());
    if has_id {
        expected[id_at..id_at + 2].fill(0);
    }
    assert_eq!((set_packet_id_zero(&mut changed), &changed), (has_id, &expected), "{bytes:02x?}");
}

pub fn changed_in_place(publish: &Publish<'_>, version: Version, bytes: &[u8]) {
    let mut other = *publish;
    other.retain = !publish.retain;
    other.delivery = match publish.delivery {
        Delivery::AtMostOnce => Delivery::AtMostOnce,
        Delivery::AtLeastOnce { dup, .. } => Delivery::AtLeastOnce { id: PacketId::MAX, dup: !dup },
        Delivery::ExactlyOnce { dup, .. } => Delivery::ExactlyOnce { id: PacketId::MAX, dup: !dup },
    };
    each_is_changed_alone(publish, version, bytes);
    let mut changed = bytes.to_vec();
    let mut frame = PublishFrame::new(version, &mut changed).expect("a PUBLISH");
    frame.set_retain(other.retain);
    let is_qos_0 = publish.delivery == Delivery::AtMostOnce;
    assert_eq!(frame.set_packet_id(PacketId::MAX).is_err(), is_qos_0);
    assert_eq!(frame.set_dup(false), Ok(()));
    assert_eq!(frame.set_dup(true).is_err(), is_qos_0);
    assert_eq!(frame.set_dup(other.delivery.dup()), Ok(()));
    assert_eq!((frame.delivery(), frame.retain()), (other.delivery, other.retain));
    assert_eq!(
        (frame.as_ref(), frame.as_bytes()),
        (&encoded(&Packet::Publish(other), version)[..], frame.as_ref())
    );
    assert_eq!(changed, encoded(&Packet::Publish(other), version));
}

/// A setter changes its own bytes at once, and no other byte.
fn each_is_changed_alone(publish: &Publish<'_>, version: Version, bytes: &[u8]) {
    for retain in [false, true] {
        let mut changed = bytes.to_vec();
        PublishFrame::new(version, &mut changed).expect("a PUBLISH").set_retain(retain);
        assert_eq!(changed, encoded(&Packet::Publish(Publish { retain, ..*publish }), version));
    }
    let Some(id) = publish.delivery.packet_id() else { return };
    let (next, qos, dup) = (id.next(), publish.delivery.qos(), publish.delivery.dup());
    for (id, dup) in [(next, dup), (id, !dup)] {
        let mut changed = bytes.to_vec();
        let mut frame = PublishFrame::new(version, &mut changed).expect("a PUBLISH");
        let set = if id == next { frame.set_packet_id(id) } else { frame.set_dup(dup) };
        let delivery = Delivery::new(qos, id).with_dup(dup);
        assert_eq!((set, frame.delivery()), (Ok(()), delivery));
        assert_eq!(changed, encoded(&Packet::Publish(Publish { delivery, ..*publish }), version));
    }
}

/// Each receiver gets the packet in its own version, without the fields that its version lacks.
fn to_many(publish: &Publish<'_>, version: Version) {
    let Some(name) = publish.topic.name() else { return };
    let needed = FanOut::shared_len(&publish.properties);
    let mut shared = vec![0; needed + 3];
    if needed > 0 {
        let refused = FanOut::new(name, publish, &mut shared[..needed - 1]);
        assert!(matches!(refused, Err(EncodeError::BufferTooSmall { needed: other }) if other == needed));
    }
    assert!(FanOut::new(name, publish, &mut shared[..needed]).is_ok(), "the buffer has the needed size");
    let Ok(fan_out) = FanOut::new(name, publish, &mut shared) else { panic!("the buffer is larger") };
    leaves_out_what_conversion_does(&fan_out, publish, name);
    let random = &mut Random::of(publish.payload);
    let alias = TopicAlias::new(random.pick(&[1, 0x0102, 0xff00, 0xffff])).expect("not 0");
    let (retain, delivery) = (random.one_in(2), another_delivery(publish.delivery, random));
    has_lengths_at_the_edges(publish, name, random);
    for (topic_form, topic) in [
        (TopicForm::Name, Topic::Name(name)),
        (TopicForm::Alias(alias), Topic::Alias(alias)),
        (TopicForm::NameAndAlias(alias), Topic::NameAndAlias(name, alias)),
    ] {
        let is_tried = Random::of(publish.payload).one_in(4);
        let to_edge = if is_tried { ids_up_to_an_edge(needed, topic_form) } else { Vec::new() };
        for ids in [&[][..], &OWN_IDS, &to_edge] {
            for to in Version::ALL {
                let properties = match to {
                    Version::V5_0 if version == Version::V5_0 => publish.properties,
                    _ => PublishProperties::EMPTY,
                };
                let expected = Publish { topic, properties, delivery, retain, ..*publish };
                let subscription_identifiers = ids.into();
                is_plain(to, delivery);
                let version = to;
                let to = Recipient { version, delivery, retain, topic_form, subscription_identifiers };
                is_sent_to(&fan_out, &to, &expected);
            }
        }
    }
}

/// The delivery of the PUBLISH, or another delivery, because each receiver has its own QoS and identifier.
fn another_delivery(delivery: Delivery, random: &mut Random) -> Delivery {
    let id = PacketId::new(1 + random.below(0xffff) as u16).expect("not 0");
    match random.below(4) {
        0 => delivery,
        qos => Delivery::new(random.pick(&[Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce]), id)
            .with_dup(qos == 1),
    }
}

/// A new receiver gets the topic name. The receiver gets neither RETAIN nor a Subscription Identifier.
fn is_plain(version: Version, delivery: Delivery) {
    let (topic_form, subscription_identifiers) = (TopicForm::Name, (&[]).into());
    let plain = Recipient { version, delivery, retain: false, topic_form, subscription_identifiers };
    assert_eq!(Recipient::new(version, delivery), plain);
    assert_eq!(TopicForm::default(), TopicForm::Name);
}

fn leaves_out_what_conversion_does(fan_out: &FanOut<'_>, publish: &Publish<'_>, name: TopicName<'_>) {
    let named = Publish { topic: Topic::Name(name), ..*publish };
    let converted = Conversion::new(Version::V5_0, Version::V3_1_1).convert(named).expect("it has a name");
    assert_eq!(fan_out.dropped_before_v5(), converted.changes);
}

/// Returns Subscription Identifiers with which the Property Length is 127 or 128: the last length of one byte, or the first of two bytes.
/// Returns none if the other properties alone are longer.
fn ids_up_to_an_edge(others: usize, topic_form: TopicForm) -> Vec<SubscriptionId> {
    let alias = if topic_form == TopicForm::Name { 0 } else { 3 };
    let edge = 127 + others % 2;
    let missing = edge.saturating_sub(others + alias);
    // As a property, such an identifier takes two or three bytes.
    let [short, long] = [1, 128].map(|id| SubscriptionId::new(id).expect("in range"));
    let count = missing / 2;
    (0..count).map(|place| if place == 0 && missing % 2 == 1 { long } else { short }).collect()
}

const OWN_IDS: [SubscriptionId; 2] = [SubscriptionId::MAX; 2];

/// The Remaining Length of a packet to a receiver has as few bytes as possible.
fn has_lengths_at_the_edges(publish: &Publish<'_>, name: TopicName<'_>, random: &mut Random) {
    if !random.one_in(8) {
        return;
    }
    let mut shared = vec![0; FanOut::shared_len(&publish.properties)];
    let edge = random.pick(&[127, 128, 16_383, 16_384]);
    for version in Version::ALL {
        let bare = Publish { payload: b"", topic: Topic::Name(name), ..*publish };
        let bare = Publish { delivery: Delivery::AtMostOnce, retain: false, ..bare };
        let properties = if version == Version::V5_0 { publish.properties } else { PublishProperties::EMPTY };
        let bare = Publish { properties, ..bare };
        let Ok(len) = bare.encoded_len(version) else { continue };
        // The fixed header of the packet without payload has two or three bytes.
        for payload_len in (edge.max(len) - len)..(edge.max(len) - len) + 4 {
            let payload = vec![b'*'; payload_len];
            let expected = Publish { payload: &payload, ..bare };
            let Ok(fan_out) = FanOut::new(name, &Publish { payload: &payload, ..*publish }, &mut shared)
            else {
                panic!("the buffer has the needed size")
            };
            let to = Recipient::new(version, Delivery::AtMostOnce);
            let mut own = vec![0; 16 + name.len()];
            let outgoing = fan_out.to(&to, &mut own).expect("the buffer is larger");
            assert_eq!(outgoing.slices().concat(), encoded(&expected.into(), version), "{version}");
            assert_eq!(outgoing.len(), expected.encoded_len(version).expect("it was encoded"));
        }
    }
}

/// The receiver gets every property, with its own Subscription Identifiers first. Before 5.0 a packet has neither
/// Subscription Identifiers nor a Topic Alias.
fn is_sent_to(fan_out: &FanOut<'_>, to: &Recipient<'_>, expected: &Publish<'_>) {
    let mut own = vec![0; 16 + 5 * to.subscription_identifiers.len()];
    let has_more = to.topic_form != TopicForm::Name || !to.subscription_identifiers.is_empty();
    if to.version != Version::V5_0 && has_more {
        assert!(matches!(fan_out.to(to, &mut own), Err(EncodeError::NotInVersion { .. })), "{to:?}");
        return;
    }
    let Err(EncodeError::BufferTooSmall { needed }) = fan_out.to(to, &mut []) else {
        panic!("it needs some")
    };
    let refused = fan_out.to(to, &mut own[..needed - 1]);
    assert_eq!(refused, Err(EncodeError::BufferTooSmall { needed }));
    assert!(fan_out.to(to, &mut own[..needed]).is_ok(), "the buffer has the needed size");
    let Ok(outgoing) = fan_out.to(to, &mut own) else { panic!("the buffer is larger") };
    let mut memory = vec![0; outgoing.len()];
    let too_small = Err(EncodeError::BufferTooSmall { needed: memory.len() });
    let (_, less) = memory.split_first_mut().expect("no packet is empty");
    assert_eq!(outgoing.write(less), too_small);
    #[cfg(feature = "bytes")]
    assert_eq!(outgoing.write_to(&mut &mut *less), too_small.map(<[u8]>::len));
    assert!(memory.iter().all(|byte| *byte == 0));
    let written = outgoing.write(&mut memory).expect("it is long enough");
    is_in_slices(&outgoing, written);
    #[cfg(feature = "tokio-util")]
    obeys_the_limit(&outgoing, to.version, written.len());
    let ids: Vec<_> =
        to.subscription_identifiers.into_iter().chain(expected.properties.subscription_identifiers).collect();
    let properties = PublishProperties { subscription_identifiers: ids[..].into(), ..expected.properties };
    let expected = Packet::Publish(Publish { properties, ..*expected });
    assert_eq!(decode_frame(to.version, written), Ok(expected), "{to:?}");
}

/// The sink of a codec refuses the packet if the peer accepts one byte less.
#[cfg(feature = "tokio-util")]
fn obeys_the_limit(outgoing: &OutgoingPublish<'_>, version: Version, needed: usize) {
    let maximum = u32::try_from(needed).expect("not too large");
    limits::of_a_codec((*outgoing).into(), version, maximum, Ok(needed));
    let too_large = EncodeError::TooLargeForPeer { needed, maximum: maximum - 1 };
    limits::of_a_codec((*outgoing).into(), version, maximum - 1, Err(too_large));
}

fn is_in_slices(outgoing: &OutgoingPublish<'_>, written: &[u8]) {
    assert_eq!(outgoing.slices().concat(), written);
    #[cfg(feature = "std")]
    assert_eq!(outgoing.io_slices().map(|slice| slice.to_vec()).concat(), written);
    #[cfg(feature = "bytes")]
    {
        let mut exact = &mut written.to_vec()[..];
        assert_eq!((outgoing.write_to(&mut exact), exact.len()), (Ok(written.len()), 0));
        let mut appended = vec![0xee];
        assert_eq!(outgoing.write_to(&mut appended), Ok(written.len()));
        assert_eq!((appended[0], &appended[1..]), (0xee, written));
    }
}
