//! The bytes that `defmt` logs, read without the format strings.

use serde_json::Value;

/// The most bytes between two values: the numbers of format strings, and the names of structs.
const BETWEEN_VALUES: usize = 48;

/// The bytes of a log. The values are taken from it one after the other.
pub struct Log<'a> {
    left: &'a [u8],
    /// The number of bytes that the next value may skip. A value that is found early, for example a 0 in the number of a format
    /// string, leaves more bytes to the next values.
    skippable: usize,
}

impl<'a> Log<'a> {
    /// The log of one packet.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { left: bytes, skippable: 0 }
    }

    /// Panics unless the log holds the fields of this packet, in their order. `serde` makes the value.
    pub fn holds_packet(mut self, packet: &Value) {
        match packet {
            // A packet with fields is a struct with a name, which the two formats write in different ways.
            Value::Object(variant) => variant.values().for_each(|fields| self.holds(fields)),
            // A packet without fields is a name. A format string with this name is logged as a number.
            name => assert!(name.is_string() && self.left.len() <= BETWEEN_VALUES, "{:?}", self.left),
        }
    }

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
            Value::Null => panic!("what is absent is not shown"),
        }
    }

    fn holds_str(&mut self, string: &str) {
        let len = u32::try_from(string.len()).expect("short").to_le_bytes();
        self.holds_bytes(&[&len, string.as_bytes()].concat());
    }

    fn holds_bytes(&mut self, wanted: &[u8]) {
        self.skippable += BETWEEN_VALUES;
        let at = self.left.windows(wanted.len()).position(|bytes| bytes == wanted);
        let at = at.filter(|at| *at <= self.skippable);
        let at = at.unwrap_or_else(|| panic!("{wanted:?} in {:?}", self.left));
        self.skippable -= at;
        self.left = &self.left[at + wanted.len()..];
    }
}

/// The bytes of a number without zeros at the end, the least significant byte first.
fn shortest(number: u64) -> Vec<u8> {
    let bytes = number.to_le_bytes();
    let len = bytes.iter().rposition(|byte| *byte != 0).map_or(1, |last| last + 1);
    bytes[..len].to_vec()
}
