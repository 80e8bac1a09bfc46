//! Shows how a client with its own packet types, which its users already know, can use mqtt-wire.
//!
//! ```sh
//! cargo run --example own_packets
//! ```
//!
//! `packets.rs` has the packet types, and decodes and encodes them without validating anything twice. The section
//! "A port" of `benches/rivals/results/README.md` compares the cost with that of a client's own codec.

mod packets;

use bytes::BytesMut;
use mqtt_wire::property::UserProperty;
use mqtt_wire::{Decoder, Encoder, Qos, Role, Version};
use packets::{Packet, Publish, PublishProperties, ReadError, Subscribe, WriteError};
use std::error::Error;

/// One side of a connection. The codec decodes bytes into packets and encodes packets into bytes. A client
/// would use the codec in a `tokio_util::codec::Framed` or in its own loop.
struct Codec {
    decoder: Decoder,
    encoder: Encoder,
}

impl Codec {
    fn of(role: Role, version: Version) -> Self {
        let decoder = match role {
            Role::Client => Decoder::from_server(version),
            Role::Server => Decoder::new(version).sender(Role::Client),
        };
        // Incoming packets have our limit, and outgoing packets have the limit of the peer.
        let encoder = Encoder::new(version).sender(role).max_packet_size(1024);
        Self { decoder: decoder.max_packet_size(64 * 1024), encoder }
    }

    fn decode(&mut self, received: &mut BytesMut) -> Result<Option<Packet>, ReadError> {
        Packet::read(&mut self.decoder, received)
    }

    fn encode(&self, packet: &Packet, to_send: &mut BytesMut) -> Result<(), WriteError> {
        packet.write(&self.encoder, to_send)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    for version in [Version::V3_1_1, Version::V5_0] {
        println!("{version}");
        let mut buffer = BytesMut::new(); // stands for a socket
        send(&Codec::of(Role::Client, version), &mut buffer)?;
        receive(&mut Codec::of(Role::Server, version), &mut buffer)?;
    }
    Ok(())
}

/// The client encodes packets that its users have built.
fn send(client: &Codec, buffer: &mut BytesMut) -> Result<(), Box<dyn Error>> {
    let subscribe = Subscribe { pkid: 1, ..Subscribe::new("rooms/+/temperature", Qos::AtLeastOnce)? };
    client.encode(&Packet::Subscribe(subscribe), buffer)?;

    let mut publish = Publish { pkid: 2, ..Publish::new("rooms/7/light", Qos::AtLeastOnce, "on")? };
    if client.encoder.version() == Version::V5_0 {
        let user_properties = [UserProperty::new("by", "the door")?].into_iter().collect();
        publish.properties = Some(Box::new(PublishProperties { user_properties, ..Default::default() }));
    }
    client.encode(&Packet::Publish(publish), buffer)?;

    let film = Packet::Publish(Publish::new("rooms/7/film", Qos::AtMostOnce, vec![7; 2000])?);
    match client.encode(&film, buffer) {
        Err(error) => println!("  not sent: {error}"),
        Ok(()) => return Err("sent more than the peer takes".into()),
    }
    Ok(())
}

/// The server decodes the packets. The packets own their data, so they can be sent to another task.
fn receive(server: &mut Codec, buffer: &mut BytesMut) -> Result<(), Box<dyn Error>> {
    while let Some(packet) = server.decode(buffer)? {
        println!("  {packet:?}");
    }
    Ok(())
}
