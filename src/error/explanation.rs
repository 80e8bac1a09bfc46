//! An error in words: the kind, the value found and the values expected.
//!
//! All functions here, in `found.rs` and in `expected.rs` are `#[inline]`. So the compiler builds these
//! functions in the programs that use them, and not beside the functions that decode. Without the attributes,
//! the row `decode 3.1.1 PUBLISH QoS 1, 64 B` grows.

use super::case::Case;
use super::expected::expected;
use super::found::found;
use core::fmt;

/// The kind of an error, the value found and the values expected: see `DecodeError::explanation`.
pub(super) struct KindInDetail(pub(super) Case);

impl fmt::Display for KindInDetail {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(case) = self;
        case.kind.fmt(f)?;
        if case.kind.says_enough() {
            return Ok(());
        }
        match (found(case), expected(case)) {
            (Some(found), Some(expected)) => write!(f, " (found {found}, expected {expected})"),
            (Some(found), None) => write!(f, " (found {found})"),
            // A part of the packet is absent, and the text names this part.
            (None, _) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::decode::Decoder;
    use crate::inspect::Span;
    use crate::role::Role;
    use crate::version::Version;

    const V3_1: Decoder = Decoder::new(Version::V3_1);
    const V3_1_1: Decoder = Decoder::new(Version::V3_1_1);
    const V5: Decoder = Decoder::new(Version::V5_0);

    fn explanation(mut decoder: Decoder, frame: &[u8]) -> String {
        decoder.decode_frame(frame).expect_err("it is refused").explanation().to_string()
    }

    #[track_caller]
    fn explained(decoder: Decoder, frame: &[u8], expected: &str) {
        let text = explanation(decoder, frame);
        assert!(text.ends_with(expected), "{text}");
    }

    #[test]
    fn errors_of_the_fixed_header_are_explained() {
        explained(V3_1_1, b"\xc2\x00", "(found 0b0010, expected 0b0000)");
        explained(V5, b"\x80\x00", "(found 0b0000, expected 0b0010)");
        explained(V3_1, b"\x68\x02\0\x01", "(found 0b1000, expected 0bx01x)");
        explained(V3_1_1, b"\x00\x00", "(found 0b0000, expected 1 to 14)");
        explained(V5, b"\x00\x00", "(found 0b0000, expected 1 to 15)");
        explained(V3_1_1, b"\xf0\x00", "(found 0b1111, expected 1 to 14)");
        explained(V5, b"\xc0\x80\x00", "(found 0x8000, expected 0x00)");
        explained(V5, b"\xc0\xff\xff\xff\xff", "(found 0xffffffff)");
        explained(V5.max_packet_size(3), b"\x40\x03\0\x01\0", "(found 5 bytes, expected 3 at most)");
        explained(V5.sender(Role::Server), b"\xc0\x00", "(found 0xc0)");
        explained(V5.sender(Role::Client), b"\xd0\x00", "(found 0xd0)");
        explained(Decoder::detect_version(), b"\x30\x00", "(found 0x30, expected 0x10)");
        explained(V5, b"\x30", "(found 1 byte)");
        explained(V5, b"\x30\x03\x00", "(found 3 bytes, expected 5)");
        explained(V5, b"\xc0\x00\xc0\x00", "(found 2 bytes)");
        explained(V3_1_1, b"\x36\x00", "a QoS of 3 does not exist");
        explained(V3_1_1, b"\x38\x00", "DUP is set with QoS 0");
    }

    #[test]
    fn errors_of_lengths_are_explained() {
        explained(V5, b"\x40\x01\x00", "(found 1 byte, expected 2)");
        explained(V5, b"\x30\x09\0\x01a\x03\x02\0\0hi\xff", "(found 2 bytes, expected 4)");
        explained(V3_1_1, b"\x30\x04\0\x05ab", "(found 5 bytes, expected 2 at most)");
        explained(V5, b"\x30\x05\0\x01a\x85\x01", "(found 133 bytes, expected 0 at most)");
        explained(V5, b"\x30\x04\0\x01a\x85", "(found 0x85)");
        explained(V5, b"\x82\x04\0\x01\x01\x0b", "(found 0 bytes, expected 1)");
        explained(V3_1_1, b"\x40\x04\0\x01!!", "(found 2 bytes)");
    }

    #[test]
    fn errors_of_strings_are_explained() {
        explained(V3_1_1, b"\x30\x05\0\x03ab\xff", "(found 0xff at byte 2 of the string)");
        // The bytes do not show which byte should have followed.
        explained(V3_1_1, b"\x30\x04\0\x02a\xc3", "(found 0xc3 at byte 1 of the string)");
        explained(V3_1_1, b"\x30\x04\0\x02a\0", "(found U+0000 at byte 1 of the string)");
        explained(V3_1_1, b"\x30\x04\0\x02a+", "(found `+` at byte 1 of the string)");
        let strict = V3_1_1.refuse_control_characters(true).refuse_noncharacters(true);
        explained(strict, "\x30\x05\0\x03é\u{1}".as_bytes(), "(found U+0001 at byte 2 of the string)");
        explained(strict, "\x30\x04\0\x02\u{80}".as_bytes(), "(found U+0080 at byte 0 of the string)");
        explained(strict, "\x30\x06\0\x04a\u{ffff}".as_bytes(), "(found U+FFFF at byte 1 of the string)");
        explained(strict, "\x30\x06\0\x04\u{1ffff}".as_bytes(), "(found U+1FFFF at byte 0 of the string)");
        explained(V3_1_1, b"\x30\x02\0\0", "the topic is empty");
        let long = [&b"\x30\x82\x80\x02\x80\x00"[..], &[b'a'; 0x8000]].concat();
        let limit = "the Topic Name has more than 32,767 characters, the limit of MQTT 3.1";
        explained(V3_1.limit_v3_1_topics(true), &long, limit);
        // The text has a limit in characters, so it does not show the length in bytes.
        let error = V3_1.limit_v3_1_topics(true).decode_frame(&long).expect_err("too long");
        assert_eq!(error.found(), Some(crate::inspect::Found::Bytes(0x8000)));
    }

    #[test]
    fn errors_of_filters_are_explained() {
        for (filter, expected) in [
            ("a/+b/+", "(found `+` at byte 2 of the string)"),
            ("+/a+", "(found `+` at byte 3 of the string)"),
            ("#/a", "(found `#` at byte 0 of the string)"),
            ("+/a#", "(found `#` at byte 3 of the string)"),
            ("$share/g+/a", "(found `+` at byte 8 of the string)"),
            ("$share/+/a", "(found `+` at byte 7 of the string)"),
            ("$share/g/+/a#", "(found `#` at byte 12 of the string)"),
            ("$share//a", "the Share Name is empty"),
            ("$share/g", "no Topic Filter follows the Share Name"),
        ] {
            let filter_len = filter.len() as u8;
            let bytes = [&[0xa2, filter_len + 5, 0, 1, 0, 0, filter_len], filter.as_bytes()].concat();
            explained(V5, &bytes, expected);
        }
    }

    #[test]
    fn errors_of_connect_are_explained() {
        let connect = |name: &[u8], rest: &[u8]| {
            let body = [&[0, name.len() as u8], name, rest].concat();
            [&[0x10, body.len() as u8], &body[..]].concat()
        };
        explained(V5, &connect(b"HTTP/1", b""), "(found \"HTTP…\", expected \"MQTT\" or \"MQIsdp\")");
        explained(V5, &connect(b"\"\0", b""), "(found \"\\\"\\x00\", expected \"MQTT\" or \"MQIsdp\")");
        explained(V5, &connect(b"MQTT", b"\x07"), "(found 0x07, expected 0x04 or 0x05)");
        explained(V5, &connect(b"MQIsdp", b"\x04"), "(found 0x04, expected 0x03)");
        let flags = |flags| connect(b"MQTT", &[4, flags, 0, 0, 0, 0]);
        explained(V5, &flags(0x43), "(found 0b01000011, expected 0bxxxxxxx0)");
        explained(V5, &flags(0x10), "(found 0b10, expected 0b00)");
        explained(V5, &flags(0x1c), "a QoS of 3 does not exist");
        explained(V5, &flags(0x20), "Will Retain is 1, but the Will Flag is 0");
        explained(V5, &flags(0x40), "only MQTT 5.0 allows a Password without a User Name");
        // The error and its text contain no bytes of a password.
        let strict = V3_1.require_v3_1_text(true);
        let secret = connect(b"MQIsdp", b"\x03\xc2\0\0\0\x01a\0\x01u\0\x03pw\xff");
        explained(strict, &secret, "(found byte 2 of the string)");
        let will = connect(b"MQIsdp", b"\x03\x06\0\0\0\x01a\0\x01t\0\x02a\xe9");
        explained(strict, &will, "(found 0xe9 at byte 1 of the string)");
        let cut = connect(b"MQTT", b"\x04\xc2\0\0\0\x01a\0\x01u\0\x09secret");
        explained(V5, &cut, "(found 9 bytes, expected 6 at most)");
        let error = V5.clone().decode_frame(&cut).expect_err("cut");
        assert_eq!(error.evidence.bytes, [0, 9, 0, 0]);
        assert!(format!("{error:?}").contains("found: Some(Bytes(9))"));
    }

    #[test]
    fn errors_of_reason_codes_are_explained() {
        for (packet, table) in [
            (&b"\x20\x03\0\x03\0"[..], "3-1"),
            (b"\x40\x03\0\x01\x03", "3-4"),
            (b"\x50\x03\0\x01\x03", "3-5"),
            (b"\x62\x03\0\x01\x03", "3-6"),
            (b"\x70\x03\0\x01\x03", "3-7"),
            (b"\x90\x04\0\x01\0\x03", "3-8"),
            (b"\xb0\x04\0\x01\0\x03", "3-9"),
            (b"\xe0\x01\x03", "3-10"),
            (b"\xf0\x01\x03", "3-11"),
        ] {
            explained(V5, packet, &format!("(found 0x03, expected a Reason Code of Table {table})"));
        }
        explained(V3_1_1, b"\x20\x02\0\x06", "(found 0x06, expected 0x00 to 0x05)");
        explained(V3_1, b"\x90\x03\0\x01\x80", "(found 0x80, expected 0x00, 0x01 or 0x02)");
        explained(V3_1_1, b"\x90\x03\0\x01\x87", "(found 0x87, expected 0x00, 0x01, 0x02 or 0x80)");
        let from_client = V5.sender(Role::Client);
        explained(from_client, b"\xe0\x01\x89", "(found 0x89)");
        explained(from_client, b"\xf0\x00", "this sender must not send this packet, property or Reason Code");
        explained(
            V3_1_1,
            b"\x20\x02\x01\x05",
            "Session Present is 1 in a CONNACK that refuses the connection",
        );
        explained(V3_1_1, b"\x20\x02\x02\0", "(found 0b00000010, expected 0b0000000x)");
        explained(V5, b"\x20\x02\0\x01", "the server supports only MQTT 3.x");
    }

    #[test]
    fn errors_of_properties_are_explained() {
        let publish = |properties: &[u8]| {
            let len = properties.len() as u8;
            [&[0x30, len + 4, 0, 1, b'a', len], properties].concat()
        };
        explained(V5, &publish(b"\x7f"), "(found 0x7f, expected a Property Identifier of Table 2-4)");
        explained(V5, &publish(b"\xff\x01"), "(found 0xff01, expected a Property Identifier of Table 2-4)");
        explained(V5, &publish(b"\x21\0\x01"), "(found 0x21)");
        explained(V5, &publish(b"\x01\0\x01\0"), "(found 0x01)");
        explained(V5, &publish(b"\x01\x02"), "(found 0x02, expected 0x00 or 0x01)");
        explained(V5, &publish(b"\x23\0\0"), "the Topic Alias is 0");
        let two = V5.topic_alias_maximum(2);
        explained(two, &publish(b"\x23\x01\x03"), "(found 259, expected 2 at most)");
        explained(V5, &publish(b"\x0b\0"), "(found 0, expected 1 to 268435455)");
        explained(V5, &publish(b"\x0b\x80\x80\0"), "(found 0x808000, expected 0x00)");
        explained(V5, &publish(b"\x0b\x81\x81\0"), "(found 0x818100, expected 0x8101)");
        explained(V5, b"\x20\x06\0\0\x03\x21\0\0", "(found 0, expected 1 to 65535)");
        explained(V5, b"\x20\x08\0\0\x05\x27\0\0\0\0", "(found 0, expected 1 to 4294967295)");
        explained(V5, b"\xf0\x02\x18\0", "the Authentication Method is missing");
    }

    #[test]
    fn errors_of_subscriptions_are_explained() {
        explained(V5, b"\x82\x07\0\x01\0\0\x01a\x41", "(found 0b01000001, expected 0b00xxxxxx)");
        explained(V3_1_1, b"\x82\x06\0\x01\0\x01a\x04", "(found 0b00000100, expected 0b000000xx)");
        explained(V5, b"\x82\x07\0\x01\0\0\x01a\x03", "a QoS of 3 does not exist");
        explained(V5, b"\x82\x07\0\x01\0\0\x01a\x30", "a Retain Handling of 3 does not exist");
        explained(V5, b"\x82\x03\0\x01\0", "the list is empty");
        explained(V5, b"\x82\x03\0\0\0", "the Packet Identifier is 0");
    }

    /// The bits of an error are the bits of the dissection.
    #[test]
    fn an_error_shows_the_bits_of_its_field() {
        use crate::error::Found;
        for (decoder, frame) in [
            (V3_1_1, &b"\x36\x05\0\x01a\0\x01"[..]),
            (V3_1_1, b"\x3b\x05\0\x01a\0\x01"),
            (V5, b"\x82\x10\0\x01\0\0\x0a$share/g/a\x3f"),
            (V3_1_1, b"\x10\x0d\0\x04MQTT\x04\x78\0\0\0\x01a"),
            (V3_1_1, b"\x10\x0d\0\x04MQTT\x04\x3e\0\0\0\x01a"),
            (V3_1_1, b"\x20\x02\x01\x05"),
            (V3_1_1, b"\xc5\x00"),
        ] {
            let mut errors = Vec::new();
            decoder.lint(frame, |finding| errors.push(finding.error));
            let mut spans: Vec<Span<'_>> = Vec::new();
            let _ = decoder.dissect(frame, |span| spans.push(span));
            for error in errors {
                let span =
                    spans.iter().find(|span| (span.field, span.offset) == (error.field(), error.offset()));
                let Some((span, value)) = span.and_then(|span| Some((span, span.bits()?))) else { continue };
                assert_eq!(error.found(), Some(Found::Bits { value, count: span.mask.count_ones() as u8 }));
            }
        }
    }
}
