//! The protocol of a connection by its first bytes: the MQTT version, or another protocol.
//!
//! ```
//! use mqtt_wire::Version;
//! use mqtt_wire::detect::{Guess, Sniff, guess, sniff};
//!
//! let connect = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a";
//! assert_eq!(sniff(connect), Sniff::Connect(Version::V3_1_1));
//! assert_eq!(guess(b"GET / HTTP/1.1\r\n\r\n"), Guess::Http);
//! ```
//!
//! [`sniff`] finds the MQTT version. [`guess`] recognises MQTT, TLS, HTTP and other protocols.

mod guess;
mod sniff;

pub use crate::version::ProtocolName;
pub use guess::{Guess, guess};
pub use sniff::{Sniff, sniff};
