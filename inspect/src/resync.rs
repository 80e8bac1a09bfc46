//! Finds packets in bytes whose beginning is unknown.

use mqtt_wire::inspect::Found;
use mqtt_wire::stream::FrameLen;
use mqtt_wire::{DecodeError, DecodeErrorKind as Kind, Decoder, Packet, PacketType};

/// The result of a search for a packet boundary.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Boundary {
    /// Packets follow one another from here.
    At(usize),
    /// A packet may begin here. The search needs this many bytes from there on.
    Perhaps {
        at: usize,
        wait_for: usize,
    },
    Nowhere,
}

/// Searches for the first byte from which packets follow one another to the end.
///
/// A segment often begins with a packet; elsewhere more packets are required. If no more bytes will come
/// (`ended`), the search does not wait.
pub(crate) fn boundary(
    decoders: &[Decoder],
    bytes: &[u8],
    begins_segment: bool,
    ended: bool,
    work: &mut Work,
) -> Boundary {
    let mut possible = None;
    for at in 0..bytes.len() {
        let is_likely = begins_segment && at == 0;
        let rest = &bytes[at..];
        for decoder in decoders {
            let chain = chain(decoder, rest);
            if !work.done(chain.work()) {
                return perhaps(possible, ended);
            }
            match chain.verdict(is_likely) {
                Verdict::Begins => return Boundary::At(at),
                // An incomplete packet is accepted here, because the capture may end inside of a packet.
                Verdict::Likely if ended && is_likely => return Boundary::At(at),
                // The header and the first fields are valid. The search does not start inside of
                // this packet.
                Verdict::Likely if !ended => {
                    return perhaps(possible.or(Some((at, chain.wait_for(rest)))), ended);
                }
                Verdict::Possible => {
                    possible.get_or_insert((at, chain.wait_for(rest)));
                }
                Verdict::Likely | Verdict::Refuted => {}
            }
        }
    }
    perhaps(possible, ended)
}

fn perhaps(possible: Option<(usize, usize)>, ended: bool) -> Boundary {
    match possible {
        Some((at, wait_for)) if !ended => Boundary::Perhaps { at, wait_for },
        _ => Boundary::Nowhere,
    }
}

/// A sequence of packets.
pub(crate) struct Chain {
    pub(crate) packets: usize,
    /// The total length of the packets, in bytes.
    len: usize,
    /// The bytes after the packets, if another packet can begin there.
    open: Option<Open>,
    /// The number of bytes after the packets that were read.
    read: usize,
}

/// The beginning of a packet.
#[derive(Debug, Clone, Copy)]
struct Open {
    /// The length of the packet, if it is known.
    total: Option<usize>,
    /// The number of bytes that were found to be valid.
    agrees: usize,
}

enum Verdict {
    Begins,
    Likely,
    Possible,
    Refuted,
}

pub(crate) fn chain(decoder: &Decoder, bytes: &[u8]) -> Chain {
    const ENOUGH: usize = 16;
    let (mut decoder, mut rest, mut packets) = (*decoder, bytes, 0);
    let (open, read) = loop {
        match decoder.decode(rest) {
            Ok(Some((_, after))) => (rest, packets) = (after, packets + 1),
            Ok(None) => break open(&decoder, rest),
            Err(error) => break (None, read_until(&decoder, error, rest)),
        }
        if packets == ENOUGH {
            break (Some(Open { total: None, agrees: 0 }), 0);
        }
    };
    Chain { packets, len: bytes.len() - rest.len(), open, read }
}

impl Chain {
    fn verdict(&self, is_likely: bool) -> Verdict {
        const BELIEVED: usize = 8;
        const SURE: usize = 16;
        let Some(open) = self.open else { return Verdict::Refuted };
        if self.packets > 0 {
            let is_enough = is_likely || self.packets > 1 || self.len >= BELIEVED;
            return if is_enough { Verdict::Begins } else { Verdict::Possible };
        }
        let needed = if is_likely { BELIEVED } else { SURE };
        if open.agrees >= needed { Verdict::Likely } else { Verdict::Possible }
    }

    /// Returns how many bytes the next decision needs. A short buffer is searched again when it has grown by a quarter, and a long buffer
    /// at twice its length, because the total time would otherwise be quadratic.
    fn wait_for(&self, bytes: &[u8]) -> usize {
        const MANY: usize = 1 << 12;
        let more = if bytes.len() < MANY { bytes.len() + bytes.len() / 4 + 1 } else { 2 * bytes.len() };
        match self.open.and_then(|open| open.total) {
            Some(total) => more.min(self.len.saturating_add(total)),
            None => more,
        }
    }

    /// The time of this search: a unit is about the time to read one byte of a string.
    fn work(&self) -> usize {
        const EACH: usize = 16;
        EACH + self.len + self.read
    }
}

/// Checks the beginning of a packet, and returns the number of bytes that were read. `None` if the packet is invalid.
fn open(decoder: &Decoder, bytes: &[u8]) -> (Option<Open>, usize) {
    let total = match decoder.frame_len(bytes) {
        Ok(FrameLen::Total(total)) => Some(total),
        Ok(FrameLen::AtLeast(_)) => return (Some(Open { total: None, agrees: 0 }), 0),
        Err(_) => return (None, 0),
    };
    let (agrees, read) = match PacketType::from_first_byte(bytes[0]) {
        Ok(PacketType::Publish) => publish_head(decoder, bytes),
        Ok(PacketType::Connect | PacketType::Subscribe | PacketType::Unsubscribe) => cut_off(decoder, bytes),
        // Other packets are short. A long one is probably not a packet.
        _ => {
            let (agrees, read) = cut_off(decoder, bytes);
            (agrees.map(|_| 0), read)
        }
    };
    (agrees.map(|agrees| Open { total, agrees }), read)
}

/// Returns how many bytes of an incomplete PUBLISH are valid, and how many were read. The first number is 0 if the PUBLISH is not a common
/// one, and `None` if it is invalid.
fn publish_head(decoder: &Decoder, bytes: &[u8]) -> (Option<usize>, usize) {
    match { *decoder }.decode_head(bytes) {
        Ok(Some(head)) => {
            let len = bytes.len() - head.rest.len();
            (Some(if is_common(&head.packet) { len } else { 0 }), len)
        }
        Ok(None) => (Some(0), 0),
        Err(error) => (None, read_until(decoder, error, bytes)),
    }
}

/// Returns how many bytes the decoder has read before the error.
fn read_until(decoder: &Decoder, error: DecodeError, bytes: &[u8]) -> usize {
    let string = match error.found() {
        Some(Found::IllFormed { at, .. }) => at as usize,
        // The decoder looks for a wrong character after it has read the whole string.
        Some(Found::Character { .. }) => decoder.refused(error, bytes).offending().len(),
        _ => 0,
    };
    error.offset() + string
}

/// Whether a PUBLISH looks like one from a real program. Random bytes often look like other kinds.
fn is_common(packet: &Packet<'_>) -> bool {
    match packet {
        Packet::Publish(publish) => {
            publish.topic.name().is_none_or(|name| !name.as_str().contains(|c: char| c.is_control()))
        }
        _ => false,
    }
}

/// Returns how many bytes of an incomplete packet are valid, and how many were read. The first number is `None` if the packet is invalid.
/// The packet is read as if it ended here.
fn cut_off(decoder: &Decoder, bytes: &[u8]) -> (Option<usize>, usize) {
    const LOOKED_AT: usize = 1 << 8;
    let header = bytes.iter().skip(1).position(|byte| *byte < 0x80).map_or(bytes.len(), |len| len + 2);
    let body = &bytes[header..];
    let body = &body[..body.len().min(LOOKED_AT)];
    let mut frame = vec![bytes[0]];
    match u8::try_from(body.len()) {
        Ok(len @ ..0x80) => frame.push(len),
        _ => frame.extend([body.len() as u8 | 0x80, (body.len() >> 7) as u8]),
    }
    frame.extend_from_slice(body);
    let agrees = match { *decoder }.decode_frame(&frame) {
        Ok(_) => Some(body.len()),
        Err(error) => match error.kind() {
            Kind::Missing | Kind::Truncated | Kind::EmptyList | Kind::AuthenticationMethodMissing => {
                Some(error.offset())
            }
            _ => None,
        },
    };
    (agrees, body.len())
}

/// The remaining work of all searches in one direction. An attacker can make a long packet seem to begin at each byte, so the searches
/// stop after work in proportion to the bytes of the direction.
pub(crate) struct Work {
    left: usize,
}

impl Default for Work {
    fn default() -> Self {
        Self { left: 1 << 20 }
    }
}

impl Work {
    /// Allows more work for these new bytes. Connections of real programs need less than this.
    pub(crate) fn allow(&mut self, bytes: &[u8]) {
        const PER_BYTE: usize = 256;
        self.left = self.left.saturating_add(bytes.len().saturating_mul(PER_BYTE));
    }

    fn done(&mut self, work: usize) -> bool {
        self.left = self.left.saturating_sub(work);
        self.left > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Checks;
    use crate::direction::{Direction, Event, Loss, Watcher};
    use mqtt_wire::{Role, Version};
    use std::io;

    fn decoders() -> [Decoder; 2] {
        [Version::V5_0, Version::V3_1_1].map(Decoder::new)
    }

    fn found(bytes: &[u8], begins_segment: bool, ended: bool) -> Boundary {
        let mut work = Work::default();
        work.allow(bytes);
        boundary(&decoders(), bytes, begins_segment, ended, &mut work)
    }

    const PUBLISH: &[u8] = b"\x30\x80\x02\x00\x05a/b/c\x00payload";

    #[test]
    fn the_search_waits_for_an_incomplete_packet() {
        let total = 259;
        for (bytes, begins_segment, at) in [
            (PUBLISH, true, 0),
            (&[b"xyz", PUBLISH].concat()[..], false, 3),
            // One byte does not give the length of the packet, so the search runs again soon.
            (&PUBLISH[..1], true, 0),
            (&PUBLISH[..3], true, 0),
        ] {
            let Boundary::Perhaps { at: begin, wait_for } = found(bytes, begins_segment, false) else {
                panic!("{bytes:02x?}");
            };
            assert_eq!(begin, at, "{bytes:02x?}");
            assert!(wait_for > bytes.len() - at && wait_for <= total, "{bytes:02x?}: {wait_for}");
        }
        assert_eq!(found(PUBLISH, true, true), Boundary::At(0));
        assert_eq!(found(&PUBLISH[1..], true, true), Boundary::Nowhere);
    }

    #[test]
    fn consecutive_packets_are_found() {
        let bytes = b"\xff\xff\xc0\x00\xd0\x00\x30";
        assert_eq!(found(bytes, true, false), Boundary::At(2));
        // A single short packet may be a coincidence.
        assert_eq!(found(&bytes[..4], true, true), Boundary::Nowhere);
        assert_eq!(found(&bytes[2..4], true, true), Boundary::At(0));
    }

    /// Bytes in which a long packet seems to begin at each byte, or at many.
    const HOSTILE: [&[u8]; 6] = [
        b"0\xc2\x80\x01@\0",
        b"0\xc2\x80\x01AA",
        b"\x82\xff\xff\x7f\0\x01",
        b"00",
        b"\xc0\x00",
        b"\x10\xff\xff\x03",
    ];

    #[test]
    fn the_search_takes_linear_time() {
        for piece in HOSTILE {
            let work = |len: usize| {
                let bytes = piece.repeat(len);
                let started = cpu_time::ThreadTime::now();
                std::hint::black_box(found(&bytes, false, true));
                started.elapsed()
            };
            let (short, long) = (work(10_000), work(40_000));
            assert!(
                long < 9 * short + std::time::Duration::from_millis(50),
                "{piece:02x?}: {short:?} {long:?}"
            );
        }
    }

    /// Each segment starts a search, and so does each gap. All searches together take linear time.
    #[test]
    fn hostile_segments_take_little_more_time_than_harmless_segments() {
        let took = |piece: &[u8], segment: usize, lost: u64| {
            let bytes = piece.repeat(200_000 / piece.len());
            let mut direction = Direction::new(Checks::default(), None, None, false, false);
            let started = cpu_time::ThreadTime::now();
            for segment in bytes.chunks(segment) {
                direction.feed(segment, &mut Nobody).unwrap();
                if lost > 0 {
                    direction.lost(lost, Loss::NotCaptured, &mut Nobody).unwrap();
                }
            }
            direction.end(&mut Nobody).unwrap();
            started.elapsed()
        };
        for (segment, lost) in [(100, 0), (100, 1)] {
            let harmless = took(b"\0", segment, lost);
            for piece in HOSTILE {
                let hostile = took(piece, segment, lost);
                assert!(hostile < 40 * harmless, "{piece:02x?} {lost}: {hostile:?} {harmless:?}");
            }
        }
    }

    struct Nobody;

    impl Watcher for Nobody {
        fn event(&mut self, _: Option<Role>, _: &Event<'_>) -> io::Result<()> {
            Ok(())
        }
    }
}
