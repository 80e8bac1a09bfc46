//! The sample packets of the tests: see `Sample::of_everything`.

use mqtt_wire::sample::Sample;
use mqtt_wire::{Encode, Packet, Version};
use std::sync::LazyLock;

/// Returns packets of this version that use every field, value and property.
pub fn samples(version: Version) -> Vec<Packet<'static>> {
    all_samples().into_iter().filter(|(own, _)| *own == version).map(|(_, packet)| packet).collect()
}

/// Returns the samples of all versions.
pub fn all_samples() -> Vec<(Version, Packet<'static>)> {
    static SAMPLES: LazyLock<Vec<Sample<'static>>> =
        LazyLock::new(|| Version::ALL.into_iter().flat_map(Sample::of_everything).collect());
    SAMPLES.iter().map(|sample| (sample.version(), sample.as_packet())).collect()
}

/// Returns the encoded packet.
pub fn bytes(packet: &impl Encode, version: Version) -> Vec<u8> {
    let mut buffer = vec![0; packet.encoded_len(version).expect("a packet that can be written")];
    let len = packet.encode(version, &mut buffer).expect("a packet that can be written").len();
    assert_eq!(len, buffer.len(), "encoded_len is the number of written bytes");
    buffer
}
