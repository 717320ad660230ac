//! The scanner against a plain search in decimals, and against itself from scratch.

use alloc::format;
use alloc::vec::Vec;
use std::vec;

use proptest::prelude::*;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::*;
use crate::event::{Body, Event, FundingRate, Level, Quote};
use crate::instrument::{Instrument, InstrumentKind, Side, fixtures};
use crate::market::{Market, TopFeed};
use crate::names::{AssetId, InstrumentId, VenueId};
use crate::num::{Bps, Money, Price, Qty};
use crate::time::{Span, Ts};

const BTC: u16 = 0;
const USDT: u16 = 1;
const ETH: u16 = 2;

fn instrument(id: u16, venue: u16, base: u16, quote: u16, kind: InstrumentKind) -> Instrument {
    Instrument {
        name: format!("venue{venue}:{id}"),
        venue: VenueId(venue),
        base: AssetId(base),
        quote: AssetId(quote),
        price_decimals: if quote == BTC { 5 } else { 2 },
        tick: Price::new(1),
        ..fixtures::instrument(id, kind)
    }
}

/// Two venues with a triangle each, one with BTC alone, and a perpetual of both coins.
fn world() -> Vec<Instrument> {
    use InstrumentKind::{Linear, Spot};
    let kinds = [
        (0, BTC, USDT, Spot),
        (0, ETH, USDT, Spot),
        (0, ETH, BTC, Spot),
        (1, BTC, USDT, Spot),
        (1, ETH, USDT, Spot),
        (1, ETH, BTC, Spot),
        (2, BTC, USDT, Spot),
        (3, BTC, USDT, Linear),
        (3, ETH, USDT, Linear),
    ];
    let mut all: Vec<Instrument> = (0u16..)
        .zip(kinds)
        .map(|(id, (venue, base, quote, kind))| instrument(id, venue, base, quote, kind))
        .collect();
    for (at, it) in all.iter_mut().enumerate() {
        it.lot = Qty::new([1, 5, 2][at % 3]);
        it.min_qty = Qty::new(10);
        let least = if it.quote == AssetId(BTC) {
            "0.0001"
        } else {
            "5"
        };
        it.min_notional = Money::parse(least).unwrap();
    }
    all
}

fn fees() -> Vec<Bps> {
    let texts = ["10", "10", "10", "2", "2", "2", "0", "5", "5"];
    texts.map(|text| Bps::parse(text).unwrap()).into()
}

fn rules() -> ScanRules {
    ScanRules {
        kinds: Kind::ALL.into(),
        min_net: Bps::parse("1").unwrap(),
        max_notional: Money::parse("1000").unwrap(),
        share: Decimal::ONE,
        max_age: None,
        max_skew: None,
        settlements: 3,
    }
}

struct Bench {
    market: Market,
    scanner: Scanner,
    now: Ts,
    told: Vec<(&'static str, u32)>,
}

impl Bench {
    fn new(rules: ScanRules) -> Self {
        let all = world();
        Self {
            market: Market::new(&all, &[TopFeed::Quote; 9]),
            scanner: Scanner::new(all, &fees(), rules),
            now: Ts::from_nanos(1_000_000_000),
            told: Vec::new(),
        }
    }

    fn event(&mut self, id: u16, body: Body) {
        let ts = self.now;
        self.market.apply(&Event { ts, body });
        let told = &mut self.told;
        self.scanner
            .update(InstrumentId(id), &self.market, ts, &mut |news| {
                told.push(match news {
                    News::Found(it) => ("found", it.route),
                    News::Still(it) => ("still", it.route),
                    News::Lost(it) => ("lost", it.route),
                });
            });
    }

    fn quote(&mut self, id: u16, bid: i64, ask: i64, qty: i64) {
        let level = |price| Level {
            price: Price::new(price),
            qty: Qty::new(qty),
        };
        self.event(
            id,
            Body::Quote(Quote {
                instrument: InstrumentId(id),
                bid: level(bid),
                ask: level(ask),
            }),
        );
    }

    fn funding(&mut self, id: u16, rate: &str) {
        self.event(
            id,
            Body::Funding(FundingRate {
                instrument: InstrumentId(id),
                rate: Money::parse(rate).unwrap(),
                settles_at: Ts::from_nanos(9_000_000_000_000),
            }),
        );
    }

    /// By name of kind and the instruments traded: `+3-0` buys the third and sells the first of the list.
    fn names(&self) -> Vec<(&'static str, alloc::string::String)> {
        let text = |it: &Opportunity| {
            let route = &self.scanner.routes()[it.route as usize];
            let steps = route.steps().iter().map(|step| {
                let sign = if step.side == Side::Buy { '+' } else { '-' };
                format!("{sign}{}", step.at)
            });
            (route.kind.name(), steps.collect())
        };
        self.scanner.ranked().iter().map(text).collect()
    }
}

/// Bid, ask and fee of an instrument in decimals, when it can be traded.
fn side(market: &Market, it: &Instrument) -> Option<(Decimal, Decimal)> {
    let top = market.instrument(it.id).top()?;
    Some((
        it.price_decimal(top.bid.price),
        it.price_decimal(top.ask.price),
    ))
}

/// The net edge as it is written down in words, in decimals.
fn plain_net(
    market: &Market,
    scanner: &Scanner,
    route: &Route,
    settlements: u32,
) -> Option<Decimal> {
    let one = Decimal::ONE;
    let fee = |at: u16| fees()[usize::from(at)].to_decimal();
    let it = |at: u16| &scanner.instruments()[usize::from(at)];
    let prices = route.steps().iter().map(|step| side(market, it(step.at)));
    let prices: Vec<(Decimal, Decimal)> = prices.collect::<Option<_>>()?;
    let at = |n: usize| route.steps()[n].at;
    Some(match route.kind {
        Kind::SpotSpot => {
            let paid = prices[0].1 * (one + fee(at(0)));
            prices[1].0 * (one - fee(at(1))) / paid - one
        }
        Kind::SpotFuturesHedge | Kind::Funding => {
            let [(bid_l, ask_l), (bid_s, ask_s)] = [prices[0], prices[1]];
            let spreads = (ask_l - bid_l + ask_s - bid_s) / Decimal::TWO;
            let net = (bid_s - ask_l - spreads) / ask_l - Decimal::TWO * (fee(at(0)) + fee(at(1)));
            if route.kind == Kind::SpotFuturesHedge {
                return Some(net);
            }
            let sign = |n: usize| if n == 0 { -one } else { one };
            let future = (0..2).find(|&n| it(at(n)).kind == InstrumentKind::Linear)?;
            let rate = market
                .instrument(it(at(future)).id)
                .funding()?
                .rate
                .decimal();
            net + Decimal::from(settlements) * sign(future) * rate
        }
        Kind::Triangular => {
            let mut kept = one;
            for (step, (bid, ask)) in route.steps().iter().zip(prices) {
                kept = match step.side {
                    Side::Buy => kept / (ask * (one + fee(step.at))),
                    Side::Sell => kept * bid * (one - fee(step.at)),
                };
            }
            kept - one
        }
    })
}

#[test]
fn every_way_to_trade_is_listed_once() {
    let all = world();
    let count = |kind| routes(&all, &[kind]).len();
    // Three venues of BTC and two of ETH and of the cross: ordered pairs.
    assert_eq!(count(Kind::SpotSpot), 6 + 2 + 2);
    // Each spot of a coin with its perpetual, both ways.
    assert_eq!(count(Kind::SpotFuturesHedge), 2 * (3 + 2));
    assert_eq!(count(Kind::Funding), 2 * (3 + 2));
    assert_eq!(count(Kind::Triangular), 2 * 2, "both ways at two venues");
    let listed = routes(&all, &Kind::ALL);
    assert_eq!(listed.len(), 34);
    for (at, route) in listed.iter().enumerate() {
        assert!(!listed[..at].contains(route), "{route:?}");
    }
}

#[test]
fn a_difference_between_venues_is_found_and_lost() {
    let mut bench = Bench::new(ScanRules {
        kinds: vec![Kind::SpotSpot],
        ..rules()
    });
    bench.quote(0, 10_000, 10_001, 900);
    bench.quote(3, 10_030, 10_031, 450);
    // 100.30 x 0.9998 over 100.01 x 1.001, less one: 16.974 bps.
    assert_eq!(bench.names(), [("spot_spot", "+0-3".into())]);
    let found = bench.scanner.ranked()[0];
    assert!((found.net_bps - 16.9743).abs() < 0.001, "{}", found.net_bps);
    assert_eq!(found.sized.qty[..2], [Qty::new(450); 2]);
    assert_eq!(found.sized.notional, Money::parse("45.0045").unwrap());
    bench.quote(3, 10_030, 10_031, 300);
    bench.quote(3, 10_012, 10_013, 300);
    let route = found.route;
    assert_eq!(
        bench.told,
        [("found", route), ("still", route), ("lost", route)]
    );
    assert_eq!(bench.scanner.open_count(), 0);
}

/// EX8: what no venue would take, in or out, is not found: here less than 5 USDT.
#[test]
fn what_is_below_a_minimum_is_not_found() {
    let mut bench = Bench::new(rules());
    bench.quote(0, 10_000, 10_001, 49);
    bench.quote(3, 10_100, 10_101, 900);
    assert!(bench.names().is_empty());
    bench.quote(0, 10_000, 10_001, 51);
    assert_eq!(bench.names(), [("spot_spot", "+0-3".into())]);
    assert_eq!(bench.scanner.ranked()[0].sized.qty[..2], [Qty::new(51); 2]);
}

/// EX7: a part of what both touches show, in whole lots of both, and no less than a minimum.
#[test]
fn ex7_what_is_found_is_a_part_of_what_the_touches_show() {
    let mut bench = Bench::new(ScanRules {
        kinds: vec![Kind::SpotSpot],
        share: Decimal::new(5, 2),
        ..rules()
    });
    bench.quote(0, 10_000, 10_001, 9_000);
    bench.quote(3, 10_030, 10_031, 4_333);
    // A twentieth of the thinner, 4.333, is 0.21665.
    assert_eq!(bench.scanner.ranked()[0].sized.qty[..2], [Qty::new(216); 2]);
    // A twentieth of 1.019 would be worth 5.0955, of 0.999 only 4.995: less than 5.
    bench.quote(3, 10_030, 10_031, 1_019);
    assert_eq!(bench.scanner.ranked()[0].sized.qty[..2], [Qty::new(50); 2]);
    bench.quote(3, 10_030, 10_031, 979);
    assert!(bench.names().is_empty());
}

/// EX7: the smallest of a cycle's touches, in what is paid through all three.
#[test]
fn ex7_a_cycle_that_is_found_is_a_part_of_its_touches() {
    let sized = |share| {
        let mut bench = Bench::new(ScanRules {
            kinds: vec![Kind::Triangular],
            max_notional: Money::parse("1000000").unwrap(),
            share,
            ..rules()
        });
        bench.quote(3, 10_000, 10_001, 100_000);
        bench.quote(4, 500, 501, 1_000_000);
        bench.quote(5, 4_900, 4_901, 1_000_000);
        bench.scanner.ranked()[0].sized
    };
    let (whole, part) = (sized(Decimal::ONE), sized(Decimal::new(10, 2)));
    for (whole, part) in whole.qty.into_iter().zip(part.qty) {
        let (whole, part) = (whole.mantissa(), part.mantissa());
        assert!(part > 0 && part * 10 <= whole + 20, "{part} of {whole}");
    }
}

/// Both ways round a triangle: 100 and 5 in USDT, and the cross at 0.05 less or more.
#[test]
fn both_ways_round_a_triangle_are_found() {
    let mut bench = Bench::new(rules());
    bench.quote(3, 10_000, 10_000 + 1, 900_000);
    bench.quote(4, 500, 501, 900_000);
    bench.quote(5, 4_900, 4_901, 900_000);
    // 1 / 100.01 / 0.04901 x 5.00 is 1.0201: less three fees of 2 bps.
    assert_eq!(bench.names()[0], ("triangular", "+3+5-4".into()));
    let found = bench.scanner.ranked()[0];
    assert!((found.net_bps - 194.7).abs() < 1.0, "{}", found.net_bps);
    let [first, cross, last] = found.sized.qty;
    // 1000 USDT buy 9.999 at most; of ETH what is whole in lots of 0.002, of which lots of 0.005 are sold.
    assert!(first.mantissa() <= 9_999 && last <= cross && cross - last < Qty::new(5));
    bench.quote(5, 5_100, 5_101, 900_000);
    assert_eq!(bench.names(), [("triangular", "+4-5-3".into())]);
}

/// The edge alone does not pay four fees; with three settlements it does, and on the other side it costs.
#[test]
fn funding_counts_with_its_sign() {
    let mut bench = Bench::new(rules());
    bench.quote(6, 10_000, 10_001, 900);
    bench.quote(7, 10_005, 10_006, 900);
    assert!(bench.names().is_empty());
    bench.funding(7, "0.0005");
    assert_eq!(bench.names(), [("funding", "+6-7".into())]);
    // (100.05 - 100.01 - 0.01) / 100.01 - 10 bps + 3 x 5 bps.
    let net = bench.scanner.ranked()[0].net_bps;
    assert!((net - (3.0 / 1.0001 - 10.0 + 15.0)).abs() < 1e-9, "{net}");
    bench.funding(7, "-0.001");
    assert_eq!(bench.names(), [("funding", "+7-6".into())]);
}

/// EX15: tops that are too old, or too far apart, are not traded against.
#[test]
fn tops_of_other_moments_are_no_opportunity() {
    let found = |max_age, max_skew| {
        let mut bench = Bench::new(ScanRules {
            max_age,
            max_skew,
            ..rules()
        });
        bench.quote(0, 10_000, 10_001, 900);
        bench.now = bench.now + Span::from_millis(5);
        bench.quote(3, 10_100, 10_101, 900);
        bench.scanner.open_count()
    };
    let ms = |ms| Some(Span::from_millis(ms));
    assert_eq!(found(None, None), 1);
    assert_eq!((found(ms(5), None), found(ms(4), None)), (1, 0));
    assert_eq!((found(None, ms(5)), found(None, ms(4))), (1, 0));
}

/// A touch: instrument, middle, spread (0 is no market), quantity.
fn touches() -> impl Strategy<Value = Vec<(u16, i64, i64, i64, i64)>> {
    let spread = prop_oneof![9 => 1i64..6, 1 => Just(0i64)];
    proptest::collection::vec(
        (0u16..9, -40i64..40, spread, 1i64..3_000, -20i64..20),
        1..80,
    )
}

proptest! {
    /// What is kept up to date by single moves is what a look at everything finds, and its net is what plain decimals give,
    /// to a billionth; nothing that pays is missed for anything but size.
    #[test]
    fn kept_up_to_date_is_as_good_as_looked_at_anew(steps in touches()) {
        let mut bench = Bench::new(rules());
        for (id, move_by, spread, qty, rate) in steps {
            let middle = match (id, world()[usize::from(id)].quote.0) {
                (_, BTC) => 5_000,
                (1 | 4 | 8, _) => 500,
                _ => 10_000,
            };
            bench.now = bench.now + Span::from_millis(1);
            bench.quote(id, middle + move_by, middle + move_by + spread, qty);
            if id == 7 {
                bench.funding(7, &format!("{}", Decimal::new(rate, 4)));
            }
            let kept: Vec<Opportunity> = bench.scanner.open().copied().collect();
            let mut anew = Scanner::new(world(), &fees(), rules());
            for at in 0..9 {
                anew.note(InstrumentId(at), &bench.market, bench.now);
            }
            anew.scan(&bench.market, bench.now, &mut |_| {});
            let fresh: Vec<Opportunity> = anew.open().copied().collect();
            prop_assert_eq!(kept.len(), fresh.len());
            for (kept, fresh) in kept.iter().zip(&fresh) {
                prop_assert_eq!(kept.route, fresh.route);
                prop_assert_eq!(kept.net_bps, fresh.net_bps);
                prop_assert_eq!(kept.sized, fresh.sized);
            }
            for (route, number) in bench.scanner.routes().iter().zip(0u32..) {
                let plain = plain_net(&bench.market, &bench.scanner, route, 3);
                let net = bench.scanner.net_bps(number);
                match plain.and_then(|plain| (plain * Decimal::from(10_000)).to_f64()) {
                    Some(plain) => prop_assert!((plain - net).abs() < 1e-7, "{plain} {net} {route:?}"),
                    None => prop_assert!(net.is_nan(), "{net} {route:?}"),
                }
                let Some(open) = bench.scanner.opportunity(number) else {
                    continue;
                };
                prop_assert!(open.net_bps >= 1.0);
                fits(&bench, route, open)?;
            }
        }
    }
}

/// EX7, EX8, EX9: whole lots, within what the touch shows and what may be paid, above the minima.
fn fits(bench: &Bench, route: &Route, open: &Opportunity) -> Result<(), TestCaseError> {
    prop_assert!(open.sized.notional <= Money::parse("1000").unwrap() + Money::parse("1").unwrap());
    for (n, step) in route.steps().iter().enumerate() {
        let it = &bench.scanner.instruments()[usize::from(step.at)];
        let (qty, price) = (open.sized.qty[n], open.sized.price[n]);
        let touch = bench.market.instrument(it.id).touch(step.side).unwrap();
        prop_assert_eq!(price, touch.price);
        prop_assert!(
            qty <= touch.qty && qty >= it.min_qty,
            "{:?} of {:?}",
            qty,
            touch
        );
        prop_assert_eq!(qty.mantissa() % it.lot.mantissa(), 0);
        let bid = bench.market.instrument(it.id).top().unwrap().bid.price;
        prop_assert!(it.notional(bid, qty) >= it.min_notional);
    }
    if route.kind != Kind::Triangular {
        let [a, b] = [0, 1].map(|n: usize| {
            let it = &bench.scanner.instruments()[usize::from(route.steps()[n].at)];
            it.qty_decimal(open.sized.qty[n])
        });
        prop_assert_eq!(a, b);
    }
    Ok(())
}
