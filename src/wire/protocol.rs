//! The version of a CONNECT: its body begins with Protocol Name and Protocol Level (§3.1.2.1 and §3.1.2.2).

use super::bytes::take_prefixed;
use crate::context::{Context, Switch};
use crate::tolerance::{Tolerances, of_other_level};
use crate::version::{ProtocolName, Version};

/// Bit 7 of the Protocol Level: mosquitto's mark of a bridge.
pub(crate) const BRIDGE: u8 = 0x80;

/// Whether the body of a CONNECT begins with the name and level of 5.0.
#[inline]
pub(crate) fn names_v5(body: &[u8]) -> bool {
    body.starts_with(b"\0\x04MQTT\x05")
}

/// The version that the body of a CONNECT names. `None`: name or level has not arrived, or is unknown.
#[cold]
pub(crate) fn named_version(body: &[u8], context: &Context) -> Option<Version> {
    let (name, rest) = take_prefixed(body)?;
    let (version, _) = version_and_bridge(ProtocolName::from_bytes(name).ok()?, *rest.first()?, context)?;
    Some(version)
}

/// The version of a name and a level, and whether the level has the mark of a bridge.
pub(crate) fn version_and_bridge(
    name: ProtocolName,
    level: u8,
    context: &Context,
) -> Option<(Version, bool)> {
    if let Ok(version) = Version::from_name_and_level(name, level) {
        return Some((version, false));
    }
    match Version::from_name_and_level(name, level & !BRIDGE) {
        Ok(Version::V5_0) => None,
        Ok(version) => context.has(Switch::AcceptBridge).then_some((version, true)),
        Err(_) if context.tolerates(Tolerances::PROTOCOL_NAME_OF_OTHER_LEVEL) => {
            of_other_level(name, level).map(|version| (version, false))
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_named_by_name_and_level_together() {
        let context = &Context::new(None);
        for (body, version) in [
            (&b"\0\x04MQTT\x05"[..], Some(Version::V5_0)),
            (b"\0\x04MQTT\x04", Some(Version::V3_1_1)),
            (b"\0\x06MQIsdp\x03", Some(Version::V3_1)),
            (b"\0\x04MQTT\x03", None),
            (b"\0\x04MQTU\x05", None),
            (b"\0\x04MQTT\x84", None),
            (b"\0\x04MQTT", None),
        ] {
            assert_eq!(named_version(body, context), version);
            assert_eq!(names_v5(body), version == Some(Version::V5_0));
        }
        let bridges = &context.with(Switch::AcceptBridge, true);
        assert_eq!(named_version(b"\0\x04MQTT\x84", bridges), Some(Version::V3_1_1));
        assert_eq!(named_version(b"\0\x04MQTT\x85", bridges), None);
        let mixed = &bridges.tolerating(Tolerances::PROTOCOL_NAME_OF_OTHER_LEVEL);
        assert_eq!(named_version(b"\0\x04MQTT\x03", mixed), Some(Version::V3_1));
        assert_eq!(named_version(b"\0\x06MQIsdp\x04", mixed), Some(Version::V3_1_1));
        for body in [&b"\0\x04MQTT\x83"[..], b"\0\x04MQTT\x06", b"\0\x06MQIsdp\x05", b"\0\x06MQIsdp\x84"] {
            assert_eq!(named_version(body, mixed), None, "{body:02x?}");
        }
    }
}
