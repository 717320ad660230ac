//! What is free: every order must be payable before it leaves, with all that is out and all that others reserved.
//!
//! An order that was approved holds what it needs until it ends: reserved while it is on its way, locked once the venue
//! has it. A task may reserve ahead for orders that it will send; that lapses at a moment that it names. What a task
//! reserved ahead its own orders use up, and nobody else's can.
//!
//! The venue's word starts the count and the books carry it on, fill by fill. An asset that neither of them ever
//! mentioned is unknown, not zero, and the gate lets no order have it: a venue that is silent about an asset has not
//! said that it can be spent.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::code::Code;
use super::needs::{Claim, FeeIn, Need, Needs, VenueTerms};
use super::reconcile::ReconcileRule;
use crate::instrument::InstrumentKind;
use crate::names::{AssetId, TaskId, VenueId};
use crate::num::{Money, Qty};
use crate::order::{Order, OrderId, OrderState};
use crate::planted::{Bug, planted};
use crate::risk::RiskView;
use crate::risk::view::exit_price;
use crate::time::Ts;

/// What balances are watched for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FundsRules {
    /// Refuse orders that are not payable.
    pub check: bool,
    /// What venues ask for.
    pub venues: Vec<VenueTerms>,
    /// Compare the books with what venues say.
    pub reconcile: Option<ReconcileRule>,
}

impl FundsRules {
    /// True when something is to be watched for, beyond knowing what venues ask for.
    pub(super) const fn is_wanted(&self) -> bool {
        self.check || self.reconcile.is_some()
    }
}

/// A balance as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Where.
    pub venue: VenueId,
    /// Of what.
    pub asset: AssetId,
    /// The venue's last word, if it ever said one.
    pub told: Option<Money>,
    /// When it said that.
    pub as_of: Option<Ts>,
    /// What the books say, fills since then included.
    pub total: Money,
    /// Set aside for own orders that the venue has.
    pub locked: Money,
    /// Set aside for orders on their way, and ahead of orders by tasks.
    pub reserved: Money,
    /// Behind open futures positions: their initial margin, and what they have lost.
    pub margin: Money,
}

impl Balance {
    /// What new orders may use.
    pub fn free(&self) -> Money {
        self.total - self.locked - self.reserved - self.margin
    }
}

/// What a task reserves ahead of orders that it will send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ahead {
    pub(super) needs: Vec<Need>,
    /// When it lapses.
    pub(super) until: Ts,
}

crate::value!(struct Ahead { needs, until });

/// What one order holds.
#[derive(Clone, Debug)]
struct Hold {
    claim: Claim,
    /// What of the order may still trade.
    left: Qty,
    needs: Needs,
}

crate::value!(struct Hold { claim, left, needs });

/// All that is held.
#[derive(Clone, Debug)]
pub(super) struct Funds {
    rules: FundsRules,
    holds: BTreeMap<OrderId, Hold>,
    /// What all holds come to.
    held: BTreeMap<(VenueId, AssetId), Money>,
    ahead: Vec<(TaskId, Ahead)>,
}

crate::state!(Funds { holds, held, ahead } fixed { rules });

impl Funds {
    pub(super) const fn new(rules: FundsRules) -> Self {
        Self {
            rules,
            holds: BTreeMap::new(),
            held: BTreeMap::new(),
            ahead: Vec::new(),
        }
    }

    /// What orders need together, before any of them is sent.
    pub(super) fn needs(&self, claim: &Claim, left: Qty, view: &RiskView<'_>) -> Needs {
        claim.needs(left, &self.rules.venues, view)
    }

    /// What an order that is alive holds already.
    pub(super) fn held_by(&self, order: OrderId) -> Needs {
        let hold = self.holds.get(&order);
        hold.map_or(Needs::default(), |hold| hold.needs)
    }

    /// Judges what a task needs on top of what is held; `pending` was approved on the same event.
    pub(super) fn check(
        &self,
        task: TaskId,
        needs: &[Need],
        pending: &[Need],
        view: &RiskView<'_>,
    ) -> Result<(), Code> {
        for need in needs {
            let row = view.ledger.row(need.venue, need.asset);
            let total = row.ok_or(Code::BalanceUnknown)?.expected();
            let same = |other: &&Need| (other.venue, other.asset) == (need.venue, need.asset);
            let pending: Money = pending.iter().filter(same).map(|other| other.amount).sum();
            let held = self.held.get(&(need.venue, need.asset)).copied();
            let ahead: Money = self
                .ahead
                .iter()
                .filter(|(other, ahead)| *other != task && ahead.until > view.now)
                .flat_map(|(_, ahead)| &ahead.needs)
                .filter(same)
                .map(|other| other.amount)
                .sum();
            let margin = self.margin(need.venue, need.asset, view);
            let mut free = total;
            // Most of them are nothing.
            let taken = [held.unwrap_or_default(), ahead, margin, pending];
            for part in taken.iter().filter(|part| !part.is_zero()) {
                free -= *part;
            }
            if free < need.amount {
                return Err(Code::BalanceInsufficient);
            }
        }
        Ok(())
    }

    /// Initial margin of the futures positions that an asset stands behind, at what they cost, with what each has
    /// lost; gains cannot be spent.
    fn margin(&self, venue: VenueId, asset: AssetId, view: &RiskView<'_>) -> Money {
        margin(&self.rules.venues, venue, asset, view)
    }

    /// Notes an order that leaves, or how one stands after news of it.
    pub(super) fn order(&mut self, order: &Order, view: &RiskView<'_>) {
        let id = order.place.order;
        let left = order.exposure();
        if left.is_zero() {
            return self.release(id);
        }
        let known = self.holds.get(&id);
        let before = known.map_or(Needs::default(), |hold| hold.needs);
        let mut claim = match known {
            Some(hold) => hold.claim,
            None => Claim::new(&order.place, left, view),
        };
        if let Some(limit) = order.place.limit {
            let inverse = view.names.instrument(claim.instrument).kind == InstrumentKind::Inverse;
            claim.price = if inverse {
                claim.price.min(limit)
            } else {
                claim.price.max(limit)
            };
        }
        let same = |hold: &Hold| hold.left == left && hold.claim == claim;
        if known.is_some_and(same) && !self.fees_float(&claim, view) {
            return;
        }
        let needs = self.needs(&claim, left, view);
        self.give_back(&before);
        self.count(&needs, true);
        self.use_up(order.place.task, &before, &needs);
        let hold = Hold { claim, left, needs };
        self.holds.insert(id, hold);
    }

    /// An order that ended holds nothing, unless it turns out to be alive.
    fn release(&mut self, order: OrderId) {
        let Some(hold) = self.holds.remove(&order) else {
            return;
        };
        if !planted(Bug::HoldForGood) {
            self.give_back(&hold.needs);
        }
    }

    fn give_back(&mut self, needs: &[Need]) {
        self.count(needs, false);
        if planted(Bug::ReleaseTwice) {
            self.count(needs, false);
        }
    }

    /// True where a fee is paid in something whose worth moves, and what is needed with it.
    fn fees_float(&self, claim: &Claim, view: &RiskView<'_>) -> bool {
        let venue = view.names.instrument(claim.instrument).venue;
        let terms = self.rules.venues.iter().find(|terms| terms.venue == venue);
        terms.is_some_and(|terms| matches!(terms.charged, FeeIn::Quoted(..)))
    }

    /// Notes an approved change: the order may come to need more.
    pub(super) fn amended(&mut self, order: &Order, changed: Claim, view: &RiskView<'_>) {
        if let Some(hold) = self.holds.get_mut(&order.place.order) {
            hold.claim.opens = hold.claim.opens.max(changed.opens);
            hold.claim.price = changed.price;
        }
        self.order(order, view);
    }

    fn count(&mut self, needs: &[Need], more: bool) {
        for need in needs {
            let held = self.held.entry((need.venue, need.asset)).or_default();
            *held = if more {
                *held + need.amount
            } else {
                *held - need.amount
            };
        }
    }

    /// What a task reserved ahead goes into its orders, as they come to need more.
    fn use_up(&mut self, task: TaskId, before: &[Need], after: &[Need]) {
        let own = self.ahead.iter_mut().filter(|(other, _)| *other == task);
        for need in own.flat_map(|(_, ahead)| &mut ahead.needs) {
            let of = |needs: &[Need]| -> Money {
                let same = |other: &&Need| (other.venue, other.asset) == (need.venue, need.asset);
                needs.iter().filter(same).map(|other| other.amount).sum()
            };
            let used = (of(after) - of(before)).max(Money::ZERO);
            need.amount = (need.amount - used).max(Money::ZERO);
        }
    }

    /// Puts what a task reserved ahead in place of what it had reserved before.
    pub(super) fn reserve(&mut self, task: TaskId, ahead: Ahead, now: Ts) {
        self.ahead
            .retain(|(other, known)| *other != task && known.until > now);
        if !ahead.needs.is_empty() {
            self.ahead.push((task, ahead));
        }
    }

    /// What tasks reserved ahead at a venue in an asset and has not lapsed.
    fn ahead(&self, venue: VenueId, asset: AssetId, now: Ts) -> Money {
        let valid = self.ahead.iter().filter(|(_, ahead)| ahead.until > now);
        let needs = valid.flat_map(|(_, ahead)| &ahead.needs);
        needs
            .filter(|need| (need.venue, need.asset) == (venue, asset))
            .map(|need| need.amount)
            .sum()
    }
}

/// See [`Funds::margin`].
fn margin(terms: &[VenueTerms], venue: VenueId, asset: AssetId, view: &RiskView<'_>) -> Money {
    let leverage = terms.iter().find(|terms| terms.venue == venue);
    let leverage = leverage.map_or(1, |terms| terms.leverage.max(1));
    // A loop: a folded sum would be moved once for every position, and most are none.
    let mut sum = Money::ZERO;
    for (position, instrument) in view.open_positions() {
        let settles = (instrument.venue, instrument.settle()) == (venue, asset);
        if instrument.kind == InstrumentKind::Spot || !settles {
            continue;
        }
        let margin = position.cost.abs().decimal().checked_div(leverage.into());
        let top = view.market.instrument(instrument.id).last_top();
        let result = top.map_or(Money::ZERO, |top| {
            position.unrealised(instrument, exit_price(position, top))
        });
        sum += Money::new(margin.unwrap_or_default()) - result.min(Money::ZERO);
    }
    sum
}

/// Every balance that was ever heard of, by venue and asset. Where `funds` are not kept, what orders need is worked out
/// anew, as if none of them closed anything that another one closes too.
pub(super) fn balances(
    terms: &[VenueTerms],
    funds: Option<&Funds>,
    view: &RiskView<'_>,
) -> Vec<Balance> {
    let ahead =
        |venue, asset| funds.map_or(Money::ZERO, |funds| funds.ahead(venue, asset, view.now));
    let rows = view.ledger.rows().iter();
    let mut balances: Vec<Balance> = rows
        .map(|row| Balance {
            venue: row.venue,
            asset: row.asset,
            told: row.told.map(|_| row.reported),
            as_of: row.told,
            total: row.expected(),
            locked: Money::ZERO,
            reserved: ahead(row.venue, row.asset),
            margin: margin(terms, row.venue, row.asset, view),
        })
        .collect();
    for order in view.orders.alive() {
        let left = order.exposure();
        let needs = match funds {
            Some(funds) => funds.held_by(order.place.order),
            None => Claim::new(&order.place, left, view).needs(left, terms, view),
        };
        let at_venue = matches!(order.state, OrderState::Open | OrderState::PartiallyFilled);
        for need in needs.iter() {
            let same =
                |known: &&mut Balance| (known.venue, known.asset) == (need.venue, need.asset);
            if let Some(balance) = balances.iter_mut().find(same) {
                let set_aside = if at_venue {
                    &mut balance.locked
                } else {
                    &mut balance.reserved
                };
                *set_aside += need.amount;
            }
        }
    }
    balances
}
