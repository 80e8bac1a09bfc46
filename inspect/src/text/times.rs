//! Dates and times beside the bytes: the heading of a quoted mail.
//!
//! ```text
//! On Tue, 3 Jun 2025 at 10:12, Bob wrote:
//! > c0 00
//! ```

/// Whether each number of the line is a part of one date, or of the times of this date. No packet has such numbers only.
pub(super) fn is_dateline(line: &str) -> bool {
    let mut found = Dateline::default();
    line.split_whitespace().all(|word| found.see(word)) && found.is_whole()
}

/// The parts of a date and its times.
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
        (named || numeric) && self.years <= 1 && self.clocks <= 2
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
        let (clock, fraction) = word.split_once(['.', ',']).unwrap_or((word, "0"));
        let mut parts = clock.split(':');
        let mut next = |most: u8| {
            let part = parts.next()?;
            let is_number = matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse().ok().filter(|value| is_number && *value <= most)
        };
        let (hour, minute, second) = (next(23)?, next(59)?, next(59));
        let is_whole =
            parts.next().is_none() && clock.matches(':').count() == 1 + usize::from(second.is_some());
        let is_fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
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
