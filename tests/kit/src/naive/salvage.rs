//! The readable fields of a refused packet. A server needs these fields for its answer and its log. The lengths before the
//! fields give their positions, so that the content of the fields does not matter.

use super::reader::Reader;
use super::{CONNECT, Options, PUBACK, PUBCOMP, PUBLISH, SUBACK, SUBSCRIBE, UNSUBACK, UNSUBSCRIBE};
use mqtt_wire::{Tolerances, Version};

/// A field is `None` if the packet has no such field or if its position is unknown.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Salvage<'a> {
    /// `None` if the identifier is 0.
    pub packet_id: Option<u16>,
    pub topic: Option<&'a [u8]>,
    pub client_id: Option<&'a [u8]>,
    pub filters: Vec<Filter<'a>>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Filter<'a> {
    /// The bytes without their length prefix. If the length is too large, these are all remaining bytes.
    pub bytes: &'a [u8],
    pub is_whole: bool,
    /// The requested QoS (0 for an UNSUBSCRIBE), if the filter is valid.
    pub right: Option<u8>,
}

/// Returns the readable fields of the first packet of `bytes`.
pub fn salvage<'a>(bytes: &'a [u8], options: &Options) -> Salvage<'a> {
    let mut salvage = Salvage::default();
    // The search ends at the first position that is unknown.
    let _ = find(bytes, options, &mut salvage);
    salvage
}

fn find<'a>(bytes: &'a [u8], options: &Options, salvage: &mut Salvage<'a>) -> Option<()> {
    let (first, rest) = bytes.split_first()?;
    let packet = first >> 4;
    let mut version = options.version;
    if packet != CONNECT && (version.is_none() || packet == 0) {
        return None;
    }
    let (length, rest) = varint(rest)?;
    let (body, after) = rest.split_at(length.min(rest.len()));
    match packet {
        CONNECT => {
            let (name, rest) = prefixed(body)?;
            let (level, rest) = rest.split_first()?;
            let names_may_differ = options.tolerances.contains(Tolerances::PROTOCOL_NAME_OF_OTHER_LEVEL);
            version = Some(match (name, level) {
                (b"MQIsdp", 3) => Version::V3_1,
                (b"MQTT", 4) => Version::V3_1_1,
                (b"MQTT", 5) => Version::V5_0,
                (b"MQIsdp", 0x83) if options.accept_bridge => Version::V3_1,
                (b"MQTT", 0x84) if options.accept_bridge => Version::V3_1_1,
                (b"MQTT", 3) if names_may_differ => Version::V3_1,
                (b"MQIsdp", 4) if names_may_differ => Version::V3_1_1,
                _ => return None,
            });
            // The Connect Flags and the Keep Alive.
            let rest = after_properties(rest.get(3..)?, version)?;
            salvage.client_id = Some(prefixed(rest)?.0);
        }
        PUBLISH => {
            let (topic, rest) = prefixed(body)?;
            salvage.topic = Some(topic);
            // With QoS 3, a PUBLISH may or may not have a Packet Identifier.
            if matches!(first >> 1 & 3, 1 | 2) {
                salvage.packet_id = id(rest);
            }
        }
        PUBACK..=PUBCOMP | SUBACK | UNSUBACK => salvage.packet_id = id(body),
        SUBSCRIBE | UNSUBSCRIBE => {
            salvage.packet_id = id(body);
            let list = after_properties(body.get(2..)?, version)?;
            let mut reader = Reader::new(bytes, &Options { version, ..*options });
            reader.packet = packet;
            // The list is the last field of the packet.
            reader.end = bytes.len() - after.len();
            reader.at = reader.end - list.len();
            salvage.filters = filters(list, &mut reader);
        }
        _ => {}
    }
    Some(())
}

fn filters<'a>(mut list: &'a [u8], reader: &mut Reader<'a>) -> Vec<Filter<'a>> {
    let mut filters = Vec::new();
    while !list.is_empty() {
        let options_len = usize::from(reader.packet == SUBSCRIBE);
        let (bytes, rest) = prefixed(list).unwrap_or((list, &[]));
        let is_whole = prefixed(list).is_some() && rest.len() >= options_len;
        let start = reader.at;
        let is_right = reader.topic_filter().and_then(|filter| match options_len {
            0 => Ok(()),
            _ => reader.options_of(filter),
        });
        let qos = if options_len == 0 { Some(0) } else { rest.first().map(|options| options & 3) };
        filters.push(Filter { bytes, is_whole, right: is_right.ok().and(qos) });
        list = if is_whole { &rest[options_len..] } else { &[] };
        reader.at = start + 2 + bytes.len() + options_len;
    }
    filters
}

fn id(bytes: &[u8]) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.first_chunk()?)).filter(|id| *id != 0)
}

/// Returns the bytes after a length prefix of two bytes, and the rest.
fn prefixed(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let len = u16::from_be_bytes(*bytes.first_chunk()?);
    bytes[2..].split_at_checked(len.into())
}

/// Returns a Variable Byte Integer and the rest.
fn varint(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let last = bytes.iter().take(4).position(|byte| *byte < 0x80)?;
    let number = bytes[..=last].iter().rev().fold(0, |sum, byte| sum << 7 | usize::from(byte & 0x7f));
    Some((number, &bytes[last + 1..]))
}

/// Only 5.0 has properties.
fn after_properties(bytes: &[u8], version: Option<Version>) -> Option<&[u8]> {
    if version != Some(Version::V5_0) {
        return Some(bytes);
    }
    let (len, rest) = varint(bytes)?;
    rest.get(len..)
}
