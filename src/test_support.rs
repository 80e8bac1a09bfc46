//! Checks for the tests of the packets, one line each.

use crate::decode::decode;
use crate::encode::Encode;
use crate::error::{DecodeErrorKind, EncodeError};
use crate::packet::Packet;
use crate::version::Version;

/// Checks that the packet encodes to these bytes, and that the bytes decode to the packet.
#[track_caller]
pub(crate) fn both_ways<'a>(version: Version, packet: impl Into<Packet<'a>>, bytes: &[u8]) {
    let packet = packet.into();
    let mut buffer = [0; 128];
    assert_eq!(packet.encode(version, &mut buffer), Ok(bytes), "writing {version}");
    reads_as(version, bytes, packet);
}

/// Checks that the bytes decode to the packet. The packet may encode to other bytes.
#[track_caller]
pub(crate) fn reads_as<'a>(version: Version, bytes: &[u8], packet: impl Into<Packet<'a>>) {
    assert_eq!(decode(version, bytes), Ok(Some((packet.into(), &[][..]))), "reading {version}");
}

/// Checks that the decoder refuses the bytes with this kind of error at this offset.
#[track_caller]
pub(crate) fn refused(version: Version, bytes: &[u8], kind: DecodeErrorKind, offset: usize) {
    let error = decode(version, bytes).expect_err("bytes that are refused");
    assert_eq!((error.kind(), error.offset()), (kind, offset), "{error}");
}

/// Checks that the encoder refuses the packet with this error.
#[track_caller]
pub(crate) fn not_written<'a>(version: Version, packet: impl Into<Packet<'a>>, error: EncodeError) {
    let packet = packet.into();
    assert_eq!(packet.encoded_len(version), Err(error));
    assert_eq!(packet.encode(version, &mut [0; 128]), Err(error));
}
