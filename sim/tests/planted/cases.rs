//! What a seed runs: strategies, parameters, limits, orders of a person, and what goes wrong.

use std::sync::Arc;

use onetape_core::event::Control;
use onetape_core::market::TopFeed;
use onetape_core::names::{InstrumentId, Names};
use onetape_core::num::{Bps, Qty};
use onetape_core::risk::{FeeIn, FundsRules, Guards, RiskLimits, VenueTerms};
use onetape_core::strategies::{
    delta_neutral, delta_neutral_3x, market_maker, multi_spot, spot_futures, spot_spot,
};
use onetape_core::strategy::{Setup, Solo, Task};
use onetape_core::time::{Span, Ts};
use onetape_sim::{FaultPlan, FaultRates, FeeAsset};

use crate::common::*;
use crate::draws::Draws;
use crate::markets::{CALM_MS, FIRST_MS, LAST_MS};

/// How a task is made: with the strategy's own wakes, or called for everything.
type Make = Box<dyn Fn(&Names, bool) -> Box<dyn Task>>;

/// What a seed runs.
pub(crate) struct Case {
    pub(crate) names: Arc<Names>,
    pub(crate) plan: Plan,
    /// The legs that the tape tells of, and how.
    pub(crate) feeds: Vec<(InstrumentId, TopFeed)>,
    /// The legs of each task.
    pub(crate) legs: Vec<Vec<InstrumentId>>,
    /// How long each may be out of balance.
    pub(crate) patience: Vec<Option<Span>>,
    make: Vec<Make>,
}

impl Case {
    /// The tasks anew.
    pub(crate) fn tasks(&self, always: bool) -> Vec<Box<dyn Task>> {
        self.make
            .iter()
            .map(|make| make(&self.names, always))
            .collect()
    }

    pub(crate) fn top_feeds(&self) -> Vec<TopFeed> {
        let mut feeds = vec![TopFeed::Quote; self.names.instruments.len()];
        for (id, feed) in &self.feeds {
            feeds[id.index()] = *feed;
        }
        feeds
    }

    fn add(&mut self, legs: &[InstrumentId], patience: Option<&str>, make: Make) {
        self.legs.push(legs.to_vec());
        self.patience.push(patience.and_then(Span::parse));
        self.make.push(make);
    }

    fn quotes(&mut self, legs: &[InstrumentId]) {
        self.feeds = legs.iter().map(|id| (*id, TopFeed::Quote)).collect();
    }
}

/// A task of a strategy on these legs with these parameters.
macro_rules! task {
    ($strategy:ident, $legs:expr, $fee:literal, $params:expr) => {{
        let (legs, params) = ($legs.to_vec(), $params.to_vec());
        Box::new(move |names: &Names, always: bool| -> Box<dyn Task> {
            let setup = Setup {
                names,
                legs: legs.clone(),
                taker_fees: vec![Bps::parse($fee).unwrap(); legs.len()],
                params: $strategy::SPEC.card.read(params.iter().copied()).unwrap(),
            };
            let solo = Solo::new($strategy::checked(&setup).unwrap(), legs.clone());
            Box::new(if always { solo.always() } else { solo })
        })
    }};
}

/// The case of a seed.
pub(crate) fn case(seed: u64, redraw: u32) -> Case {
    let mut draws = Draws::new(seed, 2);
    let mut names = names();
    // Lots of several sizes, so that what is left of one leg cannot always be traded on the other.
    let [spot, future] = draws.one_of(&[[1, 1], [1, 5], [2, 5]]);
    for (at, instrument) in names.instruments.iter_mut().enumerate() {
        let lot = Qty::new(if at == FUTURES.index() { future } else { spot });
        (instrument.lot, instrument.min_qty) = (lot, lot);
    }
    let mut case = Case {
        plan: plan(seed, redraw, &mut draws),
        names: Arc::new(names),
        feeds: Vec::new(),
        legs: Vec::new(),
        patience: Vec::new(),
        make: Vec::new(),
    };
    match seed % 8 {
        0 | 1 => pair(&mut case, seed % 8 == 1, &mut draws),
        2 => switching(&mut case),
        3 => crowd(&mut case),
        4 => makers(&mut case),
        5 => slices(&mut case, &mut draws),
        6 => spots(&mut case),
        _ => three(&mut case),
    }
    let names = Arc::make_mut(&mut case.names);
    names.tasks = (0..case.legs.len()).map(|n| format!("task-{n}")).collect();
    case
}

fn plan(seed: u64, redraw: u32, draws: &mut Draws) -> Plan {
    let lag =
        |draws: &mut Draws| latency(draws.within(0, 4), draws.within(1, 8), draws.within(1, 8));
    let faults = FaultPlan {
        rates: FaultRates::swarm(seed, redraw),
        until: Some(Ts::from_nanos(CALM_MS * MS)),
        ..FaultPlan::new(seed)
    };
    Plan {
        latency: [lag(draws), lag(draws)],
        fee_asset: draws.one_of(&[FeeAsset::Quote, FeeAsset::Quote, FeeAsset::Received]),
        limits: RiskLimits {
            max_book_age: Some(Span::from_millis(2_000)),
            guards: Guards {
                collar_mid: Some(Bps::parse("25").unwrap()),
                ..Guards::default()
            },
            ..RiskLimits::default()
        },
        controls: controls(draws),
        faults: Some(faults),
        ..Plan::default()
    }
}

/// A person pauses or halts some runs for a while; some halts last over midnight. In the end nothing is entered any more,
/// so that what is open can be mended before the tape is over.
fn controls(draws: &mut Draws) -> Vec<(Ts, Control)> {
    let at = |ms: i64| Ts::from_nanos(ms * MS);
    let mut controls = vec![(at(LAST_MS - 8_000), Control::Pause)];
    let word = match draws.within(0, 6) {
        0 | 1 => Control::Halt,
        2 => Control::Pause,
        _ => return controls,
    };
    let from = FIRST_MS + draws.within(2_000, 32_000);
    let until = from + draws.within(2_000, 12_000);
    controls.splice(..0, [(at(from), word), (at(until), Control::Resume)]);
    controls
}

const PAIR: [InstrumentId; 2] = [SPOT, FUTURES];

fn pair(case: &mut Case, depth: bool, draws: &mut Draws) {
    case.quotes(&PAIR);
    if depth {
        case.feeds[0].1 = TopFeed::Depth;
    }
    let params: [&[(&'static str, &'static str)]; 4] = [
        &[
            ("quantity", "0.04"),
            ("min_entry_edge_bps", "15"),
            ("exit.edge_bps", "-4"),
            ("exit.max_age", "3s"),
        ],
        &[
            ("notional", "60"),
            ("min_entry_edge_bps", "8"),
            ("exit.edge_bps", "-4"),
            ("exit.max_age", "2s"),
            ("repair.attempts", "1"),
            ("repair.delay", "20ms"),
            ("leg.fill_timeout", "100ms"),
        ],
        &[
            ("notional", "60"),
            ("min_entry_edge_bps", "8"),
            ("exit.max_age", "1s"),
            ("cap_to_depth", "false"),
            ("repair.attempts", "20"),
            ("repair.slippage_bps", "4"),
            ("hedge.deadline", "1s"),
        ],
        &[
            ("quantity", "0.05"),
            ("min_entry_edge_bps", "10"),
            ("exit.edge_bps", "-5"),
            ("exit.max_age", "5s"),
            ("cap_to_depth", "false"),
            ("max_slippage_bps", "0"),
        ],
    ];
    let at = draws.within(0, 4) as usize;
    let patience = if at == 2 { "1s" } else { "3s" };
    let task = task!(spot_futures, PAIR, "10", params[at]);
    case.add(&PAIR, Some(patience), task);
}

fn switching(case: &mut Case) {
    let legs = [SPOT, SPOT_B, SPOT_C, FUTURES];
    case.quotes(&legs);
    let params = [
        ("quantity", "0.04"),
        ("mode", "spot_switching"),
        ("min_entry_net_bps", "0"),
        ("exit.max_age", "8s"),
        ("switch.cooldown", "100ms"),
        ("cap_to_depth", "false"),
    ];
    // The time that a move has, with orders that nobody knows of, and then the time that mending has.
    case.add(&legs, Some("6s"), task!(multi_spot, legs, "1", params));
}

/// Every order must be payable, with the fees that the venues really take.
fn funds(plan: &Plan) -> FundsRules {
    let terms = plan.sim().venues.into_iter().map(|venue| VenueTerms {
        venue: venue.venue,
        fee: venue.fees.taker,
        charged: match venue.fees.asset {
            FeeAsset::Received => FeeIn::Received,
            _ => FeeIn::Quote,
        },
        leverage: venue.leverage,
    });
    FundsRules {
        check: true,
        venues: terms.collect(),
        ..FundsRules::default()
    }
}

/// Three that want the same at the same moment, with room for two.
fn crowd(case: &mut Case) {
    case.quotes(&PAIR);
    case.plan.wallet = "1000";
    case.plan.limits.max_position_notional = Some(money("150"));
    case.plan.limits.funds = Some(funds(&case.plan));
    for _ in 0..3 {
        let params = [
            ("notional", "60"),
            ("min_entry_edge_bps", "10"),
            ("exit.edge_bps", "-4"),
            ("exit.max_age", "2s"),
        ];
        case.add(&PAIR, Some("3s"), task!(spot_futures, PAIR, "10", params));
    }
}

/// Two that quote one book and a pair that takes from it, with little money.
fn makers(case: &mut Case) {
    case.quotes(&PAIR);
    case.plan.wallet = "130";
    case.plan.limits.funds = Some(funds(&case.plan));
    for quantity in ["0.02", "0.03"] {
        let params = [("quantity", quantity), ("max_inventory", "0.06")];
        case.add(&[SPOT], None, task!(market_maker, [SPOT], "10", params));
    }
    let params = [
        ("notional", "40"),
        ("min_entry_edge_bps", "8"),
        ("exit.max_age", "1s"),
    ];
    case.add(&PAIR, Some("3s"), task!(spot_futures, PAIR, "10", params));
}

fn slices(case: &mut Case, draws: &mut Draws) {
    case.quotes(&PAIR);
    let tolerance = draws.one_of(&["1", "4"]);
    let params = [
        ("total_quantity", "0.4"),
        ("order_quantity.buy", "0.02"),
        ("order_quantity.sell", "0.02"),
        ("tick_tolerance.buy", tolerance),
        ("max_imbalance", "0.03"),
    ];
    // What it builds is out of balance on purpose, within bounds of its own.
    case.add(&[], None, task!(delta_neutral, PAIR, "10", params));
}

fn spots(case: &mut Case) {
    let legs = [SPOT, OTHER_SPOT];
    case.quotes(&legs);
    case.plan.limits.funds = Some(funds(&case.plan));
    let params = [
        ("notional", "60"),
        ("min_entry_edge_bps", "12"),
        ("exit.edge_bps", "-4"),
        ("exit.max_age", "2s"),
        ("dispatch", "parallel"),
    ];
    case.add(&legs, Some("3s"), task!(spot_spot, legs, "10", params));
}

fn three(case: &mut Case) {
    let legs = [SPOT, SPOT_B, FUTURES];
    case.quotes(&legs);
    let params = [
        ("quantity", "0.08"),
        ("band_bps", "5000"),
        ("min_entry_net_bps", "0"),
        ("exit.max_age", "6s"),
        ("shift.cooldown", "100ms"),
        ("cap_to_depth", "false"),
    ];
    case.add(
        &legs,
        Some("6s"),
        task!(delta_neutral_3x, legs, "1", params),
    );
}
