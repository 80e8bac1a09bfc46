//! Finds everything that is wrong with a packet, not only the first error.

use crate::context::{Context, Switch};
use crate::decode::{Decoder, incomplete_packet};
use crate::error::{DecodeError, DecodeErrorKind as Kind, Violation};
use crate::field::{Field, PropertyId};
use crate::packet::Packet;
use crate::packet_type::PacketType;
use crate::role::Role;
use crate::tolerance::deviation;
use crate::version::Version;
use crate::wire::header::{Frame, Header, check_flags, is_too_large, not_minimal};
use crate::wire::protocol::named_version;
use crate::wire::reader::Observer;
use core::cell::{Cell, RefCell};

/// The severity of a [`Finding`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The decoder accepts the packet, but one of the decoder's switches would refuse the packet.
    ///
    /// The standard says SHOULD NOT, contradicts itself, or has no rule.
    Discouraged,
    /// The standard forbids the bytes, and the decoder [tolerates](Decoder::tolerate) them.
    Tolerated,
    /// The decoder refuses the packet.
    Violation,
}

/// One thing that is wrong with a packet, from [`Decoder::lint`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Finding {
    /// Whether the decoder refuses, tolerates or accepts the bytes.
    pub severity: Severity,
    /// The error: kind, field, byte and statement.
    pub error: DecodeError,
}

impl Decoder {
    /// Passes everything that is wrong with a frame to `visit`, in the order of reading.
    ///
    /// Each finding has a severity:
    ///
    /// - [`Severity::Violation`]: this decoder refuses the packet. The first violation is the error of
    ///   [`decode_frame`](Self::decode_frame). If `decode_frame` accepts the packet, there is no violation.
    /// - [`Severity::Tolerated`]: the standard forbids the bytes, and this decoder
    ///   [tolerates](Self::tolerate) them.
    /// - [`Severity::Discouraged`]: a switch that is off would refuse the packet. The switches are for
    ///   control characters, noncharacters, a Remaining Length of 3.x with more bytes than needed, Topic
    ///   Names and text of 3.1, and a Server Reference from a client.
    ///
    /// After a violation the linter continues if it knows where the next field begins: after a bad string,
    /// property or flag, and in the fixed header. The linter stops at a length that reaches past the packet.
    /// For each field, the linter shows the first violation, and both kinds of discouraged characters. The
    /// linter does not show a violation that only follows from another violation. For example, if the
    /// Authentication Method is ill-formed, the linter does not report a missing Authentication Method.
    ///
    /// The linter allocates nothing.
    ///
    /// ```
    /// use mqtt_wire::inspect::Severity;
    /// use mqtt_wire::{Decoder, Version};
    ///
    /// // SUBSCRIBE with wrong flags, the identifier 0, and a filter with a control character.
    /// let frame = b"\x80\x09\x00\x00\x00\x04a\x01/b\x00";
    /// let mut found = Vec::new();
    /// Decoder::new(Version::V3_1_1).lint(frame, |finding| found.push(finding));
    ///
    /// let found = found.iter().map(|it| (it.severity, it.error.field().name()));
    /// let found: Vec<_> = found.collect();
    /// assert_eq!(found, [
    ///     (Severity::Violation, "Flags"),
    ///     (Severity::Violation, "Packet Identifier"),
    ///     (Severity::Discouraged, "Topic Filter"),
    /// ]);
    /// ```
    #[inline]
    pub fn lint(&self, frame: &[u8], mut visit: impl FnMut(Finding)) {
        let context = self.context();
        let mut show = |error, severity| visit(Finding { severity, error });
        let header = match Header::parse_if(frame, |packet_type| context.expects(packet_type)) {
            Ok(header) => header,
            Err(error) => return show(error.into_decode_error(frame, context.version), Severity::Violation),
        };
        let Some((header, whole)) = header.and_then(|header| Some((header, header.frame(frame)?))) else {
            let error = Header::read(frame, context).err();
            return show(error.unwrap_or_else(|| incomplete_packet(frame, context)), Severity::Violation);
        };
        let report = Report {
            header,
            frame: whole,
            context,
            show: &RefCell::new(&mut show),
            property_is_lost: &Cell::new(false),
        };
        report.fixed_header();
        if report.is_readable() {
            report.body();
            if let at @ [_, ..] = whole.rest() {
                report.violation(Violation { at, kind: Kind::BytesAfterPacket, field: Field::Packet });
            }
        }
    }
}

/// Turns on all switches that refuse more than the standard demands. (The linter finds padded lengths without a
/// switch.)
#[inline]
fn strictest(context: &Context) -> Context {
    use Switch::{
        LimitV3_1Topics, RefuseClientServerReference, RefuseControlCharacters, RefuseNoncharacters,
        RequireV3_1Text,
    };
    context
        .with(RefuseControlCharacters, true)
        .with(RefuseNoncharacters, true)
        .with(LimitV3_1Topics, true)
        .with(RequireV3_1Text, true)
        .with(RefuseClientServerReference, true)
}

/// The severity: whether a decoder with this context refuses the packet.
#[inline]
fn severity(error: &DecodeError, context: &Context) -> Severity {
    match switch_for(error) {
        Some(switch) if !context.has(switch) => Severity::Discouraged,
        _ => Severity::Violation,
    }
}

/// The switch that refuses this error.
#[inline]
fn switch_for(error: &DecodeError) -> Option<Switch> {
    const SERVER_REFERENCE: Field = Field::Property(PropertyId::ServerReference);
    match (error.kind(), error.field()) {
        (Kind::ControlCharacter, _) => Some(Switch::RefuseControlCharacters),
        (Kind::Noncharacter, _) => Some(Switch::RefuseNoncharacters),
        (Kind::TopicTooLong, _) => Some(Switch::LimitV3_1Topics),
        (Kind::NotAscii, _) | (Kind::IllFormedUtf8, Field::Password) => Some(Switch::RequireV3_1Text),
        (Kind::WrongDirection, SERVER_REFERENCE) => Some(Switch::RefuseClientServerReference),
        (Kind::VarintNotMinimal, Field::RemainingLength) if error.version() != Some(Version::V5_0) => {
            Some(Switch::RequireMinimalLengths)
        }
        _ => None,
    }
}

/// An [`Observer`] that shows each violation and lets the reader continue.
#[derive(Clone, Copy)]
struct Report<'s, 'a> {
    header: Header<'a>,
    frame: Frame<'a>,
    context: &'s Context,
    show: &'s RefCell<&'s mut dyn FnMut(DecodeError, Severity)>,
    /// Whether a property could not be read. A property that seems to be missing may be the unread one.
    property_is_lost: &'s Cell<bool>,
}

impl<'a> Report<'_, 'a> {
    /// Shows all that is wrong with the fixed header.
    #[inline]
    fn fixed_header(self) {
        let Self { header, frame, context, .. } = self;
        let at_packet = |kind| Violation { at: frame.input, kind, field: Field::Packet };
        if is_too_large(header.frame_len(frame.input), context) {
            self.of_header(at_packet(Kind::PacketTooLarge));
        }
        if header.packet_type == PacketType::Connect {
            // The version in a CONNECT decides how its flags and its length are checked. So the body comes first.
            let named = named_version(frame.body, context);
            let is_discouraged = matches!(named, Some(Version::V3_1 | Version::V3_1_1))
                && !context.has(Switch::RequireMinimalLengths);
            if is_discouraged && !header.minimal {
                self.of_header(not_minimal(frame.input));
            }
        } else {
            if !header.minimal {
                self.of_header(not_minimal(frame.input));
            }
            if let Some(Err(violation)) = self.flags() {
                self.of_header(violation);
            }
        }
        let version = context.version.unwrap_or(Version::V5_0);
        if context.sender.is_some_and(|role: Role| !header.packet_type.sent_by(role, version)) {
            self.of_header(at_packet(Kind::WrongDirection));
        }
    }

    /// Whether the body can be read. A PUBLISH with QoS 3 may or may not have a Packet Identifier.
    #[inline]
    fn is_readable(self) -> bool {
        !matches!(self.flags(), Some(Err(Violation { kind: Kind::InvalidQos, .. })))
    }

    /// Checks the flags of the first byte by the version of the connection. A CONNECT is checked by its own
    /// version.
    #[inline]
    fn flags(self) -> Option<Result<(), Violation<'a>>> {
        match (self.header.packet_type, self.context.version) {
            (PacketType::Connect, _) | (_, None) => None,
            (packet_type, Some(version)) => Some(
                check_flags(packet_type, self.header.first_byte, version)
                    .map_err(|(kind, field)| Violation { at: self.frame.input, kind, field }),
            ),
        }
    }

    /// Shows all that is wrong with the body.
    #[inline]
    fn body(self) {
        let strict = &strictest(self.context);
        let decoded: Result<Packet<'_>, _> = match strict.version {
            Some(Version::V5_0) => Packet::read::<_, _, true>(self.frame, strict, self),
            _ => Packet::read::<_, _, false>(self.frame, strict, self),
        };
        if let Err(error) = decoded {
            self.add(error, severity(&error, self.context));
        }
    }

    /// Reports a violation in the fixed header. The reader, which reads the body, does not report this violation.
    #[inline]
    fn of_header(self, violation: Violation<'_>) {
        let error = self.frame.error(self.context, violation);
        let is_tolerated = self.context.tolerates(deviation(&error));
        self.add(error, if is_tolerated { Severity::Tolerated } else { severity(&error, self.context) });
    }

    #[inline]
    fn violation(self, violation: Violation<'_>) {
        let error = self.frame.error(self.context, violation);
        self.add(error, severity(&error, self.context));
    }

    #[inline]
    fn add(self, error: DecodeError, severity: Severity) {
        let follows = matches!(
            (error.kind(), error.field()),
            (Kind::AuthenticationMethodMissing, _) | (Kind::EmptyTopic, Field::TopicName)
        );
        if follows && self.property_is_lost.get() {
            return;
        }
        // always: nobody else borrows it
        if let Ok(mut show) = self.show.try_borrow_mut() {
            show(error, severity);
        }
    }
}

impl<'a> Observer<'a> for Report<'_, 'a> {
    const CONTINUES: bool = true;

    #[inline]
    fn violation(&mut self, violation: Violation<'a>) {
        Self::violation(*self, violation);
    }

    #[inline]
    fn tolerated(&mut self, violation: Violation<'a>) {
        self.add(self.frame.error(self.context, violation), Severity::Tolerated);
    }

    #[inline]
    fn property_is_lost(&mut self) {
        self.property_is_lost.set(true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::role::Role;
    use crate::tolerance::Tolerances;

    fn lint(decoder: Decoder, frame: &[u8]) -> Vec<(Severity, Kind, usize)> {
        let mut found = Vec::new();
        decoder.lint(frame, |it| found.push((it.severity, it.error.kind(), it.error.offset())));
        // The first violation is the error of decoding.
        let first = found.iter().find(|it| it.0 == Severity::Violation).map(|it| (it.1, it.2));
        let refused = decoder.clone().decode_frame(frame).err().map(|error| (error.kind(), error.offset()));
        assert_eq!(first, refused, "{frame:02x?}");
        found
    }

    fn violations(version: Version, frame: &[u8]) -> Vec<(Kind, usize)> {
        let found = lint(Decoder::new(version), frame).into_iter();
        found
            .map(|(severity, kind, at)| (severity == Severity::Violation).then_some((kind, at)).unwrap())
            .collect()
    }

    fn violations_of(decoder: Decoder, frame: &[u8]) -> Vec<Kind> {
        let found = lint(decoder, frame).into_iter();
        found.filter(|it| it.0 == Severity::Violation).map(|it| it.1).collect()
    }

    #[test]
    fn all_faults_of_a_connect_are_found() {
        // Flags of the header; the reserved bit, Will QoS 3; the client identifier, and the will's topic.
        let frame = b"\x11\x15\x00\x04MQTT\x04\x3f\x00\x3c\x00\x01\xff\x00\x01#\x00\x03\xff\xff\xff";
        assert_eq!(
            violations(Version::V3_1_1, frame),
            [
                (Kind::InvalidFlags, 0),
                (Kind::ReservedBits, 9),
                (Kind::InvalidQos, 9),
                (Kind::IllFormedUtf8, 12),
                (Kind::WildcardInTopicName, 15),
            ]
        );
    }

    #[test]
    fn all_faults_in_the_header_of_a_connect_are_found() {
        let frame = b"\x11\x8d\x00\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x00";
        assert_eq!(violations(Version::V5_0, frame), [(Kind::VarintNotMinimal, 1), (Kind::InvalidFlags, 0)]);
        let decoder = |tolerances| Decoder::new(Version::V5_0).tolerate(tolerances);
        assert_eq!(
            lint(decoder(Tolerances::PADDED_LENGTH), frame),
            [(Severity::Tolerated, Kind::VarintNotMinimal, 1), (Severity::Violation, Kind::InvalidFlags, 0)]
        );
        assert_eq!(
            lint(decoder(Tolerances::CONNECTION_FLAGS), frame),
            [(Severity::Violation, Kind::VarintNotMinimal, 1), (Severity::Tolerated, Kind::InvalidFlags, 0)]
        );
    }

    #[test]
    fn all_faults_of_properties_are_found() {
        // Alias 0, an unknown format, a duplicate, a misplaced Receive Maximum, an ill-formed pair.
        let frame =
            b"\x32\x1b\x00\x01+\x00\x00\x13\x23\x00\x00\x01\x02\x01\x01\x01\x01\x21\x00\x05\x26\x00\x01\xff\x00\x01v!!";
        assert_eq!(
            violations(Version::V5_0, frame),
            [
                (Kind::WildcardInTopicName, 2),
                (Kind::ZeroPacketIdentifier, 5),
                (Kind::ZeroTopicAlias, 9),
                (Kind::InvalidPropertyValue, 12),
                (Kind::DuplicateProperty, 15),
                (Kind::MisplacedProperty, 17),
                (Kind::IllFormedUtf8, 21),
            ]
        );
    }

    /// A switch decides whether its kind of character is discouraged or refused.
    #[test]
    fn discouraged_characters_of_both_kinds_are_shown() {
        let publish = "\x30\x06\0\x04\u{1}\u{ffff}".as_bytes();
        for (refuse_control, refuse_non) in [(false, false), (true, false), (false, true), (true, true)] {
            let decoder = Decoder::new(Version::V3_1_1)
                .refuse_control_characters(refuse_control)
                .refuse_noncharacters(refuse_non);
            let severity = |is_refused| match is_refused {
                true => Severity::Violation,
                false => Severity::Discouraged,
            };
            let expected = [
                (severity(refuse_control), Kind::ControlCharacter, 2),
                (severity(refuse_non), Kind::Noncharacter, 2),
            ];
            assert_eq!(lint(decoder, publish), expected);
        }
    }

    /// An empty topic is reported unless the lost property could have been the Topic Alias.
    #[test]
    fn an_empty_topic_is_found_after_a_bad_property() {
        let lenient = Decoder::new(Version::V5_0);
        let publish = b"\x30\x06\x00\x00\x03\x23\x00\x00";
        assert_eq!(lint(lenient, publish), [(Severity::Violation, Kind::ZeroTopicAlias, 6)]);
        let publish = b"\x30\x07\x00\x00\x04\x03\x00\x01\x01";
        assert_eq!(
            lint(lenient, publish),
            [(Severity::Discouraged, Kind::ControlCharacter, 6), (Severity::Violation, Kind::EmptyTopic, 2)]
        );
        let connect = b"\x10\x16\x00\x04MQTT\x05\x06\x00\x00\x00\x00\x00\x04\x08\x00\x01#\x00\x00\x00\x00";
        assert_eq!(
            lint(lenient, connect),
            [
                (Severity::Violation, Kind::WildcardInTopicName, 17),
                (Severity::Violation, Kind::EmptyTopic, 20)
            ]
        );
    }

    #[test]
    fn linting_continues_after_a_bad_property() {
        // In AUTH the Authentication Method may be in the unread part.
        let auth = b"\xf0\x04\x18\x02\x7f\x00";
        assert_eq!(violations(Version::V5_0, auth), [(Kind::UnknownProperty, 4)]);
        let subscribe = b"\x82\x09\x00\x01\x02\x7f\x00\x00\x01a\x43";
        assert_eq!(
            violations(Version::V5_0, subscribe),
            [(Kind::UnknownProperty, 5), (Kind::ReservedBits, 10), (Kind::InvalidQos, 10)]
        );
        let padded = b"\x82\x08\x00\x01\x80\x00\x00\x01a\x40";
        assert_eq!(violations(Version::V5_0, padded), [(Kind::VarintNotMinimal, 4), (Kind::ReservedBits, 9)]);
    }

    #[test]
    fn violations_in_the_fixed_header_and_in_the_body() {
        let decoder = Decoder::new(Version::V5_0).sender(Role::Server).max_packet_size(4);
        let frame = b"\x80\x86\x00\x00\x00\x00\x00\x00\x00\xc0";
        let found = lint(decoder, frame);
        let kinds: Vec<_> = found.iter().map(|it| it.1).collect();
        assert_eq!(
            kinds,
            [
                Kind::PacketTooLarge,
                Kind::VarintNotMinimal,
                Kind::InvalidFlags,
                Kind::WrongDirection,
                Kind::ZeroPacketIdentifier,
                Kind::EmptyTopic,
                Kind::BytesAfterPacket,
            ]
        );
    }

    #[test]
    fn a_packet_that_only_a_switch_refuses_is_discouraged() {
        let frame = b"\x30\x8a\x00\x00\x05a\x01\xef\xbf\xbf!!!";
        let found = lint(Decoder::new(Version::V3_1_1), frame);
        assert_eq!(
            found,
            [
                (Severity::Discouraged, Kind::VarintNotMinimal, 1),
                (Severity::Discouraged, Kind::ControlCharacter, 3),
                (Severity::Discouraged, Kind::Noncharacter, 3),
            ]
        );
        let strict = Decoder::new(Version::V3_1_1)
            .refuse_control_characters(true)
            .refuse_noncharacters(true)
            .require_minimal_lengths(true);
        assert!(lint(strict, frame).iter().all(|it| it.0 == Severity::Violation));
    }

    #[test]
    fn values_that_3_1_and_unicode_discourage_are_found() {
        let noncharacter = b"\x30\x05\x00\x03\xef\xbf\xbf";
        let discouraged = |version, frame: &[u8], kind, at| {
            assert_eq!(lint(Decoder::new(version), frame), [(Severity::Discouraged, kind, at)]);
        };
        discouraged(Version::V5_0, b"\x30\x06\x00\x03\xef\xbf\xbf\x00", Kind::Noncharacter, 2);
        discouraged(Version::V3_1_1, noncharacter, Kind::Noncharacter, 2);
        assert_eq!(
            lint(Decoder::new(Version::V3_1_1).refuse_noncharacters(true), noncharacter),
            [(Severity::Violation, Kind::Noncharacter, 2)]
        );
        let long = [&b"\x30\x82\x80\x02\x80\x00"[..], &[b'a'; 0x8000]].concat();
        discouraged(Version::V3_1, &long, Kind::TopicTooLong, 4);
        assert_eq!(
            lint(Decoder::new(Version::V3_1).limit_v3_1_topics(true), &long),
            [(Severity::Violation, Kind::TopicTooLong, 4)]
        );
        let texts =
            b"\x10\x1b\x00\x06MQIsdp\x03\xc6\x00\x3c\x00\x01a\x00\x01t\x00\x01\xff\x00\x01u\x00\x01\xff";
        assert_eq!(
            lint(Decoder::new(Version::V3_1), texts),
            [(Severity::Discouraged, Kind::NotAscii, 20), (Severity::Discouraged, Kind::IllFormedUtf8, 26)]
        );
        assert_eq!(
            violations_of(Decoder::new(Version::V3_1).require_v3_1_text(true), texts),
            [Kind::NotAscii, Kind::IllFormedUtf8]
        );
        let reference = b"\xe0\x06\x9d\x04\x1c\x00\x01s";
        let of_client = Decoder::new(Version::V5_0).sender(Role::Client);
        let found = lint(of_client, reference);
        assert!(found.contains(&(Severity::Discouraged, Kind::WrongDirection, 4)), "{found:?}");
        let connect = b"\x10\x8d\x00\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a";
        discouraged(Version::V5_0, connect, Kind::VarintNotMinimal, 1);
        assert_eq!(
            lint(Decoder::detect_version().require_minimal_lengths(true), connect),
            [(Severity::Violation, Kind::VarintNotMinimal, 1)]
        );
        let of_a_bridge = b"\x10\x8e\x00\x00\x06MQIsdp\x83\x02\x00\x3c\x00\x00";
        assert_eq!(
            lint(Decoder::detect_version().accept_bridge(true), of_a_bridge),
            [(Severity::Discouraged, Kind::VarintNotMinimal, 1)]
        );
        let of_v5 = b"\x10\x8e\x00\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x01a";
        assert_eq!(
            lint(Decoder::detect_version(), of_v5),
            [(Severity::Violation, Kind::VarintNotMinimal, 1)]
        );
    }

    #[test]
    fn bytes_that_are_no_packet_have_one_finding() {
        for (frame, kind) in [
            (&b""[..], Kind::IncompletePacket),
            (b"\xc0", Kind::IncompletePacket),
            (b"\x30\x05\x00", Kind::IncompletePacket),
            (b"\x30\xff\xff\xff\xff", Kind::VarintTooLong),
            (b"\x00\x00", Kind::ReservedPacketType),
            (b"\x36\x03\x00\x01a", Kind::InvalidQos),
            (
                b"\x10\x07\x00\x04MQTT\x09",
                Kind::UnsupportedProtocolLevel { name: crate::version::ProtocolName::Mqtt, level: 9 },
            ),
        ] {
            assert_eq!(
                violations(Version::V5_0, frame).iter().map(|it| it.0).collect::<Vec<_>>(),
                [kind],
                "{frame:02x?}"
            );
        }
        let found = lint(Decoder::detect_version(), b"\xc0\x00");
        assert_eq!(found, [(Severity::Violation, Kind::VersionUnknown, 0)]);
    }

    /// Changes every byte of some packets in turn. The function [`lint`] above compares the two errors.
    #[test]
    fn the_first_violation_is_the_error_of_decoding() {
        let frames: [&[u8]; 4] = [
            b"\x10\x2b\x00\x04MQTT\x05\xce\x00\x3c\x05\x11\x00\x00\x00\x09\x00\x01c\x05\x02\x00\x00\x00\x01\x00\x01t\x00\x01p\x00\x01u\x00\x01p",
            b"\x10\x19\x00\x06MQIsdp\x03\xce\x00\x3c\x00\x01c\x00\x01t\x00\x00\x00\x01u\x00\x00",
            b"\x82\x12\x00\x01\x02\x0b\x01\x00\x0a$share/g/a\x01",
            b"\xe0\x0b\x04\x09\x26\x00\x01k\x00\x01v\x1c\x00",
        ];
        for frame in frames {
            for at in 0..frame.len() {
                for byte in 0..=255 {
                    let mut frame = frame.to_vec();
                    frame[at] = byte;
                    for version in Version::ALL {
                        lint(Decoder::new(version), &frame);
                        lint(Decoder::new(version).sender(Role::Client).max_packet_size(30), &frame);
                    }
                }
            }
        }
    }
}
