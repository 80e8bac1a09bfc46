//! What brokers and bridges do besides decoding and encoding: send one message to many subscribers, keep to the limits
//! of a peer, and change an encoded PUBLISH in place.
//!
//! The read path of a broker: [`guide::broker`](crate::guide::broker).

mod fan_out;
mod peer_limits;
mod publish_frame;

pub use fan_out::{FanOut, OutgoingPublish, Recipient, TopicForm};
pub use peer_limits::{Fit, FitError, PeerLimits};
pub use publish_frame::{PublishFrame, PublishFrameError};
