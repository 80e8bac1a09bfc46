//! Reads `tests/data/conformance.tsv`.

use mqtt_wire::answer::{Answer, ConnectionState};
use mqtt_wire::{DecodeError, Decoder, Packet, PacketType, Role, Version};

const TABLE: &str = include_str!("../../../data/conformance.tsv");

/// One rule: a line of the table.
pub struct Rule {
    pub key: &'static str,
    /// The layer that checks the rule: `codec`, `limit`, `option`, `session` or `encode`.
    pub layer: &'static str,
    pub basis: &'static str,
    pub also_acceptable: String,
    cells: Vec<(&'static str, &'static str)>,
}

/// An example: bytes of the table, and how to decode them.
#[derive(Debug)]
pub struct Example {
    pub version: Version,
    pub sender: Role,
    pub options: Vec<&'static str>,
    /// The bytes as written in the table.
    pub hex: &'static str,
    pub bytes: Vec<u8>,
}

pub fn rules() -> Vec<Rule> {
    let mut lines = TABLE.lines();
    let names: Vec<&str> = lines.next().expect("a heading").split('\t').collect();
    lines.map(|line| Rule::new(names.iter().copied().zip(line.split('\t')).collect())).collect()
}

impl Rule {
    fn new(cells: Vec<(&'static str, &'static str)>) -> Self {
        let mut rule = Self { key: "", layer: "", basis: "", also_acceptable: String::new(), cells };
        rule.key = rule.cell("key");
        rule.layer = rule.cell("layer");
        rule.basis = rule.cell("basis");
        rule.also_acceptable = rule.cell("answer_5_0_also_acceptable").to_owned();
        rule
    }

    pub fn cell(&self, name: &str) -> &'static str {
        self.cells.iter().find(|cell| cell.0 == name).map_or("", |cell| cell.1)
    }

    /// Returns examples that break the rule.
    pub fn breaking(&self) -> Vec<Example> {
        self.examples([("bad_ctx", "bad_hex"), ("bad_ctx_3x", "bad_hex_3x")])
    }

    /// Returns legal neighbours: examples that differ little and keep the rule.
    pub fn keeping(&self) -> Vec<Example> {
        self.examples([("good_ctx", "good_hex"), ("good_ctx_3x", "good_hex_3x")])
    }

    fn examples(&self, columns: [(&str, &str); 2]) -> Vec<Example> {
        let cells = columns.iter().map(|(context, hex)| (self.cell(context), self.cell(hex)));
        cells.filter(|(_, hex)| !hex.is_empty()).map(|(context, hex)| Example::new(context, hex)).collect()
    }

    /// Returns the normative statements of the rule in the numbering of this version, in order.
    pub fn statements(&self, version: Version) -> Vec<String> {
        let cell = match version {
            Version::V3_1 => "",
            Version::V3_1_1 => self.cell("id_3_1_1"),
            Version::V5_0 => self.cell("id_5_0"),
        };
        let bracketed = cell.split('[').skip(1).filter_map(|rest| rest.split(']').next());
        bracketed.map(|id| format!("[{id}]")).collect()
    }

    pub fn answer(&self, version: Version) -> &'static str {
        self.cell(match version {
            Version::V3_1 => "answer_3_1",
            Version::V3_1_1 => "answer_3_1_1",
            Version::V5_0 => "answer_5_0",
        })
    }
}

impl Example {
    /// Parses `v5.0 c2s [max_packet=8]` and `30 07 (61*5)`.
    pub fn new(context: &'static str, hex: &'static str) -> Self {
        let (version, rest) = context.split_once(' ').expect("a version and a direction");
        let (direction, options) = rest.split_once(' ').unwrap_or((rest, ""));
        let version = match version {
            "v3.1" => Version::V3_1,
            "v3.1.1" => Version::V3_1_1,
            "v5.0" => Version::V5_0,
            other => panic!("no such version: {other}"),
        };
        let sender = match direction {
            "c2s" => Role::Client,
            "s2c" => Role::Server,
            other => panic!("no such direction: {other}"),
        };
        let options = options.trim_matches(['[', ']']).split(',').filter(|word| !word.is_empty());
        Self { version, sender, options: options.collect(), hex, bytes: bytes(hex) }
    }

    /// Returns the decoder that the context describes.
    pub fn decoder(&self) -> Decoder {
        let decoder = Decoder::new(self.version).sender(self.sender);
        self.options.iter().fold(decoder, |decoder, option| match *option {
            "max_packet=8" => decoder.max_packet_size(8),
            "alias_max=10" => decoder.topic_alias_maximum(10),
            "minlen3" => decoder.require_minimal_lengths(true),
            "unicode" => decoder.refuse_control_characters(true).refuse_noncharacters(true),
            "topic31" => decoder.limit_v3_1_topics(true),
            "v31text" => decoder.require_v3_1_text(true),
            "srvref" => decoder.refuse_client_server_reference(true),
            "bridge" => decoder.accept_bridge(true),
            // A method of the packet reports this fault, and a kind of error exists for the fault.
            "payload" | "connack3" => decoder,
            other => panic!("no such option: {other}"),
        })
    }

    pub fn decode(&self) -> Result<Option<(Packet<'_>, &[u8])>, DecodeError> {
        self.decoder().decode(&self.bytes)
    }

    /// Returns the answer of the receiver to this refusal. A CONNECT is the first packet; other packets come
    /// later.
    pub fn answer(&self, error: &DecodeError) -> Answer {
        let is_connect = error.packet_type() == Some(PacketType::Connect);
        match self.sender {
            Role::Server => error.answer(Role::Client, ConnectionState::AfterConnAck),
            Role::Client if is_connect => error.answer(Role::Server, ConnectionState::BeforeConnAck),
            Role::Client => error.answer(Role::Server, ConnectionState::AfterConnAck),
        }
    }
}

/// Parses bytes in hex. `(61*32767)` is a byte and its number of repetitions.
fn bytes(hex: &str) -> Vec<u8> {
    let byte = |hex| u8::from_str_radix(hex, 16).expect("two hex digits");
    let words = hex.split_whitespace().map(|word| match word.trim_matches(['(', ')']).split_once('*') {
        Some((hex, times)) => vec![byte(hex); times.parse().expect("a number")],
        None => vec![byte(word)],
    });
    words.flatten().collect()
}
