//! Decodes with `decode_mqtt` from a `BytesMut` (of bytes 0.5), and encodes with `encode_mqtt` to a
//! `BytesMut`.

use super::touch;
use crate::codec::Codec;
use crate::row::Row;
use bytes_0_5::BytesMut;
use mqtt_v5::decoder::decode_mqtt;
use mqtt_v5::encoder::encode_mqtt;
use mqtt_v5::types::{Packet, ProtocolVersion};
use mqtt_wire::Version;

macro_rules! codec {
    ($Name:ident, $version:expr, $own:expr) => {
        pub struct $Name;

        impl Codec for $Name {
            type Packet = Packet;
            type Input = BytesMut;
            type Output = BytesMut;

            const NAME: &'static str = "mqtt-v5";
            const VERSION: Version = $version;

            fn input(row: &'static Row) -> BytesMut {
                filled(row.bytes)
            }

            fn bytes(input: &BytesMut) -> &[u8] {
                input
            }

            #[inline]
            fn decode(input: &mut BytesMut, look: impl FnOnce(&Packet)) {
                if let Ok(Some(packet)) = &decode_mqtt(input, $own) {
                    look(packet);
                }
            }

            fn take(input: &mut BytesMut) -> Option<Packet> {
                decode_mqtt(input, $own).ok()?
            }

            fn read(packet: &Packet) {
                match packet {
                    Packet::Subscribe(subscribe) => touch(&subscribe.subscription_topics),
                    Packet::SubscribeAck(suback) => touch(&suback.reason_codes),
                    Packet::Publish(publish) => {
                        touch([publish]);
                        touch(&publish.user_properties);
                    }
                    other => touch([other]),
                }
            }

            fn output(capacity: usize) -> BytesMut {
                BytesMut::with_capacity(capacity)
            }

            fn encode(packet: &mut Option<Packet>, output: &mut BytesMut) -> Option<()> {
                encode_mqtt(packet.as_ref()?, output, $own);
                Some(())
            }

            fn written(output: BytesMut) -> Vec<u8> {
                output.to_vec()
            }

            fn copy(_: &Packet) -> Option<Packet> {
                None
            }
        }
    };
}

codec!(V3, Version::V3_1_1, ProtocolVersion::V311);
codec!(V5, Version::V5_0, ProtocolVersion::V500);

/// Returns a copy with spare capacity after the bytes, as in a buffer for reading from a socket.
fn filled(bytes: &[u8]) -> BytesMut {
    let mut buffer = BytesMut::with_capacity(bytes.len() + 4096);
    buffer.extend_from_slice(bytes);
    buffer
}
