//! Checks that a list is the same in every form: a slice, validated bytes, a slice after validated bytes, a `ListBuf`.

use super::iterators::has_the_same_for_all;
use mqtt_wire::convert::{Changed, Conversion};
use mqtt_wire::list::{List, ListBuf, ListFull, Listed};
use mqtt_wire::property::{PublishProperties, SubscriptionId, UserProperty};
use mqtt_wire::reason::{SubscribeReason, UnsubscribeReason};
use mqtt_wire::*;
use mqtt_wire_testkit::laws::{self, decoder};
use std::hash::{BuildHasher, RandomState};

/// Appends the items to one decoded item that is legal in every version. `$packet` makes a packet with a list.
macro_rules! in_every_form {
    ($Item:ty, $first:expr, $items:expr, $list:ident of $Variant:ident($read:ident): $its_list:expr, $packet:expr) => {{
        let (first, items): ([$Item; 1], Vec<$Item>) = ([$first], $items.collect());
        let all: Vec<$Item> = first.iter().chain(&items).copied().collect();
        let $list = (&all[..]).into();
        let whole = Packet::$Variant($packet);
        let $list = (&first).into();
        let begin = Packet::$Variant($packet);
        for version in Version::ALL {
            let Some(bytes) = encoded(&begin, version) else { continue };
            let Ok(Packet::$Variant($read)) = decoder(version).decode_frame(&bytes) else {
                panic!("{bytes:02x?}")
            };
            let read = $its_list;
            has_the_same_for_all(read.iter());
            let longer = read.followed_by(&items).expect("it has no slice");
            has_the_same_for_all(longer.iter());
            assert!(longer.iter().eq(all.iter().copied()) && longer.len() == all.len());
            let $list = read.followed_by(&items).expect("it has no slice");
            are_the_same(&Packet::$Variant($packet), &whole);
            // A copy, and a copy to which items were added, obey the rules of the list.
            let copy = ListBuf::<$Item, Vec<u8>>::from(longer);
            let $list = copy.as_list();
            are_the_same(&Packet::$Variant($packet), &whole);
            let mut extended = ListBuf::<$Item, Vec<u8>>::from(read);
            extended.extend(items.iter().copied()).expect("a Vec grows");
            let $list = extended.as_list();
            are_the_same(&Packet::$Variant($packet), &whole);
        }
        // A conversion removes parts of the items. Items that are appended later keep these parts.
        if let Some(bytes) = encoded(&begin, Version::V5_0) {
            let Ok(read) = decoder(Version::V5_0).decode_frame(&bytes) else { panic!("{bytes:02x?}") };
            let converted = Conversion::new(Version::V5_0, Version::V3_1_1).convert(read);
            if let Ok(Changed { packet: Packet::$Variant($read), .. }) = converted {
                let $list = $its_list.followed_by(&items).expect("it has no slice");
                let longer = Packet::$Variant($packet);
                let all: Vec<$Item> = $its_list.iter().chain(items.iter().copied()).collect();
                let $list = (&all[..]).into();
                are_the_same(&longer, &Packet::$Variant($packet));
            }
        }
        let made: ListBuf<$Item, Vec<u8>> = all.iter().copied().collect();
        has_the_same_for_all(made.as_list().iter());
        assert!(made.as_list().iter().eq(all.iter().copied()));
        assert_eq!((made.len(), made.as_list().len(), made.is_empty()), (all.len(), all.len(), false));
        let copied = ListBuf::<$Item, Vec<u8>>::from(made.as_list());
        assert!(copied.as_list() == made.as_list());
        for shorter in [&all[1..], &all[..all.len() - 1]] {
            let other: ListBuf<$Item, Vec<u8>> = shorter.iter().copied().collect();
            let is_same = shorter.iter().eq(&all);
            assert_eq!(other.as_list() == made.as_list(), is_same, "{shorter:?} and {all:?}");
            let (of_items, of_all) = (List::new(shorter), List::new(&all));
            assert_eq!((of_items == of_all, of_items == made.as_list()), (is_same, is_same));
            assert_eq!((of_items.len(), of_items.is_empty()), (shorter.len(), shorter.is_empty()));
            has_the_same_for_all(of_items.iter());
            // Items can follow a list only if it has no slice of its own.
            let followed = of_items.followed_by(&all);
            assert_eq!(followed.map(List::len), shorter.is_empty().then_some(all.len()));
            assert!(of_items.into_iter().eq(shorter.iter().copied()));
        }
        let $list = made.as_list();
        are_the_same(&Packet::$Variant($packet), &whole);
        takes_all_or_nothing::<$Item>(&all);
    }};
}

/// The packet has items of any kind. Some items are legal only in some versions.
pub fn have_one_meaning(packet: &Packet<'_>) {
    match packet {
        Packet::Subscribe(it) => {
            let first = Subscription::new(topic_filter!("a"), Qos::AtMostOnce);
            in_every_form!(Subscription<'_>, first, it.subscriptions.iter(),
                list of Subscribe(read): read.subscriptions,
                Subscribe { subscriptions: list, ..Subscribe::new(it.packet_id, &[]) });
        }
        Packet::Unsubscribe(it) => {
            in_every_form!(TopicFilter<'_>, topic_filter!("a"), it.filters.iter(),
                list of Unsubscribe(read): read.filters,
                Unsubscribe { filters: list, ..Unsubscribe::new(it.packet_id, &[]) });
        }
        Packet::SubAck(it) => {
            in_every_form!(SubscribeReason, SubscribeReason::GrantedQos0, it.reasons.iter(),
                list of SubAck(read): read.reasons,
                SubAck { reasons: list, ..SubAck::new(it.packet_id, &[]) });
        }
        Packet::UnsubAck(it) => {
            in_every_form!(UnsubscribeReason, UnsubscribeReason::Success, it.reasons.iter(),
                list of UnsubAck(read): read.reasons,
                UnsubAck { reasons: list, ..UnsubAck::new(it.packet_id, &[]) });
        }
        Packet::Publish(it) => {
            let publish = Publish::new(topic_name!("a"), it.payload);
            let (properties, none) = (it.properties, PublishProperties::EMPTY);
            let first = UserProperty { name: text!("a"), value: text!("") };
            in_every_form!(UserProperty<'_>, first, properties.user_properties.iter(),
                list of Publish(read): read.properties.user_properties,
                Publish { properties: PublishProperties { user_properties: list, ..none }, ..publish });
            in_every_form!(SubscriptionId, SubscriptionId::MAX, properties.subscription_identifiers.iter(),
                list of Publish(read): read.properties.subscription_identifiers,
                Publish { properties: PublishProperties { subscription_identifiers: list, ..none }, ..publish });
        }
        _ => {}
    }
}

/// Packets that are equal are hashed, shown, written, refused and converted alike.
#[track_caller]
fn are_the_same(one: &Packet<'_>, other: &Packet<'_>) {
    assert_eq!(one, other);
    let hash = RandomState::new();
    assert_eq!(hash.hash_one(one), hash.hash_one(other), "{one:?}");
    assert_eq!((format!("{one:?}"), one.to_string()), (format!("{other:?}"), other.to_string()));
    for version in Version::ALL {
        assert_eq!(one.encoded_len(version), other.encoded_len(version), "{version} {one:?}");
        assert_eq!(encoded(one, version), encoded(other, version), "{version} {one:?}");
        for to in Version::ALL {
            let converted = |packet: &Packet<'_>| {
                let converted = Conversion::new(version, to).convert(*packet);
                converted.map(|it| (encoded(&it.packet, to), it.changes))
            };
            assert_eq!(converted(one), converted(other), "{version} to {to}: {one:?}");
        }
    }
}

fn encoded(packet: &Packet<'_>, version: Version) -> Option<Vec<u8>> {
    packet.encoded_len(version).is_ok().then(|| laws::encoded(packet, version))
}

/// A list in memory of a fixed size takes items up to the last byte. If they do not fit, the list stays as it was.
fn takes_all_or_nothing<'a, T: Listed>(items: &[T::Of<'a>]) {
    let needed = |count: usize| {
        let mut list = ListBuf::<T, _>::new([]);
        items[..count].iter().fold(0, |len, item| {
            let Err(ListFull { needed, .. }) = list.push(*item) else { panic!("into no memory") };
            len + needed
        })
    };
    let (first, all) = (needed(1), needed(items.len()));
    let mut memory = vec![0; all];
    for len in [all, first.max(all - 1), first] {
        let mut list = ListBuf::<T, _>::new(&mut memory[..len]);
        assert_eq!(list.push(items[0]), Ok(()));
        let extended = list.extend(items[1..].iter().copied());
        assert_eq!(extended.is_ok(), len == all, "{len} of {all} bytes");
        let held = if extended.is_ok() { items } else { &items[..1] };
        assert_eq!(format!("{list:?}"), format!("{held:?}"));
        assert_eq!((list.len(), list.is_empty()), (held.len(), false));
        assert!(extended.is_ok() || extended.is_err_and(|full| full.needed > len && full.needed <= all));
        list.clear();
        assert!(list.is_empty() && list.as_list().is_empty());
    }
}
