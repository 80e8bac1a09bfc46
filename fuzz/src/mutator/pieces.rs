//! A packet as a list of its fields. Putting the packet together again computes the lengths.

use mqtt_wire::inspect::{Field, Format};
use mqtt_wire::{Decoder, Version};
use std::ops::Range;

/// One field of a packet, with its own length prefix.
#[derive(Debug, Clone)]
pub struct Piece {
    /// `None` for the bytes after the byte at which the decoder refused the packet.
    pub field: Option<Field>,
    pub bytes: Vec<u8>,
}

#[derive(Debug, Clone)]
pub struct Pieces {
    pub byte_1: u8,
    /// All fields after the fixed header.
    pub body: Vec<Piece>,
    /// The difference between the written Remaining Length and the correct length, in bytes.
    pub length_error: i32,
    /// The number of bytes of the Remaining Length that are not needed.
    pub length_padding: usize,
    /// Whether Property Lengths stay as they are.
    pub keep_property_lengths: bool,
}

impl Pieces {
    /// Splits the packet into the fields that this version can read. The bytes after them are one
    /// piece.
    pub fn of(version: Version, frame: &[u8]) -> Self {
        let mut pieces = Self::raw(frame);
        let mut body: Vec<Piece> = Vec::new();
        let header = frame.len() - pieces.body.iter().map(|piece| piece.bytes.len()).sum::<usize>();
        let mut end = header;
        // If the packet is refused, `dissect` has still passed on the fields before the fault.
        let _ = Decoder::new(version).accept_bridge(true).dissect(frame, |span| {
            let is_whole = !matches!(span.field.format(), Format::Bits | Format::Group);
            if is_whole && span.offset == end && end >= header {
                end += span.bytes.len();
                body.push(Piece { field: Some(span.field), bytes: span.bytes.to_vec() });
            }
        });
        if let Some(rest) = frame.get(end..).filter(|rest| !rest.is_empty()) {
            body.push(Piece { field: None, bytes: rest.to_vec() });
        }
        pieces.body = body;
        pieces
    }

    /// Splits the packet into the fixed header and one piece.
    pub fn raw(frame: &[u8]) -> Self {
        let (byte_1, rest) = frame.split_first().unwrap_or((&0, &[]));
        let length = rest.iter().take(4).position(|byte| byte & 0x80 == 0).map_or(0, |last| last + 1);
        Self {
            byte_1: *byte_1,
            body: vec![Piece { field: None, bytes: rest[length..].to_vec() }],
            length_error: 0,
            length_padding: 0,
            keep_property_lengths: false,
        }
    }

    /// Puts the packet together again.
    pub fn bytes(&self) -> Vec<u8> {
        let mut body = Vec::new();
        for (at, piece) in self.body.iter().enumerate() {
            match piece.field {
                Some(Field::PropertyLength | Field::WillPropertyLength) if !self.keep_property_lengths => {
                    body.extend(varint(self.properties_of(at).map(|at| self.body[at].bytes.len()).sum()));
                }
                _ => body.extend_from_slice(&piece.bytes),
            }
        }
        let length = body.len().saturating_add_signed(self.length_error as isize);
        let mut bytes = vec![self.byte_1];
        bytes.extend(padded(varint(length), self.length_padding));
        bytes.extend_from_slice(&body);
        bytes
    }

    /// Returns the range of the properties that the Property Length at `at` counts.
    pub fn properties_of(&self, at: usize) -> Range<usize> {
        let is_property =
            |piece: &&Piece| matches!(piece.field, Some(Field::PropertyIdentifier | Field::Property(_)));
        let count = self.body[at + 1..].iter().take_while(is_property).count();
        at + 1..at + 1 + count
    }

    /// Returns the groups of fields that belong together: a property and its identifier, a filter and its
    /// options. Any other field is a group of its own.
    pub fn groups(&self) -> Vec<Range<usize>> {
        let mut groups = Vec::new();
        let mut at = 0;
        while let Some(piece) = self.body.get(at) {
            let next = self.body.get(at + 1).and_then(|piece| piece.field);
            let len = match (piece.field, next) {
                (Some(Field::PropertyIdentifier), Some(Field::Property(_)))
                | (Some(Field::TopicFilter), Some(Field::SubscriptionOptions)) => 2,
                _ => 1,
            };
            groups.push(at..at + len);
            at += len;
        }
        groups
    }

    /// Repeats this group until the packet takes about `len` bytes.
    pub fn repeated(&self, group: &Range<usize>, len: usize) -> Self {
        let mut pieces = self.clone();
        let group = &mut pieces.body[group.clone()];
        let once = group.iter().map(|piece| &piece.bytes[..]).collect::<Vec<_>>().concat();
        // All repetitions share one piece, because thousands of pieces would take long.
        if let Some(first) = group.first_mut() {
            first.bytes = [once.repeat(len / once.len().max(1)).as_slice(), &first.bytes].concat();
        }
        pieces
    }
}

pub fn varint(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        bytes.push(if number > 0 { low | 0x80 } else { low });
        if number == 0 {
            return bytes;
        }
    }
}

/// Writes the same number in more bytes.
pub fn padded(mut varint: Vec<u8>, padding: usize) -> Vec<u8> {
    if let (Some(last), true) = (varint.last_mut(), padding > 0) {
        *last |= 0x80;
        varint.extend(vec![0x80; padding - 1]);
        varint.push(0);
    }
    varint
}
