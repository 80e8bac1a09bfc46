//! The conformance table, `tests/data/conformance.tsv`. Each line is a rule with its statements in both numberings, its
//! answers, and examples in hex. `expected` has the behaviour of the crate for each rule.

pub mod expected;
mod table;

pub use table::{Example, Rule, rules};
