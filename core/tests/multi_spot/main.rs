//! `multi_spot` against books that are drawn: the venue that it buys on is the one that a plain search finds.

mod desk;
mod elsewhere;
mod switching;

use desk::{Venues, instrument, legs, names, setup};
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::names::{AssetId, InstrumentId};
use onetape_core::num::{Bps, Money, Price, Qty};
use onetape_core::risk::RiskLimits;
use onetape_core::strategies::multi_spot;
use onetape_core::time::Span;
use proptest::prelude::*;
use rust_decimal::Decimal;

/// One venue as it is drawn.
#[derive(Clone, Debug)]
struct Drawn {
    instrument: Instrument,
    fee: Bps,
    /// Bid, ask and the quantity at both; none when the venue never told a top.
    top: Option<(i64, i64, i64)>,
}

impl Drawn {
    fn price(&self, mantissa: i64) -> Decimal {
        Decimal::new(mantissa, u32::from(self.instrument.price_decimals))
    }

    fn fee_rate(&self) -> Decimal {
        Decimal::new(self.fee.millionths(), 10)
    }
}

/// Prices around 100 at one to three decimals, so that venues often cost the same; lots of 0.1, 0.2 and 0.3.
fn drawn(kind: InstrumentKind) -> impl Strategy<Value = Drawn> {
    let fee = prop_oneof![Just(10_000_000i64), Just(0), -2_000_000i64..40_000_000];
    let top = (
        995i64..1_006,
        0i64..3,
        prop_oneof![4 => 1i64..40, 1 => Just(0i64)],
    );
    let rules = (1u8..4, 1i64..4, 0i64..12, 0i64..80);
    let top = prop_oneof![9 => top.prop_map(Some), 1 => Just(None)];
    (top, fee, rules).prop_map(move |(top, fee, (decimals, lot, min_qty, min_notional))| {
        let scale = 10_i64.pow(u32::from(decimals - 1));
        Drawn {
            instrument: Instrument {
                price_decimals: decimals,
                lot: Qty::new(lot),
                min_qty: Qty::new(min_qty),
                min_notional: Money::new(Decimal::from(min_notional)),
                ..instrument(0, kind)
            },
            fee: Bps::from_millionths(fee),
            top: top.map(|(bid, spread, qty)| {
                (
                    bid * scale,
                    (bid + spread) * scale + i64::from(spread == 0),
                    qty,
                )
            }),
        }
    })
}

/// The largest quantity in tenths that both venues take, up to what is asked and what both show; none below a minimum.
fn size(spot: &Drawn, future: &Drawn, asked: i64) -> Option<i64> {
    let ((spot_bid, _, spot_qty), (bid, _, qty)) = (spot.top?, future.top?);
    let lots = |it: &Drawn, qty: i64| qty % it.instrument.lot.mantissa() == 0;
    let most = asked.min(spot_qty).min(qty);
    let whole = (1..=most)
        .rev()
        .find(|&qty| lots(spot, qty) && lots(future, qty))?;
    let enough = |it: &Drawn, bid: i64| {
        let value = it.price(bid) * Decimal::new(whole, 1);
        whole >= it.instrument.min_qty.mantissa() && value >= it.instrument.min_notional.decimal()
    };
    (enough(spot, spot_bid) && enough(future, bid)).then_some(whole)
}

/// Where a plain search buys, and how much: of the venues that are large enough and earn enough the one that costs least,
/// and of equal ones the first.
fn search(spots: &[Drawn], future: &Drawn, asked: i64, least: Bps) -> Option<(usize, i64)> {
    let sold = future.price(future.top?.0) * (Decimal::ONE - future.fee_rate());
    let mut best: Option<(Decimal, usize, i64)> = None;
    for (at, spot) in spots.iter().enumerate() {
        let (Some((_, ask, _)), Some(qty)) = (spot.top, size(spot, future, asked)) else {
            continue;
        };
        let cost = spot.price(ask) * (Decimal::ONE + spot.fee_rate());
        let earns = sold - cost >= cost * Decimal::new(least.millionths(), 10);
        if earns && best.is_none_or(|(cheapest, ..)| cost < cheapest) {
            best = Some((cost, at, qty));
        }
    }
    best.map(|(_, at, qty)| (at, qty))
}

fn venues(spots: &[Drawn], future: &Drawn, params: &[(&'static str, &str)]) -> Venues {
    let all: Vec<&Drawn> = spots.iter().chain([future]).collect();
    let placed = all.iter().enumerate().map(|(at, drawn)| {
        let own = instrument(at, drawn.instrument.kind);
        Instrument {
            id: own.id,
            venue: own.venue,
            name: own.name,
            ..drawn.instrument.clone()
        }
    });
    let fees: Vec<Bps> = all.iter().map(|drawn| drawn.fee).collect();
    let placed: Vec<Instrument> = placed.collect();
    Venues::new(&placed, &fees, RiskLimits::default(), params)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]
    // ST2: the venue that is bought is the argmin of net cost of those that are large enough, ties by the order of legs.
    #[test]
    fn it_buys_where_a_plain_search_does(
        spots in proptest::collection::vec(drawn(InstrumentKind::Spot), 2..=8),
        future in drawn(InstrumentKind::Linear), asked in 1i64..50, least in -60i64..30,
    ) {
        let quantity = Decimal::new(asked, 1).to_string();
        let (text, least) = (least.to_string(), Bps::from_millionths(least * 1_000_000));
        // With limits at the touch: the gate judges the least value of an order at its limit.
        let params = [
            ("quantity", quantity.as_str()), ("min_entry_net_bps", text.as_str()), ("exit.max_age", "1h"),
            ("max_slippage_bps", "0"),
        ];
        let mut venues = venues(&spots, &future, &params);
        // The future comes last, so that it is decided on all of them.
        for (at, drawn) in spots.iter().chain([&future]).enumerate() {
            if let Some((bid, ask, qty)) = drawn.top {
                venues.quote(at, (bid, qty), (ask, qty));
            }
        }
        let found = search(&spots, &future, asked, least);
        let bought = venues.sent.first().map(|place| (place.instrument.index(), place.qty.mantissa()));
        prop_assert_eq!(bought, found);
        if let [spot, sold] = venues.sent.as_slice() {
            prop_assert_eq!((spot.side, sold.side), (Side::Buy, Side::Sell));
            prop_assert_eq!((sold.instrument.index(), sold.qty), (spots.len(), spot.qty));
            prop_assert_eq!(venues.reason(), "enter_long_spot");
        } else {
            prop_assert!(venues.sent.is_empty());
        }
    }
}

/// The books of the test above are of every sort: each of eight legs is bought, nothing is, and the venue that costs least
/// of all is passed over because it is too small.
#[test]
fn the_drawn_books_are_of_every_sort() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let spots = proptest::collection::vec(drawn(InstrumentKind::Spot), 2..=8);
    let (mut bought, mut none, mut skipped, mut tied) = ([0; 8], 0, 0, 0);
    for _ in 0..2_000 {
        let spots = spots.new_tree(&mut runner).unwrap().current();
        let future = drawn(InstrumentKind::Linear)
            .new_tree(&mut runner)
            .unwrap()
            .current();
        let Some((at, _)) = search(&spots, &future, 20, Bps::parse("-60").unwrap()) else {
            none += 1;
            continue;
        };
        bought[at] += 1;
        let cost = |it: &Drawn| Some(it.price(it.top?.1) * (Decimal::ONE + it.fee_rate()));
        let costs = spots.iter().filter_map(cost);
        skipped += usize::from(costs.min() < cost(&spots[at]));
        tied += usize::from(
            spots[at + 1..]
                .iter()
                .any(|it| cost(it) == cost(&spots[at])),
        );
    }
    assert!(bought.iter().all(|&times| times > 5), "{bought:?}");
    assert!(
        none > 100 && skipped > 100 && tied > 20,
        "{none} {skipped} {tied}"
    );
}

const FEES: [&str; 3] = ["10", "10", "5"];

/// Two spot venues and the future at 100.0, by these parameters.
fn two(limits: RiskLimits, params: &[(&'static str, &str)]) -> Venues {
    Venues::new(
        &legs(2),
        &FEES.map(|fee| Bps::parse(fee).unwrap()),
        limits,
        params,
    )
}

const PLAIN: [(&str, &str); 3] = [
    ("quantity", "1"),
    ("min_entry_net_bps", "20"),
    ("exit.net_bps", "-5"),
];

#[test]
fn equal_costs_go_to_the_first_leg() {
    let mut venues = two(RiskLimits::default(), &PLAIN);
    venues.quote(1, (999, 90), (1_000, 90));
    venues.quote(0, (990, 90), (1_000, 90));
    venues.quote(2, (1_006, 90), (1_007, 90));
    assert_eq!(venues.sent[0].instrument, InstrumentId(0));
}

#[test]
fn the_exit_is_judged_by_the_leg_that_is_held() {
    let mut venues = two(RiskLimits::default(), &PLAIN);
    venues.quote(0, (999, 90), (1_000, 90));
    venues.quote(1, (1_001, 90), (1_002, 90));
    venues.quote(2, (1_006, 90), (1_007, 90));
    venues.fill_all();
    assert_eq!(
        (venues.held(0), venues.held(1), venues.held(2)),
        (10, 0, -10)
    );
    // The other venue would pay: nothing is held there.
    venues.quote(1, (1_050, 90), (1_051, 90));
    assert!(venues.sent.is_empty() && venues.reason() == "holding");
    venues.quote(0, (1_009, 90), (1_010, 90));
    assert_eq!(venues.reason(), "exit_edge");
    let sent: Vec<_> = venues
        .sent
        .iter()
        .map(|it| (it.instrument.0, it.side))
        .collect();
    assert_eq!(sent, [(0, Side::Sell), (2, Side::Buy)]);
    venues.fill_all();
    assert_eq!(
        (venues.held(0), venues.held(2), venues.reason()),
        (0, 0, "closed")
    );
}

#[test]
fn age_and_profit_close_too() {
    let base = [("quantity", "1"), ("min_entry_net_bps", "20")];
    let age = [&base[..], &[("exit.max_age", "5s")]].concat();
    let mut venues = two(RiskLimits::default(), &age);
    let enter = |venues: &mut Venues| {
        venues.quote(0, (999, 90), (1_000, 90));
        venues.quote(2, (1_006, 90), (1_007, 90));
        venues.fill_all();
        assert_eq!(venues.reason(), "holding");
    };
    enter(&mut venues);
    // The saga's own deadlines come before, and say nothing.
    while venues.reason() == "holding" && venues.wait() {}
    assert_eq!(venues.reason(), "exit_age");

    let profit = [&base[..], &[("exit.profit_bps", "20")]].concat();
    let mut venues = two(RiskLimits::default(), &profit);
    enter(&mut venues);
    // 5 of spot, 0.6 of the future, less 30 of fees: on 100.1, 26 bps.
    venues.quote(0, (1_005, 90), (1_006, 90));
    assert_eq!(venues.reason(), "holding");
    venues.quote(2, (999, 90), (1_000, 90));
    assert_eq!(venues.reason(), "exit_profit");
}

/// A book that the gate does not trade on does not keep the next venue from being bought on.
#[test]
fn a_venue_that_the_gate_refuses_is_passed_over() {
    let limits = RiskLimits {
        max_book_age: Some(Span::from_millis(500)),
        ..RiskLimits::default()
    };
    let mut venues = two(limits, &PLAIN);
    venues.quote(0, (989, 90), (990, 90));
    venues.at_ms(1_000);
    venues.quote(1, (999, 90), (1_000, 90));
    venues.quote(2, (1_006, 90), (1_007, 90));
    assert_eq!(venues.sent[0].instrument, InstrumentId(1));
    assert_eq!(venues.sent.len(), 2);
}

/// B8: what a trip leaves on one venue counts when the next trip buys on another, and is hedged with it.
#[test]
fn what_is_left_on_one_venue_counts_on_the_next() {
    let mut instruments = legs(2);
    instruments[0].min_qty = Qty::new(5);
    let fees = FEES.map(|fee| Bps::parse(fee).unwrap());
    let mut venues = Venues::new(&instruments, &fees, RiskLimits::default(), &PLAIN);
    venues.quote(0, (999, 90), (1_000, 90));
    venues.quote(1, (1_001, 90), (1_002, 90));
    venues.quote(2, (1_006, 90), (1_007, 90));
    venues.fill_all();
    venues.quote(0, (1_009, 90), (1_010, 90));
    // Three of ten stay unsold, fewer than the venue takes.
    venues.fill_one(7);
    venues.fill_all();
    assert_eq!(
        (venues.held(0), venues.held(2), venues.reason()),
        (3, 0, "closed")
    );
    venues.quote(2, (1_012, 90), (1_013, 90));
    assert_eq!(venues.sent[0].instrument, InstrumentId(1));
    venues.fill_all();
    assert_eq!(
        (venues.held(0), venues.held(1), venues.held(2)),
        (3, 10, -13)
    );
    // The exit closes all that can be closed.
    venues.quote(1, (1_016, 90), (1_017, 90));
    venues.fill_all();
    assert_eq!((venues.held(0), venues.held(1), venues.held(2)), (3, 0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]
    // Whatever fills, on whichever venues: what is held balances over all of them, and what a closed trip leaves on a venue
    // is too little to sell there.
    #[test]
    fn what_is_held_balances_over_all_venues(
        steps in proptest::collection::vec((0usize..4, -12i64..13, prop_oneof![3 => Just(99i64), 2 => 0i64..12]), 20..150),
    ) {
        let mut instruments = legs(3);
        (instruments[0].min_qty, instruments[2].min_qty) = (Qty::new(5), Qty::new(3));
        let fees = ["10", "8", "12", "5"].map(|fee| Bps::parse(fee).unwrap());
        let params = [
            ("quantity", "1"), ("min_entry_net_bps", "-10"), ("exit.net_bps", "-20"), ("repair.attempts", "20"),
        ];
        let mut venues = Venues::new(&instruments, &fees, RiskLimits::default(), &params);
        let mut middles = [1_000; 4];
        let mut ms = 0;
        for (leg, step, fill) in steps {
            ms += 1;
            venues.at_ms(ms);
            middles[leg] = (middles[leg] + step).clamp(980, 1_020);
            venues.quote(leg, (middles[leg], 90), (middles[leg] + 1, 90));
            while !venues.sent.is_empty() {
                venues.fill_one(fill);
            }
            while venues.reason() == "repairing" && venues.wait() {
                while !venues.sent.is_empty() {
                    venues.fill_one(99);
                }
            }
            prop_assert_ne!(venues.reason(), "quarantined");
            let spots = [0, 1, 2].map(|leg| venues.held(leg));
            if venues.held(3) == 0 {
                for (leg, held) in spots.into_iter().enumerate() {
                    prop_assert!((0..instruments[leg].min_qty.mantissa()).contains(&held), "{spots:?}");
                }
            } else {
                prop_assert_eq!(spots.iter().sum::<i64>(), -venues.held(3), "{:?}", spots);
            }
        }
    }
}

#[test]
fn legs_that_do_not_belong_together_are_refused() {
    let built = |instruments: &[Instrument]| {
        let names = names(instruments);
        let fees = vec![Bps::default(); instruments.len()];
        multi_spot::checked(&setup(&names, &fees, &PLAIN)).map(drop)
    };
    assert_eq!(built(&legs(2)), Ok(()));
    assert_eq!(built(&legs(8)), Ok(()));
    let few = built(&legs(1)).unwrap_err();
    assert_eq!(few, "1 spot legs are given; name 2 to 8");
    let mut other = legs(3);
    other[1].quote = AssetId(2);
    let quote = built(&other).unwrap_err();
    assert!(
        quote.contains("venue1:BTCUSDT is in USDC and venue0:BTCUSDT in USDT"),
        "{quote}"
    );
    other = legs(3);
    other[2].base = AssetId(2);
    let base = built(&other).unwrap_err();
    assert!(
        base.contains("venue2:BTCUSDT is in USDC and venue3:BTCUSDT in BTC"),
        "{base}"
    );
}

#[test]
fn price_scales_of_the_venues_may_differ() {
    let mut instruments = legs(2);
    instruments[1].price_decimals = 3;
    let fees = FEES.map(|fee| Bps::parse(fee).unwrap());
    let mut venues = Venues::new(&instruments, &fees, RiskLimits::default(), &PLAIN);
    venues.quote(0, (999, 90), (1_000, 90));
    venues.quote(1, (99_998, 90), (99_999, 90));
    venues.quote(2, (1_006, 90), (1_007, 90));
    assert_eq!(venues.sent[0].instrument, InstrumentId(1));
    assert_eq!(venues.sent[0].limit, Some(Price::new(100_048)));
}
