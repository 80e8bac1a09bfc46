//! Decodes with `decode` from the crate's own `BytesMut`, and encodes with `encodev` from a packet by
//! value to `BytePages`. `BytePages` refers to the payload and does not copy it.

use super::touch;
use crate::codec::Codec;
use crate::row::Row;
use mqtt_wire::{PacketId, Version};
use ntex_bytes::{BytePages, BytesMut};
use ntex_codec::{Decoder, Encoder};
use ntex_mqtt::{v3, v5};
use std::num::NonZeroU16;

macro_rules! codec {
    ($Name:ident, $version:expr, $module:ident, $read_packet:expr, $read_publish:expr) => {
        pub struct $Name;

        impl Codec for $Name {
            type Packet = $module::codec::Decoded;
            type Input = ($module::codec::Codec, BytesMut);
            type Output = ($module::codec::Codec, BytePages);

            const NAME: &'static str = "ntex-mqtt";
            const VERSION: Version = $version;

            fn input(row: &'static Row) -> Self::Input {
                ($module::codec::Codec::new(), filled(row.bytes))
            }

            fn bytes(input: &Self::Input) -> &[u8] {
                &input.1
            }

            #[inline]
            fn decode((codec, buffer): &mut Self::Input, look: impl FnOnce(&Self::Packet)) {
                if let Ok(Some(packet)) = &codec.decode(buffer) {
                    look(packet);
                }
            }

            fn take((codec, buffer): &mut Self::Input) -> Option<Self::Packet> {
                codec.decode(buffer).ok()?
            }

            fn read(packet: &Self::Packet) {
                match packet {
                    $module::codec::Decoded::Packet(packet, _) => $read_packet(packet),
                    $module::codec::Decoded::Publish(publish, payload, _) => {
                        touch([payload]);
                        $read_publish(publish);
                    }
                    $module::codec::Decoded::PayloadChunk(chunk, _) => touch([chunk]),
                }
            }

            fn output(_: usize) -> Self::Output {
                ($module::codec::Codec::new(), BytePages::default())
            }

            fn encode(packet: &mut Option<Self::Packet>, (codec, pages): &mut Self::Output) -> Option<()> {
                let packet = match packet.take()? {
                    $module::codec::Decoded::Packet(packet, _) => $module::codec::Encoded::Packet(packet),
                    $module::codec::Decoded::Publish(publish, payload, _) => {
                        $module::codec::Encoded::Publish(publish, Some(payload))
                    }
                    $module::codec::Decoded::PayloadChunk(..) => return None,
                };
                codec.encodev(packet, pages).ok()
            }

            fn written((_, mut pages): Self::Output) -> Vec<u8> {
                pages.freeze().to_vec()
            }

            fn readdress(packet: &mut Self::Packet, id: PacketId) -> Option<()> {
                let $module::codec::Decoded::Publish(publish, ..) = packet else { return None };
                publish.packet_id = NonZeroU16::new(id.get());
                Some(())
            }

            fn copy(packet: &Self::Packet) -> Option<Self::Packet> {
                Some(packet.clone())
            }
        }
    };
}

codec!(V3, Version::V3_1_1, v3, read_v3, |publish| touch([publish]));
codec!(V5, Version::V5_0, v5, read_v5, |publish: &v5::codec::Publish| {
    touch([publish]);
    touch(&publish.properties.user_properties);
});

fn read_v3(packet: &v3::codec::Packet) {
    match packet {
        v3::codec::Packet::Subscribe { topic_filters, .. } => touch(topic_filters),
        v3::codec::Packet::SubscribeAck { status, .. } => touch(status),
        other => touch([other]),
    }
}

fn read_v5(packet: &v5::codec::Packet) {
    match packet {
        v5::codec::Packet::Subscribe(subscribe) => touch(&subscribe.topic_filters),
        v5::codec::Packet::SubscribeAck(suback) => touch(&suback.status),
        other => touch([other]),
    }
}

/// Returns a copy with spare capacity after the bytes, as in a buffer for reading from a socket.
fn filled(bytes: &[u8]) -> BytesMut {
    let mut buffer = BytesMut::with_capacity(bytes.len() + 4096);
    buffer.extend_from_slice(bytes);
    buffer
}
