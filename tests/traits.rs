//! Tests the traits of the types: `Display`, conversions, hashes, and small methods.

use mqtt_wire::answer::Answer;
use mqtt_wire::convert::{Change, Conversion, ConvertError};
use mqtt_wire::detect::{Guess, ProtocolName};
use mqtt_wire::inspect::{Field, Format};
use mqtt_wire::property::{
    AuthProperties, ConnectProperties, DisconnectProperties, PayloadFormat, PropertyId, PublishProperties,
    SubscriptionId, SubscriptionIds, UserProperties, UserProperty, WillProperties,
};
use mqtt_wire::reason::{
    AuthReason, ConnectReason, DisconnectReason, PubAckReason, PubCompReason, PubRecReason, PubRelReason,
    SubscribeReason, UnsubscribeReason,
};
use mqtt_wire::stream::EncodeParts;
use mqtt_wire::topic::TopicAlias;
use mqtt_wire::*;
use std::borrow::Borrow;
use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Debug, Display};
use std::hash::{Hash, Hasher};

/// No text is empty, and no two texts are equal.
fn all_differ<T: Display + Debug>(values: &[T]) {
    let mut said = BTreeSet::new();
    for value in values {
        let words = value.to_string();
        assert!(!words.is_empty(), "{value:?}");
        assert!(said.insert(words), "{value:?} says what another says");
    }
}

#[test]
fn every_kind_of_error_has_its_own_text() {
    use DecodeErrorKind::*;
    all_differ(&[
        IncompletePacket,
        BytesAfterPacket,
        VersionUnknown,
        ReservedPacketType,
        InvalidFlags,
        WrongDirection,
        PacketTooLarge,
        Missing,
        Truncated,
        LeftoverBytes,
        VarintTooLong,
        VarintNotMinimal,
        IllFormedUtf8,
        NulCharacter,
        ControlCharacter,
        Noncharacter,
        NotAscii,
        TopicTooLong,
        EmptyTopic,
        WildcardInTopicName,
        HashNotLast,
        HashNotAlone,
        PlusNotAlone,
        ShareNameEmpty,
        WildcardInShareName,
        SharedFilterMissing,
        InvalidSharedFilter,
        ZeroPacketIdentifier,
        InvalidQos,
        DupWithoutQos,
        UnknownProperty,
        MisplacedProperty,
        DuplicateProperty,
        InvalidPropertyValue,
        ZeroTopicAlias,
        TopicAliasOverMaximum,
        AuthenticationMethodMissing,
        UnsupportedProtocolName { level: None },
        UnsupportedProtocolLevel { name: ProtocolName::Mqtt, level: 7 },
        UnsupportedProtocolLevel { name: ProtocolName::MqIsdp, level: 7 },
        ReservedBits,
        WillQosWithoutWill,
        WillRetainWithoutWill,
        PasswordWithoutUserName,
        SessionPresentWithError,
        RefusedIn3x,
        InvalidReasonCode,
        EmptyList,
        InvalidRetainHandling,
        NoLocalOnSharedSubscription,
    ]);
}

#[test]
fn every_encode_error_has_its_own_text() {
    let version = Version::V3_1;
    all_differ(&[
        EncodeError::NotInVersion { field: Field::ProtocolLevel, version },
        EncodeError::NotInVersion { field: Field::PacketType, version },
        EncodeError::NotInVersion { field: PropertyId::TopicAlias.into(), version },
        EncodeError::NotInVersion { field: Field::NoLocal, version },
        EncodeError::NotInVersion { field: Field::NoLocal, version: Version::V3_1_1 },
        EncodeError::TooLarge { remaining_length: 268_435_456 },
        EncodeError::BufferTooSmall { needed: 54 },
        EncodeError::Inconsistent(Inconsistency::AuthenticationDataWithoutMethod),
        EncodeError::Inconsistent(Inconsistency::AuthenticationMethodMissing),
        EncodeError::Inconsistent(Inconsistency::EmptyList),
        EncodeError::Inconsistent(Inconsistency::NoLocalOnSharedSubscription),
        EncodeError::Inconsistent(Inconsistency::SessionPresentWithError),
        EncodeError::Inconsistent(Inconsistency::BadAuthenticationMethodInDisconnect),
        EncodeError::Inconsistent(Inconsistency::PasswordWithoutUserName),
        EncodeError::Inconsistent(Inconsistency::WrongDirection),
    ]);
    assert_eq!(
        EncodeError::BufferTooSmall { needed: 54 }.to_string(),
        "the buffer is too small: the packet needs 54 bytes"
    );
}

#[test]
fn every_packet_is_displayed_in_one_line() {
    for (_, packet) in mqtt_wire_testkit::samples::all_samples() {
        let line = packet.to_string();
        assert!(line.starts_with(&packet.packet_type().to_string()), "{line}");
        assert!(!line.contains(char::is_control), "{line:?}");
    }
}

#[test]
fn every_refused_value_has_its_own_text() {
    use ValueError::*;
    all_differ(&[
        TooLong(ValueType::Text),
        TooLong(ValueType::Binary),
        IllFormedUtf8(ValueType::Text),
        NulCharacter(ValueType::Text),
        EmptyTopic(ValueType::TopicName),
        EmptyTopic(ValueType::TopicFilter),
        WildcardInTopicName,
        HashNotLast,
        HashNotAlone,
        PlusNotAlone,
        ShareNameEmpty,
        WildcardInShareName,
        SharedFilterMissing,
        Zero(ValueType::PacketId),
        Zero(ValueType::TopicAlias),
        OutOfRange(ValueType::SubscriptionId),
        Unknown(ValueType::Version),
        Unknown(ValueType::Qos),
    ]);
}

#[test]
fn every_guess_has_its_own_text() {
    use Guess::*;
    all_differ(&[
        Mqtt,
        Incomplete,
        TlsClientHello,
        TlsServerHello,
        TlsAlert,
        Http,
        WebSocket,
        ProxyV1,
        ProxyV2,
        Ssh,
        Amqp,
        Unknown,
    ]);
}

#[test]
fn a_topic_is_displayed_with_its_alias() {
    let (name, alias) = (topic_name!("a/b"), TopicAlias::MAX);
    let topics = [Topic::Name(name), Topic::Alias(alias), Topic::NameAndAlias(name, alias)];
    assert_eq!(topics.map(|topic| topic.to_string()), ["a/b", "(alias 65535)", "a/b (alias 65535)"]);
}

/// If a constructor refuses a value, a decoder refuses the packet with the value for the same
/// reason.
#[test]
fn a_refused_value_makes_a_refused_packet() {
    use DecodeErrorKind as Kind;
    for (value, kind) in [
        (ValueError::IllFormedUtf8(ValueType::Text), Kind::IllFormedUtf8),
        (ValueError::NulCharacter(ValueType::Text), Kind::NulCharacter),
        (ValueError::EmptyTopic(ValueType::TopicName), Kind::EmptyTopic),
        (ValueError::WildcardInTopicName, Kind::WildcardInTopicName),
        (ValueError::HashNotLast, Kind::HashNotLast),
        (ValueError::HashNotAlone, Kind::HashNotAlone),
        (ValueError::PlusNotAlone, Kind::PlusNotAlone),
        (ValueError::ShareNameEmpty, Kind::ShareNameEmpty),
        (ValueError::WildcardInShareName, Kind::WildcardInShareName),
        (ValueError::SharedFilterMissing, Kind::SharedFilterMissing),
        (ValueError::TooLong(ValueType::Text), Kind::InvalidPropertyValue),
        (ValueError::Zero(ValueType::PacketId), Kind::InvalidPropertyValue),
        (ValueError::OutOfRange(ValueType::SubscriptionId), Kind::InvalidPropertyValue),
        (ValueError::Unknown(ValueType::Version), Kind::InvalidPropertyValue),
    ] {
        assert_eq!(Kind::from(value), kind);
    }
}

#[test]
fn every_change_has_its_own_text() {
    all_differ(&[
        Change::Dropped(Field::UserName),
        Change::DroppedFromWill(PropertyId::ContentType),
        Change::Added(Field::UserName),
        Change::NewMeaning(Field::UserName),
    ]);
}

#[test]
fn fields_have_the_names_of_the_standard() {
    all_differ(&PacketType::ALL);
    all_differ(&Version::ALL);
    all_differ(&[ProtocolName::Mqtt, ProtocolName::MqIsdp]);
    assert_eq!(PacketType::PubRel.to_string(), "PUBREL");
    assert_eq!(Version::V3_1_1.to_string(), "3.1.1");
    assert_eq!(ProtocolName::MqIsdp.to_string(), "MQIsdp");
    assert_eq!(PropertyId::CorrelationData.to_string(), "Correlation Data");
}

/// Tests a type of Reason Codes: conversion in both directions, texts, and refusal of the codes of
/// other packets.
macro_rules! reasons {
    ($( $Reason:ident ),*) => {
        $(
            all_differ($Reason::ALL);
            for reason in $Reason::ALL {
                let code = u8::from(*reason);
                assert_eq!(code, reason.get());
                assert_eq!($Reason::try_from(code), Ok(*reason));
            }
            assert_eq!($Reason::try_from(0xff), Err(ValueError::Unknown(ValueType::$Reason)));
        )*
    };
}

#[test]
fn reasons_convert_to_codes_and_texts() {
    reasons!(
        ConnectReason,
        PubAckReason,
        PubRecReason,
        PubRelReason,
        PubCompReason,
        SubscribeReason,
        UnsubscribeReason,
        DisconnectReason,
        AuthReason
    );
}

#[test]
fn number_types_convert_to_integers() {
    assert_eq!(u16::from(PacketId::try_from(7).unwrap()), 7);
    assert_eq!(PacketId::try_from(0), Err(ValueError::Zero(ValueType::PacketId)));
    assert_eq!(PacketId::MAX.to_string(), "65535");
    assert_eq!(u16::from(TopicAlias::try_from(7).unwrap()), 7);
    assert_eq!(TopicAlias::try_from(0), Err(ValueError::Zero(ValueType::TopicAlias)));
    assert_eq!(u32::from(SubscriptionId::try_from(268_435_455).unwrap()), 268_435_455);
    assert_eq!(SubscriptionId::try_from(268_435_456), Err(ValueError::OutOfRange(ValueType::SubscriptionId)));
    for qos in [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce] {
        assert_eq!(Qos::try_from(u8::from(qos)), Ok(qos));
        assert_eq!(SubscribeReason::granted(qos).granted_qos(), Some(qos));
        let delivery = Delivery::new(qos, PacketId::MAX);
        assert_eq!((delivery.qos(), delivery.dup()), (qos, false));
        let id = (qos != Qos::AtMostOnce).then_some(PacketId::MAX);
        assert_eq!(delivery.packet_id(), id);
    }
    assert_eq!(Qos::try_from(3), Err(ValueError::Unknown(ValueType::Qos)));
    assert_eq!(SubscribeReason::NotAuthorized.granted_qos(), None);
}

/// A string type can be read as a string, and looked up in maps by strings.
macro_rules! strings {
    ($( $Text:ident ),*) => {
        $(
            let value = $Text::try_from("a/b").unwrap();
            assert_eq!(value, *"a/b");
            assert_ne!(value, *"a");
            assert_eq!(value, "a/b");
            assert_ne!(value, "a");
            assert_eq!(AsRef::<str>::as_ref(&value), "a/b");
            assert_eq!(Borrow::<str>::borrow(&value), "a/b");
            assert_eq!(<&str>::from(value), "a/b");
            assert_eq!((value.to_string(), format!("{value:?}")), ("a/b".into(), "\"a/b\"".into()));
            assert_eq!(BTreeMap::from([(value, 1)]).get("a/b"), Some(&1));
            assert_eq!($Text::try_from("\0"), Err(ValueError::NulCharacter(ValueType::$Text)));
        )*
    };
}

#[test]
fn text_types_behave_like_strings() {
    strings!(Text, TopicName, TopicFilter);
    let topic = topic_name!("a/b");
    assert_eq!(TopicFilter::from(topic), "a/b");
    assert!(topic.levels().eq(["a", "b"]) && topic_filter!("a/+").levels().eq(["a", "+"]));
}

#[test]
fn binary_data_behaves_like_bytes() {
    let binary = Binary::try_from(&b"ab"[..]).unwrap();
    assert_eq!((binary.as_ref(), binary.len(), binary.is_empty()), (&b"ab"[..], 2, false));
    assert_eq!(Binary::from(text!("ab")), binary);
    assert_eq!(Password::try_from(&b"ab"[..]).unwrap().expose(), binary);
    assert_eq!(Binary::try_from(&[0; 65_536][..]), Err(ValueError::TooLong(ValueType::Binary)));
    assert!(Binary::try_from(&b""[..]).unwrap().is_empty());
}

#[test]
fn equal_lists_have_equal_hashes() {
    fn hash(value: impl Hash) -> u64 {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        hasher.finish()
    }
    let ids = [SubscriptionId::new(1).unwrap(), SubscriptionId::MAX];
    let slice = SubscriptionIds::from(&ids[..]);
    let bytes = b"\x30\x0b\x00\x01a\x07\x0b\x01\x0b\xff\xff\xff\x7f";
    let Ok(Some((Packet::Publish(publish), _))) = decode(Version::V5_0, bytes) else { panic!("a PUBLISH") };
    let wire = publish.properties.subscription_identifiers;
    assert_eq!((wire, hash(wire)), (slice, hash(slice)));
    assert_ne!(hash(slice), hash(SubscriptionIds::from(&ids[..1])));
    assert!((&wire).into_iter().eq(wire) && wire.iter().clone().eq(ids));
    assert_eq!(format!("{:?}", wire.iter()), format!("{ids:?}"));
}

#[test]
fn a_decoder_takes_the_version_from_the_caller_or_from_connect() {
    let connect = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a";
    let mut decoder = Decoder::from_client();
    assert_eq!(decoder.version(), None);
    assert!(decoder.decode_frame(connect).is_ok());
    assert_eq!(decoder.version(), Some(Version::V3_1_1));
    let mut decoder = Decoder::from_server(Version::V5_0);
    assert_eq!(decoder.version(), Some(Version::V5_0));
    assert_eq!(decoder.decode_frame(connect).unwrap_err().kind(), DecodeErrorKind::WrongDirection);
    assert_eq!(decode_frame(Version::V5_0, b"\xc0\x00"), Ok(Packet::PingReq));
}

#[test]
fn only_a_normal_disconnection_discards_the_will() {
    for reason in DisconnectReason::ALL {
        let discards = Disconnect::new(*reason).discards_will();
        assert_eq!(discards, *reason == DisconnectReason::NormalDisconnection, "{reason}");
    }
}

#[test]
fn a_decoder_learns_the_version_from_a_stream_once() {
    let mut decoder = Decoder::detect_version();
    let connect = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a";
    assert!(decoder.decode(&connect[..5]).is_ok_and(|first| first.is_none()));
    assert_eq!(decoder.version(), None);
    assert!(decoder.decode(connect).is_ok());
    assert_eq!(decoder.version(), Some(Version::V3_1_1));
    assert!(decoder.decode(b"\x10\x0e\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x01a").is_ok());
    assert_eq!(decoder.version(), Some(Version::V3_1_1), "a second CONNECT changes nothing");
}

#[test]
fn the_error_of_a_shared_filter_names_its_bad_part() {
    use DecodeErrorKind::{
        InvalidSharedFilter, NulCharacter, PlusNotAlone, ShareNameEmpty, WildcardInShareName,
    };
    for (filter, kind) in [
        ("$share/+g/a", WildcardInShareName),
        ("$share/#g/a", WildcardInShareName),
        ("$share/g#", WildcardInShareName),
        ("$share/g/a#", InvalidSharedFilter),
        ("$share/g/+a", InvalidSharedFilter),
        ("$share/g/a\0", NulCharacter),
        ("$share//a", ShareNameEmpty),
    ] {
        let len = u8::try_from(filter.len()).unwrap();
        let bytes = [&[0x82, len + 6, 0, 10, 0, 0, len], filter.as_bytes(), &[0]].concat();
        assert_eq!(decode(Version::V5_0, &bytes).unwrap_err().kind(), kind, "{filter}");
    }
    // Before 5.0 the filter is an ordinary one.
    let error = decode(Version::V3_1_1, b"\x82\x10\x00\x0a\x00\x0b$share/g/+a\x00").unwrap_err();
    assert_eq!(error.kind(), PlusNotAlone);
}

#[test]
fn a_3_1_password_must_be_text_on_request() {
    let mut bytes = *b"\x10\x15\x00\x06MQIsdp\x03\xc2\x00\x3c\x00\x01a\x00\x01u\x00\x01p";
    let mut decoder = Decoder::new(Version::V3_1).require_v3_1_text(true);
    assert!(decoder.decode(&bytes).is_ok());
    *bytes.last_mut().unwrap() = 0xff;
    assert_eq!(decoder.decode(&bytes).unwrap_err().field(), Field::Password);
    assert!(decode(Version::V3_1, &bytes).is_ok());
}

#[test]
fn an_incomplete_packet_is_dissected_up_to_its_end() {
    let fields = |bytes| {
        let mut fields = Vec::new();
        let verdict = Decoder::new(Version::V3_1_1).dissect(bytes, |span| fields.push(span.field));
        assert_eq!(verdict.unwrap_err().kind(), DecodeErrorKind::IncompletePacket);
        fields
    };
    assert_eq!(fields(b""), []);
    assert_eq!(fields(b"\x40\x80"), [Field::PacketType, Field::Flags]);
    assert_eq!(Field::Packet.format(), Format::Group);
}

#[test]
fn every_packet_is_encoded_for_its_sender() {
    let publish = Publish::new(topic_name!("a"), b"");
    assert_eq!(Encoder::new(Version::V3_1_1).sender(Role::Client).encoded_len(&publish), Ok(5));
    let wrong = Err(EncodeError::Inconsistent(Inconsistency::WrongDirection));
    assert_eq!(Encoder::new(Version::V3_1_1).sender(Role::Server).encoded_len(&PingReq), wrong);
    assert!(EncodeParts::payload(&PingReq).is_empty());
}

/// Codes and properties in the wrong direction are refused, each on its own.
#[test]
fn packets_of_the_other_sender_are_not_encoded() {
    let (client, server) =
        (Encoder::new(Version::V5_0).sender(Role::Client), Encoder::new(Version::V5_0).sender(Role::Server));
    let wrong = Err(EncodeError::Inconsistent(Inconsistency::WrongDirection));
    let properties = DisconnectProperties { session_expiry_interval: Some(1), ..DisconnectProperties::EMPTY };
    let expiry = Disconnect { properties, ..Disconnect::new(DisconnectReason::NormalDisconnection) };
    assert!(client.encoded_len(&expiry).is_ok());
    assert_eq!(server.encoded_len(&expiry), wrong);
    let shutting_down = Disconnect::new(DisconnectReason::ServerShuttingDown);
    assert!(server.encoded_len(&shutting_down).is_ok());
    assert_eq!(client.encoded_len(&shutting_down), wrong);
    assert_eq!(client.encoded_len(&ConnAck::new(ConnectReason::Success)), wrong);
    let auth = |reason| {
        let properties = AuthProperties { authentication_method: Some(text!("m")), ..AuthProperties::EMPTY };
        Auth { reason, properties }
    };
    assert_eq!(server.encoded_len(&auth(AuthReason::ReAuthenticate)), wrong);
    assert_eq!(client.encoded_len(&auth(AuthReason::Success)), wrong);
    let unheard = PubAck { reason: PubAckReason::NoMatchingSubscribers, ..PubAck::new(PacketId::MIN) };
    assert!(server.encoded_len(&unheard).is_ok());
    assert_eq!(client.encoded_len(&unheard), wrong);
}

#[test]
fn a_published_will_keeps_all_its_properties() {
    let pairs = [UserProperty { name: text!("a"), value: text!("b") }];
    let properties = WillProperties {
        payload_format_indicator: Some(PayloadFormat::Utf8),
        message_expiry_interval: Some(60),
        content_type: Some(text!("text/plain")),
        response_topic: Some(topic_name!("reply")),
        correlation_data: Some(binary!(b"42")),
        will_delay_interval: Some(5),
        user_properties: UserProperties::new(&pairs),
    };
    let will = Will { properties, ..Will::new(topic_name!("/status"), binary!(b"offline")) };
    let expected = PublishProperties {
        payload_format_indicator: Some(PayloadFormat::Utf8),
        message_expiry_interval: Some(60),
        content_type: Some(text!("text/plain")),
        response_topic: Some(topic_name!("reply")),
        correlation_data: Some(binary!(b"42")),
        user_properties: UserProperties::new(&pairs),
        ..PublishProperties::EMPTY
    };
    assert_eq!(will.publish(Delivery::AtMostOnce).properties, expected);
}

#[test]
fn a_connect_of_3_x_refuses_properties_and_a_password_without_user_name() {
    let properties =
        ConnectProperties { receive_maximum: std::num::NonZeroU16::new(9), ..ConnectProperties::EMPTY };
    for version in [Version::V3_1, Version::V3_1_1] {
        let field = PropertyId::ReceiveMaximum.into();
        let connect = Connect { properties, ..Connect::new(version) };
        assert_eq!(connect.encoded_len(version), Err(EncodeError::NotInVersion { field, version }));
        let connect = Connect { password: Password::new(b"p").ok(), ..Connect::new(version) };
        assert_eq!(
            connect.encoded_len(version),
            Err(EncodeError::Inconsistent(Inconsistency::PasswordWithoutUserName))
        );
    }
}

#[test]
fn the_error_of_a_conversion_names_the_alternative() {
    let all = PacketType::ALL.map(|packet_type| ConvertError::NoCounterpart {
        packet_type,
        field: Field::Packet,
        version: Version::V3_1,
    });
    let said: std::collections::BTreeSet<String> = all.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), all.len());
    let advice: std::collections::BTreeSet<&str> =
        said.iter().filter_map(|text| text.rsplit_once(": ")).map(|(_, advice)| advice).collect();
    assert!(advice.len() >= 7, "{advice:?}");
}

#[test]
fn an_answer_in_3_x_has_a_connack_of_3_x() {
    let answer = Answer::ConnAckV3(ConnectReason::UnsupportedProtocolVersion);
    let (packet, version) = answer.packet().expect("there is something to send");
    assert_eq!(packet.encode(version, &mut [0; 4]), Ok(&b"\x20\x02\x00\x01"[..]));
}

#[test]
fn the_default_is_the_empty_value() {
    assert_eq!(ConnectProperties::default(), ConnectProperties::EMPTY);
    assert_eq!(PublishProperties::default(), PublishProperties::EMPTY);
    fn cloned<T: Clone>(value: &T) -> T {
        value.clone()
    }
    let list = SubscriptionIds::EMPTY;
    assert_eq!(cloned(&list), list);
}

#[test]
fn a_conversion_to_the_same_version_changes_nothing() {
    let properties = AuthProperties { authentication_method: Some(text!("m")), ..AuthProperties::EMPTY };
    let auth = Auth { reason: AuthReason::ContinueAuthentication, properties };
    let same = Conversion::new(Version::V5_0, Version::V5_0).convert(auth).expect("it exists there");
    assert_eq!(same.packet, auth);
    assert_eq!(format!("{:?}", same.changes), "{}");
}

/// A program can build a packet with a value that the version lacks. No decoder returns such a packet.
#[test]
fn a_value_that_its_version_lacks_is_converted_too() {
    let to_v5 = Conversion::new(Version::V3_1_1, Version::V5_0);
    let auth = Auth { reason: AuthReason::Success, properties: AuthProperties::EMPTY };
    assert_eq!(to_v5.convert(auth).expect("5.0 has it").packet, auth);
    let mut connect = Connect { clean_start: false, ..Connect::new(Version::V3_1_1) };
    connect.properties.session_expiry_interval = Some(1);
    let converted = to_v5.convert(connect).expect("5.0 has it").packet;
    assert_eq!(converted.properties.session_expiry_interval, Some(1));
}

#[test]
fn values_can_be_built_from_bytes() {
    use arbitrary::{Arbitrary, Unstructured};
    let id = PacketId::arbitrary(&mut Unstructured::new(&[0, 0, 0, 0])).expect("there are enough bytes");
    assert!(id.get() >= 1);
    assert!(Qos::arbitrary(&mut Unstructured::new(&[0; 8])).is_ok());
}
