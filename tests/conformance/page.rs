//! Makes `CONFORMANCE.md` from the table and the verdicts of the decoder in this run. Other tests compare the
//! verdicts with `expected.rs`.

use mqtt_wire::answer::Answer;
use mqtt_wire::{DecodeError, DecodeErrorKind, Role, Version};
use mqtt_wire_testkit::conformance::expected::{self, Expected};
use mqtt_wire_testkit::conformance::{Example, Rule, rules};
use std::collections::BTreeSet;
use std::fmt::Write as _;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/CONFORMANCE.md");
const UPDATE: &str = "UPDATE=1 cargo test --test conformance";
const CHOICES: &str = include_str!("../data/choices.tsv");
const BEYOND: &str = include_str!("../data/beyond_one_packet.tsv");

#[test]
fn the_page_agrees_with_the_tests() {
    let page = page();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(PATH, &page).expect("CONFORMANCE.md can be written");
    }
    let written = std::fs::read_to_string(PATH).unwrap_or_default();
    let (wanted, found) = (page.lines(), written.lines());
    for (number, (wanted, found)) in (1..).zip(wanted.zip(found)) {
        assert_eq!(wanted, found, "CONFORMANCE.md, line {number}; to make it again: {UPDATE}");
    }
    assert!(page == written, "CONFORMANCE.md is cut or too long; to make it again: {UPDATE}");
}

/// Each numbered statement is either cited by a rule or listed as beyond one packet.
#[test]
fn every_numbered_statement_is_accounted_for() {
    for (version, total) in [(Version::V5_0, 251), (Version::V3_1_1, 141)] {
        let (cited, beyond) = (cited(version), beyond(version));
        assert_eq!(cited.intersection(&beyond).count(), 0, "{version}");
        assert_eq!(cited.len() + beyond.len(), total, "{version}: {cited:?}");
    }
}

fn page() -> String {
    let rules = rules();
    let mut page = String::new();
    intro(&mut page);
    summary(&mut page, &rules);
    for group in groups(&rules) {
        section(&mut page, group, rules.iter().filter(|rule| rule.cell("group") == group));
    }
    choices(&mut page, &rules);
    open(&mut page);
    page
}

fn intro(page: &mut String) {
    write!(
        page,
        "# Conformance\n\n\
         The rules of the MQTT standards for single packets. Each rule has the behaviour of this crate, and examples.\n\
         A test makes this page from [the rules](tests/data/conformance.tsv) and from the results of the decoder for\n\
         the examples. The test fails if the page differs; `{UPDATE}` writes the page again.\n\
         [`expected.rs`](tests/kit/src/conformance/expected.rs) has the expected results.\n\n\
         - **Statement**: the number of the normative statement. 5.0 and 3.1.1 have different numbers. If the sentence\n  \
         of the standard has no number, the cell has its section. 3.1 has sections only. \"–\" means that the version\n  \
         has no such rule. \"T2-1\" and \"T2.1\" are tables of the standard.\n\
         - **What the crate does**: the kind of the `DecodeError`, its field, its byte in the packet, and the answer of\n  \
         the receiver. `close` means that the receiver closes the connection without an answer. The answer to a\n  \
         CONNECT is the answer before CONNACK. All other answers are answers after CONNACK.\n\
         - **Bytes**: ✗ marks a packet that breaks the rule, ✓ a similar packet that keeps the rule, and … an incomplete\n  \
         packet. \"c\" means that a client sends the packet, and \"s\" that a server sends it. `(61*9)` means nine times\n  \
         `61`. If the example needs a switch of `Decoder`, the switch follows the bytes.\n\n"
    )
    .expect("a string takes everything");
}

fn summary(page: &mut String, rules: &[Rule]) {
    let examples = |of: fn(&Rule) -> Vec<Example>| rules.iter().map(|rule| of(rule).len()).sum::<usize>();
    let (breaking, keeping) = (examples(Rule::breaking), examples(Rule::keeping));
    let numbered = |version| format!("{} of the {}", cited(version).len(), all(version));
    page.push_str("## Summary\n\n");
    *page += &format!(
        "{} rules with {} examples: {breaking} examples break a rule, {keeping} keep it. The rules cite {} numbered\n\
         statements of 5.0 and {} of 3.1.1. ({} and {} of these belong only to rules that a codec cannot check.)\n\
         A single packet cannot show [the other statements](#beyond-one-packet).\n\n",
        rules.len(),
        breaking + keeping,
        numbered(Version::V5_0),
        numbered(Version::V3_1_1),
        cited_for_sessions_only(Version::V5_0),
        cited_for_sessions_only(Version::V3_1_1),
    );
    page.push_str(
        "| | rules | refused | refused by a switch | accepted | not for the decoder | for the encoder |\n",
    );
    page.push_str("| --- | --: | --: | --: | --: | --: | --: |\n");
    let mut totals = [0; 6];
    for group in groups(rules) {
        let mut counts = [0; 6];
        for rule in rules.iter().filter(|rule| rule.cell("group") == group) {
            counts[0] += 1;
            counts[column(rule)] += 1;
        }
        row(page, &format!("[{group}](#{})", anchor(group)), counts);
        totals.iter_mut().zip(counts).for_each(|(total, count)| *total += count);
    }
    row(page, "all", totals);
    page.push('\n');
}

fn row(page: &mut String, name: &str, counts: [usize; 6]) {
    let counts = counts.map(|count| if count == 0 { String::new() } else { count.to_string() });
    *page += &format!("| {name} | {} |\n", counts.join(" | "));
}

fn column(rule: &Rule) -> usize {
    match expected_of(rule) {
        Expected::Refused(..) if on_request(rule) => 2,
        Expected::PayloadFormat => 2,
        Expected::Refused(..) => 1,
        Expected::Accepted(_) | Expected::Incomplete => 3,
        Expected::LetThrough => 4,
        Expected::Encoder => 5,
    }
}

/// Whether the breaking bytes are accepted unless a limit or a switch is set.
fn on_request(rule: &Rule) -> bool {
    let mut breaking = rule.breaking().into_iter().filter(|example| !example.options.is_empty()).peekable();
    breaking.peek().is_some()
        && breaking.all(|example| Example { options: Vec::new(), ..example }.decode().is_ok())
        && (rule.layer == "option" || rule.layer == "limit")
}

fn section<'r>(page: &mut String, group: &str, rules: impl Iterator<Item = &'r Rule>) {
    *page += &format!(
        "## {group}\n\n| Rule | Statement | What the crate does | Bytes |\n| --- | --- | --- | --- |\n"
    );
    for rule in rules {
        let cells = [name(rule), statements(rule), verdicts(rule), bytes(rule)];
        *page += &format!("| {} |\n", cells.join(" | "));
    }
    page.push('\n');
}

fn name(rule: &Rule) -> String {
    let packet = match rule.cell("packet") {
        "" | "any" => String::new(),
        packet => format!(" <sub>{packet}</sub>"),
    };
    format!("<a id=\"{0}\"></a>`{0}`{packet}<br>{1}", rule.key, text(rule.cell("rule")))
}

fn statements(rule: &Rule) -> String {
    let lines = [("5.0", "id_5_0"), ("3.1.1", "id_3_1_1"), ("3.1", "ref_3_1")];
    let lines = lines.map(|(version, column)| match rule.cell(column) {
        "" | "—" => format!("{version} –"),
        cell => match cell.strip_prefix("differs: ") {
            Some(key) => format!("{version} differs: [{key}](#{key})"),
            None => format!("{version} {}", text(cell)),
        },
    });
    lines.join("<br>")
}

fn verdicts(rule: &Rule) -> String {
    match expected_of(rule) {
        Expected::LetThrough => format!("accepted: {}", text(rule.cell("breaks"))),
        Expected::Incomplete => "the decoder asks for more bytes".to_owned(),
        Expected::PayloadFormat => "accepted: `payload_matches_format` is false".to_owned(),
        Expected::Encoder => {
            let attempt = rule.key.trim_start_matches("enc-").replace('-', "_");
            format!("the encoder keeps the rule: `{attempt}` in [encoding.rs](tests/conformance/encoding.rs)")
        }
        Expected::Accepted(_) if rule.breaking().is_empty() => "accepted".to_owned(),
        Expected::Accepted(_) | Expected::Refused(..) => refusals(rule),
    }
}

/// Prints the kind once if it is the same for all examples, and the place and the answer of each
/// example.
fn refusals(rule: &Rule) -> String {
    let mut lines = Vec::new();
    let mut kinds = Vec::new();
    for example in rule.breaking() {
        let error = example.decode().expect_err("it is refused, as another test has seen");
        let kind = kind(error.kind());
        if kinds.last() != Some(&kind) {
            lines.push(kind.clone());
            kinds.push(kind);
        }
        let version = error.version().map_or_else(|| "?".to_owned(), |version| version.to_string());
        let answer = answer(example.answer(&error));
        lines.push(format!("{version}: {}, byte {} → {answer}", error.field(), error.offset()));
    }
    lines.join("<br>")
}

/// Prints `UnsupportedProtocolLevel` without the data of the variant.
fn kind(kind: DecodeErrorKind) -> String {
    let debug = format!("{kind:?}");
    let name = debug.split([' ', '(', '{']).next().unwrap_or_default();
    format!("`{name}`")
}

fn answer(answer: Answer) -> String {
    match answer {
        Answer::Close => "close".to_owned(),
        // `answer` in main.rs checks that the CONNACK has this code.
        Answer::ConnAckV3(_) => "CONNACK 0x01".to_owned(),
        Answer::ConnAckV5(reason) => format!("CONNACK 0x{:02X}", reason.get()),
        Answer::Disconnect(reason) => format!("DISCONNECT 0x{:02X}", reason.get()),
    }
}

fn bytes(rule: &Rule) -> String {
    let breaking = rule.breaking().into_iter().map(|example| format!("✗ {}", example_text(&example)));
    let keeping = rule.keeping().into_iter().map(|example| {
        let sign = match example.decode() {
            Ok(None) => "…",
            _ => "✓",
        };
        format!("{sign} {}", example_text(&example))
    });
    breaking.chain(keeping).collect::<Vec<_>>().join("<br>")
}

fn example_text(example: &Example) -> String {
    let sender = match example.sender {
        Role::Client => "c",
        Role::Server => "s",
    };
    let switches = example.options.iter().filter_map(|option| switch(option));
    let switches = switches.map(|switch| format!(" `{switch}`")).collect::<String>();
    format!("{} {sender} `{}`{switches}", example.version, example.hex)
}

/// Returns the name in the API for an option of the table.
fn switch(option: &str) -> Option<&'static str> {
    Some(match option {
        "max_packet=8" => "max_packet_size(8)",
        "alias_max=10" => "topic_alias_maximum(10)",
        "minlen3" => "require_minimal_lengths",
        "unicode" => "refuse_control_characters, refuse_noncharacters",
        "topic31" => "limit_v3_1_topics",
        "v31text" => "require_v3_1_text",
        "srvref" => "refuse_client_server_reference",
        "bridge" => "accept_bridge",
        _ => return None,
    })
}

fn choices(page: &mut String, rules: &[Rule]) {
    page.push_str(
        "## Choices\n\nAt these points the standard contradicts itself, is silent, or leaves the choice to the receiver.\n\n\
         | Point | The standard | This crate | Shown by |\n| --- | --- | --- | --- |\n",
    );
    for line in CHOICES.lines().skip(1) {
        let cells: Vec<_> = line.split('\t').collect();
        let [point, standard, choice, keys, examples] = cells[..] else { panic!("five cells: {line}") };
        let known = |key: &str| rules.iter().any(|rule| rule.key == key);
        let keys = keys.split(' ').inspect(|key| assert!(known(key), "no rule {key}"));
        let links = keys.map(|key| format!("[{key}](#{key})"));
        let examples = examples.split("; ").filter(|example| !example.is_empty()).map(verdict_on);
        let shown = links.chain(examples).collect::<Vec<_>>().join("<br>");
        *page += &format!("| {point} | {standard} | {choice} | {shown} |\n");
    }
    page.push('\n');
}

fn verdict_on(example: &'static str) -> String {
    let (context, hex) = example.split_once(": ").expect("a context and bytes");
    let example = Example::new(context, hex);
    let text = example_text(&example);
    match example.decode() {
        Ok(Some((_, []))) => format!("✓ {text}"),
        Err(error) => format!("✗ {text} {}", refusal(&error)),
        other => panic!("{text}: {other:?}"),
    }
}

fn refusal(error: &DecodeError) -> String {
    format!("{}: {}, byte {}", kind(error.kind()), error.field(), error.offset())
}

fn open(page: &mut String) {
    page.push_str(
        "## Beyond one packet\n\nThese statements are about state, timing, delivery or transport. No single packet breaks \
         them, so this crate\ncannot check them.\n\n",
    );
    for version in [Version::V5_0, Version::V3_1_1] {
        let list = wrap(&beyond_list(version));
        *page += &format!("{version}, {} of {}:\n\n{list}\n\n", beyond(version).len(), all(version));
    }
    page.push_str(
        "## What is open\n\n\
         - The rules come from the text of 3.1 (2010), the OASIS Standard of 3.1.1 (29 October 2014) and the OASIS\n  \
         Standard of 5.0 (7 March 2019; its tables from the Candidate Standard of October 2018). The Errata 01 of 3.1.1\n  \
         are not included.\n\
         - If 5.0 names no code for a fault, this crate uses the definitions in §1.2 of 5.0. 0x81 is for a Malformed\n  \
         Packet, whose bytes have the wrong format. 0x82 is for a Protocol Error, whose contents are forbidden. Other\n  \
         programs may choose other codes.\n\
         - The examples are single packets. The loops in [tables.rs](tests/tables.rs) and the second decoder in\n  \
         [second_opinion.rs](tests/kit/tests/second_opinion.rs) check each rule for every packet, field and code.\n",
    );
}

fn wrap(list: &str) -> String {
    let mut lines = vec![String::new()];
    for word in list.split(' ') {
        let line = lines.last_mut().expect("there is one");
        if line.len() + word.len() > 115 {
            lines.push(word.to_owned());
        } else {
            *line += if line.is_empty() { "" } else { " " };
            *line += word;
        }
    }
    lines.join("\n")
}

/// Returns the groups in the order of the table.
fn groups(rules: &[Rule]) -> Vec<&'static str> {
    let mut groups: Vec<_> = rules.iter().map(|rule| rule.cell("group")).collect();
    groups.dedup();
    groups
}

/// Returns the anchor that GitHub makes for a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || *c == ' ');
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn expected_of(rule: &Rule) -> Expected {
    expected::of(rule.key).expect("every rule has a row, as another test has seen")
}

/// Escapes the characters with a meaning in Markdown.
fn text(cell: &str) -> String {
    cell.replace('|', "\\|").replace('<', "&lt;").replace('*', "\\*")
}

/// Returns the numbers of the statements that the rules cite.
fn cited(version: Version) -> BTreeSet<String> {
    rules().iter().flat_map(|rule| rule.statements(version)).collect()
}

fn cited_for_sessions_only(version: Version) -> usize {
    let rules = rules();
    let decided = rules.iter().filter(|rule| !matches!(expected_of(rule), Expected::LetThrough));
    let decided: BTreeSet<_> = decided.flat_map(|rule| rule.statements(version)).collect();
    cited(version).difference(&decided).count()
}

fn beyond(version: Version) -> BTreeSet<String> {
    beyond_list(version).split(' ').map(|id| format!("[MQTT-{id}]")).collect()
}

fn beyond_list(version: Version) -> String {
    let version = version.to_string();
    let row = BEYOND.lines().filter_map(|line| line.split_once('\t')).find(|row| row.0 == version);
    row.expect("a row for the version").1.to_owned()
}

fn all(version: Version) -> usize {
    cited(version).len() + beyond(version).len()
}
