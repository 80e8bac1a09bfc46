//! Runs the example `tokio_server` that is built beside the tests.

use crate::PATIENCE;
use mqtt_wire_testkit::examples;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread;

/// A `tokio_server` on its own port. The server ends when this value is dropped.
pub struct TokioServer {
    process: Child,
    pub port: u16,
}

impl TokioServer {
    pub fn start() -> Self {
        let program = examples::path("tokio_server");
        let mut process =
            Command::new(&program).arg("127.0.0.1:0").stdout(Stdio::piped()).spawn().unwrap_or_else(
                |error| panic!("{}: {error} (`cargo build --examples` makes it)", program.display()),
            );
        let mut output = BufReader::new(process.stdout.take().expect("piped"));
        let mut line = String::new();
        output.read_line(&mut line).expect("text");
        thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        let port = line.trim_end().rsplit(':').next().and_then(|port| port.parse().ok());
        Self { process, port: port.unwrap_or_else(|| panic!("{line:?}")) }
    }

    /// Returns the server's bytes after this input, until the server closes.
    pub fn answer(&self, bytes: &[u8]) -> Vec<u8> {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).expect("listening");
        socket.set_read_timeout(Some(PATIENCE)).expect("not zero");
        socket.write_all(bytes).expect("open");
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).expect("an orderly end");
        answer
    }
}

impl Drop for TokioServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
