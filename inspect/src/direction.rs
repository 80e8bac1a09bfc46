//! One direction of a connection, from bytes to packets.

use crate::cli::Checks;
use crate::resync::{Boundary, Work, boundary, chain};
use crate::websocket::Problem;
use mqtt_wire::detect::{Guess, guess};
use mqtt_wire::inspect::Severity;
use mqtt_wire::stream::FrameLen;
use mqtt_wire::{DecodeError, Decoder, PacketType, Role, Version};
use std::cmp::Reverse;
use std::io;

pub(crate) enum Event<'a> {
    /// Bytes that are a packet, valid or not.
    Packet(Arrived<'a>),
    /// No CONNECT gives the version, so this version is assumed.
    Assumed(Version),
    /// Bytes that were sent but are missing.
    Lost(u64, Loss),
    /// Bytes that were retransmitted with other values.
    Retransmitted(u64),
    /// Bytes that belong to no known packet.
    Skipped(u64),
    /// Another protocol. The rest is not read.
    Foreign(Guess),
    /// MQTT is in WebSocket frames.
    OverWebSocket,
    /// A problem with the WebSocket frames.
    WebSocket(Problem),
}

/// Why bytes are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    NotCaptured,
    /// The bytes did not fit into the memory for bytes that wait for the output.
    NotShown,
    /// The bytes come before the first byte of the connection, but later in the capture.
    TooEarly,
}

/// The bytes of a packet that have arrived.
#[derive(Clone, Copy)]
pub(crate) struct Arrived<'a> {
    pub(crate) decoder: &'a Decoder,
    pub(crate) bytes: &'a [u8],
    /// The number of bytes of the direction before the packet.
    pub(crate) offset: u64,
    /// The length of the packet, if it is known.
    pub(crate) len: Option<usize>,
    /// The error, if the header alone is enough to refuse the packet.
    pub(crate) bad_header: Option<DecodeError>,
}

impl Arrived<'_> {
    pub(crate) fn is_whole(&self) -> bool {
        self.len == Some(self.bytes.len())
    }
}

/// Receives events, with the sender of their bytes.
pub(crate) trait Watcher {
    fn event(&mut self, sender: Option<Role>, event: &Event<'_>) -> io::Result<()>;
}

/// A packet with a bad header is shown as a whole if it is at most this long, in bytes.
const WAIT_FOR: usize = 1 << 16;

pub(crate) struct Direction {
    checks: Checks,
    sender: Option<Role>,
    decoder: Decoder,
    /// The version from a CONNECT.
    known: Option<Version>,
    /// The version that is used if no CONNECT has given a version.
    assumed: Option<Version>,
    /// The likely version of a CONNECT that was refused.
    hint: Option<Version>,
    buffer: Vec<u8>,
    /// The number of bytes in the buffer that were handled.
    done: usize,
    offset: u64,
    /// The number of bytes to skip, because their packet has been shown.
    skip: u64,
    /// The beginning of the next packet is not known.
    is_astray: bool,
    /// The search for the next packet starts again when the buffer has this many bytes.
    wait_for: usize,
    /// The work that the search may still do.
    work: Work,
    /// The buffer begins with bytes that were sent as one segment.
    begins_segment: bool,
    /// The number of bytes that the search has skipped.
    skipped: u64,
    /// If the end of a packet is not known, the rest is not shown.
    stops: bool,
    is_first: bool,
    is_foreign: bool,
}

impl Direction {
    pub(crate) fn new(
        checks: Checks,
        version: Option<Version>,
        sender: Option<Role>,
        begun: bool,
        stops: bool,
    ) -> Self {
        Self {
            checks,
            sender,
            decoder: checks.decoder(version, sender),
            known: version,
            assumed: None,
            hint: None,
            buffer: Vec::new(),
            done: 0,
            offset: 0,
            skip: 0,
            is_astray: !begun,
            wait_for: 0,
            work: Work::default(),
            begins_segment: true,
            skipped: 0,
            stops,
            is_first: begun,
            is_foreign: false,
        }
    }

    pub(crate) fn version(&self) -> Option<Version> {
        self.decoder.version()
    }

    /// Whether the version is only assumed.
    pub(crate) fn is_guess(&self) -> bool {
        self.assumed.is_some() && self.known.is_none()
    }

    /// Returns the version from a CONNECT or the assumed version.
    pub(crate) fn versions(&self) -> (Option<Version>, Option<Version>) {
        (self.known, self.assumed)
    }

    pub(crate) fn is_foreign(&self) -> bool {
        self.is_foreign
    }

    /// Copies the version from the other direction.
    pub(crate) fn learn(&mut self, known: Option<Version>, assumed: Option<Version>) {
        if self.known.is_none() && known.is_some() {
            (self.known, self.assumed) = (known, None);
            self.decoder = self.checks.decoder(known, self.sender);
        } else if self.known.is_none() && self.assumed.is_none() && assumed.is_some() {
            self.assumed = assumed;
            self.decoder = self.checks.decoder(assumed, self.sender);
        }
    }

    pub(crate) fn feed(&mut self, bytes: &[u8], watcher: &mut impl Watcher) -> io::Result<()> {
        self.buffer.drain(..self.done);
        self.done = 0;
        self.begins_segment |= self.buffer.is_empty();
        self.buffer.extend_from_slice(bytes);
        self.work.allow(bytes);
        self.go_on(false, watcher)
    }

    pub(crate) fn end(&mut self, watcher: &mut impl Watcher) -> io::Result<()> {
        self.go_on(true, watcher)?;
        self.skip_to(self.rest().len());
        self.say_skipped(watcher)
    }

    /// Handles missing bytes. If they are inside of a packet of known length, the next packet is found
    /// by its position.
    pub(crate) fn lost(&mut self, len: u64, why: Loss, watcher: &mut impl Watcher) -> io::Result<()> {
        if self.is_foreign {
            return Ok(());
        }
        // The remaining bytes must show where a packet begins.
        if self.is_astray {
            self.find_packet(true, watcher)?;
            self.go_on(false, watcher)?;
        }
        if !self.rest().is_empty() && !self.is_astray {
            let whole = match self.decoder.frame_len(self.rest()) {
                Ok(FrameLen::Total(len)) => Some(len),
                _ => None,
            };
            self.skip = whole.map_or(0, |whole| whole.saturating_sub(self.rest().len()) as u64);
            self.show(self.rest().len(), whole, None, watcher)?;
            self.take(self.rest().len());
        }
        self.skip_to(self.rest().len());
        self.say_skipped(watcher)?;
        watcher.event(self.sender, &Event::Lost(len, why))?;
        self.offset += len;
        self.is_first = false;
        self.is_astray = len > self.skip || self.skip == 0;
        self.skip = self.skip.saturating_sub(len);
        Ok(())
    }

    fn go_on(&mut self, ended: bool, watcher: &mut impl Watcher) -> io::Result<()> {
        while !self.rest().is_empty() && !self.is_foreign {
            if self.skip > 0 {
                let here = usize::try_from(self.skip).unwrap_or(usize::MAX).min(self.rest().len());
                self.skip -= here as u64;
                self.take(here);
                continue;
            }
            if self.is_astray {
                self.find_packet(ended, watcher)?;
                if self.is_astray {
                    return Ok(());
                }
            }
            if self.is_first && !self.look_whether_foreign(ended, watcher)? {
                return Ok(());
            }
            if !self.settle_version(ended, watcher)? {
                return Ok(());
            }
            let Some(len) = self.first(ended, watcher)? else { return Ok(()) };
            self.take(len);
        }
        Ok(())
    }

    /// Detects the protocol from the first bytes. Returns whether they are enough.
    fn look_whether_foreign(&mut self, ended: bool, watcher: &mut impl Watcher) -> io::Result<bool> {
        match guess(self.rest()) {
            Guess::Incomplete if !ended => return Ok(false),
            Guess::Mqtt | Guess::Incomplete | Guess::Unknown => {}
            other => {
                self.is_foreign = true;
                watcher.event(self.sender, &Event::Foreign(other))?;
                return Ok(false);
            }
        }
        self.is_first = false;
        Ok(true)
    }

    /// Assumes a version if none is known, because only a CONNECT can be read without one. Returns whether a
    /// version is known.
    fn settle_version(&mut self, ended: bool, watcher: &mut impl Watcher) -> io::Result<bool> {
        let is_connect = self.rest().first().is_some_and(|byte_1| byte_1 >> 4 == PacketType::Connect as u8);
        if self.decoder.version().is_some() || is_connect {
            return Ok(true);
        }
        if self.hint.is_none() && !ended && self.rest().len() < WAIT_FOR && !self.has_whole_packet() {
            return Ok(false);
        }
        let assumed = self.hint.unwrap_or_else(|| self.likely_version());
        self.assumed = Some(assumed);
        self.decoder = self.checks.decoder(Some(assumed), self.sender);
        watcher.event(self.sender, &Event::Assumed(assumed))?;
        Ok(true)
    }

    /// The fixed header is the same in all versions.
    fn has_whole_packet(&self) -> bool {
        match self.checks.decoder(Some(Version::V5_0), self.sender).frame_len(self.rest()) {
            Ok(FrameLen::Total(len)) => len <= self.rest().len(),
            Ok(FrameLen::AtLeast(_)) => false,
            Err(_) => true,
        }
    }

    /// Returns the version that accepts the most packets here. If none accepts any, returns the version with the
    /// fewest violations in the first packet. 5.0 wins a tie.
    fn likely_version(&self) -> Version {
        if matches!(self.rest(), [0x20, 0x02, ..]) {
            // A CONNACK with a body of two bytes is one of 3.x: in 5.0 its body has at least three
            // bytes.
            return Version::V3_1_1;
        }
        let fit = |version| {
            let decoder = self.checks.decoder(Some(version), self.sender);
            (chain(&decoder, self.rest()).packets, Reverse(violations(&decoder, self.rest())))
        };
        if fit(Version::V3_1_1) > fit(Version::V5_0) { Version::V3_1_1 } else { Version::V5_0 }
    }

    /// Shows the first packet and returns how many of its bytes have arrived. `None` if more bytes
    /// are needed.
    fn first(&mut self, ended: bool, watcher: &mut impl Watcher) -> io::Result<Option<usize>> {
        let arrived = self.rest().len();
        match self.decoder.frame_len(self.rest()) {
            Ok(FrameLen::Total(len)) if len <= arrived => {
                self.show(len, Some(len), None, watcher)?;
                // The functions that show a packet use a copy of the decoder. Only this call sets the version of the decoder itself.
                match self.decoder.decode_frame(&self.buffer[self.done..self.done + len]) {
                    Ok(_) => {
                        self.known = self.known.or(self.decoder.version().filter(|_| self.assumed.is_none()))
                    }
                    Err(error) => self.hint = error.version().or(self.hint),
                }
                Ok(Some(len))
            }
            Ok(_) if !ended => Ok(None),
            Ok(len) => {
                let len = if let FrameLen::Total(len) = len { Some(len) } else { None };
                self.show(arrived, len, None, watcher)?;
                Ok(Some(arrived))
            }
            Err(error) => self.bad_header(&error, ended, watcher),
        }
    }

    /// Shows a packet that its header alone is enough to refuse.
    fn bad_header(
        &mut self,
        error: &DecodeError,
        ended: bool,
        watcher: &mut impl Watcher,
    ) -> io::Result<Option<usize>> {
        let arrived = self.rest().len();
        let len = error.packet_len();
        if len.is_some_and(|len| len > arrived && len <= WAIT_FOR) && !ended {
            return Ok(None);
        }
        self.hint = error.version().or(self.hint);
        let here = len.unwrap_or(arrived).min(arrived);
        self.show(here, len, Some(*error), watcher)?;
        match len {
            Some(len) => self.skip = (len - here) as u64,
            None if self.stops => self.is_foreign = true,
            None => self.is_astray = true,
        }
        Ok(Some(here))
    }

    fn show(
        &self,
        here: usize,
        len: Option<usize>,
        bad_header: Option<DecodeError>,
        watcher: &mut impl Watcher,
    ) -> io::Result<()> {
        let bytes = &self.rest()[..here];
        let arrived = Arrived { decoder: &self.decoder, bytes, offset: self.offset, len, bad_header };
        watcher.event(self.sender, &Event::Packet(arrived))
    }

    fn rest(&self) -> &[u8] {
        &self.buffer[self.done..]
    }

    fn take(&mut self, len: usize) {
        self.begins_segment &= len == 0;
        self.done += len;
        self.offset += len as u64;
    }

    /// Searches for the first byte from which packets follow one another, and continues there.
    fn find_packet(&mut self, ended: bool, watcher: &mut impl Watcher) -> io::Result<()> {
        if self.rest().len() < self.wait_for && !ended {
            return Ok(());
        }
        self.wait_for = 0;
        let (decoders, rest) = (self.decoders(), &self.buffer[self.done..]);
        match boundary(&decoders, rest, self.begins_segment, ended, &mut self.work) {
            Boundary::At(at) => {
                self.skip_to(at);
                self.is_astray = false;
                self.say_skipped(watcher)
            }
            Boundary::Perhaps { at, wait_for } => {
                self.skip_to(at);
                self.wait_for = wait_for;
                Ok(())
            }
            Boundary::Nowhere => {
                self.skip_to(self.rest().len());
                Ok(())
            }
        }
    }

    /// Returns a decoder for the known version, or one for each possible version.
    fn decoders(&self) -> Vec<Decoder> {
        match self.decoder.version() {
            Some(_) => vec![self.decoder],
            None => [Version::V5_0, Version::V3_1_1]
                .map(|version| self.checks.decoder(Some(version), self.sender))
                .into(),
        }
    }

    fn skip_to(&mut self, at: usize) {
        if self.is_astray {
            self.skipped += at as u64;
        }
        self.take(at);
    }

    fn say_skipped(&mut self, watcher: &mut impl Watcher) -> io::Result<()> {
        match std::mem::take(&mut self.skipped) {
            0 => Ok(()),
            len => watcher.event(self.sender, &Event::Skipped(len)),
        }
    }
}

/// Counts the rules that the first packet breaks.
fn violations(decoder: &Decoder, bytes: &[u8]) -> usize {
    let len = match decoder.frame_len(bytes) {
        Ok(FrameLen::Total(len) | FrameLen::AtLeast(len)) => len,
        Err(error) => error.packet_len().unwrap_or(bytes.len()),
    };
    let frame = &bytes[..len.min(bytes.len())];
    match frame.split_first() {
        // A decoder stops at QoS 3. So QoS 1 is tried: then the decoder reads the rest, which shows the version.
        Some((byte_1, rest)) if byte_1 >> 4 == PacketType::Publish as u8 && byte_1 & QOS == QOS => {
            1 + count_violations(decoder, &[&[byte_1 & !QOS | 0x02], rest].concat())
        }
        _ => count_violations(decoder, frame),
    }
}

/// The QoS bits in the first byte of a PUBLISH.
const QOS: u8 = 0x06;

fn count_violations(decoder: &Decoder, frame: &[u8]) -> usize {
    let mut count = 0;
    decoder.lint(frame, |finding| count += usize::from(finding.severity == Severity::Violation));
    count
}
