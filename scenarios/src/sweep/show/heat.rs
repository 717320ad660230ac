//! The heatmap as a drawing, with its axes and its scale.

use std::fmt::Write as _;

use super::colour::{colour, ink};
use super::grid::HeatMap;
use super::html::Plain;
use super::{cell, short, with_unit};
use crate::sweep::results::Results;

/// Height of a cell, and its width at least.
const CELL: (usize, usize) = (52, 26);
/// Room above for the texts of the columns.
const TOP: usize = 44;
/// Room at the right and below.
const EDGE: usize = 10;
/// Steps of the scale, the width of one, and what it takes below the map.
const SCALE: (usize, usize, usize) = (40, 5, 44);

/// What is where.
struct Places {
    left: usize,
    wide: usize,
    columns: Vec<String>,
    rows: Vec<String>,
    decimals: u32,
}

impl Places {
    fn of(results: &Results<'_>, map: &HeatMap<'_>) -> Self {
        let (columns, rows) = (short::labels(&map.columns), short::labels(&map.rows));
        let widest = |texts: &[String]| texts.iter().map(|text| width(text)).max().unwrap_or(0);
        Self {
            left: widest(&rows).max(width(map.down) + width(" ↓")) + 12,
            wide: CELL.0.max(widest(&columns) + 8),
            decimals: map.decimals(results),
            columns,
            rows,
        }
    }

    fn size(&self) -> (usize, usize) {
        let across = (self.columns.len() * self.wide).max(SCALE.0 * SCALE.1 + 320);
        (
            self.left + across + EDGE,
            TOP + self.rows.len() * CELL.1 + SCALE.2 + EDGE,
        )
    }
}

/// Room that a text of 12 pixels takes in the widest of usual letters.
pub(super) fn width(text: &str) -> usize {
    text.chars().count() * 15 / 2
}

/// Draws it.
pub(super) fn heat(out: &mut String, results: &Results<'_>, map: &HeatMap<'_>) {
    let places = Places::of(results, map);
    let (width, height) = places.size();
    let named = with_unit(results, &results.objectives[0].figure);
    let _ = writeln!(
        out,
        "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"heatmap of {} by {} and {}\">",
        Plain(&named),
        Plain(map.across),
        Plain(map.down),
    );
    axes(out, map, &places);
    let best = results.best().next();
    for (row, cells) in map.cells.iter().enumerate() {
        for (column, at) in cells.iter().enumerate() {
            let place = (places.left + column * places.wide, TOP + row * CELL.1);
            square(out, results, map, (&places, place), *at);
        }
    }
    // Over its neighbours, so that none of them covers a side of it.
    let found = |at: &Option<usize>| at.is_some() && *at == best;
    let spots = map.cells.iter().enumerate();
    let spots = spots.filter_map(|(row, cells)| Some((row, cells.iter().position(found)?)));
    for (row, column) in spots {
        let (x, y) = (places.left + column * places.wide, TOP + row * CELL.1);
        frame(out, "best", (x, y), places.wide);
    }
    scale(out, results, map, &places, &named);
    out.push_str("</svg>\n");
}

fn axes(out: &mut String, map: &HeatMap<'_>, places: &Places) {
    let _ = writeln!(
        out,
        "<text class=\"quiet\" x=\"{}\" y=\"14\">{} →</text>\n<text class=\"quiet\" x=\"{}\" y=\"32\" \
         text-anchor=\"end\">{} ↓</text>",
        places.left,
        Plain(map.across),
        places.left - 8,
        Plain(map.down),
    );
    for (at, (text, exact)) in places.columns.iter().zip(&map.columns).enumerate() {
        let x = places.left + at * places.wide + places.wide / 2;
        let _ = writeln!(
            out,
            "<text x=\"{x}\" y=\"34\" text-anchor=\"middle\">{}<title>{}</title></text>",
            Plain(text),
            Plain(exact)
        );
    }
    for (at, (text, exact)) in places.rows.iter().zip(&map.rows).enumerate() {
        let (x, y) = (places.left - 8, TOP + at * CELL.1 + 17);
        let _ = writeln!(
            out,
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"end\">{}<title>{}</title></text>",
            Plain(text),
            Plain(exact)
        );
    }
}

fn square(
    out: &mut String,
    results: &Results<'_>,
    map: &HeatMap<'_>,
    (places, (x, y)): (&Places, (usize, usize)),
    at: Option<usize>,
) {
    let Some((at, shade)) = at.and_then(|at| Some((at, map.shade_of(results, at)?))) else {
        return frame(out, "none", (x, y), places.wide);
    };
    let row = &results.rows[at];
    let figure = &results.objectives[0].figure;
    let value = row.metrics.as_ref().and_then(|own| own.value(figure));
    let value = value.map_or_else(String::new, |own| short::figure(own, places.decimals));
    let _ = writeln!(
        out,
        "<g><title>point {}: {} {}</title><rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" fill=\"{}\"/><text \
         x=\"{}\" y=\"{}\" text-anchor=\"middle\" style=\"fill:{}\">{}</text></g>",
        row.index,
        Plain(figure),
        Plain(&cell(row, figure)),
        places.wide - 1,
        CELL.1 - 1,
        colour(shade),
        x + places.wide / 2,
        y + 17,
        ink(shade),
        Plain(&value)
    );
}

/// A frame around a cell: of the best, or in place of one that has no point.
fn frame(out: &mut String, class: &str, (x, y): (usize, usize), wide: usize) {
    let _ = writeln!(
        out,
        "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\"/>",
        wide - 1,
        CELL.1 - 1
    );
}

/// From the worst to the best, and what the frames mean.
fn scale(out: &mut String, results: &Results<'_>, map: &HeatMap<'_>, places: &Places, named: &str) {
    let (steps, wide, _) = SCALE;
    let y = TOP + map.rows.len() * CELL.1 + 14;
    for step in 0..steps {
        let shade = step as f64 / (steps - 1) as f64;
        let x = places.left + step * wide;
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"10\" fill=\"{}\"/>",
            colour(shade)
        );
    }
    let end = places.left + steps * wide;
    let (worst, best) = map.ends(results);
    let empty = if map.cells.iter().flatten().any(Option::is_none) {
        "; dashed: no point, or it failed"
    } else {
        ""
    };
    let _ = writeln!(
        out,
        "<text class=\"quiet\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text><text x=\"{}\" y=\"{}\">{}</text><text \
         x=\"{end}\" y=\"{}\" text-anchor=\"end\">{}</text><text class=\"quiet\" x=\"{}\" y=\"{}\">framed: the \
         best{empty}</text>",
        places.left - 8,
        y + 9,
        Plain(named),
        places.left,
        y + 26,
        short::figure(worst, places.decimals),
        y + 26,
        short::figure(best, places.decimals),
        end + 12,
        y + 9,
    );
}
