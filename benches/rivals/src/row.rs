//! The bytes that all codecs get.

use mqtt_wire::{Packet, Version, decode};

/// As many packets in a row as make a batch that stays in the first cache.
const BATCH: usize = 16 << 10;

/// What is done with the bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    Decode,
    Read,
    Encode,
}

/// A batch of packets, one behind the other, as a connection brings them.
pub struct Row {
    pub name: String,
    pub version: Version,
    pub bytes: &'static [u8],
    /// Where each packet begins, and where the last one ends.
    pub starts: &'static [usize],
    pub packets: usize,
    /// The packets as this crate's users make them.
    pub made: &'static [Packet<'static>],
    /// What is done with it.
    pub actions: Vec<Action>,
}

impl Row {
    fn new(name: &str, version: Version, batch: Vec<Packet<'static>>, actions: Vec<Action>) -> Self {
        let mut bytes = Vec::new();
        let mut starts = vec![0];
        for packet in &batch {
            let frame = rows::bytes(packet, version);
            // This crate is checked here, by what the packets were made of.
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

    /// The bytes of each packet.
    pub fn frames(&self) -> impl Iterator<Item = &'static [u8]> {
        let bytes = self.bytes;
        self.starts.windows(2).map(move |pair| &bytes[pair[0]..pair[1]])
    }
}

/// All rows, for as long as the program runs.
pub fn rows() -> &'static [Row] {
    let single = rows::rows().into_iter().map(|row| {
        let len = row.bytes().len();
        let batch = vec![row.packet; (BATCH / len).clamp(16, 256)];
        Row::new(row.name, row.version, batch, actions(row.name, row.items))
    });
    let streams = [Version::V3_1_1, Version::V5_0].map(|version| {
        let actions = vec![Action::Decode, Action::Read, Action::Encode];
        Row::new("stream of 1000, per packet", version, rows::stream(version), actions)
    });
    single.chain(streams).collect::<Vec<_>>().leak()
}

fn actions(name: &str, items: usize) -> Vec<Action> {
    match name {
        // Of a copied payload one would time the copying.
        "PUBLISH QoS 1, 1 MiB" => vec![Action::Decode],
        "PUBLISH QoS 1, 64 KiB" => vec![Action::Encode],
        _ if items > 1 => vec![Action::Decode, Action::Read, Action::Encode],
        _ => vec![Action::Decode, Action::Encode],
    }
}
