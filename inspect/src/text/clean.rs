//! Removes what terminals, web pages, mails and editors put around and between the lines.

use super::line::{self, Line};
use super::scan::lines;
use super::{forms, marks, times, unread};
use std::borrow::Cow;

/// The marks around a block of code in Markdown.
const FENCES: [&str; 2] = ["```", "~~~"];

/// Returns the text without all that this module removes. Most of it is replaced by blanks, so that the rest keeps its position.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    const STEPS: [fn(&str) -> Cow<'_, str>; 11] = [
        without_colours,
        without_invisible,
        marks::with_plain_marks,
        without_fences_beside_text,
        without_fences,
        without_marks_of_code,
        with_plain_characters,
        without_marks_of_quotation,
        without_marks_of_a_diff,
        without_line_numbers,
        times::without_times,
    ];
    STEPS.iter().fold(Cow::Borrowed(text), |text, step| match step(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(changed) => Cow::Owned(changed),
    })
}

/// Replaces terminal colour sequences by blanks, so that the text after them keeps its position.
fn without_colours(text: &str) -> Cow<'_, str> {
    const ESCAPE: char = '\x1b';
    if !text.contains(ESCAPE) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut in_sequence = false;
    for c in text.chars() {
        if c == ESCAPE {
            in_sequence = true;
            kept.push(' ');
        } else if in_sequence && c.is_ascii() && c != '\n' {
            in_sequence = !c.is_ascii_alphabetic();
            kept.push(' ');
        } else {
            in_sequence = false;
            kept.push(c);
        }
    }
    Cow::Owned(kept)
}

/// Removes characters without a width, which text from web pages contains.
fn without_invisible(text: &str) -> Cow<'_, str> {
    const INVISIBLE: [char; 6] = ['\u{ad}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}'];
    match text.contains(INVISIBLE) {
        true => Cow::Owned(text.replace(INVISIBLE, "")),
        false => Cow::Borrowed(text),
    }
}

/// Replaces the marks of a block that has its text on the same lines by blanks: ```` ```10 0d 00``` ````.
fn without_fences_beside_text(text: &str) -> Cow<'_, str> {
    let is_beside_text = |line: &str| {
        let rest = line.trim().trim_start_matches(['`', '~']);
        // A language may follow the mark.
        let is_alone = rest.is_empty() || rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let are_digits = rest.len() % 2 == 0 && rest.bytes().all(|byte| byte.is_ascii_hexdigit());
        FENCES.iter().any(|mark| line.contains(mark)) && !rest.is_empty() && (!is_alone || are_digits)
    };
    if !text.lines().any(is_beside_text) {
        return Cow::Borrowed(text);
    }
    let without = |line: &str| match is_beside_text(line) {
        true => FENCES.iter().fold(line.to_owned(), |line, mark| line.replace(mark, "   ")),
        false => line.to_owned(),
    };
    Cow::Owned(text.split_inclusive('\n').map(without).collect())
}

/// Replaces the lines around a block of Markdown by blanks. If there is a single block, the text before and after the block is replaced,
/// too. That text stays if it can have bytes.
fn without_fences(text: &str) -> Cow<'_, str> {
    let fences = text.lines().filter(|line| is_fence(line)).count();
    if fences == 0 {
        return Cow::Borrowed(text);
    }
    let is_alone = fences == 2 && !has_bytes_outside(text);
    let kept = inside_fences(text).map(|(is_inside, line)| match is_fence(line) || is_alone && !is_inside {
        true => line.chars().map(|c| if c == '\n' { c } else { ' ' }).collect(),
        false => line.to_owned(),
    });
    Cow::Owned(kept.collect())
}

/// Whether the text around the blocks can have bytes.
fn has_bytes_outside(text: &str) -> bool {
    let lines = inside_fences(text).filter(|(is_inside, line)| !is_inside && !is_fence(line));
    let outside: String = lines.map(|(_, line)| line).collect();
    const MANY: usize = 4;
    let can_be_bytes = |line: &str| match line::look(line) {
        Line::Digits(digits) => line::bytes_in(digits.text) >= MANY,
        look => matches!(look, Line::Unclear(_) | Line::Cut(_) | Line::Words(_)),
    };
    let has_literals = || forms(&outside, None).is_ok_and(|reading| unread::are_frames(&reading.bytes));
    outside.lines().any(can_be_bytes) || unread::has_packets(&outside) || has_literals()
}

fn is_fence(line: &str) -> bool {
    let line = line.trim_start();
    FENCES.iter().any(|mark| line.starts_with(mark))
}

/// Returns the lines with their ends, and whether each is in a block.
fn inside_fences(text: &str) -> impl Iterator<Item = (bool, &str)> {
    let mut is_inside = false;
    text.split_inclusive('\n').map(move |line| {
        is_inside ^= is_fence(line);
        (is_inside, line)
    })
}

/// Replaces the marks around a line of code in Markdown by blanks: `` `10 0d` ``.
fn without_marks_of_code(text: &str) -> Cow<'_, str> {
    const MARK: char = '`';
    let is_code = |line: &str| line.len() > 1 && line.starts_with(MARK) && line.ends_with(MARK);
    if !text.lines().any(|line| is_code(line.trim())) {
        return Cow::Borrowed(text);
    }
    let line = |line: &str| match is_code(line.trim()) {
        true => line.replace(MARK, " "),
        false => line.to_owned(),
    };
    Cow::Owned(text.split_inclusive('\n').map(line).collect())
}

/// Replaces typographic blanks, quotes and dashes. Strings with escapes and strings in binaries stay, because such a character can be a
/// part of the bytes.
fn with_plain_characters(text: &str) -> Cow<'_, str> {
    let has_strings = text.contains(['"', '\'']) && (text.contains(['\\', '#']) || text.contains("<<"));
    if has_strings || !text.contains(|c: char| plain(c) != c) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(plain).collect())
}

fn plain(c: char) -> char {
    match c {
        '\u{a0}' | '\u{2002}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        '“' | '”' | '„' | '‟' => '"',
        '‘' | '’' | '‚' | '‛' => '\'',
        '‐' | '‑' | '‒' | '–' | '—' | '−' => '-',
        c => c,
    }
}

/// Replaces the `>` before the lines of a quotation by blanks. In a log, `>` can be a direction.
fn without_marks_of_quotation(text: &str) -> Cow<'_, str> {
    let after = |line: &str| line.trim_start_matches(['>', ' ']).len();
    if !text.contains('>') || !is_all_quoted(text) && !is_reply(text) {
        return Cow::Borrowed(text);
    }
    let line = |line: &str| {
        let (marks, rest) =
            line.split_at(line.len() - if is_quoted(line) { after(line) } else { line.len() });
        " ".repeat(marks.len()) + rest
    };
    Cow::Owned(text.split_inclusive('\n').map(line).collect())
}

fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

fn is_all_quoted(text: &str) -> bool {
    text.lines().all(|line| is_quoted(line) || line.trim().is_empty())
}

/// Whether the text is a reply to a mail or a post. A heading that ends with a colon precedes the quotation, or the quotation has prose. In
/// a log, `>` is a direction, and `<` is the other direction.
fn is_reply(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let heading = lines.clone().take_while(|line| !is_quoted(line)).last();
    let is_prose = |line: &str| {
        let inner = line.trim_start_matches(['>', ' ']);
        is_quoted(line)
            && inner.contains(' ')
            && line::look(inner) == Line::Nothing
            && line::look(line) == Line::Nothing
    };
    !lines.clone().any(|line| line.trim_start().starts_with('<'))
        && match heading {
            Some(line) => line.trim_end().ends_with(':') && line.contains(char::is_whitespace),
            None => lines.any(is_prose),
        }
}

/// Replaces the marks of a diff by blanks, if all its lines are from the same version of the file.
fn without_marks_of_a_diff(text: &str) -> Cow<'_, str> {
    let Some(diff) = Diff::of(text) else { return Cow::Borrowed(text) };
    if diff.has_old && diff.has_new {
        return Cow::Borrowed(text);
    }
    let line = |line: &str| match diff.has_heading && is_heading_of_diff(line) {
        true => line.chars().map(|c| if c == '\n' { c } else { ' ' }).collect(),
        false => match line.strip_prefix(['+', '-']) {
            Some(rest) => format!(" {rest}"),
            None => line.to_owned(),
        },
    };
    Cow::Owned(text.split_inclusive('\n').map(line).collect())
}

/// Whether the text is a diff with lines that were removed and lines that were added.
pub(super) fn is_diff_of_both(text: &str) -> bool {
    Diff::of(text).is_some_and(|diff| diff.has_old && diff.has_new)
}

struct Diff {
    /// Whether a line gives the positions of the lines in the file, as the heading of a diff does.
    has_heading: bool,
    has_old: bool,
    has_new: bool,
}

impl Diff {
    /// Without a heading, each line has a mark, and a hexadecimal digit after it. In a list of decimal numbers, `-` is a sign.
    fn of(text: &str) -> Option<Self> {
        let has_heading =
            text.lines().any(|line| line.starts_with("@@ -") || line.starts_with("diff --git "));
        let mut diff = Self { has_heading, has_old: false, has_new: false };
        let mut has_letters = false;
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            if has_heading && is_heading_of_diff(line) {
                continue;
            }
            let (mark, rest) = line.split_at_checked(1)?;
            match mark {
                "+" => diff.has_new = true,
                "-" => diff.has_old = true,
                " " if has_heading => {}
                _ => return None,
            }
            has_letters |= rest.contains(|c: char| c.is_ascii_hexdigit() && !c.is_ascii_digit());
            if !has_heading && !rest.starts_with(|c: char| c.is_ascii_hexdigit()) {
                return None;
            }
        }
        let is_marked = diff.has_old || diff.has_new;
        (is_marked && (has_heading || has_letters)).then_some(diff)
    }
}

fn is_heading_of_diff(line: &str) -> bool {
    const BEGINNINGS: [&str; 8] =
        ["@@ -", "diff --git ", "index ", "--- ", "+++ ", "new file ", "deleted file ", "\\ No newline"];
    BEGINNINGS.iter().any(|beginning| line.starts_with(beginning))
}

/// Replaces the numbers of lines by blanks, if they count from 1.
fn without_line_numbers(text: &str) -> Cow<'_, str> {
    let mut next = 1_u64;
    for (_, line) in lines(text).filter(|(_, line)| !line.trim().is_empty()) {
        match after_number(line) {
            // A line with one more number can be an item of a list.
            Some((number, rest))
                if number == next && (next > 1 || rest.split_whitespace().nth(1).is_some()) =>
            {
                next += 1
            }
            _ => return Cow::Borrowed(text),
        }
    }
    if next <= 2 {
        return Cow::Borrowed(text);
    }
    let line = |line: &str| match after_number(line) {
        Some((_, rest)) => " ".repeat(line.len() - rest.len()) + rest,
        None => line.to_owned(),
    };
    Cow::Owned(text.split_inclusive('\n').map(line).collect())
}

/// Returns the number at the beginning of a line, and the text after its mark: `12: `, `12. `, `12) `, or a tab.
fn after_number(line: &str) -> Option<(u64, &str)> {
    let text = line.trim_start();
    let (digits, rest) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let marked = rest.strip_prefix([':', '.', ')']).filter(|rest| rest.starts_with(char::is_whitespace));
    let rest = marked.or_else(|| rest.strip_prefix('\t')).filter(|rest| !rest.trim().is_empty())?;
    Some((digits.parse().ok()?, rest))
}
