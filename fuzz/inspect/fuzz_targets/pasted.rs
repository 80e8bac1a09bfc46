//! Reads pasted text: digits, dumps, literals and logs.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mqtt_inspect::laws::pasted(bytes));
