//! A walk as one page: trains beside tests, what the tests earned one after the other, and how the choice wandered.

use onetape_core::num::Money;
use onetape_reports::{
    Drawn, PageError, Study, StudyDrawing, StudyFigure, StudyPlot, StudyTable, study_to_html,
};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::result::{Ran, Walked, days_text, moment_text};

/// Steps of the equity that are drawn.
const STEPS_MAX: usize = 1_200;

/// The page.
///
/// # Errors
/// Never in practice: every walk can be shown.
pub fn to_html(walked: &Walked) -> Result<String, PageError> {
    let cut = &walked.cut;
    let study = Study {
        kicker: "Walk-forward".into(),
        title: walked.name.clone(),
        period: format!(
            "{} to {}: {} windows of {} days train ({}) and {} days test",
            day(&moment_text(walked.data.from)),
            day(&moment_text(walked.data.to)),
            walked.windows.len(),
            days_text(cut.train),
            if cut.anchored { "anchored" } else { "rolling" },
            days_text(cut.test),
        ),
        notes: walked.notes.clone(),
        headline: headline(walked),
        cards: cards(walked),
        unit: walked.asset.clone(),
        decimals: 2,
        drawings: drawings(walked),
        tables: vec![windows(walked), drift(walked)],
        facts: vec![
            (
                "Points tried in every train".into(),
                walked.points.to_string(),
            ),
            ("Chosen by".into(), walked.objective.into()),
            ("Step, days".into(), days_text(cut.step)),
            ("Warm-up, days".into(), days_text(walked.warmup)),
        ],
    };
    study_to_html(&study)
}

fn day(text: &str) -> &str {
    text.split_once('T').map_or(text, |(day, _)| day)
}

/// An amount at two decimals; with the sign of a gain, and a true minus.
fn amount(value: Decimal) -> String {
    let text = format!("{:.2}", value.round_dp(2)).replace('-', "\u{2212}");
    match value > Decimal::ZERO && text.chars().any(|own| ('1'..='9').contains(&own)) {
        true => format!("+{text}"),
        false => text,
    }
}

fn money(value: Money) -> String {
    amount(value.decimal())
}

fn ratio(value: Option<Decimal>) -> String {
    value.map_or_else(
        || "n/a".into(),
        |own| format!("{:.2}", own.round_dp(2)).replace('-', "\u{2212}"),
    )
}

fn headline(walked: &Walked) -> StudyFigure {
    StudyFigure {
        name: "Net of the tests".into(),
        what:
            "What the tests earned, one after the other: what choosing like that would have earned."
                .into(),
        text: money(walked.out_of_sample.net),
        unit: walked.asset.clone(),
        note: format!(
            "{} a day over {} days",
            amount(walked.out_of_sample.net_per_day),
            days_text(walked.out_of_sample.span)
        ),
    }
}

fn cards(walked: &Walked) -> Vec<StudyFigure> {
    let card = |name: &str, what: &str, text: String, note: String| StudyFigure {
        name: name.into(),
        what: what.into(),
        text,
        unit: String::new(),
        note,
    };
    let tests = &walked.out_of_sample;
    vec![
        card(
            "Out of sample over in sample",
            "Net a day of the tests over that of the chosen points on their trains: how much of what was promised came. Not known unless the trains gained.",
            ratio(walked.ratio),
            String::new(),
        ),
        card(
            "Tests that gained",
            "Windows whose test ended with a gain.",
            format!("{} of {}", walked.windows_gained, walked.windows.len()),
            String::new(),
        ),
        card(
            "Net of the trains",
            "Of the chosen points, on what they were chosen by; trains overlap.",
            money(walked.in_sample.net),
            format!("{} a day", amount(walked.in_sample.net_per_day)),
        ),
        card(
            "Largest fall",
            "Largest fall of the net of the tests from an earlier height or from the start.",
            money(-walked.max_drawdown),
            String::new(),
        ),
        card(
            "Fees",
            "Worth of the fees of the tests.",
            amount(-tests.fees.decimal()),
            String::new(),
        ),
        card(
            "Funding",
            "Funding of the tests, received less paid.",
            money(tests.funding),
            String::new(),
        ),
        card(
            "Round trips",
            "Round trips of the tests that ended.",
            tests.round_trips.to_string(),
            format!("{} open at the end of a test", tests.open),
        ),
    ]
}

fn float(value: Decimal) -> f64 {
    value.to_f64().unwrap_or_default()
}

fn name(ran: &Ran) -> String {
    format!("{} {}", ran.window, day(&moment_text(ran.test.from)))
}

fn drawings(walked: &Walked) -> Vec<StudyDrawing> {
    let a_day = |ran: &Ran| {
        (
            float(ran.in_sample.net_per_day),
            float(ran.out_of_sample.net_per_day),
        )
    };
    let drawing = |title: &str, note: &str, wide: bool, plot: StudyPlot| StudyDrawing {
        title: title.into(),
        note: note.into(),
        wide,
        what: Drawn::Plot(plot),
    };
    let bars = walked
        .windows
        .iter()
        .map(|ran| (name(ran), a_day(ran).0, a_day(ran).1));
    let pairs = walked
        .windows
        .iter()
        .map(|ran| (a_day(ran).0, a_day(ran).1, name(ran)));
    let mut all = vec![
        drawing(
            "In sample and out of sample",
            "Net a day of each window: of the point that was chosen, on its train and on the test that followed.",
            true,
            StudyPlot::Windows(bars.collect()),
        ),
        drawing(
            "What was promised and what came",
            "A dot a window. On the dashed line a test earned what its train did; below it, less.",
            false,
            StudyPlot::Pairs(pairs.collect()),
        ),
    ];
    if !walked.equity.is_empty() {
        let share = walked.equity.len().div_ceil(STEPS_MAX).max(1);
        // Of each stretch the last, so that the end is the net.
        let steps = walked
            .equity
            .rchunks(share)
            .rev()
            .filter_map(|stretch| stretch.last());
        let steps = steps.map(|step| (step.at.nanos() / 1_000_000, float(step.net.decimal())));
        all.push(drawing(
            "Net of the tests over time",
            "Of round trips that ended, and of what was open at the end of each test at its mark.",
            false,
            StudyPlot::Walked(steps.collect()),
        ));
    }
    all
}

fn windows(walked: &Walked) -> StudyTable {
    let heads = [
        ("Window", "Its number and when its test began", false),
        ("Test until", "When its test ended, UTC", false),
        ("Train net", "Of the chosen point on the train", true),
        ("A day", "Net a day of the train", true),
        ("Test net", "Of the chosen point on the test", true),
        ("A day", "Net a day of the test", true),
        (
            "Ratio",
            "Net a day of the test over that of the train",
            true,
        ),
        ("Round trips", "That ended in the test", true),
        ("Chosen", "The point that was best on the train", false),
    ];
    let row = |ran: &Ran| {
        let chosen = ran
            .chosen
            .iter()
            .map(|(key, value)| format!("{key} {value}"));
        vec![
            name(ran),
            day(&moment_text(ran.test.to)).to_string(),
            money(ran.in_sample.net),
            amount(ran.in_sample.net_per_day),
            money(ran.out_of_sample.net),
            amount(ran.out_of_sample.net_per_day),
            ratio(ran.ratio),
            ran.out_of_sample.round_trips.to_string(),
            chosen.collect::<Vec<_>>().join(", "),
        ]
    };
    table(
        "Windows",
        "Amounts to two decimals; walk_forward.json has them all.",
        &heads,
        walked.windows.iter().map(row).collect(),
    )
}

fn drift(walked: &Walked) -> StudyTable {
    let heads = [
        ("Parameter", "What was chosen anew in each window", false),
        (
            "Changes",
            "Windows that chose another value than the one before",
            true,
        ),
        (
            "Chosen, with the number of windows",
            "Every value that was chosen",
            false,
        ),
    ];
    let rows = walked.drift.iter().map(|own| {
        let chosen = own
            .chosen
            .iter()
            .map(|(value, windows)| format!("{value} ({windows})"));
        vec![
            own.key.clone(),
            own.changes.to_string(),
            chosen.collect::<Vec<_>>().join(", "),
        ]
    });
    table(
        "How the choice wandered",
        "A choice that jumps about follows noise.",
        &heads,
        rows.collect(),
    )
}

fn table(
    title: &str,
    note: &str,
    heads: &[(&str, &str, bool)],
    rows: Vec<Vec<String>>,
) -> StudyTable {
    StudyTable {
        title: title.into(),
        note: note.into(),
        heads: heads
            .iter()
            .map(|(name, what, _)| ((*name).to_string(), (*what).to_string()))
            .collect(),
        numbers: heads.iter().map(|(.., number)| *number).collect(),
        rows,
    }
}
