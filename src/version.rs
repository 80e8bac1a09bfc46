//! The protocol versions.

use crate::value::{ValueError, ValueType};
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
    /// MQTT 3.1 (2010): Protocol Name `MQIsdp`, Protocol Level 3.
    V3_1 = 3,
    /// MQTT 3.1.1 (OASIS 2014): Protocol Name `MQTT`, Protocol Level 4.
    V3_1_1 = 4,
    /// MQTT 5.0 (OASIS 2019): Protocol Name `MQTT`, Protocol Level 5.
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

    /// The version of a Protocol Name and a Protocol Level.
    ///
    /// Level 3 belongs to `MQIsdp`, and levels 4 and 5 belong to `MQTT`.
    ///
    /// # Errors
    ///
    /// [`ValueError::Unknown`] for every other pair.
    pub const fn from_name_and_level(name: ProtocolName, level: u8) -> Result<Self, ValueError> {
        match (name, level) {
            (ProtocolName::MqIsdp, 3) => Ok(Self::V3_1),
            (ProtocolName::Mqtt, 4) => Ok(Self::V3_1_1),
            (ProtocolName::Mqtt, 5) => Ok(Self::V5_0),
            _ => Err(ValueError::Unknown(ValueType::Version)),
        }
    }
}

impl Version {
    /// The text of `Display`.
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

/// Parses the text of `Display`, and `5` for 5.0: for arguments and configuration files.
impl FromStr for Version {
    type Err = ValueError;

    fn from_str(name: &str) -> Result<Self, ValueError> {
        match name {
            "3.1" => Ok(Self::V3_1),
            "3.1.1" => Ok(Self::V3_1_1),
            "5.0" | "5" => Ok(Self::V5_0),
            _ => Err(ValueError::Unknown(ValueType::Version)),
        }
    }
}

/// The Protocol Names of MQTT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProtocolName {
    /// `MQIsdp`, the name of 3.1.
    MqIsdp,
    /// `MQTT`, the name of 3.1.1 and 5.0.
    Mqtt,
}

impl ProtocolName {
    /// The name in CONNECT.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MqIsdp => "MQIsdp",
            Self::Mqtt => "MQTT",
        }
    }

    /// The Protocol Name with exactly these bytes. Upper and lower case matter.
    ///
    /// # Errors
    ///
    /// [`ValueError::Unknown`] for any other text.
    pub const fn from_bytes(name: &[u8]) -> Result<Self, ValueError> {
        match name {
            b"MQIsdp" => Ok(Self::MqIsdp),
            b"MQTT" => Ok(Self::Mqtt),
            _ => Err(ValueError::Unknown(ValueType::ProtocolName)),
        }
    }
}

impl fmt::Display for ProtocolName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_parsed_from_its_text() {
        for version in Version::ALL {
            assert_eq!(version.as_str().parse(), Ok(version));
        }
        assert_eq!("5".parse(), Ok(Version::V5_0));
        for name in ["", "3", "4", "3.1.0", "5.0 ", "v5", "5.1"] {
            assert_eq!(name.parse::<Version>(), Err(ValueError::Unknown(ValueType::Version)), "{name}");
        }
    }
}
