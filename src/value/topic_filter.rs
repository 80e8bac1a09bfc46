//! Topic Filters and Shared Subscriptions (§4.7 of 3.1.1 and 5.0, §4.8.2 of 5.0).

use super::error::{ValueError, ValueType};
use super::limits::MAX_LENGTH;
use super::scan;
use super::string_type::string_type;
use super::topic_name::TopicName;

/// A Topic Filter: a pattern for Topic Names, with `+` and `#` (§4.7).
///
/// A filter has 1 to 65,535 bytes of UTF-8 without U+0000. `+` fills its level, and `#` is the last level.
///
/// The type guarantees the rules of every version. 5.0 has more rules for filters that begin with `$share/`.
/// Decoding and encoding for 5.0 check these rules. [`shared_subscription`](Self::shared_subscription) checks
/// them, too.
///
/// ```
/// use mqtt_wire::{TopicFilter, ValueError, topic_filter, topic_name};
///
/// const SENSORS: TopicFilter<'static> = topic_filter!("sensors/+/state");
/// assert!(SENSORS.matches(topic_name!("sensors/kitchen/state")));
/// assert_eq!(TopicFilter::new("sensors#"), Err(ValueError::HashNotAlone));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicFilter<'a>(&'a str);

impl<'a> TopicFilter<'a> {
    /// Checks the string. For literals: [`topic_filter!`](crate::topic_filter!).
    ///
    /// # Errors
    ///
    /// [`ValueError::EmptyTopic`] (\[MQTT-4.7.3-1\]), [`ValueError::TooLong`],
    /// [`ValueError::NulCharacter`] (\[MQTT-4.7.3-2\]), and for misplaced wildcards
    /// [`ValueError::HashNotLast`], [`ValueError::HashNotAlone`] (\[MQTT-4.7.1-1\]; 3.1.1:
    /// \[MQTT-4.7.1-2\]) and [`ValueError::PlusNotAlone`] (\[MQTT-4.7.1-2\]; 3.1.1:
    /// \[MQTT-4.7.1-3\]).
    #[inline]
    pub const fn new(string: &'a str) -> Result<Self, ValueError> {
        // [MQTT-4.7.3-1] a filter has at least one character
        if string.is_empty() {
            return Err(ValueError::EmptyTopic(ValueType::TopicFilter));
        }
        if string.len() > MAX_LENGTH {
            return Err(ValueError::TooLong(ValueType::TopicFilter));
        }
        if !has_legal_wildcards(string.as_bytes()) {
            return Err(why_illegal(string.as_bytes()));
        }
        Ok(Self(string))
    }

    /// Checks that the bytes are a Topic Filter.
    ///
    /// # Errors
    ///
    /// The errors of [`new`](Self::new), and [`ValueError::IllFormedUtf8`].
    pub const fn from_bytes(bytes: &'a [u8]) -> Result<Self, ValueError> {
        match core::str::from_utf8(bytes) {
            Ok(string) => Self::new(string),
            Err(_) => Err(ValueError::IllFormedUtf8(ValueType::TopicFilter)),
        }
    }

    /// Whether a part of a string is a filter. The caller checks that the part ends with a whole character.
    #[inline]
    pub(crate) const fn is_valid_part<const V5: bool>(bytes: &[u8]) -> bool {
        let begins_with_character = !matches!(bytes, [] | [0x80..=0xbf, ..]);
        begins_with_character && has_legal_wildcards(bytes) && (!V5 || is_legal_in_v5(bytes))
    }

    /// Whether these bytes of a filter are a Shared Subscription in 5.0.
    #[inline]
    pub(crate) const fn is_shared_part(bytes: &[u8]) -> bool {
        after_share_prefix(bytes).is_some()
    }

    /// Whether the filter obeys the rules that 5.0 adds.
    #[inline]
    pub(crate) const fn is_legal_in_v5(self) -> bool {
        is_legal_in_v5(self.0.as_bytes())
    }

    /// Takes a filter that was checked before.
    pub(crate) const fn trusted(string: &'a str) -> Self {
        Self(string)
    }

    /// Reads a filter that the decoder has accepted before.
    #[cfg(feature = "bytes")]
    pub(crate) fn reread(bytes: &'a [u8]) -> Option<Self> {
        core::str::from_utf8(bytes).ok().map(Self)
    }

    /// The levels of the filter, which `/` separates.
    ///
    /// There is at least one level, and any level may be empty. A Shared Subscription has the levels
    /// `$share`, the Share Name, and those of its Topic Filter.
    pub fn levels(self) -> core::str::Split<'a, char> {
        self.0.split('/')
    }

    /// Whether the filter matches the Topic Name (§4.7).
    ///
    /// `+` matches one level. `#` matches any number of levels, and the level before it, too: `a/#` matches
    /// `a`. A wildcard in the first level does not match a topic that begins with `$` (\[MQTT-4.7.2-1\]). For
    /// a Shared Subscription, match its [`filter`](SharedSubscription::filter).
    ///
    /// The match reads both strings once, without allocation and without backtracking.
    ///
    /// ```
    /// use mqtt_wire::{topic_filter, topic_name};
    ///
    /// assert!(topic_filter!("sport/+/score").matches(topic_name!("sport/tennis/score")));
    /// // `#` matches the level before it, too, and all levels below.
    /// assert!(topic_filter!("sport/#").matches(topic_name!("sport")));
    /// assert!(topic_filter!("sport/#").matches(topic_name!("sport/tennis/score")));
    /// // `+` matches exactly one level. The level may be empty.
    /// assert!(topic_filter!("+/+").matches(topic_name!("/status")));
    /// assert!(topic_filter!("sport/+").matches(topic_name!("sport/")));
    /// assert!(!topic_filter!("sport/+").matches(topic_name!("sport")));
    /// // A wildcard in the first level does not match names that begin with `$`.
    /// assert!(!topic_filter!("#").matches(topic_name!("$SYS/uptime")));
    /// assert!(!topic_filter!("+/uptime").matches(topic_name!("$SYS/uptime")));
    /// assert!(topic_filter!("$SYS/#").matches(topic_name!("$SYS/uptime")));
    /// ```
    #[must_use]
    pub fn matches(self, topic: TopicName<'_>) -> bool {
        // [MQTT-4.7.2-1] a wildcard in the first level does not match topics that begin with `$`
        if topic.as_str().starts_with('$') && self.0.starts_with(['+', '#']) {
            return false;
        }
        // `str::split` with a `char` leaves a panic in the program. `split` of bytes leaves none: see
        // `.ci/no-panic`.
        let mut levels = topic.as_str().as_bytes().split(is_separator);
        for filter in self.0.as_bytes().split(is_separator) {
            match (filter, levels.next()) {
                (b"#", _) => return true,
                (b"+", Some(_)) => {}
                (filter, Some(level)) if filter == level => {}
                _ => return false,
            }
        }
        levels.next().is_none()
    }

    /// Whether the filter matches every Topic Name that `other` matches.
    ///
    /// If the result is true, a subscriber of this filter needs no subscription to `other`.
    ///
    /// The result is exact for [`matches`](Self::matches), also for topics that begin with `$`. For Shared
    /// Subscriptions, compare their [`filter`](SharedSubscription::filter)s. The comparison reads both
    /// strings once, without allocation.
    ///
    /// ```
    /// use mqtt_wire::topic_filter;
    ///
    /// assert!(topic_filter!("sport/#").covers(topic_filter!("sport/+/score")));
    /// assert!(topic_filter!("sport/#").covers(topic_filter!("sport")));
    /// assert!(!topic_filter!("sport/+").covers(topic_filter!("sport/#")));
    /// // A wildcard in the first level does not match names that begin with `$`.
    /// assert!(!topic_filter!("#").covers(topic_filter!("$SYS/uptime")));
    ///
    /// let shared = topic_filter!("$share/workers/jobs/#").shared_subscription()?.unwrap();
    /// assert!(shared.filter.covers(topic_filter!("jobs/urgent")));
    /// # Ok::<(), mqtt_wire::ValueError>(())
    /// ```
    #[must_use]
    pub fn covers(self, other: TopicFilter<'_>) -> bool {
        // [MQTT-4.7.2-1] a wildcard in the first level does not match topics that begin with `$`
        if other.0.starts_with('$') && self.0.starts_with(['+', '#']) {
            return false;
        }
        // `#` also matches the level before it. But in `#` and `/#` that level does not exist or is empty,
        // and no Topic Name is empty. So here `#` stands for at least one level.
        let other = match other.0 {
            "#" => "+/#",
            "/#" => "/+/#",
            other => other,
        };
        let mut levels = other.as_bytes().split(is_separator);
        for level in self.0.as_bytes().split(is_separator) {
            match (level, levels.next()) {
                (b"#", _) => return true,
                // `+` of this filter covers one level of `other`. `+` does not cover `#`, because `#` stands
                // for any number of levels.
                (b"+", Some(covered)) if covered != b"#" => {}
                (level, Some(covered)) if level == covered => {}
                _ => return false,
            }
        }
        levels.next().is_none()
    }

    /// Whether the filter contains `+` or `#`.
    ///
    /// A filter without wildcards matches exactly one Topic Name.
    ///
    /// A server may refuse filters with wildcards (5.0 §3.2.2.3.11, Wildcard Subscription Available).
    ///
    /// ```
    /// use mqtt_wire::topic_filter;
    ///
    /// assert!(topic_filter!("sensors/+/state").has_wildcards());
    /// assert!(!topic_filter!("sensors/kitchen/state").has_wildcards());
    /// ```
    #[must_use]
    pub const fn has_wildcards(self) -> bool {
        // The string has no U+0000, so the function finds only wildcards.
        scan::has_nul_or_wildcard(self.0.as_bytes())
    }

    /// Whether the filter begins with `$share/`: in 5.0 it is a Shared Subscription.
    #[must_use]
    #[inline]
    pub const fn is_shared(self) -> bool {
        Self::is_shared_part(self.0.as_bytes())
    }

    /// The parts of a Shared Subscription (5.0 §4.8.2). `None`: another filter.
    ///
    /// 3.1 and 3.1.1 have no Shared Subscriptions: do not call this method for their filters.
    ///
    /// ```
    /// use mqtt_wire::topic_filter;
    ///
    /// let shared =
    ///     topic_filter!("$share/workers/jobs/#").shared_subscription().unwrap().unwrap();
    /// assert_eq!(shared.share_name, "workers");
    /// assert_eq!(shared.filter, "jobs/#");
    /// assert_eq!(topic_filter!("jobs/#").shared_subscription(), Ok(None));
    /// ```
    ///
    /// # Errors
    ///
    /// [`ValueError::ShareNameEmpty`] (\[MQTT-4.8.2-1\]), [`ValueError::WildcardInShareName`] and
    /// [`ValueError::SharedFilterMissing`] (\[MQTT-4.8.2-2\]).
    pub fn shared_subscription(self) -> Result<Option<SharedSubscription<'a>>, ValueError> {
        let Some(share) = after_share_prefix(self.0.as_bytes()) else {
            return Ok(None);
        };
        if let Some(error) = share_violation(share) {
            return Err(error);
        }
        // `splitn` with a `char` leaves a panic in the program. `splitn` with an array leaves none: see
        // `.ci/no-panic`.
        let mut parts = self.0.splitn(3, ['/']).skip(1);
        // The last levels of a legal filter are a legal filter, too.
        let both = parts.next().zip(parts.next());
        Ok(both.map(|(share_name, filter)| SharedSubscription { share_name, filter: Self(filter) }))
    }
}

string_type!(TopicFilter);

impl<'a> From<TopicName<'a>> for TopicFilter<'a> {
    fn from(topic: TopicName<'a>) -> Self {
        Self(topic.as_str())
    }
}

/// The parts of a Shared Subscription: `$share/` Share Name `/` Topic Filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SharedSubscription<'a> {
    /// The Share Name: not empty, no `/`, `+` or `#`.
    pub share_name: &'a str,
    /// The Topic Filter after the Share Name.
    pub filter: TopicFilter<'a>,
}

const fn is_separator(byte: &u8) -> bool {
    *byte == b'/'
}

/// Whether the filter obeys the rules that 5.0 adds.
#[inline]
const fn is_legal_in_v5(filter: &[u8]) -> bool {
    match after_share_prefix(filter) {
        Some(share) => share_violation(share).is_none(),
        None => true,
    }
}

/// The bytes after `$share/`. `None`: the filter begins otherwise.
#[inline]
const fn after_share_prefix(filter: &[u8]) -> Option<&[u8]> {
    match filter {
        [b'$', b's', b'h', b'a', b'r', b'e', b'/', share @ ..] => Some(share),
        _ => None,
    }
}

/// The broken rule of a Shared Subscription, by the bytes after `$share/`.
///
/// These bytes end a legal filter, so a wildcard fills its level.
#[inline]
const fn share_violation(share: &[u8]) -> Option<ValueError> {
    match share {
        // [MQTT-4.8.2-1] a Share Name has at least one character
        [] | [b'/', ..] => Some(ValueError::ShareNameEmpty),
        // [MQTT-4.8.2-2] a Share Name has no `/`, `+` or `#`
        [b'+' | b'#', ..] => Some(ValueError::WildcardInShareName),
        // [MQTT-4.8.2-2] a `/` and a Topic Filter follow the Share Name
        [_, rest @ ..] if is_missing_after_separator(rest) => Some(ValueError::SharedFilterMissing),
        _ => None,
    }
}

/// Whether the bytes have no `/`, or end after the first one.
#[inline]
const fn is_missing_after_separator(mut rest: &[u8]) -> bool {
    while let [byte, after @ ..] = rest {
        if is_separator(byte) {
            return after.is_empty();
        }
        rest = after;
    }
    true
}

/// Whether every `+` fills its level, a `#` fills the last level, and no U+0000 occurs.
#[inline]
const fn has_legal_wildcards(filter: &[u8]) -> bool {
    let ([first, second, ..], [.., before, last]) = (filter, filter) else {
        return !matches!(filter, [0]);
    };
    match *first {
        b'#' | 0 => return false,
        b'+' if *second != b'/' => return false,
        _ => {}
    }
    match *last {
        0 => return false,
        b'#' | b'+' if *before != b'/' => return false,
        _ => {}
    }
    !scan::has_misplaced_wildcard_inside(filter)
}

/// Returns the first broken rule. The function checks the neighbours of every `+` and `#`.
#[cold]
const fn why_illegal(filter: &[u8]) -> ValueError {
    let (mut rest, mut at_level_start) = (filter, true);
    // always: the offending wildcard is before the end
    while let [byte, after @ ..] = rest {
        let fills_level = at_level_start && matches!(after, [] | [b'/', ..]);
        match byte {
            // [MQTT-4.7.1-2] `+` fills its level (3.1.1: [MQTT-4.7.1-3])
            b'+' if !fills_level => return ValueError::PlusNotAlone,
            // [MQTT-4.7.1-1] `#` fills its level, which is the last (3.1.1: [MQTT-4.7.1-2])
            b'#' if !fills_level => return ValueError::HashNotAlone,
            // A `#` that fills the last level is legal, so another level follows this one.
            b'#' => return ValueError::HashNotLast,
            _ => {}
        }
        // [MQTT-4.7.3-2] a filter has no U+0000
        if *byte == 0 {
            break;
        }
        at_level_start = *byte == b'/';
        rest = after;
    }
    ValueError::NulCharacter(ValueType::TopicFilter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_every_legal_form() {
        for filter in [
            "#",
            "+",
            "+/#",
            "/",
            "//",
            "/+",
            "+/",
            "+/+",
            "a/+/b",
            "$SYS/#",
            "a b",
            "$share",
            "$SHARE/g/a",
            "$shared/x",
            "/#",
            "é/+",
            "a",
        ] {
            assert_eq!(TopicFilter::new(filter).map(TopicFilter::as_str), Ok(filter));
            assert_eq!(TopicFilter(filter).shared_subscription(), Ok(None), "{filter}");
            assert!(!TopicFilter(filter).is_shared());
        }
    }

    #[test]
    fn refuses_everything_else() {
        let long = "a".repeat(65_536);
        for (filter, error) in [
            ("", ValueError::EmptyTopic(ValueType::TopicFilter)),
            ("#/a", ValueError::HashNotLast),
            ("#/", ValueError::HashNotLast),
            ("a/#/b", ValueError::HashNotLast),
            ("a#", ValueError::HashNotAlone),
            ("#a", ValueError::HashNotAlone),
            ("##", ValueError::HashNotAlone),
            ("a/b#", ValueError::HashNotAlone),
            ("a+", ValueError::PlusNotAlone),
            ("+a", ValueError::PlusNotAlone),
            ("++", ValueError::PlusNotAlone),
            ("+#", ValueError::PlusNotAlone),
            ("a/+b/c", ValueError::PlusNotAlone),
            ("+/\0", ValueError::NulCharacter(ValueType::TopicFilter)),
            ("a\0/+", ValueError::NulCharacter(ValueType::TopicFilter)),
            (&long, ValueError::TooLong(ValueType::TopicFilter)),
        ] {
            assert_eq!(TopicFilter::new(filter), Err(error), "{filter:.20}");
            assert_eq!(TopicFilter::from_bytes(filter.as_bytes()), Err(error));
        }
        assert!(TopicFilter::new(&long[1..]).is_ok());
        assert_eq!(TopicFilter::from_bytes(b"\xff"), Err(ValueError::IllFormedUtf8(ValueType::TopicFilter)));
    }

    #[test]
    fn splits_shared_subscriptions() {
        for (filter, expected) in [
            ("$share/g/a", Ok(("g", "a"))),
            ("$share/g//", Ok(("g", "/"))),
            ("$share/g/#", Ok(("g", "#"))),
            ("$share/g/$share/h/a", Ok(("g", "$share/h/a"))),
            ("$share//a", Err(ValueError::ShareNameEmpty)),
            ("$share/", Err(ValueError::ShareNameEmpty)),
            ("$share/g", Err(ValueError::SharedFilterMissing)),
            ("$share/g/", Err(ValueError::SharedFilterMissing)),
            ("$share/+/a", Err(ValueError::WildcardInShareName)),
            ("$share/#", Err(ValueError::WildcardInShareName)),
        ] {
            let shared = TopicFilter::new(filter).expect("legal in every version");
            assert!(shared.is_shared());
            let parts = shared.shared_subscription().map(|s| s.expect("shared"));
            assert_eq!(parts.map(|s| (s.share_name, s.filter.as_str())), expected, "{filter}");
        }
    }

    /// The crate does not validate the levels after the Share Name again. This test does.
    #[test]
    fn a_shared_subscription_has_a_name_and_a_filter() {
        let mut legal = 0;
        for filter in topics(3, &["", "a", "é", "+", "#"]) {
            let whole = format!("$share/{filter}");
            let Ok(whole) = TopicFilter::new(&whole) else { continue };
            let (name, inside) = filter.split_once('/').unwrap_or((&filter, ""));
            let expected = !name.is_empty() && !name.contains(['+', '#']) && TopicFilter::new(inside).is_ok();
            assert_eq!(whole.is_legal_in_v5(), expected, "{whole}");
            match whole.shared_subscription() {
                Ok(Some(shared)) if expected => {
                    assert_eq!((shared.share_name, shared.filter.as_str()), (name, inside));
                    legal += 1;
                }
                Err(_) if !expected => {}
                result => panic!("{whole}: {result:?}"),
            }
        }
        assert_eq!(legal, 48);
    }

    /// All filters and names of up to `levels` of these levels.
    fn topics(levels: usize, of: &[&str]) -> Vec<String> {
        let mut all: Vec<String> = of.iter().map(|level| level.to_string()).collect();
        let mut longest = all.clone();
        for _ in 1..levels {
            longest = longest
                .iter()
                .flat_map(|head| of.iter().map(move |level| format!("{head}/{level}")))
                .collect();
            all.extend(longest.iter().cloned());
        }
        all
    }

    /// No filter has the level `x`: it represents all other levels.
    #[test]
    fn a_filter_covers_a_filter_if_it_matches_all_of_its_names() {
        let names = topics(4, &["", "a", "$a", "x"]);
        let names: Vec<_> = names.iter().filter_map(|name| TopicName::new(name).ok()).collect();
        let filters = topics(3, &["", "a", "$a", "+", "#"]);
        let filters: Vec<_> = filters.iter().filter_map(|filter| TopicFilter::new(filter).ok()).collect();
        assert_eq!((names.len(), filters.len()), (339, 104));
        let matched: Vec<Vec<bool>> =
            filters.iter().map(|filter| names.iter().map(|name| filter.matches(*name)).collect()).collect();
        for (one, by_one) in filters.iter().zip(&matched) {
            assert!(one.covers(*one), "{one}");
            assert_eq!(one.has_wildcards(), TopicName::new(one.as_str()).is_err());
            for (other, by_other) in filters.iter().zip(&matched) {
                let expected = by_one.iter().zip(by_other).all(|(one, other)| *one || !other);
                assert_eq!(one.covers(*other), expected, "{one} and {other}");
            }
        }
    }

    #[test]
    fn matches_as_section_4_7_says() {
        for (filter, topic, expected) in [
            ("a", "a", true),
            ("a", "a/", false),
            ("a/#", "a", true),
            ("a/#", "a/", true),
            ("a/#", "a/b/c", true),
            ("a/#", "ab", false),
            ("#", "a/b", true),
            ("#", "/", true),
            ("+", "a", true),
            ("+", "/a", false),
            ("+/+", "/a", true),
            ("/+", "/a", true),
            ("a/+", "a", false),
            ("a/+", "a/", true),
            ("a/+/c", "a/b/c", true),
            ("a/+/c", "a/b/d", false),
            ("+/#", "a", true),
            ("a/b", "a", false),
            ("#", "$SYS/a", false),
            ("+/a", "$SYS/a", false),
            ("$SYS/#", "$SYS/a", true),
            ("$SYS/+", "$SYS/a", true),
            ("é/+", "é/é", true),
        ] {
            let filter = TopicFilter::new(filter).expect("legal");
            let topic = TopicName::new(topic).expect("legal");
            assert_eq!(filter.matches(topic), expected, "{filter} and {topic}");
        }
    }
}
