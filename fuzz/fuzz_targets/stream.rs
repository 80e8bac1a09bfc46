//! Reads several packets in a row, in pieces of any size and with size limits.

#![no_main]

use libfuzzer_sys::{fuzz_crossover, fuzz_mutator, fuzz_target, fuzzer_mutate};
use mqtt_wire_fuzz::mutator;

fuzz_target!(|bytes: &[u8]| mqtt_wire_fuzz::stream(bytes));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutator::in_place(data, size, max_size, seed, fuzzer_mutate)
});

fuzz_crossover!(|data1: &[u8], data2: &[u8], out: &mut [u8], seed: u32| {
    mutator::put(&mutator::splice(data1, data2, seed), out)
});
