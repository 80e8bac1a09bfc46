//! A lower bound: a hand-written parser with bounds checks and `core::str::from_utf8`. The parser checks
//! nothing else and keeps lists encoded. Encoding copies the frame.

use super::{FLOOR, touch};
use crate::codec::Codec;
use crate::row::Row;
use core::str::from_utf8;
use mqtt_wire::Version;
use std::hint::black_box;

type Bytes = &'static [u8];

/// The borrowed fields of a packet.
pub struct Packet {
    fields: Fields,
    /// The bytes of the packet, which the check needs.
    frame: Bytes,
}

enum Fields {
    Connect(Connect),
    Publish(Publish),
    Ack { id: u16 },
    Filters { id: u16, filters: Bytes },
    Codes { id: u16, codes: Bytes },
    Ping,
}

struct Connect {
    flags: u8,
    keep_alive: u16,
    properties: Bytes,
    client_id: &'static str,
    will: Option<(Bytes, &'static str, Bytes)>,
    user_name: Option<&'static str>,
    password: Option<Bytes>,
}

struct Publish {
    byte_1: u8,
    topic: &'static str,
    id: u16,
    properties: Bytes,
    payload: Bytes,
}

pub struct Output {
    buffer: Vec<u8>,
    end: usize,
}

macro_rules! codec {
    ($Name:ident, $version:expr) => {
        pub struct $Name;

        impl Codec for $Name {
            type Packet = Packet;
            type Input = Bytes;
            type Output = Output;

            const NAME: &'static str = FLOOR;
            const VERSION: Version = $version;

            fn input(row: &'static Row) -> Bytes {
                row.bytes
            }

            fn bytes(input: &Bytes) -> &[u8] {
                input
            }

            #[inline]
            fn decode(input: &mut Bytes, look: impl FnOnce(&Packet)) {
                if let Some(packet) = &Self::take(input) {
                    look(packet);
                }
            }

            fn take(input: &mut Bytes) -> Option<Packet> {
                packet(input, $version == Version::V5_0)
            }

            fn read(packet: &Packet) {
                read(&packet.fields);
            }

            fn output(capacity: usize) -> Output {
                Output { buffer: vec![0; capacity], end: 0 }
            }

            fn encode(packet: &mut Option<Packet>, output: &mut Output) -> Option<()> {
                let frame = packet.as_ref()?.frame;
                let free = output.buffer.get_mut(output.end..)?.get_mut(..frame.len())?;
                free.copy_from_slice(frame);
                output.end += frame.len();
                Some(())
            }

            fn written(output: Output) -> Vec<u8> {
                output.buffer[..output.end].to_vec()
            }

            fn copy(_: &Packet) -> Option<Packet> {
                None
            }
        }
    };
}

codec!(V3, Version::V3_1_1);
codec!(V5, Version::V5_0);

fn packet(input: &mut Bytes, v5: bool) -> Option<Packet> {
    let whole = *input;
    let byte_1 = u8(input)?;
    let len = varint(input)?;
    let (mut body, rest) = input.split_at_checked(len)?;
    *input = rest;
    let frame = whole.get(..whole.len() - rest.len())?;
    Some(Packet { fields: fields(byte_1, &mut body, v5)?, frame })
}

#[inline]
fn fields(byte_1: u8, body: &mut Bytes, v5: bool) -> Option<Fields> {
    Some(match byte_1 >> 4 {
        1 => Fields::Connect(connect(body, v5)?),
        3 => {
            let topic = text(body)?;
            let id = if byte_1 & 0b0110 == 0 { 0 } else { u16(body)? };
            let properties = properties(body, v5)?;
            Fields::Publish(Publish { byte_1, topic, id, properties, payload: body })
        }
        4 => Fields::Ack { id: u16(body)? },
        8 => {
            let id = u16(body)?;
            properties(body, v5)?;
            let filters = *body;
            while !body.is_empty() {
                text(body)?;
                u8(body)?;
            }
            Fields::Filters { id, filters }
        }
        9 => {
            let id = u16(body)?;
            properties(body, v5)?;
            Fields::Codes { id, codes: body }
        }
        12 => Fields::Ping,
        _ => return None,
    })
}

fn connect(body: &mut Bytes, v5: bool) -> Option<Connect> {
    binary(body)?;
    u8(body)?;
    let flags = u8(body)?;
    let keep_alive = u16(body)?;
    let own = properties(body, v5)?;
    let client_id = text(body)?;
    let will = match flags & 0b100 {
        0 => None,
        _ => Some((properties(body, v5)?, text(body)?, binary(body)?)),
    };
    let user_name = if flags & 0x80 == 0 { None } else { Some(text(body)?) };
    let password = if flags & 0x40 == 0 { None } else { Some(binary(body)?) };
    Some(Connect { flags, keep_alive, properties: own, client_id, will, user_name, password })
}

/// The property block. The parser has skipped its values.
#[inline]
fn properties(body: &mut Bytes, v5: bool) -> Option<Bytes> {
    if !v5 {
        return Some(&[]);
    }
    let len = varint(body)?;
    let (block, rest) = body.split_at_checked(len)?;
    *body = rest;
    let mut left = block;
    while !left.is_empty() {
        property(&mut left)?;
    }
    Some(block)
}

#[inline]
fn property(block: &mut Bytes) -> Option<u8> {
    let id = u8(block)?;
    match id {
        0x01 | 0x17 | 0x19 | 0x24 | 0x25 | 0x28..=0x2A => drop(u8(block)?),
        0x13 | 0x21..=0x23 => drop(u16(block)?),
        0x02 | 0x11 | 0x18 | 0x27 => drop(take(block, 4)?),
        0x0B => drop(varint(block)?),
        0x09 | 0x16 => drop(binary(block)?),
        0x26 => drop((text(block)?, text(block)?)),
        _ => drop(text(block)?),
    }
    Some(id)
}

fn read(fields: &Fields) {
    match fields {
        Fields::Connect(connect) => {
            let will = connect.will.map(|(properties, topic, payload)| (items(properties), topic, payload));
            items(connect.properties);
            black_box((connect.flags, connect.keep_alive, connect.client_id, will));
            black_box((connect.user_name, connect.password));
        }
        Fields::Publish(publish) => {
            items(publish.properties);
            black_box((publish.byte_1, publish.topic, publish.id, publish.payload));
        }
        Fields::Ack { id } => drop(black_box(*id)),
        Fields::Filters { id, filters } => {
            let mut filters = *filters;
            black_box(*id);
            while let (Some(filter), Some(qos)) = (text(&mut filters), u8(&mut filters)) {
                black_box((filter, qos));
            }
        }
        Fields::Codes { id, codes } => {
            black_box(*id);
            touch(*codes);
        }
        Fields::Ping => {}
    }
}

fn items(mut block: Bytes) {
    while let Some(id) = property(&mut block) {
        black_box(id);
    }
}

#[inline]
fn text(body: &mut Bytes) -> Option<&'static str> {
    from_utf8(binary(body)?).ok()
}

#[inline]
fn binary(body: &mut Bytes) -> Option<Bytes> {
    let len = u16(body)?;
    take(body, usize::from(len))
}

#[inline]
fn take(body: &mut Bytes, len: usize) -> Option<Bytes> {
    let (taken, rest) = body.split_at_checked(len)?;
    *body = rest;
    Some(taken)
}

#[inline]
fn varint(body: &mut Bytes) -> Option<usize> {
    let mut value = 0;
    for shift in [0, 7, 14, 21] {
        let byte = u8(body)?;
        value |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[inline]
fn u16(body: &mut Bytes) -> Option<u16> {
    let (bytes, rest) = body.split_first_chunk()?;
    *body = rest;
    Some(u16::from_be_bytes(*bytes))
}

#[inline]
fn u8(body: &mut Bytes) -> Option<u8> {
    let (byte, rest) = body.split_first()?;
    *body = rest;
    Some(*byte)
}
