//! Code that the tests with real peers share.

pub mod aedes;
pub mod client;
pub mod exchanges;
pub mod mosquitto;
pub mod proxy;
pub mod tokio_server;
pub mod traffic;

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

/// The time limit for any event. No event takes nearly as long.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// The pause between two checks of a condition.
const PAUSE: Duration = Duration::from_millis(5);

pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "waited in vain until: {what}");
        thread::sleep(PAUSE);
    }
}

/// The path of `mqtt-inspect`, which cargo builds beside the tests.
pub fn mqtt_inspect() -> PathBuf {
    let test = std::env::current_exe().expect("a program");
    let profile = test.parent().and_then(|deps| deps.parent()).expect("target/PROFILE/deps");
    profile.join(format!("mqtt-inspect{}", std::env::consts::EXE_SUFFIX))
}
