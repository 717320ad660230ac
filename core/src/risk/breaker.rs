//! Breakers: something that happened, or holds, for which entries stop, or everything does.
//!
//! A breaker trips on the event that shows its cause, stays tripped, and resets when its cause was not seen for its
//! quiet time, where it has one, or by a person's word. Each trip and each reset is a decision of the account.

use rust_decimal::Decimal;

use super::jump::Jumps;
use super::rate::{Rate, Window};
use super::trips::Trips;
use crate::event::{Body, Event, OrderEventKind};
use crate::journal::codec::{Decode, Encode};
use crate::names::VenueId;
use crate::num::{Bps, Money};
use crate::risk::RiskView;
use crate::state::{Loader, RestoreError, Saver, State};
use crate::time::{Span, Ts};

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $value:literal, $limit:literal;)+) => {
        /// What a breaker watches. Tags are places in this list and journals keep them: append only.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
        pub enum BreakerKind { $($(#[$doc])* $variant,)+ }

        impl BreakerKind {
            /// All kinds.
            pub const ALL: [Self; 7] = [$(Self::$variant),+];

            /// The word in scenarios and pages.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// The reason code of an order that it holds back.
            pub const fn refusal(self) -> &'static str {
                match self { $(Self::$variant => concat!("breaker_", $word),)+ }
            }

            /// The reason of the decision that it trips with.
            pub const fn tripped(self) -> &'static str {
                match self { $(Self::$variant => concat!("tripped_", $word),)+ }
            }

            /// The reason of the decision that it is reset with.
            pub const fn reset(self) -> &'static str {
                match self { $(Self::$variant => concat!("reset_", $word),)+ }
            }

            /// Names of the number that tripped it and of its bound, units last.
            pub const fn numbers(self) -> [&'static str; 2] {
                match self { $(Self::$variant => [$value, $limit],)+ }
            }
        }
    };
}

kinds! {
    /// A venue's feed is silent.
    StaleData = "stale_data", "silent_ms", "max_age_ms";
    /// The day lost too much.
    DailyLoss = "daily_loss", "day_loss_quote", "max_loss_quote";
    /// Equity is too far below its peak.
    Drawdown = "drawdown", "drawdown_bps", "max_drawdown_bps";
    /// A round trip lost a multiple of what it may be expected to.
    TripLoss = "trip_loss", "trip_loss_quote", "max_loss_quote";
    /// A price moved too far in too short a time.
    PriceJump = "price_jump", "jump_bps", "max_jump_bps";
    /// Venues reject too many orders.
    RejectRate = "reject_rate", "rejects", "max_rejects";
    /// Too many orders leave.
    OrderRate = "order_rate", "orders", "max_orders";
}

/// What a tripped breaker does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Action {
    /// Nothing is opened; what is open may be closed and repaired.
    #[default]
    Reduce,
    /// Nothing leaves.
    Halt,
}

/// What trips a breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// A venue's feed said nothing for longer than this.
    StaleData(Span),
    /// The day lost this much.
    DailyLoss(Money),
    /// Equity is this far below its peak.
    Drawdown(Bps),
    /// A round trip lost more than so many times what it may be expected to lose: a share of what it entered.
    TripLoss {
        /// What it may be expected to lose, of the value of its entries.
        expected: Bps,
        /// How many times that.
        times: Decimal,
    },
    /// The middle of a book moved this far within a time.
    PriceJump {
        /// How far.
        jump: Bps,
        /// Within how long.
        within: Span,
    },
    /// Venues rejected so many orders in a time.
    RejectRate(Rate),
    /// So many orders left in a time.
    OrderRate(Rate),
}

impl Trigger {
    /// What it watches.
    pub const fn kind(&self) -> BreakerKind {
        match self {
            Self::StaleData(_) => BreakerKind::StaleData,
            Self::DailyLoss(_) => BreakerKind::DailyLoss,
            Self::Drawdown(_) => BreakerKind::Drawdown,
            Self::TripLoss { .. } => BreakerKind::TripLoss,
            Self::PriceJump { .. } => BreakerKind::PriceJump,
            Self::RejectRate(_) => BreakerKind::RejectRate,
            Self::OrderRate(_) => BreakerKind::OrderRate,
        }
    }
}

/// One breaker as it is configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerRule {
    /// What trips it.
    pub trigger: Trigger,
    /// What it does then.
    pub action: Action,
    /// After how long without its cause it resets by itself; by a person's word alone when absent.
    pub reset_after: Option<Span>,
}

/// That a breaker is tripped, since when and by what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tripped {
    /// Since when.
    pub since: Ts,
    /// The number that tripped it.
    pub value: Money,
    /// Its bound.
    pub limit: Money,
}

crate::value!(struct Tripped { since, value, limit });

/// What a breaker remembers.
#[derive(Clone, Debug)]
enum Memory {
    /// By venue: when its feed was heard last.
    Heard(alloc::vec::Vec<Option<Ts>>),
    /// The loss of this day that a person has seen already, and the day.
    Forgiven(Money, i64),
    Trips(Trips),
    Jumps(Jumps),
    Window(Window),
    Nothing,
}

impl State for Memory {
    fn save(&self, out: &mut Saver) {
        match self {
            Self::Heard(heard) => heard.save(out),
            Self::Forgiven(loss, day) => {
                loss.save(out);
                day.save(out);
            }
            Self::Trips(trips) => trips.save(out),
            Self::Jumps(jumps) => jumps.save(out),
            Self::Window(window) => window.save(out),
            Self::Nothing => {}
        }
    }

    // Which it is the rule says.
    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        match self {
            Self::Heard(heard) => heard.restore(from),
            Self::Forgiven(loss, day) => loss.restore(from).and_then(|()| day.restore(from)),
            Self::Trips(trips) => trips.restore(from),
            Self::Jumps(jumps) => jumps.restore(from),
            Self::Window(window) => window.restore(from),
            Self::Nothing => Ok(()),
        }
    }
}

/// One breaker.
#[derive(Clone, Debug)]
pub(super) struct Breaker {
    rule: BreakerRule,
    tripped: Option<Tripped>,
    /// When its cause was seen last.
    seen: Ts,
    memory: Memory,
}

crate::state!(Breaker { tripped, seen, memory } fixed { rule });

/// What a look at the stream showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Tripped(Tripped),
    Reset,
}

/// What the account stands at, for breakers that look at that.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Standing {
    /// How far equity is below its peak, in bps of the peak.
    pub(super) drawdown: Money,
}

impl Breaker {
    pub(super) fn new(rule: BreakerRule) -> Self {
        let memory = match rule.trigger {
            Trigger::StaleData(_) => Memory::Heard(alloc::vec::Vec::new()),
            Trigger::DailyLoss(_) => Memory::Forgiven(Money::ZERO, i64::MIN),
            Trigger::TripLoss { .. } => Memory::Trips(Trips::default()),
            Trigger::PriceJump { within, .. } => Memory::Jumps(Jumps::new(within)),
            Trigger::RejectRate(rate) | Trigger::OrderRate(rate) => {
                Memory::Window(Window::new(rate))
            }
            Trigger::Drawdown(_) => Memory::Nothing,
        };
        Self {
            rule,
            tripped: None,
            seen: Ts::UNKNOWN,
            memory,
        }
    }

    pub(super) const fn rule(&self) -> &BreakerRule {
        &self.rule
    }

    pub(super) const fn kind(&self) -> BreakerKind {
        self.rule.trigger.kind()
    }

    pub(super) const fn tripped(&self) -> Option<&Tripped> {
        self.tripped.as_ref()
    }

    /// True when it has to see every market event.
    pub(super) const fn watches_market(&self) -> bool {
        matches!(
            self.rule.trigger,
            Trigger::StaleData(_)
                | Trigger::DailyLoss(_)
                | Trigger::Drawdown(_)
                | Trigger::PriceJump { .. }
        ) || self.rule.reset_after.is_some()
    }

    /// Counts an order that leaves.
    pub(super) fn sent(&mut self, now: Ts) {
        if let (Trigger::OrderRate(_), Memory::Window(window)) =
            (self.rule.trigger, &mut self.memory)
        {
            window.note(now);
        }
    }

    /// Takes an execution in that belongs to a round trip.
    pub(super) const fn trips(&mut self) -> Option<&mut Trips> {
        match &mut self.memory {
            Memory::Trips(trips) => Some(trips),
            _ => None,
        }
    }

    /// Looks at an event, which the view has already.
    pub(super) fn look(
        &mut self,
        event: &Event,
        view: &RiskView<'_>,
        standing: Standing,
    ) -> Option<Turn> {
        let found = self.cause(event, view, standing);
        if let Some((value, limit)) = found {
            self.seen = view.now;
            if self.tripped.is_none() {
                let tripped = Tripped {
                    since: view.now,
                    value,
                    limit,
                };
                self.tripped = Some(tripped);
                return Some(Turn::Tripped(tripped));
            }
            return None;
        }
        let quiet = self.rule.reset_after;
        let resets = quiet.is_some_and(|quiet| view.now.since(self.seen) >= quiet);
        (resets && self.tripped.take().is_some()).then_some(Turn::Reset)
    }

    /// Resets it by a person's word. What was seen is forgotten, so that it takes a new cause to trip it.
    pub(super) fn reset(&mut self, view: &RiskView<'_>) -> bool {
        match &mut self.memory {
            Memory::Forgiven(seen, day) => {
                (*seen, *day) = (-view.day_result(), view.now.utc_day());
            }
            Memory::Heard(heard) => heard.fill(Some(view.now)),
            Memory::Jumps(jumps) => jumps.clear(),
            Memory::Window(window) => window.clear(),
            Memory::Trips(_) | Memory::Nothing => {}
        }
        self.tripped.take().is_some()
    }

    /// The number that shows its cause, and the bound that it is beyond; `None` while there is none.
    fn cause(
        &mut self,
        event: &Event,
        view: &RiskView<'_>,
        standing: Standing,
    ) -> Option<(Money, Money)> {
        match (self.rule.trigger, &mut self.memory) {
            (Trigger::StaleData(most), Memory::Heard(heard)) => {
                let silent = silence(heard, event, view)?;
                (silent > most).then(|| (millis(silent), millis(most)))
            }
            (Trigger::DailyLoss(most), Memory::Forgiven(seen, day)) => {
                if *day != view.now.utc_day() {
                    (*seen, *day) = (Money::ZERO, view.now.utc_day());
                }
                let loss = -view.day_result();
                (loss - *seen >= most).then_some((loss, most))
            }
            (Trigger::Drawdown(most), _) => {
                let most = in_bps(most);
                (standing.drawdown >= most && !most.is_zero()).then_some((standing.drawdown, most))
            }
            (Trigger::TripLoss { expected, times }, Memory::Trips(trips)) => {
                trips.take_worse(expected, times)
            }
            (Trigger::PriceJump { jump, .. }, Memory::Jumps(jumps)) => {
                jumps.look(event, view, jump)
            }
            (Trigger::RejectRate(rate), Memory::Window(window)) => {
                if let Body::Order(news) = &event.body
                    && matches!(
                        news.kind,
                        OrderEventKind::Rejected(_) | OrderEventKind::AmendRejected(_)
                    )
                {
                    window.note(view.now);
                }
                reached(window, rate, view.now)
            }
            (Trigger::OrderRate(rate), Memory::Window(window)) => reached(window, rate, view.now),
            _ => None,
        }
    }
}

fn reached(window: &Window, rate: Rate, now: Ts) -> Option<(Money, Money)> {
    let count = window.count(now);
    (count >= rate.count as usize).then(|| {
        let whole = |count: u32| Money::new(Decimal::from(count));
        (whole(count as u32), whole(rate.count))
    })
}

/// The longest that one of the venues that were heard has said nothing, the silence that this event ends included.
fn silence(
    heard: &mut alloc::vec::Vec<Option<Ts>>,
    event: &Event,
    view: &RiskView<'_>,
) -> Option<Span> {
    let longest = heard
        .iter()
        .flatten()
        .min()
        .map(|&last| view.now.since(last));
    let speaks = event
        .body
        .instrument()
        .filter(|_| !event.body.is_loss_of_feed());
    if let Some(VenueId(venue)) = speaks.map(|id| view.names.instrument(id).venue) {
        let at = usize::from(venue);
        if at >= heard.len() {
            heard.resize(at + 1, None);
        }
        heard[at] = Some(view.now);
    }
    longest
}

pub(super) fn millis(span: Span) -> Money {
    Money::new(Decimal::from_i128_with_scale(i128::from(span.nanos()), 6))
}

pub(super) fn in_bps(bps: Bps) -> Money {
    Money::new(Decimal::from_i128_with_scale(
        i128::from(bps.millionths()),
        6,
    ))
}
