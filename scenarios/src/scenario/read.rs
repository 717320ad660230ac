//! From the document's tree to the typed scenario.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use onetape_core::num::Money;
use onetape_core::strategy::params::{StrategyCard, plain_decimal};
use onetape_core::time::Ts;

use super::doc::{Node, Place};
use super::error::Problems;
use super::fields::Fields;
use super::model::{Data, Scenario};
use super::risk::{self, Risk};
use super::{control, economics, faults, live, simulation, task, venue};
use crate::store::below;

/// The sections of a scenario.
pub(super) const SECTIONS: [&str; 10] = [
    "name", "data", "task", "venue", "risk", "sim", "faults", "fault", "control", "live",
];

/// Money that is above zero.
pub(super) const ABOVE_ZERO: &str = "a plain decimal number above 0, such as \"2000\"";
/// A span in words.
pub(super) const SPAN: &str =
    "a length of time with its unit, such as \"250us\", \"5ms\", \"1.5s\" or \"6h\"";
pub(super) const MOMENT: &str = "a moment with its offset, such as \"2024-08-08T23:54:14Z\"";

/// Reads everything, reports every mistake. What is returned is complete only when there is none.
pub(super) fn scenario(
    root: &BTreeMap<String, Node>,
    folder: &Path,
    cards: &[StrategyCard],
    allow_negative_edge: bool,
    problems: &mut Problems,
) -> Scenario {
    let mut fields = Fields::new("", root);
    let name = name(&mut fields, problems);
    let data = fields.table("data", problems);
    let data = data.map_or_else(Data::default, |data| read_data(data, folder, problems));
    let venues = venue::read(fields.node("venue"), folder, problems);
    let mut tasks = task::read(fields.node("task"), cards, problems);
    for (_, task) in &mut tasks {
        task.allow_negative_edge |= allow_negative_edge;
    }
    task::check_venues(&tasks, root, problems);
    let risk = fields.table("risk", problems);
    let known = risk::Known {
        tasks: tasks.iter().map(|(_, task)| task).collect(),
        venues: &venues,
    };
    let risk = risk.map_or_else(Risk::default, |risk| risk::read(risk, &known, problems));
    let sim = simulation::read(&mut fields, problems);
    simulation::check(&sim, &tasks, problems);
    let faults = faults::read(&mut fields, &venues, problems);
    let live = live::read(&mut fields, problems);
    live::check(live, &venues, problems);
    let orders = fields.node("control");
    fields.finish(problems);
    economics::check(&tasks, &venues, cards, problems);
    let controls = control::read(orders, data.from, &tasks, &venues, cards, problems);
    control::check_end(orders, data.to, problems);
    Scenario {
        name,
        data,
        tasks: tasks.into_iter().map(|(_, task)| task).collect(),
        venues,
        risk,
        sim,
        controls,
        faults,
        live,
    }
}

fn name(fields: &mut Fields<'_>, problems: &mut Problems) -> String {
    if fields.node("name").is_none() {
        problems.add("name", "is missing; add `name = \"my-run\"` at the top");
        return String::new();
    }
    let Some(name) = fields.text("name", problems) else {
        return String::new();
    };
    let plain = name.chars().all(|c| !c.is_control());
    if name.trim().is_empty() || !plain || name.len() > 100 {
        problems.add(
            "name",
            format!("is {name:?}, expected 1 to 100 printable characters"),
        );
    }
    name
}

fn read_data(mut fields: Fields<'_>, folder: &Path, problems: &mut Problems) -> Data {
    // A path in the file is relative to the file, one on the command line to where the command runs.
    let from_flag = fields
        .node("catalog")
        .is_some_and(|node| matches!(node.place, Place::Flag(_)));
    let catalog = fields.text("catalog", problems);
    if catalog.as_deref() == Some("") {
        problems.add("data.catalog", "is empty; name the catalogue's folder");
    }
    let catalog = catalog.map(PathBuf::from).map(|path| {
        if from_flag {
            path
        } else {
            below(folder, &path)
        }
    });
    let from = fields.optional("from", MOMENT, problems, moment);
    let to = fields.optional("to", MOMENT, problems, moment);
    if let (Some(from), Some(to)) = (from, to)
        && from >= to
    {
        problems.add(
            "data.to",
            format!(
                "is {}, not after data.from {}; give a later moment",
                moment_text(to),
                moment_text(from)
            ),
        );
    }
    let allow_inferred_instruments = fields.flag("allow_inferred_instruments", problems);
    fields.finish(problems);
    Data {
        catalog,
        from,
        to,
        allow_inferred_instruments,
    }
}

pub(super) fn above_zero(text: &str) -> Option<Money> {
    plain_decimal(text)
        .map(Money::new)
        .filter(|money| !money.is_negative() && !money.is_zero())
}

pub(super) fn moment(text: &str) -> Option<Ts> {
    let moment: Timestamp = text.parse().ok()?;
    i64::try_from(moment.as_nanosecond())
        .ok()
        .map(Ts::from_nanos)
}

/// A moment as RFC 3339 text, UTC.
pub(super) fn moment_text(ts: Ts) -> String {
    Timestamp::from_nanosecond(i128::from(ts.nanos())).map_or_else(
        |_| format!("{} ns", ts.nanos()),
        |moment| moment.to_string(),
    )
}
