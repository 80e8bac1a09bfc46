//! UNSUBACK: the server answers an UNSUBSCRIBE (§3.11).
//!
//! ```text
//! B0 | Remaining Length
//! Packet Identifier (u16), Properties (5.0)
//! 5.0, one or more: Reason Code
//! ```

use crate::encode::{Encoder, WritePacket};
use crate::error::{DecodeErrorKind as Kind, EncodeError, Inconsistency};
use crate::field::Field;
use crate::list::{Item, List, ListItem, listed};
use crate::packet_type::PacketType;
use crate::property::{AckProperties, Properties, read_properties, write_properties};
use crate::reason::UnsubscribeReason;
use crate::value::PacketId;
use crate::wire::reader::{Observer, ReadPacket, ReadResult, Reader};
use crate::wire::utf8::ValidatedUtf8;
use crate::wire::writer::Writer;

/// UNSUBACK: the server answers an UNSUBSCRIBE (§3.11).
///
/// ```
/// use mqtt_wire::reason::UnsubscribeReason;
/// use mqtt_wire::{Encode, PacketId, UnsubAck, Version};
///
/// let mut buffer = [0; 8];
/// let in_v5 = UnsubAck::new(PacketId::MIN, &[UnsubscribeReason::Success]);
/// assert_eq!(
///     in_v5.encode(Version::V5_0, &mut buffer).unwrap(),
///     b"\xb0\x04\x00\x01\x00\x00"
/// );
/// let in_v3 = UnsubAck::new(PacketId::MIN, &[]);
/// assert_eq!(in_v3.encode(Version::V3_1_1, &mut buffer).unwrap(), b"\xb0\x02\x00\x01");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UnsubAck<'a> {
    /// The Packet Identifier of the UNSUBSCRIBE.
    pub packet_id: PacketId,
    /// The properties (5.0 only).
    pub properties: AckProperties<'a>,
    /// The result for each filter, in the order of the UNSUBSCRIBE.
    ///
    /// 5.0 needs at least one result. 3.x has none.
    pub reasons: List<'a, UnsubscribeReason>,
}

impl<'a> UnsubAck<'a> {
    /// An UNSUBACK without properties.
    #[must_use]
    pub const fn new(packet_id: PacketId, reasons: &'a [UnsubscribeReason]) -> Self {
        Self { packet_id, properties: AckProperties::EMPTY, reasons: List::new(reasons) }
    }
}

impl<'a> ReadPacket<'a> for UnsubAck<'a> {
    const PACKET_TYPE: PacketType = PacketType::UnsubAck;

    #[inline]
    fn read<O: Observer<'a>, const V5: bool>(reader: &mut Reader<'a, '_, O, V5>) -> ReadResult<Self> {
        let packet_id = reader.packet_id()?;
        if !V5 {
            return Ok(Self::new(packet_id, &[]));
        }
        let properties = read_properties(reader, Field::PropertyLength)?;
        // [MQTT-3.11.3-2] the packet has a code for each filter, so it has at least one
        if reader.is_empty() {
            reader.refuse(reader.rest(), Kind::EmptyList, Field::ReasonCodes)?;
        }
        let reasons = List::read(reader)?;
        Ok(Self { packet_id, properties, reasons })
    }
}

impl WritePacket for UnsubAck<'_> {
    fn packet_type(&self) -> PacketType {
        PacketType::UnsubAck
    }

    fn check<const V5: bool>(&self, to: Encoder) -> Result<(), EncodeError> {
        if !V5 {
            return self.check_v3(to);
        }
        // [MQTT-3.11.3-2] the packet has a code for each filter
        if self.reasons.is_empty() {
            return Err(EncodeError::Inconsistent(Inconsistency::EmptyList));
        }
        to.check_sender(|role| self.properties.sent_by(role))
    }

    #[inline]
    fn write<const V5: bool>(&self, out: &mut impl Writer) {
        out.u16(self.packet_id.get());
        write_properties::<V5>(&self.properties, out);
        self.reasons.encode_all::<V5>(out);
    }
}

impl UnsubAck<'_> {
    fn check_v3(&self, to: Encoder) -> Result<(), EncodeError> {
        to.check_absent(&self.properties)?;
        if !self.reasons.is_empty() {
            return Err(to.not_in_version(Field::ReasonCodes));
        }
        Ok(())
    }
}

impl Item<'_> for UnsubscribeReason {}

listed!(UnsubscribeReason, ());

impl<'a> ListItem<'a, ()> for UnsubscribeReason {
    const UNCHANGED: () = ();

    #[inline]
    fn validate<O: Observer<'a>, const V5: bool>(reader: &mut Reader<'a, '_, O, V5>) -> ReadResult<()> {
        // [MQTT-3.11.3-2] each code is one of Table 3-9
        reader.reason::<Self>(Field::ReasonCode).map(drop)
    }

    #[inline]
    fn decode(wire: &'a [u8], _: ValidatedUtf8<'a>, (): ()) -> Option<(Self, &'a [u8])> {
        let (code, rest) = wire.split_first()?;
        Some((Self::new(*code).ok()?, rest))
    }

    #[inline]
    fn encode<const V5: bool>(self, out: &mut impl Writer) {
        out.u8(self.get());
    }

    #[inline]
    fn encode_slice<const V5: bool>(items: &[Self], out: &mut impl Writer) {
        out.each(items.iter().map(|reason| reason.get()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{both_ways, not_written, refused};
    use crate::version::Version;
    use UnsubscribeReason::{NoSubscriptionExisted, Success};

    const ID: PacketId = PacketId::MIN;

    #[test]
    fn codes_exist_in_5_0_only() {
        let two = UnsubAck::new(ID, &[NoSubscriptionExisted, Success]);
        both_ways(Version::V5_0, two, b"\xb0\x05\x00\x01\x00\x11\x00");
        let none = UnsubAck::new(ID, &[]);
        not_written(Version::V5_0, none, EncodeError::Inconsistent(Inconsistency::EmptyList));
        for version in [Version::V3_1, Version::V3_1_1] {
            both_ways(version, none, b"\xb0\x02\x00\x01");
            let field = Field::ReasonCodes;
            not_written(version, two, EncodeError::NotInVersion { field, version });
            refused(version, b"\xb0\x03\x00\x01\x00", Kind::LeftoverBytes, 4);
        }
        refused(Version::V5_0, b"\xb0\x03\x00\x01\x00", Kind::EmptyList, 5);
        refused(Version::V5_0, b"\xb0\x04\x00\x01\x00\x01", Kind::InvalidReasonCode, 5);
    }
}
