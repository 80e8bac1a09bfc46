//! A connection to the peer under test. Every wait has a time limit.

use super::outcome::Answer;
use mqtt_wire::detect::{Guess, guess};
use mqtt_wire::stream::FrameLen;
use mqtt_wire::{Decoder, Role, Version};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout_at};

/// The largest packet that is read, in bytes. Larger packets are skipped.
const LARGEST: usize = 1 << 20;
/// If a peer does not send MQTT, at most this many of its bytes are kept.
const BEGINNING: usize = 64;

/// The pause between the two pieces of a packet. If a peer reads more slowly, it gets both pieces at once, and the test is weaker.
const PAUSE: Duration = Duration::from_millis(100);

pub(super) struct Link {
    socket: TcpStream,
    version: Version,
    /// The end that sends the bytes.
    peer: Role,
    wait: Duration,
    buffer: Vec<u8>,
    /// The number of bytes of a large packet that have not arrived yet.
    to_skip: usize,
    is_garbled: bool,
    /// Whether a packet has arrived.
    is_mqtt: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    Frame(Vec<u8>),
    /// Bytes that are not MQTT. The answer describes their beginning. Later bytes are not read as packets.
    Garbage(Answer),
    /// The peer has closed the connection. A reset may have discarded its last packets.
    Closed {
        by_reset: bool,
    },
    /// The time is over.
    Nothing,
}

impl Link {
    pub(super) fn new(socket: TcpStream, version: Version, peer: Role, wait: Duration) -> Self {
        // Nagle's algorithm would delay small packets.
        let _ = socket.set_nodelay(true);
        Self {
            socket,
            version,
            peer,
            wait,
            buffer: Vec::new(),
            to_skip: 0,
            is_garbled: false,
            is_mqtt: false,
        }
    }

    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.wait
    }

    pub(super) fn version(&self) -> Version {
        self.version
    }

    /// Sets the version from the CONNECT of a client.
    pub(super) fn set_version(&mut self, version: Version) {
        self.version = version;
    }

    /// Sends the bytes. If sending fails, the next read reports the reason.
    pub(super) async fn send(&mut self, bytes: &[u8]) {
        let _ = timeout_at(self.deadline(), self.socket.write_all(bytes)).await;
    }

    /// Sends the first `split` bytes, and the others later.
    pub(super) async fn send_split(&mut self, bytes: &[u8], split: usize) {
        let (first, rest) = bytes.split_at_checked(split).unwrap_or((bytes, &[]));
        if !first.is_empty() {
            self.send(first).await;
            sleep(PAUSE).await;
        }
        self.send(rest).await;
    }

    /// Closes the sending direction.
    pub(super) async fn end(mut self) {
        let _ = timeout_at(self.deadline(), self.socket.shutdown()).await;
    }

    /// Whether the peer sends anything or closes the connection within the time.
    pub(super) async fn reacts(&mut self) -> bool {
        let deadline = self.deadline();
        self.is_garbled || self.next(deadline).await != Event::Nothing
    }

    /// Returns the next event before the deadline.
    pub(super) async fn next(&mut self, deadline: Instant) -> Event {
        let mut chunk = [0; 4096];
        loop {
            if let Some(event) = self.take_event() {
                return event;
            }
            // The deadline also holds for a peer that never stops sending.
            if Instant::now() >= deadline {
                return Event::Nothing;
            }
            match timeout_at(deadline, self.socket.read(&mut chunk)).await {
                Err(_) => return Event::Nothing,
                Ok(Ok(0)) => return self.closed(false),
                Ok(Err(error)) => return self.closed(error.kind() == io::ErrorKind::ConnectionReset),
                Ok(Ok(len)) => self.take(&chunk[..len]),
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        let skipped = self.to_skip.min(bytes.len());
        self.to_skip -= skipped;
        // Bytes after garbage cannot be read as packets.
        if !self.is_garbled {
            self.buffer.extend_from_slice(&bytes[skipped..]);
        }
    }

    fn take_event(&mut self) -> Option<Event> {
        if self.is_garbled || self.buffer.is_empty() {
            return None;
        }
        // The beginnings of TLS and other protocols can look like packets.
        if !self.is_mqtt && is_foreign(&self.buffer) {
            return Some(self.garbage());
        }
        // The decoder checks rules of both directions. Rules of one direction are checked when the packet is complete.
        match Decoder::new(self.version).frame_len(&self.buffer) {
            Ok(FrameLen::Total(len)) if len <= self.buffer.len() => Some(self.frame(len)),
            Ok(FrameLen::Total(len)) if len > LARGEST => {
                self.to_skip = len - self.buffer.len();
                self.buffer.clear();
                None
            }
            Ok(_) => None,
            Err(error) => match error.packet_len() {
                // The packet is refused, but its length is known.
                Some(len) if len <= self.buffer.len() => Some(self.frame(len)),
                Some(len) if len <= LARGEST && self.buffer.len() < BEGINNING => None,
                _ => Some(self.garbage()),
            },
        }
    }

    fn frame(&mut self, len: usize) -> Event {
        self.is_mqtt = true;
        let rest = self.buffer.split_off(len);
        Event::Frame(std::mem::replace(&mut self.buffer, rest))
    }

    /// Reports an incomplete packet before the end of the connection.
    fn closed(&mut self, by_reset: bool) -> Event {
        if self.is_garbled || self.buffer.is_empty() { Event::Closed { by_reset } } else { self.garbage() }
    }

    fn garbage(&mut self) -> Event {
        self.is_garbled = true;
        let answer = Answer::garbage(&self.buffer, self.version, self.peer);
        self.buffer = Vec::new();
        Event::Garbage(answer)
    }
}

fn is_foreign(bytes: &[u8]) -> bool {
    !matches!(guess(bytes), Guess::Mqtt | Guess::Incomplete | Guess::Unknown)
}
