//! Fails if a hot path takes three percent more instructions than its limit, or if the stack exceeds its limit.
//!
//! ```sh
//! cargo run --release             # compare with limits.tsv
//! cargo run --release -- --update # write limits.tsv
//! ```

mod limits;
mod paths;
mod stack;

use limits::{Change, Limits};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let (planted, counts) = instructions::count(&mut paths::paths())?
        .into_iter()
        .partition(|(name, _)| name.starts_with(paths::PLANTED));
    let counts = Limits::new(counts);
    if !trips(&counts, planted) {
        return Err("the guard proves nothing: it does not see slower paths that are planted".into());
    }
    stack::check()?;
    check_lending_and_owning(&counts)?;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("limits.tsv");
    if std::env::args().any(|argument| argument == "--update") {
        counts.write(&file)?;
        println!("{} limits written", counts.len());
        return Ok(ExitCode::SUCCESS);
    }
    Ok(report(&counts, &counts.compared_with(&Limits::read(&file)?)))
}

/// A lent or owned packet is decoded only once. So its cost is little more than the cost of decoding a slice.
fn check_lending_and_owning(counts: &Limits) -> Result<(), Box<dyn Error>> {
    let mut most = BTreeMap::new();
    for (name, count) in counts.iter() {
        let Some((decoded_by, allowed)) = paths::decoded_by(name) else { continue };
        let more = count.saturating_sub(counts.get(&decoded_by).ok_or("nothing to compare with")?);
        if more > allowed {
            return Err(
                format!("{name}: {more} instructions more than {decoded_by}, {allowed} at most").into()
            );
        }
        let action = name.split(' ').next().unwrap_or_default();
        let entry = most.entry(action).or_insert(0);
        *entry = more.max(*entry);
    }
    for (action, more) in most {
        println!("{action}: at most {more} instructions more than decode");
    }
    Ok(())
}

fn report(counts: &Limits, changes: &[Change]) -> ExitCode {
    for change in changes {
        println!("{change}");
    }
    let failures = changes.iter().filter(|change| change.fails()).count();
    if failures == 0 {
        println!("{} hot paths within their limits; planted slower ones are seen", counts.len());
        return ExitCode::SUCCESS;
    }
    println!("{failures} to look at. What is meant: .ci/instructions --update, and say why in the commit.");
    ExitCode::FAILURE
}

/// Shows in each run that the check can fail: hot paths with a little extra work must all be reported.
fn trips(counts: &Limits, planted: Vec<(String, u64)>) -> bool {
    let original = |(name, count): (String, u64)| (name.replacen(paths::PLANTED, "", 1), count);
    let planted = Limits::new(planted.into_iter().map(original).collect());
    let grown =
        planted.compared_with(counts).into_iter().filter(|change| matches!(change, Change::Grew { .. }));
    planted.len() > 0 && grown.count() == planted.len()
}
