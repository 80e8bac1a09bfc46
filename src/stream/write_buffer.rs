//! Encoded packets that wait to be written: the part that all writers share.

use super::held::HeldBytes;
use super::remaining::Remaining;
use crate::answer::Answer;
use crate::encode::{Encode, Encoder};
use crate::error::EncodeError;
use crate::memory::Memory;
use crate::packet::Publish;

/// Encoded packets that wait to be written to a connection.
///
/// The buffer itself writes nothing to a socket. The writers of [`io`](crate::io) are built on this buffer,
/// and you can build a writer for any other transport.
///
/// The buffer takes whole packets or nothing. So you may drop a future between two writes: no packet is cut.
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
    /// The bytes to write.
    held: HeldBytes<M>,
    /// The rest of the payload after a head.
    payload: Remaining,
}

/// The smallest memory of a growing buffer, in bytes.
const MIN_CAPACITY: usize = 1024;

/// The largest memory that an empty buffer keeps, in bytes.
const MAX_IDLE_CAPACITY: usize = 64 * 1024;

impl<M: Memory> WriteBuffer<M> {
    /// An empty buffer with this encoder.
    pub fn new(encoder: Encoder, memory: M) -> Self {
        Self { encoder, held: HeldBytes::new(memory), payload: Remaining::default() }
    }

    /// The encoder.
    #[inline]
    pub const fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// Replaces the encoder, for example to set the peer's Maximum Packet Size.
    pub fn set_encoder(&mut self, encoder: Encoder) {
        self.encoder = encoder;
    }

    /// Whether there is nothing to write.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// The bytes to write.
    #[must_use]
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.held.bytes()
    }

    /// Removes the first `len` bytes: they were written.
    pub fn written(&mut self, len: usize) {
        self.held.remove(len);
        if self.held.is_empty() {
            self.held.move_to_front();
            self.held.shrink(MAX_IDLE_CAPACITY);
        }
    }

    /// Appends a packet.
    ///
    /// # Errors
    ///
    /// The errors of [`Encode`]. On an error the buffer does not change.
    ///
    /// [`EncodeError::BufferTooSmall`] if an array or a slice is full: write the buffer and try again.
    /// [`EncodeError::PayloadIncomplete`] if an earlier payload is not complete.
    #[inline]
    pub fn push<P: Encode + ?Sized>(&mut self, packet: &P) -> Result<(), EncodeError> {
        let encoder = self.encoder;
        self.append(|free| encoder.encode(packet, free).map(<[u8]>::len))
    }

    /// Appends the answer to a refused packet.
    ///
    /// [`Answer::Close`] appends nothing. A CONNACK has the answer's version, and a DISCONNECT has the version of
    /// the [`encoder`](Self::encoder).
    ///
    /// # Errors
    ///
    /// The errors of [`push`](Self::push).
    pub fn push_answer(&mut self, answer: Answer) -> Result<(), EncodeError> {
        let Some((packet, encoder)) = answer.to_encode(self.encoder) else { return Ok(()) };
        self.append(|free| encoder.encode(&packet, free).map(<[u8]>::len))
    }

    /// Appends the head of a PUBLISH with a payload of `payload_len` bytes.
    ///
    /// Write the buffer, and then the payload. You can push other packets after the payload.
    /// [`payload_written`](Self::payload_written) counts the payload. See [`Encoder::encode_head`].
    ///
    /// # Errors
    ///
    /// The errors of [`push`](Self::push).
    pub fn push_head(&mut self, publish: &Publish<'_>, payload_len: usize) -> Result<(), EncodeError> {
        let encoder = self.encoder;
        self.append(|free| encoder.encode_head(publish, payload_len, free).map(<[u8]>::len))?;
        self.payload = Remaining::new(payload_len);
        Ok(())
    }

    /// The number of payload bytes that are still to be written.
    #[must_use]
    #[inline]
    pub fn payload_left(&self) -> usize {
        self.payload.left()
    }

    /// Subtracts `len` payload bytes: they were written.
    pub fn payload_written(&mut self, len: usize) {
        self.payload = Remaining::new(self.payload.left().saturating_sub(len));
    }

    /// Removes `len` bytes that a vectored write of the buffer and `piece` has written.
    ///
    /// The bytes of the buffer come first, and then those of the piece, which is payload. Returns the rest of
    /// the piece.
    pub fn written_vectored<'p>(&mut self, len: usize, piece: &'p [u8]) -> &'p [u8] {
        let of_buffer = len.min(self.held.len());
        self.written(of_buffer);
        let (of_piece, rest) = piece.split_at(len.saturating_sub(of_buffer).min(piece.len()));
        self.payload_written(of_piece.len());
        rest
    }

    /// Encodes a packet after the bytes that wait.
    #[inline]
    fn append(
        &mut self,
        encode: impl Fn(&mut [u8]) -> Result<usize, EncodeError>,
    ) -> Result<(), EncodeError> {
        if self.payload.left() > 0 {
            return Err(EncodeError::PayloadIncomplete { left: self.payload.left() });
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
            self.held.grow(all.max(have.saturating_mul(2)).max(MIN_CAPACITY));
        }
        let len = encode(self.held.free())?;
        self.held.add(len);
        Ok(())
    }
}
