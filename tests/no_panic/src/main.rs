//! Proves that the functions here cannot panic. `no_panic` puts a call of a missing function into each of them.
//! Only unwinding reaches this call. If the optimiser cannot prove that nothing unwinds, the program does not
//! link, and the linker names the function.
//!
//! The proof leaves out:
//! - `Display`, `Debug` and the visitor of `dissect`. These functions call code through `dyn Write` and `dyn FnMut`. The optimiser does not
//!   see the called code, which may panic. (`dissect` also decodes, and the proof covers decoding.) The tests run all three functions;
//! - `encode_to`, which calls `BufMut::put_slice`. The buffer's code may panic;
//! - integer overflow. The checks for overflow are off here. Clippy's `arithmetic_side_effects` forbids
//!   operators that can overflow.

mod decoding;
mod encoding;
#[cfg(feature = "planted")]
mod planted;
mod values;

fn main() {
    decoding::run();
    encoding::run();
    values::run();
    #[cfg(feature = "planted")]
    planted::run();
}
