//! Tests every cell of the standard's tables: every property in every place, every Reason Code in every
//! packet from either sender, every first byte, every byte of Connect Flags.

use mqtt_wire::detect::{Sniff, sniff};
use mqtt_wire::property::PropertyId;
use mqtt_wire::reason::ConnectReason;
use mqtt_wire::{DecodeError, DecodeErrorKind as Kind, Decoder, PacketType, Role, Version, decode};

/// Returns the names of the columns and the rows of a table.
fn table(text: &'static str) -> (Vec<&'static str>, Vec<Vec<&'static str>>) {
    let mut rows = text.lines().map(|line| line.split('\t').collect());
    (rows.next().expect("a heading"), rows.collect())
}

fn frame(byte_1: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![byte_1, u8::try_from(body.len()).expect("short")];
    bytes.extend_from_slice(body);
    bytes
}

fn verdict(version: Version, sender: Option<Role>, bytes: &[u8]) -> Result<(), DecodeError> {
    let decoder = Decoder::new(version);
    let mut decoder = match sender {
        Some(sender) => decoder.sender(sender),
        None => decoder,
    };
    decoder.decode_frame(bytes).map(drop)
}

/// Returns a 5.0 packet of each type that has properties, with this property block.
fn with_properties(place: &str, block: &[u8]) -> Vec<u8> {
    let block = [&[u8::try_from(block.len()).expect("short")], block].concat();
    let (byte_1, before, after): (u8, &[u8], &[u8]) = match place {
        "connect" => (0x10, b"\x00\x04MQTT\x05\x02\x00\x3c", b"\x00\x01a"),
        "will" => (0x10, b"\x00\x04MQTT\x05\x06\x00\x3c\x00\x00\x01a", b"\x00\x01w\x00\x00"),
        "connack" => (0x20, b"\x00\x00", b""),
        "publish" => (0x30, b"\x00\x01a", b""),
        "puback" => (0x40, b"\x00\x0a\x00", b""),
        "pubrec" => (0x50, b"\x00\x0a\x00", b""),
        "pubrel" => (0x62, b"\x00\x0a\x00", b""),
        "pubcomp" => (0x70, b"\x00\x0a\x00", b""),
        "subscribe" => (0x82, b"\x00\x0a", b"\x00\x01a\x00"),
        "suback" => (0x90, b"\x00\x0a", b"\x00"),
        "unsubscribe" => (0xa2, b"\x00\x0a", b"\x00\x01a"),
        "unsuback" => (0xb0, b"\x00\x0a", b"\x00"),
        "disconnect" => (0xe0, b"\x00", b""),
        "auth" => (0xf0, b"\x18", b""),
        other => panic!("no such place: {other}"),
    };
    frame(byte_1, &[before, &block, after].concat())
}

/// Returns a property with a legal value.
fn property(row: &[&str]) -> Vec<u8> {
    let id: u8 = row[0].parse().expect("a number");
    let value: &[u8] = match row[3] {
        "u8" => b"\x01",
        "u16" => b"\x00\x01",
        "u32" => b"\x00\x00\x00\x01",
        "varint" => b"\x01",
        "UTF-8" | "binary" => b"\x00\x01x",
        "string pair" => b"\x00\x01x\x00\x01y",
        other => panic!("no such type: {other}"),
    };
    [&[id], value].concat()
}

const METHOD: &[u8] = b"\x15\x00\x01m";

/// Returns the other property that AUTH and Authentication Data need.
fn company(place: &str, id: u8) -> &'static [u8] {
    match (place, id) {
        (_, 0x15) => b"",
        ("auth", _) | ("connect" | "connack", 0x16) => METHOD,
        _ => b"",
    }
}

#[test]
fn every_property_is_accepted_exactly_where_table_2_4_allows_it() {
    let (names, rows) = table(include_str!("data/properties.tsv"));
    assert_eq!(rows.len(), 27);
    let places = names.iter().enumerate().filter(|(_, name)| {
        !["id_dec", "id_hex", "name", "type", "repeatable", "value_limits", "direction", "when_absent", "ref"]
            .contains(name)
    });
    let mut cells = 0;
    for (column, place) in places {
        for id in 0..=255u8 {
            let row = rows.iter().find(|row| row[0] == id.to_string());
            let known = row.is_some();
            assert_eq!(PropertyId::new(id).is_ok(), known);
            let property = match row {
                Some(row) => property(row),
                None if id < 0x80 => vec![id, 0],
                // The identifier is a Variable Byte Integer.
                None => vec![id, 0x01, 0],
            };
            let block = [company(place, id), &property].concat();
            let verdict = verdict(Version::V5_0, None, &with_properties(place, &block));
            let expected = match row {
                Some(row) if row[column] == "x" => Ok(()),
                Some(_) => Err(Kind::MisplacedProperty),
                None => Err(Kind::UnknownProperty),
            };
            assert_eq!(verdict.map_err(|error| error.kind()), expected, "{id:#04x} in {place}");
            cells += 1;
        }
    }
    assert_eq!(cells, 14 * 256);
}

#[test]
fn properties_repeat_exactly_where_the_standard_allows_it() {
    let (names, rows) = table(include_str!("data/properties.tsv"));
    for row in &rows {
        let name = PropertyId::new(row[0].parse().expect("a number")).expect("known").name();
        assert_eq!(name, row[2]);
        for (_, place) in names.iter().enumerate().filter(|(column, _)| row[*column] == "x") {
            let id: u8 = row[0].parse().expect("a number");
            let twice = [company(place, id), &property(row), &property(row)].concat();
            let verdict = verdict(Version::V5_0, None, &with_properties(place, &twice));
            let repeats = row[2] == "User Property" || (id == 0x0b && *place == "publish");
            let expected = if repeats { Ok(()) } else { Err(Kind::DuplicateProperty) };
            assert_eq!(verdict.map_err(|error| error.kind()), expected, "{name} twice in {place}");
        }
    }
}

/// Returns a 5.0 packet with this Reason Code.
fn with_reason(packet: &str, code: u8) -> Vec<u8> {
    match packet {
        "CONNACK" => frame(0x20, &[0, code, 0]),
        "PUBACK" => frame(0x40, &[0, 10, code]),
        "PUBREC" => frame(0x50, &[0, 10, code]),
        "PUBREL" => frame(0x62, &[0, 10, code]),
        "PUBCOMP" => frame(0x70, &[0, 10, code]),
        "SUBACK" => frame(0x90, &[0, 10, 0, code]),
        "UNSUBACK" => frame(0xb0, &[0, 10, 0, code]),
        "DISCONNECT" => frame(0xe0, &[code]),
        "AUTH" => frame(0xf0, &[&[code, 4], METHOD].concat()),
        other => panic!("no such packet: {other}"),
    }
}

#[test]
fn every_reason_code_is_accepted_exactly_where_table_2_6_allows_it() {
    let (names, rows) = table(include_str!("data/reason_codes.tsv"));
    let mut cells = 0;
    for (column, packet) in names.iter().enumerate().skip(3) {
        for code in 0..=255u8 {
            let row = rows.iter().find(|row| row[0] == code.to_string());
            let senders = row.map_or("", |row| row[column]);
            for sender in [None, Some(Role::Client), Some(Role::Server)] {
                let may = match (sender, senders) {
                    (_, "") => Err(Kind::InvalidReasonCode),
                    // The packet type itself is for servers only, and is checked first.
                    (Some(Role::Client), "s") | (Some(Role::Server), "c") => Err(Kind::WrongDirection),
                    // `!` and `s+` mark cells where the standard contradicts itself.
                    (_, "s" | "c" | "cs" | "!" | "s+") => Ok(()),
                    other => panic!("no such cell: {other:?}"),
                };
                let server_only = ["CONNACK", "SUBACK", "UNSUBACK"].contains(packet);
                let expected = match sender {
                    Some(Role::Client) if server_only => Err(Kind::WrongDirection),
                    _ => may,
                };
                let verdict = verdict(Version::V5_0, sender, &with_reason(packet, code));
                let verdict = verdict.map_err(|error| error.kind());
                assert_eq!(verdict, expected, "{code:#04x} in {packet} from {sender:?}");
                cells += 1;
            }
        }
    }
    assert_eq!(cells, 9 * 256 * 3);
}

#[test]
fn return_codes_of_3_x_follow_their_tables() {
    for code in 0..=255u8 {
        for version in [Version::V3_1, Version::V3_1_1] {
            let connack = verdict(version, None, &frame(0x20, &[0, code])).is_ok();
            assert_eq!(connack, code <= 5, "{code} in CONNACK");
            assert_eq!(ConnectReason::from_v3(code).is_ok(), code <= 5);
            let suback = verdict(version, None, &frame(0x90, &[0, 10, code])).is_ok();
            assert_eq!(suback, code <= 2 || (code == 0x80 && version == Version::V3_1_1), "{code} in SUBACK");
        }
    }
}

/// Returns a body that is legal after the right first byte.
fn body(packet_type: u8, version: Version) -> &'static [u8] {
    let v5 = version == Version::V5_0;
    match (packet_type, version) {
        (1, Version::V3_1) => b"\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x01a",
        (1, Version::V3_1_1) => b"\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a",
        (1, Version::V5_0) => b"\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x01a",
        (2, _) if v5 => b"\x00\x00\x00",
        (2, _) => b"\x00\x00",
        // With QoS 0 the identifier is a part of the payload.
        (3, _) => b"\x00\x01a\x00\x0a\x00",
        (4..=7, _) => b"\x00\x0a",
        (8, _) if v5 => b"\x00\x0a\x00\x00\x01a\x00",
        (8, _) => b"\x00\x0a\x00\x01a\x00",
        (9, _) if v5 => b"\x00\x0a\x00\x00",
        (9, _) => b"\x00\x0a\x00",
        (10, _) if v5 => b"\x00\x0a\x00\x00\x01a",
        (10, _) => b"\x00\x0a\x00\x01a",
        (11, _) if v5 => b"\x00\x0a\x00\x00",
        (11, _) => b"\x00\x0a",
        _ => b"",
    }
}

#[test]
fn every_first_byte_gets_the_verdict_of_its_table() {
    for version in Version::ALL {
        for byte_1 in 0..=255u8 {
            let (packet_type, flags) = (byte_1 >> 4, byte_1 & 0x0f);
            let v3_1 = version == Version::V3_1;
            let legal = match packet_type {
                0 => false,
                3 => flags & 0b0110 != 0b0110 && (flags & 0b1110 != 0b1000 || v3_1),
                6 | 8 | 10 if v3_1 => flags & 0b0110 == 0b0010,
                6 | 8 | 10 => flags == 0b0010,
                15 => version == Version::V5_0 && flags == 0,
                _ => flags == 0 || v3_1,
            };
            let bytes = frame(byte_1, body(packet_type, version));
            assert_eq!(verdict(version, None, &bytes).is_ok(), legal, "{byte_1:#04x} in {version}");
            // The fixed header decides for every packet except CONNECT, which has its own version.
            if packet_type != 1 && bytes.len() > 2 {
                assert_eq!(
                    decode(version, &bytes[..2]),
                    if legal { Ok(None) } else { decode(version, &bytes) }
                );
            }
        }
    }
}

#[test]
fn every_packet_is_accepted_only_from_its_senders() {
    for version in Version::ALL {
        for packet_type in PacketType::ALL {
            let number = packet_type as u8;
            let flags = if [6, 8, 10].contains(&number) { 0b0010 } else { 0 };
            let bytes = frame(number << 4 | flags, body(number, version));
            let exists = number != 15 || version == Version::V5_0;
            for (role, client) in [(Role::Client, true), (Role::Server, false)] {
                let may = match number {
                    1 | 8 | 10 | 12 => client,
                    2 | 9 | 11 | 13 => !client,
                    14 => client || version == Version::V5_0,
                    // The short form of AUTH means success, which a client does not send.
                    15 => exists && !client,
                    _ => true,
                };
                let verdict = verdict(version, Some(role), &bytes).map_err(|error| error.kind());
                let expected = match (exists, may) {
                    (false, _) => Err(Kind::ReservedPacketType),
                    (_, false) => Err(Kind::WrongDirection),
                    (_, true) => Ok(()),
                };
                assert_eq!(verdict, expected, "{packet_type} from {role:?} in {version}");
            }
        }
    }
}

/// Tests all 256 bytes of Connect Flags, each with exactly the fields that it announces, against the rules.
#[test]
fn every_byte_of_connect_flags_gets_the_verdict_of_the_rules() {
    for version in Version::ALL {
        for flags in 0..=255u8 {
            let v5 = version == Version::V5_0;
            let bit = |number: u8| flags >> number & 1 == 1;
            let (user, password, retain, will, reserved) = (bit(7), bit(6), bit(5), bit(2), bit(0));
            let qos = flags >> 3 & 3;

            let mut body = vec![0, version.protocol_name().as_str().len() as u8];
            body.extend_from_slice(version.protocol_name().as_str().as_bytes());
            body.extend([version.level(), flags, 0, 60]);
            let empty_properties: &[u8] = if v5 { b"\x00" } else { b"" };
            body.extend_from_slice(empty_properties);
            body.extend_from_slice(b"\x00\x01a");
            if will {
                body.extend_from_slice(empty_properties);
                body.extend_from_slice(b"\x00\x01w\x00\x01m");
            }
            if user {
                body.extend_from_slice(b"\x00\x01u");
            }
            if password {
                body.extend_from_slice(b"\x00\x01p");
            }

            let mut legal = true;
            if will && qos == 3 {
                legal = false;
            }
            if version != Version::V3_1 && (reserved || (!will && (qos != 0 || retain))) {
                legal = false;
            }
            if !v5 && password && !user {
                legal = false;
            }
            let verdict = verdict(version, None, &frame(0x10, &body));
            assert_eq!(verdict.is_ok(), legal, "{flags:#010b} in {version}: {verdict:?}");
        }
    }
}

#[test]
fn every_name_and_level_is_detected_and_decoded_alike() {
    for name in ["MQTT", "MQIsdp", "mqtt", "MQTt", "MQIsdP", "", "MQTTX"] {
        for level in 0..=255u8 {
            let known = match (name, level) {
                ("MQIsdp", 3) => Some(Version::V3_1),
                ("MQTT", 4) => Some(Version::V3_1_1),
                ("MQTT", 5) => Some(Version::V5_0),
                _ => None,
            };
            let mut body = vec![0, name.len() as u8];
            body.extend_from_slice(name.as_bytes());
            body.extend([level, 0x02, 0, 60]);
            if known == Some(Version::V5_0) {
                body.push(0);
            }
            body.extend_from_slice(b"\x00\x01a");
            let bytes = frame(0x10, &body);
            let sniffed = match sniff(&bytes) {
                Sniff::Connect(version) => Some(version),
                _ => None,
            };
            assert_eq!(sniffed, known, "{name} {level}");
            for version in Version::ALL {
                assert_eq!(verdict(version, None, &bytes).is_ok(), known.is_some(), "{name} {level}");
            }
        }
    }
}

/// Tests all inputs of up to three bytes in every version. No input causes a panic, and an error
/// stays an error.
#[test]
fn every_input_of_three_bytes_has_a_stable_verdict() {
    for version in Version::ALL {
        for (a, b) in (0..=255).flat_map(|a| (0..=255).map(move |b| (a, b))) {
            // The second byte is the Remaining Length. If it is more than 3, the packet is incomplete, and the value
            // of the third byte does not matter: two values are enough.
            let last = if b > 3 && b < 0x80 { 1 } else { 255 };
            let two = [a, b];
            let short = decode(version, &two);
            for c in 0..=last {
                let three = [a, b, c];
                let long = decode(version, &three);
                match (&short, &long) {
                    // If the first byte is an error, later bytes may still add the length of the packet to the error.
                    (Err(short), Err(long)) => assert_eq!(short.kind(), long.kind()),
                    (Err(_), _) => panic!("{three:02x?}: {short:?}, then {long:?}"),
                    (_, Ok(Some((_, rest)))) => assert!(rest.len() <= 1),
                    _ => {}
                }
            }
        }
    }
}
