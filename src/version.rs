//! The protocol versions, and finding out which one a connection speaks.

use crate::ValueError;
use crate::wire::{self, Varint};
use core::fmt;
use core::str::FromStr;

/// A version of the MQTT protocol.
///
/// ```
/// use mqtt_wire::Version;
///
/// assert_eq!(Version::V3_1_1.level(), 4);
/// assert_eq!(Version::V3_1_1.to_string(), "3.1.1");
/// assert!(Version::V3_1 < Version::V5_0);
/// assert_eq!("3.1.1".parse(), Ok(Version::V3_1_1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// MQTT 3.1 (2010): protocol name `MQIsdp`, level 3.
    V3_1 = 3,
    /// MQTT 3.1.1 (OASIS 2014): protocol name `MQTT`, level 4.
    V3_1_1 = 4,
    /// MQTT 5.0 (OASIS 2019): protocol name `MQTT`, level 5.
    V5_0 = 5,
}

impl Version {
    /// All versions, oldest first.
    pub const ALL: [Self; 3] = [Self::V3_1, Self::V3_1_1, Self::V5_0];

    /// The Protocol Level (5.0: Protocol Version) byte of CONNECT: 3, 4 or 5.
    #[must_use]
    pub const fn level(self) -> u8 {
        self as u8
    }

    /// The Protocol Name of CONNECT.
    #[must_use]
    pub const fn protocol_name(self) -> ProtocolName {
        match self {
            Self::V3_1 => ProtocolName::MqIsdp,
            Self::V3_1_1 | Self::V5_0 => ProtocolName::Mqtt,
        }
    }

    /// The version that a Protocol Name and a Protocol Level stand for together:
    /// `MQIsdp` with 3, `MQTT` with 4 or 5, and no other pair.
    #[must_use]
    pub const fn from_name_and_level(name: ProtocolName, level: u8) -> Option<Self> {
        match (name, level) {
            (ProtocolName::MqIsdp, 3) => Some(Self::V3_1),
            (ProtocolName::Mqtt, 4) => Some(Self::V3_1_1),
            (ProtocolName::Mqtt, 5) => Some(Self::V5_0),
            _ => None,
        }
    }
}

impl Version {
    /// As `Display` has it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::V3_1 => "3.1",
            Self::V3_1_1 => "3.1.1",
            Self::V5_0 => "5.0",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What `Display` shows, and `5` for 5.0: for arguments and configuration files.
impl FromStr for Version {
    type Err = ValueError;

    fn from_str(name: &str) -> Result<Self, ValueError> {
        match name {
            "3.1" => Ok(Self::V3_1),
            "3.1.1" => Ok(Self::V3_1_1),
            "5.0" | "5" => Ok(Self::V5_0),
            _ => Err(ValueError::UnknownVersion),
        }
    }
}

/// The two Protocol Names that MQTT ever had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProtocolName {
    /// `MQIsdp`, the name of 3.1.
    MqIsdp,
    /// `MQTT`, the name of 3.1.1 and 5.0.
    Mqtt,
}

impl ProtocolName {
    /// The name as it stands in CONNECT.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MqIsdp => "MQIsdp",
            Self::Mqtt => "MQTT",
        }
    }

    /// The name with exactly these bytes, upper and lower case included.
    #[must_use]
    pub const fn from_bytes(name: &[u8]) -> Option<Self> {
        match name {
            b"MQIsdp" => Some(Self::MqIsdp),
            b"MQTT" => Some(Self::Mqtt),
            _ => None,
        }
    }
}

impl fmt::Display for ProtocolName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the first bytes of a connection say about its protocol: the answer of [`sniff`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Sniff {
    /// A CONNECT packet of this version.
    Connect(Version),
    /// A CONNECT packet whose name is one of MQTT's, with a level that no version has.
    UnsupportedLevel {
        /// The Protocol Name.
        name: ProtocolName,
        /// The Protocol Level.
        level: u8,
    },
    /// So far these could be the first bytes of a CONNECT packet; more are needed to tell.
    Incomplete,
    /// Not the beginning of any MQTT connection. What else it may be: [`guess`](crate::guess).
    NotMqtt,
}

/// Tells which version a connection speaks from its first bytes, whatever they are.
///
/// It looks at the packet type, the Remaining Length, the Protocol Name and the Protocol Level,
/// at most 14 bytes, and never fails. Whether the rest is a well-formed CONNECT is for
/// [`decode`](crate::decode) to say.
///
/// ```
/// use mqtt_wire::{Sniff, Version, sniff};
///
/// assert_eq!(sniff(b"\x10\x0d\x00\x04MQTT\x04"), Sniff::Connect(Version::V3_1_1));
/// assert_eq!(sniff(b"\x10\x0d\x00\x04MQ"), Sniff::Incomplete);
/// assert_eq!(sniff(b"GET / HTTP/1.1\r\n"), Sniff::NotMqtt);
/// ```
#[must_use]
pub fn sniff(input: &[u8]) -> Sniff {
    let Some((&byte_1, rest)) = input.split_first() else {
        return Sniff::Incomplete;
    };
    if byte_1 >> 4 != 1 {
        return Sniff::NotMqtt;
    }
    let (body, body_is_whole) = match wire::read_varint(rest) {
        // The bytes behind the packet are not its own.
        Varint::Whole { value, rest, .. } => {
            match usize::try_from(value).ok().and_then(|len| rest.get(..len)) {
                Some(body) => (body, true),
                None => (rest, false),
            }
        }
        Varint::Unfinished => return Sniff::Incomplete,
        Varint::TooLong => return Sniff::NotMqtt,
    };
    for name in [ProtocolName::Mqtt, ProtocolName::MqIsdp] {
        match after_protocol_name(body, name) {
            Matched::Not => {}
            Matched::SoFar if body_is_whole => return Sniff::NotMqtt,
            Matched::SoFar => return Sniff::Incomplete,
            Matched::Whole(level) => {
                return match Version::from_name_and_level(name, level) {
                    Some(version) => Sniff::Connect(version),
                    None => Sniff::UnsupportedLevel { name, level },
                };
            }
        }
    }
    Sniff::NotMqtt
}

enum Matched {
    Not,
    SoFar,
    /// With the level that follows the name.
    Whole(u8),
}

fn after_protocol_name(body: &[u8], name: ProtocolName) -> Matched {
    let (length, text): (&[u8], &[u8]) = match name {
        ProtocolName::Mqtt => (&[0, 4], b"MQTT"),
        ProtocolName::MqIsdp => (&[0, 6], b"MQIsdp"),
    };
    let mut expected = length.iter().chain(text);
    let mut bytes = body.iter();
    loop {
        match (expected.next(), bytes.next()) {
            (Some(expected), Some(byte)) if expected == byte => {}
            (Some(_), Some(_)) => return Matched::Not,
            (_, None) => return Matched::SoFar,
            (None, Some(&level)) => return Matched::Whole(level),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_shows() {
        for version in Version::ALL {
            assert_eq!(version.as_str().parse(), Ok(version));
        }
        assert_eq!("5".parse(), Ok(Version::V5_0));
        for name in ["", "3", "4", "3.1.0", "5.0 ", "v5", "5.1"] {
            assert_eq!(name.parse::<Version>(), Err(ValueError::UnknownVersion), "{name}");
        }
    }

    #[test]
    fn sniffs_every_version_and_every_prefix_is_incomplete() {
        let connects: [(&[u8], Version); 3] = [
            (b"\x10\x0f\x00\x06MQIsdp\x03", Version::V3_1),
            (b"\x10\x0d\x00\x04MQTT\x04", Version::V3_1_1),
            (b"\x10\x8d\x80\x80\x00\x00\x04MQTT\x05", Version::V5_0),
        ];
        for (bytes, version) in connects {
            assert_eq!(sniff(bytes), Sniff::Connect(version));
            for end in 0..bytes.len() {
                assert_eq!(sniff(&bytes[..end]), Sniff::Incomplete, "{version} cut at {end}");
            }
        }
    }

    #[test]
    fn sniffs_what_is_not_mqtt() {
        for bytes in [
            &b"\x16\x03\x01"[..],
            b"GET /",
            b"\x20\x02\x00\x00",
            b"\x00",
            b"\x10\x0d\x00\x04MQTX",
            b"\x10\x0d\x00\x05",
            b"\x10\x80\x80\x80\x80",
            b"\x10\x00\x00\x04MQTT\x04",
            b"\x10\x06\x00\x04MQTT\x04",
        ] {
            assert_eq!(sniff(bytes), Sniff::NotMqtt, "{bytes:02x?}");
        }
        assert_eq!(
            sniff(b"\x10\x0d\x00\x04MQTT\x84"),
            Sniff::UnsupportedLevel { name: ProtocolName::Mqtt, level: 0x84 }
        );
        assert_eq!(
            sniff(b"\x10\x0d\x00\x06MQIsdp\x04"),
            Sniff::UnsupportedLevel { name: ProtocolName::MqIsdp, level: 4 }
        );
    }
}
