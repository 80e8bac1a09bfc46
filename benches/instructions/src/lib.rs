//! Instruction counts, by callgrind: the same at each run, also on a busy machine.

use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs, io};

/// What a program is called with when it runs inside valgrind.
const INSIDE: &str = "--inside-valgrind";

/// What is counted. Closures are.
pub trait Work {
    /// Comes before each run, and is not counted.
    fn prepare(&mut self) {}

    fn run(&mut self);
}

impl<F: FnMut()> Work for F {
    fn run(&mut self) {
        self();
    }
}

/// Work under its name.
pub type Named<'w> = (String, Box<dyn Work + 'w>);

/// The instructions that each work takes when it runs for the second time, in their order. The program
/// starts itself again inside valgrind, so that this has to be called with the same works there, and
/// does not return there.
///
/// # Errors
///
/// If valgrind cannot be run, or does not say what is expected.
pub fn count(works: &mut [Named<'_>]) -> io::Result<Vec<(String, u64)>> {
    if inside() {
        for (_, work) in works {
            work.prepare();
            work.run();
            work.prepare();
            measured(&mut **work);
        }
        std::process::exit(0);
    }
    let directory = env::temp_dir().join(format!("instructions-{}", std::process::id()));
    fs::create_dir_all(&directory)?;
    let counts = run_inside(&directory);
    fs::remove_dir_all(&directory)?;
    let counts = counts?;
    if counts.len() != works.len() {
        return Err(io::Error::other(format!("{} counts of {} works", counts.len(), works.len())));
    }
    Ok(works.iter().map(|(name, _)| name.clone()).zip(counts).collect())
}

/// Whether the program runs inside valgrind, only to be counted.
#[must_use]
pub fn inside() -> bool {
    env::args().any(|argument| argument == INSIDE)
}

/// Callgrind counts from 0 in here, and writes a file on each return.
#[inline(never)]
fn measured(work: &mut dyn Work) {
    work.run();
}

fn run_inside(directory: &Path) -> io::Result<Vec<u64>> {
    let output = directory.join("dump");
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet"])
        .args(["--zero-before=instructions::measured", "--dump-after=instructions::measured"])
        .arg(format!("--callgrind-out-file={}", output.display()))
        .arg(env::current_exe()?)
        .args(env::args().skip(1))
        .arg(INSIDE)
        .stdin(Stdio::null())
        .status()?;
    if !status.success() {
        return Err(io::Error::other(format!("valgrind: {status}")));
    }
    let mut counts = Vec::new();
    // The dumps are numbered from 1; the file without a number is what was left at the end.
    while let Ok(dump) = fs::read_to_string(output.with_extension((counts.len() + 1).to_string())) {
        let total = dump.lines().find_map(|line| line.strip_prefix("totals: ")?.parse().ok());
        counts.push(total.ok_or_else(|| io::Error::other("a dump without totals"))?);
    }
    Ok(counts)
}
