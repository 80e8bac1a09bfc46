//! The UART of an nRF51, which a micro:bit has.

use super::{read, write};

pub const BASE: usize = 0x4000_2000;

const START_RECEIVING: usize = 0x000;
const START_SENDING: usize = 0x008;
/// The UART sets this register when a byte has arrived. The program clears the register.
const RECEIVED: usize = 0x108;
/// The UART sets this register when a byte has been sent. The program clears the register.
const SENT: usize = 0x11c;
const ENABLE: usize = 0x500;
const ENABLED: u32 = 4;
const RECEIVED_DATA: usize = 0x518;
const SENT_DATA: usize = 0x51c;
const BAUD_RATE: usize = 0x524;
/// 115,200 bits per second.
const BAUD_115200: u32 = 0x01d7_e000;

pub fn start() {
    write(BAUD_RATE, BAUD_115200);
    write(ENABLE, ENABLED);
    write(START_RECEIVING, 1);
    write(START_SENDING, 1);
}

pub fn has_received() -> bool {
    read(RECEIVED) != 0
}

pub fn take_received() -> u8 {
    // If more bytes have arrived, reading the data sets `RECEIVED` again.
    write(RECEIVED, 0);
    read(RECEIVED_DATA) as u8
}

/// `send` waits until the byte was sent, so the UART is always ready for the next byte.
pub fn can_send() -> bool {
    true
}

pub fn send(byte: u8) {
    write(SENT, 0);
    write(SENT_DATA, u32::from(byte));
    while read(SENT) == 0 {}
}
