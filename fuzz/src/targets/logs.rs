//! Checks that `defmt` logs the fields that `serde` shows, in their order, and no secret.

use mqtt_wire::*;
use serde_json::{Value, to_value};
use std::cell::RefCell;

/// The logger of the targets. The logger keeps the log of the thread.
#[defmt::global_logger]
struct Logger;

thread_local!(static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) });

// SAFETY: each thread has its own log, and nothing interrupts the thread.
unsafe impl defmt::Logger for Logger {
    fn acquire() {
        LOG.take();
    }
    unsafe fn flush() {}
    unsafe fn release() {}
    unsafe fn write(bytes: &[u8]) {
        LOG.with_borrow_mut(|log| log.extend_from_slice(bytes));
    }
}

defmt::timestamp!("");

fn logged(value: impl defmt::Format) -> Vec<u8> {
    defmt::println!("{}", value);
    LOG.take()
}

pub fn show_what_serde_shows(packet: &Packet<'_>) {
    let log = logged(*packet);
    match to_value(packet).expect("a Value") {
        // A packet with fields is a struct with a name, which the two formats write in different ways.
        Value::Object(variant) => {
            let (_, fields) = variant.into_iter().next().expect("a variant");
            Log(&log).holds(&fields);
        }
        // A format string has a number and no text.
        _ => assert!(log.len() <= CLOSING, "{log:?}"),
    }
}

/// The text of an error is logged as `Display` shows it.
pub fn show_the_text(error: impl defmt::Format + ToString) {
    let (text, log) = (error.to_string(), logged(error));
    let is_logged = log.windows(text.len()).any(|bytes| bytes == text.as_bytes());
    assert!(is_logged, "{text}");
}

/// The most bytes between two values: the numbers of format strings, and the names of structs.
const CLOSING: usize = 48;

/// The bytes of a log. The values are taken from the log one after the other.
struct Log<'a>(&'a [u8]);

impl Log<'_> {
    fn holds(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| {
                self.holds_str(name);
                self.holds(value);
            }),
            Value::Array(elements) => elements.iter().for_each(|element| self.holds(element)),
            Value::String(string) => self.holds_str(string),
            Value::Number(number) => self.holds_bytes(&shortest(number.as_u64().expect("a number"))),
            Value::Bool(bool) => self.holds_bytes(&[u8::from(*bool)]),
            Value::Null => panic!("an absent value is not shown"),
        }
    }

    fn holds_str(&mut self, string: &str) {
        let len = u32::try_from(string.len()).expect("short").to_le_bytes();
        self.holds_bytes(&[&len, string.as_bytes()].concat());
    }

    fn holds_bytes(&mut self, wanted: &[u8]) {
        let next = self.0.windows(wanted.len()).position(|bytes| bytes == wanted);
        let next = next.filter(|at| *at <= CLOSING).unwrap_or_else(|| panic!("{wanted:?} in {:?}", self.0));
        self.0 = &self.0[next + wanted.len()..];
    }
}

/// The bytes of a number without zeros at the end, the least significant byte first.
fn shortest(number: u64) -> Vec<u8> {
    let bytes = number.to_le_bytes();
    let len = bytes.iter().rposition(|byte| *byte != 0).map_or(1, |last| last + 1);
    bytes[..len].to_vec()
}
