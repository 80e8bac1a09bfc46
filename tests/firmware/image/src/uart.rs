//! The serial line: the first UART of the board. The driver polls the UART. A firmware that sleeps would wait for an
//! interrupt of the UART.

#[cfg(feature = "mps2")]
mod cmsdk;
#[cfg(feature = "microbit")]
mod nrf51;
#[cfg(feature = "lm3s")]
mod pl011;

#[cfg(feature = "mps2")]
use cmsdk as registers;
#[cfg(feature = "microbit")]
use nrf51 as registers;
#[cfg(feature = "lm3s")]
use pl011 as registers;

use core::convert::Infallible;
use embedded_io::{ErrorType, Read, Write};

pub struct Uart(());

impl Uart {
    pub fn start() -> Self {
        registers::start();
        Self(())
    }
}

impl ErrorType for Uart {
    type Error = Infallible;
}

impl Read for Uart {
    /// Waits for a byte, and reads all bytes that have arrived.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        let mut read = 0;
        for byte in buffer {
            while read == 0 && !registers::has_received() {}
            if !registers::has_received() {
                break;
            }
            *byte = registers::take_received();
            read += 1;
        }
        Ok(read)
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        for byte in bytes {
            while !registers::can_send() {}
            registers::send(*byte);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Reads the register of the UART at this offset.
fn read(offset: usize) -> u32 {
    // SAFETY: the modules below name registers of the board.
    unsafe { ((registers::BASE + offset) as *const u32).read_volatile() }
}

fn write(offset: usize, value: u32) {
    // SAFETY: as above.
    unsafe { ((registers::BASE + offset) as *mut u32).write_volatile(value) }
}
