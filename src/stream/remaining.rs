//! Counting bytes that come in pieces.

/// Counts bytes that come in pieces: a payload to forward, or a packet to skip.
///
/// A receiver that keeps the connection skips a refused packet, for example one that is too large, and finds
/// the next packet:
///
/// ```
/// use mqtt_wire::stream::Remaining;
/// use mqtt_wire::{Decoder, Packet, Version};
///
/// let mut decoder = Decoder::new(Version::V3_1_1).max_packet_size(8);
/// let mut skipped = Remaining::default();
/// let mut packets = Vec::new();
/// // A PUBLISH of 10 bytes, and a PINGREQ, in pieces.
/// for piece in [&b"\x30\x08\x00\x01"[..], b"a1234", b"5\xc0\x00"] {
///     let mut input = skipped.take(piece).1;
///     while !input.is_empty() {
///         match decoder.decode(input) {
///             Ok(Some((packet, rest))) => {
///                 packets.push(packet);
///                 input = rest;
///             }
///             Ok(None) => break, // a reader keeps the rest for the next round
///             Err(error) => {
///                 skipped = Remaining::new(error.packet_len().unwrap());
///                 input = skipped.take(input).1;
///             }
///         }
///     }
/// }
/// assert_eq!(packets, [Packet::PingReq]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Remaining {
    left: usize,
}

impl Remaining {
    /// A count of `len` bytes, none of which has arrived.
    #[must_use]
    #[inline]
    pub const fn new(len: usize) -> Self {
        Self { left: len }
    }

    /// The number of bytes that have not arrived yet.
    #[must_use]
    #[inline]
    pub const fn left(&self) -> usize {
        self.left
    }

    /// Splits arrived bytes into the counted part and the bytes after it.
    ///
    /// The count goes down by the length of the counted part.
    #[inline]
    pub fn take<'a>(&mut self, input: &'a [u8]) -> (&'a [u8], &'a [u8]) {
        let (own, rest) = input.split_at_checked(self.left).unwrap_or((input, &[]));
        self.left = self.left.saturating_sub(own.len());
        (own, rest)
    }
}
