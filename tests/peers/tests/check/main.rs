//! Runs `mqtt-inspect check` against mosquitto and aedes. `tests/peers/check/` has the recorded reactions, and the READMEs show
//! them.
//!
//! ```text
//! tests/peers/install
//! cargo build --all-features -p mqtt-inspect && cargo test --all-features --test check -- --include-ignored
//! UPDATE=1 cargo test --all-features --test check -- --include-ignored       # records it again
//! ```

mod picture;

use mqtt_wire_peer_tests::aedes::Aedes;
use mqtt_wire_peer_tests::mosquitto::Mosquitto;
use mqtt_wire_peer_tests::mqtt_inspect;
use mqtt_wire_testkit::repository;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// The brokers, with the recorded versions.
const BROKERS: [(&str, &str); 2] = [("mosquitto", "2.0.11"), ("aedes", "1.2.0")];

fn recorded_in(broker: &str) -> PathBuf {
    repository("tests/peers/check").join(format!("{broker}.tsv"))
}

/// Returns the reactions of the broker, one line for each packet: rule, version, kind, statement,
/// reaction, verdict.
fn results(port: u16) -> String {
    let program = mqtt_inspect();
    // Nearly every reaction comes within a few seconds. The check waits for the whole time limit only if a reaction never comes, and that
    // is rare.
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
            writeln!(results, "{}", cells.join("\t")).expect("enough space");
        }
    }
    results
}

fn is_as_recorded(broker: &str, port: u16) {
    let results = results(port);
    let file = recorded_in(broker);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(file, results).expect("the repository");
        return;
    }
    let recorded = fs::read_to_string(file).expect("recorded");
    let not_in = |text: &str, other: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !other.lines().any(|other| other == *line));
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

/// The reaction of a broker to a packet.
pub struct Recorded {
    pub rule: String,
    pub mqtt: String,
    pub packet: String,
    pub statement: String,
    pub did: String,
    pub verdict: String,
}

fn recorded(broker: &str) -> Vec<Recorded> {
    let recorded = fs::read_to_string(recorded_in(broker)).expect("recorded");
    let lines = recorded.lines().skip(1).map(|line| {
        let [rule, mqtt, packet, statement, did, verdict] =
            line.split('\t').map(str::to_owned).collect::<Vec<_>>().try_into().expect("six cells");
        Recorded { rule, mqtt, packet, statement, did, verdict }
    });
    lines.collect()
}

/// The picture and the tables in the READMEs show the recorded reactions.
#[test]
fn the_readmes_show_what_is_recorded() {
    let brokers = BROKERS.map(|(broker, _)| recorded(broker));
    let image = image(&brokers);
    shows("README.md", &format!("![{image}](inspect/pictures/check.svg)\n"));
    let statements = statements(&brokers);
    shows("inspect/README.md", &format!("![{image}](pictures/check.svg)\n\n{statements}"));
    is_drawn(&brokers);
}

/// The alternative text of the picture.
fn image(brokers: &[Vec<Recorded>; 2]) -> String {
    let mut text = String::from("What brokers do with forbidden and legal packets");
    for (at, ((broker, version), recorded)) in BROKERS.iter().zip(brokers).enumerate() {
        let differ = recorded.iter().filter(|one| one.verdict == "differs").count();
        let link = if at == 0 { ": " } else { ", " };
        write!(text, "{link}{broker} {version} differs from the standard for {differ} of {}", recorded.len())
            .expect("enough space");
    }
    text
}

fn is_drawn(brokers: &[Vec<Recorded>; 2]) {
    let rowless = brokers.iter().flatten().find(|one| !picture::has_a_row(&one.rule));
    assert_eq!(rowless.map(|one| &one.rule), None, "a row of the picture is to have it");
    let mut columns = Vec::new();
    for ((broker, version), recorded) in BROKERS.iter().zip(brokers) {
        for mqtt in ["3.1.1", "5.0"] {
            let recorded: Vec<_> = recorded.iter().filter(|one| one.mqtt == mqtt).collect();
            if !recorded.is_empty() {
                columns.push(picture::Column { broker: format!("{broker} {version}"), mqtt, recorded });
            }
        }
    }
    is_or_becomes(repository("inspect/pictures/check.svg"), &picture::picture(&columns));
}

fn statements(brokers: &[Vec<Recorded>; 2]) -> String {
    type Row<'a> = (&'a str, &'a str, &'a str);
    /// The records of each row. A rule may have several packets.
    type Column<'a> = BTreeMap<Row<'a>, Vec<&'a Recorded>>;
    let columns = brokers.each_ref().map(|recorded| {
        let mut column = Column::new();
        for one in recorded {
            column.entry((&one.rule, &one.mqtt, &one.packet)).or_default().push(one);
        }
        column
    });
    let mut text = String::from("<details><summary>What differs (in bold), by statement</summary>\n\n");
    writeln!(text, "| statement | version | rule | packet | {} | {} |", BROKERS[0].0, BROKERS[1].0)
        .expect("enough space");
    text += "| --- | --- | --- | --- | --- | --- |\n";
    let mut rows: Vec<_> = columns.iter().flat_map(BTreeMap::keys).collect();
    rows.sort();
    rows.dedup();
    for row @ (rule, version, packet) in rows {
        let cells = columns.each_ref().map(|column| column.get(row).map_or(&[][..], Vec::as_slice));
        let Some(first) = cells.into_iter().flatten().find(|one| one.verdict == "differs") else { continue };
        let cells = cells.map(|results| match results {
            [] => "–".to_owned(),
            results => {
                let did = results.iter().map(|one| match one.verdict.as_str() {
                    "differs" => format!("**{}**", one.did),
                    _ => one.did.clone(),
                });
                did.collect::<Vec<_>>().join("; ")
            }
        });
        let (statement, cells) = (&first.statement, cells.join(" | "));
        writeln!(text, "| {statement} | {version} | `{rule}` | {packet} | {cells} |").expect("enough space");
    }
    text + "\n</details>\n"
}

/// The text is between two comments of the README.
fn shows(readme: &str, text: &str) {
    let readme = repository(readme);
    let is = fs::read_to_string(&readme).expect("it is there");
    let (before, rest) = is.split_once("<!-- check -->\n").expect("its beginning");
    let (_, after) = rest.split_once("<!-- /check -->").expect("its end");
    is_or_becomes(readme, &format!("{before}<!-- check -->\n{text}<!-- /check -->{after}"));
}

fn is_or_becomes(file: PathBuf, should: &str) {
    if std::env::var_os("UPDATE").is_some() {
        fs::write(file, should).expect("the repository");
    } else {
        let is = fs::read_to_string(&file).expect("it is there");
        let file = file.display();
        assert!(is == should, "{file}: UPDATE=1 cargo test -p mqtt-wire-peer-tests --test check readmes");
    }
}
