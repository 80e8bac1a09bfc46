//! Shows that the proof can fail: the proof must find this function, which panics on empty input.

use no_panic::no_panic;
use std::hint::black_box;

pub fn run() {
    black_box(first_byte(black_box(b"a")));
}

#[no_panic]
fn first_byte(input: &[u8]) -> u8 {
    input[0]
}
