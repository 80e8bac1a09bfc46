//! Percent encoding, as in URLs: `%10%0d%00%04MQTT`.

use super::number::digit;
use super::{Form, Reading};

/// Returns the bytes, if the whole text is percent encoding. The characters without a `%` are those that RFC 3986 does not reserve.
pub(super) fn read(whole: &str) -> Option<Reading> {
    let text = whole.trim();
    let inner = |quote| text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
    let text = inner('"').or_else(|| inner('\'')).unwrap_or(text);
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = match (first, after) {
            (b'%', [high, low, after @ ..]) => {
                bytes.push(digit(*high)? << 4 | digit(*low)?);
                after
            }
            (b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~', after) => {
                bytes.push(*first);
                after
            }
            _ => return None,
        };
    }
    text.contains('%').then(|| Reading::of_all(whole, bytes, Form::Percent))
}
