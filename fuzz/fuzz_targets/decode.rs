//! Any bytes, in all versions and from all senders: never a panic, errors that say what they promise, and
//! what is accepted is written and read again as the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mqtt_wire::{DecodeError, Decoder, Encode, EncodeError, FrameLen, Packet, Role, Version};

fuzz_target!(|bytes: &[u8]| {
    for version in Version::ALL {
        let decoder = Decoder::new(version).accept_bridge(true);
        for decoder in [decoder, decoder.sender(Role::Client), decoder.sender(Role::Server)] {
            check(decoder, version, bytes);
        }
    }
});

fn check(mut decoder: Decoder, version: Version, bytes: &[u8]) {
    match decoder.decode(bytes) {
        Ok(Some((packet, rest))) => {
            let frame = &bytes[..bytes.len() - rest.len()];
            assert_eq!(decoder.decode_frame(frame), Ok(packet));
            assert_eq!(decoder.frame_len(bytes), Ok(FrameLen::Total(frame.len())));
            survives(&mut decoder, version, packet, frame.len());
        }
        Ok(None) => {
            let needed = match decoder.frame_len(bytes) {
                Ok(FrameLen::Total(len) | FrameLen::AtLeast(len)) => len,
                Err(error) => panic!("{error}"),
            };
            assert!(needed > bytes.len());
            assert!(decoder.decode_frame(bytes).is_err());
        }
        Err(error) => lasts(&mut decoder, bytes, error),
    }
}

/// Written and read again, a packet is the same, and not longer than it came.
fn survives(decoder: &mut Decoder, version: Version, packet: Packet<'_>, len: usize) {
    let version = match packet {
        Packet::Connect(connect) => connect.version,
        _ => version,
    };
    let needed = match packet.encoded_len(version) {
        Ok(needed) => needed,
        // The one packet that is accepted but not written.
        Err(EncodeError::Inconsistent(_)) => {
            assert!(matches!(packet, Packet::Disconnect(disconnect) if disconnect.reason.get() == 0x8c));
            return;
        }
        Err(error) => panic!("{error}"),
    };
    assert!(needed <= len);
    let mut buffer = vec![0; needed];
    let written = packet.encode(version, &mut buffer).expect("it has a length");
    assert_eq!(written.len(), needed);
    assert_eq!(decoder.decode_frame(written), Ok(packet));
}

/// An error points into the packet and stays, whatever follows.
fn lasts(decoder: &mut Decoder, bytes: &[u8], error: DecodeError) {
    assert!(error.offset() <= error.packet_len().unwrap_or(bytes.len()).max(1));
    let mut longer = bytes.to_vec();
    longer.extend_from_slice(&[0; 16]);
    let later = decoder.decode(&longer).expect_err("more bytes mend nothing");
    let said = |error: DecodeError| (error.kind(), error.field(), error.offset(), error.version());
    assert_eq!(said(later), said(error));
    assert!(!error.to_string().is_empty());
}
