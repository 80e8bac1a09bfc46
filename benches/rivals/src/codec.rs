//! What a codec has to show to be measured.

use crate::row::Row;
use instructions::Work;
use mqtt_wire::{Packet, PacketId, Version, decode, packet_id};
use std::hint::black_box;
use std::panic::catch_unwind;

/// A codec for one version, used the way its own users use it.
pub trait Codec: 'static {
    /// What a decoded packet is.
    type Packet: 'static;
    /// The buffer it reads from, filled. Made outside of what is timed.
    type Input: 'static;
    /// The buffer it writes to, with room. Made outside of what is timed.
    type Output: 'static;

    const NAME: &'static str;
    const VERSION: Version;

    /// A buffer that holds all packets of the row.
    fn input(row: &'static Row) -> Self::Input;
    /// The bytes that are left in it: looked at to have the headers in the cache.
    fn bytes(input: &Self::Input) -> &[u8];
    /// Takes the next packet from the buffer and looks at it where it is: it is not moved again.
    fn decode(input: &mut Self::Input, look: impl FnOnce(&Self::Packet));
    /// Takes the next packet from the buffer, to keep it. Not timed.
    fn take(input: &mut Self::Input) -> Option<Self::Packet>;
    /// Touches every item of its lists and properties.
    fn read(packet: &Self::Packet);

    /// A buffer with room for this many bytes.
    fn output(capacity: usize) -> Self::Output;
    /// Encodes the packet, behind what is there. By-value encoders take it.
    fn encode(packet: &mut Option<Self::Packet>, output: &mut Self::Output) -> Option<()>;
    /// What was written.
    fn written(output: Self::Output) -> Vec<u8>;
    /// The packet's bytes, for the check.
    fn transcribe(packet: Self::Packet, capacity: usize) -> Option<Vec<u8>> {
        let mut output = Self::output(capacity);
        Self::encode(&mut Some(packet), &mut output)?;
        Some(Self::written(output))
    }
    /// A packet for an encoder that takes it by value; the others get the same one again.
    fn copy(packet: &Self::Packet) -> Option<Self::Packet>;
    /// Gives a PUBLISH another Packet Identifier. `None` if that cannot be done, or is not tried.
    fn readdress(_: &mut Self::Packet, _: PacketId) -> Option<()> {
        None
    }
}

/// Takes packets out of a buffer. Codecs do; this crate has more ways than one.
pub trait Reads: 'static {
    type Input: 'static;

    /// A buffer that holds all packets of the row.
    fn input(row: &'static Row) -> Self::Input;
    /// The bytes that are left in it.
    fn bytes(input: &Self::Input) -> &[u8];
    /// Takes the next packet, looks at it, and touches every item of it if that is wanted.
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

/// Takes PUBLISH packets out of a buffer, gives each another Packet Identifier, and writes it to another peer.
pub trait Relays: Reads {
    type Output: 'static;

    fn output(version: Version, capacity: usize) -> Self::Output;
    fn relay(input: &mut Self::Input, id: PacketId, output: &mut Self::Output) -> Option<()>;
    /// What was written.
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

/// The identifier that relayed packets get.
pub const OTHER_ID: PacketId = packet_id!(815);

/// A codec with its types forgotten.
#[derive(Clone, Copy)]
pub struct Entry {
    pub name: &'static str,
    pub version: Version,
    pub decoding: fn(&'static Row, bool) -> Box<dyn Work>,
    pub encoding: fn(&'static Row) -> Box<dyn Work>,
    pub relaying: fn(&'static Row) -> Box<dyn Work>,
    /// Decodes all packets of the row, and encodes them again.
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

    /// Whether the codec decodes the row and encodes it again to the same values, which this crate's decoder
    /// judges.
    ///
    /// # Errors
    ///
    /// What it does instead.
    pub fn check(&self, row: &'static Row) -> Result<(), String> {
        let written = catch_unwind(|| (self.transcode)(row)).map_err(|_| "panics".to_string())?;
        let written = written.ok_or("refuses it")?;
        if written == row.bytes || packets(row.version, &written)? == packets(row.version, row.bytes)? {
            Ok(())
        } else {
            Err("gives other values".into())
        }
    }

    /// Whether the codec relays the row: all but the Packet Identifiers stays.
    ///
    /// # Errors
    ///
    /// What it does instead.
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
        let whole = decode(version, bytes).map_err(|error| format!("writes what is malformed: {error}"))?;
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
        // So few packets are over before the code is in the cache.
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
        // A buffer of one's own, as a loop has that reads packets: what the compiler makes of that is part of it.
        let Some(mut input) = self.input.take() else { return };
        for _ in 0..self.row.packets {
            R::next(&mut input, read);
        }
        self.input = Some(input);
    }
}

/// Brings the headers into the cache.
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
        // A buffer of one's own, as for decoding.
        let Some(mut output) = self.output.take() else { return };
        for packet in black_box(&mut self.packets) {
            black_box(&C::encode(packet, &mut output));
        }
        self.output = Some(output);
    }
}
