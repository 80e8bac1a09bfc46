//! Checks that processor time grows no faster than the input, on a busy machine too.

mod operations;

pub use operations::{grow_no_faster, reading};

use cpu_time::ThreadTime;
use std::hint::black_box;
use std::time::Duration;

/// The allowed growth of the time, divided by the growth of the input. Caches and allocators stay far below this factor. A loop in a loop
/// is far above the factor, because the long input is [`TIMES`] as long as the short input.
const MARGIN: u32 = 4;

/// The length of the long input, as a multiple of the short one. A loop in a loop then takes 256
/// times as long.
pub const TIMES: usize = 16;

/// Shorter times are not compared, because other programs on the machine change them too much.
const QUICK: Duration = Duration::from_micros(200);

/// The number of times that a slow measurement is repeated, because an interruption may have made it slow.
const ROUNDS: usize = 24;

/// Panics if `run` takes much more than `times` as long for the long input as for the short one.
///
/// The function measures the two inputs in turn, in processor time of this thread. Other threads do not count. On a slow machine both
/// measurements take longer. The fastest run of each input counts, so that an interruption changes the result only if it hits every run.
#[track_caller]
pub fn is_explained<T: Copy>(times: usize, [short, long]: [T; 2], mut run: impl FnMut(T) -> bool) {
    let factor = u32::try_from(times).expect("a few times").saturating_mul(MARGIN);
    let mut took = |input| {
        let started = ThreadTime::now();
        black_box(run(input));
        started.elapsed()
    };
    let (mut once, mut often) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        for _ in 0..4 {
            once = once.min(took(short));
        }
        often = often.min(took(long));
        if often <= QUICK.max(once.saturating_mul(factor)) {
            return;
        }
    }
    panic!("{times} times as much takes {often:?}, and once {once:?}");
}
