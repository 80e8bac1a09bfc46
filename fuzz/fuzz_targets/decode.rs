//! Decodes any bytes in every version and for every sender.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mqtt_wire_fuzz::decode(bytes));
