//! Tasks that are added while a run goes on: `[[control]]` sections with `do = "add"` and the task in `[control.add]`.
//!
//! Such a task is one of the scenario, with the same checks and a name by the same rule, that begins when its control says
//! so; its lines stay where they are.

use std::collections::BTreeMap;

use super::doc::{Node, Value};

/// The key under which a control knows the place of the task that it adds.
pub(super) const PLACE: &str = "add place";

type Table = BTreeMap<String, Node>;

/// Moves the tasks of such controls behind those of the scenario.
pub(super) fn take(root: &mut Table) {
    let mut tasks = match root.get("task").map(|node| &node.value) {
        Some(Value::List(tasks)) => tasks.len(),
        None => 0,
        // What is wrong with it is said where tasks are read.
        Some(_) => return,
    };
    let mut added = Vec::new();
    let controls = match root.get_mut("control").map(|node| &mut node.value) {
        Some(Value::List(controls)) => controls.as_mut_slice(),
        _ => return,
    };
    for control in controls {
        let Value::Table(control) = &mut control.value else {
            continue;
        };
        if !is_word(control.get("do"), "add") || !is_table(control.get("add")) {
            continue;
        }
        let Some(mut task) = control.remove("add") else {
            continue;
        };
        let place = task.place.clone();
        if let Value::Table(table) = &mut task.value {
            let begins = Node {
                value: Value::Flag(true),
                place: place.clone(),
            };
            table.insert("manual_start".into(), begins);
        }
        added.push(task);
        let at = Node {
            value: Value::Number(tasks.to_string()),
            place,
        };
        control.insert(PLACE.into(), at);
        tasks += 1;
    }
    if added.is_empty() {
        return;
    }
    match root.get_mut("task").map(|node| &mut node.value) {
        Some(Value::List(tasks)) => tasks.append(&mut added),
        _ => {
            let place = added[0].place.clone();
            let value = Value::List(added);
            root.insert("task".into(), Node { value, place });
        }
    }
}

fn is_word(node: Option<&Node>, word: &str) -> bool {
    matches!(node.map(|node| &node.value), Some(Value::Text(text)) if text == word)
}

fn is_table(node: Option<&Node>) -> bool {
    matches!(node.map(|node| &node.value), Some(Value::Table(_)))
}
