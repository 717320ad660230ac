//! What must be when nothing is under way any more.

use onetape_core::desk::Desk;
use onetape_core::event::Seq;
use onetape_core::instrument::InstrumentKind;
use onetape_core::market::Market;
use onetape_core::names::{AssetId, TaskId, VenueId};
use onetape_core::num::Money;
use onetape_core::order::OrderState;
use onetape_core::time::{Span, Ts};
use rust_decimal::Decimal;

use super::{Checker, Rule};
use crate::venue::Venue;

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// It holds nothing that could be traded.
    Flat,
    /// What it holds balances.
    Hedged,
    /// It does not balance, and people were told.
    Quarantined,
    /// It has no balance to keep.
    Single,
    /// It does not balance and nobody was told.
    Open,
}

impl Ending {
    /// The word used in pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::Hedged => "hedged",
            Self::Quarantined => "quarantined",
            Self::Single => "single",
            Self::Open => "open",
        }
    }
}

/// A task at the end of its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskEnd {
    /// How it ended.
    pub ending: Ending,
    /// How long it was outside of its band when the run ended.
    pub outside: Option<Span>,
    /// Words to people.
    pub alerts: u64,
}

impl Checker {
    /// Every order has its news by now: the venues' own books must be the desk's.
    pub(super) fn compare_with_venues(&mut self, at: (Seq, Ts), desk: &Desk, venues: &[Venue]) {
        let unknown = desk.orders().alive();
        let unknown = unknown.filter(|order| order.state == OrderState::Unknown);
        let texts: Vec<String> = unknown
            .map(|order| order.place.order.client_text())
            .collect();
        for text in texts {
            self.broke(
                Rule::NoUnknownLeft,
                at,
                format!("{text} is unknown at the end"),
            );
        }
        for venue in venues {
            self.compare_positions(at, desk, venue);
        }
        for row in desk.ledger().rows() {
            let venue = venues
                .iter()
                .find(|venue| venue.config().venue == row.venue);
            let owed = venue.map_or(Money::ZERO, |venue| self.cost_apart(desk, venue, row.asset));
            let residual = row.residual();
            if residual != owed {
                let what = format!(
                    "{} at {}: the venue says {}, the ledger {}",
                    self.names
                        .assets
                        .get(row.asset.0 as usize)
                        .map_or("?", String::as_str),
                    self.names.venue(row.venue),
                    row.reported,
                    row.expected() + owed,
                );
                self.broke(Rule::Ledger, at, what);
            }
        }
    }

    fn compare_positions(&mut self, at: (Seq, Ts), desk: &Desk, venue: &Venue) {
        for id in self.futures_of(venue.config().venue) {
            let (ours, theirs) = (
                desk.positions()[id.index()].qty,
                venue.account().position(id).qty,
            );
            if ours != theirs {
                let what = format!(
                    "{}: the desk holds {}, the venue says {}",
                    self.names.instrument(id).name,
                    ours.mantissa(),
                    theirs.mantissa()
                );
                self.broke(Rule::VenuePositions, at, what);
            }
        }
    }

    fn futures_of(&self, venue: VenueId) -> Vec<onetape_core::names::InstrumentId> {
        let futures = self.names.instruments.iter();
        let futures =
            futures.filter(|known| known.venue == venue && known.kind != InstrumentKind::Spot);
        futures.map(|known| known.id).collect()
    }

    /// What the costs of open positions differ by between a venue and the desk, and their realised profit the other way
    /// round: a fill that is told after a close gives the close another average.
    fn cost_apart(&self, desk: &Desk, venue: &Venue, asset: AssetId) -> Money {
        let mut apart = Money::ZERO;
        for id in self.futures_of(venue.config().venue) {
            if self.names.instrument(id).settle() == asset {
                apart += venue.account().position(id).cost - desk.positions()[id.index()].cost;
            }
        }
        apart
    }

    pub(super) fn end_tasks(&mut self, at: (Seq, Ts), market: &Market) {
        for task in 0..self.tasks.len() {
            let id = TaskId(task as u16);
            let band = self.tasks[task].clone();
            let outside = band.since.map(|since| at.1.since(since));
            let (delta, width) = self.delta(id, market);
            let alive = self.orders.alive().any(|seen| seen.place.task == id);
            let ending = if !band.is_kept() {
                Ending::Single
            } else if delta.abs() > width {
                if band.alerts > 0 {
                    Ending::Quarantined
                } else {
                    Ending::Open
                }
            } else if self.gross(id, market) <= width && !alive {
                Ending::Flat
            } else {
                Ending::Hedged
            };
            if ending == Ending::Open {
                let what = format!(
                    "task {task} ends with a delta of {delta}, its band is {width}, and nobody was told"
                );
                self.broke(Rule::Settled, at, what);
            }
            self.found.tasks.push(TaskEnd {
                ending,
                outside,
                alerts: band.alerts,
            });
        }
    }

    fn gross(&self, task: TaskId, market: &Market) -> Decimal {
        let of_it = self.held.iter().filter(|((owner, _), _)| *owner == task);
        of_it
            .map(|((_, id), position)| self.base_of(*id, position.qty, market).abs())
            .sum()
    }
}
