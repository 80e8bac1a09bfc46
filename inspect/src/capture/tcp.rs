//! Reassembles one direction of a TCP connection.

use std::collections::BTreeMap;

/// A part of the stream, in stream order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Bytes(Vec<u8>),
    /// The number of bytes that were sent but not captured.
    Lost(u64),
}

/// A segment that waits for an earlier segment.
struct Held {
    bytes: Vec<u8>,
    /// The number of bytes that the capture cut off.
    cut: u64,
}

/// One direction of a connection. Of retransmitted bytes, the first copy counts.
#[derive(Default)]
pub(crate) struct Stream {
    /// The position of the next byte. The lower half is its sequence number; the upper half counts
    /// wraps.
    next: Option<u64>,
    held: BTreeMap<u64, Held>,
    held_bytes: usize,
    /// The position up to which the other end has acknowledged.
    acknowledged: u64,
    /// The number of segments that arrived during the current gap.
    waited: usize,
    fin: Option<u64>,
}

/// The number of bytes that may wait after an unacknowledged gap.
const HELD_BYTES: usize = 4 << 20;
const HELD_SEGMENTS: usize = 1024;
/// The number of segments that may wait after an acknowledged gap. Packets may be captured out of order by
/// this many.
const OUT_OF_ORDER: usize = 32;

impl Stream {
    /// Handles a SYN. The first data byte has the next sequence number.
    pub(crate) fn begin(&mut self, syn: u32) {
        self.next.get_or_insert(position(syn.wrapping_add(1)));
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
        if end <= next || bytes.len() + cut == 0 {
            return;
        }
        let longer = self.held.get(&at).is_none_or(|held| held.bytes.len() < bytes.len());
        if longer {
            self.held_bytes += bytes.len();
            let held = Held { bytes: bytes.to_vec(), cut: cut as u64 };
            if let Some(before) = self.held.insert(at, held) {
                self.held_bytes -= before.bytes.len();
            }
        }
    }

    /// Handles an acknowledgement of all bytes before this number.
    pub(crate) fn acknowledge(&mut self, ack: u32) {
        if let Some(next) = self.next {
            self.acknowledged = self.acknowledged.max(self.place(ack, next));
        }
    }

    /// Returns the next part of the stream. It skips a gap only if the missing bytes will not come, or if the
    /// stream has `ended`.
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
            return Some(Piece::Lost(at - next));
        }
        let end = at + held.bytes.len() as u64;
        let cut_end = end + held.cut;
        if end > next {
            let from = usize::try_from(next - at).unwrap_or(usize::MAX);
            let bytes = held.bytes.get(from..).unwrap_or_default().to_vec();
            (self.next, self.waited) = (Some(end), 0);
            return Some(Piece::Bytes(bytes));
        }
        self.held_bytes -= held.bytes.len();
        self.held.pop_first();
        // The bytes that were cut off may be at the beginning of a later segment.
        let known = self.held.first_key_value().map_or(cut_end, |(at, _)| cut_end.min(*at));
        if known > next {
            self.next = Some(known);
            return Some(Piece::Lost(known - next));
        }
        self.pull(ended)
    }

    /// Handles a reset. The other end may have received more bytes than were captured.
    fn pull_end(&mut self, next: u64) -> Option<Piece> {
        // A FIN takes one sequence number, and may itself be missing.
        let end =
            self.fin.unwrap_or_else(|| self.acknowledged.saturating_sub(1).min(next + HELD_BYTES as u64));
        self.next = Some(next.max(end));
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

    #[test]
    fn missing_bytes_are_counted() {
        assert_eq!(read(&[(0, 3, 0), (5, 5, 0)], 7), "012--56789");
        assert_eq!(read(&[(5, 5, 0)], 7), "-----56789");
        assert_eq!(read(&[(0, 3, 4), (7, 3, 0)], 7), "012----789");
        // A later segment has the bytes that were cut off.
        assert_eq!(read(&[(4, 6, 0), (0, 3, 5)], 7), "012-456789");
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
