//! A Topic Filter and a Topic Name, on a line each.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mqtt_wire_fuzz::topics(bytes));
