//! Whatever happens to an account: nothing that cannot be carried is left open, nothing is lost or made.

use onetape_core::ledger::Ledger;
use onetape_core::position::Position;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;

const FUTURES: [InstrumentId; 2] = [LINEAR, INVERSE];

#[derive(Clone, Debug)]
enum Step {
    Quote(usize, i64, i64, i64),
    Mark(usize, i64),
    Order(usize, Side, i64),
    Funding(usize, i64),
}

fn step() -> impl proptest::strategy::Strategy<Value = Step> {
    let at = || 0usize..2;
    // Prices in cents; mostly steps of a few percent, so that positions live for a while.
    let price = || prop_oneof![8 => 9_000i64..11_000, 2 => 6_000i64..16_000, 1 => 1_000i64..90_000];
    let side = prop_oneof![Just(BUY), Just(SELL)];
    prop_oneof![
        6 => (at(), price(), 1i64..80, 1i64..90).prop_map(|(at, bid, spread, qty)| Step::Quote(at, bid, spread, qty)),
        3 => (at(), price()).prop_map(|(at, mark)| Step::Mark(at, mark)),
        4 => (at(), side, 1i64..400).prop_map(|(at, side, qty)| Step::Order(at, side, qty)),
        1 => (at(), -300i64..300).prop_map(|(at, rate)| Step::Funding(at, rate)),
    ]
}

/// A venue, and a ledger kept from its news alone.
struct Kept {
    stand: Stand,
    ledger: Ledger,
    positions: [Position; 4],
    liquidations: u32,
}

impl Kept {
    fn new(mode: MarginMode, leverage: u32, marks: bool, tiers: &[MarginTier]) -> Self {
        let config = VenueConfig {
            leverage,
            margin: mode,
            liquidation_fee: Bps::parse("40").unwrap(),
            ..config()
        };
        let mut stand = Stand::new(TopFeed::Quote, Liquidity::Book, config);
        let mut ledger = Ledger::default();
        for (asset, total) in [(BTC, "5"), (USDT, "1000"), (BNB, "1")] {
            ledger.balance(VenueId(0), asset, money(total));
        }
        for id in FUTURES {
            stand.names.instruments[id.index()].tiers = tiers.to_vec();
            stand.quote(id, ("99.9", "90"), ("100.0", "90"));
            if marks {
                super::funding::mark(&mut stand, id, "100");
            }
        }
        Self {
            stand,
            ledger,
            positions: Default::default(),
            liquidations: 0,
        }
    }

    fn take(&mut self, step: &Step, marks: bool) {
        let mut out = Vec::new();
        self.stand.now += 1;
        let ts = Ts::from_nanos(self.stand.now);
        let body = match *step {
            Step::Quote(at, bid, spread, qty) => {
                let level = |price| Level {
                    price: Price::new(price),
                    qty: Qty::new(if at == 0 { qty * 1_000 } else { qty }),
                };
                Body::Quote(Quote {
                    instrument: FUTURES[at],
                    bid: level(bid),
                    ask: level(bid + spread),
                })
            }
            Step::Mark(at, mark) if marks => Body::Mark(Mark {
                instrument: FUTURES[at],
                mark: Money::new(Decimal::new(mark * 1_003, 5)),
                index: None,
            }),
            Step::Mark(..) => return,
            Step::Funding(at, rate) => Body::Funding(FundingRate {
                instrument: FUTURES[at],
                rate: Money::new(Decimal::new(rate, 4)),
                settles_at: ts,
            }),
            Step::Order(at, side, qty) => {
                let qty = if at == 0 { qty * 100 } else { qty / 80 + 1 };
                self.place(FUTURES[at], side, Qty::new(qty), &mut out);
                return self.keep(Some((FUTURES[at], side)), &out);
            }
        };
        let event = Event { ts, body };
        let moved = self.stand.market.apply(&event);
        let floor = Floor {
            names: &self.stand.names,
            market: &self.stand.market,
            liquidity: self.stand.liquidity,
            now: ts,
        };
        self.stand.venue.on_market(floor, &event, moved, &mut out);
        self.keep(None, &out);
    }

    fn place(&mut self, instrument: InstrumentId, side: Side, qty: Qty, out: &mut Vec<Body>) {
        let place = Place {
            order: OrderId {
                epoch: 1,
                n: self.stand.orders,
            },
            task: TaskId(0),
            instrument,
            side,
            qty,
            limit: None,
            time_in_force: IOC,
            reduce_only: false,
            tag: LegTag::default(),
        };
        self.stand.orders += 1;
        let floor = Floor {
            names: &self.stand.names,
            market: &self.stand.market,
            liquidity: self.stand.liquidity,
            now: Ts::from_nanos(self.stand.now),
        };
        self.stand.venue.on_place(floor, &place, out);
    }

    /// Books news as a desk would.
    fn keep(&mut self, order: Option<(InstrumentId, Side)>, out: &[Body]) {
        for body in out {
            match body {
                Body::Order(news) => {
                    if let (OrderEventKind::Filled(fill), Some((id, side))) = (&news.kind, order) {
                        let instrument = self.stand.names.instrument(id);
                        let position = &mut self.positions[id.index()];
                        let realised = position.book(instrument, side, fill);
                        self.ledger.fill(instrument, side, fill, realised);
                    }
                }
                Body::Account(AccountEvent::Balance { asset, total, .. }) => {
                    self.ledger.balance(VenueId(0), *asset, *total);
                }
                Body::Account(AccountEvent::Funding {
                    instrument, amount, ..
                }) => {
                    let known = self.stand.names.instrument(*instrument);
                    self.ledger.funding(known, *amount);
                }
                Body::Account(AccountEvent::LiquidationFee { instrument, amount }) => {
                    let known = self.stand.names.instrument(*instrument);
                    self.ledger.liquidation_fee(known, *amount);
                }
                Body::Account(AccountEvent::Liquidated {
                    instrument,
                    realised,
                    ..
                }) => {
                    self.liquidations += 1;
                    let known = self.stand.names.instrument(*instrument);
                    self.positions[instrument.index()].close_for(*realised);
                    self.ledger.liquidation(known, *realised);
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// What must hold after anything.
    fn check(&self, mode: MarginMode) -> Result<(), TestCaseError> {
        let account = self.stand.venue.account();
        let (names, market) = (&self.stand.names, &self.stand.market);
        for (id, settle) in FUTURES.into_iter().zip([USDT, BTC]) {
            let held = account.position(id);
            prop_assert_eq!(held.qty, self.positions[id.index()].qty);
            prop_assert_eq!(held.cost, self.positions[id.index()].cost);
            prop_assert!(!account.total(settle).is_negative());
            prop_assert!(
                !account.free(settle).is_negative(),
                "{}",
                account.free(settle)
            );
            // The bands that let most events pass unlooked at let nothing pass that matters.
            let state = match mode {
                MarginMode::Cross => account.cross_margin(settle, names, market),
                MarginMode::Isolated => account.isolated_state(id, names, market),
            };
            prop_assert!(!state.is_spent(), "{id:?} {state:?} {held:?}");
        }
        for row in self.ledger.rows() {
            prop_assert_eq!(row.residual(), Money::ZERO, "{:?}", row);
        }
        Ok(())
    }
}

fn tiers() -> impl proptest::strategy::Strategy<Value = Vec<MarginTier>> {
    let tier = |up_to: i64, thousandths: i64, max_leverage| MarginTier {
        up_to: Money::new(Decimal::from(up_to)),
        maintenance: Money::new(Decimal::new(thousandths, 3)),
        max_leverage,
    };
    let two = (100i64..3_000, 1i64..20, 20i64..50)
        .prop_map(move |(up_to, low, high)| vec![tier(up_to, low, 20), tier(0, high, 20)]);
    prop_oneof![1 => Just(Vec::new()), 4 => two]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_spent_stays_open_and_the_ledger_explains_the_wallet(
        steps in proptest::collection::vec(step(), 1..120),
        isolated: bool, leverage in 1u32..20, marks: bool, tiers in tiers(),
    ) {
        let mode = if isolated { MarginMode::Isolated } else { MarginMode::Cross };
        let mut kept = Kept::new(mode, leverage, marks, &tiers);
        for step in &steps {
            let free = |kept: &Kept, asset| kept.stand.venue.account().free(asset);
            let before = [free(&kept, USDT), free(&kept, BTC)];
            kept.take(step, marks);
            kept.check(mode)?;
            // What an isolated position can lose is set aside: no move of a price touches what is free.
            if isolated && matches!(step, Step::Quote(..) | Step::Mark(..)) {
                prop_assert!(free(&kept, USDT) >= before[0] && free(&kept, BTC) >= before[1]);
            }
        }
    }
}

/// The property above would hold of accounts that nothing happens to.
#[test]
fn the_steps_reach_liquidations_of_both_kinds() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let strategy = (proptest::collection::vec(step(), 60..120), tiers());
    for mode in [MarginMode::Cross, MarginMode::Isolated] {
        let mut liquidations = 0;
        for _ in 0..100 {
            let (steps, tiers) = strategy.new_tree(&mut runner).unwrap().current();
            let mut kept = Kept::new(mode, 10, true, &tiers);
            steps.iter().for_each(|step| kept.take(step, true));
            liquidations += kept.liquidations;
        }
        assert!(liquidations > 50, "{mode:?}: {liquidations}");
    }
}
