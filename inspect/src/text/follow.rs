//! The hex dump of "Follow TCP Stream" in Wireshark, and of `-z follow,tcp,hex` in tshark. The rows of the server are indented,
//! and both ends count from 0.
//!
//! ```text
//! 00000000  c0 00                                              ..
//!     00000000  d0 00                                              ..
//! ```

use super::scan::lines;
use super::{Form, Reading, dump};

const PER_ROW: u64 = 16;

/// Returns the bytes of both ends in the order of their rows. The offset of each row must be the number of bytes in the previous rows of
/// the same end.
pub(super) fn read(text: &str) -> Option<Reading> {
    let (mut reading, mut counts) = (Reading::new(Form::Dump), [0, 0]);
    for (start, line) in lines(text).filter(|(_, line)| !line.trim().is_empty()) {
        let Some(row) = dump::row(start, line) else {
            reading.left_out += 1;
            continue;
        };
        let count = match &line[..line.len() - line.trim_start().len()] {
            "" => &mut counts[0],
            "    " | "\t" => &mut counts[1],
            _ => return None,
        };
        let (new, end) = row.read(None, Some(PER_ROW)).ok().filter(|_| row.offset(16) == Some(*count))?;
        *count += new.len() as u64;
        reading.push(start..end, &new);
    }
    (!counts.contains(&0)).then_some(reading)
}
