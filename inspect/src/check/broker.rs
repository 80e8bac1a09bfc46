//! Tests a broker: each packet is sent on its own connection.

use super::link::{Event, Link};
use super::outcome::{self, Answer, End, MANY, Outcome, usual_reply};
use super::plan::{Case, Kind, Limits, Login, Scene, encoded, packet_type};
use mqtt_wire::property::ConnectProperties;
use mqtt_wire::{
    Binary, Connect, Decoder, Delivery, Packet, PacketId, PacketType, PingReq, PubRec, PubRel, Publish, Qos,
    Role, Subscribe, Subscription, Text, TopicName, Version, Will, text, topic_filter, topic_name,
};
use std::collections::{HashMap, HashSet};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// The number of failed connections after which the broker counts as gone.
const TRIES: u32 = 3;
/// The Packet Identifier of the probe message. No packet of the table uses this identifier.
const PROBE_ID: PacketId = PacketId::MAX;
const DISCONNECT: &[u8] = b"\xe0\x00";
/// The Client Identifier of most connections.
const CLIENT_ID: Text<'static> = text!("mqttinspect");
/// The Client Identifiers of the connection that receives the wills, and of the connection with the last will.
const WATCHER_ID: Text<'static> = text!("mqttinspectwatcher");
const LAST_ID: Text<'static> = text!("mqttinspectlast");
const WILL_TOPIC: TopicName<'static> = topic_name!("mqttinspect/will");
/// The message that is published if no will has arrived. This message differs from each will, because the message of a will is a number.
const NO_WILL: &str = "no will";
/// The Client Identifier of the packets in the table.
const TABLE_CLIENT_ID: Text<'static> = text!("a");

pub(super) struct Broker {
    addresses: Vec<SocketAddr>,
    pub(super) wait: Duration,
    login: Login,
    pace: Pace,
    probe: Probe,
    pub(super) connections: usize,
    /// The versions of the connections that the broker has accepted.
    accepted: HashSet<Version>,
    /// Whether the last connection failed, after several attempts. The next connection gets a single attempt.
    is_gone: bool,
    /// For each packet type that answers a packet of the broker: how often the broker did not send that packet, and why. The entry is
    /// removed when the broker sends the packet.
    unprepared: HashMap<(Version, PacketType), (u32, String)>,
}

/// The packet that follows the packet of the case, to see whether the broker goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Probe {
    PingReq,
    /// A message with QoS 1, for brokers that do not answer PINGREQ.
    Message,
    /// A message with QoS 1, for brokers that send PINGRESP without a PINGREQ. The PINGRESPs of such a broker show nothing.
    MessageAmongPingResps,
}

/// What a broker showed on its first connection.
pub(super) struct Greeting {
    pub(super) limits: Limits,
    /// The broker sent a PINGRESP without a PINGREQ. So a PINGRESP does not show that the broker goes on.
    pub(super) has_unasked_pingresp: bool,
    /// The broker sent a CONNACK, and nothing after it.
    pub(super) is_mute: bool,
}

/// Limits the rate of connections.
struct Pace {
    interval: Duration,
    next: Instant,
}

/// Why a packet could not be sent.
pub(super) struct Obstacle {
    pub(super) why: String,
    /// Whether the broker refused all connections or answered none.
    pub(super) is_gone: bool,
    /// Whether the reason comes from earlier connections. Then no connection was made for this packet.
    pub(super) is_known: bool,
    /// The statement that the broker breaks, if the statement is known.
    pub(super) broken: Option<String>,
}

impl Obstacle {
    fn gone(why: impl Into<String>) -> Self {
        Self { why: why.into(), is_gone: true, is_known: false, broken: None }
    }

    fn unprepared(why: impl Into<String>) -> Self {
        Self { why: why.into(), is_gone: false, is_known: false, broken: None }
    }
}

impl Broker {
    pub(super) fn new(addresses: Vec<SocketAddr>, wait: Duration, login: Login, interval: Duration) -> Self {
        let pace = Pace { interval, next: Instant::now() };
        Self {
            addresses,
            wait,
            login,
            pace,
            probe: Probe::PingReq,
            connections: 0,
            accepted: HashSet::new(),
            is_gone: false,
            unprepared: HashMap::new(),
        }
    }

    /// Connects with this version, and finds out how the broker answers a PINGREQ.
    pub(super) async fn greet(&mut self, version: Version) -> Result<Greeting, Obstacle> {
        let (mut link, limits) = self.accepted(&hello(version)).await?;
        link.send(&Probe::PingReq.bytes(version)).await;
        let answers_ping = wait_for(&mut link, PacketType::PingResp).await.is_ok();
        let is_mute = !answers_ping && !reacts_to_requests(&mut link, &limits).await;
        link.send(DISCONNECT).await;
        // The broker closes the connection now, so all its packets have arrived.
        let has_unasked_pingresp = answers_ping && wait_for(&mut link, PacketType::PingResp).await.is_ok();
        link.end().await;
        match (answers_ping, has_unasked_pingresp) {
            (false, _) => self.probe = Probe::Message,
            (true, true) => self.probe = Probe::MessageAmongPingResps,
            (true, false) => {}
        }
        Ok(Greeting { limits, has_unasked_pingresp, is_mute })
    }

    /// Finds out whether the broker still accepts a connection and reacts to the probe. An earlier packet may have blocked the broker.
    pub(super) async fn still_reacts(&mut self, version: Version) -> Result<(), Obstacle> {
        for attempt in 1..=TRIES {
            self.pause_before(attempt).await;
            let (mut link, _) = self.accepted(&hello(version)).await?;
            link.send(&self.probe.bytes(version)).await;
            let reacts = link.reacts().await;
            link.end().await;
            if reacts {
                return Ok(());
            }
        }
        Err(Obstacle {
            broken: Some("[MQTT-3.12.4-1]".to_owned()),
            ..Obstacle::gone("it sends a CONNACK, and nothing after it")
        })
    }

    /// Sends the packet of the case. Returns the bytes that were sent and the reaction of the
    /// broker.
    pub(super) async fn run(&mut self, case: &Case) -> Result<(Vec<u8>, Outcome), Obstacle> {
        let (bytes, outcome, by_reset) = self.exchange(case, true).await?;
        let may_have_lost_an_answer = by_reset && outcome.answers.is_empty() && case.scene != Scene::First;
        if !may_have_lost_an_answer || case.version != Version::V5_0 {
            return Ok((bytes, outcome));
        }
        // A reset can discard an answer before it. The second attempt leaves out the data that
        // provoked the reset.
        match self.exchange(case, false).await {
            Ok((bytes, again, _)) if again.end == End::Closed => Ok((bytes, again)),
            _ => Ok((bytes, outcome)),
        }
    }

    async fn exchange(
        &mut self,
        case: &Case,
        with_probe: bool,
    ) -> Result<(Vec<u8>, Outcome, bool), Obstacle> {
        let mut bytes = case.bytes.clone();
        let is_disconnect = packet_type(&bytes) == Some(PacketType::Disconnect);
        // No other connection has the same number.
        let (mut watcher, number) = (None, self.connections.to_string());
        if let Scene::Answer(answer) = case.scene {
            self.may_prepare(case.version, answer)?;
        }
        let mut link = match case.scene {
            Scene::First => self.open(case.version).await?,
            Scene::Connected if is_disconnect => {
                watcher = self.watcher(case.version).await;
                self.connection_with_will(case.version, watcher.is_some().then_some(&*number)).await?
            }
            Scene::Connected | Scene::Answer(_) => self.accepted(&hello(case.version)).await?.0,
        };
        if let Scene::Answer(answer) = case.scene {
            let id = self.prepared(&mut link, answer).await.map_err(Obstacle::unprepared)?;
            put_id(&mut bytes, id);
        }
        let is_connect = case.scene == Scene::First && packet_type(&bytes) == Some(PacketType::Connect);
        // After a valid DISCONNECT the client must not send anything.
        let is_last = case.kind != Kind::Forbidden && is_disconnect;
        // The probe is sent together with the packet. Some brokers read beyond a short packet. If the probe came later, their reaction
        // would depend on the time.
        let mut all = bytes.clone();
        if with_probe && !is_connect && !is_last {
            all.extend(self.probe.bytes(case.version));
        }
        link.send_split(&all, case.split).await;
        let (mut outcome, by_reset) = watch(&mut link, &bytes, self.probe, is_connect && with_probe).await;
        if outcome.end != End::Closed {
            link.send(DISCONNECT).await;
        }
        link.end().await;
        if let Some(mut watcher) = watcher {
            if outcome.end == End::Closed {
                outcome.will = self.sees_the_will(&mut watcher, &number).await;
            }
            watcher.send(DISCONNECT).await;
            watcher.end().await;
        }
        Ok((bytes, outcome, by_reset))
    }

    /// Makes the broker send a packet that this packet type answers, and returns its Packet Identifier.
    async fn prepared(&mut self, link: &mut Link, answer: PacketType) -> Result<u16, String> {
        let key = (link.version(), answer);
        let prepared = prepare(link, answer).await;
        match &prepared {
            Ok(_) => drop(self.unprepared.remove(&key)),
            Err(why) => self.unprepared.entry(key).or_insert((0, why.clone())).0 += 1,
        }
        prepared
    }

    /// Returns an error if the broker has often not sent the packet. Then the check does not wait for it again.
    fn may_prepare(&self, version: Version, answer: PacketType) -> Result<(), Obstacle> {
        match self.unprepared.get(&(version, answer)) {
            Some((TRIES.., why)) => Err(Obstacle { is_known: true, ..Obstacle::unprepared(why.clone()) }),
            _ => Ok(()),
        }
    }

    /// A connection that receives the wills, if the broker lets it subscribe.
    async fn watcher(&mut self, version: Version) -> Option<Link> {
        let (mut link, _) = self.accepted(&Connect { client_id: WATCHER_ID, ..hello(version) }).await.ok()?;
        let subscriptions = [Subscription::new(topic_filter!("mqttinspect/will"), Qos::AtMostOnce)];
        link.send(&encoded(&Subscribe::new(PacketId::MIN, &subscriptions), version)).await;
        wait_for(&mut link, PacketType::SubAck).await.ok()?;
        Some(link)
    }

    /// A connection for a DISCONNECT. The connection has a will if the broker accepts one.
    async fn connection_with_will(
        &mut self,
        version: Version,
        message: Option<&str>,
    ) -> Result<Link, Obstacle> {
        let mut connect = hello(version);
        if version == Version::V5_0 {
            // If the interval in CONNECT is 0, a DISCONNECT must not set another value: 5.0 §3.14.2.2.2
            let session_expiry_interval = Some(1);
            connect.properties = ConnectProperties { session_expiry_interval, ..ConnectProperties::EMPTY };
        }
        if let Some(message) = message {
            let will = Some(will(message));
            if let Ok((link, _)) = self.accepted(&Connect { will, ..connect }).await {
                return Ok(link);
            }
        }
        Ok(self.accepted(&connect).await?.0)
    }

    /// Returns what the broker did with the will that has this message, after the broker closed the connection. A second connection with a
    /// will ends without DISCONNECT, so that the function need not wait for the time limit. If only the second will arrives, the broker has
    /// discarded the first will. If no will arrives, but an ordinary message arrives, the broker publishes no wills. `None` if nothing
    /// arrives.
    async fn sees_the_will(&mut self, watcher: &mut Link, message: &str) -> Option<outcome::Will> {
        let last = self.connections.to_string();
        let connect = Connect { client_id: LAST_ID, will: Some(will(&last)), ..hello(watcher.version()) };
        let (link, _) = self.accepted(&connect).await.ok()?;
        link.end().await;
        let fates = [
            (message, outcome::Will::Published),
            (&*last, outcome::Will::Discarded),
            (NO_WILL, outcome::Will::NeverPublished),
        ];
        if let Some(fate) = arriving(watcher, &fates).await {
            return Some(fate);
        }
        let message = Publish::new(WILL_TOPIC, NO_WILL.as_bytes());
        let version = watcher.version();
        watcher.send(&encoded(&message, version)).await;
        arriving(watcher, &fates).await
    }

    /// Ends the sessions that the packets of the table may have left.
    pub(super) async fn tidy(&mut self, version: Version) {
        if let Ok(mut link) = self.open(version).await {
            let mut connect = Connect { client_id: TABLE_CLIENT_ID, keep_alive: 60, ..Connect::new(version) };
            self.login.put_into(&mut connect);
            link.send(&encoded(&connect, version)).await;
            let deadline = link.deadline();
            if let Event::Frame(_) = link.next(deadline).await {
                link.send(DISCONNECT).await;
            }
            link.end().await;
        }
    }

    async fn open(&mut self, version: Version) -> Result<Link, Obstacle> {
        let mut last = Obstacle::gone("it has no address");
        for attempt in 1..=self.tries() {
            self.pause_before(attempt).await;
            for address in self.addresses.clone() {
                match self.open_at(address).await {
                    Ok(socket) => return Ok(Link::new(socket, version, Role::Server, self.wait)),
                    Err(error) if self.addresses.len() == 1 => last = Obstacle::gone(error.to_string()),
                    Err(error) => last = Obstacle::gone(format!("{address}: {error}")),
                }
            }
            // No address has answered yet, so an unreachable one must not delay the check.
            if self.connections == 0 {
                break;
            }
        }
        self.is_gone = true;
        Err(last)
    }

    fn tries(&self) -> u32 {
        if self.is_gone { 1 } else { TRIES }
    }

    /// The broker may be overloaded, so later attempts wait.
    async fn pause_before(&self, attempt: u32) {
        if attempt > 1 {
            sleep(Duration::from_millis(250) * 4_u32.pow(attempt - 2)).await;
        }
    }

    async fn open_at(&mut self, address: SocketAddr) -> io::Result<TcpStream> {
        self.pace.turn().await;
        let late = |_| io::Error::new(io::ErrorKind::TimedOut, "no connection within the time of --wait");
        let socket = timeout(self.wait, TcpStream::connect(address)).await.map_err(late)??;
        self.connections += 1;
        // The other addresses are dropped, because this one has answered.
        self.addresses = vec![address];
        Ok(socket)
    }

    /// Returns a connection that the broker has accepted.
    async fn accepted(&mut self, connect: &Connect<'_>) -> Result<(Link, Limits), Obstacle> {
        let version = connect.version;
        let login = self.login.clone();
        let mut connect = *connect;
        login.put_into(&mut connect);
        let bytes = encoded(&connect, version);
        let mut last = Obstacle::gone("");
        // A broker that has never accepted this version is not overloaded.
        let tries = if self.accepted.contains(&version) { self.tries() } else { 1 };
        for attempt in 1..=tries {
            self.pause_before(attempt).await;
            let mut link = self.open(version).await?;
            link.send(&bytes).await;
            match connack(&mut link, self.accepted.contains(&version)).await {
                Ok(limits) => {
                    self.accepted.insert(version);
                    self.is_gone = false;
                    return Ok((link, limits));
                }
                Err(obstacle) => last = obstacle,
            }
            link.end().await;
        }
        self.is_gone = true;
        Err(last)
    }
}

fn will(message: &str) -> Will<'_> {
    let payload = Binary::new(message.as_bytes()).unwrap_or_default();
    Will::new(WILL_TOPIC, payload)
}

/// Waits for one of these messages, and returns what it means.
async fn arriving(watcher: &mut Link, fates: &[(&str, outcome::Will)]) -> Option<outcome::Will> {
    let deadline = watcher.deadline();
    while let Event::Frame(frame) = watcher.next(deadline).await {
        if let Ok(Packet::Publish(publish)) = Decoder::from_server(watcher.version()).decode_frame(&frame) {
            let fate = fates.iter().find(|(message, _)| publish.payload == message.as_bytes());
            if let Some((_, fate)) = fate {
                return Some(*fate);
            }
        }
    }
    None
}

/// The CONNECT of most connections.
fn hello(version: Version) -> Connect<'static> {
    Connect { client_id: CLIENT_ID, keep_alive: 60, ..Connect::new(version) }
}

impl Probe {
    fn bytes(self, version: Version) -> Vec<u8> {
        match self {
            Self::PingReq => encoded(&PingReq, version),
            Self::Message | Self::MessageAmongPingResps => {
                encoded(&message(Qos::AtLeastOnce, PROBE_ID), version)
            }
        }
    }

    fn is_given_by(self, answer: &Answer) -> bool {
        match self {
            Self::PingReq => answer.packet_type == Some(PacketType::PingResp),
            Self::Message | Self::MessageAmongPingResps => {
                answer.packet_type == Some(PacketType::PubAck) && answer.packet_id == Some(PROBE_ID.get())
            }
        }
    }
}

impl Pace {
    async fn turn(&mut self) {
        sleep_until(self.next).await;
        self.next = Instant::now() + self.interval;
    }
}

/// Waits for a CONNACK with success.
async fn connack(link: &mut Link, is_known: bool) -> Result<Limits, Obstacle> {
    // If the broker has accepted this version before, it speaks MQTT, and the hint would be wrong.
    let hint = |hint: &'static str| if is_known { "" } else { hint };
    let deadline = link.deadline();
    match link.next(deadline).await {
        Event::Frame(frame) => accepts(&frame, link.version()),
        Event::Garbage(answer) => Err(match answer.wrong {
            Some((statement, text)) => Obstacle {
                broken: Some(statement),
                ..Obstacle::gone(format!("its answer is not MQTT: {text}"))
            },
            None => Obstacle::gone("its answer is not MQTT"),
        }),
        Event::Closed { .. } => Err(Obstacle::gone(format!(
            "it closed the connection without a CONNACK{}",
            hint("; it may expect TLS or WebSocket")
        ))),
        Event::Nothing => Err(Obstacle {
            // A broker that does not support the version has to close the connection.
            broken: Some("[MQTT-3.1.2-2]".to_owned()),
            ..Obstacle::gone(format!(
                "it sent no CONNACK within the time of --wait{}",
                hint("; it may expect TLS or another protocol")
            ))
        }),
    }
}

/// Returns the limits in a CONNACK with success.
fn accepts(frame: &[u8], version: Version) -> Result<Limits, Obstacle> {
    let answer = Answer::read(frame, version, Role::Server);
    if let Some((statement, wrong)) = &answer.wrong {
        return Err(Obstacle {
            broken: Some(statement.clone()),
            ..Obstacle::gone(format!("it answered CONNECT with a malformed packet: {wrong}"))
        });
    }
    match (answer.packet_type, answer.code()) {
        (Some(PacketType::ConnAck), Some(0)) => {
            let packet = Decoder::from_server(version).decode_frame(frame).ok();
            Ok(packet.map_or(Limits::NONE, |packet| Limits::of(&packet)))
        }
        (Some(PacketType::ConnAck), Some(code)) => Err(Obstacle::gone(refused(&answer, code))),
        _ => Err(Obstacle {
            broken: Some("[MQTT-3.2.0-1]".to_owned()),
            ..Obstacle::gone(format!("it answered CONNECT with {answer}"))
        }),
    }
}

fn refused(answer: &Answer, code: u8) -> String {
    let hint = match code {
        0x84 => ": it does not support this version",
        0x86 | 0x87 => ": --username and --password log in",
        _ => "",
    };
    let reason =
        mqtt_wire::reason::ConnectReason::new(code).map_or(String::new(), |reason| format!(" ({reason})"));
    format!("{answer}{reason}{hint}")
}

/// Copies the Packet Identifier of the request into the answer. An identifier that is missing or 0 stays,
/// because the case tests it.
pub(super) fn put_id(bytes: &mut [u8], id: u16) {
    if let Some(place) = bytes.get_mut(2..4).filter(|place| **place != [0, 0]) {
        place.copy_from_slice(&id.to_be_bytes());
    }
}

/// Whether the broker reacts to a SUBSCRIBE or to a message with QoS 1.
async fn reacts_to_requests(link: &mut Link, limits: &Limits) -> bool {
    let subscriptions = [Subscription::new(topic_filter!("mqttinspect"), Qos::AtMostOnce)];
    let version = link.version();
    link.send(&encoded(&Subscribe::new(PacketId::MIN, &subscriptions), version)).await;
    if limits.qos > 0 {
        publish(link, Qos::AtLeastOnce, PROBE_ID).await;
    }
    link.reacts().await
}

/// Makes the broker send a packet that this packet type answers, and returns its Packet Identifier.
async fn prepare(link: &mut Link, answer: PacketType) -> Result<u16, String> {
    let id = PacketId::MIN;
    match answer {
        PacketType::PubRel => {
            publish(link, Qos::ExactlyOnce, id).await;
            wait_for(link, PacketType::PubRec).await
        }
        PacketType::PubAck => delivered(link, Qos::AtLeastOnce).await,
        PacketType::PubRec => delivered(link, Qos::ExactlyOnce).await,
        _ => {
            let id = delivered(link, Qos::ExactlyOnce).await?;
            if let Ok(id) = PacketId::new(id) {
                let version = link.version();
                link.send(&encoded(&PubRec::new(id), version)).await;
            }
            wait_for(link, PacketType::PubRel).await
        }
    }
}

fn message(qos: Qos, id: PacketId) -> Publish<'static> {
    Publish { delivery: Delivery::new(qos, id), ..Publish::new(topic_name!("mqttinspect"), b"") }
}

async fn publish(link: &mut Link, qos: Qos, id: PacketId) {
    let version = link.version();
    link.send(&encoded(&message(qos, id), version)).await;
}

async fn wait_for(link: &mut Link, wanted: PacketType) -> Result<u16, String> {
    let deadline = link.deadline();
    loop {
        match link.next(deadline).await {
            Event::Frame(frame) => {
                let answer = Answer::read(&frame, link.version(), Role::Server);
                if answer.packet_type == Some(wanted) && answer.wrong.is_none() {
                    return Ok(answer.packet_id.unwrap_or_default());
                }
            }
            Event::Nothing | Event::Closed { .. } | Event::Garbage(_) => {
                return Err(format!("no {wanted} came"));
            }
        }
    }
}

/// Subscribes, publishes and waits for the message. Returns the Packet Identifier from the broker.
async fn delivered(link: &mut Link, qos: Qos) -> Result<u16, String> {
    let version = link.version();
    let subscriptions = [Subscription::new(topic_filter!("mqttinspect"), qos)];
    link.send(&encoded(&Subscribe::new(PacketId::MIN, &subscriptions), version)).await;
    wait_for(link, PacketType::SubAck).await?;
    let id = PacketId::MIN.next();
    publish(link, qos, id).await;
    let deadline = link.deadline();
    let (mut is_acknowledged, mut is_received, mut delivered) = (false, false, None);
    loop {
        if let (true, Some(id)) = (is_acknowledged, delivered) {
            return Ok(id);
        }
        let Event::Frame(frame) = link.next(deadline).await else {
            return Err(format!("no message of QoS {} came back", qos.get()));
        };
        let answer = Answer::read(&frame, version, Role::Server);
        match answer.packet_type {
            Some(PacketType::PubAck | PacketType::PubComp) => is_acknowledged = true,
            // A second PUBREL would cause a second PUBCOMP.
            Some(PacketType::PubRec) if !is_received => {
                is_received = true;
                link.send(&encoded(&PubRel::new(id), version)).await;
            }
            Some(PacketType::Publish) => delivered = answer.packet_id.or(delivered),
            _ => {}
        }
    }
}

/// Watches the broker until it closes the connection, answers the probe or the time is over. After a CONNECT, the probe is
/// sent when the broker has accepted the CONNECT.
async fn watch(link: &mut Link, sent: &[u8], probe: Probe, is_connect: bool) -> (Outcome, bool) {
    let version = link.version();
    // If the packet of the case is a PINGREQ, it has the same answer as the probe.
    let is_ping = probe == Probe::PingReq && packet_type(sent) == Some(PacketType::PingReq);
    let sent_packet = Decoder::new(version).sender(Role::Client).decode_frame(sent);
    let is_legal_ping = sent_packet == Ok(Packet::PingReq);
    let reply = usual_reply(sent).filter(|reply| *reply != PacketType::PingResp || probe == Probe::Message);
    // Send a second probe for brokers that handle several packets at a time.
    let rounds = if is_ping { 3 } else { 2 };
    let mut deadline = link.deadline();
    let (mut answers, mut replies) = (Vec::<Answer>::new(), 0);
    loop {
        let has_replied = reply.is_none() || answers.iter().any(|answer| answer.packet_type == reply);
        if replies >= rounds && has_replied || answers.len() >= MANY {
            return (Outcome::new(answers, End::WentOn), false);
        }
        let answer = match link.next(deadline).await {
            Event::Frame(frame) => Answer::read(&frame, version, Role::Server),
            Event::Garbage(answer) => answer,
            Event::Closed { by_reset } => return (Outcome::new(answers, End::Closed), by_reset),
            Event::Nothing => {
                if is_ping && replies == 1 {
                    // The answer may belong to the probe.
                    answers.retain(|answer| !probe.is_given_by(answer));
                }
                let end = if replies > 0 { End::WentOn } else { End::Waited };
                return (Outcome::new(answers, end), false);
            }
        };
        match answer.packet_type {
            _ if answer.wrong.is_some() => answers.push(answer),
            // Messages from other clients are not an answer.
            Some(PacketType::Publish) => {}
            Some(PacketType::PingResp) if probe == Probe::MessageAmongPingResps => {
                if is_legal_ping && answers.is_empty() {
                    answers.push(answer);
                }
            }
            _ if probe.is_given_by(&answer) => {
                replies += 1;
                if replies == rounds - 1 {
                    link.send(&probe.bytes(version)).await;
                }
                if is_ping && replies == 1 {
                    answers.push(answer);
                }
            }
            // Only the first CONNACK sends the probe and moves the deadline. A broker that sends CONNACKs without end must not delay the
            // end.
            Some(PacketType::ConnAck) if is_connect && answers.is_empty() && answer.code() == Some(0) => {
                answers.push(answer);
                link.send(&probe.bytes(version)).await;
                deadline = link.deadline();
            }
            _ => answers.push(answer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_rate_is_kept() {
        let mut pace = Pace { interval: Duration::from_millis(100), next: Instant::now() };
        let start = Instant::now();
        for number in 0..10 {
            pace.turn().await;
            assert!(start.elapsed() >= Duration::from_millis(100) * number);
        }
        // A late connection does not make the next connection earlier.
        sleep(Duration::from_secs(5)).await;
        pace.turn().await;
        let late = Instant::now();
        pace.turn().await;
        assert!(late.elapsed() >= Duration::from_millis(100));
    }

    #[test]
    fn an_identifier_is_copied_only_over_a_valid_one() {
        for (before, after) in [
            (&b"\x40\x02\x00\x01"[..], &b"\x40\x02\x12\x34"[..]),
            (b"\x40\x02\x00\x00", b"\x40\x02\x00\x00"),
            (b"\x40\x01\x01", b"\x40\x01\x01"),
            (b"\x50\x05\x00\x01\x00\x00\x00", b"\x50\x05\x12\x34\x00\x00\x00"),
        ] {
            let mut bytes = before.to_vec();
            put_id(&mut bytes, 0x1234);
            assert_eq!(bytes, after);
        }
    }
}
