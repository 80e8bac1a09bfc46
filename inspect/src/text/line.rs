//! Finds the digits in a line: alone, or in a log after a time, a name or a mark.

use super::number::{digit, hexadecimal_digits};
use super::times::is_dateline;

/// The content of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line<'t> {
    Digits(Digits<'t>),
    /// No bytes, or no way to distinguish bytes from other numbers.
    Nothing,
    /// Numbers with names: `length=15 from=0 to=14`.
    Settings,
    /// A single digit after a mark: `a = 5`. The digit is a byte only if all lines have this form.
    Single(usize),
    /// Words of several bytes, as an assembler takes them.
    Words(usize),
    /// Two parts of the line could be the bytes. The second part begins here.
    Unclear(usize),
    /// The line states more bytes than it has, or a part of its bytes cannot be read: `size: 120, bin: c000`, `bin: c00`.
    Cut(usize),
}

/// The digits of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Digits<'t> {
    pub(super) start: usize,
    pub(super) text: &'t str,
    pub(super) before: Before<'t>,
}

/// The text before the digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before<'t> {
    Nothing,
    Time,
    /// A direction, such as `RX:`, `sent` or `->`.
    Direction {
        has_mark: bool,
    },
    /// A word that ends with a mark, such as `data=`.
    Label(&'t str),
    /// Another word.
    Text,
}

pub(super) fn look(line: &str) -> Line<'_> {
    if let Some(at) = words_of_assembler(line) {
        return Line::Words(at);
    }
    if is_heading_of_socat(line) || is_message_of_broker(line) {
        return Line::Settings;
    }
    if is_dateline(line) {
        return Line::Nothing;
    }
    if let Some(text) = Some(line.trim()).filter(|text| is_all_digits(text)) {
        let start = line.len() - line.trim_start().len();
        if begins_with_offset(text) {
            return Line::Unclear(start);
        }
        let text = without_characters(text);
        return Line::Digits(Digits { start, text, before: Before::Nothing });
    }
    if line.contains('|') {
        return in_columns(line);
    }
    let mut found = Found::default();
    match after_time_of_log(line) {
        Some(start) => found.look_at(&line[start..], start, Before::Time),
        None => found.look_at(line, 0, Before::Nothing),
    }
    found.line()
}

/// Returns the position after the time and other numbers before the message of a log.
pub(super) fn after_time_of_log(line: &str) -> Option<usize> {
    after_uptime(line).or_else(|| after_logcat(line)).or_else(|| after_syslog(line))
}

/// Whether the text can be the beginning of a line with more than one byte.
pub(super) fn has_bytes(text: &str) -> bool {
    match look(text) {
        Line::Digits(digits) => bytes_in(digits.text) > 1,
        look => matches!(look, Line::Unclear(_) | Line::Cut(_)),
    }
}

/// Whether socat has written this line before the bytes: `> 2026/01/02 12:00:00.000001  length=191 from=0 to=190`.
fn is_heading_of_socat(line: &str) -> bool {
    const NAMES: [&str; 3] = ["length=", "from=", "to="];
    let mut last = line.split_whitespace().rev();
    let mut names = NAMES.iter().rev();
    line.starts_with(['<', '>'])
        && names.all(|name| {
            let number = last.next().and_then(|word| word.strip_prefix(name));
            number.is_some_and(|number| number.parse::<u64>().is_ok())
        })
}

/// Whether the line names a packet as the logs of brokers do: `Sending CONNACK to c1 (0, 0)`.
fn is_message_of_broker(line: &str) -> bool {
    const NAMES: [&str; 15] = [
        "CONNECT",
        "CONNACK",
        "PUBLISH",
        "PUBACK",
        "PUBREC",
        "PUBREL",
        "PUBCOMP",
        "SUBSCRIBE",
        "SUBACK",
        "UNSUBSCRIBE",
        "UNSUBACK",
        "PINGREQ",
        "PINGRESP",
        "DISCONNECT",
        "AUTH",
    ];
    let mut words = line.split_whitespace().zip(line.split_whitespace().skip(1));
    words.any(|(verb, name)| {
        matches!(verb, "Sending" | "sending" | "Received" | "received") && NAMES.contains(&name)
    })
}

/// Returns the position after `I (12345) `, a level and milliseconds. ESP-IDF begins a line in this way.
fn after_uptime(line: &str) -> Option<usize> {
    let rest = line.trim_start().strip_prefix(['E', 'W', 'I', 'D', 'V'])?;
    let (uptime, rest) = rest.strip_prefix(" (")?.split_once(')')?;
    let is_number = !uptime.is_empty() && uptime.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(line.len() - rest.len())
}

/// Returns the position after `11-28 12:00:01.234  1234  5678 D `: a time, a process, a thread and a level. logcat begins a line in this
/// way.
fn after_logcat(line: &str) -> Option<usize> {
    let mut rest = line;
    let mut next = || {
        let (at, word) = first_word(line, rest)?;
        rest = &line[at + word.len()..];
        Some(word)
    };
    let (date, time, process, thread, level) = (next()?, next()?, next()?, next()?, next()?);
    let are_numbers = [process, thread].iter().all(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
    let is_date = date.len() == 5 && date.split('-').all(|part| part.len() == 2);
    let is_level = matches!(level, "V" | "D" | "I" | "W" | "E" | "F");
    (is_date && is_time(time) && are_numbers && is_level).then_some(line.len() - rest.len())
}

/// Returns the position after `Jan  2 12:00:00`. syslog begins a line in this way.
fn after_syslog(line: &str) -> Option<usize> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, month) = first_word(line, line)?;
    let (_, day) = first_word(line, line.trim_start().strip_prefix(month)?)?;
    let rest = &line[day.as_ptr() as usize - line.as_ptr() as usize + day.len()..];
    let (at, time) = first_word(line, rest)?;
    let is_day = day.len() <= 2 && day.bytes().all(|byte| byte.is_ascii_digit());
    (MONTHS.contains(&month) && is_day && is_time(time)).then_some(at + time.len())
}

/// Returns the position of an assembler's directive before words of several bytes: `dw 0d10h, 0400h`. A label may
/// precede it.
fn words_of_assembler(line: &str) -> Option<usize> {
    const DOTTED: [&str; 12] =
        ["word", "hword", "half", "short", "long", "int", "quad", "octa", "2byte", "4byte", "8byte", "xword"];
    const OTHER: [&str; 14] =
        ["dw", "dd", "dq", "dt", "dcw", "dcwu", "dcd", "dcdu", "dcq", "defw", "defd", "fdb", "dc.w", "dc.l"];
    const LONGEST: usize = 6;
    let mut rest = line;
    for _ in 0..2 {
        let (at, word) = first_word(line, rest)?;
        rest = &line[at + word.len()..];
        if word.len() > LONGEST {
            continue;
        }
        let name = word.strip_prefix('.').unwrap_or(word);
        let is_dotted = name.len() < word.len();
        let is_in = |names: &[&str]| names.iter().any(|other| other.eq_ignore_ascii_case(name));
        let is_name = is_dotted && is_in(&DOTTED) || is_in(&OTHER);
        let first = rest.trim_start().split([',', ';', ' ', '\t']).next().unwrap_or("");
        let is_sure = is_dotted || !is_hexadecimal(name);
        if is_name && is_number_after(first, rest, is_sure) {
            return Some(at);
        }
    }
    None
}

/// Whether a number follows a directive. If the name of the directive can be bytes itself, the number must have a mark or
/// a comma.
fn is_number_after(first: &str, rest: &str, is_sure: bool) -> bool {
    let is_marked = hexadecimal_digits(first).is_some() || is_long_with_h(first);
    let is_bare = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit());
    is_marked || is_bare && (is_sure || rest.trim_start()[first.len()..].starts_with(','))
}

/// `0d10h`
fn is_long_with_h(word: &str) -> bool {
    word.strip_suffix(['h', 'H']).is_some_and(|digits| digits.len() > 2 && is_hexadecimal(digits))
}

/// Whether the word is the directive of an assembler before bytes: `db 10h, 0dh`. The letters of the directive could be hexadecimal digits.
pub(super) fn is_directive(word: &str, rest: &str) -> bool {
    const DIRECTIVES: [&str; 5] = ["db", "dcb", "defb", "dfb", "fcb"];
    if word.len() > "defb".len() + 1 {
        return false;
    }
    let name = word.strip_prefix('.').unwrap_or(word);
    if !DIRECTIVES.iter().any(|directive| directive.eq_ignore_ascii_case(name)) {
        return false;
    }
    // A comma follows the first number, but not the directive.
    let rest = rest.trim_start();
    let (first, after) = rest.split_at(rest.find([',', ';', ' ', '\t']).unwrap_or(rest.len()));
    hexadecimal_digits(first).is_some() || after.starts_with(',')
}

/// Whether the first number of a line is probably the offset of a dump. Pairs of digits follow the number of a line, or the first number is
/// longer and counts in sixteens.
fn begins_with_offset(text: &str) -> bool {
    const SHORTEST: usize = 4;
    const LONGEST: usize = 16;
    let mut words = text.split_whitespace();
    // `12: 10 0d 00`
    let mut two = words.clone().take(2).map(|word| word.ends_with(':'));
    if two.next() == Some(true) && two.next() == Some(false) {
        return true;
    }
    // `12:10 0d 00` of `grep -n`
    if words.clone().next().is_some_and(|first| first.trim_end_matches(':').contains(':')) {
        let mut others = words.skip(1).map(|word| !word.contains(':'));
        return others.clone().nth(1).is_some() && others.all(|has_none| has_none);
    }
    let Some(first) = words.next().filter(|first| (SHORTEST..=LONGEST).contains(&first.len())) else {
        return false;
    };
    let mut pairs = words.map(|word| word.len() == 2);
    // The time in microseconds since 1970 has sixteen digits.
    let is_time = first.len() >= "1700000000".len() && first.bytes().all(|byte| byte.is_ascii_digit());
    let is_offset = (first.ends_with('0') || is_time) && is_hexadecimal(first);
    is_offset && pairs.clone().nth(1).is_some() && pairs.all(|is_pair| is_pair)
}

/// Leaves out a column of characters that are digits, too: `39 30    90`. Three blanks or the only tab separate it.
fn without_characters(text: &str) -> &str {
    const GAP: &str = "   ";
    /// The greatest number of gaps in the column that are tried. The limit keeps the time linear.
    const TRIES: usize = 4;
    let tab = text.find('\t').filter(|tab| text.rfind('\t') == Some(*tab));
    let gaps = text.match_indices(GAP).map(|(at, _)| at).filter(|at| !text[..*at].ends_with(' '));
    let mut places = tab.into_iter().chain(gaps.take(TRIES));
    let place = places.find(|at| shows(text[*at..].trim(), &text[..*at]));
    place.map_or(text, |at| text[..at].trim_end())
}

/// Returns the words of digits and their positions.
pub(super) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let separates = |c: char| c.is_whitespace() || SEPARATORS.contains(c);
    text.split(separates)
        .map(move |word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
        .filter(|(_, word)| !word.is_empty())
}

const SEPARATORS: &str = ",;:-_.";

/// Returns the digits of a number, without `0x` or another mark.
pub(super) fn digits(word: &str) -> &str {
    hexadecimal_digits(word).unwrap_or(word)
}

/// Finds the column with bytes, as in `12:00:01 | RX | 10 0d 00 | ...`, and leaves out the column of characters.
fn in_columns(line: &str) -> Line<'_> {
    let mut chosen: Option<Digits<'_>> = None;
    let (mut start, mut before) = (0, Before::Text);
    for cell in line.split('|') {
        let at = start;
        start += cell.len() + 1;
        let text = cell.trim();
        if matches!(before, Before::Text) && direction(text).is_some() {
            before = Before::Direction { has_mark: true };
        }
        if is_time(text) || !text.contains(|c: char| c.is_ascii_hexdigit()) {
            continue;
        }
        if chosen.is_some_and(|chosen| shows(cell, chosen.text) || shows(text, chosen.text)) {
            continue;
        }
        let mut found = Found::default();
        found.look_at(cell, at, before);
        match (found.line(), &chosen) {
            (Line::Digits(new), None) => chosen = Some(new),
            // A single number is a length or a channel.
            (Line::Digits(new), Some(old)) if is_one_word(old.text) && !is_one_word(new.text) => {
                chosen = Some(new)
            }
            (Line::Digits(new), Some(old)) if !is_one_word(old.text) && is_one_word(new.text) => {}
            (Line::Digits(new), Some(_)) => return Line::Unclear(new.start),
            (look @ (Line::Unclear(_) | Line::Cut(_)), _) => return look,
            (Line::Words(_) | Line::Single(_) | Line::Nothing | Line::Settings, _) => {}
        }
    }
    chosen.map_or(Line::Nothing, Line::Digits)
}

pub(super) fn is_one_word(text: &str) -> bool {
    words(text).nth(1).is_none()
}

/// The candidates found so far in a line.
#[derive(Default)]
struct Found<'t> {
    chosen: Option<Digits<'t>>,
    unclear: Option<usize>,
    single: Option<usize>,
    /// A number with a name was not taken as bytes: `from=0`.
    has_settings: bool,
    /// The greatest length that the line states: `len=15`.
    length: Option<usize>,
    /// A value whose name says that it has bytes has a wrong digit, or an odd number of digits.
    broken: Option<usize>,
}

impl<'t> Found<'t> {
    fn line(&self) -> Line<'t> {
        match (self.unclear, self.chosen) {
            _ if self.broken.is_some() => self.broken.map_or(Line::Nothing, Line::Cut),
            (Some(at), _) => Line::Unclear(at),
            (None, Some(digits)) if self.is_cut(digits) => Line::Cut(digits.start),
            (None, Some(digits)) if self.has_settings && bytes_in(digits.text) < 2 => Line::Settings,
            (None, Some(digits)) => Line::Digits(digits),
            (None, None) => self.single.map_or(Line::Nothing, Line::Single),
        }
    }

    /// Whether the line states more bytes than it has. Some programs state the number of digits.
    fn is_cut(&self, digits: Digits<'_>) -> bool {
        let count = bytes_in(digits.text);
        let is_number_of_digits = |length| is_one_word(digits.text) && length == 2 * count;
        self.length.is_some_and(|length| length > count && !is_number_of_digits(length))
    }

    /// `offset` is the position of the text in the line.
    fn look_at(&mut self, text: &'t str, offset: usize, before: Before<'t>) {
        /// A word of so many characters is no number.
        const LONG: usize = 10;
        // The first digits of the current run, and the text before them.
        let (mut open, mut before, mut end) = (None::<(usize, Before<'t>)>, before, 0);
        // The word looks like digits, but is not a number.
        let mut doubtful = None;
        // The last word says that a length follows.
        let mut follows_name = false;
        let mut rest = text;
        while let Some((at, word)) = first_word(text, rest) {
            rest = &text[at + word.len()..];
            let has_gap = at >= end + 2 || text[end..at].contains('\t');
            if let Some((start, kind)) = open {
                let ends = has_gap && shows(text[at..].trim_end(), &text[start..end]);
                if ends || is_trailer(word) {
                    self.add(text, offset, start, end, kind);
                    return self.is_followed(text, at, offset);
                }
            }
            if let Some((start, kind)) = open.filter(|_| is_remark(word)) {
                if words(&text[start..end]).next().is_some_and(|(_, first)| is_marked(first)) {
                    self.add(text, offset, start, end, kind);
                    if words(rest).any(|(_, word)| is_marked(word)) {
                        self.unclear = Some(offset + at);
                    }
                    return;
                }
            }
            if has_control_name(word) || has_bytes_in_braces(word) {
                self.unclear = self.unclear.or(Some(offset + at));
            }
            // A disassembler writes an address before the directive: `.rodata:08041000  db 10h`.
            let is_address = |start: usize| is_one_word(&text[start..end]) && bytes_in(&text[start..end]) > 1;
            if open.is_none_or(|(start, _)| is_address(start)) && is_directive(word, rest) {
                (open, before, end) = (None, Before::Label(word), at + word.len());
                continue;
            }
            let is_time = open.is_none() && is_time(word) && !rest.trim_start().is_empty();
            let follows_mark = match before {
                Before::Label(label) => names_bytes(label),
                Before::Direction { .. } => word.len() >= LONG,
                _ => false,
            };
            if open.is_none() && follows_mark && is_broken(word) {
                self.broken = self.broken.or(Some(offset + at));
            }
            // In `Length:0x0f 10 0d` and `len: 15`, the first number is a length.
            let is_after_name = std::mem::replace(&mut follows_name, names_length(word));
            if is_named_length(word) || open.is_none() && is_after_name && is_length(word) {
                if let Some((start, kind)) = open.take() {
                    self.pass_over(text, offset, start, end, kind);
                }
                self.length = self.length.max(length_in(word));
                before = match before {
                    Before::Direction { .. } => before,
                    _ => Before::Label(word),
                };
                end = at + word.len();
                continue;
            }
            match place_of_digits(word).filter(|_| !is_time) {
                Some((0, len)) => {
                    self.unclear = self.unclear.or(doubtful.take());
                    let (start, kind) = *open.get_or_insert((at, before));
                    if len < word.len() {
                        self.add(text, offset, start, at + len, kind);
                        (open, before) = (None, Before::Text);
                    }
                }
                Some((from, len)) => {
                    doubtful = None;
                    if let Some((start, kind)) = open {
                        self.pass_over(text, offset, start, end, kind);
                    }
                    if has_digits_before_sign(word) {
                        self.unclear = self.unclear.or(Some(offset + at));
                    }
                    let kind = what_precedes(&word[..from], is_time);
                    open = Some((at + from, kind));
                    if from + len < word.len() {
                        self.add(text, offset, at + from, at + from + len, kind);
                        open = None;
                    }
                }
                None => {
                    let follows = what_precedes(word, is_time);
                    // `16 -126 5`, `1O 0d 00`
                    doubtful = Some(offset + at).filter(|_| is_negative(word) || is_nearly_a_byte(word));
                    if open.is_some() && is_negative(word) {
                        self.unclear = self.unclear.or(doubtful);
                    }
                    // `TX: c000 RX: d000`
                    let is_other = matches!(follows, Before::Direction { .. });
                    if is_other && open.is_some_and(|(_, kind)| matches!(kind, Before::Direction { .. })) {
                        self.unclear = self.unclear.or(Some(offset + at));
                    }
                    // `sent 100d0004 to`
                    if let Some((start, kind @ Before::Direction { .. })) = open {
                        if are_bytes(&text[start..end]) && is_one_word(&text[start..end]) {
                            self.add(text, offset, start, end, kind);
                            open = None;
                        }
                    }
                    // `bin: 100d0004, size: 4`
                    if let (Some((start, kind)), Before::Label(_)) = (open, follows) {
                        if is_value(&text[start..end], kind) {
                            // A comma between the numbers would show that they are a list.
                            let end = start + text[start..end].trim_end_matches([',', ';']).len();
                            self.add(text, offset, start, end, kind);
                            open = None;
                        }
                    }
                    // In `10 0d 0g 04`, a word interrupts the digits.
                    if let (Some((start, _)), Before::Text) = (open, follows) {
                        if are_probably_bytes(&text[start..end]) {
                            self.unclear = Some(offset + at);
                        }
                    }
                    // `16, 13, 0, 4,: 77, 81`
                    if let (Some((start, _)), Before::Label(_)) = (open, follows) {
                        if words(&text[start..end]).nth(3).is_some() {
                            self.unclear = Some(offset + at);
                        }
                    }
                    open = None;
                    before = match follows {
                        // Matches `RX 15 bytes: ` and `-> 12:00:01 `.
                        Before::Text | Before::Label(_) | Before::Time
                            if matches!(before, Before::Direction { .. }) =>
                        {
                            before
                        }
                        new => new,
                    };
                }
            }
            end = at + word.len();
        }
        if let Some((start, kind)) = open {
            self.add(text, offset, start, end, kind);
        }
    }

    /// Discards the number before this one, because this number has a name: `len=15 data=c000`.
    fn pass_over(&mut self, text: &'t str, offset: usize, start: usize, end: usize, before: Before<'t>) {
        let number = &text[start..end];
        let digits = digits(number.trim_matches(|c| SEPARATORS.contains(c)));
        let are_pairs = !is_one_word(number) && words(number).all(|(_, word)| word.len() == 2);
        let can_be_bytes = are_pairs || is_one_word(number) && digits.len() > 2 && digits.len() % 2 == 0;
        if are_bytes(number) || can_be_bytes {
            self.add(text, offset, start, end, before);
        }
        self.has_settings |= matches!(before, Before::Label(_)) && digits.len() <= 2;
    }

    /// Ignores the digits in a remark after the bytes. If these digits could also be the bytes, the line is unclear.
    fn is_followed(&mut self, text: &'t str, at: usize, offset: usize) {
        const MANY: usize = 4;
        let Some(chosen) = self.chosen else { return };
        let after =
            text[at..].split_whitespace().filter(|word| word.len() == 2 && is_hexadecimal(word)).count();
        if after >= MANY && !shows(text[at..].trim_end(), chosen.text) && !text[at..].starts_with(['#', '/'])
        {
            self.unclear = Some(offset + at);
        }
    }

    fn add(&mut self, text: &'t str, offset: usize, start: usize, end: usize, before: Before<'t>) {
        let all = &text[start..end];
        let mut digits = without_offset(all);
        if let (Before::Text | Before::Direction { has_mark: false }, Some(after)) =
            (before, after_count(digits))
        {
            let count = digits.len() - after.len();
            // In `15 10 0d …`, the first number can be a length or the first byte.
            if digits[..count].trim_end().len() == 2 {
                self.unclear = Some(offset + start);
            }
            digits = after;
        }
        if begins_with_offset(digits) {
            self.unclear = Some(offset + start);
        }
        let start = start + all.len() - digits.len();
        let count = words(digits).take(2).count();
        let after = text[end..].trim_start();
        // `10  # CONNECT`
        let has_remark = before == Before::Nothing && (after.starts_with('#') || after.starts_with("//"));
        let is_sure = !matches!(before, Before::Text | Before::Nothing) || count > 1 || has_remark;
        // `12:00:01 -> 4`: each line has one byte.
        let is_alone = matches!(before, Before::Time | Before::Direction { has_mark: true })
            && after.is_empty()
            || has_remark;
        let is_long = count > 1 || self::digits(digits.trim_matches(|c| SEPARATORS.contains(c))).len() > 1;
        if !is_sure || !is_long && !is_alone {
            if is_sure && matches!(before, Before::Label(_)) {
                self.single = Some(offset + start);
            }
            return;
        }
        let new = Digits { start: offset + start, text: digits, before };
        let is_named = |digits: Digits<'_>| {
            let is_named = matches!(digits.before, Before::Label(label) if names_bytes(label));
            let end = digits.start + digits.text.len() - offset;
            is_named && text[end..].starts_with([',', ';'])
        };
        match self.chosen {
            // In `id: 40021a2b, bin: c000`, the label tells which of them are the bytes.
            Some(old) if is_named(old) && !is_named(new) && is_one_word(digits) => {}
            Some(old) if !is_named(old) && is_named(new) && is_one_word(old.text) => self.chosen = Some(new),
            // The bytes were found. A single number after them, which cannot be bytes, is not a second candidate.
            Some(old) if are_bytes(old.text) && is_one_word(digits) && !are_bytes(digits) => {}
            Some(old) if old.text.len() >= digits.len() => self.unclear = Some(new.start),
            _ => self.chosen = Some(new),
        }
    }
}

/// Whether the label says that bytes follow: `bin: `, `"hex": `.
pub(super) fn names_bytes(label: &str) -> bool {
    const NAMES: [&str; 11] =
        ["bin", "hex", "bytes", "data", "raw", "packet", "pkt", "frame", "buf", "buffer", "dump"];
    NAMES.iter().any(|name| last_name(label).eq_ignore_ascii_case(name))
}

/// Whether the label says that a length follows: `Length:`, `payload_len=`, `byteLength:`.
fn names_length(label: &str) -> bool {
    const NAMES: [&str; 3] = ["len", "length", "size"];
    let name = last_name(label).to_ascii_lowercase();
    label.ends_with([':', '=']) && NAMES.iter().any(|end| name.ends_with(end))
}

/// Returns the last name in a label. A few other signs may follow the name.
fn last_name(label: &str) -> &str {
    const LONGEST: usize = 16;
    let last = label.char_indices().rev().take(LONGEST).find(|(_, c)| c.is_ascii_alphanumeric());
    let label = last.map_or("", |(at, _)| &label[..=at]);
    let len = label.bytes().rev().take(LONGEST).take_while(u8::is_ascii_alphanumeric).count();
    &label[label.len() - len..]
}

/// `Length:0x0f`, `len=15,`
fn is_named_length(word: &str) -> bool {
    let number = word.rfind([':', '=']).map_or(0, |at| at + 1);
    names_length(&word[..number]) && is_length(&word[number..])
}

/// `15`, `0x0f`
fn is_length(word: &str) -> bool {
    length_in(word).is_some_and(|_| word.starts_with(|c: char| c.is_ascii_digit()))
}

/// Returns the number at the end of a word: `15`, `Length:0x0f,`.
pub(super) fn length_in(word: &str) -> Option<usize> {
    let number = word.rsplit([':', '=']).next()?.trim_end_matches([',', ';', ')', ']', '}']);
    match number.strip_prefix("0x") {
        Some(digits) => usize::from_str_radix(digits, 16).ok(),
        None => number.parse().ok(),
    }
}

/// Returns the numbers after labels of lengths: `"len": 15`, `size="15"`.
pub(super) fn lengths(text: &str) -> impl Iterator<Item = usize> {
    text.match_indices([':', '=']).filter_map(move |(at, _)| {
        let number = text[at + 1..].trim_start_matches([' ', '"', '\'']);
        let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
        let name = text[..at].trim_end_matches(['"', '\'', ' ']);
        number[..end].parse().ok().filter(|_| names_length(&text[name.len() - last_name(name).len()..=at]))
    })
}

/// Returns the digits after labels that name bytes: `bin: c100`, `"hex":"c1:00"`, `"raw": "c1 00"`.
pub(super) fn named_digits(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices([':', '=']).filter_map(move |(at, _)| {
        let name = line[..at].trim_end_matches(['"', '\'', ' ']);
        if !name.ends_with(|c: char| c.is_ascii_alphanumeric()) || !names_bytes(name) {
            return None;
        }
        let rest = line[at + 1..].trim_start_matches([' ', '"', '\'', '<', '(', '[', '>']);
        let end = rest.find(|c: char| !c.is_ascii_hexdigit() && !":- ".contains(c)).unwrap_or(rest.len());
        // The last word can be a word of prose: `c1 00 and`.
        let is_whole = !rest[end..].starts_with(|c: char| c.is_ascii_alphanumeric());
        let digits = if is_whole {
            &rest[..end]
        } else {
            rest[..end].rsplit_once(' ').map_or("", |(digits, _)| digits)
        };
        Some(digits.trim_end_matches([':', '-', ' ']))
    })
}

/// Returns the first word of the rest of a text, and its position in the text.
pub(super) fn first_word<'t>(text: &'t str, rest: &'t str) -> Option<(usize, &'t str)> {
    let rest = rest.trim_start();
    let word = rest.split(char::is_whitespace).next().filter(|word| !word.is_empty())?;
    Some((text.len() - rest.len(), word))
}

fn is_all_digits(text: &str) -> bool {
    let mut count = 0;
    let all = text.split_whitespace().all(|word| {
        count += 1;
        place_of_digits(word) == Some((0, word.len()))
    });
    let first = text.split_whitespace().next().unwrap_or("");
    let rest = &text[first.len()..];
    let is_before_directive = bytes_in(first) > 1
        && first_word(rest, rest).is_some_and(|(at, word)| is_directive(word, &rest[at + word.len()..]));
    all && count > 0
        && !is_directive(first, rest)
        && !is_before_directive
        && !text.split_whitespace().next().is_some_and(|word| count > 1 && is_time(word))
}

/// Finds the digits in a word with marks around them: `data=10`, `"10";`.
fn place_of_digits(word: &str) -> Option<(usize, usize)> {
    const MARKS: &str = "=><]|)([{\"'";
    if is_process(word) {
        return None;
    }
    let body = word.trim_end_matches(['"', '\'', ';', '>', ')', ']', '}']);
    let body = if body.len() == word.trim_end_matches(';').len() { word } else { body };
    let from = body.rfind(|c: char| MARKS.contains(c)).map_or(0, |at| at + 1);
    let mut from = from;
    // In `RX:10`, the digits follow the colon if the text before the colon is not digits.
    if let Some(colon) = body[from..].find(':').map(|at| from + at) {
        let name = &body[from..colon];
        // `10.0.0.2:1883`, `localhost:1883`
        if is_host(name) {
            return None;
        }
        if !name.is_empty() && !is_hexadecimal(digits(name)) && name.contains(|c: char| !c.is_ascii_digit()) {
            from = colon + 1;
        }
    }
    if !is_digits(&body[from..]) {
        // In the table row `7,RX,10` the bytes are in the last cell.
        from = from + body[from..].rfind([',', ';'])? + 1;
    }
    let text = &body[from..];
    is_digits(text).then_some((from, text.len()))
}

/// Whether the word is a program with the number of its process: `app[1234]:`.
fn is_process(word: &str) -> bool {
    let name = word.strip_suffix("]:").and_then(|word| word.split_once('['));
    name.is_some_and(|(name, number)| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Whether the digits can only be bytes.
fn are_bytes(text: &str) -> bool {
    bytes_in(text) >= 4
}

/// Whether the digits are the bytes between a label and the label of the next value: `bin: 100d0004, size: 4`.
fn is_value(text: &str, before: Before<'_>) -> bool {
    let value = text.strip_suffix([',', ';']).unwrap_or("");
    let are_even = words(value).all(|(_, word)| digits(word).len() % 2 == 0) && !value.contains([',', ';']);
    let is_named = matches!(before, Before::Label(label) if names_bytes(label));
    let is_after_mark = matches!(before, Before::Label(_) | Before::Direction { .. });
    are_even && (is_named && bytes_in(value) > 1 || is_after_mark && are_bytes(value))
}

/// Whether the word looks like joined bytes, but has a wrong digit or an odd number of digits: `100d0004`4d51`, `00d0004`.
fn is_broken(word: &str) -> bool {
    const SHORTEST: usize = 5;
    const LONGEST_NUMBER: usize = 12;
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let digits = word.bytes().filter(u8::is_ascii_hexdigit).count();
    let numerals = word.bytes().filter(u8::is_ascii_digit).count();
    let is_joined = word.len() >= SHORTEST && 4 * digits >= 3 * word.len() && 3 * numerals >= word.len();
    let is_number = numerals == word.len() && numerals <= LONGEST_NUMBER && !word.starts_with('0');
    is_joined
        && !is_number
        && (digits < word.len() || digits % 2 == 1)
        && !word.contains([':', '.', '=', '-'])
}

/// Whether a value with the name `hex` or `bin` has a wrong digit, or an odd number of digits: `"hex": "c0 0g"`.
pub(super) fn has_broken_value(line: &str) -> bool {
    const MOST: usize = 512;
    line.match_indices([':', '=']).any(|(at, _)| {
        let name = line[..at].trim_end_matches(['"', '\'', ' ']);
        if !name.ends_with(|c: char| c.is_ascii_alphanumeric())
            || !["hex", "bin"].iter().any(|other| last_name(name).eq_ignore_ascii_case(other))
        {
            return false;
        }
        let value = line[at + 1..].trim_start_matches([' ', '"', '\'']);
        // The limit keeps the time linear.
        let is_end = |(number, c): &(usize, char)| *number == MOST || "\"',;}<".contains(*c);
        let Some((number, _)) = value.chars().chain(['"']).enumerate().find(is_end) else { return false };
        let value: String = value.chars().take(number).collect();
        let is_whole = number < MOST;
        let pairs = value.trim_end().replace([' ', ':', '-'], "");
        let has_digits = pairs.contains(|c: char| c.is_ascii_digit());
        has_digits
            && !pairs.starts_with("0x")
            && (!is_hexadecimal(&pairs) || is_whole && pairs.len() % 2 == 1)
    })
}

/// Whether a long word of the line looks like joined bytes with a wrong digit.
pub(super) fn has_broken_word(line: &str) -> bool {
    const LONG: usize = 10;
    line.split_whitespace().any(|word| word.len() >= LONG && is_broken(word))
}

/// Whether the run is two pairs of digits, or three longer groups of bytes.
fn are_probably_bytes(text: &str) -> bool {
    let pairs = words(text).filter(|(_, word)| word.len() == 2);
    let is_group = |word: &str| matches!(word.len(), 4 | 8) && is_hexadecimal(word);
    pairs.take(2).count() == 2
        || words(text).nth(2).is_some() && words(text).all(|(_, word)| is_group(word) || word.len() == 2)
}

/// Whether a terminal has shown the name of a control character: `<DLE>`.
pub(super) fn has_control_name(word: &str) -> bool {
    const NAMES: [&str; 36] = [
        "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "TAB", "LF", "VT", "FF", "CR",
        "SO", "SI", "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS",
        "GS", "RS", "US", "DEL", "CRLF", "SP",
    ];
    let mut parts = word.split('<').skip(1);
    parts.any(|part| part.split_once('>').is_some_and(|(name, _)| NAMES.contains(&name)))
}

/// Whether a terminal has shown bytes that are no characters in braces: `{10}{0D}MQTT`.
fn has_bytes_in_braces(word: &str) -> bool {
    let is_byte =
        |part: &&str| part.split_once('}').is_some_and(|(byte, _)| byte.len() == 2 && is_hexadecimal(byte));
    word.split('{').skip(1).filter(is_byte).nth(1).is_some()
}

/// `1O` for `10`, `+10` in the output of `diff`, `x10`
fn is_nearly_a_byte(word: &str) -> bool {
    let has_sign = || {
        let after = word.strip_prefix(|c: char| !c.is_alphanumeric()).unwrap_or("");
        after.len() == 2 && is_hexadecimal(after)
    };
    word.chars().count() == 2 && word.contains(|c: char| c.is_ascii_digit())
        || has_sign()
        || word.strip_prefix('x').is_some_and(|digits| digits.len() == 2 && is_hexadecimal(digits))
}

/// Whether a line without bytes looks like bytes, one of which has a wrong digit: `RX: c0 0g`.
pub(super) fn is_nearly_bytes(line: &str) -> bool {
    let start = after_time_of_log(line).unwrap_or(0);
    let mut words = line[start..].split_whitespace().skip_while(|word| is_time(word)).peekable();
    words.next_if(|word| matches!(what_precedes(word, false), Before::Label(_) | Before::Direction { .. }));
    let (mut pairs, mut others) = (0, 0);
    for word in words {
        let is_pair = word.len() == 2 && is_hexadecimal(word);
        *(if is_pair { &mut pairs } else { &mut others }) += 1;
        if !is_pair && !is_nearly_a_byte(word) {
            return false;
        }
    }
    pairs > 0 && others > 0
}

/// `100D0004<CR><LF>0402`: a terminal has shown names instead of characters.
fn has_digits_before_sign(word: &str) -> bool {
    word.split_once('<').is_some_and(|(digits, _)| is_hexadecimal(digits) && digits.len() > 2)
}

/// `-126`
fn is_negative(word: &str) -> bool {
    let digits = word.strip_prefix('-').map(|digits| digits.trim_end_matches([',', ';']));
    digits.is_some_and(|digits| digits.parse::<u8>().is_ok())
}

/// Whether the text is numbers with separators, and not an address, a date or a fraction.
fn is_digits(text: &str) -> bool {
    let mut parts = text.split(|c: char| SEPARATORS.contains(c)).filter(|part| !part.is_empty()).peekable();
    if parts.peek().is_none() {
        return false;
    }
    let is_joined = text.trim_end_matches(|c| SEPARATORS.contains(c)).contains(['.', '-']);
    parts.all(|part| {
        let hexadecimal = digits(part);
        is_hexadecimal(hexadecimal) && (!is_joined || part.len() == 2)
    }) && !is_address(text)
        && !text.starts_with('-')
}

/// Whether the word is the name or the address of a host, which a port follows.
fn is_host(word: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let has_labels = word.contains('.') && word.split('.').all(is_label);
    let is_all_pairs = word.split('.').all(|label| label.len() == 2 && is_hexadecimal(label));
    word == "localhost" || is_address(word) || has_labels && !is_all_pairs
}

/// Whether the word is an IP address, as in `10.10.20.30`.
fn is_address(text: &str) -> bool {
    let mut parts = text.split('.');
    let four =
        parts.by_ref().take(4).filter(|part| part.parse::<u8>().is_ok() && !part.starts_with('0')).count();
    four == 4 && parts.next().is_none()
}

fn is_hexadecimal(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether the word is a part of `2026-01-02T12:00:01.234Z` or seconds with a fraction.
pub(super) fn is_time(word: &str) -> bool {
    let word = word.trim_matches(['[', ']', '(', ')', ',', ':']);
    let is_made_of = |signs: &str| word.chars().all(|c| c.is_ascii_digit() || signs.contains(c));
    let colons = word.matches(':').count();
    let clock = word.rsplit(['T', 't']).next().unwrap_or(word);
    let clock = &clock[..clock.find(['.', ',', 'Z', '+']).unwrap_or(clock.len())];
    let is_clock = colons >= 2 && clock.split(':').take(3).all(|part| part.len() <= 2 && part < "60");
    let has_fraction =
        word.split_once('.').is_some_and(|(_, fraction)| fraction.len() >= 3 && is_made_of("."));
    let is_date = word.matches('-').count() == 2 && word.len() >= 8 && is_made_of("-");
    let is_slashed = word.matches('/').count() == 2 && is_made_of("/");
    is_clock && colons <= 4 && is_made_of(":.,-+TZtz") && clock.split(':').count() == 3
        || has_fraction
        || is_date
        || is_slashed
}

fn what_precedes(word: &str, is_time: bool) -> Before<'_> {
    if is_time {
        return Before::Time;
    }
    direction(word).unwrap_or(
        match word.ends_with([':', '=', '>', '<', ']', ')', '(', '[', '{', '"', '\'']) {
            true => Before::Label(word),
            false => Before::Text,
        },
    )
}

/// Matches `RX:`, `[TX]` and `->`.
fn direction(word: &str) -> Option<Before<'static>> {
    const OUT: [&str; 12] =
        ["tx", "sent", "send", "sending", "snd", "out", "write", "wrote", "->", ">>", ">", "=>"];
    const IN: [&str; 13] = [
        "rx",
        "received",
        "receive",
        "receiving",
        "recv",
        "rcv",
        "rcvd",
        "in",
        "read",
        "<-",
        "<<",
        "<",
        "<=",
    ];
    const LONGEST: usize = 16;
    if word.len() > LONGEST || word.contains('"') {
        return None;
    }
    let is_arrow = !word.is_empty() && word.chars().all(|c| "<>-=".contains(c));
    let name = if is_arrow { word } else { word.trim_matches(|c: char| !c.is_ascii_alphabetic()) };
    let name = name.to_ascii_lowercase();
    let has_mark = !word.ends_with(|c: char| c.is_ascii_alphabetic());
    (OUT.contains(&&*name) || IN.contains(&&*name)).then_some(Before::Direction { has_mark })
}

/// Matches remarks after the bytes: `(15 bytes)` and `# comment`.
fn is_trailer(word: &str) -> bool {
    word.starts_with(['(', '#', '|']) || word.starts_with("//") || word.starts_with("--")
}

/// Whether the word begins a remark of an assembler.
fn is_remark(word: &str) -> bool {
    word.starts_with(';')
}

/// `0x10`, `$10`
fn is_marked(word: &str) -> bool {
    hexadecimal_digits(word).is_some()
}

/// Removes an address or an offset before the bytes.
fn without_offset(text: &str) -> &str {
    let Some((first, rest)) = text.split_once(char::is_whitespace) else { return text };
    let rest = rest.trim_start();
    let next = rest.split(char::is_whitespace).next().unwrap_or("");
    let is_address = first.starts_with("0x") && first.len() > 4 && next.len() == 2;
    let is_label = first.ends_with(':') && !next.ends_with(':') && words(first).nth(1).is_none();
    if is_address || is_label { rest } else { text }
}

/// Returns the text after a number that counts its bytes.
fn after_count(text: &str) -> Option<&str> {
    let (first, rest) = text.split_once(char::is_whitespace)?;
    let rest = rest.trim_start();
    first.parse().is_ok_and(|count: usize| bytes_in(rest) == count).then_some(rest)
}

pub(super) fn bytes_in(text: &str) -> usize {
    words(text).map(|(_, word)| digits(word).len().div_ceil(2)).sum()
}

/// Returns the position of a sign that bytes were left out: `...`, `[truncated]`, `12 more bytes`. `digits` are the bytes that
/// were found in the line.
pub(super) fn omission(line: &str, digits: Option<Digits<'_>>) -> Option<usize> {
    let (start, end) =
        digits.map_or((usize::MAX, 0), |digits| (digits.start, digits.start + digits.text.len()));
    let after = line[end..].trim_matches([' ', '\t', '|']);
    if digits.is_some_and(|digits| is_apart(&line[end..]) && shows(after, digits.text)) {
        return None;
    }
    if digits.is_some() && !after.is_empty() && says_more(after) {
        return Some(end);
    }
    if !line.contains(['.', '…', 's', 't']) {
        return None;
    }
    let mut pairs = 0;
    for word in line.split_whitespace() {
        let at = word.as_ptr() as usize - line.as_ptr() as usize;
        if is_cut(word, pairs) || has_gap(word) || is_omission(word) && (at >= start || pairs > 1) {
            return Some(at);
        }
        pairs += match word.len() {
            2 if is_hexadecimal(word) => 1,
            // A long number can be a date.
            8.. if is_hexadecimal(word) && !word.bytes().all(|byte| byte.is_ascii_digit()) => 2,
            _ => 0,
        };
    }
    None
}

fn says_more(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["more byte", "omitted", "truncated"].iter().any(|sign| text.contains(sign))
}

/// `100d0004…`, or `04…` after other pairs.
fn is_cut(word: &str, pairs: usize) -> bool {
    const SHORTEST: usize = 4;
    let digits = word.trim_end_matches('…');
    digits.len() < word.len() && (digits.len() >= SHORTEST || pairs > 1) && is_hexadecimal(digits)
}

/// `100d...0161`
fn has_gap(word: &str) -> bool {
    word.split_once("...").or_else(|| word.split_once('…')).is_some_and(|(before, after)| {
        let after = after.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let before = before.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
        let before = digits(before);
        is_hexadecimal(before) && is_hexadecimal(after) && before.len() + after.len() > "c000".len()
    })
}

/// Whether the word says that something was left out.
pub(super) fn is_omission(word: &str) -> bool {
    let inner = word.trim_matches(['[', ']', '(', ')', '<', '>']);
    matches!(inner, ".." | "..." | "...." | "…" | "snip" | "truncated")
}

/// Whether two blanks, a tab or a bar separate the text from the bytes before it.
fn is_apart(text: &str) -> bool {
    ["  ", "\t", " |", "|"].iter().any(|gap| text.starts_with(gap))
}

/// Whether the text shows the bytes as characters. A byte that is not a character is usually shown as a dot.
fn shows(text: &str, bytes: &str) -> bool {
    // This check is fast, because it runs at each gap.
    if text.len() * 2 > bytes.len() + 2 || text.is_empty() {
        return false;
    }
    /// The length of a long row. The limit keeps the time linear.
    const MOST_BLANKS: usize = 64;
    // The blanks of the first bytes belong to the gap before the text.
    let blanks = words(bytes).take(MOST_BLANKS).take_while(|(_, word)| *word == "20").count();
    shows_from(0, text, bytes) || blanks > 0 && shows_from(blanks, text, bytes)
}

/// Whether the text shows the bytes from this index on. Some programs write a blank between the halves.
fn shows_from(first: usize, text: &str, bytes: &str) -> bool {
    const HALF: usize = 8;
    let mut shown = text.bytes().peekable();
    let all = words(bytes).enumerate().skip(first).all(|(number, (_, word))| {
        if number == HALF && word != "20" && shown.peek() == Some(&b' ') {
            shown.next();
        }
        match (word.as_bytes(), shown.next()) {
            ([high, low], Some(character)) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    let byte = high << 4 | low;
                    byte == character || !byte.is_ascii_graphic() && !character.is_ascii_alphanumeric()
                }
                _ => false,
            },
            // Trailing blanks may have been removed.
            (b"20", None) => true,
            _ => false,
        }
    });
    all && shown.next().is_none()
}
