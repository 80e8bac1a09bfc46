//! Tests of `--proxy`, which passes the bytes on and shows the packets.

use super::PROGRAM;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// The time limit for an expected event. Every event is much faster.
const PATIENCE: Duration = Duration::from_secs(300);

const CONNECT: &[u8] = b"\x10\x10\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x03abc";
const CONNACK: &[u8] = b"\x20\x03\x00\x00\x00";
const PUBLISH: &[u8] = b"\x30\x06\x00\x01a\x00hi";

/// A running proxy and the address on which it listens.
struct Proxy {
    child: Child,
    lines: Receiver<String>,
    address: String,
}

impl Proxy {
    fn to(broker: &TcpListener) -> Self {
        Self::to_address(broker.local_addr().unwrap())
    }

    fn to_address(broker: SocketAddr) -> Self {
        let proxy = format!("0={broker}");
        let mut child = Command::new(PROGRAM)
            .args(["--summary", "--proxy", &proxy])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let line = lines.recv_timeout(PATIENCE).expect("the first line");
        let address =
            line.strip_prefix("listening on ").and_then(|rest| rest.split(',').next()).expect("an address");
        let address = address.to_owned();
        Self { child, lines, address }
    }

    fn connect(&self, broker: &TcpListener) -> (TcpStream, TcpStream) {
        let client = TcpStream::connect(&self.address).unwrap();
        let (server, _) = broker.accept().unwrap();
        for end in [&client, &server] {
            end.set_read_timeout(Some(PATIENCE)).unwrap();
        }
        (client, server)
    }

    /// Reads lines up to one that contains all these words.
    fn shows(&self, words: &[&str]) {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("not shown: {words:?}"));
            if words.iter().all(|word| line.contains(word)) {
                return;
            }
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn passes(from: &mut TcpStream, to: &mut TcpStream, bytes: &[u8]) {
    from.write_all(bytes).unwrap();
    let mut arrived = vec![0; bytes.len()];
    to.read_exact(&mut arrived).unwrap();
    assert_eq!(arrived, bytes);
}

#[test]
fn both_directions_of_two_connections_are_shown() {
    let broker = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = Proxy::to(&broker);
    let (mut client, mut server) = proxy.connect(&broker);
    let (mut other_client, mut other_server) = proxy.connect(&broker);
    passes(&mut client, &mut server, CONNECT);
    proxy.shows(&["→", "CONNECT", "\"abc\"", "5.0"]);
    // A version that one direction has learnt holds for the other direction, but not for another
    // connection.
    passes(&mut server, &mut client, CONNACK);
    proxy.shows(&["←", "CONNACK", "Success"]);
    passes(&mut server, &mut client, PUBLISH);
    proxy.shows(&["←", "PUBLISH", "\"a\"", "\"hi\""]);
    // Refused packets and the bytes after them are passed on too.
    passes(&mut client, &mut server, b"\x36\x03\x00\x01a\xc0\x00");
    proxy.shows(&["PUBLISH", "refused", "[MQTT-3.3.1-4]"]);
    proxy.shows(&["PINGREQ"]);
    passes(&mut other_client, &mut other_server, b"GET / HTTP/1.1\r\n\r\n");
    proxy.shows(&["not MQTT", "HTTP"]);
    passes(&mut other_server, &mut other_client, &[0xff; 100_000]);
    // The end is passed on, and the other direction stays open.
    client.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(server.read(&mut [0]).unwrap(), 0);
    passes(&mut server, &mut client, PUBLISH);
    proxy.shows(&["PUBLISH"]);
}

#[test]
fn a_packet_in_pieces_is_shown_once() {
    let broker = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = Proxy::to(&broker);
    let (mut client, mut server) = proxy.connect(&broker);
    for byte in CONNECT {
        passes(&mut client, &mut server, &[*byte]);
    }
    passes(&mut client, &mut server, b"\xc0\x00");
    proxy.shows(&["CONNECT", "\"abc\""]);
    proxy.shows(&["PINGREQ"]);
}

#[test]
#[cfg(unix)]
fn ctrl_c_shows_the_packets_so_far() {
    let broker = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut proxy = Proxy::to(&broker);
    let (mut client, mut server) = proxy.connect(&broker);
    passes(&mut client, &mut server, &[CONNECT, b"\x30\x05\x00"].concat());
    proxy.shows(&["CONNECT"]);
    Command::new("kill").args(["-INT", &proxy.child.id().to_string()]).status().unwrap();
    proxy.shows(&["PUBLISH", "not complete", "4 bytes missing"]);
    proxy.shows(&["2 packets, passed on"]);
    assert_eq!(proxy.child.wait().unwrap().code(), Some(1));
}

#[test]
fn an_unreachable_broker_is_reported() {
    // Another test may use the port that was free a moment ago.
    let proxy = Proxy::to_address("127.0.0.1:1".parse().unwrap());
    let mut client = TcpStream::connect(&proxy.address).unwrap();
    proxy.shows(&["refused"]);
    assert!(matches!(client.read(&mut [0]), Ok(0) | Err(_)));
}

/// Nobody reads the output. The connection still works, and the packets that were not shown are
/// counted.
#[test]
fn an_unread_output_does_not_block_connections() {
    let broker = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut child = Command::new(PROGRAM)
        .args(["--json", "--proxy", &format!("0={}", broker.local_addr().unwrap())])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let address = line.split("listening on ").nth(1).and_then(|rest| rest.split(',').next()).unwrap();
    let mut client = TcpStream::connect(address).unwrap();
    let (mut server, _) = broker.accept().unwrap();
    client.write_all(CONNECT).unwrap();
    // The bytes exceed the pipe and the memory for waiting bytes.
    let block = [&b"\x30\x84\x80\x04\x00\x01a\x00"[..], &[0; 1 << 16]].concat();
    let reading = thread::spawn(move || {
        let mut all = Vec::new();
        server.read_to_end(&mut all).map(|_| all.len())
    });
    for _ in 0..200 {
        client.write_all(&block).unwrap();
    }
    client.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(reading.join().unwrap().unwrap(), CONNECT.len() + 200 * block.len());
    let found =
        thread::spawn(move || out.lines().map_while(Result::ok).any(|line| line.contains("not shown: ")));
    assert!(found.join().unwrap());
    let _ = child.kill();
    let _ = child.wait();
}
