//! DISCONNECT: one side ends the connection on purpose (§3.14).
//!
//! ```text
//! E0 | Remaining Length
//! Reason Code (5.0, may be left out), Properties (5.0, may be left out)
//! ```

use crate::encode::{Encoder, WritePacket};
use crate::error::{EncodeError, Inconsistency};
use crate::field::Field;
use crate::packet_type::PacketType;
use crate::property::{DisconnectProperties, Properties, read_properties, write_properties};
use crate::reason::DisconnectReason;
use crate::wire::reader::{Observer, ReadPacket, ReadResult, Reader};
use crate::wire::writer::Writer;

/// DISCONNECT: one side ends the connection on purpose (§3.14).
///
/// Before 5.0 only a client sends DISCONNECT.
///
/// ```
/// use mqtt_wire::reason::DisconnectReason;
/// use mqtt_wire::{Disconnect, Encode, Version};
///
/// let mut buffer = [0; 8];
/// let goodbye = Disconnect::default();
/// assert_eq!(goodbye.encode(Version::V5_0, &mut buffer).unwrap(), b"\xe0\x00");
/// let keep_my_will = Disconnect::new(DisconnectReason::DisconnectWithWillMessage);
/// assert_eq!(keep_my_will.encode(Version::V5_0, &mut buffer).unwrap(), b"\xe0\x01\x04");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Disconnect<'a> {
    /// The Reason Code: before 5.0 always the normal disconnection.
    pub reason: DisconnectReason,
    /// The properties (5.0 only).
    pub properties: DisconnectProperties<'a>,
}

impl<'a> Disconnect<'a> {
    /// A DISCONNECT without properties.
    #[must_use]
    pub const fn new(reason: DisconnectReason) -> Self {
        Self { reason, properties: DisconnectProperties::EMPTY }
    }

    /// Whether the server discards the will of the client that sent this packet.
    ///
    /// Only the normal disconnection discards the will (5.0 §3.14.4, \[MQTT-3.14.4-3\]). 0x04 asks the server
    /// to publish the will. After any other code the server publishes the will, too (\[MQTT-3.1.2-8\]).
    ///
    /// ```
    /// use mqtt_wire::Disconnect;
    /// use mqtt_wire::reason::DisconnectReason;
    ///
    /// assert!(Disconnect::default().discards_will());
    /// assert!(
    ///     !Disconnect::new(DisconnectReason::DisconnectWithWillMessage).discards_will()
    /// );
    /// assert!(!Disconnect::new(DisconnectReason::UnspecifiedError).discards_will());
    /// ```
    #[must_use]
    pub const fn discards_will(&self) -> bool {
        matches!(self.reason, DisconnectReason::NormalDisconnection)
    }
}

/// The normal disconnection, without properties.
impl Default for Disconnect<'_> {
    fn default() -> Self {
        Self::new(DisconnectReason::NormalDisconnection)
    }
}

impl<'a> ReadPacket<'a> for Disconnect<'a> {
    const PACKET_TYPE: PacketType = PacketType::Disconnect;

    #[inline]
    fn read<O: Observer<'a>, const V5: bool>(reader: &mut Reader<'a, '_, O, V5>) -> ReadResult<Self> {
        let mut disconnect = Self::default();
        // 5.0 §3.14.2.1: a DISCONNECT without Reason Code means Normal disconnection
        if V5 && !reader.is_empty() {
            // [MQTT-3.14.2-1] the code is one of Table 3-10
            disconnect.reason = reader.reason(Field::ReasonCode)?;
            // 5.0 §3.14.2.2.1: without Property Length there are no properties
            if !reader.is_empty() {
                // [MQTT-3.14.2-2] a server sends no Session Expiry Interval: see `property_table.rs`
                disconnect.properties = read_properties(reader, Field::PropertyLength)?;
            }
        }
        Ok(disconnect)
    }
}

impl WritePacket for Disconnect<'_> {
    fn packet_type(&self) -> PacketType {
        PacketType::Disconnect
    }

    fn check<const V5: bool>(&self, to: Encoder) -> Result<(), EncodeError> {
        if !V5 {
            return self.check_v3(to);
        }
        // [MQTT-3.14.2-1] 0x8C is not among the codes of Table 3-10
        if self.reason == DisconnectReason::BadAuthenticationMethod {
            return Err(EncodeError::Inconsistent(Inconsistency::BadAuthenticationMethodInDisconnect));
        }
        to.check_sender(|role| self.reason.sent_by(role) && self.properties.sent_by(role))
    }

    fn write<const V5: bool>(&self, out: &mut impl Writer) {
        // 5.0 §3.14.2.1: the Reason Code of a normal disconnection may be left out, if there are no
        // properties
        if V5 && !self.has_short_form() {
            out.u8(self.reason.get());
            // 5.0 §3.14.2.2.1: the length may be left out, if there are no properties
            if !self.properties.is_empty() {
                write_properties::<V5>(&self.properties, out);
            }
        }
    }
}

impl Disconnect<'_> {
    /// The normal disconnection without properties: nothing follows the fixed header.
    #[inline]
    fn has_short_form(&self) -> bool {
        self.reason == DisconnectReason::NormalDisconnection && self.properties.is_empty()
    }

    fn check_v3(&self, to: Encoder) -> Result<(), EncodeError> {
        if self.reason != DisconnectReason::NormalDisconnection {
            return Err(to.not_in_version(Field::ReasonCode));
        }
        to.check_absent(&self.properties)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::DecodeErrorKind as Kind;
    use crate::field::PropertyId;
    use crate::test_support::{both_ways, not_written, reads_as, refused};
    use crate::text;
    use crate::version::Version;

    const WITH_WILL: Disconnect<'static> = Disconnect::new(DisconnectReason::DisconnectWithWillMessage);

    #[test]
    fn short_forms_of_disconnect_are_read() {
        for version in Version::ALL {
            both_ways(version, Disconnect::default(), b"\xe0\x00");
        }
        both_ways(Version::V5_0, WITH_WILL, b"\xe0\x01\x04");
        reads_as(Version::V5_0, b"\xe0\x01\x00", Disconnect::default());
        reads_as(Version::V5_0, b"\xe0\x02\x04\x00", WITH_WILL);
        refused(Version::V3_1_1, b"\xe0\x01\x00", Kind::LeftoverBytes, 2);
        refused(Version::V5_0, b"\xe0\x03\x00\x00\x00", Kind::LeftoverBytes, 4);
    }

    #[test]
    fn properties_need_the_reason_written_out() {
        let properties =
            DisconnectProperties { reason_string: Some(text!("x")), ..DisconnectProperties::EMPTY };
        let polite = Disconnect { properties, ..Disconnect::default() };
        both_ways(Version::V5_0, polite, b"\xe0\x06\x00\x04\x1f\x00\x01x");
        let version = Version::V3_1_1;
        let error = |field| EncodeError::NotInVersion { field, version };
        not_written(version, polite, error(PropertyId::ReasonString.into()));
        not_written(version, WITH_WILL, error(Field::ReasonCode));
    }
}
