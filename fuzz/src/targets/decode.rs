//! Any bytes, all versions, all senders.

use super::super::laws;
use super::super::opinion::naive::Options;
use super::super::opinion::{agree, decoder};
use super::{answers, guess, head, lint, ways};
use allocation_counter::measure;
use mqtt_wire::*;
use std::hint::black_box;

pub(super) const SENDERS: [Option<Role>; 3] = [None, Some(Role::Client), Some(Role::Server)];

/// No panic, no allocation, the laws of any bytes, and the naive decoder is of the same opinion.
pub fn decode(bytes: &[u8]) {
    guess::is_kept(bytes);
    for version in Version::ALL {
        ways::of_a_frame(version, bytes);
        for sender in SENDERS {
            judge(bytes, &Options { sender, accept_bridge: true, ..Options::new(Some(version)) });
        }
        judge(bytes, &strict(version, bytes.len()));
    }
    judge(bytes, &Options::new(None));
    judge(bytes, &Options { sender: Some(Role::Client), accept_bridge: true, ..Options::new(None) });
}

/// All switches, and limits that are reached now and then.
pub(super) fn strict(version: Version, len: usize) -> Options {
    Options {
        version: Some(version),
        sender: [Some(Role::Client), None][len % 2],
        max_packet_size: [len.saturating_sub(1), len, len][len % 3] as u32,
        topic_alias_maximum: 3,
        refuse_control_characters: true,
        refuse_noncharacters: true,
        require_minimal_lengths: true,
        limit_v3_1_topics: true,
        require_v3_1_text: true,
        refuse_client_server_reference: true,
        accept_bridge: false,
    }
}

pub(super) fn judge(bytes: &[u8], options: &Options) {
    allocates_nothing(bytes, options);
    if let Err(difference) = agree(bytes, options) {
        panic!("{difference}");
    }
    head::agrees(bytes, options);
    lint::says_the_same(bytes, options);
    if let Some(version) = options.version {
        laws::of_bytes(decoder(options), version, bytes);
    }
    match decoder(options).decode(bytes) {
        Ok(Some((packet, rest))) => {
            let frame = &bytes[..bytes.len() - rest.len()];
            fields_are_bytes(&packet, options.version, frame);
            lint::finds_each(frame, options);
            #[cfg(feature = "bytes")]
            if options.sender.is_none() {
                is_written_as_its_owned(&packet, options, frame);
            }
        }
        Ok(None) => {}
        Err(error) => answers::are_understood(&error, options.version),
    }
}

fn fields_are_bytes(packet: &Packet<'_>, version: Option<Version>, frame: &[u8]) {
    let version = match packet {
        Packet::Connect(connect) => connect.version,
        _ => version.expect("learnt from a CONNECT"),
    };
    laws::its_fields_are_its_bytes(packet, version, frame);
}

/// Not to decode, not to refuse, not to answer, not to write.
fn allocates_nothing(bytes: &[u8], options: &Options) {
    let mut buffer = vec![0; bytes.len()];
    let count = measure(|| {
        let mut decoder = decoder(options);
        black_box(decoder.frame_len(bytes).is_ok());
        black_box(decoder.decode_frame(bytes).is_ok());
        match decoder.decode(bytes) {
            Ok(Some((packet, _))) => {
                for version in Version::ALL {
                    black_box(packet.encode(version, &mut buffer).is_ok());
                }
            }
            Ok(None) => {}
            Err(error) => drop(black_box((error.statement(), error.reason_code()))),
        }
    });
    assert_eq!(count.count_total, 0, "allocations");
}

/// A packet that owns its bytes is written as one that borrows them.
#[cfg(feature = "bytes")]
fn is_written_as_its_owned(packet: &Packet<'_>, options: &Options, frame: &[u8]) {
    let owned = decoder(options).decode_owned_frame(frame.to_vec().into()).expect("decoded just now");
    for version in Version::ALL {
        let len = packet.encoded_len(version);
        if len.is_err() {
            assert_eq!(owned.encoded_len(version), len);
            continue;
        }
        let (mut ours, mut its) = (Vec::new(), Vec::new());
        packet.encode_to(version, &mut ours).expect("a Vec grows");
        owned.encode_to(version, &mut its).expect("a Vec grows");
        // 5.0 has more forms than one.
        if version == Version::V5_0 {
            assert_eq!(laws::decoder(version).decode_frame(&its), Ok(*packet));
        } else {
            assert_eq!(its, ours, "{version}");
        }
    }
}
