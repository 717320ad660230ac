//! What every feed must hold to, whatever happens.

use onetape_core::book::{BookState, DepthBook};
use onetape_core::event::{DepthUpdate, Level, Status};
use onetape_core::instrument::Side;
use onetape_core::names::InstrumentId;
use onetape_core::num::{Price, Qty};
use onetape_core::time::Ts;

use super::*;
use crate::catalog::{DepthRow, QuoteRow, TradeRow};

/// What is left of a level after a print: how much, where quotes told what stood there.
#[derive(Clone, Copy)]
struct Left {
    price: Price,
    qty: Option<Qty>,
}

impl Left {
    fn of(level: Level) -> Self {
        Self {
            price: level.price,
            qty: Some(level.qty),
        }
    }
}

/// One feed's rows read in order.
#[derive(Default)]
struct Reader {
    last: Ts,
    last_venue: Ts,
    place: u64,
    book: DepthBook,
    quote: Option<QuoteRow>,
    told: u64,
    diffs: u64,
    trades: u64,
    /// What is left of each touch after the prints since the last quote.
    left: Option<(Left, Left)>,
    through: u64,
    shown: u64,
    trading: bool,
}

impl Reader {
    fn stamps(&mut self, row: &Row) {
        let (ts, place) = (row.ts(), row.place());
        assert!(ts >= self.last && place == self.place + 1, "{row:?}");
        (self.last, self.place) = (ts, place);
        if let Some(venue) = row.ts_venue() {
            assert!(venue <= ts && venue >= self.last_venue, "{row:?}");
            self.last_venue = venue;
        }
    }

    fn quote(&mut self, row: &QuoteRow) {
        assert!(row.bid.price < row.ask.price, "crossed: {row:?}");
        assert!(row.bid.price > Price::new(0), "{row:?}");
        assert!(
            row.bid.qty > Qty::ZERO && row.ask.qty > Qty::ZERO,
            "{row:?}"
        );
        if let Some(before) = self.quote {
            assert!(row.update_id > before.update_id);
            assert_ne!((row.bid, row.ask), (before.bid, before.ask));
        }
        // After prints at a touch the quote shows what is left of it, or that it is gone.
        if let Some((bid, ask)) = self.left.take() {
            for (left, now, away) in [(bid, row.bid, -1), (ask, row.ask, 1)] {
                let behind = (now.price.mantissa() - left.price.mantissa()) * away;
                assert!(behind >= 0, "a better price after a print: {row:?}");
                if behind == 0 {
                    assert!(left.qty.is_none_or(|left| left == now.qty), "{row:?}");
                    self.shown += 1;
                } else {
                    self.through += 1;
                }
            }
        }
        self.quote = Some(*row);
    }

    fn trade(&mut self, row: &TradeRow) {
        self.trades += 1;
        assert_eq!(row.trade_id, self.trades);
        assert!(row.qty > Qty::ZERO);
        let quote = self.quote.expect("a quote before the first print");
        let (bid, ask) = self
            .left
            .unwrap_or((Left::of(quote.bid), Left::of(quote.ask)));
        let buys = row.aggressor == Side::Buy;
        let touch = if buys { ask } else { bid };
        let worse = (row.price.mantissa() - touch.price.mantissa()) * if buys { 1 } else { -1 };
        assert!(worse >= 0, "better than the touch: {row:?}");
        let stood = touch.qty.filter(|_| worse == 0);
        assert!(
            stood.is_none_or(|stood| row.qty <= stood),
            "more than stands: {row:?}"
        );
        let left = Left {
            price: row.price,
            qty: stood.map(|stood| stood - row.qty),
        };
        self.left = Some(if buys { (bid, left) } else { (left, ask) });
    }

    fn depth(&mut self, row: &DepthRow, futures: bool) {
        if self.place == 2 {
            assert!(row.snapshot, "the book comes first");
        } else {
            assert!(!row.snapshot && row.last >= row.first);
            let joins = futures && self.diffs == 0;
            assert_eq!(row.first, self.told + u64::from(!joins));
            assert_eq!(row.prev, futures.then_some(self.told - u64::from(joins)));
            assert!(!row.bids.is_empty() || !row.asks.is_empty());
            self.diffs += 1;
        }
        self.told = row.last;
        assert!(row.bids.is_sorted_by(|a, b| a.price > b.price));
        assert!(row.asks.is_sorted_by(|a, b| a.price < b.price));
        self.book.apply(&DepthUpdate {
            instrument: InstrumentId(0),
            snapshot: row.snapshot,
            first: row.first,
            last: row.last,
            prev: row.prev,
            bids: row.bids.clone(),
            asks: row.asks.clone(),
        });
        assert_eq!(self.book.state(), BookState::Live);
        assert_eq!(self.book.counts().gaps, 0);
        if let Some(quote) = self.quote {
            assert_eq!(
                self.book.top(),
                Some((quote.bid, quote.ask)),
                "{:?}",
                row.ts
            );
        }
    }
}

fn judge(kind: &FeedKind, rows: &[Row]) -> Reader {
    let mut reader = Reader::default();
    for row in rows {
        reader.stamps(row);
        if let Row::Status(row) = row {
            assert_eq!(row.status == Status::Halted, reader.trading, "{row:?}");
            reader.trading = !reader.trading;
            continue;
        }
        assert!(reader.trading, "told while halted: {row:?}");
        match row {
            Row::Quote(row) => reader.quote(row),
            Row::Depth(row) => reader.depth(row, kind.futures),
            Row::Trade(row) => reader.trade(row),
            Row::Mark(_) | Row::Funding(_) => assert!(kind.futures),
            _ => panic!("{row:?}"),
        }
        if let Row::Quote(row) = row {
            assert_eq!(row.ts_venue.is_some(), kind.futures);
        }
    }
    assert!(reader.trades > 100 && reader.diffs > 50, "{}", kind.name());
    reader
}

#[test]
fn feeds_are_sound_from_the_first_row_to_the_last() {
    for seed in [1, 2] {
        for kind in &FEEDS {
            judge(kind, &rows(&slow(seed), kind));
        }
    }
}

#[test]
fn at_the_measured_rates_prints_go_through_levels_and_queues_are_seen_to_shrink() {
    for name in ["synth-spot:BTCUSDT", "synth-perp:ETHUSDT"] {
        let reader = judge(kind(name), &rows(&quiet(3, 120), kind(name)));
        println!("{name}: {} shown, {} through", reader.shown, reader.through);
        assert!(reader.shown > 1_000 && reader.through > 50, "{name}");
    }
}

#[test]
fn a_slower_and_a_faster_tape_have_so_many_fewer_and_more_rows() {
    let count = |rate_milli: u32| {
        let config = MarketConfig {
            rate_milli,
            ..quiet(1, 300)
        };
        rows(&config, kind("synth-spot:ETHUSDT")).len() as f64
    };
    let (slow, plain, fast) = (count(250), count(1_000), count(3_000));
    assert!((3.0..5.0).contains(&(plain / slow)), "{slow} {plain}");
    assert!((2.5..3.5).contains(&(fast / plain)), "{plain} {fast}");
}

#[test]
fn the_same_seed_gives_the_same_rows_and_another_seed_others() {
    for name in ["synth-spot:ETHBTC", "synth-perp-b:BTCUSDT"] {
        let made = |seed| rows(&slow(seed), kind(name));
        let one = made(5);
        assert!(one == made(5));
        assert!(one != made(6));
    }
}
