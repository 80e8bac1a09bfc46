//! The errors of decoding and encoding.

mod case;
mod expected;
mod explanation;
mod found;
mod kind;
mod statement;

pub(crate) use case::Evidence;
pub use expected::Expected;
pub use found::Found;
pub use kind::DecodeErrorKind;

use crate::field::Field;
use crate::packet_type::PacketType;
use crate::version::Version;
use core::fmt;

/// Why the decoder refuses bytes: the rule, the field, the byte and the statement.
///
/// An error has a [`kind`](Self::kind), a [`field`](Self::field) with its [`offset`](Self::offset) in bytes,
/// the values [`found`](Self::found) and [`expected`](Self::expected), the normative
/// [`statement`](Self::statement), and the [`answer`](Self::answer) to the peer.
///
/// The error is final: more bytes never make the packet legal. The exception is
/// [`IncompletePacket`](DecodeErrorKind::IncompletePacket), the error for a frame that ends too early.
///
/// ```
/// use mqtt_wire::inspect::Field;
/// use mqtt_wire::{DecodeErrorKind, Version, decode};
///
/// // A PUBLISH with QoS 3.
/// let error = decode(Version::V5_0, b"\x36\x04\x00\x01a\x00").unwrap_err();
/// assert_eq!(error.kind(), DecodeErrorKind::InvalidQos);
/// assert_eq!(error.field(), Field::Qos);
/// assert_eq!(error.offset(), 0);
/// assert_eq!(error.statement(), Some("[MQTT-3.3.1-4]"));
/// assert_eq!(
///     error.to_string(),
///     "PUBLISH: QoS, byte 0: a QoS of 3 does not exist [MQTT-3.3.1-4]"
/// );
///
/// // A PINGREQ with the flags of a SUBSCRIBE.
/// let error = decode(Version::V3_1_1, b"\xc2\x00").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "PINGREQ: Flags, byte 0: the flags are wrong for the packet type \
///      (found 0b0010, expected 0b0000) [MQTT-2.2.2-1]"
/// );
/// ```
///
/// [`Decoder::refused`](crate::Decoder::refused) gives the readable parts of a refused packet.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DecodeError {
    pub(crate) kind: DecodeErrorKind,
    pub(crate) field: Field,
    pub(crate) packet_type: Option<PacketType>,
    /// The version of the broken rule: for a CONNECT, the CONNECT's own version.
    pub(crate) version: Option<Version>,
    /// The version of the connection, for the answer to the peer.
    pub(crate) connection: Option<Version>,
    pub(crate) offset: u32,
    /// 0 means "not known": a frame has at least 2 bytes.
    pub(crate) frame_len: u32,
    pub(crate) evidence: Evidence,
}

impl DecodeError {
    /// The kind of the error.
    #[must_use]
    pub const fn kind(&self) -> DecodeErrorKind {
        self.kind
    }

    /// The field that breaks the rule.
    #[must_use]
    pub const fn field(&self) -> Field {
        self.field
    }

    /// The offset of the offending field in bytes, from the packet's first byte.
    ///
    /// A field begins with its length prefix. The offset of bits is the offset of their byte. A missing field
    /// has the offset at which the packet, or its property block, ends. Leftover bytes have the offset of the
    /// first of these bytes. A packet that is too large has the offset 0.
    #[must_use]
    pub const fn offset(&self) -> usize {
        // The length of every frame fits into a u32.
        self.offset as usize
    }

    /// The type of the packet, if its first byte has a known type.
    #[must_use]
    pub const fn packet_type(&self) -> Option<PacketType> {
        self.packet_type
    }

    /// The version of the broken rule, if the version is known.
    ///
    /// If a CONNECT has an unknown Protocol Name or Protocol Level, the result is 5.0 from level 5 on, else
    /// 3.1.1. Three kinds of CONNECT always give 3.1.1: `MQIsdp` with a level other than 3, level 0x84, and
    /// an unknown name with level 0x83. (0x83 and 0x84 are the levels of mosquitto's bridges.)
    #[must_use]
    pub const fn version(&self) -> Option<Version> {
        self.version
    }

    /// The length of the packet in bytes, if its Remaining Length is readable.
    ///
    /// Skip this many bytes to continue with the next packet. Some of these bytes may not have arrived yet.
    #[must_use]
    pub const fn packet_len(&self) -> Option<usize> {
        match self.frame_len {
            0 => None,
            len => Some(len as usize),
        }
    }

    /// The value that breaks the rule. `None`: something is absent.
    ///
    /// The value is bits, an integer, a length in bytes, or a character of a string with its offset.
    ///
    /// The value never contains a part of a password or of Authentication Data.
    ///
    /// ```
    /// use mqtt_wire::inspect::Found;
    /// use mqtt_wire::{Version, decode};
    ///
    /// // A PUBACK with the code of a PUBCOMP.
    /// let error = decode(Version::V5_0, b"\x40\x03\x00\x0a\x92").unwrap_err();
    /// assert_eq!(error.found(), Some(Found::Byte(0x92)));
    /// assert_eq!(error.expected().unwrap().to_string(), "a Reason Code of Table 3-4");
    /// ```
    #[must_use]
    pub fn found(&self) -> Option<Found> {
        found::found(&self.case())
    }

    /// The values that the standard allows. `None` if [`kind`](Self::kind) says enough.
    #[must_use]
    pub fn expected(&self) -> Option<Expected> {
        expected::expected(&self.case())
    }

    /// The [`kind`](Self::kind) in words, with the values [found](Self::found) and
    /// [expected](Self::expected).
    ///
    /// `Display` of the error adds the place and the statement.
    ///
    /// ```
    /// use mqtt_wire::{Version, decode};
    ///
    /// // A PUBLISH of 3.1.1 to `a#`.
    /// let error = decode(Version::V3_1_1, b"\x30\x04\x00\x02a#").unwrap_err();
    /// assert_eq!(
    ///     error.explanation().to_string(),
    ///     "the Topic Name contains a wildcard (found `#` at byte 1 of the string)"
    /// );
    /// ```
    pub fn explanation(&self) -> impl fmt::Display + use<> {
        explanation::KindInDetail(self.case())
    }

    /// The normative statement that forbids the bytes, such as `[MQTT-3.1.2-14]`.
    ///
    /// The number is that of the [`version`](Self::version).
    ///
    /// `None` if the sentence of the standard has no number. In 3.1 no sentence has a number.
    #[must_use]
    pub fn statement(&self) -> Option<&'static str> {
        statement::statement(self.kind, self.field, self.packet_type, self.version)
    }
}

impl DecodeError {
    fn case(&self) -> case::Case {
        let Self { kind, field, packet_type, version, offset, frame_len, evidence, .. } = *self;
        case::Case { kind, field, packet_type, version, offset, frame_len, evidence }
    }

    /// Turns the error for a head into the error for the whole packet. If the properties reach past the end of
    /// the packet, the number in the evidence counts all bytes up to that end.
    pub(crate) fn of_longer_packet(mut self, frame_len: usize) -> Self {
        self.frame_len = u32::try_from(frame_len).unwrap_or(0);
        if self.kind == DecodeErrorKind::Truncated && self.field == Field::PropertyLength {
            self.evidence.number = self.frame_len.saturating_sub(self.offset);
        }
        self
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(packet_type) = self.packet_type {
            write!(f, "{packet_type}: ")?;
        }
        write!(f, "{}, byte {}: {}", self.field, self.offset, self.explanation())?;
        match self.statement() {
            Some(statement) => write!(f, " {statement}"),
            None => Ok(()),
        }
    }
}

/// Shows the results of the methods, by their names.
impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecodeError")
            .field("kind", &self.kind)
            .field("field", &self.field)
            .field("offset", &self.offset)
            .field("found", &self.found())
            .field("packet_type", &self.packet_type)
            .field("version", &self.version)
            .field("packet_len", &self.packet_len())
            .finish()
    }
}

impl core::error::Error for DecodeError {}

/// A broken rule: the bytes from the offending field on, the kind, and the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Violation<'a> {
    pub(crate) at: &'a [u8],
    pub(crate) kind: DecodeErrorKind,
    pub(crate) field: Field,
}

/// Why a packet cannot be encoded. On an error nothing is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EncodeError {
    /// The version cannot carry the value of the field.
    NotInVersion {
        /// The field to leave out or change.
        field: Field,
        /// The version of the encoding.
        version: Version,
    },
    /// Two parts of the packet contradict each other, or a required part is absent.
    Inconsistent(Inconsistency),
    /// The Remaining Length would be more than 268,435,455 bytes.
    TooLarge {
        /// The Remaining Length that the packet needs, in bytes.
        remaining_length: u64,
    },
    /// The packet is too large for the peer: [`Encoder::max_packet_size`](crate::Encoder::max_packet_size).
    TooLargeForPeer {
        /// The length of the packet in bytes.
        needed: usize,
        /// The peer's Maximum Packet Size in bytes.
        maximum: u32,
    },
    /// The payload of an earlier PUBLISH is not complete yet.
    ///
    /// See [`WriteBuffer::push_head`](crate::stream::WriteBuffer::push_head).
    PayloadIncomplete {
        /// The number of payload bytes that are still to be written.
        left: usize,
    },
    /// The packet does not fit into the buffer.
    BufferTooSmall {
        /// The length of the packet in bytes.
        needed: usize,
    },
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInVersion { field: Field::ProtocolLevel, version } => {
                write!(f, "this CONNECT is not for MQTT {version}: encode it for its own version")
            }
            Self::NotInVersion { field: Field::PacketType, version } => {
                write!(f, "MQTT {version} has no such packet")
            }
            Self::NotInVersion { field: Field::Property(id), version } => {
                write!(f, "MQTT {version} has no properties: leave out {id}")
            }
            Self::NotInVersion { field, version } => {
                write!(f, "MQTT {version} cannot carry this value of the field {field}")
            }
            Self::Inconsistent(rule) => rule.fmt(f),
            Self::TooLarge { remaining_length } => write!(
                f,
                "the Remaining Length would be {remaining_length} bytes, and the maximum is 268,435,455"
            ),
            Self::TooLargeForPeer { needed, maximum } => {
                write!(f, "the packet has {needed} bytes, and the peer accepts at most {maximum}")
            }
            Self::PayloadIncomplete { left } => {
                write!(f, "the payload of the previous PUBLISH lacks {left} bytes")
            }
            Self::BufferTooSmall { needed } => {
                write!(f, "the buffer is too small: the packet needs {needed} bytes")
            }
        }
    }
}

impl core::error::Error for EncodeError {}

/// The rules that only a whole packet can break: see [`EncodeError::Inconsistent`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Inconsistency {
    /// Authentication Data without Authentication Method (5.0 §3.1.2.11.10, \[MQTT-4.12.0-5\]).
    AuthenticationDataWithoutMethod,
    /// AUTH without Authentication Method (5.0 §3.15.2.2.2).
    AuthenticationMethodMissing,
    /// A list that must not be empty: filters or Reason Codes.
    ///
    /// SUBSCRIBE and UNSUBSCRIBE need a filter (\[MQTT-3.8.3-2\], \[MQTT-3.10.3-2\]), except in 3.1. SUBACK
    /// needs a Reason Code. UNSUBACK needs a Reason Code in 5.0.
    EmptyList,
    /// No Local on a Shared Subscription (\[MQTT-3.8.3-4\]).
    NoLocalOnSharedSubscription,
    /// CONNACK with Session Present and a Reason Code other than 0 (\[MQTT-3.2.2-6\]).
    SessionPresentWithError,
    /// DISCONNECT with 0x8C (Bad authentication method). Use 0x87 or 0x82.
    ///
    /// The decoder accepts this code because 5.0 Table 2-6 lists the code. 5.0 Table 3-10 does not list the
    /// code (\[MQTT-3.14.2-1\]).
    BadAuthenticationMethodInDisconnect,
    /// CONNECT before 5.0 with a Password but no User Name (3.1.1 \[MQTT-3.1.2-22\]).
    PasswordWithoutUserName,
    /// A packet, property or Reason Code that this sender never sends.
    ///
    /// Checked only if a sender is set: [`Encoder::sender`](crate::Encoder::sender).
    WrongDirection,
}

impl fmt::Display for Inconsistency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AuthenticationDataWithoutMethod => "Authentication Data needs an Authentication Method",
            Self::AuthenticationMethodMissing => "AUTH needs an Authentication Method",
            Self::EmptyList => "the list is empty",
            Self::NoLocalOnSharedSubscription => "No Local cannot be set on a Shared Subscription",
            Self::SessionPresentWithError => {
                "Session Present cannot be set in a CONNACK that refuses the connection"
            }
            Self::BadAuthenticationMethodInDisconnect => {
                "DISCONNECT cannot carry 0x8C (Bad authentication method); use 0x87 or 0x82"
            }
            Self::PasswordWithoutUserName => "before MQTT 5.0, a Password needs a User Name",
            Self::WrongDirection => "this sender must not send this packet, property or Reason Code",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_stay_small() {
        assert!(size_of::<DecodeError>() <= 24, "{}", size_of::<DecodeError>());
    }
}
