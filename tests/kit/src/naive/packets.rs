//! The fixed header, and the fifteen packets (§2.1 and §3).

use super::reader::{Reader, characters, none};
use super::{
    AUTH, CONNACK, CONNECT, DISCONNECT, Faults, PINGREQ, PINGRESP, PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL,
    SUBACK, SUBSCRIBE, UNSUBACK, UNSUBSCRIBE, Verdict, WILL,
};
use mqtt_wire::{Role, Version};

/// The Remaining Length at the beginning of the bytes after byte 1.
enum RemainingLength {
    Unfinished,
    TooLong,
    /// The number, and the number of bytes that it takes.
    Whole(usize, usize),
}

impl<'a> Reader<'a> {
    pub fn packet(&mut self) -> Result<Verdict<'a>, Faults> {
        let Some(first) = self.bytes.first() else { return Ok(Verdict::Incomplete { needed: 2 }) };
        let flags = first & 0x0f;
        self.packet = first >> 4;
        if self.packet == CONNECT {
            // A CONNECT is checked by its own version, which follows the fixed header.
            self.version_is_known = false;
        }
        let length = remaining_length(&self.bytes[1..]);
        if let RemainingLength::Whole(number, bytes) = length {
            self.packet_len = Some(1 + bytes + number);
        }
        self.refuse_if(self.packet == 0, 0, "Packet Type", "fh-type-0")?;
        let first_packet = self.packet == CONNECT || self.version_is_known;
        self.refuse_if(!first_packet, 0, "Packet", "sess-first-packet")?;
        self.refuse_if(self.packet == AUTH && !self.is_v5(), 0, "Packet Type", "fh-type-15-v3")?;
        let (number, bytes) = match length {
            // fh-incomplete
            RemainingLength::Unfinished => return Ok(Verdict::Incomplete { needed: 1 }),
            RemainingLength::TooLong => {
                return self.refuse(1, "Remaining Length", "fh-remaining-length-too-long");
            }
            RemainingLength::Whole(number, bytes) => (number, bytes),
        };
        let header = 1 + bytes;
        let total = header + number;
        self.at = header;
        let mut faults = self.size_and_direction(total);
        if self.packet != CONNECT {
            faults.extend(self.length_and_flags(header, flags));
        }
        none(faults)?;
        // fh-incomplete
        if self.bytes.len() < total {
            return Ok(Verdict::Incomplete { needed: total - self.bytes.len() });
        }

        self.end = total;
        self.number("Packet Type", self.packet);
        match self.packet {
            CONNECT => self.connect(flags, header)?,
            CONNACK => self.connack()?,
            PUBLISH => self.publish(flags)?,
            PUBACK | PUBREC | PUBREL | PUBCOMP => self.ack()?,
            SUBSCRIBE | UNSUBSCRIBE => self.filters()?,
            SUBACK | UNSUBACK => self.codes()?,
            PINGREQ | PINGRESP => {}
            DISCONNECT => self.reason_and_properties()?,
            _ => self.auth()?,
        }
        self.refuse_if(self.at < self.end, self.at, "Packet", self.leftover())?;
        let (fields, tolerated) = (std::mem::take(&mut self.fields), self.tolerated.get());
        Ok(Verdict::Accept { used: total, fields, tolerated })
    }

    fn size_and_direction(&self, total: usize) -> Faults {
        let client_only = [CONNECT, SUBSCRIBE, UNSUBSCRIBE, PINGREQ].contains(&self.packet);
        let server_only = [CONNACK, SUBACK, UNSUBACK, PINGRESP].contains(&self.packet);
        let disconnect_v3 = self.packet == DISCONNECT && !self.is_v5();
        let (client, server) =
            (self.options.sender == Some(Role::Client), self.options.sender == Some(Role::Server));
        let too_large = total > self.options.max_packet_size as usize;
        self.broken(
            0,
            &[
                (too_large, "Packet", "fh-packet-too-large"),
                (client_only && server, "Packet", "dir-client-only"),
                (server_only && client, "Packet", "dir-server-only"),
                (disconnect_v3 && server, "Packet", "dir-disconnect-from-server-v3"),
            ],
        )
    }

    fn length_and_flags(&self, header: usize, flags: u8) -> Faults {
        let padded = header > 2 && self.bytes[header - 1] == 0;
        let minimal = self.is_v5() || self.options.require_minimal_lengths;
        let mut faults =
            self.broken(1, &[(padded && minimal, "Remaining Length", "fh-remaining-length-non-minimal")]);
        let qos = flags >> 1 & 3;
        let two = [PUBREL, SUBSCRIBE, UNSUBSCRIBE].contains(&self.packet);
        faults.extend(if self.packet == PUBLISH {
            let dup = flags & 8 != 0;
            self.broken(
                0,
                &[
                    (qos == 3, "QoS", "publish-qos-3"),
                    (dup && qos == 0 && !self.is_v3_1(), "DUP", "publish-dup-qos0"),
                ],
            )
        } else if self.is_v3_1() {
            // fh-flags-v31-ignored
            self.broken(0, &[(two && qos != 1, "Flags", "fh-qos1-v31")])
        } else {
            self.broken(0, &[(flags != if two { 2 } else { 0 }, "Flags", "fh-flags-*")])
        });
        faults
    }

    /// Returns the rule that no bytes may follow the last field.
    fn leftover(&self) -> &'static str {
        match self.packet {
            PINGREQ | PINGRESP => "*-not-empty",
            DISCONNECT if !self.is_v5() => "disconnect-not-empty-v3",
            CONNECT => "connect-trailing-bytes",
            _ if self.is_v5() => "*-trailing-bytes",
            _ => "*-length-v3",
        }
    }

    fn connect(&mut self, header_flags: u8, header: usize) -> Result<(), Faults> {
        let start = self.at;
        let name = self.binary("Protocol Name")?;
        let known = name == b"MQTT" || name == b"MQIsdp";
        self.refuse_if(!known, start, "Protocol Name", "connect-protocol-name")?;
        let start = self.at;
        let level = self.byte("Protocol Level")?;
        let bridge = matches!((name, level), (b"MQIsdp", 0x83) | (b"MQTT", 0x84));
        self.version = match (name, level) {
            (b"MQIsdp", 3) => Version::V3_1,
            (b"MQTT", 4) => Version::V3_1_1,
            (b"MQTT", 5) => Version::V5_0,
            (b"MQIsdp", 0x83) if self.options.accept_bridge => Version::V3_1,
            (b"MQTT", 0x84) if self.options.accept_bridge => Version::V3_1_1,
            (b"MQTT", 3) if self.tolerates("connect-name-level-mismatch") => Version::V3_1,
            (b"MQIsdp", 4) if self.tolerates("connect-name-level-mismatch") => Version::V3_1_1,
            _ if bridge => return self.refuse(start, "Protocol Level", "connect-bridge-bit"),
            // connect-name-level-mismatch
            _ => return self.refuse(start, "Protocol Level", "connect-protocol-level"),
        };
        self.version_is_known = true;
        none(self.length_and_flags(header, header_flags))?;
        self.bytes("Protocol Name", if self.is_v3_1() { b"MQIsdp" } else { b"MQTT" });
        self.number("Protocol Level", level & 0x7f);
        self.number("Bridge", bridge);

        let flags = self.connect_flags()?;
        let bit = |number: u8| flags >> number & 1 != 0;
        let (user_name, password, will, clean_start) = (bit(7), bit(6), bit(2), bit(1));
        self.number("Clean Start", clean_start);
        // connect-keep-alive-any
        let keep_alive = self.integer(2, "Keep Alive")?;
        self.number("Keep Alive", keep_alive);
        let seen = self.properties(CONNECT)?;
        self.method_if_data(&seen, "connect-auth-data-without-method")?;
        let client_id = self.text("Client Identifier")?;
        self.bytes("Client Identifier", client_id);
        if will {
            self.will(flags)?;
        }
        // connect-username-missing, connect-password-missing: in 3.1 the length of the packet decides.
        if user_name && !(self.is_v3_1() && self.at == self.end) {
            let user_name = self.text("User Name")?;
            self.bytes("User Name", user_name);
        }
        if password && !(self.is_v3_1() && self.at == self.end) {
            let start = self.at;
            let password = self.binary("Password")?;
            let ill_formed = self.v3_1_text() && characters(password).is_none();
            self.refuse_if(ill_formed, start, "Password", "utf8-ill-formed")?;
            if !user_name && !self.is_v5() {
                self.bytes("User Name", b"");
            }
            self.bytes("Password", password);
        }
        Ok(())
    }

    fn connect_flags(&mut self) -> Result<u8, Faults> {
        let start = self.at;
        let flags = self.byte("Connect Flags")?;
        let (will, user_name, password) = (flags & 0x04 != 0, flags & 0x80 != 0, flags & 0x40 != 0);
        // 3.1 does not use these bits.
        let used = !self.is_v3_1();
        let needs_user_name = !self.is_v5();
        self.refuse_any(
            start,
            &[
                (used && flags & 0x01 != 0, "Connect Flags", "connect-reserved-flag"),
                (used && !will && flags & 0x18 != 0, "Will QoS", "connect-will-qos-without-flag"),
                (used && !will && flags & 0x20 != 0, "Will Retain", "connect-will-retain-without-flag"),
                (will && flags & 0x18 == 0x18, "Will QoS", "connect-will-qos-3"),
                (
                    password && !user_name && needs_user_name,
                    "Password Flag",
                    "connect-password-without-username",
                ),
            ],
        )?;
        Ok(flags)
    }

    fn will(&mut self, flags: u8) -> Result<(), Faults> {
        let before = self.fields.len();
        self.number("Will QoS", flags >> 3 & 3);
        self.number("Will Retain", flags >> 5 & 1);
        self.properties(WILL)?;
        let start = self.at;
        let topic = self.topic_name("Will Topic")?;
        self.refuse_if(topic.is_empty(), start, "Will Topic", "connect-will-topic-empty")?;
        self.bytes("Will Topic", topic);
        let start = self.at;
        let payload = self.binary("Will Payload")?;
        let not_ascii = self.v3_1_text() && payload.iter().any(|byte| *byte > 0x7f);
        self.refuse_if(not_ascii, start, "Will Payload", "connect-will-message-v31-ascii")?;
        self.bytes("Will Payload", payload);
        // The empty topic is tolerated: there is no will.
        if topic.is_empty() {
            self.fields.truncate(before);
        }
        Ok(())
    }

    fn v3_1_text(&self) -> bool {
        self.is_v3_1() && self.options.require_v3_1_text
    }

    /// Authentication Data needs Authentication Method.
    fn method_if_data(&self, seen: &[u32], rule: &str) -> Result<(), Faults> {
        let alone = seen.contains(&0x16) && !seen.contains(&0x15);
        self.refuse_if(alone, self.at, "Authentication Method", rule)
    }

    fn connack(&mut self) -> Result<(), Faults> {
        let flags_start = self.at;
        let mut flags = self.byte("Acknowledge Flags")?;
        if self.is_v3_1() {
            flags = 0; // 3.1 does not use them.
        }
        self.refuse_if(flags > 1, flags_start, "Acknowledge Flags", "connack-flags-reserved")?;
        let start = self.at;
        let mut code = self.byte("Reason Code")?;
        if self.is_v5() {
            let refused_in_3x = self.bytes[flags_start..self.end] == [0, 1];
            self.refuse_if(refused_in_3x, start, "Reason Code", "connack-v3-refusal-to-v5")?;
            let unknown = sent_by(CONNACK, code).is_empty();
            self.refuse_if(unknown, start, "Reason Code", "connack-reason-code")?;
        } else {
            self.refuse_if(code > 5, start, "Reason Code", "connack-return-code-v3")?;
            // The names that 5.0 gives to the return codes of 3.1 and 3.1.1.
            code = [0x00, 0x84, 0x85, 0x88, 0x86, 0x87][usize::from(code)];
        }
        let session = flags == 1 && code != 0;
        self.refuse_if(session, flags_start, "Session Present", "connack-session-present-with-error")?;
        if session {
            flags = 0;
        }
        self.number("Session Present", flags);
        self.number("Reason Code", code);
        let seen = self.properties(CONNACK)?;
        if code == 0 {
            self.method_if_data(&seen, "connack-auth-data-without-method")?;
        }
        Ok(())
    }

    fn publish(&mut self, flags: u8) -> Result<(), Faults> {
        let qos = flags >> 1 & 3;
        // In 3.1, DUP with QoS 0 has no meaning.
        self.number("DUP", flags & 8 != 0 && qos > 0);
        self.number("QoS", qos);
        self.number("RETAIN", flags & 1);
        let start = self.at;
        let topic = self.topic_name("Topic Name")?;
        // In 5.0 the Topic Alias decides whether the topic may be empty.
        self.refuse_if(topic.is_empty() && !self.is_v5(), start, "Topic Name", "publish-topic-empty")?;
        if !topic.is_empty() {
            self.bytes("Topic Name", topic);
        }
        if qos > 0 {
            self.packet_id()?;
        }
        let seen = self.properties(PUBLISH)?;
        // A Topic Alias can replace the topic.
        let no_topic = topic.is_empty() && !seen.contains(&0x23);
        self.refuse_if(no_topic, start, "Topic Name", "publish-topic-empty")?;
        // publish-payload-empty
        let payload = &self.bytes[self.at..self.end];
        self.bytes("Payload", payload);
        self.at = self.end;
        Ok(())
    }

    /// Reads a Reason Code, and checks that this side may send it in this packet.
    fn reason(&mut self) -> Result<(), Faults> {
        let field = "Reason Code";
        let start = self.at;
        let code = self.byte(field)?;
        let senders = sent_by(self.packet, code);
        self.refuse_if(senders.is_empty(), start, field, "*-reason-code")?;
        let (client, server) =
            (self.options.sender == Some(Role::Client), self.options.sender == Some(Role::Server));
        let (from_client, from_server) = match self.packet {
            DISCONNECT => ("disconnect-reason-server-only", "disconnect-reason-client-only"),
            AUTH => ("auth-success-from-client", "auth-reauthenticate-from-server"),
            _ => ("*-no-matching-subscribers-from-client", ""),
        };
        self.refuse_any(
            start,
            &[(senders == "s" && client, field, from_client), (senders == "c" && server, field, from_server)],
        )?;
        self.number(field, code);
        Ok(())
    }

    fn ack(&mut self) -> Result<(), Faults> {
        self.packet_id()?;
        self.reason_and_properties()
    }

    fn reason_and_properties(&mut self) -> Result<(), Faults> {
        // puback-short-forms and so on, disconnect-short-forms: a missing code means success.
        if !self.is_v5() || self.at == self.end {
            self.number("Reason Code", 0_u8);
            return Ok(());
        }
        self.reason()?;
        if self.at < self.end {
            self.properties(self.packet)?;
        }
        Ok(())
    }

    fn filters(&mut self) -> Result<(), Faults> {
        self.packet_id()?;
        self.properties(self.packet)?;
        // 3.1 lacks this rule.
        let empty = self.at == self.end && !self.is_v3_1();
        self.refuse_if(empty, self.end, "Topic Filters", "*-empty")?;
        while self.at < self.end {
            let filter = self.topic_filter()?;
            self.bytes("Topic Filter", filter);
            if self.packet == SUBSCRIBE {
                self.options_of(filter)?;
            }
        }
        Ok(())
    }

    pub fn options_of(&mut self, filter: &[u8]) -> Result<(), Faults> {
        let start = self.at;
        let mut options = self.byte("Subscription Options")?;
        let reserved = match self.version {
            Version::V3_1 => 0,
            Version::V3_1_1 => 0xfc,
            Version::V5_0 => 0xc0,
        };
        if self.is_v3_1() {
            options &= 0x03; // 3.1 does not use the other bits.
        }
        let (qos, handling) = (options & 3, options >> 4 & 3);
        let (no_local, as_published) = (options >> 2 & 1, options >> 3 & 1);
        let shared = filter.starts_with(b"$share/");
        self.refuse_any(
            start,
            &[
                (options & reserved != 0, "Subscription Options", "subscribe-options-reserved"),
                (qos == 3, "QoS", "subscribe-qos-3"),
                (self.is_v5() && handling == 3, "Retain Handling", "subscribe-retain-handling-3"),
                (self.is_v5() && no_local == 1 && shared, "No Local", "subscribe-no-local-shared"),
            ],
        )?;
        let (handling, as_published, no_local) =
            if self.is_v5() { (handling, as_published, no_local) } else { (0, 0, 0) };
        self.number("Retain Handling", handling);
        self.number("Retain As Published", as_published);
        self.number("No Local", no_local);
        self.number("QoS", qos);
        Ok(())
    }

    fn codes(&mut self) -> Result<(), Faults> {
        self.packet_id()?;
        self.properties(self.packet)?;
        if self.packet == UNSUBACK && !self.is_v5() {
            return Ok(());
        }
        self.refuse_if(self.at == self.end, self.end, "Reason Codes", "*-empty")?;
        while self.at < self.end {
            let start = self.at;
            let mut code = self.byte("Reason Code")?;
            let (legal, rule) = match self.version {
                Version::V3_1 => (code <= 2, "suback-return-code-v31"),
                Version::V3_1_1 => (code <= 2 || code == 0x80, "suback-return-code-v311"),
                Version::V5_0 => (!sent_by(self.packet, code).is_empty(), "*-reason-code"),
            };
            self.refuse_if(!legal, start, "Reason Code", rule)?;
            if !legal {
                code = 0x80;
            }
            self.number("Reason Code", code);
        }
        Ok(())
    }

    fn auth(&mut self) -> Result<(), Faults> {
        if self.at == self.end {
            // auth-short-form: the short form means Success.
            let client = self.options.sender == Some(Role::Client);
            self.refuse_if(client, self.end, "Reason Code", "auth-success-from-client")?;
            self.number("Reason Code", 0_u8);
            return Ok(());
        }
        self.reason()?;
        let seen = self.properties(AUTH)?;
        self.refuse_if(!seen.contains(&0x15), self.at, "Authentication Method", "auth-method-missing")
    }
}

/// §2.1.4 (3.1.1: §2.2.3).
fn remaining_length(bytes: &[u8]) -> RemainingLength {
    let mut number = 0;
    for (place, byte) in bytes.iter().take(4).enumerate() {
        number += usize::from(byte % 128) * 128_usize.pow(place as u32);
        if *byte < 128 {
            return RemainingLength::Whole(number, place + 1);
        }
    }
    if bytes.len() < 4 { RemainingLength::Unfinished } else { RemainingLength::TooLong }
}

/// Returns who may send this Reason Code in this packet: `c`lient, `s`erver, both, or nobody.
fn sent_by(packet: u8, code: u8) -> &'static str {
    match (packet, code) {
        (CONNACK, 0x00 | 0x80..=0x8a | 0x8c | 0x90 | 0x95 | 0x97 | 0x99..=0x9d | 0x9f) => "s",
        (PUBACK | PUBREC, 0x00 | 0x80 | 0x83 | 0x87 | 0x90 | 0x91 | 0x97 | 0x99) => "cs",
        (PUBACK | PUBREC, 0x10) => "s",
        (PUBREL | PUBCOMP, 0x00 | 0x92) => "cs",
        (SUBACK, 0x00..=0x02 | 0x80 | 0x83 | 0x87 | 0x8f | 0x91 | 0x97 | 0x9e | 0xa1 | 0xa2) => "s",
        (UNSUBACK, 0x00 | 0x11 | 0x80 | 0x83 | 0x87 | 0x8f | 0x91) => "s",
        (DISCONNECT, 0x00 | 0x80..=0x83 | 0x90 | 0x93..=0x99) => "cs",
        // Table 2-6 lists 0x8c, but Table 3-10 does not. §3.3.4 requires 0x9b from clients, but Table 3-10
        // allows it for servers only.
        (DISCONNECT, 0x8c | 0x9b) => "cs",
        (DISCONNECT, 0x04) => "c",
        (DISCONNECT, 0x87 | 0x89 | 0x8b | 0x8d..=0x8f | 0x9a | 0x9c..=0xa2) => "s",
        (AUTH, 0x00) => "s",
        (AUTH, 0x18) => "cs",
        (AUTH, 0x19) => "c",
        _ => "",
    }
}
