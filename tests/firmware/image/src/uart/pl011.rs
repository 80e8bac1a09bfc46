//! The PL011 of a Stellaris LM3S.

use super::{read, write};

pub const BASE: usize = 0x4000_c000;

const DATA: usize = 0x00;
const FLAGS: usize = 0x18;
const RECEIVED_NONE: u32 = 1 << 4;
const SENDING_FULL: u32 = 1 << 5;
const CONTROL: usize = 0x30;
const ENABLE: u32 = 1 << 0;
const SENDER: u32 = 1 << 8;
const RECEIVER: u32 = 1 << 9;

pub fn start() {
    write(CONTROL, ENABLE | SENDER | RECEIVER);
}

pub fn has_received() -> bool {
    read(FLAGS) & RECEIVED_NONE == 0
}

pub fn take_received() -> u8 {
    read(DATA) as u8
}

pub fn can_send() -> bool {
    read(FLAGS) & SENDING_FULL == 0
}

pub fn send(byte: u8) {
    write(DATA, u32::from(byte));
}
