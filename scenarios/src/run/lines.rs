//! Progress for programs: a line of JSON on stderr now and then.

use std::time::{Duration, Instant};

use serde_json::json;

/// Time between two lines, at least.
const EVERY: Duration = Duration::from_secs(1);

/// How far a number of points has come, in lines.
pub(super) struct Lines {
    total: u64,
    /// When it began, and how many were done then.
    began: Option<(Instant, u64)>,
    told: Option<Instant>,
}

impl Lines {
    /// For so many points.
    pub(super) const fn of(total: u64) -> Self {
        Self {
            total,
            began: None,
            told: None,
        }
    }

    /// So many are done: a line for the first, for the last, and a second after the one before.
    pub(super) fn set(&mut self, done: u64) {
        let now = Instant::now();
        let is_due = self.told.is_none_or(|told| now - told >= EVERY);
        let (began, first) = *self.began.get_or_insert((now, done));
        if is_due || done >= self.total {
            self.told = Some(now);
            eprintln!(
                "{}",
                line(done, self.total, done - first.min(done), now - began)
            );
        }
    }
}

/// `new` of the points that are done took so long.
fn line(done: u64, total: u64, new: u64, took: Duration) -> serde_json::Value {
    let rate = new as f64 / took.as_secs_f64();
    let rate = (new > 0 && rate.is_finite()).then_some(rate);
    json!({
        "done": done,
        "points": total,
        "points_per_s": rate,
        "eta_s": rate.map(|rate| total.saturating_sub(done) as f64 / rate),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_told_once_there_is_one() {
        let first = line(40, 100, 0, Duration::ZERO);
        assert_eq!(
            first.to_string(),
            r#"{"done":40,"eta_s":null,"points":100,"points_per_s":null}"#
        );
        let later = line(60, 100, 20, Duration::from_secs(4));
        assert_eq!(
            later.to_string(),
            r#"{"done":60,"eta_s":8.0,"points":100,"points_per_s":5.0}"#
        );
    }
}
