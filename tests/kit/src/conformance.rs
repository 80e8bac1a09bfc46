//! The conformance table, `tests/data/conformance.tsv`: a rule a line, with its statements in both numberings, its answers,
//! and examples in hex; and for each rule what the crate does about it.

pub mod expected;
mod table;

pub use table::{Example, Rule, rules};
