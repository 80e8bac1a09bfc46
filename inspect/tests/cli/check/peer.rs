//! A small broker and a small client that conform to the standard, except for planted faults.

use mqtt_wire::answer::ConnectionState;
use mqtt_wire::property::{ConnAckProperties, ConnectProperties};
use mqtt_wire::reason::{ConnectReason, DisconnectReason, PubCompReason, SubscribeReason, UnsubscribeReason};
use mqtt_wire::{
    ConnAck, Connect, DecodeError, Decoder, Delivery, Disconnect, Encode, Packet, PacketId, PacketType,
    PingResp, PubAck, PubComp, PubRec, PubRel, Publish, Qos, Role, SubAck, Subscribe, Subscription, Topic,
    TopicName, UnsubAck, Unsubscribe, Version, text, topic_filter, topic_name,
};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::num::{NonZeroU16, NonZeroU32};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// The planted faults of a peer.
#[derive(Default, Clone, Copy)]
pub struct Faults {
    /// Packets that are refused with this error are ignored.
    pub takes: Option<fn(&DecodeError) -> bool>,
    /// The answer instead of the correct one.
    pub answers: Option<fn(&DecodeError) -> Option<DisconnectReason>>,
    pub takes_second_connect: bool,
    pub forgets_codes: bool,
    pub answers_no_ping: bool,
    /// Acknowledgements have a wrong Packet Identifier.
    pub mixes_up_ids: bool,
    /// Each byte is sent on its own.
    pub trickles: bool,
    /// The broker accepts only this User Name.
    pub user_name: Option<&'static str>,
    /// The broker accepts only this many connections.
    pub connections: Option<usize>,
    pub v5_only: bool,
    /// From the connection with this number on, the broker sends nothing, or only CONNACK.
    pub mute_from: Option<usize>,
    pub mute_after_connack: bool,
    /// The broker sends no messages to subscribers.
    pub delivers_nothing: bool,
    /// The broker ignores all packets after a packet that is refused with this error.
    pub ignores_after: Option<fn(&DecodeError) -> bool>,
    /// A malformed DISCONNECT discards the will too.
    pub discards_all_wills: bool,
    /// No DISCONNECT discards the will.
    pub publishes_all_wills: bool,
    pub publishes_no_wills: bool,
    pub sends_connack_twice: bool,
    /// The peer sends this acknowledgement twice.
    pub sends_twice: Option<PacketType>,
    /// The broker sends PINGRESPs from the beginning of the connection to its end.
    pub sends_pingresps: bool,
    /// The broker refuses packets, but never closes a connection.
    pub never_closes: bool,
    /// The client acknowledges no message, whatever its QoS.
    pub acknowledges_nothing: bool,
    /// The client closes the connection after each message with QoS 1.
    pub closes_after_messages: bool,
    pub pingresp_has_a_body: bool,
    /// After each message, the client also sends this acknowledgement, which nothing asked for.
    pub acknowledges_what_was_not_sent: Option<&'static [u8]>,
    /// The Receive Maximum of the client, if it is not 10.
    pub receive_maximum: Option<u16>,
    /// The client sends no DISCONNECT when it refuses a packet.
    pub closes_silently: bool,
}

/// Listens, and passes each connection to `serve`.
pub fn listen(serve: impl Fn(usize, TcpStream) + Clone + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for (number, socket) in listener.incoming().enumerate() {
            let (serve, socket) = (serve.clone(), socket.unwrap());
            thread::spawn(move || serve(number, socket));
        }
    });
    address
}

pub fn broker(faults: Faults) -> String {
    let subscribers = Subscribers::default();
    listen(move |number, socket| {
        let is_mute = faults.mute_from.is_some_and(|first| number >= first);
        if is_mute {
            be_mute(socket, faults.mute_after_connack);
        } else if faults.connections.is_none_or(|most| number < most) {
            let session = Session::new(socket, faults, Decoder::from_client());
            Session { subscribers: subscribers.clone(), ..session }.serve();
        }
    })
}

/// Reads until the peer has gone. Sends at most a CONNACK.
pub fn be_mute(mut socket: TcpStream, accepts: bool) {
    let mut connect = [0; 100];
    let read = socket.read(&mut connect);
    if accepts && matches!(read, Ok(1..)) {
        let is_v5 = connect[8] == 5;
        let _ = socket.write_all(if is_v5 { b"\x20\x03\x00\x00\x00" } else { b"\x20\x02\x00\x00" });
    }
    while matches!(socket.read(&mut [0; 100]), Ok(1..)) {}
}

/// The subscribers of wills: topic, version and connection.
type Subscribers = Arc<Mutex<Vec<(String, Version, TcpStream)>>>;

struct Session {
    socket: TcpStream,
    faults: Faults,
    decoder: Decoder,
    buffer: Vec<u8>,
    is_connected: bool,
    subscriptions: Vec<(String, Qos)>,
    /// The QoS 2 messages that were not released yet.
    received: Vec<PacketId>,
    next_id: PacketId,
    /// The topic and the message.
    will: Option<(String, Vec<u8>)>,
    subscribers: Subscribers,
}

/// Whether the connection stays open.
type GoesOn = bool;

impl Session {
    fn new(socket: TcpStream, faults: Faults, decoder: Decoder) -> Self {
        socket.set_nodelay(true).unwrap();
        let next_id = PacketId::new(1000).unwrap();
        let (subscriptions, received) = (Vec::new(), Vec::new());
        Self {
            socket,
            faults,
            decoder,
            buffer: Vec::new(),
            is_connected: false,
            subscriptions,
            received,
            next_id,
            will: None,
            subscribers: Subscribers::default(),
        }
    }

    fn version(&self) -> Version {
        self.decoder.version().unwrap_or(Version::V3_1_1)
    }

    fn serve(mut self) {
        while self.step() {}
        if self.faults.never_closes {
            while self.read() {}
        }
        self.publish_will();
        self.hang_up();
    }

    /// Sends some PINGRESPs now, and more on a thread of its own until the peer has gone.
    ///
    /// The thread pauses, so that the memory of the socket does not fill up. If the memory were full, a packet of the
    /// other thread could get into the middle of a PINGRESP.
    fn keep_sending_pingresps(&mut self) {
        let _ = self.socket.write_all(&b"\xd0\x00".repeat(3));
        let mut socket = self.socket.try_clone().unwrap();
        thread::spawn(move || {
            while socket.write_all(b"\xd0\x00").is_ok() {
                thread::sleep(Duration::from_millis(1));
            }
        });
    }

    /// Sends an acknowledgement, once or twice.
    fn acknowledge(&mut self, packet_type: PacketType, packet: &impl Encode) -> GoesOn {
        let times = if self.faults.sends_twice == Some(packet_type) { 2 } else { 1 };
        (0..times).all(|_| self.send(packet))
    }

    fn send_unasked(&mut self) -> GoesOn {
        let bytes = self.faults.acknowledges_what_was_not_sent.unwrap_or_default();
        self.socket.write_all(bytes).is_ok()
    }

    fn publish_will(&mut self) {
        let Some((topic, message)) = self.will.take().filter(|_| !self.faults.publishes_no_wills) else {
            return;
        };
        for (filter, version, socket) in &mut *self.subscribers.lock().unwrap() {
            if *filter == topic {
                let will = Publish::new(TopicName::new(&topic).unwrap(), &message);
                let mut bytes = vec![0; will.encoded_len(*version).unwrap()];
                will.encode(*version, &mut bytes).unwrap();
                // The peer may be gone.
                let _ = socket.write_all(&bytes);
            }
        }
    }

    /// Closes the sending direction and waits until the peer has read all bytes.
    fn hang_up(&mut self) {
        let _ = self.socket.shutdown(Shutdown::Write);
        while matches!(self.socket.read(&mut [0; 4096]), Ok(1..)) {}
    }

    fn step(&mut self) -> GoesOn {
        let buffer = std::mem::take(&mut self.buffer);
        match self.decoder.decode(&buffer) {
            Ok(Some((packet, rest))) => {
                self.buffer = rest.to_vec();
                self.packet(&packet)
            }
            Ok(None) => {
                self.buffer = buffer;
                self.read()
            }
            Err(error) if self.faults.takes.is_some_and(|takes| takes(&error)) => {
                self.buffer = buffer[error.packet_len().unwrap()..].to_vec();
                true
            }
            Err(error) if self.faults.ignores_after.is_some_and(|ignores| ignores(&error)) => {
                while self.read() {}
                false
            }
            Err(error) => self.refuse(&error),
        }
    }

    fn read(&mut self) -> GoesOn {
        let mut chunk = [0; 4096];
        match self.socket.read(&mut chunk) {
            Ok(0) | Err(_) => false,
            Ok(len) => {
                self.buffer.extend_from_slice(&chunk[..len]);
                true
            }
        }
    }

    fn send(&mut self, packet: &impl Encode) -> GoesOn {
        self.send_in(self.version(), packet)
    }

    fn send_in(&mut self, version: Version, packet: &impl Encode) -> GoesOn {
        let mut bytes = vec![0; packet.encoded_len(version).unwrap()];
        packet.encode(version, &mut bytes).unwrap();
        let pieces = if self.faults.trickles { 1 } else { bytes.len() };
        for piece in bytes.chunks(pieces) {
            if self.socket.write_all(piece).is_err() {
                return false;
            }
        }
        true
    }

    fn refuse(&mut self, error: &DecodeError) -> GoesOn {
        if self.faults.discards_all_wills && error.packet_type() == Some(PacketType::Disconnect) {
            self.will = None;
            return false;
        }
        if let Some(reason) = self.faults.answers.and_then(|answers| answers(error)) {
            self.send(&Disconnect::new(reason));
            return false;
        }
        let state =
            if self.is_connected { ConnectionState::AfterConnAck } else { ConnectionState::BeforeConnAck };
        if let Some((packet, version)) = error.answer(Role::Server, state).packet() {
            self.send_in(version, &packet);
        }
        false
    }

    fn disconnect(&mut self, reason: DisconnectReason) -> GoesOn {
        if self.version() == Version::V5_0 {
            self.send(&Disconnect::new(reason));
        }
        false
    }

    fn packet(&mut self, packet: &Packet<'_>) -> GoesOn {
        match packet {
            Packet::Connect(_) if self.is_connected && self.faults.takes_second_connect => true,
            Packet::Connect(_) if self.is_connected => self.disconnect(DisconnectReason::ProtocolError),
            Packet::Connect(packet) => self.connect(packet),
            Packet::Publish(packet) => self.publish(packet),
            Packet::Subscribe(packet) => self.subscribe(packet),
            Packet::Unsubscribe(packet) => {
                let codes: Vec<_> = packet.filters.iter().map(|_| UnsubscribeReason::Success).collect();
                let codes = if self.version() == Version::V5_0 { &codes[..] } else { &[] };
                self.acknowledge(PacketType::UnsubAck, &UnsubAck::new(packet.packet_id, codes))
            }
            Packet::PubRel(packet) => {
                let is_known = self.received.contains(&packet.packet_id);
                self.received.retain(|id| *id != packet.packet_id);
                let answer = PubComp::new(packet.packet_id);
                let reason = PubCompReason::PacketIdentifierNotFound;
                let is_told = !is_known && self.version() == Version::V5_0;
                let answer = if is_told { PubComp { reason, ..answer } } else { answer };
                self.acknowledge(PacketType::PubComp, &answer)
            }
            Packet::PubRec(packet) if packet.reason.get() < 0x80 => self.send(&PubRel::new(packet.packet_id)),
            Packet::PingReq if self.faults.answers_no_ping => true,
            Packet::PingReq if self.faults.pingresp_has_a_body => {
                self.socket.write_all(b"\xd0\x01\x00").is_ok()
            }
            Packet::PingReq => self.send(&PingResp),
            Packet::Disconnect(packet) => {
                let discards = packet.discards_will() || self.faults.discards_all_wills;
                if discards && !self.faults.publishes_all_wills {
                    self.will = None;
                }
                false
            }
            Packet::Auth(_) => self.disconnect(DisconnectReason::ProtocolError),
            _ => true,
        }
    }

    fn connect(&mut self, connect: &Connect<'_>) -> GoesOn {
        let is_v5 = connect.version == Version::V5_0;
        let refusal = match self.faults.user_name {
            _ if self.faults.v5_only && !is_v5 => Some(ConnectReason::UnsupportedProtocolVersion),
            _ if connect.client_id.is_empty() && !connect.clean_start && !is_v5 => {
                Some(ConnectReason::ClientIdentifierNotValid)
            }
            Some(name) if connect.user_name.is_none_or(|is| is.as_str() != name) => {
                Some(ConnectReason::NotAuthorized)
            }
            _ if connect.properties.authentication_method.is_some() => {
                Some(ConnectReason::BadAuthenticationMethod)
            }
            _ => None,
        };
        if let Some(reason) = refusal {
            self.send(&ConnAck::new(reason));
            return false;
        }
        self.is_connected = true;
        let will = connect.will.as_ref();
        self.will = will.map(|will| (will.topic.as_str().to_owned(), will.payload.as_bytes().to_vec()));
        let mut answer = ConnAck::new(ConnectReason::Success);
        if is_v5 {
            self.decoder = self.decoder.max_packet_size(MAXIMUM_PACKET_SIZE).topic_alias_maximum(ALIASES);
            answer.properties = ConnAckProperties {
                maximum_packet_size: NonZeroU32::new(MAXIMUM_PACKET_SIZE),
                topic_alias_maximum: Some(ALIASES),
                receive_maximum: NonZeroU16::new(RECEIVE_MAXIMUM as u16),
                assigned_client_identifier: connect.client_id.is_empty().then_some(text!("assigned")),
                ..ConnAckProperties::EMPTY
            };
        }
        let goes_on = self.send(&answer) && (!self.faults.sends_connack_twice || self.send(&answer));
        if self.faults.sends_pingresps {
            self.keep_sending_pingresps();
        }
        goes_on
    }

    fn publish(&mut self, publish: &Publish<'_>) -> GoesOn {
        let goes_on = match publish.delivery {
            _ if matches!(publish.topic, Topic::Alias(_)) => self.disconnect(DisconnectReason::ProtocolError),
            Delivery::AtMostOnce => true,
            Delivery::AtLeastOnce { id, .. } if self.faults.mixes_up_ids => {
                self.send(&PubAck::new(id.next()))
            }
            Delivery::AtLeastOnce { id, .. } => self.acknowledge(PacketType::PubAck, &PubAck::new(id)),
            Delivery::ExactlyOnce { .. }
                if self.version() == Version::V5_0 && self.received.len() == RECEIVE_MAXIMUM =>
            {
                self.disconnect(DisconnectReason::ReceiveMaximumExceeded)
            }
            Delivery::ExactlyOnce { id, .. } => {
                self.received.push(id);
                self.acknowledge(PacketType::PubRec, &PubRec::new(id))
            }
        };
        let name = publish.topic.name().map_or("", |name| name.as_str());
        let granted = self.subscriptions.iter().find(|(filter, _)| filter == name).map(|(_, qos)| *qos);
        match granted {
            Some(qos) if goes_on && !self.faults.delivers_nothing => {
                self.next_id = self.next_id.next();
                self.send(&Publish { delivery: Delivery::new(qos, self.next_id), ..*publish })
            }
            _ => goes_on,
        }
    }

    fn subscribe(&mut self, subscribe: &Subscribe<'_>) -> GoesOn {
        let new = subscribe.subscriptions.iter();
        self.subscriptions.extend(new.map(|each| (each.filter.as_str().to_owned(), each.qos)));
        let (version, mut subscribers) = (self.version(), self.subscribers.lock().unwrap());
        for subscription in &subscribe.subscriptions {
            let socket = self.socket.try_clone().unwrap();
            subscribers.push((subscription.filter.as_str().to_owned(), version, socket));
        }
        drop(subscribers);
        let granted: Vec<_> = subscribe
            .subscriptions
            .iter()
            .map(|subscription| SubscribeReason::granted(subscription.qos))
            .collect();
        let many = if self.faults.forgets_codes { 1 } else { granted.len() };
        self.acknowledge(PacketType::SubAck, &SubAck::new(subscribe.packet_id, &granted[..many]))
    }
}

const MAXIMUM_PACKET_SIZE: u32 = 500;
const ALIASES: u16 = 10;
const RECEIVE_MAXIMUM: usize = 5;

/// A client that reconnects until nobody listens any more.
pub fn client(address: SocketAddr, version: Version, faults: Faults) {
    while let Ok(socket) = TcpStream::connect(address) {
        ConnectedClient::new(socket, version, faults).stay();
    }
}

struct ConnectedClient {
    session: Session,
    is_connected: bool,
}

impl ConnectedClient {
    fn new(socket: TcpStream, version: Version, faults: Faults) -> Self {
        Self { session: Session::new(socket, faults, Decoder::from_server(version)), is_connected: false }
    }

    fn stay(mut self) {
        let version = self.session.version();
        let connect = Connect { client_id: text!("guest"), keep_alive: 60, ..Connect::new(version) };
        let receive_maximum = NonZeroU16::new(self.receive_maximum()).filter(|_| version == Version::V5_0);
        let properties = ConnectProperties { receive_maximum, ..ConnectProperties::EMPTY };
        if self.session.send(&Connect { properties, ..connect }) {
            while self.step() {}
        }
        self.session.hang_up();
    }

    fn step(&mut self) -> GoesOn {
        let buffer = std::mem::take(&mut self.session.buffer);
        let mut decoder = self.session.decoder.topic_alias_maximum(0);
        match decoder.decode(&buffer) {
            Ok(Some((packet, rest))) => {
                self.session.buffer = rest.to_vec();
                self.packet(&packet)
            }
            Ok(None) => {
                self.session.buffer = buffer;
                self.session.read()
            }
            Err(error) if self.session.faults.takes.is_some_and(|takes| takes(&error)) => {
                self.session.buffer = buffer[error.packet_len().unwrap()..].to_vec();
                true
            }
            Err(_) if self.session.faults.closes_silently => false,
            Err(error) => {
                if let Some((packet, version)) =
                    error.answer(Role::Client, ConnectionState::AfterConnAck).packet()
                {
                    self.session.send_in(version, &packet);
                }
                false
            }
        }
    }

    fn receive_maximum(&self) -> u16 {
        self.session.faults.receive_maximum.unwrap_or(10)
    }

    fn packet(&mut self, packet: &Packet<'_>) -> GoesOn {
        let is_full = self.session.received.len() >= usize::from(self.receive_maximum());
        let session = &mut self.session;
        match packet {
            Packet::ConnAck(packet) if !self.is_connected && !packet.reason.is_error() => {
                self.is_connected = true;
                let (one, two, three, four) = (id(1), id(2), id(3), id(4));
                let subscription = [Subscription::new(topic_filter!("to/guest"), Qos::AtMostOnce)];
                let message = Publish::new(topic_name!("from/guest"), b"");
                session.send(&Subscribe::new(one, &subscription))
                    && session.send(&Unsubscribe::new(two, &[topic_filter!("to/guest")]))
                    && session.send(&Publish { delivery: Delivery::new(Qos::AtLeastOnce, three), ..message })
                    && session.send(&Publish { delivery: Delivery::new(Qos::ExactlyOnce, four), ..message })
            }
            Packet::ConnAck(_) | Packet::Disconnect(_) => false,
            _ if !self.is_connected => false,
            Packet::Auth(_) => session.disconnect(DisconnectReason::ProtocolError),
            Packet::Publish(packet) => match packet.delivery {
                _ if packet.topic.name().is_none() => session.disconnect(DisconnectReason::ProtocolError),
                Delivery::AtMostOnce => true,
                _ if is_full => session.disconnect(DisconnectReason::ReceiveMaximumExceeded),
                Delivery::AtLeastOnce { .. } if session.faults.closes_after_messages => false,
                Delivery::AtLeastOnce { .. } if session.faults.acknowledges_nothing => true,
                Delivery::AtLeastOnce { id, .. } if session.faults.mixes_up_ids => {
                    session.send(&PubAck::new(id.next()))
                }
                Delivery::AtLeastOnce { id, .. } => {
                    session.acknowledge(PacketType::PubAck, &PubAck::new(id)) && session.send_unasked()
                }
                Delivery::ExactlyOnce { id, .. } => {
                    session.received.push(id);
                    session.faults.acknowledges_nothing
                        || session.acknowledge(PacketType::PubRec, &PubRec::new(id))
                }
            },
            Packet::PubRec(packet) if packet.reason.get() < 0x80 => {
                session.send(&PubRel::new(packet.packet_id))
            }
            Packet::PubRel(packet) => {
                session.received.retain(|id| *id != packet.packet_id);
                session.acknowledge(PacketType::PubComp, &PubComp::new(packet.packet_id))
            }
            _ => true,
        }
    }
}

fn id(number: u16) -> PacketId {
    PacketId::new(number).unwrap()
}
