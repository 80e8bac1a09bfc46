//! Checks that the head of a PUBLISH is decoded before its payload has arrived.

use mqtt_wire::stream::{FrameLen, Head};
use mqtt_wire::*;
use mqtt_wire_testkit::naive::Options;
use mqtt_wire_testkit::verdicts::decoder;

/// The head and the whole packet give the same values and errors. The head is known as soon as its
/// last byte has arrived.
pub fn agrees(bytes: &[u8], options: &Options) {
    let mut decoder = decoder(options);
    let head = decoder.clone().decode_head(bytes);
    match (decoder.decode(bytes), head) {
        (Ok(Some((whole, rest))), Ok(Some(head))) => {
            is_of(&head, &whole, rest);
            let after = if whole.packet_type() == PacketType::Publish { head.rest } else { rest };
            comes_as_asked_for(&self::decoder(options), bytes, bytes.len() - after.len());
        }
        (Err(whole), Err(head)) => assert_eq!(head, whole),
        (Ok(None), Ok(None)) => {
            let needed = match decoder.head_len(bytes).expect("nothing is wrong with it") {
                FrameLen::Total(needed) | FrameLen::AtLeast(needed) => needed,
            };
            assert!(needed > bytes.len());
        }
        // The payload has not arrived yet.
        (Ok(None), Ok(Some(head))) => assert!(head.rest.len() < head.payload_len),
        (Ok(None), Err(early)) => {
            let len = early.packet_len().expect("the header is in");
            if len < 1 << 16 {
                let whole = [bytes, &vec![0; len - bytes.len()]].concat();
                assert_eq!(decoder.decode(&whole), Err(early));
            }
        }
        (whole, head) => panic!("whole: {whole:?}\nhead: {head:?}"),
    }
}

fn is_of(head: &Head<'_>, whole: &Packet<'_>, rest: &[u8]) {
    match whole {
        Packet::Publish(publish) => {
            assert_eq!(head.packet, Packet::Publish(Publish { payload: &[], ..*publish }));
            assert_eq!(head.payload_len, publish.payload.len());
            assert_eq!(head.rest, [publish.payload, rest].concat());
        }
        _ => assert_eq!((head.packet, head.payload_len, head.rest), (*whole, 0, rest)),
    }
}

/// A reader waits for as many bytes as the decoder asks for. The reader gets the whole head, and no byte of the
/// payload.
fn comes_as_asked_for(decoder: &Decoder, bytes: &[u8], head_len: usize) {
    let mut arrived = 0;
    loop {
        match decoder.head_len(&bytes[..arrived]) {
            Ok(FrameLen::Total(len)) if len == arrived => break,
            Ok(FrameLen::Total(len) | FrameLen::AtLeast(len)) => {
                assert!((arrived + 1..=head_len).contains(&len), "{len} after {arrived}: {bytes:02x?}");
                arrived = len;
            }
            Err(error) => panic!("{error}, but it was accepted: {bytes:02x?}"),
        }
    }
    assert_eq!(arrived, head_len, "{bytes:02x?}");
}
