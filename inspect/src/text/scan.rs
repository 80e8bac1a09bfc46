//! Finds lines and groups in brackets in one pass.

/// Returns the lines and their positions.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut next = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = next;
        next += line.len();
        let line = line.strip_suffix('\n').unwrap_or(line);
        (start, line.strip_suffix('\r').unwrap_or(line))
    })
}

/// The brackets around a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bracket {
    Square,
    Curly,
    Round,
    /// `<…>`
    Angle,
    /// `<<…>>`
    Double,
}

/// The text between two brackets, without inner brackets of the same kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group<'t> {
    pub(super) bracket: Bracket,
    pub(super) start: usize,
    pub(super) text: &'t str,
    /// The group has an inner pair of the same brackets. The part outside of the inner pair is not returned.
    pub(super) is_nested: bool,
}

/// Returns the groups of a text, sorted by their ends. Brackets in comments do not count. Brackets in strings inside
/// of a group do not count either.
pub(super) fn groups(text: &str) -> Groups<'_> {
    Groups { text, at: 0, open: [None; 5], is_nested: false, unclosed: Unclosed::default() }
}

pub(super) struct Groups<'t> {
    text: &'t str,
    at: usize,
    /// The position of the last open bracket of each kind.
    open: [Option<usize>; 5],
    is_nested: bool,
    unclosed: Unclosed,
}

/// Searches that have failed. If they were repeated, the time would be quadratic.
#[derive(Debug, Default)]
pub(super) struct Unclosed {
    /// The kinds of quotes that have no closing quote in the rest of this line.
    quotes: Vec<u8>,
    comment: bool,
}

impl Unclosed {
    pub(super) fn new_line(&mut self) {
        self.quotes.clear();
    }
}

impl<'t> Iterator for Groups<'t> {
    type Item = Group<'t>;

    fn next(&mut self) -> Option<Group<'t>> {
        while let Some(&byte) = self.text.as_bytes().get(self.at) {
            let at = self.at;
            if let Some(end) = self.passed_over(byte) {
                self.at = end;
                continue;
            }
            let rest = &self.text[at..];
            self.at += 1;
            let group = match byte {
                b'\n' => {
                    self.unclosed.new_line();
                    None
                }
                b'<' if rest.starts_with("<<") => {
                    self.at += 1;
                    self.is_nested |= self.open[Bracket::Double as usize].is_some();
                    self.begin(Bracket::Double)
                }
                b'>' if rest.starts_with(">>") && self.open[Bracket::Double as usize].is_some() => {
                    self.at += 1;
                    let is_nested = std::mem::take(&mut self.is_nested);
                    self.end(Bracket::Double, at).map(|group| Group { is_nested, ..group })
                }
                b'[' => self.begin(Bracket::Square),
                b'{' => self.begin(Bracket::Curly),
                // The parentheses of a call in an array, as in `0x82.toByte()`.
                b'(' if rest.starts_with("()") => {
                    self.at += 1;
                    None
                }
                b'(' => self.begin(Bracket::Round),
                b'<' => self.begin(Bracket::Angle),
                b']' => self.end(Bracket::Square, at),
                b'}' => self.end(Bracket::Curly, at),
                b')' => self.end(Bracket::Round, at),
                b'>' => self.end(Bracket::Angle, at),
                _ => {
                    self.at = at + char_len(byte);
                    None
                }
            };
            if group.is_some() {
                return group;
            }
        }
        None
    }
}

impl<'t> Groups<'t> {
    fn begin(&mut self, bracket: Bracket) -> Option<Group<'t>> {
        self.open[bracket as usize] = Some(self.at);
        None
    }

    fn end(&mut self, bracket: Bracket, at: usize) -> Option<Group<'t>> {
        let start = self.open[bracket as usize].take()?;
        Some(Group { bracket, start, text: &self.text[start..at], is_nested: false })
    }

    /// Returns the end of a comment or string that begins here.
    fn passed_over(&mut self, byte: u8) -> Option<usize> {
        let is_inside = self.open.iter().any(Option::is_some);
        match byte {
            b'"' | b'\'' if is_inside => string_end(self.text, self.at, &mut self.unclosed),
            b'/' | b'#' | b'%' => comment_end(self.text, self.at, is_inside, &mut self.unclosed),
            _ => None,
        }
    }
}

/// Returns the position after the closing quote, if the line has one.
pub(super) fn string_end(text: &str, at: usize, unclosed: &mut Unclosed) -> Option<usize> {
    let quote = *text.as_bytes().get(at)?;
    if unclosed.quotes.contains(&quote) {
        return None;
    }
    let (mut escaped, mut end) = (false, None);
    for (len, &byte) in text.as_bytes()[at + 1..].iter().enumerate() {
        if byte == b'\n' {
            break;
        }
        if byte == quote && !escaped {
            end = Some(at + 1 + len + 1);
            break;
        }
        escaped = byte == b'\\' && !escaped;
    }
    if end.is_none() {
        unclosed.quotes.push(quote);
    }
    end
}

/// Returns the end of a comment that begins here. `#` and `%` begin a comment only between numbers.
pub(super) fn comment_end(
    text: &str,
    at: usize,
    between_numbers: bool,
    unclosed: &mut Unclosed,
) -> Option<usize> {
    let rest = &text[at..];
    let before = text[..at].bytes().next_back();
    // `mqtt://host` and `a//b` are not comments.
    let is_apart = before.is_none_or(|byte| byte.is_ascii_whitespace() || b",;{}[]()".contains(&byte));
    let is_line = rest.starts_with("//") || between_numbers && rest.starts_with(['#', '%']);
    if is_line && is_apart {
        return Some(rest.find('\n').map_or(text.len(), |len| at + len));
    }
    if !rest.starts_with("/*") || unclosed.comment {
        return None;
    }
    let end = rest[2..].find("*/").map(|len| at + 2 + len + 2);
    unclosed.comment = end.is_none();
    end
}

fn char_len(first_byte: u8) -> usize {
    match first_byte {
        0xf0.. => 4,
        0xe0.. => 3,
        0xc0.. => 2,
        _ => 1,
    }
}
