//! The conformance data. Each line is a rule with its statements, the required answers, bytes that break the rule, and
//! their legal neighbours.
//!
//! `conformance.tsv` and `beyond_one_packet.tsv` are copies of the files in `tests/data` of the repository, so that the
//! published package is complete. A test compares the copies with the originals.

use mqtt_wire::{DecodeError, Decoder, Role, Version};

const TABLE: &str = include_str!("conformance.tsv");
const BEYOND: &str = include_str!("beyond_one_packet.tsv");

/// A line of the table.
pub(crate) struct Rule {
    pub(crate) key: &'static str,
    /// The rule as a sentence.
    pub(crate) text: &'static str,
    /// The layer that checks the rule: `codec`, `limit`, `option`, `session` or `encode`.
    pub(crate) layer: &'static str,
    /// Whether the standard states the answer (`spec`), or the answer follows from the standard (`derived`).
    pub(crate) basis: &'static str,
    cells: Vec<(&'static str, &'static str)>,
}

/// Bytes that break a rule or keep it.
#[derive(Debug, Clone)]
pub(crate) struct Example {
    pub(crate) version: Version,
    pub(crate) sender: Role,
    /// Whether the receiver decides if the bytes break the rule.
    pub(crate) is_optional: bool,
    pub(crate) bytes: Vec<u8>,
}

/// Returns all rules, in the order of the table.
pub(crate) fn rules() -> Vec<Rule> {
    let mut lines = TABLE.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    lines.map(|line| Rule::new(names.iter().copied().zip(line.split('\t')).collect())).collect()
}

/// Returns the numbered statements of this version that no single packet can test.
pub(crate) fn beyond_one_packet(version: Version) -> impl Iterator<Item = &'static str> {
    let name = version.to_string();
    let line = BEYOND.lines().find_map(move |line| line.split_once('\t').filter(|(first, _)| *first == name));
    line.map_or("", |(_, statements)| statements).split(' ').filter(|statement| !statement.is_empty())
}

/// Returns the statement of this error. If the error has no numbered statement, returns the section of a rule with the same error.
pub(crate) fn statement_of(error: &DecodeError, version: Version, sender: Role) -> String {
    if let Some(statement) = error.statement() {
        return statement.to_owned();
    }
    let is_same = |example: &Example| {
        let decoded = Decoder::new(version).sender(sender).decode(&example.bytes);
        decoded.is_err_and(|other| {
            (other.kind(), other.packet_type(), other.field())
                == (error.kind(), error.packet_type(), error.field())
        })
    };
    let rule = rules().into_iter().find(|rule| rule.breaking(sender, version).iter().any(is_same));
    rule.map_or("no numbered statement".to_owned(), |rule| rule.statement(version))
}

impl Rule {
    fn new(cells: Vec<(&'static str, &'static str)>) -> Self {
        let cell = |name| cells.iter().find(|cell| cell.0 == name).map_or("", |cell| cell.1);
        Self { key: cell("key"), text: cell("rule"), layer: cell("layer"), basis: cell("basis"), cells }
    }

    fn cell(&self, name: &str) -> &'static str {
        self.cells.iter().find(|cell| cell.0 == name).map_or("", |cell| cell.1)
    }

    /// Returns the names of the versions that have the rule.
    pub(crate) fn versions(&self) -> impl Iterator<Item = &'static str> {
        self.cell("versions").split(' ')
    }

    /// Returns bytes that break the rule, from this sender in this version.
    pub(crate) fn breaking(&self, sender: Role, version: Version) -> Vec<Example> {
        self.examples([("bad_ctx", "bad_hex"), ("bad_ctx_3x", "bad_hex_3x")], sender, version)
    }

    /// Returns the legal neighbours: bytes that differ little and keep the rule.
    pub(crate) fn keeping(&self, sender: Role, version: Version) -> Vec<Example> {
        self.examples([("good_ctx", "good_hex"), ("good_ctx_3x", "good_hex_3x")], sender, version)
    }

    /// If this sender has no example, use the example of the other sender if both directions have the
    /// same rule.
    fn examples(&self, columns: [(&str, &str); 2], sender: Role, version: Version) -> Vec<Example> {
        let cells = columns.iter().map(|(context, hex)| (self.cell(context), self.cell(hex)));
        let examples: Vec<_> = cells
            .filter_map(|(context, hex)| Example::read(context, hex))
            .filter(|example| example.version == version)
            .collect();
        let (own, others): (Vec<_>, Vec<_>) =
            examples.into_iter().partition(|example| example.sender == sender);
        if !own.is_empty() || self.cell("direction") != "both" {
            return own;
        }
        let turned = others.into_iter().filter(|example| {
            let verdict = |sender| {
                Decoder::new(version).sender(sender).decode(&example.bytes).map(|_| ()).map_err(|e| e.kind())
            };
            verdict(Role::Client) == verdict(Role::Server)
        });
        turned.map(|example| Example { sender, ..example }).collect()
    }

    /// Returns the first numbered statement of the rule in this version, or the section if it has no
    /// number.
    pub(crate) fn statement(&self, version: Version) -> String {
        let cell = self.cell(match version {
            Version::V3_1 => "ref_3_1",
            Version::V3_1_1 => "id_3_1_1",
            Version::V5_0 => "id_5_0",
        });
        match cell.split_once('[').and_then(|(_, rest)| rest.split_once(']')) {
            Some((id, _)) => format!("[{id}]"),
            None => {
                // A cell such as `none: §2.2.3 only says how` has no number but a section.
                let (says_none, cell) = cell.strip_prefix("none").map_or((false, cell), |rest| (true, rest));
                let section = cell.trim_start_matches([':', ' ', '(']);
                let end = if says_none { section.find([' ', ',', '(']) } else { section.find([',', '(']) };
                match section[..end.unwrap_or(section.len())].trim() {
                    "" | "—" => "no statement".to_owned(),
                    section => section.to_owned(),
                }
            }
        }
    }

    /// Returns the Reason Codes of 5.0 that the rule lists as answers or as alternatives.
    pub(crate) fn codes(&self) -> Vec<u8> {
        let cells = [self.cell("answer_5_0"), self.cell("answer_5_0_also_acceptable")];
        cells.iter().flat_map(|cell| hex_codes(cell)).collect()
    }
}

/// Returns each `0x81` of a text.
fn hex_codes(text: &str) -> impl Iterator<Item = u8> {
    text.split("0x").skip(1).filter_map(|rest| u8::from_str_radix(rest.get(..2)?, 16).ok())
}

impl Example {
    /// Parses `v5.0 c2s [max_packet=8]` and `30 07 (61*5)`.
    fn read(context: &str, hex: &str) -> Option<Self> {
        let mut words = context.split(' ');
        let version = match words.next()? {
            "v3.1" => Version::V3_1,
            "v3.1.1" => Version::V3_1_1,
            "v5.0" => Version::V5_0,
            _ => return None,
        };
        let sender = match words.next()? {
            "c2s" => Role::Client,
            "s2c" => Role::Server,
            _ => return None,
        };
        Some(Self { version, sender, is_optional: words.next().is_some(), bytes: bytes(hex)? })
    }
}

/// Parses bytes in hex. `(61*32767)` is a byte and its number of repetitions.
fn bytes(hex: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for word in hex.split_whitespace() {
        let (digits, times) = word.trim_matches(['(', ')']).split_once('*').unwrap_or((word, "1"));
        let byte = u8::from_str_radix(digits, 16).ok()?;
        bytes.resize(bytes.len() + times.parse::<usize>().ok()?, byte);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// The repository has the originals in `tests/data`.
    #[test]
    fn the_copies_are_equal_to_the_originals() {
        for (file, copy) in [("conformance.tsv", TABLE), ("beyond_one_packet.tsv", BEYOND)] {
            let package = Path::new(env!("CARGO_MANIFEST_DIR"));
            let Ok(original) = std::fs::read_to_string(package.join("../tests/data").join(file)) else {
                // The published package has no repository around it.
                assert!(!package.join("../tests").exists());
                continue;
            };
            if std::env::var_os("UPDATE").is_some() {
                std::fs::write(package.join("src/check").join(file), original).unwrap();
            } else {
                assert!(copy == original, "{file} differs: UPDATE=1 cargo test -p mqtt-inspect copies");
            }
        }
    }

    #[test]
    fn all_columns_of_a_rule_are_read() {
        let rules = rules();
        assert_eq!(rules.len(), 246);
        let rule = rules.iter().find(|rule| rule.key == "publish-topic-wildcard").unwrap();
        assert_eq!(rule.statement(Version::V5_0), "[MQTT-3.3.2-2]");
        assert_eq!(rule.codes(), [0x82, 0x81, 0x90]);
        let rule = rules.iter().find(|rule| rule.key == "connect-protocol-level").unwrap();
        assert_eq!(rule.statement(Version::V3_1), "§3.1 Response");
        let rule = rules.iter().find(|rule| rule.key == "subscribe-qos-3").unwrap();
        assert_eq!(rule.statement(Version::V5_0), "§3.8.3.1");
        let rule = rules.iter().find(|rule| rule.key == "fh-remaining-length-non-minimal").unwrap();
        assert_eq!(rule.statement(Version::V3_1_1), "§2.2.3");
        let rule = rules.iter().find(|rule| rule.key == "subscribe-shared-name-empty").unwrap();
        assert_eq!(rule.statement(Version::V3_1_1), "no statement");
    }

    #[test]
    fn an_example_of_the_other_sender_is_used_if_the_rule_is_the_same() {
        let rules = rules();
        let example = |key, sender| {
            let rule = rules.iter().find(|rule| rule.key == key).unwrap();
            rule.breaking(sender, Version::V3_1_1)
                .into_iter()
                .map(|example| example.bytes)
                .collect::<Vec<_>>()
        };
        assert_eq!(example("puback-too-short", Role::Client), [b"\x40\x00"]);
        // Examples of the sender come first. A packet that only one end may send is not used for
        // the other end.
        assert!(example("dir-client-only", Role::Client).is_empty());
        assert_eq!(example("publish-topic-utf8", Role::Server), [b"\x30\x03\x00\x01\xff"]);
    }

    #[test]
    fn statements_beyond_one_packet_are_listed() {
        assert!(beyond_one_packet(Version::V5_0).any(|statement| statement == "4.6.0-5"));
        assert!(beyond_one_packet(Version::V3_1_1).count() > 60);
        assert_eq!(beyond_one_packet(Version::V3_1).count(), 0);
    }
}
