//! How much may still be asked of a venue, and who waits when little of it is left.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use onetape_adapters::ask::Ask;
use onetape_adapters::budget::{Budget, Counted};
use onetape_adapters::outcome::{Class, Failure};
use onetape_adapters::protocol::Protocol;
use onetape_core::time::{Span, Ts};

use super::offset::shifted;

/// Where no limit is told, a wait after "too many requests" without a word on how long.
const WAIT_DEFAULT: Span = Span::from_millis(5_000);
/// And after a ban.
const BAN_DEFAULT: Span = Span::from_millis(120_000);
/// Of a budget, requests of low priority leave one part in so many to the others.
const SPARE_PARTS: u64 = 4;

/// Whose request goes when little is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Orders: they never wait here. While the venue wants nothing to be asked, they are refused at once.
    Orders,
    /// What is needed to know where orders and the account stand: waits while the venue wants nothing to be asked.
    Account,
    /// What only informs, such as market data by REST: waits while little is left, too.
    Low,
}

impl Priority {
    /// The priority of a request, unless its asker knows better.
    pub const fn of(ask: &Ask) -> Self {
        match ask {
            Ask::Place(_)
            | Ask::Cancel(_)
            | Ask::CancelAll(_)
            | Ask::Amend(_)
            | Ask::DeadMan { .. } => Self::Orders,
            Ask::Instruments
            | Ask::Depth { .. }
            | Ask::Quote(_)
            | Ask::Mark(_)
            | Ask::OpenInterest(_)
            | Ask::Fees(_)
            | Ask::FundingPaid(_) => Self::Low,
            _ => Self::Account,
        }
    }
}

/// Nothing is to be asked before a moment, of our clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// When it ends.
    pub until: Ts,
    /// [`Class::RateLimited`] or [`Class::Banned`].
    pub class: Class,
}

#[derive(Debug, Default)]
struct State {
    /// The newest word on each budget, and when by our clock it came.
    known: Vec<(Budget, Ts)>,
    hold: Option<Hold>,
}

/// The budgets of one venue, shared by all who ask it.
#[derive(Clone, Debug, Default)]
pub struct Budgets(Arc<Mutex<State>>);

impl Budgets {
    /// Takes what a reply told.
    pub fn take(&self, told: impl IntoIterator<Item = Budget>, now: Ts) {
        let mut state = self.state();
        for budget in told {
            let same = |(it, _): &&mut (Budget, Ts)| {
                (it.counted, it.over) == (budget.counted, budget.over)
            };
            match state.known.iter_mut().find(same) {
                Some(slot) => *slot = (budget, now),
                None => state.known.push((budget, now)),
            }
        }
    }

    /// Takes a failure: after too many requests or a ban, nothing is asked for a while. `offset_ns` is the venue's
    /// clock less ours.
    pub fn failed(&self, failure: &Failure, offset_ns: i64, now: Ts) {
        let default = match failure.class {
            Class::RateLimited => WAIT_DEFAULT,
            Class::Banned => BAN_DEFAULT,
            _ => return,
        };
        let by_venue = (failure.until).map(|until| shifted(until, offset_ns.saturating_neg()));
        let until = by_venue.unwrap_or(now + failure.wait.unwrap_or(default));
        let hold = Hold {
            until,
            class: failure.class,
        };
        let mut state = self.state();
        if state.hold.is_none_or(|it| it.until < until) {
            state.hold = Some(hold);
        }
    }

    /// What holds now, where nothing is to be asked.
    pub fn hold(&self, now: Ts) -> Option<Hold> {
        self.state().hold.filter(|hold| hold.until > now)
    }

    /// All budgets as last told.
    pub fn known(&self) -> Vec<Budget> {
        self.state().known.iter().map(|(it, _)| *it).collect()
    }

    /// Until when a request of a priority should wait; `None` for not at all.
    pub fn wait(&self, protocol: Protocol, priority: Priority, now: Ts) -> Option<Ts> {
        if priority == Priority::Orders {
            return None;
        }
        if let Some(hold) = self.hold(now) {
            return Some(hold.until);
        }
        if priority != Priority::Low {
            return None;
        }
        let state = self.state();
        let short = state.known.iter().filter(|(it, _)| is_short(protocol, it));
        let until = short.filter_map(|(it, at)| {
            // By the clock at which it was told: windows of a fixed length are at most so long.
            Some(*at + it.over?).filter(|until| *until > now)
        });
        until.max()
    }

    /// Each change is one call, so a panic elsewhere leaves them whole.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether little of what requests use is left. Order counts do not concern those who wait.
fn is_short(protocol: Protocol, budget: &Budget) -> bool {
    if !matches!(budget.counted, Counted::Weight | Counted::Requests) {
        return false;
    }
    let limit = budget.limit.or(documented(protocol, budget));
    let left = match (budget.left, limit, budget.used) {
        (Some(left), ..) => left,
        (None, Some(limit), Some(used)) => limit.saturating_sub(used),
        _ => return false,
    };
    limit.is_some_and(|limit| left < limit / SPARE_PARTS)
}

/// Limits that replies do not tell, from the venue's documents. One that was raised makes low priority wait too early.
fn documented(protocol: Protocol, budget: &Budget) -> Option<u64> {
    if budget.counted != Counted::Weight || budget.over != Some(Span::from_millis(60_000)) {
        return None;
    }
    match protocol {
        Protocol::BinanceSpot => Some(6_000),
        Protocol::BinanceUsdm => Some(2_400),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use onetape_adapters::outcome::classify;

    const MINUTE: Span = Span::from_millis(60_000);

    fn at(millis: i64) -> Ts {
        Ts::from_nanos(millis * 1_000_000)
    }

    #[test]
    fn low_priority_leaves_a_quarter_to_the_others() {
        let budgets = Budgets::default();
        let spot = Protocol::BinanceSpot;
        budgets.take([Budget::used(Counted::Weight, MINUTE, 4_400)], at(0));
        assert_eq!(budgets.wait(spot, Priority::Low, at(1)), None);
        budgets.take([Budget::used(Counted::Weight, MINUTE, 4_600)], at(10_000));
        assert_eq!(
            budgets.wait(spot, Priority::Low, at(20_000)),
            Some(at(70_000))
        );
        assert_eq!(budgets.wait(spot, Priority::Low, at(70_000)), None);
        assert_eq!(budgets.wait(spot, Priority::Account, at(20_000)), None);
        assert_eq!(budgets.wait(spot, Priority::Orders, at(20_000)), None);
        assert_eq!(budgets.known().len(), 1);
        // The same number is far more of what futures have.
        assert!(
            budgets
                .wait(Protocol::BinanceUsdm, Priority::Low, at(20_000))
                .is_some()
        );
    }

    #[test]
    fn a_ban_holds_all_but_orders_which_are_told_at_once() {
        let budgets = Budgets::default();
        let mut failure = classify(&[], 429, "", "");
        failure.wait = Some(Span::from_millis(3_000));
        budgets.failed(&failure, 0, at(0));
        assert_eq!(
            budgets.wait(Protocol::MexcSpot, Priority::Account, at(1)),
            Some(at(3_000))
        );
        // A ban's end is told by the venue's clock, which is a second ahead here.
        let mut ban = classify(&[], 418, "", "");
        ban.until = Some(at(61_000));
        budgets.failed(&ban, 1_000_000_000, at(2));
        let hold = budgets.hold(at(3)).unwrap();
        assert_eq!((hold.until, hold.class), (at(60_000), Class::Banned));
        assert_eq!(
            budgets.wait(Protocol::MexcSpot, Priority::Orders, at(3)),
            None
        );
        // A shorter one does not end it, and another failure is none of its business.
        budgets.failed(&failure, 0, at(4));
        budgets.failed(&classify(&[], 400, "", ""), 0, at(5));
        assert_eq!(budgets.hold(at(59_999)), Some(hold));
        assert_eq!(budgets.hold(at(60_000)), None);
    }
}
