//! A second decoder, which implements the conformance table.
//!
//! The decoder is slow and simple, so that a reader can compare it with the standard. The decoder shares only the types of versions, roles
//! and tolerances with the crate. Fields have the standard's names. A refusal names the rows of `tests/data/conformance.tsv` that are
//! broken; the kind and the answer are only in the table. In the name of a rule, `*` stands for the name of the packet.
//!
//! The decoder stops at the first wrong field, in the order of the bytes. There are two exceptions. Some fields can be judged only after a
//! later field. The fixed header of a CONNECT depends on the version in the CONNECT. If one field breaks several rules, a decoder may
//! report any of them, so all are named. A field begins at its length prefix. The place of a missing field is the end of the bytes that
//! should hold it, and the place of left-over bytes is the first of them.

mod packets;
mod properties;
mod reader;
mod salvage;
mod tolerances;

use mqtt_wire::{Role, Tolerances, Version};
use reader::Reader;
pub use salvage::{Filter, Salvage, salvage};

/// The settings of a decoder. [`Decoder`](mqtt_wire::Decoder) has the same ones.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// `None`: the first CONNECT sets the version.
    pub version: Option<Version>,
    pub sender: Option<Role>,
    pub max_packet_size: u32,
    pub topic_alias_maximum: u16,
    pub refuse_control_characters: bool,
    pub refuse_noncharacters: bool,
    pub require_minimal_lengths: bool,
    pub limit_v3_1_topics: bool,
    pub require_v3_1_text: bool,
    pub refuse_client_server_reference: bool,
    pub accept_bridge: bool,
    pub tolerances: Tolerances,
}

impl Options {
    /// Returns options without any limit or switch.
    pub const fn new(version: Option<Version>) -> Self {
        Self {
            version,
            sender: None,
            max_packet_size: u32::MAX,
            topic_alias_maximum: u16::MAX,
            refuse_control_characters: false,
            refuse_noncharacters: false,
            require_minimal_lengths: false,
            limit_v3_1_topics: false,
            require_v3_1_text: false,
            refuse_client_server_reference: false,
            accept_bridge: false,
            tolerances: Tolerances::NONE,
        }
    }
}

/// The verdict on the first packet of some bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// A packet of this many bytes, with these tolerated deviations.
    Accept { used: usize, fields: Fields<'a>, tolerated: Tolerances },
    /// The beginning of a packet. At least this many bytes are missing.
    Incomplete { needed: usize },
    /// The bytes are refused for one of these reasons.
    Reject {
        faults: Faults,
        /// The version whose rules are broken. Unknown if a CONNECT is refused before its version.
        version: Option<Version>,
        /// The length of the whole packet, if its Remaining Length can be read.
        packet_len: Option<usize>,
    },
}

/// The fields of a packet with their names, in the order of the wire. Properties are sorted by their
/// identifiers. Absent fields and ignored fields are left out.
pub type Fields<'a> = Vec<(&'static str, Value<'a>)>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// An integer, or bits. A single bit is 1 or 0.
    Number(u32),
    /// A string or binary data, without the length prefix.
    Bytes(&'a [u8]),
    /// A User Property.
    Pair(&'a [u8], &'a [u8]),
}

/// A fault: its offset, its field and the broken row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub offset: usize,
    pub field: &'static str,
    pub rule: String,
}

/// A decoder may report any of these faults.
pub type Faults = Vec<Fault>;

/// Returns the verdict on the first packet of `bytes`.
pub fn naive<'a>(bytes: &'a [u8], options: &Options) -> Verdict<'a> {
    let mut reader = Reader::new(bytes, options);
    match reader.packet() {
        Ok(verdict) => verdict,
        Err(faults) => Verdict::Reject {
            faults,
            version: reader.version_is_known.then_some(reader.version),
            packet_len: reader.packet_len,
        },
    }
}

// §2.1.2: the packet types.
const CONNECT: u8 = 1;
const CONNACK: u8 = 2;
const PUBLISH: u8 = 3;
const PUBACK: u8 = 4;
const PUBREC: u8 = 5;
const PUBREL: u8 = 6;
const PUBCOMP: u8 = 7;
const SUBSCRIBE: u8 = 8;
const SUBACK: u8 = 9;
const UNSUBSCRIBE: u8 = 10;
const UNSUBACK: u8 = 11;
const PINGREQ: u8 = 12;
const PINGRESP: u8 = 13;
const DISCONNECT: u8 = 14;
const AUTH: u8 = 15;
/// Not a packet type, but the will has a place for properties too.
const WILL: u8 = 0;

/// The names of the packets in the rules of the table.
const NAMES: [&str; 16] = [
    "fh-type-0",
    "connect",
    "connack",
    "publish",
    "puback",
    "pubrec",
    "pubrel",
    "pubcomp",
    "subscribe",
    "suback",
    "unsubscribe",
    "unsuback",
    "pingreq",
    "pingresp",
    "disconnect",
    "auth",
];
