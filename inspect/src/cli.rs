//! What can be said on the command line.

use crate::text::Radix;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use mqtt_wire::{Decoder, Role, Tolerances, Version};
use std::path::PathBuf;
use std::time::Duration;

/// Shows MQTT packets: from bytes, from hex as it is pasted, from captures, or on their way to a broker.
///
/// Exits with 0 if all packets were fine and every byte was accounted for, with 1 if a packet was refused or
/// unfinished or bytes were lost or skipped, with 2 if it could not be started or could not read its input.
#[derive(Parser)]
#[command(name = "mqtt-inspect", after_help = BATCH, args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) task: Option<Task>,

    /// A capture (pcap, pcapng), or the bytes of one direction of a connection, or bytes in text: digits, a hex
    /// dump with offsets, a literal of a programming language, a log. Standard input if absent or `-`.
    pub(crate) file: Option<PathBuf>,

    /// Read text, in which numbers without a mark are hexadecimal. Without this and `--decimal`, text is
    /// recognised, and it is refused if its numbers can be either. In arrays with commas numbers are decimal
    /// anyway, if they can be.
    #[arg(long, conflicts_with = "decimal")]
    pub(crate) hex: bool,

    /// Read text, in which numbers without a mark are decimal.
    #[arg(long)]
    pub(crate) decimal: bool,

    /// The version of the connection. If absent, CONNECT tells it, and where there is none it is guessed.
    #[arg(long, value_name = "VERSION", value_parser = versions())]
    pub(crate) version: Option<Version>,

    /// Who sent the bytes; if absent, what holds in either direction is checked.
    #[arg(long, value_name = "SENDER", value_parser = senders())]
    pub(crate) from: Option<Role>,

    /// Show passwords and Authentication Data.
    #[arg(long)]
    pub(crate) show_secrets: bool,

    #[command(flatten)]
    pub(crate) view: View,

    /// In a capture, show the connections of this server port alone; may be given several times. If
    /// absent: 1883, and whatever begins with a CONNECT.
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Vec<u16>,

    /// Listen on LISTEN, a port or ADDRESS:PORT (127.0.0.1 if there is none), pass all bytes on to the broker,
    /// and show the packets as they pass. Ctrl-C ends it. Connections do not wait for the output: if it is not
    /// read, what does not fit into 8 MiB is passed on, counted, and not shown.
    #[arg(long, value_name = "LISTEN=HOST:PORT", conflicts_with_all = ["file", "hex", "decimal", "from", "port"])]
    pub(crate) proxy: Option<String>,

    #[command(flatten)]
    pub(crate) checks: Checks,

    /// Read one packet a line, write one line of JSON for each. Exits with 0, whatever the verdicts.
    #[arg(
        long,
        conflicts_with_all = ["hex", "decimal", "version", "from", "show_secrets", "summary", "json", "lint", "port", "proxy"]
    )]
    pub(crate) batch: bool,
}

impl Cli {
    /// What numbers without a mark are, if the input is text.
    pub(crate) fn radix(&self) -> Option<Radix> {
        match (self.hex, self.decimal) {
            (true, _) => Some(Radix::Hexadecimal),
            (_, true) => Some(Radix::Decimal),
            _ => None,
        }
    }
}

#[derive(Subcommand)]
pub(crate) enum Task {
    Check(Check),
}

/// Checks a broker, or a client, by the statements of the standard.
///
/// It connects once for each forbidden packet of CONFORMANCE.md and once for each legal neighbour of one, and tells what the broker
/// did: it closed, it answered (with which code, and whether that is the right one), it went on (it has answered a PINGREQ), or it
/// waited (it did nothing). The table has a line for each statement; what differs from the standard stands below it.
///
/// Exits with 0 if nothing differs from the standard, with 1 if something does, with 2 if the check could not be made or did not
/// come to its end.
#[derive(Args)]
#[command(after_help = CHECK)]
pub(crate) struct Check {
    /// The broker, as HOST or HOST:PORT; without a port 1883. With `--client` where to listen: a port or ADDRESS:PORT
    /// (127.0.0.1 if there is none).
    pub(crate) address: String,

    /// Check clients instead: listen, and send each client that connects one packet that servers must not send, or a legal
    /// neighbour. The client is to connect again each time; it ends when all packets have been sent, or with Ctrl-C.
    #[arg(long)]
    pub(crate) client: bool,

    /// Check this version; may be given several times. If absent, 3.1.1 and 5.0; a version that the broker does not speak is left
    /// out. Clients name their version.
    #[arg(long, value_name = "VERSION", value_parser = versions(), conflicts_with = "client")]
    pub(crate) version: Vec<Version>,

    /// Write one line of JSON for each packet and each rule that was not checked, and one with the counts.
    #[arg(long)]
    pub(crate) json: bool,

    /// Show only what differs from the standard, and the counts.
    #[arg(long, conflicts_with = "json")]
    pub(crate) findings: bool,

    /// Open at most so many connections a second.
    #[arg(long, value_name = "CONNECTIONS", default_value = "10", value_parser = positive, conflicts_with = "client")]
    pub(crate) rate: f64,

    /// Wait so many seconds for the peer to do something.
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    pub(crate) wait: Duration,

    /// Connect to a broker whose address is public. Without it, only loopback, link-local and private addresses will do.
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
Take a broker that nobody else needs: the packets have the Client Identifiers `a` and
`mqttinspect`, and take over the connections of clients that are called so. They publish to
the topics `a`, `mqttinspect` and a few as short, and remove the retained message of `a`.

The lines of --json have: rule (its name in CONFORMANCE.md), statement (the numbered
statement that is broken or was tried, or the section), version, packet (forbidden, legal
or free), sent (hex), did, answers (packet, codes, refused), end (closed, went on
or waited), wanted, verdict (conforms, differs, free, undecided or not checked), why. The
last line has summary, notes and beyond_one_packet.";

/// How packets are shown; if nothing is said, field by field.
#[derive(Args, Clone, Copy, Default)]
#[group(multiple = false)]
pub(crate) struct View {
    /// Show one line a packet.
    #[arg(long)]
    pub(crate) summary: bool,

    /// Show one line of JSON a packet.
    #[arg(long)]
    pub(crate) json: bool,

    /// Show only what is wrong, all of it: violations, what the standard discourages, what is legal but
    /// seldom meant.
    #[arg(long)]
    pub(crate) lint: bool,
}

const BATCH: &str = "\
Lines of --batch:
  ID <tab> VERSION <tab> HEX [<tab> SENDER [<tab> OPTIONS]]
  VERSION is 3 (MQTT 3.1), 4 (3.1.1) or 5 (5.0); SENDER is client, server or both.
  OPTIONS, separated by commas, are for this line alone. They have the names that they
  have on the command line, and short ones:
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
    tolerate=NAME                   may stand several times
                                    connack3: changes nothing. A 5.0 client that is
                                    answered by a CONNACK of 3.x gets an error: RefusedIn3x
                                    for code 1, InvalidReasonCode for codes 2 to 5
  The `error` of a refused packet has its kind, the offset, what was found there and what
  was expected (text, or null where there is nothing to say), the statement, the reason code
  and a message of all that.
  A line of another form is answered with the verdict `bad-line`, and says what is wrong.
  Of a packet that is only tolerated, `tolerated` has the names of what is.
  An accepted packet that must not be written (DISCONNECT with 0x8C) has no `encoded`, and
  `not_encoded` says why.";

/// The limits and switches of [`Decoder`], off by default.
#[derive(Args, Clone, Copy, Default)]
pub(crate) struct Checks {
    /// Refuse packets of more bytes than this.
    #[arg(long, value_name = "BYTES")]
    pub(crate) max_packet_size: Option<u32>,

    /// Refuse Topic Aliases above this; 0 refuses all.
    #[arg(long, value_name = "MAXIMUM")]
    pub(crate) topic_alias_maximum: Option<u16>,

    /// Refuse control characters in strings.
    #[arg(long)]
    pub(crate) refuse_control_characters: bool,

    /// Refuse Unicode noncharacters in strings.
    #[arg(long)]
    pub(crate) refuse_noncharacters: bool,

    /// Refuse a Remaining Length that is not in the fewest bytes before 5.0 too.
    #[arg(long)]
    pub(crate) require_minimal_lengths: bool,

    /// Refuse 3.1 topic names of more than 32,767 characters.
    #[arg(long)]
    pub(crate) limit_v3_1_topics: bool,

    /// Refuse 3.1 will messages that are not ASCII and 3.1 passwords that are not UTF-8.
    #[arg(long)]
    pub(crate) require_v3_1_text: bool,

    /// Refuse a Server Reference in a DISCONNECT from a client (needs the sender).
    #[arg(long)]
    pub(crate) refuse_client_server_reference: bool,

    /// Accept the protocol levels of mosquitto's bridges.
    #[arg(long)]
    pub(crate) accept_bridge: bool,

    /// Let through what devices and brokers do although the standard forbids it: names with commas between them, as
    /// `ack-flags,maximum-qos-2`, or `devices`, `brokers`, `all`. A note says what was tolerated in a packet.
    #[arg(long, value_name = "NAMES", value_parser = tolerances)]
    pub(crate) tolerate: Option<Tolerances>,
}

/// What names with commas between them stand for.
pub(crate) fn tolerances(names: &str) -> Result<Tolerances, String> {
    let named = |name| {
        Tolerances::by_name(name).ok_or_else(|| {
            format!("there is no tolerance {name:?}; there are: all, devices, brokers, {}", Tolerances::ALL)
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

/// More than nothing, and finite.
fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
        _ => Err("it is a number above 0".to_owned()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    const DAY: f64 = 86_400.0;
    match positive(text)? {
        number if number <= DAY => Ok(Duration::from_secs_f64(number)),
        _ => Err("it is at most a day".to_owned()),
    }
}

fn senders() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(["client", "server"]).map(|text| match text.as_str() {
        "client" => Role::Client,
        _ => Role::Server,
    })
}

impl Checks {
    /// A decoder that checks all this.
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
