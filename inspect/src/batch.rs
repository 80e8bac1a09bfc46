//! Batch mode for scripts: one line of JSON for each input line. Both formats are stable
//! interfaces.

use crate::cli::{Checks, tolerances};
use crate::json::{Hex, Json, Refusal, Secrets};
use mqtt_wire::stream::FrameLen;
use mqtt_wire::{DecodeError, Decoder, Encode, Packet, Role, Version};
use serde::Serialize;
use std::io::{self, BufRead, Write};

/// The answer to a line. Only `bad-line` has another form.
#[derive(Serialize)]
struct Verdict<'a> {
    id: &'a str,
    verdict: &'static str,
    packet: Option<Json<'a>>,
    encoded: Option<Hex<'a>>,
    /// Why an accepted packet cannot be encoded. Absent if it can be encoded.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_encoded: Option<String>,
    /// The deviations that were tolerated in an accepted packet. Absent if there were none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tolerated: Vec<String>,
    error: Option<Refusal>,
}

/// The answer to a line that does not have the form that `--help` describes.
#[derive(Serialize)]
struct BadLine<'a> {
    id: &'a str,
    verdict: &'static str,
    error: Message,
}

#[derive(Serialize)]
struct Message {
    message: String,
}

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

/// Answers one line. The two buffers are passed in, so that each line reuses their memory.
fn answer(
    out: &mut impl Write,
    line: &[u8],
    checks: Checks,
    bytes: &mut Vec<u8>,
    encoded: &mut Vec<u8>,
) -> io::Result<()> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let task = Task::read(line, checks)
        .and_then(|task| unhex(task.hex.as_bytes(), bytes).map(|()| task).map_err(str::to_owned));
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
    fn read(line: &'a [u8], checks: Checks) -> Result<Self, String> {
        let line = std::str::from_utf8(line).map_err(|_| "the line is not UTF-8")?;
        let mut columns = line.split('\t');
        let (Some(id), Some(version), Some(hex)) = (columns.next(), columns.next(), columns.next()) else {
            return Err("a line needs ID, VERSION and HEX, separated by tabs".to_owned());
        };
        let version = match version {
            "3" => Version::V3_1,
            "4" => Version::V3_1_1,
            "5" => Version::V5_0,
            other => return Err(format!("VERSION must be 3, 4 or 5, not {other:?}")),
        };
        let sender = match columns.next() {
            None | Some("" | "both") => None,
            Some("client") => Some(Role::Client),
            Some("server") => Some(Role::Server),
            Some(other) => return Err(format!("SENDER must be client, server or both, not {other:?}")),
        };
        let checks = checks.with(columns.next().unwrap_or(""))?;
        match columns.next() {
            None => Ok(Self { id, version, hex, decoder: checks.decoder(Some(version), sender) }),
            Some(_) => Err("a line has at most five columns".to_owned()),
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
            Ok(packet) => {
                let tolerated = self.decoder.tolerated(bytes).iter().map(|each| each.to_string()).collect();
                Verdict { tolerated, ..self.accept(&packet, encoded) }
            }
            Err(error) => self.reject(&error),
        }
    }

    fn accept(&self, packet: &Packet<'a>, encoded: &'a mut Vec<u8>) -> Verdict<'a> {
        let version = match packet {
            Packet::Connect(connect) => connect.version,
            _ => self.version,
        };
        // Some accepted packets must not be sent, such as DISCONNECT with 0x8C.
        let written = packet.encoded_len(version).and_then(|len| {
            encoded.resize(len, 0);
            packet.encode(version, encoded)
        });
        let packet = Some(Json::new(packet, version, Secrets::Shown));
        match written {
            Ok(bytes) => self.verdict("accept", packet, Some(Hex(bytes)), None),
            Err(error) => {
                let not_encoded = Some(error.to_string());
                Verdict { not_encoded, ..self.verdict("accept", packet, None, None) }
            }
        }
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
        Verdict { id: self.id, verdict, packet, encoded, not_encoded: None, tolerated: Vec::new(), error }
    }
}

impl Checks {
    /// Adds the OPTIONS of a line to these settings. An option has the same name as on the command line, or a short name.
    fn with(mut self, options: &str) -> Result<Self, String> {
        for option in options.split(',').filter(|option| !option.is_empty()) {
            let (name, number) = match option.split_once('=') {
                Some((name, number)) => (name, Some(number)),
                None => (option, None),
            };
            match (name, number) {
                ("max-packet-size" | "max_packet", Some(number)) => {
                    self.max_packet_size = Some(limit(name, number, u32::MAX)?);
                }
                ("topic-alias-maximum" | "alias_max", Some(number)) => {
                    self.topic_alias_maximum = Some(limit(name, number, u16::MAX)?);
                }
                ("tolerate", Some(name)) => {
                    self.tolerate = Some(self.tolerate.unwrap_or_default() | tolerances(name)?);
                }
                ("tolerate", None) => {
                    return Err("the option \"tolerate\" takes a name: tolerate=NAME".to_owned());
                }
                ("max-packet-size" | "max_packet" | "topic-alias-maximum" | "alias_max", None) => {
                    return Err(format!("the option {name:?} takes a number: {name}=N"));
                }
                _ => {
                    let switch = self.switch(name).ok_or_else(|| format!("there is no option {name:?}"))?;
                    if number.is_some() {
                        return Err(format!("the option {name:?} takes no value"));
                    }
                    switch.into_iter().for_each(|switch| *switch = true);
                }
            }
        }
        Ok(self)
    }

    /// Returns the setting that a word switches on.
    fn switch(&mut self, word: &str) -> Option<Vec<&mut bool>> {
        Some(match word {
            "require-minimal-lengths" | "minlen3" => vec![&mut self.require_minimal_lengths],
            "refuse-control-characters" | "control" => vec![&mut self.refuse_control_characters],
            "refuse-noncharacters" | "noncharacters" => vec![&mut self.refuse_noncharacters],
            "unicode" => vec![&mut self.refuse_control_characters, &mut self.refuse_noncharacters],
            "limit-v3-1-topics" | "topic31" => vec![&mut self.limit_v3_1_topics],
            "require-v3-1-text" | "v31text" => vec![&mut self.require_v3_1_text],
            "refuse-client-server-reference" | "srvref" => vec![&mut self.refuse_client_server_reference],
            "accept-bridge" | "bridge" => vec![&mut self.accept_bridge],
            "connack3" => Vec::new(),
            _ => return None,
        })
    }
}

fn limit<N: std::str::FromStr + std::fmt::Display>(name: &str, number: &str, most: N) -> Result<N, String> {
    number.parse().map_err(|_| format!("the option {name:?} takes a number up to {most}, not {number:?}"))
}

/// Decodes the hexadecimal digits into `bytes`, replacing its content.
fn unhex(digits: &[u8], bytes: &mut Vec<u8>) -> Result<(), &'static str> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    bytes.clear();
    for pair in digits.chunks(2) {
        let [high, low] = pair else { return Err("an odd number of digits") };
        match (digit(*high), digit(*low)) {
            (Some(high), Some(low)) => bytes.push(high << 4 | low),
            _ => return Err("a character is not a hexadecimal digit"),
        }
    }
    Ok(())
}
