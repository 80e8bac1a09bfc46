//! Reads bytes in the text forms that people paste.
//!
//! The time is proportional to the length of the text: each part is read a fixed number of times.

mod array;
mod base64;
mod characters;
mod clean;
mod curl;
mod digits;
mod dump;
mod erlang;
mod follow;
mod hdl;
mod joined;
mod line;
mod list;
mod literal;
mod marks;
mod mbedtls;
mod number;
mod pascal;
mod percent;
mod php;
mod prose;
mod rest;
mod runs;
mod saleae;
mod scan;
mod string;
mod table;
#[cfg(test)]
mod tests;
mod times;
mod unread;

use scan::Group;
use std::fmt;
use std::ops::Range;

/// The radix of numbers without a mark such as `0x`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Radix {
    Hexadecimal,
    Decimal,
    Octal,
}

/// The bytes of a text, and the form that was detected.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) bytes: Vec<u8>,
    pub(crate) form: Form,
    /// The number of log lines without bytes.
    pub(crate) left_out: usize,
    /// The positions at which further dumps begin.
    pub(crate) begins: Vec<usize>,
    /// The parts of the text that were read, in their order.
    spans: Vec<Span>,
    /// Other readings of the same text. The caller knows which bytes make sense.
    pub(crate) others: Vec<(Vec<u8>, Form)>,
    /// A hint for the user if the bytes make no sense: another meaning of the text.
    pub(crate) hint: Option<&'static str>,
}

/// A part of the text, and the bytes that it has.
#[derive(Debug, PartialEq, Eq)]
struct Span {
    text: Range<usize>,
    bytes: Range<usize>,
}

impl Reading {
    fn new(form: Form) -> Self {
        let bytes = Vec::new();
        Self {
            bytes,
            form,
            left_out: 0,
            begins: Vec::new(),
            spans: Vec::new(),
            others: Vec::new(),
            hint: None,
        }
    }

    /// Returns the bytes of the whole text.
    fn of_all(text: &str, bytes: Vec<u8>, form: Form) -> Self {
        let mut reading = Self::new(form);
        reading.push(0..text.len(), &bytes);
        reading
    }

    /// Adds the bytes of a part of the text. A part without bytes, such as the heading of a dump, was understood, too.
    fn push(&mut self, text: Range<usize>, bytes: &[u8]) {
        let from = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.mark(text, from);
    }

    /// Adds the bytes of a number in brackets. If only blanks and commas precede the number, the number belongs to the part before it.
    fn push_in(&mut self, group: &Group<'_>, text: Range<usize>, bytes: &[u8]) {
        let last = self.spans.last().map_or(0, |last| last.text.end);
        let between =
            last.checked_sub(group.start).and_then(|last| group.text.get(last..text.start - group.start));
        let is_next = between.is_some_and(|between| between.bytes().all(|byte| matches!(byte, b',' | b' ')));
        match self.spans.last_mut().filter(|_| is_next) {
            Some(last) => {
                self.bytes.extend_from_slice(bytes);
                (last.text.end, last.bytes.end) = (text.end, self.bytes.len());
            }
            None => self.push(text, bytes),
        }
    }

    /// Adds a part of the text. Its bytes were added from `from` on.
    fn mark(&mut self, text: Range<usize>, from: usize) {
        self.spans.push(Span { text, bytes: from..self.bytes.len() });
    }

    /// Adds other readings, if the bytes are no packets.
    fn with_others(mut self, others: impl Iterator<Item = Self>) -> Self {
        if self.begins.is_empty() && self.others.is_empty() && !unread::are_frames(&self.bytes) {
            let others = others.filter(|other| other.bytes != self.bytes);
            self.others = others.map(|other| (other.bytes, other.form)).collect();
        }
        self
    }

    /// Adds that the digits can be decimal numbers with nothing between them.
    fn with_joined_numbers(mut self, text: &str) -> Self {
        let joined = joined::decimal(text).map(|bytes| (bytes, Form::JoinedDecimal));
        self.others.extend(joined);
        self.hint = joined::has_no_letters(text).then_some(JOINED);
        self
    }
}

/// The form of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Digits(Radix),
    /// Decimal numbers of three digits with nothing between them.
    JoinedDecimal,
    Log(Radix),
    Dump,
    /// A dump of words of two bytes, read in little-endian order.
    DumpOfWords,
    DumpOfBigEndianWords,
    /// Words of two bytes, read in little-endian order.
    Words,
    /// Bytes with a sign, such as `ffffffc0`, with or without blanks between them.
    SignedDigits,
    CurlTrace,
    MbedTls,
    Saleae,
    Percent,
    Table,
    List(Radix),
    Base64,
    Array(Radix),
    Erlang,
    NodeBuffer,
    String,
    QuotedDigits,
}

/// An error with its line and column, both from 1.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Bad {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) what: String,
}

/// Reads the bytes of a text.
///
/// `wanted` is the radix of unmarked numbers. If it is absent, the numbers decide, and an ambiguous text is an
/// error.
pub(crate) fn read(text: &[u8], wanted: Option<Radix>) -> Result<Reading, Bad> {
    let text = match std::str::from_utf8(text) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(error) => {
            let good = String::from_utf8_lossy(&text[..error.valid_up_to()]);
            return Err(Fault::new(good.len(), "the input is not text").in_text(&good));
        }
    };
    let original = text;
    let text = &*clean::clean(text);
    if text.trim().is_empty() {
        if !original.trim().is_empty() {
            return Err(Fault::new(0, NO_BYTES).in_text(original));
        }
        let form = Form::Digits(wanted.unwrap_or(Radix::Hexadecimal));
        return Ok(Reading::new(form));
    }
    let reading = forms(text, wanted).and_then(|reading| {
        let read = rest::lines_read(text, &reading);
        let others = others(&reading, text, wanted);
        // Another reading must not leave out lines that this reading has read.
        let others = others.filter(|other| read.is_subset(&rest::lines_read(text, other)));
        let mut others = others.filter_map(|other| checked(other, text).ok());
        match checked(reading, text) {
            Ok(reading) => Ok(reading.with_others(others)),
            Err(fault) => others.next().ok_or(fault),
        }
    });
    reading.map_err(|fault| match has_base64(text) {
        _ if clean::is_diff_of_both(text) => {
            Fault::new(0, "this is a diff with lines of both sides: give those of one side").in_text(text)
        }
        true => Fault::new(0, "this looks like Base64: `base64 -d` makes bytes of it").in_text(text),
        false => fault.in_text(text),
    })
}

/// Refuses a text without bytes, a text with packets in other parts than those that were read, and bytes that can be a time.
fn checked(reading: Reading, text: &str) -> Result<Reading, Fault> {
    let mut unclear = times::unclear(text).into_iter();
    // A bracket can precede the numbers of the line.
    let is_read = |at: &usize| {
        let before = reading.spans.partition_point(|span| span.text.start <= at + 1);
        before.checked_sub(1).is_some_and(|last| *at < reading.spans[last].text.end)
    };
    match unclear.find(is_read) {
        _ if reading.bytes.is_empty() => Err(Fault::new(0, NO_BYTES)),
        Some(at) => Err(Fault::new(at, "it is unclear whether this line is a time or has bytes")),
        None => unread::check(text, &reading).map(|()| reading),
    }
}

/// Returns other readings of a log. In the column of characters, `c[1,2,3]` looks like an array.
fn others<'t>(
    reading: &Reading,
    text: &'t str,
    wanted: Option<Radix>,
) -> impl Iterator<Item = Reading> + use<'t> {
    // In these forms, headings state what the bytes are.
    let is_clear = reading.bytes.is_empty() || matches!(reading.form, Form::CurlTrace | Form::MbedTls);
    let are_packets = unread::are_frames(&reading.bytes);
    let log = move || digits::read(text, wanted).ok().filter(|_| !are_packets);
    let dump = move || dump::read_log(text);
    std::iter::once_with(log).chain(std::iter::once_with(dump)).filter(move |_| !is_clear).flatten()
}

/// Returns the first form that the text has.
fn forms(text: &str, wanted: Option<Radix>) -> Result<Reading, Fault> {
    if let Some(reading) = curl::read(text)? {
        return Ok(reading);
    }
    if let Some(at) = quoted_printable(text) {
        return Err(Fault::new(
            at,
            "this looks like quoted-printable: `python3 -m quopri -d` makes bytes of it",
        ));
    }
    if let Some(reading) = mbedtls::read(text)? {
        return Ok(reading);
    }
    if let Some(reading) = php::read(text)? {
        return Ok(reading);
    }
    if let Some(reading) = saleae::read(text)? {
        return Ok(reading);
    }
    if let Some(reading) = table::read(text)? {
        return Ok(reading);
    }
    if let Some(reading) = follow::read(text) {
        return Ok(reading);
    }
    if let Some(reading) = hdl::read(text)? {
        return Ok(reading);
    }
    if let Some(layout) = dump::layout(text) {
        let reading = dump::read(text, layout)?;
        let others = match dump::read(text, layout.with_big_endian_words()) {
            Ok(reading) if layout.is_in_words => vec![(reading.bytes, Form::DumpOfBigEndianWords)],
            _ if dump::has_long_words(text) => digits::little_endian(&reading.bytes, 4, Form::DumpOfWords),
            _ => Vec::new(),
        };
        return Ok(Reading { others, ..reading });
    }
    if !has_other_strings(text) {
        if let Some(reading) = base64::read(text)? {
            return Ok(reading);
        }
        if let Some(reading) = pascal::read(text)? {
            return Ok(reading);
        }
    }
    if let Some(reading) = list::read(text, wanted)? {
        return Ok(reading);
    }
    match literal::read(text, wanted)? {
        Some(reading) => {
            let is_decimal = reading.form == Form::Array(Radix::Decimal) && wanted.is_none();
            let other = if is_decimal { array::in_hexadecimal(text, &reading.bytes) } else { None };
            let others = other.map(|bytes| (bytes, Form::Array(Radix::Hexadecimal)));
            Ok(Reading { others: others.into_iter().collect(), ..reading })
        }
        None => match digits::read(text, wanted) {
            Ok(reading) if wanted.is_none() => Ok(reading.with_joined_numbers(text)),
            Ok(reading) => Ok(reading),
            Err(fault) => {
                let may_be_decimal = matches!(wanted, None | Some(Radix::Decimal));
                let decimal = || joined::decimal(text).filter(|_| may_be_decimal);
                joined::read(text)
                    .or_else(|| percent::read(text))
                    .or_else(|| decimal().map(|bytes| Reading::of_all(text, bytes, Form::JoinedDecimal)))
                    .or_else(|| dump::read_log(text))
                    .or_else(|| prose::read(text, wanted).filter(|_| digits::is_about_lines(&fault)))
                    .ok_or_else(|| match joined::has_no_letters(text) {
                        true => Fault { what: format!("{}; {JOINED}", fault.what), ..fault },
                        false => fault,
                    })
            }
        },
    }
}

const NO_BYTES: &str = "this text has no bytes";
const JOINED: &str = "the text has only decimal digits: if they are decimal numbers, separate them, or write three digits for each byte";
const LEFT_OUT: &str = "the program that wrote this has left out the rest of the bytes";

/// Returns the position of two neighbouring bytes such as `=00=04`.
fn quoted_printable(text: &str) -> Option<usize> {
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'A'..=b'F');
    let is_byte = |bytes: &[u8]| bytes[0] == b'=' && bytes[1..].iter().all(is_digit);
    let is_pair = |bytes: &[u8]| is_byte(&bytes[..3]) && is_byte(&bytes[3..]);
    text.as_bytes().windows(6).position(is_pair)
}

/// Whether the text has escapes or a binary. The marks of Base64 and Pascal can be characters of such a string.
fn has_other_strings(text: &str) -> bool {
    let is_escape =
        |pair: &[u8]| pair[0] == b'\\' && matches!(pair[1], b'x' | b'u' | b'0'..=b'7' | b'n' | b'r' | b't');
    text.contains("<<") || text.as_bytes().windows(2).any(is_escape)
}

/// An error and its byte position in the text.
#[derive(Debug, PartialEq, Eq)]
struct Fault {
    at: usize,
    what: String,
}

impl Fault {
    fn new(at: usize, what: impl Into<String>) -> Self {
        Self { at, what: what.into() }
    }

    fn in_text(self, text: &str) -> Bad {
        let before = text.get(..self.at).unwrap_or(text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        Bad { line, column, what: self.what }
    }
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.what)
    }
}

impl fmt::Display for Radix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hexadecimal => "hexadecimal",
            Self::Decimal => "decimal",
            Self::Octal => "octal",
        })
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digits(Radix::Hexadecimal) => f.write_str("hexadecimal digits"),
            Self::Digits(radix) => write!(f, "{radix} numbers"),
            Self::JoinedDecimal => f.write_str("decimal numbers of three digits"),
            Self::Log(radix) => write!(f, "a log with {radix} numbers"),
            Self::Dump => f.write_str("a hex dump with offsets"),
            Self::DumpOfWords => f.write_str("a hex dump with offsets, of words in little-endian order"),
            Self::DumpOfBigEndianWords => {
                f.write_str("a hex dump with offsets, of words in big-endian order")
            }
            Self::Words => f.write_str("hexadecimal words in little-endian order"),
            Self::SignedDigits => f.write_str("hexadecimal digits of bytes with a sign"),
            Self::MbedTls => f.write_str("a debug log of Mbed TLS"),
            Self::Saleae => f.write_str("a table of Saleae Logic"),
            Self::Percent => f.write_str("percent encoding"),
            Self::CurlTrace => f.write_str("a trace of curl"),
            Self::Table => f.write_str("a table of bytes with offsets"),
            Self::List(radix) => write!(f, "a list of {radix} numbers"),
            Self::Base64 => f.write_str("Base64"),
            Self::Array(radix) => write!(f, "an array of {radix} numbers"),
            Self::Erlang => f.write_str("an Erlang binary"),
            Self::NodeBuffer => f.write_str("a buffer in hexadecimal"),
            Self::String => f.write_str("a string with escapes"),
            Self::QuotedDigits => f.write_str("a string of hexadecimal digits"),
        }
    }
}

/// Whether the text, or a string in it, looks like Base64.
fn has_base64(text: &str) -> bool {
    const SHORTEST: usize = 8;
    is_base64(text)
        || text.split('"').skip(1).step_by(2).any(|part| part.len() >= SHORTEST && is_base64(part))
}

/// Whether the text looks like Base64: lines of its length, with digits and letters of both cases.
fn is_base64(text: &str) -> bool {
    let (mut len, mut has) = (0, [false; 3]);
    let body = text.trim().trim_end_matches('=');
    for byte in body.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')) {
        len += 1;
        match byte {
            b'A'..=b'Z' => has[0] = true,
            b'a'..=b'z' => has[1] = true,
            b'0'..=b'9' | b'+' | b'/' => has[2] = true,
            _ => return false,
        }
    }
    let padding = text.trim().len() - body.len();
    has == [true; 3] && padding <= 2 && (len + padding) % 4 == 0
}
