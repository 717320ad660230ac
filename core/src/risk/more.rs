//! What the gate keeps beyond the plain limits, where a run asks for any of it: the limit tree, guards, breakers,
//! alerts, delta bands and funds. A run that asks for none has none of this and pays for none.

use alloc::vec::Vec;

use rust_decimal::Decimal;

use super::alert::{AlertRule, Episode};
use super::breaker::{Action, Breaker, BreakerKind, Tripped};
use super::cells::{Cells, Extra};
use super::code::Code;
use super::delta::Band;
use super::funds::Funds;
use super::gate::{Judged, Pending};
use super::limits::{Guards, RiskLimits, TaskBands};
use super::needs::{Claim, Need};
use super::pending::{messages, pending_extras};
use super::reconcile::Reconciler;
use super::tree::{Asked, Tree};
use super::values::Values;
use super::worst::exposure;
use crate::command::{LegRole, Place};
use crate::instrument::Side;
use crate::names::{InstrumentId, Names, TaskId, VenueId};
use crate::num::{Money, Price, Qty};
use crate::order::Order;
use crate::planted::{Bug, planted};
use crate::risk::{Approved, RiskView};
use crate::time::Ts;

/// The delta bands of one task, and where its delta is.
#[derive(Clone, Debug)]
pub(super) struct BandWatch {
    pub(super) rule: TaskBands,
    pub(super) band: Band,
    /// Since when it is critical.
    pub(super) critical_since: Option<Ts>,
    pub(super) told: bool,
}

crate::state!(BandWatch { band, critical_since, told } fixed { rule });

/// An alert rule with its episodes, one a venue where it is about balances.
#[derive(Clone, Debug)]
pub(super) struct AlertWatch {
    pub(super) rule: AlertRule,
    pub(super) episodes: Vec<(VenueId, Episode)>,
}

crate::state!(AlertWatch { episodes } fixed { rule });

/// Everything beyond the plain limits.
#[derive(Clone, Debug)]
pub(crate) struct More {
    guards: Guards,
    /// By venue: its instruments.
    at_venue: Vec<Vec<InstrumentId>>,
    pub(super) tree: Tree,
    pub(super) cells: Cells,
    pub(super) values: Values,
    pub(super) breakers: Vec<Breaker>,
    pub(super) alerts: Vec<AlertWatch>,
    pub(super) bands: Vec<BandWatch>,
    pub(super) funds: Option<Funds>,
    pub(super) reconciler: Option<Reconciler>,
    /// The highest that equity ever was, and how far below it is, in bps of it.
    pub(super) peak: Money,
    pub(super) drawdown: Money,
    pub(super) watches_drawdown: bool,
    pub(super) watches_market: bool,
}

crate::state!(More {
    tree, cells, peak, drawdown
} each { breakers, alerts, bands } perhaps { funds, reconciler } fixed {
    guards, at_venue, values, watches_drawdown, watches_market
});

impl More {
    pub(super) fn new(limits: &RiskLimits, names: &Names) -> Self {
        let breakers: Vec<Breaker> = limits.breakers.iter().copied().map(Breaker::new).collect();
        let kinds = |kind| breakers.iter().any(|breaker| breaker.kind() == kind);
        let about_prices = |rule: &AlertRule| {
            !matches!(
                rule,
                AlertRule::OpenOrders(_) | AlertRule::LowBalance { .. }
            )
        };
        let falls = |rule: &AlertRule| matches!(rule, AlertRule::Drawdown(_));
        let funds = limits.funds.as_ref();
        let reconcile = funds.and_then(|rules| rules.reconcile.clone());
        let bands = limits.bands.iter().map(|rule| BandWatch {
            rule: rule.clone(),
            band: Band::Target,
            critical_since: None,
            told: false,
        });
        let alerts = limits.alerts.iter().map(|rule| AlertWatch {
            rule: *rule,
            episodes: Vec::new(),
        });
        let watches_drawdown = limits.guards.max_drawdown.is_some()
            || kinds(BreakerKind::Drawdown)
            || limits.alerts.iter().any(falls);
        let values = Values::new(names);
        Self {
            guards: limits.guards.clone(),
            at_venue: at_venue(names),
            tree: Tree::new(&limits.levels, &values.units),
            cells: Cells::default(),
            values,
            watches_market: watches_drawdown
                || breakers.iter().any(Breaker::watches_market)
                || limits.alerts.iter().any(about_prices)
                || !limits.bands.is_empty()
                || reconcile.is_some(),
            breakers,
            alerts: alerts.collect(),
            bands: bands.collect(),
            funds: funds.filter(|rules| rules.check).cloned().map(Funds::new),
            reconciler: reconcile.map(Reconciler::new),
            peak: Money::ZERO,
            drawdown: Money::ZERO,
            watches_drawdown,
        }
    }

    /// True when it must see every market event.
    pub(super) const fn watches_market(&self) -> bool {
        self.watches_market
    }

    /// The breaker that holds an order of a role back.
    pub(super) fn held_by(&self, role: LegRole) -> Option<BreakerKind> {
        let holds = |breaker: &&Breaker| {
            let halts = breaker.rule().action == Action::Halt;
            breaker.tripped().is_some() && (halts || role.opens())
        };
        self.breakers.iter().find(holds).map(Breaker::kind)
    }

    /// True when some breaker that is tripped lets nothing leave.
    pub(super) fn halts(&self) -> bool {
        let mut breakers = self.breakers.iter();
        breakers.any(|one| one.tripped().is_some() && one.rule().action == Action::Halt)
    }

    /// The breakers that are tripped.
    pub(crate) fn tripped(&self) -> impl Iterator<Item = (BreakerKind, Tripped)> {
        let tripped = |breaker: &Breaker| Some((breaker.kind(), *breaker.tripped()?));
        self.breakers.iter().filter_map(tripped)
    }

    /// True when some breaker is tripped.
    pub(crate) fn has_tripped(&self) -> bool {
        self.breakers.iter().any(|one| one.tripped().is_some())
    }

    /// True while a task opens nothing for its delta.
    pub(crate) fn is_critical(&self, task: TaskId) -> bool {
        let mut bands = self.bands.iter();
        bands.any(|one| one.rule.task == task && one.critical_since.is_some())
    }

    /// True while balances of some venue are not explained.
    pub(crate) fn quarantines_any(&self) -> bool {
        self.reconciler
            .as_ref()
            .is_some_and(Reconciler::quarantines_any)
    }

    /// What stops an order whatever its size.
    pub(super) fn check_standing(&self, place: &Place, view: &RiskView<'_>) -> Result<(), Code> {
        if let Some(kind) = self.held_by(place.tag.role) {
            return Err(Code::Breaker(kind));
        }
        let allowed = self.guards.allowed.as_ref();
        if allowed.is_some_and(|list| list.binary_search(&place.instrument).is_err()) {
            return Err(Code::InstrumentNotAllowed);
        }
        if !place.tag.role.opens() {
            return Ok(());
        }
        let fallen = |most: crate::num::Bps| self.drawdown >= super::breaker::in_bps(most);
        if self.guards.max_drawdown.is_some_and(fallen) {
            return Err(Code::MaxDrawdown);
        }
        let critical =
            |one: &BandWatch| one.rule.task == place.task && one.critical_since.is_some();
        if self.bands.iter().any(critical) {
            return Err(Code::DeltaCritical);
        }
        let venue = view.names.instrument(place.instrument).venue;
        if self
            .reconciler
            .as_ref()
            .is_some_and(|one| one.quarantines(venue))
        {
            return Err(Code::BalanceUnreconciled);
        }
        Ok(())
    }

    /// The last moment at which the venue's feed counts as heard, about whatever instrument.
    pub(super) fn feed_ends(&self, id: InstrumentId, view: &RiskView<'_>) -> Option<Ts> {
        let most = self.guards.max_feed_age?;
        let of_it = self.at_venue[view.names.instrument(id).venue.index()].iter();
        let heard = of_it.map(|&one| view.market.instrument(one).heard()).max();
        Some(heard.unwrap_or_default() + most)
    }

    /// The books of orders that are placed together must be of about one moment.
    pub(super) fn check_skew(
        &self,
        mut legs: impl Iterator<Item = InstrumentId> + Clone,
        view: &RiskView<'_>,
    ) -> Result<(), Code> {
        let Some(most) = self.guards.max_leg_skew else {
            return Ok(());
        };
        let age = |id: InstrumentId| view.market.instrument(id).age(view.now).nanos();
        let oldest = legs.clone().map(age).max().unwrap_or(0);
        if legs.any(|id| oldest - age(id) > most.nanos()) {
            return Err(Code::LegsSkewed);
        }
        Ok(())
    }

    /// The price must not give too much against the middle of the book and the last trade.
    pub(super) fn check_collar(
        &self,
        place: &Place,
        touch: Price,
        view: &RiskView<'_>,
    ) -> Result<(), Code> {
        let known = view.market.instrument(place.instrument);
        let price = place.limit.unwrap_or(touch);
        if let (Some(most), Some(top)) = (self.guards.collar_mid, known.top()) {
            let twice = i128::from(top.bid.price.mantissa()) + i128::from(top.ask.price.mantissa());
            if gives_more(place.side, price, twice, most) {
                return Err(Code::CollarMid);
            }
        }
        if let (Some(most), Some(last)) = (self.guards.collar_last, known.last_trade()) {
            let twice = 2 * i128::from(last.price.mantissa());
            if gives_more(place.side, price, twice, most) {
                return Err(Code::CollarLast);
            }
        }
        Ok(())
    }

    /// Every level of the tree, and the funds; `price` is what the order is worth most at.
    pub(super) fn check_size(
        &self,
        judged: &Judged<'_>,
        price: Price,
        view: &RiskView<'_>,
        pending: &Pending<'_>,
    ) -> Result<(), Code> {
        let Judged {
            place,
            left,
            most,
            amended,
            ..
        } = *judged;
        let known = amended.map_or(Qty::ZERO, Order::exposure);
        let own = Extra {
            task: place.task,
            instrument: place.instrument,
            side: place.side,
            qty: most - known,
            orders: u32::from(amended.is_none()),
        };
        // Most orders are the first on their event.
        let all: Vec<Extra>;
        let extras = if pending.placed.is_empty() && pending.amends.is_empty() {
            core::slice::from_ref(&own)
        } else {
            let others = pending_extras(amended, view, pending);
            all = core::iter::once(own).chain(others).collect();
            &all
        };
        let messages = messages(view, pending);
        let asked = Asked {
            place,
            left,
            price,
            extras,
            messages: &messages,
        };
        self.tree.check(&asked, &self.values, view)?;
        self.check_funds(place, most, amended, view, pending)
    }

    /// Judges the count of messages alone.
    pub(super) fn check_rate(
        &self,
        place: &Place,
        view: &RiskView<'_>,
        pending: &Pending<'_>,
    ) -> Result<(), Code> {
        let messages = messages(view, pending);
        self.tree
            .check_rate(place.task, place.instrument, &messages, view)
    }

    fn check_funds(
        &self,
        place: &Place,
        most: Qty,
        amended: Option<&Order>,
        view: &RiskView<'_>,
        pending: &Pending<'_>,
    ) -> Result<(), Code> {
        let Some(funds) = self.funds.as_ref().filter(|_| !pending.is_paid) else {
            return Ok(());
        };
        let mut needs = funds.needs(&Claim::new(place, most, view), most, view);
        let held = amended.map(|order| funds.held_by(order.place.order));
        for held in held.unwrap_or_default().iter() {
            for need in needs.iter_mut().filter(|need| need.asset == held.asset) {
                need.amount = (need.amount - held.amount).max(Money::ZERO);
            }
        }
        let pending = self.pending_needs(funds, amended, view, pending);
        funds.check(place.task, &needs, &pending, view)
    }

    /// What was approved on the same event needs.
    fn pending_needs(
        &self,
        funds: &Funds,
        amended: Option<&Order>,
        view: &RiskView<'_>,
        pending: &Pending<'_>,
    ) -> Vec<Need> {
        let mut needs: Vec<Need> = Vec::new();
        for place in pending.placed.iter().map(Approved::get) {
            let claim = Claim::new(place, place.qty, view);
            needs.extend_from_slice(&funds.needs(&claim, place.qty, view));
        }
        for amend in &pending.amends {
            let order = view.orders.get(amend.order);
            let other =
                |order: &&Order| amended.is_none_or(|own| own.place.order != order.place.order);
            if let Some(order) = order.filter(other) {
                let most = exposure(order, pending);
                let changed = Place {
                    limit: Some(amend.limit),
                    ..order.place
                };
                let asked = funds.needs(&Claim::new(&changed, most, view), most, view);
                let held = funds.held_by(amend.order);
                needs.extend(asked.iter().map(|&need| {
                    let same = held.iter().filter(|known| known.asset == need.asset);
                    let held: Money = same.map(|known| known.amount).sum();
                    Need {
                        amount: (need.amount - held).max(Money::ZERO),
                        ..need
                    }
                }));
            }
        }
        needs
    }

    /// What orders need that a task wants to reserve for ahead; judged as if they were sent.
    pub(super) fn ahead(
        &self,
        places: &[Place],
        view: &RiskView<'_>,
        pending: &Pending<'_>,
    ) -> Result<Vec<Need>, (usize, Code)> {
        let Some(funds) = &self.funds else {
            return Ok(Vec::new());
        };
        let before = self.pending_needs(funds, None, view, pending);
        let mut all: Vec<Need> = Vec::new();
        for (at, place) in places.iter().enumerate() {
            let needs = funds.needs(&Claim::new(place, place.qty, view), place.qty, view);
            let others: Vec<Need> = before.iter().chain(&all).copied().collect();
            funds
                .check(place.task, &needs, &others, view)
                .map_err(|code| (at, code))?;
            all.extend_from_slice(&needs);
        }
        Ok(all)
    }

    /// What is held, where that is kept.
    pub(super) const fn funds(&self) -> Option<&Funds> {
        self.funds.as_ref()
    }
}

/// True when a price is beyond `most` on the side that gives; `twice` is twice the price that it is measured from.
fn gives_more(side: Side, price: Price, twice: i128, most: crate::num::Bps) -> bool {
    const ONE: i128 = 10_000 * 1_000_000;
    let beyond = match side {
        Side::Buy => 2 * i128::from(price.mantissa()) - twice,
        Side::Sell => twice - 2 * i128::from(price.mantissa()),
    };
    let most = i128::from(most.millionths()) << u32::from(planted(Bug::CollarTwiceAsWide));
    beyond.saturating_mul(ONE) > twice.saturating_mul(most)
}

/// The instruments of each venue.
fn at_venue(names: &Names) -> Vec<Vec<InstrumentId>> {
    let mut at_venue: Vec<Vec<InstrumentId>> = Vec::new();
    for one in &names.instruments {
        if at_venue.len() <= one.venue.index() {
            at_venue.resize(one.venue.index() + 1, Vec::new());
        }
        at_venue[one.venue.index()].push(one.id);
    }
    at_venue
}

/// A count as a number.
pub(super) fn whole(count: usize) -> Money {
    Money::new(Decimal::from(count as u64))
}
