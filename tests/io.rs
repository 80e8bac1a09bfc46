//! Tests readers and writers over every kind of socket. Packets pass unchanged in pieces of any size, and
//! dropping a future loses no data.

#![cfg(all(feature = "tokio", feature = "embedded-io", feature = "embedded-io-async", feature = "bytes"))]

use mqtt_wire::answer::Answer;
use mqtt_wire::io::{ReadError, WriteError, blocking, embedded, embedded_async, tokio as over_tokio};
use mqtt_wire::*;
use mqtt_wire_testkit::samples::{bytes, samples};
use std::future::Future;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A socket that reads and writes a fixed number of bytes at a time, and is pending at every second
/// poll.
struct Slow<S> {
    inner: S,
    at_a_time: usize,
    ready: bool,
}

impl<S> Slow<S> {
    fn new(inner: S, at_a_time: usize) -> Self {
        Self { inner, at_a_time, ready: false }
    }

    fn is_ready(&mut self, context: &Context<'_>) -> bool {
        self.ready = !self.ready;
        context.waker().wake_by_ref();
        !self.ready
    }
}

impl<S: Read> Read for Slow<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.ready = !self.ready;
        if self.ready {
            return Err(ErrorKind::Interrupted.into()); // to be tried again
        }
        let len = buffer.len().min(self.at_a_time);
        self.inner.read(&mut buffer[..len])
    }
}

impl<S: Write> Write for Slow<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.ready = !self.ready;
        if self.ready {
            return Err(ErrorKind::Interrupted.into());
        }
        self.inner.write(&bytes[..bytes.len().min(self.at_a_time)])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<S: Read + Unpin> AsyncRead for Slow<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.is_ready(context) {
            return Poll::Pending;
        }
        let mut piece = vec![0; buffer.remaining().min(self.at_a_time)];
        let len = self.inner.read(&mut piece)?;
        buffer.put_slice(&piece[..len]);
        Poll::Ready(Ok(()))
    }
}

impl<S: Write + Unpin> AsyncWrite for Slow<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if !self.is_ready(context) {
            return Poll::Pending;
        }
        let len = bytes.len().min(self.at_a_time);
        Poll::Ready(self.inner.write(&bytes[..len]))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let all = parts.iter().flat_map(|part| part.iter().copied()).collect::<Vec<_>>();
        self.poll_write(context, &all)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl<S> embedded_io_async::ErrorType for Slow<S> {
    type Error = embedded_io::ErrorKind;
}

impl<S: Read> embedded_io_async::Read for Slow<S> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, embedded_io::ErrorKind> {
        std::future::poll_fn(|context| match self.is_ready(context) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
        let len = buffer.len().min(self.at_a_time);
        self.inner.read(&mut buffer[..len]).map_err(|_| embedded_io::ErrorKind::Other)
    }
}

impl<S: Write> embedded_io_async::Write for Slow<S> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, embedded_io::ErrorKind> {
        std::future::poll_fn(|context| match self.is_ready(context) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
        let len = bytes.len().min(self.at_a_time);
        self.inner.write(&bytes[..len]).map_err(|_| embedded_io::ErrorKind::Other)
    }

    async fn flush(&mut self) -> Result<(), embedded_io::ErrorKind> {
        Ok(())
    }
}

/// Polls the future of each call once. If the future is pending, it is dropped, and the call is made again.
macro_rules! cancelled_at_every_await {
    ($call:expr) => {
        loop {
            let mut context = Context::from_waker(Waker::noop());
            let polled = pin!($call).poll(&mut context);
            if let Poll::Ready(output) = polled {
                break output;
            }
        }
    };
}

fn decoder(version: Version) -> Decoder {
    Decoder::new(version).accept_bridge(true)
}

/// Returns the samples of a version without the very large ones, and their bytes.
fn conversation(version: Version) -> (Vec<Packet<'static>>, Vec<u8>) {
    let packets: Vec<_> =
        samples(version).into_iter().filter(|packet| bytes(packet, version).len() < 4000).collect();
    let all = packets.iter().flat_map(|packet| bytes(packet, version)).collect();
    (packets, all)
}

const PIECES: [usize; 4] = [1, 2, 7, 100_000];

#[test]
fn every_packet_is_read_in_pieces_of_any_size() {
    for (version, at_a_time) in Version::ALL.into_iter().flat_map(|version| PIECES.map(|len| (version, len)))
    {
        let (packets, all) = conversation(version);
        let mut reader = blocking::PacketReader::new(Slow::new(&all[..], at_a_time), decoder(version));
        for packet in &packets {
            assert_eq!(reader.next().expect("legal"), Some(*packet));
            let kept = reader.last_owned().expect("a packet");
            assert_eq!((kept.packet(), kept.version()), (*packet, version));
        }
        assert_eq!(reader.next().expect("the end"), None);

        let mut reader = over_tokio::PacketReader::new(Slow::new(&all[..], at_a_time), decoder(version));
        for packet in &packets {
            // The packet borrows from the reader, so a loop that returns it cannot call the reader again.
            let is_next =
                cancelled_at_every_await!(async { reader.next().await.map(|next| next == Some(*packet)) });
            assert!(is_next.expect("legal"), "{packet:?}");
            assert_eq!(reader.last_owned().expect("a packet").packet(), *packet);
        }
        assert!(
            cancelled_at_every_await!(async { reader.next().await.map(|next| next.is_none()) })
                .expect("the end")
        );

        let mut reader = embedded::PacketReader::new(&all[..], decoder(version), [0; 4000]);
        for packet in &packets {
            assert_eq!(reader.next().expect("legal"), Some(*packet));
        }
        assert_eq!(reader.next().expect("the end"), None);

        let socket = Slow::new(&all[..], at_a_time);
        let mut memory = [0; 4000];
        let mut reader = embedded_async::PacketReader::new(socket, decoder(version), &mut memory[..]);
        for packet in &packets {
            let is_next =
                cancelled_at_every_await!(async { reader.next().await.map(|next| next == Some(*packet)) });
            assert!(is_next.expect("legal"), "{packet:?}");
        }
        assert!(
            cancelled_at_every_await!(async { reader.next().await.map(|next| next.is_none()) })
                .expect("the end")
        );
    }
}

#[test]
fn every_packet_is_written_in_pieces_of_any_size() {
    for (version, at_a_time) in Version::ALL.into_iter().flat_map(|version| PIECES.map(|len| (version, len)))
    {
        let (packets, all) = conversation(version);
        let encoder = Encoder::new(version);
        let mut written = Vec::new();
        let mut writer = blocking::PacketWriter::new(Slow::new(&mut written, at_a_time), encoder);
        for (number, packet) in packets.iter().enumerate() {
            match packet {
                Packet::Publish(publish) => writer.send_publish(publish).expect("open"),
                _ if number % 2 == 0 => writer.send(packet).expect("open"),
                _ => writer.feed(packet).expect("open"),
            }
        }
        writer.flush().expect("open");
        assert!(written == all, "{version}");

        let mut written = Vec::new();
        let mut writer = over_tokio::PacketWriter::new(Slow::new(&mut written, at_a_time), encoder);
        for packet in &packets {
            // Fed packets are in the buffer, even if their writing is cancelled.
            let fed = Waker::noop();
            let _ = pin!(writer.feed(packet)).poll(&mut Context::from_waker(fed));
            if at_a_time > 1 {
                cancelled_at_every_await!(writer.flush()).expect("open");
            }
        }
        cancelled_at_every_await!(writer.shutdown()).expect("open");
        assert!(written == all, "{version}");

        let mut written = vec![0; all.len()];
        let mut writer = embedded::PacketWriter::new(&mut written[..], encoder, [0; 4000]);
        for packet in &packets {
            match packet {
                Packet::Publish(publish) => writer.send_publish(publish).expect("open"),
                packet => writer.feed(packet).expect("open"),
            }
        }
        writer.flush().expect("open");
        assert!(written == all, "{version}");

        let mut written = Vec::new();
        let mut writer =
            embedded_async::PacketWriter::new(Slow::new(&mut written, at_a_time), encoder, [0; 4000]);
        for packet in &packets {
            let _ = pin!(writer.feed(packet)).poll(&mut Context::from_waker(Waker::noop()));
            cancelled_at_every_await!(writer.flush()).expect("open");
        }
        assert!(written == all, "{version}");
    }
}

/// A payload of a million bytes passes through four buffers of a few kilobytes, with another topic, QoS and version.
#[test]
fn a_payload_passes_through_without_buffering() {
    let payload: Vec<u8> = (0..1_000_000_u32).map(|number| number.to_le_bytes()[1]).collect();
    let sent = bytes(&Publish::new(topic_name!("film"), &payload), Version::V3_1_1);
    let sent = [&sent[..], b"\xc0\x00"].concat();
    let delivery = Delivery::new(Qos::AtLeastOnce, PacketId::MIN);
    let expected = Publish { delivery, ..Publish::new(topic_name!("cinema/film"), &payload) };
    let expected = [bytes(&expected, Version::V5_0), b"\xc0\x00".to_vec()].concat();
    fn relayed(publish: Publish<'_>) -> Publish<'_> {
        let delivery = Delivery::new(Qos::AtLeastOnce, PacketId::MIN);
        Publish { delivery, topic: topic_name!("cinema/film").into(), ..publish }
    }

    let mut written = Vec::new();
    let mut reader = blocking::PacketReader::new(&sent[..], decoder(Version::V3_1_1));
    let mut writer = blocking::PacketWriter::new(&mut written, Encoder::new(Version::V5_0));
    let head = reader.next_head().expect("legal").expect("a packet");
    let Packet::Publish(publish) = head.packet else { panic!() };
    writer.send_head(&relayed(publish), head.payload_len).expect("open");
    let error = writer.send(&PingReq).expect_err("the payload comes first");
    assert!(matches!(error, WriteError::Encode(EncodeError::PayloadIncomplete { left: 1_000_000 })));
    while let Some(piece) = reader.next_payload().expect("open") {
        assert!(piece.len() <= 64 * 1024);
        writer.send_payload(piece).expect("open");
    }
    assert!(matches!(writer.send_payload(b"!"), Err(WriteError::PayloadTooLong { left: 0 })));
    assert_eq!(reader.next().expect("legal"), Some(Packet::PingReq));
    writer.send(&PingReq).expect("open");
    assert!(written == expected);

    let mut written = Vec::new();
    let mut reader = over_tokio::PacketReader::new(Slow::new(&sent[..], 5000), decoder(Version::V3_1_1));
    let mut writer =
        over_tokio::PacketWriter::new(Slow::new(&mut written, 3000), Encoder::new(Version::V5_0));
    let done = async {
        let head = reader.next_head().await?.expect("a packet");
        let Packet::Publish(publish) = head.packet else { panic!() };
        writer.send_head(&relayed(publish), head.payload_len).await?;
        while let Some(piece) = reader.next_payload().await? {
            writer.send_payload(piece).await?;
        }
        writer.send(&PingReq).await?;
        Ok::<(), io::Error>(())
    };
    to_the_end(done).expect("open");
    assert!(written == expected);

    let mut written = vec![0; expected.len()];
    let mut reader = embedded::PacketReader::new(&sent[..], decoder(Version::V3_1_1), [0; 64]);
    let mut writer = embedded::PacketWriter::new(&mut written[..], Encoder::new(Version::V5_0), [0; 64]);
    let head = reader.next_head().expect("legal").expect("a packet");
    let Packet::Publish(publish) = head.packet else { panic!() };
    writer.send_head(&relayed(publish), head.payload_len).expect("enough space");
    while let Some(piece) = reader.next_payload().expect("open") {
        writer.send_payload(piece).expect("enough space");
    }
    writer.send(&PingReq).expect("enough space");
    assert!(written == expected);

    let mut written = Vec::new();
    let mut memory = [[0; 64]; 2];
    let [first, second] = &mut memory;
    let socket = Slow::new(&sent[..], 5000);
    let mut reader = embedded_async::PacketReader::new(socket, decoder(Version::V3_1_1), &mut first[..]);
    let socket = Slow::new(&mut written, 3000);
    let mut writer = embedded_async::PacketWriter::new(socket, Encoder::new(Version::V5_0), &mut second[..]);
    to_the_end(async {
        let head = reader.next_head().await.expect("legal").expect("a packet");
        let Packet::Publish(publish) = head.packet else { panic!() };
        writer.send_head(&relayed(publish), head.payload_len).await.expect("open");
        while let Some(piece) = reader.next_payload().await.expect("open") {
            writer.send_payload(piece).await.expect("open");
        }
        writer.send(&PingReq).await.expect("open");
    });
    assert!(written == expected);
}

/// Polls the future in a loop. These sockets need no runtime, because they become ready soon.
fn to_the_end<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

/// A payload that is not copied continues where its writing was cancelled.
#[test]
fn a_cancelled_payload_is_finished() {
    let payload: Vec<u8> = (0..10_000_u32).map(|number| number.to_le_bytes()[0]).collect();
    let publish = Publish::new(topic_name!("film"), &payload);
    let mut written = Vec::new();
    let mut writer = over_tokio::PacketWriter::new(Slow::new(&mut written, 300), Encoder::new(Version::V5_0));
    to_the_end(writer.send_head(&publish, payload.len())).expect("enough space");
    while writer.payload_left() > 0 {
        let rest = &payload[payload.len() - writer.payload_left()..];
        // A part is written, then the future is dropped.
        let _ = pin!(writer.send_payload(rest)).poll(&mut Context::from_waker(Waker::noop()));
    }
    to_the_end(writer.send(&PingReq)).expect("open");
    assert!(written == [&bytes(&publish, Version::V5_0)[..], b"\xc0\x00"].concat());
}

/// An unread payload is skipped, whether it has arrived or not.
#[test]
fn an_unread_payload_is_skipped() {
    let all = [&b"\x30\x1d\x00\x01tabcdefghijklmnopqrstuvwxyz"[..], b"\xc0\x00\xd0\x00"].concat();
    for at_a_time in PIECES {
        let mut reader =
            blocking::PacketReader::new(Slow::new(&all[..], at_a_time), decoder(Version::V3_1_1));
        assert_eq!(reader.next_head().expect("legal").expect("a packet").payload_len, 26);
        assert!(
            reader
                .next_payload()
                .expect("open")
                .is_some_and(|piece| b"abcdefghijklmnopqrstuvwxyz".starts_with(piece))
        );
        assert_eq!(reader.next().expect("legal"), Some(Packet::PingReq));
        assert_eq!(reader.next_head().expect("legal").map(|head| head.packet), Some(Packet::PingResp));
        assert!(reader.next_payload().expect("open").is_none());
        assert!(reader.next_head().expect("the end").is_none());
    }
}

/// Each refused packet in the middle is an error, and the packet after it is read.
#[test]
fn a_reader_continues_after_a_refused_packet() {
    let bad: [(&[u8], DecodeErrorKind); 4] = [
        (b"\x30\x03\x00\x01#", DecodeErrorKind::WildcardInTopicName),
        (b"\x36\x03\x00\x01a", DecodeErrorKind::InvalidQos),
        (b"\x30\x20\x00\x1eabcdefghijklmnopqrstuvwxyz0123", DecodeErrorKind::PacketTooLarge),
        (b"\x00\x00", DecodeErrorKind::ReservedPacketType),
    ];
    for at_a_time in PIECES {
        let all: Vec<u8> = bad.iter().flat_map(|(bad, _)| [bad, &b"\xc0\x00"[..]].concat()).collect();
        let decoder = decoder(Version::V3_1_1).max_packet_size(30);
        let mut reader = blocking::PacketReader::new(Slow::new(&all[..], at_a_time), decoder);
        for (_, kind) in bad {
            let Err(ReadError::Decode(error)) = reader.next() else { panic!("{kind:?}") };
            assert_eq!(error.kind(), kind);
            assert!(reader.last_owned().is_none());
            assert_eq!(reader.next().expect("legal"), Some(Packet::PingReq));
        }
        assert_eq!(reader.next().expect("the end"), None);
    }
    // If no packet can follow, the error stays.
    let mut reader = blocking::PacketReader::new(&b"\x30\xff\xff\xff\xff\x01"[..], decoder(Version::V5_0));
    for _ in 0..3 {
        let Err(ReadError::Decode(error)) = reader.next() else { panic!() };
        assert_eq!((error.kind(), error.packet_len()), (DecodeErrorKind::VarintTooLong, None));
    }
}

#[test]
fn an_end_inside_of_a_packet_is_an_error() {
    let publish = b"\x30\x07\x00\x01aabcd";
    for end in 1..publish.len() {
        let mut reader = blocking::PacketReader::new(&publish[..end], decoder(Version::V3_1_1));
        let Err(ReadError::Decode(error)) = reader.next() else { panic!("{end}") };
        assert_eq!((error.kind(), error.offset()), (DecodeErrorKind::IncompletePacket, end));
        let as_io = io::Error::from(ReadError::<io::Error>::from(error));
        assert_eq!(as_io.kind(), ErrorKind::InvalidData);
    }
    let mut reader = blocking::PacketReader::new(&publish[..7], decoder(Version::V3_1_1));
    assert_eq!(reader.next_head().expect("legal").expect("a head").payload_len, 4);
    assert_eq!(reader.next_payload().expect("open"), Some(&b"ab"[..]));
    let Err(ReadError::Decode(error)) = reader.next_payload() else { panic!() };
    assert_eq!((error.kind(), error.offset()), (DecodeErrorKind::IncompletePacket, 7));
    assert_eq!((error.packet_len(), error.packet_type()), (Some(9), Some(PacketType::Publish)));
}

/// A socket that fails, and a socket that accepts no bytes.
#[test]
fn errors_of_the_socket_are_passed_on() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(ErrorKind::ConnectionReset.into())
        }
    }
    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Ok(0)
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(ErrorKind::BrokenPipe.into())
        }
    }
    let mut reader = blocking::PacketReader::new(Broken, decoder(Version::V5_0));
    let Err(error) = reader.next() else { panic!() };
    assert_eq!(io::Error::from(error).kind(), ErrorKind::ConnectionReset);
    let mut writer = blocking::PacketWriter::new(Broken, Encoder::new(Version::V5_0));
    let error = writer.send(&PingReq).expect_err("nothing is taken");
    assert!(matches!(error, WriteError::WriteZero));
    assert_eq!(io::Error::from(error).kind(), ErrorKind::WriteZero);
    // The packet still waits to be written.
    assert_eq!(writer.buffer().as_bytes(), b"\xc0\x00");
    let (_, buffer) = writer.into_parts();
    assert!(!buffer.is_empty());

    let mut small = [0; 3];
    let mut writer = embedded::PacketWriter::new(&mut small[..], Encoder::new(Version::V5_0), [0; 3]);
    let error = writer.send(&Publish::new(topic_name!("t"), b"up")).expect_err("no space");
    assert_eq!(error.to_string(), "the buffer is too small: the packet needs 8 bytes");
}

/// A server takes these settings from CONNECT.
#[test]
fn settings_can_change_between_packets() {
    let all =
        [&b"\x10\x0d\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x00"[..], &[0x30, 44, 0, 1, b't', 0], &[7; 40]]
            .concat();
    let mut reader = blocking::PacketReader::new(&all[..], Decoder::from_client().max_packet_size(20));
    assert!(matches!(reader.next(), Ok(Some(Packet::Connect(_)))));
    let decoder = *reader.buffer().decoder();
    assert_eq!(decoder.version(), Some(Version::V5_0));
    reader.set_decoder(decoder.max_packet_size(100));
    assert!(matches!(reader.next(), Ok(Some(Packet::Publish(publish))) if publish.payload == [7; 40]));

    let mut writer = blocking::PacketWriter::new(Vec::new(), Encoder::new(Version::V5_0));
    writer.set_encoder(Encoder::new(Version::V5_0).max_packet_size(2));
    let error = writer.send(&PubAck::new(PacketId::MIN)).expect_err("too large");
    assert!(matches!(error, WriteError::Encode(EncodeError::TooLargeForPeer { needed: 4, maximum: 2 })));
    writer.send(&PingReq).expect("small");
    writer.send_answer(Answer::Close).expect("nothing");
    let answer = Answer::Disconnect(reason::DisconnectReason::ProtocolError);
    let error = writer.send_answer(answer).expect_err("too large");
    assert!(matches!(error, WriteError::Encode(EncodeError::TooLargeForPeer { needed: 3, maximum: 2 })));
    writer.set_encoder(Encoder::new(Version::V3_1_1));
    let error = writer.send_answer(answer).expect_err("only in 5.0");
    assert!(matches!(error, WriteError::Encode(EncodeError::NotInVersion { .. })));
    assert_eq!(writer.into_parts().0, b"\xc0\x00");
}

/// A peer that announces a large packet gets 64 KiB. Memory is freed afterwards.
#[test]
fn memory_grows_with_the_bytes_that_arrive() {
    use mqtt_wire::stream::ReadBuffer;
    let mut buffer = ReadBuffer::new(decoder(Version::V3_1_1), Vec::new());
    let mut announced = |come: usize| {
        buffer = ReadBuffer::new(decoder(Version::V3_1_1), Vec::new());
        let publish = [&b"\x30\xff\xff\xff\x7f\x00\x01t"[..], &vec![7; come][..]].concat();
        let mut rest = &publish[..];
        while !rest.is_empty() {
            assert!(buffer.next().expect("legal").is_none());
            let len = rest.read(buffer.space()).expect("bytes");
            buffer.filled(len);
        }
        assert!(buffer.next().expect("legal").is_none());
        buffer.space().len() + buffer.as_bytes().len()
    };
    assert!((4096..=100_000).contains(&announced(0)), "{}", announced(0));
    assert!((2_000_000..5_000_000).contains(&announced(1_900_000)));

    let mut buffer = ReadBuffer::new(decoder(Version::V3_1_1), Vec::new());
    for payload_len in [1_000_000, 1, 1] {
        let publish = bytes(&Publish::new(topic_name!("t"), &vec![7; payload_len]), Version::V3_1_1);
        let mut rest = &publish[..];
        while buffer.next().expect("legal").is_none() {
            let len = rest.read(buffer.space()).expect("bytes");
            buffer.filled(len);
        }
    }
    assert!(buffer.space().len() <= 64 * 1024, "{}", buffer.space().len());
}

/// A socket of `embedded-io` on top of a socket of std.
struct Embedded<S>(S);

impl<S> embedded_io::ErrorType for Embedded<S> {
    type Error = embedded_io::ErrorKind;
}

impl<S: Read> embedded_io::Read for Embedded<S> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, embedded_io::ErrorKind> {
        self.0.read(buffer).map_err(|_| embedded_io::ErrorKind::Other)
    }
}

impl<S: Write> embedded_io::Write for Embedded<S> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, embedded_io::ErrorKind> {
        self.0.write(bytes).map_err(|_| embedded_io::ErrorKind::Other)
    }

    fn flush(&mut self) -> Result<(), embedded_io::ErrorKind> {
        Ok(())
    }
}

/// A socket that accepts no bytes or fails.
struct Full(io::Result<usize>);

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        self.0.as_ref().map(|len| *len).map_err(|error| error.kind().into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The test of every reader. `$wait` is `.await` for async readers.
macro_rules! reads {
    ($reader:expr $(, $wait:tt $await:tt)?) => {
        to_the_end(async {
            const PING: &[u8] = b"\xc0\x00";
            const LETTERS: &[u8] = b"\x30\x1d\x00\x01tabcdefghijklmnopqrstuvwxyz";
            const WILDCARD: &[u8] = b"\x30\x03\x00\x01#";
            let unlimited = decoder(Version::V3_1_1);
            let all = [PING, LETTERS, PING, LETTERS, WILDCARD, PING, b"\xd3\x00", PING].concat();
            let mut reader = $reader(&all[..], unlimited);
            assert_eq!(reader.next()$($wait $await)?.expect("legal"), Some(Packet::PingReq));
            assert_eq!(reader.last_owned().expect("a packet").packet(), Packet::PingReq);
            reader.set_decoder(unlimited.max_packet_size(20));
            let Err(ReadError::Decode(error)) = reader.next_head()$($wait $await)? else { panic!() };
            assert_eq!(error.kind(), DecodeErrorKind::PacketTooLarge);
            assert_eq!(reader.next()$($wait $await)?.expect("legal"), Some(Packet::PingReq));
            reader.set_decoder(unlimited);
            assert_eq!(reader.next_head()$($wait $await)?.expect("legal").expect("a head").payload_len, 26);
            let mut letters = 0;
            while let Some(piece) = reader.next_payload()$($wait $await)?.expect("open") {
                letters += piece.len();
            }
            assert_eq!((letters, reader.buffer().payload_left()), (26, 0));
            let mut tolerant = $reader(&b"\xc1\x00"[..], unlimited.tolerate(Tolerances::ALL));
            assert_eq!(tolerant.next()$($wait $await)?.expect("tolerated"), Some(Packet::PingReq));
            assert_eq!(tolerant.tolerated(), Tolerances::CONNECTION_FLAGS);
            let Err(ReadError::Decode(error)) = reader.next_head()$($wait $await)? else { panic!() };
            assert_eq!(error.kind(), DecodeErrorKind::WildcardInTopicName);
            assert_eq!(reader.next_head()$($wait $await)?.expect("legal").expect("a head").packet, Packet::PingReq);
            let Err(ReadError::Decode(error)) = reader.next()$($wait $await)? else { panic!() };
            assert_eq!(error.kind(), DecodeErrorKind::InvalidFlags);
            assert_eq!(reader.next()$($wait $await)?.expect("legal"), Some(Packet::PingReq));
            assert!(reader.next_head()$($wait $await)?.expect("the end").is_none());
            assert!(reader.next_payload()$($wait $await)?.expect("the end").is_none());
            let _socket = reader.get_mut();
            assert!(reader.into_parts().1.is_empty());

            // The stream ends in the head, in the payload, or after a refused first byte.
            let mut reader = $reader(&LETTERS[..3], unlimited);
            assert!(reader.next_head()$($wait $await)?.is_err());
            let mut reader = $reader(&LETTERS[..4], unlimited);
            assert!(reader.next()$($wait $await)?.is_err());
            let mut reader = $reader(&LETTERS[..7], unlimited);
            assert!(reader.next_head()$($wait $await)?.is_ok());
            assert!(reader.next_payload()$($wait $await)?.is_ok());
            assert!(reader.next_payload()$($wait $await)?.is_err());
            let mut reader = $reader(&b"\xc0"[..], Decoder::from_client());
            let Err(ReadError::Decode(error)) = reader.next()$($wait $await)? else { panic!() };
            assert_eq!(error.kind(), DecodeErrorKind::VersionUnknown);
            let mut reader = $reader(&b"\xc0"[..], Decoder::from_client());
            assert!(reader.next_head()$($wait $await)?.is_err());
        })
    };
}

#[test]
fn all_readers_give_the_same_results() {
    reads!(blocking::PacketReader::new);
    reads!(|socket, decoder| over_tokio::PacketReader::new(Slow::new(socket, 5), decoder), . await);
    reads!(|socket, decoder| embedded::PacketReader::new(Embedded(socket), decoder, [0; 64]));
    reads!(|socket, decoder| embedded_async::PacketReader::new(Slow::new(socket, 5), decoder, [0; 64]), . await);
}

/// The test of every writer.
macro_rules! writes {
    ($writer:expr $(, $wait:tt $await:tt)?) => {
        to_the_end(async {
            let encoder = Encoder::new(Version::V5_0);
            let publish = Publish::new(topic_name!("t"), b"up");
            let mut written = Vec::new();
            let mut writer = $writer(&mut written, encoder);
            for _ in 0..5 {
                writer.feed(&publish)$($wait $await)?.expect("open");
            }
            writer.send_answer(Answer::Close)$($wait $await)?.expect("open");
            writer.send_answer(Answer::Disconnect(reason::DisconnectReason::ProtocolError))$($wait $await)?.expect("open");
            writer.feed(&PingReq)$($wait $await)?.expect("open");
            writer.send_publish(&publish)$($wait $await)?.expect("open");
            for _ in 0..3 {
                writer.feed(&PubAck::new(PacketId::MIN))$($wait $await)?.expect("open");
            }
            writer.send_head(&publish, 3)$($wait $await)?.expect("open");
            assert!(matches!(
                writer.send_payload(b"four")$($wait $await)?,
                Err(WriteError::PayloadTooLong { left: 3 })
            ));
            assert_eq!(writer.payload_left(), 3);
            writer.send_payload(b"3 b")$($wait $await)?.expect("open");
            writer.set_encoder(encoder.max_packet_size(2));
            assert_eq!(writer.buffer().encoder().version(), Version::V5_0);
            assert!(writer.send(&publish)$($wait $await)?.is_err());
            writer.flush()$($wait $await)?.expect("open");
            let _socket = writer.get_mut();
            assert!(writer.into_parts().1.is_empty());
            let (publish, puback) = (b"\x30\x06\x00\x01t\x00up", b"\x40\x02\x00\x01");
            let expected: [&[u8]; 6] = [
                &publish.repeat(5),
                b"\xe0\x01\x82\xc0\x00",
                publish,
                &puback.repeat(3),
                b"\x30\x07\x00\x01t\x00",
                b"3 b",
            ];
            assert_eq!(written, expected.concat());
        })
    };
}

#[test]
fn all_writers_write_the_same_bytes() {
    writes!(blocking::PacketWriter::new);
    writes!(|socket, encoder| over_tokio::PacketWriter::new(Slow::new(socket, 5), encoder), . await);
    writes!(|socket, encoder| embedded::PacketWriter::new(Embedded(socket), encoder, [0; 16]));
    writes!(|socket, encoder| embedded_async::PacketWriter::new(Slow::new(socket, 5), encoder, [0; 16]), . await);
}

/// A socket that accepts no bytes or fails gets neither the buffer nor a payload.
macro_rules! fails {
    ($writer:expr $(, $wait:tt $await:tt)?) => {
        to_the_end(async {
            let encoder = Encoder::new(Version::V5_0);
            let publish = Publish::new(topic_name!("t"), b"up");
            for socket in [|| Full(Ok(0)), || Full(Err(ErrorKind::BrokenPipe.into()))] {
                let mut writer = $writer(socket(), encoder);
                assert!(writer.send(&PingReq)$($wait $await)?.is_err());
                assert!(writer.send_publish(&publish)$($wait $await)?.is_err());
                assert!(!writer.buffer().is_empty());
                let mut writer = $writer(socket(), encoder);
                writer.send_head(&publish, 1)$($wait $await)?.expect("buffered");
                assert!(writer.send_payload(b"!")$($wait $await)?.is_err());
                assert_eq!(writer.payload_left(), 1);
            }
        })
    };
}

#[test]
fn all_writers_report_the_same_errors() {
    fails!(blocking::PacketWriter::new);
    fails!(|socket, encoder| over_tokio::PacketWriter::new(Slow::new(socket, 5), encoder), . await);
    fails!(|socket, encoder| embedded::PacketWriter::new(Embedded(socket), encoder, [0; 64]));
    fails!(|socket, encoder| embedded_async::PacketWriter::new(Slow::new(socket, 5), encoder, [0; 64]), . await);
    // A socket that accepts the head and then no more bytes.
    let mut small = [0; 6];
    let mut writer =
        embedded::PacketWriter::new(Embedded(&mut small[..]), Encoder::new(Version::V5_0), [0; 64]);
    let publish = Publish::new(topic_name!("t"), b"up");
    assert!(matches!(writer.send_publish(&publish), Err(WriteError::WriteZero)));
    let mut small = [0; 6];
    let socket = Slow::new(&mut small[..], 9);
    let mut writer = embedded_async::PacketWriter::new(socket, Encoder::new(Version::V5_0), [0; 64]);
    assert!(matches!(to_the_end(writer.send_publish(&publish)), Err(WriteError::WriteZero)));
}

/// A packet that does not fit into an empty array is refused.
#[test]
fn a_packet_larger_than_the_array_is_not_written() {
    let (encoder, publish) = (Encoder::new(Version::V5_0), Publish::new(topic_name!("t"), b"up"));
    let mut writer = embedded::PacketWriter::new(Embedded(Vec::new()), encoder, [0; 5]);
    let too_small = WriteError::Encode(EncodeError::BufferTooSmall { needed: 6 });
    assert_eq!(writer.send_head(&publish, 2), Err(too_small));
    let mut writer = embedded_async::PacketWriter::new(Slow::new(Vec::new(), 9), encoder, [0; 5]);
    assert_eq!(to_the_end(writer.send_head(&publish, 2)), Err(too_small));
    let too_small = WriteError::Encode(EncodeError::BufferTooSmall { needed: 8 });
    assert_eq!(to_the_end(writer.feed(&publish)), Err(too_small));
}

/// More than 8 KiB are written at once, even by `feed`.
#[test]
fn a_large_buffer_is_written_at_once() {
    let payload = [7; 9000];
    let publish = Publish::new(topic_name!("t"), &payload);
    let mut writer = blocking::PacketWriter::new(Vec::new(), Encoder::new(Version::V5_0));
    writer.feed(&publish).expect("open");
    assert!(writer.buffer().is_empty() && writer.get_mut().len() > 9000);
    let mut written = Vec::new();
    let mut writer = over_tokio::PacketWriter::new(Slow::new(&mut written, 500), Encoder::new(Version::V5_0));
    to_the_end(writer.feed(&publish)).expect("open");
    assert!(writer.buffer().is_empty());
}

/// Memory of a fixed size does not change. A head that does not fit is refused.
#[test]
fn an_array_refuses_packets_that_do_not_fit() {
    use mqtt_wire::stream::ReadBuffer;
    let mut buffer = ReadBuffer::new(decoder(Version::V3_1_1), [0; 70_000]);
    assert_eq!(buffer.space().len(), 70_000);
    buffer.filled(100_000); // more than were read
    assert_eq!(buffer.as_bytes().len(), 70_000);

    let mut buffer = ReadBuffer::new(decoder(Version::V3_1_1), [0; 8]);
    buffer.space().copy_from_slice(b"\x30\x20\x00\x1eabcd");
    buffer.filled(8);
    let error = buffer.next_head().expect_err("a topic of 30 bytes");
    assert_eq!((error.kind(), error.packet_len()), (DecodeErrorKind::PacketTooLarge, Some(34)));
    assert!(!buffer.is_head_ready().expect("skipping"));
    assert_eq!(buffer.finish(), Ok(()), "it was refused already");

    // The connection ends after the payload, which was not read.
    let mut buffer = ReadBuffer::new(decoder(Version::V3_1_1), [0; 8]);
    assert!(buffer.next_head().expect("nothing").is_none());
    buffer.space()[..7].copy_from_slice(b"\x30\x05\x00\x01tup");
    buffer.filled(7);
    buffer.next_head().expect("legal").expect("a head");
    assert_eq!((buffer.finish(), buffer.payload()), (Ok(()), &b"up"[..]));
}

/// A buffer that holds `bytes`.
fn buffer_with(bytes: &[u8], decoder: Decoder) -> mqtt_wire::stream::ReadBuffer<Vec<u8>> {
    let mut buffer = mqtt_wire::stream::ReadBuffer::new(decoder, Vec::new());
    buffer.space()[..bytes.len()].copy_from_slice(bytes);
    buffer.filled(bytes.len());
    buffer
}

/// `is_ready` finds a packet. A later call of `set_decoder` or `next_head` discards the packet that `is_ready` has found.
#[test]
fn the_result_of_is_ready_does_not_outlast_another_call() {
    let mut buffer = buffer_with(b"\x30\x05\x00\x01tup\xc0\x00\xd0\x00", decoder(Version::V3_1_1));
    assert_eq!(buffer.is_ready(), Ok(true));
    buffer.set_decoder(decoder(Version::V3_1_1).max_packet_size(6));
    assert_eq!(buffer.next().expect_err("too large now").kind(), DecodeErrorKind::PacketTooLarge);
    assert_eq!((buffer.is_ready(), buffer.is_ready()), (Ok(true), Ok(true)));
    assert_eq!(buffer.next_head().expect("legal").expect("a head").packet, Packet::PingReq);
    assert_eq!(buffer.next(), Ok(Some(Packet::PingResp)));
}

/// The reader gives the error that `decode_frame` gives for the cut frame, with the same answer.
#[test]
fn an_end_inside_of_a_payload_is_answered() {
    use mqtt_wire::answer::ConnectionState::AfterConnAck;
    for version in Version::ALL {
        let publish = bytes(&Publish::new(topic_name!("t"), b"up"), version);
        let (cut, _) = publish.split_at(publish.len() - 1);
        let mut buffer = buffer_with(cut, decoder(version));
        assert_eq!(buffer.next_head().expect("legal").expect("a head").payload_len, 2);
        let error = buffer.finish().expect_err("a byte is missing");
        assert_eq!(Err(error), decoder(version).decode_frame(cut));
        let is_answered = error.answer(Role::Server, AfterConnAck) != Answer::Close;
        assert_eq!(is_answered, version == Version::V5_0);
    }
}

/// The payload passes through, so it takes no memory.
#[test]
fn a_head_that_fills_the_memory_is_read() {
    use mqtt_wire::stream::ReadBuffer;
    let publish = b"\x30\x09\x00\x05topicup";
    let mut buffer = ReadBuffer::new(decoder(Version::V3_1_1), [0; 9]);
    for piece in [&publish[..4], &publish[4..9]] {
        assert_eq!(buffer.next_head(), Ok(None));
        buffer.space()[..piece.len()].copy_from_slice(piece);
        buffer.filled(piece.len());
    }
    assert_eq!(buffer.next_head().expect("legal").expect("a head").payload_len, 2);
}

/// The bytes in a buffer may hold a password, so they are not shown.
#[test]
fn buffers_do_not_show_their_bytes() {
    use mqtt_wire::stream::{ReadBuffer, WriteBuffer};
    let connect = Connect {
        user_name: Some(text!("Client123")),
        password: Some(Password::new(b"hunter2").expect("short")),
        ..Connect::new(Version::V5_0)
    };
    let mut writer = WriteBuffer::new(Encoder::new(Version::V5_0), [0; 64]);
    writer.push(&connect).expect("enough space");
    let mut reader = ReadBuffer::new(Decoder::from_client(), Vec::new());
    let len = writer.as_bytes().len();
    reader.space()[..len].copy_from_slice(writer.as_bytes());
    reader.filled(len);
    let secret = format!("{:?}", b"hunter2");
    let secret = secret.trim_matches(['[', ']']);
    for shown in [format!("{writer:?}"), format!("{reader:?}")] {
        assert!(!shown.contains(secret) && shown.contains(&format!("{len} bytes")), "{shown}");
    }
}

#[test]
fn errors_describe_the_problem() {
    let decode = decode(Version::V5_0, b"\x00\x00").expect_err("reserved");
    let broken = || io::Error::new(ErrorKind::BrokenPipe, "gone");
    assert_eq!(ReadError::Io(broken()).to_string(), "gone");
    assert_eq!(ReadError::<io::Error>::Decode(decode).to_string(), decode.to_string());
    assert_eq!(WriteError::Io(broken()).to_string(), "gone");
    assert_eq!(io::Error::from(WriteError::Io(broken())).kind(), ErrorKind::BrokenPipe);
    assert_eq!(WriteError::<io::Error>::WriteZero.to_string(), "the socket accepts no more bytes");
    let too_long = WriteError::<io::Error>::PayloadTooLong { left: 3 };
    assert_eq!(too_long.to_string(), "the piece is longer than the rest of the payload (3 bytes)");
    assert_eq!(io::Error::from(too_long).kind(), ErrorKind::InvalidInput);
    for (error, text) in [
        (
            EncodeError::TooLargeForPeer { needed: 9, maximum: 8 },
            "the packet has 9 bytes, and the peer accepts at most 8",
        ),
        (EncodeError::PayloadIncomplete { left: 2 }, "the payload of the previous PUBLISH lacks 2 bytes"),
    ] {
        assert_eq!(WriteError::<io::Error>::Encode(error).to_string(), text);
        assert_eq!(io::Error::from(WriteError::Encode(error)).to_string(), text);
    }
}

/// A socket may accept any part of the buffer and of the payload. The number of written bytes is right in each case.
#[test]
fn partly_written_bytes_are_counted_first_in_the_buffer() {
    let piece = [7; 60];
    for fed in [0, 1, 40, 400] {
        for written in [0, 1, 2, 79, 80, 81, 299, 300, 301, 799, 800, 801, 810, 900] {
            let mut buffer = stream::WriteBuffer::new(Encoder::new(Version::V3_1_1), Vec::new());
            (0..fed).for_each(|_| buffer.push(&PingReq).expect("it grows"));
            buffer.push_head(&Publish::new(topic_name!("a"), b""), 100).expect("it grows");
            let held = buffer.as_bytes().len();
            let written = written.min(held + piece.len());
            let rest = buffer.written_vectored(written, &piece).len();
            let of_piece = written.saturating_sub(held);
            assert_eq!(
                (buffer.as_bytes().len(), rest, buffer.payload_left()),
                (held - written.min(held), piece.len() - of_piece, 100 - of_piece),
                "{written} of {held}"
            );
        }
    }
}

/// One read can fill only the free space. If the space had only a few bytes, the reader would need a system call for every few bytes.
#[test]
fn a_read_has_space_for_more_than_a_few_bytes() {
    use mqtt_wire::stream::ReadBuffer;
    let publish = b"\x30\x05\x00\x01tup";
    // Complete packets that nobody takes.
    let mut buffer = ReadBuffer::new(Decoder::new(Version::V3_1_1), Vec::new());
    for _ in 0..3 {
        let space = buffer.space();
        assert!(space.len() >= 4096, "{}", space.len());
        let filled = space.len() / publish.len() * publish.len();
        space[..filled].copy_from_slice(&publish.repeat(filled / publish.len()));
        buffer.filled(filled);
    }
    // A packet that is cut at the end of the memory, after packets that were taken.
    let mut buffer = ReadBuffer::new(Decoder::new(Version::V3_1_1), [0; 64]);
    buffer.space().copy_from_slice(&publish.repeat(10)[..64]);
    buffer.filled(64);
    while buffer.next().expect("legal").is_some() {}
    assert_eq!((buffer.as_bytes().len(), buffer.space().len()), (1, 63));
}
