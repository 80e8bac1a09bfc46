//! Bytes as they are written in source code: arrays of numbers, strings with escapes.

use super::{Bad, bad};

/// Whether the text looks like it.
pub(super) fn is_one(text: &str) -> bool {
    let escapes = text.contains("\\x") || text.contains(['"', '\'']) && text.contains('\\');
    escapes || text.contains('{') || !arrays(&without_comments(text)).is_empty()
}

pub(super) fn read(text: &str) -> Result<Vec<u8>, Bad> {
    let text = &without_comments(text);
    let arrays = arrays(text);
    if !arrays.is_empty() {
        return numbers_of(text, &arrays);
    }
    if text.contains("\\x") || !text.contains('{') {
        return strings(text);
    }
    let braces: Vec<_> = groups(text, '{', '}').collect();
    if braces.is_empty() {
        bad_at(text, text.find('{').unwrap_or(0), "an array that is not closed")
    } else {
        numbers_of(text, &braces)
    }
}

/// Arrays in brackets: several numbers, behind which the line ends. (In a log the digits follow such brackets.)
fn arrays(text: &str) -> Vec<(usize, &str)> {
    let is_array = |(start, group): &(usize, &str)| {
        let behind = &text[start + group.len() + 1..];
        let mut tokens = tokens(group).map(|(_, token)| token);
        let begins = tokens.next().is_some_and(|token| number(token, 10).or(number(token, 16)).is_some());
        let ends =
            behind.lines().next().unwrap_or("").chars().all(|c| c.is_whitespace() || ";,}]) ".contains(c));
        begins && ends && tokens.next().is_some()
    };
    groups(text, '[', ']').filter(is_array).collect()
}

/// With blanks in the place of comments, so that all else stays where it is.
fn without_comments(text: &str) -> String {
    let mut rest = text;
    let mut kept = String::with_capacity(text.len());
    while let Some(at) = rest.find("/*").into_iter().chain(rest.find("//")).min() {
        let end = if rest[at..].starts_with("/*") {
            rest[at..].find("*/").map_or(rest.len(), |len| at + len + 2)
        } else {
            rest[at..].find('\n').map_or(rest.len(), |len| at + len)
        };
        kept.push_str(&rest[..at]);
        kept.extend(rest[at..end].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        rest = &rest[end..];
    }
    kept + rest
}

/// What stands between brackets, and where.
fn groups(text: &str, open: char, close: char) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices(open).filter_map(move |(at, _)| {
        let group = &text[at + 1..];
        let len = group.find(close)?;
        (!group[..len].contains(open)).then(|| (at + 1, &group[..len]))
    })
}

fn tokens(group: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    group
        .split_inclusive(|c: char| c == ',' || c.is_whitespace())
        .map(move |token| {
            let start = at;
            at += token.len();
            (start, token.trim_end_matches(|c: char| c == ',' || c.is_whitespace()))
        })
        .filter(|(_, token)| !token.is_empty())
}

fn numbers_of(text: &str, groups: &[(usize, &str)]) -> Result<Vec<u8>, Bad> {
    let mut bytes = Vec::new();
    for (start, group) in groups {
        // `[10 0d 00]`: without `0x`, and no decimal number.
        let is_plain_hex =
            |token: &str| token.len() == 2 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
        let not_decimal =
            |token: &str| token.starts_with('0') || token.contains(|c: char| !c.is_ascii_digit());
        let all_hex = tokens(group).all(|(_, token)| is_plain_hex(token))
            && tokens(group).any(|(_, token)| not_decimal(token));
        for (at, token) in tokens(group) {
            match number(token, if all_hex { 16 } else { 10 }) {
                Some(byte) => bytes.push(byte),
                None => return bad_at(text, start + at, format!("{token:?} is not a byte")),
            }
        }
    }
    Ok(bytes)
}

/// `0x10`, `0b1`, `b'a'`, `'a'`, `97u8`.
fn number(token: &str, radix: u32) -> Option<u8> {
    let character = token.strip_prefix('b').unwrap_or(token);
    if let Some(character) = character.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        let mut bytes = Vec::new();
        unescape(character, 0, &mut bytes).ok()?;
        return if let [byte] = bytes[..] { Some(byte) } else { None };
    }
    let token = token.trim_end_matches("u8").trim_end_matches(['u', 'U']);
    match token.get(..2) {
        Some("0x" | "0X") => u8::from_str_radix(&token[2..], 16).ok(),
        Some("0b") if radix == 10 => u8::from_str_radix(&token[2..], 2).ok(),
        _ => u8::from_str_radix(token, radix).ok(),
    }
}

/// Strings in quotes, one behind the other; or escapes alone.
fn strings(text: &str) -> Result<Vec<u8>, Bad> {
    let mut bytes = Vec::new();
    let Some(first) = text.find(['"', '\'']) else {
        let mut column = 0;
        for word in text.split_inclusive(char::is_whitespace) {
            let start = column;
            column += word.len();
            let word = word.trim_end();
            if let Some(at) = word.split('\\').next().filter(|before| !before.is_empty()) {
                return bad_at(text, start, format!("{at:?} is no escape"));
            }
            unescape(word, start, &mut bytes).or_else(|(at, what)| bad_at(text, at, what))?;
        }
        return Ok(bytes);
    };
    let mut rest = first;
    while let Some(at) = text[rest..].find(['"', '\'']).map(|at| rest + at) {
        let quote = &text[at..at + 1];
        let Some(len) = closing(&text[at + 1..], quote) else {
            return bad_at(text, at, "a string that is not closed");
        };
        unescape(&text[at + 1..at + 1 + len], at + 1, &mut bytes)
            .or_else(|(at, what)| bad_at(text, at, what))?;
        rest = at + len + 2;
    }
    Ok(bytes)
}

/// Where the quote is that no backslash precedes.
fn closing(text: &str, quote: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let is_end = !escaped && text[at..].starts_with(quote);
        escaped = c == '\\' && !escaped;
        is_end.then_some(at)
    })
}

/// Appends the bytes of a string, or says what is wrong where.
fn unescape(text: &str, start: usize, bytes: &mut Vec<u8>) -> Result<(), (usize, String)> {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let at = start + text.len() - rest.len();
        if c != '\\' {
            bytes.extend_from_slice(&rest.as_bytes()[..c.len_utf8()]);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let escape = rest.get(1..2).unwrap_or("");
        let (byte, len) = match escape {
            "x" => {
                let digits = rest.get(2..4).and_then(|digits| u8::from_str_radix(digits, 16).ok());
                (digits.ok_or_else(|| (at, "\\x takes two digits".to_owned()))?, 4)
            }
            "0" => (0, 2),
            "n" => (b'\n', 2),
            "r" => (b'\r', 2),
            "t" => (b'\t', 2),
            "a" => (7, 2),
            "b" => (8, 2),
            "v" => (11, 2),
            "f" => (12, 2),
            "\\" | "\"" | "'" => (escape.as_bytes()[0], 2),
            _ => return Err((at, format!("\\{escape} is no escape"))),
        };
        bytes.push(byte);
        rest = &rest[len..];
    }
    Ok(())
}

fn bad_at<T>(text: &str, at: usize, what: impl Into<String>) -> Result<T, Bad> {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count();
    bad(line, before.len() - before.rfind('\n').map_or(0, |end| end + 1), what)
}
