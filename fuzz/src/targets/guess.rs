//! What the first bytes of a connection look like.

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
}
