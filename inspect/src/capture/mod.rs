//! Shows the MQTT connections in a capture.

mod exported;
mod file;
mod link;
mod tcp;
mod tunnel;

pub(crate) use file::is_capture;

use crate::cli::Checks;
use crate::connection::Connection;
use crate::direction::{Event, Loss, Watcher};
use crate::screen::{ConnectionView, Peers, Screen};
use crate::websocket;
use file::{End, Frame};
use link::{NoSegment, Segment};
use mqtt_wire::detect::{Guess, guess};
use mqtt_wire::{Role, Version};
use pcap_parser::Linktype;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::SystemTime;
use tcp::{Piece, Stream};

/// Which connections to show.
pub(crate) struct Wanted {
    pub(crate) checks: Checks,
    pub(crate) version: Option<Version>,
    /// The server ports of the connections to show. If the list is empty, connections on port 1883 are shown, and all connections that
    /// begin with a CONNECT.
    pub(crate) ports: Vec<u16>,
    /// The capture is still being written, so packets are shown immediately.
    pub(crate) is_live: bool,
}

/// Shows all packets of a capture.
pub(crate) fn show<W: Write>(
    input: impl Read + Send,
    wanted: Wanted,
    screen: &mut Screen<W>,
) -> io::Result<()> {
    let is_live = wanted.is_live;
    let mut capture = Capture {
        wanted: Rc::new(wanted),
        connections: HashMap::new(),
        left_out: BTreeMap::new(),
        tls: BTreeSet::new(),
        count: 0,
    };
    let end = file::read(input, |frame| {
        capture.frame(frame, screen)?;
        if is_live { screen.flush() } else { Ok(()) }
    })?;
    capture.finish(screen)?;
    match end {
        End::Whole => Ok(()),
        End::CutOff => screen.problem("the capture is cut off: its last record is not complete"),
        End::Damaged => screen.problem("the capture is damaged: the rest cannot be read"),
        End::Unknown(format) => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("this is {format}: `editcap -F pcapng` converts it"),
        )),
    }
}

/// The payload of the TCP segment, if the bytes are a frame that begins with Ethernet or IP.
pub(crate) fn payload(frame: &[u8]) -> Option<&[u8]> {
    let segment = |kind| link::segment(kind, frame).ok().map(|segment| segment.bytes);
    segment(Linktype::ETHERNET).or_else(|| segment(Linktype::RAW))
}

struct Capture {
    wanted: Rc<Wanted>,
    /// The key is the pair of ends, with the smaller one first.
    connections: HashMap<(SocketAddr, SocketAddr), Talk>,
    /// The kinds of frames and connections that were left out, with their numbers.
    left_out: BTreeMap<String, LeftOut>,
    /// The server ports of the TLS connections.
    tls: BTreeSet<u16>,
    count: usize,
}

/// One TCP connection.
struct Talk {
    /// The number of the connection, in the order of first appearance.
    number: usize,
    client: SocketAddr,
    server: SocketAddr,
    peers: Peers,
    wanted: Rc<Wanted>,
    to_server: Stream,
    to_client: Stream,
    state: State,
    is_tls: bool,
    is_reset: bool,
    last: Option<SystemTime>,
}

enum State {
    /// The protocol is not known yet.
    Unclear(Beginning),
    Mqtt(Box<Connection>),
    /// The connection is not shown, because of this protocol.
    Other(&'static str),
}

/// The first pieces of a connection, with their senders.
#[derive(Default)]
struct Beginning {
    pieces: Vec<(SocketAddr, Piece)>,
    /// The bytes of the end that is probably the client.
    client: Vec<u8>,
    server: Vec<u8>,
}

/// Frames or connections of one kind that were left out.
#[derive(Default)]
struct LeftOut {
    count: usize,
    is_unread: bool,
}

impl Capture {
    fn frame<W: Write>(&mut self, frame: &Frame, screen: &mut Screen<W>) -> io::Result<()> {
        let segment = match link::segment(Linktype(frame.link), &frame.bytes) {
            Ok(segment) => segment,
            Err(NoSegment::NotTcp) => return self.leave_out("frames of other protocols than TCP"),
            Err(NoSegment::Fragment) => return self.leave_unread("IP fragments"),
            Err(NoSegment::Unreadable) => return self.leave_unread("unreadable frames"),
            Err(NoSegment::Tunnel(name)) => {
                return self.leave_unread(&format!("frames in a tunnel by {name}"));
            }
            Err(NoSegment::OtherLink) => {
                return self.leave_unread("frames of TCP that do not have the link type of the file");
            }
            Err(NoSegment::UnknownLink(link)) => {
                return self.leave_unread(&format!("frames of link type {link}"));
            }
        };
        let key = (segment.from.min(segment.to), segment.from.max(segment.to));
        if self.connections.get(&key).is_some_and(|talk| talk.is_over(&segment)) {
            if let Some(mut talk) = self.connections.remove(&key) {
                talk.finish(screen)?;
                self.count_other(&talk);
            }
        }
        if !self.connections.contains_key(&key) {
            self.count += 1;
            let talk = Talk::new(self.count, &segment, &self.wanted);
            self.connections.insert(key, talk);
        }
        match self.connections.get_mut(&key) {
            Some(talk) => talk.segment(&segment, frame.time, screen),
            None => Ok(()),
        }
    }

    fn leave_out(&mut self, what: &str) -> io::Result<()> {
        self.left_out.entry(what.to_owned()).or_default().count += 1;
        Ok(())
    }

    /// Leaves out a frame that cannot be read. The frame may contain MQTT, so it counts as a problem.
    fn leave_unread(&mut self, what: &str) -> io::Result<()> {
        self.left_out.entry(what.to_owned()).or_default().is_unread = true;
        self.leave_out(what)
    }

    fn count_other(&mut self, talk: &Talk) {
        if talk.is_tls {
            self.tls.insert(talk.server.port());
        }
        let what = match talk.state {
            State::Mqtt(_) => return,
            State::Unclear(_) => NO_CONNECT,
            State::Other(what) => what,
        };
        self.left_out.entry(what.to_owned()).or_default().count += 1;
    }

    fn finish<W: Write>(&mut self, screen: &mut Screen<W>) -> io::Result<()> {
        let mut talks: Vec<Talk> = self.connections.drain().map(|(_, talk)| talk).collect();
        talks.sort_by_key(|talk| talk.number);
        for talk in &mut talks {
            talk.finish(screen)?;
            self.count_other(talk);
        }
        for (what, LeftOut { count, is_unread }) in &self.left_out {
            let text = format!("left out: {count} {what}");
            if *is_unread { screen.problem(&text)? } else { screen.note(&text)? }
        }
        // 8883 is the port of MQTT over TLS.
        match self.tls.iter().min_by_key(|port| (**port != 8883, **port)) {
            Some(port) => screen.note(&format!(
                "with a key log, tshark decrypts TLS: tshark -r FILE -o tls.keylog_file:KEYS -o tls.desegment_ssl_application_data:FALSE \
                 -d tls.port=={port},mqtt -U 'OSI layer 7' -w - | mqtt-inspect"
            )),
            None => Ok(()),
        }
    }
}

impl Talk {
    fn new(number: usize, segment: &Segment<'_>, wanted: &Rc<Wanted>) -> Self {
        let from_client = is_from_client(segment, &wanted.ports);
        let (client, server) =
            if from_client { (segment.from, segment.to) } else { (segment.to, segment.from) };
        let state =
            if wanted.ports.contains(&server.port()) || wanted.ports.is_empty() && server.port() == MQTT {
                State::Mqtt(Box::new(Connection::new(wanted.checks, wanted.version, segment.syn)))
            } else if wanted.ports.is_empty() {
                State::Unclear(Beginning::default())
            } else {
                State::Other("TCP connections of other ports")
            };
        Self {
            number,
            client,
            server,
            peers: Peers { client: client.to_string(), server: server.to_string() },
            wanted: Rc::clone(wanted),
            to_server: Stream::default(),
            to_client: Stream::default(),
            state,
            is_tls: false,
            is_reset: false,
            last: None,
        }
    }

    /// Whether the segment begins another connection between the same ends.
    fn is_over(&self, segment: &Segment<'_>) -> bool {
        let stream = match self.role(segment.from) {
            Role::Client => &self.to_server,
            Role::Server => &self.to_client,
        };
        let is_other = segment.seq.is_some_and(|seq| stream.is_other(seq));
        let is_ended = self.is_reset || stream.is_finished();
        segment.syn && (is_other || segment.ack.is_none() && is_ended)
    }

    fn segment<W: Write>(
        &mut self,
        segment: &Segment<'_>,
        time: Option<SystemTime>,
        screen: &mut Screen<W>,
    ) -> io::Result<()> {
        self.last = time.or(self.last);
        let stream = self.stream(segment.from);
        let seq = segment.seq.unwrap_or_else(|| stream.next_seq());
        if segment.syn {
            stream.begin(seq);
        }
        // A SYN takes one sequence number. A segment with a SYN may carry data.
        let seq = seq.wrapping_add(segment.syn.into());
        stream.push(seq, segment.bytes, segment.cut, segment.fin);
        if let Some(ack) = segment.ack {
            self.stream(segment.to).acknowledge(ack);
        }
        self.is_reset |= segment.rst;
        self.pull(segment.from, segment.rst, screen)?;
        // This acknowledgement may show that bytes of the other direction are missing from the capture. Then that direction need not wait
        // for them.
        self.pull(segment.to, segment.rst, screen)
    }

    fn role(&self, end: SocketAddr) -> Role {
        if end == self.client { Role::Client } else { Role::Server }
    }

    /// The bytes from this end.
    fn stream(&mut self, from: SocketAddr) -> &mut Stream {
        match self.role(from) {
            Role::Client => &mut self.to_server,
            Role::Server => &mut self.to_client,
        }
    }

    fn pull<W: Write>(&mut self, from: SocketAddr, ended: bool, screen: &mut Screen<W>) -> io::Result<()> {
        let was_finished = self.stream(from).is_finished();
        while let Some(piece) = self.stream(from).pull(ended) {
            self.take(from, piece, screen)?;
        }
        let sender = self.role(from);
        if let State::Mqtt(_) = &self.state {
            let (differing, early) = (self.stream(from).take_differing(), self.stream(from).take_early());
            let mut watcher = ConnectionView { screen, time: self.last, peers: &self.peers };
            if differing > 0 {
                watcher.event(Some(sender), &Event::Retransmitted(differing))?;
            }
            if early > 0 {
                watcher.event(Some(sender), &Event::Lost(early, Loss::TooEarly))?;
            }
        }
        let is_finished = self.stream(from).is_finished();
        if let (State::Mqtt(connection), false, true) = (&mut self.state, was_finished, is_finished) {
            connection.end(sender, &mut ConnectionView { screen, time: self.last, peers: &self.peers })?;
        }
        Ok(())
    }

    /// Shows a piece. The piece waits while the protocol is not known.
    fn take<W: Write>(&mut self, from: SocketAddr, piece: Piece, screen: &mut Screen<W>) -> io::Result<()> {
        let sender = self.role(from);
        if let Piece::Bytes(bytes) = &piece {
            self.is_tls |= sender == Role::Client && is_tls(bytes);
        }
        let watcher = &mut ConnectionView { screen, time: self.last, peers: &self.peers };
        match (&mut self.state, piece) {
            (State::Mqtt(connection), Piece::Bytes(bytes)) => connection.feed(sender, &bytes, watcher),
            (State::Mqtt(connection), Piece::Lost(len)) => {
                connection.lost(sender, len, Loss::NotCaptured, watcher)
            }
            (State::Unclear(beginning), piece) => {
                let protocol = beginning.add(from, sender, piece);
                self.decide(sender, protocol, screen)
            }
            (State::Other(_), _) => Ok(()),
        }
    }

    /// Uses the protocol that the first bytes of this end show.
    fn decide<W: Write>(
        &mut self,
        sender: Role,
        protocol: Option<Protocol>,
        screen: &mut Screen<W>,
    ) -> io::Result<()> {
        let state = match protocol {
            None => return Ok(()),
            Some(Protocol::Other(what)) => State::Other(what),
            Some(Protocol::Mqtt) => {
                State::Mqtt(Box::new(Connection::new(self.wanted.checks, self.wanted.version, true)))
            }
        };
        let State::Unclear(mut beginning) = std::mem::replace(&mut self.state, state) else { return Ok(()) };
        if let (State::Mqtt(_), Role::Server) = (&self.state, sender) {
            self.swap();
        }
        // The CONNECT gives the version of all packets, so the pieces of the client are first.
        beginning.pieces.sort_by_key(|(from, _)| *from != self.client);
        beginning.pieces.into_iter().try_for_each(|(from, piece)| self.take(from, piece, screen))
    }

    /// Exchanges client and server. Only a client sends CONNECT.
    fn swap(&mut self) {
        std::mem::swap(&mut self.client, &mut self.server);
        std::mem::swap(&mut self.to_server, &mut self.to_client);
        std::mem::swap(&mut self.peers.client, &mut self.peers.server);
    }

    fn finish<W: Write>(&mut self, screen: &mut Screen<W>) -> io::Result<()> {
        for from in [self.client, self.server] {
            self.pull(from, true, screen)?;
        }
        if let State::Mqtt(connection) = &mut self.state {
            for sender in [Role::Client, Role::Server] {
                let watcher = &mut ConnectionView { screen, time: self.last, peers: &self.peers };
                connection.end(sender, watcher)?;
            }
        }
        Ok(())
    }
}

impl Beginning {
    /// Adds a piece, and returns the protocol if the bytes so far show it.
    fn add(&mut self, from: SocketAddr, sender: Role, piece: Piece) -> Option<Protocol> {
        /// The number of bytes that may wait. A server of MQTT sends nothing before it has received a CONNECT.
        const WAITING: usize = 1 << 17;
        let bytes = match sender {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        };
        if let Piece::Bytes(new) = &piece {
            bytes.extend_from_slice(new);
        }
        // Only a client shows by its first bytes that the connection has another protocol.
        let protocol = protocol(bytes).filter(|found| sender == Role::Client || *found == Protocol::Mqtt);
        self.pieces.push((from, piece));
        let is_too_long = self.client.len() + self.server.len() + self.pieces.len() > WAITING;
        protocol.or(is_too_long.then_some(Protocol::Other(NO_CONNECT)))
    }
}

#[derive(PartialEq, Eq)]
enum Protocol {
    Mqtt,
    Other(&'static str),
}

const NO_CONNECT: &str = "TCP connections that do not begin with a CONNECT";

/// The protocol of a client that begins with these bytes. `None` if more bytes are needed.
fn protocol(beginning: &[u8]) -> Option<Protocol> {
    let what = match guess(beginning) {
        Guess::Incomplete => return None,
        Guess::WebSocket | Guess::Http if websocket::asks_for_mqtt(beginning).is_none() => return None,
        guess if guess == Guess::Mqtt || websocket::asks_for_mqtt(beginning) == Some(true) => {
            return Some(Protocol::Mqtt);
        }
        Guess::TlsClientHello | Guess::TlsServerHello | Guess::TlsAlert => "TLS connections",
        Guess::WebSocket => "WebSocket connections",
        _ if is_tls(beginning) => "TLS connections",
        Guess::Http => "HTTP connections",
        Guess::ProxyV1 | Guess::ProxyV2 => "connections behind a PROXY protocol header",
        _ => NO_CONNECT,
    };
    Some(Protocol::Other(what))
}

const MQTT: u16 = 1883;

/// Recognises a TLS record. The connection may have begun before the capture.
fn is_tls(bytes: &[u8]) -> bool {
    matches!(bytes, [0x14..=0x17, 3, 0..=4, ..])
}

/// Decides which end is the client: by the TCP handshake, or by the ports if the handshake is
/// missing.
fn is_from_client(segment: &Segment<'_>, ports: &[u16]) -> bool {
    let is_server = |end: SocketAddr| ports.contains(&end.port()) || end.port() == MQTT;
    if segment.syn {
        return segment.ack.is_none();
    }
    match (is_server(segment.from), is_server(segment.to)) {
        (true, false) => false,
        (false, true) => true,
        _ => segment.from.port() > segment.to.port(),
    }
}
