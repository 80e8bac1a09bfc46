//! The packet types of the example `own_packets`: a client's own types, like those of rumqttc, on top of this crate.
//! The figures show the cost for a ported client.

#[path = "../../../../examples/own_packets/packets.rs"]
mod packets;

use super::{PORT, filled, touch};
use crate::codec::Codec;
use crate::row::Row;
use bytes::BytesMut;
use mqtt_wire::{Decoder, Encoder, PacketId, Version};
use packets::Packet;

macro_rules! codec {
    ($Name:ident, $version:expr) => {
        pub struct $Name;

        impl Codec for $Name {
            type Packet = Packet;
            type Input = (Decoder, BytesMut);
            type Output = (Encoder, BytesMut);

            const NAME: &'static str = PORT;
            const VERSION: Version = $version;

            fn input(row: &'static Row) -> Self::Input {
                (Decoder::new(row.version), filled(row.bytes))
            }

            fn bytes(input: &Self::Input) -> &[u8] {
                &input.1
            }

            #[inline]
            fn decode((decoder, buffer): &mut Self::Input, look: impl FnOnce(&Packet)) {
                if let Ok(Some(packet)) = &Packet::read(decoder, buffer) {
                    look(packet);
                }
            }

            fn take((decoder, buffer): &mut Self::Input) -> Option<Packet> {
                Packet::read(decoder, buffer).ok()?
            }

            fn read(packet: &Packet) {
                match packet {
                    Packet::Subscribe(subscribe) => touch(subscribe.filters.as_list()),
                    Packet::SubAck(suback) => touch(&suback.return_codes),
                    Packet::Publish(publish) => {
                        touch([publish]);
                        touch(publish.properties.iter().flat_map(|own| own.user_properties.as_list()));
                    }
                    other => touch([other]),
                }
            }

            fn output(capacity: usize) -> Self::Output {
                (Encoder::new($version), BytesMut::with_capacity(capacity))
            }

            fn encode(packet: &mut Option<Packet>, (encoder, buffer): &mut Self::Output) -> Option<()> {
                packet.as_ref()?.write(encoder, buffer).ok()
            }

            fn written(output: Self::Output) -> Vec<u8> {
                output.1.to_vec()
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
    };
}

codec!(V3, Version::V3_1_1);
codec!(V5, Version::V5_0);
