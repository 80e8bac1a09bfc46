//! Tests a client: the client connects repeatedly, and each connection gets one packet.

use super::broker::put_id;
use super::link::{Event, Link};
use super::outcome::{self, Answer, End, MANY, Outcome, usual_reply};
use super::plan::{Case, Kind, Limits, Scene, encoded, packet_type};
use mqtt_wire::reason::{ConnectReason, SubscribeReason, UnsubscribeReason};
use mqtt_wire::{
    ConnAck, Connect, Decoder, Delivery, Packet, PacketId, PacketType, PingResp, PubAck, PubComp, PubRec,
    Publish, Qos, Role, SubAck, UnsubAck, Version, topic_name,
};
use std::collections::HashSet;
use std::time::Duration;
use tokio::net::TcpStream;

/// The Packet Identifier of the message that shows whether the client goes on.
const PROBE: PacketId = outcome::PROBES[0];
/// The Packet Identifier of a second message, which follows the probe. When the client acknowledges the second message, it has sent all its
/// answers to the packets before.
const LAST: PacketId = outcome::PROBES[1];
/// The Packet Identifier of the message whose delivery the case continues.
const DELIVERY: PacketId = outcome::DELIVERY;

pub(super) struct ConnectedClient {
    link: Link,
    pub(super) version: Version,
    pub(super) connect: Vec<u8>,
    receive_maximum: u16,
}

impl ConnectedClient {
    /// Waits for the CONNECT. `Err` describes what the peer sent or did instead.
    pub(super) async fn welcome(socket: TcpStream, wait: Duration) -> Result<Self, Option<Answer>> {
        let mut link = Link::new(socket, Version::V5_0, Role::Client, wait);
        let deadline = link.deadline();
        match link.next(deadline).await {
            Event::Frame(frame) => match Decoder::from_client().decode_frame(&frame) {
                Ok(packet @ Packet::Connect(Connect { version, .. })) => {
                    link.set_version(version);
                    let receive_maximum = Limits::of(&packet).receive;
                    Ok(Self { link, version, connect: frame, receive_maximum })
                }
                _ => Err(Some(Answer::read(&frame, Version::V5_0, Role::Client))),
            },
            Event::Garbage(answer) => Err(Some(answer)),
            Event::Closed { .. } | Event::Nothing => Err(None),
        }
    }

    /// Sends the packet of the case. Returns the bytes that were sent and the reaction of the client. `absent` lists the answers
    /// that no client has given a reason for so far.
    pub(super) async fn run(
        &mut self,
        case: &Case,
        absent: &mut HashSet<PacketType>,
    ) -> Result<(Vec<u8>, Outcome), String> {
        let mut bytes = case.bytes.clone();
        if self.receive_maximum == 1 && case.key != "sess-receive-maximum" && is_unacknowledged(case) {
            return Err("the message after it would be above the client's Receive Maximum of 1".to_owned());
        }
        if case.scene != Scene::First {
            self.send(&ConnAck::new(ConnectReason::Success)).await;
        }
        if let Scene::Answer(answer) = case.scene {
            let request = if absent.contains(&answer) { None } else { self.request(answer).await };
            match request {
                Some((id, _)) if case.kind == Kind::Forbidden => put_id(&mut bytes, id),
                Some((id, 0 | 1)) => put_id(&mut bytes, id),
                Some(_) => return Err("the client has sent several requests at once".to_owned()),
                None => {
                    absent.insert(answer);
                    // A forbidden packet is forbidden even without a request that it answers.
                    if case.kind != Kind::Forbidden {
                        return Err(format!("the client has sent nothing that a {answer} answers"));
                    }
                }
            }
        }
        let outcome = if packet_type(&bytes) == Some(PacketType::Disconnect) {
            self.link.send_split(&bytes, case.split).await;
            self.watch_after_disconnect(case.kind).await
        } else {
            // The probe is sent together with the packet, so that the reaction does not depend on the time at which the probe arrives.
            let all = [&*bytes, &encoded(&probe(PROBE), self.version)].concat();
            self.link.send_split(&all, case.split).await;
            self.watch(usual_reply(&bytes)).await
        };
        Ok((bytes, outcome))
    }

    /// Accepts the client, and returns what it does after the probe alone. If the client does not acknowledge the probe, the probe cannot
    /// show whether the client goes on.
    pub(super) async fn after_probe(&mut self) -> End {
        self.send(&ConnAck::new(ConnectReason::Success)).await;
        self.send(&probe(PROBE)).await;
        self.watch(None).await.end
    }

    /// No packet may follow a DISCONNECT, and a client could close because of the probe. So the probe is sent only after a forbidden
    /// DISCONNECT, and only if the client does nothing.
    async fn watch_after_disconnect(&mut self, kind: Kind) -> Outcome {
        let mut outcome = self.watch(None).await;
        if kind == Kind::Forbidden && outcome.end == End::Waited {
            self.send(&probe(PROBE)).await;
            let later = self.watch(None).await;
            outcome.answers.extend(later.answers);
            if later.end == End::WentOn {
                outcome.end = End::WentOn;
            }
        }
        outcome
    }

    /// Accepts the client and closes the connection.
    pub(super) async fn dismiss(mut self) {
        self.send(&ConnAck::new(ConnectReason::Success)).await;
        self.link.end().await;
    }

    pub(super) async fn end(self) {
        self.link.end().await;
    }

    async fn send(&mut self, packet: &impl mqtt_wire::Encode) {
        let bytes = encoded(packet, self.version);
        self.link.send(&bytes).await;
    }

    /// Waits for a packet that this packet type answers. Returns its identifier and the number of codes in
    /// the answer.
    async fn request(&mut self, answer: PacketType) -> Option<(u16, usize)> {
        if answer == PacketType::PubRel {
            let delivery = Delivery::ExactlyOnce { id: DELIVERY, dup: false };
            self.send(&Publish { delivery, ..Publish::new(topic_name!("mqttinspect"), b"") }).await;
        }
        let deadline = self.link.deadline();
        loop {
            let Event::Frame(frame) = self.link.next(deadline).await else { return None };
            let mut decoder = Decoder::new(self.version).sender(Role::Client);
            let packet = decoder.decode_frame(&frame).ok()?;
            match (&packet, answer) {
                (Packet::Subscribe(packet), PacketType::SubAck) => {
                    return Some((packet.packet_id.get(), packet.subscriptions.iter().count()));
                }
                (Packet::Unsubscribe(packet), PacketType::UnsubAck) => {
                    return Some((packet.packet_id.get(), packet.filters.iter().count()));
                }
                (Packet::PubRec(packet), PacketType::PubRel) => return Some((packet.packet_id.get(), 0)),
                (Packet::PubRel(packet), PacketType::PubComp) => return Some((packet.packet_id.get(), 0)),
                (Packet::Publish(packet), _) if acknowledged_by(packet) == Some(answer) => {
                    return packet.delivery.packet_id().map(|id| (id.get(), 0));
                }
                _ => self.serve(&packet).await,
            }
        }
    }

    /// Answers a packet as a server does.
    async fn serve(&mut self, packet: &Packet<'_>) {
        match packet {
            Packet::Subscribe(packet) => {
                let granted: Vec<_> = packet
                    .subscriptions
                    .iter()
                    .map(|subscription| SubscribeReason::granted(subscription.qos))
                    .collect();
                self.send(&SubAck::new(packet.packet_id, &granted)).await;
            }
            Packet::Unsubscribe(packet) => {
                let codes: Vec<_> = match self.version {
                    Version::V5_0 => packet.filters.iter().map(|_| UnsubscribeReason::Success).collect(),
                    _ => Vec::new(),
                };
                self.send(&UnsubAck::new(packet.packet_id, &codes)).await;
            }
            Packet::Publish(Publish { delivery: Delivery::AtLeastOnce { id, .. }, .. }) => {
                self.send(&PubAck::new(*id)).await;
            }
            Packet::Publish(Publish { delivery: Delivery::ExactlyOnce { id, .. }, .. }) => {
                self.send(&PubRec::new(*id)).await;
            }
            Packet::PubRel(packet) => self.send(&PubComp::new(packet.packet_id)).await,
            Packet::PingReq => self.send(&PingResp).await,
            _ => {}
        }
    }

    /// Watches the client until it closes the connection, answers the probes or the time is over.
    async fn watch(&mut self, reply: Option<PacketType>) -> Outcome {
        let deadline = self.link.deadline();
        let (mut answers, mut acknowledged) = (Vec::<Answer>::new(), Acknowledged::default());
        // If the packet of the case is a message, its PUBACK is not the PUBACK of a probe.
        let mut may_be_of_case = reply == Some(PacketType::PubAck);
        loop {
            let has_replied = reply.is_none() || answers.iter().any(|answer| answer.packet_type == reply);
            if acknowledged.all() && has_replied || answers.len() >= MANY {
                return Outcome::new(answers, End::WentOn);
            }
            let answer = match self.link.next(deadline).await {
                Event::Frame(frame) => {
                    let answer = Answer::read(&frame, self.version, Role::Client);
                    self.serve_frame(&frame).await;
                    answer
                }
                Event::Garbage(answer) => answer,
                // The client may close after the first message because it wants no more than one.
                Event::Closed { .. } | Event::Nothing if acknowledged.any() => {
                    return Outcome::new(answers, End::WentOn);
                }
                Event::Closed { .. } => return Outcome::new(answers, End::Closed),
                Event::Nothing => return Outcome::new(answers, End::Waited),
            };
            let went_on = acknowledged.any();
            let is_expected = acknowledged.take(&answer, may_be_of_case);
            may_be_of_case &= is_expected || answer.packet_type != Some(PacketType::PubAck);
            if acknowledged.any() && !went_on {
                self.send(&probe(LAST)).await;
            }
            if is_expected {
                continue;
            }
            // Packets that the client sends on its own are not answers. If the client sends a PUBREL for its own message, the PUBREL is not
            // an answer, either.
            let is_own = answer.packet_type == Some(PacketType::PubRel) && reply != answer.packet_type
                || matches!(
                    answer.packet_type,
                    Some(
                        PacketType::Subscribe
                            | PacketType::Unsubscribe
                            | PacketType::Publish
                            | PacketType::PingReq
                    )
                );
            if !is_own || answer.wrong.is_some() {
                answers.push(answer);
            }
        }
    }

    /// Answers a frame as a server does, if it is a packet.
    async fn serve_frame(&mut self, frame: &[u8]) {
        let mut decoder = Decoder::new(self.version).sender(Role::Client);
        if let Ok(packet) = decoder.decode_frame(frame) {
            self.serve(&packet).await;
        }
    }
}

/// The acknowledgements of the probes.
#[derive(Default)]
struct Acknowledged {
    first: bool,
    last: bool,
    /// The number of PUBACKs with other identifiers. These PUBACKs count too, because even a wrong PUBACK shows that the client goes on.
    strays: usize,
}

impl Acknowledged {
    fn any(&self) -> bool {
        self.first || self.strays > 0
    }

    fn all(&self) -> bool {
        self.last || self.strays > 1
    }

    /// Returns whether this is the first acknowledgement of a probe.
    fn take(&mut self, answer: &Answer, may_be_of_case: bool) -> bool {
        if answer.packet_type != Some(PacketType::PubAck) {
            return false;
        }
        let probe = match answer.packet_id {
            Some(id) if id == PROBE.get() => Some(&mut self.first),
            Some(id) if id == LAST.get() => Some(&mut self.last),
            _ => None,
        };
        let is_expected = probe.is_some_and(|probe| !std::mem::replace(probe, true));
        self.strays += usize::from(!is_expected && !may_be_of_case);
        is_expected
    }
}

/// Whether the client has not acknowledged a message of the case when the probe arrives.
fn is_unacknowledged(case: &Case) -> bool {
    let is_message = packet_type(&case.bytes) == Some(PacketType::Publish);
    case.scene == Scene::Answer(PacketType::PubRel) || is_message && usual_reply(&case.bytes).is_some()
}

/// A message that every client must acknowledge, whatever its subscriptions ([MQTT-4.5.0-1] of 3.1.1, [MQTT-4.5.0-2] of 5.0).
fn probe(id: PacketId) -> Publish<'static> {
    let delivery = Delivery::AtLeastOnce { id, dup: false };
    Publish { delivery, ..Publish::new(topic_name!("mqttinspect"), b"") }
}

fn acknowledged_by(publish: &Publish<'_>) -> Option<PacketType> {
    match publish.delivery.qos() {
        Qos::AtMostOnce => None,
        Qos::AtLeastOnce => Some(PacketType::PubAck),
        Qos::ExactlyOnce => Some(PacketType::PubRec),
    }
}
