//! UNSUBSCRIBE: a client unsubscribes from Topic Filters (§3.10).
//!
//! ```text
//! A2 | Remaining Length
//! Packet Identifier (u16), Properties (5.0)
//! one or more: Topic Filter
//! ```

use crate::encode::{Encoder, WritePacket};
use crate::error::{DecodeErrorKind as Kind, EncodeError, Inconsistency};
use crate::field::Field;
use crate::list::{Item, List, ListItem, listed};
use crate::packet_type::PacketType;
use crate::property::{Properties, UnsubscribeProperties, read_properties, write_properties};
use crate::value::{PacketId, TopicFilter};
use crate::version::Version;
use crate::wire::bytes::take_prefixed;
use crate::wire::reader::{Observer, ReadPacket, ReadResult, Reader};
use crate::wire::utf8::{ValidatedUtf8, take_valid_filter};
use crate::wire::writer::Writer;

/// UNSUBSCRIBE: a client unsubscribes from Topic Filters (§3.10).
///
/// ```
/// use mqtt_wire::{Encode, PacketId, Unsubscribe, Version, topic_filter};
///
/// let filters = [topic_filter!("/status")];
/// let mut buffer = [0; 32];
/// assert_eq!(
///     Unsubscribe::new(PacketId::MIN, &filters)
///         .encode(Version::V3_1_1, &mut buffer)
///         .unwrap(),
///     b"\xa2\x0b\x00\x01\x00\x07/status"
/// );
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Unsubscribe<'a> {
    /// The Packet Identifier, which the UNSUBACK repeats.
    pub packet_id: PacketId,
    /// The properties (5.0 only).
    pub properties: UnsubscribeProperties<'a>,
    /// The filters. Only 3.1 allows an empty list.
    pub filters: List<'a, TopicFilter<'a>>,
}

impl<'a> Unsubscribe<'a> {
    /// An UNSUBSCRIBE without properties.
    #[must_use]
    pub const fn new(packet_id: PacketId, filters: &'a [TopicFilter<'a>]) -> Self {
        Self { packet_id, properties: UnsubscribeProperties::EMPTY, filters: List::new(filters) }
    }
}

impl<'a> ReadPacket<'a> for Unsubscribe<'a> {
    const PACKET_TYPE: PacketType = PacketType::Unsubscribe;

    #[inline]
    fn read<O: Observer<'a>, const V5: bool>(reader: &mut Reader<'a, '_, O, V5>) -> ReadResult<Self> {
        let packet_id = reader.packet_id_of_request()?;
        let properties = read_properties(reader, Field::PropertyLength)?;
        // [MQTT-3.10.3-2] the packet has at least one filter; 3.1 has no such rule
        if reader.is_empty() && !reader.is_v3_1() {
            reader.refuse(reader.rest(), Kind::EmptyList, Field::TopicFilters)?;
        }
        let filters = List::read(reader)?;
        Ok(Self { packet_id, properties, filters })
    }
}

impl WritePacket for Unsubscribe<'_> {
    // As in SUBSCRIBE.
    const IS_HEAD_APPENDED_AT_ONCE: bool = false;

    fn packet_type(&self) -> PacketType {
        PacketType::Unsubscribe
    }

    fn check<const V5: bool>(&self, to: Encoder) -> Result<(), EncodeError> {
        if !V5 {
            to.check_absent(&self.properties)?;
        }
        // [MQTT-3.10.3-2] the packet has at least one filter
        if self.filters.is_empty() && to.version != Version::V3_1 {
            return Err(EncodeError::Inconsistent(Inconsistency::EmptyList));
        }
        // [MQTT-4.8.2-1] [MQTT-4.8.2-2] a filter like `$share/x` is legal before 5.0 only
        if V5 && !self.filters.all(None, TopicFilter::is_legal_in_v5) {
            return Err(to.not_in_version(Field::TopicFilter));
        }
        to.check_sender(|role| self.properties.sent_by(role))
    }

    #[inline]
    fn write<const V5: bool>(&self, out: &mut impl Writer) {
        out.u16(self.packet_id.get());
        write_properties::<V5>(&self.properties, out);
        self.filters.encode_all::<V5>(out);
    }
}

impl<'a> Item<'a> for TopicFilter<'a> {}

listed!(TopicFilter<'_>, ());

impl<'a> ListItem<'a, ()> for TopicFilter<'a> {
    const UNCHANGED: () = ();
    const HAS_STRINGS: bool = true;

    #[inline]
    fn validate<O: Observer<'a>, const V5: bool>(reader: &mut Reader<'a, '_, O, V5>) -> ReadResult<()> {
        // [MQTT-3.10.3-1] and §4.7: each item is a Topic Filter
        reader.topic_filter(Field::TopicFilter).map(drop)
    }

    /// A filter is valid only if the next byte does not continue its last character.
    #[inline]
    fn skip_valid<const V5: bool>(mut filters: &'a [u8], utf8: ValidatedUtf8<'a>) -> &'a [u8] {
        while let Some((_, rest @ ([] | [..=0x7f | 0xc0.., ..]))) = take_valid_filter::<V5>(filters, utf8) {
            filters = rest;
        }
        filters
    }

    #[inline]
    fn decode(wire: &'a [u8], utf8: ValidatedUtf8<'a>, (): ()) -> Option<(Self, &'a [u8])> {
        let (filter, rest) = take_prefixed(wire)?;
        Some((Self::trusted(utf8.string(filter, rest.len())?), rest))
    }

    #[inline]
    fn encode<const V5: bool>(self, out: &mut impl Writer) {
        out.prefixed(self.as_str().as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{both_ways, not_written, refused};
    use crate::topic_filter;

    const ID: PacketId = PacketId::MIN;

    #[test]
    fn filters_keep_their_order() {
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
    fn a_character_in_two_filters_is_found_although_filters_are_skipped() {
        // The bytes of both filters together are UTF-8. But the first byte of the second length completes the
        // last character of the first filter.
        let mut frame = b"\xa2\x88\xd2\x02\x00\x01\x00\x02a\xc3\xa9\x00".to_vec();
        frame.resize(frame.len() + 0xa900, b'b');
        assert!(core::str::from_utf8(&frame[4..]).is_ok());
        refused(Version::V3_1_1, &frame, Kind::IllFormedUtf8, 6);
        // Without the incomplete character the packet is legal.
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
