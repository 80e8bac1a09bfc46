//! The systematic set of samples.

use super::elements::Elements;
use super::generate::{EDGE_LENGTHS, Generate, SampleProperties, zeros};
use super::lists::{Lists, Sample};
use crate::packet::{
    Ack, Auth, ConnAck, Connect, Delivery, Disconnect, Packet, Publish, SubAck, Subscribe, Subscription,
    Topic, UnsubAck, Unsubscribe, Will,
};
use crate::property::{
    AckProperties, AuthProperties, ConnAckProperties, ConnectProperties, DisconnectProperties,
    PublishProperties, SubscribeProperties, UnsubscribeProperties, UserProperty, WillProperties,
};
use crate::reason::{
    AuthReason, ConnectReason, DisconnectReason, PubAckReason, PubCompReason, PubRecReason, PubRelReason,
    SubscribeReason, UnsubscribeReason,
};
use crate::value::{
    Binary, PacketId, Password, Qos, SubscriptionId, Text, TopicAlias, TopicFilter, TopicName,
};
use crate::version::Version;
use crate::{binary, text, topic_name};
use std::vec::Vec;

impl Sample<'_> {
    /// Makes a systematic set of legal packets of this version: a few thousand, up to 2 MiB each.
    ///
    /// The set has each packet type empty and full, each property, each Reason Code and each flag alone,
    /// lists of no, one and many items in all forms, and every length at which an encoding changes its size.
    #[must_use]
    pub fn of_everything(version: Version) -> Vec<Sample<'static>> {
        let mut set = Set { version, samples: Vec::new() };
        set.add_connects();
        set.add_connacks();
        set.add_publishes();
        set.add_acks(PubAckReason::ALL);
        set.add_acks(PubRecReason::ALL);
        set.add_acks(PubRelReason::ALL);
        set.add_acks(PubCompReason::ALL);
        set.add_subscribes();
        set.add_subacks();
        set.add_unsubscribes();
        set.add_unsubacks();
        set.add(Packet::PingReq);
        set.add(Packet::PingResp);
        set.add_disconnects();
        set.add_auths();
        set.samples
    }
}

struct Set {
    version: Version,
    samples: Vec<Sample<'static>>,
}

const ID: PacketId = PacketId::MAX;
const NAME: TopicName<'static> = topic_name!("/status");
const PAYLOAD: &[u8] = b"Client123 is offline";

impl Set {
    fn add_connects(&mut self) {
        let least = Connect::new(self.version);
        self.add(least);
        self.add(Connect { clean_start: false, ..least });
        self.add(Connect { bridge: true, ..least });
        u16::edges().into_iter().for_each(|keep_alive| self.add(Connect { keep_alive, ..least }));
        Text::edges().into_iter().for_each(|client_id| self.add(Connect { client_id, ..least }));
        for name in Text::edges() {
            self.add(Connect { user_name: Some(name), ..least });
        }
        for password in Password::edges() {
            self.add(Connect { password: Some(password), ..least });
        }
        ConnectProperties::each(|properties| self.add(Connect { properties, ..least }));
        for will in wills() {
            self.add(Connect { will: Some(will), ..least });
        }
        let all = Connect {
            properties: ConnectProperties::all(),
            client_id: text!("Client123"),
            will: Some(Will { properties: WillProperties::all(), ..Will::new(NAME, PAYLOAD_OF_WILL) }),
            user_name: Some(text!("user")),
            password: Password::new(b"\0\xff").ok(),
            ..least
        };
        self.add(all);
        let lists =
            Lists { will_user_properties: Elements::new(short_user_properties()), ..with_user_properties() };
        self.add_in_every_form(all, &lists);
    }

    fn add_connacks(&mut self) {
        let least = ConnAck::new(ConnectReason::Success);
        ConnectReason::ALL.iter().for_each(|reason| self.add(ConnAck::new(*reason)));
        self.add(ConnAck { session_present: true, ..least });
        ConnAckProperties::each(|properties| self.add(ConnAck { properties, ..least }));
        let all = ConnAck { properties: ConnAckProperties::all(), ..least };
        self.add(all);
        self.add_in_every_form(all, &with_user_properties());
    }

    fn add_publishes(&mut self) {
        let least = Publish::new(NAME, b"");
        Delivery::edges().into_iter().for_each(|delivery| self.add(Publish { delivery, ..least }));
        self.add(Publish { retain: true, payload: PAYLOAD, ..least });
        Topic::edges().into_iter().for_each(|topic| self.add(Publish { topic, ..least }));
        // The Remaining Length of these packets is an edge length: the last length of n bytes or the first of
        // n + 1 bytes.
        let others = if self.version == Version::V5_0 { 10 } else { 9 };
        for len in EDGE_LENGTHS.into_iter().filter_map(|len| len.checked_sub(others)) {
            self.add(Publish { payload: zeros(len), ..least });
        }
        PublishProperties::each(|properties| self.add(Publish { properties, ..least }));
        let all = Publish { properties: PublishProperties::all(), payload: PAYLOAD, ..least };
        self.add(all);
        self.add(Publish { topic: Topic::NameAndAlias(NAME, TopicAlias::MAX), ..all });
        let lists = Lists {
            subscription_identifiers: Elements::new(SubscriptionId::edges()),
            ..with_user_properties()
        };
        self.add_in_every_form(all, &lists);
        let user_properties = Elements::new(UserProperty::edges());
        self.add_in_every_form(all, &Lists { user_properties, ..Lists::default() });
    }

    fn add_acks<R: Generate<'static>>(&mut self, reasons: &[R])
    where
        Packet<'static>: From<Ack<'static, R>>,
    {
        let least = |reason| Ack { packet_id: ID, reason, properties: AckProperties::EMPTY };
        for reason in reasons {
            self.add(least(*reason));
            // A packet with properties cannot leave out its Reason Code.
            let all = Ack { properties: AckProperties::all(), ..least(*reason) };
            self.add(all);
            self.add_in_every_form(all, &with_user_properties());
        }
        // always: every packet has a Reason Code
        if let Some(first) = reasons.first() {
            AckProperties::each(|properties| self.add(Ack { properties, ..least(*first) }));
            PacketId::edges().into_iter().for_each(|packet_id| self.add(Ack { packet_id, ..least(*first) }));
        }
    }

    fn add_subscribes(&mut self) {
        let least = Subscribe::new(ID, &[]);
        for one in Subscription::edges() {
            self.add_with(least, Lists { subscriptions: Elements::new(std::vec![one]), ..Lists::default() });
        }
        // Only 3.1 keeps this packet without filters.
        self.add(least);
        SubscribeProperties::each(|properties| self.add(Subscribe { properties, ..least }));
        let lists = Lists { subscriptions: Elements::new(Subscription::edges()), ..with_user_properties() };
        self.add_in_every_form(Subscribe { properties: SubscribeProperties::all(), ..least }, &lists);
    }

    fn add_subacks(&mut self) {
        let least = SubAck::new(ID, &[]);
        for one in SubscribeReason::edges() {
            let subscribe_reasons = Elements::new(std::vec![one]);
            self.add_with(least, Lists { subscribe_reasons, ..Lists::default() });
        }
        AckProperties::each(|properties| self.add(SubAck { properties, ..least }));
        let lists =
            Lists { subscribe_reasons: Elements::new(SubscribeReason::edges()), ..with_user_properties() };
        self.add_in_every_form(SubAck { properties: AckProperties::all(), ..least }, &lists);
    }

    fn add_unsubscribes(&mut self) {
        let least = Unsubscribe::new(ID, &[]);
        for one in TopicFilter::edges() {
            self.add_with(least, Lists { filters: Elements::new(std::vec![one]), ..Lists::default() });
        }
        // Only 3.1 keeps this packet without filters.
        self.add(least);
        UnsubscribeProperties::each(|properties| self.add(Unsubscribe { properties, ..least }));
        let lists = Lists { filters: Elements::new(TopicFilter::edges()), ..with_user_properties() };
        self.add_in_every_form(Unsubscribe { properties: UnsubscribeProperties::all(), ..least }, &lists);
    }

    fn add_unsubacks(&mut self) {
        let least = UnsubAck::new(ID, &[]);
        for one in UnsubscribeReason::edges() {
            let unsubscribe_reasons = Elements::new(std::vec![one]);
            self.add_with(least, Lists { unsubscribe_reasons, ..Lists::default() });
        }
        AckProperties::each(|properties| self.add(UnsubAck { properties, ..least }));
        let lists = Lists {
            unsubscribe_reasons: Elements::new(UnsubscribeReason::edges()),
            ..with_user_properties()
        };
        self.add_in_every_form(UnsubAck { properties: AckProperties::all(), ..least }, &lists);
    }

    fn add_disconnects(&mut self) {
        for reason in DisconnectReason::ALL {
            let all = Disconnect { reason: *reason, properties: DisconnectProperties::all() };
            self.add(Disconnect::new(*reason));
            self.add(all);
            self.add_in_every_form(all, &with_user_properties());
        }
        DisconnectProperties::each(|properties| self.add(Disconnect { properties, ..Disconnect::default() }));
    }

    fn add_auths(&mut self) {
        for reason in AuthReason::ALL {
            let all = Auth { reason: *reason, properties: AuthProperties::all() };
            self.add(Auth { properties: AuthProperties::EMPTY, ..all });
            self.add(all);
            self.add_in_every_form(all, &with_user_properties());
        }
        let reason = AuthReason::Success;
        AuthProperties::each(|properties| self.add(Auth { reason, properties }));
    }

    fn add(&mut self, packet: impl Into<Packet<'static>>) {
        self.add_with(packet, Lists::default());
    }

    /// Makes the packet legal and adds it. Leaves out a packet type that the version does not have.
    fn add_with(&mut self, packet: impl Into<Packet<'static>>, lists: Lists<'static>) {
        self.add_in_form(packet.into(), lists, (0, 0));
    }

    /// Adds the packet with its lists in each form: in a slice, encoded, encoded with noise (see
    /// [`OnWire`](super::elements::OnWire)), and encoded followed by a slice.
    fn add_in_every_form(&mut self, packet: impl Into<Packet<'static>>, lists: &Lists<'static>) {
        let packet = packet.into();
        for form in [(0, 0), (u8::MAX, 0), (u8::MAX, u8::MAX), (1, 0), (2, 0b100)] {
            self.add_in_form(packet, lists.clone(), form);
        }
    }

    fn add_in_form(&mut self, packet: Packet<'static>, lists: Lists<'static>, form: (u8, u8)) {
        let mut sample = Sample { version: self.version, packet, lists };
        sample.fit_to_version();
        sample.be_consistent();
        let exists = sample.packet.packet_type() == packet.packet_type();
        // always: the lists of a sample can be put on the wire
        if exists && !self.ends_with(&sample) && sample.put_lists_on_wire(|| Ok(form)).is_ok() {
            self.samples.push(sample);
        }
    }

    /// Whether the sample equals the last one. Before 5.0 many packets are equal, because they have no
    /// properties.
    fn ends_with(&self, sample: &Sample<'_>) -> bool {
        let last = self.samples.last().map(Sample::as_packet);
        self.version != Version::V5_0 && last == Some(sample.as_packet())
    }
}

const PAYLOAD_OF_WILL: Binary<'static> = binary!(b"Client123 is offline");

fn wills() -> Vec<Will<'static>> {
    let least = Will::new(NAME, Binary::EMPTY);
    let mut wills = Vec::new();
    for qos in Qos::edges() {
        wills.extend(bool::edges().into_iter().map(|retain| Will { qos, retain, ..least }));
    }
    wills.extend(TopicName::edges().into_iter().map(|topic| Will { topic, ..least }));
    wills.extend(Binary::edges().into_iter().map(|payload| Will { payload, ..least }));
    WillProperties::each(|properties| wills.push(Will { properties, ..least }));
    wills
}

fn with_user_properties() -> Lists<'static> {
    Lists { user_properties: Elements::new(short_user_properties()), ..Lists::default() }
}

/// Pairs of short strings, because many samples contain them.
fn short_user_properties() -> Vec<UserProperty<'static>> {
    UserProperty::edges().into_iter().filter(|pair| pair.name.len() < 12 && pair.value.len() < 12).collect()
}
