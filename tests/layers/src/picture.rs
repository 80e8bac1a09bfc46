//! Draws the layers: the highest on top, with a box for each module. The picture has its own background, and a dark form for
//! dark pages.

use crate::order::Order;
use std::fmt::Write;

const STYLE: &str = "<style>
text { font: 13px -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #1f2328 }
.layer { font-weight: 600 } .module { font: 12.5px ui-monospace, Menlo, Consolas, monospace; text-anchor: middle }
.page { fill: #f6f8fa } .band { fill: #dbe6f5 } .box { fill: #fff; stroke: #9ab4d6 }
.arrow { fill: none; stroke: #59636e; stroke-width: 1.5 } .faint { fill: #59636e }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc } .page { fill: #161b22 } .band { fill: #21304a } .box { fill: #0d1117; stroke: #41608f }
.arrow { stroke: #9198a1 } .faint { fill: #9198a1 }
}
</style>
";

const MARGIN: usize = 20;
/// The arrow is between the margin and the bands.
const BAND: usize = MARGIN + 60;
const MODULES: usize = BAND + 175;
const WIDTH: usize = 790;
const ROW: usize = 32;
const PAD: usize = 8;
const GAP: usize = 8;

pub fn picture(order: &Order) -> String {
    let (mut body, mut y) = (String::new(), MARGIN);
    for (name, modules) in order.layers().rev() {
        let boxes = boxes(modules);
        let rows = boxes.last().map_or(1, |last| last.row + 1);
        let height = rows * ROW + 2 * PAD;
        let width = WIDTH - MARGIN - BAND;
        let middle = y + height / 2 + 5;
        line(
            &mut body,
            format_args!(
                "<rect class=\"band\" x=\"{BAND}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>"
            ),
        );
        line(
            &mut body,
            format_args!("<text class=\"layer\" x=\"{}\" y=\"{middle}\">{name}</text>", BAND + 12),
        );
        for Module { name, x, width, row } in boxes {
            let top = y + PAD + row * ROW + 3;
            line(
                &mut body,
                format_args!(
                    "<rect class=\"box\" x=\"{x}\" y=\"{top}\" width=\"{width}\" height=\"26\" rx=\"4\"/>\
                 <text class=\"module\" x=\"{}\" y=\"{}\">{name}</text>",
                    x + width / 2,
                    top + 17,
                ),
            );
        }
        y += height + GAP;
    }
    let bottom = y - GAP;
    let height = bottom + MARGIN;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\">\n\
         <title>The layers of src/, highest first: a module uses its own layer and those below</title>\n{STYLE}\
         <rect class=\"page\" width=\"{WIDTH}\" height=\"{height}\" rx=\"6\"/>\n\
         <text class=\"faint\" x=\"{MARGIN}\" y=\"{}\">uses</text>\n\
         <path class=\"arrow\" d=\"M34 {}V{bottom}m-5 -8l5 8l5 -8\"/>\n\
         {body}</svg>\n",
        MARGIN + 12,
        MARGIN + 22,
    )
}

struct Module<'a> {
    name: &'a str,
    x: usize,
    width: usize,
    row: usize,
}

/// The position of each module. After a full row a new row begins.
fn boxes(modules: &[String]) -> Vec<Module<'_>> {
    let (mut x, mut row) = (MODULES, 0);
    let mut boxes = Vec::new();
    for name in modules {
        // A letter is 7.5 pixels wide.
        let width = name.len() * 15 / 2 + 20;
        if x + width > WIDTH - MARGIN - PAD {
            (x, row) = (MODULES, row + 1);
        }
        boxes.push(Module { name, x, width, row });
        x += width + GAP;
    }
    boxes
}

fn line(svg: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(svg, "{text}").expect("enough space");
}
