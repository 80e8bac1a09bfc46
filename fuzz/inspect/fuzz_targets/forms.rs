//! Bytes in each form in which programs write them.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mqtt_inspect::laws::forms(bytes));
