//! Marks of HTML, BBCode and Markdown around the bytes: `<pre>…</pre>`, `[code]…[/code]`, `**…**`.
//!
//! Bytes in prose get the marks of code in Markdown. The other marks are removed, not replaced by blanks: some blanks after a row of bytes
//! begin the column of characters. Such a column can have marks of its own, so the marks there stay.

use std::borrow::Cow;

const FENCE: &str = "```";

/// Returns the text with the marks of Markdown only.
pub(super) fn with_plain_marks(text: &str) -> Cow<'_, str> {
    let text = without_tags(text);
    let text = match without_marks_of_blocks(&text) {
        Some(changed) => Cow::Owned(changed),
        None => text,
    };
    if !text.contains(['*', '_', '`']) {
        return text;
    }
    let lines: Vec<_> = text.split_inclusive('\n').map(without_emphasis).collect();
    match lines.iter().all(|line| matches!(line, Cow::Borrowed(_))) {
        true => text,
        false => Cow::Owned(lines.concat()),
    }
}

/// Returns the text without all tags, and without the marks of Markdown around words.
pub(super) fn bare(text: &str) -> Cow<'_, str> {
    let marks = text.match_indices(['<', '[', '{']);
    let (mut bare, mut at) = (String::new(), 0);
    for tag in marks.filter_map(|(at, _)| Tag::of(text, at)) {
        bare.push_str(&text[at.min(tag.start)..tag.start]);
        at = tag.end;
    }
    let is_letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    // `_` is a part of a name, too.
    let is_mark = |bytes: &[u8], at: usize| match bytes[at] {
        b'`' | b'*' => true,
        b'_' => !is_letter(bytes.get(at + 1)) || at == 0 || !is_letter(bytes.get(at - 1)),
        _ => false,
    };
    if at == 0 && !(0..text.len()).any(|at| is_mark(text.as_bytes(), at)) {
        return Cow::Borrowed(text);
    }
    bare.push_str(&text[at..]);
    let kept = bare.char_indices().filter(|(at, _)| !is_mark(bare.as_bytes(), *at)).map(|(_, c)| c);
    Cow::Owned(kept.collect())
}

/// What a tag means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Opening,
    Closing,
    /// `{code}` opens and closes.
    Either,
    /// `<br>`
    Alone,
}

#[derive(Debug, Clone, Copy)]
struct Tag<'t> {
    start: usize,
    end: usize,
    name: &'t str,
    kind: Kind,
}

/// The tags around code.
const CODE: [&str; 6] = ["code", "pre", "tt", "kbd", "samp", "noformat"];
/// Other tags around text.
const FORMAT: [&str; 14] = [
    "b",
    "strong",
    "i",
    "em",
    "u",
    "p",
    "div",
    "span",
    "font",
    "color",
    "blockquote",
    "quote",
    "mark",
    "center",
];

impl<'t> Tag<'t> {
    /// Returns the tag that begins here.
    fn of(text: &'t str, start: usize) -> Option<Self> {
        const LONGEST: usize = 120;
        let bytes = text.get(start..)?.as_bytes();
        let (open, close) = match bytes.first()? {
            b'<' => (b'<', b'>'),
            b'[' => (b'[', b']'),
            b'{' => (b'{', b'}'),
            _ => return None,
        };
        let len = bytes.iter().take(LONGEST).position(|byte| *byte == close)?;
        let inner = text.get(start + 1..start + len)?;
        let is_closing = inner.starts_with('/');
        let inner = inner.strip_prefix('/').unwrap_or(inner);
        let name_len = inner.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let (name, rest) = inner.split_at(name_len);
        let is_in = |names: &[&str]| names.iter().any(|other| other.eq_ignore_ascii_case(name));
        let is_plain = rest.is_empty() || rest.starts_with([' ', '=', ':', '/']);
        let kind = match open {
            b'{' if is_in(&["code", "noformat"]) => Kind::Either,
            b'{' => return None,
            b'<' if is_in(&["br"]) => Kind::Alone,
            _ if is_in(&CODE) || is_in(&FORMAT) => {
                if is_closing {
                    Kind::Closing
                } else {
                    Kind::Opening
                }
            }
            _ => return None,
        };
        let is_tag = is_plain && !rest.contains(['\n', '<', '[', '{']);
        is_tag.then_some(Self { start, end: start + len + 1, name, kind })
    }

    /// Whether a page shows the text in lines of its own.
    fn separates(&self) -> bool {
        ["p", "div", "pre", "blockquote", "quote", "center"]
            .iter()
            .any(|name| name.eq_ignore_ascii_case(self.name))
    }
}

/// Replaces and removes tags, if each opening tag has its closing tag.
fn without_tags(text: &str) -> Cow<'_, str> {
    let marks = text.match_indices(['<', '[', '{']);
    let tags: Vec<_> = marks.filter_map(|(at, _)| Tag::of(text, at)).collect();
    let Some(pairs) = pairs(&tags).filter(|_| !tags.is_empty()) else { return Cow::Borrowed(text) };
    let lines = Lines { text, tags: &tags };
    if lines.has_too_many() {
        return Cow::Borrowed(text);
    }
    let mut changes: Vec<(usize, &str)> = Vec::new();
    for (index, _) in tags.iter().enumerate().filter(|(_, tag)| tag.kind == Kind::Alone) {
        match (lines.ends_line(index), lines.is_in_row(index, index)) {
            (true, _) => changes.push((index, "")),
            (false, true) => changes.push((index, " ")),
            _ => {}
        }
    }
    for (opening, closing) in pairs {
        let [first, last] = [tags[opening], tags[closing]];
        let is_around = lines.begins_line(opening) && lines.ends_line(closing);
        let is_in_row = lines.is_in_row(opening, closing);
        let mark = match text[first.end..last.start].contains('\n') {
            false if !is_around && !is_in_row => "`",
            false if !is_around && first.separates() => " ",
            _ => "",
        };
        if is_around || is_in_row || lines.is_in_prose(opening, closing) {
            changes.extend([(opening, mark), (closing, mark)]);
        }
    }
    changes.sort_unstable();
    let (mut changed, mut at) = (String::with_capacity(text.len()), 0);
    for (index, mark) in &changes {
        changed.push_str(&text[at..tags[*index].start]);
        changed.push_str(mark);
        at = tags[*index].end;
    }
    changed.push_str(&text[at..]);
    if changes.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(changed) }
}

/// Returns the pairs of an opening tag and its closing tag. `None` if a tag has no other one.
fn pairs(tags: &[Tag<'_>]) -> Option<Vec<(usize, usize)>> {
    let (mut open, mut pairs): (Vec<usize>, _) = (Vec::new(), Vec::new());
    for (index, tag) in tags.iter().enumerate().filter(|(_, tag)| tag.kind != Kind::Alone) {
        let is_end = open
            .last()
            .is_some_and(|last| tag.kind != Kind::Opening && tags[*last].name.eq_ignore_ascii_case(tag.name));
        match tag.kind {
            _ if is_end => pairs.push((open.pop()?, index)),
            Kind::Closing => return None,
            _ => open.push(index),
        }
    }
    open.is_empty().then_some(pairs)
}

/// The lines around tags.
struct Lines<'t> {
    text: &'t str,
    tags: &'t [Tag<'t>],
}

impl Lines<'_> {
    /// Whether only blanks, the marks of a quotation and other tags precede the tag in its line.
    fn begins_line(&self, tag: usize) -> bool {
        let before = self.before(tag);
        match before.trim_matches(['>', ' ', '\t']).is_empty() {
            true => tag == 0 || self.tags[tag - 1].end <= self.line_start(tag) || self.begins_line(tag - 1),
            false => false,
        }
    }

    /// Whether only blanks and other tags follow the tag in its line.
    fn ends_line(&self, tag: usize) -> bool {
        let end = self.tags.get(tag + 1).map_or(self.text.len(), |next| next.start);
        let after = &self.text[self.tags[tag].end..end];
        match after.split_once('\n') {
            Some((rest, _)) => rest.trim().is_empty(),
            None => after.trim().is_empty() && (tag + 1 == self.tags.len() || self.ends_line(tag + 1)),
        }
    }

    /// Whether a line has so many tags that the search would take a time that grows with the square of their number.
    fn has_too_many(&self) -> bool {
        const MOST: usize = 64;
        let mut far = self.tags.iter().zip(self.tags.iter().skip(MOST));
        far.any(|(tag, far)| !self.text[tag.end..far.start].contains('\n'))
    }

    fn line_start(&self, tag: usize) -> usize {
        self.text[..self.tags[tag].start].rfind('\n').map_or(0, |at| at + 1)
    }

    /// The text between the tag and the tag before it, or the beginning of its line.
    fn before(&self, tag: usize) -> &str {
        let last = if tag > 0 { self.tags[tag - 1].end } else { 0 };
        &self.text[last.max(self.line_start(tag))..self.tags[tag].start]
    }

    /// The line of both tags, without all its tags.
    fn line(&self, opening: usize, closing: usize) -> Option<String> {
        let start = self.line_start(opening);
        let end = self.text[start..].find('\n').map_or(self.text.len(), |len| start + len);
        let (mut line, mut at) = (String::new(), start);
        let first = self.tags.partition_point(|tag| tag.start < start);
        for tag in self.tags[first..].iter().take_while(|tag| tag.end <= end) {
            line.push_str(&self.text[at..tag.start]);
            line.push_str(if tag.kind == Kind::Alone { " " } else { "" });
            at = tag.end;
        }
        line.push_str(&self.text[at..end]);
        (self.tags[closing].end <= end).then_some(line)
    }

    /// Whether the line has only bytes beside its tags.
    fn is_in_row(&self, opening: usize, closing: usize) -> bool {
        let mark = &self.text[self.tags[opening].start..self.tags[opening].end];
        self.line(opening, closing).is_some_and(|line| is_row(&line) && !has_characters(&line, mark))
    }

    /// Whether the tags have only bytes between them, and the line has no string and no column of characters.
    fn is_in_prose(&self, opening: usize, closing: usize) -> bool {
        let inner = &self.text[self.tags[opening].end..self.tags[closing].start];
        is_row(inner) && self.line(opening, closing).is_some_and(|line| is_prose(&line))
    }
}

/// Whether the text has only bytes, with single blanks between them.
fn is_row(text: &str) -> bool {
    let is_bytes = |word: &str| {
        let digits = word.trim_matches([',', ':']);
        let digits = digits.strip_prefix("0x").unwrap_or(digits);
        digits.len() > 1 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
            || digits
                .split([':', '-', ','])
                .all(|byte| byte.len() == 2 && u8::from_str_radix(byte, 16).is_ok())
    };
    let text = text.trim().trim_start_matches(['>', ' ']);
    !text.contains("  ") && !text.contains('\t') && !text.is_empty() && text.split(' ').all(is_bytes)
}

/// Whether the line has no string and no column of characters, in which the marks are bytes, and no comment of C.
fn is_prose(line: &str) -> bool {
    let has_comment = || ["/*", "*/", "//"].iter().any(|mark| line.contains(mark));
    !line.trim().contains("  ") && !line.contains(['|', '"', '\'', '\\', '\t', '%']) && !has_comment()
}

/// Removes the marks of Markdown at the beginning of a line and at the end of a later line. `None` if there are none.
fn without_marks_of_blocks(text: &str) -> Option<String> {
    let mark = ["``", "`", "**"].into_iter().find(|mark| {
        let mut lines = text
            .lines()
            .filter(|line| line.contains(mark) && !line.trim_start().starts_with(FENCE))
            .peekable();
        let mut is_block = lines.peek().is_some();
        while let Some(first) = lines.next() {
            let is_single =
                |line: &str| line.matches(*mark).count() == 1 && !line.replacen(*mark, "", 1).contains(*mark);
            let first = first.trim();
            let last = lines.next().map_or("", str::trim);
            is_block &=
                is_single(first) && first.starts_with(*mark) && is_single(last) && last.ends_with(*mark);
        }
        is_block
    })?;
    let line = |line: &str| match line.trim_start().starts_with(FENCE) {
        true => line.to_owned(),
        false => line.replace(mark, ""),
    };
    Some(text.split_inclusive('\n').map(line).collect())
}

/// Whether the row has the characters of a mark. Then the mark can be in the column of characters.
fn has_characters(row: &str, mark: &str) -> bool {
    let digits = row.to_ascii_lowercase().replace("0x", "").replace([' ', ',', ':', '-'], "");
    let mark: String = mark.bytes().map(|byte| format!("{byte:02x}")).collect();
    digits.contains(&mark)
}

/// Removes the marks around some bytes of a row, and marks bytes in prose as code.
fn without_emphasis(line: &str) -> Cow<'_, str> {
    const MARKS: [&str; 5] = ["**", "__", "*", "``", "`"];
    let count = |mark: &str| line.matches(mark).count();
    let whole = line.trim().strip_prefix(MARKS[0]).and_then(|line| line.strip_suffix(MARKS[0]));
    if whole.is_some_and(|inner| !inner.contains(MARKS[0]) && !inner.is_empty() && inner.trim() == inner) {
        return Cow::Owned(line.replace(MARKS[0], ""));
    }
    let mut marks = MARKS.into_iter().filter(|mark| count(mark) > 0).peekable();
    if marks.peek().is_none() || line.trim_start().starts_with(FENCE) || !is_prose(line) {
        return Cow::Borrowed(line);
    }
    let row = line.replace("__", "").replace(['*', '`'], "");
    let is_even = |mark: &str| count(mark) % 2 == 0 && !has_characters(&row, mark);
    if is_row(&row) && MARKS.into_iter().all(is_even) {
        return Cow::Owned(row);
    }
    let single =
        marks.next().filter(|mark| *mark != "`" && line.replace(mark, "").find(&mark[..1]).is_none());
    let bytes =
        |mark: &str| line.split(mark).skip(1).step_by(2).all(|part| is_row(part) && part.trim() == part);
    match single.filter(|mark| count(mark) % 2 == 0 && bytes(mark)) {
        Some(mark) => Cow::Owned(line.replace(mark, "`")),
        None => Cow::Borrowed(line),
    }
}
