//! Strings of Pascal and Delphi: `#$10#$0D#0#4'MQTT'`.

use super::array::shortened;
use super::number::digit;
use super::scan::lines;
use super::{Fault, Form, Reading, line};

/// Returns the bytes of all strings that have characters with `#`.
pub(super) fn read(text: &str) -> Result<Option<Reading>, Fault> {
    // In a log, the characters after the bytes may look like a string.
    let mut before = lines(text).filter_map(|(_, line)| line.find('#').map(|at| &line[..at])).peekable();
    if before.peek().is_none() || before.any(line::has_bytes) {
        return Ok(None);
    }
    let (mut reading, mut run, mut at, mut found) = (Reading::new(Form::String), Run::default(), 0, false);
    loop {
        if let Some(part) = Part::of(text, at, at > 0 && run.end == at) {
            run.push(text, &part);
            at = part.end;
            continue;
        }
        let next = text[at..].chars().next();
        match next {
            Some('+') => run.has_plus = true,
            Some(c) if c.is_whitespace() => {}
            _ => {
                let done = std::mem::take(&mut run);
                if done.is_string() {
                    done.check(next.filter(|_| done.end == at))?;
                    found = true;
                    reading.push(done.start..done.end, &done.bytes?);
                }
            }
        }
        match next {
            Some(c) => at += c.len_utf8(),
            None => return Ok(found.then_some(reading)),
        }
    }
}

/// A character with `#`, or characters in quotes.
struct Part<'t> {
    start: usize,
    end: usize,
    content: Content<'t>,
}

#[derive(Clone, Copy)]
enum Content<'t> {
    Code { digits: &'t str, radix: u32 },
    Quoted(&'t str),
}

impl<'t> Part<'t> {
    /// `follows` means that another part ends at `start`.
    fn of(text: &'t str, start: usize, follows: bool) -> Option<Self> {
        let rest = text.get(start..)?;
        if let Some(inner) = rest.strip_prefix('\'') {
            let len = inner.find(['\'', '\n']).filter(|len| inner.as_bytes()[*len] == b'\'')?;
            let content = Content::Quoted(&inner[..len]);
            return Some(Self { start, end: start + len + 2, content });
        }
        let code = rest.strip_prefix('#')?;
        // In Erlang, `16#10` is a number.
        if !follows && text[..start].ends_with(char::is_alphanumeric) {
            return None;
        }
        let (code, radix) = code.strip_prefix('$').map_or((code, 10), |code| (code, 16));
        let is_digit = |byte: &u8| digit(*byte).is_some_and(|digit| u32::from(digit) < radix);
        let len = code.bytes().take_while(is_digit).count();
        let is_whole = !code[len..].starts_with(|c: char| c.is_alphanumeric());
        let end = start + (rest.len() - code.len()) + len;
        (len > 0 && is_whole).then_some(Self {
            start,
            end,
            content: Content::Code { digits: &code[..len], radix },
        })
    }
}

/// The parts of one string.
struct Run {
    bytes: Result<Vec<u8>, Fault>,
    parts: usize,
    codes: usize,
    has_dollar: bool,
    /// The beginning of the first part.
    start: usize,
    /// The end of the last part.
    end: usize,
    ends_with_quote: bool,
    /// There is a `+` after the last part.
    has_plus: bool,
    /// All codes have three octal digits.
    are_octal: bool,
    /// A code begins with a 0.
    has_zero: bool,
    /// Two parts have only blanks between them.
    has_gap: bool,
}

impl Default for Run {
    fn default() -> Self {
        Self {
            bytes: Ok(Vec::new()),
            parts: 0,
            codes: 0,
            has_dollar: false,
            start: 0,
            end: 0,
            ends_with_quote: false,
            has_plus: false,
            are_octal: true,
            has_zero: false,
            has_gap: false,
        }
    }
}

impl Run {
    fn push(&mut self, text: &str, part: &Part<'_>) {
        let follows = self.parts > 0 && self.end == part.start;
        self.has_gap |= self.parts > 0 && !follows && !self.has_plus;
        self.start = if self.parts == 0 { part.start } else { self.start };
        self.parts += 1;
        // In `'it''s'`, two quotes mean one.
        let is_doubled = follows && self.ends_with_quote;
        self.ends_with_quote = matches!(part.content, Content::Quoted(_));
        (self.end, self.has_plus) = (part.end, false);
        let Ok(bytes) = &mut self.bytes else { return };
        match part.content {
            Content::Quoted(characters) => {
                bytes.extend(is_doubled.then_some(b'\''));
                bytes.extend(characters.bytes());
            }
            Content::Code { digits, radix } => {
                self.codes += 1;
                self.has_dollar |= radix == 16;
                self.are_octal &= radix == 10 && digits.len() == 3 && u8::from_str_radix(digits, 8).is_ok();
                self.has_zero |= digits.starts_with('0');
                match u8::from_str_radix(digits, radix) {
                    Ok(byte) => bytes.push(byte),
                    Err(_) => {
                        let what = format!("{:?} is not a byte", shortened(&text[part.start..part.end]));
                        self.bytes = Err(Fault::new(part.start, what));
                    }
                }
            }
        }
    }

    /// Refuses the escapes of rsyslog, `#020#015MQTT`, which are octal. `next` is the character directly after the string.
    fn check(&self, next: Option<char>) -> Result<(), Fault> {
        let what = if next.is_some_and(|c| c.is_alphanumeric() || c == '#') {
            "characters follow that are not in a string of Pascal: print all bytes as hexadecimal digits"
        } else if self.are_octal && self.has_zero {
            "these codes can be decimal, as in Pascal, or octal, as rsyslog writes them: print all bytes as hexadecimal digits"
        } else {
            return Ok(());
        };
        Err(Fault::new(self.end, what))
    }

    /// Whether the parts can be nothing else than a string of Pascal. `#1 #2` can be numbers of issues, and `'a' #1` can be a string with a
    /// comment.
    fn is_string(&self) -> bool {
        self.codes > 0 && self.parts > 1 && (self.has_dollar || self.codes > 1 && !self.has_gap)
    }
}
