//! Counts instructions with callgrind. The counts are the same in each run and in each clone, on a busy machine too.

use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs, io, thread};

/// The argument of the program inside valgrind.
const INSIDE: &str = "--inside-valgrind";

/// Work whose instructions are counted. Closures implement this trait.
pub trait Work: Send {
    /// Prepares a run. The preparation is not counted.
    fn prepare(&mut self) {}

    fn run(&mut self);
}

impl<F: FnMut() + Send> Work for F {
    fn run(&mut self) {
        self();
    }
}

pub type Named<'w> = (String, Box<dyn Work + 'w>);

/// Returns the instructions of the second run of each work, in order. The program starts itself again
/// inside valgrind. Inside valgrind this function must be called with the same works, and does not
/// return.
///
/// # Errors
///
/// If valgrind cannot be run or its output is not as expected.
pub fn count(works: &mut [Named<'_>]) -> io::Result<Vec<(String, u64)>> {
    if inside() {
        thread::scope(|scope| {
            scope.spawn(|| run(works));
        });
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

/// Whether the program runs inside valgrind.
#[must_use]
pub fn inside() -> bool {
    env::args().any(|argument| argument == INSIDE)
}

/// `count` runs this function in a new thread. The stack of the main thread starts below the environment variables and the
/// path of the program, and the instructions of `memcpy` depend on the address.
fn run(works: &mut [Named<'_>]) {
    for (_, work) in works {
        work.prepare();
        work.run();
        work.prepare();
        measured(&mut **work);
    }
}

/// Callgrind starts counting at 0 in this function, and writes a file when it returns.
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
    // The files with counts have numbers from 1. The file without a number holds the rest of the
    // program.
    while let Ok(dump) = fs::read_to_string(output.with_extension((counts.len() + 1).to_string())) {
        let total = dump.lines().find_map(|line| line.strip_prefix("totals: ")?.parse().ok());
        counts.push(total.ok_or_else(|| io::Error::other("a dump without totals"))?);
    }
    Ok(counts)
}
