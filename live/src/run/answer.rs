//! What people order, and what is answered.

use std::collections::BTreeSet;
use std::sync::Arc;

use onetape_core::approval::Item;
use onetape_core::desk::Desk;
use onetape_core::names::{Names, TaskId};

use crate::control::Known;

/// Tasks of a run and the parameters that each has.
#[derive(Clone, Debug)]
pub struct Tasks {
    names: Arc<Names>,
    params: Vec<BTreeSet<&'static str>>,
}

impl Tasks {
    /// By task: the names of its parameters.
    pub fn new(names: Arc<Names>, params: Vec<BTreeSet<&'static str>>) -> Self {
        Self { names, params }
    }

    /// With the values that hold at a desk.
    pub(super) const fn at<'a>(&'a self, desk: &'a Desk) -> KnownAt<'a> {
        KnownAt { tasks: self, desk }
    }
}

pub(super) struct KnownAt<'a> {
    tasks: &'a Tasks,
    desk: &'a Desk,
}

impl Known for KnownAt<'_> {
    fn task(&self, name: &str) -> Option<TaskId> {
        let at = self.tasks.names.tasks.iter().position(|it| it == name)?;
        u16::try_from(at).ok().map(TaskId)
    }

    fn item(&self, id: &str) -> Option<Item> {
        let item = Item::parse(id, &self.tasks.names);
        item.filter(|item| self.desk.waits(item))
    }

    fn param(&self, task: TaskId, name: &str) -> Option<Option<String>> {
        let known = self.tasks.params.get(task.index())?;
        known.contains(name).then(|| {
            let params = self.desk.params(task)?;
            let mut texts = params.texts().into_iter();
            texts.find(|(it, _)| *it == name).map(|(_, text)| text)
        })
    }
}
