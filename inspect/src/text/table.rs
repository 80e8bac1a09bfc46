//! Tables with an offset, the bytes and their characters between bars: Netty's `ByteBufUtil.prettyHexDump`, hexyl, and
//! `strace -e write=all`.
//!
//! ```text
//!          +-------------------------------------------------+
//!          |  0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f |
//! +--------+-------------------------------------------------+----------------+
//! |00000000| 10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61    |....MQTT...<..a |
//! +--------+-------------------------------------------------+----------------+
//! ```

use super::scan::lines;
use super::{Fault, Form, Reading, dump};
use std::ops::Range;

const PER_ROW: usize = 16;

/// Returns the bytes of all tables in their order, if the text has such rows.
pub(super) fn read(text: &str) -> Result<Option<Reading>, Fault> {
    if !lines(text).any(|(start, line)| row(start, line).is_some()) {
        return Ok(None);
    }
    let (mut reading, mut count) = (Reading::new(Form::Table), 0);
    for (start, line) in lines(text).filter(|(_, line)| !line.trim().is_empty()) {
        let Some((offset, row)) = row(start, line) else {
            reading.left_out += 1;
            continue;
        };
        // Another table begins at 0.
        count = if offset == 0 { 0 } else { count };
        if offset != count {
            return Err(Fault::new(start, format!("the row of byte {count} is expected here")));
        }
        let row = row?;
        count += row.bytes.len() as u64;
        reading.push(row.place, &row.bytes);
    }
    Ok(Some(reading))
}

/// Whether the line is a row of a table.
pub(super) fn is_row(line: &str) -> bool {
    row(0, line).is_some()
}

struct Row {
    /// From the first bar to the last bar.
    place: Range<usize>,
    bytes: Vec<u8>,
}

/// Returns the offset of a row, and the row.
fn row(start: usize, line: &str) -> Option<(u64, Result<Row, Fault>)> {
    let bar = line.find(['|', '│'])?;
    // In a string, a row is characters.
    if line[..bar].contains(['"', '\'', '\\']) {
        return None;
    }
    let frame = line[bar..].chars().next()?;
    let inner = &line[bar + frame.len_utf8()..];
    let Some((offset, rest)) = inner.split_once(frame).filter(|(offset, _)| offset.len() == 8) else {
        return row_of_strace(start, line);
    };
    let offset = u64::from_str_radix(offset, 16).ok()?;
    let (cell, shown) = rest.split_once(frame)?;
    let at = start + line.len() - rest.len();
    let row = bytes(cell, at).and_then(|bytes| checked(bytes, shown, frame, at)).map(|bytes| {
        let after = after_characters(shown, bytes.len(), frame);
        Row { place: start + bar..start + line.len() - after.len(), bytes }
    });
    Some((offset, row))
}

/// Returns the text after the bar that closes the column of characters. A bar among the characters can be a byte.
fn after_characters(shown: &str, count: usize, frame: char) -> &str {
    let (end, _) = shown.char_indices().nth(count).unwrap_or((shown.len(), ' '));
    shown[end..].split_once(frame).map_or("", |(_, after)| after)
}

fn bytes(cell: &str, at: usize) -> Result<Vec<u8>, Fault> {
    // hexyl writes a line between the halves.
    let words = cell.split(|c: char| c.is_whitespace() || c == '┊').filter(|word| !word.is_empty());
    let byte = |word: &str| u8::from_str_radix(word, 16).ok().filter(|_| word.len() == 2);
    match words.map(byte).collect::<Option<Vec<_>>>() {
        Some(bytes) if (1..=PER_ROW).contains(&bytes.len()) => Ok(bytes),
        _ => Err(Fault::new(at, "at most 16 bytes are expected here, each with two hexadecimal digits")),
    }
}

/// Refuses a row with the characters of other bytes. hexyl has characters of its own.
fn checked(bytes: Vec<u8>, shown: &str, frame: char, at: usize) -> Result<Vec<u8>, Fault> {
    let shown = shown.get(..bytes.len()).unwrap_or(shown);
    match frame == '|' && dump::contradicts(shown, &bytes) {
        true => Err(Fault::new(at, "the characters on the right are not those of the bytes")),
        false => Ok(bytes),
    }
}

/// Matches ` | 00000  10 0d 00 04 4d 51 54 54  04 02 00 3c 00 01 61     ....MQTT...<..a  |`.
fn row_of_strace(start: usize, line: &str) -> Option<(u64, Result<Row, Fault>)> {
    const DIGITS: usize = 5;
    let inner = line.trim_end().strip_prefix(" | ")?.strip_suffix('|')?;
    let digits = inner.bytes().take_while(u8::is_ascii_hexdigit).count();
    let row = dump::row(start + " | ".len(), inner).filter(|_| digits >= DIGITS)?;
    let read = row.read(None, Some(PER_ROW as u64));
    Some((row.offset(16)?, read.map(|(bytes, end)| Row { place: start..end, bytes })))
}
