//! Decodes with `FixedHeader::decode`, a frame split off a `BytesMut` and
//! `Packet::decode_from_body_with_version`; encodes with `MqttPacket::encode` to a `BytesMut`.

use super::{filled, touch};
use crate::codec::Codec;
use crate::row::Row;
use bytes::BytesMut;
use mqtt_wire::{PacketId, Version};
use mqtt5_protocol::packet::{FixedHeader, MqttPacket, Packet};

macro_rules! codec {
    ($Name:ident, $version:expr) => {
        pub struct $Name;

        impl Codec for $Name {
            type Packet = Packet;
            type Input = BytesMut;
            type Output = BytesMut;

            const NAME: &'static str = "mqtt5-protocol";
            const VERSION: Version = $version;

            fn input(row: &'static Row) -> BytesMut {
                filled(row.bytes)
            }

            fn bytes(input: &BytesMut) -> &[u8] {
                input
            }

            #[inline]
            fn decode(input: &mut BytesMut, look: impl FnOnce(&Packet)) {
                if let Ok(header) = FixedHeader::decode(input) {
                    let mut body = input.split_to(header.remaining_length as usize).freeze();
                    let (level, kind) = ($version.level(), header.packet_type);
                    if let Ok(packet) =
                        &Packet::decode_from_body_with_version(kind, &header, &mut body, level)
                    {
                        look(packet);
                    }
                }
            }

            fn take(input: &mut BytesMut) -> Option<Packet> {
                let header = FixedHeader::decode(input).ok()?;
                let mut body = input.split_to(header.remaining_length as usize).freeze();
                let level = $version.level();
                Packet::decode_from_body_with_version(header.packet_type, &header, &mut body, level).ok()
            }

            fn read(packet: &Packet) {
                match packet {
                    Packet::Subscribe(subscribe) => touch(&subscribe.filters),
                    Packet::SubAck(suback) => touch(&suback.reason_codes),
                    Packet::Publish(publish) => {
                        touch([publish]);
                        touch(publish.properties.iter());
                    }
                    other => touch([other]),
                }
            }

            fn output(capacity: usize) -> BytesMut {
                BytesMut::with_capacity(capacity)
            }

            fn encode(packet: &mut Option<Packet>, output: &mut BytesMut) -> Option<()> {
                match packet.as_ref()? {
                    Packet::Connect(packet) => packet.encode(output),
                    Packet::Publish(packet) => packet.encode(output),
                    Packet::PubAck(packet) => packet.encode(output),
                    Packet::Subscribe(packet) => packet.encode(output),
                    Packet::SubAck(packet) => packet.encode(output),
                    Packet::PingReq => {
                        mqtt5_protocol::packet::pingreq::PingReqPacket::default().encode(output)
                    }
                    _ => return None,
                }
                .ok()
            }

            fn written(output: BytesMut) -> Vec<u8> {
                output.to_vec()
            }

            fn readdress(packet: &mut Packet, id: PacketId) -> Option<()> {
                let Packet::Publish(publish) = packet else { return None };
                publish.packet_id = Some(id.get());
                Some(())
            }

            fn copy(_: &Packet) -> Option<Packet> {
                None
            }
        }
    };
}

codec!(V3, Version::V3_1_1);
codec!(V5, Version::V5_0);
