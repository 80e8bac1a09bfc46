//! Measures messages from a source to a sink over TCP and loopback. Each end has its own core.
//!
//! All peers have the same loops. The source sends a window of messages. With QoS 1 the source then waits for
//! the acknowledgements. The sink takes the messages that have arrived, and writes the acknowledgements when
//! no more have arrived. The last peer moves the same bytes without a codec.

use bytes::Bytes;
use cpu_time::ThreadTime;
use futures_util::{FutureExt, SinkExt, StreamExt};
use mqtt_wire::codec::{Codec, Outgoing};
use mqtt_wire::io::tokio::{PacketReader, PacketWriter};
use mqtt_wire::owned::OwnedFrame;
use mqtt_wire::{
    Decoder, Delivery, Encode, Encoder, Packet, PacketId, PubAck, Publish, Qos, TopicName, Version,
    topic_name,
};
use ntex_codec::{Decoder as _, Encoder as _};
use ntex_mqtt::v3::codec as ntex;
use rmqtt_codec::v3 as rmqtt;
use rumqttc::mqttbytes::v4;
use std::fmt::{Debug, Write};
use std::future::Future;
use std::hint::black_box;
use std::num::NonZeroU16;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::codec::{Decoder as FramedDecoder, Encoder as FramedEncoder, Framed};

/// The number of messages in a round.
const MESSAGES: u16 = 20_000;
/// The number of messages in a window.
const WINDOW: u16 = 50;

const TOPIC: TopicName<'static> = topic_name!("building/7/floor/3/room/12/temperature");
const PAYLOAD: &[u8] = &[7; 100];

const FIRST_BYTE_QOS_0: u8 = 0x30;
const PUBACK: &[u8] = b"\x40\x02\x00\x01";

/// A codec at both ends. Each end runs in its own thread.
struct Peer {
    name: &'static str,
    source: fn(std::net::TcpStream, Qos),
    sink: fn(std::net::TcpStream),
}

const PEERS: [Peer; 6] = [
    Peer {
        name: "mqtt-wire, `io::tokio`",
        source: |s, qos| run(s, |s| lending_source(s, qos)),
        sink: |s| run(s, lending_sink),
    },
    Peer {
        name: "mqtt-wire, `Codec` in `Framed`",
        source: |s, qos| run(s, |s| source(s, our_codec(), qos, |id| our_publish(qos, id).into())),
        sink: |s| run(s, |s| sink(s, our_codec(), our_look)),
    },
    Peer {
        name: "rumqttc, `Codec` in `Framed`",
        source: |s, qos| run(s, |s| source(s, rumqttc_codec(), qos, |id| rumqttc_publish(qos, id))),
        sink: |s| run(s, |s| sink(s, rumqttc_codec(), rumqttc_look)),
    },
    Peer {
        name: "rmqtt-codec, `Codec` in `Framed`",
        source: |s, qos| run(s, |s| source(s, rmqtt::Codec::default(), qos, |id| rmqtt_publish(qos, id))),
        sink: |s| run(s, |s| sink(s, rmqtt::Codec::default(), rmqtt_look)),
    },
    Peer {
        name: "ntex-mqtt, its `Codec` in a loop",
        source: |s, qos| run(s, |s| ntex_source(s, qos)),
        sink: |s| run(s, ntex_sink),
    },
    Peer {
        name: "no codec, the same bytes",
        source: |s, qos| run(s, |s| bare_source(s, qos)),
        sink: |s| run(s, bare_sink),
    },
];

/// The times of a round for one message, in nanoseconds.
struct Round {
    wall: f64,
    source: f64,
    sink: f64,
}

/// Makes the table. In each round all peers take their turn, and the order rotates.
pub fn table(rounds: usize) -> String {
    let mut table = String::from(
        "| | ns a message | times as long as mqtt-wire's `Codec` | CPU ns a message: source | sink | both, times as long |\n\
         | --- | --: | --: | --: | --: | --: |\n",
    );
    for qos in [Qos::AtMostOnce, Qos::AtLeastOnce] {
        let mut of_peers: [Vec<Round>; PEERS.len()] = Default::default();
        for round in 0..rounds {
            for place in 0..PEERS.len() {
                let at = (place + round) % PEERS.len();
                of_peers[at].push(one_round(&PEERS[at], qos));
            }
        }
        let least =
            |rounds: &[Round], of: fn(&Round) -> f64| rounds.iter().map(of).fold(f64::INFINITY, f64::min);
        let wall = |round: &Round| round.wall;
        let cpu = |round: &Round| round.source + round.sink;
        for (peer, rounds) in PEERS.iter().zip(&of_peers) {
            let times = |of: fn(&Round) -> f64| {
                let mut times: Vec<_> =
                    rounds.iter().zip(&of_peers[1]).map(|(this, ours)| of(this) / of(ours)).collect();
                times.sort_by(f64::total_cmp);
                times[times.len() / 2]
            };
            writeln!(
                table,
                "| QoS {}: {} | {:.0} | {:.2} | {:.0} | {:.0} | {:.2} |",
                qos.get(),
                peer.name,
                least(rounds, wall),
                times(wall),
                least(rounds, |round| round.source),
                least(rounds, |round| round.sink),
                times(cpu),
            )
            .expect("a string");
        }
    }
    table
}

fn one_round(peer: &Peer, qos: Qos) -> Round {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("a port");
    let started = Instant::now();
    let (source, sink) = std::thread::scope(|scope| {
        let sink = scope.spawn(|| on_core(0, || (peer.sink)(listener.accept().expect("a client").0)));
        let source = scope.spawn(|| {
            on_core(1, || (peer.source)(std::net::TcpStream::connect(address).expect("a listener"), qos))
        });
        (source.join().expect("no panic"), sink.join().expect("no panic"))
    });
    let for_one = |time: Duration| time.as_nanos() as f64 / f64::from(MESSAGES);
    Round { wall: for_one(started.elapsed()), source: for_one(source), sink: for_one(sink) }
}

/// Runs the end on this core and returns its processor time.
fn on_core(at: usize, end: impl FnOnce()) -> Duration {
    if let Some(core) = core_affinity::get_core_ids().and_then(|cores| cores.get(at).copied()) {
        core_affinity::set_for_current(core);
    }
    let started = ThreadTime::now();
    end();
    started.elapsed()
}

fn run<F: Future<Output = ()>>(socket: std::net::TcpStream, end: impl FnOnce(TcpStream) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
    runtime.block_on(async {
        socket.set_nodelay(true).and_then(|()| socket.set_nonblocking(true)).expect("a socket");
        end(TcpStream::from_std(socket).expect("a socket")).await;
    });
}

async fn source<C, I>(socket: TcpStream, codec: C, qos: Qos, publish: impl Fn(u16) -> I)
where
    C: FramedEncoder<I, Error: Debug> + FramedDecoder<Error: Debug>,
{
    let mut framed = Framed::new(socket, codec);
    for _ in 0..MESSAGES / WINDOW {
        for id in 1..=WINDOW {
            framed.feed(publish(id)).await.expect("enough space");
        }
        framed.flush().await.expect("a socket");
        if qos != Qos::AtMostOnce {
            for _ in 0..WINDOW {
                black_box(&framed.next().await.expect("an answer").expect("legal"));
            }
        }
    }
    framed.close().await.expect("a socket");
}

/// `look` reads a packet and returns the required acknowledgement.
async fn sink<C, I>(socket: TcpStream, codec: C, look: impl Fn(C::Item) -> Option<I>)
where
    C: FramedEncoder<I, Error: Debug> + FramedDecoder<Error: Debug>,
{
    let mut framed = Framed::new(socket, codec);
    loop {
        let next = match framed.next().now_or_never() {
            Some(next) => next,
            None => {
                framed.flush().await.expect("a socket");
                framed.next().await
            }
        };
        let Some(packet) = next else { return };
        if let Some(ack) = look(packet.expect("legal")) {
            framed.feed(ack).await.expect("enough space");
        }
    }
}

fn our_codec() -> Codec {
    Codec::new(Decoder::new(Version::V3_1_1).max_packet_size(64 * 1024))
}

fn our_publish(qos: Qos, id: u16) -> Publish<'static> {
    let delivery = Delivery::new(qos, PacketId::new(id).expect("not 0"));
    Publish { delivery, ..Publish::new(TOPIC, PAYLOAD) }
}

fn our_look(frame: OwnedFrame) -> Option<Outgoing<'static>> {
    let Packet::Publish(publish) = frame.packet().expect("legal") else { panic!("not a PUBLISH") };
    black_box((publish.topic, publish.payload));
    publish.delivery.packet_id().map(|id| PubAck::new(id).into())
}

async fn lending_source(socket: TcpStream, qos: Qos) {
    let (read_half, write_half) = socket.into_split();
    let mut reader = PacketReader::new(read_half, Decoder::new(Version::V3_1_1).max_packet_size(64 * 1024));
    let mut writer = PacketWriter::new(write_half, Encoder::new(Version::V3_1_1));
    for _ in 0..MESSAGES / WINDOW {
        for id in 1..=WINDOW {
            writer.feed(&our_publish(qos, id)).await.expect("enough space");
        }
        writer.flush().await.expect("a socket");
        if qos != Qos::AtMostOnce {
            for _ in 0..WINDOW {
                black_box(&reader.next().await.expect("legal").expect("an answer"));
            }
        }
    }
    writer.shutdown().await.expect("a socket");
}

async fn lending_sink(socket: TcpStream) {
    let (read_half, write_half) = socket.into_split();
    let mut reader = PacketReader::new(read_half, Decoder::new(Version::V3_1_1).max_packet_size(64 * 1024));
    let mut writer = PacketWriter::new(write_half, Encoder::new(Version::V3_1_1));
    loop {
        let received = match reader.next().now_or_never() {
            Some(next) => lending_look(next.expect("legal")),
            None => {
                writer.flush().await.expect("a socket");
                lending_look(reader.next().await.expect("legal"))
            }
        };
        match received {
            Received::Unacknowledged(id) => writer.feed(&PubAck::new(id)).await.expect("enough space"),
            Received::Acknowledged => {}
            Received::End => return,
        }
    }
}

enum Received {
    /// A message to acknowledge.
    Unacknowledged(PacketId),
    /// A message with QoS 0.
    Acknowledged,
    End,
}

fn lending_look(next: Option<Packet<'_>>) -> Received {
    let Some(packet) = next else { return Received::End };
    let Packet::Publish(publish) = packet else { panic!("not a PUBLISH") };
    black_box((publish.topic, publish.payload));
    publish.delivery.packet_id().map_or(Received::Acknowledged, Received::Unacknowledged)
}

fn rumqttc_codec() -> v4::Codec {
    v4::Codec { max_incoming_size: 64 * 1024, max_outgoing_size: 64 * 1024 }
}

fn rumqttc_publish(qos: Qos, id: u16) -> v4::Packet {
    let (qos, pkid) = match qos {
        Qos::AtMostOnce => (rumqttc::QoS::AtMostOnce, 0),
        _ => (rumqttc::QoS::AtLeastOnce, id),
    };
    let publish = v4::Publish::from_bytes(TOPIC.as_str(), qos, Bytes::from_static(PAYLOAD));
    v4::Packet::Publish(v4::Publish { pkid, ..publish })
}

fn rumqttc_look(packet: v4::Packet) -> Option<v4::Packet> {
    let v4::Packet::Publish(publish) = packet else { panic!("not a PUBLISH") };
    black_box((&publish.topic, &publish.payload));
    (publish.pkid != 0).then(|| v4::Packet::PubAck(v4::PubAck::new(publish.pkid)))
}

fn rmqtt_publish(qos: Qos, id: u16) -> rmqtt::Packet {
    let (qos, packet_id) = match qos {
        Qos::AtMostOnce => (rmqtt_codec::types::QoS::AtMostOnce, None),
        _ => (rmqtt_codec::types::QoS::AtLeastOnce, NonZeroU16::new(id)),
    };
    rmqtt::Packet::Publish(Box::new(rmqtt_codec::types::Publish {
        dup: false,
        retain: false,
        qos,
        topic: TOPIC.as_str().into(),
        packet_id,
        payload: Bytes::from_static(PAYLOAD),
        properties: None,
    }))
}

/// The codec returns the packet with its length.
fn rmqtt_look((packet, _): (rmqtt::Packet, u32)) -> Option<rmqtt::Packet> {
    let rmqtt::Packet::Publish(publish) = packet else { panic!("not a PUBLISH") };
    black_box((&publish.topic, &publish.payload));
    publish.packet_id.map(|packet_id| rmqtt::Packet::PublishAck { packet_id })
}

/// ntex-mqtt has its own runtime and traits, so it does not fit into a `Framed`. This type runs the same loop with the buffers of
/// ntex-mqtt.
struct Ntex {
    socket: TcpStream,
    codec: ntex::Codec,
    received: ntex_bytes::BytesMut,
    pages: ntex_bytes::BytePages,
}

impl Ntex {
    fn new(socket: TcpStream) -> Self {
        let received = ntex_bytes::BytesMut::with_capacity(8 * 1024);
        Self { socket, codec: ntex::Codec::new(), received, pages: ntex_bytes::BytePages::default() }
    }

    async fn feed(&mut self, packet: ntex::Encoded) {
        self.codec.encodev(packet, &mut self.pages).expect("legal");
        if self.pages.len() >= 8 * 1024 {
            self.flush().await;
        }
    }

    async fn flush(&mut self) {
        while let Some(page) = self.pages.take() {
            self.socket.write_all(&page).await.expect("a socket");
        }
    }

    async fn next(&mut self) -> Option<ntex::Decoded> {
        loop {
            if let Some(packet) = self.codec.decode(&mut self.received).expect("legal") {
                return Some(packet);
            }
            self.received.reserve(4 * 1024);
            if self.socket.read_buf(&mut self.received).await.expect("a socket") == 0 {
                return None;
            }
        }
    }
}

async fn ntex_source(socket: TcpStream, qos: Qos) {
    let mut ntex = Ntex::new(socket);
    for _ in 0..MESSAGES / WINDOW {
        for id in 1..=WINDOW {
            ntex.feed(ntex_publish(qos, id)).await;
        }
        ntex.flush().await;
        if qos != Qos::AtMostOnce {
            for _ in 0..WINDOW {
                black_box(&ntex.next().await.expect("an answer"));
            }
        }
    }
    ntex.socket.shutdown().await.expect("a socket");
}

async fn ntex_sink(socket: TcpStream) {
    let (mut ntex, mut unacknowledged) = (Ntex::new(socket), None);
    loop {
        let next = match ntex.next().now_or_never() {
            Some(next) => next,
            None => {
                ntex.flush().await;
                ntex.next().await
            }
        };
        let Some(packet) = next else { return };
        let is_complete = match packet {
            ntex::Decoded::Publish(publish, payload, _) => {
                black_box((&publish.topic, &payload));
                unacknowledged = publish.packet_id;
                payload.len() == publish.payload_size as usize
            }
            // A payload is cut where the received bytes end.
            ntex::Decoded::PayloadChunk(chunk, last) => {
                black_box(&chunk);
                last
            }
            ntex::Decoded::Packet(..) => panic!("not a PUBLISH"),
        };
        if let Some(packet_id) = unacknowledged.take_if(|_| is_complete) {
            ntex.feed(ntex::Encoded::Packet(ntex::Packet::PublishAck { packet_id })).await;
        }
    }
}

/// Sends the bytes of a window again and again. With QoS 1, reads the answers.
async fn bare_source(mut socket: TcpStream, qos: Qos) {
    let mut window = Vec::new();
    for id in 1..=WINDOW {
        our_publish(qos, id).encode_to(Version::V3_1_1, &mut window).expect("legal");
    }
    let mut answers = PUBACK.repeat(WINDOW.into());
    for _ in 0..MESSAGES / WINDOW {
        socket.write_all(&window).await.expect("a socket");
        if qos != Qos::AtMostOnce {
            socket.read_exact(&mut answers).await.expect("answers");
        }
    }
    socket.shutdown().await.expect("a socket");
}

/// Reads the bytes, and answers as many messages with QoS 1 as are complete.
async fn bare_sink(mut socket: TcpStream) {
    let message_len = our_publish(Qos::AtLeastOnce, 1).encoded_len(Version::V3_1_1).expect("legal");
    let mut buffer = [0; 8 * 1024];
    let (mut has_answers, mut unanswered) = (None, 0);
    loop {
        let len = socket.read(&mut buffer).await.expect("a socket");
        if len == 0 {
            return;
        }
        if *has_answers.get_or_insert(buffer[0] != FIRST_BYTE_QOS_0) {
            unanswered += len;
            let answers = PUBACK.repeat(unanswered / message_len);
            socket.write_all(&answers).await.expect("a socket");
            unanswered %= message_len;
        }
    }
}

fn ntex_publish(qos: Qos, id: u16) -> ntex::Encoded {
    let (qos, packet_id) = match qos {
        Qos::AtMostOnce => (ntex_mqtt::QoS::AtMostOnce, None),
        _ => (ntex_mqtt::QoS::AtLeastOnce, NonZeroU16::new(id)),
    };
    let payload_size = PAYLOAD.len() as u32;
    let topic = ntex_bytes::ByteString::from_static(TOPIC.as_str());
    let publish = ntex::Publish { dup: false, retain: false, qos, topic, packet_id, payload_size };
    ntex::Encoded::Publish(publish, Some(ntex_bytes::Bytes::from_static(PAYLOAD)))
}
