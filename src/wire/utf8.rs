//! Validates many strings in one run.

use super::bytes::take_prefixed;
use crate::value::TopicFilter;

/// A part of the packet that is known to be UTF-8, or nothing.
///
/// Each validation has a fixed cost, even for a short string. So strings in a row are validated in one run,
/// with their length prefixes: a length below 128 is two ASCII characters. If that run fails, each string is
/// validated alone.
///
/// The rows `decode 3.1.1 CONNECT with will`, `decode 3.1.1 SUBSCRIBE 128` and `decode 5.0 PUBLISH, 32 user
/// properties` grow without this type.
#[derive(Clone, Copy)]
pub(crate) struct ValidatedUtf8<'a>(&'a str);

impl<'a> ValidatedUtf8<'a> {
    pub(crate) const NOTHING: Self = Self("");

    /// Validates all of the bytes, which contain strings.
    #[inline]
    pub(crate) fn validate(bytes: &'a [u8]) -> Self {
        core::str::from_utf8(bytes).map_or(Self::NOTHING, Self)
    }

    /// Whether no part is known to be UTF-8.
    #[inline]
    pub(crate) const fn is_nothing(self) -> bool {
        self.0.is_empty()
    }

    /// The bytes as a string, if they are UTF-8. `rest_len` bytes of the packet follow them.
    #[inline]
    pub(crate) fn string(self, bytes: &'a [u8], rest_len: usize) -> Option<&'a str> {
        match self.part(bytes.len(), rest_len) {
            Some(string) => Some(string),
            None => core::str::from_utf8(bytes).ok(),
        }
    }

    /// A part of `len` bytes, which `rest_len` bytes follow. `None`: the part is not inside the validated bytes,
    /// or begins or ends inside a character.
    #[inline]
    fn part(self, len: usize, rest_len: usize) -> Option<&'a str> {
        let (upto_end, _) = self.0.split_at_checked(self.0.len().checked_sub(rest_len)?)?;
        let (_, part) = upto_end.split_at_checked(upto_end.len().checked_sub(len)?)?;
        Some(part)
    }
}

/// Takes a valid Topic Filter off the input, and gives the bytes after it. The caller checks that the next
/// byte does not continue the last character of the filter.
// Without this attribute, `decode 3.1.1 SUBSCRIBE 128` takes 24 % more.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(crate) fn take_valid_filter<'a, const V5: bool>(
    input: &'a [u8],
    utf8: ValidatedUtf8<'a>,
) -> Option<(&'a [u8], &'a [u8])> {
    let (filter, rest) = take_prefixed(input)?;
    let is_valid = TopicFilter::is_valid_part::<V5>(filter)
        && (!utf8.is_nothing() || core::str::from_utf8(filter).is_ok());
    is_valid.then_some((filter, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_validated_bytes_are_known() {
        let utf8 = ValidatedUtf8::validate("\0\x01a\0\x02éb".as_bytes());
        assert!(!utf8.is_nothing());
        assert_eq!((utf8.part(1, 5), utf8.part(2, 1), utf8.part(3, 0)), (Some("a"), Some("é"), Some("éb")));
        assert_eq!((utf8.part(1, 2), utf8.part(9, 0), utf8.part(0, 9)), (None, None, None));
        assert!(ValidatedUtf8::validate(b"a\xff").is_nothing());
    }
}
