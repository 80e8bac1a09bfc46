//! Topics beyond their names: Shared Subscriptions and Topic Aliases.
//!
//! Names and filters themselves are [`TopicName`](crate::TopicName) and [`TopicFilter`](crate::TopicFilter); what a
//! PUBLISH says is its [`Topic`](crate::Topic).

pub use crate::value::{SharedSubscription, TopicAlias};
