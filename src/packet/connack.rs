//! CONNACK: the server answers a CONNECT (§3.2).
//!
//! ```text
//! 20 | Remaining Length
//! Connect Acknowledge Flags, Reason Code (3.x: return code), Properties (5.0)
//! ```

use crate::encode::{Encoder, WritePacket};
use crate::error::{DecodeErrorKind as Kind, EncodeError, Inconsistency};
use crate::field::{Field, PropertyId};
use crate::packet_type::PacketType;
use crate::property::{ConnAckProperties, Properties, read_properties, write_properties};
use crate::reason::ConnectReason;
use crate::tolerance::Tolerances;
use crate::version::Version;
use crate::wire::reader::{Observer, ReadPacket, ReadResult, Reader};
use crate::wire::writer::Writer;

/// CONNACK: the server answers a CONNECT (§3.2).
///
/// The return codes of 3.1 and 3.1.1 are five of the Reason Codes of 5.0: see [`ConnectReason`].
///
/// ```
/// use mqtt_wire::reason::ConnectReason;
/// use mqtt_wire::{ConnAck, Encode, Version};
///
/// let refused = ConnAck::new(ConnectReason::NotAuthorized);
/// let mut buffer = [0; 8];
/// assert_eq!(
///     refused.encode(Version::V3_1_1, &mut buffer).unwrap(),
///     b"\x20\x02\x00\x05"
/// );
/// assert_eq!(
///     refused.encode(Version::V5_0, &mut buffer).unwrap(),
///     b"\x20\x03\x00\x87\x00"
/// );
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConnAck<'a> {
    /// Whether the server continues a session of the client (not in 3.1).
    pub session_present: bool,
    /// The result: success, or the reason for the refusal.
    pub reason: ConnectReason,
    /// The properties (5.0 only).
    pub properties: ConnAckProperties<'a>,
}

const SESSION_PRESENT: u8 = 0b0000_0001;
const RESERVED: u8 = 0b1111_1110;

impl<'a> ConnAck<'a> {
    /// A CONNACK without a session and without properties.
    #[must_use]
    pub const fn new(reason: ConnectReason) -> Self {
        Self { session_present: false, reason, properties: ConnAckProperties::EMPTY }
    }
}

impl<'a> ReadPacket<'a> for ConnAck<'a> {
    const PACKET_TYPE: PacketType = PacketType::ConnAck;

    #[inline]
    fn read<O: Observer<'a>, const V5: bool>(reader: &mut Reader<'a, '_, O, V5>) -> ReadResult<Self> {
        let at = reader.rest();
        let mut session_present = read_session_present(reader)?;
        let reason = read_reason(at, reader)?;
        // [MQTT-3.2.2-6] a refusal has no Session Present (3.1.1: [MQTT-3.2.2-4])
        if session_present && reason != ConnectReason::Success {
            reader.refuse_unless(
                Tolerances::SESSION_PRESENT_WITH_ERROR,
                at,
                Kind::SessionPresentWithError,
                Field::SessionPresent,
            )?;
            session_present = false;
        }
        let properties = read_properties(reader, Field::PropertyLength)?;
        // [MQTT-4.12.0-5] [MQTT-4.12.0-6] a success with Authentication Data has the Authentication Method
        if data_without_method(reason, &properties) {
            reader.refuse(reader.rest(), Kind::AuthenticationMethodMissing, METHOD)?;
        }
        Ok(Self { session_present, reason, properties })
    }
}

impl WritePacket for ConnAck<'_> {
    fn packet_type(&self) -> PacketType {
        PacketType::ConnAck
    }

    fn check<const V5: bool>(&self, to: Encoder) -> Result<(), EncodeError> {
        // [MQTT-3.2.2-6] a refusal has no Session Present (3.1.1: [MQTT-3.2.2-4])
        if self.session_present && self.reason != ConnectReason::Success {
            return Err(EncodeError::Inconsistent(Inconsistency::SessionPresentWithError));
        }
        if !V5 {
            return self.check_v3(to);
        }
        // [MQTT-4.12.0-5] [MQTT-4.12.0-6] a success with Authentication Data has the Authentication Method
        if data_without_method(self.reason, &self.properties) {
            return Err(EncodeError::Inconsistent(Inconsistency::AuthenticationDataWithoutMethod));
        }
        // Only a server sends CONNACK, so the Reason Code needs no check.
        to.check_sender(|role| self.properties.sent_by(role))
    }

    fn write<const V5: bool>(&self, out: &mut impl Writer) {
        out.u8(if self.session_present { SESSION_PRESENT } else { 0 });
        if V5 {
            out.u8(self.reason.get());
            write_properties::<V5>(&self.properties, out);
        } else {
            out.u8(self.reason.to_v3().unwrap_or(self.reason.get()));
        }
    }
}

impl ConnAck<'_> {
    fn check_v3(&self, to: Encoder) -> Result<(), EncodeError> {
        if self.reason.to_v3().is_none() {
            return Err(to.not_in_version(Field::ReasonCode));
        }
        if self.session_present && to.version == Version::V3_1 {
            return Err(to.not_in_version(Field::SessionPresent));
        }
        to.check_absent(&self.properties)
    }
}

fn read_session_present<'a, O: Observer<'a>, const V5: bool>(
    reader: &mut Reader<'a, '_, O, V5>,
) -> ReadResult<bool> {
    let at = reader.rest();
    let flags = reader.flags(
        Field::AcknowledgeFlags,
        &[(Field::Reserved, RESERVED), (Field::SessionPresent, SESSION_PRESENT)],
    )?;
    // 3.1 §3.2: the byte is not used
    if reader.is_v3_1() {
        return Ok(false);
    }
    // [MQTT-3.2.2-1] bits 7–1 are 0
    if flags & RESERVED != 0 {
        reader.refuse(at, Kind::ReservedBits, Field::AcknowledgeFlags)?;
    }
    Ok(flags & SESSION_PRESENT != 0)
}

/// `body` is all bytes after the fixed header.
fn read_reason<'a, O: Observer<'a>, const V5: bool>(
    body: &'a [u8],
    reader: &mut Reader<'a, '_, O, V5>,
) -> ReadResult<ConnectReason> {
    let at = reader.rest();
    if V5 {
        // A server that does not speak 5.0 answers in its own form: [MQTT-3.1.2-2] of 3.1.1
        if body == [0x00, 0x01] {
            return Err(reader.record(at, Kind::RefusedIn3x, Field::ReasonCode));
        }
        // [MQTT-3.2.2-8] the code is one of Table 3-1
        return reader.reason(Field::ReasonCode);
    }
    // 3.1.1 Table 3.1: 6 to 255 are reserved
    let code = reader.u8(Field::ReasonCode)?;
    ConnectReason::from_v3(code).map_err(|_| reader.record(at, Kind::InvalidReasonCode, Field::ReasonCode))
}

const METHOD: Field = Field::Property(PropertyId::AuthenticationMethod);

fn data_without_method(reason: ConnectReason, properties: &ConnAckProperties<'_>) -> bool {
    reason == ConnectReason::Success
        && properties.authentication_data.is_some()
        && properties.authentication_method.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{both_ways, not_written, reads_as, refused};
    use crate::text;

    #[test]
    fn has_two_bytes_before_5_0() {
        let accepted = ConnAck::new(ConnectReason::Success);
        both_ways(Version::V3_1, accepted, b"\x20\x02\x00\x00");
        let resumed = ConnAck { session_present: true, ..accepted };
        both_ways(Version::V3_1_1, resumed, b"\x20\x02\x01\x00");
        both_ways(Version::V3_1_1, ConnAck::new(ConnectReason::ServerUnavailable), b"\x20\x02\x00\x03");
        // 3.1 does not use the first byte, and has no Session Present.
        reads_as(Version::V3_1, b"\x20\x02\xff\x00", accepted);
        let field = Field::SessionPresent;
        not_written(Version::V3_1, resumed, EncodeError::NotInVersion { field, version: Version::V3_1 });
        let busy = ConnAck::new(ConnectReason::ServerBusy);
        let field = Field::ReasonCode;
        not_written(Version::V3_1_1, busy, EncodeError::NotInVersion { field, version: Version::V3_1_1 });
    }

    #[test]
    fn has_a_reason_and_properties_in_5_0() {
        let refused = ConnAck {
            properties: ConnAckProperties { reason_string: Some(text!("no")), ..ConnAckProperties::EMPTY },
            ..ConnAck::new(ConnectReason::NotAuthorized)
        };
        both_ways(Version::V5_0, refused, b"\x20\x08\x00\x87\x05\x1f\x00\x02no");
        both_ways(Version::V5_0, ConnAck::new(ConnectReason::Success), b"\x20\x03\x00\x00\x00");
    }

    #[test]
    fn a_refusal_in_3_x_differs_from_garbage() {
        refused(Version::V5_0, b"\x20\x02\x00\x01", Kind::RefusedIn3x, 3);
        refused(Version::V5_0, b"\x20\x02\x00\x02", Kind::InvalidReasonCode, 3);
        refused(Version::V5_0, b"\x20\x02\x01\x01", Kind::InvalidReasonCode, 3);
        refused(Version::V5_0, b"\x20\x03\x00\x01\x00", Kind::InvalidReasonCode, 3);
        refused(Version::V5_0, b"\x20\x02\x00\x00", Kind::Missing, 4);
    }
}
