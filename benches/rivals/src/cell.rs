//! A cell of the tables: one codec, one row, one action.

use crate::codec::Entry;
use crate::codecs::{FRAME, LARGEST_LENT, LENT, codecs};
use crate::row::{Action, Row};
use instructions::Work;

pub struct Cell {
    pub row: &'static Row,
    pub action: Action,
    pub codec: &'static str,
    pub work: Box<dyn Work>,
}

/// A codec that fails the check of a row.
pub struct Missing {
    pub row: &'static Row,
    pub codec: &'static str,
    pub reason: String,
}

impl Cell {
    fn new(row: &'static Row, action: Action, codec: &Entry) -> Self {
        let work = match action {
            Action::Decode => (codec.decoding)(row, false),
            Action::Read => (codec.decoding)(row, true),
            Action::Encode => (codec.encoding)(row),
            Action::Relay => (codec.relaying)(row),
        };
        Self { row, action, codec: codec.name, work }
    }

    /// Divides the figure of a batch by the number of packets in the batch.
    pub fn per_packet(&self, batch: f64) -> f64 {
        batch / self.row.packets as f64
    }
}

/// Returns the cells of all codecs that give the right values, grouped by row and action, and the
/// other codecs.
pub fn cells(rows: &'static [Row]) -> (Vec<Cell>, Vec<Missing>) {
    let (mut cells, mut missing) = (Vec::new(), Vec::new());
    for row in rows {
        let mut right = Vec::new();
        for codec in codecs().into_iter().filter(|codec| codec.version == row.version) {
            match codec.check(row) {
                Ok(()) => right.push(codec),
                Err(reason) => missing.push(Missing { row, codec: codec.name, reason }),
            }
        }
        for action in &row.actions {
            let does = |codec: &&Entry| match action {
                Action::Relay => codec.name != FRAME && codec.check_relay(row).is_ok(),
                // The batch does not fit into the buffer of a reader.
                Action::Decode | Action::Read => codec.name != LENT || row.bytes.len() < LARGEST_LENT,
                Action::Encode => codec.name != FRAME,
            };
            cells.extend(right.iter().filter(does).map(|codec| Cell::new(row, *action, codec)));
        }
    }
    (cells, missing)
}
