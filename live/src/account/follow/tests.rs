//! Words of an order in any order, twice and on several ways: core hears each thing once and ends as the venue has it.

use std::sync::Arc;

use onetape_adapters::ask::Ask;
use onetape_adapters::client_id::ClientId;
use onetape_adapters::directory::Directory;
use onetape_adapters::news::{Answer, News};
use onetape_adapters::report::{OrderReport, ReportState, TradeReport};
use onetape_core::command::{LegTag, Place, TimeInForce};
use onetape_core::event::{Body, OrderEventKind};
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::names::{InstrumentId, Names, TaskId};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::order::{OrderId, OrderState, OrderTable};
use onetape_core::time::{Span, Ts};
use proptest::prelude::*;

use super::{Finding, Follower, Trouble};
use crate::account::AccountOptions;
use crate::venue::SharedCounts;

const ORDER: OrderId = OrderId { epoch: 1, n: 0 };
const ONLY: InstrumentId = InstrumentId(0);

fn at(millis: i64) -> Ts {
    Ts::from_nanos((1_000_000 + millis) * 1_000_000)
}

fn follower() -> Follower {
    let mut names = Names::default();
    let venue = names.venue_id("binance-spot");
    let (base, quote) = (names.asset_id("BTC"), names.asset_id("USDT"));
    names.instruments.push(Instrument {
        id: ONLY,
        name: "binance-spot:BTCUSDT".to_string(),
        venue,
        symbol: "BTCUSDT".to_string(),
        kind: InstrumentKind::Spot,
        base,
        quote,
        price_decimals: 1,
        qty_decimals: 3,
        tick: Price::new(1),
        lot: Qty::new(1),
        min_qty: Qty::new(1),
        max_qty: Qty::ZERO,
        min_notional: Money::ZERO,
        contract_value: Money::parse("1").unwrap(),
        inferred: false,
        tiers: Vec::new(),
    });
    let directory = Arc::new(Directory::new(&names, venue));
    let options = AccountOptions {
        unknown_after: Span::from_millis(300),
        fence: Span::from_millis(1_000),
        query_every: Span::from_millis(100),
        fills_grace: Span::from_millis(50),
        ..AccountOptions::default()
    };
    let worth: super::Worth = Arc::new(|_, _| None);
    Follower::new(directory, &options, worth, SharedCounts::default(), at(0))
}

fn place(qty: i64) -> Place {
    Place {
        order: ORDER,
        task: TaskId(0),
        instrument: ONLY,
        side: Side::Buy,
        qty: Qty::new(qty),
        limit: Some(Price::new(500_000)),
        time_in_force: TimeInForce::GoodTillCancelled,
        reduce_only: false,
        tag: LegTag::default(),
    }
}

fn report(state: ReportState, filled: i64, whole: i64) -> OrderReport {
    let mut report = OrderReport::new(ONLY, ClientId::Ours(ORDER), "77".to_string(), state);
    report.filled = Some(Qty::new(filled));
    report.qty = Some(Qty::new(whole));
    report.limit = Some(Price::new(500_000));
    report
}

fn trade(id: u64, qty: i64, told: bool) -> TradeReport {
    TradeReport {
        client: if told {
            ClientId::Ours(ORDER)
        } else {
            ClientId::Untold
        },
        venue_id: "77".to_string(),
        instrument: ONLY,
        trade_id: id,
        side: Some(Side::Buy),
        price: Price::new(500_000),
        qty: Qty::new(qty),
        fee: None,
        maker: Some(true),
        at: at(1),
    }
}

/// What core makes of it, and how often it was told each kind.
struct Core {
    table: OrderTable,
    kinds: Vec<OrderEventKind>,
}

impl Core {
    fn new(place: Place) -> Self {
        let mut table = OrderTable::new(1);
        table.enter(place);
        let kinds = Vec::new();
        Self { table, kinds }
    }

    fn take(&mut self, follower: &mut Follower) {
        for body in follower.take_events() {
            if let Body::Order(news) = body {
                self.table.apply(&news);
                self.kinds.push(news.kind);
            }
        }
    }

    fn state(&self) -> OrderState {
        self.table.get(ORDER).unwrap().state
    }

    fn filled(&self) -> i64 {
        self.table.get(ORDER).unwrap().filled.mantissa()
    }

    fn count(&self, wanted: impl Fn(&OrderEventKind) -> bool) -> usize {
        self.kinds.iter().filter(|kind| wanted(kind)).count()
    }
}

/// The course of an order at its venue: fills, and how it ends.
#[derive(Clone, Debug)]
struct Course {
    fills: Vec<i64>,
    end: Option<ReportState>,
}

fn course() -> impl Strategy<Value = Course> {
    let fills = proptest::collection::vec(1_i64..6, 0..5);
    (fills, 0_u8..4).prop_map(|(fills, end)| {
        let end = match end {
            0 => None,
            1 => Some(ReportState::Cancelled),
            2 => Some(ReportState::Expired),
            // Traded completely, if it traded.
            _ if fills.is_empty() => Some(ReportState::Cancelled),
            _ => Some(ReportState::Filled),
        };
        Course { fills, end }
    })
}

impl Course {
    fn traded(&self) -> i64 {
        self.fills.iter().sum()
    }

    fn whole(&self) -> i64 {
        match self.end {
            Some(ReportState::Filled) => self.traded(),
            _ => self.traded() + 7,
        }
    }

    /// All that a venue may say of it, in the order in which it happens.
    fn words(&self) -> Vec<News> {
        let whole = self.whole();
        let order = |state, filled| News::Order(Box::new(report(state, filled, whole)));
        let mut words = vec![order(ReportState::Open, 0)];
        let mut sum = 0;
        for (n, qty) in self.fills.iter().enumerate() {
            sum += qty;
            let it = trade(n as u64 + 1, *qty, true);
            let state = if sum == whole {
                ReportState::Filled
            } else {
                ReportState::PartiallyFilled
            };
            let mut with = report(state, sum, whole);
            with.trades.push(it.clone());
            words.push(News::Order(Box::new(with)));
            words.push(News::Trade(Box::new(it)));
        }
        if let Some(end) = self.end {
            words.push(order(end, sum));
        }
        words
    }
}

proptest! {
    #[test]
    fn words_in_any_order_and_twice_come_to_the_same(
        course in course(),
        picks in proptest::collection::vec((any::<prop::sample::Index>(), 0_i64..120), 0..24),
        lost in any::<bool>(),
    ) {
        let mut follower = follower();
        let asked = place(course.whole());
        let mut core = Core::new(asked);
        follower.placed(&asked, at(0));
        let words = course.words();
        let mut now = 1;
        let mut asked_for = Vec::new();
        if lost {
            let answer = Err(Trouble::Lost("no answer".to_string()));
            follower.answered(&Ask::Place(asked), answer, at(now));
        } else {
            let first = report(ReportState::Acknowledged, 0, course.whole());
            let answer = Ok(Answer::Order(Box::new(first)));
            follower.answered(&Ask::Place(asked), answer, at(now));
        }
        for (pick, wait) in picks {
            now += wait;
            follower.hear(pick.get(&words), at(now));
            asked_for.extend(follower.tick(at(now)));
            core.take(&mut follower);
        }
        // The venue's own truth in the end: questions are answered from it until none is left.
        for _ in 0..40 {
            now += 60;
            asked_for.extend(follower.tick(at(now)));
            for inquiry in asked_for.drain(..) {
                let state = course.end.unwrap_or(match course.traded() {
                    0 => ReportState::Open,
                    _ => ReportState::PartiallyFilled,
                });
                follower.evidence(&inquiry, &report(state, course.traded(), course.whole()), at(now));
                let fills = course.fills.iter().enumerate();
                let all: Vec<_> = fills.map(|(n, qty)| trade(n as u64 + 1, *qty, false)).collect();
                follower.trades(&all, at(now));
                follower.inquired(&inquiry, Finding::Found, at(now));
            }
            if now > 2_000 {
                follower.missed(at(now));
            }
            core.take(&mut follower);
        }
        prop_assert_eq!(core.filled(), course.traded(), "{:?}", core.kinds);
        let wanted = match (course.end, course.traded()) {
            (Some(ReportState::Filled), _) => OrderState::Filled,
            (Some(ReportState::Cancelled), _) => OrderState::Cancelled,
            (Some(_), _) => OrderState::Expired,
            (None, 0) => OrderState::Open,
            (None, _) => OrderState::PartiallyFilled,
        };
        // Core says that an order which was unknown and stands is open, whatever traded.
        let also = core.state() == OrderState::Open && wanted == OrderState::PartiallyFilled;
        prop_assert!(core.state() == wanted || also, "{:?}: {:?}", core.state(), core.kinds);
        prop_assert_eq!(core.table.surprises, 0, "{:?}", core.kinds);
        let fills = core.count(|kind| matches!(kind, OrderEventKind::Filled(_)));
        prop_assert_eq!(fills, course.fills.len(), "{:?}", core.kinds);
        let ends = core.count(|kind| matches!(kind, OrderEventKind::Cancelled | OrderEventKind::Expired));
        prop_assert!(ends <= 1, "{:?}", core.kinds);
    }

    /// No number of questions proves anything before the fence, and one that disagrees begins the count anew.
    #[test]
    fn nothing_is_proven_before_the_fence(
        findings in proptest::collection::vec((0_u8..4, 1_i64..200), 1..40),
    ) {
        let mut follower = follower();
        let asked = place(20);
        let mut core = Core::new(asked);
        follower.placed(&asked, at(0));
        follower.answered(&Ask::Place(asked), Err(Trouble::Lost(String::new())), at(0));
        let (mut now, mut agreeing) = (0, 0);
        let mut proven = false;
        for (finding, wait) in findings {
            now += wait;
            for inquiry in follower.tick(at(now)) {
                let found = match finding {
                    0 | 1 => Finding::Nowhere,
                    2 => Finding::Disagrees("the balance"),
                    _ => Finding::Failed,
                };
                match found {
                    Finding::Nowhere if inquiry.began >= at(1_000) => agreeing += 1,
                    Finding::Disagrees(_) => agreeing = 0,
                    _ => {}
                }
                follower.inquired(&inquiry, found, at(now));
            }
            proven |= agreeing >= 2;
            core.take(&mut follower);
            let is = core.state() == OrderState::NotSent;
            prop_assert_eq!(is, proven, "{:?} at {}", core.kinds, now);
        }
    }
}

#[test]
fn a_proof_that_was_overtaken_brings_the_order_back_and_people_are_told() {
    let mut follower = follower();
    let asked = place(20);
    let mut core = Core::new(asked);
    follower.placed(&asked, at(0));
    follower.answered(
        &Ask::Place(asked),
        Err(Trouble::NotSent(String::new())),
        at(1),
    );
    core.take(&mut follower);
    assert_eq!(core.state(), OrderState::NotSent);
    let mut late = report(ReportState::Filled, 20, 20);
    late.trades.push(trade(5, 20, true));
    follower.hear(&News::Order(Box::new(late)), at(5_000));
    core.take(&mut follower);
    assert_eq!((core.state(), core.filled()), (OrderState::Filled, 20));
    let told = follower.take_notices();
    assert_eq!(told, [super::Notice::TurnedUp { order: ORDER }]);
}
