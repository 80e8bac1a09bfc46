//! For scripts: a line in, a line out. The form of both is a contract.

use crate::cli::Checks;
use crate::hex::unhex;
use crate::json::{Hex, Json, Refusal, Secrets};
use mqtt_wire::{DecodeError, Decoder, Encode, FrameLen, Packet, Role, Version};
use serde::Serialize;
use std::io::{self, BufRead, Write};

/// The answer to a line, but for `bad-line`.
#[derive(Serialize)]
struct Verdict<'a> {
    id: &'a str,
    verdict: &'static str,
    packet: Option<Json<'a>>,
    encoded: Option<Hex<'a>>,
    error: Option<Refusal>,
}

/// The answer to a line that is not of the form that `--help` describes.
#[derive(Serialize)]
struct BadLine<'a> {
    id: &'a str,
    verdict: &'static str,
    error: Message,
}

#[derive(Serialize)]
struct Message {
    message: &'static str,
}

/// One line of input, read.
struct Task<'a> {
    id: &'a str,
    version: Version,
    hex: &'a str,
    decoder: Decoder,
}

pub(crate) fn batch(input: &mut impl BufRead, out: &mut impl Write, checks: Checks) -> io::Result<()> {
    let (mut line, mut bytes, mut encoded) = (Vec::new(), Vec::new(), Vec::new());
    while input.read_until(b'\n', &mut line)? > 0 {
        answer(out, &line, checks, &mut bytes, &mut encoded)?;
        line.clear();
    }
    out.flush()
}

/// Answers one line. The two buffers are there to be used again.
fn answer(
    out: &mut impl Write,
    line: &[u8],
    checks: Checks,
    bytes: &mut Vec<u8>,
    encoded: &mut Vec<u8>,
) -> io::Result<()> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let task = Task::read(line, checks).and_then(|task| unhex(task.hex.as_bytes(), bytes).map(|()| task));
    match task {
        Ok(task) => serde_json::to_writer(&mut *out, &task.judge(bytes, encoded))?,
        Err(message) => {
            let id = line.split(|byte| *byte == b'\t').next().unwrap_or(line);
            let id = &*String::from_utf8_lossy(id);
            serde_json::to_writer(
                &mut *out,
                &BadLine { id, verdict: "bad-line", error: Message { message } },
            )?;
        }
    }
    out.write_all(b"\n")
}

impl<'a> Task<'a> {
    fn read(line: &'a [u8], checks: Checks) -> Result<Self, &'static str> {
        let line = std::str::from_utf8(line).map_err(|_| "the line is not UTF-8")?;
        let mut columns = line.split('\t');
        let (Some(id), Some(version), Some(hex)) = (columns.next(), columns.next(), columns.next()) else {
            return Err("a line is ID, VERSION and HEX, with tabs between them");
        };
        let version = match version {
            "3" => Version::V3_1,
            "4" => Version::V3_1_1,
            "5" => Version::V5_0,
            _ => return Err("VERSION is 3, 4 or 5"),
        };
        let sender = match columns.next() {
            None | Some("" | "both") => None,
            Some("client") => Some(Role::Client),
            Some("server") => Some(Role::Server),
            Some(_) => return Err("SENDER is client, server or both"),
        };
        let checks = checks.with(columns.next().unwrap_or(""))?;
        match columns.next() {
            None => Ok(Self { id, version, hex, decoder: checks.decoder(Some(version), sender) }),
            Some(_) => Err("a line has five columns at most"),
        }
    }

    fn judge(mut self, bytes: &'a [u8], encoded: &'a mut Vec<u8>) -> Verdict<'a> {
        let missing = match self.decoder.frame_len(bytes) {
            Ok(FrameLen::Total(len) | FrameLen::AtLeast(len)) => len.saturating_sub(bytes.len()),
            Err(error) => return self.reject(&error),
        };
        if missing > 0 {
            return self.verdict("incomplete", None, None, Some(Refusal::Incomplete { needed: missing }));
        }
        match self.decoder.decode_frame(bytes) {
            Ok(packet) => self.accept(&packet, encoded),
            Err(error) => self.reject(&error),
        }
    }

    fn accept(&self, packet: &Packet<'a>, encoded: &'a mut Vec<u8>) -> Verdict<'a> {
        let version = match packet {
            Packet::Connect(connect) => connect.version,
            _ => self.version,
        };
        // Not every packet that is accepted may be written: DISCONNECT with 0x8C may not.
        let encoded = match packet.encoded_len(version) {
            Ok(len) => {
                encoded.resize(len, 0);
                packet.encode(version, encoded).ok().map(Hex)
            }
            Err(_) => None,
        };
        self.verdict("accept", Some(Json::new(packet, version, Secrets::Shown)), encoded, None)
    }

    fn reject(&self, error: &DecodeError) -> Verdict<'a> {
        self.verdict("reject", None, None, Some(error.into()))
    }

    fn verdict(
        &self,
        verdict: &'static str,
        packet: Option<Json<'a>>,
        encoded: Option<Hex<'a>>,
        error: Option<Refusal>,
    ) -> Verdict<'a> {
        Verdict { id: self.id, verdict, packet, encoded, error }
    }
}

impl Checks {
    /// These, and what the OPTIONS of a line add.
    fn with(mut self, options: &str) -> Result<Self, &'static str> {
        for option in options.split(',').filter(|option| !option.is_empty()) {
            match option.split_once('=') {
                None => self.switch_on(option)?,
                Some(("max_packet", number)) => self.max_packet_size = Some(limit(number)?),
                Some(("alias_max", number)) => self.topic_alias_maximum = Some(limit(number)?),
                Some(_) => return Err("an option that does not exist"),
            }
        }
        Ok(self)
    }

    fn switch_on(&mut self, word: &str) -> Result<(), &'static str> {
        match word {
            "minlen3" => self.require_minimal_lengths = true,
            "control" => self.refuse_control_characters = true,
            "noncharacters" => self.refuse_noncharacters = true,
            "unicode" => {
                self.refuse_control_characters = true;
                self.refuse_noncharacters = true;
            }
            "topic31" => self.limit_v3_1_topics = true,
            "v31text" => self.require_v3_1_text = true,
            "srvref" => self.refuse_client_server_reference = true,
            "bridge" => self.accept_bridge = true,
            "connack3" => {}
            _ => return Err("an option that does not exist"),
        }
        Ok(())
    }
}

fn limit<N: std::str::FromStr>(number: &str) -> Result<N, &'static str> {
    number.parse().map_err(|_| "the number of an option is out of range or no number")
}
