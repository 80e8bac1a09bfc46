//! The evidence of a broken rule: the few bytes that an error keeps. The bytes are collected when a packet is
//! refused. [`DecodeError::found`](crate::DecodeError::found) reads them.

use super::bytes::take_prefixed;
use crate::context::Context;
use crate::error::{DecodeErrorKind as Kind, Evidence, Violation};
use crate::field::{Field, Format};

impl Evidence {
    /// A program that never calls `DecodeError::found` contains this code, too. So the code is short rather
    /// than fast.
    #[cold]
    #[inline]
    pub(crate) fn of(violation: Violation<'_>, context: &Context) -> Self {
        let Violation { at, kind, field } = violation;
        let string = take_prefixed(at).map_or(&[][..], |(string, _)| string);
        let (from, len, number) = match kind {
            Kind::UnsupportedProtocolName { .. } => (string, 4, string.len()),
            _ if is_about_a_character(kind) => {
                let from = from_offender(string, kind);
                let len = if field == Field::Password { 0 } else { 4 };
                (from, len, string.len().saturating_sub(from.len()))
            }
            // Here all bytes of `at` count. For other kinds `at` may also contain the fields after the
            // offending one.
            Kind::Missing | Kind::LeftoverBytes | Kind::BytesAfterPacket => (at, 0, at.len()),
            Kind::Truncated => (at, width(at, kind, field), at.len()),
            _ => (at, width(at, kind, field), 0),
        };
        let mut bytes = [0; 4];
        bytes.iter_mut().zip(from.iter().take(len)).for_each(|(to, from)| *to = *from);
        let number = match kind {
            Kind::PacketTooLarge => context.max_packet_size,
            Kind::TopicAliasOverMaximum => context.topic_alias_maximum.into(),
            // No packet has more bytes than a u32 can count.
            _ => u32::try_from(number).unwrap_or(u32::MAX),
        };
        Self { bytes, number }
    }
}

/// The number of bytes of an integer, or of the length prefix of a string.
#[inline]
fn width(at: &[u8], kind: Kind, field: Field) -> usize {
    match (kind, field.format()) {
        // The violation points at the Property Identifier, not at the value.
        (Kind::MisplacedProperty | Kind::DuplicateProperty | Kind::WrongDirection, _)
        | (_, Format::Byte | Format::Bits | Format::Payload | Format::Group) => 1,
        (_, Format::FourByteInteger) => 4,
        (_, Format::VariableByteInteger) => {
            at.iter().take(3).take_while(|byte| **byte >= 0x80).count().saturating_add(1)
        }
        _ => 2,
    }
}

/// Whether one character of a string breaks the rule.
#[inline]
const fn is_about_a_character(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::IllFormedUtf8
            | Kind::NulCharacter
            | Kind::NotAscii
            | Kind::ControlCharacter
            | Kind::Noncharacter
            | Kind::WildcardInTopicName
            | Kind::WildcardInShareName
            | Kind::HashNotLast
            | Kind::HashNotAlone
            | Kind::PlusNotAlone
            | Kind::InvalidSharedFilter
    )
}

/// The string from the offending character on.
#[inline]
fn from_offender(string: &[u8], kind: Kind) -> &[u8] {
    if kind == Kind::IllFormedUtf8 {
        let valid = core::str::from_utf8(string).map_or_else(|error| error.valid_up_to(), str::len);
        return string.get(valid..).unwrap_or_default();
    }
    let (mut rest, mut before) = (string, b'/');
    // always: the character is there
    while let [byte, after @ ..] = rest {
        if is_offender(rest, before, kind) {
            break;
        }
        (rest, before) = (after, *byte);
    }
    rest
}

/// Whether the rest of the string begins with the offending character. `before` is the byte before it. The
/// start and the end of the whole string count as `/`.
#[inline]
fn is_offender(string: &[u8], before: u8, kind: Kind) -> bool {
    let byte = string.first().copied().unwrap_or(b'/');
    let next = string.get(1).copied().unwrap_or(b'/');
    let is_wildcard = matches!(byte, b'+' | b'#');
    match kind {
        Kind::NulCharacter => byte == 0,
        Kind::NotAscii => byte >= 0x80,
        // In the string, U+0080 to U+009F are two bytes each.
        Kind::ControlCharacter => matches!((byte, next), (..0x20 | 0x7f, _) | (0xc2, ..0xa0)),
        // U+FDD0 to U+FDEF, and the last two of each plane.
        Kind::Noncharacter => matches!(
            string,
            [0xef, 0xb7, 0x90..=0xaf, ..]
                | [0xef, 0xbf, 0xbe..=0xff, ..]
                | [0xf0..=0xff, 0x8f | 0x9f | 0xaf | 0xbf, 0xbf, 0xbe..=0xff, ..]
        ),
        Kind::WildcardInTopicName | Kind::WildcardInShareName => is_wildcard,
        // The wildcard shares its level, or it is a `#` before another level.
        _ => is_wildcard && (before != b'/' || next != b'/' || (byte == b'#' && string.len() > 1)),
    }
}
