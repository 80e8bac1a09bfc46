//! Constructs the values of fields from any input.

use mqtt_wire::list::ListBuf;
use mqtt_wire::property::SubscriptionId;
use mqtt_wire::topic::{SharedSubscription, TopicAlias};
use mqtt_wire::*;
use no_panic::no_panic;
use std::hint::black_box;

pub fn run() {
    let (string, bytes) = (black_box("a/b"), black_box(&b"a/b"[..]));
    black_box((text(string).is_ok(), topic_name(string).is_ok(), topic_filter(string).is_ok()));
    black_box((text_of(bytes).is_ok(), topic_name_of(bytes).is_ok(), topic_filter_of(bytes).is_ok()));
    black_box((binary(bytes).is_ok(), password(bytes).is_ok()));
    if let (Ok(filter), Ok(topic)) = (topic_filter(string), topic_name(string)) {
        black_box(matches(black_box(filter), black_box(topic)));
        black_box(covers(black_box(filter), black_box(filter)));
        black_box(pushed(black_box(filter)));
        black_box(shared(black_box(filter)).is_ok());
        black_box(levels(black_box(topic)));
    }
    if let Ok(Some((Packet::Publish(publish), _))) = decode(Version::V3_1_1, black_box(b"\x30\x03\x00\x01a"))
    {
        black_box(payload_matches(black_box(&publish)));
    }
    black_box(numbers(black_box(7)));
}

#[no_panic]
fn text(string: &str) -> Result<Text<'_>, ValueError> {
    Text::new(string)
}

#[no_panic]
fn topic_name(string: &str) -> Result<TopicName<'_>, ValueError> {
    TopicName::new(string)
}

#[no_panic]
fn topic_filter(string: &str) -> Result<TopicFilter<'_>, ValueError> {
    TopicFilter::new(string)
}

#[no_panic]
fn text_of(bytes: &[u8]) -> Result<Text<'_>, ValueError> {
    Text::from_bytes(bytes)
}

#[no_panic]
fn topic_name_of(bytes: &[u8]) -> Result<TopicName<'_>, ValueError> {
    TopicName::from_bytes(bytes)
}

#[no_panic]
fn topic_filter_of(bytes: &[u8]) -> Result<TopicFilter<'_>, ValueError> {
    TopicFilter::from_bytes(bytes)
}

#[no_panic]
fn binary(bytes: &[u8]) -> Result<Binary<'_>, ValueError> {
    Binary::new(bytes)
}

#[no_panic]
fn password(bytes: &[u8]) -> Result<Password<'_>, ValueError> {
    Password::new(bytes)
}

#[no_panic]
fn matches(filter: TopicFilter<'_>, topic: TopicName<'_>) -> bool {
    filter.matches(topic)
}

#[no_panic]
fn covers(filter: TopicFilter<'_>, other: TopicFilter<'_>) -> bool {
    filter.covers(other) || filter.has_wildcards()
}

#[no_panic]
fn pushed(filter: TopicFilter<'_>) -> bool {
    let mut list = ListBuf::<TopicFilter, _>::new([0; 8]);
    list.push(filter).is_ok() && list.push(filter).is_ok()
}

#[no_panic]
fn shared(filter: TopicFilter<'_>) -> Result<Option<SharedSubscription<'_>>, ValueError> {
    filter.shared_subscription()
}

#[no_panic]
fn levels(topic: TopicName<'_>) -> usize {
    topic.levels().count()
}

#[no_panic]
fn payload_matches(publish: &Publish<'_>) -> bool {
    publish.payload_matches_format()
}

#[no_panic]
fn numbers(number: u16) -> Option<(PacketId, TopicAlias, SubscriptionId)> {
    let id = PacketId::new(number).ok()?.next();
    Some((id, TopicAlias::new(number).ok()?, SubscriptionId::new(u32::from(number)).ok()?))
}
