//! Writes bytes in each text form that `mqtt-inspect` knows, and reads them back.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mqtt_inspect::laws::forms(bytes));
