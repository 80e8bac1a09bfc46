//! Draws the charts: a line for each row and a mark for each codec, on a logarithmic axis.

use crate::measure::{Figures, Measured};
use crate::report::{best, find, is_rival, of_row, owns, rows};
use rivals::codecs::{FLOOR, LENT, OURS, OWNED, PORT};
use rivals::row::Action;
use std::fmt::Write;

pub struct Theme {
    pub name: &'static str,
    text: &'static str,
    faint: &'static str,
    line: &'static str,
    ours: &'static str,
    behind: &'static str,
    rivals: [&'static str; 5],
}

pub const THEMES: [Theme; 2] = [
    Theme {
        name: "light",
        text: "#1f2328",
        faint: "#59636e",
        line: "#d1d9e0",
        ours: "#0969da",
        behind: "#bc4c00",
        rivals: ["#1a7f37", "#bf3989", "#9a6700", "#cf222e", "#6e7781"],
    },
    Theme {
        name: "dark",
        text: "#f0f6fc",
        faint: "#9198a1",
        line: "#3d444d",
        ours: "#4493f8",
        behind: "#f0883e",
        rivals: ["#3fb950", "#f778ba", "#d29922", "#f85149", "#9198a1"],
    },
];

const WIDTH: f64 = 1060.0;
const LEFT: f64 = 270.0;
const RIGHT: f64 = 820.0;
/// The right edges of the two columns of ratios.
const SLICE: f64 = 940.0;
const TOP: f64 = 150.0;
const STEP: f64 = 30.0;
/// The number of names in a line of the legend, and their width.
const IN_LINE: usize = 5;
const NAME_WIDTH: f64 = 175.0;

/// Draws the chart of an action. The chart has no background, so that the page shows through.
pub fn chart(measured: &[Measured], action: Action, heading: &str, theme: &Theme) -> String {
    let rows = rows(measured, action);
    let marks = Marks::of(measured, action, theme);
    let shown = measured.iter().filter(|m| m.action == action && m.codec != PORT);
    let (least, most) = shown
        .map(|m| m.figures.fastest())
        .fold((f64::INFINITY, 0.0_f64), |(least, most), t| (least.min(t), most.max(t)));
    let axis = Axis { from: least.log10().floor(), to: most.log10().ceil() };
    let bottom = TOP + STEP * rows.len() as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {}\" width=\"{WIDTH}\" \
         font-family=\"-apple-system, 'Segoe UI', Helvetica, Arial, sans-serif\" font-size=\"13\">\n\
         <title>{heading}: nanoseconds for one packet, less is better</title>\n\
         <text x=\"0\" y=\"20\" font-size=\"17\" font-weight=\"600\" fill=\"{}\">{heading}</text>\n\
         <text x=\"0\" y=\"41\" fill=\"{}\">time for one packet, logarithmic; less is better</text>\n",
        bottom + 30.0,
        theme.text,
        theme.faint,
    );
    marks.legend(&mut svg, theme);
    headings(&mut svg, theme);
    ticks(&mut svg, &axis, bottom, theme);
    for (at, row) in rows.iter().enumerate() {
        let y = TOP + STEP * (at as f64 + 0.5);
        writeln!(svg, "<text x=\"0\" y=\"{}\" fill=\"{}\">{row}</text>", y + 4.5, theme.text)
            .expect("a string");
        let of_row = of_row(measured, action, row);
        // Our marks are drawn last, so that they are on top.
        for (codec, figures) in of_row.iter().rev() {
            marks.draw(&mut svg, codec, figures, axis.x(figures.fastest()), y);
        }
        ratio(&mut svg, &of_row, OURS, |_| true, SLICE, y, theme);
        ratio(&mut svg, &of_row, OWNED, owns, WIDTH, y, theme);
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

/// The mark of each codec, in the order of the legend.
struct Marks {
    marks: Vec<Mark>,
}

struct Mark {
    codec: &'static str,
    label: &'static str,
    shape: Shape,
    colour: &'static str,
    filled: bool,
}

#[derive(Clone, Copy)]
enum Shape {
    Circle,
    Square,
    Diamond,
    Line,
}

impl Marks {
    fn of(measured: &[Measured], action: Action, theme: &Theme) -> Self {
        let ours = [
            (OURS, "mqtt-wire, slice", Shape::Circle),
            (LENT, "mqtt-wire, lent", Shape::Diamond),
            (OWNED, "mqtt-wire, owned", Shape::Square),
        ];
        let colour = theme.ours;
        let mut marks: Vec<_> =
            ours.map(|(codec, label, shape)| Mark { codec, label, shape, colour, filled: true }).into();
        let shapes = [Shape::Circle, Shape::Square, Shape::Diamond];
        for Measured { codec, .. } in measured.iter().filter(|m| m.action == action && is_rival(m.codec)) {
            if marks.iter().all(|mark| mark.codec != *codec) {
                let at = marks.len() - ours.len();
                let (colour, shape) = (theme.rivals[at % theme.rivals.len()], shapes[at % shapes.len()]);
                marks.push(Mark { codec, label: codec, shape, colour, filled: false });
            }
        }
        if measured.iter().any(|m| m.action == action && m.codec == FLOOR) {
            let colour = theme.faint;
            marks.push(Mark {
                codec: FLOOR,
                label: "floor: no checks, no lists",
                shape: Shape::Line,
                colour,
                filled: false,
            });
        }
        Self { marks }
    }

    fn legend(&self, svg: &mut String, theme: &Theme) {
        for (at, mark) in self.marks.iter().enumerate() {
            let (x, y) = ((at % IN_LINE) as f64 * NAME_WIDTH + 8.0, 64.0 + (at / IN_LINE) as f64 * 20.0);
            let (drawn, _) = mark.drawn(x, y);
            writeln!(
                svg,
                "{drawn}/><text x=\"{}\" y=\"{}\" fill=\"{}\">{}</text>",
                x + 12.0,
                y + 4.5,
                theme.text,
                mark.label
            )
            .expect("a string");
        }
    }

    fn draw(&self, svg: &mut String, codec: &str, figures: &Figures, x: f64, y: f64) {
        let Some(mark) = self.marks.iter().find(|mark| mark.codec == codec) else { return };
        let (drawn, element) = mark.drawn(x, y);
        writeln!(svg, "{drawn}><title>{}: {:.1} ns</title></{element}>", mark.label, figures.fastest())
            .expect("a string");
    }
}

impl Mark {
    /// The start of the SVG element, and its name.
    fn drawn(&self, x: f64, y: f64) -> (String, &'static str) {
        let Self { colour, filled, .. } = self;
        let paint = if *filled {
            format!("fill=\"{colour}\"")
        } else {
            format!("fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"")
        };
        match self.shape {
            Shape::Circle => (format!("<circle cx=\"{x:.1}\" cy=\"{y}\" r=\"5\" {paint}"), "circle"),
            Shape::Square => (format!("<path d=\"M{:.1} {}h9v9h-9z\" {paint}", x - 4.5, y - 4.5), "path"),
            Shape::Diamond => (format!("<path d=\"M{:.1} {y}l6 -6 6 6 -6 6z\" {paint}", x - 6.0), "path"),
            Shape::Line => (format!("<path d=\"M{x:.1} {}v14\" {paint}", y - 7.0), "path"),
        }
    }
}

fn headings(svg: &mut String, theme: &Theme) {
    for (x, ours, theirs) in [(SLICE, "slice", "fastest other"), (WIDTH, "owned", "fastest that owns")] {
        for (y, text) in
            [(TOP - 32.0, "time of the"), (TOP - 18.0, theirs), (TOP - 4.0, &format!("over {ours}")[..])]
        {
            writeln!(
                svg,
                "<text x=\"{x}\" y=\"{y}\" font-size=\"11\" text-anchor=\"end\" fill=\"{}\">{text}</text>",
                theme.faint
            )
            .expect("a string");
        }
    }
}

fn ticks(svg: &mut String, axis: &Axis, bottom: f64, theme: &Theme) {
    let mut power = axis.from;
    while power <= axis.to {
        let nanoseconds = 10_f64.powf(power);
        let x = axis.x(nanoseconds);
        let label = if nanoseconds < 1000.0 {
            format!("{nanoseconds} ns")
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

/// Prints how many times as long the fastest rival takes. The text has another colour if the rival
/// is faster.
fn ratio(
    svg: &mut String,
    of_row: &[(&'static str, &Figures)],
    ours: &str,
    will_do: fn(&str) -> bool,
    x: f64,
    y: f64,
    theme: &Theme,
) {
    let (Some((_, rival)), Some(ours)) = (best(of_row, Figures::fastest, will_do), find(of_row, ours)) else {
        return;
    };
    let times = rival.times_as_long_as(ours);
    writeln!(
        svg,
        "<text x=\"{x}\" y=\"{}\" text-anchor=\"end\" fill=\"{}\">{times:.2} ×</text>",
        y + 4.5,
        if times >= 1.0 { theme.ours } else { theme.behind },
    )
    .expect("a string");
}
