//! The fixed header for [`Decoder::lint`](crate::Decoder::lint): all that is wrong with it.

use super::{Frame, Header, Judge, check_flags};
use crate::rules::Switch;
use crate::wire::{self, Varint};
use crate::{DecodeError, DecodeErrorKind as Kind, Field, PacketType, Version};

impl Judge {
    /// Shows all that is wrong with the fixed header, and gives the packet if it can be read all the same.
    pub(crate) fn lint<'a>(&self, input: &'a [u8], show: &mut dyn FnMut(DecodeError)) -> Option<Frame<'a>> {
        let Some((header, body, rest)) = self.whole(input) else {
            show(self.header(input).err().unwrap_or_else(|| self.less_than_a_frame(input)));
            return None;
        };
        let Header { packet_type, byte_1, minimal, .. } = header;
        let mut found = |kind, field| show(self.refusal_of(&header, input, kind, field));
        if self.is_too_large(header.total(input)) {
            found(Kind::PacketTooLarge, Field::Packet);
        }
        let mut flags = Ok(());
        // A CONNECT goes by its own version, and is judged when that is read.
        if let (Some(version), false) = (self.version, packet_type == PacketType::Connect) {
            flags = check_flags(packet_type, byte_1, version);
            if !minimal {
                found(Kind::VarintNotMinimal, Field::RemainingLength);
            }
            if let Err((kind, field)) = flags {
                found(kind, field);
            }
        }
        if let (Some(Version::V3_1 | Version::V3_1_1), false) = (self.own_version(input), minimal)
            && !self.rules.has(Switch::RequireMinimalLengths)
        {
            found(Kind::VarintNotMinimal, Field::RemainingLength);
        }
        let version = self.version.unwrap_or(Version::V5_0);
        if self.rules.sender.is_some_and(|role| !packet_type.sent_by(role, version)) {
            found(Kind::WrongDirection, Field::Packet);
        }
        // Whether QoS 3 has a Packet Identifier nobody knows.
        let is_readable = !matches!(flags, Err((Kind::InvalidQos, _)));
        is_readable.then_some(Frame { packet_type, input, body, rest })
    }

    /// The header and the body of a packet that is all there, of a type that the version knows, and what follows it.
    fn whole<'a>(&self, input: &'a [u8]) -> Option<(Header<'a>, &'a [u8], &'a [u8])> {
        let (&byte_1, after) = input.split_first()?;
        let packet_type = PacketType::from_first_byte(byte_1).filter(|known| self.knows(*known))?;
        let Varint::Whole { value, rest: after, minimal } = wire::read_varint(after) else { return None };
        let remaining_length = usize::try_from(value).ok()?;
        let (body, rest) = after.split_at_checked(remaining_length)?;
        Some((Header { packet_type, byte_1, minimal, remaining_length, after }, body, rest))
    }
}
