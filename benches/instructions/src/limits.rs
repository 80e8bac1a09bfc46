//! The committed limits, and the differences between counts and limits.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::{fmt, fs, io};

/// The tolerated growth in percent. Counts repeat, but processors differ in their `memcpy`.
const TOLERANCE: u64 = 3;

/// The instructions of each hot path, in the order of counting.
pub struct Limits(Vec<(String, u64)>);

/// A difference between a count and its limit.
#[derive(Debug, PartialEq, Eq)]
pub enum Change {
    /// The count exceeds the limit. The check fails.
    Grew { name: String, limit: u64, count: u64 },
    /// The count is below the limit. The check passes and asks for an update.
    Fell { name: String, limit: u64, count: u64 },
    /// A hot path has no limit. The check fails.
    New { name: String, count: u64 },
    /// A limit has no hot path. The check fails.
    Gone { name: String },
}

impl Limits {
    pub const fn new(counts: Vec<(String, u64)>) -> Self {
        Self(counts)
    }

    pub fn read(file: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(file)?;
        let compiler = compiler()?;
        if !text.lines().next().is_some_and(|line| line.ends_with(&compiler)) {
            println!("note: the limits are of another compiler than {compiler}");
        }
        let line = |line: &str| {
            let (count, name) = line.split_once('\t')?;
            Some((name.to_string(), count.parse().ok()?))
        };
        let bad = || io::Error::other("limits.tsv: each line is a count, a tab and a name");
        text.lines()
            .filter(|line| !line.starts_with('#'))
            .map(|each| line(each).ok_or_else(bad))
            .collect::<io::Result<_>>()
            .map(Self)
    }

    pub fn write(&self, file: &Path) -> io::Result<()> {
        let lines: String = self.0.iter().map(|(name, count)| format!("{count}\t{name}\n")).collect();
        fs::write(file, format!("# instructions, hot path; {}\n{lines}", compiler()?))
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(name, count)| (&name[..], *count))
    }

    pub fn get(&self, name: &str) -> Option<u64> {
        self.iter().find_map(|(other, count)| (other == name).then_some(count))
    }

    pub fn compared_with(&self, limits: &Self) -> Vec<Change> {
        let counts: BTreeMap<_, _> = self.0.iter().map(|(name, count)| (name, *count)).collect();
        let limited: BTreeMap<_, _> = limits.0.iter().map(|(name, limit)| (name, *limit)).collect();
        let here =
            self.0.iter().filter_map(|(name, count)| Change::of(name, *count, limited.get(name).copied()));
        let gone = limits.0.iter().filter(|(name, _)| !counts.contains_key(name));
        here.chain(gone.map(|(name, _)| Change::Gone { name: name.clone() })).collect()
    }
}

/// The counts depend on the compiler, so the limits belong to one version of the compiler.
fn compiler() -> io::Result<String> {
    let output = Command::new("rustc").arg("--version").output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_string())
}

impl Change {
    pub const fn fails(&self) -> bool {
        !matches!(self, Self::Fell { .. })
    }

    fn of(name: &str, count: u64, limit: Option<u64>) -> Option<Self> {
        let name = name.to_string();
        let Some(limit) = limit else {
            return Some(Self::New { name, count });
        };
        if count * 100 > limit * (100 + TOLERANCE) {
            Some(Self::Grew { name, limit, count })
        } else if count * 100 < limit * (100 - TOLERANCE) {
            Some(Self::Fell { name, limit, count })
        } else {
            None
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |limit: &u64, count: &u64| (*count as f64 / *limit as f64 - 1.0) * 100.0;
        match self {
            Self::Grew { name, limit, count } => {
                write!(f, "GREW  {name}: {limit} -> {count} instructions ({:+.1} %)", percent(limit, count))
            }
            Self::Fell { name, limit, count } => {
                write!(f, "fell  {name}: {limit} -> {count} instructions ({:+.1} %)", percent(limit, count))
            }
            Self::New { name, count } => write!(f, "NEW   {name}: {count} instructions, and no limit"),
            Self::Gone { name } => write!(f, "GONE  {name}: a limit, and nothing that is counted"),
        }
    }
}
