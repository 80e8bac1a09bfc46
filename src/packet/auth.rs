//! AUTH: one side continues enhanced authentication (5.0 §3.15, §4.12).
//!
//! ```text
//! F0 | Remaining Length
//! Authenticate Reason Code and Properties; both may be left out together
//! ```

use crate::encode::{Encoder, WritePacket};
use crate::error::{DecodeErrorKind as Kind, EncodeError, Inconsistency};
use crate::field::{Field, PropertyId};
use crate::packet_type::PacketType;
use crate::property::{AuthProperties, Properties, read_properties, write_properties};
use crate::reason::{AuthReason, ReasonCode};
use crate::wire::reader::{Observer, ReadPacket, ReadResult, Reader};
use crate::wire::writer::Writer;

/// AUTH: one side continues enhanced authentication (5.0 §3.15).
///
/// 3.1 and 3.1.1 do not have this packet.
///
/// ```
/// use mqtt_wire::property::AuthProperties;
/// use mqtt_wire::reason::AuthReason;
/// use mqtt_wire::{Auth, Encode, Version, text};
///
/// let auth = Auth {
///     reason: AuthReason::ContinueAuthentication,
///     properties: AuthProperties {
///         authentication_method: Some(text!("SCRAM-SHA-1")),
///         ..AuthProperties::EMPTY
///     },
/// };
/// assert_eq!(auth.encoded_len(Version::V5_0), Ok(18));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Auth<'a> {
    /// The step of the authentication.
    pub reason: AuthReason,
    /// The properties. Only an AUTH with Success and no properties has no Authentication Method.
    pub properties: AuthProperties<'a>,
}

impl<'a> Auth<'a> {
    /// Whether the packet has the short form: success without properties.
    fn has_short_form(&self) -> bool {
        self.reason == AuthReason::Success && self.properties.is_empty()
    }
}

impl<'a> ReadPacket<'a> for Auth<'a> {
    const PACKET_TYPE: PacketType = PacketType::Auth;

    #[inline]
    fn read<O: Observer<'a>, const V5: bool>(reader: &mut Reader<'a, '_, O, V5>) -> ReadResult<Self> {
        // 5.0 §3.15.2.1: an AUTH without Reason Code and properties means Success
        if reader.is_empty() {
            let reason = AuthReason::Success;
            reader.check_sender(reason.senders(), reader.rest(), Field::ReasonCode)?;
            return Ok(Self { reason, properties: AuthProperties::EMPTY });
        }
        // [MQTT-3.15.2-1] the code is one of Table 3-11
        let reason = reader.reason(Field::ReasonCode)?;
        let properties: AuthProperties<'a> = read_properties(reader, Field::PropertyLength)?;
        // 5.0 §3.15.2.2.2, [MQTT-4.12.0-5]: AUTH has an Authentication Method
        if properties.authentication_method.is_none() {
            let method = Field::Property(PropertyId::AuthenticationMethod);
            reader.refuse(reader.rest(), Kind::AuthenticationMethodMissing, method)?;
        }
        Ok(Self { reason, properties })
    }
}

impl WritePacket for Auth<'_> {
    fn packet_type(&self) -> PacketType {
        PacketType::Auth
    }

    fn check<const V5: bool>(&self, to: Encoder) -> Result<(), EncodeError> {
        if !V5 {
            return Err(to.not_in_version(Field::PacketType));
        }
        // 5.0 §3.15.2.2.2, [MQTT-4.12.0-5]: AUTH has an Authentication Method
        if self.properties.authentication_method.is_none() && !self.has_short_form() {
            return Err(EncodeError::Inconsistent(Inconsistency::AuthenticationMethodMissing));
        }
        to.check_sender(|role| self.reason.sent_by(role) && self.properties.sent_by(role))
    }

    fn write<const V5: bool>(&self, out: &mut impl Writer) {
        if !self.has_short_form() {
            out.u8(self.reason.get());
            write_properties::<V5>(&self.properties, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{both_ways, not_written, refused};
    use crate::text;
    use crate::version::Version;

    const SUCCESS: Auth<'static> = Auth { reason: AuthReason::Success, properties: AuthProperties::EMPTY };
    const METHOD: AuthProperties<'static> =
        AuthProperties { authentication_method: Some(text!("m")), ..AuthProperties::EMPTY };

    #[test]
    fn only_a_bare_success_needs_no_method() {
        both_ways(Version::V5_0, SUCCESS, b"\xf0\x00");
        let with_method = Auth { properties: METHOD, ..SUCCESS };
        both_ways(Version::V5_0, with_method, b"\xf0\x06\x00\x04\x15\x00\x01m");
        let go_on = Auth { reason: AuthReason::ContinueAuthentication, properties: METHOD };
        both_ways(Version::V5_0, go_on, b"\xf0\x06\x18\x04\x15\x00\x01m");
        refused(Version::V5_0, b"\xf0\x01\x18", Kind::Missing, 3);
        refused(Version::V5_0, b"\xf0\x02\x18\x00", Kind::AuthenticationMethodMissing, 4);
        refused(Version::V5_0, b"\xf0\x02\x00\x00", Kind::AuthenticationMethodMissing, 4);
        let rule = EncodeError::Inconsistent(Inconsistency::AuthenticationMethodMissing);
        not_written(Version::V5_0, Auth { properties: AuthProperties::EMPTY, ..go_on }, rule);
    }

    #[test]
    fn exists_in_5_0_only() {
        for version in [Version::V3_1, Version::V3_1_1] {
            refused(version, b"\xf0\x00", Kind::ReservedPacketType, 0);
            let field = Field::PacketType;
            not_written(version, SUCCESS, EncodeError::NotInVersion { field, version });
        }
    }
}
