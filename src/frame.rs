//! The fixed header (§2.1 of 5.0, §2.2 of 3.1.1), and splitting one frame off a buffer: the only
//! place that says "more bytes".

mod lint;

use crate::packet::version_and_bridge;
use crate::rules::{Rules, Switch};
use crate::wire::{self, Varint};
use crate::{DecodeError, DecodeErrorKind as Kind, Field, Role, Sniff, Version, sniff};
use core::fmt;

/// The type of a packet: bits 7–4 of its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PacketType {
    /// CONNECT, from a client.
    Connect = 1,
    /// CONNACK, from a server.
    ConnAck = 2,
    /// PUBLISH, both ways.
    Publish = 3,
    /// PUBACK, both ways.
    PubAck = 4,
    /// PUBREC, both ways.
    PubRec = 5,
    /// PUBREL, both ways.
    PubRel = 6,
    /// PUBCOMP, both ways.
    PubComp = 7,
    /// SUBSCRIBE, from a client.
    Subscribe = 8,
    /// SUBACK, from a server.
    SubAck = 9,
    /// UNSUBSCRIBE, from a client.
    Unsubscribe = 10,
    /// UNSUBACK, from a server.
    UnsubAck = 11,
    /// PINGREQ, from a client.
    PingReq = 12,
    /// PINGRESP, from a server.
    PingResp = 13,
    /// DISCONNECT, from a client; in 5.0 both ways.
    Disconnect = 14,
    /// AUTH, both ways, 5.0 only.
    Auth = 15,
}

impl PacketType {
    /// All fifteen, in ascending order.
    pub const ALL: [Self; 15] = [
        Self::Connect,
        Self::ConnAck,
        Self::Publish,
        Self::PubAck,
        Self::PubRec,
        Self::PubRel,
        Self::PubComp,
        Self::Subscribe,
        Self::SubAck,
        Self::Unsubscribe,
        Self::UnsubAck,
        Self::PingReq,
        Self::PingResp,
        Self::Disconnect,
        Self::Auth,
    ];

    /// The type that bits 7–4 of a packet's first byte stand for; 0 is reserved.
    #[must_use]
    #[inline]
    pub const fn from_first_byte(byte_1: u8) -> Option<Self> {
        Some(match byte_1 >> 4 {
            1 => Self::Connect,
            2 => Self::ConnAck,
            3 => Self::Publish,
            4 => Self::PubAck,
            5 => Self::PubRec,
            6 => Self::PubRel,
            7 => Self::PubComp,
            8 => Self::Subscribe,
            9 => Self::SubAck,
            10 => Self::Unsubscribe,
            11 => Self::UnsubAck,
            12 => Self::PingReq,
            13 => Self::PingResp,
            14 => Self::Disconnect,
            15 => Self::Auth,
            _ => return None,
        })
    }

    /// Whether a client or a server sends packets of this type in this version.
    #[must_use]
    #[inline]
    pub const fn sent_by(self, role: Role, version: Version) -> bool {
        match self {
            Self::Connect | Self::Subscribe | Self::Unsubscribe | Self::PingReq => {
                matches!(role, Role::Client)
            }
            Self::ConnAck | Self::SubAck | Self::UnsubAck | Self::PingResp => {
                matches!(role, Role::Server)
            }
            Self::Disconnect => matches!(role, Role::Client) || matches!(version, Version::V5_0),
            Self::Auth => matches!(version, Version::V5_0),
            Self::Publish | Self::PubAck | Self::PubRec | Self::PubRel | Self::PubComp => true,
        }
    }

    /// The first byte of a packet of this type, for all but PUBLISH the only one.
    #[inline]
    pub(crate) const fn first_byte(self) -> u8 {
        (self as u8) << 4 | self.fixed_flags()
    }

    /// Bits 3–0 as 3.1.1 and 5.0 fix them. PUBLISH has its own use for them.
    const fn fixed_flags(self) -> u8 {
        match self {
            Self::PubRel | Self::Subscribe | Self::Unsubscribe => 0b0010,
            _ => 0b0000,
        }
    }
}

impl fmt::Display for PacketType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "CONNECT",
            Self::ConnAck => "CONNACK",
            Self::Publish => "PUBLISH",
            Self::PubAck => "PUBACK",
            Self::PubRec => "PUBREC",
            Self::PubRel => "PUBREL",
            Self::PubComp => "PUBCOMP",
            Self::Subscribe => "SUBSCRIBE",
            Self::SubAck => "SUBACK",
            Self::Unsubscribe => "UNSUBSCRIBE",
            Self::UnsubAck => "UNSUBACK",
            Self::PingReq => "PINGREQ",
            Self::PingResp => "PINGRESP",
            Self::Disconnect => "DISCONNECT",
            Self::Auth => "AUTH",
        })
    }
}

/// How long the frame at the beginning of a buffer is: the answer of [`frame_len`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrameLen {
    /// The whole packet takes this many bytes, fixed header included. They need not all be there.
    Total(usize),
    /// The fixed header is not complete. The packet takes at least this many bytes, and a reader
    /// that waits for as many never waits for bytes that do not come.
    AtLeast(usize),
}

/// The length in bytes of the packet that the input begins with, from its fixed header alone.
///
/// What holds in every version is checked; [`Decoder::frame_len`](crate::Decoder::frame_len) checks
/// all that the fixed header can tell.
///
/// ```
/// use mqtt_wire::{FrameLen, frame_len};
///
/// assert_eq!(frame_len(b""), Ok(FrameLen::AtLeast(2)));
/// assert_eq!(frame_len(b"\x30\x85"), Ok(FrameLen::AtLeast(3)));
/// assert_eq!(frame_len(b"\x30\x05\x00\x01"), Ok(FrameLen::Total(7)));
/// ```
///
/// # Errors
///
/// Packet type 0, or a Remaining Length of more than four bytes.
pub fn frame_len(input: &[u8]) -> Result<FrameLen, DecodeError> {
    Judge { version: None, rules: Rules::DEFAULT, any_version: true }.frame_len(input)
}

/// One packet, whole, its fixed header judged.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) packet_type: PacketType,
    /// All that has come in, from the first byte of the packet on.
    pub(crate) input: &'a [u8],
    /// What follows the fixed header.
    pub(crate) body: &'a [u8],
    /// What follows the packet.
    pub(crate) rest: &'a [u8],
}

impl<'a> Frame<'a> {
    /// The packet from its first byte to its last.
    pub(crate) fn bytes(self) -> &'a [u8] {
        let len = self.input.len().saturating_sub(self.rest.len());
        self.input.get(..len).unwrap_or(self.input)
    }
}

#[inline(always)]
pub(crate) fn byte_1(packet: &[u8]) -> u8 {
    packet.first().copied().unwrap_or_default()
}

/// Whether Remaining Length is in the fewest bytes: not yet judged for CONNECT.
#[cold]
pub(crate) fn is_minimal(packet: &[u8]) -> bool {
    let after_byte_1 = packet.get(1..).unwrap_or_default();
    matches!(wire::read_varint(after_byte_1), Varint::Whole { minimal: true, .. })
}

/// What a fixed header is judged by.
pub(crate) struct Judge {
    pub(crate) version: Option<Version>,
    pub(crate) rules: Rules,
    /// Nothing is to be held against a packet that some version allows.
    pub(crate) any_version: bool,
}

/// A fixed header that has been judged.
struct Header<'a> {
    packet_type: PacketType,
    byte_1: u8,
    minimal: bool,
    remaining_length: usize,
    /// All bytes after the header, of this packet and of those behind it.
    after: &'a [u8],
}

impl Judge {
    /// Splits one frame off, if it is whole and nothing is wrong with its header. If not,
    /// [`why_none`](Self::why_none) tells which.
    #[inline(always)]
    pub(crate) fn split<'a>(&self, input: &'a [u8]) -> Option<Frame<'a>> {
        let (&byte_1, after) = input.split_first()?;
        if FIRST_BYTES.get(usize::from(byte_1))? & self.first_byte_bits() == 0 {
            return None;
        }
        let packet_type = PacketType::from_first_byte(byte_1)?;
        let Varint::Whole { value, rest: after, minimal } = wire::read_varint(after) else { return None };
        if !minimal && self.wants_minimal(packet_type) {
            return None;
        }
        let (body, rest) = after.split_at_checked(usize::try_from(value).ok()?)?;
        let frame_len = input.len().wrapping_sub(rest.len());
        (!self.is_too_large(frame_len)).then_some(Frame { packet_type, input, body, rest })
    }

    /// Why [`split`](Self::split) has found no frame: nothing is wrong with one that is not complete yet.
    #[cold]
    pub(crate) fn why_none(&self, input: &[u8]) -> Result<(), DecodeError> {
        self.header(input).map(drop)
    }

    pub(crate) fn frame_len(&self, input: &[u8]) -> Result<FrameLen, DecodeError> {
        Ok(match self.header(input)? {
            Some(header) => FrameLen::Total(header.total(input)),
            None => FrameLen::AtLeast(input.len().saturating_add(1).max(2)),
        })
    }

    /// Reads and judges the fixed header: `None` if it is not complete yet.
    fn header<'a>(&self, input: &'a [u8]) -> Result<Option<Header<'a>>, DecodeError> {
        let Some((&byte_1, after)) = input.split_first() else {
            return Ok(None);
        };
        let packet_type = match PacketType::from_first_byte(byte_1) {
            Some(packet_type) if self.knows(packet_type) => packet_type,
            packet_type => return Err(self.unknown_type(packet_type, after)),
        };
        let (remaining_length, after, minimal) = match wire::read_varint(after) {
            Varint::Whole { value, rest, minimal } => (value, rest, minimal),
            Varint::Unfinished => return Ok(None),
            Varint::TooLong => {
                return Err(self.refusal(packet_type, Kind::VarintTooLong, Field::RemainingLength, None));
            }
        };
        let header = Header {
            packet_type,
            byte_1,
            minimal,
            remaining_length: usize::try_from(remaining_length).unwrap_or(usize::MAX),
            after,
        };
        match self.check(&header, input) {
            None => Ok(Some(header)),
            Some((kind, field)) => Err(self.refusal_of(&header, input, kind, field)),
        }
    }

    #[cold]
    pub(crate) fn less_than_a_frame(&self, frame: &[u8]) -> DecodeError {
        DecodeError {
            kind: Kind::IncompletePacket,
            field: Field::Packet,
            packet_type: frame.first().and_then(|byte_1| PacketType::from_first_byte(*byte_1)),
            version: self.version,
            connection: self.version,
            offset: u32::try_from(frame.len()).unwrap_or(u32::MAX),
            frame_len: match self.frame_len(frame) {
                Ok(FrameLen::Total(len)) => u32::try_from(len).unwrap_or(0),
                _ => 0,
            },
        }
    }

    fn knows(&self, packet_type: PacketType) -> bool {
        match (packet_type, self.version) {
            // A CONNECT goes by its own version.
            (PacketType::Connect, _) => true,
            (PacketType::Auth, Some(version)) => version == Version::V5_0,
            (_, Some(_)) => true,
            (_, None) => self.any_version,
        }
    }

    /// [MQTT-3.1.2-24] [MQTT-3.2.2-15] the size counts the fixed header too
    #[inline(always)]
    fn is_too_large(&self, frame_len: usize) -> bool {
        frame_len as u64 > u64::from(self.rules.max_packet_size)
    }

    /// A CONNECT goes by its own version, which is not known here.
    #[cold]
    fn wants_minimal(&self, packet_type: PacketType) -> bool {
        packet_type != PacketType::Connect
            && self.version.is_some_and(|version| minimal_lengths_only(version, self.rules))
    }

    /// The bits of this version and sender in [`FIRST_BYTES`].
    #[inline(always)]
    fn first_byte_bits(&self) -> u8 {
        senders_bits(self.rules.sender) << shift(self.version)
    }

    /// What is wrong with a header, once its length is known.
    fn check(&self, header: &Header<'_>, input: &[u8]) -> Option<(Kind, Field)> {
        if self.is_too_large(header.total(input)) {
            return Some((Kind::PacketTooLarge, Field::Packet));
        }
        if header.packet_type == PacketType::Connect {
            // The rest is judged by its own version.
            return (self.rules.sender == Some(Role::Server))
                .then_some((Kind::WrongDirection, Field::Packet));
        }
        let version = self.version?;
        if let Err(fault) =
            check_header(header.packet_type, header.byte_1, || header.minimal, version, self.rules)
        {
            return Some(fault);
        }
        let sent = self.rules.sender.is_none_or(|role| header.packet_type.sent_by(role, version));
        (!sent).then_some((Kind::WrongDirection, Field::Packet))
    }

    /// Refused by its first byte. How long it is may be seen all the same.
    #[cold]
    fn unknown_type(&self, packet_type: Option<PacketType>, after: &[u8]) -> DecodeError {
        let (kind, field) = match packet_type {
            Some(_) if self.version.is_none() => (Kind::VersionUnknown, Field::Packet),
            _ => (Kind::ReservedPacketType, Field::PacketType),
        };
        let frame_len = match wire::read_varint(after) {
            Varint::Whole { value, rest, .. } => {
                let length_bytes = u32::try_from(after.len().saturating_sub(rest.len())).unwrap_or(0);
                value.saturating_add(length_bytes).saturating_add(1)
            }
            Varint::Unfinished | Varint::TooLong => 0,
        };
        DecodeError {
            kind,
            field,
            packet_type,
            version: self.version,
            connection: self.version,
            offset: 0,
            frame_len,
        }
    }

    #[cold]
    fn refusal_of(&self, header: &Header<'_>, input: &[u8], kind: Kind, field: Field) -> DecodeError {
        let error = self.refusal(header.packet_type, kind, field, Some(header.total(input)));
        if header.packet_type != PacketType::Connect {
            return error;
        }
        DecodeError { version: self.own_version(input).or(error.version), ..error }
    }

    /// The version that a CONNECT names, a bridge's included if it is accepted.
    fn own_version(&self, input: &[u8]) -> Option<Version> {
        match sniff(input) {
            Sniff::Connect(own) => Some(own),
            Sniff::UnsupportedLevel { name, level } => {
                version_and_bridge(name, level, self.rules).map(|(own, _)| own)
            }
            Sniff::Incomplete | Sniff::NotMqtt => None,
        }
    }

    #[cold]
    fn refusal(
        &self,
        packet_type: PacketType,
        kind: Kind,
        field: Field,
        frame_len: Option<usize>,
    ) -> DecodeError {
        DecodeError {
            kind,
            field,
            packet_type: Some(packet_type),
            version: self.version,
            connection: self.version,
            offset: u32::from(field == Field::RemainingLength),
            frame_len: frame_len.and_then(|len| u32::try_from(len).ok()).unwrap_or(0),
        }
    }
}

impl Header<'_> {
    /// The length of the whole packet.
    #[inline(always)]
    fn total(&self, input: &[u8]) -> usize {
        // `after` is the end of `input`.
        input.len().wrapping_sub(self.after.len()).saturating_add(self.remaining_length)
    }
}

/// For each first byte, by which versions and from which senders it is legal: what
/// [`check_flags`] and [`PacketType::sent_by`] say, as a table.
static FIRST_BYTES: [u8; 256] = {
    let mut table = [0; 256];
    let (mut entries, mut byte_1): (&mut [u8], u8) = (&mut table, 0);
    while let [entry, others @ ..] = entries {
        *entry = legal_for(byte_1);
        (entries, byte_1) = (others, byte_1.wrapping_add(1));
    }
    table
};

const fn legal_for(byte_1: u8) -> u8 {
    let Some(packet_type) = PacketType::from_first_byte(byte_1) else { return 0 };
    let mut bits = 0;
    let mut roles: &[Role] = &[Role::Client, Role::Server];
    while let [role, other_roles @ ..] = roles {
        // A CONNECT goes by its own version.
        if matches!((packet_type, role), (PacketType::Connect, Role::Client)) {
            bits |= bit(None, *role);
        }
        let mut versions = Version::ALL.as_slice();
        while let [version, other_versions @ ..] = versions {
            let legal = matches!(packet_type, PacketType::Connect)
                || check_flags(packet_type, byte_1, *version).is_ok();
            if legal && packet_type.sent_by(*role, *version) {
                bits |= bit(Some(*version), *role);
            }
            versions = other_versions;
        }
        roles = other_roles;
    }
    bits
}

#[inline(always)]
const fn bit(version: Option<Version>, role: Role) -> u8 {
    senders_bits(Some(role)) << shift(version)
}

/// A bit for each role: they are so numbered.
#[inline(always)]
const fn senders_bits(sender: Option<Role>) -> u8 {
    match sender {
        Some(role) => role as u8,
        None => Role::Client as u8 | Role::Server as u8,
    }
}

#[inline(always)]
const fn shift(version: Option<Version>) -> u32 {
    match version {
        None => 0,
        Some(Version::V3_1) => 2,
        Some(Version::V3_1_1) => 4,
        Some(Version::V5_0) => 6,
    }
}

/// Flags and the form of the Remaining Length, by the rules of one version.
#[inline]
pub(crate) fn check_header(
    packet_type: PacketType,
    byte_1: u8,
    is_minimal: impl FnOnce() -> bool,
    version: Version,
    rules: Rules,
) -> Result<(), (Kind, Field)> {
    if minimal_lengths_only(version, rules) && !is_minimal() {
        return Err((Kind::VarintNotMinimal, Field::RemainingLength));
    }
    check_flags(packet_type, byte_1, version)
}

/// [MQTT-1.5.5-1] the fewest bytes; 3.1 and 3.1.1 do not say so
#[inline(always)]
fn minimal_lengths_only(version: Version, rules: Rules) -> bool {
    version == Version::V5_0 || rules.has(Switch::RequireMinimalLengths)
}

const fn check_flags(packet_type: PacketType, byte_1: u8, version: Version) -> Result<(), (Kind, Field)> {
    match (packet_type, version) {
        (PacketType::Publish, _) => check_publish_flags(byte_1, version),
        (PacketType::PubRel | PacketType::Subscribe | PacketType::Unsubscribe, Version::V3_1) => {
            // 3.1 §3.6, §3.8, §3.10: QoS 1; DUP is a hint, RETAIN not used
            if byte_1 & 0b0110 == 0b0010 { Ok(()) } else { Err((Kind::InvalidFlags, Field::Flags)) }
        }
        // 3.1 §2.6: not used
        (_, Version::V3_1) => Ok(()),
        // [MQTT-2.1.3-1] fixed for each type (3.1.1: [MQTT-2.2.2-1] [MQTT-2.2.2-2])
        _ if byte_1 & 0b1111 == packet_type.fixed_flags() => Ok(()),
        _ => Err((Kind::InvalidFlags, Field::Flags)),
    }
}

const fn check_publish_flags(byte_1: u8, version: Version) -> Result<(), (Kind, Field)> {
    match byte_1 & 0b1110 {
        // [MQTT-3.3.1-4] QoS is not 3
        flags if flags & 0b0110 == 0b0110 => Err((Kind::InvalidQos, Field::Qos)),
        // [MQTT-3.3.1-2] no DUP with QoS 0; in 3.1 it is a hint
        0b1000 if !matches!(version, Version::V3_1) => Err((Kind::DupWithoutQos, Field::Dup)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_the_bytes_at_least_needed() {
        for (input, expected) in [
            (&b""[..], FrameLen::AtLeast(2)),
            (b"\x10", FrameLen::AtLeast(2)),
            (b"\x10\x80", FrameLen::AtLeast(3)),
            (b"\x10\x80\x80\x80", FrameLen::AtLeast(5)),
            (b"\xc0\x00", FrameLen::Total(2)),
            (b"\x30\xff\xff\xff\x7f", FrameLen::Total(268_435_460)),
        ] {
            assert_eq!(frame_len(input), Ok(expected), "{input:02x?}");
        }
        assert_eq!(frame_len(b"\x00").unwrap_err().kind(), Kind::ReservedPacketType);
        assert_eq!(frame_len(b"\x30\xff\xff\xff\xff").unwrap_err().kind(), Kind::VarintTooLong);
    }

    /// What a client of 3.1.1 sends. The flags of a CONNECT are judged by the version that it tells.
    #[test]
    fn the_table_has_what_is_legal() {
        for byte_1 in 0..=255 {
            let of_client = match byte_1 {
                0x10..=0x1f | 0x40 | 0x50 | 0x62 | 0x70 | 0x82 | 0xa2 | 0xc0 | 0xe0 => true,
                _ => matches!(byte_1, 0x30..=0x35 | 0x3a..=0x3d),
            };
            let legal = legal_for(byte_1);
            assert_eq!(FIRST_BYTES[usize::from(byte_1)], legal, "{byte_1:02x}");
            assert_eq!(legal & bit(Some(Version::V3_1_1), Role::Client) != 0, of_client, "{byte_1:02x}");
        }
    }

    #[test]
    fn what_is_cut_has_the_length_that_it_announces() {
        let cut = |frame| crate::decode_frame(Version::V5_0, frame).unwrap_err().packet_len();
        assert_eq!((cut(b"\x30\x05\x00"), cut(b"\x30"), cut(b"")), (Some(7), None, None));
    }

    #[test]
    fn every_type_has_its_number() {
        for packet_type in PacketType::ALL {
            assert_eq!(PacketType::from_first_byte(packet_type.first_byte()), Some(packet_type));
        }
        assert_eq!(PacketType::from_first_byte(0x0f), None);
    }
}
