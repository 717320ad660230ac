//! Connections of instruments: when they were gone, and how often they came back.

use onetape_core::event::{FeedEvent, FeedNews};
use onetape_core::time::Ts;

/// All feeds of a run together.
#[derive(Clone, Debug, Default)]
pub(in crate::fold) struct FeedSums {
    /// By instrument: since when it has no connection.
    down: Vec<Option<Ts>>,
    pub(in crate::fold) reconnects: u64,
    pub(in crate::fold) gaps: u64,
    stale_ns: i64,
    /// Some news came.
    pub(in crate::fold) told: bool,
}

impl FeedSums {
    /// News of a feed.
    pub(in crate::fold) fn news(&mut self, at: Ts, news: &FeedEvent) {
        self.told = true;
        let place = news.instrument.index();
        if place >= self.down.len() {
            self.down.resize(place + 1, None);
        }
        match news.state {
            FeedNews::Gap => self.gaps += 1,
            FeedNews::Disconnected => _ = self.down[place].get_or_insert(at),
            FeedNews::Connected => {
                if let Some(since) = self.down[place].take() {
                    self.reconnects += 1;
                    self.stale_ns = self.stale_ns.saturating_add(at.since(since).nanos());
                }
            }
        }
    }

    /// Seconds that instruments were without a connection, by a moment.
    pub(in crate::fold) fn stale_s(&self, now: Ts) -> f64 {
        let open = self.down.iter().flatten();
        let open: i64 = open.map(|since| now.since(*since).nanos().max(0)).sum();
        self.stale_ns.saturating_add(open) as f64 / 1e9
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use onetape_core::names::InstrumentId;

    #[test]
    fn time_without_a_connection_is_added_up() {
        let mut feeds = FeedSums::default();
        let mut news = |second: i64, instrument: u16, state| {
            let instrument = InstrumentId(instrument);
            feeds.news(
                Ts::from_nanos(second * 1_000_000_000),
                &FeedEvent { instrument, state },
            );
        };
        news(0, 0, FeedNews::Connected);
        news(10, 0, FeedNews::Disconnected);
        news(12, 0, FeedNews::Disconnected);
        news(15, 0, FeedNews::Connected);
        news(20, 3, FeedNews::Disconnected);
        news(21, 0, FeedNews::Gap);
        assert_eq!((feeds.reconnects, feeds.gaps), (1, 1));
        let stale = feeds.stale_s(Ts::from_nanos(24_000_000_000));
        assert!((stale - 9.0).abs() < 1e-9, "{stale}");
    }
}
