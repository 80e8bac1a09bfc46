//! Checks that bytes after a refused string, or after the last field, do not change the result.

use crate::random::Random;
use DecodeErrorKind as Kind;
use mqtt_wire::inspect::Field;
use mqtt_wire::*;
use mqtt_wire_testkit::laws::announced_len;
use mqtt_wire_testkit::naive::Options;
use mqtt_wire_testkit::verdicts::decoder;

/// The number of changed copies of one input.
const COPIES: usize = 16;

/// If the content of a string is the reason for the error, later bytes do not change the error, even if they are ill-formed.
pub fn do_not_change_a_refusal(bytes: &[u8], error: &DecodeError, options: &Options) {
    let Some(frame_len) = announced_len(bytes).filter(|len| *len <= bytes.len()) else { return };
    let Some(string_len) = refused_string(&bytes[error.offset()..], error) else { return };
    let later = error.offset() + string_len..frame_len;
    for other in filled(bytes, later) {
        assert_eq!(decoder(options).decode(&other), Err(*error), "{other:02x?}");
    }
}

/// The payload does not change the other fields of a PUBLISH.
pub fn do_not_change_a_publish(publish: &Publish<'_>, frame: &[u8], options: &Options) {
    let payload_range = frame.len() - publish.payload.len()..frame.len();
    for other in filled(frame, payload_range.clone()) {
        let payload = &other[payload_range.clone()];
        let expected = Packet::Publish(Publish { payload, ..*publish });
        assert_eq!(decoder(options).decode(&other), Ok(Some((expected, &[][..]))));
    }
}

/// Returns copies of the bytes. In each copy, one random byte value fills `range`.
fn filled(bytes: &[u8], range: std::ops::Range<usize>) -> impl Iterator<Item = Vec<u8>> {
    let mut random = Random::of(bytes);
    let count = if range.is_empty() { 0 } else { COPIES };
    (0..count).map(move |_| {
        let mut other = bytes.to_vec();
        other[range.clone()].fill(random.byte());
        other
    })
}

/// Returns the length of the string at the beginning of `at`, with the two bytes of its length. Returns `None` if
/// the error does not depend on this string alone. In 5.0 the error for an empty topic also depends on the Topic Alias.
fn refused_string(at: &[u8], error: &DecodeError) -> Option<usize> {
    let is_string = matches!(
        error.field(),
        Field::TopicName | Field::TopicFilter | Field::ClientIdentifier | Field::WillTopic | Field::UserName
    );
    let by_itself = match error.kind() {
        Kind::IllFormedUtf8 | Kind::NulCharacter | Kind::WildcardInTopicName => true,
        Kind::HashNotLast | Kind::HashNotAlone | Kind::PlusNotAlone => true,
        Kind::EmptyTopic => error.version() != Some(Version::V5_0),
        _ => false,
    };
    let len = usize::from(u16::from_be_bytes(*at.first_chunk()?));
    (is_string && by_itself).then_some(2 + len)
}
