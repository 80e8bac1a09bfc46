//! Finds packets in the parts of a text that were not read.
//!
//! A form reads the parts that it knows, and leaves out the others. A packet in a part that is left out would be lost, and nothing would
//! show the loss. So no other part may have numbers or characters that can be a packet.

use super::base64::decoded;
use super::characters;
use super::dump;
use super::line::has_control_name;
use super::number::hexadecimal_digits;
use super::rest::{Part, rest};
use super::runs::{self, Notation, Number, Run};
use super::{Fault, Form, Radix, Reading, forms, line, marks, table};
use mqtt_wire::stream::FrameLen;
use mqtt_wire::{Decoder, Version, decode_frame};
use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Range;

const OTHER_FORM: &str =
    "this line has a packet in another form than the other bytes: give the bytes in one form";

const TOO_MUCH_WORK: &str =
    "up to this line, too many numbers and words can be packets: leave out the lines without bytes";

/// The length in bytes up to which a number can look like a packet. A longer packet is no coincidence, because its Remaining Length fits.
const SHORT: usize = 4;

/// Refuses a text if a part that was not read has packets. Marks such as `<b>` can stand among the numbers, so the parts are read without
/// their marks, too.
pub(super) fn check(text: &str, reading: &Reading) -> Result<(), Fault> {
    let parts = rest(text, reading);
    check_parts(text, &parts, |text| Cow::Borrowed(text))?;
    match parts.iter().any(|part| matches!(marks::bare(part.text), Cow::Owned(_))) {
        true => check_parts(text, &parts, marks::bare),
        false => Ok(()),
    }
}

fn check_parts(text: &str, parts: &[Part<'_>], cleaned: fn(&str) -> Cow<'_, str>) -> Result<(), Fault> {
    let work = Work::for_text(text);
    let mut check = Check { work: &work, pending: Pending::default(), chains: Chains::default() };
    for part in parts {
        let has_packets = check.has_packets(&Part { text: &cleaned(part.text), ..*part });
        if work.is_over() {
            return Err(Fault::new(part.start, TOO_MUCH_WORK));
        }
        if has_packets {
            return Err(Fault::new(part.start, OTHER_FORM));
        }
    }
    Ok(())
}

/// Whether a text of which no part was read has packets.
pub(super) fn has_packets(text: &str) -> bool {
    check(text, &Reading::new(Form::String)).is_err()
}

/// The steps that the search in a text may still take. Without a limit, some texts would take a time that grows with the square of their
/// length.
struct Work(Cell<usize>);

impl Work {
    fn for_text(text: &str) -> Self {
        const BASE: usize = 100_000;
        /// The texts of the tests take at most 2 steps for each byte and 2,000 more. Only texts that are made to exceed the limit take more.
        const FOR_EACH_BYTE: usize = 20;
        Self(Cell::new(text.len().saturating_mul(FOR_EACH_BYTE).saturating_add(BASE)))
    }

    /// Counts steps. Returns whether the work goes on.
    fn goes_on(&self, steps: usize) -> bool {
        self.0.set(self.0.get().saturating_sub(steps));
        !self.is_over()
    }

    fn is_over(&self) -> bool {
        self.0.get() == 0
    }
}

struct Check<'w> {
    work: &'w Work,
    /// The bytes of the parts since the last part that was read. Each part is read as a whole.
    pending: Pending,
    chains: Chains,
}

impl Check<'_> {
    /// Whether the part has packets, or is the end of packets that began in earlier parts.
    fn has_packets(&mut self, part: &Part<'_>) -> bool {
        if part.follows_bytes {
            (self.pending, self.chains) = (Pending::default(), Chains::default());
        }
        let is_shown = |text: &str| self.is_shown(part, text);
        // `<FF>` is a byte beside other bytes.
        let is_name = |word: &str| has_control_name(&word.replace("<FF>", "")) && !is_shown(word);
        let numbers = runs::numbers(part.text);
        let in_numbers = |notation: Notation| {
            let mut packets = packets_in(&numbers, notation, self.work);
            packets.any(|place| !is_shown(runs::text(part.text, &numbers[place])))
        };
        if strings(part.text).iter().any(|text| !is_shown(text))
            || Notation::ALL.into_iter().any(in_numbers)
            || part.text.split_whitespace().any(is_name)
            || dump::bytes_of_row(part.text).is_some_and(|row| row.len() > SHORT)
            || list_of_bytes(part.text).is_some_and(|text| !is_shown(text))
            || line::named_digits(part.text).any(|text| are_frames_in_digits(text) && !is_shown(text))
            || part.text.split_whitespace().flat_map(joined_digits).any(|text| !is_shown(text))
            || has_broken_bytes(part.text)
            || table::is_row(part.text)
            || characters::is_row_of_od(part.text)
        {
            return true;
        }
        // Beside bytes, a part is not a text of its own.
        let is_line = part.shown.is_empty() && may_have_bytes(part.text);
        let readings = if is_line { readings(part.text) } else { Vec::new() };
        let is_literal = part.text.contains(['[', '{']) || part.text.contains("<<");
        if readings.iter().any(|read| are_packets(read) || is_literal && are_frames(read)) {
            return true;
        }
        if !part.shown.is_empty() && numbers.iter().all(|number| is_shown(number.digits())) {
            // The numbers are in the column of characters.
            return false;
        }
        self.pending.add(readings.first().map_or(&[], Vec::as_slice));
        self.chains.add(&numbers, part.text, self.work) || self.pending.are_packets()
    }

    /// Whether the text is among the bytes of the line: then it is in the column of characters.
    fn is_shown(&self, part: &Part<'_>, text: &str) -> bool {
        let mut windows = part.shown.windows(text.len().max(1));
        let at = windows.position(|window| window == text.as_bytes());
        self.work.goes_on(at.unwrap_or(part.shown.len())) && at.is_some()
    }
}

/// Returns the packets in the strings of a line, and the packets in Base64.
fn strings(line: &str) -> Vec<&str> {
    let all = characters::all(line);
    let packets = all.iter().filter_map(|string| {
        let bytes = string.bytes();
        string.first(if are_frames(bytes) { bytes.len() } else { legal_len(bytes) })
    });
    packets.chain(base64_words(line)).collect()
}

/// Returns a list of a few bytes that is a packet, even if the packet is malformed: `c1 00`, `0xc1, 0x00`. Or returns a list of as many bytes
/// as a row has.
fn list_of_bytes(line: &str) -> Option<&str> {
    let words = line.split([' ', '\t', ',', '-']).filter(|word| !word.is_empty());
    let (mut bytes, mut start) = (Vec::new(), 0);
    for word in words.chain([&line[line.len()..]]) {
        let at = word.as_ptr() as usize - line.as_ptr() as usize;
        if let Some(byte) = byte(word) {
            start = if bytes.is_empty() { at } else { start };
            bytes.push(byte);
            continue;
        }
        let list = line[start..at].trim_end();
        if can_be_lost(&bytes, list) {
            return Some(list);
        }
        bytes.clear();
    }
    None
}

/// `c1`, `0x1`, `[c1`, `c1:` at the end of a sentence, `c1<br>`
fn byte(word: &str) -> Option<u8> {
    let word = word.trim_start_matches(|c: char| "[](){}<>\"'`;*".contains(c));
    let word = word.split('<').next().unwrap_or(word);
    let word = word.trim_end_matches(|c: char| "[](){}<>\"'`;*:.!?".contains(c));
    let digits = hexadecimal_digits(word).unwrap_or(word);
    u8::from_str_radix(digits, 16).ok().filter(|_| digits.len() == 2 || digits.len() < word.len())
}

/// Returns the joined digits of a word, if they are a packet, even if the packet is malformed: `c100`, `"c100"`, `c1:00`. A number without
/// letters and a time are no packets, except for longer numbers in quotes.
fn joined_digits(word: &str) -> impl Iterator<Item = &str> {
    const LONG: usize = "200200".len();
    let quoted = word.split('"').skip(1).step_by(2).filter(|text| text.len() >= LONG);
    let pieces = word.split(|c: char| !c.is_ascii_alphanumeric() && !":_-./@%\\".contains(c));
    // A time has at most three numbers.
    let is_clear = |text: &&str| {
        let has_letter = text.contains(|c: char| c.is_ascii_alphabetic()) && text.len() > 2;
        !text.starts_with(':') && (has_letter || text.matches(':').count() > 2)
    };
    pieces
        .map(|text| text.trim_end_matches([':', '.']))
        .filter(is_clear)
        .chain(quoted)
        .filter(|text| are_frames_in_digits(text))
}

/// Whether the line has a list with a wrong digit, in which the other numbers are bytes: `0xc0, 0x0g`, `10:0d:0O:04:4d`, `"hex": "c0 0g"`.
fn has_broken_bytes(line: &str) -> bool {
    const FEWEST: usize = 5;
    let is_marked = |word: &&str| word.starts_with("0x");
    let is_byte = |word: &str| byte(word.trim_end_matches([',', ';'])).is_some();
    let marked = line.split([' ', '\t', ',']).filter(is_marked);
    let (good, bad): (Vec<_>, Vec<_>) = marked.partition(|word| is_byte(word));
    let is_wrong = |word: &&str| word.len() <= "0x0g".len() && !word.ends_with(['\'', '"']);
    let is_list = |word: &str| {
        let parts = || word.split(':').filter(|part| !part.is_empty());
        let (all, pairs) = (parts().count(), parts().filter(|part| part.len() == 2 && is_byte(part)).count());
        all >= FEWEST && pairs < all && 4 * pairs >= 3 * all
    };
    !good.is_empty() && bad.iter().any(is_wrong)
        || line.split_whitespace().any(is_list)
        || line::has_broken_value(line)
        || !line.trim().contains(' ') && line::has_broken_word(line.trim())
}

/// Whether the digits are whole packets by their fixed headers. The packets may be malformed.
fn are_frames_in_digits(text: &str) -> bool {
    let digits = text.replace([':', '-', ' '], "");
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap_or_default());
    let bytes: Option<Vec<u8>> = pairs.map(|pair| u8::from_str_radix(pair, 16).ok()).collect();
    digits.len() % 2 == 0 && bytes.is_some_and(|bytes| are_frames(&bytes))
}

/// Whether the bytes of a list are a packet or a row of a packet.
fn can_be_lost(bytes: &[u8], list: &str) -> bool {
    const ROW: usize = 8;
    // `00 01 02 …` is the heading of a dump.
    let is_heading = || bytes.iter().copied().eq((0..=u8::MAX).take(bytes.len()));
    match bytes.len() {
        // `12-00` can be a part of a date.
        ..=SHORT => are_frames(bytes) && !list.contains('-'),
        len => len >= ROW && !is_heading(),
    }
}

/// Whether the bytes are whole packets by their fixed headers.
pub(super) fn are_frames(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Header::Of(len) = frame_len(rest) {
        match rest.split_at_checked(len) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.is_empty() && !bytes.is_empty()
}

/// Whether the line can have bytes. The first byte of a packet has a digit in each notation of numbers.
fn may_have_bytes(line: &str) -> bool {
    line.bytes().any(|byte| byte.is_ascii_digit() || byte == b'\\')
        || line.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b' ')
}

fn are_packets(bytes: &[u8]) -> bool {
    let mut pending = Pending::default();
    pending.add(bytes);
    pending.are_packets()
}

/// Returns the length of the legal packets at the beginning.
pub(super) fn legal_len(bytes: &[u8]) -> usize {
    let mut len = 0;
    while let Header::Of(next) = packet_len(&bytes[len..]) {
        if !is_legal(&bytes[len..], next) {
            break;
        }
        len += next;
    }
    len
}

/// Returns the possible bytes of the line, read as if the line were the whole text.
fn readings(line: &str) -> Vec<Vec<u8>> {
    let read =
        |wanted| forms(line, wanted).map(|reading| Some(reading.bytes).filter(|bytes| bytes.len() > 1));
    match read(None) {
        Ok(bytes) => bytes.into_iter().collect(),
        // The line alone does not show the radix. Other lines may show it, so each radix is possible.
        Err(fault) if fault.what.contains("--") => {
            let radixes = [Radix::Hexadecimal, Radix::Decimal, Radix::Octal];
            radixes.into_iter().filter_map(|radix| read(Some(radix)).ok().flatten()).collect()
        }
        Err(_) => Vec::new(),
    }
}

/// Returns the words that are packets in Base64.
fn base64_words(line: &str) -> impl Iterator<Item = &str> {
    let separates = |c: char| c.is_whitespace() || "\"'`=,;:.()[]<>".contains(c);
    line.split(separates).filter(|word| can_be_base64(word)).filter(|word| {
        let plain = word.replace('-', "+").replace('_', "/");
        decoded(&plain).is_some_and(|bytes| are_packets(&bytes) || bytes.len() > SHORT && are_frames(&bytes))
    })
}

/// Whether the first three digits of Base64 can be the header of a packet. Most words are no packets, and this check is fast.
fn can_be_base64(word: &str) -> bool {
    let value = |digit: u8| match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    };
    let [first, second, third, ..] = word.as_bytes() else { return false };
    let (Some(first), Some(second), Some(third)) = (value(*first), value(*second), value(*third)) else {
        return false;
    };
    let remaining = (second & 0xf) << 4 | third >> 2;
    first >= 4 && (remaining >= 128 || usize::from(remaining) + 2 <= word.len() * 3 / 4)
}

/// The packets that the numbers of several lines may form together, by the notation of the numbers.
#[derive(Default)]
struct Chains(Vec<Chain>);

/// The numbers at one place of each line, in one notation.
struct Chain {
    kind: (Notation, usize),
    pending: Pending,
}

impl Chains {
    /// The number of chains in each notation. A line with another number can begin a chain, so several lines can be the beginning.
    const MOST: usize = 4;

    /// Adds a line. Returns whether packets end with this line.
    fn add(&mut self, numbers: &[Number<'_>], line: &str, work: &Work) -> bool {
        let whole = [dump::bytes_of_row(line), characters::first_string(line)].into_iter().enumerate();
        let ends = whole.fold(false, |ends, (place, bytes)| {
            let kind = (Notation::Hexadecimal, usize::MAX - place);
            bytes.is_some_and(|bytes| self.add_bytes(kind, &bytes, work)) || ends
        });
        Notation::ALL.into_iter().fold(ends, |ends, notation| self.add_in(numbers, notation, work) || ends)
    }

    fn add_in(&mut self, numbers: &[Number<'_>], notation: Notation, work: &Work) -> bool {
        let runs: Vec<_> = all_runs(numbers, notation).collect();
        let (Some(first), Some(last)) = (runs.first(), runs.last()) else { return false };
        let longest = runs.iter().max_by_key(|run| run.row().len()).unwrap_or(first);
        let first_list = first.lists().next().unwrap_or_default();
        let longest_list = longest.lists().max_by_key(|list| list.len()).unwrap_or_default();
        let whole = [&*first.bytes, first.row(), last.row(), longest.row()];
        let parts =
            whole.into_iter().chain([first_list, longest_list, first.after_first_list(), last.last()]);
        parts
            .enumerate()
            .fold(false, |ends, (place, bytes)| self.add_bytes((notation, place), bytes, work) || ends)
    }

    fn add_bytes(&mut self, kind: (Notation, usize), bytes: &[u8], work: &Work) -> bool {
        /// The number of bytes that can precede a packet in its first line.
        const MOST_BEFORE: usize = 4;
        let mut ends = false;
        for chain in self.0.iter_mut().filter(|chain| chain.kind.0 == kind.0) {
            ends |= chain.pending.is_ended_by(bytes, work);
            if chain.kind == kind {
                chain.pending.add(bytes);
                ends |= chain.are_packets();
            }
        }
        self.0.retain(|chain| !chain.pending.are_none);
        for start in 0..=bytes.len().min(MOST_BEFORE) {
            let count = self.0.iter().filter(|chain| chain.kind == kind).count();
            if count < Self::MOST && bytes.get(start).is_some_and(|first| is_header(*first)) {
                let mut pending = Pending::default();
                pending.add(&bytes[start..]);
                self.0.extend((!pending.are_none).then_some(Chain { kind, pending }));
            }
        }
        ends
    }
}

/// Whether a legal packet can begin with this byte.
pub(super) fn is_header(byte: u8) -> bool {
    match byte >> 4 {
        0 => false,
        3 => byte & 0b110 != 0b110,
        6 | 8 | 10 => byte & 0xf == 2,
        _ => byte & 0xf == 0,
    }
}

impl Chain {
    /// Whether the bytes are legal packets. The last word may have an extra byte.
    fn are_packets(&self) -> bool {
        let bytes = &self.pending.bytes;
        let is_whole = |bytes: &[u8]| self.pending.end == bytes.len() && legal_len(bytes) == bytes.len();
        let padded = bytes.strip_suffix(&[0]).filter(|_| self.kind.0 == Notation::Words);
        !bytes.is_empty() && (is_whole(bytes) || padded.is_some_and(is_whole))
    }
}

/// Returns the runs of the numbers.
fn all_runs(numbers: &[Number<'_>], notation: Notation) -> impl Iterator<Item = Run> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let run = Run::next(numbers, notation, from)?;
        from = run.first + run.len();
        Some(run)
    })
}

/// Returns the indices of the numbers that are packets.
fn packets_in(numbers: &[Number<'_>], notation: Notation, work: &Work) -> impl Iterator<Item = Range<usize>> {
    let runs = all_runs(numbers, notation);
    runs.flat_map(move |run| {
        let places = packets_in_run(&run, notation, work).into_iter();
        places.map(move |place| run.first + place.start..run.first + place.end)
    })
}

/// Returns the packets in a run: the first number, and the end. The packets must be legal, or be a whole list.
fn packets_in_run(run: &Run, notation: Notation, work: &Work) -> Vec<Range<usize>> {
    /// The number of numbers that can precede the packets.
    const MOST: usize = 8;
    let is_usual = matches!(notation, Notation::Hexadecimal | Notation::Decimal);
    let mut places = Vec::new();
    let (mut start, mut tried) = (0, vec![false; run.len()]);
    while start < run.len() {
        let can_begin = (start < MOST || run.is_apart(start)) && !tried[start];
        let (mut at, mut last, mut found) = (run.position(start), start, None);
        let (mut are_legal, mut is_list) = (true, is_usual && run.is_apart(start));
        let next = |bytes, is_list| match (can_begin, is_list && run.bytes.len() >= 2 * SHORT) {
            (false, _) => Header::Wrong,
            (true, false) => packet_len(bytes),
            (true, true) => frame_len(bytes),
        };
        while let Header::Of(len) = next(&run.bytes[at..], is_list) {
            let end = at + len;
            if end > run.bytes.len() || !work.goes_on(1 + len / 16) {
                break;
            }
            are_legal &= is_legal(&run.bytes[at..], len);
            at = end;
            // The last word may have an extra byte.
            let has_padding = notation == Notation::Words && run.bytes.get(end..) == Some(&[0]);
            let Some(number) = run.number_at(end + usize::from(has_padding)) else { continue };
            is_list &= !run.has_wide_gap(last + usize::from(last == start)..number);
            last = number;
            let is_long = at - run.position(start) > SHORT;
            if are_legal && (run.is_apart(number) || is_long) || is_list && run.is_apart(number) {
                found = Some(start..number);
            }
            // Only legal packets or a whole list count, so the next numbers are tried by themselves.
            if !are_legal && !is_list {
                break;
            }
            // Legal packets have ended here, so the next numbers were tried.
            if tried.get(number).is_none_or(|tried| *tried) {
                break;
            }
            tried[number] = are_legal;
        }
        start = found.as_ref().map_or(start + 1, |found: &Range<usize>| found.end);
        places.extend(found);
    }
    places
}

/// The bytes of several lines that may form packets together.
#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    /// `bytes` begins with whole packets. This is the position after these packets.
    end: usize,
    are_none: bool,
}

impl Pending {
    fn add(&mut self, bytes: &[u8]) {
        if self.are_none {
            return;
        }
        self.bytes.extend_from_slice(bytes);
        while let Some(rest) = self.bytes.get(self.end..).filter(|rest| !rest.is_empty()) {
            match packet_len(rest) {
                Header::Of(len) if len <= rest.len() => self.end += len,
                Header::Of(_) | Header::Incomplete => return,
                Header::Wrong => {
                    self.are_none = true;
                    return;
                }
            }
        }
    }

    /// Whether exactly these bytes are missing, and the packets are legal.
    fn is_ended_by(&self, bytes: &[u8], work: &Work) -> bool {
        let rest = self.bytes.get(self.end..).unwrap_or(&[]);
        let is_end = matches!(packet_len(rest), Header::Of(len) if len == rest.len() + bytes.len());
        is_end && work.goes_on(self.bytes.len() / 16) && {
            let all = [&self.bytes, bytes].concat();
            legal_len(&all) == all.len()
        }
    }

    fn are_packets(&self) -> bool {
        self.end > 0 && self.end == self.bytes.len()
    }
}

/// The fixed header of a packet.
enum Header {
    /// The length of the packet.
    Of(usize),
    Incomplete,
    Wrong,
}

/// Reads the fixed header of a packet that is no coincidence.
fn packet_len(bytes: &[u8]) -> Header {
    match frame_len(bytes) {
        // In `mtu: 1500` of a log, `1500` looks like the header of a short packet.
        Header::Of(len) if len <= SHORT && len <= bytes.len() && !is_legal(bytes, len) => Header::Wrong,
        header => header,
    }
}

/// Reads the fixed header. The flags in the header may be wrong.
fn frame_len(bytes: &[u8]) -> Header {
    if bytes.len() < 2 && bytes.first().is_none_or(|first| *first >= 0x10) {
        return Header::Incomplete;
    }
    // No packet has the type 0, but other numbers often begin with a 0.
    if bytes.first().is_some_and(|first| *first < 0x10) {
        return Header::Wrong;
    }
    match Decoder::new(Version::V3_1_1).frame_len(bytes) {
        Ok(FrameLen::Total(len)) => Header::Of(len),
        Ok(FrameLen::AtLeast(_)) => Header::Incomplete,
        Err(error) => error.packet_len().map_or(Header::Wrong, Header::Of),
    }
}

/// Whether the first `len` bytes are a packet of 5.0 or 3.1.1.
fn is_legal(bytes: &[u8], len: usize) -> bool {
    let is_legal = |version| bytes.get(..len).is_some_and(|frame| decode_frame(version, frame).is_ok());
    [Version::V5_0, Version::V3_1_1].into_iter().any(is_legal)
}
