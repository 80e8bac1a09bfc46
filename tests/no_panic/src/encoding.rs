//! Encodes any packet in any version into any slice.

use mqtt_wire::*;
use no_panic::no_panic;
use std::hint::black_box;

/// Defines for each variant of `Packet` a proof of its own type, and the call that keeps the proof in the program.
macro_rules! packets {
    ($( $name:ident($Variant:ident) ),* $(,)?) => {
        $(
            #[no_panic]
            fn $name<'b>(
                packet: &$Variant<'_>,
                encoder: Encoder,
                buffer: &'b mut [u8],
            ) -> Result<&'b [u8], EncodeError> {
                encoder.encode(packet, buffer)
            }
        )*

        fn by_itself(packet: &Packet<'_>, encoder: Encoder, buffer: &mut [u8]) -> bool {
            match packet {
                $( Packet::$Variant(packet) => $name(packet, encoder, buffer).is_ok(), )*
                Packet::PingReq => ping_req(encoder, buffer).is_ok(),
                Packet::PingResp => ping_resp(encoder, buffer).is_ok(),
            }
        }
    };
}

packets! {
    connect(Connect),
    conn_ack(ConnAck),
    publish(Publish),
    pub_ack(PubAck),
    pub_rec(PubRec),
    pub_rel(PubRel),
    pub_comp(PubComp),
    subscribe(Subscribe),
    sub_ack(SubAck),
    unsubscribe(Unsubscribe),
    unsub_ack(UnsubAck),
    disconnect(Disconnect),
    auth(Auth),
}

pub fn run() {
    let mut buffer = [0; 64];
    for version in black_box(Version::ALL) {
        let encoder = black_box(Encoder::new(version).sender(Role::Client));
        // The optimiser knows neither the packet nor the length of the buffer.
        let packet = black_box(Packet::PingReq);
        black_box(by_itself(&packet, encoder, black_box(&mut buffer[..])));
        black_box(any(&packet, encoder, black_box(&mut buffer[..])).is_ok());
        black_box(exact_length(&packet, encoder).is_ok());
        black_box(through_the_trait(&packet, version, black_box(&mut buffer[..])).is_ok());
    }
}

#[no_panic]
fn ping_req(encoder: Encoder, buffer: &mut [u8]) -> Result<&[u8], EncodeError> {
    encoder.encode(&PingReq, buffer)
}

#[no_panic]
fn ping_resp(encoder: Encoder, buffer: &mut [u8]) -> Result<&[u8], EncodeError> {
    encoder.encode(&PingResp, buffer)
}

#[no_panic]
fn any<'b>(packet: &Packet<'_>, encoder: Encoder, buffer: &'b mut [u8]) -> Result<&'b [u8], EncodeError> {
    encoder.encode(packet, buffer)
}

#[no_panic]
fn exact_length(packet: &Packet<'_>, encoder: Encoder) -> Result<usize, EncodeError> {
    encoder.encoded_len(packet)
}

#[no_panic]
fn through_the_trait<'b>(
    packet: &Packet<'_>,
    version: Version,
    buffer: &'b mut [u8],
) -> Result<&'b [u8], EncodeError> {
    packet.encode(version, buffer)
}
