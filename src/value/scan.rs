//! Looking for forbidden bytes a word at a time: eight bytes cost what one did.

const LOW: u64 = 0x0101_0101_0101_0101;
const PLUS_OR_HASH: u64 = 0x2323_2323_2323_2323;
const THEIR_DIFFERENCE: u64 = 0x0808_0808_0808_0808;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Whether a byte of this pattern is among the bytes; `$in_word` looks for it in eight at once.
macro_rules! any {
    ($bytes:expr, $in_word:ident, $pattern:pat) => {{
        let bytes: &[u8] = $bytes;
        let mut rest = bytes;
        while let Some((word, after)) = rest.split_first_chunk::<8>() {
            if $in_word(u64::from_ne_bytes(*word)) {
                return true;
            }
            rest = after;
        }
        match (rest, bytes.last_chunk::<8>()) {
            ([], _) => false,
            // The last word overlaps the one before: dearer for no byte, and no loop over the rest.
            (_, Some(word)) => $in_word(u64::from_ne_bytes(*word)),
            (_, None) => {
                while let [byte, after @ ..] = rest {
                    if matches!(*byte, $pattern) {
                        return true;
                    }
                    rest = after;
                }
                false
            }
        }
    }};
}

/// Whether U+0000 is among the bytes.
#[inline]
pub(super) const fn has_nul(bytes: &[u8]) -> bool {
    any!(bytes, zero_byte, 0)
}

/// Whether U+0000, `+` or `#` is among the bytes.
#[inline]
pub(super) const fn has_nul_or_wildcard(bytes: &[u8]) -> bool {
    any!(bytes, zero_or_wildcard, 0 | b'+' | b'#')
}

/// What precedes the first U+0000, `+` or `#`, and what begins with it.
pub(super) const fn split_at_nul_or_wildcard(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut rest = bytes;
    while let Some((word, after)) = rest.split_first_chunk::<8>() {
        if zero_or_wildcard(u64::from_ne_bytes(*word)) {
            break;
        }
        rest = after;
    }
    // The word that holds it, or the last few bytes.
    while let [byte, after @ ..] = rest {
        if matches!(*byte, 0 | b'+' | b'#') {
            return bytes.split_at_checked(bytes.len().wrapping_sub(rest.len()));
        }
        rest = after;
    }
    None
}

const fn zero_byte(word: u64) -> bool {
    word.wrapping_sub(LOW) & !word & HIGH != 0
}

/// `+` (0x2B) and `#` (0x23) differ in one bit: clear it, and one comparison finds both.
const fn zero_or_wildcard(word: u64) -> bool {
    let wildcards = (word & !THEIR_DIFFERENCE) ^ PLUS_OR_HASH;
    let zeros = word.wrapping_sub(LOW) & !word;
    let hits = wildcards.wrapping_sub(LOW) & !wildcards;
    (zeros | hits) & HIGH != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte value at every place of every length up to three words: as the naive search says.
    #[test]
    fn finds_exactly_what_the_naive_search_finds() {
        for length in 0..=24 {
            for place in 0..length {
                for byte in 0..=255 {
                    for filler in [b'a', 0x01, 0x80, 0x22, 0x2a, 0xff] {
                        let mut bytes = [filler; 24];
                        bytes[place] = byte;
                        let bytes = &bytes[..length];
                        assert_eq!(has_nul(bytes), bytes.contains(&0), "{bytes:02x?}");
                        assert_eq!(
                            has_nul_or_wildcard(bytes),
                            bytes.iter().any(|byte| [0, b'+', b'#'].contains(byte)),
                            "{bytes:02x?}"
                        );
                        let naive = bytes.iter().position(|byte| [0, b'+', b'#'].contains(byte));
                        assert_eq!(
                            split_at_nul_or_wildcard(bytes),
                            naive.map(|place| bytes.split_at(place)),
                            "{bytes:02x?}"
                        );
                    }
                }
            }
        }
        assert!(!has_nul(b"") && !has_nul_or_wildcard(b""));
    }
}
