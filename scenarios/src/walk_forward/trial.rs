//! One backtest of one point over one stretch.

use anyhow::Context as _;
use onetape_core::num::Money;
use onetape_core::strategy::StrategySpec;
use onetape_core::time::{Span, Ts};
use onetape_data::catalog::Catalog;
use onetape_data::tape::Tape;
use onetape_reports::{Amount, OpenPosition, Report};

use super::windows::Stretch;
use crate::run::{Prepared, simulate, simulate_entering};
use crate::scenario::Scenario;

/// What every trial of a walk has in common.
pub(super) struct Trials<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) registry: &'a [StrategySpec],
    /// Nothing before this is read.
    pub(super) first: Ts,
    pub(super) warmup: Span,
}

/// What a trial came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Trial {
    pub(super) asset: String,
    pub(super) net: Money,
    pub(super) gross: Money,
    pub(super) fees: Money,
    pub(super) funding: Money,
    /// When round trips ended, and the net of all that had by then.
    pub(super) closes: Vec<(Ts, Money)>,
    /// Positions that are open at the end.
    pub(super) open: usize,
    /// Taker fees that closing them at their marks would cost.
    pub(super) open_fees: Money,
    /// Instruments of them that nothing is known to mark with.
    pub(super) unmarked: Vec<String>,
}

impl Trials<'_> {
    /// Runs a scenario over a stretch and no moment of another, but for the warm-up before it.
    pub(super) fn run(&self, scenario: &Scenario, on: Stretch) -> anyhow::Result<Trial> {
        let mut scenario = scenario.clone();
        let early = on.from.nanos().saturating_sub(self.warmup.nanos());
        let from = Ts::from_nanos(early).max(self.first.min(on.from));
        (scenario.data.from, scenario.data.to) = (Some(from), Some(on.to));
        let prepared = Prepared::new(&scenario, self.catalog, self.registry)?;
        let tape = Tape::open(self.catalog, &prepared.request)?;
        let outcome = if from < on.from {
            simulate_entering(&prepared, tape, on.from)?
        } else {
            simulate(&prepared, tape, None)?
        };
        Trial::of(&outcome.report, &scenario)
    }
}

impl Trial {
    /// # Errors
    /// When the money does not add up, or is of several assets, which are never added.
    fn of(report: &Report, scenario: &Scenario) -> anyhow::Result<Self> {
        let figures = &report.figures;
        anyhow::ensure!(
            figures.ledger_residual.is_zero(),
            "the ledger does not add up: its largest residual is {}",
            figures.ledger_residual
        );
        let asset = figures.asset.clone();
        let asset = asset.context(
            "the run settles in several assets, whose amounts are never added; name legs that settle in one",
        )?;
        let one = |amount: &Amount| amount.in_asset(&asset);
        // The first point is the start.
        let closes = report.equity.iter().skip(1);
        Ok(Self {
            net: one(&figures.pnl.net),
            gross: one(&figures.pnl.gross),
            fees: one(&figures.pnl.fees),
            funding: one(&figures.pnl.funding),
            closes: closes.map(|point| (point.at, one(&point.net))).collect(),
            open_fees: open_fees(report, scenario),
            open: report.open.iter().filter(|open| !open.remainder).count(),
            unmarked: report.unmarked.clone(),
            asset,
        })
    }

    /// Net of the round trips that ended.
    pub(super) fn closed_net(&self) -> Money {
        self.closes.last().map_or(Money::ZERO, |(_, net)| *net)
    }
}

/// What closing would bring is cost and unrealised profit together; the fee is on that.
fn open_fees(report: &Report, scenario: &Scenario) -> Money {
    let fee = |open: &OpenPosition| {
        let (venue, _) = open.instrument.split_once(':')?;
        let rate = scenario.venues.get(venue)?.fees.taker_bps.to_decimal();
        Some((open.cost + open.unrealised?).abs().times(rate))
    };
    let open = report.open.iter().filter(|open| !open.remainder);
    open.filter_map(fee).sum()
}
