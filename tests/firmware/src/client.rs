//! A client in one buffer of a fixed size: connects with a will, publishes, reads.

use core::cell::Cell;
use embedded_io::{Read, Write};
use mqtt_wire::reason::ConnectReason;
use mqtt_wire::stream::{EncodeParts, FrameLen};
use mqtt_wire::{Connect, DecodeError, Decoder, Encode, EncodeError, Packet, Publish, Role, Version};

/// A connection that has been accepted. The buffer holds one packet at a time, and what has arrived of the
/// next.
pub struct Connection<S, const N: usize> {
    socket: S,
    decoder: Decoder,
    version: Version,
    buffer: [u8; N],
    /// How much of the buffer has been read from the socket.
    filled: usize,
    /// How much of that is the packet that was given out last.
    used: usize,
}

#[derive(Debug)]
pub enum Error<E> {
    Socket(E),
    /// The server has closed the connection.
    Closed,
    Decode(DecodeError),
    Encode(EncodeError),
    /// The server does not want us.
    Refused(ConnectReason),
    /// The server has answered CONNECT with another packet.
    NotConnAck,
}

/// Room for all of a PUBLISH but its payload.
const HEAD: usize = 64;

impl<S: Read + Write, const N: usize> Connection<S, N> {
    /// Sends CONNECT and waits for its answer.
    pub fn open(socket: S, connect: &Connect<'_>) -> Result<Self, Error<S::Error>> {
        let version = connect.version;
        // No packet that the buffer cannot hold: refused by its first bytes.
        let limit = u32::try_from(N).unwrap_or(u32::MAX);
        let decoder = Decoder::new(version).sender(Role::Server).max_packet_size(limit);
        let mut connection = Self { socket, decoder, version, buffer: [0; N], filled: 0, used: 0 };
        connection.send(connect)?;
        match connection.next()? {
            Packet::ConnAck(connack) if connack.reason == ConnectReason::Success => Ok(connection),
            Packet::ConnAck(connack) => Err(Error::Refused(connack.reason)),
            _ => Err(Error::NotConnAck),
        }
    }

    /// Sends a message, whose payload may lie anywhere: in flash, or where a sensor has written it.
    pub fn publish(&mut self, publish: &Publish<'_>) -> Result<(), Error<S::Error>> {
        let mut head = [0; HEAD];
        let parts = publish.encode_parts(self.version, &mut head).map_err(Error::Encode)?;
        self.socket.write_all(parts.head()).map_err(Error::Socket)?;
        self.socket.write_all(parts.payload()).map_err(Error::Socket)?;
        self.socket.flush().map_err(Error::Socket)
    }

    /// Sends a packet of up to 128 bytes.
    pub fn send(&mut self, packet: &impl Encode) -> Result<(), Error<S::Error>> {
        let mut buffer = [0; 128];
        let bytes = packet.encode(self.version, &mut buffer).map_err(Error::Encode)?;
        self.socket.write_all(bytes).map_err(Error::Socket)?;
        self.socket.flush().map_err(Error::Socket)
    }

    /// Waits for the next packet. It borrows the buffer until it is let go.
    pub fn next(&mut self) -> Result<Packet<'_>, Error<S::Error>> {
        self.drop_used();
        self.used = loop {
            let arrived = self.buffer.get(..self.filled).unwrap_or_default();
            match self.decoder.frame_len(arrived).map_err(Error::Decode)? {
                FrameLen::Total(len) if len <= self.filled => break len,
                _ => self.fill()?,
            }
        };
        let frame = self.buffer.get(..self.used).unwrap_or_default();
        self.decoder.decode_frame(frame).map_err(Error::Decode)
    }

    /// Moves what has arrived of the next packet to the front. Neither this nor anything here can panic, and the optimiser
    /// sees it: an image has no code for it.
    fn drop_used(&mut self) {
        let bytes = Cell::from_mut(&mut self.buffer[..]).as_slice_of_cells();
        let arrived = bytes.get(self.used..self.filled).unwrap_or_default();
        for (to, from) in bytes.iter().zip(arrived) {
            to.set(from.get());
        }
        self.filled = arrived.len();
        self.used = 0;
    }

    fn fill(&mut self) -> Result<(), Error<S::Error>> {
        let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
        match self.socket.read(room).map_err(Error::Socket)? {
            0 => Err(Error::Closed),
            read => {
                self.filled += read;
                Ok(())
            }
        }
    }

    /// Ends the connection without a word, so that the will is published.
    pub fn into_socket(self) -> S {
        self.socket
    }
}
