//! The protocol of a connection by its first bytes: the MQTT version, or another protocol.
//!
//! [`sniff`] tells the MQTT version. [`guess`] tells MQTT from TLS, HTTP and others.

mod guess;
mod sniff;

pub use crate::version::ProtocolName;
pub use guess::{Guess, guess};
pub use sniff::{Sniff, sniff};
