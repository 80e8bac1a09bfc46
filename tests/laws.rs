//! The laws of the codec, each stated once and applied to a sample of everything.

#[path = "support/samples.rs"]
mod samples;

use mqtt_wire::{
    DecodeErrorKind, Decoder, Encode, EncodeError, Encoder, FrameLen, Inconsistency, Packet, PacketType,
    Role, Version, decode, decode_frame, frame_len,
};
use samples::{all_samples, bytes, samples};

/// A decoder that takes all that the samples hold, mosquitto's bridges included.
fn decoder(version: Version) -> Decoder {
    Decoder::new(version).accept_bridge(true)
}

#[test]
fn the_samples_hold_every_packet_type_in_every_version() {
    for version in Version::ALL {
        let samples = samples(version);
        for packet_type in PacketType::ALL {
            let held = samples.iter().any(|packet| packet.packet_type() == packet_type);
            let exists = packet_type != PacketType::Auth || version == Version::V5_0;
            assert_eq!(held, exists, "{packet_type} in {version}");
        }
    }
}

#[test]
fn what_is_encoded_decodes_to_the_same() {
    for (version, packet) in all_samples() {
        let bytes = bytes(&packet, version);
        assert_eq!(decoder(version).decode(&bytes), Ok(Some((packet, &[][..]))), "{version}");
        assert_eq!(decoder(version).decode_frame(&bytes), Ok(packet), "{version}");
        // The decoded packet, whose lists are on the wire, is written the same.
        let read = decoder(version).decode_frame(&bytes).expect("checked above");
        assert_eq!(samples::bytes(&read, version), bytes, "{version} {packet:?}");
    }
}

#[test]
fn every_way_of_writing_writes_the_same() {
    for (version, packet) in all_samples() {
        let bytes = bytes(&packet, version);
        #[cfg(feature = "bytes")]
        {
            let mut vec = vec![0xee];
            assert_eq!(packet.encode_to(version, &mut vec), Ok(bytes.len()));
            assert_eq!(vec[1..], bytes);
        }
        let mut longer = vec![0xee; bytes.len() + 3];
        assert_eq!(packet.encode(version, &mut longer), Ok(&bytes[..]));
        assert_eq!(longer[bytes.len()..], [0xee; 3], "nothing behind the packet is touched");
    }
}

#[test]
fn a_packet_leaves_exactly_what_follows_it() {
    for (version, packet) in all_samples() {
        let mut bytes = bytes(&packet, version);
        for follower in [&[0x00][..], &[0xff; 7], &[0xc0, 0x00], &bytes.clone()] {
            let len = bytes.len();
            bytes.extend_from_slice(follower);
            assert_eq!(decoder(version).decode(&bytes), Ok(Some((packet, follower))));
            let error = decoder(version).decode_frame(&bytes).expect_err("more than a packet");
            assert_eq!((error.kind(), error.offset()), (DecodeErrorKind::BytesAfterPacket, len));
            assert_eq!(error.packet_len(), Some(len));
            bytes.truncate(len);
        }
    }
}

#[test]
fn every_proper_prefix_is_incomplete_and_no_frame() {
    for (version, packet) in all_samples() {
        let bytes = bytes(&packet, version);
        let header = 1 + bytes[1..].iter().position(|byte| byte & 0x80 == 0).expect("a length") + 1;
        // Of the long ones, all of the first 600 bytes and some of the rest.
        let ends = (0..bytes.len()).filter(|end| *end < 600 || end % 4093 == 0 || bytes.len() - end < 10);
        for end in ends {
            let prefix = &bytes[..end];
            assert_eq!(decoder(version).decode(prefix), Ok(None), "{version} {prefix:02x?}");
            let needed =
                if end < header { FrameLen::AtLeast((end + 1).max(2)) } else { FrameLen::Total(bytes.len()) };
            assert_eq!(decoder(version).frame_len(prefix), Ok(needed));
            assert_eq!(frame_len(prefix), Ok(needed));
            let error = decoder(version).decode_frame(prefix).expect_err("less than a packet");
            assert_eq!((error.kind(), error.offset()), (DecodeErrorKind::IncompletePacket, end));
            assert_eq!(error.packet_len(), (end >= header).then_some(bytes.len()));
            assert_eq!(error.packet_type(), (end > 0).then_some(packet.packet_type()));
            assert_eq!(error.version(), Some(version));
        }
    }
}

/// The body cut at every byte, with a Remaining Length that fits: refused, or another legal packet.
#[test]
fn a_body_cut_short_is_refused_or_legal() {
    let mut legal = 0;
    for (version, packet) in all_samples() {
        let whole = bytes(&packet, version);
        let header = 1 + whole[1..].iter().position(|byte| byte & 0x80 == 0).expect("a length") + 1;
        let body = &whole[header..];
        for end in (0..body.len()).filter(|end| *end < 127) {
            let mut cut = vec![whole[0], u8::try_from(end).expect("below 127")];
            cut.extend_from_slice(&body[..end]);
            match decoder(version).decode(&cut) {
                Ok(Some((packet, []))) => {
                    legal += 1;
                    assert_eq!(decode_again(&packet, version), Ok(()), "{version} {cut:02x?}");
                }
                Ok(other) => panic!("{version} {cut:02x?}: {other:?}"),
                Err(error) => {
                    assert!(error.offset() <= cut.len(), "{version} {cut:02x?}: {error:?}");
                    assert_eq!(error.packet_len(), Some(cut.len()));
                    let mut longer = cut.clone();
                    longer.extend([0; 5]);
                    assert_eq!(decoder(version).decode(&longer), Err(error), "more bytes mend nothing");
                }
            }
        }
    }
    assert!(legal > 100, "short forms and payloads: {legal}");
}

/// Any one byte changed to some others: never a panic, an offset within the packet, and what is accepted is
/// written and read again as the same.
#[test]
fn a_changed_byte_is_refused_or_legal() {
    for (version, packet) in all_samples() {
        let mut bytes = bytes(&packet, version);
        for place in 0..bytes.len().min(160) {
            let original = bytes[place];
            for change in [0x00, 0x01, 0x02, 0x04, 0x7f, 0x80, 0xff, b'+', b'#'] {
                bytes[place] = original ^ change;
                for other in Version::ALL {
                    match decoder(other).decode(&bytes) {
                        Ok(Some((packet, _))) => {
                            assert_eq!(decode_again(&packet, other), Ok(()), "{bytes:02x?}")
                        }
                        Ok(None) => {}
                        Err(error) => assert!(error.offset() <= bytes.len(), "{error:?} {bytes:02x?}"),
                    }
                }
            }
            bytes[place] = original;
        }
    }
}

fn decode_again(packet: &Packet<'_>, version: Version) -> Result<(), EncodeError> {
    let version = match packet {
        Packet::Connect(connect) => connect.version,
        _ => version,
    };
    let mut buffer = vec![
        0;
        match packet.encoded_len(version) {
            // Accepted, but not written.
            Err(EncodeError::Inconsistent(_)) if is_0x8c(packet) => return Ok(()),
            len => len?,
        }
    ];
    let written = packet.encode(version, &mut buffer)?;
    assert_eq!(decoder(version).decode_frame(written), Ok(*packet));
    Ok(())
}

fn is_0x8c(packet: &Packet<'_>) -> bool {
    matches!(packet, Packet::Disconnect(disconnect) if disconnect.reason.get() == 0x8c)
}

#[test]
fn a_buffer_too_small_is_left_untouched() {
    for (version, packet) in all_samples() {
        let needed = packet.encoded_len(version).expect("it can be written");
        for room in [0, 1, needed / 2, needed - 1] {
            let mut buffer = vec![0xee; room];
            assert_eq!(packet.encode(version, &mut buffer), Err(EncodeError::BufferTooSmall { needed }));
            #[cfg(feature = "bytes")]
            {
                let mut slice = &mut buffer[..];
                assert_eq!(
                    packet.encode_to(version, &mut slice),
                    Err(EncodeError::BufferTooSmall { needed })
                );
                assert_eq!(slice.len(), room);
            }
            assert!(buffer.iter().all(|byte| *byte == 0xee), "{packet:?}");
        }
    }
}

/// Exactly enough room is enough.
#[cfg(feature = "bytes")]
#[test]
fn a_buffer_of_the_exact_length_is_filled() {
    for (version, packet) in all_samples() {
        let bytes = bytes(&packet, version);
        let mut buffer = vec![0; bytes.len()];
        let mut slice = &mut buffer[..];
        assert_eq!(packet.encode_to(version, &mut slice), Ok(bytes.len()));
        assert_eq!(slice.len(), 0);
        assert_eq!(buffer, bytes);
    }
}

/// With a sender, the encoder writes what the decoder takes from it, and nothing else.
#[test]
fn encoder_and_decoder_agree_on_who_may_send_what() {
    let mut refused = 0;
    for (version, packet) in all_samples() {
        let bytes = bytes(&packet, version);
        for sender in [Role::Client, Role::Server] {
            let written = Encoder::new(version).sender(sender).encoded_len(&packet);
            match decoder(version).sender(sender).decode_frame(&bytes) {
                Ok(_) => assert_eq!(written, Ok(bytes.len()), "{sender:?} {packet:?}"),
                Err(error) => {
                    refused += 1;
                    assert_eq!(error.kind(), DecodeErrorKind::WrongDirection);
                    let wrong = Err(EncodeError::Inconsistent(Inconsistency::WrongDirection));
                    assert_eq!(written, wrong, "{sender:?} {packet:?}");
                }
            }
        }
    }
    assert!(refused > 100, "only {refused}");
}

/// For any other version a packet is refused by name, or survives as a packet of that version.
#[test]
fn nothing_is_dropped_for_another_version() {
    let mut refused = 0;
    for (version, packet) in all_samples() {
        for other in Version::ALL.into_iter().filter(|other| *other != version) {
            let mut buffer = [0xee; 16];
            match packet.encoded_len(other) {
                Ok(_) => assert_eq!(decoder(other).decode_frame(&bytes(&packet, other)), Ok(packet)),
                Err(error) => {
                    refused += 1;
                    let by_name =
                        matches!(error, EncodeError::NotInVersion { version, .. } if version == other);
                    assert!(by_name || matches!(error, EncodeError::Inconsistent(_)), "{error:?}");
                    assert_eq!(packet.encode(other, &mut buffer), Err(error));
                    #[cfg(feature = "bytes")]
                    assert_eq!(packet.encode_to(other, &mut &mut buffer[..]), Err(error));
                    assert_eq!(buffer, [0xee; 16]);
                }
            }
        }
    }
    assert!(refused > 100, "only {refused}");
}

/// Fed in any pieces, a stream gives the same packets.
#[test]
fn a_stream_in_pieces_gives_the_same_packets() {
    for version in Version::ALL {
        let packets: Vec<_> =
            samples(version).into_iter().filter(|packet| bytes(packet, version).len() < 1000).collect();
        let stream: Vec<u8> = packets.iter().flat_map(|packet| bytes(packet, version)).collect();
        for piece in [1, 2, 3, 7, 64, 1000] {
            let mut decoder = decoder(version);
            let mut read = 0;
            let mut start = 0;
            for end in (piece..).step_by(piece).map(|end| end.min(stream.len())) {
                while let Some((packet, rest)) = decoder.decode(&stream[start..end]).expect("legal") {
                    assert_eq!(packet, packets[read]);
                    read += 1;
                    start = end - rest.len();
                }
                if end == stream.len() {
                    break;
                }
            }
            assert_eq!((read, start), (packets.len(), stream.len()), "{version} in pieces of {piece}");
        }
    }
}

/// A decoder that learns the version refuses all before CONNECT, and goes by it from then on.
#[test]
fn a_decoder_learns_the_version_once() {
    for (version, packet) in all_samples() {
        let bytes = bytes(&packet, version);
        let mut learning = Decoder::learning().accept_bridge(true);
        match packet {
            Packet::Connect(_) => {
                assert_eq!(learning.decode(&bytes), Ok(Some((packet, &[][..]))));
                assert_eq!(learning.version(), Some(version));
                // Another CONNECT is read by its own version, and changes nothing.
                let other = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a";
                assert!(learning.decode(other).is_ok());
                assert_eq!(learning.version(), Some(version));
            }
            _ => {
                let error = learning.decode(&bytes).expect_err("not a CONNECT");
                assert_eq!((error.kind(), error.offset()), (DecodeErrorKind::VersionUnknown, 0));
                assert_eq!(error.packet_len(), Some(bytes.len()), "what to skip");
                let early = learning.decode(&bytes[..1]).expect_err("told by the first byte");
                assert_eq!((early.kind(), early.packet_len()), (error.kind(), None));
                assert_eq!(learning.version(), None);
            }
        }
    }
    let mut learning = Decoder::learning();
    assert!(learning.decode_frame(b"\x10\x0e\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x01\xff").is_err());
    assert_eq!(learning.version(), None, "a bad CONNECT teaches nothing");
}

/// The fields that a dissection shows are the packet: in order, without a gap, and all of it.
#[test]
fn a_dissection_shows_every_byte() {
    for (version, packet) in all_samples() {
        let bytes = bytes(&packet, version);
        let mut end = 0;
        let read = decoder(version).dissect(&bytes, |span| {
            assert_eq!(span.bytes, &bytes[span.offset..span.offset + span.bytes.len()], "{span:?}");
            match span.bits() {
                Some(_) => assert!(span.offset + 1 == end || span.offset == 0, "{span:?}"),
                None => {
                    assert!(span.offset == end || end == 0 && span.offset == 1, "{span:?} after {end}");
                    end = span.offset + span.bytes.len();
                }
            }
        });
        assert_eq!(read, Ok(packet));
        assert_eq!(end, bytes.len(), "{packet:?}");
        assert_eq!(decode_frame(version, &bytes).is_ok(), decode(version, &bytes).is_ok());
    }
}
