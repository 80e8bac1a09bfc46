//! Prints the story: chapters, and packets as a line each or byte by byte.

use crate::dump;
use anstyle::{AnsiColor, Style};
use mqtt_wire::{Decoder, Packet, Publish, Version};
use std::error::Error;
use std::io::{self, Write};

const CHAPTER: Style = Style::new().bold();
const SENT: Style = AnsiColor::Green.on_default();
const RECEIVED: Style = AnsiColor::Yellow.on_default();
const HEX: Style = Style::new().dimmed();
const PROVED: Style = AnsiColor::Green.on_default().bold();
const FAILED: Style = AnsiColor::Red.on_default().bold();

/// How much of a packet is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Show {
    Line,
    /// The line, and every field with its bytes.
    Bytes,
}

#[derive(Clone, Copy)]
pub(crate) enum Direction {
    ToBroker,
    FromBroker,
}

pub(crate) fn title(text: &str) -> io::Result<()> {
    writeln!(anstream::stdout(), "{CHAPTER}{text}{CHAPTER:#}")
}

pub(crate) fn chapter(text: &str) -> io::Result<()> {
    writeln!(anstream::stdout(), "\n{CHAPTER}{text}{CHAPTER:#}")
}

pub(crate) fn proved(lines: &[&str]) -> io::Result<()> {
    writeln!(anstream::stdout(), "\n{PROVED}Proved:{PROVED:#} {}", lines.join("\n        "))
}

pub(crate) fn failed(error: &dyn Error) {
    // If nobody can be told, the exit code still tells.
    let _ = writeln!(anstream::stderr(), "\n{FAILED}The story ends here:{FAILED:#} {error}");
}

/// Shows a packet that a client has sent or received.
pub(crate) fn packet(
    name: &str,
    direction: Direction,
    version: Version,
    packet: &Packet<'_>,
    frame: &[u8],
    show: Show,
) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    let (style, arrow) = match direction {
        Direction::ToBroker => (SENT, '→'),
        Direction::FromBroker => (RECEIVED, '←'),
    };
    let kind = packet.packet_type().to_string();
    write!(out, "  {style}{name:<9} {arrow} {kind:<10}{style:#}  ")?;
    match show {
        Show::Line => writeln!(out, "{:<37} {HEX}{}{HEX:#}", summary(packet), first_bytes(frame)),
        Show::Bytes => {
            writeln!(out, "{} bytes:", frame.len())?;
            dump::dump(&mut out, &Decoder::new(version), frame, dump::Options::default())
        }
    }
}

/// What a packet says, in a few words.
pub(crate) fn summary(packet: &Packet<'_>) -> String {
    match packet {
        Packet::Connect(connect) => match connect.will {
            Some(_) => format!("as {:?}, with a will", connect.client_id),
            None => format!("as {:?}", connect.client_id),
        },
        Packet::ConnAck(ack) => ack.reason.to_string(),
        Packet::Publish(publish) => summary_of_publish(publish),
        Packet::PubAck(ack) => format!("{}, of identifier {}", ack.reason, ack.packet_id),
        Packet::Subscribe(subscribe) => {
            let wishes = subscribe.subscriptions.iter();
            let wishes = wishes.map(|wish| format!("{:?} with QoS {}", wish.filter, wish.qos.get()));
            wishes.collect::<Vec<_>>().join(", ")
        }
        Packet::SubAck(ack) => {
            ack.reasons.iter().map(|reason| reason.to_string()).collect::<Vec<_>>().join(", ")
        }
        Packet::Disconnect(disconnect) => disconnect.reason.to_string(),
        _ => String::new(),
    }
}

fn summary_of_publish(publish: &Publish<'_>) -> String {
    let payload = String::from_utf8_lossy(publish.payload);
    let retain = if publish.retain { ", RETAIN" } else { "" };
    format!("{payload:?}, QoS {}{retain}", publish.delivery.qos().get())
}

/// As many bytes as have a place at the end of a line.
fn first_bytes(frame: &[u8]) -> String {
    const PLACES: usize = 5;
    let shown = if frame.len() > PLACES { PLACES - 1 } else { frame.len() };
    let mut bytes: Vec<_> = frame.iter().take(shown).map(|byte| format!("{byte:02x}")).collect();
    if shown < frame.len() {
        bytes.push("…".to_owned());
    }
    bytes.join(" ")
}
