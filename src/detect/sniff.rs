//! Finds the version of a connection from its first bytes.

use crate::version::{ProtocolName, Version};
use crate::wire::bytes::{Varint, take_varint};

/// The MQTT version by the first bytes of a connection: the result of [`sniff`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Sniff {
    /// A CONNECT packet of this version.
    Connect(Version),
    /// A CONNECT packet whose Protocol Level does not belong to its Protocol Name.
    UnsupportedLevel {
        /// The Protocol Name.
        name: ProtocolName,
        /// The Protocol Level.
        level: u8,
    },
    /// Perhaps a CONNECT packet: more bytes decide.
    Incomplete,
    /// Not MQTT. [`guess`](crate::detect::guess()) recognises other protocols.
    NotMqtt,
}

/// Finds the MQTT version in the first bytes of a connection.
///
/// The function reads packet type, Remaining Length, Protocol Name and Protocol Level: at most 14 bytes. The
/// function never fails. [`decode`](crate::decode()) checks the rest of the CONNECT.
///
/// ```
/// use mqtt_wire::Version;
/// use mqtt_wire::detect::{Sniff, sniff};
///
/// assert_eq!(sniff(b"\x10\x0d\x00\x04MQTT\x04"), Sniff::Connect(Version::V3_1_1));
/// assert_eq!(sniff(b"\x10\x0d\x00\x04MQ"), Sniff::Incomplete);
/// assert_eq!(sniff(b"GET / HTTP/1.1\r\n"), Sniff::NotMqtt);
/// ```
#[must_use]
#[inline]
pub fn sniff(input: &[u8]) -> Sniff {
    let Some((&first_byte, rest)) = input.split_first() else {
        return Sniff::Incomplete;
    };
    if first_byte >> 4 != 1 {
        return Sniff::NotMqtt;
    }
    let (body, body_is_whole) = match take_varint(rest) {
        // Bytes after the packet do not belong to it.
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
                    Ok(version) => Sniff::Connect(version),
                    Err(_) => Sniff::UnsupportedLevel { name, level },
                };
            }
        }
    }
    Sniff::NotMqtt
}

enum Matched {
    Not,
    SoFar,
    /// The whole name, and the level after it.
    Whole(u8),
}

#[inline]
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
    fn sniffs_bytes_that_are_not_mqtt() {
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
