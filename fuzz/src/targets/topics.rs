//! Checks Topic Filters and Topic Names.

use super::strings;
use crate::growth::{TIMES, is_explained};
use crate::random::Random;
use allocation_counter::measure;
#[cfg(feature = "bytes")]
use mqtt_wire::owned::{Owned, OwnedString};
use mqtt_wire::*;
use mqtt_wire_testkit::laws::varint;
use mqtt_wire_testkit::naive::Options;
use mqtt_wire_testkit::verdicts::agree;
#[cfg(feature = "bytes")]
use std::hash::{BuildHasher, RandomState};
use std::hint::black_box;

/// The first line is a filter, and the rest is a name. The target validates and matches them level by
/// level, as the sentences of the standard say (§4.7).
pub fn topics(bytes: &[u8]) {
    let mut lines = bytes.splitn(2, |byte| *byte == b'\n');
    let (filter, name) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let name_is_legal = is_name(name);
    assert_eq!(TopicName::from_bytes(name).is_ok(), name_is_legal, "{name:02x?}");
    assert_eq!(TopicFilter::from_bytes(filter).is_ok(), is_filter(filter), "{filter:02x?}");
    strings::are_refused_for_a_reason(filter);
    strings::are_refused_for_a_reason(name);
    strings::are_their_bytes(filter, name);
    strings::are_their_bytes(name, filter);
    is_read_alike(filter, name);
    is_long_enough_alike(name);
    #[cfg(feature = "bytes")]
    {
        is_owned_alike(filter, name);
        is_checked_by_every_constructor(filter);
        is_checked_by_every_constructor(name);
    }
    let Ok(filter) = TopicFilter::from_bytes(filter) else { return };
    is_shared_alike(filter);
    covers_what_it_matches(filter, name);
    if let Ok(name) = TopicName::from_bytes(name) {
        assert_eq!(filter.matches(name), matches(filter.as_str(), name.as_str()), "{filter} {name}");
        // A name is also a filter, and that filter matches the name.
        assert!(TopicFilter::from(name).matches(name), "{name}");
        assert_eq!(filter.covers(name.into()), filter.matches(name), "{filter} {name}");
        assert_eq!(TopicFilter::new(name.as_str()), Ok(TopicFilter::from(name)));
        assert!(name.levels().eq(name.as_str().split('/')) && filter.levels().eq(filter.as_str().split('/')));
        takes_its_time(filter, name);
    }
}

/// Matching does not allocate, and its time grows no faster than the lengths.
fn takes_its_time(filter: TopicFilter<'_>, name: TopicName<'_>) {
    if !Random::of(name.as_str().as_bytes()).one_in(64) {
        return;
    }
    // Filter and name get the same number of levels, so that the long pair matches if the short pair matches.
    let most = 60_000 / (filter.as_str().len().max(name.as_str().len()) + 1);
    let [filters, names] = [filter.as_str(), name.as_str()].map(|string| {
        [most / TIMES, most]
            .map(|times| [string, "/"].concat().repeat(times).trim_end_matches('/').to_owned())
    });
    let pair = |at: usize| Some((TopicFilter::new(&filters[at]).ok()?, TopicName::new(&names[at]).ok()?));
    let (Some(short), Some(long)) = (pair(0), pair(1)) else { return };
    let count =
        measure(|| is_explained(TIMES, [short, long], |(filter, name)| black_box(filter.matches(name))));
    assert_eq!(count.count_total, 0, "allocations");
}

/// A string has at most 65,535 bytes (§1.5.4). With `limit_v3_1_topics`, a Topic Name of 3.1 has at most 32,767 characters,
/// however many bytes the characters take.
fn is_long_enough_alike(name: &[u8]) {
    let random = &mut Random::of(name);
    let Some(one) = std::str::from_utf8(name).ok().and_then(|name| name.chars().next()) else { return };
    if !random.one_in(16) {
        return;
    }
    // The last bytes of characters lie between 0x80 and 0xBF.
    let one = random.pick(&[one, one, '\u{80}', '\u{bf}', '\u{800}', '\u{fff}']).to_string();
    for len in [65_535, 65_536] {
        let long = [&one.repeat(len / one.len())[..], &"x".repeat(len % one.len())].concat();
        assert_eq!(TopicName::new(&long).is_ok(), is_name(long.as_bytes()), "{len}");
        assert_eq!(TopicFilter::new(&long).is_ok(), is_filter(long.as_bytes()), "{len}");
        assert_eq!(Text::new(&long).is_ok(), is_topic(long.as_bytes()), "{len}");
        is_binary_alike(long.as_bytes());
        strings::are_refused_for_a_reason(long.as_bytes());
    }
    for characters in [32_767, 32_768] {
        let long = one.repeat(characters);
        let Ok(len) = u16::try_from(long.len()) else { return };
        let publish = [&len.to_be_bytes(), long.as_bytes()].concat();
        let bytes = [&[0x30][..], &varint(publish.len() as u32), &publish].concat();
        let options = Options { limit_v3_1_topics: true, ..Options::new(Some(Version::V3_1)) };
        if let Err(difference) = agree(&bytes, &options) {
            panic!("{difference}");
        }
    }
}

/// Every constructor of Binary Data and of secrets takes at most 65,535 bytes (§1.5.6).
fn is_binary_alike(bytes: &[u8]) {
    use mqtt_wire::property::AuthenticationData;
    macro_rules! is_binary {
        ($Type:ident) => {{
            let new = [$Type::new(bytes).is_ok(), $Type::try_from(bytes).is_ok()];
            assert_eq!(new, [bytes.len() <= 65_535; 2], "{}", stringify!($Type));
            #[cfg(feature = "bytes")]
            {
                let owned = Owned::<$Type<'static>>::try_from(bytes::Bytes::copy_from_slice(bytes));
                assert_eq!(owned.is_ok(), new[0], "{}", stringify!($Type));
            }
        }};
    }
    is_binary!(Binary);
    is_binary!(Password);
    is_binary!(AuthenticationData);
}

/// Owned and borrowed topics compare, sort, hash and format alike.
#[cfg(feature = "bytes")]
fn is_owned_alike(first: &[u8], second: &[u8]) {
    let (Ok(first), Ok(second)) = (Text::from_bytes(first), Text::from_bytes(second)) else { return };
    let (one, other): (Owned<Text>, Owned<Text>) = (first.into(), second.into());
    assert_eq!(one.cmp(&other), first.as_str().cmp(second.as_str()));
    assert_eq!(one == other, first == second);
    let hash = RandomState::new();
    assert_eq!(hash.hash_one(&one), hash.hash_one(first.as_str()));
    assert_eq!((format!("{one:?}"), format!("{one}")), (format!("{first:?}"), format!("{first}")));
}

/// Every constructor of a string, borrowed or owned, gives the same error.
#[cfg(feature = "bytes")]
fn is_checked_by_every_constructor(bytes: &[u8]) {
    macro_rules! is_checked {
        ($Type:ident) => {{
            let expected = $Type::from_bytes(bytes).map(drop);
            if let Ok(string) = std::str::from_utf8(bytes) {
                assert_eq!([$Type::new(string).map(drop), $Type::try_from(string).map(drop)], [expected; 2]);
            }
            is_owned_if_it_is_legal::<$Type<'static>>(bytes, expected);
        }};
    }
    is_checked!(Text);
    is_checked!(TopicName);
    is_checked!(TopicFilter);
}

#[cfg(feature = "bytes")]
fn is_owned_if_it_is_legal<V: OwnedString>(bytes: &[u8], expected: Result<(), ValueError>) {
    let shared = bytes::Bytes::copy_from_slice(bytes);
    let of_bytes = [Owned::<V>::new(shared.clone()), Owned::<V>::try_from(shared)];
    assert_eq!(of_bytes.map(|owned| owned.map(drop)), [expected; 2], "{bytes:02x?}");
    let Ok(string) = std::str::from_utf8(bytes) else { return };
    let own = || string.to_owned();
    let in_bytes = [Owned::<V>::try_from(own()), Owned::<V>::try_from(string), string.parse()];
    let in_string = [
        Owned::<V, String>::new(own()),
        Owned::<V, String>::try_from(own()),
        Owned::<V, String>::try_from(string),
        string.parse(),
    ];
    assert_eq!(in_bytes.map(|owned| owned.map(drop)), [expected; 3], "{string:?}");
    assert_eq!(in_string.map(|owned| owned.map(drop)), [expected; 4], "{string:?}");
}

/// [MQTT-1.5.4-1] [MQTT-1.5.4-2] [MQTT-4.7.3-1] [MQTT-4.7.3-3]
fn is_topic(bytes: &[u8]) -> bool {
    let string = std::str::from_utf8(bytes);
    (1..=65_535).contains(&bytes.len()) && string.is_ok_and(|string| !string.contains('\0'))
}

/// [MQTT-4.7.0-1]
fn is_name(bytes: &[u8]) -> bool {
    is_topic(bytes) && !bytes.contains(&b'+') && !bytes.contains(&b'#')
}

/// [MQTT-4.7.1-1] [MQTT-4.7.1-2]
fn is_filter(bytes: &[u8]) -> bool {
    let levels: Vec<&[u8]> = bytes.split(|byte| *byte == b'/').collect();
    let (last, others) = levels.split_last().expect("one at least");
    let fits = |level: &&[u8]| !level.contains(&b'#') && (!level.contains(&b'+') || **level == b"+"[..]);
    is_topic(bytes) && others.iter().all(fits) && (*last == b"#" || fits(last))
}

fn matches(filter: &str, name: &str) -> bool {
    // [MQTT-4.7.2-1]
    if name.starts_with('$') && (filter.starts_with('#') || filter.starts_with('+')) {
        return false;
    }
    levels_match(&Vec::from_iter(filter.split('/')), &Vec::from_iter(name.split('/')))
}

fn levels_match(filter: &[&str], name: &[&str]) -> bool {
    match (filter, name) {
        // `#` matches the parent level too.
        (["#"], _) => true,
        (["+", filter @ ..], [_, name @ ..]) => levels_match(filter, name),
        ([first, filter @ ..], [level, name @ ..]) => first == level && levels_match(filter, name),
        ([], []) => true,
        _ => false,
    }
}

/// A filter covers another filter if it matches every name that the other filter matches. The filter is compared with four
/// others: with the second line, with itself, and with two copies that have a wildcard in place of a level.
fn covers_what_it_matches(filter: TopicFilter<'_>, second: &[u8]) {
    let levels: Vec<_> = filter.levels().collect();
    if levels.len() > 12 {
        return;
    }
    let at = Random::of(filter.as_str().as_bytes()).below(levels.len());
    let wider = [&levels[..at], &["+"], &levels[at + 1..]].concat().join("/");
    let widest = [&levels[..at], &["#"]].concat().join("/");
    let second = TopicFilter::from_bytes(second).ok();
    let others = [TopicFilter::new(&wider).ok(), TopicFilter::new(&widest).ok(), second, Some(filter)];
    for other in others.into_iter().flatten().filter(|other| other.levels().count() <= 12) {
        for (wide, narrow) in [(filter, other), (other, filter)] {
            // No level of the two filters is as long as this one.
            let any = "x".repeat(wide.len().max(narrow.len()) + 1);
            let all = witnesses(narrow.as_str(), &any, wide.levels().count() + 1);
            let expected = all.iter().all(|name| matches(wide.as_str(), name));
            assert_eq!(wide.covers(narrow), expected, "{wide} {narrow}: {all:?}");
        }
    }
}

/// Names that the filter matches. A level that a wildcard fills is `any`, which only a wildcard matches. `#` fills from none
/// to `most` levels.
fn witnesses(filter: &str, any: &str, most: usize) -> Vec<String> {
    let fixed = |filter: &str| {
        let levels = filter.split('/').map(|level| if level == "+" { any } else { level });
        levels.collect::<Vec<_>>().join("/")
    };
    let names: Vec<_> = match filter.strip_suffix('#') {
        Some("") => (1..=most).map(|levels| vec![any; levels].join("/")).collect(),
        Some(before) => {
            let parent = fixed(before.strip_suffix('/').unwrap_or(before));
            (0..=most).map(|levels| [&[&parent[..]], &vec![any; levels][..]].concat().join("/")).collect()
        }
        None => vec![fixed(filter)],
    };
    names.into_iter().filter(|name| !name.is_empty()).collect()
}

fn is_shared_alike(filter: TopicFilter<'_>) {
    assert_eq!(filter.is_shared(), filter.as_str().starts_with("$share/"), "{filter}");
    let found = filter.shared_subscription().map_err(drop);
    let parts = found.map(|found| found.map(|found| (found.share_name, found.filter.as_str())));
    assert_eq!(parts, shared(filter.as_str()));
}

/// Returns the Share Name and the filter of a Shared Subscription. The filter must be legal
/// otherwise.
///
/// [MQTT-4.8.2-1] [MQTT-4.8.2-2]
pub(super) fn shared(filter: &str) -> Result<Option<(&str, &str)>, ()> {
    match Vec::from_iter(filter.splitn(3, '/'))[..] {
        ["$share", name, inner] => {
            let is_named = !name.is_empty() && !name.contains(['+', '#']);
            (is_named && is_filter(inner.as_bytes())).then_some(Some((name, inner))).ok_or(())
        }
        ["$share", _] => Err(()),
        _ => Ok(None),
    }
}

/// A packet accepts the same filters and names as the topic types do.
fn is_read_alike(filter: &[u8], name: &[u8]) {
    let Ok(filter_len) = u16::try_from(filter.len()) else { return };
    let Ok(name_len) = u16::try_from(name.len()) else { return };
    let publish = [&name_len.to_be_bytes(), name].concat();
    assert_eq!(is_packet(Version::V3_1_1, 0x30, &publish), is_name(name));
    let shared = TopicFilter::from_bytes(filter).is_ok_and(|filter| filter.shared_subscription().is_err());
    for (version, properties, allowed) in [(Version::V3_1_1, &b""[..], true), (Version::V5_0, b"\0", !shared)]
    {
        let body = [b"\0\x01", properties, &filter_len.to_be_bytes(), filter].concat();
        let is_allowed = is_filter(filter) && allowed;
        assert_eq!(is_packet(version, 0xa2, &body), is_allowed);
        assert_eq!(is_packet(version, 0x82, &[&body[..], b"\0"].concat()), is_allowed);
    }
}

fn is_packet(version: Version, byte_1: u8, body: &[u8]) -> bool {
    let len = varint(u32::try_from(body.len()).expect("short"));
    decode_frame(version, &[&[byte_1], &len[..], body].concat()).is_ok()
}
