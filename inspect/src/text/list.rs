//! Lists with one number in each item: with an index (`[0] = 16`, `0: 16`, `"0": 16`), with a dash (`- 16`), or in
//! quotes (`["10", "0d"]`).

use super::number::{self, Evidence, is_bare, is_number};
use super::scan::{Bracket, groups, lines};
use super::{Fault, Form, Radix, Reading, array::shortened};

/// Returns the bytes, if the text is such a list.
pub(super) fn read(text: &str, wanted: Option<Radix>) -> Result<Option<Reading>, Fault> {
    if let Some(at) = first_index_in_another_order(text) {
        return Err(Fault::new(at, "the indices are in another order: sort the lines"));
    }
    let list = with_dashes(text).or_else(|| with_indices(text)).or_else(|| in_quotes(text));
    let Some(list) = list else { return Ok(None) };
    let radix = list.radix(wanted)?;
    let mut reading = Reading { left_out: list.left_out, ..Reading::new(Form::List(radix)) };
    for (at, word) in &list.words {
        match number::value(word, radix) {
            Some(byte) => reading.push(*at..at + word.len(), &[byte]),
            None => return Err(Fault::new(*at, format!("{:?} is not a byte", shortened(word)))),
        }
    }
    Ok(Some(reading))
}

/// The numbers of a list, and their positions in the text.
#[derive(Default)]
struct List<'t> {
    words: Vec<(usize, &'t str)>,
    left_out: usize,
    /// The language of the list has only decimal numbers.
    is_decimal: bool,
}

impl List<'_> {
    fn radix(&self, wanted: Option<Radix>) -> Result<Radix, Fault> {
        let mut evidence = Evidence::default();
        let is_signed = self.words.iter().any(|(_, word)| word.starts_with('-'));
        let mut bare = self.words.iter().filter(|(_, word)| is_bare(word)).peekable();
        if bare.peek().is_none() && !is_signed {
            return Ok(Radix::Hexadecimal);
        }
        bare.for_each(|(at, word)| evidence.see(*at, word));
        match wanted {
            Some(radix) => Ok(radix),
            None if (self.is_decimal || is_signed) && !evidence.is_hexadecimal() => Ok(Radix::Decimal),
            None => evidence.radix(None),
        }
    }
}

/// The items of YAML. Names may precede the list.
fn with_dashes(text: &str) -> Option<List<'_>> {
    let mut list = List::default();
    for (start, line) in lines(text) {
        let text = line.trim();
        let Some(item) = text.strip_prefix("- ") else {
            let is_name = text == "---" || text.starts_with('#') || text.ends_with(':');
            if text.is_empty() {
                continue;
            } else if is_name && list.words.is_empty() {
                list.left_out += 1;
                continue;
            }
            return None;
        };
        let at = start + (item.as_ptr() as usize - line.as_ptr() as usize);
        let item = item.split(" #").next().unwrap_or(item);
        let word = item.trim().trim_matches(['"', '\'']);
        let at = at + (word.as_ptr() as usize - item.as_ptr() as usize);
        if word.contains(char::is_whitespace) || !is_number(word) {
            return None;
        }
        list.words.push((at, word));
    }
    (list.words.len() > 1).then_some(list)
}

/// The numbers of all brackets that have only numbers in quotes. If all quotes have single characters, these may be characters, so the text
/// is not such a list.
fn in_quotes(text: &str) -> Option<List<'_>> {
    let mut list = List::default();
    for group in groups(text).filter(|group| matches!(group.bracket, Bracket::Square | Bracket::Round)) {
        let from = list.words.len();
        for item in group.text.split(',').filter(|item| !item.trim().is_empty()) {
            let word = item.trim();
            let inner = |quote| word.strip_prefix(quote).and_then(|word| word.strip_suffix(quote));
            match inner('"').or_else(|| inner('\'')).filter(|word| is_number(word)) {
                Some(word) => {
                    let at = group.start + (word.as_ptr() as usize - group.text.as_ptr() as usize);
                    list.words.push((at, word));
                }
                None => {
                    list.words.truncate(from);
                    break;
                }
            }
        }
    }
    (list.words.len() > 1 && list.words.iter().any(|(_, word)| word.len() > 1)).then_some(list)
}

/// Items with an index that counts from 0 or 1. Other text may stand only before the first item and after the last item.
fn with_indices(text: &str) -> Option<List<'_>> {
    let mut list = List { is_decimal: true, ..List::default() };
    let (mut next, mut has_ended) = (None, false);
    for (start, piece) in pieces(text) {
        match Item::of(piece) {
            Some(item) if !has_ended && next.map_or(item.index <= 1, |next| item.index == next) => {
                next = Some(item.index + 1);
                list.is_decimal &= item.is_decimal;
                list.words.push((start + item.at, item.value));
            }
            None if can_be_left_out(piece) => {
                has_ended = next.is_some();
                list.left_out += 1;
            }
            _ => return None,
        }
    }
    (list.words.len() > 1).then_some(list)
}

/// Returns the position of the first item that is out of order, if the indices are complete.
fn first_index_in_another_order(text: &str) -> Option<usize> {
    let items = || pieces(text).filter_map(|(start, piece)| Item::of(piece).map(|item| (start, item.index)));
    let mut sorted: Vec<_> = items().map(|(_, index)| index).collect();
    sorted.sort_unstable();
    let first = *sorted.first().filter(|first| **first <= 1)?;
    let is_complete = sorted.iter().zip(first..).all(|(index, expected)| *index == expected);
    let mut places = items().zip(first..);
    places.find(|((_, index), expected)| is_complete && index != expected).map(|((start, _), _)| start)
}

/// The parts between commas and line ends.
fn pieces(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let all = lines(text).flat_map(|(start, line)| {
        line.split(',').map(move |piece| (start + (piece.as_ptr() as usize - line.as_ptr() as usize), piece))
    });
    all.filter(|(_, piece)| piece.contains(|c: char| c.is_ascii_alphanumeric()))
}

/// Whether the piece has at most one number, with text around it: `Uint8Array(15)`.
fn can_be_left_out(piece: &str) -> bool {
    let is_digits = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_digit()) && is_number(word)
            || word.bytes().all(|byte| byte.is_ascii_digit())
    };
    let numbers = tokens(piece).filter(|(_, word)| is_digits(word)).count();
    let is_text = tokens(piece)
        .any(|(_, word)| word.contains(|c: char| c.is_ascii_alphabetic() && !c.is_ascii_hexdigit()));
    numbers == 0 && !tokens(piece).any(|(_, word)| is_number(word)) || numbers <= 1 && is_text
}

/// An index and its number.
struct Item<'t> {
    index: u32,
    value: &'t str,
    /// The position of the number.
    at: usize,
    is_decimal: bool,
}

impl<'t> Item<'t> {
    fn of(piece: &'t str) -> Option<Self> {
        let is_index = |word: &str| word == "0" || !word.starts_with('0');
        let mut tokens = tokens(piece);
        let (index_at, index) = tokens.find(|(_, word)| is_number(word) || !is_name(word))?;
        let (at, value) = tokens.next().filter(|(_, word)| is_number(word))?;
        let between = &piece[index_at + index.len()..at];
        let is_marked = between.contains([':', '=', ']', '|', '\t']) && !between.contains(['.', '/', '+']);
        // The character of the number and a type may follow it: `[0] 0x61 'a' unsigned char`.
        let rest = without_character(&piece[at + value.len()..]);
        if !is_marked
            || !is_index(index)
            || !self::tokens(rest).all(|(_, word)| is_name(word) && !is_number(word))
        {
            return None;
        }
        let is_decimal = between.contains("=>") || between.starts_with('"');
        Some(Self { index: index.parse().ok()?, value, at, is_decimal })
    }
}

/// Leaves out a character in quotes at the beginning.
fn without_character(text: &str) -> &str {
    const QUOTE: char = '\'';
    let quoted = text.trim_start().strip_prefix(QUOTE);
    quoted.and_then(|quoted| quoted.rsplit_once(QUOTE)).map_or(text, |(_, after)| after)
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// The words of letters and digits. A sign belongs to its number.
fn tokens(piece: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_between = |c: char| !c.is_ascii_alphanumeric() && !"_-$&".contains(c);
    let words = piece.split(is_between).filter(|word| !word.is_empty() && *word != "-");
    words.map(move |word| (word.as_ptr() as usize - piece.as_ptr() as usize, word))
}
