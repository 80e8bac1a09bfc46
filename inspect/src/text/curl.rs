//! The output of `curl --trace`: a heading for each piece that was sent or received, and then a dump of its bytes.
//!
//! ```text
//! => Send header, 26 bytes (0x1a)
//! 0000: 10 18 00 04 4d 51 54 54 04 02 00 3c 00 0c 63 75 ....MQTT...<..cu
//! 0010: 72 6c 64 62 30 62 66 38 30 38                   rldb0bf808
//! ```

use super::scan::lines;
use super::{Fault, Form, Reading, dump};

const PER_ROW: u64 = 16;

/// Returns the bytes of all pieces in their order, if the text is such a trace.
pub(super) fn read(text: &str) -> Result<Option<Reading>, Fault> {
    if !lines(text).any(|(_, line)| Heading::of(line).is_some()) {
        return Ok(None);
    }
    let mut reading = Reading::new(Form::CurlTrace);
    let mut piece = Piece::default();
    for (start, line) in lines(text).filter(|(_, line)| !line.trim().is_empty()) {
        if let Some(heading) = Heading::of(line) {
            piece.end(start)?;
            piece = Piece { heading, done: 0 };
            reading.push(start..start + line.len(), &[]);
        } else if piece.missing() > 0 {
            let (row, end) = piece.row(start, line)?;
            let is_encrypted = piece.heading.is_encrypted;
            reading.left_out += usize::from(is_encrypted);
            reading.push(start..end, if is_encrypted { &[] } else { &row });
        } else {
            reading.left_out += 1;
        }
    }
    piece.end(text.len())?;
    Ok(Some(reading))
}

/// Matches `=> Send header, 26 bytes (0x1a)`. With `--trace-time` and `--trace-ids` a time and numbers precede it.
#[derive(Default)]
struct Heading {
    len: u64,
    /// These bytes are encrypted with TLS. curl prints the same bytes again after decryption.
    is_encrypted: bool,
}

impl Heading {
    fn of(line: &str) -> Option<Self> {
        let at = line.find("=> Send ").or_else(|| line.find("<= Recv "))?;
        let is_time = |c: char| c.is_ascii_digit() || " :.[]-".contains(c);
        if !line[..at].chars().all(is_time) {
            return None;
        }
        let (name, rest) = line[at + "=> Send ".len()..].split_once(", ")?;
        let (len, _) = rest.split_once(" bytes (0x")?;
        let is_encrypted = name == "SSL data";
        matches!(name, "header" | "data" | "SSL data").then_some(())?;
        Some(Self { len: len.parse().ok()?, is_encrypted })
    }
}

/// The bytes below a heading.
#[derive(Default)]
struct Piece {
    heading: Heading,
    done: u64,
}

impl Piece {
    fn missing(&self) -> u64 {
        self.heading.len - self.done
    }

    fn row(&mut self, start: usize, line: &str) -> Result<(Vec<u8>, usize), Fault> {
        let count = self.missing().min(PER_ROW);
        let row = dump::row(start, line).filter(|row| row.offset(16) == Some(self.done));
        let Some(Ok(row)) = row.map(|row| row.read(Some(count), Some(PER_ROW))) else {
            let what = format!(
                "{count} bytes are expected here: `curl --trace` prints them, `--trace-ascii` does not"
            );
            return Err(Fault::new(start, what));
        };
        self.done += count;
        Ok(row)
    }

    fn end(&self, at: usize) -> Result<(), Fault> {
        match self.missing() {
            0 => Ok(()),
            missing => Err(Fault::new(at, format!("{missing} more bytes of this piece are expected here"))),
        }
    }
}
