//! Tests known deviations of devices and brokers from the standard. By default the decoder refuses a
//! deviation. With a tolerance the decoder accepts the deviation and lists it. The encoder never writes a
//! deviation.

use mqtt_wire::inspect::{Field, Severity};
use mqtt_wire::stream::ReadBuffer;
use mqtt_wire::{Decoder, Encode, Packet, Role, Tolerances, Version};

/// A packet with one deviation, and the legal packet with the same meaning.
struct Case {
    deviation: Tolerances,
    versions: &'static [Version],
    /// The only sender of this deviation, or `None` for both.
    sender: Option<Role>,
    bytes: &'static [u8],
    legal: &'static [u8],
}

const ALL: &[Version] = &Version::ALL;
const V3: &[Version] = &[Version::V3_1, Version::V3_1_1];
const V3_1: &[Version] = &[Version::V3_1];
const V3_1_1: &[Version] = &[Version::V3_1_1];
const V5: &[Version] = &[Version::V5_0];
const STRICT_FLAGS: &[Version] = &[Version::V3_1_1, Version::V5_0];

const fn case(
    deviation: Tolerances,
    versions: &'static [Version],
    bytes: &'static [u8],
    legal: &'static [u8],
) -> Case {
    Case { deviation, versions, sender: None, bytes, legal }
}

const CASES: &[Case] = &[
    case(Tolerances::ACK_FLAGS, STRICT_FLAGS, b"\x42\x02\x00\x01", b"\x40\x02\x00\x01"),
    case(Tolerances::ACK_FLAGS, STRICT_FLAGS, b"\x54\x02\x00\x01", b"\x50\x02\x00\x01"),
    case(Tolerances::ACK_FLAGS, STRICT_FLAGS, b"\x72\x02\x00\x01", b"\x70\x02\x00\x01"),
    case(Tolerances::ACK_FLAGS, V3_1_1, b"\x92\x03\x00\x05\x02", b"\x90\x03\x00\x05\x02"),
    case(Tolerances::ACK_FLAGS, V5, b"\x92\x04\x00\x05\x00\x02", b"\x90\x04\x00\x05\x00\x02"),
    case(Tolerances::ACK_FLAGS, V3_1_1, b"\xb2\x02\x00\x05", b"\xb0\x02\x00\x05"),
    case(Tolerances::REQUEST_FLAGS, V3, b"\xa0\x08\x00\x03\x00\x048888", b"\xa2\x08\x00\x03\x00\x048888"),
    case(Tolerances::REQUEST_FLAGS, ALL, b"\x60\x02\x00\x01", b"\x62\x02\x00\x01"),
    case(Tolerances::REQUEST_FLAGS, ALL, b"\x64\x02\x00\x01", b"\x62\x02\x00\x01"),
    case(Tolerances::REQUEST_FLAGS, STRICT_FLAGS, b"\x6a\x02\x00\x01", b"\x62\x02\x00\x01"),
    case(Tolerances::REQUEST_FLAGS, V3, b"\x80\x06\x00\x01\x00\x01a\x00", b"\x82\x06\x00\x01\x00\x01a\x00"),
    case(Tolerances::CONNECTION_FLAGS, STRICT_FLAGS, b"\xc2\x00", b"\xc0\x00"),
    case(Tolerances::CONNECTION_FLAGS, STRICT_FLAGS, b"\xd1\x00", b"\xd0\x00"),
    case(Tolerances::CONNECTION_FLAGS, STRICT_FLAGS, b"\xe1\x00", b"\xe0\x00"),
    case(
        Tolerances::CONNECTION_FLAGS,
        V3_1_1,
        b"\x12\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a",
        b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a",
    ),
    case(Tolerances::DUP_WITHOUT_QOS, V3_1_1, b"\x38\x04\x00\x01tx", b"\x30\x04\x00\x01tx"),
    case(Tolerances::DUP_WITHOUT_QOS, V5, b"\x39\x05\x00\x01t\x00x", b"\x31\x05\x00\x01t\x00x"),
    case(Tolerances::PADDED_LENGTH, V5, b"\x40\x82\x80\x00\x00\x01", b"\x40\x02\x00\x01"),
    case(
        Tolerances::PADDED_LENGTH,
        V5,
        b"\x10\x8e\x00\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x01a",
        b"\x10\x0e\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x01a",
    ),
    case(Tolerances::LEFTOVER_BYTES, V3, b"\xb0\x03\x00\x01\x00", b"\xb0\x02\x00\x01"),
    case(Tolerances::LEFTOVER_BYTES, V3, b"\x40\x04\x00\x01\x00\x00", b"\x40\x02\x00\x01"),
    case(Tolerances::LEFTOVER_BYTES, V3, b"\x20\x03\x00\x05\x00", b"\x20\x02\x00\x05"),
    case(Tolerances::LEFTOVER_BYTES, ALL, b"\xc0\x01\x00", b"\xc0\x00"),
    case(
        Tolerances::LEFTOVER_BYTES,
        V3_1_1,
        b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a\x00\x01u",
        b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a",
    ),
    case(Tolerances::PACKET_ID_ZERO, V3, b"\x82\x06\x00\x00\x00\x01a\x00", b"\x82\x06\x80\x00\x00\x01a\x00"),
    case(Tolerances::PACKET_ID_ZERO, V3, b"\xa2\x05\x00\x00\x00\x01a", b"\xa2\x05\x80\x00\x00\x01a"),
    case(Tolerances::PACKET_ID_ZERO, V3, b"\x32\x06\x00\x01a\x00\x00x", b"\x32\x06\x00\x01a\x80\x00x"),
    case(Tolerances::PACKET_ID_ZERO, V5, b"\x34\x06\x00\x01a\x00\x00\x00", b"\x34\x06\x00\x01a\x80\x00\x00"),
    case(Tolerances::PACKET_ID_ZERO, ALL, b"\x62\x02\x00\x00", b"\x62\x02\x80\x00"),
    case(
        Tolerances::CONNECT_RESERVED_BIT,
        V3_1_1,
        b"\x10\x0d\x00\x04MQTT\x04\x03\x00\x3c\x00\x01a",
        b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a",
    ),
    case(
        Tolerances::WILL_FLAGS_WITHOUT_WILL,
        V3_1_1,
        b"\x10\x0d\x00\x04MQTT\x04\x3a\x00\x3c\x00\x01a",
        b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a",
    ),
    case(
        Tolerances::EMPTY_WILL_TOPIC,
        V3_1,
        b"\x10\x13\x00\x06MQIsdp\x03\x06\x00\x3c\x00\x01a\x00\x00\x00\x00",
        b"\x10\x0f\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x01a",
    ),
    case(
        Tolerances::EMPTY_WILL_TOPIC,
        V3_1_1,
        b"\x10\x17\x00\x04MQTT\x04\xae\x00\x3c\x00\x01a\x00\x00\x00\x03bye\x00\x01u",
        b"\x10\x10\x00\x04MQTT\x04\x82\x00\x3c\x00\x01a\x00\x01u",
    ),
    case(
        Tolerances::EMPTY_WILL_TOPIC,
        V5,
        b"\x10\x1e\x00\x04MQTT\x05\x56\x00\x3c\x00\x00\x01a\x05\x18\x00\x00\x00\x05\x00\x00\x00\x03bye\x00\x01p",
        b"\x10\x11\x00\x04MQTT\x05\x42\x00\x3c\x00\x00\x01a\x00\x01p",
    ),
    case(
        Tolerances::PASSWORD_WITHOUT_USER_NAME,
        V3_1_1,
        b"\x10\x10\x00\x04MQTT\x04\x42\x00\x3c\x00\x01a\x00\x01p",
        b"\x10\x12\x00\x04MQTT\x04\xc2\x00\x3c\x00\x01a\x00\x00\x00\x01p",
    ),
    case(
        Tolerances::PROTOCOL_NAME_OF_OTHER_LEVEL,
        V3_1,
        b"\x10\x0d\x00\x04MQTT\x03\x02\x00\x3c\x00\x01a",
        b"\x10\x0f\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x01a",
    ),
    case(
        Tolerances::PROTOCOL_NAME_OF_OTHER_LEVEL,
        V3_1_1,
        b"\x10\x0f\x00\x06MQIsdp\x04\x02\x00\x3c\x00\x01a",
        b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a",
    ),
    case(
        Tolerances::SUBSCRIPTION_RESERVED_BITS,
        V3_1_1,
        b"\x82\x0a\x00\x01\x00\x01a\xf1\x00\x01b\x02",
        b"\x82\x0a\x00\x01\x00\x01a\x01\x00\x01b\x02",
    ),
    case(
        Tolerances::SUBSCRIPTION_RESERVED_BITS,
        V5,
        b"\x82\x07\x00\x01\x00\x00\x01a\xcd",
        b"\x82\x07\x00\x01\x00\x00\x01a\x0d",
    ),
    case(Tolerances::SESSION_PRESENT_WITH_ERROR, V3_1_1, b"\x20\x02\x01\x05", b"\x20\x02\x00\x05"),
    case(Tolerances::SESSION_PRESENT_WITH_ERROR, V5, b"\x20\x03\x01\x87\x00", b"\x20\x03\x00\x87\x00"),
    case(Tolerances::MAXIMUM_QOS_2, V5, b"\x20\x05\x00\x00\x02\x24\x02", b"\x20\x03\x00\x00\x00"),
    case(
        Tolerances::ZERO_PROPERTIES,
        V5,
        b"\x20\x0b\x00\x00\x08\x21\x00\x00\x27\x00\x00\x00\x00",
        b"\x20\x03\x00\x00\x00",
    ),
    case(Tolerances::ZERO_PROPERTIES, V5, b"\x30\x07\x00\x01a\x03\x23\x00\x00", b"\x30\x04\x00\x01a\x00"),
    case(
        Tolerances::ZERO_PROPERTIES,
        V5,
        b"\x82\x09\x00\x01\x02\x0b\x00\x00\x01a\x00",
        b"\x82\x07\x00\x01\x00\x00\x01a\x00",
    ),
    case(
        Tolerances::DUPLICATE_PROPERTIES,
        V5,
        b"\x30\x08\x00\x01a\x04\x01\x00\x01\x01",
        b"\x30\x06\x00\x01a\x02\x01\x00",
    ),
    case(
        Tolerances::MISPLACED_PROPERTIES,
        V5,
        b"\x30\x10\x00\x01a\x0c\x1c\x00\x02\xff\xff\x26\x00\x01k\x00\x01v",
        b"\x30\x0b\x00\x01a\x07\x26\x00\x01k\x00\x01v",
    ),
    Case {
        sender: Some(Role::Client),
        ..case(
            Tolerances::MISPLACED_PROPERTIES,
            V5,
            b"\x30\x06\x00\x01a\x02\x0b\x07",
            b"\x30\x04\x00\x01a\x00",
        )
    },
    case(
        Tolerances::SUBACK_CODES,
        V3_1_1,
        b"\x90\x06\x00\x01\x87\x01\x08\x80",
        b"\x90\x06\x00\x01\x80\x01\x80\x80",
    ),
    Case { sender: Some(Role::Server), ..case(Tolerances::SERVER_DISCONNECT, V3, b"\xe0\x00", b"\xe0\x00") },
];

impl Case {
    fn decoders(&self) -> impl Iterator<Item = Decoder> {
        self.versions.iter().map(|version| match self.sender {
            Some(sender) => Decoder::new(*version).sender(sender),
            None => Decoder::new(*version),
        })
    }

    /// Returns the tolerances that the legal packet needs. The packet needs a tolerance if only the other side
    /// may send it.
    fn of_legal(&self) -> Tolerances {
        if self.sender == Some(Role::Server) { self.deviation } else { Tolerances::NONE }
    }

    fn is_legal(&self, packet: &Packet<'_>, version: Version) {
        let mut buffer = [0; 64];
        let encoded = packet.encode(version, &mut buffer).expect("legal");
        assert_eq!(encoded, self.legal, "{}: {:02x?} in {version}", self.deviation, self.bytes);
        let decoded = Decoder::new(version).decode_frame(encoded).expect("legal");
        assert_eq!(decoded, *packet);
    }
}

#[test]
fn each_deviation_is_refused_unless_it_is_tolerated() {
    for case in CASES {
        for strict in case.decoders() {
            let shown = format!("{}: {:02x?} in {:?}", case.deviation, case.bytes, strict.version());
            let refused = strict.clone().decode_frame(case.bytes).expect_err(&shown);
            let others = strict.tolerate(Tolerances::ALL.without(case.deviation));
            assert_eq!(others.clone().decode_frame(case.bytes), Err(refused), "{shown}");
            assert_eq!(others.tolerated(case.bytes), Tolerances::NONE, "{shown}");
            assert_eq!(strict.tolerances_needed(case.bytes), Some(case.deviation), "{shown}");

            for tolerances in [case.deviation, Tolerances::ALL] {
                let mut tolerant = strict.tolerate(tolerances);
                let packet = tolerant.decode_frame(case.bytes).expect(&shown);
                case.is_legal(&packet, strict.version().expect("known"));
                assert_eq!(tolerant.tolerated(case.bytes), case.deviation, "{shown}");
                assert_eq!(tolerant.tolerated(case.legal), case.of_legal(), "{shown}");
                assert_eq!(tolerant.tolerate(Tolerances::NONE), strict);
            }
        }
    }
    let tried = CASES.iter().fold(Tolerances::NONE, |tried, case| tried | case.deviation);
    assert_eq!(tried, Tolerances::ALL, "each is tried");
}

#[test]
fn readers_list_the_tolerated_deviations() {
    for case in CASES {
        for decoder in case.decoders() {
            let version = decoder.version().expect("known");
            let stream = [case.legal, case.bytes, case.legal].concat();
            let legal = case.of_legal();
            let mut buffer = ReadBuffer::new(decoder.tolerate(case.deviation), [0; 256]);
            assert_eq!(buffer.tolerated(), Tolerances::NONE);
            buffer.space()[..stream.len()].copy_from_slice(&stream);
            buffer.filled(stream.len());
            for expected in [legal, case.deviation, legal] {
                let packet = buffer.next().expect("tolerated").expect("whole");
                case.is_legal(&packet, version);
                assert_eq!(buffer.tolerated(), expected, "{:02x?}", case.bytes);
                #[cfg(feature = "bytes")]
                assert_eq!(buffer.last_owned().expect("it is there").as_bytes()[..], *case.legal);
            }
            // Another decoder would find other deviations.
            let mut other = buffer.clone();
            other.set_decoder(decoder.tolerate(Tolerances::NONE));
            assert_eq!(other.tolerated(), Tolerances::NONE);
            #[cfg(feature = "bytes")]
            assert_eq!(other.last_owned(), None);
            buffer.space();
            assert_eq!(buffer.tolerated(), Tolerances::NONE, "it is not there any more");
        }
    }
}

#[test]
fn a_head_lists_its_tolerated_deviations() {
    let decoder = Decoder::new(Version::V5_0).tolerate(Tolerances::ALL);
    let mut buffer = ReadBuffer::new(decoder, [0; 64]);
    // The payload has not arrived.
    let head = b"\x3a\x70\x00\x01a\x00\x00\x03\x23\x00\x00";
    buffer.space()[..head.len()].copy_from_slice(head);
    buffer.filled(head.len());
    let shown = buffer.next_head().expect("tolerated").expect("it is there");
    assert_eq!(shown.payload_len, 112 - 9);
    let both = Tolerances::PACKET_ID_ZERO | Tolerances::ZERO_PROPERTIES;
    assert_eq!(buffer.tolerated(), both);
    #[cfg(feature = "bytes")]
    assert!(buffer.last_owned().is_none(), "its payload is not here");
    // A head that is refused.
    let mut buffer = ReadBuffer::new(decoder, [0; 64]);
    buffer.space()[..4].copy_from_slice(b"\x30\x02\x00\x00");
    buffer.filled(4);
    assert!(buffer.next_head().is_err());
    assert_eq!(buffer.tolerated(), Tolerances::NONE);
}

/// The sets for one sender have each deviation that this sender can send.
#[test]
fn a_set_has_the_deviations_of_its_sender() {
    for (sender, set) in [(Role::Client, Tolerances::DEVICES), (Role::Server, Tolerances::BROKERS)] {
        for case in CASES {
            for &version in case.versions {
                let mut decoder = Decoder::new(version).sender(sender).tolerate(set);
                if decoder.decode_frame(case.legal).is_ok() && case.sender.is_none_or(|only| only == sender) {
                    let tolerated = decoder.decode_frame(case.bytes);
                    assert!(tolerated.is_ok(), "{sender:?} {}: {tolerated:?}", case.deviation);
                }
            }
        }
    }
}

#[test]
fn a_packet_can_have_several_deviations() {
    let connect = b"\x12\x11\x00\x04MQTT\x03\x4b\x00\x3c\x00\x01a\x00\x01p\xee";
    let expected = Tolerances::PASSWORD_WITHOUT_USER_NAME
        | Tolerances::PROTOCOL_NAME_OF_OTHER_LEVEL
        | Tolerances::LEFTOVER_BYTES;
    let mut server = Decoder::from_client().tolerate(Tolerances::DEVICES);
    let packet = server.decode_frame(connect).expect("tolerated");
    assert_eq!(server.version(), Some(Version::V3_1), "the level decides");
    assert!(matches!(packet, Packet::Connect(connect) if connect.will.is_none()));
    // The flags and bits that 3.1 ignores are not deviations.
    assert_eq!(Decoder::from_client().tolerate(Tolerances::DEVICES).tolerated(connect), expected);
    assert_eq!(Decoder::from_client().tolerances_needed(connect), Some(expected));
    assert_eq!(Decoder::from_client().tolerate(Tolerances::BROKERS).tolerated(connect), Tolerances::NONE);
}

/// A packet with another fault is refused for the other fault.
#[test]
fn other_faults_are_still_refused() {
    use mqtt_wire::DecodeErrorKind as Kind;
    for (version, bytes, kind) in [
        (Version::V3_1_1, &b"\x42\x02\x00\x00"[..], Kind::ZeroPacketIdentifier),
        (Version::V3_1_1, b"\x3e\x04\x00\x01tx", Kind::InvalidQos),
        (Version::V3_1_1, b"\x38\x04\x00\x01#x", Kind::WildcardInTopicName),
        (Version::V3_1_1, b"\x38\x04\x00\x01\xffx", Kind::IllFormedUtf8),
        (Version::V3_1, b"\x90\x03\x00\x01\x80", Kind::InvalidReasonCode),
        (Version::V3_1_1, b"\x82\x06\x00\x00\x00\x01a\xf3", Kind::InvalidQos),
        (Version::V5_0, b"\x40\x82\x80\x80\x80\x00\x01", Kind::VarintTooLong),
        (Version::V5_0, b"\x20\x05\x00\x00\x02\x24\x03", Kind::InvalidPropertyValue),
        (Version::V5_0, b"\x20\x05\x00\x00\x02\x25\x02", Kind::InvalidPropertyValue),
        (Version::V5_0, b"\x30\x07\x00\x00\x03\x23\x00\x00x", Kind::EmptyTopic),
        (Version::V5_0, b"\x30\x06\x00\x01a\x02\x0b\x00", Kind::InvalidPropertyValue),
        (Version::V5_0, b"\x30\x08\x00\x01a\x04\x1c\x00\x02\xff", Kind::MisplacedProperty),
        (Version::V5_0, b"\x30\x06\x00\x01a\x02\x7f\x00", Kind::UnknownProperty),
        (Version::V5_0, b"\xb0\x03\x00\x01\x00", Kind::EmptyList),
        // Each CONNECT has an empty Will Topic, and another fault in the will.
        (Version::V3_1_1, b"\x10\x11\x00\x04MQTT\x04\x1e\x00\x3c\x00\x01a\x00\x00\x00\x00", Kind::InvalidQos),
        (Version::V3_1_1, b"\x10\x0f\x00\x04MQTT\x04\x06\x00\x3c\x00\x01a\x00\x00", Kind::Missing),
        (Version::V3_1_1, b"\x10\x11\x00\x04MQTT\x04\x06\x00\x3c\x00\x01a\x00\x00\x00\x01", Kind::Truncated),
        (
            Version::V5_0,
            b"\x10\x15\x00\x04MQTT\x05\x06\x00\x3c\x00\x00\x01a\x02\x01\x02\x00\x00\x00\x00",
            Kind::InvalidPropertyValue,
        ),
        (
            Version::V5_0,
            b"\x10\x16\x00\x04MQTT\x05\x06\x00\x3c\x00\x00\x01a\x03\x08\x00\x00\x00\x00\x00\x00",
            Kind::EmptyTopic,
        ),
    ] {
        let tolerant = Decoder::new(version).tolerate(Tolerances::ALL);
        let refused = tolerant.clone().decode_frame(bytes).expect_err("not to be tolerated");
        assert_eq!(refused.kind(), kind, "{bytes:02x?}");
        assert_eq!((tolerant.tolerated(bytes), tolerant.tolerances_needed(bytes)), (Tolerances::NONE, None));
    }
    // Bytes that are not a packet, and an incomplete packet.
    for bytes in [&b"\0\0"[..], b"", b"\x42\x02\x00"] {
        assert_eq!(Decoder::new(Version::V3_1_1).tolerances_needed(bytes), None, "{bytes:02x?}");
    }
    // A switch that refuses legal packets of 3.1.1 still applies.
    let minimal = Decoder::new(Version::V3_1_1).require_minimal_lengths(true).tolerate(Tolerances::ALL);
    assert!(minimal.clone().decode_frame(b"\x40\x82\x00\x00\x01").is_err());
    let reference = Decoder::from_client().tolerate(Tolerances::ALL).refuse_client_server_reference(true);
    let mut of_v5 = reference;
    of_v5.decode_frame(b"\x10\x0d\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x00").expect("legal");
    assert!(of_v5.decode_frame(b"\xe0\x06\x80\x04\x1c\x00\x01s").is_err());
    // A packet from the wrong sender is still refused in 5.0. The packet is also refused if only one side may send its
    // packet type.
    let server = Decoder::from_server(Version::V3_1_1).tolerate(Tolerances::ALL);
    assert!(server.clone().decode_frame(b"\xc0\x00").is_err());
}

#[test]
fn lint_and_dissection_show_the_tolerated_deviations() {
    for case in CASES {
        for decoder in case.decoders() {
            let tolerant = decoder.tolerate(case.deviation);
            let mut found = Vec::new();
            tolerant.lint(case.bytes, |finding| found.push(finding.severity));
            assert!(
                found.contains(&Severity::Tolerated),
                "{}: {:02x?} {found:?}",
                case.deviation,
                case.bytes
            );
            assert!(
                !found.contains(&Severity::Violation),
                "{}: {:02x?} {found:?}",
                case.deviation,
                case.bytes
            );
            let mut fields = 0;
            tolerant.dissect(case.bytes, |_| fields += 1).expect("tolerated");
            assert!(fields > 2);
        }
    }
}

/// A will without a topic is left out of the packet. Its fields are still shown, whether or not the packet is refused.
#[test]
fn the_fields_of_a_will_without_a_topic_are_shown() {
    let connects = CASES.iter().filter(|case| case.deviation == Tolerances::EMPTY_WILL_TOPIC);
    let strict = Decoder::from_client();
    for bytes in connects.map(|case| case.bytes) {
        let shown = |decoder: Decoder| {
            let mut fields = Vec::new();
            let packet = decoder.dissect(bytes, |span| fields.push((span.field, span.bytes)));
            (packet.is_ok(), fields)
        };
        let (is_accepted, fields) = shown(strict.tolerate(Tolerances::DEVICES));
        assert!(is_accepted, "{bytes:02x?}");
        assert!(fields.contains(&(Field::WillTopic, b"\x00\x00")), "{fields:?}");
        assert!(fields.iter().any(|(field, _)| *field == Field::WillPayload), "{fields:?}");
        let error = strict.clone().decode_frame(bytes).expect_err("not tolerated");
        let refused = strict.refused(error, bytes);
        assert_eq!((refused.client_id(), refused.offending()), (Some(&b"a"[..]), &b"\x00\x00"[..]));
        assert_eq!(refused.field(Field::WillTopic).map(|span| span.bytes), Some(&b"\x00\x00"[..]));
        let mut of_refused = Vec::new();
        refused.fields(|span| of_refused.push((span.field, span.bytes)));
        assert_eq!(of_refused, fields);
    }
}

#[cfg(feature = "bytes")]
#[test]
fn an_owned_packet_is_legal() {
    use bytes::{Bytes, BytesMut};
    for case in CASES {
        for decoder in case.decoders() {
            let tolerant = decoder.tolerate(case.deviation);
            let mut buffer = BytesMut::from(&[case.bytes, b"\xc0"].concat()[..]);
            let frame = tolerant.clone().split_frame(&mut buffer).expect("tolerated").expect("whole");
            assert_eq!((&buffer[..], frame.tolerated()), (&b"\xc0"[..], case.deviation));
            case.is_legal(&frame.packet().expect("tolerated"), decoder.version().expect("known"));
            assert_eq!(frame.as_bytes()[..], *case.bytes, "these are what came");
            let owned = frame.into_packet().expect("tolerated");
            assert_eq!(owned.as_bytes()[..], *case.legal, "these may be sent on");

            let of_frame = tolerant.clone().decode_owned_frame(Bytes::from_static(case.bytes));
            assert_eq!(of_frame.expect("tolerated"), owned);
            let mut buffer = BytesMut::from(&[case.bytes, b"\xc0"].concat()[..]);
            let look = |packet: &Packet<'_>| case.is_legal(packet, decoder.version().expect("known"));
            let of_buffer = tolerant.clone().decode_owned_with(&mut buffer, look);
            let (of_buffer, ()) = of_buffer.expect("tolerated").expect("whole");
            assert_eq!((of_buffer, &buffer[..]), (owned, &b"\xc0"[..]));
            assert_eq!(tolerant.clone().decode_owned(&mut buffer), Ok(None), "half a packet");
            let mut legal = BytesMut::from(case.legal);
            let shared = tolerant.clone().decode_owned(&mut legal).expect("legal").expect("whole");
            assert_eq!(shared.as_bytes()[..], *case.legal);
        }
    }
    // One packet can be decoded but not encoded. If this packet has a deviation, it cannot be owned.
    let disconnect = Bytes::from_static(b"\xe1\x01\x8c");
    let tolerant = Decoder::new(Version::V5_0).tolerate(Tolerances::ALL);
    assert!(tolerant.clone().decode_frame(&disconnect).is_ok());
    assert!(tolerant.clone().decode_owned_frame(disconnect.clone()).is_err());
    let mut buffer = BytesMut::from(&disconnect[..]);
    let never = |seen: &Packet<'_>| panic!("seen: {seen}");
    assert!(tolerant.clone().decode_owned_with(&mut buffer, never).is_err());
    assert_eq!(buffer, disconnect);
}
