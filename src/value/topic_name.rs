//! Topic Names (§4.7 of 3.1.1 and 5.0, Appendix A of 3.1).

use super::error::{ValueError, ValueType};
use super::limits::MAX_LENGTH;
use super::scan;
use super::string_type::string_type;
use super::text::Text;

/// A Topic Name: the label of a message (§4.7).
///
/// A name has 1 to 65,535 bytes of UTF-8, without U+0000 and without the wildcards `+` and `#`.
///
/// `/` separates the levels of a name. Upper and lower case differ. A `/` at the beginning or the end makes
/// an empty level: `/status` has two levels and differs from `status`. Names that begin with `$` belong to
/// the server (`$SYS/…`). The type accepts these names. Filters that begin with a wildcard do not
/// [match](crate::TopicFilter::matches) these names.
///
/// ```
/// use mqtt_wire::{TopicName, ValueError, topic_name};
///
/// const STATUS: TopicName<'static> = topic_name!("/status");
/// assert_eq!(STATUS, "/status");
/// assert_eq!(TopicName::new("a/#"), Err(ValueError::WildcardInTopicName));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicName<'a>(&'a str);

impl<'a> TopicName<'a> {
    /// Checks the string. For literals: [`topic_name!`](crate::topic_name!).
    ///
    /// # Errors
    ///
    /// [`ValueError::EmptyTopic`] (\[MQTT-4.7.3-1\]), [`ValueError::TooLong`],
    /// [`ValueError::NulCharacter`] (\[MQTT-4.7.3-2\]) and [`ValueError::WildcardInTopicName`]
    /// (\[MQTT-4.7.0-1\]; 3.1.1: \[MQTT-4.7.1-1\]).
    #[inline]
    pub const fn new(string: &'a str) -> Result<Self, ValueError> {
        if string.is_empty() || string.len() > MAX_LENGTH || scan::has_nul_or_wildcard(string.as_bytes()) {
            return Err(why_illegal(string));
        }
        Ok(Self(string))
    }

    /// Checks that the bytes are a Topic Name.
    ///
    /// # Errors
    ///
    /// The errors of [`new`](Self::new), and [`ValueError::IllFormedUtf8`].
    pub const fn from_bytes(bytes: &'a [u8]) -> Result<Self, ValueError> {
        match core::str::from_utf8(bytes) {
            Ok(string) => Self::new(string),
            Err(_) => Err(ValueError::IllFormedUtf8(ValueType::TopicName)),
        }
    }

    /// Takes a name that was checked before.
    #[cfg(feature = "bytes")]
    pub(crate) const fn trusted(string: &'a str) -> Self {
        Self(string)
    }

    /// Reads a name that was accepted before.
    #[cfg(feature = "bytes")]
    pub(crate) fn reread(bytes: &'a [u8]) -> Option<Self> {
        core::str::from_utf8(bytes).ok().map(Self)
    }

    /// The levels of the topic, which `/` separates.
    ///
    /// There is at least one level, and any level may be empty.
    ///
    /// ```
    /// use mqtt_wire::topic_name;
    ///
    /// assert!(topic_name!("/status").levels().eq(["", "status"]));
    /// ```
    pub fn levels(self) -> core::str::Split<'a, char> {
        self.0.split('/')
    }
}

/// The first rule that is broken.
#[cold]
const fn why_illegal(string: &str) -> ValueError {
    // [MQTT-4.7.3-1] a name has at least one character
    if string.is_empty() {
        return ValueError::EmptyTopic(ValueType::TopicName);
    }
    if string.len() > MAX_LENGTH {
        return ValueError::TooLong(ValueType::TopicName);
    }
    // [MQTT-4.7.3-2] a name has no U+0000
    if scan::has_nul(string.as_bytes()) {
        return ValueError::NulCharacter(ValueType::TopicName);
    }
    // [MQTT-4.7.0-1] a name has no wildcards (3.1.1: [MQTT-4.7.1-1])
    ValueError::WildcardInTopicName
}

string_type!(TopicName);

impl<'a> From<TopicName<'a>> for Text<'a> {
    fn from(topic: TopicName<'a>) -> Self {
        // A Topic Name obeys all rules of strings, and more.
        Self::trusted(topic.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_every_legal_form() {
        for name in ["/", "//", "a//b/", " ", "$SYS/x", "é", "\u{feff}a", "a*"] {
            assert_eq!(TopicName::new(name).map(TopicName::as_str), Ok(name));
            assert_eq!(Text::from(TopicName(name)).as_str(), name);
        }
    }

    #[test]
    fn refuses_everything_else() {
        let long = "a".repeat(65_536);
        for (name, error) in [
            ("", ValueError::EmptyTopic(ValueType::TopicName)),
            ("+", ValueError::WildcardInTopicName),
            ("a#", ValueError::WildcardInTopicName),
            ("sensors/all/+/state", ValueError::WildcardInTopicName),
            ("a\0", ValueError::NulCharacter(ValueType::TopicName)),
            ("a\0+", ValueError::NulCharacter(ValueType::TopicName)),
            (&long, ValueError::TooLong(ValueType::TopicName)),
        ] {
            assert_eq!(TopicName::new(name), Err(error));
            assert_eq!(TopicName::from_bytes(name.as_bytes()), Err(error));
        }
        assert!(TopicName::new(&long[1..]).is_ok());
        assert_eq!(TopicName::from_bytes(b"\xff"), Err(ValueError::IllFormedUtf8(ValueType::TopicName)));
    }
}
