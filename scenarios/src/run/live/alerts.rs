//! Alerts to people: lines of the log, of which what repeats is told by its number.

use std::cell::RefCell;
use std::rc::Rc;

use onetape_core::time::Ts;

use super::repeats::{Repeats, without_numbers};

/// Shared by who alerts and who looks at the time.
#[derive(Clone, Debug, Default)]
pub(super) struct Alerts(Rc<RefCell<Repeats<String, String>>>);

impl Alerts {
    /// Tells people, unless they were told enough of the like. Each stands in the journal all the same.
    pub(super) fn tell(&self, now: Ts, words: &str) {
        let kind = without_numbers(words);
        let mut repeats = self.0.borrow_mut();
        if let Some(words) = repeats.take(now, kind, 0, words.to_string()) {
            tracing::warn!("{words}");
        }
    }

    /// Tells the numbers of what was not told, where it is time.
    pub(super) fn look(&self, now: Ts) {
        for more in self.0.borrow_mut().due(now) {
            tracing::warn!("{}", more.words(&more.last));
        }
    }

    /// Tells the rest, before an end.
    pub(super) fn rest(&self, now: Ts) {
        for more in self.0.borrow_mut().rest(now) {
            tracing::warn!("{}", more.words(&more.last));
        }
    }
}
