//! What the gate sees in the stream: breakers trip and reset, bands and balances turn, alerts begin.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use rust_decimal::Decimal;

use super::alert::{AlertRule, Episode};
use super::breaker::{Action, BreakerKind, Standing, Turn};
use super::delta::Band;
use super::more::{More, whole};
use super::reconcile::Found;
use crate::event::{Control, Event};
use crate::names::{TaskId, VenueId};
use crate::num::Money;
use crate::risk::RiskView;

/// What the gate found: it is recorded as a decision of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The reason code of the decision.
    pub(crate) reason: &'static str,
    /// The numbers behind it.
    pub(crate) numbers: Vec<(&'static str, Money)>,
    /// What people are told.
    pub(crate) words: Option<String>,
    /// Which resting entries are taken back.
    pub(crate) recall: Recall,
}

/// Which resting entries are taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recall {
    /// None.
    Nothing,
    /// All.
    All,
    /// Those of a task.
    Task(TaskId),
    /// Those at a venue.
    Venue(VenueId),
}

impl Finding {
    fn new(reason: &'static str) -> Self {
        Self {
            reason,
            numbers: Vec::new(),
            words: None,
            recall: Recall::Nothing,
        }
    }

    fn with(mut self, names: [&'static str; 2], value: Money, limit: Money) -> Self {
        self.numbers = alloc::vec![(names[0], value), (names[1], limit)];
        self
    }
}

impl More {
    /// Looks at an event that market, orders and books have already.
    pub(crate) fn look(&mut self, event: &Event, view: &RiskView<'_>, found: &mut Vec<Finding>) {
        let is_own = event.body.instrument().is_none();
        if self.watches_drawdown {
            self.follow_equity(view);
        }
        let standing = Standing {
            drawdown: self.drawdown,
        };
        for at in 0..self.breakers.len() {
            if let Some(turn) = self.breakers[at].look(event, view, standing) {
                found.push(self.turned(at, turn));
            }
        }
        self.follow_bands(is_own, view, found);
        self.follow_balances(is_own, view, found);
        self.follow_alerts(is_own, view, found);
    }

    /// Takes a person's word in that is about breakers or balances.
    pub(crate) fn control(
        &mut self,
        control: &Control,
        view: &RiskView<'_>,
        found: &mut Vec<Finding>,
    ) {
        match *control {
            Control::ResetBreaker(kind) => {
                let mut reset = false;
                for breaker in self.breakers.iter_mut().filter(|one| one.kind() == kind) {
                    reset |= breaker.reset(view);
                }
                if kind == BreakerKind::Drawdown {
                    (self.peak, self.drawdown) = (self.values.equity(view), Money::ZERO);
                }
                if reset {
                    found.push(Finding::new(kind.reset()));
                }
            }
            Control::AcceptBalances => {
                let reconciler = self.reconciler.as_mut();
                if reconciler.is_some_and(super::reconcile::Reconciler::accept) {
                    found.push(Finding::new("balances_accepted"));
                }
            }
            Control::Pause
            | Control::Resume
            | Control::Halt
            | Control::Task(_)
            | Control::Verdict(_) => {}
        }
    }

    fn follow_equity(&mut self, view: &RiskView<'_>) {
        let equity = self.values.equity(view);
        self.peak = self.peak.max(equity);
        let below = (self.peak - equity).times(Decimal::from(10_000)).decimal();
        let drawdown = below.checked_div(self.peak.decimal());
        self.drawdown = Money::new(drawdown.unwrap_or_default().round_dp(6));
    }

    fn turned(&self, at: usize, turn: Turn) -> Finding {
        let breaker = &self.breakers[at];
        let kind = breaker.kind();
        match turn {
            Turn::Reset => Finding::new(kind.reset()),
            Turn::Tripped(by) => {
                let [value, limit] = kind.numbers();
                let does = match breaker.rule().action {
                    Action::Reduce => "nothing is opened any more",
                    Action::Halt => "nothing leaves any more",
                };
                let until = match breaker.rule().reset_after {
                    Some(_) => "until it has been quiet",
                    None => "until a person resets it",
                };
                let words = format!(
                    "breaker {} tripped: {value} {} against {limit} {}; {does} {until}",
                    kind.name(),
                    by.value,
                    by.limit
                );
                Finding {
                    words: Some(words),
                    recall: Recall::All,
                    ..Finding::new(kind.tripped()).with([value, limit], by.value, by.limit)
                }
            }
        }
    }

    /// Deltas move with own fills; time passes with every event.
    fn follow_bands(&mut self, is_own: bool, view: &RiskView<'_>, found: &mut Vec<Finding>) {
        for at in 0..self.bands.len() {
            let watch = &self.bands[at];
            if !is_own && watch.critical_since.is_none() {
                continue;
            }
            let rule = watch.rule.clone();
            let delta = self
                .cells
                .delta(rule.task, rule.base, view.names, view.market);
            let watch = &mut self.bands[at];
            watch.band = rule.bands.judge(delta.decimal());
            let numbers = ["delta_base", "critical_base"];
            let limit = Money::new(rule.bands.critical());
            match (watch.critical_since, watch.band) {
                (None, Band::Critical) => watch.critical_since = Some(view.now),
                // What was critical is over only when the legs balance.
                (Some(_), Band::Target) => {
                    watch.critical_since = None;
                    if core::mem::take(&mut watch.told) {
                        let over = Finding::new("delta_restored");
                        found.push(over.with(numbers, delta, limit));
                    }
                }
                _ => {}
            }
            let lasts = |since| view.now.since(since) >= rule.patience;
            if watch.critical_since.is_some_and(lasts) && !watch.told {
                watch.told = true;
                let words = format!(
                    "the legs of task {} are {delta} {} from balance, beyond {limit}: it opens nothing until they are \
                     back",
                    view.names.task(rule.task),
                    view.names.asset(rule.base),
                );
                found.push(Finding {
                    words: Some(words),
                    recall: Recall::Task(rule.task),
                    ..Finding::new("delta_critical").with(numbers, delta, limit)
                });
            }
        }
    }

    fn follow_balances(&mut self, is_own: bool, view: &RiskView<'_>, found: &mut Vec<Finding>) {
        let Some(reconciler) = &mut self.reconciler else {
            return;
        };
        let mut turns = Vec::new();
        if is_own {
            reconciler.compare(view, &mut turns);
        } else if reconciler.waits() {
            reconciler.wait(view.now, &mut turns);
        }
        for turn in turns {
            let numbers = ["difference", "tolerance"];
            found.push(match turn {
                Found::Explained(off) => Finding::new("balance_reconciled").with(
                    numbers,
                    off.difference,
                    off.tolerance,
                ),
                Found::Quarantined(off) => Finding {
                    words: Some(format!(
                        "the books and {} differ by {} {}: nothing is opened there until that is explained",
                        view.names.venue(off.venue),
                        off.difference,
                        view.names.asset(off.asset),
                    )),
                    recall: Recall::Venue(off.venue),
                    ..Finding::new("balance_unreconciled").with(
                        numbers,
                        off.difference,
                        off.tolerance,
                    )
                },
            });
        }
    }

    fn follow_alerts(&mut self, is_own: bool, view: &RiskView<'_>, found: &mut Vec<Finding>) {
        for at in 0..self.alerts.len() {
            let rule = self.alerts[at].rule;
            if let AlertRule::LowBalance { .. } = rule {
                if is_own {
                    self.follow_low_balances(at, view, found);
                }
                continue;
            }
            let Some(value) = self.alert_value(&rule, view) else {
                continue;
            };
            if self.episode(at, VenueId(0)).begins(&rule, value) {
                found.push(alert(&rule, value, String::new()));
            }
        }
    }

    fn follow_low_balances(&mut self, at: usize, view: &RiskView<'_>, found: &mut Vec<Finding>) {
        let rule = self.alerts[at].rule;
        let AlertRule::LowBalance { venue, asset, .. } = rule else {
            return;
        };
        let told = |row: &&crate::ledger::LedgerRow| {
            row.told.is_some() && row.asset == asset && venue.is_none_or(|at| at == row.venue)
        };
        for row in view.ledger.rows().iter().filter(told) {
            let value = row.expected();
            if self.episode(at, row.venue).begins(&rule, value) {
                let place = format!(
                    " {} at {}",
                    view.names.asset(asset),
                    view.names.venue(row.venue)
                );
                found.push(alert(&rule, value, place));
            }
        }
    }

    fn episode(&mut self, at: usize, venue: VenueId) -> &mut Episode {
        let episodes = &mut self.alerts[at].episodes;
        let known = episodes.iter().position(|(of, _)| *of == venue);
        let known = known.unwrap_or_else(|| {
            episodes.push((venue, Episode::default()));
            episodes.len() - 1
        });
        &mut episodes[known].1
    }

    fn alert_value(&self, rule: &AlertRule, view: &RiskView<'_>) -> Option<Money> {
        Some(match rule {
            AlertRule::Exposure(_) => self.values.exposure(view),
            AlertRule::Leverage(_) => {
                let equity = self.values.equity(view).decimal();
                let leverage = self.values.exposure(view).decimal().checked_div(equity);
                Money::new(leverage?.round_dp(6))
            }
            AlertRule::DayLoss(_) => -view.day_result(),
            AlertRule::Drawdown(_) => self.drawdown,
            AlertRule::OpenOrders(_) => whole(view.orders.alive_count()),
            AlertRule::LowBalance { .. } => return None,
        })
    }
}

fn alert(rule: &AlertRule, value: Money, place: String) -> Finding {
    let [name, bound] = rule.numbers();
    let limit = rule.limit();
    let words = format!("{name} is {value}{place}, the bound {bound} is {limit}");
    Finding {
        words: Some(words),
        ..Finding::new(rule.reason()).with([name, bound], value, limit)
    }
}
