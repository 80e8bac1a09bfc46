//! Checks several packets in a row.

use super::decode::SENDERS;
#[cfg(feature = "sockets")]
use super::{head_readers, settings, sockets, writers};
use super::{read_buffer, write_buffer};
use crate::random::Random;
#[cfg(feature = "std")]
use allocation_counter::measure;
#[cfg(feature = "std")]
use mqtt_wire::stream::WriteBuffer;
use mqtt_wire::stream::{FrameLen, Memory, ReadBuffer, Remaining};
use mqtt_wire::*;
#[cfg(feature = "std")]
use mqtt_wire_testkit::laws::encoded;
use mqtt_wire_testkit::naive::{Options, Verdict, naive};
use mqtt_wire_testkit::packet_fields::fields_of;
use mqtt_wire_testkit::verdicts::decoder;

/// A stream gives the same packets and errors in every way of reading: all at once, in pieces of any size, in
/// the pieces that the decoder asks for, by heads, and as owned packets. The naive decoder agrees.
pub fn stream(bytes: &[u8]) {
    let mut random = Random::of(bytes);
    for version in versions() {
        let max_packet_size = random.pick(&[u32::MAX, u32::MAX, 16, 40]);
        let sender = random.pick(&SENDERS);
        let topic_alias_maximum = random.pick(&[0, 1, 10, u16::MAX]);
        let options = Options {
            sender,
            max_packet_size,
            topic_alias_maximum,
            accept_bridge: true,
            ..Options::new(version)
        };
        let expected = in_one(bytes, options);
        assert_eq!(in_pieces(bytes, &options, || 1 + random.below(9)), expected, "{options:?}");
        assert_eq!(in_pieces(bytes, &options, || 1), expected, "{options:?}");
        assert_eq!(as_asked_for(bytes, &options), expected, "{options:?}");
        assert_eq!(in_heads(bytes, &options, || random.below(9)), expected, "{options:?}");
        #[cfg(feature = "bytes")]
        assert_eq!(split_off(bytes, &options), expected, "{options:?}");
        // One buffer has a fixed size into which each packet fits. The other buffer grows.
        let memory = vec![0; bytes.len().max(8)];
        assert_eq!(
            lent(bytes, &options, &mut memory.clone()[..], || 1 + random.below(9)),
            expected,
            "{options:?}"
        );
        assert_eq!(
            heads_lent(bytes, &options, &mut memory.clone()[..], || 1 + random.below(9)),
            expected,
            "{options:?}"
        );
        #[cfg(feature = "std")]
        assert_eq!(lent(bytes, &options, Vec::new(), || 1 + random.below(99)), expected, "{options:?}");
        #[cfg(feature = "tokio-util")]
        {
            assert_eq!(framed(bytes, &options, || 1 + random.below(9)), expected, "{options:?}");
            clones_know_the_version(bytes, &options, &mut random);
        }
        #[cfg(feature = "sockets")]
        sockets::read_the_same(bytes, &options, &expected, &mut random);
        // The slower checks take turns.
        match random.below(6) {
            0 | 1 => read_buffer::answers_as_its_model(bytes, &options, &mut random),
            #[cfg(feature = "sockets")]
            3 => settings::of_readers(bytes, &options, &mut random),
            #[cfg(feature = "sockets")]
            2 => head_readers::read_the_same(bytes, &options, &expected, &mut random),
            _ => {}
        }
    }
    let version = random.pick(&Version::ALL);
    write_buffer::answers_as_its_model(bytes, version, &mut random);
    #[cfg(feature = "sockets")]
    {
        writers::write_the_same(bytes, version, &mut random);
        settings::of_writers(bytes, version);
    }
    #[cfg(feature = "std")]
    gives_its_memory_back(&mut random);
}

fn versions() -> [Option<Version>; 4] {
    [Some(Version::V5_0), Some(Version::V3_1_1), Some(Version::V3_1), None]
}

/// One step of reading a stream: a packet, an error or incomplete bytes.
#[derive(Debug, PartialEq)]
pub(super) enum Event {
    Packet {
        end: usize,
    },
    /// An error: the offset of the packet, the offset of the fault, and the number of bytes to
    /// skip.
    Fault {
        start: usize,
        offset: usize,
        len: Option<usize>,
    },
    /// Bytes that are not a complete packet yet.
    Rest {
        start: usize,
        needed: usize,
    },
}

/// The naive decoder reads each packet, and the crate reads it together with all bytes before it.
fn in_one(bytes: &[u8], mut options: Options) -> Vec<Event> {
    let mut decoder = decoder(&options);
    let (mut events, mut start) = (Vec::new(), 0);
    loop {
        let rest = &bytes[start..];
        match (naive(rest, &options), decoder.decode(rest)) {
            (Verdict::Accept { used, fields, .. }, Ok(Some((packet, after)))) => {
                assert_eq!(fields_of(&packet), fields);
                assert_eq!(used, rest.len() - after.len());
                options.version = decoder.version();
                start += used;
                events.push(Event::Packet { end: start });
            }
            (Verdict::Incomplete { needed }, Ok(None)) => {
                events.push(Event::Rest { start, needed: rest.len() + needed });
                return events;
            }
            (Verdict::Reject { faults, packet_len, .. }, Err(error)) => {
                let (offset, len) = (error.offset(), error.packet_len());
                assert!(faults.iter().any(|fault| fault.offset == offset), "{faults:?} {error:?}");
                assert_eq!(len, packet_len);
                events.push(Event::Fault { start, offset, len });
                // A receiver that skips the refused packet finds the next packet.
                match len {
                    Some(len) if start + len <= bytes.len() => start += len,
                    _ => return events,
                }
            }
            (naive, decoded) => panic!("naive: {naive:?}\ncrate: {decoded:?}"),
        }
    }
}

/// Decodes after each piece, until the bytes are used up.
fn in_pieces(bytes: &[u8], options: &Options, mut piece: impl FnMut() -> usize) -> Vec<Event> {
    let mut decoder = decoder(options);
    let (mut events, mut start, mut end) = (Vec::new(), 0, 0);
    loop {
        match decoder.decode(&bytes[start..end]) {
            Ok(Some((_, rest))) => {
                start = end - rest.len();
                events.push(Event::Packet { end: start });
            }
            Ok(None) if end == bytes.len() => {
                events.push(Event::Rest { start, needed: needed(&decoder, &bytes[start..]) });
                return events;
            }
            Ok(None) => end = (end + piece()).min(bytes.len()),
            Err(early) => {
                // The first byte can be enough to refuse a packet, but not enough to know its
                // length.
                let error = decoder.decode(&bytes[start..]).expect_err("an error stays one");
                assert_eq!((error.kind(), error.offset()), (early.kind(), early.offset()));
                events.push(Event::Fault { start, offset: error.offset(), len: error.packet_len() });
                match error.packet_len() {
                    Some(len) if start + len <= bytes.len() => start += len,
                    _ => return events,
                }
                end = end.max(start);
            }
        }
    }
}

fn needed(decoder: &Decoder, bytes: &[u8]) -> usize {
    match decoder.frame_len(bytes) {
        Ok(FrameLen::Total(len) | FrameLen::AtLeast(len)) => len,
        Err(error) => panic!("incomplete, and refused: {error}"),
    }
}

/// A reader that waits for as many bytes as the decoder asks for. The reader never waits for bytes that do not
/// come, and never reads beyond the packet.
fn as_asked_for(bytes: &[u8], options: &Options) -> Vec<Event> {
    let mut decoder = decoder(options);
    let (mut events, mut start, mut end) = (Vec::new(), 0, 0);
    loop {
        let wanted = decoder.frame_len(&bytes[start..end]);
        if let Ok(FrameLen::Total(len) | FrameLen::AtLeast(len)) = wanted {
            assert!(start + len >= end, "read too far");
            if start + len > bytes.len() {
                events.push(the_end(&mut decoder, bytes, start));
                return events;
            }
            if start + len > end {
                end = start + len;
                continue;
            }
        }
        // The packet is complete, or its header is an error.
        match decoder.decode(&bytes[start..]) {
            Ok(Some((packet, rest))) => {
                assert_eq!(bytes.len() - rest.len(), end);
                assert_eq!(decoder.decode_frame(&bytes[start..end]), Ok(packet));
                start = end;
                events.push(Event::Packet { end });
            }
            Ok(None) => panic!("incomplete after the requested bytes: {wanted:?}"),
            Err(error) => {
                assert!(wanted.map_or_else(|early| early.kind() == error.kind(), |_| true));
                events.push(Event::Fault { start, offset: error.offset(), len: error.packet_len() });
                match error.packet_len() {
                    Some(len) if start + len <= bytes.len() => (start, end) = (start + len, start + len),
                    _ => return events,
                }
            }
        }
    }
}

/// The stream ends before the bytes that the decoder asked for.
fn the_end(decoder: &mut Decoder, bytes: &[u8], start: usize) -> Event {
    match decoder.decode(&bytes[start..]) {
        Ok(None) => Event::Rest { start, needed: needed(decoder, &bytes[start..]) },
        Ok(Some(_)) => panic!("complete with fewer bytes than requested"),
        Err(error) => Event::Fault { start, offset: error.offset(), len: error.packet_len() },
    }
}

/// A reader that passes payloads on while they arrive, and skips refused packets.
fn in_heads(bytes: &[u8], options: &Options, mut piece: impl FnMut() -> usize) -> Vec<Event> {
    let mut decoder = decoder(options);
    let (mut events, mut start, mut at, mut end) = (Vec::new(), 0, 0, 0);
    // The bytes that are left of the packet at `start`: its payload, or the whole packet after an
    // error.
    let mut passing = Remaining::default();
    loop {
        let (passed, rest) = passing.take(&bytes[at..end]);
        at += passed.len();
        assert_eq!(rest, &bytes[at..end]);
        assert!(rest.is_empty() || passing.left() == 0, "not all bytes were taken");
        if passing.left() == 0 {
            start = at;
            match decoder.decode_head(rest) {
                Ok(Some(head)) => {
                    at = end - head.rest.len();
                    passing = Remaining::new(head.payload_len);
                    if at + head.payload_len <= bytes.len() {
                        events.push(Event::Packet { end: at + head.payload_len });
                    }
                    continue;
                }
                Err(early) => {
                    // An error may be known before the whole packet has arrived.
                    let Err(error) = decoder.decode(&bytes[start..]) else { break };
                    assert_eq!((error.kind(), error.offset()), (early.kind(), early.offset()));
                    events.push(Event::Fault { start, offset: error.offset(), len: error.packet_len() });
                    match error.packet_len() {
                        Some(len) if start + len <= bytes.len() => passing = Remaining::new(len),
                        _ => return events,
                    }
                    continue;
                }
                Ok(None) => {}
            }
        }
        if end == bytes.len() {
            break;
        }
        end = (end + piece()).min(bytes.len());
    }
    events.push(Event::Rest { start, needed: needed(&decoder, &bytes[start..]) });
    events
}

/// The buffer removes the bytes of a packet and keeps all other bytes.
#[cfg(feature = "bytes")]
fn split_off(bytes: &[u8], options: &Options) -> Vec<Event> {
    let mut decoder = decoder(options);
    let mut buffer = bytes::BytesMut::from(bytes);
    let mut events = Vec::new();
    loop {
        let start = bytes.len() - buffer.len();
        let decoded = decoder.clone().decode(&bytes[start..]);
        let at = buffer.as_ptr();
        let is_decoded = |seen: &Packet<'_>| {
            decoded.is_ok_and(|decoded| decoded.is_some_and(|(packet, _)| packet == *seen))
        };
        match (decoder.decode_owned_with(&mut buffer, is_decoded), decoded) {
            (Ok(Some((owned, seen))), Ok(Some((packet, rest)))) => {
                assert!(seen, "the look is at another packet: {packet:?}");
                let end = bytes.len() - rest.len();
                let is_short = owned.as_bytes().len() <= 8;
                assert_eq!(owned.as_bytes().as_ptr() != at, is_short, "only a short packet is copied");
                assert_eq!(
                    (owned.packet(), owned.as_bytes(), &buffer[..]),
                    (packet, &bytes[start..end], rest)
                );
                events.push(Event::Packet { end });
            }
            (Ok(None), Ok(None)) => {
                events.push(Event::Rest { start, needed: needed(&decoder, &buffer) });
                return events;
            }
            (Err(error), Err(borrowed)) => {
                assert_eq!(error, borrowed);
                events.push(Event::Fault { start, offset: error.offset(), len: error.packet_len() });
                match error.packet_len() {
                    Some(len) if len <= buffer.len() => drop(buffer.split_to(len)),
                    _ => return events,
                }
            }
            (owned, decoded) => panic!("owned: {owned:?}\nborrowed: {decoded:?}"),
        }
        assert!(bytes.ends_with(&buffer));
    }
}

/// A buffer that lends packets and continues after a refused packet.
fn lent<M: Memory>(
    bytes: &[u8],
    options: &Options,
    memory: M,
    mut piece: impl FnMut() -> usize,
) -> Vec<Event> {
    let mut buffer = ReadBuffer::new(decoder(options), memory);
    let (mut events, mut start, mut come) = (Vec::new(), 0, 0);
    loop {
        match buffer.next() {
            Ok(Some(packet)) => {
                let packet = format!("{packet:?}");
                let end = come - buffer.as_bytes().len();
                let mut decoder = *buffer.decoder();
                let again = decoder.decode_frame(&bytes[start..end]).expect("the same bytes");
                assert_eq!(packet, format!("{again:?}"));
                #[cfg(feature = "bytes")]
                assert_eq!(buffer.last_owned().expect("a packet").as_bytes(), &bytes[start..end]);
                start = end;
                events.push(Event::Packet { end });
            }
            Ok(None) => {
                if come == bytes.len() {
                    break;
                }
                come += fill(&mut buffer, &bytes[come..], piece());
            }
            Err(error) => {
                if does_not_fit(error, buffer.decoder(), &bytes[start..]) {
                    events.push(Event::Rest { start, needed: needed(buffer.decoder(), &bytes[start..]) });
                    return events;
                }
                events.push(Event::Fault { start, offset: error.offset(), len: error.packet_len() });
                match error.packet_len() {
                    Some(len) if start + len <= bytes.len() => start += len,
                    _ => return events,
                }
            }
        }
    }
    events.push(at_the_end(buffer.finish(), buffer.decoder(), &bytes[start..], start));
    events
}

/// A buffer that lends heads. Payloads do not stay in the buffer.
fn heads_lent<M: Memory>(
    bytes: &[u8],
    options: &Options,
    memory: M,
    mut piece: impl FnMut() -> usize,
) -> Vec<Event> {
    let mut buffer = ReadBuffer::new(decoder(options), memory);
    let (mut events, mut start, mut come) = (Vec::new(), 0, 0);
    loop {
        while buffer.payload_left() > 0 {
            let at = come - buffer.as_bytes().len();
            let passed = buffer.payload();
            assert_eq!(passed, &bytes[at..at + passed.len()]);
            if passed.is_empty() {
                break;
            }
        }
        if buffer.payload_left() == 0 {
            match buffer.next_head() {
                Ok(Some(head)) => {
                    let payload_len = head.payload_len;
                    let end = come - buffer.as_bytes().len() + payload_len;
                    if end <= bytes.len() {
                        events.push(Event::Packet { end });
                        start = end;
                    }
                    continue;
                }
                Ok(None) => {}
                Err(error) => {
                    // A head is refused before the whole packet has arrived.
                    let mut decoder = *buffer.decoder();
                    if let Ok(None) = decoder.decode(&bytes[start..]) {
                        events.push(Event::Rest { start, needed: needed(&decoder, &bytes[start..]) });
                        return events;
                    }
                    events.push(Event::Fault { start, offset: error.offset(), len: error.packet_len() });
                    match error.packet_len() {
                        Some(len) if start + len <= bytes.len() => start += len,
                        _ => return events,
                    }
                    continue;
                }
            }
        }
        if come == bytes.len() {
            break;
        }
        come += fill(&mut buffer, &bytes[come..], piece());
    }
    events.push(at_the_end(buffer.finish(), buffer.decoder(), &bytes[start..], start));
    events
}

/// The largest announced length for which a buffer allocates at once, in bytes. A buffer also starts with this size.
const TRUST: usize = 64 * 1024;

/// A growing buffer that has read a large packet keeps at most 64 KiB when it is empty again and reads small packets.
#[cfg(feature = "std")]
fn gives_its_memory_back(random: &mut Random) {
    if !random.one_in(32) {
        return;
    }
    let payload = vec![0; TRUST * 3 + random.below(TRUST)];
    let publish = Publish::new(topic_name!("t"), &payload);
    let large = encoded(&publish.into(), Version::V3_1_1);
    let mut buffer = ReadBuffer::new(Decoder::new(Version::V3_1_1), Vec::new());
    for packet in [&large[..], b"\xc0\x00", b"\xc0\x00"] {
        let mut to_come = packet;
        while buffer.next().expect("legal").is_none() {
            let space = buffer.space();
            let (arriving, rest) = to_come.split_at(space.len().min(to_come.len()));
            space[..arriving.len()].copy_from_slice(arriving);
            buffer.filled(arriving.len());
            to_come = rest;
        }
    }
    assert!(buffer.space().len() <= TRUST, "{} bytes are kept", buffer.space().len());
    writing_gives_it_back(&publish);
}

/// A growing buffer that has written a large packet keeps at most 64 KiB.
#[cfg(feature = "std")]
fn writing_gives_it_back(large: &Publish<'_>) {
    let mut buffer = WriteBuffer::new(Encoder::new(Version::V3_1_1), Vec::new());
    let kept = measure(|| {
        assert_eq!(buffer.push(large), Ok(()));
        buffer.written(buffer.as_bytes().len());
    });
    assert!(buffer.is_empty() && kept.bytes_current <= TRUST as i64, "{} bytes are kept", kept.bytes_current);
}

/// Reads a piece of the remaining bytes as a reader would, and returns its length.
fn fill<M: Memory>(buffer: &mut ReadBuffer<M>, to_come: &[u8], piece: usize) -> usize {
    let held = buffer.as_bytes().len();
    let space = buffer.space();
    assert!(!space.is_empty(), "no space for the bytes that the reader waits for");
    // An announced length allocates at most 64 KiB.
    assert!(space.len() <= held + TRUST + to_come.len(), "{} bytes for {held}", space.len());
    let len = piece.min(space.len()).min(to_come.len());
    space[..len].copy_from_slice(&to_come[..len]);
    buffer.filled(len);
    len
}

/// Whether a packet is refused only because the buffer is too small. The rest of the packet would
/// never arrive.
fn does_not_fit(error: DecodeError, decoder: &Decoder, rest: &[u8]) -> bool {
    let mut decoder = *decoder;
    error.kind() == DecodeErrorKind::PacketTooLarge && decoder.decode(rest) == Ok(None)
}

/// Returns the result for the bytes that are left when the connection ends.
fn at_the_end(finished: Result<(), DecodeError>, decoder: &Decoder, rest: &[u8], start: usize) -> Event {
    match finished {
        Ok(()) => assert!(rest.is_empty(), "{rest:02x?}"),
        Err(error) if error.kind() == DecodeErrorKind::IncompletePacket => {
            assert_eq!(error.offset(), rest.len());
        }
        Err(error) => return Event::Fault { start, offset: error.offset(), len: error.packet_len() },
    }
    Event::Rest { start, needed: needed(decoder, rest) }
}

/// Calls the codec in the same way as `Framed`.
#[cfg(feature = "tokio-util")]
fn framed(bytes: &[u8], options: &Options, mut piece: impl FnMut() -> usize) -> Vec<Event> {
    use mqtt_wire::codec::{Codec, CodecError};
    use tokio_util::codec::Decoder as _;
    let mut codec = Codec::new(decoder(options));
    let mut buffer = bytes::BytesMut::new();
    let (mut events, mut start, mut come) = (Vec::new(), 0, 0);
    loop {
        let decoded =
            if come < bytes.len() { codec.decode(&mut buffer) } else { codec.decode_eof(&mut buffer) };
        let refused = match decoded {
            Ok(Some(frame)) => {
                let end = come - buffer.len();
                assert_eq!(frame.as_bytes(), &bytes[start..end]);
                let packet = frame.packet();
                // A refused CONNECT sets the version of the codec, too. A refused CONNECT does not set the version of a
                // decoder that borrows.
                if packet.is_err() && options.version.is_none() && frame.packet_type() == PacketType::Connect
                {
                    let expected = in_one(bytes, *options);
                    assert!(expected.starts_with(&events), "{events:?}");
                    return expected;
                }
                match packet {
                    Ok(_) => {
                        start = end;
                        events.push(Event::Packet { end });
                        continue;
                    }
                    Err(error) => error,
                }
            }
            Ok(None) if come < bytes.len() => {
                has_reserved_the_rest(codec.decoder(), &buffer);
                let len = piece().min(bytes.len() - come);
                buffer.extend_from_slice(&bytes[come..come + len]);
                come += len;
                continue;
            }
            Ok(None) => {
                // The stream ends between two packets, or after an error that ends the stream.
                assert!(buffer.is_empty(), "an end inside of a packet is an error: {buffer:02x?}");
                events.push(Event::Rest { start, needed: needed(codec.decoder(), &bytes[start..]) });
                return events;
            }
            Err(CodecError::Decode(error)) if error.kind() == DecodeErrorKind::IncompletePacket => {
                assert!(come > start, "an end between two packets is none: {error}");
                assert_eq!(error.offset(), bytes.len() - start);
                events.push(Event::Rest { start, needed: needed(codec.decoder(), &bytes[start..]) });
                return events;
            }
            Err(CodecError::Decode(error)) => {
                let end = error.packet_len().map_or(come, |len| come.min(start + len));
                assert_eq!(codec.refused(error).as_bytes(), &bytes[start..end], "{error:?}");
                error
            }
            Err(error) => panic!("{error}"),
        };
        events.push(Event::Fault { start, offset: refused.offset(), len: refused.packet_len() });
        match refused.packet_len() {
            Some(len) if start + len <= bytes.len() => start += len,
            _ => return events,
        }
    }
}

/// Clones of a codec read and write in the same version. One of them takes the version from a CONNECT, or from
/// a decoder that is set.
#[cfg(feature = "tokio-util")]
fn clones_know_the_version(bytes: &[u8], options: &Options, random: &mut Random) {
    use mqtt_wire::codec::Codec;
    use tokio_util::codec::{Decoder as _, Encoder as _};
    let mut reader = Codec::new(decoder(options));
    let mut clones = [reader.clone(), reader.clone()];
    let _ = reader.decode(&mut bytes::BytesMut::from(bytes));
    if reader.version().is_none() {
        let version = random.pick(&Version::ALL);
        clones[0].set_decoder(decoder(&Options { version: Some(version), ..*options }));
        assert_eq!(clones[0].version(), Some(version));
    }
    let [first, second] = clones;
    let written = [reader, first, second].map(|mut codec| {
        let mut written = bytes::BytesMut::new();
        assert!(
            codec.encode(Publish::new(topic_name!("t"), b"up").into(), &mut written).is_ok(),
            "{codec:?}"
        );
        (codec.version(), written)
    });
    assert!(written.iter().all(|it| it == &written[0]), "{written:?}");
}

/// The codec reserves memory for the rest of a packet: at most 64 KiB, or as many bytes as have
/// arrived.
#[cfg(feature = "tokio-util")]
fn has_reserved_the_rest(decoder: &Decoder, buffer: &bytes::BytesMut) {
    let (len, capacity) = (buffer.len(), buffer.capacity());
    let trusted = len.max(TRUST);
    // An allocator may double the requested size.
    assert!(capacity <= 2 * (len + trusted) + 1024, "{capacity} bytes for {len}");
    if let Ok(FrameLen::Total(total)) = decoder.frame_len(buffer) {
        let rest = total.saturating_sub(len);
        assert!(capacity >= len + rest.min(trusted), "{capacity} bytes for {rest} more");
    }
}
