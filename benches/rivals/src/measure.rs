//! Measures time, instructions and allocations of all cells.

use rivals::cell::Cell;
use rivals::row::Action;
use std::error::Error;
use std::process::Command;
use std::time::Instant;

/// The figures of a cell, for one packet.
pub struct Figures {
    /// The nanoseconds of each round.
    rounds: Vec<f64>,
    pub instructions: f64,
    pub allocations: f64,
}

impl Figures {
    /// Returns the fastest of all rounds, in nanoseconds.
    pub fn fastest(&self) -> f64 {
        self.rounds.iter().copied().fold(f64::INFINITY, f64::min)
    }

    pub fn median(&self) -> f64 {
        median(self.rounds.clone())
    }

    /// Returns how many times as long this cell took as the other: the median of the ratios of all rounds. In each round both
    /// cells take their turn, so that other load on the machine affects both and cancels out.
    pub fn times_as_long_as(&self, other: &Self) -> f64 {
        median(self.rounds.iter().zip(&other.rounds).map(|(this, other)| this / other).collect())
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Figures with the names of the cell.
pub struct Measured {
    pub row: String,
    pub action: Action,
    pub codec: &'static str,
    pub figures: Figures,
}

/// Measures all cells. Takes a minute or two.
pub fn measure(mut cells: Vec<Cell>, rounds: usize) -> Result<Vec<Measured>, Box<dyn Error>> {
    let times = time(&mut cells, rounds);
    let allocations = allocations()?;
    let names: Vec<_> = cells
        .iter()
        .map(|cell| (cell.row.name.clone(), cell.action, cell.codec, cell.row.packets as f64))
        .collect();
    let instructions = count(cells)?;
    if allocations.len() != names.len() || instructions.len() != names.len() {
        return Err("the three measurements are not of the same cells".into());
    }
    let each = names.into_iter().zip(times).zip(instructions.into_iter().zip(allocations));
    Ok(each
        .map(|(((row, action, codec, packets), rounds), (count, allocations))| {
            let instructions = count as f64 / packets;
            let figures = Figures { rounds, instructions, allocations };
            Measured { row, action, codec, figures }
        })
        .collect())
}

/// Counts the instructions of all cells. Inside valgrind this function does not return.
pub fn count(cells: Vec<Cell>) -> Result<Vec<u64>, Box<dyn Error>> {
    let mut works: Vec<_> = cells.into_iter().map(|cell| (String::new(), cell.work)).collect();
    Ok(instructions::count(&mut works)?.into_iter().map(|(_, count)| count).collect())
}

/// Runs all rounds of each cell. In each round all codecs of a row take their turn, so that other
/// load on the machine affects all of them.
fn time(cells: &mut [Cell], rounds: usize) -> Vec<Vec<f64>> {
    let mut times = Vec::new();
    for group in cells.chunk_by_mut(|a, b| std::ptr::eq(a.row, b.row) && a.action == b.action) {
        let mut of_group = vec![Vec::with_capacity(rounds); group.len()];
        for round in 0..rounds {
            for place in 0..group.len() {
                let at = (place + round) % group.len();
                group[at].work.prepare();
                let started = Instant::now();
                group[at].work.run();
                let nanoseconds = started.elapsed().as_nanos() as f64;
                of_group[at].push(group[at].per_packet(nanoseconds));
            }
        }
        times.extend(of_group);
    }
    times
}

/// Returns the output of the program beside this one.
pub fn allocations() -> Result<Vec<f64>, Box<dyn Error>> {
    let program = std::env::current_exe()?.with_file_name("allocations");
    let output =
        Command::new(&program).output().map_err(|error| format!("{}: {error}", program.display()))?;
    let lines = String::from_utf8(output.stdout)?;
    Ok(lines.lines().map(str::parse).collect::<Result<_, _>>()?)
}
