//! Topic Name and Topic Alias of a PUBLISH (§3.3.2.1, 5.0 §3.3.2.3.4).

use crate::value::{TopicAlias, TopicName, ValueError, ValueType};
use core::fmt;

/// The topic of a PUBLISH: a Topic Name, a Topic Alias, or both.
///
/// Aliases exist in 5.0 only (§3.3.2.3.4). A PUBLISH with name and alias sets the alias.
///
/// A PUBLISH with the alias alone needs an earlier PUBLISH that has set the alias: from the same sender, on
/// the same connection. The receiver keeps the map from aliases to names: see
/// [`guide::topic_aliases`](crate::guide::topic_aliases). An alias is never 0. A
/// [`Decoder`](crate::Decoder::topic_alias_maximum) can refuse aliases above a maximum.
///
/// ```
/// use mqtt_wire::topic::TopicAlias;
/// use mqtt_wire::{Topic, topic_name};
///
/// let alias = TopicAlias::new(7)?;
/// assert_eq!(Topic::from(topic_name!("/status")).to_string(), "/status");
/// assert_eq!(Topic::Alias(alias).to_string(), "(alias 7)");
/// assert_eq!(
///     Topic::NameAndAlias(topic_name!("/status"), alias).to_string(),
///     "/status (alias 7)"
/// );
/// # Ok::<(), mqtt_wire::ValueError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic<'a> {
    /// The Topic Name.
    Name(TopicName<'a>),
    /// The Topic Alias alone: an earlier PUBLISH has set its name (5.0 only).
    Alias(TopicAlias),
    /// The Topic Name, and an alias that stands for it from now on (5.0 only).
    NameAndAlias(TopicName<'a>, TopicAlias),
}

impl<'a> Topic<'a> {
    /// A topic from the two fields of the packet.
    ///
    /// ```
    /// use mqtt_wire::topic::TopicAlias;
    /// use mqtt_wire::{Topic, topic_name};
    ///
    /// let alias = TopicAlias::new(7).ok();
    /// assert_eq!(
    ///     Topic::new(Some(topic_name!("/status")), None)?,
    ///     topic_name!("/status").into()
    /// );
    /// assert_eq!(Topic::new(None, alias)?.alias(), alias);
    /// assert!(Topic::new(None, None).is_err());
    /// # Ok::<(), mqtt_wire::ValueError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ValueError::EmptyTopic`] if name and alias are absent (\[MQTT-4.7.3-1\], 5.0 §3.3.2.1).
    pub const fn new(name: Option<TopicName<'a>>, alias: Option<TopicAlias>) -> Result<Self, ValueError> {
        match (name, alias) {
            (Some(name), None) => Ok(Self::Name(name)),
            (Some(name), Some(alias)) => Ok(Self::NameAndAlias(name, alias)),
            (None, Some(alias)) => Ok(Self::Alias(alias)),
            (None, None) => Err(ValueError::EmptyTopic(ValueType::TopicName)),
        }
    }

    /// The Topic Name, if it is there. Look up an alias alone in your own map.
    #[must_use]
    pub const fn name(self) -> Option<TopicName<'a>> {
        match self {
            Self::Name(name) | Self::NameAndAlias(name, _) => Some(name),
            Self::Alias(_) => None,
        }
    }

    /// The Topic Alias, if it is there.
    #[must_use]
    pub const fn alias(self) -> Option<TopicAlias> {
        match self {
            Self::Alias(alias) | Self::NameAndAlias(_, alias) => Some(alias),
            Self::Name(_) => None,
        }
    }
}

impl<'a> From<TopicName<'a>> for Topic<'a> {
    fn from(name: TopicName<'a>) -> Self {
        Self::Name(name)
    }
}

/// The name, then the alias in brackets.
///
/// Programs cannot parse this text, because a name may end in brackets, too.
impl fmt::Display for Topic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => name.fmt(f),
            Self::Alias(alias) => write!(f, "(alias {alias})"),
            Self::NameAndAlias(name, alias) => write!(f, "{name} (alias {alias})"),
        }
    }
}
