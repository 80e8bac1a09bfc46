//! Decodes with the crate's `tokio_util` codec from a `BytesMut`, and encodes a packet by value.

use super::{filled, touch};
use crate::codec::Codec;
use crate::row::Row;
use bytes::BytesMut;
use mqtt_wire::{PacketId, Version};
use rmqtt_codec::{v3, v5};
use std::num::NonZeroU16;
use tokio_util::codec::{Decoder, Encoder};

macro_rules! codec {
    ($Name:ident, $version:expr, $module:ident, $read:expr) => {
        pub struct $Name;

        impl Codec for $Name {
            type Packet = $module::Packet;
            type Input = ($module::Codec, BytesMut);
            type Output = ($module::Codec, BytesMut);

            const NAME: &'static str = "rmqtt-codec";
            const VERSION: Version = $version;

            fn input(row: &'static Row) -> Self::Input {
                ($module::Codec::default(), filled(row.bytes))
            }

            fn bytes(input: &Self::Input) -> &[u8] {
                &input.1
            }

            #[inline]
            fn decode((codec, buffer): &mut Self::Input, look: impl FnOnce(&$module::Packet)) {
                if let Ok(Some((packet, _))) = &codec.decode(buffer) {
                    look(packet);
                }
            }

            fn take((codec, buffer): &mut Self::Input) -> Option<$module::Packet> {
                Some(codec.decode(buffer).ok()??.0)
            }

            fn read(packet: &$module::Packet) {
                $read(packet);
            }

            fn output(capacity: usize) -> Self::Output {
                ($module::Codec::default(), BytesMut::with_capacity(capacity))
            }

            fn encode(
                packet: &mut Option<$module::Packet>,
                (codec, buffer): &mut Self::Output,
            ) -> Option<()> {
                codec.encode(packet.take()?, buffer).ok()
            }

            fn written(output: Self::Output) -> Vec<u8> {
                output.1.to_vec()
            }

            fn readdress(packet: &mut $module::Packet, id: PacketId) -> Option<()> {
                let $module::Packet::Publish(publish) = packet else { return None };
                publish.packet_id = NonZeroU16::new(id.get());
                Some(())
            }

            fn copy(packet: &$module::Packet) -> Option<$module::Packet> {
                Some(packet.clone())
            }
        }
    };
}

codec!(V3, Version::V3_1_1, v3, read_v3);
codec!(V5, Version::V5_0, v5, read_v5);

fn read_v3(packet: &v3::Packet) {
    match packet {
        v3::Packet::Subscribe { topic_filters, .. } => touch(topic_filters),
        v3::Packet::SubscribeAck { status, .. } => touch(status),
        other => touch([other]),
    }
}

fn read_v5(packet: &v5::Packet) {
    match packet {
        v5::Packet::Subscribe(subscribe) => touch(&subscribe.topic_filters),
        v5::Packet::SubscribeAck(suback) => touch(&suback.status),
        v5::Packet::Publish(publish) => {
            touch([publish]);
            touch(publish.properties.iter().flat_map(|properties| &properties.user_properties));
        }
        other => touch([other]),
    }
}
