//! The results as one page: drawings, plots and the best points, with nothing loaded.

use std::fmt::{self, Write as _};

use onetape_reports::{
    Drawn, PageError, Study, StudyDrawing, StudyFigure, StudyPlot, StudyTable, study_to_html,
};

use super::grid::HeatMap;
use super::heat::heat;
use super::lines::parallel;
use super::spread::{axes, plateau, ranked};
use super::{break_even, cell, figures, flags, fraction, short, unit, with_unit};
use crate::sweep::results::Results;

/// Rows of the table.
const ROWS: usize = 200;

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
///
/// # Errors
/// Never in practice: every result can be shown.
pub fn page(results: &Results<'_>, map: Option<&HeatMap<'_>>) -> Result<String, PageError> {
    let objective = &results.objectives[0];
    let asset = unit(results, &objective.figure).unwrap_or_default();
    let plan = results.plan;
    let study = Study {
        kicker: "Parameter sweep".into(),
        title: plan.name.clone(),
        period: format!(
            "{} points by {}, {}",
            results.rows.len(),
            results
                .objectives
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", "),
            asked(results)
        ),
        notes: notes(results),
        headline: headline(results),
        cards: cards(results),
        unit: asset.to_string(),
        decimals: short::decimals(results.best().filter_map(|at| value(results, at))).max(2),
        drawings: drawings(results, map),
        tables: vec![table(results)],
        facts: vec![
            ("Plan".into(), plan.hash.clone()),
            ("Build".into(), plan.build.clone()),
            ("Seed".into(), plan.seed.to_string()),
            (
                "Parameters".into(),
                plan.axes
                    .iter()
                    .map(|axis| axis.key.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            ),
        ],
    };
    study_to_html(&study)
}

/// How points were found.
fn asked(results: &Results<'_>) -> String {
    match &results.plan.search {
        Some(search) => format!("by the search {}", search.name()),
        None => "all of them run".to_string(),
    }
}

/// The first objective's figure of a row.
pub(super) fn value(results: &Results<'_>, at: usize) -> Option<rust_decimal::Decimal> {
    results.rows[at]
        .metrics
        .as_ref()?
        .value(&results.objectives[0].figure)
}

fn notes(results: &Results<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let failed = results.failed();
    if failed > 0 {
        notes.push(format!("{failed} points failed: their rows in the table of results say why, and no figure here counts them."));
    }
    if results.overfit.is_none() {
        notes.push("Too few round trips to tell how much of the best is luck: no probability of overfitting.".into());
    }
    let best = results.best().next();
    for flag in best.map(|at| flags(&results.rows[at])).unwrap_or_default() {
        notes.push(match flag {
            "few_trips" => {
                "The best point has fewer than five round trips: its figure says little.".into()
            }
            _ => {
                "The best point lives from negative fees: half of its net or more is their income."
                    .into()
            }
        });
    }
    notes
}

fn headline(results: &Results<'_>) -> StudyFigure {
    let objective = &results.objectives[0];
    let best = results.best().next();
    let text = best.map_or_else(
        || "n/a".into(),
        |at| cell(&results.rows[at], &objective.figure),
    );
    let gain = best
        .and_then(|at| value(results, at))
        .is_some_and(|own| own.is_sign_positive() && !own.is_zero());
    StudyFigure {
        name: format!("Best {}", objective.figure),
        what: format!(
            "The {} of the point that is best by {}: {}.",
            objective.figure,
            objective.figure,
            objective.words()
        ),
        text: match gain && objective.figure == "net" {
            true => format!("+{text}"),
            false => text.replace('-', "\u{2212}"),
        },
        unit: unit(results, &objective.figure)
            .unwrap_or_default()
            .to_string(),
        note: best.map_or_else(String::new, |at| {
            format!("point {}: {}", results.rows[at].index, sets(results, at))
        }),
    }
}

/// A point's parameters.
fn sets(results: &Results<'_>, at: usize) -> String {
    let pairs = results.plan.axes.iter().zip(&results.rows[at].values);
    let texts = pairs.map(|(axis, value)| format!("{} {value}", axis.key));
    texts.collect::<Vec<_>>().join(", ")
}

fn card(name: &str, what: &str, text: String, note: String) -> StudyFigure {
    StudyFigure {
        name: name.into(),
        what: what.into(),
        text,
        unit: String::new(),
        note,
    }
}

fn cards(results: &Results<'_>) -> Vec<StudyFigure> {
    let best = results.best().next();
    let pareto = results.pareto.iter().filter(|is| **is).count();
    let left_out = results.plan.left_out.constraints;
    let overfit = results.overfit;
    let mut cards = vec![
        card(
            "Points",
            "Runs of the scenario, each with other values of the parameters.",
            results.rows.len().to_string(),
            format!(
                "{} failed, {left_out} left out by constraints",
                results.failed()
            ),
        ),
        card(
            "Pareto front",
            "Points that no other beats in one objective without losing in another.",
            pareto.to_string(),
            String::new(),
        ),
        card(
            "Probability of overfitting",
            "How often the best of one half of the time is no better than the median in the other: combinatorially symmetric cross-validation. A half is what chance gives.",
            overfit.map_or_else(|| "n/a".into(), |own| format!("{:.2}", own.probability)),
            overfit.map_or_else(
                || "too few round trips".into(),
                |own| format!("over {} points and {} halves", own.points, own.halves),
            ),
        ),
        card(
            "Plateau of the best",
            "How the points one step away from the best stand among all, from 0 to 1: a peak alone is more likely luck than one among peaks.",
            fraction(best.and_then(|at| results.plateau[at])),
            String::new(),
        ),
        card(
            "Deflated Sharpe of the best",
            "Probability that its Sharpe ratio over 64 parts of the time is above zero, given how many points were tried.",
            fraction(best.and_then(|at| results.deflated[at])),
            String::new(),
        ),
    ];
    if let Some((cost, exit)) = break_even(results) {
        let note = exit.map_or_else(String::new, |net| {
            format!("the worst exit leaves {net} bps after it")
        });
        cards.push(card(
            "Cost of a round trip",
            "Taker fees of a round trip of the best point over all legs.",
            format!("{cost} bps"),
            note,
        ));
    }
    cards
}

fn drawings(results: &Results<'_>, map: Option<&HeatMap<'_>>) -> Vec<StudyDrawing> {
    let figure = with_unit(results, &results.objectives[0].figure);
    let mut all = Vec::new();
    let mut add = |title: String, note: &str, wide: bool, what: Drawn| {
        all.push(StudyDrawing {
            title,
            note: note.into(),
            wide,
            what,
        });
    };
    if let Some(map) = map {
        let mut svg = String::new();
        heat(&mut svg, results, map);
        add(
            format!("{figure} by {} and {}", map.across, map.down),
            "Each cell is the best point with both values. Broad bright ground can be trusted more than one bright cell.",
            true,
            Drawn::Svg(svg),
        );
    }
    let dots = plateau(results);
    if !dots.is_empty() {
        add(
            format!("Plateau against {figure}"),
            "Up and to the right are good points among good ones; up and to the left are peaks alone. The stronger a dot, the higher its deflated Sharpe; grey where that is not known.",
            false,
            Drawn::Plot(StudyPlot::Plateau(dots)),
        );
    }
    let ranks = ranked(results);
    if !ranks.is_empty() {
        add(
            "All points by rank".into(),
            "How fast the figure falls from the best on, and what is left of its Sharpe ratio after so many trials.",
            false,
            Drawn::Plot(StudyPlot::Ranked(ranks)),
        );
    }
    for (key, rows) in axes(results) {
        add(
            format!("{figure} by {key}"),
            "The best, the median and the worst of the points with each value.",
            false,
            Drawn::Plot(StudyPlot::Values { key, rows }),
        );
    }
    let mut svg = String::new();
    parallel(&mut svg, results);
    add(
        "Parallel coordinates".into(),
        "One line a point, through its values; the better, the brighter and the further in front. The best 500 points.",
        true,
        Drawn::Svg(svg),
    );
    all
}

fn table(results: &Results<'_>) -> StudyTable {
    let figures = figures(&results.objectives);
    let mut heads = vec![(
        "Point".to_string(),
        "Its index in the plan and in the table of results".to_string(),
    )];
    let mut numbers = vec![true];
    for axis in &results.plan.axes {
        heads.push((
            axis.key.clone(),
            format!("The value of {} that was tried", axis.key),
        ));
        numbers.push(axis.is_ordered());
    }
    for name in &figures {
        heads.push(((*name).to_string(), meaning(name).to_string()));
        numbers.push(true);
    }
    for (name, what) in [
        (
            "plateau",
            "How the points one step away stand among all, from 0 to 1",
        ),
        (
            "deflated Sharpe",
            "Probability that its Sharpe ratio is above zero, given how many points were tried",
        ),
    ] {
        heads.push((name.to_string(), what.to_string()));
        numbers.push(true);
    }
    heads.push(("flags".into(), "pareto: on the front; few_trips: fewer than five round trips; fee_income: lives from negative fees".into()));
    numbers.push(false);
    let rows = results.best().take(ROWS).map(|at| {
        let row = &results.rows[at];
        let mut words = flags(row);
        if results.pareto[at] {
            words.insert(0, "pareto");
        }
        let cells = figures
            .iter()
            .map(|name| cell(row, name).replace('-', "\u{2212}"));
        let mut texts = vec![row.index.to_string()];
        texts.extend(row.values.iter().cloned().chain(cells));
        texts.extend([
            fraction(results.plateau[at]),
            fraction(results.deflated[at]),
            words.join(" "),
        ]);
        texts
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let amounts =
        unit(results, "net").map_or_else(String::new, |asset| format!(" Amounts in {asset}."));
    StudyTable {
        title: "Best points".into(),
        note: format!(
            "The best {} of {}; results.parquet has all.{amounts}",
            rows.len(),
            results.rows.len()
        ),
        heads,
        numbers,
        rows,
    }
}

fn meaning(figure: &str) -> &'static str {
    match figure {
        "net" => "Gross less fees plus funding, what is open marked at what closing would bring",
        "gross" => "Profit of price differences",
        "fees" => "Fees; negative is an income",
        "funding" => "Funding received less paid",
        "turnover" => "Value of all fills",
        "max_drawdown" => "Largest fall of the net of closed round trips from its highest point",
        "round_trips" => "Round trips that ended flat",
        "winners" => "Round trips with a positive net",
        "losers" => "Round trips with a negative net",
        "orders" => "Orders sent",
        _ => "Executions",
    }
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
