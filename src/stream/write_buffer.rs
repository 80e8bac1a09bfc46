//! Packets that are encoded and wait to be written: what every writer does between two writes.

use super::held::Held;
use super::remaining::Remaining;
use crate::answer::Answer;
use crate::encode::{Encode, Encoder};
use crate::error::EncodeError;
use crate::memory::Memory;
use crate::packet::Publish;

/// Encoded packets that are to be written to a connection. It writes nothing itself: it is what the writers of
/// [`io`](crate::io) are made of, and what to make a writer of for anything else that takes bytes.
///
/// A packet is put into the buffer as a whole or not at all. Whatever is dropped between two writes, no packet is cut.
///
/// ```
/// use mqtt_wire::stream::WriteBuffer;
/// use mqtt_wire::{Encoder, PingReq, Publish, Version, topic_name};
///
/// let mut buffer = WriteBuffer::new(Encoder::new(Version::V3_1_1), [0; 64]);
/// buffer.push(&Publish::new(topic_name!("t"), b"up"))?;
/// buffer.push(&PingReq)?;
///
/// let mut socket = Vec::new();
/// while !buffer.is_empty() {
///     let written = std::io::Write::write(&mut socket, buffer.as_bytes())?;
///     buffer.written(written);
/// }
/// assert_eq!(socket, b"\x30\x05\x00\x01tup\xc0\x00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct WriteBuffer<M> {
    encoder: Encoder,
    /// What is to be written.
    held: Held<M>,
    /// The payload of a head that has been put into the buffer.
    payload: Remaining,
}

/// How much memory a growing buffer has at least, and how much it keeps when it is empty, in bytes.
const LEAST: usize = 1024;
const KEPT: usize = 64 * 1024;

impl<M: Memory> WriteBuffer<M> {
    /// With nothing to write yet.
    pub fn new(encoder: Encoder, memory: M) -> Self {
        Self { encoder, held: Held::new(memory), payload: Remaining::default() }
    }

    /// How packets are encoded.
    #[inline]
    pub const fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// Encodes so from the next packet on: with what the peer has announced, say.
    pub fn set_encoder(&mut self, encoder: Encoder) {
        self.encoder = encoder;
    }

    /// Whether there is nothing to write.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// What is to be written.
    #[must_use]
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.held.bytes()
    }

    /// So many bytes have been written, from the beginning.
    pub fn written(&mut self, len: usize) {
        self.held.remove(len);
        if self.held.is_empty() {
            self.held.move_to_front();
            self.held.shrink(KEPT);
        }
    }

    /// Puts a packet behind those that are there.
    ///
    /// # Errors
    ///
    /// Those of [`Encode`]; then the buffer is as it was. [`EncodeError::BufferTooSmall`] from an array or a slice: write what is there,
    /// and try again. [`EncodeError::PayloadOwed`] while a payload is not written to its end.
    #[inline]
    pub fn push<P: Encode + ?Sized>(&mut self, packet: &P) -> Result<(), EncodeError> {
        let encoder = self.encoder;
        self.append(|free| encoder.encode(packet, free).map(<[u8]>::len))
    }

    /// Puts an answer behind what is there, in its own version; nothing, if nothing is owed.
    ///
    /// # Errors
    ///
    /// Those of [`push`](Self::push).
    pub fn push_answer(&mut self, answer: Answer) -> Result<(), EncodeError> {
        let Some((packet, version)) = answer.packet() else { return Ok(()) };
        self.append(|free| packet.encode(version, free).map(<[u8]>::len))
    }

    /// Puts the head of a PUBLISH behind what is there, for a payload of `payload_len` bytes: see
    /// [`Encoder::encode_head`]. The payload has to follow before any other packet: write what is in the buffer, then the
    /// payload from where it lies, and [say](Self::payload_written) how much of it has been written.
    ///
    /// # Errors
    ///
    /// Those of [`push`](Self::push).
    pub fn push_head(&mut self, publish: &Publish<'_>, payload_len: usize) -> Result<(), EncodeError> {
        let encoder = self.encoder;
        self.append(|free| encoder.encode_head(publish, payload_len, free).map(<[u8]>::len))?;
        self.payload = Remaining::new(payload_len);
        Ok(())
    }

    /// How many bytes of a payload are still to be written.
    #[must_use]
    #[inline]
    pub fn payload_left(&self) -> usize {
        self.payload.left()
    }

    /// So many bytes of the payload have been written.
    pub fn payload_written(&mut self, len: usize) {
        self.payload = Remaining::new(self.payload.left().saturating_sub(len));
    }

    /// So many bytes have been written of what is in the buffer and of a piece of the payload behind it. Gives what is left of the
    /// piece.
    pub fn written_with<'p>(&mut self, len: usize, piece: &'p [u8]) -> &'p [u8] {
        let of_buffer = len.min(self.held.len());
        self.written(of_buffer);
        let (of_piece, rest) = piece.split_at(len.saturating_sub(of_buffer).min(piece.len()));
        self.payload_written(of_piece.len());
        rest
    }

    /// Encodes behind what is there.
    #[inline]
    fn append(
        &mut self,
        encode: impl Fn(&mut [u8]) -> Result<usize, EncodeError>,
    ) -> Result<(), EncodeError> {
        if self.payload.left() > 0 {
            return Err(EncodeError::PayloadOwed { left: self.payload.left() });
        }
        match encode(self.held.free()) {
            Ok(len) => {
                self.held.add(len);
                Ok(())
            }
            Err(EncodeError::BufferTooSmall { needed }) => self.append_after_growing(needed, encode),
            Err(error) => Err(error),
        }
    }

    #[cold]
    fn append_after_growing(
        &mut self,
        needed: usize,
        encode: impl Fn(&mut [u8]) -> Result<usize, EncodeError>,
    ) -> Result<(), EncodeError> {
        self.held.move_to_front();
        let (have, all) = (self.held.len(), self.held.len().saturating_add(needed));
        if all > self.held.capacity() {
            self.held.grow(all.max(have.saturating_mul(2)).max(LEAST));
        }
        let len = encode(self.held.free())?;
        self.held.add(len);
        Ok(())
    }
}
