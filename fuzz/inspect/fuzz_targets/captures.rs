//! Reads pcap and pcapng files.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mqtt_inspect::laws::captures(bytes));
