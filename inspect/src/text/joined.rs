//! Numbers with a mark and nothing between them, as a program writes them that forgets the blanks: `0x100x0D0x0`.

use super::{Form, Radix, Reading};

/// Returns the bytes, if all words of the text are such numbers. An `x` is no digit, so the next number begins at the 0 before it.
pub(super) fn read(text: &str) -> Option<Reading> {
    const MARK: &str = "0x";
    let mut bytes = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()) {
        for digits in word.strip_prefix(MARK)?.split(MARK) {
            bytes.push(u8::from_str_radix(digits, 16).ok().filter(|_| digits.len() <= 2)?);
        }
    }
    (!bytes.is_empty()).then(|| Reading::new(bytes, Form::Digits(Radix::Hexadecimal)))
}
