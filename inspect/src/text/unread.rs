//! Finds lines that have packets in another form than the text as a whole.
//!
//! A form takes the lines that it knows, and leaves out the others. A packet in a line that is left out would be lost, and nothing would
//! show the loss. So each line is also read alone. If a line has whole packets, the bytes of the text must have the same packets, in the
//! same order.

use super::base64::decoded;
use super::line::has_control_name;
use super::number::value;
use super::scan::lines;
use super::string::{Flavour, unescape};
use super::{Fault, Radix, forms, percent};
use mqtt_wire::stream::FrameLen;
use mqtt_wire::{Decoder, Version, decode_frame};

const OTHER_FORM: &str =
    "this line has a packet in another form than the other bytes: give the bytes in one form";

/// The length in bytes up to which a number can look like a packet. A longer packet is no coincidence, because its Remaining Length fits.
const SHORT: usize = 4;

/// Refuses a text if one of its lines has packets that are not among these bytes.
pub(super) fn check(text: &str, bytes: &[u8], wanted: Option<Radix>) -> Result<(), Fault> {
    let mut place = Place { bytes, at: 0, packet: 0, last: &[] };
    let mut pending = Pending::default();
    for (start, line) in lines(text).filter(|(_, line)| !line.trim().is_empty()) {
        let readings = readings(line, wanted);
        let parts = parts(line);
        let mut whole = readings.iter().filter(|read| are_packets(read));
        if readings.iter().any(|read| place.continues_with(read)) || whole.any(|read| place.skips_to(read)) {
            pending = Pending::default();
            if !parts.iter().all(|parts| are_within(parts, place.last)) {
                return Err(Fault::new(start, OTHER_FORM));
            }
            continue;
        }
        if parts.iter().flatten().any(|part| place.skips_to(&part.bytes)) {
            pending = Pending::default();
            continue;
        }
        let has_packets =
            readings.iter().any(|read| are_packets(read)) || parts.iter().any(|parts| !parts.is_empty());
        if has_packets || line.split_whitespace().any(has_control_name) {
            return Err(Fault::new(start, OTHER_FORM));
        }
        // A packet can be written on several lines.
        pending.add(readings.first().map_or(&[], Vec::as_slice));
        if pending.are_packets() {
            if !place.skips_to(&pending.bytes) {
                return Err(Fault::new(start, OTHER_FORM));
            }
            pending = Pending::default();
        }
    }
    Ok(())
}

/// Whether the bytes of a line have all these parts, in their order. A part can also be text in a payload: then the bytes have the
/// characters of the part.
fn are_within(parts: &[Part<'_>], bytes: &[u8]) -> bool {
    let mut rest = bytes;
    parts.iter().all(|part| {
        let text = part.text.trim_matches(|c: char| !c.is_alphanumeric());
        let place = find(rest, &part.bytes).map(|at| at + part.bytes.len());
        rest = place.map_or(rest, |end| &rest[end..]);
        place.is_some() || find(bytes, text.as_bytes()).is_some()
    })
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len().max(1)).position(|window| window == part)
}

fn are_packets(bytes: &[u8]) -> bool {
    let mut pending = Pending::default();
    pending.add(bytes);
    pending.are_packets()
}

/// Returns the possible bytes of the line, read as if the line were the whole text.
fn readings(line: &str, wanted: Option<Radix>) -> Vec<Vec<u8>> {
    let read = |wanted| match forms(line, wanted) {
        Ok(reading) => Ok(Some(reading.bytes).filter(|bytes| bytes.len() > 1)),
        Err(fault) => Err(fault),
    };
    match read(wanted) {
        Ok(bytes) => bytes.into_iter().collect(),
        // The line alone does not show the radix. Other lines may show it, so each radix is possible.
        Err(fault) if fault.what.contains("--") => {
            let radixes = [Radix::Hexadecimal, Radix::Decimal, Radix::Octal];
            radixes.into_iter().filter_map(|radix| read(Some(radix)).ok().flatten()).collect()
        }
        Err(_) => Vec::new(),
    }
}

/// A part of a line that is a packet in some form.
struct Part<'t> {
    text: &'t str,
    bytes: Vec<u8>,
}

/// Returns the packets in the parts of a line, for each way to read the parts: `CONNECT: \x10\x0d\x00\x04MQTT…`.
fn parts(line: &str) -> Vec<Vec<Part<'_>>> {
    let (pairs, binary) = (runs(line, 2, 16), runs(line, 8, 2));
    // The first number can be the number of the bytes after it.
    let shorter = pairs
        .iter()
        .map(|part| Part { text: part.text, bytes: part.bytes.get(1..).unwrap_or_default().to_vec() });
    let shorter = shorter.collect();
    let words = |separates: fn(char) -> bool, read: &dyn Fn(&str) -> Option<Vec<u8>>| -> Vec<Part<'_>> {
        let part = |text| read(text).map(|bytes| Part { text, bytes });
        line.split(separates).filter_map(part).collect()
    };
    let signs = [in_braces(line, '{', '}'), in_braces(line, '<', '>'), after_backslash(line)];
    let mut all = vec![
        pairs,
        shorter,
        binary,
        words(|c| !c.is_ascii_alphanumeric(), &joined),
        words(|c| "[](){}<>".contains(c), &|text| numbers(text).filter(|_| text.len() < line.len())),
        words(|c| c.is_whitespace() || "\"'`=,;:()[]<>".contains(c), &decoded),
        words(|c| c.is_whitespace() || "\"'=".contains(c), &|word| {
            percent::read(word).map(|reading| reading.bytes)
        }),
        words(|c| "\"'".contains(c), &unescaped),
    ];
    all.extend(signs.into_iter().flatten().map(|bytes| vec![Part { text: line, bytes }]));
    all.iter_mut().for_each(|parts| parts.retain(|part| are_packets(&part.bytes)));
    all
}

/// `c000`, `0xc000`, `\xc000`
fn joined(word: &str) -> Option<Vec<u8>> {
    let digits = word.strip_prefix("0x").or(word.strip_prefix('x')).unwrap_or(word);
    let pair = |at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    (digits.len() % 2 == 0).then(|| (0..digits.len()).step_by(2).map(pair).collect())?
}

/// `192, 0`, `0xc0, 0x00`
fn numbers(text: &str) -> Option<Vec<u8>> {
    let words = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
    words.map(|word| value(word, Radix::Decimal)).collect()
}

fn unescaped(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let has_escapes = text.matches('\\').nth(1).is_some();
    unescape(text, 0, Flavour::C, &mut bytes).ok().filter(|()| has_escapes).map(|()| bytes)
}

/// Returns the runs of numbers in a line. Each number has `len` digits.
fn runs(line: &str, len: usize, radix: u32) -> Vec<Part<'_>> {
    let number = |word: &str| u8::from_str_radix(word, radix).ok().filter(|_| word.len() == len);
    let words = line.split(|c: char| c.is_whitespace() || "()[]<>=,;:-|\"'".contains(c));
    let numbers: Vec<_> = words.filter(|word| !word.is_empty()).map(|word| (word, number(word))).collect();
    let run = |run: &[(&str, Option<u8>)]| {
        let (first, last) = (run.first()?.0, run.last()?.0);
        let position = |word: &str| word.as_ptr() as usize - line.as_ptr() as usize;
        let text = line.get(position(first)..position(last) + last.len())?;
        Some(Part { text, bytes: run.iter().filter_map(|(_, number)| *number).collect() })
    };
    numbers.split(|(_, number)| number.is_none()).filter_map(run).collect()
}

/// Returns the characters from the first byte in braces on: `{C0}{00}`.
fn in_braces(line: &str, open: char, close: char) -> Option<Vec<u8>> {
    let byte = |text: &str| {
        let inner = text.strip_prefix(open)?.get(..2).filter(|_| text.chars().nth(3) == Some(close))?;
        u8::from_str_radix(inner, 16).ok()
    };
    let (mut bytes, mut count) = (Vec::new(), 0);
    let mut rest = line.trim_end();
    rest = &rest[rest.match_indices(open).map(|(at, _)| at).find(|at| byte(&rest[*at..]).is_some())?..];
    while let Some(c) = rest.chars().next() {
        let len = match byte(rest) {
            Some(byte) => {
                bytes.push(byte);
                count += 1;
                "{00}".len()
            }
            None => {
                bytes.extend_from_slice(&rest.as_bytes()[..c.len_utf8()]);
                c.len_utf8()
            }
        };
        rest = &rest[len..];
    }
    // A single byte in brackets can be something else, such as the level of a line in a log.
    (count > 1).then_some(bytes)
}

/// Returns the characters from the first escape on.
fn after_backslash(line: &str) -> Option<Vec<u8>> {
    let line = line.trim_end().trim_end_matches(['"', '\'', ';', ')', ']']);
    line.find('\\').and_then(|at| unescaped(&line[at..]))
}

/// The position in the bytes after the lines that were read so far.
struct Place<'b> {
    bytes: &'b [u8],
    at: usize,
    /// The beginning of a packet. If a packet begins at `at`, this is `at` or an earlier position.
    packet: usize,
    /// The bytes of the last line that was found in `bytes`.
    last: &'b [u8],
}

impl Place<'_> {
    fn continues_with(&mut self, read: &[u8]) -> bool {
        let last = self.bytes.get(self.at..self.at + read.len()).filter(|bytes| *bytes == read);
        if let Some(last) = last {
            self.last = last;
            self.at += read.len();
        }
        last.is_some()
    }

    /// Finds these packets at the beginning of a later packet.
    fn skips_to(&mut self, read: &[u8]) -> bool {
        let mut packet = self.packet;
        while let Some(rest) = self.bytes.get(packet..).filter(|rest| !rest.is_empty()) {
            if packet >= self.at && rest.starts_with(read) {
                (self.at, self.packet) = (packet + read.len(), packet);
                self.last = &rest[..read.len()];
                return true;
            }
            self.packet = if packet <= self.at { packet } else { self.packet };
            match packet_len(rest) {
                Header::Of(len) => packet += len,
                Header::Incomplete | Header::Wrong => return false,
            }
        }
        false
    }
}

/// The bytes of several lines that may form packets together.
#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    /// `bytes` begins with whole packets. This is the position after these packets.
    end: usize,
    are_none: bool,
}

impl Pending {
    fn add(&mut self, bytes: &[u8]) {
        if self.are_none {
            return;
        }
        self.bytes.extend_from_slice(bytes);
        while let Some(rest) = self.bytes.get(self.end..).filter(|rest| !rest.is_empty()) {
            match packet_len(rest) {
                Header::Of(len) if len <= rest.len() => self.end += len,
                Header::Of(_) | Header::Incomplete => return,
                Header::Wrong => {
                    self.are_none = true;
                    return;
                }
            }
        }
    }

    fn are_packets(&self) -> bool {
        self.end > 0 && self.end == self.bytes.len()
    }
}

/// The fixed header of a packet.
enum Header {
    /// The length of the packet.
    Of(usize),
    Incomplete,
    Wrong,
}

/// Reads the fixed header. The flags in the header may be wrong.
fn packet_len(bytes: &[u8]) -> Header {
    // No packet has the type 0, but other numbers often begin with a 0.
    if bytes.first().is_some_and(|first| *first < 0x10) {
        return Header::Wrong;
    }
    let len = match Decoder::new(Version::V3_1_1).frame_len(bytes) {
        Ok(FrameLen::Total(len)) => len,
        Ok(FrameLen::AtLeast(_)) => return Header::Incomplete,
        Err(error) => error.packet_len().unwrap_or_default(),
    };
    let is_legal = |version| bytes.get(..len).is_some_and(|frame| decode_frame(version, frame).is_ok());
    // In `mtu: 1500` of a log, `1500` looks like the header of a short packet.
    match len > SHORT || [Version::V5_0, Version::V3_1_1].into_iter().any(is_legal) {
        true => Header::Of(len),
        false => Header::Wrong,
    }
}
