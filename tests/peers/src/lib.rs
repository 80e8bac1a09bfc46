//! What the tests with real peers have in common.

pub mod aedes;
pub mod client;
pub mod exchanges;
pub mod mosquitto;
pub mod proxy;
pub mod tokio_server;
pub mod traffic;

use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take. Nothing takes nearly as long.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// How long to wait before asking again.
const PAUSE: Duration = Duration::from_millis(5);

pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "waited in vain until: {what}");
        thread::sleep(PAUSE);
    }
}
