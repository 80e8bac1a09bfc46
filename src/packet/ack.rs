//! PUBACK, PUBREC, PUBREL and PUBCOMP: the steps after a PUBLISH (§3.4 to §3.7). The four packets
//! differ in type and Reason Codes.
//!
//! ```text
//! 40, 50, 62 or 70 | Remaining Length
//! Packet Identifier (u16), Reason Code (5.0, optional), Properties (5.0, optional)
//! ```

use crate::encode::{EncodeInto, Encoder, Target, WritePacket, encode_apart, encode_one};
use crate::error::EncodeError;
use crate::field::Field;
use crate::packet_type::PacketType;
use crate::property::{AckProperties, Properties, ReadProperties, read_properties, write_properties};
use crate::reason::{PubAckReason, PubCompReason, PubRecReason, PubRelReason, ReasonCode};
use crate::value::PacketId;
use crate::wire::reader::{Observer, ReadPacket, ReadResult, Reader};
use crate::wire::writer::Writer;
use core::marker::PhantomData;

/// PUBACK, PUBREC, PUBREL or PUBCOMP: the type of the reason decides which.
///
/// ```
/// use mqtt_wire::reason::PubAckReason;
/// use mqtt_wire::{Encode, PacketId, PubAck, Version};
///
/// let ack =
///     PubAck { reason: PubAckReason::NotAuthorized, ..PubAck::new(PacketId::MIN) };
/// let mut buffer = [0; 8];
/// assert_eq!(ack.encode(Version::V5_0, &mut buffer).unwrap(), b"\x40\x03\x00\x01\x87");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ack<'a, R> {
    /// The Packet Identifier of the PUBLISH.
    pub packet_id: PacketId,
    /// The Reason Code: before 5.0 always success.
    pub reason: R,
    /// The properties (5.0 only).
    pub properties: AckProperties<'a>,
}

/// PUBACK: answers a PUBLISH with QoS 1 (§3.4).
pub type PubAck<'a> = Ack<'a, PubAckReason>;

/// PUBREC: answers a PUBLISH with QoS 2 (§3.5).
pub type PubRec<'a> = Ack<'a, PubRecReason>;

/// PUBREL: answers a PUBREC (§3.6).
pub type PubRel<'a> = Ack<'a, PubRelReason>;

/// PUBCOMP: answers a PUBREL (§3.7).
pub type PubComp<'a> = Ack<'a, PubCompReason>;

/// The packet type that carries a reason.
pub(crate) trait AckReason: ReasonCode + PartialEq {
    const PACKET_TYPE: PacketType;
    const SUCCESS: Self;
}

macro_rules! ack_reason {
    ($( $Reason:ident: $Type:ident ),*) => { $(
        impl AckReason for $Reason {
            const PACKET_TYPE: PacketType = PacketType::$Type;
            const SUCCESS: Self = Self::Success;
        }

        impl Ack<'_, $Reason> {
            /// An acknowledgement that reports success, without properties.
            #[must_use]
            pub const fn new(packet_id: PacketId) -> Self {
                Self { packet_id, reason: $Reason::Success, properties: AckProperties::EMPTY }
            }
        }
    )* };
}

ack_reason!(PubAckReason: PubAck, PubRecReason: PubRec, PubRelReason: PubRel, PubCompReason: PubComp);

impl<'a, R: AckReason> ReadPacket<'a> for Ack<'a, R> {
    const PACKET_TYPE: PacketType = R::PACKET_TYPE;

    #[inline]
    fn read<O: Observer<'a>, const V5: bool>(reader: &mut Reader<'a, '_, O, V5>) -> ReadResult<Self> {
        let packet_id = match R::PACKET_TYPE {
            PacketType::PubRel => reader.packet_id_of_request()?,
            _ => reader.packet_id()?,
        };
        let mut ack = Self { packet_id, reason: R::SUCCESS, properties: AckProperties::empty() };
        // 5.0 §3.4.2.1: success may be left out, and then there are no properties
        if V5 && !reader.is_empty() {
            // [MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.6.2-1] [MQTT-3.7.2-1] the code is in the table of
            // the packet: 3-4, 3-5, 3-6 or 3-7
            ack.reason = reader.reason(Field::ReasonCode)?;
            // 5.0 §3.4.2.2.1: the length may be left out, and then there are no properties
            if !reader.is_empty() {
                ack.properties = read_properties(reader, Field::PropertyLength)?;
            }
        }
        Ok(ack)
    }
}

impl<R: AckReason> WritePacket for Ack<'_, R> {
    fn packet_type(&self) -> PacketType {
        R::PACKET_TYPE
    }

    #[inline]
    fn check<const V5: bool>(&self, to: Encoder) -> Result<(), EncodeError> {
        if V5 {
            return to
                .check_sender(|role| self.reason.senders().include(role) && self.properties.sent_by(role));
        }
        if self.reason != R::SUCCESS {
            return Err(to.not_in_version(Field::ReasonCode));
        }
        to.check_absent(&self.properties)
    }

    #[inline]
    fn write<const V5: bool>(&self, out: &mut impl Writer) {
        // 5.0 §3.4.2.1: the Reason Code may be left out in the short form, which `ShortAck` writes
        let [high, low] = self.packet_id.get().to_be_bytes();
        out.put([high, low, self.reason.code()], &[], []);
        // 5.0 §3.4.2.2.1: the length may be left out, if there are no properties
        if !self.properties.is_empty() {
            write_properties::<V5>(&self.properties, out);
        }
    }
}

impl<R: AckReason> EncodeInto for Ack<'_, R> {
    // Without this attribute, the port of benches/rivals takes 40 % more time for `Encode 3.1.1 PUBACK`.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn encode_into<T: Target>(&self, to: Encoder, target: T) -> Result<T::Output, EncodeError> {
        if has_short_form(self) {
            encode_one(&ShortAck::<R> { packet_id: self.packet_id, reason: PhantomData }, to, target)
        } else {
            encode_apart(self, to, target)
        }
    }
}

/// The short form: every acknowledgement of 3.x, and most of 5.0. Without this type, the row `encode 3.1.1 PUBACK` grows.
struct ShortAck<R> {
    packet_id: PacketId,
    reason: PhantomData<R>,
}

impl<R: AckReason> WritePacket for ShortAck<R> {
    // The whole packet is one field.
    const IS_HEAD_APPENDED_AT_ONCE: bool = false;

    fn packet_type(&self) -> PacketType {
        R::PACKET_TYPE
    }

    #[inline]
    fn check<const V5: bool>(&self, _: Encoder) -> Result<(), EncodeError> {
        Ok(())
    }

    #[inline]
    fn write<const V5: bool>(&self, out: &mut impl Writer) {
        out.u16(self.packet_id.get());
    }

    /// The whole packet is written at once.
    // Without this function, `append 3.1.1 PUBACK` takes 13 % more.
    #[inline]
    fn write_head<const V5: bool>(&self, _: u32, out: &mut impl Writer) {
        let [high, low] = self.packet_id.get().to_be_bytes();
        out.put([self.first_byte(), 2, high, low], &[], []);
    }
}

/// Whether the packet has the short form, the Packet Identifier alone: success without properties.
#[inline]
fn has_short_form<R: AckReason>(ack: &Ack<'_, R>) -> bool {
    ack.reason == R::SUCCESS && ack.properties.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::DecodeErrorKind as Kind;
    use crate::field::PropertyId;
    use crate::packet::Packet;
    use crate::test_support::{both_ways, not_written, reads_as, refused};
    use crate::text;
    use crate::version::Version;

    const ID: PacketId = PacketId::MAX;

    #[test]
    fn each_acknowledgement_has_its_own_first_byte() {
        for version in Version::ALL {
            both_ways(version, PubAck::new(ID), b"\x40\x02\xff\xff");
            both_ways(version, PubRec::new(ID), b"\x50\x02\xff\xff");
            both_ways(version, PubRel::new(ID), b"\x62\x02\xff\xff");
            both_ways(version, PubComp::new(ID), b"\x70\x02\xff\xff");
        }
    }

    #[test]
    fn short_forms_of_acknowledgements_are_read() {
        reads_as(Version::V5_0, b"\x40\x03\xff\xff\x00", PubAck::new(ID));
        reads_as(Version::V5_0, b"\x40\x04\xff\xff\x00\x00", PubAck::new(ID));
        let gone = PubRel { reason: PubRelReason::PacketIdentifierNotFound, ..PubRel::new(ID) };
        both_ways(Version::V5_0, gone, b"\x62\x03\xff\xff\x92");
        reads_as(Version::V5_0, b"\x62\x04\xff\xff\x92\x00", gone);
        let properties = AckProperties { reason_string: Some(text!("x")), ..AckProperties::EMPTY };
        both_ways(
            Version::V5_0,
            PubAck { properties, ..PubAck::new(ID) },
            b"\x40\x08\xff\xff\x00\x04\x1f\x00\x01x",
        );
        refused(Version::V3_1_1, b"\x40\x03\xff\xff\x00", Kind::LeftoverBytes, 4);
        refused(Version::V5_0, b"\x40\x01\xff", Kind::Missing, 2);
        refused(Version::V5_0, b"\x40\x05\xff\xff\x00\x00\x00", Kind::LeftoverBytes, 6);
    }

    #[test]
    fn before_5_0_every_acknowledgement_is_success() {
        for version in [Version::V3_1, Version::V3_1_1] {
            let error = |field| EncodeError::NotInVersion { field, version };
            let reason = PubRec { reason: PubRecReason::QuotaExceeded, ..PubRec::new(ID) };
            not_written(version, reason, error(Field::ReasonCode));
            let properties = AckProperties { reason_string: Some(text!("x")), ..AckProperties::EMPTY };
            let properties: Packet<'_> = PubComp { properties, ..PubComp::new(ID) }.into();
            not_written(version, properties, error(PropertyId::ReasonString.into()));
        }
    }
}
