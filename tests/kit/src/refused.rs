//! Invariants of refused packets: the error agrees with the bytes, and the readable fields are those that the naive decoder
//! finds.

use crate::explained::says_all;
use crate::naive::{Filter, Options, Salvage, salvage};
use crate::verdicts::decoder;
use mqtt_wire::inspect::{Field, Format, Found, RefusedFilter, RefusedPacket, Span};
use mqtt_wire::{DecodeError, DecodeErrorKind as Kind, PacketId, PacketType, Qos, TopicFilter};

/// Checks the invariants of dissection for any bytes, and the others for refused bytes. Panics if one is broken.
#[track_caller]
pub fn is_of_use(bytes: &[u8], options: &Options) {
    dissection_says_the_same(bytes, options);
    let decoder = decoder(options);
    if let Err(error) = decoder.clone().decode(bytes) {
        let refused = decoder.refused(error, bytes);
        is_salvaged(&refused, bytes, options);
        is_where_the_error_says(&refused, bytes);
        fields_are_those_of_a_dissection(&refused, bytes);
        says_all(&error, bytes, options);
        if let Some(found) = error.found() {
            is_there(found, &error, bytes);
        }
    }
}

/// Dissection and decoding refuse the same bytes, and no byte belongs to two fields.
#[track_caller]
fn dissection_says_the_same(bytes: &[u8], options: &Options) {
    let decoder = decoder(options);
    let mut read_to = 0;
    let dissected = decoder.dissect(bytes, |Span { field, offset, bytes: its, .. }| {
        if field.format() == Format::Bits {
            return assert!(offset < bytes.len() && its.len() == 1);
        }
        assert!(offset >= read_to, "{field} at {offset} is read twice: {bytes:02x?}");
        assert_eq!(its, &bytes[offset..offset + its.len()]);
        read_to = offset + its.len();
    });
    assert_eq!(dissected, decoder.clone().decode_frame(bytes), "{bytes:02x?}");
}

/// A field is the first one of this name, at its offset.
#[track_caller]
fn fields_are_those_of_a_dissection(refused: &RefusedPacket<'_>, bytes: &[u8]) {
    let mut spans = Vec::new();
    refused.fields(|span| spans.push(span));
    for span in &spans {
        let first = spans.iter().find(|other| other.field == span.field);
        assert_eq!(refused.field(span.field).as_ref(), first, "{bytes:02x?}");
        assert_eq!(span.bytes, &bytes[span.offset..span.offset + span.bytes.len()]);
    }
    assert!(refused.field(Field::Payload).is_none_or(|span| spans.contains(&span)));
}

#[track_caller]
fn is_salvaged(refused: &RefusedPacket<'_>, bytes: &[u8], options: &Options) {
    let subscriptions = refused.subscriptions().map(|it| match it {
        Ok(subscription) => right(subscription.filter, subscription.qos.get()),
        Err(wrong) => is_wrong(&wrong, refused),
    });
    let filters = refused.filters().map(|it| match it {
        Ok(filter) => right(filter, 0),
        Err(wrong) => is_wrong(&wrong, refused),
    });
    let filters: Vec<_> = subscriptions.chain(filters).collect();
    assert_eq!(refused.first_refused_index(), filters.iter().position(|filter| filter.right.is_none()));
    let read = Salvage {
        packet_id: refused.packet_id().map(PacketId::get),
        topic: refused.topic(),
        client_id: refused.client_id(),
        filters,
    };
    assert_eq!(read, salvage(bytes, options), "{options:?} {bytes:02x?}");
    // Only a PUBLISH has a QoS.
    let qos = bytes.first().filter(|byte_1| *byte_1 >> 4 == 3).map(|byte_1| byte_1 >> 1 & 0b11);
    assert_eq!(refused.qos().map(Qos::get), qos.filter(|qos| *qos != 3), "{bytes:02x?}");
}

fn right(filter: TopicFilter<'_>, qos: u8) -> Filter<'_> {
    Filter { bytes: filter.as_str().as_bytes(), is_whole: true, right: Some(qos) }
}

#[track_caller]
fn is_wrong<'a>(wrong: &RefusedFilter<'a>, refused: &RefusedPacket<'a>) -> Filter<'a> {
    let (error, of_packet) = (wrong.error, refused.error());
    assert!(error.offset() <= refused.as_bytes().len());
    assert!(matches!(error.packet_type(), Some(PacketType::Subscribe | PacketType::Unsubscribe)));
    // Each error of an item belongs to the same packet. The first of these errors can be the error of the packet.
    let packet = |error: DecodeError| (error.packet_type(), error.packet_len(), error.version());
    assert_eq!(packet(error), packet(of_packet), "{error:?}");
    let what = |error: DecodeError| (error.kind(), error.field(), error.offset());
    assert!(what(error) != what(of_packet) || error == of_packet, "{error:?}, not {of_packet:?}");
    Filter { bytes: wrong.filter, is_whole: wrong.is_whole, right: None }
}

#[track_caller]
fn is_where_the_error_says(refused: &RefusedPacket<'_>, bytes: &[u8]) {
    let (error, offending) = (refused.error(), refused.offending());
    assert!(bytes.starts_with(refused.as_bytes()));
    if let Some(rest) = refused.as_bytes().get(error.offset()..) {
        assert!(rest.starts_with(offending), "{error:?} {bytes:02x?}");
    } else {
        assert_eq!(offending, b"");
    }
    if let Some(len) = wrong_len(error, up_to_end_of_properties(refused)) {
        assert_eq!(offending.len(), len, "{error:?} {bytes:02x?}");
    }
    let kind_has_bytes = error.found().is_some_and(|found| !matches!(found, Found::Bytes(_)));
    assert!(!kind_has_bytes || !offending.is_empty(), "{error:?} {bytes:02x?}");
}

/// The bytes of the packet. If the error is in a property, the bytes end with the property block.
fn up_to_end_of_properties<'a>(refused: &RefusedPacket<'a>) -> &'a [u8] {
    let (error, mut bytes) = (refused.error(), refused.as_bytes());
    refused.fields(|span| {
        let is_length = matches!(span.field, Field::PropertyLength | Field::WillPropertyLength);
        if matches!(error.field(), Field::Property(_)) && is_length && span.offset < error.offset() {
            let block = span.bytes.iter().rev().fold(0, |value, byte| value << 7 | usize::from(byte & 0x7f));
            bytes = &refused.as_bytes()[..span.offset + span.bytes.len() + block];
        }
    });
    bytes
}

/// The length of a wrong property with its identifier, or of a wrong integer or string. `None` means that the error is not about one value
/// in the packet.
fn wrong_len(error: DecodeError, bytes: &[u8]) -> Option<usize> {
    let at = bytes.get(error.offset()..)?;
    let len_of = |format: Format, at: &[u8]| {
        let prefixed = || Some(2 + usize::from(u16::from_be_bytes(*at.first_chunk()?)));
        let len = match format {
            Format::Byte | Format::Bits => 1,
            Format::TwoByteInteger => 2,
            Format::FourByteInteger => 4,
            Format::Utf8String | Format::BinaryData | Format::Secret => prefixed()?,
            _ => return None,
        };
        (len <= at.len()).then_some(len)
    };
    match (error.kind(), error.field()) {
        (Kind::MisplacedProperty | Kind::DuplicateProperty | Kind::WrongDirection, Field::Property(id)) => {
            Some(1 + len_of(id.format(), &at[1..])?)
        }
        (Kind::InvalidPropertyValue | Kind::InvalidReasonCode | Kind::ReservedBits, field) => {
            len_of(field.format(), at)
        }
        (Kind::IllFormedUtf8 | Kind::NulCharacter | Kind::WildcardInTopicName, field) => {
            len_of(field.format(), at)
        }
        (Kind::ZeroPacketIdentifier | Kind::ZeroTopicAlias, _) => Some(2),
        _ => None,
    }
}

/// The bytes that the error names are at its offset.
#[track_caller]
fn is_there(found: Found, error: &DecodeError, bytes: &[u8]) {
    let at = &bytes[error.offset()..];
    let string = || &at[2..2 + usize::from(u16::from_be_bytes([at[0], at[1]]))];
    let is_there = match found {
        Found::Bits { value, count } => {
            let all = u8::MAX >> (8 - count);
            value <= all && (0..8).any(|shift| at[0] >> shift & all == value)
        }
        Found::Byte(byte) => at[0] == byte,
        Found::Number(number) => match error.field().format() {
            Format::TwoByteInteger => number == u32::from(u16::from_be_bytes([at[0], at[1]])),
            Format::FourByteInteger => at[..4] == number.to_be_bytes(),
            _ => u32::from(at[0] & 0x7f) == number & 0x7f,
        },
        Found::Varint { bytes, len } => at.starts_with(&bytes[..len.into()]),
        Found::Character { character, at } => {
            let string = std::str::from_utf8(string()).expect("a character is wrong, not a byte");
            first_offender(error.kind(), string) == Some(at as usize)
                && string[at as usize..].starts_with(character)
        }
        Found::IllFormed { byte, at } => {
            let (string, at) = (string(), at as usize);
            let first = match error.kind() {
                Kind::NotAscii => string.iter().position(|byte| !byte.is_ascii()),
                _ => std::str::from_utf8(string).err().map(|error| error.valid_up_to()),
            };
            let is_secret = error.field() == Field::Password;
            first == Some(at) && (if is_secret { byte.is_none() } else { byte == Some(string[at]) })
        }
        Found::ProtocolName { bytes, len } => {
            let shown = &bytes[..bytes.len().min(len as usize)];
            string().len() == len as usize && string().starts_with(shown)
        }
        Found::Bytes(_) => true,
        other => panic!("not known here: {other:?}"),
    };
    assert!(is_there, "{found:?} of {error}: {bytes:02x?}");
    let words = error.explanation().to_string();
    assert!(!words.is_empty() && !words.contains(char::is_control), "{words:?}");
}

/// The place of the first character that an error of this kind is about.
fn first_offender(kind: Kind, string: &str) -> Option<usize> {
    match kind {
        Kind::NulCharacter => string.find('\0'),
        Kind::ControlCharacter => string.find(char::is_control),
        Kind::Noncharacter => string.find(is_noncharacter),
        Kind::WildcardInTopicName | Kind::WildcardInShareName => string.find(WILDCARDS),
        _ => first_misplaced_wildcard(string),
    }
}

const WILDCARDS: [char; 2] = ['+', '#'];

/// U+FDD0 to U+FDEF, and the last two of each plane.
fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || matches!(u32::from(c) & 0xffff, 0xfffe | 0xffff)
}

/// `+` fills its level, and `#` fills the last level (\[MQTT-4.7.1-1\], \[MQTT-4.7.1-2\]).
fn first_misplaced_wildcard(filter: &str) -> Option<usize> {
    let mut start = 0;
    filter.split('/').find_map(|level| {
        let (at, is_last) = (start, start + level.len() == filter.len());
        start += level.len() + 1;
        let is_legal = level == "+" || (level == "#" && is_last);
        level.find(WILDCARDS).filter(|_| !is_legal).map(|place| at + place)
    })
}
