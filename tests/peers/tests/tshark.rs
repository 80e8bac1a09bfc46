//! Compares dissection with tshark. In all captures and all encoded samples, each field of tshark has the same
//! bytes and the same place.
//!
//! Needs tshark (Wireshark), and runs only with `--include-ignored`.

use etherparse::PacketBuilder;
use mqtt_wire::inspect::{Field, Format, Span};
use mqtt_wire::property::PropertyId as Property;
use mqtt_wire::stream::FrameLen;
use mqtt_wire::{Connect, Decoder, Encoder, Packet, PacketType, Role, Version, text};
use mqtt_wire_testkit::{repository, samples};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

/// The form in which tshark shows a field. For example, tshark shows a string as two fields: the length and the text.
#[derive(Debug, Clone, Copy)]
enum Named {
    /// The whole field under one name.
    Is(&'static str),
    /// The number in the bits, and the byte with the first bit.
    Bits(&'static str),
    /// Two bytes of length, and the content.
    Prefixed(&'static str, &'static str),
    /// Two strings, each with its length.
    Pair([&'static str; 4]),
    /// Length and content under one name.
    PrefixIncluded(&'static str),
}

/// Returns tshark's name for a field in a packet.
fn named(field: Field, packet: PacketType, version: Version) -> Named {
    use Named::{Bits, Is, Pair, PrefixIncluded, Prefixed};
    let v5 = version == Version::V5_0;
    match field {
        Field::PacketType => Bits("mqtt.msgtype"),
        Field::Flags => Bits("mqtt.hdr_reserved"),
        Field::Dup => Bits("mqtt.dupflag"),
        Field::Qos if packet == PacketType::Publish => Bits("mqtt.qos"),
        Field::Retain => Bits("mqtt.retain"),
        Field::RemainingLength => Is("mqtt.len"),
        Field::ProtocolName => Prefixed("mqtt.proto_len", "mqtt.protoname"),
        Field::ProtocolLevel => Is("mqtt.ver"),
        Field::ConnectFlags => Is("mqtt.conflags"),
        Field::UserNameFlag => Bits("mqtt.conflag.uname"),
        Field::PasswordFlag => Bits("mqtt.conflag.passwd"),
        Field::WillRetain => Bits("mqtt.conflag.retain"),
        Field::WillQos => Bits("mqtt.conflag.qos"),
        Field::WillFlag => Bits("mqtt.conflag.willflag"),
        Field::CleanStart => Bits("mqtt.conflag.cleansess"),
        Field::Reserved if packet == PacketType::Connect => Bits("mqtt.conflag.reserved"),
        Field::KeepAlive => Is("mqtt.kalive"),
        Field::ClientIdentifier => Prefixed("mqtt.clientid_len", "mqtt.clientid"),
        Field::WillTopic => Prefixed("mqtt.willtopic_len", "mqtt.willtopic"),
        Field::WillPayload => Prefixed("mqtt.willmsg_len", "mqtt.willmsg"),
        Field::UserName => Prefixed("mqtt.username_len", "mqtt.username"),
        Field::Password => Prefixed("mqtt.passwd_len", "mqtt.passwd"),
        Field::AcknowledgeFlags => Is("mqtt.conack.flags"),
        Field::Reserved if packet == PacketType::ConnAck => Bits("mqtt.conack.flags.reserved"),
        Field::SessionPresent => Bits("mqtt.conack.flags.sp"),
        Field::PacketIdentifier => Is("mqtt.msgid"),
        Field::TopicName | Field::TopicFilter => Prefixed("mqtt.topic_len", "mqtt.topic"),
        Field::Payload => Is("mqtt.msg"),
        Field::SubscriptionOptions if v5 => Is("mqtt.subscription_options"),
        Field::Reserved if v5 => Bits("mqtt.subscription_options_reserved"),
        Field::RetainHandling => Bits("mqtt.subscription_options_retain"),
        Field::RetainAsPublished => Bits("mqtt.subscription_options_rap"),
        Field::NoLocal => Bits("mqtt.subscription_options_nl"),
        Field::Qos if v5 => Bits("mqtt.subscription_options_qos"),
        Field::SubscriptionOptions => Is("mqtt.sub.qos"),
        Field::ReasonCode => Is(reason(packet, v5)),
        Field::PropertyLength | Field::WillPropertyLength => Is("mqtt.property_len"),
        Field::PropertyIdentifier => Is("mqtt.property_id"),
        Field::Property(Property::MaximumQos) => Is("mqtt.property.max_qos"),
        Field::Property(Property::TopicAlias) => Is("mqtt.property.topic_alias"),
        Field::Property(Property::ContentType) => PrefixIncluded("mqtt.property.content_type"),
        Field::Property(property) => match property.format() {
            Format::Utf8String | Format::BinaryData | Format::Secret => {
                Prefixed("mqtt.prop_string_len", "mqtt.prop_string")
            }
            Format::Utf8StringPair => {
                Pair(["mqtt.prop_key_len", "mqtt.prop_key", "mqtt.prop_value_len", "mqtt.prop_value"])
            }
            _ => Is("mqtt.prop_number"),
        },
        other => panic!("{other} has no name in tshark"),
    }
}

fn reason(packet: PacketType, v5: bool) -> &'static str {
    match packet {
        PacketType::ConnAck if v5 => "mqtt.connack.reason_code",
        PacketType::ConnAck => "mqtt.conack.val",
        PacketType::PubAck => "mqtt.puback.reason_code",
        PacketType::PubRec => "mqtt.pubrec.reason_code",
        PacketType::PubRel => "mqtt.pubrel.reason_code",
        PacketType::PubComp => "mqtt.pubcomp.reason_code",
        PacketType::SubAck if v5 => "mqtt.suback.reason_code",
        PacketType::SubAck => "mqtt.suback.qos",
        PacketType::UnsubAck => "mqtt.unsuback.reason_code",
        PacketType::Disconnect => "mqtt.disconnect.reason_code",
        _ => "mqtt.auth.reason_code",
    }
}

/// A known difference of tshark, and the reason.
struct Known {
    version: Version,
    packets: &'static [PacketType],
    names: &'static [&'static str],
    #[allow(dead_code, reason = "a note for readers")]
    reason: &'static str,
}

const KNOWN: [Known; 2] = [
    Known {
        version: Version::V3_1,
        packets: &[PacketType::PubRel, PacketType::Subscribe, PacketType::Unsubscribe],
        names: &["mqtt.hdr_reserved", "mqtt.dupflag", "mqtt.qos", "mqtt.retain_reserved"],
        reason: "3.1 has DUP and QoS in these flags, which we show as one number",
    },
    Known {
        version: Version::V3_1,
        packets: &[PacketType::ConnAck],
        names: &["mqtt.conack.flags", "mqtt.conack.flags.sp"],
        reason: "3.1 does not use the first byte, and tshark passes over it; we show it",
    },
];

/// A field: its name, its offset in the packet, and its bytes or the number in its bits, as hex.
type NamedBytes = (String, usize, String);

#[test]
#[ignore = "needs tshark"]
fn every_field_of_tshark_has_our_value() {
    let packets = packets();
    assert!(packets.len() > 600, "{}", packets.len());
    let (compared, names) = compare(&packets, "captures");
    assert!(compared > 7000 && names > 60, "{compared} fields, {names} names");
}

/// Compares a sample of every packet, except those that do not fit into one segment.
#[test]
#[ignore = "needs tshark"]
fn tshark_reads_the_same_fields_from_our_samples() {
    let packets = samples();
    assert!(packets.len() > 2000, "{}", packets.len());
    let (compared, names) = compare(&packets, "samples");
    assert!(compared > 60_000 && names > 60, "{compared} fields, {names} names");
}

/// Returns the number of fields and the number of their names.
fn compare(packets: &[Captured], what: &str) -> (usize, usize) {
    let file = std::env::temp_dir().join(format!("mqtt-wire-tshark-{}-{what}.pcap", std::process::id()));
    std::fs::write(&file, pcap(packets)).unwrap();
    let tshark = Command::new("tshark")
        .args(["-d", "tcp.port==1883,mqtt", "-T", "pdml", "-r"])
        .arg(&file)
        .output()
        .expect("tshark runs");
    std::fs::remove_file(&file).unwrap();
    assert!(tshark.status.success(), "{}", String::from_utf8_lossy(&tshark.stderr));
    let theirs = pdml(std::str::from_utf8(&tshark.stdout).unwrap());

    let (mut compared, mut names, mut differences) = (0, BTreeMap::new(), Vec::new());
    for (number, packet) in packets.iter().enumerate() {
        let ours = packet.ours();
        let theirs = theirs.get(&(number + 1)).map_or(&[][..], Vec::as_slice);
        for (name, ..) in theirs {
            *names.entry(name.clone()).or_insert(0) += 1;
        }
        compared += theirs.len();
        let only = |these: &[NamedBytes], those: &[NamedBytes]| -> Vec<NamedBytes> {
            these.iter().filter(|seen| !those.contains(seen)).cloned().collect()
        };
        let (only_ours, only_theirs) = (only(&ours, theirs), only(theirs, &ours));
        let known = |(name, ..): &NamedBytes| KNOWN.iter().any(|known| known.covers(packet, name));
        if !only_ours.iter().chain(&only_theirs).all(known) {
            differences.push(format!(
                "{} {:?} {:?}\n  ours   {only_ours:?}\n  theirs {only_theirs:?}",
                packet.name, packet.version, packet.packet_type
            ));
        }
    }
    println!("{what}: {} packets, {compared} fields, {} names", packets.len(), names.len());
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
    (compared, names.len())
}

impl Known {
    fn covers(&self, packet: &Captured, name: &str) -> bool {
        self.version == packet.version
            && self.packets.contains(&packet.packet_type)
            && self.names.contains(&name)
    }
}

/// A packet of a capture.
struct Captured {
    name: String,
    connection: u16,
    sender: Role,
    version: Version,
    packet_type: PacketType,
    /// The number of bytes that its sender has sent before.
    at: u32,
    bytes: Vec<u8>,
}

impl Captured {
    fn ours(&self) -> Vec<NamedBytes> {
        let mut seen = vec![("mqtt.hdrflags".to_owned(), 0, hex(&self.bytes[..1]))];
        let show = |span| self.show(span, &mut seen);
        Decoder::new(self.version).accept_bridge(true).dissect(&self.bytes, show).unwrap();
        seen
    }

    fn show(&self, span: Span<'_>, seen: &mut Vec<NamedBytes>) {
        let Span { field, offset, bytes, .. } = span;
        // Before 5.0 tshark shows only the byte.
        let is_option = self.packet_type == PacketType::Subscribe && self.version != Version::V5_0;
        if is_option && matches!(field, Field::Qos | Field::Reserved) {
            return;
        }
        let mut add = |name: &str, offset: usize, bytes: &[u8]| {
            if !bytes.is_empty() {
                seen.push((name.to_owned(), offset, hex(bytes)));
            }
        };
        match named(field, self.packet_type, self.version) {
            Named::Is(name) | Named::PrefixIncluded(name) => add(name, offset, bytes),
            Named::Bits(name) => add(name, offset, &[span.bits().unwrap()]),
            Named::Prefixed(length, text) => {
                add(length, offset, &bytes[..2]);
                add(text, offset + 2, &bytes[2..]);
            }
            Named::Pair([name_length, name, value_length, value]) => {
                let at = 2 + usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
                add(name_length, offset, &bytes[..2]);
                add(name, offset + 2, &bytes[2..at]);
                add(value_length, offset + at, &bytes[at..at + 2]);
                add(value, offset + at + 2, &bytes[at + 2..]);
            }
        }
    }
}

/// Returns all packets of all captures. In each connection the client's packets come first, so that
/// the version is known.
fn packets() -> Vec<Captured> {
    let directory = repository("tests/captures");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.to_str().is_some_and(|path| path.ends_with(".client.bin")));
    files.sort();
    let mut packets = Vec::new();
    for (connection, client) in (50_000..).zip(files) {
        let server = PathBuf::from(client.to_str().unwrap().replace(".client.bin", ".server.bin"));
        let mut version = None;
        for (sender, path) in [(Role::Client, client), (Role::Server, server)] {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let bytes = std::fs::read(&path).unwrap();
            let mut rest = &bytes[..];
            let mut decoder = version.map_or(Decoder::detect_version(), Decoder::new);
            while !rest.is_empty() {
                let Ok(FrameLen::Total(len)) = decoder.frame_len(rest) else { panic!("{name}") };
                let (frame, after) = rest.split_at(len);
                // One broker answers a 5.0 client in 3.1.1. Neither the crate nor tshark can read that
                // answer as 5.0.
                if decoder.decode_frame(frame).is_err() {
                    break;
                }
                version = decoder.version();
                packets.push(Captured {
                    name: name.clone(),
                    connection,
                    sender,
                    version: version.unwrap(),
                    packet_type: PacketType::from_first_byte(frame[0]).unwrap(),
                    at: u32::try_from(bytes.len() - rest.len()).unwrap(),
                    bytes: frame.to_vec(),
                });
                rest = after;
            }
        }
    }
    packets
}

/// Returns a sample of every packet. Each has its own connection and follows a CONNECT, so that tshark knows
/// the version.
fn samples() -> Vec<Captured> {
    let mut packets = Vec::new();
    for (connection, (version, packet)) in (50_000..).zip(samples::all_samples()) {
        let bytes = samples::bytes(&packet, version);
        if bytes.len() > 60_000 {
            continue;
        }
        let mut add = |packet: Packet<'_>, at: usize, bytes: Vec<u8>| {
            let by_client = Encoder::new(version).sender(Role::Client).encoded_len(&packet).is_ok();
            let sender = if by_client { Role::Client } else { Role::Server };
            packets.push(Captured {
                name: format!("{packet:?}"),
                connection,
                sender,
                version,
                packet_type: packet.packet_type(),
                at: if by_client { u32::try_from(at).unwrap() } else { 0 },
                bytes,
            });
        };
        if packet.packet_type() == PacketType::Connect {
            add(packet, 0, bytes);
            continue;
        }
        let connect = Connect { client_id: text!("a"), ..Connect::new(version) }.into();
        let before = samples::bytes(&connect, version);
        let len = before.len();
        add(connect, 0, before);
        add(packet, len, bytes);
    }
    packets
}

/// Writes a segment for each packet, in raw IP.
fn pcap(packets: &[Captured]) -> Vec<u8> {
    let mut file = [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 101].map(u32::to_le_bytes).concat();
    for (number, packet) in (0_u32..).zip(packets) {
        let (mut ends, mut ports) = (([10, 0, 0, 1], [10, 0, 0, 2]), (packet.connection, 1883));
        if packet.sender == Role::Server {
            (ends, ports) = ((ends.1, ends.0), (ports.1, ports.0));
        }
        let tcp = PacketBuilder::ipv4(ends.0, ends.1, 64).tcp(ports.0, ports.1, 1 + packet.at, 1024).ack(1);
        let mut frame = Vec::new();
        tcp.write(&mut frame, &packet.bytes).unwrap();
        let len = u32::try_from(frame.len()).unwrap();
        file.extend([1_700_000_000 + number, 0, len, len].map(u32::to_le_bytes).concat());
        file.extend(frame);
    }
    file
}

/// Returns the MQTT fields in each frame, by the number of the frame.
fn pdml(text: &str) -> BTreeMap<usize, Vec<NamedBytes>> {
    let attribute = |line: &str, name: &str| {
        let (_, rest) = line.split_once(&format!(" {name}=\""))?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    };
    let number = |line: &str, name: &str| attribute(line, name).and_then(|text| text.parse::<usize>().ok());
    let (mut frames, mut frame, mut start) = (BTreeMap::<usize, Vec<NamedBytes>>::new(), 0, 0);
    for line in text.lines() {
        match attribute(line, "name").as_deref() {
            Some("frame.number") => frame = number(line, "show").unwrap(),
            Some("mqtt") => start = number(line, "pos").unwrap(),
            Some(name) if name.starts_with("mqtt.") => {
                let value = attribute(line, "value").unwrap_or_default();
                // Groups and empty strings have no value.
                if !value.is_empty() {
                    let at = number(line, "pos").unwrap() - start;
                    frames.entry(frame).or_default().push((name.to_owned(), at, trimmed(&value)));
                }
            }
            _ => {}
        }
    }
    frames
}

fn hex(bytes: &[u8]) -> String {
    trimmed(&bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// tshark shows the number in bits in capitals and without leading zeros.
fn trimmed(hex: &str) -> String {
    hex.trim_start_matches('0').to_lowercase()
}
