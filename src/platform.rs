//! What the machine decides that the program runs on.

/// Whether code is written twice where that is faster. On machines of 32 bits program memory is dearer than time, and
/// there are seldom registers of sixteen bytes.
pub(crate) const FAST_PATHS: bool = cfg!(target_pointer_width = "64");
