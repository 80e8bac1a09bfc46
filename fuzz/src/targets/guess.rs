//! What the first bytes of a connection look like.

use super::super::laws::announced_len;
use mqtt_wire::*;

/// What a beginning has told does not change with what follows, and what is a CONNECT looks like one.
pub fn is_kept(bytes: &[u8]) {
    let whole = guess(bytes);
    for len in [bytes.len() / 4, bytes.len() / 2, bytes.len().saturating_sub(1)] {
        let early = guess(&bytes[..len]);
        let same = matches!(early, Guess::Incomplete) || early == whole;
        assert!(same || (early, whole) == (Guess::Http, Guess::WebSocket), "{early:?}, then {whole:?}");
    }
    if let Ok(Some((Packet::Connect(_), _))) = Decoder::learning().accept_bridge(true).decode(bytes) {
        assert_eq!(whole, Guess::Mqtt);
    }
    for len in (0..=LONGEST).take_while(|len| *len <= bytes.len()) {
        assert_eq!(sniff(&bytes[..len]), beginning(&bytes[..len]), "{:02x?}", &bytes[..len]);
    }
    assert_eq!(sniff(bytes), beginning(&bytes[..bytes.len().min(LONGEST)]));
}

/// The fixed header, `MQIsdp` with its length, the level.
const LONGEST: usize = 5 + 8 + 1;

/// What [`sniff`] should say.
fn beginning(bytes: &[u8]) -> Sniff {
    if bytes.first().is_some_and(|byte_1| byte_1 >> 4 != 1) {
        return Sniff::NotMqtt;
    }
    let Some(total) = announced_len(bytes) else {
        return if bytes.len() < 5 { Sniff::Incomplete } else { Sniff::NotMqtt };
    };
    let packet = &bytes[..bytes.len().min(total)];
    let body = &packet[packet.iter().skip(1).take_while(|byte| **byte >= 0x80).count() + 2..];
    for (name, levels) in [(ProtocolName::Mqtt, &[4, 5][..]), (ProtocolName::MqIsdp, &[3])] {
        let prefixed = [&[0, name.as_str().len() as u8], name.as_str().as_bytes()].concat();
        match body.strip_prefix(&prefixed[..]) {
            Some([level, ..]) if levels.contains(level) => {
                return Sniff::Connect(Version::ALL[usize::from(*level) - 3]);
            }
            Some([level, ..]) => return Sniff::UnsupportedLevel { name, level: *level },
            _ if prefixed.starts_with(body) && packet.len() < total => return Sniff::Incomplete,
            _ => {}
        }
    }
    Sniff::NotMqtt
}
