//! A proxy between clients and a broker. The proxy passes all bytes on unchanged and shows the packets.
//!
//! The connections do not wait for the output. Memory for bytes that wait for the output has a limit. The proxy passes on
//! bytes above the limit and counts them, but does not show them.

use crate::cli::Checks;
use crate::connection::Connection;
use crate::direction::Loss;
use crate::screen::{ConnectionView, Origin, Peers, Screen};
use mqtt_wire::{Role, Version};
use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Listens until Ctrl-C. `from` is a port, or an address with a port; `to` is the broker.
pub(crate) fn run<W: Write>(
    from_and_to: &str,
    checks: Checks,
    version: Option<Version>,
    screen: &mut Screen<W>,
) -> io::Result<()> {
    let usage = || {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            "--proxy takes LISTEN=HOST:PORT, as in 1884=localhost:1883",
        )
    };
    let (listen, broker) = from_and_to.split_once('=').ok_or_else(usage)?;
    let listen = if listen.contains(':') { listen.to_owned() } else { format!("127.0.0.1:{listen}") };
    if !broker.contains(':') {
        return Err(usage());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let ended = runtime.block_on(serve(&listen, broker, checks, version, screen));
    // Open connections are closed with the program.
    runtime.shutdown_background();
    ended
}

struct Event {
    reservation: Arc<Reservation>,
    time: SystemTime,
    kind: EventKind,
}

enum EventKind {
    /// The number of connections before this one that were not shown.
    Opened {
        peers: Peers,
        not_shown: usize,
    },
    /// The broker could not be reached, or a socket failed.
    Failed(String),
    Bytes {
        sender: Role,
        bytes: Vec<u8>,
        _permit: OwnedSemaphorePermit,
    },
    /// The number of bytes that were passed on but did not fit into memory.
    Missed(Role, u64),
    /// This end has closed its sending direction.
    Ended(Role),
    Closed,
}

/// The number of bytes that may wait for the output.
const MAX_WAITING: usize = 8 << 20;
/// The memory that one event takes, beside its bytes.
const EVENT_SIZE: usize = 256;
/// The memory that a connection takes until its last event is shown, beside its bytes.
const CONNECTION: u32 = 1024;

/// The memory that a connection has reserved.
struct Reservation {
    connection: usize,
    _permit: OwnedSemaphorePermit,
}

async fn serve<W: Write>(
    listen: &str,
    broker: &str,
    checks: Checks,
    version: Option<Version>,
    screen: &mut Screen<W>,
) -> io::Result<()> {
    let mut stopped = tokio::spawn(stop()?);
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| io::Error::new(error.kind(), format!("{listen}: {error}")))?;
    screen.note(&format!(
        "listening on {}, passing on to {broker}; Ctrl-C ends the program",
        listener.local_addr()?
    ))?;
    screen.flush()?;
    let (queue, mut events) = event_queue(MAX_WAITING);
    let mut viewer = Viewer { checks, version, connections: HashMap::new() };
    let not_shown = Arc::clone(&queue.not_shown);
    let accepting = tokio::spawn(accept(listener, broker.to_owned(), queue));
    let ended = loop {
        tokio::select! {
            _ = &mut stopped => break Ok(()),
            waiting = next(&mut events) => {
                for event in waiting {
                    viewer.show(event, screen)?;
                }
                screen.flush()?;
            }
        }
    };
    accepting.abort();
    // Events that have arrived are shown before the program ends.
    while let Ok(event) = events.try_recv() {
        viewer.show(event, screen)?;
    }
    viewer.end(screen)?;
    say_not_shown(not_shown.swap(0, Ordering::Relaxed), screen)?;
    ended
}

/// Handles Ctrl-C from this call on. The future ends with the first Ctrl-C. If nobody reads the output, a second Ctrl-C ends the
/// program.
pub(crate) fn stop() -> io::Result<impl Future<Output = ()> + Send> {
    const BY_CTRL_C: i32 = 130;
    let mut ctrl_c = ctrl_c()?;
    Ok(async move {
        ctrl_c.recv().await;
        tokio::spawn(async move {
            ctrl_c.recv().await;
            std::process::exit(BY_CTRL_C);
        });
    })
}

// The future of `tokio::signal::ctrl_c` handles the signal only after its first poll.
#[cfg(unix)]
fn ctrl_c() -> io::Result<tokio::signal::unix::Signal> {
    tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())
}

#[cfg(windows)]
fn ctrl_c() -> io::Result<tokio::signal::windows::CtrlC> {
    tokio::signal::windows::ctrl_c()
}

fn say_not_shown<W: Write>(connections: usize, screen: &mut Screen<W>) -> io::Result<()> {
    match connections {
        0 => Ok(()),
        many => screen.problem(&format!("{many} connections not shown: the output was not read in time")),
    }
}

/// Waits for at least one event and returns all waiting events.
async fn next(events: &mut UnboundedReceiver<Event>) -> Vec<Event> {
    let mut all = Vec::new();
    match events.recv_many(&mut all, 256).await {
        // The listener has ended. The program still waits for Ctrl-C.
        0 => std::future::pending().await,
        _ => all,
    }
}

async fn accept(listener: TcpListener, broker: String, queue: EventQueue) {
    let mut connection = 0;
    loop {
        let Ok((client, address)) = listener.accept().await else {
            // The process may have too many open files. The listener tries again, because other connections will close.
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            continue;
        };
        connection += 1;
        let events = queue.open(connection, Peers { client: address.to_string(), server: broker.clone() });
        tokio::spawn(pass_on(client, broker.clone(), events));
    }
}

/// The sending side of the event queue.
struct EventQueue {
    events: UnboundedSender<Event>,
    memory: Arc<Semaphore>,
    /// The number of connections that did not fit into memory.
    not_shown: Arc<AtomicUsize>,
}

fn event_queue(max_waiting: usize) -> (EventQueue, UnboundedReceiver<Event>) {
    let (events, receiver) = unbounded_channel();
    (
        EventQueue { events, memory: Arc::new(Semaphore::new(max_waiting)), not_shown: Arc::default() },
        receiver,
    )
}

impl EventQueue {
    fn open(&self, connection: usize, peers: Peers) -> EventSender {
        let Ok(permit) = Arc::clone(&self.memory).try_acquire_many_owned(CONNECTION) else {
            self.not_shown.fetch_add(1, Ordering::Relaxed);
            return EventSender { shown: None };
        };
        let reservation = Arc::new(Reservation { connection, _permit: permit });
        let events = EventSender {
            shown: Some(Shown { reservation, events: self.events.clone(), memory: Arc::clone(&self.memory) }),
        };
        events.send(EventKind::Opened { peers, not_shown: self.not_shown.swap(0, Ordering::Relaxed) });
        events
    }
}

/// Sends the events of one connection, if the connection is shown.
struct EventSender {
    shown: Option<Shown>,
}

struct Shown {
    reservation: Arc<Reservation>,
    events: UnboundedSender<Event>,
    memory: Arc<Semaphore>,
}

impl EventSender {
    fn send(&self, kind: EventKind) {
        if let Some(shown) = &self.shown {
            // Sending fails only after Ctrl-C.
            let reservation = Arc::clone(&shown.reservation);
            let _ = shown.events.send(Event { reservation, time: SystemTime::now(), kind });
        }
    }

    /// Sends an event with these bytes if they fit into memory. `missed` counts the bytes before
    /// them that did not fit.
    fn send_bytes(&self, sender: Role, bytes: &[u8], missed: &mut u64) {
        let Some(shown) = &self.shown else { return };
        let len = u32::try_from(bytes.len() + EVENT_SIZE).unwrap_or(u32::MAX);
        match Arc::clone(&shown.memory).try_acquire_many_owned(len) {
            Ok(permit) => {
                self.send_missed(sender, missed);
                self.send(EventKind::Bytes { sender, bytes: bytes.to_vec(), _permit: permit });
            }
            Err(_) => *missed += bytes.len() as u64,
        }
    }

    fn send_missed(&self, sender: Role, missed: &mut u64) {
        match std::mem::take(missed) {
            0 => {}
            len => self.send(EventKind::Missed(sender, len)),
        }
    }
}

async fn pass_on(client: TcpStream, broker: String, events: EventSender) {
    match TcpStream::connect(&broker).await {
        Ok(server) => pass_between(client, server, &events).await,
        Err(error) => events.send(EventKind::Failed(format!("{broker}: {error}"))),
    }
    events.send(EventKind::Closed);
}

async fn pass_between(client: TcpStream, server: TcpStream, events: &EventSender) {
    // Nagle's algorithm would delay small packets.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    tokio::join!(
        copy(from_client, to_server, Role::Client, events),
        copy(from_server, to_client, Role::Server, events),
    );
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, sender: Role, events: &EventSender) {
    let (mut buffer, mut missed) = (vec![0; 1 << 16], 0);
    let failed = loop {
        match from.read(&mut buffer).await {
            Ok(0) => break None,
            Ok(len) => {
                events.send_bytes(sender, &buffer[..len], &mut missed);
                if let Err(error) = to.write_all(&buffer[..len]).await {
                    break Some(error);
                }
            }
            Err(error) => break Some(error),
        }
    };
    events.send_missed(sender, &mut missed);
    if let Some(error) = failed {
        events.send(EventKind::Failed(error.to_string()));
    }
    events.send(EventKind::Ended(sender));
    // Closes this direction. The other direction stays open.
    let _ = to.shutdown().await;
}

/// Shows all events.
struct Viewer {
    checks: Checks,
    version: Option<Version>,
    connections: HashMap<usize, Viewed>,
}

struct Viewed {
    peers: Peers,
    connection: Connection,
}

impl Viewer {
    fn show<W: Write>(&mut self, event: Event, screen: &mut Screen<W>) -> io::Result<()> {
        let Event { reservation, time, kind } = event;
        let number = reservation.connection;
        if let EventKind::Opened { peers, not_shown } = kind {
            let connection = Connection::new(self.checks, self.version, true);
            self.connections.insert(number, Viewed { peers, connection });
            return say_not_shown(not_shown, screen);
        }
        let Some(Viewed { peers, connection }) = self.connections.get_mut(&number) else { return Ok(()) };
        let mut view = ConnectionView { screen, time: Some(time), peers };
        match kind {
            EventKind::Bytes { sender, bytes, .. } => connection.feed(sender, &bytes, &mut view),
            EventKind::Missed(sender, len) => connection.lost(sender, len, Loss::NotShown, &mut view),
            EventKind::Ended(sender) => connection.end(sender, &mut view),
            EventKind::Failed(error) => {
                let origin = Origin { time: Some(time), peers: Some(peers), sender: None };
                view.screen.note_of(origin, &error)
            }
            EventKind::Closed => {
                self.connections.remove(&number);
                Ok(())
            }
            EventKind::Opened { .. } => Ok(()),
        }
    }

    fn end<W: Write>(&mut self, screen: &mut Screen<W>) -> io::Result<()> {
        for viewed in self.connections.values_mut() {
            for sender in [Role::Client, Role::Server] {
                let time = Some(SystemTime::now());
                viewed.connection.end(sender, &mut ConnectionView { screen, time, peers: &viewed.peers })?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::View;
    use crate::dump::Options;

    const CONNECT: &[u8] = b"\x10\x10\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x03abc";
    const PUBLISH: &[u8] = b"\x30\x06\x00\x01a\x00hi";

    fn peers() -> Peers {
        Peers { client: "client".to_owned(), server: "server".to_owned() }
    }

    fn viewer() -> Viewer {
        Viewer { checks: Checks::default(), version: None, connections: HashMap::new() }
    }

    /// Shows all waiting events.
    fn shown(viewer: &mut Viewer, events: &mut UnboundedReceiver<Event>) -> String {
        let mut out = Vec::new();
        let mut screen = Screen::new(&mut out, View { summary: true, ..View::default() }, Options::default());
        while let Ok(event) = events.try_recv() {
            viewer.show(event, &mut screen).unwrap();
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn waiting_bytes_have_a_limit() {
        let (queue, mut events) = event_queue(CONNECTION as usize + 3 * (EVENT_SIZE + 20));
        let connection = queue.open(1, peers());
        let mut missed = 0;
        connection.send_bytes(Role::Client, CONNECT, &mut missed);
        for _ in 0..100_000 {
            connection.send_bytes(Role::Client, PUBLISH, &mut missed);
        }
        assert!(events.len() <= 4, "{}", events.len());
        assert_eq!(missed, 8 * (100_000 - 2));
        // All events are shown, so the memory is free again.
        let mut viewer = viewer();
        let before = shown(&mut viewer, &mut events);
        assert_eq!(before.matches("PUBLISH").count(), 2, "{before}");
        connection.send_bytes(Role::Client, PUBLISH, &mut missed);
        let after = shown(&mut viewer, &mut events);
        assert!(after.contains("799984 bytes not shown: the output was not read in time"), "{after}");
        assert_eq!(after.matches("PUBLISH").count(), 1, "{after}");
    }

    #[test]
    fn waiting_connections_have_a_limit() {
        let (queue, mut events) = event_queue(2 * CONNECTION as usize);
        for number in 0..1000 {
            let connection = queue.open(number, peers());
            connection.send(EventKind::Failed("refused".to_owned()));
            connection.send(EventKind::Closed);
        }
        assert_eq!(events.len(), 2 * 3);
        let mut viewer = viewer();
        shown(&mut viewer, &mut events);
        // No connection is left.
        assert!(viewer.connections.is_empty());
        queue.open(1000, peers()).send(EventKind::Closed);
        let text = shown(&mut viewer, &mut events);
        assert!(text.contains("998 connections not shown"), "{text}");
        assert_eq!(
            (viewer.connections.len(), queue.memory.available_permits()),
            (0, 2 * CONNECTION as usize)
        );
    }
}
