//! The story of a last will on tokio: `Client123` vanishes, and a watcher receives its will.
//!
//! ```text
//! cargo run --features tokio-util --example tokio_client -- [HOST:PORT [VERSION]]
//! ```
//!
//! The example needs a broker: mosquitto, or the example `tokio_server`. VERSION is 3.1, 3.1.1 (the
//! default) or 5.0.

use futures_util::{SinkExt, StreamExt};
use mqtt_wire::answer::ConnectionState;
use mqtt_wire::codec::{Codec, CodecError};
use mqtt_wire::owned::OwnedFrame;
use mqtt_wire::reason::ConnectReason;
use mqtt_wire::{
    Connect, Decoder, Delivery, Disconnect, Packet, PacketId, PubAck, Publish, Qos, Role, Subscribe,
    Subscription, Text, TopicName, Version, Will, binary, text, topic_filter, topic_name,
};
use std::error::Error;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::codec::Framed;

const STATUS: TopicName<'static> = topic_name!("/status");

/// The time limit for any answer of the broker.
const PATIENCE: Duration = Duration::from_secs(60);

/// QoS 1. Each client sends one message at a time.
const AT_LEAST_ONCE: Delivery = Delivery::new(Qos::AtLeastOnce, PacketId::MIN);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:1883".to_owned());
    let version = match arguments.next() {
        None => Version::V3_1_1,
        Some(name) => {
            Version::ALL.into_iter().find(|version| version.to_string() == name).ok_or("no such version")?
        }
    };

    let mut watcher =
        Client::connect(&address, Connect { client_id: text!("watcher"), ..Connect::new(version) }).await?;
    watcher.subscribe(&[Subscription::new(topic_filter!("/status"), Qos::AtLeastOnce)]).await?;

    let will =
        Will { qos: Qos::AtLeastOnce, retain: true, ..Will::new(STATUS, binary!(b"Client123 is offline")) };
    let connect = Connect { client_id: text!("Client123"), will: Some(will), ..Connect::new(version) };
    let mut client123 = Client::connect(&address, connect).await?;
    let online =
        Publish { delivery: AT_LEAST_ONCE, retain: true, ..Publish::new(STATUS, b"Client123 is online") };
    client123.publish(&online).await?;
    watcher.wait_for(STATUS, online.payload).await?;

    println!("Client123 vanishes");
    drop(client123); // without a DISCONNECT

    watcher.wait_for(STATUS, will.payload.as_bytes()).await?;
    watcher.socket.send(Disconnect::default().into()).await?;
    Ok(())
}

struct Client {
    name: String,
    socket: Framed<TcpStream, Codec>,
}

impl Client {
    /// Connects and waits until the broker has accepted the connection.
    async fn connect(address: &str, connect: Connect<'_>) -> Result<Self, Box<dyn Error>> {
        let socket = TcpStream::connect(address).await?;
        let decoder =
            Decoder::from_server(connect.version).max_packet_size(1024 * 1024).topic_alias_maximum(0);
        let mut client =
            Self { name: connect.client_id.to_string(), socket: Framed::new(socket, Codec::new(decoder)) };
        client.socket.send(connect.into()).await?;
        let received = client.receive(ConnectionState::BeforeConnAck).await?;
        match received.packet()? {
            Packet::ConnAck(connack) if connack.reason == ConnectReason::Success => {}
            other => return Err(format!("the broker says {other:?}").into()),
        }
        println!("{} is connected", client.name);
        Ok(client)
    }

    async fn subscribe(&mut self, subscriptions: &[Subscription<'_>]) -> Result<(), Box<dyn Error>> {
        self.socket.send(Subscribe::new(PacketId::MIN, subscriptions).into()).await?;
        loop {
            let received = self.receive(ConnectionState::AfterConnAck).await?;
            match received.packet()? {
                Packet::SubAck(suback) if suback.reasons.iter().any(|reason| reason.is_error()) => {
                    return Err(format!("the broker says {suback:?}").into());
                }
                Packet::SubAck(_) => return Ok(()),
                // Retained messages may arrive before the SUBACK.
                packet => self.acknowledge(packet).await?,
            }
        }
    }

    /// Publishes with QoS 1, and waits for the PUBACK.
    async fn publish(&mut self, publish: &Publish<'_>) -> Result<(), Box<dyn Error>> {
        println!("{} → {:?}", self.name, Text::from_bytes(publish.payload)?);
        self.socket.send(publish.into()).await?;
        let received = self.receive(ConnectionState::AfterConnAck).await?;
        match received.packet()? {
            Packet::PubAck(puback) if !puback.reason.is_error() => Ok(()),
            other => Err(format!("the broker says {other:?}").into()),
        }
    }

    /// Reads until this message arrives. The message must be new, not retained.
    async fn wait_for(&mut self, topic: TopicName<'_>, payload: &[u8]) -> Result<(), Box<dyn Error>> {
        loop {
            let received = self.receive(ConnectionState::AfterConnAck).await?;
            let packet = received.packet()?;
            self.acknowledge(packet).await?;
            if let Packet::Publish(publish) = packet {
                if publish.topic.name() == Some(topic) && publish.payload == payload && !publish.retain {
                    return Ok(());
                }
            }
        }
    }

    /// Prints a message and acknowledges it.
    async fn acknowledge(&mut self, packet: Packet<'_>) -> Result<(), Box<dyn Error>> {
        let Packet::Publish(publish) = packet else { return Err(format!("unexpected: {packet:?}").into()) };
        let retained = if publish.retain { ", retained" } else { "" };
        println!("{} ← {:?}{retained}", self.name, String::from_utf8_lossy(publish.payload));
        if let Delivery::AtLeastOnce { id, .. } = publish.delivery {
            self.socket.send(PubAck::new(id).into()).await?;
        }
        Ok(())
    }

    async fn receive(&mut self, state: ConnectionState) -> Result<OwnedFrame, Box<dyn Error>> {
        let received = timeout(PATIENCE, self.socket.next()).await?;
        let received = received.ok_or_else(|| format!("the broker has hung up on {}", self.name))?;
        let refused = match &received {
            Ok(frame) => frame.packet().err(),
            Err(CodecError::Decode(error)) => Some(*error),
            Err(_) => None,
        };
        if let Some(error) = refused {
            self.socket.send(error.answer(Role::Client, state).into()).await?;
        }
        Ok(received?)
    }
}
