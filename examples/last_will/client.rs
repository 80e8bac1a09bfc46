//! A client that does one step at a time, prints the packets that it sends and receives, and checks
//! the answers.

use crate::Result;
use crate::connection::Connection;
use crate::narrator::{self, Direction, Show};
use mqtt_wire::reason::{ConnectReason, SubscribeReason};
use mqtt_wire::{
    Connect, Decoder, Disconnect, Packet, PacketId, PingReq, PubAck, Publish, Qos, Subscribe, Subscription,
    Text, TopicName, Version, Will,
};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// The largest packet that the client accepts, in bytes. All packets of the example are much shorter.
const MAX_PACKET: u32 = 64 * 1024;

const KEEP_ALIVE_SECONDS: u16 = 60;

/// The settings that all clients share.
#[derive(Clone, Copy)]
pub(crate) struct Stage {
    pub(crate) broker: SocketAddr,
    pub(crate) version: Version,
    /// The time limit for any event.
    pub(crate) patience: Duration,
    /// Whether packets are printed.
    pub(crate) lit: bool,
}

pub(crate) struct Client {
    name: &'static str,
    stage: Stage,
    connection: Connection,
}

impl Client {
    /// Opens a TCP connection, sends CONNECT and waits for an accepting CONNACK.
    pub(crate) fn connect(
        stage: Stage,
        name: &'static str,
        will: Option<Will<'_>>,
        show: Show,
    ) -> Result<Self> {
        let connect = Connect {
            client_id: Text::new(name)?,
            keep_alive: KEEP_ALIVE_SECONDS,
            will,
            ..Connect::new(stage.version)
        };
        let socket = TcpStream::connect_timeout(&stage.broker, stage.patience)
            .map_err(|error| format!("there is no way to {}: {error}", stage.broker))?;
        let decoder = Decoder::from_server(stage.version).max_packet_size(MAX_PACKET);
        let connection = Connection::new(socket, decoder, stage.patience)?;
        let mut client = Self { name, stage, connection };
        client.send(connect, show)?;
        client.receive("CONNACK: Success", Show::Line, |packet| match packet {
            Packet::ConnAck(ack) if ack.reason == ConnectReason::Success => Some(()),
            _ => None,
        })?;
        Ok(client)
    }

    /// Subscribes with QoS 1, and waits until the broker grants the subscription.
    pub(crate) fn subscribe(&mut self, topic: TopicName<'_>) -> Result<()> {
        let subscriptions = [Subscription::new(topic.into(), Qos::AtLeastOnce)];
        self.send(Subscribe::new(PacketId::MIN, &subscriptions), Show::Line)?;
        self.receive("SUBACK: Granted QoS 1", Show::Line, |packet| match packet {
            Packet::SubAck(ack) if ack.packet_id == PacketId::MIN => {
                ack.reasons.iter().eq([SubscribeReason::GrantedQos1]).then_some(())
            }
            _ => None,
        })
    }

    /// Publishes a message with QoS 1 and waits for the PUBACK.
    pub(crate) fn publish(&mut self, message: Publish<'_>) -> Result<()> {
        self.send(message, Show::Line)?;
        self.receive("PUBACK", Show::Line, |packet| match packet {
            Packet::PubAck(ack) if !ack.reason.is_error() => {
                (Some(ack.packet_id) == message.delivery.packet_id()).then_some(())
            }
            _ => None,
        })
    }

    /// Waits for this message with QoS 1, and acknowledges it.
    pub(crate) fn expect(&mut self, message: Publish<'_>, show: Show) -> Result<()> {
        let expected = format!("PUBLISH: {}", narrator::summary(&message.into()));
        let id = self.receive(&expected, show, |packet| match packet {
            Packet::Publish(publish) if is_same(&publish, &message) => publish.delivery.packet_id(),
            _ => None,
        })?;
        self.send(PubAck::new(id), Show::Line)
    }

    /// Sends PINGREQ and waits for PINGRESP.
    pub(crate) fn ping(&mut self) -> Result<()> {
        self.send(PingReq, Show::Line)?;
        self.receive("PINGRESP", Show::Line, |packet| (packet == Packet::PingResp).then_some(()))
    }

    /// Sends DISCONNECT and waits until the broker has closed the connection. The broker has then
    /// handled the DISCONNECT.
    pub(crate) fn disconnect(mut self) -> Result<()> {
        self.send(Disconnect::default(), Show::Line)?;
        self.connection.finish()?;
        let hung_up = self.connection.wait_for_end();
        Ok(hung_up.map_err(|error| format!("{} expected the broker to hang up: {error}", self.name))?)
    }

    /// Closes the connection without a DISCONNECT.
    pub(crate) fn vanish(self) {
        drop(self.connection);
    }

    fn send<'a>(&self, packet: impl Into<Packet<'a>>, show: Show) -> Result<()> {
        let packet = packet.into();
        let frame = self.connection.send(&packet, self.stage.version)?;
        if self.stage.lit {
            narrator::packet(self.name, Direction::ToBroker, self.stage.version, &packet, &frame, show)?;
        }
        Ok(())
    }

    /// Waits for the next packet, prints it and passes it to `accept`. If `accept` returns `None`, the
    /// packet is an error.
    fn receive<T>(
        &mut self,
        expected: &str,
        show: Show,
        accept: impl FnOnce(Packet<'_>) -> Option<T>,
    ) -> Result<T> {
        let Self { name, stage, connection } = self;
        let (packet, frame) = match connection.receive() {
            Ok(Some(received)) => received,
            Ok(None) => return Err(format!("{name} expected {expected}: the broker has hung up").into()),
            Err(error) => return Err(format!("{name} expected {expected}: {error}").into()),
        };
        if stage.lit {
            narrator::packet(name, Direction::FromBroker, stage.version, &packet, frame, show)?;
        }
        accept(packet).ok_or_else(|| {
            let (kind, summary) = (packet.packet_type(), narrator::summary(&packet));
            format!("{name} expected {expected}, and received {kind}: {summary}").into()
        })
    }
}

/// Whether `received` is `message` as a broker delivers it: with a Packet Identifier of the broker,
/// and perhaps with properties in 5.0.
fn is_same(received: &Publish<'_>, message: &Publish<'_>) -> bool {
    let Publish { delivery, properties, .. } = *received;
    delivery.qos() == message.delivery.qos()
        && delivery.dup() == message.delivery.dup()
        && *received == Publish { delivery, properties, ..*message }
}
