//! Prints the story: chapters, and packets in one line or byte by byte.

use crate::Result;
use crate::dump::dump;
use mqtt_wire::{Decoder, Packet, Publish, Version};
use std::env;
use std::error::Error;
use std::io::{self, IsTerminal, Write};

// Parameters of Select Graphic Rendition in ECMA-48.
const BOLD: u8 = 1;
const DIMMED: u8 = 2;
const GREEN: u8 = 32;
const YELLOW: u8 = 33;

/// The printed part of a packet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Show {
    Line,
    /// One line, and every field with its bytes.
    Bytes,
}

#[derive(Clone, Copy)]
pub(crate) enum Direction {
    ToBroker,
    FromBroker,
}

pub(crate) fn title(text: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{}", styled(BOLD, text))
}

pub(crate) fn chapter(text: &str) -> io::Result<()> {
    writeln!(io::stdout(), "\n{}", styled(BOLD, text))
}

pub(crate) fn proved(lines: &[&str]) -> io::Result<()> {
    writeln!(io::stdout(), "\n{} {}", styled(GREEN, "Proved:"), lines.join("\n        "))
}

pub(crate) fn failed(error: &dyn Error) {
    // The error may fail to print. The exit code still reports it.
    let _ = writeln!(io::stderr(), "\nThe story ends here: {error}");
}

/// Prints a packet that a client has sent or received.
pub(crate) fn packet(
    name: &str,
    direction: Direction,
    version: Version,
    packet: &Packet<'_>,
    frame: &[u8],
    show: Show,
) -> Result<()> {
    let mut out = io::stdout().lock();
    let (style, arrow) = match direction {
        Direction::ToBroker => (GREEN, '→'),
        Direction::FromBroker => (YELLOW, '←'),
    };
    let kind = packet.packet_type().to_string();
    write!(out, "  {}  ", styled(style, &format!("{name:<9} {arrow} {kind:<10}")))?;
    match show {
        Show::Line => {
            writeln!(out, "{:<37} {}", summary(packet), styled(DIMMED, &first_bytes(frame)))?;
            Ok(())
        }
        Show::Bytes => {
            writeln!(out, "{} bytes:", frame.len())?;
            dump(&mut out, &Decoder::new(version), frame)
        }
    }
}

/// Describes a packet in a few words.
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
            let subscriptions = subscribe.subscriptions.iter();
            let subscriptions = subscriptions
                .map(|subscription| format!("{:?} with QoS {}", subscription.filter, subscription.qos.get()));
            subscriptions.collect::<Vec<_>>().join(", ")
        }
        Packet::SubAck(ack) => {
            ack.reasons.iter().map(|reason| reason.to_string()).collect::<Vec<_>>().join(", ")
        }
        Packet::Disconnect(disconnect) => disconnect.reason.to_string(),
        _ => String::new(),
    }
}

fn summary_of_publish(publish: &Publish<'_>) -> String {
    const SHOWN: usize = 40;
    let (payload, rest) = publish.payload.split_at(publish.payload.len().min(SHOWN));
    let payload = String::from_utf8_lossy(payload);
    let more = if rest.is_empty() { "" } else { "…" };
    let retain = if publish.retain { ", RETAIN" } else { "" };
    format!("{payload:?}{more}, QoS {}{retain}", publish.delivery.qos().get())
}

/// Returns as many bytes as fit at the end of a line.
fn first_bytes(frame: &[u8]) -> String {
    const PLACES: usize = 5;
    let shown = if frame.len() > PLACES { PLACES - 1 } else { frame.len() };
    let mut bytes: Vec<_> = frame.iter().take(shown).map(|byte| format!("{byte:02x}")).collect();
    if shown < frame.len() {
        bytes.push("…".to_owned());
    }
    bytes.join(" ")
}

/// Formats the text in a style, if the output is a terminal and the user allows colours
/// (<https://no-color.org>).
fn styled(style: u8, text: &str) -> String {
    if io::stdout().is_terminal() && env::var_os("NO_COLOR").is_none() {
        format!("\x1b[{style}m{text}\x1b[m")
    } else {
        text.to_owned()
    }
}
