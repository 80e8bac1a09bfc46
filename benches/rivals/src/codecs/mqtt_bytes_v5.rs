//! Decodes with `Packet::read` from a `BytesMut`, and encodes with `Packet::write` to a `BytesMut`.
//! Uses the crate's default string type.

use super::{filled, touch};
use crate::codec::Codec;
use crate::row::Row;
use bytes::BytesMut;
use mqtt_bytes_v5::Packet;
use mqtt_wire::{PacketId, Version};

pub struct V5;

impl Codec for V5 {
    type Packet = Packet;
    type Input = BytesMut;
    type Output = BytesMut;

    const NAME: &'static str = "mqtt-bytes-v5";
    const VERSION: Version = Version::V5_0;

    fn input(row: &'static Row) -> BytesMut {
        filled(row.bytes)
    }

    fn bytes(input: &BytesMut) -> &[u8] {
        input
    }

    #[inline]
    fn decode(input: &mut BytesMut, look: impl FnOnce(&Packet)) {
        if let Ok(packet) = &Packet::read(input, None) {
            look(packet);
        }
    }

    fn take(input: &mut BytesMut) -> Option<Packet> {
        Packet::read(input, None).ok()
    }

    fn read(packet: &Packet) {
        match packet {
            Packet::Subscribe(subscribe) => touch(&subscribe.filters),
            Packet::SubAck(suback) => touch(&suback.return_codes),
            Packet::Publish(publish) => {
                touch([publish]);
                touch(publish.properties.iter().flat_map(|properties| &properties.user_properties));
            }
            other => touch([other]),
        }
    }

    fn output(capacity: usize) -> BytesMut {
        BytesMut::with_capacity(capacity)
    }

    fn encode(packet: &mut Option<Packet>, output: &mut BytesMut) -> Option<()> {
        packet.as_ref()?.write(output).ok().map(drop)
    }

    fn written(output: BytesMut) -> Vec<u8> {
        output.to_vec()
    }

    fn readdress(packet: &mut Packet, id: PacketId) -> Option<()> {
        let Packet::Publish(publish) = packet else { return None };
        publish.pkid = id.get();
        Some(())
    }

    fn copy(_: &Packet) -> Option<Packet> {
        None
    }
}
