//! Hex dumps: an offset on the left, characters on the right. `xxd`, `hexdump -C`, `od`, Wireshark.

use super::{Bad, bad, unhex};

/// A line of a dump.
#[derive(Clone, Copy)]
pub(super) struct Row<'t> {
    line: usize,
    /// The offset as it stands there.
    digits: &'t str,
    /// `None`: the row before it, again and again (`*`).
    offset: Option<usize>,
    /// Where the bytes begin, and what stands from there.
    column: usize,
    rest: &'t str,
}

/// The rows, if that is what the lines are: their offsets rise with the bytes.
pub(super) fn rows<'t>(lines: &[&'t str]) -> Option<Vec<Row<'t>>> {
    let mut rows = Vec::new();
    for (number, line) in lines.iter().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        rows.push(row(number, line)?);
    }
    in_octal(&mut rows);
    let offsets: Vec<usize> = rows.iter().filter_map(|row| row.offset).collect();
    let first_is_marked =
        rows.first().is_some_and(|row| row.rest.starts_with("  ") || row.column > 0 && row.has_colon(lines));
    match offsets[..] {
        [] => None,
        [only] => (only == 0 && first_is_marked).then_some(rows),
        // Another dump may follow, from 0 on.
        _ => {
            offsets.windows(2).all(|pair| pair[0] < pair[1] || pair[1] == 0).then_some(rows).filter(|rows| {
                let rises = |pair: &[Row<'_>]| match (pair[0].offset, pair[1].offset) {
                    (Some(a), Some(b)) => b == 0 || b - a <= 64,
                    _ => true,
                };
                rows.windows(2).all(rises)
            })
        }
    }
}

/// `od` counts in octal: seven digits, and the second row begins at 20.
fn in_octal(rows: &mut [Row<'_>]) {
    let [first, second, ..] = rows else { return };
    let is_octal = |row: &Row<'_>| row.offset.is_none() || row.digits.len() == 7;
    let second = usize::from_str_radix(second.digits, 8).ok();
    if second != Some(first.bytes(None, 64).map_or(0, |bytes| bytes.len())) || !rows.iter().all(is_octal) {
        return;
    }
    for row in rows {
        row.offset = row.offset.and_then(|_| usize::from_str_radix(row.digits, 8).ok());
    }
}

fn row<'t>(number: usize, line: &'t str) -> Option<Row<'t>> {
    if line.trim() == "*" {
        return Some(Row { line: number, digits: "", offset: None, column: 0, rest: "" });
    }
    let text = line.trim_start();
    let (word, _) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let digits = word.strip_suffix(':').unwrap_or(word);
    let digits = digits.strip_prefix("0x").unwrap_or(digits);
    if !(4..=16).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let column = line.len() - text.len() + word.len();
    let offset = usize::from_str_radix(digits, 16).ok()?;
    Some(Row { line: number, digits, offset: Some(offset), column, rest: &line[column..] })
}

impl Row<'_> {
    fn has_colon(&self, lines: &[&str]) -> bool {
        lines.get(self.line).is_some_and(|line| line[..self.column].ends_with(':'))
    }

    /// The bytes: as many as the offsets say, else up to the gap before the characters.
    fn bytes(&self, count: Option<usize>, per_row: usize) -> Result<Vec<u8>, Bad> {
        let (mut bytes, mut at, mut pair) = (Vec::new(), 0, Vec::new());
        while bytes.len() < count.unwrap_or(per_row) {
            let rest = &self.rest[at..];
            let gap = rest.len() - rest.trim_start().len();
            // Between the halves there may be two blanks.
            let is_middle = bytes.len() * 2 == per_row && gap == 2;
            let word = rest.trim_start().split(char::is_whitespace).next().unwrap_or("");
            let ends = count.is_none() && !bytes.is_empty() && gap > 1 && !is_middle;
            if word.is_empty() || ends || unhex(word.as_bytes(), &mut pair).is_err() {
                break;
            }
            // `hexdump` and `od -x` show words of the machine: the second byte first.
            if self.digits.len() == 7 && word.len() == 4 && pair.len() == 2 {
                pair.reverse();
            }
            bytes.append(&mut pair);
            at += gap + word.len();
        }
        match count {
            // The last word of a dump of words may be half a word too long.
            Some(count)
                if bytes.len() < count || bytes.len() > count + usize::from(self.digits.len() == 7) =>
            {
                let here = bytes.len();
                let what = format!("the next offset says that here are {count} bytes, and there are {here}");
                bad(self.line, self.column + at.max(self.rest.len() - self.rest.trim_start().len()), what)
            }
            Some(count) => {
                bytes.truncate(count);
                Ok(bytes)
            }
            None => Ok(bytes),
        }
    }
}

pub(super) fn read(rows: &[Row<'_>]) -> Result<Vec<u8>, Bad> {
    let (mut all, mut last, mut per_row) = (Vec::new(), Vec::new(), 16);
    for (number, row) in rows.iter().enumerate() {
        let next = rows.get(number + 1).and_then(|next| next.offset);
        let Some(offset) = row.offset else {
            // So many rows are left out that the next offset is right.
            let before = rows.get(number.wrapping_sub(1)).and_then(|row| row.offset);
            let (Some(next), Some(before), false) = (next, before, last.is_empty()) else {
                return bad(row.line, 0, "`*` stands for rows between two others");
            };
            let missing = next.saturating_sub(before + last.len());
            all.extend(last.iter().copied().cycle().take(missing));
            continue;
        };
        let count = next.filter(|next| *next > offset).map(|next| next - offset);
        if count.is_none() && row.rest.trim().is_empty() {
            continue; // The offset of the end.
        }
        last = row.bytes(count, per_row)?;
        if let (Some(count), true) = (count, number == 0) {
            per_row = count;
        }
        if last.is_empty() {
            return bad(row.line, row.column + 1, "no bytes behind the offset");
        }
        all.extend_from_slice(&last);
    }
    Ok(all)
}
