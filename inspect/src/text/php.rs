//! Arrays as `var_dump` of PHP prints them.
//!
//! ```text
//! array(2) {
//!   [1]=>
//!   int(192)
//!   [2]=>
//!   int(0)
//! }
//! ```

use super::scan::lines;
use super::{Fault, Form, Radix, Reading};

/// Returns the bytes of an array, if the text is one.
pub(super) fn read(text: &str) -> Result<Option<Reading>, Fault> {
    let mut rows = lines(text)
        .map(|(start, line)| (start + line.len() - line.trim_start().len(), line.trim()))
        .filter(|(_, line)| !line.is_empty());
    let len = |line: &str| line.strip_prefix("array(")?.strip_suffix(") {")?.parse::<usize>().ok();
    let Some((first, len)) = rows.next().and_then(|(at, line)| Some((at, len(line)?))) else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    while let Some((at, line)) = rows.next() {
        if line == "}" && bytes.len() == len && rows.next().is_none() {
            return Ok(Some(Reading::of_all(text, bytes, Form::List(Radix::Decimal))));
        }
        let value = if is_key(line) { rows.next() } else { None };
        match value.and_then(|(_, line)| line.strip_prefix("int(")?.strip_suffix(')')).and_then(byte) {
            Some(byte) => bytes.push(byte),
            None => {
                return Err(Fault::new(at, "an array of PHP needs a key and a byte here: [1]=> int(192)"));
            }
        }
    }
    let what = format!(
        "the `}}` of the array of PHP is missing: the array has {len} bytes, and the text has {}",
        bytes.len()
    );
    Err(Fault::new(first, what))
}

fn is_key(line: &str) -> bool {
    line.starts_with('[') && line.ends_with("]=>")
}

/// A byte with or without a sign.
fn byte(digits: &str) -> Option<u8> {
    digits.parse().ok().or_else(|| digits.parse().ok().map(|byte: i8| byte.to_ne_bytes()[0]))
}
