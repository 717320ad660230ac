//! Health of the parts of a run: each well or not, why, and since when. What is unwell is told once an episode.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use onetape_core::time::Ts;
use serde_json::{Value, json};

use crate::commands::time_text;

/// What was found of one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: String,
    /// Why it is not well.
    pub(super) why: Option<String>,
}

impl Part {
    pub(super) fn new(name: impl Into<String>, why: Option<String>) -> Self {
        let name = name.into();
        Self { name, why }
    }
}

/// How a part has been.
#[derive(Clone, Debug)]
struct Course {
    why: Option<String>,
    since: Ts,
    episodes: u64,
}

/// A part that fell ill or got well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) words: String,
    pub(super) is_well: bool,
}

/// How every part has been; shared by who looks and who tells.
#[derive(Clone, Debug, Default)]
pub(super) struct Book(Rc<RefCell<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    courses: BTreeMap<String, Course>,
    turns: Vec<Turn>,
}

impl Book {
    /// Takes in how the parts are now.
    pub(super) fn look(&self, now: Ts, parts: Vec<Part>) {
        let mut kept = self.0.borrow_mut();
        let Kept { courses, turns } = &mut *kept;
        for Part { name, why } in parts {
            let is_well = why.is_none();
            let course = courses.entry(name.clone()).or_insert_with(|| Course {
                why: None,
                since: now,
                episodes: 0,
            });
            if is_well != course.why.is_none() {
                course.since = now;
                course.episodes += u64::from(!is_well);
                let words = why.as_ref().map_or_else(
                    || format!("{name} is well again"),
                    |why| format!("{name} is not well: {why}"),
                );
                turns.push(Turn { words, is_well });
            }
            course.why = why;
        }
    }

    /// What turned since this was asked last.
    pub(super) fn turns(&self) -> Vec<Turn> {
        std::mem::take(&mut self.0.borrow_mut().turns)
    }

    /// Every part, and whether all are well.
    pub(super) fn document(&self) -> Value {
        let kept = self.0.borrow();
        let parts = kept.courses.iter().map(|(name, course)| {
            json!({
                "name": name,
                "ok": course.why.is_none(),
                "why": course.why,
                "since": time_text(course.since),
                "episodes": course.episodes,
            })
        });
        json!({
            "ok": kept.courses.values().all(|it| it.why.is_none()),
            "components": parts.collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(book: &Book, at: i64, why: Option<&str>) -> Vec<Turn> {
        let why = why.map(str::to_string);
        book.look(Ts::from_nanos(at), vec![Part::new("feed a", why)]);
        book.turns()
    }

    #[test]
    fn mo5_mo6_what_is_unwell_is_told_once_an_episode() {
        let book = Book::default();
        assert_eq!(look(&book, 1, None), []);
        let ill = look(&book, 2, Some("silent"));
        assert_eq!(ill.len(), 1);
        assert_eq!(ill[0].words, "feed a is not well: silent");
        assert_eq!(look(&book, 3, Some("silent for longer")), []);
        let told = book.document();
        assert_eq!(told["ok"], false);
        let part = &told["components"][0];
        assert_eq!(part["why"], "silent for longer");
        assert_eq!(part["since"], time_text(Ts::from_nanos(2)));
        let well = look(&book, 4, None);
        assert!(well[0].is_well && well[0].words == "feed a is well again");
        assert_eq!(look(&book, 5, Some("gone")).len(), 1, "another episode");
        assert_eq!(book.document()["components"][0]["episodes"], 2);
    }

    #[test]
    fn a_part_that_begins_unwell_is_told_of() {
        let book = Book::default();
        assert_eq!(look(&book, 1, Some("no word yet")).len(), 1);
    }
}
