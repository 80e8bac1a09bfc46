//! Tests that `Decoder::lint` finds the error of decoding and further faults.

use mqtt_wire::inspect::Severity;
use mqtt_wire::stream::FrameLen;
use mqtt_wire::{DecodeError, Decoder, Role, Version};
use std::path::Path;

/// Checks that the first violation is the error of decoding. Returns the number of violations.
#[track_caller]
fn lint(decoder: Decoder, frame: &[u8]) -> usize {
    let mut violations: Vec<DecodeError> = Vec::new();
    decoder.lint(frame, |finding| {
        assert!(finding.error.offset() <= frame.len(), "{finding:?}");
        if finding.severity == Severity::Violation {
            violations.push(finding.error);
        }
    });
    let mut again = decoder;
    assert_eq!(violations.first(), again.decode_frame(frame).err().as_ref(), "{decoder:?} {frame:02x?}");
    violations.len()
}

/// Returns all packets of the captures, with their versions.
fn packets() -> Vec<(Version, Vec<u8>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures");
    let mut packets = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let versions = [("-31", Version::V3_1), ("-311", Version::V3_1_1), ("-5", Version::V5_0)];
        let Some(bytes) = name.ends_with(".bin").then(|| std::fs::read(&path).unwrap()) else { continue };
        let is_of = |tag: &str| name.contains(&format!("{tag}-")) || name.contains(&format!("{tag}."));
        let (_, version) = versions.into_iter().find(|(tag, _)| is_of(tag)).unwrap();
        let (decoder, mut rest) = (Decoder::new(version), &bytes[..]);
        while let Ok(FrameLen::Total(len)) = decoder.frame_len(rest) {
            packets.push((version, rest[..len].to_vec()));
            rest = &rest[len..];
        }
    }
    packets
}

#[test]
fn packets_of_real_programs_have_no_violation() {
    let packets = packets();
    assert!(packets.len() > 600, "{}", packets.len());
    let bad = packets.iter().filter(|(version, frame)| lint(Decoder::new(*version), frame) > 0).count();
    // One broker answers a 5.0 client in 3.1.1.
    assert_eq!(bad, 1);
}

#[test]
fn the_first_violation_in_changed_packets_is_the_error_of_decoding() {
    let mut several = 0;
    for (version, frame) in packets() {
        for at in 0..frame.len() {
            for change in [0x01, 0x02, 0x04, 0x40, 0x80, 0xff] {
                let mut frame = frame.clone();
                frame[at] ^= change;
                for decoder in [
                    Decoder::new(version),
                    Decoder::new(version).sender(Role::Server).require_minimal_lengths(true),
                ] {
                    several += usize::from(lint(decoder, &frame) > 1);
                }
            }
        }
    }
    assert!(several > 1000, "{several}");
}
