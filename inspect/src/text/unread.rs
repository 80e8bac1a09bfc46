//! Finds lines that have packets in another form than the text as a whole.
//!
//! A form takes the lines that it knows, and leaves out the others. A packet in such a line would be lost, and nothing would show it.
//! So each line is read alone, too. If it has whole packets, the text as a whole must have them, in the same order.

use super::base64::decoded;
use super::line::has_control_name;
use super::scan::lines;
use super::{Fault, Radix, forms};
use mqtt_wire::stream::FrameLen;
use mqtt_wire::{Decoder, Version, decode_frame};

const OTHER_FORM: &str =
    "this line has a packet, too, but in another form than the others: give the lines of one form";

/// The length of a number that can look like a packet, in bytes. If the packet is longer, its length says that it is one.
const SHORT: usize = 4;

/// Refuses a text if one of its lines has packets that are not among these bytes.
pub(super) fn check(text: &str, bytes: &[u8], wanted: Option<Radix>) -> Result<(), Fault> {
    if lines(text).filter(|(_, line)| !line.trim().is_empty()).nth(1).is_none() {
        return Ok(());
    }
    let mut place = Place { bytes, at: 0, packet: 0 };
    let mut pending = Pending::default();
    for (start, line) in lines(text).filter(|(_, line)| !line.trim().is_empty()) {
        let readings = readings(line, wanted);
        if readings.iter().any(|read| place.continues_with(read)) {
            pending = Pending::default();
            continue;
        }
        let whole: Vec<_> =
            readings.iter().cloned().chain(parts(line)).filter(|read| are_packets(read)).collect();
        if whole.iter().any(|read| place.skips_to(read)) {
            pending = Pending::default();
            continue;
        }
        if !whole.is_empty() || line.split_whitespace().any(has_control_name) {
            return Err(Fault::new(start, OTHER_FORM));
        }
        // A packet can have several lines.
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

fn are_packets(bytes: &[u8]) -> bool {
    let mut pending = Pending::default();
    pending.add(bytes);
    pending.are_packets()
}

/// Returns what the line can mean if it is the whole text.
fn readings(line: &str, wanted: Option<Radix>) -> Vec<Vec<u8>> {
    let read = |wanted| match forms(line, wanted) {
        Ok(reading) => Ok(Some(reading.bytes).filter(|bytes| bytes.len() > 1)),
        Err(fault) => Err(fault),
    };
    match read(wanted) {
        Ok(bytes) => bytes.into_iter().collect(),
        // The other lines decide what the numbers are.
        Err(fault) if fault.what.contains("--") => {
            let radixes = [Radix::Hexadecimal, Radix::Decimal, Radix::Octal];
            radixes.into_iter().filter_map(|radix| read(Some(radix)).ok().flatten()).collect()
        }
        Err(_) => Vec::new(),
    }
}

/// Returns what a part of a line can mean: `CONNECT: \x10\x0d\x00\x04MQTT…`.
fn parts(line: &str) -> Vec<Vec<u8>> {
    let line = line.trim_end().trim_end_matches(['"', '\'', ';', ')', ']']);
    let word = line.split_whitespace().last().unwrap_or("");
    let padding = word.trim_end_matches('=').len();
    let begin = word[..padding].rfind(['=', '"', '\'', '(', '[']).map_or(0, |at| at + 1);
    let word = &word[begin..];
    let mut parts: Vec<_> = decoded(word).into_iter().collect();
    parts.extend(forms(word, None).ok().map(|reading| reading.bytes));
    for run in runs(line, 2, 16).into_iter().chain(runs(line, 8, 2)) {
        // The first number can be a length.
        parts.extend(run.get(1..).map(<[u8]>::to_vec));
        parts.push(run);
    }
    parts.extend(with_signs(line, '\\', ""));
    parts.extend(with_signs(line, '{', "}"));
    parts.extend(with_signs(line, '<', ">"));
    parts
}

/// Returns the runs of numbers with this length in a line.
fn runs(line: &str, len: usize, radix: u32) -> Vec<Vec<u8>> {
    let number = |word: &str| u8::from_str_radix(word, radix).ok().filter(|_| word.len() == len);
    let words = line.split(|c: char| c.is_whitespace() || "()[]<>=,;:-|\"'".contains(c));
    let numbers: Vec<_> = words.filter(|word| !word.is_empty()).map(number).collect();
    numbers.split(Option::is_none).map(|run| run.iter().flatten().copied().collect()).collect()
}

/// Returns the characters from the first sign on, in which two hexadecimal or three octal digits after a sign are a byte.
fn with_signs(line: &str, sign: char, end: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = &line[line.find(sign)?..];
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let digits = after.strip_prefix('x').unwrap_or(after);
        let number = |len, radix| {
            u8::from_str_radix(digits.get(..len)?, radix).ok().map(|byte| (byte, &digits[len..]))
        };
        let is_octal = end.is_empty() && digits.len() == after.len();
        let byte = if is_octal { number(3, 8) } else { number(2, 16) };
        match byte.filter(|_| c == sign).and_then(|(byte, after)| Some((byte, after.strip_prefix(end)?))) {
            Some((byte, after)) => {
                bytes.push(byte);
                rest = after;
            }
            None => {
                bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                rest = after;
            }
        }
    }
    Some(bytes)
}

/// How much of the bytes the lines so far have.
struct Place<'b> {
    bytes: &'b [u8],
    at: usize,
    /// The beginning of a packet, not after `at` if a packet begins there.
    packet: usize,
}

impl Place<'_> {
    fn continues_with(&mut self, read: &[u8]) -> bool {
        let continues = self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(read));
        self.at += if continues { read.len() } else { 0 };
        continues
    }

    /// Finds these packets at the beginning of a later packet.
    fn skips_to(&mut self, read: &[u8]) -> bool {
        let mut packet = self.packet;
        while let Some(rest) = self.bytes.get(packet..).filter(|rest| !rest.is_empty()) {
            if packet >= self.at && rest.starts_with(read) {
                (self.at, self.packet) = (packet + read.len(), packet);
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

/// Bytes of several lines.
#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    /// The end of the whole packets at the beginning.
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

/// Reads the fixed header. Its flags may be wrong.
fn packet_len(bytes: &[u8]) -> Header {
    // The type 0 is reserved. Other numbers begin with zeros, too.
    if bytes.first().is_some_and(|first| *first < 0x10) {
        return Header::Wrong;
    }
    let len = match Decoder::new(Version::V3_1_1).frame_len(bytes) {
        Ok(FrameLen::Total(len)) => len,
        Ok(FrameLen::AtLeast(_)) => return Header::Incomplete,
        Err(error) => error.packet_len().unwrap_or_default(),
    };
    let is_legal = |version| bytes.get(..len).is_some_and(|frame| decode_frame(version, frame).is_ok());
    // `mtu: 1500`
    match len > SHORT || [Version::V5_0, Version::V3_1_1].into_iter().any(is_legal) {
        true => Header::Of(len),
        false => Header::Wrong,
    }
}
