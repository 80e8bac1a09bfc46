//! A minimal broker for the example: QoS 0 and 1, retained messages, wills.
//!
//! Each connection has a thread that reads packets. One lock protects the state of the broker. A session ends with
//! its connection. The broker does not support QoS 2, session takeover, UNSUBSCRIBE, expiry, or the optional
//! features of 5.0. The CONNACK announces each missing feature for which 5.0 has a property. The broker ignores the
//! Maximum Packet Size and the Receive Maximum of a client. The example `tokio_server` respects the Maximum Packet Size.

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

/// The largest packet that the broker accepts, in bytes.
const MAX_PACKET: u32 = 64 * 1024;

/// The time limit for a client without a Keep Alive.
const PATIENCE: Duration = Duration::from_secs(60);

/// Starts a broker on a free port of the loopback interface. The broker runs as long as the
/// program.
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

/// Serves one connection, and publishes its will at the end.
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

/// Reads CONNECT, answers it, and returns the will. The caller keeps the will until the connection
/// ends.
fn welcome(
    number: usize,
    incoming: &mut Connection,
    socket: &TcpStream,
    broker: &Mutex<Broker>,
) -> Result<Option<Message>, Answer> {
    let received = incoming.receive();
    let received = received.map_err(|broken| answer(&broken, ConnectionState::BeforeConnAck))?;
    // Before CONNECT the decoder accepts no other packet, so this is the end of the stream.
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
        // [MQTT-3.1.2-22] the limit is one and a half times the Keep Alive (3.1.1: [MQTT-3.1.2-24])
        incoming.set_patience(Duration::from_secs(keep_alive.into()) * 3 / 2);
    }
    Ok(will)
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

/// The action of the server on the will at the end of a connection. After an error, the server publishes the will.
enum End {
    Discards,
    Publishes,
}

/// Passes the packets of a connection to the broker until the connection ends.
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

/// Returns the answer to a peer whose packets cannot be read.
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

/// The state that all connections share.
#[derive(Default)]
struct Broker {
    /// The sessions by the number of the connection.
    sessions: BTreeMap<usize, Session>,
    /// The retained messages by topic.
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
            // The broker does not send messages again, so it need not remember acknowledgements.
            Packet::PubAck(_) => Ok(()),
            Packet::Unsubscribe(_) => Err(session.refusal(DisconnectReason::ImplementationSpecificError)),
            // A second CONNECT, or a step of QoS 2 without the steps before it.
            _ => Err(session.refusal(DisconnectReason::ProtocolError)),
        }
    }

    /// Sends a message to all subscribers, and stores it if RETAIN is set.
    fn publish(&mut self, message: Message) {
        let publish = message.publish();
        let Some(topic) = publish.topic.name() else { return }; // the decoder refuses Topic Aliases
        for session in self.sessions.values_mut() {
            if let Some(granted) = session.granted(topic) {
                // [MQTT-3.3.1-12] RETAIN is set only in stored messages (3.1.1: [MQTT-3.3.1-9]). The reading
                // thread of the subscriber will notice if its connection is broken.
                let _ = session.deliver(Publish { retain: false, ..publish }, granted);
            }
        }
        match (publish.retain, publish.payload) {
            (false, _) => {}
            // [MQTT-3.3.1-6] an empty message removes the retained message (3.1.1: [MQTT-3.3.1-10])
            (true, []) => drop(self.retained.remove(topic.as_str())),
            (true, _) => drop(self.retained.insert(topic.to_string(), message)),
        }
    }
}

/// The state of one connection.
struct Session {
    version: Version,
    socket: TcpStream,
    /// The granted QoS by filter.
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

    /// Answers, and sends the retained messages that match the new subscriptions.
    fn subscribe(
        &mut self,
        subscribe: &Subscribe<'_>,
        retained: &BTreeMap<String, Message>,
    ) -> Result<(), Answer> {
        if subscribe.properties.subscription_identifier.is_some() {
            return Err(self.refusal(DisconnectReason::SubscriptionIdentifiersNotSupported));
        }
        let reasons: Vec<_> =
            subscribe.subscriptions.iter().map(|subscription| self.grant(&subscription)).collect();
        self.send(SubAck::new(subscribe.packet_id, &reasons))?;

        let answered = subscribe.subscriptions.iter().zip(&reasons);
        for (subscription, _) in answered.filter(|(_, reason)| !reason.is_error()) {
            for publish in retained.values().map(Message::publish) {
                if publish.topic.name().is_some_and(|topic| subscription.filter.matches(topic)) {
                    // RETAIN stays set, because the message is a stored one (3.1.1:
                    // [MQTT-3.3.1-8]).
                    self.deliver(publish, subscription.qos)?;
                }
            }
        }
        Ok(())
    }

    /// Grants a subscription. This broker refuses shared subscriptions and the options that are new in
    /// 5.0.
    fn grant(&mut self, subscription: &Subscription<'_>) -> SubscribeReason {
        if self.version == Version::V5_0 && subscription.filter.is_shared() {
            return SubscribeReason::SharedSubscriptionsNotSupported;
        }
        if *subscription != Subscription::new(subscription.filter, subscription.qos) {
            return SubscribeReason::ImplementationSpecificError;
        }
        let granted = subscription.qos.min(Qos::AtLeastOnce);
        self.subscriptions.insert(subscription.filter.to_string(), granted);
        SubscribeReason::granted(granted)
    }

    /// Returns the greatest QoS of all subscriptions that match the topic.
    fn granted(&self, topic: TopicName<'_>) -> Option<Qos> {
        let matches = |filter: &str| TopicFilter::new(filter).is_ok_and(|filter| filter.matches(topic));
        self.subscriptions.iter().filter(|(filter, _)| matches(filter)).map(|(_, granted)| *granted).max()
    }

    /// Sends a message with the client's version, its granted QoS and its Packet Identifiers.
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

    /// Sends a packet. If the peer cannot be reached, no answer is possible.
    fn send<'a>(&self, packet: impl Into<Packet<'a>>) -> Result<(), Answer> {
        send(&self.socket, &packet.into(), self.version).map(drop).map_err(|_| Answer::Close)
    }

    /// Returns the packet to send before closing. Earlier versions have none.
    fn refusal(&self, reason: DisconnectReason) -> Answer {
        match self.version {
            Version::V5_0 => Answer::Disconnect(reason),
            Version::V3_1 | Version::V3_1_1 => Answer::Close,
        }
    }
}

/// A message that outlives its packet. The message is stored as a PUBLISH of 5.0, which has fields for the data
/// of every version. Decoding the message copies nothing.
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
