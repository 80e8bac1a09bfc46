//! Detects the kind of input and shows it.

use crate::capture;
use crate::cli::Cli;
use crate::direction::{Direction, Event, Watcher};
use crate::encoding;
use crate::screen::{Screen, count};
use crate::text::{self, Form, Radix, Reading};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use mqtt_wire::detect::{Guess, guess};
use mqtt_wire::{Decoder, Packet, Role, Version, decode};
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

pub(crate) fn show<W: Write>(cli: &Cli, screen: &mut Screen<W>) -> io::Result<()> {
    let mut input = BufReader::with_capacity(1 << 18, open(cli.file.as_deref())?);
    let mut beginning = Vec::new();
    if let Some(radix) = cli.radix() {
        input.read_to_end(&mut beginning).map_err(|error| unreadable(&cli.file, &error))?;
        decode_wide(&mut io::empty(), &mut beginning)?;
        let reading = text::read(&beginning, Some(radix)).map_err(invalid)?;
        return pasted(cli, &reading, screen);
    }
    // A pipe may deliver fewer bytes at a time than the detection needs.
    (&mut input).take(4).read_to_end(&mut beginning).map_err(|error| unreadable(&cli.file, &error))?;
    if capture::is_capture(&beginning) {
        let is_live = cli.file.as_deref().is_none_or(|file| file == Path::new("-"));
        let wanted =
            capture::Wanted { checks: cli.checks, version: cli.version, ports: cli.port.clone(), is_live };
        capture::show(io::Cursor::new(beginning).chain(input), wanted, screen)?;
        return screen.close("from the capture", false);
    }
    if beginning.starts_with(&[0x1f, 0x8b]) {
        return Err(invalid("the input is compressed: `gzip -dc FILE | mqtt-inspect` shows the packets"));
    }
    decode_wide(&mut input, &mut beginning)?;
    let is_text = read_text(&mut input, &mut beginning)?;
    if !is_text && encoding::is_narrow_text(&[&beginning, input.buffer()].concat()) {
        return Err(invalid("this is text, but not in UTF-8: `iconv -f WINDOWS-1252 -t UTF-8` converts it"));
    }
    if !is_text {
        check_bytes(cli, &[&beginning, input.buffer()].concat(), screen)?;
    }
    if !is_text || is_mqtt_or_foreign(&beginning) {
        return stream(cli, io::Cursor::new(beginning).chain(input), screen);
    }
    match text::read(&beginning, None) {
        Ok(reading) if reading.bytes.is_empty() => stream(cli, io::empty(), screen),
        Ok(reading) => pasted(cli, &reading, screen),
        Err(bad) => Err(invalid(format!("this is text, and its bytes cannot be read: {bad}"))),
    }
}

pub(crate) fn open(file: Option<&Path>) -> io::Result<Box<dyn Read + Send>> {
    match file {
        Some(path) if path != Path::new("-") => match File::open(path) {
            Ok(file) => Ok(Box::new(progress(&file).wrap_read(file))),
            Err(error) => Err(io::Error::new(error.kind(), format!("{}: {error}", path.display()))),
        },
        _ => Ok(Box::new(io::stdin())),
    }
}

/// A progress bar for large files, if the output does not show the progress.
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

fn unreadable(file: &Option<PathBuf>, error: &io::Error) -> io::Error {
    let name = file.as_deref().unwrap_or(Path::new("-")).display();
    io::Error::new(error.kind(), format!("{name}: {error}"))
}

fn invalid(what: impl ToString) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_string())
}

/// Replaces UTF-16 and UTF-32 by UTF-8.
fn decode_wide(input: &mut impl Read, beginning: &mut Vec<u8>) -> io::Result<()> {
    if encoding::may_be_wide(beginning) {
        input.read_to_end(beginning)?;
        match encoding::text(beginning) {
            Some(text) => *beginning = text.into_bytes(),
            None if encoding::has_mark(beginning) => {
                return Err(invalid("this begins like text in UTF-16, but is not: save it as UTF-8"));
            }
            None => {}
        }
    }
    Ok(())
}

/// Reads on while the input is text. Returns whether the whole input is text.
fn read_text(input: &mut impl BufRead, text: &mut Vec<u8>) -> io::Result<bool> {
    // The number of bytes that were checked. The last character may be incomplete.
    let mut known = 0;
    loop {
        match text_len(&text[known..]) {
            Some(len) => known += len,
            None => return Ok(false),
        }
        let block = input.fill_buf()?;
        let len = block.len();
        if len == 0 {
            return Ok(known == text.len());
        }
        text.extend_from_slice(block);
        input.consume(len);
    }
}

/// Returns the length of the text, without an incomplete character at its end. Returns `None` for other data:
/// packets have many control characters, text has few.
fn text_len(bytes: &[u8]) -> Option<usize> {
    let is_text = |byte: &u8| !byte.is_ascii_control() || byte.is_ascii_whitespace() || *byte == 0x1b;
    let len = match std::str::from_utf8(bytes) {
        Ok(text) => text.len(),
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        Err(_) => return None,
    };
    bytes.iter().all(is_text).then_some(len)
}

/// Finds out whether a program has saved the bytes as text.
fn check_bytes<W: Write>(cli: &Cli, bytes: &[u8], screen: &mut Screen<W>) -> io::Result<()> {
    if are_packets(cli, bytes) {
        return Ok(());
    }
    if encoding::bytes_in_utf8(bytes).is_some_and(|bytes| are_packets(cli, &bytes)) {
        let what = "each byte from 0x80 on was saved as a character in UTF-8: `iconv -f UTF-8 -t LATIN1` restores the bytes";
        return Err(invalid(what));
    }
    if within(bytes).is_some_and(|inner| are_packets(cli, inner)) {
        screen.note("the input has quotes or a line break around packets: remove these characters")?;
    }
    match encoding::has_replacements(bytes) {
        true => screen.note(
            "the input has U+FFFD: a program may have replaced bytes that are not UTF-8 by this character",
        ),
        false => Ok(()),
    }
}

/// Returns the bytes without the line break at their end and without the quotes around them. `None` if the bytes have neither.
fn within(bytes: &[u8]) -> Option<&[u8]> {
    let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let inner = |quote: &[u8]| line.strip_prefix(quote).and_then(|line| line.strip_suffix(quote));
    let inner = inner(b"\"").or_else(|| inner(b"'")).unwrap_or(line);
    (inner.len() < bytes.len()).then_some(inner)
}

/// Whether the text itself is a packet or the beginning of another protocol.
fn is_mqtt_or_foreign(text: &[u8]) -> bool {
    let is_mqtt = |version| matches!(decode(version, text), Ok(Some(_)));
    let is_foreign = match guess(text) {
        Guess::Mqtt | Guess::Incomplete | Guess::Unknown => false,
        // `CONNECT packet: 10 0d` is no request, because the first line of a request and of a response has the version.
        Guess::Http => {
            String::from_utf8_lossy(text).lines().next().is_some_and(|line| line.contains("HTTP/"))
        }
        _ => true,
    };
    is_foreign || Version::ALL.into_iter().any(is_mqtt)
}

/// Shows the bytes that a text represents.
fn pasted<W: Write>(cli: &Cli, reading: &Reading, screen: &mut Screen<W>) -> io::Result<()> {
    let Reading { left_out, begins, hint, .. } = reading;
    let (bytes, form) = sensible(cli, reading);
    // If the user has named the form, it is not printed.
    if cli.radix() != Some(Radix::Hexadecimal) || *form != Form::Digits(Radix::Hexadecimal) {
        screen.note(&format!("read as {form}: {}", count(bytes.len() as u64)))?;
    }
    if let Some(hint) = hint.filter(|_| !makes_sense(cli, bytes)) {
        screen.note(hint)?;
    }
    if *left_out > 0 {
        screen.note(&format!("left out: lines without bytes, {left_out}"))?;
    }
    let frames = frames(bytes, begins);
    let payloads: Option<Vec<_>> = frames.iter().map(|frame| capture::payload(frame)).collect();
    match payloads.map(|payloads| payloads.concat()).filter(|payload| !payload.is_empty()) {
        Some(payload) => {
            let what = match frames.len() {
                1 => "a captured frame".to_owned(),
                many => format!("{many} captured frames"),
            };
            let headers = (bytes.len() - payload.len()) as u64;
            screen.note(&format!("{what}: {} of headers are left out", count(headers)))?;
            stream(cli, &payload[..], screen)
        }
        None => stream(cli, bytes, screen),
    }
}

/// Returns the reading that is MQTT, if only one of several is.
fn sensible<'r>(cli: &Cli, reading: &'r Reading) -> (&'r [u8], &'r Form) {
    let mut others = reading.others.iter();
    match others.find(|(bytes, _)| makes_sense(cli, bytes)).filter(|_| !makes_sense(cli, &reading.bytes)) {
        Some((bytes, form)) => (bytes, form),
        None => (&reading.bytes, &reading.form),
    }
}

/// Whether the bytes are valid packets or a captured frame.
fn makes_sense(cli: &Cli, bytes: &[u8]) -> bool {
    are_packets(cli, bytes) || capture::payload(bytes).is_some()
}

/// Whether the bytes are valid packets, and nothing else.
fn are_packets(cli: &Cli, bytes: &[u8]) -> bool {
    let versions = cli.version.map_or(vec![Version::V5_0, Version::V3_1_1], |version| vec![version]);
    versions.into_iter().any(|version| {
        let (mut decoder, mut rest) = (Decoder::new(version), bytes);
        while let Ok(Some((packet, after))) = decoder.decode(rest) {
            if let Packet::Connect(connect) = packet {
                decoder = Decoder::new(connect.version);
            }
            rest = after;
        }
        rest.is_empty() && !bytes.is_empty()
    })
}

/// The bytes of each dump.
fn frames<'b>(mut bytes: &'b [u8], begins: &[usize]) -> Vec<&'b [u8]> {
    let mut frames = Vec::new();
    for begin in begins.iter().rev() {
        let (before, frame) = bytes.split_at(*begin);
        frames.push(frame);
        bytes = before;
    }
    frames.push(bytes);
    frames.reverse();
    frames
}

fn direction(cli: &Cli, in_the_middle: bool) -> Direction {
    Direction::new(cli.checks, cli.version, cli.from, !in_the_middle, !in_the_middle)
}

fn has_no_header(cli: &Cli, bytes: &[u8]) -> bool {
    // 3.1 accepts nearly every byte as a header.
    let version = cli.version.unwrap_or(Version::V3_1_1);
    Decoder::new(version).frame_len(bytes).is_err()
}

/// Whether only the header of the first packet is refused, and the next packet begins at its end.
fn is_bad_packet(cli: &Cli, bytes: &[u8]) -> bool {
    let decoder = Decoder::new(cli.version.unwrap_or(Version::V3_1_1));
    let len = decoder.frame_len(bytes).err().and_then(|error| error.packet_len());
    let after = len.and_then(|len| bytes.get(len..));
    after.is_some_and(|after| after.is_empty() || matches!(decoder.clone().decode(after), Ok(Some(_))))
}

/// Whether the bytes begin inside a packet: there are more legal packets if some bytes are skipped.
fn has_more_after(cli: &Cli, bytes: &[u8]) -> bool {
    /// Counts the legal packets.
    #[derive(Default)]
    struct Good(usize);

    impl Watcher for Good {
        fn event(&mut self, _: Option<Role>, event: &Event<'_>) -> io::Result<()> {
            if let Event::Packet(arrived) = event {
                let mut decoder = *arrived.decoder;
                let is_good = arrived.is_whole() && decoder.decode_frame(arrived.bytes).is_ok();
                self.0 += usize::from(is_good);
            }
            Ok(())
        }
    }

    let good = |in_the_middle| {
        let (mut direction, mut good) = (direction(cli, in_the_middle), Good::default());
        let read = direction.feed(bytes, &mut good).and_then(|()| direction.end(&mut good));
        read.map_or(0, |()| good.0)
    };
    !is_bad_packet(cli, bytes) && good(true) > good(false).max(1)
}

/// Shows the bytes of one direction.
fn stream<W: Write>(cli: &Cli, mut input: impl Read, screen: &mut Screen<W>) -> io::Result<()> {
    let (mut block, mut total) = (vec![0; 1 << 16], 0);
    let mut len = input.read(&mut block)?;
    let mut in_the_middle = has_no_header(cli, &block[..len]);
    if in_the_middle {
        // The bytes that were read to detect the form may be too few for the next decision.
        len += input.read(&mut block[len..])?;
        in_the_middle = has_more_after(cli, &block[..len]);
    }
    let mut direction = direction(cli, in_the_middle);
    while len > 0 {
        total += len as u64;
        direction.feed(&block[..len], screen)?;
        screen.flush()?;
        if direction.is_foreign() {
            break;
        }
        len = input.read(&mut block)?;
    }
    direction.end(screen)?;
    let version = direction
        .version()
        .map_or_else(|| "version not known".to_owned(), |version| format!("MQTT {version}"));
    screen.close(&format!("{}, {version}", count(total)), direction.is_guess())
}
