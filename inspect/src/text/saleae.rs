//! Tables that Saleae Logic exports: a line for each byte.
//!
//! ```text
//! Time [s],Value,Parity Error,Framing Error
//! 0.000100000000000,0x10,,
//! ```
//!
//! The values are hexadecimal or decimal. Logic can also write them as binary numbers or as characters, in several ways.

use super::scan::lines;
use super::{Fault, Form, Reading};

/// Returns the bytes, if the text is such a table.
pub(super) fn read(text: &str) -> Result<Option<Reading>, Fault> {
    let mut rows = lines(text).filter(|(_, line)| !line.trim().is_empty());
    let Some(columns) = rows.next().and_then(|(_, heading)| Columns::of(heading)) else { return Ok(None) };
    let columns = columns?;
    let mut reading = Reading::new(Form::Saleae);
    let (mut values, mut last) = (Vec::new(), None);
    for (start, line) in rows {
        let cells = cells(line);
        let cell = |column: usize| cells.get(column).copied().unwrap_or("");
        if columns.errors.iter().any(|column| !matches!(cell(*column), "" | "false")) {
            return Err(Fault::new(start, "Saleae Logic has found an error in this byte"));
        }
        if columns.kind.is_some_and(|column| cell(column) != "data") {
            reading.left_out += 1;
            continue;
        }
        let time = cell(columns.time).parse::<f64>().ok();
        if time < last {
            return Err(Fault::new(start, "the rows are in another order: sort them by their times"));
        }
        last = time;
        let after = line.splitn(columns.count + 1, ',').nth(columns.count).unwrap_or("");
        values.push((start..start + line.len() - after.len(), cell(columns.value)));
    }
    // A single digit can also be a character.
    let are_decimal = values.iter().any(|(_, value)| value.len() > 1)
        && values.iter().all(|(_, value)| decimal(value).is_some());
    for (row, value) in values {
        let bytes = if are_decimal { decimal(value).map(|byte| vec![byte]) } else { hexadecimal(value) };
        let bytes = bytes.ok_or_else(|| {
            let what = "this table of Saleae Logic needs hexadecimal values, such as 0x10: export it again with these";
            Fault::new(row.start, what)
        })?;
        reading.push(row, &bytes);
    }
    Ok(Some(reading))
}

fn decimal(value: &str) -> Option<u8> {
    let is_plain =
        value.bytes().all(|byte| byte.is_ascii_digit()) && (value == "0" || !value.starts_with('0'));
    value.parse().ok().filter(|_| is_plain)
}

fn hexadecimal(value: &str) -> Option<Vec<u8>> {
    let byte = |word: &str| u8::from_str_radix(word.strip_prefix("0x")?, 16).ok();
    value.split_whitespace().map(byte).collect::<Option<Vec<_>>>().filter(|bytes| !bytes.is_empty())
}

struct Columns {
    count: usize,
    time: usize,
    value: usize,
    /// The column that distinguishes data from other events.
    kind: Option<usize>,
    errors: Vec<usize>,
}

impl Columns {
    fn of(heading: &str) -> Option<Result<Self, Fault>> {
        let names = cells(heading);
        let place = |name: &str| names.iter().position(|other| other.eq_ignore_ascii_case(name));
        let time = place("time [s]").or_else(|| place("start_time"))?;
        if place("mosi").is_some() {
            let what =
                "this table of Saleae Logic has two directions, MOSI and MISO: give the bytes of one of them";
            return Some(Err(Fault::new(0, what)));
        }
        let value = place("value").or_else(|| place("data"))?;
        let errors =
            names.iter().enumerate().filter(|(_, name)| name.to_ascii_lowercase().ends_with("error"));
        Some(Ok(Self {
            count: names.len(),
            time,
            value,
            kind: place("type"),
            errors: errors.map(|(column, _)| column).collect(),
        }))
    }
}

fn cells(line: &str) -> Vec<&str> {
    line.split(',').map(|cell| cell.trim().trim_matches('"')).collect()
}
