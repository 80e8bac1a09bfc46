//! Property tests: values and packets at random, and bytes that are nearly packets.

#[path = "support/samples.rs"]
mod samples;

use mqtt_wire::*;
use proptest::prelude::*;
use proptest::sample::select;

fn any_version() -> impl Strategy<Value = Version> {
    select(&Version::ALL[..])
}

/// Strings with a liking for what is special in topics.
fn any_string() -> impl Strategy<Value = String> {
    let special = select(vec!["/", "+", "#", "$share/", "$", "\0", "é", "\u{feff}", "a", "b/"]);
    prop_oneof![
        prop::collection::vec(special, 0..8).prop_map(|parts| parts.concat()),
        any::<String>(),
        "[a-z/]{0,300}",
    ]
}

fn any_text() -> impl Strategy<Value = String> {
    any_string().prop_map(|string| string.replace('\0', "0"))
}

fn any_topic() -> impl Strategy<Value = String> {
    any_text().prop_map(|text| format!("t{}", text.replace(['+', '#'], "-")))
}

fn any_delivery() -> impl Strategy<Value = Delivery> {
    (0..3, 1..=u16::MAX, any::<bool>()).prop_map(|(qos, id, dup)| {
        let id = PacketId::new(id).expect("not 0");
        match qos {
            0 => Delivery::AtMostOnce,
            1 => Delivery::AtLeastOnce { id, dup },
            _ => Delivery::ExactlyOnce { id, dup },
        }
    })
}

/// The rules of §4.7 in plain words.
fn is_filter(string: &str) -> bool {
    let levels: Vec<_> = string.split('/').collect();
    let fills = |level: &&str| level.len() == 1 || !level.contains(['+', '#']);
    let hash_is_last = levels.iter().rev().skip(1).all(|level| *level != "#");
    !string.is_empty() && !string.contains('\0') && levels.iter().all(fills) && hash_is_last
}

/// §4.7 by recursion over levels.
fn matches(filter: &[&str], topic: &[&str]) -> bool {
    match (filter, topic) {
        (["#"], _) => true,
        ([], []) => true,
        ([f, filter @ ..], [t, topic @ ..]) => (*f == "+" || f == t) && matches(filter, topic),
        _ => false,
    }
}

fn round_trip(packet: &Packet<'_>, version: Version) -> Result<(), TestCaseError> {
    let bytes = samples::bytes(packet, version);
    prop_assert_eq!(decode(version, &bytes), Ok(Some((*packet, &[][..]))));
    Ok(())
}

proptest! {
    #[test]
    fn strings_are_what_the_rules_say(string in any_string()) {
        prop_assert_eq!(Text::new(&string).is_ok(), !string.contains('\0'));
        prop_assert_eq!(
            TopicName::new(&string).is_ok(),
            !string.is_empty() && !string.contains(['\0', '+', '#'])
        );
        prop_assert_eq!(TopicFilter::new(&string).is_ok(), is_filter(&string));
    }

    #[test]
    fn filters_match_as_the_recursion_says(filter in "[ab+#/$]{1,8}", topic in "[ab/$]{1,8}") {
        if let (Ok(filter), Ok(topic)) = (TopicFilter::new(&filter), TopicName::new(&topic)) {
            let filters: Vec<_> = filter.levels().collect();
            let topics: Vec<_> = topic.levels().collect();
            // `a/#` also matches `a`.
            let parent = filters.len() == topics.len() + 1 && filters.last() == Some(&"#");
            let expected = matches(&filters, &topics) || parent && matches(&filters[..topics.len()], &topics);
            let hidden = topic.as_str().starts_with('$') && filter.as_str().starts_with(['+', '#']);
            prop_assert_eq!(filter.matches(topic), expected && !hidden, "{} {}", filter, topic);
        }
    }

    #[test]
    fn any_publish_survives(
        version in any_version(),
        delivery in any_delivery(),
        retain: bool,
        topic in any_topic(),
        payload: Vec<u8>,
    ) {
        let topic = TopicName::new(&topic).expect("legal");
        let publish = Publish { delivery, retain, ..Publish::new(topic, &payload) };
        round_trip(&publish.into(), version)?;
    }

    #[test]
    fn any_publish_with_properties_survives(
        topic in any_topic(),
        alias in prop::option::of(1..=u16::MAX),
        expiry: Option<u32>,
        utf8: Option<bool>,
        content_type in prop::option::of(any_text()),
        correlation_data: Option<Vec<u8>>,
        ids in prop::collection::vec(1..=268_435_455u32, 0..4),
        pairs in prop::collection::vec((any_text(), any_text()), 0..4),
    ) {
        let name = TopicName::new(&topic).expect("legal");
        let topic = match alias {
            Some(alias) => Topic::NameAndAlias(name, TopicAlias::new(alias).expect("not 0")),
            None => Topic::Name(name),
        };
        let text = |string| Text::new(string).expect("legal");
        let ids: Vec<_> = ids.iter().map(|id| SubscriptionId::new(*id).expect("legal")).collect();
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(name, value)| UserProperty { name: text(name), value: text(value) })
            .collect();
        let format = utf8.map(|utf8| if utf8 { PayloadFormat::Utf8 } else { PayloadFormat::Unspecified });
        let properties = PublishProperties {
            payload_format_indicator: format,
            message_expiry_interval: expiry,
            content_type: content_type.as_deref().map(text),
            response_topic: alias.map(|_| name),
            correlation_data: correlation_data.as_deref().map(|data| Binary::new(data).expect("short")),
            subscription_identifiers: List::new(&ids),
            user_properties: List::new(&pairs),
        };
        round_trip(&Publish { topic, properties, ..Publish::new(name, b"payload") }.into(), Version::V5_0)?;
    }

    #[test]
    fn any_connect_survives(
        version in any_version(),
        clean_start: bool,
        keep_alive: u16,
        client_id in any_text(),
        will in prop::option::of((any_topic(), any::<Vec<u8>>(), 0..3u8, any::<bool>())),
        user_name in prop::option::of(any_text()),
        password: Option<Vec<u8>>,
    ) {
        let text = |string| Text::new(string).expect("legal");
        let connect = Connect {
            clean_start,
            keep_alive,
            client_id: text(&client_id),
            will: will.as_ref().map(|(topic, payload, qos, retain)| Will {
                qos: Qos::new(*qos).expect("below 3"),
                retain: *retain,
                ..Will::new(
                    TopicName::new(topic).expect("legal"),
                    Binary::new(payload).expect("short"),
                )
            }),
            user_name: user_name.as_deref().map(text),
            password: password.as_deref().map(|bytes| Password::new(bytes).expect("short")),
            ..Connect::new(version)
        };
        let alone = connect.password.is_some() && connect.user_name.is_none();
        if alone && version != Version::V5_0 {
            let rule = Inconsistency::PasswordWithoutUserName;
            prop_assert_eq!(connect.encoded_len(version), Err(EncodeError::Inconsistent(rule)));
        } else {
            round_trip(&connect.into(), version)?;
        }
    }

    /// A packet with some of its bytes replaced, and one length or none mended: what is accepted is written
    /// and read again as the same, what is refused points into the packet.
    #[test]
    fn what_is_nearly_a_packet_is_refused_or_legal(
        version in any_version(),
        which: prop::sample::Index,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let samples = samples::samples(version);
        let mut bytes = samples::bytes(which.get(&samples), version);
        bytes.truncate(2000);
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len().min(127)) + 2);
            bytes[1] = u8::try_from(bytes.len() - 2).expect("short");
        }
        let mut decoder = Decoder::new(version).accept_bridge(true);
        match decoder.decode(&bytes) {
            Ok(Some((packet, rest))) => {
                let used = bytes.len() - rest.len();
                let own = match packet { Packet::Connect(connect) => connect.version, _ => version };
                if let Ok(len) = packet.encoded_len(own) {
                    prop_assert!(len <= used);
                    let again = samples::bytes(&packet, own);
                    prop_assert_eq!(decoder.decode_frame(&again), Ok(packet));
                }
            }
            Ok(None) => prop_assert!(decoder.decode_frame(&bytes).is_err()),
            Err(error) => prop_assert!(error.offset() <= bytes.len(), "{:?}", error),
        }
    }
}
