//! A round trip by hand: its log, its phases and its figures.

use std::io::Write;
use std::sync::Mutex;

use onetape_core::command::{LegRole, LegTag, TimeInForce};
use onetape_core::decision::Decision;
use onetape_core::event::{
    DepthUpdate, Event, Fee, FeedEvent, FeedNews, Fill, Level, OrderEvent, Quote, RejectReason, Seq,
};
use onetape_core::fault::{FaultEvent, FaultKind, FaultPhase};
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::names::{AssetId, InstrumentId, TaskId, VenueId};
use onetape_core::num::{Money, Price, Qty};
use onetape_live::queue::Origin;
use tracing_subscriber::fmt::MakeWriter;

use super::*;
use crate::run::live::stats::Stats;

/// What the log said.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl Write for Said {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Said {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn names() -> Arc<Names> {
    let instrument = |at: u16, kind| Instrument {
        id: InstrumentId(at),
        venue: VenueId(at),
        symbol: "BTCUSDT".into(),
        name: format!("v{at}:BTCUSDT"),
        kind,
        base: AssetId(0),
        quote: AssetId(1),
        price_decimals: 2,
        qty_decimals: 3,
        tick: Price::new(1),
        lot: Qty::new(1),
        min_qty: Qty::new(1),
        max_qty: Qty::ZERO,
        min_notional: Money::ZERO,
        contract_value: Money::new(rust_decimal::Decimal::ONE),
        inferred: false,
        tiers: Vec::new(),
    };
    Arc::new(Names {
        venues: vec!["v0".into(), "v1".into()],
        assets: vec!["BTC".into(), "USDT".into()],
        instruments: vec![
            instrument(0, InstrumentKind::Spot),
            instrument(1, InstrumentKind::Linear),
        ],
        tasks: vec!["pair".into()],
    })
}

const MS: i64 = 1_000_000;

struct Bench {
    follow: Follow,
    stats: Stats,
    n: u32,
    trades: u64,
}

impl Bench {
    fn new() -> Self {
        Self {
            follow: Follow::new(names()),
            stats: Stats::new(names()),
            n: 0,
            trades: 0,
        }
    }

    fn take(&mut self, at: i64, body: Body, decisions: Vec<Decision>) {
        let event = Event {
            ts: Ts::from_nanos(at * MS),
            body,
        };
        let tapped = Tapped {
            seq: Seq(0),
            event,
            origin: Origin::default(),
            decisions,
        };
        self.follow.take(&tapped);
        self.stats.take(&tapped);
    }

    fn send(&mut self, at: i64, trip: u32, role: LegRole, leg: u16, side: Side) -> OrderId {
        self.n += 1;
        let order = OrderId {
            epoch: 1,
            n: self.n,
        };
        let place = Place {
            order,
            task: TaskId(0),
            instrument: InstrumentId(leg),
            side,
            qty: Qty::new(1_000),
            limit: Some(Price::new(10_000)),
            time_in_force: TimeInForce::ImmediateOrCancel,
            reduce_only: false,
            tag: LegTag { trip, leg: 0, role },
        };
        let decision = Decision {
            ts: Ts::from_nanos(at * MS),
            task: TaskId(0),
            reason: "acts".into(),
            commands: vec![Command::Place(place)],
            ..Decision::default()
        };
        let body = Body::Control(onetape_core::event::Control::Resume);
        self.take(at, body, vec![decision]);
        order
    }

    fn news(&mut self, at: i64, order: OrderId, kind: OrderEventKind) {
        self.take(at, Body::Order(OrderEvent { order, kind }), Vec::new());
    }

    fn fill(&mut self, at: i64, order: OrderId, price: i64) {
        self.trades += 1;
        let fill = Fill {
            trade_id: self.trades,
            price: Price::new(price),
            qty: Qty::new(1_000),
            fee: Fee {
                asset: AssetId(1),
                amount: Money::ZERO,
                value: Money::ZERO,
            },
            maker: false,
        };
        self.news(at, order, OrderEventKind::Filled(Box::new(fill)));
    }
}

fn trade(bench: &mut Bench) {
    let buy = bench.send(0, 7, LegRole::Entry, 0, Side::Buy);
    let sell = bench.send(0, 7, LegRole::Entry, 1, Side::Sell);
    bench.fill(10, buy, 9_990);
    bench.fill(30, sell, 10_010);
    let buy = bench.send(100, 7, LegRole::Exit, 1, Side::Buy);
    let sell = bench.send(100, 7, LegRole::Exit, 0, Side::Sell);
    bench.fill(105, buy, 10_000);
    bench.news(120, sell, OrderEventKind::Rejected(RejectReason::Balance));
}

#[test]
fn mo8_every_line_of_a_round_trip_has_its_id_and_is_one_json_document() {
    let said = Said::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(said.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, || trade(&mut Bench::new()));
    let text = String::from_utf8(said.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |message: &str| -> Vec<&Value> {
        let all = lines.iter().map(|line| &line["fields"]);
        all.filter(|it| it["message"] == message).collect()
    };
    assert_eq!(of("sent").len(), 4);
    assert!(
        of("sent")
            .iter()
            .chain(&of("filled"))
            .all(|it| it["trip"] == "pair#7")
    );
    assert_eq!(of("rejected")[0]["why"], "balance");
    let phases: Vec<_> = of("phase over")
        .iter()
        .map(|it| (it["phase"].as_str().unwrap(), it["ms"].as_f64().unwrap()))
        .collect();
    assert_eq!(phases, [("entry", 30.0), ("exit", 20.0)]);
}

#[test]
fn mo7_the_figures_say_what_is_missed() {
    let mut bench = Bench::new();
    trade(&mut bench);
    let told = bench.follow.document();
    let (kpi, phases) = (&told[0]["kpi"], &told[0]["phases"]);
    assert_eq!(kpi["fill_rate_pct"], 75.0);
    assert_eq!(kpi["error_rate_pct"], 25.0);
    // Each fill was at its limit or better by 0.10 of 100, so that nothing slipped.
    assert!(kpi["slippage_pct"].as_f64().unwrap() < 0.0);
    assert_eq!(kpi["missed"], json!(["fill_rate_pct", "error_rate_pct"]));
    // Short 0.10 higher than bought back, on a volume of 300.
    let profit = kpi["profit_bps"].as_f64().unwrap();
    assert!((profit - 0.1 / 300.0 * 10_000.0).abs() < 1e-9, "{profit}");
    assert_eq!(
        (&kpi["bought"], &kpi["sold"]),
        (&json!("199.9"), &json!("100.1"))
    );
    assert_eq!(kpi["imbalance_pct"], 100.0, "one leg is left");
    assert_eq!(phases["entry"]["longest_ms"], 30.0);
    assert_eq!(phases["answer"]["count"], 4);
}

#[test]
fn mo6_slow_answers_are_told_once_an_episode() {
    let mut slow = Slow::new(1);
    let ms = onetape_core::time::Span::from_millis;
    let mut told = |took: i64| slow.answered(VenueId(0), ms(took));
    assert!(!told(50) && told(51) && !told(80));
    for _ in 0..9 {
        assert!(!told(1));
    }
    assert!(!told(60), "the episode is not over");
    for _ in 0..10 {
        assert!(!told(1));
    }
    assert!(told(60));
}

#[test]
fn mo2_mo3_the_counts_of_a_run_that_runs_are_what_happened() {
    let mut bench = Bench::new();
    let quote = |venue| {
        let level = |price| Level {
            price: Price::new(price),
            qty: Qty::new(1),
        };
        Body::Quote(Quote {
            instrument: InstrumentId(venue),
            bid: level(9_999),
            ask: level(10_000),
        })
    };
    let feed = |venue, state| {
        Body::Feed(FeedEvent {
            instrument: InstrumentId(venue),
            state,
        })
    };
    // Three updates of one venue and one of the other, two disconnects, a gap, and a time of too much at once.
    bench.take(1, feed(0, FeedNews::Connected), Vec::new());
    for (at, venue) in [(2, 0), (3, 0), (4, 1), (5, 0)] {
        bench.take(at, quote(venue), Vec::new());
    }
    for (venue, state) in [
        (0, FeedNews::Disconnected),
        (0, FeedNews::Disconnected),
        (1, FeedNews::Gap),
        (1, FeedNews::Conflated),
    ] {
        bench.take(6, feed(venue, state), Vec::new());
    }
    // At the first venue answers take 10 ms and 60 ms, of which the second is a reject; nobody knows of the third order
    // before it is found. At the second one answer of 4 ms, and an order that never left has none.
    let first = bench.send(10, 1, LegRole::Entry, 0, Side::Buy);
    let second = bench.send(10, 1, LegRole::Entry, 0, Side::Buy);
    let third = bench.send(10, 1, LegRole::Entry, 0, Side::Buy);
    let other = bench.send(20, 1, LegRole::Entry, 1, Side::Sell);
    let kept = bench.send(20, 1, LegRole::Entry, 1, Side::Sell);
    bench.news(20, first, OrderEventKind::Accepted);
    bench.fill(21, first, 10_000);
    bench.news(24, other, OrderEventKind::Accepted);
    bench.news(24, kept, OrderEventKind::NotSent);
    bench.news(70, second, OrderEventKind::Rejected(RejectReason::Balance));
    bench.news(80, third, OrderEventKind::Unknown);
    let told = bench.stats.document();
    let venue = |at: usize| {
        let it = &told["exchanges"][at];
        let count = |field: &str| it[field].as_u64().unwrap();
        let counts = [
            "updates",
            "disconnects",
            "gaps",
            "conflated",
            "answers",
            "slow_answers",
            "rejects",
            "unknown",
        ];
        (counts.map(count), it["avg_answer_ms"].as_f64().unwrap())
    };
    assert_eq!(venue(0), ([3, 2, 0, 0, 2, 1, 1, 1], 35.0), "{told:#}");
    assert_eq!(venue(1), ([1, 0, 1, 1, 1, 0, 0, 0], 4.0), "{told:#}");
    let engine = &told["engine"];
    for (field, count) in [
        ("decisions", 5),
        ("executions", 5),
        ("orders", 5),
        ("refusals", 0),
    ] {
        assert_eq!(engine[field], count, "{field}: {told:#}");
    }
    // Three orders ended, of which one is filled; one of five was rejected; three answers took 74 ms.
    let figure = |name: &str| (engine[name].as_f64().unwrap() * 1_000.0).round();
    assert_eq!(figure("fill_rate_pct"), 33_333.0, "{told:#}");
    assert_eq!(figure("error_rate_pct"), 20_000.0, "{told:#}");
    assert_eq!(figure("avg_answer_ms"), 24_667.0, "{told:#}");
    assert_eq!(
        (&told["orders_open"], &told["controls"]),
        (&2.into(), &5.into())
    );
    let task = &told["tasks"][0];
    assert_eq!(
        (&task["orders"], &task["fills"]),
        (&5.into(), &1.into()),
        "{told:#}"
    );
}

fn quote(instrument: u16) -> Body {
    let level = |price| Level {
        price: Price::new(price),
        qty: Qty::new(1),
    };
    Body::Quote(Quote {
        instrument: InstrumentId(instrument),
        bid: level(9_999),
        ask: level(10_000),
    })
}

fn feed(instrument: u16, state: FeedNews) -> Body {
    Body::Feed(FeedEvent {
        instrument: InstrumentId(instrument),
        state,
    })
}

fn fault(kind: FaultKind, phase: FaultPhase) -> Body {
    Body::Fault(FaultEvent {
        kind,
        phase,
        venue: VenueId(1),
        instrument: None,
        order: None,
    })
}

/// How often, how often mended, and the longest time of it.
fn tally(told: &Value) -> (u64, u64, f64) {
    let count = |field: &str| told[field].as_u64().unwrap();
    let longest = told["longest_ms"].as_f64().unwrap();
    (count("count"), count("mended"), longest)
}

#[test]
fn mo4_what_went_wrong_counts_as_mended_by_the_event_that_ends_it() {
    let mut bench = Bench::new();
    let snapshot = |snapshot| {
        Body::Depth(Box::new(DepthUpdate {
            instrument: InstrumentId(1),
            snapshot,
            first: 1,
            last: 1,
            prev: None,
            bids: Vec::new(),
            asks: Vec::new(),
        }))
    };
    // A feed that is lost twice and found once: told twice of one loss, it is one.
    for (at, body) in [
        (1, quote(0)),
        (10, feed(0, FeedNews::Disconnected)),
        (11, feed(0, FeedNews::Disconnected)),
        (20, feed(0, FeedNews::Connected)),
        (25, quote(0)),
        (30, feed(0, FeedNews::Disconnected)),
        // A gap ends with a whole book, not with a change of one.
        (40, feed(1, FeedNews::Gap)),
        (50, snapshot(false)),
        (52, snapshot(true)),
        (60, fault(FaultKind::AccountDown, FaultPhase::Begins)),
        (90, fault(FaultKind::AccountDown, FaultPhase::Ends)),
        (95, fault(FaultKind::Ban, FaultPhase::Begins)),
    ] {
        bench.take(at, body, Vec::new());
    }
    // Two orders that nobody knew of: one was found, and one proven never to have been; one is unknown still.
    let repair = LegRole::Repair;
    let orders = [0, 1, 2].map(|_| bench.send(100, 3, repair, 1, Side::Sell));
    for order in orders {
        bench.news(110, order, OrderEventKind::Unknown);
    }
    bench.fill(117, orders[0], 10_000);
    bench.news(210, orders[1], OrderEventKind::NotSent);
    let told = bench.follow.mending();
    let (spot, futures) = (&told["venues"][0], &told["venues"][1]);
    assert_eq!(spot["venue"], "v0");
    assert_eq!(tally(&spot["feed_disconnects"]), (2, 1, 15.0));
    assert_eq!(tally(&spot["feed_gaps"]), (0, 0, 0.0));
    assert_eq!(spot["feed_gaps"]["avg_ms"], Value::Null);
    assert_eq!(tally(&futures["feed_gaps"]), (1, 1, 12.0));
    assert_eq!(tally(&futures["account_disconnects"]), (1, 1, 30.0));
    assert_eq!(tally(&futures["bans"]), (1, 0, 0.0));
    assert_eq!(tally(&futures["unknown_orders"]), (3, 2, 100.0));
    assert_eq!(futures["unknown_orders"]["avg_ms"], 53.5);
    assert_eq!(told["open"], 3, "a feed, a ban and an order: {told:#}");
    let task = json!({
        "id": "pair", "repair_orders": 3, "filled": 1, "filled_in_part": 0, "missed": 1,
    });
    assert_eq!(told["tasks"][0], task);
}

#[test]
fn md2_how_far_books_of_legs_are_apart_is_told_of_each_entry() {
    let mut bench = Bench::new();
    bench.take(1_000, quote(0), Vec::new());
    // One leg alone has nothing to be apart from.
    bench.send(1_001, 1, LegRole::Entry, 0, Side::Buy);
    let together = |bench: &mut Bench, at: i64, role: LegRole| {
        let mut places = Vec::new();
        for leg in [0, 1] {
            bench.n += 1;
            places.push(Command::Place(Place {
                order: OrderId {
                    epoch: 1,
                    n: bench.n,
                },
                task: TaskId(0),
                instrument: InstrumentId(leg),
                side: Side::Buy,
                qty: Qty::new(1),
                limit: None,
                time_in_force: TimeInForce::ImmediateOrCancel,
                reduce_only: false,
                tag: LegTag {
                    trip: 2,
                    leg: 0,
                    role,
                },
            }));
        }
        let decision = Decision {
            ts: Ts::from_nanos(at * MS),
            task: TaskId(0),
            commands: places,
            ..Decision::default()
        };
        bench.take(at, quote(1), vec![decision]);
    };
    // The event that led to the entry is part of what it was decided on.
    together(&mut bench, 1_030, LegRole::Entry);
    bench.take(1_040, quote(0), Vec::new());
    together(&mut bench, 1_050, LegRole::Entry);
    together(&mut bench, 2_000, LegRole::Exit);
    let skew = &bench.follow.document()[0]["skew"];
    let told = json!({ "entries": 2, "avg_ms": 20.0, "longest_ms": 30.0 });
    assert_eq!(skew, &told);
}
