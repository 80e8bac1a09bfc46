//! Runs `examples/last_will` as it is built beside the tests.

use std::env::consts::EXE_SUFFIX;
use std::path::PathBuf;
use std::process::{Command, Output};

/// Runs the example to its end. It has timeouts of its own.
pub(crate) fn last_will(arguments: &[&str]) -> Output {
    let program = path();
    match Command::new(&program).args(arguments).output() {
        Ok(output) => output,
        Err(error) => panic!("{}: {error} (`cargo build --examples` makes it)", program.display()),
    }
}

/// `target/PROFILE/examples/last_will`; this is `target/PROFILE/deps/NAME`.
fn path() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(|deps| deps.parent()).unwrap();
    profile.join("examples").join(format!("last_will{EXE_SUFFIX}"))
}
