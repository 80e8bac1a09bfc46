//! The primitives: nom parsers for what every field is made of. Rules of single fields and packets live
//! elsewhere, and so does [writing](crate::sink).

use crate::{Binary, DecodeErrorKind as Kind, Format, Text, TopicFilter, TopicName, ValueError};
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
#[inline(always)]
pub(crate) fn u8(input: &[u8]) -> Parsed<'_, u8> {
    match input.split_first() {
        Some((byte, rest)) => Ok((rest, *byte)),
        None => flaw(input, Kind::Missing),
    }
}

/// `N` bytes.
#[inline(always)]
pub(crate) fn array<const N: usize>(input: &[u8]) -> Parsed<'_, [u8; N]> {
    match input.split_first_chunk() {
        Some((bytes, rest)) => Ok((rest, *bytes)),
        None => flaw(input, Kind::Missing),
    }
}

/// Two Byte Integer (5.0 §1.5.2).
#[inline(always)]
pub(crate) fn u16(input: &[u8]) -> Parsed<'_, u16> {
    array(input).map(|(rest, bytes)| (rest, u16::from_be_bytes(bytes)))
}

/// Four Byte Integer (5.0 §1.5.3).
#[inline(always)]
pub(crate) fn u32(input: &[u8]) -> Parsed<'_, u32> {
    array(input).map(|(rest, bytes)| (rest, u32::from_be_bytes(bytes)))
}

/// Variable Byte Integer (5.0 §1.5.5), in the fewest bytes that hold it.
#[inline(always)]
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

#[inline(always)]
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
#[inline(always)]
fn septets(bytes: [u8; 4]) -> u32 {
    let [a, b, c, d] = bytes.map(|byte| u32::from(byte & 0x7f));
    a | b << 7 | c << 14 | d << 21
}

/// Two bytes of length and as many bytes.
#[inline(always)]
pub(crate) fn length_prefixed(input: &[u8]) -> Parsed<'_, &[u8]> {
    let (rest, length) = u16(input)?;
    match rest.split_at_checked(usize::from(length)) {
        Some((bytes, rest)) => Ok((rest, bytes)),
        None => flaw(input, Kind::Truncated),
    }
}

/// What follows a field of this format, whatever is in the field.
pub(crate) fn behind(format: Format, input: &[u8]) -> Option<&[u8]> {
    match format {
        Format::Byte => input.get(1..),
        Format::TwoByteInteger => input.get(2..),
        Format::FourByteInteger => input.get(4..),
        Format::VariableByteInteger => match read_varint(input) {
            Varint::Whole { rest, .. } => Some(rest),
            Varint::Unfinished | Varint::TooLong => None,
        },
        Format::Utf8String | Format::BinaryData | Format::Secret => Some(length_prefixed(input).ok()?.0),
        Format::Utf8StringPair => Some(length_prefixed(length_prefixed(input).ok()?.0).ok()?.0),
        Format::Bits | Format::Payload | Format::Group => None,
    }
}

/// Binary Data (5.0 §1.5.6).
#[inline(always)]
pub(crate) fn binary(input: &[u8]) -> Parsed<'_, Binary<'_>> {
    let (rest, bytes) = length_prefixed(input)?;
    match Binary::new(bytes) {
        Ok(value) => Ok((rest, value)),
        Err(error) => flaw(input, error.into()),
    }
}

/// UTF-8 Encoded String (5.0 §1.5.4).
#[inline(always)]
pub(crate) fn text<'a>(ahead: Utf8Ahead<'a>) -> impl Fn(&'a [u8]) -> Parsed<'a, Text<'a>> {
    #[inline(never)]
    fn text_of<'a>(ahead: Utf8Ahead<'a>, bytes: &'a [u8], behind: usize) -> Option<Text<'a>> {
        Text::new(ahead.string(bytes, behind)?).ok()
    }
    string(ahead, text_of, |bytes| Text::from_bytes(bytes).err())
}

/// A UTF-8 Encoded String that is a Topic Name.
#[inline(always)]
pub(crate) fn topic_name<'a>(ahead: Utf8Ahead<'a>) -> impl Fn(&'a [u8]) -> Parsed<'a, TopicName<'a>> {
    #[inline(never)]
    fn name_of<'a>(ahead: Utf8Ahead<'a>, bytes: &'a [u8], behind: usize) -> Option<TopicName<'a>> {
        TopicName::new(ahead.string(bytes, behind)?).ok()
    }
    string(ahead, name_of, |bytes| TopicName::from_bytes(bytes).err())
}

/// A UTF-8 Encoded String that is a Topic Filter.
#[inline(always)]
pub(crate) fn topic_filter<'a>(ahead: Utf8Ahead<'a>) -> impl Fn(&'a [u8]) -> Parsed<'a, TopicFilter<'a>> {
    #[inline(never)]
    fn filter_of<'a>(ahead: Utf8Ahead<'a>, bytes: &'a [u8], behind: usize) -> Option<TopicFilter<'a>> {
        TopicFilter::new(ahead.string(bytes, behind)?).ok()
    }
    string(ahead, filter_of, |bytes| TopicFilter::from_bytes(bytes).err())
}

/// A string by its check, which is a function of its own: arguments and result fit into registers, and what
/// is wrong is asked for only when something is.
#[inline(always)]
fn string<'a, T>(
    ahead: Utf8Ahead<'a>,
    check: fn(Utf8Ahead<'a>, &'a [u8], usize) -> Option<T>,
    why_not: fn(&'a [u8]) -> Option<ValueError>,
) -> impl Fn(&'a [u8]) -> Parsed<'a, T> {
    move |input| {
        let (rest, bytes) = length_prefixed(input)?;
        match check(ahead, bytes, rest.len()) {
            Some(value) => Ok((rest, value)),
            // [MQTT-1.5.4-1] well-formed UTF-8, no surrogates (3.1.1: [MQTT-1.5.3-1])
            None => flaw(input, why_not(bytes).map_or(Kind::IllFormedUtf8, Kind::from)),
        }
    }
}

/// What is known of the bytes to come: the string that they are as a whole, or nothing.
///
/// Each validation of a string has its price, however short the string. Strings in a row are validated
/// in one run, their length prefixes among them: below 128 bytes those are ASCII. Where that fails, each
/// string is validated by itself.
#[derive(Clone, Copy)]
pub(crate) struct Utf8Ahead<'a>(&'a str);

impl<'a> Utf8Ahead<'a> {
    pub(crate) const NOTHING: Self = Self("");

    /// What a [`look`](Self::look) has found before.
    #[inline(always)]
    pub(crate) const fn known(string: &'a str) -> Self {
        Self(string)
    }

    /// Validates all that is to come.
    #[inline]
    pub(crate) fn look(input: &'a [u8]) -> Self {
        core::str::from_utf8(input).map_or(Self::NOTHING, Self)
    }

    /// What is to come, as a string: empty if that is not known.
    #[inline(always)]
    pub(crate) const fn as_str(self) -> &'a str {
        self.0
    }

    /// The bytes as a string, if they are one. So many bytes are behind them.
    #[inline(always)]
    fn string(self, bytes: &'a [u8], behind: usize) -> Option<&'a str> {
        // A part of a string between two characters is a string.
        match self.part(bytes.len(), behind) {
            Some(string) => Some(string),
            None => core::str::from_utf8(bytes).ok(),
        }
    }

    /// What follows a Topic Filter that is legal at a glance. Its last character has ended if what follows does not go
    /// on with it, which is for the caller to see.
    #[inline(always)]
    pub(crate) fn behind_legal_filter(self, input: &'a [u8]) -> Option<&'a [u8]> {
        let (rest, filter) = length_prefixed(input).ok()?;
        let is_legal = TopicFilter::is_legal_part(filter);
        (is_legal && (!self.0.is_empty() || core::str::from_utf8(filter).is_ok())).then_some(rest)
    }

    /// Bytes that were a string when they were decoded, as that string.
    #[inline(always)]
    pub(crate) fn string_again(self, bytes: &'a [u8], rest: &[u8]) -> Option<&'a str> {
        #[inline(never)]
        fn validated_again(bytes: &[u8]) -> Option<&str> {
            core::str::from_utf8(bytes).ok()
        }
        self.part(bytes.len(), rest.len()).or_else(|| validated_again(bytes))
    }

    #[inline(always)]
    fn part(self, len: usize, rest_len: usize) -> Option<&'a str> {
        let (upto_end, _) = self.0.split_at_checked(self.0.len().checked_sub(rest_len)?)?;
        let (_, part) = upto_end.split_at_checked(upto_end.len().checked_sub(len)?)?;
        Some(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_validated_ahead_is_known_in_parts() {
        let ahead = Utf8Ahead::look("\0\x01a\0\x02éb".as_bytes());
        assert_eq!(ahead.as_str().len(), 8);
        assert_eq!(
            (ahead.part(1, 5), ahead.part(2, 1), ahead.part(3, 0)),
            (Some("a"), Some("é"), Some("éb"))
        );
        assert_eq!((ahead.part(1, 2), ahead.part(9, 0), ahead.part(0, 9)), (None, None, None));
        assert_eq!(Utf8Ahead::look(b"a\xff").as_str(), "");
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
        assert_eq!(text(Utf8Ahead::NOTHING)(nul), flaw(nul, Kind::NulCharacter));
        assert_eq!(binary(nul), Ok((&[][..], Binary::new(&[0]).unwrap())));
    }
}
