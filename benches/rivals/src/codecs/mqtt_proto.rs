//! `Packet::decode` of a slice and `Packet::encode`, which makes the bytes. It does not tell where a packet
//! ends: it gets the frames.

use super::touch;
use crate::codec::Codec;
use crate::row::Row;
use mqtt_proto::{VarBytes, v3, v5};
use mqtt_wire::Version;

pub struct Input {
    frames: std::vec::IntoIter<&'static [u8]>,
    bytes: &'static [u8],
}

macro_rules! codec {
    ($Name:ident, $version:expr, $module:ident, $properties:expr) => {
        pub struct $Name;

        impl Codec for $Name {
            type Packet = $module::Packet;
            type Input = Input;
            type Output = Vec<VarBytes>;

            const NAME: &'static str = "mqtt-proto";
            const VERSION: Version = $version;

            fn input(row: &'static Row) -> Input {
                Input { frames: row.frames().collect::<Vec<_>>().into_iter(), bytes: row.bytes }
            }

            fn bytes(input: &Input) -> &[u8] {
                input.bytes
            }

            #[inline]
            fn decode(input: &mut Input, look: impl FnOnce(&$module::Packet)) {
                if let Some(Ok(Some(packet))) = input.frames.next().map($module::Packet::decode) {
                    look(&packet);
                }
            }

            fn take(input: &mut Input) -> Option<$module::Packet> {
                $module::Packet::decode(input.frames.next()?).ok()?
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
