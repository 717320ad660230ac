//! Records to test with.

use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use crate::command::{Amend, Command, LegRole, LegTag, Place, TimeInForce};
use crate::decision::{Decision, Number, Refusal, Value};
use crate::event::{
    AccountEvent, Body, Control, DepthUpdate, Event, Fee, FeedEvent, FeedNews, Fill, FundingRate,
    Level, Mark, OrderEvent, OrderEventKind, Quote, RejectReason, RunEnded, RunEvent, RunStarted,
    Seq, TapeFile, Timer, Trade,
};
use crate::fault::{FaultEvent, FaultKind, FaultPhase};
use crate::instrument::{InstrumentKind, Side, fixtures};
use crate::journal::{Record, reframe};
use crate::marks::Marks;
use crate::names::{AssetId, InstrumentId, Names, TaskId, VenueId};
use crate::num::{Money, Price, Qty};
use crate::order::OrderId;
use crate::task::{Ending, ParamChange, TaskAction, TaskOrder};
use crate::text::Text;
use crate::time::Ts;

pub(super) const RUN: [u8; 16] = *b"0123456789abcdef";

fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

fn level(price: i64, qty: i64) -> Level {
    Level {
        price: Price::new(price),
        qty: Qty::new(qty),
    }
}

fn quote() -> Quote {
    Quote {
        instrument: InstrumentId(0),
        bid: level(6_100_010, 1_250),
        ask: level(6_100_020, 5),
    }
}

fn started() -> RunEvent {
    RunEvent::Started(RunStarted {
        run_id: RUN,
        scenario: "name = \"sample\"".to_string(),
        names: Names {
            venues: vec!["venue".to_string()],
            assets: vec!["BTC".to_string(), "USDT".to_string()],
            instruments: vec![fixtures::instrument(0, InstrumentKind::Spot)],
            tasks: vec!["basis".to_string()],
        },
        seed: 7,
        epoch: 1,
        tape: vec![TapeFile {
            path: "venue/BTCUSDT/quote/2024-08-08.parquet".to_string(),
            hash: [0xab; 16],
        }],
    })
}

fn fill() -> Fill {
    Fill {
        trade_id: 91,
        price: Price::new(6_100_020),
        qty: Qty::new(5),
        fee: Fee {
            asset: AssetId(1),
            amount: money("0.305001"),
            value: money("0.305001"),
        },
        maker: false,
    }
}

fn order(n: u32, kind: OrderEventKind) -> Body {
    let order = OrderId { epoch: 1, n };
    Body::Order(OrderEvent { order, kind })
}

/// One body of every kind and, where there are several, every kind below.
pub(super) fn bodies() -> Vec<Body> {
    let instrument = InstrumentId(0);
    let mut bodies = vec![
        Body::Run(Box::new(started())),
        Body::Quote(quote()),
        Body::Trade(Trade {
            instrument,
            price: Price::new(6_100_015),
            qty: Qty::new(40),
            aggressor: Side::Sell,
        }),
        Body::Depth(Box::new(DepthUpdate {
            instrument,
            snapshot: false,
            first: 100,
            last: 103,
            prev: Some(99),
            bids: vec![level(6_100_010, 0), level(6_100_000, 7)],
            asks: vec![level(6_100_020, 5)],
        })),
        Body::Mark(Mark {
            instrument,
            mark: money("61000.15"),
            index: Some(money("61001")),
        }),
        Body::Funding(FundingRate {
            instrument,
            rate: money("-0.0001"),
            settles_at: Ts::from_nanos(1_723_161_600_000_000_000),
        }),
    ];
    let answers = [
        OrderEventKind::Accepted,
        OrderEventKind::Rejected(RejectReason::MinNotional),
        OrderEventKind::Filled(Box::new(fill())),
        OrderEventKind::Cancelled,
        OrderEventKind::Expired,
        OrderEventKind::Unknown,
        OrderEventKind::CancelRejected,
        OrderEventKind::NotSent,
        OrderEventKind::Amended {
            qty: Qty::new(10),
            limit: Price::new(6_100_010),
        },
        OrderEventKind::AmendRejected(RejectReason::NotResting),
    ];
    bodies.extend((0..).zip(answers).map(|(n, kind)| order(n, kind)));
    bodies.extend([
        Body::Account(AccountEvent::Balance {
            venue: VenueId(0),
            asset: AssetId(1),
            total: money("10000"),
        }),
        Body::Account(AccountEvent::Funding {
            instrument,
            amount: money("-0.61"),
            rate: money("0.0001"),
        }),
        Body::Timer(Timer {
            task: TaskId(0),
            id: 3,
        }),
        Body::Feed(FeedEvent {
            instrument,
            state: FeedNews::Gap,
        }),
        Body::Control(Control::Halt),
        Body::Run(Box::new(RunEvent::Ended(RunEnded {
            market_events: 6,
            tops: vec![quote()],
        }))),
        Body::Account(AccountEvent::Deleveraged {
            instrument,
            qty: Qty::new(-4),
            price: Price::new(6_100_020),
        }),
        Body::Account(AccountEvent::Foreign {
            instrument,
            qty: Qty::new(-3),
            price: Price::new(6_100_010),
            fee_asset: AssetId(1),
            fee: money("0.25"),
        }),
        Body::Fault(FaultEvent {
            kind: FaultKind::FeedDown,
            phase: FaultPhase::Begins,
            venue: VenueId(0),
            instrument: None,
            order: None,
        }),
        Body::Fault(FaultEvent {
            kind: FaultKind::CancelRefused,
            phase: FaultPhase::Once,
            venue: VenueId(0),
            instrument: Some(instrument),
            order: Some(OrderId { epoch: 1, n: 2 }),
        }),
    ]);
    bodies.extend(task_orders());
    bodies
}

/// Orders to one task and to all.
fn task_orders() -> [Body; 4] {
    let order = |task, action| Body::Control(Control::Task(Box::new(TaskOrder { task, action })));
    let change = |name: &str, old: Option<&str>, new: &str| ParamChange {
        name: name.into(),
        old: old.map(Into::into),
        new: new.into(),
    };
    [
        order(None, TaskAction::Pause),
        order(Some(TaskId(1)), TaskAction::Stop(Ending::Unwind)),
        order(
            Some(TaskId(0)),
            TaskAction::Update(vec![
                change("exit.edge_bps", Some("4"), "5.5"),
                change("quantity", None, "0.1"),
            ]),
        ),
        order(Some(TaskId(0)), TaskAction::Archive),
    ]
}

pub(super) fn event(n: u64, body: Body) -> Event {
    let ts = Ts::from_nanos(1_723_161_254_123_456_789 + n as i64 * 1_000_003);
    Event { ts, body }
}

pub(super) fn decision(cause: u64) -> Decision {
    let id = |n| OrderId { epoch: 1, n };
    Decision {
        cause: Seq(cause),
        ts: event(cause, Body::Control(Control::Pause)).ts,
        task: TaskId(0),
        reason: Text::new("edge_above_entry"),
        numbers: vec![
            Number {
                name: Text::new("edge_bps"),
                value: Value::Signal(31.25),
            },
            Number {
                name: Text::new("notional"),
                value: Value::Exact(money("1000")),
            },
        ],
        commands: vec![
            Command::Place(Place {
                order: id(cause as u32),
                task: TaskId(0),
                instrument: InstrumentId(0),
                side: Side::Buy,
                qty: Qty::new(15),
                limit: Some(Price::new(6_100_020)),
                time_in_force: TimeInForce::ImmediateOrCancel,
                reduce_only: false,
                tag: LegTag {
                    trip: 1,
                    leg: 0,
                    role: LegRole::Entry,
                },
            }),
            Command::Cancel(id(0)),
            Command::Alert(Text::new("legs differ")),
            Command::Amend(Amend {
                order: id(0),
                instrument: InstrumentId(0),
                qty: Qty::new(10),
                limit: Price::new(6_100_010),
            }),
        ],
        refusals: vec![Refusal {
            instrument: InstrumentId(0),
            side: Side::Sell,
            qty: Qty::new(15),
            reason: Text::new("max_position"),
        }],
        digest: 0x0123_4567_89ab_cdef,
    }
}

/// Every kind of event, with a decision after the second.
pub(super) fn every_kind() -> Vec<(Seq, Record)> {
    let mut records: Vec<_> = (0..)
        .zip(bodies())
        .map(|(n, body)| (Seq(n), Record::Event(event(n, body))))
        .collect();
    records.insert(2, (Seq(1), Record::Decision(decision(1))));
    let last = records.last().map_or(Seq(0), |(seq, _)| *seq);
    let marks = Marks {
        ts: Ts::from_nanos(1_723_161_254_000_000_000),
        tops: vec![quote()],
    };
    records.push((last, Record::Marks(marks)));
    records
}

/// Records that fill about 16 KiB: every kind of event in turn, a decision after every fourth.
pub(super) fn sixteen_kib() -> Vec<(Seq, Record)> {
    let mut records = Vec::new();
    for (n, body) in (0..116).zip(bodies().into_iter().cycle()) {
        records.push((Seq(n), Record::Event(event(n, body))));
        if n % 4 == 0 {
            records.push((Seq(n), Record::Decision(decision(n))));
        }
    }
    records
}

/// The segment that holds the records.
pub(super) fn segment(records: &[(Seq, Record)]) -> Vec<u8> {
    reframe(RUN, records.iter().map(|(seq, record)| (*seq, record))).unwrap()
}
