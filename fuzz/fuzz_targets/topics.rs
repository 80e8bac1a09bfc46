//! Matches a Topic Filter on the first line with a Topic Name on the second line.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mqtt_wire_fuzz::topics(bytes));
