//! Blocks against single events, with and without a thread, and what becomes of errors.

use std::fs;
use std::sync::Arc;

use onetape_core::engine::Tape as _;
use onetape_core::event::{Body, LevelChange, TapeRow};
use onetape_core::instrument::Side;
use proptest::prelude::*;

use super::*;
use crate::catalog::{DepthRow, TradeRow};
use crate::error::Error;
use crate::tape::Ahead;

/// What a stored message is drawn from: leg, kind, time since the one before, whether the venue's time is told, and
/// whether a source ends before it.
type Drawn = (usize, u8, i64, bool, bool);

fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    let gap = prop_oneof![3 => Just(0i64), 3 => 1i64..4];
    let rare = proptest::bool::weighted;
    let message = (0usize..3, 0u8..5, gap, rare(0.7), rare(0.03));
    proptest::collection::vec(message, 1..250)
}

/// Sources whose depth is of single levels without ids, until a message of several levels comes; then of both.
fn store(drawn: &[Drawn]) -> Vec<(usize, Vec<Row>)> {
    let mut sources: Vec<(usize, Vec<Row>)> = (0..3).map(|leg| (leg, Vec::new())).collect();
    let mut done = Vec::new();
    let mut ts = START;
    for (&(leg, kind, gap, told, cut), place) in drawn.iter().zip(1..) {
        ts += gap;
        if cut && !sources[leg].1.is_empty() {
            done.push((leg, std::mem::take(&mut sources[leg].1)));
            ts += 1;
        }
        let (stamp, number) = (Ts::from_nanos(ts), place as i64);
        let ts_venue = told.then(|| Ts::from_nanos(ts - number));
        let bids = vec![level(number % 50, number % 3)];
        let depth = |bids, asks| {
            Row::Depth(DepthRow {
                ts: stamp,
                ts_venue,
                place,
                snapshot: false,
                first: 0,
                last: 0,
                prev: None,
                bids,
                asks,
            })
        };
        sources[leg].1.push(match kind {
            0 => quote(ts, place, number),
            1 => Row::Trade(TradeRow {
                ts: stamp,
                ts_venue,
                place,
                trade_id: place,
                price: Price::new(number),
                qty: Qty::new(1),
                aggressor: Side::Sell,
            }),
            2 => depth(bids, Vec::new()),
            3 => depth(Vec::new(), bids),
            _ if place % 11 == 0 => depth(bids, vec![level(90, 1), level(91, 0)]),
            _ => depth(Vec::new(), bids),
        });
    }
    done.extend(sources.into_iter().filter(|(_, rows)| !rows.is_empty()));
    done
}

/// Every kind that each leg has.
fn everything(catalog: &Catalog) -> TapeRequest {
    let legs = (0..3).map(|leg| {
        let has = |kind: &Kind| !catalog.files(&series(leg), *kind).is_empty();
        (leg, Kind::ALL.into_iter().filter(has).collect::<Vec<_>>())
    });
    request(
        &legs
            .filter(|(_, kinds)| !kinds.is_empty())
            .collect::<Vec<_>>(),
    )
}

fn open(catalog: &Catalog, request: &TapeRequest, block_rows: usize) -> Tape {
    let mut tape = Tape::open(catalog, request).unwrap();
    tape.block_rows = block_rows;
    tape
}

/// All rows, each block in exchange for the one before.
fn blocks<T>(tape: &mut T, most: usize) -> Vec<TapeRow>
where
    T: onetape_core::engine::Tape<Error = Error, Block = Vec<TapeRow>>,
{
    let (mut rows, mut block) = (Vec::new(), Vec::new());
    loop {
        block = tape.next_block(block).unwrap();
        if block.is_empty() {
            return rows;
        }
        assert!(block.len() <= most);
        rows.extend(block.iter().cloned());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn blocks_equal_single_events_whoever_makes_them(
        drawn in drawn(),
        block_rows in prop_oneof![1usize..9, 9usize..300],
        from in proptest::option::of(0i64..200),
    ) {
        let (_dir, catalog) = catalog(&store(&drawn));
        let mut request = everything(&catalog);
        request.from = from.map(|from| Ts::from_nanos(START + from));
        let Ok(tape) = Tape::open(&catalog, &request) else {
            // Nothing of some kind is that late.
            return Ok(());
        };
        let events = drain(tape);
        let mut inline = open(&catalog, &request, block_rows);
        let rows = blocks(&mut inline, block_rows);
        prop_assert!(rows.iter().map(|row| &row.event).eq(&events));
        let mut ahead = Ahead::new(open(&catalog, &request, block_rows));
        prop_assert_eq!(&blocks(&mut ahead, block_rows), &rows);
        prop_assert_eq!(ahead.files(), inline.files());
        prop_assert_eq!(ahead.rows(), rows.len() as u64);
        prop_assert_eq!(
            (ahead.rows(), ahead.rows_read(), ahead.total_rows()),
            (inline.rows(), inline.rows_read(), inline.total_rows())
        );

        // The venue's time is what was stored, and nothing where it was not asked for.
        for leg in &mut request.legs {
            leg.venue_time = false;
        }
        let blind = blocks(&mut open(&catalog, &request, block_rows), block_rows);
        prop_assert!(blind.iter().all(|row| !row.ts_venue.is_known()));
        prop_assert!(blind.iter().map(|row| &row.event).eq(&events));
        if from.is_none() {
            let told = drawn.iter().filter(|(_, kind, _, told, _)| *kind != 0 && *told).count();
            let known = rows.iter().filter(|row| row.ts_venue.is_known());
            prop_assert_eq!(known.count(), told);
        }
    }
}

/// A source of single levels whose number names each.
fn levels(numbers: std::ops::Range<i64>) -> Vec<Row> {
    let row = |number: i64| {
        Row::Depth(DepthRow {
            ts: Ts::from_nanos(START + number),
            ts_venue: Some(Ts::from_nanos(START - number)),
            place: number as u64,
            snapshot: false,
            first: 0,
            last: 0,
            prev: None,
            bids: vec![level(number, 1)],
            asks: Vec::new(),
        })
    };
    numbers.map(row).collect()
}

#[test]
fn single_levels_are_events_of_their_own_with_the_venues_time() {
    let (_dir, catalog) = catalog(&[(0, levels(0..40))]);
    assert!(catalog.all_files()[0].single_levels);
    let mut tape = open(&catalog, &request(&[(0, vec![Kind::Depth])]), 16);
    for (number, row) in (0i64..).zip(blocks(&mut tape, 16)) {
        assert_eq!(row.event.ts.nanos(), START + number);
        assert_eq!(row.ts_venue.nanos(), START - number);
        let change = LevelChange {
            instrument: InstrumentId(0),
            side: Side::Buy,
            level: level(number, 1),
        };
        assert_eq!(row.event.body, Body::Level(change));
    }
    assert_eq!(tape.rows_read(), 40);
}

#[test]
fn a_tape_from_the_middle_of_single_levels_begins_with_their_book() {
    let (_dir, catalog) = catalog(&[(0, levels(0..20)), (0, levels(20..40))]);
    for from in [1, 19, 20, 33] {
        let mut request = request(&[(0, vec![Kind::Depth])]);
        request.from = Some(Ts::from_nanos(START + from));
        let mut tape = open(&catalog, &request, 4);
        let rows = blocks(&mut tape, 4);
        let Body::Depth(seed) = &rows[0].event.body else {
            panic!("{rows:?}");
        };
        assert!(seed.snapshot && !seed.is_chained());
        assert_eq!(rows[0].event.ts.nanos(), START + from);
        let expected: Vec<Level> = (0..from).rev().map(|number| level(number, 1)).collect();
        assert_eq!((&seed.bids, &seed.asks), (&expected, &Vec::new()));
        let rest = rows[1..].iter().map(|row| row.event.ts.nanos() - START);
        assert!(rest.eq(from..40));
        assert_eq!(tape.rows_read(), 40 - from as u64);
    }
}

/// A tape whose second file is cut short after it was checked.
fn broken() -> (TempDir, Tape) {
    let (dir, catalog) = catalog(&[(0, levels(0..30)), (0, levels(30..60))]);
    let tape = open(&catalog, &request(&[(0, vec![Kind::Depth])]), 8);
    fs::write(dir.path().join(&catalog.all_files()[1].path), b"PAR1").unwrap();
    (dir, tape)
}

#[test]
fn an_error_in_the_middle_comes_after_the_rows_before_it_and_once() {
    fn check(tape: &mut impl onetape_core::engine::Tape<Error = Error, Block = Vec<TapeRow>>) {
        let mut given = 0;
        let error = loop {
            match tape.next_block(Vec::new()) {
                Ok(block) => {
                    assert!(!block.is_empty(), "the error is missing");
                    given += block.len();
                }
                Err(error) => break error,
            }
        };
        assert_eq!(given, 30);
        assert!(error.to_string().contains(".parquet"), "{error}");
        for _ in 0..3 {
            assert!(tape.next_block(Vec::new()).unwrap().is_empty());
        }
    }
    let (_dir, mut tape) = broken();
    check(&mut tape);
    let (_dir, tape) = broken();
    check(&mut Ahead::new(tape));
}

#[test]
fn dropping_early_ends_the_thread() {
    for taken in [0, 1, 5] {
        let (_dir, catalog) = catalog(&[(0, levels(0..400))]);
        let mut ahead = Ahead::new(open(&catalog, &request(&[(0, vec![Kind::Depth])]), 2));
        for _ in 0..taken {
            assert_eq!(ahead.next_block(Vec::new()).unwrap().len(), 2);
        }
        let blocks = Arc::clone(ahead.blocks().unwrap());
        drop(ahead);
        // Dropping waits for the thread, so nobody else holds the queue.
        assert_eq!(Arc::strong_count(&blocks), 1);
    }
}
