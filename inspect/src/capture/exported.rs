//! Link type 252: Wireshark and tshark export the bytes above TCP, such as MQTT that they have decrypted.
//!
//! A frame begins with tags. A tag has a type and a length of two bytes each, and a value. Type 0 is the last tag.

use super::link::{NoSegment, Segment};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

const END: u16 = 0;
const PROTOCOL: u16 = 12;
const SOURCE_V4: u16 = 20;
const DESTINATION_V4: u16 = 21;
const SOURCE_V6: u16 = 22;
const DESTINATION_V6: u16 = 23;
const SOURCE_PORT: u16 = 25;
const DESTINATION_PORT: u16 = 26;

/// The segment has no sequence number: its bytes follow the bytes of the previous frame.
pub(super) fn segment(frame: &[u8]) -> Result<Segment<'_>, NoSegment> {
    let mut tags = Tags::default();
    let mut rest = frame;
    let bytes = loop {
        let (tag, value, after) = tag(rest).ok_or(NoSegment::Unreadable)?;
        if tag == END {
            break after;
        }
        tags.take(tag, value);
        rest = after;
    };
    if tags.is_other {
        return Err(NoSegment::NotTcp);
    }
    let end = |address: Option<IpAddr>, port: Option<u16>| Some(SocketAddr::new(address?, port?));
    let (from, to) = (end(tags.from, tags.from_port), end(tags.to, tags.to_port));
    let (from, to) = from.zip(to).ok_or(NoSegment::Unreadable)?;
    Ok(Segment { from, to, seq: None, ack: None, syn: false, fin: false, rst: false, bytes, cut: 0 })
}

#[derive(Default)]
struct Tags {
    from: Option<IpAddr>,
    to: Option<IpAddr>,
    from_port: Option<u16>,
    to_port: Option<u16>,
    /// Whether the bytes have another protocol than MQTT.
    is_other: bool,
}

impl Tags {
    fn take(&mut self, tag: u16, value: &[u8]) {
        let v4 = || value.first_chunk().map(|bytes: &[u8; 4]| Ipv4Addr::from(*bytes).into());
        let v6 = || value.first_chunk().map(|bytes: &[u8; 16]| Ipv6Addr::from(*bytes).to_canonical());
        let port = || u32::from_be_bytes(*value.first_chunk()?).try_into().ok();
        match tag {
            // The value is padded with zeros after the name.
            PROTOCOL => self.is_other = value.split(|byte| *byte == 0).next() != Some(b"mqtt"),
            SOURCE_V4 => self.from = v4(),
            DESTINATION_V4 => self.to = v4(),
            SOURCE_V6 => self.from = v6(),
            DESTINATION_V6 => self.to = v6(),
            SOURCE_PORT => self.from_port = port(),
            DESTINATION_PORT => self.to_port = port(),
            _ => {}
        }
    }
}

/// The first tag, its value, and the bytes after it.
fn tag(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first_chunk()?;
    let (len, rest) = rest.split_first_chunk()?;
    let (value, rest) = rest.split_at_checked(u16::from_be_bytes(*len).into())?;
    Some((u16::from_be_bytes(*tag), value, rest))
}
