//! Decodes with `read` from a `BytesMut`, and encodes with the `write` of each packet to a
//! `BytesMut`.

use super::{filled, touch};
use crate::codec::Codec;
use crate::row::Row;
use bytes::BytesMut;
use mqtt_wire::{PacketId, Version};
use mqttbytes::{v4, v5};

macro_rules! codec {
    ($Name:ident, $version:expr, $module:ident, $properties:expr, $disconnect:pat => $end:expr) => {
        pub struct $Name;

        impl Codec for $Name {
            type Packet = $module::Packet;
            type Input = BytesMut;
            type Output = BytesMut;

            const NAME: &'static str = "mqttbytes";
            const VERSION: Version = $version;

            fn input(row: &'static Row) -> BytesMut {
                filled(row.bytes)
            }

            fn bytes(input: &BytesMut) -> &[u8] {
                input
            }

            #[inline]
            fn decode(input: &mut BytesMut, look: impl FnOnce(&$module::Packet)) {
                if let Ok(packet) = &$module::read(input, usize::MAX) {
                    look(packet);
                }
            }

            fn take(input: &mut BytesMut) -> Option<$module::Packet> {
                $module::read(input, usize::MAX).ok()
            }

            fn read(packet: &$module::Packet) {
                match packet {
                    $module::Packet::Subscribe(subscribe) => touch(&subscribe.filters),
                    $module::Packet::SubAck(suback) => touch(&suback.return_codes),
                    $module::Packet::Publish(publish) => $properties(publish),
                    other => touch([other]),
                }
            }

            fn output(capacity: usize) -> BytesMut {
                BytesMut::with_capacity(capacity)
            }

            fn encode(packet: &mut Option<$module::Packet>, output: &mut BytesMut) -> Option<()> {
                match packet.as_ref()? {
                    $module::Packet::Connect(packet) => packet.write(output),
                    $module::Packet::ConnAck(packet) => packet.write(output),
                    $module::Packet::Publish(packet) => packet.write(output),
                    $module::Packet::PubAck(packet) => packet.write(output),
                    $module::Packet::PubRec(packet) => packet.write(output),
                    $module::Packet::PubRel(packet) => packet.write(output),
                    $module::Packet::PubComp(packet) => packet.write(output),
                    $module::Packet::Subscribe(packet) => packet.write(output),
                    $module::Packet::SubAck(packet) => packet.write(output),
                    $module::Packet::Unsubscribe(packet) => packet.write(output),
                    $module::Packet::UnsubAck(packet) => packet.write(output),
                    $module::Packet::PingReq => $module::PingReq.write(output),
                    $module::Packet::PingResp => $module::PingResp.write(output),
                    $disconnect => $end.write(output),
                }
                .ok()
                .map(drop)
            }

            fn written(output: BytesMut) -> Vec<u8> {
                output.to_vec()
            }

            fn readdress(packet: &mut $module::Packet, id: PacketId) -> Option<()> {
                let $module::Packet::Publish(publish) = packet else { return None };
                publish.pkid = id.get();
                Some(())
            }

            fn copy(_: &$module::Packet) -> Option<$module::Packet> {
                None
            }
        }
    };
}

codec!(V3, Version::V3_1_1, v4, |publish| touch([publish]), v4::Packet::Disconnect => v4::Disconnect);
codec!(V5, Version::V5_0, v5, read_v5, v5::Packet::Disconnect(packet) => packet);

fn read_v5(publish: &v5::Publish) {
    touch([publish]);
    touch(publish.properties.iter().flat_map(|properties| &properties.user_properties));
}
