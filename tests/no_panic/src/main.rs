//! Proves that the functions here cannot panic. `no_panic` puts a call into each function, which only unwinding reaches. The
//! called function does not exist. If the optimiser cannot prove that nothing unwinds, the program does not link, and the
//! linker names the function.
//!
//! The proof leaves out:
//! - `Display`, `Debug` and the visitor of `dissect`. They call code through `dyn Write` and `dyn FnMut`. The optimiser does
//!   not see that code, and it may panic. The rest of `dissect` is the decoding that is proved. The tests run all three;
//! - `encode_to`, which calls `BufMut::put_slice`. The buffer's code may panic;
//! - integer overflow. Its checks are off here. Clippy's `arithmetic_side_effects` forbids operators that can overflow.

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
