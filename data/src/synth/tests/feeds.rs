//! What every feed must hold to.

use onetape_core::book::{BookState, DepthBook};
use onetape_core::event::{DepthUpdate, Level};
use onetape_core::names::InstrumentId;
use onetape_core::num::{Price, Qty};
use onetape_core::time::{Span, Ts};

use super::super::plan::next_settlement;
use super::*;
use crate::catalog::{DepthRow, QuoteRow};

/// One venue's rows read in order.
#[derive(Default)]
struct Reader {
    last: Ts,
    last_venue: Ts,
    place: u64,
    book: DepthBook,
    quote: Option<QuoteRow>,
    told: Option<u64>,
    trades: u64,
    spreads: Vec<i64>,
}

impl Reader {
    fn stamp(&mut self, ts: Ts, ts_venue: Option<Ts>, place: u64) {
        assert!(ts >= self.last, "time went back at row {place}");
        assert!(place > self.place, "row {place} after {}", self.place);
        (self.last, self.place) = (ts, place);
        if let Some(ts_venue) = ts_venue {
            assert!(ts_venue <= ts && ts_venue >= self.last_venue);
            self.last_venue = ts_venue;
        }
    }

    fn quote(&mut self, row: &QuoteRow) {
        assert!(
            row.bid.price < row.ask.price,
            "crossed at row {}",
            row.place
        );
        assert!(
            row.bid.price > Price::new(0) && row.bid.qty > Qty::ZERO && row.ask.qty > Qty::ZERO
        );
        if let Some(before) = self.quote {
            assert!(row.update_id >= before.update_id);
            assert_ne!(
                (row.bid, row.ask),
                (before.bid, before.ask),
                "a quote that says nothing new"
            );
        }
        self.spreads
            .push(row.ask.price.mantissa() - row.bid.price.mantissa());
        self.quote = Some(*row);
    }

    fn depth(&mut self, row: &DepthRow, futures: bool) {
        match self.told {
            None => assert!(row.snapshot, "the first depth message is the whole book"),
            Some(told) => {
                assert!(!row.snapshot && row.last >= row.first);
                let joins = futures && self.book.counts().applied == 0;
                assert_eq!(row.first, told + u64::from(!joins));
                assert_eq!(row.prev, futures.then_some(told - u64::from(joins)));
                assert!(!row.bids.is_empty() || !row.asks.is_empty());
            }
        }
        self.told = Some(row.last);
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
        assert!(
            (20..=24).contains(&self.book.bids().len())
                && (20..=24).contains(&self.book.asks().len())
        );
        // A depth message closes a step: its top is the last quote's.
        if !row.snapshot {
            assert_eq!(
                self.book.top(),
                self.quote.map(|quote| (quote.bid, quote.ask))
            );
        }
    }
}

#[test]
fn feeds_are_sound_from_the_first_row_to_the_last() {
    for seed in [1, 2, 1019] {
        let config = seeded(seed);
        let tape = tape(&config);
        let mut readers = [Reader::default(), Reader::default()];
        let mut touch: [Option<(Level, Level)>; 2] = [None, None];
        for (at, row) in &tape.rows {
            let reader = &mut readers[*at];
            match row {
                Row::Quote(row) => {
                    reader.stamp(row.ts, row.ts_venue, row.place);
                    assert_eq!(row.ts_venue.is_some(), *at == 1);
                    touch[*at] = reader.quote.map(|quote| (quote.bid, quote.ask));
                    reader.quote(row);
                }
                Row::Depth(row) => {
                    reader.stamp(row.ts, row.ts_venue, row.place);
                    reader.depth(row, *at == 1);
                }
                Row::Trade(row) => {
                    reader.stamp(row.ts, row.ts_venue, row.place);
                    reader.trades += 1;
                    assert_eq!(row.trade_id, reader.trades);
                    // The touch that stood before the print had what was taken.
                    let quote = reader.quote.unwrap();
                    let stood = match row.aggressor {
                        onetape_core::instrument::Side::Buy => quote.ask,
                        onetape_core::instrument::Side::Sell => quote.bid,
                    };
                    assert_eq!(row.price, stood.price);
                    assert!(row.qty > Qty::ZERO && row.qty <= stood.qty);
                }
                Row::Mark(row) => reader.stamp(row.ts, row.ts_venue, row.place),
                Row::Funding(row) => reader.stamp(row.ts, row.ts_venue, row.place),
                Row::Bar(_) | Row::Interest(_) | Row::Status(_) | Row::Feed(_) => {
                    panic!("not made: {row:?}")
                }
            }
        }
        let end = config.start + config.duration;
        for (reader, ticks) in readers.iter().zip([1, 1]) {
            assert_eq!(reader.book.counts().gaps, 0);
            assert!(reader.last < end && reader.last > end - Span::from_millis(5_000));
            let wide = reader
                .spreads
                .iter()
                .filter(|&&spread| spread > 3 * ticks)
                .count();
            assert_eq!(wide, 0, "spreads stay within a few ticks");
        }
        let counts = tape.counts;
        assert_eq!(counts.messages() as usize, tape.rows.len());
        assert!((300_000..=600_000).contains(&counts.rows()), "{counts:?}");
        println!("seed {seed}: {counts:?}, {} rows", counts.rows());
    }
}

#[test]
fn marks_come_every_second_and_a_settlement_lies_inside() {
    let config = seeded(1);
    let tape = tape(&config);
    let marks: Vec<_> = tape
        .rows
        .iter()
        .filter_map(|(at, row)| match row {
            Row::Mark(row) => Some((at, row)),
            _ => None,
        })
        .collect();
    assert_eq!(marks.len(), 7_200);
    for (second, (at, mark)) in marks.iter().enumerate() {
        assert_eq!(**at, 1);
        assert_eq!(
            mark.ts,
            config.start + Span::from_millis(second as i64 * 1_000)
        );
        let index = mark.index.unwrap();
        assert!(
            (mark.mark - index).abs() < index / 200,
            "mark and index stay within 50 bps"
        );
    }
    let settles = next_settlement(config.start);
    let mut before_and_after = [0, 0];
    for (_, row) in &tape.rows {
        let Row::Funding(row) = row else { continue };
        assert_eq!(row.settles_at, next_settlement(row.ts));
        assert!(row.ts >= settles || row.rate == 10_000, "{row:?}");
        before_and_after[usize::from(row.ts >= settles)] += 1;
    }
    assert_eq!(before_and_after, [90, 30]);
}

#[test]
fn arrivals_cluster() {
    // A Poisson process has as much variance as mean; this one has a multiple.
    let tape = tape(&seeded(1));
    let start = SynthConfig::default().start;
    for venue in 0..2 {
        let mut seconds = vec![0_f64; 7_200];
        for (at, row) in &tape.rows {
            if let (true, Row::Quote(row)) = (*at == venue, row) {
                seconds[(row.ts.since(start).nanos() / 1_000_000_000) as usize] += 1.0;
            }
        }
        let mean = seconds.iter().sum::<f64>() / 7_200.0;
        let variance = seconds.iter().map(|n| (n - mean) * (n - mean)).sum::<f64>() / 7_200.0;
        println!("venue {venue}: {mean:.2} quotes a second, variance {variance:.2}");
        assert!(mean > 2.0 && mean < 10.0 && variance > 2.0 * mean);
    }
}
