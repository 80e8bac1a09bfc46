//! Shows events: field by field, one line each, or violations only.

use crate::cli::View;
use crate::direction::{Arrived, Event, Loss, Watcher};
use crate::dump::{self, dump};
use crate::json::{Json, Refusal, Secrets};
use crate::summary;
use crate::warnings::warnings;
use anstyle::{AnsiColor, Style};
use mqtt_wire::inspect::Severity;
use mqtt_wire::{DecodeError, Packet, PacketType, Role, Tolerances, Version};
use serde::Serialize;
use std::io::{self, Write};
use std::time::{Duration, SystemTime};

const HEADING: Style = Style::new().bold();
const NOTE: Style = Style::new().dimmed();
const BAD: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default();

/// The two ends of a connection.
#[derive(Clone)]
pub(crate) struct Peers {
    pub(crate) client: String,
    pub(crate) server: String,
}

/// The origin of an event, if it is known.
#[derive(Clone, Copy)]
pub(crate) struct Origin<'a> {
    pub(crate) time: Option<SystemTime>,
    pub(crate) peers: Option<&'a Peers>,
    pub(crate) sender: Option<Role>,
}

/// Shows the events of a connection.
pub(crate) struct ConnectionView<'s, W> {
    pub(crate) screen: &'s mut Screen<W>,
    pub(crate) time: Option<SystemTime>,
    pub(crate) peers: &'s Peers,
}

impl<W: Write> Watcher for ConnectionView<'_, W> {
    fn event(&mut self, sender: Option<Role>, event: &Event<'_>) -> io::Result<()> {
        self.screen.event(Origin { time: self.time, peers: Some(self.peers), sender }, event)
    }
}

/// Shows the bytes of a single direction.
impl<W: Write> Watcher for Screen<W> {
    fn event(&mut self, sender: Option<Role>, event: &Event<'_>) -> io::Result<()> {
        self.event(Origin { time: None, peers: None, sender }, event)
    }
}

pub(crate) struct Screen<W> {
    out: W,
    view: View,
    options: dump::Options,
    pub(crate) packets: usize,
    pub(crate) all_fine: bool,
    /// The numbers of findings, by severity.
    found: [usize; 4],
}

/// A packet as JSON.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    origin: JsonOrigin<'a>,
    number: usize,
    offset: u64,
    /// The length of the packet in bytes, or the number of bytes that are known.
    length: Option<usize>,
    version: Option<String>,
    verdict: &'static str,
    packet: Option<Json<'a>>,
    /// The deviations that were tolerated in an accepted packet. Absent if there were none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tolerated: Vec<String>,
    error: Option<Refusal>,
}

#[derive(Serialize)]
struct JsonOrigin<'a> {
    time: Option<String>,
    client: Option<&'a str>,
    server: Option<&'a str>,
    from: Option<&'static str>,
}

/// Another event as JSON.
#[derive(Serialize)]
struct Note<'a> {
    #[serde(flatten)]
    origin: JsonOrigin<'a>,
    note: String,
}

impl<W: Write> Screen<W> {
    pub(crate) fn new(out: W, view: View, options: dump::Options) -> Self {
        Self { out, view, options, packets: 0, all_fine: true, found: [0; 4] }
    }

    pub(crate) fn event(&mut self, origin: Origin<'_>, event: &Event<'_>) -> io::Result<()> {
        match *event {
            Event::Packet(arrived) => self.packet(origin, arrived),
            Event::Assumed(version) => self.remark(
                origin,
                NOTE,
                &format!("MQTT {version} is assumed: no valid CONNECT gives the version (see --version)"),
            ),
            Event::Lost(len, why) => {
                self.all_fine = false;
                let text = match why {
                    Loss::NotCaptured => "lost: the capture lacks these bytes",
                    Loss::TooEarly => {
                        "not read: they belong before the first byte of the connection in this capture"
                    }
                    Loss::NotShown => "not shown: the output was not read in time",
                };
                self.remark(origin, BAD, &format!("{} {text}", count(len)))
            }
            Event::Retransmitted(len) => {
                self.all_fine = false;
                let text = "changed in a retransmission: the first copy was read, and not the other";
                self.remark(origin, BAD, &format!("{} {text}", count(len)))
            }
            Event::Skipped(len) => {
                self.all_fine = false;
                let text = format!("{} skipped: no packet begins there, or its end is missing", count(len));
                self.remark(origin, WARNING, &text)
            }
            Event::OverWebSocket => self.remark(origin, NOTE, "MQTT over WebSocket"),
            Event::WebSocket(problem) => {
                self.all_fine = false;
                self.remark(origin, BAD, &problem.to_string())
            }
            Event::Foreign(guess) => {
                self.all_fine = false;
                self.remark(origin, BAD, &format!("not MQTT: {guess}"))
            }
        }
    }

    /// Prints a remark about the whole input.
    pub(crate) fn note(&mut self, text: &str) -> io::Result<()> {
        self.remark(Origin { time: None, peers: None, sender: None }, NOTE, text)
    }

    /// Prints a remark about a connection.
    pub(crate) fn note_of(&mut self, origin: Origin<'_>, text: &str) -> io::Result<()> {
        self.remark(origin, WARNING, text)
    }

    /// Prints a problem with the whole input.
    pub(crate) fn problem(&mut self, text: &str) -> io::Result<()> {
        self.all_fine = false;
        self.remark(Origin { time: None, peers: None, sender: None }, BAD, text)
    }

    /// Prints the last line. `whole` describes the input.
    pub(crate) fn close(&mut self, whole: &str, is_guess: bool) -> io::Result<()> {
        if !self.view.json {
            self.tally(whole, is_guess)?;
        }
        self.out.flush()
    }

    fn tally(&mut self, whole: &str, is_guess: bool) -> io::Result<()> {
        let packets = match self.packets {
            0 => return writeln!(self.out, "{NOTE}no packets{NOTE:#}"),
            1 => "1 packet".to_owned(),
            packets => format!("{packets} packets"),
        };
        let verdict = match (self.view.lint, self.found) {
            (true, [0, 0, 0, 0]) if self.all_fine => "nothing found".to_owned(),
            (true, [violations, discouraged, warnings, tolerated]) => {
                let tolerated =
                    if tolerated > 0 { format!(", {tolerated} tolerated") } else { String::new() };
                format!("{violations} forbidden, {discouraged} discouraged, {warnings} doubtful{tolerated}")
            }
            _ if self.all_fine => "all fine".to_owned(),
            _ => "not all fine".to_owned(),
        };
        writeln!(self.out, "{NOTE}{packets}, {whole}: {verdict}{NOTE:#}")?;
        if is_guess && !self.all_fine {
            writeln!(self.out, "{NOTE}the version is only assumed: --version names another one{NOTE:#}")?;
        }
        Ok(())
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn remark(&mut self, origin: Origin<'_>, style: Style, text: &str) -> io::Result<()> {
        if self.view.json {
            return self.json(&Note { origin: origin.json(), note: text.to_owned() });
        }
        let origin = origin.line();
        let gap = if origin.is_empty() { "" } else { "  " };
        writeln!(self.out, "{NOTE}{origin}{NOTE:#}{gap}{style}{text}{style:#}")?;
        if self.view.summary || self.view.lint { Ok(()) } else { writeln!(self.out) }
    }

    fn packet(&mut self, origin: Origin<'_>, arrived: Arrived<'_>) -> io::Result<()> {
        self.packets += 1;
        let mut decoder = *arrived.decoder;
        let result = match arrived.bad_header {
            Some(error) => Err(Some(error)),
            None if arrived.is_whole() => decoder.decode_frame(arrived.bytes).map_err(Some),
            None => Err(None),
        };
        self.all_fine &= result.is_ok();
        // A CONNECT that was read has set the version.
        let version = match &result {
            Err(Some(error)) => error.version().or(decoder.version()),
            _ => decoder.version(),
        };
        let result = result.as_ref().map_err(Option::as_ref);
        if self.view.json {
            self.packet_as_json(origin, arrived, version, result)
        } else if self.view.summary {
            self.packet_in_a_line(origin, arrived, version, result)
        } else if self.view.lint {
            self.lint(origin, arrived, result.ok())
        } else {
            self.fields(origin, arrived, result.is_err())
        }
    }

    fn fields(&mut self, origin: Origin<'_>, arrived: Arrived<'_>, is_bad: bool) -> io::Result<()> {
        self.heading(origin, arrived)?;
        let (here, len) = (arrived.bytes.len(), arrived.len);
        if arrived.is_whole() || arrived.bad_header.is_some() {
            let options = dump::Options { sender: origin.sender, ..self.options };
            dump(&mut self.out, arrived.decoder, arrived.bytes, options)?;
        }
        let tolerated = tolerated(arrived);
        if !tolerated.is_empty() {
            dump::sentence(
                &mut self.out,
                self.options.width,
                6,
                WARNING,
                "tolerated  ",
                &tolerated.to_string(),
            )?;
        }
        if let (true, Some(missing)) = (is_bad, missing(arrived)) {
            writeln!(self.out, "{BAD}the input ends inside the packet: {missing} missing{BAD:#}")?;
        } else if len.is_none() && here > 0 {
            writeln!(self.out, "{BAD}the beginning of the next packet is unknown{BAD:#}")?;
        }
        writeln!(self.out)
    }

    fn heading(&mut self, origin: Origin<'_>, arrived: Arrived<'_>) -> io::Result<()> {
        let (name, number, offset) = (name(arrived.bytes), self.packets, arrived.offset);
        let here = arrived.bytes.len();
        let size = match arrived.len {
            Some(len) if len == here || arrived.bad_header.is_some() => count(len as u64),
            Some(len) => format!("{here} of {}", count(len as u64)),
            None if arrived.bad_header.is_some() => "length not known".to_owned(),
            None => "length not complete".to_owned(),
        };
        writeln!(self.out, "{HEADING}#{number} {name}{HEADING:#}{NOTE}, offset {offset}, {size}{NOTE:#}")?;
        let origin = if self.view.lint { origin.line() } else { origin.full_line() };
        if origin.is_empty() { Ok(()) } else { writeln!(self.out, "{NOTE}{origin}{NOTE:#}") }
    }

    fn packet_in_a_line(
        &mut self,
        origin: Origin<'_>,
        arrived: Arrived<'_>,
        version: Option<Version>,
        result: Result<&Packet<'_>, Option<&DecodeError>>,
    ) -> io::Result<()> {
        let (name, len) = (name(arrived.bytes), count(arrived.len.unwrap_or(arrived.bytes.len()) as u64));
        match origin.line() {
            line if line.is_empty() => {
                write!(self.out, "{NOTE}#{:<4} {:>6}{NOTE:#}  ", self.packets, arrived.offset)?;
            }
            line => write!(self.out, "{NOTE}{line}{NOTE:#}  ")?,
        }
        write!(self.out, "{HEADING}{name:<11}{HEADING:#}  ")?;
        match result {
            Ok(packet) => {
                let text = summary::of(packet, version.unwrap_or(Version::V5_0), self.options.show_secrets);
                let comma = if text.is_empty() { "" } else { ", " };
                write!(self.out, "{text}{comma}{NOTE}{len}{NOTE:#}")?;
                match tolerated(arrived) {
                    Tolerances::NONE => writeln!(self.out),
                    some => writeln!(self.out, ", {WARNING}tolerated: {some}{WARNING:#}"),
                }
            }
            Err(Some(error)) => writeln!(self.out, "{BAD}refused: {error}{BAD:#}, {NOTE}{len}{NOTE:#}"),
            Err(None) => {
                let missing = missing(arrived).unwrap_or_default();
                writeln!(self.out, "{BAD}not complete: {missing} missing{BAD:#}, {NOTE}{len}{NOTE:#}")
            }
        }
    }

    fn packet_as_json(
        &mut self,
        origin: Origin<'_>,
        arrived: Arrived<'_>,
        version: Option<Version>,
        result: Result<&Packet<'_>, Option<&DecodeError>>,
    ) -> io::Result<()> {
        let secrets = if self.options.show_secrets { Secrets::Shown } else { Secrets::Redacted };
        let packet = |packet| Json::new(packet, version.unwrap_or(Version::V5_0), secrets);
        let here = arrived.bytes.len();
        let line = Line {
            origin: origin.json(),
            number: self.packets,
            offset: arrived.offset,
            length: arrived.len,
            version: version.map(|version| version.to_string()),
            verdict: match result {
                Ok(_) => "accept",
                Err(Some(_)) => "reject",
                Err(None) => "incomplete",
            },
            packet: result.ok().map(packet),
            tolerated: tolerated(arrived).iter().map(|each| each.to_string()).collect(),
            error: match result {
                Ok(_) => None,
                Err(Some(error)) => Some(error.into()),
                Err(None) => Some(Refusal::Incomplete { needed: arrived.len.unwrap_or(here + 1) - here }),
            },
        };
        self.json(&line)
    }

    fn json(&mut self, line: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, line)?;
        self.out.write_all(b"\n")
    }

    /// Prints all findings and nothing else.
    fn lint(
        &mut self,
        origin: Origin<'_>,
        arrived: Arrived<'_>,
        packet: Option<&Packet<'_>>,
    ) -> io::Result<()> {
        let mut lines = Vec::new();
        if arrived.is_whole() || arrived.bad_header.is_some() {
            arrived.decoder.lint(arrived.bytes, |finding| {
                let place = format!("{}, byte {}", finding.error.field(), finding.error.offset());
                let statement = finding.error.statement().map_or(String::new(), |id| format!(" {id}"));
                let text = format!("{place}: {}{statement}", finding.error.explanation());
                let kind = match finding.severity {
                    Severity::Violation => 0,
                    Severity::Discouraged => 1,
                    Severity::Tolerated => 3,
                };
                lines.push((kind, text));
            });
        } else if let Some(missing) = missing(arrived) {
            lines.push((0, format!("the input ends inside the packet: {missing} missing")));
        }
        lines.extend(packet.into_iter().flat_map(warnings).map(|text| (2, text)));
        if lines.is_empty() {
            return Ok(());
        }
        self.heading(origin, arrived)?;
        for (kind, text) in lines {
            self.found[kind] += 1;
            let (style, label) =
                [(BAD, "forbidden"), (WARNING, "discouraged"), (NOTE, "doubtful"), (WARNING, "tolerated")]
                    [kind];
            dump::sentence(&mut self.out, self.options.width, 2, style, &format!("{label:<13}"), &text)?;
        }
        writeln!(self.out)
    }
}

impl<'a> Origin<'a> {
    /// Formats the time of day and the two ends, with an arrow from the sender.
    fn line(self) -> String {
        let full = self.full_line();
        // The date is left out, because the line has too little space.
        match full.split_once('T') {
            Some((date, rest)) if self.time.is_some() && date.len() == 10 => rest.to_owned(),
            _ => full,
        }
    }

    fn full_line(self) -> String {
        let time = self.time.map(timestamp);
        let peers = self.peers.map(|Peers { client, server }| match self.sender {
            Some(Role::Server) => format!("{client} ← {server}"),
            _ => format!("{client} → {server}"),
        });
        [time, peers].into_iter().flatten().collect::<Vec<_>>().join("  ")
    }

    fn json(self) -> JsonOrigin<'a> {
        JsonOrigin {
            time: self.time.map(timestamp),
            client: self.peers.map(|peers| &*peers.client),
            server: self.peers.map(|peers| &*peers.server),
            from: self.sender.map(|role| match role {
                Role::Client => "client",
                Role::Server => "server",
            }),
        }
    }
}

/// Formats a time in UTC, with nanoseconds only if they are not 0.
fn timestamp(time: SystemTime) -> String {
    const YEAR_10000: u64 = 253_402_300_800;
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    if since.as_secs() >= YEAR_10000 {
        return format!("{} s", since.as_secs());
    }
    if since.subsec_nanos() % 1000 == 0 {
        humantime::format_rfc3339_micros(time).to_string()
    } else {
        humantime::format_rfc3339_nanos(time).to_string()
    }
}

fn name(bytes: &[u8]) -> String {
    match bytes.first().map(|byte_1| PacketType::from_first_byte(*byte_1)) {
        Some(Ok(packet_type)) => packet_type.to_string(),
        _ => "no packet type".to_owned(),
    }
}

/// Lists the deviations that were tolerated in a packet.
fn tolerated(arrived: Arrived<'_>) -> Tolerances {
    if arrived.is_whole() { arrived.decoder.tolerated(arrived.bytes) } else { Tolerances::NONE }
}

/// Describes how much of a packet is missing.
fn missing(arrived: Arrived<'_>) -> Option<String> {
    match arrived.len {
        Some(len) => (len > arrived.bytes.len()).then(|| count((len - arrived.bytes.len()) as u64)),
        None if arrived.bad_header.is_none() => Some("at least 1 byte".to_owned()),
        None => None,
    }
}

pub(crate) fn count(len: u64) -> String {
    if len == 1 { "1 byte".to_owned() } else { format!("{len} bytes") }
}
