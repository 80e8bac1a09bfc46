//! Measures the stack of decoding and encoding: the bytes below the caller's frame that were written, including
//! the result.

use mqtt_wire::{Encode, Packet, Version, decode};
use rows::{Row, rows};
use std::hint::black_box;
use std::mem::MaybeUninit;

/// The limits for decoding and encoding, in bytes.
const LIMITS: [usize; 2] = [1792, 640];

/// The area is smaller than a page, so that no stack probe writes to it.
const AREA: usize = 4096 - 128;
const PAINT: u8 = 0xa5;

/// Prints the deepest stack of both actions, or returns the action that exceeds its limit.
pub fn check() -> Result<(), String> {
    let rows = rows();
    let deepest =
        |deep: fn(&Row) -> usize| rows.iter().map(|row| (deep(row), row)).max_by_key(|(bytes, _)| *bytes);
    for ((action, deep), limit) in
        [("decode", decoding as fn(&Row) -> usize), ("encode", encoding)].into_iter().zip(LIMITS)
    {
        let (bytes, row) = deepest(deep).ok_or("no rows")?;
        let which = format!("{action} {} {} takes {bytes} bytes of stack", row.version, row.name);
        if bytes == 0 || bytes > limit {
            return Err(format!("{which}, and may take 1 to {limit}"));
        }
        println!("deepest: {which}");
    }
    Ok(())
}

fn decoding(row: &Row) -> usize {
    #[inline(never)]
    fn run(version: Version, bytes: &[u8]) {
        black_box(&decode(version, bytes));
    }
    let bytes = row.bytes();
    taken(|| run(row.version, &bytes))
}

fn encoding(row: &Row) -> usize {
    #[inline(never)]
    fn run(version: Version, packet: &Packet<'_>, buffer: &mut [u8]) {
        black_box(&packet.encode(version, buffer));
    }
    let mut buffer = row.bytes();
    taken(|| run(row.version, &row.packet, &mut buffer))
}

/// The three functions use the same bytes of the stack: those below this frame.
#[inline(never)]
fn taken(run: impl FnOnce()) -> usize {
    paint();
    run();
    painted_over()
}

#[inline(never)]
fn paint() {
    black_box(&mut [PAINT; AREA]);
}

#[inline(never)]
fn painted_over() -> usize {
    let area = MaybeUninit::<[u8; AREA]>::uninit();
    let area: *const u8 = black_box(area.as_ptr().cast());
    // SAFETY: the bytes are inside `area`, which belongs to this frame. The read is volatile because the language does
    // not define that another frame leaves its values there.
    let is_paint = |at| unsafe { area.add(at).read_volatile() } == PAINT;
    AREA - (0..AREA).take_while(|at| is_paint(*at)).count()
}
