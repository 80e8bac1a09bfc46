//! The tables.

use crate::measure::{Figures, Measured};
use rivals::cell::Missing;
use rivals::codecs::{FLOOR, OURS};
use rivals::row::Action;
use std::fmt::Write;
use std::process::Command;

/// The three actions with their headings.
pub const ACTIONS: [(Action, &str); 3] =
    [(Action::Decode, "Decode"), (Action::Read, "Decode and read every item"), (Action::Encode, "Encode")];

/// What a cell shows.
type Show = (&'static str, fn(&Figures) -> String);

const SHOWN: [Show; 3] = [
    ("nanoseconds (median)", |figures| format!("{} ({})", digits(figures.fastest), digits(figures.median))),
    ("instructions", |figures| format!("{:.0}", figures.instructions)),
    ("heap allocations", |figures| digits(figures.allocations)),
];

/// The rows of an action, in their order.
pub fn rows(measured: &[Measured], action: Action) -> Vec<&str> {
    let mut rows: Vec<&str> =
        measured.iter().filter(|m| m.action == action).map(|m| m.row.as_str()).collect();
    rows.dedup();
    rows
}

/// The figures of one row by codec.
pub fn of_row<'m>(measured: &'m [Measured], action: Action, row: &str) -> Vec<(&'static str, &'m Figures)> {
    measured.iter().filter(|m| m.action == action && m.row == row).map(|m| (m.codec, &m.figures)).collect()
}

/// This crate's, the best other one's by time, and the floor's.
pub fn compared<'m>(of_row: &[(&'static str, &'m Figures)]) -> Option<Compared<'m>> {
    let find = |name| of_row.iter().find(|(codec, _)| *codec == name).map(|(_, figures)| *figures);
    let others = || of_row.iter().filter(|(codec, _)| ![OURS, FLOOR].contains(codec)).copied();
    Some(Compared {
        ours: find(OURS)?,
        fastest: others().min_by(|a, b| a.1.fastest.total_cmp(&b.1.fastest))?,
        fewest: others().min_by(|a, b| a.1.instructions.total_cmp(&b.1.instructions))?,
        floor: find(FLOOR)?,
    })
}

pub struct Compared<'m> {
    pub ours: &'m Figures,
    pub fastest: (&'static str, &'m Figures),
    pub fewest: (&'static str, &'m Figures),
    pub floor: &'m Figures,
}

/// The whole page, but for the growth.
pub fn page(measured: &[Measured], missing: &[Missing], rounds: usize) -> String {
    let mut page = header(rounds);
    for (action, heading) in ACTIONS {
        write!(page, "\n## {heading}\n\n").expect("a string");
        page.push_str(&summary(measured, action));
    }
    for (action, heading) in ACTIONS {
        for (what, show) in SHOWN {
            write!(page, "\n## {heading}: {what}\n\n").expect("a string");
            page.push_str(&full(measured, action, show));
        }
    }
    page.push_str("\n## Empty cells\n\nWhere a codec has no cell, it does not know the version, or:\n\n");
    for Missing { row, codec, reason } in missing {
        writeln!(page, "- {codec}, {}: {reason}.", row.name).expect("a string");
    }
    page
}

fn header(rounds: usize) -> String {
    format!(
        "# Figures\n\n\
         Made by `cargo run --release --manifest-path benches/rivals/Cargo.toml -- tables`. How each codec is \
         called, and why: [README](../README.md).\n\n\
         - Machine: {}, {} threads; {}.\n- {}; {}.\n- Codecs: {}.\n\n\
         Nanoseconds are those of the fastest of {rounds} rounds, for one packet; in each round all codecs of a row \
         had their turn. Instructions were counted by callgrind, allocations by a counting allocator. The floor \
         is a parser by hand with bounds checks and `core::str::from_utf8` only, which checks nothing else and \
         makes no lists; for encoding, it is copying the bytes.\n",
        processor(),
        std::thread::available_parallelism().map_or(0, usize::from),
        output("uname", &["-sm"]),
        output("rustc", &["--version"]),
        output("date", &["-u", "+%Y-%m-%d"]),
        versions(),
    )
}

fn summary(measured: &[Measured], action: Action) -> String {
    let mut table = String::from(
        "| | mqtt-wire: ns (instructions) | fastest other | fewest instructions of another | floor | faster | of floor |\n\
         | --- | --: | --: | --: | --: | --: | --: |\n",
    );
    let show = |figures: &Figures| format!("{} ({:.0})", digits(figures.fastest), figures.instructions);
    for row in rows(measured, action) {
        let Some(Compared { ours, fastest, fewest, floor }) = compared(&of_row(measured, action, row)) else {
            continue;
        };
        writeln!(
            table,
            "| {row} | **{}** | {} {} | {} {} | {} | {:.1} x | {:.1} x |",
            show(ours),
            fastest.0,
            show(fastest.1),
            fewest.0,
            show(fewest.1),
            show(floor),
            fastest.1.fastest / ours.fastest,
            ours.instructions / floor.instructions,
        )
        .expect("a string");
    }
    table.push_str(
        "\n*faster*: time of the fastest other over ours. *of floor*: our instructions over the floor's.\n",
    );
    table
}

fn full(measured: &[Measured], action: Action, show: fn(&Figures) -> String) -> String {
    let mut codecs: Vec<&str> = Vec::new();
    for each in measured.iter().filter(|m| m.action == action) {
        if !codecs.contains(&each.codec) && each.codec != FLOOR {
            codecs.push(each.codec);
        }
    }
    codecs.push(FLOOR);
    let mut table = format!("| | {} |\n| --- |{}\n", codecs.join(" | "), " --: |".repeat(codecs.len()));
    for row in rows(measured, action) {
        let of_row = of_row(measured, action, row);
        let cell = |codec: &&str| {
            of_row.iter().find(|(name, _)| name == codec).map_or(String::new(), |(_, figures)| show(figures))
        };
        let cells: Vec<_> = codecs.iter().map(cell).collect();
        writeln!(table, "| {row} | {} |", cells.join(" | ")).expect("a string");
    }
    table
}

/// As many digits as mean something.
fn digits(number: f64) -> String {
    if number == number.round() || number >= 100.0 { format!("{number:.0}") } else { format!("{number:.1}") }
}

fn processor() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or("a processor that does not say".into(), |(_, name)| name.to_string())
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map_or(String::new(), |output| String::from_utf8_lossy(&output.stdout).trim().to_string())
}

/// Of the codecs, from the lock file.
fn versions() -> String {
    let lock = include_str!("../Cargo.lock");
    let version = |name: &str| {
        let at = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?.1;
        Some(format!("{name} {}", at.split_once('"')?.0))
    };
    let mut names: Vec<_> = rivals::codecs::codecs().iter().map(|codec| codec.name).collect();
    names.dedup();
    names.iter().filter_map(|name| version(name)).collect::<Vec<_>>().join(", ")
}
