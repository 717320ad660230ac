//! A million fills from first event to the last byte of JSON: seconds, and the most memory that it took.
//!
//! ```sh
//! cargo bench -p onetape-reports --bench million    # ONETAPE_FILLS=100000 for fewer, ONETAPE_PARTS=1 for one an order
//! ```
//!
//! The run is made up as it goes, by another thread, as a journal is read: pairs of spot and perpetual, an order
//! a leg at entry and at exit, each filled in three parts as one is that takes several levels, tops of book beside every
//! decision and fill, funding now and then. It exits 1 above 2 s or 500 MiB; `tests/statistics/million.py` does so five times.
#![allow(
    clippy::disallowed_methods,
    reason = "it measures the time that it takes"
)]

use std::process::ExitCode;
use std::sync::mpsc::{channel, sync_channel};
use std::time::Instant;

use onetape_core::command::{Command, LegRole, LegTag, Place, TimeInForce};
use onetape_core::decision::{Decision, Number, Value};
use onetape_core::event::{
    AccountEvent, Body, Event, Fee, Fill, Level, OrderEvent, OrderEventKind, Quote, RunEnded,
    RunEvent, RunStarted, Seq,
};
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::marks::Marks;
use onetape_core::names::{AssetId, InstrumentId, Names, TaskId, VenueId};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::order::OrderId;
use onetape_core::time::Ts;
use onetape_reports::stats::Assumptions;
use onetape_reports::{Beside, Fold, RunFacts, write_json_beside};
use rayon::{ThreadPool, ThreadPoolBuilder};

const SECONDS_MAX: f64 = 2.0;
const MIB_MAX: f64 = 500.0;
const USDT: AssetId = AssetId(1);
/// Quantity of an order, in the last decimal.
const QTY: i64 = 25_000;
/// Fills that are folded at a time: as many as are still in a core's own cache when they are given back.
const BATCH: u64 = 512;

fn names() -> Names {
    let mut names = Names::default();
    let (base, quote) = (names.asset_id("BTC"), names.asset_id("USDT"));
    let kinds = [
        ("spot", InstrumentKind::Spot),
        ("perp", InstrumentKind::Linear),
    ];
    for (at, (venue, kind)) in (0..).zip(kinds) {
        let venue_id = names.venue_id(venue);
        names.instruments.push(Instrument {
            id: InstrumentId(at),
            name: format!("{venue}:BTCUSDT"),
            venue: venue_id,
            symbol: "BTCUSDT".into(),
            kind,
            base,
            quote,
            price_decimals: 2,
            qty_decimals: 5,
            tick: Price::new(1),
            lot: Qty::new(1),
            min_qty: Qty::new(1),
            max_qty: Qty::ZERO,
            min_notional: Money::ZERO,
            contract_value: Money::new(1.into()),
            inferred: false,
            tiers: Vec::new(),
        });
    }
    names.tasks = vec!["pair".into()];
    names
}

/// Two threads, each of which takes what the other has not begun.
struct Two(ThreadPool);

impl Beside for Two {
    fn both<A: Send, B: Send>(
        &self,
        one: impl FnOnce() -> A + Send,
        other: impl FnOnce() -> B + Send,
    ) -> (A, B) {
        self.0.join(one, other)
    }
}

/// What a journal holds.
enum Entry {
    Event(Seq, Event),
    Decision(Decision),
    Marks(Marks),
}

/// The run, being made up.
struct Made {
    made: Vec<Entry>,
    seq: u64,
    nanos: i64,
    orders: u32,
    trip: u32,
    fills: u64,
    cents: i64,
    /// Fills of an order.
    parts: i64,
    is_over: bool,
    /// Room of what was folded, to be filled again: what is measured is not how entries are made.
    spare_tops: Vec<Vec<Quote>>,
    #[expect(clippy::vec_box, reason = "it is the room that is used again")]
    spare_fills: Vec<Box<Fill>>,
}

impl Made {
    fn of(parts: i64) -> Self {
        Self {
            made: Vec::new(),
            spare_tops: Vec::new(),
            spare_fills: Vec::new(),
            is_over: false,
            seq: 0,
            nanos: 0,
            orders: 0,
            trip: 0,
            fills: 0,
            cents: 6_000_000,
            parts,
        }
    }

    fn event(&mut self, body: Body) {
        self.nanos += 40_000_000_000;
        let ts = Ts::from_nanos(self.nanos);
        let event = Event { ts, body };
        self.made.push(Entry::Event(Seq(self.seq), event));
        self.seq += 1;
    }

    fn quote(&self, at: u16) -> Quote {
        let level = |cents: i64| Level {
            price: Price::new(cents + 2_000 * i64::from(at)),
            qty: Qty::new(100_000),
        };
        Quote {
            instrument: InstrumentId(at),
            bid: level(self.cents),
            ask: level(self.cents + 1 + i64::from(at)),
        }
    }

    fn marks(&mut self) {
        let step = self.seq.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        self.cents = 6_000_000 + (step % 20_000) as i64;
        let mut tops = self.spare_tops.pop().unwrap_or_default();
        tops.clear();
        tops.extend([self.quote(0), self.quote(1)]);
        let ts = Ts::from_nanos(self.nanos);
        self.made.push(Entry::Marks(Marks { ts, tops }));
    }

    /// Both legs decided on together, each answered by fills of the whole.
    fn pair(&mut self, role: LegRole) {
        self.marks();
        let trip = self.trip;
        let first = self.orders;
        self.orders += 2;
        let buys = role == LegRole::Entry;
        let place = |leg: u8| Place {
            order: OrderId {
                epoch: 1,
                n: first + u32::from(leg),
            },
            task: TaskId(0),
            instrument: InstrumentId(leg.into()),
            side: if buys == (leg == 0) {
                Side::Buy
            } else {
                Side::Sell
            },
            qty: Qty::new(QTY),
            limit: None,
            time_in_force: TimeInForce::ImmediateOrCancel,
            reduce_only: false,
            tag: LegTag { trip, leg, role },
        };
        let places = [place(0), place(1)];
        self.made.push(Entry::Decision(Decision {
            cause: Seq(self.seq),
            ts: Ts::from_nanos(self.nanos),
            task: TaskId(0),
            reason: if buys { "entry_edge" } else { "exit_edge" }.into(),
            numbers: vec![Number {
                name: "edge_bps".into(),
                value: Value::Signal(31.5),
            }],
            commands: places.map(Command::Place).into(),
            refusals: vec![],
            digest: 0,
        }));
        for place in places {
            for part in 0..self.parts {
                // What the division leaves is in the last one.
                let rest = if part + 1 == self.parts {
                    QTY % self.parts
                } else {
                    0
                };
                self.fill(&place, QTY / self.parts + rest);
            }
        }
    }

    fn fill(&mut self, place: &Place, qty: i64) {
        let top = self.quote(place.instrument.0);
        let price = if place.side == Side::Buy {
            top.ask.price
        } else {
            top.bid.price
        };
        let fee = Money::scaled(i128::from(price.mantissa() * qty) * 5, 11).unwrap_or_default();
        self.fills += 1;
        let fill = Fill {
            trade_id: self.fills,
            price: Price::new(price.mantissa() + if place.side == Side::Buy { 3 } else { -3 }),
            qty: Qty::new(qty),
            fee: Fee {
                asset: USDT,
                amount: fee,
                value: fee,
            },
            maker: false,
        };
        self.marks();
        let fill = match self.spare_fills.pop() {
            Some(mut room) => {
                *room = fill;
                room
            }
            None => Box::new(fill),
        };
        let kind = OrderEventKind::Filled(fill);
        let order = place.order;
        self.event(Body::Order(OrderEvent { order, kind }));
    }

    /// A round trip, with funding after the entry of every fiftieth.
    fn trip(&mut self) {
        self.trip += 1;
        self.pair(LegRole::Entry);
        if self.trip.is_multiple_of(50) {
            let (amount, rate) = (Money::new(1.into()), Money::ZERO);
            let instrument = InstrumentId(1);
            let funding = AccountEvent::Funding {
                instrument,
                amount,
                rate,
            };
            self.event(Body::Account(funding));
        }
        self.pair(LegRole::Exit);
    }

    /// What comes next, up to the end of so many fills; it gives back what was folded.
    fn batch(&mut self, fills: u64, mut folded: Vec<Entry>) -> Vec<Entry> {
        for entry in folded.drain(..) {
            match entry {
                Entry::Marks(marks) => self.spare_tops.push(marks.tops),
                Entry::Event(_, event) => self.spare_fills.extend(fill_of(event)),
                Entry::Decision(_) => {}
            }
        }
        let until = fills.min(self.fills + BATCH);
        while self.fills < until {
            self.trip();
        }
        if self.fills >= fills && !self.is_over {
            let tops = vec![self.quote(0), self.quote(1)];
            let ended = RunEnded {
                market_events: 0,
                tops,
            };
            self.event(Body::Run(Box::new(RunEvent::Ended(ended))));
            self.is_over = true;
        }
        std::mem::replace(&mut self.made, folded)
    }

    fn start(&mut self) {
        let started = RunStarted {
            run_id: [1; 16],
            scenario: String::new(),
            names: names(),
            seed: 1,
            epoch: 1,
            tape: vec![],
        };
        self.event(Body::Run(Box::new(RunEvent::Started(started))));
        for venue in 0..2 {
            let balance = AccountEvent::Balance {
                venue: VenueId(venue),
                asset: USDT,
                total: Money::new(100_000.into()),
            };
            self.event(Body::Account(balance));
        }
    }
}

fn fill_of(event: Event) -> Option<Box<Fill>> {
    match event.body {
        Body::Order(OrderEvent {
            kind: OrderEventKind::Filled(fill),
            ..
        }) => Some(fill),
        _ => None,
    }
}

/// The run is made up while it is folded, as a journal is read: two batches ahead at most, each in the place of one that
/// was folded.
fn play(fills: u64, parts: i64, two: &Two) -> Fold {
    let (made, batches) = sync_channel(2);
    let (folded, spent) = channel::<Vec<Entry>>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut run = Made::of(parts);
            run.start();
            while !run.is_over {
                let batch = run.batch(fills, spent.try_recv().unwrap_or_default());
                if made.send(batch).is_err() {
                    return;
                }
            }
        });
        let mut fold = Fold::new();
        for batch in batches {
            fold.beside(two, |fold| {
                batch.iter().for_each(|entry| take(fold, entry));
            });
            // Whoever made it may be through.
            let _ = folded.send(batch);
        }
        fold
    })
}

fn take(fold: &mut Fold, entry: &Entry) {
    match entry {
        Entry::Event(seq, event) => fold.event(*seq, event),
        Entry::Decision(decision) => fold.decision(decision),
        Entry::Marks(marks) => fold.marks(marks),
    }
}

/// The most memory that the process had, where the system tells.
fn peak_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(
        line.trim()
            .trim_end_matches("kB")
            .trim()
            .parse::<f64>()
            .ok()?
            / 1024.0,
    )
}

fn main() -> ExitCode {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let fills = number("ONETAPE_FILLS").unwrap_or(1_000_000);
    let parts = number("ONETAPE_PARTS").map_or(3, |parts| parts.max(1) as i64);
    let two = match ThreadPoolBuilder::new().num_threads(2).build() {
        Ok(pool) => Two(pool),
        Err(why) => {
            println!("two threads cannot be started: {why}");
            return ExitCode::FAILURE;
        }
    };
    let began = Instant::now();
    // What one thread gave back of its memory the other does not get: all but the text is made by these two.
    let (mut report, folded) = two.0.install(|| {
        let fold = play(fills, parts, &two);
        let folded = began.elapsed().as_secs_f64();
        let report = fold.finish_beside(Assumptions::default(), &two);
        (report, folded)
    });
    let finished = began.elapsed().as_secs_f64();
    let facts = RunFacts::default();
    let mut out: Box<dyn std::io::Write> = match std::env::var_os("ONETAPE_JSON") {
        Some(path) => match std::fs::File::create(&path) {
            Ok(file) => Box::new(file),
            Err(why) => {
                println!("{}: cannot be made: {why}", path.display());
                return ExitCode::FAILURE;
            }
        },
        None => Box::new(std::io::sink()),
    };
    if let Err(why) = write_json_beside(&mut out, &facts, &mut report, &two) {
        println!("the report cannot be written: {why}");
        return ExitCode::FAILURE;
    }
    let (seconds, peak) = (began.elapsed().as_secs_f64(), peak_mib());
    let shown = peak.map_or_else(|| "unknown".into(), |mib| format!("{mib:.0} MiB"));
    println!(
        "{fills} fills, {} round trips: {seconds:.2} s to JSON (folded {folded:.2}, finished {finished:.2}), peak memory {shown}",
        report.round_trips.len()
    );
    if seconds > SECONDS_MAX || peak.is_some_and(|mib| mib > MIB_MAX) {
        println!("above {SECONDS_MAX} s or {MIB_MAX} MiB");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
