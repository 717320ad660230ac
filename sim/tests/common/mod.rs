//! Runs through the whole machine: a list of market events, simulated venues, a desk with one task.
#![allow(dead_code, unreachable_pub)]

use std::cell::RefCell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::rc::Rc;
use std::sync::Arc;

use onetape_core::command::{LegTag, TimeInForce};
use onetape_core::decision::Decision;
use onetape_core::desk::{Desk, TaskTerms};
use onetape_core::engine::{Engine, Flow, Gateway, Machine, Tape};
use onetape_core::event::{
    Body, Control, DepthUpdate, Event, Level, OrderEventKind, Quote, TapeRow, Timer, Trade,
};
use onetape_core::instrument::{Instrument, InstrumentKind, MarginTier, Side};
use onetape_core::journal::{Durability, Journal, JournalError, MemoryStore, Mode, NullStore};
use onetape_core::market::{Market, TopFeed};
use onetape_core::names::{AssetId, InstrumentId, Names, TaskId, VenueId};
use onetape_core::num::{Bps, Money, Price, Qty};
use onetape_core::order::OrderId;
use onetape_core::risk::RiskLimits;
use onetape_core::strategy::{Context, Intents, NoSignals, OrderIntent, Task};
use onetape_core::stretch::Surveyor;
use onetape_core::task::{Standing, TaskState};
use onetape_core::time::{Span, Ts};
use onetape_sim::{
    Delay, FaultPlan, FeeAsset, FeedDelay, Fees, Given, Latency, Liquidity, MarginMode, QueueModel,
    SelfTrade, Shared, SimConfig, Stopped, VenueConfig, Wanting, World,
};

pub const SPOT: InstrumentId = InstrumentId(0);
pub const FUTURES: InstrumentId = InstrumentId(1);
pub const INVERSE: InstrumentId = InstrumentId(2);
/// The pair of [`SPOT`] at the venue of the futures.
pub const OTHER_SPOT: InstrumentId = InstrumentId(3);
/// Spot at two more venues.
pub const SPOT_B: InstrumentId = InstrumentId(4);
pub const SPOT_C: InstrumentId = InstrumentId(5);
/// Another coin at the venue of [`SPOT`], for its coin and for its money.
pub const CROSS: InstrumentId = InstrumentId(6);
pub const OTHER_COIN: InstrumentId = InstrumentId(7);
pub const MS: i64 = 1_000_000;

pub fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

/// Spot at venue 0; a linear and an inverse future and the same spot at venue 1; spot at the venues 2 and 3; another coin
/// at venue 0. Prices of 1 decimal, base quantities of 3.
pub fn names() -> Names {
    let kinds = [
        (InstrumentKind::Spot, 0),
        (InstrumentKind::Linear, 1),
        (InstrumentKind::Inverse, 1),
        (InstrumentKind::Spot, 1),
        (InstrumentKind::Spot, 2),
        (InstrumentKind::Spot, 3),
        (InstrumentKind::Spot, 0),
        (InstrumentKind::Spot, 0),
    ];
    let instrument = |(at, (kind, venue)): (usize, (InstrumentKind, u16))| {
        let inverse = kind == InstrumentKind::Inverse;
        Instrument {
            id: InstrumentId(at as u16),
            name: format!("venue:{at}"),
            venue: VenueId(venue),
            symbol: at.to_string(),
            kind,
            base: AssetId(if at >= CROSS.index() { 3 } else { 0 }),
            quote: AssetId(u16::from(at != CROSS.index())),
            price_decimals: if at == CROSS.index() { 4 } else { 1 },
            qty_decimals: if inverse { 0 } else { 3 },
            tick: Price::new(1),
            lot: Qty::new(1),
            min_qty: Qty::new(1),
            max_qty: Qty::ZERO,
            min_notional: Money::ZERO,
            contract_value: money(if inverse { "100" } else { "1" }),
            inferred: false,
            tiers: Vec::new(),
        }
    };
    Names {
        venues: ["spot", "futures", "spot-b", "spot-c"]
            .map(Into::into)
            .into(),
        assets: vec!["BTC".into(), "USDT".into(), "BNB".into(), "ETH".into()],
        instruments: kinds.into_iter().enumerate().map(instrument).collect(),
        tasks: vec!["task".into()],
    }
}

/// What a run goes by.
#[derive(Clone, Debug)]
pub struct Plan {
    pub liquidity: Liquidity,
    pub feed: TopFeed,
    pub latency: [Latency; 2],
    pub fee_asset: FeeAsset,
    pub leverage: u32,
    pub margin: MarginMode,
    pub liquidation_fee: Bps,
    pub tiers: Vec<MarginTier>,
    pub wallet: &'static str,
    pub coins: &'static str,
    pub limits: RiskLimits,
    pub windows: bool,
    /// What the task is ordered to do, and the card and parameters that it is changed by.
    pub controls: Vec<(Ts, Control)>,
    pub terms: TaskTerms,
    pub queue: QueueModel,
    pub faults: Option<FaultPlan>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            liquidity: Liquidity::Book,
            feed: TopFeed::Quote,
            latency: [Latency::default(), Latency::default()],
            fee_asset: FeeAsset::Quote,
            leverage: 1,
            margin: MarginMode::Cross,
            liquidation_fee: Bps::default(),
            tiers: Vec::new(),
            wallet: "1000",
            coins: "5",
            limits: RiskLimits::default(),
            windows: true,
            controls: Vec::new(),
            terms: TaskTerms::default(),
            queue: QueueModel::Through,
            faults: None,
        }
    }
}

pub fn latency(feed: i64, order: i64, answer: i64) -> Latency {
    Latency {
        feed: FeedDelay::Modelled(Delay::Constant(Span::from_millis(feed))),
        order: Delay::Constant(Span::from_millis(order)),
        answer: Delay::Constant(Span::from_millis(answer)),
    }
}

impl Plan {
    pub fn sim(&self) -> SimConfig {
        let venue = |at: usize| VenueConfig {
            venue: VenueId(at as u16),
            fees: Fees {
                maker: Bps::parse("2").unwrap(),
                taker: Bps::parse("10").unwrap(),
                asset: self.fee_asset,
            },
            tiers: None,
            latency: self.latency[at % 2].clone(),
            balances: vec![
                (AssetId(0), money(self.coins)),
                (AssetId(1), money(self.wallet)),
                (AssetId(2), money("0.5")),
            ],
            leverage: self.leverage,
            margin: self.margin,
            liquidation_fee: self.liquidation_fee,
            rate_limits: Vec::new(),
            self_trade: SelfTrade::default(),
        };
        SimConfig {
            liquidity: self.liquidity,
            queue: self.queue,
            seed: 1,
            venues: (0..4).map(venue).collect(),
            faults: self.faults.clone(),
        }
    }
}

/// A list as a tape.
pub struct List(VecDeque<Event>);

impl List {
    pub fn new(events: &[Event]) -> Self {
        Self(events.iter().cloned().collect())
    }
}

impl Tape for List {
    type Error = Infallible;
    type Block = Vec<TapeRow>;

    fn next_block(&mut self, mut spent: Vec<TapeRow>) -> Result<Vec<TapeRow>, Infallible> {
        spent.clear();
        // Small blocks, so that every run crosses their seams.
        spent.extend(self.0.drain(..self.0.len().min(3)).map(|event| TapeRow {
            event,
            ts_venue: Ts::UNKNOWN,
        }));
        Ok(spent)
    }
}

/// What came of a run.
pub struct Ran {
    /// Everything that is not the market's, as it reached the desk.
    pub news: Vec<Event>,
    pub hash: u128,
    pub decisions: Vec<Decision>,
    pub ledger: onetape_core::ledger::Ledger,
    pub surprises: u64,
    pub orders: usize,
    /// The journal's bytes, and the state at the end.
    pub journal: Vec<u8>,
    pub state: Vec<u8>,
}

impl Ran {
    /// Fills as `(time in ms, order, price mantissa, quantity mantissa)`.
    pub fn fills(&self) -> Vec<(i64, u32, i64, i64)> {
        let fill = |event: &Event| match &event.body {
            Body::Order(news) => match &news.kind {
                OrderEventKind::Filled(fill) => Some((
                    event.ts.nanos() / MS,
                    news.order.n,
                    fill.price.mantissa(),
                    fill.qty.mantissa(),
                )),
                _ => None,
            },
            _ => None,
        };
        self.news.iter().filter_map(fill).collect()
    }
}

/// An engine, and what was told and decided.
struct Watched<'a> {
    engine: Engine<Journal<MemoryStore>>,
    news: Vec<Event>,
    decisions: Vec<Decision>,
    last: Ts,
    /// A task that goes on to try what is refused for good has tried enough by then.
    until: Ts,
    restarts: Option<Restarts<'a>>,
}

/// After so many events the engine is thrown away, and one takes its place that was restored from its state.
struct Restarts<'a> {
    every: usize,
    events: usize,
    fresh: Box<dyn Fn() -> (Market, Desk) + 'a>,
}

impl Restarts<'_> {
    fn saw(&mut self, engine: &mut Engine<Journal<MemoryStore>>) {
        self.events += 1;
        if !self.events.is_multiple_of(self.every) {
            return;
        }
        let state = engine.save(Vec::new()).unwrap();
        let (market, desk) = (self.fresh)();
        // The journal goes on as that of a life before.
        let empty = || Journal::new(MemoryStore::default(), [7; 16], Mode::Full);
        let journal = std::mem::replace(engine.journal_mut(), empty());
        let mut restored = Engine::new(market, desk, journal, Durability::Process);
        restored.restore(&state).unwrap();
        let again = restored.save(Vec::new()).unwrap();
        assert!(
            again == state,
            "what was restored is written down as it was"
        );
        *engine = restored;
    }
}

impl Machine for Watched<'_> {
    type Error = JournalError<Infallible>;
    type Block = Vec<TapeRow>;

    fn step(&mut self, event: &Event, gateway: &mut impl Gateway) -> Result<Flow, Self::Error> {
        assert!(event.ts >= self.last, "time went back to {event:?}");
        self.last = event.ts;
        if event.ts > self.until {
            return Ok(Flow::Stop);
        }
        self.engine.step(event, gateway)?;
        self.decisions.extend_from_slice(self.engine.decisions());
        if let Some(task) = self.engine.desk().status(TaskId(0)) {
            // What fills while a task is at rest is mended; nothing else of it is at work.
            let at_rest = matches!(task.state, TaskState::Paused | TaskState::Done);
            assert!(!at_rest || task.orders == 0 || task.standing == Standing::Repairing);
        }
        if !event.body.is_market() {
            let last = self.news.len().saturating_sub(20);
            assert!(
                self.news.len() < 100_000,
                "no end: {:?}",
                &self.news[last..]
            );
            self.news.push(event.clone());
        }
        if let Some(restarts) = &mut self.restarts {
            restarts.saw(&mut self.engine);
        }
        Ok(Flow::Go)
    }

    fn deadline(&self) -> Option<(Ts, Timer)> {
        self.engine.desk().next_deadline()
    }

    fn market(&self) -> &Market {
        self.engine.market()
    }
}

/// Runs `task` over `events`.
pub fn run(plan: &Plan, events: &[Event], task: Box<dyn Task>) -> Ran {
    let names = plan.names();
    let desk = plan.desk(&names, task);
    run_desk(plan, events, &names, desk, None)
}

/// Runs a task over `events`, restoring it from its state after so many each time.
pub fn run_restored(
    plan: &Plan,
    events: &[Event],
    task: impl Fn() -> Box<dyn Task>,
    every: usize,
) -> Ran {
    let names = plan.names();
    let (given, known) = (plan.clone(), names.clone());
    let desk = plan.desk(&names, task());
    let fresh = move || (given.market(&known), given.desk(&known, task()));
    let restarts = Restarts {
        every,
        events: 0,
        fresh: Box::new(fresh),
    };
    run_desk(plan, events, &names, desk, Some(restarts))
}

impl Plan {
    fn names(&self) -> Arc<Names> {
        let mut names = names();
        for future in &mut names.instruments[1..3] {
            future.tiers.clone_from(&self.tiers);
        }
        Arc::new(names)
    }

    fn market(&self, names: &Names) -> Market {
        let feeds = vec![self.feed; names.instruments.len()];
        Market::new(&names.instruments, &feeds)
    }

    fn desk(&self, names: &Arc<Names>, task: Box<dyn Task>) -> Desk {
        let mut desk = Desk::new(names.clone(), self.limits.clone(), 1, vec![task]);
        desk.set_terms(TaskId(0), self.terms.clone());
        desk
    }
}

fn run_desk(
    plan: &Plan,
    events: &[Event],
    names: &Arc<Names>,
    desk: Desk,
    restarts: Option<Restarts<'_>>,
) -> Ran {
    let list = List::new(events);
    let world = World::new(names.clone(), plan.sim(), plan.market(names), list);
    let world = world.with_controls(plan.controls.clone());
    let mut world = if plan.windows {
        world
    } else {
        world.without_windows()
    };
    let journal = Journal::new(MemoryStore::default(), [7; 16], Mode::Full);
    let market = plan.market(names);
    let mut watched = Watched {
        engine: Engine::new(market, desk, journal, Durability::Process),
        news: Vec::new(),
        decisions: Vec::new(),
        last: Ts::default(),
        until: Ts::from_nanos(120_000_000_000),
        restarts,
    };
    world.run(&mut watched).unwrap();
    let engine = watched.engine;
    Ran {
        news: watched.news,
        hash: engine.journal().decisions_hash(),
        decisions: watched.decisions,
        ledger: engine.desk().ledger().clone(),
        surprises: engine.desk().orders().surprises,
        orders: engine.desk().orders().len(),
        // A task of a test's own need not be one that can be written down.
        state: engine.save(Vec::new()).unwrap_or_default(),
        journal: engine.finish().unwrap().into_bytes(),
    }
}

/// An engine that is given its rows in stretches, and what it decided.
struct Lane {
    engine: Engine<Journal<NullStore>>,
    decisions: Vec<Decision>,
    passed: usize,
}

impl Machine for Lane {
    type Error = JournalError<Infallible>;
    type Block = Shared;

    fn step(&mut self, event: &Event, gateway: &mut impl Gateway) -> Result<Flow, Self::Error> {
        self.engine.step(event, gateway)?;
        self.decisions.extend_from_slice(self.engine.decisions());
        Ok(Flow::Go)
    }

    fn pass_over(&mut self, block: &Shared, from: usize, stop: Ts) -> usize {
        let stretch = block.stretch();
        let passed = stretch.map_or(0, |stretch| self.engine.pass_over(stretch, from, stop));
        self.passed += passed;
        passed
    }

    fn catch_up(&mut self, block: &Shared, to: usize) {
        if let Some(stretch) = block.stretch() {
            self.engine.catch_up(stretch, to);
        }
    }

    fn deadline(&self) -> Option<(Ts, Timer)> {
        self.engine.desk().next_deadline()
    }

    fn market(&self) -> &Market {
        self.engine.market()
    }
}

/// What came of a run that shares its rows: decisions, their hash, and how many rows the desk passed over.
pub type Passed = (Vec<Decision>, u128, usize);

/// Runs `task` over `events` as one of many would: in stretches of so many rows, with their signals worked out before.
pub fn run_in_stretches(plan: &Plan, events: &[Event], task: Box<dyn Task>, rows: usize) -> Passed {
    let mut names = names();
    for future in &mut names.instruments[1..3] {
        future.tiers.clone_from(&plan.tiers);
    }
    let names = Arc::new(names);
    let market = || {
        Market::new(
            &names.instruments,
            &vec![plan.feed; names.instruments.len()],
        )
    };
    // Whatever the patience and the marks: some of the lengths give each.
    let world = World::new(names.clone(), plan.sim(), market(), Given::default());
    let world = world.with_controls(plan.controls.clone());
    let mut world = world.with_patience(rows as u32 % 4);
    let mut desk = Desk::new(names.clone(), plan.limits.clone(), 1, vec![task]);
    desk.set_terms(TaskId(0), plan.terms.clone());
    let every = NonZeroUsize::new(1 + rows % 7).unwrap();
    let surveyor = Surveyor::new(market(), names.instruments.len(), desk.lookouts());
    let mut surveyor = surveyor.marked_every(every);
    let journal = Journal::new(NullStore, [7; 16], Mode::None);
    let mut lane = Lane {
        engine: Engine::new(market(), desk, journal, Durability::Process),
        decisions: Vec::new(),
        passed: 0,
    };
    let mut list = List::new(events).0;
    while !list.is_empty() {
        let taken = list.drain(..rows.min(list.len()));
        let taken = taken.map(|event| TapeRow {
            event,
            ts_venue: Ts::UNKNOWN,
        });
        if let Some(stretch) = surveyor.survey(taken.collect()) {
            world.tape_mut().give(Arc::new(stretch));
            assert_eq!(world.run(&mut lane), Err(Stopped::Tape(Wanting)));
        }
    }
    world.tape_mut().give(Arc::new(surveyor.finish().unwrap()));
    world.tape_mut().end();
    assert_eq!(world.run(&mut lane), Ok(()));
    let last = world.tape().last().unwrap().clone();
    let end = last.as_ref().as_ref().len();
    lane.engine.catch_up(&last, end);
    assert_eq!(
        lane.engine.market().tops(),
        surveyor.market().tops(),
        "the market is where the tape ends"
    );
    let hash = lane.engine.journal().decisions_hash();
    (lane.decisions, hash, lane.passed)
}

/// What a scripted task does on its n-th market event.
#[derive(Clone, Debug)]
pub enum Act {
    Place(OrderIntent),
    /// Takes back the n-th order that it placed.
    Cancel(usize),
    /// Asks for a timer this many milliseconds later.
    Wake(i64),
}

/// Does what a list says, event by event.
pub struct Script {
    legs: Vec<InstrumentId>,
    acts: VecDeque<(usize, Act)>,
    seen: usize,
    sent: Vec<OrderId>,
    /// When each of its timers came, in milliseconds.
    pub timers: Rc<RefCell<Vec<i64>>>,
}

impl Script {
    /// `acts` by number of market event from 1, in order.
    pub fn new(acts: impl IntoIterator<Item = (usize, Act)>) -> Self {
        Self {
            legs: vec![SPOT, FUTURES, INVERSE],
            acts: acts.into_iter().collect(),
            seen: 0,
            sent: Vec::new(),
            timers: Rc::default(),
        }
    }
}

impl Task for Script {
    fn legs(&self) -> &[InstrumentId] {
        &self.legs
    }

    fn on_event(
        &mut self,
        cx: &Context<'_, NoSignals>,
        event: &Event,
        out: &mut Intents<'_>,
    ) -> bool {
        if let Body::Timer(_) = event.body {
            self.timers.borrow_mut().push(cx.now.nanos() / MS);
        }
        if !event.body.is_market() {
            return true;
        }
        self.seen += 1;
        while self.acts.front().is_some_and(|(at, _)| *at <= self.seen) {
            match self.acts.pop_front().unwrap().1 {
                Act::Place(intent) => self.sent.extend(out.place(intent)),
                Act::Wake(millis) => out.wake_at(cx.now + Span::from_millis(millis), 7),
                Act::Cancel(at) if at < self.sent.len() => out.cancel(self.sent[at]),
                Act::Cancel(_) => {}
            }
        }
        true
    }

    fn explain(&self, _: &Context<'_, NoSignals>, _: &mut onetape_core::strategy::Numbers) {}
}

pub fn intent(
    instrument: InstrumentId,
    side: Side,
    qty: i64,
    limit: Option<i64>,
    time_in_force: TimeInForce,
) -> OrderIntent {
    OrderIntent {
        instrument,
        side,
        qty: Qty::new(qty),
        limit: limit.map(Price::new),
        time_in_force,
        reduce_only: false,
        tag: LegTag::default(),
    }
}

/// Buys or sells at once, at any price.
pub fn take(instrument: InstrumentId, side: Side, qty: i64) -> Act {
    Act::Place(intent(
        instrument,
        side,
        qty,
        None,
        TimeInForce::ImmediateOrCancel,
    ))
}

/// A quote of 1 decimal prices and 3 decimal quantities at a time in milliseconds.
pub fn quote(ms: i64, instrument: InstrumentId, bid: (i64, i64), ask: (i64, i64)) -> Event {
    let level = |(price, qty)| Level {
        price: Price::new(price),
        qty: Qty::new(qty),
    };
    Event {
        ts: Ts::from_nanos(ms * MS),
        body: Body::Quote(Quote {
            instrument,
            bid: level(bid),
            ask: level(ask),
        }),
    }
}

fn levels(of: &[(i64, i64)]) -> Vec<Level> {
    let level = |&(price, qty): &(i64, i64)| Level {
        price: Price::new(price),
        qty: Qty::new(qty),
    };
    of.iter().map(level).collect()
}

/// A depth message; `id` counts them from 1 without a hole.
pub fn depth(ms: i64, id: u64, snapshot: bool, bids: &[(i64, i64)], asks: &[(i64, i64)]) -> Event {
    Event {
        ts: Ts::from_nanos(ms * MS),
        body: Body::Depth(Box::new(DepthUpdate {
            instrument: SPOT,
            snapshot,
            first: id,
            last: id,
            prev: None,
            bids: levels(bids),
            asks: levels(asks),
        })),
    }
}

pub fn trade(ms: i64, instrument: InstrumentId, price: i64, qty: i64, aggressor: Side) -> Event {
    Event {
        ts: Ts::from_nanos(ms * MS),
        body: Body::Trade(Trade {
            instrument,
            price: Price::new(price),
            qty: Qty::new(qty),
            aggressor,
        }),
    }
}
