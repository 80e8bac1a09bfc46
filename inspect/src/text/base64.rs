//! Base64 with a mark before it: YAML's `!!binary`, the calls that decode Base64, and `data:` addresses.

use super::scan::lines;
use super::{Fault, Form, LEFT_OUT, Reading, line};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// The padding may be missing.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The mark of a value that may have several lines, all indented.
const BINARY: &str = "!!binary";
const MARKS: [&str; 6] = [BINARY, ";base64,", "FromBase64String(", "b64decode(", "base64_decode(", "atob("];

/// Returns the bytes of all marked values in their order.
pub(super) fn read(text: &str) -> Result<Option<Reading>, Fault> {
    if first_mark(text).is_none() {
        return Ok(None);
    }
    let mut reading = Reading::new(Form::Base64);
    let mut lines = lines(text).filter(|(_, line)| !line.trim().is_empty()).peekable();
    let mut found = false;
    while let Some((start, line)) = lines.next() {
        let Some((at, mark)) = first_mark(line) else {
            reading.left_out += 1;
            continue;
        };
        // Bytes before the mark show that the mark is a part of the column of characters.
        if line::has_bytes(&line[..at]) {
            return Ok(None);
        }
        found = true;
        let position = start + at;
        let (value, after) = digits(&line[at + mark.len()..]);
        if first_mark(after).is_some() {
            return Err(Fault::new(position, "it is unclear which of these values has the bytes"));
        }
        if after.starts_with("...") || after.starts_with('…') {
            return Err(Fault::new(position, LEFT_OUT));
        }
        if !after.is_empty() && !after.starts_with(|c: char| c.is_whitespace() || "\"'),;]}<".contains(c)) {
            return Err(Fault::new(position, "the Base64 after this is invalid"));
        }
        let mut value = value.to_owned();
        let mut end = start + line.len() - after.len();
        let indent = indent(line);
        while let Some((start, next)) =
            lines.next_if(|(_, next)| mark == BINARY && self::indent(next) > indent)
        {
            value.push_str(next.trim().trim_end_matches('"'));
            end = start + next.len();
        }
        match ENGINE.decode(&value) {
            Ok(new) if new.is_empty() => return Err(Fault::new(position, "no Base64 follows")),
            Ok(new) => reading.push(position..end, &new),
            Err(error) => {
                return Err(Fault::new(position, format!("the Base64 after this is invalid: {error}")));
            }
        }
    }
    Ok(found.then_some(reading))
}

/// Returns the bytes of a word without a mark.
pub(super) fn decoded(word: &str) -> Option<Vec<u8>> {
    ENGINE.decode(word).ok()
}

fn first_mark(line: &str) -> Option<(usize, &'static str)> {
    MARKS.iter().filter_map(|mark| line.find(mark).map(|at| (at, *mark))).min()
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Returns the digits of a value, without the quotes and signs before it, and the text after the digits.
fn digits(text: &str) -> (&str, &str) {
    let text = text.trim_start_matches([' ', '|', '>', '-']);
    let text = text.strip_prefix(['b', 'r']).filter(|text| text.starts_with(['"', '\''])).unwrap_or(text);
    let text = text.trim_start_matches(['"', '\'']);
    let is_digit = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    text.split_at(text.find(|c| !is_digit(c)).unwrap_or(text.len()))
}
