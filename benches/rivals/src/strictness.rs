//! Counts which forbidden packets each codec accepts and which legal packets it refuses, over the
//! examples of `tests/data/conformance.tsv`.

use mqtt_wire::{PacketType, Version, decode};
use mqtt_wire_testkit::conformance::{Example, Rule, rules};
use rivals::verdict::{Judge, Verdict, judges};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::Command;

/// One packet of the table.
struct Vector {
    rule: &'static str,
    version: Version,
    bytes: &'static [u8],
}

/// The heap allocations for decoding one packet, by codec.
pub struct Allocations {
    pub publish: Vec<(&'static str, f64)>,
    pub subscribe: Vec<(&'static str, f64)>,
}

pub fn page(allocations: &Allocations) -> String {
    // A panic of a codec is a verdict, so its message is not printed.
    std::panic::set_hook(Box::new(|_| ()));
    let (forbidden, legal) = (forbidden(), legal());
    let judges = judges();
    let crates: Vec<_> = judges
        .chunk_by(|a, b| a.name == b.name)
        .map(|judges| Crate::new(judges, &forbidden, &legal))
        .collect();
    let _ = std::panic::take_hook();
    let ours = &crates[0];
    assert!(ours.list().ends_with(": none.\n\n"), "{}", ours.list());
    let mut page = String::from(HEAD);
    page.push_str(&heading());
    for each in &crates {
        page.push_str(&each.row(allocations));
    }
    page.push_str(NOTES);
    page.push_str("## Accepted most often\n\n");
    page.push_str(&most_accepted(&crates));
    page.push_str("\n## Codec by codec\n\n");
    for each in &crates {
        page.push_str(&each.list());
    }
    page
}

const HEAD: &str = "# Strictness\n\n\
    `cargo run --release --manifest-path benches/rivals/Cargo.toml -- strictness` makes this page from the examples of \
    `tests/data/conformance.tsv`. [CONFORMANCE.md](../../../CONFORMANCE.md) shows the examples with their statements. The \
    [README](../README.md) describes how each codec is called.\n\n";

const NOTES: &str = include_str!("strictness.md");

fn heading() -> String {
    let columns = [
        "codec",
        "versions",
        "forbidden packets accepted",
        "waits",
        "legal packets refused",
        "panics",
        "packet types",
        "allocations: PUBLISH, SUBSCRIBE",
        "`no_std`",
    ];
    format!("| {} |\n| --- | --- |{}\n", columns.join(" | "), " --: |".repeat(columns.len() - 2))
}

/// A codec and its verdicts.
struct Crate<'v> {
    name: &'static str,
    versions: Vec<Version>,
    forbidden: Vec<(&'v Vector, Verdict)>,
    legal: Vec<(&'v Vector, Verdict)>,
}

impl<'v> Crate<'v> {
    fn new(judges: &[Judge], forbidden: &'v [Vector], legal: &'v [Vector]) -> Self {
        let ask = |vectors: &'v [Vector]| {
            let asked = judges.iter().flat_map(|judge| {
                let own = vectors.iter().filter(|vector| vector.version == judge.version);
                own.map(|vector| (vector, judge.ask(vector.bytes)))
            });
            asked.collect::<Vec<_>>()
        };
        let versions = judges.iter().map(|judge| judge.version).collect();
        Self { name: judges[0].name, versions, forbidden: ask(forbidden), legal: ask(legal) }
    }

    fn row(&self, allocations: &Allocations) -> String {
        let versions: Vec<_> = self.versions.iter().map(Version::to_string).collect();
        let accepted = count(&self.forbidden, |verdict| verdict == Verdict::Accepts);
        let waits = count(&self.forbidden, |verdict| verdict == Verdict::Waits);
        let refused = count(&self.legal, |verdict| verdict != Verdict::Accepts);
        let panics = count(&self.forbidden, |verdict| verdict == Verdict::Panics)
            + count(&self.legal, |verdict| verdict == Verdict::Panics);
        format!(
            "| {} | {} | {accepted} of {} | {waits} | {refused} of {} | {panics} | {} | {}, {} | {} |\n",
            if self.name == "mqtt-wire" { "**mqtt-wire**" } else { self.name },
            // Only this crate knows 3.1, so the counts leave 3.1 out.
            if self.name == "mqtt-wire" { "3.1, 3.1.1, 5.0".into() } else { versions.join(", ") },
            self.forbidden.len(),
            self.legal.len(),
            self.packet_types(),
            figure(&allocations.publish, self.name),
            figure(&allocations.subscribe, self.name),
            no_std(self.name),
        )
    }

    /// Returns the number of packet types that the codec decodes, by version.
    fn packet_types(&self) -> String {
        let of = |version: &Version| {
            let accepted = self.legal.iter().filter(|(_, verdict)| *verdict == Verdict::Accepts);
            let own = accepted.filter(|(vector, _)| vector.version == *version);
            own.map(|(vector, _)| vector.bytes[0] >> 4).collect::<BTreeSet<_>>().len().to_string()
        };
        self.versions.iter().map(of).collect::<Vec<_>>().join(", ")
    }

    /// Lists the rules that the codec does not enforce, by kind of failure.
    fn list(&self) -> String {
        let mut list = format!("**{}**", self.name);
        let bad = |wanted: Verdict| self.forbidden.iter().filter(move |(_, verdict)| *verdict == wanted);
        let good = self.legal.iter().filter(|(_, verdict)| *verdict != Verdict::Accepts);
        let panics =
            self.forbidden.iter().chain(&self.legal).filter(|(_, verdict)| *verdict == Verdict::Panics);
        let parts = [
            ("accepts", names(bad(Verdict::Accepts))),
            ("waits at", names(bad(Verdict::Waits))),
            ("refuses what just keeps", names(good)),
            ("panics at", names(panics)),
        ];
        for (what, names) in parts.into_iter().filter(|(_, names)| !names.is_empty()) {
            write!(list, "; {what}: {names}").expect("a string");
        }
        if !list.contains(';') {
            list.push_str(": none");
        }
        list + ".\n\n"
    }
}

/// Lists the rules that most codecs do not enforce, each with its sentence and those codecs.
fn most_accepted(crates: &[Crate<'_>]) -> String {
    let mut accepted = Vec::new();
    for rule in rules() {
        let accepts = |each: &&Crate<'_>| {
            each.forbidden
                .iter()
                .any(|(vector, verdict)| vector.rule == rule.key && *verdict == Verdict::Accepts)
        };
        let names: Vec<_> = crates.iter().filter(accepts).map(|each| each.name).collect();
        accepted.push((names, rule.key, rule.cell("rule")));
    }
    accepted.sort_by_key(|(names, ..)| std::cmp::Reverse(names.len()));
    let lines = accepted
        .iter()
        .take(12)
        .map(|(names, key, rule)| format!("- {rule} (`{key}`): {}.\n", names.join(", ")));
    lines.collect()
}

fn count(verdicts: &[(&Vector, Verdict)], wanted: impl Fn(Verdict) -> bool) -> usize {
    verdicts.iter().filter(|(_, verdict)| wanted(*verdict)).count()
}

/// Lists each rule once with its version.
fn names<'v>(vectors: impl Iterator<Item = &'v (&'v Vector, Verdict)>) -> String {
    let rules: BTreeSet<_> =
        vectors.map(|(vector, _)| format!("`{}` ({})", vector.rule, vector.version)).collect();
    rules.into_iter().collect::<Vec<_>>().join(", ")
}

fn figure(figures: &[(&str, f64)], name: &str) -> String {
    figures
        .iter()
        .find(|(codec, _)| *codec == name)
        .map_or("–".into(), |(_, figure)| format!("{figure:.0}"))
}

/// Returns packets that break a rule. The rule depends only on the packet, and not on the sender.
fn forbidden() -> Vec<Vector> {
    let vectors = fair_rules().flat_map(|rule| vectors(rule.key, rule.breaking()));
    // Without a sender, the decoder accepts packets that only break a rule of direction.
    vectors.filter(|vector| decode(vector.version, vector.bytes).is_err()).collect()
}

/// Returns complete packets that keep a rule which depends only on the packet.
fn legal() -> Vec<Vector> {
    let vectors = fair_rules().flat_map(|rule| vectors(rule.key, rule.keeping()));
    vectors.filter(|vector| is_whole(vector.bytes)).collect()
}

fn fair_rules() -> impl Iterator<Item = Rule> {
    let choices = include_str!("../../../tests/data/choices.tsv");
    let open: BTreeSet<_> = choices
        .lines()
        .skip(1)
        .filter_map(|line| line.split('\t').nth(3))
        .flat_map(str::split_whitespace)
        .collect();
    rules().into_iter().filter(move |rule| rule.layer == "codec" && !open.contains(rule.key))
}

fn vectors(rule: &'static str, examples: Vec<Example>) -> impl Iterator<Item = Vector> {
    let fair = examples.into_iter().filter(move |example| match example.version {
        Version::V3_1 => false,
        Version::V3_1_1 => example.options.is_empty() && !rule.contains("-shared-"),
        Version::V5_0 => example.options.is_empty(),
    });
    fair.map(move |example| Vector { rule, version: example.version, bytes: example.bytes.leak() })
}

/// Whether the bytes have the length that the Remaining Length announces.
fn is_whole(bytes: &[u8]) -> bool {
    let (mut length, mut shift) = (0, 0);
    for (at, byte) in bytes.iter().enumerate().skip(1) {
        length |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return PacketType::from_first_byte(bytes[0]).is_ok() && at + 1 + length == bytes.len();
        }
    }
    false
}

/// Reads the attributes of the crate's root.
fn no_std(name: &str) -> &'static str {
    let root = source(name).and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
    let lines: Vec<&str> = root.lines().collect();
    // An attribute before the line can say that only some features need `alloc`.
    let is_optional = |before: &str| before.starts_with("#[cfg(") && !before.contains("not(");
    let always = |pair: &[&str]| pair[1].starts_with("extern crate alloc") && !is_optional(pair[0]);
    if !lines.iter().any(|line| line.starts_with("#![") && line.contains("no_std")) {
        "no"
    } else if lines.windows(2).any(always) {
        "with alloc"
    } else {
        "yes"
    }
}

/// Returns the path of the crate's root file.
fn source(name: &str) -> Option<PathBuf> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let arguments = ["metadata", "--format-version=1", "--locked", "--manifest-path", manifest];
    let output = Command::new(env!("CARGO")).args(arguments).output().ok()?;
    let metadata = String::from_utf8(output.stdout).ok()?;
    let package = metadata.split_once(&format!("{{\"name\":\"{name}\",\"version\":"))?.1;
    let path = package.split_once("\"manifest_path\":\"")?.1.split_once('"')?.0;
    Some(PathBuf::from(path).with_file_name("src").join("lib.rs"))
}
