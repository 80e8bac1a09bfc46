//! Exchanges of our client with a broker. A message goes to the broker and comes back, with each
//! QoS.

use crate::client::Client;
use mqtt_wire::property::{
    PayloadFormat, PublishProperties, SubscriptionId, SubscriptionIds, UserProperties, UserProperty,
};
use mqtt_wire::{
    Binary, Delivery, Packet, PacketId, PacketType, PubAck, PubComp, PubRec, PubRel, Publish, TopicName,
    Version, text, topic_name,
};

pub const PAIRS: [UserProperty<'static>; 2] = [
    UserProperty { name: text!("room"), value: text!("kitchen") },
    UserProperty { name: text!("room"), value: text!("") },
];

pub fn publishes_at_most_once(client: &mut Client, version: Version) {
    let publish = message(version, topic_name!("q0"), Delivery::AtMostOnce);
    client.send(&publish);
    let [echo] = client.receive([PacketType::Publish]);
    expect_echo(client.read(&echo), &publish);
}

pub fn publishes_at_least_once(client: &mut Client, version: Version, id: PacketId) {
    let publish = message(version, topic_name!("q1/x"), Delivery::AtLeastOnce { id, dup: false });
    client.send(&publish);
    let [ack, echo] = client.receive([PacketType::PubAck, PacketType::Publish]);
    assert_eq!(client.read(&ack), PubAck::new(id).into());
    let id = expect_echo(client.read(&echo), &publish);
    client.send(&PubAck::new(id.unwrap()));
}

pub fn publishes_exactly_once(client: &mut Client, version: Version, id: PacketId) {
    let publish = message(version, topic_name!("q2/x/y"), Delivery::ExactlyOnce { id, dup: false });
    client.send(&publish);
    let [rec] = client.receive([PacketType::PubRec]);
    assert_eq!(client.read(&rec), PubRec::new(id).into());
    client.send(&PubRel::new(id));
    let [comp, echo] = client.receive([PacketType::PubComp, PacketType::Publish]);
    assert_eq!(client.read(&comp), PubComp::new(id).into());

    let id = expect_echo(client.read(&echo), &publish).unwrap();
    client.send(&PubRec::new(id));
    let [rel] = client.receive([PacketType::PubRel]);
    assert_eq!(client.read(&rel), PubRel::new(id).into());
    client.send(&PubComp::new(id));
}

pub fn message(version: Version, topic: TopicName<'static>, delivery: Delivery) -> Publish<'static> {
    let mut publish = Publish { delivery, ..Publish::new(topic, b"hello") };
    if version == Version::V5_0 {
        publish.properties = PublishProperties {
            payload_format_indicator: Some(PayloadFormat::Utf8),
            content_type: Some(text!("text/plain")),
            response_topic: Some(topic_name!("reply")),
            correlation_data: Some(Binary::new(b"\x00\xff").unwrap()),
            user_properties: UserProperties::new(&PAIRS),
            ..PublishProperties::EMPTY
        };
    }
    publish
}

/// The message comes back unchanged, with a Packet Identifier of the broker, and in 5.0 with a
/// Subscription Identifier.
pub fn expect_echo(echo: Packet<'_>, publish: &Publish<'_>) -> Option<PacketId> {
    let Packet::Publish(echo) = echo else { panic!("{echo:?}") };
    let ids = [SubscriptionId::new(300).unwrap()];
    let mut expected = Publish { delivery: echo.delivery, ..*publish };
    if !publish.properties.is_empty() {
        expected.properties.subscription_identifiers = SubscriptionIds::new(&ids);
    }
    assert_eq!(echo, expected);
    assert_eq!((echo.delivery.qos(), echo.delivery.dup()), (publish.delivery.qos(), false));
    echo.delivery.packet_id()
}
