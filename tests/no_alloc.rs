//! Tests that decoding, refusing and encoding into a slice do not allocate.

use allocation_counter::measure;
use mqtt_wire::detect::sniff;
use mqtt_wire::{Decoder, Encode, Version, decode, decode_frame};
use mqtt_wire_testkit::samples::{all_samples, bytes};
use std::hint::black_box;

fn allocations(run: impl FnOnce()) -> u64 {
    measure(run).count_total
}

/// Shows that the other tests can fail: the counter counts allocations.
#[test]
fn the_counter_counts_a_box() {
    assert_eq!(allocations(|| drop(black_box(Box::new(1)))), 1);
}

#[test]
fn decoding_and_reading_every_item_allocates_nothing() {
    for (version, packet) in all_samples() {
        let bytes = bytes(&packet, version);
        let mut decoder = Decoder::new(version).accept_bridge(true);
        let count = allocations(|| {
            let read = decoder.decode(&bytes).expect("legal").expect("whole").0;
            // Comparing reads every item of every list.
            assert!(read == packet);
            assert!(decoder.frame_len(&bytes).is_ok());
            black_box(sniff(&bytes));
        });
        assert_eq!(count, 0, "{version} {packet:?}");
    }
}

#[test]
fn encoding_into_a_slice_allocates_nothing() {
    let mut buffer = vec![0; 1 << 18];
    for (version, packet) in all_samples() {
        let count = allocations(|| {
            for other in Version::ALL {
                black_box(packet.encoded_len(other).ok());
                black_box(packet.encode(other, &mut buffer).ok());
            }
            assert!(packet.encode(version, &mut []).is_err());
        });
        assert_eq!(count, 0, "{version} {packet:?}");
    }
}

#[test]
fn refusing_allocates_nothing() {
    for (version, packet) in all_samples() {
        let mut bytes = bytes(&packet, version);
        bytes.truncate(300);
        for place in 0..bytes.len().min(64) {
            bytes[place] ^= 0x80;
            let count = allocations(|| {
                for version in Version::ALL {
                    if let Err(error) = decode(version, &bytes) {
                        black_box((error.statement(), error.reason_code()));
                    }
                    black_box(decode_frame(version, &bytes).is_err());
                }
            });
            assert_eq!(count, 0, "{version} {bytes:02x?}");
            bytes[place] ^= 0x80;
        }
    }
}
