//! Basis, margin, balance of legs and where assets go: worked out by hand.

use onetape_core::command::LegRole::{Entry, Exit, Repair};
use onetape_core::event::{Body, FeedEvent, FeedNews};
use onetape_core::instrument::MarginTier;
use onetape_core::instrument::Side::{Buy, Sell};
use onetape_core::names::InstrumentId;

use super::run::{BTC, PERP, Run, SPOT, USDT, money, names, tag, usdt};
use crate::report::{Analysis, Report};
use crate::stats::{Figure, Why};

fn near(figure: Figure, expected: f64) {
    let value = figure.value().unwrap();
    assert!((value - expected).abs() < 1e-9, "{value} {expected}");
}

fn analysis(report: &Report) -> &Analysis {
    report.analysis.as_ref().unwrap()
}

/// A pair that is entered leg after leg, repaired by a bit, and left.
fn paired(run: &mut Run) {
    run.balance(0, USDT, "1000");
    run.balance(0, BTC, "1");
    run.balance(1, USDT, "500");
    run.marks(&[(SPOT, "99", "101"), (PERP, "109", "111")]);
    run.trade(tag(1, 0, Entry), SPOT, Buy, "100", "2", usdt("0"));
    run.wait(9);
    run.trade(tag(1, 1, Entry), PERP, Sell, "110", "1.9", usdt("0"));
    run.wait(19);
    run.trade(tag(1, 1, Repair), PERP, Sell, "110", "0.1", usdt("0"));
    run.wait(69);
    run.funding(PERP, "0.5");
    run.marks(&[(SPOT, "103", "105"), (PERP, "104", "106")]);
    run.trade(tag(1, 0, Exit), SPOT, Sell, "104", "2", usdt("0"));
    run.trade(tag(1, 1, Exit), PERP, Buy, "105", "2", usdt("0"));
}

#[test]
fn the_basis_is_that_of_entries_and_exits() {
    let mut run = Run::new();
    paired(&mut run);
    let report = run.end(&[]);
    let basis = analysis(&report).basis.as_ref().unwrap();
    assert_eq!(
        (basis.first.as_str(), basis.second.as_str()),
        ("spot:BTC", "perp:BTC")
    );
    assert_eq!((basis.entry.count, basis.exit.count), (1, 1));
    assert!((basis.entry.p50.unwrap() - 1_000.0).abs() < 1e-9);
    assert!((basis.exit.p50.unwrap() - 10_000.0 / 104.0).abs() < 1e-9);
    // At mids 110 over 100, and 105 over 104, in two minutes.
    let mids: Vec<f64> = basis.mids.iter().map(|point| point.bps).collect();
    assert_eq!(mids.len(), 2);
    assert!((mids[0] - 1_000.0).abs() < 1e-9 && (mids[1] - 10_000.0 / 104.0).abs() < 1e-9);
    assert_eq!(basis.half_life_s, Figure::Missing(Why::FewMarks));
    // The only trip was offered the fall that it took, by average prices as by mids.
    near(basis.of_offered, 1.0);
}

#[test]
fn the_balance_of_legs_is_told_by_time() {
    let mut run = Run::new();
    paired(&mut run);
    let report = run.end(&[]);
    let execution = &analysis(&report).execution;
    let bands = &execution.delta_bands["BTC"];
    // Ten seconds with one leg, twenty with 1.9 against 2, seventy-one in balance, and one second leaving.
    assert!((bands.held_s - 102.0).abs() < 1e-9, "{}", bands.held_s);
    near(bands.within_1, 71.0 / 102.0);
    near(bands.within_5, 91.0 / 102.0);
    near(bands.p99, 1.0);
    assert_eq!(
        (
            execution.hedging.repair_fills,
            execution.hedging.repaired_trips
        ),
        (1, 1)
    );
    let tracks = &analysis(&report).tracks;
    let highest = tracks
        .unhedged
        .iter()
        .map(|point| point.high)
        .fold(0.0, f64::max);
    assert!((highest - 208.0).abs() < 1e-9, "{highest}");
    assert_eq!(tracks.unhedged.last().map(|point| point.last), Some(0.0));
    assert_eq!(tracks.funding.last().map(|point| point.last), Some(0.5));
    assert_eq!(
        tracks.delta["BTC"].last().map(|point| point.last),
        Some(0.0)
    );
}

#[test]
fn margin_is_what_tiers_want_of_balance_and_open_profit() {
    let mut known = names();
    known.instruments[PERP as usize].tiers = vec![
        MarginTier {
            up_to: money("100"),
            maintenance: money("0.01"),
            max_leverage: 20,
        },
        MarginTier {
            up_to: money("0"),
            maintenance: money("0.03"),
            max_leverage: 10,
        },
    ];
    let mut run = Run::with_names(0, known);
    paired(&mut run);
    let report = run.end(&[]);
    let [margin] = &analysis(&report).margin[..] else {
        panic!("one venue has futures");
    };
    assert_eq!(
        (margin.venue.as_str(), margin.asset.as_str()),
        ("perp", "USDT")
    );
    // Two at the mid of 110 beside 500: 220 * 0.03 - 100 * 0.02 must stand.
    assert!((margin.most_leverage - 220.0 / 500.0).abs() < 1e-9);
    near(margin.most_use, 4.6 / 500.0);
    near(margin.least_distance, (500.0 - 4.6) / 220.0);
    let mut run = Run::new();
    paired(&mut run);
    let report = run.end(&[]);
    let untold = analysis(&report).margin[0].most_use;
    assert_eq!(untold, Figure::Missing(Why::NoTiers));
}

#[test]
fn what_must_move_between_venues_is_what_one_has_too_much() {
    let mut run = Run::new();
    paired(&mut run);
    let report = run.end(&[]);
    let [inventory] = &analysis(&report).inventory[..] else {
        panic!("one asset stands at two venues");
    };
    // 1008 and 510.5 of 1518.5, which were two thirds and one.
    assert_eq!(inventory.asset, "USDT");
    let share = 1_518.5 / 1_500.0;
    assert!((inventory.drift["spot"] - (1_008.0 - 1_000.0 * share)).abs() < 1e-9);
    assert!((inventory.drift["perp"] - (510.5 - 500.0 * share)).abs() < 1e-9);
    let need = inventory
        .drift
        .values()
        .fold(0.0, |most: f64, off| most.max(*off));
    assert!((inventory.transfer_need - need).abs() < 1e-9);
}

#[test]
fn feeds_are_known_where_the_journal_has_them() {
    let mut run = Run::new();
    paired(&mut run);
    let unknown = analysis(&run.end(&[])).execution.feeds;
    assert_eq!(unknown.stale_s, Figure::Missing(Why::NotJournaled));
    let mut run = Run::new();
    for state in [
        FeedNews::Connected,
        FeedNews::Disconnected,
        FeedNews::Connected,
    ] {
        let instrument = InstrumentId(SPOT);
        run.event(Body::Feed(FeedEvent { instrument, state }));
        run.wait(4);
    }
    let feeds = analysis(&run.end(&[])).execution.feeds;
    near(feeds.reconnects, 1.0);
    near(feeds.stale_s, 5.0);
}

#[test]
fn capacity_is_what_stood_at_the_touches_of_entries() {
    let mut run = Run::new();
    paired(&mut run);
    let report = run.end(&[]);
    // The made-up tops have a lot of one: 0.00001 of spot at the ask of 101 is the smaller one.
    let [point] = &analysis(&report).capacity[..] else {
        panic!("one round trip has one size");
    };
    assert!((point.value - 0.00101).abs() < 1e-12, "{}", point.value);
    assert!((point.share - 1.0).abs() < 1e-12);
    let parts = report.round_trips[0].attribution.as_ref().unwrap();
    let edge = parts.decision_edge.one().unwrap().to_f64();
    near(point.edge_bps, edge * 1e4 / (200.0 + 220.0 + 208.0 + 210.0));
}
