//! Binaries of Erlang and Elixir: `<<16,13,0,4,"MQTT",4:8,60:16>>`.

use super::number::{self, is_number};
use super::scan::{Bracket, Group, Unclosed, comment_end, string_end};
use super::string::{Flavour, unescape};
use super::{Fault, Form, LEFT_OUT, Reading};

/// The width of the widest numeric field, in bits.
const MOST_BITS: usize = 64;

/// Whether the group is a binary. The first segment of a binary is a number or a string, and commas follow it.
pub(super) fn is_binary(group: &Group<'_>) -> bool {
    if group.bracket != Bracket::Double {
        return false;
    }
    let Some(segment) = (Segments { group: *group, at: 0, unclosed: Unclosed::default() }).next() else {
        return false;
    };
    let value = segment.value.split([':', '/']).next().unwrap_or("");
    segment.is_string || is_number(value) || value.parse::<i64>().is_ok()
}

/// Appends the bytes of a binary.
pub(super) fn read(group: &Group<'_>, reading: &mut Reading) -> Result<(), Fault> {
    if group.is_nested {
        return Err(Fault::new(group.start, "a binary in a binary is not supported"));
    }
    for segment in (Segments { group: *group, at: 0, unclosed: Unclosed::default() }) {
        let mut bytes = Vec::new();
        segment.read(&mut bytes)?;
        reading.push_in(group, segment.at..segment.end, &bytes);
    }
    Ok(())
}

/// Returns the bytes, if each binary of the text is a string of hexadecimal digits: `<<"100D0004">>`.
pub(super) fn digits(text: &str, groups: &[Group<'_>]) -> Option<Reading> {
    if text.matches("<<").count() != groups.len() {
        return None;
    }
    let mut reading = Reading::new(Form::QuotedDigits);
    for group in groups {
        let digits = group.text.trim().strip_prefix('"')?.strip_suffix('"')?;
        let pairs = digits.as_bytes().chunks(2).map(|pair| match pair {
            [high, low] => Some(number::digit(*high)? << 4 | number::digit(*low)?),
            _ => None,
        });
        reading.push(group.start..group.start + group.text.len(), &pairs.collect::<Option<Vec<_>>>()?);
    }
    Some(reading)
}

/// A segment of a binary, between two commas.
struct Segment<'t> {
    at: usize,
    end: usize,
    /// The value without quotes.
    value: &'t str,
    is_string: bool,
    /// The size and type, as in `:16/little`.
    specifier: &'t str,
}

struct Segments<'t> {
    group: Group<'t>,
    at: usize,
    unclosed: Unclosed,
}

impl<'t> Iterator for Segments<'t> {
    type Item = Segment<'t>;

    fn next(&mut self) -> Option<Segment<'t>> {
        let text = self.group.text;
        self.skip_blanks();
        let at = self.at;
        let byte = *text.as_bytes().get(at)?;
        let string_end = if byte == b'"' { string_end(text, at, &mut self.unclosed) } else { None };
        let value_end = string_end.unwrap_or(at);
        let end = text[value_end..].find(',').map_or(text.len(), |len| value_end + len);
        self.at = end + 1;
        let rest = text[value_end..end].trim_end();
        let end = self.group.start + value_end + rest.len();
        Some(match string_end {
            Some(string_end) => Segment {
                at: self.group.start + at + 1,
                end,
                value: &text[at + 1..string_end - 1],
                is_string: true,
                specifier: rest.trim_start(),
            },
            None => {
                let value = &rest[..rest.find([':', '/']).unwrap_or(rest.len())];
                let specifier = &rest[value.len()..];
                Segment {
                    at: self.group.start + at,
                    end,
                    value: value.trim_end(),
                    is_string: false,
                    specifier,
                }
            }
        })
    }
}

impl Segments<'_> {
    fn skip_blanks(&mut self) {
        let text = self.group.text;
        while let Some(rest) = text.get(self.at..) {
            self.at += rest.len() - rest.trim_start().len();
            match comment_end(text, self.at.min(text.len()), true, &mut self.unclosed) {
                Some(end) => self.at = end,
                None => break,
            }
        }
    }
}

impl Segment<'_> {
    fn read(&self, bytes: &mut Vec<u8>) -> Result<(), Fault> {
        let fault = |what: String| Err(Fault::new(self.at, what));
        if self.value == "..." || self.value == "…" {
            return fault(LEFT_OUT.to_owned());
        }
        if self.is_string {
            return match self.specifier {
                "" | "/utf8" | "/binary" => unescape(self.value, self.at, Flavour::Erlang, bytes),
                other => fault(format!("{other:?} after a string is not supported")),
            };
        }
        if self.specifier.is_empty() {
            return match number::value(self.value, super::Radix::Decimal) {
                Some(byte) => {
                    bytes.push(byte);
                    Ok(())
                }
                None => fault(format!("{:?} is not a byte", self.value)),
            };
        }
        match self.sized() {
            Some(field) => {
                bytes.extend(field);
                Ok(())
            }
            None => fault(format!("{}{} is not supported", self.value, self.specifier)),
        }
    }

    /// Parses specifiers such as `60:16`, `60:16/little` and `16/integer`.
    fn sized(&self) -> Option<Vec<u8>> {
        let (size, types) = self.specifier.split_once('/').unwrap_or((self.specifier, ""));
        let bits = match size.strip_prefix(':') {
            Some(bits) => bits.trim().parse::<usize>().ok()?,
            None => 8,
        };
        let mut is_little = false;
        for word in types.split('-').map(str::trim).filter(|word| !word.is_empty()) {
            match word {
                "little" => is_little = true,
                "big" | "integer" | "unsigned" | "signed" => {}
                _ => return None,
            }
        }
        if bits % 8 != 0 || bits > MOST_BITS {
            return None;
        }
        let value = match self.value.split_once('#') {
            Some((radix, digits)) => {
                let radix = radix.parse().ok().filter(|radix| (2..=36).contains(radix))?;
                i128::from_str_radix(digits, radix).ok()?
            }
            None => match self.value.strip_prefix("0x") {
                Some(digits) => i128::from_str_radix(digits, 16).ok()?,
                None => self.value.parse().ok()?,
            },
        };
        let all = value.to_be_bytes();
        let (sign, field) = all.split_at(all.len() - bits / 8);
        // Erlang truncates numbers that are too large. In a packet, truncation is a mistake.
        if sign.iter().any(|byte| *byte != 0) {
            return None;
        }
        let mut field = field.to_vec();
        if is_little {
            field.reverse();
        }
        Some(field)
    }
}
