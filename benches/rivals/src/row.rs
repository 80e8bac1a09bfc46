//! The bytes that all codecs get.

use crate::codec::OTHER_ID;
use mqtt_wire::{Delivery, Packet, PubAck, Publish, Version, decode, packet_id};

/// The size of a batch that stays in the first-level cache, in bytes.
const BATCH: usize = 16 << 10;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    Decode,
    Read,
    Encode,
    Relay,
}

/// A batch of packets, one after the other, as on a connection.
pub struct Row {
    pub name: String,
    pub version: Version,
    pub bytes: &'static [u8],
    /// The offsets of the packets, and the end of the last packet.
    pub starts: &'static [usize],
    pub packets: usize,
    /// The packets as users of this crate build them.
    pub made: &'static [Packet<'static>],
    /// The actions that are measured with this row.
    pub actions: Vec<Action>,
}

impl Row {
    fn new(name: &str, version: Version, batch: Vec<Packet<'static>>, actions: Vec<Action>) -> Self {
        let mut bytes = Vec::new();
        let mut starts = vec![0];
        for packet in &batch {
            let frame = rows::bytes(packet, version);
            // This crate must decode the same values from which the packets were built.
            assert_eq!(decode(version, &frame), Ok(Some((*packet, &[][..]))));
            bytes.extend(frame);
            starts.push(bytes.len());
        }
        Self {
            name: format!("{version} {name}"),
            version,
            bytes: bytes.leak(),
            starts: starts.leak(),
            packets: batch.len(),
            made: batch.leak(),
            actions,
        }
    }

    /// Returns the packets with other Packet Identifiers.
    ///
    /// # Errors
    ///
    /// If a packet of the row is not a PUBLISH.
    pub fn readdressed(&self) -> Result<Vec<Packet<'static>>, String> {
        let id = OTHER_ID;
        let readdressed = |packet: &Packet<'static>| match packet {
            Packet::Publish(publish) => {
                Ok(Publish { delivery: Delivery::AtLeastOnce { id, dup: false }, ..*publish }.into())
            }
            _ => Err("not a PUBLISH".into()),
        };
        self.made.iter().map(readdressed).collect()
    }

    /// Returns the bytes of each packet.
    pub fn frames(&self) -> impl Iterator<Item = &'static [u8]> {
        let bytes = self.bytes;
        self.starts.windows(2).map(move |pair| &bytes[pair[0]..pair[1]])
    }
}

/// Returns all rows. The rows live as long as the program.
pub fn rows() -> &'static [Row] {
    let single = rows::rows().into_iter().chain(more_rows()).map(|row| {
        let len = row.bytes().len();
        let batch = vec![row.packet; (BATCH / len).clamp(16, 256)];
        Row::new(row.name, row.version, batch, actions(row.name, row.items))
    });
    let streams = [Version::V3_1_1, Version::V5_0].map(|version| {
        let actions = vec![Action::Decode, Action::Read, Action::Encode];
        Row::new("stream of 1000, per packet", version, rows::stream(version), actions)
    });
    let wanted = std::env::var("ROWS").unwrap_or_default();
    let mut rows: Vec<_> = single.chain(streams).filter(|row| row.name.contains(&wanted)).collect();
    rows.sort_by_key(|row| row.version);
    rows.leak()
}

/// Rows that only this comparison measures.
fn more_rows() -> Vec<rows::Row> {
    let v5 = |name, packet: Packet<'static>, items| rows::Row { name, version: Version::V5_0, packet, items };
    vec![
        v5("PUBLISH, three user properties", rows::publish_with_user_properties(3).into(), 3),
        v5("PUBACK", PubAck::new(packet_id!(4711)).into(), 1),
        v5("SUBSCRIBE 8, a quarter $share", rows::subscribe_with_shared(8).into(), 8),
        v5("SUBACK 8", rows::suback(8).into(), 8),
    ]
}

fn actions(name: &str, items: usize) -> Vec<Action> {
    match name {
        // If the payload were copied, the copy would take nearly all of the time.
        "PUBLISH QoS 1, 1 MiB" => vec![Action::Decode],
        "PUBLISH QoS 1, 64 KiB" => vec![Action::Encode, Action::Relay],
        "PUBLISH QoS 1, 64 B" | "PUBLISH without properties" => {
            vec![Action::Decode, Action::Encode, Action::Relay]
        }
        "PUBLISH, six properties" => vec![Action::Decode, Action::Read, Action::Encode, Action::Relay],
        _ if items > 1 => vec![Action::Decode, Action::Read, Action::Encode],
        _ => vec![Action::Decode, Action::Encode],
    }
}
