//! The `[[control]]` sections: what tasks are ordered to do, and when.

use std::collections::BTreeMap;

use onetape_core::num::Money;
use onetape_core::strategy::params::{Params, StrategyCard, nearest, plain_decimal};
use onetape_core::task::{Ending, Execution, ParamChange, TaskAction};
use onetape_core::time::{Span, Ts};

use super::added;
use super::doc::{Node, Value};
use super::economics;
use super::error::Problems;
use super::fields::{Fields, as_table, wrong};
use super::model::{Control, Task, Venue};
use super::read::{MOMENT, SPAN, moment, moment_text};
use super::task::flatten;

/// What can be ordered.
const WORDS: [&str; 9] = [
    "start", "pause", "resume", "update", "stop", "archive", "execute", "add", "remove",
];

/// Reads the orders and brings them into the order of time. Of an update every parameter is checked, one after the other
/// as they will hold.
pub(super) fn read(
    node: Option<&Node>,
    from: Option<Ts>,
    tasks: &[(usize, Task)],
    venues: &BTreeMap<String, Venue>,
    cards: &[StrategyCard],
    problems: &mut Problems,
) -> Vec<Control> {
    let Some(node) = node else {
        return Vec::new();
    };
    let Value::List(list) = &node.value else {
        let message = "is a single table; write [[control]] with two brackets";
        problems.add("control", message);
        return Vec::new();
    };
    let mut read: Vec<(usize, Control, Given)> = Vec::new();
    for (index, node) in list.iter().enumerate() {
        let path = format!("control.{index}");
        let Some(fields) = as_table(&path, node, problems) else {
            continue;
        };
        if let Some((control, given)) = read_one(fields, from, tasks, problems) {
            read.push((index, control, given));
        }
    }
    read.sort_by_key(|(_, control, _)| control.at);
    let mut params: Vec<Params> = tasks.iter().map(|(_, task)| task.params.clone()).collect();
    for (index, control, given) in &mut read {
        let TaskAction::Update(changes) = &mut control.action else {
            continue;
        };
        let named = tasks.iter().zip(&mut params);
        let mut named = named.filter(|((_, task), _)| control.task.as_ref() == Some(&task.name));
        if let Some(((_, task), params)) = named.next() {
            let path = format!("control.{index}.set");
            if let Some(changed) = changed(&path, task, params, given, cards, problems) {
                *changes = changed;
                let after = Task {
                    params: params.clone(),
                    ..task.clone()
                };
                economics::check_task(&path, &after, venues, cards, problems);
            }
        }
    }
    read.into_iter().map(|(_, control, _)| control).collect()
}

/// An order after the end of the data would never be given.
pub(super) fn check_end(node: Option<&Node>, to: Option<Ts>, problems: &mut Problems) {
    let (Some(Value::List(list)), Some(to)) = (node.map(|node| &node.value), to) else {
        return;
    };
    for (index, node) in list.iter().enumerate() {
        let Value::Table(table) = &node.value else {
            continue;
        };
        let text = table.get("at").and_then(|at| at.value.scalar());
        if text.as_deref().and_then(moment).is_some_and(|at| at >= to) {
            let message = format!(
                "is not before the end of the data, {}; give an earlier moment",
                moment_text(to)
            );
            problems.add(format!("control.{index}.at"), message);
        }
    }
}

/// Names and texts as they are given.
type Given = Vec<(String, String)>;

fn read_one(
    mut fields: Fields<'_>,
    from: Option<Ts>,
    tasks: &[(usize, Task)],
    problems: &mut Problems,
) -> Option<(Control, Given)> {
    let example = "\"2024-08-08T23:56:00Z\"";
    let after = fields.optional("after", SPAN, problems, |text| {
        Span::parse(text).filter(|span| *span >= Span::ZERO)
    });
    let at = if fields.node("after").is_some() {
        if fields.node("at").is_some() {
            let message = "says when, and so does at; take one of the two out";
            problems.add(fields.path("after"), message);
        }
        after.map(|after| from.unwrap_or(Ts::UNKNOWN) + after)
    } else {
        fields.required("at", MOMENT, example, problems, moment)
    };
    let task = fields.text("task", problems);
    let task = task.map(|name| known(&name, &fields, tasks, problems));
    let words = "start, pause, resume, update, stop, archive, execute, add or remove";
    let word = fields.required("do", words, "\"pause\"", problems, |text| {
        WORDS.iter().find(|word| **word == text).copied()
    });
    let ending = fields.optional("legs", "complete or unwind", problems, |text| {
        Ending::ALL.into_iter().find(|ending| ending.name() == text)
    });
    let mut given = Vec::new();
    let set = fields.node("set");
    match set.map(|node| &node.value) {
        Some(Value::Table(table)) => {
            for (name, node) in table {
                flatten(name, node, &mut given);
            }
        }
        Some(other) => problems.add(
            fields.path("set"),
            wrong(other, "a table such as { max_slippage_bps = 10 }"),
        ),
        None => {}
    }
    if let Some(word) = word {
        let here = |key: &str| fields.path(key);
        if ending.is_some() && !matches!(word, "stop" | "remove") {
            let message =
                format!("is for do = \"stop\" or \"remove\", not for {word:?}; take it out");
            problems.add(here("legs"), message);
        }
        match (word == "update", set.is_some()) {
            (true, false) => problems.add(
                here("set"),
                "is missing; add `set = { PARAMETER = VALUE }`, what the update changes",
            ),
            (false, true) => {
                let message = format!("is for do = \"update\", not for {word:?}; remove it");
                problems.add(here("set"), message);
            }
            (true, true) if task.is_none() => problems.add(
                here("task"),
                "is missing; an update names the task that it changes",
            ),
            _ => {}
        }
    }
    let execution = (word == Some("execute"))
        .then(|| read_execution(&mut fields, task.as_ref(), tasks, problems));
    let mut task = task;
    if word == Some("add") {
        task = Some(read_added(&mut fields, task.is_some(), tasks, problems));
    }
    fields.finish(problems);
    let action = match word? {
        "add" => TaskAction::Start,
        "remove" => TaskAction::Remove(ending.unwrap_or_default()),
        "execute" => TaskAction::Execute(execution.flatten()?),
        "start" => TaskAction::Start,
        "pause" => TaskAction::Pause,
        "resume" => TaskAction::Resume,
        "update" => TaskAction::Update(Vec::new()),
        "stop" => TaskAction::Stop(ending.unwrap_or_default()),
        _ => TaskAction::Archive,
    };
    let control = Control {
        at: at?,
        after,
        task: task.map_or(Some(None), |known| known.map(Some))?,
        action,
    };
    Some((control, given))
}

/// The name of the task that a control adds.
fn read_added(
    fields: &mut Fields<'_>,
    is_named: bool,
    tasks: &[(usize, Task)],
    problems: &mut Problems,
) -> Option<String> {
    if is_named {
        let message = "is for tasks that are there; give the new one a `name` in [control.add]";
        problems.add(fields.path("task"), message);
    }
    let Some(place) = fields.node(added::PLACE) else {
        let message =
            "is missing; write the task below it, in [control.add], as in a [[task]] section";
        problems.add(fields.path("add"), message);
        return None;
    };
    let place = place.value.scalar()?.parse::<usize>().ok()?;
    let mut tasks = tasks.iter();
    let (_, task) = tasks.find(|(index, _)| *index == place)?;
    Some(task.name.clone())
}

/// What a person found: two legs of the named task, and how much.
fn read_execution(
    fields: &mut Fields<'_>,
    task: Option<&Option<String>>,
    tasks: &[(usize, Task)],
    problems: &mut Problems,
) -> Option<Execution> {
    let quantity = fields.required(
        "quantity",
        "a decimal number above 0, in base units",
        "\"0.01\"",
        problems,
        |text| {
            plain_decimal(text)
                .filter(|quantity| quantity.is_sign_positive() && !quantity.is_zero())
        },
    );
    if task.is_none() {
        let message = "is missing; an execution names the task that does it";
        problems.add(fields.path("task"), message);
    }
    let name = task.and_then(Option::as_ref);
    let mut known = tasks.iter().map(|(_, task)| task);
    let legs = known
        .find(|task| name == Some(&task.name))
        .map(|task| &task.legs);
    let names: Vec<&str> = legs.into_iter().flatten().map(|leg| leg.name).collect();
    let expects = match names.is_empty() {
        true => "a leg of the task".to_string(),
        false => format!("a leg of the task: {}", names.join(", ")),
    };
    let mut place = |key| {
        fields.required(key, &expects, "\"leg_1\"", problems, |text| {
            let at = names.iter().position(|name| *name == text)?;
            u16::try_from(at).ok()
        })
    };
    let (buy, sell) = (place("buy"), place("sell"));
    if buy.is_some() && buy == sell {
        let message = "is the leg that is bought; name another one";
        problems.add(fields.path("sell"), message);
    }
    Some(Execution {
        buy: buy?,
        sell: sell?,
        quantity: Money::new(quantity?),
    })
}

/// The name of a task of the scenario.
fn known(
    name: &str,
    fields: &Fields<'_>,
    tasks: &[(usize, Task)],
    problems: &mut Problems,
) -> Option<String> {
    let names = || tasks.iter().map(|(_, task)| task.name.as_str());
    if names().any(|known| known == name) {
        return Some(name.to_string());
    }
    let list = names().collect::<Vec<_>>().join(", ");
    let hint = nearest(name, list.split(", ")).map_or_else(
        || format!("there are {list}"),
        |near| format!("did you mean {near:?}?"),
    );
    let message = format!("no task is called {name:?}; {hint}; leave it out for every task");
    problems.add(fields.path("task"), message);
    None
}

/// What an update changes, with what held before; `params` become those that hold after.
fn changed(
    path: &str,
    task: &Task,
    params: &mut Params,
    given: &Given,
    cards: &[StrategyCard],
    problems: &mut Problems,
) -> Option<Vec<ParamChange>> {
    let card = cards.iter().find(|card| card.name == task.strategy)?;
    let texts = given
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()));
    match params.changed(card, texts) {
        Ok(after) => {
            let before = std::mem::replace(params, after);
            let text =
                |params: &Params, name: &str| params.get(name).map(|value| value.to_string());
            let changes = given.iter().map(|(name, given)| ParamChange {
                name: name.clone(),
                old: text(&before, name),
                new: text(params, name).unwrap_or_else(|| given.clone()),
            });
            Some(changes.collect())
        }
        Err(why) => {
            problems.add(path, why);
            None
        }
    }
}
