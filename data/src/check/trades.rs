//! Trade ids: repeated ones, and those that are missing.

use std::collections::BTreeMap;

use super::finding::{At, CheckName, Scope, Severity, Tally};

/// Holes that are remembered; of more, the oldest are taken as they stand.
const HOLES_MAX: usize = 4_096;

/// Ids of a trade stream. An id at or below the largest one so far either fills a hole or was there already.
#[derive(Default)]
pub(super) struct TradeIds {
    least: u64,
    most: Option<u64>,
    /// First missing id, with the last one and the row that showed it.
    holes: BTreeMap<u64, (u64, At)>,
    /// Ids up to this one are forgotten.
    forgotten: Option<u64>,
    lost: Tally,
    repeated: Tally,
    between_sources: Tally,
    steps: u64,
    steps_of_one: u64,
}

impl TradeIds {
    /// The next id; 0 is none. `new_source` for the first row of a source.
    pub(super) fn id(&mut self, id: u64, at: At, new_source: bool) {
        if id == 0 {
            return;
        }
        let Some(most) = self.most else {
            (self.least, self.most) = (id, Some(id));
            return;
        };
        if id <= most {
            return self.late(id, at);
        }
        self.most = Some(id);
        if new_source {
            let missing = Tally {
                count: id - most - 1,
                first: Some(at),
            };
            if missing.count > 0 {
                self.between_sources = self.between_sources.join(missing);
            }
            return;
        }
        self.steps += 1;
        if id == most + 1 {
            self.steps_of_one += 1;
        } else {
            self.hole(most + 1, id - 1, at);
        }
    }

    fn hole(&mut self, first: u64, last: u64, at: At) {
        if self.holes.len() == HOLES_MAX
            && let Some((first, (last, at))) = self.holes.pop_first()
        {
            self.forgotten = Some(last);
            self.lost = self.lost.join(Tally {
                count: last - first + 1,
                first: Some(at),
            });
        }
        self.holes.insert(first, (last, at));
    }

    fn late(&mut self, id: u64, at: At) {
        let hole = self.holes.range(..=id).next_back();
        let hole = hole.map(|(&first, &(last, shown))| (first, last, shown));
        match hole.filter(|&(_, last, _)| id <= last) {
            Some((first, last, shown)) => {
                self.holes.remove(&first);
                if first < id {
                    self.holes.insert(first, (id - 1, shown));
                }
                if id < last {
                    self.holes.insert(id + 1, (last, shown));
                }
            }
            None if id < self.least => self.least = id,
            None if self.forgotten.is_some_and(|forgotten| id <= forgotten) => {}
            None => self.repeated.add(at),
        }
    }

    /// `aside` entries were left out by the import, and may be what is missing.
    pub(super) fn tell(&self, aside: u64, to: &mut Scope<'_>) {
        to.tell(
            CheckName::Duplicate,
            Severity::Error,
            self.repeated,
            "trade ids are there twice: their volume counts twice",
            Vec::new(),
        );
        let mut missing = self.lost;
        for (first, (last, at)) in &self.holes {
            missing = missing.join(Tally {
                count: last - first + 1,
                first: Some(*at),
            });
        }
        let numbered =
            self.steps > 0 && self.steps_of_one.saturating_mul(10) >= self.steps.saturating_mul(9);
        let all = missing.count;
        missing.count = all.saturating_sub(aside);
        if numbered {
            to.tell(
                CheckName::SequenceGap,
                Severity::Warning,
                missing,
                "trade ids are missing in between: prints were lost, or the source leaves some kinds of them out",
                vec![("missing_ids", all.to_string()), ("set_aside", aside.to_string())],
            );
            to.tell(
                CheckName::SequenceGap,
                Severity::Note,
                self.between_sources,
                "trade ids are missing between two sources",
                Vec::new(),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(list: impl IntoIterator<Item = u64>) -> (u64, u64) {
        let mut ids = TradeIds::default();
        for (place, id) in list.into_iter().enumerate() {
            let place = place as u64;
            ids.id(
                id,
                At {
                    file: 0,
                    ts: 0,
                    place,
                },
                false,
            );
        }
        let open: u64 = ids
            .holes
            .iter()
            .map(|(first, (last, _))| last - first + 1)
            .sum();
        (open + ids.lost.count, ids.repeated.count)
    }

    #[test]
    fn holes_are_filled_by_late_ids_and_nothing_else_comes_twice() {
        assert_eq!(ids([5, 6, 7]), (0, 0));
        assert_eq!(ids([5, 9, 7]), (2, 0));
        assert_eq!(ids([5, 9, 7, 6, 8]), (0, 0));
        assert_eq!(ids([5, 9, 7, 7]), (2, 1));
        assert_eq!(ids([5, 6, 6, 5]), (0, 2));
        assert_eq!(ids([5, 3, 3]), (0, 1), "before the first");
        assert_eq!(ids([0, 0, 0]), (0, 0), "no ids");
    }

    #[test]
    fn memory_of_holes_has_an_end_and_none_is_lost() {
        let holes = 2 * HOLES_MAX as u64;
        assert_eq!(ids((0..=holes).map(|n| 2 * n + 1)), (holes, 0));
    }
}
