//! Checks the values that an error expects.

use crate::random::Random;
use mqtt_wire::inspect::{Format, Found};
use mqtt_wire::*;
use std::mem::discriminant;

/// The decoder accepts the expected values in place of the wrong one, and refuses all others with the same error.
pub fn are_those_that_pass(version: Version, bytes: &[u8]) {
    if bytes.len() > 512 || !Random::of(bytes).one_in(4) {
        return;
    }
    let decoder = Decoder::new(version);
    let Err(error) = decoder.clone().decode(bytes) else { return };
    let Some((place, alternatives)) = wrong_value(&decoder, &error, bytes) else { return };
    let what = |error: DecodeError| (discriminant(&error.kind()), error.field(), error.offset());
    for value in place.values() {
        let refused = decoder.clone().decode(&place.with(value, bytes)).err();
        let passes = refused.is_none_or(|refused| what(refused) != what(error));
        let is_expected = alternatives.iter().any(|alternative| alternative.has(value));
        assert_eq!(passes, is_expected, "{value} in {error}: {bytes:02x?}");
    }
}

/// The place of an integer of a fixed width, or of bits of a byte.
struct Place {
    offset: usize,
    len: usize,
    mask: u8,
}

impl Place {
    /// All values of a byte or of bits, or the values at the edges of a longer integer.
    fn values(&self) -> Vec<u32> {
        match self.len {
            1 => (0..=u32::from(self.mask >> self.mask.trailing_zeros())).collect(),
            len => vec![0, 1, u32::MAX >> (32 - 8 * len)],
        }
    }

    fn with(&self, value: u32, bytes: &[u8]) -> Vec<u8> {
        let mut other = bytes.to_vec();
        let place = &mut other[self.offset..self.offset + self.len];
        match place {
            [byte] => *byte = *byte & !self.mask | (value as u8) << self.mask.trailing_zeros(),
            place => place.copy_from_slice(&value.to_be_bytes()[4 - self.len..]),
        }
        other
    }
}

/// Returns the place of the wrong value, and the values that the error expects. `None` means that the error is not about one value, or that
/// it describes the expected value in words.
fn wrong_value(decoder: &Decoder, error: &DecodeError, bytes: &[u8]) -> Option<(Place, Vec<Alternative>)> {
    if !matches!(error.found()?, Found::Byte(_) | Found::Bits { .. } | Found::Number(_)) {
        return None;
    }
    let mut place = None;
    decoder.refused(*error, bytes).fields(|span| {
        let has_width = !matches!(span.field.format(), Format::VariableByteInteger);
        if (span.field, span.offset) == (error.field(), error.offset()) && has_width {
            place = Some(Place { offset: span.offset, len: span.bytes.len(), mask: span.mask });
        }
    });
    let text = error.expected()?.to_string();
    let alternatives = text.split(", ").flat_map(|part| part.split(" or ")).map(Alternative::read);
    Some((place?, alternatives.collect::<Option<_>>()?))
}

/// One of the values or ranges that an error expects.
enum Alternative {
    Range(u32, u32),
    /// Bits, the last one first. `None` is any bit.
    Bits(Vec<Option<bool>>),
}

impl Alternative {
    fn read(text: &str) -> Option<Self> {
        if let Some(bits) = text.strip_prefix("0b") {
            return Some(Self::Bits(
                bits.chars().rev().map(|bit| (bit != 'x').then_some(bit == '1')).collect(),
            ));
        }
        let (least, most) = text.split_once(" to ").unwrap_or((text, text));
        let is_code = least.starts_with("0x") || least != most;
        is_code.then_some(Self::Range(number(least)?, number(most)?))
    }

    fn has(&self, value: u32) -> bool {
        match self {
            Self::Range(least, most) => (*least..=*most).contains(&value),
            Self::Bits(bits) => {
                let is_set = |at: usize| value >> at & 1 == 1;
                bits.iter().enumerate().all(|(at, bit)| bit.is_none_or(|bit| bit == is_set(at)))
            }
        }
    }
}

/// Reads `0x82` or `130`.
fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}
