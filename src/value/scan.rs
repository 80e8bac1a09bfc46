//! Searches for forbidden bytes, sixteen at a time.
//!
//! The check of sixteen bytes has no branch, so it compiles to a few vector instructions. Shorter strings are
//! checked in words of eight bytes. Without [`FAST_PATHS`] all bytes are checked one by one.

use crate::platform::FAST_PATHS;

/// Whether U+0000 is among the bytes.
#[inline]
pub(super) const fn has_nul(bytes: &[u8]) -> bool {
    has_forbidden::<false>(bytes)
}

/// Whether U+0000, `+` or `#` is among the bytes.
#[inline]
pub(super) const fn has_nul_or_wildcard(bytes: &[u8]) -> bool {
    has_forbidden::<true>(bytes)
}

/// Whether U+0000 is among the bytes, or a wildcard if `WILDCARDS` are forbidden, too.
#[inline]
const fn has_forbidden<const WILDCARDS: bool>(bytes: &[u8]) -> bool {
    // always: the machines that run the tests have fast paths
    if !FAST_PATHS {
        return has_forbidden_one_by_one::<WILDCARDS>(bytes); // unreachable: there are fast paths
    }
    let mut rest = bytes;
    while let Some((chunk, after)) = rest.split_first_chunk() {
        if is_forbidden_in::<WILDCARDS>(chunk) {
            return true;
        }
        rest = after;
    }
    // The rest is checked together with some bytes before it. These bytes are checked twice, but the rest
    // needs no loop.
    if rest.is_empty() {
        false
    } else if let Some(chunk) = bytes.last_chunk() {
        is_forbidden_in::<WILDCARDS>(chunk)
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        is_forbidden_in_word::<WILDCARDS>(u64::from_le_bytes(*first))
            || is_forbidden_in_word::<WILDCARDS>(u64::from_le_bytes(*last))
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        is_forbidden_in_word::<WILDCARDS>(overlapping(first, last))
    } else {
        is_forbidden_in_word::<WILDCARDS>(up_to_three(bytes))
    }
}

const fn has_forbidden_one_by_one<const WILDCARDS: bool>(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let [byte, after @ ..] = rest {
        if is_forbidden::<WILDCARDS>(*byte) {
            return true;
        }
        rest = after;
    }
    false
}

/// Whether U+0000, a `#`, or a `+` without a `/` on both sides is among the bytes. The first and the last
/// byte are not checked.
#[inline]
pub(super) const fn has_misplaced_wildcard_inside(filter: &[u8]) -> bool {
    // always: the machines that run the tests have fast paths
    if !FAST_PATHS {
        return is_misplaced_one_by_one(filter); // unreachable: there are fast paths
    }
    let mut rest = filter;
    while let Some(window) = rest.first_chunk() {
        if misplaced_in_window(window) {
            return true;
        }
        // unreachable: a window is longer
        let Some((_, after)) = rest.split_first_chunk::<16>() else { break };
        rest = after;
    }
    match filter.last_chunk() {
        Some(window) => misplaced_in_window(window),
        None => is_misplaced_one_by_one(filter),
    }
}

#[inline]
const fn is_forbidden_in<const WILDCARDS: bool>(chunk: &[u8; 16]) -> bool {
    let (mut found, mut rest) = (0, chunk.as_slice());
    while let [byte, after @ ..] = rest {
        found |= is_forbidden::<WILDCARDS>(*byte) as u8;
        rest = after;
    }
    found != 0
}

#[inline]
const fn is_forbidden<const WILDCARDS: bool>(byte: u8) -> bool {
    // This function has no branches. So the compiler turns sixteen calls into vector instructions.
    (byte == 0) | WILDCARDS & ((byte == b'+') | (byte == b'#'))
}

/// Checks sixteen bytes, each with its neighbours.
// Without this attribute, `decode 3.1.1 SUBSCRIBE 128` takes 11 % more.
#[cfg_attr(target_pointer_width = "64", inline(always))]
const fn misplaced_in_window(window: &[u8; 18]) -> bool {
    let ([left @ .., _, _], [_, inside @ .., _], [_, _, right @ ..]) = (window, window, window);
    // Most levels have no wildcard.
    if !is_forbidden_in::<true>(inside) {
        return false;
    }
    let mut found = 0;
    let (mut left, mut inside, mut right) = (left.as_slice(), inside.as_slice(), right.as_slice());
    while let ([before, lefts @ ..], [byte, rest @ ..], [after, rights @ ..]) = (left, inside, right) {
        found |= (zero_if_misplaced(*before, *byte, *after) == 0) as u8;
        (left, inside, right) = (lefts, rest, rights);
    }
    found != 0
}

const fn is_misplaced_one_by_one(mut rest: &[u8]) -> bool {
    while let [before, byte, after, ..] = rest {
        if matches!(*byte, 0 | b'+' | b'#') && zero_if_misplaced(*before, *byte, *after) == 0 {
            return true;
        }
        let [_, following @ ..] = rest else { break }; // unreachable: there are three bytes
        rest = following;
    }
    false
}

/// 0 for a misplaced byte. Without comparisons, sixteen such calls compile to vector instructions.
#[inline]
const fn zero_if_misplaced(before: u8, byte: u8, after: u8) -> u8 {
    let zero_if_beside_slashes = (before ^ b'/') | (after ^ b'/');
    let zero_if_plus = (byte ^ b'+') | 1u8.saturating_sub(zero_if_beside_slashes);
    min(zero_if_plus, min(byte, byte ^ b'#'))
}

#[inline]
const fn min(a: u8, b: u8) -> u8 {
    if a < b { a } else { b }
}

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

#[inline]
const fn is_forbidden_in_word<const WILDCARDS: bool>(word: u64) -> bool {
    // `+` (0x2B) and `#` (0x23) differ in one bit. If this bit is cleared, one comparison finds both.
    let wildcards = (word & !0x0808_0808_0808_0808) ^ 0x2323_2323_2323_2323;
    has_zero_byte(word) | (WILDCARDS && has_zero_byte(wildcards))
}

#[inline]
const fn has_zero_byte(word: u64) -> bool {
    word.wrapping_sub(LOW) & !word & HIGH != 0
}

/// Four to seven bytes as a word.
#[inline]
const fn overlapping(first: &[u8; 4], last: &[u8; 4]) -> u64 {
    (u32::from_le_bytes(*first) as u64) << 32 | u32::from_le_bytes(*last) as u64
}

/// Up to three bytes as a word. The other bytes of the word are harmless.
#[inline]
const fn up_to_three(bytes: &[u8]) -> u64 {
    let (mut word, mut rest) = (LOW, bytes);
    while let [byte, after @ ..] = rest {
        word = word << 8 | *byte as u64;
        rest = after;
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tries each byte value at each place of each length up to two and a half chunks. The naive search gives
    /// the expected results.
    #[test]
    fn finds_exactly_what_the_naive_search_finds() {
        for length in 0..=40 {
            for place in 0..length {
                for byte in 0..=255 {
                    for filler in [b'a', b'/', 0x01, 0x80, 0x22, 0x2a, 0xff] {
                        let mut bytes = [filler; 40];
                        bytes[place] = byte;
                        let bytes = &bytes[..length];
                        let naive = bytes.contains(&0);
                        assert_eq!(has_nul(bytes), naive, "{bytes:02x?}");
                        assert_eq!(has_forbidden_one_by_one::<false>(bytes), naive, "{bytes:02x?}");
                        let naive = bytes.iter().any(|byte| [0, b'+', b'#'].contains(byte));
                        assert_eq!(has_nul_or_wildcard(bytes), naive, "{bytes:02x?}");
                        assert_eq!(has_forbidden_one_by_one::<true>(bytes), naive, "{bytes:02x?}");
                        let naive = bytes.windows(3).any(|around| match around[1] {
                            0 | b'#' => true,
                            b'+' => around[0] != b'/' || around[2] != b'/',
                            _ => false,
                        });
                        assert_eq!(has_misplaced_wildcard_inside(bytes), naive, "{bytes:02x?}");
                        assert_eq!(is_misplaced_one_by_one(bytes), naive, "{bytes:02x?}");
                    }
                }
            }
        }
        assert!(!has_nul(b"") && !has_nul_or_wildcard(b""));
        assert!(!has_forbidden_one_by_one::<false>(b"") && !has_forbidden_one_by_one::<true>(b""));
        // In ASCII `*` is next to `+`, so a wrong mask would find `*`, too. Each `*` and each `+` fills its
        // level here.
        assert!(!has_misplaced_wildcard_inside(b"/+/*/+/*/+/*/+/*/+/*/+/"));
    }
}
