//! A small MQTT broker on tokio: QoS 0 and 1, retained messages and wills, for 3.1, 3.1.1 and 5.0 at once.
//!
//! ```text
//! cargo run --features tokio-util --example tokio_server -- 127.0.0.1:1883
//! ```
//!
//! Each connection is a task. The task reads packets, and writes the messages that other tasks put into its
//! outbox. The server keeps a message in the bytes in which it arrived. The task of each subscriber converts the
//! message to the subscriber's version. A session ends with its connection, and a slow subscriber loses messages.
//! The server does not support QoS 2, expiry, or the optional features of 5.0. The CONNACK announces each missing
//! feature for which 5.0 has a property. The server does not count unacknowledged messages, so it may send more than
//! the Receive Maximum of a client ([MQTT-3.3.4-9]).

use futures_util::{SinkExt, StreamExt};
use mqtt_wire::answer::{Answer, ConnectionState};
use mqtt_wire::codec::{Codec, CodecError};
use mqtt_wire::owned::{Owned, OwnedFrame, OwnedPacket};
use mqtt_wire::property::{ConnAckProperties, MaximumQos, PublishProperties};
use mqtt_wire::reason::{ConnectReason, DisconnectReason, SubscribeReason, UnsubscribeReason};
use mqtt_wire::{
    ConnAck, Connect, DecodeError, Decoder, Delivery, EncodeError, Packet, PacketId, PingResp, PubAck,
    Publish, Qos, Role, SubAck, Subscribe, Subscription, Text, TopicFilter, TopicName, UnsubAck, Version,
};
use std::collections::HashMap;
use std::io;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::codec::Framed;

/// The largest packet that the server accepts, in bytes.
const MAX_PACKET: u32 = 1024 * 1024;

/// The number of messages that may wait for a subscriber.
const OUTBOX: usize = 1000;

/// The time limit for the CONNECT of a client. After the server has closed its side, the client has the same time to close the other side.
const PATIENCE: Duration = Duration::from_secs(60);

/// The time limit for a client without a Keep Alive: a year.
const NO_KEEP_ALIVE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

type Socket = Framed<TcpStream, Codec>;

#[tokio::main]
async fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:1883".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    let broker = Arc::new(Mutex::new(Broker::default()));
    for number in 0.. {
        let (socket, _) = listener.accept().await?;
        let broker = Arc::clone(&broker);
        tokio::spawn(async move {
            match serve(number, socket, &broker).await {
                Ok(()) => println!("{number}: closed"),
                Err(error) => println!("{number}: {error}"),
            }
        });
    }
    Ok(())
}

/// Serves one connection, and publishes its will at the end.
async fn serve(number: usize, socket: TcpStream, broker: &Mutex<Broker>) -> Result<(), CodecError> {
    socket.set_nodelay(true)?;
    let decoder = Decoder::from_client().max_packet_size(MAX_PACKET).topic_alias_maximum(0);
    let mut socket = Framed::new(socket, Codec::new(decoder));
    let first = match timeout(PATIENCE, socket.next()).await {
        Ok(Some(Ok(first))) => first,
        Ok(Some(Err(CodecError::Decode(error)))) => {
            return refuse(number, socket, error, ConnectionState::BeforeConnAck).await;
        }
        Ok(Some(Err(error))) => return Err(error),
        Ok(None) | Err(_) => return Ok(()),
    };
    let connect = match first.packet() {
        Ok(Packet::Connect(connect)) => connect,
        // Before CONNECT the decoder accepts no other packet.
        Ok(_) => return Ok(()),
        Err(error) => return refuse(number, socket, error, ConnectionState::BeforeConnAck).await,
    };
    if let Some(maximum) = connect.properties.maximum_packet_size {
        socket.codec_mut().set_max_outgoing(maximum.get());
    }
    if let Some(reason) = objection(&connect) {
        socket.send(ConnAck::new(reason).into()).await?;
        return close(socket, Answer::Close).await;
    }
    let (outbox, inbox) = mpsc::channel(OUTBOX);
    // [MQTT-3.1.4-3] this drops the outbox of an earlier client with the same identifier, and so disconnects the earlier client (3.1.1:
    // [MQTT-3.1.4-2])
    let session =
        Session { client_id: first.slice_ref(connect.client_id), outbox, subscriptions: Vec::new() };
    lock(broker).begin(number, session);
    let mut connection = Connection { number, socket, inbox, broker, next_id: PacketId::MIN };
    let end = connection.run(&connect).await;
    lock(broker).sessions.remove(&number);
    match (&end, connect.will) {
        (Ok(End::Discards), _) | (_, None) => {}
        (Ok(End::Publishes) | Err(_), Some(will)) => {
            let delivery = Delivery::new(will.qos, PacketId::MIN);
            let message = OwnedPacket::new(&will.publish(delivery), connect.version)?;
            lock(broker).publish(&will.publish(delivery), &message.into());
        }
    }
    match end {
        Ok(_) => Ok(()),
        Err(Broken::Refused(answer)) => close(connection.socket, answer).await,
        Err(Broken::Codec(CodecError::Decode(error))) => {
            refuse(number, connection.socket, error, ConnectionState::AfterConnAck).await
        }
        Err(Broken::Codec(error)) => Err(error),
    }
}

/// Sends the reason to the client, prints it, and closes the connection.
async fn refuse(
    number: usize,
    socket: Socket,
    error: DecodeError,
    state: ConnectionState,
) -> Result<(), CodecError> {
    println!("{number}: {error}");
    close(socket, error.answer(Role::Server, state)).await
}

/// Sends the answer, and reads until the client closes its side. Closing a socket with unread bytes would discard
/// the answer.
async fn close(mut socket: Socket, answer: Answer) -> Result<(), CodecError> {
    socket.send(answer.into()).await?;
    socket.get_mut().shutdown().await?;
    let _ = timeout(PATIENCE, tokio::io::copy(socket.get_mut(), &mut tokio::io::sink())).await;
    Ok(())
}

/// Returns the reason to refuse a legal CONNECT: this broker does not support all features of the
/// standard.
fn objection(connect: &Connect<'_>) -> Option<ConnectReason> {
    if connect.client_id.is_empty() {
        return Some(ConnectReason::ClientIdentifierNotValid);
    }
    if connect.version != Version::V5_0 {
        return None;
    }
    if connect.properties.authentication_method.is_some() {
        return Some(ConnectReason::BadAuthenticationMethod);
    }
    // [MQTT-3.2.2-12] the Maximum QoS also applies to the will
    let too_much = connect.will.is_some_and(|will| will.qos == Qos::ExactlyOnce);
    too_much.then_some(ConnectReason::QosNotSupported)
}

fn conn_ack(version: Version) -> ConnAck<'static> {
    let mut accepted = ConnAck::new(ConnectReason::Success);
    if version == Version::V5_0 {
        accepted.properties = ConnAckProperties {
            session_expiry_interval: Some(0),
            maximum_qos: Some(MaximumQos::AtLeastOnce),
            maximum_packet_size: NonZeroU32::new(MAX_PACKET),
            subscription_identifier_available: Some(false),
            shared_subscription_available: Some(false),
            ..ConnAckProperties::EMPTY
        };
    }
    accepted
}

/// The action of the server on the will at the end of a connection. After an error, the server publishes the will.
enum End {
    Discards,
    Publishes,
}

/// Why a connection ends with an error.
enum Broken {
    Codec(CodecError),
    /// The answer for the client.
    Refused(Answer),
}

impl<E: Into<CodecError>> From<E> for Broken {
    fn from(error: E) -> Self {
        Self::Codec(error.into())
    }
}

/// A client that was accepted.
struct Connection<'b> {
    number: usize,
    socket: Socket,
    inbox: mpsc::Receiver<Message>,
    broker: &'b Mutex<Broker>,
    next_id: PacketId,
}

impl Connection<'_> {
    /// Runs both directions until one of them ends.
    async fn run(&mut self, connect: &Connect<'_>) -> Result<End, Broken> {
        let version = connect.version;
        self.socket.send(conn_ack(version).into()).await?;
        let silence = match connect.keep_alive {
            0 => NO_KEEP_ALIVE,
            // [MQTT-3.1.2-22] one and a half times the Keep Alive (3.1.1: [MQTT-3.1.2-24])
            seconds => Duration::from_secs(seconds.into()) * 3 / 2,
        };
        let mut deadline = Instant::now() + silence;
        loop {
            // Both futures can be cancelled without losing a message or a partly read packet.
            tokio::select! {
                message = self.inbox.recv() => match message {
                    Some(message) => self.deliver(&message, version).await?,
                    None => return Err(refusal(version, DisconnectReason::SessionTakenOver)),
                },
                received = timeout_at(deadline, self.socket.next()) => match received {
                    Err(_) => return Err(refusal(version, DisconnectReason::KeepAliveTimeout)),
                    Ok(None) => return Ok(End::Publishes),
                    Ok(Some(frame)) => {
                        deadline = Instant::now() + silence;
                        if let Some(end) = self.handle(frame?, version).await? {
                            return Ok(end);
                        }
                    }
                },
            }
        }
    }

    async fn handle(&mut self, frame: OwnedFrame, version: Version) -> Result<Option<End>, Broken> {
        match frame.packet()? {
            Packet::Publish(publish) => {
                if publish.delivery.qos() == Qos::ExactlyOnce {
                    return Err(refusal(version, DisconnectReason::QosNotSupported));
                }
                lock(self.broker).publish(&publish, &frame);
                if let Delivery::AtLeastOnce { id, .. } = publish.delivery {
                    self.socket.send(PubAck::new(id).into()).await?;
                }
            }
            Packet::Subscribe(subscribe) if subscribe.properties.subscription_identifier.is_none() => {
                let reasons = lock(self.broker).subscribe(self.number, &frame, &subscribe, version);
                self.socket.send(SubAck::new(subscribe.packet_id, &reasons).into()).await?;
            }
            Packet::Subscribe(_) => {
                return Err(refusal(version, DisconnectReason::SubscriptionIdentifiersNotSupported));
            }
            Packet::Unsubscribe(unsubscribe) => {
                let id = unsubscribe.packet_id;
                let reasons = lock(self.broker).unsubscribe(self.number, unsubscribe.filters.iter());
                let reasons = if version == Version::V5_0 { &reasons[..] } else { &[] };
                self.socket.send(UnsubAck::new(id, reasons).into()).await?;
            }
            Packet::PingReq => self.socket.send(PingResp.into()).await?,
            Packet::Disconnect(disconnect) if disconnect.discards_will() => return Ok(Some(End::Discards)),
            Packet::Disconnect(_) => return Ok(Some(End::Publishes)),
            // The server does not send messages again, so it need not remember acknowledgements.
            Packet::PubAck(_) => {}
            // A second CONNECT, or a step of QoS 2 without the steps before it.
            _ => return Err(refusal(version, DisconnectReason::ProtocolError)),
        }
        Ok(None)
    }

    /// Sends a message with the client's version, its granted QoS and its Packet Identifiers.
    async fn deliver(&mut self, message: &Message, version: Version) -> Result<(), Broken> {
        let Packet::Publish(publish) = message.frame.packet()? else { return Ok(()) };
        let delivery = Delivery::new(publish.delivery.qos().min(message.granted), self.next_id);
        self.next_id = self.next_id.next();
        let properties = match version {
            Version::V5_0 => publish.properties,
            Version::V3_1 | Version::V3_1_1 => PublishProperties::EMPTY,
        };
        let retain = message.was_retained;
        match self.socket.send(Publish { delivery, retain, properties, ..publish }.into()).await {
            // [MQTT-3.1.2-25] the message is too large for the client, so the client loses the message
            Err(CodecError::Encode(EncodeError::TooLargeForPeer { .. })) => Ok(()),
            sent => Ok(sent?),
        }
    }
}

/// Returns the packet to send before closing. Earlier versions have none.
fn refusal(version: Version, reason: DisconnectReason) -> Broken {
    Broken::Refused(match version {
        Version::V5_0 => Answer::Disconnect(reason),
        Version::V3_1 | Version::V3_1_1 => Answer::Close,
    })
}

fn lock(broker: &Mutex<Broker>) -> MutexGuard<'_, Broker> {
    broker.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A PUBLISH for one subscriber.
struct Message {
    frame: OwnedFrame,
    granted: Qos,
    was_retained: bool,
}

/// The state of one connection.
struct Session {
    client_id: Owned<Text<'static>>,
    outbox: mpsc::Sender<Message>,
    subscriptions: Vec<(Owned<TopicFilter<'static>>, Qos)>,
}

impl Session {
    /// Returns the greatest QoS of all subscriptions that match the topic.
    fn granted(&self, topic: TopicName<'_>) -> Option<Qos> {
        let matching = self.subscriptions.iter().filter(|(filter, _)| filter.get().matches(topic));
        matching.map(|(_, granted)| *granted).max()
    }

    fn send(&self, frame: &OwnedFrame, granted: Qos, was_retained: bool) {
        // If the outbox is full, this client loses the message.
        let _ = self.outbox.try_send(Message { frame: frame.clone(), granted, was_retained });
    }
}

/// The state that all connections share.
#[derive(Default)]
struct Broker {
    sessions: HashMap<usize, Session>,
    retained: HashMap<Owned<TopicName<'static>>, OwnedFrame>,
}

impl Broker {
    fn begin(&mut self, number: usize, session: Session) {
        self.sessions.retain(|_, other| other.client_id != session.client_id);
        self.sessions.insert(number, session);
    }

    /// Passes a message to all subscribers, and stores it if RETAIN is set.
    fn publish(&mut self, publish: &Publish<'_>, frame: &OwnedFrame) {
        let Some(topic) = publish.topic.name() else { return }; // the decoder refuses Topic Aliases
        for session in self.sessions.values() {
            if let Some(granted) = session.granted(topic) {
                session.send(frame, granted, false);
            }
        }
        if publish.retain {
            // [MQTT-3.3.1-6] an empty message removes the retained message (3.1.1: [MQTT-3.3.1-10])
            self.retained.remove(topic.as_str());
            if !publish.payload.is_empty() {
                // The message may be stored for a long time. So it must not keep the memory of the read buffer.
                self.retained.insert(topic.into(), frame.compact());
            }
        }
    }

    /// Grants the subscriptions and sends the retained messages. (The task of the client sends the
    /// SUBACK first.)
    fn subscribe(
        &mut self,
        number: usize,
        frame: &OwnedFrame,
        subscribe: &Subscribe<'_>,
        version: Version,
    ) -> Vec<SubscribeReason> {
        let Some(session) = self.sessions.get_mut(&number) else { return Vec::new() };
        let mut grant = |subscription: Subscription<'_>| {
            if version == Version::V5_0 && subscription.filter.is_shared() {
                return SubscribeReason::SharedSubscriptionsNotSupported;
            }
            // The server supports none of the options that are new in 5.0.
            if subscription != Subscription::new(subscription.filter, subscription.qos) {
                return SubscribeReason::ImplementationSpecificError;
            }
            let granted = subscription.qos.min(Qos::AtLeastOnce);
            session.subscriptions.retain(|(filter, _)| filter.get() != subscription.filter);
            session.subscriptions.push((frame.slice_ref(subscription.filter), granted));
            for (_, retained) in
                self.retained.iter().filter(|(topic, _)| subscription.filter.matches(topic.get()))
            {
                session.send(retained, granted, true);
            }
            SubscribeReason::granted(granted)
        };
        subscribe.subscriptions.iter().map(&mut grant).collect()
    }

    fn unsubscribe<'a>(
        &mut self,
        number: usize,
        filters: impl Iterator<Item = TopicFilter<'a>>,
    ) -> Vec<UnsubscribeReason> {
        let Some(session) = self.sessions.get_mut(&number) else { return Vec::new() };
        let remove = |filter: TopicFilter<'_>| {
            let before = session.subscriptions.len();
            session.subscriptions.retain(|(other, _)| other.get() != filter);
            match session.subscriptions.len() < before {
                true => UnsubscribeReason::Success,
                false => UnsubscribeReason::NoSubscriptionExisted,
            }
        };
        filters.map(remove).collect()
    }
}
