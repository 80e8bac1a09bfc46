//! MQTT bytes to borrowed packets and back, for 3.1, 3.1.1 and 5.0.
//!
//! An MQTT connection is a stream of packets. [`decode`] takes the first one off a buffer and gives it
//! as a [`Packet`] that points into the buffer; [`Encode::encode`] writes one into yours. Nothing is
//! copied, nothing is allocated, nothing panics, and what the standard forbids is refused with the
//! byte, the normative statement and the answer that the peer is owed. There are no sockets, no
//! sessions and no timers here.
//!
//! # Reading
//!
//! ```
//! use mqtt_wire::{Packet, Version, decode};
//!
//! // What has come from a socket: a PUBLISH, and the first byte of the next packet.
//! let received = b"\x30\x0f\x00\x07/statusonline\xe0";
//!
//! let mut input = &received[..];
//! while let Some((packet, rest)) = decode(Version::V3_1_1, input)? {
//!     match packet {
//!         Packet::Publish(publish) => {
//!             assert_eq!(publish.topic.name().unwrap(), "/status"); // in 5.0 there may be an alias instead
//!             assert_eq!(publish.payload, b"online"); // a slice of `received`
//!         }
//!         other => println!("{other:?}"),
//!     }
//!     input = rest;
//! }
//! assert_eq!(input, b"\xe0"); // the beginning of a packet whose end has not arrived yet: keep it, and read on
//! # Ok::<(), mqtt_wire::DecodeError>(())
//! ```
//!
//! Whole loops for blocking sockets, tokio and firmware: [`guide::decoding`]. A server does not know the version before
//! the first packet: [`Decoder::from_client`] detects it by CONNECT. A `Decoder` also knows limits, directions and how
//! strict to be.
//!
//! # Writing
//!
//! Packets are plain structs; what could be malformed is a type that cannot be: [`Text`], [`TopicName`],
//! [`PacketId`]. Literals are checked while compiling.
//!
//! ```
//! use mqtt_wire::{Connect, Encode, Qos, Version, Will, binary, text, topic_name};
//!
//! let connect = Connect {
//!     client_id: text!("Client123"),
//!     keep_alive: 60,
//!     will: Some(Will {
//!         qos: Qos::AtLeastOnce,
//!         retain: true,
//!         ..Will::new(topic_name!("/status"), binary!(b"Client123 is offline"))
//!     }),
//!     ..Connect::new(Version::V3_1_1)
//! };
//! let mut buffer = [0; 128];
//! let bytes = connect.encode(Version::V3_1_1, &mut buffer)?; // now send them
//! # assert_eq!(bytes.len(), 54);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # You want to …
//!
//! | | see |
//! | --- | --- |
//! | read from a socket, or write to one: blocking, tokio, firmware | [`io`], [`guide::decoding`] |
//! | use `tokio_util::codec::Framed` | `codec` (feature `tokio-util`) |
//! | know how many bytes are still to come | [`frame_len`](stream::frame_len), [`Decoder::head_len`] |
//! | decode bytes that are exactly one packet | [`decode_frame`] |
//! | write a server | [`guide::broker`], [`Decoder::from_client`] |
//! | write a client | [`Decoder::from_server`], [`decode_from_server`] where memory is scarce, [`Connect`], [`Subscribe`], [`Publish`] |
//! | limit what a peer can cost you | [`guide::limits`], [`Decoder::max_packet_size`] |
//! | understand or answer an error | [`DecodeError`], [`guide::answering_errors`] |
//! | cancel reads without losing a packet | [`guide::cancel_safety`] |
//! | pass on a payload of megabytes without holding it | [`guide::limits`], [`Decoder::decode_head`], [`Encoder::encode_head`] |
//! | keep a packet for longer than its buffer | [`guide::keeping_and_forwarding`] |
//! | send a packet to many, or in another version | [`FanOut`](broker::FanOut), [`Conversion`](convert::Conversion) |
//! | check, split and match topics | [`TopicName`], [`TopicFilter::matches`], [`TopicFilter::shared_subscription`] |
//! | use Topic Aliases | [`guide::topic_aliases`], [`Topic`] |
//! | leave a last will, or publish one | [`guide::wills`], [`Will`] |
//! | log packets, a line each | `Display` of [`Packet`] |
//! | make a list at run time | [`ListBuf`](list::ListBuf) |
//! | use properties of 5.0 | [`PublishProperties`](property::PublishProperties) and its siblings, [`UserProperties`](property::UserProperties) |
//! | speak MQTT over WebSocket | [`guide::websocket`] |
//! | accept devices that bend the rules | [`guide::tolerances`] |
//! | tell MQTT from other protocols on a port | [`sniff`](detect::sniff) |
//! | show every field of a packet with its bytes, or all that is wrong with it | [`Decoder::dissect`], [`Decoder::lint`] |
//! | come from another crate | [`guide::moving`] |
//!
//! # The modules
//!
//! At the root is what nearly every program needs: decoding, encoding, the packets, their values, the errors. The rest is
//! in modules:
//!
//! - [`property`]: the properties of 5.0, a struct for each packet.
//! - [`reason`]: the Reason Codes, an enum for each packet.
//! - [`topic`]: Shared Subscriptions and Topic Aliases.
//! - [`answer`]: what to send a peer whose bytes were refused.
//! - [`list`]: the lists in packets, which are neither copied nor counted, and lists made at run time.
//! - [`stream`]: the buffers between a socket and its packets; large payloads that are read and written in pieces.
//! - [`io`]: readers and writers for `std::io`, tokio, `embedded-io` and `embedded-io-async`, a feature each.
//! - `owned`: packets that outlive their buffer without a copy (feature `bytes`).
//! - [`convert`]: any packet from one version to another.
//! - [`broker`]: one message to many subscribers, the limits of a peer, an encoded PUBLISH changed in place.
//! - [`inspect`]: the fields of a packet with their bytes, and all that is wrong with it.
//! - [`detect`]: the version of a connection by its first bytes, or what else is spoken there.
//! - `codec`: `Codec` for `tokio_util::codec::Framed` (feature `tokio-util`).
//! - `sample`: packets to test with (feature `arbitrary`).
//! - [`guide`]: a page for each task.
//!
//! # One set of packets for all versions
//!
//! A 3.1.1 packet is the 5.0 packet with nothing added: properties, most Reason Codes and subscription
//! options have a default that means "absent". Encoding for a version that cannot carry a value is
//! [`EncodeError::NotInVersion`], which names the field; nothing is dropped in silence. (On purpose:
//! [`Conversion`](convert::Conversion).)
//!
//! # Features
//!
//! - `bytes` (default): `Encode::encode_to` appends to any `bytes::BufMut`; `owned::OwnedFrame`, `owned::OwnedPacket` and
//!   `owned::Owned` outlive the buffer without a copy.
//! - `arbitrary`: `sample::Sample` makes up packets from random bytes, for property tests and fuzz targets of what
//!   you build on this crate; the field types implement `arbitrary::Arbitrary`. Needs std.
//! - `serde`: `Serialize` for packets and the values in them. Passwords and Authentication Data are shown
//!   redacted; `inspect::WithSecrets` shows them.
//! - `defmt`: `defmt::Format` for the same, redacted too.
//! - `std`: `io::blocking` reads and writes packets over `std::io`; [`Parts`](stream::Parts) as `IoSlice`s, for
//!   vectored writing.
//! - `tokio`: `io::tokio` reads and writes packets over tokio's sockets. Needs std.
//! - `embedded-io`, `embedded-io-async`: `io::embedded` and `io::embedded_async` do so without std.
//! - `tokio-util`: `codec::Codec` reads and writes packets in a `tokio_util::codec::Framed`. Needs std.
//!
//! Without them the crate needs no allocator.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation
    )
)]

#[cfg(any(feature = "bytes", feature = "std"))]
extern crate alloc;
#[cfg(any(feature = "arbitrary", feature = "std"))]
extern crate std;

pub mod answer;
pub mod broker;
#[cfg(feature = "tokio-util")]
#[cfg_attr(docsrs, doc(cfg(feature = "tokio-util")))]
pub mod codec;
mod context;
pub mod convert;
mod decode;
pub mod detect;
mod encode;
mod error;
mod field;
#[cfg(all(doc, any(not(doctest), feature = "tokio-util")))]
pub mod guide;
pub mod inspect;
pub mod io;
pub mod list;
mod memory;
#[cfg(feature = "bytes")]
#[cfg_attr(docsrs, doc(cfg(feature = "bytes")))]
pub mod owned;
mod packet;
mod packet_type;
mod platform;
pub mod property;
mod property_table;
pub mod reason;
mod role;
#[cfg(feature = "arbitrary")]
#[cfg_attr(docsrs, doc(cfg(feature = "arbitrary")))]
pub mod sample;
#[cfg(any(feature = "serde", feature = "defmt"))]
mod show;
pub mod stream;
#[cfg(test)]
mod test_support;
pub mod topic;
mod value;
mod version;
mod wire;

pub use decode::{Decoder, decode, decode_frame, decode_from_server};
pub use encode::{Encode, Encoder};
pub use error::{DecodeError, DecodeErrorKind, EncodeError, Inconsistency};
pub use packet::{
    Ack, Auth, ConnAck, Connect, Delivery, Disconnect, Packet, PingReq, PingResp, PubAck, PubComp, PubRec,
    PubRel, Publish, SubAck, Subscribe, SubscribeReasons, Subscription, Subscriptions, Topic, UnsubAck,
    Unsubscribe, Will,
};
pub use packet_type::PacketType;
pub use role::Role;
pub use value::{
    Binary, PacketId, Password, Qos, RetainHandling, Text, TopicFilter, TopicName, ValueError, ValueType,
};
pub use version::Version;

/// The README's examples, run with the tests.
#[cfg(all(doctest, feature = "bytes"))]
#[doc = include_str!("../README.md")]
mod readme {}
