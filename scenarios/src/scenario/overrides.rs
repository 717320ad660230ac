//! `--set key=value`: changes to the document before it is read.

use std::collections::BTreeMap;

use onetape_core::strategy::params::StrategyCard;

use super::doc::{Node, Place, Value};
use super::error::Problem;
use super::fields::unknown;
use super::read::SECTIONS;

type Table = BTreeMap<String, Node>;

/// Applies the flags in their order; returns those that cannot be applied.
pub(super) fn apply(root: &mut Table, sets: &[String], cards: &[StrategyCard]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for set in sets {
        let place = Place::Flag(format!("--set {set}"));
        if let Err((field, message)) = apply_one(root, set, &place, cards) {
            problems.push(Problem {
                file: String::new(),
                place,
                field,
                message,
            });
        }
    }
    problems
}

type Refused = (String, String);

fn apply_one(
    root: &mut Table,
    set: &str,
    place: &Place,
    cards: &[StrategyCard],
) -> Result<(), Refused> {
    let Some((key, text)) = set.split_once('=') else {
        return Err((String::new(), "has no `=`; write --set key=value".into()));
    };
    let key = key.trim();
    if key.split('.').any(str::is_empty) {
        return Err((
            key.into(),
            "is no dotted path; write --set key=value".into(),
        ));
    }
    let node = Node {
        value: Value::from_flag(text.trim(), place),
        place: place.clone(),
    };
    let first = key.split('.').next().unwrap_or(key);
    if SECTIONS.contains(&first) {
        let segments: Vec<&str> = key.split('.').collect();
        if let ["task", index, name @ ..] = segments.as_slice()
            && let Some(task) = task_table(root, index)
        {
            clear_alternatives(task, &name.join("."), cards);
        }
        return insert(root, &segments, node, "").map_err(|message| (key.into(), message));
    }
    set_in_tasks(root, key, &node, cards)
}

/// A key that names no section is a parameter or a leg of the tasks: of all whose strategy declares it.
fn set_in_tasks(
    root: &mut Table,
    key: &str,
    node: &Node,
    cards: &[StrategyCard],
) -> Result<(), Refused> {
    let mut known: Vec<&str> = Vec::new();
    let mut taken = false;
    let tasks = match root.get_mut("task").map(|node| &mut node.value) {
        Some(Value::List(tasks)) => tasks.as_mut_slice(),
        _ => &mut [],
    };
    let segments: Vec<&str> = key.split('.').collect();
    for task in tasks {
        let Value::Table(table) = &mut task.value else {
            continue;
        };
        let Some(card) = card_of(table, cards) else {
            continue;
        };
        known.extend(card.params.iter().map(|spec| spec.name));
        known.extend(card.legs.iter().map(|leg| leg.name));
        if !takes(card, key) {
            continue;
        }
        taken = true;
        clear_alternatives(table, key, cards);
        insert(table, &segments, node.clone(), "").map_err(|message| (key.to_string(), message))?;
    }
    if taken {
        return Ok(());
    }
    known.extend(SECTIONS);
    known.sort_unstable();
    known.dedup();
    Err((key.into(), unknown(key, known.into_iter())))
}

/// Sizing by quantity on the command line takes the place of the file's notional.
fn clear_alternatives(task: &mut Table, key: &str, cards: &[StrategyCard]) {
    let Some(card) = card_of(task, cards) else {
        return;
    };
    let groups = card.one_of.iter().filter(|group| group.contains(&key));
    for other in groups.copied().flatten().filter(|other| **other != key) {
        remove_line(task, &other.split('.').collect::<Vec<_>>());
    }
}

fn task_table<'t>(root: &'t mut Table, index: &str) -> Option<&'t mut Table> {
    let Value::List(tasks) = &mut root.get_mut("task")?.value else {
        return None;
    };
    match &mut tasks.get_mut(index.parse::<usize>().ok()?)?.value {
        Value::Table(table) => Some(table),
        _ => None,
    }
}

fn card_of<'c>(task: &Table, cards: &'c [StrategyCard]) -> Option<&'c StrategyCard> {
    let Value::Text(name) = &task.get("strategy")?.value else {
        return None;
    };
    cards.iter().find(|card| card.name == name)
}

/// A parameter, a table of parameters, a leg or a field of a leg.
fn takes(card: &StrategyCard, key: &str) -> bool {
    let within = |name: &str, outer: &str| {
        name == outer
            || name
                .strip_prefix(outer)
                .is_some_and(|rest| rest.starts_with('.'))
    };
    key == "allow_negative_edge"
        || card.params.iter().any(|spec| within(spec.name, key))
        || card.legs.iter().any(|leg| within(key, leg.name))
}

fn insert(table: &mut Table, segments: &[&str], node: Node, path: &str) -> Result<(), String> {
    let [first, rest @ ..] = segments else {
        return Ok(());
    };
    if rest.is_empty() {
        table.insert((*first).to_string(), node);
        return Ok(());
    }
    let path = super::fields::join(path, first);
    let inner = table.entry((*first).to_string()).or_insert_with(|| Node {
        value: Value::Table(BTreeMap::new()),
        place: node.place.clone(),
    });
    insert_below(&mut inner.value, rest, node, &path)
}

fn insert_below(
    value: &mut Value,
    segments: &[&str],
    node: Node,
    path: &str,
) -> Result<(), String> {
    match value {
        Value::Table(table) => insert(table, segments, node, path),
        Value::List(list) => {
            let [first, rest @ ..] = segments else {
                return Ok(());
            };
            let count = list.len();
            let item = first.parse().ok().and_then(|at: usize| list.get_mut(at));
            let Some(item) = item else {
                return Err(format!(
                    "`{path}` has {count} entries; give a number below {count} after `{path}.`, as in {path}.0"
                ));
            };
            if rest.is_empty() {
                *item = node;
                return Ok(());
            }
            let path = super::fields::join(path, first);
            insert_below(&mut item.value, rest, node, &path)
        }
        other => Err(format!(
            "`{path}` is {}, so nothing can be set below it; set `{path}` itself",
            other.kind()
        )),
    }
}

/// Takes a value out that a line of the file gave.
fn remove_line(table: &mut Table, segments: &[&str]) {
    let [first, rest @ ..] = segments else {
        return;
    };
    if rest.is_empty() {
        if matches!(table.get(*first), Some(node) if matches!(node.place, Place::Line(_))) {
            table.remove(*first);
        }
    } else if let Some(Value::Table(inner)) = table.get_mut(*first).map(|node| &mut node.value) {
        remove_line(inner, rest);
    }
}
