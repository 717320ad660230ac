//! The venue against a naive twin. Random books, prints, orders, changes and cancels must give the same fills.

mod model;

use super::table::{deliver, show};
use super::*;
use model::Twin;
use onetape_core::command::Amend;
use onetape_core::event::{LevelChange, Status, StatusEvent};
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
pub(super) enum Step {
    Level(bool, i64, i64),
    Trade(bool, i64, i64),
    Place(bool, i64, Option<i64>, u8),
    Amend(usize, i64, i64),
    Cancel(usize),
    Halt(bool),
}

fn act(stand: &mut Stand, step: &Step) -> Vec<Body> {
    stand.now += 1;
    let side = |buy| if buy { BUY } else { SELL };
    let id = |n: usize| OrderId {
        epoch: 1,
        n: n as u32,
    };
    match *step {
        Step::Level(bid, price, qty) => show(
            stand,
            Body::Level(LevelChange {
                instrument: SPOT,
                side: side(bid),
                level: Level {
                    price: Price::new(price),
                    qty: Qty::new(qty),
                },
            }),
        ),
        Step::Trade(buyer, price, qty) => show(
            stand,
            Body::Trade(Trade {
                instrument: SPOT,
                price: Price::new(price),
                qty: Qty::new(qty),
                aggressor: side(buyer),
            }),
        ),
        Step::Halt(halted) => show(
            stand,
            Body::Status(StatusEvent {
                instrument: SPOT,
                status: if halted {
                    Status::Halted
                } else {
                    Status::Trading
                },
            }),
        ),
        Step::Place(buy, qty, limit, tif) => {
            let place = Place {
                order: id(stand.orders as usize),
                task: TaskId(0),
                instrument: SPOT,
                side: side(buy),
                qty: Qty::new(qty),
                limit: limit.map(Price::new),
                time_in_force: [GTC, IOC, FOK, POST][tif as usize],
                reduce_only: false,
                tag: LegTag::default(),
            };
            stand.orders += 1;
            deliver(stand, |venue, floor, out| {
                venue.on_place(floor, &place, out)
            })
        }
        Step::Amend(n, qty, limit) => {
            let amend = Amend {
                order: id(n),
                instrument: SPOT,
                qty: Qty::new(qty),
                limit: Price::new(limit),
            };
            deliver(stand, |venue, floor, out| {
                venue.on_amend(floor, &amend, out)
            })
        }
        Step::Cancel(n) => deliver(stand, |venue, _, out| venue.on_cancel(id(n), out)),
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let price = || (990i64..1_010).prop_map(|tick| tick * 10);
    let qty = || (20i64..200).prop_map(|lots| lots * 5);
    let shown = prop_oneof![1 => Just(0), 5 => qty()];
    // Bids below the middle and asks above it, now and then beyond.
    let near = (any::<bool>(), 0i64..8, 0u8..12).prop_map(|(bid, away, odd)| {
        let away = if odd == 0 { -away } else { away + 1 };
        (bid, (1_000 + if bid { -away } else { away }) * 10)
    });
    let level = (near, shown).prop_map(|((bid, price), qty)| Step::Level(bid, price, qty));
    let trade = (any::<bool>(), price(), qty())
        .prop_map(|(buyer, price, qty)| Step::Trade(buyer, price, qty));
    let place = (
        any::<bool>(),
        qty(),
        proptest::option::weighted(0.95, price()),
        0u8..4,
    )
        .prop_map(|(buy, qty, limit, tif)| {
            Step::Place(buy, qty, limit, if tif == 1 { 0 } else { tif })
        });
    let amend = (0usize..30, qty(), price()).prop_map(|(n, qty, limit)| Step::Amend(n, qty, limit));
    let step = prop_oneof![
        8 => level, 6 => trade, 6 => place, 3 => amend,
        1 => (0usize..30).prop_map(Step::Cancel),
        1 => prop_oneof![1 => Just(true), 3 => Just(false)].prop_map(Step::Halt),
    ];
    proptest::collection::vec(step, 1..150)
}

fn stand(queue: QueueModel, policy: SelfTrade) -> Stand {
    let mut config = config();
    config.balances = vec![(BTC, money("1000000000")), (USDT, money("1000000000"))];
    config.self_trade = policy;
    Stand::queued(TopFeed::Depth, Liquidity::Book, queue, config)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_500) })]
    #[test]
    fn the_venue_and_its_twin_make_the_same_fills(
        steps in steps(),
        queue in prop_oneof![
            Just(QueueModel::Through), Just(QueueModel::Conservative),
            Just(QueueModel::Power(1)), Just(QueueModel::Power(3)), Just(QueueModel::Power(0)),
        ],
        policy in prop_oneof![
            Just(SelfTrade::ExpireTaker), Just(SelfTrade::ExpireMaker), Just(SelfTrade::ExpireBoth)
        ],
    ) {
        let mut stand = stand(queue, policy);
        let mut twin = Twin {
            queue,
            policy,
            bids: BTreeMap::new(),
            asks: BTreeMap::new(),
            taken: BTreeMap::new(),
            halted: false,
            own: Vec::new(),
            placed: 0,
            fills: Vec::new(),
        };
        for (at, step) in steps.iter().enumerate() {
            let mut ours: Vec<(usize, i64, i64)> = act(&mut stand, step)
                .iter()
                .filter_map(|body| match body {
                    Body::Order(news) => match &news.kind {
                        OrderEventKind::Filled(fill) => Some((news.order.n as usize, fill.price.mantissa(), fill.qty.mantissa())),
                        _ => None,
                    },
                    _ => None,
                })
                .collect();
            twin.step(step);
            ours.sort_unstable();
            twin.fills.sort_unstable();
            prop_assert_eq!(&ours, &twin.fills, "{} {:?}", at, step);
            twin.fills.clear();
            let mut theirs: Vec<_> = twin.own.iter().map(|own| (own.n, own.left, own.ahead)).collect();
            let mut resting: Vec<_> = stand
                .venue
                .orders
                .in_order()
                .map(|slot| &stand.venue.orders[slot])
                .map(|own| (own.place.order.n as usize, own.left.mantissa(), own.ahead.parts()))
                .collect();
            theirs.sort_unstable();
            resting.sort_unstable();
            prop_assert_eq!(resting, theirs, "{} {:?}", at, step);
        }
        // What was set aside is what rests needs, to the last unit.
        let orders = &stand.venue.orders;
        let slots: Vec<_> = orders.in_order().collect();
        for asset in [BTC, USDT] {
            let locked: Money = slots.iter().map(|&slot| orders[slot].locked).filter(|locked| locked.0 == asset).map(|locked| locked.1).sum();
            let account = stand.venue.account();
            prop_assert_eq!(account.total(asset) - account.free(asset), locked);
        }
        for slot in slots {
            prop_assert_eq!(orders.find(orders[slot].place.order), Some(slot));
        }
    }
}

#[test]
fn eight_own_orders_at_a_price_run_alike_every_time() {
    let run = |queue| {
        let mut stand = stand(queue, SelfTrade::ExpireTaker);
        let mut said = String::new();
        let mut steps = vec![
            Step::Level(true, 9_990, 5_000),
            Step::Level(false, 10_000, 5_000),
        ];
        for at in 0..8 {
            steps.push(Step::Place(true, 100 + 5 * at, Some(9_990), 3));
            steps.push(Step::Level(true, 9_990, 5_000 + 35 * at));
        }
        for at in 0..60 {
            steps.push(Step::Trade(false, 9_990, 100 + at * 5));
            steps.push(Step::Level(true, 9_990, 5_000 - 55 * at));
        }
        for step in &steps {
            said += &format!("{:?}\n", act(&mut stand, step));
        }
        assert!(stand.venue.orders.is_empty());
        // Time priority: no order is filled before an older one is done.
        let fills = said.matches("Filled").count();
        assert!(fills >= 8, "{fills}");
        said
    };
    for queue in [QueueModel::Conservative, QueueModel::Power(3)] {
        let first = run(queue);
        for _ in 0..20 {
            assert_eq!(run(queue), first);
        }
    }
}
