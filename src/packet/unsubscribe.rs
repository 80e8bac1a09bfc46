//! UNSUBSCRIBE: a client asks for no more messages (§3.10).
//!
//! ```text
//! A2 | Remaining Length
//! Packet Identifier (u16), Properties (5.0)
//! one or more: Topic Filter
//! ```

use crate::encode::{Encoder, WritePacket};
use crate::frame::PacketType;
use crate::list::{Element, Form, List, ListElement};
use crate::property::{Properties, UnsubscribeProperties, read_properties, write_properties};
use crate::reader::{Reader, Refused, Trace};
use crate::sink::Sink;
use crate::wire::{self, Utf8Ahead};
use crate::{DecodeErrorKind as Kind, EncodeError, Field, Inconsistency, PacketId, TopicFilter, Version};

/// UNSUBSCRIBE: a client asks for no more messages (§3.10).
///
/// ```
/// use mqtt_wire::{Encode, PacketId, Unsubscribe, Version, topic_filter};
///
/// let filters = [topic_filter!("/status")];
/// let mut buffer = [0; 32];
/// assert_eq!(
///     Unsubscribe::new(PacketId::MIN, &filters).encode(Version::V3_1_1, &mut buffer).unwrap(),
///     b"\xa2\x0b\x00\x01\x00\x07/status"
/// );
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Unsubscribe<'a> {
    /// What the UNSUBACK will carry.
    pub packet_id: PacketId,
    /// The properties (5.0 only).
    pub properties: UnsubscribeProperties<'a>,
    /// The filters, in their order. Only in 3.1 may there be none.
    pub filters: List<'a, TopicFilter<'a>>,
}

impl<'a> Unsubscribe<'a> {
    /// An UNSUBSCRIBE without properties.
    #[must_use]
    pub const fn new(packet_id: PacketId, filters: &'a [TopicFilter<'a>]) -> Self {
        Self { packet_id, properties: UnsubscribeProperties::EMPTY, filters: List::new(filters) }
    }

    #[inline(always)]
    pub(crate) fn read<T: Trace<'a>>(reader: &mut Reader<'a, T>) -> Result<Self, Refused> {
        let packet_id = reader.packet_id()?;
        let properties = read_properties(reader, Field::PropertyLength)?;
        let filters = reader.here();
        // [MQTT-3.10.3-2] at least one; 3.1 does not say so
        if reader.is_empty() && reader.version != Version::V3_1 {
            reader.refuse(filters, Kind::EmptyList, Field::TopicFilters)?;
        }
        let ahead = reader.look_ahead(filters);
        // [MQTT-3.10.3-1] and §4.7: each is a Topic Filter
        reader.read_filters_to_end(
            |list| behind_legal(list, ahead),
            |reader| reader.topic_filter(Field::TopicFilter).map(drop),
        )?;
        Ok(Self { packet_id, properties, filters: List::on_wire(filters).knowing(ahead) })
    }
}

impl WritePacket for Unsubscribe<'_> {
    fn packet_type(&self) -> PacketType {
        PacketType::Unsubscribe
    }

    fn check(&self, to: Encoder) -> Result<(), EncodeError> {
        if !to.is_v5() {
            to.check_absent(&self.properties)?;
        }
        // [MQTT-3.10.3-2] at least one
        if self.filters.is_empty() && to.version != Version::V3_1 {
            return Err(EncodeError::Inconsistent(Inconsistency::EmptyList));
        }
        // [MQTT-4.8.2-1] [MQTT-4.8.2-2] a filter like `$share/x` has a meaning before 5.0 only
        if to.is_v5() && self.filters.iter().any(|filter| filter.shared_subscription().is_err()) {
            return Err(to.not_in_version(Field::TopicFilter));
        }
        to.check_sender(|role| self.properties.sent_by(role))
    }

    #[inline(always)]
    fn write(&self, version: Version, out: &mut impl Sink) {
        out.u16(self.packet_id.get());
        write_properties(version, &self.properties, out);
        self.filters.write_all(out);
    }
}

/// Where the filters end that are legal at a glance: none is cut through a character.
#[inline(never)]
fn behind_legal<'a>(mut filters: &'a [u8], ahead: Utf8Ahead<'a>) -> &'a [u8] {
    while let Some(rest @ ([] | [..=0x7f | 0xc0.., ..])) = ahead.behind_legal_filter(filters) {
        filters = rest;
    }
    filters
}

impl<'a> Element<'a> for TopicFilter<'a> {}

impl<'a> ListElement<'a> for TopicFilter<'a> {
    #[inline]
    fn reread(wire: &'a [u8], ahead: Utf8Ahead<'a>, _: Form) -> Option<(Self, &'a [u8])> {
        let (rest, filter) = wire::length_prefixed(wire).ok()?;
        Some((Self::trusted(ahead.string_again(filter, rest)?), rest))
    }

    #[inline]
    fn write(self, out: &mut impl Sink) {
        out.length_prefixed(self.as_str().as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws::{both_ways, not_written, refused};
    use crate::topic_filter;

    const ID: PacketId = PacketId::MIN;

    #[test]
    fn filters_stand_in_their_order() {
        let filters = [topic_filter!("b"), topic_filter!("a/#")];
        let unsubscribe = Unsubscribe::new(ID, &filters);
        both_ways(Version::V3_1_1, unsubscribe, b"\xa2\x0a\x00\x01\x00\x01b\x00\x03a/#");
        both_ways(Version::V5_0, unsubscribe, b"\xa2\x0b\x00\x01\x00\x00\x01b\x00\x03a/#");
        both_ways(Version::V3_1, Unsubscribe::new(ID, &[]), b"\xa2\x02\x00\x01");
        refused(Version::V3_1_1, b"\xa2\x02\x00\x01", Kind::EmptyList, 4);
        let empty = EncodeError::Inconsistent(Inconsistency::EmptyList);
        not_written(Version::V5_0, Unsubscribe::new(ID, &[]), empty);
    }

    #[test]
    fn a_glance_sees_where_a_character_is_cut() {
        // As a whole this is UTF-8: the first byte of the second length goes on with the first filter's last character.
        let mut frame = b"\xa2\x88\xd2\x02\x00\x01\x00\x02a\xc3\xa9\x00".to_vec();
        frame.resize(frame.len() + 0xa900, b'b');
        assert!(core::str::from_utf8(&frame[4..]).is_ok());
        refused(Version::V3_1_1, &frame, Kind::IllFormedUtf8, 6);
        // Without that character it is legal.
        frame[9] = b'a';
        assert!(crate::decode_frame(Version::V3_1_1, &frame).is_ok());
    }

    #[test]
    fn the_rules_of_shared_subscriptions_hold_here_too() {
        let filters = [topic_filter!("$share/g")];
        let unsubscribe = Unsubscribe::new(ID, &filters);
        both_ways(Version::V3_1_1, unsubscribe, b"\xa2\x0c\x00\x01\x00\x08$share/g");
        refused(Version::V5_0, b"\xa2\x0d\x00\x01\x00\x00\x08$share/g", Kind::SharedFilterMissing, 5);
        let (field, version) = (Field::TopicFilter, Version::V5_0);
        not_written(version, unsubscribe, EncodeError::NotInVersion { field, version });
    }
}
