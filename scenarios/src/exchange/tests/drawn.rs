//! Drawn calls and rows: nothing is made or lost, and everybody reads the same.

use std::collections::BTreeMap;

use onetape_adapters::server::call::{Change, Trigger};
use onetape_adapters::server::state::Happened;
use onetape_adapters::sync::{BookSync, SyncRule, SyncStep};
use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Level(Side, i64, i64),
    Print(Side, i64, i64),
    Mark(i64),
    Place {
        at: usize,
        side: Side,
        price: Option<i64>,
        of: i64,
        time_in_force: TimeInForce,
        reduce_only: bool,
        self_trade: SelfTrade,
        stop: Option<i64>,
    },
    Cancel(usize, usize),
    Amend(usize, usize, i64, i64),
    CancelAll(usize),
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(BUY), Just(SELL)]
}

fn step() -> impl Strategy<Value = Step> {
    let price = 90i64..110;
    let times = prop_oneof![4 => Just(GTC), 1 => Just(IOC), 1 => Just(FOK), 1 => Just(GTX)];
    let rules = prop_oneof![
        Just(SelfTrade::Unsaid),
        Just(SelfTrade::Allow),
        Just(SelfTrade::ExpireTaker),
        Just(SelfTrade::ExpireMaker),
        Just(SelfTrade::ExpireBoth),
    ];
    let place = (
        (
            0usize..2,
            side(),
            prop::option::weighted(0.8, price.clone()),
        ),
        (1i64..30, times, prop::bool::weighted(0.2)),
        (rules, prop::option::weighted(0.1, price.clone())),
    );
    let place = place.prop_map(
        |((at, side, price), (of, time_in_force, reduce_only), (self_trade, stop))| Step::Place {
            at,
            side,
            price,
            of,
            time_in_force,
            reduce_only,
            self_trade,
            stop,
        },
    );
    prop_oneof![
        6 => (side(), price.clone(), 0i64..20).prop_map(|(side, price, of)| Step::Level(side, price, of)),
        2 => (side(), price.clone(), 1i64..20).prop_map(|(side, price, of)| Step::Print(side, price, of)),
        1 => price.clone().prop_map(Step::Mark),
        8 => place,
        2 => (0usize..2, 0usize..5).prop_map(|(at, nth)| Step::Cancel(at, nth)),
        2 => (0usize..2, 0usize..5, 1i64..30, price).prop_map(|(at, nth, of, price)| Step::Amend(at, nth, of, price)),
        1 => (0usize..2).prop_map(Step::CancelAll),
    ]
}

/// Prices are whole, quantities tenths.
fn at_price(price: i64) -> Price {
    Price::new(price * 100)
}

fn tenths(of: i64) -> Qty {
    Qty::new(of * 100)
}

/// The tape's own book as it was drawn, with a way to keep it from crossing itself.
#[derive(Default)]
struct Tape {
    sides: [BTreeMap<i64, i64>; 2],
}

impl Tape {
    /// True where the level may be said: a bid below all asks, an ask above all bids, and never an empty side.
    fn take(&mut self, side: Side, price: i64, of: i64) -> bool {
        let [bids, asks] = &mut self.sides;
        let (own, crosses) = match side {
            BUY => (
                bids,
                asks.first_key_value().is_some_and(|it| *it.0 <= price),
            ),
            SELL => (asks, bids.last_key_value().is_some_and(|it| *it.0 >= price)),
        };
        let empties = of == 0 && own.len() == 1 && own.contains_key(&price);
        if (crosses && of > 0) || empties {
            return false;
        }
        match of {
            0 => drop(own.remove(&price)),
            of => drop(own.insert(price, of)),
        }
        true
    }
}

/// What every step came to.
type Said = Vec<(Option<Result<Reply, Wrong>>, Vec<Told>)>;

struct Drawn {
    stand: Stand,
    tape: Tape,
    said: Said,
    sync: BookSync,
    book: [BTreeMap<Price, Qty>; 2],
}

impl Drawn {
    fn new(kind: InstrumentKind) -> Self {
        let (venue, rule) = match kind {
            InstrumentKind::Spot => ("binance-spot", SyncRule::Ranges),
            _ => ("binance-usdm", SyncRule::Named),
        };
        let mut stand = Stand::new(venue, kind, TopFeed::Depth);
        let mut tape = Tape::default();
        for (side, price) in [(BUY, 99), (SELL, 101)] {
            assert!(tape.take(side, price, 10));
            stand.event(level_of(side, price, 10));
        }
        stand.heard();
        let mut drawn = Self {
            stand,
            tape,
            said: Vec::new(),
            sync: BookSync::new(rule),
            book: Default::default(),
        };
        let snapshot = drawn.stand.depth().update;
        drawn.follow(snapshot);
        drawn
    }

    /// A client's book: a snapshot, then changes.
    fn follow(&mut self, update: DepthUpdate) {
        let mut out = Vec::new();
        let step = self.sync.take(update, &mut out);
        assert_eq!(step, SyncStep::Apply, "the book does not connect");
        for update in out {
            for (side, levels) in [&update.bids, &update.asks].into_iter().enumerate() {
                for level in levels {
                    match level.qty {
                        Qty::ZERO => drop(self.book[side].remove(&level.price)),
                        qty => drop(self.book[side].insert(level.price, qty)),
                    }
                }
            }
        }
    }

    fn run(&mut self, step: &Step) {
        let open = |stand: &mut Stand, at, nth: usize| {
            let open = stand.open(at);
            (!open.is_empty()).then(|| open[nth % open.len()].clone())
        };
        let call = match step.clone() {
            Step::Level(side, price, of) => {
                if self.tape.take(side, price, of) {
                    self.stand.event(level_of(side, price, of));
                }
                None
            }
            Step::Print(side, price, of) => {
                self.stand.event(Body::Trade(Trade {
                    instrument: ID,
                    price: at_price(price),
                    qty: tenths(of),
                    aggressor: side,
                }));
                None
            }
            Step::Mark(price) => {
                self.stand.event(Body::Mark(onetape_core::event::Mark {
                    instrument: ID,
                    mark: Money::new(price.into()),
                    index: None,
                }));
                None
            }
            Step::Place {
                at,
                side,
                price,
                of,
                time_in_force,
                reduce_only,
                self_trade,
                stop,
            } => {
                let order = NewOrder {
                    size: Size::Base(tenths(of)),
                    limit: price.map(at_price),
                    time_in_force,
                    reduce_only,
                    self_trade,
                    trigger: stop.map(|price| Trigger {
                        price: at_price(price),
                        stop: price % 2 == 0,
                    }),
                    ..limit(side, "1", "1")
                };
                Some((at, Call::Place(Box::new(order))))
            }
            Step::Cancel(at, nth) => {
                let found = open(&mut self.stand, at, nth);
                found.map(|order| (at, Call::Cancel(by_id(order.id))))
            }
            Step::Amend(at, nth, of, price) => open(&mut self.stand, at, nth).map(|order| {
                let change = Change {
                    which: by_id(order.id),
                    qty: Some(tenths(of)),
                    limit: Some(at_price(price)),
                    side: None,
                    client: None,
                    note: None,
                };
                (at, Call::Amend(change))
            }),
            Step::CancelAll(at) => Some((at, Call::CancelAll(None, None))),
        };
        let reply = call.map(|(at, call)| self.stand.call(at, call));
        let told = self.stand.heard();
        for it in &told {
            if let News::Depth(change) = &it.news {
                self.follow(change.update.clone());
            }
        }
        self.said.push((reply, told));
    }

    /// The book is the tape's less what was taken, and what rests; the client's is the same.
    fn check_book(&mut self) {
        let mut resting: Vec<OrderState> = Vec::new();
        for at in [ANN, BEN] {
            let open = self.stand.open(at);
            let seat = &self.stand.exchange.seats[at];
            let stands = |id| seat.get(id).is_some_and(|record| !record.waits);
            resting.extend(open.into_iter().filter(|order| stands(order.id)));
        }
        let taken = &self.stand.exchange.taken[ID.index()];
        let mut expected: [BTreeMap<Price, Qty>; 2] = Default::default();
        for (at, side) in [BUY, SELL].into_iter().enumerate() {
            for (price, of) in &self.tape.sides[at] {
                let price = at_price(*price);
                let gone = taken
                    .by(side.opposite())
                    .get(&price)
                    .copied()
                    .unwrap_or_default();
                assert!(gone <= tenths(*of), "more was taken than there was");
                expected[at].insert(price, tenths(*of) - gone);
            }
            for order in resting.iter().filter(|it| it.side == side) {
                let level = expected[at].entry(order.limit.unwrap()).or_default();
                *level += order.qty - order.filled;
            }
            expected[at].retain(|_, qty| *qty > Qty::ZERO);
        }
        let book = self.stand.depth().update;
        let read = |levels: &[Level]| levels.iter().map(|it| (it.price, it.qty)).collect();
        let read: [BTreeMap<Price, Qty>; 2] = [read(&book.bids), read(&book.asks)];
        assert_eq!(read, expected, "the published book");
        assert_eq!(self.book, expected, "the book of a client");
        assert_eq!(self.sync.last(), Some(book.last));
        let reduces = resting.iter().any(|order| order.reduce_only);
        if let (Some(bid), Some(ask), false) = (book.bids.first(), book.asks.first(), reduces) {
            assert!(bid.price < ask.price, "crossed: {bid:?} {ask:?}");
        }
    }

    /// Balances are what the opening ones and the executions make them.
    fn check_accounts(&mut self, kind: InstrumentKind) {
        let of = instrument("v", kind);
        let mut prints: BTreeMap<u64, Vec<FillState>> = BTreeMap::new();
        for at in [ANN, BEN] {
            let (mut base, mut quote) = (money("5"), money("10000"));
            let mut held = Qty::ZERO;
            for fill in self.stand.trades(at) {
                let traded = fill.side.signed(fill.qty);
                held += traded;
                quote -= fill.fee;
                match kind {
                    InstrumentKind::Spot => {
                        base += Money::new(of.qty_decimal(traded));
                        quote -= of.notional(fill.price, traded);
                    }
                    _ => quote += fill.realised,
                }
                prints.entry(fill.id).or_default().push(fill);
            }
            let sum = |(free, locked): (Money, Money)| free + locked;
            assert_eq!(sum(self.stand.balance(at, BTC)), base);
            assert_eq!(sum(self.stand.balance(at, USDT)), quote);
            if kind == InstrumentKind::Spot {
                assert!(!self.stand.balance(at, BTC).0.is_negative());
                assert!(!self.stand.balance(at, USDT).0.is_negative());
            } else {
                let account = self.stand.account(at);
                assert_eq!(account.positions[0].qty, held);
            }
            if self.stand.open(at).is_empty() {
                assert_eq!(self.stand.balance(at, USDT).1, Money::ZERO);
            }
        }
        // What two have in one print is one trade, seen from both ends.
        for (_, fills) in prints {
            if let [one, other] = &fills[..] {
                assert_eq!((one.price, one.qty), (other.price, other.qty));
                assert_ne!((one.side, one.maker), (other.side, other.maker));
                assert!(one.maker != other.maker);
            }
            assert!(fills.len() <= 2);
        }
    }

    /// Orders are as the news of them made them, and the executions are those that were told.
    fn check_news(&mut self) {
        let mut orders: BTreeMap<(To2, u64), OrderState> = BTreeMap::new();
        let mut fills: BTreeMap<To2, Vec<FillState>> = BTreeMap::new();
        let mut balances: BTreeMap<(To2, AssetId), (Money, Money)> = BTreeMap::new();
        for (_, told) in &self.said {
            for it in told {
                let To::Account(account) = it.to else {
                    continue;
                };
                match &it.news {
                    News::Order(change) => {
                        if let Happened::Traded(fill) = &change.what {
                            fills.entry(account.0).or_default().push(fill.clone());
                        }
                        orders.insert((account.0, change.order.id), change.order.clone());
                    }
                    News::Balances(all) => {
                        for it in all {
                            balances.insert((account.0, it.asset), (it.free, it.locked));
                        }
                    }
                    _ => {}
                }
            }
        }
        for ((account, id), told) in orders {
            assert_eq!(self.stand.order(usize::from(account), id), told);
        }
        for at in [ANN, BEN] {
            let told = fills.remove(&(at as u16)).unwrap_or_default();
            assert_eq!(self.stand.trades(at), told);
        }
        for ((account, asset), told) in balances {
            assert_eq!(self.stand.balance(usize::from(account), asset), told);
        }
    }
}

type To2 = u16;

fn level_of(side: Side, price: i64, of: i64) -> Body {
    Body::Level(LevelChange {
        instrument: ID,
        side,
        level: Level {
            price: at_price(price),
            qty: tenths(of),
        },
    })
}

fn drawn(kind: InstrumentKind, steps: &[Step]) -> Said {
    let mut drawn = Drawn::new(kind);
    for step in steps {
        drawn.run(step);
        drawn.check_book();
    }
    drawn.check_accounts(kind);
    drawn.check_news();
    drawn.said
}

proptest! {
    #[test]
    fn nothing_is_made_or_lost_at_spot(steps in prop::collection::vec(step(), 1..60)) {
        let first = drawn(InstrumentKind::Spot, &steps);
        prop_assert_eq!(first, drawn(InstrumentKind::Spot, &steps));
    }

    #[test]
    fn nothing_is_made_or_lost_with_futures(steps in prop::collection::vec(step(), 1..60)) {
        let first = drawn(InstrumentKind::Linear, &steps);
        prop_assert_eq!(first, drawn(InstrumentKind::Linear, &steps));
    }
}

/// Before anything was traded a stop goes by the middle of the book: the one that the same row makes.
#[test]
fn a_stop_that_a_row_pulls_trades_with_that_row() {
    let mut drawn = Drawn::new(InstrumentKind::Spot);
    let stop = Step::Place {
        at: 0,
        side: BUY,
        price: None,
        of: 1,
        time_in_force: TimeInForce::GoodTillCancelled,
        reduce_only: false,
        self_trade: SelfTrade::Unsaid,
        stop: Some(104),
    };
    let [offer, gone, bid] = [(SELL, 106, 1), (SELL, 101, 0), (BUY, 102, 1)]
        .map(|(side, price, of)| Step::Level(side, price, of));
    let traded = |drawn: &mut Drawn, step: &Step| {
        drawn.run(step);
        drawn.check_book();
        let (_, told) = drawn.said.last().unwrap();
        told.iter().any(|it| match &it.news {
            News::Order(change) => matches!(change.what, Happened::Traded(_)),
            _ => false,
        })
    };
    for step in [&offer, &stop, &gone] {
        assert!(!traded(&mut drawn, step), "{step:?}");
    }
    assert!(traded(&mut drawn, &bid), "the middle is 104");
}
