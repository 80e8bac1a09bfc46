//! The tables.

use crate::measure::{Figures, Measured};
use rivals::cell::Missing;
use rivals::codecs::{BORROWS, FLOOR, LENT, OURS, OWNED, PORT, PORTED};
use rivals::row::Action;
use std::fmt::Write;
use std::process::Command;

/// The actions with their headings.
pub const ACTIONS: [(Action, &str); 4] = [
    (Action::Decode, "Decode"),
    (Action::Read, "Decode and read every item"),
    (Action::Encode, "Encode"),
    (Action::Relay, "Relay"),
];

/// What a cell shows.
type Show = (&'static str, fn(&Figures) -> String);

const SHOWN: [Show; 3] = [
    ("instructions", |figures| format!("{:.0}", figures.instructions)),
    ("nanoseconds (median)", |figures| {
        format!("{} ({})", digits(figures.fastest()), digits(figures.median()))
    }),
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
pub fn of_row<'m>(measured: &'m [Measured], action: Action, row: &str) -> Vec<Named<'m>> {
    measured.iter().filter(|m| m.action == action && m.row == row).map(|m| (m.codec, &m.figures)).collect()
}

/// Whether it is another codec.
pub fn is_rival(codec: &str) -> bool {
    ![OURS, LENT, OWNED, PORT, FLOOR].contains(&codec)
}

/// Whether what it decodes may outlive the buffer.
pub fn owns(codec: &str) -> bool {
    codec != BORROWS
}

/// A codec's name, and its figures.
type Named<'m> = (&'static str, &'m Figures);

pub fn find<'m>(of_row: &[Named<'m>], codec: &str) -> Option<&'m Figures> {
    of_row.iter().find(|(name, _)| *name == codec).map(|(_, figures)| *figures)
}

/// The rival with the least of what is asked for, among those that will do.
pub fn best<'m>(
    of_row: &[Named<'m>],
    of: fn(&Figures) -> f64,
    will_do: fn(&str) -> bool,
) -> Option<Named<'m>> {
    let rivals = of_row.iter().filter(|(codec, _)| is_rival(codec) && will_do(codec)).copied();
    rivals.min_by(|a, b| of(a.1).total_cmp(&of(b.1)))
}

/// The whole page, but for the growth.
pub fn page(measured: &[Measured], missing: &[Missing], rounds: usize) -> String {
    let mut page = header(rounds);
    for (action, heading) in ACTIONS {
        write!(page, "\n## {heading}\n\n{}\n\n", what(action)).expect("a string");
        page.push_str(&in_instructions(measured, action));
        page.push('\n');
        page.push_str(&in_time(measured, action));
    }
    write!(page, "\n## A port\n\n{}", port(measured)).expect("a string");
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
         All figures are for one packet. Instructions were counted by callgrind, and are the same at each run. \
         Nanoseconds are those of the fastest of {rounds} rounds. In each round all codecs of a row had their turn: \
         *times as long* is the median of the rounds of the other's time over ours, so that it hardly depends on what else \
         the machine did. Above 1, mqtt-wire is ahead; **below 1, in bold, the other one is**. Allocations were counted \
         by a counting allocator. The floor is a parser by hand with bounds checks and `core::str::from_utf8` only, which \
         checks nothing else and makes no lists; for encoding, it is copying the bytes.\n",
        processor(),
        std::thread::available_parallelism().map_or(0, usize::from),
        output("uname", &["-sm"]),
        output("rustc", &["--version"]),
        output("date", &["-u", "+%Y-%m-%d"]),
        versions(),
    )
}

/// What the three columns of this crate are.
fn what(action: Action) -> &'static str {
    match action {
        Action::Decode | Action::Read => {
            "*slice*: `decode`, which borrows. *lent*: out of a reader's buffer (`stream::ReadBuffer`). *owned*: split off a \
             `BytesMut` (`split_frame`), decoded once, dropped. The packets of all others but mqttrs are owned."
        }
        Action::Encode => {
            "*slice*: packets as users make them. *lent*: packets as they were decoded, whose lists lie on the wire. *owned*: \
             an `OwnedPacket`. The others encode what they have decoded."
        }
        Action::Relay => {
            "A PUBLISH comes in, gets another Packet Identifier, and goes out. *slice*: `decode`, `encode`, not for large payloads. *lent*: \
             `ReadBuffer` and `WriteBuffer`; from 16 KiB on \
             `next_head` and `push_head`, and the payload flows through the reader's buffer, of which the copying into it is counted. *owned*: `split_frame`, \
             `encode_to`."
        }
    }
}

fn in_instructions(measured: &[Measured], action: Action) -> String {
    let mut table = String::from(
        "| instructions | slice | lent | owned | fewest of another | it over slice | fewest of another that owns | it over owned | floor |\n\
         | --- | --: | --: | --: | --: | --: | --: | --: | --: |\n",
    );
    let count = |figures: &Figures| figures.instructions;
    for row in rows(measured, action) {
        let of_row = of_row(measured, action, row);
        let show =
            |codec| find(&of_row, codec).map_or(String::new(), |figures| format!("{:.0}", count(figures)));
        let rival = |ours, will_do| {
            let (Some((name, other)), Some(ours)) = (best(&of_row, count, will_do), find(&of_row, ours))
            else {
                return " | ".into();
            };
            format!("{name} {:.0} | {}", count(other), ratio(count(other) / count(ours)))
        };
        let (any, owning) = (rival(OURS, |_| true), rival(OWNED, owns));
        let [slice, lent, owned, floor] = [OURS, LENT, OWNED, FLOOR].map(show);
        writeln!(table, "| {row} | {slice} | {lent} | {owned} | {any} | {owning} | {floor} |")
            .expect("a string");
    }
    table
}

fn in_time(measured: &[Measured], action: Action) -> String {
    let mut table = String::from(
        "| nanoseconds | slice | lent | owned | fastest other | times as long as slice | fastest other that owns | times as long as owned | floor |\n\
         | --- | --: | --: | --: | --: | --: | --: | --: | --: |\n",
    );
    for row in rows(measured, action) {
        let of_row = of_row(measured, action, row);
        let show = |codec| find(&of_row, codec).map_or(String::new(), |figures| digits(figures.fastest()));
        let rival = |ours, will_do| {
            let fastest = best(&of_row, Figures::fastest, will_do);
            let (Some((name, other)), Some(ours)) = (fastest, find(&of_row, ours)) else {
                return " | ".into();
            };
            format!("{name} {} | {}", digits(other.fastest()), ratio(other.times_as_long_as(ours)))
        };
        let (any, owning) = (rival(OURS, |_| true), rival(OWNED, owns));
        let [slice, lent, owned, floor] = [OURS, LENT, OWNED, FLOOR].map(show);
        writeln!(table, "| {row} | {slice} | {lent} | {owned} | {any} | {owning} | {floor} |")
            .expect("a string");
    }
    table
}

/// The port beside the codec whose types it has.
fn port(measured: &[Measured]) -> String {
    let mut table = String::from(
        "The example [`own_packets`](../../../examples/own_packets/packets.rs) has packet types of a client's own, like those of \
         rumqttc, and reads and writes them with this crate. The figures of the port over those of rumqttc's codec: up to 1 the \
         port is ahead; **above 1, in bold, rumqttc is**.\n\n\
         | | instructions: port | rumqttc | port / rumqttc | time: port / rumqttc | allocations: port | rumqttc |\n\
         | --- | --: | --: | --: | --: | --: | --: |\n",
    );
    for (action, heading) in ACTIONS.into_iter().filter(|(action, _)| *action != Action::Read) {
        for row in rows(measured, action) {
            let of_row = of_row(measured, action, row);
            let (Some(port), Some(theirs)) = (find(&of_row, PORT), find(&of_row, PORTED)) else { continue };
            let worse =
                |figure: f64| if figure > 1.0 { format!("**{figure:.2}**") } else { format!("{figure:.2}") };
            writeln!(
                table,
                "| {heading} {row} | {:.0} | {:.0} | {} | {} | {} | {} |",
                port.instructions,
                theirs.instructions,
                worse(port.instructions / theirs.instructions),
                worse(port.times_as_long_as(theirs)),
                digits(port.allocations),
                digits(theirs.allocations),
            )
            .expect("a string");
        }
    }
    table
}

/// Bold where another is ahead.
fn ratio(ratio: f64) -> String {
    if ratio < 1.0 { format!("**{ratio:.2}**") } else { format!("{ratio:.2}") }
}

fn full(measured: &[Measured], action: Action, show: fn(&Figures) -> String) -> String {
    let mut codecs: Vec<&str> = Vec::new();
    for each in measured.iter().filter(|m| m.action == action) {
        if !codecs.contains(&each.codec) && each.codec != FLOOR {
            codecs.push(each.codec);
        }
    }
    if action != Action::Relay {
        codecs.push(FLOOR);
    }
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
    names.sort_unstable();
    names.dedup();
    names.iter().filter_map(|name| version(name)).collect::<Vec<_>>().join(", ")
}
