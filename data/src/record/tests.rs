//! What is recorded is read back as it was given, also when the process dies in between.

use onetape_core::event::{
    Body, DepthUpdate, Event, FeedEvent, FeedNews, FundingRate, Level, Mark, OpenInterest, Quote,
    Status, StatusEvent, Trade,
};
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::names::{InstrumentId, Names};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::time::{Span, Ts};
use proptest::prelude::*;

use super::*;
use crate::catalog::{Catalog, Kind, Series};
use crate::tape::{Tape, TapeLeg, TapeRequest};

fn names() -> Names {
    let mut names = Names::default();
    for (venue, kind) in [
        ("mexc-spot", InstrumentKind::Spot),
        ("gate-usdt", InstrumentKind::Linear),
    ] {
        let (venue_id, base, quote) = (
            names.venue_id(venue),
            names.asset_id("BTC"),
            names.asset_id("USDT"),
        );
        names.instruments.push(Instrument {
            id: InstrumentId(names.instruments.len() as u16),
            name: format!("{venue}:BTCUSDT"),
            venue: venue_id,
            symbol: "BTCUSDT".to_string(),
            kind,
            base,
            quote,
            price_decimals: 2,
            qty_decimals: 4,
            tick: Price::new(1),
            lot: Qty::new(1),
            min_qty: Qty::new(1),
            max_qty: Qty::ZERO,
            min_notional: Money::parse("5").unwrap(),
            contract_value: Money::parse("1").unwrap(),
            inferred: false,
            tiers: Vec::new(),
        });
    }
    names
}

fn level(price: i64, qty: i64) -> Level {
    Level {
        price: Price::new(price),
        qty: Qty::new(qty),
    }
}

/// A body of some kind of an instrument, from a number.
fn body(instrument: InstrumentId, kind: u8, n: i64) -> Body {
    match kind {
        0 => Body::Quote(Quote {
            instrument,
            bid: level(100 + n, 5),
            ask: level(101 + n, 7),
        }),
        1 => Body::Trade(Trade {
            instrument,
            price: Price::new(100 + n),
            qty: Qty::new(3),
            aggressor: if n % 2 == 0 { Side::Buy } else { Side::Sell },
        }),
        2 => Body::Depth(Box::new(DepthUpdate {
            instrument,
            snapshot: n % 7 == 0,
            first: n.unsigned_abs() * 2 + 1,
            last: n.unsigned_abs() * 2 + 2,
            prev: (n % 3 == 0).then_some(n.unsigned_abs() * 2),
            bids: (0..n % 3).map(|at| level(100 - at, at)).collect(),
            asks: (0..n % 2).map(|at| level(110 + at, 4)).collect(),
        })),
        3 => Body::Mark(Mark {
            instrument,
            mark: Money::parse("101.12345678").unwrap(),
            index: (n % 2 == 0).then(|| Money::parse("101.5").unwrap()),
        }),
        4 => Body::Funding(FundingRate {
            instrument,
            rate: Money::parse("-0.0001").unwrap(),
            settles_at: Ts::from_nanos(9_000_000_000_000 + n),
        }),
        5 => Body::OpenInterest(OpenInterest {
            instrument,
            qty: Qty::new(1_000 + n),
        }),
        6 => Body::Status(StatusEvent {
            instrument,
            status: if n % 2 == 0 {
                Status::Halted
            } else {
                Status::Trading
            },
        }),
        _ => Body::Feed(FeedEvent {
            instrument,
            state: [
                FeedNews::Connected,
                FeedNews::Disconnected,
                FeedNews::Gap,
                FeedNews::Conflated,
            ][(n % 4).unsigned_abs() as usize],
        }),
    }
}

/// Events a microsecond apart, stamped as a live run stamps them.
fn events(kinds: &[(bool, u8)]) -> Vec<Event> {
    let start = 1_700_000_000_000_000_000;
    let all = kinds.iter().enumerate();
    all.map(|(n, (second, kind))| Event {
        ts: Ts::from_nanos(start + n as i64 * 1_000),
        body: body(InstrumentId(u16::from(*second)), *kind, n as i64),
    })
    .collect()
}

/// Everything that a catalogue holds, through its tape.
fn read_back(root: &std::path::Path) -> Vec<Event> {
    let catalog = Catalog::open(root).unwrap();
    let mut request = TapeRequest::default();
    for (at, venue) in ["mexc-spot", "gate-usdt"].into_iter().enumerate() {
        let series = Series {
            venue: venue.to_string(),
            symbol: "BTCUSDT".to_string(),
        };
        let held = Kind::ALL.into_iter();
        let kinds = held.filter(|kind| !catalog.files(&series, *kind).is_empty());
        request.legs.push(TapeLeg {
            instrument: InstrumentId(at as u16),
            kinds: kinds.collect(),
            series,
            venue_time: true,
        });
    }
    let mut tape = Tape::open(&catalog, &request).unwrap();
    let mut all = Vec::new();
    while let Some(event) = tape.next_event().unwrap() {
        all.push(event);
    }
    all
}

fn small(piece_rows: usize) -> RecordOptions {
    RecordOptions {
        piece_rows,
        piece_span: Span::from_millis(3_600_000),
        ..RecordOptions::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_was_recorded_comes_back_in_its_order(
        kinds in prop::collection::vec((any::<bool>(), 0u8..8), 1..200),
        piece in 1usize..40,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("tape");
        let given = events(&kinds);
        let mut recorder = Recorder::begin(&root, &names(), small(piece)).unwrap();
        for event in &given {
            recorder.take(event, Ts::UNKNOWN, 0).unwrap();
        }
        let report = recorder.finish().unwrap();
        prop_assert_eq!(report.total(), given.len() as u64);
        prop_assert_eq!(read_back(&root), given);
    }
}

#[test]
fn pieces_become_fewer_and_stay_whole() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("tape");
    let kinds: Vec<(bool, u8)> = (0..260).map(|n| (n % 2 == 0, 0)).collect();
    let given = events(&kinds);
    let mut recorder = Recorder::begin(&root, &names(), small(2)).unwrap();
    for event in &given {
        recorder
            .take(event, Ts::from_nanos(event.ts.nanos() - 5), 0)
            .unwrap();
    }
    let report = recorder.finish().unwrap();
    assert_eq!(report.pieces, 130);
    let catalog = Catalog::open(&root).unwrap();
    // 130 is twice 64, none of 8, and 2 more: of each instrument so many.
    assert_eq!(catalog.all_files().len(), 8);
    for file in catalog.all_files() {
        catalog.verify(file).unwrap();
        assert_eq!(file.delay_ns, Some((5, 5)), "the venue's time is kept");
    }
    assert_eq!(read_back(&root), given);
}

#[test]
fn a_recording_that_dies_loses_what_was_not_yet_a_piece() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("tape");
    let given = events(&[(false, 0); 25]);
    let mut recorder = Recorder::begin(&root, &names(), small(10)).unwrap();
    for event in &given {
        recorder.take(event, Ts::UNKNOWN, 0).unwrap();
    }
    drop(recorder);
    assert_eq!(read_back(&root), given[..20]);
    // Another one goes on behind it.
    let mut recorder = Recorder::begin(&root, &names(), small(10)).unwrap();
    assert_eq!(recorder.after(), Some(given[19].ts));
    for event in &given[20..] {
        recorder.take(event, Ts::UNKNOWN, 0).unwrap();
    }
    recorder.finish().unwrap();
    assert_eq!(read_back(&root), given);
}

#[test]
fn a_quiet_piece_is_written_by_the_clock() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("tape");
    let given = events(&[(false, 1)]);
    let options = RecordOptions {
        piece_rows: 100,
        piece_span: Span::from_millis(1_000),
        ..RecordOptions::default()
    };
    let mut recorder = Recorder::begin(&root, &names(), options).unwrap();
    recorder.take(&given[0], Ts::UNKNOWN, 0).unwrap();
    let later = |millis| given[0].ts + Span::from_millis(millis);
    recorder.tick(later(999)).unwrap();
    assert_eq!(recorder.report().pieces, 0);
    recorder.tick(later(1_000)).unwrap();
    assert_eq!((recorder.report().pieces, read_back(&root)), (1, given));
}

#[test]
fn what_cannot_be_kept_is_refused_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("tape");
    let mut recorder = Recorder::begin(&root, &names(), RecordOptions::default()).unwrap();
    let given = events(&[(false, 0), (true, 0)]);
    recorder.take(&given[1], Ts::UNKNOWN, 0).unwrap();
    let back = recorder
        .take(&given[0], Ts::UNKNOWN, 0)
        .unwrap_err()
        .to_string();
    assert!(
        back.contains("mexc-spot:BTCUSDT") && back.contains("goes back"),
        "{back}"
    );
    let unknown = Event {
        ts: given[1].ts,
        body: body(InstrumentId(9), 0, 1),
    };
    let why = recorder
        .take(&unknown, Ts::UNKNOWN, 0)
        .unwrap_err()
        .to_string();
    assert!(why.contains("it was not defined"), "{why}");
}

#[test]
fn while_another_writes_pieces_wait() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("tape");
    let mut recorder = Recorder::begin(&root, &names(), small(5)).unwrap();
    let given = events(&[(false, 0); 12]);
    let mut other = Catalog::open(&root).unwrap();
    let held = other.begin(&crate::catalog::hash_bytes(b"x"), "x").unwrap();
    for event in &given {
        recorder.take(event, Ts::UNKNOWN, 0).unwrap();
    }
    assert_eq!(recorder.report().pieces, 0);
    drop(held);
    recorder.finish().unwrap();
    assert_eq!(read_back(&root), given);
}

/// The rows of a series, as they are stored.
fn rows(root: &std::path::Path, kind: Kind) -> Vec<crate::catalog::Row> {
    let catalog = Catalog::open(root).unwrap();
    let mut all = Vec::new();
    for file in catalog.all_files().iter().filter(|file| file.kind == kind) {
        let record = catalog.instrument(&file.series().instrument()).unwrap();
        let part = crate::tape::part(&catalog, file, &std::sync::Arc::new(record.clone()));
        let mut rows = crate::tape::Rows::stored(part).unwrap();
        while let Some(row) = rows.next_row().unwrap() {
            all.push(row);
        }
    }
    all
}

#[test]
fn the_venue_s_numbers_and_times_are_kept() {
    use crate::catalog::Row;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("tape");
    let given = events(&[(false, 0), (false, 1), (true, 1)]);
    let mut recorder = Recorder::begin(&root, &names(), small(2)).unwrap();
    for (id, event) in (7..).zip(&given) {
        let told = Ts::from_nanos(event.ts.nanos() - 900);
        recorder.take(event, told, id).unwrap();
    }
    recorder.finish().unwrap();
    let quotes = rows(&root, Kind::Quote);
    assert!(matches!(&quotes[..], [Row::Quote(it)] if it.update_id == 7));
    let mut ids = Vec::new();
    for row in rows(&root, Kind::Trade) {
        let Row::Trade(it) = row else {
            panic!("{row:?}")
        };
        assert_eq!(it.ts_venue, Some(Ts::from_nanos(it.ts.nanos() - 900)));
        ids.push(it.trade_id);
    }
    ids.sort_unstable();
    assert_eq!(ids, [8, 9]);
}

#[test]
fn a_settlement_is_read_as_it_was_seen_or_moved_to_the_recorder_s_clock() {
    let folder = tempfile::tempdir().unwrap();
    let given = events(&[(false, 4)]);
    let Body::Funding(seen) = &given[0].body else {
        panic!("{given:?}")
    };
    for (as_seen, moved) in [(true, 0), (false, 900)] {
        let root = folder.path().join(format!("tape-{as_seen}"));
        let options = RecordOptions {
            as_seen,
            ..small(5)
        };
        let mut recorder = Recorder::begin(&root, &names(), options).unwrap();
        let told = Ts::from_nanos(given[0].ts.nanos() - 900);
        recorder.take(&given[0], told, 0).unwrap();
        recorder.finish().unwrap();
        let mut expected = *seen;
        expected.settles_at = seen.settles_at + Span::from_nanos(moved);
        assert_eq!(read_back(&root)[0].body, Body::Funding(expected));
    }
}

/// Bodies at the edges of what a row holds.
fn edge() -> impl Strategy<Value = Body> {
    let instrument = InstrumentId(0);
    let mantissa = prop_oneof![
        -3i64..3,
        Just(onetape_core::num::MANTISSA_MAX),
        Just(onetape_core::num::MANTISSA_MAX + 1),
        any::<i64>(),
    ];
    let id = prop_oneof![0u64..3, Just(i64::MAX as u64), Just(i64::MAX as u64 + 1)];
    let amount = (any::<i64>(), 0u32..12)
        .prop_map(|(mantissa, scale)| Money::new(rust_decimal::Decimal::new(mantissa, scale)));
    let levels = || prop::collection::vec((1i64..50, 0i64..3), 0..3);
    let told = |all: Vec<(i64, i64)>| all.into_iter().map(|it| level(it.0, it.1)).collect();
    prop_oneof![
        (mantissa, 0i64..9).prop_map(move |(price, qty)| Body::Quote(Quote {
            instrument,
            bid: level(price, qty),
            ask: level(5, 7),
        })),
        (amount.clone(), prop::option::of(amount.clone())).prop_map(move |(mark, index)| {
            Body::Mark(Mark {
                instrument,
                mark,
                index,
            })
        }),
        amount.prop_map(move |rate| Body::Funding(FundingRate {
            instrument,
            rate,
            settles_at: Ts::from_nanos(77),
        })),
        (
            any::<bool>(),
            id.clone(),
            id.clone(),
            prop::option::of(id),
            levels(),
            levels()
        )
            .prop_map(
                move |(snapshot, first, last, prev, bids, asks)| Body::Depth(Box::new(
                    DepthUpdate {
                        instrument,
                        snapshot,
                        first,
                        last,
                        prev,
                        bids: told(bids),
                        asks: told(asks),
                    }
                ))
            ),
    ]
}

proptest! {
    #[test]
    fn what_is_exact_comes_back_exactly(bodies in prop::collection::vec(edge(), 1..20)) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("tape");
        let options = RecordOptions { as_seen: true, ..small(7) };
        let mut recorder = Recorder::begin(&root, &names(), options).unwrap();
        let mut given = Vec::new();
        for (at, body) in (1_000..).zip(bodies) {
            let event = Event { ts: Ts::from_nanos(at), body };
            if is_exact(&event.body) {
                recorder.take(&event, Ts::from_nanos(at - 9), 3).unwrap();
                given.push(event);
            }
        }
        let report = recorder.finish().unwrap();
        prop_assert_eq!(report.rounded, 0);
        if !given.is_empty() {
            prop_assert_eq!(read_back(&root), given);
        }
    }
}
