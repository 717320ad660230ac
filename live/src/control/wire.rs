//! Lines: how orders and answers are written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Order;

/// Longest line that is taken.
pub(super) const LINE_MAX: usize = 64 * 1024;

/// Longest reason that is taken.
const WHY_MAX: usize = 1_024;

/// A line of a client.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    /// Repeated in the answer.
    #[serde(default)]
    pub(super) id: u64,
    order: Word,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    task: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    item: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    deny: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    params: BTreeMap<String, String>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_false(value: &bool) -> bool {
    !*value
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Status,
    Pause,
    Resume,
    Halt,
    Flatten,
    Approve,
    Set,
}

/// A line of the server.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    /// Of the line that it answers; 0 where that could not be read.
    pub(super) id: u64,
    /// Whether it was done.
    pub(super) ok: bool,
    /// What there is to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) result: Option<Value>,
    /// Why it was not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
}

impl Answer {
    pub(super) fn of(id: u64, done: Result<Value, String>) -> Self {
        match done {
            Ok(result) => Self {
                id,
                ok: true,
                result: Some(result),
                error: None,
            },
            Err(error) => Self {
                id,
                ok: false,
                result: None,
                error: Some(error),
            },
        }
    }
}

impl Line {
    pub(super) fn new(id: u64, order: &Order) -> Self {
        let mut line = Self {
            id,
            order: Word::Status,
            task: None,
            item: None,
            deny: false,
            why: None,
            params: BTreeMap::new(),
        };
        (line.order, line.task) = match order {
            Order::Status => (Word::Status, None),
            Order::Pause { task } => (Word::Pause, task.clone()),
            Order::Resume { task } => (Word::Resume, task.clone()),
            Order::Halt => (Word::Halt, None),
            Order::Flatten { task } => (Word::Flatten, task.clone()),
            Order::Decide {
                item,
                approved,
                why,
            } => {
                (line.item, line.deny) = (Some(item.clone()), !approved);
                line.why.clone_from(why);
                (Word::Approve, None)
            }
            Order::Set { task, params } => {
                line.params = params.iter().cloned().collect();
                (Word::Set, Some(task.clone()))
            }
        };
        line
    }

    /// The order, or what is wrong with it.
    pub(super) fn order(self) -> Result<Order, String> {
        let spare = |used: [bool; 5]| {
            let given = [
                ("task", self.task.is_some()),
                ("item", self.item.is_some()),
                ("deny", self.deny),
                ("why", self.why.is_some()),
                ("params", !self.params.is_empty()),
            ];
            let spare = given
                .iter()
                .zip(used)
                .find(|((_, given), used)| *given && !used);
            spare.map_or(Ok(()), |((name, _), _)| {
                Err(format!("{name} says nothing with this order"))
            })
        };
        match self.order {
            Word::Status => spare([false; 5]).map(|()| Order::Status),
            Word::Halt => spare([false; 5]).map(|()| Order::Halt),
            Word::Pause => {
                spare([true, false, false, false, false]).map(|()| Order::Pause { task: self.task })
            }
            Word::Resume => spare([true, false, false, false, false])
                .map(|()| Order::Resume { task: self.task }),
            Word::Flatten => spare([true, false, false, false, false])
                .map(|()| Order::Flatten { task: self.task }),
            Word::Approve => {
                spare([false, true, true, true, false])?;
                let item = self.item.ok_or("approve takes an item")?;
                let why = self.why.filter(|why| !why.is_empty());
                if why.as_ref().is_some_and(|why| why.len() > WHY_MAX) {
                    return Err(format!("why is longer than {WHY_MAX} bytes"));
                }
                Ok(Order::Decide {
                    item,
                    approved: !self.deny,
                    why,
                })
            }
            Word::Set => {
                spare([true, false, false, false, true])?;
                match self.task {
                    Some(task) if !self.params.is_empty() => Ok(Order::Set {
                        task,
                        params: self.params.into_iter().collect(),
                    }),
                    _ => Err("set takes a task and params".to_string()),
                }
            }
        }
    }
}
