//! AUTH: extended authentication goes on (5.0 §3.15, §4.12).
//!
//! ```text
//! F0 | Remaining Length
//! Authenticate Reason Code and Properties; both may be left out together
//! ```

use crate::encode::{Encoder, Room};
use crate::frame::PacketType;
use crate::property::{AuthProperties, Properties, read_properties, write_properties};
use crate::reader::{Fault, Reader, Trace};
use crate::reason::ReasonCode;
use crate::wire::Sink;
use crate::{AuthReason, DecodeErrorKind as Kind, EncodeError, Field, Inconsistency, PropertyId, Version};

/// AUTH: extended authentication goes on (5.0 §3.15). 3.1 and 3.1.1 do not have it.
///
/// ```
/// use mqtt_wire::{Auth, AuthProperties, AuthReason, Encode, Version, text};
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
    /// Which step this is.
    pub reason: AuthReason,
    /// The properties. The Authentication Method is needed, unless success is all that is said.
    pub properties: AuthProperties<'a>,
}

impl<'a> Auth<'a> {
    pub(crate) fn read<T: Trace<'a>>(reader: &mut Reader<'a, T>) -> Result<Self, Fault<'a>> {
        // 5.0 §3.15.2.1: success without properties may be left out as a whole
        if reader.is_empty() {
            let reason = AuthReason::Success;
            reader.check_sender(reason.senders(), Field::ReasonCode, reader.here())?;
            return Ok(Self { reason, properties: AuthProperties::EMPTY });
        }
        // [MQTT-3.15.2-1] one of Table 3-11
        let reason = reader.reason(Field::ReasonCode)?;
        let properties: AuthProperties<'a> = read_properties(reader, Field::PropertyLength)?;
        // 5.0 §3.15.2.2.2, [MQTT-4.12.0-5]: the method is needed
        if properties.authentication_method.is_none() {
            let method = Field::Property(PropertyId::AuthenticationMethod);
            reader.refuse(reader.here(), Kind::AuthenticationMethodMissing, method)?;
        }
        Ok(Self { reason, properties })
    }

    /// Whether it is the short form: success, and nothing else.
    fn is_short(&self) -> bool {
        self.reason == AuthReason::Success && self.properties.is_empty()
    }
}

impl Room for Auth<'_> {
    fn packet_type(&self) -> PacketType {
        PacketType::Auth
    }

    fn check(&self, to: Encoder) -> Result<(), EncodeError> {
        if !to.is_v5() {
            return Err(to.not_in_version(Field::PacketType));
        }
        // 5.0 §3.15.2.2.2, [MQTT-4.12.0-5]: the method is needed
        if self.properties.authentication_method.is_none() && !self.is_short() {
            return Err(EncodeError::Inconsistent(Inconsistency::AuthenticationMethodMissing));
        }
        to.check_sender(|role| self.reason.sent_by(role) && self.properties.sent_by(role))
    }

    fn write(&self, _: Version, out: &mut impl Sink) {
        if !self.is_short() {
            out.u8(self.reason.get());
            write_properties(&self.properties, out);
        }
    }
}
