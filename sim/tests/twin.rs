//! The matcher against a naive twin: a second, simpler account of the same rules over the same rows.

mod common;

use std::collections::BTreeMap;

use common::*;
use onetape_core::command::TimeInForce::{
    self, FillOrKill, GoodTillCancelled, ImmediateOrCancel, PostOnly,
};
use onetape_core::event::{Body, Event};
use onetape_core::instrument::Side::{self, Buy, Sell};
use onetape_core::market::TopFeed;
use onetape_sim::Liquidity;
use proptest::prelude::*;

/// What is told and what is left of one side, by price; bids are kept at negated prices, so best comes first.
#[derive(Clone, Default)]
struct Half {
    told: BTreeMap<i64, i64>,
    left: BTreeMap<i64, i64>,
}

impl Half {
    fn set(&mut self, key: i64, qty: i64) {
        for map in [&mut self.told, &mut self.left] {
            if qty == 0 {
                map.remove(&key);
            } else {
                map.insert(key, qty);
            }
        }
    }
}

struct Rest {
    order: u32,
    side: Side,
    price: i64,
    left: i64,
}

struct Twin {
    liquidity: Liquidity,
    bids: Half,
    asks: Half,
    resting: Vec<Rest>,
    orders: u32,
    fills: Vec<(i64, u32, i64, i64)>,
}

impl Twin {
    fn is_live(&self) -> bool {
        !self.bids.told.is_empty() && !self.asks.told.is_empty()
    }

    /// Prices and quantities that an order gets; clones the side it takes from and subtracts.
    fn get(&self, side: Side, limit: Option<i64>, qty: i64) -> (Half, Vec<(i64, i64)>) {
        let sign = if side == Buy { 1 } else { -1 };
        let mut half = if side == Buy { &self.asks } else { &self.bids }.clone();
        let (mut got, mut open) = (Vec::new(), qty);
        let reach = match self.liquidity {
            Liquidity::Book => usize::MAX,
            Liquidity::Touch | Liquidity::TouchUnlimited => 1,
        };
        for key in half.told.keys().copied().take(reach) {
            if !self.is_live() || open == 0 || limit.is_some_and(|limit| key > limit * sign) {
                break;
            }
            let there = half.left.get(&key).copied().unwrap_or(0);
            let part = match self.liquidity {
                Liquidity::TouchUnlimited => open,
                _ => {
                    let part = there.min(open);
                    half.left.insert(key, there - part);
                    part
                }
            };
            if part > 0 {
                got.push((key * sign, part));
                open -= part;
            }
        }
        (half, got)
    }

    fn keep(&mut self, side: Side, half: Half) {
        *(if side == Buy {
            &mut self.asks
        } else {
            &mut self.bids
        }) = half;
    }

    fn place(&mut self, ms: i64, side: Side, qty: i64, limit: Option<i64>, tif: TimeInForce) {
        if !self.is_live() {
            return;
        }
        let order = self.orders;
        self.orders += 1;
        let (half, got) = self.get(side, limit, qty);
        let total: i64 = got.iter().map(|(_, part)| part).sum();
        if (tif == PostOnly && total > 0) || (tif == FillOrKill && total < qty) {
            return;
        }
        if self.meets_own(side, qty, limit, &got) {
            return;
        }
        self.keep(side, half);
        let fill = |&(price, part): &(i64, i64)| (ms, order, price, part);
        self.fills.extend(got.iter().map(fill));
        if let (Some(price), GoodTillCancelled | PostOnly) = (limit, tif)
            && total < qty
        {
            let left = qty - total;
            self.resting.push(Rest {
                order,
                side,
                price,
                left,
            });
        }
    }

    /// An order that reaches an own one before it is filled is refused.
    fn meets_own(&self, side: Side, qty: i64, limit: Option<i64>, got: &[(i64, i64)]) -> bool {
        let sign = if side == Buy { 1 } else { -1 };
        let others = self.resting.iter().filter(|rest| rest.side != side);
        let Some(own) = others.map(|rest| rest.price * sign).min() else {
            return false;
        };
        let better = got.iter().filter(|(price, _)| price * sign < own);
        limit.is_none_or(|limit| limit * sign >= own)
            && better.map(|(_, part)| part).sum::<i64>() < qty
    }

    /// Best price first, then the oldest.
    fn ranked(&self) -> Vec<usize> {
        let mut ranks: Vec<usize> = (0..self.resting.len()).collect();
        ranks.sort_by_key(|&at| {
            let rest = &self.resting[at];
            let price = if rest.side == Buy {
                -rest.price
            } else {
                rest.price
            };
            (price, rest.order)
        });
        ranks
    }

    fn cross(&mut self, ms: i64) {
        for at in self.ranked() {
            let Rest {
                order,
                side,
                price,
                left,
            } = self.resting[at];
            let (half, got) = self.get(side, Some(price), left);
            self.keep(side, half);
            for (_, part) in got {
                self.resting[at].left -= part;
                self.fills.push((ms, order, price, part));
            }
        }
        self.resting.retain(|rest| rest.left > 0);
    }

    fn print(&mut self, ms: i64, price: i64, qty: i64, aggressor: Side) {
        let mut open = qty;
        for at in self.ranked() {
            let rest = &mut self.resting[at];
            let through = match (rest.side, aggressor) {
                (Buy, Sell) => price < rest.price,
                (Sell, Buy) => price > rest.price,
                _ => false,
            };
            let part = match self.liquidity {
                Liquidity::TouchUnlimited if open > 0 => rest.left,
                _ => rest.left.min(open),
            };
            if through && part > 0 {
                rest.left -= part;
                open = (open - part).max(0);
                self.fills.push((ms, rest.order, rest.price, part));
            }
        }
        self.resting.retain(|rest| rest.left > 0);
    }

    fn row(&mut self, event: &Event) {
        let ms = event.ts.nanos() / MS;
        match &event.body {
            Body::Depth(update) => {
                if update.snapshot {
                    (self.bids, self.asks) = Default::default();
                }
                for level in &update.bids {
                    self.bids.set(-level.price.mantissa(), level.qty.mantissa());
                }
                for level in &update.asks {
                    self.asks.set(level.price.mantissa(), level.qty.mantissa());
                }
                self.cross(ms);
            }
            Body::Quote(quote) => {
                (self.bids, self.asks) = Default::default();
                self.bids
                    .set(-quote.bid.price.mantissa(), quote.bid.qty.mantissa());
                self.asks
                    .set(quote.ask.price.mantissa(), quote.ask.qty.mantissa());
                self.cross(ms);
            }
            Body::Trade(trade) => self.print(
                ms,
                trade.price.mantissa(),
                trade.qty.mantissa(),
                trade.aggressor,
            ),
            _ => {}
        }
    }

    fn act(&mut self, ms: i64, act: &Act) {
        match act {
            Act::Place(intent) => self.place(
                ms,
                intent.side,
                intent.qty.mantissa(),
                intent.limit.map(|limit| limit.mantissa()),
                intent.time_in_force,
            ),
            Act::Cancel(at) => self.resting.retain(|rest| rest.order as usize != *at),
            Act::Wake(_) => {}
        }
    }
}

/// One row as drawn: a kind, a middle, and quantities by distance from it.
type Draw = (u8, i64, Vec<(i64, i64)>, Vec<(i64, i64)>, bool);

fn rows(draws: &[Draw], feed: TopFeed) -> Vec<Event> {
    let mut rows = Vec::new();
    let (mut middle, mut id) = (100, 0);
    for (at, (kind, drawn, bids, asks, buy)) in draws.iter().enumerate() {
        let ms = at as i64 + 1;
        let aggressor = if *buy { Buy } else { Sell };
        if *kind == 0 && at > 0 {
            rows.push(trade(ms, SPOT, *drawn, bids[0].1 + 1, aggressor));
            continue;
        }
        let snapshot = at == 0 || *kind < 4;
        if snapshot {
            middle = *drawn;
        }
        id += 1;
        match feed {
            TopFeed::Depth => {
                let side = |levels: &[(i64, i64)], sign: i64| -> Vec<(i64, i64)> {
                    levels
                        .iter()
                        .map(|(away, qty)| (middle + sign * away, *qty))
                        .collect()
                };
                rows.push(depth(ms, id, snapshot, &side(bids, -1), &side(asks, 1)));
            }
            TopFeed::Quote | TopFeed::Bar => rows.push(quote(
                ms,
                SPOT,
                (middle - bids[0].0, bids[0].1 + 1),
                (middle + asks[0].0, asks[0].1 + 1),
            )),
        }
    }
    rows
}

fn act() -> impl Strategy<Value = Act> {
    let tif = prop_oneof![
        Just(GoodTillCancelled),
        Just(ImmediateOrCancel),
        Just(FillOrKill),
        Just(PostOnly)
    ];
    let place = (any::<bool>(), 1i64..12, 80i64..120, 0u8..6, tif);
    let place = place.prop_map(|(buy, qty, limit, market, tif)| {
        let side = if buy { Buy } else { Sell };
        Act::Place(intent(SPOT, side, qty, (market > 0).then_some(limit), tif))
    });
    prop_oneof![5 => place, 1 => (0usize..8).prop_map(Act::Cancel)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn the_matcher_and_its_twin_make_the_same_fills(
        draws in proptest::collection::vec(
            (
                0u8..10,
                85i64..115,
                proptest::collection::vec((1i64..6, 0i64..8), 1..5),
                proptest::collection::vec((1i64..6, 0i64..8), 1..5),
                any::<bool>(),
            ),
            1..40,
        ),
        acts in proptest::collection::vec((1usize..40, act()), 1..40),
        depth_feed in any::<bool>(),
        liquidity in prop_oneof![
            Just(Liquidity::Book), Just(Liquidity::Touch), Just(Liquidity::TouchUnlimited)
        ],
    ) {
        let feed = if depth_feed { TopFeed::Depth } else { TopFeed::Quote };
        let rows = rows(&draws, feed);
        let mut acts = acts;
        acts.sort_by_key(|(at, _)| *at);
        // A cancel names an order that was sent; the script ignores others, and so must the twin.
        let plan = Plan { liquidity, feed, wallet: "1000000", coins: "1000000", ..Plan::default() };
        let ran = run(&plan, &rows, Box::new(Script::new(acts.clone())));
        let mut twin = Twin {
            liquidity,
            bids: Half::default(),
            asks: Half::default(),
            resting: Vec::new(),
            orders: 0,
            fills: Vec::new(),
        };
        let mut acts = acts.into_iter().peekable();
        for (at, row) in rows.iter().enumerate() {
            twin.row(row);
            while let Some((_, act)) = acts.next_if(|(due, _)| *due <= at + 1) {
                twin.act(row.ts.nanos() / MS, &act);
            }
        }
        let (mut ours, mut theirs) = (ran.fills(), twin.fills);
        ours.sort();
        theirs.sort();
        prop_assert_eq!(ours, theirs);
        prop_assert_eq!(ran.orders, twin.orders as usize);
        prop_assert_eq!(ran.ledger.worst_residual(), money("0"));
    }
}
