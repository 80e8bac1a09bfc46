//! Checks the types of single values: numbers, codes, identifiers, names. The tables of the standard
//! (`tests/data/reason_codes.tsv`, `tests/data/properties.tsv`) say which numbers have a meaning.

use super::iterators::has_what_it_announces;
use mqtt_wire::detect::ProtocolName;
use mqtt_wire::inspect::Format;
use mqtt_wire::property::{MaximumQos, PayloadFormat, PropertyId, SubscriptionId};
use mqtt_wire::reason::*;
use mqtt_wire::topic::TopicAlias;
use mqtt_wire::*;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// The first bytes of the input are taken as a number. Each type either has a value with this number or refuses the number.
pub fn have_one_meaning(bytes: &[u8]) {
    let number = bytes.iter().take(4).fold(0, |number, byte| number << 8 | u32::from(*byte));
    let byte = bytes.first().copied().unwrap_or_default();
    choices(byte);
    numbers(number);
    reason_codes(byte);
    property_ids(byte);
    packet_types(byte);
    versions(bytes);
    tolerances(number);
    deliveries(byte, number as u16);
}

/// A type whose values are numbers. `None`: the standard has no such value.
macro_rules! is_number {
    ($Type:ident($number:ident: $int:ty), $is_legal:expr, $error:expr) => {{
        let (number, expected): ($int, _) = ($number, if $is_legal { Ok($number) } else { Err($error) });
        assert_eq!($Type::new(number).map($Type::get), expected, "{}", stringify!($Type));
        assert_eq!($Type::try_from(number), $Type::new(number));
        if let Ok(value) = $Type::new(number) {
            assert_eq!(<$int>::from(value), number);
        }
    }};
}

fn unknown(what: ValueType) -> ValueError {
    let error = ValueError::Unknown(what);
    is_an_error_of(error, what);
    error
}

fn is_an_error_of(error: ValueError, what: ValueType) {
    assert_eq!(error.value_type(), what);
    assert_eq!(error.to_string(), format!("{what}: {}", error.as_str()));
}

fn choices(byte: u8) {
    is_number!(Qos(byte: u8), byte < 3, unknown(ValueType::Qos));
    is_number!(RetainHandling(byte: u8), byte < 3, unknown(ValueType::RetainHandling));
    is_number!(MaximumQos(byte: u8), byte < 2, unknown(ValueType::MaximumQos));
    is_number!(PayloadFormat(byte: u8), byte < 2, unknown(ValueType::PayloadFormat));
    if let Ok(qos) = Qos::new(byte) {
        assert_eq!(qos.to_string(), byte.to_string());
        assert_eq!(MaximumQos::new(byte).ok().map(Qos::from), (byte < 2).then_some(qos));
    }
    let order = |one: u8, other: u8| (Qos::new(one).unwrap_or_default(), Qos::new(other).unwrap_or_default());
    let (one, other) = order(byte % 3, byte / 3 % 3);
    assert_eq!(one.cmp(&other), one.get().cmp(&other.get()));
}

fn numbers(number: u32) {
    let short = number as u16;
    is_number!(PacketId(short: u16), short != 0, ValueError::Zero(ValueType::PacketId));
    is_number!(TopicAlias(short: u16), short != 0, ValueError::Zero(ValueType::TopicAlias));
    for number in [number, number >> 4, 0, 1, 268_435_455, 268_435_456] {
        let what = ValueType::SubscriptionId;
        let error = if number == 0 { ValueError::Zero(what) } else { ValueError::OutOfRange(what) };
        is_number!(SubscriptionId(number: u32), (1..=268_435_455).contains(&number), error);
        is_an_error_of(error, what);
    }
    assert_eq!((PacketId::MIN.get(), PacketId::MAX.get(), TopicAlias::MAX.get()), (1, 0xffff, 0xffff));
    assert_eq!(SubscriptionId::MAX.get(), 268_435_455);
    if let (Ok(one), Ok(other)) = (PacketId::new(short), PacketId::new((number >> 16) as u16)) {
        assert_eq!(one.cmp(&other), one.get().cmp(&other.get()));
        assert_eq!(one.to_string(), short.to_string());
    }
}

/// The rows of Table 2-6: the code, its names, and for each packet who may send the code there.
static REASON_CODES: LazyLock<Vec<Vec<&str>>> = LazyLock::new(|| {
    let table = include_str!("../../../tests/data/reason_codes.tsv");
    table.lines().skip(1).map(|row| row.split('\t').collect()).collect()
});

/// The cell of a code in a column of the table. Empty: the packet has no such code.
fn who_sends(byte: u8, column: usize) -> &'static str {
    let row = REASON_CODES.iter().find(|row| row[0] == byte.to_string());
    row.and_then(|row| row.get(column)).copied().unwrap_or_default()
}

macro_rules! is_code {
    ($Type:ident, $byte:expr, $column:literal) => {{
        let (byte, senders) = ($byte, who_sends($byte, $column));
        is_number!($Type(byte: u8), !senders.is_empty(), unknown(ValueType::$Type));
        assert_eq!($Type::ALL.iter().filter(|it| it.get() == byte).count(), usize::from(!senders.is_empty()));
        if let Ok(code) = $Type::new(byte) {
            assert_eq!(code.is_error(), byte >= 0x80, "{code}");
            // `!`: only one of two tables of the standard has the code. `s+`: clients send it too.
            let is_sent = |by| senders.contains(by) || matches!(senders, "!" | "s+");
            assert_eq!(code.sent_by(Role::Client), is_sent('c'), "{code:?}");
            assert_eq!(code.sent_by(Role::Server), is_sent('s'), "{code:?}");
            let row = REASON_CODES.iter().find(|row| row[0] == byte.to_string()).expect("a row");
            assert!(row[2].split(" / ").any(|name| name == code.to_string()), "{code}");
        }
    }};
}

fn reason_codes(byte: u8) {
    is_code!(ConnectReason, byte, 3);
    is_code!(PubAckReason, byte, 4);
    is_code!(PubRecReason, byte, 5);
    is_code!(PubRelReason, byte, 6);
    is_code!(PubCompReason, byte, 7);
    is_code!(SubscribeReason, byte, 8);
    is_code!(UnsubscribeReason, byte, 9);
    is_code!(DisconnectReason, byte, 10);
    is_code!(AuthReason, byte, 11);
    // 3.1.1 Table 3.1: the return codes 0 to 5.
    let of_v3 = [0, 0x84, 0x85, 0x88, 0x86, 0x87].get(usize::from(byte));
    let expected = of_v3.copied().ok_or(unknown(ValueType::ConnectReason));
    assert_eq!(ConnectReason::from_v3(byte).map(ConnectReason::get), expected);
    if let Ok(reason) = ConnectReason::new(byte) {
        let place = [0, 0x84, 0x85, 0x88, 0x86, 0x87].iter().position(|code| *code == byte);
        assert_eq!(reason.to_v3().map(usize::from), place);
    }
}

/// The identifier, the name and the type of each property, from the standard's Table 2-4.
fn property_ids(byte: u8) {
    let rows = include_str!("../../../tests/data/properties.tsv").lines().skip(1);
    let mut rows = rows.map(|row| row.split('\t').collect::<Vec<_>>());
    let row = rows.find(|row| row[0] == byte.to_string());
    let expected = if row.is_some() { Ok(byte) } else { Err(unknown(ValueType::PropertyId)) };
    assert_eq!(PropertyId::new(byte).map(PropertyId::get), expected);
    let (Some(row), Ok(id)) = (row, PropertyId::new(byte)) else { return };
    assert_eq!((id.name(), &*id.to_string()), (row[2], row[2]));
    let format = match row[3] {
        "u8" => Format::Byte,
        "u16" => Format::TwoByteInteger,
        "u32" => Format::FourByteInteger,
        "varint" => Format::VariableByteInteger,
        "UTF-8" => Format::Utf8String,
        "string pair" => Format::Utf8StringPair,
        _ if row[2] == "Authentication Data" => Format::Secret,
        _ => Format::BinaryData,
    };
    assert_eq!(id.format(), format, "{id}");
    let places: Vec<_> = PropertyId::ALL.iter().map(|id| id.get()).collect();
    assert!(places.is_sorted() && places.contains(&byte));
}

/// The names of Table 2-1, and who sends the packets: the client, the server, or both.
const PACKETS: [(&str, &str); 15] = [
    ("CONNECT", "c"),
    ("CONNACK", "s"),
    ("PUBLISH", "cs"),
    ("PUBACK", "cs"),
    ("PUBREC", "cs"),
    ("PUBREL", "cs"),
    ("PUBCOMP", "cs"),
    ("SUBSCRIBE", "c"),
    ("SUBACK", "s"),
    ("UNSUBSCRIBE", "c"),
    ("UNSUBACK", "s"),
    ("PINGREQ", "c"),
    ("PINGRESP", "s"),
    ("DISCONNECT", "c"),
    ("AUTH", ""),
];

fn packet_types(byte: u8) {
    let place = usize::from(byte >> 4);
    let found = PacketType::from_first_byte(byte);
    assert_eq!(found.map(|found| found as usize).ok(), (place > 0).then_some(place), "{byte:02x}");
    let Ok(found) = found else { return assert_eq!(found, Err(unknown(ValueType::PacketType))) };
    let (name, senders) = PACKETS[place - 1];
    assert_eq!((found.to_string(), PacketType::ALL[place - 1]), (name.to_owned(), found));
    for version in Version::ALL {
        // In 5.0 a server sends DISCONNECT too, and both send AUTH.
        let both = version == Version::V5_0 && matches!(name, "DISCONNECT" | "AUTH");
        for (role, letter) in [(Role::Client, 'c'), (Role::Server, 's')] {
            let expected = both || senders.contains(letter);
            assert_eq!(found.sent_by(role, version), expected, "{found} {version} {role:?}");
        }
    }
}

/// The versions, their names, their Protocol Names and their levels.
const VERSIONS: [(Version, &str, ProtocolName, u8); 3] = [
    (Version::V3_1, "3.1", ProtocolName::MqIsdp, 3),
    (Version::V3_1_1, "3.1.1", ProtocolName::Mqtt, 4),
    (Version::V5_0, "5.0", ProtocolName::Mqtt, 5),
];

fn versions(bytes: &[u8]) {
    let byte = bytes.first().copied().unwrap_or_default();
    for (version, text, name, level) in VERSIONS {
        assert_eq!((version.to_string(), version.level()), (text.to_owned(), level));
        assert_eq!((text.parse(), version.protocol_name()), (Ok(version), name));
        for level in [byte, level] {
            let found = VERSIONS.into_iter().find(|it| (it.2, it.3) == (name, level)).map(|it| it.0);
            assert_eq!(
                Version::from_name_and_level(name, level),
                found.ok_or(ValueError::Unknown(ValueType::Version))
            );
        }
    }
    assert!(Version::ALL.into_iter().eq(VERSIONS.map(|it| it.0)) && Version::ALL.is_sorted());
    let known = |names: &[&str]| names.iter().any(|name| name.as_bytes() == bytes);
    assert_eq!(ProtocolName::from_bytes(bytes).is_ok(), known(&["MQTT", "MQIsdp"]));
    for name in [ProtocolName::Mqtt, ProtocolName::MqIsdp] {
        assert_eq!(ProtocolName::from_bytes(name.as_str().as_bytes()), Ok(name));
        assert_eq!(name.to_string(), name.as_str());
    }
    let text = String::from_utf8_lossy(bytes);
    assert_eq!(text.parse::<Version>().is_ok(), known(&["3.1", "3.1.1", "5", "5.0"]));
}

/// Tolerances are a set. Each has a name.
fn tolerances(number: u32) {
    let all: Vec<_> = Tolerances::ALL.iter().collect();
    let some = |bits: u32| {
        let places = (0..all.len()).filter(move |place| bits >> place & 1 == 1);
        places.collect::<BTreeSet<_>>()
    };
    let of =
        |places: &BTreeSet<usize>| places.iter().fold(Tolerances::NONE, |set, place| set.union(all[*place]));
    let (one, other) = (some(number), some(number >> 11 | number << 7));
    let (a, b) = (of(&one), of(&other));
    assert_eq!(a.union(b), of(&(&one | &other)));
    assert_eq!(a | b, of(&(&one | &other)));
    let mut joined = a;
    joined |= b;
    assert_eq!((joined, a.without(b)), (a | b, of(&(&one - &other))));
    assert_eq!((a.contains(b), a.is_empty()), (other.is_subset(&one), one.is_empty()));
    assert_eq!(a == b, one == other);
    assert!(has_what_it_announces(a.iter()).into_iter().eq(one.iter().map(|place| all[*place])));
    let names: Vec<_> = a.iter().map(|each| each.to_string()).collect();
    let shown = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    assert_eq!((a.to_string(), format!("{a:?}")), (shown.clone(), format!("Tolerances({shown})")));
    names.iter().zip(a.iter()).for_each(|(name, each)| assert_eq!(Tolerances::by_name(name), Some(each)));
    let groups =
        [("all", Tolerances::ALL), ("devices", Tolerances::DEVICES), ("brokers", Tolerances::BROKERS)];
    groups.iter().for_each(|(name, group)| assert_eq!(Tolerances::by_name(name), Some(*group)));
    assert_eq!(Tolerances::by_name(&shown), (names.len() == 1).then_some(a));
}

/// QoS, Packet Identifier and DUP of a PUBLISH. Only a PUBLISH with an identifier has a DUP.
fn deliveries(byte: u8, id: u16) {
    let (Ok(qos), Ok(id)) = (Qos::new(byte % 3), PacketId::new(id)) else { return };
    let has_id = qos != Qos::AtMostOnce;
    assert!(!Delivery::new(qos, id).dup());
    for dup in [false, true] {
        let delivery = Delivery::new(qos, id).with_dup(dup);
        let parts = (delivery.qos(), delivery.packet_id(), delivery.dup());
        assert_eq!(parts, (qos, has_id.then_some(id), has_id && dup));
        assert_eq!(delivery.with_dup(!dup).dup(), has_id && !dup);
    }
}
