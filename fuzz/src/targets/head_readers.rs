//! Checks that the readers of all kinds of sockets pass on heads and payloads, up to the end of the stream.

use super::sockets::{Plain, Socket};
use super::stream::Event;
use crate::random::Random;
use mqtt_wire::io::{ReadError, blocking, embedded, embedded_async, tokio as over_tokio};
use mqtt_wire::*;
use mqtt_wire_testkit::naive::Options;
use mqtt_wire_testkit::verdicts::decoder;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// One step of a reader that does not hold payloads.
#[derive(Debug, PartialEq)]
enum Step {
    /// The fields of the packet, and the part of its payload that arrives.
    Packet {
        fields: String,
        payload: Vec<u8>,
    },
    /// The kind of the error, its offset, and the length of the packet. The version in the error of a CONNECT depends on
    /// how much has arrived.
    Refused(DecodeErrorKind, usize, Option<usize>),
    End,
}

impl Step {
    fn refused(error: DecodeError) -> Self {
        Self::Refused(error.kind(), error.offset(), error.packet_len())
    }
}

/// Reads all steps up to the end of the stream.
macro_rules! steps {
    ($done:ident, $reader:expr) => {{
        let mut reader = $reader;
        let mut steps = Vec::new();
        loop {
            let (fields, len) = match $done(reader.next_head()) {
                Ok(Some(head)) => (format!("{:?}", head.packet), head.payload_len),
                Ok(None) => break steps.push(Step::End),
                Err(error) => {
                    let error = refusal(error);
                    steps.push(Step::refused(error));
                    match error.packet_len() {
                        Some(_) if error.kind() != DecodeErrorKind::IncompletePacket => continue,
                        _ => break,
                    }
                }
            };
            let mut payload = Vec::new();
            let end = loop {
                match $done(reader.next_payload()) {
                    Ok(Some(piece)) => {
                        assert!(
                            !piece.is_empty(),
                            "a piece of nothing after {} of {len} bytes",
                            payload.len()
                        );
                        payload.extend_from_slice(piece);
                    }
                    Ok(None) => break None,
                    Err(error) => break Some(refusal(error)),
                }
            };
            assert_eq!(end.is_none(), payload.len() == len);
            steps.push(Step::Packet { fields, payload });
            if let Some(error) = end {
                steps.push(Step::refused(error));
                break;
            }
        }
        steps
    }};
}

/// Every reader takes the same steps as the decoder.
pub(super) fn read_the_same(bytes: &[u8], options: &Options, expected: &[Event], random: &mut Random) {
    let expected = expected_steps(bytes, options, expected);
    let mut socket = || Socket::new(bytes, random);
    let new = || decoder(options);
    let given = steps!(now, blocking::PacketReader::new(socket(), new()));
    assert_eq!(given, expected, "blocking: {options:?}");
    let given = steps!(finished, over_tokio::PacketReader::new(socket(), new()));
    assert_eq!(given, expected, "tokio: {options:?}");
    let given = steps!(now, embedded::PacketReader::new(Plain(socket()), new(), Vec::new()));
    assert_eq!(given, expected, "embedded: {options:?}");
    let given = steps!(finished, embedded_async::PacketReader::new(bytes, new(), Vec::new()));
    assert_eq!(given, expected, "embedded and async: {options:?}");
}

fn expected_steps(bytes: &[u8], options: &Options, events: &[Event]) -> Vec<Step> {
    let mut decoder = decoder(options);
    let (mut steps, mut start) = (Vec::new(), 0);
    for event in events {
        match event {
            Event::Packet { end } => {
                steps.push(first_step(&mut decoder, &bytes[start..*end]));
                start = *end;
            }
            Event::Fault { len, .. } => {
                let error = decoder.clone().decode(&bytes[start..]).expect_err("it was refused before");
                steps.push(Step::refused(error));
                start += len.unwrap_or_default();
                // A refused packet is skipped, even if it does not arrive as a whole.
                if start > bytes.len() {
                    steps.push(Step::End);
                }
            }
            Event::Rest { .. } if start >= bytes.len() => steps.push(Step::End),
            Event::Rest { .. } => steps.extend(last_steps(&decoder, &bytes[start..])),
        }
    }
    steps
}

/// The stream ends inside of a packet. At that time, the head of the packet may have arrived, or may have been refused.
fn last_steps(decoder: &Decoder, bytes: &[u8]) -> Vec<Step> {
    let incomplete = decoder.clone().decode_frame(bytes).map(drop);
    match decoder.clone().decode_head(bytes) {
        Ok(head) => {
            let arrived = head.map(|_| first_step(&mut decoder.clone(), bytes));
            let end = incomplete.err().map(Step::refused);
            arrived.into_iter().chain(end).collect()
        }
        Err(error) => vec![Step::refused(error), Step::End],
    }
}

fn first_step(decoder: &mut Decoder, bytes: &[u8]) -> Step {
    let head = decoder.decode_head(bytes).expect("accepted").expect("a whole head");
    let fields = format!("{:?}", head.packet);
    Step::Packet { fields, payload: head.rest.to_vec() }
}

fn refusal<E: std::fmt::Debug>(error: ReadError<E>) -> DecodeError {
    match error {
        ReadError::Decode(error) => error,
        ReadError::Io(error) => panic!("{error:?}"),
    }
}

/// For calls that block.
pub(super) fn now<T>(result: T) -> T {
    result
}

/// For calls that give a future. The sockets here are always ready in the end.
pub(super) fn finished<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(result) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return result;
        }
    }
}
