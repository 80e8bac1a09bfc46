//! Recognises the protocol that a peer speaks instead of MQTT.

use super::sniff::{Sniff, sniff};
use core::fmt;

/// The protocol of a peer by its first bytes: the result of [`guess`].
///
/// `Display` says what the bytes are, and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Guess {
    /// A CONNECT packet: [`sniff`] finds its version or level.
    Mqtt,
    /// The bytes fit several protocols: more bytes decide.
    Incomplete,
    /// A TLS client, which expects a TLS server.
    TlsClientHello,
    /// A TLS server, which answers a TLS client.
    TlsServerHello,
    /// A TLS alert: a TLS server refuses bytes that are not TLS.
    TlsAlert,
    /// HTTP, in either direction.
    ///
    /// With more bytes of the header the guess may become [`WebSocket`](Self::WebSocket).
    Http,
    /// HTTP that upgrades to WebSocket, in either direction.
    ///
    /// The header has the whole line `Upgrade: websocket`.
    WebSocket,
    /// The text header that a load balancer puts before the connection (PROXY protocol 1).
    ProxyV1,
    /// The binary header that a load balancer puts before the connection (PROXY protocol 2).
    ProxyV2,
    /// SSH, in either direction.
    Ssh,
    /// AMQP, in either direction.
    Amqp,
    /// None of these.
    Unknown,
}

impl fmt::Display for Guess {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mqtt => "this is an MQTT CONNECT",
            Self::Incomplete => "these bytes are too few to recognise the protocol: wait for more",
            Self::TlsClientHello => {
                "this is a TLS ClientHello: terminate TLS before the codec, or have the client connect to the \
                 port without TLS"
            }
            Self::TlsServerHello => "this is a TLS ServerHello: first decrypt the bytes, and then pass them to the codec",
            Self::TlsAlert => "this is a TLS alert: the peer expects TLS on this port",
            Self::Http => "this is HTTP: the peer is a web server, or expects one on this port",
            Self::WebSocket => {
                "this is MQTT over WebSocket, or another subprotocol: finish the handshake, and pass the payload \
                 of the binary frames to the codec"
            }
            Self::ProxyV1 => {
                "this is a PROXY protocol 1 header: skip the line up to CR LF. MQTT begins after the line"
            }
            Self::ProxyV2 => {
                "this is a PROXY protocol 2 header: skip 16 bytes, and the number of bytes that the last two of \
                 them announce. MQTT begins after these bytes"
            }
            Self::Ssh => "this is SSH: check the address and the port of the MQTT server",
            Self::Amqp => "this is AMQP: a broker uses another port for MQTT",
            Self::Unknown => "this is not the beginning of an MQTT connection, and the protocol is unknown",
        })
    }
}

/// Recognises MQTT, TLS, HTTP and other protocols by the first bytes of a connection.
///
/// The function never fails, and reads at most the header of an HTTP message. Pass all received bytes. After
/// [`Guess::Incomplete`] call again with more.
///
/// ```
/// use mqtt_wire::detect::{Guess, guess};
///
/// assert_eq!(guess(b"\x10\x0d\x00\x04MQTT\x04"), Guess::Mqtt);
/// assert_eq!(
///     guess(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
///     Guess::TlsClientHello
/// );
/// assert_eq!(guess(b"GET /mqtt HTTP/1.1\r\nUpgrade: websocket\r\n"), Guess::WebSocket);
/// assert_eq!(guess(b"GE"), Guess::Incomplete);
/// ```
#[must_use]
#[inline]
pub fn guess(input: &[u8]) -> Guess {
    match sniff(input) {
        Sniff::Connect(_) | Sniff::UnsupportedLevel { .. } => Guess::Mqtt,
        Sniff::Incomplete => Guess::Incomplete,
        Sniff::NotMqtt => match tls(input) {
            Guess::Unknown => text_protocol(input),
            known => known,
        },
    }
}

/// Recognises the first TLS record (RFC 8446 §5.1): type, version, length, and type of the handshake.
#[inline]
fn tls(input: &[u8]) -> Guess {
    match input {
        [0x16, 3, 0..=4, _, _, 1, ..] => Guess::TlsClientHello,
        [0x16, 3, 0..=4, _, _, 2, ..] => Guess::TlsServerHello,
        [0x15, 3, 0..=4, 0, 2, ..] => Guess::TlsAlert,
        [0x15 | 0x16] | [0x15 | 0x16, 3] | [0x15 | 0x16, 3, 0..=4] => Guess::Incomplete,
        [0x15, 3, 0..=4, 0] | [0x16, 3, 0..=4, _] | [0x16, 3, 0..=4, _, _] => Guess::Incomplete,
        _ => Guess::Unknown,
    }
}

/// The first bytes of text protocols.
const BEGINNINGS: [(&[u8], Guess); 15] = [
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

#[inline]
fn text_protocol(input: &[u8]) -> Guess {
    let mut answer = Guess::Unknown;
    for (beginning, protocol) in BEGINNINGS {
        if input.starts_with(beginning) {
            return if protocol == Guess::Http { http(input) } else { protocol };
        }
        if beginning.starts_with(input) {
            answer = Guess::Incomplete;
        }
    }
    answer
}

#[inline]
fn http(input: &[u8]) -> Guess {
    // More bytes can change the meaning of an incomplete line, so only whole lines count.
    let whole = input.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
    let header = whole.skip(1).map(<[u8]>::trim_ascii);
    for line in header.take_while(|line| !line.is_empty()) {
        let mut parts = line.splitn(2, |byte| *byte == b':').map(<[u8]>::trim_ascii);
        let (name, value) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if name.eq_ignore_ascii_case(b"upgrade") && value.eq_ignore_ascii_case(b"websocket") {
            return Guess::WebSocket;
        }
    }
    Guess::Http
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The beginning of a connection, the number of bytes after which `guess` knows it, and the result.
    const KNOWN: [(&[u8], usize, Guess); 14] = [
        (b"\x10\x0d\x00\x04MQTT\x04", 9, Guess::Mqtt),
        (b"\x10\x0d\x00\x04MQTT\x09", 9, Guess::Mqtt),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 6, Guess::TlsClientHello),
        (b"\x16\x03\x00\x04\x00\x01\x00\x01\xfc", 6, Guess::TlsClientHello),
        (b"\x16\x03\x03\x00\x7a\x02\x00", 6, Guess::TlsServerHello),
        (b"\x15\x03\x03\x00\x02\x02\x28", 5, Guess::TlsAlert),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\nUpgrade: websocket\r\n", 4, Guess::Http),
        (b"HTTP/1.1 400 Bad Request\r\n", 5, Guess::Http),
        (b"CONNECT a:1883 HTTP/1.1", 8, Guess::Http),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 12, Guess::Http),
        (b"PROXY TCP4 192.0.2.1 192.0.2.2 5 1883\r\n", 6, Guess::ProxyV1),
        (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c", 12, Guess::ProxyV2),
        (b"SSH-2.0-x\r\n", 4, Guess::Ssh),
        (b"AMQP\x00\x00\x09\x01", 4, Guess::Amqp),
    ];

    #[test]
    fn every_prefix_is_incomplete_until_it_is_known() {
        for (bytes, known_at, expected) in KNOWN {
            for end in 0..=bytes.len() {
                let expected = if end < known_at { Guess::Incomplete } else { expected };
                assert_eq!(guess(&bytes[..end]), expected, "{:02x?}", &bytes[..end]);
            }
        }
    }

    #[test]
    fn http_becomes_a_websocket_with_the_whole_line_and_not_before() {
        for bytes in [
            &b"GET /mqtt HTTP/1.1\r\nHost: a\r\nno field\r\nUpgrade: h2c\r\nUPGRADE:\twebSocket \r\n"[..],
            b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\n",
        ] {
            for end in 8..=bytes.len() {
                let expected = if end < bytes.len() { Guess::Http } else { Guess::WebSocket };
                assert_eq!(guess(&bytes[..end]), expected, "{:?}", bytes[..end].escape_ascii().to_string());
            }
        }
    }

    #[test]
    fn other_bytes_stay_unknown() {
        for bytes in [
            &b"\x30\x05\x00\x01a"[..],
            b"\x16\x04\x01",
            b"\x16\x03\x05",
            b"\x16\x03\x03\x00\x7a\x0b",
            b"\x15\x03\x03\x00\x03",
            b"\x10\x0d\x00\x04MQTX",
            b"GETS ",
            b"get /",
            b"PROXX",
            b"\0",
            b"\xff",
        ] {
            assert_eq!(guess(bytes), Guess::Unknown, "{bytes:02x?}");
            assert_eq!(guess(&[bytes, b" \r\n\r\n"].concat()), Guess::Unknown, "{bytes:02x?}");
        }
    }

    /// A third byte does not change the result for two bytes.
    #[test]
    fn a_third_byte_does_not_change_the_result() {
        for pair in 0..=u16::MAX {
            let [a, b] = pair.to_be_bytes();
            let before = guess(&[a, b]);
            if before != Guess::Incomplete {
                for c in [0, 1, 3, 5, 0x10, b' ', b'M', b'T', 0xff] {
                    assert_eq!(guess(&[a, b, c]), before, "{a:02x} {b:02x} {c:02x}");
                }
            }
        }
    }
}
