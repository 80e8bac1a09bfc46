//! `cargo run --release --manifest-path benches/rivals/Cargo.toml -- tables`

mod chart;
mod end_to_end;
mod growth;
mod hostile;
mod measure;
mod report;
mod strictness;

use clap::{Parser, Subcommand};
use mqtt_wire::Version;
use rivals::cell::cells;
use rivals::row::{Action, Row, rows};
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Compares mqtt-wire with the other MQTT codecs in Rust. ROWS in the environment selects the rows whose names contain it.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure everything, and write tables and charts to benches/rivals/results
    Tables {
        /// The number of rounds for each row
        #[arg(long, default_value_t = 400)]
        rounds: usize,
    },
    /// Print which codecs give the right values for which rows
    Check,
    /// Print how the cost grows with the size of a packet
    Growth,
    /// Count only the instructions
    Instructions,
    /// Measure messages over loopback
    EndToEnd {
        /// The number of rounds
        #[arg(long, default_value_t = 41)]
        rounds: usize,
    },
    /// Print how many times as many packets two cores decode as one core
    Cores,
    /// List the forbidden packets that each codec accepts, in benches/rivals/results
    Strictness,
}

fn main() -> Result<(), Box<dyn Error>> {
    if instructions::inside() {
        measure::count(cells(rows()).0)?;
    }
    match Arguments::parse().command {
        Command::Tables { rounds } => tables(rounds),
        Command::Check => {
            check();
            Ok(())
        }
        Command::Growth => {
            println!("{}\n{}", growth::table(&growth::series()), hostile::table());
            Ok(())
        }
        Command::Instructions => instructions(),
        Command::EndToEnd { rounds } => {
            println!("{}", end_to_end::table(rounds));
            Ok(())
        }
        Command::Cores => {
            println!("{}", both_cores());
            Ok(())
        }
        Command::Strictness => strictness(),
    }
}

fn instructions() -> Result<(), Box<dyn Error>> {
    let names = cells(rows()).0.into_iter().map(|cell| (cell.row, cell.action, cell.codec));
    for ((row, action, codec), count) in names.zip(measure::count(cells(rows()).0)?) {
        println!("{action:?} {}: {codec} {:.0}", row.name, count as f64 / row.packets as f64);
    }
    Ok(())
}

/// The text above the table of messages over loopback.
const END_TO_END: &str = "A source sends messages to a sink over TCP and loopback; each has its own core. The messages are of 3.1.1, with \
a topic of 38 bytes and a payload of 100 bytes. The source sends 50 at a time; with QoS 1 the sink acknowledges \
them. All codecs have the same loops. The rows *no codec* move the same bytes and show how much of the time the \
sockets take. *CPU ns* is the processor time of the thread, including its time in the kernel. A source pays for waking \
its sink, and a faster sink sleeps more often. So a faster sink can make a slower round: with QoS 0, a loop without a \
codec can take longer than one with a codec. Nanoseconds are those of the best round. *Times as long* is the median of \
the ratios of all rounds: **below 1 the rival is faster than `Codec` in `Framed`**.";

/// The text above the table of expensive packets.
const HOSTILE: &str = "Packets of about 64 KiB, decoded by mqtt-wire. A refused packet is read a second time to find the reason. No \
kind of packet takes quadratic time.";

fn tables(rounds: usize) -> Result<(), Box<dyn Error>> {
    let (cells, missing) = cells(rows());
    let measured = measure::measure(cells, rounds)?;
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
    fs::create_dir_all(&results)?;
    let mut page = report::page(&measured, &missing, rounds);
    write!(page, "\n## End to end\n\n{END_TO_END}\n\n{}", end_to_end::table(rounds.div_ceil(10)))?;
    write!(page, "\n## Growth\n\n{}", growth::table(&growth::series()))?;
    write!(page, "\n## The most expensive packets\n\n{HOSTILE}\n\n{}", hostile::table())?;
    write!(page, "\n## Cores\n\n{}\n", both_cores())?;
    fs::write(results.join("README.md"), &page)?;
    for (action, heading) in report::ACTIONS {
        for theme in &chart::THEMES {
            let name = format!("{}-{}.svg", format!("{action:?}").to_lowercase(), theme.name);
            fs::write(results.join(name), chart::chart(&measured, action, heading, theme))?;
        }
    }
    println!("{page}");
    Ok(())
}

fn check() {
    let (cells, missing) = cells(rows());
    println!("{} cells give the right values", cells.len());
    for each in missing {
        println!("{}, {}: {}", each.codec, each.row.name, each.reason);
    }
}

fn strictness() -> Result<(), Box<dyn Error>> {
    let (cells, _) = cells(rows());
    let allocations = measure::allocations()?;
    let of = |name: &str| {
        let mut figures = Vec::new();
        // 3.1.1 comes first.
        for (cell, count) in cells.iter().zip(&allocations) {
            if cell.action == Action::Decode && cell.row.name.ends_with(name) {
                figures.push((cell.codec, *count));
            }
        }
        figures
    };
    let mut publish = of("3.1.1 PUBLISH QoS 1, 64 B");
    publish.extend(of("5.0 PUBLISH without properties"));
    let page = strictness::page(&strictness::Allocations { publish, subscribe: of("3.1.1 SUBSCRIBE 8") });
    fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("results/strictness.md"), &page)?;
    println!("{page}");
    Ok(())
}

fn both_cores() -> String {
    let stream = |version| rows().iter().find(|row| row.version == version && row.packets == 1000);
    let mut text = String::new();
    for version in [Version::V3_1_1, Version::V5_0] {
        if let Some(Row { bytes, .. }) = stream(version) {
            let times = growth::cores(bytes, version);
            writeln!(
                text,
                "Two threads decode {times:.2} times as many packets of the {version} stream as one."
            )
            .expect("a string");
        }
    }
    text
}
