//! A broker as small as the story allows: QoS 0 and 1, retained messages, wills.
//!
//! Each connection has a thread that reads; what comes in is dealt with under one lock. A session ends
//! with its connection. Left out are QoS 2, taking over a session, UNSUBSCRIBE, expiry, and all that
//! 5.0 made optional: the CONNACK says so where it can.

use crate::connection::{Broken, Connection, encode, send};
use mqtt_wire::answer::{Answer, ConnectionState};
use mqtt_wire::property::{ConnAckProperties, MaximumQos, PublishProperties};
use mqtt_wire::reason::{ConnectReason, DisconnectReason, SubscribeReason};
use mqtt_wire::{
    ConnAck, Connect, Decoder, Delivery, EncodeError, Packet, PacketId, PingResp, PubAck, Publish, Qos, Role,
    SubAck, Subscribe, Subscription, TopicFilter, TopicName, Version, decode_frame,
};
use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// The largest packet that is taken.
const MAX_PACKET: u32 = 64 * 1024;

/// How long a client may be silent that has named no Keep Alive.
const PATIENCE: Duration = Duration::from_secs(60);

/// Brings up a broker on a free port of the loopback interface. It runs as long as the program.
pub(crate) fn start() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let broker = Arc::new(Mutex::new(Broker::default()));
    thread::spawn(move || {
        for (number, socket) in listener.incoming().flatten().enumerate() {
            let broker = Arc::clone(&broker);
            thread::spawn(move || serve(number, socket, &broker));
        }
    });
    Ok(address)
}

/// One connection from its first byte to its last, and the will after it.
fn serve(number: usize, socket: TcpStream, broker: &Mutex<Broker>) -> io::Result<()> {
    let decoder = Decoder::from_client().max_packet_size(MAX_PACKET).topic_alias_maximum(0);
    let mut incoming = Connection::new(socket.try_clone()?, decoder, PATIENCE)?;
    let will = match welcome(number, &mut incoming, &socket, broker) {
        Ok(will) => will,
        Err(answer) => return close(&socket, answer),
    };
    let end = listen(number, &mut incoming, broker);
    lock(broker).sessions.remove(&number);
    match (&end, will) {
        (Ok(End::Discards), _) | (_, None) => {}
        (Ok(End::Publishes) | Err(_), Some(will)) => lock(broker).publish(will),
    }
    close(&socket, end.err().unwrap_or(Answer::Close))
}

/// Reads CONNECT, answers it, and gives the will: it is kept here until the connection ends.
fn welcome(
    number: usize,
    incoming: &mut Connection,
    socket: &TcpStream,
    broker: &Mutex<Broker>,
) -> Result<Option<Message>, Answer> {
    let received = incoming.receive();
    let received = received.map_err(|broken| answer(&broken, ConnectionState::BeforeConnAck))?;
    // Before CONNECT the decoder accepts nothing else: this is the end of the stream.
    let Some((Packet::Connect(connect), _)) = received else { return Err(Answer::Close) };
    if let Some(reason) = objection(&connect) {
        return Err(match connect.version {
            Version::V5_0 => Answer::ConnAckV5(reason),
            Version::V3_1 | Version::V3_1_1 => Answer::ConnAckV3(reason),
        });
    }
    let will = connect.will.map(|will| Message::new(&will.publish(Delivery::new(will.qos, PacketId::MIN))));
    let will = will.transpose().map_err(|_| Answer::Close)?;
    let (version, keep_alive) = (connect.version, connect.keep_alive);
    let session = Session::new(version, socket).map_err(|_| Answer::Close)?;
    session.send(conn_ack(version))?;
    lock(broker).sessions.insert(number, session);
    if keep_alive > 0 {
        // [MQTT-3.1.2-22] who is silent for one and a half times as long is gone (3.1.1: [MQTT-3.1.2-24])
        incoming.set_patience(Duration::from_secs(keep_alive.into()) * 3 / 2);
    }
    Ok(will)
}

/// What the decoder cannot know: that this broker does not do all that the standard allows.
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
    // [MQTT-3.2.2-12] the Maximum QoS holds for the will too
    let too_much = connect.will.is_some_and(|will| will.qos == Qos::ExactlyOnce);
    too_much.then_some(ConnectReason::QosNotSupported)
}

fn conn_ack(version: Version) -> ConnAck<'static> {
    let accepted = ConnAck::new(ConnectReason::Success);
    if version != Version::V5_0 {
        return accepted;
    }
    let properties = ConnAckProperties {
        session_expiry_interval: Some(0),
        maximum_qos: Some(MaximumQos::AtLeastOnce),
        maximum_packet_size: NonZeroU32::new(MAX_PACKET),
        subscription_identifier_available: Some(false),
        shared_subscription_available: Some(false),
        ..ConnAckProperties::EMPTY
    };
    ConnAck { properties, ..accepted }
}

/// What the end of a connection does with the will. A connection that ends in an error publishes it.
enum End {
    Discards,
    Publishes,
}

/// Hands packet after packet to the broker until the connection ends.
fn listen(number: usize, incoming: &mut Connection, broker: &Mutex<Broker>) -> Result<End, Answer> {
    loop {
        match incoming.receive() {
            Ok(Some((Packet::Disconnect(disconnect), _))) if disconnect.discards_will() => {
                return Ok(End::Discards);
            }
            Ok(Some((Packet::Disconnect(_), _)) | None) => return Ok(End::Publishes),
            Ok(Some((packet, _))) => lock(broker).handle(number, packet)?,
            Err(broken) => return Err(answer(&broken, ConnectionState::AfterConnAck)),
        }
    }
}

/// What to tell a peer whose packets cannot be read.
fn answer(broken: &Broken, state: ConnectionState) -> Answer {
    match broken {
        Broken::Bytes(error) => error.answer(Role::Server, state),
        Broken::Socket(_) => Answer::Close,
    }
}

fn close(socket: &TcpStream, answer: Answer) -> io::Result<()> {
    if let Some((packet, version)) = answer.packet() {
        send(socket, &packet, version)?;
    }
    socket.shutdown(Shutdown::Both)
}

fn lock(broker: &Mutex<Broker>) -> MutexGuard<'_, Broker> {
    broker.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What all connections share.
#[derive(Default)]
struct Broker {
    /// By the number of the connection.
    sessions: BTreeMap<usize, Session>,
    /// By topic.
    retained: BTreeMap<String, Message>,
}

impl Broker {
    fn handle(&mut self, number: usize, packet: Packet<'_>) -> Result<(), Answer> {
        let session = self.sessions.get_mut(&number).ok_or(Answer::Close)?;
        match packet {
            Packet::Publish(publish) => {
                let message = Message::new(&publish).map_err(|_| Answer::Close)?;
                session.acknowledge(publish.delivery)?;
                self.publish(message);
                Ok(())
            }
            Packet::Subscribe(subscribe) => session.subscribe(&subscribe, &self.retained),
            Packet::PingReq => session.send(PingResp),
            // Nothing is sent a second time, so that there is nothing to tick off.
            Packet::PubAck(_) => Ok(()),
            Packet::Unsubscribe(_) => Err(session.refusal(DisconnectReason::ImplementationSpecificError)),
            // A second CONNECT, or a step of QoS 2, which nothing has led to.
            _ => Err(session.refusal(DisconnectReason::ProtocolError)),
        }
    }

    /// Sends a message to all who have subscribed to it, and keeps it if it is to be retained.
    fn publish(&mut self, message: Message) {
        let publish = message.publish();
        let Some(topic) = publish.topic.name() else { return }; // no Topic Alias gets in
        for session in self.sessions.values_mut() {
            if let Some(granted) = session.granted(topic) {
                // [MQTT-3.3.1-12] RETAIN is for what was stored before (3.1.1: [MQTT-3.3.1-9]).
                // Whoever takes nothing any more is for the thread to notice that reads from there.
                let _ = session.deliver(Publish { retain: false, ..publish }, granted);
            }
        }
        match (publish.retain, publish.payload) {
            (false, _) => {}
            // [MQTT-3.3.1-6] an empty message clears what was retained (3.1.1: [MQTT-3.3.1-10])
            (true, []) => drop(self.retained.remove(topic.as_str())),
            (true, _) => drop(self.retained.insert(topic.to_string(), message)),
        }
    }
}

/// What the broker knows of one connection.
struct Session {
    version: Version,
    socket: TcpStream,
    /// By filter, the QoS that was granted.
    subscriptions: BTreeMap<String, Qos>,
    next_id: PacketId,
}

impl Session {
    fn new(version: Version, socket: &TcpStream) -> io::Result<Self> {
        let socket = socket.try_clone()?;
        Ok(Self { version, socket, subscriptions: BTreeMap::new(), next_id: PacketId::MIN })
    }

    fn acknowledge(&self, delivery: Delivery) -> Result<(), Answer> {
        match delivery {
            Delivery::AtMostOnce => Ok(()),
            Delivery::AtLeastOnce { id, .. } => self.send(PubAck::new(id)),
            Delivery::ExactlyOnce { .. } => Err(self.refusal(DisconnectReason::QosNotSupported)),
        }
    }

    /// Answers, and sends what is retained under the new subscriptions.
    fn subscribe(
        &mut self,
        subscribe: &Subscribe<'_>,
        retained: &BTreeMap<String, Message>,
    ) -> Result<(), Answer> {
        if subscribe.properties.subscription_identifier.is_some() {
            return Err(self.refusal(DisconnectReason::SubscriptionIdentifiersNotSupported));
        }
        let reasons: Vec<_> = subscribe.subscriptions.iter().map(|wish| self.grant(&wish)).collect();
        self.send(SubAck::new(subscribe.packet_id, &reasons))?;

        let answered = subscribe.subscriptions.iter().zip(&reasons);
        for (wish, _) in answered.filter(|(_, reason)| !reason.is_error()) {
            for publish in retained.values().map(Message::publish) {
                if publish.topic.name().is_some_and(|topic| wish.filter.matches(topic)) {
                    // As it was stored: RETAIN is set, and says so (3.1.1: [MQTT-3.3.1-8]).
                    self.deliver(publish, wish.qos)?;
                }
            }
        }
        Ok(())
    }

    /// Grants what this broker can: no shared subscriptions and none of the options that are new in 5.0.
    fn grant(&mut self, wish: &Subscription<'_>) -> SubscribeReason {
        if self.version == Version::V5_0 && wish.filter.is_shared() {
            return SubscribeReason::SharedSubscriptionsNotSupported;
        }
        if *wish != Subscription::new(wish.filter, wish.qos) {
            return SubscribeReason::ImplementationSpecificError;
        }
        let granted = wish.qos.min(Qos::AtLeastOnce);
        self.subscriptions.insert(wish.filter.to_string(), granted);
        SubscribeReason::granted(granted)
    }

    /// The greatest QoS of all subscriptions that match the topic.
    fn granted(&self, topic: TopicName<'_>) -> Option<Qos> {
        let matches = |filter: &str| TopicFilter::new(filter).is_ok_and(|filter| filter.matches(topic));
        self.subscriptions.iter().filter(|(filter, _)| matches(filter)).map(|(_, granted)| *granted).max()
    }

    /// Sends a message in this client's form: its version, the QoS granted to it, its Packet Identifiers.
    fn deliver(&mut self, publish: Publish<'_>, granted: Qos) -> Result<(), Answer> {
        let qos = publish.delivery.qos().min(granted).min(Qos::AtLeastOnce);
        let delivery = Delivery::new(qos, self.next_id);
        self.next_id = self.next_id.next();
        let properties = match self.version {
            Version::V5_0 => publish.properties,
            Version::V3_1 | Version::V3_1_1 => PublishProperties::EMPTY,
        };
        self.send(Publish { delivery, properties, ..publish })
    }

    /// There is nothing to say to a peer that nothing can be sent to.
    fn send<'a>(&self, packet: impl Into<Packet<'a>>) -> Result<(), Answer> {
        send(&self.socket, &packet.into(), self.version).map(drop).map_err(|_| Answer::Close)
    }

    /// What to say before closing: earlier versions have no word for it.
    fn refusal(&self, reason: DisconnectReason) -> Answer {
        match self.version {
            Version::V5_0 => Answer::Disconnect(reason),
            Version::V3_1 | Version::V3_1_1 => Answer::Close,
        }
    }
}

/// A message that outlives the packet it came in: kept as the bytes of its PUBLISH in 5.0, which has a
/// place for all that any version can say. To decode them again copies nothing.
struct Message(Vec<u8>);

impl Message {
    fn new(publish: &Publish<'_>) -> Result<Self, EncodeError> {
        encode(publish, Version::V5_0).map(Self)
    }

    fn publish(&self) -> Publish<'_> {
        match decode_frame(Version::V5_0, &self.0) {
            Ok(Packet::Publish(publish)) => publish,
            other => unreachable!("a PUBLISH was stored: {other:?}"),
        }
    }
}
