//! The reader that every room takes its fields from: nom's parsers, with the field's name beside
//! each, so that an error knows its field and a dissector sees every byte.

use crate::reason::{ReasonCode, Senders};
use crate::rules::{Rules, Switch};
use crate::value::{has_control_character, has_noncharacter};
use crate::wire::{self, Flaw};
use crate::{
    Binary, DecodeErrorKind as Kind, Field, PacketId, PropertyId, Role, Text, TopicFilter, TopicName, Version,
};
use nom::Parser;

/// What is refused: the bytes from the offending field on, what is wrong, and the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault<'a> {
    pub(crate) at: &'a [u8],
    pub(crate) kind: Kind,
    pub(crate) field: Field,
}

/// Who watches while a packet is read: nobody (`()`), at no cost, or a dissector.
pub(crate) trait Trace<'a> {
    /// A field has been read: it is what `start` holds more than `rest`.
    fn field(&mut self, field: Field, start: &'a [u8], rest: &'a [u8]);

    /// The byte at `at` holds these fields, each in the bits of its mask.
    fn bits(&mut self, at: &'a [u8], fields: &[(Field, u8)]);
}

impl<'a> Trace<'a> for () {
    #[inline(always)]
    fn field(&mut self, _: Field, _: &'a [u8], _: &'a [u8]) {}

    #[inline(always)]
    fn bits(&mut self, _: &'a [u8], _: &[(Field, u8)]) {}
}

/// The bytes of a packet that have not been read yet, and how to judge them.
pub(crate) struct Reader<'a, T> {
    rest: &'a [u8],
    pub(crate) version: Version,
    pub(crate) rules: Rules,
    trace: T,
}

impl<'a, T: Trace<'a>> Reader<'a, T> {
    #[inline]
    pub(crate) fn new(rest: &'a [u8], version: Version, rules: Rules, trace: T) -> Self {
        Self { rest, version, rules, trace }
    }

    /// Reads one field.
    #[inline]
    pub(crate) fn read<O>(
        &mut self,
        field: Field,
        mut parser: impl Parser<&'a [u8], Output = O, Error = Flaw<'a>>,
    ) -> Result<O, Fault<'a>> {
        match parser.parse_complete(self.rest) {
            Ok((rest, value)) => {
                self.trace.field(field, self.rest, rest);
                self.rest = rest;
                Ok(value)
            }
            Err(flaw) => Err(self.fault(flaw, field)),
        }
    }

    #[inline]
    pub(crate) fn u8(&mut self, field: Field) -> Result<u8, Fault<'a>> {
        self.read(field, wire::u8)
    }

    /// A byte of flags, whose bits are fields of their own.
    #[inline]
    pub(crate) fn flags(&mut self, field: Field, bits: &[(Field, u8)]) -> Result<u8, Fault<'a>> {
        let at = self.rest;
        let flags = self.read(field, wire::u8)?;
        self.trace.bits(at, bits);
        Ok(flags)
    }

    #[inline]
    pub(crate) fn u16(&mut self, field: Field) -> Result<u16, Fault<'a>> {
        self.read(field, wire::u16)
    }

    #[inline]
    pub(crate) fn u32(&mut self, field: Field) -> Result<u32, Fault<'a>> {
        self.read(field, wire::u32)
    }

    #[inline]
    pub(crate) fn varint(&mut self, field: Field) -> Result<u32, Fault<'a>> {
        self.read(field, wire::varint)
    }

    #[inline]
    pub(crate) fn binary(&mut self, field: Field) -> Result<Binary<'a>, Fault<'a>> {
        self.read(field, wire::binary)
    }

    #[inline]
    pub(crate) fn text(&mut self, field: Field) -> Result<Text<'a>, Fault<'a>> {
        let at = self.rest;
        let text = self.read(field, wire::text)?;
        self.check_characters(text.as_str(), at, field)?;
        Ok(text)
    }

    #[inline]
    pub(crate) fn text_pair(&mut self, field: Field) -> Result<(Text<'a>, Text<'a>), Fault<'a>> {
        let at = self.rest;
        let (name, value) = self.read(field, (wire::text, wire::text))?;
        if self.rules.has_switches() {
            let at_value = wire::length_prefixed(at).map_or(at, |(at_value, _)| at_value);
            self.check_characters_by_rules(name.as_str(), at, field)?;
            self.check_characters_by_rules(value.as_str(), at_value, field)?;
        }
        Ok((name, value))
    }

    #[inline]
    pub(crate) fn topic_name(&mut self, field: Field) -> Result<TopicName<'a>, Fault<'a>> {
        let at = self.rest;
        let topic = self.read(field, wire::topic_name)?;
        self.check_characters(topic.as_str(), at, field)?;
        if self.version == Version::V3_1 {
            self.check_v3_1_length(topic, at, field)?;
        }
        Ok(topic)
    }

    /// A Topic Filter, in 5.0 with the rules of Shared Subscriptions.
    #[inline]
    pub(crate) fn topic_filter(&mut self, field: Field) -> Result<TopicFilter<'a>, Fault<'a>> {
        let at = self.rest;
        let filter = match self.read(field, wire::topic_filter) {
            Ok(filter) => filter,
            Err(fault) => return Err(self.fault_of_shared_filter(fault)),
        };
        self.check_characters(filter.as_str(), at, field)?;
        if self.version == Version::V5_0 && filter.is_shared() {
            // [MQTT-4.8.2-1] [MQTT-4.8.2-2]
            if let Err(error) = filter.shared_subscription() {
                self.refuse(at, error.into(), field)?;
            }
        }
        Ok(filter)
    }

    #[inline]
    pub(crate) fn packet_id(&mut self) -> Result<PacketId, Fault<'a>> {
        let at = self.rest;
        let id = self.u16(Field::PacketIdentifier)?;
        // [MQTT-2.2.1-3] and others: not 0
        PacketId::new(id).map_err(|_| Fault {
            at,
            kind: Kind::ZeroPacketIdentifier,
            field: Field::PacketIdentifier,
        })
    }

    /// A Reason Code of 5.0 that the packet may have and the sender may send.
    #[inline]
    pub(crate) fn reason<R: ReasonCode>(&mut self, field: Field) -> Result<R, Fault<'a>> {
        let at = self.rest;
        let code = self.u8(field)?;
        let reason = R::from_u8(code).ok_or(Fault { at, kind: Kind::InvalidReasonCode, field })?;
        self.check_sender(reason.senders(), field, at)?;
        Ok(reason)
    }

    /// The identifier of a property: a Variable Byte Integer, all known ones of one byte.
    #[inline]
    pub(crate) fn property_id(&mut self) -> Result<PropertyId, Fault<'a>> {
        let at = self.rest;
        let id = self.varint(Field::PropertyIdentifier)?;
        u8::try_from(id).ok().and_then(PropertyId::new).ok_or(Fault {
            at,
            kind: Kind::UnknownProperty,
            field: Field::PropertyIdentifier,
        })
    }

    /// Reads a length and confines the reader to as many bytes; gives what follows them, for
    /// [`leave`](Self::leave).
    #[inline]
    pub(crate) fn enter(&mut self, length: Field) -> Result<&'a [u8], Fault<'a>> {
        let at = self.rest;
        let len = self.varint(length)?;
        match usize::try_from(len).ok().and_then(|len| self.rest.split_at_checked(len)) {
            Some((inside, after)) => {
                self.rest = inside;
                Ok(after)
            }
            None => Err(Fault { at, kind: Kind::Truncated, field: length }),
        }
    }

    /// Goes on after a block that has been read to its end.
    #[inline]
    pub(crate) fn leave(&mut self, after: &'a [u8]) {
        self.rest = after;
    }

    /// All the rest.
    #[inline]
    pub(crate) fn payload(&mut self) -> &'a [u8] {
        let payload = self.rest;
        let (_, end) = payload.split_at_checked(payload.len()).unwrap_or((payload, &[]));
        self.trace.field(Field::Payload, payload, end);
        self.rest = end;
        payload
    }

    /// The bytes from here on: where the next field begins.
    #[inline]
    pub(crate) fn here(&self) -> &'a [u8] {
        self.rest
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Refuses what is left over: every packet is consumed exactly.
    #[cold]
    pub(crate) fn leftover(&self) -> Fault<'a> {
        Fault { at: self.rest, kind: Kind::LeftoverBytes, field: Field::Packet }
    }

    /// Refuses what could be read but is not allowed: the one place where a reader that looks for more than
    /// the first violation would go on. What could not be read is a [`Fault`] where it is met.
    #[cold]
    pub(crate) fn refuse(&mut self, at: &'a [u8], kind: Kind, field: Field) -> Result<(), Fault<'a>> {
        Err(Fault { at, kind, field })
    }

    /// Refuses what this sender never sends.
    #[inline]
    pub(crate) fn check_sender(
        &mut self,
        senders: Senders,
        field: Field,
        at: &'a [u8],
    ) -> Result<(), Fault<'a>> {
        let refused = match (self.rules.sender, senders) {
            (None, _) | (_, Senders::Both) => false,
            (Some(Role::Client), Senders::Described) => self.rules.has(Switch::RefuseClientServerReference),
            (Some(sender), senders) => !senders.include(sender),
        };
        if refused {
            self.refuse(at, Kind::WrongDirection, field)?;
        }
        Ok(())
    }

    #[inline]
    fn check_characters(&mut self, string: &str, at: &'a [u8], field: Field) -> Result<(), Fault<'a>> {
        if self.rules.has_switches() { self.check_characters_by_rules(string, at, field) } else { Ok(()) }
    }

    /// 5.0 §1.5.4: a receiver MAY refuse both.
    fn check_characters_by_rules(
        &mut self,
        string: &str,
        at: &'a [u8],
        field: Field,
    ) -> Result<(), Fault<'a>> {
        if self.rules.has(Switch::RefuseControlCharacters) && has_control_character(string) {
            self.refuse(at, Kind::ControlCharacter, field)?;
        }
        if self.rules.has(Switch::RefuseNoncharacters) && has_noncharacter(string) {
            self.refuse(at, Kind::Noncharacter, field)?;
        }
        Ok(())
    }

    /// 3.1 gives a topic name 32,767 characters in §2.2, and 64 k in Appendix A.
    fn check_v3_1_length(
        &mut self,
        topic: TopicName<'a>,
        at: &'a [u8],
        field: Field,
    ) -> Result<(), Fault<'a>> {
        if self.rules.has(Switch::LimitV3_1Topics) && topic.as_str().chars().count() > 32_767 {
            self.refuse(at, Kind::TopicTooLong, field)?;
        }
        Ok(())
    }

    #[cold]
    fn fault(&self, flaw: nom::Err<Flaw<'a>>, field: Field) -> Fault<'a> {
        match flaw {
            nom::Err::Error(Flaw { at, kind }) | nom::Err::Failure(Flaw { at, kind }) => {
                Fault { at, kind, field }
            }
            nom::Err::Incomplete(_) => Fault { at: self.rest, kind: Kind::Missing, field },
        }
    }

    /// A misplaced wildcard in a filter that begins with `$share/`: in 5.0, tells the rules of
    /// Shared Subscriptions from those of filters.
    #[cold]
    fn fault_of_shared_filter(&self, fault: Fault<'a>) -> Fault<'a> {
        let misplaced = matches!(fault.kind, Kind::HashNotLast | Kind::HashNotAlone | Kind::PlusNotAlone);
        let share = match wire::length_prefixed(fault.at) {
            Ok((_, filter)) if misplaced && self.version == Version::V5_0 => filter.strip_prefix(b"$share/"),
            _ => None,
        };
        let Some(share) = share else { return fault };
        let name = share.split(|byte| *byte == b'/').next().unwrap_or(share);
        let kind = if name.contains(&b'+') || name.contains(&b'#') {
            Kind::WildcardInShareName
        } else {
            Kind::InvalidSharedFilter
        };
        Fault { kind, ..fault }
    }
}
