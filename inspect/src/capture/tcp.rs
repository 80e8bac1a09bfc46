//! Reassembles one direction of a TCP connection.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

/// A part of the stream, in stream order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Bytes(Vec<u8>),
    /// The number of bytes that were sent but not captured.
    Lost(u64),
}

/// A segment that waits for an earlier segment.
#[derive(Default)]
struct Held {
    bytes: Vec<u8>,
    /// The number of bytes that the capture cut off.
    cut: u64,
}

/// One direction of a connection. If bytes are retransmitted, the first copy is used. The other copies are compared with the first.
#[derive(Default)]
pub(crate) struct Stream {
    /// The position of the next byte. The lower half is its sequence number; the upper half counts
    /// wraps.
    next: Option<u64>,
    /// The sequence number of the SYN.
    syn: Option<u32>,
    held: BTreeMap<u64, Held>,
    held_bytes: usize,
    /// The position up to which the other end has acknowledged.
    acknowledged: u64,
    /// The number of segments that arrived during the current gap.
    waited: usize,
    fin: Option<u64>,
    /// The last bytes that were read, up to `next`.
    recent: VecDeque<u8>,
    /// The number of retransmitted bytes that differ from the first copy.
    differing: u64,
    /// The position of the first byte that can be read.
    first: Option<u64>,
    /// The number of bytes that came before the position `first`.
    early: u64,
}

/// The number of bytes that are kept, to compare them with retransmissions.
const RECENT: usize = 1 << 20;
/// The number of bytes that may wait after an unacknowledged gap.
const HELD_BYTES: usize = 4 << 20;
const HELD_SEGMENTS: usize = 1024;
/// The number of segments that may wait after an acknowledged gap. A capture may have packets that are out of order by up to this number.
const OUT_OF_ORDER: usize = 32;

impl Stream {
    /// Handles a SYN. The first data byte has the next sequence number.
    pub(crate) fn begin(&mut self, syn: u32) {
        let next = *self.next.get_or_insert(position(syn.wrapping_add(1)));
        self.first.get_or_insert(next);
        self.syn.get_or_insert(syn);
    }

    /// The sequence number after all bytes that have arrived.
    pub(crate) fn next_seq(&self) -> u32 {
        let held = self.held.last_key_value().map(|(at, held)| at + held.bytes.len() as u64 + held.cut);
        #[expect(clippy::cast_possible_truncation, reason = "modulo 2^32 is meant")]
        let next = held.max(self.next).unwrap_or_default() as u32;
        next
    }

    /// Whether a SYN with this number begins another connection.
    pub(crate) fn is_other(&self, syn: u32) -> bool {
        if let Some(first) = self.syn {
            return syn != first;
        }
        // The capture has begun after the SYN, or the SYN arrives late.
        self.next.is_some_and(|next| {
            let first = self.place(syn.wrapping_add(1), next);
            first > next.saturating_add(HELD_BYTES as u64) || first.saturating_add(1 << 30) < next
        })
    }

    /// Adds a segment: its captured bytes, and the number of bytes that the capture cut off.
    pub(crate) fn push(&mut self, seq: u32, bytes: &[u8], cut: usize, fin: bool) {
        let next = *self.next.get_or_insert(position(seq));
        let at = self.place(seq, next);
        let end = at + (bytes.len() + cut) as u64;
        if fin {
            self.fin = Some(end);
        }
        if bytes.len() + cut == 0 {
            return;
        }
        // The byte of a keep-alive is not a byte of the stream (RFC 1122, §4.2.3.6), so it may differ.
        let is_keep_alive = bytes.len() == 1 && end == next && !fin;
        let first = *self.first.get_or_insert(next);
        if !is_keep_alive {
            self.compare_with_recent(at, bytes, next);
            self.early += first.min(end).saturating_sub(at);
        }
        if end <= next {
            return;
        }
        let bytes = self.with_first_copies(at, bytes);
        let held = self.held.entry(at).or_default();
        let len = (held.bytes.len() as u64 + held.cut).max((bytes.len() + cut) as u64);
        if held.bytes.len() < bytes.len() {
            self.held_bytes += bytes.len() - held.bytes.len();
            held.bytes = bytes;
        }
        held.cut = len - held.bytes.len() as u64;
    }

    /// Compares a segment with the bytes that were read.
    fn compare_with_recent(&mut self, at: u64, bytes: &[u8], next: u64) {
        let first = next - self.recent.len() as u64;
        if let Some((new, old)) = overlap(at, bytes.len(), first, self.recent.len()) {
            self.differing += count_differing(&bytes[new], self.recent.range(old));
        }
    }

    /// Compares a segment with the segments that wait. Returns the bytes of the segment. Bytes that have arrived before have the values of
    /// their first copy.
    fn with_first_copies(&mut self, at: u64, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        let end = at + bytes.len() as u64;
        for (&held_at, held) in self.held.range(..end) {
            if let Some((new, old)) = overlap(at, bytes.len(), held_at, held.bytes.len()) {
                let (new, old) = (&mut bytes[new], &held.bytes[old]);
                self.differing += count_differing(new, old);
                new.copy_from_slice(old);
            }
        }
        bytes
    }

    /// Returns how many retransmitted bytes differed from the first copy since the last call.
    pub(crate) fn take_differing(&mut self) -> u64 {
        std::mem::take(&mut self.differing)
    }

    /// Returns the number of bytes since the last call that belong before the beginning of the stream. These bytes cannot be read, because
    /// the bytes after them were already read.
    pub(crate) fn take_early(&mut self) -> u64 {
        std::mem::take(&mut self.early)
    }

    fn remember(&mut self, bytes: &[u8]) {
        self.recent.extend(bytes);
        let many = self.recent.len().saturating_sub(RECENT);
        self.recent.drain(..many);
    }

    /// Handles an acknowledgement of all bytes before this number.
    pub(crate) fn acknowledge(&mut self, ack: u32) {
        if let Some(next) = self.next {
            self.acknowledged = self.acknowledged.max(self.place(ack, next));
        }
    }

    /// Returns the next part of the stream. The function skips a gap only if the missing bytes will not come, or if the stream has
    /// `ended`.
    pub(crate) fn pull(&mut self, ended: bool) -> Option<Piece> {
        let next = self.next?;
        let (&at, held) = match self.held.first_key_value() {
            Some(first) => first,
            None => {
                self.waited = 0;
                return if ended { self.pull_end(next) } else { None };
            }
        };
        if at > next {
            self.waited += 1;
            let is_gone = self.acknowledged >= at && self.waited > OUT_OF_ORDER;
            let is_full = self.held_bytes > HELD_BYTES || self.held.len() > HELD_SEGMENTS;
            if !(ended || is_gone || is_full) {
                return None;
            }
            self.next = Some(at);
            self.recent.clear();
            return Some(Piece::Lost(at - next));
        }
        let end = at + held.bytes.len() as u64;
        let cut_end = end + held.cut;
        if end > next {
            let from = usize::try_from(next - at).unwrap_or(usize::MAX);
            let bytes = held.bytes.get(from..).unwrap_or_default().to_vec();
            (self.next, self.waited) = (Some(end), 0);
            self.remember(&bytes);
            return Some(Piece::Bytes(bytes));
        }
        self.held_bytes -= held.bytes.len();
        self.held.pop_first();
        // A later segment may begin with the bytes that were cut off. These bytes are not lost.
        let known = self.held.first_key_value().map_or(cut_end, |(at, _)| cut_end.min(*at));
        if known > next {
            self.next = Some(known);
            self.recent.clear();
            return Some(Piece::Lost(known - next));
        }
        self.pull(ended)
    }

    /// Handles a reset. The other end may have received more bytes than were captured.
    fn pull_end(&mut self, next: u64) -> Option<Piece> {
        // The FIN may be missing from the capture. A FIN takes one sequence number, so the last acknowledged number is not a byte.
        let end =
            self.fin.unwrap_or_else(|| self.acknowledged.saturating_sub(1).min(next + HELD_BYTES as u64));
        self.next = Some(next.max(end));
        if end > next {
            self.recent.clear();
        }
        (end > next).then(|| Piece::Lost(end - next))
    }

    /// Whether all bytes before the FIN were read.
    pub(crate) fn is_finished(&self) -> bool {
        matches!((self.fin, self.next), (Some(fin), Some(next)) if next >= fin)
    }

    /// Returns the position of a sequence number that is nearest to `next`.
    fn place(&self, seq: u32, next: u64) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_possible_wrap,
            reason = "modulo 2^32 is meant"
        )]
        let ahead = seq.wrapping_sub(next as u32) as i32;
        next.saturating_add_signed(ahead.into())
    }
}

/// The first position is far above 0, so that earlier segments have valid positions.
fn position(seq: u32) -> u64 {
    (1 << 32) + u64::from(seq)
}

/// Returns the bytes that two runs have in common: their range in the first run, and their range in the second.
fn overlap(at: u64, len: usize, other_at: u64, other_len: usize) -> Option<(Range<usize>, Range<usize>)> {
    let from = at.max(other_at);
    let to = (at + len as u64).min(other_at + other_len as u64);
    let within = |begin: u64| Some(usize::try_from(from - begin).ok()?..usize::try_from(to - begin).ok()?);
    if from < to { within(at).zip(within(other_at)) } else { None }
}

fn count_differing<'a>(bytes: &[u8], others: impl IntoIterator<Item = &'a u8>) -> u64 {
    bytes.iter().zip(others).filter(|(one, other)| one != other).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds segments of `0123456789…` and returns the bytes that were read, with `-` for each lost
    /// byte.
    fn read(segments: &[(u32, usize, usize)], first: u32) -> String {
        let mut stream = Stream::default();
        stream.begin(first.wrapping_sub(1));
        let mut text = String::new();
        let mut drain = |stream: &mut Stream, ended| {
            while let Some(piece) = stream.pull(ended) {
                match piece {
                    Piece::Bytes(bytes) => text.push_str(std::str::from_utf8(&bytes).unwrap()),
                    Piece::Lost(len) => text.push_str(&"-".repeat(len.try_into().unwrap())),
                }
            }
        };
        for &(at, len, cut) in segments {
            let bytes: Vec<u8> = (at..).take(len).map(|at| b'0' + (at % 10) as u8).collect();
            stream.push(first.wrapping_add(at), &bytes, cut, false);
            drain(&mut stream, false);
        }
        drain(&mut stream, true);
        text
    }

    #[test]
    fn reordered_repeated_and_overlapping_segments_are_reassembled() {
        for first in [1, u32::MAX - 3, u32::MAX, 1 << 31] {
            for segments in [
                &[(0, 5, 0), (5, 5, 0)][..],
                &[(5, 5, 0), (0, 5, 0)],
                &[(0, 5, 0), (0, 5, 0), (5, 5, 0), (2, 3, 0)],
                &[(0, 6, 0), (4, 6, 0)],
                &[(4, 6, 0), (0, 6, 0)],
                &[(2, 2, 0), (0, 10, 0)],
                &[(0, 1, 0), (8, 2, 0), (4, 2, 0), (4, 5, 0), (1, 3, 0)],
                &[(0, 0, 0), (0, 10, 0), (9, 1, 0)],
            ] {
                assert_eq!(read(segments, first), "0123456789", "{segments:?} {first}");
            }
        }
    }

    /// The first copy counts in both cases: it was read already, or it waits for earlier bytes.
    #[test]
    fn a_retransmission_with_other_bytes_is_noticed() {
        for first in [1, u32::MAX - 3, 1 << 31] {
            for (segments, text, differing) in [
                (&[(0, "abcd"), (0, "abcd")][..], "abcd", 0),
                (&[(0, "abcd"), (0, "aXXd")], "abcd", 2),
                (&[(0, "abcd"), (2, "Xdef")], "abcdef", 1),
                (&[(0, "abcd"), (1, "b")], "abcd", 0),
                (&[(0, "abcd"), (1, "X")], "abcd", 1),
                // Two segments wait for the byte before them.
                (&[(2, "cd"), (2, "Xd"), (0, "ab")], "abcd", 1),
                (&[(2, "cd"), (2, "XYef"), (0, "ab")], "abcdef", 2),
                (&[(4, "ef"), (1, "bcdXf"), (0, "a")], "abcdef", 1),
                (&[(1, "bcdef"), (2, "X"), (4, "Xfg"), (0, "a")], "abcdefg", 2),
                (&[(2, "cd"), (0, "abXde")], "abcde", 1),
                // A keep-alive repeats the last byte, or has any byte in its place.
                (&[(0, "abcd"), (3, "X")], "abcd", 0),
                (&[(0, "abcd"), (3, "Xe")], "abcde", 1),
            ] {
                let mut stream = Stream::default();
                stream.begin(first);
                let (mut read, mut seen) = (Vec::new(), 0);
                for (at, bytes) in segments {
                    stream.push(first.wrapping_add(1 + at), bytes.as_bytes(), 0, false);
                    while let Some(Piece::Bytes(bytes)) = stream.pull(false) {
                        read.extend(bytes);
                    }
                    seen += stream.take_differing();
                }
                assert_eq!((&*String::from_utf8(read).unwrap(), seen), (text, differing), "{segments:?}");
            }
        }
    }

    #[test]
    fn few_bytes_are_kept_for_comparison() {
        let mut stream = Stream::default();
        let segment = vec![7; 60_000];
        for number in 0..40 {
            stream.push(number * 60_000, &segment, 0, false);
            while stream.pull(false).is_some() {}
        }
        assert_eq!(stream.recent.len(), RECENT);
    }

    #[test]
    fn missing_bytes_are_counted() {
        assert_eq!(read(&[(0, 3, 0), (5, 5, 0)], 7), "012--56789");
        assert_eq!(read(&[(5, 5, 0)], 7), "-----56789");
        assert_eq!(read(&[(0, 3, 4), (7, 3, 0)], 7), "012----789");
        // A later segment has the bytes that were cut off.
        assert_eq!(read(&[(4, 6, 0), (0, 3, 5)], 7), "012-456789");
        // The second copy of a waiting segment is longer, but not more of it was captured.
        assert_eq!(read(&[(1, 3, 0), (1, 3, 4), (0, 1, 0)], 7), "0123----");
        assert_eq!(read(&[(1, 3, 4), (1, 5, 0), (0, 1, 0)], 7), "012345--");
    }

    #[test]
    fn a_gap_is_skipped_once_the_other_end_has_acknowledged_it() {
        let mut stream = Stream::default();
        stream.begin(0);
        stream.push(11, b"k", 0, false);
        assert_eq!(stream.pull(false), None);
        stream.acknowledge(12);
        let lost = (0..2 * OUT_OF_ORDER).find_map(|_| stream.pull(false));
        assert_eq!(lost, Some(Piece::Lost(10)));
        assert_eq!(stream.pull(false), Some(Piece::Bytes(b"k".to_vec())));
    }

    #[test]
    fn the_end_is_known_from_fin_or_from_the_other_end() {
        let mut stream = Stream::default();
        stream.begin(0);
        stream.push(1, b"a", 0, false);
        stream.acknowledge(5);
        assert_eq!(stream.pull(true), Some(Piece::Bytes(b"a".to_vec())));
        assert_eq!(stream.pull(true), Some(Piece::Lost(2)));
        stream.push(4, b"b", 0, true);
        assert_eq!(stream.pull(true), Some(Piece::Bytes(b"b".to_vec())));
        assert!(stream.is_finished());
        stream.acknowledge(6);
        assert_eq!(stream.pull(true), None);
    }
}
