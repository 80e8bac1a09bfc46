//! Calls the methods of a [`ReadBuffer`] in any order, and compares each result with that of a model.

use super::decode::SENDERS;
use crate::random::Random;
use mqtt_wire::answer::ConnectionState;
use mqtt_wire::stream::{FrameLen, Head, Memory, ReadBuffer};
use mqtt_wire::*;
use mqtt_wire_testkit::naive::Options;
use mqtt_wire_testkit::verdicts::decoder;
use std::ops::Range;

/// The number of calls for each stream.
const CALLS: usize = 64;

/// A buffer of a fixed size and a growing buffer give the results of the model.
pub(super) fn answers_as_its_model(bytes: &[u8], options: &Options, random: &mut Random) {
    if random.one_in(2) {
        let capacity = a_capacity(bytes, &decoder(options), random);
        is_called(&mut vec![0; capacity][..], Model::new(bytes, options, capacity), random);
    } else {
        #[cfg(feature = "std")]
        is_called(Vec::new(), Model::new(bytes, options, usize::MAX), random);
    }
}

/// Any size, or exactly that of the first packet or of its head.
fn a_capacity(bytes: &[u8], decoder: &Decoder, random: &mut Random) -> usize {
    let any = 8 + random.below(bytes.len());
    match random.pick(&[decoder.head_len(bytes), decoder.frame_len(bytes)]) {
        Ok(FrameLen::Total(len)) if len <= bytes.len() && random.one_in(2) => len,
        _ => any,
    }
}

fn is_called<M: Memory>(memory: M, mut model: Model<'_>, random: &mut Random) {
    let mut buffer = ReadBuffer::new(model.decoder, memory);
    // A packet that does not fit into the memory is refused, unless only its head is asked for.
    let calls: &[u8] = if random.one_in(2) { &[0, 0, 1, 2, 2, 3, 4, 5, 6, 6] } else { &[1, 3, 4, 6] };
    for _ in 0..CALLS {
        match random.pick(calls) {
            0 => assert_eq!(buffer.is_ready(), model.is_ready()),
            1 => assert_eq!(buffer.is_head_ready(), model.is_head_ready()),
            2 => {
                let expected = model.next();
                assert_eq!(buffer.next(), expected);
                match expected {
                    Ok(Some(_)) => assert_eq!(buffer.as_bytes(), model.held()),
                    Ok(None) => ends_as_a_frame_would(&buffer, &model),
                    Err(error) => shows_what_was_refused(&buffer, &model, error),
                }
            }
            3 => assert_eq!(buffer.next_head(), model.next_head()),
            4 => assert_eq!(buffer.payload(), model.payload()),
            5 if model.payload.is_empty() => {
                let other = another_decoder(model.decoder, random);
                buffer.set_decoder(other);
                model.set_decoder(other);
            }
            _ => model.fill(&mut buffer, 1 + random.below(40)),
        }
        model.agrees(&buffer);
    }
}

/// Changes a limit, a tolerance or the version.
fn another_decoder(decoder: Decoder, random: &mut Random) -> Decoder {
    match random.below(6) {
        0..=2 => decoder.max_packet_size(random.pick(&[5, 16, 40, u32::MAX])),
        3 | 4 => decoder.tolerate(random.pick(&[Tolerances::NONE, Tolerances::ALL])),
        _ => Decoder::new(random.pick(&Version::ALL)).sender(random.pick(&SENDERS).unwrap_or(Role::Client)),
    }
}

/// The arrived bytes of the packet that was refused last.
fn shows_what_was_refused<M: Memory>(buffer: &ReadBuffer<M>, model: &Model<'_>, error: DecodeError) {
    let start = model.start - error.packet_len().unwrap_or_default();
    let end = if error.packet_len().is_some() { model.arrived.min(model.start) } else { model.arrived };
    assert_eq!(buffer.refused(error).as_bytes(), &model.bytes[start..end], "{error}");
}

/// A connection that ends at this byte has the error of a frame that ends at this byte, with the same answer.
fn ends_as_a_frame_would<M: Memory>(buffer: &ReadBuffer<M>, model: &Model<'_>) {
    ends_alike(
        buffer.finish(),
        match model.held() {
            [] => Ok(()),
            held => model.decoder.clone().decode_frame(held).map(drop),
        },
    );
}

#[track_caller]
fn ends_alike(finished: Result<(), DecodeError>, expected: Result<(), DecodeError>) {
    assert_eq!(finished, expected);
    if let (Err(finished), Err(expected)) = (finished, expected) {
        for me in [Role::Client, Role::Server] {
            for state in [ConnectionState::BeforeConnAck, ConnectionState::AfterConnAck] {
                assert_eq!(finished.answer(me, state), expected.answer(me, state), "{finished:?}");
            }
        }
    }
}

/// The stream, and the positions in the stream that a buffer has to know.
struct Model<'b> {
    bytes: &'b [u8],
    decoder: Decoder,
    /// The number of bytes that the memory can hold.
    capacity: usize,
    /// The number of bytes that have arrived.
    arrived: usize,
    /// The beginning of the next packet. This position is greater than `arrived` while a packet is skipped.
    start: usize,
    /// The beginning of the packet with the payload.
    head: usize,
    /// The bytes of the payload that were not given out.
    payload: Range<usize>,
    /// The packet, or its head, that the last call gave.
    last: Range<usize>,
}

impl<'b> Model<'b> {
    fn new(bytes: &'b [u8], options: &Options, capacity: usize) -> Self {
        let decoder = decoder(options);
        Self { bytes, decoder, capacity, arrived: 0, start: 0, head: 0, payload: 0..0, last: 0..0 }
    }

    /// The bytes that have arrived from the next packet on.
    fn held(&self) -> &'b [u8] {
        self.bytes.get(self.start..self.arrived).unwrap_or_default()
    }

    fn set_decoder(&mut self, decoder: Decoder) {
        (self.decoder, self.last) = (decoder, 0..0);
    }

    fn fill<M: Memory>(&mut self, buffer: &mut ReadBuffer<M>, len: usize) {
        let space = buffer.space();
        let arriving = &self.bytes[self.arrived..];
        let len = len.min(space.len()).min(arriving.len());
        space[..len].copy_from_slice(&arriving[..len]);
        buffer.filled(len);
        self.arrived += len;
        self.last = 0..0;
    }

    /// The length of the next packet, if the packet is complete.
    fn whole(&mut self) -> Result<Option<usize>, DecodeError> {
        self.payload = 0..0;
        match self.decoder.frame_len(self.held()) {
            Ok(FrameLen::Total(len)) if len <= self.held().len() => Ok(Some(len)),
            Ok(_) => self.wait_or_refuse(),
            Err(error) => self.refuse(error),
        }
    }

    /// The packet is not complete. A packet that does not fit into the memory is refused.
    fn wait_or_refuse<T>(&mut self) -> Result<Option<T>, DecodeError> {
        let limited = match u32::try_from(self.capacity) {
            Ok(capacity) if self.decoder.max_packet_size(capacity).frame_len(self.held()).is_err() => {
                self.decoder.max_packet_size(capacity)
            }
            _ => return Ok(None),
        };
        self.refuse(limited.frame_len(self.held()).expect_err("just now"))
    }

    /// The next call continues after the packet. If its length has not arrived, the buffer waits.
    fn refuse<T>(&mut self, error: DecodeError) -> Result<Option<T>, DecodeError> {
        let length = self.held().get(1..).unwrap_or_default();
        if length.len() < 4 && length.iter().all(|byte| *byte >= 0x80) {
            return Ok(None);
        }
        self.start += error.packet_len().unwrap_or_default();
        self.last = 0..0;
        Err(error)
    }

    fn is_ready(&mut self) -> Result<bool, DecodeError> {
        Ok(self.whole()?.is_some())
    }

    fn next(&mut self) -> Result<Option<Packet<'b>>, DecodeError> {
        let Some(len) = self.whole()? else { return Ok(None) };
        let frame = self.start..self.start + len;
        (self.start, self.last) = (frame.end, frame.clone());
        let decoded = self.decoder.decode_frame(&self.bytes[frame]);
        if decoded.is_err() {
            self.last = 0..0;
        }
        decoded.map(Some)
    }

    /// The length of the next head, if the head is complete. Only the head has to fit into the memory.
    fn whole_head(&mut self) -> Result<Option<usize>, DecodeError> {
        self.payload = 0..0;
        match self.decoder.head_len(self.held()) {
            Ok(FrameLen::Total(len)) if len <= self.held().len() => Ok(Some(len)),
            Ok(FrameLen::Total(len) | FrameLen::AtLeast(len)) if len > self.capacity => self.wait_or_refuse(),
            Ok(_) => Ok(None),
            Err(error) => self.refuse(error),
        }
    }

    fn is_head_ready(&mut self) -> Result<bool, DecodeError> {
        Ok(self.whole_head()?.is_some())
    }

    fn next_head(&mut self) -> Result<Option<Head<'b>>, DecodeError> {
        let Some(len) = self.whole_head()? else { return Ok(None) };
        let (head, end) = (self.start..self.start + len, self.start + len);
        match self.decoder.decode_head(&self.bytes[head.clone()]) {
            Ok(decoded) => {
                let payload_len = decoded.map_or(0, |decoded| decoded.payload_len);
                (self.head, self.payload) = (head.start, end..end + payload_len);
                (self.start, self.last) = (self.payload.end, head);
                Ok(decoded)
            }
            Err(error) => {
                self.start += error.packet_len().unwrap_or_default().max(len);
                self.last = 0..0;
                Err(error)
            }
        }
    }

    fn payload(&mut self) -> &'b [u8] {
        let end = self.payload.end.min(self.arrived).max(self.payload.start);
        let piece = &self.bytes[self.payload.start..end];
        self.payload.start = end;
        piece
    }

    /// The methods that change nothing agree with the model.
    fn agrees<M: Memory>(&self, buffer: &ReadBuffer<M>) {
        assert_eq!(buffer.decoder(), &self.decoder);
        assert_eq!(buffer.payload_left(), self.payload.len());
        assert!(self.bytes[..self.arrived].ends_with(buffer.as_bytes()));
        if !self.payload.is_empty() {
            let incomplete =
                || self.decoder.clone().decode_frame(&self.bytes[self.head..self.arrived]).map(drop);
            ends_alike(buffer.finish(), if self.payload.end > self.arrived { incomplete() } else { Ok(()) });
        }
        let last = &self.bytes[self.last.clone()];
        assert_eq!(buffer.tolerated(), self.decoder.tolerated(last));
        #[cfg(feature = "bytes")]
        {
            let whole = self.decoder.frame_len(last) == Ok(FrameLen::Total(last.len()));
            let owned = whole.then(|| self.decoder.clone().decode_owned_frame(last.to_vec().into()).ok());
            assert_eq!(buffer.last_owned(), owned.flatten());
        }
    }
}
