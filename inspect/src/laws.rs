//! Checks that must pass for any input. `fuzz/inspect` searches for inputs that fail, and the tests here run
//! on its seeds.

use crate::capture::{self, Wanted};
use crate::cli::{Checks, View};
use crate::connection::Connection;
use crate::direction::{Direction, Event, Watcher};
use crate::dump::Options;
use crate::screen::Screen;
use crate::text::{self, Form, Radix};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mqtt_wire::Role;
use std::fmt::Write;
use std::io;

/// Checks pasted text. The program reads the text or refuses it. The result has no more bytes than the text can represent. If an option
/// names the detected form, the result is the same.
pub fn pasted(text: &[u8]) {
    const REPEATED: usize = 1 << 24;
    for wanted in [None, Some(Radix::Hexadecimal), Some(Radix::Decimal)] {
        match text::read(text, wanted) {
            Ok(reading) => assert!(reading.bytes.len() <= text.len() + REPEATED, "{}", reading.form),
            Err(bad) => assert!(bad.line > 0 && bad.column > 0 && !bad.what.is_empty()),
        }
    }
    let Ok(found) = text::read(text, None) else { return };
    if let Form::Digits(radix) | Form::Log(radix) | Form::Array(radix) | Form::List(radix) = found.form {
        let named = text::read(text, Some(radix));
        // With a radix, the text has one reading only.
        let named = named.map(|reading| (reading.bytes, reading.form, reading.left_out, reading.begins));
        assert_eq!(named, Ok((found.bytes, found.form, found.left_out, found.begins)));
    }
}

/// Checks that bytes in each text form are read back, and that the form is detected.
pub fn forms(bytes: &[u8]) {
    for (text, form) in written(bytes) {
        match text::read(text.as_bytes(), None) {
            Ok(reading) => assert_eq!((&*reading.bytes, reading.form), (bytes, form), "{text}"),
            // With few numbers the form is ambiguous.
            Err(bad) => assert!(bytes.len() < 2 || bad.what.contains("--decimal or --hex"), "{text}: {bad}"),
        }
    }
}

/// Checks a capture file, damaged or not.
pub fn captures(file: &[u8]) {
    for is_live in [false, true] {
        let mut screen =
            Screen::new(io::sink(), View { summary: true, ..View::default() }, Options::default());
        let wanted = Wanted { checks: Checks::default(), version: None, ports: Vec::new(), is_live };
        if capture::is_capture(file) {
            // The file may be unreadable. It must not cause a panic.
            let _ = capture::show(file, wanted, &mut screen);
        }
    }
}

/// Checks two directions in pieces. Each byte is in a packet or skipped, unless the whole input is
/// not MQTT.
///
/// Each piece of the input begins with a byte that states the length and the sender. The bytes of the piece follow.
pub fn directions(bytes: &[u8]) {
    for begun in [true, false] {
        let mut connection = Connection::new(Checks::default(), None, begun);
        let mut direction = Direction::new(Checks::default(), None, None, begun, false);
        let (mut count, mut counted) = (Count::default(), Count::default());
        let (mut rest, mut total) = (bytes, 0);
        while let Some((&head, after)) = rest.split_first() {
            let len = usize::from(head >> 1).min(after.len());
            let sender = if head & 1 == 0 { Role::Client } else { Role::Server };
            let (piece, after) = after.split_at(len);
            rest = after;
            total += len as u64;
            let both = connection.feed(sender, piece, &mut count);
            let one = direction.feed(piece, &mut counted);
            assert!(both.is_ok() && one.is_ok());
        }
        assert!(
            connection.end(Role::Client, &mut count).is_ok()
                && connection.end(Role::Server, &mut count).is_ok()
        );
        assert!(direction.end(&mut counted).is_ok());
        assert!(counted.is_foreign || counted.bytes >= total, "{} of {total}", counted.bytes);
    }
}

/// Counts the bytes of all events.
#[derive(Default)]
struct Count {
    bytes: u64,
    is_foreign: bool,
}

impl Watcher for Count {
    fn event(&mut self, _: Option<Role>, event: &Event<'_>) -> io::Result<()> {
        match event {
            Event::Packet(arrived) => {
                let whole = arrived.len.filter(|_| arrived.bad_header.is_some());
                self.bytes += whole.unwrap_or(arrived.bytes.len()).max(arrived.bytes.len()) as u64;
            }
            Event::Skipped(len) => self.bytes += len,
            Event::Foreign(_) => self.is_foreign = true,
            _ => {}
        }
        Ok(())
    }
}

/// Writes the same bytes in several forms.
fn written(bytes: &[u8]) -> Vec<(String, Form)> {
    use Radix::{Decimal, Hexadecimal};
    let join = |between: &str, each: fn(u8) -> String| {
        bytes.iter().map(|byte| each(*byte)).collect::<Vec<_>>().join(between)
    };
    let hex: fn(u8) -> String = |byte| format!("{byte:02x}");
    let decimal: fn(u8) -> String = |byte| byte.to_string();
    let signed: fn(u8) -> String = |byte| i8::from_ne_bytes([byte]).to_string();
    let marked: fn(u8) -> String = |byte| format!("0x{byte:x}");
    let pascal: fn(u8) -> String = |byte| format!("${byte:02X}");
    let mut forms = vec![
        (format!("RX: {}", join(" ", hex)), Form::Log(Hexadecimal)),
        (format!("12:00:01.234 | TX | {} |", join(" ", hex)), Form::Log(Hexadecimal)),
        (dump(bytes), Form::Dump),
        (trace(bytes), Form::CurlTrace),
        (table(bytes), Form::Table),
        (mbedtls(bytes), Form::MbedTls),
        (php(bytes), Form::List(Decimal)),
        (saleae(bytes), Form::Saleae),
        (join("", |byte| format!("%{byte:02X}")), Form::Percent),
        (format!("payload: !!binary {}\n", STANDARD.encode(bytes)), Form::Base64),
    ];
    if !bytes.is_ascii() {
        forms.push((join(" ", signed), Form::Digits(Decimal)));
    }
    if bytes.len() > 1 {
        forms.extend([
            (join("", hex), Form::Digits(Hexadecimal)),
            (format!("[{}]", join(", ", decimal)), Form::Array(Decimal)),
            (format!("unsigned char p[] = {{\n  {} }};", join(", ", marked)), Form::Array(Hexadecimal)),
            (join(" ", pascal), Form::Digits(Hexadecimal)),
            (format!("p = ({});", join(", ", pascal)), Form::Array(Hexadecimal)),
            (join(", ", |byte| format!("&H{byte:X}")), Form::Digits(Hexadecimal)),
            (format!("<<{}>>", join(",", decimal)), Form::Erlang),
            (format!("<Buffer {}>", join(" ", hex)), Form::NodeBuffer),
            (format!("b'{}'", join("", |byte| format!("\\x{byte:02x}"))), Form::String),
            (join("", |byte| format!("#${byte:02X}")), Form::String),
            (join("", |byte| format!("- 0x{byte:02x}\n")), Form::List(Hexadecimal)),
            (indexed(bytes), Form::List(Hexadecimal)),
        ]);
    }
    // Digits without a letter and without a leading 0 could be decimal.
    if bytes.iter().any(|byte| byte >> 4 == 0 || byte >> 4 > 9 || byte & 0xf > 9) && bytes.len() > 1 {
        forms.push((join(" ", hex), Form::Digits(Hexadecimal)));
    } else {
        forms.retain(|(_, form)| !matches!(form, Form::Log(_)));
    }
    // A string of hexadecimal digits has another meaning.
    if bytes.len() > 1 && !bytes.iter().all(u8::is_ascii_hexdigit) {
        forms.push((format!("b\"{}\"", bytes.escape_ascii()), Form::String));
    }
    if bytes.is_empty() {
        forms.clear();
    }
    forms
}

/// Formats bytes like `xxd -g 1`.
fn dump(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (row, bytes) in bytes.chunks(16).enumerate() {
        let _ = writeln!(text, "{:08x}: {:<48} {}", row * 16, hex(bytes), shown(bytes));
    }
    text
}

/// Formats bytes like `ByteBufUtil.prettyHexDump` of Netty, without its heading.
fn table(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (row, bytes) in bytes.chunks(16).enumerate() {
        let _ = writeln!(text, "|{:08x}| {:<47} |{:<16}|", row * 16, hex(bytes), shown(bytes));
    }
    text
}

/// Formats bytes like a debug log of Mbed TLS.
fn mbedtls(bytes: &[u8]) -> String {
    let mut text = format!("ssl_msg.c:2345: |4| dumping 'output payload' ({} bytes)\n", bytes.len());
    for (row, bytes) in bytes.chunks(16).enumerate() {
        let (hex, shown) = (hex(bytes), shown(bytes));
        let _ = writeln!(text, "ssl_msg.c:2345: |4| {:04x}:  {hex:<47}  {shown}", row * 16);
    }
    text
}

/// Formats bytes like `var_dump` of PHP.
fn php(bytes: &[u8]) -> String {
    let entry = |(index, byte)| format!("  [{index}]=>\n  int({byte})\n");
    let entries: String = bytes.iter().enumerate().map(entry).collect();
    format!("array({}) {{\n{entries}}}\n", bytes.len())
}

/// Formats bytes like an export of Saleae Logic.
fn saleae(bytes: &[u8]) -> String {
    let rows: String = bytes.iter().map(|byte| format!("0.000100000000000,0x{byte:02X},,\n")).collect();
    format!("Time [s],Value,Parity Error,Framing Error\n{rows}")
}

/// Formats bytes like a debugger.
fn indexed(bytes: &[u8]) -> String {
    bytes.iter().enumerate().map(|(index, byte)| format!("  [{index}] = 0x{byte:02x}\n")).collect()
}

/// Formats bytes like `curl --trace`, in pieces of at most 40 bytes.
fn trace(bytes: &[u8]) -> String {
    let mut text = String::from("== Info: Connected to localhost\n");
    for piece in bytes.chunks(40) {
        let _ = writeln!(text, "=> Send data, {len} bytes (0x{len:x})", len = piece.len());
        for (row, bytes) in piece.chunks(16).enumerate() {
            let _ = writeln!(text, "{:04x}: {:<47} {}", row * 16, hex(bytes), shown(bytes));
        }
    }
    text
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

fn shown(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { '.' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::catch_unwind;
    use std::path::PathBuf;

    /// A linear congruential generator, so that each run has the same inputs.
    struct Random(u64);

    impl Random {
        fn below(&mut self, limit: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
        }

        /// Changes a few things: bytes, their order, their number, parts of other inputs.
        fn changed(&mut self, input: &[u8], others: &[Vec<u8>]) -> Vec<u8> {
            const WORDS: &[&[u8]] = &[
                b"<<",
                b">>",
                b"[",
                b"]",
                b"\n*\n",
                b"0x",
                b"'",
                b"\"",
                b"\\",
                b"RX: ",
                b"$",
                b"&H",
                b"=> Send data, 9 bytes (0x9)\n",
                b"#$",
                b"!!binary ",
                b"|00000000| ",
                b"- ",
                b"[0] = ",
                b"ffffffc0 ",
                b"ffc0",
                b"\n+",
                b"\n-",
                b"\n@@ -1 +1 @@\n",
                b"%",
                b": |4| ",
                b": |4| dumping 'x' (16 bytes)\n",
                b"]=>\n int(1)\n",
                b"0,0x10,,\n",
                b"...",
                "\u{a0}".as_bytes(),
                b"|",
                b"/*",
                b"ffffffffffffffff",
                b"\r\n\r\n",
            ];
            let mut bytes = input.to_vec();
            for _ in 0..=self.below(4) {
                let at = self.below(bytes.len() + 1);
                let end = (at + self.below(20)).min(bytes.len());
                match self.below(7) {
                    0 if at < bytes.len() => bytes[at] = self.below(256) as u8,
                    1 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                    2 => drop(bytes.drain(at..end)),
                    3 => drop(bytes.splice(at..at, WORDS[self.below(WORDS.len())].iter().copied())),
                    4 => {
                        let again = bytes[at..end].repeat(1 + self.below(3));
                        drop(bytes.splice(at..at, again));
                    }
                    5 => bytes.truncate(at),
                    _ => {
                        let other = &others[self.below(others.len())];
                        let from = self.below(other.len() + 1);
                        let to = (from + self.below(60)).min(other.len());
                        drop(bytes.splice(at..end, other[from..to].iter().copied()));
                    }
                }
            }
            bytes
        }
    }

    fn files(folder: &str) -> Vec<Vec<u8>> {
        let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz")).join(folder);
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
    }

    /// Runs all seeds and regressions of a target, and random changes of them.
    fn try_out(law: fn(&[u8]), name: &str, seeds: Vec<Vec<u8>>, times: usize) {
        let mut random = Random(1);
        let hold = |input: &[u8]| {
            let text = String::from_utf8_lossy(input);
            assert!(catch_unwind(|| law(input)).is_ok(), "{name}: {text:?} {input:02x?}");
        };
        seeds.iter().chain(&files(&format!("regressions/{name}"))).for_each(|input| hold(input));
        for _ in 0..times {
            let seed = &seeds[random.below(seeds.len())];
            hold(&random.changed(seed, &seeds));
        }
    }

    #[test]
    fn pasted_text_is_read_or_refused() {
        let packet = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a";
        let mut seeds = files("seeds/pasted");
        assert!(seeds.len() > 20);
        seeds.extend(written(packet).into_iter().map(|(text, _)| text.into_bytes()));
        try_out(pasted, "pasted", seeds, 3_000);
    }

    #[test]
    fn bytes_in_each_form_are_read_back() {
        let seeds = files("seeds/stream").into_iter().filter(|seed| seed.len() < 500).collect();
        try_out(forms, "forms", seeds, 300);
    }

    #[test]
    fn captures_cause_no_panic() {
        let seeds = files("seeds/captures");
        assert!(seeds.len() > 5);
        try_out(captures, "captures", seeds, 300);
    }

    #[test]
    fn every_byte_of_a_stream_is_accounted_for() {
        let streams = files("seeds/stream").into_iter().filter(|seed| seed.len() < 2_000);
        let pieces = |stream: Vec<u8>| {
            let pieces = stream.chunks(90).map(|piece| [&[(piece.len() * 2) as u8], piece].concat());
            pieces.collect::<Vec<_>>().concat()
        };
        try_out(directions, "directions", streams.map(pieces).collect(), 1_000);
    }
}
