//! A client that keeps packet types of its own over mqtt-wire, as one does that has users already.
//!
//! ```sh
//! cargo run --example own_packets
//! ```
//!
//! `packets.rs` is what such a client has: its types, and how each is read and written without validating anything
//! twice. What that costs beside a client's own codec: `benches/rivals/results/README.md`, "A port".

mod packets;

use bytes::BytesMut;
use mqtt_wire::property::UserProperty;
use mqtt_wire::{Decoder, Encoder, Qos, Role, Version};
use packets::{Packet, Publish, PublishProperties, ReadError, Subscribe, WriteError};
use std::error::Error;

/// One side of a connection: it turns bytes into packets and packets into bytes. A client has it in a
/// `tokio_util::codec::Framed`, or in its own loop.
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
        // What comes in has a limit, and what goes out has the peer's.
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
        let mut buffer = BytesMut::new(); // in earnest, a socket
        send(&Codec::of(Role::Client, version), &mut buffer)?;
        receive(&mut Codec::of(Role::Server, version), &mut buffer)?;
    }
    Ok(())
}

/// A client writes what its users have made.
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

/// A server reads it. The packets are its own: they could go to another task.
fn receive(server: &mut Codec, buffer: &mut BytesMut) -> Result<(), Box<dyn Error>> {
    while let Some(packet) = server.decode(buffer)? {
        println!("  {packet:?}");
    }
    Ok(())
}
