//! The laws of the codec. A law is an invariant: a statement that must hold for every input.
//!
//! Each law is stated once, as a function that panics if the law is broken. Tests, property tests and fuzz targets apply
//! the laws to packets that can be encoded, to any bytes, and to streams.

use mqtt_wire::inspect::{Field, Format};
use mqtt_wire::stream::{FrameLen, frame_len};
use mqtt_wire::*;

/// Returns a decoder that accepts every sample, including CONNECT packets of mosquitto's bridges.
pub fn decoder(version: Version) -> Decoder {
    Decoder::new(version).accept_bridge(true)
}

/// Returns the encoded packet.
#[track_caller]
pub fn encoded(packet: &Packet<'_>, version: Version) -> Vec<u8> {
    let mut buffer = vec![0; packet.encoded_len(version).expect("a packet that can be written")];
    let len = packet.encode(version, &mut buffer).expect("a packet that can be written").len();
    assert_eq!(len, buffer.len(), "encoded_len is the number of written bytes");
    buffer
}

/// Checks all laws for a packet that can be encoded in this version. Returns its bytes.
#[track_caller]
pub fn of_packet(packet: &Packet<'_>, version: Version) -> Vec<u8> {
    let bytes = survives(packet, version);
    is_written_alike_by_all(packet, version, &bytes);
    needs_its_whole_length(packet, version, &bytes);
    leaves_what_follows(packet, version, &bytes);
    its_prefixes_are_incomplete(packet, version, &bytes);
    its_fields_are_its_bytes(packet, version, &bytes);
    its_lengths_count(version, &bytes);
    its_senders_agree(packet, version, &bytes);
    other_versions_refuse_by_name(packet, version);
    bytes
}

/// Encoding and then decoding gives the same packet. A decoded packet has lists that are still encoded, and encodes to the same bytes.
#[track_caller]
pub fn survives(packet: &Packet<'_>, version: Version) -> Vec<u8> {
    let bytes = encoded(packet, version);
    assert_eq!(decoder(version).decode(&bytes), Ok(Some((*packet, &[][..]))), "{version}");
    let read = decoder(version).decode_frame(&bytes).expect("decoded just now");
    assert_eq!(read, *packet);
    assert_eq!(encoded(&read, version), bytes, "{version} {packet:?}");
    bytes
}

/// Encoding into a slice or a `BufMut`, with the packet's own type or as a [`Packet`], writes the same
/// bytes and changes no other bytes.
#[track_caller]
pub fn is_written_alike_by_all(packet: &Packet<'_>, version: Version, bytes: &[u8]) {
    let mut longer = vec![0xee; bytes.len() + 3];
    assert_eq!(packet.encode(version, &mut longer), Ok(bytes));
    assert_eq!(longer[bytes.len()..], [0xee; 3], "nothing after the packet is touched");
    assert_eq!(encoded_by_its_own_type(packet, version, &mut longer), Ok(bytes));
    assert_eq!(Encoder::new(version).encode(&packet, &mut longer), Ok(bytes), "by reference");
    #[cfg(feature = "bytes")]
    {
        let mut vec = vec![0xee];
        assert_eq!(packet.encode_to(version, &mut vec), Ok(bytes.len()));
        assert_eq!(vec[1..], *bytes);
        let mut exact = vec![0; bytes.len()];
        let mut slice = &mut exact[..];
        assert_eq!(packet.encode_to(version, &mut slice), Ok(bytes.len()));
        assert_eq!((slice.len(), &exact[..]), (0, bytes));
        is_written_in_pieces(packet, version, bytes);
    }
}

/// A buffer may have its memory in several places, or get memory later.
#[cfg(feature = "bytes")]
#[track_caller]
fn is_written_in_pieces(packet: &Packet<'_>, version: Version, bytes: &[u8]) {
    use bytes::{BufMut, BytesMut};
    for first in [0, 1, bytes.len() / 2, bytes.len() - 1] {
        let mut memory = vec![0xee; bytes.len() + 1];
        let (one, other) = memory.split_at_mut(first);
        let mut chain = one.chain_mut(other);
        assert_eq!(packet.encode_to(version, &mut chain), Ok(bytes.len()));
        assert_eq!(chain.remaining_mut(), 1);
        assert_eq!((&memory[..bytes.len()], memory[bytes.len()]), (bytes, 0xee), "in two pieces");
    }
    let mut growing = BytesMut::from(&b"\xee"[..]);
    assert_eq!(packet.encode_to(version, &mut growing), Ok(bytes.len()));
    assert_eq!((growing[0], &growing[1..]), (0xee, bytes));
}

fn encoded_by_its_own_type<'b>(
    packet: &Packet<'_>,
    version: Version,
    buffer: &'b mut [u8],
) -> Result<&'b [u8], EncodeError> {
    match packet {
        Packet::Connect(connect) => connect.encode(version, buffer),
        Packet::ConnAck(connack) => connack.encode(version, buffer),
        Packet::Publish(publish) => publish.encode(version, buffer),
        Packet::PubAck(ack) => ack.encode(version, buffer),
        Packet::PubRec(ack) => ack.encode(version, buffer),
        Packet::PubRel(ack) => ack.encode(version, buffer),
        Packet::PubComp(ack) => ack.encode(version, buffer),
        Packet::Subscribe(subscribe) => subscribe.encode(version, buffer),
        Packet::SubAck(suback) => suback.encode(version, buffer),
        Packet::Unsubscribe(unsubscribe) => unsubscribe.encode(version, buffer),
        Packet::UnsubAck(unsuback) => unsuback.encode(version, buffer),
        Packet::PingReq => PingReq.encode(version, buffer),
        Packet::PingResp => PingResp.encode(version, buffer),
        Packet::Disconnect(disconnect) => disconnect.encode(version, buffer),
        Packet::Auth(auth) => auth.encode(version, buffer),
    }
}

/// A buffer that is one byte too short is refused with the needed length, and stays unchanged.
#[track_caller]
pub fn needs_its_whole_length(packet: &Packet<'_>, version: Version, bytes: &[u8]) {
    let needed = bytes.len();
    let untouched = vec![0xee; needed];
    let mut buffer = untouched.clone();
    for len in [0, 1, needed / 2, needed - 1] {
        let short = &mut buffer[..len];
        assert_eq!(packet.encode(version, short), Err(EncodeError::BufferTooSmall { needed }));
        #[cfg(feature = "bytes")]
        {
            let (whole, mut slice) = (short.len(), short);
            let refused = packet.encode_to(version, &mut slice);
            assert_eq!((refused, slice.len()), (Err(EncodeError::BufferTooSmall { needed }), whole));
        }
        // This is a single comparison, because a fuzzer would trace each byte of a loop.
        assert!(buffer == untouched, "{packet:?}");
    }
}

/// Bytes after a packet are returned unchanged. A frame must not have bytes after the packet.
#[track_caller]
pub fn leaves_what_follows(packet: &Packet<'_>, version: Version, bytes: &[u8]) {
    let len = bytes.len();
    for follower in [&[0x00][..], &[0xff; 7], &[0xc0, 0x00], &bytes[..len.min(100)]] {
        let longer = [bytes, follower].concat();
        assert_eq!(decoder(version).decode(&longer), Ok(Some((*packet, follower))));
        let error = decoder(version).decode_frame(&longer).expect_err("more than a packet");
        assert_eq!((error.kind(), error.offset()), (DecodeErrorKind::BytesAfterPacket, len));
        assert_eq!(error.packet_len(), Some(len));
    }
}

/// Every proper prefix is incomplete in a stream, with the right number of missing bytes. As a frame, it is
/// an error.
#[track_caller]
pub fn its_prefixes_are_incomplete(packet: &Packet<'_>, version: Version, bytes: &[u8]) {
    let header = header_len(bytes);
    // For a long packet: the first 600 prefixes and some of the others.
    let sparse = bytes.len() / 16 + 1;
    let ends = (0..bytes.len()).filter(|end| *end < 600 || end % sparse == 0 || bytes.len() - end < 10);
    for end in ends {
        let prefix = &bytes[..end];
        assert_eq!(decoder(version).decode(prefix), Ok(None), "{version} {prefix:02x?}");
        let needed =
            if end < header { FrameLen::AtLeast((end + 1).max(2)) } else { FrameLen::Total(bytes.len()) };
        assert_eq!(decoder(version).frame_len(prefix), Ok(needed));
        assert_eq!(frame_len(prefix), Ok(needed));
        let error = decoder(version).decode_frame(prefix).expect_err("less than a packet");
        assert_eq!((error.kind(), error.offset()), (DecodeErrorKind::IncompletePacket, end));
        assert_eq!(error.packet_len(), (end >= header).then_some(bytes.len()));
        assert_eq!(error.packet_type(), (end > 0).then_some(packet.packet_type()));
        assert_eq!(error.version(), Some(version));
    }
}

/// Returns the length of byte 1 and the Remaining Length.
fn header_len(bytes: &[u8]) -> usize {
    2 + bytes[1..].iter().position(|byte| byte & 0x80 == 0).expect("a length")
}

/// The fields of a dissection cover the packet in order and without gaps.
#[track_caller]
pub fn its_fields_are_its_bytes(packet: &Packet<'_>, version: Version, bytes: &[u8]) {
    let mut end = 0;
    let read = decoder(version).dissect(bytes, |span| {
        assert_eq!(span.bytes, &bytes[span.offset..span.offset + span.bytes.len()], "{span:?}");
        match span.bits() {
            Some(_) => assert!(span.offset + 1 == end || span.offset == 0, "{span:?}"),
            None => {
                assert!(span.offset == end || end == 0 && span.offset == 1, "{span:?} after {end}");
                end = span.offset + span.bytes.len();
            }
        }
    });
    assert_eq!(read, Ok(*packet));
    assert_eq!(end, bytes.len(), "{packet:?}");
}

/// The laws for any bytes hold if any length field is one too large or one too small, alone and with bytes
/// after the packet.
#[track_caller]
pub fn its_lengths_count(version: Version, bytes: &[u8]) {
    for changed in with_a_length_changed(version, bytes) {
        of_bytes(decoder(version), version, &changed);
        let longer = [&changed[..], &[0xc0, 0x00]].concat();
        of_bytes(decoder(version), version, &longer);
        let packet = decoder(version).decode(bytes).expect("legal").map(|(packet, _)| packet);
        if let Ok(Some((other, _))) = decoder(version).decode(&changed) {
            assert_ne!(Some(other), packet, "a length that does not matter: {changed:02x?}");
        }
    }
}

/// Returns copies of the packet with each length, including the Remaining Length, one larger and one
/// smaller.
pub fn with_a_length_changed(version: Version, bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut changed = Vec::new();
    let mut change = |offset: usize, width: usize, other: Vec<u8>| {
        changed.push([&bytes[..offset], &other, &bytes[offset + width..]].concat());
    };
    let mut prefix = |offset: usize| {
        let length = u16::from_be_bytes([bytes[offset], bytes[offset + 1]]);
        for other in [length.checked_add(1), length.checked_sub(1)].into_iter().flatten() {
            change(offset, 2, other.to_be_bytes().to_vec());
        }
        usize::from(length)
    };
    let mut varints = Vec::new();
    let read = decoder(version).dissect(bytes, |span| match (span.field, span.field.format()) {
        (Field::RemainingLength | Field::PropertyLength | Field::WillPropertyLength, _) => {
            varints.push((span.offset, span.bytes.to_vec()));
        }
        (_, Format::Utf8String | Format::BinaryData | Format::Secret) => {
            prefix(span.offset);
        }
        (_, Format::Utf8StringPair) => {
            let name = prefix(span.offset);
            prefix(span.offset + 2 + name);
        }
        _ => {}
    });
    assert!(read.is_ok(), "{read:?}");
    for (offset, old) in varints {
        let length = old.iter().rev().fold(0, |sum, byte| sum << 7 | u32::from(byte & 0x7f));
        for other in [Some(length + 1), length.checked_sub(1)].into_iter().flatten() {
            change(offset, old.len(), varint(other));
        }
    }
    changed
}

/// Encodes a Variable Byte Integer with the standard's own algorithm (5.0 §1.5.5).
pub fn varint(mut number: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = u8::try_from(number % 128).expect("seven bits");
        number /= 128;
        bytes.push(if number > 0 { byte | 128 } else { byte });
        if number == 0 {
            return bytes;
        }
    }
}

/// An encoder with a sender writes exactly the packets that a decoder with this sender accepts.
#[track_caller]
pub fn its_senders_agree(packet: &Packet<'_>, version: Version, bytes: &[u8]) {
    for sender in [Role::Client, Role::Server] {
        let written = Encoder::new(version).sender(sender).encoded_len(packet);
        match decoder(version).sender(sender).decode_frame(bytes) {
            Ok(read) => {
                assert_eq!(read, *packet);
                assert_eq!(written, Ok(bytes.len()), "{sender:?} {packet:?}");
            }
            Err(error) => {
                assert_eq!(error.kind(), DecodeErrorKind::WrongDirection);
                let wrong = Err(EncodeError::Inconsistent(Inconsistency::WrongDirection));
                assert_eq!(written, wrong, "{sender:?} {packet:?}");
            }
        }
    }
}

/// In another version a packet is refused with the name of a field and nothing is written, or it decodes
/// to the same packet after encoding.
#[track_caller]
pub fn other_versions_refuse_by_name(packet: &Packet<'_>, version: Version) {
    for other in Version::ALL.into_iter().filter(|other| *other != version) {
        match packet.encoded_len(other) {
            Ok(_) => drop(survives(packet, other)),
            Err(error) => refused(packet, other, error),
        }
    }
}

/// The packet is refused with the name of a field, and nothing is written.
#[track_caller]
pub fn refused(packet: &Packet<'_>, version: Version, error: EncodeError) {
    match error {
        EncodeError::NotInVersion { version: named, .. } => assert_eq!(named, version),
        EncodeError::Inconsistent(_) => {}
        other => panic!("{other:?}"),
    }
    let mut buffer = [0xee; 16];
    assert_eq!(packet.encode(version, &mut buffer), Err(error));
    #[cfg(feature = "bytes")]
    assert_eq!(packet.encode_to(version, &mut &mut buffer[..]), Err(error));
    assert_eq!(buffer, [0xee; 16]);
}

/// Checks all laws for any bytes. `decoder` has the version, with or without a sender.
#[track_caller]
pub fn of_bytes(mut decoder: Decoder, version: Version, bytes: &[u8]) {
    assert_eq!(
        decode_from_server(version, bytes),
        Decoder::from_server(version).decode(bytes),
        "{bytes:02x?}"
    );
    match decoder.decode(bytes) {
        Ok(Some((packet, rest))) => {
            let frame = &bytes[..bytes.len() - rest.len()];
            assert_eq!(rest, &bytes[frame.len()..]);
            assert_eq!(decoder.decode_frame(frame), Ok(packet));
            assert_eq!(decoder.frame_len(bytes), Ok(FrameLen::Total(frame.len())));
            is_written_again(&packet, version, frame);
        }
        Ok(None) => {
            let needed = match decoder.frame_len(bytes).expect("nothing wrong with the header") {
                FrameLen::Total(len) | FrameLen::AtLeast(len) => len,
            };
            assert!(needed > bytes.len());
            let error = decoder.decode_frame(bytes).expect_err("not whole");
            assert_eq!((error.kind(), error.offset()), (DecodeErrorKind::IncompletePacket, bytes.len()));
        }
        Err(error) => stays_refused(decoder, bytes, error),
    }
}

/// Decoding and then encoding gives a canonical form. This form is not longer than the input, and encoding it again does not change it.
#[track_caller]
fn is_written_again(packet: &Packet<'_>, version: Version, frame: &[u8]) {
    let version = own_version(packet, version);
    let refused_code = matches!(packet, Packet::Disconnect(disconnect) if disconnect.reason.get() == 0x8c);
    if refused_code && version == Version::V5_0 {
        // The decoder accepts one packet that no encoder writes.
        let refusal = EncodeError::Inconsistent(Inconsistency::BadAuthenticationMethodInDisconnect);
        return assert_eq!(packet.encoded_len(version), Err(refusal));
    }
    let canonical = survives(packet, version);
    assert!(canonical.len() <= frame.len(), "{frame:02x?} became {canonical:02x?}");
}

/// Returns the version whose rules a packet on this connection follows. For a CONNECT, the function returns the version of the CONNECT.
/// (`Option`, because the version may be unknown.)
pub fn own_version<V: From<Version>>(packet: &Packet<'_>, connection: V) -> V {
    match packet {
        Packet::Connect(connect) => connect.version.into(),
        _ => connection,
    }
}

/// An error has an offset inside of the packet or at its end, has the length to skip, and stays the
/// same if bytes follow.
#[track_caller]
fn stays_refused(mut decoder: Decoder, bytes: &[u8], error: DecodeError) {
    assert!(error.kind() != DecodeErrorKind::IncompletePacket && !error.to_string().is_empty());
    let total = announced_len(bytes);
    assert_eq!(error.packet_len(), total, "{error:?} {bytes:02x?}");
    assert!(error.offset() <= total.unwrap_or(bytes.len()).max(1), "{error:?} {bytes:02x?}");
    let longer = [bytes, &[0; 16]].concat();
    let later = decoder.decode(&longer).expect_err("more bytes do not change an error");
    let said = |error: DecodeError| (error.kind(), error.field(), error.offset(), error.version());
    assert_eq!(said(later), said(error), "{bytes:02x?}");
    // The same bytes as a frame are refused with the same error.
    if let Some(frame) = total.and_then(|total| bytes.get(..total)) {
        assert_eq!(decoder.decode_frame(frame), Err(error), "{bytes:02x?}");
    }
}

/// Returns the length of the packet according to its fixed header.
pub fn announced_len(bytes: &[u8]) -> Option<usize> {
    let lengths = bytes.get(1..)?;
    let last = lengths.iter().take(4).position(|byte| byte & 0x80 == 0)?;
    let length = lengths[..=last].iter().rev().fold(0, |sum, byte| sum << 7 | usize::from(byte & 0x7f));
    Some(2 + last + length)
}

/// Feeds the stream in pieces of these sizes. The decoder returns the same packets.
#[track_caller]
pub fn of_stream(version: Version, packets: &[Packet<'_>], mut piece: impl FnMut() -> usize) {
    let stream: Vec<u8> = packets.iter().flat_map(|packet| encoded(packet, version)).collect();
    let mut decoder = decoder(version);
    let (mut start, mut end) = (0, 0);
    let mut expected = packets.iter();
    while end < stream.len() {
        end = (end + piece().max(1)).min(stream.len());
        while let Some((packet, rest)) = decoder.decode(&stream[start..end]).expect("legal") {
            assert_eq!(Some(&packet), expected.next());
            start = end - rest.len();
        }
    }
    assert_eq!((start, expected.len()), (stream.len(), 0), "bytes or packets are left");
}
