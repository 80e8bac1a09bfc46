//! Encodes one message for 10,000 subscribers with all versions and QoS levels in two ways: from scratch for
//! each subscriber, and with `FanOut`.
//!
//! ```sh
//! cargo run --release --example fan_out
//! ```
//!
//! The times are rough. This command counts the instructions of one of the four functions:
//!
//! ```sh
//! valgrind --tool=callgrind --collect-atstart=no \
//!     --toggle-collect='*::fanned_out_in_slices' --callgrind-out-file=/dev/null \
//!     target/release/examples/fan_out
//! ```

use mqtt_wire::broker::{FanOut, Recipient, TopicForm};
use mqtt_wire::convert::Conversion;
use mqtt_wire::list::List;
use mqtt_wire::property::{PublishProperties, SubscriptionId, SubscriptionIds, UserProperty};
use mqtt_wire::stream::EncodeParts;
use mqtt_wire::topic::TopicAlias;
use mqtt_wire::{
    Delivery, Encode, Packet, PacketId, Publish, Qos, Topic, TopicName, Version, decode_frame, text,
    topic_name,
};
use std::hint::black_box;
use std::time::{Duration, Instant};

const TOPIC: TopicName<'static> = topic_name!("building/7/floor/3/room/12/temperature");

type Error = Box<dyn std::error::Error>;

fn main() -> Result<(), Error> {
    for payload in [64, 4096] {
        let bytes = from_publisher(&vec![b'7'; payload])?;
        // A broker has a decoded packet. The properties of the packet are still encoded.
        let Packet::Publish(publish) = decode_frame(Version::V5_0, &bytes)? else { unreachable!() };
        measure(payload, &publish, &subscribers())?;
    }
    Ok(())
}

fn measure(payload: usize, publish: &Publish<'_>, subscribers: &[Recipient<'_>]) -> Result<(), Error> {
    println!("{} subscribers, a payload of {payload} bytes:", subscribers.len());
    let mut packets = [0; 8192];
    let way = |name, (time, len): (Duration, usize)| println!("  {name:<32} {len:>9} bytes {time:>12.1?}");
    way("from scratch into a buffer", timed(|| from_scratch(publish, subscribers, &mut packets))?);
    way("fanned out into a buffer", timed(|| fanned_out(publish, subscribers, &mut packets))?);
    way(
        "from scratch, payload in place",
        timed(|| from_scratch_in_parts(publish, subscribers, &mut packets))?,
    );
    way("fanned out in slices", timed(|| fanned_out_in_slices(publish, subscribers))?);
    Ok(())
}

fn timed(run: impl FnOnce() -> Result<usize, Error>) -> Result<(Duration, usize), Error> {
    let start = Instant::now();
    let len = run()?;
    Ok((start.elapsed(), len))
}

#[inline(never)]
fn from_scratch(
    publish: &Publish<'_>,
    subscribers: &[Recipient<'_>],
    buffer: &mut [u8],
) -> Result<usize, Error> {
    let mut sent = 0;
    for subscriber in subscribers {
        let packet = packet_for(publish, subscriber)?;
        sent += black_box(packet.encode(subscriber.version, buffer)?).len();
    }
    Ok(sent)
}

#[inline(never)]
fn fanned_out(
    publish: &Publish<'_>,
    subscribers: &[Recipient<'_>],
    buffer: &mut [u8],
) -> Result<usize, Error> {
    let (mut shared, mut own, mut sent) = ([0; 256], [0; 32], 0);
    let fan_out = FanOut::new(TOPIC, publish, &mut shared)?;
    for subscriber in subscribers {
        sent += black_box(fan_out.to(subscriber, &mut own)?.write(buffer)?).len();
    }
    Ok(sent)
}

#[inline(never)]
fn from_scratch_in_parts(
    publish: &Publish<'_>,
    subscribers: &[Recipient<'_>],
    buffer: &mut [u8],
) -> Result<usize, Error> {
    let mut sent = 0;
    for subscriber in subscribers {
        let packet = packet_for(publish, subscriber)?;
        sent += black_box(packet.encode_parts(subscriber.version, buffer)?).len();
    }
    Ok(sent)
}

#[inline(never)]
fn fanned_out_in_slices(publish: &Publish<'_>, subscribers: &[Recipient<'_>]) -> Result<usize, Error> {
    let (mut shared, mut own, mut sent) = ([0; 256], [0; 32], 0);
    let fan_out = FanOut::new(TOPIC, publish, &mut shared)?;
    for subscriber in subscribers {
        sent += black_box(fan_out.to(subscriber, &mut own)?).len();
    }
    Ok(sent)
}

/// Builds a separate packet for a subscriber.
fn packet_for<'a>(publish: &Publish<'a>, subscriber: &Recipient<'a>) -> Result<Publish<'a>, Error> {
    let mut packet = Publish { delivery: subscriber.delivery, retain: subscriber.retain, ..*publish };
    packet.properties.subscription_identifiers = subscriber.subscription_identifiers;
    packet.topic = match subscriber.topic_form {
        TopicForm::Name => Topic::Name(TOPIC),
        TopicForm::Alias(alias) => Topic::Alias(alias),
        TopicForm::NameAndAlias(alias) => Topic::NameAndAlias(TOPIC, alias),
    };
    Ok(Conversion::new(Version::V5_0, subscriber.version).convert(packet)?.packet)
}

/// Returns subscribers with each version and each QoS in equal parts. Half of the
/// subscribers with 5.0 have a Subscription Identifier, and a third of them have a Topic Alias.
fn subscribers() -> Vec<Recipient<'static>> {
    static IDS: [SubscriptionId; 1] = [SubscriptionId::MAX];
    let mut id = PacketId::MIN;
    let subscriber = |number: usize| {
        id = id.next();
        let version = Version::ALL[number % 3];
        let delivery =
            Delivery::new([Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce][number / 3 % 3], id);
        let mut subscriber = Recipient::new(version, delivery);
        if version == Version::V5_0 && number % 2 == 0 {
            subscriber.subscription_identifiers = SubscriptionIds::new(&IDS);
        }
        if version == Version::V5_0 && number / 9 % 3 == 0 {
            subscriber.topic_form = TopicForm::Alias(TopicAlias::MAX);
        }
        subscriber
    };
    (0..10_000).map(subscriber).collect()
}

/// Returns the bytes of a message with properties.
fn from_publisher(payload: &[u8]) -> Result<Vec<u8>, Error> {
    let pairs = [
        UserProperty { name: text!("unit"), value: text!("celsius") },
        UserProperty { name: text!("trace"), value: text!("4bf92f3577b34da6") },
    ];
    let properties = PublishProperties {
        message_expiry_interval: Some(60),
        content_type: Some(text!("text/plain")),
        user_properties: List::from(&pairs),
        ..PublishProperties::EMPTY
    };
    let publish = Publish { properties, ..Publish::new(TOPIC, payload) };
    let mut bytes = vec![0; publish.encoded_len(Version::V5_0)?];
    publish.encode(Version::V5_0, &mut bytes)?;
    Ok(bytes)
}
