//! Shows what is in MQTT packets: field by field for people, a line of JSON each for scripts.
//!
//! ```text
//! cargo run --example inspect -- tests/captures/mosquitto-311-will.client.bin
//! echo 'c0 00' | cargo run --example inspect -- --hex
//! printf 'a\t5\tc000\n' | cargo run --example inspect -- --batch
//! ```

#[path = "common/dump.rs"]
mod dump;
#[path = "common/json.rs"]
mod json;

use anstyle::Style;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser};
use json::{Hex, Json};
use mqtt_wire::{DecodeError, Decoder, Encode, FrameLen, Packet, PacketType, Role, Version};
use serde::Serialize;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Shows MQTT packets field by field, and what is wrong with bad ones.
///
/// Exits with 0 if all packets were fine, with 1 if one was refused or unfinished, with 2 if it
/// could not be started or could not read its input.
#[derive(Parser)]
#[command(name = "inspect", after_help = BATCH)]
struct Cli {
    /// The bytes of one direction of a connection; standard input if absent or `-`.
    file: Option<PathBuf>,

    /// Read hexadecimal text; blanks, commas and `0x` are skipped.
    #[arg(long)]
    hex: bool,

    /// The version of the connection. If absent, CONNECT tells it, and where there is none it is 5.0.
    #[arg(long, value_name = "VERSION", value_parser = versions())]
    version: Option<Version>,

    /// Who sent the bytes; if absent, what holds in either direction is checked.
    #[arg(long, value_name = "SENDER", value_parser = senders())]
    from: Option<Role>,

    /// Show passwords and Authentication Data.
    #[arg(long)]
    show_secrets: bool,

    #[command(flatten)]
    checks: Checks,

    /// Read one packet a line, write one line of JSON for each. Exits with 0, whatever the verdicts.
    #[arg(long, conflicts_with_all = ["hex", "version", "from", "show_secrets"])]
    batch: bool,
}

const BATCH: &str = "\
Lines of --batch:
  ID <tab> VERSION <tab> HEX [<tab> SENDER [<tab> OPTIONS]]
  VERSION is 3 (MQTT 3.1), 4 (3.1.1) or 5 (5.0); SENDER is client, server or both.
  OPTIONS, separated by commas, are for this line alone:
    max_packet=N   --max-packet-size N
    alias_max=N    --topic-alias-maximum N
    minlen3        --require-minimal-lengths
    control        --refuse-control-characters
    noncharacters  --refuse-noncharacters
    unicode        both of these
    topic31        --limit-v3-1-topics
    v31text        --require-v3-1-text
    srvref         --refuse-client-server-reference
    bridge         --accept-bridge
    connack3       changes nothing: a 3.x CONNACK that answers a 5.0 CONNECT is
                   always an error of its own, RefusedIn3x
  A line of another form is answered with the verdict `bad-line`.";

/// The limits and switches of [`Decoder`], off by default.
#[derive(Args, Clone, Copy)]
struct Checks {
    /// Refuse packets of more bytes than this.
    #[arg(long, value_name = "BYTES")]
    max_packet_size: Option<u32>,

    /// Refuse Topic Aliases above this; 0 refuses all.
    #[arg(long, value_name = "MAXIMUM")]
    topic_alias_maximum: Option<u16>,

    /// Refuse control characters in strings.
    #[arg(long)]
    refuse_control_characters: bool,

    /// Refuse Unicode noncharacters in strings.
    #[arg(long)]
    refuse_noncharacters: bool,

    /// Refuse a Remaining Length that is not in the fewest bytes before 5.0 too.
    #[arg(long)]
    require_minimal_lengths: bool,

    /// Refuse 3.1 topic names of more than 32,767 characters.
    #[arg(long)]
    limit_v3_1_topics: bool,

    /// Refuse 3.1 will messages that are not ASCII and 3.1 passwords that are not UTF-8.
    #[arg(long)]
    require_v3_1_text: bool,

    /// Refuse a Server Reference in a DISCONNECT from a client (needs the sender).
    #[arg(long)]
    refuse_client_server_reference: bool,

    /// Accept the protocol levels of mosquitto's bridges.
    #[arg(long)]
    accept_bridge: bool,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(code) => code,
        // Whoever read the output has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("inspect: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(cli: &Cli) -> io::Result<ExitCode> {
    let mut input = open(cli.file.as_deref())?;
    if cli.batch {
        batch(&mut input, &mut BufWriter::with_capacity(1 << 16, io::stdout().lock()), cli.checks)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
    if cli.hex {
        bytes = lenient_hex(&bytes)?;
    }
    let mut out = BufWriter::new(anstream::stdout().lock());
    let all_fine = View::new(cli).stream(&mut out, &bytes)?;
    out.flush()?;
    Ok(if all_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn open(file: Option<&Path>) -> io::Result<Box<dyn BufRead>> {
    match file {
        Some(path) if path != Path::new("-") => match File::open(path) {
            Ok(file) => Ok(Box::new(BufReader::with_capacity(1 << 16, file))),
            Err(error) => Err(io::Error::new(error.kind(), format!("{}: {error}", path.display()))),
        },
        _ => Ok(Box::new(io::stdin().lock())),
    }
}

fn versions() -> impl TypedValueParser<Value = Version> {
    PossibleValuesParser::new(["3.1", "3.1.1", "5.0"]).map(|text| match text.as_str() {
        "3.1" => Version::V3_1,
        "3.1.1" => Version::V3_1_1,
        _ => Version::V5_0,
    })
}

fn senders() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(["client", "server"]).map(|text| match text.as_str() {
        "client" => Role::Client,
        _ => Role::Server,
    })
}

impl Checks {
    /// A decoder that checks all this.
    fn decoder(self, version: Option<Version>, sender: Option<Role>) -> Decoder {
        let mut decoder = version
            .map_or(Decoder::learning(), Decoder::new)
            .refuse_control_characters(self.refuse_control_characters)
            .refuse_noncharacters(self.refuse_noncharacters)
            .require_minimal_lengths(self.require_minimal_lengths)
            .limit_v3_1_topics(self.limit_v3_1_topics)
            .require_v3_1_text(self.require_v3_1_text)
            .refuse_client_server_reference(self.refuse_client_server_reference)
            .accept_bridge(self.accept_bridge);
        if let Some(sender) = sender {
            decoder = decoder.sender(sender);
        }
        if let Some(bytes) = self.max_packet_size {
            decoder = decoder.max_packet_size(bytes);
        }
        if let Some(maximum) = self.topic_alias_maximum {
            decoder = decoder.topic_alias_maximum(maximum);
        }
        decoder
    }
}

// For people: packet by packet.

const HEADING: Style = Style::new().bold();
const NOTE: Style = Style::new().dimmed();
const BAD: Style = anstyle::AnsiColor::Red.on_default().bold();

/// One direction of a connection, as it is shown.
struct View {
    decoder: Decoder,
    checks: Checks,
    options: dump::Options,
    /// What a CONNECT that was refused said, or the form of a CONNACK; in the end 5.0.
    assumed: Version,
    /// Whether that is all that is known.
    is_guess: bool,
    packets: usize,
    all_fine: bool,
}

impl View {
    fn new(cli: &Cli) -> Self {
        Self {
            decoder: cli.checks.decoder(cli.version, cli.from),
            checks: cli.checks,
            options: dump::Options { show_secrets: cli.show_secrets, sender: cli.from },
            assumed: Version::V5_0,
            is_guess: false,
            packets: 0,
            all_fine: true,
        }
    }

    /// Shows all packets, and says whether all were fine.
    fn stream(&mut self, out: &mut impl Write, bytes: &[u8]) -> io::Result<bool> {
        let mut rest = bytes;
        while !rest.is_empty() {
            self.settle_version(out, rest)?;
            let offset = bytes.len() - rest.len();
            let Some(len) = self.first(out, rest, offset)? else { break };
            rest = rest.get(len..).unwrap_or_default();
        }
        match self.packets {
            0 => writeln!(out, "{NOTE}no packets{NOTE:#}")?,
            _ => self.summary(out, bytes.len())?,
        }
        Ok(self.all_fine)
    }

    /// Nothing but a CONNECT can be read before the version is known: assumes one.
    fn settle_version(&mut self, out: &mut impl Write, rest: &[u8]) -> io::Result<()> {
        let is_connect =
            rest.first().and_then(|byte_1| PacketType::from_first_byte(*byte_1)) == Some(PacketType::Connect);
        if self.decoder.version().is_some() || is_connect {
            return Ok(());
        }
        if is_connack_of_v3(rest) {
            self.assumed = Version::V3_1_1;
        }
        self.is_guess = true;
        self.decoder = self.checks.decoder(Some(self.assumed), self.options.sender);
        writeln!(
            out,
            "{NOTE}MQTT {} is assumed: no good CONNECT tells the version (see --version){NOTE:#}\n",
            self.assumed
        )
    }

    /// Shows the first packet; gives its length, if there is something behind it to go on with.
    fn first(&mut self, out: &mut impl Write, rest: &[u8], offset: usize) -> io::Result<Option<usize>> {
        self.packets += 1;
        match self.decoder.frame_len(rest) {
            Ok(FrameLen::Total(len)) => match rest.get(..len) {
                Some(frame) => self.whole(out, frame, offset).map(Some),
                None => self.unfinished(out, rest, offset, Some(len)),
            },
            Ok(FrameLen::AtLeast(_)) => self.unfinished(out, rest, offset, None),
            Err(error) => self.bad_header(out, rest, offset, &error),
        }
    }

    fn whole(&mut self, out: &mut impl Write, frame: &[u8], offset: usize) -> io::Result<usize> {
        self.heading(out, frame, offset, &bytes(frame.len()))?;
        dump::dump(out, &self.decoder, frame, self.options)?;
        writeln!(out)?;
        // The dump looks on; this is what learns the version.
        if let Err(error) = self.decoder.decode_frame(frame) {
            self.all_fine = false;
            self.remember(&error);
        }
        Ok(frame.len())
    }

    /// A packet that is refused before its end is looked for.
    fn bad_header(
        &mut self,
        out: &mut impl Write,
        rest: &[u8],
        offset: usize,
        error: &DecodeError,
    ) -> io::Result<Option<usize>> {
        self.all_fine = false;
        self.remember(error);
        let len = error.packet_len();
        let arrived = &rest[..len.unwrap_or(rest.len()).min(rest.len())];
        let size = len.map_or_else(|| "length not known".to_owned(), bytes);
        self.heading(out, rest, offset, &size)?;
        dump::dump(out, &self.decoder, arrived, self.options)?;
        match len {
            Some(len) if len > rest.len() => self.missing(out, &bytes(len - rest.len()))?,
            Some(_) => {}
            None => writeln!(out, "{BAD}where the next packet begins is not known{BAD:#}")?,
        }
        writeln!(out)?;
        Ok(len)
    }

    fn unfinished(
        &mut self,
        out: &mut impl Write,
        rest: &[u8],
        offset: usize,
        len: Option<usize>,
    ) -> io::Result<Option<usize>> {
        self.all_fine = false;
        match len {
            Some(len) => {
                self.heading(out, rest, offset, &format!("{} of {}", rest.len(), bytes(len)))?;
                self.missing(out, &bytes(len - rest.len()))?;
            }
            None => {
                self.heading(out, rest, offset, "length not complete")?;
                self.missing(out, "at least 1 byte")?;
            }
        }
        writeln!(out)?;
        Ok(None)
    }

    fn missing(&self, out: &mut impl Write, how_much: &str) -> io::Result<()> {
        writeln!(out, "{BAD}the input ends inside the packet: {how_much} missing{BAD:#}")
    }

    fn heading(&self, out: &mut impl Write, rest: &[u8], offset: usize, size: &str) -> io::Result<()> {
        let name = match rest.first().map(|byte_1| PacketType::from_first_byte(*byte_1)) {
            Some(Some(packet_type)) => packet_type.to_string(),
            _ => "no packet type".to_owned(),
        };
        let number = self.packets;
        writeln!(out, "{HEADING}#{number} {name}{HEADING:#}{NOTE}, offset {offset}, {size}{NOTE:#}")
    }

    fn summary(&self, out: &mut impl Write, len: usize) -> io::Result<()> {
        let packets =
            if self.packets == 1 { "1 packet".to_owned() } else { format!("{} packets", self.packets) };
        let version =
            self.decoder.version().map_or_else(|| "version not known".to_owned(), |v| format!("MQTT {v}"));
        let verdict = if self.all_fine { "all fine" } else { "not all fine" };
        writeln!(out, "{NOTE}{packets}, {}, {version}: {verdict}{NOTE:#}", bytes(len))?;
        if self.is_guess && !self.all_fine {
            writeln!(out, "{NOTE}the version is only assumed: --version names another one{NOTE:#}")?;
        }
        Ok(())
    }

    fn remember(&mut self, error: &DecodeError) {
        self.assumed = error.version().unwrap_or(self.assumed);
    }
}

/// A CONNACK of two bytes, as 3.1 and 3.1.1 have it; in 5.0 it has three at least.
fn is_connack_of_v3(bytes: &[u8]) -> bool {
    matches!(bytes, [0x20, 0x02, ..])
}

fn bytes(len: usize) -> String {
    if len == 1 { "1 byte".to_owned() } else { format!("{len} bytes") }
}

/// Hexadecimal text as people write it.
fn lenient_hex(text: &[u8]) -> io::Result<Vec<u8>> {
    let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, format!("bad hex: {what}"));
    let text = std::str::from_utf8(text).map_err(|_| bad("the input is not text"))?;
    let mut digits = Vec::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()) {
        let number = word.strip_prefix("0x").or(word.strip_prefix("0X"));
        // `0x5` is a byte too; without the prefix, digits may be apart from each other.
        if number.is_some_and(|number| number.len() % 2 == 1) {
            digits.push(b'0');
        }
        digits.extend_from_slice(number.unwrap_or(word).as_bytes());
    }
    let mut bytes = Vec::new();
    unhex(&digits, &mut bytes).map_err(bad)?;
    Ok(bytes)
}

/// Writes the bytes that the digits stand for over what `bytes` holds.
fn unhex(digits: &[u8], bytes: &mut Vec<u8>) -> Result<(), &'static str> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    bytes.clear();
    for pair in digits.chunks(2) {
        let [high, low] = pair else { return Err("an odd number of digits") };
        match (digit(*high), digit(*low)) {
            (Some(high), Some(low)) => bytes.push(high << 4 | low),
            _ => return Err("a character that is no hexadecimal digit"),
        }
    }
    Ok(())
}

// For scripts: a line in, a line out.

/// The answer to a line, but for `bad-line`.
#[derive(Serialize)]
struct Verdict<'a> {
    id: &'a str,
    verdict: &'static str,
    packet: Option<Json<'a>>,
    encoded: Option<Hex<'a>>,
    error: Option<Refusal>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Refusal {
    Incomplete {
        needed: usize,
    },
    Reject {
        kind: String,
        offset: usize,
        statement: Option<&'static str>,
        reason_code: Option<u8>,
        message: String,
    },
}

/// The answer to a line that is not of the form that [`BATCH`] describes.
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

fn batch(input: &mut impl BufRead, out: &mut impl Write, checks: Checks) -> io::Result<()> {
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
        self.verdict("accept", Some(Json::new(packet, version)), encoded, None)
    }

    fn reject(&self, error: &DecodeError) -> Verdict<'a> {
        let kind = format!("{:?}", error.kind());
        let name_len = kind.find([' ', '{']).unwrap_or(kind.len());
        let refusal = Refusal::Reject {
            kind: kind[..name_len].to_owned(),
            offset: error.offset(),
            statement: error.statement(),
            reason_code: error.reason_code(),
            message: error.to_string(),
        };
        self.verdict("reject", None, None, Some(refusal))
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
