//! Checks that `defmt` logs the fields that `serde` shows, in their order, and no secret.

use mqtt_wire::*;
use mqtt_wire_testkit::log::Log;
use serde_json::to_value;
use std::cell::RefCell;

/// The logger of the targets. The logger keeps the log of the thread.
#[defmt::global_logger]
struct Logger;

thread_local!(static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) });

// SAFETY: each thread has its own log, and nothing interrupts the thread.
unsafe impl defmt::Logger for Logger {
    fn acquire() {
        LOG.take();
    }
    unsafe fn flush() {}
    unsafe fn release() {}
    unsafe fn write(bytes: &[u8]) {
        LOG.with_borrow_mut(|log| log.extend_from_slice(bytes));
    }
}

defmt::timestamp!("");

fn logged(value: impl defmt::Format) -> Vec<u8> {
    defmt::println!("{}", value);
    LOG.take()
}

pub fn show_what_serde_shows(packet: &Packet<'_>) {
    let log = logged(*packet);
    Log::new(&log).holds_packet(&to_value(packet).expect("a Value"));
}

/// The text of an error is logged as `Display` shows it.
pub fn show_the_text(error: impl defmt::Format + ToString) {
    let (text, log) = (error.to_string(), logged(error));
    let is_logged = log.windows(text.len()).any(|bytes| bytes == text.as_bytes());
    assert!(is_logged, "{text}");
}
