//! Checks that readers and writers pass settings on to their buffers, show the state of the buffers, and give their parts back.

use super::decode::SENDERS;
use super::head_readers::{finished, now};
use super::write_buffer::packets;
use crate::random::Random;
use mqtt_wire::io::{ReadError, WriteError, blocking, embedded, embedded_async, tokio as over_tokio};
use mqtt_wire::*;
use mqtt_wire_testkit::laws::encoded;
use mqtt_wire_testkit::naive::Options;
use mqtt_wire_testkit::verdicts::decoder;

/// Reads a packet with one decoder, and the next with another.
macro_rules! reads_with_its_decoder {
    ($done:ident, $reader:expr, $bytes:expr, $first:expr, $second:expr) => {{
        let (mut reader, bytes, (first, second)): (_, &[u8], (Decoder, Decoder)) =
            ($reader, $bytes, ($first, $second));
        let mut model = stream::ReadBuffer::new(first, vec![0; bytes.len() + 8]);
        model.space()[..bytes.len()].copy_from_slice(bytes);
        model.filled(bytes.len());
        for other in [None, Some(second), Some(first)] {
            if let Some(other) = other {
                reader.set_decoder(other);
                model.set_decoder(other);
            }
            let expected = model.next();
            let is_last = !matches!(expected, Ok(Some(_)));
            match ($done(reader.next()), expected) {
                (Ok(given), Ok(expected)) => assert_eq!(given, expected),
                (Err(ReadError::Decode(given)), Err(expected)) => assert_eq!(given, expected),
                // The stream ends inside of a packet.
                (Err(ReadError::Decode(given)), Ok(None)) => assert_eq!(Err(given), model.finish()),
                (given, expected) => panic!("{given:?}, not {expected:?}"),
            }
            assert_eq!(reader.buffer().decoder(), model.decoder());
            assert_eq!(reader.tolerated(), reader.buffer().tolerated());
            assert_eq!(reader.last_owned(), reader.buffer().last_owned());
            if is_last {
                break;
            }
            assert_eq!((reader.tolerated(), reader.last_owned()), (model.tolerated(), model.last_owned()));
        }
        let (held, left) = (reader.buffer().as_bytes().to_vec(), reader.get_mut().len());
        let (socket, buffer) = reader.into_parts();
        assert_eq!((buffer.as_bytes(), socket.len()), (&held[..], left));
    }};
}

/// Every reader reads with the decoder that was set last.
pub(super) fn of_readers(bytes: &[u8], options: &Options, random: &mut Random) {
    let first = decoder(options);
    let second = match random.below(3) {
        0 => first.max_packet_size(random.pick(&[5, 16, 40])),
        1 => first.tolerate(Tolerances::ALL),
        _ => Decoder::new(random.pick(&Version::ALL)).sender(random.pick(&SENDERS).unwrap_or(Role::Server)),
    };
    let memory = || vec![0; bytes.len() + 8];
    reads_with_its_decoder!(now, blocking::PacketReader::new(bytes, first), bytes, first, second);
    reads_with_its_decoder!(finished, over_tokio::PacketReader::new(bytes, first), bytes, first, second);
    reads_with_its_decoder!(now, embedded::PacketReader::new(bytes, first, memory()), bytes, first, second);
    let reader = embedded_async::PacketReader::new(bytes, first, memory());
    reads_with_its_decoder!(finished, reader, bytes, first, second);
}

/// The number of bytes that a growing writer collects at most, before it writes them.
const COLLECTED: usize = 8 * 1024;

/// Feeds packets in all versions. A refused packet adds no byte to the writer. The writer may hold at most `$most` bytes. Returns the
/// socket, and the bytes that it should have.
macro_rules! writes_with_its_encoder {
    ($done:ident, $writer:expr, $packets:expr, $most:expr) => {{
        let (mut writer, packets): (_, &[Packet<'_>]) = ($writer, $packets);
        let mut fed = Vec::new();
        for (number, packet) in packets.iter().cycle().take(2 * packets.len()).enumerate() {
            let version = Version::ALL[number % 3];
            let encoder = Encoder::new(version);
            writer.set_encoder(encoder);
            assert_eq!(writer.buffer().encoder(), &encoder);
            match ($done(writer.feed(packet)), encoder.encoded_len(packet)) {
                (Ok(()), Ok(_)) => fed.extend(encoded(packet, version)),
                (Err(WriteError::Encode(given)), Err(expected)) => assert_eq!(given, expected),
                (given, expected) => panic!("{given:?}, not {expected:?}"),
            }
            let waiting = writer.buffer().as_bytes().len();
            assert!(fed.ends_with(writer.buffer().as_bytes()), "{waiting} bytes wait");
            if let (Packet::Publish(publish), Ok(_)) = (packet, encoder.encoded_len(packet)) {
                let left = publish.payload.len();
                assert!($done(writer.send_head(publish, left)).is_ok());
                assert_eq!((writer.payload_left(), writer.buffer().payload_left()), (left, left));
                let before = writer.buffer().as_bytes().to_vec();
                let too_long = [publish.payload, b"*"].concat();
                let refused = $done(writer.send_payload(&too_long));
                assert!(matches!(refused, Err(WriteError::PayloadTooLong { left: it }) if it == left));
                assert_eq!(writer.buffer().as_bytes(), before);
                if left > 0 {
                    let owed = $done(writer.feed(packet));
                    assert!(matches!(owed, Err(WriteError::Encode(EncodeError::PayloadIncomplete { left: it })) if it == left));
                }
                assert!($done(writer.send_payload(publish.payload)).is_ok());
                fed.extend(encoded(packet, version));
            }
        }
        // More than a writer collects.
        let payload = [b'*'; 1000];
        let long = Publish::new(topic_name!("long"), &payload);
        for _ in 0..2 * COLLECTED / payload.len() {
            assert!($done(writer.feed(&long)).is_ok());
            fed.extend(encoded(&long.into(), writer.buffer().encoder().version()));
            assert!(writer.buffer().as_bytes().len() <= $most, "they wait");
        }
        assert!($done(writer.flush()).is_ok());
        assert!(writer.buffer().is_empty());
        let (socket, buffer) = writer.into_parts();
        assert!(buffer.is_empty());
        (socket, fed)
    }};
}

/// Every writer writes with the encoder that was set last, and collects only a few bytes.
pub(super) fn of_writers(bytes: &[u8], version: Version) {
    let mut packets = packets(bytes, version);
    packets.retain(|packet| packet.encoded_len(version).is_ok());
    packets.truncate(40);
    let encoder = Encoder::new(version);
    let writer = blocking::PacketWriter::new(Vec::new(), encoder);
    let (written, fed) = writes_with_its_encoder!(now, writer, &packets, COLLECTED);
    assert_eq!(written, fed, "blocking");
    let writer = over_tokio::PacketWriter::new(Vec::new(), encoder);
    let (written, fed) = writes_with_its_encoder!(finished, writer, &packets, COLLECTED);
    assert_eq!(written, fed, "tokio");
    let memory = || vec![0; bytes.len() + 2048];
    let writer = embedded::PacketWriter::new(Written::default(), encoder, memory());
    let (Written(written), fed) = writes_with_its_encoder!(now, writer, &packets, usize::MAX);
    assert_eq!(written, fed, "embedded");
    let mut written = vec![0; fed.len()];
    let writer = embedded_async::PacketWriter::new(&mut written[..], encoder, memory());
    let (rest, fed) = writes_with_its_encoder!(finished, writer, &packets, usize::MAX);
    assert!(rest.is_empty());
    assert_eq!(written, fed, "embedded and async");
}

/// A socket of `embedded-io` that takes all bytes.
#[derive(Debug, Default)]
struct Written(Vec<u8>);

impl ::embedded_io::ErrorType for Written {
    type Error = ::embedded_io::ErrorKind;
}

impl ::embedded_io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}
