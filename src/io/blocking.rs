//! Reader and writer for `std::io`: blocking sockets, files, pipes.
//!
//! ```
//! use mqtt_wire::io::blocking::PacketReader;
//! use mqtt_wire::{Decoder, Packet, Version};
//!
//! let socket = &b"\xd0\x00"[..];
//! let mut reader = PacketReader::new(socket, Decoder::from_server(Version::V5_0));
//! assert_eq!(reader.next()?, Some(Packet::PingResp));
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! [`guide::decoding`](crate::guide::decoding) has whole loops.

use super::{ReadError, WriteError};
use crate::answer::Answer;
use crate::decode::Decoder;
use crate::encode::{Encode, Encoder};
#[cfg(feature = "bytes")]
use crate::owned::OwnedPacket;
use crate::packet::{Packet, Publish};
use crate::stream::{Head, ReadBuffer, WriteBuffer};
use crate::tolerance::Tolerances;
use std::io::{Error, ErrorKind, IoSlice, Read, Write};
use std::vec::Vec;

/// Reads packets. Each packet borrows from the reader's buffer until the next call.
///
/// ```
/// use mqtt_wire::io::blocking::{PacketReader, PacketWriter};
/// use mqtt_wire::reason::ConnectReason;
/// use mqtt_wire::{ConnAck, Decoder, Encoder, Packet, PingResp};
/// use std::io::{self, Read, Write};
///
/// fn serve(read_half: impl Read, write_half: impl Write) -> io::Result<()> {
///     let decoder = Decoder::from_client().max_packet_size(64 * 1024);
///     let mut reader = PacketReader::new(read_half, decoder);
///     let Some(Packet::Connect(connect)) = reader.next()? else { return Ok(()) };
///     let mut writer = PacketWriter::new(write_half, Encoder::new(connect.version));
///     writer.send(&ConnAck::new(ConnectReason::Success))?;
///     while let Some(packet) = reader.next()? {
///         match packet {
///             Packet::PingReq => writer.send(&PingResp)?,
///             other => println!("{other:?}"),
///         }
///     }
///     Ok(())
/// }
///
/// let client = &b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a\xc0\x00"[..];
/// let mut answers = Vec::new();
/// serve(client, &mut answers)?;
/// assert_eq!(answers, b"\x20\x02\x00\x00\xd0\x00");
/// # Ok::<(), io::Error>(())
/// ```
///
/// A packet that announces a large length costs little memory: see [`ReadBuffer`].
///
/// # After an error
///
/// [Answer](crate::DecodeError::answer) and close the connection. If you read on, you get the packet after
/// the refused one. If the length of the refused packet is unknown, every further call gives the same error: see
/// [`ReadBuffer`].
#[derive(Debug)]
pub struct PacketReader<R> {
    socket: R,
    buffer: ReadBuffer<Vec<u8>>,
}

impl<R: Read> PacketReader<R> {
    /// A reader with this decoder.
    ///
    /// Set a [`max_packet_size`](Decoder::max_packet_size): the buffer grows up to this size.
    pub fn new(socket: R, decoder: Decoder) -> Self {
        Self { socket, buffer: ReadBuffer::new(decoder, Vec::new()) }
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
    pub fn next(&mut self) -> Result<Option<Packet<'_>>, ReadError<Error>> {
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
    pub fn next_head(&mut self) -> Result<Option<Head<'_>>, ReadError<Error>> {
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
    pub fn next_payload(&mut self) -> Result<Option<&[u8]>, ReadError<Error>> {
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
    pub const fn buffer(&self) -> &ReadBuffer<Vec<u8>> {
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
    pub fn into_parts(self) -> (R, ReadBuffer<Vec<u8>>) {
        (self.socket, self.buffer)
    }

    /// Reads from the socket once. `false`: the peer has closed the connection.
    fn fill(&mut self) -> Result<bool, ReadError<Error>> {
        loop {
            match self.socket.read(self.buffer.space()) {
                Ok(len) => {
                    self.buffer.filled(len);
                    return Ok(len > 0);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(ReadError::Io(error)),
            }
        }
    }
}

/// Writes packets. [`send`](Self::send) writes at once, [`feed`](Self::feed) collects packets.
///
/// The [`Encoder`] has the version. So a server creates its writer after it has read the CONNECT.
#[derive(Debug)]
pub struct PacketWriter<W> {
    socket: W,
    buffer: WriteBuffer<Vec<u8>>,
}

/// The number of bytes that [`PacketWriter::feed`] collects before it writes.
const COLLECTED: usize = 8 * 1024;

impl<W: Write> PacketWriter<W> {
    /// A writer with this encoder.
    pub fn new(socket: W, encoder: Encoder) -> Self {
        Self { socket, buffer: WriteBuffer::new(encoder, Vec::new()) }
    }

    /// Writes a packet, and all packets that were [fed](Self::feed) before.
    ///
    /// # Errors
    ///
    /// The errors of the socket and of [`Encode`].
    pub fn send<P: Encode + ?Sized>(&mut self, packet: &P) -> Result<(), WriteError<Error>> {
        self.feed(packet)?;
        self.flush()
    }

    /// Adds a packet to the buffer, and writes the buffer if it holds 8 KiB or more.
    ///
    /// # Errors
    ///
    /// The errors of [`send`](Self::send).
    pub fn feed<P: Encode + ?Sized>(&mut self, packet: &P) -> Result<(), WriteError<Error>> {
        self.buffer.push(packet)?;
        if self.buffer.as_bytes().len() < COLLECTED {
            return Ok(());
        }
        self.write_buffer()
    }

    /// Writes the answer to a refused packet: see [`WriteBuffer::push_answer`].
    ///
    /// Packets that were [fed](Self::feed) before are written, too. [`Answer::Close`] adds no bytes.
    ///
    /// # Errors
    ///
    /// The errors of [`send`](Self::send).
    pub fn send_answer(&mut self, answer: Answer) -> Result<(), WriteError<Error>> {
        self.buffer.push_answer(answer)?;
        self.flush()
    }

    /// Writes a PUBLISH without copying its payload.
    ///
    /// # Errors
    ///
    /// The errors of [`send`](Self::send).
    pub fn send_publish(&mut self, publish: &Publish<'_>) -> Result<(), WriteError<Error>> {
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
    pub fn send_head(&mut self, publish: &Publish<'_>, payload_len: usize) -> Result<(), WriteError<Error>> {
        Ok(self.buffer.push_head(publish, payload_len)?)
    }

    /// Writes the next piece of the payload, without copying it.
    ///
    /// # Errors
    ///
    /// The errors of the socket, and [`WriteError::PayloadTooLong`] if the piece is longer than the rest of
    /// the payload.
    pub fn send_payload(&mut self, piece: &[u8]) -> Result<(), WriteError<Error>> {
        let left = self.buffer.payload_left();
        if piece.len() > left {
            return Err(WriteError::PayloadTooLong { left });
        }
        let mut piece = piece;
        while !(self.buffer.is_empty() && piece.is_empty()) {
            let parts = [IoSlice::new(self.buffer.as_bytes()), IoSlice::new(piece)];
            match self.socket.write_vectored(&parts) {
                Ok(0) => return Err(WriteError::WriteZero),
                Ok(len) => piece = self.buffer.written_vectored(len, piece),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(WriteError::Io(error)),
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
    pub fn flush(&mut self) -> Result<(), WriteError<Error>> {
        self.write_buffer()?;
        self.socket.flush().map_err(WriteError::Io)
    }

    /// The write buffer, with the encoder and the unwritten bytes.
    pub const fn buffer(&self) -> &WriteBuffer<Vec<u8>> {
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
    pub fn into_parts(self) -> (W, WriteBuffer<Vec<u8>>) {
        (self.socket, self.buffer)
    }

    fn write_buffer(&mut self) -> Result<(), WriteError<Error>> {
        while !self.buffer.is_empty() {
            match self.socket.write(self.buffer.as_bytes()) {
                Ok(0) => return Err(WriteError::WriteZero),
                Ok(len) => self.buffer.written(len),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(WriteError::Io(error)),
            }
        }
        Ok(())
    }
}
