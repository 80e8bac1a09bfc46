//! The limits that follow from the widths of length fields.

/// The largest Variable Byte Integer, and so the largest Remaining Length.
pub(crate) const MAX_VARINT: u32 = 268_435_455;

/// The largest length of a string or of Binary Data in bytes. The length field has two bytes.
pub(super) const MAX_LENGTH: usize = 65_535;
