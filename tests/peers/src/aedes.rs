//! An aedes that only one test uses.

use crate::wait_until;
use mqtt_wire_testkit::repository;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// Returns the folder into which `tests/peers/install` puts paho-mqtt, MQTT.js and aedes.
pub fn peers() -> PathBuf {
    repository("target/peers")
}

/// An aedes on its own port. The program ends when this value is dropped.
pub struct Aedes {
    process: Child,
    pub port: u16,
}

impl Aedes {
    pub fn start(test: &str) -> Self {
        let file = std::env::temp_dir().join(format!("mqtt-wire-aedes-{}-{test}", std::process::id()));
        let _ = fs::remove_file(&file);
        let script = peers().join("aedes_broker.mjs");
        let mut command = Command::new("node");
        let process = command.arg(script).arg(&file).stdin(Stdio::null()).spawn().expect("node is installed");
        wait_until("aedes listens", || file.exists());
        let port = fs::read_to_string(&file).expect("text").parse().expect("a port");
        fs::remove_file(file).expect("ours");
        Self { process, port }
    }
}

impl Drop for Aedes {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
