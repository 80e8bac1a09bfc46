//! Debug logs of Mbed TLS: rows of 16 bytes below a line that gives their number.
//!
//! ```text
//! ssl_msg.c:2345: |4| dumping 'output payload' (15 bytes)
//! ssl_msg.c:2345: |4| 0000:  10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61     ....MQTT...<..a
//! ```

use super::scan::lines;
use super::{Fault, Form, Reading, dump};

const PER_ROW: usize = 16;

/// Returns the bytes of all dumps in their order, if the text has such dumps.
pub(super) fn read(text: &str) -> Result<Option<Reading>, Fault> {
    if !text.contains("| ") || !lines(text).any(|(_, line)| message(line).and_then(Heading::of).is_some()) {
        return Ok(None);
    }
    let (mut reading, mut dumps) = (Reading::new(Form::MbedTls), Dumps::default());
    for (start, line) in lines(text).filter(|(_, line)| !line.trim().is_empty()) {
        let message = message(line).unwrap_or("");
        let at = start + line.len() - message.len();
        if let Some(heading) = Heading::of(message) {
            dumps.begin(at, heading, &mut reading)?;
            reading.left_out += 1;
            reading.push(at..at + message.len(), &[]);
        } else if !dumps.row(at, message, &mut reading)? {
            reading.left_out += 1;
        }
    }
    dumps.check_end(text.trim_end().len())?;
    Ok(Some(reading))
}

/// The text after the mark of the level, `|4| `, and after an address.
fn message(line: &str) -> Option<&str> {
    let bar = line.find(": |")? + ": |".len();
    let rest = line[bar..].strip_prefix(|c: char| c.is_ascii_digit())?.strip_prefix("| ")?;
    let is_address = |word: &str| word.starts_with("0x") && word.len() > "0x".len();
    Some(rest.split_once(": ").filter(|(word, _)| is_address(word)).map_or(rest, |(_, rest)| rest))
}

/// `dumping 'output payload' (15 bytes)`
#[derive(Clone, Copy)]
struct Heading<'t> {
    name: &'t str,
    len: usize,
}

impl<'t> Heading<'t> {
    fn of(message: &'t str) -> Option<Self> {
        let (name, rest) = message.strip_prefix("dumping '")?.split_once("' (")?;
        let len = rest.split_once(" bytes)")?.0.parse().ok()?;
        Some(Self { name, len })
    }
}

/// The dumps so far.
#[derive(Default)]
struct Dumps<'t> {
    last: Option<Heading<'t>>,
    /// The number of bytes of the last dump.
    count: usize,
}

impl<'t> Dumps<'t> {
    fn begin(&mut self, at: usize, heading: Heading<'t>, reading: &mut Reading) -> Result<(), Fault> {
        self.check_end(at)?;
        if let Some(last) = self.last.filter(|last| last.name != heading.name) {
            let what = format!(
                "the dumps are of {:?} and of {:?}: give the dumps of one of them",
                last.name, heading.name
            );
            return Err(Fault::new(at, what));
        }
        if self.last.is_some() && heading.len > 0 {
            reading.begins.push(reading.bytes.len());
        }
        (self.last, self.count) = (Some(heading), 0);
        Ok(())
    }

    /// Whether the message is the next row of the dump.
    fn row(&mut self, at: usize, message: &str, reading: &mut Reading) -> Result<bool, Fault> {
        let Some(missing) = self.missing().filter(|missing| *missing > 0) else { return Ok(false) };
        let row = dump::row(at, message).filter(|row| row.offset(16) == Some(self.count as u64));
        let Some(row) = row else { return Ok(false) };
        let (bytes, end) = row.read(Some(missing.min(PER_ROW) as u64), Some(PER_ROW as u64))?;
        self.count += bytes.len();
        reading.push(at..end, &bytes);
        Ok(true)
    }

    fn missing(&self) -> Option<usize> {
        self.last.map(|last| last.len.saturating_sub(self.count))
    }

    fn check_end(&self, at: usize) -> Result<(), Fault> {
        match self.missing() {
            Some(missing @ 1..) => Err(Fault::new(at, format!("{missing} bytes of the dump are missing"))),
            _ => Ok(()),
        }
    }
}
