//! Reads the two directions of a connection in pieces, from the beginning or from the middle on,
//! with and without WebSocket.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mqtt_inspect::laws::directions(bytes));
