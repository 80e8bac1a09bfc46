//! What the widths of the lengths on the wire allow.

/// The largest Variable Byte Integer, and so the largest Remaining Length.
pub(crate) const MAX_VARINT: u32 = 268_435_455;

/// The largest length of a string or of binary data, in bytes: it is announced in two.
pub(super) const MAX_LENGTH: usize = 65_535;
