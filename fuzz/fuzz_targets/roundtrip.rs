//! Builds packets from the input, encodes them and decodes them again.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mqtt_wire_fuzz::roundtrip(bytes));
