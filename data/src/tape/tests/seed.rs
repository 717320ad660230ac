//! A tape that starts in mid-stream gives the book that the whole tape has there.

use onetape_core::book::{BookState, DepthBook};
use onetape_core::event::Body;
use proptest::prelude::*;

use super::*;
use crate::catalog::DepthRow;

#[derive(Clone, Debug)]
struct Drawn {
    gap: i64,
    /// A snapshot comes instead of a diff, if one is needed.
    snapshot: bool,
    /// Ids are left out before it.
    hole: bool,
    /// The recorder starts anew before it, and misses some.
    cut: bool,
    bid: (i64, i64),
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let rare = proptest::bool::weighted;
    (
        0i64..3,
        rare(0.1),
        rare(0.04),
        rare(0.08),
        (90i64..100, 0i64..4),
    )
        .prop_map(|(gap, snapshot, hole, cut, bid)| Drawn {
            gap,
            snapshot,
            hole,
            cut,
            bid,
        })
}

/// A stream of depth messages as a recorder has it. Snapshots are asked for when the chain is broken; one answers a
/// request, so its id is some way behind the last diff's.
fn store(drawn: &[Drawn], futures: bool) -> Vec<(usize, Vec<Row>)> {
    let (mut sources, mut rows) = (Vec::new(), Vec::new());
    let (mut ts, mut id, mut broken) = (START, 100_u64, true);
    for (message, place) in drawn.iter().zip(1..) {
        ts += message.gap;
        if message.cut && !rows.is_empty() {
            sources.push((0, std::mem::take(&mut rows)));
            ts += 1;
        }
        if message.hole || message.cut {
            id += 5;
            broken = true;
        }
        let snapshot = message.snapshot && broken;
        broken &= !snapshot;
        let (first, last) = (id + 1, id + 3);
        let prev = futures.then_some(id);
        let common = DepthRow {
            ts: Ts::from_nanos(ts),
            ts_venue: None,
            place,
            snapshot,
            first,
            last,
            prev,
            bids: vec![level(message.bid.0, message.bid.1)],
            asks: Vec::new(),
        };
        rows.push(Row::Depth(if snapshot {
            let behind = id.saturating_sub(4);
            DepthRow {
                first: behind,
                last: behind,
                prev: None,
                bids: vec![level(80, 1), level(message.bid.0, 9)],
                asks: vec![level(120, 5)],
                ..common
            }
        } else {
            id = last;
            common
        }));
    }
    sources.push((0, rows));
    sources
}

fn usable(book: &DepthBook) -> Option<(u64, Vec<Level>, Vec<Level>)> {
    let live = matches!(book.state(), BookState::Live | BookState::Crossed);
    live.then(|| {
        (
            book.last_id(),
            book.bids().iter().collect(),
            book.asks().iter().collect(),
        )
    })
}

#[test]
fn a_snapshot_from_behind_the_stream_does_not_cost_the_book() {
    let message = |ts: i64, first: u64, snapshot: bool| {
        let last = if snapshot { first } else { first + 2 };
        Row::Depth(DepthRow {
            ts: Ts::from_nanos(START + ts),
            ts_venue: None,
            place: ts as u64,
            snapshot,
            first,
            last,
            prev: None,
            bids: vec![level(80 + ts, 1)],
            asks: Vec::new(),
        })
    };
    let files = [
        vec![message(1, 100, true), message(2, 101, false)],
        vec![message(3, 104, false)],
        vec![message(4, 107, false), message(5, 102, true)],
        vec![message(6, 110, false)],
    ];
    let (_dir, catalog) = catalog(&files.map(|rows| (0, rows)));
    let mut request = request(&[(0, vec![Kind::Depth])]);
    request.from = Some(Ts::from_nanos(START + 6));
    let mut book = DepthBook::default();
    for event in drain(Tape::open(&catalog, &request).unwrap()) {
        match &event.body {
            Body::Depth(update) => book.apply(update),
            other => panic!("{other:?}"),
        }
    }
    let (id, bids, _) = usable(&book).unwrap();
    assert_eq!((id, bids.len(), book.counts().gaps), (112, 5, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_book_from_the_middle_equals_the_book_from_the_start(
        messages in proptest::collection::vec(drawn(), 1..60),
        futures in any::<bool>(),
        start in 0i64..60,
    ) {
        let (_dir, catalog) = catalog(&store(&messages, futures));
        let from = Ts::from_nanos(START + start);
        let mut request = request(&[(0, vec![Kind::Depth])]);
        let whole = drain(Tape::open(&catalog, &request).unwrap());
        request.from = Some(from);
        let late = Tape::open(&catalog, &request);
        if whole.iter().all(|event| event.ts < from) {
            prop_assert!(late.is_err());
            return Ok(());
        }
        let late = drain(late.unwrap());
        prop_assert!(late.iter().all(|event| event.ts >= from));

        let (mut book, mut seeded) = (DepthBook::default(), DepthBook::default());
        let apply = |book: &mut DepthBook, event: &Event| match &event.body {
            Body::Depth(update) => book.apply(update),
            other => panic!("{other:?}"),
        };
        let (before, after): (Vec<&Event>, Vec<&Event>) =
            whole.iter().partition(|event| event.ts < from);
        let (seeds, rest) = late.split_at(late.len() - after.len());
        before.iter().for_each(|event| apply(&mut book, event));
        seeds.iter().for_each(|event| apply(&mut seeded, event));
        prop_assert_eq!(usable(&seeded), usable(&book));
        if usable(&book).is_some() {
            prop_assert_eq!(seeds.len(), 1);
        }
        for (event, twin) in rest.iter().zip(after) {
            prop_assert_eq!(event, twin);
            apply(&mut seeded, event);
            apply(&mut book, twin);
            prop_assert_eq!(usable(&seeded), usable(&book));
        }
    }
}
