//! Draws the recorded reactions: a square for each packet, a row for each part of MQTT, a column for each broker and version.
//! The picture has its own background, and a dark form for dark pages.

use crate::Recorded;
use std::fmt::{self, Write};

/// The rows: the beginnings of the names of the rules, and their heading.
const PARTS: [(&str, &[&str]); 9] = [
    ("Fixed header", &["fh", "dir"]),
    ("Strings, numbers", &["string", "utf8", "binary", "varint", "enc"]),
    ("CONNECT, sessions", &["connect", "sess"]),
    ("PUBLISH", &["publish", "response"]),
    ("PUBACK … PUBCOMP", &["puback", "pubrec", "pubrel", "pubcomp"]),
    ("SUBSCRIBE", &["subscribe"]),
    ("UNSUBSCRIBE", &["unsubscribe"]),
    ("PINGREQ … AUTH", &["pingreq", "disconnect", "auth"]),
    ("Other properties", &["prop"]),
];

/// The verdicts in the order of the squares, with their names in the legend.
const VERDICTS: [(&str, &str); 4] = [
    ("differs", "differs from the standard"),
    ("undecided", "undecided"),
    ("free", "free: the standard leaves it to the broker"),
    ("conforms", "conforms"),
];

const STYLE: &str = "<style>
text { font: 13px -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #1f2328 }
.name { font-size: 15px; font-weight: 600 } .faint { fill: #59636e } .page { fill: #f6f8fa }
.differs { fill: #d1570a; stroke: #d1570a } .conforms { fill: #9ec5f4; stroke: #9ec5f4 }
.undecided { fill: none; stroke: #d1570a } .free { fill: none; stroke: #59636e }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc } .faint { fill: #9198a1 } .page { fill: #161b22 }
.differs { fill: #f0883e; stroke: #f0883e } .conforms { fill: #2f5f9e; stroke: #2f5f9e }
.undecided { stroke: #f0883e } .free { stroke: #9198a1 }
}
</style>
";

const MARGIN: usize = 20;
const LEFT: usize = 170;
const STEP: usize = 12;
const IN_LINE: usize = 15;
const COLUMN: usize = STEP * IN_LINE + 25;
const TOP: usize = 112;
const GAP: usize = 10;

/// A column: the broker and its version, the version of MQTT, and the recorded reactions.
pub struct Column<'a> {
    pub broker: String,
    pub mqtt: &'a str,
    pub recorded: Vec<&'a Recorded>,
}

pub fn picture(columns: &[Column<'_>]) -> String {
    let (mut names, mut squares, mut y) = (String::new(), Squares::default(), TOP);
    let mut x = MARGIN;
    for (verdict, label) in VERDICTS {
        squares.add(verdict, x, 21);
        text(&mut names, x + 18, 31, "", label);
        // A letter is 6 to 7 pixels wide.
        x += 18 + label.len() * 13 / 2 + 20;
    }
    for (at, column) in columns.iter().enumerate() {
        let x = MARGIN + LEFT + COLUMN * at;
        let differ = column.recorded.iter().filter(|one| one.verdict == "differs").count();
        let counts = format!("MQTT {}: {differ} of {} differ", column.mqtt, column.recorded.len());
        text(&mut names, x, 74, "name", &column.broker);
        text(&mut names, x, 94, "faint", &counts);
    }
    for (part, rules) in PARTS {
        text(&mut names, MARGIN, y + 10, "", part);
        let mut lines = 1;
        for (at, column) in columns.iter().enumerate() {
            let verdicts = verdicts(column, rules);
            lines = lines.max(verdicts.len().div_ceil(IN_LINE));
            for (number, verdict) in verdicts.iter().enumerate() {
                let (across, down) = (number % IN_LINE * STEP, number / IN_LINE * STEP);
                squares.add(verdict, MARGIN + LEFT + COLUMN * at + across, y + down);
            }
        }
        y += lines * STEP + GAP;
    }
    let (width, height) = (MARGIN + LEFT + COLUMN * columns.len() - 5, y + MARGIN - GAP);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\n\
         <title>What brokers do with forbidden and legal packets</title>\n{STYLE}\
         <rect class=\"page\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>\n{names}{squares}</svg>\n"
    )
}

/// A path for each verdict.
#[derive(Default)]
struct Squares {
    paths: [String; VERDICTS.len()],
}

impl Squares {
    fn add(&mut self, verdict: &str, x: usize, y: usize) {
        let at = VERDICTS.iter().position(|(name, _)| *name == verdict).expect("a verdict");
        write!(self.paths[at], "M{x} {y}h9v9h-9z").expect("enough space");
    }
}

impl fmt::Display for Squares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A line of one pixel begins at a whole pixel.
        let paths = VERDICTS.iter().zip(&self.paths);
        paths.into_iter().try_for_each(|((class, _), path)| {
            writeln!(f, "<path class=\"{class}\" transform=\"translate(.5 .5)\" d=\"{path}\"/>")
        })
    }
}

/// The verdicts of a part, in the order of the squares.
fn verdicts<'a>(column: &Column<'a>, rules: &[&str]) -> Vec<&'a str> {
    let is_in = |one: &&&Recorded| rules.contains(&one.rule.split('-').next().unwrap_or_default());
    let mut verdicts: Vec<_> = column.recorded.iter().filter(is_in).map(|one| one.verdict.as_str()).collect();
    verdicts.sort_by_key(|verdict| VERDICTS.iter().position(|(name, _)| name == verdict));
    verdicts
}

fn text(svg: &mut String, x: usize, y: usize, class: &str, text: &str) {
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    writeln!(svg, "<text{class} x=\"{x}\" y=\"{y}\">{text}</text>").expect("enough space");
}

/// Whether the picture has a row for the rule.
pub fn has_a_row(rule: &str) -> bool {
    PARTS.iter().any(|(_, rules)| rules.contains(&rule.split('-').next().unwrap_or_default()))
}
