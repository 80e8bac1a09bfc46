//! Packets made up from the bytes, whatever their fields can be.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mqtt_wire_fuzz::roundtrip(bytes));
