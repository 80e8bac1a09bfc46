//! What two ends send, in pieces, from the beginning or from the middle on, over WebSocket or not.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mqtt_inspect::laws::directions(bytes));
