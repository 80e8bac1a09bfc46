//! Reads bytes in the text forms that people paste.
//!
//! The time is proportional to the length of the text: each part is read a fixed number of times.

mod array;
mod base64;
mod curl;
mod digits;
mod dump;
mod erlang;
mod follow;
mod line;
mod list;
mod literal;
mod number;
mod pascal;
mod scan;
mod string;
mod table;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;

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
}

impl Reading {
    fn new(bytes: Vec<u8>, form: Form) -> Self {
        Self { bytes, form, left_out: 0, begins: Vec::new() }
    }
}

/// The form of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Digits(Radix),
    Log(Radix),
    Dump,
    /// A dump of words of two bytes, read in little-endian order.
    DumpOfWords,
    CurlTrace,
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
    let text = &*without_colours(text);
    let text = &*without_invisible(text);
    let text = &*without_fences(text);
    let text = &*without_marks_of_code(text);
    let text = &*with_plain_characters(text);
    let text = &*without_marks_of_quotation(text);
    let text = &*without_line_numbers(text);
    if text.trim().is_empty() {
        let form = Form::Digits(wanted.unwrap_or(Radix::Hexadecimal));
        return Ok(Reading::new(Vec::new(), form));
    }
    forms(text, wanted).map_err(|fault| match has_base64(text) {
        true => Fault::new(0, "this looks like Base64: `base64 -d` makes bytes of it").in_text(text),
        false => fault.in_text(text),
    })
}

/// Returns the first form that the text has.
fn forms(text: &str, wanted: Option<Radix>) -> Result<Reading, Fault> {
    if let Some(reading) = curl::read(text)? {
        return Ok(reading);
    }
    if let Some(reading) = table::read(text)? {
        return Ok(reading);
    }
    if let Some(reading) = follow::read(text) {
        return Ok(reading);
    }
    if let Some(layout) = dump::layout(text) {
        let (bytes, begins) = dump::read(text, layout)?;
        let form = if layout.is_in_words { Form::DumpOfWords } else { Form::Dump };
        return Ok(Reading { begins, left_out: dump::left_out(text), ..Reading::new(bytes, form) });
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
        Some((bytes, form)) => Ok(Reading::new(bytes, form)),
        None => digits::read(text, wanted),
    }
}

const LEFT_OUT: &str = "the program that wrote this has left out the rest of the bytes";

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
            Self::Log(radix) => write!(f, "a log with {radix} numbers"),
            Self::Dump => f.write_str("a hex dump with offsets"),
            Self::DumpOfWords => f.write_str("a hex dump with offsets, of words in little-endian order"),
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

/// Removes characters without a width, which text from web pages contains.
fn without_invisible(text: &str) -> Cow<'_, str> {
    const INVISIBLE: [char; 6] = ['\u{ad}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}'];
    match text.contains(INVISIBLE) {
        true => Cow::Owned(text.replace(INVISIBLE, "")),
        false => Cow::Borrowed(text),
    }
}

/// Replaces the marks around a line of code in Markdown by blanks: `` `10 0d` ``.
fn without_marks_of_code(text: &str) -> Cow<'_, str> {
    const MARK: char = '`';
    let is_code = |line: &str| line.len() > 1 && line.starts_with(MARK) && line.ends_with(MARK);
    if !text.lines().any(|line| is_code(line.trim())) {
        return Cow::Borrowed(text);
    }
    let line = |line: &str| match is_code(line.trim()) {
        true => line.replace(MARK, " "),
        false => line.to_owned(),
    };
    Cow::Owned(text.split_inclusive('\n').map(line).collect())
}

/// Replaces the lines around a block of Markdown by blanks. If there is a single block, the text before and after it is
/// replaced, too, unless it can have bytes.
fn without_fences(text: &str) -> Cow<'_, str> {
    let lines = || text.split_inclusive('\n');
    let fences = lines().filter(|line| is_fence(line)).count();
    if fences == 0 {
        return Cow::Borrowed(text);
    }
    let can_be_bytes = |line: &str| !matches!(line::look(line.trim_end()), line::Line::Nothing);
    let has_bytes_outside =
        inside_fences(text).any(|(is_inside, line)| !is_inside && !is_fence(line) && can_be_bytes(line));
    let is_alone = fences == 2 && !has_bytes_outside;
    let kept = inside_fences(text).map(|(is_inside, line)| match is_fence(line) || is_alone && !is_inside {
        true => line.chars().map(|c| if c == '\n' { c } else { ' ' }).collect(),
        false => line.to_owned(),
    });
    Cow::Owned(kept.collect())
}

fn is_fence(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("```") || line.starts_with("~~~")
}

/// Returns the lines with their ends, and whether each is in a block.
fn inside_fences(text: &str) -> impl Iterator<Item = (bool, &str)> {
    let mut is_inside = false;
    text.split_inclusive('\n').map(move |line| {
        is_inside ^= is_fence(line);
        (is_inside, line)
    })
}

/// Replaces typographic blanks, quotes and dashes. Strings with escapes or in binaries may have such characters as bytes.
fn with_plain_characters(text: &str) -> Cow<'_, str> {
    let has_strings = text.contains(['"', '\'']) && (text.contains(['\\', '#']) || text.contains("<<"));
    if has_strings || !text.contains(|c: char| plain(c) != c) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(plain).collect())
}

fn plain(c: char) -> char {
    match c {
        '\u{a0}' | '\u{2002}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        '“' | '”' | '„' | '‟' => '"',
        '‘' | '’' | '‚' | '‛' => '\'',
        '‐' | '‑' | '‒' | '–' | '—' | '−' => '-',
        c => c,
    }
}

/// Replaces the `>` before each line of a quotation by blanks.
fn without_marks_of_quotation(text: &str) -> Cow<'_, str> {
    let after = |line: &str| line.trim_start_matches(['>', ' ']).len();
    let is_quoted = |line: &str| line.trim_start().starts_with('>') || line.trim().is_empty();
    if !text.contains('>') || !text.lines().all(is_quoted) {
        return Cow::Borrowed(text);
    }
    let line = |line: &str| {
        let (marks, rest) = line.split_at(line.len() - after(line));
        " ".repeat(marks.len()) + rest
    };
    Cow::Owned(text.split_inclusive('\n').map(line).collect())
}

/// Replaces the numbers of lines by blanks, if they count from 1.
fn without_line_numbers(text: &str) -> Cow<'_, str> {
    let mut next = 1_u64;
    for (_, line) in scan::lines(text).filter(|(_, line)| !line.trim().is_empty()) {
        match after_number(line) {
            // A line with one more number can be an item of a list.
            Some((number, rest))
                if number == next && (next > 1 || rest.split_whitespace().nth(1).is_some()) =>
            {
                next += 1
            }
            _ => return Cow::Borrowed(text),
        }
    }
    if next <= 2 {
        return Cow::Borrowed(text);
    }
    let line = |line: &str| match after_number(line) {
        Some((_, rest)) => " ".repeat(line.len() - rest.len()) + rest,
        None => line.to_owned(),
    };
    Cow::Owned(text.split_inclusive('\n').map(line).collect())
}

/// Returns the number at the beginning of a line, and the text after its mark: `12: `, `12. `, `12) `, or a tab.
fn after_number(line: &str) -> Option<(u64, &str)> {
    let text = line.trim_start();
    let (digits, rest) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let marked = rest.strip_prefix([':', '.', ')']).filter(|rest| rest.starts_with(char::is_whitespace));
    let rest = marked.or_else(|| rest.strip_prefix('\t')).filter(|rest| !rest.trim().is_empty())?;
    Some((digits.parse().ok()?, rest))
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

/// Replaces terminal colour sequences by blanks, so that the text after them keeps its position.
fn without_colours(text: &str) -> Cow<'_, str> {
    const ESCAPE: char = '\x1b';
    if !text.contains(ESCAPE) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut in_sequence = false;
    for c in text.chars() {
        if c == ESCAPE {
            in_sequence = true;
            kept.push(' ');
        } else if in_sequence && c.is_ascii() && c != '\n' {
            in_sequence = !c.is_ascii_alphabetic();
            kept.push(' ');
        } else {
            in_sequence = false;
            kept.push(c);
        }
    }
    Cow::Owned(kept)
}
