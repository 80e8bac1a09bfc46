//! `decode` in the loop of the README; `Encode::encode` into one buffer, packet behind packet.

use super::OURS;
use crate::codec::Codec;
use crate::row::Row;
use mqtt_wire::{Encode, Packet, Version, decode};

#[path = "../../../rows/read.rs"]
mod read;

pub struct Input {
    version: Version,
    bytes: &'static [u8],
}

pub struct Output {
    version: Version,
    buffer: Vec<u8>,
    end: usize,
}

macro_rules! codec {
    ($Name:ident, $version:expr) => {
        pub struct $Name;

        impl Codec for $Name {
            type Packet = Packet<'static>;
            type Input = Input;
            type Output = Output;

            const NAME: &'static str = OURS;
            const VERSION: Version = $version;

            fn input(row: &'static Row) -> Input {
                Input { version: row.version, bytes: row.bytes }
            }

            fn bytes(input: &Input) -> &[u8] {
                input.bytes
            }

            #[inline]
            fn decode(input: &mut Input, look: impl FnOnce(&Packet<'static>)) {
                if let Ok(Some((packet, rest))) = decode(input.version, input.bytes) {
                    input.bytes = rest;
                    look(&packet);
                }
            }

            fn take(input: &mut Input) -> Option<Packet<'static>> {
                let (packet, rest) = decode(input.version, input.bytes).ok()??;
                input.bytes = rest;
                Some(packet)
            }

            fn read(packet: &Packet<'static>) {
                read::read(packet);
            }

            fn output(capacity: usize) -> Output {
                Output { version: $version, buffer: vec![0; capacity], end: 0 }
            }

            fn encode(packet: &mut Option<Packet<'static>>, output: &mut Output) -> Option<()> {
                let room = output.buffer.get_mut(output.end..)?;
                output.end += packet.as_ref()?.encode(output.version, room).ok()?.len();
                Some(())
            }

            fn written(output: Output) -> Vec<u8> {
                output.buffer[..output.end].to_vec()
            }

            fn copy(_: &Packet<'static>) -> Option<Packet<'static>> {
                None
            }
        }
    };
}

codec!(V3, Version::V3_1_1);
codec!(V5, Version::V5_0);
