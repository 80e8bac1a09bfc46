//! Dates and times beside the bytes: the heading of a quoted mail, and a time on a line of its own.
//!
//! ```text
//! On Tue, 3 Jun 2025 at 10:12, Bob wrote:
//! > 12:03:44.120
//! > c0 00
//! ```

use super::scan::lines;
use std::borrow::Cow;

/// Whether each number of the line is a part of one date, or of the time of this date. No packet has such numbers only.
pub(super) fn is_dateline(line: &str) -> bool {
    let mut found = Dateline::default();
    line.split_whitespace().all(|word| found.see(word)) && found.is_whole()
}

/// The parts of a date and its time.
#[derive(Default)]
struct Dateline {
    clocks: usize,
    dates: usize,
    years: usize,
    days: usize,
    has_month: bool,
}

impl Dateline {
    /// Adds a word. Returns whether the word has no other number.
    fn see(&mut self, word: &str) -> bool {
        let plain = word.trim_matches(|c: char| !c.is_alphanumeric() && !"+@".contains(c));
        if !plain.contains(|c: char| c.is_ascii_digit()) || word.contains('@') {
            self.has_month |= is_month(plain);
            return true;
        }
        let count = if is_clock(plain) {
            &mut self.clocks
        } else if is_date(plain) {
            &mut self.dates
        } else if is_year(plain) {
            &mut self.years
        } else if is_day(plain) {
            &mut self.days
        } else {
            return is_zone(plain);
        };
        *count += 1;
        true
    }

    fn is_whole(&self) -> bool {
        let named = self.has_month && self.days == 1 && self.dates == 0 && self.clocks + self.years > 0;
        let numeric = self.dates == 1 && self.days == 0 && self.years == 0 && self.clocks > 0;
        (named || numeric) && self.years <= 1 && self.clocks <= 1
    }
}

/// `10:12`, `10:12am`, `12:03:44`, `12:03:44.120`
fn is_clock(word: &str) -> bool {
    Clock::of(word).is_some()
}

/// A time of the day.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
struct Clock<'t> {
    hour: u8,
    minute: u8,
    second: u8,
    fraction: &'t str,
}

impl<'t> Clock<'t> {
    fn of(word: &'t str) -> Option<Self> {
        let lower = |half: &str| word.len() > half.len() && word.to_ascii_lowercase().ends_with(half);
        let word = if lower("am") || lower("pm") { word.get(..word.len() - "am".len())? } else { word };
        let (clock, fraction) = word.split_once(['.', ',']).unwrap_or((word, ""));
        let mut parts = clock.split(':');
        let mut next = |most: u8| {
            let part = parts.next()?;
            let is_number = matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse().ok().filter(|value| is_number && *value <= most)
        };
        let (hour, minute, second) = (next(23)?, next(59)?, next(59));
        let is_whole =
            parts.next().is_none() && clock.matches(':').count() == 1 + usize::from(second.is_some());
        let has_fraction = clock.len() < word.len();
        let is_fraction =
            fraction.is_empty() != has_fraction && fraction.bytes().all(|byte| byte.is_ascii_digit());
        let has_two_digits = clock.split(':').skip(1).all(|part| part.len() == 2);
        let second = second.unwrap_or(0);
        (is_whole && is_fraction && has_two_digits).then_some(Self { hour, minute, second, fraction })
    }
}

/// `2025-06-03`, `03/06/2025`, `03.06.25`
fn is_date(word: &str) -> bool {
    ['-', '/', '.'].into_iter().any(|mark| {
        let parts: Vec<&str> = word.split(mark).collect();
        let is_number = |part: &&str| part.parse::<u16>().is_ok_and(|value| value <= 31) && part.len() <= 2;
        match parts[..] {
            [first, second, third] => {
                is_year(first) && [second, third].iter().all(is_number)
                    || [first, second].iter().all(is_number) && (is_year(third) || is_number(&third))
            }
            _ => false,
        }
    })
}

fn is_year(word: &str) -> bool {
    word.len() == "2025".len() && word.parse::<u16>().is_ok_and(|year| (1990..2100).contains(&year))
}

/// `3`, `03`, `3rd`
fn is_day(word: &str) -> bool {
    let number = ["st", "nd", "rd", "th"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
    number.len() <= 2
        && number.parse::<u8>().is_ok_and(|day| (1..=31).contains(&day))
        && !word.starts_with('+')
}

/// `+0200`, `UTC+2`
fn is_zone(word: &str) -> bool {
    let offset = word.strip_prefix("UTC").or_else(|| word.strip_prefix("GMT")).unwrap_or(word);
    let digits = offset.strip_prefix(['+', '-']).map(|digits| digits.replace(':', ""));
    digits.is_some_and(|digits| digits.len() <= 4 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether the word is a month in a language that is common in mails. Three letters are enough in most of these languages.
fn is_month(word: &str) -> bool {
    const MONTHS: [&str; 35] = [
        "jan", "feb", "fév", "mar", "mär", "mrt", "apr", "avr", "abr", "may", "mai", "mag", "maj", "mei",
        "jun", "juin", "giu", "jul", "juil", "lug", "aug", "aoû", "ago", "sep", "set", "oct", "okt", "out",
        "ott", "nov", "dec", "dez", "déc", "dic", "ene",
    ];
    const LONGEST: usize = "septiembre".len();
    let word = word.to_lowercase();
    word.len() <= LONGEST && MONTHS.iter().any(|month| word.starts_with(month))
}

/// Replaces the lines that have only a time by blanks, if bytes follow each of them. If the other lines have bytes with colons between
/// them, `12:03:44` can be three bytes.
pub(super) fn without_times(text: &str) -> Cow<'_, str> {
    let lines = || lines(text).map(|(_, line)| line).filter(|line| !line.trim().is_empty());
    let clocks: Vec<_> = lines().filter_map(lone_clock).collect();
    let is_before_bytes = |(line, next): (&str, Option<&str>)| {
        lone_clock(line).is_none()
            || next
                .is_some_and(|next| lone_clock(next).is_none() && next.contains(|c: char| c.is_ascii_digit()))
    };
    let nexts = lines().skip(1).map(Some).chain([None]);
    let can_be_bytes =
        |line: &str| lone_clock(line).is_none() && line.split_whitespace().any(has_numbers_with_colons);
    // A packet can begin with 0x10 or 0x20, and with no other number that is an hour.
    let is_unclear =
        |clock: &Clock<'_>| matches!(clock.hour, 10 | 20) && matches!(clock.fraction.len(), 0 | 2);
    let is_series = clocks.len() > 1 && clocks.is_sorted();
    if clocks.is_empty()
        || clocks.iter().any(is_unclear) && !is_series
        || lines().any(can_be_bytes)
        || !lines().zip(nexts).all(is_before_bytes)
    {
        return Cow::Borrowed(text);
    }
    let line = |line: &str| match lone_clock(line) {
        Some(_) => line.chars().map(|c| if c == '\n' { c } else { ' ' }).collect(),
        None => line.to_owned(),
    };
    Cow::Owned(text.split_inclusive('\n').map(line).collect())
}

/// Returns the positions of the lines that can be a time or bytes, if other lines have bytes without colons between them.
pub(super) fn unclear(text: &str) -> Vec<usize> {
    let (times, others): (Vec<_>, Vec<_>) = lines(text).partition(|(_, line)| lone_clock(line).is_some());
    let is_with_colons = |line: &str| line.split_whitespace().any(has_numbers_with_colons);
    let has_bytes = others.iter().any(|(_, line)| line.contains(|c: char| c.is_ascii_digit()));
    match has_bytes && !others.iter().any(|(_, line)| is_with_colons(line)) {
        true => times.iter().map(|(start, line)| start + line.len() - line.trim_start().len()).collect(),
        false => Vec::new(),
    }
}

/// Returns the time, if the line has nothing else: `12:03:44`, `[12:03:44.120]`, `12:03:44 PM:`.
fn lone_clock(line: &str) -> Option<Clock<'_>> {
    const BRACKETS: [(char, char); 2] = [('[', ']'), ('(', ')')];
    let line = line.trim().trim_end_matches(':');
    let inner = |(open, close)| line.strip_prefix(open).and_then(|line| line.strip_suffix(close));
    let line = BRACKETS.into_iter().find_map(inner).unwrap_or(line);
    let is_half = |half: &str| ["AM", "PM"].iter().any(|name| name.eq_ignore_ascii_case(half));
    let clock = line.split_once(' ').filter(|(_, half)| is_half(half)).map_or(line, |(clock, _)| clock);
    Clock::of(clock)
}

/// `10:0d:00`, `0:16`. A time such as `12:03:44` is none.
fn has_numbers_with_colons(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let begins_number = |part: &str| part.starts_with(|c: char| c.is_ascii_hexdigit());
    let mut pairs = word.split(':').zip(word.split(':').skip(1));
    !is_clock(word) && pairs.any(|(one, next)| is_number(one) && begins_number(next))
}
