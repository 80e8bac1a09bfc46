//! Shows which bytes of a packet belong to which field.

use crate::context::Context;
use crate::decode::{Decoder, exactly_one};
use crate::error::{DecodeError, Violation};
use crate::field::{Field, Format};
use crate::packet::{Decoded, PUBLISH_FLAGS, Packet};
use crate::packet_type::PacketType;
use crate::version::Version;
use crate::wire::bytes::{Varint, take_varint};
use crate::wire::header::{Frame, Header};
use crate::wire::reader::Observer;
use core::cell::{Cell, RefCell};
use core::fmt;
use nom::Offset;

/// One field of a packet and its bytes, from [`Decoder::dissect`].
///
/// `Debug` does not show the bytes of a Password or of Authentication Data.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Span<'a> {
    /// The field.
    pub field: Field,
    /// The offset of the field in the packet, in bytes.
    pub offset: usize,
    /// The bytes of the field, length prefix included.
    pub bytes: &'a [u8],
    /// The bits of the byte that belong to the field: `0x18` for [`Field::WillQos`].
    pub mask: u8,
}

impl Span<'_> {
    /// The value of the field's bits, if the field is a part of one byte.
    #[must_use]
    #[inline]
    pub fn bits(&self) -> Option<u8> {
        match (self.field.format(), self.bytes) {
            (Format::Bits, [byte]) => (byte & self.mask).checked_shr(self.mask.trailing_zeros()),
            _ => None,
        }
    }
}

impl fmt::Debug for Span<'_> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut span = f.debug_struct("Span");
        span.field("field", &self.field).field("offset", &self.offset);
        match self.field.format() {
            Format::Secret => span.field("bytes", &format_args!("redacted")),
            _ => span.field("bytes", &self.bytes),
        };
        span.field("mask", &self.mask).finish()
    }
}

impl Decoder {
    /// Decodes a frame, and passes every field to `visit`, in the order of the bytes.
    ///
    /// The method accepts and refuses the same packets as [`decode_frame`](Self::decode_frame).
    ///
    /// If the packet is refused, the method shows all readable fields. The offending field is among these
    /// fields if it is complete. Later fields are among these fields if their place is known: after a bad
    /// string, a bad value, a bad property or bad flags. The method stops at a length that reaches past the
    /// packet. If the packet is incomplete, the method shows the fields that have arrived.
    /// [`refused`](Self::refused) gives single fields of a refused packet.
    ///
    /// The method shows a byte of flags as a whole, and then bit by bit. The method shows a property as an
    /// identifier and a value.
    ///
    /// ```
    /// use mqtt_wire::{Decoder, Version};
    ///
    /// let mut fields = Vec::new();
    /// Decoder::new(Version::V3_1_1).dissect(b"\x40\x02\x00\x0a", |span| {
    ///     fields.push((span.field.name(), span.offset))
    /// })?;
    /// assert_eq!(
    ///     fields,
    ///     [
    ///         ("Packet Type", 0),
    ///         ("Flags", 0),
    ///         ("Remaining Length", 1),
    ///         ("Packet Identifier", 2),
    ///     ]
    /// );
    /// # Ok::<(), mqtt_wire::DecodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`decode_frame`](Self::decode_frame).
    #[inline]
    pub fn dissect<'a>(
        &self,
        frame: &'a [u8],
        mut visit: impl FnMut(Span<'a>),
    ) -> Result<Packet<'a>, DecodeError> {
        dissect(self.context(), frame, &Cell::new(&[]), &mut visit)
    }
}

/// Dissects a frame in the context of a decoder. `list` gets the bytes of the packet's list, if it has one.
#[inline]
pub(super) fn dissect<'a>(
    context: &Context,
    frame: &'a [u8],
    list: &Cell<&'a [u8]>,
    visit: &mut dyn FnMut(Span<'a>),
) -> Result<Packet<'a>, DecodeError> {
    let spans = Spans {
        frame,
        show: &RefCell::new(visit),
        list,
        first_violation: &Cell::new(None),
        is_lost: &Cell::new(false),
    };
    spans.fixed_header();
    let decoded = spans.body(context);
    // An error in the fixed header comes first.
    Header::read(frame, context)?;
    exactly_one(decoded, frame, context)
}

/// An [`Observer`] that shows each field. The reader continues after a violation.
#[derive(Clone, Copy)]
struct Spans<'s, 'a> {
    frame: &'a [u8],
    show: &'s RefCell<&'s mut dyn FnMut(Span<'a>)>,
    list: &'s Cell<&'a [u8]>,
    first_violation: &'s Cell<Option<Violation<'a>>>,
    /// Whether the place of the next field is unknown.
    is_lost: &'s Cell<bool>,
}

impl<'a> Spans<'_, 'a> {
    /// Shows the part of the fixed header that has arrived. The error may be in this part.
    #[inline]
    fn fixed_header(mut self) {
        let Some((first_byte, after)) = self.frame.split_first() else { return };
        self.bits(self.frame, &[(Field::PacketType, 0b1111_0000)]);
        match PacketType::from_first_byte(*first_byte) {
            Ok(PacketType::Publish) => self.bits(self.frame, &PUBLISH_FLAGS),
            _ => self.bits(self.frame, &[(Field::Flags, 0b0000_1111)]),
        }
        if let Varint::Whole { rest, .. } = take_varint(after) {
            self.field(Field::RemainingLength, after, rest);
        }
    }

    /// Shows the part of the body that has arrived.
    #[inline]
    fn body(self, context: &Context) -> Decoded<'a> {
        let Ok(Some(header)) = Header::parse_if(self.frame, |packet_type| context.expects(packet_type))
        else {
            return Ok(None);
        };
        let whole = header.frame(self.frame);
        let part =
            Frame { packet_type: header.packet_type, input: self.frame, body: header.available_body() };
        let decoded = match context.version {
            Some(Version::V5_0) => Packet::read::<_, _, true>(part, context, self),
            _ => Packet::read::<_, _, false>(part, context, self),
        };
        match (whole, self.first_violation.get()) {
            (None, _) => Ok(None),
            (Some(frame), Some(violation)) => Err(frame.error(context, violation)),
            (Some(_), None) => decoded,
        }
    }

    #[inline]
    fn show(&mut self, field: Field, start: &'a [u8], len: usize, mask: u8) {
        if self.is_lost.get() {
            return;
        }
        let bytes = start.get(..len).unwrap_or_default();
        // always: nobody else borrows the cell
        if let Ok(mut show) = self.show.try_borrow_mut() {
            show(Span { field, offset: self.frame.offset(start), bytes, mask });
        }
    }
}

impl<'a> Observer<'a> for Spans<'_, 'a> {
    const CONTINUES: bool = true;

    #[inline]
    fn field(&mut self, field: Field, start: &'a [u8], rest: &'a [u8]) {
        self.show(field, start, start.offset(rest), 0xff);
        // A PUBLISH with QoS 3 may or may not have a Packet Identifier.
        if field == Field::TopicName && matches!(self.frame, [0x36 | 0x37 | 0x3e | 0x3f, ..]) {
            self.is_lost.set(true);
        }
    }

    #[inline]
    fn bits(&mut self, at: &'a [u8], fields: &[(Field, u8)]) {
        for &(field, mask) in fields {
            self.show(field, at, 1, mask);
        }
    }

    #[inline]
    fn list(&mut self, items: &'a [u8]) {
        self.list.set(items);
    }

    #[inline]
    fn violation(&mut self, violation: Violation<'a>) {
        self.first_violation.set(self.first_violation.get().or(Some(violation)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::Version;

    #[test]
    fn debug_hides_a_password() {
        let bytes = b"\x10\x15\x00\x04MQTT\x04\xc2\x00\x3c\x00\x01a\x00\x01u\x00\x03123";
        let mut shown = String::new();
        let packet = Decoder::new(Version::V3_1_1)
            .dissect(bytes, |span| shown.push_str(&format!("{span:?}\n")))
            .expect("legal");
        assert!(shown.contains("Password, offset: 18, bytes: redacted, mask: 255"), "{shown}");
        assert!(!format!("{packet:?}").contains("123"));
    }

    #[test]
    fn bits_are_shown_as_numbers() {
        let bytes = b"\x10\x12\x00\x04MQTT\x04\x36\x00\x3c\x00\x01a\x00\x01w\x00\x00";
        let mut bits = Vec::new();
        Decoder::new(Version::V3_1_1)
            .dissect(bytes, |span| bits.extend(span.bits().map(|number| (span.field, number))))
            .expect("legal");
        assert_eq!(
            bits,
            [
                (Field::PacketType, 1),
                (Field::Flags, 0),
                (Field::UserNameFlag, 0),
                (Field::PasswordFlag, 0),
                (Field::WillRetain, 1),
                (Field::WillQos, 2),
                (Field::WillFlag, 1),
                (Field::CleanStart, 1),
                (Field::Reserved, 0),
            ]
        );
    }

    #[test]
    fn a_publish_has_its_flags_one_by_one() {
        let mut bits = Vec::new();
        Decoder::new(Version::V3_1_1)
            .dissect(b"\x3b\x05\x00\x01a\x00\x07", |span| bits.extend(span.bits().map(|n| (span.field, n))))
            .expect("legal");
        assert_eq!(bits, [(Field::PacketType, 3), (Field::Dup, 1), (Field::Qos, 1), (Field::Retain, 1)]);
    }

    #[test]
    fn a_packet_is_shown_although_bytes_follow_it() {
        let mut fields = Vec::new();
        let error = Decoder::new(Version::V5_0)
            .dissect(b"\x40\x02\x00\x0a\xc0", |span| fields.push(span.field))
            .expect_err("one byte too many");
        assert_eq!(error.offset(), 4);
        assert_eq!(fields.last(), Some(&Field::PacketIdentifier));
    }
}
