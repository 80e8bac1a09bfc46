//! A client that consists of the codec and a socket.

use crate::PATIENCE;
use mqtt_wire::reason::ConnectReason;
use mqtt_wire::stream::FrameLen;
use mqtt_wire::{Connect, Decoder, Encode, Packet, PacketType, Role, Version, decode_frame};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};

pub struct Client {
    socket: TcpStream,
    version: Version,
    decoder: Decoder,
    buffer: Vec<u8>,
    /// Packets that arrived before the test waited for them.
    early: Vec<Vec<u8>>,
}

impl Client {
    /// Connects and waits until the broker has accepted the connection.
    pub fn connect(port: u16, connect: &Connect<'_>) -> Self {
        let socket = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.set_write_timeout(Some(PATIENCE)).unwrap();
        let decoder = Decoder::from_server(connect.version);
        let mut client =
            Self { socket, version: connect.version, decoder, buffer: Vec::new(), early: Vec::new() };
        client.send(connect);
        let [frame] = client.receive([PacketType::ConnAck]);
        match client.read(&frame) {
            Packet::ConnAck(ack) => assert_eq!(ack.reason, ConnectReason::Success),
            other => panic!("{other:?}"),
        }
        client
    }

    pub fn send(&mut self, packet: &impl Encode) {
        let encoder = mqtt_wire::Encoder::new(self.version).sender(Role::Client);
        let mut bytes = vec![0; encoder.encoded_len(packet).unwrap()];
        encoder.encode(packet, &mut bytes).unwrap();
        self.socket.write_all(&bytes).unwrap();
    }

    /// Returns packets of these types in any order. Other packets are kept for later.
    pub fn receive<const N: usize>(&mut self, types: [PacketType; N]) -> [Vec<u8>; N] {
        types.map(|wanted| {
            loop {
                let is_wanted = |frame: &Vec<u8>| PacketType::from_first_byte(frame[0]) == Ok(wanted);
                if let Some(found) = self.early.iter().position(is_wanted) {
                    return self.early.remove(found);
                }
                match self.next_packet() {
                    Some(frame) => self.early.push(frame),
                    None => panic!("no {wanted} among {:02x?}", self.early),
                }
            }
        })
    }

    pub fn read<'a>(&self, frame: &'a [u8]) -> Packet<'a> {
        decode_frame(self.version, frame).unwrap()
    }

    /// Checks that no packet is left, and that the broker closes the connection without another
    /// packet.
    pub fn expect_end(mut self) {
        assert!(self.early.is_empty(), "nobody waited for {:02x?}", self.early);
        assert_eq!(self.next_packet(), None);
    }

    /// Returns the next packet, or `None` at the end.
    pub fn next_packet(&mut self) -> Option<Vec<u8>> {
        let mut chunk = [0; 4096];
        loop {
            match self.decoder.frame_len(&self.buffer).unwrap() {
                FrameLen::Total(len) if len <= self.buffer.len() => {
                    let rest = self.buffer.split_off(len);
                    return Some(std::mem::replace(&mut self.buffer, rest));
                }
                _ => {}
            }
            match self.socket.read(&mut chunk).unwrap() {
                0 => {
                    assert_eq!(self.buffer, b"", "the connection ended within a packet");
                    return None;
                }
                len => self.buffer.extend_from_slice(&chunk[..len]),
            }
        }
    }
}
