//! The LM3S6965: its start-up code, its first UART, and semihosting, with which a program calls the debugger.

use core::arch::{asm, global_asm};
use core::convert::Infallible;
use embedded_io::{ErrorType, Read, Write};

// The vector table: the end of the stack, `reset`, and 14 handlers for exceptions that do not occur
// or end the program.
//
// `reset` fills `.data` and `.bss`, paints the rest of the RAM, which is the stack, and calls `main`.
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
    "1: cmp r0, r1; bhs 2f; ldr r3, [r2], #4; str r3, [r0], #4; b 1b",
    "2: ldr r0, =bss_start; ldr r1, =bss_end; movs r3, #0",
    "3: cmp r0, r1; bhs 4f; str r3, [r0], #4; b 3b",
    "4: mov r1, sp; ldr r3, ={paint}",
    "5: cmp r0, r1; bhs 6f; str r3, [r0], #4; b 5b",
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
    // SAFETY: the caller guarantees it.
    unsafe { asm!("bkpt 0xab", inout("r0") operation => _, in("r1") argument) };
}

/// The first UART, a PL011. The driver polls it; a firmware that sleeps would wait for its
/// interrupt.
pub struct Uart;

const DATA: *mut u32 = 0x4000_c000 as *mut u32;
const FLAGS: *const u32 = 0x4000_c018 as *const u32;
const RECEIVED_NONE: u32 = 1 << 4;
const SENDING_FULL: u32 = 1 << 5;

fn has(flag: u32) -> bool {
    // SAFETY: the register exists, and reading it has no effect.
    unsafe { FLAGS.read_volatile() & flag != 0 }
}

impl ErrorType for Uart {
    type Error = Infallible;
}

impl Read for Uart {
    /// Waits for a byte, and reads all bytes that have arrived.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        let mut read = 0;
        for byte in buffer {
            while read == 0 && has(RECEIVED_NONE) {}
            if has(RECEIVED_NONE) {
                break;
            }
            // SAFETY: the register exists. Reading it removes the byte.
            *byte = unsafe { DATA.read_volatile() } as u8;
            read += 1;
        }
        Ok(read)
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        for byte in bytes {
            while has(SENDING_FULL) {}
            // SAFETY: the register exists.
            unsafe { DATA.write_volatile(u32::from(*byte)) };
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
