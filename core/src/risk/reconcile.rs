//! The books against what venues say: a difference that lasts is told of, and nothing is opened there until it is
//! explained.

use alloc::vec::Vec;

use crate::instrument::InstrumentKind;
use crate::names::{AssetId, VenueId};
use crate::num::Money;
use crate::risk::RiskView;
use crate::time::{Span, Ts};

/// How the books are compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReconcileRule {
    /// How long a difference may last: word of a balance and of the fill that moved it do not come together.
    pub patience: Span,
    /// Differences that are let pass, by asset. For any other it is the worth of one lot of what trades there.
    pub tolerances: Vec<(AssetId, Money)>,
}

/// A difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Off {
    pub(super) venue: VenueId,
    pub(super) asset: AssetId,
    pub(super) difference: Money,
    pub(super) tolerance: Money,
    since: Ts,
    pub(super) quarantined: bool,
}

crate::value!(struct Off { venue, asset, difference, tolerance, since, quarantined });

/// All differences, and those that a person accepted.
#[derive(Clone, Debug)]
pub(super) struct Reconciler {
    rule: ReconcileRule,
    off: Vec<Off>,
    accepted: Vec<(VenueId, AssetId, Money)>,
}

crate::state!(Reconciler { off, accepted } fixed { rule });

/// What came of a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing is opened at this venue any more.
    Quarantined(Off),
    /// The difference is gone.
    Explained(Off),
}

impl Reconciler {
    pub(super) const fn new(rule: ReconcileRule) -> Self {
        Self {
            rule,
            off: Vec::new(),
            accepted: Vec::new(),
        }
    }

    /// True when nothing may be opened at a venue.
    pub(super) fn quarantines(&self, venue: VenueId) -> bool {
        let mut off = self.off.iter();
        off.any(|off| off.quarantined && off.venue == venue)
    }

    /// True when nothing may be opened at some venue.
    pub(super) fn quarantines_any(&self) -> bool {
        self.off.iter().any(|off| off.quarantined)
    }

    /// True while a difference is waited for.
    pub(super) fn waits(&self) -> bool {
        self.off.iter().any(|off| !off.quarantined)
    }

    /// Compares every row that a venue told of.
    pub(super) fn compare(&mut self, view: &RiskView<'_>, found: &mut Vec<Found>) {
        for row in view.ledger.rows().iter().filter(|row| row.told.is_some()) {
            let key = (row.venue, row.asset);
            let accepted = self.accepted.iter().find(|known| (known.0, known.1) == key);
            let difference = row.residual() - accepted.map_or(Money::ZERO, |known| known.2);
            let tolerance = self.tolerance(row.venue, row.asset, view);
            let known = self
                .off
                .iter()
                .position(|off| (off.venue, off.asset) == key);
            match known {
                None if difference.abs() > tolerance => self.off.push(Off {
                    venue: row.venue,
                    asset: row.asset,
                    difference,
                    tolerance,
                    since: view.now,
                    quarantined: false,
                }),
                Some(at) if difference.abs() <= tolerance => {
                    let off = self.off.remove(at);
                    if off.quarantined {
                        found.push(Found::Explained(Off { difference, ..off }));
                    }
                }
                Some(at) => self.off[at].difference = difference,
                None => {}
            }
        }
        self.wait(view.now, found);
    }

    /// Lets time pass.
    pub(super) fn wait(&mut self, now: Ts, found: &mut Vec<Found>) {
        for off in self.off.iter_mut().filter(|off| !off.quarantined) {
            if now.since(off.since) >= self.rule.patience {
                off.quarantined = true;
                found.push(Found::Quarantined(*off));
            }
        }
    }

    /// A person accepts what venues say: the differences of now are no differences any more.
    pub(super) fn accept(&mut self) -> bool {
        let any = !self.off.is_empty();
        for off in self.off.drain(..) {
            let key = (off.venue, off.asset);
            let known = self
                .accepted
                .iter_mut()
                .find(|known| (known.0, known.1) == key);
            match known {
                Some(known) => known.2 += off.difference,
                None => self.accepted.push((off.venue, off.asset, off.difference)),
            }
        }
        any
    }

    /// What is stated, or what one lot of what trades there is worth: the coarsest.
    fn tolerance(&self, venue: VenueId, asset: AssetId, view: &RiskView<'_>) -> Money {
        let stated = self.rule.tolerances.iter().find(|(of, _)| *of == asset);
        if let Some((_, amount)) = stated {
            return *amount;
        }
        let here = view
            .names
            .instruments
            .iter()
            .filter(|one| one.venue == venue);
        let lots = here.filter_map(|one| {
            let price = view
                .market
                .instrument(one.id)
                .last_top()
                .map(|top| top.ask.price);
            if one.base == asset && one.kind != InstrumentKind::Inverse {
                Some(Money::new(one.qty_decimal(one.lot)))
            } else if one.base == asset {
                Some(one.base_value(price?, one.lot))
            } else if one.quote == asset {
                Some(one.notional(price?, one.lot))
            } else {
                None
            }
        });
        lots.max().unwrap_or_default()
    }
}
