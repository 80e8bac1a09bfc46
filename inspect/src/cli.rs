//! The command line options.

use crate::text::Radix;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use mqtt_wire::{Decoder, Role, Tolerances, Version};
use std::path::PathBuf;
use std::time::Duration;

/// Shows MQTT packets from bytes, from pasted hex, from captures, or on their way to a broker.
///
/// The exit code is 0 if all packets were accepted and every byte belongs to a packet. The exit code is 1 if a packet
/// was refused or incomplete, or if bytes were lost or skipped. The exit code is 2 if the arguments are invalid or the
/// input cannot be read.
#[derive(Parser)]
#[command(name = "mqtt-inspect", after_help = BATCH, args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) task: Option<Task>,

    /// A capture (pcap, pcapng), the bytes of one direction of a connection, or bytes in text: digits, a hex dump
    /// with offsets, a literal of a programming language, a list, Base64 with a mark, a log. Standard input if absent
    /// or `-`.
    pub(crate) file: Option<PathBuf>,

    /// Read text in which unmarked numbers are hexadecimal. Without `--hex`, `--decimal` and `--octal`, the program
    /// recognises the form of the text, and refuses ambiguous numbers. In arrays with commas, numbers are decimal if
    /// possible, even with `--hex`.
    #[arg(long, conflicts_with_all = ["decimal", "octal"])]
    pub(crate) hex: bool,

    /// Read text in which unmarked numbers, and escapes such as `\020`, are decimal.
    #[arg(long)]
    pub(crate) decimal: bool,

    /// Read text in which unmarked numbers, and escapes such as `\020`, are octal.
    #[arg(long, conflicts_with = "decimal")]
    pub(crate) octal: bool,

    /// The version of the connection. If absent, CONNECT gives the version; without a CONNECT the program guesses the
    /// version.
    #[arg(long, value_name = "VERSION", value_parser = versions())]
    pub(crate) version: Option<Version>,

    /// The sender of the bytes. If absent, only the rules for both directions are checked.
    #[arg(long, value_name = "SENDER", value_parser = senders())]
    pub(crate) from: Option<Role>,

    /// Show passwords and Authentication Data.
    #[arg(long)]
    pub(crate) show_secrets: bool,

    #[command(flatten)]
    pub(crate) view: View,

    /// In a capture, show only connections with this server port; may be given several times. If absent: port 1883,
    /// and any connection that begins with a CONNECT.
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Vec<u16>,

    /// Listen on LISTEN, pass all bytes on to the broker at HOST:PORT, and show the packets. LISTEN is a port or
    /// ADDRESS:PORT; the default address is 127.0.0.1. Ctrl-C ends the program. Connections do not wait for the output:
    /// if the output is not read, bytes above 8 MiB are passed on and counted, but not shown.
    #[arg(long, value_name = "LISTEN=HOST:PORT", conflicts_with_all = ["file", "hex", "decimal", "octal", "from", "port"])]
    pub(crate) proxy: Option<String>,

    #[command(flatten)]
    pub(crate) checks: Checks,

    /// Read one packet from each line, and answer each line with one line of JSON. The exit code is 0 for all verdicts.
    #[arg(
        long,
        conflicts_with_all = ["hex", "decimal", "octal", "version", "from", "show_secrets", "summary", "json", "lint", "port", "proxy"]
    )]
    pub(crate) batch: bool,
}

impl Cli {
    /// Returns the radix of unmarked numbers in text input.
    pub(crate) fn radix(&self) -> Option<Radix> {
        match (self.hex, self.decimal, self.octal) {
            (true, ..) => Some(Radix::Hexadecimal),
            (_, true, _) => Some(Radix::Decimal),
            (.., true) => Some(Radix::Octal),
            _ => None,
        }
    }
}

#[derive(Subcommand)]
pub(crate) enum Task {
    Check(Check),
}

/// Checks a broker or a client by the statements of the standard.
///
/// The check connects once for each forbidden packet of CONFORMANCE.md, and once for each legal neighbour: a legal packet that
/// differs little from a forbidden one. The check reports the reaction of the broker: closed the connection, answered (with the
/// code, and whether the code is correct), went on (answered a PINGREQ), or waited (did nothing). The table has a line for each
/// statement. The differences from the standard follow the table.
///
/// The exit code is 0 if nothing differs from the standard, 1 if something differs, and 2 if the check could not run or did not
/// finish.
#[derive(Args)]
#[command(after_help = CHECK)]
pub(crate) struct Check {
    /// The broker, as HOST or HOST:PORT; the default port is 1883. With `--client`, where to listen: a port or ADDRESS:PORT;
    /// the default address is 127.0.0.1.
    pub(crate) address: String,

    /// Check clients instead: listen, and send each client one packet that a server must not send, or a legal neighbour. The
    /// client must reconnect each time. The check ends when all packets have been sent, or with Ctrl-C.
    #[arg(long)]
    pub(crate) client: bool,

    /// Check this version; may be given several times. If absent, 3.1.1 and 5.0, without a version that the broker does not
    /// support. Clients name their version in CONNECT.
    #[arg(long, value_name = "VERSION", value_parser = versions(), conflicts_with = "client")]
    pub(crate) version: Vec<Version>,

    /// Write one line of JSON for each packet and for each rule that was not checked, and a last line with the counts.
    #[arg(long)]
    pub(crate) json: bool,

    /// Show only the differences from the standard and the counts.
    #[arg(long, conflicts_with = "json")]
    pub(crate) findings: bool,

    /// The maximum number of connections a second.
    #[arg(long, value_name = "CONNECTIONS", default_value = "10", value_parser = positive, conflicts_with = "client")]
    pub(crate) rate: f64,

    /// The number of seconds to wait for a reaction of the peer.
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    pub(crate) wait: Duration,

    /// End the check after this number of seconds, with the results so far and the exit code 2. If absent, the check has no
    /// such limit.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) limit: Option<Duration>,

    /// Allow a broker with a public address. By default, only loopback, link-local and private addresses are allowed.
    #[arg(long, conflicts_with = "client")]
    pub(crate) yes: bool,

    /// The User Name for the broker.
    #[arg(long, value_name = "NAME", conflicts_with = "client")]
    pub(crate) username: Option<String>,

    /// The Password for the broker.
    #[arg(long, value_name = "PASSWORD", conflicts_with = "client")]
    pub(crate) password: Option<String>,
}

const CHECK: &str = "\
Use a broker that nobody else needs. The packets have the Client Identifiers `a` and
`mqttinspect…`, so the broker closes the connections of clients with these identifiers.
The packets publish to the topics `a`, `mqttinspect` and a few other short topics, and
remove the retained message of `a`.
A connection that gets a DISCONNECT has a will with the topic `mqttinspect/will`.

The lines of --json have: rule (its name in CONFORMANCE.md), statement (the numbered
statement that was broken or tested, or the section), version, packet (forbidden, legal
or free), sent (hex), did, answers (packet, codes, refused), end (closed, went on
or waited), will (published, discarded or never published, if that was tried and is known), wanted,
verdict (conforms, differs, free, undecided or not checked), why. The
last line has summary, notes and beyond_one_packet.";

/// The output format. By default, packets are shown field by field.
#[derive(Args, Clone, Copy, Default)]
#[group(multiple = false)]
pub(crate) struct View {
    /// Show one line for each packet.
    #[arg(long)]
    pub(crate) summary: bool,

    /// Show one line of JSON for each packet.
    #[arg(long)]
    pub(crate) json: bool,

    /// Show all problems and nothing else: violations, discouraged values, and packets that are legal but probably
    /// not intended.
    #[arg(long)]
    pub(crate) lint: bool,
}

const BATCH: &str = "\
Lines of --batch:
  ID <tab> VERSION <tab> HEX [<tab> SENDER [<tab> OPTIONS]]
  VERSION is 3 (MQTT 3.1), 4 (3.1.1) or 5 (5.0); SENDER is client, server or both.
  OPTIONS apply to this line alone and are separated by commas. Each has the name of its
  command line option, and most have a short name:
    max-packet-size=N               max_packet=N
    topic-alias-maximum=N           alias_max=N
    require-minimal-lengths         minlen3
    refuse-control-characters       control
    refuse-noncharacters            noncharacters
                                    unicode: control and noncharacters
    limit-v3-1-topics               topic31
    require-v3-1-text               v31text
    refuse-client-server-reference  srvref
    accept-bridge                   bridge
    tolerate=NAME                   may occur several times
                                    connack3: changes nothing. A 5.0 client that
                                    receives a CONNACK of 3.x gets an error: RefusedIn3x
                                    for code 1, InvalidReasonCode for codes 2 to 5
  The `error` of a refused packet has the kind, the offset, the found and the expected value
  (text, or null if unknown), the statement, the reason code, and a message.
  A malformed line is answered with the verdict `bad-line` and the reason.
  If a packet is accepted only by tolerance, `tolerated` has the names of the tolerances.
  An accepted packet that must not be sent (DISCONNECT with 0x8C) has no `encoded`;
  `not_encoded` has the reason.";

/// The limits and switches of [`Decoder`]. All are off by default.
#[derive(Args, Clone, Copy, Default)]
pub(crate) struct Checks {
    /// Refuse packets with more bytes than this number.
    #[arg(long, value_name = "BYTES")]
    pub(crate) max_packet_size: Option<u32>,

    /// Refuse Topic Aliases above this number; 0 refuses all.
    #[arg(long, value_name = "MAXIMUM")]
    pub(crate) topic_alias_maximum: Option<u16>,

    /// Refuse control characters in strings.
    #[arg(long)]
    pub(crate) refuse_control_characters: bool,

    /// Refuse Unicode noncharacters in strings.
    #[arg(long)]
    pub(crate) refuse_noncharacters: bool,

    /// Refuse a Remaining Length with unneeded bytes in 3.1 and 3.1.1 too.
    #[arg(long)]
    pub(crate) require_minimal_lengths: bool,

    /// Refuse 3.1 Topic Names of more than 32,767 characters.
    #[arg(long)]
    pub(crate) limit_v3_1_topics: bool,

    /// Refuse 3.1 Will Messages that are not ASCII and 3.1 Passwords that are not UTF-8.
    #[arg(long)]
    pub(crate) require_v3_1_text: bool,

    /// Refuse a Server Reference in a DISCONNECT from a client (needs the sender).
    #[arg(long)]
    pub(crate) refuse_client_server_reference: bool,

    /// Accept the Protocol Levels of mosquitto's bridges.
    #[arg(long)]
    pub(crate) accept_bridge: bool,

    /// Accept known deviations of devices and brokers from the standard: names separated by commas, such as
    /// `ack-flags,maximum-qos-2`, or `devices`, `brokers`, `all`. A note lists the deviations in a packet.
    #[arg(long, value_name = "NAMES", value_parser = tolerances)]
    pub(crate) tolerate: Option<Tolerances>,
}

/// Parses names that are separated by commas.
pub(crate) fn tolerances(names: &str) -> Result<Tolerances, String> {
    let named = |name| {
        Tolerances::by_name(name).ok_or_else(|| {
            format!(
                "there is no tolerance {name:?}; the names are: all, devices, brokers, {}",
                Tolerances::ALL
            )
        })
    };
    names.split(',').try_fold(Tolerances::NONE, |all, name| Ok(all | named(name)?))
}

fn versions() -> impl TypedValueParser<Value = Version> {
    PossibleValuesParser::new(["3.1", "3.1.1", "5.0"]).map(|text| match text.as_str() {
        "3.1" => Version::V3_1,
        "3.1.1" => Version::V3_1_1,
        _ => Version::V5_0,
    })
}

/// Parses a finite number above 0.
fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
        _ => Err("the value must be a number above 0".to_owned()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    const DAY: f64 = 86_400.0;
    match positive(text)? {
        number if number <= DAY => Ok(Duration::from_secs_f64(number)),
        _ => Err("the value must be at most a day".to_owned()),
    }
}

fn senders() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(["client", "server"]).map(|text| match text.as_str() {
        "client" => Role::Client,
        _ => Role::Server,
    })
}

impl Checks {
    /// Returns a decoder with these limits and switches.
    pub(crate) fn decoder(self, version: Option<Version>, sender: Option<Role>) -> Decoder {
        let mut decoder = version
            .map_or(Decoder::detect_version(), Decoder::new)
            .refuse_control_characters(self.refuse_control_characters)
            .refuse_noncharacters(self.refuse_noncharacters)
            .require_minimal_lengths(self.require_minimal_lengths)
            .limit_v3_1_topics(self.limit_v3_1_topics)
            .require_v3_1_text(self.require_v3_1_text)
            .refuse_client_server_reference(self.refuse_client_server_reference)
            .accept_bridge(self.accept_bridge)
            .tolerate(self.tolerate.unwrap_or_default());
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
