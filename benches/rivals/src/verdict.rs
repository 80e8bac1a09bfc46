//! Asks each codec about one packet, with the calls of its own users: see README.md.

use bytes::BytesMut;
use mqtt_wire::Version;
use std::panic::catch_unwind;

/// The verdict of a codec about the bytes of one complete packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    Accepts,
    Refuses,
    /// The codec asks for more bytes, although the packet is complete.
    Waits,
    Panics,
}

/// A codec for one version.
pub struct Judge {
    pub name: &'static str,
    pub version: Version,
    ask: fn(&'static [u8]) -> Verdict,
}

impl Judge {
    pub fn ask(&self, bytes: &'static [u8]) -> Verdict {
        catch_unwind(|| (self.ask)(bytes)).unwrap_or(Verdict::Panics)
    }
}

/// Returns all codecs, this crate first.
pub fn judges() -> Vec<Judge> {
    let both = |name, v3, v5| [judge(name, Version::V3_1_1, v3), judge(name, Version::V5_0, v5)];
    let mut judges = Vec::new();
    judges.extend(both("mqtt-wire", |b| ours(Version::V3_1_1, b), |b| ours(Version::V5_0, b)));
    judges.push(judge("mqttrs", Version::V3_1_1, |b| option(mqttrs::decode_slice(b))));
    judges.extend(both("mqttbytes", mqttbytes_v3, mqttbytes_v5));
    judges.extend(both("rumqttc", rumqttc_v3, rumqttc_v5));
    judges.extend(both(
        "ntex-mqtt",
        |b| ntex(&ntex_mqtt::v3::codec::Codec::new(), b),
        |b| ntex(&ntex_mqtt::v5::codec::Codec::new(), b),
    ));
    judges.extend(both(
        "rmqtt-codec",
        |b| framed(rmqtt_codec::v3::Codec::default(), b),
        |b| framed(rmqtt_codec::v5::Codec::default(), b),
    ));
    judges.extend(both(
        "mqtt-proto",
        |b| option(mqtt_proto::v3::Packet::decode(b)),
        |b| option(mqtt_proto::v5::Packet::decode(b)),
    ));
    judges.extend(both("mqtt-protocol-core", protocol_core::v3, protocol_core::v5));
    judges.extend(both(
        "mqtt5-protocol",
        |b| mqtt5_protocol(Version::V3_1_1, b),
        |b| mqtt5_protocol(Version::V5_0, b),
    ));
    judges.extend(both(
        "mqtt-v5",
        |b| mqtt_v5(mqtt_v5::types::ProtocolVersion::V311, b),
        |b| mqtt_v5(mqtt_v5::types::ProtocolVersion::V500, b),
    ));
    judges.push(judge("mqtt-bytes-v5", Version::V5_0, mqtt_bytes_v5));
    judges
}

fn judge(name: &'static str, version: Version, ask: fn(&'static [u8]) -> Verdict) -> Judge {
    Judge { name, version, ask }
}

/// For codecs that return `Ok(None)` if they need more bytes.
fn option<T, E>(answer: Result<Option<T>, E>) -> Verdict {
    match answer {
        Ok(Some(_)) => Verdict::Accepts,
        Ok(None) => Verdict::Waits,
        Err(_) => Verdict::Refuses,
    }
}

/// For codecs that return an error if they need more bytes.
fn result<T, E>(answer: Result<T, E>, waits: impl FnOnce(&E) -> bool) -> Verdict {
    match answer {
        Ok(_) => Verdict::Accepts,
        Err(error) if waits(&error) => Verdict::Waits,
        Err(_) => Verdict::Refuses,
    }
}

fn ours(version: Version, bytes: &[u8]) -> Verdict {
    option(mqtt_wire::decode(version, bytes))
}

fn mqttbytes_v3(bytes: &[u8]) -> Verdict {
    let answer = mqttbytes::v4::read(&mut BytesMut::from(bytes), usize::MAX);
    result(answer, |error| matches!(error, mqttbytes::Error::InsufficientBytes(_)))
}

fn mqttbytes_v5(bytes: &[u8]) -> Verdict {
    let answer = mqttbytes::v5::read(&mut BytesMut::from(bytes), usize::MAX);
    result(answer, |error| matches!(error, mqttbytes::Error::InsufficientBytes(_)))
}

fn rumqttc_v3(bytes: &[u8]) -> Verdict {
    use rumqttc::mqttbytes::{Error, v4::Packet};
    let answer = Packet::read(&mut BytesMut::from(bytes), usize::MAX);
    result(answer, |error| matches!(error, Error::InsufficientBytes(_)))
}

fn rumqttc_v5(bytes: &[u8]) -> Verdict {
    use rumqttc::v5::mqttbytes::{Error, v5::Packet};
    let answer = Packet::read(&mut BytesMut::from(bytes), None);
    result(answer, |error| matches!(error, Error::InsufficientBytes(_)))
}

fn mqtt_bytes_v5(bytes: &[u8]) -> Verdict {
    let answer = mqtt_bytes_v5::Packet::read(&mut BytesMut::from(bytes), None);
    result(answer, |error| matches!(error, mqtt_bytes_v5::Error::InsufficientBytes(_)))
}

fn ntex<C: ntex_codec::Decoder>(codec: &C, bytes: &[u8]) -> Verdict {
    let mut buffer = ntex_bytes::BytesMut::with_capacity(bytes.len());
    buffer.extend_from_slice(bytes);
    option(codec.decode(&mut buffer))
}

fn framed<C: tokio_util::codec::Decoder>(mut codec: C, bytes: &[u8]) -> Verdict {
    option(codec.decode(&mut BytesMut::from(bytes)))
}

fn mqtt5_protocol(version: Version, bytes: &[u8]) -> Verdict {
    use mqtt5_protocol::packet::{FixedHeader, Packet};
    let mut buffer = BytesMut::from(bytes);
    let Ok(header) = FixedHeader::decode(&mut buffer) else { return Verdict::Refuses };
    if buffer.len() < header.remaining_length as usize {
        return Verdict::Waits;
    }
    let mut body = buffer.split_to(header.remaining_length as usize).freeze();
    let kind = header.packet_type;
    result(Packet::decode_from_body_with_version(kind, &header, &mut body, version.level()), |_| false)
}

fn mqtt_v5(own: mqtt_v5::types::ProtocolVersion, bytes: &[u8]) -> Verdict {
    option(mqtt_v5::decoder::decode_mqtt(&mut bytes_0_5::BytesMut::from(bytes), own))
}

/// Decodes like the `Connection` of mqtt-protocol-core, but without the state of a connection.
mod protocol_core {
    use super::Verdict;
    use mqtt_protocol_core::mqtt::common::Cursor;
    use mqtt_protocol_core::mqtt::connection::{PacketBuildResult, PacketBuilder, PacketData};
    use mqtt_protocol_core::mqtt::packet::{v3_1_1, v5_0};

    macro_rules! asks {
        ($name:ident, $module:ident $(, $auth:literal => $Auth:ident)?) => {
            pub(super) fn $name(bytes: &[u8]) -> Verdict {
                let raw = match PacketBuilder::new().feed(&mut Cursor::new(bytes)) {
                    PacketBuildResult::Complete(raw) => raw,
                    PacketBuildResult::Incomplete => return Verdict::Waits,
                    PacketBuildResult::Error(_) => return Verdict::Refuses,
                };
                let parsed = match raw.packet_type() {
                    1 => raw.parse_exact($module::Connect::parse).map(drop),
                    2 => raw.parse_exact($module::Connack::parse).map(drop),
                    3 => match &raw.data {
                        PacketData::Publish(data) => $module::Publish::parse(raw.flags(), data.clone()).map(drop),
                        PacketData::Normal(_) => return Verdict::Refuses,
                    },
                    4 => raw.parse_exact($module::Puback::parse).map(drop),
                    5 => raw.parse_exact($module::Pubrec::parse).map(drop),
                    6 => raw.parse_exact($module::Pubrel::parse).map(drop),
                    7 => raw.parse_exact($module::Pubcomp::parse).map(drop),
                    8 => raw.parse_exact($module::Subscribe::parse).map(drop),
                    9 => raw.parse_exact($module::Suback::parse).map(drop),
                    10 => raw.parse_exact($module::Unsubscribe::parse).map(drop),
                    11 => raw.parse_exact($module::Unsuback::parse).map(drop),
                    12 => raw.parse_exact($module::Pingreq::parse).map(drop),
                    13 => raw.parse_exact($module::Pingresp::parse).map(drop),
                    14 => raw.parse_exact($module::Disconnect::parse).map(drop),
                    $( $auth => raw.parse_exact($module::$Auth::parse).map(drop), )?
                    _ => return Verdict::Refuses,
                };
                if parsed.is_ok() { Verdict::Accepts } else { Verdict::Refuses }
            }
        };
    }

    asks!(v3, v3_1_1);
    asks!(v5, v5_0, 15 => Auth);
}
