//! Constants that depend on the target machine.

/// Whether to use fast paths, which duplicate code. On 32-bit machines program memory is scarcer than time,
/// and registers of sixteen bytes are rare.
pub(crate) const FAST_PATHS: bool = cfg!(target_pointer_width = "64");
