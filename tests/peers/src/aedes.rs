//! A private aedes.

use crate::wait_until;
use mqtt_wire_testkit::repository;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// Where `tests/peers/install` has put what it does not install for all.
pub fn peers() -> PathBuf {
    repository("target/peers")
}

/// aedes on a port of its own, which ends with this value.
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
