//! Finding packets again, where their beginning is not known.

use mqtt_wire::Decoder;

/// How far packets follow one another.
pub(crate) struct Chain {
    pub(crate) packets: usize,
    /// All bytes are packets, but for the beginning of one at the end.
    reaches_end: bool,
    len: usize,
}

pub(crate) fn chain(decoder: &Decoder, bytes: &[u8]) -> Chain {
    const ENOUGH: usize = 16;
    let (mut decoder, mut rest, mut packets) = (*decoder, bytes, 0);
    let reaches_end = loop {
        match decoder.decode(rest) {
            Ok(Some((_, behind))) => (rest, packets) = (behind, packets + 1),
            Ok(None) => break true,
            Err(_) => break false,
        }
        if packets == ENOUGH {
            break true;
        }
    };
    Chain { packets, reaches_end, len: bytes.len() - rest.len() }
}

/// Where packets begin. A segment often begins with one; elsewhere it takes more to be believed.
pub(crate) fn boundary(decoders: &[Decoder], bytes: &[u8]) -> Option<usize> {
    const BELIEVED: usize = 8;
    let begins = |at: usize| {
        decoders.iter().map(|decoder| chain(decoder, &bytes[at..])).any(|chain| {
            let enough = at == 0 || chain.packets > 1 || chain.len >= BELIEVED;
            chain.packets > 0 && chain.reaches_end && enough
        })
    };
    (0..bytes.len()).find(|at| begins(*at))
}
