//! Each function here is proved free of panics: `no_panic` leaves a call in it that only unwinding reaches, to a
//! function that does not exist. If the optimiser cannot show that nothing unwinds, the program does not link, and the
//! linker names the function.
//!
//! What is not here, and why:
//! - `Display` and `Debug` write through `dyn Write`, and `dissect` calls its visitor through `dyn FnMut`: code that the
//!   optimiser does not see, and that may indeed panic. Around that call, `dissect` is the decoding that is proved. The
//!   tests run them all.
//! - `encode_to` ends in `BufMut::put_slice`, which is the buffer's code.
//! - Overflow: its checks are off here. Clippy's `arithmetic_side_effects` leaves no operator in the crate that has one.

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
