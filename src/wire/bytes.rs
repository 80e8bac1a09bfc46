//! Takes the data types of the standard (5.0 §1.5) off the beginning of a slice. `None`: the slice does not
//! begin with one.

use crate::field::Format;

/// The first `N` bytes, and the rest.
#[inline]
pub(crate) fn take_array<const N: usize>(input: &[u8]) -> Option<([u8; N], &[u8])> {
    let (bytes, rest) = input.split_first_chunk()?;
    Some((*bytes, rest))
}

/// Two Byte Integer (5.0 §1.5.2).
#[inline]
pub(crate) fn take_u16(input: &[u8]) -> Option<(u16, &[u8])> {
    let (bytes, rest) = take_array(input)?;
    Some((u16::from_be_bytes(bytes), rest))
}

/// Two bytes of length, and as many bytes: UTF-8 Encoded String (5.0 §1.5.4) and Binary Data (5.0 §1.5.6).
#[inline]
pub(crate) fn take_prefixed(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = take_u16(input)?;
    rest.split_at_checked(usize::from(length))
}

/// A Variable Byte Integer (5.0 §1.5.5) at the beginning of a slice.
pub(crate) enum Varint<'a> {
    Whole {
        value: u32,
        /// Whether it has the fewest possible bytes.
        minimal: bool,
        rest: &'a [u8],
    },
    /// The bytes end before the integer does.
    Unfinished,
    /// The fourth byte announces a fifth.
    TooLong,
}

#[inline]
pub(crate) fn take_varint(input: &[u8]) -> Varint<'_> {
    match *input {
        [a, ref rest @ ..] if a < 0x80 => Varint::Whole { value: u32::from(a), minimal: true, rest },
        [a, b, ref rest @ ..] if b < 0x80 => {
            Varint::Whole { value: join_septets([a, b, 0, 0]), minimal: b != 0, rest }
        }
        [a, b, c, ref rest @ ..] if c < 0x80 => {
            Varint::Whole { value: join_septets([a, b, c, 0]), minimal: c != 0, rest }
        }
        [a, b, c, d, ref rest @ ..] if d < 0x80 => {
            Varint::Whole { value: join_septets([a, b, c, d]), minimal: d != 0, rest }
        }
        [_, _, _, _, ..] => Varint::TooLong,
        _ => Varint::Unfinished,
    }
}

/// Seven bits of each byte, the least significant first.
#[inline]
fn join_septets(bytes: [u8; 4]) -> u32 {
    let [a, b, c, d] = bytes.map(|byte| u32::from(byte & 0x7f));
    a | b << 7 | c << 14 | d << 21
}

/// The bytes after a value of this format.
#[inline]
pub(crate) fn skip(format: Format, input: &[u8]) -> Option<&[u8]> {
    match format {
        Format::Byte => input.get(1..),
        Format::TwoByteInteger => input.get(2..),
        Format::FourByteInteger => input.get(4..),
        Format::VariableByteInteger => match take_varint(input) {
            Varint::Whole { rest, .. } => Some(rest),
            Varint::Unfinished | Varint::TooLong => None,
        },
        Format::Utf8String | Format::BinaryData | Format::Secret => Some(take_prefixed(input)?.1),
        Format::Utf8StringPair => Some(take_prefixed(take_prefixed(input)?.1)?.1),
        Format::Bits | Format::Payload | Format::Group => None,
    }
}
