//! Reads the fields that all packets have in common.

use super::{Fault, Faults, Fields, NAMES, Options, PUBACK, PUBCOMP, PUBLISH, Value};
use mqtt_wire::{Tolerances, Version};
use std::cell::Cell;

/// The bytes, the position, the end of the current part, and the fields so far.
pub struct Reader<'a> {
    pub bytes: &'a [u8],
    pub at: usize,
    /// The end of the packet or of a property block.
    pub end: usize,
    pub in_properties: bool,
    pub options: Options,
    pub packet: u8,
    pub packet_len: Option<usize>,
    pub version: Version,
    pub version_is_known: bool,
    pub fields: Fields<'a>,
    pub tolerated: Cell<Tolerances>,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8], options: &Options) -> Self {
        Self {
            bytes,
            at: 0,
            end: bytes.len(),
            in_properties: false,
            options: *options,
            packet: 0,
            packet_len: None,
            version: options.version.unwrap_or(Version::V5_0),
            version_is_known: options.version.is_some(),
            fields: Vec::new(),
            tolerated: Cell::new(Tolerances::NONE),
        }
    }

    pub fn is_v5(&self) -> bool {
        self.version == Version::V5_0
    }

    pub fn is_v3_1(&self) -> bool {
        self.version == Version::V3_1
    }

    pub fn number(&mut self, field: &'static str, number: impl Into<u32>) {
        self.fields.push((field, Value::Number(number.into())));
    }

    pub fn bytes(&mut self, field: &'static str, bytes: &'a [u8]) {
        self.fields.push((field, Value::Bytes(bytes)));
    }

    // Refusals.

    /// Returns the broken rules at one place that are not tolerated.
    pub fn broken(&self, offset: usize, rules: &[(bool, &'static str, &str)]) -> Faults {
        let mut faults = self.all_broken(offset, rules);
        faults.retain(|fault| !self.tolerates(&fault.rule));
        faults
    }

    /// Returns all broken rules at one place.
    pub fn all_broken(&self, offset: usize, rules: &[(bool, &'static str, &str)]) -> Faults {
        let broken = rules.iter().filter(|(bad, ..)| *bad);
        let fault = |(_, field, rule): &(bool, &'static str, &str)| Fault {
            offset,
            field,
            rule: rule.replace('*', NAMES[usize::from(self.packet)]),
        };
        broken.map(fault).collect()
    }

    pub fn refuse_any(&self, offset: usize, rules: &[(bool, &'static str, &str)]) -> Result<(), Faults> {
        none(self.broken(offset, rules))
    }

    pub fn refuse_if(&self, bad: bool, offset: usize, field: &'static str, rule: &str) -> Result<(), Faults> {
        self.refuse_any(offset, &[(bad, field, rule)])
    }

    pub fn refuse<T>(&self, offset: usize, field: &'static str, rule: &str) -> Result<T, Faults> {
        Err(self.all_broken(offset, &[(true, field, rule)]))
    }

    /// Returns the rule that requires a field.
    fn missing(&self, field: &str) -> &'static str {
        match field {
            _ if self.in_properties => "prop-value-truncated",
            "Topic Name" => "publish-topic-missing",
            "Packet Identifier" if self.packet == PUBLISH => "publish-packet-id-missing",
            "Packet Identifier" if (PUBACK..=PUBCOMP).contains(&self.packet) => "*-too-short",
            "Client Identifier" => "connect-clientid-missing",
            "Will Topic" | "Will Payload" => "connect-will-missing",
            "User Name" => "connect-username-missing",
            "Password" => "connect-password-missing",
            "Subscription Options" => "subscribe-options-missing",
            // connect-truncated, connack-truncated, subscribe-truncated and so on
            _ => "*-truncated",
        }
    }

    // Fields.

    pub fn integer(&mut self, len: usize, field: &'static str) -> Result<u32, Faults> {
        if self.end - self.at < len {
            return self.refuse(self.at, field, self.missing(field));
        }
        let mut value = 0;
        for _ in 0..len {
            value = value * 256 + u32::from(self.bytes[self.at]);
            self.at += 1;
        }
        Ok(value)
    }

    pub fn byte(&mut self, field: &'static str) -> Result<u8, Faults> {
        Ok(self.integer(1, field)? as u8)
    }

    /// §1.5.5.
    pub fn varint(&mut self, field: &'static str) -> Result<u32, Faults> {
        let start = self.at;
        let mut value = 0;
        for place in 0..4 {
            self.refuse_if(self.at == self.end && place == 0, start, field, "prop-value-truncated")?;
            self.refuse_if(self.at == self.end, start, field, "varint-truncated")?;
            let byte = self.byte(field)?;
            value += u32::from(byte % 128) * 128_u32.pow(place);
            if byte < 128 {
                self.refuse_if(place > 0 && byte == 0, start, field, "varint-non-minimal")?;
                return Ok(value);
            }
        }
        self.refuse(start, field, "varint-too-long")
    }

    /// §1.5.6: any bytes, as binary-any-bytes requires.
    pub fn binary(&mut self, field: &'static str) -> Result<&'a [u8], Faults> {
        let start = self.at;
        let len = self.integer(2, field)? as usize;
        // This check also covers the rule string-length-overrun.
        self.refuse_if(self.end - self.at < len, start, field, "binary-length-overrun")?;
        self.at += len;
        Ok(&self.bytes[self.at - len..self.at])
    }

    /// §1.5.4: utf8-empty-ok, utf8-bom-kept.
    pub fn text(&mut self, field: &'static str) -> Result<&'a [u8], Faults> {
        let start = self.at;
        let text = self.binary(field)?;
        self.refuse_any(start, &self.of_text(text, field))?;
        Ok(text)
    }

    /// §1.5.7: the two strings are one field, so a decoder may report either of two bad strings.
    pub fn pair(&mut self, field: &'static str) -> Result<Value<'a>, Faults> {
        let name_start = self.at;
        let name = self.binary(field)?;
        let value_start = self.at;
        let value = self.binary(field);
        let mut faults = self.broken(name_start, &self.of_text(name, field));
        match value {
            Ok(value) => {
                faults.extend(self.broken(value_start, &self.of_text(value, field)));
                none(faults)?;
                Ok(Value::Pair(name, value))
            }
            Err(of_value) => {
                faults.extend(of_value);
                Err(faults)
            }
        }
    }

    pub fn topic_name(&mut self, field: &'static str) -> Result<&'a [u8], Faults> {
        let start = self.at;
        let name = self.binary(field)?;
        let wildcard = match field {
            "Topic Name" => "publish-topic-wildcard",
            "Will Topic" => "connect-will-topic-wildcard",
            _ => "response-topic-wildcard",
        };
        let too_long = self.is_v3_1() && self.options.limit_v3_1_topics && count(name) > 32_767;
        let mut rules = vec![
            (name.contains(&b'+') || name.contains(&b'#'), field, wildcard),
            (too_long, field, "topic-over-32767-v31"),
        ];
        rules.extend(self.of_text(name, field));
        self.refuse_any(start, &rules)?;
        Ok(name)
    }

    /// Checks the rules of §4.7.1. In 5.0, a filter that begins with `$share/` has to obey the rules
    /// of §4.8.2.
    pub fn topic_filter(&mut self) -> Result<&'a [u8], Faults> {
        let field = "Topic Filter";
        let start = self.at;
        let filter = self.binary(field)?;
        let mut rules: Vec<_> = self.of_text(filter, field).into();
        match filter.strip_prefix(b"$share/") {
            Some(rest) if self.is_v5() => {
                let slash = rest.iter().position(|byte| *byte == b'/');
                let (name, inner) = slash.map_or((rest, &[][..]), |at| (&rest[..at], &rest[at + 1..]));
                let wildcard = name.contains(&b'+') || name.contains(&b'#');
                rules.push((name.is_empty(), field, "*-shared-name-empty"));
                rules.push((wildcard, field, "*-shared-name-wildcard"));
                rules.push((slash.is_none(), field, "*-shared-no-filter"));
                rules.push((inner.is_empty(), field, "*-shared-filter-empty"));
                rules.push((Wildcards::of(inner).are_wrong(), field, "*-shared-inner-filter"));
            }
            _ => {
                let wildcards = Wildcards::of(filter);
                rules.push((filter.is_empty(), field, "*-filter-empty"));
                rules.push((wildcards.hash_not_last, field, "*-filter-hash-not-last"));
                rules.push((wildcards.hash_not_alone, field, "*-filter-hash-not-alone"));
                rules.push((wildcards.plus_not_alone, field, "*-filter-plus-not-alone"));
            }
        }
        self.refuse_any(start, &rules)?;
        Ok(filter)
    }

    /// Returns the rules of every string.
    fn of_text(&self, text: &[u8], field: &'static str) -> [(bool, &'static str, &'static str); 4] {
        let characters = characters(text);
        let any = |is: fn(u32) -> bool| characters.iter().flatten().any(|number| is(*number));
        let control = self.options.refuse_control_characters
            && any(|number| matches!(number, 0x01..=0x1f | 0x7f..=0x9f));
        let noncharacter = self.options.refuse_noncharacters
            && any(|number| matches!(number, 0xfdd0..=0xfdef) || number % 0x1_0000 >= 0xfffe);
        [
            // utf8-surrogate, string-pair-utf8, and *-utf8 of each string
            (characters.is_none(), field, "utf8-ill-formed"),
            (text.contains(&0), field, "utf8-nul"),
            (control, field, "utf8-control-chars"),
            (noncharacter, field, "utf8-noncharacters"),
        ]
    }

    /// §2.2.1.
    pub fn packet_id(&mut self) -> Result<(), Faults> {
        let field = "Packet Identifier";
        let start = self.at;
        let mut id = self.integer(2, field)?;
        self.refuse_if(id == 0, start, field, "*-packet-id-zero")?;
        if id == 0 {
            id = 0x8000;
        }
        self.number(field, id);
        Ok(())
    }
}

pub fn none(faults: Faults) -> Result<(), Faults> {
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// Implements the definition of RFC 3629: each character has the fewest bytes that hold it, is at most
/// 10FFFF, and is not a surrogate. Returns `None` for other bytes.
pub fn characters(mut bytes: &[u8]) -> Option<Vec<u32>> {
    // Characters of one byte are read in one step, because long strings have many and a fuzzer
    // traces each step.
    if bytes.is_ascii() {
        return Some(bytes.iter().map(|byte| (*byte).into()).collect());
    }
    let mut characters = Vec::with_capacity(bytes.len());
    while let Some((first, rest)) = bytes.split_first() {
        let (more, bits, least) = match first {
            0x00..=0x7f => (0, first & 0x7f, 0),
            0xc0..=0xdf => (1, first & 0x1f, 0x80),
            0xe0..=0xef => (2, first & 0x0f, 0x800),
            0xf0..=0xf7 => (3, first & 0x07, 0x1_0000),
            _ => return None,
        };
        if rest.len() < more {
            return None;
        }
        let mut number = u32::from(bits);
        for byte in &rest[..more] {
            if byte >> 6 != 0b10 {
                return None;
            }
            number = number << 6 | u32::from(byte & 0x3f);
        }
        if number < least || number > 0x10_ffff || (0xd800..=0xdfff).contains(&number) {
            return None;
        }
        characters.push(number);
        bytes = &rest[more..];
    }
    Some(characters)
}

fn count(text: &[u8]) -> usize {
    characters(text).map_or(0, |characters| characters.len())
}

/// The faults in the wildcards of a filter. A wildcard must fill its level, and `#` must be in the
/// last level.
struct Wildcards {
    hash_not_last: bool,
    hash_not_alone: bool,
    plus_not_alone: bool,
}

impl Wildcards {
    fn of(filter: &[u8]) -> Self {
        if !filter.contains(&b'#') && !filter.contains(&b'+') {
            return Self { hash_not_last: false, hash_not_alone: false, plus_not_alone: false };
        }
        let levels: Vec<&[u8]> = filter.split(|byte| *byte == b'/').collect();
        let not_alone = |wildcard| levels.iter().any(|level| level.contains(&wildcard) && level.len() > 1);
        Self {
            hash_not_last: levels[..levels.len() - 1].iter().any(|level| level.contains(&b'#')),
            hash_not_alone: not_alone(b'#'),
            plus_not_alone: not_alone(b'+'),
        }
    }

    fn are_wrong(&self) -> bool {
        self.hash_not_last || self.hash_not_alone || self.plus_not_alone
    }
}
