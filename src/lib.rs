//! MQTT bytes to borrowed packets and back, for 3.1, 3.1.1 and 5.0.
//!
//! [`decode`] decodes the first packet of a buffer. The [`Packet`] borrows from the buffer, so nothing is
//! copied. [`Encode::encode`] writes a packet into your buffer. Neither function allocates or panics. The
//! decoder refuses every packet that the standard forbids. A [`DecodeError`] names the field, the byte and
//! the normative statement: the numbered rule of the standard. The crate has no sockets, sessions or timers:
//! your program adds them. [`guide::vocabulary`] explains the terms of MQTT.
//!
//! # Reading
//!
//! ```
//! use mqtt_wire::{Packet, Version, decode};
//!
//! // From a socket: a PUBLISH, and the first byte of the next packet.
//! let received = b"\x30\x0f\x00\x07/statusonline\xe0";
//!
//! let mut input = &received[..];
//! while let Some((packet, rest)) = decode(Version::V3_1_1, input)? {
//!     match packet {
//!         Packet::Publish(publish) => {
//!             assert_eq!(publish.topic.name().unwrap(), "/status");
//!             assert_eq!(publish.payload, b"online"); // a slice of `received`
//!         }
//!         other => println!("{other:?}"),
//!     }
//!     input = rest;
//! }
//! // An incomplete packet is left: keep its bytes, and append more.
//! assert_eq!(input, b"\xe0");
//! # Ok::<(), mqtt_wire::DecodeError>(())
//! ```
//!
//! You need not write this loop: [`guide::decoding`] has readers for blocking sockets, tokio and firmware. A
//! server does not know the version before the first packet. [`Decoder::from_client`] takes the version from
//! the CONNECT. A `Decoder` also has settings: the largest packet size, the sender of the packets, and
//! tolerances, which accept known faults of devices.
//!
//! # Writing
//!
//! Packets are plain structs. The types of the fields cannot hold a malformed value: [`Text`], [`TopicName`],
//! [`PacketId`]. Macros check literals at compile time.
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
//! A name in parentheses is the feature that the item needs.
//!
//! | start here | see |
//! | --- | --- |
//! | read and write packets with tokio | [`tokio::PacketReader`] (`tokio`), [`guide::decoding`] |
//! | … with tokio's `Framed` | [`Codec`] (`tokio-util`), [`guide::decoding`] |
//! | … with blocking sockets | [`blocking::PacketReader`] (`std`), [`guide::decoding`] |
//! | … in firmware | `io::embedded` (`embedded-io`), `io::embedded_async` (`embedded-io-async`), [`guide::decoding`] |
//! | … with anything else | [`ReadBuffer`](stream::ReadBuffer), [`WriteBuffer`](stream::WriteBuffer) |
//! | write a server | [`guide::broker`], [`Decoder::from_client`] |
//! | write a client | [`Decoder::from_server`], [`Connect`], [`Subscribe`], [`Publish`] |
//! | limit what a peer can cost you | [`Decoder::max_packet_size`], [`guide::limits`] |
//! | answer a peer after an error | [`DecodeError::answer`], [`guide::answering_errors`] |
//! | read the intact fields of a refused packet | [`RefusedPacket`](inspect::RefusedPacket), [`guide::answering_errors`] |
//! | keep a packet, or use it in another task | [`OwnedPacket`] (`bytes`), [`guide::keeping_and_forwarding`] |
//! | find the fault in a hex dump or a capture | the program `mqtt-inspect`, [`guide::decoding`](guide::decoding#when-it-does-not-work) |
//! | look up a term | [`guide::vocabulary`] |
//!
//! | then | see |
//! | --- | --- |
//! | publish a last will | [`Will`], [`guide::wills`] |
//! | check, split and match topics | [`TopicName`], [`TopicFilter::matches`], [`TopicFilter::shared_subscription`] |
//! | use properties of 5.0 | [`property`], [`UserProperties`](property::UserProperties) |
//! | use Topic Aliases | [`Topic`], [`guide::topic_aliases`] |
//! | send one message to many subscribers | [`FanOut`](broker::FanOut), [`guide::keeping_and_forwarding`] |
//! | respect a peer's Maximum Packet Size | [`PeerLimits`](broker::PeerLimits), [`Encoder::max_packet_size`] |
//! | convert a packet to another version | [`Conversion`](convert::Conversion) |
//! | cancel a read and lose no byte | [`guide::cancel_safety`] |
//! | forward a large payload without holding it | [`guide::limits`], [`Decoder::decode_head`], [`Encoder::encode_head`] |
//! | speak MQTT over WebSocket | [`guide::websocket`] |
//! | accept devices that break the rules | [`guide::tolerances`] |
//! | make a list at run time | [`ListBuf`](list::ListBuf) |
//! | decode exactly one packet | [`decode_frame`] |
//! | know how many bytes are still to come | [`frame_len`](stream::frame_len), [`Decoder::frame_len`] |
//! | save memory in a client | [`decode_from_server`] |
//! | log packets, one line each | `Display` of [`Packet`] |
//! | find the MQTT version in the first bytes | [`sniff`](detect::sniff()) |
//! | distinguish MQTT, TLS, HTTP and others | [`guess`](detect::guess()) |
//! | show each field of a packet with its bytes | [`Decoder::dissect`] |
//! | show everything that is wrong with a packet | [`Decoder::lint`] |
//! | test your program with all kinds of packets | `sample::Sample` (`arbitrary`) |
//! | move from another crate | [`guide::moving`] |
//!
//! # The modules
//!
//! The root has what nearly every program needs: decoding, encoding, packets, values and errors.
//!
//! - [`property`]: the properties of 5.0, one struct for each packet.
//! - [`reason`]: the Reason Codes, one enum for each packet.
//! - [`topic`]: Shared Subscriptions and Topic Aliases.
//! - [`answer`]: the packet to send after an error.
//! - [`list`]: the lists in packets, and lists that you make at run time.
//! - [`stream`]: the buffers between a socket and its packets; large payloads in pieces.
//! - [`io`]: readers and writers for sockets (features `std`, `tokio`, `embedded-io`,
//!   `embedded-io-async`).
//! - `codec`: `Codec` for `tokio_util::codec::Framed` (feature `tokio-util`).
//! - `owned`: packets and values that own their bytes (feature `bytes`).
//! - [`convert`]: converts packets to another version.
//! - [`broker`]: one message to many subscribers, the limits of a peer, an encoded PUBLISH changed in place.
//! - [`inspect`]: the fields of a packet with their bytes, and everything that is wrong with it.
//! - [`detect`]: the protocol of a connection by its first bytes.
//! - `sample`: packets to test with (feature `arbitrary`).
//! - [`guide`]: one page for each task, and the vocabulary.
//!
//! # One set of packets for all versions
//!
//! A 3.1.1 packet is a 5.0 packet without properties. Fields that 3.1.1 lacks, such as the properties, have a
//! default value that means "absent". If a version cannot carry a value, encoding fails with
//! [`EncodeError::NotInVersion`], which names the field. [`Conversion`](convert::Conversion) drops such
//! values and reports them.
//!
//! # Features
//!
//! - `bytes` (default): `Encode::encode_to` appends to any `bytes::BufMut`. `owned::OwnedFrame`,
//!   `owned::OwnedPacket` and `owned::Owned` own their bytes.
//! - `std`: `io::blocking` reads and writes packets over `std::io`. [`Parts`](stream::Parts) gives
//!   `IoSlice`s for vectored writing.
//! - `tokio`: `io::tokio` reads and writes packets over tokio's sockets. Needs std.
//! - `tokio-util`: `codec::Codec` reads and writes packets in a `tokio_util::codec::Framed`. Needs std.
//! - `embedded-io`, `embedded-io-async`: `io::embedded` and `io::embedded_async` read and write packets
//!   without std.
//! - `serde`: `Serialize` for packets and their values. Passwords and Authentication Data are redacted;
//!   `inspect::WithSecrets` shows them.
//! - `defmt`: `defmt::Format` for packets and their values, with the same redaction.
//! - `arbitrary`: `sample::Sample` makes packets from random bytes, for property tests and fuzz targets
//!   of your program. The field types implement `arbitrary::Arbitrary`. Needs std.
//!
//! Without features the crate needs no allocator.
//!
// The targets of links to items that need a feature.
#![cfg_attr(feature = "tokio-util", doc = include_str!("guide/links/here.md"))]
#![cfg_attr(not(feature = "tokio-util"), doc = include_str!("guide/links/elsewhere.md"))]
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
mod tolerance;
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
pub use tolerance::Tolerances;
pub use value::{
    Binary, PacketId, Password, Qos, RetainHandling, Text, TopicFilter, TopicName, ValueError, ValueType,
};
pub use version::Version;

/// The README's examples, run with the tests.
#[cfg(all(doctest, feature = "bytes"))]
#[doc = include_str!("../README.md")]
mod readme {}
