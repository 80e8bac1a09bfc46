//! Decodes with `PollHeader::decode_buffer`, which the crate's `PollPacket` uses, and encodes with
//! `Packet::encode`, which returns the bytes. `Packet::decode` of a slice takes several times as long. The fixed
//! header is read by hand.

use super::touch;
use crate::codec::Codec;
use crate::row::Row;
use mqtt_proto::{Pid, PollHeader, QosPid, VarBytes, v3, v5};
use mqtt_wire::{PacketId, Version};

type Bytes = &'static [u8];

macro_rules! codec {
    ($Name:ident, $version:expr, $module:ident, $properties:expr) => {
        pub struct $Name;

        impl Codec for $Name {
            type Packet = $module::Packet;
            type Input = Bytes;
            type Output = Vec<VarBytes>;

            const NAME: &'static str = "mqtt-proto";
            const VERSION: Version = $version;

            fn input(row: &'static Row) -> Bytes {
                row.bytes
            }

            fn bytes(input: &Bytes) -> &[u8] {
                input
            }

            #[inline]
            fn decode(input: &mut Bytes, look: impl FnOnce(&$module::Packet)) {
                if let Some(packet) = &Self::take(input) {
                    look(packet);
                }
            }

            #[inline]
            fn take(input: &mut Bytes) -> Option<$module::Packet> {
                let (byte_1, remaining_length, body) = fixed_header(input)?;
                let total = input.len().wrapping_sub(body.len()) as u32 + remaining_length;
                let header = $module::Header::new_with(byte_1, remaining_length, total).ok()?;
                let (body, rest) = body.split_at_checked(remaining_length as usize)?;
                *input = rest;
                match header.build_empty_packet() {
                    None => header.decode_buffer(body, &mut 0).ok(),
                    empty => empty,
                }
            }

            fn read(packet: &$module::Packet) {
                match packet {
                    $module::Packet::Subscribe(subscribe) => touch(&subscribe.topics),
                    $module::Packet::Suback(suback) => touch(&suback.topics),
                    $module::Packet::Publish(publish) => $properties(publish),
                    other => touch([other]),
                }
            }

            fn output(_: usize) -> Vec<VarBytes> {
                Vec::with_capacity(1024)
            }

            fn encode(packet: &mut Option<$module::Packet>, output: &mut Vec<VarBytes>) -> Option<()> {
                output.push(packet.as_ref()?.encode().ok()?);
                Some(())
            }

            fn written(output: Vec<VarBytes>) -> Vec<u8> {
                output.iter().flat_map(|bytes| bytes.as_ref()).copied().collect()
            }

            fn readdress(packet: &mut $module::Packet, id: PacketId) -> Option<()> {
                let $module::Packet::Publish(publish) = packet else { return None };
                publish.qos_pid = QosPid::Level1(Pid::try_from(id.get()).ok()?);
                Some(())
            }

            fn copy(_: &$module::Packet) -> Option<$module::Packet> {
                None
            }
        }
    };
}

codec!(V3, Version::V3_1_1, v3, |publish| touch([publish]));
codec!(V5, Version::V5_0, v5, |publish: &v5::Publish| {
    touch([publish]);
    touch(&publish.properties.user_properties);
});

#[inline]
fn fixed_header(input: Bytes) -> Option<(u8, u32, Bytes)> {
    let (&byte_1, mut after) = input.split_first()?;
    let mut remaining_length = 0;
    for shift in [0, 7, 14, 21] {
        let (&byte, rest) = after.split_first()?;
        after = rest;
        remaining_length |= u32::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some((byte_1, remaining_length, after));
        }
    }
    None
}
