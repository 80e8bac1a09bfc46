//! All functions that take bytes, with any bytes.

use mqtt_wire::answer::{Answer, ConnectionState};
use mqtt_wire::detect::{Sniff, sniff};
use mqtt_wire::inspect::Span;
use mqtt_wire::stream::{FrameLen, Head, Remaining, frame_len};
use mqtt_wire::*;
use no_panic::no_panic;
use std::hint::black_box;

pub fn run() {
    let input = black_box(&b"\x30\x03\x00\x01a"[..]);
    for version in black_box(Version::ALL) {
        black_box(stream(version, input).is_ok());
        black_box(frame(version, input).is_ok());
        black_box(stream_from_server(version, input).is_ok());
        let mut decoder = black_box(every_switch(Decoder::new(version)));
        black_box(with_decoder(&mut decoder, input).is_ok());
        black_box(frame_with_decoder(&mut decoder, input).is_ok());
        black_box(length_with_decoder(&decoder, input).is_ok());
        black_box(head(&mut decoder, input).is_ok());
        black_box(head_length(&decoder, input).is_ok());
        black_box(portion(&mut black_box(Remaining::new(2)), input));
        black_box(decoder.dissect(input, |span| _ = black_box(bits(&black_box(span)))).is_ok());
        if let Ok(Some((packet, _))) = decode(version, input) {
            black_box(every_item(black_box(&packet), black_box(&packet)));
        }
        if let Err(error) = decode(version, black_box(b"\x00")) {
            black_box(refusal(
                black_box(&error),
                black_box(Role::Client),
                black_box(ConnectionState::AfterConnAck),
            ));
        }
    }
    black_box(length(input).is_ok());
    black_box(version_of(input));
}

#[no_panic]
fn stream(version: Version, input: &[u8]) -> Result<Option<(Packet<'_>, &[u8])>, DecodeError> {
    decode(version, input)
}

#[no_panic]
fn frame(version: Version, input: &[u8]) -> Result<Packet<'_>, DecodeError> {
    decode_frame(version, input)
}

#[no_panic]
fn stream_from_server(version: Version, input: &[u8]) -> Result<Option<(Packet<'_>, &[u8])>, DecodeError> {
    decode_from_server(version, input)
}

/// Decodes with any version, sender, limits and switches. The optimiser does not know their values.
#[no_panic]
fn with_decoder<'a>(
    decoder: &mut Decoder,
    input: &'a [u8],
) -> Result<Option<(Packet<'a>, &'a [u8])>, DecodeError> {
    decoder.decode(input)
}

#[no_panic]
fn frame_with_decoder<'a>(decoder: &mut Decoder, input: &'a [u8]) -> Result<Packet<'a>, DecodeError> {
    decoder.decode_frame(input)
}

#[no_panic]
fn head<'a>(decoder: &mut Decoder, input: &'a [u8]) -> Result<Option<Head<'a>>, DecodeError> {
    decoder.decode_head(input)
}

#[no_panic]
fn head_length(decoder: &Decoder, input: &[u8]) -> Result<FrameLen, DecodeError> {
    decoder.head_len(input)
}

#[no_panic]
fn portion<'a>(portion: &mut Remaining, input: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    portion.take(input)
}

#[no_panic]
fn length_with_decoder(decoder: &Decoder, input: &[u8]) -> Result<FrameLen, DecodeError> {
    decoder.frame_len(input)
}

#[no_panic]
fn bits(span: &Span<'_>) -> Option<u8> {
    span.bits()
}

#[no_panic]
fn length(input: &[u8]) -> Result<FrameLen, DecodeError> {
    frame_len(input)
}

#[no_panic]
fn version_of(input: &[u8]) -> Sniff {
    sniff(input)
}

#[no_panic]
fn every_switch(decoder: Decoder) -> Decoder {
    decoder
        .sender(Role::Client)
        .max_packet_size(1024)
        .topic_alias_maximum(10)
        .refuse_control_characters(true)
        .refuse_noncharacters(true)
        .require_minimal_lengths(true)
        .limit_v3_1_topics(true)
        .require_v3_1_text(true)
        .refuse_client_server_reference(true)
        .accept_bridge(true)
}

/// Reads a decoded packet. Comparing reads every element of every list.
#[no_panic]
fn every_item(packet: &Packet<'_>, other: &Packet<'_>) -> bool {
    packet == other
}

#[no_panic]
fn refusal(error: &DecodeError, me: Role, state: ConnectionState) -> (usize, bool, Option<u8>, Answer) {
    let known = error.statement().is_some() && error.packet_len().is_some() && error.version().is_some();
    (error.offset(), known, error.reason_code(), error.answer(me, state))
}
