//! What the README shows is what the programs say. `UPDATE=1 cargo test --test readme` writes it again.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");

#[test]
fn the_annotated_bytes_are_those_of_inspect() {
    let mut changed = Changed::new();
    while let Some(hex) = changed.next_after("<!-- inspect: ", " -->\n```text\n") {
        let shown = inspect(&hex);
        let packet = shown.split("\n\n").next().expect("the packet, and a summary after it");
        changed.replace_until("```\n", &format!("{}\n", packet.trim_end()));
    }
    changed.check(1);
}

#[test]
fn the_bytes_are_those_of_the_ten_lines() {
    use mqtt_wire::{Connect, Encode, Qos, Version, Will, binary, text, topic_name};
    let will = Will {
        qos: Qos::AtLeastOnce,
        retain: true,
        ..Will::new(topic_name!("/status"), binary!(b"Client123 is offline"))
    };
    let connect =
        Connect { client_id: text!("Client123"), will: Some(will), ..Connect::new(Version::V3_1_1) };
    let mut buffer = [0; 54];
    let hex =
        connect.encode(Version::V3_1_1, &mut buffer).unwrap().iter().fold(String::new(), |mut hex, byte| {
            write!(hex, " {byte:02x}").unwrap();
            hex
        });
    let readme = std::fs::read_to_string(README).unwrap();
    assert!(readme.contains(&format!("<!-- inspect:{hex} -->")), "{hex}");
}

#[test]
fn the_table_is_that_of_the_other_codecs() {
    let page = include_str!("../benches/rivals/results/strictness.md");
    let table: String = page.split_inclusive('\n').filter(|line| line.starts_with('|')).collect();
    assert_eq!(table.lines().count(), 13);
    let mut changed = Changed::new();
    while changed.next_after("<!-- strictness", " -->\n").is_some() {
        changed.replace_until("<!-- /strictness", &table);
    }
    changed.check(1);
}

#[test]
fn the_examples_of_what_others_accept_are_counted() {
    let page = include_str!("../benches/rivals/results/strictness.md");
    let codecs = |rule: &str| {
        let line = page.lines().find(|line| line.contains(&format!("(`{rule}`)"))).expect(rule);
        line.split(", ").count()
    };
    assert_eq!(codecs("connect-will-topic-empty"), 10);
    assert_eq!(codecs("pingreq-not-empty"), 9);
    assert_eq!(codecs("subscribe-filter-hash-not-alone"), 8);
    let panics: Vec<_> = page.lines().filter(|line| line.contains("panics at")).collect();
    assert_eq!(panics.len(), 1);
    assert!(panics[0].contains("`puback-too-short`"));
    let readme = std::fs::read_to_string(README).unwrap().replace('\n', " ");
    for words in [
        "all ten others accept a will with an empty topic",
        "nine a PINGREQ with a body",
        "eight the filter `a#`",
    ] {
        assert!(readme.contains(words), "{words}");
    }
}

/// The README as it should be, made while it is read. One test at a time may write it.
struct Changed {
    _turn: MutexGuard<'static, ()>,
    is: String,
    /// How much of it has been read.
    at: usize,
    should: String,
    replaced: usize,
}

impl Changed {
    fn new() -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let is = std::fs::read_to_string(README).unwrap();
        Self { _turn: turn, is, at: 0, should: String::new(), replaced: 0 }
    }

    /// Goes behind the next marker, and gives what stands between its two parts.
    fn next_after(&mut self, before: &str, behind: &str) -> Option<String> {
        let rest = &self.is[self.at..];
        let start = rest.find(before)? + before.len();
        let between = rest[start..].split_once(behind)?.0.to_owned();
        let end = start + between.len() + behind.len();
        self.should.push_str(&rest[..end]);
        self.at += end;
        Some(between)
    }

    /// Puts the text in the place of what stands before the end.
    fn replace_until(&mut self, end: &str, text: &str) {
        self.at += self.is[self.at..].find(end).expect("an end");
        self.should.push_str(text);
        self.replaced += 1;
    }

    fn check(mut self, replaced: usize) {
        assert_eq!(self.replaced, replaced);
        self.should.push_str(&self.is[self.at..]);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(README, &self.should).unwrap();
        } else {
            assert!(self.is == self.should, "UPDATE=1 cargo test --test readme, and look at the difference");
        }
    }
}

/// What the example says of these bytes. (Cargo builds the examples with the tests, beside their directory.)
fn inspect(hex: &str) -> String {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).map(PathBuf::from).unwrap();
    let program = profile.join("examples").join(format!("inspect{}", std::env::consts::EXE_SUFFIX));
    let mut child = Command::new(program)
        .arg("--hex")
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("first run `cargo build --example inspect`");
    child.stdin.take().unwrap().write_all(hex.as_bytes()).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}
