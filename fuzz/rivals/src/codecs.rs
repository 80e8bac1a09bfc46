//! The other codecs, with one interface: decode bytes to a packet, then encode that packet.

use bytes::BytesMut;
use mqtt_protocol_core::mqtt::common::Cursor;
use mqtt_protocol_core::mqtt::connection::{PacketBuildResult, PacketBuilder, PacketData};
use mqtt_protocol_core::mqtt::packet::{GenericPacketTrait, Packet, v3_1_1, v5_0};
use mqtt_wire::Version;
use ntex_bytes::BytePages;
use ntex_codec::{Decoder, Encoder};

pub struct Codec {
    pub name: &'static str,
    pub version: Version,
    /// Decodes the packet and encodes it again. `None` means that the codec refuses the packet.
    pub transcribe: fn(&[u8]) -> Option<Vec<u8>>,
}

pub const CODECS: [Codec; 8] = [
    Codec { name: "ntex-mqtt", version: Version::V3_1_1, transcribe: ntex_v3 },
    Codec { name: "ntex-mqtt", version: Version::V5_0, transcribe: ntex_v5 },
    Codec { name: "rumqttc", version: Version::V3_1_1, transcribe: rumqttc_v3 },
    Codec { name: "rumqttc", version: Version::V5_0, transcribe: rumqttc_v5 },
    Codec { name: "mqtt-proto", version: Version::V3_1_1, transcribe: mqtt_proto_v3 },
    Codec { name: "mqtt-proto", version: Version::V5_0, transcribe: mqtt_proto_v5 },
    Codec { name: "mqtt-protocol-core", version: Version::V3_1_1, transcribe: core_v3 },
    Codec { name: "mqtt-protocol-core", version: Version::V5_0, transcribe: core_v5 },
];

macro_rules! ntex {
    ($name:ident, $version:ident) => {
        fn $name(bytes: &[u8]) -> Option<Vec<u8>> {
            use ntex_mqtt::$version::codec::{Codec, Decoded, Encoded};

            let (codec, mut pages) = (Codec::new(), BytePages::default());
            let mut input = ntex_bytes::BytesMut::with_capacity(bytes.len());
            input.extend_from_slice(bytes);
            let packet = match codec.decode(&mut input).ok()?? {
                Decoded::Packet(packet, _) => Encoded::Packet(packet),
                Decoded::Publish(publish, payload, _) => Encoded::Publish(publish, Some(payload)),
                Decoded::PayloadChunk(..) => return None,
            };
            codec.encodev(packet, &mut pages).ok()?;
            Some(pages.freeze().to_vec())
        }
    };
}

ntex!(ntex_v3, v3);
ntex!(ntex_v5, v5);

fn rumqttc_v3(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut output = BytesMut::new();
    let packet = rumqttc::mqttbytes::v4::Packet::read(&mut BytesMut::from(bytes), usize::MAX).ok()?;
    packet.write(&mut output, usize::MAX).ok()?;
    Some(output.to_vec())
}

fn rumqttc_v5(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut output = BytesMut::new();
    let packet = rumqttc::v5::mqttbytes::v5::Packet::read(&mut BytesMut::from(bytes), None).ok()?;
    packet.write(&mut output, None).ok()?;
    Some(output.to_vec())
}

fn mqtt_proto_v3(bytes: &[u8]) -> Option<Vec<u8>> {
    Some(mqtt_proto::v3::Packet::decode(bytes).ok()??.encode().ok()?.as_ref().to_vec())
}

fn mqtt_proto_v5(bytes: &[u8]) -> Option<Vec<u8>> {
    Some(mqtt_proto::v5::Packet::decode(bytes).ok()??.encode().ok()?.as_ref().to_vec())
}

macro_rules! core {
    ($name:ident, $version:ident, $Publish:ident, $( $number:literal => $Variant:ident $Type:ident, )*) => {
        fn $name(bytes: &[u8]) -> Option<Vec<u8>> {
            let mut cursor = Cursor::new(bytes);
            let PacketBuildResult::Complete(raw) = PacketBuilder::new().feed(&mut cursor) else { return None };
            let packet = match raw.packet_type() {
                3 => match &raw.data {
                    PacketData::Publish(data) => {
                        Packet::$Publish($version::Publish::parse(raw.flags(), data.clone()).ok()?.0)
                    }
                    PacketData::Normal(_) => return None,
                },
                $( $number => Packet::$Variant(raw.parse_exact($version::$Type::parse).ok()?), )*
                _ => return None,
            };
            Some(packet.to_continuous_buffer())
        }
    };
}

core!(core_v3, v3_1_1, V3_1_1Publish,
    1 => V3_1_1Connect Connect, 2 => V3_1_1Connack Connack, 4 => V3_1_1Puback Puback,
    8 => V3_1_1Subscribe Subscribe, 9 => V3_1_1Suback Suback, 10 => V3_1_1Unsubscribe Unsubscribe,
    11 => V3_1_1Unsuback Unsuback,);
core!(core_v5, v5_0, V5_0Publish,
    1 => V5_0Connect Connect, 2 => V5_0Connack Connack, 4 => V5_0Puback Puback, 5 => V5_0Pubrec Pubrec,
    6 => V5_0Pubrel Pubrel, 7 => V5_0Pubcomp Pubcomp, 8 => V5_0Subscribe Subscribe,
    9 => V5_0Suback Suback, 10 => V5_0Unsubscribe Unsubscribe, 11 => V5_0Unsuback Unsuback,
    14 => V5_0Disconnect Disconnect, 15 => V5_0Auth Auth,);
