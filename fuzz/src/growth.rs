//! That work grows no faster than its input, however busy the machine is.

mod operations;

pub use operations::{grow_no_faster, reading};

use cpu_time::ThreadTime;
use std::hint::black_box;
use std::time::Duration;

/// By how much more than its input work may grow: what caches and allocators do to it is far less, and what a loop in a
/// loop does is far more, where the long input is [`TIMES`] the short one.
const MARGIN: u32 = 4;

/// How much longer the long input should be: a loop in a loop then takes 256 times as long.
pub const TIMES: usize = 16;

/// What takes no longer than this is quick, whatever it is compared with.
const QUICK: Duration = Duration::from_micros(200);

/// Work that is too long once may have been interrupted, so that it is tried as often as this.
const ROUNDS: usize = 24;

/// Panics if `run` takes much more than `times` as long for the long input as for the short one.
///
/// Both are measured in turn, in processor time of this thread: other threads do not count, and a slow machine is slow for
/// both. Of each the quickest run counts, so that an interruption would have to hit every one of them.
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
