//! The packets that the check sends, with the packets before them and the reaction that the standard requires.

use super::table::{Example, Rule, rules};
use mqtt_wire::answer::{Answer, ConnectionState};
use mqtt_wire::topic::TopicAlias;
use mqtt_wire::{
    Connect, Decoder, Delivery, Encode, Packet, PacketId, PacketType, Password, Publish, Qos, Role, Text,
    Topic, Version, topic_name,
};

/// A packet that is sent on its own connection.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// The name of the rule in `conformance.tsv`.
    pub(crate) key: &'static str,
    pub(crate) version: Version,
    /// The numbered statement, or the section if there is no number.
    pub(crate) statement: String,
    /// The rule as a sentence.
    pub(crate) rule: &'static str,
    pub(crate) kind: Kind,
    pub(crate) scene: Scene,
    pub(crate) bytes: Vec<u8>,
    /// The number of bytes that are sent some time before the others. 0 means all at once.
    pub(crate) split: usize,
    /// The Reason Codes of 5.0 that are correct in a refusal. A return code of 3.x is stored as the Reason Code
    /// with the same meaning.
    pub(crate) codes: Vec<u8>,
    /// Whether closing the connection without an answer is wrong.
    pub(crate) owes_answer: bool,
}

/// What the standard says about a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Forbidden,
    Legal,
    /// The receiver decides.
    Free,
}

/// The state of the connection before the packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Scene {
    /// No packet was sent before the case. If the server sends the case, the CONNECT of the client has arrived.
    First,
    /// The connection is accepted.
    Connected,
    /// The connection is accepted, and the peer has sent a packet that this packet type answers. The answer gets its Packet
    /// Identifier.
    Answer(PacketType),
}

/// A rule that was not tested.
#[derive(Debug, Clone)]
pub(crate) struct Untried {
    pub(crate) key: &'static str,
    pub(crate) version: Version,
    pub(crate) statement: String,
    pub(crate) why: String,
}

/// The limits that the peer announced in CONNACK or CONNECT. Before 5.0 there are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) packet: u32,
    pub(crate) alias: u16,
    pub(crate) receive: u16,
    pub(crate) qos: u8,
    pub(crate) retain: bool,
    pub(crate) wildcards: bool,
    pub(crate) shared: bool,
    pub(crate) identifiers: bool,
}

impl Limits {
    pub(crate) const NONE: Self = Self {
        packet: u32::MAX,
        alias: 0,
        receive: u16::MAX,
        qos: 2,
        retain: true,
        wildcards: true,
        shared: true,
        identifiers: true,
    };

    /// Reads the limits from a packet.
    pub(crate) fn of(packet: &Packet<'_>) -> Self {
        match packet {
            Packet::ConnAck(packet) => {
                let properties = &packet.properties;
                Self {
                    packet: properties.maximum_packet_size.map_or(u32::MAX, Into::into),
                    alias: properties.topic_alias_maximum.unwrap_or(0),
                    receive: properties.receive_maximum.map_or(u16::MAX, Into::into),
                    qos: properties.maximum_qos.map_or(2, |qos| Qos::from(qos).get()),
                    retain: properties.retain_available.unwrap_or(true),
                    wildcards: properties.wildcard_subscription_available.unwrap_or(true),
                    shared: properties.shared_subscription_available.unwrap_or(true),
                    identifiers: properties.subscription_identifier_available.unwrap_or(true),
                }
            }
            Packet::Connect(packet) => Self {
                packet: packet.properties.maximum_packet_size.map_or(u32::MAX, Into::into),
                alias: packet.properties.topic_alias_maximum.unwrap_or(0),
                receive: packet.properties.receive_maximum.map_or(u16::MAX, Into::into),
                ..Self::NONE
            },
            _ => Self::NONE,
        }
    }

    /// Returns why a legal packet exceeds the limits of this peer.
    fn exceeded_by(&self, packet: &Packet<'_>, len: usize) -> Option<&'static str> {
        match packet {
            _ if len as u64 > u64::from(self.packet) => Some("it is above the peer's Maximum Packet Size"),
            Packet::Publish(publish)
                if publish.topic.alias().is_some_and(|alias| alias.get() > self.alias) =>
            {
                Some("its Topic Alias is above the peer's Topic Alias Maximum")
            }
            Packet::Publish(publish) if publish.delivery.qos().get() > self.qos => {
                Some("its QoS is above the peer's Maximum QoS")
            }
            Packet::Publish(publish) if publish.retain && !self.retain => {
                Some("the peer keeps no retained messages")
            }
            Packet::Publish(publish) if publish.topic.name().is_none() => {
                Some("its Topic Alias has no topic yet")
            }
            Packet::Subscribe(subscribe) => {
                let is_any = |test: fn(&mqtt_wire::TopicFilter<'_>) -> bool| {
                    subscribe.subscriptions.iter().any(|subscription| test(&subscription.filter))
                };
                if !self.wildcards && is_any(|filter| filter.has_wildcards()) {
                    Some("the peer has no wildcard subscriptions")
                } else if !self.shared && is_any(|filter| filter.is_shared()) {
                    Some("the peer has no Shared Subscriptions")
                } else if !self.identifiers && subscribe.properties.subscription_identifier.is_some() {
                    Some("the peer has no Subscription Identifiers")
                } else {
                    None
                }
            }
            _ => None,
        }
    }
}

/// The identity of the client.
#[derive(Debug, Clone, Default)]
pub(crate) struct Login {
    pub(crate) user_name: Option<String>,
    pub(crate) password: Option<String>,
}

impl Login {
    /// Adds the user name and password to a CONNECT without them.
    pub(crate) fn put_into<'a>(&'a self, connect: &mut Connect<'a>) {
        if connect.user_name.is_none() && connect.password.is_none() {
            connect.user_name = self.user_name.as_deref().and_then(|name| Text::new(name).ok());
            connect.password = self.password.as_ref().and_then(|it| Password::new(it.as_bytes()).ok());
        }
    }
}

/// The packets that are tested, and the rules that are not.
#[derive(Default)]
pub(crate) struct Plan {
    pub(crate) cases: Vec<Case>,
    pub(crate) untried: Vec<Untried>,
}

/// Returns all packets that `sender` can send in this version to a peer with these limits.
pub(crate) fn plan(sender: Role, version: Version, limits: &Limits, login: &Login) -> Plan {
    let mut plan = Plan::default();
    for rule in rules() {
        match of_session(&rule, sender, version, limits, login) {
            Some(cases) => plan.take(&rule, version, cases),
            None => plan.rule(&rule, sender, version, limits, login),
        }
    }
    plan
}

impl Plan {
    fn take(&mut self, rule: &Rule, version: Version, cases: Result<Vec<Case>, &str>) {
        match cases {
            Ok(cases) => self.cases.extend(cases),
            Err(why) => self.leave(rule, version, why),
        }
    }

    fn leave(&mut self, rule: &Rule, version: Version, why: &str) {
        let statement = rule.statement(version);
        self.untried.push(Untried { key: rule.key, version, statement, why: why.to_owned() });
    }

    /// Adds the packets of the table for one rule.
    fn rule(&mut self, rule: &Rule, sender: Role, version: Version, limits: &Limits, login: &Login) {
        let breaking = rule.breaking(sender, version);
        let keeping = rule.keeping(sender, version);
        if breaking.is_empty() && keeping.is_empty() {
            if rule.versions().any(|name| name == version.to_string()) {
                self.leave(rule, version, no_packet(rule));
            }
            return;
        }
        let first = self.cases.len();
        for example in breaking {
            self.cases.push(breaking_case(rule, example));
        }
        // In these rules the same bytes are both forbidden and legal, because the receiver may choose. The bytes need only one case.
        let is_same = matches!(
            rule.key,
            "connect-bridge-bit" | "connack-v3-refusal-to-v5" | "disconnect-server-reference-from-client"
        );
        for example in keeping.into_iter().filter(|_| !is_same) {
            match keeping_case(rule, example, limits, login) {
                Ok(case) => self.cases.push(case),
                Err(why) => self.leave(rule, version, why),
            }
        }
        if sender == Role::Server {
            // The legal DISCONNECTs come first: the reaction to a legal DISCONNECT helps to judge the reaction to a forbidden one.
            self.cases[first..].sort_by_key(|case| {
                case.kind == Kind::Forbidden && packet_type(&case.bytes) == Some(PacketType::Disconnect)
            });
        }
    }
}

/// Returns why the table has no packet for a rule.
fn no_packet(rule: &Rule) -> &'static str {
    match rule.layer {
        "session" | "limit" => "it is about the order of packets, and no packet of this check breaks it",
        "encode" => "it is about the packets of the peer, which are checked when they arrive",
        _ => "only the peer sends such packets, which are checked when they arrive",
    }
}

fn breaking_case(rule: &Rule, example: Example) -> Case {
    let Example { version, sender, is_optional, bytes } = example;
    let mut decoder = Decoder::new(version).sender(sender);
    let error = decoder.decode(&bytes).err();
    let statement = error.and_then(|error| error.statement()).map(str::to_owned);
    let answer = error.map(|error| {
        let (me, state) = match sender {
            Role::Server => (Role::Client, ConnectionState::AfterConnAck),
            Role::Client if error.packet_type() == Some(PacketType::Connect) => {
                (Role::Server, ConnectionState::BeforeConnAck)
            }
            Role::Client => (Role::Server, ConnectionState::AfterConnAck),
        };
        error.answer(me, state)
    });
    let mut codes = if version == Version::V5_0 { rule.codes() } else { Vec::new() };
    codes.extend(match answer {
        Some(Answer::ConnAckV3(reason) | Answer::ConnAckV5(reason)) => Some(reason.get()),
        Some(Answer::Disconnect(reason)) => Some(reason.get()),
        _ => None,
    });
    if packet_type(&bytes) == Some(PacketType::Auth) && version == Version::V5_0 {
        // Without an Authentication Method every AUTH is a Protocol Error, and a bad AUTH may also be
        // malformed.
        codes.extend([0x81, 0x82]);
    }
    codes.sort_unstable();
    codes.dedup();
    Case {
        key: rule.key,
        version,
        statement: statement.unwrap_or_else(|| rule.statement(version)),
        rule: rule.text,
        kind: if is_optional || rule.layer == "option" { Kind::Free } else { Kind::Forbidden },
        scene: scene(sender, &bytes),
        bytes,
        split: 0,
        codes,
        // [MQTT-3.1.2-2] of 3.1.1
        owes_answer: matches!(answer, Some(Answer::ConnAckV3(_))) && rule.basis == "spec",
    }
}

fn keeping_case(rule: &Rule, example: Example, limits: &Limits, login: &Login) -> Result<Case, &'static str> {
    let Example { version, sender, mut bytes, .. } = example;
    let mut kind = Kind::Legal;
    let mut split = 0;
    if rule.key == "fh-incomplete" {
        split = bytes.len();
        complete(&mut bytes, version);
    }
    let mut decoder = Decoder::new(version).sender(sender);
    match decoder.decode(&bytes) {
        Ok(Some((packet, _))) => {
            if let Some(why) = limits.exceeded_by(&packet, bytes.len()).or_else(|| beyond_bytes(&packet)) {
                return Err(why);
            }
            if is_for_the_peer(&packet) {
                kind = Kind::Free;
            }
            if let Packet::Connect(mut connect) = packet {
                login.put_into(&mut connect);
                bytes = encoded(&connect, version);
            }
        }
        Ok(None) => return Err("the packet has 256 MiB"),
        Err(_) => return Err("this end must not send it"),
    }
    Ok(Case {
        key: rule.key,
        version,
        statement: rule.statement(version),
        rule: rule.text,
        kind,
        scene: scene(sender, &bytes),
        bytes,
        split,
        codes: Vec::new(),
        owes_answer: false,
    })
}

/// Appends zeros until the packet is complete.
fn complete(bytes: &mut Vec<u8>, version: Version) {
    const ENOUGH: usize = 300;
    while bytes.len() < ENOUGH && matches!(mqtt_wire::decode(version, bytes), Ok(None)) {
        bytes.push(0);
    }
}

/// Returns why these legal bytes cannot be accepted here.
fn beyond_bytes(packet: &Packet<'_>) -> Option<&'static str> {
    match packet {
        Packet::Auth(_) => Some("it needs an Authentication Method that both ends support"),
        Packet::Connect(connect)
            if connect.properties.maximum_packet_size.is_some_and(|size| size.get() < 5) =>
        {
            Some("no CONNACK fits into the Maximum Packet Size of the packet")
        }
        _ => None,
    }
}

/// Whether the standard leaves the reaction to this legal packet to the peer.
fn is_for_the_peer(packet: &Packet<'_>) -> bool {
    match packet {
        Packet::PingResp => true,
        // This CONNACK refuses the client, or it fits only some CONNECT packets.
        Packet::ConnAck(packet) => {
            let properties = &packet.properties;
            packet.reason.is_error()
                || packet.session_present
                || properties.assigned_client_identifier.is_some()
                || properties.authentication_method.is_some()
        }
        Packet::SubAck(packet) => packet.reasons.iter().any(|reason| reason.get() >= 0x80),
        _ => false,
    }
}

fn scene(sender: Role, bytes: &[u8]) -> Scene {
    match (packet_type(bytes), sender) {
        (Some(PacketType::Connect), Role::Client) | (Some(PacketType::ConnAck), Role::Server) => Scene::First,
        (
            Some(
                answer @ (PacketType::PubAck | PacketType::PubRec | PacketType::PubRel | PacketType::PubComp),
            ),
            _,
        )
        | (Some(answer @ (PacketType::SubAck | PacketType::UnsubAck)), Role::Server) => Scene::Answer(answer),
        _ => Scene::Connected,
    }
}

pub(crate) fn packet_type(bytes: &[u8]) -> Option<PacketType> {
    PacketType::from_first_byte(*bytes.first()?).ok()
}

/// Encodes a packet in this version. Packets that are built here can be encoded.
pub(crate) fn encoded(packet: &impl Encode, version: Version) -> Vec<u8> {
    let mut bytes = vec![0; packet.encoded_len(version).unwrap_or_default()];
    let len = packet.encode(version, &mut bytes).map_or(0, <[u8]>::len);
    bytes.truncate(len);
    bytes
}

/// Returns the cases of a rule that needs more than one packet, or the reason if there are no cases. `None` for all other rules.
fn of_session(
    rule: &Rule,
    sender: Role,
    version: Version,
    limits: &Limits,
    login: &Login,
) -> Option<Result<Vec<Case>, &'static str>> {
    let is_of_version = rule.versions().any(|name| name == version.to_string());
    if !matches!(rule.layer, "session" | "limit") || !is_of_version {
        return None;
    }
    let case = |kind, scene, bytes: Vec<u8>, codes: &[u8]| Case {
        key: rule.key,
        version,
        statement: rule.statement(version),
        rule: rule.text,
        kind,
        scene,
        bytes,
        split: 0,
        codes: if version == Version::V5_0 { codes.to_vec() } else { Vec::new() },
        owes_answer: false,
    };
    let forbidden = |scene, bytes, codes: &[u8]| Ok(vec![case(Kind::Forbidden, scene, bytes, codes)]);
    let topic = topic_name!("mqttinspect");
    let publish = |publish: Publish<'_>| encoded(&publish, version);
    let of_client = sender == Role::Client;
    Some(match rule.key {
        "sess-first-packet" if of_client => {
            let packets = [&b"\xc0\x00"[..], &publish(Publish::new(topic, b"")), &subscribe(version)];
            Ok(packets.map(|bytes| case(Kind::Forbidden, Scene::First, bytes.to_vec(), &[0x82])).to_vec())
        }
        "sess-first-packet" => forbidden(Scene::First, publish(Publish::new(topic, b"")), &[0x82]),
        "sess-second-connect" if of_client => {
            forbidden(Scene::Connected, encoded(&Connect::new(version), version), &[0x82])
        }
        // Before 5.0 the server gives the reason: [MQTT-3.1.3-8]
        "sess-clientid-empty-clean0" if of_client => Ok(vec![Case {
            statement: "[MQTT-3.1.3-8]".to_owned(),
            codes: vec![0x85],
            owes_answer: true,
            ..case(Kind::Forbidden, Scene::First, empty_client_id(version, false, login), &[])
        }]),
        "sess-clientid-empty-v5" if of_client => {
            Ok(vec![case(Kind::Legal, Scene::First, empty_client_id(version, true, login), &[])])
        }
        "sess-auth-method-mismatch" => Ok(vec![Case {
            // The first statement of the rule is about clients with an Authentication Method. So the case names another statement of the
            // rule.
            statement: if of_client { "[MQTT-4.12.0-7]" } else { "[MQTT-4.12.0-6]" }.to_owned(),
            ..case(
                Kind::Forbidden,
                Scene::Connected,
                b"\xf0\x06\x18\x04\x15\x00\x01m".to_vec(),
                &[0x82, 0x81, 0x8c],
            )
        }]),
        "sess-ack-unknown-id" => {
            let first_bytes =
                if of_client { &[0x40, 0x50, 0x62, 0x70][..] } else { &[0x40, 0x50, 0x62, 0x70, 0x90] };
            let ack = |byte: &u8| {
                let list: &[u8] = match (byte, version) {
                    (0x90, Version::V5_0) => &[0x90, 4, 0xfe, 0xdc, 0, 0],
                    (0x90, _) => &[0x90, 3, 0xfe, 0xdc, 0],
                    (byte, _) => &[*byte, 2, 0xfe, 0xdc],
                };
                case(Kind::Free, Scene::Connected, list.to_vec(), &[])
            };
            Ok(first_bytes.iter().map(ack).collect())
        }
        "sess-alias-unknown" if limits.alias == 0 => Err("the peer accepts no Topic Aliases"),
        "sess-alias-unknown" => {
            let alias = TopicAlias::new(limits.alias).ok().map(Topic::Alias);
            let bytes = alias.map(|topic| publish(Publish { topic, ..Publish::new(topic_name!("a"), b"") }));
            forbidden(Scene::Connected, bytes.unwrap_or_default(), &[0x82, 0x94])
        }
        "publish-alias-over-maximum" if limits.alias == u16::MAX => Err("the peer accepts every Topic Alias"),
        "publish-alias-over-maximum" => {
            let [high, low] = (limits.alias + 1).to_be_bytes();
            forbidden(Scene::Connected, vec![0x30, 7, 0, 1, b'a', 3, 0x23, high, low], &[0x94])
        }
        "fh-packet-too-large" if limits.packet > LARGEST => {
            Err("the peer announces no Maximum Packet Size, or one above 1 MiB")
        }
        "fh-packet-too-large" => {
            let payload = vec![0; limits.packet as usize];
            forbidden(Scene::Connected, publish(Publish::new(topic, &payload)), &[0x95])
        }
        "sess-qos-over-maximum" if limits.qos == 2 => Err("the peer announces no Maximum QoS below 2"),
        "sess-qos-over-maximum" => {
            let delivery = Delivery::ExactlyOnce { id: PacketId::MIN, dup: false };
            let bytes = publish(Publish { delivery, ..Publish::new(topic, b"") });
            forbidden(Scene::Connected, bytes, &[0x9b])
        }
        "sess-retain-unavailable" if limits.retain => Err("the peer keeps retained messages"),
        "sess-retain-unavailable" => {
            let bytes = publish(Publish { retain: true, ..Publish::new(topic, b"") });
            forbidden(Scene::Connected, bytes, &[0x9a])
        }
        "sess-receive-maximum" if limits.receive > MANY => {
            Err("the peer announces no Receive Maximum, or one above 100")
        }
        "sess-receive-maximum" => {
            let ids = (1..=limits.receive + 1).filter_map(|id| PacketId::new(id).ok());
            let bytes = ids.flat_map(|id| {
                let delivery = Delivery::ExactlyOnce { id, dup: false };
                publish(Publish { delivery, ..Publish::new(topic, b"") })
            });
            forbidden(Scene::Connected, bytes.collect(), &[0x93])
        }
        "sess-subscribe-unsupported" if limits.wildcards => Err("the peer has wildcard subscriptions"),
        "sess-subscribe-unsupported" => {
            forbidden(Scene::Connected, b"\x82\x07\x00\x0a\x00\x00\x01#\x00".to_vec(), &[0xa2])
        }
        "sess-expiry-raised-from-zero" => Err("the connection is closed after any DISCONNECT"),
        "sess-server-disconnect-early" if !of_client => {
            Ok(vec![case(Kind::Free, Scene::First, b"\xe0\x01\x8b".to_vec(), &[])])
        }
        "sess-dollar-topics" | "sess-authorisation" | "sess-clientid-charset" => {
            Err("it is the peer's policy")
        }
        "sess-session-present" | "sess-assigned-id-unasked" | "sess-ack-count" if of_client => {
            Err("it is about the packets of the server, which are checked in its answers to legal packets")
        }
        _ => Err("it is about the order of packets, and no packet of this check breaks it"),
    })
}

/// The size of the largest packet that tests a size limit, in bytes.
const LARGEST: u32 = 1 << 20;
/// The number of messages that test a limit on messages.
const MANY: u16 = 100;

fn empty_client_id(version: Version, clean_start: bool, login: &Login) -> Vec<u8> {
    let mut connect = Connect { clean_start, keep_alive: 60, ..Connect::new(version) };
    login.put_into(&mut connect);
    encoded(&connect, version)
}

fn subscribe(version: Version) -> Vec<u8> {
    match version {
        Version::V5_0 => b"\x82\x07\x00\x0a\x00\x00\x01a\x00".to_vec(),
        _ => b"\x82\x06\x00\x0a\x00\x01a\x00".to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broker(version: Version, limits: Limits) -> Plan {
        plan(Role::Client, version, &limits, &Login::default())
    }

    #[test]
    fn every_rule_is_tested_or_listed_as_untested() {
        for (version, sender) in [
            (Version::V3_1, Role::Client),
            (Version::V3_1_1, Role::Client),
            (Version::V5_0, Role::Client),
            (Version::V3_1_1, Role::Server),
            (Version::V5_0, Role::Server),
        ] {
            let plan = plan(sender, version, &Limits::NONE, &Login::default());
            for rule in rules().iter().filter(|rule| rule.versions().any(|name| name == version.to_string()))
            {
                let is_tried = plan.cases.iter().any(|case| case.key == rule.key);
                let is_left = plan.untried.iter().any(|untried| untried.key == rule.key);
                assert!(is_tried || is_left, "{} in {version}", rule.key);
            }
        }
    }

    /// The decoder accepts each legal packet, and refuses each packet whose own bytes are forbidden. Some packets are forbidden only
    /// because of earlier packets, which the decoder does not know.
    #[test]
    fn the_decoder_agrees_on_legal_and_forbidden() {
        let (mut forbidden, mut legal) = (0, 0);
        for version in [Version::V3_1_1, Version::V5_0] {
            for sender in [Role::Client, Role::Server] {
                for case in plan(sender, version, &Limits::NONE, &Login::default()).cases {
                    let verdict =
                        Decoder::new(version).sender(sender).decode(&case.bytes).map(|it| it.is_some());
                    match case.kind {
                        Kind::Legal => {
                            assert_eq!(verdict, Ok(true), "{case:?}");
                            legal += 1;
                        }
                        Kind::Forbidden
                            if case.key.starts_with("sess-") || case.key == "publish-alias-over-maximum" =>
                        {
                            assert_eq!(verdict, Ok(true), "{case:?}");
                        }
                        Kind::Forbidden => {
                            assert!(verdict.is_err(), "{case:?}");
                            forbidden += 1;
                        }
                        Kind::Free => {}
                    }
                    assert!(!case.statement.is_empty(), "{case:?}");
                }
            }
        }
        assert!(forbidden > 250 && legal > 200, "{forbidden} {legal}");
    }

    #[test]
    fn announced_limits_add_packets() {
        let has = |limits, key| broker(Version::V5_0, limits).cases.iter().any(|case| case.key == key);
        for (key, limits) in [
            ("sess-alias-unknown", Limits { alias: 10, ..Limits::NONE }),
            ("fh-packet-too-large", Limits { packet: 200, ..Limits::NONE }),
            ("sess-qos-over-maximum", Limits { qos: 1, ..Limits::NONE }),
            ("sess-retain-unavailable", Limits { retain: false, ..Limits::NONE }),
            ("sess-receive-maximum", Limits { receive: 20, ..Limits::NONE }),
            ("sess-subscribe-unsupported", Limits { wildcards: false, ..Limits::NONE }),
        ] {
            assert!(has(limits, key) && !has(Limits::NONE, key), "{key}");
        }
        let plan = broker(Version::V5_0, Limits { packet: 200, ..Limits::NONE });
        let case = plan.cases.iter().find(|case| case.key == "fh-packet-too-large").unwrap();
        assert!(case.bytes.len() > 200 && case.codes == [0x95]);
    }

    #[test]
    fn a_login_is_added_to_a_connect_without_one() {
        let login = Login { user_name: Some("ada".to_owned()), password: Some("secret".to_owned()) };
        for case in plan(Role::Client, Version::V5_0, &Limits::NONE, &login).cases {
            if case.kind == Kind::Legal && case.scene == Scene::First {
                let decoded = mqtt_wire::decode_frame(Version::V5_0, &case.bytes);
                let Ok(Packet::Connect(connect)) = decoded else { panic!("{case:?}") };
                assert!(connect.user_name.is_some() || connect.password.is_some(), "{case:?}");
            }
        }
    }

    #[test]
    fn the_two_pieces_of_a_packet_make_it_complete() {
        let plan = broker(Version::V5_0, Limits::NONE);
        let split: Vec<_> = plan.cases.iter().filter(|case| case.split > 0).collect();
        let [case] = split[..] else { panic!("{split:?}") };
        assert_eq!((&case.bytes[..], case.split, case.kind), (&b"\xc0\x00"[..], 1, Kind::Legal));
    }

    #[test]
    fn an_unknown_level_must_be_answered_in_3_1_1() {
        let plan = broker(Version::V3_1_1, Limits::NONE);
        let answered: Vec<_> =
            plan.cases.iter().filter(|case| case.owes_answer).map(|case| case.key).collect();
        assert_eq!(answered, ["connect-protocol-level", "sess-clientid-empty-clean0"]);
    }
}
