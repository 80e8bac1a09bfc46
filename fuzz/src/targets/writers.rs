//! Checks that all writers write the same bytes to sockets that take a few bytes at a time.

use super::head_readers::{finished, now};
use super::write_buffer::packets;
use crate::random::Random;
use mqtt_wire::answer::Answer;
use mqtt_wire::io::{WriteError, blocking, embedded, embedded_async, tokio as over_tokio};
use mqtt_wire::reason::{ConnectReason, DisconnectReason};
use mqtt_wire::stream::EncodeParts;
use mqtt_wire::*;
use mqtt_wire_testkit::laws::encoded;
use std::future::Future;
use std::io::{self, ErrorKind, IoSlice, Write};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use tokio::io::AsyncWrite;

/// A socket that accepts a random number of bytes at a time, and no more than `capacity` in all.
struct Sink {
    bytes: Vec<u8>,
    /// The number of bytes that were there when the socket was flushed or shut down.
    flushed: usize,
    calls: usize,
    capacity: usize,
    /// Whether some calls fail. The writer may be called again.
    fails: bool,
    failures: usize,
}

impl Sink {
    fn new(capacity: usize) -> Self {
        Self { bytes: Vec::new(), flushed: 0, calls: 0, capacity, fails: false, failures: 0 }
    }

    fn takes(&mut self, len: usize) -> io::Result<usize> {
        self.calls += 1;
        let len = len.min(self.capacity - self.bytes.len());
        if self.fails && self.calls % 5 == 2 {
            self.failures += 1;
            return Err(io::Error::from_raw_os_error(FAILURE));
        }
        match self.calls % 4 {
            1 => Err(ErrorKind::Interrupted.into()),
            3 => Ok(len),
            turn => Ok((self.calls * 7 % 50 + turn).max(1).min(len)),
        }
    }
}

/// The number of a failure in the operating system.
const FAILURE: i32 = 11;

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = self.takes(bytes.len())?;
        self.bytes.extend_from_slice(&bytes[..len]);
        Ok(len)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let all: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
        self.write(&all)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flushed = self.bytes.len();
        Ok(())
    }
}

impl AsyncWrite for Sink {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.write_vectored(slices) {
            // A blocking call is interrupted at the places where this call is pending.
            Err(error) if error.kind() == ErrorKind::Interrupted => Poll::Pending,
            written => Poll::Ready(written),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.flush())
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.flush())
    }
}

/// A sink without interruptions, because `embedded-io` has none.
struct Plain(Sink);

impl ::embedded_io::ErrorType for Plain {
    type Error = ::embedded_io::ErrorKind;
}

impl ::embedded_io::Write for Plain {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        let mut write = || self.0.write(bytes);
        match write() {
            Err(error) if error.kind() == ErrorKind::Interrupted => write(),
            written => written,
        }
        .map_err(|_| ::embedded_io::ErrorKind::TimedOut)
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        self.0.flush().map_err(|_| ::embedded_io::ErrorKind::Other)
    }
}

impl ::embedded_io_async::Write for Plain {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        ::embedded_io::Write::write(self, bytes)
    }

    async fn flush(&mut self) -> Result<(), Self::Error> {
        ::embedded_io::Write::flush(self)
    }
}

/// Writes the packets in all ways that a writer has, with answers between them. Ends with `$end`, and returns the socket.
macro_rules! write_all {
    ($done:ident, $writer:expr, $packets:expr, $answer:expr, $end:ident) => {{
        let mut writer = $writer;
        for (number, packet) in $packets.iter().enumerate() {
            let sent = match packet {
                Packet::Publish(publish) if number % 3 == 0 => $done(writer.send_publish(publish)),
                Packet::Publish(publish) if number % 3 == 1 => {
                    let (first, second) = publish.payload.split_at(publish.payload.len() / 2);
                    let (head, len) = (publish, publish.payload.len());
                    $done(writer.send_head(head, len))
                        .and_then(|()| $done(writer.send_payload(first)))
                        .and_then(|()| $done(writer.send_payload(second)))
                }
                packet if number % 2 == 0 => $done(writer.feed(packet)),
                packet => $done(writer.send(packet)),
            };
            assert!(sent.is_ok(), "{sent:?} of {packet:?}");
            assert_eq!(writer.payload_left(), 0);
            if is_answered(number) {
                assert!($done(writer.send_answer($answer)).is_ok(), "{:?}", $answer);
                assert!(writer.buffer().is_empty());
            }
        }
        assert!($done(writer.$end()).is_ok());
        let (socket, buffer) = writer.into_parts();
        assert!(buffer.is_empty());
        socket
    }};
}

/// Writes the packets of a stream with every writer, and with the codec. The memory of the embedded writers takes the
/// largest packet or a little more.
pub(super) fn write_the_same(bytes: &[u8], version: Version, random: &mut Random) {
    let mut packets = packets(bytes, version);
    packets.retain(|packet| packet.encoded_len(version).is_ok());
    let plain: Vec<u8> = packets.iter().flat_map(|packet| encoded(packet, version)).collect();
    let answer = an_answer(version, random);
    let expected = with_answers(&packets, version, answer);
    let encoder = Encoder::new(version);
    let longest = packets.iter().map(|packet| held(packet, version)).max().unwrap_or_default();
    let mut memory = vec![0; longest.max(LONGEST_ANSWER) + random.below(4)];

    let is_whole = |sunk: Sink, name: &str| {
        assert_eq!((&sunk.bytes, sunk.flushed), (&expected, expected.len()), "{name}");
    };
    let sink = || Sink::new(expected.len());
    let writer = blocking::PacketWriter::new(sink(), encoder);
    let sunk = write_all!(now, writer, packets, answer, flush);
    is_whole(sunk, "blocking");
    let writer = over_tokio::PacketWriter::new(sink(), encoder);
    let sunk = write_all!(finished, writer, packets, answer, flush);
    is_whole(sunk, "tokio");
    let writer = over_tokio::PacketWriter::new(sink(), encoder);
    let sunk = write_all!(finished, writer, packets, answer, shutdown);
    is_whole(sunk, "tokio, shut down");
    let writer = embedded::PacketWriter::new(Plain(sink()), encoder, &mut memory[..]);
    let Plain(sunk) = write_all!(now, writer, packets, answer, flush);
    is_whole(sunk, "embedded");
    let mut written = vec![0; expected.len()];
    let writer = embedded_async::PacketWriter::new(&mut written[..], encoder, &mut memory[..]);
    assert!(write_all!(finished, writer, packets, answer, flush).is_empty(), "embedded and async");
    assert_eq!(written, expected, "embedded and async");
    stop_at_a_full_socket(&packets, encoder, &plain, &mut memory, random);
    go_on_after_a_failure(&packets, encoder, &plain, &mut memory);
    report_each_failure(&packets, encoder, &plain, &mut memory);

    use tokio_util::codec::Encoder as _;
    let mut codec = mqtt_wire::codec::Codec::new(Decoder::new(version));
    let mut written = bytes::BytesMut::new();
    for packet in &packets {
        codec.encode((*packet).into(), &mut written).expect("it was written before");
    }
    assert_eq!(written, plain);
}

/// Whether an answer follows the packet with this number. A packet with an even number may wait in the buffer.
const fn is_answered(number: usize) -> bool {
    number % 4 == 2
}

/// The length of the longest answer in bytes.
const LONGEST_ANSWER: usize = 5;

fn an_answer(version: Version, random: &mut Random) -> Answer {
    random.pick(&[
        Answer::Close,
        Answer::ConnAckV3(ConnectReason::UnsupportedProtocolVersion),
        Answer::ConnAckV5(ConnectReason::MalformedPacket),
        match version {
            Version::V5_0 => Answer::Disconnect(DisconnectReason::ProtocolError),
            _ => Answer::Close,
        },
    ])
}

/// The bytes of the packets and answers. A CONNACK has a version of its own.
fn with_answers(packets: &[Packet<'_>], version: Version, answer: Answer) -> Vec<u8> {
    let answer = answer.packet().map_or(Vec::new(), |(packet, version)| encoded(&packet, version));
    let mut bytes = Vec::new();
    for (number, packet) in packets.iter().enumerate() {
        bytes.extend(encoded(packet, version));
        bytes.extend(answer.iter().filter(|_| is_answered(number)));
    }
    bytes
}

/// Writes the packets until an error, and returns the socket and the error.
macro_rules! write_until_an_error {
    ($done:ident, $writer:expr, $packets:expr) => {{
        let mut writer = $writer;
        let error = $packets.iter().enumerate().find_map(|(number, packet)| match packet {
            Packet::Publish(publish) if number % 2 == 0 => $done(writer.send_publish(publish)).err(),
            packet => $done(writer.send(packet)).err(),
        });
        (writer.into_parts().0, error)
    }};
}

/// A writer fails if the socket takes fewer bytes than the packets have. The writer has then written all bytes
/// that the socket takes.
fn stop_at_a_full_socket(
    packets: &[Packet<'_>],
    encoder: Encoder,
    expected: &[u8],
    memory: &mut [u8],
    random: &mut Random,
) {
    let capacity = random.below(expected.len() + 1);
    let (taken, is_too_small) = (&expected[..capacity], capacity < expected.len());
    let stops = |sunk: Sink, is_full: bool| {
        assert_eq!((&sunk.bytes[..], is_full), (taken, is_too_small));
        assert!(is_full || sunk.flushed == capacity, "packets that were sent are not flushed");
    };
    let sink = || Sink::new(capacity);
    let (sunk, error) = write_until_an_error!(now, blocking::PacketWriter::new(sink(), encoder), packets);
    stops(sunk, matches!(error, Some(WriteError::WriteZero)));
    let (sunk, error) =
        write_until_an_error!(finished, over_tokio::PacketWriter::new(sink(), encoder), packets);
    stops(sunk, matches!(error, Some(WriteError::WriteZero)));
    let writer = embedded::PacketWriter::new(Plain(sink()), encoder, &mut *memory);
    let (Plain(sunk), error) = write_until_an_error!(now, writer, packets);
    stops(sunk, matches!(error, Some(WriteError::WriteZero)));
    // A slice has an error of its own.
    let mut written = vec![0; capacity];
    let writer = embedded_async::PacketWriter::new(&mut written[..], encoder, memory);
    let error = write_until_an_error!(finished, writer, packets).1;
    assert_eq!((&written[..], matches!(error, Some(WriteError::Io(_)))), (taken, is_too_small));
}

/// Sends the packets over a socket that fails at times. After a failure, the writer is called until it has written the rest.
macro_rules! write_again {
    ($done:ident, $writer:expr, $packets:expr) => {{
        let mut writer = $writer;
        for (number, packet) in $packets.iter().enumerate() {
            let mut sent = match packet {
                Packet::Publish(publish) if number % 2 == 0 => {
                    let len = publish.payload.len();
                    assert!($done(writer.send_head(publish, len)).is_ok(), "the buffer is empty");
                    loop {
                        let rest = &publish.payload[len - writer.payload_left()..];
                        match $done(writer.send_payload(rest)) {
                            Err(WriteError::Io(_)) => continue,
                            sent => break sent,
                        }
                    }
                }
                packet => $done(writer.send(packet)),
            };
            while matches!(sent, Err(WriteError::Io(_))) || !writer.buffer().is_empty() {
                sent = $done(writer.flush());
            }
            assert!(sent.is_ok(), "{sent:?} of {packet:?}");
        }
        writer.into_parts().0
    }};
}

/// A call that fails or is dropped loses no byte and writes no byte twice.
fn go_on_after_a_failure(packets: &[Packet<'_>], encoder: Encoder, expected: &[u8], memory: &mut [u8]) {
    let sink = || Sink { fails: true, ..Sink::new(expected.len()) };
    let sunk = write_again!(now, blocking::PacketWriter::new(sink(), encoder), packets);
    assert_eq!(sunk.bytes, expected, "blocking");
    let sunk = write_again!(at_once, over_tokio::PacketWriter::new(sink(), encoder), packets);
    assert_eq!(sunk.bytes, expected, "tokio");
    let writer = embedded::PacketWriter::new(Plain(sink()), encoder, &mut *memory);
    let Plain(sunk) = write_again!(now, writer, packets);
    assert_eq!(sunk.bytes, expected, "embedded");
    let writer = embedded_async::PacketWriter::new(Plain(sink()), encoder, memory);
    let Plain(sunk) = write_again!(finished, writer, packets);
    assert_eq!(sunk.bytes, expected, "embedded and async");
}

/// Feeds the packets over a socket that fails at times, and feeds a packet again that was not taken. Returns the socket and the
/// number of failed calls.
macro_rules! feed_again {
    ($done:ident, $writer:expr, $packets:expr) => {{
        let (mut writer, mut failures) = ($writer, 0);
        for packet in $packets {
            while is_failure(&$done(writer.feed(packet))) {
                failures += 1;
            }
        }
        while is_failure(&$done(writer.flush())) {
            failures += 1;
        }
        (writer.into_parts().0, failures)
    }};
}

/// A call returns each failure of the socket, and the packets that were taken are written once.
fn report_each_failure(packets: &[Packet<'_>], encoder: Encoder, expected: &[u8], memory: &mut [u8]) {
    let sink = || Sink { fails: true, ..Sink::new(expected.len()) };
    let is_right = |sunk: Sink, failures: usize, name: &str| {
        assert_eq!((&sunk.bytes[..], failures), (expected, sunk.failures), "{name}");
    };
    let (sunk, failures) = feed_again!(now, blocking::PacketWriter::new(sink(), encoder), packets);
    is_right(sunk, failures, "blocking");
    let (sunk, failures) = feed_again!(finished, over_tokio::PacketWriter::new(sink(), encoder), packets);
    is_right(sunk, failures, "tokio");
    let writer = embedded::PacketWriter::new(Plain(sink()), encoder, &mut *memory);
    let (Plain(sunk), failures) = feed_again!(now, writer, packets);
    is_right(sunk, failures, "embedded");
    let writer = embedded_async::PacketWriter::new(Plain(sink()), encoder, memory);
    let (Plain(sunk), failures) = feed_again!(finished, writer, packets);
    is_right(sunk, failures, "embedded and async");
}

#[track_caller]
fn is_failure<E: std::fmt::Debug>(called: &Result<(), WriteError<E>>) -> bool {
    assert!(matches!(called, Ok(()) | Err(WriteError::Io(_))), "{called:?}");
    called.is_err()
}

/// Drops a future that is not ready at once.
fn at_once<T>(
    future: impl Future<Output = Result<T, WriteError<io::Error>>>,
) -> Result<T, WriteError<io::Error>> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Err(error)) => Err(WriteError::Io(is_in_an_error_of_the_system(error))),
        Poll::Ready(done) => done,
        Poll::Pending => Err(WriteError::Io(ErrorKind::WouldBlock.into())),
    }
}

/// The error of a failed socket keeps the number of the operating system.
fn is_in_an_error_of_the_system(error: WriteError<io::Error>) -> io::Error {
    let error = io::Error::from(error);
    assert_eq!(error.raw_os_error(), Some(FAILURE), "{error:?}");
    error
}

/// The number of bytes that the memory of a writer must hold. A third of the PUBLISH packets are sent whole, with `write_all`.
fn held(packet: &Packet<'_>, version: Version) -> usize {
    packet.encoded_len(version).expect("chosen before").max(packet.head_len(version).unwrap_or_default())
}
