//! This crate, called in four ways:
//!
//! - slice: `decode` in the loop of the README. `Encode::encode` writes packets that users have built, one after the other,
//!   into one buffer. `EncodeParts::encode_parts` writes only the head of a large PUBLISH;
//! - lent: each packet borrows from a `ReadBuffer`, as in the readers of `io`. Decoded packets are encoded again;
//! - owned: `Decoder::decode_owned_with` from a `BytesMut`. An `OwnedPacket` is encoded. To relay a packet: `split_frame` and `packet`;
//! - frame: `Decoder::split_frame` from a `BytesMut`, and `OwnedFrame::packet` once.

use super::{FRAME, LENT, OURS, OWNED, filled};
use crate::codec::{Codec, Decoding, Entry, Reads, Relaying, Relays, relay, relay_to};
use crate::row::Row;
use bytes::BytesMut;
use instructions::Work;
use mqtt_wire::owned::OwnedPacket;
use mqtt_wire::stream::{EncodeParts, ReadBuffer, WriteBuffer};
use mqtt_wire::{Decoder, Delivery, Encode, Encoder, Packet, PacketId, Publish, Version, decode};
use std::hint::black_box;

pub struct Input {
    version: Version,
    bytes: &'static [u8],
    made: std::slice::Iter<'static, Packet<'static>>,
}

/// The payload size from which the payload is not copied, in bytes.
const LARGE: usize = 16 << 10;

/// The buffer size of a reader, in bytes.
pub const READ_BUFFER: usize = 64 << 10;

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
                let free = output.buffer.get_mut(output.end..)?;
                output.end += match packet.as_ref()? {
                    Packet::Publish(publish) if publish.payload.len() >= LARGE => {
                        black_box(&publish.encode_parts(output.version, free).ok()?).head().len()
                    }
                    packet => packet.encode(output.version, free).ok()?.len(),
                };
                Some(())
            }

            fn transcribe(packet: Packet<'static>, capacity: usize) -> Option<Vec<u8>> {
                Some(packet.encode($version, &mut vec![0; capacity]).ok()?.to_vec())
            }

            fn written(output: Output) -> Vec<u8> {
                output.buffer[..output.end].to_vec()
            }

            fn readdress(packet: &mut Packet<'static>, id: PacketId) -> Option<()> {
                let Packet::Publish(publish) = packet else { return None };
                publish.delivery = Delivery::AtLeastOnce { id, dup: false };
                Some(())
            }

            fn copy(_: &Packet<'static>) -> Option<Packet<'static>> {
                None
            }
        }
    };
}

codec!(V3, Version::V3_1_1);
codec!(V5, Version::V5_0);

/// The entries with lent packets, owned packets and frames.
pub fn lent_and_owned_and_frames() -> impl Iterator<Item = Entry> {
    [Version::V3_1_1, Version::V5_0].into_iter().flat_map(|version| {
        let lent = Entry {
            name: LENT,
            version,
            decoding: |row, read| Box::new(Decoding::<Lent>::new(row, read)),
            encoding: |row| Box::new(Sending::new(row, decoded(row))),
            relaying: |row| match is_large(row) {
                true => Box::new(Relaying::<Heads>::new(row)),
                false => Box::new(Relaying::<Lent>::new(row)),
            },
            transcode: |row| Sending::new(row, decoded(row)).whole(),
            relay: |row| match is_large(row) {
                true => relay_to::<Heads>(row, (Lent::output(row.version, 0), Some(Vec::new()))),
                false => relay::<Lent>(row),
            },
        };
        let owned = Entry {
            name: OWNED,
            version,
            decoding: |row, read| Box::new(Decoding::<Owned>::new(row, read)),
            encoding: |row| Box::new(Sending::new(row, owned(row))),
            relaying: |row| Box::new(Relaying::<Frame>::new(row)),
            transcode: |row| Sending::new(row, owned(row)).whole(),
            relay: relay::<Frame>,
        };
        let frame =
            Entry { name: FRAME, decoding: |row, read| Box::new(Decoding::<Frame>::new(row, read)), ..owned };
        [lent, owned, frame]
    })
}

fn is_large(row: &Row) -> bool {
    row.bytes.len() / row.packets >= LARGE
}

/// The decoded packets, whose lists are still encoded.
fn decoded(row: &'static Row) -> Vec<Packet<'static>> {
    row.frames().filter_map(|frame| Some(decode(row.version, frame).ok()??.0)).collect()
}

fn owned(row: &'static Row) -> Vec<OwnedPacket> {
    let (mut decoder, mut buffer) = (Decoder::new(row.version), filled(row.bytes));
    let mut next = || decoder.split_frame(&mut buffer).ok()??.into_packet().ok();
    std::iter::from_fn(&mut next).collect()
}

/// Packets that are sent as they were received.
struct Sending<P> {
    packets: Vec<P>,
    version: Version,
    buffer: Vec<u8>,
}

impl<P: Encode + Send> Sending<P> {
    fn new(row: &'static Row, packets: Vec<P>) -> Self {
        Self { packets, version: row.version, buffer: vec![0; row.bytes.len()] }
    }

    /// Passes on the written bytes.
    fn whole(mut self) -> Option<Vec<u8>> {
        self.run();
        Some(self.buffer)
    }
}

impl<P: Encode + Send> Work for Sending<P> {
    fn run(&mut self) {
        let mut end = 0;
        for packet in black_box(&self.packets) {
            let Some(free) = self.buffer.get_mut(end..) else { return };
            let written = packet.encode(self.version, free);
            end += black_box(&written).as_ref().map_or(0, |bytes| bytes.len());
        }
    }
}

/// Borrows each packet from a reader's buffer.
struct Lent;

impl Reads for Lent {
    type Input = ReadBuffer<Vec<u8>>;

    fn input(row: &'static Row) -> Self::Input {
        let mut buffer = ReadBuffer::new(Decoder::new(row.version), vec![0; READ_BUFFER]);
        let mut left = row.bytes;
        while !left.is_empty() {
            left = fill(&mut buffer, left);
        }
        buffer
    }

    fn bytes(input: &Self::Input) -> &[u8] {
        input.as_bytes()
    }

    #[inline]
    fn next(input: &mut Self::Input, read: bool) {
        if let Ok(Some(packet)) = &input.next() {
            look(packet, read);
        }
    }
}

/// Decodes each packet in a `BytesMut`, looks at it, and splits it off.
struct Owned;

impl Reads for Owned {
    type Input = (Decoder, BytesMut);

    fn input(row: &'static Row) -> Self::Input {
        (Decoder::new(row.version), filled(row.bytes))
    }

    fn bytes(input: &Self::Input) -> &[u8] {
        &input.1
    }

    #[inline]
    fn next((decoder, buffer): &mut Self::Input, read: bool) {
        let owned = decoder.decode_owned_with(buffer, |packet| look(packet, read));
        black_box(&owned);
    }
}

/// Splits each packet from a `BytesMut`, and decodes it once.
struct Frame;

impl Reads for Frame {
    type Input = (Decoder, BytesMut);

    fn input(row: &'static Row) -> Self::Input {
        Owned::input(row)
    }

    fn bytes(input: &Self::Input) -> &[u8] {
        Owned::bytes(input)
    }

    #[inline]
    fn next((decoder, buffer): &mut Self::Input, read: bool) {
        let Ok(Some(frame)) = decoder.split_frame(buffer) else { return };
        if let Ok(packet) = &frame.packet() {
            look(packet, read);
        }
    }
}

#[inline]
fn look(packet: &Packet<'_>, read: bool) {
    black_box(packet);
    if read {
        rows::read(packet);
    }
}

/// Relays whole packets.
impl Relays for Lent {
    type Output = WriteBuffer<Vec<u8>>;

    fn output(version: Version, capacity: usize) -> Self::Output {
        WriteBuffer::new(Encoder::new(version), Vec::with_capacity(capacity))
    }

    #[inline]
    fn relay(input: &mut Self::Input, id: PacketId, output: &mut Self::Output) -> Option<()> {
        let Packet::Publish(publish) = input.next().ok()?? else { return None };
        let delivery = Delivery::AtLeastOnce { id, dup: false };
        output.push(&Publish { delivery, ..publish }).ok()
    }

    fn relayed(output: Self::Output) -> Vec<u8> {
        output.as_bytes().to_vec()
    }
}

/// Relays heads. The payloads pass through the reader's buffer.
struct Heads;

impl Reads for Heads {
    /// The buffer, and the bytes that the buffer has not read yet.
    type Input = (ReadBuffer<Vec<u8>>, &'static [u8]);

    fn input(row: &'static Row) -> Self::Input {
        (ReadBuffer::new(Decoder::new(row.version), vec![0; READ_BUFFER]), row.bytes)
    }

    fn bytes(input: &Self::Input) -> &[u8] {
        input.1
    }

    /// This codec can only relay.
    fn next(_: &mut Self::Input, _: bool) {}
}

impl Relays for Heads {
    /// The written heads. If the output is checked, also the payloads.
    type Output = (WriteBuffer<Vec<u8>>, Option<Vec<u8>>);

    fn output(version: Version, capacity: usize) -> Self::Output {
        (Lent::output(version, capacity), None)
    }

    #[inline]
    fn relay((buffer, left): &mut Self::Input, id: PacketId, (heads, copy): &mut Self::Output) -> Option<()> {
        while !buffer.is_head_ready().ok()? {
            *left = fill(buffer, left);
        }
        let head = buffer.next_head().ok()??;
        let Packet::Publish(publish) = head.packet else { return None };
        let delivery = Delivery::AtLeastOnce { id, dup: false };
        heads.push_head(&Publish { delivery, ..publish }, head.payload_len).ok()?;
        loop {
            let piece = black_box(buffer.payload());
            if let Some(copy) = copy {
                copy.extend([heads.as_bytes(), piece].concat());
            }
            // A real program writes head and payload in one call.
            heads.written_vectored(heads.as_bytes().len() + piece.len(), piece);
            if buffer.payload_left() == 0 {
                return Some(());
            }
            *left = fill(buffer, left);
        }
    }

    fn relayed((_, copy): Self::Output) -> Vec<u8> {
        copy.unwrap_or_default()
    }
}

/// Reads once and returns the remaining bytes.
fn fill(buffer: &mut ReadBuffer<Vec<u8>>, left: &'static [u8]) -> &'static [u8] {
    let space = buffer.space();
    let (piece, rest) = left.split_at(left.len().min(space.len()));
    space[..piece.len()].copy_from_slice(piece);
    buffer.filled(piece.len());
    rest
}

impl Relays for Frame {
    type Output = (Version, BytesMut);

    fn output(version: Version, capacity: usize) -> Self::Output {
        (version, BytesMut::with_capacity(capacity))
    }

    #[inline]
    fn relay(
        (decoder, buffer): &mut Self::Input,
        id: PacketId,
        (version, output): &mut Self::Output,
    ) -> Option<()> {
        let frame = decoder.split_frame(buffer).ok()??;
        let Packet::Publish(publish) = frame.packet().ok()? else { return None };
        let publish = Publish { delivery: Delivery::AtLeastOnce { id, dup: false }, ..publish };
        publish.encode_to(*version, output).ok().map(drop)
    }

    fn relayed((_, output): Self::Output) -> Vec<u8> {
        output.to_vec()
    }
}
