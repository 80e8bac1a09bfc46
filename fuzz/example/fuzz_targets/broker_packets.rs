//! Makes a sequence of legal packets from the input. Legal packets reach the code after the parser, because the parser
//! refuses none of them.

#![no_main]

use arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;
use mqtt_wire::sample::Sample;
use mqtt_wire::{Connect, Encode, Version};

fuzz_target!(|bytes: &[u8]| {
    let mut unstructured = Unstructured::new(bytes);
    let Ok(number) = unstructured.choose_index(Version::ALL.len()) else { return };
    let version = Version::ALL[number];
    let mut from_client = Vec::new();
    let connected = Connect::new(version).encode_to(version, &mut from_client);
    assert!(connected.is_ok(), "{connected:?}");
    while !unstructured.is_empty() {
        let Ok(sample) = Sample::arbitrary(&mut unstructured) else { break };
        // A packet that this version does not have is left out.
        let _ = sample.as_packet().encode_to(version, &mut from_client);
    }
    mqtt_wire_fuzz_example::is_served(&from_client);
});
