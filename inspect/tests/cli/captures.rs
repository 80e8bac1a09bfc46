//! Tests of pcap and pcapng captures, which the tests build themselves.

use super::{PROGRAM, inspect, shown};
use etherparse::{LinuxSllHeader, LinuxSllPacketType, PacketBuilder, PacketBuilderStep, TcpHeader};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

const CONNECT: &[u8] = b"\x10\x10\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x03abc";
const CONNACK: &[u8] = b"\x20\x03\x00\x00\x00";
const PUBLISH: &[u8] = b"\x30\x0e\x00\x05a/b/c\x00123456";
const PINGREQ: &[u8] = b"\xc0\x00";

const CLIENT: u32 = 1000;
const SERVER: u32 = u32::MAX - 2;

/// A TCP segment from the client or to the client.
#[derive(Clone)]
pub(super) struct Segment<'a> {
    pub(super) ports: (u16, u16),
    pub(super) from_client: bool,
    pub(super) flags: &'a str,
    pub(super) seq: u32,
    pub(super) ack: u32,
    pub(super) bytes: &'a [u8],
}

/// `at` counts from the first byte of data.
pub(super) fn up(at: u32, bytes: &[u8]) -> Segment<'_> {
    Segment {
        ports: (50_000, 1883),
        from_client: true,
        flags: "A",
        seq: CLIENT.wrapping_add(1 + at),
        ack: SERVER.wrapping_add(1),
        bytes,
    }
}

pub(super) fn down(at: u32, bytes: &[u8]) -> Segment<'_> {
    Segment {
        from_client: false,
        seq: SERVER.wrapping_add(1 + at),
        ack: CLIENT.wrapping_add(1),
        ..up(0, bytes)
    }
}

pub(super) fn flagged<'a>(flags: &'a str, segment: Segment<'a>) -> Segment<'a> {
    Segment { flags, ..segment }
}

/// A SYN and a SYN ACK.
pub(super) fn handshake() -> [Segment<'static>; 2] {
    let syn = up(0, b"");
    let syn_ack = down(0, b"");
    [
        Segment { flags: "S", seq: syn.seq.wrapping_sub(1), ..syn },
        Segment { flags: "SA", seq: syn_ack.seq.wrapping_sub(1), ..syn_ack },
    ]
}

/// The link layer around the IP packet.
#[derive(Debug, Clone, Copy)]
enum Link {
    Ethernet,
    Ethernet6,
    Vlan,
    /// Four VLAN tags.
    Vlans,
    /// IEEE 802.3 with LLC and SNAP.
    Snap,
    Sll,
    Sll2,
    Null,
    Raw,
    Raw6,
    /// An export of Wireshark, without IP and TCP.
    Exported,
    Exported6,
}

impl Link {
    const ALL: [Self; 12] = [
        Self::Ethernet,
        Self::Ethernet6,
        Self::Vlan,
        Self::Vlans,
        Self::Snap,
        Self::Sll,
        Self::Sll2,
        Self::Null,
        Self::Raw,
        Self::Raw6,
        Self::Exported,
        Self::Exported6,
    ];

    fn number(self) -> u16 {
        match self {
            Self::Ethernet | Self::Ethernet6 | Self::Vlan | Self::Vlans | Self::Snap => 1,
            Self::Sll => 113,
            Self::Sll2 => 276,
            Self::Null => 0,
            Self::Raw | Self::Raw6 => 101,
            Self::Exported | Self::Exported6 => 252,
        }
    }

    fn frame(self, segment: &Segment<'_>) -> Vec<u8> {
        let (mut from, mut to) = ([10, 0, 0, 1], [10, 0, 0, 2]);
        let mut ports = segment.ports;
        if !segment.from_client {
            (from, to) = (to, from);
            ports = (ports.1, ports.0);
        }
        let v6 = |[_, _, _, last]: [u8; 4]| {
            let mut address = [0; 16];
            (address[0], address[15]) = (0xfe, last);
            address
        };
        let ethernet = || PacketBuilder::ethernet2([2; 6], [4; 6]);
        let tcp = TcpHeader {
            acknowledgment_number: segment.ack,
            syn: segment.flags.contains('S'),
            ack: segment.flags.contains('A'),
            fin: segment.flags.contains('F'),
            rst: segment.flags.contains('R'),
            ..TcpHeader::new(ports.0, ports.1, segment.seq, 1024)
        };
        let write = |builder: PacketBuilderStep<etherparse::IpHeaders>| {
            let mut frame = Vec::new();
            builder.tcp_header(tcp.clone()).write(&mut frame, segment.bytes).unwrap();
            frame
        };
        let ip4 = || PacketBuilder::ipv4(from, to, 64);
        let ip6 = || PacketBuilder::ipv6(v6(from), v6(to), 64);
        match self {
            // Ethernet pads short frames.
            Self::Ethernet => [write(ethernet().ipv4(from, to, 64)), vec![0xee; 6]].concat(),
            Self::Ethernet6 => write(ethernet().ipv6(v6(from), v6(to), 64)),
            Self::Vlan => write(ethernet().single_vlan(7.try_into().unwrap()).ipv4(from, to, 64)),
            Self::Vlans => {
                let tags = [0x88, 0xa8, 0, 1, 0x81, 0, 0, 2, 0x81, 0, 0, 3, 0x91, 0, 0, 4, 8, 0];
                [&[2; 12][..], &tags, &write(ip4())].concat()
            }
            Self::Snap => {
                let packet = write(ip4());
                let len = u16::try_from(8 + packet.len()).unwrap().to_be_bytes();
                [&[2; 12][..], &len, &[0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &packet].concat()
            }
            Self::Sll => {
                let header = LinuxSllHeader {
                    packet_type: LinuxSllPacketType::HOST,
                    arp_hrd_type: etherparse::ArpHardwareId::ETHERNET,
                    sender_address_valid_length: 6,
                    sender_address: [2; 8],
                    protocol_type: etherparse::LinuxSllProtocolType::EtherType(etherparse::EtherType::IPV4),
                };
                [&header.to_bytes()[..], &write(ip4())].concat()
            }
            Self::Sll2 => {
                let mut header = [0; 20];
                (header[0], header[1]) = (0x86, 0xdd);
                [&header[..], &write(ip6())].concat()
            }
            Self::Null => [&[2, 0, 0, 0][..], &write(ip4())].concat(),
            Self::Raw => write(ip4()),
            Self::Raw6 => write(ip6()),
            Self::Exported => exported([(20, &from), (21, &to)], ports, segment.bytes),
            Self::Exported6 => exported([(22, &v6(from)), (23, &v6(to))], ports, segment.bytes),
        }
    }
}

/// Tags, and the bytes after them.
fn exported(addresses: [(u16, &[u8]); 2], (from, to): (u16, u16), bytes: &[u8]) -> Vec<u8> {
    let (from, to) = (u32::from(from).to_be_bytes(), u32::from(to).to_be_bytes());
    let tcp = &2_u32.to_be_bytes()[..];
    let mut frame = Vec::new();
    let [source, destination] = addresses;
    for (tag, value) in [
        (12, &b"mqtt"[..]),
        source,
        destination,
        (24, tcp),
        (25, &from),
        (26, &to),
        (30, &[0, 0, 0, 1]),
        (0, &[]),
    ] {
        frame.extend(tag.to_be_bytes());
        frame.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
        frame.extend(value);
    }
    [frame, bytes.to_vec()].concat()
}

/// The form of the file.
#[derive(Debug, Clone, Copy)]
struct Form {
    nanoseconds: bool,
    big_endian: bool,
    snaplen: usize,
}

const FORM: Form = Form { nanoseconds: false, big_endian: false, snaplen: 65_535 };

impl Form {
    fn u32(self, number: usize) -> [u8; 4] {
        let number = u32::try_from(number).unwrap();
        if self.big_endian { number.to_be_bytes() } else { number.to_le_bytes() }
    }

    /// One frame every 1,000 units of time.
    fn pcap(self, link: u16, frames: &[Vec<u8>]) -> Vec<u8> {
        let magic = if self.nanoseconds { 0xa1b2_3c4d } else { 0xa1b2_c3d4 };
        let version = if self.big_endian { [0, 2, 0, 4] } else { [2, 0, 4, 0] };
        let mut file =
            [self.u32(magic), version, [0; 4], [0; 4], self.u32(self.snaplen), self.u32(link.into())]
                .concat();
        for (number, frame) in frames.iter().enumerate() {
            let kept = frame.len().min(self.snaplen);
            for field in [1_700_000_000, number * 1000 + 1, kept, frame.len()] {
                file.extend(self.u32(field));
            }
            file.extend(&frame[..kept]);
        }
        file
    }

    fn pcapng(self, link: u16, frames: &[Vec<u8>]) -> Vec<u8> {
        let block = |kind: usize, body: &[u8]| {
            let mut body = body.to_vec();
            body.resize(body.len().next_multiple_of(4), 0);
            let len = self.u32(body.len() + 12);
            [&self.u32(kind)[..], &len, &body, &len].concat()
        };
        let u16 = |number: u16| if self.big_endian { number.to_be_bytes() } else { number.to_le_bytes() };
        let section = [&self.u32(0x1a2b_3c4d)[..], &u16(1), &u16(0), &[0xff; 8]].concat();
        // if_tsresol: 10^-9.
        let option: &[u8] =
            if self.nanoseconds { &[&u16(9)[..], &u16(1), &[9, 0, 0, 0]].concat() } else { &[] };
        let interface = [&u16(link)[..], &u16(0), &self.u32(self.snaplen), option, &[0; 4]].concat();
        let mut file = [block(0x0a0d_0d0a, &section), block(1, &interface)].concat();
        for (number, frame) in frames.iter().enumerate() {
            let unit: u64 = if self.nanoseconds { 1_000_000_000 } else { 1_000_000 };
            let time = 1_700_000_000 * unit + number as u64 * 1000 + 1;
            let kept = frame.len().min(self.snaplen);
            let mut body = Vec::new();
            for field in [0, time >> 32, time & 0xffff_ffff, kept as u64, frame.len() as u64] {
                body.extend(self.u32(usize::try_from(field).unwrap()));
            }
            body.extend(&frame[..kept]);
            file.extend(block(6, &body));
        }
        file
    }
}

fn frames(link: Link, segments: &[Segment<'_>]) -> Vec<Vec<u8>> {
    segments.iter().map(|segment| link.frame(segment)).collect()
}

pub(super) fn pcap(segments: &[Segment<'_>]) -> Vec<u8> {
    FORM.pcap(Link::Ethernet.number(), &frames(Link::Ethernet, segments))
}

/// Returns the `--summary` of these segments: packet type and details, without time and ends, or a
/// remark.
#[track_caller]
fn summary(segments: &[Segment<'_>]) -> Vec<String> {
    let output = inspect(&["--summary"], &pcap(segments));
    lines(shown(&output))
}

fn lines(shown: &str) -> Vec<String> {
    let text = |line: &str| match line.find(['→', '←']).and_then(|at| line[at..].split_once("  ")) {
        Some((_, text)) => text.to_owned(),
        None => line.to_owned(),
    };
    let words = |line: String| {
        line.split([' ', ',']).filter(|word| !word.is_empty()).take(3).collect::<Vec<_>>().join(" ")
    };
    shown.lines().map(text).map(words).collect()
}

/// Returns the sender and the type of each packet.
pub(super) fn types(file: &[u8]) -> Vec<String> {
    let output = inspect(&["--json"], file);
    let word =
        |line: &Value, path: &str| line.pointer(path).and_then(Value::as_str).unwrap_or("?").to_owned();
    let lines = shown(&output).lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .map(|line| match line.get("note") {
            Some(note) => note.as_str().unwrap().to_owned(),
            None => format!("{} {}", word(&line, "/from"), word(&line, "/packet/type")),
        })
        .collect()
}

fn conversation() -> Vec<Segment<'static>> {
    let [syn, syn_ack] = handshake();
    vec![syn, syn_ack, up(0, CONNECT), down(0, CONNACK), up(18, PINGREQ), down(5, PUBLISH)]
}

/// Returns a small capture of each kind.
pub(super) fn samples() -> Vec<(String, Vec<u8>)> {
    let each = |link: Link| {
        let frames = frames(link, &conversation());
        let (big, nanos) = (Form { big_endian: true, ..FORM }, Form { nanoseconds: true, ..FORM });
        [("pcap", big.pcap(link.number(), &frames)), ("pcapng", nanos.pcapng(link.number(), &frames))]
            .map(|(kind, file)| (format!("{kind}-{link:?}").to_lowercase(), file))
    };
    Link::ALL.into_iter().flat_map(each).collect()
}

const SPOKEN: [&str; 4] = ["client connect", "server connack", "client pingreq", "server publish"];

#[test]
fn every_link_type_and_file_format_is_read() {
    for link in Link::ALL {
        let frames = frames(link, &conversation());
        for (nanoseconds, big_endian) in [(false, false), (true, false), (false, true), (true, true)] {
            let form = Form { nanoseconds, big_endian, ..FORM };
            for file in [form.pcap(link.number(), &frames), form.pcapng(link.number(), &frames)] {
                assert_eq!(types(&file), SPOKEN, "{link:?} {form:?}");
                let output = inspect(&["--summary"], &file);
                let time = if nanoseconds { "22:13:20.000002001Z  " } else { "22:13:20.002001Z  " };
                let first = if matches!(link, Link::Ethernet6 | Link::Sll2 | Link::Raw6 | Link::Exported6) {
                    format!("{time}[fe00::1]:50000 → [fe00::2]:1883  CONNECT")
                } else {
                    format!("{time}10.0.0.1:50000 → 10.0.0.2:1883  CONNECT")
                };
                assert!(shown(&output).starts_with(&first), "{link:?} {form:?}: {}", shown(&output));
                assert_eq!(output.status.code(), Some(0));
            }
        }
    }
}

#[test]
fn each_packet_is_shown_with_its_time_and_ends() {
    let output = inspect(&[], &pcap(&conversation()));
    let text = shown(&output);
    let heading =
        "#2 CONNACK, offset 0, 5 bytes\n2023-11-14T22:13:20.003001Z  10.0.0.1:50000 ← 10.0.0.2:1883\n";
    assert!(text.contains(heading), "{text}");
    assert!(text.ends_with("4 packets, from the capture: all fine\n"), "{text}");
}

#[test]
fn reordered_repeated_and_overlapping_segments_are_reassembled() {
    let [syn, syn_ack] = handshake();
    let segments = [
        syn.clone(),
        syn_ack.clone(),
        up(10, &CONNECT[10..]),
        up(0, &CONNECT[..12]),
        up(0, &CONNECT[..4]),
        syn,
        down(2, &CONNACK[2..]),
        down(0, CONNACK),
        down(0, CONNACK),
        up(18, PINGREQ),
        // A TCP keep-alive repeats one byte.
        up(19, &PINGREQ[1..]),
        down(5, &PUBLISH[..9]),
        down(14, &PUBLISH[9..]),
    ];
    assert_eq!(types(&pcap(&segments)), SPOKEN);
}

/// An unknown protocol can carry TCP. An ICMP message only quotes a packet, and carries no TCP.
#[test]
fn tcp_after_unknown_headers_is_a_problem() {
    let inner = frames(Link::Raw, &conversation());
    let unknown = [&[2; 12][..], &[0x89, 0x4f], &[7; 21]].concat();
    let file = FORM.pcap(1, &inner.iter().map(|packet| [&unknown[..], packet].concat()).collect::<Vec<_>>());
    let output = inspect(&["--summary"], &file);
    assert_eq!(shown(&output), "left out: 6 frames in a tunnel by an unknown protocol\nno packets\n");
    assert_eq!(output.status.code(), Some(1));

    let mut icmp = Vec::new();
    let builder = PacketBuilder::ipv4([10, 0, 0, 3], [10, 0, 0, 1], 64).icmpv4_raw(3, 1, [0; 4]);
    builder.write(&mut icmp, &inner[2]).unwrap();
    let output = inspect(&["--summary"], &FORM.pcap(101, &[icmp]));
    assert_eq!(shown(&output), "left out: 1 frames of other protocols than TCP\nno packets\n");
    assert_eq!(output.status.code(), Some(0));
}

/// A SYN begins a new connection if its sequence number differs, or if the first connection has ended with a reset. Some devices begin each
/// connection with the same number.
#[test]
fn a_syn_begins_a_new_connection_between_the_same_ends() {
    for (ahead, reset) in [(5, false), (100, false), (70_000, false), (u32::MAX - 10, false), (0, true)] {
        let moved = |segment: Segment<'static>| match segment.from_client {
            true => Segment { seq: segment.seq.wrapping_add(ahead), ..segment },
            false => Segment { ack: segment.ack.wrapping_add(ahead), ..segment },
        };
        let mut segments = conversation();
        if reset {
            segments.push(flagged("R", down(5 + 16, b"")));
        }
        segments.extend(conversation().into_iter().map(moved));
        let output = inspect(&["--summary"], &pcap(&segments));
        assert_eq!(types(&pcap(&segments)), [SPOKEN, SPOKEN].concat(), "{ahead}");
        assert_eq!(output.status.code(), Some(0), "{ahead}");
    }
}

/// The receiver may have used the first copy or the second.
#[test]
fn a_retransmission_with_other_bytes_is_a_problem() {
    let other = [&PUBLISH[..9], b"EVIL", &PUBLISH[13..]].concat();
    for port in [1883, 4444] {
        let mut segments = conversation();
        segments.push(down(5, &other));
        segments.iter_mut().for_each(|segment| segment.ports.1 = port);
        let output = inspect(&["--summary"], &pcap(&segments));
        let text = shown(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        let line = "4 bytes changed in a retransmission: the first copy was read, and not the other\n";
        assert!(text.contains(line) && text.contains("123456") && !text.contains("EVIL"), "{text}");
        assert!(text.ends_with(": not all fine\n"), "{text}");
    }
    // The first byte of the connection arrives last, so the bytes after it wait.
    let [syn, syn_ack] = handshake();
    let segments = [syn, syn_ack, up(1, &CONNECT[1..]), up(1, b"\x10\x00\x05"), up(0, CONNECT)];
    let output =
        inspect(&["--summary"], &pcap(&segments.map(|segment| Segment { ports: (50_000, 4444), ..segment })));
    assert!(shown(&output).contains("1 byte changed in"), "{}", shown(&output));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_packet_after_lost_bytes_is_shown() {
    let mut segments = conversation();
    let both = [PUBLISH, PINGREQ].concat();
    // Four bytes in the middle of a PUBLISH of 16 bytes are missing. The server acknowledges all of
    // them.
    segments.truncate(4);
    segments.extend([up(18, &both[..8]), up(18 + 12, &both[12..])]);
    segments.extend(vec![flagged("A", Segment { ack: CLIENT + 1 + 36, ..down(5, b"") }); 40]);
    segments.push(up(36, PINGREQ));
    assert_eq!(
        summary(&segments),
        [
            "CONNECT 5.0 client",
            "CONNACK Success 5",
            "PUBLISH not complete:",
            "4 bytes lost:",
            "PINGREQ 2 bytes",
            "PINGREQ 2 bytes",
            "5 packets from",
        ]
    );
}

#[test]
fn after_lost_packets_the_next_packet_is_found() {
    let [syn, syn_ack] = handshake();
    let publish = PUBLISH.repeat(2);
    let segments = [syn, syn_ack, up(0, CONNECT), up(18 + 5, &publish[5..]), up(18 + 32, PINGREQ)];
    assert_eq!(
        summary(&segments),
        [
            "CONNECT 5.0 client",
            "5 bytes lost:",
            "11 bytes skipped:",
            "PUBLISH \"a/b/c\" QoS",
            "PINGREQ 2 bytes",
            "3 packets from",
        ]
    );
}

#[test]
fn a_connection_without_its_beginning_is_shown() {
    let segments =
        [up(500, &PUBLISH[7..]), up(509, PUBLISH), down(700, b"\x90\x04\x00\x01\x00\x00"), up(525, PINGREQ)];
    let notes = types(&pcap(&segments));
    assert_eq!(
        notes[..2],
        [
            "9 bytes skipped: no packet begins there, or its end is missing",
            "MQTT 5.0 is assumed: no valid CONNECT gives the version (see --version)"
        ]
    );
    assert_eq!(notes[2..], ["client publish", "server suback", "client pingreq"]);
    // With 3.1.1 the packets show their version.
    let publish = b"\x30\x05\x00\x01aok";
    let notes = types(&pcap(&[up(500, publish), up(507, publish)]));
    assert!(notes[0].starts_with("MQTT 3.1.1 is assumed"), "{notes:?}");
    let args = ["--json", "--version", "5.0"];
    // In 5.0 the bytes are not packets, and count as skipped.
    assert_eq!(inspect(&args, &pcap(&[up(500, publish)])).status.code(), Some(1));
}

#[test]
fn partly_captured_packets_are_reported() {
    let large = [&b"\x30\xcf\x01\x00\x01a\x00"[..], &[b'x'; 203]].concat();
    let mut segments = conversation();
    segments.extend([up(20, &large), up(230, PINGREQ)]);
    let file = Form { snaplen: 100, ..FORM }.pcap(1, &frames(Link::Ethernet, &segments));
    let output = inspect(&["--summary"], &file);
    let text = lines(shown(&output));
    let end = ["PUBLISH not complete:", "164 bytes lost:", "PINGREQ 2 bytes", "6 packets from"];
    assert_eq!(text[4..], end, "{}", shown(&output));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn other_protocols_are_left_out_and_counted() {
    let other = |ports| move |segment: Segment<'static>| Segment { ports, ..segment };
    let mut segments = conversation();
    segments.extend(conversation().into_iter().map(other((50_001, 1883))));
    segments.extend(conversation().into_iter().map(other((50_002, 18_830))));
    let with = |ports, bytes| {
        let [syn, syn_ack] = handshake();
        [syn, syn_ack, up(0, bytes)].map(other(ports))
    };
    segments.extend(with((50_003, 8883), b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"));
    segments.extend(with((50_004, 80), b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"));
    segments.extend(with((50_005, 22), b"SSH-2.0-x\r\n"));
    segments.extend(with((50_006, 1883), b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"));
    let notes = types(&pcap(&segments));
    assert_eq!(notes[..4], SPOKEN);
    assert_eq!(notes[4..8], SPOKEN);
    assert_eq!(notes[8..12], SPOKEN);
    assert!(notes[12].starts_with("not MQTT: this is a TLS ClientHello"), "{notes:?}");
    assert_eq!(
        notes[13..],
        [
            "left out: 1 TCP connections that do not begin with a CONNECT",
            "left out: 1 TLS connections",
            "left out: 1 WebSocket connections",
            // The port of MQTT over TLS comes first in every order of the connections.
            "with a key log, tshark decrypts TLS: tshark -r FILE -o tls.keylog_file:KEYS \
             -o tls.desegment_ssl_application_data:FALSE -d tls.port==8883,mqtt -U 'OSI layer 7' -w - \
             | mqtt-inspect",
        ]
    );
    let output = inspect(&["--json", "--port", "18830"], &pcap(&segments));
    assert_eq!(shown(&output).lines().filter(|line| line.contains("50002")).count(), 4);
    assert!(!shown(&output).contains(":50000"));
}

/// Wireshark exports one frame for each decrypted TLS record. A packet may have parts in several frames.
#[test]
fn packets_that_were_exported_in_pieces_are_read() {
    let (first, rest) = PUBLISH.split_at(5);
    let segments =
        [up(0, CONNECT), down(0, CONNACK), up(0, first), down(0, PUBLISH), up(0, rest), up(0, PINGREQ)];
    let file = FORM.pcap(252, &frames(Link::Exported, &segments));
    let spoken = ["client connect", "server connack", "server publish", "client publish", "client pingreq"];
    assert_eq!(types(&file), spoken);

    // Other protocols, and damaged frames.
    let mut frames = frames(Link::Exported, &segments[..2]);
    let name = frames[1].windows(4).position(|name| name == b"mqtt").unwrap();
    frames[1][name..name + 4].copy_from_slice(b"http");
    frames.push(frames[0][..30].to_vec());
    frames.push(vec![0; 4]);
    let file = FORM.pcap(252, &frames);
    let others = "left out: 1 frames of other protocols than TCP";
    assert_eq!(types(&file), ["client connect", others, "left out: 2 unreadable frames"]);
}

/// MQTT in a tunnel is read. A tunnel that cannot be read may have MQTT inside, so the program does not report "All fine".
#[test]
fn frames_in_tunnels_are_read_or_counted() {
    let outer = Link::Ethernet.frame(&up(0, CONNECT));
    let ip = |number: u8, payload: &[u8]| {
        let len = u16::try_from(20 + payload.len()).unwrap().to_be_bytes();
        let header =
            [&[0x45, 0][..], &len, &[0, 0, 0, 0, 64, number, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]].concat();
        [&outer[..12], &[8, 0], &header, payload].concat()
    };
    let udp = |port: u16, payload: &[u8]| {
        let len = u16::try_from(8 + payload.len()).unwrap().to_be_bytes();
        ip(17, &[&[0x12, 0x34][..], &port.to_be_bytes(), &len, &[0, 0], payload].concat())
    };
    let ether = |kind: u16, payload: &[u8]| [&outer[..12], &kind.to_be_bytes(), payload].concat();
    type Wrap<'w> = &'w dyn Fn(&[u8]) -> Vec<u8>;
    let ip_in_ip: Wrap = &|frame| ip(4, &frame[14..]);
    let wraps: [Wrap; 13] = [
        ip_in_ip,
        &|frame| ip_in_ip(&ip_in_ip(frame)),
        &|frame| ip(47, &[&[0, 0, 8, 0], &frame[14..]].concat()),
        &|frame| ip(47, &[&[0xb0, 0, 0x65, 0x58, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3], frame].concat()),
        &|frame| udp(4789, &[&[8, 0, 0, 0, 0, 0, 1, 0], frame].concat()),
        &|frame| udp(6081, &[&[1, 0, 0x65, 0x58, 0, 0, 1, 0, 9, 9, 9, 0], frame].concat()),
        &|frame| udp(2152, &[&[0x30, 0xff, 0, 60, 0, 0, 0, 1], &frame[14..]].concat()),
        &|frame| ether(0x8847, &[&[0, 0, 0x11, 64], &frame[14..]].concat()),
        &|frame| ether(0x8847, &[&[0, 0, 0x10, 64, 0, 0, 0x21, 64], &frame[14..]].concat()),
        &|frame| ether(0x8847, &[&[0, 0, 0x11, 64, 0, 0, 0, 0], frame].concat()),
        &|frame| ip(137, &[&[0, 0, 0x11, 64], &frame[14..]].concat()),
        &|frame| ether(0x8864, &[&[0x11, 0, 0, 1, 0, 80, 0, 0x21], &frame[14..]].concat()),
        &|frame| ether(0x8100, &[&[0, 5, 0x88, 0x64, 0x11, 0, 0, 1, 0, 80, 0, 0x21], &frame[14..]].concat()),
    ];
    for (number, wrap) in wraps.iter().enumerate() {
        let wrapped: Vec<_> =
            frames(Link::Ethernet, &conversation()).iter().map(|frame| wrap(frame)).collect();
        assert_eq!(types(&FORM.pcap(1, &wrapped)), SPOKEN, "{number}");
    }
    let deep = (0..10).fold(outer.clone(), |frame, _| ip_in_ip(&frame));
    for (frame, name) in [
        (ip(50, &[0; 40]), "IPsec"),
        (ip(47, &[0, 0, 0x88, 0xbe, 1, 2, 3]), "GRE"),
        (ip(47, b"\0\0"), "GRE"),
        (udp(4789, &[0; 8]), "VXLAN"),
        (udp(2152, &[0x34, 0xff, 0, 60, 0, 0, 0, 1]), "GTP"),
        (ether(0x8847, &[0; 8]), "MPLS"),
        (ether(0x88e5, &[0x0c; 40]), "MACsec"),
        (deep, "IP in IP"),
    ] {
        let file = FORM.pcap(1, &[outer.clone(), frame]);
        assert_eq!(types(&file), ["client connect", &format!("left out: 1 frames in a tunnel by {name}")]);
        assert_eq!(inspect(&["--summary"], &file).status.code(), Some(1), "{name}");
    }
    // Other protocols are only counted.
    let pppoe = ether(0x8864, &[0x11, 0, 0, 1, 0, 2, 0xc0, 0x21, 0, 0]);
    let file = FORM.pcap(
        1,
        &[
            outer.clone(),
            udp(53, b"x"),
            ether(0x0806, &[&[0, 1, 8, 0, 6, 4, 0, 1][..], &[0; 20]].concat()),
            pppoe,
            udp(2152, &[0x32, 1]),
        ],
    );
    assert_eq!(types(&file), ["client connect", "left out: 4 frames of other protocols than TCP"]);
    assert_eq!(inspect(&["--summary"], &file).status.code(), Some(0));
}

/// A converter of captures can write the wrong link type.
#[test]
fn frames_of_another_link_type_than_the_file_says_are_reported() {
    const ETHERNET: u16 = 1;
    const SLL: u16 = 113;
    for (link, said) in
        [(Link::Raw, ETHERNET), (Link::Null, ETHERNET), (Link::Sll, ETHERNET), (Link::Ethernet, SLL)]
    {
        let file = FORM.pcap(said, &frames(link, &conversation()));
        let seen = types(&file);
        assert!(
            seen.len() == 1 && seen[0].ends_with("frames of TCP that do not have the link type of the file"),
            "{link:?}: {seen:?}"
        );
        assert_eq!(inspect(&["--summary"], &file).status.code(), Some(1), "{link:?}");
    }
}

/// A frame counts as unread in two cases: the file does not describe its interface, or the frame is in a block of an old form.
#[test]
fn frames_that_the_file_does_not_describe_are_counted() {
    let file = FORM.pcapng(1, &frames(Link::Ethernet, &conversation()));
    let block = |kind: usize, body: &[u8]| {
        let len = FORM.u32(body.len() + 12);
        [&FORM.u32(kind)[..], &len, body, &len].concat()
    };
    let enhanced = block(6, &[&FORM.u32(7)[..], &[0; 8], &FORM.u32(4), &FORM.u32(4), b"abcd"].concat());
    let obsolete = block(2, &[&[0; 12][..], &FORM.u32(4), &FORM.u32(4), b"abcd"].concat());
    for more in [enhanced, obsolete] {
        let file = [&file[..], &more].concat();
        let seen = types(&file);
        assert_eq!(seen[..4], SPOKEN);
        assert_eq!(seen[4..], ["left out: 1 unreadable frames"]);
        assert_eq!(inspect(&["--summary"], &file).status.code(), Some(1));
    }
    // No frame has an interface.
    let without = [&file[..usize::from(file[4])], &block(3, &[&FORM.u32(4)[..], b"abcd"].concat())].concat();
    assert_eq!(types(&without), ["left out: 1 unreadable frames"]);
}

/// On a port other than 1883, the CONNECT shows that the connection is MQTT. The bytes before this decision count, too.
#[test]
fn bytes_before_the_connect_is_recognised_are_accounted_for() {
    let on_port = |port, segments: &[Segment<'_>]| {
        let moved: Vec<_> =
            segments.iter().map(|each| Segment { ports: (50_000, port), ..each.clone() }).collect();
        pcap(&moved)
    };
    let [syn, syn_ack] = handshake();
    // The capture has the CONNACK before the CONNECT.
    let early = [syn.clone(), syn_ack.clone(), down(0, CONNACK), up(0, CONNECT), up(18, PINGREQ)];
    let file = on_port(1884, &early);
    assert_eq!(types(&file), ["client connect", "server connack", "client pingreq"]);
    assert_eq!(inspect(&["--summary"], &file).status.code(), Some(0));
    // Twenty bytes inside of the CONNECT are missing.
    let (head, tail) = CONNECT.split_at(6);
    let file = on_port(1884, &[syn, syn_ack, up(0, head), up(26, tail), up(38, PINGREQ)]);
    let output = inspect(&["--summary"], &file);
    assert!(shown(&output).contains("20 bytes lost"), "{}", shown(&output));
    assert_eq!(output.status.code(), Some(1));
    // Without a SYN, the ports do not show which end is the client.
    for port in [1884, 60_000] {
        let file = on_port(port, &[up(0, CONNECT), down(0, CONNACK)]);
        assert_eq!(types(&file), ["client connect", "server connack"], "{port}");
    }
    // A server that sends much before the client sends anything is no MQTT server.
    let much = vec![0; 60_000];
    let file = on_port(1884, &[down(0, &much), down(60_000, &much), down(120_000, &much), up(0, CONNECT)]);
    assert_eq!(types(&file), ["left out: 1 TCP connections that do not begin with a CONNECT"]);
}

#[test]
fn a_second_connection_on_the_same_ports_is_separate() {
    let mut segments = conversation();
    segments.extend([flagged("FA", up(20, b"")), flagged("FA", down(21, b""))]);
    let shift = |segment: Segment<'static>| Segment {
        seq: segment.seq.wrapping_add(77_000_000),
        ack: segment.ack.wrapping_add(77_000_000),
        ..segment
    };
    segments.extend(conversation().into_iter().map(shift));
    assert_eq!(types(&pcap(&segments)), [SPOKEN, SPOKEN].concat());
}

#[test]
fn an_incomplete_last_packet_is_reported() {
    let mut segments = conversation();
    segments.extend([up(20, &PUBLISH[..9]), flagged("R", up(29, b""))]);
    let text = summary(&segments);
    assert_eq!(text[4], "PUBLISH not complete:");
}

/// `tcpdump -U -w - | mqtt-inspect`
#[test]
fn packets_of_a_live_capture_are_shown_at_once() {
    let mut child =
        Command::new(PROGRAM).arg("--summary").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    let file = pcap(&conversation());
    // Everything up to the end of the CONNECT, in two pieces.
    let end = 24 + 3 * 16 + frames(Link::Ethernet, &conversation()[..3]).concat().len();
    for piece in [&file[..10], &file[10..end]] {
        input.write_all(piece).unwrap();
        input.flush().unwrap();
    }
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert!(line.contains("CONNECT"), "{line}");
    input.write_all(&file[end..]).unwrap();
    drop(input);
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    assert!(rest.ends_with("4 packets, from the capture: all fine\n"), "{rest}");
    assert!(child.wait().unwrap().success());
}

#[test]
fn cut_or_damaged_files_are_reported() {
    let whole = pcap(&conversation());
    let ng = FORM.pcapng(1, &frames(Link::Ethernet, &conversation()));
    for file in [&whole, &ng] {
        for end in 4..file.len() {
            let output = inspect(&["--summary"], &file[..end]);
            assert!(output.stderr.is_empty(), "{end}");
            assert!(matches!(output.status.code(), Some(0 | 1)), "{end}: {:?}", output.status);
            if end + 10 > file.len() {
                assert!(shown(&output).contains("cut off"), "{end}: {}", shown(&output));
                // The frames before the damage are shown.
                assert!(shown(&output).contains("PINGREQ"), "{end}");
            }
        }
    }
    let damaged = [&whole[..24], &[0xff; 64]].concat();
    assert!(shown(&inspect(&[], &damaged)).contains("cut off"));
    let gzip = inspect(&[], b"\x1f\x8b\x08\x00");
    assert!(String::from_utf8_lossy(&gzip.stderr).contains("gzip -dc"));
}

/// The parser reads modified pcap only in little-endian order.
#[test]
fn modified_pcap_is_read_or_named() {
    let frames = frames(Link::Ethernet, &conversation());
    let little = [&b"\x34\xcd\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x01\0\0\0"[..]];
    let records = frames.iter().flat_map(|frame| {
        let len = u32::try_from(frame.len()).unwrap().to_le_bytes();
        [&[0; 8][..], &len, &len, &[0; 8], frame].concat()
    });
    let file: Vec<u8> = little.concat().into_iter().chain(records).collect();
    assert_eq!(types(&file), SPOKEN);
    let big = inspect(&[], b"\xa1\xb2\xcd\x34\0\x02\0\x04\0\0\0\0\0\0\0\0\0\0\xff\xff\0\0\0\x01");
    let said = String::from_utf8_lossy(&big.stderr);
    assert!(
        said.contains("this is modified pcap in big-endian order: `editcap -F pcapng` converts it"),
        "{said}"
    );
    assert_eq!(big.status.code(), Some(2));
}

/// These bytes come after the first byte of the stream was fixed, and belong before that byte. So they cannot be read.
#[test]
fn bytes_before_the_beginning_are_counted() {
    let text = "they belong before the first byte of the connection in this capture";
    let said = |segments: &[Segment<'_>]| {
        let output = inspect(&["--summary"], &pcap(segments));
        (shown(&output).contains(text), output.status.code())
    };
    let mut reversed = conversation();
    reversed.reverse();
    assert_eq!(said(&reversed), (true, Some(1)));
    // A SYN with another sequence number begins another connection, and the old connection goes on.
    let mut other = conversation();
    let syn = Segment { seq: CLIENT.wrapping_add(70_000_000), ..handshake()[0].clone() };
    other.insert(3, syn);
    assert_eq!(said(&other), (true, Some(1)));
    // A keep-alive before the first byte, and a second copy of the first bytes.
    let mut whole = conversation();
    let keep_alive = Segment { seq: CLIENT, ..up(0, b"\0") };
    whole.insert(2, keep_alive);
    whole.push(up(0, CONNECT));
    assert_eq!(said(&whole), (false, Some(0)));
}
