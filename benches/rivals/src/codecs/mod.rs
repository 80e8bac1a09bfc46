//! The codecs, each called as its own users call it: see README.md.

mod floor;
mod mqtt5_protocol;
mod mqtt_bytes_v5;
mod mqtt_proto;
mod mqtt_protocol_core;
mod mqtt_v5;
mod mqttbytes;
mod mqttrs;
mod ntex_mqtt;
mod ours;
mod port;
mod rmqtt_codec;
mod rumqttc;

use crate::codec::Entry;
use bytes::BytesMut;
use std::hint::black_box;

pub const OURS: &str = "mqtt-wire";
/// This crate with packets that borrow from a reader's buffer.
pub const LENT: &str = "mqtt-wire lent";
/// The size of the largest batch in a reader's buffer, in bytes.
pub const LARGEST_LENT: usize = 4 * ours::READ_BUFFER;
/// This crate with packets that own their bytes.
pub const OWNED: &str = "mqtt-wire owned";
/// This crate with packets that another task can decode.
pub const FRAME: &str = "mqtt-wire frame";
/// A client's own packet types on top of this crate's packets.
pub const PORT: &str = "port";
/// The codec whose packet types the port has.
pub const PORTED: &str = "rumqttc";
/// The rival whose packets borrow.
pub const BORROWS: &str = "mqttrs";
pub const FLOOR: &str = "floor";

/// All codecs: this crate first, the floor last.
pub fn codecs() -> Vec<Entry> {
    let mut codecs = vec![Entry::of::<ours::V3>(), Entry::of::<ours::V5>()];
    codecs.extend(ours::lent_and_owned_and_frames());
    codecs.extend([
        Entry::of::<mqttrs::V3>(),
        Entry::of::<mqttbytes::V3>(),
        Entry::of::<mqttbytes::V5>(),
        Entry::of::<rumqttc::V3>(),
        Entry::of::<rumqttc::V5>(),
        Entry::of::<ntex_mqtt::V3>(),
        Entry::of::<ntex_mqtt::V5>(),
        Entry::of::<rmqtt_codec::V3>(),
        Entry::of::<rmqtt_codec::V5>(),
        Entry::of::<mqtt_proto::V3>(),
        Entry::of::<mqtt_proto::V5>(),
        Entry::of::<mqtt_protocol_core::V3>(),
        Entry::of::<mqtt_protocol_core::V5>(),
        Entry::of::<mqtt5_protocol::V3>(),
        Entry::of::<mqtt5_protocol::V5>(),
        Entry::of::<mqtt_v5::V3>(),
        Entry::of::<mqtt_v5::V5>(),
        Entry::of::<mqtt_bytes_v5::V5>(),
        Entry::of::<port::V3>(),
        Entry::of::<port::V5>(),
        Entry::of::<floor::V3>(),
        Entry::of::<floor::V5>(),
    ]);
    codecs
}

/// Reads each item.
fn touch<T>(items: impl IntoIterator<Item = T>) {
    for item in items {
        black_box(&item);
    }
}

/// Returns a copy with spare capacity after the bytes, as in a buffer for reading from a socket.
fn filled(bytes: &[u8]) -> BytesMut {
    let mut buffer = BytesMut::with_capacity(bytes.len() + 4096);
    buffer.extend_from_slice(bytes);
    buffer
}
