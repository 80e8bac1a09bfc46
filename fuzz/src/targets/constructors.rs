//! Checks that a packet from a constructor has the given values. All other fields must have the values in the documentation.

use mqtt_wire::property::*;
use mqtt_wire::reason::*;
use mqtt_wire::*;

/// Makes each packet again from the values that its constructor takes.
pub fn set_nothing_else(packet: &Packet<'_>) {
    let properties = AckProperties::EMPTY;
    let (new, expected): (Packet<'_>, Packet<'_>) = match *packet {
        Packet::Connect(it) => {
            has_a_plain_will(it.will);
            let expected = Connect {
                version: it.version,
                bridge: false,
                clean_start: true,
                keep_alive: 0,
                properties: ConnectProperties::EMPTY,
                client_id: text!(""),
                will: None,
                user_name: None,
                password: None,
            };
            (Connect::new(it.version).into(), expected.into())
        }
        Packet::ConnAck(it) => {
            let properties = ConnAckProperties::EMPTY;
            let expected = ConnAck { session_present: false, reason: it.reason, properties };
            (ConnAck::new(it.reason).into(), expected.into())
        }
        Packet::Publish(it) => {
            let Some(name) = it.topic.name() else { return };
            let (delivery, topic) = (Delivery::AtMostOnce, Topic::Name(name));
            let properties = PublishProperties::EMPTY;
            let expected = Publish { delivery, retain: false, topic, properties, payload: it.payload };
            assert_eq!(Topic::new(it.topic.name(), it.topic.alias()), Ok(it.topic));
            (Publish::new(name, it.payload).into(), expected.into())
        }
        Packet::PubAck(it) => {
            let (packet_id, reason) = (it.packet_id, PubAckReason::Success);
            (PubAck::new(packet_id).into(), PubAck { packet_id, reason, properties }.into())
        }
        Packet::PubRec(it) => {
            let (packet_id, reason) = (it.packet_id, PubRecReason::Success);
            (PubRec::new(packet_id).into(), PubRec { packet_id, reason, properties }.into())
        }
        Packet::PubRel(it) => {
            let (packet_id, reason) = (it.packet_id, PubRelReason::Success);
            (PubRel::new(packet_id).into(), PubRel { packet_id, reason, properties }.into())
        }
        Packet::PubComp(it) => {
            let (packet_id, reason) = (it.packet_id, PubCompReason::Success);
            (PubComp::new(packet_id).into(), PubComp { packet_id, reason, properties }.into())
        }
        Packet::Subscribe(it) => {
            let items: Vec<_> = it.subscriptions.iter().map(plain_subscription).collect();
            let properties = SubscribeProperties::EMPTY;
            let expected =
                Subscribe { packet_id: it.packet_id, properties, subscriptions: (&items[..]).into() };
            return are_the_same(Subscribe::new(it.packet_id, &items).into(), expected.into());
        }
        Packet::SubAck(it) => {
            let codes: Vec<_> = it.reasons.iter().collect();
            let expected = SubAck { packet_id: it.packet_id, properties, reasons: (&codes[..]).into() };
            return are_the_same(SubAck::new(it.packet_id, &codes).into(), expected.into());
        }
        Packet::Unsubscribe(it) => {
            let filters: Vec<_> = it.filters.iter().collect();
            let properties = UnsubscribeProperties::EMPTY;
            let expected =
                Unsubscribe { packet_id: it.packet_id, properties, filters: (&filters[..]).into() };
            return are_the_same(Unsubscribe::new(it.packet_id, &filters).into(), expected.into());
        }
        Packet::UnsubAck(it) => {
            let codes: Vec<_> = it.reasons.iter().collect();
            let expected = UnsubAck { packet_id: it.packet_id, properties, reasons: (&codes[..]).into() };
            return are_the_same(UnsubAck::new(it.packet_id, &codes).into(), expected.into());
        }
        Packet::PingReq => (PingReq.into(), Packet::PingReq),
        Packet::PingResp => (PingResp.into(), Packet::PingResp),
        Packet::Disconnect(it) => {
            let expected = Disconnect { reason: it.reason, properties: DisconnectProperties::EMPTY };
            assert_eq!(Disconnect::default(), Disconnect::new(DisconnectReason::NormalDisconnection));
            (Disconnect::new(it.reason).into(), expected.into())
        }
        Packet::Auth(it) => {
            let [default, empty] = [AuthProperties::default(), AuthProperties::EMPTY]
                .map(|properties| Auth { reason: it.reason, properties });
            (default.into(), empty.into())
        }
    };
    are_the_same(new, expected);
}

#[track_caller]
fn are_the_same(new: Packet<'_>, expected: Packet<'_>) {
    assert_eq!(new, expected);
}

fn has_a_plain_will(will: Option<Will<'_>>) {
    let Some(Will { topic, payload, .. }) = will else { return };
    let (qos, properties) = (Qos::AtMostOnce, WillProperties::EMPTY);
    assert_eq!(Will::new(topic, payload), Will { qos, retain: false, properties, topic, payload });
}

fn plain_subscription(it: Subscription<'_>) -> Subscription<'_> {
    let expected = Subscription {
        filter: it.filter,
        qos: it.qos,
        no_local: false,
        retain_as_published: false,
        retain_handling: RetainHandling::SendAtSubscribe,
    };
    assert_eq!(Subscription::new(it.filter, it.qos), expected);
    expected
}
