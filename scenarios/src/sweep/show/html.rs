//! The results as one page: no script, no network, light and dark.

use std::fmt::{self, Write as _};

use super::grid::HeatMap;
use super::heat::heat;
use super::lines::parallel;
use super::{break_even, cell, figures, flags, fraction, unit};
use crate::sweep::results::Results;

/// Rows of the table.
const ROWS: usize = 50;

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1c1c22; --quiet: #66666f; --paper: #fdfdfb; --line: #d9d9d4; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8ec; --quiet: #9a9aa4; --paper: #16161a; --line: #35353c; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto;
  max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
p, td, th, text { font-variant-numeric: tabular-nums; }
.quiet { color: var(--quiet); }
.wide { overflow-x: auto; }
p, h1, h2 { overflow-wrap: anywhere; }
table { border-collapse: collapse; font-size: 14px; }
th, td { text-align: right; padding: .2rem .5rem; border-bottom: 1px solid var(--line); }
th { font-weight: 600; vertical-align: bottom; } td { white-space: nowrap; } td:last-child, th:last-child { text-align: left; }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; } svg .quiet { fill: var(--quiet); }
svg { display: block; } svg .axis { stroke: var(--line); } svg .best, svg .none { fill: none; stroke: var(--ink); stroke-width: 2; }
svg .none { stroke: var(--line); stroke-width: 1; stroke-dasharray: 3 3; } svg path { fill: none; stroke-width: 1.5; }
";

/// Text with what HTML gives a meaning to written out.
pub(super) struct Plain<'a>(pub(super) &'a str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// The page.
pub fn page(results: &Results<'_>, map: Option<&HeatMap<'_>>) -> String {
    let plan = results.plan;
    let name = Plain(&plan.name);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<title>{name}: sweep</title>\n<style>{STYLE}</style>\n\
         </head>\n<body>\n<h1>{name}</h1>\n"
    );
    summary(&mut out, results);
    if let Some(map) = map {
        heat(&mut out, results, map);
    }
    out.push_str("<h2>Every point</h2>\n<p class=\"quiet\">One line a point, through its values; the better, the \
                  brighter and the further in front.</p>\n<div class=\"wide\">");
    parallel(&mut out, results);
    out.push_str("</div>\n<h2>Best points</h2>\n");
    if let Some(asset) = unit(results, "net") {
        let _ = writeln!(out, "<p class=\"quiet\">Amounts in {}.</p>", Plain(asset));
    }
    out.push_str("<div class=\"wide\">");
    table(&mut out, results);
    out.push_str("</div>\n</body>\n</html>\n");
    out
}

fn summary(out: &mut String, results: &Results<'_>) {
    let plan = results.plan;
    let objectives: Vec<String> = results.objectives.iter().map(ToString::to_string).collect();
    let _ = writeln!(
        out,
        "<p>{} points, {} failed, {} left out by constraints, {} on the Pareto front of {}.</p>",
        results.rows.len(),
        results.failed(),
        plan.left_out.constraints,
        results.pareto.iter().filter(|is| **is).count(),
        Plain(&objectives.join(", "))
    );
    match results.overfit {
        Some(own) => {
            let _ = writeln!(
                out,
                "<p>Probability of overfitting {:.2}: how often the best of one half of the time is no better than the \
                 median in the other, over {} points and {} halves.</p>",
                own.probability, own.points, own.halves
            );
        }
        None => out.push_str(
            "<p>Too few round trips to tell how much of the best is luck: no probability of overfitting.</p>\n",
        ),
    }
    if let Some((cost, exit)) = break_even(results) {
        let exit = exit.map_or_else(String::new, |net| {
            format!("; the worst exit of the best point leaves {net} bps after it")
        });
        let _ = writeln!(
            out,
            "<p>Break-even: a round trip of the best point pays {cost} bps of taker fees{exit}.</p>"
        );
    }
    let _ = writeln!(
        out,
        "<p class=\"quiet\">plan {}, build {}, seed {}</p>",
        Plain(&plan.hash),
        Plain(&plan.build),
        plan.seed
    );
}

/// A name that may go on in the next line after a dot or a stroke.
fn breaking(name: &str) -> String {
    let name = Plain(name).to_string();
    name.replace('.', ".<wbr>").replace('_', "_<wbr>")
}

fn table(out: &mut String, results: &Results<'_>) {
    let figures = figures(&results.objectives);
    out.push_str("<table>\n<tr><th>point</th>");
    let axes = results.plan.axes.iter().map(|axis| axis.key.as_str());
    for name in axes.chain(figures.iter().copied()) {
        let _ = write!(out, "<th>{}</th>", breaking(name));
    }
    out.push_str("<th>plateau</th><th>deflated Sharpe</th><th>flags</th></tr>\n");
    for at in results.best().take(ROWS) {
        let row = &results.rows[at];
        let _ = write!(out, "<tr><td>{}</td>", row.index);
        let cells = figures.iter().map(|name| cell(row, name));
        for text in row.values.iter().cloned().chain(cells) {
            let _ = write!(out, "<td>{}</td>", Plain(&text));
        }
        let mut words = flags(row);
        if results.pareto[at] {
            words.insert(0, "pareto");
        }
        let _ = writeln!(
            out,
            "<td>{}</td><td>{}</td><td>{}</td></tr>",
            fraction(results.plateau[at]),
            fraction(results.deflated[at]),
            words.join(" ")
        );
    }
    out.push_str("</table>\n");
}

#[cfg(test)]
mod tests {
    use super::Plain;

    #[test]
    fn text_stays_text() {
        let text = Plain("<a href='x'>\"&\"</a>").to_string();
        assert_eq!(
            text,
            "&lt;a href=&#39;x&#39;&gt;&quot;&amp;&quot;&lt;/a&gt;"
        );
    }
}
