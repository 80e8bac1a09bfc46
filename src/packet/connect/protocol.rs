//! The Protocol Name and Protocol Level of a CONNECT (§3.1.2.1 and §3.1.2.2), which name its version.

use crate::error::DecodeErrorKind as Kind;
use crate::field::Field;
use crate::tolerance::of_other_level;
use crate::version::{ProtocolName, Version};
use crate::wire::protocol::version_and_bridge;
use crate::wire::reader::{Observer, ReadResult, Reader};

/// Reads Protocol Name and Protocol Level: the version, and the mark of a bridge.
#[inline]
pub(super) fn read_protocol<'a, O: Observer<'a>, const V5: bool>(
    reader: &mut Reader<'a, '_, O, V5>,
) -> ReadResult<(Version, bool)> {
    let at = reader.rest();
    let name = reader.prefixed(Field::ProtocolName)?;
    // [MQTT-3.1.2-1] the name is "MQTT", in 3.1 "MQIsdp"
    let Ok(name) = ProtocolName::from_bytes(name) else {
        let level = reader.rest().first().copied();
        return Err(reader.record(at, Kind::UnsupportedProtocolName { level }, Field::ProtocolName));
    };
    let at = reader.rest();
    let level = reader.u8(Field::ProtocolLevel)?;
    // [MQTT-3.1.2-2] the server answers a level that it does not support, so the error has a kind of its own
    let unsupported = Kind::UnsupportedProtocolLevel { name, level };
    let Some(protocol) = version_and_bridge(name, level, reader.context) else {
        return Err(reader.record(at, unsupported, Field::ProtocolLevel));
    };
    if O::CONTINUES && of_other_level(name, level).is_some() {
        reader.show_tolerated(at, unsupported, Field::ProtocolLevel);
    }
    Ok(protocol)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Decoder;
    use crate::error::EncodeError;
    use crate::packet::Connect;
    use crate::test_support::not_written;
    use crate::text;

    #[test]
    fn the_mark_of_a_bridge_is_accepted_only_with_the_switch() {
        for (version, bytes) in [
            (Version::V3_1, &b"\x10\x0f\x00\x06MQIsdp\x83\x02\x00\x00\x00\x01a"[..]),
            (Version::V3_1_1, b"\x10\x0d\x00\x04MQTT\x84\x02\x00\x00\x00\x01a"),
        ] {
            let bridge = Connect { bridge: true, client_id: text!("a"), ..Connect::new(version) };
            let read = Decoder::detect_version().accept_bridge(true).decode_frame(bytes);
            assert_eq!(read, Ok(bridge.into()));
            let error = Decoder::detect_version().decode_frame(bytes).expect_err("not in the standard");
            assert_eq!((error.version(), error.offset()), (Some(Version::V3_1_1), bytes.len() - 7));
        }
        let in_v5 = b"\x10\x0e\x00\x04MQTT\x85\x02\x00\x00\x00\x00\x01a";
        assert!(Decoder::detect_version().accept_bridge(true).decode_frame(in_v5).is_err());
        let level = EncodeError::NotInVersion { field: Field::ProtocolLevel, version: Version::V5_0 };
        not_written(Version::V5_0, Connect { bridge: true, ..Connect::new(Version::V5_0) }, level);
    }
}
