//! The fixed header (5.0 §2.1, 3.1.1 §2.2). Only this file asks for more bytes.

use super::bytes::{Varint, take_varint};
use super::protocol::named_version;
use crate::context::{Context, Switch};
use crate::error::{DecodeError, DecodeErrorKind as Kind, Evidence, Violation};
use crate::field::Field;
use crate::packet_type::PacketType;
use crate::role::Role;
use crate::tolerance::Tolerances;
use crate::version::Version;
use nom::Offset;

/// The length of the first packet in a buffer: the result of [`frame_len`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrameLen {
    /// The length of the whole packet in bytes. Some of these bytes may not have arrived.
    Total(usize),
    /// The fixed header is not complete. The packet has at least this many bytes.
    ///
    /// A reader can wait for this number of bytes, because no packet is shorter.
    AtLeast(usize),
}

/// The length of the first packet in bytes, by its fixed header.
///
/// This function checks the rules that all versions share. [`Decoder::frame_len`](crate::Decoder::frame_len)
/// also checks the rules of the decoder's version and settings.
///
/// ```
/// use mqtt_wire::stream::{FrameLen, frame_len};
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
    let header = Header::parse(input).map_err(|error| error.into_decode_error(input, None))?;
    Ok(FrameLen::of(header, input))
}

/// Whether the length of the first packet is unknown, and more bytes may give it.
pub(crate) fn length_may_follow(input: &[u8]) -> bool {
    matches!(take_varint(input.get(1..).unwrap_or_default()), Varint::Unfinished)
}

impl FrameLen {
    pub(crate) fn of(header: Option<Header<'_>>, input: &[u8]) -> Self {
        match header {
            Some(header) => Self::Total(header.frame_len(input)),
            None => Self::AtLeast(input.len().saturating_add(1).max(2)),
        }
    }
}

/// A fixed header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header<'a> {
    pub(crate) packet_type: PacketType,
    /// Type and flags.
    pub(crate) first_byte: u8,
    /// Whether the Remaining Length has the fewest possible bytes.
    pub(crate) minimal: bool,
    /// The Remaining Length in bytes.
    pub(crate) remaining_length: usize,
    /// All bytes after the fixed header: a part of the packet, or more.
    pub(crate) after: &'a [u8],
}

/// The bytes of a complete packet.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) packet_type: PacketType,
    /// The bytes from the first one of the packet on.
    pub(crate) input: &'a [u8],
    /// The bytes after the fixed header.
    pub(crate) body: &'a [u8],
}

/// Why an input does not begin with a fixed header.
pub(crate) enum HeaderError {
    /// Packet type 0, or a type that the caller does not expect.
    UnexpectedType(Option<PacketType>),
    /// A Remaining Length of more than four bytes.
    LengthTooLong(PacketType),
}

impl<'a> Header<'a> {
    /// Reads and checks the fixed header. `None`: it is not complete.
    pub(crate) fn read(input: &'a [u8], context: &Context) -> Result<Option<Self>, DecodeError> {
        Self::read_by::<true>(input, context)
    }

    /// Does the work of [`read`](Self::read). If a program never tolerates anything, it passes `false`, and
    /// the compiler drops the code for tolerances. Without this parameter, the row `5.0: both` of
    /// `benches/size` grows.
    #[inline]
    pub(crate) fn read_by<const TOLERATES: bool>(
        input: &'a [u8],
        context: &Context,
    ) -> Result<Option<Self>, DecodeError> {
        match Self::parse_if(input, |packet_type| context.expects(packet_type)) {
            Ok(Some(header)) => match header.violation::<TOLERATES>(input, context) {
                None => Ok(Some(header)),
                Some(violation) => Err(header.error(input, context, violation)),
            },
            Ok(None) => Ok(None),
            Err(error) => Err(error.into_decode_error(input, context.version)),
        }
    }

    /// Parses a fixed header of any packet type, without checking flags and length.
    #[inline]
    pub(crate) fn parse(input: &'a [u8]) -> Result<Option<Self>, HeaderError> {
        Self::parse_if(input, |_| true)
    }

    /// Parses a fixed header of an expected packet type, without checking flags and length.
    #[inline]
    pub(crate) fn parse_if(
        input: &'a [u8],
        expects: impl FnOnce(PacketType) -> bool,
    ) -> Result<Option<Self>, HeaderError> {
        let Some((&first_byte, after)) = input.split_first() else { return Ok(None) };
        let packet_type = match PacketType::in_first_byte(first_byte) {
            Some(packet_type) if expects(packet_type) => packet_type,
            unexpected => return Err(HeaderError::UnexpectedType(unexpected)),
        };
        match take_varint(after) {
            Varint::Whole { value, minimal, rest } => Ok(Some(Self {
                packet_type,
                first_byte,
                minimal,
                // On machines of 16 bits the sum saturates. Such a machine cannot hold such a packet.
                remaining_length: usize::try_from(value).unwrap_or(usize::MAX),
                after: rest,
            })),
            Varint::Unfinished => Ok(None),
            Varint::TooLong => Err(HeaderError::LengthTooLong(packet_type)),
        }
    }

    /// The violation in the fixed header. A CONNECT is checked by its own version, which comes later: see
    /// [`check_length_and_flags`].
    fn violation<const TOLERATES: bool>(self, input: &'a [u8], context: &Context) -> Option<Violation<'a>> {
        let at_packet = |kind| Violation { at: input, kind, field: Field::Packet };
        if is_too_large(self.frame_len(input), context) {
            return Some(at_packet(Kind::PacketTooLarge));
        }
        if let (Some(version), false) = (context.version, self.packet_type == PacketType::Connect) {
            if let Err(violation) =
                check_length_and_flags::<TOLERATES>(self.first_byte, self.minimal, input, version, context)
            {
                return Some(violation);
            }
        }
        let version = context.version.unwrap_or(Version::V5_0);
        let is_sent = context.sender.is_none_or(|role| self.packet_type.sent_by(role, version));
        let violation = at_packet(Kind::WrongDirection);
        if is_sent || (TOLERATES && tolerates(violation, self.packet_type, version, context)) {
            None
        } else {
            Some(violation)
        }
    }

    /// The error for a violation in the fixed header.
    #[cold]
    fn error(self, input: &[u8], context: &Context, violation: Violation<'_>) -> DecodeError {
        error_for_violation(
            self.packet_type,
            input,
            self.available_body(),
            self.frame_len(input),
            context,
            violation,
        )
    }

    /// The length of the fixed header, in bytes. The input begins with it.
    #[inline]
    pub(crate) fn header_len(self, input: &[u8]) -> usize {
        input.len().wrapping_sub(self.after.len())
    }

    /// The length of the whole packet, in bytes. The input begins with it.
    #[inline]
    pub(crate) fn frame_len(self, input: &[u8]) -> usize {
        self.remaining_length.saturating_add(self.header_len(input))
    }

    /// The first packet of the input, if it is complete.
    #[inline]
    pub(crate) fn frame(self, input: &'a [u8]) -> Option<Frame<'a>> {
        let (body, _) = self.after.split_at_checked(self.remaining_length)?;
        Some(Frame { packet_type: self.packet_type, input, body })
    }

    /// The bytes of the body that have arrived.
    pub(crate) fn available_body(self) -> &'a [u8] {
        self.after.get(..self.remaining_length).unwrap_or(self.after)
    }
}

impl<'a> Frame<'a> {
    /// The first packet of the input, if it is complete and a quick check finds its fixed header legal. The
    /// check accepts nearly every legal packet. For all others [`Header::read`] finds the error, if there is
    /// one. Without this check, the row `decode 3.1.1 PINGREQ` grows.
    // Without this attribute, the columns "lent" and "owned" of benches/rivals grow by 20 to 30 instructions for each packet.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn surely_legal<const V5: bool>(input: &'a [u8], context: &Context) -> Option<Self> {
        let legal = LEGAL_FIRST_BYTES.get(usize::from(*input.first()?))?;
        let version = if V5 { Some(Version::V5_0) } else { context.version };
        if legal & first_byte_bits(context.sender, version) == 0 {
            return None;
        }
        match Header::parse(input) {
            Ok(Some(header)) if header.minimal && !is_too_large(header.frame_len(input), context) => {
                header.frame(input)
            }
            _ => None,
        }
    }

    /// Type and flags.
    #[inline]
    pub(crate) fn first_byte(self) -> u8 {
        self.input.first().copied().unwrap_or_default()
    }

    /// The bytes after the packet.
    #[inline]
    pub(crate) fn rest(self) -> &'a [u8] {
        // The packet is a part of the input, so `min` changes nothing. `min` shows the compiler that
        // `split_at` cannot panic.
        self.input.split_at(self.len().min(self.input.len())).1
    }

    /// The length of the packet, in bytes.
    #[inline]
    pub(crate) fn len(self) -> usize {
        self.header_len().wrapping_add(self.body.len())
    }

    /// The length of the fixed header, in bytes.
    #[inline]
    pub(crate) fn header_len(self) -> usize {
        self.input.offset(self.body)
    }

    /// The error for a violation in the packet.
    #[cold]
    pub(crate) fn error(self, context: &Context, violation: Violation<'_>) -> DecodeError {
        error_for_violation(self.packet_type, self.input, self.body, self.len(), context, violation)
    }
}

/// [MQTT-3.1.2-24] [MQTT-3.2.2-15] the size counts the fixed header too
#[inline]
pub(crate) fn is_too_large(frame_len: usize, context: &Context) -> bool {
    frame_len as u64 > u64::from(context.max_packet_size)
}

/// The versions and senders for which each first byte is legal, computed by [`check_flags`] and
/// [`PacketType::sent_by`]. Without this table, the row `decode 3.1.1 PINGREQ` grows.
static LEGAL_FIRST_BYTES: [u8; 256] = {
    let mut table = [0; 256];
    let (mut entries, mut first_byte): (&mut [u8], u8) = (&mut table, 0);
    while let [entry, others @ ..] = entries {
        *entry = legal_for(first_byte);
        (entries, first_byte) = (others, first_byte.wrapping_add(1));
    }
    table
};

// unreachable: only the compiler runs it
const fn legal_for(first_byte: u8) -> u8 {
    let Some(packet_type) = PacketType::in_first_byte(first_byte) else { return 0 };
    let mut bits = 0;
    let mut roles: &[Role] = &[Role::Client, Role::Server];
    while let [role, other_roles @ ..] = roles {
        // A CONNECT is checked by its own version.
        if matches!((packet_type, role), (PacketType::Connect, Role::Client)) {
            bits |= first_byte_bits(Some(*role), None);
        }
        let mut versions = Version::ALL.as_slice();
        while let [version, other_versions @ ..] = versions {
            let is_legal = matches!(packet_type, PacketType::Connect)
                || check_flags(packet_type, first_byte, *version).is_ok();
            if is_legal && packet_type.sent_by(*role, *version) {
                bits |= first_byte_bits(Some(*role), Some(*version));
            }
            versions = other_versions;
        }
        roles = other_roles;
    }
    bits
}

/// The bits of this sender in this version. Each version has two bits, one for each role. Without a sender both
/// bits are set.
#[inline]
const fn first_byte_bits(sender: Option<Role>, version: Option<Version>) -> u8 {
    let senders = match sender {
        Some(role) => role as u8,
        None => Role::Client as u8 | Role::Server as u8,
    };
    let shift = match version {
        None => 0,
        Some(version) => version.level().wrapping_sub(2).wrapping_mul(2), // 2, 4, 6
    };
    senders << shift
}

/// Checks Remaining Length and flags of the fixed header by the rules of this version.
#[cold]
pub(crate) fn check_length_and_flags<'a, const TOLERATES: bool>(
    first_byte: u8,
    minimal: bool,
    input: &'a [u8],
    version: Version,
    context: &Context,
) -> Result<(), Violation<'a>> {
    // always: the type is known
    let Some(packet_type) = PacketType::in_first_byte(first_byte) else {
        return Ok(()); // unreachable: the type is known
    };
    // [MQTT-1.5.5-1] the length takes the fewest bytes; 3.1 and 3.1.1 have no such rule
    if !minimal && (version == Version::V5_0 || context.has(Switch::RequireMinimalLengths)) {
        unless_tolerated::<TOLERATES>(not_minimal(input), packet_type, version, context)?;
    }
    match check_flags(packet_type, first_byte, version) {
        Ok(()) => Ok(()),
        Err((kind, field)) => {
            unless_tolerated::<TOLERATES>(Violation { at: input, kind, field }, packet_type, version, context)
        }
    }
}

/// Refuses the violation, unless the context tolerates it.
#[inline]
fn unless_tolerated<'a, const TOLERATES: bool>(
    violation: Violation<'a>,
    packet_type: PacketType,
    version: Version,
    context: &Context,
) -> Result<(), Violation<'a>> {
    match TOLERATES && tolerates(violation, packet_type, version, context) {
        true => Ok(()),
        false => Err(violation),
    }
}

#[cold]
fn tolerates(violation: Violation<'_>, packet_type: PacketType, version: Version, context: &Context) -> bool {
    let Violation { kind, field, .. } = violation;
    context.tolerates(Tolerances::for_violation(kind, field, packet_type, Some(version)))
}

/// Bits 3–0 of the first byte.
pub(crate) const fn check_flags(
    packet_type: PacketType,
    first_byte: u8,
    version: Version,
) -> Result<(), (Kind, Field)> {
    let flags = first_byte & 0b1111;
    match (packet_type, version) {
        // [MQTT-3.3.1-4] QoS is not 3
        (PacketType::Publish, _) if flags & 0b0110 == 0b0110 => Err((Kind::InvalidQos, Field::Qos)),
        // [MQTT-3.3.1-2] QoS 0 has no DUP; in 3.1 the receiver ignores DUP
        (PacketType::Publish, Version::V3_1_1 | Version::V5_0) if flags & 0b1110 == 0b1000 => {
            Err((Kind::DupWithoutQos, Field::Dup))
        }
        (PacketType::Publish, _) => Ok(()),
        // 3.1 §3.6, §3.8, §3.10: the QoS is 1; the receiver ignores DUP and RETAIN
        (PacketType::PubRel | PacketType::Subscribe | PacketType::Unsubscribe, Version::V3_1) => {
            if flags & 0b0110 == 0b0010 { Ok(()) } else { Err((Kind::InvalidFlags, Field::Flags)) }
        }
        // 3.1 §2.6: the flags are not used
        (_, Version::V3_1) => Ok(()),
        // [MQTT-2.1.3-1] the flags are fixed for each type (3.1.1: [MQTT-2.2.2-1] [MQTT-2.2.2-2])
        _ if flags == packet_type.fixed_flags() => Ok(()),
        _ => Err((Kind::InvalidFlags, Field::Flags)),
    }
}

#[cold]
fn error_for_violation(
    packet_type: PacketType,
    input: &[u8],
    body: &[u8],
    frame_len: usize,
    context: &Context,
    violation: Violation<'_>,
) -> DecodeError {
    let Violation { at, kind, field } = violation;
    let connect_version = match packet_type {
        PacketType::Connect => kind.of_unknown_version().or_else(|| named_version(body, context)),
        _ => None,
    };
    DecodeError {
        kind,
        field,
        packet_type: Some(packet_type),
        version: connect_version.or(context.version),
        connection: context.version,
        offset: u32::try_from(input.offset(at)).unwrap_or(u32::MAX),
        frame_len: u32::try_from(frame_len).unwrap_or(0),
        evidence: Evidence::of(violation, context),
    }
}

/// The violation for a Remaining Length with more bytes than needed. The violation begins at the second byte
/// of the input.
#[cold]
pub(crate) fn not_minimal(input: &[u8]) -> Violation<'_> {
    let at = input.get(1..).unwrap_or_default();
    Violation { at, kind: Kind::VarintNotMinimal, field: Field::RemainingLength }
}

impl HeaderError {
    /// The error for an input with such a fixed header.
    #[cold]
    pub(crate) fn into_decode_error(self, input: &[u8], version: Option<Version>) -> DecodeError {
        let (kind, field, packet_type) = match self {
            Self::UnexpectedType(Some(packet_type)) if version.is_none() => {
                (Kind::VersionUnknown, Field::Packet, Some(packet_type))
            }
            Self::UnexpectedType(packet_type) => (Kind::ReservedPacketType, Field::PacketType, packet_type),
            Self::LengthTooLong(packet_type) => {
                (Kind::VarintTooLong, Field::RemainingLength, Some(packet_type))
            }
        };
        let offset = usize::from(field == Field::RemainingLength);
        let violation = Violation { at: input.get(offset..).unwrap_or_default(), kind, field };
        DecodeError {
            kind,
            field,
            packet_type,
            version,
            connection: version,
            offset: u32::try_from(offset).unwrap_or_default(),
            frame_len: announced_len(input),
            evidence: Evidence::of(violation, &Context::new(version)),
        }
    }
}

/// The length that a packet of unexpected type announces, so that it can be skipped. 0: the length is not
/// readable.
fn announced_len(input: &[u8]) -> u32 {
    match input.split_first().map(|(_, after)| take_varint(after)) {
        Some(Varint::Whole { value, rest, .. }) => {
            let header_len = u32::try_from(input.len().saturating_sub(rest.len())).unwrap_or(0);
            value.saturating_add(header_len)
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_len_gives_the_length_or_a_lower_bound() {
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

    /// The expected first bytes are those that a client of 3.1.1 sends. A CONNECT may have any flags here,
    /// because the version that it names decides about them.
    #[test]
    fn legal_first_bytes_depend_on_version_and_sender() {
        let mut context = Context::new(Some(Version::V3_1_1));
        context.sender = Some(Role::Client);
        for first_byte in 0..=255 {
            let is_sent = match first_byte {
                0x10..=0x1f | 0x40 | 0x50 | 0x62 | 0x70 | 0x82 | 0xa2 | 0xc0 | 0xe0 => true,
                _ => matches!(first_byte, 0x30..=0x35 | 0x3a..=0x3d),
            };
            assert_eq!(Header::read(&[first_byte, 0], &context).is_ok(), is_sent, "{first_byte:02x}");
        }
    }

    #[test]
    fn a_packet_that_is_cut_has_the_length_that_it_announces() {
        let cut = |frame| crate::decode_frame(Version::V5_0, frame).unwrap_err().packet_len();
        assert_eq!((cut(b"\x30\x05\x00"), cut(b"\x30"), cut(b"")), (Some(7), None, None));
    }

    #[test]
    fn every_type_has_its_number() {
        for packet_type in PacketType::ALL {
            assert_eq!(PacketType::from_first_byte(packet_type.first_byte()), Ok(packet_type));
        }
        assert!(PacketType::from_first_byte(0x0f).is_err());
    }
}
