//! The results: a table with a line for each statement, or JSON with a line for each result.

use super::outcome::{Judgement, Outcome, Verdict, Will, judge, wanted};
use super::plan::{Case, Kind, Untried};
use super::table::beyond_one_packet;
use crate::json::Hex;
use anstyle::{AnsiColor, Style};
use mqtt_wire::{Role, Version};
use serde::Serialize;
use std::io::{self, Write};

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const NOTE: Style = Style::new().dimmed();
const HEADING: Style = Style::new().bold();

/// If one fault occurs in many answers, at most this many rules are named. The table and JSON name all rules.
const NAMED: usize = 10;

/// The output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    Table,
    /// Differences and counts, without the rest of the table.
    Findings,
    Json,
}

/// A packet that was sent, or a rule that was not tested.
struct Row {
    key: &'static str,
    version: Version,
    statement: String,
    rule: &'static str,
    kind: Option<Kind>,
    sent: Vec<u8>,
    outcome: Option<Outcome>,
    wanted: Option<String>,
    judgement: Judgement,
}

#[derive(Serialize)]
struct Line<'a> {
    rule: &'a str,
    statement: &'a str,
    version: String,
    packet: Option<&'static str>,
    sent: Option<Hex<'a>>,
    did: Option<String>,
    answers: Option<Vec<JsonAnswer>>,
    end: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    will: Option<&'static str>,
    wanted: Option<&'a str>,
    verdict: &'static str,
    why: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonAnswer {
    packet: Option<String>,
    codes: Vec<u8>,
    refused: Option<String>,
}

#[derive(Serialize)]
struct JsonSummary<'a> {
    summary: Counts,
    notes: &'a [String],
    /// Numbered statements that no single packet can test.
    beyond_one_packet: Vec<(String, Vec<&'static str>)>,
}

#[derive(Serialize)]
struct Counts {
    packets: usize,
    connections: usize,
    conforms: usize,
    differs: usize,
    differs_in_the_code_alone: usize,
    free: usize,
    undecided: usize,
    not_checked: usize,
}

pub(super) struct Report<W> {
    out: W,
    view: View,
    /// The end that sends the packets.
    sender: Role,
    rows: Vec<Row>,
    notes: Vec<String>,
    versions: Vec<Version>,
}

impl<W: Write> Report<W> {
    pub(super) fn new(out: W, view: View, sender: Role) -> Self {
        Self { out, view, sender, rows: Vec::new(), notes: Vec::new(), versions: Vec::new() }
    }

    pub(super) fn version(&mut self, version: Version) {
        self.versions.push(version);
    }

    /// A remark about the check as a whole. The remark is printed before the counts.
    pub(super) fn note(&mut self, text: String) {
        self.notes.push(text);
    }

    /// A remark that is printed immediately.
    pub(super) fn say(&mut self, text: &str) -> io::Result<()> {
        match self.view {
            View::Json => eprintln!("{text}"),
            View::Table | View::Findings => writeln!(self.out, "{NOTE}{text}{NOTE:#}")?,
        }
        self.out.flush()
    }

    /// Reports that a packet was sent as these bytes.
    pub(super) fn tried(&mut self, case: &Case, sent: Vec<u8>, outcome: Outcome) -> io::Result<()> {
        let case = Case { bytes: sent, ..case.clone() };
        let judgement = judge(&case, self.sender, &outcome);
        let wanted = Some(wanted(&case, self.sender));
        self.add(Row { outcome: Some(outcome), wanted, ..Row::of(&case, judgement) })
    }

    /// Reports that a packet could not be sent.
    pub(super) fn failed(&mut self, case: &Case, why: &str) -> io::Result<()> {
        self.add(Row::of(case, Judgement::new(Verdict::Untried, why)))
    }

    pub(super) fn untried(&mut self, untried: &Untried) -> io::Result<()> {
        self.add(Row {
            key: untried.key,
            version: untried.version,
            statement: untried.statement.clone(),
            rule: "",
            kind: None,
            sent: Vec::new(),
            outcome: None,
            wanted: None,
            judgement: Judgement::new(Verdict::Untried, untried.why.clone()),
        })
    }

    /// Reports a malformed packet that the peer sent on its own.
    pub(super) fn found(
        &mut self,
        key: &'static str,
        version: Version,
        statement: &str,
        why: &str,
    ) -> io::Result<()> {
        self.add(Row {
            key,
            version,
            statement: statement.to_owned(),
            rule: "",
            kind: None,
            sent: Vec::new(),
            outcome: None,
            wanted: None,
            judgement: Judgement::new(Verdict::Differs, why),
        })
    }

    fn add(&mut self, row: Row) -> io::Result<()> {
        if self.view == View::Json {
            serde_json::to_writer(&mut self.out, &row.line())?;
            self.out.write_all(b"\n")?;
            self.out.flush()?;
        }
        self.rows.push(row);
        Ok(())
    }

    /// Whether anything differs from the standard.
    pub(super) fn differs(&self) -> bool {
        self.count(Verdict::Differs) > 0
    }

    /// Prints the table, the differences and the counts.
    pub(super) fn close(&mut self, connections: usize) -> io::Result<()> {
        match self.view {
            View::Json => {
                let beyond =
                    self.versions.iter().map(|it| (it.to_string(), beyond_one_packet(*it).collect()));
                let summary = JsonSummary {
                    summary: self.counts(connections),
                    notes: &self.notes,
                    beyond_one_packet: beyond.collect(),
                };
                serde_json::to_writer(&mut self.out, &summary)?;
                self.out.write_all(b"\n")?;
            }
            View::Table => {
                self.table()?;
                self.findings()?;
                self.reasons(Verdict::Undecided)?;
                self.not_tried()?;
                self.summary(connections)?;
            }
            View::Findings => {
                self.findings()?;
                self.summary(connections)?;
            }
        }
        self.out.flush()
    }

    /// Prints a line for each rule in each version, in the order of the standard's chapters.
    fn table(&mut self) -> io::Result<()> {
        let mut lines: Vec<[String; 6]> = Vec::new();
        for row in self.rows.iter().filter(|row| row.outcome.is_some()) {
            let did = row.outcome.as_ref().map(ToString::to_string).unwrap_or_default();
            let version = row.version.to_string();
            let place = if row.kind == Some(Kind::Legal) { 5 } else { 4 };
            let mark = row.mark();
            let same = lines
                .iter()
                .rposition(|line| line[3] == row.key && line[2] == version && line[place].is_empty());
            let line = match same {
                Some(index) => &mut lines[index],
                None => {
                    lines.push(["", &row.statement, &version, row.key, "", ""].map(str::to_owned));
                    let last = lines.len() - 1;
                    &mut lines[last]
                }
            };
            line[place] = did;
            if line[0] != "✗" && !mark.is_empty() {
                line[0] = mark.to_owned();
            }
        }
        if lines.is_empty() {
            return Ok(());
        }
        let heading =
            ["", "statement", "version", "rule", "forbidden packet", "legal packet"].map(str::to_owned);
        let width = |column: usize| {
            lines.iter().chain([&heading]).map(|line| line[column].chars().count()).max().unwrap_or(0)
        };
        let widths: [usize; 6] = std::array::from_fn(width);
        for (number, line) in [&heading].into_iter().chain(&lines).enumerate() {
            let style = match &*line[0] {
                _ if number == 0 => HEADING,
                "✗" => BAD,
                "✓" => Style::new(),
                _ => NOTE,
            };
            let cells: Vec<_> =
                line.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            writeln!(self.out, "{style}{}{style:#}", cells.join("  ").trim_end())?;
        }
        writeln!(self.out)
    }

    /// Prints the differences, by statement.
    fn findings(&mut self) -> io::Result<()> {
        let mut findings: Vec<(&Row, Vec<&str>)> = Vec::new();
        for row in self.rows.iter().filter(|row| row.judgement.verdict == Verdict::Differs) {
            match findings.iter_mut().find(|(first, _)| first.has_same_fault(row)) {
                Some((_, also)) => also.push(row.key),
                None => findings.push((row, Vec::new())),
            }
        }
        for (row, mut also) in findings {
            let statement = row.broken();
            let Row { version, key, .. } = row;
            write!(self.out, "{BAD}{statement}{BAD:#} {version} ")?;
            if let Some(rule) = row.broken_rule() {
                write!(self.out, "{HEADING}{rule}{HEADING:#} ")?;
            }
            writeln!(self.out, "{NOTE}{key}{NOTE:#}")?;
            if let (Some(kind), Some(outcome)) = (row.kind, &row.outcome) {
                writeln!(self.out, "    {:<9} {}", kind_name(kind), shown(&row.sent))?;
                writeln!(self.out, "    did       {outcome}")?;
            }
            writeln!(self.out, "    differs   {}", row.judgement.why)?;
            if let Some(wanted) = &row.wanted {
                writeln!(self.out, "    wanted    {wanted}")?;
            }
            if !also.is_empty() {
                let many = also.len();
                also.dedup();
                let rest = if also.len() > NAMED { " …" } else { "" };
                also.truncate(NAMED);
                writeln!(self.out, "    also      after {many} more packets: {}{rest}", also.join(" "))?;
            }
            writeln!(self.out)?;
        }
        Ok(())
    }

    /// Prints the rules without a result, by reason.
    fn reasons(&mut self, verdict: Verdict) -> io::Result<()> {
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        for row in self.rows.iter().filter(|row| row.judgement.verdict == verdict) {
            match reasons.iter_mut().find(|reason| reason.0 == row.judgement.why) {
                Some((_, keys)) if keys.contains(&row.key) => {}
                Some((_, keys)) => keys.push(row.key),
                None => reasons.push((&row.judgement.why, vec![row.key])),
            }
        }
        for (why, keys) in &reasons {
            writeln!(self.out, "{NOTE}{}, {why}: {}{NOTE:#}", verdict.name(), keys.join(" "))?;
        }
        Ok(())
    }

    /// Prints the rules that were not tested.
    fn not_tried(&mut self) -> io::Result<()> {
        self.reasons(Verdict::Untried)?;
        for version in &self.versions {
            let many = beyond_one_packet(*version).count();
            if many > 0 {
                writeln!(
                    self.out,
                    "{NOTE}not checked, {many} numbered statements of {version} are about state, timing, delivery or transport, \
                     which no single packet shows: CONFORMANCE.md and --json name them{NOTE:#}"
                )?;
            }
        }
        writeln!(self.out)
    }

    fn summary(&mut self, connections: usize) -> io::Result<()> {
        for note in &self.notes {
            writeln!(self.out, "{note}")?;
        }
        let Counts {
            packets,
            conforms,
            differs,
            differs_in_the_code_alone: code,
            free,
            undecided,
            not_checked,
            ..
        } = self.counts(connections);
        let style = if differs > 0 { BAD } else { GOOD };
        writeln!(
            self.out,
            "{packets} packets in {connections} connections: {GOOD}{conforms} conform{GOOD:#}, {style}{differs} differ{style:#} \
             ({code} of them in the code alone), {free} left to the peer, {undecided} undecided; {not_checked} not checked"
        )
    }

    fn counts(&self, connections: usize) -> Counts {
        Counts {
            packets: self.rows.iter().filter(|row| row.outcome.is_some()).count(),
            connections,
            conforms: self.count(Verdict::Conforms),
            differs: self.count(Verdict::Differs),
            differs_in_the_code_alone: self.rows.iter().filter(|row| row.judgement.is_code_alone).count(),
            free: self.count(Verdict::Free),
            undecided: self.count(Verdict::Undecided),
            not_checked: self.count(Verdict::Untried),
        }
    }

    fn count(&self, verdict: Verdict) -> usize {
        self.rows.iter().filter(|row| row.judgement.verdict == verdict).count()
    }
}

impl Row {
    fn of(case: &Case, judgement: Judgement) -> Self {
        Self {
            key: case.key,
            version: case.version,
            statement: case.statement.clone(),
            rule: case.rule,
            kind: Some(case.kind),
            sent: case.bytes.clone(),
            outcome: None,
            wanted: None,
            judgement,
        }
    }

    /// Returns the statement that the peer breaks, or the statement of the rule.
    fn broken(&self) -> &str {
        self.judgement.statement.as_deref().unwrap_or(&self.statement)
    }

    /// Whether the peer breaks the same statement in the same way. The packets may be about different rules.
    fn has_same_fault(&self, other: &Self) -> bool {
        self.judgement.statement.is_some()
            && self.version == other.version
            && self.judgement == other.judgement
    }

    /// The rule of the packet, if the peer breaks the statement of this rule and no other statement.
    fn broken_rule(&self) -> Option<&str> {
        Some(self.rule).filter(|_| self.broken() == self.statement)
    }

    fn mark(&self) -> &'static str {
        match self.judgement.verdict {
            Verdict::Conforms => "✓",
            Verdict::Differs => "✗",
            _ => "",
        }
    }

    fn line(&self) -> Line<'_> {
        let outcome = self.outcome.as_ref();
        let answers = outcome.map(|outcome| {
            let answers = outcome.answers.iter().map(|answer| JsonAnswer {
                packet: answer.packet_type.map(|it| it.to_string()),
                codes: answer.codes.clone(),
                refused: answer.wrong.as_ref().map(|(statement, text)| format!("{statement} {text}")),
            });
            answers.collect()
        });
        Line {
            rule: self.key,
            statement: self.broken(),
            version: self.version.to_string(),
            packet: self.kind.map(kind_name),
            sent: self.kind.map(|_| Hex(&self.sent)),
            did: outcome.map(ToString::to_string),
            answers,
            end: outcome.map(|outcome| outcome.end.name()),
            will: outcome.and_then(|outcome| outcome.will).map(Will::name),
            wanted: self.wanted.as_deref(),
            verdict: self.judgement.verdict.name(),
            why: Some(&*self.judgement.why).filter(|why| !why.is_empty()),
        }
    }
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Forbidden => "forbidden",
        Kind::Legal => "legal",
        Kind::Free => "free",
    }
}

/// Formats bytes in hex. A long packet is shortened.
fn shown(bytes: &[u8]) -> String {
    const MOST: usize = 48;
    let words: Vec<_> = bytes.iter().take(MOST).map(|byte| format!("{byte:02x}")).collect();
    let rest = if bytes.len() > MOST { format!(" … {} bytes", bytes.len()) } else { String::new() };
    format!("{}{rest}", words.join(" "))
}
