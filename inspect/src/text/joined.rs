//! Numbers with nothing between them, as a program writes them that forgets the blanks: `0x100x0D0x0`, `016013000004`.

use super::{Form, Radix, Reading};

/// Returns the bytes, if all words of the text are decimal numbers of three digits with nothing between them: `016013000004`.
pub(super) fn decimal(text: &str) -> Option<Vec<u8>> {
    const DIGITS: usize = 3;
    let words = text.split_whitespace();
    let mut bytes = Vec::new();
    for word in words {
        if word.len() % DIGITS != 0 || word.len() == DIGITS || !is_decimal(word) {
            return None;
        }
        for at in (0..word.len()).step_by(DIGITS) {
            bytes.push(word[at..at + DIGITS].parse().ok()?);
        }
    }
    (!bytes.is_empty()).then_some(bytes)
}

/// Whether the text is one long number in decimal digits. The digits of bytes nearly always have letters, too.
pub(super) fn has_no_letters(text: &str) -> bool {
    const SHORTEST: usize = 16;
    let text = text.trim();
    text.len() >= SHORTEST && is_decimal(text)
}

fn is_decimal(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns the bytes, if all words of the text are numbers with a mark. `x` is not a digit, so each 0 before an `x` begins a number.
pub(super) fn read(text: &str) -> Option<Reading> {
    const MARK: &str = "0x";
    let mut bytes = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()) {
        for digits in word.strip_prefix(MARK)?.split(MARK) {
            bytes.push(u8::from_str_radix(digits, 16).ok().filter(|_| digits.len() <= 2)?);
        }
    }
    (!bytes.is_empty()).then(|| Reading::of_all(text, bytes, Form::Digits(Radix::Hexadecimal)))
}
