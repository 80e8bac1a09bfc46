//! Checks that the processor time of every public operation grows no faster than the length of its input. Each test
//! compares a long packet with a short one, for each way in which a packet can be long.

use mqtt_wire::broker::PeerLimits;
use mqtt_wire::list::{List, ListBuf};
use mqtt_wire::property::{
    AckProperties, ConnectProperties, PublishProperties, SubscriptionId, UserProperty, WillProperties,
};
use mqtt_wire::reason::{SubscribeReason, UnsubscribeReason};
use mqtt_wire::*;
use mqtt_wire_fuzz::growth::{TIMES, grow_no_faster, is_explained, reading};
use mqtt_wire_testkit::laws::{encoded, varint};

const LONG: usize = 1 << 15;

/// Returns a short and a long count of items with this length.
fn counts(len: usize) -> [usize; 2] {
    [LONG / TIMES, LONG].map(|long| long / len)
}

fn grows(versions: &[Version], packets: [Packet<'_>; 2]) {
    for version in versions {
        let frames = packets.map(|packet| encoded(&packet, *version));
        grow_no_faster(*version, frames.each_ref().map(|frame| &frame[..]));
        // The cut is in the last item, so that every item before it is read before the packet is refused.
        let cut = frames.each_ref().map(|frame| with_correct_length(&frame[..frame.len() - 1]));
        reading(*version, cut.each_ref().map(|frame| &frame[..]));
    }
}

/// Returns the frame with the Remaining Length of its bytes.
fn with_correct_length(frame: &[u8]) -> Vec<u8> {
    let header = 2 + frame[1..].iter().position(|byte| byte & 0x80 == 0).expect("a length");
    let body = &frame[header..];
    [&frame[..1], &varint(u32::try_from(body.len()).expect("short")), body].concat()
}

const V5: &[Version] = &[Version::V5_0];

#[test]
fn user_properties_take_linear_time() {
    let pair = UserProperty::new("n", "v").expect("legal");
    let pairs = counts(7).map(|count| vec![pair; count]);
    let lists = pairs.each_ref().map(|pairs| List::from(&pairs[..]));
    grows(
        V5,
        lists.map(|user_properties| {
            let properties = PublishProperties { user_properties, ..PublishProperties::EMPTY };
            Publish { properties, ..Publish::new(topic_name!("a"), b"") }.into()
        }),
    );
    grows(
        V5,
        lists.map(|user_properties| {
            let properties = AckProperties { user_properties, ..AckProperties::EMPTY };
            PubAck { properties, ..PubAck::new(PacketId::MIN) }.into()
        }),
    );
    grows(
        V5,
        lists.map(|user_properties| {
            let properties = ConnectProperties { user_properties, ..ConnectProperties::EMPTY };
            let of_will = WillProperties { user_properties, ..WillProperties::EMPTY };
            let will = Some(Will { properties: of_will, ..Will::new(topic_name!("a"), Binary::EMPTY) });
            Connect { properties, will, ..Connect::new(Version::V5_0) }.into()
        }),
    );
}

/// On the wire, properties of the same kind can be separated by others.
#[test]
fn alternating_properties_take_linear_time() {
    let frames = counts(9).map(|count| {
        let block = b"\x26\x00\x01n\x00\x01v\x0b\x01".repeat(count);
        let own = varint(u32::try_from(block.len()).expect("short"));
        let body = [&b"\x00\x01a"[..], &own, &block].concat();
        [&b"\x30"[..], &varint(u32::try_from(body.len()).expect("short")), &body].concat()
    });
    grow_no_faster(Version::V5_0, frames.each_ref().map(|frame| &frame[..]));
}

#[test]
fn subscription_identifiers_and_payloads_take_linear_time() {
    let ids = counts(5).map(|count| vec![SubscriptionId::MAX; count]);
    grows(
        V5,
        ids.each_ref().map(|ids| {
            let properties = PublishProperties {
                subscription_identifiers: List::from(&ids[..]),
                ..PublishProperties::EMPTY
            };
            Publish { properties, ..Publish::new(topic_name!("a"), b"") }.into()
        }),
    );
    let payloads = counts(1).map(|len| vec![b'p'; len]);
    grows(&Version::ALL, payloads.each_ref().map(|payload| Publish::new(topic_name!("a"), payload).into()));
}

#[test]
fn filters_and_codes_take_linear_time() {
    let filters = counts(5).map(|count| vec![topic_filter!("a/+"); count]);
    grows(&Version::ALL, filters.each_ref().map(|filters| Unsubscribe::new(PacketId::MIN, filters).into()));
    let subscriptions = filters
        .each_ref()
        .map(|filters| filters.iter().map(|it| Subscription::new(*it, Qos::AtLeastOnce)).collect::<Vec<_>>());
    grows(&Version::ALL, subscriptions.each_ref().map(|list| Subscribe::new(PacketId::MIN, list).into()));
    let granted = counts(1).map(|count| vec![SubscribeReason::GrantedQos1; count]);
    grows(&Version::ALL, granted.each_ref().map(|list| SubAck::new(PacketId::MIN, list).into()));
    let ended = counts(1).map(|count| vec![UnsubscribeReason::NotAuthorized; count]);
    grows(V5, ended.each_ref().map(|list| UnsubAck::new(PacketId::MIN, list).into()));
}

#[test]
fn long_strings_take_linear_time() {
    let names = counts(2).map(|count| "a/".repeat(count));
    let names = names.each_ref().map(|name| TopicName::new(name).expect("legal"));
    grows(&Version::ALL, names.map(|name| Publish::new(name, b"").into()));
    for version in Version::ALL {
        grows(
            &[version],
            names.map(|name| {
                let client_id = Text::new(name.as_str()).expect("legal");
                let will = Some(Will::new(name, Binary::EMPTY));
                Connect { client_id, will, user_name: Some(client_id), ..Connect::new(version) }.into()
            }),
        );
    }
}

#[test]
fn packets_with_many_faults_take_linear_time() {
    for version in Version::ALL {
        for (header, item) in [
            (&b"\x82"[..], &b"\x00\x02#a\x00"[..]),
            (b"\x82", b"\x00\x02\xff\x01\x03"),
            (b"\xa2", b"\x00\x02a+"),
            (b"\x90", b"\xff"),
            (b"\xb0", b"\xff"),
            (b"\x30\x00", b"\x26\x00\x01\0\x00\x01\x01"),
        ] {
            let frames = counts(item.len()).map(|count| {
                let items = item.repeat(count);
                let own = varint(u32::try_from(items.len()).expect("short"));
                let before: &[u8] = match (header.len(), version) {
                    (2, _) => &[&b"\x00\x01a"[..], &own].concat(),
                    (_, Version::V5_0) => b"\x00\x01\x00",
                    _ => b"\x00\x01",
                };
                let body = [before, &items].concat();
                [&header[..1], &varint(u32::try_from(body.len()).expect("short")), &body].concat()
            });
            reading(version, frames.each_ref().map(|frame| &frame[..]));
        }
    }
}

#[test]
fn topics_and_lists_take_linear_time() {
    let levels = counts(2).map(|count| format!("{}b", "a/".repeat(count)));
    let levels = levels.each_ref().map(|levels| &levels[..]);
    let wild = counts(2).map(|count| format!("{}b", "+/".repeat(count)));
    let pairs = [(levels[0], &wild[0][..]), (levels[1], &wild[1][..])];
    is_explained(TIMES, levels, |string| TopicName::new(string).is_ok() && Text::new(string).is_ok());
    is_explained(TIMES, levels, |string| TopicName::from_bytes(string.as_bytes()).is_ok());
    is_explained(TIMES, pairs, |(_, filter)| TopicFilter::new(filter).is_ok());
    is_explained(TIMES, pairs, |(name, filter)| {
        let (name, filter) = (TopicName::new(name).expect("legal"), TopicFilter::new(filter).expect("legal"));
        filter.matches(name) && filter.covers(name.into()) && filter.levels().count() > 0
    });
    let shared = counts(2).map(|count| format!("$share/g/{}#", "a/".repeat(count)));
    is_explained(TIMES, shared.each_ref(), |filter| {
        TopicFilter::new(filter).expect("legal").shared_subscription().is_ok()
    });
    let request = counts(8).map(|count| format!("GET / HTTP/1.1\r\n{}", "Name: a\r\n".repeat(count)));
    is_explained(TIMES, request.each_ref(), |request| {
        detect::guess(request.as_bytes()) == detect::Guess::Http
    });
    let pair = UserProperty::new("n", "v").expect("legal");
    is_explained(TIMES, counts(7), |count| {
        let mut list: ListBuf<UserProperty<'static>, Vec<u8>> = ListBuf::new(Vec::new());
        (0..count).all(|_| list.push(pair).is_ok())
    });
    let limits = PeerLimits::NONE.max_packet_size(9);
    is_explained(TIMES, counts(1), |len| {
        let payload = [0; LONG];
        limits.fit(Version::V5_0, Publish::new(topic_name!("a"), &payload[..len])).is_err()
    });
}
