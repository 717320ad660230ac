//! `onetape demo --mode recovery`: the demo's pair while legs fail, each opportunity in another way.

use std::fmt::Write as _;
use std::io::Write;

use anyhow::Context as _;
use onetape_core::journal;
use onetape_core::strategy::StrategySpec;
use onetape_core::time::{Span, Ts};
use onetape_data::catalog::Catalog;
use onetape_data::synth::{PlantedRecord, write};
use onetape_data::tape::Tape;
use onetape_reports::RunSummary;
use serde_json::json;

use super::course::{Course, Outcome};
use super::{DemoArgs, FAULTY, SCENARIO, absolute};
use crate::commands::backtest::{cards, print, record};
use crate::commands::time_text;
use crate::run::{Backtest, Fuzz, Held, Prepared, RunFolder, Seeded};
use crate::scenario::{Options, parse};

/// Exit code of a check that found a difference.
const BROKEN: u8 = 3;

/// One thing that goes wrong, so long after an opportunity began.
struct Trouble {
    after: Span,
    what: &'static str,
}

const fn trouble(after_ms: i64, what: &'static str) -> Trouble {
    Trouble {
        after: Span::from_millis(after_ms),
        what,
    }
}

const FUTURES_REFUSED: &str = "kind = \"reject\", venue = \"synth-perp\", reason = \"balance\"";
const SPOT_REFUSED: &str = "kind = \"reject\", venue = \"synth-spot\", reason = \"quantity\"";

/// What goes wrong from one opportunity to the next, again and again. What comes over an order comes over the next.
const COURSES: [&[Trouble]; 4] = [
    // A leg is refused once, and the account channel of its venue is cut: it is completed late.
    &[
        trouble(0, FUTURES_REFUSED),
        trouble(
            0,
            "kind = \"account_down\", venue = \"synth-perp\", duration = \"300ms\"",
        ),
    ],
    // One leg is lost on its way, so that nobody knows of it for a while; the other gets a part.
    &[
        trouble(0, "kind = \"order_lost\", venue = \"synth-perp\""),
        trouble(0, "kind = \"partial\", venue = \"synth-spot\", part = 0.5"),
    ],
    // A leg is refused as often as it is tried: what the other traded is taken back.
    &[
        trouble(0, FUTURES_REFUSED),
        trouble(0, FUTURES_REFUSED),
        trouble(0, FUTURES_REFUSED),
        trouble(0, FUTURES_REFUSED),
    ],
    // The feed is cut while the legs are held.
    &[trouble(
        1_500,
        "kind = \"feed_down\", venue = \"synth-spot\", duration = \"3s\"",
    )],
];

/// What goes wrong at the last one: the futures leg is refused as often as it is tried, and so is taking spot back, which
/// begins after the third attempt and its waits. Nothing is left but to ask a person.
const LAST: &[Trouble] = &[
    trouble(0, FUTURES_REFUSED),
    trouble(0, FUTURES_REFUSED),
    trouble(0, FUTURES_REFUSED),
    trouble(0, FUTURES_REFUSED),
    trouble(200, SPOT_REFUSED),
    trouble(200, SPOT_REFUSED),
    trouble(200, SPOT_REFUSED),
];

/// The demo's scenario with its troubles.
fn scenario(planted: &[PlantedRecord]) -> String {
    let mut text = SCENARIO.replace("name = \"demo\"", "name = \"demo-recovery\"");
    text.push_str("\n[faults]\nat = [\n");
    for (at, one) in planted.iter().enumerate() {
        let last = at + 1 == planted.len();
        let course = if last {
            LAST
        } else {
            COURSES[at % COURSES.len()]
        };
        for trouble in course {
            let at = time_text(Ts::from_nanos(one.at_ns) + trouble.after);
            let _ = writeln!(text, "  {{ at = \"{at}\", {} }},", trouble.what);
        }
    }
    text.push_str("]\n");
    text
}

/// Runs the demo.
///
/// # Errors
/// When the folder cannot be written, or the tape is too short for an opportunity.
pub(super) fn run(
    args: &DemoArgs,
    registry: &[StrategySpec],
    out: &mut dyn Write,
) -> anyhow::Result<u8> {
    let folder = RunFolder::begin(&args.out)?;
    let root = folder.path().join("catalog");
    let config = args.pair(Some(args.duration.unwrap_or(FAULTY)));
    anyhow::ensure!(
        config.opportunities > 0,
        "--duration is too short for anything to happen; give 3m or more"
    );
    let made = write(&root, &config, &mut |_, _| {})?;
    let catalog = Catalog::open(&root)?;
    let cards = cards(registry);
    let text = scenario(&made.record.planted);
    let loaded = parse(&text, "demo", folder.path(), &Options::default(), &cards)?;
    let prepared = Prepared::new(&loaded.scenario, &catalog, registry)?;
    let checked = check(&prepared, &catalog)?;
    let backtest = Backtest::open(&prepared, &catalog)?;
    let mode = journal::Mode::Decisions;
    let (outcome, facts) = record(backtest, &loaded.scenario, &catalog, &folder, mode)?;
    anyhow::ensure!(
        checked.decisions_hash == outcome.decisions_hash,
        "the run that was checked decided otherwise than the one that was recorded; please report this"
    );
    let course = Course::read(folder.path())?;
    let place = folder.complete()?;
    let code = if checked.checked.broken > 0 {
        BROKEN
    } else {
        0
    };
    if args.json {
        let summary = RunSummary {
            facts: &facts,
            figures: &outcome.report.figures,
        };
        let mut document = serde_json::to_value(summary)?;
        if let Some(fields) = document.as_object_mut() {
            fields.insert("recovery".to_string(), course.json());
            fields.insert("checked".to_string(), ending(&checked));
            fields.insert("report".to_string(), json!(place.join("report.html")));
        }
        writeln!(out, "{document:#}")?;
        return Ok(code);
    }
    print(&outcome, &facts, None, false, out)?;
    tell(&course, &checked, out)?;
    writeln!(
        out,
        "replay it: onetape replay --verify {}",
        place.display()
    )?;
    writeln!(
        out,
        "open       {}",
        absolute(&place.join("report.html"))?.display()
    )?;
    Ok(code)
}

/// The same run with a checker beside it.
fn check(prepared: &Prepared<'_>, catalog: &Catalog) -> anyhow::Result<Seeded> {
    let held = Held::read(Tape::open(catalog, &prepared.request)?)?;
    let faults = prepared.scenario.faults.clone();
    let faults = faults.context("the demo's scenario has no faults")?;
    let seed = faults.seed;
    Fuzz::new(prepared, &held, faults).run_once(seed, 0)
}

fn ending(checked: &Seeded) -> serde_json::Value {
    let tasks = checked.checked.tasks.iter();
    json!({
        "faults": checked.checked.injected,
        "rules_broken": checked.checked.broken,
        "tasks": tasks.map(|task| task.ending.name()).collect::<Vec<_>>(),
    })
}

fn tell(course: &Course, checked: &Seeded, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "\ntrips")?;
    for trip in &course.trips {
        writeln!(out, "  {}", trip.words())?;
    }
    for (at, text) in &course.alerts {
        writeln!(out, "alert {}: {text}", time_text(*at))?;
    }
    let counts = Outcome::ALL.into_iter().filter_map(|outcome| {
        let count = course.count(outcome);
        (count > 0).then(|| format!("{count} {}", outcome.name()))
    });
    let counts: Vec<String> = counts.collect();
    writeln!(out, "trips      {}", counts.join(", "))?;
    let checked = &checked.checked;
    let tasks = checked.tasks.iter().map(|task| task.ending.name());
    let tasks: Vec<&str> = tasks.collect();
    writeln!(
        out,
        "it ends    {}; {} faults injected, {} rules broken",
        tasks.join(", "),
        checked.injected,
        checked.broken
    )?;
    Ok(())
}
