//! Prints the bytes of a packet, field by field, with [`Decoder::dissect`].
//!
//! ```text
//!    8  04                       Protocol Level: 4
//!    9  2e                       Connect Flags: 46
//!                                  ..1. ....  Will Retain: 1
//! ```
//!
//! `mqtt-inspect` prints more: the meaning of values, and the errors in malformed packets.

use crate::Result;
use mqtt_wire::Decoder;
use mqtt_wire::inspect::{Format, Span};
use std::io::Write;

const BYTES_IN_A_ROW: usize = 8;

/// At most this many bytes of a field are printed. A broker may send long fields.
const BYTES_OF_A_FIELD: usize = 8 * BYTES_IN_A_ROW;

/// Prints a line for each field, and more lines for long fields.
pub(crate) fn dump(out: &mut impl Write, decoder: &Decoder, frame: &[u8]) -> Result<()> {
    let mut spans = Vec::new();
    decoder.dissect(frame, |span| spans.push(span))?;
    let mut shown = 0;
    for span in spans {
        // If several fields share a byte, only the first line shows the byte.
        let bytes = if span.offset < shown { &[] } else { span.bytes };
        let offset = if bytes.is_empty() { String::new() } else { span.offset.to_string() };
        shown = shown.max(span.offset + span.bytes.len());

        let (bytes, hidden) = bytes.split_at(bytes.len().min(BYTES_OF_A_FIELD));
        let mut rows = bytes.chunks(BYTES_IN_A_ROW).map(hex);
        let first_row = rows.next().unwrap_or_default();
        writeln!(out, "{offset:>4}  {first_row:<23}  {}", caption(&span))?;
        for row in rows {
            writeln!(out, "      {row}")?;
        }
        if !hidden.is_empty() {
            writeln!(out, "      … {} bytes more", hidden.len())?;
        }
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

fn caption(span: &Span<'_>) -> String {
    let caption = format!("{}: {}", span.field.name(), value(span));
    match span.bits() {
        Some(_) => format!("  {}  {caption}", bits(span)),
        None => caption,
    }
}

/// Formats bits as `...0 1...`, with dots for the bits of other fields.
fn bits(span: &Span<'_>) -> String {
    let byte = u8::try_from(integer(span.bytes)).unwrap_or_default();
    let digit = |bit: u8| match (span.mask >> bit & 1, byte >> bit & 1) {
        (0, _) => '.',
        (_, 0) => '0',
        _ => '1',
    };
    let half = |bits: [u8; 4]| bits.map(digit).iter().collect::<String>();
    format!("{} {}", half([7, 6, 5, 4]), half([3, 2, 1, 0]))
}

fn value(span: &Span<'_>) -> String {
    let after_length = span.bytes.get(2..).unwrap_or_default();
    match span.field.format() {
        Format::Bits => span.bits().unwrap_or_default().to_string(),
        Format::Byte | Format::TwoByteInteger | Format::FourByteInteger => integer(span.bytes).to_string(),
        Format::VariableByteInteger => variable_byte_integer(span.bytes).to_string(),
        Format::Utf8String | Format::BinaryData => text(after_length),
        Format::Payload => text(span.bytes),
        _ => format!("{} bytes", span.bytes.len()),
    }
}

fn text(bytes: &[u8]) -> String {
    let (shown, hidden) = bytes.split_at(bytes.len().min(BYTES_OF_A_FIELD));
    format!("{:?}{}", String::from_utf8_lossy(shown), if hidden.is_empty() { "" } else { "…" })
}

fn integer(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

fn variable_byte_integer(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |sum, byte| sum << 7 | u32::from(byte & 0x7f))
}
