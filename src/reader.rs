//! The reader that every room takes its fields from: nom's parsers, with the field's name beside
//! each, so that an error knows its field and a dissector sees every byte.

use crate::reason::{ReasonCode, Senders};
use crate::rules::{Rules, Switch};
use crate::value::{has_control_character, has_noncharacter};
use crate::wire::{self, Flaw, Utf8Ahead, Varint};
use crate::{
    Binary, DecodeErrorKind as Kind, Field, Format, PacketId, PropertyId, Role, Text, TopicFilter, TopicName,
    Version,
};
use nom::Parser;

/// What is refused: the bytes from the offending field on, what is wrong, and the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault<'a> {
    pub(crate) at: &'a [u8],
    pub(crate) kind: Kind,
    pub(crate) field: Field,
}

/// The packet is refused. Why, the [`Reader`] knows: so no result has to have room for it, and what is read
/// stays in registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused;

/// Who watches while a packet is read: nobody (`()`), at no cost, or a dissector.
pub(crate) trait Trace<'a>: Copy {
    /// Whether it wants to be told of more than the first fault.
    const GOES_ON: bool = false;
    /// Whether it wants to be told of what is legal.
    const WATCHES: bool = true;

    /// A field has been read: it is what `start` holds more than `rest`.
    fn field(&mut self, field: Field, start: &'a [u8], rest: &'a [u8]);

    /// The byte at `at` holds these fields, each in the bits of its mask.
    fn bits(&mut self, at: &'a [u8], fields: &[(Field, u8)]);

    /// A fault behind which the reader goes on.
    #[inline(always)]
    fn fault(&mut self, _: Fault<'a>) {}

    /// A property has been met and not kept.
    #[inline(always)]
    fn property_is_lost(&mut self) {}
}

impl<'a> Trace<'a> for () {
    const WATCHES: bool = false;

    #[inline(always)]
    fn field(&mut self, _: Field, _: &'a [u8], _: &'a [u8]) {}

    #[inline(always)]
    fn bits(&mut self, _: &'a [u8], _: &[(Field, u8)]) {}
}

/// The bytes of a packet that have not been read yet, and how to judge them.
pub(crate) struct Reader<'a, T> {
    rest: &'a [u8],
    ahead: Utf8Ahead<'a>,
    pub(crate) version: Version,
    pub(crate) rules: Rules,
    trace: T,
    fault: Option<Fault<'a>>,
}

impl<'a, T: Trace<'a>> Reader<'a, T> {
    #[inline(always)]
    pub(crate) fn new(rest: &'a [u8], version: Version, rules: Rules, trace: T) -> Self {
        Self { rest, ahead: Utf8Ahead::NOTHING, version, rules, trace, fault: None }
    }

    /// A reader of bytes inside of the packet.
    #[inline(always)]
    pub(crate) fn inside(&self, bytes: &'a [u8]) -> Self {
        Self::new(bytes, self.version, self.rules, self.trace)
    }

    /// Reads one field.
    #[inline(always)]
    pub(crate) fn read<O>(
        &mut self,
        field: Field,
        mut parser: impl Parser<&'a [u8], Output = O, Error = Flaw<'a>>,
    ) -> Result<O, Refused> {
        match parser.parse_complete(self.rest) {
            Ok((rest, value)) => {
                self.trace.field(field, self.rest, rest);
                self.rest = rest;
                Ok(value)
            }
            Err(flaw) => Err(self.keep(fault(flaw, self.rest, field))),
        }
    }

    #[inline(always)]
    pub(crate) fn u8(&mut self, field: Field) -> Result<u8, Refused> {
        self.read(field, wire::u8)
    }

    /// A byte of flags, whose bits are fields of their own.
    #[inline(always)]
    pub(crate) fn flags(&mut self, field: Field, bits: &[(Field, u8)]) -> Result<u8, Refused> {
        let at = self.rest;
        let flags = self.read(field, wire::u8)?;
        self.trace.bits(at, bits);
        Ok(flags)
    }

    #[inline(always)]
    pub(crate) fn u16(&mut self, field: Field) -> Result<u16, Refused> {
        self.read(field, wire::u16)
    }

    #[inline(always)]
    pub(crate) fn u32(&mut self, field: Field) -> Result<u32, Refused> {
        self.read(field, wire::u32)
    }

    #[inline(always)]
    pub(crate) fn varint(&mut self, field: Field) -> Result<u32, Refused> {
        let read = self.read(field, wire::varint);
        if T::GOES_ON && read.is_err() {
            return self.varint_not_minimal();
        }
        read
    }

    /// A Variable Byte Integer that could be read, but is written in more bytes than it needs.
    #[cold]
    fn varint_not_minimal(&mut self) -> Result<u32, Refused> {
        match (wire::read_varint(self.rest), self.fault) {
            (Varint::Whole { value, rest, .. }, Some(fault)) => {
                self.trace.fault(fault);
                (self.rest, self.fault) = (rest, None);
                Ok(value)
            }
            _ => Err(Refused),
        }
    }

    #[inline(always)]
    pub(crate) fn binary(&mut self, field: Field) -> Result<Binary<'a>, Refused> {
        self.read(field, wire::binary)
    }

    #[inline(always)]
    pub(crate) fn text(&mut self, field: Field) -> Result<Text<'a>, Refused> {
        let at = self.rest;
        let read = self.read(field, wire::text(self.ahead));
        let text = self.or_behind(read, Text::EMPTY)?;
        self.check_characters(text.as_str(), at, field)?;
        Ok(text)
    }

    #[inline(always)]
    pub(crate) fn text_pair(&mut self, field: Field) -> Result<(Text<'a>, Text<'a>), Refused> {
        let at = self.rest;
        let (name, value) = self.read(field, (wire::text(self.ahead), wire::text(self.ahead)))?;
        if self.rules.has_switches() {
            let at_value = wire::length_prefixed(at).map_or(at, |(at_value, _)| at_value);
            self.check_characters(name.as_str(), at, field)?;
            self.check_characters(value.as_str(), at_value, field)?;
        }
        Ok((name, value))
    }

    #[inline(always)]
    pub(crate) fn topic_name(&mut self, field: Field) -> Result<TopicName<'a>, Refused> {
        let at = self.rest;
        let read = self.read(field, wire::topic_name(self.ahead));
        let topic = self.or_behind(read, ANY_TOPIC)?;
        self.check_characters(topic.as_str(), at, field)?;
        // 3.1 gives a topic name 32,767 characters in §2.2, and 64 k in Appendix A
        if self.version == Version::V3_1
            && self.rules.has(Switch::LimitV3_1Topics)
            && topic.as_str().chars().count() > 32_767
        {
            self.refuse(at, Kind::TopicTooLong, field)?;
        }
        Ok(topic)
    }

    /// A Topic Filter, in 5.0 with the rules of Shared Subscriptions.
    #[inline(always)]
    pub(crate) fn topic_filter(&mut self, field: Field) -> Result<TopicFilter<'a>, Refused> {
        let at = self.rest;
        let read = self.read(field, wire::topic_filter(self.ahead));
        if read.is_err() {
            self.fault = self.fault.map(|fault| fault_of_filter(fault, self.version));
        }
        let filter = self.or_behind(read, ANY_FILTER)?;
        self.check_characters(filter.as_str(), at, field)?;
        if self.version == Version::V5_0 && filter.is_shared() {
            // [MQTT-4.8.2-1] [MQTT-4.8.2-2]
            if let Err(error) = filter.shared_subscription() {
                self.refuse(at, error.into(), field)?;
            }
        }
        Ok(filter)
    }

    #[inline(always)]
    pub(crate) fn packet_id(&mut self) -> Result<PacketId, Refused> {
        let at = self.rest;
        let id = self.u16(Field::PacketIdentifier)?;
        // [MQTT-2.2.1-3] and others: not 0
        if let Ok(id) = PacketId::new(id) {
            return Ok(id);
        }
        self.refuse(at, Kind::ZeroPacketIdentifier, Field::PacketIdentifier)?;
        Ok(PacketId::MIN)
    }

    /// A Reason Code of 5.0 that the packet may have and the sender may send.
    #[inline(always)]
    pub(crate) fn reason<R: ReasonCode>(&mut self, field: Field) -> Result<R, Refused> {
        let at = self.rest;
        let code = self.u8(field)?;
        let Some(reason) = R::from_u8(code) else {
            self.refuse(at, Kind::InvalidReasonCode, field)?;
            return R::from_u8(0).ok_or(Refused);
        };
        self.check_sender(reason.senders(), field, at)?;
        Ok(reason)
    }

    /// The identifier of a property: a Variable Byte Integer, all known ones of one byte.
    #[inline(always)]
    pub(crate) fn property_id(&mut self) -> Result<PropertyId, Refused> {
        let at = self.rest;
        let id = self.varint(Field::PropertyIdentifier)?;
        u8::try_from(id)
            .ok()
            .and_then(PropertyId::new)
            .ok_or_else(|| self.fault(at, Kind::UnknownProperty, Field::PropertyIdentifier))
    }

    /// Reads a length and as many bytes, to be read [`inside`](Self::inside).
    #[inline(always)]
    pub(crate) fn block(&mut self, length: Field) -> Result<&'a [u8], Refused> {
        let at = self.rest;
        let len = self.varint(length)?;
        match usize::try_from(len).ok().and_then(|len| self.rest.split_at_checked(len)) {
            Some((block, rest)) => {
                self.rest = rest;
                Ok(block)
            }
            None => Err(self.fault(at, Kind::Truncated, length)),
        }
    }

    /// Reads one item behind the other until nothing is left: a loop in a function of its own has the registers
    /// for itself.
    #[inline(never)]
    pub(crate) fn read_to_end(
        &mut self,
        mut read_item: impl FnMut(&mut Self) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        while !self.is_empty() {
            read_item(self)?;
        }
        Ok(())
    }

    /// The same for items with Topic Filters. What is legal at a glance it passes by in one run, if nobody watches:
    /// `behind_legal` says where that ends, and leaves to `read_item` what it is not sure of.
    #[inline(always)]
    pub(crate) fn read_filters_to_end(
        &mut self,
        behind_legal: impl Fn(&'a [u8]) -> &'a [u8],
        read_item: impl Fn(&mut Self) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        let glances = !T::WATCHES && !self.rules.judge_characters();
        self.read_to_end(|reader| {
            if glances {
                reader.rest = behind_legal(reader.rest);
            }
            if reader.is_empty() { Ok(()) } else { read_item(reader) }
        })
    }

    /// All the rest.
    #[inline(always)]
    pub(crate) fn payload(&mut self) -> &'a [u8] {
        let payload = self.rest;
        let (_, end) = payload.split_at_checked(payload.len()).unwrap_or((payload, &[]));
        self.trace.field(Field::Payload, payload, end);
        self.rest = end;
        payload
    }

    /// The bytes from here on: where the next field begins.
    #[inline(always)]
    pub(crate) fn here(&self) -> &'a [u8] {
        self.rest
    }

    /// Prepares for many strings in a row: all that is left, from `at` on, may be UTF-8 as a whole.
    #[inline(always)]
    pub(crate) fn look_ahead(&mut self, at: &'a [u8]) -> Utf8Ahead<'a> {
        self.ahead = Utf8Ahead::look(at);
        self.ahead
    }

    /// Prepares for some strings with other fields between them, which often enough are UTF-8, too. Where much
    /// is left it is not the strings that are long.
    #[inline(always)]
    pub(crate) fn look_ahead_if_short(&mut self) {
        const SHORT: usize = 256;
        if self.rest.len() <= SHORT {
            self.look_ahead(self.rest);
        }
    }

    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Why the packet is refused. If no fault has been met, something is left over: every packet is consumed
    /// exactly.
    #[inline(always)]
    pub(crate) fn why_refused(&self) -> Fault<'a> {
        match self.fault {
            Some(fault) => fault,
            None => Fault { at: self.rest, kind: Kind::LeftoverBytes, field: Field::Packet },
        }
    }

    /// Refuses what could be read but is not allowed: who looks for more than the first violation goes on
    /// here. What could not be read is a [`fault`](Self::fault) where it is met.
    #[inline(always)]
    pub(crate) fn refuse(&mut self, at: &'a [u8], kind: Kind, field: Field) -> Result<(), Refused> {
        let fault = Fault { at, kind, field };
        if T::GOES_ON {
            self.trace.fault(fault);
            return Ok(());
        }
        Err(self.keep(fault))
    }

    #[inline(always)]
    pub(crate) fn fault(&mut self, at: &'a [u8], kind: Kind, field: Field) -> Refused {
        self.keep(Fault { at, kind, field })
    }

    /// Makes a fault met [`inside`](Self::inside) one of this reader.
    #[inline(always)]
    pub(crate) fn keep(&mut self, fault: Fault<'a>) -> Refused {
        self.fault = Some(fault);
        Refused
    }

    /// What was read, or something in its place, if only the string is bad and its end is known.
    #[inline(always)]
    fn or_behind<V>(&mut self, read: Result<V, Refused>, instead: V) -> Result<V, Refused> {
        if T::GOES_ON && read.is_err() && self.skip(Format::Utf8String) {
            return Ok(instead);
        }
        read
    }

    /// Goes on behind a property that was refused, and whose identifier is at `at`.
    #[inline(always)]
    pub(crate) fn skip_property(&mut self, at: &'a [u8]) -> bool {
        if !T::GOES_ON {
            return false;
        }
        self.trace.property_is_lost();
        self.rest = at;
        match wire::varint(at).map(|(value, id)| (value, u8::try_from(id).ok().and_then(PropertyId::new))) {
            Ok((value, Some(id))) => {
                self.rest = value;
                self.skip(id.format())
            }
            _ => false,
        }
    }

    /// Goes on behind the block of properties in which the fault was met.
    #[inline(always)]
    pub(crate) fn skip_block(&mut self, fault: Fault<'a>) -> Result<(), Refused> {
        if !T::GOES_ON {
            return Err(self.keep(fault));
        }
        self.trace.property_is_lost();
        self.trace.fault(fault);
        Ok(())
    }

    /// Goes on behind a field of this format that was refused, if its end is known.
    #[cold]
    fn skip(&mut self, format: Format) -> bool {
        match (wire::behind(format, self.rest), self.fault) {
            (Some(rest), Some(fault)) => {
                self.trace.fault(fault);
                (self.rest, self.fault) = (rest, None);
                true
            }
            _ => false,
        }
    }

    /// Refuses what this sender never sends.
    #[inline(always)]
    pub(crate) fn check_sender(
        &mut self,
        senders: Senders,
        field: Field,
        at: &'a [u8],
    ) -> Result<(), Refused> {
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

    /// 5.0 §1.5.4: a receiver MAY refuse both.
    #[inline(always)]
    fn check_characters(&mut self, string: &str, at: &'a [u8], field: Field) -> Result<(), Refused> {
        if !self.rules.has_switches() {
            return Ok(());
        }
        for kind in unwanted_characters(string, self.rules).into_iter().flatten() {
            self.refuse(at, kind, field)?;
        }
        Ok(())
    }
}

/// What stands for a topic or a filter that is none, where the reader goes on.
const ANY_TOPIC: TopicName<'static> = crate::topic_name!("/");
const ANY_FILTER: TopicFilter<'static> = crate::topic_filter!("#");

/// What the rules have against characters of the string.
#[cold]
fn unwanted_characters(string: &str, rules: Rules) -> [Option<Kind>; 2] {
    let control = rules.has(Switch::RefuseControlCharacters) && has_control_character(string);
    let noncharacter = rules.has(Switch::RefuseNoncharacters) && has_noncharacter(string);
    [control.then_some(Kind::ControlCharacter), noncharacter.then_some(Kind::Noncharacter)]
}

#[cold]
fn fault<'a>(flaw: nom::Err<Flaw<'a>>, at: &'a [u8], field: Field) -> Fault<'a> {
    match flaw {
        nom::Err::Error(Flaw { at, kind }) | nom::Err::Failure(Flaw { at, kind }) => {
            Fault { at, kind, field }
        }
        nom::Err::Incomplete(_) => Fault { at, kind: Kind::Missing, field },
    }
}

/// A misplaced wildcard in a filter that begins with `$share/`: in 5.0, tells the rules of
/// Shared Subscriptions from those of filters.
#[cold]
fn fault_of_filter(fault: Fault<'_>, version: Version) -> Fault<'_> {
    let misplaced = matches!(fault.kind, Kind::HashNotLast | Kind::HashNotAlone | Kind::PlusNotAlone);
    let share = match wire::length_prefixed(fault.at) {
        Ok((_, filter)) if misplaced && version == Version::V5_0 => filter.strip_prefix(b"$share/"),
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
