//! Tests the readable fields of a refused packet: from bytes, from a buffer, and from the codec.

use mqtt_wire::inspect::{Field, RefusedPacket};
use mqtt_wire::property::PropertyId;
use mqtt_wire::stream::ReadBuffer;
use mqtt_wire::*;

const V3_1_1: Decoder = Decoder::new(Version::V3_1_1);
const V5: Decoder = Decoder::new(Version::V5_0);

/// A PUBLISH with QoS 1 to `a+`, Packet Identifier 7.
const BAD_TOPIC: &[u8] = b"\x32\x06\x00\x02a+\x00\x07";

fn refused(mut decoder: Decoder, input: &[u8]) -> RefusedPacket<'_> {
    let error = decoder.decode(input).expect_err("it is refused");
    decoder.refused(error, input)
}

fn id(refused: &RefusedPacket<'_>) -> Option<u16> {
    refused.packet_id().map(PacketId::get)
}

#[track_caller]
fn offends(decoder: Decoder, input: &[u8], offending: &[u8]) {
    assert_eq!(refused(decoder, input).offending(), offending);
}

#[test]
fn the_offending_bytes_are_the_bytes_of_the_field() {
    offends(V3_1_1, BAD_TOPIC, b"\x00\x02a+");
    // A field of bits, of one byte, of two bytes, and a Variable Byte Integer.
    offends(V3_1_1, b"\x60\x02\x00\x01", b"\x60");
    offends(V5, b"\x40\x03\x00\x01\x92", b"\x92");
    offends(V5, b"\x40\x02\x00\x00", b"\x00\x00");
    offends(V5, b"\xc0\x80\x00", b"\x80\x00");
    offends(V5, b"\xc0\xff\xff\xff\xff\x01", b"\xff\xff\xff\xff");
    offends(V5, b"\x30\x06\x00\x01a\x02\x0b\x00", b"\x00");
    // A forbidden property, including its identifier; a bad value, without the identifier.
    offends(V5, b"\x30\x07\x00\x01a\x03\x21\x00\x09", b"\x21\x00\x09");
    offends(V5, b"\x30\x08\x00\x01a\x04\x01\x00\x01\x01", b"\x01\x01");
    offends(V5, b"\x30\x06\x00\x01a\x02\x01\x02", b"\x02");
    offends(V5.sender(Role::Client), b"\x30\x06\x00\x01a\x02\x0b\x09", b"\x0b\x09");
    offends(V5, b"\x30\x05\x00\x01a\x01\x7f", b"\x7f");
    // The value of a forbidden property ends with the properties, not in the payload.
    offends(V5, b"\x30\x08\x00\x01a\x02\x1f\x00\x01!", b"\x1f\x00");
    let will = b"\x10\x15\x00\x04MQTT\x05\x06\x00\x3c\x00\x00\x00\x02\x1f\x00\x00\x01t\x00\x00";
    offends(V5, will, b"\x1f\x00");
    // The properties of the will come after a forbidden property of the CONNECT.
    let before_will = b"\x10\x16\x00\x04MQTT\x05\x06\x00\x3c\x03\x1f\x00\x00\x00\x00\x00\x00\x01t\x00\x00";
    offends(V5, before_will, b"\x1f\x00\x00");
    // The bad string of the two.
    offends(V5, b"\x30\x0b\x00\x01a\x07\x26\x00\x01n\x00\x01\xff", b"\x00\x01\xff");
    // The bytes of an incomplete field; the left-over bytes; none.
    offends(V3_1_1, b"\x40\x01\x09", b"\x09");
    offends(V3_1_1, b"\x30\x04\x00\x09ab", b"\x00\x09ab");
    offends(V3_1_1, b"\x40\x04\x00\x01!!", b"!!");
    offends(V3_1_1, b"\x82\x02\x00\x01", b"");
    offends(V5, b"\xf0\x02\x18\x00", b"");
    // The whole packet.
    offends(V5.max_packet_size(3), BAD_TOPIC, BAD_TOPIC);
    let error = V5.clone().decode_frame(b"\xc0\x00\xd0\x00").expect_err("two packets");
    assert_eq!(V5.refused(error, b"\xc0\x00\xd0\x00").offending(), b"");
    let error = V5.clone().decode_frame(b"\xc0").expect_err("half a packet");
    assert_eq!(V5.refused(error, b"\xc0").offending(), b"");
}

#[test]
fn the_fields_after_a_bad_field_are_readable() {
    let publish = refused(V3_1_1, BAD_TOPIC);
    assert_eq!(
        (publish.topic(), id(&publish), publish.qos()),
        (Some(&b"a+"[..]), Some(7), Some(Qos::AtLeastOnce))
    );
    assert_eq!(
        (publish.error().kind(), publish.as_bytes()),
        (DecodeErrorKind::WildcardInTopicName, BAD_TOPIC)
    );
    assert_eq!((publish.client_id(), publish.first_refused_index()), (None, None));
    // A bad property, two good properties, and the Packet Identifier.
    let properties = refused(V5, b"\x32\x0f\x00\x01a\x00\x07\x09\x01\x02\x02\x00\x00\x00\x09\x01\x01");
    let expiry = properties.field(Field::Property(PropertyId::MessageExpiryInterval)).expect("it is there");
    assert_eq!((expiry.bytes, id(&properties)), (&[0, 0, 0, 9][..], Some(7)));
    // Wrong flags hide no field.
    assert_eq!(id(&refused(V3_1_1, b"\x92\x03\x00\x0a\x01")), Some(10));
    assert_eq!(id(&refused(V5, b"\x40\x03\x00\x0a\x92")), Some(10));
    // The Protocol Level is unknown, so the later fields are unknown too.
    let connect = refused(Decoder::from_client(), b"\x10\x0d\x00\x04MQTT\x07\x02\x00\x3c\x00\x01a");
    assert_eq!(connect.client_id(), None);
}

#[test]
fn uncertain_fields_are_not_returned() {
    // With QoS 3, a PUBLISH may or may not have an identifier.
    let publish = refused(V3_1_1, b"\x36\x06\x00\x01a\x00\x0ahi");
    assert_eq!((publish.topic(), id(&publish), publish.qos()), (Some(&b"a"[..]), None, None));
    assert_eq!(publish.field(Field::Payload), None);
    // An identifier of 0 is not an identifier, and QoS 0 has none.
    assert_eq!(id(&refused(V3_1_1, b"\x40\x02\x00\x00")), None);
    assert_eq!(id(&refused(V3_1_1, b"\x30\x06\x00\x02a+\x00\x07")), None);
    // The QoS in a SUBSCRIBE belongs to the filter.
    assert_eq!(refused(V3_1_1, b"\x82\x06\x00\x01\x00\x01#\x03").qos(), None);
    // Bytes without the beginning of a packet have no fields.
    let nothing = refused(V3_1_1, b"\x00\x02\x00\x01");
    assert_eq!((nothing.topic(), id(&nothing)), (None, None));
    assert_eq!(
        refused(Decoder::detect_version(), b"\x82\x06\x00\x01\x00\x01#\x03").subscriptions().count(),
        0
    );
}

#[test]
fn each_filter_is_valid_or_refused_on_its_own() {
    let subscribe = refused(V5, b"\x82\x12\x00\x01\x00\x00\x01a\x01\x00\x01#\x43\x00\x01b\x00\x00\x05c");
    assert_eq!(subscribe.first_refused_index(), Some(1));
    let [a, hash, b, cut]: [_; 4] = subscribe.subscriptions().collect::<Vec<_>>().try_into().expect("four");
    assert_eq!(a, Ok(Subscription::new(topic_filter!("a"), Qos::AtLeastOnce)));
    assert_eq!(b, Ok(Subscription::new(topic_filter!("b"), Qos::AtMostOnce)));
    let hash = hash.expect_err("bits that are reserved");
    assert_eq!(
        (hash.error.kind(), hash.filter, hash.is_whole),
        (DecodeErrorKind::ReservedBits, &b"#"[..], true)
    );
    assert_eq!(hash.error.packet_len(), Some(20));
    let cut = cut.expect_err("it reaches too far");
    assert_eq!((cut.error.kind(), cut.error.offset()), (DecodeErrorKind::Truncated, 17));
    assert_eq!((cut.filter, cut.is_whole), (&b"\x00\x05c"[..], false));

    let unsubscribe = refused(V3_1_1, b"\xa2\x09\x00\x01\x00\x02a#\x00\x01b");
    let filters: Vec<_> = unsubscribe.filters().map(|filter| filter.map_err(|bad| bad.filter)).collect();
    assert_eq!(filters, [Err(&b"a#"[..]), Ok(topic_filter!("b"))]);
    assert_eq!((unsubscribe.first_refused_index(), unsubscribe.subscriptions().count()), (Some(0), 0));
    // 3.1 does not use some bits, so these bits are not reported.
    let in_v3_1 = refused(Decoder::new(Version::V3_1), b"\x82\x0a\x00\x01\x00\x01a\xfd\x00\x01b\x03");
    let first = in_v3_1.subscriptions().next();
    assert_eq!(first, Some(Ok(Subscription::new(topic_filter!("a"), Qos::AtLeastOnce))));
    // The filters are valid. Another field is invalid.
    let flags = refused(V3_1_1, b"\x80\x06\x00\x01\x00\x01a\x01");
    assert!(flags.subscriptions().all(|filter| filter.is_ok()) && flags.first_refused_index().is_none());
}

/// The arrived bytes of a packet that is too large are readable.
#[test]
fn the_arrived_part_of_a_packet_is_readable() {
    let decoder = V3_1_1.max_packet_size(100);
    let subscribe = b"\x82\xff\x01\x00\x07\x00\x01a\x01\x00\x01b";
    let large = refused(decoder, subscribe);
    assert_eq!((id(&large), large.as_bytes()), (Some(7), &subscribe[..]));
    let [a, b]: [_; 2] = large.subscriptions().collect::<Vec<_>>().try_into().expect("two");
    assert!(
        a.is_ok()
            && b.is_err_and(|bad| !bad.is_whole && bad.filter == b"b" && bad.error.packet_len() == Some(258))
    );
    // The bytes after the packet are not a part of it.
    let input = [BAD_TOPIC, b"\xc0\x00"].concat();
    assert_eq!(refused(V3_1_1, &input).as_bytes(), BAD_TOPIC);
}

#[test]
fn debug_shows_no_bytes() {
    let connect = refused(V3_1_1, b"\x11\x15\x00\x04MQTT\x04\xc2\x00\x3c\x00\x01a\x00\x01u\x00\x03123");
    let shown = format!("{connect:?}");
    assert!(shown.contains("InvalidFlags") && shown.contains("len: 23") && !shown.contains("49"), "{shown}");
    assert_eq!(connect.client_id(), Some(&b"a"[..]));
}

fn buffer(decoder: Decoder, input: &[u8]) -> ReadBuffer<[u8; 64]> {
    let mut buffer = ReadBuffer::new(decoder, [0; 64]);
    buffer.space()[..input.len()].copy_from_slice(input);
    buffer.filled(input.len());
    buffer
}

#[test]
fn a_buffer_keeps_the_refused_packet_until_the_next_call() {
    // A bad body, bad flags, and a valid packet.
    let mut buffer = buffer(V3_1_1, &[BAD_TOPIC, b"\x60\x02\x00\x0a\xc0\x00"].concat());
    let error = buffer.next().expect_err("a bad topic");
    assert_eq!(id(&buffer.refused(error)), Some(7));
    #[cfg(feature = "bytes")]
    assert!(buffer.last_owned().is_none());
    let error = buffer.next().expect_err("bad flags");
    assert_eq!(
        (id(&buffer.refused(error)), buffer.refused(error).as_bytes()),
        (Some(10), &b"\x60\x02\x00\x0a"[..])
    );
    assert_eq!(buffer.next(), Ok(Some(Packet::PingReq)));
    assert_eq!(buffer.refused(error).as_bytes(), b"");
    // No byte of the refused packet is left.
    assert_eq!(buffer.next(), Ok(None));
    buffer.space()[0] = 0x30;
    buffer.filled(1);
    let end = buffer.finish().expect_err("half a packet");
    assert_eq!(buffer.refused(end).as_bytes(), b"\x30");
}

#[test]
fn a_buffer_keeps_the_arrived_part_of_a_packet_that_is_too_large() {
    let mut buffer = buffer(V3_1_1, b"\x32\xc8\x01\x00\x03abc\x00\x07hi");
    let error = buffer.next().expect_err("200 bytes do not fit into 64");
    assert_eq!((buffer.refused(error).topic(), id(&buffer.refused(error))), (Some(&b"abc"[..]), Some(7)));
    let next = buffer.next();
    assert_eq!(next, Ok(None));
}

#[test]
fn a_buffer_keeps_the_refused_head() {
    let mut buffer = buffer(V3_1_1, &[BAD_TOPIC, b"\x30\x05\x00\x01ahi\x30"].concat());
    let error = buffer.next_head().expect_err("a bad topic");
    assert_eq!(id(&buffer.refused(error)), Some(7));
    assert_eq!(buffer.next_head().map(|head| head.map(|head| head.payload_len)), Ok(Some(2)));
    assert_eq!(buffer.refused(error).as_bytes(), b"", "a payload is no packet");
    assert_eq!(buffer.payload(), b"hi");
    assert!(buffer.next_head().is_ok_and(|head| head.is_none()));
    let end = buffer.finish().expect_err("half a packet");
    assert_eq!(buffer.refused(end).as_bytes(), b"\x30");
}

#[cfg(feature = "tokio-util")]
mod codec {
    use super::{BAD_TOPIC, V3_1_1, id};
    use bytes::BytesMut;
    use mqtt_wire::codec::{Codec, CodecError};
    use tokio_util::codec::Decoder as _;

    fn error<T: std::fmt::Debug>(read: Result<T, CodecError>) -> mqtt_wire::DecodeError {
        match read {
            Err(CodecError::Decode(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_codec_keeps_the_refused_packet_until_the_next_call() {
        let mut codec = Codec::new(V3_1_1.max_packet_size(16));
        // A bad body, bad flags, and a packet that is too large and has not arrived completely.
        let input = [BAD_TOPIC, b"\x60\x02\x00\x0a", b"\x32\x20\x00\x01a\x00\x09"].concat();
        let mut buffer = BytesMut::from(&input[..]);
        let frame = codec.decode(&mut buffer).expect("a good header").expect("it is whole");
        assert_eq!(id(&frame.refused(frame.packet().expect_err("a bad topic"))), Some(7));
        let flags = error(codec.decode(&mut buffer));
        assert_eq!(id(&codec.refused(flags)), Some(10));
        let large = error(codec.decode(&mut buffer));
        assert_eq!((id(&codec.refused(large)), codec.refused(large).topic()), (Some(9), Some(&b"a"[..])));
        assert!(format!("{codec:?}").contains("refused: 7 bytes"), "{codec:?}");
        buffer.extend_from_slice(&[b'!'; 27]);
        buffer.extend_from_slice(b"\xc0\x00\x30\x05\x00");
        let ping = codec.decode(&mut buffer).expect("legal").expect("it is whole");
        assert_eq!(ping.packet(), Ok(mqtt_wire::Packet::PingReq));
        assert_eq!(codec.refused(large).as_bytes(), b"");
        let end = error(codec.decode_eof(&mut buffer));
        assert_eq!(codec.refused(end).as_bytes(), b"\x30\x05\x00");
    }
}

/// A SUBSCRIBE whose first filter has reserved bits, which are tolerated, and whose second filter is refused.
#[test]
fn tolerated_bits_are_not_an_error_of_the_filter() {
    let input = |head: &[u8], options| [head, b"\x00\x01a", &[options], b"\x00\x02b#\x01"].concat();
    for (decoder, head, options) in [
        (V3_1_1, &b"\x82\x0b\x00\x01"[..], 0xf1),
        (V3_1_1, b"\x82\x0b\x00\x01", 0x0d),
        (Decoder::new(Version::V3_1), b"\x82\x0b\x00\x01", 0xfd),
        (V5, b"\x82\x0c\x00\x01\x00", 0xc1),
    ] {
        let input = input(head, options);
        let subscribe = refused(decoder.tolerate(Tolerances::SUBSCRIPTION_RESERVED_BITS), &input);
        let filters: Vec<_> =
            subscribe.subscriptions().map(|filter| filter.map_err(|item| item.filter)).collect();
        let expected = Subscription::new(topic_filter!("a"), Qos::AtLeastOnce);
        assert_eq!(filters, [Ok(expected), Err(&b"b#"[..])], "{options:#x}");
        assert_eq!(subscribe.first_refused_index(), Some(1));
    }
}
