//! The interface that a codec implements to be measured.

use crate::row::Row;
use instructions::Work;
use mqtt_wire::{Packet, PacketId, Version, decode, packet_id};
use std::hint::black_box;
use std::panic::catch_unwind;

/// A codec for one version, called as its own users call it.
pub trait Codec: 'static {
    type Packet: Send + 'static;
    /// A filled buffer for decoding. Filling is not timed.
    type Input: Send + 'static;
    /// A buffer with spare capacity for encoding. Allocation is not timed.
    type Output: Send + 'static;

    const NAME: &'static str;
    const VERSION: Version;

    /// Returns a buffer that holds all packets of the row.
    fn input(row: &'static Row) -> Self::Input;
    /// Returns the remaining bytes. Reading these bytes brings the headers into the cache.
    fn bytes(input: &Self::Input) -> &[u8];
    /// Takes the next packet from the buffer and passes a reference to `look`, so that the packet
    /// is not moved again.
    fn decode(input: &mut Self::Input, look: impl FnOnce(&Self::Packet));
    /// Takes the next packet from the buffer and returns it. Not timed.
    fn take(input: &mut Self::Input) -> Option<Self::Packet>;
    /// Reads every item of the lists and properties.
    fn read(packet: &Self::Packet);

    /// Returns a buffer with this capacity in bytes.
    fn output(capacity: usize) -> Self::Output;
    /// Appends the encoded packet. Some encoders take the packet by value.
    fn encode(packet: &mut Option<Self::Packet>, output: &mut Self::Output) -> Option<()>;
    /// Returns the encoded bytes.
    fn written(output: Self::Output) -> Vec<u8>;
    /// Returns the bytes of the packet for the check.
    fn transcribe(packet: Self::Packet, capacity: usize) -> Option<Vec<u8>> {
        let mut output = Self::output(capacity);
        Self::encode(&mut Some(packet), &mut output)?;
        Some(Self::written(output))
    }
    /// Returns a copy for an encoder that takes its packet by value. Other encoders get the same
    /// packet again.
    fn copy(packet: &Self::Packet) -> Option<Self::Packet>;
    /// Sets another Packet Identifier in a PUBLISH. `None` if the codec cannot do so or is not
    /// tested.
    fn readdress(_: &mut Self::Packet, _: PacketId) -> Option<()> {
        None
    }
}

/// Takes packets from a buffer. Every codec does so. This crate has several such types.
pub trait Reads: 'static {
    type Input: Send + 'static;

    /// Returns a buffer that holds all packets of the row.
    fn input(row: &'static Row) -> Self::Input;
    /// Returns the remaining bytes.
    fn bytes(input: &Self::Input) -> &[u8];
    /// Takes the next packet and reads it. If `read` is set, the function reads every item, too.
    fn next(input: &mut Self::Input, read: bool);
}

impl<C: Codec> Reads for C {
    type Input = C::Input;

    fn input(row: &'static Row) -> C::Input {
        C::input(row)
    }

    fn bytes(input: &C::Input) -> &[u8] {
        C::bytes(input)
    }

    #[inline]
    fn next(input: &mut C::Input, read: bool) {
        C::decode(input, |packet| {
            black_box(packet);
            if read {
                C::read(packet);
            }
        });
    }
}

/// Takes PUBLISH packets from a buffer, sets another Packet Identifier in each, and writes them to another
/// peer.
pub trait Relays: Reads {
    type Output: Send + 'static;

    fn output(version: Version, capacity: usize) -> Self::Output;
    fn relay(input: &mut Self::Input, id: PacketId, output: &mut Self::Output) -> Option<()>;
    /// Returns the written bytes.
    fn relayed(output: Self::Output) -> Vec<u8>;
}

impl<C: Codec> Relays for C {
    type Output = C::Output;

    fn output(_: Version, capacity: usize) -> C::Output {
        C::output(capacity)
    }

    #[inline]
    fn relay(input: &mut C::Input, id: PacketId, output: &mut C::Output) -> Option<()> {
        let mut packet = C::take(input)?;
        C::readdress(&mut packet, id)?;
        C::encode(&mut Some(packet), output)
    }

    fn relayed(output: C::Output) -> Vec<u8> {
        C::written(output)
    }
}

/// The Packet Identifier of relayed packets.
pub const OTHER_ID: PacketId = packet_id!(815);

/// A codec without its types.
#[derive(Clone, Copy)]
pub struct Entry {
    pub name: &'static str,
    pub version: Version,
    pub decoding: fn(&'static Row, bool) -> Box<dyn Work>,
    pub encoding: fn(&'static Row) -> Box<dyn Work>,
    pub relaying: fn(&'static Row) -> Box<dyn Work>,
    /// Decodes all packets of the row and encodes them again.
    pub transcode: fn(&'static Row) -> Option<Vec<u8>>,
    /// Relays all packets of the row.
    pub relay: fn(&'static Row) -> Option<Vec<u8>>,
}

impl Entry {
    pub fn of<C: Codec>() -> Self {
        Self {
            name: C::NAME,
            version: C::VERSION,
            decoding: |row, read| Box::new(Decoding::<C>::new(row, read)),
            encoding: |row| Box::new(Encoding::<C>::new(row)),
            relaying: |row| Box::new(Relaying::<C>::new(row)),
            transcode: transcode::<C>,
            relay: relay::<C>,
        }
    }

    /// Checks that the codec decodes the row and encodes it again with the same values. This crate's decoder
    /// compares the values.
    ///
    /// # Errors
    ///
    /// What the codec does instead.
    pub fn check(&self, row: &'static Row) -> Result<(), String> {
        let written = catch_unwind(|| (self.transcode)(row)).map_err(|_| "panics".to_string())?;
        let written = written.ok_or("refuses the packet")?;
        if written == row.bytes || packets(row.version, &written)? == packets(row.version, row.bytes)? {
            Ok(())
        } else {
            Err("gives other values".into())
        }
    }

    /// Checks that the codec relays the row and changes only the Packet Identifiers.
    ///
    /// # Errors
    ///
    /// What the codec does instead.
    pub fn check_relay(&self, row: &'static Row) -> Result<(), String> {
        let written = catch_unwind(|| (self.relay)(row)).map_err(|_| "panics".to_string())?;
        let written = written.ok_or("relaying is not tried")?;
        if packets(row.version, &written)? == row.readdressed()? {
            Ok(())
        } else {
            Err("relays other values".into())
        }
    }
}

fn packets(version: Version, mut bytes: &[u8]) -> Result<Vec<Packet<'_>>, String> {
    let mut packets = Vec::new();
    while !bytes.is_empty() {
        let whole = decode(version, bytes).map_err(|error| format!("writes a malformed packet: {error}"))?;
        let (packet, rest) = whole.ok_or("writes too little")?;
        packets.push(packet);
        bytes = rest;
    }
    Ok(packets)
}

fn transcode<C: Codec>(row: &'static Row) -> Option<Vec<u8>> {
    let mut input = C::input(row);
    let largest = row.frames().map(<[u8]>::len).max()?;
    let mut written = Vec::new();
    for _ in 0..row.packets {
        let packet = C::take(&mut input)?;
        C::read(&packet);
        written.extend(C::transcribe(packet, largest * 2)?);
    }
    Some(written)
}

pub fn relay<R: Relays>(row: &'static Row) -> Option<Vec<u8>> {
    relay_to::<R>(row, R::output(row.version, row.bytes.len() * 2))
}

pub fn relay_to<R: Relays>(row: &'static Row, mut output: R::Output) -> Option<Vec<u8>> {
    let mut input = R::input(row);
    for _ in 0..row.packets {
        R::relay(&mut input, OTHER_ID, &mut output)?;
    }
    Some(R::relayed(output))
}

pub struct Decoding<R: Reads> {
    row: &'static Row,
    read: bool,
    input: Option<R::Input>,
}

impl<R: Reads> Decoding<R> {
    pub fn new(row: &'static Row, read: bool) -> Self {
        Self { row, read, input: None }
    }
}

impl<R: Reads> Work for Decoding<R> {
    fn prepare(&mut self) {
        let input = R::input(self.row);
        // A short batch ends before the code is in the cache.
        if self.row.packets < 100 {
            let mut others = R::input(self.row);
            for _ in 0..self.row.packets {
                R::next(&mut others, false);
            }
        }
        warm(self.row, R::bytes(&input));
        self.input = Some(black_box(input));
    }

    fn run(&mut self) {
        let read = self.read;
        // A local buffer, as in the read loop of a program. The compiler can optimise the buffer in the same way.
        let Some(mut input) = self.input.take() else { return };
        for _ in 0..self.row.packets {
            R::next(&mut input, read);
        }
        self.input = Some(input);
    }
}

/// Reads the headers into the cache.
fn warm(row: &Row, bytes: &[u8]) {
    for start in row.starts {
        black_box(bytes.iter().skip(*start).take(256).step_by(64).fold(0, |sum, byte| sum ^ byte));
    }
}

pub struct Relaying<R: Relays> {
    row: &'static Row,
    buffers: Option<(R::Input, R::Output)>,
}

impl<R: Relays> Relaying<R> {
    pub fn new(row: &'static Row) -> Self {
        Self { row, buffers: None }
    }
}

impl<R: Relays> Work for Relaying<R> {
    fn prepare(&mut self) {
        let input = R::input(self.row);
        warm(self.row, R::bytes(&input));
        self.buffers = Some((input, R::output(self.row.version, self.row.bytes.len() * 2)));
    }

    fn run(&mut self) {
        let Some((mut input, mut output)) = self.buffers.take() else { return };
        for _ in 0..self.row.packets {
            black_box(&R::relay(&mut input, OTHER_ID, &mut output));
        }
        self.buffers = Some((input, output));
    }
}

struct Encoding<C: Codec> {
    row: &'static Row,
    originals: Vec<C::Packet>,
    packets: Vec<Option<C::Packet>>,
    output: Option<C::Output>,
}

impl<C: Codec> Encoding<C> {
    fn new(row: &'static Row) -> Self {
        let mut input = C::input(row);
        let originals: Vec<_> = (0..row.packets).map_while(|_| C::take(&mut input)).collect();
        Self { row, originals, packets: Vec::new(), output: None }
    }
}

impl<C: Codec> Work for Encoding<C> {
    fn prepare(&mut self) {
        self.output = Some(C::output(self.row.bytes.len() * 2));
        if self.packets.is_empty() {
            let taken = std::mem::take(&mut self.originals);
            self.packets = taken.iter().map(|packet| C::copy(packet)).collect();
            self.originals = taken;
            if self.packets.iter().all(Option::is_none) {
                self.packets = std::mem::take(&mut self.originals).into_iter().map(Some).collect();
            }
        } else {
            for (packet, original) in self.packets.iter_mut().zip(&self.originals) {
                *packet = C::copy(original);
            }
        }
    }

    fn run(&mut self) {
        // A local buffer, as for decoding.
        let Some(mut output) = self.output.take() else { return };
        for packet in black_box(&mut self.packets) {
            black_box(&C::encode(packet, &mut output));
        }
        self.output = Some(output);
    }
}
