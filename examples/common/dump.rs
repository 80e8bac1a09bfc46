//! One packet as an annotated hex dump: a line for each field, in the order of the wire.
//!
//! ```text
//!    9  2e                       Connect Flags: 0x2e
//!                                  0... ....  User Name Flag: 0
//!                                  .0.. ....  Password Flag: 0
//!                                  ..1. ....  Will Retain: 1
//!                                  ...0 1...  Will QoS: 1 (at least once)
//! ```
//!
//! The fields come from [`Decoder::dissect`]; here they are only laid out, for 80 columns. The colours
//! are for a stream that strips them where nobody sees them: `anstream::stdout()`.

use anstyle::{AnsiColor, Style};
use mqtt_wire::{
    Answer, AuthReason, ConnectReason, ConnectionState, DecodeError, DecodeErrorKind as Kind, Decoder,
    DisconnectReason, Encode, Field, Format, PacketType, PubAckReason, PubCompReason, PubRecReason,
    PubRelReason, Role, Span, SubscribeReason, UnsubscribeReason, Version,
};
use std::io::{self, Write};

/// What is shown, and to whom.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Options {
    /// Shows passwords and Authentication Data instead of stars.
    pub(crate) show_secrets: bool,
    /// Who sent the packet, if that is known: it decides what the answer to a bad one is.
    pub(crate) sender: Option<Role>,
}

/// Prints the bytes of one packet, field by field. Of a packet that the decoder refuses: the fields up
/// to the fault, the error under the very byte, and what to answer.
pub(crate) fn dump(
    out: &mut impl Write,
    decoder: &Decoder,
    frame: &[u8],
    options: Options,
) -> io::Result<()> {
    let mut parts = Vec::new();
    let result = decoder.dissect(frame, |span| parts.push(Part::from(span)));
    let page = Page {
        frame,
        packet_type: frame.first().and_then(|byte_1| PacketType::from_first_byte(*byte_1)),
        version: match &result {
            Ok(mqtt_wire::Packet::Connect(connect)) => Some(connect.version),
            Ok(_) => decoder.version(),
            Err(error) => error.version(),
        },
        options,
    };
    match result {
        Ok(_) => page.fields(out, &parts),
        Err(error) => page.refusal(out, &parts, &error),
    }
}

const LINE_WIDTH: usize = 80;
const BYTES_PER_ROW: usize = 8;
const HEX_WIDTH: usize = 3 * BYTES_PER_ROW - 1;
/// What is longer is cut.
const ROWS_PER_FIELD: usize = 6;

const OFFSET: Style = Style::new().dimmed();
const BITS: Style = Style::new().dimmed();
const REST: Style = Style::new().dimmed();
const VALUE: Style = AnsiColor::Cyan.on_default();
const HIDDEN: Style = Style::new().dimmed().italic();
const FAULT: Style = AnsiColor::Red.on_default().bold();
const ANSWER: Style = AnsiColor::Yellow.on_default();

/// The bytes, or the bits of one byte, that a line is about.
#[derive(Clone, Copy)]
struct Part<'a> {
    field: Field,
    offset: usize,
    bytes: &'a [u8],
    mask: u8,
}

impl<'a> From<Span<'a>> for Part<'a> {
    fn from(span: Span<'a>) -> Self {
        Self { field: span.field, offset: span.offset, bytes: span.bytes, mask: span.mask }
    }
}

impl Part<'_> {
    fn is_bits(&self) -> bool {
        self.field.format() == Format::Bits
    }

    fn bits(&self) -> u8 {
        let byte = self.bytes.first().copied().unwrap_or(0);
        (byte & self.mask).checked_shr(self.mask.trailing_zeros()).unwrap_or(0)
    }

    fn end(&self) -> usize {
        self.offset + self.bytes.len()
    }
}

/// One packet, and how it is shown.
struct Page<'a> {
    frame: &'a [u8],
    packet_type: Option<PacketType>,
    version: Option<Version>,
    options: Options,
}

/// The right-hand side of a field: on its first row the name, and the value on as many as it takes.
struct Caption {
    bits: String,
    name: &'static str,
    value: String,
    style: Style,
}

impl<'a> Page<'a> {
    fn fields(&self, out: &mut impl Write, parts: &[Part<'a>]) -> io::Result<()> {
        for block in blocks(parts) {
            self.block(out, block, None)?;
        }
        Ok(())
    }

    fn refusal(&self, out: &mut impl Write, parts: &[Part<'a>], error: &DecodeError) -> io::Result<()> {
        let at = error.offset().min(self.frame.len());
        // What stands behind the fault may have been read before it was seen; it is not shown.
        let (before, from) = parts.split_at(parts.partition_point(|part| part.end() <= at));
        self.fields(out, before)?;
        let read_to = before.last().map_or(0, Part::end);
        let shown_to = match blocks(from).next() {
            Some(block) if block[0].offset <= at && !is_absent(error) => {
                self.block(out, block, Some(error))?;
                block[0].end()
            }
            _ => self.unread(out, read_to, at, error)?,
        };
        self.say_what(out, error)?;
        self.rest(out, shown_to, self.frame.len())
    }

    /// Shows the field that could not be read, and gives the place where it ends.
    fn unread(&self, out: &mut impl Write, from: usize, at: usize, error: &DecodeError) -> io::Result<usize> {
        // Of two strings that are one field, the second may be the bad one.
        let start = match error.field().format() {
            Format::Utf8StringPair if !is_absent(error) => from,
            _ => at,
        };
        self.rest(out, from, start)?;
        let rest = self.frame.get(start..).unwrap_or_default();
        let len = match error.kind() {
            _ if is_absent(error) => 0,
            Kind::BytesAfterPacket => 1,
            _ => extent(error.field(), rest),
        };
        let part =
            Part { field: error.field(), offset: start, bytes: rest.get(..len).unwrap_or(rest), mask: 0xff };
        let value = match error.kind() {
            _ if is_absent(error) => "absent".to_owned(),
            Kind::Truncated | Kind::VarintTooLong => "cut off".to_owned(),
            _ => self.value(part),
        };
        let shown = self.shown(part, Some(error));
        let caption = Caption { bits: String::new(), name: self.name(part.field), value, style: FAULT };
        self.rows(out, part, shown, &[caption], Some(at - start))?;
        Ok(part.end())
    }

    /// What is wrong, and what to do about it.
    fn say_what(&self, out: &mut impl Write, error: &DecodeError) -> io::Result<()> {
        let statement = error.statement().map_or(String::new(), |statement| format!(" {statement}"));
        let (at, kind) = (error.offset(), error.kind());
        let place = match error.field() {
            Field::Packet => format!("byte {at}"),
            field => format!("{}, byte {at}", self.name(field)),
        };
        self.sentence(out, FAULT, "refused", &format!("{place}: {kind}{statement}"))?;
        self.sentence(out, ANSWER, "answer", &self.answer(error))
    }

    /// What to answer: the bytes too, if there are any.
    fn answer(&self, error: &DecodeError) -> String {
        let answer = error.answer(self.receiver(), state(error));
        let text = match answer {
            Answer::Close => return "none; close the connection".to_owned(),
            Answer::ConnAckV3(reason) => {
                format!("CONNACK {} ({reason})", reason.to_v3().unwrap_or_default())
            }
            Answer::ConnAckV5(reason) => format!("CONNACK 0x{:02x} ({reason})", reason.get()),
            Answer::Disconnect(reason) => format!("DISCONNECT 0x{:02x} ({reason})", reason.get()),
        };
        let mut buffer = [0; 16];
        let bytes = answer.packet().and_then(|(packet, version)| packet.encode(version, &mut buffer).ok());
        match bytes {
            Some(bytes) => format!("{text} [{}], then close", hex(bytes)),
            None => format!("{text}, then close"),
        }
    }

    /// The end that the packet came to.
    fn receiver(&self) -> Role {
        let version = self.version.unwrap_or(Version::V5_0);
        let only_servers_send = |packet_type: PacketType| !packet_type.sent_by(Role::Client, version);
        match self.options.sender {
            Some(Role::Client) => Role::Server,
            Some(Role::Server) => Role::Client,
            None if self.packet_type.is_some_and(only_servers_send) => Role::Client,
            None => Role::Server,
        }
    }

    /// A field, and the bits that it is made of.
    fn block(&self, out: &mut impl Write, block: &[Part<'a>], error: Option<&DecodeError>) -> io::Result<()> {
        let Some(first) = block.first() else { return Ok(()) };
        let mut captions: Vec<_> = block.iter().map(|part| self.caption(*part)).collect();
        for (caption, part) in captions.iter_mut().zip(block) {
            if error.is_some_and(|error| error.field() == part.field) {
                caption.style = FAULT;
            }
        }
        // Of two strings that are one field, the second may be the bad one.
        let fault = error.map(|error| error.offset().saturating_sub(first.offset));
        self.rows(out, *first, self.shown(*first, error), &captions, fault)
    }

    fn caption(&self, part: Part<'_>) -> Caption {
        let bits = match part.field {
            Field::Property(_) | Field::PropertyIdentifier => "  ".to_owned(),
            _ if part.is_bits() && self.is_first_byte(part) => bits(part) + "  ",
            _ if part.is_bits() => format!("  {}  ", bits(part)),
            _ => String::new(),
        };
        Caption { bits, name: self.name(part.field), value: self.value(part), style: self.style(part) }
    }

    /// The first byte has no name of its own, under which its bits would stand.
    fn is_first_byte(&self, part: Part<'_>) -> bool {
        part.offset == 0
    }

    fn style(&self, part: Part<'_>) -> Style {
        if part.field.format() == Format::Secret && !self.options.show_secrets { HIDDEN } else { VALUE }
    }

    /// How many bytes of the part may be shown.
    fn shown(&self, part: Part<'_>, error: Option<&DecodeError>) -> usize {
        const LENGTH_PREFIX: usize = 2;
        use PacketType::{Auth, ConnAck, Connect};
        // Where a field ends or should have been is not known: a secret may be among these bytes.
        let astray = |kind| matches!(kind, Kind::Truncated | Kind::LeftoverBytes);
        let has_secrets = matches!(self.packet_type, Some(Connect | ConnAck | Auth));
        if self.options.show_secrets {
            part.bytes.len()
        } else if error.is_some_and(|error| error.kind() == Kind::LeftoverBytes) && has_secrets {
            0
        } else if part.field.format() == Format::Secret
            || error.is_some_and(|error| astray(error.kind())) && has_secrets
        {
            LENGTH_PREFIX
        } else {
            part.bytes.len()
        }
    }

    /// Prints hex on the left and captions on the right, each in as many rows as it takes.
    fn rows(
        &self,
        out: &mut impl Write,
        part: Part<'_>,
        shown: usize,
        captions: &[Caption],
        fault: Option<usize>,
    ) -> io::Result<()> {
        let mut left = hex_rows(part.bytes, shown);
        if let Some(fault) = fault {
            let row = (fault / BYTES_PER_ROW).min(ROWS_PER_FIELD - 1);
            let mark = " ".repeat(fault % BYTES_PER_ROW * 3) + "^^";
            left.insert((row + 1).min(left.len()), (FAULT, mark));
        }
        let width = self.text_width();
        let right: Vec<_> = captions.iter().flat_map(|caption| caption.rows(width)).collect();
        for row in 0..left.len().max(right.len()) {
            let offset = if row == 0 { part.offset.to_string() } else { String::new() };
            let offset_width = self.offset_width();
            write!(out, "{OFFSET}{offset:>offset_width$}{OFFSET:#}  ")?;
            let (style, hex) = left.get(row).cloned().unwrap_or_default();
            let right = right.get(row).map_or("", String::as_str);
            let padding = if right.is_empty() { 0 } else { 2 + HEX_WIDTH - hex.chars().count() };
            writeln!(out, "{style}{hex}{style:#}{:padding$}{right}", "")?;
        }
        Ok(())
    }

    /// Says how many bytes are not shown.
    fn rest(&self, out: &mut impl Write, from: usize, to: usize) -> io::Result<()> {
        match to.saturating_sub(from) {
            0 => Ok(()),
            len => {
                let width = self.offset_width();
                writeln!(out, "{OFFSET}{from:>width$}{OFFSET:#}  {REST}… {} not read{REST:#}", count(len))
            }
        }
    }

    /// A sentence over the whole width, broken between words.
    fn sentence(&self, out: &mut impl Write, style: Style, label: &str, text: &str) -> io::Result<()> {
        let indent = self.offset_width() + 2;
        let label = format!("{label:<7}  ");
        let mut room = 0;
        write!(out, "{:indent$}{style}{label}{style:#}", "")?;
        for (number, word) in text.split(' ').enumerate() {
            let len = word.chars().count() + 1;
            if number == 0 {
                room = LINE_WIDTH.saturating_sub(indent + label.len()) + 1;
            } else if len > room {
                room = LINE_WIDTH.saturating_sub(indent + label.len()) + 1;
                write!(out, "\n{:1$}", "", indent + label.len())?;
            } else {
                write!(out, " ")?;
            }
            write!(out, "{word}")?;
            room = room.saturating_sub(len);
        }
        writeln!(out)
    }

    fn offset_width(&self) -> usize {
        self.frame.len().to_string().len().max(4)
    }

    fn text_width(&self) -> usize {
        LINE_WIDTH - (self.offset_width() + 2 + HEX_WIDTH + 2)
    }

    /// The standard's name: that of the packet's own version, where it had another one.
    fn name(&self, field: Field) -> &'static str {
        match (field, self.version) {
            // No field of a packet: what is there although nothing should be.
            (Field::Packet, _) => "Left over",
            (_, None | Some(Version::V5_0)) => field.name(),
            (Field::CleanStart, _) => "Clean Session",
            (Field::WillPayload, _) => "Will Message",
            (Field::SubscriptionOptions, _) => "Requested QoS",
            (Field::ReasonCode, _) => "Return Code",
            (field, _) => field.name(),
        }
    }

    fn value(&self, part: Part<'_>) -> String {
        let Part { field, bytes, .. } = part;
        match (field, field.format()) {
            (Field::PacketType, _) => with_meaning(part.bits(), self.packet_type),
            (Field::Qos | Field::WillQos, _) => with_meaning(part.bits(), qos(part.bits())),
            (Field::RetainHandling, _) => with_meaning(part.bits(), retain_handling(part.bits())),
            (_, Format::Bits) => part.bits().to_string(),
            (Field::ConnectFlags | Field::AcknowledgeFlags | Field::SubscriptionOptions, _) => {
                format!("0x{}", hex(bytes))
            }
            (Field::ProtocolLevel, _) => with_meaning(integer(bytes), protocol_version(bytes)),
            (Field::ReasonCode, _) => self.reason(bytes.first().copied().unwrap_or(0)),
            (Field::PropertyIdentifier, _) => format!("0x{:02x}", varint(bytes)),
            (_, Format::Byte | Format::TwoByteInteger | Format::FourByteInteger) => {
                integer(bytes).to_string()
            }
            (_, Format::VariableByteInteger) => varint(bytes).to_string(),
            (_, Format::Utf8String) => quoted(after_length(bytes)),
            (_, Format::Utf8StringPair) => {
                let (name, value) = bytes.split_at(prefixed_len(bytes).min(bytes.len()));
                format!("{} = {}", quoted(after_length(name)), quoted(after_length(value)))
            }
            (_, Format::Secret) if !self.options.show_secrets => {
                format!("hidden, {}", count(after_length(bytes).len()))
            }
            (_, Format::BinaryData | Format::Secret) => text_or_count(after_length(bytes)),
            (_, Format::Payload) => text_or_count(bytes),
            _ => count(bytes.len()),
        }
    }

    /// The code, and its meaning in this packet.
    fn reason(&self, code: u8) -> String {
        if self.version == Some(Version::V5_0) {
            let meaning = self.packet_type.and_then(|packet_type| meaning(packet_type, code));
            return match meaning {
                Some(meaning) => format!("0x{code:02x} ({meaning})"),
                None => format!("0x{code:02x}"),
            };
        }
        let meaning = match self.packet_type {
            Some(PacketType::ConnAck) => ConnectReason::from_v3(code).map(|reason| reason.to_string()),
            Some(PacketType::SubAck) => SubscribeReason::new(code).map(|reason| reason.to_string()),
            _ => None,
        };
        with_meaning(code, meaning)
    }
}

impl Caption {
    /// The rows, none wider than `width`, coloured.
    fn rows(&self, width: usize) -> Vec<String> {
        let Self { bits, name, value, style } = self;
        let indent = bits.chars().count() + 2;
        let taken = bits.chars().count() + name.len() + 2;
        let value: Vec<char> = value.chars().collect();
        let (first, mut more) = value.split_at(value.len().min(width.saturating_sub(taken)));
        let first: String = first.iter().collect();
        let mut rows = vec![format!("{BITS}{bits}{BITS:#}{name}: {style}{first}{style:#}")];
        while !more.is_empty() {
            let (row, rest) = more.split_at(more.len().min(width - indent));
            let row: String = row.iter().collect();
            if rows.len() == ROWS_PER_FIELD {
                rows.push(format!("{:indent$}{REST}…{REST:#}", ""));
                break;
            }
            rows.push(format!("{:indent$}{style}{row}{style:#}", ""));
            more = rest;
        }
        rows
    }
}

/// A byte and the bits it is made of belong together.
fn blocks<'p, 'a>(parts: &'p [Part<'a>]) -> impl Iterator<Item = &'p [Part<'a>]> {
    parts.chunk_by(|before, part| part.is_bits() && before.offset == part.offset)
}

/// Whether the field that the error is about is not there at all.
fn is_absent(error: &DecodeError) -> bool {
    matches!(
        error.kind(),
        Kind::Missing | Kind::AuthenticationMethodMissing | Kind::EmptyList | Kind::IncompletePacket
    )
}

/// How far the connection has come: nobody but CONNECT comes before CONNACK.
fn state(error: &DecodeError) -> ConnectionState {
    if error.packet_type() == Some(PacketType::Connect) || error.kind() == Kind::VersionUnknown {
        ConnectionState::BeforeConnAck
    } else {
        ConnectionState::AfterConnAck
    }
}

/// How many bytes a field has that could not be read.
fn extent(field: Field, rest: &[u8]) -> usize {
    let len = match field.format() {
        Format::TwoByteInteger => 2,
        Format::FourByteInteger => 4,
        Format::VariableByteInteger => rest.iter().take(3).take_while(|byte| **byte >= 0x80).count() + 1,
        Format::Utf8String | Format::BinaryData | Format::Secret => prefixed_len(rest),
        Format::Utf8StringPair => {
            let name = prefixed_len(rest);
            name + prefixed_len(rest.get(name..).unwrap_or_default())
        }
        Format::Payload | Format::Group => rest.len(),
        _ => 1,
    };
    len.min(rest.len())
}

/// The length of a length-prefixed field, prefix included.
fn prefixed_len(bytes: &[u8]) -> usize {
    bytes.get(..2).map_or(bytes.len(), |prefix| 2 + integer(prefix) as usize)
}

fn after_length(bytes: &[u8]) -> &[u8] {
    bytes.get(2..).unwrap_or_default()
}

fn integer(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

fn varint(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |sum, byte| sum << 7 | u32::from(byte & 0x7f))
}

/// Rows of hex, the bytes behind `shown` as stars.
fn hex_rows(bytes: &[u8], shown: usize) -> Vec<(Style, String)> {
    let (visible, cut) = bytes.split_at(bytes.len().min(ROWS_PER_FIELD * BYTES_PER_ROW));
    let byte = |(index, byte): (usize, &u8)| match index < shown {
        true => format!("{byte:02x}"),
        false => "**".to_owned(),
    };
    let bytes: Vec<String> = visible.iter().enumerate().map(byte).collect();
    let mut rows: Vec<_> = bytes.chunks(BYTES_PER_ROW).map(|row| (Style::new(), row.join(" "))).collect();
    if !cut.is_empty() {
        rows.push((REST, format!("… {} more bytes", cut.len())));
    }
    rows
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// `...0 1...`: the bits of the part, and dots for the others.
fn bits(part: Part<'_>) -> String {
    let byte = part.bytes.first().copied().unwrap_or(0);
    let digit = |bit: u8| match (part.mask >> bit & 1, byte >> bit & 1) {
        (0, _) => '.',
        (_, 0) => '0',
        _ => '1',
    };
    let half = |bits: [u8; 4]| bits.map(digit).iter().collect::<String>();
    format!("{} {}", half([7, 6, 5, 4]), half([3, 2, 1, 0]))
}

/// Text in quotes, with escapes for what cannot be seen or is no text.
fn quoted(bytes: &[u8]) -> String {
    let chunks = bytes.utf8_chunks();
    let text =
        chunks.map(|chunk| format!("{}{}", chunk.valid().escape_debug(), chunk.invalid().escape_ascii()));
    format!("\"{}\"", text.collect::<String>())
}

/// Bytes that may be text: shown as such if they are.
fn text_or_count(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok("") => "empty".to_owned(),
        Ok(text) if !text.contains(|c: char| c.is_control() && !c.is_whitespace()) => quoted(bytes),
        _ => count(bytes.len()),
    }
}

fn count(len: usize) -> String {
    if len == 1 { "1 byte".to_owned() } else { format!("{len} bytes") }
}

fn with_meaning(number: impl ToString, meaning: Option<impl ToString>) -> String {
    match meaning {
        Some(meaning) => format!("{} ({})", number.to_string(), meaning.to_string()),
        None => number.to_string(),
    }
}

/// The version that a Protocol Level stands for, whether or not a bridge has marked it.
fn protocol_version(level: &[u8]) -> Option<Version> {
    let level = level.first()? & 0x7f;
    Version::ALL.into_iter().find(|version| version.level() == level)
}

fn qos(bits: u8) -> Option<&'static str> {
    ["at most once", "at least once", "exactly once"].get(usize::from(bits)).copied()
}

fn retain_handling(bits: u8) -> Option<&'static str> {
    ["at subscribe", "if new", "never"].get(usize::from(bits)).copied()
}

/// The meaning of a Reason Code of 5.0.
fn meaning(packet_type: PacketType, code: u8) -> Option<String> {
    fn text(reason: Option<impl ToString>) -> Option<String> {
        reason.map(|reason| reason.to_string())
    }
    match packet_type {
        PacketType::ConnAck => text(ConnectReason::new(code)),
        PacketType::PubAck => text(PubAckReason::new(code)),
        PacketType::PubRec => text(PubRecReason::new(code)),
        PacketType::PubRel => text(PubRelReason::new(code)),
        PacketType::PubComp => text(PubCompReason::new(code)),
        PacketType::SubAck => text(SubscribeReason::new(code)),
        PacketType::UnsubAck => text(UnsubscribeReason::new(code)),
        PacketType::Disconnect => text(DisconnectReason::new(code)),
        PacketType::Auth => text(AuthReason::new(code)),
        _ => None,
    }
}
