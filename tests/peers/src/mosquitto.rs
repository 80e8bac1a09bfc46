//! A mosquitto that only one test uses, and runs of its clients.

use crate::{PATIENCE, wait_until};
use mqtt_wire::Version;
use std::fs::{self, File};
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// A mosquitto on its own port. The program ends when this value is dropped.
pub struct Mosquitto {
    pub port: u16,
    process: Child,
    directory: PathBuf,
}

impl Mosquitto {
    pub fn start() -> Self {
        // Another process may take the free port before mosquitto uses it, so several ports are tried.
        (0..5).find_map(|_| Self::start_on(free_port())).expect("mosquitto does not start")
    }

    fn start_on(port: u16) -> Option<Self> {
        let directory = std::env::temp_dir().join(format!("mqtt-wire-{}-{port}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let config = directory.join("mosquitto.conf");
        let settings = format!(
            "listener {port} 127.0.0.1\nallow_anonymous true\nlog_type all\nlog_dest stderr\n\
             connection_messages true\n"
        );
        fs::write(&config, settings).unwrap();
        let log = File::create(directory.join("log")).unwrap();
        let process = Command::new(program())
            .arg("-c")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program()));
        let mut broker = Self { port, process, directory };
        let mut runs = true;
        wait_until("mosquitto listens", || {
            runs = broker.process.try_wait().unwrap().is_none();
            !runs || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
        });
        runs.then_some(broker)
    }

    /// Returns the broker's log, which has a line for each packet that it received or sent.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.directory.join("log")).unwrap()).into_owned()
    }

    pub fn wait_for_log(&self, part: &str) {
        wait_until(part, || self.log().contains(part));
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            eprintln!("--- mosquitto's log\n{}", self.log());
        }
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Debian installs mosquitto in a folder that only root has in its PATH.
fn program() -> &'static str {
    const SBIN: &str = "/usr/sbin/mosquitto";
    if Path::new(SBIN).exists() { SBIN } else { "mosquitto" }
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// A run of mosquitto_pub or mosquitto_sub. If the program still runs when this value is dropped, it is killed.
pub struct Tool {
    command: String,
    process: Child,
}

impl Tool {
    pub fn start(program: &str, version: Version, port: u16, arguments: &[&str]) -> Self {
        let version = match version {
            Version::V3_1 => "mqttv31",
            Version::V3_1_1 => "mqttv311",
            Version::V5_0 => "mqttv5",
        };
        let process = Command::new(program)
            .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-V", version])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        Self { command: format!("{program} -V {version} {}", arguments.join(" ")), process }
    }

    pub fn has_ended(&mut self) -> bool {
        self.process.try_wait().unwrap().is_some()
    }

    /// Waits until the program has ended successfully, and returns its output. The output must fit into a
    /// pipe.
    pub fn finish(mut self) -> String {
        let start = Instant::now();
        let status = loop {
            match self.process.try_wait().unwrap() {
                Some(status) => break Some(status),
                None if start.elapsed() > PATIENCE => break None,
                None => std::thread::sleep(crate::PAUSE),
            }
        };
        let _ = self.process.kill();
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.process.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        self.process.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        let succeeded = status.is_some_and(|status| status.success());
        assert!(succeeded, "{}: {status:?}, having printed\n{stdout}{stderr}", self.command);
        stdout
    }

    /// Kills the program, so that it sends no DISCONNECT.
    pub fn kill(self) {
        drop(self);
    }
}

impl Drop for Tool {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
