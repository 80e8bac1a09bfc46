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
//! [`Decoder::dissect`] finds the fields. This module only lays the fields out for the width of the
//! terminal. The output has colours; `anstream::stdout()` removes them if the output is not a terminal.

mod refusal;
pub(crate) mod text;
mod value;

use anstyle::{AnsiColor, Style};
use mqtt_wire::inspect::{Field, Format, Span};
use mqtt_wire::{DecodeError, DecodeErrorKind as Kind, Decoder, PacketType, Role, Version};
use std::io::{self, Write};
use text::count;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Options {
    /// Shows passwords and Authentication Data instead of asterisks.
    pub(crate) show_secrets: bool,
    /// The sender of the packet, if it is known. The sender decides which answer to a bad packet is shown.
    pub(crate) sender: Option<Role>,
    /// The width of the terminal in columns. The width decides how many bytes a row has.
    pub(crate) width: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { show_secrets: false, sender: None, width: 80 }
    }
}

/// Prints the bytes of one packet, field by field. For a refused packet it prints the fields before
/// the fault, the error under the faulty byte, and the answer.
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
        packet_type: frame.first().and_then(|byte_1| PacketType::from_first_byte(*byte_1).ok()),
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

/// Longer fields are cut.
const ROWS_PER_FIELD: usize = 6;

const OFFSET: Style = Style::new().dimmed();
const BITS: Style = Style::new().dimmed();
const REST: Style = Style::new().dimmed();
const VALUE: Style = AnsiColor::Cyan.on_default();
const HIDDEN: Style = Style::new().dimmed().italic();
const FAULT: Style = AnsiColor::Red.on_default().bold();
const ANSWER: Style = AnsiColor::Yellow.on_default();

/// The bytes, or the bits of one byte, on a line.
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

struct Page<'a> {
    frame: &'a [u8],
    packet_type: Option<PacketType>,
    version: Option<Version>,
    options: Options,
}

/// The right side of a field: the name in its first row, and the value in as many rows as needed.
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

    /// Prints a field and the bits in it.
    fn block(&self, out: &mut impl Write, block: &[Part<'a>], error: Option<&DecodeError>) -> io::Result<()> {
        let Some(first) = block.first() else { return Ok(()) };
        let mut captions: Vec<_> = block.iter().map(|part| self.caption(*part)).collect();
        for (caption, part) in captions.iter_mut().zip(block) {
            if error.is_some_and(|error| error.field() == part.field) {
                caption.style = FAULT;
            }
        }
        // If two strings form one field, the second string may be the bad one.
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

    /// The first byte has no field name, so there is no row above its bits.
    fn is_first_byte(&self, part: Part<'_>) -> bool {
        part.offset == 0
    }

    fn style(&self, part: Part<'_>) -> Style {
        if part.field.format() == Format::Secret && !self.options.show_secrets { HIDDEN } else { VALUE }
    }

    /// Returns how many bytes of the part may be shown.
    fn shown(&self, part: Part<'_>, error: Option<&DecodeError>) -> usize {
        const LENGTH_PREFIX: usize = 2;
        use PacketType::{Auth, ConnAck, Connect};
        // The end of a refused field is not known, so these bytes may contain a secret.
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

    /// Prints hex on the left and captions on the right, in as many rows as needed.
    fn rows(
        &self,
        out: &mut impl Write,
        part: Part<'_>,
        shown: usize,
        captions: &[Caption],
        fault: Option<usize>,
    ) -> io::Result<()> {
        let per_row = self.bytes_per_row();
        let mut left = hex_rows(part.bytes, shown, per_row);
        if let Some(fault) = fault {
            let row = (fault / per_row).min(ROWS_PER_FIELD - 1);
            let mark = " ".repeat(fault % per_row * 3) + "^^";
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
            let padding =
                if right.is_empty() { 0 } else { 2 + self.hex_width().saturating_sub(hex.chars().count()) };
            writeln!(out, "{style}{hex}{style:#}{:padding$}{right}", "")?;
        }
        Ok(())
    }

    /// Prints how many bytes are not shown.
    fn rest(&self, out: &mut impl Write, from: usize, to: usize) -> io::Result<()> {
        match to.saturating_sub(from) {
            0 => Ok(()),
            len => {
                let width = self.offset_width();
                writeln!(out, "{OFFSET}{from:>width$}{OFFSET:#}  {REST}… {} not read{REST:#}", count(len))
            }
        }
    }

    fn offset_width(&self) -> usize {
        self.frame.len().to_string().len().max(4)
    }

    fn bytes_per_row(&self) -> usize {
        match self.options.width {
            ..70 => 4,
            70..120 => 8,
            _ => 16,
        }
    }

    fn hex_width(&self) -> usize {
        3 * self.bytes_per_row() - 1
    }

    fn text_width(&self) -> usize {
        let taken = self.offset_width() + 2 + self.hex_width() + 2;
        self.options.width.saturating_sub(taken).max(20)
    }
}

impl Caption {
    /// Prints the rows in colour, none wider than `width`.
    fn rows(&self, width: usize) -> Vec<String> {
        let Self { bits, name, value, style } = self;
        let indent = bits.chars().count() + 2;
        let taken = bits.chars().count() + name.len() + 2;
        let value: Vec<char> = value.chars().collect();
        let (first, mut more) = value.split_at(value.len().min(width.saturating_sub(taken)));
        let first: String = first.iter().collect();
        let mut rows = vec![format!("{BITS}{bits}{BITS:#}{name}: {style}{first}{style:#}")];
        while !more.is_empty() {
            let (row, rest) = more.split_at(more.len().min(width.saturating_sub(indent).max(8)));
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

/// Groups each byte with the bits in it.
fn blocks<'p, 'a>(parts: &'p [Part<'a>]) -> impl Iterator<Item = &'p [Part<'a>]> {
    parts.chunk_by(|before, part| part.is_bits() && before.offset == part.offset)
}

/// Returns rows of hex, with asterisks for the bytes after `shown`.
fn hex_rows(bytes: &[u8], shown: usize, per_row: usize) -> Vec<(Style, String)> {
    let (visible, cut) = bytes.split_at(bytes.len().min(ROWS_PER_FIELD * per_row));
    let byte = |(index, byte): (usize, &u8)| match index < shown {
        true => format!("{byte:02x}"),
        false => "**".to_owned(),
    };
    let bytes: Vec<String> = visible.iter().enumerate().map(byte).collect();
    let mut rows: Vec<_> = bytes.chunks(per_row).map(|row| (Style::new(), row.join(" "))).collect();
    if !cut.is_empty() {
        rows.push((REST, format!("… {} more bytes", cut.len())));
    }
    rows
}

/// Formats bits as `...0 1...`, with dots for the other bits.
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

/// Breaks a sentence between words at the full width.
pub(crate) fn sentence(
    out: &mut impl Write,
    width: usize,
    indent: usize,
    style: Style,
    label: &str,
    text: &str,
) -> io::Result<()> {
    let whole = width.saturating_sub(indent + label.len()).max(16) + 1;
    let mut free = whole;
    write!(out, "{:indent$}{style}{label}{style:#}", "")?;
    for (number, word) in text.split(' ').enumerate() {
        let len = word.chars().count() + 1;
        if len > free && number > 0 {
            free = whole;
            write!(out, "\n{:1$}", "", indent + label.len())?;
        } else if number > 0 {
            write!(out, " ")?;
        }
        write!(out, "{word}")?;
        free = free.saturating_sub(len);
    }
    writeln!(out)
}
