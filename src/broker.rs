//! Tools for brokers: messages to many subscribers, limits of peers, PUBLISH sent again.
//!
//! ```
//! use mqtt_wire::broker::{FanOut, Recipient};
//! use mqtt_wire::{Delivery, Publish, Version, topic_name};
//!
//! let publish = Publish::new(topic_name!("/status"), b"online");
//! let fan_out = FanOut::new(topic_name!("/status"), &publish, &mut [])?;
//! let (mut own, mut packet) = ([0; 16], [0; 64]);
//! for version in [Version::V3_1_1, Version::V5_0] {
//!     let subscriber = Recipient::new(version, Delivery::AtMostOnce);
//!     let bytes = fan_out.to(&subscriber, &mut own)?.write(&mut packet)?;
//!     assert!(bytes.ends_with(b"online")); // send them to the subscriber
//! }
//! # Ok::<(), mqtt_wire::EncodeError>(())
//! ```
//!
//! [`FanOut`] sends one message to many subscribers. [`PeerLimits`] makes a packet fit a peer's Maximum
//! Packet Size. [`PublishFrame`] changes an encoded PUBLISH in place. [`guide::broker`](crate::guide::broker)
//! shows the read path of a broker.

mod fan_out;
mod packet_id_zero;
mod peer_limits;
mod publish_frame;

pub use fan_out::{FanOut, OutgoingPublish, Recipient, TopicForm};
pub use packet_id_zero::set_packet_id_zero;
pub use peer_limits::{Fit, FitError, PeerLimits};
pub use publish_frame::{PublishFrame, PublishFrameError};
