//! The UART of Arm's Cortex-M System Design Kit, which an MPS2 has.

use super::{read, write};

pub const BASE: usize = 0x4000_4000;

const DATA: usize = 0x00;
const STATE: usize = 0x04;
const SENDING_FULL: u32 = 1 << 0;
const RECEIVED: u32 = 1 << 1;
const CONTROL: usize = 0x08;
const SENDER: u32 = 1 << 0;
const RECEIVER: u32 = 1 << 1;
const BAUD_DIVIDER: usize = 0x10;

pub fn start() {
    // The clock has 25 MHz: 115,200 bits per second.
    write(BAUD_DIVIDER, 217);
    write(CONTROL, SENDER | RECEIVER);
}

pub fn has_received() -> bool {
    read(STATE) & RECEIVED != 0
}

pub fn take_received() -> u8 {
    read(DATA) as u8
}

pub fn can_send() -> bool {
    read(STATE) & SENDING_FULL == 0
}

pub fn send(byte: u8) {
    write(DATA, u32::from(byte));
}
