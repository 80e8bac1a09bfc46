//! Writes the tables.

use crate::measure::{Figures, Measured};
use rivals::cell::Missing;
use rivals::codecs::{BORROWS, FLOOR, FRAME, LENT, OURS, OWNED, PORT, PORTED};
use rivals::row::Action;
use std::fmt::Write;
use std::process::Command;

pub const ACTIONS: [(Action, &str); 4] = [
    (Action::Decode, "Decode"),
    (Action::Read, "Decode and read every item"),
    (Action::Encode, "Encode"),
    (Action::Relay, "Relay"),
];

/// The content of a cell.
type Show = (&'static str, fn(&Figures) -> String);

const SHOWN: [Show; 3] = [
    ("instructions", |figures| format!("{:.0}", figures.instructions)),
    ("nanoseconds (median)", |figures| {
        format!("{} ({})", digits(figures.fastest()), digits(figures.median()))
    }),
    ("heap allocations", |figures| digits(figures.allocations)),
];

/// Returns the rows of an action, in order.
pub fn rows(measured: &[Measured], action: Action) -> Vec<&str> {
    let mut rows: Vec<&str> =
        measured.iter().filter(|m| m.action == action).map(|m| m.row.as_str()).collect();
    rows.dedup();
    rows
}

/// Returns the figures of one row by codec.
pub fn of_row<'m>(measured: &'m [Measured], action: Action, row: &str) -> Vec<Named<'m>> {
    measured.iter().filter(|m| m.action == action && m.row == row).map(|m| (m.codec, &m.figures)).collect()
}

/// Whether the codec belongs to another crate.
pub fn is_rival(codec: &str) -> bool {
    ![OURS, LENT, OWNED, FRAME, PORT, FLOOR].contains(&codec)
}

/// Whether a decoded packet may outlive the buffer.
pub fn owns(codec: &str) -> bool {
    codec != BORROWS
}

/// The name of a codec and its figures.
type Named<'m> = (&'static str, &'m Figures);

pub fn find<'m>(of_row: &[Named<'m>], codec: &str) -> Option<&'m Figures> {
    of_row.iter().find(|(name, _)| *name == codec).map(|(_, figures)| *figures)
}

/// Returns the accepted rival with the smallest figure.
pub fn best<'m>(
    of_row: &[Named<'m>],
    of: fn(&Figures) -> f64,
    will_do: fn(&str) -> bool,
) -> Option<Named<'m>> {
    let rivals = of_row.iter().filter(|(codec, _)| is_rival(codec) && will_do(codec)).copied();
    rivals.min_by(|a, b| of(a.1).total_cmp(&of(b.1)))
}

/// Returns the whole page, except the tables of growth.
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
    page.push_str("\n## Empty cells\n\nA codec without a cell does not support the version, or has failed the check:\n\n");
    for Missing { row, codec, reason } in missing {
        writeln!(page, "- {codec}, {}: {reason}.", row.name).expect("a string");
    }
    page
}

fn header(rounds: usize) -> String {
    format!(
        "# Figures\n\n\
         `cargo run --release --manifest-path benches/rivals/Cargo.toml -- tables` makes this page. The \
         [README](../README.md) describes how each codec is called.\n\n\
         - Machine: {}, {} threads; {}.\n- {}; {}.\n- Codecs: {}.\n\n\
         All figures are for one packet. Callgrind counted the instructions; the counts are the same in each \
         run. Nanoseconds are those of the fastest of {rounds} rounds. In each round all codecs of a row took \
         their turn. *Times as long* is the time of the rival divided by the time of mqtt-wire: the median of \
         the ratios of all rounds, so that other load on the machine hardly changes it. Above 1, mqtt-wire is \
         faster; **below 1, in bold, the rival is faster**. A counting allocator counted the allocations. The \
         floor is a hand-written parser with bounds checks and `core::str::from_utf8`; it checks nothing else \
         and builds no lists. The floor for encoding is a copy of the bytes.\n",
        processor(),
        std::thread::available_parallelism().map_or(0, usize::from),
        output("uname", &["-sm"]),
        output("rustc", &["--version"]),
        output("date", &["-u", "+%Y-%m-%d"]),
        versions(),
    )
}

/// Describes the columns of this crate.
fn what(action: Action) -> &'static str {
    match action {
        Action::Decode | Action::Read => {
            "*slice*: `decode`; the packet borrows from the slice. *lent*: the packet borrows from a reader's \
             buffer (`stream::ReadBuffer`). *owned*: the packet is decoded in a `BytesMut`, looked at, split off \
             and dropped (`decode_owned_with`). The packets of all rivals except mqttrs are owned. If you look \
             at an `OwnedPacket` later, it is decoded again. *frame*: the packet is split off first \
             (`split_frame`), and then decoded and dropped. A frame can be decoded in another task."
        }
        Action::Encode => {
            "*slice*: packets that users have built. *lent*: decoded packets, whose lists are still encoded. \
             *owned*: an `OwnedPacket`. The rivals encode the packets that they have decoded."
        }
        Action::Relay => {
            "A PUBLISH arrives, gets another Packet Identifier, and is sent. *slice*: `decode` and `encode`, \
             without large payloads. *lent*: `ReadBuffer` and `WriteBuffer`; from 16 KiB on `next_head` and \
             `push_head`: the payload passes through the reader's buffer, and the copy into that buffer is \
             counted. *owned*: `split_frame` and `encode_to`."
        }
    }
}

fn in_instructions(measured: &[Measured], action: Action) -> String {
    let count = |figures: &Figures| figures.instructions;
    let mut table = heading(
        action,
        "instructions",
        ["fewest of a rival", "rival / slice", "rival / owned", "rival / frame"],
    );
    for row in rows(measured, action) {
        let of_row = of_row(measured, action, row);
        let show = |codec: &str| {
            find(&of_row, codec).map_or(String::new(), |figures| format!("{:.0}", count(figures)))
        };
        let rival = |ours: &str, will_do: fn(&str) -> bool| {
            let (name, other) = best(&of_row, count, will_do)?;
            let ours = find(&of_row, ours)?;
            Some((format!("{name} {:.0}", count(other)), ratio(count(other) / count(ours))))
        };
        table.push_str(&line(action, row, show, rival));
    }
    table
}

fn in_time(measured: &[Measured], action: Action) -> String {
    let times =
        ["fastest rival", "times as long as slice", "times as long as owned", "times as long as frame"];
    let mut table = heading(action, "nanoseconds", times);
    for row in rows(measured, action) {
        let of_row = of_row(measured, action, row);
        let show =
            |codec: &str| find(&of_row, codec).map_or(String::new(), |figures| digits(figures.fastest()));
        let rival = |ours: &str, will_do: fn(&str) -> bool| {
            let (name, other) = best(&of_row, Figures::fastest, will_do)?;
            let ours = find(&of_row, ours)?;
            Some((format!("{name} {}", digits(other.fastest())), ratio(other.times_as_long_as(ours))))
        };
        table.push_str(&line(action, row, show, rival));
    }
    table
}

/// The first two lines of a table that compares this crate with the best rivals. Only decoding has frames.
fn heading(action: Action, unit: &str, [best, slice, owned, frame]: [&str; 4]) -> String {
    let mut cells = vec![unit, "slice", "lent", "owned"];
    cells.extend(has_frames(action).then_some("frame"));
    let owns = format!("{best} that owns");
    cells.extend([best, slice, &owns, owned]);
    cells.extend(has_frames(action).then_some(frame));
    cells.push("floor");
    format!("| {} |\n| --- |{}\n", cells.join(" | "), " --: |".repeat(cells.len() - 1))
}

/// A row of the table. `show` gives the figure of a codec. `rival` gives the best rival that will do, and its ratio to the codec.
fn line(
    action: Action,
    row: &str,
    show: impl Fn(&str) -> String,
    rival: impl Fn(&str, fn(&str) -> bool) -> Option<(String, String)>,
) -> String {
    let (any, of_slice) = rival(OURS, |_| true).unwrap_or_default();
    let (owning, of_owned) = rival(OWNED, owns).unwrap_or_default();
    let mut cells = vec![row.into(), show(OURS), show(LENT), show(OWNED)];
    cells.extend(has_frames(action).then(|| show(FRAME)));
    cells.extend([any, of_slice, owning, of_owned]);
    cells.extend(has_frames(action).then(|| rival(FRAME, owns).unwrap_or_default().1));
    cells.push(show(FLOOR));
    format!("| {} |\n", cells.join(" | "))
}

fn has_frames(action: Action) -> bool {
    matches!(action, Action::Decode | Action::Read)
}

/// Compares the port with the codec whose types it has.
fn port(measured: &[Measured]) -> String {
    let mut table = String::from(
        "The example [`own_packets`](../../../examples/own_packets/packets.rs) defines a client's own packet \
         types, like those of rumqttc, and decodes and encodes them with mqtt-wire. A ratio is the figure of the \
         port divided by that of rumqttc's codec. Up to 1 the port is ahead; **above 1, in bold, rumqttc is \
         ahead**.\n\n\
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

/// A ratio is bold if the rival is ahead.
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

/// Formats a number with its significant digits.
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

/// Returns the versions of the codecs, from the lock file.
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
