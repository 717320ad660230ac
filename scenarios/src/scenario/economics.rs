//! Can a round trip pay its costs?

use std::collections::BTreeMap;

use onetape_core::num::Bps;
use onetape_core::strategy::params::{Capture, LegSpec, ParamValue, Params, StrategyCard};

use super::error::Problems;
use super::model::{Scenario, Task, Venue};

/// What a round trip of one task costs, and what its exits leave.
#[derive(Clone, Debug, PartialEq)]
pub struct BreakEven {
    /// The task's name.
    pub task: String,
    /// Taker fees by leg.
    pub legs: Vec<LegCost>,
    /// All fills of a round trip; of alternatives the dearest.
    pub cost_bps: Bps,
    /// Exits that promise a gross edge; may be none.
    pub exits: Vec<Exit>,
    /// What an exit by profit asks of prices, where there is one.
    pub target: Option<Target>,
    /// A loss is allowed.
    pub allow_negative_edge: bool,
}

/// What an exit by a profit after all fees asks of prices: of the first order, entry edge + exit edge = fees + profit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// Gross edge of the entry, positive is good.
    pub entry_bps: Bps,
    /// What is to be left after all fees.
    pub profit_bps: Bps,
    /// The exit's gross edge at which nothing is won or lost.
    pub even_bps: Bps,
    /// The exit's gross edge at which the profit is there.
    pub needed_bps: Bps,
}

/// The parameters that a target is of.
pub(crate) const TARGET: [&str; 2] = ["min_entry_edge_bps", "exit.profit_bps"];

impl Target {
    fn of(params: &Params, cost_bps: Bps) -> Option<Self> {
        let [entry, profit] = TARGET.map(|name| params.bps(name));
        let (entry_bps, profit_bps) = entry.zip(profit)?;
        let even_bps = cost_bps - entry_bps;
        Some(Self {
            entry_bps,
            profit_bps,
            even_bps,
            needed_bps: even_bps + profit_bps,
        })
    }
}

impl BreakEven {
    /// What a person should know of it besides its numbers.
    pub fn warning(&self) -> Option<String> {
        let target = self
            .target
            .filter(|target| target.entry_bps < Bps::default())?;
        let [entry, profit] = TARGET;
        Some(format!(
            "task {}: it may enter at a cost of {} bps, which buys the dear leg: the prices must turn until closing earns \
             {} bps before `{profit}` is there, and {} before nothing is lost; raise `{entry}` to 0 or more where that is \
             not what is meant",
            self.task,
            bps_text(Bps::default() - target.entry_bps),
            bps_text(target.needed_bps),
            bps_text(target.even_bps),
        ))
    }
}

/// Taker fees of one leg.
#[derive(Clone, Debug, PartialEq)]
pub struct LegCost {
    /// The leg.
    pub leg: &'static str,
    /// Its venue.
    pub venue: String,
    /// Fee of one fill.
    pub taker_bps: Bps,
    /// Of all its fills in a round trip.
    pub cost_bps: Bps,
    /// A round trip trades one of several legs of which this is one.
    pub alternative: bool,
}

/// One way out, and what it leaves.
#[derive(Clone, Debug, PartialEq)]
pub struct Exit {
    /// Edges of the entry and of this exit, with the parameters that set them.
    pub capture: Capture,
    /// The exit promises an edge of its own.
    pub has_edge: bool,
    /// Gross less the cost of all legs; what is judged after all costs, as it is.
    pub net_bps: Bps,
}

/// A number of basis points in its shortest text.
pub(crate) fn bps_text(bps: Bps) -> String {
    ParamValue::Bps(bps).to_string()
}

impl Scenario {
    /// The break-even card of every task, in their order.
    pub fn break_even(&self, cards: &[StrategyCard]) -> Vec<BreakEven> {
        let tasks = self.tasks.iter();
        tasks
            .filter_map(|task| break_even(task, &self.venues, cards))
            .collect()
    }
}

/// `None` when a venue of the task or its strategy is not known.
fn break_even(
    task: &Task,
    venues: &BTreeMap<String, Venue>,
    cards: &[StrategyCard],
) -> Option<BreakEven> {
    let card = cards.iter().find(|card| card.name == task.strategy)?;
    let mut legs = Vec::new();
    let (mut cost_bps, mut dearest) = (Bps::default(), None);
    for leg in &task.legs {
        let taker_bps = venues.get(&leg.instrument.venue)?.fees.taker_bps;
        let spec = card.leg(leg.name);
        let alternative = spec.is_some_and(LegSpec::is_alternative);
        let fills = spec.map_or(2, LegSpec::fills);
        let leg_bps = (0..fills).fold(Bps::default(), |sum, _| sum + taker_bps);
        if alternative {
            dearest = dearest.max(Some(leg_bps));
        } else {
            cost_bps = cost_bps + leg_bps;
        }
        legs.push(LegCost {
            leg: leg.name,
            venue: leg.instrument.venue.clone(),
            taker_bps,
            cost_bps: leg_bps,
            alternative,
        });
    }
    let cost_bps = cost_bps + dearest.unwrap_or_default();
    let exits = (card.captures)(&task.params).into_iter();
    let exits = exits.map(|capture| Exit {
        capture,
        has_edge: card.has_exit_edge(&capture),
        net_bps: if capture.after_costs {
            capture.gross_bps()
        } else {
            capture.gross_bps() - cost_bps
        },
    });
    Some(BreakEven {
        task: task.name.clone(),
        legs,
        cost_bps,
        exits: exits.collect(),
        target: Target::of(&task.params, cost_bps),
        allow_negative_edge: task.allow_negative_edge,
    })
}

/// Reports every exit that loses after fees, unless the task allows it.
pub(super) fn check(
    tasks: &[(usize, Task)],
    venues: &BTreeMap<String, Venue>,
    cards: &[StrategyCard],
    problems: &mut Problems,
) {
    for (index, task) in tasks {
        check_task(&format!("task.{index}"), task, venues, cards, problems);
    }
}

/// The same of one task, whose parameters stand at `path`.
pub(super) fn check_task(
    path: &str,
    task: &Task,
    venues: &BTreeMap<String, Venue>,
    cards: &[StrategyCard],
    problems: &mut Problems,
) {
    if task.allow_negative_edge {
        return;
    }
    let Some(card) = break_even(task, venues, cards) else {
        return;
    };
    for exit in &card.exits {
        if exit.net_bps < Bps::default() {
            let field = if exit.has_edge {
                exit.capture.exit
            } else {
                exit.capture.entry
            };
            problems.add(format!("{path}.{field}"), loss(&card, exit));
        }
    }
}

fn loss(card: &BreakEven, exit: &Exit) -> String {
    let Capture {
        entry,
        entry_bps,
        exit: out,
        exit_bps,
        after_costs,
    } = exit.capture;
    if after_costs && exit.has_edge {
        return format!(
            "a round trip cannot pay its costs: entry {} + exit {}, both after their fees = net {} bps; raise `{entry}` \
             to at least {} or `{out}` to at least {}, or allow the loss with `allow_negative_edge = true` in the task \
             or --allow-negative-edge",
            bps_text(entry_bps),
            bps_text(exit_bps),
            bps_text(exit.net_bps),
            bps_text(Bps::default() - exit_bps),
            bps_text(Bps::default() - entry_bps),
        );
    }
    if after_costs {
        return format!(
            "a round trip is entered that is expected to lose {} bps after all its costs; raise `{entry}` to at least \
             0, or allow the loss with `allow_negative_edge = true` in the task or --allow-negative-edge",
            bps_text(Bps::default() - entry_bps),
        );
    }
    let fees: Vec<String> = card
        .legs
        .iter()
        .map(|leg| format!("{} 2 x {}", leg.leg, bps_text(leg.taker_bps)))
        .collect();
    let least = |other: Bps| bps_text(card.cost_bps - other);
    let fix = if entry == out {
        // It counts twice, so it is half the costs, rounded up.
        let half = (card.cost_bps.millionths() + 1).div_euclid(2);
        format!(
            "`{entry}` to at least {}",
            bps_text(Bps::from_millionths(half))
        )
    } else {
        format!(
            "`{entry}` to at least {} or `{out}` to at least {}",
            least(exit_bps),
            least(entry_bps)
        )
    };
    format!(
        "a round trip cannot pay its costs: entry {} + exit {} - fees {} ({}) = net {} bps; raise {fix}, or allow the \
         loss with `allow_negative_edge = true` in the task or --allow-negative-edge",
        bps_text(entry_bps),
        bps_text(exit_bps),
        bps_text(card.cost_bps),
        fees.join(", "),
        bps_text(exit.net_bps),
    )
}
