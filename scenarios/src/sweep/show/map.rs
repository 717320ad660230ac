//! The heatmap on a terminal, in eighty columns.

use std::fmt::Write as _;

use super::colour::painted;
use super::grid::HeatMap;
use super::{short, with_unit};
use crate::sweep::results::Results;

/// Letters of a line, at most.
pub(super) const WIDTH: usize = 80;
/// From the worst to the best.
const SHADES: [char; 5] = ['·', '░', '▒', '▓', '█'];

/// How cells are written.
struct Look {
    /// Room for the texts of the rows.
    side: usize,
    /// Room for a cell, without the blank before it.
    wide: usize,
    /// Decimals of figures; `None` when there is no room for figures.
    decimals: Option<u32>,
    colour: bool,
}

/// Writes it, with colours where they can be seen.
pub(super) fn heat(out: &mut String, results: &Results<'_>, map: &HeatMap<'_>, colour: bool) {
    let (columns, rows) = (short::labels(&map.columns), short::labels(&map.rows));
    let look = Look::of(results, map, (&columns, &rows), colour);
    head(out, results, map, &look);
    let mut line = " ".repeat(look.side);
    for (at, text) in columns.iter().enumerate() {
        let end = look.side + (at + 1) * (look.wide + 1);
        let room = end.saturating_sub(line.chars().count());
        // Where figures have no room, a text may need more than its cell has, and the next is left out.
        if text.chars().count() < room {
            let _ = write!(line, "{text:>room$}");
        }
    }
    let _ = writeln!(out, "{line}");
    for (text, cells) in rows.iter().zip(&map.cells) {
        let mut line = format!("{text:>side$}", side = look.side);
        for at in cells {
            line.push(' ');
            line.push_str(&look.cell(results, map, *at));
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

/// What it shows, and what its signs mean.
fn head(out: &mut String, results: &Results<'_>, map: &HeatMap<'_>, look: &Look) {
    let objective = &results.objectives[0];
    let _ = writeln!(
        out,
        "\nbest {objective} by {} (across) and {} (down)",
        map.across, map.down
    );
    let (worst, best) = map.ends(results);
    let decimals = map.decimals(results);
    let ends = [(0.0, worst, "worst"), (1.0, best, "best")].map(|(shade, value, word)| {
        let sign = look.sign(shade, "  ");
        format!("{sign} {} is the {word}", short::figure(value, decimals))
    });
    let _ = writeln!(
        out,
        "{}: {}",
        with_unit(results, &objective.figure),
        ends.join(", ")
    );
}

impl Look {
    /// The one that tells most of those that fit.
    fn of(
        results: &Results<'_>,
        map: &HeatMap<'_>,
        (columns, rows): (&[String], &[String]),
        colour: bool,
    ) -> Self {
        let widest = |texts: &[String]| {
            let letters = texts.iter().map(|text| text.chars().count());
            letters.max().unwrap_or(0)
        };
        let side = widest(rows);
        let fits = |wide: usize| side + columns.len() * (wide + 1) <= WIDTH;
        let most = map.decimals(results);
        for decimals in (most.saturating_sub(1)..=most).rev() {
            let figures = map.figures(results);
            let letters = figures.map(|value| short::figure(value, decimals).chars().count());
            // And one for the shade.
            let wide = widest(columns).max(letters.max().unwrap_or(0) + 1);
            if fits(wide) {
                let decimals = Some(decimals);
                return Self {
                    side,
                    wide,
                    decimals,
                    colour,
                };
            }
        }
        Self {
            side,
            wide: (1..=3).rev().find(|wide| fits(*wide)).unwrap_or(1),
            decimals: None,
            colour,
        }
    }

    fn cell(&self, results: &Results<'_>, map: &HeatMap<'_>, at: Option<usize>) -> String {
        let Some((at, shade)) = at.and_then(|at| Some((at, map.shade_of(results, at)?))) else {
            return " ".repeat(self.wide);
        };
        let figure = self.decimals.and_then(|decimals| {
            let metrics = results.rows[at].metrics.as_ref()?;
            let value = metrics.value(&results.objectives[0].figure)?;
            Some(short::figure(value, decimals))
        });
        match figure {
            Some(figure) => {
                let room = self.wide.saturating_sub(1);
                self.sign(shade, &format!("{figure:>room$} "))
            }
            None => self.sign(shade, &" ".repeat(self.wide)),
        }
    }

    /// A text in the colour of a score, or with shades in place of the blanks at its end.
    fn sign(&self, shade: f64, text: &str) -> String {
        if self.colour {
            let style = painted(shade);
            return format!("{style}{text}{style:#}");
        }
        let place = (shade * (SHADES.len() - 1) as f64).round() as usize;
        let letter = SHADES[place.min(SHADES.len() - 1)];
        let kept = text.trim_end();
        let blanks = text.len() - kept.len();
        format!("{kept}{}", letter.to_string().repeat(blanks))
    }
}
