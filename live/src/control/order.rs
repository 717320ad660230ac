//! What can be ordered, and which event it becomes.

use onetape_core::approval::{Item, Verdict};
use onetape_core::event::Control;
use onetape_core::names::TaskId;
use onetape_core::task::{Ending, ParamChange, TaskAction, TaskOrder};

/// What a person tells a running instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// How is it?
    Status,
    /// No new entries, of a task or of all.
    Pause {
        /// Which; `None` is all.
        task: Option<String>,
    },
    /// Back to normal.
    Resume {
        /// Which; `None` is all.
        task: Option<String>,
    },
    /// Nothing leaves any more.
    Halt,
    /// Stop, with every leg closed.
    Flatten {
        /// Which; `None` is all.
        task: Option<String>,
    },
    /// A person's word on something that waits for it.
    Decide {
        /// Its id.
        item: String,
        /// Yes or no.
        approved: bool,
        /// Why.
        why: Option<String>,
    },
    /// Go on with other parameters.
    Set {
        /// Which task.
        task: String,
        /// Names and values.
        params: Vec<(String, String)>,
    },
}

/// What an order's names mean in the run.
pub trait Known {
    /// A task by its name.
    fn task(&self, name: &str) -> Option<TaskId>;
    /// The text of a parameter that holds; `None` where the task has no such parameter, within it `None` where it has no
    /// value.
    fn param(&self, task: TaskId, name: &str) -> Option<Option<String>>;
    /// Something that waits for a person's word, by its id.
    fn item(&self, id: &str) -> Option<Item>;
}

/// Why an order cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// No such task.
    #[error("there is no task {0:?}; `onetape status` lists those that there are")]
    Task(String),
    /// Nothing waits there.
    #[error("nothing waits as {0:?}; `onetape approve RUN` lists what does")]
    Item(String),
    /// No such parameter.
    #[error(
        "task {task:?} has no parameter {param:?}; `onetape strategy describe` lists those that there are"
    )]
    Param {
        /// The task.
        task: String,
        /// The parameter.
        param: String,
    },
}

impl Order {
    /// The event that it becomes when somebody gives it; `None` for a question.
    ///
    /// # Errors
    /// When it names what is not there.
    pub fn control(&self, known: &impl Known, who: &str) -> Result<Option<Control>, OrderError> {
        let id = |name: &str| {
            known
                .task(name)
                .ok_or_else(|| OrderError::Task(name.to_string()))
        };
        let some = |task: &Option<String>| task.as_deref().map(id).transpose();
        let to = |task, action| Control::Task(Box::new(TaskOrder { task, action }));
        Ok(Some(match self {
            Self::Status => return Ok(None),
            Self::Pause { task: None } => Control::Pause,
            Self::Resume { task: None } => Control::Resume,
            Self::Pause { task } => to(some(task)?, TaskAction::Pause),
            Self::Resume { task } => to(some(task)?, TaskAction::Resume),
            Self::Halt => Control::Halt,
            Self::Flatten { task } => to(some(task)?, TaskAction::Stop(Ending::Unwind)),
            Self::Decide {
                item,
                approved,
                why,
            } => Control::Verdict(Box::new(Verdict {
                item: known
                    .item(item)
                    .ok_or_else(|| OrderError::Item(item.clone()))?,
                approved: *approved,
                who: who.to_string(),
                why: why.clone(),
            })),
            Self::Set { task, params } => {
                let changes = changes(known, task, id(task)?, params)?;
                to(Some(id(task)?), TaskAction::Update(changes))
            }
        }))
    }
}

impl Order {
    /// What is ordered, in words for the journal; `None` for a question, and for a word on something that waits, whose own
    /// event says who gave it.
    pub fn words(&self) -> Option<String> {
        let of = |task: &Option<String>| task.as_ref().map_or(String::new(), |it| format!(" {it}"));
        Some(match self {
            Self::Status | Self::Decide { .. } => return None,
            Self::Pause { task } => format!("pause{}", of(task)),
            Self::Resume { task } => format!("resume{}", of(task)),
            Self::Halt => "halt".to_string(),
            Self::Flatten { task } => format!("flatten{}", of(task)),
            Self::Set { task, .. } => format!("set {task}"),
        })
    }
}

fn changes(
    known: &impl Known,
    name: &str,
    task: TaskId,
    params: &[(String, String)],
) -> Result<Vec<ParamChange>, OrderError> {
    let change = |(param, new): &(String, String)| match known.param(task, param) {
        Some(old) => Ok(ParamChange {
            name: param.clone(),
            old,
            new: new.clone(),
        }),
        None => Err(OrderError::Param {
            task: name.to_string(),
            param: param.clone(),
        }),
    };
    params.iter().map(change).collect()
}
