//! Looking at a packet field by field: which bytes belong to which.

use crate::decoder::Watch;
use crate::packet::PUBLISH_FLAGS;
use crate::reader::Trace;
use crate::wire::{self, Varint};
use crate::{DecodeError, Decoder, Field, Packet, PacketType};
use nom::Offset;

/// The bytes of one field in a packet: what [`Decoder::dissect`] shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Span<'a> {
    /// The field.
    pub field: Field,
    /// How many bytes of the packet stand before it.
    pub offset: usize,
    /// Its bytes, length prefix included.
    pub bytes: &'a [u8],
    /// Which bits of its one byte it has: 0xFF or less. The bits of [`Field::WillQos`] are `0x18`.
    pub mask: u8,
}

impl Span<'_> {
    /// The number in the field's bits, if it is made of bits of one byte.
    #[must_use]
    pub fn bits(&self) -> Option<u8> {
        match (self.field.format(), self.bytes) {
            (crate::Format::Bits, [byte]) => (byte & self.mask).checked_shr(self.mask.trailing_zeros()),
            _ => None,
        }
    }
}

impl Decoder {
    /// Decodes bytes that are exactly one packet, as [`decode_frame`](Self::decode_frame), and shows
    /// every field to `visit` in the order of the wire. Where a packet is refused, the fields before
    /// the fault have been shown: the fixed header in any case, as far as it is there.
    ///
    /// A byte of flags is shown as a whole, and then bit by bit; a property as its identifier and its
    /// value.
    ///
    /// ```
    /// use mqtt_wire::{Decoder, Version};
    ///
    /// let mut fields = Vec::new();
    /// Decoder::new(Version::V3_1_1)
    ///     .dissect(b"\x40\x02\x00\x0a", |span| fields.push((span.field.name(), span.offset)))?;
    /// assert_eq!(fields, [
    ///     ("Packet Type", 0), ("Flags", 0), ("Remaining Length", 1), ("Packet Identifier", 2),
    /// ]);
    /// # Ok::<(), mqtt_wire::DecodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`decode_frame`](Self::decode_frame).
    pub fn dissect<'a>(
        &self,
        frame: &'a [u8],
        mut visit: impl FnMut(Span<'a>),
    ) -> Result<Packet<'a>, DecodeError> {
        self.read_frame(frame, Spans { frame, show: &mut visit })
    }
}

/// A [`Trace`] that shows what it sees.
struct Spans<'s, 'a> {
    frame: &'a [u8],
    show: &'s mut dyn FnMut(Span<'a>),
}

impl<'a> Watch<'a> for Spans<'_, 'a> {
    type Trace = Self;

    /// Shows the fixed header, as far as it is there: what is refused may be refused for it.
    fn begin(mut self, frame: &'a [u8]) -> Self {
        let Some((byte_1, after)) = frame.split_first() else { return self };
        self.bits(frame, &[(Field::PacketType, 0b1111_0000)]);
        match PacketType::from_first_byte(*byte_1) {
            Some(PacketType::Publish) => self.bits(frame, &PUBLISH_FLAGS),
            _ => self.bits(frame, &[(Field::Flags, 0b0000_1111)]),
        }
        if let Varint::Whole { rest, .. } = wire::read_varint(after) {
            self.field(Field::RemainingLength, after, rest);
        }
        self
    }
}

impl<'a> Spans<'_, 'a> {
    fn show(&mut self, field: Field, start: &'a [u8], len: usize, mask: u8) {
        let bytes = start.get(..len).unwrap_or_default();
        (self.show)(Span { field, offset: self.frame.offset(start), bytes, mask });
    }
}

impl<'a> Trace<'a> for Spans<'_, 'a> {
    fn field(&mut self, field: Field, start: &'a [u8], rest: &'a [u8]) {
        self.show(field, start, start.offset(rest), 0xff);
    }

    fn bits(&mut self, at: &'a [u8], fields: &[(Field, u8)]) {
        for &(field, mask) in fields {
            self.show(field, at, 1, mask);
        }
    }
}
