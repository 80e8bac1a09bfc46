//! The reader for the fields of every packet. The reader uses the parsers of the data types, and checks the
//! rules of fields that occur in several packets. Each error names its field, and an observer sees every
//! byte.

mod violations;

use super::bytes::{Varint, take_prefixed, take_varint};
use super::header::{Frame, check_length_and_flags};
use super::parse::{self, FieldParser};
use super::utf8::ValidatedUtf8;
use crate::context::{Context, Switch};
use crate::error::{DecodeErrorKind as Kind, Violation};
use crate::field::{Field, PropertyId};
use crate::packet_type::PacketType;
use crate::reason::ReasonCode;
use crate::role::{Role, Senders};
use crate::tolerance::Tolerances;
use crate::value::{Binary, PacketId, Text, TopicFilter, TopicName, has_control_character, has_noncharacter};
use crate::version::Version;
use core::marker::PhantomData;
use nom::{Check, Complete, Emit, OutputM};

/// The packet is refused. The [`Reader`] holds the violation, so results stay small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ErrorRecorded;

pub(crate) type ReadResult<V> = Result<V, ErrorRecorded>;

/// Observes how a packet is read. `()` observes nothing and costs nothing. The observers in `inspect` collect
/// fields and violations.
pub(crate) trait Observer<'a>: Copy {
    /// Whether the observer sees legal fields.
    const SEES_FIELDS: bool = true;
    /// Whether the reader continues after a violation.
    const CONTINUES: bool = false;
    /// Whether the program reads only packets of a server, and tolerates nothing. Then the compiler drops the
    /// code for other packets.
    const FROM_SERVER: bool = false;
    /// Whether the Property Length is known to be 0.
    const KNOWS_NO_PROPERTIES: bool = false;

    /// A field has been read: the bytes of `start` before `rest`.
    #[inline]
    fn field(&mut self, _field: Field, _start: &'a [u8], _rest: &'a [u8]) {}

    /// The byte at `at` holds these fields, each in the bits of its mask.
    #[inline]
    fn bits(&mut self, _at: &'a [u8], _fields: &[(Field, u8)]) {}

    /// The items of a list begin here, and go on to the end of the packet.
    #[inline]
    fn list(&mut self, _items: &'a [u8]) {}

    /// A violation after which the reader continues.
    #[inline]
    fn violation(&mut self, _violation: Violation<'a>) {} // unreachable: without `CONTINUES` it is not called

    /// A violation that the context tolerates.
    #[inline]
    fn tolerated(&mut self, _violation: Violation<'a>) {}

    /// A property could not be read.
    #[inline]
    fn property_is_lost(&mut self) {}
}

impl Observer<'_> for () {
    const SEES_FIELDS: bool = false;
}

/// Observes nothing, in a client with little memory. The program has no code for tolerances, and none for
/// fields that only clients send. Without this type, the row `5.0: both` of `benches/size` grows.
#[derive(Clone, Copy)]
pub(crate) struct FromServer;

impl Observer<'_> for FromServer {
    const SEES_FIELDS: bool = false;
    const FROM_SERVER: bool = true;
}

/// Observes nothing, for functions that return `T`.
///
/// The compiler inlines a function that has one caller. With this parameter, each form of a result has readers of
/// its own, so that each reader has one caller. Without the parameter, the row `decode 3.1.1 PUBLISH QoS 1, 64 B`
/// grows in a program that also lends packets.
#[derive(Clone, Copy)]
pub(crate) struct Unobserved<T>(PhantomData<T>);

impl<T> Unobserved<T> {
    pub(crate) const NEW: Self = Self(PhantomData);
}

impl<T: Copy> Observer<'_> for Unobserved<T> {
    const SEES_FIELDS: bool = false;
}

/// Observes nothing, in a packet whose Property Length is 0. The properties of the packet are constants.
/// Without this type, the row `decode 5.0 PUBLISH without properties` grows.
#[derive(Clone, Copy)]
pub(crate) struct NoProperties<T>(PhantomData<T>);

impl<T> NoProperties<T> {
    pub(crate) const NEW: Self = Self(PhantomData);
}

impl<T: Copy> Observer<'_> for NoProperties<T> {
    const SEES_FIELDS: bool = false;
    const KNOWS_NO_PROPERTIES: bool = true;
}

/// The unread bytes of a packet, and the context to check them.
///
/// `V5` is a constant. So a program for one version has the code for 5.0 or the code for 3.x, but not both.
pub(crate) struct Reader<'a, 'c, O, const V5: bool> {
    rest: &'a [u8],
    utf8: ValidatedUtf8<'a>,
    violation: Option<Violation<'a>>,
    observer: O,
    pub(crate) context: &'c Context,
    /// The version of the packet. A CONNECT sets it to its own version.
    pub(crate) version: Version,
    /// The bytes from the first one of the packet on.
    input: &'a [u8],
}

impl<'a, 'c, O: Observer<'a>, const V5: bool> Reader<'a, 'c, O, V5> {
    /// A reader for the body of the packet at the beginning of the input.
    #[inline]
    pub(crate) fn new(frame: Frame<'a>, context: &'c Context, observer: O) -> Self {
        let version = if V5 { Version::V5_0 } else { context.version.unwrap_or(Version::V3_1_1) };
        Self {
            rest: frame.body,
            utf8: ValidatedUtf8::NOTHING,
            violation: None,
            observer,
            context,
            version,
            input: frame.input,
        }
    }

    /// A reader of bytes inside the packet.
    #[inline]
    fn within(&self, bytes: &'a [u8]) -> Self {
        Self { rest: bytes, utf8: ValidatedUtf8::NOTHING, violation: None, ..*self }
    }

    /// Type and flags.
    #[inline]
    pub(crate) fn first_byte(&self) -> u8 {
        self.input.first().copied().unwrap_or_default()
    }

    /// Whether the Remaining Length has the fewest possible bytes. Only CONNECT needs this, so the reader has
    /// no field for it, and CONNECT parses the header again.
    #[inline]
    fn has_minimal_length(&self) -> bool {
        let length = self.input.get(1..).unwrap_or_default();
        matches!(take_varint(length), Varint::Whole { minimal: true, .. })
    }

    /// Whether the packet is one of 3.1.
    #[inline]
    pub(crate) fn is_v3_1(&self) -> bool {
        !V5 && self.version == Version::V3_1
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The bytes from the first one of the packet on.
    #[inline]
    pub(crate) fn input(&self) -> &'a [u8] {
        self.input
    }

    /// The bytes from the next field on.
    #[inline]
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    #[inline]
    pub(crate) fn u8(&mut self, field: Field) -> ReadResult<u8> {
        self.read(field, parse::u8(field))
    }

    /// Reads a byte of flags, whose bits are fields of their own.
    #[inline]
    pub(crate) fn flags(&mut self, field: Field, bits: &[(Field, u8)]) -> ReadResult<u8> {
        let at = self.rest;
        let flags = self.u8(field)?;
        self.observer.bits(at, bits);
        Ok(flags)
    }

    #[inline]
    pub(crate) fn u16(&mut self, field: Field) -> ReadResult<u16> {
        self.read(field, parse::u16(field))
    }

    #[inline]
    pub(crate) fn u32(&mut self, field: Field) -> ReadResult<u32> {
        self.read(field, parse::u32(field))
    }

    #[inline]
    pub(crate) fn varint(&mut self, field: Field) -> ReadResult<u32> {
        let read = self.read(field, parse::varint(field));
        if O::CONTINUES && read.is_err() { self.padded_varint(field) } else { read }
    }

    /// Reads two bytes of length, and the bytes.
    #[inline]
    pub(crate) fn prefixed(&mut self, field: Field) -> ReadResult<&'a [u8]> {
        self.read(field, parse::prefixed(field))
    }

    #[inline]
    pub(crate) fn binary(&mut self, field: Field) -> ReadResult<Binary<'a>> {
        self.read(field, parse::binary(field))
    }

    // Without this attribute, `decode 3.1.1 CONNECT with will` takes 10 % more.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn text(&mut self, field: Field) -> ReadResult<Text<'a>> {
        let at = self.rest;
        let read = self.read(field, parse::text(field, self.utf8));
        let text = self.or_continue(read, Text::EMPTY, field)?;
        self.check_characters(text.as_str(), at, field)?;
        Ok(text)
    }

    #[inline]
    pub(crate) fn text_pair(&mut self, field: Field) -> ReadResult<(Text<'a>, Text<'a>)> {
        let at = self.rest;
        let text = || parse::text(field, self.utf8);
        let (name, value) = self.read(field, (text(), text()))?;
        let at_value = take_prefixed(at).map_or(at, |(_, at_value)| at_value);
        self.check_characters(name.as_str(), at, field)?;
        self.check_characters(value.as_str(), at_value, field)?;
        Ok((name, value))
    }

    // Without this attribute, `decode 5.0 PUBLISH without properties` takes 7 % more.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn topic_name(&mut self, field: Field) -> ReadResult<TopicName<'a>> {
        let at = self.rest;
        let read = self.read(field, parse::topic_name(field, self.utf8));
        let topic = self.or_continue(read, ANY_TOPIC_NAME, field)?;
        self.check_characters(topic.as_str(), at, field)?;
        // 3.1 limits a Topic Name to 32,767 characters in §2.2, and to 64 k in Appendix A
        if self.is_v3_1() && self.context.has(Switch::LimitV3_1Topics) && has_more_than_32767(topic.as_str())
        {
            self.refuse(at, Kind::TopicTooLong, field)?;
        }
        Ok(topic)
    }

    /// Reads a Topic Filter. 5.0 adds the rules of Shared Subscriptions.
    #[inline]
    pub(crate) fn topic_filter(&mut self, field: Field) -> ReadResult<TopicFilter<'a>> {
        let at = self.rest;
        let read = self.read(field, parse::topic_filter(field, self.utf8));
        if V5 && read.is_err() {
            self.violation = self.violation.map(of_shared_filter);
        }
        let filter = self.or_continue(read, ANY_TOPIC_FILTER, field)?;
        self.check_characters(filter.as_str(), at, field)?;
        if V5 && filter.is_shared() {
            // [MQTT-4.8.2-1] [MQTT-4.8.2-2] a Share Name, a `/` and a Topic Filter follow `$share/`
            if let Err(error) = filter.shared_subscription() {
                self.refuse(at, error.into(), field)?;
            }
        }
        Ok(filter)
    }

    #[inline]
    pub(crate) fn packet_id(&mut self) -> ReadResult<PacketId> {
        self.packet_id_unless(Tolerances::NONE)
    }

    /// The Packet Identifier of a packet that asks for an answer. The context may tolerate a 0.
    #[inline]
    pub(crate) fn packet_id_of_request(&mut self) -> ReadResult<PacketId> {
        self.packet_id_unless(Tolerances::PACKET_ID_ZERO)
    }

    #[inline]
    fn packet_id_unless(&mut self, tolerance: Tolerances) -> ReadResult<PacketId> {
        let at = self.rest;
        let id = self.u16(Field::PacketIdentifier)?;
        // [MQTT-2.2.1-3] and others: a Packet Identifier is not 0
        if let Ok(id) = PacketId::new(id) {
            return Ok(id);
        }
        self.refuse_unless(tolerance, at, Kind::ZeroPacketIdentifier, Field::PacketIdentifier)?;
        Ok(Tolerances::PACKET_ID_FOR_ZERO)
    }

    /// Reads a Reason Code of 5.0 that the packet may have and the sender may send.
    #[inline]
    pub(crate) fn reason<R: ReasonCode>(&mut self, field: Field) -> ReadResult<R> {
        let at = self.rest;
        let code = self.u8(field)?;
        // 5.0 §2.4: the packet has this Reason Code
        let Some(reason) = R::from_u8(code) else {
            self.refuse(at, Kind::InvalidReasonCode, field)?;
            return R::from_u8(0).ok_or(ErrorRecorded);
        };
        self.check_sender(reason.senders(), at, field)?;
        Ok(reason)
    }

    /// Reads a Property Identifier. A Property Identifier is a Variable Byte Integer. All known identifiers
    /// have one byte.
    #[inline]
    pub(crate) fn property_id(&mut self) -> ReadResult<PropertyId> {
        let at = self.rest;
        let id = self.varint(Field::PropertyIdentifier)?;
        // 5.0 §2.2.2.2: the identifier is one of Table 2-4
        match known_property(id) {
            Some(id) => Ok(id),
            None => Err(self.record(at, Kind::UnknownProperty, Field::PropertyIdentifier)),
        }
    }

    /// Reads a length and a block of this length. A new reader reads the block.
    #[inline]
    pub(crate) fn block(&mut self, length: Field) -> ReadResult<Self> {
        let at = self.rest;
        let len = self.varint(length)?;
        // 5.0 §2.2.2.1: the properties end inside the packet
        match usize::try_from(len).ok().and_then(|len| self.rest.split_at_checked(len)) {
            Some((block, rest)) => {
                self.rest = rest;
                Ok(self.within(block))
            }
            None => Err(self.record(at, Kind::Truncated, length)),
        }
    }

    /// Reads the payload: all remaining bytes.
    #[inline]
    pub(crate) fn payload(&mut self) -> &'a [u8] {
        let payload = self.rest;
        // `end` is empty, but it points to the end of the packet, because offsets are computed from pointers.
        let (_, end) = payload.split_at_checked(payload.len()).unwrap_or((payload, &[]));
        self.observer.field(Field::Payload, payload, end);
        self.rest = end;
        payload
    }

    /// Prepares for strings in a row: validates all remaining bytes in one run.
    #[inline]
    pub(crate) fn validate_utf8(&mut self) -> ValidatedUtf8<'a> {
        self.utf8 = ValidatedUtf8::validate(self.rest);
        self.utf8
    }

    /// Validates the UTF-8 of several strings in one run, if the rest of the packet is short. Most bytes of a
    /// long rest are not strings. Without this, `decode 3.1.1 CONNECT with will` takes 17 % more.
    #[inline]
    pub(crate) fn validate_utf8_if_short(&mut self) {
        const SHORT: usize = 256;
        if self.rest.len() <= SHORT {
            self.validate_utf8();
        }
    }

    /// The bytes of a list: all bytes that are left.
    #[inline]
    pub(crate) fn list(&mut self) -> &'a [u8] {
        self.observer.list(self.rest);
        self.rest
    }

    /// Skips fields that another function has validated, up to `rest`.
    #[inline]
    pub(crate) fn skip_to(&mut self, rest: &'a [u8]) {
        self.rest = rest;
    }

    /// Whether validated fields may be skipped: no observer needs them.
    #[inline]
    pub(crate) fn may_skip_valid(&self) -> bool {
        !O::SEES_FIELDS && !self.context.checks_characters()
    }

    /// Checks the fixed header of a CONNECT, after its version is known.
    #[inline]
    pub(crate) fn check_connect_header(&mut self) -> ReadResult<()> {
        let (first_byte, minimal) = (self.first_byte(), self.has_minimal_length());
        // Nearly every CONNECT has a legal fixed header.
        if first_byte == PacketType::Connect.first_byte() && minimal {
            return Ok(());
        }
        // Both the length and the flags may be wrong. So each is checked alone, the length first.
        for (first_byte, minimal) in [(PacketType::Connect.first_byte(), minimal), (first_byte, true)] {
            let check = |context| {
                check_length_and_flags::<true>(first_byte, minimal, self.input, self.version, context)
            };
            if let Err(Violation { at, kind, field }) = check(self.context) {
                self.refuse(at, kind, field)?;
            } else if O::CONTINUES {
                // The first check has passed. If the strict check fails, the context tolerates the violation.
                if let Err(violation) = check(&self.context.strict()) {
                    self.observer.tolerated(violation);
                }
            }
        }
        Ok(())
    }

    /// Refuses a field that this sender never sends.
    #[inline]
    pub(crate) fn check_sender(&mut self, senders: Senders, at: &'a [u8], field: Field) -> ReadResult<()> {
        let is_sent = match (self.context.sender, senders) {
            (None, _) | (_, Senders::Both) => true,
            (Some(Role::Client), Senders::ServerDescribed) => {
                !self.context.has(Switch::RefuseClientServerReference)
            }
            (Some(sender), senders) => senders.include(sender),
        };
        if is_sent {
            return Ok(());
        }
        let tolerance = match field {
            // A switch refuses this property, and no tolerance overrules a switch.
            Field::Property(PropertyId::ServerReference) => Tolerances::NONE,
            Field::Property(_) => Tolerances::MISPLACED_PROPERTIES,
            _ => Tolerances::NONE,
        };
        // 5.0 §2.2.2.2 and §2.4: Tables 2-4 and 2-6 give the packets of a field, and the senders of these packets
        self.refuse_property(tolerance, at, Kind::WrongDirection, field)
    }

    /// 5.0 §1.5.4: a receiver MAY refuse control characters and noncharacters.
    #[inline]
    fn check_characters(&mut self, string: &str, at: &'a [u8], field: Field) -> ReadResult<()> {
        if !self.context.has_switches() {
            return Ok(());
        }
        let [control_character, noncharacter] = discouraged_characters(string, self.context);
        if let Some(kind) = control_character {
            self.refuse(at, kind, field)?;
        }
        if let Some(kind) = noncharacter {
            self.refuse(at, kind, field)?;
        }
        Ok(())
    }

    /// Reads one field. If the parser fails, it runs again to build the error.
    #[inline]
    fn read<V>(&mut self, field: Field, mut parser: impl FieldParser<'a, V>) -> ReadResult<V> {
        match parser.process::<OutputM<Emit, Check, Complete>>(self.rest) {
            Ok((rest, value)) => {
                self.observer.field(field, self.rest, rest);
                self.rest = rest;
                Ok(value)
            }
            Err(_) => {
                self.violation = Some(explain(parser, self.rest, field));
                Err(ErrorRecorded)
            }
        }
    }
}

/// The reading of a packet: each packet's file implements this trait.
pub(crate) trait ReadPacket<'a>: Sized {
    const PACKET_TYPE: PacketType;

    /// Reads the body. The caller refuses bytes that are left over.
    fn read<O: Observer<'a>, const V5: bool>(reader: &mut Reader<'a, '_, O, V5>) -> ReadResult<Self>;
}

/// The replacement for a refused Topic Name.
pub(crate) const ANY_TOPIC_NAME: TopicName<'static> = crate::topic_name!("/");

/// The replacement for a refused Topic Filter.
const ANY_TOPIC_FILTER: TopicFilter<'static> = crate::topic_filter!("#");

#[inline]
fn known_property(id: u32) -> Option<PropertyId> {
    PropertyId::new(u8::try_from(id).ok()?).ok()
}

/// Runs the failed parser again to build its error.
#[cold]
fn explain<'a, V>(mut parser: impl FieldParser<'a, V>, at: &'a [u8], field: Field) -> Violation<'a> {
    match parser.process::<OutputM<Check, Emit, Complete>>(at) {
        Err(nom::Err::Error(violation)) => violation,
        _ => Violation { at, kind: Kind::Missing, field }, // unreachable: it has failed before
    }
}

#[cold]
fn has_more_than_32767(string: &str) -> bool {
    string.bytes().filter(|byte| !matches!(byte, 0x80..=0xbf)).count() > 32_767
}

/// The kinds of errors for which a switch refuses the string.
#[cold]
fn discouraged_characters(string: &str, context: &Context) -> [Option<Kind>; 2] {
    let control = context.has(Switch::RefuseControlCharacters) && has_control_character(string);
    let noncharacter = context.has(Switch::RefuseNoncharacters) && has_noncharacter(string);
    [control.then_some(Kind::ControlCharacter), noncharacter.then_some(Kind::Noncharacter)]
}

/// Changes the kind of a misplaced wildcard in a filter that begins with `$share/`. In 5.0 it breaks a rule
/// of Shared Subscriptions.
#[cold]
fn of_shared_filter(violation: Violation<'_>) -> Violation<'_> {
    if !matches!(violation.kind, Kind::HashNotLast | Kind::HashNotAlone | Kind::PlusNotAlone) {
        return violation;
    }
    let filter = take_prefixed(violation.at).map_or(&[][..], |(filter, _)| filter);
    let Some(share) = filter.strip_prefix(b"$share/") else { return violation };
    let name = share.split(|byte| *byte == b'/').next().unwrap_or(share);
    let kind = if name.contains(&b'+') || name.contains(&b'#') {
        Kind::WildcardInShareName
    } else {
        Kind::InvalidSharedFilter
    };
    Violation { kind, ..violation }
}
