//! The answers that the standard prescribes for refused packets. `tests/data/answers.tsv` has the codes of 5.0.
//! [`expected`] decides who may send a code, when, and in which packet.

use mqtt_wire::answer::{Answer, ConnectionState};
use mqtt_wire::reason::{ConnectReason, DisconnectReason};
use mqtt_wire::{DecodeError, DecodeErrorKind as Kind, PacketType, Role, Version};
use std::collections::HashMap;
use std::sync::LazyLock;

/// The Reason Codes of 5.0 for a kind of error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Codes {
    pub connack: u8,
    pub disconnect: u8,
}

/// Returns the answer that `me` sends on a connection of this version.
pub fn expected(
    error: &DecodeError,
    connection: Option<Version>,
    me: Role,
    state: ConnectionState,
) -> Answer {
    let codes = codes(error);
    let disconnect = DisconnectReason::new(codes.disconnect).expect("a code of DISCONNECT");
    let connack = ConnectReason::new(codes.connack).expect("a code of CONNACK");
    match (me, state, connection) {
        // Only a server sends CONNACK, and no DISCONNECT comes before it: §3.1.4, [MQTT-3.14.0-1].
        (Role::Server, ConnectionState::BeforeConnAck, _) => match (error.version(), error.packet_type()) {
            (Some(Version::V5_0), Some(PacketType::Connect | PacketType::Auth)) => Answer::ConnAckV5(connack),
            // [MQTT-3.1.2-2] of 3.1.1
            (Some(Version::V3_1_1), _) if is_unknown_level(error) => {
                Answer::ConnAckV3(ConnectReason::UnsupportedProtocolVersion)
            }
            _ => Answer::Close,
        },
        // A server that answered in 3.x does not understand 5.0.
        (Role::Client, _, _) if error.kind() == Kind::RefusedIn3x => Answer::Close,
        // §4.13.1: the version of the connection decides, also if a second CONNECT names another version.
        (_, _, Some(Version::V5_0)) => Answer::Disconnect(disconnect),
        // [MQTT-4.8.0-1] of 3.1.1
        _ => Answer::Close,
    }
}

fn is_unknown_level(error: &DecodeError) -> bool {
    matches!(error.kind(), Kind::UnsupportedProtocolLevel { .. })
}

/// Returns the row of the table.
pub fn codes(error: &DecodeError) -> Codes {
    let kind = name(error.kind());
    let of = |packet: String| CODES.get(&(kind.clone(), packet));
    let own = error.packet_type().and_then(|packet_type| of(packet_type.to_string()));
    *own.or_else(|| of("any".to_owned())).unwrap_or_else(|| panic!("{kind} has no row"))
}

/// Returns the name of a kind, without the data of its variant.
pub fn name(kind: Kind) -> String {
    format!("{kind:?}").split(' ').next().expect("a name").to_owned()
}

/// Returns the kinds of the table.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    CODES.keys().map(|(kind, _)| kind.as_str())
}

/// The rows by the names of the kind and of the packet.
static CODES: LazyLock<HashMap<(String, String), Codes>> = LazyLock::new(|| {
    let rows = include_str!("../../data/answers.tsv").lines().skip(1);
    let code = |cell: &str| u8::from_str_radix(&cell[2..], 16).expect("two hex digits");
    let row = |row: &str| match row.split('\t').collect::<Vec<_>>()[..] {
        [kind, packet, connack, disconnect, _] => {
            let codes = Codes { connack: code(connack), disconnect: code(disconnect) };
            ((kind.to_owned(), packet.to_owned()), codes)
        }
        _ => panic!("five cells: {row}"),
    };
    rows.map(row).collect()
});
