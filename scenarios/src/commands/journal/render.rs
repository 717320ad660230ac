//! Journal entries as text and as JSON, from one description.

use onetape_core::event::Level;
use onetape_core::journal::Record;
use onetape_core::marks::Marks;
use onetape_core::time::Ts;
use onetape_data::journal::Entry;
use serde_json::{Map, Value, json};

use super::known::Known;
use super::{decided, happened};

/// A moment in UTC to the nanosecond.
pub(super) fn time(ts: Ts) -> String {
    match jiff::Timestamp::from_nanosecond(i128::from(ts.nanos())) {
        Ok(moment) => format!("{moment:.9}"),
        Err(_) => format!("{} ns", ts.nanos()),
    }
}

/// One thing that an entry says.
pub(super) struct Item {
    name: &'static str,
    text: String,
    pub(super) json: Value,
}

/// A named word or decimal, the same in text and JSON.
pub(super) fn word(name: &'static str, text: impl Into<String>) -> Item {
    let text = text.into();
    let json = Value::String(text.clone());
    Item { name, text, json }
}

/// A named count or flag.
pub(super) fn plain(name: &'static str, value: impl Into<Value>) -> Item {
    let json = value.into();
    let text = json.to_string();
    Item { name, text, json }
}

/// Something with its own shape in each.
pub(super) fn shaped(name: &'static str, text: String, json: Value) -> Item {
    Item { name, text, json }
}

/// Best bids and asks, each at its instrument's decimals.
fn tops(marks: &Marks, known: &Known) -> Vec<Item> {
    let named = marks.tops.iter().map(|top| {
        let id = top.instrument;
        let level = |level: Level| {
            (
                known.price(Some(id), level.price),
                known.qty(Some(id), level.qty),
            )
        };
        let ((bid, bid_qty), (ask, ask_qty)) = (level(top.bid), level(top.ask));
        let name = known.instrument(id);
        let text = format!("{name} bid={bid} qty={bid_qty} ask={ask} qty={ask_qty}");
        let json = json!({
            "instrument": name, "bid": bid, "bid_qty": bid_qty, "ask": ask, "ask_qty": ask_qty,
        });
        (text, json)
    });
    let (texts, values): (Vec<String>, Vec<Value>) = named.unzip();
    vec![shaped("tops", texts.join("; "), Value::Array(values))]
}

/// An entry, described.
pub struct Line {
    time: String,
    segment: u32,
    offset: u64,
    seq: u64,
    kind: &'static str,
    what: String,
    items: Vec<Item>,
}

impl Line {
    /// Describes an entry. `known` has learned it and every entry before it.
    pub fn new(entry: &Entry, known: &Known) -> Self {
        let (what, items) = match &entry.body {
            Record::Event(event) => happened::items(&event.body, known),
            Record::Decision(made) => (known.task(made.task), decided::items(made, known)),
            Record::Marks(marks) => ("tops of book".into(), tops(marks, known)),
        };
        Self {
            time: time(entry.ts()),
            segment: entry.segment,
            offset: entry.offset,
            seq: entry.seq.0,
            kind: entry.body.kind().name(),
            what,
            items,
        }
    }

    /// One line: time, sequence number, kind, what, and what it says. Control characters are escaped.
    pub fn text(&self) -> String {
        let head = format!(
            "{} {:>8} {:<8} {}",
            self.time, self.seq, self.kind, self.what
        );
        let line =
            self.items
                .iter()
                .filter(|item| !item.text.is_empty())
                .fold(head, |line, item| {
                    if item.name.is_empty() {
                        format!("{line} {}", item.text)
                    } else {
                        format!("{line} {}={}", item.name, item.text)
                    }
                });
        let mut inert = String::with_capacity(line.len());
        for letter in line.chars() {
            if letter.is_control() {
                inert.extend(letter.escape_default());
            } else {
                inert.push(letter);
            }
        }
        inert
    }

    /// One object, with decimals as strings.
    pub fn json(&self) -> Value {
        let mut object = Map::new();
        let what = if self.kind == "decision" {
            "task"
        } else {
            "what"
        };
        for (name, value) in [
            ("time", json!(self.time)),
            ("segment", json!(self.segment)),
            ("offset", json!(self.offset)),
            ("seq", json!(self.seq)),
            ("kind", json!(self.kind)),
            (what, json!(self.what)),
        ] {
            object.insert(name.to_string(), value);
        }
        for item in &self.items {
            let name = if item.name.is_empty() {
                "reason"
            } else {
                item.name
            };
            object.insert(name.to_string(), item.json.clone());
        }
        Value::Object(object)
    }

    /// The names of what two entries say differently; where they stand is not compared.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let (Value::Object(ours), Value::Object(theirs)) = (self.json(), other.json()) else {
            return Vec::new();
        };
        let names: std::collections::BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
        names
            .into_iter()
            .filter(|name| !matches!(name.as_str(), "segment" | "offset"))
            .filter(|name| ours.get(*name) != theirs.get(*name))
            .cloned()
            .collect()
    }
}
