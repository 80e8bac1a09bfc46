//! The packet types (§2.1.2 of 5.0, §2.2.1 of 3.1.1).

use crate::role::Role;
use crate::value::{ValueError, ValueType};
use crate::version::Version;
use core::fmt;

/// The type of a packet: bits 7–4 of its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PacketType {
    /// CONNECT, from a client.
    Connect = 1,
    /// CONNACK, from a server.
    ConnAck = 2,
    /// PUBLISH, in both directions.
    Publish = 3,
    /// PUBACK, in both directions.
    PubAck = 4,
    /// PUBREC, in both directions.
    PubRec = 5,
    /// PUBREL, in both directions.
    PubRel = 6,
    /// PUBCOMP, in both directions.
    PubComp = 7,
    /// SUBSCRIBE, from a client.
    Subscribe = 8,
    /// SUBACK, from a server.
    SubAck = 9,
    /// UNSUBSCRIBE, from a client.
    Unsubscribe = 10,
    /// UNSUBACK, from a server.
    UnsubAck = 11,
    /// PINGREQ, from a client.
    PingReq = 12,
    /// PINGRESP, from a server.
    PingResp = 13,
    /// DISCONNECT, from a client; in both directions in 5.0.
    Disconnect = 14,
    /// AUTH, in both directions, 5.0 only.
    Auth = 15,
}

impl PacketType {
    /// All fifteen types, in ascending order.
    pub const ALL: [Self; 15] = [
        Self::Connect,
        Self::ConnAck,
        Self::Publish,
        Self::PubAck,
        Self::PubRec,
        Self::PubRel,
        Self::PubComp,
        Self::Subscribe,
        Self::SubAck,
        Self::Unsubscribe,
        Self::UnsubAck,
        Self::PingReq,
        Self::PingResp,
        Self::Disconnect,
        Self::Auth,
    ];

    /// The type of a packet by bits 7–4 of its first byte.
    ///
    /// # Errors
    ///
    /// [`ValueError::Unknown`] for 0, which is reserved.
    #[inline]
    pub const fn from_first_byte(first_byte: u8) -> Result<Self, ValueError> {
        match Self::in_first_byte(first_byte) {
            Some(packet_type) => Ok(packet_type),
            None => Err(ValueError::Unknown(ValueType::PacketType)),
        }
    }

    /// The type of a packet by its first byte. `None`: the type is 0.
    #[inline]
    pub(crate) const fn in_first_byte(first_byte: u8) -> Option<Self> {
        Some(match first_byte >> 4 {
            1 => Self::Connect,
            2 => Self::ConnAck,
            3 => Self::Publish,
            4 => Self::PubAck,
            5 => Self::PubRec,
            6 => Self::PubRel,
            7 => Self::PubComp,
            8 => Self::Subscribe,
            9 => Self::SubAck,
            10 => Self::Unsubscribe,
            11 => Self::UnsubAck,
            12 => Self::PingReq,
            13 => Self::PingResp,
            14 => Self::Disconnect,
            15 => Self::Auth,
            _ => return None,
        })
    }

    /// Whether a client or a server sends packets of this type in this version.
    #[must_use]
    #[inline]
    pub const fn sent_by(self, role: Role, version: Version) -> bool {
        match self {
            Self::Connect | Self::Subscribe | Self::Unsubscribe | Self::PingReq => {
                matches!(role, Role::Client)
            }
            Self::ConnAck | Self::SubAck | Self::UnsubAck | Self::PingResp => {
                matches!(role, Role::Server)
            }
            Self::Disconnect => matches!(role, Role::Client) || matches!(version, Version::V5_0),
            Self::Auth => matches!(version, Version::V5_0),
            Self::Publish | Self::PubAck | Self::PubRec | Self::PubRel | Self::PubComp => true,
        }
    }

    /// The first byte of a packet of this type. PUBLISH also has other first bytes.
    #[inline]
    pub(crate) const fn first_byte(self) -> u8 {
        (self as u8) << 4 | self.fixed_flags()
    }

    /// Bits 3–0 of the first byte, which 3.1.1 and 5.0 fix for each type. For PUBLISH these bits are flags.
    #[inline]
    pub(crate) const fn fixed_flags(self) -> u8 {
        match self {
            Self::PubRel | Self::Subscribe | Self::Unsubscribe => 0b0010,
            _ => 0b0000,
        }
    }
}

impl fmt::Display for PacketType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "CONNECT",
            Self::ConnAck => "CONNACK",
            Self::Publish => "PUBLISH",
            Self::PubAck => "PUBACK",
            Self::PubRec => "PUBREC",
            Self::PubRel => "PUBREL",
            Self::PubComp => "PUBCOMP",
            Self::Subscribe => "SUBSCRIBE",
            Self::SubAck => "SUBACK",
            Self::Unsubscribe => "UNSUBSCRIBE",
            Self::UnsubAck => "UNSUBACK",
            Self::PingReq => "PINGREQ",
            Self::PingResp => "PINGRESP",
            Self::Disconnect => "DISCONNECT",
            Self::Auth => "AUTH",
        })
    }
}
