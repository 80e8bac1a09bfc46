//! Between clients and a broker: all bytes are passed on as they are, and what they mean is shown.

use crate::cli::Checks;
use crate::connection::Connection;
use crate::screen::{Origin, Peers, Screen, Seen};
use mqtt_wire::{Role, Version};
use std::collections::HashMap;
use std::io::{self, Write};
use std::time::SystemTime;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Listens until Ctrl-C. `from` is a port or an address with one, `to` the broker.
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
    // Nobody is waited for: what is still open is closed with the program.
    runtime.shutdown_background();
    ended
}

/// What happens on a connection.
struct News {
    connection: usize,
    time: SystemTime,
    what: What,
}

enum What {
    Opened(Peers),
    /// The broker could not be reached, or a socket failed.
    Failed(String),
    Bytes(Role, Vec<u8>),
    /// This end has said its last.
    Ended(Role),
}

async fn serve<W: Write>(
    listen: &str,
    broker: &str,
    checks: Checks,
    version: Option<Version>,
    screen: &mut Screen<W>,
) -> io::Result<()> {
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| io::Error::new(error.kind(), format!("{listen}: {error}")))?;
    screen
        .note(&format!("listening on {}, passing on to {broker}; Ctrl-C ends it", listener.local_addr()?))?;
    screen.flush()?;
    let (sender, mut news) = unbounded_channel();
    let mut desk = Desk { checks, version, talks: HashMap::new() };
    let accepting = tokio::spawn(accept(listener, broker.to_owned(), sender));
    let ended = loop {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => break Ok(()),
            first = next(&mut news) => {
                for news in first {
                    desk.take(news, screen)?;
                }
                screen.flush()?;
            }
        }
    };
    accepting.abort();
    // What has passed is shown before the end.
    while let Ok(news) = news.try_recv() {
        desk.take(news, screen)?;
    }
    desk.end(screen)?;
    ended
}

/// All that has come, at least one.
async fn next(news: &mut UnboundedReceiver<News>) -> Vec<News> {
    let mut all = Vec::new();
    match news.recv_many(&mut all, 256).await {
        // The listener is gone; Ctrl-C still ends it.
        0 => std::future::pending().await,
        _ => all,
    }
}

async fn accept(listener: TcpListener, broker: String, news: UnboundedSender<News>) {
    let mut connection = 0;
    loop {
        let Ok((client, address)) = listener.accept().await else {
            // Too many open files, perhaps: other connections will end.
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            continue;
        };
        connection += 1;
        let wire = Wire { connection, news: news.clone() };
        wire.tell(What::Opened(Peers { client: address.to_string(), server: broker.clone() }));
        tokio::spawn(pass_on(client, broker.clone(), wire));
    }
}

/// Tells of one connection.
#[derive(Clone)]
struct Wire {
    connection: usize,
    news: UnboundedSender<News>,
}

impl Wire {
    fn tell(&self, what: What) {
        // If nobody listens any more, it has been Ctrl-C.
        let _ = self.news.send(News { connection: self.connection, time: SystemTime::now(), what });
    }
}

async fn pass_on(client: TcpStream, broker: String, wire: Wire) {
    let server = match TcpStream::connect(&broker).await {
        Ok(server) => server,
        Err(error) => return wire.tell(What::Failed(format!("{broker}: {error}"))),
    };
    // Small packets are not to wait for others.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    tokio::join!(
        copy(from_client, to_server, Role::Client, &wire),
        copy(from_server, to_client, Role::Server, &wire),
    );
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, sender: Role, wire: &Wire) {
    let mut buffer = vec![0; 1 << 16];
    let failed = loop {
        match from.read(&mut buffer).await {
            Ok(0) => break None,
            Ok(len) => {
                wire.tell(What::Bytes(sender, buffer[..len].to_vec()));
                if let Err(error) = to.write_all(&buffer[..len]).await {
                    break Some(error);
                }
            }
            Err(error) => break Some(error),
        }
    };
    if let Some(error) = failed {
        wire.tell(What::Failed(error.to_string()));
    }
    wire.tell(What::Ended(sender));
    // The other end is told that no more will come; it may go on sending.
    let _ = to.shutdown().await;
}

/// Where all news is shown.
struct Desk {
    checks: Checks,
    version: Option<Version>,
    talks: HashMap<usize, Talk>,
}

struct Talk {
    peers: Peers,
    connection: Connection,
    ended: usize,
}

impl Desk {
    fn take<W: Write>(&mut self, news: News, screen: &mut Screen<W>) -> io::Result<()> {
        let News { connection: number, time, what } = news;
        if let What::Opened(peers) = what {
            let connection = Connection::new(self.checks, self.version, true);
            self.talks.insert(number, Talk { peers, connection, ended: 0 });
            return Ok(());
        }
        let Some(talk) = self.talks.get_mut(&number) else { return Ok(()) };
        match what {
            What::Bytes(sender, bytes) => {
                talk.connection.feed(
                    sender,
                    &bytes,
                    &mut Seen { screen, time: Some(time), peers: &talk.peers },
                )?;
            }
            What::Ended(sender) => {
                talk.connection.end(sender, &mut Seen { screen, time: Some(time), peers: &talk.peers })?;
                talk.ended += 1;
            }
            What::Failed(error) => {
                let origin = Origin { time: Some(time), peers: Some(&talk.peers), sender: None };
                screen.note_of(origin, &error)?;
            }
            What::Opened(_) => {}
        }
        if talk.ended == 2 {
            self.talks.remove(&number);
        }
        Ok(())
    }

    fn end<W: Write>(&mut self, screen: &mut Screen<W>) -> io::Result<()> {
        for talk in self.talks.values_mut() {
            for sender in [Role::Client, Role::Server] {
                let time = Some(SystemTime::now());
                talk.connection.end(sender, &mut Seen { screen, time, peers: &talk.peers })?;
            }
        }
        Ok(())
    }
}
