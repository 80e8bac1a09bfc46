//! The entry point of `mqtt-inspect`.

use std::process::ExitCode;

fn main() -> ExitCode {
    mqtt_inspect::main()
}
