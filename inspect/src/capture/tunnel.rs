//! Removes the headers of a tunnel: a frame or an IP packet inside another one.

use super::link::NoSegment;
use etherparse::{EtherType, IpNumber, LaxLinkExtSlice, LaxNetSlice, LaxSlicedPacket, TransportSlice};

/// A frame with another one inside.
pub(super) struct Tunnel<'a> {
    pub(super) name: &'static str,
    /// Removes the headers. `None` if the headers are not understood.
    unwrap: fn(&'a [u8]) -> Option<Inner<'a>>,
    payload: &'a [u8],
}

/// The content of a tunnel.
enum Inner<'a> {
    Ip(&'a [u8]),
    Ethernet(&'a [u8]),
    /// The tunnel carries a message of its own protocol, and no frame.
    Nothing,
}

impl<'a> Tunnel<'a> {
    pub(super) fn of(packet: &LaxSlicedPacket<'a>) -> Option<Self> {
        let payload = match &packet.net {
            Some(LaxNetSlice::Ipv4(ip)) => ip.payload(),
            Some(LaxNetSlice::Ipv6(ip)) => ip.payload(),
            _ => {
                return match packet.ether_payload() {
                    Some(ether) => Self::in_frame(ether.ether_type, ether.payload),
                    None => Self::encrypted(packet),
                };
            }
        };
        if payload.fragmented {
            return None;
        }
        match (payload.ip_number, &packet.transport) {
            (_, Some(TransportSlice::Udp(udp))) => Self::over_udp(udp.destination_port(), udp.payload()),
            (number, _) => Self::over_ip(number, payload.payload),
        }
    }

    fn encrypted(packet: &LaxSlicedPacket<'a>) -> Option<Self> {
        let is_macsec = packet.link_exts.iter().any(|header| matches!(header, LaxLinkExtSlice::Macsec(_)));
        is_macsec.then_some(Self { name: "MACsec", unwrap: |_| None, payload: &[] })
    }

    fn in_frame(ether_type: EtherType, payload: &'a [u8]) -> Option<Self> {
        let (name, unwrap): (_, fn(&'a [u8]) -> _) = match ether_type {
            EtherType(0x8847 | 0x8848) => ("MPLS", mpls),
            EtherType(0x8864) => ("PPPoE", pppoe),
            EtherType(0x88e7) => ("PBB", |_| None),
            _ => return None,
        };
        Some(Self { name, unwrap, payload })
    }

    fn over_ip(number: IpNumber, payload: &'a [u8]) -> Option<Self> {
        let (name, unwrap): (_, fn(&'a [u8]) -> _) = match number {
            IpNumber(4 | 41) => ("IP in IP", |packet| Some(Inner::Ip(packet))),
            IpNumber(47) => ("GRE", gre),
            IpNumber(50) => ("IPsec", |_| None),
            IpNumber(115) => ("L2TP", |_| None),
            IpNumber(137) => ("MPLS", mpls),
            _ => return None,
        };
        Some(Self { name, unwrap, payload })
    }

    fn over_udp(port: u16, payload: &'a [u8]) -> Option<Self> {
        let (name, unwrap): (_, fn(&'a [u8]) -> _) = match port {
            1701 => ("L2TP", |_| None),
            2152 => ("GTP", gtp),
            3544 => ("Teredo", |_| None),
            4789 | 8472 => ("VXLAN", vxlan),
            6081 => ("Geneve", geneve),
            _ => return None,
        };
        Some(Self { name, unwrap, payload })
    }

    /// Returns the packet inside.
    pub(super) fn inner(&self) -> Result<LaxSlicedPacket<'a>, NoSegment> {
        let unread = NoSegment::Tunnel(self.name);
        match (self.unwrap)(self.payload).ok_or(unread)? {
            Inner::Ip(packet) => LaxSlicedPacket::from_ip(packet).map_err(|_| unread),
            Inner::Ethernet(frame) => LaxSlicedPacket::from_ethernet(frame).map_err(|_| unread),
            Inner::Nothing => Err(NoSegment::NotTcp),
        }
    }
}

/// The payload that an Ethernet type describes.
fn typed(ether_type: u16, payload: &[u8]) -> Option<Inner<'_>> {
    const TRANSPARENT_ETHERNET: u16 = 0x6558;
    match ether_type {
        0x0800 | 0x86dd => Some(Inner::Ip(payload)),
        TRANSPARENT_ETHERNET => Some(Inner::Ethernet(payload)),
        _ => None,
    }
}

/// RFC 2784 and 2890: a checksum, a key and a sequence number are optional.
fn gre(payload: &[u8]) -> Option<Inner<'_>> {
    const OPTIONS: [u8; 3] = [0x80, 0x20, 0x10];
    let [flags, version, high, low, ..] = *payload else { return None };
    let options = OPTIONS.iter().filter(|option| flags & **option != 0).count();
    let rest = payload.get(4 + 4 * options..).filter(|_| version & 7 == 0)?;
    typed(u16::from_be_bytes([high, low]), rest)
}

/// RFC 3032: labels of four bytes, of which the last has a mark.
fn mpls(payload: &[u8]) -> Option<Inner<'_>> {
    let last = payload.chunks_exact(4).position(|label| label[2] & 1 == 1)?;
    let rest = &payload[4 * (last + 1)..];
    match rest.first()? >> 4 {
        4 | 6 => Some(Inner::Ip(rest)),
        // The control word of RFC 4385 precedes a frame.
        0 => rest.get(4..).map(Inner::Ethernet),
        _ => None,
    }
}

/// RFC 2516, and the protocol number of PPP.
fn pppoe(payload: &[u8]) -> Option<Inner<'_>> {
    match payload.get(6..8)? {
        [0, 0x21 | 0x57] => payload.get(8..).map(Inner::Ip),
        _ => Some(Inner::Nothing),
    }
}

/// RFC 7348.
fn vxlan(payload: &[u8]) -> Option<Inner<'_>> {
    let has_network = payload.first()? & 0x08 != 0;
    payload.get(8..).filter(|_| has_network).map(Inner::Ethernet)
}

/// RFC 8926: the options have a length in words of four bytes.
fn geneve(payload: &[u8]) -> Option<Inner<'_>> {
    let [options, _, high, low, ..] = *payload else { return None };
    typed(u16::from_be_bytes([high, low]), payload.get(8 + 4 * usize::from(options & 0x3f)..)?)
}

/// GTP-U without optional fields. 255 is the type of user data.
fn gtp(payload: &[u8]) -> Option<Inner<'_>> {
    match payload {
        [0x30, 255, ..] => payload.get(8..).map(Inner::Ip),
        [_, 255, ..] => None,
        _ => Some(Inner::Nothing),
    }
}
