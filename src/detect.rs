//! Finding out what is spoken on a connection: which version of MQTT ([`sniff`]), or what else ([`guess`]).

mod guess;
mod sniff;

pub use crate::version::ProtocolName;
pub use guess::{Guess, guess};
pub use sniff::{Sniff, sniff};
