//! One function for each fuzz target.

mod accessors;
mod answers;
mod chunks;
#[cfg(feature = "tokio-util")]
mod codecs;
mod constructors;
mod conversions;
mod decode;
mod dissection;
mod encoders;
mod equality;
mod errors;
mod expectations;
#[cfg(feature = "serde")]
mod formatting;
mod guess;
mod head;
#[cfg(feature = "sockets")]
mod head_readers;
mod iterators;
mod later_bytes;
mod lengths;
mod limits;
mod lines;
mod lint;
mod lists;
#[cfg(feature = "defmt")]
mod logs;
mod mutate;
mod operations;
mod properties;
mod read_buffer;
mod refusals;
mod roundtrip;
#[cfg(feature = "sockets")]
mod settings;
#[cfg(feature = "sockets")]
mod sockets;
mod stream;
mod strings;
mod tolerances;
mod topics;
mod values;
mod versions;
mod write_buffer;
#[cfg(feature = "sockets")]
mod writers;

pub use decode::decode;
pub use mutate::mutate;
pub(crate) use operations::visit_properties;
pub use roundtrip::roundtrip;
pub use stream::stream;
pub use topics::topics;
pub use versions::versions;

/// A fuzz target: a function that panics if an invariant is broken, and the folder of the seeds.
pub struct Target {
    pub name: &'static str,
    pub run: fn(&[u8]),
    pub seeds: &'static str,
}

/// All targets. `decode`, `mutate` and `versions` take single packets, and share their seeds.
pub const TARGETS: [Target; 6] = [
    Target { name: "decode", run: decode, seeds: "decode" },
    Target { name: "mutate", run: mutate, seeds: "decode" },
    Target { name: "roundtrip", run: roundtrip, seeds: "roundtrip" },
    Target { name: "stream", run: stream, seeds: "stream" },
    Target { name: "topics", run: topics, seeds: "topics" },
    Target { name: "versions", run: versions, seeds: "decode" },
];
