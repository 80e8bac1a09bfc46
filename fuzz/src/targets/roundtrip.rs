//! Checks packets with any field values.

#[cfg(feature = "tokio-util")]
use super::codecs;
#[cfg(feature = "serde")]
use super::formatting;
#[cfg(feature = "defmt")]
use super::logs;
use super::{
    accessors, constructors, decode, encoders, errors, lengths, limits, lines, lists, operations, properties,
    refusals, versions,
};
use crate::random::Random;
use arbitrary::{Arbitrary, Unstructured};
use mqtt_wire::sample::Sample;
use mqtt_wire::*;
use mqtt_wire_testkit::laws;
use mqtt_wire_testkit::naive::{Options, Verdict, naive};
use mqtt_wire_testkit::packet_fields::fields_of;

/// In each version a packet is either refused with the name of a field, or decodes to the same
/// packet after encoding.
pub fn roundtrip(bytes: &[u8]) {
    is_legal_by_promise(bytes);
    stays_as_it_was_drawn(bytes);
    let Ok(sample) = Sample::constructible(&mut Unstructured::new(bytes)) else { return };
    let packet = sample.as_packet();
    refusals::are_for_a_reason(&packet);
    constructors::set_nothing_else(&packet);
    if bytes.len() <= 1 << 12 && Random::of(bytes).one_in(8) {
        lists::have_one_meaning(&packet);
    }
    for version in Version::ALL {
        match packet.encoded_len(version) {
            Ok(_) => is_what_it_was(&packet, version),
            Err(error) => {
                laws::refused(&packet, version, error);
                errors::of_encoding(error);
            }
        }
    }
}

/// `Arbitrary` makes only packets that can be encoded.
fn is_legal_by_promise(bytes: &[u8]) {
    let Ok(sample) = Sample::arbitrary(&mut Unstructured::new(bytes)) else { return };
    assert!(sample.as_packet().encoded_len(sample.version()).is_ok(), "{sample:?}");
}

/// `Arbitrary` repairs what is illegal, and nothing else. So every legal packet can be made.
fn stays_as_it_was_drawn(bytes: &[u8]) {
    for len in 0..=bytes.len().min(LONGEST_DRAWN) {
        // If a packet uses all bytes before these bytes, `constructible` repairs nothing.
        let bytes = [&bytes[..len], &[0xff; 2]].concat();
        let drawn = Sample::constructible(&mut Unstructured::new(&bytes));
        let legal = Sample::arbitrary(&mut Unstructured::new(&bytes));
        let (Ok(drawn), Ok(legal)) = (drawn, legal) else { continue };
        if drawn.as_packet().encoded_len(drawn.version()).is_ok() {
            assert_eq!(legal.as_packet(), drawn.as_packet(), "{}", drawn.version());
        }
    }
}

/// The greatest number of bytes that are tried to find all bytes of a packet.
const LONGEST_DRAWN: usize = 64;

fn is_what_it_was(packet: &Packet<'_>, version: Version) {
    let bytes = laws::survives(packet, version);
    laws::is_written_alike_by_all(packet, version, &bytes);
    laws::needs_its_whole_length(packet, version, &bytes);
    naive_reads_it(packet, version, &bytes);
    encoders::answer_in_place(&bytes);
    if let Packet::Publish(publish) = packet {
        encoders::changed_in_place(publish, version, &bytes);
    }
    // The other checks read every byte many times, so they skip long packets.
    if bytes.len() > 1 << 16 {
        return;
    }
    laws::its_senders_agree(packet, version, &bytes);
    laws::its_fields_are_its_bytes(packet, version, &bytes);
    encoders::write_the_same(packet, version, &bytes);
    operations::agree_with_its_fields(packet, version, &bytes);
    accessors::agree_with_its_fields(packet, version, &bytes);
    properties::are_as_they_were_set(packet, &bytes);
    if bytes.len() <= 1 << 12 {
        lines::are_made_of_fields(packet);
        if Random::of(&bytes).one_in(8) {
            lengths::at_the_edges(packet, version, &bytes);
        }
        #[cfg(feature = "defmt")]
        logs::show_what_serde_shows(packet);
        #[cfg(feature = "serde")]
        formatting::shows_its_fields(packet);
        versions::is_carried_or_refused(packet, version);
        if Random::of(&bytes).one_in(4) {
            limits::hold_everywhere(packet, version, &bytes);
            #[cfg(feature = "tokio-util")]
            codecs::write_as_the_other_role(packet, version);
        }
        // The switches have limits that are longer than the input of most fuzzers, so they are
        // checked here too.
        decode::judge(&bytes, &decode::strict(version, &bytes));
    }
    // The slow checks run on short packets only.
    if bytes.len() <= 40 {
        laws::of_packet(packet, version);
    }
}

/// The naive decoder reads the same fields from the encoded bytes.
fn naive_reads_it(packet: &Packet<'_>, version: Version, bytes: &[u8]) {
    let options = Options { accept_bridge: true, ..Options::new(Some(version)) };
    match naive(bytes, &options) {
        Verdict::Accept { used, fields, .. } => assert_eq!((used, fields), (bytes.len(), fields_of(packet))),
        other => panic!("{other:?} of {packet:?} for {version}"),
    }
}
