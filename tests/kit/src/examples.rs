//! Runs the examples that are built beside the tests.

use std::env::consts::EXE_SUFFIX;
use std::path::PathBuf;
use std::process::{Command, Output};

/// Runs `last_will` to its end. The example has its own timeouts.
pub fn last_will(arguments: &[&str]) -> Output {
    run("last_will", arguments)
}

/// Runs an example to its end.
pub fn run(name: &str, arguments: &[&str]) -> Output {
    let program = path(name);
    match Command::new(&program).args(arguments).output() {
        Ok(output) => output,
        Err(error) => panic!("{}: {error} (`cargo build --examples` makes it)", program.display()),
    }
}

/// Returns `target/PROFILE/examples/NAME`. This program is `target/PROFILE/deps/NAME`.
pub fn path(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(|deps| deps.parent()).unwrap();
    profile.join("examples").join(format!("{name}{EXE_SUFFIX}"))
}
