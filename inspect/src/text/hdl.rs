//! Numbers of Verilog and VHDL: `8'h10`, `8'b0001_0000`, `8'd16`, `120'h100D…`, `x"10"`.

use super::{Fault, Form, Radix, Reading};

/// Returns the bytes, if all words of the text are such numbers. If a text has numbers of Verilog and other words, it is refused.
pub(super) fn read(text: &str) -> Result<Option<Reading>, Fault> {
    let (mut bytes, mut other) = (Vec::new(), false);
    let mut first = None;
    for word in text.split(is_between).filter(|word| !word.is_empty()) {
        let at = word.as_ptr() as usize - text.as_ptr() as usize;
        match of_verilog(word) {
            Some(number) => {
                first = first.or(Some(at));
                bytes.extend(
                    number.ok_or_else(|| {
                        Fault::new(at, "this number does not have eight bits for each byte")
                    })?,
                );
            }
            None => match of_vhdl(word) {
                Some(number) => bytes.extend(number),
                None => other = true,
            },
        }
    }
    let is_unclosed =
        [['{', '}'], ['(', ')']].into_iter().any(|[open, close]| text.contains(open) != text.contains(close));
    match first {
        Some(at) if is_unclosed => Err(Fault::new(at, "a bracket around these numbers is missing")),
        Some(at) if other => {
            Err(Fault::new(at, "this is a number of Verilog among other text: give the numbers alone"))
        }
        _ if other || bytes.len() < 2 => Ok(None),
        _ => Ok(Some(Reading::of_all(text, bytes, Form::Array(Radix::Hexadecimal)))),
    }
}

fn is_between(c: char) -> bool {
    c.is_whitespace() || ",;{}()&".contains(c)
}

/// `None` means that the word is not a number of Verilog. `Some(None)` means that it is one, but does not have eight bits for each byte.
fn of_verilog(word: &str) -> Option<Option<Vec<u8>>> {
    let (width, number) = word.split_once('\'')?;
    let mut characters = number.chars();
    let base = characters.next()?.to_ascii_lowercase();
    let digits: String = characters.as_str().chars().filter(|c| *c != '_').collect();
    let is_number = width.bytes().all(|byte| byte.is_ascii_digit()) && !digits.is_empty();
    let radix = match base {
        'h' => 16,
        'd' => 10,
        'b' => 2,
        _ => return None,
    };
    if !is_number || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let is_byte = width.is_empty() || width == "8";
    Some(match radix {
        2 if is_byte && digits.len() < 8 => None,
        16 if is_byte => u8::from_str_radix(&digits, radix).ok().map(|byte| vec![byte]),
        16 if width.parse() == Ok(digits.len() * 4) => pairs(&digits),
        2 | 10 if is_byte => u8::from_str_radix(&digits, radix).ok().map(|byte| vec![byte]),
        _ => None,
    })
}

fn of_vhdl(word: &str) -> Option<Vec<u8>> {
    pairs(word.strip_prefix(['x', 'X'])?.strip_prefix('"')?.strip_suffix('"')?)
}

fn pairs(digits: &str) -> Option<Vec<u8>> {
    let is_whole =
        !digits.is_empty() && digits.len() % 2 == 0 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let pair = |at| u8::from_str_radix(&digits[at..at + 2], 16).ok();
    if is_whole { (0..digits.len()).step_by(2).map(pair).collect() } else { None }
}
