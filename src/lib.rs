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
//! the first packet: [`Decoder::from_client`] learns it from CONNECT. A `Decoder` also knows limits, directions and how
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
//! | read from a socket, whatever kind | [`guide::decoding`] |
//! | know how many bytes are still to come | [`frame_len`], [`Decoder::head_len`] |
//! | decode bytes that are exactly one packet | [`decode_frame`] |
//! | write a server | [`guide::broker`], [`Decoder::from_client`] |
//! | write a client | [`Decoder::from_server`], [`Connect`], [`Subscribe`], [`Publish`] |
//! | limit what a peer can cost you | [`guide::limits`], [`Decoder::max_packet_size`] |
//! | understand or answer an error | [`DecodeError`], [`guide::answering_errors`] |
//! | cancel reads without losing a packet | [`guide::cancel_safety`] |
//! | pass on a payload of megabytes without holding it | [`Decoder::decode_head`], [`EncodeParts`] |
//! | keep a packet for longer than its buffer; send it to many; in another version | [`guide::keeping_and_forwarding`], [`FanOut`], [`Conversion`] |
//! | check, split and match topics | [`TopicName`], [`TopicFilter::matches`], [`TopicFilter::shared_subscription`] |
//! | use Topic Aliases | [`guide::topic_aliases`], [`Topic`] |
//! | leave a last will, or publish one | [`guide::wills`], [`Will`] |
//! | use properties of 5.0 | [`PublishProperties`] and its siblings, [`UserProperties`] |
//! | speak MQTT over WebSocket | [`guide::websocket`] |
//! | accept devices that bend the rules | [`guide::tolerances`] |
//! | tell MQTT from other protocols on a port | [`sniff`] |
//! | show every field of a packet with its bytes | [`Decoder::dissect`] |
//! | come from another crate | [`guide::moving`] |
//!
//! # One set of packets for all versions
//!
//! A 3.1.1 packet is the 5.0 packet with nothing added: properties, most Reason Codes and subscription
//! options have a default that means "absent". Encoding for a version that cannot carry a value is
//! [`EncodeError::NotInVersion`], which names the field; nothing is dropped in silence. (On purpose: [`Conversion`].)
//!
//! # Features
//!
//! - `bytes` (default): `Encode::encode_to` appends to any `bytes::BufMut`; `OwnedPacket` and `Owned` outlive
//!   the buffer without a copy.
//! - `arbitrary`: `Sample` makes up packets from random bytes, for property tests and fuzz targets of what
//!   you build on this crate; the field types implement `arbitrary::Arbitrary`. Needs std.
//! - `serde`: `Serialize` for packets and the values in them. Passwords and Authentication Data are shown
//!   redacted; `Revealed` shows them.
//! - `defmt`: `defmt::Format` for the same, redacted too.
//! - `std`: [`Parts`] as `IoSlice`s, for vectored writing.
//! - `tokio-util`: `Codec` reads and writes packets in a `tokio_util::codec::Framed`. Needs std.
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

#[cfg(any(feature = "arbitrary", feature = "std"))]
extern crate std;

#[cfg(feature = "tokio-util")]
mod codec;
mod convert;
mod decoder;
mod dissect;
mod encode;
mod error;
mod fan_out;
mod field;
mod frame;
mod guess;
#[cfg(all(doc, any(not(doctest), feature = "tokio-util")))]
pub mod guide;
mod head;
#[cfg(test)]
mod laws;
mod lint;
mod list;
#[cfg(feature = "bytes")]
mod owned;
mod packet;
mod peer;
mod property;
mod publish_frame;
mod reader;
mod reason;
mod role;
mod rules;
#[cfg(feature = "arbitrary")]
mod sample;
#[cfg(any(feature = "serde", feature = "defmt"))]
mod show;
mod sink;
mod value;
mod version;
mod wire;

#[cfg(feature = "tokio-util")]
#[cfg_attr(docsrs, doc(cfg(feature = "tokio-util")))]
pub use codec::{Codec, CodecError};
pub use convert::{Change, Changed, Changes, Conversion, Convert, ConvertError};
pub use decoder::{Decoder, decode, decode_frame};
pub use dissect::Span;
pub use encode::{Encode, EncodeParts, Encoder, Parts};
pub use error::{Answer, ConnectionState, DecodeError, DecodeErrorKind, EncodeError, Inconsistency};
pub use fan_out::{FanOut, Naming, Outgoing, Recipient};
pub use field::{Field, Format};
pub use frame::{FrameLen, PacketType, frame_len};
pub use guess::{Guess, guess};
pub use head::{Head, Portion};
pub use lint::{Finding, Severity};
pub use list::{Element, Iter, List, SubscriptionIds, UserProperties, UserProperty};
#[cfg(feature = "bytes")]
#[cfg_attr(docsrs, doc(cfg(feature = "bytes")))]
pub use owned::{Keep, Owned, OwnedPacket, OwnedValue};
pub use packet::{
    Ack, Auth, ConnAck, Connect, Delivery, Disconnect, Packet, PingReq, PingResp, PubAck, PubComp, PubRec,
    PubRel, Publish, SubAck, Subscribe, Subscription, Subscriptions, Topic, UnsubAck, Unsubscribe, Will,
};
pub use peer::{Fit, FitError, PeerLimits};
pub use property::{
    AckProperties, AuthProperties, ConnAckProperties, ConnectProperties, DisconnectProperties, PropertyId,
    PropertyValue, PublishProperties, SubscribeProperties, UnsubscribeProperties, WillProperties,
};
pub use publish_frame::{PublishFrame, PublishFrameError};
pub use reason::{
    AuthReason, ConnectReason, DisconnectReason, PubAckReason, PubCompReason, PubRecReason, PubRelReason,
    SubscribeReason, UnsubscribeReason,
};
pub use role::Role;
#[cfg(feature = "arbitrary")]
#[cfg_attr(docsrs, doc(cfg(feature = "arbitrary")))]
pub use sample::Sample;
#[cfg(feature = "serde")]
#[cfg_attr(docsrs, doc(cfg(feature = "serde")))]
pub use show::Revealed;
pub use value::{
    AuthenticationData, Binary, MaximumQos, PacketId, Password, PayloadFormat, Qos, RetainHandling,
    SharedSubscription, SubscriptionId, Text, TopicAlias, TopicFilter, TopicName, ValueError,
};
pub use version::{ProtocolName, Sniff, Version, sniff};

/// The README's examples, run with the tests.
#[cfg(all(doctest, feature = "bytes"))]
#[doc = include_str!("../README.md")]
mod readme {}
