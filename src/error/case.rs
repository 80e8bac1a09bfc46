//! The contents of an error, for its explanation.

use super::kind::DecodeErrorKind as Kind;
use crate::field::Field;
use crate::packet_type::PacketType;
use crate::version::Version;

/// The contents of an error.
#[derive(Clone, Copy)]
pub(super) struct Case {
    pub(super) kind: Kind,
    pub(super) field: Field,
    pub(super) packet_type: Option<PacketType>,
    pub(super) version: Option<Version>,
    pub(super) offset: u32,
    pub(super) frame_len: u32,
    pub(super) evidence: Evidence,
}

/// Up to four of the bytes that break a rule, and a number. The meaning of the bytes and of the number
/// depends on the kind and the field of the error. Bytes of secrets are left out.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Evidence {
    /// The first bytes of the field, or of a string from its offending character on. Zeros fill the rest.
    pub(crate) bytes: [u8; 4],
    /// The offset of the offending character in the string. For other errors: the number of bytes, or the
    /// limit.
    pub(crate) number: u32,
}

impl Evidence {
    pub(crate) const NOTHING: Self = Self { bytes: [0; 4], number: 0 };
}
