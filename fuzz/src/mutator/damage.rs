//! The changes that the mutator makes to a packet.

use super::super::random::Random;
use super::made_up;
use super::pieces::{Piece, Pieces, padded, varint};
use mqtt_wire::Version;
use mqtt_wire::inspect::{Field, Format};
use mqtt_wire::property::PropertyId;

/// Makes one change, chosen at random.
pub fn any(pieces: &mut Pieces, version: Version, random: &mut Random) {
    match random.below(20) {
        0 => header(pieces, random),
        1 => truncate(pieces, random),
        2 => append(pieces, random),
        3 | 4 => add_property(pieces, random),
        5 => repeat(pieces, random),
        6 => remove(pieces, random),
        7 => exchange(pieces, random),
        8 => splice(pieces, &Pieces::of(version, &made_up(random).1), random),
        9 => pieces.keep_property_lengths = true,
        _ => field(pieces, random),
    }
}

/// Changes the flags, the packet type or the Remaining Length. The Remaining Length becomes wrong
/// or longer than needed.
fn header(pieces: &mut Pieces, random: &mut Random) {
    match random.below(6) {
        0 | 1 => pieces.byte_1 ^= 1 << random.below(4),
        2 => pieces.byte_1 ^= 1 << random.below(8),
        3 => pieces.length_error = random.pick(&[-2, -1, 1, 2, 127, 128]),
        4 => pieces.length_padding = 1 + random.below(4),
        _ => pieces.byte_1 = pieces.byte_1 & 0x0f | random.byte() & 0xf0,
    }
}

/// Cuts the packet after a field or inside of a field. If the packet type has a legal short form, the result can be legal. Otherwise the
/// result is malformed.
fn truncate(pieces: &mut Pieces, random: &mut Random) {
    pieces.body.truncate(random.below(pieces.body.len() + 1));
    if let (Some(last), true) = (pieces.body.last_mut(), random.one_in(2)) {
        last.bytes.truncate(random.below(last.bytes.len()));
    }
}

/// Appends bytes after the last field.
fn append(pieces: &mut Pieces, random: &mut Random) {
    let len = 1 + random.below(3);
    let bytes = if random.one_in(2) { vec![0; len] } else { random.bytes(len) };
    pieces.body.push(Piece { field: None, bytes });
}

/// Adds a property to any block. The value is legal or nearly legal. The property may be forbidden in
/// this block.
fn add_property(pieces: &mut Pieces, random: &mut Random) {
    let is_length =
        |piece: &Piece| matches!(piece.field, Some(Field::PropertyLength | Field::WillPropertyLength));
    let blocks: Vec<usize> = (0..pieces.body.len()).filter(|at| is_length(&pieces.body[*at])).collect();
    if blocks.is_empty() {
        // A short form has no property block, so it gets an empty one.
        pieces.body.push(Piece { field: Some(Field::PropertyLength), bytes: vec![0] });
        return;
    }
    let properties = pieces.properties_of(random.pick(&blocks));
    let id = random.below(0x2c) as u8;
    let known = PropertyId::new(id).ok();
    let value = known.map_or_else(Vec::new, |id| value(id.format(), random));
    let identifier = Piece { field: Some(Field::PropertyIdentifier), bytes: vec![id] };
    let value = Piece { field: known.map(Field::Property).or(Some(Field::PropertyIdentifier)), bytes: value };
    let at = if random.one_in(2) { properties.start } else { properties.end };
    pieces.body.splice(at..at, [identifier, value]);
}

fn value(format: Format, random: &mut Random) -> Vec<u8> {
    match format {
        Format::Byte => vec![random.below(3) as u8],
        Format::TwoByteInteger => vec![0, random.below(3) as u8],
        Format::FourByteInteger => vec![0, 0, 0, random.below(3) as u8],
        Format::VariableByteInteger => number(random),
        Format::Utf8StringPair => [prefixed(random.pick(&TEXTS)), prefixed(random.pick(&TEXTS))].concat(),
        _ => prefixed(random.pick(&TEXTS)),
    }
}

/// Repeats a group of fields at the same place or elsewhere: a property, a filter, a code or any
/// other field.
fn repeat(pieces: &mut Pieces, random: &mut Random) {
    let groups = pieces.groups();
    if groups.is_empty() {
        return;
    }
    let group = random.pick(&groups);
    let at = if random.one_in(2) { group.end } else { random.pick(&groups).end };
    let copy = pieces.body[group].to_vec();
    pieces.body.splice(at..at, copy);
}

fn remove(pieces: &mut Pieces, random: &mut Random) {
    let groups = pieces.groups();
    if !groups.is_empty() {
        pieces.body.drain(random.pick(&groups));
    }
}

fn exchange(pieces: &mut Pieces, random: &mut Random) {
    let len = pieces.body.len();
    if len > 1 {
        pieces.body.swap(random.below(len), random.below(len));
    }
}

/// Appends the end of another packet, or replaces a field by a field of the other packet.
pub fn splice(pieces: &mut Pieces, other: &Pieces, random: &mut Random) {
    if other.body.is_empty() || pieces.body.is_empty() {
        return;
    }
    let at = random.below(pieces.body.len());
    let theirs = random.below(other.body.len());
    if random.one_in(2) {
        pieces.body.truncate(at);
        pieces.body.extend_from_slice(&other.body[theirs..]);
    } else {
        let fields = other.groups();
        let group = random.pick(&fields);
        pieces.body.splice(at..at + random.below(2), other.body[group].to_vec());
    }
}

fn field(pieces: &mut Pieces, random: &mut Random) {
    if pieces.body.is_empty() {
        return;
    }
    let at = random.below(pieces.body.len());
    let Piece { field, bytes } = &mut pieces.body[at];
    let format = field.map_or(Format::Payload, Field::format);
    if random.one_in(8) {
        return flip(bytes, random);
    }
    match format {
        Format::Byte | Format::Bits => match random.below(3) {
            0 => *bytes = vec![random.pick(&[0, 1, 2, 3, 4, 0x10, 0x18, 0x7f, 0x80, 0x81, 0x8c, 0xff])],
            _ => flip(bytes, random),
        },
        Format::TwoByteInteger | Format::FourByteInteger => integer(bytes, random),
        Format::VariableByteInteger if *field == Some(Field::PropertyIdentifier) => match random.below(3) {
            0 => *bytes = padded(bytes.clone(), 1 + random.below(3)),
            _ => *bytes = vec![random.below(0x30) as u8],
        },
        Format::VariableByteInteger => {
            // A changed Property Length must not be repaired.
            pieces.keep_property_lengths =
                matches!(field, Some(Field::PropertyLength | Field::WillPropertyLength));
            *bytes = match random.below(3) {
                0 => number(random),
                1 => padded(bytes.clone(), 1 + random.below(3)),
                _ => changed_by_one(bytes, random),
            };
        }
        Format::Utf8String | Format::BinaryData | Format::Secret => string(bytes, random),
        Format::Utf8StringPair => {
            let name_len = bytes.first_chunk().map_or(0, |len| 2 + usize::from(u16::from_be_bytes(*len)));
            let mut value = bytes.split_off(name_len.min(bytes.len()));
            if random.one_in(2) {
                string(bytes, random)
            } else {
                string(&mut value, random)
            }
            bytes.extend(value);
        }
        _ => payload(bytes, random),
    }
}

/// Puts letters or a string at the beginning of a payload, so that the payload looks like another
/// field.
fn payload(bytes: &mut Vec<u8>, random: &mut Random) {
    match random.below(4) {
        0 => bytes.splice(..0, [b' ' + random.below(0x5f) as u8]).for_each(drop),
        1 => bytes.splice(..0, prefixed(random.pick(&TEXTS))).for_each(drop),
        _ => flip(bytes, random),
    }
}

fn flip(bytes: &mut [u8], random: &mut Random) {
    if !bytes.is_empty() {
        bytes[random.below(bytes.len())] ^= 1 << random.below(8);
    }
}

fn integer(bytes: &mut [u8], random: &mut Random) {
    match random.below(4) {
        0 => bytes.fill(0),
        1 => bytes.fill(0xff),
        2 => bytes.iter_mut().rev().take(1).for_each(|low| *low = 1),
        _ => flip(bytes, random),
    }
}

/// Returns a Variable Byte Integer near the values at which it takes one byte more, or above the
/// maximum.
fn number(random: &mut Random) -> Vec<u8> {
    match random.below(5) {
        0 => vec![0x80; 1 + random.below(4)],
        1 => vec![0xff, 0xff, 0xff, 0xff, 0x01],
        _ => varint(random.pick(&[0, 1, 2, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_455])),
    }
}

fn changed_by_one(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let old = bytes.iter().rev().fold(0, |sum, byte| sum << 7 | usize::from(byte & 0x7f));
    varint(if random.one_in(2) { old + 1 } else { old.saturating_sub(1) })
}

/// Texts for strings: the characters that a rule of the standard names, and the characters next to
/// them.
const TEXTS: [&[u8]; 34] = [
    b"",
    b"a",
    b"+",
    b"#",
    b"/",
    b"a/+",
    b"a/#",
    b"a+",
    b"+a",
    b"#/a",
    b"a#",
    b"$share/g/a",
    b"$share/g/",
    b"$share//a",
    b"$share/g",
    b"$share/+/a",
    b"$share/g/#a",
    b"$SYS",
    b"\0",
    b"a\0",
    b"\x01",
    b"\x7f",
    b"\xc2\x80",
    b"\xc2\x9f",
    b"\xc2\xa0",
    b"\xef\xbf\xbf",
    b"\xef\xb7\x90",
    b"\xed\xa0\x80",
    b"\xed\x9f\xbf",
    b"\xc0\xaf",
    b"\xff",
    b"\xf4\x8f\xbf\xbf",
    b"\xf4\x90\x80\x80",
    b"\xef\xbb\xbf",
];

/// Changes a string or binary data with its length prefix: other text, an inserted text, or a wrong prefix.
fn string(bytes: &mut Vec<u8>, random: &mut Random) {
    let mut text = bytes.get(2..).unwrap_or_default().to_vec();
    match random.below(9) {
        0 | 1 => text = random.pick(&TEXTS).to_vec(),
        2 | 3 => {
            let at = random.below(text.len() + 1);
            text.splice(at..at, random.pick(&TEXTS).iter().copied());
        }
        // Inserts at word boundaries too, because scanners read eight or sixteen bytes at a time.
        4 => {
            let letters = |random: &mut Random| vec![b'a'; random.below(40)];
            text = [letters(random), random.pick(&TEXTS).to_vec(), letters(random)].concat();
        }
        5 => text.truncate(random.below(text.len().max(1))),
        6 => flip(&mut text, random),
        7 => text.clear(),
        _ => {
            let len = (text.len() as u16).wrapping_add(random.pick(&[1, u16::MAX, 2, 256, 0xff00]));
            *bytes = [&len.to_be_bytes(), &text[..]].concat();
            return;
        }
    }
    *bytes = prefixed(&text);
}

fn prefixed(text: &[u8]) -> Vec<u8> {
    [&(text.len() as u16).to_be_bytes(), text].concat()
}
