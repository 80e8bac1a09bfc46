//! Reads the frames of a pcap or pcapng file.

use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{Block, Linktype, PcapBlockOwned, PcapError, create_reader};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Read};
use std::time::{Duration, SystemTime};

#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Frame {
    pub(crate) time: Option<SystemTime>,
    /// The position in the file. This position keeps the order of frames with the same time.
    number: u64,
    pub(crate) link: i32,
    pub(crate) bytes: Vec<u8>,
}

/// Whether a file with this beginning is a capture.
pub(crate) fn is_capture(beginning: &[u8]) -> bool {
    const PCAP: [[u8; 4]; 3] = [[0xa1, 0xb2, 0xc3, 0xd4], [0xa1, 0xb2, 0x3c, 0x4d], MODIFIED_BIG_ENDIAN];
    const PCAPNG: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];
    beginning.first_chunk().is_some_and(|magic: &[u8; 4]| {
        let reversed = [magic[3], magic[2], magic[1], magic[0]];
        *magic == PCAPNG || PCAP.contains(magic) || PCAP.contains(&reversed)
    })
}

/// The link type of a frame that the file does not describe.
pub(crate) const NOT_DESCRIBED: i32 = -1;

/// How the file ends.
pub(crate) enum End {
    Whole,
    CutOff,
    Damaged,
    /// The parser does not know the format.
    Unknown(&'static str),
}

/// The magic number of modified pcap in big-endian order. The parser reads modified pcap only in little-endian order.
const MODIFIED_BIG_ENDIAN: [u8; 4] = [0xa1, 0xb2, 0xcd, 0x34];

/// The number of frames that are sorted by time. Captures of several interfaces may be slightly out
/// of order.
const SORTED: usize = 256;
const BUFFER: usize = 1 << 18;
const LARGEST_BLOCK: usize = 1 << 26;

/// Passes on all frames, sorted by time.
pub(crate) fn read(
    mut input: impl Read + Send,
    mut each: impl FnMut(&Frame) -> io::Result<()>,
) -> io::Result<End> {
    let header = header(&mut input)?;
    if header.starts_with(&MODIFIED_BIG_ENDIAN) {
        return Ok(End::Unknown("modified pcap in big-endian order"));
    }
    let is_pcapng = header.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]);
    let mut reader = match create_reader(BUFFER, io::Cursor::new(header).chain(input)) {
        Ok(reader) => reader,
        Err(PcapError::Incomplete(_) | PcapError::Eof) => return Ok(End::CutOff),
        Err(_) => return Ok(End::Damaged),
    };
    let (mut sections, mut sorted, mut capacity) = (Sections::default(), BinaryHeap::new(), BUFFER);
    let end = loop {
        if is_pcapng && has_no_length(reader.data()) {
            break End::Damaged;
        }
        let step = match reader.next() {
            Ok((len, block)) => {
                sorted.extend(sections.frame(&block).map(Reverse));
                Step::Consume(len)
            }
            Err(PcapError::Incomplete(_)) => Step::Refill,
            Err(PcapError::BufferTooSmall) => Step::Grow,
            Err(PcapError::Eof) => break End::Whole,
            Err(PcapError::UnexpectedEof) => break End::CutOff,
            Err(PcapError::ReadError) => return Err(io::Error::other("the rest of the file cannot be read")),
            Err(_) => break End::Damaged,
        };
        let here = reader.data().len();
        let must_grow = match step {
            Step::Consume(len) => {
                reader.consume(len);
                false
            }
            Step::Refill if reader.reader_exhausted() => break End::CutOff,
            Step::Refill => {
                reader.refill().map_err(|_| io::Error::other("the rest of the file cannot be read"))?;
                reader.data().len() == here && !reader.reader_exhausted()
            }
            Step::Grow => true,
        };
        if must_grow {
            if capacity >= LARGEST_BLOCK {
                break End::Damaged;
            }
            capacity *= 2;
            reader.grow(capacity);
            reader.refill().map_err(|_| io::Error::other("the rest of the file cannot be read"))?;
        }
        // The frames of a single interface are in order. So they need no sorting, and no frame waits.
        let wait_for = if sections.interfaces.len() > 1 { SORTED } else { 0 };
        while sorted.len() > wait_for {
            sorted.pop().map_or(Ok(()), |Reverse(frame)| each(&frame))?;
        }
    };
    while let Some(Reverse(frame)) = sorted.pop() {
        each(&frame)?;
    }
    Ok(end)
}

/// Whether the next block is a Process Information Block whose length is too small for its own header. The parser does not check this
/// length.
fn has_no_length(data: &[u8]) -> bool {
    const PROCESS_INFORMATION: u32 = 0x8000_0001;
    const SHORTEST: u32 = 12;
    let (Some(kind), Some(len)) = (data.first_chunk::<4>(), data.get(4..).and_then(<[u8]>::first_chunk::<4>))
    else {
        return false;
    };
    let is_short =
        |number: fn([u8; 4]) -> u32| number(*kind) == PROCESS_INFORMATION && number(*len) < SHORTEST;
    is_short(u32::from_le_bytes) || is_short(u32::from_be_bytes)
}

/// Reads the complete file header. The parser needs the header in its first read, but a pipe may deliver
/// fewer bytes at a time.
fn header(input: &mut impl Read) -> io::Result<Vec<u8>> {
    const PCAP: u64 = 24;
    let mut header = Vec::new();
    input.take(PCAP).read_to_end(&mut header)?;
    if let [0x0a, 0x0d, 0x0d, 0x0a, a, b, c, d, order, ..] = header[..] {
        let len = [a, b, c, d];
        let len = if order == 0x1a { u32::from_be_bytes(len) } else { u32::from_le_bytes(len) };
        let rest = u64::from(len).min(BUFFER as u64).saturating_sub(PCAP);
        input.take(rest).read_to_end(&mut header)?;
    }
    Ok(header)
}

enum Step {
    Consume(usize),
    Refill,
    Grow,
}

/// The type of the Packet Block in both byte orders. Old programs wrote this block, and the parser does not read it.
const OBSOLETE_PACKET: [u32; 2] = [2, 2_u32.swap_bytes()];

/// The settings from the headers in the file.
#[derive(Default)]
struct Sections {
    interfaces: Vec<Interface>,
    number: u64,
}

#[derive(Clone, Copy)]
struct Interface {
    link: Linktype,
    /// Ticks per second. `None` if the number is too large: then the times are not known.
    resolution: Option<u64>,
    /// In seconds.
    offset: i64,
}

impl Sections {
    fn frame(&mut self, block: &PcapBlockOwned<'_>) -> Option<Frame> {
        let (link, time, bytes) = match block {
            PcapBlockOwned::LegacyHeader(header) => {
                let resolution = if header.is_nanosecond_precision() { 1_000_000_000 } else { 1_000_000 };
                // The upper bits hold the length of the frame check sequence.
                let link = Linktype(header.network.0 & 0xffff);
                self.interfaces = vec![Interface { link, resolution: Some(resolution), offset: 0 }];
                return None;
            }
            PcapBlockOwned::Legacy(frame) => {
                let interface = self.interfaces.first()?;
                let resolution = interface.resolution.unwrap_or_default();
                let units = u64::from(frame.ts_sec) * resolution + u64::from(frame.ts_usec);
                (interface.link, interface.time(units), frame.data)
            }
            PcapBlockOwned::NG(Block::SectionHeader(_)) => {
                self.interfaces.clear();
                return None;
            }
            PcapBlockOwned::NG(Block::InterfaceDescription(interface)) => {
                self.interfaces.push(Interface {
                    link: interface.linktype,
                    resolution: resolution(interface.if_tsresol),
                    offset: interface.ts_offset(),
                });
                return None;
            }
            PcapBlockOwned::NG(Block::EnhancedPacket(frame)) => {
                let interface = usize::try_from(frame.if_id).ok().and_then(|id| self.interfaces.get(id));
                let units = u64::from(frame.ts_high) << 32 | u64::from(frame.ts_low);
                match interface {
                    Some(interface) => (interface.link, interface.time(units), frame.packet_data()),
                    None => (Linktype(NOT_DESCRIBED), None, frame.packet_data()),
                }
            }
            PcapBlockOwned::NG(Block::SimplePacket(frame)) => {
                let link = self.interfaces.first().map_or(Linktype(NOT_DESCRIBED), |first| first.link);
                (link, None, frame.packet_data())
            }
            PcapBlockOwned::NG(Block::Unknown(block)) if OBSOLETE_PACKET.contains(&block.block_type) => {
                (Linktype(NOT_DESCRIBED), None, block.data)
            }
            PcapBlockOwned::NG(_) => return None,
        };
        self.number += 1;
        Some(Frame { time, number: self.number, link: link.0, bytes: bytes.to_vec() })
    }
}

/// Returns the ticks per second of the option `if_tsresol`: a power of 10, or of 2 if the first bit is set. The function of pcap-parser
/// reads only powers of 10.
fn resolution(if_tsresol: u8) -> Option<u64> {
    const POWER_OF_2: u8 = 0x80;
    let base: u64 = if if_tsresol & POWER_OF_2 == 0 { 10 } else { 2 };
    base.checked_pow(u32::from(if_tsresol & !POWER_OF_2))
}

impl Interface {
    fn time(self, units: u64) -> Option<SystemTime> {
        let resolution = self.resolution?;
        let seconds = (units / resolution).checked_add_signed(self.offset)?;
        let nanos = u128::from(units % resolution) * 1_000_000_000 / u128::from(resolution);
        SystemTime::UNIX_EPOCH.checked_add(Duration::new(seconds, u32::try_from(nanos).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_units_of_every_size() {
        for (if_tsresol, units, expected) in [
            (0, 3, Some((3, 0))),
            (6, 3_000_001, Some((3, 1000))),
            (9, 3_000_000_001, Some((3, 1))),
            (19, 25_000_000_000, Some((0, 2))),
            (0x80, 3, Some((3, 0))),
            (0x8a, 3 << 10 | 1 << 9, Some((3, 500_000_000))),
            (0xbf, u64::MAX, Some((1, 999_999_999))),
            (20, 1, None),
            (0xc0, 1, None),
            (0xff, 1, None),
        ] {
            let interface =
                Interface { link: Linktype::ETHERNET, resolution: resolution(if_tsresol), offset: 0 };
            let expected =
                expected.map(|(seconds, nanos)| SystemTime::UNIX_EPOCH + Duration::new(seconds, nanos));
            assert_eq!(interface.time(units), expected, "{if_tsresol:#x}");
        }
    }
}
