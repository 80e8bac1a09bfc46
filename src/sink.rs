//! Where encoded fields go: the [`Sink`] that every room writes to, and what may stand behind it.

/// Where encoded fields go. Packet and room have been checked before, so that writing cannot fail: a sink
/// that is full after all ignores what does not fit.
pub(crate) trait Sink {
    /// At one go what has a varying length, between what has none.
    fn put<const N: usize, const M: usize>(&mut self, head: [u8; N], middle: &[u8], tail: [u8; M]);

    /// A block that begins with its length in bytes: a Variable Byte Integer.
    fn block(&mut self, len: impl FnOnce() -> u64, write: impl FnOnce(&mut Self));

    /// Writes several fields of a block. What is known of the sink can stay in registers meanwhile.
    #[inline(always)]
    fn in_registers(&mut self, write: impl FnOnce(&mut Self)) {
        write(self);
    }

    #[inline]
    fn bytes(&mut self, bytes: &[u8]) {
        self.put([], bytes, []);
    }

    /// Bytes that are made one by one.
    #[inline]
    fn each(&mut self, bytes: impl ExactSizeIterator<Item = u8>) {
        bytes.for_each(|byte| self.u8(byte));
    }

    #[inline]
    fn u8(&mut self, byte: u8) {
        self.put([byte], &[], []);
    }

    #[inline]
    fn u16(&mut self, number: u16) {
        self.put(number.to_be_bytes(), &[], []);
    }

    /// In the fewest bytes: \[MQTT-1.5.5-1\].
    #[inline]
    fn varint(&mut self, number: u32) {
        let [a, b, c, d] = spread_septets(number).to_le_bytes();
        match varint_len(number) {
            1 => self.put([a], &[], []),
            2 => self.put([followed(a), b], &[], []),
            3 => self.put([followed(a), followed(b), c], &[], []),
            _ => self.put([followed(a), followed(b), followed(c), d], &[], []),
        }
    }

    #[inline]
    fn u8_and_u16(&mut self, byte: u8, number: u16) {
        let [high, low] = number.to_be_bytes();
        self.put([byte, high, low], &[], []);
    }

    #[inline]
    fn u8_and_u32(&mut self, byte: u8, number: u32) {
        let [a, b, c, d] = number.to_be_bytes();
        self.put([byte, a, b, c, d], &[], []);
    }

    /// A byte, and the integer behind it: at one go if it takes one byte, as most do.
    #[inline(always)]
    fn u8_and_varint(&mut self, byte: u8, number: u32) {
        if number < 0x80 {
            let [.., short] = number.to_be_bytes();
            self.put([byte, short], &[], []);
        } else {
            self.u8(byte);
            self.varint(number);
        }
    }

    /// Two bytes of length and the bytes. The types of the fields hold no more than fits.
    #[inline]
    fn length_prefixed(&mut self, bytes: &[u8]) {
        self.length_prefixed_and(bytes, []);
    }

    /// The same behind a byte. (At one go, three bytes would be shifted together.)
    #[inline]
    fn u8_and_length_prefixed(&mut self, byte: u8, bytes: &[u8]) {
        self.u8(byte);
        self.length_prefixed(bytes);
    }

    /// The same, and what stands behind.
    #[inline]
    fn length_prefixed_and<const M: usize>(&mut self, bytes: &[u8], behind: [u8; M]) {
        let [.., high, low] = bytes.len().to_be_bytes();
        self.put([high, low], bytes, behind);
    }
}

/// Seven bits that are not the last.
#[inline(always)]
const fn followed(septet: u8) -> u8 {
    septet | 0x80
}

/// Seven bits of the number in each byte, the least significant in the lowest.
#[inline]
fn spread_septets(number: u32) -> u32 {
    number & 0x7f | (number & 0x3f80) << 1 | (number & 0x001f_c000) << 2 | (number & 0x0fe0_0000) << 3
}

/// How many bytes a Variable Byte Integer takes.
#[inline]
pub(crate) const fn varint_len(number: u32) -> usize {
    match number {
        0..=0x7f => 1,
        0x80..=0x3fff => 2,
        0x4000..=0x001f_ffff => 3,
        _ => 4,
    }
}

/// The lengths of a packet's blocks, in their order: found while counting, used again while writing.
/// CONNECT has two, no packet has more.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct BlockLens {
    first: Option<u32>,
    second: Option<u32>,
}

impl BlockLens {
    #[inline]
    fn push(&mut self, len: u32) {
        if self.first.is_none() {
            self.first = Some(len);
        } else {
            self.second = Some(len);
        }
    }

    #[inline]
    fn pop(&mut self) -> u32 {
        core::mem::replace(&mut self.first, self.second.take()).unwrap_or(0)
    }
}

/// Counts the bytes instead of keeping them.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    count: u64,
    blocks: BlockLens,
}

impl Counter {
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn blocks(&self) -> BlockLens {
        self.blocks
    }
}

/// Wraps nowhere: no list that memory holds has elements for 2^64 bytes.
impl Sink for Counter {
    #[inline]
    fn put<const N: usize, const M: usize>(&mut self, _: [u8; N], middle: &[u8], _: [u8; M]) {
        let fixed = (N as u64).wrapping_add(M as u64);
        self.count = self.count.wrapping_add(fixed).wrapping_add(middle.len() as u64);
    }

    #[inline]
    fn each(&mut self, bytes: impl ExactSizeIterator<Item = u8>) {
        self.count = self.count.wrapping_add(bytes.len() as u64);
    }

    #[inline]
    fn block(&mut self, len: impl FnOnce() -> u64, _: impl FnOnce(&mut Self)) {
        let len = len();
        // A block too long for its prefix makes a packet too large: that is refused before writing.
        let prefix = u32::try_from(len).unwrap_or(u32::MAX);
        self.blocks.push(prefix);
        self.count = self.count.wrapping_add(len).wrapping_add(varint_len(prefix) as u64);
    }
}

/// Fills a slice from its beginning.
pub(crate) struct SliceSink<'b> {
    room: &'b mut [u8],
    blocks: BlockLens,
}

impl<'b> SliceSink<'b> {
    #[inline]
    pub(crate) fn new(room: &'b mut [u8], blocks: BlockLens) -> Self {
        Self { room, blocks }
    }
}

impl Sink for SliceSink<'_> {
    #[inline(always)]
    fn put<const N: usize, const M: usize>(&mut self, head: [u8; N], middle: &[u8], tail: [u8; M]) {
        if let Some(room) = fill(core::mem::take(&mut self.room), head, middle, tail) {
            self.room = room;
        }
    }

    #[inline(always)]
    fn varint(&mut self, number: u32) {
        match u8::try_from(number) {
            Ok(short) if number < 0x80 => self.u8(short),
            _ => self.room = fill_long_varint(core::mem::take(&mut self.room), number),
        }
    }

    #[inline(always)]
    fn in_registers(&mut self, write: impl FnOnce(&mut Self)) {
        let mut copy = Self::new(core::mem::take(&mut self.room), BlockLens::default());
        write(&mut copy);
        self.room = copy.room;
    }

    /// Room is asked for once.
    #[inline(always)]
    fn each(&mut self, bytes: impl ExactSizeIterator<Item = u8>) {
        if let Some((places, room)) = core::mem::take(&mut self.room).split_at_mut_checked(bytes.len()) {
            places.iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte);
            self.room = room;
        }
    }

    #[inline(always)]
    fn block(&mut self, _: impl FnOnce() -> u64, write: impl FnOnce(&mut Self)) {
        let len = self.blocks.pop();
        self.varint(len);
        if len == 0 {
            return;
        }
        // A sink of its own: the address of this one goes nowhere, and so it stays in registers.
        if let Some((block, room)) = core::mem::take(&mut self.room).split_at_mut_checked(len as usize) {
            write(&mut Self::new(block, BlockLens::default()));
            self.room = room;
        }
    }
}

/// A [`varint`](Sink::varint) of more than one byte, apart from the rest: room goes in and out in registers.
#[inline(never)]
fn fill_long_varint(room: &mut [u8], number: u32) -> &mut [u8] {
    let [a, b, c, d] = spread_septets(number).to_le_bytes();
    let filled = match varint_len(number) {
        0..=2 => fill(room, [followed(a), b], &[], []),
        3 => fill(room, [followed(a), followed(b), c], &[], []),
        _ => fill(room, [followed(a), followed(b), followed(c), d], &[], []),
    };
    filled.unwrap_or_default()
}

/// Copies all three to the beginning of the room and gives what is left of it; `None` if it is too small.
#[inline(always)]
fn fill<'b, const N: usize, const M: usize>(
    room: &'b mut [u8],
    head: [u8; N],
    middle: &[u8],
    tail: [u8; M],
) -> Option<&'b mut [u8]> {
    let (first, room) = room.split_first_chunk_mut()?;
    let (second, room) = room.split_at_mut_checked(middle.len())?;
    let (third, room) = room.split_first_chunk_mut()?;
    *first = head;
    *third = tail;
    copy(second, middle);
    Some(room)
}

/// Both are of one length. What is short, as most strings are, is copied here and not by a call, which takes longer
/// than the copying, and costs the caller its registers: lists of short strings are written in half the time.
#[inline(always)]
fn copy(to: &mut [u8], from: &[u8]) {
    let len = from.len();
    if !(8..=64).contains(&len) {
        to.copy_from_slice(from);
    } else if len < 16 {
        copy_ends::<8>(to, from);
    } else if len < 32 {
        copy_ends::<16>(to, from);
    } else {
        copy_ends::<32>(to, from);
    }
}

/// The first and the last `N` bytes: all that there are of `N` to twice as many.
#[inline(always)]
fn copy_ends<const N: usize>(to: &mut [u8], from: &[u8]) {
    if let (Some(to), Some(from)) = (to.first_chunk_mut::<N>(), from.first_chunk::<N>()) {
        *to = *from;
    }
    if let (Some(to), Some(from)) = (to.last_chunk_mut::<N>(), from.last_chunk::<N>()) {
        *to = *from;
    }
}

/// Appends to a `BufMut` that has been asked whether the whole packet fits.
#[cfg(feature = "bytes")]
pub(crate) struct BufSink<'b, B> {
    to: &'b mut B,
    blocks: BlockLens,
}

#[cfg(feature = "bytes")]
impl<'b, B> BufSink<'b, B> {
    #[inline]
    pub(crate) fn new(to: &'b mut B, blocks: BlockLens) -> Self {
        Self { to, blocks }
    }
}

#[cfg(feature = "bytes")]
impl<B: bytes::BufMut> Sink for BufSink<'_, B> {
    #[inline(always)]
    fn put<const N: usize, const M: usize>(&mut self, head: [u8; N], middle: &[u8], tail: [u8; M]) {
        for part in [head.as_slice(), middle, &tail] {
            if !part.is_empty() {
                self.to.put_slice(part);
            }
        }
    }

    #[inline]
    fn block(&mut self, _: impl FnOnce() -> u64, write: impl FnOnce(&mut Self)) {
        let len = self.blocks.pop();
        self.varint(len);
        if len != 0 {
            write(self);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{MAX_VARINT, varint};

    #[test]
    fn what_is_followed_has_its_bit_set() {
        assert_eq!([0, 0x7f, 0x80, 0xff].map(followed), [0x80, 0xff, 0x80, 0xff]);
    }

    fn varint_bytes(number: u32) -> Vec<u8> {
        let mut buffer = [0; 4];
        let mut sink = SliceSink::new(&mut buffer, BlockLens::default());
        sink.varint(number);
        let unused = sink.room.len();
        buffer[..4 - unused].to_vec()
    }

    fn behind_a_byte(byte: u8, number: u32) -> Vec<u8> {
        let mut buffer = [0; 5];
        let mut sink = SliceSink::new(&mut buffer, BlockLens::default());
        sink.u8_and_varint(byte, number);
        let unused = sink.room.len();
        #[cfg(feature = "bytes")]
        {
            let mut appended = vec![];
            BufSink::new(&mut appended, BlockLens::default()).u8_and_varint(byte, number);
            assert_eq!(appended, buffer[..5 - unused]);
        }
        buffer[..5 - unused].to_vec()
    }

    #[test]
    fn varints_go_both_ways_at_every_edge() {
        for (number, bytes) in [
            (0, &[0x00][..]),
            (127, &[0x7f]),
            (128, &[0x80, 0x01]),
            (16_383, &[0xff, 0x7f]),
            (16_384, &[0x80, 0x80, 0x01]),
            (2_097_151, &[0xff, 0xff, 0x7f]),
            (2_097_152, &[0x80, 0x80, 0x80, 0x01]),
            (MAX_VARINT, &[0xff, 0xff, 0xff, 0x7f]),
        ] {
            assert_eq!(varint_bytes(number), bytes);
            assert_eq!(behind_a_byte(7, number), [&[7], bytes].concat());
            assert_eq!(varint_len(number), bytes.len());
            assert_eq!(varint(bytes), Ok((&[][..], number)));
        }
        for number in (0..MAX_VARINT).step_by(4093) {
            assert_eq!(varint(&varint_bytes(number)), Ok((&[][..], number)));
        }
    }

    #[test]
    fn bytes_of_any_length_are_copied() {
        let bytes: Vec<u8> = (0..=u8::MAX).collect();
        for len in 0..=bytes.len() {
            let mut buffer = vec![0xee; len + 2];
            copy(&mut buffer[1..=len], &bytes[..len]);
            assert_eq!(buffer, [&[0xee], &bytes[..len], &[0xee]].concat());
        }
    }

    #[test]
    fn a_full_slice_ignores_the_rest() {
        let mut buffer = [7; 2];
        let mut sink = SliceSink::new(&mut buffer, BlockLens::default());
        sink.u8(1);
        sink.u16(2);
        sink.u8_and_u32(3, 4);
        sink.each([5, 6].into_iter());
        assert_eq!(buffer, [1, 7]);
    }

    /// Fields of every kind, and two blocks.
    fn write(long: usize, out: &mut impl Sink) {
        let long = vec![7; long];
        out.u8(1);
        out.block(|| 3, |out| out.length_prefixed(&[2]));
        out.length_prefixed(&long);
        out.block(|| 0, |_| ());
        out.each(long.iter().copied());
        out.put([], &[], [0, 3]);
    }

    #[test]
    fn every_sink_gets_the_same() {
        for long in 0..300 {
            let mut counter = Counter::default();
            write(long, &mut counter);
            let len = 1 + 4 + 2 + long + 1 + 2 + long;
            assert_eq!(counter.count(), len as u64);

            let mut slice = vec![0; len];
            write(long, &mut SliceSink::new(&mut slice, counter.blocks()));
            assert_eq!(slice[..7], [&[1, 3, 0, 1, 2][..], &(long as u16).to_be_bytes()].concat());
            assert_eq!(slice[7 + long], 0);
            assert!(slice[8 + long..len - 2].iter().all(|byte| *byte == 7));
            assert_eq!(slice[len - 2..], [0, 3]);

            #[cfg(feature = "bytes")]
            {
                let mut buffer = vec![];
                let mut sink = BufSink::new(&mut buffer, counter.blocks());
                write(long, &mut sink);
                assert_eq!(buffer, slice);
            }
        }
    }
}
