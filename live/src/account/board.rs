//! Notices that nobody has read yet: few of each kind, whatever a venue says how often.

use std::collections::VecDeque;
use std::mem::{Discriminant, discriminant};

use onetape_core::names::VenueId;

use super::Notice;

/// So many of a kind wait in full; of more the last alone is kept, as it is what holds.
const KEPT: usize = 16;

/// A notice, of which account it is, and how many of its kind before it were not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Whose account tells it.
    pub venue: VenueId,
    /// The notice.
    pub notice: Notice,
    /// Those of its kind, just before it, that nobody will read.
    pub more: u64,
}

/// What waits to be read. Its size does not depend on what is put up.
#[derive(Debug, Default)]
pub(super) struct Board(VecDeque<(Notice, u64)>);

impl Board {
    /// Puts a notice up.
    pub(super) fn put(&mut self, notice: Notice) {
        let kind: Discriminant<Notice> = discriminant(&notice);
        let same = |it: &(Notice, u64)| discriminant(&it.0) == kind;
        let mut more = 0;
        if self.0.iter().filter(|it| same(it)).count() == KEPT
            && let Some(at) = self.0.iter().rposition(same)
            && let Some((_, before)) = self.0.remove(at)
        {
            more = before + 1;
        }
        self.0.push_back((notice, more));
    }

    /// Takes all of it down.
    pub(super) fn take(&mut self, venue: VenueId) -> Vec<Told> {
        let all = self.0.drain(..);
        all.map(|(notice, more)| Told {
            venue,
            notice,
            more,
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VENUE: VenueId = VenueId(3);

    fn unreadable(n: usize) -> Notice {
        Notice::Unreadable {
            venue: VENUE,
            words: n.to_string(),
        }
    }

    #[test]
    fn s17_a_flood_of_notices_takes_no_room_and_hides_no_other() {
        let mut board = Board::default();
        board.put(Notice::Stream {
            venue: VENUE,
            up: false,
        });
        for n in 0..100_000 {
            board.put(unreadable(n));
        }
        board.put(Notice::MarginCall { venue: VENUE });
        let told = board.take(VENUE);
        assert_eq!(told.len(), 1 + KEPT + 1, "{told:?}");
        assert!(matches!(told[0].notice, Notice::Stream { up: false, .. }));
        let last = &told[KEPT];
        assert_eq!(
            (&last.notice, last.more),
            (&unreadable(99_999), 100_000 - 16)
        );
        assert!(told[1..KEPT].iter().all(|it| it.more == 0));
        assert!(matches!(told[KEPT + 1].notice, Notice::MarginCall { .. }));
        assert!(board.take(VENUE).is_empty());
    }

    #[test]
    fn the_last_of_a_kind_is_always_there() {
        let mut board = Board::default();
        for n in 0..1_001 {
            board.put(Notice::Stream {
                venue: VENUE,
                up: n % 2 == 1,
            });
        }
        let told = board.take(VENUE);
        let last = told.last().unwrap();
        assert!(matches!(last.notice, Notice::Stream { up: false, .. }));
        let all: u64 = told.iter().map(|it| 1 + it.more).sum();
        assert_eq!(all, 1_001);
    }
}
