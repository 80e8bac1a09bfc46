//! The primitives: nom parsers for what every field is made of, and the [`Sink`] that fields are
//! written to. Rules of single fields and packets live elsewhere.

use crate::{Binary, DecodeErrorKind as Kind, Text, TopicFilter, TopicName, ValueError};
use nom::{IResult, error::ErrorKind, error::ParseError};

/// The largest Variable Byte Integer, and so the largest Remaining Length.
pub(crate) const MAX_VARINT: u32 = 268_435_455;

/// What a primitive refuses: the bytes from the offending ones on, and what is wrong with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flaw<'a> {
    pub(crate) at: &'a [u8],
    pub(crate) kind: Kind,
}

impl<'a> ParseError<&'a [u8]> for Flaw<'a> {
    fn from_error_kind(at: &'a [u8], _: ErrorKind) -> Self {
        Self { at, kind: Kind::Missing }
    }

    fn append(_: &'a [u8], _: ErrorKind, other: Self) -> Self {
        other
    }
}

pub(crate) type Parsed<'a, T> = IResult<&'a [u8], T, Flaw<'a>>;

#[cold]
fn flaw<T>(at: &[u8], kind: Kind) -> Parsed<'_, T> {
    Err(nom::Err::Error(Flaw { at, kind }))
}

/// One byte.
#[inline]
pub(crate) fn u8(input: &[u8]) -> Parsed<'_, u8> {
    match input.split_first() {
        Some((byte, rest)) => Ok((rest, *byte)),
        None => flaw(input, Kind::Missing),
    }
}

/// Two Byte Integer (5.0 §1.5.2).
#[inline]
pub(crate) fn u16(input: &[u8]) -> Parsed<'_, u16> {
    match input.split_first_chunk() {
        Some((bytes, rest)) => Ok((rest, u16::from_be_bytes(*bytes))),
        None => flaw(input, Kind::Missing),
    }
}

/// Four Byte Integer (5.0 §1.5.3).
#[inline]
pub(crate) fn u32(input: &[u8]) -> Parsed<'_, u32> {
    match input.split_first_chunk() {
        Some((bytes, rest)) => Ok((rest, u32::from_be_bytes(*bytes))),
        None => flaw(input, Kind::Missing),
    }
}

/// Variable Byte Integer (5.0 §1.5.5), in the fewest bytes that hold it.
#[inline]
pub(crate) fn varint(input: &[u8]) -> Parsed<'_, u32> {
    match read_varint(input) {
        // [MQTT-1.5.5-1] the fewest bytes
        Varint::Whole { minimal: false, .. } => flaw(input, Kind::VarintNotMinimal),
        Varint::Whole { value, rest, .. } => Ok((rest, value)),
        Varint::TooLong => flaw(input, Kind::VarintTooLong),
        Varint::Unfinished if input.is_empty() => flaw(input, Kind::Missing),
        Varint::Unfinished => flaw(input, Kind::Truncated),
    }
}

/// A Variable Byte Integer as it stands there, for those who judge it themselves.
pub(crate) enum Varint<'a> {
    Whole {
        value: u32,
        rest: &'a [u8],
        minimal: bool,
    },
    /// The bytes end before the integer does.
    Unfinished,
    /// The fourth byte announces a fifth.
    TooLong,
}

#[inline]
pub(crate) fn read_varint(input: &[u8]) -> Varint<'_> {
    match *input {
        [a, ref rest @ ..] if a < 0x80 => Varint::Whole { value: u32::from(a), rest, minimal: true },
        [a, b, ref rest @ ..] if b < 0x80 => {
            Varint::Whole { value: septets([a, b, 0, 0]), rest, minimal: b != 0 }
        }
        [a, b, c, ref rest @ ..] if c < 0x80 => {
            Varint::Whole { value: septets([a, b, c, 0]), rest, minimal: c != 0 }
        }
        [a, b, c, d, ref rest @ ..] if d < 0x80 => {
            Varint::Whole { value: septets([a, b, c, d]), rest, minimal: d != 0 }
        }
        [_, _, _, _, ..] => Varint::TooLong,
        _ => Varint::Unfinished,
    }
}

/// Seven bits of each byte, the least significant first.
#[inline]
fn septets(bytes: [u8; 4]) -> u32 {
    let [a, b, c, d] = bytes.map(|byte| u32::from(byte & 0x7f));
    a | b << 7 | c << 14 | d << 21
}

/// Two bytes of length and as many bytes.
#[inline]
pub(crate) fn length_prefixed(input: &[u8]) -> Parsed<'_, &[u8]> {
    let (rest, length) = u16(input)?;
    match rest.split_at_checked(usize::from(length)) {
        Some((bytes, rest)) => Ok((rest, bytes)),
        None => flaw(input, Kind::Truncated),
    }
}

/// Binary Data (5.0 §1.5.6).
#[inline]
pub(crate) fn binary(input: &[u8]) -> Parsed<'_, Binary<'_>> {
    value(input, Binary::new)
}

/// UTF-8 Encoded String (5.0 §1.5.4).
#[inline]
pub(crate) fn text(input: &[u8]) -> Parsed<'_, Text<'_>> {
    value(input, Text::from_bytes)
}

/// A UTF-8 Encoded String that is a Topic Name.
#[inline]
pub(crate) fn topic_name(input: &[u8]) -> Parsed<'_, TopicName<'_>> {
    value(input, TopicName::from_bytes)
}

/// A UTF-8 Encoded String that is a Topic Filter.
#[inline]
pub(crate) fn topic_filter(input: &[u8]) -> Parsed<'_, TopicFilter<'_>> {
    value(input, TopicFilter::from_bytes)
}

#[inline]
fn value<'a, T>(input: &'a [u8], check: impl FnOnce(&'a [u8]) -> Result<T, ValueError>) -> Parsed<'a, T> {
    let (rest, bytes) = length_prefixed(input)?;
    match check(bytes) {
        Ok(value) => Ok((rest, value)),
        Err(error) => flaw(input, error.into()),
    }
}

/// Where encoded fields go. Packet and room have been checked before, so that writing cannot fail: a sink
/// that is full after all ignores what does not fit.
pub(crate) trait Sink {
    fn bytes(&mut self, bytes: &[u8]);

    /// The application message of a PUBLISH. Nothing follows it.
    #[inline]
    fn payload(&mut self, bytes: &[u8]) {
        self.bytes(bytes);
    }

    #[inline]
    fn u8(&mut self, byte: u8) {
        self.bytes(&[byte]);
    }

    #[inline]
    fn u16(&mut self, number: u16) {
        self.bytes(&number.to_be_bytes());
    }

    #[inline]
    fn u32(&mut self, number: u32) {
        self.bytes(&number.to_be_bytes());
    }

    /// In the fewest bytes: \[MQTT-1.5.5-1\].
    #[inline]
    fn varint(&mut self, number: u32) {
        let [d, c, b, a] = spread_septets(number).to_be_bytes();
        match varint_len(number) {
            1 => self.u8(a),
            2 => self.bytes(&[a | 0x80, b]),
            3 => self.bytes(&[a | 0x80, b | 0x80, c]),
            _ => self.bytes(&[a | 0x80, b | 0x80, c | 0x80, d]),
        }
    }

    /// Two bytes of length and the bytes. The types of the fields hold no more than fits.
    #[inline]
    fn length_prefixed(&mut self, bytes: &[u8]) {
        let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        self.u16(length);
        self.bytes(bytes);
    }
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

/// Counts the bytes instead of keeping them.
#[derive(Debug, Default)]
pub(crate) struct Counter(u64);

impl Counter {
    pub(crate) fn count(&self) -> u64 {
        self.0
    }
}

impl Sink for Counter {
    /// Wraps nowhere: no list that memory holds has elements for 2^64 bytes.
    #[inline]
    fn bytes(&mut self, bytes: &[u8]) {
        self.0 = self.0.wrapping_add(bytes.len() as u64);
    }
}

/// Fills a slice from its beginning.
pub(crate) struct SliceSink<'b>(pub(crate) &'b mut [u8]);

impl Sink for SliceSink<'_> {
    #[inline]
    fn bytes(&mut self, bytes: &[u8]) {
        if let Some((room, rest)) = core::mem::take(&mut self.0).split_at_mut_checked(bytes.len()) {
            room.copy_from_slice(bytes);
            self.0 = rest;
        }
    }
}

/// Appends to a `BufMut`.
#[cfg(feature = "bytes")]
pub(crate) struct BufSink<'b, B>(pub(crate) &'b mut B);

#[cfg(feature = "bytes")]
impl<B: bytes::BufMut> Sink for BufSink<'_, B> {
    #[inline]
    fn bytes(&mut self, bytes: &[u8]) {
        if bytes.len() <= self.0.remaining_mut() {
            self.0.put_slice(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn varint_bytes(number: u32) -> Vec<u8> {
        let mut buffer = [0; 4];
        let mut sink = SliceSink(&mut buffer);
        sink.varint(number);
        let unused = sink.0.len();
        buffer[..4 - unused].to_vec()
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
            assert_eq!(varint_len(number), bytes.len());
            assert_eq!(varint(bytes), Ok((&[][..], number)));
        }
        for number in (0..MAX_VARINT).step_by(4093) {
            assert_eq!(varint(&varint_bytes(number)), Ok((&[][..], number)));
        }
    }

    #[test]
    fn varints_that_are_none_are_refused() {
        for (bytes, kind) in [
            (&[][..], Kind::Missing),
            (&[0x80], Kind::Truncated),
            (&[0x80, 0x80, 0x80], Kind::Truncated),
            (&[0x80, 0x80, 0x80, 0x80], Kind::VarintTooLong),
            (&[0x80, 0x80, 0x80, 0x80, 0x00], Kind::VarintTooLong),
            (&[0x80, 0x00], Kind::VarintNotMinimal),
            (&[0xff, 0x80, 0x00], Kind::VarintNotMinimal),
            (&[0xff, 0x80, 0x80, 0x00], Kind::VarintNotMinimal),
        ] {
            assert_eq!(varint(bytes), flaw(bytes, kind), "{bytes:02x?}");
        }
    }

    #[test]
    fn a_flaw_points_at_the_length_prefix() {
        let cut = &[0, 2, b'a'];
        assert_eq!(length_prefixed(cut), flaw(cut, Kind::Truncated));
        let cut = &[0];
        assert_eq!(length_prefixed(cut), flaw(cut, Kind::Missing));
        let nul = &[0, 1, 0];
        assert_eq!(text(nul), flaw(nul, Kind::NulCharacter));
        assert_eq!(binary(nul), Ok((&[][..], Binary::new(&[0]).unwrap())));
    }

    #[test]
    fn a_full_slice_ignores_the_rest() {
        let mut buffer = [7; 2];
        let mut sink = SliceSink(&mut buffer);
        sink.u8(1);
        sink.u16(2);
        sink.u32(3);
        assert_eq!(buffer, [1, 7]);
    }
}
