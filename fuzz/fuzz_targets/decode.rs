//! Any bytes, as all versions and all senders would read them.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mqtt_wire_fuzz::decode(bytes));
