//! Finds lines that have packets in another form than the text as a whole.
//!
//! A form takes the lines that it knows, and leaves out the others. A packet in a line that is left out would be lost, and nothing would
//! show the loss. So the numbers and characters of each line are compared with the bytes of the text. If other numbers or characters of the
//! line can be a packet, the bytes of the text must have the same packet, in the same order.

use super::base64::decoded;
use super::characters;
use super::line::has_control_name;
use super::runs::{self, Notation, Number, Run};
use super::{Fault, Radix, forms};
use mqtt_wire::stream::FrameLen;
use mqtt_wire::{Decoder, Version, decode_frame};
use std::cell::Cell;

const OTHER_FORM: &str =
    "this line has a packet in another form than the other bytes: give the bytes in one form";

const TOO_MUCH_WORK: &str =
    "up to this line, too many numbers and words can be packets: leave out the lines without bytes";

/// The length in bytes up to which a number can look like a packet. A longer packet is no coincidence, because its Remaining Length fits.
const SHORT: usize = 4;

/// Refuses a text if one of its lines has packets that are not among these bytes.
pub(super) fn check<'t>(
    lines: impl Iterator<Item = (usize, &'t str)>,
    bytes: &[u8],
    wanted: Option<Radix>,
) -> Result<(), Fault> {
    let work = Work::default();
    let mut check = Check {
        work: &work,
        place: Place::new(bytes, &work),
        pending: Pending::default(),
        chains: Chains::default(),
        wanted,
    };
    for (start, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        work.grow_with(line);
        let has_all = check.has_all_of(line);
        if work.is_over() {
            return Err(Fault::new(start, TOO_MUCH_WORK));
        }
        if !has_all {
            return Err(Fault::new(start, OTHER_FORM));
        }
    }
    Ok(())
}

/// The steps that the comparison of a text may still take. Without a limit, some texts would take a time that grows with the square of
/// their length.
struct Work(Cell<usize>);

impl Default for Work {
    fn default() -> Self {
        Self(Cell::new(100_000))
    }
}

impl Work {
    fn grow_with(&self, line: &str) {
        /// The texts of the tests take at most 2 steps for each byte and 2,000 more. Only texts that are made to exceed the limit take more.
        const FOR_EACH_BYTE: usize = 20;
        self.0.set(self.0.get().saturating_add(line.len().saturating_mul(FOR_EACH_BYTE)));
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

struct Check<'b> {
    work: &'b Work,
    place: Place<'b>,
    /// The lines since the last line whose bytes were found.
    pending: Pending,
    chains: Chains,
    wanted: Option<Radix>,
}

impl Check<'_> {
    /// Whether the bytes of the text have all packets of this line.
    fn has_all_of(&mut self, line: &str) -> bool {
        let numbers = runs::numbers(line);
        let mut is_used = vec![false; numbers.len()];
        self.place.begin_line();
        let before = self.place;
        let (strings, mut is_read) = self.place.without_read(strings(line), line, &numbers, &mut is_used);
        is_read |= self.place.continues_with_numbers(&numbers, &mut is_used);
        is_read |= self.place.skips_to_numbers(&numbers, &mut is_used);
        let has_all = |in_line: InLine<'_>| {
            let is_known = |(text, bytes): &Packet<'_>| {
                let within = runs::within(line, text, &numbers);
                let are_used = !within.is_empty() && !is_used[within].contains(&false);
                are_used || in_line.has(bytes, text)
            };
            // `<FF>` is a byte beside other bytes.
            let is_name = |word: &str| has_control_name(&word.replace("<FF>", "")) && !in_line.has_text(word);
            strings.iter().all(is_known)
                && in_line.has_packets(line, &numbers, &is_used)
                && !line.split_whitespace().any(is_name)
        };
        if is_read && has_all(self.in_line(&[])) {
            let is_sure = self.place.sure > before.sure;
            if is_sure && before.at > before.sure && self.place.line == before.at {
                // The lines before this line have single numbers, which were found, too.
                self.forget_lines();
            }
            return self.has_chains_of(&numbers, &is_used, is_sure);
        }
        let readings = if may_have_bytes(line) { readings(line, self.wanted) } else { Vec::new() };
        let mut place = before;
        if place.continues_with_one(&readings) {
            // The line can have the same bytes a second time, so the bytes that were found before do not count.
            let rest = place.bytes.get(self.place.at.max(place.line)..place.at).unwrap_or(&[]);
            self.place = place;
            self.forget_lines();
            return has_all(self.in_line(rest));
        }
        if is_read || !has_all(InLine { work: self.work, bytes: &[], rest: &[] }) {
            return false;
        }
        if readings.iter().any(|read| are_packets(read)) {
            return false;
        }
        // A packet can be written on several lines.
        self.pending.add(readings.first().map_or(&[], Vec::as_slice));
        let packets = match self.pending.are_packets() {
            true => vec![std::mem::take(&mut self.pending.bytes)],
            false => self.chains.add(&numbers, &[]),
        };
        if packets.is_empty() {
            return true;
        }
        self.forget_lines();
        packets.iter().any(|packet| self.place.skips_to(packet))
    }

    /// The bytes of this line. `rest` was found by reading the line as a whole.
    fn in_line<'r>(&self, rest: &'r [u8]) -> InLine<'r>
    where
        Self: 'r,
    {
        InLine { work: self.work, bytes: self.place.in_line(), rest }
    }

    /// Adds the numbers of a line that are not in the bytes. These numbers can be the end or the beginning of packets on several lines. If
    /// `is_sure`, other numbers of the line are in the bytes: then no packet begins before this line and ends after this line.
    fn has_chains_of(&mut self, numbers: &[Number<'_>], is_used: &[bool], is_sure: bool) -> bool {
        let mut has_all = true;
        if is_used.contains(&false) {
            let ended = self.chains.add(numbers, is_used);
            has_all = ended.is_empty()
                || ended.iter().any(|packet| self.place.ends_with(packet) || self.place.skips_to(packet));
        }
        if is_sure {
            self.forget_lines();
            if is_used.contains(&false) {
                self.chains.add(numbers, is_used);
            }
        }
        has_all
    }

    fn forget_lines(&mut self) {
        (self.pending, self.chains) = (Pending::default(), Chains::default());
    }
}

/// The bytes of the text that were found in a line.
struct InLine<'b> {
    work: &'b Work,
    bytes: &'b [u8],
    /// The bytes that were found by reading the line as a whole.
    rest: &'b [u8],
}

impl InLine<'_> {
    /// Whether the line was read with these bytes. The bytes can also be text in a payload: then the line was read with the characters.
    fn has(&self, bytes: &[u8], text: &str) -> bool {
        self.find(self.rest, bytes).is_some() || self.has_text(text)
    }

    fn has_text(&self, text: &str) -> bool {
        !text.is_empty() && self.find(self.bytes, text.as_bytes()).is_some()
    }

    /// Whether the line was read with all packets in its other numbers, in their order.
    fn has_packets(&self, line: &str, numbers: &[Number<'_>], is_used: &[bool]) -> bool {
        if !is_used.contains(&false) {
            return true;
        }
        Notation::ALL.into_iter().all(|notation| {
            let mut rest = self.rest;
            packets_in(numbers, &[], notation, self.work).all(|(bytes, place)| {
                if !is_used[place.clone()].contains(&false) {
                    return true;
                }
                let at = self.find(rest, &bytes);
                rest = at.map_or(rest, |at| &rest[at + bytes.len()..]);
                at.is_some() || self.has_text(runs::text(line, &numbers[place]))
            })
        })
    }

    fn find(&self, bytes: &[u8], part: &[u8]) -> Option<usize> {
        let goes_on = self.work.goes_on(bytes.len());
        bytes.windows(part.len().max(1)).position(|window| window == part).filter(|_| goes_on)
    }
}

/// A packet in a line, and its text.
type Packet<'t> = (&'t str, Vec<u8>);

/// Returns the packets in the strings of a line, and the packets in Base64.
fn strings(line: &str) -> Vec<Packet<'_>> {
    let all = characters::all(line);
    let packets = all.iter().filter_map(|string| string.first(legal_len(string.bytes())));
    let mut packets: Vec<Packet<'_>> = packets.map(|(text, bytes)| (text, bytes.to_vec())).collect();
    packets.extend(base64_words(line));
    // A string comes before the strings in it.
    packets.sort_by_key(|(text, _)| (text.as_ptr(), std::cmp::Reverse(text.len())));
    packets.dedup_by(|next, packet| next.0.as_ptr() == packet.0.as_ptr() && next.1 == packet.1);
    packets
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
fn legal_len(bytes: &[u8]) -> usize {
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
fn readings(line: &str, wanted: Option<Radix>) -> Vec<Vec<u8>> {
    let read = |wanted| match forms(line, wanted) {
        Ok(reading) => Ok(Some(reading.bytes).filter(|bytes| bytes.len() > 1)),
        Err(fault) => Err(fault),
    };
    match read(wanted) {
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
fn base64_words(line: &str) -> impl Iterator<Item = Packet<'_>> {
    let separates = |c: char| c.is_whitespace() || "\"'`=,;:.()[]<>".contains(c);
    line.split(separates).filter(|word| can_be_base64(word)).filter_map(|word| {
        let plain = word.replace('-', "+").replace('_', "/");
        decoded(&plain).filter(|bytes| are_packets(bytes)).map(|bytes| (word, bytes))
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

    /// Adds a line. Returns the packets that may end with this line.
    fn add(&mut self, numbers: &[Number<'_>], is_used: &[bool]) -> Vec<Vec<u8>> {
        let mut ended = Vec::new();
        for notation in Notation::ALL {
            let runs: Vec<_> = all_runs(numbers, is_used, notation).collect();
            let (Some(first), Some(last)) = (runs.first(), runs.last()) else { continue };
            let longest = runs.iter().max_by_key(|run| run.row().len()).unwrap_or(first);
            let first_list = first.lists().next().unwrap_or_default();
            let longest_list = longest.lists().max_by_key(|list| list.len()).unwrap_or_default();
            let whole = [&*first.bytes, first.row(), last.row(), longest.row()];
            let parts = whole.into_iter().chain([first_list, longest_list, last.last()]);
            let parts: Vec<_> = parts.collect();
            // A line with numbers that were found can also have the end of packets that begin on other lines.
            for chain in self.0.iter().filter(|chain| chain.kind.0 == notation && !is_used.is_empty()) {
                ended.extend(parts.iter().filter_map(|bytes| chain.pending.ended_by(bytes)));
            }
            for (place, bytes) in parts.into_iter().enumerate() {
                self.add_bytes((notation, place), bytes, &mut ended);
            }
        }
        ended
    }

    fn add_bytes(&mut self, kind: (Notation, usize), bytes: &[u8], ended: &mut Vec<Vec<u8>>) {
        /// The number of bytes that can precede a packet in its first line.
        const MOST_BEFORE: usize = 4;
        for chain in self.0.iter_mut().filter(|chain| chain.kind == kind) {
            chain.pending.add(bytes);
            ended.extend(chain.packets().map(<[u8]>::to_vec));
            chain.pending.are_none |= chain.pending.are_packets();
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
    }
}

/// Whether a legal packet can begin with this byte.
fn is_header(byte: u8) -> bool {
    match byte >> 4 {
        0 => false,
        3 => byte & 0b110 != 0b110,
        6 | 8 | 10 => byte & 0xf == 2,
        _ => byte & 0xf == 0,
    }
}

impl Chain {
    /// Returns the bytes, if they are legal packets. The last word may have an extra byte.
    fn packets(&self) -> Option<&[u8]> {
        let bytes = &self.pending.bytes;
        if self.pending.are_packets() {
            return Some(&bytes[..]).filter(|bytes| legal_len(bytes) == bytes.len());
        }
        let padded = bytes.strip_suffix(&[0]).filter(|_| self.kind.0 == Notation::Words)?;
        Some(padded).filter(|bytes| self.pending.end == bytes.len() && legal_len(bytes) == bytes.len())
    }
}

/// The position in the bytes after the lines that were read so far.
#[derive(Clone, Copy)]
struct Place<'b> {
    work: &'b Work,
    bytes: &'b [u8],
    at: usize,
    /// The position before the last short numbers. A short number can be among the next bytes by coincidence.
    sure: usize,
    /// The beginning of a packet, at `at` or at an earlier position.
    packet: usize,
    /// The position at the beginning of the line.
    line: usize,
    notation: Notation,
}

impl<'b> Place<'b> {
    fn new(bytes: &'b [u8], work: &'b Work) -> Self {
        Self { work, bytes, at: 0, sure: 0, packet: 0, line: 0, notation: Notation::Hexadecimal }
    }

    fn begin_line(&mut self) {
        self.line = self.at;
    }

    /// The bytes of this line.
    fn in_line(&self) -> &'b [u8] {
        self.bytes.get(self.line..self.at).unwrap_or(&[])
    }

    fn continues_with(&mut self, read: &[u8]) -> bool {
        let begins = [self.at, self.sure];
        let at = begins.into_iter().find(|at| self.bytes.get(*at..at + read.len()) == Some(read));
        if let Some(at) = at {
            self.line = self.line.min(at);
            self.at = at + read.len();
            self.sure = self.at;
            self.reach();
        }
        at.is_some()
    }

    /// Whether one of the readings of the line is the next bytes, or is packets after the next bytes.
    fn continues_with_one(&mut self, readings: &[Vec<u8>]) -> bool {
        let mut whole = readings.iter().filter(|read| are_packets(read));
        readings.iter().any(|read| self.continues_with(read)) || whole.any(|read| self.skips_to(read))
    }

    /// Removes the strings that are the next packets, and the strings inside the removed strings. Returns the other strings, and whether a
    /// string was removed.
    fn without_read<'t>(
        &mut self,
        strings: Vec<Packet<'t>>,
        line: &str,
        numbers: &[Number<'_>],
        is_used: &mut [bool],
    ) -> (Vec<Packet<'t>>, bool) {
        let (mut end, mut others) = (None, Vec::new());
        for (text, bytes) in strings {
            let ends = text.as_bytes().as_ptr_range().end;
            if end.is_some_and(|end| ends <= end) {
                continue;
            }
            if self.continues_with(&bytes) || self.skips_to(&bytes) {
                is_used[runs::within(line, text, numbers)].fill(true);
                end = Some(ends);
            } else {
                others.push((text, bytes));
            }
        }
        (others, end.is_some())
    }

    /// Finds the numbers at the next bytes, and marks them as used.
    fn continues_with_numbers(&mut self, numbers: &[Number<'_>], is_used: &mut [bool]) -> bool {
        let others = Notation::ALL.into_iter().filter(|other| *other != self.notation);
        for notation in std::iter::once(self.notation).chain(others.collect::<Vec<_>>()) {
            let (mut from, mut found) = (0, false);
            while let Some(run) = Run::next(numbers, is_used, notation, from) {
                from = run.first + run.len();
                found |= self.continues_with_run(&run, is_used);
            }
            if found {
                self.notation = notation;
                return true;
            }
        }
        false
    }

    fn continues_with_run(&mut self, run: &Run, is_used: &mut [bool]) -> bool {
        /// The number of numbers that can precede the bytes: the number of a line, a time, a length.
        const MOST: usize = 8;
        let (mut from, mut found) = (0, false);
        while from < run.len() {
            let starts = from..run.len().min(from + MOST);
            let Some((start, end, at)) = starts.into_iter().find_map(|start| self.next_in_run(run, start))
            else {
                break;
            };
            let len = run.position(end) - run.position(start);
            self.line = self.line.min(at);
            self.at = at + len;
            let sure = self.sure;
            self.sure = if len.max(self.at - self.sure) >= SHORT { self.at } else { self.sure };
            self.reach();
            if self.sure > sure {
                is_used[run.first + start..run.first + end].fill(true);
            }
            (from, found) = (end, true);
        }
        found
    }

    /// Returns the numbers from `start` on that are the next bytes: the first number, the end of the numbers, and the position of the bytes.
    fn next_in_run(&self, run: &Run, start: usize) -> Option<(usize, usize, usize)> {
        let read = &run.bytes[run.position(start)..];
        [self.at, self.sure].into_iter().find_map(|at| {
            let bytes = self.bytes.get(at..)?;
            let mut len = read.iter().zip(bytes).take_while(|(read, byte)| read == byte).count();
            while len > 0 && run.number_at(run.position(start) + len).is_none() {
                len -= 1;
            }
            let end = run.number_at(run.position(start) + len)?;
            let is_end = run.is_apart(end) && (len >= SHORT || end == run.len());
            let is_alone = len == 1 && run.len() == 1;
            (is_alone || len > 1 && (is_end || self.is_packet_end(at + len))).then_some((start, end, at))
        })
    }

    /// Whether a packet ends here. `packet` is the beginning of the packet.
    fn is_packet_end(&self, at: usize) -> bool {
        let mut packet = self.packet;
        while let Some(Header::Of(len)) = self.bytes.get(packet..).filter(|_| packet < at).map(packet_len) {
            packet += len;
        }
        packet == at
    }

    /// Moves `packet` up to `at`.
    fn reach(&mut self) {
        while let Some(Header::Of(len)) = self.bytes.get(self.packet..).map(packet_len) {
            if self.packet + len > self.at {
                break;
            }
            self.packet += len;
        }
        self.sure = self.sure.max(self.packet);
    }

    /// Finds the packets in these numbers at the beginning of a later packet, and marks the numbers as used.
    fn skips_to_numbers(&mut self, numbers: &[Number<'_>], is_used: &mut [bool]) -> bool {
        let mut found = false;
        for notation in Notation::ALL {
            let packets: Vec<_> = packets_in(numbers, is_used, notation, self.work).collect();
            for (bytes, place) in packets {
                if self.skips_to(&bytes) {
                    is_used[place].fill(true);
                    (self.notation, found) = (notation, true);
                }
            }
        }
        found
    }

    /// Whether the last short numbers are these packets.
    fn ends_with(&mut self, packets: &[u8]) -> bool {
        let ends = self.bytes.get(self.sure..self.at).is_some_and(|last| last.ends_with(packets));
        self.sure = if ends { self.at } else { self.sure };
        ends
    }

    /// Finds these packets at the beginning of a later packet.
    fn skips_to(&mut self, read: &[u8]) -> bool {
        let mut packet = self.packet;
        while let Some(rest) = self.bytes.get(packet..).filter(|rest| !rest.is_empty()) {
            if !self.work.goes_on(1) {
                return false;
            }
            if packet >= self.sure && rest.starts_with(read) {
                self.line = if self.line == self.at { packet } else { self.line.min(packet) };
                (self.at, self.sure, self.packet) = (packet + read.len(), packet + read.len(), packet);
                self.reach();
                return true;
            }
            match packet_len(rest) {
                Header::Of(len) => packet += len,
                Header::Incomplete | Header::Wrong => return false,
            }
        }
        false
    }
}

/// Returns the runs of numbers that are not used.
fn all_runs(numbers: &[Number<'_>], is_used: &[bool], notation: Notation) -> impl Iterator<Item = Run> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let run = Run::next(numbers, is_used, notation, from)?;
        from = run.first + run.len();
        Some(run)
    })
}

/// Returns the packets in the numbers that are not used, and the indices of their numbers.
fn packets_in(
    numbers: &[Number<'_>],
    is_used: &[bool],
    notation: Notation,
    work: &Work,
) -> impl Iterator<Item = (Vec<u8>, std::ops::Range<usize>)> {
    let runs = all_runs(numbers, is_used, notation);
    runs.flat_map(move |run| {
        let places = packets_in_run(&run, notation, work).into_iter();
        places.map(move |(start, end, len)| {
            let at = run.position(start);
            (run.bytes[at..at + len].to_vec(), run.first + start..run.first + end)
        })
    })
}

/// Returns the first number, the end and the length of the packets in a run. The packets must be legal, or be a whole list.
fn packets_in_run(run: &Run, notation: Notation, work: &Work) -> Vec<(usize, usize, usize)> {
    /// The number of numbers that can precede the packets.
    const MOST: usize = 8;
    let is_usual = matches!(notation, Notation::Hexadecimal | Notation::Decimal);
    let mut places = Vec::new();
    let (mut start, mut tried) = (0, vec![false; run.len()]);
    while start < run.len() {
        let can_begin = (start < MOST || run.is_apart(start)) && !tried[start];
        let (mut at, mut last, mut found) = (run.position(start), start, None);
        let (mut are_legal, mut is_list) = (true, is_usual && run.is_apart(start));
        while let Header::Of(len) = if can_begin { packet_len(&run.bytes[at..]) } else { Header::Wrong } {
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
                found = Some((start, number, end - run.position(start)));
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
        start = found.map_or(start + 1, |(_, end, _)| end);
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

    /// Returns the packets, if exactly these bytes are missing and the packets are legal.
    fn ended_by(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let rest = self.bytes.get(self.end..)?;
        match packet_len(rest) {
            Header::Of(len) if len == rest.len() + bytes.len() => {
                let all = [&self.bytes, bytes].concat();
                (legal_len(&all) == all.len()).then_some(all)
            }
            _ => None,
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

/// Reads the fixed header. The flags in the header may be wrong.
fn packet_len(bytes: &[u8]) -> Header {
    if bytes.len() < 2 && bytes.first().is_none_or(|first| *first >= 0x10) {
        return Header::Incomplete;
    }
    // No packet has the type 0, but other numbers often begin with a 0.
    if bytes.first().is_some_and(|first| *first < 0x10) {
        return Header::Wrong;
    }
    let len = match Decoder::new(Version::V3_1_1).frame_len(bytes) {
        Ok(FrameLen::Total(len)) => len,
        Ok(FrameLen::AtLeast(_)) => return Header::Incomplete,
        Err(error) => error.packet_len().unwrap_or_default(),
    };
    // In `mtu: 1500` of a log, `1500` looks like the header of a short packet.
    match len > SHORT || len > bytes.len() || is_legal(bytes, len) {
        true => Header::Of(len),
        false => Header::Wrong,
    }
}

/// Whether the first `len` bytes are a packet of 5.0 or 3.1.1.
fn is_legal(bytes: &[u8], len: usize) -> bool {
    let is_legal = |version| bytes.get(..len).is_some_and(|frame| decode_frame(version, frame).is_ok());
    [Version::V5_0, Version::V3_1_1].into_iter().any(is_legal)
}
