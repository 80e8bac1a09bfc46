//! Tests the invariants of sending one message to many subscribers, with a sample of every PUBLISH
//! and every kind of subscriber.

use allocation_counter::measure;
use mqtt_wire::broker::{FanOut, OutgoingPublish, Recipient, TopicForm};
use mqtt_wire::convert::Conversion;
use mqtt_wire::property::{PropertyId, PublishProperties, SubscriptionId, SubscriptionIds};
use mqtt_wire::topic::TopicAlias;
use mqtt_wire::*;
use mqtt_wire_testkit::samples::{all_samples, bytes};

static IDS: [SubscriptionId; 2] = [SubscriptionId::MAX, SubscriptionId::MAX];
const NAME: TopicName<'static> = topic_name!("/status");

fn publishes() -> Vec<Publish<'static>> {
    let publish = |(_, packet)| match packet {
        Packet::Publish(publish) => Some(publish),
        _ => None,
    };
    let mut publishes: Vec<_> = all_samples().into_iter().filter_map(publish).collect();
    publishes.dedup();
    publishes
}

fn recipients() -> Vec<Recipient<'static>> {
    let (id, alias) = (PacketId::MAX, TopicAlias::MAX);
    let deliveries = [
        Delivery::AtMostOnce,
        Delivery::AtLeastOnce { id, dup: false },
        Delivery::AtLeastOnce { id, dup: true },
        Delivery::ExactlyOnce { id, dup: true },
    ];
    let mut recipients = Vec::new();
    for version in Version::ALL {
        for delivery in deliveries {
            for topic_form in [TopicForm::Name, TopicForm::Alias(alias), TopicForm::NameAndAlias(alias)] {
                for ids in [&IDS[..0], &IDS[..1], &IDS] {
                    let subscription_identifiers = SubscriptionIds::new(ids);
                    let retain = ids.len() == 1;
                    recipients.push(Recipient {
                        version,
                        delivery,
                        retain,
                        topic_form,
                        subscription_identifiers,
                    });
                }
            }
        }
    }
    recipients
}

/// Builds the packet for a recipient from scratch.
fn from_scratch<'a>(
    publish: &Publish<'a>,
    recipient: &Recipient<'a>,
    name: TopicName<'a>,
    ids: &'a [SubscriptionId],
) -> Publish<'a> {
    let properties = if recipient.version == Version::V5_0 || !recipient.subscription_identifiers.is_empty() {
        PublishProperties { subscription_identifiers: SubscriptionIds::new(ids), ..publish.properties }
    } else {
        PublishProperties::EMPTY
    };
    let topic = match recipient.topic_form {
        TopicForm::Name => Topic::Name(name),
        TopicForm::Alias(alias) => Topic::Alias(alias),
        TopicForm::NameAndAlias(alias) => Topic::NameAndAlias(name, alias),
    };
    Publish {
        delivery: recipient.delivery,
        retain: recipient.retain,
        topic,
        properties,
        payload: publish.payload,
    }
}

/// Calls `check` with each message, each subscriber, and the packet for that subscriber.
fn everything(
    mut check: impl FnMut(&FanOut<'_>, &Recipient<'_>, &Publish<'_>, Result<OutgoingPublish<'_>, EncodeError>),
) {
    for publish in publishes() {
        let name = publish.topic.name().unwrap_or(NAME);
        let mut shared = vec![0; FanOut::shared_len(&publish.properties)];
        let fan_out = FanOut::new(name, &publish, &mut shared).expect("exactly enough space");
        for recipient in recipients() {
            let own = recipient.subscription_identifiers.iter();
            let ids: Vec<_> = own.chain(publish.properties.subscription_identifiers).collect();
            let expected = from_scratch(&publish, &recipient, name, &ids);
            let mut own = [0; 26];
            check(&fan_out, &recipient, &expected, fan_out.to(&recipient, &mut own));
        }
    }
}

#[test]
fn each_subscriber_gets_the_same_packet_as_if_built_from_scratch() {
    let mut refused = 0;
    everything(|fan_out, recipient, expected, outgoing| {
        let version = recipient.version;
        let in_v3 = version != Version::V5_0;
        if in_v3
            && (recipient.topic_form != TopicForm::Name || !recipient.subscription_identifiers.is_empty())
        {
            let field = match recipient.topic_form {
                TopicForm::Name => PropertyId::SubscriptionIdentifier,
                _ => PropertyId::TopicAlias,
            };
            assert_eq!(outgoing, Err(EncodeError::NotInVersion { field: field.into(), version }));
            refused += 1;
            return;
        }
        let outgoing = outgoing.expect("legal");
        let scratch = bytes(expected, version);
        assert_eq!(outgoing.len(), scratch.len());
        let mut buffer = vec![0xee; scratch.len() + 3];
        let written = outgoing.write(&mut buffer).expect("enough space");
        assert_eq!(decode_frame(version, written), Ok(Packet::from(*expected)));
        // Only the order of the properties may differ.
        let own = recipient.topic_form != TopicForm::Name || !recipient.subscription_identifiers.is_empty();
        assert!(own || written == scratch);
        assert_eq!(outgoing.slices().concat(), written);
        #[cfg(feature = "bytes")]
        {
            let mut vec = vec![0xee];
            assert_eq!(outgoing.write_to(&mut vec), Ok(scratch.len()));
            assert_eq!(vec[1..], *written);
            let mut exactly = vec![0; scratch.len()];
            assert_eq!(outgoing.write_to(&mut &mut exactly[..]), Ok(scratch.len()));
            assert_eq!(exactly, written);
            let owned = owned::OwnedPacket::from(outgoing);
            assert_eq!((owned.as_bytes(), owned.version()), (written, version));
        }
        #[cfg(feature = "std")]
        assert_eq!(outgoing.io_slices().map(|slice| slice.to_vec()).concat(), written);
        let left_out = in_v3 && !fan_out.dropped_before_v5().is_empty();
        assert!(!left_out || expected.properties.is_empty());
        assert_eq!(buffer[scratch.len()..], [0xee; 3]);
    });
    assert!(refused > 100, "{refused}");
}

/// At some of these lengths, the Property Length has one byte for the properties of the message
/// alone, and two bytes with the properties of the subscriber.
#[test]
fn all_properties_together_have_their_length() {
    for len in 100..130 {
        let content_type = "c".repeat(len);
        let content_type = Some(Text::new(&content_type).expect("short"));
        let properties = PublishProperties { content_type, ..PublishProperties::EMPTY };
        let publish = Publish { properties, ..Publish::new(NAME, b"up") };
        let mut shared = vec![0; FanOut::shared_len(&properties)];
        let fan_out = FanOut::new(NAME, &publish, &mut shared).expect("exactly enough space");
        let alias = TopicForm::NameAndAlias(TopicAlias::MAX);
        for topic_form in [TopicForm::Name, alias] {
            let recipient = Recipient { topic_form, ..Recipient::new(Version::V5_0, Delivery::AtMostOnce) };
            let expected = from_scratch(&publish, &recipient, NAME, &[]);
            let mut own = [0; 16];
            let slices = fan_out.to(&recipient, &mut own).expect("legal").slices();
            assert_eq!(decode_frame(Version::V5_0, &slices.concat()), Ok(Packet::from(expected)), "{len}");
        }
    }
}

#[test]
fn topic_and_payload_are_not_copied() {
    let publish = Publish::new(NAME, b"Client123 is offline");
    let fan_out = FanOut::new(NAME, &publish, &mut []).expect("no properties");
    for version in Version::ALL {
        let mut own = [0; 16];
        let outgoing = fan_out.to(&Recipient::new(version, Delivery::AtMostOnce), &mut own).expect("legal");
        let [_, topic, _, properties, payload] = outgoing.slices();
        assert_eq!(topic.as_ptr(), NAME.as_str().as_ptr());
        assert_eq!(payload.as_ptr_range(), publish.payload.as_ptr_range());
        assert_eq!(properties, b"");
    }
}

#[test]
fn properties_left_out_before_5_0_are_reported() {
    for publish in publishes() {
        let mut shared = vec![0; FanOut::shared_len(&publish.properties)];
        let fan_out = FanOut::new(NAME, &publish, &mut shared).expect("enough space");
        let named = Publish { topic: NAME.into(), ..publish };
        let converted =
            Conversion::new(Version::V5_0, Version::V3_1_1).convert(named).expect("it has a name");
        assert_eq!(fan_out.dropped_before_v5(), converted.changes);
    }
}

#[test]
fn a_buffer_that_is_too_small_is_left_unchanged() {
    everything(|fan_out, recipient, expected, outgoing| {
        let Ok(outgoing) = outgoing else { return };
        let [before, _, between, ..] = outgoing.slices();
        let needed = before.len() + between.len();
        let ids = recipient.subscription_identifiers.len();
        assert!(needed <= 16 + 5 * ids, "the documentation's bound: {needed}");
        let mut own = vec![0xee; needed - 1];
        assert_eq!(fan_out.to(recipient, &mut own), Err(EncodeError::BufferTooSmall { needed }));
        assert!(own.iter().all(|byte| *byte == 0xee));
        let needed = outgoing.len();
        let mut buffer = vec![0xee; needed - 1];
        assert_eq!(outgoing.write(&mut buffer), Err(EncodeError::BufferTooSmall { needed }));
        #[cfg(feature = "bytes")]
        assert_eq!(outgoing.write_to(&mut &mut buffer[..]), Err(EncodeError::BufferTooSmall { needed }));
        assert!(buffer.iter().all(|byte| *byte == 0xee));
        let needed = FanOut::shared_len(&expected.properties);
        if needed > 0 {
            let mut shared = vec![0xee; needed - 1];
            let error = FanOut::new(NAME, expected, &mut shared).map(|_| ());
            assert_eq!(error, Err(EncodeError::BufferTooSmall { needed }));
            assert!(shared.iter().all(|byte| *byte == 0xee));
        }
    });
}

#[test]
fn a_packet_that_is_too_large_is_refused() {
    let payload = vec![0; 268_435_455 - 2 - NAME.len()];
    let publish = Publish::new(NAME, &payload);
    let fan_out = FanOut::new(NAME, &publish, &mut []).expect("no properties");
    let mut own = [0; 16];
    let largest = Recipient::new(Version::V3_1_1, Delivery::AtMostOnce);
    assert_eq!(fan_out.to(&largest, &mut own).map(|outgoing| outgoing.len()), Ok(268_435_455 + 5));
    for (version, qos, more) in [(Version::V5_0, Qos::AtMostOnce, 1), (Version::V3_1, Qos::ExactlyOnce, 2)] {
        let recipient = Recipient::new(version, Delivery::new(qos, PacketId::MIN));
        let remaining_length = 268_435_455 + more;
        let mut own = [0; 16];
        assert_eq!(fan_out.to(&recipient, &mut own), Err(EncodeError::TooLarge { remaining_length }));
    }
}

#[test]
fn nothing_is_allocated() {
    let recipients = recipients();
    let (mut shared, mut own, mut packet) = (vec![0; 1 << 18], [0; 26], vec![0; 1 << 22]);
    for publish in publishes() {
        let count = measure(|| {
            let fan_out = FanOut::new(NAME, &publish, &mut shared).expect("enough space");
            for recipient in &recipients {
                if let Ok(outgoing) = fan_out.to(recipient, &mut own) {
                    assert!(outgoing.write(&mut packet).is_ok());
                }
            }
        });
        assert_eq!(count.count_total, 0, "{publish:.80?}");
    }
}
