//! `decode` in the loop of the README; `Encode::encode` into one buffer, packet behind packet, of packets as users
//! make them. Of a large PUBLISH only the head is written (`EncodeParts::encode_parts`).

use super::OURS;
use crate::codec::Codec;
use crate::row::Row;
use mqtt_wire::stream::EncodeParts;
use mqtt_wire::{Encode, Packet, Version, decode};
use std::hint::black_box;

pub struct Input {
    version: Version,
    bytes: &'static [u8],
    made: std::slice::Iter<'static, Packet<'static>>,
}

/// From this size on the payload is left in place.
const LARGE: usize = 16 << 10;

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
                Input { version: row.version, bytes: row.bytes, made: row.made.iter() }
            }

            fn bytes(input: &Input) -> &[u8] {
                input.bytes
            }

            #[inline]
            fn decode(input: &mut Input, look: impl FnOnce(&Packet<'static>)) {
                if let Ok(Some((packet, rest))) = &decode(input.version, input.bytes) {
                    input.bytes = rest;
                    look(packet);
                }
            }

            fn take(input: &mut Input) -> Option<Packet<'static>> {
                input.made.next().copied()
            }

            fn read(packet: &Packet<'static>) {
                rows::read(packet);
            }

            fn output(capacity: usize) -> Output {
                Output { version: $version, buffer: vec![0; capacity], end: 0 }
            }

            fn encode(packet: &mut Option<Packet<'static>>, output: &mut Output) -> Option<()> {
                let room = output.buffer.get_mut(output.end..)?;
                output.end += match packet.as_ref()? {
                    Packet::Publish(publish) if publish.payload.len() >= LARGE => {
                        black_box(&publish.encode_parts(output.version, room).ok()?).head().len()
                    }
                    packet => packet.encode(output.version, room).ok()?.len(),
                };
                Some(())
            }

            fn transcribe(packet: Packet<'static>, capacity: usize) -> Option<Vec<u8>> {
                Some(packet.encode($version, &mut vec![0; capacity]).ok()?.to_vec())
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
