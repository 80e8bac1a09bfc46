//! Decodes with `Packet::read` from a `BytesMut`, and encodes with `Packet::write`, as the crate's
//! codec for `Framed` does.

use super::{filled, touch};
use crate::codec::Codec;
use crate::row::Row;
use bytes::BytesMut;
use mqtt_wire::{PacketId, Version};
use rumqttc::mqttbytes::v4;
use rumqttc::v5::mqttbytes::v5;

macro_rules! codec {
    ($Name:ident, $version:expr, $module:ident, $max:expr, $properties:expr) => {
        pub struct $Name;

        impl Codec for $Name {
            type Packet = $module::Packet;
            type Input = BytesMut;
            type Output = BytesMut;

            const NAME: &'static str = "rumqttc";
            const VERSION: Version = $version;

            fn input(row: &'static Row) -> BytesMut {
                filled(row.bytes)
            }

            fn bytes(input: &BytesMut) -> &[u8] {
                input
            }

            #[inline]
            fn decode(input: &mut BytesMut, look: impl FnOnce(&$module::Packet)) {
                if let Ok(packet) = &$module::Packet::read(input, $max) {
                    look(packet);
                }
            }

            fn take(input: &mut BytesMut) -> Option<$module::Packet> {
                $module::Packet::read(input, $max).ok()
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
                packet.as_ref()?.write(output, $max).ok().map(drop)
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

codec!(V3, Version::V3_1_1, v4, usize::MAX, |publish| touch([publish]));
codec!(V5, Version::V5_0, v5, None, read_v5);

fn read_v5(publish: &v5::Publish) {
    touch([publish]);
    touch(publish.properties.iter().flat_map(|properties| &properties.user_properties));
}
