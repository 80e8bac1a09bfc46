//! Plays the story of a last will over TCP, and prints the story: a broker publishes the last will of a client that vanishes.
//!
//! ```text
//! cargo run --example last_will
//! cargo run --example last_will -- --version 5.0 --broker localhost:1883
//! ```
//!
//! This file has the story. `client.rs` has the clients. `broker.rs` has the broker that runs if you name no other.
//! `connection.rs` reads and writes packets over a socket. `narrator.rs` prints the story, and `dump.rs` prints a
//! packet byte by byte. The example needs only the crate and the standard library.

mod broker;
mod client;
mod connection;
mod dump;
mod narrator;

use client::{Client, Stage};
use mqtt_wire::{Binary, Delivery, PacketId, Publish, Qos, TopicName, ValueError, Version, Will, topic_name};
use narrator::{Show, chapter};
use std::error::Error;
use std::net::{SocketAddr, ToSocketAddrs};
use std::process::ExitCode;
use std::time::Duration;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const USAGE: &str = "\
Usage: last_will [--broker HOST:PORT] [--version VERSION] [--patience SECONDS]

Plays the story of a last will over TCP, and shows the packets.

  --broker HOST:PORT   use this broker and its topic /status, instead of the broker of the example
  --version VERSION    the MQTT version of the clients: 3.1, 3.1.1 (the default) or 5.0
  --patience SECONDS   the time limit for each step of the broker: 60 by default";

struct Options {
    broker: Option<SocketAddr>,
    version: Version,
    patience: Duration,
}

const STATUS: TopicName<'static> = topic_name!("/status");

/// QoS 1. Each client sends one message at a time, so one identifier is enough.
const AT_LEAST_ONCE: Delivery = Delivery::AtLeastOnce { id: PacketId::MIN, dup: false };

fn main() -> ExitCode {
    let options = match options(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("{error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match play(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            narrator::failed(error.as_ref());
            ExitCode::FAILURE
        }
    }
}

fn play(options: &Options) -> Result<()> {
    let (broker, whose) = match options.broker {
        Some(broker) => (broker, "the broker"),
        None => (broker::start()?, "its own broker"),
    };
    let stage = Stage { broker, version: options.version, patience: options.patience, lit: true };
    narrator::title(&format!("A last will in MQTT {}, with {whose} at {broker}", stage.version))?;

    // A retained message outlives the program, and the next run would receive it.
    clear_status(stage)?;
    let result = tell(stage);
    let cleared = clear_status(stage);
    result.and(cleared)
}

fn tell(stage: Stage) -> Result<()> {
    let will = offline_will(b"Client123 is offline")?;
    let other_will = offline_will(b"Client456 is offline")?;
    let online = Publish { delivery: AT_LEAST_ONCE, ..Publish::new(STATUS, b"Client123 is online") };

    chapter("1. A watcher subscribes to /status with QoS 1.")?;
    let mut watcher = Client::connect(stage, "watcher", None, Show::Line)?;
    watcher.subscribe(STATUS)?;

    chapter("2. Client123 connects and leaves its last will with the broker.")?;
    let mut client123 = Client::connect(stage, "Client123", Some(will), Show::Bytes)?;
    client123.ping()?;

    chapter("3. Client123 vanishes: its TCP connection is cut, without DISCONNECT.")?;
    client123.vanish();

    chapter("4. The broker publishes the will. The watcher receives and acknowledges it.")?;
    let published = will.publish(AT_LEAST_ONCE);
    watcher.expect(Publish { retain: false, ..published }, Show::Bytes)?;

    chapter("5. A latecomer subscribes. It receives the retained will, with RETAIN set.")?;
    let mut latecomer = Client::connect(stage, "latecomer", None, Show::Line)?;
    latecomer.subscribe(STATUS)?;
    latecomer.expect(Publish { retain: true, ..published }, Show::Line)?;

    chapter("6. Client456 has a will, too. It sends DISCONNECT: the broker discards the will.")?;
    let client456 = Client::connect(stage, "Client456", Some(other_will), Show::Line)?;
    client456.disconnect()?;

    chapter("7. Client123 is back, and publishes a message. Both receive it, and no will.")?;
    let mut client123 = Client::connect(stage, "Client123", None, Show::Line)?;
    client123.publish(online)?;
    watcher.expect(online, Show::Line)?;
    latecomer.expect(online, Show::Line)?;
    for client in [client123, watcher, latecomer] {
        client.disconnect()?;
    }

    narrator::proved(&[
        "the will of a client that vanishes is published with QoS 1 and retained;",
        "the will of a client that sends DISCONNECT is discarded.",
    ])?;
    Ok(())
}

/// Returns a will with Will QoS 1 and Will Retain.
fn offline_will(payload: &[u8]) -> std::result::Result<Will<'_>, ValueError> {
    Ok(Will { qos: Qos::AtLeastOnce, retain: true, ..Will::new(STATUS, Binary::new(payload)?) })
}

/// Removes the retained message with an empty retained message.
fn clear_status(stage: Stage) -> Result<()> {
    let mut sweeper = Client::connect(Stage { lit: false, ..stage }, "sweeper", None, Show::Line)?;
    sweeper.publish(Publish { delivery: AT_LEAST_ONCE, retain: true, ..Publish::new(STATUS, b"") })?;
    sweeper.disconnect()
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
    let patience = Duration::from_secs(60);
    let mut options = Options { broker: None, version: Version::V3_1_1, patience };
    while let Some(name) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{name} needs a value"));
        match name.as_str() {
            "--broker" => options.broker = Some(address(&value()?)?),
            "--version" => options.version = value()?.parse()?,
            "--patience" => options.patience = Duration::from_secs(value()?.parse::<u32>()?.max(1).into()),
            _ => return Err(format!("there is no option {name}").into()),
        }
    }
    Ok(options)
}

fn address(argument: &str) -> Result<SocketAddr> {
    // `localhost` has two addresses. If a broker listens on only one address, this is usually the IPv4 address.
    let addresses = argument.to_socket_addrs()?;
    Ok(addresses.min_by_key(SocketAddr::is_ipv6).ok_or("the name has no address")?)
}
