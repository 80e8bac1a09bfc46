//! Tests of the codec in a `Framed`, over pipes in memory and over the loopback interface.

use allocation_counter::measure;
use bytes::BytesMut;
use futures_util::{SinkExt, StreamExt};
use mqtt_wire::answer::{Answer, ConnectionState};
use mqtt_wire::broker::{FanOut, Recipient};
use mqtt_wire::codec::{Codec, CodecError, Outgoing};
use mqtt_wire::inspect::Field;
use mqtt_wire::owned::{OwnedFrame, OwnedPacket};
use mqtt_wire::reason::{ConnectReason, DisconnectReason};
use mqtt_wire::*;
use mqtt_wire_testkit::samples::{all_samples, bytes, samples};
use std::io::{Cursor, ErrorKind};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::codec::{Decoder as _, Encoder as _, Framed, FramedWrite};

/// The deadline of every wait. No test comes near this time.
const PATIENCE: Duration = Duration::from_secs(300);

const CONNECT_V5: &[u8] = b"\x10\x0d\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x00";

fn codec(version: Version) -> Codec {
    Codec::new(Decoder::new(version).accept_bridge(true))
}

fn connect(version: Version) -> Connect<'static> {
    Connect { client_id: text!("Client123"), ..Connect::new(version) }
}

/// Returns the server's end of a connection, and the other end.
fn server(decoder: Decoder) -> (Framed<DuplexStream, Codec>, DuplexStream) {
    let (socket, peer) = duplex(1 << 16);
    (Framed::new(socket, Codec::new(decoder)), peer)
}

#[tokio::test]
async fn every_packet_is_sent_in_both_directions() {
    for version in Version::ALL {
        let (left, right) = duplex(1000); // the long ones take many turns
        let (mut left, mut right) = (Framed::new(left, codec(version)), Framed::new(right, codec(version)));
        let writing = async {
            for packet in samples(version) {
                left.send(packet.into()).await.expect("legal");
                left.send(OwnedPacket::new(&packet, version).expect("legal").into()).await.expect("legal");
            }
            drop(left);
        };
        let reading = async {
            for packet in samples(version) {
                for _ in 0..2 {
                    let read = right.next().await.expect("a packet").expect("legal");
                    assert_eq!((read.packet().expect("legal"), read.version()), (packet, Some(version)));
                }
            }
            assert!(right.next().await.is_none());
        };
        timeout(PATIENCE, async { tokio::join!(writing, reading) }).await.expect("in time");
    }
}

#[test]
fn a_packet_split_at_any_byte_is_decoded() {
    for (version, packet) in all_samples() {
        let bytes = bytes(&packet, version);
        for end in (0..bytes.len()).filter(|end| *end < 300 && bytes.len() < 2000) {
            let mut codec = codec(version);
            let mut buffer = BytesMut::from(&bytes[..end]);
            assert!(matches!(codec.decode(&mut buffer), Ok(None)));
            assert_eq!(buffer, bytes[..end]);
            buffer.extend_from_slice(&bytes[end..]);
            let read = codec.decode(&mut buffer).expect("legal").expect("whole");
            assert_eq!((read.packet().expect("legal"), buffer.len()), (packet, 0));
        }
    }
}

#[tokio::test]
async fn a_packet_larger_than_every_buffer_arrives() {
    let payload: Vec<u8> = (0..3_000_000_u32).map(|number| number.to_le_bytes()[1]).collect();
    let publish = Publish::new(topic_name!("large"), &payload);
    let (mut framed, mut peer) = server(Decoder::new(Version::V5_0));
    let bytes = bytes(&publish, Version::V5_0);
    let writing = async { peer.write_all(&bytes).await.expect("open") };
    let reading = async {
        let read = framed.next().await.expect("a packet").expect("legal");
        assert!(read.packet().expect("legal") == publish.into());
    };
    timeout(PATIENCE, async { tokio::join!(writing, reading) }).await.expect("in time");
}

/// A packet of announced length gets 64 KiB of memory. The packet gets more memory when more bytes arrive.
#[test]
fn an_announced_length_reserves_little_memory() {
    let reserved = |announced: u32, come: usize| {
        let mut buffer = BytesMut::from(&[0x30][..]);
        for shift in [0, 7, 14, 21] {
            let septet = (announced >> shift & 0x7f) as u8;
            buffer.extend_from_slice(&[if shift < 21 { septet | 0x80 } else { septet }]);
        }
        buffer.resize(come, 0);
        assert!(matches!(codec(Version::V3_1_1).decode(&mut buffer), Ok(None)));
        buffer.capacity()
    };
    assert!((1005..2100).contains(&reserved(1000, 6)), "exactly, but for what the allocator adds");
    assert!((65_536..132_000).contains(&reserved(268_435_455, 6)));
    assert!((2_000_000..3_000_000).contains(&reserved(268_435_455, 1_000_000)));
}

#[tokio::test]
async fn a_packet_that_is_too_large_is_refused_by_its_header_and_answered() {
    let (mut framed, mut peer) = server(Decoder::from_client().max_packet_size(64));
    peer.write_all(CONNECT_V5).await.expect("open");
    framed.next().await.expect("a packet").expect("legal");
    peer.write_all(b"\x30\x80\x80\x01").await.expect("open");
    let Some(Err(CodecError::Decode(error))) = framed.next().await else { panic!("too large") };
    assert_eq!(error.kind(), DecodeErrorKind::PacketTooLarge);
    framed.send(error.answer(Role::Server, ConnectionState::AfterConnAck).into()).await.expect("open");
    let mut answer = [0; 3];
    peer.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(&answer, b"\xe0\x01\x95");
}

#[tokio::test]
async fn the_version_of_connect_is_used_for_writing() {
    for version in Version::ALL {
        let (mut framed, mut peer) = server(Decoder::from_client());
        assert_eq!(framed.codec().decoder().version(), None);
        peer.write_all(&bytes(&connect(version), version)).await.expect("open");
        let read = framed.next().await.expect("a packet").expect("legal");
        assert_eq!(
            (read.packet().expect("legal"), framed.codec().decoder().version()),
            (connect(version).into(), Some(version))
        );
        let connack = ConnAck::new(ConnectReason::Success);
        framed.send(connack.into()).await.expect("open");
        drop(framed);
        let mut answer = Vec::new();
        peer.read_to_end(&mut answer).await.expect("an end");
        assert_eq!(answer, bytes(&connack, version));
    }
}

#[tokio::test]
async fn before_the_version_is_known_only_answers_are_written() {
    let (mut framed, mut peer) = server(Decoder::from_client());
    let refused = framed.send(ConnAck::new(ConnectReason::NotAuthorized).into()).await;
    assert!(matches!(refused, Err(CodecError::VersionUnknown)), "{refused:?}");
    framed.send(Answer::Close.into()).await.expect("open");
    framed.send(Answer::ConnAckV3(ConnectReason::UnsupportedProtocolVersion).into()).await.expect("open");
    drop(framed);
    let mut answer = Vec::new();
    peer.read_to_end(&mut answer).await.expect("an end");
    assert_eq!(answer, b"\x20\x02\x00\x01");
}

/// The rules for every packet that the codec writes are the rules for an answer, too.
#[tokio::test]
async fn an_answer_obeys_the_rules_of_the_connection() {
    use DisconnectReason::{DisconnectWithWillMessage, SessionTakenOver};
    let from_client = |version| Decoder::new(version).sender(Role::Client);
    let answer = Answer::Disconnect(SessionTakenOver);
    for (decoder, max_outgoing, answer, expected) in [
        (from_client(Version::V5_0), 3, answer, Ok(&b"\xe0\x01\x8e"[..])),
        (from_client(Version::V5_0), 2, answer, Err(EncodeError::TooLargeForPeer { needed: 3, maximum: 2 })),
        (
            from_client(Version::V3_1_1),
            3,
            answer,
            Err(EncodeError::NotInVersion { field: Field::ReasonCode, version: Version::V3_1_1 }),
        ),
        (
            from_client(Version::V5_0),
            3,
            Answer::Disconnect(DisconnectWithWillMessage),
            Err(EncodeError::Inconsistent(Inconsistency::WrongDirection)),
        ),
        // A CONNACK follows the CONNECT, whatever the server speaks.
        (
            from_client(Version::V3_1_1),
            5,
            Answer::ConnAckV5(ConnectReason::MalformedPacket),
            Ok(b"\x20\x03\x00\x81\x00"),
        ),
    ] {
        let mut codec = Codec::new(decoder);
        codec.set_max_outgoing(max_outgoing);
        let mut written = BytesMut::new();
        match (codec.encode(answer.into(), &mut written), expected) {
            (Ok(()), Ok(expected)) => assert_eq!(written, expected, "{answer:?}"),
            (Err(CodecError::Encode(error)), Err(expected)) => {
                assert_eq!((error, &written[..]), (expected, &b""[..]))
            }
            (written, _) => panic!("{answer:?}: {written:?}"),
        }
    }
}

/// A packet with a bad body is an error of its frame: the stream continues, and the answer can be sent.
#[tokio::test]
async fn a_bad_body_does_not_end_the_stream() {
    for (bytes, answer) in [
        (&b"\x10\x07\x00\x04MQTT\x07"[..], &b"\x20\x03\x00\x84\x00"[..]),
        (b"\x10\x07\x00\x04MQTT\x02", b"\x20\x02\x00\x01"),
        (b"\x10\x0d\x00\x04MQTT\x05\x03\x00\x3c\x00\x00\x00", b"\x20\x03\x00\x81\x00"),
    ] {
        let (mut framed, mut peer) = server(Decoder::from_client());
        peer.write_all(&[bytes, CONNECT_V5, b"\xc0\x00"].concat()).await.expect("open");
        let refused = framed.next().await.expect("a frame").expect("a legal fixed header");
        let error = refused.packet().expect_err("a bad body");
        framed.send(error.answer(Role::Server, ConnectionState::BeforeConnAck).into()).await.expect("open");
        for expected in [PacketType::Connect, PacketType::PingReq] {
            let next = framed.next().await.expect("a frame").expect("legal");
            assert_eq!(next.packet().map(|packet| packet.packet_type()), Ok(expected));
        }
        framed.close().await.expect("open");
        let mut answered = Vec::new();
        peer.read_to_end(&mut answered).await.expect("an end");
        assert_eq!(answered, answer);
    }
}

/// An error in a fixed header is an error of the stream. If the length of the packet is known, the next
/// packet is read.
#[tokio::test]
async fn a_bad_fixed_header_is_skipped() {
    for (bad, kind) in [
        (&b"\x36\x04\x00\x01ab"[..], DecodeErrorKind::InvalidQos),
        (b"\xd0\x00", DecodeErrorKind::WrongDirection),
        (b"\x30\x80\x01................................................................................................................................", DecodeErrorKind::PacketTooLarge),
    ] {
        // The whole packet arrives at once, or its end arrives later.
        for end in [bad.len(), 2] {
            let (mut framed, mut peer) = server(Decoder::from_client().max_packet_size(64));
            peer.write_all(&[CONNECT_V5, &bad[..end]].concat()).await.expect("open");
            framed.next().await.expect("a frame").expect("legal");
            if kind == DecodeErrorKind::PacketTooLarge && end == 2 {
                peer.write_all(&bad[2..3]).await.expect("open");
            }
            let Some(Err(CodecError::Decode(error))) = framed.next().await else { panic!("{kind:?}") };
            assert_eq!(error.kind(), kind);
            assert!(framed.next().await.is_none(), "once, as of every `Framed`");
            let come = if kind == DecodeErrorKind::PacketTooLarge { end.max(3) } else { end };
            peer.write_all(&[&bad[come..], b"\xc0\x00"].concat()).await.expect("open");
            let next = framed.next().await.expect("a frame").expect("legal");
            assert_eq!(next.packet(), Ok(Packet::PingReq), "{kind:?}");
        }
    }
}

/// The packets behind refused packets are read at once if they have arrived, and also if the connection has ended.
#[tokio::test]
async fn packets_behind_refused_fixed_headers_are_read_from_new_parts() {
    for open in [true, false] {
        let (mut framed, mut peer) = server(Decoder::new(Version::V5_0));
        peer.write_all(b"\x36\x04\x00\x01ab\xc2\x00\xc0\x00").await.expect("open");
        if !open {
            peer.shutdown().await.expect("open");
        }
        for _ in 0..2 {
            assert!(matches!(framed.next().await, Some(Err(CodecError::Decode(_)))));
            framed = Framed::from_parts(framed.into_parts());
        }
        let next = framed.next().await.expect("a frame").expect("legal");
        assert_eq!(next.packet(), Ok(Packet::PingReq), "open: {open}");
    }
}

/// A `Framed` with the read half of a socket continues while another task writes.
#[tokio::test]
async fn a_read_half_continues_after_a_refused_fixed_header() {
    let (mut peer, socket) = duplex(64);
    let (read_half, write_half) = tokio::io::split(socket);
    let codec = codec(Version::V3_1_1);
    let mut writer = FramedWrite::new(write_half, codec.clone());
    let mut reader = Framed::new(read_half, codec);
    peer.write_all(b"\x36\x04\x00\x01ab\xc0\x00").await.expect("open");
    assert!(matches!(reader.next().await, Some(Err(CodecError::Decode(_)))));
    reader = Framed::from_parts(reader.into_parts());
    assert_eq!(reader.next().await.expect("a frame").expect("legal").packet(), Ok(Packet::PingReq));
    writer.send(PingResp.into()).await.expect("open");
    let mut answer = [0; 2];
    peer.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(&answer, b"\xd0\x00");
}

/// Bytes that are not MQTT have no next packet: further bytes are neither read nor kept.
#[tokio::test]
async fn nothing_is_read_after_bytes_that_are_not_mqtt() {
    let (mut framed, mut peer) = server(Decoder::from_client());
    peer.write_all(b"\x30\xff\xff\xff\xff\x01\0\0\0").await.expect("open");
    let Some(Err(CodecError::Decode(error))) = framed.next().await else { panic!("no packet") };
    assert_eq!(error.packet_len(), None);
    assert!(framed.next().await.is_none());
    peer.write_all(CONNECT_V5).await.expect("open");
    let more = timeout(Duration::from_millis(20), framed.next()).await;
    assert!(more.is_err(), "it reads until the end, and gives nothing: {more:?}");
    assert!(framed.read_buffer().is_empty());
    drop(peer);
    assert!(framed.next().await.is_none());
}

/// Tests halves of a `Framed`, and codecs for two halves of a socket.
#[tokio::test]
async fn reader_and_writer_can_be_in_two_tasks() {
    let (framed, mut peer) = server(Decoder::from_client());
    let (mut sink, mut stream) = framed.split();
    peer.write_all(CONNECT_V5).await.expect("open");
    stream.next().await.expect("a frame").expect("legal");
    let task = tokio::spawn(async move {
        sink.send(ConnAck::new(ConnectReason::Success).into()).await?;
        let text = String::from("made at run time");
        let publish = Publish::new(topic_name!("t"), text.as_bytes());
        sink.feed(OwnedPacket::new(&publish, Version::V5_0)?.into()).await?;
        sink.feed(PingResp.into()).await?;
        sink.flush().await?;
        sink.close().await
    });
    task.await.expect("no panic").expect("open");
    drop(stream);
    let mut written = Vec::new();
    peer.read_to_end(&mut written).await.expect("an end");
    assert_eq!(written, b"\x20\x03\x00\x00\x00\x30\x14\x00\x01t\x00made at run time\xd0\x00");
}

#[tokio::test]
async fn clones_share_the_version() {
    for version in Version::ALL {
        let codec = Codec::new(Decoder::from_client());
        let (mut input, mut output) = (BytesMut::from(&bytes(&connect(version), version)[..]), Vec::new());
        let mut writer = FramedWrite::new(&mut output, codec.clone());
        let refused = writer.send(PingResp.into()).await;
        assert!(matches!(refused, Err(CodecError::VersionUnknown)));
        let mut reader = codec;
        reader.decode(&mut input).expect("legal").expect("whole");
        let connack = ConnAck::new(ConnectReason::Success);
        assert_eq!((reader.version(), writer.encoder().version()), (Some(version), Some(version)));
        writer.send(connack.into()).await.expect("known");
        writer.close().await.expect("open");
        assert_eq!(output, bytes(&connack, version));
    }
}

/// Limits for both directions are set when the client is known.
#[tokio::test]
async fn settings_can_change_between_packets() {
    let (mut framed, mut peer) = server(Decoder::from_client().max_packet_size(32));
    peer.write_all(CONNECT_V5).await.expect("open");
    framed.next().await.expect("a frame").expect("legal");
    let decoder = framed.codec().decoder().max_packet_size(128);
    framed.codec_mut().set_decoder(decoder);
    framed.codec_mut().set_max_outgoing(16);
    let publish = Publish::new(topic_name!("t"), &[7; 64]);
    peer.write_all(&bytes(&publish, Version::V5_0)).await.expect("open");
    let read = framed.next().await.expect("a frame").expect("not too large");
    assert_eq!(read.packet(), Ok(publish.into()));

    let too_large = EncodeError::TooLargeForPeer { needed: 70, maximum: 16 };
    let fan_out = FanOut::new(topic_name!("t"), &publish, &mut []).expect("no properties");
    let (recipient, mut own) = (Recipient::new(Version::V5_0, Delivery::AtMostOnce), [0; 16]);
    let of_fan_out = fan_out.to(&recipient, &mut own).expect("small");
    for outgoing in [
        Outgoing::from(publish),
        (&publish).into(),
        OwnedPacket::new(&publish, Version::V5_0).expect("legal").into(),
        of_fan_out.into(),
    ] {
        let refused = framed.send(outgoing).await;
        assert!(matches!(&refused, Err(CodecError::Encode(error)) if *error == too_large), "{refused:?}");
    }
    framed.codec_mut().set_max_outgoing(70);
    framed.send(of_fan_out.into()).await.expect("not too large");
    framed.close().await.expect("open");
    let mut written = Vec::new();
    peer.read_to_end(&mut written).await.expect("an end");
    assert_eq!(written, bytes(&publish, Version::V5_0));
}

/// The bytes of a fan-out have a version. 3.1 and 3.1.1 have the same PUBLISH.
#[tokio::test]
async fn a_publish_that_was_fanned_out_for_another_version_is_not_written() {
    let publish = Publish::new(topic_name!("t"), b"up");
    let fan_out = FanOut::new(topic_name!("t"), &publish, &mut []).expect("no properties");
    for of_connection in Version::ALL {
        for of_recipient in Version::ALL {
            let mut framed = Framed::new(Cursor::new(Vec::new()), Codec::new(Decoder::new(of_connection)));
            let (recipient, mut own) = (Recipient::new(of_recipient, Delivery::AtMostOnce), [0; 16]);
            let sent = framed.send(fan_out.to(&recipient, &mut own).expect("small").into()).await;
            let is_same = (of_connection == Version::V5_0) == (of_recipient == Version::V5_0);
            assert_eq!(sent.is_ok(), is_same, "{of_recipient} on {of_connection}: {sent:?}");
            let written = if is_same { bytes(&publish, of_connection) } else { Vec::new() };
            assert_eq!(framed.get_ref().get_ref(), &written);
            if let Err(error) = sent {
                assert!(matches!(&error, CodecError::WrongVersion { .. }), "{error:?}");
                let text = format!(
                    "the bytes are for MQTT {of_recipient}, and the connection has MQTT {of_connection}"
                );
                assert_eq!(error.to_string(), text);
            }
        }
    }
}

#[tokio::test]
async fn the_end_of_the_stream_is_an_error_only_inside_a_packet() {
    for end in 1..CONNECT_V5.len() {
        let (mut framed, mut peer) = server(Decoder::from_client());
        peer.write_all(&CONNECT_V5[..end]).await.expect("open");
        drop(peer);
        let Some(Err(CodecError::Decode(error))) = framed.next().await else { panic!("cut at {end}") };
        assert_eq!((error.kind(), error.offset()), (DecodeErrorKind::IncompletePacket, end));
        assert!(framed.next().await.is_none());
        assert!(framed.next().await.is_none());
    }
    let (mut framed, mut peer) = server(Decoder::from_client());
    peer.write_all(CONNECT_V5).await.expect("open");
    drop(peer);
    assert!(framed.next().await.expect("a packet").is_ok());
    assert!(framed.next().await.is_none());
}

/// If the decoder knows the sender, the codec writes only packets of the other role. After an error the connection stays open.
#[tokio::test]
async fn a_packet_that_cannot_be_written_leaves_the_buffer_unchanged() {
    let (mut framed, mut peer) = server(Decoder::new(Version::V5_0).sender(Role::Client));
    let wrong = EncodeError::Inconsistent(Inconsistency::WrongDirection);
    let refused = framed.send(PingReq.into()).await;
    assert!(matches!(refused, Err(CodecError::Encode(error)) if error == wrong), "{refused:?}");
    framed.send(PingResp.into()).await.expect("open");
    drop(framed);
    let mut written = Vec::new();
    peer.read_to_end(&mut written).await.expect("an end");
    assert_eq!(written, b"\xd0\x00");

    let mut client = Codec::new(Decoder::from_server(Version::V5_0));
    let mut buffer = BytesMut::new();
    assert!(client.encode(PingResp.into(), &mut buffer).is_err());
    let other = client.encode(connect(Version::V3_1_1).into(), &mut buffer);
    assert!(matches!(other, Err(CodecError::Encode(EncodeError::NotInVersion { .. }))), "{other:?}");
    assert!(buffer.is_empty());
    client.encode(connect(Version::V5_0).into(), &mut buffer).expect("its own version");
    // Without a sender, either role can write.
    Codec::new(Decoder::new(Version::V5_0)).encode(PingResp.into(), &mut buffer).expect("legal");
}

/// A reader that is cancelled again and again loses nothing.
#[tokio::test]
async fn a_cancelled_read_loses_nothing() {
    let (mut framed, mut peer) = server(Decoder::new(Version::V3_1_1));
    let packets = samples(Version::V3_1_1).into_iter().filter(|packet| {
        packet.packet_type() == PacketType::Publish && bytes(packet, Version::V3_1_1).len() < 100
    });
    for packet in packets {
        for byte in bytes(&packet, Version::V3_1_1) {
            assert!(timeout(Duration::ZERO, framed.next()).await.is_err());
            peer.write_all(&[byte]).await.expect("open");
        }
        assert_eq!(framed.next().await.expect("a packet").expect("legal").packet(), Ok(packet));
    }
}

/// A buffer has free space, and was shared once. Packets are still read into this buffer without allocations.
#[test]
fn reading_and_writing_allocates_nothing() {
    let publish = Publish::new(topic_name!("/status"), b"online");
    let mut codec = codec(Version::V5_0);
    let mut buffer = BytesMut::with_capacity(1024);
    let mut round = || {
        let mut read = None;
        let count = measure(|| {
            codec.encode((&publish).into(), &mut buffer).expect("legal");
            read = codec.decode(&mut buffer).expect("legal");
            assert!(matches!(codec.decode(&mut buffer), Ok(None)));
        });
        assert_eq!(read.as_ref().map(OwnedFrame::packet), Some(Ok(publish.into())));
        (count.count_total, read)
    };
    let kept = [round(), round(), round()];
    assert_eq!(kept.map(|(count, _)| count), [1, 0, 0]);
}

#[test]
fn errors_show_the_inner_error() {
    let io = CodecError::from(std::io::Error::new(ErrorKind::BrokenPipe, "gone"));
    assert_eq!(io.to_string(), "gone");
    let encode = CodecError::from(EncodeError::BufferTooSmall { needed: 7 });
    assert_eq!(encode.to_string(), EncodeError::BufferTooSmall { needed: 7 }.to_string());
    let decode = CodecError::from(decode(Version::V5_0, b"\x00").expect_err("reserved"));
    assert!(decode.to_string().contains("byte 0"), "{decode}");
    assert_eq!(CodecError::VersionUnknown.to_string(), "the version of the connection is not known yet");
    for error in [&io, &encode, &decode, &CodecError::VersionUnknown] {
        assert!(std::error::Error::source(error).is_none(), "it is shown already");
    }
    let io = CodecError::from(std::io::Error::other(Broken(
        "the link",
        Some(Box::new(Broken("the cable", None))),
    )));
    assert_eq!(io.to_string(), "the link");
    assert!(std::error::Error::source(&io).is_some_and(|inner| inner.to_string() == "the cable"));
}

#[derive(Debug)]
struct Broken(&'static str, Option<Box<Broken>>);

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Broken {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.1.as_deref().map(|inner| inner as _)
    }
}

/// A thousand clients at once over the loopback interface, each with a version and a will of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_connections_work_at_once() {
    const CLIENTS: usize = 1000;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        for _ in 0..CLIENTS {
            let (socket, _) = listener.accept().await.expect("a client");
            connections.spawn(echo(socket));
        }
        assert_eq!(connections.join_all().await.len(), CLIENTS);
    });
    for (number, version) in (0..CLIENTS).zip(Version::ALL.into_iter().cycle()) {
        tasks.spawn(async move {
            let socket = TcpStream::connect(address).await.expect("listening");
            converse(socket, version, &format!("client-{number}")).await;
        });
    }
    timeout(PATIENCE, tasks.join_all()).await.expect("in time");
}

/// Accepts a client, echoes its messages, and publishes its will at the end.
async fn echo(socket: TcpStream) {
    let mut framed = Framed::new(socket, Codec::new(Decoder::from_client()));
    let connect = framed.next().await.expect("a packet").expect("legal");
    framed.send(ConnAck::new(ConnectReason::Success).into()).await.expect("open");
    while let Some(received) = framed.next().await {
        let received = received.expect("legal");
        match received.packet().expect("legal") {
            Packet::Publish(publish) => framed.send(publish.into()).await.expect("open"),
            Packet::PingReq => {
                let Packet::Connect(Connect { will: Some(will), .. }) = connect.packet().expect("legal")
                else {
                    panic!()
                };
                framed.send(will.publish(Delivery::AtMostOnce).into()).await.expect("open");
            }
            other => panic!("{other:?}"),
        }
    }
}

async fn converse(socket: TcpStream, version: Version, client_id: &str) {
    let mut framed = Framed::new(socket, Codec::new(Decoder::from_server(version)));
    let (client_id, payload) = (Text::new(client_id).expect("short"), client_id.as_bytes());
    let will = Will::new(topic_name!("/status"), Binary::new(payload).expect("short"));
    framed.send(Connect { client_id, will: Some(will), ..Connect::new(version) }.into()).await.expect("open");
    let connack = framed.next().await.expect("a packet").expect("legal");
    assert_eq!(connack.packet().expect("legal"), ConnAck::new(ConnectReason::Success).into());
    for number in 0..3_u8 {
        let payload = [payload, &[number]].concat();
        let publish = Publish::new(topic_name!("echo"), &payload);
        framed.send((&publish).into()).await.expect("open");
        let echoed = framed.next().await.expect("a packet").expect("legal");
        assert_eq!(echoed.packet().expect("legal"), publish.into());
    }
    framed.send(PingReq.into()).await.expect("open");
    let published = framed.next().await.expect("a packet").expect("legal");
    assert_eq!(published.packet().expect("legal"), will.publish(Delivery::AtMostOnce).into());
}

#[test]
fn outgoing_items_are_shown_without_secrets() {
    let packet = Packet::from(connect(Version::V5_0));
    let owned = OwnedPacket::new(&packet, Version::V5_0).expect("legal");
    let answer = Answer::Close;
    let (publish, id) = (Publish::new(topic_name!("t"), b"payload"), PacketId::MIN);
    for (outgoing, expected) in [
        (Outgoing::from(packet), format!("Outgoing({packet:?})")),
        (owned.clone().into(), format!("Outgoing({owned:?})")),
        (answer.into(), format!("Outgoing({answer:?})")),
        ((&packet).into(), "Outgoing { .. }".to_owned()),
        (publish.into(), format!("Outgoing({publish:?})")),
        (PubAck::new(id).into(), format!("Outgoing({:?})", PubAck::new(id))),
        (PubRec::new(id).into(), format!("Outgoing({:?})", PubRec::new(id))),
        (PubRel::new(id).into(), format!("Outgoing({:?})", PubRel::new(id))),
        (PubComp::new(id).into(), format!("Outgoing({:?})", PubComp::new(id))),
    ] {
        assert_eq!(format!("{outgoing:?}"), expected);
    }
}

/// A codec and its clones have the same version. Any of them may set it.
#[test]
fn a_version_that_is_set_is_shared() {
    let mut codec = Codec::new(Decoder::from_client());
    let clone = codec.clone();
    codec.set_decoder(Decoder::new(Version::V5_0));
    assert_eq!((codec.version(), clone.version()), (Some(Version::V5_0), Some(Version::V5_0)));
}

/// The broker answers with the flags of the request, and announces a Maximum QoS of 2.
#[tokio::test]
async fn each_frame_lists_its_tolerated_deviations() {
    for (version, came, deviation, sent_on) in [
        (Version::V3_1_1, &b"\x92\x03\x00\x01\x00"[..], Tolerances::ACK_FLAGS, &b"\x90\x03\x00\x01\x00"[..]),
        (Version::V5_0, b"\x20\x05\x00\x00\x02\x24\x02", Tolerances::MAXIMUM_QOS_2, b"\x20\x03\x00\x00\x00"),
    ] {
        let strict = Decoder::from_server(version);
        let (mut framed, mut peer) = server(strict.tolerate(Tolerances::BROKERS));
        peer.write_all(&[came, sent_on].concat()).await.expect("open");
        let frame = framed.next().await.expect("a packet").expect("tolerated");
        assert_eq!(frame.tolerated(), deviation);
        let owned = frame.into_packet().expect("tolerated");
        assert_eq!(owned.as_bytes()[..], *sent_on);
        let frame = framed.next().await.expect("a packet").expect("legal");
        assert_eq!((frame.tolerated(), frame.as_bytes()[..] == *sent_on), (Tolerances::NONE, true));

        framed.codec_mut().set_decoder(strict);
        peer.write_all(came).await.expect("open");
        let refused =
            framed.next().await.expect("a packet").and_then(|frame| Ok(frame.packet().map(drop)?));
        assert!(refused.is_err(), "{version}");
    }
}
