//! Finds the TCP segment in a captured frame.

use super::exported;
use super::file::NOT_DESCRIBED;
use super::tunnel::Tunnel;
use etherparse::{EtherType, LaxNetSlice, LaxSlicedPacket, TransportSlice};
use pcap_parser::Linktype;
use std::net::{IpAddr, SocketAddr};

/// The export of Wireshark: bytes above TCP.
const EXPORTED: Linktype = Linktype(252);
/// The greatest number of nested tunnels that are read.
const DEEPEST: usize = 8;

/// The parts of a TCP segment that are needed to restore the stream.
pub(crate) struct Segment<'a> {
    pub(crate) from: SocketAddr,
    pub(crate) to: SocketAddr,
    /// Without a sequence number, the bytes follow the bytes of the previous segment.
    pub(crate) seq: Option<u32>,
    pub(crate) ack: Option<u32>,
    pub(crate) syn: bool,
    pub(crate) fin: bool,
    pub(crate) rst: bool,
    pub(crate) bytes: &'a [u8],
    /// The number of bytes that the capture cut off.
    pub(crate) cut: usize,
}

/// Why a frame has no usable segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoSegment {
    /// The IP packet carries another protocol.
    NotTcp,
    /// A fragment of an IP packet.
    Fragment,
    /// The frame is cut too short, or is damaged.
    Unreadable,
    /// This protocol carries another frame in the frame, and the program cannot read the protocol. The inner frame may be one of TCP.
    Tunnel(&'static str),
    /// The frame has an IP packet of TCP, but at another place than the link type says.
    OtherLink,
    /// The program does not know this link type.
    UnknownLink(i32),
}

pub(crate) fn segment(link: Linktype, frame: &[u8]) -> Result<Segment<'_>, NoSegment> {
    /// The lengths of the headers of the link types that are read.
    const HEADERS: [usize; 5] = [0, 4, 14, 16, 20];
    /// The greatest length of unknown headers.
    const UNKNOWN: usize = 64;
    if link == EXPORTED {
        return exported::segment(frame);
    }
    let packet = packet(link, frame)?;
    let is_ip = packet.net.is_some();
    match of_packet(packet, DEEPEST) {
        Err(NoSegment::NotTcp) if has_tcp_after(frame, HEADERS) => Err(NoSegment::OtherLink),
        // An IP packet of ICMP can quote an IP packet of TCP. So an IP packet is not searched.
        Err(NoSegment::NotTcp) if !is_ip && has_tcp_after(frame, 0..=UNKNOWN) => {
            Err(NoSegment::Tunnel("an unknown protocol"))
        }
        segment => segment,
    }
}

/// Whether an IP packet of TCP begins after one of these numbers of bytes, and ends with the frame or its padding. If so, the link type of
/// the file is probably wrong, or the frame has unknown headers.
fn has_tcp_after(frame: &[u8], headers: impl IntoIterator<Item = usize>) -> bool {
    const IPV6_HEADER: usize = 40;
    const PADDING: usize = 46;
    let mut packets = headers.into_iter().filter_map(|len| frame.get(len..));
    packets.any(|rest| match LaxSlicedPacket::from_ip(rest) {
        Ok(packet) => {
            let len = match &packet.net {
                Some(LaxNetSlice::Ipv4(ip)) => usize::from(ip.header().total_len()),
                Some(LaxNetSlice::Ipv6(ip)) => usize::from(ip.header().payload_length()) + IPV6_HEADER,
                _ => return false,
            };
            let is_whole = rest.len().checked_sub(len).is_some_and(|padding| padding <= PADDING);
            is_whole && matches!(packet.transport, Some(TransportSlice::Tcp(_)))
        }
        Err(_) => false,
    })
}

/// Finds the segment in a packet with at most this many tunnels.
fn of_packet(packet: LaxSlicedPacket<'_>, tunnels: usize) -> Result<Segment<'_>, NoSegment> {
    if let Some(tunnel) = Tunnel::of(&packet) {
        let rest = tunnels.checked_sub(1).ok_or(NoSegment::Tunnel(tunnel.name))?;
        return of_packet(tunnel.inner()?, rest);
    }
    let (from, to, missing) = match &packet.net {
        Some(LaxNetSlice::Ipv4(ip)) => {
            let header = ip.header();
            let (from, to) = (header.source_addr().into(), header.destination_addr().into());
            let len = usize::from(header.total_len()).saturating_sub(header.slice().len());
            (from, to, missing(ip.payload(), len)?)
        }
        Some(LaxNetSlice::Ipv6(ip)) => {
            let (from, to) = (ip.header().source_addr().into(), ip.header().destination_addr().into());
            let extensions = ip.extensions().slice().len();
            let len = usize::from(ip.header().payload_length()).saturating_sub(extensions);
            (from, to, missing(ip.payload(), len)?)
        }
        _ if packet.stop_err.is_some() => return Err(NoSegment::Unreadable),
        _ => return Err(NoSegment::NotTcp),
    };
    let Some(TransportSlice::Tcp(tcp)) = packet.transport else { return Err(NoSegment::Unreadable) };
    let address = |ip: IpAddr, port| SocketAddr::new(ip.to_canonical(), port);
    Ok(Segment {
        from: address(from, tcp.source_port()),
        to: address(to, tcp.destination_port()),
        seq: Some(tcp.sequence_number()),
        ack: tcp.ack().then(|| tcp.acknowledgment_number()),
        syn: tcp.syn(),
        fin: tcp.fin(),
        rst: tcp.rst(),
        bytes: tcp.payload(),
        cut: missing,
    })
}

/// Returns how many bytes of an IP packet of `len` bytes were not captured.
fn missing(payload: &etherparse::LaxIpPayloadSlice<'_>, len: usize) -> Result<usize, NoSegment> {
    match payload {
        payload if payload.ip_number != etherparse::ip_number::TCP => Err(NoSegment::NotTcp),
        payload if payload.fragmented => Err(NoSegment::Fragment),
        payload if payload.incomplete => Ok(len.saturating_sub(payload.payload.len())),
        _ => Ok(0),
    }
}

/// Removes the link-layer header before the IP packet.
fn packet(link: Linktype, frame: &[u8]) -> Result<LaxSlicedPacket<'_>, NoSegment> {
    const RAW_BSD: Linktype = Linktype(12);
    const RAW_OPENBSD: Linktype = Linktype(14);
    const SLL2: Linktype = Linktype(276);
    // The protocol number is at `protocol`, and the IP packet begins after `len` bytes.
    let cooked = |protocol: usize, len: usize| match (frame.get(protocol..protocol + 2), frame.get(len..)) {
        (Some(protocol), Some(rest)) => {
            let ether_type = EtherType(u16::from_be_bytes([protocol[0], protocol[1]]));
            Ok(unwrapped(LaxSlicedPacket::from_ether_type(ether_type, rest)))
        }
        _ => Err(NoSegment::Unreadable),
    };
    let raw = |frame| LaxSlicedPacket::from_ip(frame).map_err(|_| NoSegment::Unreadable);
    match link {
        Linktype::ETHERNET => {
            LaxSlicedPacket::from_ethernet(frame).map(unwrapped).map_err(|_| NoSegment::Unreadable)
        }
        Linktype::LINUX_SLL => cooked(14, 16),
        SLL2 => cooked(0, 20),
        // The header is an address family of four bytes, in either byte order. The program does not need the address family, because the IP
        // packet states its own version.
        Linktype::NULL | Linktype::LOOP => raw(frame.get(4..).ok_or(NoSegment::Unreadable)?),
        Linktype::RAW | Linktype::IPV4 | Linktype::IPV6 | RAW_BSD | RAW_OPENBSD => raw(frame),
        Linktype(NOT_DESCRIBED) => Err(NoSegment::Unreadable),
        Linktype(other) => Err(NoSegment::UnknownLink(other)),
    }
}

/// Removes the headers of IEEE 802 that the parser leaves: all VLAN tags after the third, and the header of LLC with SNAP.
fn unwrapped(packet: LaxSlicedPacket<'_>) -> LaxSlicedPacket<'_> {
    /// In IEEE 802.3 a smaller number is not a type but the length of the frame.
    const FIRST_TYPE: u16 = 1536;
    const SNAP: &[u8] = &[0xaa, 0xaa, 3, 0, 0, 0];
    let Some(ether) = packet.ether_payload() else { return packet };
    let ether_type = ether.ether_type;
    match ether.payload.strip_prefix(SNAP).and_then(<[u8]>::split_first_chunk) {
        _ if matches!(ether_type, EtherType(0x8100 | 0x88a8 | 0x9100)) && !ether.payload.is_empty() => {
            unwrapped(LaxSlicedPacket::from_ether_type(ether_type, ether.payload))
        }
        Some((inner, rest)) if ether_type.0 < FIRST_TYPE => {
            unwrapped(LaxSlicedPacket::from_ether_type(EtherType(u16::from_be_bytes(*inner)), rest))
        }
        _ => packet,
    }
}
