//! Runs `mqtt-inspect check` against mosquitto and aedes. `tests/peers/check/` has the recorded reactions, and the READMEs show
//! them.
//!
//! ```text
//! tests/peers/install
//! cargo build --all-features -p mqtt-inspect && cargo test --all-features --test check -- --include-ignored
//! UPDATE=1 cargo test --all-features --test check -- --include-ignored       # records it again
//! ```

use mqtt_wire_peer_tests::aedes::Aedes;
use mqtt_wire_peer_tests::mosquitto::Mosquitto;
use mqtt_wire_testkit::repository;
use serde_json::Value;
use std::collections::BTreeMap;
use std::env::consts::EXE_SUFFIX;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// The brokers, with the recorded versions.
const BROKERS: [(&str, &str); 2] = [("mosquitto", "2.0.11"), ("aedes", "1.2.0")];

/// Returns the path of `mqtt-inspect`, which is built beside the tests.
fn program() -> PathBuf {
    let test = std::env::current_exe().expect("a program");
    let profile = test.parent().and_then(|deps| deps.parent()).expect("target/PROFILE/deps");
    profile.join(format!("mqtt-inspect{EXE_SUFFIX}"))
}

fn recorded_in(broker: &str) -> PathBuf {
    repository("tests/peers/check").join(format!("{broker}.tsv"))
}

/// Returns the reactions of the broker, one line for each packet: rule, version, kind, statement,
/// reaction, verdict.
fn results(port: u16) -> String {
    let program = program();
    // Expected packets arrive much sooner than this. Few packets are missing, so the waiting does
    // not add up.
    let args = ["check", "--json", "--rate", "1000", "--wait", "10"];
    let output = Command::new(&program).args(args).arg(format!("127.0.0.1:{port}")).output();
    let output =
        output.unwrap_or_else(|error| panic!("{}: {error} (`cargo build` makes it)", program.display()));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let mut results = String::from("rule\tversion\tpacket\tstatement\tdid\tverdict\n");
    for line in String::from_utf8(output.stdout).expect("text").lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        if line["did"].is_string() {
            let cells = ["rule", "version", "packet", "statement", "did", "verdict"];
            let cells = cells.map(|cell| line[cell].as_str().expect("text"));
            writeln!(results, "{}", cells.join("\t")).expect("room");
        }
    }
    results
}

/// aedes reads memory after a PUBREL that is too short, so its reaction varies.
const VARIES: (&str, &str) = ("aedes", "pubrel-too-short\t3.1.1\tforbidden\t");

fn is_as_recorded(broker: &str, port: u16) {
    let results = results(port);
    let file = recorded_in(broker);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(file, results).expect("the repository");
        return;
    }
    let recorded = fs::read_to_string(file).expect("recorded");
    let varies = |line: &str| broker == VARIES.0 && line.starts_with(VARIES.1);
    let not_in = |text: &str, other: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !varies(line) && !other.lines().any(|other| other == *line));
        lines.map(str::to_owned).collect()
    };
    let (before, now) = (not_in(&recorded, &results), not_in(&results, &recorded));
    assert!(
        before.is_empty() && now.is_empty() && results.lines().count() == recorded.lines().count(),
        "{broker}, if it is the version that was recorded, did this before: {before:#?}, and now: {now:#?}"
    );
}

#[test]
#[ignore = "needs mosquitto installed"]
fn mosquitto_reacts_as_recorded() {
    is_as_recorded("mosquitto", Mosquitto::start().port);
}

#[test]
#[ignore = "needs tests/peers/install"]
fn aedes_reacts_as_recorded() {
    let broker = Aedes::start("check");
    is_as_recorded("aedes", broker.port);
}

/// The broker's column of a table: for each rule, version and kind of packet, the reaction and whether it differs from the
/// standard. There may be several packets.
type Column = BTreeMap<(String, String, String), Vec<(String, String, bool)>>;

fn column(broker: &str) -> Column {
    let recorded = fs::read_to_string(recorded_in(broker)).expect("recorded");
    let mut column = Column::new();
    for line in recorded.lines().skip(1) {
        let [rule, version, packet, statement, did, verdict] =
            line.split('\t').map(str::to_owned).collect::<Vec<_>>().try_into().expect("six cells");
        column.entry((rule, version, packet)).or_default().push((statement, did, verdict == "differs"));
    }
    column
}

/// The tables in the READMEs have the recorded reactions.
#[test]
fn the_readmes_show_the_recorded_reactions() {
    let columns = BROKERS.map(|(broker, _)| column(broker));
    let counts = counts(&columns);
    shows("README.md", &counts);
    shows("inspect/README.md", &format!("{counts}\n{}", statements(&columns)));
}

fn counts(columns: &[Column; 2]) -> String {
    let mut text = String::from("| | packets | differ from the standard |\n| --- | --: | --: |\n");
    for ((broker, version), column) in BROKERS.iter().zip(columns) {
        let results: Vec<_> = column.values().flatten().collect();
        let differ = results.iter().filter(|result| result.2).count();
        writeln!(text, "| {broker} {version} | {} | {differ} |", results.len()).expect("room");
    }
    text
}

fn statements(columns: &[Column; 2]) -> String {
    let mut text = String::from("<details><summary>What differs (in bold), by statement</summary>\n\n");
    writeln!(text, "| statement | version | rule | packet | {} | {} |", BROKERS[0].0, BROKERS[1].0)
        .expect("room");
    text += "| --- | --- | --- | --- | --- | --- |\n";
    let mut rows: Vec<_> = columns.iter().flat_map(BTreeMap::keys).collect();
    rows.sort();
    rows.dedup();
    for row @ (rule, version, packet) in rows {
        let cells: Vec<_> =
            columns.iter().map(|column| column.get(row).map_or(&[][..], Vec::as_slice)).collect();
        let Some((statement, ..)) = cells.iter().copied().flatten().find(|result| result.2) else { continue };
        let cells = cells.iter().map(|results| match results {
            [] => "–".to_owned(),
            results => {
                let did = results.iter().map(|(_, did, differs)| match differs {
                    true => format!("**{did}**"),
                    false => did.clone(),
                });
                did.collect::<Vec<_>>().join("; ")
            }
        });
        let cells: Vec<_> = cells.collect();
        writeln!(text, "| {statement} | {version} | `{rule}` | {packet} | {} |", cells.join(" | "))
            .expect("room");
    }
    text + "\n</details>\n"
}

/// The text is between two comments of the README.
fn shows(readme: &str, text: &str) {
    let readme = repository(readme);
    let is = fs::read_to_string(&readme).expect("it is there");
    let (before, rest) = is.split_once("<!-- check -->\n").expect("its beginning");
    let (_, after) = rest.split_once("<!-- /check -->").expect("its end");
    let should = format!("{before}<!-- check -->\n{text}<!-- /check -->{after}");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(readme, should).expect("the repository");
    } else {
        assert!(is == should, "UPDATE=1 cargo test -p mqtt-wire-peer-tests --test check readmes");
    }
}
