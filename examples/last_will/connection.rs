//! The code that every program around this crate needs: a loop that reads packets from a socket
//! through a growing buffer, and a function that encodes and sends a packet.

use mqtt_wire::stream::FrameLen;
use mqtt_wire::{DecodeError, Decoder, Encode, EncodeError, Packet, Version};
use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// One end of an MQTT connection over TCP.
pub(crate) struct Connection {
    socket: TcpStream,
    decoder: Decoder,
    /// The bytes that have arrived: the packet that was returned last, then the bytes after it.
    buffer: Vec<u8>,
    /// The length of the packet that was returned last. The packet borrows from the buffer, so the next call
    /// removes its bytes.
    given_out: usize,
    /// The time limit for a whole packet.
    patience: Duration,
}

/// Why no packet could be read.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The bytes are malformed.
    Bytes(DecodeError),
    Socket(io::Error),
}

impl Connection {
    pub(crate) fn new(socket: TcpStream, decoder: Decoder, patience: Duration) -> io::Result<Self> {
        // MQTT packets are small, and Nagle's algorithm would delay them.
        socket.set_nodelay(true)?;
        socket.set_write_timeout(Some(patience))?;
        Ok(Self { socket, decoder, buffer: Vec::new(), given_out: 0, patience })
    }

    /// Waits for the next packet and returns it with its bytes. `None` is the end of the stream.
    ///
    /// The packet and its bytes borrow from the buffer, so nothing is copied. The decoder checks the length of a packet as soon as the
    /// length has arrived. So the buffer holds at most the largest packet that the decoder accepts and one chunk.
    pub(crate) fn receive(&mut self) -> Result<Option<(Packet<'_>, &[u8])>, Broken> {
        self.buffer.drain(..self.given_out);
        self.given_out = 0;
        let deadline = Instant::now() + self.patience;
        self.given_out = loop {
            match self.decoder.frame_len(&self.buffer)? {
                FrameLen::Total(len) if len <= self.buffer.len() => break len,
                FrameLen::Total(_) | FrameLen::AtLeast(_) => {}
            }
            if !self.read_more(deadline)? {
                return if self.buffer.is_empty() { Ok(None) } else { Err(cut_short().into()) };
            }
        };
        let frame = &self.buffer[..self.given_out];
        Ok(Some((self.decoder.decode_frame(frame)?, frame)))
    }

    /// Waits until the peer has closed its side, and drops further packets. All further packets together
    /// have the time limit of one packet.
    pub(crate) fn wait_for_end(&mut self) -> Result<(), Broken> {
        let deadline = Instant::now() + self.patience;
        loop {
            self.buffer.clear();
            self.given_out = 0;
            if !self.read_more(deadline)? {
                return Ok(());
            }
        }
    }

    /// Appends the bytes that have arrived, at least one. `false` is the end of the stream.
    fn read_more(&mut self, deadline: Instant) -> io::Result<bool> {
        let mut chunk = [0; 4096];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(ErrorKind::TimedOut.into());
            }
            self.socket.set_read_timeout(Some(left))?;
            match self.socket.read(&mut chunk) {
                Ok(len) => {
                    self.buffer.extend_from_slice(&chunk[..len]);
                    return Ok(len > 0);
                }
                // The loop checks the deadline.
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Sets the time limit for every further packet.
    pub(crate) fn set_patience(&mut self, patience: Duration) {
        self.patience = patience;
    }

    /// Encodes a packet, sends it and returns its bytes.
    pub(crate) fn send(&self, packet: &impl Encode, version: Version) -> io::Result<Vec<u8>> {
        send(&self.socket, packet, version)
    }

    /// Closes the sending side. The peer's side can still be read to its end.
    pub(crate) fn finish(&self) -> io::Result<()> {
        self.socket.shutdown(Shutdown::Write)
    }
}

/// Encodes a packet, sends it and returns its bytes.
pub(crate) fn send(mut socket: &TcpStream, packet: &impl Encode, version: Version) -> io::Result<Vec<u8>> {
    let bytes = encode(packet, version).map_err(io::Error::other)?;
    socket.write_all(&bytes)?;
    Ok(bytes)
}

/// Computes the exact length, then encodes. (For small packets an array of fixed size is enough.)
pub(crate) fn encode(packet: &impl Encode, version: Version) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = vec![0; packet.encoded_len(version)?];
    packet.encode(version, &mut bytes)?;
    Ok(bytes)
}

fn cut_short() -> io::Error {
    io::Error::new(ErrorKind::UnexpectedEof, "the connection ended within a packet")
}

impl From<DecodeError> for Broken {
    fn from(error: DecodeError) -> Self {
        Self::Bytes(error)
    }
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Socket(error)
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(error) => error.fmt(f),
            Self::Socket(error) if error.kind() == ErrorKind::TimedOut => f.write_str("nothing came in time"),
            Self::Socket(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Broken {}
