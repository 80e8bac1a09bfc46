//! A proxy between clients and a broker. It passes all bytes on unchanged and shows the packets.
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

struct News {
    place: Arc<Place>,
    time: SystemTime,
    what: What,
}

enum What {
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
        _room: OwnedSemaphorePermit,
    },
    /// The number of bytes that were passed on but did not fit into memory.
    Missed(Role, u64),
    /// This end has closed its sending direction.
    Ended(Role),
    Closed,
}

/// The number of bytes that may wait for the output.
const ROOM: usize = 8 << 20;
/// The memory that one event takes, beside its bytes.
const NEWS: usize = 256;
/// The memory that a connection takes until its last event is shown, beside its bytes.
const CONNECTION: u32 = 1024;

/// The share of memory that a connection has reserved.
struct Place {
    connection: usize,
    _room: OwnedSemaphorePermit,
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
    let (post, mut news) = post(ROOM);
    let mut desk = Desk { checks, version, talks: HashMap::new() };
    let not_shown = Arc::clone(&post.not_shown);
    let accepting = tokio::spawn(accept(listener, broker.to_owned(), post));
    let ended = loop {
        tokio::select! {
            _ = &mut stopped => break Ok(()),
            first = next(&mut news) => {
                for news in first {
                    desk.take(news, screen)?;
                }
                screen.flush()?;
            }
        }
    };
    accepting.abort();
    // Events that have arrived are shown before the program ends.
    while let Ok(news) = news.try_recv() {
        desk.take(news, screen)?;
    }
    desk.end(screen)?;
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

// `tokio::signal::ctrl_c` handles the signal only after its first poll.
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
async fn next(news: &mut UnboundedReceiver<News>) -> Vec<News> {
    let mut all = Vec::new();
    match news.recv_many(&mut all, 256).await {
        // The listener has ended. The program still waits for Ctrl-C.
        0 => std::future::pending().await,
        _ => all,
    }
}

async fn accept(listener: TcpListener, broker: String, post: Post) {
    let mut connection = 0;
    loop {
        let Ok((client, address)) = listener.accept().await else {
            // The process may have too many open files. Other connections will close.
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            continue;
        };
        connection += 1;
        let wire = post.open(connection, Peers { client: address.to_string(), server: broker.clone() });
        tokio::spawn(pass_on(client, broker.clone(), wire));
    }
}

/// The sending side of the event queue.
struct Post {
    news: UnboundedSender<News>,
    room: Arc<Semaphore>,
    /// The number of connections that did not fit into memory.
    not_shown: Arc<AtomicUsize>,
}

fn post(room: usize) -> (Post, UnboundedReceiver<News>) {
    let (news, receiver) = unbounded_channel();
    (Post { news, room: Arc::new(Semaphore::new(room)), not_shown: Arc::default() }, receiver)
}

impl Post {
    fn open(&self, connection: usize, peers: Peers) -> Wire {
        let Ok(room) = Arc::clone(&self.room).try_acquire_many_owned(CONNECTION) else {
            self.not_shown.fetch_add(1, Ordering::Relaxed);
            return Wire { shown: None };
        };
        let place = Arc::new(Place { connection, _room: room });
        let wire =
            Wire { shown: Some(Shown { place, news: self.news.clone(), room: Arc::clone(&self.room) }) };
        wire.tell(What::Opened { peers, not_shown: self.not_shown.swap(0, Ordering::Relaxed) });
        wire
    }
}

/// Sends the events of one connection, if the connection is shown.
struct Wire {
    shown: Option<Shown>,
}

struct Shown {
    place: Arc<Place>,
    news: UnboundedSender<News>,
    room: Arc<Semaphore>,
}

impl Wire {
    fn tell(&self, what: What) {
        if let Some(shown) = &self.shown {
            // Sending fails only after Ctrl-C.
            let place = Arc::clone(&shown.place);
            let _ = shown.news.send(News { place, time: SystemTime::now(), what });
        }
    }

    /// Sends an event with these bytes if they fit into memory. `missed` counts the bytes before
    /// them that did not fit.
    fn tell_bytes(&self, sender: Role, bytes: &[u8], missed: &mut u64) {
        let Some(shown) = &self.shown else { return };
        let len = u32::try_from(bytes.len() + NEWS).unwrap_or(u32::MAX);
        match Arc::clone(&shown.room).try_acquire_many_owned(len) {
            Ok(room) => {
                self.tell_missed(sender, missed);
                self.tell(What::Bytes { sender, bytes: bytes.to_vec(), _room: room });
            }
            Err(_) => *missed += bytes.len() as u64,
        }
    }

    fn tell_missed(&self, sender: Role, missed: &mut u64) {
        match std::mem::take(missed) {
            0 => {}
            len => self.tell(What::Missed(sender, len)),
        }
    }
}

async fn pass_on(client: TcpStream, broker: String, wire: Wire) {
    match TcpStream::connect(&broker).await {
        Ok(server) => pass_between(client, server, &wire).await,
        Err(error) => wire.tell(What::Failed(format!("{broker}: {error}"))),
    }
    wire.tell(What::Closed);
}

async fn pass_between(client: TcpStream, server: TcpStream, wire: &Wire) {
    // Nagle's algorithm would delay small packets.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    tokio::join!(
        copy(from_client, to_server, Role::Client, wire),
        copy(from_server, to_client, Role::Server, wire),
    );
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, sender: Role, wire: &Wire) {
    let (mut buffer, mut missed) = (vec![0; 1 << 16], 0);
    let failed = loop {
        match from.read(&mut buffer).await {
            Ok(0) => break None,
            Ok(len) => {
                wire.tell_bytes(sender, &buffer[..len], &mut missed);
                if let Err(error) = to.write_all(&buffer[..len]).await {
                    break Some(error);
                }
            }
            Err(error) => break Some(error),
        }
    };
    wire.tell_missed(sender, &mut missed);
    if let Some(error) = failed {
        wire.tell(What::Failed(error.to_string()));
    }
    wire.tell(What::Ended(sender));
    // Closes this direction. The other direction stays open.
    let _ = to.shutdown().await;
}

/// Shows all events.
struct Desk {
    checks: Checks,
    version: Option<Version>,
    talks: HashMap<usize, Talk>,
}

struct Talk {
    peers: Peers,
    connection: Connection,
}

impl Desk {
    fn take<W: Write>(&mut self, news: News, screen: &mut Screen<W>) -> io::Result<()> {
        let News { place, time, what } = news;
        let number = place.connection;
        if let What::Opened { peers, not_shown } = what {
            let connection = Connection::new(self.checks, self.version, true);
            self.talks.insert(number, Talk { peers, connection });
            return say_not_shown(not_shown, screen);
        }
        let Some(Talk { peers, connection }) = self.talks.get_mut(&number) else { return Ok(()) };
        let mut view = ConnectionView { screen, time: Some(time), peers };
        match what {
            What::Bytes { sender, bytes, .. } => connection.feed(sender, &bytes, &mut view),
            What::Missed(sender, len) => connection.lost(sender, len, Loss::NotShown, &mut view),
            What::Ended(sender) => connection.end(sender, &mut view),
            What::Failed(error) => {
                let origin = Origin { time: Some(time), peers: Some(peers), sender: None };
                view.screen.note_of(origin, &error)
            }
            What::Closed => {
                self.talks.remove(&number);
                Ok(())
            }
            What::Opened { .. } => Ok(()),
        }
    }

    fn end<W: Write>(&mut self, screen: &mut Screen<W>) -> io::Result<()> {
        for talk in self.talks.values_mut() {
            for sender in [Role::Client, Role::Server] {
                let time = Some(SystemTime::now());
                talk.connection.end(sender, &mut ConnectionView { screen, time, peers: &talk.peers })?;
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

    fn desk() -> Desk {
        Desk { checks: Checks::default(), version: None, talks: HashMap::new() }
    }

    /// Shows all waiting events.
    fn shown(desk: &mut Desk, news: &mut UnboundedReceiver<News>) -> String {
        let mut out = Vec::new();
        let mut screen = Screen::new(&mut out, View { summary: true, ..View::default() }, Options::default());
        while let Ok(news) = news.try_recv() {
            desk.take(news, &mut screen).unwrap();
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn waiting_bytes_have_a_limit() {
        let (post, mut news) = post(CONNECTION as usize + 3 * (NEWS + 20));
        let wire = post.open(1, peers());
        let mut missed = 0;
        wire.tell_bytes(Role::Client, CONNECT, &mut missed);
        for _ in 0..100_000 {
            wire.tell_bytes(Role::Client, PUBLISH, &mut missed);
        }
        assert!(news.len() <= 4, "{}", news.len());
        assert_eq!(missed, 8 * (100_000 - 2));
        // All events are shown, so the memory is free again.
        let mut desk = desk();
        let before = shown(&mut desk, &mut news);
        assert_eq!(before.matches("PUBLISH").count(), 2, "{before}");
        wire.tell_bytes(Role::Client, PUBLISH, &mut missed);
        let after = shown(&mut desk, &mut news);
        assert!(after.contains("799984 bytes not shown: the output was not read in time"), "{after}");
        assert_eq!(after.matches("PUBLISH").count(), 1, "{after}");
    }

    #[test]
    fn waiting_connections_have_a_limit() {
        let (post, mut news) = post(2 * CONNECTION as usize);
        for connection in 0..1000 {
            let wire = post.open(connection, peers());
            wire.tell(What::Failed("refused".to_owned()));
            wire.tell(What::Closed);
        }
        assert_eq!(news.len(), 2 * 3);
        let mut desk = desk();
        shown(&mut desk, &mut news);
        // No connection is left.
        assert!(desk.talks.is_empty());
        post.open(1000, peers()).tell(What::Closed);
        let text = shown(&mut desk, &mut news);
        assert!(text.contains("998 connections not shown"), "{text}");
        assert_eq!((desk.talks.len(), post.room.available_permits()), (0, 2 * CONNECTION as usize));
    }
}
