//! Calls the methods of a [`WriteBuffer`] in any order, and compares each result with that of a model.

use crate::random::Random;
use mqtt_wire::answer::{Answer, ConnectionState};
use mqtt_wire::stream::{Memory, WriteBuffer};
use mqtt_wire::*;

/// The number of calls for each stream.
const CALLS: usize = 48;

/// Pushes the packets of a stream into a buffer of a fixed size, and into a growing buffer. A call that fails changes
/// nothing.
pub(super) fn answers_as_its_model(bytes: &[u8], version: Version, random: &mut Random) {
    let packets = packets(bytes, version);
    if packets.is_empty() {
        return;
    }
    if random.one_in(2) {
        let capacity = random.below(bytes.len()) + 2;
        is_called(&mut vec![0; capacity][..], Model::new(version, capacity), &packets, random);
    } else {
        #[cfg(feature = "std")]
        is_called(Vec::new(), Model::new(version, usize::MAX), &packets, random);
    }
}

/// The packets of the stream, up to the first refused or incomplete one.
pub(super) fn packets(bytes: &[u8], version: Version) -> Vec<Packet<'_>> {
    let (mut packets, mut rest) = (Vec::new(), bytes);
    while let Ok(Some((packet, after))) = Decoder::new(version).decode(rest) {
        packets.push(packet);
        rest = after;
    }
    packets
}

fn is_called<M: Memory>(memory: M, mut model: Model, packets: &[Packet<'_>], random: &mut Random) {
    let mut buffer = WriteBuffer::new(model.encoder, memory);
    for _ in 0..CALLS {
        let packet = random.pick(packets);
        match (random.below(8), packet) {
            (0 | 1, Packet::Publish(publish)) => {
                let len = random.pick(&[publish.payload.len(), 0, 300, 268_435_455]);
                assert_eq!(buffer.push_head(&publish, len), model.push_head(&publish, len));
            }
            (0..=3, packet) => assert_eq!(buffer.push(&packet), model.push(&packet)),
            (4, packet) => {
                let answer = an_answer(&packet, random);
                assert_eq!(buffer.push_answer(answer), model.push_answer(answer), "{answer:?}");
            }
            (5, _) => {
                let encoder = Encoder::new(random.pick(&Version::ALL));
                let maximum = random.pick(&[4, 20, u32::MAX]);
                (model.encoder, model.max_packet_size) = (encoder.max_packet_size(maximum), maximum);
                buffer.set_encoder(model.encoder);
            }
            (6, Packet::Publish(publish)) => {
                let (len, piece) = (random.below(60), publish.payload);
                let piece = &piece[..piece.len().min(model.payload_left)];
                assert_eq!(buffer.written_vectored(len, piece), model.written_vectored(len, piece));
            }
            _ => {
                let len = random.below(60);
                buffer.written(len);
                model.written(len);
                buffer.payload_written(len / 2);
                model.payload_left = model.payload_left.saturating_sub(len / 2);
            }
        }
        assert_eq!((buffer.as_bytes(), buffer.payload_left()), (&model.waiting[..], model.payload_left));
        assert_eq!((buffer.is_empty(), buffer.encoder()), (model.waiting.is_empty(), &model.encoder));
    }
}

/// The answer to a packet that its receiver refuses.
fn an_answer(packet: &Packet<'_>, random: &mut Random) -> Answer {
    let states = [ConnectionState::BeforeConnAck, ConnectionState::AfterConnAck];
    let (me, state) = (random.pick(&[Role::Client, Role::Server]), random.pick(&states));
    let version = random.pick(&Version::ALL);
    let refused: &[u8] = match packet {
        Packet::Connect(_) => b"\x10\x07\0\x04MQTT\x09",
        _ => b"\xc1\x00",
    };
    decode_frame(version, refused).map_or_else(|error| error.answer(me, state), |_| Answer::Close)
}

struct Model {
    encoder: Encoder,
    max_packet_size: u32,
    /// The number of bytes that the memory can hold.
    capacity: usize,
    /// The bytes that are not written yet.
    waiting: Vec<u8>,
    /// The payload bytes that the last head announced and that are not written yet.
    payload_left: usize,
}

impl Model {
    fn new(version: Version, capacity: usize) -> Self {
        Self {
            encoder: Encoder::new(version),
            max_packet_size: u32::MAX,
            capacity,
            waiting: Vec::new(),
            payload_left: 0,
        }
    }

    fn push(&mut self, packet: &Packet<'_>) -> Result<(), EncodeError> {
        let encoder = self.encoder;
        self.append(|| written(&encoder, packet))
    }

    fn push_head(&mut self, publish: &Publish<'_>, len: usize) -> Result<(), EncodeError> {
        let encoder = self.encoder;
        self.append(|| {
            // A longer Remaining Length needs three bytes more.
            let short = Publish { payload: &[], ..*publish };
            let head_len = short.encoded_len(encoder.version()).unwrap_or_default();
            let mut head = vec![0; head_len + 3];
            encoder.encode_head(publish, len, &mut head).map(<[u8]>::to_vec)
        })?;
        self.payload_left = len;
        Ok(())
    }

    fn push_answer(&mut self, answer: Answer) -> Result<(), EncodeError> {
        let Some((packet, version)) = answer.packet() else { return Ok(()) };
        // A CONNACK has its own version.
        let encoder = match answer {
            Answer::Disconnect(_) => self.encoder,
            _ => Encoder::new(version).max_packet_size(self.max_packet_size),
        };
        self.append(|| written(&encoder, &packet))
    }

    fn append(&mut self, write: impl FnOnce() -> Result<Vec<u8>, EncodeError>) -> Result<(), EncodeError> {
        if self.payload_left > 0 {
            return Err(EncodeError::PayloadIncomplete { left: self.payload_left });
        }
        let bytes = write()?;
        if self.waiting.len().saturating_add(bytes.len()) > self.capacity {
            return Err(EncodeError::BufferTooSmall { needed: bytes.len() });
        }
        self.waiting.extend(bytes);
        Ok(())
    }

    fn written(&mut self, len: usize) {
        self.waiting.drain(..len.min(self.waiting.len()));
    }

    fn written_vectored<'p>(&mut self, len: usize, piece: &'p [u8]) -> &'p [u8] {
        let of_piece = len.saturating_sub(self.waiting.len()).min(piece.len());
        self.written(len);
        self.payload_left -= of_piece;
        &piece[of_piece..]
    }
}

fn written(encoder: &Encoder, packet: &Packet<'_>) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = vec![0; encoder.encoded_len(packet)?];
    encoder.encode(packet, &mut bytes).map(<[u8]>::to_vec)
}
