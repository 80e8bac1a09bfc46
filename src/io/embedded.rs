//! Reader and writer for `embedded_io::Read` and `Write`, without an allocator.
//!
//! ```
//! use mqtt_wire::io::embedded::PacketReader;
//! use mqtt_wire::{Decoder, Packet, Version};
//!
//! let socket = &b"\xd0\x00"[..];
//! let decoder = Decoder::from_server(Version::V5_0);
//! let mut reader = PacketReader::new(socket, decoder, [0; 128]);
//! assert_eq!(reader.next().unwrap(), Some(Packet::PingResp));
//! ```
//!
//! [`guide::decoding`](crate::guide::decoding) has a whole loop.

use super::{ReadError, WriteError};
use crate::answer::Answer;
use crate::decode::Decoder;
use crate::encode::{Encode, Encoder};
use crate::error::EncodeError;
#[cfg(feature = "bytes")]
use crate::owned::OwnedPacket;
use crate::packet::{Packet, Publish};
use crate::stream::{Head, Memory, ReadBuffer, WriteBuffer};
use crate::tolerance::Tolerances;
use embedded_io::{Read, Write};

/// Reads packets. Each packet borrows from the reader's buffer until the next call.
///
/// ```
/// use embedded_io::{Read, Write};
/// use mqtt_wire::io::embedded::{PacketReader, PacketWriter};
/// use mqtt_wire::{Connect, Decoder, Encoder, Packet, Version, text};
///
/// fn is_let_in(receive: impl Read, send: impl Write) -> bool {
///     let version = Version::V3_1_1;
///     let mut writer = PacketWriter::new(send, Encoder::new(version), [0; 64]);
///     let mut reader =
///         PacketReader::new(receive, Decoder::from_server(version), [0; 256]);
///     let connect = Connect { client_id: text!("Client123"), ..Connect::new(version) };
///     writer.send(&connect).is_ok()
///         && matches!(reader.next(), Ok(Some(Packet::ConnAck(_))))
/// }
///
/// let mut sent = [0; 64];
/// assert!(is_let_in(&b"\x20\x02\x00\x00"[..], &mut sent[..]));
/// assert!(sent.starts_with(b"\x10\x15\x00\x04MQTT\x04"));
/// ```
///
/// You give the reader its buffer: an array or a slice. If a packet does not fit, the reader refuses it as
/// soon as it has the fixed header, with [`PacketTooLarge`](crate::DecodeErrorKind::PacketTooLarge).
///
/// # After an error
///
/// [Answer](crate::DecodeError::answer) and close the connection. If you read on, you get the packet after
/// the refused one. If the length of the refused packet is unknown, every further call gives the same error: see
/// [`ReadBuffer`].
#[derive(Debug)]
pub struct PacketReader<R, M> {
    socket: R,
    buffer: ReadBuffer<M>,
}

impl<R: Read, M: Memory> PacketReader<R, M> {
    /// A reader with this decoder. The reader uses `memory` as its buffer.
    ///
    /// An array or a slice has at least 5 bytes, because it has to hold the longest fixed header.
    pub fn new(socket: R, decoder: Decoder, memory: M) -> Self {
        Self { socket, buffer: ReadBuffer::new(decoder, memory) }
    }

    /// Reads the next packet. `None`: the peer has closed the connection between two packets.
    ///
    /// # Errors
    ///
    /// The errors of the socket and of [`Decoder::decode`], and
    /// [`IncompletePacket`](crate::DecodeErrorKind::IncompletePacket) if the connection ends inside a packet.
    /// The next call continues after a refused packet whose length is known. If the connection ends inside bytes that the reader
    /// skips, the result is `None`.
    #[allow(clippy::should_implement_trait, reason = "an iterator cannot lend its items")]
    pub fn next(&mut self) -> Result<Option<Packet<'_>>, ReadError<R::Error>> {
        while !self.buffer.is_ready()? {
            if !self.fill()? {
                self.buffer.finish()?;
                return Ok(None);
            }
        }
        Ok(self.buffer.next()?)
    }

    /// Reads the next packet up to its payload, before the payload has arrived.
    ///
    /// [`next_payload`](Self::next_payload) then gives the payload. If you ask for the next packet instead,
    /// the reader skips the rest of the payload. See [`Decoder::decode_head`].
    ///
    /// # Errors
    ///
    /// The errors of [`next`](Self::next).
    pub fn next_head(&mut self) -> Result<Option<Head<'_>>, ReadError<R::Error>> {
        while !self.buffer.is_head_ready()? {
            if !self.fill()? {
                self.buffer.finish()?;
                return Ok(None);
            }
        }
        Ok(self.buffer.next_head()?)
    }

    /// Reads the next piece of the payload. `None`: the payload is complete.
    ///
    /// # Errors
    ///
    /// The errors of the socket, and [`IncompletePacket`](crate::DecodeErrorKind::IncompletePacket) if the
    /// connection ends inside the payload.
    pub fn next_payload(&mut self) -> Result<Option<&[u8]>, ReadError<R::Error>> {
        if self.buffer.payload_left() == 0 {
            return Ok(None);
        }
        if self.buffer.is_empty() && !self.fill()? {
            self.buffer.finish()?;
        }
        Ok(Some(self.buffer.payload()))
    }

    /// Copies the last packet that [`next`](Self::next) gave: see [`ReadBuffer::last_owned`].
    #[cfg(feature = "bytes")]
    #[cfg_attr(docsrs, doc(cfg(feature = "bytes")))]
    #[must_use]
    pub fn last_owned(&self) -> Option<OwnedPacket> {
        self.buffer.last_owned()
    }

    /// The read buffer, with the decoder, the version and the unread bytes.
    pub const fn buffer(&self) -> &ReadBuffer<M> {
        &self.buffer
    }

    /// Replaces the decoder, for example to raise a limit after CONNACK.
    ///
    /// Make the new decoder from the old one, which knows the version: see [`ReadBuffer::set_decoder`].
    pub fn set_decoder(&mut self, decoder: Decoder) {
        self.buffer.set_decoder(decoder);
    }

    /// The tolerated deviations of the last packet: see [`ReadBuffer::tolerated`].
    #[must_use]
    pub fn tolerated(&self) -> Tolerances {
        self.buffer.tolerated()
    }

    /// The socket.
    pub const fn get_mut(&mut self) -> &mut R {
        &mut self.socket
    }

    /// Takes the reader apart: the socket, and the buffer with the unread bytes.
    pub fn into_parts(self) -> (R, ReadBuffer<M>) {
        (self.socket, self.buffer)
    }

    /// Reads from the socket once. `false`: the peer has closed the connection.
    fn fill(&mut self) -> Result<bool, ReadError<R::Error>> {
        let len = self.socket.read(self.buffer.space()).map_err(ReadError::Io)?;
        self.buffer.filled(len);
        Ok(len > 0)
    }
}

/// Writes packets. [`send`](Self::send) writes at once, [`feed`](Self::feed) collects packets.
///
/// The [`Encoder`] has the version. So a server creates its writer after it has read the CONNECT.
#[derive(Debug)]
pub struct PacketWriter<W, M> {
    socket: W,
    buffer: WriteBuffer<M>,
}

impl<W: Write, M: Memory> PacketWriter<W, M> {
    /// A writer with this encoder. The writer uses `memory` as its buffer.
    pub fn new(socket: W, encoder: Encoder, memory: M) -> Self {
        Self { socket, buffer: WriteBuffer::new(encoder, memory) }
    }

    /// Writes a packet, and all packets that were [fed](Self::feed) before.
    ///
    /// # Errors
    ///
    /// The errors of the socket and of [`Encode`].
    pub fn send<P: Encode + ?Sized>(&mut self, packet: &P) -> Result<(), WriteError<W::Error>> {
        self.feed(packet)?;
        self.flush()
    }

    /// Adds a packet to the buffer.
    ///
    /// If the packet does not fit, the writer first writes the buffer.
    ///
    /// # Errors
    ///
    /// The errors of [`send`](Self::send).
    pub fn feed<P: Encode + ?Sized>(&mut self, packet: &P) -> Result<(), WriteError<W::Error>> {
        match self.buffer.push(packet) {
            Err(EncodeError::BufferTooSmall { .. }) if !self.buffer.is_empty() => {
                self.write_buffer()?;
                Ok(self.buffer.push(packet)?)
            }
            pushed => Ok(pushed?),
        }
    }

    /// Writes the answer to a refused packet: see [`WriteBuffer::push_answer`].
    ///
    /// Packets that were [fed](Self::feed) before are written, too. [`Answer::Close`] adds no bytes.
    ///
    /// # Errors
    ///
    /// The errors of [`send`](Self::send).
    pub fn send_answer(&mut self, answer: Answer) -> Result<(), WriteError<W::Error>> {
        self.write_buffer()?;
        self.buffer.push_answer(answer)?;
        self.flush()
    }

    /// Writes a PUBLISH without copying its payload.
    ///
    /// # Errors
    ///
    /// The errors of [`send`](Self::send).
    pub fn send_publish(&mut self, publish: &Publish<'_>) -> Result<(), WriteError<W::Error>> {
        self.send_head(publish, publish.payload.len())?;
        self.send_payload(publish.payload)?;
        self.flush()
    }

    /// Begins a PUBLISH whose payload is not in memory.
    ///
    /// Send `payload_len` bytes with [`send_payload`](Self::send_payload) before any other packet. The writer
    /// ignores the payload in `publish`. See [`Encoder::encode_head`].
    ///
    /// # Errors
    ///
    /// The errors of [`send`](Self::send).
    pub fn send_head(
        &mut self,
        publish: &Publish<'_>,
        payload_len: usize,
    ) -> Result<(), WriteError<W::Error>> {
        match self.buffer.push_head(publish, payload_len) {
            Err(EncodeError::BufferTooSmall { .. }) if !self.buffer.is_empty() => {
                self.write_buffer()?;
                Ok(self.buffer.push_head(publish, payload_len)?)
            }
            pushed => Ok(pushed?),
        }
    }

    /// Writes the next piece of the payload, without copying it.
    ///
    /// # Errors
    ///
    /// The errors of the socket, and [`WriteError::PayloadTooLong`] if the piece is longer than the rest of
    /// the payload.
    pub fn send_payload(&mut self, piece: &[u8]) -> Result<(), WriteError<W::Error>> {
        let left = self.buffer.payload_left();
        if piece.len() > left {
            return Err(WriteError::PayloadTooLong { left });
        }
        self.write_buffer()?;
        let mut piece = piece;
        while !piece.is_empty() {
            match self.socket.write(piece).map_err(WriteError::Io)? {
                0 => return Err(WriteError::WriteZero),
                len => piece = self.buffer.written_vectored(len, piece),
            }
        }
        Ok(())
    }

    /// The number of payload bytes that are still to be written.
    #[must_use]
    pub fn payload_left(&self) -> usize {
        self.buffer.payload_left()
    }

    /// Writes all packets that were fed, and flushes the socket.
    ///
    /// # Errors
    ///
    /// The errors of the socket.
    pub fn flush(&mut self) -> Result<(), WriteError<W::Error>> {
        self.write_buffer()?;
        self.socket.flush().map_err(WriteError::Io)
    }

    /// The write buffer, with the encoder and the unwritten bytes.
    pub const fn buffer(&self) -> &WriteBuffer<M> {
        &self.buffer
    }

    /// Replaces the encoder, for example to set the peer's Maximum Packet Size.
    pub fn set_encoder(&mut self, encoder: Encoder) {
        self.buffer.set_encoder(encoder);
    }

    /// The socket.
    pub const fn get_mut(&mut self) -> &mut W {
        &mut self.socket
    }

    /// Takes the writer apart: the socket, and the buffer with the unwritten bytes.
    pub fn into_parts(self) -> (W, WriteBuffer<M>) {
        (self.socket, self.buffer)
    }

    fn write_buffer(&mut self) -> Result<(), WriteError<W::Error>> {
        while !self.buffer.is_empty() {
            match self.socket.write(self.buffer.as_bytes()).map_err(WriteError::Io)? {
                0 => return Err(WriteError::WriteZero),
                len => self.buffer.written(len),
            }
        }
        Ok(())
    }
}
