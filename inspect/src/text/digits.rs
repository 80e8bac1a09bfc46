//! Digits with or without separators, and logs with such digits in their lines.

use super::line::{self, Before, Digits, Line, words};
use super::number::{self, Dollar, Evidence, digit, without_sign};
use super::scan::lines;
use super::{Fault, Form, LEFT_OUT, Radix, Reading, array::shortened};

const NO_FORM: &str = "this is not a hexadecimal digit, and no other form fits: give the bytes alone, each with two hexadecimal digits";

const UNCLEAR_PART: &str = "it is unclear which part of the line has the bytes";
const UNCLEAR_LINES: &str = "it is unclear which lines of this log have the bytes";
const ODD: &str = "an odd number of digits";

pub(super) fn read(text: &str, wanted: Option<Radix>) -> Result<Reading, Fault> {
    if let Some(bytes) = signed(text).filter(|_| matches!(wanted, None | Some(Radix::Decimal))) {
        return Ok(Reading::of_all(text, bytes, Form::Digits(Radix::Decimal)));
    }
    if let Some(program) = firmware(text) {
        return Err(Fault::new(
            0,
            format!("these lines have addresses and checksums: `{program}` makes bytes of them"),
        ));
    }
    let log = Log::of(text)?;
    let numbers = Numbers::of(text, &log)?;
    let numbered =
        log.digits().flat_map(|(start, digits)| words(digits).map(move |(at, word)| (start + at, word)));
    let dollar = number::dollar(numbered, wanted)?;
    let radix = match wanted {
        Some(radix) => radix,
        None => match numbers.other_radix() {
            Some(fault) => return Err(fault),
            None => numbers.evidence.radix(None)?,
        },
    };
    let form = if log.is_one { Form::Log(radix) } else { Form::Digits(radix) };
    let mut reading = Reading { left_out: log.left_out, ..Reading::new(form) };
    match radix {
        Radix::Decimal => read_numbers(&log, (radix, 10), dollar, &mut reading)?,
        Radix::Octal => read_numbers(&log, (radix, 8), dollar, &mut reading)?,
        Radix::Hexadecimal => read_hexadecimal(&log, &numbers, &mut reading)?,
    }
    if log.is_one && reading.bytes.len() == 1 {
        let what = "this text has no bytes, except for one number that could be a byte";
        return Err(Fault::new(numbers.first, what));
    }
    check_brackets(text, &log)?;
    if radix == Radix::Hexadecimal {
        reading.others = numbers.other_readings(&reading.bytes);
    }
    Ok(reading)
}

/// Whether the fault says that some lines may have no bytes.
pub(super) fn is_about_lines(fault: &Fault) -> bool {
    [NO_FORM, UNCLEAR_PART, UNCLEAR_LINES].contains(&&*fault.what)
}

/// Refuses bytes in brackets, if one of the brackets is missing: `<Buffer 10 0d`, `c0, 00]`.
fn check_brackets(text: &str, log: &Log<'_>) -> Result<(), Fault> {
    // An arrow such as `->` has a blank before the bytes. A bracket `<` has none, so no blank is removed there.
    let (mut first, mut last) = (None, None);
    for (start, digits) in log.digits() {
        first = first.or(Some(start));
        last = Some(start + digits.len());
    }
    let (Some(first), Some(last)) = (first, last) else { return Ok(()) };
    let (before, after) = (&text[..first], &text[last..]);
    let is_open = |open: char| {
        let before = if open == '<' { before } else { before.trim_end() };
        before.ends_with(open) || open == '<' && before.trim_end().ends_with("<Buffer")
    };
    let is_closed = |close: char| (if close == '>' { after } else { after.trim_start() }).starts_with(close);
    for (open, close) in [('[', ']'), ('{', '}'), ('<', '>')] {
        if is_open(open) && !text[first..].contains(close) {
            return Err(Fault::new(first, "this bracket is not closed: the rest of the bytes is missing"));
        }
        if is_closed(close) && !text[..last].contains(open) {
            return Err(Fault::new(
                last,
                "this bracket was not opened: the beginning of the bytes is missing",
            ));
        }
    }
    Ok(())
}

/// Returns the bytes of the words in the other byte order. If the last word ends with zeros, the zeros may be padding: then the result also
/// has the bytes without them.
pub(super) fn little_endian(bytes: &[u8], size: usize, form: Form) -> Vec<(Vec<u8>, Form)> {
    let swapped: Vec<u8> = bytes.chunks(size).flat_map(|word| word.iter().rev().copied()).collect();
    let zeros = swapped.iter().rev().take(size - 1).take_while(|byte| **byte == 0).count();
    (0..=zeros).map(|zeros| (swapped[..swapped.len() - zeros].to_vec(), form)).collect()
}

/// Returns the bytes without their signs, if each byte from 0x80 on has `sign` before it.
fn without_signs(bytes: &[u8], sign: &[u8]) -> Option<Vec<u8>> {
    let (mut plain, mut rest) = (Vec::new(), bytes);
    while let [first, after @ ..] = rest {
        let (byte, after) = match rest.strip_prefix(sign) {
            Some([byte, after @ ..]) if *byte >= 0x80 => (byte, after),
            _ if *first < 0x80 => (first, after),
            _ => return None,
        };
        plain.push(*byte);
        rest = after;
    }
    (plain.len() < bytes.len()).then_some(plain)
}

/// Signed decimal numbers, if some of them are negative.
fn signed(text: &str) -> Option<Vec<u8>> {
    let numbers = text.split(|c: char| c.is_whitespace() || ",;".contains(c)).filter(|word| !word.is_empty());
    // A longer number is an offset.
    let byte = |word: &str| word.parse().ok().filter(|_| word.len() <= "-128".len()).map(i8::to_ne_bytes);
    let bytes = numbers.map(byte).collect::<Option<Vec<_>>>()?;
    text.contains('-').then(|| bytes.concat())
}

/// The command that reads the format, if all lines are Intel HEX or Motorola S-records.
fn firmware(text: &str) -> Option<&'static str> {
    const SHORTEST: usize = 8;
    let all = |mark: char| {
        let mut lines = lines(text).filter(|(_, line)| !line.trim().is_empty()).peekable();
        lines.peek().is_some()
            && lines.all(|(_, line)| {
                let digits = line.trim().strip_prefix(mark).unwrap_or("");
                digits.len() >= SHORTEST && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
            })
    };
    if all(':') {
        return Some("objcopy -I ihex -O binary");
    }
    all('S').then_some("objcopy -I srec -O binary")
}

/// The properties of all lines together.
#[derive(Debug, Default)]
struct Log<'t> {
    /// The lines have other text than digits.
    is_one: bool,
    /// Some lines are marked as sent or received. A line without such a mark has bytes only if it has no other text, except for a time.
    has_directions: bool,
    left_out: usize,
    /// The digits of all lines, and the position of each line.
    found: Vec<(usize, Digits<'t>)>,
}

impl<'t> Log<'t> {
    fn of(text: &'t str) -> Result<Self, Fault> {
        let mut log = Self::default();
        let (mut first_bad, mut nearly, mut broken, mut odd) = (None, None, None, Odd::default());
        for (start, line) in lines(text).filter(|(_, line)| !line.trim().is_empty()) {
            let look = line::look(line);
            let digits = if let Line::Digits(digits) = look { Some(digits) } else { None };
            let is_gap = odd.has_digits && line::is_omission(line.trim());
            if let Some(at) = line::omission(line, digits).or(is_gap.then_some(0)) {
                return Err(Fault::new(start + at, LEFT_OUT));
            }
            match look {
                Line::Digits(digits) => {
                    log.found.push((start, digits));
                    log.is_one |= digits.before != Before::Nothing || digits.text.len() < line.trim().len();
                    log.has_directions |= matches!(digits.before, Before::Direction { .. });
                    odd.see(start + digits.start, digits);
                }
                Line::Unclear(at) => {
                    return Err(Fault::new(start + at, UNCLEAR_PART));
                }
                Line::Cut(at) => {
                    return Err(Fault::new(
                        start + at,
                        "the line states more bytes than it has, or some of them cannot be read",
                    ));
                }
                Line::Words(at) => {
                    let what =
                        "these are words of several bytes in an unknown order: write each byte as a number";
                    return Err(Fault::new(start + at, what));
                }
                Line::Settings => (log.is_one, log.left_out) = (true, log.left_out + 1),
                Line::Single(at) => {
                    odd.single.get_or_insert(start + at);
                    log.left_out += 1;
                }
                Line::Nothing => {
                    nearly = nearly.or(line::is_nearly_bytes(line).then_some(start));
                    broken = broken.or(line::has_broken_word(line).then_some(start));
                    first_bad = first_bad.or(Some(start + first_bad_character(line)));
                    log.left_out += 1;
                }
            }
        }
        log.leave_out_other_labels();
        let first_bad = first_bad.or(odd.single);
        match first_bad {
            // Lines of a log may be left out. If the text is not a log, or if no line has digits, a line that cannot be read is an error.
            Some(at) if !log.is_one || !odd.has_digits => {
                return Err(Fault::new(at, NO_FORM));
            }
            _ => {}
        }
        // If the bytes of the other lines are words, a word with a wrong digit is probably bytes, too.
        if let Some(at) = nearly.or(broken.filter(|_| !odd.has_many)) {
            return Err(Fault::new(at, UNCLEAR_PART));
        }
        if let (Some(at), false) = (log.other_label().or(odd.place()), log.has_directions) {
            return Err(Fault::new(at, UNCLEAR_LINES));
        }
        if log.has_directions {
            log.left_out =
                lines(text).filter(|(_, line)| !line.trim().is_empty()).count() - log.digits().count();
        }
        Ok(log)
    }

    /// Leaves out the lines with a single number, if the number has another label than the bytes: `first byte: 0x30`.
    fn leave_out_other_labels(&mut self) {
        let is_single = |digits: &Digits<'_>| line::bytes_in(digits.text) == 1;
        let bytes = self.found.iter().find(|(_, digits)| !is_single(digits));
        let Some((_, Digits { before: Before::Label(label), .. })) = bytes.copied() else { return };
        let count = self.found.len();
        self.found.retain(|(_, digits)| match digits.before {
            Before::Label(other) => !is_single(digits) || is_same(label, other),
            _ => true,
        });
        self.left_out += count - self.found.len();
    }

    /// Returns the position of the first line whose label differs from the label of the first line.
    fn other_label(&self) -> Option<usize> {
        let mut labels = self.found.iter().filter_map(|(start, digits)| match digits.before {
            Before::Label(label) => Some((start + digits.start, label)),
            _ => None,
        });
        let (_, first) = labels.next()?;
        labels.find(|(_, label)| !is_same(first, label)).map(|(at, _)| at)
    }

    /// The digits, and their position in the text.
    fn digits(&self) -> impl Iterator<Item = (usize, &'t str)> + use<'t, '_> {
        let counts = |before| matches!(before, Before::Direction { .. } | Before::Nothing | Before::Time);
        let found =
            self.found.iter().filter(move |(_, digits)| !self.has_directions || counts(digits.before));
        found.map(|(start, digits)| (start + digits.start, digits.text))
    }
}

/// The lines of a log that differ from the others.
#[derive(Debug, Default)]
struct Odd {
    has_digits: bool,
    /// The first line with a single digit.
    single: Option<usize>,
    /// A line has more than one number.
    has_many: bool,
    /// The first line with only a small number after a label.
    count: Option<usize>,
    /// A line has bytes and nothing else.
    has_bytes: bool,
}

impl Odd {
    fn see(&mut self, at: usize, digits: Digits<'_>) {
        self.has_digits = true;
        self.has_many |= !line::is_one_word(digits.text);
        self.has_bytes |= digits.before == Before::Nothing && line::bytes_in(digits.text) > 1;
        if !matches!(digits.before, Before::Label(_)) {
            return;
        }
        if line::bytes_in(digits.text) <= 2 && digits.text.bytes().all(|byte| !byte.is_ascii_alphabetic()) {
            self.count.get_or_insert(at);
        }
    }

    /// Returns the place of a line that may have bytes or other numbers. The digit in `single` can be a byte if each line has one number.
    /// The number in `count` can be the number of bytes in the next line.
    fn place(&self) -> Option<usize> {
        let single = self.single.filter(|_| !self.has_many);
        single.or(self.count.filter(|_| self.has_bytes))
    }
}

/// Whether two labels are the same except for numbers in them.
fn is_same(one: &str, other: &str) -> bool {
    let letters = |text: &'_ str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    letters(one) == letters(other)
}

fn first_bad_character(line: &str) -> usize {
    let is_good = |c: char| c.is_ascii_hexdigit() || c.is_whitespace() || ",;:-_.".contains(c);
    let start = line.len() - line.trim_start().len();
    line.find(|c| !is_good(c)).unwrap_or(start)
}

/// The properties of all numbers of a text together.
#[derive(Debug, Default)]
struct Numbers {
    evidence: Evidence,
    /// Each line is one number.
    is_one_a_line: bool,
    /// Each number is one digit, so two numbers make a byte.
    are_single: bool,
    has_commas: bool,
    /// A number has a mark such as `0x`.
    has_marks: bool,
    /// A number such as `0d` has a leading zero.
    has_padding: bool,
    /// The number of digits in the longest number and in the shortest number.
    longest: usize,
    shortest: usize,
    /// All numbers have three digits, as `%03o` prints them, and some numbers begin with 0.
    are_octal: bool,
    /// All numbers have eight binary digits or a multiple of eight. Or all numbers have the mark `0b`.
    are_binary: bool,
    /// All numbers have only the digits 0 and 1.
    are_zeros_and_ones: bool,
    signs: Signs,
    count: usize,
    first: usize,
}

impl Numbers {
    fn of(text: &str, log: &Log<'_>) -> Result<Self, Fault> {
        let mut all = Self {
            is_one_a_line: true,
            are_single: true,
            shortest: usize::MAX,
            are_octal: true,
            are_binary: true,
            are_zeros_and_ones: true,
            ..Self::default()
        };
        let (mut count, mut first, mut has_zero) = (0, 0, false);
        for (start, digits) in log.digits() {
            if let Some(at) = digits.find("...") {
                return Err(Fault::new(start + at, LEFT_OUT));
            }
            all.has_commas |= digits.contains(',');
            let mut in_line = 0;
            for (at, word) in words(digits) {
                (in_line, count) = (in_line + 1, count + 1);
                first = if count == 1 { start + at } else { first };
                let is_marked = line::digits(word).len() < word.len();
                all.has_marks |= is_marked;
                all.are_single &= word.len() == 1;
                all.has_padding |= word.len() == 2 && word.starts_with('0');
                all.longest = all.longest.max(word.len());
                all.shortest = all.shortest.min(word.len());
                has_zero |= word.starts_with('0');
                all.are_octal &= word.len() == 3 && u8::from_str_radix(word, 8).is_ok();
                all.are_binary &= is_binary(word);
                all.are_zeros_and_ones &= word.bytes().all(|digit| matches!(digit, b'0' | b'1'));
                all.signs.see(start + at, line::digits(word));
                all.is_one_a_line &= in_line == 1 && !is_marked;
                if !is_marked {
                    all.evidence.see(start + at, word);
                }
            }
        }
        if count == 0 {
            return Err(Fault::new(
                text.len().min(first),
                "no bytes were found: give the bytes alone, each with two hexadecimal digits",
            ));
        }
        all.are_single &= !all.has_commas;
        all.are_octal &= has_zero;
        (all.count, all.first) = (count, first);
        if all.are_single && count > 1 && !all.evidence.is_hexadecimal() {
            all.evidence.see_either(first);
        }
        if count == 1 {
            // `203` alone is not a list.
            all.evidence = Evidence::default();
        }
        Ok(all)
    }

    /// Why the numbers are ambiguous.
    fn other_radix(&self) -> Option<Fault> {
        let what = match self {
            // `00010000` alone can be four bytes.
            Self { count: ..=1, longest: ..=8, .. } | Self { count: ..=1, are_binary: false, .. } => {
                return None;
            }
            Self { are_octal: true, .. } => "these numbers can be octal or decimal: use --octal or --decimal",
            Self { are_binary: true, .. } | Self { are_zeros_and_ones: true, longest: 3.., .. } => {
                "these digits can be binary or hexadecimal: --hex reads hexadecimal digits"
            }
            _ => return None,
        };
        Some(Fault::new(self.first, what))
    }

    /// Returns the bytes of the other readings: the numbers are words in the other byte order, or they have signs.
    fn other_readings(&self, bytes: &[u8]) -> Vec<(Vec<u8>, Form)> {
        let mut others = Vec::new();
        let is_word = matches!(self.longest, 4 | 8) && self.shortest == self.longest;
        if is_word && !self.has_marks {
            others.extend(little_endian(bytes, self.longest / 2, Form::Words));
        }
        if self.longest > 2 && !self.signs.are_bytes() {
            const SIGNS: [&[u8]; 2] = [&[0xff; 3], &[0xff]];
            let plain = SIGNS.iter().filter_map(|sign| without_signs(bytes, sign));
            others.extend(plain.map(|bytes| (bytes, Form::SignedDigits)));
        }
        others
    }

    /// Whether a byte with a sign can be read: `ffffffc0`.
    fn check_signs(&self) -> Result<(), Fault> {
        match self.signs.first.filter(|_| self.signs.are_all && self.signs.is_unclear()) {
            Some(at) => {
                let what = "this can be one byte with a sign or several bytes: remove the f's, or write the bytes apart";
                Err(Fault::new(at, what))
            }
            None => Ok(()),
        }
    }

    /// Whether a byte can be split between two numbers. If some numbers have one digit and some two, each number is a byte.
    fn are_joined(&self) -> bool {
        let are_bytes = (self.shortest, self.longest) == (1, 2);
        self.is_one_a_line && !self.has_commas && !are_bytes && !self.signs.are_bytes() || self.are_single
    }
}

fn is_binary(word: &str) -> bool {
    let marked = word.strip_prefix("0b").filter(|digits| (2..=8).contains(&digits.len()));
    let digits = marked.unwrap_or(word);
    (marked.is_some() || word.len() % 8 == 0) && digits.bytes().all(|digit| matches!(digit, b'0' | b'1'))
}

/// Whether the numbers are bytes with a sign, such as `ffffffc0`, and short numbers.
#[derive(Debug)]
struct Signs {
    /// The first number with a sign.
    first: Option<usize>,
    /// Each number has a sign or at most two digits.
    are_all: bool,
    /// A short number comes before another number, so the numbers are not groups of four bytes.
    has_short: bool,
    last_is_short: bool,
}

impl Default for Signs {
    fn default() -> Self {
        Self { first: None, are_all: true, has_short: false, last_is_short: false }
    }
}

impl Signs {
    fn see(&mut self, at: usize, digits: &str) {
        self.has_short |= self.last_is_short || digits.len() == 1;
        self.last_is_short = digits.len() <= 2;
        let is_signed = without_sign(digits).is_some();
        self.are_all &= is_signed || self.last_is_short;
        self.first = self.first.or(is_signed.then_some(at));
    }

    fn are_bytes(&self) -> bool {
        self.first.is_some() && self.are_all && self.has_short
    }

    /// `ffffffc0 00` can be two bytes or five.
    fn is_unclear(&self) -> bool {
        !self.has_short && self.last_is_short
    }
}

/// Reads numbers, each of which is one byte.
fn read_numbers(
    log: &Log<'_>,
    (radix, base): (Radix, u32),
    dollar: Dollar,
    reading: &mut Reading,
) -> Result<(), Fault> {
    let longest = if radix == Radix::Octal { "0377".len() } else { "255".len() };
    for (start, digits) in log.digits() {
        let from = reading.bytes.len();
        for (at, word) in words(digits) {
            let plain = line::digits(word);
            let byte = match word.strip_prefix('$') {
                Some(character) if dollar == Dollar::Character => character.bytes().next(),
                _ if plain.len() < word.len() => u8::from_str_radix(plain, 16).ok(),
                // A longer number is an offset.
                _ if word.len() > longest => None,
                _ => u8::from_str_radix(word, base).ok(),
            };
            match byte {
                Some(byte) => reading.bytes.push(byte),
                None => {
                    let what = format!(
                        "{:?} is not a byte in {radix}: --hex reads digits as hexadecimal",
                        shortened(word)
                    );
                    return Err(Fault::new(start + at, what));
                }
            }
        }
        reading.mark(start..start + digits.len(), from);
    }
    Ok(())
}

fn read_hexadecimal(log: &Log<'_>, numbers: &Numbers, reading: &mut Reading) -> Result<(), Fault> {
    let mut pairs = Pairs { reading, high: None, end: 0 };
    let are_joined = numbers.are_joined();
    numbers.check_signs()?;
    let are_signed = numbers.signs.are_bytes();
    for (start, digits) in log.digits() {
        let from = pairs.reading.bytes.len();
        for (at, word) in words(digits) {
            let plain = line::digits(word);
            let plain = without_sign(plain).filter(|_| are_signed).unwrap_or(plain);
            let end = start + at + word.len();
            let fault = |what: &str| Err(Fault::new(end, what));
            if !are_joined {
                let is_byte = numbers.has_commas || plain.len() < word.len() || !numbers.has_padding;
                match plain.len() {
                    1 if is_byte || are_signed => pairs.push(b'0', end)?,
                    1 => return fault(ODD),
                    len if len % 2 == 1 => {
                        return Err(Fault::new(start + at, not_hexadecimal(plain)));
                    }
                    _ => {}
                }
            }
            for byte in plain.bytes() {
                pairs.push(byte, end)?;
            }
        }
        pairs.reading.mark(start..start + digits.len(), from);
    }
    pairs.finish()
}

fn not_hexadecimal(digits: &str) -> String {
    let is_decimal = digits.parse::<u8>().is_ok();
    let hint = if is_decimal { ": --decimal reads decimal numbers" } else { "" };
    format!("{:?} does not have two hexadecimal digits for each byte{hint}", shortened(digits))
}

struct Pairs<'r> {
    reading: &'r mut Reading,
    high: Option<u8>,
    end: usize,
}

impl Pairs<'_> {
    fn push(&mut self, byte: u8, end: usize) -> Result<(), Fault> {
        let low = digit(byte).ok_or_else(|| Fault::new(end, "this is not a hexadecimal digit"))?;
        self.end = end;
        match self.high.take() {
            None => self.high = Some(low),
            Some(high) => self.reading.bytes.push(high << 4 | low),
        }
        Ok(())
    }

    fn finish(self) -> Result<(), Fault> {
        match self.high {
            None => Ok(()),
            Some(_) => Err(Fault::new(self.end, ODD)),
        }
    }
}
