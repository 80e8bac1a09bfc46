//! The two directions of a connection, and the protocol around their bytes.

use crate::cli::Checks;
use crate::direction::{Direction, Event, Loss, Watcher};
use crate::websocket::{Problem, Unwrapper, asks_for_mqtt};
use mqtt_wire::detect::{Guess, guess};
use mqtt_wire::{Role, Version};
use std::io;

/// Both directions. A CONNECT in one direction sets the version of both.
pub(crate) struct Connection {
    client: Direction,
    server: Direction,
    around: Around,
    is_foreign: bool,
}

/// The protocol around the MQTT bytes.
enum Around {
    /// The protocol is not known yet. These are the bytes so far.
    Unclear {
        client: Vec<u8>,
        server: Vec<u8>,
    },
    Nothing,
    WebSocket {
        client: Unwrapper,
        server: Unwrapper,
    },
}

impl Connection {
    /// `begun`: the first bytes of the input are the first bytes of the connection.
    pub(crate) fn new(checks: Checks, version: Option<Version>, begun: bool) -> Self {
        let direction = |role| Direction::new(checks, version, Some(role), begun, false);
        let around = Around::Unclear { client: Vec::new(), server: Vec::new() };
        Self { client: direction(Role::Client), server: direction(Role::Server), around, is_foreign: false }
    }

    pub(crate) fn feed(&mut self, sender: Role, bytes: &[u8], watcher: &mut impl Watcher) -> io::Result<()> {
        match &mut self.around {
            Around::Nothing => self.feed_mqtt(sender, bytes, watcher),
            Around::WebSocket { client, server } => {
                let mut mqtt = Vec::new();
                let problem = of(sender, client, server).feed(bytes, &mut mqtt);
                self.feed_mqtt(sender, &mqtt, watcher)?;
                self.say(sender, problem, watcher)
            }
            Around::Unclear { client, server } => {
                let beginning = of(sender, client, server);
                beginning.extend_from_slice(bytes);
                match is_websocket(sender, beginning) {
                    None => Ok(()),
                    Some(is_websocket) => self.decide(is_websocket, watcher),
                }
            }
        }
    }

    pub(crate) fn lost(
        &mut self,
        sender: Role,
        len: u64,
        why: Loss,
        watcher: &mut impl Watcher,
    ) -> io::Result<()> {
        self.decide(false, watcher)?;
        let unwrapped = match &mut self.around {
            Around::WebSocket { client, server } => of(sender, client, server).lost(len),
            _ => Ok(len),
        };
        match unwrapped {
            Ok(0) => watcher.event(Some(sender), &Event::Lost(len, why)),
            Ok(len) => self.turn(sender, watcher, |direction, watcher| direction.lost(len, why, watcher)),
            Err(problem) => {
                self.turn(sender, watcher, |direction, watcher| direction.lost(len, why, watcher))?;
                self.say(sender, Some(problem), watcher)
            }
        }
    }

    /// Ends the input from this end.
    pub(crate) fn end(&mut self, sender: Role, watcher: &mut impl Watcher) -> io::Result<()> {
        let nothing_came = match &self.around {
            Around::Unclear { client, server } => client.is_empty() && server.is_empty(),
            _ => false,
        };
        if !nothing_came {
            self.decide(false, watcher)?;
        }
        let problem = match &mut self.around {
            Around::WebSocket { client, server } => of(sender, client, server).end(),
            _ => None,
        };
        self.turn(sender, watcher, Direction::end)?;
        self.say(sender, problem, watcher)
    }

    /// Sets the protocol around the bytes from now on.
    fn decide(&mut self, is_websocket: bool, watcher: &mut impl Watcher) -> io::Result<()> {
        let Around::Unclear { client, server } = &mut self.around else { return Ok(()) };
        let (from_client, from_server) = (std::mem::take(client), std::mem::take(server));
        self.around = match is_websocket {
            false => Around::Nothing,
            true => Around::WebSocket {
                client: Unwrapper::new(Role::Client),
                server: Unwrapper::new(Role::Server),
            },
        };
        if is_websocket {
            watcher.event(None, &Event::OverWebSocket)?;
        }
        for (sender, bytes) in [(Role::Client, from_client), (Role::Server, from_server)] {
            if !bytes.is_empty() {
                self.feed(sender, &bytes, watcher)?;
            }
        }
        Ok(())
    }

    fn say(&self, sender: Role, problem: Option<Problem>, watcher: &mut impl Watcher) -> io::Result<()> {
        match problem {
            Some(problem) => watcher.event(Some(sender), &Event::WebSocket(problem)),
            None => Ok(()),
        }
    }

    fn feed_mqtt(&mut self, sender: Role, bytes: &[u8], watcher: &mut impl Watcher) -> io::Result<()> {
        match bytes {
            [] => Ok(()),
            bytes => self.turn(sender, watcher, |direction, watcher| direction.feed(bytes, watcher)),
        }
    }

    fn turn<W: Watcher>(
        &mut self,
        sender: Role,
        watcher: &mut W,
        work: impl FnOnce(&mut Direction, &mut W) -> io::Result<()>,
    ) -> io::Result<()> {
        if self.is_foreign {
            return Ok(());
        }
        let (this, that) = match sender {
            Role::Client => (&mut self.client, &mut self.server),
            Role::Server => (&mut self.server, &mut self.client),
        };
        work(this, watcher)?;
        let (known, assumed) = this.versions();
        that.learn(known, assumed);
        self.is_foreign = this.is_foreign();
        Ok(())
    }
}

fn of<T>(sender: Role, client: T, server: T) -> T {
    match sender {
        Role::Client => client,
        Role::Server => server,
    }
}

/// Whether a direction with this beginning is a WebSocket connection. `None` if more bytes are needed to
/// decide.
fn is_websocket(sender: Role, beginning: &[u8]) -> Option<bool> {
    const RESPONSE: &[u8] = b"HTTP/1.1 101 ";
    match sender {
        Role::Client => match guess(beginning) {
            // A guess waits only for `G`, the beginning of `GET`. No MQTT client begins its first packet with this byte. With other bytes,
            // an incomplete packet could wait for a long time.
            Guess::Incomplete if beginning.starts_with(b"G") => None,
            Guess::WebSocket => Some(true),
            // The header line that asks for MQTT may not have arrived yet.
            Guess::Http => asks_for_mqtt(beginning).map(|_| false),
            _ => Some(false),
        },
        Role::Server if beginning.starts_with(RESPONSE) => Some(true),
        Role::Server if RESPONSE.starts_with(beginning) => None,
        Role::Server => Some(false),
    }
}
