//! A `defmt` logger that keeps the logged bytes, so that a test can search them.

use core::sync::atomic::{AtomicU8, AtomicUsize, Ordering::Relaxed};

const CAPACITY: usize = 1024;
static LOG: [AtomicU8; CAPACITY] = [const { AtomicU8::new(0) }; CAPACITY];
static LEN: AtomicUsize = AtomicUsize::new(0);

#[defmt::global_logger]
struct Logger;

// SAFETY: there is one thread and no interrupt.
unsafe impl defmt::Logger for Logger {
    fn acquire() {}

    unsafe fn flush() {}

    unsafe fn release() {}

    unsafe fn write(bytes: &[u8]) {
        for byte in bytes {
            LOG[LEN.fetch_add(1, Relaxed)].store(*byte, Relaxed);
        }
    }
}

defmt::timestamp!("{=u8}", 0);

#[defmt::panic_handler]
fn panic() -> ! {
    crate::stop()
}

/// Whether these bytes have been logged.
pub fn holds(wanted: &[u8]) -> bool {
    let log = LOG.each_ref().map(|byte| byte.load(Relaxed));
    log[..LEN.load(Relaxed)].windows(wanted.len()).any(|bytes| bytes == wanted)
}
