//! Decodes with `PacketBuilder::feed` and the `parse` functions of the packets, as the crate's `Connection`
//! does, and encodes with `to_buffers`, which the crate's documentation recommends. The crate encodes a packet
//! when it builds the packet; only the rest is timed here.

use super::touch;
use crate::codec::Codec;
use crate::row::Row;
use mqtt_protocol_core::mqtt::common::Cursor;
use mqtt_protocol_core::mqtt::connection::{PacketBuildResult, PacketBuilder, PacketData};
use mqtt_protocol_core::mqtt::packet::{GenericPacketTrait, Packet, v3_1_1, v5_0};
use mqtt_wire::Version;
use std::hint::black_box;

pub struct Input {
    builder: PacketBuilder,
    cursor: Cursor<&'static [u8]>,
}

macro_rules! codec {
    ($Name:ident, $version:expr, $module:ident,
        $Connect:ident $Publish:ident $Puback:ident $Subscribe:ident $Suback:ident $Pingreq:ident, $read:expr) => {
        pub struct $Name;

        impl Codec for $Name {
            type Packet = Packet;
            type Input = Input;
            type Output = ();

            const NAME: &'static str = "mqtt-protocol-core";
            const VERSION: Version = $version;

            fn input(row: &'static Row) -> Input {
                Input { builder: PacketBuilder::new(), cursor: Cursor::new(row.bytes) }
            }

            fn bytes(input: &Input) -> &[u8] {
                input.cursor.get_ref()
            }

            #[inline]
            fn decode(input: &mut Input, look: impl FnOnce(&Packet)) {
                if let Some(packet) = Self::take(input) {
                    look(&packet);
                }
            }

            fn take(input: &mut Input) -> Option<Packet> {
                let PacketBuildResult::Complete(raw) = input.builder.feed(&mut input.cursor) else {
                    return None;
                };
                Some(match raw.packet_type() {
                    1 => Packet::$Connect(raw.parse_exact($module::Connect::parse).ok()?),
                    3 => match &raw.data {
                        PacketData::Publish(data) => {
                            Packet::$Publish($module::Publish::parse(raw.flags(), data.clone()).ok()?.0)
                        }
                        PacketData::Normal(_) => return None,
                    },
                    4 => Packet::$Puback(raw.parse_exact($module::Puback::parse).ok()?),
                    8 => Packet::$Subscribe(raw.parse_exact($module::Subscribe::parse).ok()?),
                    9 => Packet::$Suback(raw.parse_exact($module::Suback::parse).ok()?),
                    12 => Packet::$Pingreq(raw.parse_exact($module::Pingreq::parse).ok()?),
                    _ => return None,
                })
            }

            fn read(packet: &Packet) {
                match packet {
                    Packet::$Subscribe(subscribe) => touch(subscribe.entries()),
                    other => $read(other),
                }
            }

            fn output(_: usize) {}

            fn encode(packet: &mut Option<Packet>, (): &mut ()) -> Option<()> {
                black_box(&packet.as_ref()?.to_buffers());
                Some(())
            }

            fn written((): ()) -> Vec<u8> {
                Vec::new()
            }

            fn transcribe(packet: Packet, _: usize) -> Option<Vec<u8>> {
                Some(packet.to_continuous_buffer())
            }

            fn copy(_: &Packet) -> Option<Packet> {
                None
            }
        }
    };
}

codec!(V3, Version::V3_1_1, v3_1_1,
    V3_1_1Connect V3_1_1Publish V3_1_1Puback V3_1_1Subscribe V3_1_1Suback V3_1_1Pingreq, read_v3);
codec!(V5, Version::V5_0, v5_0,
    V5_0Connect V5_0Publish V5_0Puback V5_0Subscribe V5_0Suback V5_0Pingreq, read_v5);

fn read_v3(packet: &Packet) {
    match packet {
        Packet::V3_1_1Suback(suback) => touch(suback.return_codes()),
        other => touch([other]),
    }
}

fn read_v5(packet: &Packet) {
    match packet {
        Packet::V5_0Suback(suback) => touch(suback.reason_codes()),
        Packet::V5_0Publish(publish) => {
            touch([publish]);
            touch(publish.props());
        }
        other => touch([other]),
    }
}
