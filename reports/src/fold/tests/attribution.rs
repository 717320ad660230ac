//! Attribution: worked out by hand for small trades, and exact for drawn ones.

use onetape_core::command::LegRole::{Entry, Exit, Repair};
use onetape_core::event::OrderEventKind;
use onetape_core::instrument::InstrumentKind;
use onetape_core::instrument::Side::{self, Buy, Sell};
use onetape_core::num::{Money, Price};
use proptest::prelude::*;

use super::run::{BTC, PERP, Run, SPOT, Tag, USDT, money, tag, usdt};
use crate::report::{Amount, Attribution, Report};

const FREE: (onetape_core::names::AssetId, &str, &str) = usdt("0");

fn total(report: &Report) -> &Attribution {
    &report.analysis.as_ref().unwrap().attribution.total
}

#[track_caller]
fn is(amount: &Amount, expected: &str) {
    assert_eq!(amount, &Amount::One(money(expected)));
}

/// Both legs taken at once, the later one's touch moved while it was on its way, and both walked the book.
#[test]
fn a_pair_that_is_taken_shows_delay_legging_and_slippage() {
    let mut run = Run::new();
    run.marks(&[(SPOT, "99", "100"), (PERP, "110", "111")]);
    let spot = run.place("entry_edge", tag(1, 0, Entry), SPOT, Buy, "1");
    let perp = run.place("entry_edge", tag(1, 1, Entry), PERP, Sell, "1");
    // The spot's ask was a unit higher when it arrived, and it took two levels.
    run.marks(&[(SPOT, "100", "101")]);
    run.fill(spot, SPOT, "101.5", "1", FREE);
    // Nothing yet of the perpetual, whose bid falls by three until it arrives.
    run.marks(&[(PERP, "107", "108")]);
    run.fill(perp, PERP, "106.75", "1", FREE);
    run.marks(&[(SPOT, "104", "105"), (PERP, "103", "104")]);
    run.trade(tag(1, 0, Exit), SPOT, Sell, "104", "1", FREE);
    run.trade(tag(1, 1, Exit), PERP, Buy, "104", "1", FREE);
    let report = run.end(&[(SPOT, "104", "105"), (PERP, "103", "104")]);
    let parts = total(&report);
    // Decided on 100 and 110, and on 104 and 104: 10 at the entry, 0 at the exit.
    is(&parts.decision_edge, "10");
    is(&parts.delay, "-1");
    is(&parts.legging, "-3");
    is(&parts.slippage, "-0.75");
    is(&parts.dust_and_rounding, "0");
    is(&parts.net, "5.25");
    assert_eq!(parts.net, report.figures.pnl.net);
    let hedging = &report.analysis.as_ref().unwrap().execution.hedging;
    assert_eq!((hedging.trips, hedging.latency.count), (1, 2));
    assert_eq!(hedging.latency.max_s, Some(1.0));
    assert_eq!(hedging.unhedged_most, 104.0);
}

/// A resting order earns half a spread, and its hedge is legging from the fill on.
#[test]
fn a_maker_captures_its_spread_and_its_hedge_pays_legging() {
    let mut run = Run::new();
    run.marks(&[(SPOT, "99", "101"), (PERP, "110", "111")]);
    let spot = run.place("entry_edge", tag(1, 0, Entry), SPOT, Buy, "1");
    run.news(spot, OrderEventKind::Accepted);
    run.marks(&[(SPOT, "98", "100")]);
    run.maker_fill(spot, SPOT, "98", "1");
    // Decided on its fill, when the bid was 110; the bid is 109 when it arrives.
    let perp = run.place("hedge", tag(1, 1, Entry), PERP, Sell, "1");
    run.marks(&[(PERP, "109", "110")]);
    run.fill(perp, PERP, "109", "1", FREE);
    let report = run.end(&[(SPOT, "98", "100"), (PERP, "109", "110")]);
    let parts = total(&report);
    is(&parts.spread_capture, "1");
    is(&parts.legging, "-1");
    // The mid fell by one between decision and fill.
    is(&parts.delay, "1");
    is(&parts.slippage, "0");
    // Open and hedged: 98 - 100 of the spot, whose mid was 100, and 110 - 110 of the perpetual.
    is(&parts.residual_basis, "-2");
    is(&parts.residual_delta, "0");
    is(&parts.net, "-1");
    assert_eq!(parts.net, report.figures.pnl.net);
    let maker = report.analysis.unwrap().execution.maker_ratio;
    assert_eq!(maker.value(), Some(98.0 / 207.0));
}

/// What a trade that takes an unhedged leg back loses is its cost, and no edge.
#[test]
fn an_unwound_leg_is_a_repair() {
    let mut run = Run::new();
    run.marks(&[(SPOT, "99", "100"), (PERP, "110", "111")]);
    run.trade(tag(1, 0, Entry), SPOT, Buy, "100", "1", FREE);
    run.marks(&[(SPOT, "97", "98")]);
    run.trade(tag(1, 0, Repair), SPOT, Sell, "96.5", "1", usdt("0.1"));
    let report = run.end(&[(SPOT, "97", "98")]);
    let parts = total(&report);
    is(&parts.decision_edge, "0");
    is(&parts.repair, "-3.5");
    is(&parts.fees, "-0.1");
    is(&parts.net, "-3.6");
}

/// What is open and not hedged is residual delta.
#[test]
fn an_open_leg_alone_is_delta() {
    let mut run = Run::new();
    run.marks(&[(SPOT, "99", "100")]);
    run.trade(tag(1, 0, Entry), SPOT, Buy, "100.5", "1", FREE);
    let report = run.end(&[(SPOT, "107", "108")]);
    let parts = total(&report);
    is(&parts.slippage, "-0.5");
    is(&parts.residual_delta, "7");
    is(&parts.net, "6.5");
}

/// Without tops everything stands in the edge, and the report says of how many fills.
#[test]
fn without_tops_nothing_is_made_up() {
    let mut run = Run::new();
    run.trade(tag(1, 0, Entry), SPOT, Buy, "100", "1", FREE);
    run.trade(tag(1, 0, Exit), SPOT, Sell, "103", "1", FREE);
    let report = run.end(&[]);
    let parts = total(&report);
    is(&parts.decision_edge, "3");
    is(&parts.slippage, "0");
    assert_eq!(report.analysis.as_ref().unwrap().unseen_fills, 2);
    assert!(
        report.notes().iter().any(|note| note.contains("2 fills")),
        "{:?}",
        report.notes()
    );
}

/// One thing that happens in a drawn run.
#[derive(Clone, Debug)]
enum Happens {
    Tops(i64, i64, i64),
    Trade {
        trip: u32,
        leg: u8,
        role: u8,
        buys: bool,
        qty: i64,
        off: i64,
        fee: i64,
        rests: bool,
        in_base: bool,
    },
    /// The venue closes the future for an amount.
    Closed(i64),
    Funding(i64),
    Days(i64),
}

fn happens() -> impl Strategy<Value = Happens> {
    let trade = (
        0u32..4,
        0u8..2,
        0u8..4,
        any::<bool>(),
        1i64..30,
        -50i64..50,
        -20i64..60,
        any::<bool>(),
        prop::bool::weighted(0.1),
    );
    prop_oneof![
        3 => (9_000i64..11_000, 9_000i64..11_000, 1i64..20).prop_map(|(spot, perp, wide)| Happens::Tops(spot, perp, wide)),
        6 => trade.prop_map(|(trip, leg, role, buys, qty, off, fee, rests, in_base)| Happens::Trade { trip, leg, role, buys, qty, off, fee, rests, in_base }),
        1 => (-500i64..500).prop_map(Happens::Funding),
        1 => (0i64..4).prop_map(Happens::Days),
        1 => (-900i64..900).prop_map(Happens::Closed),
    ]
}

fn cents(value: i64) -> String {
    onetape_core::num::format_fixed(value, 2)
}

/// Plays it, and gives the report with the accounts' final worth at mids, less what they held.
fn play(steps: &[Happens]) -> Report {
    let mut run = Run::new();
    run.balance(0, USDT, "1000000");
    run.balance(0, BTC, "50");
    run.balance(1, USDT, "1000000");
    let (mut tops, mut future) = ((10_000, 10_050, 2), 0);
    run.marks(&tops_of(tops));
    for step in steps {
        match *step {
            Happens::Tops(spot, perp, wide) => {
                tops = (spot, perp, wide);
                run.marks(&tops_of(tops));
            }
            Happens::Trade {
                trip,
                leg,
                role,
                buys,
                qty,
                off,
                fee,
                rests,
                in_base,
            } => {
                let role = [Entry, Exit, Repair, Entry][usize::from(role)];
                let price = cents(if leg == 0 { tops.0 } else { tops.1 } + off);
                let side: Side = if buys { Buy } else { Sell };
                let (amount, value) = fee_of(fee, &price, in_base && leg == 0);
                let (instrument, tag): (u16, Tag) = (u16::from(leg), tag(trip, leg, role));
                let order = run.place("drawn", tag, instrument, side, &qty.to_string());
                let asset = if in_base && leg == 0 { BTC } else { USDT };
                let fee = (asset, amount.as_str(), value.as_str());
                if leg == 1 {
                    future += if buys { qty } else { -qty };
                }
                if rests {
                    run.maker_fill_for(order, instrument, &price, &qty.to_string(), fee);
                } else {
                    run.fill(order, instrument, &price, &qty.to_string(), fee);
                }
            }
            Happens::Closed(amount) if future != 0 => {
                run.liquidated(PERP, &future.to_string(), &cents(amount));
                future = 0;
            }
            Happens::Closed(_) => {}
            Happens::Funding(amount) => run.funding(PERP, &cents(amount)),
            Happens::Days(days) => run.wait(days * 86_400),
        }
    }
    let last = tops_of(tops);
    run.end(
        &last
            .each_ref()
            .map(|(id, bid, ask)| (*id, bid.as_str(), ask.as_str())),
    )
}

/// Amount and worth of a fee; one in coins is a tenth of that many cents.
fn fee_of(fee: i64, price: &str, in_base: bool) -> (String, String) {
    if !in_base {
        return (cents(fee), cents(fee));
    }
    let amount = Money::scaled(i128::from(fee.abs()), 3).unwrap();
    (
        amount.to_string(),
        amount.times(money(price).decimal()).to_string(),
    )
}

fn tops_of((spot, perp, wide): (i64, i64, i64)) -> [(u16, String, String); 2] {
    [
        (SPOT, cents(spot), cents(spot + wide)),
        (PERP, cents(perp), cents(perp + wide)),
    ]
}

fn parts(attribution: &Attribution) -> Vec<Money> {
    let all = [
        &attribution.decision_edge,
        &attribution.delay,
        &attribution.legging,
        &attribution.slippage,
        &attribution.spread_capture,
        &attribution.repair,
        &attribution.venue_closings,
        &attribution.fees,
        &attribution.rebates,
        &attribution.funding,
        &attribution.residual_basis,
        &attribution.residual_delta,
        &attribution.dust_and_rounding,
        &attribution.net,
    ];
    all.map(|amount| amount.one().unwrap()).into()
}

fn sum<'a>(among: impl Iterator<Item = &'a Attribution>) -> Vec<Money> {
    among.map(parts).fold(vec![Money::ZERO; 14], |sums, one| {
        sums.into_iter()
            .zip(one)
            .map(|(sum, part)| sum + part)
            .collect()
    })
}

proptest! {
    /// The parts sum to the net, for everything and by whatever it is told apart; nothing is left for rounding; and the
    /// net is what the ledger's balances and the futures came to.
    #[test]
    fn attribution_sums_to_net_and_equity_is_the_ledgers(
        steps in prop::collection::vec(happens(), 1..60),
    ) {
        prop_assume!(steps.iter().any(|step| matches!(step, Happens::Trade { .. })));
        let report = play(&steps);
        let analysis = report.analysis.as_ref().unwrap();
        let tables = &analysis.attribution;
        let all = parts(&tables.total);
        let (net, made) = all.split_last().unwrap();
        prop_assert_eq!(made.iter().copied().sum::<Money>(), *net);
        prop_assert_eq!(Some(*net), report.figures.pnl.net.one());
        for group in [&tables.by_venue, &tables.by_symbol, &tables.by_task, &tables.by_exit_reason] {
            prop_assert_eq!(&sum(group.values()), &all);
        }
        prop_assert_eq!(&sum(tables.by_leg.iter().map(|leg| &leg.attribution)), &all);
        let days = sum(tables.by_day.iter().map(|day| &day.attribution));
        prop_assert_eq!(&days, &all);
        let in_base = |step: &Happens| matches!(step, Happens::Trade { in_base: true, .. });
        if !steps.iter().any(in_base) {
            prop_assert_eq!(tables.total.dust_and_rounding.one(), Some(Money::ZERO));
        }
        for trip in &report.round_trips {
            let made = parts(trip.attribution.as_ref().unwrap());
            let (net, made) = made.split_last().unwrap();
            prop_assert_eq!(made.iter().copied().sum::<Money>(), *net);
            prop_assert_eq!(Some(*net), trip.pnl.net.one());
        }
        let last = analysis.equity.days.last().unwrap();
        prop_assert_eq!(Some(last.conservative), report.figures.pnl.net.one());
        prop_assert_eq!(last.mid, ledger_gain(&report, &steps));
        prop_assert_eq!(last.mid, analysis.equity.curve.last().unwrap().mid);
    }
}

/// What the ledger's balances and the open future gained, at the last mids.
fn ledger_gain(report: &Report, steps: &[Happens]) -> Money {
    let tops = steps.iter().rev().find_map(|step| match step {
        Happens::Tops(spot, perp, wide) => Some((*spot, *perp, *wide)),
        _ => None,
    });
    let (spot, perp, wide) = tops.unwrap_or((10_000, 10_050, 2));
    let mid = |cents: i64| Money::scaled(i128::from(2 * cents + wide) * 5, 3).unwrap();
    let gained = report.ledger.iter().map(|line| {
        let gain = line.expected - line.opening;
        if line.asset == "BTC" {
            gain.times(mid(spot).decimal())
        } else {
            gain
        }
    });
    // The future by itself, at average cost.
    let names = super::run::names();
    let future = names.instrument(onetape_core::names::InstrumentId(PERP));
    assert_eq!(future.kind, InstrumentKind::Linear);
    let mut position = onetape_core::position::Position::default();
    let mut at = 10_050;
    for step in steps {
        match *step {
            Happens::Tops(_, perp, _) => at = perp,
            Happens::Trade {
                leg: 1,
                buys,
                qty,
                off,
                ..
            } => {
                let side = if buys { Buy } else { Sell };
                let qty = onetape_core::num::Qty::new(qty * 1_000);
                position.fill(future, side, Price::new(at + off), qty);
            }
            Happens::Closed(_) => {
                position.close_for(Money::ZERO);
            }
            _ => {}
        }
    }
    let open = mid(perp).times(future.qty_decimal(position.qty)) - position.cost;
    gained.sum::<Money>() + open
}

/// Days end at midnight, with what is open marked as it was then; days of nothing are days too, and a run that ends at
/// midnight has none after it.
#[test]
fn days_end_at_midnight_with_the_tops_of_then() {
    let mut run = Run::new();
    run.balance(0, USDT, "1000");
    run.marks(&[(SPOT, "99", "101")]);
    run.trade(tag(1, 0, Entry), SPOT, Buy, "100", "1", FREE);
    run.wait(4 * 86_400 - 12);
    run.marks(&[(SPOT, "109", "111")]);
    run.wait(9);
    let report = run.end(&[(SPOT, "119", "121")]);
    let analysis = report.analysis.unwrap();
    let days: Vec<_> = analysis
        .equity
        .days
        .iter()
        .map(|day| (day.conservative, day.mid))
        .collect();
    let first = (money("-1"), money("0"));
    assert_eq!(days, [first, first, first, (money("19"), money("20"))]);
    let statistics = analysis.statistics.unwrap();
    assert_eq!((statistics.buckets, statistics.days), (4, 4.0));
    assert_eq!(
        statistics.period_return.value(),
        Some(1020.0 / 1000.0 - 1.0)
    );
}

/// However round trips follow each other, those of one reason stand together, each price being that of its one fill.
#[test]
fn exits_stand_together_by_their_reason() {
    let mut run = Run::new();
    let reasons = ["edge", "age", "age", "age", "loss", "edge", "loss"];
    for (trip, reason) in (1..).zip(reasons) {
        run.trade(tag(trip, 0, Entry), SPOT, Buy, "100", "1", usdt("0.25"));
        let exit = run.place(reason, tag(trip, 0, Exit), SPOT, Sell, "1");
        run.fill(exit, SPOT, &(100 + trip).to_string(), "1", usdt("0.25"));
    }
    let report = run.end(&[(SPOT, "99", "100")]);
    let exits = &report.analysis.as_ref().unwrap().execution.exits;
    let told = exits
        .iter()
        .map(|(reason, exit)| (reason.as_str(), exit.round_trips, exit.net.one().unwrap()));
    // A trip gains its number less half a unit of fees.
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            ("age", 3, money("7.5")),
            ("edge", 2, money("6")),
            ("loss", 2, money("11")),
        ]
    );
    let parts = &report.analysis.as_ref().unwrap().attribution.by_exit_reason;
    let nets = parts.values().map(|part| part.net.one().unwrap());
    assert_eq!(nets.sum::<Money>(), report.figures.pnl.net.one().unwrap());
    let order: Vec<u32> = report.round_trips.iter().map(|trip| trip.trip).collect();
    assert_eq!(order, [1, 2, 3, 4, 5, 6, 7]);
}
