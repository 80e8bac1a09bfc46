//! Checks the guesses about the first bytes of a connection.

use crate::random::Random;
use mqtt_wire::detect::{Guess, ProtocolName, Sniff, guess, sniff};
use mqtt_wire::*;
use mqtt_wire_testkit::laws::announced_len;

/// More bytes change a guess only in two cases: the guess was `Incomplete`, or `Http` becomes `WebSocket`. Every CONNECT is recognised.
pub fn is_kept(bytes: &[u8]) {
    is_as_expected(bytes);
    // The beginning of another protocol, sometimes with one byte changed.
    let random = &mut Random::of(bytes);
    let mut other: Vec<u8> = random
        .pick(&KNOWN)
        .0
        .iter()
        .map(|byte| if *byte == b'v' { random.byte() % 6 } else { *byte })
        .collect();
    if random.one_in(2) {
        let at = random.below(other.len());
        other[at] = random.byte();
    }
    other.extend(bytes);
    is_as_expected(&other);
}

fn is_as_expected(bytes: &[u8]) {
    let whole = guess(bytes);
    for len in [bytes.len() / 4, bytes.len() / 2, bytes.len().saturating_sub(1)] {
        let early = guess(&bytes[..len]);
        let same = matches!(early, Guess::Incomplete) || early == whole;
        assert!(same || (early, whole) == (Guess::Http, Guess::WebSocket), "{early:?}, then {whole:?}");
    }
    if let Ok(Some((Packet::Connect(_), _))) = Decoder::detect_version().accept_bridge(true).decode(bytes) {
        assert_eq!(whole, Guess::Mqtt);
    }
    assert_eq!(whole, looks_like(bytes), "{bytes:02x?}");
    for len in (0..=LONGEST).take_while(|len| *len <= bytes.len()) {
        assert_eq!(sniff(&bytes[..len]), beginning(&bytes[..len]), "{:02x?}", &bytes[..len]);
    }
    assert_eq!(sniff(bytes), beginning(&bytes[..bytes.len().min(LONGEST)]));
}

/// The length of the longest beginning: fixed header, `MQIsdp` with its length, and protocol level.
const LONGEST: usize = 5 + 8 + 1;

/// Returns the expected result of [`sniff`].
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

/// Returns the expected result of [`guess`].
fn looks_like(bytes: &[u8]) -> Guess {
    match beginning(bytes) {
        Sniff::Connect(_) | Sniff::UnsupportedLevel { .. } => return Guess::Mqtt,
        Sniff::Incomplete => return Guess::Incomplete,
        _ => {}
    }
    let known =
        KNOWN.iter().find(|(beginning, _)| matches(beginning, &bytes[..bytes.len().min(beginning.len())]));
    match known {
        Some((beginning, _)) if bytes.len() < beginning.len() => Guess::Incomplete,
        Some((_, Guess::Http)) if is_upgraded(bytes) => Guess::WebSocket,
        Some((_, guess)) => *guess,
        None => Guess::Unknown,
    }
}

/// In a pattern, `?` is any byte, and `v` is the minor version of TLS: 0 to 4.
const KNOWN: [(&[u8], Guess); 18] = [
    (b"\x16\x03v??\x01", Guess::TlsClientHello),
    (b"\x16\x03v??\x02", Guess::TlsServerHello),
    (b"\x15\x03v\0\x02", Guess::TlsAlert),
    (b"PROXY ", Guess::ProxyV1),
    (b"\r\n\r\n\0\r\nQUIT\n", Guess::ProxyV2),
    (b"SSH-", Guess::Ssh),
    (b"AMQP", Guess::Amqp),
    (b"HTTP/", Guess::Http),
    (b"GET ", Guess::Http),
    (b"POST ", Guess::Http),
    (b"HEAD ", Guess::Http),
    (b"PUT ", Guess::Http),
    (b"OPTIONS ", Guess::Http),
    (b"DELETE ", Guess::Http),
    (b"PATCH ", Guess::Http),
    (b"TRACE ", Guess::Http),
    (b"CONNECT ", Guess::Http),
    (b"PRI * HTTP/2", Guess::Http),
];

fn matches(beginning: &[u8], bytes: &[u8]) -> bool {
    let is_tls = beginning[1] == 3;
    beginning.iter().zip(bytes).all(|(expected, byte)| match expected {
        b'?' if is_tls => true,
        b'v' if is_tls => *byte <= 4,
        expected => expected == byte,
    })
}

/// Whether a complete header line before the empty line is `Upgrade: websocket`.
fn is_upgraded(bytes: &[u8]) -> bool {
    let text: String = bytes.iter().map(|byte| char::from(*byte).to_ascii_lowercase()).collect();
    let trim = |part: &str| part.trim_matches([' ', '\t', '\r', '\n', '\x0c']).to_owned();
    let Some((whole, _)) = text.rsplit_once('\n') else { return false };
    let lines = whole.split('\n').skip(1).map(trim);
    lines.take_while(|line| !line.is_empty()).any(|line| {
        line.split_once(':')
            .is_some_and(|(name, value)| trim(name) == "upgrade" && trim(value) == "websocket")
    })
}
