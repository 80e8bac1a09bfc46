//! The example `inspect`, run as its users run it.

mod batch;
mod captures;
mod proxy;
mod view;

// The parts of it that have tests of their own.
#[allow(dead_code, reason = "only its tests are of interest here")]
#[path = "../../examples/inspect/hex/mod.rs"]
mod hex;
#[allow(dead_code, reason = "only its tests are of interest here")]
#[path = "../../examples/inspect/capture/tcp.rs"]
mod tcp;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Runs the example.
fn inspect(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(executable())
        .args(args)
        .env_remove("CLICOLOR_FORCE")
        .env_remove("COLUMNS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may refuse its arguments and read nothing.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// Cargo builds the examples with the tests, and puts them beside the directory of the tests.
fn executable() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let path = profile.join("examples").join(format!("inspect{}", std::env::consts::EXE_SUFFIX));
    assert!(path.exists(), "first run `cargo build --example inspect`: there is no {}", path.display());
    path
}

fn shown(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}
