//! The `[[task]]` sections.

use std::collections::BTreeMap;

use onetape_core::strategy::params::{LegSpec, ParamError, Params, StrategyCard, nearest};
use onetape_core::time::Span;

use super::doc::{Node, Value};
use super::error::Problems;
use super::fields::{Fields, as_table, join, unknown};
use super::model::{Feed, InstrumentName, Leg, Task, is_word};
use super::old_names;
use super::read::SPAN;

/// The fields of a task that are no parameters and no legs.
pub(super) const FIELDS: [&str; 7] = [
    "strategy",
    "name",
    "allow_negative_edge",
    "manual_start",
    "started_by",
    "retry_after",
    "archive_after",
];

/// Longest name of a task; one of nine legs that was given none has some hundred and fifty.
const NAME_MAX: usize = 400;

const INSTRUMENT: &str = "the full name of an instrument, such as \"binance-spot:BTCUSDT\"";

/// The tasks that are right, with their places in the file.
pub(super) fn read(
    node: Option<&Node>,
    cards: &[StrategyCard],
    problems: &mut Problems,
) -> Vec<(usize, Task)> {
    let example = "add a [[task]] section with `strategy = \"...\"`";
    let Some(node) = node else {
        problems.add("task", format!("is missing; {example}"));
        return Vec::new();
    };
    let Value::List(list) = &node.value else {
        problems.add(
            "task",
            "is a single table; write [[task]] with two brackets",
        );
        return Vec::new();
    };
    if list.is_empty() {
        problems.add("task", format!("is empty; {example}"));
    }
    let mut tasks = Vec::new();
    for (index, node) in list.iter().enumerate() {
        let path = format!("task.{index}");
        let Some(fields) = as_table(&path, node, problems) else {
            continue;
        };
        if let Some(task) = read_task(fields, cards, problems) {
            tasks.push((index, task));
        }
    }
    name_tasks(&mut tasks, problems);
    check_starters(&tasks, problems);
    check_feeds(&tasks, problems);
    tasks
}

/// Who starts a task is another one, which looks at two of its legs at least.
fn check_starters(tasks: &[(usize, Task)], problems: &mut Problems) {
    for (index, task) in tasks {
        let Some(name) = &task.started_by else {
            continue;
        };
        let path = format!("task.{index}.started_by");
        let mut others = tasks.iter().map(|(_, other)| other);
        let Some(by) = others.find(|other| other.name == *name && other.name != task.name) else {
            let message =
                format!("no other task is called {name:?}; name the scanner that starts it");
            problems.add(path, message);
            continue;
        };
        let looks_at = |leg: &&Leg| by.legs.iter().any(|own| own.instrument == leg.instrument);
        if task.legs.iter().filter(looks_at).count() < 2 {
            let message = format!(
                "is {name:?}, which looks at less than two of this task's instruments; add them to its legs"
            );
            problems.add(path, message);
        }
    }
}

fn read_task(
    mut fields: Fields<'_>,
    cards: &[StrategyCard],
    problems: &mut Problems,
) -> Option<Task> {
    let name = read_name(&mut fields, problems);
    let allow_negative_edge = fields.flag("allow_negative_edge", problems);
    let manual_start = fields.flag("manual_start", problems);
    let started_by = fields.text("started_by", problems);
    let retry_after = fields.optional("retry_after", SPAN, problems, |text| {
        Span::parse(text).filter(|span| *span > Span::ZERO)
    });
    let archive_after = fields.optional("archive_after", SPAN, problems, Span::parse);
    let card = read_strategy(&mut fields, cards, problems)?;
    let legs = read_legs(&mut fields, card, problems);
    let params = read_params(&fields, card, problems);
    Some(Task {
        name: name.unwrap_or_default(),
        strategy: card.name,
        legs: legs?,
        params: params?,
        allow_negative_edge,
        manual_start,
        started_by,
        retry_after,
        archive_after,
    })
}

fn read_name(fields: &mut Fields<'_>, problems: &mut Problems) -> Option<String> {
    let name = fields.text("name", problems)?;
    if !is_word(&name) || name.len() > NAME_MAX {
        let expects = format!("1 to {NAME_MAX} letters, digits, `-` and `_`");
        problems.add(
            fields.path("name"),
            format!("is {name:?}, expected {expects}"),
        );
    }
    Some(name)
}

fn read_strategy<'c>(
    fields: &mut Fields<'_>,
    cards: &'c [StrategyCard],
    problems: &mut Problems,
) -> Option<&'c StrategyCard> {
    let list = || -> Vec<&str> { cards.iter().map(|card| card.name).collect() };
    if fields.node("strategy").is_none() {
        let message = format!(
            "is missing; add `strategy = \"...\"`, one of {}",
            list().join(", ")
        );
        problems.add(fields.path("strategy"), message);
        return None;
    }
    let name = fields.text("strategy", problems)?;
    let card = cards.iter().find(|card| card.name == name);
    if card.is_none() {
        let hint = nearest(&name, cards.iter().map(|card| card.name)).map_or_else(
            || format!("known are {}", list().join(", ")),
            |near| format!("did you mean {near:?}?"),
        );
        problems.add(
            fields.path("strategy"),
            format!("no strategy is called {name:?}; {hint}"),
        );
    }
    card
}

fn read_legs(
    fields: &mut Fields<'_>,
    card: &StrategyCard,
    problems: &mut Problems,
) -> Option<Vec<Leg>> {
    let mut legs: Vec<Leg> = Vec::new();
    let (mut left_out, mut wrong) = (None, false);
    for spec in card.legs {
        if fields.node(spec.name).is_none() {
            if !spec.is_required() {
                left_out = left_out.or(Some(spec.name));
                continue;
            }
            wrong = true;
            let example = "{ instrument = \"venue:SYMBOL\", feed = \"quote\" }";
            problems.add(
                fields.path(spec.name),
                format!("this leg is missing; add `{} = {example}`", spec.name),
            );
            continue;
        }
        if let Some(missing) = left_out.filter(|_| !spec.is_required()) {
            let message = format!("is given without `{missing}`; number these legs without gaps");
            problems.add(fields.path(spec.name), message);
        }
        let table = fields.table(spec.name, problems);
        let Some(leg) = table.and_then(|table| read_leg(table, spec, problems)) else {
            wrong = true;
            continue;
        };
        if let Some(same) = legs.iter().find(|other| other.instrument == leg.instrument) {
            let message = format!(
                "is {}, which leg `{}` trades already; name another instrument",
                leg.instrument, same.name
            );
            problems.add(join(&fields.path(spec.name), "instrument"), message);
        }
        legs.push(leg);
    }
    (!wrong).then_some(legs)
}

fn read_leg(
    mut fields: Fields<'_>,
    spec: &'static LegSpec,
    problems: &mut Problems,
) -> Option<Leg> {
    let instrument = fields.required(
        "instrument",
        INSTRUMENT,
        "\"venue:SYMBOL\"",
        problems,
        InstrumentName::parse,
    );
    let expects = "\"quote\", \"depth\" or \"bar\"";
    let feed = fields.required("feed", expects, "\"quote\"", problems, |text| {
        Feed::ALL.iter().find(|feed| feed.name() == text).copied()
    });
    fields.finish(problems);
    Some(Leg {
        name: spec.name,
        instrument: instrument?,
        feed: feed?,
    })
}

/// Everything in a task that is not asked for otherwise is a parameter, nested tables making dotted names.
fn read_params(
    fields: &Fields<'_>,
    card: &StrategyCard,
    problems: &mut Problems,
) -> Option<Params> {
    let mut given = Vec::new();
    let mut strange_leg = false;
    for (key, node) in fields.rest() {
        match &node.value {
            Value::Table(table) if table.contains_key("instrument") => {
                let legs = card.legs.iter().map(|leg| leg.name);
                let message = format!("is no leg of {}: {}", card.name, unknown(key, legs));
                problems.add(fields.path(key), message);
                strange_leg = true;
            }
            _ => flatten(key, node, &mut given),
        }
    }
    let refused = old_names::translate(&mut given, card);
    let strange = strange_leg || !refused.is_empty();
    for (name, message) in refused {
        problems.add(fields.path(name), message);
        given.retain(|(known, _)| known != name);
    }
    let texts = given
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()));
    match card.read(texts) {
        Ok(params) => (!strange).then_some(params),
        Err(errors) => {
            for error in errors {
                // What is absent is missing from the task as a whole.
                let field = match error.name() {
                    Some(name) => fields.path(name),
                    None => fields.whole().to_string(),
                };
                problems.add(field, param_message(&error, card));
            }
            None
        }
    }
}

pub(super) fn flatten(name: &str, node: &Node, given: &mut Vec<(String, String)>) {
    if let Value::Table(table) = &node.value {
        for (key, child) in table {
            flatten(&join(name, key), child, given);
        }
    } else {
        // A list has no text; its kind then stands in the message of the type that was expected.
        let text = node.value.scalar();
        let text = text.unwrap_or_else(|| node.value.kind().to_string());
        given.push((name.to_string(), text));
    }
}

/// An unknown name may be meant for a leg or a field of the task as well as for a parameter.
fn param_message(error: &ParamError, card: &StrategyCard) -> String {
    let ParamError::Unknown { name, .. } = error else {
        return error.to_string();
    };
    let params = card.params.iter().map(|spec| spec.name);
    let legs = card.legs.iter().map(|leg| leg.name);
    let known = params.chain(legs).chain(FIELDS);
    format!("is no parameter of {}: {}", card.name, unknown(name, known))
}

/// A task without a name gets one from what it is: [`id_of`]. Two tasks of one name are one too many.
fn name_tasks(tasks: &mut [(usize, Task)], problems: &mut Problems) {
    for at in 0..tasks.len() {
        let given = !tasks[at].1.name.is_empty();
        if !given {
            tasks[at].1.name = id_of(&tasks[at].1);
        }
        let (index, task) = &tasks[at];
        let Some((first, _)) = tasks[..at]
            .iter()
            .find(|(_, other)| other.name == task.name)
        else {
            continue;
        };
        let (field, message) = if given {
            let message = format!(
                "{:?} names another task already; give each its own",
                task.name
            );
            (format!("task.{index}.name"), message)
        } else {
            let message = format!(
                "is {} once more, as task.{first} is; remove one, or give one of them a `name` of its own",
                task.name
            );
            (format!("task.{index}"), message)
        };
        problems.add(field, message);
    }
}

/// The name of a task that was given none: its strategy, its symbols and its venues in the order of its legs, each once,
/// such as `spot_futures_BTCUSDT_binance-spot_binance-usdm`.
fn id_of(task: &Task) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let symbols = task.legs.iter().map(|leg| leg.instrument.symbol.as_str());
    let venues = task.legs.iter().map(|leg| leg.instrument.venue.as_str());
    for part in std::iter::once(task.strategy).chain(symbols).chain(venues) {
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || c == '_' {
            c
        } else {
            '-'
        }
    };
    parts.join("_").chars().map(plain).collect()
}

/// One instrument has one feed in a run: the market is shared by every task.
fn check_feeds(tasks: &[(usize, Task)], problems: &mut Problems) {
    let mut feeds: BTreeMap<&InstrumentName, (Feed, String)> = BTreeMap::new();
    for (index, task) in tasks {
        for leg in &task.legs {
            let path = format!("task.{index}.{}.feed", leg.name);
            match feeds.get(&leg.instrument) {
                Some((feed, first)) if *feed != leg.feed => problems.add(
                    path,
                    format!(
                        "{} moves by {:?} here and by {:?} at {first}; choose one feed for it",
                        leg.instrument,
                        leg.feed.name(),
                        feed.name()
                    ),
                ),
                Some(_) => {}
                None => drop(feeds.insert(&leg.instrument, (leg.feed, path))),
            }
        }
    }
}

/// Every venue that is traded on has its section.
pub(super) fn check_venues(
    tasks: &[(usize, Task)],
    root: &BTreeMap<String, Node>,
    problems: &mut Problems,
) {
    let named: Vec<&str> = match root.get("venue").map(|node| &node.value) {
        Some(Value::Table(venues)) => venues.keys().map(String::as_str).collect(),
        _ => Vec::new(),
    };
    for (index, task) in tasks {
        for leg in &task.legs {
            let venue = leg.instrument.venue.as_str();
            if named.contains(&venue) {
                continue;
            }
            let hint = nearest(venue, named.iter().copied())
                .map_or_else(String::new, |near| format!(", or did you mean `{near}`?"));
            problems.add(
                format!("task.{index}.{}.instrument", leg.name),
                format!("venue `{venue}` has no section; add [venue.{venue}] with its fees{hint}"),
            );
        }
    }
}
