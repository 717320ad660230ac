//! Depth messages put together from rows of a level each.

use onetape_core::event::Level;
use onetape_core::instrument::Side;

use crate::catalog::DepthRow;

/// The message that rows are being read of.
#[derive(Debug, Default)]
pub(super) struct OpenMessage {
    /// With the text that tells messages apart, where there is one.
    open: Option<(Option<String>, DepthRow)>,
    /// Last update id of the message before.
    last: Option<u64>,
}

/// What a row tells of its message besides a level.
pub(super) struct Head {
    pub(super) key: Option<String>,
    pub(super) row: DepthRow,
}

/// Messages that are missing between two.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) after: u64,
}

impl OpenMessage {
    /// Adds a level to the message that is open, or to a new one; gives the message that is complete then, and the
    /// gap before the new one.
    pub(super) fn add(
        &mut self,
        head: Head,
        level: Option<(Side, Level)>,
    ) -> (Option<DepthRow>, Option<Gap>) {
        let same = self
            .open
            .as_ref()
            .is_some_and(|(key, open)| match (key, &head.key) {
                (Some(open), Some(key)) => open == key,
                _ => same_head(open, &head.row),
            });
        let (mut done, mut gap) = (None, None);
        if !same {
            gap = self.gap_before(&head.row);
            if head.row.last != 0 {
                self.last = Some(head.row.last);
            }
            done = self.open.replace((head.key, head.row)).map(|(_, row)| row);
        }
        if let (Some((side, level)), Some((_, open))) = (level, &mut self.open) {
            match side {
                Side::Buy => open.bids.push(level),
                Side::Sell => open.asks.push(level),
            }
        }
        (done, gap)
    }

    /// The message that is open, at the end.
    pub(super) fn end(&mut self) -> Option<DepthRow> {
        self.open.take().map(|(_, row)| row)
    }

    /// A diff continues the message before when it says so, or when its first update id is at most the next one.
    fn gap_before(&self, row: &DepthRow) -> Option<Gap> {
        let after = self.last.filter(|_| !row.snapshot && row.last != 0)?;
        let continues = match row.prev {
            Some(prev) => prev == after,
            None => row.first <= after.saturating_add(1),
        };
        (!continues).then_some(Gap { after })
    }
}

fn same_head(a: &DepthRow, b: &DepthRow) -> bool {
    let head = |row: &DepthRow| {
        (
            row.ts,
            row.ts_venue,
            row.snapshot,
            row.first,
            row.last,
            row.prev,
        )
    };
    head(a) == head(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use onetape_core::num::{Price, Qty};
    use onetape_core::time::Ts;

    fn head(ts: i64, ids: (u64, u64, Option<u64>), key: Option<&str>) -> Head {
        Head {
            key: key.map(str::to_string),
            row: DepthRow {
                ts: Ts::from_nanos(ts),
                ts_venue: None,
                place: 0,
                snapshot: false,
                first: ids.0,
                last: ids.1,
                prev: ids.2,
                bids: Vec::new(),
                asks: Vec::new(),
            },
        }
    }

    fn bid(price: i64) -> Option<(Side, Level)> {
        let (price, qty) = (Price::new(price), Qty::new(1));
        Some((Side::Buy, Level { price, qty }))
    }

    #[test]
    fn rows_of_one_message_are_put_together() {
        let mut open = OpenMessage::default();
        assert_eq!(open.add(head(1, (5, 7, None), None), bid(1)), (None, None));
        assert_eq!(open.add(head(1, (5, 7, None), None), bid(2)), (None, None));
        let (done, gap) = open.add(head(1, (8, 8, None), None), bid(3));
        assert_eq!((done.unwrap().bids.len(), gap), (2, None));
        let (done, gap) = open.add(head(2, (10, 12, None), None), None);
        assert_eq!((done.unwrap().bids.len(), gap), (1, Some(Gap { after: 8 })));
        let (_, gap) = open.add(head(3, (20, 22, Some(12)), None), None);
        assert_eq!(gap, None);
        let (_, gap) = open.add(head(4, (23, 24, Some(21)), None), None);
        assert_eq!(gap, Some(Gap { after: 22 }));
        assert_eq!(open.end().unwrap().last, 24);
        assert_eq!(open.end(), None);
    }

    #[test]
    fn a_column_can_tell_messages_apart() {
        let mut open = OpenMessage::default();
        open.add(head(1, (0, 0, None), Some("a")), bid(1));
        assert!(
            open.add(head(1, (0, 0, None), Some("a")), bid(2))
                .0
                .is_none()
        );
        assert_eq!(
            open.add(head(1, (0, 0, None), Some("b")), bid(3))
                .0
                .unwrap()
                .bids
                .len(),
            2
        );
    }
}
