//! A client in one buffer of a fixed size. The client connects with a will, publishes and reads.

use core::cell::Cell;
use embedded_io::{Read, Write};
use mqtt_wire::reason::ConnectReason;
use mqtt_wire::stream::{EncodeParts, FrameLen};
use mqtt_wire::{Connect, DecodeError, Decoder, Encode, EncodeError, Packet, Publish, Role, Version};

/// An accepted connection. The buffer holds one packet, and the bytes of the next packet that have
/// arrived.
pub struct Connection<S, const N: usize> {
    socket: S,
    decoder: Decoder,
    version: Version,
    buffer: [u8; N],
    /// The number of bytes in the buffer that were read from the socket.
    filled: usize,
    /// The length of the packet that was returned last.
    used: usize,
}

#[derive(Debug)]
pub enum Error<E> {
    Socket(E),
    /// The server has closed the connection.
    Closed,
    Decode(DecodeError),
    Encode(EncodeError),
    /// The server refuses the client.
    Refused(ConnectReason),
    /// The server has answered CONNECT with another packet.
    NotConnAck,
}

/// The space for a PUBLISH without its payload, in bytes.
const HEAD: usize = 64;

impl<S: Read + Write, const N: usize> Connection<S, N> {
    /// Sends CONNECT and waits for the answer.
    pub fn open(socket: S, connect: &Connect<'_>) -> Result<Self, Error<S::Error>> {
        let version = connect.version;
        // A packet that does not fit into the buffer is refused by its first bytes.
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

    /// Sends a message. The payload may be anywhere: in flash, or in a sensor's memory.
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

    /// Waits for the next packet. The packet borrows the buffer until it is dropped.
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

    /// Moves the bytes of the next packet to the front. No code in this file can panic. The optimiser can
    /// prove this fact, so the image has no code for panics.
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
        let free = self.buffer.get_mut(self.filled..).unwrap_or_default();
        match self.socket.read(free).map_err(Error::Socket)? {
            0 => Err(Error::Closed),
            read => {
                self.filled += read;
                Ok(())
            }
        }
    }

    /// Closes the connection without a DISCONNECT, so that the will is published.
    pub fn into_socket(self) -> S {
        self.socket
    }
}
