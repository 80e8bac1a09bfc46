//! Tests of `check`, which reports the reactions of brokers and clients by statement of the
//! standard.

mod broker;
mod client;
mod peer;

use super::PROGRAM;
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::{Command, Output};

/// The time limit in seconds for an event that the test expects. Every event is much faster.
const PATIENCE: &str = "300";
/// Runs a test in which the check waits for events that do not come. The argument of the test is the time limit in seconds. The first time
/// limit is short, so that the test is usually fast. On a busy machine the test may fail with a short limit, so only the run with the
/// longest limit decides.
fn patiently(test: impl Fn(&str)) {
    for wait in ["0.02", "0.2"] {
        let attempt = std::panic::AssertUnwindSafe(|| test(wait));
        if std::panic::catch_unwind(attempt).is_ok() {
            return;
        }
    }
    test("3");
}

/// The result of a complete run of `check --json`. The last line has the counts.
struct Run {
    lines: Vec<Value>,
    summary: Value,
    code: Option<i32>,
    complaint: String,
}

impl Run {
    fn of(output: &Output) -> Self {
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let summary = lines.pop().unwrap_or_default();
        let complaint = String::from_utf8(output.stderr.clone()).unwrap();
        Self { lines, summary, code: output.status.code(), complaint }
    }

    fn broker(address: &str, wait: &str, more: &[&str]) -> Self {
        let common = ["check", "--json", "--rate", "100000", "--wait", wait, address];
        Self::of(&Command::new(PROGRAM).args(common).args(more).output().unwrap())
    }

    /// The broken statements, with the version and the rule of the packet.
    fn broken(&self) -> BTreeSet<[String; 3]> {
        let differs = self.lines.iter().filter(|line| line["verdict"] == "differs");
        differs
            .map(|line| ["statement", "version", "rule"].map(|key| line[key].as_str().unwrap().to_owned()))
            .collect()
    }

    fn lines_of<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a Value> {
        self.lines.iter().filter(move |line| line["rule"] == key)
    }

    fn count(&self, name: &str) -> u64 {
        self.summary["summary"][name].as_u64().unwrap_or_else(|| panic!("{name}: {}", self.complaint))
    }
}
