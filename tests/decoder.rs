//! Tests the limits and switches of a `Decoder`: which packets each refuses, and at which field.

use mqtt_wire::answer::{Answer, ConnectionState};
use mqtt_wire::broker::PeerLimits;
use mqtt_wire::reason::{ConnectReason, DisconnectReason};
use mqtt_wire::stream::FrameLen;
use mqtt_wire::{DecodeErrorKind as Kind, Decoder, Encoder, Role, Tolerances, Version};
use mqtt_wire_testkit::naive::Options;
use mqtt_wire_testkit::verdicts::SETTINGS;

/// Returns the kind and the offset of the error.
fn refusal(mut decoder: Decoder, bytes: &[u8]) -> Option<(Kind, usize)> {
    decoder.decode(bytes).err().map(|error| (error.kind(), error.offset()))
}

#[test]
fn a_packet_that_is_too_large_is_refused_by_its_header() {
    for version in Version::ALL {
        let decoder = Decoder::new(version).max_packet_size(8);
        assert_eq!(refusal(decoder, b"\x30\x06"), None, "eight bytes");
        assert_eq!(refusal(decoder, b"\x30\x07"), Some((Kind::PacketTooLarge, 0)), "nine");
        assert_eq!(decoder.frame_len(b"\x30\x06"), Ok(FrameLen::Total(8)));
        let error = decoder.frame_len(b"\x30\x80\x01").expect_err("too large");
        assert_eq!((error.kind(), error.packet_len()), (Kind::PacketTooLarge, Some(131)));
    }
}

#[test]
fn a_connect_that_is_too_large_is_answered_in_its_own_version() {
    let answer = |bytes| {
        let error = Decoder::from_client().max_packet_size(15).decode(bytes).expect_err("too large");
        assert_eq!((error.kind(), error.offset()), (Kind::PacketTooLarge, 0));
        error.answer(Role::Server, ConnectionState::BeforeConnAck)
    };
    // Only the beginning has arrived.
    assert_eq!(answer(b"\x10\x0e\x00\x04MQTT\x05"), Answer::ConnAckV5(ConnectReason::PacketTooLarge));
    assert_eq!(answer(b"\x10\x0e\x00\x04MQTT\x04"), Answer::Close);
    assert_eq!(answer(b"\x10\x0e"), Answer::Close);
}

#[test]
fn a_refused_connect_of_a_bridge_keeps_its_version() {
    let decoder = Decoder::new(Version::V5_0).sender(Role::Server);
    for (bytes, version) in [
        (&b"\x10\x0d\x00\x04MQTT\x84"[..], Version::V3_1_1),
        (b"\x10\x0d\x00\x06MQIsdp\x83", Version::V3_1),
        (b"\x10\x0d\x00\x04MQTT\x04", Version::V3_1_1),
        // The version is unknown, so the version of the connection is used.
        (b"\x10\x0d\x00\x04MQTT\x85", Version::V5_0),
        (b"\x10\x0d", Version::V5_0),
    ] {
        let error = decoder.accept_bridge(true).decode(bytes).expect_err("a server sends no CONNECT");
        assert_eq!((error.kind(), error.version()), (Kind::WrongDirection, Some(version)), "{bytes:02x?}");
    }
}

/// A CONNECT of unknown version is judged by its level, not by the passed version. From level 5 on the
/// CONNECT counts as 5.0. (The levels of mosquitto's bridges are marked levels of 3.x.)
#[test]
fn a_connect_of_unknown_version_is_judged_by_its_level() {
    use Answer::{Close, ConnAckV3, ConnAckV5};
    const UNSUPPORTED: ConnectReason = ConnectReason::UnsupportedProtocolVersion;
    for (name_and_level, version, expected) in [
        (&b"\x00\x04mqtt\x04"[..], Version::V3_1_1, Close),
        (b"\x00\x04mqtt", Version::V3_1_1, Close),
        (b"\x00\x04mqtt\x83", Version::V3_1_1, Close),
        (b"\x00\x04mqtt\x84", Version::V3_1_1, Close),
        (b"\x00\x04mqtt\x05", Version::V5_0, ConnAckV5(UNSUPPORTED)),
        (b"\x00\x04mqtt\x85", Version::V5_0, ConnAckV5(UNSUPPORTED)),
        (b"\x00\x04MQTT\x03", Version::V3_1_1, ConnAckV3(UNSUPPORTED)),
        (b"\x00\x04MQTT\x84", Version::V3_1_1, ConnAckV3(UNSUPPORTED)),
        (b"\x00\x04MQTT\x06", Version::V5_0, ConnAckV5(UNSUPPORTED)),
        (b"\x00\x04MQTT\x85", Version::V5_0, ConnAckV5(UNSUPPORTED)),
        (b"\x00\x06MQIsdp\x05", Version::V3_1_1, ConnAckV3(UNSUPPORTED)),
        (b"\x00\x06MQIsdp\x83", Version::V3_1_1, ConnAckV3(UNSUPPORTED)),
    ] {
        let len = u8::try_from(name_and_level.len()).expect("short");
        let bytes = [&[0x10, len], name_and_level].concat();
        for passed in Version::ALL {
            let error = Decoder::new(passed).decode(&bytes).expect_err("no known version");
            let answer = error.answer(Role::Server, ConnectionState::BeforeConnAck);
            assert_eq!((error.version(), answer), (Some(version), expected), "{bytes:02x?}");
        }
    }
}

/// Before CONNACK a CONNECT is answered in its own version. After CONNACK a CONNECT is answered in the version
/// of the connection.
#[test]
fn a_second_connect_is_answered_in_the_version_of_the_connection() {
    let bad_v5 = b"\x10\x0e\x00\x04MQTT\x05\x03\x00\x3c\x00\x00\x01a";
    let bad_v3_1_1 = b"\x10\x0d\x00\x04MQTT\x04\x03\x00\x3c\x00\x01a";
    let answers = |version, bytes: &[u8]| {
        let error = Decoder::new(version).decode(bytes).expect_err("a reserved flag");
        [ConnectionState::BeforeConnAck, ConnectionState::AfterConnAck]
            .map(|state| error.answer(Role::Server, state))
    };
    let malformed = Answer::ConnAckV5(ConnectReason::MalformedPacket);
    let disconnect = Answer::Disconnect(DisconnectReason::MalformedPacket);
    assert_eq!(answers(Version::V3_1_1, bad_v5), [malformed, Answer::Close]);
    assert_eq!(answers(Version::V5_0, bad_v5), [malformed, disconnect]);
    assert_eq!(answers(Version::V5_0, bad_v3_1_1), [Answer::Close, disconnect]);
    assert_eq!(answers(Version::V3_1, bad_v3_1_1), [Answer::Close, Answer::Close]);
    // There is no connection yet, and the version is unknown.
    let error = Decoder::from_client().decode(b"\xc0\x00").expect_err("not a CONNECT");
    assert_eq!(error.statement(), Some("[MQTT-3.1.0-1]"));
    assert_eq!(error.answer(Role::Server, ConnectionState::BeforeConnAck), Answer::Close);
}

#[test]
fn a_switch_refuses_only_while_it_is_on() {
    let text = |text: &[u8]| [&[0x30, text.len() as u8 + 2, 0, text.len() as u8], text].concat();
    let v3_1_1 = Decoder::new(Version::V3_1_1);
    let will = b"\x10\x15\x00\x06MQIsdp\x03\x06\x00\x3c\x00\x01a\x00\x01w\x00\x01\x80";
    let password = b"\x10\x15\x00\x06MQIsdp\x03\xc2\x00\x3c\x00\x01a\x00\x01u\x00\x01\x80";
    let mut long = vec![0x30, 0x82, 0x80, 0x02, 0x80, 0x00];
    long.extend([b'a'; 32_768]);
    type Switch = fn(Decoder, bool) -> Decoder;
    let switches: [(Switch, Version, &[u8], Kind, usize); 7] = [
        (Decoder::refuse_control_characters, Version::V3_1_1, &text(b"\x7f"), Kind::ControlCharacter, 2),
        (Decoder::refuse_noncharacters, Version::V3_1_1, &text(b"\xef\xbf\xbf"), Kind::Noncharacter, 2),
        (Decoder::require_minimal_lengths, Version::V3_1_1, b"\xc0\x80\x00", Kind::VarintNotMinimal, 1),
        (Decoder::limit_v3_1_topics, Version::V3_1, &long, Kind::TopicTooLong, 4),
        (Decoder::require_v3_1_text, Version::V3_1, will, Kind::NotAscii, 20),
        (Decoder::require_v3_1_text, Version::V3_1, password, Kind::IllFormedUtf8, 20),
        (
            |decoder, on| decoder.sender(Role::Client).refuse_client_server_reference(on),
            Version::V5_0,
            b"\xe0\x06\x00\x04\x1c\x00\x01h",
            Kind::WrongDirection,
            4,
        ),
    ];
    for (number, (switch, version, bytes, kind, offset)) in switches.into_iter().enumerate() {
        let decoder = Decoder::new(version);
        assert_eq!(refusal(decoder, bytes), None, "{kind:?} is off by default");
        assert_eq!(refusal(switch(decoder, true), bytes), Some((kind, offset)));
        assert_eq!(refusal(switch(switch(decoder, true), false), bytes), None, "{kind:?} off again");
        // No switch turns on another switch.
        for (other, (switch, ..)) in switches.into_iter().enumerate() {
            let same = number == other || (4..=5).contains(&number) && (4..=5).contains(&other);
            assert_eq!(refusal(switch(decoder, true), bytes).is_some(), same, "{number} by {other}");
        }
    }
    assert_eq!(refusal(v3_1_1.limit_v3_1_topics(true), &long), None, "a rule of 3.1");
}

#[test]
fn a_bad_character_is_found_in_either_half_of_a_user_property() {
    let decoder = Decoder::new(Version::V5_0).refuse_control_characters(true);
    let bytes = |name, value| [0x30, 0x0b, 0, 1, b'a', 7, 0x26, 0, 1, name, 0, 1, value];
    assert_eq!(refusal(decoder, &bytes(b'n', b'v')), None);
    assert_eq!(refusal(decoder, &bytes(0x1f, b'v')), Some((Kind::ControlCharacter, 7)));
    assert_eq!(refusal(decoder, &bytes(b'n', 0x1f)), Some((Kind::ControlCharacter, 10)));
    let default = Decoder::new(Version::V5_0);
    assert_eq!(refusal(default, &bytes(b'n', 0)), Some((Kind::NulCharacter, 10)));
    assert_eq!(refusal(default, &bytes(0xff, b'v')), Some((Kind::IllFormedUtf8, 7)));
}

#[test]
fn an_alias_above_the_maximum_is_refused_at_its_offset() {
    let bytes = b"\x30\x07\x00\x01a\x03\x23\x00\x0b";
    for (maximum, expected) in [
        (0, Some((Kind::TopicAliasOverMaximum, 7))),
        (10, Some((Kind::TopicAliasOverMaximum, 7))),
        (11, None),
        (u16::MAX, None),
    ] {
        assert_eq!(refusal(Decoder::new(Version::V5_0).topic_alias_maximum(maximum), bytes), expected);
    }
}

/// Returns options that are all on, with all limits set. Every value differs from the default.
fn all(version: Option<Version>, sender: Role) -> Options {
    Options {
        version,
        sender: Some(sender),
        max_packet_size: 9,
        topic_alias_maximum: 3,
        refuse_control_characters: true,
        refuse_noncharacters: true,
        require_minimal_lengths: true,
        limit_v3_1_topics: true,
        require_v3_1_text: true,
        refuse_client_server_reference: true,
        accept_bridge: true,
        tolerances: Tolerances::ALL,
    }
}

/// If any two settings are swapped, the decoder stays the same, for all values of the other settings. Therefore every order gives the same
/// decoder.
#[test]
fn the_order_of_the_settings_does_not_matter() {
    let options = all(Some(Version::V5_0), Role::Client);
    for others in 0..1_u32 << SETTINGS.len() {
        let decoder = SETTINGS.iter().enumerate().fold(Decoder::new(Version::V5_0), |decoder, (at, set)| {
            if others >> at & 1 == 1 { set(decoder, &options) } else { decoder }
        });
        for (at, one) in SETTINGS.iter().enumerate() {
            for another in &SETTINGS[..at] {
                let one_first = another(one(decoder, &options), &options);
                assert!(one(another(decoder, &options), &options) == one_first, "{at} after {others:b}");
            }
        }
    }
}

/// The last call of a setting counts. The other settings stay, for every constructor.
#[test]
fn each_setting_changes_only_itself() {
    let versions = [None, Some(Version::V3_1), Some(Version::V3_1_1), Some(Version::V5_0)];
    for version in versions {
        let start = version.map_or(Decoder::detect_version(), Decoder::new);
        let off = Options { sender: Some(Role::Server), ..Options::new(version) };
        let on = all(version, Role::Client);
        let with = |options: &[&Options; SETTINGS.len()]| {
            SETTINGS.iter().zip(options).fold(start, |decoder, (set, options)| set(decoder, options))
        };
        let (all_off, all_on) = (with(&[&off; SETTINGS.len()]), with(&[&on; SETTINGS.len()]));
        for (at, set) in SETTINGS.iter().enumerate() {
            let (mut one_on, mut one_off) = ([&off; SETTINGS.len()], [&on; SETTINGS.len()]);
            (one_on[at], one_off[at]) = (&on, &off);
            let (one_on, one_off) = (with(&one_on), with(&one_off));
            assert_eq!(set(all_off, &on), one_on, "{at}");
            assert_eq!(set(all_on, &off), one_off, "{at}");
            assert_eq!((set(one_on, &off), set(one_off, &on)), (all_off, all_on), "{at}");
            assert_ne!(one_on, all_off, "{at}");
            assert_eq!((all_on.version(), one_off.version()), (version, version));
        }
    }
    let from_client = Decoder::detect_version().sender(Role::Client);
    assert_eq!(Decoder::from_client(), from_client);
    for version in Version::ALL {
        assert_eq!(Decoder::from_server(version), Decoder::new(version).sender(Role::Server));
    }
}

#[test]
fn the_settings_of_encoders_and_peers_can_be_in_any_order() {
    for version in Version::ALL {
        for sender in [Role::Client, Role::Server] {
            let encoder = Encoder::new(version);
            let both = encoder.sender(sender).max_packet_size(9);
            assert_eq!(both, encoder.max_packet_size(9).sender(sender));
            assert_eq!(both, encoder.max_packet_size(7).sender(sender).max_packet_size(9));
            assert_eq!(both.version(), version);
            assert_ne!(both, encoder.sender(sender));
            assert_ne!(both, encoder.max_packet_size(9));
        }
    }
    let both = PeerLimits::NONE.max_packet_size(9).problem_information(false);
    assert_eq!(both, PeerLimits::NONE.problem_information(false).max_packet_size(9));
    assert_ne!(both, PeerLimits::NONE.max_packet_size(9));
    assert_ne!(both, PeerLimits::NONE.problem_information(false));
}
