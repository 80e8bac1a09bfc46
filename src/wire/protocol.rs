//! The version of a CONNECT: its body begins with Protocol Name and Protocol Level (§3.1.2.1 and §3.1.2.2).

use super::bytes::take_prefixed;
use crate::context::{Context, Switch};
use crate::version::{ProtocolName, Version};

/// Bit 7 of the Protocol Level: mosquitto's mark of a bridge.
pub(crate) const BRIDGE: u8 = 0x80;

/// Whether the body of a CONNECT begins with the name and level of 5.0.
#[inline]
pub(crate) fn names_v5(body: &[u8]) -> bool {
    body.starts_with(b"\0\x04MQTT\x05")
}

/// The version that the body of a CONNECT names, if name and level have arrived and are known.
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
        Ok(Version::V5_0) | Err(_) => None,
        Ok(version) => context.has(Switch::AcceptBridge).then_some((version, true)),
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
    }
}
