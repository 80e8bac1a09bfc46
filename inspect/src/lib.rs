//! Shows MQTT packets: field by field for people, one line of JSON each for scripts.
//!
//! ```text
//! mqtt-inspect tests/captures/mosquitto-311-will.client.bin
//! echo 'c0 00' | mqtt-inspect
//! mqtt-inspect --summary capture.pcapng
//! tcpdump -U -w - port 1883 | mqtt-inspect --summary
//! mqtt-inspect --proxy 1884=localhost:1883
//! printf 'a\t5\tc000\n' | mqtt-inspect --batch
//! mqtt-inspect check localhost:1883
//! ```
//!
//! `input.rs` detects the kind of input. `capture/`, `text/` and `proxy.rs` get the bytes from files, text or the network.
//! `websocket.rs` removes the WebSocket frames. `connection.rs` and `direction.rs` find the packets. `screen.rs` shows the
//! packets through `dump/`, `summary.rs` or `json.rs`. `check/` is the subcommand that checks brokers and clients.
//!
//! The library contains the whole program. The library exists for `main.rs` and for fuzzing, and has no stable interface.

mod batch;
mod capture;
mod check;
mod cli;
mod connection;
mod direction;
mod dump;
mod encoding;
mod input;
mod json;
#[doc(hidden)]
pub mod laws;
mod proxy;
mod resync;
mod screen;
mod summary;
mod text;
mod warnings;
mod websocket;

use clap::Parser;
use cli::{Cli, Task};
use screen::Screen;
use std::io::{self, BufReader, BufWriter};
use std::process::ExitCode;

/// Runs the program with the arguments of the command line.
#[must_use]
pub fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(code) => code,
        // The reader of the output has closed it, which is not an error.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mqtt-inspect: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(cli: Cli) -> io::Result<ExitCode> {
    if let Some(Task::Check(options)) = &cli.task {
        return check::run(options);
    }
    if cli.batch {
        let out = &mut BufWriter::with_capacity(1 << 16, io::stdout().lock());
        batch::batch(
            &mut BufReader::with_capacity(1 << 16, input::open(cli.file.as_deref())?),
            out,
            cli.checks,
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    let options = dump::Options { show_secrets: cli.show_secrets, sender: cli.from, width: columns() };
    let out = BufWriter::with_capacity(1 << 16, anstream::stdout().lock());
    let mut screen = Screen::new(out, cli.view, options);
    match &cli.proxy {
        Some(proxy) => {
            proxy::run(proxy, cli.checks, cli.version, &mut screen)?;
            screen.close("passed on", false)?;
        }
        None => input::show(&cli, &mut screen)?,
    }
    Ok(if screen.all_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Returns the width of the terminal in columns, unless the environment sets it.
fn columns() -> usize {
    let named = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    named.or_else(terminal).unwrap_or(80).clamp(60, 250)
}
