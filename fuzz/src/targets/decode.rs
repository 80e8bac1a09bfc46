//! Checks any bytes, in every version and for every sender.

use super::{
    answers, chunks, dissection, encoders, equality, errors, expectations, guess, head, later_bytes, lint,
    tolerances, values,
};
use crate::random::Random;
use allocation_counter::measure;
use mqtt_wire::answer::ConnectionState;
use mqtt_wire::broker::{FanOut, PeerLimits, Recipient};
use mqtt_wire::convert::Conversion;
use mqtt_wire::inspect::RefusedPacket;
#[cfg(feature = "bytes")]
use mqtt_wire::owned::{OwnedFrame, OwnedPacket};
use mqtt_wire::stream::EncodeParts;
use mqtt_wire::*;
use mqtt_wire_testkit::laws;
use mqtt_wire_testkit::naive::Options;
use mqtt_wire_testkit::refused::is_of_use;
use mqtt_wire_testkit::verdicts::{agree, decoder};
use std::hint::black_box;

pub(super) const SENDERS: [Option<Role>; 3] = [None, Some(Role::Client), Some(Role::Server)];

/// Checks that decoding neither panics nor allocates, that the invariants hold, and that the naive
/// decoder agrees.
pub fn decode(bytes: &[u8]) {
    values::have_one_meaning(bytes);
    guess::is_kept(bytes);
    encoders::answer_in_place(bytes);
    for version in Version::ALL {
        encoders::change_a_frame_in_place(version, bytes);
        expectations::are_those_that_pass(version, bytes);
        if Random::of(bytes).one_in(8) {
            chunks::hide_no_byte(bytes, version);
        }
        for sender in SENDERS {
            judge(bytes, &Options { sender, accept_bridge: true, ..Options::new(Some(version)) });
        }
        judge(bytes, &strict(version, bytes));
        tolerances::let_through_what_they_say(Some(version), bytes);
    }
    tolerances::let_through_what_they_say(None, bytes);
    judge(bytes, &Options::new(None));
    judge(bytes, &Options { sender: Some(Role::Client), accept_bridge: true, ..Options::new(None) });
}

/// Returns options with most switches on, and with limits that some inputs reach.
pub(super) fn strict(version: Version, bytes: &[u8]) -> Options {
    let (len, random) = (bytes.len(), &mut Random::of(bytes));
    let mut is_on = || !random.one_in(4);
    Options {
        version: Some(version),
        refuse_control_characters: is_on(),
        refuse_noncharacters: is_on(),
        require_minimal_lengths: is_on(),
        limit_v3_1_topics: is_on(),
        require_v3_1_text: is_on(),
        refuse_client_server_reference: is_on(),
        accept_bridge: false,
        tolerances: Tolerances::NONE,
        sender: random.pick(&SENDERS),
        max_packet_size: [len.saturating_sub(1), len, len][random.below(3)] as u32,
        topic_alias_maximum: 3,
    }
}

pub(super) fn judge(bytes: &[u8], options: &Options) {
    allocates_nothing(bytes, options);
    if let Err(difference) = agree(bytes, options) {
        panic!("{difference}");
    }
    head::agrees(bytes, options);
    // The payload of a PUBLISH has not arrived yet, or even the head has not arrived.
    let arrived = Random::of(bytes).below(bytes.len());
    head::agrees(&bytes[..arrived], options);
    lint::says_the_same(bytes, options);
    if Random::of(bytes).one_in(4) {
        lint::is_a_set(bytes, options);
    }
    is_of_use(bytes, options);
    if let Some(version) = options.version {
        laws::of_bytes(decoder(options), version, bytes);
    }
    learns_only_the_version(bytes, options);
    match decoder(options).decode(bytes) {
        Ok(Some((packet, rest))) => {
            let frame = &bytes[..bytes.len() - rest.len()];
            fields_are_bytes(&packet, options.version, frame);
            lint::finds_each(frame, options);
            if let (None, Some(version)) = (options.sender, options.version) {
                equality::goes_by_the_fields(&packet, version, frame);
            }
            dissection::shows_what_is_there(frame, options);
            if let Packet::Publish(publish) = &packet {
                later_bytes::do_not_change_a_publish(publish, frame, options);
            }
            #[cfg(feature = "bytes")]
            if options.sender.is_none() {
                if Random::of(frame).one_in(4) {
                    is_owned_alike_by_all(&packet, options, frame);
                }
                is_written_as_its_owned(&packet, options, frame);
                is_compared_by_value(&packet, options, frame);
            }
        }
        Ok(None) => {}
        Err(error) => {
            answers::are_the_standards(&error, options.version);
            errors::of_decoding(error);
            later_bytes::do_not_change_a_refusal(bytes, &error, options);
        }
    }
}

/// An accepted CONNECT sets the version of a decoder that has none. No other bytes change a decoder.
fn learns_only_the_version(bytes: &[u8], options: &Options) {
    let before = decoder(options);
    let connect = |packet: &Packet<'_>| match packet {
        Packet::Connect(connect) => options.version.or(Some(connect.version)),
        _ => options.version,
    };
    let after = |version: Option<Version>| decoder(&Options { version, ..*options });
    let mut reader = before;
    let learnt = match reader.decode(bytes) {
        Ok(Some((packet, _))) => connect(&packet),
        _ => options.version,
    };
    assert_eq!(reader, after(learnt), "decode: {bytes:02x?}");
    let mut reader = before;
    let learnt = reader.decode_frame(bytes).map_or(options.version, |packet| connect(&packet));
    assert_eq!(reader, after(learnt), "decode_frame: {bytes:02x?}");
    let mut reader = before;
    let learnt = match reader.decode_head(bytes) {
        Ok(Some(head)) => connect(&head.packet),
        _ => options.version,
    };
    assert_eq!(reader, after(learnt), "decode_head: {bytes:02x?}");
    assert_eq!(Decoder::from_client(), Decoder::detect_version().sender(Role::Client));
    #[cfg(feature = "bytes")]
    {
        let mut reader = before;
        let learnt = match reader.decode_owned_frame(bytes.to_vec().into()) {
            Ok(owned) => connect(&owned.packet()),
            Err(_) => options.version,
        };
        assert_eq!(reader, after(learnt), "decode_owned_frame: {bytes:02x?}");
        is_refused_as_a_frame(bytes, options);
    }
}

/// A frame that was split off has the errors and the readable fields of the decoder.
#[cfg(feature = "bytes")]
fn is_refused_as_a_frame(bytes: &[u8], options: &Options) {
    let mut arrived = bytes::BytesMut::from(bytes);
    let Ok(Some(frame)) = decoder(options).split_frame(&mut arrived) else {
        return assert_eq!(arrived, bytes, "bytes were taken");
    };
    let len = bytes.len() - arrived.len();
    assert_eq!((frame.as_bytes(), &arrived[..]), (&bytes[..len], &bytes[len..]));
    assert_eq!((frame.compact().as_bytes(), &frame.clone().into_bytes()[..]), (&bytes[..len], &bytes[..len]));
    assert_eq!(Some(frame.packet_type() as u8), bytes.first().map(|byte_1| byte_1 >> 4));
    // A refused CONNECT sets the version of the connection too, and the answer depends on this version.
    if options.version.is_none() {
        return;
    }
    let decoded = decoder(options).decode_frame(&bytes[..len]);
    assert_eq!(frame.packet(), decoded, "{bytes:02x?}");
    if let Err(error) = decoded {
        let (of_frame, of_decoder) = (frame.refused(error), decoder(options).refused(error, &bytes[..len]));
        assert_eq!((of_frame.as_bytes(), of_frame.error()), (&bytes[..len], error));
        let spans = |refused: &RefusedPacket<'_>| {
            let mut spans = Vec::new();
            refused.fields(|span| spans.push((span.field, span.offset, span.bytes.to_vec(), span.mask)));
            spans
        };
        assert_eq!(spans(&of_frame), spans(&of_decoder), "{bytes:02x?}");
        assert_eq!(frame.into_packet().err(), Some(error));
    }
}

fn fields_are_bytes(packet: &Packet<'_>, version: Option<Version>, frame: &[u8]) {
    let version = laws::own_version(packet, version).expect("learnt from a CONNECT");
    laws::its_fields_are_its_bytes(packet, version, frame);
}

/// No operation on the bytes allocates, whether the bytes are a packet or not.
fn allocates_nothing(bytes: &[u8], options: &Options) {
    let mut buffer = vec![0; bytes.len()];
    let count = measure(|| {
        let mut decoder = decoder(options);
        black_box(decoder.frame_len(bytes).is_ok());
        black_box(decoder.head_len(bytes).is_ok());
        black_box(decoder.decode_frame(bytes).is_ok());
        black_box(decoder.dissect(bytes, |span| _ = black_box(span)).is_ok());
        black_box(decoder.clone().decode_head(bytes).is_ok());
        decoder.lint(bytes, |finding| _ = black_box(finding));
        black_box((decoder.tolerate(Tolerances::ALL).tolerated(bytes), decoder.tolerances_needed(bytes)));
        match decoder.decode(bytes) {
            Ok(Some((packet, _))) => goes_on_without(&packet, &mut buffer),
            Ok(None) => {}
            Err(error) => {
                black_box((error.statement(), error.reason_code(), error.found(), error.expected()));
                goes_on_with_what_is_left(&decoder.refused(error, bytes));
                black_box(error.answer(Role::Server, ConnectionState::BeforeConnAck).packet());
                black_box(error.answer(Role::Client, ConnectionState::AfterConnAck).packet());
            }
        }
    });
    assert_eq!(count.count_total, 0, "allocations");
}

fn goes_on_with_what_is_left(refused: &RefusedPacket<'_>) {
    black_box((refused.packet_id(), refused.topic(), refused.client_id(), refused.offending()));
    black_box((refused.subscriptions().count(), refused.filters().count(), refused.first_refused_index()));
}

fn goes_on_without(packet: &Packet<'_>, buffer: &mut [u8]) {
    for version in Version::ALL {
        black_box(packet.encode(version, buffer).is_ok());
        black_box(packet.encode_parts(version, buffer).is_ok());
        black_box(Conversion::new(Version::V5_0, version).convert(*packet).is_ok());
        black_box(PeerLimits::default().max_packet_size(9).fit(version, *packet).is_ok());
    }
    let Packet::Publish(publish) = packet else { return };
    let Some(name) = publish.topic.name() else { return };
    if let Ok(fan_out) = FanOut::new(name, publish, buffer) {
        black_box(fan_out.to(&Recipient::new(Version::V5_0, publish.delivery), &mut [0; 16]).is_ok());
    }
}

/// Before 5.0, an owned packet encodes to the same bytes as the borrowed packet. In 5.0, its encoding decodes to the same
/// packet.
#[cfg(feature = "bytes")]
fn is_written_as_its_owned(packet: &Packet<'_>, options: &Options, frame: &[u8]) {
    let owned = decoder(options).decode_owned_frame(frame.to_vec().into()).expect("decoded just now");
    assert_eq!(Some(owned.version()), laws::own_version(packet, options.version));
    for version in Version::ALL {
        let len = packet.encoded_len(version);
        if len.is_err() {
            assert_eq!(owned.encoded_len(version), len);
            continue;
        }
        let (mut ours, mut its) = (Vec::new(), Vec::new());
        packet.encode_to(version, &mut ours).expect("a Vec grows");
        owned.encode_to(version, &mut its).expect("a Vec grows");
        // In 5.0 a packet can have several forms with the same meaning.
        if version == Version::V5_0 {
            assert_eq!(laws::decoder(version).decode_frame(&its), Ok(*packet));
        } else {
            assert_eq!(its, ours, "{version}");
        }
    }
}

/// All ways to own a packet give the same packet, with the version of the packet.
#[cfg(feature = "bytes")]
fn is_owned_alike_by_all(packet: &Packet<'_>, options: &Options, frame: &[u8]) {
    let mut arrived = bytes::BytesMut::from(frame);
    let split = decoder(options).split_frame(&mut arrived).expect("accepted").expect("whole");
    assert_eq!((split.packet(), split.as_bytes()), (Ok(*packet), frame));
    let tolerated = decoder(options).tolerated(frame);
    assert_eq!((split.packet_type(), split.tolerated()), (packet.packet_type(), tolerated));
    let own = laws::own_version(packet, options.version);
    let owned = decoder(options).decode_owned_frame(frame.to_vec().into()).expect("accepted");
    let mut waiting = bytes::BytesMut::from(frame);
    let ways = [
        split.compact().into_packet(),
        split.into_packet(),
        Ok(OwnedFrame::from(owned.clone()).into_packet().expect("it was one")),
        decoder(options).decode_owned(&mut waiting).map(|owned| owned.expect("whole")),
    ];
    for way in ways {
        let way = way.expect("accepted");
        assert_eq!((way.packet(), Some(way.version())), (*packet, own), "{frame:02x?}");
        assert_eq!((&way, way.as_bytes()), (&owned, owned.as_bytes()), "{frame:02x?}");
    }
    assert!(arrived.is_empty() && waiting.is_empty());
}

/// Owned packets are equal if the packets are equal. The forms of their bytes may differ.
#[cfg(feature = "bytes")]
fn is_compared_by_value(packet: &Packet<'_>, options: &Options, frame: &[u8]) {
    use std::hash::{BuildHasher, RandomState};
    let own = laws::own_version(packet, options.version).expect("learnt from a CONNECT");
    let came = decoder(options).decode_owned_frame(frame.to_vec().into()).expect("decoded just now");
    let Ok(made) = OwnedPacket::new(packet, own) else { return };
    let hash = RandomState::new();
    assert_eq!(came, made, "{frame:02x?}");
    assert_eq!(hash.hash_one(&came), hash.hash_one(&made), "{frame:02x?}");
    assert_eq!(format!("{came:?}"), format!("{made:?}"));
    for other in Version::ALL.into_iter().filter(|other| *other != own) {
        if let Ok(other) = OwnedPacket::new(packet, other) {
            assert_ne!(came, other, "packets of different versions are equal");
        }
    }
    let pinged = OwnedPacket::new(&PingResp, own).expect("it can be written");
    assert_eq!(came == pinged, *packet == Packet::PingResp);
}
