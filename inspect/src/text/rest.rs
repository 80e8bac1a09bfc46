//! Finds the parts of a text that were not read.

use super::scan::lines;
use super::{Reading, Span};
use std::collections::BTreeSet;

/// A part of a line that was not read.
pub(super) struct Part<'t> {
    /// The position in the text.
    pub(super) start: usize,
    pub(super) text: &'t str,
    /// Whether something was read between the part before this one and this part.
    pub(super) follows_bytes: bool,
    /// The bytes that were read from the line.
    pub(super) shown: &'t [u8],
}

/// Returns the parts of the text beside those that were read. Parts that have only marks between numbers are left out.
pub(super) fn rest<'t>(text: &'t str, reading: &'t Reading) -> Vec<Part<'t>> {
    let (mut parts, mut spans, mut follows_bytes) = (Vec::new(), &reading.spans[..], false);
    for (start, line) in lines(text) {
        let end = start + line.len();
        let (here, after) = spans.split_at(spans.partition_point(|span| span.text.start < end));
        let shown = shown(here, &reading.bytes);
        let mut at = start;
        let ends = here.iter().map(|span| (span.text.start, span.text.end)).chain([(end, end)]);
        for (start, next) in ends {
            let part = &text[at..start.clamp(at, end)];
            if !part.chars().all(is_between) {
                parts.push(Part { start: at, text: part, follows_bytes, shown });
                follows_bytes = false;
            }
            follows_bytes |= next > start;
            at = next.clamp(at, end);
        }
        // A span of several lines belongs to the next line, too.
        let is_open = here.last().is_some_and(|span| span.text.end > end);
        spans = if is_open { &spans[here.len() - 1..] } else { after };
    }
    parts
}

/// Returns the numbers of the lines that have bytes which were read.
pub(super) fn lines_read(text: &str, reading: &Reading) -> BTreeSet<usize> {
    let mut spans = reading.spans.iter().filter(|span| !span.bytes.is_empty()).peekable();
    let (mut read, mut last) = (BTreeSet::new(), 0);
    for (number, (start, line)) in lines(text).enumerate().filter(|(_, (_, line))| !line.trim().is_empty()) {
        // A span of several lines belongs to the next line, too.
        let mut is_read = last > start;
        while let Some(span) = spans.next_if(|span| span.text.start <= start + line.len()) {
            is_read |= span.text.end > start;
            last = last.max(span.text.end);
        }
        if is_read {
            read.insert(number);
        }
    }
    read
}

fn is_between(c: char) -> bool {
    c.is_whitespace() || ",;:|\"'()[]{}<>".contains(c)
}

/// Returns the bytes of these spans, which follow each other.
fn shown<'b>(spans: &[Span], bytes: &'b [u8]) -> &'b [u8] {
    match (spans.first(), spans.last()) {
        (Some(first), Some(last)) => bytes.get(first.bytes.start..last.bytes.end).unwrap_or(&[]),
        _ => &[],
    }
}
