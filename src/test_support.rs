//! What the tests of the packets say in one line each.

use crate::decode::decode;
use crate::encode::Encode;
use crate::error::{DecodeErrorKind, EncodeError};
use crate::packet::Packet;
use crate::version::Version;

/// The packet is written as these bytes, and they are read as the packet.
#[track_caller]
pub(crate) fn both_ways<'a>(version: Version, packet: impl Into<Packet<'a>>, bytes: &[u8]) {
    let packet = packet.into();
    let mut buffer = [0; 128];
    assert_eq!(packet.encode(version, &mut buffer), Ok(bytes), "writing {version}");
    reads_as(version, bytes, packet);
}

/// The bytes are read as the packet, and perhaps written in another form.
#[track_caller]
pub(crate) fn reads_as<'a>(version: Version, bytes: &[u8], packet: impl Into<Packet<'a>>) {
    assert_eq!(decode(version, bytes), Ok(Some((packet.into(), &[][..]))), "reading {version}");
}

/// The bytes are refused at this byte for this reason.
#[track_caller]
pub(crate) fn refused(version: Version, bytes: &[u8], kind: DecodeErrorKind, offset: usize) {
    let error = decode(version, bytes).expect_err("bytes that are refused");
    assert_eq!((error.kind(), error.offset()), (kind, offset), "{error}");
}

/// The packet is not written.
#[track_caller]
pub(crate) fn not_written<'a>(version: Version, packet: impl Into<Packet<'a>>, error: EncodeError) {
    let packet = packet.into();
    assert_eq!(packet.encoded_len(version), Err(error));
    assert_eq!(packet.encode(version, &mut [0; 128]), Err(error));
}
