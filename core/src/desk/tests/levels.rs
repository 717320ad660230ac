//! Every level of the limit tree against a plain walk over orders and balances, in decimals, whatever the instruments'
//! steps and whatever they are quoted in.

use proptest::prelude::*;
use proptest::strategy::Strategy;
use rust_decimal::Decimal;

use super::tree::{Step, levels, steps};
use super::*;
use crate::num::Bps;
use crate::order::Order;
use crate::risk::{Code, LevelLimits, LimitKind, Scope};

const ALL: [InstrumentId; 3] = [SPOT, FUTURE, ETH];

/// What differs between the instruments of the runs that are drawn.
#[derive(Clone, Debug)]
struct Shape {
    decimals: [(u8, u8); 3],
    /// The future is one of contracts of ten.
    inverse: bool,
    /// ETH is quoted in BTC.
    crossed: bool,
}

fn shapes() -> impl Strategy<Value = Shape> {
    let decimals = || (0u8..5, 0u8..9);
    let all = [decimals(), decimals(), decimals()];
    (all, any::<bool>(), any::<bool>()).prop_map(|(decimals, inverse, crossed)| Shape {
        decimals,
        inverse,
        crossed,
    })
}

fn names(shape: &Shape) -> Names {
    let mut names = super::names();
    for (one, decimals) in names.instruments.iter_mut().zip(shape.decimals) {
        (one.price_decimals, one.qty_decimals) = decimals;
        one.min_notional = Money::ZERO;
    }
    if shape.inverse {
        names.instruments[FUTURE.index()].kind = InstrumentKind::Inverse;
        names.instruments[FUTURE.index()].contract_value = money("10");
    }
    if shape.crossed {
        names.instruments[ETH.index()].quote = BTC;
    }
    names
}

fn limits() -> impl Strategy<Value = LevelLimits> {
    let amount = || {
        let drawn = (1i64..2_000_000, 0u32..8)
            .prop_map(|(digits, decimals)| Money::new(Decimal::new(digits * 100, decimals)));
        proptest::option::of(drawn)
    };
    let orders = proptest::option::of(1u32..6);
    let times =
        proptest::option::of((1i64..2_000, 0u32..6).prop_map(|(n, at)| Decimal::new(n, at)));
    let share = proptest::option::of((1i64..3_000_000_000).prop_map(Bps::from_millionths));
    (amount(), amount(), amount(), orders, times, share).prop_map(
        |(order, position, exposure, orders, times, share)| LevelLimits {
            max_order_notional: order,
            max_position_notional: position,
            max_exposure: exposure,
            max_open_orders: orders,
            max_order_rate: None,
            max_leverage: times,
            max_capital_share: share,
        },
    )
}

impl Scope {
    /// As its words have it.
    fn has(&self, task: TaskId, id: InstrumentId, names: &Names) -> bool {
        let one = names.instrument(id);
        match self {
            Self::Account => true,
            Self::Venue(venue) => one.venue == *venue,
            Self::Strategy(tasks) => tasks.contains(&task),
            Self::Task(own) => task == *own,
            Self::Instrument(own) => id == *own,
            Self::Pair(base, quote) => (one.base, one.quote) == (*base, *quote),
            Self::Leg(own, leg) => (task, id) == (*own, *leg),
        }
    }
}

/// The run as who walks it sees it.
struct Walk<'a> {
    bench: &'a Bench,
    orders: Vec<&'a Order>,
}

impl Walk<'_> {
    fn ask(&self, id: InstrumentId) -> Price {
        self.bench
            .market
            .instrument(id)
            .last_top()
            .unwrap()
            .ask
            .price
    }

    /// What one unit of an asset is worth in USDT: by the first book in USDT.
    fn worth(&self, asset: AssetId) -> Option<Decimal> {
        if asset == USDT {
            return Some(Decimal::ONE);
        }
        let names = self.bench.desk.names();
        let mut books = names.instruments.iter();
        let book = books.find(|one| (one.base, one.quote) == (asset, USDT))?;
        let top = self.bench.market.instrument(book.id).last_top()?;
        Some(book.price_decimal(top.bid.price))
    }

    fn value(&self, id: InstrumentId, price: Price, qty: Qty) -> Money {
        let one = self.bench.desk.names().instrument(id);
        let worth = self.worth(one.quote).unwrap_or(Decimal::ONE);
        Money::new(one.notional(price, qty).decimal() * worth)
    }

    fn equity(&self) -> Money {
        let desk = &self.bench.desk;
        let rows = desk.ledger().rows().iter();
        let balances = rows.map(|row| (row.asset, row.expected()));
        let future = desk.names().instrument(FUTURE);
        let position = &desk.positions()[FUTURE.index()];
        let top = self.bench.market.instrument(FUTURE).last_top().unwrap();
        let exit = if position.qty > Qty::ZERO {
            top.bid
        } else {
            top.ask
        };
        let open = (future.settle(), position.unrealised(future, exit.price));
        let all = balances.chain([open]);
        let values = all
            .filter_map(|(asset, amount)| Some(Money::new(amount.decimal() * self.worth(asset)?)));
        values.sum::<Money>().max(Money::ZERO)
    }

    /// What a level holds of an instrument, and what may be bought and sold there, the new order among it.
    fn row(
        &self,
        scope: &Scope,
        id: InstrumentId,
        task: TaskId,
        new: &OrderIntent,
    ) -> (Qty, [Qty; 2]) {
        let (mut held, mut open) = (Qty::ZERO, [Qty::ZERO; 2]);
        for order in &self.orders {
            let place = &order.place;
            if place.instrument == id && scope.has(place.task, id, self.bench.desk.names()) {
                held += place.side.signed(order.filled);
                open[place.side as usize] += order.exposure();
            }
        }
        if new.instrument == id && scope.has(task, id, self.bench.desk.names()) {
            open[new.side as usize] += new.qty;
        }
        (held, open)
    }

    /// Why a level refuses an order.
    fn refuses(
        &self,
        scope: &Scope,
        limits: &LevelLimits,
        task: TaskId,
        new: &OrderIntent,
    ) -> Option<LimitKind> {
        let id = new.instrument;
        let top = self.bench.market.instrument(id).last_top().unwrap();
        let touch = if new.side == Side::Buy {
            top.ask
        } else {
            top.bid
        };
        let price = new.limit.unwrap().max(touch.price);
        let (held, open) = self.row(scope, id, task, new);
        let after = held + new.side.signed(open[new.side as usize]);
        let turned = after != Qty::ZERO && (after > Qty::ZERO) != (held > Qty::ZERO);
        if after.abs() < held.abs() && !turned {
            return None;
        }
        let beyond = |value: Money, limit: Option<Money>| limit.is_some_and(|limit| value > limit);
        if beyond(self.value(id, price, new.qty), limits.max_order_notional) {
            return Some(LimitKind::OrderNotional);
        }
        if beyond(
            self.value(id, price, after.abs()),
            limits.max_position_notional,
        ) {
            return Some(LimitKind::PositionNotional);
        }
        let names = self.bench.desk.names();
        let alive = self.orders.iter().filter(|order| {
            let place = &order.place;
            !order.state.is_terminal() && scope.has(place.task, place.instrument, names)
        });
        if (limits.max_open_orders).is_some_and(|most| alive.count() + 1 > most as usize) {
            return Some(LimitKind::OpenOrders);
        }
        let worst = |at: InstrumentId| {
            let (held, [buys, sells]) = self.row(scope, at, task, new);
            let worst = (held + buys).abs().max((held - sells).abs());
            let least = if at == id { price } else { Price::default() };
            self.value(at, self.ask(at).max(least), worst)
        };
        let exposure: Money = ALL.map(worst).into_iter().sum();
        if beyond(exposure, limits.max_exposure) {
            return Some(LimitKind::Exposure);
        }
        let beyond = |times: Decimal| exposure > Money::new(self.equity().decimal() * times);
        if limits.max_leverage.is_some_and(beyond) {
            return Some(LimitKind::Leverage);
        }
        let share = limits.max_capital_share.map(Bps::to_decimal);
        share.is_some_and(beyond).then_some(LimitKind::CapitalShare)
    }
}

fn scopes() -> Vec<Scope> {
    vec![
        Scope::Account,
        Scope::Venue(VenueId(0)),
        Scope::Strategy(vec![FIRST, SECOND]),
        Scope::Task(FIRST),
        Scope::Instrument(ETH),
        Scope::Pair(BTC, USDT),
        Scope::Leg(SECOND, FUTURE),
    ]
}

proptest! {
    // Sums that are kept, and compared in integers, refuse what a walk refuses, for the same reason.
    #[test]
    fn the_levels_refuse_what_a_walk_refuses(
        shape in shapes(), steps in steps(),
        all in proptest::collection::vec((0usize..7, limits()), 1..5),
    ) {
        let scopes = scopes();
        let all: Vec<_> = all.into_iter().map(|(at, limits)| (scopes[at].clone(), limits)).collect();
        let mut bench = Bench::named(names(&shape), levels(&all));
        let mut orders = Vec::new();
        for step in steps {
            if let Step::Order(task, at, buys, qty) = step {
                let side = if buys { Side::Buy } else { Side::Sell };
                let price = if buys { 9_000 } else { 11_000 };
                let new = rest(InstrumentId(u16::from(at)), side, qty, price);
                let walk = Walk {
                    orders: orders.iter().map(|id| bench.desk.orders().get(*id).unwrap()).collect(),
                    bench: &bench,
                };
                let covering = all.iter().filter(|(scope, _)| scope.has(task, new.instrument, bench.desk.names()));
                let refused = covering.clone().find_map(|(scope, limits)| {
                    let limit = walk.refuses(scope, limits, task, &new)?;
                    Some(Code::Limit(scope.kind(), limit).name().to_string())
                });
                let made = bench.ask(task, &[new]);
                prop_assert_eq!(made.as_ref().err(), refused.as_ref());
                orders.extend(made.unwrap_or_default());
            } else {
                bench.take_step(step, &mut orders);
            }
        }
    }
}
