//! Checks that a tolerance accepts exactly the packets with its deviation, and that each accepted packet can be encoded.

use super::{decode::SENDERS, head, lint};
use crate::random::Random;
use mqtt_wire::*;
use mqtt_wire_testkit::laws;
use mqtt_wire_testkit::naive::Options;
use mqtt_wire_testkit::refused::is_of_use;
use mqtt_wire_testkit::verdicts::{agree, decoder};

/// Tries all tolerances at once, and some of them.
pub fn let_through_what_they_say(version: Option<Version>, bytes: &[u8]) {
    let random = &mut Random::of(bytes);
    let some = Tolerances::ALL.iter().filter(|_| random.one_in(2)).fold(Tolerances::NONE, Tolerances::union);
    for tolerances in [Tolerances::ALL, some] {
        let sender = random.pick(&SENDERS);
        judge(
            bytes,
            &Options { sender, tolerances, accept_bridge: random.one_in(2), ..Options::new(version) },
        );
    }
}

fn judge(bytes: &[u8], options: &Options) {
    if let Err(difference) = agree(bytes, options) {
        panic!("{difference}");
    }
    head::agrees(bytes, options);
    is_of_use(bytes, options);
    lint::says_the_same(bytes, options);
    let tolerant = decoder(options);
    let strict = tolerant.tolerate(Tolerances::NONE);
    are_as_few_as_needed(&strict, bytes);
    let decoded = tolerant.clone().decode(bytes);
    let Ok(Some((packet, rest))) = decoded else {
        // A packet that is refused with tolerances is refused without them too.
        assert!(!matches!(strict.clone().decode(bytes), Ok(Some(_))), "{bytes:02x?}");
        return;
    };
    let frame = &bytes[..bytes.len() - rest.len()];
    let tolerated = tolerant.tolerated(frame);
    assert!(options.tolerances.contains(tolerated));
    assert_eq!(strict.tolerances_needed(frame), Some(tolerated), "{frame:02x?}");
    match strict.clone().decode_frame(frame) {
        Ok(right) => assert_eq!((right, tolerated), (packet, Tolerances::NONE), "{frame:02x?}"),
        Err(_) => assert_ne!(tolerated, Tolerances::NONE, "{frame:02x?}"),
    }
    lint::tolerates_its_violations(frame, options);
    let dissected = tolerant.dissect(frame, |span| assert!(span.offset + span.bytes.len() <= frame.len()));
    assert_eq!(dissected, Ok(packet));
    is_legal(&packet, laws::own_version(&packet, options.version).expect("it is known"));
}

/// With the needed tolerances a frame is accepted. With one of them missing, the frame is refused. If all tolerances together do not help,
/// `tolerances_needed` gives none.
fn are_as_few_as_needed(strict: &Decoder, bytes: &[u8]) {
    let Some(len) = laws::announced_len(bytes).filter(|len| *len <= bytes.len()) else { return };
    let frame = &bytes[..len];
    let is_accepted = |tolerances| strict.tolerate(tolerances).decode_frame(frame).is_ok();
    let needed = strict.tolerances_needed(frame);
    assert_eq!(needed.is_some(), is_accepted(Tolerances::ALL), "{frame:02x?}");
    if let Some(needed) = needed {
        assert!(is_accepted(needed), "{needed} {frame:02x?}");
        for each in needed.iter() {
            assert!(!is_accepted(needed.without(each)), "{each} of {needed} {frame:02x?}");
        }
    }
}

/// The packet encodes to a packet without deviations that decodes to the same values.
fn is_legal(packet: &Packet<'_>, version: Version) {
    let Ok(len) = packet.encoded_len(version) else {
        let code = matches!(packet, Packet::Disconnect(disconnect) if disconnect.reason.get() == 0x8c);
        assert!(code, "not encoded: {packet:?}");
        return;
    };
    let mut buffer = vec![0; len];
    let encoded = packet.encode(version, &mut buffer).expect("as long as was announced");
    assert_eq!(
        Decoder::new(version).accept_bridge(true).decode_frame(encoded),
        Ok(*packet),
        "{encoded:02x?}"
    );
}
