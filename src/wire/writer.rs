//! The [`Writer`] that every packet writes to, and its implementations.

use crate::platform::FAST_PATHS;

/// The destination of encoded fields. The packet was checked before, so writing cannot fail. A full writer ignores further
/// bytes.
pub(crate) trait Writer {
    /// Writes `before`, `bytes` and `after`, with one check of the free space for all three.
    fn put<const N: usize, const M: usize>(&mut self, before: [u8; N], bytes: &[u8], after: [u8; M]);

    /// Writes the length of a block, a Variable Byte Integer, and then the block. The counter calls only `len`. The other
    /// writers call only `write`. They use the length that the counter has found, or count the bytes that `write` has written.
    fn block(&mut self, len: impl FnOnce() -> u64, write: impl FnOnce(&mut Self));

    #[inline]
    fn bytes(&mut self, bytes: &[u8]) {
        self.put([], bytes, []);
    }

    /// Writes bytes from an iterator.
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

    /// Writes the number in the fewest bytes: \[MQTT-1.5.5-1\]. Most numbers take one byte, which is written in place. A
    /// call writes the others.
    #[inline]
    fn varint(&mut self, number: u32) {
        match u8::try_from(number) {
            Ok(short) if number < 0x80 => self.u8(short),
            _ => self.long_varint(number),
        }
    }

    /// A [`varint`](Self::varint) of more than one byte.
    fn long_varint(&mut self, number: u32) {
        let [a, b, c, d] = spread_septets(number).to_le_bytes();
        match varint_len(number) {
            0..=2 => self.put([followed(a), b], &[], []),
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

    /// Most integers take one byte. This byte and `byte` are written together.
    #[inline]
    fn u8_and_varint(&mut self, byte: u8, number: u32) {
        match u8::try_from(number) {
            Ok(short) if number < 0x80 => self.put([byte, short], &[], []),
            _ => {
                self.u8(byte);
                self.varint(number);
            }
        }
    }

    /// Writes two bytes of length, and the bytes. The field types guarantee that the length fits.
    #[inline]
    fn prefixed(&mut self, bytes: &[u8]) {
        self.prefixed_and(bytes, []);
    }

    /// Writes two bytes of length, the bytes, and `after`.
    #[inline]
    fn prefixed_and<const M: usize>(&mut self, bytes: &[u8], after: [u8; M]) {
        let [.., high, low] = bytes.len().to_be_bytes();
        self.put([high, low], bytes, after);
    }

    #[inline]
    fn u8_and_prefixed(&mut self, byte: u8, bytes: &[u8]) {
        self.u8(byte);
        self.prefixed(bytes);
    }
}

/// Seven bits, with the bit that announces another byte.
#[inline]
const fn followed(septet: u8) -> u8 {
    septet | 0x80
}

/// Seven bits of the number in each byte, the least significant in the lowest.
#[inline]
fn spread_septets(number: u32) -> u32 {
    number & 0x7f | (number & 0x3f80) << 1 | (number & 0x001f_c000) << 2 | (number & 0x0fe0_0000) << 3
}

/// The length of a Variable Byte Integer in bytes.
#[inline]
pub(crate) const fn varint_len(number: u32) -> usize {
    match number {
        0..=0x7f => 1,
        0x80..=0x3fff => 2,
        0x4000..=0x001f_ffff => 3,
        _ => 4,
    }
}

/// The lengths of a packet's blocks, in order. Counting finds them, and writing uses them again. CONNECT has
/// two blocks, and no packet has more.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct BlockLengths {
    first: Option<u32>,
    second: Option<u32>,
}

impl BlockLengths {
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
pub(crate) struct LengthCounter {
    count: u64,
    blocks: BlockLengths,
}

impl LengthCounter {
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn blocks(&self) -> BlockLengths {
        self.blocks
    }
}

/// The count never wraps around: no list in memory encodes to 2^64 bytes.
impl Writer for LengthCounter {
    #[inline]
    fn put<const N: usize, const M: usize>(&mut self, _: [u8; N], bytes: &[u8], _: [u8; M]) {
        let fixed = (N as u64).wrapping_add(M as u64);
        self.count = self.count.wrapping_add(fixed).wrapping_add(bytes.len() as u64);
    }

    #[inline]
    fn each(&mut self, bytes: impl ExactSizeIterator<Item = u8>) {
        self.count = self.count.wrapping_add(bytes.len() as u64);
    }

    #[inline]
    fn block(&mut self, len: impl FnOnce() -> u64, _: impl FnOnce(&mut Self)) {
        let len = len();
        // If the block is too long for its prefix, the packet is too large, too. Such a packet is refused
        // before it is written.
        let prefix = u32::try_from(len).unwrap_or(u32::MAX);
        self.blocks.push(prefix);
        self.count = self.count.wrapping_add(len).wrapping_add(varint_len(prefix) as u64);
    }
}

/// Fills a slice from its beginning.
pub(crate) struct SliceWriter<'b> {
    pub(super) free: &'b mut [u8],
    blocks: BlockLengths,
}

impl<'b> SliceWriter<'b> {
    #[inline]
    pub(crate) fn new(buffer: &'b mut [u8], blocks: BlockLengths) -> Self {
        Self { free: buffer, blocks }
    }
}

impl Writer for SliceWriter<'_> {
    #[inline]
    fn put<const N: usize, const M: usize>(&mut self, before: [u8; N], bytes: &[u8], after: [u8; M]) {
        if let Some(free) = fill(core::mem::take(&mut self.free), before, bytes, after) {
            self.free = free;
        }
    }

    #[inline]
    fn each(&mut self, bytes: impl ExactSizeIterator<Item = u8>) {
        if let Some((places, free)) = core::mem::take(&mut self.free).split_at_mut_checked(bytes.len()) {
            places.iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte);
            self.free = free;
        }
    }

    #[inline]
    fn block(&mut self, _: impl FnOnce() -> u64, write: impl FnOnce(&mut Self)) {
        let len = self.blocks.pop();
        write_block(self, len, write);
    }
}

/// Writes a block whose length is known.
#[inline]
fn write_block<W: Writer>(out: &mut W, len: u32, write: impl FnOnce(&mut W)) {
    out.varint(len);
    if len != 0 {
        write(out);
    }
}

/// Copies `before`, `bytes` and `after` to the beginning of the free space, and returns the rest. `None`: the
/// space is too small.
#[inline]
pub(super) fn fill<'b, const N: usize, const M: usize>(
    free: &'b mut [u8],
    before: [u8; N],
    bytes: &[u8],
    after: [u8; M],
) -> Option<&'b mut [u8]> {
    let (first, free) = free.split_first_chunk_mut()?;
    let (second, free) = free.split_at_mut_checked(bytes.len())?;
    let (third, free) = free.split_first_chunk_mut()?;
    *first = before;
    *third = after;
    copy(second, bytes);
    Some(free)
}

/// Copies bytes between slices of equal length. Most strings are short, and are copied without a call.
#[inline]
fn copy(to: &mut [u8], from: &[u8]) {
    let len = from.len();
    // always: where the tests run, there are fast paths
    if !FAST_PATHS || !(8..=64).contains(&len) {
        #[cfg(target_pointer_width = "64")]
        to.copy_from_slice(from);
        // In code that is optimised for size, `copy_from_slice` is a call, and it panics if the lengths
        // differ.
        #[cfg(not(target_pointer_width = "64"))]
        to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
    } else if len >= 32 {
        copy_ends::<32>(to, from);
    } else if len >= 16 {
        copy_ends::<16>(to, from);
    } else {
        copy_ends::<8>(to, from);
    }
}

/// Copies the first and the last `N` bytes. These are all bytes of a slice of `N` to twice `N` bytes.
fn copy_ends<const N: usize>(to: &mut [u8], from: &[u8]) {
    // always: the length has been compared
    if let (Some(to), Some(from)) = (to.first_chunk_mut::<N>(), from.first_chunk::<N>()) {
        *to = *from;
    }
    // always: the length has been compared
    if let (Some(to), Some(from)) = (to.last_chunk_mut::<N>(), from.last_chunk::<N>()) {
        *to = *from;
    }
}

/// Appends to a `BufMut`. The caller has checked that the whole packet fits.
#[cfg(feature = "bytes")]
pub(crate) struct BufMutWriter<'b, B> {
    to: &'b mut B,
    blocks: BlockLengths,
}

#[cfg(feature = "bytes")]
impl<'b, B> BufMutWriter<'b, B> {
    #[inline]
    pub(crate) fn new(to: &'b mut B, blocks: BlockLengths) -> Self {
        Self { to, blocks }
    }
}

#[cfg(feature = "bytes")]
impl<B: bytes::BufMut> Writer for BufMutWriter<'_, B> {
    #[inline]
    fn put<const N: usize, const M: usize>(&mut self, before: [u8; N], bytes: &[u8], after: [u8; M]) {
        for part in [before.as_slice(), bytes, &after] {
            if !part.is_empty() {
                self.to.put_slice(part);
            }
        }
    }

    /// Each append is costly, so one append takes the byte and the length.
    #[inline]
    fn u8_and_prefixed(&mut self, byte: u8, bytes: &[u8]) {
        let [.., high, low] = bytes.len().to_be_bytes();
        self.put([byte, high, low], bytes, []);
    }

    #[inline]
    fn block(&mut self, _: impl FnOnce() -> u64, write: impl FnOnce(&mut Self)) {
        let len = self.blocks.pop();
        write_block(self, len, write);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::MAX_VARINT;
    use crate::wire::bytes::{Varint, take_varint};

    #[test]
    fn a_byte_before_another_byte_has_bit_7_set() {
        assert_eq!([0, 0x7f, 0x80, 0xff].map(followed), [0x80, 0xff, 0x80, 0xff]);
    }

    fn varint_bytes(number: u32) -> Vec<u8> {
        let mut buffer = [0; 4];
        let mut writer = SliceWriter::new(&mut buffer, BlockLengths::default());
        writer.varint(number);
        let unused = writer.free.len();
        buffer[..4 - unused].to_vec()
    }

    fn taken(bytes: &[u8]) -> u32 {
        match take_varint(bytes) {
            Varint::Whole { value, minimal: true, rest: [] } => value,
            _ => panic!("{bytes:02x?}"),
        }
    }

    fn after_a_byte(byte: u8, number: u32) -> Vec<u8> {
        let mut buffer = [0; 5];
        let mut writer = SliceWriter::new(&mut buffer, BlockLengths::default());
        writer.u8_and_varint(byte, number);
        let unused = writer.free.len();
        #[cfg(feature = "bytes")]
        {
            let mut appended = vec![];
            BufMutWriter::new(&mut appended, BlockLengths::default()).u8_and_varint(byte, number);
            assert_eq!(appended, buffer[..5 - unused]);
        }
        buffer[..5 - unused].to_vec()
    }

    #[test]
    fn varints_are_written_and_read_back_at_every_edge() {
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
            assert_eq!(after_a_byte(7, number), [&[7], bytes].concat());
            assert_eq!(varint_len(number), bytes.len());
            assert_eq!(taken(bytes), number);
        }
        for number in (0..MAX_VARINT).step_by(4093) {
            assert_eq!(taken(&varint_bytes(number)), number);
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
        let mut writer = SliceWriter::new(&mut buffer, BlockLengths::default());
        writer.u8(1);
        writer.u16(2);
        writer.u8_and_u32(3, 4);
        writer.each([5, 6].into_iter());
        assert_eq!(buffer, [1, 7]);
    }

    /// Fields of every kind, and two blocks.
    fn write(long: usize, out: &mut impl Writer) {
        let long = vec![7; long];
        out.u8(1);
        out.block(|| 3, |out| out.prefixed(&[2]));
        out.prefixed(&long);
        out.block(|| 0, |_| ());
        out.each(long.iter().copied());
        out.put([], &[], [0, 3]);
    }

    #[test]
    fn every_writer_gets_the_same() {
        for long in 0..300 {
            let mut counter = LengthCounter::default();
            write(long, &mut counter);
            let len = 1 + 4 + 2 + long + 1 + 2 + long;
            assert_eq!(counter.count(), len as u64);

            let mut slice = vec![0; len];
            write(long, &mut SliceWriter::new(&mut slice, counter.blocks()));
            assert_eq!(slice[..7], [&[1, 3, 0, 1, 2][..], &(long as u16).to_be_bytes()].concat());
            assert_eq!(slice[7 + long], 0);
            assert!(slice[8 + long..len - 2].iter().all(|byte| *byte == 7));
            assert_eq!(slice[len - 2..], [0, 3]);

            #[cfg(feature = "bytes")]
            {
                let mut buffer = vec![];
                let mut writer = BufMutWriter::new(&mut buffer, counter.blocks());
                write(long, &mut writer);
                assert_eq!(buffer, slice);
            }
        }
    }
}
