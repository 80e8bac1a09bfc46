//! Bytes as text, and the lengths of unreadable fields.

use mqtt_wire::inspect::{Field, Format};

/// Returns the length of a field that could not be read, in bytes.
pub(crate) fn extent(field: Field, rest: &[u8]) -> usize {
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

/// Returns the length of a field with a length prefix, including the prefix.
pub(crate) fn prefixed_len(bytes: &[u8]) -> usize {
    bytes.get(..2).map_or(bytes.len(), |prefix| 2 + integer(prefix) as usize)
}

pub(crate) fn after_length(bytes: &[u8]) -> &[u8] {
    bytes.get(2..).unwrap_or_default()
}

pub(crate) fn integer(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

pub(crate) fn varint(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |sum, byte| sum << 7 | u32::from(byte & 0x7f))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// Formats text in quotes, with escapes for invisible characters and for bytes that are not text.
pub(crate) fn quoted(bytes: &[u8]) -> String {
    let chunks = bytes.utf8_chunks();
    let text =
        chunks.map(|chunk| format!("{}{}", chunk.valid().escape_debug(), chunk.invalid().escape_ascii()));
    format!("\"{}\"", text.collect::<String>())
}

/// Formats bytes as text if they are text.
pub(crate) fn text_or_count(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok("") => "empty".to_owned(),
        Ok(text) if !text.contains(|c: char| c.is_control() && !c.is_whitespace()) => quoted(bytes),
        _ => count(bytes.len()),
    }
}

pub(crate) fn count(len: usize) -> String {
    if len == 1 { "1 byte".to_owned() } else { format!("{len} bytes") }
}
