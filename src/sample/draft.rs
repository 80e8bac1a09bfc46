//! A draft of a sample: any packet that the field types allow. Later steps adapt it to the version and remove
//! contradictions.

use super::generate::{Generate, SampleProperties, any_bytes, byte, optional, rarely, several};
use super::lists::{Lists, Sample};
use crate::packet::{
    Ack, Auth, ConnAck, Connect, Disconnect, Failures, Options, Packet, Publish, SubAck, Subscribe,
    Subscription, Topic, UnsubAck, Unsubscribe, Will,
};
use crate::packet_type::PacketType;
use crate::property::{
    AckProperties, AuthProperties, ConnAckProperties, ConnectProperties, DisconnectProperties,
    PublishProperties, SubscribeProperties, UnsubscribeProperties, WillProperties,
};
use crate::reason::{
    AuthReason, ConnectReason, DisconnectReason, PubAckReason, PubCompReason, PubRecReason, PubRelReason,
    SubscribeReason, UnsubscribeReason,
};
use crate::value::{PacketId, Qos, Text, TopicFilter};
use crate::version::Version;
use arbitrary::{Arbitrary, Result, Unstructured};
use std::vec::Vec;

/// Makes legal packets: each can be encoded.
impl<'a> Arbitrary<'a> for Sample<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut sample = draft(u)?;
        sample.fit_to_version();
        sample.be_consistent();
        sample.put_lists_on_wire(|| Ok((amount(u)?, byte(u)?)))?;
        Ok(sample)
    }
}

impl<'a> Sample<'a> {
    /// Makes any packet that the field types allow. Encoding may fail.
    ///
    /// The errors are [`NotInVersion`](crate::EncodeError::NotInVersion) and
    /// [`Inconsistent`](crate::EncodeError::Inconsistent).
    ///
    /// # Errors
    ///
    /// None, because every input makes a packet. The signature is that of [`Arbitrary::arbitrary`].
    pub fn constructible(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut sample = draft(u)?;
        if !rarely(u)? {
            sample.fit_to_version();
        }
        if !rarely(u)? {
            sample.be_consistent();
        }
        sample.put_lists_on_wire(|| Ok((amount(u)?, byte(u)?)))?;
        Ok(sample)
    }
}

fn draft<'a>(u: &mut Unstructured<'a>) -> Result<Sample<'a>> {
    let version = Version::generate(u)?;
    let mut lists = Lists::default();
    let packet = packet(version, &mut lists, u)?;
    Ok(Sample { version, packet, lists })
}

fn packet<'a>(version: Version, lists: &mut Lists<'a>, u: &mut Unstructured<'a>) -> Result<Packet<'a>> {
    // After the last random byte, all values are 0. So 0 makes the simplest packet, a ping.
    let packet_type = match byte(u)? % 16 {
        0 => PacketType::PingReq,
        number => PacketType::from_first_byte(number << 4).unwrap_or(PacketType::PingReq),
    };
    *lists.user_properties.items() = several(u)?;
    Ok(match packet_type {
        PacketType::Connect => Packet::Connect(connect(version, lists, u)?),
        PacketType::ConnAck => Packet::ConnAck(ConnAck {
            session_present: bool::generate(u)?,
            reason: ConnectReason::generate(u)?,
            properties: ConnAckProperties::generate(u)?,
        }),
        PacketType::Publish => {
            *lists.subscription_identifiers.items() = several(u)?;
            Packet::Publish(Publish {
                delivery: Generate::generate(u)?,
                retain: bool::generate(u)?,
                topic: Topic::generate(u)?,
                properties: PublishProperties::generate(u)?,
                payload: any_bytes(u)?,
            })
        }
        PacketType::PubAck => Packet::PubAck(ack(u)?),
        PacketType::PubRec => Packet::PubRec(ack(u)?),
        PacketType::PubRel => Packet::PubRel(ack(u)?),
        PacketType::PubComp => Packet::PubComp(ack(u)?),
        PacketType::Subscribe => {
            *lists.subscriptions.items() = several(u)?;
            let properties = SubscribeProperties::generate(u)?;
            Packet::Subscribe(Subscribe { properties, ..Subscribe::new(PacketId::generate(u)?, &[]) })
        }
        PacketType::SubAck => {
            *lists.subscribe_reasons.items() = several(u)?;
            let properties = AckProperties::generate(u)?;
            Packet::SubAck(SubAck { properties, ..SubAck::new(PacketId::generate(u)?, &[]) })
        }
        PacketType::Unsubscribe => {
            *lists.filters.items() = several(u)?;
            let properties = UnsubscribeProperties::generate(u)?;
            Packet::Unsubscribe(Unsubscribe { properties, ..Unsubscribe::new(PacketId::generate(u)?, &[]) })
        }
        PacketType::UnsubAck => {
            *lists.unsubscribe_reasons.items() = several(u)?;
            let properties = AckProperties::generate(u)?;
            Packet::UnsubAck(UnsubAck { properties, ..UnsubAck::new(PacketId::generate(u)?, &[]) })
        }
        PacketType::PingReq => Packet::PingReq,
        PacketType::PingResp => Packet::PingResp,
        PacketType::Disconnect => Packet::Disconnect(Disconnect {
            reason: DisconnectReason::generate(u)?,
            properties: DisconnectProperties::generate(u)?,
        }),
        PacketType::Auth => {
            Packet::Auth(Auth { reason: AuthReason::generate(u)?, properties: AuthProperties::generate(u)? })
        }
    })
}

fn connect<'a>(version: Version, lists: &mut Lists<'a>, u: &mut Unstructured<'a>) -> Result<Connect<'a>> {
    let will = if bool::generate(u)? {
        *lists.will_user_properties.items() = several(u)?;
        Some(Will {
            qos: Qos::generate(u)?,
            retain: bool::generate(u)?,
            properties: WillProperties::generate(u)?,
            topic: Generate::generate(u)?,
            payload: Generate::generate(u)?,
        })
    } else {
        None
    };
    Ok(Connect {
        version,
        bridge: rarely(u)?,
        clean_start: bool::generate(u)?,
        keep_alive: u16::generate(u)?,
        properties: ConnectProperties::generate(u)?,
        client_id: Text::generate(u)?,
        will,
        user_name: optional(u)?,
        password: optional(u)?,
    })
}

fn ack<'a, R: Generate<'a>>(u: &mut Unstructured<'a>) -> Result<Ack<'a, R>> {
    Ok(Ack {
        packet_id: PacketId::generate(u)?,
        reason: R::generate(u)?,
        properties: AckProperties::generate(u)?,
    })
}

impl<'a> Sample<'a> {
    /// Removes values that the version cannot carry.
    pub(super) fn fit_to_version(&mut self) {
        match self.version {
            Version::V3_1 | Version::V3_1_1 => self.fit_to_v3(),
            Version::V5_0 => self.fit_to_v5(),
        }
    }

    fn fit_to_v3(&mut self) {
        let version = self.version;
        let lists = &mut self.lists;
        lists.user_properties.items().clear();
        lists.will_user_properties.items().clear();
        lists.subscription_identifiers.items().clear();
        lists.unsubscribe_reasons.items().clear();
        lists.subscribe_reasons.items().retain(|reason| match version {
            Version::V3_1 => !reason.is_error(),
            _ => !reason.is_error() || *reason == SubscribeReason::UnspecifiedError,
        });
        for subscription in lists.subscriptions.items() {
            *subscription = Subscription::new(subscription.filter, subscription.qos);
        }
        match &mut self.packet {
            Packet::Connect(connect) => {
                connect.properties = ConnectProperties::EMPTY;
                if let Some(will) = &mut connect.will {
                    will.properties = WillProperties::EMPTY;
                }
            }
            Packet::ConnAck(connack) => {
                connack.properties = ConnAckProperties::EMPTY;
                connack.session_present &= version != Version::V3_1;
                if connack.reason.to_v3().is_none() {
                    connack.reason = ConnectReason::Success;
                }
            }
            Packet::Publish(publish) => {
                publish.properties = PublishProperties::EMPTY;
                let name = publish.topic.name().unwrap_or(crate::topic_name!("a"));
                publish.topic = Topic::Name(name);
            }
            Packet::PubAck(ack) => *ack = Ack::<PubAckReason>::new(ack.packet_id),
            Packet::PubRec(ack) => *ack = Ack::<PubRecReason>::new(ack.packet_id),
            Packet::PubRel(ack) => *ack = Ack::<PubRelReason>::new(ack.packet_id),
            Packet::PubComp(ack) => *ack = Ack::<PubCompReason>::new(ack.packet_id),
            Packet::Subscribe(subscribe) => subscribe.properties = SubscribeProperties::EMPTY,
            Packet::SubAck(suback) => suback.properties = AckProperties::EMPTY,
            Packet::Unsubscribe(unsubscribe) => unsubscribe.properties = UnsubscribeProperties::EMPTY,
            Packet::UnsubAck(unsuback) => unsuback.properties = AckProperties::EMPTY,
            Packet::PingReq | Packet::PingResp => {}
            Packet::Disconnect(disconnect) => *disconnect = Disconnect::default(),
            // The version has no such packet.
            Packet::Auth(_) => self.packet = Packet::PingResp,
        }
    }

    fn fit_to_v5(&mut self) {
        if let Packet::Connect(connect) = &mut self.packet {
            connect.bridge = false;
        }
        let legal = |filter: &TopicFilter<'a>| filter.shared_subscription().is_ok();
        self.lists.filters.items().retain(legal);
        self.lists.subscriptions.items().retain(|subscription| legal(&subscription.filter));
    }

    /// Removes contradictions.
    pub(super) fn be_consistent(&mut self) {
        let v5 = self.version == Version::V5_0;
        match &mut self.packet {
            Packet::Connect(connect) => {
                if connect.password.is_some() && connect.user_name.is_none() && !v5 {
                    connect.user_name = Some(Text::EMPTY);
                }
                if connect.properties.authentication_data.is_some() {
                    let method = &mut connect.properties.authentication_method;
                    *method = Some(method.unwrap_or_default());
                }
            }
            Packet::ConnAck(connack) => {
                let is_success = connack.reason == ConnectReason::Success;
                connack.session_present &= is_success;
                if is_success && connack.properties.authentication_data.is_some() {
                    let method = &mut connack.properties.authentication_method;
                    *method = Some(method.unwrap_or_default());
                }
            }
            // In 3.1 an empty list is legal.
            Packet::Subscribe(_) if self.version != Version::V3_1 => {
                let first = Subscription::new(crate::topic_filter!("a"), Qos::AtMostOnce);
                not_empty(self.lists.subscriptions.items(), first);
            }
            Packet::SubAck(_) => {
                not_empty(self.lists.subscribe_reasons.items(), SubscribeReason::GrantedQos0);
            }
            Packet::Unsubscribe(_) if self.version != Version::V3_1 => {
                not_empty(self.lists.filters.items(), crate::topic_filter!("a"));
            }
            Packet::UnsubAck(_) if v5 => {
                not_empty(self.lists.unsubscribe_reasons.items(), UnsubscribeReason::Success);
            }
            Packet::Disconnect(disconnect) if disconnect.reason.get() == 0x8c => {
                disconnect.reason = DisconnectReason::ProtocolError;
            }
            Packet::Auth(auth) => {
                let alone = auth.properties.is_empty() && self.lists.user_properties.items().is_empty();
                if auth.reason != AuthReason::Success || !alone {
                    let method = &mut auth.properties.authentication_method;
                    *method = Some(method.unwrap_or_default());
                }
            }
            _ => {}
        }
        for subscription in self.lists.subscriptions.items() {
            subscription.no_local &= !subscription.filter.is_shared();
        }
    }

    /// Encodes the first elements of each list. `choose` gives the number of these elements, and the noise:
    /// bytes that belong to no element, such as other properties. A reader has to ignore noise.
    pub(super) fn put_lists_on_wire(&mut self, mut choose: impl FnMut() -> Result<(u8, u8)>) -> Result<()> {
        let options = if self.version == Version::V3_1 { Options::Qos } else { Options::All };
        let lists = &mut self.lists;
        macro_rules! put_on_wire {
            ($( $list:ident: $normalization:expr ),*) => { $(
                if !lists.$list.items().is_empty() {
                    let (count, noise) = choose()?;
                    lists.$list.put_on_wire(count, $normalization, noise);
                }
            )* };
        }
        put_on_wire!(
            user_properties: (),
            will_user_properties: (),
            subscription_identifiers: (),
            subscriptions: options,
            filters: (),
            subscribe_reasons: Failures::AsTheyAre,
            unsubscribe_reasons: ()
        );
        Ok(())
    }
}

/// The number of elements to encode: mostly up to 3, sometimes all.
fn amount(u: &mut Unstructured<'_>) -> Result<u8> {
    Ok(match byte(u)? {
        few @ 0..=0x9f => few & 0b11,
        many @ 0xa0..=0xaf => many,
        _ => u8::MAX,
    })
}

fn not_empty<T>(items: &mut Vec<T>, first: T) {
    if items.is_empty() {
        items.push(first);
    }
}
