//! Shared Subscriptions and Topic Aliases.
//!
//! ```
//! use mqtt_wire::topic_filter;
//!
//! let shared = topic_filter!("$share/workers/jobs/#").shared_subscription()?.unwrap();
//! assert_eq!((shared.share_name, shared.filter.as_str()), ("workers", "jobs/#"));
//! # Ok::<(), mqtt_wire::ValueError>(())
//! ```
//!
//! [`TopicName`](crate::TopicName), [`TopicFilter`](crate::TopicFilter) and [`Topic`](crate::Topic), the
//! topic of a PUBLISH, are at the root. [`guide::topic_aliases`](crate::guide::topic_aliases) says who keeps
//! the aliases.

pub use crate::value::{SharedSubscription, TopicAlias};
