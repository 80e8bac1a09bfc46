//! Tools for brokers: one message to many subscribers, the limits of a peer, a PUBLISH sent again.
//!
//! [`FanOut`] sends one message to many subscribers. [`PeerLimits`] makes a packet fit a peer's Maximum
//! Packet Size. [`PublishFrame`] changes an encoded PUBLISH in place. The read path of a broker:
//! [`guide::broker`](crate::guide::broker).

mod fan_out;
mod packet_id_zero;
mod peer_limits;
mod publish_frame;

pub use fan_out::{FanOut, OutgoingPublish, Recipient, TopicForm};
pub use packet_id_zero::answer_packet_id_zero;
pub use peer_limits::{Fit, FitError, PeerLimits};
pub use publish_frame::{PublishFrame, PublishFrameError};
