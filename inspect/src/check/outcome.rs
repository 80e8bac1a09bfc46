//! The reaction of the peer to a packet, and its comparison with the standard.

use super::plan::{Case, Kind, Scene, packet_type};
use super::table::statement_of;
use mqtt_wire::detect::{Guess, guess};
use mqtt_wire::{Decoder, Packet, PacketId, PacketType, Qos, Role, Version, packet_id};
use std::collections::{HashMap, HashSet};
use std::fmt;

/// After this many answers the peer counts as going on. No packet of the check needs as many answers. The report keeps the answers to all
/// packets, so the limit also bounds its memory.
pub(crate) const MANY: usize = 256;

/// The Packet Identifiers of the messages that show whether a client goes on. No packet of the table uses them.
pub(crate) const PROBES: [PacketId; 2] = [PacketId::MAX, packet_id!(0x7ffe)];
/// The Packet Identifier of the message to a client whose delivery the case continues.
pub(crate) const DELIVERY: PacketId = PacketId::MIN;

/// The reaction of the peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The packets that the peer sent, without delivered messages and without the answer to the
    /// probe.
    pub(crate) answers: Vec<Answer>,
    pub(crate) end: End,
    /// What the broker did with the will of the closed connection. `None` if the case has no will, or the result is
    /// unknown.
    pub(crate) will: Option<Will>,
    /// The reaction of the client to a legal DISCONNECT. `None` if the reaction is not known.
    pub(crate) after_legal_disconnect: Option<End>,
    /// The reaction of the client to the probe alone. `None` for brokers.
    pub(crate) after_probe: Option<End>,
}

/// What a broker did with a will.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Will {
    Published,
    Discarded,
    /// Other messages arrive, but no wills. Even the will of a connection that ended without DISCONNECT does not arrive.
    NeverPublished,
}

impl Will {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Discarded => "discarded",
            Self::NeverPublished => "never published",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Closed,
    /// The peer answered the probe.
    WentOn,
    /// The peer sent nothing in time and kept the connection open.
    Waited,
}

/// A packet from the peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) packet_type: Option<PacketType>,
    pub(crate) packet_id: Option<u16>,
    /// Reason Codes of 5.0. A return code of 3.x is stored as the Reason Code with the same
    /// meaning.
    pub(crate) codes: Vec<u8>,
    /// The code on the wire, if it differs.
    return_code: Option<u8>,
    pub(crate) session_present: bool,
    assigned_id: bool,
    /// The statement that the packet itself breaks, and the error message.
    pub(crate) wrong: Option<(String, String)>,
}

impl Answer {
    /// Reads this frame, which `sender` has sent.
    pub(crate) fn read(frame: &[u8], version: Version, sender: Role) -> Self {
        let decoded = Decoder::new(version).sender(sender).decode_frame(frame);
        let in_3x = Decoder::new(Version::V3_1_1).sender(sender).decode_frame(frame);
        match (decoded, in_3x) {
            (Ok(packet), _) => Self::of(&packet, version),
            // A server that does not know the version answers in the form of a version that it
            // knows.
            (Err(_), Ok(packet @ Packet::ConnAck(_))) if frame.len() == 4 => {
                Self::of(&packet, Version::V3_1_1)
            }
            (Err(error), _) => {
                let statement = statement_of(&error, version, sender);
                Self { wrong: Some((statement, error.to_string())), ..Self::without(packet_type(frame)) }
            }
        }
    }

    /// Bytes that are not a packet.
    pub(crate) fn garbage(bytes: &[u8], version: Version, sender: Role) -> Self {
        let text = match guess(bytes) {
            Guess::Unknown | Guess::Incomplete | Guess::Mqtt => {
                let error = Decoder::new(version).sender(sender).decode_frame(bytes).err();
                error.map_or("no packet".to_owned(), |error| error.to_string())
            }
            other => other.to_string(),
        };
        let shown: Vec<_> = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let text = format!("{text} [{}]", shown.join(" "));
        Self { wrong: Some(("no MQTT".to_owned(), text)), ..Self::without(None) }
    }

    fn without(packet_type: Option<PacketType>) -> Self {
        Self {
            packet_type,
            packet_id: None,
            codes: Vec::new(),
            return_code: None,
            session_present: false,
            assigned_id: false,
            wrong: None,
        }
    }

    fn of(packet: &Packet<'_>, version: Version) -> Self {
        let mut answer = Self::without(Some(packet.packet_type()));
        let (id, codes) = match packet {
            Packet::ConnAck(packet) => {
                answer.session_present = packet.session_present;
                answer.assigned_id = packet.properties.assigned_client_identifier.is_some();
                answer.return_code = packet.reason.to_v3().filter(|_| version != Version::V5_0);
                (None, vec![packet.reason.get()])
            }
            Packet::PubAck(packet) => (Some(packet.packet_id), vec![packet.reason.get()]),
            Packet::PubRec(packet) => (Some(packet.packet_id), vec![packet.reason.get()]),
            Packet::PubRel(packet) => (Some(packet.packet_id), vec![packet.reason.get()]),
            Packet::PubComp(packet) => (Some(packet.packet_id), vec![packet.reason.get()]),
            Packet::SubAck(packet) => {
                (Some(packet.packet_id), packet.reasons.iter().map(|reason| reason.get()).collect())
            }
            Packet::UnsubAck(packet) => {
                (Some(packet.packet_id), packet.reasons.iter().map(|reason| reason.get()).collect())
            }
            Packet::Disconnect(packet) => (None, vec![packet.reason.get()]),
            Packet::Auth(packet) => (None, vec![packet.reason.get()]),
            Packet::Publish(packet) => (packet.delivery.packet_id(), Vec::new()),
            Packet::Subscribe(packet) => (Some(packet.packet_id), Vec::new()),
            Packet::Unsubscribe(packet) => (Some(packet.packet_id), Vec::new()),
            _ => (None, Vec::new()),
        };
        Self { packet_id: id.map(|id| id.get()), codes, ..answer }
    }

    /// Returns the code if there is exactly one.
    pub(crate) fn code(&self) -> Option<u8> {
        self.codes.first().copied()
    }

    fn is(&self, packet_type: PacketType) -> bool {
        self.packet_type == Some(packet_type)
    }

    /// Whether the answer announces the end of the connection.
    fn is_refusal(&self) -> bool {
        match self.packet_type {
            Some(PacketType::ConnAck) => self.code() != Some(0),
            Some(PacketType::Disconnect) => true,
            _ => false,
        }
    }

    /// Whether the CONNACK asks for another Client Identifier, user name or password.
    fn is_about_login(&self) -> bool {
        self.is(PacketType::ConnAck) && matches!(self.code(), Some(0x86 | 0x87 | 0x8c))
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.packet_type {
            Some(packet_type) => write!(f, "{packet_type}")?,
            None => f.write_str("no MQTT")?,
        }
        if self.wrong.is_some() {
            return f.write_str(" (refused)");
        }
        if let Some(code) = self.return_code {
            return write!(f, " {code}");
        }
        let is_plain = !matches!(
            self.packet_type,
            Some(
                PacketType::ConnAck
                    | PacketType::Disconnect
                    | PacketType::SubAck
                    | PacketType::UnsubAck
                    | PacketType::Auth
            )
        );
        self.codes
            .iter()
            .filter(|code| !is_plain || **code != 0)
            .try_for_each(|code| write!(f, " 0x{code:02x}"))
    }
}

impl Outcome {
    pub(crate) fn new(answers: Vec<Answer>, end: End) -> Self {
        Self { answers, end, will: None, after_legal_disconnect: None, after_probe: None }
    }

    /// Whether the peer sent nothing and kept the connection open.
    pub(crate) fn is_silent(&self) -> bool {
        self.end == End::Waited && self.answers.is_empty()
    }
}

/// The reactions of a client to the legal DISCONNECTs so far.
#[derive(Debug, Default)]
pub(crate) struct AfterDisconnect(HashMap<Version, End>);

impl AfterDisconnect {
    /// Stores the reaction to a legal DISCONNECT. Adds the stored reaction to the outcome of a forbidden DISCONNECT.
    pub(crate) fn compare(&mut self, case: &Case, outcome: &mut Outcome) {
        if packet_type(&case.bytes) != Some(PacketType::Disconnect) {
            return;
        }
        match case.kind {
            // If the client has closed once after a legal DISCONNECT, closing does not show a refusal. So this reaction stays.
            Kind::Legal if self.0.get(&case.version) != Some(&End::Closed) => {
                self.0.insert(case.version, outcome.end);
            }
            Kind::Forbidden => outcome.after_legal_disconnect = self.0.get(&case.version).copied(),
            _ => {}
        }
    }
}

impl End {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::WentOn => "went on",
            Self::Waited => "waited",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for same in self.answers.chunk_by(|first, second| first.to_string() == second.to_string()) {
            match same {
                [answer] => write!(f, "{answer}, ")?,
                [answer, ..] => write!(f, "{} × {answer}, ", same.len())?,
                [] => {}
            }
        }
        f.write_str(self.end.name())?;
        f.write_str(match self.will {
            Some(Will::Published) => ", published the will",
            Some(Will::Discarded) => ", discarded the will",
            Some(Will::NeverPublished) => ", never publishes a will",
            None => "",
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    Conforms,
    Differs,
    /// The standard leaves the reaction to the peer.
    Free,
    /// The reaction has more than one explanation.
    Undecided,
    Untried,
}

impl Verdict {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Conforms => "conforms",
            Self::Differs => "differs",
            Self::Free => "free",
            Self::Undecided => "undecided",
            Self::Untried => "not checked",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Judgement {
    pub(crate) verdict: Verdict,
    pub(crate) why: String,
    /// The statement that the peer breaks, if it differs from the statement of the rule.
    pub(crate) statement: Option<String>,
    /// Whether only a code differs.
    pub(crate) is_code_alone: bool,
}

impl Judgement {
    pub(crate) fn new(verdict: Verdict, why: impl Into<String>) -> Self {
        Self { verdict, why: why.into(), statement: None, is_code_alone: false }
    }

    fn conforms() -> Self {
        Self::new(Verdict::Conforms, "")
    }

    fn differs(why: impl Into<String>) -> Self {
        Self::new(Verdict::Differs, why)
    }

    fn breaks(statement: &str, why: impl Into<String>) -> Self {
        Self { statement: Some(statement.to_owned()), ..Self::differs(why) }
    }
}

/// Returns the packet type that answers a packet with this first byte, even if the packet is invalid. The answer may arrive after the
/// answer to the probe.
pub(crate) fn usual_reply(bytes: &[u8]) -> Option<PacketType> {
    match packet_type(bytes)? {
        PacketType::Publish => match bytes[0] >> 1 & 3 {
            1 => Some(PacketType::PubAck),
            2 => Some(PacketType::PubRec),
            _ => None,
        },
        PacketType::PubRec if bytes.get(4).is_some_and(|code| *code >= 0x80) => None,
        PacketType::PubRec => Some(PacketType::PubRel),
        PacketType::PubRel => Some(PacketType::PubComp),
        PacketType::Subscribe => Some(PacketType::SubAck),
        PacketType::Unsubscribe => Some(PacketType::UnsubAck),
        PacketType::PingReq => Some(PacketType::PingResp),
        _ => None,
    }
}

/// Judges the reaction of the peer. `sender` is the end that sent the case.
pub(crate) fn judge(case: &Case, sender: Role, outcome: &Outcome) -> Judgement {
    let judgement = match case.kind {
        Kind::Forbidden if packet_type(&case.bytes) == Some(PacketType::Disconnect) => match sender {
            Role::Client => of_forbidden_disconnect(case, outcome),
            Role::Server => of_forbidden_disconnect_from_server(case, outcome),
        },
        Kind::Free => Judgement::new(Verdict::Free, "the standard leaves the reaction to the peer"),
        _ => match without_probe(case, outcome) {
            Some(why) => Judgement::new(Verdict::Undecided, why),
            None if case.kind == Kind::Legal => of_legal(case, sender, outcome),
            None => of_forbidden(case, outcome),
        },
    };
    match wrong_packet(case, sender, outcome) {
        // Accepting a forbidden packet is worse than a wrong answer.
        Some(_) if judgement.verdict == Verdict::Differs && accepts_forbidden(case, outcome) => judgement,
        Some(wrong) => wrong,
        None => judgement,
    }
}

/// Returns why the reaction of a client shows nothing: the client reacts in the same way to the probe alone. A DISCONNECT is left out,
/// because no probe follows a legal DISCONNECT.
fn without_probe(case: &Case, outcome: &Outcome) -> Option<&'static str> {
    let is_disconnect = packet_type(&case.bytes) == Some(PacketType::Disconnect);
    if is_disconnect || outcome.after_probe != Some(outcome.end) || !outcome.answers.is_empty() {
        return None;
    }
    match (outcome.end, case.kind) {
        (End::Closed, _) => Some(
            "the client closes after every message with QoS 1, so this does not show whether it closed because of the packet",
        ),
        // Only legal packets: a client that refuses a forbidden packet closes the connection, even if it acknowledges no messages.
        (End::Waited, Kind::Legal) => {
            Some("the client acknowledges no message with QoS 1, so this does not show whether it went on")
        }
        _ => None,
    }
}

/// Whether the peer took a forbidden packet for a legal one.
fn accepts_forbidden(case: &Case, outcome: &Outcome) -> bool {
    let reply = usual_reply(&case.bytes);
    let has_replied = outcome.answers.iter().any(|answer| reply.is_some() && answer.packet_type == reply);
    case.kind == Kind::Forbidden && (outcome.end != End::Closed || has_replied)
}

/// Judges packets that the peer must not send, whatever it received.
fn wrong_packet(case: &Case, sender: Role, outcome: &Outcome) -> Option<Judgement> {
    if let Some((statement, text)) = outcome.answers.iter().find_map(|answer| answer.wrong.as_ref()) {
        return Some(Judgement::breaks(statement, format!("it sent a malformed packet: {text}")));
    }
    if sender == Role::Server {
        let wrong = wrong_acknowledgement(case, outcome);
        return wrong.or_else(|| repeated_acknowledgement(case, sender, outcome));
    }
    if let Some(repeated) = repeated_acknowledgement(case, sender, outcome) {
        return Some(repeated);
    }
    // In `Scene::First` the case comes before the CONNACK of the broker. So one CONNACK is legal.
    let allowed = usize::from(case.scene == Scene::First);
    let many = outcome.answers.iter().filter(|answer| answer.is(PacketType::ConnAck)).count();
    let statement = if case.version == Version::V5_0 { "[MQTT-3.2.0-2]" } else { "§3.2" };
    (many > allowed).then(|| Judgement::breaks(statement, "it sent more than one CONNACK"))
}

/// Judges a second acknowledgement with the same Packet Identifier. After the first acknowledgement, the exchange has ended, or its next
/// packet is another one.
fn repeated_acknowledgement(case: &Case, sender: Role, outcome: &Outcome) -> Option<Judgement> {
    let mut seen = acknowledged_before(case, sender);
    let (repeated, statements) = outcome.answers.iter().find_map(|answer| {
        let packet_type = answer.packet_type?;
        let statements = acknowledgement_statements(packet_type)?;
        // The packets before the case were acknowledged already. So this acknowledgement is a second one.
        let is_late = sender == Role::Client
            && matches!(case.scene, Scene::Answer(_))
            && usual_reply(&case.bytes) != Some(packet_type);
        let is_new = seen.insert((packet_type, answer.packet_id));
        (is_late || !is_new).then_some((answer, statements))
    })?;
    let (name, id) = (repeated.packet_type?, repeated.packet_id.unwrap_or_default());
    let why = format!("it sent a second {name} with the Packet Identifier {id}");
    Some(Judgement::breaks(statements[usize::from(case.version == Version::V5_0)], why))
}

/// The statements that require this acknowledgement, in 3.1.1 and in 5.0. Each statement requires one acknowledgement, not two.
fn acknowledgement_statements(packet_type: PacketType) -> Option<[&'static str; 2]> {
    match packet_type {
        PacketType::PubAck | PacketType::PubRec => Some(["[MQTT-3.3.4-1]"; 2]),
        PacketType::PubComp => Some(["[MQTT-4.3.3-2]", "[MQTT-4.3.3-11]"]),
        PacketType::SubAck => Some(["[MQTT-3.8.4-1]"; 2]),
        PacketType::UnsubAck => Some(["[MQTT-3.10.4-4]"; 2]),
        _ => None,
    }
}

/// The acknowledgements of a client that are not among its answers: the acknowledgements of the probes, and the acknowledgement before the
/// case.
fn acknowledged_before(case: &Case, sender: Role) -> HashSet<(PacketType, Option<u16>)> {
    if sender == Role::Client {
        return HashSet::new();
    }
    let mut before = HashSet::from(PROBES.map(|id| (PacketType::PubAck, Some(id.get()))));
    if case.scene == Scene::Answer(PacketType::PubRel) {
        before.insert((PacketType::PubRec, Some(DELIVERY.get())));
    }
    before
}

/// Judges the acknowledgements of a client for messages that it has not received. After a legal packet, the client may send only the reply
/// to this packet. After other packets, the client may acknowledge any Packet Identifier that is in the bytes.
fn wrong_acknowledgement(case: &Case, outcome: &Outcome) -> Option<Judgement> {
    let packet = Decoder::new(case.version).sender(Role::Server).decode_frame(&case.bytes).ok();
    let reply = packet.as_ref().and_then(reply);
    let before = acknowledged_before(case, Role::Server);
    let is_acknowledgement =
        |packet_type| matches!(packet_type, PacketType::PubAck | PacketType::PubRec | PacketType::PubComp);
    let is_wrong = |answer: &&Answer| match (&packet, &reply) {
        _ if !answer.packet_type.is_some_and(is_acknowledgement) => false,
        _ if answer.packet_type.is_some_and(|it| before.contains(&(it, answer.packet_id))) => false,
        (Some(_), Some(reply)) if case.kind == Kind::Legal => {
            !answer.is(reply.packet_type) || answer.packet_id != reply.packet_id
        }
        (Some(_), None) if case.kind == Kind::Legal => true,
        _ => {
            let id = answer.packet_id.unwrap_or_default().to_be_bytes();
            !case.bytes.windows(id.len()).any(|bytes| bytes == id)
        }
    };
    let wrong = outcome.answers.iter().find(is_wrong)?;
    let statement = if case.version == Version::V5_0 { "[MQTT-2.2.1-5]" } else { "[MQTT-2.3.1-6]" };
    let (name, id) = (wrong.packet_type?, wrong.packet_id.unwrap_or_default());
    let why = match reply {
        Some(reply) if wrong.is(reply.packet_type) => {
            format!("its {name} has another Packet Identifier: {id}")
        }
        _ => format!("it sent {name} with the Packet Identifier {id}, and nothing asked for it"),
    };
    Some(Judgement::breaks(statement, why))
}

/// Describes the reaction that the standard requires.
pub(crate) fn wanted(case: &Case, sender: Role) -> String {
    let is_disconnect = sender == Role::Client && packet_type(&case.bytes) == Some(PacketType::Disconnect);
    match case.kind {
        Kind::Legal if is_disconnect && is_normal_disconnection(case) => "to discard the will".to_owned(),
        Kind::Legal if is_disconnect => "to publish the will".to_owned(),
        Kind::Legal if case.split > 0 => "to wait for the rest, and to go on".to_owned(),
        Kind::Legal => "to go on".to_owned(),
        Kind::Free => "any reaction".to_owned(),
        Kind::Forbidden => {
            let is_connack = sender == Role::Client
                && packet_type(&case.bytes) == Some(PacketType::Connect)
                && case.key != "sess-second-connect";
            let packet = if is_connack { "CONNACK" } else { "DISCONNECT" };
            let codes: Vec<_> = case
                .codes
                .iter()
                .map(|code| match case.version {
                    Version::V5_0 => format!("0x{code:02x}"),
                    _ => in_v3(*code).unwrap_or(*code).to_string(),
                })
                .collect();
            match (codes.is_empty(), case.owes_answer) {
                (true, _) if is_disconnect => "to close, and to publish the will".to_owned(),
                (false, false) if is_disconnect => format!(
                    "to close, before that it may send {packet} {}, and to publish the will",
                    codes.join(" or ")
                ),
                (true, _) => "to close".to_owned(),
                (false, true) => format!("{packet} {}, and to close", codes.join(" or ")),
                (false, false) => {
                    format!("to close; it may send {packet} {}", codes.join(" or "))
                }
            }
        }
    }
}

/// Returns the return code of 3.x for a Reason Code of CONNACK.
fn in_v3(code: u8) -> Option<u8> {
    mqtt_wire::reason::ConnectReason::new(code).ok()?.to_v3()
}

fn of_forbidden(case: &Case, outcome: &Outcome) -> Judgement {
    let is_right = |code: &u8| case.codes.contains(code);
    let refusal = outcome.answers.iter().find(|answer| answer.is_refusal());
    match (outcome.end, refusal) {
        (End::Closed, None) if outcome.answers.is_empty() => {
            if case.owes_answer {
                Judgement::differs("it closed without the required answer")
            } else {
                Judgement::conforms()
            }
        }
        (End::Closed, Some(refusal)) => match refusal.code() {
            Some(code) if is_right(&code) => Judgement::conforms(),
            _ if refusal.is_about_login() => {
                Judgement::new(Verdict::Undecided, "it refused the login, perhaps for another reason")
            }
            _ => Judgement {
                is_code_alone: true,
                ..Judgement::differs(
                    "it refused the packet, but with another answer than the standard requires",
                )
            },
        },
        (End::Closed, None) => Judgement::differs("it answered as if the packet were legal, and closed"),
        (_, Some(_)) => Judgement::differs("it refused the packet, but did not close"),
        (End::WentOn, None) => {
            // The table can allow a refusal of a single filter.
            let mut codes = outcome.answers.iter().flat_map(|answer| &answer.codes).peekable();
            if case.version == Version::V5_0 && codes.peek().is_some() && codes.all(is_right) {
                Judgement::conforms()
            } else {
                Judgement::differs("it went on")
            }
        }
        (End::Waited, None) => Judgement::differs("it neither refused the packet nor went on"),
    }
}

/// A broker closes the connection after every DISCONNECT, and publishes the will unless the Reason Code is 0. If it
/// discards the will, it has accepted the packet as one with Reason Code 0.
fn of_forbidden_disconnect(case: &Case, outcome: &Outcome) -> Judgement {
    let judgement = of_forbidden(case, outcome);
    let is_silent = outcome.end == End::Closed && outcome.answers.is_empty();
    let undecided = |why: &str| Judgement::new(Verdict::Undecided, why);
    match outcome.will {
        _ if judgement.verdict != Verdict::Conforms => judgement,
        Some(Will::Discarded) => {
            Judgement::breaks(WILL_IS_PUBLISHED, "it discarded the will, as if the DISCONNECT were right")
        }
        Some(Will::NeverPublished) => Judgement::breaks(WILL_IS_PUBLISHED, NO_WILLS),
        None if is_silent => undecided(
            "a broker also closes after a legal DISCONNECT, and it is not known what became of the will",
        ),
        Some(Will::Published) if is_silent && !is_normal_disconnection(case) => undecided(
            "a broker also closes and publishes the will after a legal DISCONNECT whose Reason Code is not 0",
        ),
        _ => judgement,
    }
}

/// A client closes the connection after a legal DISCONNECT, too. A client shows that it refuses a DISCONNECT if it answers with an error
/// code, or if it closes only after forbidden DISCONNECTs. Before 5.0 no DISCONNECT of a server is legal.
fn of_forbidden_disconnect_from_server(case: &Case, outcome: &Outcome) -> Judgement {
    if case.version != Version::V5_0 || outcome.end != End::Closed {
        return of_forbidden(case, outcome);
    }
    let undecided = |why: &str| Judgement::new(Verdict::Undecided, why);
    match outcome.answers.iter().find(|answer| answer.is_refusal()).and_then(Answer::code) {
        Some(0..0x80) => undecided(
            "a client may leave with such a DISCONNECT at any time, so this does not show whether it refused the packet",
        ),
        // No further packet can show whether the client refused: the standard lets a client close after every DISCONNECT without an answer.
        None if outcome.answers.is_empty() && outcome.after_legal_disconnect == Some(End::Closed) => {
            undecided(
                "the client closes silently after a legal DISCONNECT, too, and may do so, so this does not show whether it refused \
                 the packet",
            )
        }
        None if outcome.answers.is_empty() && outcome.after_legal_disconnect != Some(End::Waited) => {
            undecided(
                "a client also closes after a legal DISCONNECT, so this does not show whether it refused the packet",
            )
        }
        _ => of_forbidden(case, outcome),
    }
}

/// The will is published when the connection is closed, unless a DISCONNECT with Reason Code 0 has deleted it.
const WILL_IS_PUBLISHED: &str = "[MQTT-3.1.2-8]";
const NO_WILLS: &str =
    "no will came within the time of --wait, not even that of a connection that ended without DISCONNECT";
/// After a DISCONNECT with Reason Code 0 the will is discarded.
const WILL_IS_DISCARDED: &str = "[MQTT-3.14.4-3]";

/// Whether the Reason Code of the DISCONNECT is 0. The packet may be malformed.
fn is_normal_disconnection(case: &Case) -> bool {
    case.version != Version::V5_0 || case.bytes.get(2).is_none_or(|code| *code == 0)
}

/// The Reason Code "Packet Identifier not found" of PUBREL and PUBCOMP. This code is wrong here, because the packets before the case have
/// begun a delivery with the identifier.
const UNKNOWN_ID: u8 = 0x92;

/// The required answer to a legal packet.
struct Reply {
    packet_type: PacketType,
    packet_id: Option<u16>,
    /// The number of codes in the answer.
    codes: Option<usize>,
    /// The statements that require the answer, in 3.1.1 and in 5.0.
    statements: [&'static str; 2],
}

fn of_legal(case: &Case, sender: Role, outcome: &Outcome) -> Judgement {
    let mut decoder = Decoder::new(case.version).sender(sender);
    let Ok(packet) = decoder.decode_frame(&case.bytes) else {
        return Judgement::new(Verdict::Undecided, "it is not legal on this connection");
    };
    if matches!(packet, Packet::Disconnect(_)) {
        let codes = outcome.answers.iter().filter(|answer| answer.is_refusal()).map(Answer::code);
        if codes.into_iter().any(|code| matches!(code, Some(0x81 | 0x82))) {
            return Judgement::differs("it refused a legal packet");
        }
        return match (outcome.end, outcome.will, is_normal_disconnection(case)) {
            (End::WentOn, ..) => Judgement::differs("it went on after DISCONNECT"),
            (_, Some(Will::Published), true) => Judgement::breaks(
                WILL_IS_DISCARDED,
                "it published the will after a DISCONNECT that discards it",
            ),
            (_, Some(Will::Discarded), false) => Judgement::breaks(
                WILL_IS_PUBLISHED,
                "it discarded the will after a DISCONNECT that has it published",
            ),
            (_, Some(Will::NeverPublished), false) => Judgement::breaks(WILL_IS_PUBLISHED, NO_WILLS),
            _ => Judgement::conforms(),
        };
    }
    if let Some(refusal) = outcome.answers.iter().find(|answer| answer.is_refusal()) {
        return match refusal.code() {
            Some(0x81 | 0x82) | None => Judgement::differs("it refused a legal packet"),
            Some(0x84) if refusal.is(PacketType::ConnAck) => Judgement::differs("it refused a legal packet"),
            _ => Judgement::new(Verdict::Free, "it may refuse this by its own policy"),
        };
    }
    let is_answered = |reply: &Reply| outcome.answers.iter().any(|answer| answer.is(reply.packet_type));
    match (outcome.end, reply(&packet)) {
        // The answer shows that the client went on. After the answer, the client reacts to the probe.
        (end, Some(reply)) if outcome.after_probe == Some(end) && is_answered(&reply) => {
            replied(case.version, &packet, &reply, outcome)
        }
        (End::Closed, _) => Judgement::differs("it closed after a legal packet"),
        (End::Waited, _) => Judgement::differs("it did not go on after a legal packet"),
        (End::WentOn, None) => Judgement::conforms(),
        (End::WentOn, Some(reply)) => replied(case.version, &packet, &reply, outcome),
    }
}

fn replied(version: Version, packet: &Packet<'_>, reply: &Reply, outcome: &Outcome) -> Judgement {
    let statement = reply.statements[usize::from(version == Version::V5_0)];
    let Some(answer) = outcome.answers.iter().find(|answer| answer.is(reply.packet_type)) else {
        return Judgement::breaks(statement, format!("it went on without {}", reply.packet_type));
    };
    if answer.packet_id != reply.packet_id {
        let id = answer.packet_id.unwrap_or_default();
        let statement = match (reply.packet_type, version) {
            (PacketType::PubAck | PacketType::PubRec | PacketType::PubRel, Version::V5_0) => "[MQTT-2.2.1-5]",
            (PacketType::PubAck | PacketType::PubRec | PacketType::PubRel, _) => "[MQTT-2.3.1-6]",
            (PacketType::SubAck | PacketType::UnsubAck, Version::V5_0) => "[MQTT-2.2.1-6]",
            (PacketType::SubAck | PacketType::UnsubAck, _) => "[MQTT-2.3.1-7]",
            _ => statement,
        };
        let why = format!("its {} has another Packet Identifier: {id}", reply.packet_type);
        return Judgement::breaks(statement, why);
    }
    if reply.codes.is_some_and(|codes| version == Version::V5_0 || answer.is(PacketType::SubAck) && codes > 0)
        && Some(answer.codes.len()) != reply.codes
    {
        let statement = match (answer.is(PacketType::SubAck), version) {
            (true, Version::V5_0) => "[MQTT-3.8.4-6]",
            (true, _) => "[MQTT-3.8.4-5]",
            (false, _) => "[MQTT-3.11.3-1]",
        };
        return Judgement::breaks(
            statement,
            format!("its {} does not have a code for each filter", reply.packet_type),
        );
    }
    if let Packet::Connect(connect) = packet {
        return of_connack(version, connect, answer);
    }
    if let Packet::Subscribe(subscribe) = packet {
        let granted = answer.codes.iter().zip(subscribe.subscriptions.iter());
        if granted.into_iter().any(|(code, asked)| *code <= 2 && *code > asked.qos.get()) {
            let statement = if version == Version::V5_0 { "[MQTT-3.8.4-7]" } else { "[MQTT-3.8.4-5]" };
            return Judgement::breaks(statement, "it granted a greater QoS than requested");
        }
    }
    if answer.code() == Some(UNKNOWN_ID) {
        let section = if answer.is(PacketType::PubRel) { "§3.6.2.1" } else { "§3.7.2.1" };
        return Judgement::breaks(
            section,
            "it says that it does not know the Packet Identifier of the message",
        );
    }
    if answer.codes.iter().any(|code| *code >= 0x80) {
        return Judgement::new(Verdict::Free, "it may refuse this by its own policy");
    }
    Judgement::conforms()
}

fn of_connack(version: Version, connect: &mqtt_wire::Connect<'_>, answer: &Answer) -> Judgement {
    let is_v5 = version == Version::V5_0;
    if connect.clean_start && answer.session_present && version != Version::V3_1 {
        let statement = if is_v5 { "[MQTT-3.2.2-2]" } else { "[MQTT-3.2.2-1]" };
        return Judgement::breaks(statement, "Session Present is 1 although the session is new");
    }
    if is_v5 && answer.assigned_id != connect.client_id.is_empty() {
        return Judgement::breaks(
            "[MQTT-3.2.2-16]",
            "an Assigned Client Identifier is only allowed after an empty Client Identifier",
        );
    }
    Judgement::conforms()
}

fn reply(packet: &Packet<'_>) -> Option<Reply> {
    let reply = |packet_type, packet_id: Option<mqtt_wire::PacketId>, codes, statements| Reply {
        packet_type,
        packet_id: packet_id.map(|id| id.get()),
        codes,
        statements,
    };
    let acknowledgement = |packet_type, packet_id, codes| {
        acknowledgement_statements(packet_type)
            .map(|statements| reply(packet_type, packet_id, codes, statements))
    };
    match packet {
        Packet::Connect(_) => Some(reply(PacketType::ConnAck, None, None, ["[MQTT-3.2.0-1]"; 2])),
        Packet::Publish(packet) => {
            let answer = match packet.delivery.qos() {
                Qos::AtMostOnce => return None,
                Qos::AtLeastOnce => PacketType::PubAck,
                Qos::ExactlyOnce => PacketType::PubRec,
            };
            acknowledgement(answer, packet.delivery.packet_id(), None)
        }
        // A PUBREC that refuses the message ends the exchange.
        Packet::PubRec(packet) if packet.reason.get() < 0x80 => {
            let statements = ["[MQTT-4.3.3-1]", "[MQTT-4.3.3-4]"];
            Some(reply(PacketType::PubRel, Some(packet.packet_id), None, statements))
        }
        Packet::PubRel(packet) => acknowledgement(PacketType::PubComp, Some(packet.packet_id), None),
        Packet::Subscribe(packet) => {
            let len = packet.subscriptions.iter().count();
            acknowledgement(PacketType::SubAck, Some(packet.packet_id), Some(len))
        }
        Packet::Unsubscribe(packet) => {
            let len = packet.filters.iter().count();
            acknowledgement(PacketType::UnsubAck, Some(packet.packet_id), Some(len))
        }
        Packet::PingReq => Some(reply(PacketType::PingResp, None, None, ["[MQTT-3.12.4-1]"; 2])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::plan::{Limits, Login, plan};
    use super::*;

    /// Returns the first case of a rule.
    fn case(key: &str, version: Version, kind: Kind) -> Case {
        let cases = plan(Role::Client, version, &Limits::NONE, &Login::default()).cases;
        cases.into_iter().find(|case| case.key == key && case.kind == kind).unwrap()
    }

    /// Judges a broker that sent these frames and ended in this way.
    fn outcome(version: Version, frames: &[&[u8]], end: End) -> Outcome {
        let answers = frames.iter().map(|frame| Answer::read(frame, version, Role::Server)).collect();
        Outcome::new(answers, end)
    }

    fn verdict(case: &Case, frames: &[&[u8]], end: End) -> Verdict {
        judge(case, Role::Client, &outcome(case.version, frames, end)).verdict
    }

    #[test]
    fn reactions_to_a_forbidden_packet_are_judged() {
        let case = case("publish-qos-3", Version::V5_0, Kind::Forbidden);
        for (frames, end, expected) in [
            (&[][..], End::Closed, Verdict::Conforms),
            (&[&b"\xe0\x01\x81"[..]], End::Closed, Verdict::Conforms),
            (&[b"\xe0\x01\x82"], End::Closed, Verdict::Differs),
            (&[b"\xe0\x01\x81"], End::Waited, Verdict::Differs),
            (&[b"\xe0\x01\x81"], End::WentOn, Verdict::Differs),
            (&[b"\x40\x02\x00\x01"], End::Closed, Verdict::Differs),
            (&[], End::WentOn, Verdict::Differs),
            (&[], End::Waited, Verdict::Differs),
        ] {
            assert_eq!(verdict(&case, frames, end), expected, "{frames:02x?} {end:?}");
        }
        let other_code = outcome(Version::V5_0, &[b"\xe0\x01\x82"], End::Closed);
        assert!(judge(&case, Role::Client, &other_code).is_code_alone);
        assert_eq!(wanted(&case, Role::Client), "to close; it may send DISCONNECT 0x81");
    }

    /// In 3.1.1 a bad level gets an answer. A CONNECT with another fault does not.
    #[test]
    fn a_required_answer_must_be_sent() {
        let level = case("connect-protocol-level", Version::V3_1_1, Kind::Forbidden);
        let flags = case("fh-flags-connect", Version::V3_1_1, Kind::Forbidden);
        assert_eq!(verdict(&level, &[b"\x20\x02\x00\x01"], End::Closed), Verdict::Conforms);
        assert_eq!(verdict(&level, &[], End::Closed), Verdict::Differs);
        assert_eq!(verdict(&flags, &[b"\x20\x02\x00\x01"], End::Closed), Verdict::Differs);
        assert_eq!(verdict(&flags, &[b"\x20\x02\x00\x05"], End::Closed), Verdict::Undecided);
        assert_eq!(verdict(&flags, &[], End::Closed), Verdict::Conforms);
        assert_eq!(wanted(&level, Role::Client), "CONNACK 1, and to close");
        assert_eq!(wanted(&flags, Role::Client), "to close");
    }

    /// In 5.0 the table lets a server refuse a single bad filter.
    #[test]
    fn a_server_may_refuse_a_single_bad_filter() {
        let v5 = case("subscribe-filter-hash-not-last", Version::V5_0, Kind::Forbidden);
        let v3 = case("subscribe-filter-hash-not-last", Version::V3_1_1, Kind::Forbidden);
        assert_eq!(verdict(&v5, &[b"\x90\x04\x00\x0a\x00\x8f"], End::WentOn), Verdict::Conforms);
        assert_eq!(verdict(&v5, &[b"\x90\x04\x00\x0a\x00\x00"], End::WentOn), Verdict::Differs);
        assert_eq!(verdict(&v3, &[b"\x90\x03\x00\x0a\x80"], End::WentOn), Verdict::Differs);
    }

    #[test]
    fn the_will_decides_about_a_disconnect() {
        let bad_code = case("disconnect-reason-code", Version::V5_0, Kind::Forbidden);
        let bad_length = case("disconnect-trailing-bytes", Version::V5_0, Kind::Forbidden);
        let with_will = case("disconnect-reason-code", Version::V5_0, Kind::Legal);
        let good = case("disconnect-trailing-bytes", Version::V5_0, Kind::Legal);
        let refusal: &[&[u8]] = &[b"\xe0\x01\x82"];
        use Verdict::{Conforms, Differs, Undecided};
        for (case, frames, end, verdicts) in [
            // The verdicts if the will is unknown, published, discarded, never published.
            (&bad_code, &[][..], End::Closed, [Undecided, Undecided, Differs, Differs]),
            (&bad_length, &[], End::Closed, [Undecided, Conforms, Differs, Differs]),
            (&bad_code, refusal, End::Closed, [Conforms, Conforms, Differs, Differs]),
            (&bad_code, &[], End::WentOn, [Differs; 4]),
            (&good, &[], End::Closed, [Conforms, Differs, Conforms, Conforms]),
            (&with_will, &[], End::Closed, [Conforms, Conforms, Differs, Differs]),
            (&good, &[], End::Waited, [Conforms, Differs, Conforms, Conforms]),
        ] {
            let wills = [None, Some(Will::Published), Some(Will::Discarded), Some(Will::NeverPublished)];
            for (will, expected) in wills.into_iter().zip(verdicts) {
                let outcome = Outcome { will, ..outcome(Version::V5_0, frames, end) };
                let judgement = judge(case, Role::Client, &outcome);
                assert_eq!(judgement.verdict, expected, "{} {outcome}", case.key);
            }
        }
        for (case, expected) in [
            (
                &bad_length,
                "to close, before that it may send DISCONNECT 0x81 or 0x82, and to publish the will",
            ),
            (&good, "to discard the will"),
            (&with_will, "to publish the will"),
        ] {
            assert_eq!(wanted(case, Role::Client), expected);
        }
        let v3 = case("disconnect-not-empty-v3", Version::V3_1_1, Kind::Forbidden);
        assert_eq!(wanted(&v3, Role::Client), "to close, and to publish the will");
    }

    /// A client closes after every DISCONNECT. The other actions of the client can show that it has refused the packet.
    #[test]
    fn a_client_can_show_that_it_refuses_a_disconnect() {
        let case = |key: &str, version, kind| {
            let cases = plan(Role::Server, version, &Limits::NONE, &Login::default()).cases;
            cases.into_iter().find(|case| case.key == key && case.kind == kind).unwrap()
        };
        let (v3, v5) = (Version::V3_1_1, Version::V5_0);
        let bad = case("disconnect-reason-code", v5, Kind::Forbidden);
        let good = case("fh-flags-disconnect", v5, Kind::Legal);
        let never = case("dir-disconnect-from-server-v3", v3, Kind::Forbidden);
        let bad_flags = case("fh-flags-disconnect", v3, Kind::Forbidden);
        let (closed, waited) = (Some(End::Closed), Some(End::Waited));
        use Verdict::{Conforms, Differs, Undecided};
        for (case, frames, end, after_legal_disconnect, expected) in [
            // No DISCONNECT of a server is legal in 3.1.1, so closing is the required reaction.
            (&never, &[][..], End::Closed, None, Conforms),
            (&bad_flags, &[], End::Closed, None, Conforms),
            (&never, &[], End::WentOn, None, Differs),
            (&never, &[], End::Waited, None, Differs),
            (&bad, &[], End::Closed, None, Undecided),
            (&bad, &[], End::Closed, closed, Undecided),
            (&bad, &[], End::Closed, waited, Conforms),
            (&bad, &[&b"\xe0\x01\x82"[..]], End::Closed, closed, Conforms),
            (&bad, &[b"\xe0\x01\x81"], End::Closed, None, Conforms),
            (&bad, &[b"\xe0\x01\x80"], End::Closed, closed, Differs),
            (&bad, &[b"\xe0\x00"], End::Closed, closed, Undecided),
            (&bad, &[b"\xe0\x01\x04"], End::Closed, waited, Undecided),
            (&bad, &[b"\xe0\x01\x82"], End::Waited, closed, Differs),
            (&bad, &[], End::WentOn, closed, Differs),
            (&bad, &[], End::Waited, waited, Differs),
            // An error code in answer to a legal DISCONNECT is a fault.
            (&good, &[b"\xe0\x01\x82"], End::Closed, None, Differs),
            (&good, &[b"\xe0\x00"], End::Closed, None, Conforms),
            (&good, &[], End::Closed, None, Conforms),
            (&good, &[], End::Waited, None, Conforms),
        ] {
            let answers =
                frames.iter().map(|frame| Answer::read(frame, case.version, Role::Client)).collect();
            let outcome = Outcome { after_legal_disconnect, ..Outcome::new(answers, end) };
            let judgement = judge(case, Role::Server, &outcome);
            assert_eq!(judgement.verdict, expected, "{} {outcome} {after_legal_disconnect:?}", case.key);
            assert_eq!(
                judgement.why.contains("so this does not show whether it refused the packet"),
                expected == Undecided
            );
        }
    }

    /// The reaction to legal DISCONNECTs is known before the first forbidden one.
    #[test]
    fn a_forbidden_disconnect_is_compared_with_the_legal_ones() {
        for (ends, expected) in [
            ([End::Waited; 2], End::Waited),
            ([End::Closed, End::Waited], End::Closed),
            ([End::Waited, End::Closed], End::Closed),
        ] {
            let (mut after, mut ends, mut compared) = (AfterDisconnect::default(), ends.into_iter(), 0);
            for case in plan(Role::Server, Version::V5_0, &Limits::NONE, &Login::default()).cases {
                let is_disconnect = packet_type(&case.bytes) == Some(PacketType::Disconnect);
                let is_legal = is_disconnect && case.kind == Kind::Legal;
                let end = if is_legal { ends.next().unwrap_or(End::Waited) } else { End::Closed };
                let mut outcome = Outcome::new(Vec::new(), end);
                after.compare(&case, &mut outcome);
                let is_compared = is_disconnect && case.kind == Kind::Forbidden;
                assert_eq!(outcome.after_legal_disconnect.is_some(), is_compared, "{case:?}");
                if is_compared && ends.len() == 0 {
                    assert_eq!(outcome.after_legal_disconnect, Some(expected), "{case:?}");
                    compared += 1;
                }
            }
            assert!(compared > 2);
        }
    }

    /// Legal packets have required answers. Without the answer, this statement is broken.
    #[test]
    fn reactions_to_a_legal_packet_are_judged() {
        let v5 = Version::V5_0;
        for (key, frames, end, expected) in [
            ("publish-qos-3", &[&b"\x50\x02\x00\x0a"[..]][..], End::WentOn, Ok(Verdict::Conforms)),
            ("publish-qos-3", &[b"\x50\x02\x00\x0b"], End::WentOn, Err("[MQTT-2.2.1-5]")),
            ("publish-qos-3", &[], End::WentOn, Err("[MQTT-3.3.4-1]")),
            ("publish-qos-3", &[b"\x50\x03\x00\x0a\x87"], End::WentOn, Ok(Verdict::Free)),
            ("publish-qos-3", &[b"\xe0\x01\x9b"], End::Closed, Ok(Verdict::Free)),
            ("publish-qos-3", &[b"\xe0\x01\x81"], End::Closed, Ok(Verdict::Differs)),
            ("publish-qos-3", &[], End::Closed, Ok(Verdict::Differs)),
            ("publish-qos-3", &[], End::Waited, Ok(Verdict::Differs)),
            (
                "subscribe-every-pair-checked",
                &[b"\x90\x05\x00\x0a\x00\x00\x00"],
                End::WentOn,
                Ok(Verdict::Conforms),
            ),
            (
                "subscribe-every-pair-checked",
                &[b"\x90\x04\x00\x0a\x00\x00"],
                End::WentOn,
                Err("[MQTT-3.8.4-6]"),
            ),
            (
                "subscribe-every-pair-checked",
                &[b"\x90\x05\x00\x0a\x00\x02\x00"],
                End::WentOn,
                Err("[MQTT-3.8.4-7]"),
            ),
            (
                "subscribe-every-pair-checked",
                &[b"\x90\x05\x00\x0a\x00\x87\x00"],
                End::WentOn,
                Ok(Verdict::Free),
            ),
            ("unsubscribe-empty", &[b"\xb0\x05\x00\x0a\x00\x00\x00"], End::WentOn, Err("[MQTT-3.11.3-1]")),
            ("unsubscribe-empty", &[], End::WentOn, Err("[MQTT-3.10.4-4]")),
            ("pubrel-short-forms", &[], End::WentOn, Err("[MQTT-4.3.3-11]")),
            ("pubrec-short-forms", &[], End::WentOn, Err("[MQTT-4.3.3-4]")),
            ("pubrel-short-forms", &[b"\x70\x03\x00\x01\x92"], End::WentOn, Err("§3.7.2.1")),
            ("fh-flags-pingreq", &[], End::WentOn, Err("[MQTT-3.12.4-1]")),
            ("fh-flags-connect", &[b"\x20\x03\x01\x00\x00"], End::WentOn, Err("[MQTT-3.2.2-2]")),
            (
                "fh-flags-connect",
                &[b"\x20\x07\x00\x00\x04\x12\x00\x01x"],
                End::WentOn,
                Err("[MQTT-3.2.2-16]"),
            ),
            ("sess-clientid-empty-v5", &[b"\x20\x03\x00\x00\x00"], End::WentOn, Err("[MQTT-3.2.2-16]")),
            ("sess-clientid-empty-v5", &[b"\x20\x03\x00\x85\x00"], End::Closed, Ok(Verdict::Free)),
            // The answer itself is malformed. Without a numbered statement, the section is given.
            ("publish-qos-3", &[b"\x52\x02\x00\x0a"], End::WentOn, Err("[MQTT-2.1.3-1]")),
            ("fh-flags-pingreq", &[b"\xd0\x01\x00"], End::WentOn, Err("§3.13.1")),
            (
                "publish-qos-3",
                &[b"\x50\x02\x00\x0a", b"\x20\x03\x00\x00\x00"],
                End::WentOn,
                Err("[MQTT-3.2.0-2]"),
            ),
        ] {
            let case = case(key, v5, Kind::Legal);
            let judgement = judge(&case, Role::Client, &outcome(v5, frames, end));
            let found = match &judgement.statement {
                Some(statement) => Err(statement.as_str()),
                None => Ok(judgement.verdict),
            };
            assert_eq!(found, expected, "{key} {frames:02x?} {end:?}");
        }
    }

    #[test]
    fn reactions_are_described() {
        let v5 = Version::V5_0;
        let text = |frames, end| outcome(v5, frames, end).to_string();
        assert_eq!(text(&[], End::Closed), "closed");
        assert_eq!(
            text(&[b"\x40\x02\x00\x01", b"\x40\x02\x00\x02", b"\xe0\x00"], End::Waited),
            "2 × PUBACK, DISCONNECT 0x00, waited"
        );
        // A server that does not know 5.0 answers in the form of 3.x.
        assert_eq!(text(&[b"\x20\x02\x00\x01"], End::Closed), "CONNACK 1, closed");
        assert_eq!(text(&[b"\x41\x02\x00\x01"], End::WentOn), "PUBACK (refused), went on");
        let garbage = Answer::garbage(b"HTTP/1.1 400 Bad Request", v5, Role::Server);
        assert!(garbage.wrong.unwrap().1.starts_with("this is HTTP"));
    }

    /// A peer that closes has refused the packet. So its only fault is the wrong packet that it sent before closing.
    #[test]
    fn a_wrong_packet_before_the_end_is_reported_as_such() {
        let (v3, v5) = (Version::V3_1_1, Version::V5_0);
        for (version, frames, expected) in [
            (v3, &[&b"\xe0\x00"[..]][..], Some("§2.2.1 T2.1")),
            (v3, &[b"\x20\x02\x00\x00"], Some("§3.2")),
            (v5, &[b"\x20\x03\x00\x00\x00", b"\xe0\x01\x81"], Some("[MQTT-3.2.0-2]")),
            // This is the answer to a legal packet.
            (v5, &[b"\x40\x02\x00\x00"], None),
        ] {
            let case = case(
                if expected.is_some() { "publish-qos-3" } else { "publish-packet-id-zero" },
                version,
                Kind::Forbidden,
            );
            let judgement = judge(&case, Role::Client, &outcome(version, frames, End::Closed));
            assert_eq!(judgement.verdict, Verdict::Differs);
            assert_eq!(judgement.statement.as_deref(), expected, "{frames:02x?}");
        }
    }

    /// If the peer accepts a packet that breaks a rule, the report names that rule, whatever the
    /// answer was.
    #[test]
    fn the_broken_rule_is_reported_before_a_bad_answer() {
        let case = case("subscribe-packet-id-zero", Version::V5_0, Kind::Forbidden);
        let judgement =
            judge(&case, Role::Client, &outcome(case.version, &[b"\x90\x04\x00\x00\x00\x00"], End::WentOn));
        assert_eq!((judgement.verdict, judgement.statement), (Verdict::Differs, None));
    }
}
