//! The merge against its naive twin, and what happens to time.

use onetape_core::event::{Body, Status};
use onetape_core::instrument::Side;
use onetape_core::num::Money;
use onetape_core::time::Span;
use proptest::prelude::*;

use super::*;
use crate::catalog::{
    BarRow, DepthRow, FEED_NEWS, FeedRow, FundingRow, InterestRow, MarkRow, StatusRow, TradeRow,
};

/// A message of a kind whose numbers name it.
fn row(kind: Kind, ts: i64, place: u64, number: i64) -> Row {
    let (ts, ts_venue) = (Ts::from_nanos(ts), None);
    match kind {
        Kind::Quote => quote(ts.nanos(), place, number),
        Kind::Depth => Row::Depth(DepthRow {
            ts,
            ts_venue,
            place,
            snapshot: number % 3 == 0,
            first: number as u64,
            last: number as u64,
            prev: (number % 2 == 0).then_some(number as u64 - 1),
            // None, one or several levels.
            bids: vec![level(number, 1); number as usize % 4],
            asks: vec![level(number + 1, 1); number as usize % 3],
        }),
        Kind::Trade => Row::Trade(TradeRow {
            ts,
            ts_venue,
            place,
            trade_id: place,
            price: Price::new(number),
            qty: Qty::new(1),
            aggressor: if number % 2 == 0 {
                Side::Buy
            } else {
                Side::Sell
            },
        }),
        Kind::Mark => Row::Mark(MarkRow {
            ts,
            ts_venue,
            place,
            mark: number,
            index: (number % 2 == 0).then_some(number),
        }),
        Kind::Funding => Row::Funding(FundingRow {
            ts,
            ts_venue,
            place,
            rate: number,
            settles_at: Ts::from_nanos(number),
        }),
        Kind::Bar => Row::Bar(BarRow {
            ts,
            ts_venue,
            place,
            span: Span::from_nanos(number),
            open: Price::new(number),
            high: Price::new(number + 3),
            low: Price::new(number - 1),
            close: Price::new(number + 2),
            volume: Qty::new(number),
        }),
        Kind::Interest => Row::Interest(InterestRow {
            ts,
            ts_venue,
            place,
            qty: Qty::new(number),
        }),
        Kind::Feed => Row::Feed(FeedRow {
            ts,
            ts_venue,
            place,
            state: FEED_NEWS[number.unsigned_abs() as usize % FEED_NEWS.len()].0,
        }),
        Kind::Status => Row::Status(StatusRow {
            ts,
            ts_venue,
            place,
            status: if number % 2 == 0 {
                Status::Trading
            } else {
                Status::Halted
            },
        }),
    }
}

/// The event that a message has to become.
fn expected(row: &Row, instrument: InstrumentId) -> Body {
    use onetape_core::event::{
        Bar, DepthUpdate, FundingRate, Mark, OpenInterest, Quote, StatusEvent, Trade,
    };
    let fine = |mantissa| Money::new(rust_decimal::Decimal::new(mantissa, 8));
    match row.clone() {
        Row::Quote(q) => Body::Quote(Quote {
            instrument,
            bid: q.bid,
            ask: q.ask,
        }),
        Row::Depth(d) => Body::Depth(Box::new(DepthUpdate {
            instrument,
            snapshot: d.snapshot,
            first: d.first,
            last: d.last,
            prev: d.prev,
            bids: d.bids,
            asks: d.asks,
        })),
        Row::Trade(t) => Body::Trade(Trade {
            instrument,
            price: t.price,
            qty: t.qty,
            aggressor: t.aggressor,
        }),
        Row::Mark(m) => Body::Mark(Mark {
            instrument,
            mark: fine(m.mark),
            index: m.index.map(fine),
        }),
        Row::Funding(f) => Body::Funding(FundingRate {
            instrument,
            rate: fine(f.rate),
            settles_at: f.settles_at,
        }),
        Row::Bar(b) => Body::Bar(Box::new(Bar {
            instrument,
            span: b.span,
            open: b.open,
            high: b.high,
            low: b.low,
            close: b.close,
            volume: b.volume,
        })),
        Row::Interest(i) => Body::OpenInterest(OpenInterest {
            instrument,
            qty: i.qty,
        }),
        Row::Status(s) => Body::Status(StatusEvent {
            instrument,
            status: s.status,
        }),
        Row::Feed(f) => Body::Feed(onetape_core::event::FeedEvent {
            instrument,
            state: f.state,
        }),
    }
}

/// Messages of one leg: kind, time since the one before, and whether a source ends before it. Several may come
/// from one place, as a mark and its funding rate do.
fn legs() -> impl Strategy<Value = Vec<Vec<(Kind, i64, bool, bool)>>> {
    let kind = (0..Kind::ALL.len()).prop_map(|at| Kind::ALL[at]);
    let gap = prop_oneof![6 => Just(0i64), 2 => Just(1i64), 1 => Just(400_000_000i64)];
    let message = (
        kind,
        gap,
        proptest::bool::weighted(0.05),
        proptest::bool::weighted(0.2),
    );
    proptest::collection::vec(proptest::collection::vec(message, 1..60), 1..4)
}

/// One message as it stands in the twin's list.
struct Stored {
    ts: i64,
    leg: usize,
    place: u64,
    kind: Kind,
    row: Row,
}

/// Turns drawn legs into sources for the catalogue, and into the twin's list.
fn store(drawn: &[Vec<(Kind, i64, bool, bool)>]) -> (Vec<(usize, Vec<Row>)>, Vec<Stored>) {
    let (mut sources, mut all, mut number) = (Vec::new(), Vec::new(), 10);
    for (leg, messages) in drawn.iter().enumerate() {
        let (mut ts, mut place, mut rows) = (START, 1, Vec::new());
        for &(kind, gap, cut, same_place) in messages {
            ts += gap;
            number += 1;
            // A new source starts later than the old one ended, and its places start anew.
            if cut && !rows.is_empty() {
                sources.push((leg, std::mem::take(&mut rows)));
                (ts, place) = (ts + 1, 1);
            } else if !same_place {
                place += 1;
            }
            let row = row(kind, ts, place, number);
            rows.push(row.clone());
            all.push(Stored {
                ts,
                leg,
                place,
                kind,
                row,
            });
        }
        sources.push((leg, rows));
    }
    (sources, all)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_merge_equals_collecting_and_sorting(
        drawn in legs(),
        wanted in proptest::collection::vec(any::<bool>(), 3 * Kind::ALL.len()),
        window in proptest::option::of((0i64..6, 1i64..6)),
    ) {
        let (sources, all) = store(&drawn);
        let (_dir, catalog) = catalog(&sources);
        let window = window.map(|(from, length)| {
            let from = START + from * 300_000_000;
            (from, from + length * 300_000_000)
        });
        let inside = |ts: i64| window.is_none_or(|(from, to)| ts >= from && ts < to);
        // Kinds that are wanted and there. Depth in a window starts with a seed: another test's.
        let mut kinds = vec![Vec::new(); drawn.len()];
        for (leg, of_leg) in kinds.iter_mut().enumerate() {
            for (at, kind) in Kind::ALL.into_iter().enumerate().rev() {
                let found = catalog.files(&series(leg), kind).iter().any(|file| {
                    window.is_none_or(|(from, to)| file.last_ts >= from && file.first_ts < to)
                });
                if wanted[leg * Kind::ALL.len() + at] && found && !(kind == Kind::Depth && window.is_some()) {
                    of_leg.push(kind);
                }
            }
        }
        let mut request = request(&kinds.iter().cloned().enumerate().collect::<Vec<_>>());
        request.from = window.map(|(from, _)| Ts::from_nanos(from));
        request.to = window.map(|(_, to)| Ts::from_nanos(to));
        let tape = Tape::open(&catalog, &request).unwrap();
        let total = tape.total_rows();

        let mut twin: Vec<&Stored> = all
            .iter()
            .filter(|stored| kinds[stored.leg].contains(&stored.kind) && inside(stored.ts))
            .collect();
        twin.sort_by_key(|stored| (stored.ts, stored.leg, stored.place, stored.kind));
        let twin: Vec<Event> = twin
            .into_iter()
            .map(|stored| Event {
                ts: Ts::from_nanos(stored.ts),
                body: expected(&stored.row, InstrumentId(stored.leg as u16)),
            })
            .collect();
        prop_assert!(total >= twin.len() as u64);
        prop_assert_eq!(drain(tape), twin);
    }
}

#[test]
fn a_clock_that_steps_back_does_not_reorder_or_turn_time() {
    let stamps = [10, 50, 20, 30, 60];
    let rows = stamps.iter().zip(1..);
    let rows = rows.map(|(ts, place)| quote(START + ts, place, place as i64));
    let (_dir, catalog) = catalog(&[(0, rows.collect())]);
    let tape = Tape::open(&catalog, &request(&[(0, vec![Kind::Quote])])).unwrap();
    assert_eq!(tape.total_rows(), 5);
    let found: Vec<_> = drain(tape)
        .into_iter()
        .map(|event| match event.body {
            Body::Quote(quote) => (event.ts.nanos() - START, quote.bid.price.mantissa()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(found, [(10, 1), (50, 2), (50, 3), (50, 4), (60, 5)]);
}

#[test]
fn a_settlement_is_told_on_the_recorders_clock() {
    let funding = |ts_venue| {
        Row::Funding(FundingRow {
            ts: Ts::from_nanos(START),
            ts_venue,
            place: 1,
            rate: 10_000,
            settles_at: Ts::from_nanos(START + 5_000),
        })
    };
    // The recorder's clock is 1,300 behind the venue's.
    let ahead = funding(Some(Ts::from_nanos(START + 1_300)));
    for (row, settles) in [(ahead, 3_700), (funding(None), 5_000)] {
        let (_dir, catalog) = catalog(&[(0, vec![row])]);
        let tape = Tape::open(&catalog, &request(&[(0, vec![Kind::Funding])])).unwrap();
        let events = drain(tape);
        let Body::Funding(rate) = &events[0].body else {
            panic!("{events:?}");
        };
        assert_eq!(rate.settles_at.nanos() - START, settles);
        assert_eq!(rate.rate.to_string(), "0.0001");
    }
}
