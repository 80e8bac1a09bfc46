//! nom parsers for the standard's data types (5.0 §1.5). In nom's `Check` mode no error is built. The parser
//! that failed runs again to build its error.

use super::bytes::{Varint, take_array, take_prefixed, take_u16, take_varint};
use super::utf8::ValidatedUtf8;
use crate::error::{DecodeErrorKind as Kind, Violation};
use crate::field::Field;
use crate::value::{Binary, Text, TopicFilter, TopicName, ValueError};
use core::marker::PhantomData;
use nom::error::{ErrorKind, ParseError};
use nom::{Err, Mode, OutputMode, PResult, Parser};

/// A parser of one field.
pub(super) trait FieldParser<'a, V>: Parser<&'a [u8], Output = V, Error = Violation<'a>> {}

impl<'a, V, P: Parser<&'a [u8], Output = V, Error = Violation<'a>>> FieldParser<'a, V> for P {}

/// Byte.
#[inline]
pub(super) fn u8<'a>(field: Field) -> impl FieldParser<'a, u8> {
    array(field).map(|[byte]| byte)
}

/// Two Byte Integer (5.0 §1.5.2).
#[inline]
pub(super) fn u16<'a>(field: Field) -> impl FieldParser<'a, u16> {
    array(field).map(u16::from_be_bytes)
}

/// Four Byte Integer (5.0 §1.5.3).
#[inline]
pub(super) fn u32<'a>(field: Field) -> impl FieldParser<'a, u32> {
    array(field).map(u32::from_be_bytes)
}

/// `N` bytes.
#[inline]
fn array<'a, const N: usize>(field: Field) -> impl FieldParser<'a, [u8; N]> {
    primitive(field, take_array, |_| Kind::Missing)
}

/// Variable Byte Integer (5.0 §1.5.5).
#[inline]
pub(super) fn varint<'a>(field: Field) -> impl FieldParser<'a, u32> {
    let take = |input| match take_varint(input) {
        // [MQTT-1.5.5-1] an integer takes the fewest bytes
        Varint::Whole { value, minimal: true, rest } => Some((value, rest)),
        _ => None,
    };
    let explain = |input: &[u8]| match take_varint(input) {
        Varint::Whole { .. } => Kind::VarintNotMinimal,
        Varint::TooLong => Kind::VarintTooLong,
        Varint::Unfinished if input.is_empty() => Kind::Missing,
        Varint::Unfinished => Kind::Truncated,
    };
    primitive(field, take, explain)
}

/// Two bytes of length, and the bytes.
#[inline]
pub(super) fn prefixed<'a>(field: Field) -> impl FieldParser<'a, &'a [u8]> {
    primitive(field, take_prefixed, explain_prefix)
}

/// Binary Data (5.0 §1.5.6).
#[inline]
pub(super) fn binary<'a>(field: Field) -> impl FieldParser<'a, Binary<'a>> {
    // A length prefix announces no more than Binary Data can have.
    prefixed(field).map(|bytes| Binary::new(bytes).unwrap_or(Binary::EMPTY))
}

/// UTF-8 Encoded String (5.0 §1.5.4).
#[inline]
pub(super) fn text<'a>(field: Field, utf8: ValidatedUtf8<'a>) -> impl FieldParser<'a, Text<'a>> {
    fn text_of<'a>(utf8: ValidatedUtf8<'a>, bytes: &'a [u8], rest_len: usize) -> Option<Text<'a>> {
        Text::new(utf8.string(bytes, rest_len)?).ok()
    }
    checked_string(field, utf8, text_of, |bytes| Text::from_bytes(bytes).err())
}

/// A UTF-8 Encoded String that is a Topic Name.
#[inline]
pub(super) fn topic_name<'a>(field: Field, utf8: ValidatedUtf8<'a>) -> impl FieldParser<'a, TopicName<'a>> {
    // Without this attribute, `decode 3.1.1 PUBLISH QoS 1, 64 B` takes 7 % more in one codegen unit.
    #[inline(never)]
    fn name_of<'a>(utf8: ValidatedUtf8<'a>, bytes: &'a [u8], rest_len: usize) -> Option<TopicName<'a>> {
        TopicName::new(utf8.string(bytes, rest_len)?).ok()
    }
    checked_string(field, utf8, name_of, |bytes| TopicName::from_bytes(bytes).err())
}

/// A UTF-8 Encoded String that is a Topic Filter.
#[inline]
pub(super) fn topic_filter<'a>(
    field: Field,
    utf8: ValidatedUtf8<'a>,
) -> impl FieldParser<'a, TopicFilter<'a>> {
    fn filter_of<'a>(utf8: ValidatedUtf8<'a>, bytes: &'a [u8], rest_len: usize) -> Option<TopicFilter<'a>> {
        TopicFilter::new(utf8.string(bytes, rest_len)?).ok()
    }
    checked_string(field, utf8, filter_of, |bytes| TopicFilter::from_bytes(bytes).err())
}

/// Parses a string with a check. The check is one function for all fields, so a program has its code once.
#[inline]
fn checked_string<'a, V>(
    field: Field,
    utf8: ValidatedUtf8<'a>,
    check: impl Fn(ValidatedUtf8<'a>, &'a [u8], usize) -> Option<V>,
    error: impl Fn(&'a [u8]) -> Option<ValueError>,
) -> impl FieldParser<'a, V> {
    let take = move |input| {
        let (bytes, rest) = take_prefixed(input)?;
        Some((check(utf8, bytes, rest.len())?, rest))
    };
    let explain = move |input| match take_prefixed(input) {
        // [MQTT-1.5.4-1] a string is well-formed UTF-8, without surrogates (3.1.1: [MQTT-1.5.3-1])
        Some((bytes, _)) => error(bytes).map_or(Kind::IllFormedUtf8, Kind::from),
        None => explain_prefix(input),
    };
    primitive(field, take, explain)
}

/// Why an input does not begin with a length prefix and its bytes.
fn explain_prefix(input: &[u8]) -> Kind {
    match take_u16(input) {
        Some(_) => Kind::Truncated,
        None => Kind::Missing,
    }
}

/// `take` takes the value off the input. If it fails, `explain` gives the kind of the error.
#[inline]
fn primitive<'a, V>(
    field: Field,
    take: impl Fn(&'a [u8]) -> Option<(V, &'a [u8])>,
    explain: impl Fn(&'a [u8]) -> Kind,
) -> impl FieldParser<'a, V> {
    Primitive { field, take, explain, value: PhantomData }
}

struct Primitive<V, T, E> {
    field: Field,
    take: T,
    explain: E,
    value: PhantomData<V>,
}

impl<'a, V, T, E> Parser<&'a [u8]> for Primitive<V, T, E>
where
    T: Fn(&'a [u8]) -> Option<(V, &'a [u8])>,
    E: Fn(&'a [u8]) -> Kind,
{
    type Output = V;
    type Error = Violation<'a>;

    #[inline]
    fn process<OM: OutputMode>(&mut self, input: &'a [u8]) -> PResult<OM, &'a [u8], V, Violation<'a>> {
        match (self.take)(input) {
            Some((value, rest)) => Ok((rest, OM::Output::bind(|| value))),
            None => Err(Err::Error(OM::Error::bind(|| Violation {
                at: input,
                kind: (self.explain)(input),
                field: self.field,
            }))),
        }
    }
}

/// nom requires this trait for combinators that make errors themselves. This crate uses no such combinator.
impl<'a> ParseError<&'a [u8]> for Violation<'a> {
    // unreachable: see above
    fn from_error_kind(at: &'a [u8], _: ErrorKind) -> Self {
        Self { at, kind: Kind::Missing, field: Field::Packet }
    }

    // unreachable: see above
    fn append(_: &'a [u8], _: ErrorKind, other: Self) -> Self {
        other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violation<'a, V>(mut parser: impl FieldParser<'a, V>, input: &'a [u8]) -> (&'a [u8], Kind) {
        match parser.parse_complete(input) {
            Err(Err::Error(Violation { at, kind, field: Field::Payload })) => (at, kind),
            _ => panic!("{input:02x?}"),
        }
    }

    #[test]
    fn ill_formed_varints_are_refused() {
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
            assert_eq!(violation(varint(Field::Payload), bytes), (bytes, kind));
        }
    }

    #[test]
    fn a_violation_points_at_the_length_prefix() {
        let text = || text(Field::Payload, ValidatedUtf8::NOTHING);
        for (bytes, kind) in
            [(&[0, 2, b'a'][..], Kind::Truncated), (&[0], Kind::Missing), (&[0, 1, 0], Kind::NulCharacter)]
        {
            assert_eq!(violation(text(), bytes), (bytes, kind));
        }
        assert_eq!(violation((text(), text()), &[0, 1, b'a', 0]), (&[0][..], Kind::Missing));
        let binary = binary(Field::Payload).parse_complete(&[0, 1, 0]);
        assert!(matches!(binary, Ok((&[], value)) if value.as_bytes() == [0]));
    }
}
