//! A TCP proxy on the loopback interface that records all bytes.

use crate::wait_until;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

/// The bytes that the two ends of a connection have sent.
#[derive(Default, Clone)]
pub struct Recording {
    pub from_client: Vec<u8>,
    pub from_server: Vec<u8>,
    /// The number of ends that have closed.
    ended: u8,
}

#[derive(Default)]
struct Recordings(Mutex<Vec<Recording>>);

impl Recordings {
    fn lock(&self) -> MutexGuard<'_, Vec<Recording>> {
        self.0.lock().unwrap()
    }
}

pub struct Proxy {
    pub port: u16,
    recordings: Arc<Recordings>,
}

impl Proxy {
    /// Starts a proxy in front of the port. The threads of a connection end with the connection. The
    /// listening thread ends with the program.
    pub fn start(server: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let recordings = Arc::new(Recordings::default());
        let shared = Arc::clone(&recordings);
        thread::spawn(move || {
            for client in listener.incoming() {
                connect(client.unwrap(), server, &shared);
            }
        });
        Self { port, recordings }
    }

    /// Waits until all connections have ended, and returns the recordings.
    pub fn finish(self) -> Vec<Recording> {
        wait_until("all connections end", || {
            self.recordings.lock().iter().all(|recording| recording.ended == 2)
        });
        std::mem::take(&mut *self.recordings.lock())
    }
}

fn connect(client: TcpStream, server: u16, recordings: &Arc<Recordings>) {
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).unwrap();
    let number = {
        let mut recordings = recordings.lock();
        recordings.push(Recording::default());
        recordings.len() - 1
    };
    let (to_client, to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let (one, other) = (Arc::clone(recordings), Arc::clone(recordings));
    thread::spawn(move || pump(client, to_server, &one, number, |recording| &mut recording.from_client));
    thread::spawn(move || pump(server, to_client, &other, number, |recording| &mut recording.from_server));
}

/// Passes bytes on until the stream ends, and then closes the other side.
fn pump(
    mut from: TcpStream,
    mut to: TcpStream,
    recordings: &Recordings,
    number: usize,
    side: fn(&mut Recording) -> &mut Vec<u8>,
) {
    let mut chunk = [0; 4096];
    while let Ok(len @ 1..) = from.read(&mut chunk) {
        side(&mut recordings.lock()[number]).extend_from_slice(&chunk[..len]);
        // The peer may have closed the connection. The bytes still count as sent.
        let _ = to.write_all(&chunk[..len]);
    }
    let _ = to.shutdown(Shutdown::Write);
    recordings.lock()[number].ended += 1;
}
