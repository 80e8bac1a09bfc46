//! What a CONNECT begins with: Protocol Name and Protocol Level (§3.1.2.1 and §3.1.2.2), which name its
//! version.

use crate::frame::Frame;
use crate::reader::{Reader, Refused, Trace};
use crate::rules::{Rules, Switch};
use crate::wire;
use crate::{DecodeErrorKind as Kind, Field, ProtocolName, Version};

/// The Protocol Name of 3.1.1 and 5.0, with its length.
const MQTT: &[u8; 6] = b"\0\x04MQTT";

/// Bit 7 of the Protocol Level: a bridge of mosquitto.
pub(super) const BRIDGE: u8 = 0x80;

/// 5.0 or 3.1.1, if the body begins as that of theirs does.
#[inline(always)]
pub(crate) fn frequent_version(body: &[u8]) -> Option<Version> {
    let (name, after) = body.split_first_chunk()?;
    match after.first()? {
        4 if name == MQTT => Some(Version::V3_1_1),
        5 if name == MQTT => Some(Version::V5_0),
        _ => None,
    }
}

/// The version that a CONNECT names, if it names one.
pub(crate) fn own_version(frame: Frame<'_>, rules: Rules) -> Option<Version> {
    let reader = &mut Reader::new(frame.body, Version::V5_0, rules, ());
    read_protocol(reader).ok().map(|(version, _)| version)
}

/// Protocol Name and Protocol Level, which are known.
#[inline(always)]
pub(super) fn pass_protocol<'a, T: Trace<'a>>(reader: &mut Reader<'a, T>) -> Result<(), Refused> {
    reader.read(Field::ProtocolName, wire::array::<6>)?;
    reader.u8(Field::ProtocolLevel).map(drop)
}

/// Protocol Name and Protocol Level: the version, and whether a bridge has marked it.
#[inline(always)]
pub(super) fn read_protocol<'a, T: Trace<'a>>(
    reader: &mut Reader<'a, T>,
) -> Result<(Version, bool), Refused> {
    let at = reader.here();
    let name = reader.read(Field::ProtocolName, wire::length_prefixed)?;
    // [MQTT-3.1.2-1] the name is "MQTT", in 3.1 "MQIsdp"
    let Some(name) = ProtocolName::from_bytes(name) else {
        let level = reader.here().first().copied();
        return Err(reader.fault(at, Kind::UnsupportedProtocolName { level }, Field::ProtocolName));
    };
    let at = reader.here();
    let level = reader.u8(Field::ProtocolLevel)?;
    // [MQTT-3.1.2-2] a level that is not supported is answered, not just dropped
    version_and_bridge(name, level, reader.rules)
        .ok_or_else(|| reader.fault(at, Kind::UnsupportedProtocolLevel { name, level }, Field::ProtocolLevel))
}

/// The version that a name and a level stand for, and whether a bridge has marked the level.
pub(crate) fn version_and_bridge(name: ProtocolName, level: u8, rules: Rules) -> Option<(Version, bool)> {
    if let Some(version) = Version::from_name_and_level(name, level) {
        return Some((version, false));
    }
    match Version::from_name_and_level(name, level & !BRIDGE) {
        Some(Version::V5_0) | None => None,
        Some(version) => rules.has(Switch::AcceptBridge).then_some((version, true)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws::not_written;
    use crate::{Connect, Decoder, EncodeError, text};

    #[test]
    fn the_frequent_versions_are_known_at_once() {
        assert_eq!(frequent_version(b"\0\x04MQTT\x04"), Some(Version::V3_1_1));
        assert_eq!(frequent_version(b"\0\x04MQTT\x05"), Some(Version::V5_0));
        for other in [&b"\0\x04MQTU\x05"[..], b"\0\x04MQTT\x84", b"\0\x04MQTT", b"\0\x06MQIsdp\x03"] {
            assert_eq!(frequent_version(other), None);
        }
    }

    #[test]
    fn a_bridge_is_known_by_its_mark_if_one_asks() {
        for (version, bytes) in [
            (Version::V3_1, &b"\x10\x0f\x00\x06MQIsdp\x83\x02\x00\x00\x00\x01a"[..]),
            (Version::V3_1_1, b"\x10\x0d\x00\x04MQTT\x84\x02\x00\x00\x00\x01a"),
        ] {
            let bridge = Connect { bridge: true, client_id: text!("a"), ..Connect::new(version) };
            let read = Decoder::learning().accept_bridge(true).decode_frame(bytes);
            assert_eq!(read, Ok(bridge.into()));
            let error = Decoder::learning().decode_frame(bytes).expect_err("not in the standard");
            assert_eq!((error.version(), error.offset()), (Some(Version::V3_1_1), bytes.len() - 7));
        }
        let in_v5 = b"\x10\x0e\x00\x04MQTT\x85\x02\x00\x00\x00\x00\x01a";
        assert!(Decoder::learning().accept_bridge(true).decode_frame(in_v5).is_err());
        let level = EncodeError::NotInVersion { field: Field::ProtocolLevel, version: Version::V5_0 };
        not_written(Version::V5_0, Connect { bridge: true, ..Connect::new(Version::V5_0) }, level);
    }
}
