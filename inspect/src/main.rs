//! Shows what is in MQTT packets: field by field for people, a line of JSON each for scripts.
//!
//! ```text
//! mqtt-inspect tests/captures/mosquitto-311-will.client.bin
//! echo 'c0 00' | mqtt-inspect
//! mqtt-inspect --summary capture.pcapng
//! tcpdump -U -w - port 1883 | mqtt-inspect --summary
//! mqtt-inspect --proxy 1884=localhost:1883
//! printf 'a\t5\tc000\n' | mqtt-inspect --batch
//! ```
//!
//! `main.rs` finds out what the input is. `capture/` and `hex/` get the bytes out of it, `proxy.rs` from the network;
//! `connection.rs` finds the packets in them; `screen.rs` shows these by `dump/`, `summary.rs` or `json.rs`.

mod batch;
mod capture;
mod cli;
mod connection;
mod dump;
mod hex;
mod json;
mod proxy;
mod resync;
mod screen;
mod summary;
mod warnings;

use clap::Parser;
use cli::Cli;
use connection::Direction;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use mqtt_wire::{Version, decode};
use screen::{Screen, count};
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        // Whoever read the output has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mqtt-inspect: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(cli: Cli) -> io::Result<ExitCode> {
    if cli.batch {
        let out = &mut BufWriter::with_capacity(1 << 16, io::stdout().lock());
        batch::batch(&mut BufReader::with_capacity(1 << 16, open(cli.file.as_deref())?), out, cli.checks)?;
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
        None => input(cli, &mut screen)?,
    }
    Ok(if screen.all_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The columns of the terminal, unless the environment names others.
fn columns() -> usize {
    let named = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    named.or_else(terminal).unwrap_or(80).clamp(60, 250)
}

fn open(file: Option<&Path>) -> io::Result<Box<dyn Read + Send>> {
    match file {
        Some(path) if path != Path::new("-") => match File::open(path) {
            Ok(file) => Ok(Box::new(progress(&file).wrap_read(file))),
            Err(error) => Err(io::Error::new(error.kind(), format!("{}: {error}", path.display()))),
        },
        _ => Ok(Box::new(io::stdin())),
    }
}

/// For files that take a while, if what is shown does not show it.
fn progress(file: &File) -> ProgressBar {
    const TAKES_A_WHILE: u64 = 1 << 24;
    let len = file.metadata().map_or(0, |metadata| metadata.len());
    if len < TAKES_A_WHILE || io::stdout().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}, {eta} left");
    let bar = ProgressBar::with_draw_target(Some(len), ProgressDrawTarget::stderr());
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Finds out what the input is, and shows it.
fn input<W: Write>(cli: Cli, screen: &mut Screen<W>) -> io::Result<()> {
    let mut input = BufReader::with_capacity(1 << 18, open(cli.file.as_deref())?);
    // A pipe gives what it has, which may be less than tells what it is.
    let mut beginning = Vec::new();
    (&mut input).take(4).read_to_end(&mut beginning).map_err(|error| unreadable(&cli.file, &error))?;
    if !cli.hex && capture::is_capture(&beginning) {
        let is_live = cli.file.as_deref().is_none_or(|file| file == Path::new("-"));
        let wanted = capture::Wanted { checks: cli.checks, version: cli.version, ports: cli.port, is_live };
        capture::show(io::Cursor::new(beginning).chain(input), wanted, screen)?;
        return screen.close("from the capture", false);
    }
    if !cli.hex && beginning.starts_with(&[0x1f, 0x8b]) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "this is compressed: gzip -dc FILE | mqtt-inspect",
        ));
    }
    if cli.hex || could_be_hex(&beginning) {
        let mut text = beginning;
        let mut rest = input;
        if !cli.hex {
            // Whole blocks, as long as they are text.
            while is_text(&text) && read_block(&mut rest, &mut text)? {}
        } else {
            rest.read_to_end(&mut text)?;
        }
        let bytes = if cli.hex {
            Some(
                hex::parse(&text)
                    .map_err(|bad| io::Error::new(io::ErrorKind::InvalidData, bad.to_string()))?,
            )
        } else {
            only_hex(&text)
        };
        return match bytes {
            Some(bytes) => match capture::payload(&bytes) {
                Some(payload) => {
                    let headers = (bytes.len() - payload.len()) as u64;
                    screen.note(&format!("a captured frame: {} of headers are left out", count(headers)))?;
                    stream(&cli, payload, screen)
                }
                None => stream(&cli, &bytes[..], screen),
            },
            None => stream(&cli, io::Cursor::new(text).chain(rest), screen),
        };
    }
    stream(&cli, io::Cursor::new(beginning).chain(input), screen)
}

fn unreadable(file: &Option<PathBuf>, error: &io::Error) -> io::Error {
    let name = file.as_deref().unwrap_or(Path::new("-")).display();
    io::Error::new(error.kind(), format!("{name}: {error}"))
}

fn read_block(input: &mut impl BufRead, text: &mut Vec<u8>) -> io::Result<bool> {
    let block = input.fill_buf()?;
    let len = block.len();
    text.extend_from_slice(block);
    input.consume(len);
    Ok(len > 0)
}

fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).map_or_else(|error| error.error_len().is_none(), |_| true)
        && !bytes.contains(&0)
}

/// Whether the first bytes are characters with which hexadecimal text may begin.
fn could_be_hex(beginning: &[u8]) -> bool {
    is_text(beginning) && beginning.iter().all(|byte| !byte.is_ascii_control() || byte.is_ascii_whitespace())
}

/// The bytes that the text stands for, if it cannot be MQTT as it is.
fn only_hex(text: &[u8]) -> Option<Vec<u8>> {
    let is_mqtt = |version| matches!(decode(version, text), Ok(Some(_)));
    if Version::ALL.into_iter().any(is_mqtt) {
        return None;
    }
    hex::parse(text).ok().filter(|bytes| bytes.len() >= 2)
}

/// Shows the bytes of one direction.
fn stream<W: Write>(cli: &Cli, mut input: impl Read, screen: &mut Screen<W>) -> io::Result<()> {
    let mut direction = Direction::new(cli.checks, cli.version, cli.from, true, true);
    let (mut block, mut total) = (vec![0; 1 << 16], 0);
    loop {
        match input.read(&mut block)? {
            0 => break,
            len => {
                total += len as u64;
                direction.feed(&block[..len], screen)?;
                screen.flush()?;
            }
        }
        if direction.is_foreign() {
            break;
        }
    }
    direction.end(screen)?;
    let version = direction
        .version()
        .map_or_else(|| "version not known".to_owned(), |version| format!("MQTT {version}"));
    screen.close(&format!("{}, {version}", count(total)), direction.is_guess())
}
