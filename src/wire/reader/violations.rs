//! Violations: the reader refuses or tolerates them, and continues after them if the observer asks for it.

use super::{ErrorRecorded, Observer, ReadResult, Reader, known_property};
use crate::error::{DecodeErrorKind as Kind, Violation};
use crate::field::{Field, Format, PropertyId};
use crate::packet_type::PacketType;
use crate::tolerance::Tolerances;
use crate::wire::bytes::{Varint, skip, take_u16, take_varint};

impl<'a, O: Observer<'a>, const V5: bool> Reader<'a, '_, O, V5> {
    /// Records a field that could not be read. The packet is refused.
    #[inline]
    pub(crate) fn record(&mut self, at: &'a [u8], kind: Kind, field: Field) -> ErrorRecorded {
        self.violation = Some(Violation { at, kind, field });
        ErrorRecorded
    }

    /// Refuses a field that was read, but is forbidden. With `CONTINUES` the reader goes on.
    #[inline]
    pub(crate) fn refuse(&mut self, at: &'a [u8], kind: Kind, field: Field) -> ReadResult<()> {
        if O::CONTINUES {
            self.observer.violation(Violation { at, kind, field });
            return Ok(());
        }
        Err(self.record(at, kind, field))
    }

    /// Refuses a field that was read, but is forbidden, unless the context has this tolerance. The observer
    /// sees the violation in both cases.
    #[inline]
    pub(crate) fn refuse_unless(
        &mut self,
        tolerance: Tolerances,
        at: &'a [u8],
        kind: Kind,
        field: Field,
    ) -> ReadResult<()> {
        if self.tolerates(tolerance) {
            self.show_tolerated(at, kind, field);
            return Ok(());
        }
        self.refuse(at, kind, field)
    }

    /// Whether the context tolerates this deviation.
    #[inline]
    pub(crate) fn tolerates(&self, deviation: Tolerances) -> bool {
        !O::FROM_SERVER && self.context.tolerates(deviation)
    }

    /// Shows the observer a violation that the context tolerates.
    #[inline]
    pub(crate) fn show_tolerated(&mut self, at: &'a [u8], kind: Kind, field: Field) {
        self.observer.tolerated(Violation { at, kind, field });
    }

    /// Refuses a property. If the context tolerates the property,
    /// [`leave_out_property`](Self::leave_out_property) skips all of it.
    #[inline]
    pub(crate) fn refuse_property(
        &mut self,
        tolerance: Tolerances,
        at: &'a [u8],
        kind: Kind,
        field: Field,
    ) -> ReadResult<()> {
        if self.tolerates(tolerance) {
            return Err(self.record(at, kind, field));
        }
        self.refuse(at, kind, field)
    }

    /// Whether all of the packet has been read, or the context tolerates leftover bytes.
    #[inline]
    pub(crate) fn is_at_end(&mut self) -> bool {
        self.is_empty() || self.tolerates_leftover_bytes()
    }

    #[cold]
    fn tolerates_leftover_bytes(&mut self) -> bool {
        let is_tolerated = self.tolerates(Tolerances::LEFTOVER_BYTES);
        if is_tolerated {
            self.observer.tolerated(self.violation());
        }
        is_tolerated
    }

    /// Skips an empty topic, if the context tolerates it.
    #[inline]
    pub(crate) fn leave_out_empty_topic(&mut self, tolerance: Tolerances, field: Field) -> bool {
        if !self.tolerates(tolerance) {
            return false;
        }
        let at = self.rest;
        let Some((0, rest)) = take_u16(at) else { return false };
        self.observer.field(field, at, rest);
        self.show_tolerated(at, Kind::EmptyTopic, field);
        self.rest = rest;
        true
    }

    /// Continues after a refused property, if the context tolerates it. Its identifier begins at `at`.
    #[cold]
    pub(crate) fn leave_out_property(&mut self, at: &'a [u8]) -> bool {
        let Some(violation) = self.violation else { return false }; // unreachable: it has been refused
        if O::FROM_SERVER || !self.tolerates_violation(violation.kind, violation.field) {
            return false;
        }
        let Some((id, value)) = at.split_first() else { return false }; // unreachable: there is an identifier
        let Ok(id) = PropertyId::new(*id) else { return false }; // unreachable: it is known
        // A Maximum QoS of 2 is tolerated, because it has a meaning. Other illegal values have none.
        let is_another_qos = violation.kind == Kind::InvalidPropertyValue
            && id == PropertyId::MaximumQos
            && value.first() != Some(&2);
        let Some(rest) = skip(id.format(), value).filter(|_| !is_another_qos) else { return false };
        if self.rest.len() > rest.len() {
            self.observer.field(id.into(), value, rest);
        }
        self.observer.tolerated(violation);
        (self.violation, self.rest) = (None, rest);
        true
    }

    /// Whether the context tolerates such a violation in this packet.
    fn tolerates_violation(&self, kind: Kind, field: Field) -> bool {
        match PacketType::in_first_byte(self.first_byte()) {
            Some(packet_type) => {
                let deviation = Tolerances::for_violation(kind, field, packet_type, Some(self.version));
                self.context.tolerates(deviation)
            }
            None => false, // unreachable: it has a type
        }
    }

    /// The violation for which the packet is refused. If none was recorded, bytes are left over.
    #[inline]
    pub(crate) fn violation(&self) -> Violation<'a> {
        let leftover = Violation { at: self.rest, kind: Kind::LeftoverBytes, field: Field::Packet };
        self.violation.unwrap_or(leftover)
    }

    /// Continues after a refused property, whose identifier begins at `at`.
    #[inline]
    pub(crate) fn skip_property(&mut self, at: &'a [u8]) -> bool {
        if !O::CONTINUES {
            return false;
        }
        self.observer.property_is_lost();
        let read_to = self.rest;
        self.rest = at;
        let Varint::Whole { value: id, minimal: true, rest } = take_varint(at) else { return false };
        let Some(id) = known_property(id) else { return false };
        self.rest = rest;
        let is_skipped = self.skip_value(id.format());
        // If the reader has read more than the identifier, the value was already shown.
        if is_skipped && read_to.len() == rest.len() {
            self.observer.field(id.into(), rest, self.rest);
        }
        is_skipped
    }

    /// Continues after a block of properties with a violation.
    #[inline]
    pub(crate) fn skip_block(&mut self, block: &Self) -> ReadResult<()> {
        if !O::CONTINUES {
            self.violation = block.violation;
            return Err(ErrorRecorded);
        }
        self.observer.property_is_lost();
        self.observer.violation(block.violation());
        Ok(())
    }

    /// The value that was read. After a bad string with a known end, the reader continues with `instead`.
    #[inline]
    pub(super) fn or_continue<V>(&mut self, read: ReadResult<V>, instead: V, field: Field) -> ReadResult<V> {
        let at = self.rest;
        if O::CONTINUES && read.is_err() && self.skip_value(Format::Utf8String) {
            self.observer.field(field, at, self.rest);
            return Ok(instead);
        }
        read
    }

    /// Continues after a refused value of this format, if its end is known.
    #[cold]
    fn skip_value(&mut self, format: Format) -> bool {
        match (skip(format, self.rest), self.violation.take()) {
            (Some(rest), Some(violation)) => {
                self.observer.violation(violation);
                self.rest = rest;
                true
            }
            (_, violation) => {
                self.violation = violation;
                false
            }
        }
    }

    /// Continues with a Variable Byte Integer that was refused because it has more bytes than needed.
    #[cold]
    pub(super) fn padded_varint(&mut self, field: Field) -> ReadResult<u32> {
        let at = self.rest;
        match take_varint(at) {
            // always: the value is there
            Varint::Whole { value, .. } if self.skip_value(Format::VariableByteInteger) => {
                self.observer.field(field, at, self.rest);
                Ok(value)
            }
            _ => Err(ErrorRecorded),
        }
    }
}
