//! Checks the README's table of other codecs. `UPDATE=1 cargo test --test readme` writes the table again. (A test of
//! `mqtt-inspect` checks the screenshot.)

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");

#[test]
fn the_table_is_that_of_the_other_codecs() {
    let page = include_str!("../benches/rivals/results/strictness.md");
    let table: String = page.split_inclusive('\n').filter(|line| line.starts_with('|')).collect();
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

#[test]
fn the_counts_of_accepted_packets_are_current() {
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
        "all ten other codecs accept a will with an empty topic",
        "nine accept a PINGREQ with a body",
        "and eight accept the filter `a#`",
    ] {
        assert!(readme.contains(words), "{words}");
    }
}
