//! Whole packets between lines of prose: posts in forums, chats and mails.
//!
//! ```text
//! My client sends this:
//! c0 00
//! Then the broker answers `d0 00`, but after 60 s it closes port 1883.
//! ```

use super::line::{self, Before, Digits, Line};
use super::scan::lines;
use super::{Form, Radix, Reading, digits, unread};
use std::ops::Range;

/// Returns the bytes of all places that have only numbers. Each place must be whole packets. The caller looks for packets in the rest.
pub(super) fn read(text: &str, wanted: Option<Radix>) -> Option<Reading> {
    let places = Places::of(text)?;
    let mut reading: Option<Reading> = None;
    for place in places.found {
        let numbers = &text[place.clone()];
        let Some((form, bytes)) = packets(numbers, wanted) else {
            // These numbers can be a part of a packet.
            if line::bytes_in(numbers) >= FEW || is_row(text, &place) {
                return None;
            }
            continue;
        };
        let all = reading.get_or_insert_with(|| Reading::new(form));
        if all.form != form {
            return None;
        }
        all.push(place, &bytes);
    }
    reading.map(|reading| Reading { left_out: places.left_out, ..reading })
}

/// Whether the line has several numbers and nothing else.
fn is_row(text: &str, place: &Range<usize>) -> bool {
    let before = text[..place.start].rsplit('\n').next().unwrap_or("");
    let after = text[place.end..].split('\n').next().unwrap_or("");
    !line::is_one_word(&text[place.clone()])
        && format!("{before}{after}").chars().all(|c| !c.is_alphanumeric())
}

/// So many numbers are no coincidence.
const FEW: usize = 3;

/// Returns the packets, if the numbers have nothing else.
fn packets(numbers: &str, wanted: Option<Radix>) -> Option<(Form, Vec<u8>)> {
    let reading = digits::read(numbers, wanted).ok()?;
    match reading.form {
        Form::Digits(radix) if unread::are_frames(&reading.bytes) => Some((Form::Log(radix), reading.bytes)),
        _ => None,
    }
}

/// The places of a text that have only numbers.
#[derive(Default)]
struct Places {
    found: Vec<Range<usize>>,
    left_out: usize,
    /// The last line has only numbers, so the next line can be the next row.
    is_open: bool,
    /// A word of prose can be a packet with a wrong digit.
    has_broken: bool,
}

impl Places {
    /// Returns nothing if bytes were left out, or if a line without a place is not prose.
    fn of(text: &str) -> Option<Self> {
        let mut places = Self::default();
        for (start, line) in lines(text).filter(|(_, line)| !line.trim().is_empty()) {
            let look = line::look(line);
            let digits = if let Line::Digits(digits) = look { Some(digits) } else { None };
            let is_cut = matches!(look, Line::Cut(_)) || line::omission(line, digits).is_some();
            if is_cut || line::is_omission(line.trim()) {
                return None;
            }
            match digits {
                Some(digits) if is_clear(digits) => places.add(start, digits),
                _ => places.add_code(start, line)?,
            }
        }
        // Other words are packets, so this word is probably a packet, too.
        let is_word = |place: &Range<usize>| line::is_one_word(&text[place.clone()]);
        (!places.has_broken || !places.found.iter().any(is_word)).then_some(places)
    }

    fn add(&mut self, start: usize, digits: Digits<'_>) {
        let is_row = digits.before == Before::Nothing;
        let place = start + digits.start..start + digits.start + digits.text.len();
        match self.found.last_mut().filter(|_| is_row && self.is_open) {
            Some(last) => last.end = place.end,
            None => self.found.push(place),
        }
        self.is_open = is_row;
    }

    /// Adds the numbers that Markdown marks as code.
    fn add_code(&mut self, start: usize, line: &str) -> Option<()> {
        let count = self.found.len();
        self.is_open = false;
        self.has_broken |= line::has_broken_word(line);
        for (number, part) in line.split('`').enumerate() {
            match line::look(part) {
                Line::Digits(digits) if number % 2 == 1 && digits.before == Before::Nothing => {
                    self.add(start + (part.as_ptr() as usize - line.as_ptr() as usize), digits);
                    self.is_open = false;
                }
                _ => {
                    for word in packets_in_prose(part)? {
                        let at = start + (word.as_ptr() as usize - line.as_ptr() as usize);
                        self.found.push(at..at + word.len());
                    }
                }
            }
        }
        self.left_out += usize::from(count == self.found.len());
        Some(())
    }
}

/// Whether the numbers are more than a short word after a label, or the label names bytes. In `id: 40021a2b`, the word is no packet.
fn is_clear(digits: Digits<'_>) -> bool {
    const WORD: usize = 5;
    match digits.before {
        Before::Nothing => true,
        Before::Label(label) if line::names_bytes(label) => true,
        _ => !line::is_one_word(digits.text) || line::bytes_in(digits.text) >= WORD,
    }
}

/// Returns the words that are whole packets. `None` if the text has other bytes, as in `c0 0g`, where a byte has a wrong digit.
fn packets_in_prose(text: &str) -> Option<Vec<&str>> {
    let is_nearly_a_byte = |word: &&str| word.len() == 2 && word.contains(|c: char| c.is_ascii_digit());
    let words = text.split_whitespace();
    let bytes = words.clone().filter(is_nearly_a_byte).count();
    let is_prose = bytes == 0 || bytes < FEW && bytes < words.clone().count();
    let pieces = words.flat_map(|word| word.split(|c: char| "{}[]()<>=\"'`".contains(c)));
    let packets: Vec<_> = pieces.filter(|word| is_beginning(word)).map(digits_in).collect();
    let are_whole = packets.iter().all(|word| is_packet(word));
    (is_prose && are_whole && !line::is_nearly_bytes(text)).then_some(packets)
}

/// Returns the word without the signs around it.
fn digits_in(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_ascii_alphanumeric())
}

/// Whether the word is a legal packet. A short number without letters is a coincidence.
fn is_packet(digits: &str) -> bool {
    const SHORTEST: usize = 5;
    const LONG: usize = 8;
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap_or_default());
    let bytes: Vec<u8> = pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect();
    let is_clear = bytes.len() >= LONG || digits.contains(|c: char| c.is_ascii_alphabetic());
    bytes.len() >= SHORTEST && is_clear && unread::legal_len(&bytes) == bytes.len()
}

/// Whether the word can be the beginning of a packet: `8212000100`. The last byte can have lost a digit.
fn is_beginning(word: &str) -> bool {
    let digits = digits_in(word);
    const CUT: usize = 9;
    let are_bytes =
        (digits.len() % 2 == 0 || digits.len() >= CUT) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let first = digits.get(..2).and_then(|first| u8::from_str_radix(first, 16).ok());
    are_bytes && digits.len() > 2 * FEW && first.is_some_and(unread::is_header)
}
