//! Counting bytes that come in pieces.

/// Counts the bytes of something that comes in pieces: a payload that is passed on, a packet that is skipped.
///
/// A packet that is refused without the connection being given up (one that is too large for this receiver,
/// say) is skipped, and the next one is found:
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
///             Ok(None) => break, // here nothing is left; a reader keeps it for the next round
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
    /// As many bytes, none of which has come.
    #[must_use]
    #[inline]
    pub const fn new(len: usize) -> Self {
        Self { left: len }
    }

    /// How many bytes have not come yet.
    #[must_use]
    #[inline]
    pub const fn left(&self) -> usize {
        self.left
    }

    /// Divides what has come into the part that is counted here, which counts from now on as come, and
    /// what follows it.
    #[inline]
    pub fn take<'a>(&mut self, input: &'a [u8]) -> (&'a [u8], &'a [u8]) {
        let (own, rest) = input.split_at_checked(self.left).unwrap_or((input, &[]));
        self.left = self.left.saturating_sub(own.len());
        (own, rest)
    }
}
