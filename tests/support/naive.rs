//! A second decoder: the conformance table as a program.
//!
//! It is slow and obvious, to be checked against the standard by reading it, and shares nothing with the
//! crate but the names of the versions and of the two sides. Each check names its rule in
//! `tests/data/conformance.tsv`; nothing is refused that an option or a limit would have to ask for.
//!
//! It stops at the first fault. Of several any may be reported, and the order here is that of the bytes,
//! but for the fixed header (length, direction, flags) and for what a later field decides. A field begins
//! with its length prefix, of a missing field the place is the end of what should hold it, and of
//! left-over bytes the first.

use mqtt_wire::{Role, Version};

/// What the first packet of some bytes is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// A packet of this many bytes.
    Accept { used: usize },
    /// The beginning of a packet; at least this many bytes are missing.
    Incomplete { needed: usize },
    /// No packet. `codes` are the reason codes it may be answered with: `None`, no code at all, in 3.x and
    /// for a CONNECT that does not get as far as telling its version.
    Reject { offset: usize, codes: Vec<Option<u8>> },
}

struct Fault(usize, &'static [u8]);

const MALFORMED: &[u8] = &[0x81];
const PROTOCOL_ERROR: &[u8] = &[0x82];
/// The standard names no class.
const EITHER: &[u8] = &[0x82, 0x81];
const BAD_NAME: &[u8] = &[0x82, 0x81, 0x90];
const BAD_FILTER: &[u8] = &[0x82, 0x81, 0x8f];
const UNSUPPORTED: &[u8] = &[0x84];

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

/// The verdict on the first packet of `bytes`.
pub fn naive(bytes: &[u8], version: Version, sender: Option<Role>) -> Verdict {
    let mut reader = Reader { bytes, at: 0, end: bytes.len(), version, sender, version_is_known: true };
    match reader.packet() {
        Ok(verdict) => verdict,
        Err(Fault(offset, codes)) => {
            let no_code = !reader.version_is_known || reader.version != Version::V5_0;
            let a_code = !reader.version_is_known || reader.version == Version::V5_0;
            let mut answers = if a_code { codes.iter().copied().map(Some).collect() } else { Vec::new() };
            if no_code {
                answers.push(None);
            }
            Verdict::Reject { offset, codes: answers }
        }
    }
}

/// The bytes, the place in them, and the end of what is being read: the packet's, or a property block's.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
    version: Version,
    sender: Option<Role>,
    version_is_known: bool,
}

fn refuse_if(bad: bool, offset: usize, codes: &'static [u8]) -> Result<(), Fault> {
    if bad { Err(Fault(offset, codes)) } else { Ok(()) }
}

fn no_nul(text: &[u8], start: usize) -> Result<(), Fault> {
    // utf8-nul
    refuse_if(text.contains(&0), start, MALFORMED)
}

impl<'a> Reader<'a> {
    fn packet(&mut self) -> Result<Verdict, Fault> {
        let Some(first) = self.bytes.first() else { return Ok(Verdict::Incomplete { needed: 2 }) };
        let (packet, flags) = (first >> 4, first & 0x0f);
        self.version_is_known = packet != CONNECT;
        // fh-type-0
        refuse_if(packet == 0, 0, EITHER)?;
        // fh-type-15-v3
        refuse_if(packet == AUTH && self.version != Version::V5_0, 0, MALFORMED)?;

        let mut remaining_length = 0;
        for place in 0.. {
            // fh-remaining-length-too-long
            refuse_if(place == 4, 1, MALFORMED)?;
            // fh-incomplete
            let Some(byte) = self.bytes.get(1 + place) else { return Ok(Verdict::Incomplete { needed: 1 }) };
            remaining_length += usize::from(byte % 128) * 128_usize.pow(place as u32);
            self.at = 1 + place + 1;
            if *byte < 128 {
                break;
            }
        }
        let total = self.at + remaining_length;

        // A CONNECT is judged by its own version, which is behind the fixed header.
        let header = self.at;
        if packet != CONNECT {
            self.length(header)?;
        }
        let (from_client, from_server) =
            (self.sender == Some(Role::Client), self.sender == Some(Role::Server));
        // dir-client-only
        refuse_if([CONNECT, SUBSCRIBE, UNSUBSCRIBE, PINGREQ].contains(&packet) && from_server, 0, EITHER)?;
        // dir-server-only
        refuse_if([CONNACK, SUBACK, UNSUBACK, PINGRESP].contains(&packet) && from_client, 0, EITHER)?;
        // dir-disconnect-from-server-v3
        refuse_if(packet == DISCONNECT && self.version != Version::V5_0 && from_server, 0, EITHER)?;
        if packet != CONNECT {
            self.flags(packet, flags)?;
        }
        // fh-incomplete
        if self.bytes.len() < total {
            return Ok(Verdict::Incomplete { needed: total - self.bytes.len() });
        }

        self.end = total;
        match packet {
            CONNECT => self.connect(flags, header)?,
            CONNACK => self.connack()?,
            PUBLISH => self.publish(flags)?,
            PUBACK | PUBREC | PUBREL | PUBCOMP => self.ack(packet)?,
            SUBSCRIBE | UNSUBSCRIBE => self.filters(packet)?,
            SUBACK | UNSUBACK => self.codes(packet)?,
            DISCONNECT => self.reason_and_properties(packet)?,
            AUTH => self.auth()?,
            _ => {}
        }
        // connect-trailing-bytes, connack-trailing-bytes, connack-length-v3, puback-trailing-bytes,
        // puback-length-v3 and so on, unsuback-length-v3, pingreq-not-empty, pingresp-not-empty,
        // disconnect-trailing-bytes, disconnect-not-empty-v3, auth-trailing-bytes
        let codes = if packet == DISCONNECT { EITHER } else { MALFORMED };
        refuse_if(self.at < self.end, self.at, codes)?;
        Ok(Verdict::Accept { used: total })
    }

    fn length(&self, header: usize) -> Result<(), Fault> {
        // fh-remaining-length-non-minimal
        let padded = header > 2 && self.bytes[header - 1] == 0;
        refuse_if(padded && self.version == Version::V5_0, 1, MALFORMED)
    }

    fn flags(&self, packet: u8, flags: u8) -> Result<(), Fault> {
        let v3_1 = self.version == Version::V3_1;
        let qos = flags >> 1 & 3;
        let two = [PUBREL, SUBSCRIBE, UNSUBSCRIBE].contains(&packet);
        if packet == PUBLISH {
            // publish-qos-3
            refuse_if(qos == 3, 0, MALFORMED)?;
            // publish-dup-qos0
            refuse_if(flags & 8 != 0 && qos == 0 && !v3_1, 0, EITHER)?;
        } else if v3_1 {
            // fh-qos1-v31, fh-flags-v31-ignored
            refuse_if(two && qos != 1, 0, EITHER)?;
        } else {
            // fh-flags-connect and so on
            refuse_if(flags != if two { 2 } else { 0 }, 0, MALFORMED)?;
        }
        Ok(())
    }

    // Fields.

    fn integer(&mut self, len: usize) -> Result<u32, Fault> {
        // prop-value-truncated, connect-truncated, connack-truncated, connack-length-v3,
        // publish-packet-id-missing, puback-too-short and so on, subscribe-truncated, suback-truncated,
        // unsubscribe-truncated, unsuback-truncated
        refuse_if(self.end - self.at < len, self.at, MALFORMED)?;
        let mut value = 0;
        for _ in 0..len {
            value = value * 256 + u32::from(self.bytes[self.at]);
            self.at += 1;
        }
        Ok(value)
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        Ok(self.integer(1)? as u8)
    }

    fn varint(&mut self) -> Result<u32, Fault> {
        let start = self.at;
        let mut value = 0;
        for place in 0..4 {
            // varint-truncated
            refuse_if(self.at == self.end, start, MALFORMED)?;
            let byte = self.byte()?;
            value += u32::from(byte % 128) * 128_u32.pow(place);
            if byte < 128 {
                // varint-non-minimal
                refuse_if(place > 0 && byte == 0, start, MALFORMED)?;
                return Ok(value);
            }
        }
        // varint-too-long
        Err(Fault(start, MALFORMED))
    }

    fn binary(&mut self) -> Result<&'a [u8], Fault> {
        let start = self.at;
        // publish-topic-missing, connect-clientid-missing, connect-will-missing, connect-username-missing,
        // connect-password-missing
        let len = self.integer(2)? as usize;
        // string-length-overrun, binary-length-overrun
        refuse_if(self.end - self.at < len, start, MALFORMED)?;
        self.at += len;
        Ok(&self.bytes[self.at - len..self.at])
    }

    fn utf8(&mut self) -> Result<&'a [u8], Fault> {
        let start = self.at;
        let text = self.binary()?;
        // utf8-ill-formed, utf8-surrogate, string-pair-utf8, connect-clientid-utf8,
        // connect-will-topic-utf8, connect-username-utf8, publish-topic-utf8, publish-content-type-utf8,
        // publish-response-topic-utf8, subscribe-filter-utf8, unsubscribe-filter-utf8
        refuse_if(!is_utf8(text), start, MALFORMED)?;
        Ok(text)
    }

    fn text(&mut self) -> Result<&'a [u8], Fault> {
        let start = self.at;
        let text = self.utf8()?;
        no_nul(text, start)?;
        Ok(text)
    }

    // A name or filter may be wrong in itself and hold a NUL besides: then either may be reported, and the
    // codes for the former have that of the latter among them.

    fn topic_name(&mut self) -> Result<&'a [u8], Fault> {
        let start = self.at;
        let name = self.utf8()?;
        // publish-topic-wildcard, connect-will-topic-wildcard, response-topic-wildcard
        refuse_if(name.contains(&b'+') || name.contains(&b'#'), start, BAD_NAME)?;
        no_nul(name, start)?;
        Ok(name)
    }

    fn topic_filter(&mut self) -> Result<&'a [u8], Fault> {
        let start = self.at;
        let filter = self.utf8()?;
        // subscribe-filter-empty, unsubscribe-filter-empty
        refuse_if(filter.is_empty(), start, BAD_FILTER)?;
        refuse_if(!wildcards_are_right(filter), start, BAD_FILTER)?;
        let shared = filter.strip_prefix(b"$share/").filter(|_| self.version == Version::V5_0);
        if let Some(rest) = shared {
            // subscribe-shared-no-filter, unsubscribe-shared-no-filter
            let slash = rest.iter().position(|byte| *byte == b'/');
            let slash = slash.ok_or(Fault(start, BAD_FILTER))?;
            let (name, inner) = (&rest[..slash], &rest[slash + 1..]);
            // subscribe-shared-name-empty, unsubscribe-shared-name-empty
            refuse_if(name.is_empty(), start, BAD_FILTER)?;
            // subscribe-shared-name-wildcard, unsubscribe-shared-name-wildcard
            refuse_if(name.contains(&b'+') || name.contains(&b'#'), start, BAD_FILTER)?;
            // subscribe-shared-filter-empty, unsubscribe-shared-filter-empty
            refuse_if(inner.is_empty(), start, BAD_FILTER)?;
            // subscribe-shared-inner-filter, unsubscribe-shared-inner-filter
            refuse_if(!wildcards_are_right(inner), start, BAD_FILTER)?;
        }
        no_nul(filter, start)?;
        Ok(filter)
    }

    fn packet_id(&mut self) -> Result<(), Fault> {
        let start = self.at;
        // publish-packet-id-zero, puback-packet-id-zero and so on
        refuse_if(self.integer(2)? == 0, start, EITHER)
    }

    /// The property block, of 5.0 only: the identifiers in it.
    fn properties(&mut self, place: u8) -> Result<Vec<u32>, Fault> {
        let mut seen = Vec::new();
        if self.version != Version::V5_0 {
            return Ok(seen);
        }
        let start = self.at;
        // prop-length-missing, connect-will-missing
        refuse_if(self.at == self.end, start, MALFORMED)?;
        let len = self.varint()? as usize;
        // prop-length-overrun
        refuse_if(self.end - self.at < len, start, MALFORMED)?;
        let end_of_packet = self.end;
        self.end = self.at + len;
        while self.at < self.end {
            let start = self.at;
            let id = self.varint()?;
            // prop-id-unknown
            let (kind, places) = property(id).ok_or(Fault(start, MALFORMED))?;
            // prop-id-wrong-packet, connect-properties-allowed and so on
            refuse_if(!places.contains(&place), start, MALFORMED)?;
            // prop-user-repeat, publish-subid-repeat
            let repeatable = id == 0x26 || id == 0x0b && place == PUBLISH;
            // prop-duplicate, subscribe-subid-duplicate
            refuse_if(seen.contains(&id) && !repeatable, start, PROTOCOL_ERROR)?;
            seen.push(id);
            if id == 0x0b && place == PUBLISH {
                // publish-subid-from-client
                refuse_if(self.sender == Some(Role::Client), start, PROTOCOL_ERROR)?;
            }
            if id == 0x11 && place == DISCONNECT {
                // disconnect-session-expiry-from-server
                refuse_if(self.sender == Some(Role::Server), start, EITHER)?;
            }
            self.property_value(id, kind)?;
        }
        self.end = end_of_packet;
        Ok(seen)
    }

    fn property_value(&mut self, id: u32, kind: Kind) -> Result<(), Fault> {
        let start = self.at;
        let value = match kind {
            Kind::Integer(len) => self.integer(len)?,
            Kind::Varint => self.varint()?,
            Kind::Binary => return self.binary().map(|_| ()),
            Kind::Text => return self.text().map(|_| ()),
            Kind::TopicName => {
                let name = self.topic_name()?;
                // response-topic-empty
                return refuse_if(name.is_empty(), start, BAD_NAME);
            }
            Kind::Pair => {
                self.text()?;
                self.text()?;
                return Ok(());
            }
        };
        match id {
            // prop-payload-format-range
            0x01 => refuse_if(value > 1, start, EITHER),
            // prop-bool-range, prop-maximum-qos-range
            0x17 | 0x19 | 0x24 | 0x25 | 0x28 | 0x29 | 0x2a => refuse_if(value > 1, start, PROTOCOL_ERROR),
            // prop-receive-maximum-zero, prop-maximum-packet-size-zero
            0x21 | 0x27 => refuse_if(value == 0, start, PROTOCOL_ERROR),
            // publish-alias-zero
            0x23 => refuse_if(value == 0, start, &[0x94]),
            // publish-subid-zero, subscribe-subid-zero
            0x0b => refuse_if(value == 0, start, PROTOCOL_ERROR),
            // prop-zero-ok
            _ => Ok(()),
        }
    }

    /// Authentication Data needs Authentication Method.
    fn method_if_data(&self, end_of_block: usize, seen: &[u32]) -> Result<(), Fault> {
        refuse_if(seen.contains(&0x16) && !seen.contains(&0x15), end_of_block, PROTOCOL_ERROR)
    }

    // Packets.

    fn connect(&mut self, flags: u8, header: usize) -> Result<(), Fault> {
        let name_start = self.at;
        let name = self.binary()?;
        // connect-protocol-name
        refuse_if(name != b"MQTT" && name != b"MQIsdp", name_start, UNSUPPORTED)?;
        let level_start = self.at;
        self.version = match (name, self.byte()?) {
            (b"MQIsdp", 3) => Version::V3_1,
            (b"MQTT", 4) => Version::V3_1_1,
            (b"MQTT", 5) => Version::V5_0,
            // connect-protocol-level, connect-name-level-mismatch, connect-bridge-bit
            _ => return Err(Fault(level_start, UNSUPPORTED)),
        };
        self.version_is_known = true;
        self.length(header)?;
        self.flags(CONNECT, flags)?;

        let flags_start = self.at;
        let flags = self.byte()?;
        let (will, user_name, password) = (flags & 0x04 != 0, flags & 0x80 != 0, flags & 0x40 != 0);
        // In 3.1 these bits are not used.
        if self.version != Version::V3_1 {
            // connect-reserved-flag
            refuse_if(flags & 0x01 != 0, flags_start, MALFORMED)?;
            // connect-will-qos-without-flag
            refuse_if(!will && flags & 0x18 != 0, flags_start, EITHER)?;
            // connect-will-retain-without-flag
            refuse_if(!will && flags & 0x20 != 0, flags_start, EITHER)?;
        }
        // connect-will-qos-3
        refuse_if(will && flags & 0x18 == 0x18, flags_start, MALFORMED)?;
        // connect-password-without-username
        let needs_user_name = self.version != Version::V5_0;
        refuse_if(password && !user_name && needs_user_name, flags_start, MALFORMED)?;
        // Keep alive: connect-keep-alive-any
        self.integer(2)?;
        let seen = self.properties(CONNECT)?;
        // connect-auth-data-without-method
        self.method_if_data(self.at, &seen)?;
        // The client identifier: utf8-empty-ok
        self.text()?;
        if will {
            self.properties(WILL)?;
            let start = self.at;
            // connect-will-topic-empty
            refuse_if(self.topic_name()?.is_empty(), start, BAD_NAME)?;
            // The payload: binary-any-bytes
            self.binary()?;
        }
        // connect-username-missing, connect-password-missing: in 3.1 the length of the packet decides.
        if user_name && !(self.version == Version::V3_1 && self.at == self.end) {
            self.text()?;
        }
        if password && !(self.version == Version::V3_1 && self.at == self.end) {
            self.binary()?;
        }
        Ok(())
    }

    fn connack(&mut self) -> Result<(), Fault> {
        let flags_start = self.at;
        let mut flags = self.byte()?;
        if self.version == Version::V3_1 {
            flags = 0; // Not used.
        }
        // connack-flags-reserved
        refuse_if(flags > 1, flags_start, MALFORMED)?;
        let start = self.at;
        let code = self.byte()?;
        if self.version == Version::V5_0 {
            // connack-v3-refusal-to-v5: these four bytes and no others
            refuse_if(self.bytes[..self.end] == [0x20, 2, 0, 1], start, &[0x82, 0x84])?;
            // connack-reason-code
            refuse_if(sent_by(CONNACK, code).is_empty(), start, EITHER)?;
        } else {
            // connack-return-code-v3
            refuse_if(code > 5, start, EITHER)?;
        }
        // connack-session-present-with-error
        refuse_if(flags == 1 && code != 0, flags_start, EITHER)?;
        let seen = self.properties(CONNACK)?;
        if code == 0 {
            // connack-auth-data-without-method
            self.method_if_data(self.at, &seen)?;
        }
        Ok(())
    }

    fn publish(&mut self, flags: u8) -> Result<(), Fault> {
        let start = self.at;
        let topic = self.topic_name()?;
        if flags & 0x06 != 0 {
            self.packet_id()?;
        }
        let seen = self.properties(PUBLISH)?;
        // publish-topic-empty: an alias can stand for it.
        refuse_if(topic.is_empty() && !seen.contains(&0x23), start, PROTOCOL_ERROR)?;
        // publish-payload-empty
        self.at = self.end;
        Ok(())
    }

    /// A reason code, if this side may send it in this packet.
    fn reason(&mut self, packet: u8) -> Result<(), Fault> {
        let start = self.at;
        let senders = sent_by(packet, self.byte()?);
        // puback-reason-code and so on, disconnect-reason-code, auth-reason-code
        refuse_if(senders.is_empty(), start, EITHER)?;
        // puback-no-matching-subscribers-from-client, pubrec-no-matching-subscribers-from-client,
        // disconnect-reason-server-only, auth-success-from-client
        refuse_if(senders == "s" && self.sender == Some(Role::Client), start, PROTOCOL_ERROR)?;
        // disconnect-reason-client-only, auth-reauthenticate-from-server
        refuse_if(senders == "c" && self.sender == Some(Role::Server), start, PROTOCOL_ERROR)
    }

    fn ack(&mut self, packet: u8) -> Result<(), Fault> {
        self.packet_id()?;
        self.reason_and_properties(packet)
    }

    fn reason_and_properties(&mut self, packet: u8) -> Result<(), Fault> {
        // puback-short-forms and so on, disconnect-short-forms
        if self.version == Version::V5_0 && self.at < self.end {
            self.reason(packet)?;
            if self.at < self.end {
                self.properties(packet)?;
            }
        }
        Ok(())
    }

    fn filters(&mut self, packet: u8) -> Result<(), Fault> {
        self.packet_id()?;
        self.properties(packet)?;
        // subscribe-empty, unsubscribe-empty; 3.1 has no such rule.
        refuse_if(self.at == self.end && self.version != Version::V3_1, self.end, PROTOCOL_ERROR)?;
        while self.at < self.end {
            let filter = self.topic_filter()?;
            if packet == UNSUBSCRIBE {
                continue;
            }
            let start = self.at;
            // subscribe-options-missing
            refuse_if(self.at == self.end, start, EITHER)?;
            let options = self.byte()?;
            // subscribe-options-reserved
            let reserved = match self.version {
                Version::V3_1 => 0,
                Version::V3_1_1 => 0xfc,
                Version::V5_0 => 0xc0,
            };
            refuse_if(options & reserved != 0, start, MALFORMED)?;
            // subscribe-qos-3
            refuse_if(options & 0x03 == 3, start, PROTOCOL_ERROR)?;
            if self.version == Version::V5_0 {
                // subscribe-retain-handling-3
                refuse_if(options >> 4 & 0x03 == 3, start, PROTOCOL_ERROR)?;
                // subscribe-no-local-shared
                let shared = filter.starts_with(b"$share/");
                refuse_if(options & 0x04 != 0 && shared, start, PROTOCOL_ERROR)?;
            }
        }
        Ok(())
    }

    fn codes(&mut self, packet: u8) -> Result<(), Fault> {
        self.packet_id()?;
        self.properties(packet)?;
        if packet == UNSUBACK && self.version != Version::V5_0 {
            return Ok(());
        }
        // suback-empty, unsuback-empty
        refuse_if(self.at == self.end, self.end, EITHER)?;
        while self.at < self.end {
            let start = self.at;
            let code = self.byte()?;
            let legal = match self.version {
                // suback-return-code-v31
                Version::V3_1 => code <= 2,
                // suback-return-code-v311
                Version::V3_1_1 => code <= 2 || code == 0x80,
                // suback-reason-code, unsuback-reason-code
                Version::V5_0 => !sent_by(packet, code).is_empty(),
            };
            refuse_if(!legal, start, EITHER)?;
        }
        Ok(())
    }

    fn auth(&mut self) -> Result<(), Fault> {
        if self.at == self.end {
            // auth-short-form: it stands for Success, which auth-success-from-client is about.
            return refuse_if(self.sender == Some(Role::Client), self.end, PROTOCOL_ERROR);
        }
        self.reason(AUTH)?;
        // auth-property-length-missing
        refuse_if(self.at == self.end, self.end, EITHER)?;
        let seen = self.properties(AUTH)?;
        // auth-method-missing
        refuse_if(!seen.contains(&0x15), self.at, PROTOCOL_ERROR)
    }
}

/// RFC 3629, from its definition: the fewest bytes that hold the number, which is at most 10FFFF and no
/// surrogate.
fn is_utf8(mut bytes: &[u8]) -> bool {
    while let Some((first, rest)) = bytes.split_first() {
        let (more, bits, least) = match first {
            0x00..=0x7f => (0, first & 0x7f, 0),
            0xc0..=0xdf => (1, first & 0x1f, 0x80),
            0xe0..=0xef => (2, first & 0x0f, 0x800),
            0xf0..=0xf7 => (3, first & 0x07, 0x1_0000),
            _ => return false,
        };
        if rest.len() < more {
            return false;
        }
        let mut number = u32::from(bits);
        for byte in &rest[..more] {
            if byte >> 6 != 0b10 {
                return false;
            }
            number = number << 6 | u32::from(byte & 0x3f);
        }
        if number < least || number > 0x10_ffff || (0xd800..=0xdfff).contains(&number) {
            return false;
        }
        bytes = &rest[more..];
    }
    true
}

/// subscribe-filter-hash-not-alone, subscribe-filter-hash-not-last, subscribe-filter-plus-not-alone, and
/// the same of unsubscribe: a wildcard fills a level, and `#` the last.
fn wildcards_are_right(filter: &[u8]) -> bool {
    let levels: Vec<&[u8]> = filter.split(|byte| *byte == b'/').collect();
    levels.iter().enumerate().all(|(number, level)| {
        let is_last = number == levels.len() - 1;
        let hash_is_right = !level.contains(&b'#') || *level == b"#" && is_last;
        let plus_is_right = !level.contains(&b'+') || *level == b"+";
        hash_is_right && plus_is_right
    })
}

#[derive(Clone, Copy)]
enum Kind {
    Integer(usize),
    Varint,
    Text,
    TopicName,
    Pair,
    Binary,
}

/// Table 2-4: what a property is and where it may be.
fn property(id: u32) -> Option<(Kind, &'static [u8])> {
    use Kind::{Binary, Integer, Pair, Text, TopicName, Varint};
    // Every packet but the pings, and the will.
    const ANYWHERE: &[u8] = &[WILL, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 15];
    Some(match id {
        0x01 => (Integer(1), &[WILL, PUBLISH]),
        0x02 => (Integer(4), &[WILL, PUBLISH]),
        0x03 => (Text, &[WILL, PUBLISH]),
        0x08 => (TopicName, &[WILL, PUBLISH]),
        0x09 => (Binary, &[WILL, PUBLISH]),
        0x0b => (Varint, &[PUBLISH, SUBSCRIBE]),
        0x11 => (Integer(4), &[CONNECT, CONNACK, DISCONNECT]),
        0x12 => (Text, &[CONNACK]),
        0x13 => (Integer(2), &[CONNACK]),
        0x15 => (Text, &[CONNECT, CONNACK, AUTH]),
        0x16 => (Binary, &[CONNECT, CONNACK, AUTH]),
        0x17 => (Integer(1), &[CONNECT]),
        0x18 => (Integer(4), &[WILL]),
        0x19 => (Integer(1), &[CONNECT]),
        0x1a => (Text, &[CONNACK]),
        0x1c => (Text, &[CONNACK, DISCONNECT]),
        0x1f => (Text, &[CONNACK, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK, DISCONNECT, AUTH]),
        0x21 => (Integer(2), &[CONNECT, CONNACK]),
        0x22 => (Integer(2), &[CONNECT, CONNACK]),
        0x23 => (Integer(2), &[PUBLISH]),
        0x24 | 0x25 | 0x28 | 0x29 | 0x2a => (Integer(1), &[CONNACK]),
        0x26 => (Pair, ANYWHERE),
        0x27 => (Integer(4), &[CONNECT, CONNACK]),
        _ => return None,
    })
}

/// Who may send this reason code in this packet: `c`lient, `s`erver, both, or nobody.
fn sent_by(packet: u8, code: u8) -> &'static str {
    match (packet, code) {
        (CONNACK, 0x00 | 0x80..=0x8a | 0x8c | 0x90 | 0x95 | 0x97 | 0x99..=0x9d | 0x9f) => "s",
        (PUBACK | PUBREC, 0x00 | 0x80 | 0x83 | 0x87 | 0x90 | 0x91 | 0x97 | 0x99) => "cs",
        (PUBACK | PUBREC, 0x10) => "s",
        (PUBREL | PUBCOMP, 0x00 | 0x92) => "cs",
        (SUBACK, 0x00..=0x02 | 0x80 | 0x83 | 0x87 | 0x8f | 0x91 | 0x97 | 0x9e | 0xa1 | 0xa2) => "s",
        (UNSUBACK, 0x00 | 0x11 | 0x80 | 0x83 | 0x87 | 0x8f | 0x91) => "s",
        (DISCONNECT, 0x00 | 0x80..=0x83 | 0x90 | 0x93..=0x99) => "cs",
        // Table 2-6 has 0x8c, Table 3-10 has not; §3.3.4 tells a client to send 0x9b, Table 3-10 a server.
        (DISCONNECT, 0x8c | 0x9b) => "cs",
        (DISCONNECT, 0x04) => "c",
        (DISCONNECT, 0x87 | 0x89 | 0x8b | 0x8d..=0x8f | 0x9a | 0x9c..=0xa2) => "s",
        (AUTH, 0x00) => "s",
        (AUTH, 0x18) => "cs",
        (AUTH, 0x19) => "c",
        _ => "",
    }
}
