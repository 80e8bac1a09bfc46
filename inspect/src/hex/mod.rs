//! Hexadecimal text in the forms in which people paste it.

mod dump;
mod literal;

/// What could not be understood, and where: line and column, from 1.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Bad {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) what: String,
}

impl std::fmt::Display for Bad {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "bad hex, line {}, column {}: {}", self.line, self.column, self.what)
    }
}

fn bad<T>(line: usize, column: usize, what: impl Into<String>) -> Result<T, Bad> {
    Err(Bad { line: line + 1, column: column + 1, what: what.into() })
}

/// The bytes that the text stands for.
pub(crate) fn parse(text: &[u8]) -> Result<Vec<u8>, Bad> {
    let text = match std::str::from_utf8(text) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(error) => {
            let good = &text[..error.valid_up_to()];
            let line = good.iter().filter(|byte| **byte == b'\n').count();
            let column = good.iter().rev().take_while(|byte| **byte != b'\n').count();
            return bad(line, column, "the input is not text");
        }
    };
    let lines: Vec<&str> = text.lines().collect();
    match dump::rows(&lines) {
        Some(rows) => dump::read(&rows),
        None if literal::is_one(text) => literal::read(text),
        None => plain(&lines),
    }
}

/// Digits with or without blanks, commas, colons and `0x`, and log lines that end with them.
fn plain(lines: &[&str]) -> Result<Vec<u8>, Bad> {
    let mut digits = Vec::new();
    let mut last = (0, 0);
    for (number, line) in lines.iter().enumerate() {
        // `<Buffer 10 2a>`, `data="102a";`
        let line = line.trim_end().trim_end_matches(['"', '\'', '>', ')', ']', ';']);
        let line = &line.replace("<Buffer ", "        ");
        let start = digits_at(line);
        for (column, word) in words(&line[start..]) {
            let hex = word.strip_prefix("0x").or(word.strip_prefix("0X"));
            let hex = hex.unwrap_or(word);
            let column = start + column;
            if let Some(at) = hex.find(|c: char| !c.is_ascii_hexdigit()) {
                let c = hex[at..].chars().next().unwrap_or_default();
                return bad(
                    number,
                    column + word.len() - hex.len() + at,
                    format!("{c:?} is no hexadecimal digit"),
                );
            }
            // `0x5` is a byte too, and so is `5,`; else digits may be apart from each other.
            if (hex.len() < word.len() || line.contains(',')) && hex.len() % 2 == 1 {
                digits.push(b'0');
            }
            digits.extend_from_slice(hex.as_bytes());
            last = (number, column + word.len());
        }
    }
    let mut bytes = Vec::new();
    match unhex(&digits, &mut bytes) {
        Ok(()) => Ok(bytes),
        Err(what) => bad(last.0, last.1, what),
    }
}

/// Where the hex of a line begins: in a log behind a time, or behind a mark that only digits follow.
fn digits_at(line: &str) -> usize {
    const MARKS: [char; 9] = [':', '=', '>', '<', ']', '|', ')', '"', '\''];
    let start = behind_time(line);
    if is_hex(&line[start..]) {
        return start;
    }
    let marks = line.match_indices(MARKS).map(|(at, mark)| (mark, at + mark.len()));
    let ends_a_word = |(mark, at): &(&str, usize)| *mark != ":" || line[*at..].starts_with([' ', '\t']);
    let behind = marks.filter(ends_a_word).map(|(_, at)| at).filter(|at| *at >= start);
    behind.filter(|at| is_hex(&line[*at..])).min().unwrap_or(start)
}

/// `2026-01-02 12:00:01.234`, or a part of it, if something without such signs follows.
fn behind_time(line: &str) -> usize {
    let is_stamp = |word: &str| {
        let signs = word.matches([':', '-']).count();
        signs >= 2 && word.chars().all(|c| c.is_ascii_digit() || ":-.,TZ+[]".contains(c))
    };
    let mut rest = line.trim_start();
    while let Some((_, behind)) = rest.split_once(char::is_whitespace).filter(|(word, _)| is_stamp(word)) {
        rest = behind.trim_start();
    }
    if rest.is_empty() || rest.split_whitespace().next().is_some_and(|word| word.contains([':', '-'])) {
        return 0;
    }
    line.len() - rest.len()
}

fn is_hex(text: &str) -> bool {
    let mut count = 0;
    let all = words(text).all(|(_, word)| {
        let hex = word.strip_prefix("0x").unwrap_or(word);
        count += hex.len();
        !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
    });
    all && count >= 2
}

/// The words of a line, and where they stand.
fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let separates = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '-' | '_' | '.');
    line.split(separates)
        .map(move |word| (word.as_ptr() as usize - line.as_ptr() as usize, word))
        .filter(|(_, word)| !word.is_empty())
}

/// Writes the bytes that the digits stand for over what `bytes` holds.
pub(crate) fn unhex(digits: &[u8], bytes: &mut Vec<u8>) -> Result<(), &'static str> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    bytes.clear();
    for pair in digits.chunks(2) {
        let [high, low] = pair else { return Err("an odd number of digits") };
        match (digit(*high), digit(*low)) {
            (Some(high), Some(low)) => bytes.push(high << 4 | low),
            _ => return Err("a character that is no hexadecimal digit"),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: &[u8] = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a";

    #[test]
    fn every_form() {
        for text in [
            "100d00044d5154540402003c000161",
            "100D0004 4D515454\r\n0402003C 000161\r\n",
            "10:0d:00:04:4d:51:54:54:04:02:00:3c:00:01:61",
            "10-0d-00-04-4d-51-54-54-04-02-00-3c-00-01-61",
            "0x10, 0xd, 0x00, 0x04, 0x4d, 0x51, 0x54, 0x54, 4, 2, 00, 3c, 00, 01, 61",
            "0x100d00044d5154540402003c000161",
            r"\x10\x0d\x00\x04\x4d\x51\x54\x54\x04\x02\x00\x3c\x00\x01\x61",
            r#"b"\x10\r\x00\x04MQTT\x04\x02\x00<\x00\x01a""#,
            r"payload = b'\x10\r\0\x04MQTT\x04\x02\x00<\x00\x01a'",
            "unsigned char p[] = { 0x10, 0x0d, 0x00, 0x04,\n 0x4d, 0x51, 0x54, 0x54, 0x04, /* . */ 0x02, 0x00, // no\n 60, 0, 1, 'a' };\nunsigned int p_len = 15;",
            "let p: [u8; 15] = [0x10, 13, 0, 4, b'M', b'Q', b'T', b'T', 4u8, 2, 0, 0x3c, 0, 1, 97,];",
            "[16 13 0 4 77 81 84 84 4 2 0 60 0 1 97]",
            "{\"type\":\"Buffer\",\"data\":[16,13,0,4,77,81,84,84,4,2,0,60,0,1,97]}",
            "<Buffer 10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61>",
            "00000000: 100d 0004 4d51 5454 0402 003c 0001 61    ....MQTT...<..a",
            "00000000  10 0d 00 04 4d 51 54 54  04 02 00 3c 00 01 61     |....MQTT...<..a|\n0000000f\n",
            "0000   10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61      ....MQTT...<..a",
            "0000   10 0d 00 04 4d 51 54 54   ....MQTT\n0008   04 02 00 3c 00 01 61      ...<..a",
            "\t0x0000:  100d 0004 4d51 5454  ....MQTT\n\t0x0008:  0402 003c 0001 61    ...<..a",
            "000000 10 0d 00 04 4d 51 54 54\n000008 04 02 00 3c 00 01 61\n00000f",
            "0000000 10 0d 00 04 4d 51 54 54\n0000010 04 02 00 3c 00 01 61\n0000017",
            "0000000 0d10 0400 514d 5454\n0000008 0204 3c00 0100 0061\n000000f",
            "2026-01-02 12:00:01.234 recv 15 bytes: 10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61",
            "12:00:01 10 0d 00 04 4d 51 54 54\n12:00:02 04 02 00 3c 00 01 61",
            "[INFO] client=7 data=100d00044d5154540402003c000161",
        ] {
            assert_eq!(parse(text.as_bytes()).as_deref(), Ok(PACKET), "{text}");
        }
    }

    #[test]
    fn rows_that_a_dump_has_left_out() {
        let text = "00000000  30 22 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |0\".....|\n\
                    00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |......|\n*\n00000030  ff  |.|\n";
        let mut bytes = vec![0; 49];
        (bytes[0], bytes[1], bytes[48]) = (0x30, 0x22, 0xff);
        assert_eq!(parse(text.as_bytes()), Ok(bytes));
    }

    #[test]
    fn what_cannot_be_understood_is_said_where_it_is() {
        for (text, line, column) in [
            ("c0 00\nc0 0g", 2, 5),
            ("c0 00 0", 1, 8),
            ("hello", 1, 1),
            ("c0\u{ff}", 1, 3),
            (r"\x10\x0", 1, 5),
            (r"\x10 q", 1, 6),
            ("{ 0x10, 256 }", 1, 9),
            ("00000000: 00010000 00001101 00000000\n00000003: 11111111", 1, 19),
            ("[0x10, what]", 1, 8),
            ("\"\\x10", 1, 1),
            ("0000   10 0d 00 04\n0008   04 02\n", 1, 19),
        ] {
            let text = text.replace("c0\u{ff}", "c0");
            let bytes = if text == "c0" { b"c0\xff".to_vec() } else { text.clone().into_bytes() };
            let error = parse(&bytes).expect_err(&text);
            assert_eq!((error.line, error.column), (line, column), "{text}: {error}");
        }
    }
}
