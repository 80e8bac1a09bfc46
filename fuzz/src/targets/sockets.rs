//! Checks the readers and writers with sockets that deliver pieces, are interrupted and end.

use super::stream::Event;
use crate::random::Random;
use mqtt_wire::io::{ReadError, blocking, embedded, tokio as over_tokio};
use mqtt_wire::*;
use mqtt_wire_testkit::naive::Options;
use mqtt_wire_testkit::verdicts::decoder;
use std::cell::Cell;
use std::future::Future;
use std::io::{self, Error, ErrorKind, Read};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, ReadBuf};

/// A socket that delivers its bytes in pieces and is not always ready.
pub(super) struct Socket<'b> {
    bytes: &'b [u8],
    /// The number of bytes that were read. The check reads this number, too.
    read: Rc<Cell<usize>>,
    random: Random,
    /// Whether some reads fail. The reader may be called again.
    fails: bool,
    /// The number of reads that have failed. The check reads it too.
    failures: Rc<Cell<usize>>,
}

/// Failures that an operating system can report, by its own numbers: a timeout, a lost connection,
/// and others. 4 is an interruption, which the blocking reader does not pass on.
const FAILURES: [i32; 5] = [5, 11, 32, 104, 110];

impl<'b> Socket<'b> {
    pub(super) fn new(bytes: &'b [u8], random: &mut Random) -> Self {
        let random = Random::new(random.below(1 << 20) as u32);
        Self { bytes, read: Rc::default(), random, fails: false, failures: Rc::default() }
    }

    fn piece(&mut self, max_len: usize) -> &'b [u8] {
        let start = self.read.get();
        let len = (1 + self.random.below(40)).min(max_len).min(self.bytes.len() - start);
        self.read.set(start + len);
        &self.bytes[start..start + len]
    }

    fn is_interrupted(&mut self) -> bool {
        self.random.one_in(3)
    }

    fn failure(&mut self) -> Option<Error> {
        let fails = self.fails && self.random.one_in(8);
        fails.then(|| {
            self.failures.set(self.failures.get() + 1);
            Error::from_raw_os_error(self.random.pick(&FAILURES))
        })
    }
}

impl Read for Socket<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_interrupted() {
            return Err(ErrorKind::Interrupted.into());
        }
        if let Some(failure) = self.failure() {
            return Err(failure);
        }
        let piece = self.piece(buffer.len());
        buffer[..piece.len()].copy_from_slice(piece);
        Ok(piece.len())
    }
}

impl AsyncRead for Socket<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_interrupted() {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if let Some(failure) = self.failure() {
            return Poll::Ready(Err(failure));
        }
        let piece = self.piece(buffer.remaining());
        buffer.put_slice(piece);
        Poll::Ready(Ok(()))
    }
}

/// A socket without interruptions, because `embedded-io` has none.
pub(super) struct Plain<'b>(pub(super) Socket<'b>);

impl ::embedded_io::ErrorType for Plain<'_> {
    type Error = ::embedded_io::ErrorKind;
}

impl ::embedded_io::Read for Plain<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Self::Error> {
        if self.0.failure().is_some() {
            return Err(::embedded_io::ErrorKind::TimedOut);
        }
        let piece = self.0.piece(buffer.len());
        buffer[..piece.len()].copy_from_slice(piece);
        Ok(piece.len())
    }
}

/// The result of one call of a reader.
type Outcome = Result<Option<String>, DecodeError>;

/// Every reader returns the packets and errors in `expected`, and each failure of the socket once.
pub(super) fn read_the_same(bytes: &[u8], options: &Options, expected: &[Event], random: &mut Random) {
    let mut new = || Socket { fails: true, ..Socket::new(bytes, random) };
    let socket = new();
    let (read, failures, reported) = (socket.read.clone(), socket.failures.clone(), Cell::new(0));
    let mut reader = blocking::PacketReader::new(socket, decoder(options));
    returns_the_expected(bytes, options, expected, || {
        loop {
            if let Some(outcome) = outcome_of(reader.next(), |error| is_reported(error, &reported)) {
                return (outcome, read.get() - reader.buffer().as_bytes().len());
            }
        }
    });
    assert_eq!(reported, *failures, "blocking");

    let socket = new();
    let (read, failures, reported) = (socket.read.clone(), socket.failures.clone(), Cell::new(0));
    let mut reader = over_tokio::PacketReader::new(socket, decoder(options));
    returns_the_expected(bytes, options, expected, || {
        loop {
            // A future that is not ready is dropped. No byte may be lost.
            let outcome = poll_once(reader.next(), |error| is_reported(error, &reported));
            if let Some(outcome) = outcome {
                return (outcome, read.get() - reader.buffer().as_bytes().len());
            }
        }
    });
    assert_eq!(reported, *failures, "tokio");

    let socket = new();
    let (read, failures, reported) = (socket.read.clone(), socket.failures.clone(), Cell::new(0));
    let mut reader =
        embedded::PacketReader::new(Plain(socket), decoder(options), vec![0; bytes.len().max(8)]);
    returns_the_expected(bytes, options, expected, || {
        loop {
            if let Some(outcome) = outcome_of(reader.next(), |_| reported.set(reported.get() + 1)) {
                return (outcome, read.get() - reader.buffer().as_bytes().len());
            }
        }
    });
    assert_eq!(reported, *failures, "embedded");
}

/// `None` if the socket has failed. The next call of the reader continues, and no byte is lost.
fn outcome_of<E>(next: Result<Option<Packet<'_>>, ReadError<E>>, failed: impl FnOnce(E)) -> Option<Outcome> {
    match next {
        Ok(packet) => Some(Ok(packet.map(|packet| format!("{packet:?}")))),
        Err(ReadError::Decode(error)) => {
            is_in_an_error_of_the_system(error);
            Some(Err(error))
        }
        Err(ReadError::Io(error)) => {
            failed(error);
            None
        }
    }
}

/// The error has the number of the operating system, also if it becomes an [`Error`] again.
fn is_reported(error: Error, reported: &Cell<usize>) {
    let number = error.raw_os_error();
    assert!(number.is_some(), "{error:?}");
    assert_eq!(Error::from(ReadError::Io(error)).raw_os_error(), number);
    reported.set(reported.get() + 1);
}

fn is_in_an_error_of_the_system(error: DecodeError) {
    let carried = Error::from(ReadError::Decode(error));
    assert_eq!(carried.kind(), ErrorKind::InvalidData);
    assert_eq!(carried.downcast::<DecodeError>().ok(), Some(error));
}

fn poll_once<'p>(
    next: impl Future<Output = Result<Option<Packet<'p>>, ReadError<Error>>>,
    failed: impl FnOnce(Error),
) -> Option<Outcome> {
    match pin!(next).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(next) => outcome_of(next, failed),
        Poll::Pending => None,
    }
}

fn returns_the_expected(
    bytes: &[u8],
    options: &Options,
    expected: &[Event],
    mut next: impl FnMut() -> (Outcome, usize),
) {
    let mut decoder = decoder(options);
    let mut start = 0;
    for event in expected {
        let (outcome, end) = next();
        match (event, outcome) {
            (Event::Packet { end: expected }, Ok(Some(packet))) => {
                assert_eq!(end, *expected, "{options:?}");
                let frame = decoder.decode_frame(&bytes[start..end]).expect("the same bytes");
                assert_eq!(packet, format!("{frame:?}"));
                start = end;
            }
            (Event::Fault { offset, len, .. }, Err(error)) => {
                assert_eq!((error.offset(), error.packet_len()), (*offset, *len), "{options:?}");
                start += len.unwrap_or_default();
            }
            (Event::Rest { start, .. }, Ok(None)) => {
                assert_eq!(*start, bytes.len(), "an end inside of a packet: {options:?}");
            }
            (Event::Rest { start, .. }, Err(error)) => {
                assert!(*start < bytes.len(), "{error} at the end: {options:?}");
                // The stream ends inside of a packet, or the packet is longer than the buffer.
                let kinds = [DecodeErrorKind::IncompletePacket, DecodeErrorKind::PacketTooLarge];
                assert!(kinds.contains(&error.kind()), "{error}");
            }
            (event, outcome) => panic!("expected {event:?}, got {outcome:?} with {options:?}"),
        }
    }
}
