//! A second decoder: the conformance table as a program.
//!
//! It is slow and obvious, to be checked against the standard by reading it, and shares nothing with the
//! crate but the names of the versions, of the two sides and of what may be tolerated. Fields have the standard's names, and a
//! refusal names the rows of `tests/data/conformance.tsv` that are broken: what the table says of those
//! rows (the kind, the answer) is not said again here. In a rule's name, `*` stands for the packet's.
//!
//! It stops at the first field that is wrong, in the order of the bytes, but for what a later field decides
//! and for a CONNECT's fixed header, which waits for its version. Of several rules that one field breaks any
//! may be reported: all are named. A field begins with its length prefix, of a missing field the place is
//! the end of what should hold it, and of left-over bytes the first.

mod packets;
mod properties;
mod reader;
mod salvage;
mod tolerances;

use mqtt_wire::{Role, Tolerances, Version};
use reader::Reader;
pub use salvage::{Filter, Salvage, salvage};

/// What a decoder knows and is asked to do: [`Decoder`](mqtt_wire::Decoder) has the same.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// `None`: the first CONNECT tells.
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
    /// Nothing is refused that an option or a limit would have to ask for.
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

/// What the first packet of some bytes is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// A packet of this many bytes, in which this was tolerated.
    Accept { used: usize, fields: Fields<'a>, tolerated: Tolerances },
    /// The beginning of a packet; at least this many bytes are missing.
    Incomplete { needed: usize },
    /// No packet, for any of these reasons.
    Reject {
        faults: Faults,
        /// Whose rules are broken: not known of a CONNECT that does not get as far as telling.
        version: Option<Version>,
        /// Of the whole packet, if its Remaining Length can be read.
        packet_len: Option<usize>,
    },
}

/// The fields of a packet with their names, in the order of the wire, and properties in that of their
/// identifiers. What is absent is not there; what the standard has a receiver ignore neither.
pub type Fields<'a> = Vec<(&'static str, Value<'a>)>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// An integer, or bits: 1 and 0 of one.
    Number(u32),
    /// Of a string or of binary data, without the length.
    Bytes(&'a [u8]),
    /// Of a User Property.
    Pair(&'a [u8], &'a [u8]),
}

/// What is wrong: where, with which field, by which row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub offset: usize,
    pub field: &'static str,
    pub rule: String,
}

/// Any of them may be reported.
pub type Faults = Vec<Fault>;

/// The verdict on the first packet of `bytes`.
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
/// Not a packet, but properties have a place there.
const WILL: u8 = 0;

/// As the table's rules call them.
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
