//! Reading the fields of one table: each asked for by name and type, what nobody asked for reported at the end.

use std::collections::BTreeMap;

use onetape_core::strategy::params::nearest;

use super::doc::{Node, Place, Value};
use super::error::Problems;

/// The fields of one table.
pub(super) struct Fields<'a> {
    path: String,
    table: &'a BTreeMap<String, Node>,
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(path: impl Into<String>, table: &'a BTreeMap<String, Node>) -> Self {
        Self {
            path: path.into(),
            table,
            known: Vec::new(),
        }
    }

    /// The dotted path of a field.
    pub(super) fn path(&self, key: &str) -> String {
        join(&self.path, key)
    }

    /// The dotted path of the table.
    pub(super) fn whole(&self) -> &str {
        &self.path
    }

    /// A field of any type.
    pub(super) fn node(&mut self, key: &'static str) -> Option<&'a Node> {
        self.known.push(key);
        self.table.get(key)
    }

    /// A field that is a table; `None` when it is absent or no table.
    pub(super) fn table(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<Fields<'a>> {
        let node = self.node(key)?;
        as_table(&self.path(key), node, problems)
    }

    /// A field with a value, read by `read`; `None` when it is absent or wrong.
    pub(super) fn optional<T>(
        &mut self,
        key: &'static str,
        expects: &str,
        problems: &mut Problems,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let node = self.node(key)?;
        let value = node.value.scalar().as_deref().and_then(read);
        if value.is_none() {
            problems.add(self.path(key), wrong(&node.value, expects));
        }
        value
    }

    /// A field that must be there.
    pub(super) fn required<T>(
        &mut self,
        key: &'static str,
        expects: &str,
        example: &str,
        problems: &mut Problems,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        if !self.table.contains_key(key) {
            self.known.push(key);
            problems.add(
                self.path(key),
                format!("is missing; add `{key} = {example}`"),
            );
            return None;
        }
        self.optional(key, expects, problems, read)
    }

    /// A field of words: a string, or anything that a flag says.
    pub(super) fn text(&mut self, key: &'static str, problems: &mut Problems) -> Option<String> {
        let node = self.node(key)?;
        let text = match (&node.value, &node.place) {
            (Value::Text(text), _) => Some(text.clone()),
            (value, Place::Flag(_)) => value.scalar(),
            _ => None,
        };
        if text.is_none() {
            problems.add(self.path(key), wrong(&node.value, "a string"));
        }
        text
    }

    /// A field that is `true` or `false`; `false` when it is absent.
    pub(super) fn flag(&mut self, key: &'static str, problems: &mut Problems) -> bool {
        let Some(node) = self.node(key) else {
            return false;
        };
        if let Value::Flag(flag) = node.value {
            return flag;
        }
        problems.add(
            self.path(key),
            wrong(&node.value, "true or false, without quotes"),
        );
        false
    }

    /// What nobody asked for.
    pub(super) fn rest(&self) -> impl Iterator<Item = (&'a str, &'a Node)> {
        let table = self.table.iter();
        table
            .filter(|(key, _)| !self.known.contains(&key.as_str()))
            .map(|(key, node)| (key.as_str(), node))
    }

    /// Reports what nobody asked for.
    pub(super) fn finish(self, problems: &mut Problems) {
        for (key, _) in self.rest() {
            problems.add(self.path(key), unknown(key, self.known.iter().copied()));
        }
    }
}

/// A dotted path.
pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_string()
    } else {
        format!("{path}.{key}")
    }
}

/// A node's fields; reported when it is no table.
pub(super) fn as_table<'a>(
    path: &str,
    node: &'a Node,
    problems: &mut Problems,
) -> Option<Fields<'a>> {
    let Value::Table(table) = &node.value else {
        problems.add(path, wrong(&node.value, "a table"));
        return None;
    };
    Some(Fields::new(path, table))
}

/// The message for a value of the wrong type or form.
pub(super) fn wrong(value: &Value, expects: &str) -> String {
    match value {
        Value::Text(text) => format!("is {text:?}, expected {expects}"),
        other => {
            let given = other.scalar().unwrap_or_else(|| other.kind().to_string());
            format!("is {given}, expected {expects}")
        }
    }
}

/// The message for a name that is not known.
pub(super) fn unknown<'k>(name: &str, known: impl Iterator<Item = &'k str> + Clone) -> String {
    match nearest(name, known.clone()) {
        Some(near) => format!("is not known here; did you mean `{near}`?"),
        None => {
            let known: Vec<&str> = known.collect();
            format!("is not known here; known are {}", known.join(", "))
        }
    }
}
