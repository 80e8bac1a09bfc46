//! Bytes in source code: arrays of numbers, and strings with escapes.

use super::number::{digit, is_number};
use super::scan::{Bracket, Group, Unclosed, comment_end, groups, lines, string_end};
use super::string::{Flavour, Numerals, unescape};
use super::{Fault, Form, LEFT_OUT, Radix, Reading, array, erlang, line, unread};
use std::ops::Range;

/// Returns the bytes, if the text has such a form.
pub(super) fn read(text: &str, wanted: Option<Radix>) -> Result<Option<Reading>, Fault> {
    let (mut binaries, mut buffers, mut arrays) = (Vec::new(), Vec::new(), Vec::new());
    for group in groups(text) {
        if erlang::is_binary(&group) {
            binaries.push(group);
        } else if buffer(&group).is_some() || is_short_number(&group) {
            buffers.push(group);
        } else if array::is_array(text, &group) {
            arrays.push(group);
        }
    }
    let escaped = Escaped::of(text);
    buffers.retain(|group| !escaped.contains(group.start));
    arrays.retain(|group| !escaped.contains(group.start));
    let mut reading = Reading::new(Form::String);
    reading.form = if !binaries.is_empty() {
        check_terms(text, &binaries)?;
        binaries.iter().try_for_each(|binary| erlang::read(binary, &mut reading))?;
        match erlang::digits(text, &binaries).filter(|digits| is_of_digits(digits, &reading)) {
            Some(digits) => {
                reading = digits;
                Form::QuotedDigits
            }
            None => Form::Erlang,
        }
    } else if buffers.iter().any(|group| buffer(group).is_some()) {
        // In a log, a number can be the level of the line: `<6>`.
        let are_single = buffers.iter().filter(|group| group.text.len() == 2).nth(1).is_some();
        if let Some(short) = buffers.iter().find(|group| are_single && is_short_number(group)) {
            let what = "not all numbers in `<…>` have two hexadecimal digits: write them as a list, such as `[16, 13]`";
            return Err(Fault::new(short.start, what));
        }
        buffers.retain(|group| buffer(group).is_some());
        check_between(text, &buffers)?;
        buffers.iter().try_for_each(|group| read_buffer(group, &mut reading))?;
        Form::NodeBuffer
    } else if !arrays.is_empty() {
        let notation = array::notation(&arrays, wanted)?;
        arrays.iter().try_for_each(|array| array::read(array, notation, &mut reading))?;
        if let [array] = &arrays[..] {
            check_count(reading.bytes.len(), array::announced(text, array), array.start)?;
        }
        Form::Array(notation.radix)
    } else if quoted_digits_after_x(text, &mut reading) {
        Form::QuotedDigits
    } else if strings_with_escapes(text, wanted, &mut reading)? {
        Form::String
    } else if digits_after_x(text, &mut reading) {
        Form::QuotedDigits
    } else if escapes_alone(text, &mut reading)? {
        Form::String
    } else if quoted_digits(text, &mut reading)? {
        Form::QuotedDigits
    } else {
        check_closed(text)?;
        return Ok(None);
    };
    Ok(Some(reading))
}

/// Whether the digits are packets, and the characters of the digits are none.
fn is_of_digits(digits: &Reading, characters: &Reading) -> bool {
    unread::are_frames(&digits.bytes) && !unread::are_frames(&characters.bytes)
}

fn check_count(count: usize, announced: Option<usize>, at: usize) -> Result<(), Fault> {
    match announced.filter(|announced| *announced != count) {
        Some(announced) => Err(Fault::new(
            at,
            format!("these are {count} bytes, but the text says that there are {announced}"),
        )),
        None => Ok(()),
    }
}

/// The strings with escapes of bytes. Brackets in them are characters: `b'0\x0b\x00\x01a[192, 0]'`.
struct Escaped(Vec<(usize, usize)>);

impl Escaped {
    fn of(text: &str) -> Self {
        let strings = strings(text).filter(|string| string.has_escapes());
        Self(strings.map(|string| (string.start, string.end())).collect())
    }

    fn contains(&self, at: usize) -> bool {
        let before = self.0.partition_point(|(start, _)| *start <= at);
        before > 0 && self.0[before - 1].1 > at
    }
}

/// Refuses the beginning of an array or a binary: `[16, 13, 0`, `<<16,13,0`.
fn check_closed(text: &str) -> Result<(), Fault> {
    let bracket = text.rfind(['[', '{', '(']).map(|at| (at, 1));
    // In a log, `<< ` can be a direction.
    let binary = text.rfind("<<").map(|at| (at, 2)).filter(|(at, len)| !text[at + len..].starts_with(' '));
    let Some((at, len)) = bracket.max(binary) else { return Ok(()) };
    let after = &text[at + len..];
    let mut items = after.split([',', ' ', '\n', '\r', '\t']).filter(|item| !item.is_empty()).take(3);
    let is_array = items.by_ref().all(is_number) && after.contains([',', ' ']);
    match is_array && !after.contains([']', '}', ')', '>']) && !after.trim().is_empty() {
        true => Err(Fault::new(at, "this bracket is not closed: the rest of the bytes is missing")),
        false => Ok(()),
    }
}

/// Parses Node's `<Buffer 10 0d>` and `<10 0d 00>`, and Apple's `<100d0004 4d515454>`.
fn buffer<'t>(group: &Group<'t>) -> Option<(usize, &'t str)> {
    let name = "Buffer ";
    if group.bracket != Bracket::Angle {
        return None;
    }
    match group.text.strip_prefix(name) {
        Some(digits) => Some((group.start + name.len(), digits)),
        None => is_digits(group.text).then_some((group.start, group.text)),
    }
}

fn read_buffer(group: &Group<'_>, reading: &mut Reading) -> Result<(), Fault> {
    let Some((start, text)) = buffer(group) else { return Ok(()) };
    for word in text.split_whitespace() {
        let at = start + (word.as_ptr() as usize - text.as_ptr() as usize);
        if word == "..." {
            return Err(Fault::new(at, LEFT_OUT));
        }
        if !is_digits(word) {
            return Err(Fault::new(at, format!("{:?} is not a byte", array::shortened(word))));
        }
        push_digits(word, at..at + word.len(), reading);
    }
    Ok(())
}

/// `<3>` or `<255>`. Such a number is a byte only if it stands beside other such numbers.
fn is_short_number(group: &Group<'_>) -> bool {
    group.bracket == Bracket::Angle
        && matches!(group.text.len(), 1 | 3)
        && group.text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Refuses a text if some of its binaries stand in a list or a tuple, and others do not. The crash report of a broker is such a text: the
/// message has the packet, and the stack trace has a part of the same packet.
fn check_terms(text: &str, binaries: &[Group<'_>]) -> Result<(), Fault> {
    let (mut inside, mut outside) = (None, None);
    for group in binaries {
        let before = text[..group.start].trim_end_matches('<').trim_end();
        // `<<1>>, <<2>>` are two binaries in a row.
        if !before.ends_with(">>,") {
            let is_in_term = before.ends_with(['[', '{', ',']);
            *(if is_in_term { &mut inside } else { &mut outside }) = Some(group.start);
        }
    }
    match (inside, outside) {
        (Some(at), Some(_)) => {
            Err(Fault::new(at, "it is unclear which of the binaries has the bytes: give one of them"))
        }
        _ => Ok(()),
    }
}

/// Refuses characters between single bytes, as in `<10><0D>MQTT`.
fn check_between(text: &str, buffers: &[Group<'_>]) -> Result<(), Fault> {
    let is_byte = |group: &Group<'_>| group.text.len() == 2;
    let is_apart = |c: Option<char>| c.is_none_or(|c| c.is_whitespace() || "<>,;:=|\"'`".contains(c));
    let bytes = || buffers.iter().filter(|group| is_byte(group));
    for group in bytes() {
        let (start, end) = (group.start - 1, group.start + group.text.len() + 1);
        if !is_apart(text[..start].chars().next_back()) || !is_apart(text[end..].chars().next()) {
            let what = "characters stand beside the bytes in `<…>`: print all bytes as hexadecimal digits";
            return Err(Fault::new(start, what));
        }
    }
    for (one, next) in bytes().zip(bytes().skip(1)) {
        // `expected: <16> but was: <32>`
        let between = &text[one.start + one.text.len()..next.start];
        if between.contains(char::is_alphanumeric) && !between.contains('\n') {
            return Err(Fault::new(next.start, "it is unclear which of the numbers in `<…>` are the bytes"));
        }
    }
    Ok(())
}

/// Whether the text is pairs of hexadecimal digits, with blanks between some of them.
fn is_digits(text: &str) -> bool {
    let is_pairs = |word: &str| word.len() % 2 == 0 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    !text.trim().is_empty() && text.split_whitespace().all(is_pairs)
}

fn push_digits(text: &str, place: Range<usize>, reading: &mut Reading) {
    reading.push(place, &pairs(text));
}

/// Returns the bytes of pairs of digits.
fn pairs(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter_map(digit).collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

#[derive(Clone, Copy)]
struct Literal<'t> {
    /// The position of its prefix and opening quote.
    begins: usize,
    /// The position after the opening quote.
    start: usize,
    text: &'t str,
    /// `b'…'` or `b"…"`.
    is_of_bytes: bool,
}

impl Literal<'_> {
    fn end(&self) -> usize {
        self.start + self.text.len() + 1
    }

    fn place(&self) -> Range<usize> {
        self.begins..self.end()
    }

    /// Whether the string has `\x10`, `\0` or `\u0000`, which are rare in text.
    fn has_escapes(&self) -> bool {
        let bytes = self.text.as_bytes();
        bytes.windows(2).any(|pair| pair[0] == b'\\' && matches!(pair[1], b'x' | b'u' | b'0'..=b'7'))
    }

    /// Whether the string is a single character: `'a'`, `'\r'`, `'\x10'`.
    fn is_character(&self) -> bool {
        const LONGEST: usize = 4;
        let is_escape = self.text.starts_with('\\') && self.text.len() <= LONGEST;
        self.text.chars().count() == 1 || is_escape && !self.text[1..].contains('\\')
    }

    /// Refuses a string in a string: `"b'\\x10'"`. The backslashes of the inner string are doubled.
    fn check_backslashes(&self) -> Result<(), Fault> {
        let mut rest = self.text;
        let mut first = None;
        while let Some(at) = rest.find('\\') {
            let Some(after) = rest[at + 1..].strip_prefix('\\') else { return Ok(()) };
            let is_octal = after.len() >= 3 && after.bytes().take(3).all(|byte| matches!(byte, b'0'..=b'7'));
            if is_octal || after.starts_with('x') {
                first = first.or(Some(self.start + self.text.len() - rest.len() + at));
            }
            rest = after;
        }
        match first {
            Some(at) => {
                let what = "each backslash stands twice here: this is a string in a string, so replace `\\\\` by `\\`";
                Err(Fault::new(at, what))
            }
            None => Ok(()),
        }
    }

    /// Refuses the character that a program writes instead of bytes that are not UTF-8, and the stars that GitHub writes instead
    /// of a mail address.
    fn check_characters(&self) -> Result<(), Fault> {
        const HIDDEN: &str = "***@***.***";
        if let Some(at) = self.text.find(HIDDEN) {
            let what = "bytes that look like a mail address were replaced by stars: print all bytes as hexadecimal digits";
            return Err(Fault::new(self.start + at, what));
        }
        match self.text.find(char::REPLACEMENT_CHARACTER) {
            Some(at) => {
                let what = "the program that wrote this has replaced bytes that are not UTF-8 by \u{fffd}: print all bytes as \
                            hexadecimal digits";
                Err(Fault::new(self.start + at, what))
            }
            None => Ok(()),
        }
    }

    /// Whether the characters of the string are hexadecimal digits, as in `b'100d'`.
    fn is_digits(&self) -> bool {
        const FEWEST: usize = 4;
        self.text.len() >= FEWEST && is_digits(self.text)
    }

    /// Rust programs write `b"\0"`. Python prefers single quotes and does not write `\0`.
    fn is_of_rust(&self, text: &str) -> bool {
        self.is_of_bytes && text[self.begins..self.start].ends_with('"')
    }

    /// Matches `$1 = "\020\r"` of gdb, which is octal in PHP and Perl, too.
    fn is_of_gdb(&self, text: &str) -> bool {
        const LONGEST: usize = 32;
        let before = text[..self.begins].trim_end_matches(' ');
        let Some(before) = before.strip_suffix('=').map(|before| before.trim_end_matches(' ')) else {
            return false;
        };
        let name = before.bytes().rev().take(LONGEST);
        let len = name.take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        len > 0 && before[..before.len() - len].ends_with('$')
    }

    /// Matches `.ascii "\020"` of compilers, `printf '\020'` of the shell, and `contents="\020"` of Protocol Buffers.
    fn is_octal_by_name(&self, text: &str) -> bool {
        let before = text[..self.begins].trim_end_matches([' ', '\t', '(', '=']);
        [".ascii", "printf", "contents"].iter().any(|name| before.ends_with(name))
    }

    /// Matches `write(3, "\20\r", 2) = 2` of strace: a number before the string, and a result.
    fn is_of_strace(&self, text: &str) -> bool {
        const LONGEST: usize = 80;
        let before = text[..self.begins].strip_suffix(", ").unwrap_or("");
        let digits = before.bytes().rev().take(LONGEST).take_while(u8::is_ascii_digit).count();
        let is_descriptor = digits > 0 && before[..before.len() - digits].ends_with('(');
        let mut after = text[self.end()..].bytes().take(LONGEST).take_while(|byte| *byte != b'\n');
        is_descriptor && after.any(|byte| byte == b')') && after.take(3).eq(*b" = ")
    }

    /// Refuses a string of strace, if the call has written or read another number of bytes: `write(3, "\300\0", 2) = -1 EAGAIN`.
    fn check_result(&self, text: &str, len: usize) -> Result<(), Fault> {
        if !self.is_of_strace(text) || self.is_shortened(text) {
            return Ok(());
        }
        let line = text[self.end()..].lines().next().unwrap_or("");
        let result = line.split_once(" = ").and_then(|(_, result)| result.split_whitespace().next());
        match result.and_then(|result| result.parse::<i64>().ok()) {
            Some(result) if usize::try_from(result) != Ok(len) => {
                let what = format!(
                    "this string has {len} bytes, but the call has returned {result}: the other bytes were not sent"
                );
                Err(Fault::new(self.begins, what))
            }
            _ => Ok(()),
        }
    }

    /// Refuses a character such as `À` in a string with `\u0000`: it can be the byte 0xC0 or two bytes of UTF-8.
    fn check_latin(&self) -> Result<(), Fault> {
        let is_latin = |c: char| ('\u{80}'..='\u{ff}').contains(&c);
        match self.text.find(is_latin).filter(|_| self.text.contains("\\u")) {
            Some(at) => {
                Err(Fault::new(self.start + at, "the encoding of a character beyond ASCII is unknown"))
            }
            None => Ok(()),
        }
    }

    /// How many times the memory has the string, and the position after this number: gdb writes `'\000' <repeats 15 times>`.
    fn repeats(&self, text: &str) -> Option<(usize, usize)> {
        let (repeats, len) = array::repeats(&text[self.end()..])?;
        Some((repeats, self.end() + len))
    }

    /// The position after the string, and after its number of repetitions.
    fn end_of_value(&self, text: &str) -> usize {
        self.repeats(text).map_or(self.end(), |(_, end)| end)
    }

    /// Whether the strings are parts of one value of gdb: `"\020\r", '\000' <repeats 15 times>, "a"`.
    fn is_joined_to(&self, next: &Self, text: &str) -> bool {
        let has_repeats = self.repeats(text).is_some() || next.repeats(text).is_some();
        has_repeats && &text[self.end_of_value(text)..next.begins] == ", "
    }

    /// Whether a program has left out a part: strace writes `"\20\r"...`.
    fn is_shortened(&self, text: &str) -> bool {
        let after = &text[self.end_of_value(text)..];
        after.starts_with("...")
            || after.starts_with('…')
            || after.trim_start_matches(' ').starts_with("<repeats ")
    }
}

/// Returns the strings that are bytes: byte strings, or else strings with escapes and the strings
/// that are joined to them.
fn strings_with_escapes(text: &str, wanted: Option<Radix>, reading: &mut Reading) -> Result<bool, Fault> {
    let mut found = false;
    let some_are_of_bytes = strings(text).any(|string| string.is_of_bytes && !string.is_digits());
    let mut numerals = Numerals::default();
    for string in strings(text).filter(|string| !string.is_of_rust(text)) {
        numerals.see(string.text, string.start);
        numerals.is_octal |= string.is_of_gdb(text)
            || string.is_of_strace(text)
            || string.is_octal_by_name(text)
            || string.repeats(text).is_some();
    }
    let mut shortened = strings(text).filter(|string| string.is_shortened(text)).map(|string| string.end());
    let mut all = strings(text).filter(|string| string.is_of_bytes || !some_are_of_bytes).peekable();
    // The first single character without an escape, which would be left out, and whether a single character would be read.
    let (mut passed, mut read) = (None, false);
    while let Some(first) = all.next() {
        // `"\x10" "abc"` is one string.
        let (mut run, mut has_escapes) = (Vec::new(), first.has_escapes());
        run.push(first);
        let mut last = first;
        while let Some(next) =
            all.next_if(|next| are_joined(&text[last.end()..next.begins]) || last.is_joined_to(next, text))
        {
            has_escapes |= next.has_escapes();
            last = next;
            run.push(next);
        }
        if !has_escapes && !some_are_of_bytes {
            passed = passed.or(first.is_character().then_some(first.start));
            continue;
        }
        found = true;
        read |= first.is_character() && first.repeats(text).is_none() && run.len() == 1;
        for string in run {
            string.check_backslashes()?;
            string.check_characters()?;
            let flavour = if string.is_of_rust(text) { Flavour::Rust } else { numerals.flavour(wanted)? };
            string.check_latin()?;
            let from = reading.bytes.len();
            unescape(string.text, string.start, flavour, &mut reading.bytes)?;
            string.check_result(text, reading.bytes.len() - from)?;
            if let Some((repeats, _)) = string.repeats(text) {
                array::check_repeats(repeats, reading.bytes.len(), string.start)?;
                if reading.bytes.len() != from + 1 {
                    return Err(Fault::new(string.start, "only a single byte can be repeated"));
                }
                let byte = reading.bytes[from];
                reading.bytes.resize(from + repeats, byte);
            }
            reading.mark(string.begins..string.end_of_value(text), from);
        }
    }
    // `[0] = '\x10', [1] = '\r'`
    if let Some(at) = passed.filter(|_| read) {
        let what = "it is unclear whether each of these characters is a byte: write them as a list, such as `[16, 13]`";
        return Err(Fault::new(at, what));
    }
    match shortened.next().filter(|_| found) {
        Some(at) => Err(Fault::new(at, "the program that wrote this has left out a part of the bytes")),
        None => Ok(found),
    }
}

fn are_joined(between: &str) -> bool {
    between.chars().all(|c| c.is_whitespace() || "+\\".contains(c))
}

/// PostgreSQL's `\x100d0004`: a single mark before all digits.
fn digits_after_x(text: &str, reading: &mut Reading) -> bool {
    let marked = || text.split_whitespace().filter(|word| word.contains('\\'));
    let digits = |word| str::strip_prefix(word, "\\x").filter(|digits| digits.len() > 2 && is_digits(digits));
    let all = marked().next().is_some() && marked().all(|word| digits(word).is_some());
    if all {
        for digits in marked().filter_map(digits) {
            let start = digits.as_ptr() as usize - text.as_ptr() as usize;
            push_digits(digits, start..start + digits.len(), reading);
        }
    }
    all
}

/// PostgreSQL's form in quotes: `'\\x100d0004'`. This is not the escape `\x10` before the characters `0d0004`: the first character would be
/// the Remaining Length of a packet.
fn quoted_digits_after_x(text: &str, reading: &mut Reading) -> bool {
    let digits = |string: &Literal<'_>| {
        let digits = string.text.trim_start_matches('\\').strip_prefix('x')?;
        let is_bytea =
            string.text.starts_with('\\') && !string.is_of_bytes && digits.len() > 2 && is_digits(digits);
        (is_bytea && !digits.contains(char::is_whitespace))
            .then_some(string.start + string.text.len() - digits.len())
    };
    let mut marked = strings(text).filter(|string| string.text.contains('\\')).peekable();
    if marked.peek().is_none() || !marked.all(|string| digits(&string).is_some()) {
        return false;
    }
    for string in strings(text) {
        if let Some(start) = digits(&string) {
            push_digits(&text[start..string.end() - 1], string.place(), reading);
        }
    }
    true
}

/// Finds escapes without quotes, with or without a mark: `\x10\x0d`, `sent: \x10`.
fn escapes_alone(text: &str, reading: &mut Reading) -> Result<bool, Fault> {
    if !text.contains("\\x") {
        return Ok(false);
    }
    for (start, line) in lines(text) {
        let first = line.find('\\').unwrap_or(line.len());
        let before = line[..first].trim_end();
        if !before.is_empty() && !before.ends_with([':', '=', '>', ']']) {
            let word = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
            let word = if before.len() == first { word } else { line.len() - line.trim_start().len() };
            return Err(Fault::new(start + word, "the escapes of bytes are expected here"));
        }
        let (mut at, from) = (first, reading.bytes.len());
        for word in line[first..].split_inclusive(char::is_whitespace) {
            let escapes = word.trim_end();
            if !escapes.is_empty() && !escapes.starts_with('\\') {
                let what = format!("{:?} is not an escape", array::shortened(escapes));
                return Err(Fault::new(start + at, what));
            }
            unescape(escapes, start + at, Flavour::C, &mut reading.bytes)?;
            at += word.len();
        }
        reading.mark(start + first..start + at, from);
    }
    Ok(true)
}

/// Finds `bytes.fromhex("10 0d")`, `Buffer.from('100d', 'hex')` and `"payload": "100d"`. If a line has several such strings, their keys
/// tell which have the bytes: `{"id": "a1b2", "hex": "c000"}`.
fn quoted_digits(text: &str, reading: &mut Reading) -> Result<bool, Fault> {
    let all = strings(text).filter_map(|string| QuotedDigits::of(text, string));
    let (mut line, mut keys): (Vec<QuotedDigits<'_>>, _) = (Vec::new(), Keys::default());
    let mut found = false;
    for next in all.map(Some).chain([None]) {
        let is_same_line = |last: &QuotedDigits<'_>| {
            next.as_ref().is_some_and(|next| !text[last.string.end()..next.string.begins].contains('\n'))
        };
        if !line.last().is_none_or(is_same_line) {
            for digits in chosen(std::mem::take(&mut line))? {
                digits.check_length(text)?;
                keys.count(digits.key);
                reading.push(digits.string.place(), &digits.bytes);
                found = true;
            }
        }
        line.extend(next);
    }
    keys.check(text)?;
    Ok(found)
}

/// The keys of the strings that were read, and the number of these strings.
#[derive(Default)]
struct Keys<'t>(Vec<(&'t str, usize)>);

impl<'t> Keys<'t> {
    fn count(&mut self, key: &'t str) {
        /// A text with more keys is no log.
        const MOST: usize = 8;
        match self.0.iter().position(|(other, _)| *other == key) {
            Some(place) => self.0[place].1 += 1,
            None if self.0.len() < MOST && !key.is_empty() => self.0.push((key, 1)),
            None => {}
        }
    }

    /// Refuses the text if a value with one of these keys was not read: `{"hex": "c0 0g"}`, `{"hex": "100d0`.
    fn check(&self, text: &str) -> Result<(), Fault> {
        for (key, count) in &self.0 {
            let mut values = text.match_indices(key).filter_map(|(at, _)| {
                let before = text[..at].chars().next_back();
                let value =
                    text[at + key.len()..].trim_start_matches(['"', '\'', ' ']).strip_prefix([':', '='])?;
                let value = value.trim_start_matches(['"', '\'', ' ']);
                let has_digits =
                    value.chars().take_while(|c| !"\"',}\n".contains(*c)).any(|c| c.is_ascii_digit());
                (has_digits && before.is_none_or(|c| !c.is_alphanumeric())).then_some(at)
            });
            if let Some(at) = values.nth(*count) {
                return Err(Fault::new(
                    at,
                    "one of the values with this name has no bytes in hexadecimal digits",
                ));
            }
        }
        Ok(())
    }
}

/// Returns the strings of a line that have the bytes.
fn chosen(mut line: Vec<QuotedDigits<'_>>) -> Result<Vec<QuotedDigits<'_>>, Fault> {
    let Some(second) = line.get(1) else { return Ok(line) };
    let at = second.string.start;
    line.retain(QuotedDigits::is_named);
    match line.first() {
        Some(first) if line.iter().all(|other| other.key == first.key) => Ok(line),
        _ => Err(Fault::new(at, "it is unclear which of these strings has the bytes")),
    }
}

/// A string of hexadecimal digits.
struct QuotedDigits<'t> {
    string: Literal<'t>,
    /// The text before the string, if the text ends with a colon or an equals sign.
    key: &'t str,
    bytes: Vec<u8>,
}

impl<'t> QuotedDigits<'t> {
    fn of(text: &'t str, string: Literal<'t>) -> Option<Self> {
        const LONGEST: usize = 32;
        // A string before a colon is a key.
        if text[string.end()..].bytes().find(|byte| *byte != b' ') == Some(b':') {
            return None;
        }
        let before = text[..string.begins].trim_end_matches(' ');
        let label = before.strip_suffix([':', '=']).unwrap_or("").trim_end_matches(['"', '\'', ' ']);
        let len = label.bytes().rev().take(LONGEST).take_while(u8::is_ascii_alphanumeric).count();
        let mut digits = Self { string, key: &label[label.len() - len..], bytes: Vec::new() };
        digits.bytes = match string.is_digits() {
            true => pairs(string.text),
            false => bytes_of_list(string.text).filter(|_| digits.is_named())?,
        };
        Some(digits)
    }

    /// Whether the key says that the string has bytes.
    fn is_named(&self) -> bool {
        line::names_bytes(self.key)
    }

    /// Refuses the string if the object around it states more bytes: `{"len": 15, "hex": "100d"}`.
    fn check_length(&self, text: &str) -> Result<(), Fault> {
        const MOST: usize = 256;
        let (before, after) = (&text[..self.string.begins], &text[self.string.end()..]);
        let start =
            before.char_indices().rev().take(MOST).find(|(_, c)| "{}".contains(*c)).map(|(at, _)| at + 1);
        let end = after.char_indices().take(MOST).find(|(_, c)| "{}".contains(*c)).map(|(at, _)| at);
        let (Some(start), Some(end)) = (start, end) else { return Ok(()) };
        let lengths = line::lengths(&before[start..]).chain(line::lengths(&after[..end]));
        let count = self.bytes.len();
        // Some programs state the number of characters.
        let is_more =
            |length: &usize| *length > count && ![2 * count, self.string.text.len()].contains(length);
        check_count(count, lengths.filter(is_more).max(), self.string.start)
    }
}

/// Returns the bytes of a list: `10:0d:00`, `10-0d-00`, `0x10, 0x0d`, `0x100d`.
fn bytes_of_list(text: &str) -> Option<Vec<u8>> {
    let words = text.split([' ', ',', ':', '-']).filter(|word| !word.is_empty());
    let digits = words.map(|word| {
        let digits = word.strip_prefix("0x").unwrap_or(word);
        let is_list = digits.len() == 2 || digits.len() % 2 == 0 && digits.len() < word.len();
        (is_list && is_digits(digits)).then_some(digits)
    });
    Some(pairs(&digits.collect::<Option<String>>()?)).filter(|bytes| bytes.len() > 1)
}

/// Returns the string literals of a text. An apostrophe in a word does not begin a literal.
fn strings(text: &str) -> impl Iterator<Item = Literal<'_>> {
    let (mut at, mut unclosed) = (0, Unclosed::default());
    std::iter::from_fn(move || {
        while let Some(byte) = text.as_bytes().get(at) {
            match byte {
                b'\n' => unclosed.new_line(),
                b'/' => {
                    if let Some(end) = comment_end(text, at, false, &mut unclosed) {
                        at = end;
                        continue;
                    }
                }
                b'"' | b'\'' => {
                    let prefix = prefix(&text[..at]);
                    let end = prefix.and_then(|_| string_end(text, at, &mut unclosed));
                    if let (Some(prefix), Some(end)) = (prefix, end) {
                        let start = at + 1;
                        at = end;
                        return Some(Literal {
                            begins: start - 1 - prefix.len(),
                            start,
                            text: &text[start..end - 1],
                            is_of_bytes: prefix.contains(['b', 'B']),
                        });
                    }
                }
                _ => {}
            }
            at += 1;
        }
        None
    })
}

/// Returns the literal prefix before an opening quote, or `None` if the quote is an apostrophe.
fn prefix(before: &str) -> Option<&str> {
    const LONGEST: usize = 4;
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric();
    let len = before.bytes().rev().take(LONGEST).take_while(is_letter).count();
    let (rest, word) = before.split_at(before.len() - len);
    // In `10'.' 62'b'`, the letter is in quotes itself.
    let is_quoted = len > 0 && rest.ends_with('\'');
    let is_prefix = ["", "b", "B", "rb", "br", "u", "u8", "L", "c", "x", "E", "e"].contains(&word);
    (is_prefix && !is_quoted).then_some(word)
}
