//! Compares the crate with the naive decoder: the verdict, the number of used or missing bytes, every field of an accepted
//! packet, the tolerated deviations, and the fault, its place and the answer of a refused packet.

use crate::conformance::expected::{self, Expected};
use crate::conformance::{Rule, rules};
use crate::naive::{Fault, Options, Verdict, naive};
use crate::packet_fields::fields_of;
use mqtt_wire::inspect::Field;
use mqtt_wire::property::PropertyId;
use mqtt_wire::stream::FrameLen;
use mqtt_wire::{
    DecodeError, DecodeErrorKind as Kind, Decoder, Packet, PacketType, Role, Tolerances, Version,
};
use std::collections::{HashMap, HashSet};
use std::mem::{Discriminant, discriminant};
use std::sync::LazyLock;

/// Compares the two decoders on the first packet of `bytes`.
///
/// # Errors
///
/// The difference between the two.
pub fn agree(bytes: &[u8], options: &Options) -> Result<(), String> {
    let mut decoder = decoder(options);
    let expected = naive(bytes, options);
    let frame_len = decoder.frame_len(bytes);
    let decoded = decoder.decode(bytes);
    let difference = match (&expected, &decoded) {
        (Verdict::Accept { used, fields, tolerated }, Ok(Some((packet, rest)))) => {
            let learnt = match packet {
                Packet::Connect(connect) => options.version.or(Some(connect.version)),
                _ => options.version,
            };
            if bytes.len() - rest.len() != *used || frame_len != Ok(FrameLen::Total(*used)) {
                Some("length")
            } else if decoder.version() != learnt {
                Some("version")
            } else if decoder.tolerated(&bytes[..*used]) != *tolerated {
                Some("what was tolerated")
            } else {
                (fields_of(packet) != *fields).then_some("fields")
            }
        }
        (Verdict::Incomplete { needed }, Ok(None)) => match frame_len {
            Ok(FrameLen::Total(len) | FrameLen::AtLeast(len)) if len == bytes.len() + needed => None,
            _ => Some("bytes needed"),
        },
        (Verdict::Reject { faults, version, packet_len }, Err(error)) => {
            // The fixed header gets the same verdict.
            if frame_len.is_err_and(|header| header != *error) {
                Some("frame_len")
            } else if error.packet_len() != *packet_len {
                Some("packet_len")
            } else if version.is_some() && error.version() != *version {
                Some("version")
            } else {
                let is_named = faults.iter().any(|fault| is_the_fault(fault, *version, error, bytes));
                (!is_named).then_some("fault")
            }
        }
        _ => Some("verdict"),
    };
    match difference {
        None => Ok(()),
        Some(difference) => Err(report(difference, bytes, options, &expected, &decoded)),
    }
}

/// Returns a decoder with these options. The order of the calls does not matter.
pub fn decoder(options: &Options) -> Decoder {
    let start = || options.version.map_or(Decoder::detect_version(), Decoder::new);
    let forwards = SETTINGS.iter().fold(start(), |decoder, set| set(decoder, options));
    let backwards = SETTINGS.iter().rev().fold(start(), |decoder, set| set(decoder, options));
    assert_eq!(forwards, backwards, "the order of the settings");
    // The last call decides. Only the sender cannot be removed by a later call.
    let all_others = others(options);
    let others_first = SETTINGS.iter().fold(start(), |decoder, set| set(decoder, &all_others));
    let settled = SETTINGS.iter().fold(others_first, |decoder, set| set(decoder, options));
    assert_eq!(settled, forwards, "settings that were set before");
    forwards
}

/// Returns options that all differ from these options.
fn others(options: &Options) -> Options {
    Options {
        version: options.version,
        sender: options.sender.map(|sender| if sender == Role::Client { Role::Server } else { Role::Client }),
        max_packet_size: !options.max_packet_size,
        topic_alias_maximum: !options.topic_alias_maximum,
        refuse_control_characters: !options.refuse_control_characters,
        refuse_noncharacters: !options.refuse_noncharacters,
        require_minimal_lengths: !options.require_minimal_lengths,
        limit_v3_1_topics: !options.limit_v3_1_topics,
        require_v3_1_text: !options.require_v3_1_text,
        refuse_client_server_reference: !options.refuse_client_server_reference,
        accept_bridge: !options.accept_bridge,
        tolerances: Tolerances::ALL.without(options.tolerances),
    }
}

/// All settings of a decoder.
pub const SETTINGS: [fn(Decoder, &Options) -> Decoder; 11] = [
    |decoder, options| options.sender.map_or(decoder, |sender| decoder.sender(sender)),
    |decoder, options| decoder.max_packet_size(options.max_packet_size),
    |decoder, options| decoder.topic_alias_maximum(options.topic_alias_maximum),
    |decoder, options| decoder.refuse_control_characters(options.refuse_control_characters),
    |decoder, options| decoder.refuse_noncharacters(options.refuse_noncharacters),
    |decoder, options| decoder.require_minimal_lengths(options.require_minimal_lengths),
    |decoder, options| decoder.limit_v3_1_topics(options.limit_v3_1_topics),
    |decoder, options| decoder.require_v3_1_text(options.require_v3_1_text),
    |decoder, options| decoder.refuse_client_server_reference(options.refuse_client_server_reference),
    |decoder, options| decoder.accept_bridge(options.accept_bridge),
    |decoder, options| decoder.tolerate(options.tolerances),
];

/// Whether the crate's error is this fault, according to the table.
fn is_the_fault(fault: &Fault, version: Option<Version>, error: &DecodeError, bytes: &[u8]) -> bool {
    let Some(row) = ROWS.get(fault.rule.as_str()) else { panic!("{} refuses nothing", fault.rule) };
    let code_is_right = match error.reason_code() {
        None => version != Some(Version::V5_0),
        Some(code) => version.is_none_or(|version| version == Version::V5_0) && row.codes.contains(&code),
    };
    error.offset() == fault.offset
        && error.field().name() == fault.field
        && row.kinds.iter().any(|kind| discriminant(kind) == discriminant(&error.kind()))
        && says_what_is_there(error, bytes)
        && code_is_right
        && cites_the_statement(error, &fault.rule, row)
}

/// Whether the error cites a statement of the table: one for such an error, or, if there is none, one for the rule.
fn cites_the_statement(error: &DecodeError, rule: &str, row: &Row) -> bool {
    let cited = error.statement().unwrap_or_default();
    match (STATEMENTS.get(&subject(error)), error.version()) {
        (Some(statements), _) => statements.contains(cited),
        (None, Some(version)) => {
            let statements = &row.statements[version.level() as usize - 3];
            // A rule for strings also holds for string pairs.
            let is_of_pairs = error.field() == PropertyId::UserProperty.into() && cited == "[MQTT-1.5.7-1]";
            let is_cited = statements.is_empty() || statements.iter().any(|statement| statement == cited);
            is_cited || is_of_pairs || expected::also_stated_by(rule, cited)
        }
        (None, None) => true,
    }
}

/// Whether the Protocol Name or Protocol Level in the error is the one in the bytes.
fn says_what_is_there(error: &DecodeError, bytes: &[u8]) -> bool {
    match error.kind() {
        Kind::UnsupportedProtocolLevel { name, level } => {
            bytes[..error.offset()].ends_with(name.as_str().as_bytes()) && bytes[error.offset()] == level
        }
        Kind::UnsupportedProtocolName { level } => {
            let packet = &bytes[..error.packet_len().expect("the packet is whole")];
            let name = &packet[error.offset()..];
            let name_len = usize::from(name[0]) * 256 + usize::from(name[1]);
            name.get(2 + name_len).copied() == level
        }
        _ => true,
    }
}

/// The columns of a rule that refuses packets.
struct Row {
    kinds: &'static [Kind],
    codes: Vec<u8>,
    /// The statements in 3.1, 3.1.1 and 5.0.
    statements: [Vec<String>; 3],
}

static ROWS: LazyLock<HashMap<&str, Row>> = LazyLock::new(|| {
    let row = |rule: &Rule| {
        let kinds = match expected::of(rule.key)? {
            Expected::Refused(kinds, _) => kinds,
            // If the version is unknown, a decoder can see that the packet is the first one.
            Expected::LetThrough if rule.key == "sess-first-packet" => &[Kind::VersionUnknown],
            _ => return None,
        };
        let also = if rule.basis == "derived" { rule.also_acceptable.as_str() } else { "" };
        let codes = codes(rule.answer(Version::V5_0)).chain(codes(also)).collect();
        let statements = Version::ALL.map(|version| rule.statements(version));
        Some((rule.key, Row { kinds, codes, statements }))
    };
    rules().iter().filter_map(row).collect()
});

/// The key of an error. The statement depends only on this key.
type Subject = (Option<Version>, Option<PacketType>, Discriminant<Kind>, Field);

fn subject(error: &DecodeError) -> Subject {
    (error.version(), error.packet_type(), discriminant(&error.kind()), error.field())
}

/// The statements that the table cites for the errors of its examples. Empty if the table cites none.
static STATEMENTS: LazyLock<HashMap<Subject, HashSet<String>>> = LazyLock::new(|| {
    let mut cited: HashMap<_, HashSet<_>> = HashMap::new();
    for rule in rules() {
        if !matches!(expected::of(rule.key), Some(Expected::Refused(..))) {
            continue;
        }
        let examples = rule.breaking();
        for error in examples.iter().filter_map(|example| example.decode().err()) {
            let mut statements = rule.statements(error.version().expect("it is given")).into_iter();
            let cited = cited.entry(subject(&error)).or_default();
            cited.insert(statements.next().unwrap_or_default());
            cited.extend(statements.filter(|statement| expected::also_stated_by(rule.key, statement)));
        }
    }
    cited
});

/// Parses `0x82 0x81`, also inside of text.
fn codes(cell: &str) -> impl Iterator<Item = u8> {
    cell.split("0x").skip(1).map(|code| u8::from_str_radix(&code[..2], 16).expect("two hex digits"))
}

#[cold]
fn report(
    difference: &str,
    bytes: &[u8],
    options: &Options,
    expected: &Verdict<'_>,
    decoded: &Result<Option<(Packet<'_>, &[u8])>, DecodeError>,
) -> String {
    let shown = &bytes[..bytes.len().min(200)];
    let hex: Vec<_> = shown.iter().map(|byte| format!("{byte:02x}")).collect();
    let by = match options.sender {
        None => "either side",
        Some(Role::Client) => "the client",
        Some(Role::Server) => "the server",
    };
    let version = options.version.map_or("any version".to_owned(), |version| version.to_string());
    let (theirs, code) = match decoded {
        Ok(Some((packet, _))) => (format!("{:02x?}", fields_of(packet)), None),
        Ok(None) => ("incomplete".to_owned(), None),
        Err(error) => (format!("{error:02x?}"), error.reason_code()),
    };
    format!(
        "{difference}: {} in {version} by {by}, {options:?}\n   naive: {expected:02x?}\n   crate: {theirs} {code:02x?}",
        hex.join(" ")
    )
}
