//! The program; what it does is in `lib.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    mqtt_inspect::main()
}
