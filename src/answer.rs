//! The packet to send a peer after an error, before you close the connection.
//!
//! ```
//! use mqtt_wire::answer::{Answer, ConnectionState};
//! use mqtt_wire::reason::DisconnectReason;
//! use mqtt_wire::{Role, Version, decode};
//!
//! let error = decode(Version::V5_0, b"\x36\x04\x00\x01a\x00").unwrap_err(); // QoS 3
//! let answer = error.answer(Role::Server, ConnectionState::AfterConnAck);
//! assert_eq!(answer, Answer::Disconnect(DisconnectReason::MalformedPacket));
//! ```
//!
//! [`DecodeError::answer`] chooses the packet. [`guide::answering_errors`](crate::guide::answering_errors)
//! shows how to send the packet.

use crate::encode::Encoder;
use crate::error::{DecodeError, DecodeErrorKind as Kind};
use crate::packet::{ConnAck, Disconnect, Packet};
use crate::packet_type::PacketType;
use crate::reason::{ConnectReason, DisconnectReason};
use crate::role::Role;
use crate::version::Version;

/// Whether the server has sent CONNACK. The state decides which answers are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConnectionState {
    /// The server has not sent CONNACK, or the client has not received it.
    BeforeConnAck,
    /// The server has sent a CONNACK with Reason Code 0, or the client has received this CONNACK.
    AfterConnAck,
}

/// The packet to send before you close the connection, if there is one.
///
/// Close the connection in every case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Send nothing.
    Close,
    /// A CONNACK in the form of 3.1 and 3.1.1, with the return code of the reason.
    ConnAckV3(ConnectReason),
    /// A CONNACK in the form of 5.0.
    ConnAckV5(ConnectReason),
    /// A DISCONNECT of 5.0.
    Disconnect(DisconnectReason),
}

impl Answer {
    /// The packet and the version to encode it for. `None`: send nothing.
    ///
    /// ```
    /// use mqtt_wire::answer::ConnectionState;
    /// use mqtt_wire::{Encode, Role, Version, decode};
    ///
    /// // A CONNECT with the level 7, which no version has.
    /// let error = decode(Version::V5_0, b"\x10\x07\x00\x04MQTT\x07").unwrap_err();
    /// let answer = error.answer(Role::Server, ConnectionState::BeforeConnAck);
    ///
    /// let (packet, version) = answer.packet().unwrap();
    /// let mut buffer = [0; 16];
    /// assert_eq!(packet.encode(version, &mut buffer).unwrap(), b"\x20\x03\x00\x84\x00");
    /// ```
    #[must_use]
    pub const fn packet(self) -> Option<(Packet<'static>, Version)> {
        match self {
            Self::Close => None,
            Self::ConnAckV3(reason) => Some((Packet::ConnAck(ConnAck::new(reason)), Version::V3_1_1)),
            Self::ConnAckV5(reason) => Some((Packet::ConnAck(ConnAck::new(reason)), Version::V5_0)),
            Self::Disconnect(reason) => Some((Packet::Disconnect(Disconnect::new(reason)), Version::V5_0)),
        }
    }

    /// The packet, and the encoder for it. `None`: send nothing. `connection` is the encoder for other packets.
    ///
    /// A CONNACK has the version of the CONNECT that it answers. A DISCONNECT has the version of the connection.
    pub(crate) fn to_encode(self, connection: Encoder) -> Option<(Packet<'static>, Encoder)> {
        let (packet, version) = self.packet()?;
        let encoder = match self {
            Self::Disconnect(_) => connection,
            _ => connection.with_version(version),
        };
        Some((packet, encoder))
    }
}

impl DecodeError {
    /// The packet to send the peer before you close (5.0 §4.13, 3.1.1 §4.8).
    ///
    /// `me` is the role of your program, and not the role of the [`sender`](crate::Decoder::sender).
    ///
    /// 3.1 and 3.1.1 have one answer: the server answers an unknown Protocol Level with CONNACK. In 5.0 a
    /// server that has not sent CONNACK answers a bad CONNECT or AUTH with CONNACK. After CONNACK the server
    /// answers every error with DISCONNECT. A client of 5.0 answers every error with DISCONNECT, even before
    /// it has received CONNACK. There is one exception: the client does not answer a server that speaks 3.x
    /// only. [`guide::answering_errors`](crate::guide::answering_errors) shows how to send the answer.
    ///
    /// ```
    /// use mqtt_wire::answer::{Answer, ConnectionState};
    /// use mqtt_wire::reason::DisconnectReason;
    /// use mqtt_wire::{Encode, Role, Version, decode};
    ///
    /// // A server has received a PUBLISH with QoS 3.
    /// let error = decode(Version::V5_0, b"\x36\x04\x00\x01a\x00").unwrap_err();
    /// let answer = error.answer(Role::Server, ConnectionState::AfterConnAck);
    /// assert_eq!(answer, Answer::Disconnect(DisconnectReason::MalformedPacket));
    ///
    /// let mut buffer = [0; 16];
    /// if let Some((packet, version)) = answer.packet() {
    ///     let bytes = packet.encode(version, &mut buffer).unwrap();
    ///     assert_eq!(bytes, b"\xe0\x01\x81"); // send them, then close
    /// }
    /// ```
    #[must_use]
    pub fn answer(&self, me: Role, state: ConnectionState) -> Answer {
        match (me, state) {
            (Role::Server, ConnectionState::BeforeConnAck) => self.answer_with_connack(),
            (Role::Server, ConnectionState::AfterConnAck) => self.answer_with_disconnect(),
            // The server speaks 3.x, and the client speaks 5.0. No packet exists that both understand.
            (Role::Client, _) if self.kind == Kind::RefusedIn3x => Answer::Close,
            (Role::Client, _) => self.answer_with_disconnect(),
        }
    }

    /// The Reason Code for this error, in a CONNACK or a DISCONNECT.
    ///
    /// For a CONNECT the result is a code of CONNACK. For other packets the result is a code of DISCONNECT.
    ///
    /// `None` unless the [`version`](Self::version) is 5.0: earlier versions have no Reason Codes.
    #[must_use]
    pub fn reason_code(&self) -> Option<u8> {
        if self.version != Some(Version::V5_0) {
            return None;
        }
        Some(match self.packet_type {
            Some(PacketType::Connect) => self.class().in_connack().get(),
            _ => self.class().in_disconnect().get(),
        })
    }

    fn answer_with_connack(&self) -> Answer {
        match (self.kind, self.version, self.packet_type) {
            // [MQTT-3.1.2-2] of 3.1.1: the server answers a level that it does not support
            (Kind::UnsupportedProtocolLevel { .. }, Some(Version::V3_1_1), _) => {
                Answer::ConnAckV3(ConnectReason::UnsupportedProtocolVersion)
            }
            // [MQTT-4.13.1-1] CONNACK may answer an error in CONNECT, or in an AUTH before the CONNACK
            (_, Some(Version::V5_0), Some(PacketType::Connect | PacketType::Auth)) => {
                Answer::ConnAckV5(self.class().in_connack())
            }
            // [MQTT-3.1.4-1] 3.1.1 answers no other bad CONNECT
            // [MQTT-3.14.0-1] a server sends no DISCONNECT before CONNACK
            _ => Answer::Close,
        }
    }

    fn answer_with_disconnect(&self) -> Answer {
        // A second CONNECT may name another version: the version of the connection decides.
        match self.connection {
            Some(Version::V5_0) => Answer::Disconnect(self.class().in_disconnect()),
            // [MQTT-4.8.0-1] of 3.1.1: the receiver closes the connection
            _ => Answer::Close,
        }
    }

    /// The class of the error. If the standard names a Reason Code, the class has this code. Otherwise wrong
    /// bits, lengths and encodings are malformed (0x81), and other forbidden bytes are a Protocol Error
    /// (0x82).
    fn class(&self) -> Class {
        match self.kind {
            // A QoS of 3 makes a first byte and Connect Flags malformed. In Subscription Options, a QoS of 3
            // is a Protocol Error (5.0 §3.8.3.1).
            Kind::InvalidQos if self.packet_type == Some(PacketType::Subscribe) => Class::ProtocolError,
            Kind::UnsupportedProtocolName { .. } | Kind::UnsupportedProtocolLevel { .. } => {
                Class::UnsupportedVersion
            }
            Kind::PacketTooLarge => Class::PacketTooLarge,
            Kind::ZeroTopicAlias | Kind::TopicAliasOverMaximum => Class::TopicAliasInvalid,
            Kind::VersionUnknown
            | Kind::WrongDirection
            | Kind::TopicTooLong
            | Kind::EmptyTopic
            | Kind::WildcardInTopicName
            | Kind::HashNotLast
            | Kind::HashNotAlone
            | Kind::PlusNotAlone
            | Kind::ShareNameEmpty
            | Kind::WildcardInShareName
            | Kind::SharedFilterMissing
            | Kind::InvalidSharedFilter
            | Kind::ZeroPacketIdentifier
            | Kind::DuplicateProperty
            | Kind::InvalidPropertyValue
            | Kind::AuthenticationMethodMissing
            | Kind::PasswordWithoutUserName
            | Kind::SessionPresentWithError
            | Kind::RefusedIn3x
            | Kind::InvalidReasonCode
            | Kind::EmptyList
            | Kind::InvalidRetainHandling
            | Kind::NoLocalOnSharedSubscription => Class::ProtocolError,
            Kind::IncompletePacket
            | Kind::BytesAfterPacket
            | Kind::ReservedPacketType
            | Kind::InvalidFlags
            | Kind::Missing
            | Kind::Truncated
            | Kind::LeftoverBytes
            | Kind::VarintTooLong
            | Kind::VarintNotMinimal
            | Kind::IllFormedUtf8
            | Kind::NulCharacter
            | Kind::ControlCharacter
            | Kind::Noncharacter
            | Kind::NotAscii
            | Kind::InvalidQos
            | Kind::DupWithoutQos
            | Kind::UnknownProperty
            | Kind::MisplacedProperty
            | Kind::ReservedBits
            | Kind::WillQosWithoutWill
            | Kind::WillRetainWithoutWill => Class::Malformed,
        }
    }
}

/// The class of an error in 5.0 (§4.13). CONNACK and DISCONNECT have different enums for its code.
#[derive(Clone, Copy)]
enum Class {
    Malformed,
    ProtocolError,
    UnsupportedVersion,
    TopicAliasInvalid,
    PacketTooLarge,
}

impl Class {
    fn in_connack(self) -> ConnectReason {
        match self {
            Self::Malformed => ConnectReason::MalformedPacket,
            Self::ProtocolError | Self::TopicAliasInvalid => ConnectReason::ProtocolError,
            Self::UnsupportedVersion => ConnectReason::UnsupportedProtocolVersion,
            Self::PacketTooLarge => ConnectReason::PacketTooLarge,
        }
    }

    fn in_disconnect(self) -> DisconnectReason {
        match self {
            Self::Malformed => DisconnectReason::MalformedPacket,
            Self::ProtocolError | Self::UnsupportedVersion => DisconnectReason::ProtocolError,
            Self::TopicAliasInvalid => DisconnectReason::TopicAliasInvalid,
            Self::PacketTooLarge => DisconnectReason::PacketTooLarge,
        }
    }
}
