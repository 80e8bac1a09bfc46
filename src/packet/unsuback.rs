//! UNSUBACK: the server answers an UNSUBSCRIBE (§3.11).
//!
//! ```text
//! B0 | Remaining Length
//! Packet Identifier (u16), Properties (5.0)
//! 5.0, one or more: Reason Code
//! ```

use crate::encode::{Encoder, WritePacket};
use crate::frame::PacketType;
use crate::list::{Element, Form, List, ListElement};
use crate::property::{AckProperties, Properties, read_properties, write_properties};
use crate::reader::{Reader, Refused, Trace};
use crate::sink::Sink;
use crate::wire::Utf8Ahead;
use crate::{
    DecodeErrorKind as Kind, EncodeError, Field, Inconsistency, PacketId, UnsubscribeReason, Version,
};

/// UNSUBACK: the server answers an UNSUBSCRIBE (§3.11).
///
/// ```
/// use mqtt_wire::{Encode, PacketId, UnsubAck, UnsubscribeReason, Version};
///
/// let mut buffer = [0; 8];
/// let in_v5 = UnsubAck::new(PacketId::MIN, &[UnsubscribeReason::Success]);
/// assert_eq!(in_v5.encode(Version::V5_0, &mut buffer).unwrap(), b"\xb0\x04\x00\x01\x00\x00");
/// let in_v3 = UnsubAck::new(PacketId::MIN, &[]);
/// assert_eq!(in_v3.encode(Version::V3_1_1, &mut buffer).unwrap(), b"\xb0\x02\x00\x01");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UnsubAck<'a> {
    /// The identifier of the UNSUBSCRIBE.
    pub packet_id: PacketId,
    /// The properties (5.0 only).
    pub properties: AckProperties<'a>,
    /// What has become of each filter, in the order of the UNSUBSCRIBE: in 5.0 at least one, before
    /// it none.
    pub reasons: List<'a, UnsubscribeReason>,
}

impl<'a> UnsubAck<'a> {
    /// An UNSUBACK without properties.
    #[must_use]
    pub const fn new(packet_id: PacketId, reasons: &'a [UnsubscribeReason]) -> Self {
        Self { packet_id, properties: AckProperties::EMPTY, reasons: List::new(reasons) }
    }

    #[inline(always)]
    pub(crate) fn read<T: Trace<'a>>(reader: &mut Reader<'a, T>) -> Result<Self, Refused> {
        let packet_id = reader.packet_id()?;
        if reader.version != Version::V5_0 {
            return Ok(Self::new(packet_id, &[]));
        }
        let properties = read_properties(reader, Field::PropertyLength)?;
        let reasons = reader.here();
        // [MQTT-3.11.3-2] one for each filter, of which there is at least one
        if reader.is_empty() {
            reader.refuse(reasons, Kind::EmptyList, Field::ReasonCodes)?;
        }
        // [MQTT-3.11.3-2] each is one of Table 3-9
        reader.read_to_end(|reader| reader.reason::<UnsubscribeReason>(Field::ReasonCode).map(drop))?;
        Ok(Self { packet_id, properties, reasons: List::on_wire(reasons) })
    }
}

impl WritePacket for UnsubAck<'_> {
    fn packet_type(&self) -> PacketType {
        PacketType::UnsubAck
    }

    fn check(&self, to: Encoder) -> Result<(), EncodeError> {
        if !to.is_v5() {
            return self.check_v3(to);
        }
        // [MQTT-3.11.3-2] one for each filter
        if self.reasons.is_empty() {
            return Err(EncodeError::Inconsistent(Inconsistency::EmptyList));
        }
        to.check_sender(|role| self.properties.sent_by(role))
    }

    #[inline(always)]
    fn write(&self, version: Version, out: &mut impl Sink) {
        out.u16(self.packet_id.get());
        write_properties(version, &self.properties, out);
        self.reasons.write_all(out);
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

impl Element<'_> for UnsubscribeReason {}

impl<'a> ListElement<'a> for UnsubscribeReason {
    #[inline]
    fn reread(wire: &'a [u8], _: Utf8Ahead<'a>, _: Form) -> Option<(Self, &'a [u8])> {
        let (code, rest) = wire.split_first()?;
        Some((Self::new(*code)?, rest))
    }

    #[inline]
    fn write(self, out: &mut impl Sink) {
        out.u8(self.get());
    }

    #[inline(always)]
    fn write_items(items: &[Self], _: Form, out: &mut impl Sink) {
        out.each(items.iter().map(|reason| reason.get()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws::{both_ways, not_written, refused};
    use UnsubscribeReason::{NoSubscriptionExisted, Success};

    const ID: PacketId = PacketId::MIN;

    #[test]
    fn codes_stand_in_5_0_only() {
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
