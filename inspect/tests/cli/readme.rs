//! Compares the examples in the READMEs with the output of the program. `UPDATE=1 cargo test -p mqtt-inspect
//! readme` writes the examples again.

use super::{inspect, shown};

#[test]
fn the_examples_in_the_readme_of_the_crate_are_current() {
    has_current_examples(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md"));
}

#[test]
fn the_examples_in_the_readme_of_the_program_are_current() {
    has_current_examples(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"));
}

/// A comment before each example holds its bytes.
fn has_current_examples(readme: &str) {
    let is = std::fs::read_to_string(readme).unwrap();
    let (before, hex_and_rest) = is.split_once("<!-- inspect: ").unwrap();
    let (hex, shown_and_rest) = hex_and_rest.split_once(" -->\n```text\n").unwrap();
    let (_, after) = shown_and_rest.split_once("```\n").unwrap();

    let output = inspect(&["--hex"], hex.as_bytes());
    let mut paragraphs = shown(&output).split("\n\n");
    let packet = paragraphs.find(|paragraph| paragraph.starts_with('#')).expect("a packet").trim_end();
    let should = format!("{before}<!-- inspect: {hex} -->\n```text\n{packet}\n```\n{after}");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(readme, &should).unwrap();
    } else {
        assert!(is == should, "UPDATE=1 cargo test -p mqtt-inspect readme, and look at the difference");
    }
}
