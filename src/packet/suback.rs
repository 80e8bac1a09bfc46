//! SUBACK: the server answers a SUBSCRIBE (§3.9).
//!
//! ```text
//! 90 | Remaining Length
//! Packet Identifier (u16), Properties (5.0)
//! one or more: Reason Code (3.x: return code)
//! ```

use crate::encode::{Encoder, WritePacket};
use crate::error::{DecodeErrorKind as Kind, EncodeError, Inconsistency};
use crate::field::Field;
use crate::list::{Item, List, ListItem, listed};
use crate::packet_type::PacketType;
use crate::property::{AckProperties, Properties, read_properties, write_properties};
use crate::reason::SubscribeReason;
use crate::tolerance::Tolerances;
use crate::value::PacketId;
use crate::version::Version;
use crate::wire::reader::{Observer, ReadPacket, ReadResult, Reader};
use crate::wire::utf8::ValidatedUtf8;
use crate::wire::writer::Writer;

/// SUBACK: the server answers a SUBSCRIBE (§3.9).
///
/// ```
/// use mqtt_wire::reason::SubscribeReason;
/// use mqtt_wire::{Encode, PacketId, Qos, SubAck, Version};
///
/// let reasons = [SubscribeReason::granted(Qos::AtLeastOnce)];
/// let mut buffer = [0; 8];
/// assert_eq!(
///     SubAck::new(PacketId::MIN, &reasons)
///         .encode(Version::V3_1_1, &mut buffer)
///         .unwrap(),
///     b"\x90\x03\x00\x01\x01"
/// );
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SubAck<'a> {
    /// The Packet Identifier of the SUBSCRIBE.
    pub packet_id: PacketId,
    /// The properties (5.0 only).
    pub properties: AckProperties<'a>,
    /// The result for each filter, in the order of the SUBSCRIBE.
    ///
    /// 3.1.1 has the granted QoS and [`UnspecifiedError`](SubscribeReason::UnspecifiedError). 3.1 has only
    /// the granted QoS.
    pub reasons: SubscribeReasons<'a>,
}

impl<'a> SubAck<'a> {
    /// A SUBACK without properties.
    #[must_use]
    pub const fn new(packet_id: PacketId, reasons: &'a [SubscribeReason]) -> Self {
        Self { packet_id, properties: AckProperties::EMPTY, reasons: List::new(reasons) }
    }
}

impl<'a> ReadPacket<'a> for SubAck<'a> {
    const PACKET_TYPE: PacketType = PacketType::SubAck;

    #[inline]
    fn read<O: Observer<'a>, const V5: bool>(reader: &mut Reader<'a, '_, O, V5>) -> ReadResult<Self> {
        let packet_id = reader.packet_id()?;
        let properties = read_properties(reader, Field::PropertyLength)?;
        // [MQTT-3.8.4-6] the packet has a code for each filter, so it has at least one (3.1.1: [MQTT-3.8.4-5])
        if reader.is_empty() {
            reader.refuse(reader.rest(), Kind::EmptyList, Field::ReasonCodes)?;
        }
        let reasons: SubscribeReasons<'_> = List::read(reader)?;
        let reasons = match reader.version {
            Version::V3_1_1 => reasons.read_as(match reader.tolerates(Tolerances::SUBACK_CODES) {
                false => Failures::OfV3_1_1,
                true => Failures::Unspecified,
            }),
            Version::V3_1 | Version::V5_0 => reasons,
        };
        Ok(Self { packet_id, properties, reasons })
    }
}

impl WritePacket for SubAck<'_> {
    fn packet_type(&self) -> PacketType {
        PacketType::SubAck
    }

    #[inline]
    fn check<const V5: bool>(&self, to: Encoder) -> Result<(), EncodeError> {
        if !V5 {
            to.check_absent(&self.properties)?;
        }
        // [MQTT-3.8.4-6] the packet has a code for each filter (3.1.1: [MQTT-3.8.4-5])
        if self.reasons.is_empty() {
            return Err(EncodeError::Inconsistent(Inconsistency::EmptyList));
        }
        if V5 {
            return to.check_sender(|role| self.properties.sent_by(role));
        }
        let checked = match to.version {
            Version::V3_1_1 => Some(Failures::OfV3_1_1),
            Version::V3_1 | Version::V5_0 => None,
        };
        match self.reasons.all(checked, |reason| exists_before_v5(reason, to.version)) {
            true => Ok(()),
            false => Err(to.not_in_version(Field::ReasonCodes)),
        }
    }

    #[inline]
    fn write<const V5: bool>(&self, out: &mut impl Writer) {
        out.u16(self.packet_id.get());
        write_properties::<V5>(&self.properties, out);
        self.reasons.encode_all::<V5>(out);
    }
}

/// The Reason Codes of a SUBACK (3.x: return codes).
pub type SubscribeReasons<'a> = List<'a, SubscribeReason, Failures>;

/// The form in which a list shows failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failures {
    AsTheyAre,
    /// Unchanged. The codes were read from a packet of 3.1.1 and checked.
    OfV3_1_1,
    /// Each failure as [`UnspecifiedError`](SubscribeReason::UnspecifiedError), the one failure code of 3.1.1.
    Unspecified,
}

impl Item<'_, Failures> for SubscribeReason {}

listed!(SubscribeReason, Failures);

impl<'a> ListItem<'a, Failures> for SubscribeReason {
    const UNCHANGED: Failures = Failures::AsTheyAre;

    #[inline]
    fn validate<O: Observer<'a>, const V5: bool>(reader: &mut Reader<'a, '_, O, V5>) -> ReadResult<()> {
        let at = reader.rest();
        if V5 {
            // [MQTT-3.9.3-2] each code is one of Table 3-8
            return reader.reason::<Self>(Field::ReasonCode).map(drop);
        }
        let code = reader.u8(Field::ReasonCode)?;
        // [MQTT-3.9.3-2] each code is one of four; 3.1 §3.9: one of three
        if Self::new(code).is_ok_and(|reason| exists_before_v5(reason, reader.version)) {
            return Ok(());
        }
        let tolerance = match reader.version {
            Version::V3_1_1 => Tolerances::SUBACK_CODES,
            Version::V3_1 | Version::V5_0 => Tolerances::NONE,
        };
        reader.refuse_unless(tolerance, at, Kind::InvalidReasonCode, Field::ReasonCode)
    }

    /// Skips codes that grant a QoS. These codes are valid in every version.
    #[inline]
    fn skip_valid<const V5: bool>(mut codes: &'a [u8], _: ValidatedUtf8<'a>) -> &'a [u8] {
        while let Some((chunk, rest)) = codes.split_first_chunk::<8>() {
            // This loop has no branch for each code. With a branch, the row `decode 3.1.1 SUBACK 8` grows.
            if chunk.iter().fold(false, |refused, code| refused | (*code > 2)) {
                break;
            }
            codes = rest;
        }
        while let [0..=2, rest @ ..] = codes {
            codes = rest;
        }
        codes
    }

    #[inline]
    fn decode(wire: &'a [u8], _: ValidatedUtf8<'a>, failures: Failures) -> Option<(Self, &'a [u8])> {
        let (code, rest) = wire.split_first()?;
        let reason = match (Self::new(*code), failures) {
            (Ok(reason), failures) => reason.normalized(failures),
            // The decoder has tolerated an unknown code.
            (Err(_), Failures::Unspecified) => Self::UnspecifiedError,
            (Err(_), _) => return None, // unreachable: it was refused
        };
        Some((reason, rest))
    }

    #[inline]
    fn encode<const V5: bool>(self, out: &mut impl Writer) {
        out.u8(self.get());
    }

    #[inline]
    fn is_copied(failures: Failures) -> bool {
        matches!(failures, Failures::AsTheyAre | Failures::OfV3_1_1)
    }

    #[inline]
    fn normalized(self, failures: Failures) -> Self {
        match failures {
            Failures::Unspecified if self.is_error() => Self::UnspecifiedError,
            _ => self,
        }
    }

    #[inline]
    fn encode_slice<const V5: bool>(items: &[Self], out: &mut impl Writer) {
        out.each(items.iter().map(|reason| reason.get()));
    }
}

/// [MQTT-3.9.3-2] 3.1.1 has four of the codes; 3.1 §3.9 has no failure.
#[inline]
fn exists_before_v5(reason: SubscribeReason, version: Version) -> bool {
    match version {
        Version::V3_1 => !reason.is_error(),
        Version::V3_1_1 => !reason.is_error() | matches!(reason, SubscribeReason::UnspecifiedError),
        Version::V5_0 => true, // unreachable: the callers ask for 3.x only
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Decoder;
    use crate::packet::Packet;
    use crate::test_support::{both_ways, not_written, refused};
    use SubscribeReason::{GrantedQos0, GrantedQos2, QuotaExceeded, UnspecifiedError};

    const ID: PacketId = PacketId::MIN;

    #[test]
    fn in_3_1_1_every_failure_is_its_one_code() {
        for reason in SubscribeReason::ALL {
            let seen = if reason.is_error() { UnspecifiedError } else { *reason };
            assert_eq!(reason.normalized(Failures::Unspecified), seen);
            assert_eq!(reason.normalized(Failures::AsTheyAre), *reason);
        }
    }

    #[test]
    fn codes_keep_their_order() {
        let granted = SubAck::new(ID, &[GrantedQos2, GrantedQos0]);
        both_ways(Version::V3_1, granted, b"\x90\x04\x00\x01\x02\x00");
        both_ways(Version::V5_0, granted, b"\x90\x05\x00\x01\x00\x02\x00");
        both_ways(Version::V5_0, SubAck::new(ID, &[QuotaExceeded]), b"\x90\x04\x00\x01\x00\x97");
    }

    /// Eight codes are checked at once. A bad code is found at every place.
    #[test]
    fn a_bad_code_is_found_among_many() {
        for place in 0..20 {
            for code in [3, 0x7f, 0x81, 0xff] {
                let mut codes = [2; 20];
                codes[place] = code;
                let bytes = [&[0x90, 22, 0, 1], &codes[..]].concat();
                refused(Version::V3_1_1, &bytes, Kind::InvalidReasonCode, 4 + place);
            }
        }
    }

    /// A tolerated code is shown as the one failure of 3.1.1. Codes that are appended later do not change.
    #[test]
    fn codes_after_a_tolerant_list_do_not_change() {
        let mut decoder = Decoder::new(Version::V3_1_1).tolerate(Tolerances::SUBACK_CODES);
        let Ok(Packet::SubAck(mut suback)) = decoder.decode_frame(b"\x90\x03\x00\x01\x97") else {
            panic!("tolerated")
        };
        suback.reasons = suback.reasons.followed_by(&[QuotaExceeded]).expect("no slice yet");
        assert!(suback.reasons.iter().eq([UnspecifiedError, QuotaExceeded]));
        let (field, version) = (Field::ReasonCodes, Version::V3_1_1);
        not_written(version, suback, EncodeError::NotInVersion { field, version });
    }

    #[test]
    fn each_version_accepts_its_own_failures() {
        let failed = SubAck::new(ID, &[UnspecifiedError]);
        both_ways(Version::V3_1_1, failed, b"\x90\x03\x00\x01\x80");
        refused(Version::V3_1, b"\x90\x03\x00\x01\x80", Kind::InvalidReasonCode, 4);
        refused(Version::V3_1_1, b"\x90\x04\x00\x01\x00\x97", Kind::InvalidReasonCode, 5);
        let error = |version| EncodeError::NotInVersion { field: Field::ReasonCodes, version };
        not_written(Version::V3_1, failed, error(Version::V3_1));
        not_written(Version::V3_1_1, SubAck::new(ID, &[QuotaExceeded]), error(Version::V3_1_1));
        for version in Version::ALL {
            not_written(version, SubAck::new(ID, &[]), EncodeError::Inconsistent(Inconsistency::EmptyList));
        }
        refused(Version::V3_1, b"\x90\x02\x00\x01", Kind::EmptyList, 4);
    }
}
