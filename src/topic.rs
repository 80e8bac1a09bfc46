//! Shared Subscriptions and Topic Aliases.
//!
//! [`TopicName`](crate::TopicName), [`TopicFilter`](crate::TopicFilter) and [`Topic`](crate::Topic), the
//! topic of a PUBLISH, are at the root. Who keeps the aliases:
//! [`guide::topic_aliases`](crate::guide::topic_aliases).

pub use crate::value::{SharedSubscription, TopicAlias};
