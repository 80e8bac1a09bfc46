//! Tests the arithmetic of lengths with packets that do not fit into memory. Lists share one string, so that a
//! few items represent gigabytes, and payloads are only counted.

use mqtt_wire::broker::{FanOut, FitError, PeerLimits, Recipient, TopicForm};
use mqtt_wire::list::List;
use mqtt_wire::property::{
    AckProperties, ConnectProperties, PublishProperties, SubscriptionId, UserProperty, WillProperties,
};
use mqtt_wire::stream::{EncodeParts, FrameLen, WriteBuffer, frame_len};
use mqtt_wire::topic::TopicAlias;
use mqtt_wire::*;
use mqtt_wire_testkit::laws::varint;

/// The greatest Remaining Length (5.0 §1.5.5).
const MOST: u64 = 268_435_455;

/// The lengths after which a Remaining Length takes another byte, and the maximum.
const EDGES: [u32; 7] = [127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_455];

const LONGEST: usize = 65_535;

/// Returns a User Property of this many bytes, including identifier and lengths. The strings are parts
/// of `string`.
fn user_property(len: u64, string: &str) -> UserProperty<'_> {
    let strings = usize::try_from(len - 5).expect("short");
    let name = strings.min(LONGEST);
    UserProperty::new(&string[..name], &string[..strings - name]).expect("no U+0000")
}

const LARGEST: u64 = 5 + 2 * LONGEST as u64;

/// Returns User Properties of exactly this many bytes.
fn user_properties(len: u64, string: &str) -> Vec<UserProperty<'_>> {
    if len == 0 {
        return Vec::new();
    }
    // The last two properties share the rest, so that no property is shorter than five bytes.
    let whole = (len / LARGEST).saturating_sub(1);
    let rest = len - whole * LARGEST;
    let mut pairs = vec![user_property(LARGEST, string); usize::try_from(whole).expect("a count")];
    match rest {
        5..=LARGEST => pairs.push(user_property(rest, string)),
        _ => pairs.extend([user_property(rest / 2, string), user_property(rest - rest / 2, string)]),
    }
    pairs
}

/// Returns the size of a property block with its Property Length, computed with the standard's algorithm. If
/// a block is too long, its Property Length counts as five bytes.
fn block(len: u64) -> u64 {
    len + u32::try_from(len).map_or(5, |len| varint(len).len() as u64)
}

/// Every way to encode the packet reports that it is too large, with this Remaining Length.
#[track_caller]
fn is_too_large(packet: &Packet<'_>, version: Version, expected: u64) {
    let error = |error: EncodeError| match error {
        // A block that is too long has no valid length prefix. So the reported size may differ by two bytes.
        EncodeError::TooLarge { remaining_length } => remaining_length.abs_diff(expected) <= 2,
        other => panic!("{other:?} for {expected}"),
    };
    let mut buffer = [0xee; 64];
    assert!(
        packet.encoded_len(version).is_err_and(error),
        "{:?}, not {expected}",
        packet.encoded_len(version)
    );
    assert!(packet.encode(version, &mut buffer).is_err_and(error));
    assert!(packet.head_len(version).is_err_and(error));
    assert!(packet.encode_parts(version, &mut buffer).is_err_and(error));
    assert!(Encoder::new(version).max_packet_size(9).encoded_len(packet).is_err_and(error));
    let mut waiting = WriteBuffer::new(Encoder::new(version), &mut buffer[..]);
    assert!(waiting.push(packet).is_err_and(error) && waiting.is_empty());
    #[cfg(feature = "bytes")]
    {
        let mut vec = Vec::new();
        assert!(packet.encode_to(version, &mut vec).is_err_and(error) && vec.is_empty());
        assert!(owned::OwnedPacket::new(packet, version).is_err_and(error));
    }
    assert!(buffer.iter().all(|byte| *byte == 0xee), "nothing is written");
}

/// Returns sums around each power of two at which a counter could wrap. After a wrap, the rest would be the length of a
/// short packet.
fn sums(most: u32) -> impl Iterator<Item = u64> {
    let powers = [29, 31, 32, 33, 34, 36, 40];
    powers.into_iter().filter(move |power| *power <= most).flat_map(|power| {
        let wrapped = 1_u64 << power;
        [wrapped - 1, wrapped, wrapped + 1, wrapped + 12, wrapped + 127, wrapped + 16_384, wrapped + MOST]
    })
}

fn each_packet_with_user_properties(sum: u64, string: &str) {
    let pairs = user_properties(sum, string);
    let user_properties = List::from(&pairs[..]);
    let properties = PublishProperties { user_properties, ..PublishProperties::EMPTY };
    let publish = Publish { properties, ..Publish::new(topic_name!("a"), b"") };
    is_too_large(&publish.into(), Version::V5_0, 3 + block(sum));
    assert_eq!(FanOut::shared_len(&properties) as u64, sum.min(usize::MAX as u64));
    let needed = FanOut::new(topic_name!("a"), &publish, &mut []).expect_err("no space");
    assert!(
        matches!(needed, EncodeError::BufferTooSmall { needed } if needed as u64 == sum.min(usize::MAX as u64))
    );

    let connect = Connect::new(Version::V5_0);
    let properties = ConnectProperties { user_properties, ..ConnectProperties::EMPTY };
    is_too_large(&Connect { properties, ..connect }.into(), Version::V5_0, 12 + block(sum));
    let will = WillProperties { user_properties, ..WillProperties::EMPTY };
    let will = Some(Will { properties: will, ..Will::new(topic_name!("a"), Binary::EMPTY) });
    is_too_large(&Connect { will, ..connect }.into(), Version::V5_0, 13 + block(sum) + 5);
    // Two blocks have twice the size.
    let both = Connect { properties, will, ..connect };
    is_too_large(&both.into(), Version::V5_0, 12 + 2 * block(sum) + 5);

    let properties = AckProperties { user_properties, ..AckProperties::EMPTY };
    let ack = PubAck { properties, ..PubAck::new(PacketId::MIN) };
    is_too_large(&ack.into(), Version::V5_0, 3 + block(sum));
    // Without the optional properties, the packet fits the peer.
    let fit = PeerLimits::NONE.max_packet_size(16).fit(Version::V5_0, ack);
    assert!(matches!(fit, Err(FitError::Encode(EncodeError::TooLarge { .. })) | Ok(_)), "{fit:.60?}");
}

#[test]
fn no_sum_of_user_properties_wraps() {
    let string = "a".repeat(LONGEST);
    sums(34).for_each(|sum| each_packet_with_user_properties(sum, &string));
}

/// The items alone take a quarter of a gigabyte.
#[test]
#[ignore = "memory"]
fn exhaustive_sums_of_user_properties() {
    let string = "a".repeat(LONGEST);
    sums(40).for_each(|sum| each_packet_with_user_properties(sum, &string));
}

#[test]
fn no_sum_of_filters_wraps() {
    let string = "a".repeat(LONGEST);
    for version in Version::ALL {
        let fixed = if version == Version::V5_0 { 3 } else { 2 };
        for sum in sums(34) {
            let filter = |len: u64| {
                TopicFilter::new(&string[..usize::try_from(len - 2).expect("short")]).expect("legal")
            };
            let whole = (sum / (LONGEST as u64 + 2)).saturating_sub(1);
            let rest = sum - whole * (LONGEST as u64 + 2);
            let mut filters = vec![filter(LONGEST as u64 + 2); usize::try_from(whole).expect("a count")];
            filters.extend([filter(rest / 2), filter(rest - rest / 2)]);
            is_too_large(&Unsubscribe::new(PacketId::MIN, &filters).into(), version, fixed + sum);
            let subscriptions: Vec<_> =
                filters.iter().map(|filter| Subscription::new(*filter, Qos::AtMostOnce)).collect();
            let more = fixed + sum + filters.len() as u64;
            is_too_large(&Subscribe::new(PacketId::MIN, &subscriptions).into(), version, more);
        }
    }
}

/// Returns a PUBLISH of exactly this Remaining Length. No code reads its payload, so the system allocates no memory
/// for the zeros.
fn publish(remaining_length: u32, version: Version, zeros: &[u8]) -> Publish<'_> {
    let head = if version == Version::V5_0 { 4 } else { 3 };
    Publish::new(topic_name!("a"), &zeros[..remaining_length as usize - head])
}

/// Checks every function that measures, at each length.
#[test]
fn a_remaining_length_is_measured_exactly() {
    let zeros = vec![0; MOST as usize + 1];
    for version in Version::ALL {
        for edge in EDGES.into_iter().flat_map(|edge| [edge - 1, edge, edge + 1]) {
            let publish = publish(edge, version, &zeros);
            if u64::from(edge) > MOST {
                let error = Err(EncodeError::TooLarge { remaining_length: edge.into() });
                assert_eq!(publish.encoded_len(version), error);
                assert_eq!(publish.head_len(version), error);
                continue;
            }
            let header = [&[0x30][..], &varint(edge)].concat();
            let len = header.len() + edge as usize;
            let head_len = len - publish.payload.len();
            assert_eq!(publish.encoded_len(version), Ok(len), "{edge}");
            assert_eq!(publish.head_len(version), Ok(head_len), "{edge}");
            let mut buffer = [0xee; 16];
            let head = Encoder::new(version)
                .encode_head(&publish, publish.payload.len(), &mut buffer)
                .expect("enough space");
            assert_eq!((head.len(), &head[..header.len()]), (head_len, &header[..]), "{edge}");
            let parts = publish.encode_parts(version, &mut buffer).expect("enough space");
            assert_eq!((parts.len(), parts.head().len()), (len, head_len), "{edge}");
            assert_eq!(frame_len(parts.head()), Ok(FrameLen::Total(len)), "{edge}");
            // The peer must accept exactly this size.
            let limit = u32::try_from(len).expect("a length");
            assert!(Encoder::new(version).max_packet_size(limit).encoded_len(&publish).is_ok());
            let error = EncodeError::TooLargeForPeer { needed: len, maximum: limit - 1 };
            assert_eq!(Encoder::new(version).max_packet_size(limit - 1).encoded_len(&publish), Err(error));
            assert!(PeerLimits::NONE.max_packet_size(limit).fit(version, publish).is_ok());
            let error = FitError::TooLargeForPeer { needed: len, maximum: limit - 1 };
            assert_eq!(PeerLimits::NONE.max_packet_size(limit - 1).fit(version, publish), Err(error));
            let decoder = Decoder::new(version).max_packet_size(limit);
            assert_eq!(decoder.frame_len(parts.head()), Ok(FrameLen::Total(len)));
            assert!(decoder.max_packet_size(limit - 1).frame_len(parts.head()).is_err());
        }
    }
}

/// The head of a payload that is longer than any memory.
#[test]
#[cfg(target_pointer_width = "64")]
fn no_sum_of_a_payload_wraps() {
    let publish = Publish::new(topic_name!("a"), b"");
    let mut buffer = [0; 16];
    for version in Version::ALL {
        let fixed = if version == Version::V5_0 { 4 } else { 3 };
        for sum in sums(40).chain([u64::MAX / 2, u64::MAX - 40]) {
            let len = usize::try_from(sum).expect("64 bits");
            let written = Encoder::new(version).encode_head(&publish, len, &mut buffer).map(<[u8]>::len);
            assert_eq!(written, Err(EncodeError::TooLarge { remaining_length: sum + fixed }));
            let mut waiting = WriteBuffer::new(Encoder::new(version), [0; 16]);
            assert_eq!(
                waiting.push_head(&publish, len),
                Err(EncodeError::TooLarge { remaining_length: sum + fixed })
            );
            assert_eq!((waiting.payload_left(), waiting.is_empty()), (0, true));
        }
    }
}

/// The packet for each subscriber is measured like any packet, up to lengths of four bytes and
/// beyond.
#[test]
fn a_fan_out_is_measured_exactly() {
    let zeros = vec![0; MOST as usize + 1];
    let ids = [SubscriptionId::MAX; 3];
    for version in Version::ALL {
        for edge in EDGES.into_iter().flat_map(|edge| [edge - 1, edge, edge + 1]) {
            let publish = publish(edge, version, &zeros);
            let fan_out = FanOut::new(topic_name!("a"), &publish, &mut []).expect("no properties");
            is_sent_to(&fan_out, &publish, Recipient::new(version, Delivery::AtMostOnce));
            let delivery = Delivery::new(Qos::ExactlyOnce, PacketId::MAX);
            is_sent_to(&fan_out, &publish, Recipient::new(version, delivery));
            if version == Version::V5_0 {
                let topic_form = TopicForm::NameAndAlias(TopicAlias::MAX);
                let recipient = Recipient::new(version, delivery);
                is_sent_to(&fan_out, &publish, Recipient { topic_form, ..recipient });
                let subscription_identifiers = List::from(&ids);
                is_sent_to(&fan_out, &publish, Recipient { subscription_identifiers, ..recipient });
            }
        }
    }
}

#[track_caller]
fn is_sent_to(fan_out: &FanOut<'_>, publish: &Publish<'_>, to: Recipient<'_>) {
    let properties = PublishProperties {
        subscription_identifiers: to.subscription_identifiers,
        ..PublishProperties::EMPTY
    };
    let topic = match to.topic_form {
        TopicForm::NameAndAlias(alias) => Topic::NameAndAlias(topic_name!("a"), alias),
        _ => publish.topic,
    };
    let packet = Publish { delivery: to.delivery, topic, properties, ..*publish };
    let (mut head, mut own) = ([0; 64], [0; 64]);
    let parts = packet.encode_parts(to.version, &mut head);
    match (fan_out.to(&to, &mut own), parts) {
        (Ok(outgoing), Ok(parts)) => {
            assert_eq!(outgoing.len(), parts.len());
            let slices = outgoing.slices();
            assert_eq!(slices[4].len(), parts.payload().len());
            // The alias and the identifiers have another order.
            let head = slices[..4].concat();
            assert_eq!(head.len(), parts.head().len());
            assert_eq!(head[..5], parts.head()[..5], "the fixed header");
        }
        (Err(outgoing), Err(parts)) => assert_eq!(outgoing, parts),
        (outgoing, parts) => panic!("{:?}, and {:?}", outgoing.map(|it| it.len()), parts.map(|it| it.len())),
    }
}

/// Encodes Property Lengths at their boundaries, with real bytes.
#[test]
fn a_property_length_is_written_exactly() {
    let string = "a".repeat(LONGEST);
    for edge in EDGES.into_iter().filter(|edge| *edge < 3_000_000).flat_map(|edge| [edge - 1, edge, edge + 1])
    {
        let pairs = user_properties(edge.into(), &string);
        let properties =
            PublishProperties { user_properties: List::from(&pairs[..]), ..PublishProperties::EMPTY };
        let publish = Publish { properties, ..Publish::new(topic_name!("a"), b"p") };
        let mut buffer = vec![0; edge as usize + 16];
        let bytes = publish.encode(Version::V5_0, &mut buffer).expect("enough space");
        let own = varint(edge);
        let remaining_length = varint(3 + u32::try_from(own.len()).expect("short") + edge + 1);
        let head = [&[0x30][..], &remaining_length, b"\x00\x01a", &own].concat();
        assert_eq!(
            (&bytes[..head.len()], bytes.len()),
            (&head[..], head.len() + edge as usize + 1),
            "{edge}"
        );
        assert_eq!(decode_frame(Version::V5_0, bytes), Ok(publish.into()), "{edge}");
    }
}
