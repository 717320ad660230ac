//! Drawn runs: parts sum to totals, totals equal cash and mark value, and the leg's position is the core's.

use onetape_core::command::LegRole;
use onetape_core::instrument::Side;
use onetape_core::names::InstrumentId;
use onetape_core::num::{Money, Price, Qty, format_fixed};
use onetape_core::position::Position;
use proptest::prelude::*;

use super::run::{BNB, BTC, PERP, Run, SPOT, Tag, USDT, names};
use crate::fold::position::{LegPosition, cost};
use crate::report::{Bucket, Pnl, Report};

/// One fill: task, trip, leg, role, buy, price in cents, quantity in thousandths, fee asset, fee.
type Drawn = (u16, u32, u8, u8, bool, i64, i64, u8, i64);

fn fills() -> impl Strategy<Value = Vec<Drawn>> {
    let fill = (
        0u16..2,
        0u32..4,
        0u8..2,
        0u8..3,
        any::<bool>(),
        1i64..10_000_000,
        1i64..100_000,
        0u8..3,
        -50i64..1_000,
    );
    prop::collection::vec(fill, 1..40)
}

/// Plays drawn fills; gives the report and, apart from it, cash and holdings counted plainly.
fn play(drawn: &[Drawn], funding: &[(usize, i64)]) -> (Report, Money, [Money; 2]) {
    play_in(Run::new(), drawn, funding)
}

fn play_in(mut run: Run, drawn: &[Drawn], funding: &[(usize, i64)]) -> (Report, Money, [Money; 2]) {
    let mut cash = Money::ZERO;
    let mut held = [Money::ZERO; 2];
    for (at, &(task, trip, leg, role, buy, price, qty, asset, fee)) in drawn.iter().enumerate() {
        let instrument = if leg == 0 { SPOT } else { PERP };
        let side = if buy { Side::Buy } else { Side::Sell };
        let role = [LegRole::Entry, LegRole::Exit, LegRole::Repair][usize::from(role)];
        let tag = Tag {
            task,
            trip,
            leg,
            role,
        };
        let (price_text, qty_text) = (format_fixed(price, 2), format_fixed(qty, 3));
        let amount = format_fixed(fee, 7);
        let price_money = Money::parse(&price_text).unwrap();
        let in_base = instrument == SPOT && asset == 0;
        // A fee in base is worth the fill's price; every other one is drawn as its own worth.
        let value = if in_base {
            price_money.times(Money::parse(&amount).unwrap().decimal())
        } else {
            Money::parse(&amount).unwrap()
        };
        let asset = [BTC, USDT, BNB][usize::from(asset)];
        run.trade(
            tag,
            instrument,
            side,
            &price_text,
            &qty_text,
            (asset, &amount, &value.to_string()),
        );
        let signed = Money::parse(&format_fixed(if buy { qty } else { -qty }, 3)).unwrap();
        cash += -price_money.times(signed.decimal());
        held[usize::from(leg)] += signed;
        if in_base {
            // The fee leaves the holdings; its worth is counted as a fee below, so cash gets it back here.
            held[0] += -Money::parse(&amount).unwrap();
            cash += value;
        }
        cash += -value;
        for &(when, amount) in funding {
            if when == at {
                let amount = Money::parse(&format_fixed(amount, 5)).unwrap();
                run.funding(PERP, &amount.to_string());
                cash += amount;
            }
        }
    }
    // Bid and ask are the same, so that a mark does not depend on the sign of a position.
    let report = run.end(&[
        (SPOT, "61000.00", "61000.00"),
        (PERP, "61010.00", "61010.00"),
    ]);
    (report, cash, held)
}

fn total<'a>(buckets: impl Iterator<Item = &'a Bucket>) -> (u64, u64, [Money; 5]) {
    let mut sums = (0, 0, [Money::ZERO; 5]);
    for bucket in buckets {
        sums.0 += bucket.orders;
        sums.1 += bucket.fills;
        sums.2[0] += bucket.volume.one().unwrap();
        for (at, amount) in parts(&bucket.pnl).into_iter().enumerate() {
            sums.2[at + 1] += amount;
        }
    }
    sums
}

fn parts(pnl: &Pnl) -> [Money; 4] {
    [&pnl.gross, &pnl.fees, &pnl.funding, &pnl.net].map(|amount| amount.one().unwrap())
}

proptest! {
    #[test]
    fn every_breakdown_sums_to_the_total(
        drawn in fills(),
        funding in prop::collection::vec((0usize..40, -100_000i64..100_000), 0..6),
    ) {
        let (report, cash, held) = play(&drawn, &funding);
        let mut lagging = Run::new();
        lagging.lags = true;
        prop_assert!(play_in(lagging, &drawn, &funding).0 == report, "it depends on when steps are taken");
        let figures = &report.figures;
        let by_venue = total(figures.by_venue.values());
        prop_assert_eq!(by_venue, total(figures.by_task.values()));
        prop_assert_eq!(by_venue, total(report.by_instrument.values()));
        prop_assert_eq!(by_venue, total(report.by_leg.iter().map(|leg| &leg.bucket)));
        prop_assert_eq!((by_venue.0, by_venue.1), (figures.orders, figures.fills));
        let pnl = parts(&figures.pnl);
        prop_assert_eq!(&by_venue.2[1..], &pnl[..]);
        prop_assert_eq!(pnl[0] - pnl[1] + pnl[2], pnl[3]);
        prop_assert_eq!(figures.fees_paid.one().unwrap(), pnl[1]);

        // Net is cash and mark value: nothing is counted twice and nothing is lost. A price times a partial
        // release is cut at 16 decimals and what is cut stays in the cost, so this is exact.
        let marks = ["61000", "61010"].map(|mark| Money::parse(mark).unwrap());
        let worth = cash + marks[0].times(held[0].decimal()) + marks[1].times(held[1].decimal());
        prop_assert_eq!(pnl[3], worth);

        let closed: Money = report
            .round_trips
            .iter()
            .filter(|trip| trip.closed_at.is_some())
            .map(|trip| trip.pnl.net.one().unwrap())
            .sum();
        prop_assert_eq!(closed, figures.closed.net.one().unwrap());
        prop_assert_eq!(closed, report.equity.last().unwrap().net.one().unwrap());
        for trip in &report.round_trips {
            let legs: Money = trip.legs.iter().map(|leg| leg.pnl.net.one().unwrap()).sum();
            prop_assert_eq!(legs, trip.pnl.net.one().unwrap());
        }
        let open_qty: Money = report.open.iter().map(|open| Money::new(open.qty)).sum();
        prop_assert_eq!(open_qty, held[0] + held[1]);
        prop_assert!(report.unmarked.is_empty());
    }

    #[test]
    fn a_leg_is_the_core_s_position_on_decimals(
        fills in prop::collection::vec((any::<bool>(), 1i64..10_000_000, 1i64..100_000), 1..60),
        kind in 0u16..3,
    ) {
        let names = names();
        let instrument = names.instrument(InstrumentId(kind));
        let (mut ours, mut core) = (LegPosition::default(), Position::default());
        for (buy, price, qty) in fills {
            let side = if buy { Side::Buy } else { Side::Sell };
            let (price, qty) = (Price::new(price), Qty::new(qty));
            core.fill(instrument, side, price, qty);
            let traded = instrument.qty_decimal(side.signed(qty));
            let paid = cost(instrument, price, traded);
            ours.trade(instrument, price, (traded, paid));
            prop_assert_eq!(ours.qty, instrument.qty_decimal(core.qty));
            prop_assert_eq!((ours.cost, ours.realised), (core.cost, core.realised));
            prop_assert_eq!(
                ours.unrealised(instrument, price),
                core.unrealised(instrument, price)
            );
        }
    }
}
