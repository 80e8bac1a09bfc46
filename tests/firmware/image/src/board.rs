//! The code that all boards share: the start-up code of a Cortex-M, and semihosting. With semihosting, a program calls the debugger.

use core::arch::{asm, global_asm};

// The vector table: the end of the stack, `reset`, and 14 handlers for exceptions that do not occur
// or end the program.
//
// `reset` fills `.data` and `.bss`, paints the rest of the RAM, which is the stack, and calls `main`. A Cortex-M0 has all
// instructions of `reset`.
global_asm!(
    ".section .vectors, \"a\"",
    ".word stack_end",
    ".word reset",
    ".rept 14",
    ".word unexpected",
    ".endr",
    ".section .text.reset, \"ax\"",
    ".thumb_func",
    ".global reset",
    "reset:",
    "ldr r0, =data_start; ldr r1, =data_end; ldr r2, =data_source",
    "1: cmp r0, r1; bhs 2f; ldm r2!, {{r3}}; stm r0!, {{r3}}; b 1b",
    "2: ldr r0, =bss_start; ldr r1, =bss_end; movs r3, #0",
    "3: cmp r0, r1; bhs 4f; stm r0!, {{r3}}; b 3b",
    "4: mov r1, sp; ldr r3, ={paint}",
    "5: cmp r0, r1; bhs 6f; stm r0!, {{r3}}; b 5b",
    "6: bl main",
    ".thumb_func",
    "unexpected: movs r0, #0x18; ldr r1, =0x20023; bkpt 0xab; b unexpected",
    ".ltorg",
    paint = const PAINT,
);

const PAINT: u32 = 0xa5a5_a5a5;

unsafe extern "C" {
    static bss_end: u32;
    static stack_end: u32;
}

/// Prints how many bytes of the stack were written since the start, in hexadecimal digits.
pub fn tell_deepest_stack() {
    let (mut at, end) = (&raw const bss_end, &raw const stack_end);
    // SAFETY: this RAM exists. The read is volatile because the bytes are the stack of the callers.
    while at < end && unsafe { at.read_volatile() } == PAINT {
        at = at.wrapping_add(1);
    }
    let bytes = end as usize - at as usize;
    let mut line = *b"stack 0x00000000\n\0";
    for (digit, shift) in line.iter_mut().skip(8).zip([28, 24, 20, 16, 12, 8, 4, 0]) {
        let value = (bytes >> shift & 0xf) as u8;
        *digit = if value < 10 { b'0' + value } else { b'a' - 10 + value };
    }
    // SAFETY: SYS_WRITE0 reads up to the zero byte.
    unsafe { semihosting(0x04, line.as_ptr() as usize) };
}

pub fn exit(failed: bool) -> ! {
    /// "The application has exited", without and with an error.
    const REASONS: [usize; 2] = [0x20026, 0x20023];
    loop {
        // SAFETY: SYS_EXIT reads no memory.
        unsafe { semihosting(0x18, if failed { REASONS[1] } else { REASONS[0] }) };
    }
}

/// # Safety
///
/// The safety depends on the operation and its argument.
unsafe fn semihosting(operation: usize, argument: usize) {
    // SAFETY: the caller guarantees that the operation is safe.
    unsafe { asm!("bkpt 0xab", inout("r0") operation => _, in("r1") argument) };
}
