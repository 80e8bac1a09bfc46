//! Checks the README's table of other codecs. `UPDATE=1 cargo test --test readme` writes the table again. (A test of
//! `mqtt-inspect` checks the screenshot.)

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");

#[test]
fn the_table_is_that_of_the_other_codecs() {
    let page = include_str!("../benches/rivals/results/strictness.md");
    let table: String = page.lines().filter(|line| line.starts_with('|')).map(narrow).collect();
    assert_eq!(table.lines().count(), 13);
    let is = std::fs::read_to_string(README).unwrap();
    let (before, rest) = is.split_once("<!-- strictness -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- /strictness -->").unwrap();
    let should = format!("{before}<!-- strictness -->\n{table}<!-- /strictness -->{after}");
    // Other tests read the README at the same time, so only a difference is written.
    if is != should {
        assert!(
            std::env::var_os("UPDATE").is_some(),
            "UPDATE=1 cargo test --test readme, and look at the difference"
        );
        std::fs::write(README, &should).unwrap();
    }
}

/// The columns of a row for the README. The table has to fit on a narrow screen, so the versions stand beside the name.
fn narrow(row: &str) -> String {
    let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
    let [codec, versions, accepted, _waits, refused, _panics, _types, _allocations, no_std] = cells[..]
    else {
        panic!("{row}")
    };
    match versions {
        "versions" => format!("| {codec} | wrongly accepted | wrongly refused | {no_std} |\n"),
        "---" => format!("| {codec} | {accepted} | {refused} | {no_std} |\n"),
        _ => format!("| {codec} ({versions}) | {accepted} | {refused} | {no_std} |\n"),
    }
}

#[test]
fn the_counts_of_accepted_packets_are_current() {
    let page = include_str!("../benches/rivals/results/strictness.md");
    let codecs = |rule: &str| {
        let codecs = page.lines().find_map(|line| Some(line.split_once(&format!("(`{rule}`): "))?.1));
        codecs.expect(rule).split(", ").count()
    };
    assert_eq!(codecs("connect-will-topic-empty"), 10);
    assert_eq!(codecs("pingreq-not-empty"), 9);
    assert_eq!(codecs("subscribe-filter-hash-not-alone"), 8);
    let panics: Vec<_> = page.lines().filter(|line| line.contains("panics at")).collect();
    assert_eq!(panics.len(), 1);
    assert!(panics[0].contains("`puback-too-short`"));
    let readme = std::fs::read_to_string(README).unwrap().replace('\n', " ");
    for words in [
        "all ten other codecs accept a will with an empty topic",
        "nine accept a PINGREQ with a body",
        "and eight accept the filter `a#`",
    ] {
        assert!(readme.contains(words), "{words}");
    }
}
