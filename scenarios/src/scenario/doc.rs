//! A scenario document as a tree that remembers where each value stands, and keeps numbers as their own text.
//!
//! The typed scenario is read from this tree by hand rather than derived, for three reasons: every mistake is
//! reported instead of the first one, a number's text reaches the decimal parser without passing through a
//! float, and a value can come from the command line as well as from a line of the file.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

/// Where a value was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A line of the scenario file, from 1.
    Line(usize),
    /// A flag of the command line, as typed.
    Flag(String),
}

/// One value and where it was given.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) place: Place,
}

/// A value of a document.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    /// The number's own text, without separators and a plus sign.
    Number(String),
    Flag(bool),
    Moment(String),
    List(Vec<Node>),
    Table(BTreeMap<String, Node>),
}

impl Value {
    /// What it is, in words.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Number(_) => "a number",
            Self::Flag(_) => "true or false",
            Self::Moment(_) => "a date",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }

    /// The text of a value that is not a list or a table.
    pub(super) fn scalar(&self) -> Option<String> {
        match self {
            Self::Text(text) | Self::Number(text) | Self::Moment(text) => Some(text.clone()),
            Self::Flag(flag) => Some(flag.to_string()),
            Self::List(_) | Self::Table(_) => None,
        }
    }

    fn from_toml(value: &DeValue<'_>, place: &impl Fn(Range<usize>) -> Place) -> Self {
        match value {
            DeValue::String(text) => Self::Text(text.to_string()),
            DeValue::Integer(number) => Self::Number(plain(&number.to_string())),
            DeValue::Float(number) => Self::Number(plain(number.as_str())),
            DeValue::Boolean(flag) => Self::Flag(*flag),
            DeValue::Datetime(moment) => Self::Moment(moment.to_string()),
            DeValue::Array(list) => Self::List(
                list.iter()
                    .map(|item| Node {
                        value: Self::from_toml(item.get_ref(), place),
                        place: place(item.span()),
                    })
                    .collect(),
            ),
            DeValue::Table(table) => Self::Table(entries(table, place)),
        }
    }

    /// The value that the text after `--set k=` stands for: TOML where it is TOML, else the text itself.
    pub(super) fn from_flag(text: &str, place: &Place) -> Self {
        match DeValue::parse(text) {
            Ok(value) => Self::from_toml(value.get_ref(), &|_| place.clone()),
            Err(_) => Self::Text(text.to_string()),
        }
    }
}

fn plain(number: &str) -> String {
    number.strip_prefix('+').unwrap_or(number).to_string()
}

fn entries(table: &DeTable<'_>, place: &impl Fn(Range<usize>) -> Place) -> BTreeMap<String, Node> {
    table
        .iter()
        .map(|(key, value)| {
            let node = Node {
                value: Value::from_toml(value.get_ref(), place),
                place: place(key.span()),
            };
            (key.get_ref().to_string(), node)
        })
        .collect()
}

/// A text that is no TOML: the line and what is wrong with it.
#[derive(Debug)]
pub(super) struct SyntaxError {
    pub(super) line: usize,
    pub(super) message: String,
}

/// Parses a document.
pub(super) fn parse(text: &str) -> Result<BTreeMap<String, Node>, SyntaxError> {
    let starts: Vec<usize> = std::iter::once(0)
        .chain(text.match_indices('\n').map(|(at, _)| at + 1))
        .collect();
    let line = |at: usize| starts.partition_point(|start| *start <= at).max(1);
    match DeTable::parse(text) {
        Ok(table) => Ok(entries(table.get_ref(), &|span| {
            Place::Line(line(span.start))
        })),
        Err(error) => Err(SyntaxError {
            line: line(error.span().map_or(0, |span| span.start)),
            message: error.message().to_string(),
        }),
    }
}

/// Where everything of a scenario was given.
#[derive(Clone, Debug)]
pub struct Source {
    file: String,
    places: BTreeMap<String, Place>,
}

impl Source {
    pub(super) fn new(file: &str, root: &BTreeMap<String, Node>) -> Self {
        let mut places = BTreeMap::new();
        for (key, node) in root {
            enter(&mut places, key.clone(), node);
        }
        Self {
            file: file.to_string(),
            places,
        }
    }

    /// The file, as it was named.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Where the value of a dotted path was given; for one that is absent, where the nearest table around it
    /// starts.
    pub fn locate(&self, path: &str) -> Place {
        let mut path = path;
        loop {
            if let Some(place) = self.places.get(path) {
                return place.clone();
            }
            match path.rsplit_once('.') {
                Some((around, _)) => path = around,
                None => return Place::Line(1),
            }
        }
    }
}

fn enter(places: &mut BTreeMap<String, Place>, path: String, node: &Node) {
    match &node.value {
        Value::Table(table) => {
            for (key, child) in table {
                enter(places, format!("{path}.{key}"), child);
            }
        }
        Value::List(list) => {
            for (index, child) in list.iter().enumerate() {
                enter(places, format!("{path}.{index}"), child);
            }
        }
        _ => {}
    }
    places.insert(path, node.place.clone());
}
