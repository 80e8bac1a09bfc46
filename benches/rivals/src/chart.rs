//! The charts: a line for each row, a dot for each codec, on a logarithmic axis.

use crate::measure::{Figures, Measured};
use crate::report::{compared, of_row, rows};
use rivals::codecs::{FLOOR, OURS};
use rivals::row::Action;
use std::fmt::Write;

/// The colours of a chart.
pub struct Theme {
    pub name: &'static str,
    text: &'static str,
    faint: &'static str,
    line: &'static str,
    ours: &'static str,
    others: &'static str,
}

pub const THEMES: [Theme; 2] = [
    Theme {
        name: "light",
        text: "#1f2328",
        faint: "#59636e",
        line: "#d1d9e0",
        ours: "#0969da",
        others: "#8c959f",
    },
    Theme {
        name: "dark",
        text: "#f0f6fc",
        faint: "#9198a1",
        line: "#3d444d",
        ours: "#4493f8",
        others: "#818b98",
    },
];

const WIDTH: f64 = 900.0;
const LEFT: f64 = 270.0;
const RIGHT: f64 = 790.0;
const TOP: f64 = 74.0;
const STEP: f64 = 30.0;

/// The chart of an action, without a background: the page shows through.
pub fn chart(measured: &[Measured], action: Action, heading: &str, theme: &Theme) -> String {
    let rows = rows(measured, action);
    let of_action = measured.iter().filter(|m| m.action == action).map(|m| m.figures.fastest);
    let (least, most) =
        of_action.fold((f64::INFINITY, 0.0_f64), |(least, most), t| (least.min(t), most.max(t)));
    let axis = Axis { from: least.log10().floor(), to: most.log10().ceil() };
    let bottom = TOP + STEP * rows.len() as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {}\" width=\"{WIDTH}\" \
         font-family=\"-apple-system, 'Segoe UI', Helvetica, Arial, sans-serif\" font-size=\"13\">\n\
         <title>{heading}: nanoseconds for one packet, less is better</title>\n\
         <text x=\"0\" y=\"20\" font-size=\"17\" font-weight=\"600\" fill=\"{}\">{heading}</text>\n\
         <text x=\"0\" y=\"41\" fill=\"{}\">nanoseconds for one packet, logarithmic; less is better</text>\n",
        bottom + 30.0,
        theme.text,
        theme.faint,
    );
    legend(&mut svg, theme);
    ticks(&mut svg, &axis, bottom, theme);
    for (at, row) in rows.iter().enumerate() {
        let y = TOP + STEP * (at as f64 + 0.5);
        line(&mut svg, &axis, y, row, &of_row(measured, action, row), theme);
    }
    svg.push_str("</svg>\n");
    svg
}

struct Axis {
    from: f64,
    to: f64,
}

impl Axis {
    fn x(&self, nanoseconds: f64) -> f64 {
        LEFT + (nanoseconds.log10() - self.from) / (self.to - self.from) * (RIGHT - LEFT)
    }
}

fn legend(svg: &mut String, theme: &Theme) {
    let Theme { ours, others, text, .. } = theme;
    write!(
        svg,
        "<circle cx=\"500\" cy=\"16\" r=\"6\" fill=\"{ours}\"/><text x=\"512\" y=\"20\" fill=\"{text}\">mqtt-wire</text>\n\
         <circle cx=\"600\" cy=\"16\" r=\"4.5\" fill=\"none\" stroke=\"{others}\" stroke-width=\"1.5\"/>\
         <text x=\"611\" y=\"20\" fill=\"{text}\">another codec</text>\n\
         <path d=\"M721 9v14\" stroke=\"{others}\" stroke-width=\"2\"/>\
         <text x=\"729\" y=\"20\" fill=\"{text}\">floor: no checks, no lists</text>\n",
    )
    .expect("a string");
}

fn ticks(svg: &mut String, axis: &Axis, bottom: f64, theme: &Theme) {
    let mut power = axis.from;
    while power <= axis.to {
        let nanoseconds = 10_f64.powf(power);
        let x = axis.x(nanoseconds);
        let label = if nanoseconds < 1000.0 {
            format!("{nanoseconds}")
        } else {
            format!("{} µs", nanoseconds / 1000.0)
        };
        writeln!(
            svg,
            "<path d=\"M{x:.1} {TOP}V{bottom}\" stroke=\"{}\"/>\
             <text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\" fill=\"{}\">{label}</text>",
            theme.line,
            bottom + 18.0,
            theme.faint,
        )
        .expect("a string");
        power += 1.0;
    }
}

fn line(
    svg: &mut String,
    axis: &Axis,
    y: f64,
    row: &str,
    of_row: &[(&'static str, &Figures)],
    theme: &Theme,
) {
    writeln!(svg, "<text x=\"0\" y=\"{}\" fill=\"{}\">{row}</text>", y + 4.5, theme.text).expect("a string");
    // Ours last, on top.
    for (codec, figures) in of_row.iter().rev() {
        let x = axis.x(figures.fastest);
        let mark = match *codec {
            OURS => format!("<circle cx=\"{x:.1}\" cy=\"{y}\" r=\"6\" fill=\"{}\">", theme.ours),
            FLOOR => {
                format!("<path d=\"M{x:.1} {}v14\" stroke=\"{}\" stroke-width=\"2\">", y - 7.0, theme.others)
            }
            _ => format!(
                "<circle cx=\"{x:.1}\" cy=\"{y}\" r=\"4.5\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\">",
                theme.others
            ),
        };
        let end = if *codec == FLOOR { "path" } else { "circle" };
        writeln!(svg, "{mark}<title>{codec}: {:.1} ns</title></{end}>", figures.fastest).expect("a string");
    }
    if let Some(both) = compared(of_row) {
        let times = both.fastest.1.fastest / both.ours.fastest;
        writeln!(
            svg,
            "<text x=\"{WIDTH}\" y=\"{}\" text-anchor=\"end\" fill=\"{}\">{times:.1} x</text>",
            y + 4.5,
            if times >= 1.0 { theme.ours } else { theme.faint },
        )
        .expect("a string");
    }
}
